/* Statistics for programs. Times are nanoseconds of the run; null: never. */
#include "report/stats.h"

#define U(number) ((unsigned long long)(number))

static void put_json_text(DrillBuffer *out, const char *key, DrillSpan text) {
    drill_buffer_print(out, "\"%s\": ", key);
    drill_buffer_put_json_string(out, text);
}

static void put_json_time(DrillBuffer *out, const char *key, uint64_t ns) {
    if (ns == DRILL_NEVER) {
        drill_buffer_print(out, "\"%s\": null", key);
    } else {
        drill_buffer_print(out, "\"%s\": %llu", key, U(ns));
    }
}

static void put_json_message(const DrillStats *stats, const DrillStatsMessage *message,
                             DrillBuffer *out) {
    drill_buffer_print(out, "    {\"event\": %llu, ", U(message->number));
    put_json_text(out, "publisher", stats->clients[message->publisher].name);
    drill_buffer_put_string(out, ", ");
    put_json_text(out, "topic", message->topic);
    drill_buffer_print(
        out, ", \"qos\": %llu, \"retain\": %s, \"payload_bytes\": %zu, \"published_ns\": %llu, ",
        U(message->qos), message->retain ? "true" : "false", message->payload.size,
        U(message->published_ns));
    uint64_t resent = message->sent > 0 ? message->sent - 1 : 0;
    drill_buffer_print(out, "\"sent\": %llu, \"resent\": %llu, \"lost\": %llu, ", U(message->sent),
                       U(resent), U(message->lost));
    put_json_time(out, "acked_ns", message->acked_ns);
    drill_buffer_put_string(out, ", \"deliveries\": [");
    for (size_t i = 0; i < message->delivery_count; i++) {
        const DrillStatsDelivery *delivery = &message->deliveries[i];
        drill_buffer_put_string(out, i > 0 ? ", {" : "{");
        put_json_text(out, "client", stats->clients[delivery->client].name);
        drill_buffer_print(out, ", \"count\": %llu, ", U(delivery->count));
        put_json_time(out, "first_ns", delivery->first_ns);
        drill_buffer_put_string(out, ", ");
        put_json_time(out, "last_ns", delivery->last_ns);
        drill_buffer_put_string(out, "}");
    }
    drill_buffer_put_string(out, "]}");
}

static void put_json_times(DrillBuffer *out, const char *key, const DrillStatsTimes *times) {
    drill_buffer_print(out, "  \"%s\": [", key);
    for (size_t qos = 0; qos < 3; qos++) {
        drill_buffer_print(
            out,
            "%s{\"qos\": %zu, \"count\": %zu, \"min_ns\": %llu, \"p50_ns\": %llu, "
            "\"p90_ns\": %llu, \"p99_ns\": %llu, \"max_ns\": %llu}",
            qos > 0 ? ", " : "", qos, times[qos].count, U(drill_stats_percentile(&times[qos], 0)),
            U(drill_stats_percentile(&times[qos], 50)), U(drill_stats_percentile(&times[qos], 90)),
            U(drill_stats_percentile(&times[qos], 99)),
            U(drill_stats_percentile(&times[qos], 100)));
    }
    drill_buffer_put_string(out, "],\n");
}

static void put_json_link(const DrillStats *stats, const DrillStatsLink *link, DrillBuffer *out) {
    drill_buffer_put_string(out, "    {");
    put_json_text(out, "client", stats->clients[link->client].name);
    drill_buffer_print(out, ", \"direction\": \"%s\", \"packets\": %llu, \"bytes\": %llu, ",
                       link->direction == 0 ? "c>b" : "b>c", U(link->packets), U(link->bytes));
    drill_buffer_print(out, "\"segments\": %llu, \"wire_bytes\": %llu, \"copies\": %llu, ",
                       U(link->segments), U(link->wire_bytes), U(link->copies));
    drill_buffer_print(out, "\"overtaken\": %llu, \"lost\": %llu, \"lost_by\": {",
                       U(link->overtaken), U(link->lost));
    for (size_t i = 0; i < link->reason_count; i++) {
        if (i > 0) drill_buffer_put_string(out, ", ");
        drill_buffer_put_json_string(out, link->reasons[i].reason);
        drill_buffer_print(out, ": %llu", U(link->reasons[i].count));
    }
    drill_buffer_print(out,
                       "}, \"retransmitted\": {\"fast\": %llu, \"rto\": %llu, \"other\": %llu}, "
                       "\"timeouts\": %llu, \"gave_up\": %llu}",
                       U(link->again_fast), U(link->again_rto), U(link->again_other),
                       U(link->timeouts), U(link->gave_up));
}

static void put_json_client(const DrillStatsClient *client, DrillBuffer *out) {
    drill_buffer_put_string(out, "    {");
    put_json_text(out, "client", client->name);
    drill_buffer_print(out,
                       ", \"connects\": %llu, \"connections_lost\": %llu, \"published\": %llu, ",
                       U(client->connects), U(client->losses), U(client->published));
    drill_buffer_print(out, "\"acked\": %llu, \"resent\": %llu, \"delivered\": %llu, ",
                       U(client->acked), U(client->resent), U(client->delivered));
    drill_buffer_print(out,
                       "\"packets_sent\": %llu, \"bytes_sent\": %llu, \"packets_received\": %llu, "
                       "\"bytes_received\": %llu}",
                       U(client->packets_sent), U(client->bytes_sent), U(client->packets_received),
                       U(client->bytes_received));
}

void drill_stats_json(const DrillStats *stats, DrillBuffer *out) {
    const DrillTraceFile *file = stats->file;
    drill_buffer_put_string(out, "{\n  ");
    put_json_text(out, "scenario", file->header.scenario_id);
    drill_buffer_print(out, ",\n  \"events\": %zu,\n  \"digest\": \"%s\",\n", file->count,
                       file->digest);
    drill_buffer_print(out, "  \"duration_ns\": %llu,\n",
                       U(file->count > 0 ? file->events[file->count - 1].time_ns : 0));
    drill_buffer_print(out,
                       "  \"delivered\": %llu,\n  \"delivered_again\": %llu,\n"
                       "  \"delivered_of_nobody\": %llu,\n  \"delivered_bytes\": %llu,\n"
                       "  \"goodput_bits_per_s\": %llu,\n",
                       U(stats->delivered), U(stats->repeated), U(stats->strangers),
                       U(stats->delivered_bytes), U(drill_stats_goodput(stats)));
    put_json_times(out, "round_trips", stats->round_trips);
    put_json_times(out, "latencies", stats->latencies);
    drill_buffer_put_string(out, "  \"messages\": [");
    for (size_t i = 0; i < stats->message_count; i++) {
        drill_buffer_put_string(out, i > 0 ? ",\n" : "\n");
        put_json_message(stats, &stats->messages[i], out);
    }
    drill_buffer_put_string(out, "\n  ],\n  \"links\": [");
    for (size_t i = 0; i < 2 * stats->client_count; i++) {
        drill_buffer_put_string(out, i > 0 ? ",\n" : "\n");
        put_json_link(stats, &stats->links[i], out);
    }
    drill_buffer_put_string(out, "\n  ],\n  \"clients\": [");
    for (size_t i = 0; i < stats->client_count; i++) {
        drill_buffer_put_string(out, i > 0 ? ",\n" : "\n");
        put_json_client(&stats->clients[i], out);
    }
    drill_buffer_put_string(out, "\n  ]\n}\n");
}
