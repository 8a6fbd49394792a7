/* What arrives at the server and obliges it to close: in 3.1.1 by 4.8.0-1, in 5.0 by 4.13.1-1. */
#include <string.h>

#include "check/model.h"

static void offend(CheckEvent *event, const char *statement, const char *text) {
    CheckConn *conn = event->conn;
    if (conn->offence_event == 0) {
        conn->offence_event = event->number;
        conn->offence_ns = event->time_ns;
        conn->offence_statement = statement;
        conn->offence_text = text;
        conn->offence_decode = !event->decoded;
        conn->offence_type = event->bytes.size > 0 ? event->bytes.data[0] >> 4 : 0;
    }
}

/* A server may refuse a Topic Name or Filter that is not well-formed instead of closing: 0x8F,
 * 0x90, in 3.1.1 0x80. */
static bool is_about_topics(const CheckConn *conn) {
    const char *id = conn->offence_statement == NULL ? "" : conn->offence_statement + 3;
    return strncmp(id, "MQTT-4.7.", 9) == 0 || strncmp(id, "MQTT-4.8.2-", 11) == 0;
}

static bool refuses(const DrillPacket *packet) {
    switch (packet->type) {
    case DRILL_PUBACK:
    case DRILL_PUBREC:
        return drill_reason_is_failure(packet->as.ack.reason_code);
    case DRILL_SUBACK:
    case DRILL_UNSUBACK: {
        DrillSpan codes = packet->as.suback.reason_codes;
        for (size_t i = 0; i < codes.size; i++) {
            if (drill_reason_is_failure(codes.data[i])) {
                return true;
            }
        }
        return false;
    }
    case DRILL_CONNECT:
    case DRILL_CONNACK:
    case DRILL_PUBLISH:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        return false;
    }
    return false;
}

void drill_check_offence_answered(CheckEvent *event) {
    CheckConn *conn = event->conn;
    if (conn->offence_event != 0 && event->decoded && is_about_topics(conn) &&
        refuses(&event->packet)) {
        conn->offence_refused = true;
    }
}

/* The same PUBLISH again on this connection: whatever else it is, it is no further one. */
static bool sent_again(const CheckEvent *event) {
    const CheckSession *session = event->conn->session;
    const CheckExchange *exchange =
        session == NULL ? NULL
                        : drill_check_exchange_find(session->party.in,
                                                    event->packet.as.publish.packet_identifier);
    return exchange != NULL && exchange->stage != CHECK_STAGE_DONE &&
           exchange->last_conn == event->conn->number;
}

static void publish_offence(CheckEvent *event) {
    CheckConn *conn = event->conn;
    const DrillPublishPacket *publish = &event->packet.as.publish;
    DrillProperty found;
    /* [v5:MQTT-4.4.0-1] forbids it; the server may answer it or end the connection. */
    bool again = publish->qos != DRILL_QOS_0 && sent_again(event);
    conn->repeated = conn->repeated || again;
    if (drill_properties_find(publish->properties, DRILL_SUBSCRIPTION_IDENTIFIER, &found)) {
        offend(event, "v5:MQTT-3.3.4-6", "a Subscription Identifier in a PUBLISH from a client");
    }
    if (!conn->accepted) {
        return; /* it cannot know yet what the server takes */
    }
    if (event->alias > conn->limits[CHECK_SERVER].alias_max) {
        offend(event, "v5:MQTT-3.3.2-9", "a Topic Alias above the Topic Alias Maximum");
    } else if (event->alias_unknown) {
        offend(event, "v5:MQTT-3.3.2-7", "a Topic Alias that stands for nothing here");
    } else if (publish->qos != DRILL_QOS_0 && !again &&
               conn->end[CHECK_SERVER].unfinished_in > conn->limits[CHECK_SERVER].receive_maximum) {
        offend(event, "v5:MQTT-3.3.4-7", "more unfinished PUBLISH packets than Receive Maximum");
    } else if ((uint8_t)publish->qos > conn->grants.qos_max) {
        offend(event, "v5:MQTT-3.2.2-11", "a PUBLISH above the Maximum QoS");
    } else if (publish->retain && !conn->grants.retain) {
        offend(event, "v5:MQTT-3.2.2-14", "RETAIN 1 although Retain Available is 0");
    }
}

static void disconnect_offence(CheckEvent *event) {
    DrillProperties properties = event->packet.as.reason.properties;
    if (drill_check_property(properties, DRILL_SESSION_EXPIRY_INTERVAL, 0) != 0 &&
        event->conn->asks.session_expiry_s == 0) {
        offend(event, NULL, "DISCONNECT sets a Session Expiry Interval that CONNECT did not have");
    }
}

static void auth_offence(CheckEvent *event) {
    const CheckConn *conn = event->conn;
    DrillProperty found;
    if (conn->asks.method == NULL) {
        offend(event, "v5:MQTT-4.12.0-7", "AUTH although CONNECT named no Authentication Method");
    } else if (drill_properties_find(event->packet.as.reason.properties,
                                     DRILL_AUTHENTICATION_METHOD, &found) &&
               !drill_span_is(found.value, conn->asks.method)) {
        offend(event, conn->accepted ? "v5:MQTT-4.12.1-1" : "v5:MQTT-4.12.0-5",
               "AUTH with another Authentication Method than CONNECT");
    }
}

/* What 5.0 forbids only because of what was said before. */
static void context_offence(CheckEvent *event) {
    const CheckConn *conn = event->conn;
    const CheckLimits *limits = &conn->limits[CHECK_SERVER];
    DrillPacketType type = event->packet.type;
    if (conn->accepted && event->bytes.size > limits->packet_bytes_max) {
        offend(event, "v5:MQTT-3.2.2-15", "a packet above the Maximum Packet Size");
    }
    if (conn->asks.method != NULL && !conn->accepted && type != DRILL_AUTH &&
        type != DRILL_DISCONNECT) {
        offend(event, "v5:MQTT-3.1.2-30", "something else than AUTH before CONNACK");
    } else if (type == DRILL_PUBLISH) {
        publish_offence(event);
    } else if (type == DRILL_DISCONNECT) {
        disconnect_offence(event);
    } else if (type == DRILL_AUTH) {
        auth_offence(event);
    }
}

void drill_check_offence(CheckEvent *event) {
    CheckConn *conn = event->conn;
    bool v5 = conn->version == DRILL_MQTT_5_0;
    if (event->incomplete) {
        return;
    }
    if (!event->decoded) {
        offend(event, event->fault.statement, event->fault.text);
        return;
    }
    switch (event->packet.type) {
    case DRILL_CONNECT:
        if (conn->connected) {
            offend(event, v5 ? "v5:MQTT-3.1.0-2" : "v3:MQTT-3.1.0-2", "a second CONNECT");
        }
        return;
    case DRILL_CONNACK:
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
    case DRILL_PINGRESP:
        offend(event, NULL, "a packet that only servers send");
        return;
    case DRILL_PUBLISH:
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
    case DRILL_PINGREQ:
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        break;
    }
    if (!conn->connected) {
        offend(event, v5 ? "v5:MQTT-3.1.0-1" : "v3:MQTT-3.1.0-1", "a packet before CONNECT");
    } else if (v5) {
        context_offence(event);
    }
}
