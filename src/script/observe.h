/* What the world tells of clients, remembered for the scenario. */
#ifndef DRILL_SCRIPT_OBSERVE_H
#define DRILL_SCRIPT_OBSERVE_H

#include "script/state.h"

/* The observer to give to the world; `script` must have one. */
DrillWorldObserver drill_observe(DrillScript *script);

/* The record of a message by its identifier, or NULL. */
DrillScriptSent *drill_observe_sent(const DrillScriptClient *client, DrillMessageId id);
DrillScriptSent *drill_observe_add_sent(DrillScriptClient *client, DrillMessageId id);
/* Takes out the SUBACK or UNSUBACK with this Packet Identifier; NULL: has not come. */
DrillScriptSuback *drill_observe_take_suback(DrillScriptClient *client, DrillPacketType type,
                                             uint16_t packet_identifier);
bool drill_observe_has_suback(const DrillScriptClient *client, DrillPacketType type,
                              uint16_t packet_identifier);

/* Names as the scenario writes them, and as they are on the wire of a live broker. Results live in
 * the script's allocator. */
DrillSpan drill_names_topic_to_wire(DrillScript *script, DrillSpan topic);
DrillSpan drill_names_topic_from_wire(const DrillScript *script,
                                      DrillSpan topic); /* points into `topic` */
DrillSpan drill_names_client_id_to_wire(DrillScript *script, DrillSpan client_id);

#endif
