#include "driver/listen.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Thousands of clients that come back at once after an outage. */
#define BACKLOG 1024

DrillResult drill_addresses_find(const DrillListenAddress *address, bool passive,
                                 DrillAddresses *out, DrillDiagnostic *diagnostic) {
    char service[8];
    (void)snprintf(service, sizeof(service), "%u", (unsigned)address->port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0)};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(address->host, service, &hints, &found);
    if (error != 0) {
        return drill_diagnose(diagnostic, DRILL_IO, "cannot find host \"%s\": %s", address->host,
                              gai_strerror(error));
    }
    out->count = 0;
    for (const struct addrinfo *each = found; each != NULL; each = each->ai_next) {
        if (out->count == DRILL_SOCKET_ADDRESSES_MAX) break;
        if (each->ai_addrlen > sizeof(out->list[0])) continue;
        memcpy(&out->list[out->count++], each->ai_addr, each->ai_addrlen);
    }
    freeaddrinfo(found);
    if (out->count == 0) {
        return drill_diagnose(diagnostic, DRILL_IO, "host \"%s\" has no address for TCP",
                              address->host);
    }
    return DRILL_OK;
}

bool drill_address_is_loopback(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    if (address->ss_family != AF_INET6) return false;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    return memcmp(&v6->sin6_addr, &in6addr_loopback, sizeof(in6addr_loopback)) == 0;
}

static uint16_t port_of(const uv_tcp_t *handle) {
    struct sockaddr_storage name;
    int size = sizeof(name);
    if (uv_tcp_getsockname(handle, (struct sockaddr *)&name, &size) != 0) return 0;
    in_port_t port = name.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&name)->sin6_port
                                                : ((const struct sockaddr_in *)&name)->sin_port;
    return ntohs(port);
}

DrillResult drill_listen(uv_loop_t *loop, uv_tcp_t *handle, const DrillAddresses *addresses,
                         uv_connection_cb on_connection, uint16_t *port,
                         DrillDiagnostic *diagnostic) {
    int error = uv_tcp_init(loop, handle);
    DRILL_ASSERT(error == 0);
    error = uv_tcp_bind(handle, (const struct sockaddr *)&addresses->list[0], 0);
    if (error == 0) error = uv_listen((uv_stream_t *)handle, BACKLOG, on_connection);
    if (error == 0) {
        *port = port_of(handle);
        return DRILL_OK;
    }
    uv_close((uv_handle_t *)handle, NULL);
    return drill_diagnose(diagnostic, DRILL_IO, "cannot listen there: %s", uv_strerror(error));
}
