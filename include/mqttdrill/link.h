/* The bad network: what happens to a packet on one direction of a link. Settings are plain data;
 * integer arithmetic only. Their names, texts and limits are the table of src/net/settings.c. */
#ifndef MQTTDRILL_LINK_H
#define MQTTDRILL_LINK_H

#include <mqttdrill/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A probability. Denominator 0: not set, which counts as 0. */
typedef struct DrillLinkRatio {
    uint64_t numerator, denominator;
} DrillLinkRatio;

/* How the delay spreads around its mean. `jitter` is half the width of the uniform one and the
 * standard deviation of the others. */
typedef enum DrillLinkDistribution {
    DRILL_DELAY_UNIFORM,
    DRILL_DELAY_NORMAL,
    DRILL_DELAY_PARETO,
    DRILL_DELAY_PARETONORMAL,
    DRILL_DELAY_TABLE
} DrillLinkDistribution;

/* What happens when more waits for the bottleneck than should. */
typedef enum DrillLinkDiscipline { DRILL_QUEUE_DROPTAIL, DRILL_QUEUE_CODEL } DrillLinkDiscipline;

/* A time after which something happens, or that it never happens by itself; not set: all zero. */
typedef struct DrillLinkMoment {
    bool set;
    uint64_t after_ns; /* DRILL_NEVER: never */
} DrillLinkMoment;

#define DRILL_LINK_OUTAGES_MAX 16u
typedef struct DrillLinkInterval {
    uint64_t from_ns, to_ns;
} DrillLinkInterval;

/* Times at which nothing passes: the last `down_ns` of every `period_ns`, or a list. */
typedef struct DrillLinkOutages {
    uint64_t down_ns, period_ns; /* period 0: the list */
    uint32_t count;
    DrillLinkInterval list[DRILL_LINK_OUTAGES_MAX]; /* ascending, apart */
} DrillLinkOutages;

/* One row of a recorded link: from this time on (counted from the link's beginning) it is so. */
typedef struct DrillLinkRow {
    uint64_t time_ns, delay_ns;
    uint64_t rate_bits_per_s; /* 0: unlimited */
    DrillLinkRatio loss;
} DrillLinkRow;

/* One direction. All zero: nothing is delayed, nothing is lost. */
typedef struct DrillLinkSettings {
    uint64_t delay_ns;                         /* one way */
    uint64_t jitter_ns;                        /* see DrillLinkDistribution */
    uint64_t loss_numerator, loss_denominator; /* per packet (segment or datagram) */
    uint64_t rate_bits_per_s;                  /* serialisation; 0: unlimited */
    uint64_t queue_bytes; /* waiting for the rate limiter, beyond which packets are dropped; 0:
                             unlimited */

    DrillLinkDistribution distribution;
    DrillLinkRatio delay_correlation; /* of a packet's delay with that of the one ahead */
    const int16_t *table; /* inverse of the cumulative distribution, in 1/8192 of the deviation; the
                             caller keeps it */
    size_t table_count;
    bool overtaking; /* packets arrive when their delay is over, also before the one ahead */

    DrillLinkRatio loss_correlation;
    DrillLinkRatio loss_markov[5];  /* p13 p31 p32 p23 p14 */
    DrillLinkRatio loss_gilbert[4]; /* p r 1-h 1-k */

    DrillLinkRatio duplicate, duplicate_correlation;
    DrillLinkRatio corrupt, corrupt_correlation;
    bool corrupt_deliver; /* datagrams arrive corrupt instead of being dropped */
    DrillLinkRatio reorder, reorder_correlation;
    uint64_t reorder_gap; /* one of so many packets; 0 counts as 1 */

    uint64_t overhead_bytes; /* each packet takes so much more of the rate */
    uint64_t cell_bytes;     /* payload is sent in cells of so many bytes, the last one whole */
    uint64_t cell_overhead_bytes; /* each cell takes so much more */
    uint64_t queue_packets;       /* waiting; 0: unlimited */
    DrillLinkDiscipline discipline;
    uint64_t codel_target_ns, codel_interval_ns; /* 0: 5 ms, 100 ms */
    uint64_t slot_min_ns, slot_max_ns; /* packets leave in bursts, this far apart; max 0: min */
    uint64_t slot_packets, slot_bytes; /* at most so many in one burst; 0: unlimited */

    uint64_t mtu_bytes; /* bigger packets are dropped; 0: none */
    bool mtu_tell;      /* the sender is told (ICMP); otherwise a black hole */

    uint64_t slow_close_ns;          /* an end of data in good order is passed on so much later */
    DrillLinkMoment timeout;         /* no byte is passed on; then the connection is closed */
    DrillLinkMoment reset_peer;      /* so long after its opening a connection is reset */
    uint64_t slicer_bytes;           /* data are cut into packets of about this size ... */
    uint64_t slicer_variation_bytes; /* ... plus or minus this ... */
    uint64_t slicer_delay_ns;        /* ... so far apart */
    uint64_t limit_data_bytes;       /* a connection is closed after so many; 0: none */
    bool down;                       /* connections are reset, new ones refused */

    uint64_t nat_idle_ns;  /* silent for so long, a connection is forgotten by the path */
    uint64_t rebind_ns;    /* the client's address changes every so often */
    uint64_t fin_delay_ns; /* a FIN is under way for so much longer */
    DrillLinkOutages outage;
    const DrillLinkRow *replay; /* the caller keeps it; NULL: none */
    size_t replay_count;
} DrillLinkSettings;

#ifdef __cplusplus
}
#endif
#endif
