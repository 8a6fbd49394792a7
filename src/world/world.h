/* The world's internal interface, used by script/, explore/ and cli/. */
#ifndef DRILL_WORLD_WORLD_H
#define DRILL_WORLD_WORLD_H

#include <mqttdrill/world.h>

#include "base/arena.h"
#include "base/diagnostic.h"
#include "driver/driver.h"
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
    void (*raw_packet)(void *context, DrillWorldClient *client, DrillSpan bytes,
                       bool whole); /* raw nodes: every packet received */
    /* After every dispatched event: the place to resume coroutines. */
    void (*dispatched)(void *context, uint64_t now_ns);
} DrillWorldObserver;

typedef struct DrillWorldOptions {
    DrillArena *arena;
    DrillDriver *driver;
    DrillTracer *tracer;
    uint64_t seed;
    DrillVersion version;
    bool segments;                 /* trace level: segment */
    DrillBrokerConfig broker;      /* the virtual broker; ignored when the driver is live */
    DrillWorldLink link;           /* defaults for clients */
    DrillDefectSet client_defects; /* given to every client */
    uint64_t limit_ns;             /* virtual time after which the run ends */
} DrillWorldOptions;

DrillWorld *drill_world_new(const DrillWorldOptions *options);
void drill_world_free(DrillWorld *world);
void drill_world_set_observer(DrillWorld *world, const DrillWorldObserver *observer);

uint64_t drill_world_now(const DrillWorld *world);
bool drill_world_live(const DrillWorld *world);
uint64_t drill_world_seed(const DrillWorld *world);        /* as in the options */
DrillVersion drill_world_version(const DrillWorld *world); /* as in the options */
DrillTracer *drill_world_tracer(DrillWorld *world);

/* --- the loop --- */
/* One step of the driver and its dispatch. False: nothing left, or stopped, or over the limit. */
bool drill_world_step(DrillWorld *world);
uint64_t drill_world_step_count(const DrillWorld *world);
/* The script has ended: run on until nothing moves (no byte in flight, no unacknowledged exchange
 * on an open connection, no unfinished close) for `quiet_ns`, at most `limit_ns`; then emit
 * fault.unused, run.settled and run.end. */
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
DRILL_MUST_USE DrillResult drill_world_ping(DrillWorldClient *client);
DRILL_MUST_USE DrillResult drill_world_disconnect(DrillWorldClient *client);
DRILL_MUST_USE DrillResult drill_world_acknowledge(DrillWorldClient *client);
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

/* --- the virtual broker; DRILL_BUSY when the broker is real --- */
DRILL_MUST_USE DrillResult drill_world_broker_restart(DrillWorld *world, bool keep_sessions,
                                                      uint64_t down_ns);
DRILL_MUST_USE DrillResult drill_world_broker_pause(
    DrillWorld *world, uint64_t duration_ns); /* receives nothing meanwhile, loses nothing */

#endif
