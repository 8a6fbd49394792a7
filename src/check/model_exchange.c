/* QoS 1 and 2 handshakes as one party sees them; the same code for both parties, because the
 * standard's roles are sender and receiver, not client and server. And the answers that a party
 * owes. */
#include "check/model.h"

#include "base/arena.h"

void drill_check_party_init(CheckModel *model, CheckParty *party, CheckSide side, const char *who) {
    party->side = side;
    party->who = who;
    party->out = drill_map_new(model->allocator);
    party->in = drill_map_new(model->allocator);
    party->order_next = 1;
    party->number = model->next_party++;
}

CheckExchange *drill_check_exchange_find(DrillMap *map, uint16_t packet_identifier) {
    uint8_t key[2] = {(uint8_t)(packet_identifier >> 8), (uint8_t)packet_identifier};
    return drill_map_get(map, drill_span(key, sizeof key));
}

/* The party's exchange with this identifier, also one that finished long ago. */
static CheckExchange *find(CheckModel *model, CheckParty *party, bool outgoing,
                           uint16_t packet_identifier) {
    CheckExchange *exchange =
        drill_check_exchange_find(outgoing ? party->out : party->in, packet_identifier);
    if (exchange == NULL) {
        exchange = drill_check_finished_restore(model, party, outgoing, packet_identifier);
    }
    if (exchange != NULL && exchange->message != NULL &&
        exchange->message->number != exchange->message_number) {
        exchange->message = NULL;
    }
    return exchange;
}

static CheckExchange *find_or_add(CheckModel *model, CheckParty *party, bool outgoing,
                                  uint16_t packet_identifier) {
    CheckExchange *exchange = find(model, party, outgoing, packet_identifier);
    if (exchange == NULL) {
        uint8_t key[2] = {(uint8_t)(packet_identifier >> 8), (uint8_t)packet_identifier};
        exchange = DRILL_NEW(model->allocator, CheckExchange);
        exchange->packet_identifier = packet_identifier;
        exchange->outgoing = outgoing;
        exchange->stage = CHECK_STAGE_DONE;
        drill_map_set(outgoing ? party->out : party->in, drill_span(key, sizeof key), exchange);
    }
    return exchange;
}

void drill_check_exchange_carry(CheckExchange *exchange, CheckMessage *message) {
    exchange->message = message;
    exchange->message_number = message == NULL ? 0 : message->number;
    if (message != NULL && exchange->stage != CHECK_STAGE_DONE) {
        message->unfinished++;
    }
}

/* The exchange is about to finish, one way or another. */
static void unload(CheckExchange *exchange) {
    if (exchange->message != NULL && exchange->stage != CHECK_STAGE_DONE) {
        exchange->message->unfinished--;
    }
}

static void abandon(DrillMap *map) {
    for (size_t i = 0; i < drill_map_slots(map); i++) {
        CheckExchange *exchange = drill_map_at(map, i, NULL);
        if (exchange != NULL) {
            unload(exchange);
            exchange->abandoned = exchange->abandoned || exchange->stage != CHECK_STAGE_DONE;
            exchange->stage = CHECK_STAGE_DONE;
            exchange->due = false;
            exchange->hash = 0;
            exchange->uses = 0;
            exchange->clashed = false;
        }
    }
}

void drill_check_party_forget(CheckModel *model, CheckParty *party) {
    (void)model;
    party->due_count = 0;
    party->generation++;
    abandon(party->out);
    abandon(party->in);
    party->connections = 0;
}

static bool holds(const DrillMap *map) {
    for (size_t i = 0; i < drill_map_slots(map); i++) {
        const CheckExchange *exchange = drill_map_at(map, i, NULL);
        if (exchange != NULL && exchange->stage != CHECK_STAGE_DONE) {
            return true;
        }
    }
    return false;
}

