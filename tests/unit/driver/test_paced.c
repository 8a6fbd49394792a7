#include "driver/socket.h"
#include "unit/driver/paced.h"

/* --- many connections, many bytes --- */

enum { ECHO_BYTES = 1024 * 1024, PIECE = 16 * 1024 };

static uint8_t pattern(uint64_t conn, uint64_t offset) {
    if (offset == 0) return 'E';
    return (uint8_t)(offset * 31 + (offset >> 9) + conn * 7);
}

static void echo_input(Toy *toy, const DrillInput *input) {
    Fixture *fixture = toy->user;
    uint64_t before = fixture->peers[input->connection].received;
    on_input(toy, input);
    if (input->kind == DRILL_INPUT_CONNECTED) {
        static uint8_t bytes[PIECE];
        for (uint64_t offset = 0; offset < ECHO_BYTES; offset += PIECE) {
            for (uint64_t i = 0; i < PIECE; i++)
                bytes[i] = pattern(input->connection, offset + i);
            toy->driver->write(toy->driver, input->connection, drill_span(bytes, PIECE));
        }
        memset(bytes, 0, sizeof(bytes)); /* the driver has its own copy */
    }
    ck_assert(input->kind != DRILL_INPUT_CLOSED);
    for (size_t i = 0; i < input->bytes.size; i++) {
        if (input->bytes.data[i] != pattern(input->connection, before + i)) {
            ck_abort_msg("connection %" PRIu64 ": wrong byte at %" PRIu64, input->connection,
                         before + i);
        }
    }
    if (fixture->peers[input->connection].received == ECHO_BYTES) {
        close_it(fixture, input->connection, input->connection % 2 == 0);
    }
}

START_TEST(test_hundred_times_one_mebibyte) {
    static Fixture fixture;
    start(&fixture);
    fixture.toy.on_input = echo_input;
    for (uint64_t conn = 1; conn <= CONNECTIONS; conn++) {
        fixture.toy.driver->open(fixture.toy.driver, conn);
    }
    toy_run(&fixture.toy);
    for (uint64_t conn = 1; conn <= CONNECTIONS; conn++) {
        ck_assert_uint_eq(fixture.peers[conn].received, ECHO_BYTES);
        ck_assert(fixture.peers[conn].closed);
    }
    stop(&fixture);
}
END_TEST

/* --- how connections end --- */

START_TEST(test_peer_closes) {
    static Fixture fixture;
    start(&fixture);
    open_and_say(&fixture, 1, "F");
    toy_run(&fixture.toy);
    ck_assert(fixture.peers[1].connected);
    ck_assert_str_eq(fixture.peers[1].how, "fin");
    ck_assert_str_eq(fixture.peers[1].text, "");
    stop(&fixture);
}
END_TEST

START_TEST(test_peer_resets) {
    static Fixture fixture;
    start(&fixture);
    open_and_say(&fixture, 1, "R");
    toy_run(&fixture.toy);
    ck_assert_str_eq(fixture.peers[1].how, "rst");
    ck_assert_str_eq(fixture.peers[1].text, "connection reset by peer");
    stop(&fixture);
}
END_TEST

static void write_into_it(void *context, uint64_t argument, uint64_t now_ns) {
    Fixture *fixture = context;
    (void)argument;
    (void)now_ns;
    /* By now the reset has arrived and was not looked at, so that writing meets it first. */
    (void)poll(NULL, 0, 300);
    say(fixture, 1, "x");
    say(fixture, 1, "y");
}

START_TEST(test_bytes_before_a_reset_are_kept) {
    static Fixture fixture;
    start(&fixture);
    open_and_say(&fixture, 1, "G");
    run_until_connected(&fixture, 1);
    (void)drill_queue_add(fixture.toy.queue, fixture.toy.last_ns, write_into_it, &fixture, 0);
    toy_run(&fixture.toy);
    ck_assert_uint_eq(fixture.peers[1].received, 4);
    ck_assert_str_eq(fixture.peers[1].how, "rst");
    ck_assert_uint_eq(fixture.toy.inputs, 3);
    stop(&fixture);
}
END_TEST

