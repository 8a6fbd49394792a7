/* A TCP server in a child process, one more child per connection. What a connection gets is chosen
 * by the first byte it sends:
 *   'E' everything is echoed (also that byte); after our end, the server's
 *   'A' as 'E', and once the first byte has been echoed, a report goes to the test
 *   'F' closed in order at once
 *   'R' reset at once
 *   'H' "bye", the server's end, then it reads on and reports as 'S' does
 *   'S' everything is read, with a pause first; at the end the number of bytes goes to the test
 *   'G' "good" is sent, and then it is reset
 *   'N' nothing is ever read */
#ifndef DRILL_TESTS_DRIVER_SERVER_H
#define DRILL_TESTS_DRIVER_SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Server {
    pid_t pid;
    uint16_t port;
    int life;    /* closing it ends the server */
    int reports; /* one ServerReport per connection of 'S', 'H' or 'A' */
} Server;

typedef struct ServerReport {
    uint64_t bytes;
    uint64_t reset; /* 1: the connection ended with a reset */
    uint64_t last;  /* the last byte */
} ServerReport;

static void server_write(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t done = send(fd, bytes, size, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) _exit(1);
        bytes += done;
        size -= (size_t)done;
    }
}

static void server_echo(int fd) {
    static uint8_t buffer[32768];
    for (;;) {
        ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
        if (size <= 0) break;
        server_write(fd, buffer, (size_t)size);
    }
    (void)shutdown(fd, SHUT_WR);
}

static void server_reset(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void server_count(int fd, int reports) {
    static uint8_t buffer[32768];
    ServerReport report = {0, 0, 0};
    for (;;) {
        ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
        if (size < 0) report.reset = 1;
        if (size <= 0) break;
        report.bytes += (uint64_t)size;
        report.last = buffer[size - 1];
    }
    if (write(reports, &report, sizeof(report)) != (ssize_t)sizeof(report)) _exit(1);
}

static void server_serve(int fd, int life, int reports) {
    uint8_t first = 0;
    if (recv(fd, &first, 1, MSG_PEEK) != 1) _exit(0);
    if (first == 'E') {
        server_echo(fd);
    } else if (first == 'A') {
        ServerReport report = {1, 0, first};
        if (recv(fd, &first, 1, 0) != 1) _exit(1);
        server_write(fd, &first, 1);
        if (write(reports, &report, sizeof(report)) != (ssize_t)sizeof(report)) _exit(1);
        server_echo(fd);
    } else if (first == 'F') {
        (void)recv(fd, &first, 1, 0); /* closing with unread bytes would reset */
    } else if (first == 'R') {
        server_reset(fd);
    } else if (first == 'H') {
        server_write(fd, (const uint8_t *)"bye", 3);
        (void)shutdown(fd, SHUT_WR);
        server_count(fd, reports);
    } else if (first == 'S') {
        (void)poll(NULL, 0, 200);
        server_count(fd, reports);
    } else if (first == 'G') {
        server_write(fd, (const uint8_t *)"good", 4);
        (void)poll(NULL, 0, 100);
        server_reset(fd);
    } else {
        struct pollfd end = {.fd = life, .events = POLLIN};
        (void)poll(&end, 1, 60000);
    }
    (void)close(fd);
    _exit(0);
}

static void server_run(int listener, int life, int reports) {
    (void)signal(SIGCHLD, SIG_IGN);
    struct pollfd fds[2] = {{.fd = listener, .events = POLLIN}, {.fd = life, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0) continue;
        if (fds[1].revents != 0) {
            _exit(0);
        }
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) continue;
        if (fork() == 0) {
            (void)close(listener);
            server_serve(fd, life, reports);
        }
        (void)close(fd);
    }
}

/* A bound socket; without listen() connections to it are refused, and nobody else can take the
 * port. */
static int server_bind(int family, uint16_t *port) {
    int fd = socket(family, SOCK_STREAM, 0);
    struct sockaddr_storage storage;
    memset(&storage, 0, sizeof(storage));
    socklen_t size = sizeof(struct sockaddr_in);
    if (family == AF_INET) {
        struct sockaddr_in *four = (struct sockaddr_in *)&storage;
        four->sin_family = AF_INET;
        four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&storage;
        six->sin6_family = AF_INET6;
        six->sin6_addr = in6addr_loopback;
        size = sizeof(*six);
    }
    if (fd < 0 || bind(fd, (struct sockaddr *)&storage, size) != 0) {
        if (fd >= 0) (void)close(fd);
        return -1;
    }
    size = sizeof(storage);
    if (getsockname(fd, (struct sockaddr *)&storage, &size) != 0) abort();
    *port = ntohs(family == AF_INET ? ((struct sockaddr_in *)&storage)->sin_port
                                    : ((struct sockaddr_in6 *)&storage)->sin6_port);
    return fd;
}

/* False: the machine has no such family (containers without IPv6). */
static inline bool server_start(Server *server, int family) {
    int life[2];
    int reports[2];
    int listener = server_bind(family, &server->port);
    if (listener < 0) return false;
    if (listen(listener, 512) != 0 || pipe(life) != 0 || pipe(reports) != 0) abort();
    server->pid = fork();
    if (server->pid == 0) {
        (void)close(life[1]);
        (void)close(reports[0]);
        server_run(listener, life[0], reports[1]);
    }
    (void)close(listener);
    (void)close(life[0]);
    (void)close(reports[1]);
    server->life = life[1];
    server->reports = reports[0];
    return true;
}

static inline void server_stop(Server *server) {
    (void)close(server->life);
    (void)close(server->reports);
    (void)waitpid(server->pid, NULL, 0);
}

/* Waits for it. */
static inline ServerReport server_report(const Server *server) {
    ServerReport report;
    memset(&report, 0xff, sizeof(report));
    struct pollfd fd = {.fd = server->reports, .events = POLLIN};
    if (poll(&fd, 1, 20000) != 1) return report;
    if (read(server->reports, &report, sizeof(report)) != (ssize_t)sizeof(report)) abort();
    return report;
}

#endif