size_t drill_check_under_way(const CheckParty *party) {
    size_t count = 0;
    for (size_t i = 0; i < drill_map_slots(party->out); i++) {
        const CheckExchange *exchange = drill_map_at(party->out, i, NULL);
        bool under_way = exchange != NULL && exchange->stage != CHECK_STAGE_DONE && !exchange->due;
        count += under_way || (exchange != NULL && exchange->abandoned && party->in_doubt);
    }
    return count;
}

bool drill_check_party_holds(const CheckParty *party) {
    return holds(party->out) || holds(party->in);
}

void drill_check_party_resume(CheckParty *party, uint64_t conn) {
    party->resend_conn = conn;
    party->resend_order = 0;
    party->resend_release = 0;
    party->due_count = 0;
    for (size_t i = 0; i < drill_map_slots(party->out); i++) {
        CheckExchange *exchange = drill_map_at(party->out, i, NULL);
        if (exchange != NULL && exchange->stage != CHECK_STAGE_DONE) {
            exchange->due = true;
            exchange->due_conn = conn;
            party->due_count++;
        }
    }
}

static void begin(CheckExchange *exchange, CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    uint64_t uses = exchange->uses + (exchange->first_event != 0 && exchange->hash != 0 ? 1u : 0u);
    bool after_abandoned = exchange->abandoned;
    bool completed = exchange->qos == 2 && exchange->stage == CHECK_STAGE_DONE;
    bool clashed = event->send == CHECK_SEND_CLASH || (exchange->clashed && !completed);
    if (exchange->message != NULL && event->send == CHECK_SEND_CLASH) {
        exchange->message->displaced = true;
    }
    unload(exchange);
    drill_check_finished_remove(event->party, exchange);
    *exchange = (CheckExchange){
        .packet_identifier = publish->packet_identifier,
        .outgoing = exchange->outgoing,
        .arriving = exchange->arriving,
        .qos = (uint8_t)publish->qos,
        .stage = CHECK_STAGE_PUBLISHED,
        .hash = event->hash,
        .first_event = event->number,
        .last_event = event->number,
        .last_ns = event->time_ns,
        .first_conn = event->conn->number,
        .last_conn = event->conn->number,
        .uses = uses,
        .quota_conn = exchange->stage == CHECK_STAGE_DONE ? 0 : exchange->quota_conn,
        .copies = 1,
        .copies_here = 1,
        .after_abandoned = after_abandoned,
        .clashed = clashed,
        .received_event = event->number,
    };
}

static void repeat(CheckExchange *exchange, CheckEvent *event) {
    if (exchange->last_conn != event->conn->number) {
        exchange->copies_here = 0;
    }
    exchange->copies++;
    exchange->copies_here++;
    exchange->last_conn = event->conn->number;
    exchange->last_event = event->number;
    exchange->last_ns = event->time_ns;
}

static CheckSend classify_sent(const CheckModel *model, const CheckExchange *exchange,
                               const CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    bool same =
        exchange->hash == event->hash && (publish->dup || exchange->qos == (uint8_t)publish->qos);
    bool again = publish->dup || exchange->last_conn != event->conn->number;
    switch (exchange->stage) {
    case CHECK_STAGE_PUBLISHED:
        return same && again ? CHECK_SEND_REPEAT : CHECK_SEND_CLASH;
    case CHECK_STAGE_RECEIVED:
    case CHECK_STAGE_RELEASED:
        if (!same || !again) {
            return CHECK_SEND_CLASH;
        }
        if (exchange->stage == CHECK_STAGE_RECEIVED && event->side == CHECK_SERVER &&
            !drill_check_processed(model, exchange->ack_conn, exchange->ack_ns)) {
            return CHECK_SEND_REPEAT;
        }
        return CHECK_SEND_AFTER_RECEIVED;
    case CHECK_STAGE_DONE:
        if (!same || !publish->dup) {
            return CHECK_SEND_FIRST;
        }
        /* The acknowledgement may not have been processed yet, or ever. */
        if (event->side == CHECK_SERVER &&
            (!drill_check_processed(model, exchange->ack_conn, exchange->ack_ns) ||
             event->time_ns < exchange->ack_ns + model->slack_ns)) {
            return CHECK_SEND_REPEAT;
        }
        return CHECK_SEND_AFTER_DONE;
    }
    return CHECK_SEND_FIRST;
}

