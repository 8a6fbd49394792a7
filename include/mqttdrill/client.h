/* A sans-IO MQTT client: no socket, no clock, no thread. The caller moves bytes and time.
 *
 * One DrillClient is one Client Identifier with its Session; it may use many Network Connections
 * one after another. Output leaves through the hooks, synchronously, from inside the call that
 * caused it. Hooks must not call back into the same client, except drill_client_* calls marked
 * "from hooks". */
#ifndef MQTTDRILL_CLIENT_H
#define MQTTDRILL_CLIENT_H

#include <mqttdrill/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct DrillClient DrillClient;

/* Switchable deviations, for testing the tests; a bit per row of the defect table
 * (src/mqtt/defects.h). Zero: none. */
#define DRILL_DEFECT_WORDS 4
typedef struct DrillDefectSet {
    uint64_t bits[DRILL_DEFECT_WORDS];
} DrillDefectSet;

typedef struct DrillWill {
    DrillSpan topic;
    DrillSpan payload;
    DrillQos qos;
    bool retain;
    DrillProperties properties; /* 5.0 */
} DrillWill;

/* Copied by drill_client_new; the spans need not outlive the call. */
typedef struct DrillClientConfig {
    DrillVersion version; /* 3.1.1; others: DRILL_NOT_THERE_YET */
    DrillSpan client_id;
    bool clean;                   /* Clean Session of the next connection */
    uint16_t keep_alive_s;        /* 0: none */
    bool auto_ping;               /* PINGREQ by itself when Keep Alive demands it */
    uint64_t pingresp_timeout_ns; /* close when no PINGRESP came; 0: keep_alive_s */
    bool has_will;
    DrillWill will;
    bool has_username, has_password;
    DrillSpan username, password;
    uint64_t retry_ns; /* resend unacknowledged packets on a timer within a connection (3.1.1); 0:
                          never */
    uint64_t retry_ns_max; /* the time doubles with each repetition, up to this; 0: it does not */
    bool manual_acks;      /* PUBACK, PUBREC only by drill_client_acknowledge */
    uint16_t first_packet_identifier; /* 0: 1. For tests near wrap-around */
    uint32_t queue_messages_max;      /* unacknowledged and unsent messages held; 0: 65,535. Full:
                                         publish says DRILL_TOO_BIG */
    DrillDefectSet defects;
} DrillClientConfig;

/* Why the client wants its Network Connection closed. */
typedef enum DrillClientClose {
    DRILL_CLIENT_CLOSE_DISCONNECT, /* after DISCONNECT */
    DRILL_CLIENT_CLOSE_REFUSED,    /* CONNACK with an error */
    DRILL_CLIENT_CLOSE_PROTOCOL,   /* the server broke the protocol; `faulted` was called before */
    DRILL_CLIENT_CLOSE_NO_PINGRESP
} DrillClientClose;

typedef uint64_t DrillMessageId; /* of one client, from 1, in order of publish calls */

typedef struct DrillClientHooks {
    void *context;
    void (*send)(void *context, DrillSpan packet, uint64_t now_ns); /* exactly one whole packet */
    void (*close)(void *context, DrillClientClose why, uint64_t now_ns);
    /* The rest tells the application; each may be NULL. Packets are valid during the call. */
    void (*connack)(void *context, const DrillConnackPacket *connack, uint64_t now_ns);
    void (*message)(void *context, const DrillPublishPacket *publish,
                    uint64_t now_ns); /* delivered to the application */
    void (*acknowledged)(void *context, DrillMessageId message, uint8_t reason_code,
                         uint64_t now_ns); /* PUBACK / PUBCOMP (or failing PUBREC) */
    void (*dropped)(void *context, DrillMessageId message,
                    uint64_t now_ns); /* given up: session lost */
    void (*suback)(void *context, DrillPacketType type, const DrillSubackPacket *suback,
                   uint64_t now_ns); /* SUBACK and UNSUBACK */
    void (*pingresp)(void *context, uint64_t now_ns);
    void (*faulted)(void *context, const DrillFault *fault, uint64_t now_ns);
} DrillClientHooks;

typedef enum DrillClientState {
    DRILL_CLIENT_DOWN,       /* no Network Connection */
    DRILL_CLIENT_CONNECTING, /* CONNECT sent */
    DRILL_CLIENT_UP          /* CONNACK 0 received */
} DrillClientState;

/* DRILL_INVALID: impossible configuration. DRILL_NOT_THERE_YET: version 5.0 (and 3.1). */
DRILL_API DRILL_MUST_USE DrillResult drill_client_new(const DrillClientConfig *config,
                                                      const DrillClientHooks *hooks,
                                                      DrillAllocator allocator, DrillClient **out);
DRILL_API void drill_client_free(DrillClient *client);

/* What may change between connections (clean, keep alive, will, credentials). DRILL_BUSY while
 * connected. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_configure(DrillClient *client,
                                                            const DrillClientConfig *config);

/* The Network Connection is open: sends CONNECT. DRILL_BUSY unless down. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_opened(DrillClient *client, uint64_t now_ns);
/* Bytes from the server, cut anywhere. */
DRILL_API void drill_client_receive(DrillClient *client, DrillSpan bytes, uint64_t now_ns);
/* The Network Connection is gone, for whatever reason; also after `close` was called. */
DRILL_API void drill_client_closed(DrillClient *client, uint64_t now_ns);

/* Publishes. While down, QoS 1 and 2 messages wait for the next connection; QoS 0 is DRILL_BUSY.
 * Copies topic and payload. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_publish(DrillClient *client,
                                                          const DrillPublishPacket *message,
                                                          uint64_t now_ns, DrillMessageId *out);
/* DRILL_BUSY unless up. `filters` in wire form (drill_filters_write). *packet_identifier names the
 * answer. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_subscribe(DrillClient *client,
                                                            DrillFilters filters, uint64_t now_ns,
                                                            uint16_t *packet_identifier);
DRILL_API DRILL_MUST_USE DrillResult drill_client_unsubscribe(DrillClient *client,
                                                              DrillFilters filters, uint64_t now_ns,
                                                              uint16_t *packet_identifier);
DRILL_API DRILL_MUST_USE DrillResult drill_client_ping(DrillClient *client, uint64_t now_ns);
/* DISCONNECT, then `close`. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_disconnect(DrillClient *client, uint64_t now_ns);
/* With manual_acks: answers the oldest received PUBLISH not yet answered (in order, MQTT-4.6.0-2).
 * DRILL_BUSY if none. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_acknowledge(DrillClient *client, uint64_t now_ns);

/* The next time at which drill_client_handle_expiry must be called, or DRILL_NEVER. */
DRILL_API uint64_t drill_client_expiry(const DrillClient *client);
DRILL_API void drill_client_handle_expiry(DrillClient *client, uint64_t now_ns);

/* The application dies and comes back: all that was not stored (the whole Session, for this client)
 * is lost. */
DRILL_API void drill_client_crash(DrillClient *client);

DRILL_API DrillClientState drill_client_state(const DrillClient *client);
/* Packet Identifier of an unfinished message, 0 if none. */
DRILL_API uint16_t drill_client_packet_identifier(const DrillClient *client,
                                                  DrillMessageId message);
/* Unacknowledged and unsent messages. */
DRILL_API uint32_t drill_client_pending(const DrillClient *client);

#ifdef __cplusplus
}
#endif
#endif
