/* Faults that a scenario declares: they wait for their packet, are placed on the transport, and
 * must strike. */
#include <stdio.h>
#include <string.h>

#include "world/state.h"

static const char *place_text(DrillFaultPlace place) {
    switch (place) {
    case DRILL_FAULT_NOW:
        return "now";
    case DRILL_FAULT_BEFORE:
        return "before";
    case DRILL_FAULT_INSIDE:
        return "inside";
    case DRILL_FAULT_AFTER:
        return "after";
    }
    return "?";
}

/* "cut before PUBREC b>c rst", "drop PUBLISH nth 2", "cut now vanish" */
static const char *describe(DrillWorld *world, const DrillFaultSpec *spec) {
    DrillBuffer text = {.allocator = world->allocator};
    static const char *const kinds[] = {"cut", "drop", "delay", "insert"};
    const char *name = drill_packet_type_name(spec->type);
    drill_buffer_put_string(&text, kinds[spec->kind]);
    if (spec->kind == DRILL_FAULT_CUT) drill_buffer_print(&text, " %s", place_text(spec->place));
    if (spec->place != DRILL_FAULT_NOW || spec->kind != DRILL_FAULT_CUT)
        drill_buffer_print(&text, " %s", name != NULL ? name : "bytes");
    if (spec->nth > 1) drill_buffer_print(&text, " nth %u", (unsigned)spec->nth);
    if (spec->direction >= 0)
        drill_buffer_print(&text, " %s", drill_direction_text(spec->direction));
    if (spec->place == DRILL_FAULT_INSIDE && spec->at_byte > 0)
        drill_buffer_print(&text, " at byte %u", (unsigned)spec->at_byte);
    if (spec->kind == DRILL_FAULT_CUT)
        drill_buffer_print(&text, " %s", drill_close_name((DrillCloseHow)spec->how));
    if (spec->kind == DRILL_FAULT_DELAY) {
        drill_buffer_put_string(&text, " by ");
        drill_buffer_put_duration(&text, spec->delay_ns);
    }
    const char *copy = drill_copy_string(world->allocator, drill_buffer_cstring(&text));
    drill_buffer_release(&text);
    return copy;
}

static uint64_t emit_struck(DrillWorldConnection *connection, DrillRule *rule, uint64_t packet) {
    DrillTraceValue values[] = {drill_value(rule->number), drill_value(connection->number),
                                drill_value(packet), drill_value_text(rule->text)};
    rule->struck = true;
    connection->world->last_activity_ns = drill_queue_now_ns(connection->world->queue);
    return drill_emit_caused(connection->world, packet, connection->client->name_span,
                             DRILL_TRACE_FAULT_STRUCK, values, DRILL_ARRAY_COUNT(values));
}

static void place_cut(DrillWorldConnection *connection, DrillRule *rule, int direction,
                      DrillSpan packet, uint64_t start, uint64_t number) {
    const DrillFaultSpec *spec = &rule->spec;
    DrillTap *tap = &connection->taps[direction];
    uint64_t offset = start;
    bool after = false;
    if (spec->place == DRILL_FAULT_AFTER) {
        offset = start + packet.size;
        after = true;
    } else if (spec->place == DRILL_FAULT_INSIDE) {
        uint64_t bytes = spec->at_byte > 0 ? spec->at_byte : packet.size / 2;
        if (bytes >= packet.size) bytes = packet.size - 1;
        offset = start + bytes;
        after = true;
    }
    /* A connection dies once: of the earlier cut. The other one has had its packet, and will be
     * reported unused. */
    if (tap->cut_fault && tap->cut_offset <= offset) return;
    tap->cut_fault = rule->number;
    tap->cut_packet = number;
    tap->cut_offset = offset;
    drill_transport_cut_at(connection->transport, direction, offset, after,
                           (DrillCloseHow)spec->how);
}

