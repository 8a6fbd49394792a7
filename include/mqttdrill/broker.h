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
typedef enum DrillQueuePolicy {
    DRILL_QUEUE_DROP_NEWEST,
    DRILL_QUEUE_DROP_OLDEST,
    /* The message is accepted for nobody: 0x97 to a 5.0 publisher. Others cannot be told: newest.
     */
    DRILL_QUEUE_REFUSE
} DrillQueuePolicy;

/* Which member of a Shared Subscription gets a message (5.0 section 4.8.2). Members with a Network
 * Connection come first. */
typedef enum DrillShareStrategy {
    DRILL_SHARE_ROUND_ROBIN,
    DRILL_SHARE_RANDOM, /* drawn from `share_seed` by counting */
    DRILL_SHARE_STICKY, /* the same one as long as it stays */
    DRILL_SHARE_LEAST_LOADED
} DrillShareStrategy;
/* Topic Aliases that the broker itself uses towards clients that allow them. */
typedef enum DrillTopicAliases {
    DRILL_TOPIC_ALIASES_OFF,
    DRILL_TOPIC_ALIASES_FIRST, /* for the first topics */
    DRILL_TOPIC_ALIASES_RECENT /* for the topics used last */
} DrillTopicAliases;
/* How a 5.0 client learns that what it subscribes to is not available (3.2.2.3.11 to 13). */
typedef enum DrillUnavailable {
    DRILL_UNAVAILABLE_DISCONNECT,
    DRILL_UNAVAILABLE_SUBACK
} DrillUnavailable;

typedef struct DrillBrokerUser {
    DrillSpan name, password;
} DrillBrokerUser;

/* What clients may do with topics. The first rule that speaks of the user, the client and the topic
 * decides; where none does, the answer is no. */
typedef struct DrillTopicRule {
    DrillSpan user;      /* empty: everybody */
    DrillSpan client_id; /* empty: every client */
    DrillSpan filter;    /* speaks of what it matches, or, of a Topic Filter, covers wholly */
    bool publish, subscribe;
} DrillTopicRule;

/* Enhanced authentication (5.0 section 4.12), the server's side of a method. */
typedef enum DrillAuthResult {
    DRILL_AUTH_CONTINUE, /* AUTH 0x18 with the answer */
    DRILL_AUTH_SUCCESS,
    DRILL_AUTH_FAILURE
} DrillAuthResult;

typedef struct DrillAuthRound {
    DrillSpan client_id;
    DrillSpan user_name;
    DrillSpan data;   /* Authentication Data from the client */
    bool has_data;    /* there was such a property */
    bool again;       /* re-authentication */
    uint32_t round;   /* 0: CONNECT, or AUTH 0x19 */
    uint64_t number;  /* of this authentication among the broker's, from 1: for a nonce */
    void *state;      /* `state_bytes`, zero in round 0, kept from round to round */
    const char **why; /* on failure: may be set to a literal that explains it */
} DrillAuthRound;

typedef struct DrillAuthMethod {
    const char *name;
    void *context;
    size_t state_bytes;
    /* Appends its Authentication Data to `answer` (none: no such property). On failure
     * *reason_code may be changed from 0x87. */
    DrillAuthResult (*step)(void *context, const DrillAuthRound *round, DrillBuffer *answer,
                            uint8_t *reason_code);
} DrillAuthMethod;

/* A method for tests: the client proves nothing but that it can turn bytes around. The server sends
 * "drill-1", "drill-2" ..., and each must come back reversed; `context` points to an uint32_t, how
 * often (NULL: once). */
DRILL_API extern const DrillAuthMethod drill_auth_reverse;
/* Of the methods that come with the library, by Authentication Method; NULL: none. */
DRILL_API const DrillAuthMethod *drill_auth_method_find(DrillSpan name);

