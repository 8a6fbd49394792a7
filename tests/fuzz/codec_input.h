/* One input through the whole codec. */
#ifndef DRILL_TESTS_CODEC_INPUT_H
#define DRILL_TESTS_CODEC_INPUT_H

#include <mqttdrill/codec.h>

typedef struct CodecTally {
    uint64_t decoded[6]; /* by version */
    uint64_t stream_packets;
    /* 0: never; else the decoded packet with this number is said to have changed, so that the
     * checks are seen to fail. */
    uint64_t plant_at;
} CodecTally;

/* Frames, decodes, prints, encodes and decodes again at every version, and reads the input as a
 * stream cut at places that depend on its bytes. Prints the input in hex and exits where something
 * does not hold. */
void codec_input(DrillSpan input, CodecTally *tally);

/* Makes the Remaining Length of the only packet in `bytes` fit its size. The new size; the old one,
 * with nothing changed, where there is no whole fixed header or `size_max` leaves no room. */
size_t codec_fit_length(uint8_t *bytes, size_t size, size_t size_max);

#endif
