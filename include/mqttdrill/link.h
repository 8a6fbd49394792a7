/* The bad network: what happens to a packet on one direction of a link. Settings are plain data;
 * integer arithmetic only. */
#ifndef MQTTDRILL_LINK_H
#define MQTTDRILL_LINK_H

#include <mqttdrill/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One direction. All zero: nothing is delayed, nothing is lost. */
typedef struct DrillLinkSettings {
    uint64_t delay_ns;  /* one way */
    uint64_t jitter_ns; /* uniform in [-jitter, +jitter] around delay; never before the packet ahead
                           (FIFO) */
    uint64_t loss_numerator,
        loss_denominator;     /* Bernoulli, per packet (segment or datagram); denominator 0: none */
    uint64_t rate_bits_per_s; /* serialisation; 0: unlimited */
    uint64_t queue_bytes;     /* waiting for the rate limiter, beyond which packets are dropped; 0:
                                 unlimited */
} DrillLinkSettings;

#ifdef __cplusplus
}
#endif
#endif
