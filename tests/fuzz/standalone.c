/* A small deterministic mutator over the vectors: the same seed and count give the same inputs
 * everywhere.
 *
 *     fuzz_codec_standalone [--seed N] [--count N] [--plant]
 */
#include "base/base.h"
#include "codec_input.h"
#include "draw.h"
#include "fuzz/options.h"
#include "vectors/vectors.h"

#define INPUT_BYTES_MAX 4096

typedef struct Mutant {
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size;
    uint64_t random;
} Mutant;

static uint64_t draw(Mutant *mutant) {
    return test_draw(&mutant->random);
}

static size_t below(Mutant *mutant, size_t bound) {
    return (size_t)test_draw_below(&mutant->random, bound);
}

/* --- the mutations --- */

static void insert(Mutant *mutant, size_t at, const uint8_t *bytes, size_t size) {
    if (mutant->size + size > INPUT_BYTES_MAX) {
        return;
    }
    memmove(mutant->bytes + at + size, mutant->bytes + at, mutant->size - at);
    memcpy(mutant->bytes + at, bytes, size);
    mutant->size += size;
}

static void flip_bit(Mutant *mutant, const Vectors *vectors) {
    (void)vectors;
    mutant->bytes[below(mutant, mutant->size)] ^= (uint8_t)(1u << below(mutant, 8));
}

static void set_byte(Mutant *mutant, const Vectors *vectors) {
    static const uint8_t telling[] = {0x00, 0x01, 0x02, 0x03, 0x7f, 0x80, 0xff, '#',  '+',  '/',
                                      0x0b, 0x11, 0x15, 0x1f, 0x21, 0x23, 0x26, 0xc0, 0xed, 0xf4};
    (void)vectors;
    size_t at = below(mutant, mutant->size);
    mutant->bytes[at] =
        below(mutant, 2) == 0 ? telling[below(mutant, sizeof telling)] : (uint8_t)draw(mutant);
}

static void insert_byte(Mutant *mutant, const Vectors *vectors) {
    uint8_t byte = (uint8_t)draw(mutant);
    (void)vectors;
    insert(mutant, below(mutant, mutant->size + 1), &byte, 1);
}

static void delete_bytes(Mutant *mutant, const Vectors *vectors) {
    size_t at = below(mutant, mutant->size);
    size_t size = 1 + below(mutant, 4);
    (void)vectors;
    if (size >= mutant->size || at + size > mutant->size) {
        return;
    }
    memmove(mutant->bytes + at, mutant->bytes + at + size, mutant->size - at - size);
    mutant->size -= size;
}

/* A piece of another vector: a property, a filter, a whole packet. */
static void splice(Mutant *mutant, const Vectors *vectors) {
    const Vector *other = &vectors->items[below(mutant, vectors->count)];
    size_t from = below(mutant, other->size);
    size_t size = 1 + below(mutant, other->size - from);
    insert(mutant, below(mutant, mutant->size + 1), other->bytes + from, size);
}

static void append_packet(Mutant *mutant, const Vectors *vectors) {
    const Vector *other = &vectors->items[below(mutant, vectors->count)];
    insert(mutant, mutant->size, other->bytes, other->size);
}

static void repeat_piece(Mutant *mutant, const Vectors *vectors) {
    uint8_t piece[64];
    size_t from = below(mutant, mutant->size);
    size_t size = 1 + below(mutant, mutant->size - from);
    (void)vectors;
    size = size < sizeof piece ? size : sizeof piece;
    memcpy(piece, mutant->bytes + from, size);
    insert(mutant, from, piece, size);
}

/* Two bytes become a length near what is left of the packet. */
static void edit_length(Mutant *mutant, const Vectors *vectors) {
    (void)vectors;
    if (mutant->size < 4) {
        return;
    }
    size_t at = 2 + below(mutant, mutant->size - 3);
    size_t length = mutant->size - at - 2 + below(mutant, 5);
    length = length > 2 ? length - 2 : below(mutant, 3);
    mutant->bytes[at] = (uint8_t)(length >> 8);
    mutant->bytes[at + 1] = (uint8_t)length;
}

/* One byte becomes a Property Length near what is left. */
static void edit_property_length(Mutant *mutant, const Vectors *vectors) {
    (void)vectors;
    size_t at = below(mutant, mutant->size);
    mutant->bytes[at] = (uint8_t)below(mutant, mutant->size - at + 1);
}

typedef void (*Mutation)(Mutant *mutant, const Vectors *vectors);
static const Mutation mutations[] = {flip_bit,      set_byte,    insert_byte,
                                     delete_bytes,  splice,      repeat_piece,
                                     append_packet, edit_length, edit_property_length};

static void make_mutant(Mutant *mutant, const Vectors *vectors) {
    const Vector *vector = &vectors->items[below(mutant, vectors->count)];
    for (int tries = 0; !vector->ok && tries < 2; tries++) {
        vector =
            &vectors->items[below(mutant, vectors->count)]; /* from good packets one gets further */
    }
    size_t steps = below(mutant, 5);
    memcpy(mutant->bytes, vector->bytes, vector->size);
    mutant->size = vector->size;
    for (size_t i = 0; i < steps; i++) {
        mutations[below(mutant, DRILL_ARRAY_COUNT(mutations))](mutant, vectors);
    }
    if (below(mutant, 4) != 0) {
        /* So that the mutation is seen by more than the framing. */
        mutant->size = codec_fit_length(mutant->bytes, mutant->size, INPUT_BYTES_MAX);
    }
}

/* --- the program --- */

static void run(const FuzzOptions *options, CodecTally *tally) {
    static Mutant mutant;
    Vectors *vectors = vectors_read(DRILL_VECTORS);
    mutant.random = options->seed;
    for (uint64_t i = 0; i < options->count; i++) {
        make_mutant(&mutant, vectors);
        /* Memory that ends where the input ends, so that asan sees a read past it. */
        uint8_t *exact = (uint8_t *)malloc(mutant.size);
        if (exact == NULL) {
            abort();
        }
        memcpy(exact, mutant.bytes, mutant.size);
        codec_input(drill_span(exact, mutant.size), tally);
        free(exact);
    }
    vectors_free(vectors);
}

int main(int argc, char **argv) {
    FuzzOptions options = {.seed = 1, .count = 200000};
    CodecTally tally = {0};
    for (int i = 1; i < argc; i++) {
        if (!fuzz_option(&options, argv, &i)) {
            fprintf(stderr, "usage: %s [--seed N] [--count N] [--plant]\n", argv[0]);
            return 2;
        }
    }
    if (options.plant) tally.plant_at = 100;
    run(&options, &tally);
    printf("%llu inputs (seed %llu); decoded at 3.1: %llu, 3.1.1: %llu, 5.0: %llu; %llu packets "
           "read in pieces\n",
           (unsigned long long)options.count, (unsigned long long)options.seed,
           (unsigned long long)tally.decoded[3], (unsigned long long)tally.decoded[4],
           (unsigned long long)tally.decoded[5], (unsigned long long)tally.stream_packets);
    return 0;
}
