/* Random MQTT workloads under random faults, judged by the oracles. Broker and client without
 * a defect must never be found wrong, and each defect must be found.
 *
 *   soak --from 1 --to 1000 [--defect NAME [--first]] [--verbose [--lines N]]
 *        [--trace FILE] [--judgements] [--version 4]
 *
 *   soak --draw 20 [--draw-seed 1] [--all] [--from 1 --to 1000]
 *
 * --draw takes so many defects at random, runs each until it is found with one of the statements
 * that its row in defects.def expects, and prints a table. See README.md.
 *
 * Status: 0 nothing was found, 1 something was, 2 usage; with --draw: 0 every defect was found, 1
 * some were not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "mqtt/defects.h"
#include "workload.h"

#define ARENA_BYTES ((size_t)1 << 30)
#define LINES_MAX   100000u

typedef struct Options {
    uint64_t from, to;
    uint64_t lines; /* of a failing seed's trace, when verbose */
    uint64_t draw, draw_seed;
    const char *defect; /* NULL: none */
    const char *trace;  /* NULL: none; of the last seed */
    uint64_t version;   /* of MQTT, as in CONNECT */
    bool first;         /* stop at the first seed that fails */
    bool verbose;
    bool all;        /* --draw: also defects that the workload cannot find */
    bool judgements; /* what every statement came to, and how often */
} Options;

/* The last packets of a run, as lines. */
typedef struct Tail {
    char **lines;
    uint64_t shown, count;
    DrillVersion version;
} Tail;

typedef struct Tally {
    uint64_t seeds, failed, inconclusive, events, first_failed;
    const char *caught; /* a statement that the defect's row expects; NULL: none failed */
} Tally;

static void tail_event(void *context, const DrillTraceEvent *event) {
    Tail *tail = context;
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_buffer_print(&text, "    ");
    bool packet = event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED;
    DrillPacket decoded;
    DrillFault fault;
    DrillVersion version = tail->version;
    /* A mixed run: of 3.1.1 what is none of 5.0. */
    if (packet && drill_codec_decode(event->values[1].bytes, version, &decoded, &fault) != DRILL_OK)
        version = DRILL_MQTT_3_1_1;
    if (packet &&
        drill_codec_decode(event->values[1].bytes, version, &decoded, &fault) == DRILL_OK) {
        drill_buffer_print(
            &text, "%" PRIu64 " %" PRIu64 ".%06" PRIu64 " %.*s %s conn %" PRIu64 " ", event->number,
            event->time_ns / DRILL_NS_PER_S, event->time_ns % DRILL_NS_PER_S / DRILL_NS_PER_US,
            (int)event->node.size, (const char *)event->node.data,
            event->kind == DRILL_TRACE_MQTT_SENT ? "sends" : "receives", event->values[0].number);
        drill_codec_print(&decoded, version, DRILL_PRINT_FULL, &text);
        drill_buffer_print(&text, "\n");
    } else {
        drill_trace_format(event, &text);
    }
    char **line = &tail->lines[tail->count++ % tail->shown];
    free(*line);
    *line = strdup(drill_buffer_cstring(&text));
    drill_buffer_release(&text);
}

static void tail_print(Tail *tail) {
    uint64_t first = tail->count > tail->shown ? tail->count - tail->shown : 0;
    for (uint64_t i = first; i < tail->count; i++)
        fputs(tail->lines[i % tail->shown], stdout);
    for (size_t i = 0; i < tail->shown; i++)
        free(tail->lines[i]);
    free(tail->lines);
}

