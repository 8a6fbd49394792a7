/* Follows acknowledged exchanges through the packets of a diagram, as the two parties see them: the
 * sender's wait for PUBACK, PUBREC and PUBCOMP, the receiver's memory of a QoS 2 id, and which
 * packets are sent again. */
#include "report/diagram_model.h"
#include "spec/reason.h"

/* One packet identifier in use in one direction between two parties. */
typedef struct Exchange {
    size_t sender, receiver;
    uint16_t id;
    const char *topic;
    bool open;
    bool released;     /* PUBREL was sent */
    bool recorded;     /* PUBREC was sent */
    bool acknowledged; /* PUBACK or PUBCOMP was sent: the id may be used again soon */
    size_t wait_strip; /* or DRILL_NOBODY */
    size_t held_strip;
} Exchange;

struct DrillExchanges {
    DrillDiagram *diagram;
    Exchange *items;
    size_t count;
};

DrillExchanges *drill_exchanges_new(DrillDiagram *diagram) {
    DrillExchanges *exchanges = drill_pool_take(&diagram->pool, sizeof *exchanges);
    exchanges->diagram = diagram;
    return exchanges;
}

static Exchange *find(DrillExchanges *exchanges, size_t sender, size_t receiver, uint16_t id) {
    for (size_t i = exchanges->count; i-- > 0;) {
        Exchange *item = &exchanges->items[i];
        if (item->open && item->id == id && item->sender == sender && item->receiver == receiver) {
            return item;
        }
    }
    return NULL;
}

/* Slots of finished exchanges are used again, so a long run does not grow the list. */
static Exchange *begin(DrillExchanges *exchanges, const DrillArrow *arrow) {
    Exchange *item = NULL;
    for (size_t i = 0; i < exchanges->count && item == NULL; i++) {
        if (!exchanges->items[i].open) item = &exchanges->items[i];
    }
    if (item == NULL) {
        item = DRILL_POOL_ADD(&exchanges->diagram->pool, exchanges->items, exchanges->count);
    }
    *item = (Exchange){.sender = arrow->from,
                       .receiver = arrow->to,
                       .id = arrow->id,
                       .topic = arrow->topic,
                       .open = true,
                       .wait_strip = DRILL_NOBODY,
                       .held_strip = DRILL_NOBODY};
    return item;
}

typedef struct Moment {
    uint64_t time_ns, number;
} Moment;

static Moment sent_at(const DrillArrow *arrow) {
    return (Moment){arrow->sent_ns, arrow->sent_number};
}

static Moment received_at(const DrillArrow *arrow) {
    return (Moment){arrow->received_ns, arrow->received_number};
}

static size_t open_strip(DrillExchanges *exchanges, DrillStripKind kind, size_t arrow, Moment at) {
    DrillDiagram *diagram = exchanges->diagram;
    const DrillArrow *first = &diagram->arrows[arrow];
    /* WAIT_COMP begins with a PUBREC, HELD with a PUBLISH: both at its receiver. */
    bool here = kind == DRILL_STRIP_WAIT_ACK;
    DrillStrip *strip = DRILL_POOL_ADD(&diagram->pool, diagram->strips, diagram->strip_count);
    *strip = (DrillStrip){.kind = kind,
                          .participant = here ? first->from : first->to,
                          .peer = here ? first->to : first->from,
                          .id = first->id,
                          .arrow = arrow,
                          .start_ns = at.time_ns,
                          .start_number = at.number,
                          .end_ns = DRILL_NEVER,
                          .end_number = UINT64_MAX};
    return diagram->strip_count - 1;
}

static void close_strip(DrillExchanges *exchanges, size_t *strip, Moment at) {
    if (*strip == DRILL_NOBODY) return;
    exchanges->diagram->strips[*strip].end_ns = at.time_ns;
    exchanges->diagram->strips[*strip].end_number = at.number;
    *strip = DRILL_NOBODY;
}

static void finish(DrillExchanges *exchanges, Exchange *item, Moment at) {
    close_strip(exchanges, &item->wait_strip, at);
    close_strip(exchanges, &item->held_strip, at);
    item->open = false;
}