static void place(DrillWorldConnection *connection, DrillRule *rule, int direction,
                  DrillSpan packet, uint64_t start, uint64_t number) {
    rule->placed = true;
    switch (rule->spec.kind) {
    case DRILL_FAULT_CUT:
        place_cut(connection, rule, direction, packet, start, number);
        break;
    case DRILL_FAULT_DROP:
        /* The script layer lets nobody drop packets of a transport that loses none. */
        if (drill_transport_drop_at(connection->transport, direction, start) == DRILL_OK)
            emit_struck(connection, rule, number);
        break;
    case DRILL_FAULT_DELAY:
        drill_transport_delay_at(connection->transport, direction, start, rule->spec.delay_ns);
        emit_struck(connection, rule, number);
        break;
    case DRILL_FAULT_INSERT:
        break; /* it waits for no packet */
    }
}

void drill_fault_match(DrillWorldConnection *connection, int direction, DrillSpan packet,
                       uint64_t start, uint64_t number) {
    int type = packet.data[0] >> 4;
    for (DrillRule *rule = connection->client->rules_first; rule; rule = rule->next) {
        if (rule->placed || (int)rule->spec.type != type) continue;
        if (rule->spec.direction >= 0 && rule->spec.direction != direction) continue;
        if (++rule->seen == rule->spec.nth)
            place(connection, rule, direction, packet, start, number);
    }
}

static DrillRule *find(const DrillWorldClient *client, uint64_t number) {
    for (DrillRule *rule = client->rules_first; rule; rule = rule->next)
        if (rule->number == number) return rule;
    return NULL;
}

void drill_fault_struck(DrillWorldConnection *connection, int direction) {
    if (direction < 0) return;
    DrillTap *tap = &connection->taps[direction];
    DrillRule *rule = tap->cut_fault ? find(connection->client, tap->cut_fault) : NULL;
    if (!rule || rule->struck) return;
    if (rule->spec.how == DRILL_CLOSE_VANISH) connection->vanished = true;
    emit_struck(connection, rule, tap->cut_packet);
}

static DrillResult cut_now(DrillWorldClient *client, DrillRule *rule, DrillDiagnostic *diagnostic) {
    DrillWorldConnection *connection = client->connection;
    if (!connection)
        return drill_diagnose(diagnostic, DRILL_BUSY, "client '%s' has no connection to cut",
                              client->name);
    rule->placed = true;
    emit_struck(connection, rule, 0);
    if (rule->spec.how == DRILL_CLOSE_VANISH) connection->vanished = true;
    drill_transport_cut(connection->transport, (DrillCloseHow)rule->spec.how,
                        drill_queue_now_ns(client->world->queue));
    return DRILL_OK;
}

static DrillResult check(const DrillWorldClient *client, const DrillFaultSpec *spec,
                         DrillDiagnostic *diagnostic) {
    if (spec->kind == DRILL_FAULT_DROP && client->stream)
        return drill_diagnose(
            diagnostic, DRILL_INVALID,
            "client '%s' uses the transport 'stream', which loses nothing: drop needs 'tcp'",
            client->name);
    if (client->world->fault_count >= DRILL_WORLD_RULES_MAX)
        return drill_diagnose(diagnostic, DRILL_TOO_BIG, "more than %u faults in one run",
                              DRILL_WORLD_RULES_MAX);
    if (spec->kind == DRILL_FAULT_CUT && spec->place == DRILL_FAULT_NOW && !client->connection)
        return drill_diagnose(diagnostic, DRILL_BUSY, "client '%s' has no connection to cut",
                              client->name);
    const DrillWorldConnection *connection = client->connection;
    if (spec->kind == DRILL_FAULT_INSERT &&
        (!connection || !connection->opened[1] || connection->closed[1]))
        return drill_diagnose(diagnostic, DRILL_BUSY, "client '%s' has no connection",
                              client->name);
    return DRILL_OK;
}