/* What a full queue excuses. */
static bool is_loss(const DrillFinding *finding) {
    static const char *const statements[] = {
        "v3:MQTT-4.5.0-1",  "v3:MQTT-3.1.2-5",  "v3:MQTT-4.1.0-1",  "v3:MQTT-3.1.2-8",
        "v3:MQTT-3.3.1-6",  "v3:MQTT-3.8.4-3",  "v3:MQTT-4.3.2-2",  "v3:MQTT-4.3.3-2",
        "v3:MQTT-3.3.1-5",  "v3:MQTT-3.1.2-7",  "v3:MQTT-3.3.5-1",  "v3:MQTT-3.1.2-4",
        "v3:MQTT-3.1.2-17", "v5:MQTT-4.5.0-1",  "v5:MQTT-3.1.2-5",  "v5:MQTT-3.1.2-23",
        "v5:MQTT-4.1.0-1",  "v5:MQTT-3.1.2-8",  "v5:MQTT-3.3.1-9",  "v5:MQTT-3.8.4-4",
        "v5:MQTT-4.3.2-5",  "v5:MQTT-4.3.3-9",  "v5:MQTT-4.3.3-12", "v5:MQTT-3.3.1-5",
        "v5:MQTT-3.3.4-2",  "v5:MQTT-3.3.1-10", "v5:MQTT-3.1.2-25", "v5:MQTT-4.9.0-1",
        "v5:MQTT-3.3.4-4",  "v5:MQTT-3.1.2-15", "v5:MQTT-3.1.2-7",  "v5:MQTT-3.1.2-4",
        "v5:MQTT-3.3.1-6",  "v3:MQTT-4.1.0-2",  "v5:MQTT-4.1.0-2"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(statements); i++)
        if (strcmp(finding->statement, statements[i]) == 0) return true;
    return false;
}

static DrillVerdict verdict_of(const DrillCheck *check, bool lossy) {
    DrillVerdict verdict = DRILL_PASS;
    for (size_t i = 0; i < drill_check_finding_count(check); i++) {
        const DrillFinding *finding = drill_check_finding(check, i);
        if (lossy && is_loss(finding)) continue;
        if (finding->verdict > verdict) verdict = finding->verdict;
    }
    return verdict;
}

/* The first failed statement that is among the expected ones, which spaces separate. */
static const char *caught(const DrillCheck *check, bool lossy, const char *expected) {
    for (size_t i = 0; i < drill_check_finding_count(check); i++) {
        const DrillFinding *finding = drill_check_finding(check, i);
        if (finding->verdict != DRILL_FAIL || (lossy && is_loss(finding))) continue;
        size_t size = strlen(finding->statement);
        const char *at = expected;
        while ((at = strstr(at, finding->statement)) && at[size] != ' ' && at[size] != '\0')
            at += size;
        if (at) return finding->statement;
    }
    return NULL;
}

static void print_findings(const DrillCheck *check, bool lossy) {
    for (size_t i = 0; i < drill_check_finding_count(check); i++) {
        const DrillFinding *finding = drill_check_finding(check, i);
        if (finding->verdict != DRILL_FAIL || (lossy && is_loss(finding))) continue;
        printf("  %s %s: %s [", finding->oracle, finding->statement, finding->text);
        for (size_t p = 0; p < finding->packet_count; p++)
            printf("%s%" PRIu64, p > 0 ? " " : "", finding->packets[p]);
        printf("]\n");
    }
}

/* To compare two versions of the oracles: the same lines mean the same judgement. */
static void print_judgements(uint64_t seed, const DrillCheck *check) {
    for (size_t i = 0; i < drill_check_judgement_count(check); i++) {
        const DrillJudgement *judgement = drill_check_judgement(check, i);
        if (judgement->exercised == 0) continue;
        printf("%" PRIu64 " %s %s %s %" PRIu64 "\n", seed, judgement->statement, judgement->oracle,
               drill_verdict_name(judgement->verdict), judgement->exercised);
    }
}

static DrillVerdict report(const Options *options, uint64_t seed, const DrillCheck *check,
                           bool lossy, bool loud) {
    DrillVerdict verdict = verdict_of(check, lossy);
    if (options->judgements) print_judgements(seed, check);
    if (verdict != DRILL_FAIL || !loud) return verdict;
    printf("seed %" PRIu64 " fails; again: soak --from %" PRIu64 " --to %" PRIu64
           " --verbose%s%s%s\n",
           seed, seed, seed, options->defect ? " --defect " : "",
           options->defect ? options->defect : "", lossy ? " (its broker drops messages)" : "");
    print_findings(check, lossy);
    return verdict;
}

