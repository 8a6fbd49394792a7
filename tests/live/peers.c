/* usage: peers PORT UPSTREAM-PORT flow c>b|b>c MEBIBYTES RATE    a fast writer and a slow reader
 *        peers PORT UPSTREAM-PORT half c>b|b>c                   one end says its end first
 *
 * Plays both real ends of a proxy: the client that connects to PORT, and the broker that listens at
 * UPSTREAM-PORT.
 *
 * flow: one end writes as fast as it can; the other reads nothing for a second, then RATE KiB every
 * 5 ms. What was written while nothing was read must be bounded, and every byte must come, in
 * order.
 *
 * half: the end that the direction names sends a little and then its end; when the other one has
 * seen that, it sends 1 MiB, which must still come, and then its end.
 *
 * Exit status 0: it was so. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MIB         UINT64_C(1048576)
#define MS          UINT64_C(1000000)
#define PACKET      32768u
#define PATIENCE_NS (60000 * MS)
/* Nothing is read: what the kernel's buffers on the way take (up to 6 MiB for reading and 4 MiB for
 * writing at each socket of the proxy), and little more. */
#define UNREAD_MAX (16 * MIB)

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

static void die(const char *what) {
    fprintf(stderr, "peers: %s\n", what);
    exit(1);
}

static void check(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "peers: %s: %s\n", what, strerror(errno));
    exit(3);
}

/* --- what is said --- */

static const uint8_t connect_packet[] = {0x10, 17, 0, 4, 'M', 'Q', 'T', 'T', 4,  2,
                                         0,    60, 0, 5, 'p', 'e', 'e', 'r', 's'};
static const uint8_t connack[] = {0x20, 2, 0, 0};
/* A PUBLISH of PACKET bytes begins so. */
static const uint8_t publish[] = {0x30, 0xfc, 0xff, 0x01, 0, 1, 't'};

/* The byte of a direction's stream at this offset: CONNECT or CONNACK, then PUBLISHes. */
static uint8_t byte_at(bool up, uint64_t offset) {
    const uint8_t *first = up ? connect_packet : connack;
    size_t size = up ? sizeof(connect_packet) : sizeof(connack);
    if (offset < size) return first[offset];
    offset -= size;
    uint64_t at = offset % PACKET;
    return at < sizeof(publish) ? publish[at] : (uint8_t)(offset * 31 + (offset >> 13) * 7);
}

static uint64_t greeting_size(bool up) {
    return up ? sizeof(connect_packet) : sizeof(connack);
}

typedef struct Direction {
    bool up;
    int from, to;
    uint64_t written, read;
} Direction;

/* Writes up to `end`, as much as goes at once. */
static void write_some(Direction *direction, uint64_t end) {
    uint8_t bytes[PACKET];
    while (direction->written < end) {
        uint64_t left = end - direction->written;
        size_t size = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);
        for (size_t i = 0; i < size; i++)
            bytes[i] = byte_at(direction->up, direction->written + i);
        ssize_t sent = send(direction->from, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        check(sent > 0, "send");
        direction->written += (uint64_t)sent;
    }
}

