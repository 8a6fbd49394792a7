/* The delivery model: what can be known about nodes, connections, sessions, exchanges, messages and
 * retained values from trace events alone. It classifies; the oracles judge. Nothing here knows how
 * any broker works inside.
 *
 * Each Network Connection has two ends and each party is judged at its own doorstep: by what
 * arrived there and what it sent from there. That takes the network out of the question: a packet
 * that a cut destroyed was still sent by its sender. For a real broker its doorstep is the gateway,
 * so times there are uncertain by DRILL_CHECK_PACED_SLACK_NS. A trace without any far end (no
 * broker, no gateway) is read as if both ends were one. */
#ifndef DRILL_CHECK_MODEL_H
#define DRILL_CHECK_MODEL_H

#include <mqttdrill/codec.h>

#include "check/archive.h"
#include "check/check.h"

#define DRILL_CHECK_PACED_SLACK_NS DRILL_NS_PER_S

/* The two parties of a connection, and the index of its ends. */
typedef enum CheckSide { CHECK_CLIENT, CHECK_SERVER } CheckSide;

typedef struct CheckNode {
    uint64_t number;
    char *name;
    char *client_id;  /* that its application gave it; NULL: none, or it is not known */
    bool far;         /* broker or gateway */
    bool real;        /* a real client behind a gateway */
    bool raw;         /* deliberately illegal: never judged as a client */
    bool manual_acks; /* its application acknowledges: a missing acknowledgement is its wish */
    struct CheckParty *party; /* the client's own view of its session; NULL for far and raw nodes */
    uint64_t holding_event;   /* a packet is kept back by the script */
    uint32_t held_types;      /* bit per packet type: of such a packet it may have sent the first
                                 copy without anybody having seen it */
    uint64_t pubrec_held_event;
    struct CheckAppMessage *unsent_first, *unsent_last; /* app.publish not yet on the wire */
    bool tells_deliveries;                              /* its application's side is in the trace */
    bool may_have_session;          /* it sent CONNECT since it was made or lost its memory */
    uint64_t session;               /* the server's number of the one it last heard of; 0: none */
    struct CheckConn *conn;         /* the latest */
    struct CheckExchange *arriving; /* of the PUBLISH or PUBREL received last */
} CheckNode;

/* A message the application handed to a client. */
typedef struct CheckAppMessage {
    struct CheckAppMessage *next;
    uint64_t event;
    uint64_t hash;
    uint8_t qos;
    char *topic;
    size_t topic_size;
} CheckAppMessage;

/* ---- exchanges: one QoS 1 or 2 handshake as one party sees it ---- */

typedef enum CheckStage {
    CHECK_STAGE_PUBLISHED, /* PUBLISH sent (out) or received (in) */
    CHECK_STAGE_RECEIVED,  /* PUBREC received (out) or sent (in) */
    CHECK_STAGE_RELEASED,  /* PUBREL sent (out) or received (in) */
    CHECK_STAGE_DONE       /* PUBACK or PUBCOMP; kept until its Packet Identifier is used again */
} CheckStage;

typedef struct CheckExchange {
    uint16_t packet_identifier;
    uint8_t qos;
    bool outgoing;
    CheckStage stage;
    uint64_t hash; /* of topic and payload */
    uint64_t first_event, last_event, last_ns;
    uint64_t first_conn, last_conn;
    bool refused;       /* 5.0: it ended with a Reason Code of 0x80 or more */
    uint64_t order;     /* counts first transmissions of its party */
    uint64_t ack_event; /* PUBACK, PUBREC or PUBCOMP that moved it last */
    uint64_t ack_ns;
    uint64_t ack_conn;
    uint64_t pubrec_event;
    uint64_t uses;        /* how often the identifier was used before this exchange */
    uint32_t copies;      /* PUBLISH packets of this exchange, all connections */
    uint32_t copies_here; /* ... on the connection last_conn */
    uint64_t quota_conn;  /* out: the connection on which its PUBLISH is among .unfinished */
    bool due;             /* resumed: has to be sent again on conn last_due */
    uint64_t due_conn;
    uint32_t passed_on;      /* in, client: times it was handed to the application */
    bool abandoned;          /* its session ended before it did */
    bool clashed;            /* in: it took the identifier of an unfinished one, which the receiver
                                may go on with instead */
    bool after_abandoned;    /* the identifier's exchange before was abandoned */
    bool arriving;           /* in, client: of the PUBLISH or PUBREL received last */
    uint64_t received_event; /* in: PUBLISH received first */
    struct CheckMessage
        *message; /* server in: the publication it is; server out: the message it carries */
    uint64_t message_number; /* of .message; another's once it is settled and forgotten */
    bool in_done;            /* in its party's list of finished ones */
    struct CheckExchange *prev_done, *next_done;
} CheckExchange;

