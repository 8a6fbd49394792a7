/* Whether a PUBLISH from the server looks like a message in what 5.0 passes on besides topic and
 * payload: properties, and what is left of the Message Expiry Interval; and whether another does.
 */
#include <string.h>

#include "check/model.h"

/* Nobody tells when the server noticed that a connection was gone. */
#define WILL_DOUBT_NS DRILL_NS_PER_S
/* So many of the same topic and payload are not looked at one by one. */
#define TWINS_MAX 64u

static bool equal(DrillSpan a, DrillSpan b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Every User Property that was published came, in any order. */
static bool all_came(DrillProperties published, DrillProperties sent) {
    size_t at = 0;
    DrillProperty one, other;
    while (drill_properties_next(published, &at, &one)) {
        size_t wanted = 0, came = 0, walk = 0;
        while (one.id == DRILL_USER_PROPERTY && drill_properties_next(published, &walk, &other)) {
            wanted +=
                other.id == one.id && equal(other.name, one.name) && equal(other.value, one.value);
        }
        walk = 0;
        while (wanted > 0 && drill_properties_next(sent, &walk, &other)) {
            came +=
                other.id == one.id && equal(other.name, one.name) && equal(other.value, one.value);
        }
        if (came < wanted) {
            return false;
        }
    }
    return true;
}

/* ... and in their order; others may stand between them. */
static bool in_order(DrillProperties published, DrillProperties sent) {
    size_t at = 0, walk = 0;
    DrillProperty one, other;
    while (drill_properties_next(published, &at, &one)) {
        bool found = one.id != DRILL_USER_PROPERTY;
        while (!found && drill_properties_next(sent, &walk, &other)) {
            found =
                other.id == one.id && equal(other.name, one.name) && equal(other.value, one.value);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static size_t user_properties(DrillProperties properties) {
    size_t at = 0, count = 0;
    DrillProperty one;
    while (drill_properties_next(properties, &at, &one)) {
        count += one.id == DRILL_USER_PROPERTY ? 1 : 0;
    }
    return count;
}

CheckAltered drill_check_altered(const CheckMessage *message, DrillProperties sent) {
    static const struct {
        DrillPropertyId id;
        CheckAltered how;
    } passed_on[] = {
        {DRILL_PAYLOAD_FORMAT_INDICATOR, CHECK_ALTERED_FORMAT},
        {DRILL_RESPONSE_TOPIC, CHECK_ALTERED_RESPONSE_TOPIC},
        {DRILL_CORRELATION_DATA, CHECK_ALTERED_CORRELATION},
        {DRILL_CONTENT_TYPE, CHECK_ALTERED_CONTENT_TYPE},
    };
    DrillProperty one, other;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(passed_on); i++) {
        bool has = drill_properties_find(message->properties, passed_on[i].id, &one);
        bool came = drill_properties_find(sent, passed_on[i].id, &other);
        /* A Payload Format Indicator of 0 says the same as none. */
        bool same = passed_on[i].id == DRILL_PAYLOAD_FORMAT_INDICATOR
                        ? (has ? one.number : 0) == (came ? other.number : 0)
                        : has == came && (!has || equal(one.value, other.value));
        if (!same) {
            return passed_on[i].how;
        }
    }
    if (!all_came(message->properties, sent)) {
        return CHECK_ALTERED_USER;
    }
    return in_order(message->properties, sent) ? CHECK_UNALTERED : CHECK_ALTERED_USER_ORDER;
}

CheckExpiryFit drill_check_expiry_fit(const CheckModel *model, const CheckEvent *event,
                                      const CheckMessage *message) {
    DrillProperty sent;
    bool has = drill_properties_find(event->packet.as.publish.properties,
                                     DRILL_MESSAGE_EXPIRY_INTERVAL, &sent);
    if (!message->expires) {
        return CHECK_EXPIRY_FITS; /* of one that the server adds, nothing is said */
    }
    uint64_t doubt = model->slack_ns + (message->is_will ? WILL_DOUBT_NS : 0);
    doubt += message->will_conn != NULL ? message->will_conn->will.late_ns : 0;
    if (event->time_ns > message->expiry_ns + doubt) {
        return CHECK_EXPIRY_PASSED;
    }
    uint64_t waited = event->time_ns - message->recv_ns;
    uint64_t most_s = (waited + model->slack_ns + DRILL_NS_PER_S - 1) / DRILL_NS_PER_S;
    uint64_t least_s = waited > doubt ? (waited - doubt) / DRILL_NS_PER_S : 0;
    uint64_t lowest = message->expiry_s > most_s ? message->expiry_s - most_s : 0;
    bool right = has && sent.number >= lowest && sent.number + least_s <= message->expiry_s;
    return right ? CHECK_EXPIRY_FITS : CHECK_EXPIRY_WRONG;
}

bool drill_check_looks_like(const CheckModel *model, const CheckEvent *event,
                            const CheckMessage *message) {
    DrillProperties sent = event->packet.as.publish.properties;
    if (event->conn->version != DRILL_MQTT_5_0 ||
        (sent.count == 0 && message->properties.count == 0)) {
        return true;
    }
    DrillProperty expiry;
    bool tells = drill_properties_find(sent, DRILL_MESSAGE_EXPIRY_INTERVAL, &expiry);
    /* A server may add to them, and does so rarely: another message is the better guess. */
    return tells == message->expires &&
           user_properties(sent) == user_properties(message->properties) &&
           drill_check_expiry_fit(model, event, message) == CHECK_EXPIRY_FITS &&
           drill_check_altered(message, sent) == CHECK_UNALTERED;
}

/* With RETAIN 1 nothing comes that was not published so; but copies that came without may have been
 * mixed up with those that did. */
static bool may_come_so(CheckModel *model, const CheckEvent *event, CheckMessage *message) {
    CheckSession *session = event->session;
    return message->retain || !event->packet.as.publish.retain ||
           drill_check_is_expected(drill_check_expects(model, session, message->content, false),
                                   message) ||
           drill_check_may_come_live(model, session, message);
}

/* There are publications that look like what comes, but for one. */
static bool published_like(CheckModel *model, const CheckEvent *event, const CheckContent *content,
                           const CheckMessage *except) {
    if (content->messages.count > TWINS_MAX) {
        return true;
    }
    for (size_t i = 0; i < content->messages.count; i++) {
        CheckMessage *message = drill_check_message_at(content, i);
        if (message != except && may_come_so(model, event, message) &&
            drill_check_looks_like(model, event, message)) {
            return true;
        }
    }
    bool forgotten = except != NULL && except->number == 0;
    /* Of others nothing is known. */
    return content->published > content->messages.count + (forgotten ? 1 : 0);
}

bool drill_check_has_twin(CheckModel *model, const CheckEvent *event, const CheckMessage *message) {
    return published_like(model, event, message->content, message) ||
           drill_check_will_like(model, event, message->content);
}

bool drill_check_was_published(CheckModel *model, const CheckEvent *event,
                               const CheckContent *content) {
    return published_like(model, event, content, NULL);
}
