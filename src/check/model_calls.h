/* What the model's files offer each other and the oracles; included by model.h, which has the
 * types. */
#ifndef DRILL_CHECK_MODEL_CALLS_H
#define DRILL_CHECK_MODEL_CALLS_H

#include "check/model.h"

/* model.c */
void drill_check_model_init(CheckModel *model, const DrillCheckOptions *options);
/* Fills *out from the trace event and updates the model; returns how many CheckEvents it stands
 * for. In a trace without far ends one packet event is two: sent by one party and received by the
 * other. */
size_t drill_check_model_event(CheckModel *model, const DrillTraceEvent *trace, size_t part,
                               CheckEvent *out);
CheckConn *drill_check_conn(CheckModel *model, uint64_t number);
CheckNode *drill_check_node(CheckModel *model, DrillSpan name);
const char *drill_check_client_name(const CheckConn *conn);
/* The party certainly processed what reached its doorstep then: a real broker may lose its last
 * input with the connection. */
bool drill_check_processed(const CheckModel *model, uint64_t conn, uint64_t received_ns);
char *drill_check_text(CheckModel *model, DrillSpan text);
uint64_t drill_check_hash(DrillSpan topic, DrillSpan payload);
/* A connection that this party ended by itself, without anything that allows or demands it. */
bool drill_check_closed_unasked(const CheckModel *model, const CheckConn *conn, CheckSide side);
/* Still up, at this end, in a way that lets one demand answers. */
bool drill_check_end_usable(const CheckModel *model, const CheckConn *conn, CheckSide side);

/* The party closed its end of its own accord: not the network, and not in answer to its peer's
 * closing. */
static inline bool drill_check_closed_itself(const CheckEnd *end) {
    return end->ended && end->by_local && !end->network && !end->half_closed;
}

/* model_limits.c */
/* What CONNECT or CONNACK says of limits and the like, of either version. */
void drill_check_limits_connect(CheckModel *model, CheckConn *conn,
                                const DrillConnectPacket *connect);
void drill_check_limits_connack(CheckModel *model, CheckConn *conn,
                                const DrillConnackPacket *connack);
/* The number of a property, or `otherwise`. */
uint32_t drill_check_property(DrillProperties properties, DrillPropertyId id, uint32_t otherwise);
/* NULL where it is absent. */
char *drill_check_property_text(CheckModel *model, DrillProperties properties, DrillPropertyId id);
DrillProperties drill_check_properties_copy(CheckModel *model, DrillProperties properties);
/* Fills in the Topic Name that a Topic Alias stands for. */
void drill_check_alias(CheckModel *model, CheckEvent *event);
/* The send quota of both directions. */
void drill_check_quota(CheckEvent *event);
/* Exchanges under way, once the event's exchange is known. */
void drill_check_unfinished(CheckEvent *event);

/* model_offence.c */
/* Does what just arrived at the server oblige it to close? */
void drill_check_offence(CheckEvent *event);
void drill_check_offence_answered(CheckEvent *event);

/* model_session.c */
void drill_check_session_packet(CheckModel *model, CheckEvent *event);
void drill_check_session_conn_ended(CheckModel *model, CheckConn *conn);
void drill_check_session_broker_down(CheckModel *model, bool keep_sessions);

/* model_exchange.c */
void drill_check_party_init(CheckModel *model, CheckParty *party, CheckSide side, const char *who);
void drill_check_party_forget(CheckModel *model, CheckParty *party);
/* Some exchange of it is not finished. */
bool drill_check_party_holds(const CheckParty *party);
/* Exchanges that it has begun, or taken up again, and not finished; in doubt also those that it may
 * not have forgotten. */
size_t drill_check_under_way(const CheckParty *party);
void drill_check_party_resume(CheckParty *party, uint64_t conn);
void drill_check_exchange_packet(CheckModel *model, CheckEvent *event);
/* It is the PUBACK, PUBREC or PUBCOMP that an unfinished exchange of its receiver waits for. */
bool drill_check_awaited(const CheckEvent *event);
CheckExchange *drill_check_exchange_find(DrillMap *map, uint16_t packet_identifier);
/* The exchange carries the message; the message is not settled before the exchange is finished. */
void drill_check_exchange_carry(CheckExchange *exchange, struct CheckMessage *message);
void drill_check_owe(CheckModel *model, CheckEvent *event);
void drill_check_answer(CheckModel *model, CheckEvent *event);

/* model_finished.c */
CheckArchive *drill_check_finished_new(CheckModel *model);
void drill_check_finished_add(CheckModel *model, CheckParty *party, CheckExchange *exchange);
/* It is about to be used again. */
void drill_check_finished_remove(CheckParty *party, CheckExchange *exchange);
/* One that is no longer in the party's map, put back there; NULL: there was none. */
CheckExchange *drill_check_finished_restore(CheckModel *model, CheckParty *party, bool outgoing,
                                            uint16_t packet_identifier);

