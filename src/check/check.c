/* The engine: runs the model over the events, asks every oracle, and keeps findings and judgements.
 */
#include "check/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "check/oracle.h"
#include "check/region.h"
#include "spec/spec.h"

/* A defect that strikes at every packet needs no thousand findings of the same rule. */
#define FINDINGS_PER_RULE_MAX 20u

/* The one table of oracles. */
static const CheckOracleType *const oracle_types[] = {
    &drill_oracle_qos0,        &drill_oracle_qos1,        &drill_oracle_qos2,
    &drill_oracle_ordering,    &drill_oracle_dup,         &drill_oracle_packet_id,
    &drill_oracle_retained,    &drill_oracle_session,     &drill_oracle_delivery,
    &drill_oracle_resend,      &drill_oracle_suback,      &drill_oracle_subscription,
    &drill_oracle_well_formed, &drill_oracle_utf8,        &drill_oracle_reaction,
    &drill_oracle_connect,     &drill_oracle_will,        &drill_oracle_keepalive,
    &drill_oracle_disconnect,  &drill_oracle_limits,      &drill_oracle_flow,
    &drill_oracle_packet_size, &drill_oracle_alias,       &drill_oracle_expiry,
    &drill_oracle_options,     &drill_oracle_identifiers, &drill_oracle_shared,
    &drill_oracle_properties,  &drill_oracle_auth,        &drill_oracle_text,
};

#define ORACLE_COUNT DRILL_ARRAY_COUNT(oracle_types)

/* Index of a version's statements. */
enum { V3, V5, VERSIONS };

struct DrillCheck {
    DrillAllocator outer;
    DrillRegion *region;
    DrillAllocator allocator;
    DrillCheckOptions options;
    CheckModel model;
    CheckOracle oracles[ORACLE_COUNT];
    DrillJudgement *judgements;
    size_t *finding_counts; /* per judgement */
    size_t judgement_count;
    size_t *shown;  /* indices of what is told of */
    size_t version; /* V3 or V5: of the connection that is being judged */
    DrillFinding *findings;
    size_t finding_count, finding_capacity;
    uint64_t now_ns;
    uint64_t stalled_ns;    /* the longest */
    uint64_t stalled_event; /* the first; 0: none */
    char excuse[120];
    bool settled, busy, ended, finished, limited;
};

const char *drill_verdict_name(DrillVerdict verdict) {
    switch (verdict) {
    case DRILL_NOT_EXERCISED:
        return "not exercised";
    case DRILL_PASS:
        return "pass";
    case DRILL_SKIPPED:
        return "skipped";
    case DRILL_INCONCLUSIVE:
        return "inconclusive";
    case DRILL_FAIL:
        return "fail";
    }
    return "?";
}

static const char *rule_id(const CheckRule *rule, size_t version) {
    return version == V5 ? rule->v5 : rule->v3;
}

static void note_rules(DrillCheck *check, DrillMap *judged) {
    for (size_t o = 0; o < ORACLE_COUNT; o++) {
        for (size_t r = 0; r < oracle_types[o]->rule_count * VERSIONS; r++) {
            const char *id = rule_id(&oracle_types[o]->rules[r / VERSIONS], r % VERSIONS);
            if (id != NULL && drill_map_get(judged, drill_span_of(id)) == NULL) {
                drill_map_set(judged, drill_span_of(id), check->judgements); /* anything but NULL */
            }
        }
    }
}

static void link_rules(DrillCheck *check, CheckOracle *oracle, const DrillMap *judged) {
    const CheckOracleType *type = oracle->type;
    oracle->judgements = DRILL_NEW_ARRAY(check->allocator, size_t, type->rule_count * VERSIONS + 1);
    for (size_t r = 0; r < type->rule_count * VERSIONS; r++) {
        const char *id = rule_id(&type->rules[r / VERSIONS], r % VERSIONS);
        oracle->judgements[r] = SIZE_MAX;
        DrillJudgement *judgement = id == NULL ? NULL : drill_map_get(judged, drill_span_of(id));
        if (judgement != NULL) {
            /* Every rule names a statement that exists. */
            DRILL_ASSERT(judgement->statement != NULL && strcmp(judgement->statement, id) == 0);
            oracle->judgements[r] = (size_t)(judgement - check->judgements);
            judgement->oracle = judgement->oracle == NULL ? type->info.name : judgement->oracle;
        }
    }
}