/* A resumed exchange is taken up again on this connection. */
static void take_up(CheckEvent *event, CheckExchange *exchange) {
    CheckParty *party = event->party;
    if (!exchange->due || exchange->due_conn != event->conn->number) {
        return;
    }
    exchange->due = false;
    party->due_count--;
    event->resend_due = true;
    if (party->resend_conn != event->conn->number) {
        return;
    }
    /* PUBLISH in the order of first sending, PUBREL in the order of the PUBRECs. */
    bool release = event->packet.type == DRILL_PUBREL;
    uint64_t *latest = release ? &party->resend_release : &party->resend_order;
    uint64_t own = release ? exchange->pubrec_event : exchange->order;
    event->resend_disorder = own < *latest;
    *latest = own > *latest ? own : *latest;
}

/* `out`: the party of the event sends it. */
static CheckExchange *exchange_of_publish(CheckModel *model, CheckEvent *event, bool out) {
    uint16_t packet_identifier = event->packet.as.publish.packet_identifier;
    CheckExchange *exchange = find_or_add(model, event->party, out, packet_identifier);
    event->had_exchange = exchange->first_event != 0;
    event->before = *exchange;
    event->exchange = exchange;
    return exchange;
}

static void publish_sent(CheckModel *model, CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    if (publish->qos == DRILL_QOS_0) {
        event->send = CHECK_SEND_QOS0;
        return;
    }
    CheckExchange *exchange = exchange_of_publish(model, event, true);
    event->send = event->had_exchange ? classify_sent(model, exchange, event) : CHECK_SEND_FIRST;
    if (event->send == CHECK_SEND_REPEAT || event->send == CHECK_SEND_AFTER_RECEIVED) {
        repeat(exchange, event);
        if (event->send == CHECK_SEND_REPEAT) {
            drill_check_finished_remove(event->party, exchange);
            unload(exchange);
            exchange->stage = CHECK_STAGE_PUBLISHED;
            drill_check_exchange_carry(exchange, exchange->message);
        }
        take_up(event, exchange);
        return;
    }
    if (exchange->due) {
        event->party->due_count--;
    }
    begin(exchange, event);
    exchange->order = event->party->order_next++;
}

static void publish_received(CheckModel *model, CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    if (publish->qos == DRILL_QOS_0) {
        event->send = CHECK_SEND_QOS0;
        return;
    }
    CheckExchange *exchange = exchange_of_publish(model, event, false);
    bool open = event->had_exchange && exchange->stage != CHECK_STAGE_DONE;
    bool same = exchange->hash == event->hash && exchange->qos == (uint8_t)publish->qos;
    if (open && same && exchange->stage != CHECK_STAGE_RELEASED) {
        event->send = CHECK_SEND_REPEAT;
        repeat(exchange, event);
        return;
    }
    if (event->had_exchange && !open && exchange->passed_on == 0 && exchange->hash != 0) {
        event->swallowed = &event->before;
    }
    event->send = open ? CHECK_SEND_CLASH : CHECK_SEND_FIRST;
    event->conn->clashed = event->conn->clashed || (open && event->side == CHECK_SERVER);
    begin(exchange, event);
}

static void advance(CheckModel *model, CheckExchange *exchange, const CheckEvent *event,
                    CheckStage stage) {
    if (stage == CHECK_STAGE_DONE) {
        unload(exchange);
    }
    exchange->stage = stage;
    exchange->ack_event = event->number;
    exchange->ack_ns = event->time_ns;
    exchange->ack_conn = event->conn->number;
    if (stage == CHECK_STAGE_DONE && exchange->due) {
        exchange->due = false;
        event->party->due_count--;
    }
    if (stage == CHECK_STAGE_DONE) {
        drill_check_finished_add(model, event->party, exchange);
    }
}

