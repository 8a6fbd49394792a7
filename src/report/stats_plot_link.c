/* How long each packet was under way, over the time it was sent, and at the right how often each
 * time occurred. Packets are TCP segments where the trace has them, else MQTT packets. */
#include "report/plot.h"
#include "report/segments.h"
#include "report/text.h"

#define BARS       60
#define BARS_WIDTH 1100
#define BARS_AWAY  150
#define PLACES_MAX 12

#define U(number) ((unsigned long long)(number))

static const char *const direction_colours[2] = {"#1f5fa8", "#2e8b57"};
static const char *const direction_words[2] = {"client to broker", "broker to client"};

typedef struct Flight {
    uint64_t sent_ns;
    uint64_t taken_ns; /* DRILL_NEVER: lost or never arrived */
    int direction;
    bool lost, overtaken;
    uint32_t copies;
} Flight;

typedef struct Flights {
    Flight *items;
    size_t count;
    DrillStatsReason reasons[PLACES_MAX];
    size_t reason_count;
    uint64_t lost;
} Flights;

static void count_reason(Flights *flights, DrillSpan why) {
    flights->lost++;
    size_t i = 0;
    while (i < flights->reason_count && !drill_span_equal(flights->reasons[i].reason, why))
        i++;
    if (i == PLACES_MAX) return;
    if (i == flights->reason_count)
        flights->reasons[flights->reason_count++] = (DrillStatsReason){why, 0};
    flights->reasons[i].count++;
}

static void read_segments(DrillPlot *plot, Flights *out) {
    DrillSegments segments;
    drill_segments_read(plot->stats->file, &plot->stats->pool, &segments);
    for (size_t i = 0; i < segments.count; i++) {
        const DrillSegment *segment = &segments.items[i];
        Flight *flight = DRILL_POOL_ADD(&plot->stats->pool, out->items, out->count);
        *flight = (Flight){.sent_ns = segment->sent->time_ns,
                           .taken_ns = DRILL_NEVER,
                           .direction = segment->direction,
                           .lost = segment->fate == DRILL_SEGMENT_LOST,
                           .overtaken = segment->overtaken,
                           .copies = segment->copies};
        if (segment->fate == DRILL_SEGMENT_ARRIVED)
            flight->taken_ns = segment->received_ns - flight->sent_ns;
        if (flight->lost) count_reason(out, segment->why);
    }
}

static void read_packets(DrillPlot *plot, Flights *out) {
    const DrillTraceFile *file = plot->stats->file;
    size_t *flight_of = drill_pool_take(&plot->stats->pool, sizeof(size_t) * (file->count + 1));
    uint64_t last_sent_ns[2] = {0, 0}; /* of those that arrived */
    for (size_t i = 0; i < file->count; i++) {
        const DrillTraceEvent *event = &file->events[i];
        if (event->kind == DRILL_TRACE_MQTT_SENT) {
            Flight *flight = DRILL_POOL_ADD(&plot->stats->pool, out->items, out->count);
            *flight = (Flight){.sent_ns = event->time_ns,
                               .taken_ns = DRILL_NEVER,
                               .direction = drill_span_is(event->node, "broker") ? 1 : 0};
            flight_of[event->number] = out->count;
        }
        size_t at = event->cause <= file->count ? flight_of[event->cause] : 0;
        if (at == 0) continue;
        Flight *flight = &out->items[at - 1];
        if (event->kind == DRILL_TRACE_MQTT_RECEIVED) {
            flight->copies++;
            if (flight->taken_ns != DRILL_NEVER) continue;
            flight->taken_ns = event->time_ns - flight->sent_ns;
            flight->overtaken = flight->sent_ns < last_sent_ns[flight->direction];
            if (!flight->overtaken) last_sent_ns[flight->direction] = flight->sent_ns;
        } else if (event->kind == DRILL_TRACE_LINK_LOST) {
            flight->lost = true;
            count_reason(out, drill_trace_text(event, "reason"));
        }
    }
}

static void choose_scale(DrillPlot *plot, const Flights *flights) {
    uint64_t least = DRILL_NEVER;
    uint64_t most = 0;
    for (size_t i = 0; i < flights->count; i++) {
        uint64_t taken = flights->items[i].taken_ns;
        if (taken == DRILL_NEVER) continue;
        if (taken < least) least = taken;
        if (taken > most) most = taken;
    }
    if (most == 0) most = DRILL_NS_PER_S;
    if (least == DRILL_NEVER || least < DRILL_NS_PER_MS) least = DRILL_NS_PER_MS;
    drill_plot_y_scale(plot, least, most > least ? most : least);
    bool any = flights->count > 0;
    drill_plot_x_scale(plot, any ? flights->items[0].sent_ns : 0,
                       any ? flights->items[flights->count - 1].sent_ns : 0);
}

static void put_flight(DrillPlot *plot, const Flight *flight) {
    DrillBuffer *out = plot->out;
    int64_t x = drill_plot_x(plot, flight->sent_ns);
    if (flight->taken_ns == DRILL_NEVER) {
        if (!flight->lost) return;
        drill_plot_cross(plot, x, DRILL_PLOT_TOP - DRILL_PLOT_LANE);
        drill_buffer_put_string(out, "</path>\n");
        return;
    }
    drill_buffer_put_string(out, "<circle");
    drill_plot_attribute(out, "cx", x);
    drill_plot_attribute(out, "cy", drill_plot_y(plot, flight->taken_ns));
    const char *ring = flight->overtaken ? " stroke=\"" DRILL_PLOT_AGAIN "\" stroke-width=\"1.6\""
                       : flight->copies > 1 ? " stroke=\"#12263a\" stroke-width=\"1.6\""
                                            : "";
    drill_buffer_print(out, " r=\"2.6\" fill=\"%s\" fill-opacity=\"0.72\"%s/>\n",
                       direction_colours[flight->direction], ring);
}

