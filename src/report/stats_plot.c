/* Delay of every delivery over the time of its publication. */
#include "report/plot.h"
#include "report/stats.h"
#include "report/text.h"

#define MARKS_MAX 4000

#define U(number) ((unsigned long long)(number))

static const char *const qos_colours[3] = {"#8a6fb5", "#1f5fa8", "#2e8b57"};

static void choose_scale(DrillPlot *plot) {
    const DrillStats *stats = plot->stats;
    const DrillTraceFile *file = stats->file;
    uint64_t least = DRILL_NEVER;
    uint64_t most = 0;
    for (size_t qos = 0; qos < 3; qos++) {
        const DrillStatsTimes *times = &stats->latencies[qos];
        if (times->count == 0) continue;
        if (times->ns[0] < least) least = times->ns[0];
        if (times->ns[times->count - 1] > most) most = times->ns[times->count - 1];
    }
    if (most == 0) most = DRILL_NS_PER_S;
    if (least == DRILL_NEVER || least < DRILL_NS_PER_US) least = DRILL_NS_PER_US;
    drill_plot_y_scale(plot, least, most);
    uint64_t first = stats->first_ns == DRILL_NEVER ? 0 : stats->first_ns;
    uint64_t last = first;
    if (stats->message_count > 0) last = stats->messages[stats->message_count - 1].published_ns;
    uint64_t end = file->count > 0 ? file->events[file->count - 1].time_ns : 0;
    /* Not a single line when everything is published at once. */
    uint64_t least_span = stats->last_ns > first ? (stats->last_ns - first) / 5 : 0;
    if (last - first < least_span) last = first + least_span;
    if (last > end) last = end;
    drill_plot_x_scale(plot, first, last);
}

static void put_title(DrillPlot *plot, const DrillStatsMessage *message,
                      const DrillStatsDelivery *delivery) {
    DrillPool *pool = &plot->stats->pool;
    drill_buffer_put_string(plot->out, "<title>");
    drill_plot_escaped(plot->out, drill_pool_readable(pool, message->topic, 60));
    drill_buffer_print(plot->out, " QoS %llu, %s → ", U(message->qos),
                       drill_plot_duration(plot, message->published_ns));
    drill_plot_escaped(plot->out,
                       drill_pool_readable(pool, plot->stats->clients[delivery->client].name, 40));
    if (delivery->count == 0) {
        drill_buffer_put_string(plot->out, ": not delivered");
    } else {
        drill_buffer_print(plot->out, ": %s",
                           drill_plot_duration(plot, delivery->first_ns - message->published_ns));
        if (delivery->count > 1) drill_buffer_print(plot->out, ", %llu times", U(delivery->count));
    }
    drill_buffer_put_string(plot->out, "</title>");
}

static void put_dot(DrillPlot *plot, const DrillStatsMessage *message,
                    const DrillStatsDelivery *delivery) {
    DrillBuffer *out = plot->out;
    int64_t x = drill_plot_x(plot, message->published_ns);
    if (delivery->count == 0) {
        drill_plot_cross(plot, x, DRILL_PLOT_TOP - DRILL_PLOT_LANE);
        put_title(plot, message, delivery);
        drill_buffer_put_string(out, "</path>\n");
        return;
    }
    if (delivery->first_ns < message->published_ns) return;
    int64_t y = drill_plot_y(plot, delivery->first_ns - message->published_ns);
    drill_buffer_put_string(out, "<circle");
    drill_plot_attribute(out, "cx", x);
    drill_plot_attribute(out, "cy", y);
    drill_buffer_print(
        out, " r=\"%s\" fill=\"%s\" fill-opacity=\"0.72\"%s>", delivery->count > 1 ? "4.4" : "3.4",
        qos_colours[message->qos > 2 ? 2 : message->qos],
        delivery->count > 1 ? " stroke=\"" DRILL_PLOT_AGAIN "\" stroke-width=\"2\"" : "");
    put_title(plot, message, delivery);
    drill_buffer_put_string(out, "</circle>\n");
}

/* As its client saw it. */
static bool connection_broke(const DrillTraceEvent *closed) {
    return !drill_span_is(closed->node, "broker") &&
           !drill_span_is(drill_trace_text(closed, "how"), "fin");
}

