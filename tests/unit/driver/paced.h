/* A server, a world that talks to it through the paced driver, and what it saw of each connection.
 */
#ifndef DRILL_TESTS_DRIVER_PACED_H
#define DRILL_TESTS_DRIVER_PACED_H

#include <stdio.h>

#include "unit/driver/server.h"
#include "unit/driver/toy.h"

enum { CONNECTIONS = 100, PEER_MAX = CONNECTIONS + 1 };

typedef struct Peer {
    uint64_t received;
    uint64_t wanted;
    const char *how;
    char text[120];
    bool connected;
    bool closed; /* by the world */
    size_t full, writable_again;
} Peer;

typedef struct Fixture {
    Toy toy;
    Server server;
    Peer peers[PEER_MAX];
} Fixture;

static inline void note_input(Toy *toy, const DrillInput *input) {
    Fixture *fixture = toy->user;
    ck_assert_uint_lt(input->connection, PEER_MAX);
    Peer *peer = &fixture->peers[input->connection];
    ck_assert(!peer->closed);
    ck_assert(peer->how == NULL || strcmp(peer->how, "fin") == 0);
    if (input->kind == DRILL_INPUT_CONNECTED) {
        ck_assert(!peer->connected);
        peer->connected = true;
    } else if (input->kind == DRILL_INPUT_BYTES) {
        ck_assert(peer->connected);
        peer->received += input->bytes.size;
    } else if (input->kind == DRILL_INPUT_WRITABLE) {
        ck_assert_uint_eq(peer->full, peer->writable_again + input->writable);
        peer->full += !input->writable;
        peer->writable_again += input->writable;
    } else {
        static const char *const known[] = {"fin", "rst", "refused", "error"};
        for (size_t i = 0; i < 4; i++) {
            if (strcmp(input->how, known[i]) == 0) peer->how = known[i];
        }
        ck_assert_ptr_nonnull(peer->how);
        (void)snprintf(peer->text, sizeof(peer->text), "%s", input->text);
    }
}

/* Does as the peer does. */
static inline void on_input(Toy *toy, const DrillInput *input) {
    Fixture *fixture = toy->user;
    note_input(toy, input);
    if (input->kind != DRILL_INPUT_CLOSED) return;
    fixture->peers[input->connection].closed = true;
    toy->driver->close(toy->driver, input->connection, false);
}

static inline void start(Fixture *fixture) {
    memset(fixture, 0, sizeof(*fixture));
    ck_assert(server_start(&fixture->server, AF_INET));
    toy_init_paced(&fixture->toy, "127.0.0.1", fixture->server.port);
    fixture->toy.user = fixture;
    fixture->toy.on_input = on_input;
}

static inline void stop(Fixture *fixture) {
    toy_free(&fixture->toy);
    server_stop(&fixture->server);
}

static inline void say(Fixture *fixture, uint64_t conn, const char *text) {
    DrillDriver *driver = fixture->toy.driver;
    driver->write(driver, conn, drill_span_of(text));
}

/* Opens and writes at once: the driver keeps the bytes until there is a connection. */
static inline void open_and_say(Fixture *fixture, uint64_t conn, const char *text) {
    fixture->toy.driver->open(fixture->toy.driver, conn);
    say(fixture, conn, text);
}

static inline void close_it(Fixture *fixture, uint64_t conn, bool reset) {
    fixture->peers[conn].closed = true;
    fixture->toy.driver->close(fixture->toy.driver, conn, reset);
}

static inline void run_until_connected(Fixture *fixture, uint64_t conn) {
    while (!fixture->peers[conn].connected)
        ck_assert(toy_step(&fixture->toy));
}

/* Until as many answers lie in the sockets as `count` says. */
static inline void await_answers(Fixture *fixture, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        ServerReport report;
        ck_assert_int_eq(read(fixture->server.reports, &report, sizeof(report)),
                         (ssize_t)sizeof(report));
    }
}

static inline void expect_received(void *context, uint64_t received, uint64_t now_ns) {
    const Fixture *fixture = context;
    (void)now_ns;
    ck_assert_uint_eq(fixture->peers[1].received, received);
}

#endif
