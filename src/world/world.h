/* The world's internal interface, used by script/, explore/ and cli/. */
#ifndef DRILL_WORLD_WORLD_H
#define DRILL_WORLD_WORLD_H

#include <mqttdrill/world.h>

#include "base/arena.h"
#include "base/diagnostic.h"
#include "driver/driver.h"
#include "net/settings.h"
#include "net/transport.h"
#include "trace/trace.h"

/* Tells the script layer what clients noticed. Called inside the dispatch of an event, never inside
 * a drill_world_* call made by the script... except where a call's effect is immediate; the script
 * layer therefore only records and wakes coroutines from `dispatched`. */
typedef struct DrillWorldObserver {
    void *context;
    void (*connected)(void *context, DrillWorldClient *client, const DrillConnackPacket *connack);
    void (*closed)(void *context, DrillWorldClient *client, DrillCloseHow how, bool half);
    void (*opened)(void *context,
                   DrillWorldClient *client); /* transport open (raw clients wait for it) */
    void (*message)(void *context, DrillWorldClient *client, const DrillPublishPacket *publish);
    void (*acknowledged)(void *context, DrillWorldClient *client, DrillMessageId message,
                         uint8_t reason_code);
    void (*dropped)(void *context, DrillWorldClient *client, DrillMessageId message);
    void (*suback)(void *context, DrillWorldClient *client, DrillPacketType type,
                   const DrillSubackPacket *suback);
    void (*pingresp)(void *context, DrillWorldClient *client);
    void (*faulted)(void *context, DrillWorldClient *client, const DrillFault *fault);
    /* 5.0: DISCONNECT and AUTH from the server */
    void (*disconnected)(void *context, DrillWorldClient *client,
                         const DrillReasonPacket *disconnect);
    void (*auth)(void *context, DrillWorldClient *client, const DrillReasonPacket *auth);
    void (*raw_packet)(void *context, DrillWorldClient *client, DrillSpan bytes,
                       bool whole); /* raw nodes: every packet received */
    /* What the client's machine sends, before it is sent; to look at only. */
    void (*sent)(void *context, DrillWorldClient *client, DrillSpan packet);
    /* After every dispatched event: the place to resume coroutines. */
    void (*dispatched)(void *context, uint64_t now_ns);
} DrillWorldObserver;

/* Enhanced authentication (5.0) that the virtual broker wants. */
typedef enum DrillWorldMethod {
    DRILL_METHOD_NONE,
    DRILL_METHOD_SCRAM,  /* SCRAM-SHA-256; drill_world_scram_missing must be NULL */
    DRILL_METHOD_REVERSE /* DRILL-REVERSE of broker.h */
} DrillWorldMethod;
typedef struct DrillWorldAuthentication {
    DrillWorldMethod method;
    /* Who names no method may connect. Else only where the broker has `users`, with a password. */
    bool optional;
    const DrillBrokerUser *users; /* of SCRAM; they live as long as the world */
    size_t user_count;
    uint32_t iterations; /* of SCRAM; 0: 4096 */
    uint32_t rounds;     /* of DRILL-REVERSE; 0: 1 */
} DrillWorldAuthentication;
/* NULL: SCRAM-SHA-256 can be had; else why not. */
const char *drill_world_scram_missing(void);

typedef struct DrillWorldOptions {
    DrillArena *arena;
    DrillDriver *driver;
    DrillTracer *tracer;
    uint64_t seed;
    DrillVersion version;
    bool segments;            /* trace level: segment */
    bool serve;               /* the far end is the virtual broker though the driver is live */
    DrillBrokerConfig broker; /* the virtual broker; ignored when the far end is a real one */
    DrillWorldAuthentication authentication; /* of that broker */
    DrillWorldLink link;                     /* defaults for clients */
    /* Packets of real peers that are not whole yet may take so much in all; 0: 512 MiB. */
    uint64_t held_bytes_max;
    DrillDefectSet client_defects; /* given to every client */
    uint64_t limit_ns;             /* virtual time after which the run ends */
} DrillWorldOptions;

DrillWorld *drill_world_new(const DrillWorldOptions *options);
void drill_world_free(DrillWorld *world);
void drill_world_set_observer(DrillWorld *world, const DrillWorldObserver *observer);

uint64_t drill_world_now(const DrillWorld *world);
bool drill_world_live(const DrillWorld *world);
/* So many connections can be open at the same time, as far as the driver is concerned. */
uint64_t drill_world_connections_max(const DrillWorld *world);
uint64_t drill_world_seed(const DrillWorld *world);        /* as in the options */
DrillVersion drill_world_version(const DrillWorld *world); /* as in the options */
DrillTracer *drill_world_tracer(DrillWorld *world);

