/* Application Messages: what was published, and to whom it must and may go. */
#include "check/model.h"

#include <string.h>

#include "base/arena.h"

CheckTopic *drill_check_topic(CheckModel *model, DrillSpan name, bool create) {
    CheckTopic *topic = drill_map_get(model->topics, name);
    if (topic == NULL && create) {
        topic = DRILL_NEW(model->allocator, CheckTopic);
        topic->name = drill_check_text(model, name);
        drill_map_set(model->topics, name, topic);
    }
    return topic;
}

CheckContent *drill_check_content(CheckModel *model, DrillSpan topic, uint64_t hash, bool create) {
    DrillSpan key = drill_span(&hash, sizeof hash);
    CheckContent *content = drill_map_get(model->contents, key);
    if (content == NULL) {
        content = drill_check_settle_recall(model, hash);
    }
    if (content == NULL && create) {
        content = DRILL_NEW(model->allocator, CheckContent);
        content->topic = drill_check_topic(model, topic, true);
        content->hash = hash;
        drill_map_set(model->contents, key, content);
    }
    return content;
}

uint64_t drill_check_message_done_ns(const CheckModel *model, const CheckMessage *message) {
    if (message->doubtful) {
        return DRILL_NEVER;
    }
    if (message->is_will) {
        /* Nobody tells when the server noticed; a second after the end it has. */
        return message->recv_ns + DRILL_NS_PER_S;
    }
    if (message->qos == 0) {
        return message->recv_ns + model->slack_ns;
    }
    return message->ack_ns;
}

CheckExpects *drill_check_expects(CheckModel *model, const CheckSession *session,
                                  const CheckContent *content, bool create) {
    uint64_t parts[2] = {session->number, content->hash};
    DrillSpan key = drill_span(parts, sizeof parts);
    CheckExpects *expects = drill_map_get(model->expects, key);
    if (expects == NULL && content->recalled) {
        expects = drill_check_settle_recall_expects(model, session, content);
    }
    if (expects == NULL && create) {
        expects = DRILL_NEW(model->allocator, CheckExpects);
        drill_map_set(model->expects, key, expects);
    }
    return expects;
}

CheckExpect *drill_check_expect_add(CheckModel *model, CheckExpects *expects, CheckSession *session,
                                    CheckMessage *message) {
    CheckExpect *expect = DRILL_NEW(model->allocator, CheckExpect);
    expect->message = message;
    expect->session = session;
    expect->next_of_message = message->expects;
    message->expects = expect;
    drill_check_list_add(model, &expects->items, expect);
    return expect;
}

void drill_check_message_keep(CheckMessage *message) {
    message->keepers++;
}

void drill_check_message_release(CheckMessage *message) {
    message->keepers--;
}

void drill_check_message_keep_at(CheckMessage **at, CheckMessage *message) {
    drill_check_message_keep(message);
    if (*at != NULL) {
        drill_check_message_release(*at);
    }
    *at = message;
}

static void open_expect(CheckExpect *expect) {
    CheckSession *session = expect->session;
    expect->open = true;
    expect->prev_open = session->open_last;
    if (session->open_last == NULL) {
        session->open_first = expect;
    } else {
        session->open_last->next_open = expect;
    }
    session->open_last = expect;
}

void drill_check_expect_close(CheckExpect *expect) {
    if (!expect->open) {
        return;
    }
    CheckSession *session = expect->session;
    if (expect->prev_open == NULL) {
        session->open_first = expect->next_open;
    } else {
        expect->prev_open->next_open = expect->next_open;
    }
    if (expect->next_open == NULL) {
        session->open_last = expect->prev_open;
    } else {
        expect->next_open->prev_open = expect->prev_open;
    }
    expect->open = false;
    expect->next_open = expect->prev_open = NULL;
}

void drill_check_expect_excuse(CheckExpect *expect) {
    expect->excused = true;
    drill_check_expect_close(expect);
}

void drill_check_expects_drop(CheckSession *session) {
    while (session->open_first != NULL) {
        drill_check_expect_close(session->open_first);
    }
}

bool drill_check_too_big(const CheckSession *session, const CheckMessage *message) {
    /* Fixed header, topic's length, Packet Identifier, Property Length, and what the server adds.
     */
    size_t most = message->bytes + 24 + 5 * (size_t)drill_map_slots(session->subscriptions);
    return most > session->packet_bytes_least;
}

bool drill_check_client_keeps_up(const CheckSession *session) {
    DrillMap *out = session->party.out;
    for (size_t i = 0; i < drill_map_slots(out); i++) {
        const CheckExchange *exchange = drill_map_at(out, i, NULL);
        if (exchange != NULL && exchange->stage != CHECK_STAGE_DONE && !exchange->due) {
            return false;
        }
    }
    return true;
}

