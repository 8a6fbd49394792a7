/* Texts of every kind that is read from outside, changed by words and by bytes: the same seed and
 * count give the same inputs everywhere.
 *
 *     fuzz_text_standalone [--seed N] [--count N] [--plant]
 *     fuzz_text_standalone --corpus FOLDER    the texts as files, for libFuzzer */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "draw.h"
#include "fuzz/options.h"
#include "net/settings.h"
#include "net/tcp_settings.h"
#include "script/broker_fields.h"
#include "text_input.h"

#define TEXT_MAX  4096
#define WORDS_MAX 400
#define HOST      "Host: localhost\r\n"

/* clang-format off */
static const struct {
    TextKind kind;
    const char *text;
} seeds[] = {
    {TEXT_LINK, "preset=geo,loss=2%,c>b.delay=300ms"},
    {TEXT_LINK, "delay=100ms,jitter=40ms,reorder=10%,rate=64kbit,queue=16KiB"},
    {TEXT_LINK, "b>c.loss=1/50,duplicate=1%,corrupt=0.1%,outage=10s/60s,gilbert=1%:10%:50%"},
    {TEXT_LINK, "delay=5000000h,jitter=5124095h"},
    {TEXT_TCP, "profile=embedded,nagle=true"},
    {TEXT_TCP, "profile=linux,mss=536,rto_min=200ms"},
    {TEXT_BROKER, "retry=10s,inflight_max=20"},
    {TEXT_BROKER, "queue_messages_max=5,receive_maximum=3,maximum_packet_size=200"},
    {TEXT_UNITS, "1.5s"}, {TEXT_UNITS, "64kbit"}, {TEXT_UNITS, "16KiB"}, {TEXT_UNITS, "2.5%"},
    {TEXT_UNITS, "1/50"}, {TEXT_UNITS, "00ffC0"}, {TEXT_UNITS, "18446744073709551615"},
    {TEXT_TABLE, "# a comment\n-32767 -8192 0 5\n8192 32767\n"},
    {TEXT_REPLAY, "time,delay,rate,loss\n0s,80ms,64kbit,2%\n# later\n1.5s,10ms,0,0%\n3s,1s,9600bit,1/3\n"},
    {TEXT_HTTP, "GET /v1/link HTTP/1.1\r\n" HOST "\r\n"},
    {TEXT_HTTP, "PUT /v1/link HTTP/1.1\r\n" HOST "Origin: http://127.0.0.1:80\r\nContent-Length: 16\r\n"
                "Expect: 100-continue\r\n\r\n{\"delay\":\"10ms\"}"},
    {TEXT_CONTROL, "GET /v1/connections\n\1GET /v1/connections/1\n\1GET /v1/counters\n\1GET /v1/link\n"},
    {TEXT_CONTROL, "PUT /v1/link\n{\"delay\":\"100ms\",\"c>b.loss\":\"5%\",\"queue\":3000}\1GET /v1/link\n"
                   "\1PUT /v1/connections/2/link\n{\"rate\":\"off\",\"preset\":\"geo\"}"},
    {TEXT_CONTROL, "PUT /v1/connections/1/link\n{\"delay\":\"5000000h\"}\1PUT /v1/link\n{\"delay\":\"off\"}"},
    {TEXT_CONTROL, "POST /v1/partition\n{\"duration\":\"1s\"}\1POST /v1/connections/1/partition\n"
                   "{\"duration\":\"5124095h\",\"direction\":\"c>b\",\"stall\":true}"},
    {TEXT_CONTROL, "POST /v1/connections/1/cut\n{\"before\":\"PINGREQ\",\"how\":\"vanish\",\"direction\":\"c>b\"}"
                   "\1DELETE /v1/connections/2\n\1DELETE /v1/connections/2\n\1POST /v1/stop\n"},
    {TEXT_CONTROL, "POST /v1/connections/2/cut\n{\"inside\":\"PINGRESP\",\"nth\":2,\"byte\":1,\"how\":\"fin\"}"},
};

