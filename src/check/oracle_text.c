/* Strings are taken as they are: U+FEFF is a character like others, wherever it stands. */
#include "check/oracle.h"

#include <string.h>

#define RULES(BOTH, ONLY3, ONLY5) BOTH(KEPT, "v3:MQTT-1.5.3-3", "v5:MQTT-1.5.4-3")

CHECK_RULES(RULES);

static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

static bool holds_mark(DrillSpan text) {
    for (size_t i = 0; i + sizeof mark <= text.size; i++) {
        if (memcmp(text.data + i, mark, sizeof mark) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_without_marks(const char *with, DrillSpan without) {
    const uint8_t *at = (const uint8_t *)with;
    const uint8_t *end = at + strlen(with);
    size_t matched = 0;
    bool removed = false;
    while (at < end) {
        if ((size_t)(end - at) >= sizeof mark && memcmp(at, mark, sizeof mark) == 0) {
            at += sizeof mark;
            removed = true;
        } else if (matched < without.size && without.data[matched] == *at) {
            at++;
            matched++;
        } else {
            return false;
        }
    }
    return removed && matched == without.size;
}

/* A published topic that is this one once its U+FEFF are gone. */
static const CheckTopic *stripped(const CheckModel *model, DrillSpan topic) {
    for (size_t i = 0; i < drill_map_slots(model->topics); i++) {
        const CheckTopic *known = drill_map_at(model->topics, i, NULL);
        if (known != NULL && known->latest != NULL && is_without_marks(known->name, topic)) {
            return known;
        }
    }
    return NULL;
}

static void event_text(CheckOracle *oracle, const CheckEvent *event) {
    if (!drill_check_is_sent(event) || event->side != CHECK_SERVER ||
        event->packet.type != DRILL_PUBLISH) {
        return;
    }
    DrillSpan topic = event->packet.as.publish.topic;
    if (holds_mark(topic)) {
        if (event->delivery.message != NULL) {
            drill_check_pass(oracle, RULE_KEPT);
        }
        return;
    }
    if (event->delivery.message != NULL || event->delivery.topic != NULL) {
        return;
    }
    const CheckTopic *known = stripped(oracle->model, topic);
    if (known != NULL) {
        drill_check_fail(oracle, RULE_KEPT, CHECK_PACKETS(known->latest->event, event->number),
                         "%s gets a message on \"%.*s\"; it was published with U+FEFF in its "
                         "topic; expected: no character is removed",
                         drill_check_client_name(event->conn), CHECK_TOPIC(topic));
    }
}

CHECK_ORACLE(text, "strings are kept as they are, U+FEFF included", NULL, event_text, NULL);