/* model_subscription.c */
void drill_check_subscription_packet(CheckModel *model, CheckEvent *event);
void drill_check_subscription_end(CheckModel *model, CheckSession *session);
/* Of No Local and Retain As Published, those of which another value may be in force for a message
 * that came then. One that comes after the last SUBACK meets the options of that SUBSCRIBE. */
uint8_t drill_check_unsteady_options(const CheckSubscription *subscription, uint64_t recv_ns);
/* A member of this group has left it since. */
bool drill_check_group_left(const CheckGroup *group, uint64_t since_ns);

/* model_topic.c */
bool drill_check_topic_matches(const char *filter, DrillSpan topic);
/* The same, blind to the rule about $: what would match if wildcards matched it. */
bool drill_check_topic_matches_blindly(const char *filter, DrillSpan topic);
/* 5.0: what a filter compares topics with, without $share/NAME/. */
const char *drill_check_topic_unshared(const char *filter);
void drill_check_index_add(CheckModel *model, CheckSubscription *subscription);
void drill_check_index_remove(CheckModel *model, CheckSubscription *subscription);
typedef void (*CheckMatch)(void *context, CheckSubscription *subscription);
void drill_check_index_match(CheckModel *model, DrillSpan topic, CheckMatch match, void *context);

/* model_message.c */
CheckTopic *drill_check_topic(CheckModel *model, DrillSpan name, bool create);
CheckContent *drill_check_content(CheckModel *model, DrillSpan topic, uint64_t hash, bool create);
void drill_check_message_packet(CheckModel *model, CheckEvent *event);
CheckMessage *drill_check_message_new(CheckModel *model, CheckContent *content);
void drill_check_message_properties(CheckModel *model, CheckMessage *message,
                                    DrillProperties properties, size_t payload_bytes);
void drill_check_message_expiry(CheckMessage *message); /* from its properties */
/* To whom it may and must go. */
void drill_check_message_spread(CheckModel *model, CheckMessage *message);
/* It stays although it may be settled, because somebody will look at it after this event. */
void drill_check_message_keep(CheckMessage *message);
void drill_check_message_release(CheckMessage *message);
/* Moves a pointer that keeps its message. */
void drill_check_message_keep_at(CheckMessage **at, CheckMessage *message);
/* When it was certainly processed; DRILL_NEVER if that is not known yet. */
uint64_t drill_check_message_done_ns(const CheckModel *model, const CheckMessage *message);
void drill_check_expect_close(CheckExpect *expect);
void drill_check_expect_excuse(CheckExpect *expect); /* and it need not come any more */
/* The run is over: it is missing, and nothing excuses that. */
bool drill_check_expect_missing(CheckModel *model, const CheckExpect *expect);
bool drill_check_expect_owed(const CheckExpect *expect);
/* Copies of it may have expired by now, or be too big for the client. */
bool drill_check_expect_dropped(const CheckModel *model, const CheckExpect *expect);
void drill_check_expects_drop(CheckSession *session); /* nothing must be delivered any more */
CheckExpects *drill_check_expects(CheckModel *model, const CheckSession *session,
                                  const CheckContent *content, bool create);
CheckExpect *drill_check_expect_add(CheckModel *model, CheckExpects *expects, CheckSession *session,
                                    CheckMessage *message);

/* model_look.c */
typedef enum CheckAltered {
    CHECK_UNALTERED,
    CHECK_ALTERED_FORMAT,
    CHECK_ALTERED_RESPONSE_TOPIC,
    CHECK_ALTERED_CORRELATION,
    CHECK_ALTERED_CONTENT_TYPE,
    CHECK_ALTERED_USER,
    CHECK_ALTERED_USER_ORDER,
    CHECK_ALTERED_COUNT
} CheckAltered;
/* The first difference between the properties of the message and those it was sent on with. */
CheckAltered drill_check_altered(const CheckMessage *message, DrillProperties sent);
typedef enum CheckExpiryFit {
    CHECK_EXPIRY_FITS,
    CHECK_EXPIRY_PASSED,
    CHECK_EXPIRY_WRONG
} CheckExpiryFit;
/* The Message Expiry Interval that a PUBLISH says, were it this message. */
CheckExpiryFit drill_check_expiry_fit(const CheckModel *model, const CheckEvent *event,
                                      const CheckMessage *message);
/* It has the properties that a right server sends this message with, now. */
bool drill_check_looks_like(const CheckModel *model, const CheckEvent *event,
                            const CheckMessage *message);

/* model_will.c */
bool drill_check_will_dropped(const CheckConn *conn);
/* A CONNECT with Clean Start 1 that is being answered ends the session, and so the delay. */
bool drill_check_will_brought_forward(const CheckConn *conn);
/* Of the connections with this will, and not known to have published it, the one that may best be
 * doing so now, else one that took its will back; NULL: there is none. */