/* Finished exchanges, the oldest first. */
typedef struct CheckDoneList {
    CheckExchange *first, *last;
    size_t count;
} CheckDoneList;

/* The exchanges of one party's session. Of those that finished long ago the maps hold none:
 * model_finished.c. */
typedef struct CheckParty {
    CheckSide side;
    const char *who; /* for sentences: "client pub", "the broker (to client sub)" */
    DrillMap *out, *in;
    CheckDoneList out_done, in_done;
    uint32_t number;
    uint32_t generation;   /* counts how often all was forgotten */
    bool tells_deliveries; /* client: its application's side is in the trace */
    uint64_t order_next;
    uint64_t connections;    /* that this session has seen */
    uint64_t resend_order;   /* highest order resent on resend_conn */
    uint64_t resend_release; /* latest pubrec_event whose PUBREL was resent on resend_conn */
    uint64_t resend_conn;
    size_t due_count; /* exchanges that a resumption left to be taken up */
    bool in_doubt; /* client: what it holds may not be the server's session, because CleanSession 1
                      got no answer, or another client used its Client Identifier meanwhile, or an
                      unanswered CONNECT began another session */
} CheckParty;

/* What is owed to a request: kept in order of arrival. */
typedef struct CheckOwed {
    struct CheckOwed *next;
    DrillPacketType type; /* of the answer */
    uint16_t packet_identifier;
    uint64_t request_event;
    uint64_t request_ns;
} CheckOwed;

typedef struct CheckEnd {
    bool open, ended, half_closed;
    bool by_local; /* this party closed */
    bool network;  /* timeout, or a declared fault did it */
    uint64_t open_ns, end_ns, end_event;
    uint64_t last_sent_ns, last_received_ns;
    uint64_t first_sent_event;
    bool disconnected; /* client: DISCONNECT sent; server: received */
    uint64_t disconnect_event, disconnect_ns;
    uint8_t disconnect_code; /* 5.0 */
    bool left;               /* server, 5.0: it sent DISCONNECT */
    uint64_t left_event, left_ns;
    uint8_t left_code;
    uint64_t connack_sent_event;
    DrillMap *aliases_out, *aliases_in; /* 5.0: Topic Alias -> Topic Name, sent and received */
    uint32_t unfinished;                /* exchanges whose PUBLISH was sent here, and that go on */
    uint64_t last_quota_ns;             /* when a PUBLISH of QoS 1 or 2 was sent last */
    uint32_t quota_used; /* by 4.9 of 5.0: every PUBLISH of QoS 1 and 2 takes one, and every answer
                            gives one back */
    uint32_t unfinished_in; /* the same of its peer, as far as it has answered */
    bool acknowledged;      /* some acknowledgement of a PUBLISH came in */
    uint64_t faulted_event; /* it called its peer's bytes wrong */
    bool received_bad;      /* and they were */
    uint64_t last_received_event, last_sent_event;
    DrillPacketType last_received_type;
    bool last_received_expected; /* it belonged to an unfinished exchange */
    CheckOwed *owed_first, *owed_last;
} CheckEnd;

