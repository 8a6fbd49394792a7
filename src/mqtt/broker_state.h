/* The broker's inside, shared by broker*.c and will.c. */
#ifndef DRILL_MQTT_BROKER_STATE_H
#define DRILL_MQTT_BROKER_STATE_H

#include <mqttdrill/broker.h>
#include <mqttdrill/connection.h>

#include "mqtt/alias.h"
#include "mqtt/deadline.h"
#include "mqtt/defects.h"
#include "mqtt/retained.h"
#include "mqtt/session.h"
#include "spec/reason.h"

/* What a peer broke: the statement in each version (NULL: it has no number there), the Reason Code
 * of 5.0, and the breach in words. */
typedef struct DrillBrokerRule {
    const char *v3, *v5;
    uint8_t reason_code;
    const char *text;
} DrillBrokerRule;

/* Enhanced authentication under way, or done with on this connection. */
typedef struct DrillBrokerAuth {
    const DrillAuthMethod *method; /* NULL: CONNECT named none */
    void *state;
    uint64_t number;
    uint32_t round;
    bool under_way;
    bool again;          /* re-authentication: the CONNACK has been sent */
    DrillBuffer connect; /* the CONNECT, until it is accepted */
    DrillBuffer answer;  /* Authentication Data of the method's last step */
} DrillBrokerAuth;

/* What CONNACK has told a 5.0 client: it holds for that connection, whatever is configured later.
 */
typedef struct DrillAnnounced {
    bool limit_qos, no_retain, no_wildcards, no_subscription_ids, no_shared;
    DrillQos qos_max;
    uint16_t receive_maximum;
} DrillAnnounced;

struct DrillBrokerConnection {
    DrillBroker *broker;
    void *peer;
    DrillBrokerConnection *next, *previous;
    DrillReader reader;
    DrillVersion version;  /* 3.1.1 until CONNECT has said */
    DrillSession *session; /* NULL: no CONNECT accepted yet */
    DrillMessage *will;    /* NULL: none */
    uint32_t will_delay_s;
    uint64_t serial;
    uint64_t opened_ns, admitted_ns;
    uint64_t last_packet_ns;
    uint64_t silence_ns; /* 1.5 x Keep Alive; 0: unlimited */
    uint64_t retry_ns, retry_ns_max;
    DrillDeadline deadline;
    DrillBuffer user_name; /* for the topic rules */
    bool receiving;        /* drill_broker_receive is on the stack */
    bool ended;            /* to be freed when it returns */
    bool told;             /* a last packet has been sent: CONNACK with an error, DISCONNECT */
    /* 5.0. */
    DrillAnnounced announced;
    bool problem_information;  /* Request Problem Information of CONNECT */
    size_t packet_bytes_max;   /* the client's Maximum Packet Size; 0: none */
    uint32_t connect_expiry_s; /* Session Expiry Interval of CONNECT */
    uint32_t receiving_count;  /* QoS 2 messages that count against our Receive Maximum */
    DrillAliasesIn aliases_in;
    DrillAliasesOut aliases_out;
    DrillBrokerAuth auth;
    bool kept_open; /* a defect: DISCONNECT was sent, and that was all */
};

struct DrillBroker {
    DrillBrokerConfig config; /* zeros replaced by what they stand for */
    DrillBrokerHooks hooks;
    DrillAllocator allocator;
    DrillSessions sessions;
    DrillRetainedStore retained;
    DrillDeadlines deadlines; /* of connections */
    DrillBrokerConnection *first, *last;
    uint32_t connection_count;
    uint64_t next_connection_serial;
    uint64_t next_message_serial;
    uint64_t next_match_serial;
    uint64_t next_assigned_id;
    uint64_t next_share_draw;
    uint64_t next_authentication;
    uint64_t next_record; /* what is stored is numbered: a crash may lose the last of it */
    uint32_t lost_records;
    /* Reused for every packet, so that steady state takes no memory. */
    DrillBuffer out;
    DrillBuffer codes;
    DrillBuffer replaced;
    DrillBuffer properties;
    DrillBuffer explained;
    DrillBuffer identifiers; /* uint32_t Subscription Identifiers of one copy */
    /* Only defects look at these. */
    DrillBuffer flawed;         /* properties of a copy */
    DrillBuffer repaired;       /* the packet that is dealt with */
    DrillAliasesIn old_aliases; /* of the connection that ended last */
    DrillMessage *old_will;     /* that its client has taken back */
    uint64_t old_will_session, old_will_connection;
    bool flawed_properties, flawed_codes, flawed_bytes;
};