/* Statement id -> judgement, in the order of the standards. */
static void build_judgements(DrillCheck *check) {
    DrillMap *judged = drill_map_new(check->allocator);
    size_t most = drill_statement_count();
    check->judgements = DRILL_NEW_ARRAY(check->allocator, DrillJudgement, most + 1);
    check->shown = DRILL_NEW_ARRAY(check->allocator, size_t, most + 1);
    check->finding_counts = DRILL_NEW_ARRAY(check->allocator, size_t, most + 1);
    note_rules(check, judged);
    for (size_t s = 0; s < most; s++) {
        const char *id = drill_statement_at(s)->id;
        if (drill_map_get(judged, drill_span_of(id)) != NULL) {
            DrillJudgement *judgement = &check->judgements[check->judgement_count++];
            judgement->statement = id;
            judgement->verdict = DRILL_NOT_EXERCISED;
            drill_map_set(judged, drill_span_of(id), judgement);
        }
    }
    for (size_t o = 0; o < ORACLE_COUNT; o++) {
        link_rules(check, &check->oracles[o], judged);
    }
    drill_map_free(judged);
}

DrillCheck *drill_check_new(const DrillCheckOptions *options) {
    DrillCheck *check = DRILL_NEW(options->allocator, DrillCheck);
    check->outer = options->allocator;
    check->region = drill_check_region_new(options->allocator);
    check->allocator = drill_check_region_allocator(check->region);
    check->options = *options;
    DrillCheckOptions inner = *options;
    inner.allocator = check->allocator;
    drill_check_model_init(&check->model, &inner);
    for (size_t o = 0; o < ORACLE_COUNT; o++) {
        check->oracles[o].type = oracle_types[o];
        check->oracles[o].check = check;
        check->oracles[o].model = &check->model;
        check->oracles[o].allocator = check->allocator;
    }
    build_judgements(check);
    for (size_t o = 0; o < ORACLE_COUNT; o++) {
        if (oracle_types[o]->init != NULL) {
            oracle_types[o]->init(&check->oracles[o]);
        }
    }
    return check;
}

void drill_check_free(DrillCheck *check) {
    if (check != NULL) {
        drill_check_region_free(check->region);
        drill_release(check->outer, check, sizeof *check);
    }
}

static void judge_event(DrillCheck *check, const DrillTraceEvent *event) {
    CheckEvent facts;
    size_t parts = 1;
    for (size_t part = 0; part < parts; part++) {
        parts = drill_check_model_event(&check->model, event, part, &facts);
        for (size_t o = 0; o < ORACLE_COUNT; o++) {
            if (oracle_types[o]->event != NULL) {
                drill_check_about(&check->oracles[o], facts.conn != NULL || facts.node == NULL
                                                          ? facts.conn
                                                          : facts.node->conn);
                oracle_types[o]->event(&check->oracles[o], &facts);
            }
        }
    }
}

/* Only the longest is told of. */
static void note_stall(DrillCheck *check, const DrillTraceEvent *event) {
    uint64_t for_ns = event->values[0].number;
    if (check->stalled_event == 0) check->stalled_event = event->number;
    if (for_ns <= check->stalled_ns) return;
    check->stalled_ns = for_ns;
    uint64_t until_ms = check->now_ns / DRILL_NS_PER_MS, for_ms = for_ns / DRILL_NS_PER_MS;
    (void)snprintf(check->excuse, sizeof check->excuse,
                   "; but at %llu.%03llu s mqttdrill had stood still for %llu.%03llu s",
                   (unsigned long long)(until_ms / 1000), (unsigned long long)(until_ms % 1000),
                   (unsigned long long)(for_ms / 1000), (unsigned long long)(for_ms % 1000));
}

const char *drill_check_excuse(const DrillCheck *check, uint64_t number) {
    return check->stalled_event != 0 && number > check->stalled_event ? check->excuse : "";
}

void drill_check_event(DrillCheck *check, const DrillTraceEvent *event) {
    check->now_ns = event->time_ns;
    if (event->kind == DRILL_TRACE_OUTSIDE_STALLED) note_stall(check, event);
    if (event->kind == DRILL_TRACE_RUN_END) {
        check->ended = true;
        check->limited = drill_span_is(event->values[0].bytes, "limit");
        return;
    }
    if (event->kind == DRILL_TRACE_SETTLED) {
        check->settled = true;
        check->busy = event->values[1].number != 0;
        check->model.end_ns = event->time_ns;
        return;
    }
    /* Tearing down after the world came to rest is not behaviour. */
    if (!check->settled && !check->finished) {
        judge_event(check, event);
    }
}