/* What a party said in CONNECT or CONNACK that it can take; the defaults in 3.1.1. */
typedef struct CheckLimits {
    uint32_t receive_maximum, packet_bytes_max;
    uint16_t alias_max;
    bool packet_limited; /* it said so */
} CheckLimits;

/* More of CONNECT in 5.0. */
typedef struct CheckAsks {
    uint32_t session_expiry_s; /* UINT32_MAX: never; in 3.1.1 by CleanSession */
    bool problem_information, response_information;
    char *method; /* of authentication; NULL: none */
} CheckAsks;

/* More of CONNACK in 5.0. */
typedef struct CheckGrants {
    uint8_t qos_max;
    bool retain;
    bool has_qos_max;
    bool has_keep_alive;
    uint16_t keep_alive_s;
    uint32_t session_expiry_s;               /* in force, whoever said it */
    bool expiry_overridden, expiry_in_doubt; /* by the server, and DISCONNECT wants more */
    char *client_id;                         /* assigned; NULL: none */
} CheckGrants;

/* Does the server hold a session? */
typedef enum CheckPresence { CHECK_ABSENT, CHECK_PRESENT, CHECK_PERHAPS } CheckPresence;

/* SUBSCRIBE or UNSUBSCRIBE waiting for its answer. */
typedef struct CheckRequest {
    struct CheckRequest *next;
    uint16_t packet_identifier;
    bool subscribe;
    uint64_t event;
    uint64_t ns;
    size_t count;
    struct CheckSubscription *
        *subscriptions; /* one per filter; UNSUBSCRIBE: NULL where there was none */
    uint8_t *requested;
    bool *certain;                /* UNSUBSCRIBE: the subscription was certainly there */
    struct CheckPrompt **prompts; /* SUBSCRIBE only */
} CheckRequest;

typedef struct CheckWill {
    bool set, retain;
    uint8_t qos;
    uint32_t delay_s;
    DrillProperties properties;
    size_t bytes;
    uint64_t due_ns;        /* when its connection is gone */
    uint64_t late_ns;       /* so much later the server may have come to publish it */
    uint64_t revoked_event; /* CONNACK of who came back to the session in time */
    uint64_t hash;
    char *topic;
    bool empty;
} CheckWill;

typedef struct CheckConn {
    uint64_t number;
    CheckNode *node; /* at the client's end; NULL until known */
    DrillVersion version;
    bool judged; /* its CONNECT spoke a version whose oracles are on */
    CheckEnd end[2];
    bool struck; /* a declared fault hit it */
    uint64_t struck_event;
    /* CONNECT as it arrived at the server, and its answer. */
    uint64_t connect_event, connect_ns, connack_event, connack_ns;
    bool connected; /* CONNECT arrived */
    bool accepted, refused, session_present;
    uint8_t code;
    bool clean;            /* CleanSession, or Clean Start */
    uint16_t keep_alive_s; /* in force */
    CheckLimits limits[2]; /* by the side that said it */
    CheckAsks asks;
    CheckGrants grants;
    bool unsupported;         /* protocol name or level nobody has to know */
    uint64_t paused_until_ns; /* while it was open, the broker's process was stopped until then */
    CheckPresence presence;   /* of its session, when CONNECT arrived */
    uint64_t presence_event;
    bool presence_expired; /* it was there until its Session Expiry Interval passed */
    bool empty_client_id;  /* what it got instead is the identity's */
    bool assigned_in_use;  /* and the server assigned it one of somebody else */
    bool shared;           /* another client had its session before */
    bool kept_up;          /* nothing was unacknowledged when it ended at the server */
    CheckWill will;
    struct CheckMessage *will_message; /* once it was due */
    struct CheckConn *next_will_of;    /* an earlier one with the same will */
    struct CheckConn *next_pending;    /* its will waits for its delay to pass */
    struct CheckIdentity *identity;
    bool entered; /* its CONNECT took effect. One that has to authenticate does so with CONNACK */
    uint64_t entered_ns;
    struct CheckConn *next_waiting; /* of its identity, not entered */
    struct CheckSession *session;   /* NULL before */
    struct CheckSession *displaced; /* clean CONNECT: the session it will end */
    /* The server may close: a PUBLISH took the identifier of an unfinished one; one came again. */
    bool clashed, repeated;
    /* The first thing the server received that it has to close for. */
    uint64_t offence_event, offence_ns;
    const char *offence_statement; /* what the sender broke; NULL: no number */
    const char *offence_text;
    bool offence_decode;
    bool offence_refused;            /* instead of closing: see model_offence.c */
    int offence_type;                /* DrillPacketType by the first byte */
    struct CheckConn *replaces;      /* the one that its identity had before */
    struct CheckConn *taken_over_by; /* newer connection with the same Client Identifier */
    CheckRequest *requests_first, *requests_last;
    CheckRequest *answered[2]; /* the latest UNSUBSCRIBE and SUBSCRIBE that were answered */
    /* The client's own view. */
    bool client_sent_connect, client_clean, client_connack, client_session_present;
    bool client_had_session; /* when CONNACK came: it held something of one */
    bool client_stranger;    /* when it sent CONNECT: it certainly had no session to go on with */
    uint64_t client_connack_ns;
    uint16_t client_keep_alive_s;
    bool client_held_leave;   /* the script keeps its DISCONNECT back: nobody saw what it says */
    bool client_set_expiry;   /* with a DISCONNECT that the server need not have got */
    uint64_t client_expiry_s; /* one more than its DISCONNECT says; 0: it says nothing */
} CheckConn;