START_TEST(test_refused) {
    Fixture *fixture = calloc(1, sizeof(*fixture));
    uint16_t port = 0;
    int unused = server_bind(AF_INET, &port);
    toy_init_paced(&fixture->toy, "127.0.0.1", port);
    fixture->toy.user = fixture;
    fixture->toy.on_input = on_input;
    open_and_say(fixture, 3, "never arrives");
    toy_run(&fixture->toy);
    ck_assert(!fixture->peers[3].connected);
    ck_assert_str_eq(fixture->peers[3].how, "refused");
    ck_assert_str_eq(fixture->peers[3].text, "connection refused");
    ck_assert_uint_eq(fixture->toy.inputs, 1);
    toy_free(&fixture->toy);
    (void)close(unused);
    free(fixture);
}
END_TEST

START_TEST(test_connecting_takes_too_long) {
    Fixture *fixture = calloc(1, sizeof(*fixture));
    DrillPacedOptions options = {.host = "127.0.0.1", .connect_timeout_ns = 150 * DRILL_NS_PER_MS};
    int listener = server_bind(AF_INET, &options.port);
    /* Nobody accepts, and beyond the backlog the system does not answer. */
    ck_assert_int_eq(listen(listener, 0), 0);
    toy_init(&fixture->toy);
    ck_assert_int_eq(drill_driver_paced(&options, &fixture->toy.driver, NULL), DRILL_OK);
    fixture->toy.user = fixture;
    fixture->toy.on_input = on_input;
    for (uint64_t conn = 1; conn <= 4; conn++) {
        fixture->toy.driver->open(fixture->toy.driver, conn);
    }
    while (fixture->peers[4].how == NULL)
        ck_assert(toy_step(&fixture->toy));
    ck_assert_str_eq(fixture->peers[4].how, "refused");
    ck_assert_str_eq(fixture->peers[4].text, "connection timed out");
    ck_assert_uint_ge(fixture->toy.last_ns, 149 * DRILL_NS_PER_MS);
    toy_free(&fixture->toy); /* with some still open */
    (void)close(listener);
    free(fixture);
}
END_TEST

START_TEST(test_unknown_host) {
    DrillPacedOptions options = {.host = "no-such-host.invalid", .port = 1883};
    DrillDriver *driver = NULL;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_driver_paced(&options, &driver, &diagnostic), DRILL_IO);
    ck_assert_ptr_null(driver);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "cannot find host \"no-such-host.invalid\": "));
}
END_TEST

/* --- how the world ends them --- */

enum { BIG = 8 * 1024 * 1024 };

static void write_big(Fixture *fixture, uint64_t conn) {
    uint8_t *bytes = calloc(1, BIG);
    memset(bytes, 'S', BIG);
    bytes[BIG - 1] = '!';
    fixture->toy.driver->write(fixture->toy.driver, conn, drill_span(bytes, BIG));
    free(bytes);
}

/* An event every 10 ms until the server reports, so that the loop goes round while it reads. */
static void until_reported(void *context, uint64_t argument, uint64_t now_ns) {
    Fixture *fixture = context;
    struct pollfd reports = {.fd = fixture->server.reports, .events = POLLIN};
    if (poll(&reports, 1, 0) == 1) return;
    (void)drill_queue_add(fixture->toy.queue, now_ns + 10 * DRILL_NS_PER_MS, until_reported,
                          fixture, argument);
}

START_TEST(test_close_sends_the_rest) {
    static Fixture fixture;
    start(&fixture);
    fixture.toy.driver->open(fixture.toy.driver, 1);
    run_until_connected(&fixture, 1);
    write_big(&fixture, 1);
    close_it(&fixture, 1, false);
    /* Alive while the reader is slow, whatever the loop's other business. */
    (void)drill_queue_add(fixture.toy.queue, fixture.toy.last_ns, until_reported, &fixture, 0);
    toy_run(&fixture.toy);
    ServerReport report = server_report(&fixture.server);
    ck_assert_uint_eq(report.bytes, BIG);
    ck_assert_uint_eq(report.last, '!');
    ck_assert_uint_eq(report.reset, 0);
    ck_assert_uint_eq(fixture.toy.inputs, 1);
    stop(&fixture);
}
END_TEST