/* How often each time under way occurred: bars along the y axis. */
static void put_bars(DrillPlot *plot, const Flights *flights) {
    uint64_t counts[BARS] = {0};
    uint64_t most = 0;
    for (size_t i = 0; i < flights->count; i++) {
        if (flights->items[i].taken_ns == DRILL_NEVER) continue;
        int64_t up =
            DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT - drill_plot_y(plot, flights->items[i].taken_ns);
        size_t bar = (size_t)(up * BARS / (DRILL_PLOT_HEIGHT + 1));
        if (++counts[bar] > most) most = counts[bar];
    }
    int64_t x = plot->right + BARS_AWAY;
    int64_t height = DRILL_PLOT_HEIGHT / BARS;
    for (size_t i = 0; i < BARS; i++) {
        if (counts[i] == 0) continue;
        int64_t width = (int64_t)(counts[i] * BARS_WIDTH / most);
        drill_buffer_put_string(plot->out, "<rect");
        drill_plot_attribute(plot->out, "x", x);
        drill_plot_attribute(plot->out, "y",
                             DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT - (int64_t)(i + 1) * height);
        drill_plot_attribute(plot->out, "width", width < 10 ? 10 : width);
        drill_plot_attribute(plot->out, "height", height - 8);
        drill_buffer_put_string(plot->out, " fill=\"#9db4cc\"/>\n");
    }
    DrillPlotStroke axis = {
        x - 10, DRILL_PLOT_TOP, x - 10, DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT, "#9aa5b1", 10, NULL};
    drill_plot_stroke(plot, &axis);
    DrillPlotWords words = {x + BARS_WIDTH / 2,
                            DRILL_PLOT_TOP + DRILL_PLOT_HEIGHT + DRILL_PLOT_RUG + 180,
                            "middle",
                            DRILL_PLOT_QUIET,
                            11,
                            false};
    drill_plot_words(plot, &words, "how often");
}

static void put_legend(DrillPlot *plot, const Flights *flights) {
    DrillPool *pool = &plot->stats->pool;
    uint64_t arrived[2] = {0, 0};
    uint64_t copies = 0;
    uint64_t overtaken = 0;
    for (size_t i = 0; i < flights->count; i++) {
        const Flight *flight = &flights->items[i];
        if (flight->taken_ns == DRILL_NEVER) continue;
        arrived[flight->direction]++;
        if (flight->overtaken) overtaken++;
        if (flight->copies > 1 && !flight->overtaken) copies++;
    }
    int64_t x = DRILL_PLOT_LEFT + 40;
    for (int direction = 0; direction < 2; direction++) {
        if (arrived[direction] == 0) continue;
        const char *sample =
            drill_pool_print(pool, "<circle r=\"2.6\" fill=\"%s\" fill-opacity=\"0.72\"/>",
                             direction_colours[direction]);
        x = drill_plot_entry(
            plot, x, sample,
            drill_pool_print(pool, "%s (%llu)", direction_words[direction], U(arrived[direction])));
    }
    if (overtaken > 0) {
        x = drill_plot_entry(plot, x,
                             "<circle r=\"2.6\" fill=\"none\" stroke=\"" DRILL_PLOT_AGAIN
                             "\" stroke-width=\"1.8\"/>",
                             drill_pool_print(pool, "overtaken (%llu)", U(overtaken)));
    }
    if (copies > 0) {
        x = drill_plot_entry(
            plot, x, "<circle r=\"2.6\" fill=\"none\" stroke=\"#12263a\" stroke-width=\"1.8\"/>",
            drill_pool_print(pool, "arrived twice (%llu)", U(copies)));
    }
    if (flights->lost == 0) return;
    const char *why = "";
    for (size_t i = 0; i < flights->reason_count; i++) {
        why = drill_pool_print(pool, "%s%s%s %llu", why, i > 0 ? ", " : "",
                               drill_pool_readable(pool, flights->reasons[i].reason, 16),
                               U(flights->reasons[i].count));
    }
    drill_plot_entry(plot, x,
                     "<path d=\"M-3.5 -3.5l7 7M-3.5 3.5l7 -7\" stroke=\"" DRILL_PLOT_LOST
                     "\" stroke-width=\"2\"/>",
                     drill_pool_print(pool, "lost (%s)", why));
}

void drill_stats_plot_link(DrillStats *stats, DrillBuffer *out) {
    DrillPlot plot = {.stats = stats,
                      .out = out,
                      .x_words = "time of sending",
                      .y_words = "time under way",
                      .right = DRILL_PLOT_RIGHT - BARS_WIDTH - BARS_AWAY};
    Flights flights = {.count = 0};
    if (stats->segments)
        read_segments(&plot, &flights);
    else
        read_packets(&plot, &flights);
    choose_scale(&plot, &flights);
    drill_plot_frame(&plot);
    put_legend(&plot, &flights);
    drill_plot_grid(&plot);
    put_bars(&plot, &flights);
    for (size_t i = 0; i < flights.count; i++)
        put_flight(&plot, &flights.items[i]);
    drill_buffer_put_string(out, "</svg>\n");
}