/* ---- sessions, as the server must hold them ---- */

typedef struct CheckIdentity {
    char *client_id;
    CheckPresence presence;
    struct CheckSession *session; /* the latest; NULL before the first */
    CheckConn *conn;              /* the latest connection that sent a valid CONNECT */
    CheckConn *waiting;           /* those that authenticate, the latest first */
    CheckNode *node;              /* of the latest that was accepted */
    uint64_t last_event;          /* what presence rests on */
} CheckIdentity;

typedef struct CheckSession {
    uint64_t number;
    CheckIdentity *identity;
    CheckConn *conn;      /* latest */
    bool clean, ended;    /* clean: it ends with its connection */
    uint64_t expires_ns;  /* away: when its Session Expiry Interval has passed; else DRILL_NEVER */
    bool expiry_in_doubt; /* it went away because the server did, which need not know when */
    uint32_t packet_bytes_least; /* the smallest Maximum Packet Size of its connections */
    bool unknown_past;           /* it may hold things this trace does not show */
    CheckParty party;            /* the server's exchanges with this client */
    DrillMap *subscriptions;     /* filter -> CheckSubscription, ended ones included */
    struct CheckExpect *open_first, *open_last; /* deliveries that must still happen */
    struct CheckPrompt *prompts_first, *prompts_last;
    uint64_t offline_since_event; /* 0: connected */
    uint64_t changed_ns;          /* the last time a subscription changed or began to end */
    uint64_t grants;              /* filters granted */
} CheckSession;

/* A time during which a subscription was possibly active, and is no more. */
typedef struct CheckWindow {
    struct CheckWindow *next;
    uint64_t from_ns, until_ns;
} CheckWindow;

/* All Shared Subscriptions with one Topic Filter and ShareName. */
typedef struct CheckGroup {
    uint32_t members;     /* possibly, now */
    uint64_t from_ns;     /* since when there are any */
    CheckWindow *windows; /* before from_ns */
    bool left;            /* a member has left it: */
    uint64_t left_ns;     /* the last time */
} CheckGroup;

#define DRILL_CHECK_NO_LOCAL     0x04
#define DRILL_CHECK_AS_PUBLISHED 0x08

/* A Topic Filter of a session. Active certainly from SUBACK sent to UNSUBSCRIBE received, possibly
 * from SUBSCRIBE received to UNSUBACK sent. */