bool drill_check_expect_owed(const CheckExpect *expect) {
    const CheckMessage *message = expect->message;
    bool accepted = message->is_will ? !message->doubtful : message->ack_ns != DRILL_NEVER;
    return expect->must && !expect->excused && accepted;
}

/* Of messages that look the same, as many came as had to: which of them, nobody can tell. */
static bool doubles_came(CheckModel *model, const CheckExpect *expect) {
    const CheckExpects *expects =
        drill_check_expects(model, expect->session, expect->message->content, false);
    uint64_t owed = expects->settled_owed, came = expects->settled_came + expects->perhaps;
    for (size_t i = 0; i < expects->items.count; i++) {
        const CheckExpect *other = drill_check_expect_at(expects, i);
        owed += drill_check_expect_owed(other) && !drill_check_expect_dropped(model, other);
        came += other->delivered;
    }
    return came >= owed;
}

bool drill_check_expect_dropped(const CheckModel *model, const CheckExpect *expect) {
    /* [v5:MQTT-3.3.2-5] [v5:MQTT-3.1.2-25] */
    return expect->message->expiry_ns <= model->end_ns ||
           drill_check_too_big(expect->session, expect->message);
}

bool drill_check_expect_missing(CheckModel *model, const CheckExpect *expect) {
    const CheckSession *session = expect->session;
    const CheckConn *conn = session->conn;
    if (drill_check_expect_dropped(model, expect)) {
        return false;
    }
    return drill_check_expect_owed(expect) && !session->ended && !session->unknown_past &&
           session->identity->presence == CHECK_PRESENT && conn->accepted && conn->judged &&
           conn->offence_event == 0 && conn->taken_over_by == NULL &&
           drill_check_end_usable(model, conn, CHECK_SERVER) &&
           drill_check_client_keeps_up(session) && !doubles_came(model, expect);
}

typedef struct MessageRoute {
    CheckModel *model;
    CheckMessage *message;
} MessageRoute;

/* [v5:MQTT-3.8.3-3] No Local keeps it from its publisher. */
static bool is_own(const CheckSubscription *subscription, const CheckMessage *message) {
    return (subscription->options & DRILL_CHECK_NO_LOCAL) != 0 && message->author != NULL &&
           message->author == subscription->session->identity;
}

static void route(void *context, CheckSubscription *subscription) {
    MessageRoute *to = context;
    CheckMessage *message = to->message;
    CheckSession *session = subscription->session;
    uint8_t unsteady_options = drill_check_unsteady_options(subscription, message->recv_ns);
    if (is_own(subscription, message) && (unsteady_options & DRILL_CHECK_NO_LOCAL) == 0) {
        return;
    }
    CheckExpects *expects = drill_check_expects(to->model, session, message->content, true);
    CheckExpect *expect =
        expects->items.count == 0 ? NULL : drill_check_expect_at(expects, expects->items.count - 1);
    if (expect == NULL || expect->message != message) {
        expect = drill_check_expect_add(to->model, expects, session, message);
        expect->offline = session->offline_since_event != 0;
    }
    expect->subscriptions++;
    for (uint8_t qos = 0; qos <= 2; qos++) {
        if (((unsigned)subscription->qos_mask >> qos & 1u) != 0) {
            expect->qos_mask |= (uint8_t)(1u << (qos < message->qos ? qos : message->qos));
        }
    }
    uint8_t granted = subscription->granted < message->qos ? subscription->granted : message->qos;
    if (subscription->certain && !subscription->shared && !is_own(subscription, message) &&
        granted > expect->qos_certain) {
        expect->qos_certain = granted;
    }
    bool as_published = message->retain && (subscription->options & DRILL_CHECK_AS_PUBLISHED) != 0;
    bool unsteady = (unsteady_options & DRILL_CHECK_AS_PUBLISHED) != 0;
    expect->marked = expect->marked || as_published || (message->retain && unsteady);
    expect->unmarked = expect->unmarked || !as_published || unsteady;
    const char *topic = message->content->topic->name;
    bool must = subscription->certain && !subscription->shared && !is_own(subscription, message) &&
                subscription->granted > 0 && message->qos > 0 && !message->doubtful &&
                session->identity->presence == CHECK_PRESENT && session->conn->judged &&
                topic[0] != '$';
    if (must && !expect->must) {
        expect->must = true;
        expect->because = subscription;
        open_expect(expect);
    }
}