START_TEST(test_free_waits_for_what_was_closed) {
    static Fixture fixture;
    start(&fixture);
    fixture.toy.driver->open(fixture.toy.driver, 1);
    run_until_connected(&fixture, 1);
    write_big(&fixture, 1);
    close_it(&fixture, 1, false);
    ck_assert(!toy_step(&fixture.toy)); /* nothing the world could hear of */
    toy_free(&fixture.toy);
    ServerReport report = server_report(&fixture.server);
    ck_assert_uint_eq(report.bytes, BIG);
    ck_assert_uint_eq(report.reset, 0);
    server_stop(&fixture.server);
}
END_TEST

START_TEST(test_reset_reaches_the_peer) {
    static Fixture fixture;
    start(&fixture);
    open_and_say(&fixture, 1, "S");
    run_until_connected(&fixture, 1);
    close_it(&fixture, 1, true);
    toy_run(&fixture.toy);
    toy_free(&fixture.toy);
    ServerReport report = server_report(&fixture.server);
    ck_assert_uint_eq(report.reset, 1);
    server_stop(&fixture.server);
}
END_TEST

START_TEST(test_free_resets_what_is_open) {
    static Fixture fixture;
    start(&fixture);
    open_and_say(&fixture, 1, "S");
    run_until_connected(&fixture, 1);
    fixture.toy.driver->open(fixture.toy.driver, 2);
    toy_free(&fixture.toy);
    ServerReport report = server_report(&fixture.server);
    ck_assert_uint_eq(report.reset, 1);
    server_stop(&fixture.server);
}
END_TEST

static void after_half_close(Toy *toy, const DrillInput *input) {
    Fixture *fixture = toy->user;
    note_input(toy, input);
    if (input->kind == DRILL_INPUT_CLOSED) {
        say(fixture, input->connection, "still sent");
        close_it(fixture, input->connection, false);
    }
}

START_TEST(test_half_close) {
    static Fixture fixture;
    start(&fixture);
    fixture.toy.on_input = after_half_close;
    open_and_say(&fixture, 1, "H");
    toy_run(&fixture.toy);
    ck_assert_uint_eq(fixture.peers[1].received, 3);
    ck_assert_str_eq(fixture.peers[1].how, "fin");
    toy_free(&fixture.toy);
    ServerReport report = server_report(&fixture.server);
    ck_assert_uint_eq(report.bytes, 1 + strlen("still sent"));
    ck_assert_uint_eq(report.reset, 0);
    server_stop(&fixture.server);
}
END_TEST

/* Our end first: what the peer says after it still comes, and then its end. */
START_TEST(test_shutdown) {
    static Fixture fixture;
    static uint8_t bytes[ECHO_BYTES] = {'E'};
    start(&fixture);
    bool early = _i == 1;
    fixture.toy.driver->open(fixture.toy.driver, 1);
    if (!early) run_until_connected(&fixture, 1);
    fixture.toy.driver->write(fixture.toy.driver, 1, drill_span(bytes, sizeof(bytes)));
    fixture.toy.driver->shutdown(fixture.toy.driver, 1);
    say(&fixture, 1, "too late");
    toy_run(&fixture.toy);
    ck_assert_uint_eq(fixture.peers[1].received, ECHO_BYTES);
    ck_assert_str_eq(fixture.peers[1].how, "fin");
    stop(&fixture);
}
END_TEST

static void insist(Toy *toy, const DrillInput *input) {
    Fixture *fixture = toy->user;
    note_input(toy, input);
    if (input->kind != DRILL_INPUT_CLOSED) return;
    if (strcmp(input->how, "fin") != 0) {
        close_it(fixture, input->connection, true);
        return;
    }
    for (int i = 0; i < 3; i++) {
        say(fixture, input->connection, "nobody there");
        (void)poll(NULL, 0, 50); /* the answer to the first is a reset */
    }
}

