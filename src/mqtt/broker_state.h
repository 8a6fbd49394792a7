/* The broker's inside, shared by broker*.c and will.c. */
#ifndef DRILL_MQTT_BROKER_STATE_H
#define DRILL_MQTT_BROKER_STATE_H

#include <mqttdrill/broker.h>
#include <mqttdrill/connection.h>

#include "mqtt/deadline.h"
#include "mqtt/defects.h"
#include "mqtt/retained.h"
#include "mqtt/session.h"

struct DrillBrokerConnection {
    DrillBroker *broker;
    void *peer;
    DrillBrokerConnection *next, *previous;
    DrillReader reader;
    DrillSession *session; /* NULL: no CONNECT accepted yet */
    DrillMessage *will;    /* NULL: none */
    uint64_t serial;
    uint64_t opened_ns;
    uint64_t last_packet_ns;
    uint64_t silence_ns; /* 1.5 x Keep Alive; 0: unlimited */
    uint64_t retry_ns, retry_ns_max;
    DrillDeadline deadline;
    bool receiving; /* drill_broker_receive is on the stack */
    bool ended;     /* to be freed when it returns */
};

struct DrillBroker {
    DrillBrokerConfig config; /* zeros replaced by what they stand for */
    DrillBrokerHooks hooks;
    DrillAllocator allocator;
    DrillSessions sessions;
    DrillRetainedStore retained;
    DrillDeadlines deadlines;
    DrillBrokerConnection *first, *last;
    uint32_t connection_count;
    uint64_t next_connection_serial;
    uint64_t next_message_serial;
    uint64_t next_match_serial;
    uint64_t next_assigned_id;
    /* Reused for every packet, so that steady state takes no memory. */
    DrillBuffer out;
    DrillBuffer codes;
    DrillBuffer replaced;
};

#define DRILL_BROKER_DEFECT(broker, id) DRILL_DEFECT((broker)->config.defects, id)

/* broker.c: sending and the end of a connection. */
void drill_broker_send(DrillBrokerConnection *connection, const DrillPacket *packet,
                       uint64_t now_ns);
void drill_broker_send_out(DrillBrokerConnection *connection,
                           uint64_t now_ns); /* broker->out, as it is */
void drill_broker_send_ack(DrillBrokerConnection *connection, DrillPacketType type,
                           uint16_t packet_identifier, uint64_t now_ns);
/* Closes; publishes the will if one is left. The connection may only be touched on as far as
 * `ended` says. */
void drill_broker_close(DrillBrokerConnection *connection, const DrillFault *fault,
                        uint64_t now_ns);
void drill_broker_violation(DrillBrokerConnection *connection, const char *statement,
                            const char *text, uint64_t now_ns);
void drill_broker_end_session(DrillBroker *broker, DrillSession *session);

/* broker_receive.c, broker_connect.c, broker_subscribe.c: one packet each. */
void drill_broker_packet(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns);
void drill_broker_connect(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns);
void drill_broker_subscribe(DrillBrokerConnection *connection,
                            const DrillSubscribePacket *subscribe, uint64_t now_ns);
void drill_broker_unsubscribe(DrillBrokerConnection *connection,
                              const DrillSubscribePacket *unsubscribe, uint64_t now_ns);

/* broker_publish.c: from a message to the Sessions. */
DrillMessage *drill_broker_message(DrillBroker *broker, const DrillPublishPacket *publish,
                                   uint64_t publisher, uint64_t now_ns);
void drill_broker_route(DrillBroker *broker, DrillMessage *message, uint64_t now_ns);
/* Sends what is retained for the subscription. */
void drill_broker_replay(DrillBroker *broker, const DrillSubscription *subscription,
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
                               uint16_t packet_identifier, uint64_t now_ns);

/* broker_expiry.c. */
void drill_broker_arm(DrillBrokerConnection *connection);
/* A packet that waits for an answer was sent. */
void drill_broker_arm_retry(DrillBrokerConnection *connection, uint64_t now_ns);

/* will.c. */
void drill_will_keep(DrillBrokerConnection *connection, const DrillConnectPacket *connect,
                     uint64_t now_ns);
void drill_will_forget(DrillBrokerConnection *connection);
DrillMessage *drill_will_take(DrillBrokerConnection *connection);
/* Publishes and releases what drill_will_take gave; NULL is allowed. */
void drill_will_publish(DrillBroker *broker, DrillMessage *will, uint64_t now_ns);

#endif
