/* Connections and commands that come from outside: accepted, read, held, refused,
 * recorded. The peers are child processes, so that nothing here can wait for itself. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toy.h"
#include "unit/suite.h"

enum { BIG_BYTES = 8 * 1024 * 1024 };

static const DrillListenAddress any_port = {"127.0.0.1", 0};

typedef struct Guest {
    Toy toy;
    uint64_t first; /* number of the first accepted connection */
    uint64_t accepted, closed, bytes, controls;
    uint64_t wants_closed; /* stop after so many */
    DrillBuffer command;
    uint64_t request;
    bool echo, hold;
} Guest;

static void on_input(Toy *toy, const DrillInput *input) {
    Guest *guest = toy->user;
    DrillDriver *driver = toy->driver;
    if (input->kind == DRILL_INPUT_ACCEPTED) {
        ck_assert(input->connection & DRILL_ACCEPTED_BIT);
        if (guest->accepted++ == 0) guest->first = input->connection;
        if (guest->hold) driver->hold(driver, input->connection, true);
    } else if (input->kind == DRILL_INPUT_BYTES) {
        guest->bytes += input->bytes.size;
        if (guest->echo) driver->write(driver, input->connection, input->bytes);
    } else if (input->kind == DRILL_INPUT_CLOSED) {
        driver->close(driver, input->connection, false);
        if (++guest->closed == guest->wants_closed) driver->deafen(driver);
    } else if (input->kind == DRILL_INPUT_CONTROL) {
        guest->controls++;
        guest->request = input->connection;
        drill_buffer_clear(&guest->command);
        drill_buffer_put(&guest->command, input->bytes.data, input->bytes.size);
        if (input->connection != 0)
            driver->respond(driver, input->connection, 200, drill_span_of("{\"good\":1}\n"));
    }
}

static void guest_init(Guest *guest, DrillPacedOptions options) {
    DrillDiagnostic diagnostic = {""};
    *guest = (Guest){.wants_closed = 1, .command = {.allocator = drill_allocator_malloc()}};
    toy_init(&guest->toy);
    guest->toy.user = guest;
    guest->toy.on_input = on_input;
    ck_assert_msg(drill_driver_paced(&options, &guest->toy.driver, &diagnostic) == DRILL_OK, "%s",
                  diagnostic.text);
}

static void guest_free(Guest *guest) {
    toy_free(&guest->toy);
    drill_buffer_release(&guest->command);
}

/* --- the other side, in a child --- */

static int connect_to(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) _exit(9);
    return fd;
}

static void send_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) _exit(8);
        bytes += sent;
        size -= (size_t)sent;
    }
}

/* Reads to the end; how many bytes there were, or -1 after a reset. */
static ssize_t drain(int fd, char *first, size_t first_size) {
    char buffer[4096];
    ssize_t total = 0, got;
    while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
        for (ssize_t i = 0; i < got && (size_t)(total + i) < first_size; i++)
            first[total + i] = buffer[i];
        total += got;
    }
    return got < 0 ? -1 : total;
}

static void finish(pid_t child) {
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* A child that does `act` with a connection and leaves with its result. */
static pid_t visit(uint16_t port, int (*act)(int fd)) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child > 0) return child;
    _exit(act(connect_to(port)));
}

static int says_hello(int fd) {
    char back[8];
    send_all(fd, "hello", 5);
    (void)shutdown(fd, SHUT_WR);
    return drain(fd, back, sizeof(back)) == 5 && memcmp(back, "hello", 5) == 0 ? 0 : 1;
}

static int sends_much(int fd) {
    static char block[65536];
    for (size_t sent = 0; sent < BIG_BYTES; sent += sizeof(block))
        send_all(fd, block, sizeof(block));
    close(fd);
    return 0;
}

static int is_refused(int fd) {
    return drain(fd, NULL, 0) == -1 ? 0 : 1;
}

static int asks(int fd) {
    static const char request[] =
        "PUT /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
    char answer[256] = "";
    send_all(fd, request, sizeof(request) - 1);
    if (drain(fd, answer, sizeof(answer) - 1) <= 0) return 1;
    return strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) == 0 && strstr(answer, "{\"good\":1}\n") ? 0
                                                                                               : 2;
}

static int asks_badly(int fd) {
    char answer[256] = "";
    send_all(fd, "NONSENSE\r\n\r\n", 12);
    if (drain(fd, answer, sizeof(answer) - 1) <= 0) return 1;
    return strncmp(answer, "HTTP/1.1 400 ", 13) == 0 && strstr(answer, "\"field\":") ? 0 : 2;
}

/* --- tests --- */

START_TEST(a_guest_is_heard_and_answered) {
    Guest guest;
    guest_init(&guest, (DrillPacedOptions){.listen = &any_port});
    guest.echo = true;
    uint16_t port = drill_driver_paced_port(guest.toy.driver);
    ck_assert_uint_ne(port, 0);
    ck_assert_uint_eq(drill_driver_paced_control_port(guest.toy.driver), 0);
    pid_t child = visit(port, says_hello);
    toy_run(&guest.toy); /* ends: deaf, and nobody is left */
    ck_assert_uint_eq(guest.accepted, 1);
    ck_assert_uint_eq(guest.bytes, 5);
    guest_free(&guest); /* writes the rest */
    finish(child);
}
END_TEST