/* What the link lost, and connections that ended too early, along the time axis. */
static void put_rug(DrillPlot *plot) {
    const DrillTraceFile *file = plot->stats->file;
    size_t marks = 0;
    int64_t last_x = -1;
    for (size_t i = 0; i < file->count && marks < MARKS_MAX; i++) {
        const DrillTraceEvent *event = &file->events[i];
        bool lost = event->kind == DRILL_TRACE_LINK_LOST;
        if (!lost || event->time_ns < plot->from_ns || event->time_ns > plot->until_ns) continue;
        int64_t x = drill_plot_x(plot, event->time_ns);
        if (x == last_x) continue;
        last_x = x;
        marks++;
        DrillPlotStroke line = {x,
                                DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT + 40,
                                x,
                                DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT + DRILL_PLOT_RUG,
                                DRILL_PLOT_LOST,
                                8,
                                NULL};
        drill_plot_stroke(plot, &line);
    }
    for (size_t i = 0; i < file->count && marks < MARKS_MAX; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (event->kind != DRILL_TRACE_CONN_CLOSED || event->time_ns > plot->until_ns) continue;
        if (!connection_broke(event) || event->time_ns < plot->from_ns) continue;
        marks++;
        int64_t x = drill_plot_x(plot, event->time_ns);
        DrillPlotStroke line = {x,
                                DRILL_PLOT_TOP,
                                x,
                                DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT + DRILL_PLOT_RUG,
                                DRILL_PLOT_AGAIN,
                                10,
                                "4 4"};
        drill_plot_stroke(plot, &line);
    }
}

typedef struct Counts {
    uint64_t qos[3], missing, again, lost, broken;
} Counts;

static Counts count(const DrillPlot *plot) {
    Counts counts = {.missing = 0};
    const DrillStats *stats = plot->stats;
    for (size_t i = 0; i < stats->message_count; i++) {
        const DrillStatsMessage *message = &stats->messages[i];
        for (size_t k = 0; k < message->delivery_count; k++) {
            const DrillStatsDelivery *delivery = &message->deliveries[k];
            if (delivery->count == 0) counts.missing++;
            if (delivery->count > 0) counts.qos[message->qos > 2 ? 2 : message->qos]++;
            if (delivery->count > 1) counts.again++;
        }
    }
    for (size_t i = 0; i < 2 * stats->client_count; i++)
        counts.lost += stats->links[i].lost;
    for (size_t i = 0; i < stats->file->count; i++) {
        const DrillTraceEvent *event = &stats->file->events[i];
        if (event->kind == DRILL_TRACE_CONN_CLOSED && connection_broke(event)) counts.broken++;
    }
    return counts;
}

static void put_legend(DrillPlot *plot, const Counts *counts) {
    DrillPool *pool = &plot->stats->pool;
    int64_t x = DRILL_PLOT_LEFT + 40;
    for (int qos = 0; qos < 3; qos++) {
        if (counts->qos[qos] == 0) continue;
        const char *sample = drill_pool_print(
            pool, "<circle r=\"3.4\" fill=\"%s\" fill-opacity=\"0.72\"/>", qos_colours[qos]);
        x = drill_plot_entry(plot, x, sample,
                             drill_pool_print(pool, "QoS %d (%llu)", qos, U(counts->qos[qos])));
    }
    if (counts->again > 0) {
        x = drill_plot_entry(plot, x,
                             "<circle r=\"3.4\" fill=\"none\" stroke=\"" DRILL_PLOT_AGAIN
                             "\" stroke-width=\"2.4\"/>",
                             drill_pool_print(pool, "delivered again (%llu)", U(counts->again)));
    }
    if (counts->missing > 0) {
        x = drill_plot_entry(plot, x,
                             "<path d=\"M-3.5 -3.5l7 7M-3.5 3.5l7 -7\" stroke=\"" DRILL_PLOT_LOST
                             "\" stroke-width=\"2\"/>",
                             drill_pool_print(pool, "not delivered (%llu)", U(counts->missing)));
    }
    if (counts->lost > 0) {
        x = drill_plot_entry(
            plot, x, "<path d=\"M0 -5v10\" stroke=\"" DRILL_PLOT_LOST "\" stroke-width=\"1.5\"/>",
            drill_pool_print(pool, "lost on the link (%llu)", U(counts->lost)));
    }
    if (counts->broken > 0) {
        drill_plot_entry(plot, x,
                         "<path d=\"M0 -6v12\" stroke=\"" DRILL_PLOT_AGAIN
                         "\" stroke-dasharray=\"3 3\"/>",
                         "connection broken");
    }
}

void drill_stats_plot(DrillStats *stats, DrillBuffer *out) {
    DrillPlot plot = {.stats = stats,
                      .out = out,
                      .x_words = "time of publication",
                      .y_words = "delay until delivery",
                      .right = DRILL_PLOT_RIGHT};
    choose_scale(&plot);
    Counts counts = count(&plot);
    drill_plot_frame(&plot);
    put_legend(&plot, &counts);
    drill_plot_grid(&plot);
    put_rug(&plot);
    for (size_t i = 0; i < stats->message_count; i++) {
        const DrillStatsMessage *message = &stats->messages[i];
        for (size_t k = 0; k < message->delivery_count; k++)
            put_dot(&plot, message, &message->deliveries[k]);
    }
    drill_buffer_put_string(out, "</svg>\n");
}
