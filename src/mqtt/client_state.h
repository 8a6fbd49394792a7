/* The client's inside, shared by client*.c. */
#ifndef DRILL_MQTT_CLIENT_STATE_H
#define DRILL_MQTT_CLIENT_STATE_H

#include <mqttdrill/client.h>
#include <mqttdrill/connection.h>

#include "mqtt/defects.h"
#include "mqtt/inflight.h"

/* A PUBLISH whose PUBACK or PUBREC the application has not asked for yet. */
typedef struct DrillOwedAck {
    struct DrillOwedAck *next;
    uint16_t packet_identifier;
    DrillQos qos;
} DrillOwedAck;

struct DrillClient {
    DrillClientConfig config; /* spans are our own copies */
    DrillClientHooks hooks;
    DrillAllocator allocator;
    DrillClientState state;
    DrillReader reader;
    DrillBuffer out;
    DrillInflight
        inflight; /* the Session; `waiting` holds what was never sent, which outlives Sessions */
    DrillOwedAck *first_owed, *last_owed;
    DrillMessageId next_message;
    uint64_t last_sent_ns;
    uint64_t pinged_ns;
    bool ping_open;       /* a PINGREQ waits for its PINGRESP */
    uint64_t retry_at_ns; /* not later than the first repetition due */
    uint32_t connections;
    /* Only defects look at these. */
    uint16_t kept_puback, kept_pubrec, own_counter, newest_qos1;
};

#define DRILL_CLIENT_DEFECT(client, id) DRILL_DEFECT((client)->config.defects, id)

/* client.c: the Network Connection's and the Session's end. */
void drill_client_close(DrillClient *client, DrillClientClose why, uint64_t now_ns);
void drill_client_violation(DrillClient *client, const DrillFault *fault, uint64_t now_ns);
/* The server has no Session: what was sent is dropped, or (`again`) becomes unsent. */
void drill_client_new_session(DrillClient *client, bool again, uint64_t now_ns);

/* client_send.c. */
void drill_client_send(DrillClient *client, const DrillPacket *packet, uint64_t now_ns);
void drill_client_send_ack(DrillClient *client, DrillPacketType type, uint16_t packet_identifier,
                           uint64_t now_ns);
void drill_client_send_connect(DrillClient *client, uint64_t now_ns);
void drill_client_send_ping(DrillClient *client, uint64_t now_ns);
void drill_client_pump(DrillClient *client, uint64_t now_ns);
/* A packet that waits for an answer was sent. */
void drill_client_arm_retry(DrillClient *client, uint64_t now_ns);
void drill_client_resume(DrillClient *client, uint64_t now_ns);
void drill_client_resend(DrillClient *client, DrillExchange *exchange, uint64_t now_ns);
void drill_client_answer(DrillClient *client, DrillQos qos, uint16_t packet_identifier,
                         uint64_t now_ns);

/* client_receive.c: one whole packet. */
void drill_client_packet(DrillClient *client, DrillSpan bytes, uint64_t now_ns);

#endif
