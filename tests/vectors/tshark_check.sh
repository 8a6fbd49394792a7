#!/bin/sh
# Lets another program judge our encoder: every valid vector, decoded and encoded by us, becomes a TCP segment of one
# stream to port 1883 (a CONNECT first, from which the dissector learns the version), and tshark must find as many
# packets of the same types in it and nothing malformed.
#
#     tshark_check.sh VECTORS_WRITE FOLDER
#
# Ends with 77 (CTest: skipped) where tshark or text2pcap is missing.
set -eu
writer=$1
folder=$2

for tool in tshark text2pcap; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "skipped: $tool is not installed"
        exit 77
    fi
done

# First the CONNECTs, as they set the version; then the rest.
as_segments() {
    awk -F '\t' '
        /^[0-9.]+\/connect[^\t]*\t10 / { print "000000 " $2 "\n"; next }
        { rest[++n] = $2 }
        END { for (i = 1; i <= n; i++) print "000000 " rest[i] "\n" }' "$1"
}

failed=0
check() {
    version=$1
    base=$folder/tshark_$version
    "$writer" --hexdump "$version" >"$base.tsv"
    as_segments "$base.tsv" >"$base.txt"
    text2pcap -q -T 40000,1883 "$base.txt" "$base.pcap" 2>/dev/null
    tshark -r "$base.pcap" -V >"$base.dissected" 2>/dev/null
    tshark -r "$base.pcap" -T fields -e mqtt.msgtype >"$base.types" 2>/dev/null
    awk '/^000000/ { print int(index("0123456789abcdef", substr($2, 1, 1)) - 1) }' "$base.txt" >"$base.expected"
    # "Trailing stray characters": tshark shows binary fields as text, and text ends at a NUL.
    if grep -n -E '\[Malformed|Expert Info \((Error|Warning)' "$base.dissected" |
        grep -v 'Trailing stray characters'; then
        echo "version $version: tshark complains, see $base.dissected"
        failed=1
    fi
    if ! cmp -s "$base.types" "$base.expected"; then
        echo "version $version: tshark sees other packet types than we sent:"
        diff "$base.types" "$base.expected" | head -20
        failed=1
    fi
    echo "version $version: $(wc -l <"$base.expected") packets dissected"
}

check 3
check 4
check 5
exit $failed
