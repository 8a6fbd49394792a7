/* What a run leaves behind: findings, judgements and the last packets, copied out of the arena. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqttdrill/codec.h>

#include "explore/run_state.h"

/* Enough of a packet to print it in one line. */
#define DRILL_LAST_PACKET_BYTES 4096
/* An endless script could fail once per event; what a person reads is the beginning. */
#define DRILL_SCRIPT_FINDINGS_MAX 100

static void remember_packet(DrillRunState *state, const DrillTraceEvent *event) {
    DrillLastPacket *slot = &state->last[state->last_count % DRILL_LAST_PACKETS];
    drill_release(state->allocator, (void *)(uintptr_t)slot->node.data, slot->node.size);
    drill_release(state->allocator, (void *)(uintptr_t)slot->bytes.data, slot->bytes.size);
    DrillSpan bytes = drill_trace_text(event, "bytes");
    slot->full_size = bytes.size;
    if (bytes.size > DRILL_LAST_PACKET_BYTES) bytes.size = DRILL_LAST_PACKET_BYTES;
    slot->time_ns = event->time_ns;
    slot->number = event->number;
    slot->sent = event->kind == DRILL_TRACE_MQTT_SENT;
    slot->whole = drill_trace_u64(event, "whole") != 0;
    slot->version = drill_trace_version(&state->versions, event);
    slot->node = drill_copy_span(state->allocator, event->node);
    slot->bytes = drill_copy_span(state->allocator, bytes);
    state->last_count++;
}

static void remember_failure(DrillRunState *state, const DrillTraceEvent *event,
                             const char *oracle) {
    if (state->script_finding_count == DRILL_SCRIPT_FINDINGS_MAX) return;
    if (state->script_finding_count == state->script_finding_capacity) {
        size_t capacity = state->script_finding_capacity ? state->script_finding_capacity * 2 : 4;
        state->script_findings =
            drill_reallocate(state->allocator, state->script_findings,
                             state->script_finding_capacity * sizeof(DrillScriptFinding),
                             capacity * sizeof(DrillScriptFinding));
        state->script_finding_capacity = capacity;
    }
    DrillScriptFinding *finding = &state->script_findings[state->script_finding_count++];
    finding->text = drill_copy_span(state->allocator, drill_trace_text(event, "text"));
    finding->number = event->number;
    finding->time_ns = event->time_ns;
    finding->oracle = oracle;
}

static void on_event(void *context, const DrillTraceEvent *event) {
    DrillRunState *state = context;
    drill_trace_versions_note(&state->versions, event);
    if (event->kind == DRILL_TRACE_MQTT_SENT || event->kind == DRILL_TRACE_MQTT_RECEIVED)
        remember_packet(state, event);
    else if (event->kind == DRILL_TRACE_APP_FAILED)
        remember_failure(state, event, "script");
    else if (event->kind == DRILL_TRACE_FAULT_UNUSED)
        remember_failure(state, event, "fault");
    else if (event->kind == DRILL_TRACE_SETTLED)
        state->settle_busy = drill_trace_u64(event, "busy") != 0;
}

DrillTraceSink drill_run_state_sink(DrillRunState *state, DrillVersion version) {
    state->versions = (DrillTraceVersions){.allocator = state->allocator, .otherwise = version};
    DrillTraceSink sink = {.context = state, .event = on_event, .line = NULL};
    return sink;
}

