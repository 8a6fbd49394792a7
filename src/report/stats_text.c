/* Statistics as tables for people. */
#include "report/stats.h"

#include <string.h>

#include "report/trace_show.h"

/* Longer ledgers are cut in the text; JSON has all of it. */
#define LEDGER_LINES_MAX 100

#define U(number) ((unsigned long long)(number))

/* Columns are counted in characters, not in bytes. */
static void pad_to(DrillBuffer *out, size_t start, size_t width) {
    size_t used = 0;
    for (size_t i = start; i < out->size; i++)
        used += (out->data[i] & 0xc0) != 0x80;
    for (; used < width; used++)
        drill_buffer_put_byte(out, ' ');
}

static void put_cell(DrillBuffer *out, const char *text, size_t width) {
    size_t start = out->size;
    drill_buffer_put_string(out, text);
    pad_to(out, start, width);
}

/* "1234567" ns is "1.235 ms": four significant digits are enough for people. */
static void put_rounded(DrillBuffer *out, uint64_t ns) {
    uint64_t unit = ns >= DRILL_NS_PER_S    ? DRILL_NS_PER_MS
                    : ns >= DRILL_NS_PER_MS ? DRILL_NS_PER_US
                                            : 1;
    drill_buffer_put_duration(out, (ns + unit / 2) / unit * unit);
}

static void put_time_cell(DrillBuffer *out, uint64_t ns, size_t width) {
    size_t start = out->size;
    put_rounded(out, ns);
    pad_to(out, start, width);
}

static const char *shown(DrillStats *stats, DrillSpan text, size_t characters) {
    return drill_pool_readable(&stats->pool, text, characters);
}

static void put_delivery(DrillStats *stats, const DrillStatsMessage *message,
                         const DrillStatsDelivery *delivery, DrillBuffer *out) {
    const char *name = shown(stats, stats->clients[delivery->client].name, 24);
    if (delivery->count == 0) {
        drill_buffer_print(out, "%s 0", name);
        return;
    }
    drill_buffer_print(out, "%s %llu (", name, U(delivery->count));
    put_rounded(out, delivery->first_ns - message->published_ns);
    drill_buffer_put_string(out, ")");
}

static void put_message(DrillStats *stats, const DrillStatsMessage *message, DrillBuffer *out) {
    put_time_cell(out, message->published_ns, 11);
    put_cell(out, shown(stats, stats->clients[message->publisher].name, 15), 16);
    put_cell(out, shown(stats, message->topic, 21), 22);
    drill_buffer_print(out, "%llu  %5llu %5llu  ", U(message->qos), U(message->sent),
                       U(message->lost));
    if (message->acked_ns != DRILL_NEVER) {
        put_time_cell(out, message->acked_ns - message->published_ns, 11);
    } else {
        bool told = message->qos > 0 && message->message > 0;
        put_cell(out, told ? "never" : "-", 11);
    }
    for (size_t i = 0; i < message->delivery_count; i++) {
        if (i > 0) drill_buffer_put_string(out, ", ");
        put_delivery(stats, message, &message->deliveries[i], out);
    }
    if (message->delivery_count == 0) drill_buffer_put_string(out, "(nobody subscribed)");
    drill_buffer_put_string(out, "\n");
}

static void put_ledger(DrillStats *stats, DrillBuffer *out) {
    if (stats->message_count == 0) return;
    drill_buffer_put_string(out, "\npublished  by              topic                 qos  sent  "
                                 "lost  acked in   delivered to (after)\n");
    for (size_t i = 0; i < stats->message_count && i < LEDGER_LINES_MAX; i++)
        put_message(stats, &stats->messages[i], out);
    if (stats->message_count > LEDGER_LINES_MAX)
        drill_buffer_print(out, "... %zu more messages (all of them: --json)\n",
                           stats->message_count - LEDGER_LINES_MAX);
}

static void put_times(const char *what, const DrillStatsTimes *times, DrillBuffer *out) {
    static const uint64_t hundredths[] = {0, 50, 90, 99, 100};
    for (size_t qos = 0; qos < 3; qos++) {
        if (times[qos].count == 0) continue;
        drill_buffer_print(out, "%s  QoS %zu  %6zu  ", what, qos, times[qos].count);
        for (size_t i = 0; i < DRILL_ARRAY_COUNT(hundredths); i++)
            put_time_cell(out, drill_stats_percentile(&times[qos], hundredths[i]), 11);
        while (out->data[out->size - 1] == ' ')
            out->size--;
        drill_buffer_put_string(out, "\n");
    }
}

