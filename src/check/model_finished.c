/* Exchanges that finished long ago, in few bytes. A late packet with their Packet Identifier can
 * still ask what they were: the last one of an identifier is kept until the identifier is used
 * again, and comes back whole when it is asked for. */
#include "base/arena.h"
#include "check/model.h"

/* So many of a party's latest finished exchanges in each direction stay whole. */
#define FINISHED_WHOLE_MAX 32u

typedef struct Finished {
    uint64_t hash, first_event;
    uint32_t last_event, ack_event; /* after first_event */
    uint32_t ack_conn, generation;
    uint16_t uses;
    uint8_t qos;
    bool clashed : 1, after_abandoned : 1, passed_on : 1, passed_on_twice : 1, refused : 1;
} Finished;

CheckArchive *drill_check_finished_new(CheckModel *model) {
    return drill_check_archive_new(model->allocator, sizeof(Finished));
}

static uint64_t key_of(const CheckParty *party, bool outgoing, uint16_t packet_identifier) {
    return (uint64_t)party->number << 17 | (uint64_t)outgoing << 16 | packet_identifier;
}

static void unlink_done(CheckDoneList *list, CheckExchange *exchange) {
    if (exchange->prev_done != NULL) {
        exchange->prev_done->next_done = exchange->next_done;
    } else {
        list->first = exchange->next_done;
    }
    if (exchange->next_done != NULL) {
        exchange->next_done->prev_done = exchange->prev_done;
    } else {
        list->last = exchange->prev_done;
    }
    exchange->prev_done = exchange->next_done = NULL;
    exchange->in_done = false;
    list->count--;
}

static CheckDoneList *list_of(CheckParty *party, const CheckExchange *exchange) {
    return exchange->outgoing ? &party->out_done : &party->in_done;
}

/* All that can be asked of it fits in few bytes, and no time decides about it any more. */
static bool fits(const CheckModel *model, const CheckParty *party, const CheckExchange *exchange) {
    bool swallowed = !exchange->outgoing && party->tells_deliveries && exchange->passed_on == 0 &&
                     exchange->hash != 0;
    return !exchange->abandoned && !exchange->due && !exchange->arriving && !swallowed &&
           exchange->first_event != 0 && exchange->received_event == exchange->first_event &&
           exchange->ack_event >= exchange->first_event &&
           exchange->ack_event - exchange->first_event <= UINT32_MAX &&
           exchange->last_event - exchange->first_event <= UINT32_MAX &&
           exchange->ack_conn <= UINT32_MAX && exchange->uses <= UINT16_MAX &&
           drill_check_processed(model, exchange->ack_conn, exchange->ack_ns);
}

static void archive(CheckModel *model, CheckParty *party, CheckExchange *exchange) {
    uint64_t key = key_of(party, exchange->outgoing, exchange->packet_identifier);
    Finished *record = drill_check_archive_add(model->finished, key);
    *record = (Finished){
        .hash = exchange->hash,
        .first_event = exchange->first_event,
        .last_event = (uint32_t)(exchange->last_event - exchange->first_event),
        .ack_event = (uint32_t)(exchange->ack_event - exchange->first_event),
        .ack_conn = (uint32_t)exchange->ack_conn,
        .generation = party->generation,
        .uses = (uint16_t)exchange->uses,
        .qos = exchange->qos,
        .clashed = exchange->clashed,
        .refused = exchange->refused,
        .after_abandoned = exchange->after_abandoned,
        .passed_on = exchange->passed_on > 0,
        .passed_on_twice = exchange->passed_on > 1,
    };
    uint8_t bytes[2] = {(uint8_t)(exchange->packet_identifier >> 8),
                        (uint8_t)exchange->packet_identifier};
    (void)drill_map_remove(exchange->outgoing ? party->out : party->in,
                           drill_span(bytes, sizeof bytes));
    drill_release(model->allocator, exchange, sizeof *exchange);
}

void drill_check_finished_add(CheckModel *model, CheckParty *party, CheckExchange *exchange) {
    CheckDoneList *list = list_of(party, exchange);
    DRILL_ASSERT(!exchange->in_done);
    exchange->in_done = true;
    exchange->prev_done = list->last;
    exchange->next_done = NULL;
    if (list->last == NULL) {
        list->first = exchange;
    } else {
        list->last->next_done = exchange;
    }
    list->last = exchange;
    list->count++;
    /* Whether its acknowledgement was processed is decided only when the slack has passed. */
    while (list->count > FINISHED_WHOLE_MAX &&
           (model->slack_ns == 0 || list->first->ack_ns + model->slack_ns < model->now_ns)) {
        CheckExchange *oldest = list->first;
        unlink_done(list, oldest);
        if (fits(model, party, oldest)) {
            archive(model, party, oldest);
        }
    }
}

void drill_check_finished_remove(CheckParty *party, CheckExchange *exchange) {
    if (exchange->in_done) {
        unlink_done(list_of(party, exchange), exchange);
    }
}

CheckExchange *drill_check_finished_restore(CheckModel *model, CheckParty *party, bool outgoing,
                                            uint16_t packet_identifier) {
    Finished record;
    uint64_t key = key_of(party, outgoing, packet_identifier);
    if (!drill_check_archive_take(model->finished, key, &record)) {
        return NULL;
    }
    bool forgotten = record.generation != party->generation;
    CheckExchange *exchange = DRILL_NEW(model->allocator, CheckExchange);
    *exchange = (CheckExchange){
        .packet_identifier = packet_identifier,
        .qos = record.qos,
        .outgoing = outgoing,
        .stage = CHECK_STAGE_DONE,
        .hash = forgotten ? 0 : record.hash,
        .first_event = record.first_event,
        .last_event = record.first_event + record.last_event,
        .received_event = record.first_event,
        .ack_event = record.first_event + record.ack_event,
        .ack_conn = record.ack_conn,
        .uses = forgotten ? 0 : record.uses,
        .clashed = record.clashed && !forgotten,
        .refused = record.refused && !forgotten,
        .after_abandoned = record.after_abandoned,
        .passed_on = (uint32_t)record.passed_on + (uint32_t)record.passed_on_twice,
    };
    uint8_t bytes[2] = {(uint8_t)(packet_identifier >> 8), (uint8_t)packet_identifier};
    drill_map_set(outgoing ? party->out : party->in, drill_span(bytes, sizeof bytes), exchange);
    drill_check_finished_add(model, party, exchange);
    return exchange;
}
