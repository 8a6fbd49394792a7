/* The scenario's hold on links: settings, partitions, masks. */
#include "world/state.h"

static void emit_settings(DrillWorldClient *client, int direction,
                          const DrillLinkSettings *settings) {
    DrillWorld *world = client->world;
    DrillBuffer loss = {.allocator = world->allocator};
    drill_buffer_print(&loss, "%llu/%llu", (unsigned long long)settings->loss_numerator,
                       (unsigned long long)settings->loss_denominator);
    DrillBuffer all = {.allocator = world->allocator};
    drill_link_settings_print(settings, &all);
    DrillTraceValue values[] = {drill_value_text(drill_direction_text(direction)),
                                drill_value(settings->delay_ns),
                                drill_value(settings->jitter_ns),
                                drill_value_bytes(drill_buffer_span(&loss)),
                                drill_value(settings->rate_bits_per_s),
                                drill_value(settings->queue_bytes),
                                drill_value_bytes(drill_buffer_span(&all))};
    drill_emit_caused(world, 0, client->name_span, DRILL_TRACE_LINK_SET, values,
                      DRILL_ARRAY_COUNT(values));
    drill_buffer_release(&loss);
    drill_buffer_release(&all);
}

DrillLink *drill_world_link(DrillWorldClient *client) {
    return client->link;
}

void drill_world_link_set(DrillWorldClient *client, int direction,
                          const DrillLinkSettings *settings) {
    emit_settings(client, direction, settings);
    drill_link_set(client->link, direction, settings);
}

static void partition(DrillWorldClient *client, int direction, uint64_t until_ns, bool stall) {
    DrillTraceValue values[] = {drill_value_text(drill_direction_text(direction)),
                                drill_value(until_ns), drill_value(stall)};
    drill_emit_caused(client->world, 0, client->name_span, DRILL_TRACE_LINK_PARTITION, values, 3);
    if (stall)
        drill_link_stall(client->link, direction, until_ns);
    else
        drill_link_partition(client->link, direction, until_ns);
}

void drill_world_partition(DrillWorldClient *client, int direction_or_both, uint64_t duration_ns,
                           bool stall) {
    uint64_t now_ns = drill_queue_now_ns(client->world->queue);
    uint64_t until_ns = duration_ns > DRILL_NEVER - now_ns ? DRILL_NEVER : now_ns + duration_ns;
    if (until_ns > client->parted_until_ns) client->parted_until_ns = until_ns;
    for (int direction = 0; direction < 2; direction++)
        if (direction_or_both < 0 || direction_or_both == direction)
            partition(client, direction, until_ns, stall);
}

DrillResult drill_world_mask(DrillWorldClient *client, int direction, DrillSpan mask,
                             DrillDiagnostic *diagnostic) {
    if (client->stream)
        return drill_diagnose(
            diagnostic, DRILL_INVALID,
            "client '%s' uses the transport 'stream', which loses nothing: a mask needs 'tcp'",
            client->name);
    if (drill_link_mask(client->link, direction, mask) == DRILL_OK) return DRILL_OK;
    return drill_diagnose(diagnostic, DRILL_INVALID,
                          "mask: expected a text of 0 and 1, got \"%.*s\"", (int)mask.size,
                          (const char *)mask.data);
}
