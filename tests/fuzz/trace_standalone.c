/* Traces of the suite, changed line by line and value by value: the same seed and count give the
 * same inputs everywhere.
 *
 *     fuzz_trace_standalone [--seed N] [--count N] TRACE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "draw.h"
#include "fuzz/options.h"
#include "trace/trace.h"
#include "trace_input.h"

#define LINES_MAX 512

typedef struct Seed {
    DrillSpan lines[LINES_MAX]; /* without line ends; the first is the header */
    size_t count;
} Seed;

typedef struct Mutant {
    Seed lines;
    uint64_t random;
    DrillAllocator allocator; /* of this input */
    const Seed *seeds;
    size_t seed_count;
} Mutant;

static uint64_t draw(Mutant *mutant) {
    return test_draw(&mutant->random);
}

static size_t below(Mutant *mutant, size_t bound) {
    return (size_t)test_draw_below(&mutant->random, bound);
}

/* --- whole lines --- */

static size_t event_line(Mutant *mutant) {
    return 1 + below(mutant, mutant->lines.count - 1);
}

static void insert_line(Mutant *mutant, size_t at, DrillSpan line) {
    Seed *lines = &mutant->lines;
    if (lines->count == LINES_MAX) {
        return;
    }
    memmove(&lines->lines[at + 1], &lines->lines[at], (lines->count - at) * sizeof *lines->lines);
    lines->lines[at] = line;
    lines->count++;
}

static void delete_line(Mutant *mutant) {
    Seed *lines = &mutant->lines;
    size_t at = event_line(mutant);
    if (lines->count > 2) {
        lines->count--;
        memmove(&lines->lines[at], &lines->lines[at + 1],
                (lines->count - at) * sizeof *lines->lines);
    }
}

static void repeat_line(Mutant *mutant) {
    insert_line(mutant, event_line(mutant), mutant->lines.lines[event_line(mutant)]);
}

static void swap_lines(Mutant *mutant) {
    DrillSpan *a = &mutant->lines.lines[event_line(mutant)];
    DrillSpan *b = &mutant->lines.lines[event_line(mutant)];
    DrillSpan kept = *a;
    *a = *b;
    *b = kept;
}

static DrillSpan foreign_line(Mutant *mutant) {
    const Seed *other = &mutant->seeds[below(mutant, mutant->seed_count)];
    return other->lines[1 + below(mutant, other->count - 1)];
}

static void take_line(Mutant *mutant) {
    DrillSpan line = foreign_line(mutant);
    insert_line(mutant, event_line(mutant), line);
}

static void cut_off(Mutant *mutant) {
    if (below(mutant, 4) == 0) {
        mutant->lines.count = 1 + event_line(mutant);
    }
}

/* --- values in a line --- */

typedef struct Value {
    size_t at, size; /* strings: with their quotes */
} Value;

static size_t value_size(DrillSpan line, size_t at) {
    size_t end = at + 1;
    bool text = line.data[at] == '"';
    while (end < line.size) {
        uint8_t byte = line.data[end];
        if (text ? byte == '"' : byte == ',' || byte == '}') {
            return end - at + (text ? 1 : 0);
        }
        end += text && byte == '\\' ? 2 : 1;
    }
    return line.size - at;
}

/* One of the values, by choice; objects do not count. */
static Value pick_value(Mutant *mutant, DrillSpan line) {
    Value picked = {0, 0};
    size_t seen = 0;
    for (size_t at = 1; at + 1 < line.size; at++) {
        if (line.data[at] != ':' || line.data[at - 1] != '"' || line.data[at + 1] == '{') {
            continue;
        }
        if (below(mutant, ++seen) == 0) {
            picked = (Value){at + 1, value_size(line, at + 1)};
        }
    }
    return picked;
}

static void put_number(Mutant *mutant, DrillBuffer *out) {
    static const char *const telling[] = {"0",
                                          "1",
                                          "2",
                                          "3",
                                          "4",
                                          "5",
                                          "60",
                                          "65535",
                                          "65536",
                                          "4294967295",
                                          "4294967296",
                                          "1000000000",
                                          "9223372036854775807",
                                          "9223372036854775808",
                                          "18446744073709551614",
                                          "18446744073709551615"};
    if (below(mutant, 3) == 0) {
        drill_buffer_put_u64(out, below(mutant, 200));
    } else {
        drill_buffer_put_string(out, telling[below(mutant, DRILL_ARRAY_COUNT(telling))]);
    }
}