START_TEST(test_reset_after_the_peers_end) {
    static Fixture fixture;
    start(&fixture);
    fixture.toy.on_input = insist;
    open_and_say(&fixture, 1, "F");
    toy_run(&fixture.toy);
    ck_assert_str_ne(fixture.peers[1].how, "fin");
    ck_assert(fixture.peers[1].closed);
    stop(&fixture);
}
END_TEST

/* Told when too much waits, and when it does not any more. */
START_TEST(test_writable) {
    static Fixture fixture;
    static uint8_t bytes[16 * 1024 * 1024] = {'S'};
    start(&fixture);
    fixture.toy.driver->open(fixture.toy.driver, 1);
    run_until_connected(&fixture, 1);
    fixture.toy.driver->write(fixture.toy.driver, 1, drill_span(bytes, sizeof(bytes)));
    while (fixture.peers[1].writable_again == 0)
        ck_assert(toy_step(&fixture.toy));
    ck_assert_uint_eq(fixture.peers[1].full, 1);
    close_it(&fixture, 1, false);
    toy_free(&fixture.toy);
    ck_assert_uint_eq(server_report(&fixture.server).bytes, sizeof(bytes));
    server_stop(&fixture.server);
}
END_TEST

START_TEST(test_peer_that_never_reads) {
    static Fixture fixture;
    static uint8_t bytes[1024 * 1024];
    start(&fixture);
    open_and_say(&fixture, 1, "N");
    run_until_connected(&fixture, 1);
    for (size_t i = 0; i < 60; i++) {
        fixture.toy.driver->write(fixture.toy.driver, 1, drill_span(bytes, sizeof(bytes)));
    }
    (void)drill_queue_add(fixture.toy.queue, fixture.toy.last_ns, toy_nothing, NULL, 0);
    ck_assert(toy_step(&fixture.toy));
    ck_assert_uint_eq(fixture.toy.fired, 1);
    ck_assert_ptr_null(fixture.peers[1].how);
    /* The system's own buffers hold a few of them. */
    for (size_t i = 0; i < 40; i++) {
        fixture.toy.driver->write(fixture.toy.driver, 1, drill_span(bytes, sizeof(bytes)));
    }
    toy_run(&fixture.toy);
    ck_assert_str_eq(fixture.peers[1].how, "error");
    ck_assert_ptr_nonnull(strstr(fixture.peers[1].text, "does not read"));
    stop(&fixture);
}
END_TEST

START_TEST(test_unknown_connections_are_ignored) {
    static Fixture fixture;
    start(&fixture);
    say(&fixture, 42, "x");
    fixture.toy.driver->close(fixture.toy.driver, 42, true);
    ck_assert(!toy_step(&fixture.toy));
    stop(&fixture);
}
END_TEST

/* --- addresses --- */

START_TEST(test_ipv6) {
    static Fixture fixture;
    memset(&fixture, 0, sizeof(fixture));
    if (!server_start(&fixture.server, AF_INET6)) return; /* no IPv6 here */
    toy_init_paced(&fixture.toy, "::1", fixture.server.port);
    fixture.toy.user = &fixture;
    fixture.toy.on_input = on_input;
    open_and_say(&fixture, 1, "F");
    toy_run(&fixture.toy);
    ck_assert_str_eq(fixture.peers[1].how, "fin");
    stop(&fixture);
}
END_TEST

START_TEST(test_host_with_several_addresses) {
    /* Where the name has an IPv6 address too, that one refuses: the next is tried. */
    static Fixture fixture;
    memset(&fixture, 0, sizeof(fixture));
    ck_assert(server_start(&fixture.server, AF_INET));
    toy_init_paced(&fixture.toy, "localhost", fixture.server.port);
    fixture.toy.user = &fixture;
    fixture.toy.on_input = on_input;
    open_and_say(&fixture, 1, "F");
    fixture.toy.driver->open(fixture.toy.driver, 2);
    close_it(&fixture, 2, false); /* in the middle of trying */
    toy_run(&fixture.toy);
    ck_assert(fixture.peers[1].connected);
    ck_assert_str_eq(fixture.peers[1].how, "fin");
    stop(&fixture);
}
END_TEST

static uint64_t constant_stamp(void *context) {
    return *(const uint64_t *)context;
}