DrillResult drill_world_fault(DrillWorldClient *client, const DrillFaultSpec *spec,
                              DrillDiagnostic *diagnostic) {
    DrillWorld *world = client->world;
    DrillResult good = check(client, spec, diagnostic);
    if (good != DRILL_OK) return good;
    DrillRule *rule = DRILL_NEW(world->allocator, DrillRule);
    rule->spec = *spec;
    if (rule->spec.nth == 0) rule->spec.nth = 1;
    rule->spec.file = drill_copy_string(world->allocator, spec->file ? spec->file : "");
    rule->number = ++world->fault_count;
    rule->text = describe(world, spec);
    *client->rules_last = rule;
    client->rules_last = &rule->next;
    DrillTraceValue values[] = {drill_value(rule->number), drill_value_text(rule->text),
                                drill_value(spec->optional), drill_value_text(rule->spec.file),
                                drill_value(spec->line)};
    drill_emit_caused(world, 0, client->name_span, DRILL_TRACE_FAULT_ARMED, values,
                      DRILL_ARRAY_COUNT(values));
    if (spec->kind == DRILL_FAULT_CUT && spec->place == DRILL_FAULT_NOW)
        return cut_now(client, rule, diagnostic);
    if (spec->kind == DRILL_FAULT_INSERT) {
        rule->placed = true;
        drill_connection_insert(client->connection, spec->bytes,
                                emit_struck(client->connection, rule, 0));
    }
    rule->spec.bytes = drill_span(NULL, 0);
    return DRILL_OK;
}

void drill_fault_stop(DrillWorldConnection *connection) {
    DrillWorldClient *client = connection->client;
    DrillWorld *world = client->world;
    DrillFaultSpec spec = {
        .kind = DRILL_FAULT_CUT, .place = DRILL_FAULT_NOW, .direction = -1, .how = DRILL_CLOSE_FIN};
    DrillRule rule = {.spec = spec, .number = ++world->fault_count};
    rule.text = describe(world, &spec);
    DrillTraceValue values[] = {drill_value(rule.number), drill_value_text(rule.text),
                                drill_value(true), drill_value_text(""), drill_value(0)};
    drill_emit_caused(world, 0, client->name_span, DRILL_TRACE_FAULT_ARMED, values,
                      DRILL_ARRAY_COUNT(values));
    emit_struck(connection, &rule, 0);
    drill_release(world->allocator, (void *)(uintptr_t)rule.text, strlen(rule.text) + 1);
    drill_transport_cut(connection->transport, DRILL_CLOSE_FIN, drill_queue_now_ns(world->queue));
}

void drill_faults_free(DrillWorldClient *client) {
    DrillAllocator allocator = client->world->allocator;
    while (client->rules_first) {
        DrillRule *rule = client->rules_first;
        client->rules_first = rule->next;
        drill_release(allocator, (void *)(uintptr_t)rule->spec.file, strlen(rule->spec.file) + 1);
        drill_release(allocator, (void *)(uintptr_t)rule->text, strlen(rule->text) + 1);
        drill_release(allocator, rule, sizeof(*rule));
    }
}

void drill_fault_report_unused(DrillWorld *world) {
    for (uint32_t i = 0; i < world->client_count; i++) {
        const DrillWorldClient *client = world->clients[i];
        if (!client) continue;
        for (const DrillRule *rule = client->rules_first; rule; rule = rule->next) {
            if (rule->struck || rule->spec.optional) continue;
            DrillBuffer text = {.allocator = world->allocator};
            drill_buffer_print(
                &text, "%s:%u: this fault never struck: %s on the link of client '%s'",
                rule->spec.file, (unsigned)rule->spec.line, rule->text, client->name);
            DrillTraceValue values[] = {drill_value(rule->number),
                                        drill_value_bytes(drill_buffer_span(&text))};
            drill_emit_caused(world, 0, client->name_span, DRILL_TRACE_FAULT_UNUSED, values, 2);
            drill_buffer_release(&text);
        }
    }
}
