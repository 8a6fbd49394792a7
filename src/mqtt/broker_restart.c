/* The broker process ends and starts again: what was stored is there, or most of it. */
#include "mqtt/broker_state.h"

#include "base/arena.h"

static void restart_sessions(DrillBroker *broker, bool keep, uint64_t now_ns) {
    DrillSession *session = broker->sessions.first;
    while (session != NULL) {
        DrillSession *next = session->next;
        if (!keep)
            drill_sessions_remove(&broker->sessions, session);
        else if (session->connection != NULL)
            drill_broker_detach_session(broker, session, now_ns);
        session = next;
    }
}

/* [v5:MQTT-3.1.2-7] a will with a delay is part of its Session. */
static void defer_wills(DrillBroker *broker, uint64_t now_ns) {
    for (DrillBrokerConnection *connection = broker->first; connection != NULL;
         connection = connection->next) {
        DrillSession *session = connection->session;
        if (session != NULL && session->connection == connection)
            drill_will_defer(connection, session, now_ns);
    }
}

void drill_broker_restart(DrillBroker *broker, bool keep_sessions, uint64_t now_ns) {
    /* Wills wait until nobody is connected any more: they then reach the Sessions that were stored.
     */
    size_t will_count = 0, will_capacity = broker->connection_count;
    DrillMessage **wills = will_capacity == 0
                               ? NULL
                               : DRILL_NEW_ARRAY(broker->allocator, DrillMessage *, will_capacity);
    if (keep_sessions) defer_wills(broker, now_ns);
    restart_sessions(broker, keep_sessions, now_ns);
    while (broker->first != NULL) {
        DRILL_ASSERT(!broker->first->receiving);
        DrillMessage *will = drill_will_take(broker->first);
        if (will != NULL) wills[will_count++] = will;
        drill_broker_drop_connection(broker->first);
    }
    if (!keep_sessions) drill_retained_clear(&broker->retained);
    for (size_t i = 0; i < will_count; i++) {
        /* [v3:MQTT-3.1.2-8] [v5:MQTT-3.1.2-8] a stored will outlives the process; one that was not
         * stored is lost with it. */
        if (keep_sessions)
            drill_will_publish(broker, wills[i], now_ns);
        else
            drill_message_release(wills[i]);
    }
    drill_release(broker->allocator, wills, sizeof *wills * will_capacity);
}