static struct sockaddr_storage loopback(uint16_t port) {
    struct sockaddr_storage storage;
    struct sockaddr_in *address = (struct sockaddr_in *)&storage;
    memset(&storage, 0, sizeof(storage));
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address->sin_port = htons(port);
    return storage;
}

START_TEST(test_next_address_is_tried) {
    Server server;
    uint16_t unused_port = 0;
    int unused = server_bind(AF_INET, &unused_port);
    ck_assert(server_start(&server, AF_INET));
    struct sockaddr_storage addresses[2] = {loopback(unused_port), loopback(server.port)};
    uint64_t time_ns = 7;
    DrillSocketsOptions options = {
        .addresses = addresses, .address_count = 2, .stamp = constant_stamp, .context = &time_ns};
    DrillSockets *sockets = drill_sockets_new(&options);
    drill_sockets_open(sockets, 1);
    drill_sockets_write(sockets, 1, drill_span_of("F"));
    for (uint64_t conn = 2; conn <= 4; conn++)
        drill_sockets_open(sockets, conn);
    drill_sockets_close(sockets, 2, false);
    drill_sockets_poll(sockets, false); /* the refusals; the second attempts begin */
    drill_sockets_close(sockets, 3, true);
    while (drill_sockets_peek(sockets) == NULL)
        drill_sockets_poll(sockets, true);
    ck_assert_int_eq(drill_sockets_peek(sockets)->kind, DRILL_INPUT_CONNECTED);
    ck_assert_uint_eq(drill_sockets_peek(sockets)->stamp_ns, 7);
    drill_sockets_close(sockets, 4, false);
    DrillInputKind seen[2] = {DRILL_INPUT_NONE, DRILL_INPUT_NONE};
    for (size_t i = 0; i < 2; i++) {
        while (drill_sockets_peek(sockets) == NULL)
            drill_sockets_poll(sockets, true);
        DrillSocketInput *input = drill_sockets_take(sockets);
        ck_assert_uint_eq(input->connection, 1);
        seen[i] = input->kind;
        free(input);
    }
    ck_assert_int_eq(seen[0], DRILL_INPUT_CONNECTED);
    ck_assert_int_eq(seen[1], DRILL_INPUT_CLOSED);
    ck_assert_uint_eq(drill_sockets_live(sockets), 1); /* a reset may follow its end */
    drill_sockets_close(sockets, 1, false);
    ck_assert_uint_eq(drill_sockets_live(sockets), 0);
    drill_sockets_free(sockets);
    (void)close(unused);
    server_stop(&server);
}
END_TEST

static TCase *endings(void) {
    TCase *tests = tcase_create("endings");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_peer_closes);
    tcase_add_test(tests, test_peer_resets);
    tcase_add_test(tests, test_bytes_before_a_reset_are_kept);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_connecting_takes_too_long);
    tcase_add_test(tests, test_unknown_host);
    tcase_add_test(tests, test_close_sends_the_rest);
    tcase_add_test(tests, test_free_waits_for_what_was_closed);
    tcase_add_test(tests, test_reset_reaches_the_peer);
    tcase_add_test(tests, test_free_resets_what_is_open);
    tcase_add_test(tests, test_half_close);
    tcase_add_loop_test(tests, test_shutdown, 0, 2);
    tcase_add_test(tests, test_reset_after_the_peers_end);
    tcase_add_test(tests, test_writable);
    tcase_add_test(tests, test_peer_that_never_reads);
    tcase_add_test(tests, test_unknown_connections_are_ignored);
    return tests;
}

int main(void) {
    Suite *suite = suite_create("driver/paced");
    TCase *many = tcase_create("many");
    tcase_set_timeout(many, 120);
    tcase_add_test(many, test_hundred_times_one_mebibyte);
    suite_add_tcase(suite, many);
    suite_add_tcase(suite, endings());
    TCase *rest = tcase_create("addresses");
    tcase_set_timeout(rest, 60);
    tcase_add_test(rest, test_ipv6);
    tcase_add_test(rest, test_next_address_is_tried);
    tcase_add_test(rest, test_host_with_several_addresses);
    suite_add_tcase(suite, rest);
    return suite_run(suite);
}