static void sink_event(void *context, const DrillTraceEvent *event) {
    drill_check_event(context, event);
}

DrillTraceSink drill_check_sink(DrillCheck *check) {
    DrillTraceSink sink = {.context = check, .event = sink_event};
    return sink;
}

void drill_check_finish(DrillCheck *check) {
    if (check->finished) {
        return;
    }
    check->finished = true;
    if (!check->settled) {
        check->model.end_ns = check->now_ns;
    }
    check->model.now_ns = check->model.end_ns;
    drill_check_will_passing(&check->model);
    check->busy = check->busy || !check->settled || check->limited || !check->ended;
    for (size_t o = 0; o < ORACLE_COUNT; o++) {
        if (oracle_types[o]->finish != NULL) {
            oracle_types[o]->finish(&check->oracles[o]);
        }
    }
}

size_t drill_check_finding_count(const DrillCheck *check) {
    return check->finding_count;
}

const DrillFinding *drill_check_finding(const DrillCheck *check, size_t index) {
    DRILL_ASSERT(index < check->finding_count);
    return &check->findings[index];
}

/* Of the run's version all, of the other what a connection of that version exercised. */
size_t drill_check_judgement_count(const DrillCheck *check) {
    const char *own = check->options.version == 5 ? "v5:" : "v3:";
    size_t count = 0;
    for (size_t i = 0; i < check->judgement_count; i++) {
        const DrillJudgement *judgement = &check->judgements[i];
        if (judgement->exercised > 0 || strncmp(judgement->statement, own, 3) == 0) {
            check->shown[count++] = i;
        }
    }
    return count;
}

const DrillJudgement *drill_check_judgement(const DrillCheck *check, size_t index) {
    DRILL_ASSERT(index < check->judgement_count); /* of the latest count */
    return &check->judgements[check->shown[index]];
}

DrillVerdict drill_check_verdict(const DrillCheck *check) {
    DrillVerdict verdict = DRILL_PASS;
    for (size_t i = 0; i < check->judgement_count; i++) {
        DrillVerdict one = check->judgements[i].verdict;
        verdict = one > verdict ? one : verdict;
    }
    return verdict;
}

size_t drill_oracle_count(void) {
    return ORACLE_COUNT;
}

const DrillOracleInfo *drill_oracle_info(size_t index) {
    DRILL_ASSERT(index < ORACLE_COUNT);
    return &oracle_types[index]->info;
}

/* ---- what oracles call ---- */

static DrillJudgement *judgement_of(CheckOracle *oracle, size_t rule) {
    DRILL_ASSERT(rule < oracle->type->rule_count);
    size_t index = oracle->judgements[rule * VERSIONS + oracle->check->version];
    return index == SIZE_MAX ? NULL : &oracle->check->judgements[index];
}

void drill_check_about(CheckOracle *oracle, const CheckConn *conn) {
    bool v5 = conn != NULL ? drill_check_is_v5(conn) : oracle->check->options.version == 5;
    oracle->check->version = v5 ? V5 : V3;
}

void drill_check_pass(CheckOracle *oracle, size_t rule) {
    DrillJudgement *judgement = judgement_of(oracle, rule);
    if (judgement != NULL) {
        judgement->exercised++;
        judgement->verdict = judgement->verdict < DRILL_PASS ? DRILL_PASS : judgement->verdict;
    }
}

static DrillFinding *finding_add(DrillCheck *check) {
    if (check->finding_count == check->finding_capacity) {
        size_t capacity = check->finding_capacity == 0 ? 8 : check->finding_capacity * 2;
        check->findings = drill_reallocate(check->allocator, check->findings,
                                           sizeof(DrillFinding) * check->finding_capacity,
                                           sizeof(DrillFinding) * capacity);
        check->finding_capacity = capacity;
    }
    DrillFinding *finding = &check->findings[check->finding_count++];
    memset(finding, 0, sizeof *finding);
    return finding;
}

static void find(CheckOracle *oracle, size_t rule, DrillVerdict verdict, const uint64_t *packets,
                 const char *format, va_list arguments) DRILL_PRINTF(5, 0);
