/* What the files of this module share: the script, its tasks (coroutines) and what it remembers of
 * clients.
 *
 * Everything here lives in the run arena and is restored with it: no static state, no C frame
 * across a step of the world (functions that wait end in lua_yieldk), and nothing outside the arena
 * is pointed to but functions and literals. */
#ifndef DRILL_SCRIPT_STATE_H
#define DRILL_SCRIPT_STATE_H

#include <lauxlib.h>
#include <lua.h>

#include "script/script.h"

/* Declared maxima. */
#define DRILL_SCRIPT_TASKS_MAX            1000u
#define DRILL_SCRIPT_RECEIVED_MAX         1000000u
#define DRILL_SCRIPT_FILES_MAX            100u
#define DRILL_SCRIPT_FILE_BYTES_MAX       (4u * 1024u * 1024u)
#define DRILL_SCRIPT_INSTRUCTIONS_DEFAULT UINT64_C(200000000)
#define DRILL_SCRIPT_MEMORY_DEFAULT       ((size_t)64 * 1024 * 1024)
#define DRILL_SCRIPT_HOOK_EVERY           10000

/* Default deadlines of calls that wait. */
#define DRILL_WAIT_ANSWER_NS (60 * DRILL_NS_PER_S)
#define DRILL_WAIT_EXPECT_NS (10 * DRILL_NS_PER_S)

typedef struct DrillTask DrillTask;
typedef struct DrillScriptClient DrillScriptClient;

/* A line of a scenario. `file` is relative to the suite's folder, so that traces do not depend on
 * where they were made. */
typedef struct DrillPlace {
    const char *file;
    uint32_t line;
} DrillPlace;

/* What a task waits for. `ready` must change nothing that another task can see. */
typedef struct DrillWait {
    bool (*ready)(const DrillTask *task); /* NULL: only time can end it */
    DrillScriptClient *client;
    void *subject;        /* of the condition: an expectation, a message ... */
    uint64_t seen;        /* of the condition: counter or number */
    uint64_t seen_closes; /* of the condition: the client's closes when the wait began */
    uint64_t timeout_ns;  /* DRILL_NEVER: only the scenario's limit */
    uint64_t started_ns;
    uint64_t deadline_ns; /* 0: timeout_ns from now; kept when a wait goes on */
    DrillEventHandle timer;
    bool timed_out;
    DrillPlace place;
    char what[120]; /* "CONNACK of client 'pub'" */
} DrillWait;

typedef enum DrillTaskState {
    DRILL_TASK_NEW,
    DRILL_TASK_RUNNING,
    DRILL_TASK_WAITING,
    DRILL_TASK_DONE
} DrillTaskState;

struct DrillTask {
    DrillScript *script;
    DrillTask *next; /* in order of creation */
    DrillTask *parent;
    lua_State *thread;
    int thread_ref;
    uint32_t children; /* that have not ended */
    DrillTaskState state;
    DrillWait wait;
};

/* A message that reached the application of a client, or a packet that reached a raw node. */
typedef struct DrillScriptReceived {
    DrillSpan topic; /* as the scenario names it */
    DrillSpan payload;
    DrillQos qos;
    bool retain, dup;
    bool claimed; /* by an expect */
    bool whole;   /* raw: a whole packet */
    uint16_t packet_identifier;
    uint64_t time_ns;
    DrillSpan bytes;            /* raw */
    DrillProperties properties; /* 5.0 */
} DrillScriptReceived;

typedef struct DrillScriptSent {
    DrillMessageId id;
    uint16_t packet_identifier;
    uint8_t reason_code;
    DrillQos qos;
    bool acked, dropped;
    DrillScriptClient *client;
    DrillSpan topic;
} DrillScriptSent;

typedef struct DrillScriptSuback {
    struct DrillScriptSuback *next;
    DrillPacketType type;
    uint16_t packet_identifier;
    DrillSpan reason_codes;
    DrillProperties properties; /* 5.0 */
} DrillScriptSuback;