CheckConn *drill_check_will_dying(const CheckModel *model, const CheckContent *content);
/* It is among what the session expects; NULL: nothing is. */
bool drill_check_is_expected(const CheckExpects *expects, const CheckMessage *message);
/* Though the session does not expect it: it was still being processed when a subscription began. */
bool drill_check_may_come_live(CheckModel *model, const CheckSession *session,
                               CheckMessage *message);
/* A will that looks like what comes was announced, and has not been seen to be published. */
bool drill_check_will_like(const CheckModel *model, const CheckEvent *event,
                           const CheckContent *content);
/* Another message than the one it was taken for looks like what comes, wills that were announced
 * among them: which one the server sends, nobody can tell. */
bool drill_check_has_twin(CheckModel *model, const CheckEvent *event, const CheckMessage *message);
/* One that looks like what comes has been published, or was a will that came. */
bool drill_check_was_published(CheckModel *model, const CheckEvent *event,
                               const CheckContent *content);
/* That one is about to end, and its will is what comes. */
bool drill_check_will_explains(const CheckModel *model, const CheckEvent *event,
                               const CheckContent *content);
/* It was seen before it was due. */
void drill_check_will_now(CheckModel *model, CheckConn *conn);
void drill_check_will_conn_ended(CheckModel *model, CheckConn *conn);
/* The connection ended before any CONNACK was seen: a real broker may have accepted the CONNECT,
 * and said so to nobody. */
void drill_check_will_in_doubt(CheckModel *model, CheckConn *conn);
/* The server forgets what was put off, or publishes it before. */
void drill_check_will_forgotten(CheckModel *model);
/* The server is there again: what was due when it went down may be published now. */
void drill_check_will_server_up(CheckModel *model);
/* Time has gone on: publishes what was put off until now. */
void drill_check_will_passing(CheckModel *model);
/* A CONNECT of the same client was accepted. */
void drill_check_will_accepted(CheckModel *model, const CheckConn *newer, bool session_present);
/* How many copies of the message the session may get at most; `recount`: given the subscriptions
 * since it was published. */
uint32_t drill_check_room(const CheckModel *model, const CheckExpect *expect, bool recount);

/* model_settle.c */
void drill_check_list_add(CheckModel *model, CheckList *list, void *item);
void drill_check_settle_init(CheckModel *model);
CheckMessage *drill_check_settle_new(CheckModel *model);
void drill_check_settle_watch(CheckModel *model, CheckMessage *message);
/* The subscription began, was answered, or ended. */
void drill_check_settle_change(CheckModel *model, const CheckSubscription *subscription);
/* Forgets some messages that are settled. Pointers to them must not be used any more. */
void drill_check_settle(CheckModel *model);
/* What is known of a settled content and of its expectations, whole again; NULL: nothing. */
CheckContent *drill_check_settle_recall(CheckModel *model, uint64_t hash);
CheckExpects *drill_check_settle_recall_expects(CheckModel *model, const CheckSession *session,
                                                const CheckContent *content);

/* model_retained.c */
void drill_check_retained_set(CheckModel *model, CheckMessage *message);
void drill_check_retained_prompt(CheckModel *model, CheckPrompt *prompt);
/* The message may be what is retained at some moment from the prompt until then. *newer: what
 * certainly replaced it before. */
bool drill_check_retained_possible(const CheckModel *model, const CheckMessage *message,
                                   const CheckPrompt *prompt, uint64_t until_ns,
                                   CheckMessage **newer);

/* The run is over: the due never came, and nothing excuses that. */
bool drill_check_due_missing(CheckModel *model, const CheckSession *session,
                             const CheckPrompt *prompt, const CheckDue *due);
/* A message may have come through a Shared Subscription and, at QoS 1, go to another member. */
bool drill_check_may_be_shared(const CheckSession *session, DrillSpan topic);
bool drill_check_may_move(CheckModel *model, const CheckSession *session,
                          const CheckExchange *exchange);
/* One copy too many, which a group gives back: at QoS 1 it moves from a member that did not
 * acknowledge it to another, and again when that one's connection has ended, too. */
bool drill_check_may_come_back(CheckModel *model, const CheckEvent *event);
/* Perhaps larger, on its way to this client, than its Maximum Packet Size. */
bool drill_check_too_big(const CheckSession *session, const CheckMessage *message);
/* The client acknowledges what it gets, so the server has no reason to hold anything back. */
bool drill_check_client_keeps_up(const CheckSession *session);

/* model_delivery.c */
/* What was taken for this message may have been another that looks the same. */
bool drill_check_has_double(CheckModel *model, const CheckSession *session,
                            const CheckMessage *message);
/* How many subscriptions of the session possibly match now. */
uint32_t drill_check_session_matches(const CheckSession *session, DrillSpan topic);
void drill_check_delivery_packet(CheckModel *model, CheckEvent *event);

#endif