static void find(CheckOracle *oracle, size_t rule, DrillVerdict verdict, const uint64_t *packets,
                 const char *format, va_list arguments) {
    DrillCheck *check = oracle->check;
    DrillJudgement *judgement = judgement_of(oracle, rule);
    if (judgement == NULL) {
        return;
    }
    judgement->exercised++;
    bool excused = verdict == DRILL_FAIL && check->stalled_event != 0 && !oracle->type->timeless;
    if (excused) verdict = DRILL_INCONCLUSIVE;
    if (verdict > judgement->verdict) {
        judgement->verdict = verdict;
        judgement->oracle = oracle->type->info.name;
    }
    size_t *count = &check->finding_counts[judgement - check->judgements];
    if ((*count)++ >= FINDINGS_PER_RULE_MAX) {
        return;
    }
    char text[1024];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (excused && length >= 0 && (size_t)length < sizeof text) {
        (void)snprintf(text + length, sizeof text - (size_t)length, "%s", check->excuse);
    }
    DrillFinding *finding = finding_add(check);
    finding->statement = judgement->statement;
    finding->verdict = verdict;
    finding->oracle = oracle->type->info.name;
    finding->text = drill_copy_string(check->allocator, text);
    for (size_t i = 0; packets[i] != 0 && finding->packet_count < DRILL_FINDING_PACKETS_MAX; i++) {
        finding->packets[finding->packet_count++] = packets[i];
    }
    finding->time_ns = check->now_ns;
}

void drill_check_fail(CheckOracle *oracle, size_t rule, const uint64_t *packets, const char *format,
                      ...) {
    va_list arguments;
    va_start(arguments, format);
    find(oracle, rule, DRILL_FAIL, packets, format, arguments);
    va_end(arguments);
}

void drill_check_unclear(CheckOracle *oracle, size_t rule, const uint64_t *packets,
                         const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    find(oracle, rule, DRILL_INCONCLUSIVE, packets, format, arguments);
    va_end(arguments);
}

void drill_check_missing(CheckOracle *oracle, size_t rule, const uint64_t *packets,
                         const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    find(oracle, rule, oracle->check->busy ? DRILL_INCONCLUSIVE : DRILL_FAIL, packets, format,
         arguments);
    va_end(arguments);
}

void drill_check_malformed(CheckOracle *oracle, const CheckEvent *event, size_t rule) {
    const DrillFault *fault = &event->fault;
    int type = event->bytes.size == 0 ? 0 : event->bytes.data[0] >> 4;
    const char *name = drill_packet_type_name((DrillPacketType)type); /* NULL: 0 is none */
    drill_check_fail(oracle, rule, CHECK_PACKETS(event->number),
                     "%s sends a malformed %s (connection of %s), byte %u: %s",
                     drill_check_party_name(event->conn, event->side),
                     name != NULL ? name : "packet of type 0", drill_check_client_name(event->conn),
                     (unsigned)fault->offset,
                     fault->text != NULL ? fault->text : "not as the standard says");
}

size_t drill_check_rule_find(const CheckOracle *oracle, const char *id) {
    for (size_t r = 0; r < oracle->type->rule_count; r++) {
        const CheckRule *rule = &oracle->type->rules[r];
        if ((rule->v3 != NULL && strcmp(rule->v3, id) == 0) ||
            (rule->v5 != NULL && strcmp(rule->v5, id) == 0)) {
            return r;
        }
    }
    return oracle->type->rule_count;
}

const char *drill_check_party_name(const CheckConn *conn, CheckSide side) {
    return side == CHECK_SERVER ? "the broker" : drill_check_client_name(conn);
}

void drill_check_each_judged(CheckOracle *oracle, CheckEachConn each) {
    const CheckModel *model = oracle->model;
    for (size_t i = 0; i < drill_map_slots(model->conns); i++) {
        const CheckConn *conn = drill_map_at(model->conns, i, NULL);
        if (conn != NULL && conn->judged) {
            drill_check_about(oracle, conn);
            each(oracle, conn);
        }
    }
}

void drill_check_each_swallowed(CheckOracle *oracle, const CheckNode *node,
                                CheckEachSwallowed each) {
    for (size_t i = 0; i < drill_map_slots(node->party->in); i++) {
        const CheckExchange *exchange = drill_map_at(node->party->in, i, NULL);
        if (exchange != NULL && exchange->stage == CHECK_STAGE_DONE && exchange->hash != 0 &&
            exchange->passed_on == 0) {
            each(oracle, node, exchange);
        }
    }
}