static char *copy_out(DrillSpan text) {
    char *copy = malloc(text.size + 1);
    DRILL_ASSERT(copy != NULL);
    if (text.size > 0) memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

static char *print_packet(const DrillLastPacket *packet, DrillBuffer *line) {
    drill_buffer_clear(line);
    drill_buffer_print(line, "%4llu.%06llu s  #%-4llu ",
                       (unsigned long long)(packet->time_ns / DRILL_NS_PER_S),
                       (unsigned long long)(packet->time_ns % DRILL_NS_PER_S / DRILL_NS_PER_US),
                       (unsigned long long)packet->number);
    drill_buffer_put_escaped(line, packet->node);
    drill_buffer_put_string(line, packet->sent ? " > " : " < ");
    DrillPacket decoded;
    DrillFault fault;
    if (packet->whole && packet->full_size == packet->bytes.size &&
        drill_codec_decode(packet->bytes, packet->version, &decoded, &fault) == DRILL_OK) {
        drill_codec_print(&decoded, packet->version, DRILL_PRINT_SHORT, line);
    } else {
        int type = packet->bytes.size > 0 ? packet->bytes.data[0] >> 4 : 0;
        const char *name = drill_packet_type_name((DrillPacketType)type);
        drill_buffer_print(line, "%s, %zu bytes, not decoded", name ? name : "?",
                           packet->full_size);
    }
    return copy_out(drill_buffer_span(line));
}

static void collect_packets(DrillRunState *state, DrillRunResult *result) {
    size_t count =
        state->last_count < DRILL_LAST_PACKETS ? (size_t)state->last_count : DRILL_LAST_PACKETS;
    DrillBuffer line = {.allocator = state->allocator};
    result->last_packets = calloc(count + 1, sizeof(char *));
    DRILL_ASSERT(result->last_packets != NULL);
    for (size_t i = 0; i < count; i++) {
        uint64_t at = state->last_count - count + i;
        result->last_packets[i] = print_packet(&state->last[at % DRILL_LAST_PACKETS], &line);
    }
    result->last_packet_count = count;
    drill_buffer_release(&line);
}

/* What the script missed, it may have missed because we stood still. */
static DrillVerdict script_verdict(const DrillRunState *state, const DrillScriptFinding *finding) {
    return drill_check_excuse(state->check, finding->number)[0] != '\0' ? DRILL_INCONCLUSIVE
                                                                        : DRILL_FAIL;
}

static char *script_text(const DrillRunState *state, const DrillScriptFinding *finding) {
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_buffer_put(&text, finding->text.data, finding->text.size);
    drill_buffer_put_string(&text, drill_check_excuse(state->check, finding->number));
    char *copy = copy_out(drill_buffer_span(&text));
    drill_buffer_release(&text);
    return copy;
}

static void collect_findings(DrillRunState *state, DrillRunResult *result) {
    size_t oracle_count = drill_check_finding_count(state->check);
    result->findings = calloc(oracle_count + state->script_finding_count + 1, sizeof(DrillFinding));
    DRILL_ASSERT(result->findings != NULL);
    for (size_t i = 0; i < oracle_count; i++) {
        DrillFinding *out = &result->findings[result->finding_count++];
        *out = *drill_check_finding(state->check, i);
        out->statement = copy_out(drill_span_of(out->statement));
        out->oracle = copy_out(drill_span_of(out->oracle));
        out->text = copy_out(drill_span_of(out->text));
    }
    for (size_t i = 0; i < state->script_finding_count; i++) {
        const DrillScriptFinding *from = &state->script_findings[i];
        DrillFinding *out = &result->findings[result->finding_count++];
        out->statement = copy_out(drill_span_of(""));
        out->verdict = script_verdict(state, from);
        out->oracle = copy_out(drill_span_of(from->oracle));
        out->text = script_text(state, from);
        out->packets[0] = from->number;
        out->packet_count = 1;
        out->time_ns = from->time_ns;
    }
}

static void collect_judgements(DrillRunState *state, DrillRunResult *result) {
    size_t count = drill_check_judgement_count(state->check);
    result->judgements = calloc(count + 1, sizeof(DrillJudgement));
    DRILL_ASSERT(result->judgements != NULL);
    for (size_t i = 0; i < count; i++) {
        DrillJudgement *out = &result->judgements[result->judgement_count++];
        *out = *drill_check_judgement(state->check, i);
        out->statement = copy_out(drill_span_of(out->statement));
        out->oracle = copy_out(drill_span_of(out->oracle));
    }
}

void drill_run_collect(DrillRunState *state, DrillRunResult *result) {
    collect_findings(state, result);
    collect_judgements(state, result);
    collect_packets(state, result);
    result->events = drill_tracer_count(state->tracer);
    result->virtual_ns = drill_world_now(state->world);
    drill_tracer_digest(state->tracer, result->digest);
    result->verdict = drill_check_verdict(state->check);
    for (size_t i = 0; i < state->script_finding_count; i++) {
        DrillVerdict verdict = script_verdict(state, &state->script_findings[i]);
        if (verdict > result->verdict) result->verdict = verdict;
    }
}

void drill_run_result_free(DrillRunResult *result) {
    for (size_t i = 0; i < result->finding_count; i++) {
        free((void *)(uintptr_t)result->findings[i].statement);
        free((void *)(uintptr_t)result->findings[i].oracle);
        free((void *)(uintptr_t)result->findings[i].text);
    }
    for (size_t i = 0; i < result->judgement_count; i++) {
        free((void *)(uintptr_t)result->judgements[i].statement);
        free((void *)(uintptr_t)result->judgements[i].oracle);
    }
    for (size_t i = 0; i < result->last_packet_count; i++)
        free(result->last_packets[i]);
    free(result->findings);
    free(result->judgements);
    free(result->last_packets);
    memset(result, 0, sizeof(*result));
}