typedef struct CheckSubscription {
    CheckSession *session;
    char *filter;
    const char *match; /* what topics are compared with: the filter without $share/NAME/ */
    bool shared;
    CheckGroup *group; /* NULL unless shared */
    /* Of the latest SUBSCRIBE, in 5.0: */
    uint8_t options;     /* No Local and Retain As Published */
    uint32_t identifier; /* its Subscription Identifier; 0: none */
    /* And of the latest that was granted: */
    uint8_t granted_options;
    uint32_t granted_identifier;
    bool unsteady; /* they, or of the options these, changed: others may be in force still */
    uint8_t unsteady_options;
    uint8_t options_ever; /* were in force once: for what was waiting then */
    uint64_t options_ns;  /* when they last changed */
    bool certain, possible;
    uint8_t granted;
    uint8_t qos_mask;    /* bit q: may be in force */
    uint8_t qos_ever;    /* bit q: was granted once */
    uint64_t changed_ns; /* the last time qos_mask changed */
    uint64_t possible_from_ns, possible_until_ns, certain_from_ns;
    CheckWindow *windows; /* before possible_from_ns */
    uint64_t subscribe_event, suback_event, unsuback_event;
    uint64_t requests;                      /* SUBSCRIBE packets naming it, in this session */
    uint64_t answers;                       /* ... that SUBACK has answered */
    uint64_t brought_on;                    /* the connection on which it last brought a message */
    struct CheckSubscription *next_in_node; /* in the topic index */
    bool indexed;
} CheckSubscription;

/* One filter of one SUBSCRIBE: what allows and demands retained messages. */
typedef struct CheckPrompt {
    struct CheckPrompt *next;
    CheckSubscription *subscription;
    uint64_t event, ns;
    uint64_t answered_ns; /* SUBACK sent; DRILL_NEVER before */
    uint64_t grant;       /* counts the session's granted filters */
    uint64_t conn;
    uint8_t qos_mask;
    uint8_t granted;
    bool failed, again; /* again: the filter was subscribed before */
    bool may_be_again;  /* perhaps */
    uint8_t handling;   /* Retain Handling */
    uint8_t options;    /* No Local and Retain As Published */
    uint32_t identifier;
    bool given_up;      /* its session ended before it was answered */
    DrillMap *replayed; /* topic -> CheckReplay: its retained message was sent for this prompt */
    struct CheckDue *dues;
} CheckPrompt;

/* A retained message that a prompt certainly demands. */
typedef struct CheckDue {
    struct CheckDue *next;
    struct CheckMessage *message;
} CheckDue;

/* ---- messages ---- */

/* Pointers in order of arrival; the first is taken out cheaply. */
typedef struct CheckList {
    void **slots;
    size_t first, count, capacity;
} CheckList;

static inline void *drill_check_list_at(const CheckList *list, size_t index) {
    return list->slots[list->first + index];
}

typedef struct CheckTopic {
    char *name;
    uint64_t published;                   /* publications seen */
    bool refused;                         /* one of them was, with a Reason Code */
    struct CheckMessage *retained_oldest; /* with RETAIN 1, in order of arrival ... */
    struct CheckMessage *retained_first;  /* ... from here on none is certainly superseded */
    struct CheckMessage *retained_last;
    uint64_t retained_count; /* publications with RETAIN 1 */
    struct CheckMessage *latest;
} CheckTopic;

/* All publications of one topic and payload, but for those that are settled: model_settle.c. */
typedef struct CheckContent {
    CheckTopic *topic;
    uint64_t hash;
    CheckList messages;
    uint64_t published;   /* settled ones included */
    uint64_t first_event; /* the first publication */
    bool recalled;        /* it was settled, and its expectations may be so still */
    CheckConn *will_of;   /* connections that announced it as their will, the latest first */
} CheckContent;