static const char *const words[] = {
    "0", "1", "2", "255", "256", "65535", "65536", "4294967295", "4294967296", "9223372036854775807",
    "18446744073709551615", "18446744073709551616", "-1", "0.000000001", "1e9", "nan", "0x10", "100%", "101%", "1/0",
    "1/3", "0%", "1ns", "1ms", "10s", "5124095h", "never", "off", "true", "false", "1bit", "1kbit", "999999999Gbit",
    "1B", "64KiB", "16GiB", "c>b.", "b>c.", "=", ",", ":", "/", "-", "+", ".", "\"", "{", "}", "[", "]", "\\", "\\u0000",
    "\n", "\r\n", "\r\n\r\n", " ", "\t", "\1", "null", "[]", "{}", "1e999", "\"\"", "GET ", "PUT ", "POST ", "DELETE ",
    "/v1/link", "/v1/connections", "/v1/connections/1", "/cut", "/partition", "HTTP/1.1", "Host: localhost\r\n",
    "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "\"delay\":\"1s\"", "\"duration\":\"1s\"", "\"how\":\"fin\"",
    "\"direction\":\"both\"", "preset=lorawan-backhaul", "\xc3\xa4", "\xff", "\xed\xa0\x80",
};
/* clang-format on */

typedef struct Mutant {
    char text[TEXT_MAX];
    size_t size;
    uint64_t random;
    const char *words[WORDS_MAX]; /* those above, and the names of all settings */
    size_t word_count;
} Mutant;

static uint64_t draw(Mutant *mutant) {
    return test_draw(&mutant->random);
}

static size_t below(Mutant *mutant, size_t bound) {
    return (size_t)test_draw_below(&mutant->random, bound);
}

/* --- mutations --- */

static void replace(Mutant *mutant, size_t at, size_t old_size, const char *text, size_t size) {
    if (mutant->size - old_size + size > TEXT_MAX) return;
    memmove(mutant->text + at + size, mutant->text + at + old_size, mutant->size - at - old_size);
    memcpy(mutant->text + at, text, size);
    mutant->size = mutant->size - old_size + size;
}

/* What is between marks: a name, a number with its unit. */
static void change_word(Mutant *mutant) {
    static const char marks[] = ",=:/{}\" \n\r";
    size_t from = below(mutant, mutant->size + 1), to;
    while (from > 0 && memchr(marks, mutant->text[from - 1], sizeof marks - 1) == NULL)
        from--;
    for (to = from; to < mutant->size; to++) {
        if (memchr(marks, mutant->text[to], sizeof marks - 1) != NULL) break;
    }
    const char *word = mutant->words[below(mutant, mutant->word_count)];
    replace(mutant, from, to - from, word, strlen(word));
}

static void insert_word(Mutant *mutant) {
    const char *word = mutant->words[below(mutant, mutant->word_count)];
    replace(mutant, below(mutant, mutant->size + 1), 0, word, strlen(word));
}

static void change_byte(Mutant *mutant) {
    if (mutant->size > 0) mutant->text[below(mutant, mutant->size)] = (char)draw(mutant);
}

static void remove_piece(Mutant *mutant) {
    size_t at = below(mutant, mutant->size + 1);
    size_t size = 1 + below(mutant, 12);
    replace(mutant, at, size < mutant->size - at ? size : mutant->size - at, "", 0);
}

static void repeat_piece(Mutant *mutant) {
    char piece[64];
    size_t at = below(mutant, mutant->size + 1);
    size_t size = below(mutant, sizeof piece);
    if (size > mutant->size - at) size = mutant->size - at;
    memcpy(piece, mutant->text + at, size);
    replace(mutant, below(mutant, mutant->size + 1), 0, piece, size);
}

