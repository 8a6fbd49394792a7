/* DrillRunResult as bytes, for the pipe between a child process and its parent. */
#include <stdlib.h>
#include <string.h>

#include "explore/batch.h"

static void put_u64(DrillBuffer *out, uint64_t value) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    drill_buffer_put(out, bytes, sizeof(bytes));
}

static void put_text(DrillBuffer *out, const char *text) {
    size_t size = strlen(text);
    put_u64(out, size);
    drill_buffer_put(out, text, size);
}

static bool get_u64(DrillSpan *in, uint64_t *value) {
    if (in->size < 8) return false;
    *value = 0;
    for (int i = 0; i < 8; i++)
        *value |= (uint64_t)in->data[i] << (8 * i);
    in->data += 8;
    in->size -= 8;
    return true;
}

static bool get_text(DrillSpan *in, char **text) {
    uint64_t size;
    if (!get_u64(in, &size) || size > in->size) return false;
    *text = malloc((size_t)size + 1);
    DRILL_ASSERT(*text != NULL);
    if (size > 0) memcpy(*text, in->data, (size_t)size);
    (*text)[size] = '\0';
    in->data += size;
    in->size -= (size_t)size;
    return true;
}

/* Counts are bounded by the bytes that are left: every element takes at least 8. */
static bool get_count(DrillSpan *in, uint64_t *count) {
    return get_u64(in, count) && *count <= in->size / 8;
}

static void put_finding(DrillBuffer *out, const DrillFinding *finding) {
    put_text(out, finding->statement);
    put_text(out, finding->oracle);
    put_text(out, finding->text);
    put_u64(out, (uint64_t)finding->verdict);
    put_u64(out, finding->time_ns);
    put_u64(out, finding->packet_count);
    for (size_t i = 0; i < finding->packet_count; i++)
        put_u64(out, finding->packets[i]);
}

static bool get_finding(DrillSpan *in, DrillFinding *finding) {
    char *statement, *oracle, *text;
    uint64_t verdict, count;
    if (!get_text(in, &statement)) return false;
    finding->statement = statement;
    if (!get_text(in, &oracle)) return false;
    finding->oracle = oracle;
    if (!get_text(in, &text)) return false;
    finding->text = text;
    if (!get_u64(in, &verdict) || !get_u64(in, &finding->time_ns) || !get_u64(in, &count))
        return false;
    if (count > DRILL_FINDING_PACKETS_MAX || verdict > DRILL_FAIL) return false;
    finding->verdict = (DrillVerdict)verdict;
    finding->packet_count = (size_t)count;
    for (size_t i = 0; i < finding->packet_count; i++)
        if (!get_u64(in, &finding->packets[i])) return false;
    return true;
}

static void put_judgement(DrillBuffer *out, const DrillJudgement *judgement) {
    put_text(out, judgement->statement);
    put_text(out, judgement->oracle);
    put_u64(out, (uint64_t)judgement->verdict);
    put_u64(out, judgement->exercised);
}

static bool get_judgement(DrillSpan *in, DrillJudgement *judgement) {
    char *statement, *oracle;
    uint64_t verdict;
    if (!get_text(in, &statement)) return false;
    judgement->statement = statement;
    if (!get_text(in, &oracle)) return false;
    judgement->oracle = oracle;
    if (!get_u64(in, &verdict) || verdict > DRILL_FAIL) return false;
    judgement->verdict = (DrillVerdict)verdict;
    return get_u64(in, &judgement->exercised);
}

void drill_run_result_write(const DrillRunResult *result, DrillBuffer *out) {
    const uint64_t numbers[] = {(uint64_t)result->verdict,
                                (uint64_t)result->outcome,
                                result->virtual_ns,
                                result->wall_ns,
                                result->events,
                                result->unreachable,
                                result->saves,
                                result->save_mismatches};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(numbers); i++)
        put_u64(out, numbers[i]);
    put_text(out, result->digest);
    put_text(out, result->diagnostic.text);
    put_u64(out, result->finding_count);
    for (size_t i = 0; i < result->finding_count; i++)
        put_finding(out, &result->findings[i]);
    put_u64(out, result->judgement_count);
    for (size_t i = 0; i < result->judgement_count; i++)
        put_judgement(out, &result->judgements[i]);
    put_u64(out, result->last_packet_count);
    for (size_t i = 0; i < result->last_packet_count; i++)
        put_text(out, result->last_packets[i]);
}

static bool get_numbers(DrillSpan *in, DrillRunResult *result) {
    uint64_t numbers[8];
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(numbers); i++)
        if (!get_u64(in, &numbers[i])) return false;
    if (numbers[0] > DRILL_FAIL || numbers[1] > DRILL_SCRIPT_LIMIT) return false;
    result->verdict = (DrillVerdict)numbers[0];
    result->outcome = (DrillScriptOutcome)numbers[1];
    result->virtual_ns = numbers[2];
    result->wall_ns = numbers[3];
    result->events = numbers[4];
    result->unreachable = numbers[5] != 0;
    result->saves = numbers[6];
    result->save_mismatches = numbers[7];
    return true;
}

static bool get_bounded(DrillSpan *in, char *into, size_t size) {
    char *text;
    if (!get_text(in, &text)) return false;
    bool fits = strlen(text) < size;
    if (fits) strcpy(into, text);
    free(text);
    return fits;
}

static bool get_lists(DrillSpan *in, DrillRunResult *result) {
    uint64_t count;
    if (!get_count(in, &count)) return false;
    result->findings = calloc((size_t)count + 1, sizeof(DrillFinding));
    DRILL_ASSERT(result->findings != NULL);
    /* Counted before they are read, so that what a cut one has got already is freed with the rest.
     */
    while (result->finding_count < count)
        if (!get_finding(in, &result->findings[result->finding_count++])) return false;
    if (!get_count(in, &count)) return false;
    result->judgements = calloc((size_t)count + 1, sizeof(DrillJudgement));
    DRILL_ASSERT(result->judgements != NULL);
    while (result->judgement_count < count)
        if (!get_judgement(in, &result->judgements[result->judgement_count++])) return false;
    if (!get_count(in, &count)) return false;
    result->last_packets = calloc((size_t)count + 1, sizeof(char *));
    DRILL_ASSERT(result->last_packets != NULL);
    for (; result->last_packet_count < count; result->last_packet_count++)
        if (!get_text(in, &result->last_packets[result->last_packet_count])) return false;
    return true;
}

bool drill_run_result_read(DrillSpan *in, DrillRunResult *result) {
    memset(result, 0, sizeof(*result));
    bool whole = get_numbers(in, result) &&
                 get_bounded(in, result->digest, sizeof(result->digest)) &&
                 get_bounded(in, result->diagnostic.text, sizeof(result->diagnostic.text)) &&
                 get_lists(in, result);
    if (!whole) drill_run_result_free(result);
    return whole;
}