static void put_text(Mutant *mutant, DrillBuffer *out) {
    static const char *const telling[] = {"",
                                          "broker",
                                          "client",
                                          "raw",
                                          "gateway",
                                          "c>b",
                                          "b>c",
                                          "fin",
                                          "rst",
                                          "timeout",
                                          "local",
                                          "remote",
                                          "vanish",
                                          "refused",
                                          "finished",
                                          "failed",
                                          "error",
                                          "limit",
                                          "v3:MQTT-1",
                                          "\\u0000",
                                          "\\u00ff\\u00fe",
                                          "\\\"<&>;\\n",
                                          "\\u001b[2J",
                                          "%s%n%1$s",
                                          "#",
                                          "--",
                                          "]]>",
                                          "\xef\xbf\xbd\xf0\x9f\x98\x80",
                                          "$share/a/b"};
    if (below(mutant, 20) == 0) {
        for (size_t left = below(mutant, 3000); left > 0; left--) {
            drill_buffer_put_byte(out, left % 60 == 0 ? ' ' : 'x');
        }
    } else {
        drill_buffer_put_string(out, telling[below(mutant, DRILL_ARRAY_COUNT(telling))]);
    }
}

/* Packets stay packets for the most part: a byte or two differ. */
static void put_hex(Mutant *mutant, DrillSpan old, DrillBuffer *out) {
    DrillBuffer bytes = {.allocator = mutant->allocator};
    size_t offset = 0;
    if (drill_parse_hex(old, &bytes, &offset) != DRILL_OK || bytes.size == 0) {
        drill_buffer_put_byte(&bytes, (uint8_t)draw(mutant));
    }
    for (size_t changes = 1 + below(mutant, 3); changes > 0; changes--) {
        size_t at = below(mutant, bytes.size);
        uint64_t bits = below(mutant, 2) == 0 ? UINT64_C(1) << below(mutant, 8) : draw(mutant);
        bytes.data[at] = (uint8_t)(bytes.data[at] ^ bits);
    }
    if (below(mutant, 8) == 0) {
        bytes.size = below(mutant, bytes.size);
    }
    drill_buffer_put_hex(out, drill_buffer_span(&bytes));
}

static bool is_hex(DrillSpan text) {
    for (size_t i = 0; i < text.size; i++) {
        if (strchr("0123456789abcdef", text.data[i]) == NULL || text.data[i] == '\0') {
            return false;
        }
    }
    return text.size > 0 && text.size % 2 == 0;
}

static void change_value(Mutant *mutant) {
    size_t which = below(mutant, 30) == 0 ? 0 : event_line(mutant);
    DrillSpan line = mutant->lines.lines[which];
    Value value = pick_value(mutant, line);
    if (value.size == 0) {
        return;
    }
    DrillBuffer out = {.allocator = mutant->allocator};
    drill_buffer_put(&out, line.data, value.at);
    uint8_t first = line.data[value.at];
    if (first == '"') {
        DrillSpan old = drill_span(line.data + value.at + 1, value.size - 2);
        drill_buffer_put_byte(&out, '"');
        is_hex(old) && below(mutant, 10) != 0 ? put_hex(mutant, old, &out) : put_text(mutant, &out);
        drill_buffer_put_byte(&out, '"');
    } else if (first == 't' || first == 'f') {
        drill_buffer_put_string(&out, first == 't' ? "false" : "true");
    } else {
        put_number(mutant, &out);
    }
    size_t end = value.at + value.size;
    drill_buffer_put(&out, line.data + end, line.size - end);
    mutant->lines.lines[which] = drill_buffer_span(&out);
}

/* A value of the same name in another line, so that identifiers and connections meet. */
static void move_value(Mutant *mutant) {
    size_t which = event_line(mutant);
    DrillSpan line = mutant->lines.lines[which];
    DrillSpan from =
        below(mutant, 4) == 0 ? foreign_line(mutant) : mutant->lines.lines[event_line(mutant)];
    Value a = pick_value(mutant, line);
    Value b = pick_value(mutant, from);
    for (int tries = 0; tries < 20 && b.size > 0 && from.data[b.at] != line.data[a.at]; tries++) {
        b = pick_value(mutant, from);
    }
    if (a.size == 0 || b.size == 0) {
        return;
    }
    DrillBuffer out = {.allocator = mutant->allocator};
    drill_buffer_put(&out, line.data, a.at);
    drill_buffer_put(&out, from.data + b.at, b.size);
    drill_buffer_put(&out, line.data + a.at + a.size, line.size - a.at - a.size);
    mutant->lines.lines[which] = drill_buffer_span(&out);
}

static void damage_byte(Mutant *mutant) {
    size_t which = below(mutant, mutant->lines.count);
    DrillSpan line = drill_copy_span(mutant->allocator, mutant->lines.lines[which]);
    if (line.size > 0 && below(mutant, 4) == 0) {
        ((uint8_t *)(uintptr_t)line.data)[below(mutant, line.size)] = (uint8_t)draw(mutant);
        mutant->lines.lines[which] = line;
    }
}

