/* The broker process ends and starts again: what was stored is there, or most of it. */
#include "mqtt/broker_state.h"

#include "base/arena.h"

static void restart_sessions(DrillBroker *broker, bool keep, uint64_t now_ns) {
    DrillSession *session = broker->sessions.first;
    while (session != NULL) {
        DrillSession *next = session->next;
        session->was_connected = session->connection != NULL;
        if (!keep)
            drill_sessions_remove(&broker->sessions, session);
        else if (session->connection != NULL)
            drill_session_detach(session);
        session = next;
    }
    /* What leaves one of them now must not be sent on the dead connection of another. */
    for (session = broker->sessions.first; session != NULL;) {
        DrillSession *next = session->next;
        if (session->was_connected) drill_broker_detach_session(broker, session, now_ns);
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

/* --- what a crash has lost --- */

typedef enum RecordKind {
    RECORD_SESSION,
    RECORD_SUBSCRIPTION,
    RECORD_MESSAGE,
    RECORD_HELD,
    RECORD_RETAINED
} RecordKind;

typedef struct Record {
    uint64_t number;
    RecordKind kind;
    DrillSession *session; /* the one it is, or belongs to */
    void *what;
} Record;

typedef struct Records {
    DrillAllocator allocator;
    Record *items;
    size_t count, capacity;
} Records;

static void note(Records *records, uint64_t number, RecordKind kind, DrillSession *session,
                 void *what) {
    if (records->count == records->capacity) {
        size_t capacity = records->capacity == 0 ? 64 : records->capacity * 2;
        records->items = (Record *)drill_reallocate(records->allocator, records->items,
                                                    sizeof(Record) * records->capacity,
                                                    sizeof(Record) * capacity);
        records->capacity = capacity;
    }
    records->items[records->count++] = (Record){number, kind, session, what};
}

static void note_list(Records *records, DrillSession *session, DrillExchangeList *list) {
    for (DrillExchange *exchange = list->first; exchange != NULL; exchange = exchange->next)
        note(records, exchange->record, RECORD_MESSAGE, session, exchange);
}

static void note_session(Records *records, DrillSession *session) {
    DrillInflight *inflight = &session->inflight;
    note(records, session->record, RECORD_SESSION, session, session);
    for (DrillSubscription *subscription = session->first_subscription; subscription != NULL;
         subscription = subscription->next_of_session)
        note(records, subscription->record, RECORD_SUBSCRIPTION, session, subscription);
    note_list(records, session, &inflight->waiting);
    note_list(records, session, &inflight->publishing);
    note_list(records, session, &inflight->releasing);
    for (DrillHeld *held = inflight->first_held; held != NULL; held = held->next)
        note(records, held->record, RECORD_HELD, session, held);
}

static void note_retained(Records *records, DrillRetainedStore *store) {
    DrillTopicNode *node = drill_topic_tree_next(&store->topics, NULL);
    for (; node != NULL; node = drill_topic_tree_next(&store->topics, node)) {
        DrillRetained *retained = (DrillRetained *)node->value;
        if (retained != NULL)
            note(records, retained->record, RECORD_RETAINED, NULL, retained->message);
    }
}

static void lose(DrillBroker *broker, const Record *record) {
    switch (record->kind) {
    case RECORD_SESSION:
        drill_sessions_remove(&broker->sessions, record->session);
        break;
    case RECORD_SUBSCRIPTION:
        drill_session_unsubscribe(&broker->sessions, (DrillSubscription *)record->what);
        break;
    case RECORD_MESSAGE:
        drill_inflight_forget(&record->session->inflight, (DrillExchange *)record->what);
        break;
    case RECORD_HELD:
        drill_inflight_unhold(&record->session->inflight, (DrillHeld *)record->what);
        break;
    case RECORD_RETAINED:
        drill_retained_remove(&broker->retained, ((DrillMessage *)record->what)->topic);
        break;
    }
}

static int compare(const void *a, const void *b, void *context) {
    uint64_t left = ((const Record *)a)->number, right = ((const Record *)b)->number;
    (void)context;
    return left < right ? -1 : left > right;
}

/* Youngest first: a Session is older than all that is in it. */
static void lose_youngest(DrillBroker *broker, size_t count) {
    Records records = {.allocator = broker->allocator};
    for (DrillSession *session = broker->sessions.first; session != NULL; session = session->next)
        note_session(&records, session);
    note_retained(&records, &broker->retained);
    drill_sort(records.items, records.count, sizeof(Record), compare, NULL, broker->allocator);
    for (size_t left = records.count; left > 0 && count > 0; left--, count--)
        lose(broker, &records.items[left - 1]);
    drill_release(broker->allocator, records.items, sizeof(Record) * records.capacity);
}

void drill_broker_lose_records(DrillBroker *broker, uint32_t count) {
    broker->lost_records = count;
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
    if (keep_sessions && broker->lost_records > 0) lose_youngest(broker, broker->lost_records);
    broker->lost_records = 0;
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