/* Spans and lists are the caller's and outlive the broker. Zero is a usable configuration. */
typedef struct DrillBrokerConfig {
    DrillOverlap overlap;
    DrillQos2Forward qos2_forward;
    bool queue_qos0_offline;     /* keep QoS 0 messages for sessions that are away */
    uint32_t queue_messages_max; /* per session, waiting; 0: 100,000 */
    uint64_t queue_bytes_max;    /* the same in bytes of Topic Names and payloads; 0: no limit */
    DrillQueuePolicy queue_policy;
    uint32_t inflight_max;    /* unacknowledged outgoing QoS 1/2 per connection; 0: 65,535 */
    size_t packet_bytes_max;  /* 0: DRILL_PACKET_BYTES_MAX */
    uint32_t connections_max; /* 0: 1,000,000 */
    bool refuse_empty_client_id;
    uint64_t connect_timeout_ns; /* transport open, no CONNECT; 0: 30 s */
    uint64_t retry_ns;     /* resend on a timer within a connection (3.1.1 and 3.1); 0: never */
    uint64_t retry_ns_max; /* the time doubles with each repetition, up to this; 0: it does not */
    uint16_t first_packet_identifier; /* 0: 1 */
    uint32_t refuse_versions;         /* bit (1 << DrillVersion): answered like an unknown one */

    /* Who may come in, and do what. */
    /* CONNACK return code of 3.1.1; 0: accept. NULL: `users` decides. Not asked where enhanced
     * authentication has decided. */
    uint8_t (*check_password)(void *context, const DrillConnectPacket *connect);
    const DrillBrokerUser *users; /* none: everybody may connect */
    size_t user_count;
    bool allow_anonymous; /* with `users`: no user name is needed, a wrong one is refused */
    const DrillTopicRule *topic_rules; /* none: everything is allowed */
    size_t topic_rule_count;
    const DrillAuthMethod *const *auth_methods;
    size_t auth_method_count;

    /* Quotas; 0: none. 5.0 clients are told 0x97, or 0x8F and 0x90 for the levels. */
    uint32_t subscriptions_max; /* per session */
    uint32_t retained_max;      /* Retained Messages; more are not accepted */
    uint32_t topic_levels_max;
    bool limit_granted_qos; /* subscriptions get at most this, all versions */
    DrillQos granted_qos_max;

    /* What a 5.0 client is told in CONNACK and then bound to. */
    uint16_t receive_maximum;     /* 0: 65,535 */
    uint32_t maximum_packet_size; /* 0: no limit but packet_bytes_max */
    uint16_t topic_alias_maximum; /* 0: no Topic Aliases from clients */
    bool limit_publish_qos;
    DrillQos publish_qos_max; /* 0 or 1 */
    bool no_retain, no_wildcards, no_subscription_ids, no_shared;
    DrillUnavailable unavailable;
    bool has_server_keep_alive;
    uint16_t server_keep_alive_s;
    bool limit_session_expiry;
    uint32_t session_expiry_max_s;
    DrillSpan response_information; /* for who asks for it; empty: none */
    uint8_t redirect;               /* 0x9C or 0x9D: nobody is let in; 0: no */
    DrillSpan server_reference;     /* empty: none */

    /* How the broker behaves towards 5.0 clients, where it may choose. */
    DrillTopicAliases topic_aliases;
    bool tell_no_subscribers;        /* PUBACK and PUBREC 0x10 */
    DrillProperties user_properties; /* with every packet but PUBLISH and PINGRESP that goes to who
                                        wants Problem Information; User Properties only */
    bool no_reason_strings;          /* else errors are explained to who allows it */
    bool pass_bad_payload_format;    /* else text that is not UTF-8 is refused with 0x99 */
    DrillShareStrategy share_strategy;
    uint64_t share_seed;
    bool share_moves_on; /* unacknowledged QoS 1 messages of a share go to another member as soon
                            as the connection is lost, not only when the Session ends */
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
/* Another configuration from now on, as a broker's reload does it. Who is connected stays so: what
 * its CONNACK has announced, its Keep Alive, its user and its subscriptions hold as long as they
 * would have. DRILL_INVALID: impossible, and nothing has changed. */
DRILL_API DRILL_MUST_USE DrillResult drill_broker_configure(DrillBroker *broker,
                                                            const DrillBrokerConfig *config);

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
/* The next restart that keeps Sessions comes after a crash: of what is stored by then (Sessions,
 * subscriptions, messages of Sessions, held QoS 2 identifiers, Retained Messages, each numbered
 * when it was stored) the `count` youngest had not reached the disk. What was removed stays
 * removed.
 */
DRILL_API void drill_broker_lose_records(DrillBroker *broker, uint32_t count);
/* Before it: all connections are ended in good order, 5.0 clients with DISCONNECT `reason_code`
 * (0x8B: Server shutting down). */
DRILL_API void drill_broker_shutdown(DrillBroker *broker, uint8_t reason_code, uint64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
