#include "explore/target.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver/driver.h"

#define DRILL_MQTT_PORT     1883
#define DRILL_AWAIT_STEP_MS 100

static DrillResult parse_port(const char *text, uint16_t *port, DrillDiagnostic *diagnostic) {
    uint64_t value;
    if (drill_parse_u64(drill_span_of(text), &value) != DRILL_OK || value < 1 || value > 65535)
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "target: expected a port from 1 to 65535, got \"%s\"", text);
    *port = (uint16_t)value;
    return DRILL_OK;
}

static DrillResult parse_address(const char *text, DrillTarget *out, DrillDiagnostic *diagnostic) {
    const char *end, *host = text;
    size_t size;
    if (text[0] == '[') {
        host++;
        end = strchr(text, ']');
        if (!end)
            return drill_diagnose(diagnostic, DRILL_INVALID,
                                  "target: no ']' after the IPv6 address: %s", text);
        size = (size_t)(end - host);
        end++;
    } else {
        size = strcspn(text, ":/");
        end = text + size;
    }
    if (size == 0 || size >= sizeof(out->host))
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "target: expected mqtt://HOST:PORT, got \"%s\"", out->url);
    memcpy(out->host, host, size);
    out->host[size] = '\0';
    out->port = DRILL_MQTT_PORT;
    if (end[0] == '\0') return DRILL_OK;
    if (end[0] != ':')
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "target: expected mqtt://HOST:PORT, got \"%s\"", out->url);
    return parse_port(end + 1, &out->port, diagnostic);
}

DrillResult drill_target_parse(const char *text, DrillTarget *out, DrillDiagnostic *diagnostic) {
    static const char *const later[] = {"mqtts://", "ws://", "wss://", "exec:"};
    memset(out, 0, sizeof(*out));
    if (strcmp(text, "sim") == 0) return DRILL_OK;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(later); i++)
        if (strncmp(text, later[i], strlen(later[i])) == 0)
            return drill_diagnose(diagnostic, DRILL_NOT_THERE_YET,
                                  "targets %s are not there yet; mqtt:// and sim are", later[i]);
    if (strncmp(text, "mqtt://", 7) != 0 || strlen(text) >= sizeof(out->url))
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "target: expected sim or mqtt://HOST:PORT, got \"%s\"", text);
    out->live = true;
    strcpy(out->url, text);
    return parse_address(text + 7, out, diagnostic);
}

/* A connected socket, or -1 with errno set or *why filled in. */
static int connect_to(const DrillTarget *target, const char **why) {
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    snprintf(port, sizeof(port), "%u", target->port);
    int error = getaddrinfo(target->host, port, &hints, &found);
    if (error != 0) {
        *why = gai_strerror(error);
        return -1;
    }
    int fd = -1;
    *why = "no address";
    for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) == 0) break;
        *why = strerror(errno);
        if (fd >= 0) close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

/* CONNECT of MQTT 3.1.1, Client Identifier "drillawait", Clean Session, Keep Alive 10 s; then
 * DISCONNECT. */
static bool is_answered(int fd, const char **why) {
    static const uint8_t hello[] = {0x10, 22, 0,   4,   'M', 'Q', 'T', 'T', 4,   0x02, 0,   10,
                                    0,    10, 'd', 'r', 'i', 'l', 'l', 'a', 'w', 'a',  'i', 't'};
    static const uint8_t goodbye[] = {0xE0, 0};
    uint8_t answer[4];
    *why = "the connection was accepted, but CONNECT is not answered";
    if (send(fd, hello, sizeof(hello), MSG_NOSIGNAL) != (ssize_t)sizeof(hello)) return false;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, 2000) != 1 || recv(fd, answer, sizeof(answer), MSG_WAITALL) <= 0)
        return false;
    if (answer[0] >> 4 != 2) {
        *why = "what answers there does not speak MQTT";
        return false;
    }
    if (send(fd, goodbye, sizeof(goodbye), MSG_NOSIGNAL) < 0) return true;
    return true;
}

DrillResult drill_target_await(const DrillTarget *target, uint64_t timeout_ns,
                               DrillDiagnostic *diagnostic) {
    uint64_t start_ns = drill_wall_ns();
    const char *why = "";
    for (;;) {
        int fd = connect_to(target, &why);
        bool answered = fd >= 0 && is_answered(fd, &why);
        if (fd >= 0) close(fd);
        if (answered) return DRILL_OK;
        if (drill_wall_ns() - start_ns > timeout_ns) break;
        poll(NULL, 0, DRILL_AWAIT_STEP_MS);
    }
    return drill_diagnose(diagnostic, DRILL_IO, "%s: %s", target->url, why);
}
