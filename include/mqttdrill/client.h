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
#define DRILL_DEFECT_WORDS 6
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

/* An Authentication Method of enhanced authentication (5.0 section 4.12). What it knows of an
 * exchange lies behind `context`; the functions are called from inside drill_client_* and must not
 * call the client. */
typedef enum DrillAuthStep {
    DRILL_AUTH_STEP_DATA,  /* the answer has Authentication Data: what was appended */
    DRILL_AUTH_STEP_EMPTY, /* there is nothing to say */
    DRILL_AUTH_STEP_REFUSE /* the server is not whom it should be */
} DrillAuthStep;
typedef struct DrillClientAuth {
    void *context;
    const char *method; /* Authentication Method; lives as long as the client */
    /* An exchange begins: with CONNECT, or (`again`) with an AUTH of its own. */
    DrillAuthStep (*start)(void *context, bool again, DrillBuffer *data);
    /* What the server said: with AUTH 0x18, or (`last`) with what ends the exchange well, CONNACK 0
     * or AUTH 0; then only REFUSE means anything. Empty data: there was none. */
    DrillAuthStep (*step)(void *context, bool last, DrillSpan data, DrillBuffer *answer);
} DrillClientAuth;

/* Copied by drill_client_new; the spans need not outlive the call. */
typedef struct DrillClientConfig {
    DrillVersion version;
    DrillSpan client_id;          /* 5.0: empty, the server assigns one, which is then kept */
    bool clean;                   /* Clean Session, 5.0: Clean Start, of the next connection */
    uint16_t keep_alive_s;        /* 0: none */
    bool auto_ping;               /* PINGREQ by itself when Keep Alive demands it */
    uint64_t pingresp_timeout_ns; /* close when no PINGRESP came; 0: keep_alive_s */
    bool has_will;
    DrillWill will;
    bool has_username, has_password;
    DrillSpan username, password;
    uint64_t retry_ns; /* resend unacknowledged packets on a timer within a connection; 0: never;
                          5.0 forbids it: never */
    uint64_t retry_ns_max; /* the time doubles with each repetition, up to this; 0: it does not */
    bool manual_acks;      /* PUBACK, PUBREC only by drill_client_acknowledge */
    uint16_t first_packet_identifier; /* 0: 1. For tests near wrap-around */
    uint32_t queue_messages_max;      /* unacknowledged and unsent messages held; 0: 65,535. Full:
                                         publish says DRILL_TOO_BIG */
    /* 5.0. All properties of CONNECT: Session Expiry Interval, Receive Maximum, Maximum Packet
     * Size, Topic Alias Maximum ... are said here and kept by the client. */
    DrillProperties properties;
    bool auto_alias; /* uses Topic Aliases as far as the server allows them */
    /* Plays the part of the client in every exchange of enhanced authentication; `properties` then
     * hold no Authentication Method and Data. NULL: if they hold them, the application answers
     * (drill_client_authenticate). */
    const DrillClientAuth *auth;
    DrillDefectSet defects;
} DrillClientConfig;

/* What the server has allowed on this Network Connection (5.0: in CONNACK). */
typedef struct DrillClientLimits {
    uint16_t receive_maximum;     /* 65,535 unless said */
    uint16_t topic_alias_maximum; /* 0: no aliases */
    uint32_t packet_bytes_max;    /* 0: no limit */
    DrillQos qos_max;
    bool retain, wildcards, subscription_identifiers, shared_subscriptions;
    uint16_t keep_alive_s;     /* the server's, else our own */
    uint32_t session_expiry_s; /* likewise; UINT32_MAX: never. Not for 3.1.1 */
} DrillClientLimits;

/* Why the client wants its Network Connection closed. */
typedef enum DrillClientClose {
    DRILL_CLIENT_CLOSE_DISCONNECT, /* after DISCONNECT */
    DRILL_CLIENT_CLOSE_REFUSED,    /* CONNACK with an error */
    DRILL_CLIENT_CLOSE_PROTOCOL,   /* the server broke the protocol; `faulted` was called before */
    DRILL_CLIENT_CLOSE_NO_PINGRESP,
    DRILL_CLIENT_CLOSE_TOLD /* DISCONNECT received; `disconnected` was called before */
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
    /* 5.0 */
    void (*disconnected)(void *context, const DrillReasonPacket *disconnect, uint64_t now_ns);
    void (*auth)(void *context, const DrillReasonPacket *auth, uint64_t now_ns); /* AUTH received */
} DrillClientHooks;

typedef enum DrillClientState {
    DRILL_CLIENT_DOWN,       /* no Network Connection */
    DRILL_CLIENT_CONNECTING, /* CONNECT sent */
    DRILL_CLIENT_UP          /* CONNACK 0 received */
} DrillClientState;