/* One Application Message with its lineage: a PUBLISH exchange, a QoS 0 PUBLISH, or a will. */
typedef struct CheckMessage {
    uint64_t number; /* 0: settled and forgotten */
    CheckContent *content;
    struct CheckMessage *prev_retained, *next_retained;
    struct CheckMessage *prev_live, *next_live;
    struct CheckExpect *expects;
    uint8_t qos;
    bool retain, empty, is_will;
    bool settled;       /* it was, and has been recalled */
    bool asked;         /* RETAIN 1: an unanswered SUBSCRIBE was waiting when it came */
    bool first_dup;     /* its first copy came with DUP 1 */
    bool doubtful;      /* perhaps not a message of its own: never demanded */
    bool crossed;       /* its exchange went over several connections */
    bool reused;        /* its Packet Identifier had finished an exchange before */
    bool mixed;         /* a delivery may have been this one or another that looks the same */
    bool displaced;     /* and went to another while this one was unfinished */
    bool refused;       /* 5.0: the server refused it */
    bool after_refusal; /* 5.0: and the identifier's exchange before */
    bool v5;            /* published by 5.0: */
    bool expires;       /* Message Expiry Interval, */
    uint32_t expiry_s;
    uint64_t expiry_ns;           /* when it has passed; DRILL_NEVER */
    DrillProperties properties;   /* and all of them */
    size_t bytes;                 /* topic, payload and properties, as a subscriber will get them */
    struct CheckIdentity *author; /* whose No Local it is about */
    uint64_t conn;                /* on which it came first */
    uint64_t publisher;           /* number of the publisher's session */
    const char *publisher_id;
    uint16_t packet_identifier;
    uint64_t event, recv_ns;
    uint64_t ack_event, ack_ns; /* PUBACK or PUBCOMP sent; DRILL_NEVER before */
    uint64_t release_order;     /* QoS 2: order of the PUBREL; 0 none */
    uint32_t copies;
    uint32_t unfinished;  /* exchanges that carry it */
    uint32_t keepers;     /* others that will look at it again: drill_check_message_keep */
    uint64_t replaced_ns; /* RETAIN 1: then a newer one had certainly superseded it; DRILL_NEVER */
    uint64_t retry_ns;    /* not settled before */
    uint64_t over_ns; /* its publisher's session ended before it was acknowledged; DRILL_NEVER */
    CheckConn *will_conn;
    bool will_early; /* delivered before its connection was seen to end */
    uint64_t will_early_event;
    bool will_early_doubted; /* what was published may have looked the same */
} CheckMessage;

/* One message for one session. */
typedef struct CheckExpect {
    struct CheckExpect *prev_open, *next_open;
    struct CheckExpect *next_of_message;
    CheckMessage *message;
    CheckSession *session;
    uint32_t subscriptions; /* possibly matching, when it was published */
    uint32_t delivered;
    uint8_t qos_mask;    /* QoS it may have on delivery */
    uint8_t qos_certain; /* the highest that certainly matching subscriptions call for */
    uint8_t qos_best;    /* the highest delivered */
    uint8_t came[3];     /* copies by QoS, no more than UINT8_MAX */
    bool must, open, offline;
    bool excused; /* must no longer */
    bool unmarked,
        marked; /* RETAIN that it may have: some subscription asks for 0, for as published */
    uint64_t last_event; /* latest delivery */
    CheckSubscription *because;
} CheckExpect;

/* What a session may get of one content. */
typedef struct CheckExpects {
    CheckList items;
    size_t first_open; /* before it, everything is delivered in full */
    uint64_t perhaps;  /* copies taken for answers to a SUBSCRIBE that need not have come */
    /* The settled ones: how many had to come and did, and what may be taken for another. */
    uint64_t settled, settled_owed, settled_came;
    uint64_t settled_publisher, settled_from_ns;
    uint8_t settled_qos, settled_qos_mask, settled_qos_ever;
    bool settled_mixed;
} CheckExpects;

static inline CheckMessage *drill_check_message_at(const CheckContent *content, size_t index) {
    return drill_check_list_at(&content->messages, index);
}