static void publish_sent(DrillExchanges *exchanges, size_t index,
                         const DrillPublishPacket *publish) {
    DrillArrow *arrow = &exchanges->diagram->arrows[index];
    arrow->resent = publish->dup;
    if (publish->qos == DRILL_QOS_0) return;
    Exchange *item = find(exchanges, arrow->from, arrow->to, arrow->id);
    if (item != NULL && !item->acknowledged) {
        arrow->resent = true;
        return;
    }
    /* Acknowledged but the acknowledgement is still under way, or lost: a new message if it is not
     * a DUP. */
    if (item != NULL && publish->dup) return;
    if (item != NULL) finish(exchanges, item, sent_at(arrow));
    item = begin(exchanges, arrow);
    item->wait_strip = open_strip(exchanges, DRILL_STRIP_WAIT_ACK, index, sent_at(arrow));
}

void drill_exchanges_sent(DrillExchanges *exchanges, size_t index, const DrillPacket *packet) {
    DrillArrow *arrow = &exchanges->diagram->arrows[index];
    if (packet->type == DRILL_PUBLISH) {
        publish_sent(exchanges, index, &packet->as.publish);
        return;
    }
    bool by_sender = packet->type == DRILL_PUBREL;
    bool by_receiver = packet->type == DRILL_PUBACK || packet->type == DRILL_PUBREC ||
                       packet->type == DRILL_PUBCOMP;
    if (!by_sender && !by_receiver) return;
    Exchange *item = find(exchanges, by_sender ? arrow->from : arrow->to,
                          by_sender ? arrow->to : arrow->from, arrow->id);
    if (item == NULL) return;
    arrow->topic = item->topic;
    if (packet->type == DRILL_PUBREL) {
        arrow->resent = item->released;
        item->released = true;
    } else if (packet->type == DRILL_PUBREC) {
        arrow->resent = item->recorded;
        item->recorded = true;
    } else {
        item->acknowledged = true;
    }
}

/* The strip "held" stands at the receiver of the PUBLISH. */
static void publish_received(DrillExchanges *exchanges, size_t index,
                             const DrillPublishPacket *publish) {
    DrillArrow *arrow = &exchanges->diagram->arrows[index];
    if (publish->qos != DRILL_QOS_2) return;
    Exchange *item = find(exchanges, arrow->from, arrow->to, arrow->id);
    if (item == NULL || item->held_strip != DRILL_NOBODY || item->released) return;
    item->held_strip = open_strip(exchanges, DRILL_STRIP_HELD, index, received_at(arrow));
}

void drill_exchanges_received(DrillExchanges *exchanges, size_t index, const DrillPacket *packet) {
    DrillArrow *arrow = &exchanges->diagram->arrows[index];
    if (packet->type == DRILL_PUBLISH) {
        publish_received(exchanges, index, &packet->as.publish);
        return;
    }
    if (packet->type == DRILL_PUBREL) {
        Exchange *item = find(exchanges, arrow->from, arrow->to, arrow->id);
        if (item != NULL) close_strip(exchanges, &item->held_strip, received_at(arrow));
        return;
    }
    Exchange *item = find(exchanges, arrow->to, arrow->from, arrow->id);
    if (item == NULL) return;
    if (packet->type == DRILL_PUBACK || packet->type == DRILL_PUBCOMP) {
        finish(exchanges, item, received_at(arrow));
    } else if (packet->type == DRILL_PUBREC && item->wait_strip != DRILL_NOBODY &&
               exchanges->diagram->strips[item->wait_strip].kind == DRILL_STRIP_WAIT_ACK) {
        /* From 5.0 on a PUBREC with an error ends the exchange. */
        if (drill_reason_is_failure(packet->as.ack.reason_code)) {
            finish(exchanges, item, received_at(arrow));
            return;
        }
        close_strip(exchanges, &item->wait_strip, received_at(arrow));
        item->wait_strip = open_strip(exchanges, DRILL_STRIP_WAIT_COMP, index, received_at(arrow));
    }
}

void drill_exchanges_forget(DrillExchanges *exchanges, size_t participant, size_t peer,
                            uint64_t time_ns, uint64_t number) {
    Moment at = {time_ns, number};
    for (size_t i = 0; i < exchanges->count; i++) {
        Exchange *item = &exchanges->items[i];
        if (!item->open) continue;
        bool sends =
            item->sender == participant && (peer == DRILL_NOBODY || item->receiver == peer);
        bool receives =
            item->receiver == participant && (peer == DRILL_NOBODY || item->sender == peer);
        if (sends) close_strip(exchanges, &item->wait_strip, at);
        if (receives) close_strip(exchanges, &item->held_strip, at);
        if (item->wait_strip == DRILL_NOBODY && item->held_strip == DRILL_NOBODY)
            item->open = false;
    }
}