typedef void (*Mutation)(Mutant *mutant);
static const Mutation mutations[] = {delete_line,  repeat_line,  swap_lines, take_line,
                                     cut_off,      change_value, move_value, damage_byte,
                                     change_value, move_value};

/* --- the text --- */

static const uint8_t *find(DrillSpan line, const char *what) {
    size_t size = strlen(what);
    for (size_t at = 0; at + size <= line.size; at++) {
        if (memcmp(line.data + at, what, size) == 0) {
            return line.data + at;
        }
    }
    return NULL;
}

/* Number and cause as the reader wants them, or it would refuse nearly everything. */
static void put_line(DrillSpan line, size_t number, DrillBuffer *out) {
    const uint8_t *at = find(line, "\"number\":");
    const uint8_t *end = find(line, ",\"node\":");
    if (at == NULL || end == NULL || end < at) {
        drill_buffer_put(out, line.data, line.size);
    } else {
        uint64_t cause = drill_hash(line, 1) % number;
        drill_buffer_put(out, line.data, (size_t)(at - line.data));
        drill_buffer_print(out, "\"number\":%zu,\"cause\":%llu", number, (unsigned long long)cause);
        drill_buffer_put(out, end, line.size - (size_t)(end - line.data));
    }
    drill_buffer_put_byte(out, '\n');
}

static void one_input(Mutant *mutant, TraceTally *tally) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 30);
    mutant->allocator = drill_arena_allocator(arena);
    DrillBuffer text = {.allocator = mutant->allocator};
    mutant->lines = mutant->seeds[below(mutant, mutant->seed_count)];
    for (size_t steps = 1 + below(mutant, 12); steps > 0; steps--) {
        mutations[below(mutant, DRILL_ARRAY_COUNT(mutations))](mutant);
    }
    drill_buffer_put(&text, mutant->lines.lines[0].data, mutant->lines.lines[0].size);
    drill_buffer_put_byte(&text, '\n');
    for (size_t i = 1; i < mutant->lines.count; i++) {
        put_line(mutant->lines.lines[i], i, &text);
    }
    trace_input(drill_buffer_span(&text), tally);
    drill_arena_free(arena);
}

/* --- the program --- */

static bool read_seed(const char *path, DrillAllocator allocator, Seed *seed) {
    DrillTraceFile *file = NULL;
    DrillDiagnostic diagnostic;
    if (drill_trace_read(path, allocator, &file, &diagnostic) != DRILL_OK) {
        fprintf(stderr, "%s\n", diagnostic.text);
        return false;
    }
    for (size_t i = 0; i <= file->count && i < LINES_MAX; i++) {
        DrillBuffer line = {.allocator = allocator};
        if (i == 0) {
            drill_trace_format_header(&file->header, &line);
        } else {
            drill_trace_format(&file->events[i - 1], &line);
        }
        seed->lines[seed->count++] = drill_span(line.data, line.size - 1);
    }
    return seed->count > 1;
}

int main(int argc, char **argv) {
    FuzzOptions options = {.seed = 1, .count = 20000};
    TraceTally tally = {0};
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, (size_t)1 << 30);
    DrillAllocator allocator = drill_arena_allocator(arena);
    Seed *seeds = DRILL_NEW_ARRAY(allocator, Seed, argc);
    static Mutant mutant;
    for (int i = 1; i < argc; i++) {
        bool good = argv[i][0] == '-' ? fuzz_option(&options, argv, &i) && !options.plant
                                      : read_seed(argv[i], allocator, &seeds[mutant.seed_count++]);
        if (!good) {
            fprintf(stderr, "usage: %s [--seed N] [--count N] TRACE...\n", argv[0]);
            return 2;
        }
    }
    if (mutant.seed_count == 0) {
        fprintf(stderr, "%s: no trace to start from\n", argv[0]);
        return 2;
    }
    mutant.random = options.seed;
    mutant.seeds = seeds;
    for (uint64_t i = 0; i < options.count; i++) {
        one_input(&mutant, &tally);
    }
    printf("%llu inputs (seed %llu): %llu read, %llu of them cut short, %llu refused; %llu events, "
           "%llu findings, %llu runs failed, %llu pages\n",
           (unsigned long long)options.count, (unsigned long long)options.seed,
           (unsigned long long)tally.read, (unsigned long long)tally.truncated,
           (unsigned long long)tally.refused, (unsigned long long)tally.events,
           (unsigned long long)tally.findings, (unsigned long long)tally.failed,
           (unsigned long long)tally.pages);
    drill_arena_free(arena);
    return 0;
}
