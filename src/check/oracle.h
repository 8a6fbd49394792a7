/* What every oracle is made of. An oracle is one file and one row in the table of check.c's
 * drill_check_oracles. */
#ifndef DRILL_CHECK_ORACLE_H
#define DRILL_CHECK_ORACLE_H

#include <inttypes.h>

#include "check/model.h"

typedef struct CheckOracle CheckOracle;

/* A rule is a statement of 3.1.1 and the one that says the same in 5.0; NULL where there is none,
 * and then connections of that version are not judged by it. */
typedef struct CheckRule {
    const char *v3;
    const char *v5;
} CheckRule;

typedef struct CheckOracleType {
    DrillOracleInfo info;              /* name, one line, every statement of its rules */
    void (*init)(CheckOracle *oracle); /* may be NULL */
    void (*event)(CheckOracle *oracle, const CheckEvent *event); /* may be NULL */
    void (*finish)(CheckOracle *oracle); /* may be NULL; the run is over, model.end_ns */
    const CheckRule *rules;
    size_t rule_count;
    bool timeless; /* what it fails no stall explains: it lies in the packets */
} CheckOracleType;

struct CheckOracle {
    const CheckOracleType *type;
    DrillCheck *check;
    CheckModel *model;
    DrillAllocator allocator;
    void *state;        /* the oracle's own */
    size_t *judgements; /* per rule and version: index into the check's judgements */
};

/* RULES(BOTH, ONLY3, ONLY5) lists an oracle's rules: BOTH(NAME, "v3:...", "v5:..."), ONLY3(NAME,
 * "v3:...") and ONLY5(NAME, "v5:..."). Where one standard says in one statement what the other says
 * in several, several rules share an id. */
#define CHECK_RULE_ENUM_BOTH(name, v3, v5) RULE_##name,
#define CHECK_RULE_ENUM_ONLY(name, id)     RULE_##name,
#define CHECK_RULE_ROW_BOTH(name, v3, v5)  {v3, v5},
#define CHECK_RULE_ROW_ONLY3(name, v3)     {v3, NULL},
#define CHECK_RULE_ROW_ONLY5(name, v5)     {NULL, v5},
#define CHECK_RULE_TEXT_BOTH(name, v3, v5) v3, v5,
#define CHECK_RULE_TEXT_ONLY(name, id)     id,
#define CHECK_RULES(RULES)                                                                         \
    enum { RULES(CHECK_RULE_ENUM_BOTH, CHECK_RULE_ENUM_ONLY, CHECK_RULE_ENUM_ONLY) RULE_COUNT };   \
    static const CheckRule oracle_rules[] = {                                                      \
        RULES(CHECK_RULE_ROW_BOTH, CHECK_RULE_ROW_ONLY3, CHECK_RULE_ROW_ONLY5)};                   \
    static const char *const oracle_statements[] = {                                               \
        RULES(CHECK_RULE_TEXT_BOTH, CHECK_RULE_TEXT_ONLY, CHECK_RULE_TEXT_ONLY) NULL}

/* An oracle's row. */
#define CHECK_ORACLE_TYPE(name_, summary_, init_, event_, finish_, timeless_)                      \
    const CheckOracleType drill_oracle_##name_ = {{#name_, summary_, oracle_statements},           \
                                                  init_,                                           \
                                                  event_,                                          \
                                                  finish_,                                         \
                                                  oracle_rules,                                    \
                                                  RULE_COUNT,                                      \
                                                  timeless_}
#define CHECK_ORACLE(name, summary, init, event, finish)                                           \
    CHECK_ORACLE_TYPE(name, summary, init, event, finish, false)
#define CHECK_TIMELESS_ORACLE(name, summary, init, event, finish)                                  \
    CHECK_ORACLE_TYPE(name, summary, init, event, finish, true)

#define CHECK_PACKETS(...)                                                                         \
    (const uint64_t[]) {                                                                           \
        __VA_ARGS__, 0                                                                             \
    }

/* Arguments of %.*s for a Topic Name, cut to a readable length. */
#define CHECK_TOPIC(span) (int)((span).size > 80 ? 80 : (span).size), (const char *)(span).data

/* Which connection the calls below are about: its version picks the statement. An event's own is
 * set before the oracle sees it; loops at the end say it for each. */
void drill_check_about(CheckOracle *oracle, const CheckConn *conn);
/* The rule's trigger occurred and what followed was right. */
void drill_check_pass(CheckOracle *oracle, size_t rule);
/* It occurred and was wrong. `packets`: event numbers, ending in 0 (zeroes before the end are not
 * possible). */
void drill_check_fail(CheckOracle *oracle, size_t rule, const uint64_t *packets, const char *format,
                      ...) DRILL_PRINTF(4, 5);
