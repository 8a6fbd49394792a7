/* Real TCP connections by the world's numbers, and the list of what arrived on them. Knows nothing
 * of the event queue. */
#ifndef DRILL_DRIVER_SOCKET_H
#define DRILL_DRIVER_SOCKET_H

#include <sys/socket.h>
#include <uv.h>

#include "driver/driver.h"

#define DRILL_SOCKET_ADDRESSES_MAX 8
/* Bytes that wait to be written on one connection; a peer that lets more pile up is given up. */
#define DRILL_SOCKET_UNSENT_MAX ((size_t)64 * 1024 * 1024)
/* Bytes that wait to be handed over, all connections together; beyond it reading pauses (the peers
 * feel back-pressure). Can be passed by one read buffer per connection. */
#define DRILL_SOCKET_UNREAD_MAX ((size_t)16 * 1024 * 1024)
/* The same of one connection. A read may pass it by as much as one takes. */
#define DRILL_SOCKET_UNREAD_EACH ((size_t)64 * 1024)
/* Bytes that wait to be written on one connection, beyond which the world hears that it is not
 * writable; it is again when half of them are gone. */
#define DRILL_SOCKET_FULL_BYTES ((size_t)128 * 1024)
/* How long a closed connection may take to write its rest, or to see the peer's end, without
 * getting anywhere. */
#define DRILL_SOCKET_LINGER_NS (2 * DRILL_NS_PER_S)

/* Something that arrived; `stamp_ns` never changes afterwards. */
typedef struct DrillSocketInput {
    struct DrillSocketInput *next;
    uint64_t stamp_ns;
    uint64_t connection;
    DrillInputKind kind;
    const char *how;
    char text[120];
    bool writable;
    uint64_t stalled_ns;
    size_t size;
    uint8_t bytes[];
} DrillSocketInput;

typedef struct DrillSocketsOptions {
    /* Tried in turn until one lets a connection in; host order of preference. */
    const struct sockaddr_storage *addresses;
    size_t address_count;        /* 0..DRILL_SOCKET_ADDRESSES_MAX; 0: nothing may be opened */
    uint64_t connect_timeout_ns; /* for each address; 0: the system's */
    uint64_t (*stamp)(void *context);
    void *context;
} DrillSocketsOptions;

typedef struct DrillSockets DrillSockets;
DrillSockets *drill_sockets_new(const DrillSocketsOptions *options);
/* Resets what is open, lets what was closed before write its rest (at most DRILL_SOCKET_LINGER_NS
 * without progress). Every other handle of the loop must be closing already. */
void drill_sockets_free(DrillSockets *sockets);
uv_loop_t *drill_sockets_loop(DrillSockets *sockets);

void drill_sockets_open(DrillSockets *sockets, uint64_t number);
/* Takes the connection that waits at a listening handle; one too many is reset, and false. */
bool drill_sockets_accept(DrillSockets *sockets, uv_stream_t *listener, size_t accepted_max);
/* A command from outside joins the list of inputs, as everything else that arrives. */
void drill_sockets_command(DrillSockets *sockets, uint64_t request, DrillSpan text);
/* The news that nobody looked for so long: before all that came meanwhile, which it explains. */
void drill_sockets_stalled(DrillSockets *sockets, uint64_t for_ns);
/* Reads nothing more, or goes on. */
void drill_sockets_hold(DrillSockets *sockets, uint64_t number, bool hold);
void drill_sockets_write(DrillSockets *sockets, uint64_t number, DrillSpan bytes);
void drill_sockets_shutdown(DrillSockets *sockets, uint64_t number);
void drill_sockets_close(DrillSockets *sockets, uint64_t number, bool reset);
/* Connections that can still bring inputs which are not in the list. */
size_t drill_sockets_live(const DrillSockets *sockets);

/* Oldest input about a connection that the world has not closed, or NULL. */
const DrillSocketInput *drill_sockets_peek(DrillSockets *sockets);
/* Takes what peek showed out of the list; the caller frees it with free(). */
DrillSocketInput *drill_sockets_take(DrillSockets *sockets);
/* Lets the system's news in: as long as it takes for some to arrive (wait), or what is there. Only
 * when the list is empty. */
void drill_sockets_poll(DrillSockets *sockets, bool wait);

#endif