/* PUBACK, PUBREC, PUBREL, PUBCOMP. Which map: the PUBLISH went the other way, but for PUBREL. */
static void ack_packet(CheckModel *model, CheckEvent *event) {
    DrillPacketType type = event->packet.type;
    bool out = (type == DRILL_PUBREL) == event->sent;
    CheckExchange *exchange =
        find(model, event->party, out, event->packet.as.ack.packet_identifier);
    if (exchange == NULL || exchange->first_event == 0) {
        return;
    }
    event->exchange = exchange;
    event->had_exchange = true;
    event->before = *exchange;
    if (exchange->stage == CHECK_STAGE_DONE) {
        return;
    }
    bool two = exchange->qos == 2;
    bool refused = drill_reason_is_failure(event->packet.as.ack.reason_code);
    if (type == DRILL_PUBACK && !two) {
        advance(model, exchange, event, CHECK_STAGE_DONE);
        exchange->refused = refused;
    } else if (type == DRILL_PUBREC && two && refused) {
        advance(model, exchange, event, CHECK_STAGE_DONE);
        exchange->refused = true;
    } else if (type == DRILL_PUBREC && two && exchange->stage == CHECK_STAGE_PUBLISHED) {
        advance(model, exchange, event, CHECK_STAGE_RECEIVED);
        exchange->pubrec_event = event->number;
    } else if (type == DRILL_PUBREL && two) {
        if (out) {
            take_up(event, exchange);
        }
        advance(model, exchange, event, CHECK_STAGE_RELEASED);
    } else if (type == DRILL_PUBCOMP && two && exchange->stage == CHECK_STAGE_RELEASED) {
        advance(model, exchange, event, CHECK_STAGE_DONE);
    }
}

bool drill_check_awaited(const CheckEvent *event) {
    const CheckExchange *before = &event->before;
    if (event->sent || !event->had_exchange || before->stage == CHECK_STAGE_DONE) {
        return false;
    }
    DrillPacketType type = event->packet.type;
    if (before->qos == 1) {
        return type == DRILL_PUBACK;
    }
    if (type == DRILL_PUBREC) {
        /* A second one answers a repeated PUBLISH; it cannot take back what the first said. */
        return before->stage == CHECK_STAGE_PUBLISHED ||
               !drill_reason_is_failure(event->packet.as.ack.reason_code);
    }
    return type == DRILL_PUBCOMP && before->stage == CHECK_STAGE_RELEASED;
}

void drill_check_exchange_packet(CheckModel *model, CheckEvent *event) {
    if (!event->decoded || event->party == NULL) {
        return;
    }
    switch (event->packet.type) {
    case DRILL_PUBLISH:
        if (event->sent) {
            publish_sent(model, event);
        } else {
            publish_received(model, event);
        }
        break;
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        ack_packet(model, event);
        break;
    case DRILL_CONNECT:
    case DRILL_CONNACK:
    case DRILL_SUBSCRIBE:
    case DRILL_SUBACK:
    case DRILL_UNSUBSCRIBE:
    case DRILL_UNSUBACK:
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        break;
    }
}

/* ---- answers owed ---- */