START_TEST(recorded_guests_come_again) {
    Guest guest, again;
    guest_init(&guest, (DrillPacedOptions){.listen = &any_port});
    guest.echo = true;
    guest.wants_closed = 3;
    toy_record(&guest.toy);
    pid_t children[3];
    for (int i = 0; i < 3; i++)
        children[i] = visit(drill_driver_paced_port(guest.toy.driver), says_hello);
    toy_run(&guest.toy);
    DrillTraceFile *file = NULL;
    DrillDiagnostic diagnostic = {""};
    ck_assert_msg(drill_trace_parse(drill_buffer_span(&guest.toy.trace), "recorded",
                                    drill_allocator_malloc(), &file, &diagnostic) == DRILL_OK,
                  "%s", diagnostic.text);
    toy_init(&again.toy);
    again.toy.driver = drill_driver_replay(file);
    toy_run(&again.toy);
    ck_assert_str_eq(toy_text(&again.toy), toy_text(&guest.toy));
    toy_free(&again.toy);
    drill_trace_file_free(file);
    guest_free(&guest);
    for (int i = 0; i < 3; i++)
        finish(children[i]);
}
END_TEST

START_TEST(who_is_held_is_not_read_from) {
    Guest guest;
    guest_init(&guest, (DrillPacedOptions){.listen = &any_port});
    guest.hold = true;
    pid_t child = visit(drill_driver_paced_port(guest.toy.driver), sends_much);
    bool reached = false;
    uint64_t at_ns = drill_wall_ns() - guest.toy.created_ns + 500 * DRILL_NS_PER_MS;
    (void)drill_queue_add(guest.toy.queue, at_ns, toy_nothing, &reached, 0);
    while (guest.toy.fired == 0 && toy_step(&guest.toy))
        continue;
    ck_assert_uint_eq(guest.accepted, 1);
    ck_assert_uint_lt(guest.bytes, BIG_BYTES / 8);
    DrillDriver *driver = guest.toy.driver;
    driver->hold(driver, guest.first, false);
    toy_run(&guest.toy);
    finish(child);
    ck_assert_uint_eq(guest.bytes, BIG_BYTES);
    guest_free(&guest);
}
END_TEST

START_TEST(one_too_many_is_reset) {
    Guest guest;
    guest_init(&guest, (DrillPacedOptions){.listen = &any_port, .accepted_max = 1});
    uint16_t port = drill_driver_paced_port(guest.toy.driver);
    int kept = connect_to(port);
    while (guest.accepted == 0 && toy_step(&guest.toy))
        continue;
    pid_t child = visit(port, is_refused);
    uint64_t at_ns = drill_wall_ns() - guest.toy.created_ns + 300 * DRILL_NS_PER_MS;
    (void)drill_queue_add(guest.toy.queue, at_ns, toy_nothing, NULL, 0);
    while (guest.toy.fired == 0 && toy_step(&guest.toy))
        continue;
    finish(child);
    ck_assert_uint_eq(guest.accepted, 1);
    close(kept);
    toy_run(&guest.toy);
    ck_assert_uint_eq(guest.closed, 1);
    guest_free(&guest);
}
END_TEST

START_TEST(commands_come_over_http) {
    Guest guest;
    guest_init(&guest, (DrillPacedOptions){.listen = &any_port, .control = &any_port});
    uint16_t port = drill_driver_paced_control_port(guest.toy.driver);
    ck_assert_uint_ne(port, 0);
    pid_t bad = visit(port, asks_badly), good = visit(port, asks);
    while (guest.controls == 0 && toy_step(&guest.toy))
        continue;
    ck_assert(drill_span_is(drill_buffer_span(&guest.command), "PUT /v1/x\n{}"));
    ck_assert_uint_ne(guest.request, 0);
    uint64_t at_ns = drill_wall_ns() - guest.toy.created_ns + 300 * DRILL_NS_PER_MS;
    (void)drill_queue_add(guest.toy.queue, at_ns, toy_nothing, NULL, 0);
    while (guest.toy.fired == 0 && toy_step(&guest.toy))
        continue;
    finish(good);
    finish(bad);
    ck_assert_uint_eq(guest.controls, 1);
    guest_free(&guest);
}
END_TEST

START_TEST(signals_become_a_command) {
    Guest guest;
    guest_init(&guest, (DrillPacedOptions){.listen = &any_port, .signals = true});
    (void)raise(SIGTERM);
    while (guest.controls == 0 && toy_step(&guest.toy))
        continue;
    ck_assert(drill_span_is(drill_buffer_span(&guest.command), "STOP"));
    ck_assert_uint_eq(guest.request, 0);
    guest_free(&guest);
}
END_TEST

START_TEST(addresses_that_cannot_be) {
    DrillDriver *driver;
    DrillDiagnostic diagnostic;
    DrillListenAddress everywhere = {"0.0.0.0", 0}, elsewhere = {"192.0.2.1", 0};
    DrillPacedOptions control = {.listen = &any_port, .control = &everywhere};
    ck_assert_int_eq(drill_driver_paced(&control, &driver, &diagnostic), DRILL_INVALID);
    DrillPacedOptions foreign = {.listen = &elsewhere};
    ck_assert_int_eq(drill_driver_paced(&foreign, &driver, &diagnostic), DRILL_IO);
    Guest guest;
    guest_init(&guest, (DrillPacedOptions){.listen = &any_port});
    DrillListenAddress taken = {"127.0.0.1", drill_driver_paced_port(guest.toy.driver)};
    DrillPacedOptions twice = {.listen = &taken};
    ck_assert_int_eq(drill_driver_paced(&twice, &driver, &diagnostic), DRILL_IO);
    guest_free(&guest);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("driver/listen");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, a_guest_is_heard_and_answered);
    tcase_add_test(tests, recorded_guests_come_again);
    tcase_add_test(tests, who_is_held_is_not_read_from);
    tcase_add_test(tests, one_too_many_is_reset);
    tcase_add_test(tests, commands_come_over_http);
    tcase_add_test(tests, signals_become_a_command);
    tcase_add_test(tests, addresses_that_cannot_be);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
