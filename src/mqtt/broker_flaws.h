/* Defects of the broker that take more than a line. Nothing here is called unless one of them is
 * switched on. */
#ifndef DRILL_MQTT_BROKER_FLAWS_H
#define DRILL_MQTT_BROKER_FLAWS_H

#include "mqtt/broker_state.h"

/* Whether some defect concerns the properties of what is forwarded; the codes of answers. */
bool drill_flaws_in_properties(const DrillBroker *broker);
bool drill_flaws_in_codes(const DrillBroker *broker);
/* A packet that is malformed. */
typedef enum DrillTolerance {
    DRILL_TOLERATE_NOT,
    DRILL_TOLERATE_DROPPED, /* as if it had not come */
    DRILL_TOLERATE_REPAIRED /* *bytes is what it is taken for */
} DrillTolerance;
DrillTolerance drill_flaws_tolerate(DrillBroker *broker, DrillSpan *bytes, const DrillFault *fault);

/* The properties of a PUBLISH to a subscriber, as a defect has them. */
DrillProperties drill_flawed_properties(DrillBroker *broker, const DrillExchange *exchange,
                                        DrillProperties properties);
/* Puts a Reason Code in that the packet does not have. */
void drill_flawed_code(DrillBroker *broker, DrillVersion version, DrillPacket *packet);
/* broker_spoil.c: whether some defect concerns the bytes of what is sent; broker->out as it has
 * them. */
bool drill_flaws_in_bytes(const DrillBroker *broker);
void drill_spoil(DrillBrokerConnection *connection);
/* What comes on a connection that was refused and is not closed. */
void drill_flawed_refused(DrillBrokerConnection *connection, DrillSpan bytes, uint64_t now_ns);
/* A will that DISCONNECT should have removed: kept, and given to a later connection without one. */
void drill_flawed_will_keep(DrillBrokerConnection *connection);
void drill_flawed_will_back(DrillBrokerConnection *connection, const DrillSession *session);
/* A SUBACK or UNSUBACK for each filter. */
void drill_flawed_answers(DrillBrokerConnection *connection, DrillPacket packet, size_t count,
                          uint64_t now_ns);
/* UNSUBSCRIBE of everything that the filter matches. */
void drill_flawed_unsubscribe(DrillBroker *broker, DrillSession *session, DrillSpan filter);
/* broker_publish.c: a message that a share's member has refused goes to another. */
void drill_flawed_pass_on(DrillBroker *broker, DrillSession *session, DrillExchange *exchange,
                          uint64_t now_ns);

#endif