/* The answer that a received packet asks for; 0: none. */
static int answer_of(const CheckEvent *event, uint16_t *packet_identifier) {
    const DrillPacket *packet = &event->packet;
    *packet_identifier = 0;
    switch (packet->type) {
    case DRILL_CONNECT:
        return DRILL_CONNACK;
    case DRILL_PUBLISH:
        *packet_identifier = packet->as.publish.packet_identifier;
        return packet->as.publish.qos == DRILL_QOS_1   ? DRILL_PUBACK
               : packet->as.publish.qos == DRILL_QOS_2 ? DRILL_PUBREC
                                                       : 0;
    case DRILL_PUBREC:
        *packet_identifier = packet->as.ack.packet_identifier;
        return drill_reason_is_failure(packet->as.ack.reason_code) ? 0 : DRILL_PUBREL;
    case DRILL_PUBREL:
        *packet_identifier = packet->as.ack.packet_identifier;
        return DRILL_PUBCOMP;
    case DRILL_SUBSCRIBE:
        *packet_identifier = packet->as.subscribe.packet_identifier;
        return DRILL_SUBACK;
    case DRILL_UNSUBSCRIBE:
        *packet_identifier = packet->as.subscribe.packet_identifier;
        return DRILL_UNSUBACK;
    case DRILL_PINGREQ:
        return DRILL_PINGRESP;
    case DRILL_CONNACK:
    case DRILL_PUBACK:
    case DRILL_PUBCOMP:
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
    case DRILL_PINGRESP:
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        return 0;
    }
    return 0;
}

static uint16_t identifier_of_answer(const DrillPacket *packet) {
    switch (packet->type) {
    case DRILL_PUBACK:
    case DRILL_PUBREC:
    case DRILL_PUBREL:
    case DRILL_PUBCOMP:
        return packet->as.ack.packet_identifier;
    case DRILL_SUBACK:
    case DRILL_UNSUBACK:
        return packet->as.suback.packet_identifier;
    case DRILL_CONNECT:
    case DRILL_CONNACK:
    case DRILL_PUBLISH:
    case DRILL_SUBSCRIBE:
    case DRILL_UNSUBSCRIBE:
    case DRILL_PINGREQ:
    case DRILL_PINGRESP:
    case DRILL_DISCONNECT:
    case DRILL_AUTH:
        return 0;
    }
    return 0;
}

void drill_check_owe(CheckModel *model, CheckEvent *event) {
    if (!event->decoded) {
        return;
    }
    uint16_t packet_identifier = 0;
    int type = answer_of(event, &packet_identifier);
    if (type == 0) {
        return;
    }
    CheckEnd *end = &event->conn->end[event->side];
    if (type == DRILL_PUBREL) {
        /* A repeated PUBREC may be answered together with the first. */
        for (CheckOwed *owed = end->owed_first; owed != NULL; owed = owed->next) {
            if (owed->type == DRILL_PUBREL && owed->packet_identifier == packet_identifier) {
                return;
            }
        }
    }
    CheckOwed *owed = DRILL_NEW(model->allocator, CheckOwed);
    owed->type = (DrillPacketType)type;
    owed->packet_identifier = packet_identifier;
    owed->request_event = event->number;
    owed->request_ns = event->time_ns;
    if (end->owed_last == NULL) {
        end->owed_first = owed;
    } else {
        end->owed_last->next = owed;
    }
    end->owed_last = owed;
}

void drill_check_answer(CheckModel *model, CheckEvent *event) {
    if (!event->decoded) {
        return;
    }
    CheckEnd *end = &event->conn->end[event->side];
    uint16_t packet_identifier = identifier_of_answer(&event->packet);
    CheckOwed *before = NULL;
    event->in_order = true;
    for (CheckOwed *owed = end->owed_first; owed != NULL; before = owed, owed = owed->next) {
        if (owed->type != event->packet.type) {
            continue;
        }
        if (owed->packet_identifier != packet_identifier) {
            if (event->in_order) {
                event->in_order = false;
                event->older_event = owed->request_event;
            }
            continue;
        }
        event->answered = true;
        event->owed = *owed;
        if (before == NULL) {
            end->owed_first = owed->next;
        } else {
            before->next = owed->next;
        }
        if (end->owed_last == owed) {
            end->owed_last = before;
        }
        drill_release(model->allocator, owed, sizeof *owed);
        return;
    }
}