static void put_summary(DrillStats *stats, DrillBuffer *out) {
    size_t missing = 0;
    for (size_t i = 0; i < stats->message_count; i++) {
        const DrillStatsMessage *message = &stats->messages[i];
        for (size_t k = 0; k < message->delivery_count; k++)
            missing += message->deliveries[k].count == 0 ? 1 : 0;
    }
    drill_buffer_print(out,
                       "\n%zu messages published, %llu deliveries: %llu more than once, %zu "
                       "missing, %llu of nobody's message\n",
                       stats->message_count, U(stats->delivered), U(stats->repeated), missing,
                       U(stats->strangers));
    drill_buffer_print(out, "goodput %llu bit/s: %llu bytes of payload in ",
                       U(drill_stats_goodput(stats)), U(stats->delivered_bytes));
    bool some = stats->first_ns != DRILL_NEVER && stats->last_ns > stats->first_ns;
    put_rounded(out, some ? stats->last_ns - stats->first_ns : 0);
    drill_buffer_put_string(out, "\n");
    bool any = false;
    for (size_t qos = 0; qos < 3; qos++)
        any = any || stats->round_trips[qos].count > 0 || stats->latencies[qos].count > 0;
    if (!any) return;
    drill_buffer_put_string(out, "\n                    count  least      p50        p90        "
                                 "p99        most\n");
    put_times("acked in ", stats->round_trips, out);
    put_times("delivered", stats->latencies, out);
}

static void put_link(DrillStats *stats, const DrillStatsLink *link, DrillBuffer *out) {
    put_cell(out, shown(stats, stats->clients[link->client].name, 15), 16);
    drill_buffer_print(out, "%s  %7llu %9llu ", link->direction == 0 ? "c>b" : "b>c",
                       U(link->packets), U(link->bytes));
    if (stats->segments) {
        drill_buffer_print(out, "%8llu %10llu ", U(link->segments), U(link->wire_bytes));
    }
    drill_buffer_print(out, "%6llu %8llu  ", U(link->lost),
                       U(link->again_fast + link->again_rto + link->again_other));
    const char *between = "";
    for (size_t i = 0; i < link->reason_count; i++) {
        drill_buffer_print(out, "%s%s %llu", between, shown(stats, link->reasons[i].reason, 20),
                           U(link->reasons[i].count));
        between = ", ";
    }
    const struct {
        const char *name;
        uint64_t count;
    } more[] = {{"again fast", link->again_fast},   {"again rto", link->again_rto},
                {"again other", link->again_other}, {"timeouts", link->timeouts},
                {"gave up", link->gave_up},         {"copies", link->copies},
                {"overtaken", link->overtaken}};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(more); i++) {
        if (more[i].count == 0) continue;
        drill_buffer_print(out, "%s%s %llu", between, more[i].name, U(more[i].count));
        between = ", ";
    }
    while (out->data[out->size - 1] == ' ')
        out->size--;
    drill_buffer_put_string(out, "\n");
}

static void put_links(DrillStats *stats, DrillBuffer *out) {
    if (stats->client_count == 0) return;
    drill_buffer_put_string(out, "\nlink                 packets     bytes ");
    if (stats->segments) drill_buffer_put_string(out, "segments on the wire ");
    drill_buffer_put_string(out, "  lost    again\n");
    for (size_t i = 0; i < 2 * stats->client_count; i++)
        put_link(stats, &stats->links[i], out);
}

static void put_clients(DrillStats *stats, DrillBuffer *out) {
    if (stats->client_count == 0) return;
    drill_buffer_put_string(out, "\nclient          connects  lost  published  acked  resent  "
                                 "delivered  packets out/in    bytes out/in\n");
    for (size_t i = 0; i < stats->client_count; i++) {
        const DrillStatsClient *client = &stats->clients[i];
        put_cell(out, shown(stats, client->name, 15), 16);
        drill_buffer_print(
            out, "%8llu %5llu %10llu %6llu %7llu %10llu   %6llu %6llu  %7llu %7llu\n",
            U(client->connects), U(client->losses), U(client->published), U(client->acked),
            U(client->resent), U(client->delivered), U(client->packets_sent),
            U(client->packets_received), U(client->bytes_sent), U(client->bytes_received));
    }
}

void drill_stats_text(DrillStats *stats, DrillBuffer *out) {
    drill_trace_stats(stats->file, out);
    put_ledger(stats, out);
    put_summary(stats, out);
    put_links(stats, out);
    put_clients(stats, out);
}