static const char *expected_statements(const Options *options) {
    int id = options->defect ? drill_defect_find(drill_span_of(options->defect)) : -1;
    if (id < 0) return "";
    const DrillDefectInfo *info = drill_defect_info((DrillDefectId)id);
    return options->version == DRILL_MQTT_5_0 ? info->v5_statements : info->v3_statements;
}

static DrillDefectSet defects_of(const Options *options) {
    DrillDefectSet set = {{0}};
    if (options->defect)
        drill_defect_set(&set, (DrillDefectId)drill_defect_find(drill_span_of(options->defect)));
    return set;
}

static DrillWorld *make_world(const Options *options, SoakWorkload *workload, DrillDriver *driver,
                              DrillTracer *tracer) {
    uint64_t seed = workload->dice.stream.seed;
    DrillTraceHeader header = {.version = options->version, .seed = seed};
    drill_tracer_header(tracer, &header);
    soak_authentication(workload);
    DrillWorldOptions world = {.arena = workload->arena,
                               .driver = driver,
                               .tracer = tracer,
                               .seed = seed,
                               .version = workload->version,
                               .broker = soak_broker(workload),
                               .authentication = workload->authentication,
                               .client_defects = defects_of(options)};
    world.broker.defects = world.client_defects;
    return drill_world_new(&world);
}

static DrillTraceWriter *open_trace(const char *path, DrillTracer *tracer) {
    DrillTraceWriter *writer = NULL;
    DrillDiagnostic diagnostic = {""};
    if (drill_trace_writer_open(path, &writer, &diagnostic) != DRILL_OK) {
        fprintf(stderr, "soak: %s\n", diagnostic.text);
        exit(2);
    }
    drill_tracer_add_sink(tracer, drill_trace_writer_sink(writer));
    return writer;
}

static DrillVerdict run(const Options *options, uint64_t seed, bool loud, Tally *tally) {
    DrillArena *arena = drill_arena_new(DRILL_ARENA_BLOCK, ARENA_BYTES);
    DRILL_ASSERT(arena != NULL);
    DrillAllocator allocator = drill_arena_allocator(arena);
    DrillDriver *driver = drill_driver_virtual();
    DrillTracerOptions tracing = {.allocator = allocator};
    DrillTracer *tracer = drill_tracer_new(&tracing);
    DrillCheckOptions judging = {
        .allocator = allocator, .version = options->version, .keep_alive_slack_ns = DRILL_NS_PER_S};
    DrillCheck *check = drill_check_new(&judging);
    drill_tracer_add_sink(tracer, drill_check_sink(check));
    Tail tail = {.shown = options->lines, .version = (DrillVersion)options->version};
    DrillTraceSink sink = {.context = &tail, .event = tail_event};
    if (loud && options->verbose) {
        tail.lines = calloc(options->lines, sizeof(*tail.lines));
        DRILL_ASSERT(tail.lines != NULL);
        drill_tracer_add_sink(tracer, sink);
    }
    DrillTraceWriter *writer = options->trace ? open_trace(options->trace, tracer) : NULL;

    SoakWorkload *workload = DRILL_NEW(allocator, SoakWorkload);
    workload->dice.stream = drill_stream(seed, "soak");
    workload->version = (DrillVersion)options->version;
    workload->arena = arena;
    workload->allocator = allocator;
    workload->world = make_world(options, workload, driver, tracer);
    soak_workload_run(workload);
    drill_world_finish(workload->world, "finished", "", 5 * DRILL_NS_PER_S, 600 * DRILL_NS_PER_S);
    drill_check_finish(check);
    tally->events += drill_tracer_count(tracer);
    if (loud && options->verbose) tail_print(&tail);
    DrillVerdict verdict = report(options, seed, check, workload->lossy, loud);
    tally->caught = caught(check, workload->lossy, expected_statements(options));

    DrillDiagnostic diagnostic = {""};
    if (writer) DRILL_ASSERT(drill_trace_writer_close(writer, &diagnostic) == DRILL_OK);
    drill_world_free(workload->world);
    drill_check_free(check);
    drill_tracer_free(tracer);
    driver->free(driver);
    drill_arena_free(arena);
    return verdict;
}