static inline CheckExpect *drill_check_expect_at(const CheckExpects *expects, size_t index) {
    return drill_check_list_at(&expects->items, index);
}

/* The settled messages in few bytes, and what decides whether one is settled. */
typedef struct CheckSettled {
    CheckArchive *messages, *messages5; /* by content */
    CheckArchive *expects;              /* by session and content */
    DrillMap *lineages;                 /* topic and publisher -> CheckLineage */
    CheckList lineage_at;
    CheckMessage *vacant;                        /* to be used again */
    CheckMessage *live_first, *live_last, *next; /* all that are not settled; whose turn it is */
    struct CheckChange *changes;                 /* of subscriptions, in order of time */
    size_t change_count, change_capacity;
    uint64_t unanswered; /* SUBSCRIBE filters */
} CheckSettled;

/* ---- what the model finds out about one event ---- */

/* A PUBLISH as its sender's exchange. */
typedef enum CheckSend {
    CHECK_SEND_NONE,
    CHECK_SEND_QOS0,
    CHECK_SEND_FIRST,          /* a free identifier */
    CHECK_SEND_REPEAT,         /* the unfinished exchange's message again */
    CHECK_SEND_AFTER_RECEIVED, /* the message again although PUBREC (or PUBREL) has passed */
    CHECK_SEND_AFTER_DONE,     /* DUP 1 and the message of an exchange that is finished */
    CHECK_SEND_CLASH           /* another message under an unfinished identifier */
} CheckSend;

/* A PUBLISH from the server as a delivery. */
typedef enum CheckDeliveryKind {
    CHECK_DELIVERY_NONE,
    CHECK_DELIVERY_RESENT, /* see CheckSend */
    CHECK_DELIVERY_LIVE,
    CHECK_DELIVERY_LIVE_FLAGGED, /* live, but RETAIN 1 */
    CHECK_DELIVERY_REPLAY,
    CHECK_DELIVERY_REPLAY_UNFLAGGED,  /* retained message for a new subscription, but RETAIN 0 */
    CHECK_DELIVERY_REPLAY_STALE,      /* a newer one had replaced it */
    CHECK_DELIVERY_REPLAY_DELETED,    /* an empty one had deleted it */
    CHECK_DELIVERY_REPLAY_UNPROMPTED, /* no SUBSCRIBE asks for it (again) */
    CHECK_DELIVERY_REPLAY_NEVER_RETAINED, /* published with RETAIN 0 only */
    CHECK_DELIVERY_REPLAY_EMPTY,
    CHECK_DELIVERY_REPLAY_UNWANTED, /* Retain Handling, or a shared subscription, says no */
    CHECK_DELIVERY_EXTRA,           /* more often than publications and subscriptions account for */
    CHECK_DELIVERY_RENUMBERED,      /* the same, while the unacknowledged original is not resent */
    CHECK_DELIVERY_WILL_EARLY,      /* the will of a connection that is still open */
    CHECK_DELIVERY_WILL_CANCELLED,  /* after DISCONNECT */
    CHECK_DELIVERY_NOT_SUBSCRIBED,
    CHECK_DELIVERY_UNSUBSCRIBED, /* only a removed subscription matches */
    CHECK_DELIVERY_UNKNOWN,      /* nobody published it */
    CHECK_DELIVERY_IGNORED       /* cannot be judged */
} CheckDeliveryKind;

typedef struct CheckDelivery {
    CheckDeliveryKind kind;
    CheckMessage *message;           /* NULL where there is none */
    CheckMessage *newer;             /* STALE, DELETED: what replaced it */
    CheckExpect *expect;             /* live kinds */
    CheckPrompt *prompt;             /* replay kinds */
    CheckSubscription *subscription; /* some subscription that matches, or NULL */
    CheckConn *will_conn;            /* will kinds */
    bool published;                  /* will kinds: something that looks like it was, too */
    CheckExchange *original;         /* RENUMBERED */
    CheckSubscription *removed;      /* UNSUBSCRIBED */
    CheckTopic *topic;
    uint8_t qos_mask; /* QoS that are right for it; 0: not judged */
    bool due;         /* replay kinds: this SUBSCRIBE on this connection still had to bring it */
    bool own;         /* it is the client's own, and No Local keeps it away */
    bool dollar_wildcard; /* only filters starting with a wildcard match this $ topic */
    bool first;           /* live: the first copy for this session */
    uint64_t again_event; /* EXTRA: the copy before */
} CheckDelivery;