/* --- the loop --- */
/* One step of the driver and its dispatch. False: nothing left, or stopped, or over the limit. */
bool drill_world_step(DrillWorld *world);
uint64_t drill_world_step_count(const DrillWorld *world);
/* The script has ended, and fleets (world/fleet.h) do nothing more by themselves: run on until
 * nothing moves (no byte in flight, no unacknowledged exchange on an open connection, no unfinished
 * close) for `quiet_ns`, at most `limit_ns`; then emit fault.unused, run.settled and run.end. */
void drill_world_finish(DrillWorld *world, const char *script_outcome, const char *text,
                        uint64_t quiet_ns, uint64_t limit_ns);
bool drill_world_over_limit(const DrillWorld *world);
bool drill_world_unreachable(
    const DrillWorld *world); /* live: a connection to the target was refused */

/* --- timers and text for the script --- */
DrillEventHandle drill_world_timer(DrillWorld *world, uint64_t at_ns, DrillEventFunction function,
                                   void *context, uint64_t argument);
void drill_world_cancel(DrillWorld *world, DrillEventHandle handle);
/* app.note, app.log; text of a failed expectation (app.failed). */
void drill_world_note(DrillWorld *world, DrillSpan text);
void drill_world_log(DrillWorld *world, DrillSpan text);
void drill_world_failed(DrillWorld *world, DrillSpan text, const char *file, uint32_t line);
/* Nothing has been received by any client application or raw node since: for t:quiet. */
uint64_t drill_world_last_arrival_ns(const DrillWorld *world);

/* --- clients --- */
DRILL_MUST_USE DrillResult drill_world_add_client(DrillWorld *world,
                                                  const DrillWorldClientOptions *options,
                                                  DrillWorldClient **out,
                                                  DrillDiagnostic *diagnostic);
const char *drill_world_client_name(const DrillWorldClient *client);
DrillVersion drill_world_client_version(const DrillWorldClient *client);
DrillClient *drill_world_client_machine(DrillWorldClient *client); /* NULL for raw */
void *drill_world_client_user(const DrillWorldClient *client);
void drill_world_client_set_user(DrillWorldClient *client, void *user);
bool drill_world_client_is_open(const DrillWorldClient *client);

/* All of these are the machine's calls, traced and with the packets put on the wire. */
DRILL_MUST_USE DrillResult drill_world_connect(DrillWorldClient *client,
                                               const DrillClientConfig *reconfigure_or_null,
                                               DrillDiagnostic *diagnostic);
DRILL_MUST_USE DrillResult drill_world_publish(DrillWorldClient *client,
                                               const DrillPublishPacket *message,
                                               DrillMessageId *out);
DRILL_MUST_USE DrillResult drill_world_subscribe(DrillWorldClient *client, DrillFilters filters,
                                                 uint16_t *packet_identifier);
DRILL_MUST_USE DrillResult drill_world_unsubscribe(DrillWorldClient *client, DrillFilters filters,
                                                   uint16_t *packet_identifier);
/* SUBSCRIBE or UNSUBSCRIBE with properties. */
DRILL_MUST_USE DrillResult drill_world_request(DrillWorldClient *client, DrillPacketType type,
                                               const DrillSubscribePacket *request,
                                               uint16_t *packet_identifier);
DRILL_MUST_USE DrillResult drill_world_ping(DrillWorldClient *client);
DRILL_MUST_USE DrillResult drill_world_disconnect(DrillWorldClient *client);
DRILL_MUST_USE DrillResult drill_world_disconnect_with(DrillWorldClient *client,
                                                       const DrillReasonPacket *reason);
DRILL_MUST_USE DrillResult drill_world_acknowledge(DrillWorldClient *client);
DRILL_MUST_USE DrillResult drill_world_acknowledge_with(DrillWorldClient *client,
                                                        const DrillReasonPacket *reason);
/* The client answers AUTH packets itself: its configuration names SCRAM-SHA-256, User Name and
 * Password, and no Authentication Data. */
bool drill_world_authenticates(const DrillWorldClient *client);
/* Of such a client, for the exchanges that follow on this connection. */
void drill_world_set_password(DrillWorldClient *client, DrillSpan password);
DRILL_MUST_USE DrillResult drill_world_reauthenticate(DrillWorldClient *client);
DRILL_MUST_USE DrillResult drill_world_authenticate(DrillWorldClient *client,
                                                    const DrillReasonPacket *auth);
void drill_world_drop(
    DrillWorldClient *client,
    DrillCloseHow how); /* the connection dies from the client's side, without DISCONNECT */
void drill_world_crash(DrillWorldClient *client); /* drill_client_crash, connection reset */
/* Packets of this type from this client are kept back (others pass) until released, in order. */
void drill_world_hold(DrillWorldClient *client, DrillPacketType type);
void drill_world_release(DrillWorldClient *client);

/* --- raw nodes --- */
DRILL_MUST_USE DrillResult drill_world_raw_open(DrillWorldClient *client);
DRILL_MUST_USE DrillResult drill_world_raw_send(DrillWorldClient *client, DrillSpan bytes);
void drill_world_raw_half_close(DrillWorldClient *client);