CheckMessage *drill_check_message_new(CheckModel *model, CheckContent *content) {
    CheckMessage *message = drill_check_settle_new(model);
    drill_check_list_add(model, &content->messages, message);
    content->published++;
    message->number = model->next_number++;
    message->content = content;
    message->ack_ns = DRILL_NEVER;
    message->over_ns = DRILL_NEVER;
    message->replaced_ns = DRILL_NEVER;
    message->copies = 1;
    message->expiry_ns = DRILL_NEVER;
    message->asked = model->settled.unanswered > 0;
    content->topic->published++;
    drill_check_message_keep_at(&content->topic->latest, message);
    drill_check_settle_watch(model, message);
    return message;
}

void drill_check_message_expiry(CheckMessage *message) {
    DrillProperty expiry;
    message->expires =
        drill_properties_find(message->properties, DRILL_MESSAGE_EXPIRY_INTERVAL, &expiry);
    if (message->expires) {
        message->expiry_s = expiry.number;
        message->expiry_ns = message->recv_ns + expiry.number * DRILL_NS_PER_S;
    }
}

/* What came with the message: properties, and how much of them a subscriber will get. */
void drill_check_message_properties(CheckModel *model, CheckMessage *message,
                                    DrillProperties properties, size_t payload_bytes) {
    message->properties = drill_check_properties_copy(model, properties);
    message->bytes = strlen(message->content->topic->name) + payload_bytes + properties.wire.size;
    drill_check_message_expiry(message);
}

void drill_check_message_spread(CheckModel *model, CheckMessage *message) {
    CheckContent *content = message->content;
    content->first_event = content->first_event == 0 ? message->event : content->first_event;
    MessageRoute to = {model, message};
    drill_check_index_match(model, drill_span_of(message->content->topic->name), route, &to);
    if (message->retain) {
        drill_check_retained_set(model, message);
    }
}

static CheckMessage *publish_new(CheckModel *model, CheckEvent *event) {
    const DrillPublishPacket *publish = &event->packet.as.publish;
    CheckContent *content = drill_check_content(model, publish->topic, event->hash, true);
    CheckMessage *message = drill_check_message_new(model, content);
    message->qos = (uint8_t)publish->qos;
    message->retain = publish->retain;
    message->empty = publish->payload.size == 0;
    message->first_dup = publish->dup;
    message->conn = event->conn->number;
    message->publisher = event->session->number;
    message->publisher_id = drill_check_client_name(event->conn);
    message->packet_identifier = publish->packet_identifier;
    message->event = event->number;
    message->recv_ns = event->time_ns;
    /* 3.1.1 acknowledges also what its sender may not publish, and then drops it. That QoS 0 was
     * refused, nobody tells. */
    bool silent = event->conn->version == DRILL_MQTT_3_1_1 || publish->qos == DRILL_QOS_0;
    message->doubtful = (model->topic_rules && silent) || event->session->unknown_past ||
                        (event->exchange != NULL && event->exchange->clashed) ||
                        (publish->qos == DRILL_QOS_0 && event->bad_format);
    message->after_refusal = event->had_exchange && event->before.refused;
    message->v5 = event->conn->version == DRILL_MQTT_5_0;
    message->author = event->session->identity;
    drill_check_message_properties(model, message, publish->properties, publish->payload.size);
    message->reused = event->exchange != NULL && event->exchange->uses > 0;
    if (event->exchange != NULL) {
        drill_check_exchange_carry(event->exchange, message);
    }
    drill_check_message_spread(model, message);
    return message;
}

static void publish_received(CheckModel *model, CheckEvent *event) {
    if (event->send == CHECK_SEND_REPEAT && event->exchange->message != NULL) {
        CheckMessage *message = event->exchange->message;
        message->copies++;
        message->crossed = message->crossed || message->conn != event->conn->number;
        return;
    }
    publish_new(model, event);
}

void drill_check_message_packet(CheckModel *model, CheckEvent *event) {
    DrillPacketType type = event->packet.type;
    CheckMessage *message = event->exchange == NULL ? NULL : event->exchange->message;
    if (!event->sent && type == DRILL_PUBLISH) {
        publish_received(model, event);
    } else if (message == NULL) {
        return;
    } else if (!event->sent && type == DRILL_PUBREL) {
        message->crossed = message->crossed || message->conn != event->conn->number;
        if (message->release_order == 0) {
            message->release_order = model->release_next++;
        }
    } else if (event->sent && event->exchange->refused &&
               (type == DRILL_PUBACK || type == DRILL_PUBREC)) {
        /* 0x80 and above: it was not accepted, and nothing follows from it. */
        message->refused = message->content->topic->refused = true;
    } else if (event->sent && (type == DRILL_PUBACK || type == DRILL_PUBCOMP) &&
               event->before.stage != CHECK_STAGE_DONE &&
               event->exchange->stage == CHECK_STAGE_DONE && message->ack_ns == DRILL_NEVER) {
        message->ack_ns = event->time_ns;
        message->ack_event = event->number;
    }
}