typedef struct CheckEvent {
    const DrillTraceEvent *trace;
    uint64_t number, time_ns;
    bool is_packet;
    CheckSide side; /* whose end of the connection */
    bool sent;      /* else received */
    CheckNode *node;
    CheckConn *conn;
    CheckSession *session; /* server's side; NULL before CONNECT */
    CheckParty *party;     /* of this end; NULL: no session known, or raw client */
    bool judged; /* the party may be judged by what it sends: right version, not raw, connection not
                    in offence */
    DrillSpan bytes;
    bool decoded, incomplete;
    bool bad_format; /* decoded, but its payload is not the UTF-8 that its properties promise */
    DrillPacket packet;
    DrillFault fault;
    uint64_t hash; /* PUBLISH: topic and payload */
    /* facts */
    CheckSend send;
    uint64_t silence_ns; /* since this end sent its last packet */
    bool resend_due; /* the first time this unfinished exchange is taken up on this connection */
    bool resend_disorder;     /* and a younger one was resent before */
    CheckExchange *swallowed; /* client: the exchange that this one replaces ended without reaching
                                 the application */
    CheckExchange *exchange;  /* after the event; NULL if none */
    bool had_exchange;
    CheckExchange before;
    bool answered; /* it answers .owed */
    CheckOwed owed;
    bool in_order;        /* .owed was the oldest of its type at this end */
    uint64_t older_event; /* else: the request that should have been answered first */
    bool first_of_conn;
    uint16_t alias;        /* PUBLISH of 5.0: its Topic Alias, 0: none */
    bool alias_resolved;   /* and its Topic Name was empty and is filled in */
    bool alias_unknown;    /* or stands for nothing here */
    CheckRequest *request; /* SUBACK, UNSUBACK: what it answers */
    CheckDelivery delivery;
    CheckPresence presence_before; /* CONNACK sent */
    bool presence_expired;
    uint64_t presence_event;
} CheckEvent;

typedef struct CheckTopicNode CheckTopicNode;

typedef struct CheckModel {
    DrillAllocator allocator;
    uint64_t version;
    bool paced, has_far;
    bool gateway; /* the far end is a gateway: what a real broker says into a dead connection is not
                     seen */
    uint64_t slack_ns;
    uint64_t now_ns;
    DrillMap *nodes;          /* name */
    DrillMap *conns;          /* number */
    DrillMap *identities;     /* client id */
    DrillMap *topics;         /* name */
    DrillMap *contents;       /* topic and hash */
    DrillMap *expects;        /* session and content -> CheckExpects */
    uint64_t paused_until_ns; /* the broker does nothing before */
    DrillMap *groups;         /* Topic Filter of a Shared Subscription -> CheckGroup */
    DrillMap *streams;        /* ordering: session, publisher, topic, qos -> what came last */
    CheckTopicNode *index;
    CheckArchive *finished; /* exchanges that finished long ago */
    CheckSettled settled;
    uint32_t next_party;
    uint64_t next_number; /* messages, sessions, nodes */
    uint64_t release_next;
    uint64_t retained_unknown_ns; /* before it, retained state is unknown (a broker that forgot); 0:
                                     never */
    bool broker_down;
    bool is_down;
    uint64_t down_ns;               /* the last time the broker went down */
    bool topic_rules, no_wildcards; /* so the broker is configured; 3.1.1 cannot say it */
    CheckConn *pending_wills;
    uint64_t end_ns;
} CheckModel;

#include "check/model_calls.h"
#include "spec/reason.h"

#endif