#define DRILL_BROKER_DEFECT(broker, id) DRILL_DEFECT((broker)->config.defects, id)

static inline bool drill_broker_is_5_0(const DrillBrokerConnection *connection) {
    return connection->version == DRILL_MQTT_5_0;
}

/* broker.c: sending and the end of a connection. */
void drill_broker_send(DrillBrokerConnection *connection, const DrillPacket *packet,
                       uint64_t now_ns);
void drill_broker_send_out(DrillBrokerConnection *connection,
                           uint64_t now_ns); /* broker->out, as it is */
/* Tells a 5.0 client why, and closes; publishes the will if one is due. The connection may only be
 * touched on as far as `ended` says. */
void drill_broker_close(DrillBrokerConnection *connection, const DrillFault *fault,
                        uint64_t now_ns);
void drill_broker_violation(DrillBrokerConnection *connection, const DrillBrokerRule *rule,
                            uint64_t now_ns);
/* The same with a Reason Code where the peer has done nothing wrong. */
void drill_broker_dismiss(DrillBrokerConnection *connection, uint8_t reason_code, const char *text,
                          uint64_t now_ns);
/* The Session ends, now: shared messages go to others, a will that waits is published. */
void drill_broker_end_session(DrillBroker *broker, DrillSession *session, uint64_t now_ns);
/* Ends Sessions whose time has passed, and publishes wills whose delay has. */
void drill_broker_sessions_due(DrillBroker *broker, uint64_t now_ns);
/* The Session goes on without its connection, or ends with it. */
void drill_broker_detach_session(DrillBroker *broker, DrillSession *session, uint64_t now_ns);
void drill_broker_drop_connection(DrillBrokerConnection *connection);

/* broker_reason.c: packets that carry a Reason Code and, in 5.0, explain it. */
/* `text` NULL: no Reason String. The packet's own properties, if any, must be sent. */
void drill_broker_send_explained(DrillBrokerConnection *connection, DrillPacket *packet,
                                 const char *text, uint64_t now_ns);
/* Within the client's Maximum Packet Size, as it is. */
bool drill_broker_fits(DrillBrokerConnection *connection, const DrillPacket *packet);
/* A client that takes no packet of this size cannot be served; what says so may be small enough. */
void drill_broker_give_up(DrillBrokerConnection *connection, DrillPacketType type, uint64_t now_ns);
void drill_broker_send_ack(DrillBrokerConnection *connection, DrillPacketType type,
                           uint16_t packet_identifier, uint8_t reason_code, uint64_t now_ns);
/* CONNACK or DISCONNECT, whichever the connection's state asks for. */
void drill_broker_tell(DrillBrokerConnection *connection, uint8_t reason_code, const char *text,
                       uint64_t now_ns);
/* Appends one property to broker->properties; *list spans them all. */
void drill_broker_put_number(DrillBroker *broker, DrillProperties *list, DrillPropertyId id,
                             uint32_t number);
void drill_broker_put_text(DrillBroker *broker, DrillProperties *list, DrillPropertyId id,
                           DrillSpan text);

/* broker_receive.c, broker_connect.c, broker_subscribe.c ...: one packet each. */
void drill_broker_packet(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns);
void drill_broker_connect(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns);
void drill_broker_subscribe(DrillBrokerConnection *connection,
                            const DrillSubscribePacket *subscribe, uint64_t now_ns);
void drill_broker_unsubscribe(DrillBrokerConnection *connection,
                              const DrillSubscribePacket *unsubscribe, uint64_t now_ns);
void drill_broker_publish(DrillBrokerConnection *connection, const DrillPublishPacket *publish,
                          uint64_t now_ns);
void drill_broker_pubrel(DrillBrokerConnection *connection, uint16_t packet_identifier,
                         uint64_t now_ns);
/* PUBACK, PUBREC or PUBCOMP to a publisher. */
void drill_broker_answer(DrillBrokerConnection *connection, DrillPacketType type,
                         uint16_t packet_identifier, uint8_t reason_code, uint64_t now_ns);

/* broker_connack.c: what a successful CONNACK says. */
typedef struct DrillConnackFacts {
    bool session_present;
    DrillSpan assigned_id;              /* empty: the client had one */
    uint32_t expiry_s, wanted_expiry_s; /* as it is, and as asked for */
    bool wants_response_information;
} DrillConnackFacts;
/* Within the client's Maximum Packet Size. */
bool drill_broker_connack_fits(DrillBrokerConnection *connection, const DrillConnackFacts *facts);
void drill_broker_send_connack(DrillBrokerConnection *connection, const DrillConnackFacts *facts,
                               uint64_t now_ns);