struct DrillScriptClient {
    DrillScript *script;
    DrillScriptClient *next;
    DrillWorldClient *node;
    const char *name;
    bool raw, stream;
    DrillClientConfig config; /* as given to t:client; connect{} may differ once */
    int ref;                  /* its userdata in the registry */

    uint64_t connacks, closes, opens, pingresps; /* counters, for conditions */
    bool session_present;
    uint8_t connack_code;
    /* 5.0 */
    struct DrillPropertySet *properties; /* of CONNECT, as given to t:client */
    DrillProperties connack_properties;
    uint64_t auths;             /* AUTH packets received */
    uint64_t answered_connacks; /* of the wait for CONNACK or AUTH: CONNACKs before it */
    DrillReasonPacket auth;
    bool auth_owed;    /* the last of them awaits our answer */
    bool disconnected; /* the server ended the last connection with a DISCONNECT */
    DrillReasonPacket disconnect;
    bool opened_once;
    bool ended_by_script; /* the last connection was ended by a call of the scenario */
    DrillCloseHow closed_how;
    uint64_t closed_ns;
    bool peer_closed;       /* the far side ended its direction of the present connection */
    const char *fault_text; /* what the client found wrong with the server's bytes */

    DrillScriptReceived *received;
    size_t received_count, received_capacity, received_claimed_below; /* all below are claimed */
    DrillScriptSent **sent;                                           /* by message id, ascending */
    size_t sent_count, sent_capacity;
    DrillScriptSuback *subacks; /* not yet fetched, oldest first */
};

/* The scenario's table, validated. Strings live in the script's allocator. */
typedef struct DrillScenarioTable {
    const char *id;
    const char *title;
    const char **clauses, **tags, **features;
    size_t clause_count, tag_count, feature_count;
    const char *missing; /* of the features: what the broker, as configured, lacks; NULL: nothing */
    const char *recommended; /* of the features: what no broker has to have; NULL: nothing */
    bool v311, v50, sim, live, slow, topics_absolute, configures_broker;
    const char *settings; /* see DrillScenario */
    DrillWorldLink link;
    DrillBrokerConfig broker;
    DrillWorldAuthentication authentication;
    uint64_t limit_ns;
} DrillScenarioTable;

typedef enum DrillScriptState {
    DRILL_SCRIPT_LOADING,
    DRILL_SCRIPT_RUNNING,
    DRILL_SCRIPT_RETURNED, /* run came to its end */
    DRILL_SCRIPT_FAILED,   /* an expectation failed */
    DRILL_SCRIPT_BROKEN    /* a Lua error */
} DrillScriptState;

struct DrillScript {
    DrillArena *arena;
    DrillAllocator allocator;  /* for what C remembers */
    DrillAllocator lua_memory; /* capped */
    DrillScriptLimits limits;
    const char *run_id;
    const char
        *path_prefix; /* what was given in front of the suite-relative path: "scenarios/" or "" */
    const char *file; /* suite-relative */
    DrillSha256 sha;
    char sha256_hex[65];
    const char
        *files[DRILL_SCRIPT_FILES_MAX]; /* chunk names: the scenario's, then the required ones */
    size_t file_count;
    DrillDefectSet defects;
    bool has_link_override;
    DrillWorldLink link_override;
    const struct DrillTcpSettings *tcp_override; /* NULL: the scenario's own */
    DrillScenarioTable table;

    lua_State *L;
    uint64_t instructions;
    uint64_t serials; /* given out by tostring */
    bool dying;       /* an error that the scenario may not catch is on its way */
    DrillScriptState state;
    DrillDiagnostic broken;          /* state BROKEN: with paths below the suite's folder */
    DrillDiagnostic broken_as_given; /* ... and with paths as the user gave them */

    DrillWorld *world;
    DrillTask *tasks; /* in order of creation */
    DrillTask *current;
    bool pumping;
    uint32_t task_count;
    DrillScriptClient *clients, *last_client;
    uint64_t arrivals;                 /* application messages and raw packets, but PINGRESP */
    DrillScriptClient *arrival_client; /* the last one */
    size_t arrival_index;
};

/* What a client gets unless it says otherwise: the command line's, or the scenario's. */
DrillWorldLink drill_script_link(const DrillScript *script);

#endif