/* Reads and compares at most `limit` bytes. False: the end. */
static bool read_some(Direction *direction, uint64_t limit) {
    uint8_t bytes[PACKET];
    while (limit > 0) {
        size_t size = limit < sizeof(bytes) ? (size_t)limit : sizeof(bytes);
        ssize_t got = recv(direction->to, bytes, size, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        check(got >= 0, "recv");
        if (got == 0) return false;
        for (ssize_t i = 0; i < got; i++)
            if (bytes[i] != byte_at(direction->up, direction->read + (uint64_t)i))
                die("a byte that was not written there");
        direction->read += (uint64_t)got;
        limit -= (uint64_t)got;
    }
    return true;
}

/* --- the two ends --- */

static struct sockaddr_in loopback(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void wait_for(int fd, short events, const char *what) {
    struct pollfd poller = {.fd = fd, .events = events};
    if (poll(&poller, 1, (int)(PATIENCE_NS / MS)) != 1) die(what);
}

static void make_ends(const char *port, const char *upstream, int *client, int *broker) {
    struct sockaddr_in there = loopback(port), here = loopback(upstream);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    check(bind(listener, (const struct sockaddr *)&here, sizeof(here)) == 0, "bind");
    check(listen(listener, 1) == 0, "listen");
    *client = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(*client, (const struct sockaddr *)&there, sizeof(there)) == 0, "connect");
    check(send(*client, connect_packet, sizeof(connect_packet), MSG_NOSIGNAL) > 0, "send");
    wait_for(listener, POLLIN, "the proxy did not connect");
    *broker = accept(listener, NULL, NULL);
    check(*broker >= 0, "accept");
    close(listener);
    check(send(*broker, connack, sizeof(connack), MSG_NOSIGNAL) > 0, "send");
    (void)fcntl(*client, F_SETFL, O_NONBLOCK);
    (void)fcntl(*broker, F_SETFL, O_NONBLOCK);
}

/* Everything up to `end` comes. */
static void expect(Direction *direction, uint64_t end) {
    while (direction->read < end) {
        wait_for(direction->to, POLLIN, "nothing comes any more");
        if (!read_some(direction, end - direction->read)) die("the end came too early");
    }
}

static void expect_end(Direction *direction) {
    wait_for(direction->to, POLLIN, "the end does not come");
    if (read_some(direction, 1)) die("more came, and not the end");
}

static int flow(Direction *direction, uint64_t end, uint64_t rate) {
    uint64_t begin_ns = now_ns(), unread = 0, heard_ns = begin_ns;
    expect(direction, greeting_size(direction->up));
    uint64_t quiet_until_ns = now_ns() + 1000 * MS;
    while (direction->read < end) {
        write_some(direction, end);
        struct timespec pause = {0, 5 * (long)MS};
        nanosleep(&pause, NULL);
        if (now_ns() < quiet_until_ns) {
            unread = direction->written;
            continue;
        }
        uint64_t before = direction->read;
        if (!read_some(direction, rate)) die("the end came too early");
        if (direction->read > before) heard_ns = now_ns();
        if (now_ns() - heard_ns > PATIENCE_NS) die("nothing comes any more");
    }
    printf("%llu bytes in order in %llu ms; %llu were written while nothing was read\n",
           (unsigned long long)end, (unsigned long long)((now_ns() - begin_ns) / MS),
           (unsigned long long)unread);
    if (unread > UNREAD_MAX) die("the writer was not held back");
    return 0;
}

static int half(Direction *first, Direction *second) {
    uint64_t little = greeting_size(first->up) + 3 * PACKET;
    uint64_t much = greeting_size(second->up) + 32 * PACKET;
    write_some(first, little);
    shutdown(first->from, SHUT_WR);
    expect(first, little);
    expect_end(first);
    while (second->written < much) {
        write_some(second, much);
        (void)read_some(second, MIB);
    }
    shutdown(second->from, SHUT_WR);
    expect(second, much);
    expect_end(second);
    printf("what was said after the other's end came, and then the end\n");
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    int client, broker;
    make_ends(argv[1], argv[2], &client, &broker);
    Direction directions[2] = {
        {.up = true, .from = client, .to = broker, .written = sizeof(connect_packet)},
        {.up = false, .from = broker, .to = client, .written = sizeof(connack)}};
    int first = strcmp(argv[4], "c>b") == 0 ? 0 : 1;
    if (strcmp(argv[3], "half") == 0) return half(&directions[first], &directions[1 - first]);
    if (argc != 7) return 2;
    uint64_t end = greeting_size(first == 0) + strtoull(argv[5], NULL, 10) * MIB;
    return flow(&directions[first], end, strtoull(argv[6], NULL, 10) * 1024);
}