/* --- links and faults --- */
DrillLink *drill_world_link(DrillWorldClient *client);
void drill_world_link_set(DrillWorldClient *client, int direction,
                          const DrillLinkSettings *settings);
void drill_world_partition(DrillWorldClient *client, int direction_or_both, uint64_t duration_ns,
                           bool stall);
DRILL_MUST_USE DrillResult drill_world_fault(DrillWorldClient *client, const DrillFaultSpec *spec,
                                             DrillDiagnostic *diagnostic);
DRILL_MUST_USE DrillResult drill_world_mask(DrillWorldClient *client, int direction, DrillSpan mask,
                                            DrillDiagnostic *diagnostic);

/* --- real clients (driver with `listen`) --- */
/* What is not told by a real client within a second after it connected - its Client Identifier - is
 * made up: "client-1". One that comes back under the same identifier is the same node, with the
 * same link. */
typedef struct DrillWorldControl {
    void *context;
    /* A command; answered through the driver. Called between events. */
    void (*command)(void *context, uint64_t request, DrillSpan text);
} DrillWorldControl;
void drill_world_set_control(DrillWorld *world, const DrillWorldControl *control);
/* Records that a command is being carried out, so that a replay carries it out too. */
void drill_world_control_taken(DrillWorld *world, DrillSpan text);
void drill_world_respond(DrillWorld *world, uint64_t request, int status, DrillSpan json);
/* Accepts nothing more, and cuts every connection. drill_world_finish then takes little time. */
void drill_world_stop(DrillWorld *world);

typedef struct DrillWorldCounters {
    uint64_t accepted, turned_away; /* real clients; turned away: came after the stop */
    uint64_t opened, closed;        /* connections, of all kinds; closed: at both ends */
    uint64_t bytes[2], packets[2];  /* sent, by direction */
} DrillWorldCounters;
const DrillWorldCounters *drill_world_counters(const DrillWorld *world);

typedef enum DrillConnectionState {
    DRILL_CONNECTION_NAMELESS, /* a real client that has not said who it is */
    DRILL_CONNECTION_OPENING,
    DRILL_CONNECTION_OPEN,
    DRILL_CONNECTION_CLOSING, /* one end is closed */
    DRILL_CONNECTION_CLOSED,
    DRILL_CONNECTION_VANISHED
} DrillConnectionState;
const char *drill_connection_state_name(DrillConnectionState state);

typedef struct DrillConnectionInfo {
    uint64_t number;
    DrillWorldClient *client; /* NULL: nameless */
    bool outside;             /* a real client's */
    DrillConnectionState state;
    bool held; /* its sockets are not read from for now */
    uint64_t since_ns;
    uint64_t sent_bytes[2], delivered_bytes[2], packets[2]; /* by direction */
} DrillConnectionInfo;
/* Numbers count from 1; those of connections that are gone stay empty (false). */
uint64_t drill_world_connection_count(const DrillWorld *world);
bool drill_world_connection(const DrillWorld *world, uint64_t number, DrillConnectionInfo *out);
/* The link that later clients get. */
DrillWorldLink *drill_world_default_link(DrillWorld *world);
uint32_t drill_world_client_count(const DrillWorld *world);
DrillWorldClient *drill_world_client_at(const DrillWorld *world, uint32_t index); /* may be NULL */
bool drill_world_client_uses_stream(const DrillWorldClient *client);

/* --- the virtual broker; DRILL_BUSY when the broker is real --- */
DRILL_MUST_USE DrillResult drill_world_broker_restart(DrillWorld *world, bool keep_sessions,
                                                      uint64_t down_ns);
typedef struct DrillWorldRestart {
    bool keep_sessions;
    bool announced;        /* connections are ended in good order before: 5.0 DISCONNECT 0x8B */
    uint32_t lost_records; /* drill_broker_lose_records */
    uint64_t down_ns;
} DrillWorldRestart;
DRILL_MUST_USE DrillResult drill_world_broker_restart_with(DrillWorld *world,
                                                           const DrillWorldRestart *restart);
/* Another configuration from now on; authentication stays as it is. What has changed is traced by
 * drill_world_broker_setting. */
DRILL_MUST_USE DrillResult drill_world_broker_configure(DrillWorld *world,
                                                        const DrillBrokerConfig *config);
/* As it is now, the world's own additions left out; NULL: the broker is real. */
const DrillBrokerConfig *drill_world_broker_config(const DrillWorld *world);
/* Trace: an option of the broker has this value from now on. Also of a real one that is configured
 * as the scenario says. */
void drill_world_broker_setting(DrillWorld *world, const char *option, const char *value);
/* One of its defects, by index, is switched on or off. */
DRILL_MUST_USE DrillResult drill_world_broker_defect(DrillWorld *world, int defect, bool on);
DRILL_MUST_USE DrillResult drill_world_broker_pause(
    DrillWorld *world, uint64_t duration_ns); /* receives nothing meanwhile, loses nothing */

#endif