/* Another text of the same kind behind this one. */
static void join(Mutant *mutant, TextKind kind) {
    size_t which = below(mutant, DRILL_ARRAY_COUNT(seeds));
    if (seeds[which].kind != kind) return;
    const char *mark = kind == TEXT_CONTROL ? "\1" : kind == TEXT_UNITS ? "" : ",";
    replace(mutant, mutant->size, 0, mark, strlen(mark));
    replace(mutant, mutant->size, 0, seeds[which].text, strlen(seeds[which].text));
}

static TextKind make_text(Mutant *mutant) {
    size_t which = below(mutant, DRILL_ARRAY_COUNT(seeds));
    TextKind kind = seeds[which].kind;
    mutant->size = 0;
    replace(mutant, 0, 0, seeds[which].text, strlen(seeds[which].text));
    for (size_t steps = below(mutant, 6); steps > 0; steps--) {
        size_t what = below(mutant, 12);
        if (what < 5)
            change_word(mutant);
        else if (what < 7)
            insert_word(mutant);
        else if (what < 8)
            change_byte(mutant);
        else if (what < 9)
            remove_piece(mutant);
        else if (what < 10)
            repeat_piece(mutant);
        else
            join(mutant, kind);
    }
    return kind;
}

static void collect_words(Mutant *mutant) {
    const DrillSetting *setting;
    const DrillTcpSetting *tcp;
    size_t count = 0;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(words); i++)
        mutant->words[mutant->word_count++] = words[i];
    for (size_t i = 0; (setting = drill_link_setting_at(i)) != NULL; i++)
        mutant->words[mutant->word_count++] = setting->name;
    for (size_t i = 0; (tcp = drill_tcp_setting_at(i)) != NULL; i++)
        mutant->words[mutant->word_count++] = tcp->name;
    const DrillBrokerField *fields = drill_broker_fields(&count);
    for (size_t i = 0; i < count; i++)
        mutant->words[mutant->word_count++] = fields[i].name;
    DRILL_ASSERT(mutant->word_count <= WORDS_MAX);
}

/* --- the program --- */

static int write_corpus(const char *folder) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(seeds); i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%02zu", folder, i);
        FILE *out = fopen(path, "wb");
        if (out == NULL || fputc((int)seeds[i].kind, out) == EOF ||
            fputs(seeds[i].text, out) == EOF || fclose(out) != 0) {
            fprintf(stderr, "%s: cannot be written\n", path);
            return 1;
        }
    }
    return 0;
}

static void run(const FuzzOptions *options, TextTally *tally) {
    static Mutant mutant;
    mutant.random = options->seed;
    collect_words(&mutant);
    for (uint64_t i = 0; i < options->count; i++) {
        TextKind kind = make_text(&mutant);
        DrillSpan text = text_exact(drill_span(mutant.text, mutant.size));
        tally->plant = options->plant && i >= options->count / 2;
        text_input(kind, text, tally);
        text_free(text);
    }
}

int main(int argc, char **argv) {
    static const char *const names[] = {"link",  "tcp",    "broker", "units",
                                        "table", "replay", "http",   "control"};
    FuzzOptions options = {.seed = 1, .count = 20000};
    TextTally tally = {{0}, {0}, false};
    if (argc == 3 && strcmp(argv[1], "--corpus") == 0) return write_corpus(argv[2]);
    for (int i = 1; i < argc; i++) {
        if (!fuzz_option(&options, argv, &i)) {
            fprintf(stderr, "usage: %s [--seed N] [--count N] [--plant] | --corpus FOLDER\n",
                    argv[0]);
            return 2;
        }
    }
    run(&options, &tally);
    printf("%llu texts (seed %llu); taken/refused:", (unsigned long long)options.count,
           (unsigned long long)options.seed);
    for (size_t i = 0; i < TEXT_KINDS; i++)
        printf(" %s %llu/%llu", names[i], (unsigned long long)tally.taken[i],
               (unsigned long long)tally.refused[i]);
    printf("\n");
    return 0;
}
