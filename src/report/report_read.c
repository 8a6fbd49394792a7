/* Reads result files back: for merging, for matrices of targets, for `clauses --target`. */
#include "report/json_reader.h"
#include "report/result.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

static DrillVerdict read_verdict(DrillJsonReader *reader, const json_t *object) {
    static const DrillVerdict verdicts[] = {DRILL_PASS, DRILL_FAIL, DRILL_INCONCLUSIVE,
                                            DRILL_SKIPPED, DRILL_NOT_EXERCISED};
    const char *name = drill_json_text(reader, object, "verdict");
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(verdicts); i++) {
        if (strcmp(drill_verdict_name(verdicts[i]), name) == 0) return verdicts[i];
    }
    drill_json_wrong(reader, "verdict", "pass, fail, inconclusive, skipped or not exercised");
    return DRILL_NOT_EXERCISED;
}

static void read_packets(DrillJsonReader *reader, const json_t *object, DrillFinding *finding) {
    const json_t *array = drill_json_array(reader, object, "packets");
    size_t count = json_array_size(array);
    if (count > DRILL_FINDING_PACKETS_MAX) {
        drill_json_wrong(reader, "packets", "at most 6 numbers");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_integer(value) || json_integer_value(value) < 0) {
            drill_json_wrong(reader, "packets", "event numbers");
            return;
        }
        finding->packets[finding->packet_count++] = (uint64_t)json_integer_value(value);
    }
}

static void read_finding(DrillJsonReader *reader, const json_t *object, DrillFinding *finding) {
    finding->statement = drill_json_text(reader, object, "statement");
    finding->verdict = read_verdict(reader, object);
    finding->oracle = drill_json_text(reader, object, "oracle");
    finding->text = drill_json_text(reader, object, "text");
    read_packets(reader, object, finding);
    if (json_object_get(object, "time_ns") != NULL) {
        finding->time_ns = drill_json_number(reader, object, "time_ns");
    }
}

static uint64_t read_seed(DrillJsonReader *reader, const json_t *object) {
    uint64_t seed = 0;
    const char *text = drill_json_text(reader, object, "seed");
    if (drill_parse_u64(drill_span_of(text), &seed) != DRILL_OK) {
        drill_json_wrong(reader, "seed", "a string of decimal digits");
    }
    return seed;
}

/* Results written before there were counts have none. */
static void read_applied(DrillJsonReader *reader, const json_t *object, DrillReportScenario *out) {
    json_t *applied = json_object_get(object, "applied");
    const char *statement;
    json_t *times;
    if (applied == NULL) return;
    DrillJudgement *all =
        DRILL_NEW_ARRAY(reader->allocator, DrillJudgement, json_object_size(applied) + 1);
    json_object_foreach(applied, statement, times) {
        if (!json_is_integer(times) || json_integer_value(times) < 0) {
            drill_json_wrong(reader, "applied", "a number for each statement");
            return;
        }
        DrillJudgement *judgement = &all[out->judgement_count++];
        judgement->statement = drill_copy_string(reader->allocator, statement);
        judgement->verdict = DRILL_PASS; /* findings say more */
        judgement->exercised = (uint64_t)json_integer_value(times);
    }
    out->judgements = all;
}

static void read_scenario(DrillJsonReader *reader, const json_t *object, size_t index,
                          DrillReportScenario *out) {
    snprintf(reader->where, sizeof reader->where, "scenarios[%zu]", index);
    out->id = drill_json_text(reader, object, "id");
    out->version = drill_json_text(reader, object, "version");
    out->title = drill_json_text_optional(reader, object, "title");
    out->seed = read_seed(reader, object);
    out->verdict = read_verdict(reader, object);
    out->digest = drill_json_text(reader, object, "digest");
    out->virtual_ns = drill_json_number(reader, object, "virtual_ns");
    out->wall_ns = drill_json_number(reader, object, "wall_ns");
    out->events = drill_json_number(reader, object, "events");
    out->exercised = drill_json_texts(reader, object, "exercised", &out->exercised_count);
    read_applied(reader, object, out);
    out->reproduce = drill_json_text(reader, object, "reproduce");
    out->message = drill_json_text_optional(reader, object, "message");
    if (json_object_get(object, "last_packets") != NULL) {
        out->last_packets =
            drill_json_texts(reader, object, "last_packets", &out->last_packet_count);
    }
    const json_t *findings = drill_json_array(reader, object, "findings");
    size_t count = json_array_size(findings);
    DrillFinding *all = DRILL_NEW_ARRAY(reader->allocator, DrillFinding, count + 1);
    for (size_t i = 0; i < count; i++) {
        snprintf(reader->where, sizeof reader->where, "scenarios[%zu].findings[%zu]", index, i);
        read_finding(reader, json_array_get(findings, i), &all[i]);
    }
    out->findings = all;
    out->finding_count = count;
}

static void read_target(DrillJsonReader *reader, const json_t *root, DrillReport *out) {
    const json_t *target = drill_json_object(reader, root, "target");
    snprintf(reader->where, sizeof reader->where, "target");
    out->target_kind = drill_json_text(reader, target, "kind");
    out->target_url = drill_json_text_or_null(reader, target, "url");
    out->target_name = drill_json_text(reader, target, "name");
    out->profile = drill_json_text_or_null(reader, target, "profile");
    reader->where[0] = '\0';
}

DrillResult drill_report_read(const char *path, DrillAllocator allocator, DrillReport *out,
                              DrillDiagnostic *diagnostic) {
    DrillJsonReader reader = {.path = path, .allocator = allocator, .diagnostic = diagnostic};
    json_t *root = drill_json_load(&reader, "mqttdrill.result/1");
    if (root == NULL) return reader.result;
    *out = (DrillReport){.tool = drill_json_text(&reader, root, "tool")};
    read_target(&reader, root, out);
    const json_t *summary = drill_json_object(&reader, root, "summary");
    snprintf(reader.where, sizeof reader.where, "summary");
    out->wall_ns = drill_json_number(&reader, summary, "wall_ns");
    reader.where[0] = '\0';
    const json_t *scenarios = drill_json_array(&reader, root, "scenarios");
    out->count = json_array_size(scenarios);
    DrillReportScenario *all = DRILL_NEW_ARRAY(allocator, DrillReportScenario, out->count + 1);
    for (size_t i = 0; i < out->count && reader.result == DRILL_OK; i++) {
        read_scenario(&reader, json_array_get(scenarios, i), i, &all[i]);
    }
    out->scenarios = all;
    json_decref(root);
    return reader.result;
}