static void run_all(const Options *options, Tally *tally) {
    for (uint64_t seed = options->from; seed <= options->to; seed++) {
        Tally ignored = {0};
        DrillVerdict verdict = run(options, seed, !options->verbose, tally);
        tally->seeds++;
        tally->inconclusive += verdict == DRILL_INCONCLUSIVE;
        if (verdict != DRILL_FAIL) continue;
        if (options->verbose) (void)run(options, seed, true, &ignored);
        if (tally->failed++ == 0) tally->first_failed = seed;
        if (options->first) break;
    }
}

/* --- defects at random --- */

/* Runs seeds until the defect is found; prints its row of the table. */
static bool find_defect(const Options *options) {
    Tally tally = {0};
    for (uint64_t seed = options->from; seed <= options->to; seed++) {
        (void)run(options, seed, false, &tally);
        tally.seeds++;
        if (!tally.caught) continue;
        printf("| %s | %" PRIu64 " | %s |\n", options->defect, tally.seeds, tally.caught);
        return true;
    }
    printf("| %s | not within %" PRIu64 " | |\n", options->defect, tally.seeds);
    return false;
}

/* Which versions' workload cannot find a defect, and why. */
typedef struct Unfound {
    const char *name;
    bool v3, v5;
    const char *why;
} Unfound;

#define BREAKS_NO_RULE "it breaks no rule that can be seen: scenarios expect more of their broker"
#define NEEDS_A_BROKER "only a server with a defect of its own gives occasion"
#define ALL_NAMED      "the workload's clients of 3.1.1 all have a Client Identifier"
#define NAMES_DIFFER   "no Client Identifier of the workload is long"
#define SMALL_LETTERS  "the workload's topics are in small letters"
#define NO_OCCASION    "the workload configures no broker, and has no packets, for which it matters"
#define NOT_IN_1000    "it takes more luck than 1,000 seeds have"

static const Unfound unfound[] = {
    {"b-keepalive-1x", true, false, BREAKS_NO_RULE},
    {"b-keepalive-only-pingreq", true, false, BREAKS_NO_RULE},
    {"b-takeover-without-disconnect", false, true, BREAKS_NO_RULE},
    {"b-wrong-reason-code", false, true, BREAKS_NO_RULE},
    {"b-shared-drop-on-member-end", false, true, BREAKS_NO_RULE},
    {"c-no-pingresp-deadline", true, true, BREAKS_NO_RULE},
    {"c-ping-suppressed-by-writes", true, true, BREAKS_NO_RULE},
    {"c-unknown-pubrec-ignored", true, true, NEEDS_A_BROKER},
    {"b-client-id-cut", true, true, NAMES_DIFFER},
    {"b-topic-lowered", true, true, SMALL_LETTERS},
    {"b-wildcards-granted", true, false, NO_OCCASION},
    {"b-barred-unanswered", true, false, NO_OCCASION},
    {"c-reason-string-too-large", false, true, NO_OCCASION},
    {"c-user-properties-too-large", false, true, NO_OCCASION},
    {"c-client-id-left-out", true, false, ALL_NAMED},
    {"c-empty-id-with-session", true, false, ALL_NAMED},
    {"b-refused-served", false, true, NOT_IN_1000},
    {"b-expiry-early", false, true, NOT_IN_1000},
    {"b-qos2-refused-id-held", false, true, NOT_IN_1000},
};