/* DRILL_INVALID: impossible configuration. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_new(const DrillClientConfig *config,
                                                      const DrillClientHooks *hooks,
                                                      DrillAllocator allocator, DrillClient **out);
DRILL_API void drill_client_free(DrillClient *client);

/* What may change between connections (clean, keep alive, will, credentials, properties).
 * DRILL_BUSY while connected. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_configure(DrillClient *client,
                                                            const DrillClientConfig *config);

/* The Network Connection is open: sends CONNECT. DRILL_BUSY unless down. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_opened(DrillClient *client, uint64_t now_ns);
/* Bytes from the server, cut anywhere. */
DRILL_API void drill_client_receive(DrillClient *client, DrillSpan bytes, uint64_t now_ns);
/* The Network Connection is gone, for whatever reason; also after `close` was called. */
DRILL_API void drill_client_closed(DrillClient *client, uint64_t now_ns);

/* Publishes. While down, QoS 1 and 2 messages wait for the next connection; QoS 0 is DRILL_BUSY.
 * Copies all of it. 5.0: a Topic Alias among the properties is used as it is; an empty topic stands
 * for what that alias has been given before on this connection. What the server does not allow
 * (Maximum QoS, Retain Available, Maximum Packet Size, Topic Alias Maximum) is DRILL_INVALID, and
 * drill_client_refusal says why; a message that waited until then is `dropped`. */
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
/* The same, SUBSCRIBE if `type` says so, else UNSUBSCRIBE, with properties (5.0). DRILL_INVALID
 * also where the server does not allow it; see drill_client_refusal. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_request(DrillClient *client, DrillPacketType type,
                                                          const DrillSubscribePacket *request,
                                                          uint64_t now_ns,
                                                          uint16_t *packet_identifier);
DRILL_API DRILL_MUST_USE DrillResult drill_client_ping(DrillClient *client, uint64_t now_ns);
/* DISCONNECT, then `close`. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_disconnect(DrillClient *client, uint64_t now_ns);
/* With a Reason Code and properties (5.0). A Session Expiry Interval in it counts from then on. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_disconnect_with(DrillClient *client,
                                                                  const DrillReasonPacket *reason,
                                                                  uint64_t now_ns);
/* Re-authentication (5.0): begins it where an Authentication Method plays the part. DRILL_BUSY
 * unless up; DRILL_INVALID without one. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_reauthenticate(DrillClient *client,
                                                                 uint64_t now_ns);
/* AUTH of the application's own making (5.0): 0x18 while the server waits for it, 0x19 when up. The
 * Authentication Method is added if `auth` does not name it. DRILL_BUSY at any other time;
 * DRILL_INVALID if CONNECT named no method, or another. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_authenticate(DrillClient *client,
                                                               const DrillReasonPacket *auth,
                                                               uint64_t now_ns);
/* With manual_acks: answers the oldest received PUBLISH not yet answered (in order, MQTT-4.6.0-2).
 * DRILL_BUSY if none. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_acknowledge(DrillClient *client, uint64_t now_ns);
/* With a Reason Code and properties (5.0): 0x80 and above say that the message is not taken. */
DRILL_API DRILL_MUST_USE DrillResult drill_client_acknowledge_with(DrillClient *client,
                                                                   const DrillReasonPacket *reason,
                                                                   uint64_t now_ns);

/* The next time at which drill_client_handle_expiry must be called, or DRILL_NEVER. */
DRILL_API uint64_t drill_client_expiry(const DrillClient *client);
DRILL_API void drill_client_handle_expiry(DrillClient *client, uint64_t now_ns);

/* The application dies and comes back: all that was not stored (the whole Session, for this client)
 * is lost. */
DRILL_API void drill_client_crash(DrillClient *client);

DRILL_API DrillClientState drill_client_state(const DrillClient *client);
/* NULL unless up. */
DRILL_API const DrillClientLimits *drill_client_limits(const DrillClient *client);
/* The identifier of the next CONNECT: the configured one, or what the server assigned. */
DRILL_API DrillSpan drill_client_identifier(const DrillClient *client);
/* Why the last call that said DRILL_INVALID because of the server's limits said it, or the last
 * message was dropped for them: statement, the Reason Code a server would answer with, text. NULL:
 * none was. */
DRILL_API const DrillFault *drill_client_refusal(const DrillClient *client);
/* Packet Identifier of an unfinished message, 0 if none. */
DRILL_API uint16_t drill_client_packet_identifier(const DrillClient *client,
                                                  DrillMessageId message);
/* From hooks: inside `acknowledged`, when that message was published. */
DRILL_API uint64_t drill_client_completed_published_ns(const DrillClient *client);
/* Unacknowledged and unsent messages. */
DRILL_API uint32_t drill_client_pending(const DrillClient *client);

#ifdef __cplusplus
}
#endif
#endif
