/* A sans-IO MQTT broker: no socket, no clock, no thread. The caller moves bytes and time for any
 * number of connections. */
#ifndef MQTTDRILL_BROKER_H
#define MQTTDRILL_BROKER_H

#include <mqttdrill/client.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct DrillBroker DrillBroker;
typedef struct DrillBrokerConnection DrillBrokerConnection;

typedef enum DrillOverlap {
    DRILL_OVERLAP_ONE_COPY,
    DRILL_OVERLAP_COPY_PER_SUBSCRIPTION
} DrillOverlap;
/* When a QoS 2 message is forwarded (3.1.1 figure 4.3, methods A and B). */
typedef enum DrillQos2Forward { DRILL_QOS2_ON_PUBREL, DRILL_QOS2_ON_PUBLISH } DrillQos2Forward;
typedef enum DrillQueuePolicy { DRILL_QUEUE_DROP_NEWEST, DRILL_QUEUE_DROP_OLDEST } DrillQueuePolicy;

/* Credentials are checked only when `check_password` is given. */
typedef struct DrillBrokerConfig {
    DrillOverlap overlap;
    DrillQos2Forward qos2_forward;
    bool queue_qos0_offline;     /* keep QoS 0 messages for sessions that are away */
    uint32_t queue_messages_max; /* per session, waiting; 0: 100,000 */
    DrillQueuePolicy queue_policy;
    uint32_t inflight_max;    /* unacknowledged outgoing QoS 1/2 per connection; 0: 65,535 */
    size_t packet_bytes_max;  /* 0: DRILL_PACKET_BYTES_MAX */
    uint32_t connections_max; /* 0: 1,000,000 */
    bool refuse_empty_client_id;
    uint64_t connect_timeout_ns; /* transport open, no CONNECT; 0: 30 s */
    uint64_t retry_ns;     /* resend on a timer within a connection (3.1.1 and 3.1); 0: never */
    uint64_t retry_ns_max; /* the time doubles with each repetition, up to this; 0: it does not */
    uint16_t first_packet_identifier; /* 0: 1 */
    uint8_t (*check_password)(
        void *context, const DrillConnectPacket *connect); /* CONNACK return code; 0: accept */
    DrillDefectSet defects;
} DrillBrokerConfig;

/* Hooks are called from inside drill_broker_* and must not call the same broker again. */
typedef struct DrillBrokerHooks {
    void *context;
    /* `peer` is what drill_broker_accept was given. Exactly one whole packet. */
    void (*send)(void *context, void *peer, DrillSpan packet, uint64_t now_ns);
    /* The broker is done with this Network Connection; it has already forgotten it, and
     * drill_broker_closed must not be called for it. */
    void (*close)(void *context, void *peer, const DrillFault *fault_or_null, uint64_t now_ns);
} DrillBrokerHooks;

/* DRILL_INVALID: impossible configuration. */
DRILL_API DRILL_MUST_USE DrillResult drill_broker_new(const DrillBrokerConfig *config,
                                                      const DrillBrokerHooks *hooks,
                                                      DrillAllocator allocator, DrillBroker **out);
DRILL_API void drill_broker_free(DrillBroker *broker);

/* A Network Connection was opened. NULL: too many connections; close it. */
DRILL_API DrillBrokerConnection *drill_broker_accept(DrillBroker *broker, void *peer,
                                                     uint64_t now_ns);
/* Other times than the configuration's, for a Network Connection that loses single packets. */
DRILL_API void drill_broker_set_retry(DrillBrokerConnection *connection, uint64_t retry_ns,
                                      uint64_t retry_ns_max);
DRILL_API void drill_broker_receive(DrillBrokerConnection *connection, DrillSpan bytes,
                                    uint64_t now_ns);
/* The Network Connection is gone without the broker having asked for it. */
DRILL_API void drill_broker_closed(DrillBrokerConnection *connection, uint64_t now_ns);

DRILL_API uint64_t drill_broker_expiry(const DrillBroker *broker);
DRILL_API void drill_broker_handle_expiry(DrillBroker *broker, uint64_t now_ns);

/* The broker process ends and starts again: connections are gone (the caller closes the
 * transports); Sessions and Retained Messages stay or go as `keep_sessions` says. Wills of the
 * connections that die are published after a restart that keeps sessions. */
DRILL_API void drill_broker_restart(DrillBroker *broker, bool keep_sessions, uint64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
