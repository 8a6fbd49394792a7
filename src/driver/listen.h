/* Listening sockets, and the addresses of names. */
#ifndef DRILL_DRIVER_LISTEN_H
#define DRILL_DRIVER_LISTEN_H

#include <sys/socket.h>
#include <uv.h>

#include "driver/socket.h"

typedef struct DrillAddresses {
    struct sockaddr_storage list[DRILL_SOCKET_ADDRESSES_MAX];
    size_t count;
} DrillAddresses;

/* Resolves a name once; blocks. `passive`: to listen at. DRILL_IO: there is no such host. */
DRILL_MUST_USE DrillResult drill_addresses_find(const DrillListenAddress *address, bool passive,
                                                DrillAddresses *out, DrillDiagnostic *diagnostic);
bool drill_address_is_loopback(const struct sockaddr_storage *address);

/* Binds and listens at the first address, and says what port it became. DRILL_IO: the system said
 * no; then the handle is closing. */
DRILL_MUST_USE DrillResult drill_listen(uv_loop_t *loop, uv_tcp_t *handle,
                                        const DrillAddresses *addresses,
                                        uv_connection_cb on_connection, uint16_t *port,
                                        DrillDiagnostic *diagnostic);

#endif
