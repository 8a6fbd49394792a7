/* Runs the impairments that act on connections: one timer for what ends a connection, one per
 * direction for an end that is kept back. */
#include "net/toxic.h"

#include "net/connection.h"

static const DrillToxic *const toxics[] = {
    &drill_toxic_down,       &drill_toxic_reset_peer, &drill_toxic_timeout,
    &drill_toxic_limit_data, &drill_toxic_slow_close,
};

static const DrillLinkSettings *settings_of(const DrillTransport *transport, int direction) {
    return drill_link_settings(transport->link, direction);
}

static uint64_t due_ns(const DrillTransport *transport, const DrillToxic *toxic) {
    uint64_t due = DRILL_NEVER;
    for (int direction = 0; direction < 2 && toxic->due_ns != NULL; direction++) {
        uint64_t at_ns = toxic->due_ns(transport, direction);
        due = at_ns < due ? at_ns : due;
    }
    return due;
}

static bool is_over(const DrillTransport *transport) {
    return transport->toxic.struck || (transport->sides[0].dead && transport->sides[1].dead);
}

static void arm(DrillTransport *transport);

static void is_due(void *context, uint64_t argument, uint64_t now_ns) {
    (void)argument;
    DrillTransport *transport = context;
    transport->toxic.event = 0;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(toxics) && !is_over(transport); i++) {
        if (due_ns(transport, toxics[i]) <= now_ns) {
            transport->toxic.struck = true;
            toxics[i]->strike(transport, now_ns);
        }
    }
    arm(transport);
}

static void arm(DrillTransport *transport) {
    DrillToxicState *state = &transport->toxic;
    uint64_t due = DRILL_NEVER;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(toxics) && !is_over(transport); i++) {
        uint64_t at_ns = due_ns(transport, toxics[i]);
        due = at_ns < due ? at_ns : due;
    }
    if (due == DRILL_NEVER) {
        drill_queue_cancel(transport->queue, state->event);
        state->event = 0;
        return;
    }
    uint64_t now_ns = drill_queue_now_ns(transport->queue);
    due = due > now_ns ? due : now_ns;
    if (!drill_queue_move(transport->queue, state->event, due)) {
        state->event = drill_queue_add(transport->queue, due, is_due, transport, 0);
    }
}

static void look_again(void *context, uint64_t argument, uint64_t now_ns) {
    DrillTransport *transport = context;
    int direction = (int)argument;
    transport->toxic.end_event[direction] = 0;
    drill_flow_pump(transport, direction, now_ns);
}

static void look_again_at(DrillTransport *transport, int direction, uint64_t at_ns) {
    DrillEventHandle *event = &transport->toxic.end_event[direction];
    if (!drill_queue_move(transport->queue, *event, at_ns)) {
        *event =
            drill_queue_add(transport->queue, at_ns, look_again, transport, (uint64_t)direction);
    }
}

static void settings_hold(DrillTransport *transport) {
    for (int direction = 0; direction < 2; direction++) {
        for (size_t i = 0; i < DRILL_ARRAY_COUNT(toxics); i++) {
            if (toxics[i]->opened != NULL) {
                toxics[i]->opened(transport, direction);
            }
        }
    }
    arm(transport);
}

void drill_toxics_opened(DrillTransport *transport, uint64_t now_ns) {
    DrillToxicState *state = &transport->toxic;
    DrillTransport **head = drill_link_transports(transport->link);
    state->opened_ns = now_ns;
    state->next = *head;
    state->here = head;
    if (*head != NULL) {
        (*head)->toxic.here = &state->next;
    }
    *head = transport;
    settings_hold(transport);
}

void drill_toxics_changed(DrillLink *link) {
    for (DrillTransport *at = *drill_link_transports(link); at != NULL; at = at->toxic.next) {
        settings_hold(at);
        uint64_t now_ns = drill_queue_now_ns(at->queue);
        for (int direction = 0; direction < 2; direction++) {
            const DrillFlow *flow = &at->flows[direction];
            bool waits = flow->consumed < flow->arrived || at->toxic.ended[direction];
            if (waits && !at->sides[1 - direction].dead) {
                look_again_at(at, direction, now_ns);
            }
        }
    }
}

void drill_toxics_free(DrillTransport *transport) {
    DrillToxicState *state = &transport->toxic;
    drill_queue_cancel(transport->queue, state->event);
    for (int direction = 0; direction < 2; direction++) {
        drill_queue_cancel(transport->queue, state->end_event[direction]);
    }
    *state->here = state->next;
    if (state->next != NULL) {
        state->next->toxic.here = state->here;
    }
}

bool drill_toxics_hold(const DrillTransport *transport, int direction) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(toxics); i++) {
        if (toxics[i]->holds != NULL && toxics[i]->holds(settings_of(transport, direction))) {
            return true;
        }
    }
    return false;
}

bool drill_toxics_may_end(DrillTransport *transport, int direction, uint64_t now_ns) {
    DrillToxicState *state = &transport->toxic;
    if (!state->ended[direction]) {
        state->ended[direction] = true;
        state->ended_ns[direction] = now_ns;
    }
    uint64_t at_ns = now_ns;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(toxics); i++) {
        if (toxics[i]->ends_ns == NULL) {
            continue;
        }
        uint64_t ends_ns =
            toxics[i]->ends_ns(settings_of(transport, direction), state->ended_ns[direction]);
        at_ns = ends_ns > at_ns ? ends_ns : at_ns;
    }
    if (at_ns > now_ns) {
        look_again_at(transport, direction, at_ns);
    }
    return at_ns <= now_ns;
}

bool drill_toxics_busy(const DrillTransport *transport) {
    for (int i = 0; i < 2; i++) {
        const DrillSlicer *slicer = &transport->slicers[i];
        if (transport->toxic.end_event[i] != 0 || slicer->pending.size > slicer->used) {
            return true;
        }
    }
    return false;
}