static bool has_no_occasion(const Options *options, const char *name) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(unfound); i++)
        if (strcmp(name, unfound[i].name) == 0 && !options->all)
            return options->version == DRILL_MQTT_5_0 ? unfound[i].v5 : unfound[i].v3;
    return false;
}

/* Whether the same defects are drawn depends on the seed and on the table of defects. */
static bool find_drawn(const Options *options) {
    Options drawn = *options;
    DrillDefectId ids[DRILL_DEFECT_COUNT];
    uint64_t count = 0;
    bool good = true;
    for (int id = 0; id < DRILL_DEFECT_COUNT; id++) {
        drawn.defect = drill_defect_info((DrillDefectId)id)->name;
        if (expected_statements(&drawn)[0] == '\0' || has_no_occasion(&drawn, drawn.defect))
            continue;
        ids[count++] = (DrillDefectId)id;
    }
    SoakDice dice = {.stream = drill_stream(options->draw_seed, "draw")};
    printf("| Defect | Seeds | Found with |\n| --- | --- | --- |\n");
    for (uint64_t left = options->draw; left > 0 && count > 0; left--) {
        uint64_t at = soak_below(&dice, count);
        drawn.defect = drill_defect_info(ids[at])->name;
        ids[at] = ids[--count];
        good = find_defect(&drawn) && good;
    }
    return good;
}

static int usage(void) {
    fprintf(stderr, "usage: soak [--from SEED] [--to SEED] [--defect NAME] [--first] [--verbose] "
                    "[--lines N] [--trace FILE] [--judgements] [--version N] "
                    "[--draw COUNT] [--draw-seed N] [--all]\n");
    return 2;
}

static bool parse(int argc, char **argv, Options *options) {
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        bool *flag = strcmp(name, "--first") == 0        ? &options->first
                     : strcmp(name, "--verbose") == 0    ? &options->verbose
                     : strcmp(name, "--all") == 0        ? &options->all
                     : strcmp(name, "--judgements") == 0 ? &options->judgements
                                                         : NULL;
        if (flag) {
            *flag = true;
            continue;
        }
        if (++i == argc) return false;
        uint64_t *number = strcmp(name, "--from") == 0        ? &options->from
                           : strcmp(name, "--to") == 0        ? &options->to
                           : strcmp(name, "--lines") == 0     ? &options->lines
                           : strcmp(name, "--version") == 0   ? &options->version
                           : strcmp(name, "--draw") == 0      ? &options->draw
                           : strcmp(name, "--draw-seed") == 0 ? &options->draw_seed
                                                              : NULL;
        const char **text = strcmp(name, "--defect") == 0  ? &options->defect
                            : strcmp(name, "--trace") == 0 ? &options->trace
                                                           : NULL;
        if (text) *text = argv[i];
        if (number && drill_parse_u64(drill_span_of(argv[i]), number) != DRILL_OK) return false;
        if (!text && !number) return false;
    }
    if (options->lines == 0 || options->lines > LINES_MAX || options->version < DRILL_MQTT_3_1_1 ||
        options->version > DRILL_MQTT_5_0)
        return false;
    return !options->defect || drill_defect_find(drill_span_of(options->defect)) >= 0;
}

int main(int argc, char **argv) {
    Options options = {
        .from = 1, .to = 300, .lines = 60, .draw_seed = 1, .version = DRILL_MQTT_3_1_1};
    Tally tally = {0};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!parse(argc, argv, &options)) return usage();
    if (options.draw > 0) return find_drawn(&options) ? 0 : 1;
    run_all(&options, &tally);
    printf("%" PRIu64 " seeds, %" PRIu64 " fail (first: %" PRIu64 "), %" PRIu64
           " inconclusive, %" PRIu64 " events\n",
           tally.seeds, tally.failed, tally.first_failed, tally.inconclusive, tally.events);
    return tally.failed > 0;
}