/* broker_auth.c: enhanced authentication. */
/* CONNECT names a method. True: the first step has been made and the rest waits for it. */
bool drill_broker_auth_begin(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                             DrillSpan bytes, uint64_t now_ns);
void drill_broker_auth(DrillBrokerConnection *connection, const DrillReasonPacket *auth,
                       uint64_t now_ns);
void drill_broker_auth_release(DrillBrokerConnection *connection);
/* broker_connect.c: every check but authentication has been passed. */
void drill_broker_admit(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                        uint64_t now_ns);
/* CONNACK with an error, and the end. `code`: of the connection's version. */
void drill_broker_refuse(DrillBrokerConnection *connection, uint8_t code, const DrillFault *fault,
                         uint64_t now_ns);

/* broker_permission.c. */
/* Reason Code of 5.0: 0, 0x86 or 0x87 ... */
uint8_t drill_broker_check_credentials(const DrillBroker *broker,
                                       const DrillConnectPacket *connect);
/* Connection return code of 3.1.1 for a CONNACK Reason Code. */
uint8_t drill_broker_return_code(uint8_t reason_code);
bool drill_broker_may_publish(const DrillBroker *broker, DrillSpan user, DrillSpan client_id,
                              DrillSpan topic);
bool drill_broker_may_subscribe(const DrillBroker *broker, DrillSpan user, DrillSpan client_id,
                                DrillSpan filter);

/* broker_publish.c: from a message to the Sessions. */
DrillMessage *drill_broker_message(DrillBroker *broker, const DrillPublishPacket *publish,
                                   uint64_t publisher, uint64_t now_ns);
/* False: no subscription matched. */
bool drill_broker_route(DrillBroker *broker, DrillMessage *message, uint64_t now_ns);
/* Some subscription would match, of whomever. */
bool drill_broker_has_subscriber(DrillBroker *broker, DrillSpan topic);
/* A Session that would get the message has no room for it. */
bool drill_broker_is_full(DrillBroker *broker, DrillSpan topic);
/* Sends what is retained for the subscription. */
void drill_broker_replay(DrillBroker *broker, const DrillSubscription *subscription,
                         uint64_t now_ns);
/* Hands messages that a share gave this Session on to other members. The Session is away. `ends`:
 * it will not come back. */
void drill_broker_redispatch(DrillBroker *broker, DrillSession *session, bool ends,
                             uint64_t now_ns);

/* broker_deliver.c: from a Session to its connection. */
void drill_broker_deliver(DrillBroker *broker, DrillSession *session, const DrillDelivery *delivery,
                          uint64_t now_ns);
/* With Packet Identifier 0 and no record. A defect's way. */
void drill_broker_send_unnumbered(DrillSession *session, const DrillDelivery *delivery,
                                  uint64_t now_ns);
void drill_broker_pump(DrillSession *session, uint64_t now_ns);
void drill_broker_resume(DrillSession *session, uint64_t now_ns);
void drill_broker_resend(DrillSession *session, DrillExchange *exchange, uint64_t now_ns);
void drill_broker_acknowledged(DrillBrokerConnection *connection, DrillPacketType type,
                               const DrillAckPacket *ack, uint64_t now_ns);

/* broker_expiry.c. */
void drill_broker_arm(DrillBrokerConnection *connection);
/* A packet that waits for an answer was sent. */
void drill_broker_arm_retry(DrillBrokerConnection *connection, uint64_t now_ns);
/* The Session's connection has ended, or it has a new one. */
void drill_broker_arm_session(DrillBroker *broker, DrillSession *session, uint64_t now_ns);

/* will.c. */
void drill_will_keep(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                     uint64_t now_ns);
void drill_will_forget(DrillBrokerConnection *connection);
DrillMessage *drill_will_take(DrillBrokerConnection *connection);
/* The connection is over, the Session lives: a will with a delay goes to the Session. */
void drill_will_defer(DrillBrokerConnection *connection, DrillSession *session, uint64_t now_ns);
/* The client is back in time. */
void drill_will_cancel(DrillSession *session);
/* Publishes and releases what drill_will_take gave; NULL is allowed. */
void drill_will_publish(DrillBroker *broker, DrillMessage *will, uint64_t now_ns);

#endif
