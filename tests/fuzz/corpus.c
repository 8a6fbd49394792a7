/* Writes the vectors out.
 *
 *     vectors_write --corpus FOLDER    one file of bytes per vector: seeds for libFuzzer
 *     vectors_write --hexdump VERSION  our encoding of every valid vector as "NAME<tab>hex", for
 * tshark_check.sh
 */
#include "base/base.h"
#include "vectors/vectors.h"

static int write_corpus(const Vectors *vectors, const char *folder) {
    for (size_t i = 0; i < vectors->count; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%04zu", folder, i);
        FILE *out = fopen(path, "wb");
        if (out == NULL || fwrite(vectors->items[i].bytes, 1, vectors->items[i].size, out) == 0 ||
            fclose(out) != 0) {
            fprintf(stderr, "%s: cannot be written\n", path);
            return 1;
        }
    }
    printf("%zu seeds in %s\n", vectors->count, folder);
    return 0;
}

/* Decoded and encoded again: what another program is to judge is our encoder. */
static int write_hexdump(const Vectors *vectors, DrillVersion version) {
    for (size_t i = 0; i < vectors->count; i++) {
        const Vector *vector = &vectors->items[i];
        DrillPacket packet;
        DrillFault fault;
        DrillBuffer out = {.allocator = drill_allocator_malloc()};
        if (!vector->ok || vector->version != version) {
            continue;
        }
        if (drill_codec_decode(drill_span(vector->bytes, vector->size), version, &packet, &fault) !=
                DRILL_OK ||
            drill_codec_encode(&packet, version, &out) != DRILL_OK) {
            fprintf(stderr, "%s: does not decode and encode\n", vector->name);
            return 1;
        }
        printf("%s\t", vector->name);
        for (size_t at = 0; at < out.size; at++) {
            printf("%02x ", out.data[at]);
        }
        printf("\n");
        drill_buffer_release(&out);
    }
    return 0;
}

int main(int argc, char **argv) {
    int status = 2;
    Vectors *vectors = vectors_read(DRILL_VECTORS);
    if (argc == 3 && strcmp(argv[1], "--corpus") == 0) {
        status = write_corpus(vectors, argv[2]);
    } else if (argc == 3 && strcmp(argv[1], "--hexdump") == 0) {
        status = write_hexdump(vectors, (DrillVersion)atoi(argv[2]));
    } else {
        fprintf(stderr, "usage: %s --corpus FOLDER | --hexdump VERSION\n", argv[0]);
    }
    vectors_free(vectors);
    return status;
}