void drill_check_each_owed(CheckOracle *oracle, CheckEachOwed each) {
    CheckModel *model = oracle->model;
    for (size_t i = 0; i < drill_map_slots(model->conns); i++) {
        CheckConn *conn = drill_map_at(model->conns, i, NULL);
        for (int s = 0; conn != NULL && s < 2; s++) {
            CheckSide side = (CheckSide)s;
            bool judged =
                conn->judged &&
                (side == CHECK_SERVER ? conn->offence_event == 0 && conn->taken_over_by == NULL
                                      : conn->node != NULL && conn->node->party != NULL);
            bool closed = drill_check_closed_unasked(model, conn, side);
            if (!judged || (!closed && !drill_check_end_usable(model, conn, side))) {
                continue;
            }
            drill_check_about(oracle, conn);
            for (CheckOwed *owed = conn->end[side].owed_first; owed != NULL; owed = owed->next) {
                /* A run does not wait for each answer at its end; a real broker takes a moment. */
                if (side == CHECK_SERVER && !closed &&
                    !drill_check_processed(model, conn->number, owed->request_ns)) {
                    continue;
                }
                each(oracle, conn, side, owed, closed);
            }
        }
    }
}

bool drill_check_answers_offence(const CheckEvent *event) {
    return event->side == CHECK_SERVER && event->conn->offence_event != 0;
}

bool drill_check_client_withholds(const CheckConn *conn, const CheckOwed *owed) {
    const CheckNode *node = conn->node;
    if (node->holding_event != 0) {
        return true;
    }
    if (owed->type != DRILL_PUBACK && owed->type != DRILL_PUBREC) {
        return false;
    }
    const CheckExchange *exchange =
        drill_check_exchange_find(node->party->in, owed->packet_identifier);
    /* Of a session in doubt it may have been passed on before. */
    bool passed_on = exchange != NULL && (exchange->passed_on > 0 || node->party->in_doubt);
    return passed_on && node->manual_acks;
}

const CheckAppMessage *drill_check_unsent(const CheckOracle *oracle, const CheckNode *node,
                                          uint8_t qos) {
    if (node == NULL || node->party == NULL || node->conn == NULL || node->holding_event != 0) {
        return NULL;
    }
    const CheckConn *conn = node->conn;
    if (!conn->judged || !conn->client_connack ||
        !drill_check_end_usable(oracle->model, conn, CHECK_CLIENT)) {
        return NULL;
    }
    /* 5.0: it may wait for quota, and what the server does not take is not sent. */
    const CheckLimits *limits = &conn->limits[CHECK_SERVER];
    if (drill_check_is_v5(conn) &&
        (drill_check_under_way(node->party) >= limits->receive_maximum || limits->packet_limited ||
         conn->grants.qos_max < qos || !conn->grants.retain)) {
        return NULL;
    }
    for (const CheckAppMessage *message = node->unsent_first; message != NULL;
         message = message->next) {
        if (message->qos == qos) {
            return message;
        }
    }
    return NULL;
}

uint64_t drill_check_keep_alive_slack_ns(const CheckOracle *oracle) {
    return oracle->check->options.keep_alive_slack_ns;
}

static void pass_refused(CheckOracle *oracle, size_t rule, uint8_t qos, const CheckParty *party,
                         const CheckConn *conn) {
    for (size_t i = 0; conn != NULL && i < drill_map_slots(party->out); i++) {
        const CheckExchange *exchange = drill_map_at(party->out, i, NULL);
        if (exchange != NULL && exchange->refused && exchange->qos == qos) {
            drill_check_about(oracle, conn);
            drill_check_pass(oracle, rule);
        }
    }
}

void drill_check_pass_refused(CheckOracle *oracle, size_t rule, uint8_t qos) {
    const CheckModel *model = oracle->model;
    for (size_t i = 0; i < drill_map_slots(model->nodes); i++) {
        const CheckNode *node = drill_map_at(model->nodes, i, NULL);
        if (node != NULL && node->party != NULL) {
            pass_refused(oracle, rule, qos, node->party, node->conn);
        }
    }
    for (size_t i = 0; i < drill_map_slots(model->identities); i++) {
        const CheckIdentity *identity = drill_map_at(model->identities, i, NULL);
        if (identity != NULL && identity->session != NULL) {
            const CheckSession *session = identity->session;
            pass_refused(oracle, rule, qos, &session->party, session->conn);
        }
    }
}
