/* The client's inside, shared by client*.c. */
#ifndef DRILL_MQTT_CLIENT_STATE_H
#define DRILL_MQTT_CLIENT_STATE_H

#include <mqttdrill/client.h>
#include <mqttdrill/connection.h>

#include "mqtt/alias.h"
#include "mqtt/defects.h"
#include "mqtt/inflight.h"
#include "spec/reason.h"

/* A PUBLISH whose PUBACK or PUBREC the application has not asked for yet. */
typedef struct DrillOwedAck {
    struct DrillOwedAck *next;
    uint16_t packet_identifier;
    DrillQos qos;
    uint64_t counted_on; /* serial of the connection whose Receive Maximum it counts against */
} DrillOwedAck;

/* What our CONNECT says (5.0), out of its properties. */
typedef struct DrillClientOwn {
    uint32_t session_expiry_s;
    uint32_t receive_maximum;
    uint32_t packet_bytes_max; /* 0: no limit */
    uint16_t topic_alias_maximum;
    bool problem_information;
    bool response_information;
    bool has_method;
    DrillSpan method; /* Authentication Method */
} DrillClientOwn;

/* What a server can break: the statement in each version (NULL: the rule has no number there), and
 * the Reason Code of the DISCONNECT that answers it. */
typedef struct DrillClientRule {
    const char *v3;
    const char *v5;
    uint8_t reason_code;
    const char *text;
} DrillClientRule;

struct DrillClient {
    DrillClientConfig config; /* spans are our own copies */
    DrillClientOwn own;       /* out of config.properties */
    DrillClientLimits limits; /* of this connection */
    DrillClientHooks hooks;
    DrillAllocator allocator;
    DrillClientState state;
    DrillReader reader;
    DrillBuffer out;
    DrillInflight
        inflight; /* the Session; `waiting` holds what was never sent, which outlives Sessions */
    DrillOwedAck *first_owed, *last_owed;
    DrillMessageId next_message;
    uint64_t completed_published_ns; /* of the message acknowledged last */
    uint64_t last_sent_ns, last_received_ns;
    uint64_t pinged_ns;
    bool ping_open;       /* a PINGREQ waits for its PINGRESP */
    uint64_t retry_at_ns; /* not later than the first repetition due */
    uint32_t connections;
    /* 5.0 */
    DrillSpan assigned_id; /* by the server */
    bool had_session;      /* when this connection began, there was a Session */
    bool has_session;      /* the server may have our Session */
    bool authenticating;   /* an exchange of AUTH packets is under way */
    bool auth_owed;        /* and it is our turn */
    uint32_t inbound_open; /* of our Receive Maximum: PUBLISHes of QoS 1 and 2 not yet done */
    DrillAliasesIn aliases_in;
    DrillAliasesOut aliases_out;
    /* The message that is being handed over, if it has a Topic Alias of its own. */
    DrillMessageId aliased_message;
    uint16_t alias;
    bool alias_alone;       /* the Topic Name stays away */
    DrillBuffer properties; /* scratch: of the packet that is being sent */
    DrillBuffer shortened;  /* scratch: the same, with less in it */
    DrillBuffer auth_data;  /* scratch */
    bool refused;
    DrillFault refusal;
    /* Only defects look at these. */
    bool spoils;
    uint16_t kept_puback, kept_pubrec, kept_pubrel, own_counter, newest_qos1;
    uint32_t leaked;
    bool resumed; /* this connection goes on with a Session */
    DrillMessageId newest_replayed;
};

#define DRILL_CLIENT_DEFECT(client, id) DRILL_DEFECT((client)->config.defects, id)

/* client_config.c. */
DrillResult drill_client_check_config(const DrillClientConfig *config);
/* Copies it, and reads `own`; what was there before is the caller's to release. */
void drill_client_take_config(DrillClient *client, const DrillClientConfig *config);
void drill_client_release_config(DrillAllocator allocator, const DrillClientConfig *config);