/* It occurred and cannot be judged. */
void drill_check_unclear(CheckOracle *oracle, size_t rule, const uint64_t *packets,
                         const char *format, ...) DRILL_PRINTF(4, 5);
/* The packet does not decode, and that breaks the rule. */
void drill_check_malformed(CheckOracle *oracle, const CheckEvent *event, size_t rule);
/* At the end: something owed did not come. Fails, or is inconclusive when the world had not come to
 * rest. */
void drill_check_missing(CheckOracle *oracle, size_t rule, const uint64_t *packets,
                         const char *format, ...) DRILL_PRINTF(4, 5);
/* A rule of this oracle by its id of either version; RULE_COUNT of the oracle if it is none of its
 * own. */
size_t drill_check_rule_find(const CheckOracle *oracle, const char *id);
/* Calls `each` for every answer still owed: at every open end when the run is over, and at ends
 * their party closed unasked. */
typedef void (*CheckEachOwed)(CheckOracle *oracle, CheckConn *conn, CheckSide side,
                              const CheckOwed *owed, bool closed);
void drill_check_each_owed(CheckOracle *oracle, CheckEachOwed each);
/* At the end: calls `each` for every connection that is judged, after `drill_check_about` it. */
typedef void (*CheckEachConn)(CheckOracle *oracle, const CheckConn *conn);
void drill_check_each_judged(CheckOracle *oracle, CheckEachConn each);
/* At the end: calls `each` for every exchange that this client completed without handing the
 * message to its application. */
typedef void (*CheckEachSwallowed)(CheckOracle *oracle, const CheckNode *node,
                                   const CheckExchange *exchange);
void drill_check_each_swallowed(CheckOracle *oracle, const CheckNode *node,
                                CheckEachSwallowed each);
/* A packet sent that can be judged by what it says. */
static inline bool drill_check_is_sent(const CheckEvent *event) {
    return event->is_packet && event->sent && event->judged && event->decoded;
}
/* Is it the server's, after a client's offence? Of what came with that or later the model knows no
 * request. */
bool drill_check_answers_offence(const CheckEvent *event);
/* The script may have told the client to keep this acknowledgement back. */
bool drill_check_client_withholds(const CheckConn *conn, const CheckOwed *owed);
/* The oldest message of this QoS that a connected client was given and never sent; NULL: none, or
 * excused. */
const CheckAppMessage *drill_check_unsent(const CheckOracle *oracle, const CheckNode *node,
                                          uint8_t qos);
/* At the end: passes for each PUBLISH of this QoS that was refused, since it never came again. */
void drill_check_pass_refused(CheckOracle *oracle, size_t rule, uint8_t qos);
/* 5.0 and not 3.1.1. */
static inline bool drill_check_is_v5(const CheckConn *conn) {
    return conn->version == DRILL_MQTT_5_0;
}
/* The run's option of that name. */
uint64_t drill_check_keep_alive_slack_ns(const CheckOracle *oracle);
/* "sub" or "the broker". */
const char *drill_check_party_name(const CheckConn *conn, CheckSide side);

extern const CheckOracleType drill_oracle_qos0;
extern const CheckOracleType drill_oracle_qos1;
extern const CheckOracleType drill_oracle_qos2;
extern const CheckOracleType drill_oracle_ordering;
extern const CheckOracleType drill_oracle_dup;
extern const CheckOracleType drill_oracle_packet_id;
extern const CheckOracleType drill_oracle_retained;
extern const CheckOracleType drill_oracle_session;
extern const CheckOracleType drill_oracle_delivery;
extern const CheckOracleType drill_oracle_resend;
extern const CheckOracleType drill_oracle_suback;
extern const CheckOracleType drill_oracle_subscription;
extern const CheckOracleType drill_oracle_well_formed;
extern const CheckOracleType drill_oracle_utf8;
extern const CheckOracleType drill_oracle_reaction;
extern const CheckOracleType drill_oracle_connect;
extern const CheckOracleType drill_oracle_will;
extern const CheckOracleType drill_oracle_keepalive;
extern const CheckOracleType drill_oracle_disconnect;
extern const CheckOracleType drill_oracle_limits;
extern const CheckOracleType drill_oracle_flow;
extern const CheckOracleType drill_oracle_packet_size;
extern const CheckOracleType drill_oracle_alias;
extern const CheckOracleType drill_oracle_expiry;
extern const CheckOracleType drill_oracle_options;
extern const CheckOracleType drill_oracle_identifiers;
extern const CheckOracleType drill_oracle_shared;
extern const CheckOracleType drill_oracle_properties;
extern const CheckOracleType drill_oracle_auth;
extern const CheckOracleType drill_oracle_text;

#endif
