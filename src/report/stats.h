/* Statistics of a run: what became of each message, how long things took, what each link carried.
 */
#ifndef DRILL_REPORT_STATS_H
#define DRILL_REPORT_STATS_H

#include "report/pool.h"
#include "trace/trace.h"

typedef struct DrillStatsDelivery {
    size_t client; /* index into clients */
    uint64_t count;
    uint64_t first_ns, last_ns; /* DRILL_NEVER: none */
} DrillStatsDelivery;

/* A message that an application handed over, or that a raw or real client published. */
typedef struct DrillStatsMessage {
    uint64_t number;  /* of its event */
    uint64_t message; /* of app.publish; 0: a client's that does not tell */
    size_t publisher; /* index into clients */
    uint64_t qos;
    bool retain;
    DrillSpan topic, payload;
    uint64_t published_ns;
    uint64_t sent;     /* PUBLISH packets on the publisher's side, */
    uint64_t lost;     /* of which so many never arrived as packets */
    uint64_t acked_ns; /* DRILL_NEVER: not, or QoS 0 */
    uint16_t identifier;
    DrillStatsDelivery *deliveries; /* also of subscribers that should have it and got nothing */
    size_t delivery_count;
} DrillStatsMessage;

typedef struct DrillStatsClient {
    DrillSpan name;
    uint64_t connects, losses; /* connections opened; ended without DISCONNECT */
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
    uint64_t published, acked, resent, delivered;
} DrillStatsClient;

typedef struct DrillStatsReason {
    DrillSpan reason;
    uint64_t count;
} DrillStatsReason;
#define DRILL_STATS_REASONS_MAX 24

/* One direction of one client's link. */
typedef struct DrillStatsLink {
    size_t client;
    int direction;                 /* 0 c>b, 1 b>c */
    uint64_t segments, wire_bytes; /* level segment only */
    uint64_t copies, overtaken;    /* the same */
    uint64_t packets, bytes;       /* MQTT packets sent */
    uint64_t lost;
    DrillStatsReason reasons[DRILL_STATS_REASONS_MAX]; /* of losses */
    size_t reason_count;
    uint64_t again_fast, again_rto, again_other, timeouts, gave_up;
} DrillStatsLink;

/* Times, sorted. */
typedef struct DrillStatsTimes {
    uint64_t *ns;
    size_t count;
} DrillStatsTimes;
/* The smallest that at least so many hundredths are not above; 0 of none. */
uint64_t drill_stats_percentile(const DrillStatsTimes *times, uint64_t hundredths);

typedef struct DrillStats {
    DrillPool pool;
    const DrillTraceFile *file;
    DrillStatsClient *clients;
    size_t client_count;
    DrillStatsMessage *messages;
    size_t message_count;
    DrillStatsLink *links;               /* two for each client, in its order */
    DrillStatsTimes round_trips[3];      /* by QoS: from app.publish to app.acked */
    DrillStatsTimes latencies[3];        /* by QoS of publication: to each first delivery */
    uint64_t delivered, delivered_bytes; /* payload handed to applications the first time */
    uint64_t repeated;                   /* deliveries beyond the first */
    uint64_t strangers;         /* deliveries of what nobody in the trace published (wills ...) */
    uint64_t first_ns, last_ns; /* from the first publication to the last delivery */
    bool segments;              /* the trace has them */
} DrillStats;

void drill_stats_read(const DrillTraceFile *file, DrillStats *out);
void drill_stats_free(DrillStats *stats);
/* Payload bits a second; 0 when there is no time to divide by. */
uint64_t drill_stats_goodput(const DrillStats *stats);

/* Appends: for people, for programs, and pictures (SVG) over time: how long each delivery took, and
 * how long each packet was under way. */
void drill_stats_text(DrillStats *stats, DrillBuffer *out);
void drill_stats_json(const DrillStats *stats, DrillBuffer *out);
void drill_stats_plot(DrillStats *stats, DrillBuffer *out);
void drill_stats_plot_link(DrillStats *stats, DrillBuffer *out);

#endif