/* client_connect.c. */
void drill_client_send_connect(DrillClient *client, uint64_t now_ns);
void drill_client_on_connack(DrillClient *client, const DrillConnackPacket *connack,
                             uint64_t now_ns);
void drill_client_default_limits(DrillClient *client);

/* client_auth.c. */
/* `first` and what the Authentication Method adds: the properties of CONNECT, or of AUTH 0x19. */
DrillProperties drill_client_auth_start(DrillClient *client, bool again, DrillProperties first);
bool drill_client_auth_names_method(const DrillClient *client, DrillProperties properties);
/* CONNACK 0 or AUTH 0 ends the exchange. False: our side is not convinced, and the connection is
 * closed. */
bool drill_client_auth_succeeds(DrillClient *client, DrillProperties properties, uint64_t now_ns);
void drill_client_on_auth(DrillClient *client, const DrillReasonPacket *auth, uint64_t now_ns);

/* client_limits.c: what the server allows. False: not this; drill_client_refusal says why. */
bool drill_client_may_publish(DrillClient *client, DrillQos qos, bool retain, uint32_t alias);
bool drill_client_may_request(DrillClient *client, DrillPacketType type,
                              const DrillSubscribePacket *request);
/* Whether what was encoded last is within the server's Maximum Packet Size. */
bool drill_client_fits(DrillClient *client);
bool drill_client_is_filter(DrillVersion version, const DrillFilter *filter);

/* client.c: the Network Connection's and the Session's end. */
void drill_client_close(DrillClient *client, DrillClientClose why, uint64_t now_ns);
void drill_client_violation(DrillClient *client, const DrillFault *fault, uint64_t now_ns);
void drill_client_violate(DrillClient *client, const DrillClientRule *rule, uint64_t now_ns);
void drill_client_forget_assigned(DrillClient *client);
/* A message that is not sent any more. */
void drill_client_drop(DrillClient *client, DrillExchange *exchange, uint64_t now_ns);
/* The server has no Session: what was sent is dropped, or (`again`) becomes unsent. */
void drill_client_new_session(DrillClient *client, bool again, uint64_t now_ns);

/* client_send.c. A packet, whatever it is; encoding apart from sending for who must look at it. */
void drill_client_encode(DrillClient *client, const DrillPacket *packet);
/* The same, without User Properties and Reason String where these make it too large for the server.
 * False: it is all the same. */
bool drill_client_encode_fitting(DrillClient *client, const DrillPacket *packet);
void drill_client_send_out(DrillClient *client, uint64_t now_ns);
void drill_client_send(DrillClient *client, const DrillPacket *packet, uint64_t now_ns);
void drill_client_send_ack(DrillClient *client, DrillPacketType type, uint16_t packet_identifier,
                           uint8_t reason_code, uint64_t now_ns);
void drill_client_send_ping(DrillClient *client, uint64_t now_ns);
void drill_client_pump(DrillClient *client, uint64_t now_ns);
/* False: it can not be sent any more, and is dropped. */
bool drill_client_resend(DrillClient *client, DrillExchange *exchange, uint64_t now_ns);
/* A packet that waits for an answer was sent. */
void drill_client_arm_retry(DrillClient *client, uint64_t now_ns);
void drill_client_resume(DrillClient *client, uint64_t now_ns);
/* PUBACK or PUBREC. */
void drill_client_answer(DrillClient *client, DrillQos qos, const DrillAckPacket *answer,
                         uint64_t now_ns);

/* client_spoil.c: whether some defect concerns the bytes of what is sent; client->out as it has
 * them. */
bool drill_client_spoils(const DrillClient *client);
void drill_client_spoil(DrillClient *client);

/* client_receive.c. An exchange that our Receive Maximum counted on that connection is over. */
void drill_client_inbound_done(DrillClient *client, uint64_t counted_on);
/* One whole packet. */
void drill_client_packet(DrillClient *client, DrillSpan bytes, uint64_t now_ns);

#endif
