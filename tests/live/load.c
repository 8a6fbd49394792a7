/* usage: load PORT CONNECTIONS SECONDS [LIFE-SECONDS]
 *
 * Many real clients at once: each subscribes to a topic of its own, publishes there at QoS 1 every
 * second, and expects the acknowledgement and the echo of each message, in order. At the end each
 * waits for what is missing. With LIFE-SECONDS a connection that is that old, and misses nothing,
 * is ended and made anew: in turn with DISCONNECT, with nothing but FIN, and with a reset. Exit
 * status 0: everything came, on every connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS            UINT64_C(1000000)
#define IN_MAX        4096
#define PATIENCE_NS   (20000 * MS) /* at the end, for what is missing */
#define CONNECTS_STEP 50           /* new connections per turn: a burst, but no flood */

typedef enum State { CONNECTING, WAITS_CONNACK, WAITS_SUBACK, UP } State;

typedef struct Client {
    int fd;
    int number;
    State state;
    uint8_t in[IN_MAX];
    size_t in_size;
    uint32_t sent, acked, echoed;
    uint64_t next_ns; /* publishes again */
    uint64_t sent_ns; /* of the last message */
    uint64_t born_ns;
    unsigned lives; /* before this one */
} Client;

static struct { uint64_t sent, acked, echoed, lives, bad, latency_ns_max, latency_ns_sum; } totals;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

static void complain(const Client *client, const char *what) {
    fprintf(stderr, "connection %d: %s\n", client->number, what);
    totals.bad++;
}

/* --- writing --- */

static void put(Client *client, const uint8_t *bytes, size_t size) {
    /* Packets are small and few: if one does not fit the socket's buffer, something is stuck. */
    if (send(client->fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        complain(client, "cannot write");
}

static size_t put_text(uint8_t *at, const char *text) {
    size_t size = strlen(text);
    at[0] = (uint8_t)(size >> 8);
    at[1] = (uint8_t)size;
    memcpy(at + 2, text, size);
    return size + 2;
}

static void send_packet(Client *client, uint8_t first, const uint8_t *body, size_t size) {
    uint8_t packet[256];
    packet[0] = first;
    packet[1] = (uint8_t)size; /* always below 128 */
    memcpy(packet + 2, body, size);
    put(client, packet, size + 2);
}

static void send_connect(Client *client) {
    uint8_t body[64] = {0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60};
    char name[32];
    snprintf(name, sizeof(name), "load-%d", client->number);
    size_t size = 10 + put_text(body + 10, name);
    send_packet(client, 0x10, body, size);
    client->state = WAITS_CONNACK;
}

static size_t put_topic(const Client *client, uint8_t *at) {
    char topic[32];
    snprintf(topic, sizeof(topic), "load/%d", client->number);
    return put_text(at, topic);
}

static void send_subscribe(Client *client) {
    uint8_t body[64] = {0, 1};
    size_t size = 2 + put_topic(client, body + 2);
    body[size++] = 1;
    send_packet(client, 0x82, body, size);
    client->state = WAITS_SUBACK;
}

static void send_publish(Client *client) {
    uint8_t body[100];
    size_t size = put_topic(client, body);
    uint32_t number = ++client->sent;
    uint16_t identifier = (uint16_t)(number % 60000 + 1);
    body[size++] = (uint8_t)(identifier >> 8);
    body[size++] = (uint8_t)identifier;
    size += (size_t)snprintf((char *)body + size, 32, "%u", number);
    client->sent_ns = now_ns();
    totals.sent++;
    send_packet(client, 0x32, body, size);
}

/* --- reading --- */

static void on_echo(Client *client, const uint8_t *body, size_t size) {
    size_t topic = (size_t)body[0] << 8 | body[1];
    if (topic + 4 >= size) {
        complain(client, "a PUBLISH that is too short");
        return;
    }
    const uint8_t *rest = body + 2 + topic;
    send_packet(client, 0x40, rest, 2);
    char text[16] = "";
    size_t digits = size - topic - 4;
    memcpy(text, rest + 2, digits < sizeof(text) ? digits : sizeof(text) - 1);
    if (strtoul(text, NULL, 10) != ++client->echoed) complain(client, "an echo out of order");
    uint64_t latency_ns = now_ns() - client->sent_ns;
    if (latency_ns > totals.latency_ns_max) totals.latency_ns_max = latency_ns;
    totals.latency_ns_sum += latency_ns;
    totals.echoed++;
}

static void on_packet(Client *client, uint8_t first, const uint8_t *body, size_t size) {
    if (client->state == WAITS_CONNACK && first == 0x20 && size == 2 && body[1] == 0) {
        send_subscribe(client);
    } else if (client->state == WAITS_SUBACK && first == 0x90 && size == 3 && body[2] == 1) {
        client->state = UP;
    } else if (client->state == UP && first == 0x40) {
        client->acked++;
        totals.acked++;
    } else if (client->state == UP && first >> 4 == 3 && size > 4) {
        on_echo(client, body, size);
    } else {
        complain(client, "an unexpected packet");
    }
}

static bool read_some(Client *client) {
    ssize_t got = recv(client->fd, client->in + client->in_size, IN_MAX - client->in_size, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (got <= 0) {
        complain(client, got == 0 ? "was closed" : strerror(errno));
        return false;
    }
    client->in_size += (size_t)got;
    size_t at = 0;
    while (client->in_size - at >= 2) {
        size_t size = client->in[at + 1];
        if (size > 127) {
            complain(client, "a packet that is too long");
            return false;
        }
        if (client->in_size - at < size + 2) break;
        on_packet(client, client->in[at], client->in + at + 2, size);
        at += size + 2;
    }
    memmove(client->in, client->in + at, client->in_size - at);
    client->in_size -= at;
    return true;
}

/* --- the run --- */

static void start(Client *client, int number, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    unsigned lives = client->lives;
    memset(client, 0, sizeof(*client));
    client->number = number;
    client->lives = lives;
    client->born_ns = now_ns();
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (client->fd < 0 ||
        connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        perror("connect");
        exit(3);
    }
    (void)fcntl(client->fd, F_SETFL, O_NONBLOCK);
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    send_connect(client);
    /* Spread over the second. */
    client->next_ns = now_ns() + (uint64_t)(number * 7919 % 1000) * MS;
}

/* Ends it, and begins again. */
static void live_again(Client *client, uint16_t port) {
    static const uint8_t disconnect[] = {0xE0, 0};
    struct linger at_once = {.l_onoff = 1};
    unsigned way = (client->lives++ + (unsigned)client->number) % 3;
    if (way == 0) put(client, disconnect, sizeof(disconnect));
    if (way == 2) (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(client->fd);
    totals.lives++;
    start(client, client->number, port);
}

static void churn(Client *clients, int count, uint64_t life_ns, uint16_t port) {
    uint64_t now = now_ns();
    for (int i = 0; i < count; i++) {
        Client *client = &clients[i];
        /* Spread, as the publishing is. */
        uint64_t age_ns = life_ns + (uint64_t)(client->number * 7919 % 1000) * (life_ns / 1000);
        bool idle = client->state == UP && client->sent > 0 && client->acked == client->sent &&
                    client->echoed == client->sent;
        if (client->fd >= 0 && idle && now - client->born_ns > age_ns) live_again(client, port);
    }
}

static void turn(Client *clients, struct pollfd *polls, int count, bool publishing) {
    uint64_t now = now_ns();
    for (int i = 0; i < count; i++) {
        Client *client = &clients[i];
        polls[i] = (struct pollfd){.fd = client->fd, .events = POLLIN};
        if (!publishing || client->state != UP || now < client->next_ns) continue;
        send_publish(client);
        client->next_ns += 1000 * MS;
        if (client->next_ns < now) client->next_ns = now + 1000 * MS;
    }
    (void)poll(polls, (nfds_t)count, 5);
    for (int i = 0; i < count; i++) {
        if (polls[i].revents == 0 || clients[i].fd < 0) continue;
        if (read_some(&clients[i])) continue;
        close(clients[i].fd);
        clients[i].fd = -1;
    }
}

static int count_stuck(const Client *clients, int count) {
    int stuck = 0;
    for (int i = 0; i < count; i++) {
        const Client *client = &clients[i];
        stuck += client->state != UP || client->acked != client->sent ||
                 client->echoed != client->sent || (client->sent == 0 && client->lives == 0);
    }
    return stuck;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) return 2;
    uint16_t port = (uint16_t)atoi(argv[1]);
    int count = atoi(argv[2]), started = 0;
    uint64_t duration_ns = (uint64_t)atoi(argv[3]) * 1000 * MS;
    uint64_t life_ns = argc == 5 ? (uint64_t)atoi(argv[4]) * 1000 * MS : 0;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    Client *clients = calloc((size_t)count, sizeof(*clients));
    struct pollfd *polls = calloc((size_t)count, sizeof(*polls));
    if (!clients || !polls) return 3;
    uint64_t begin_ns = now_ns();
    while (now_ns() - begin_ns < duration_ns) {
        for (int i = 0; i < CONNECTS_STEP && started < count; i++, started++)
            start(&clients[started], started + 1, port);
        turn(clients, polls, started, true);
        if (life_ns > 0) churn(clients, started, life_ns, port);
    }
    uint64_t end_ns = now_ns();
    while (now_ns() - end_ns < PATIENCE_NS && count_stuck(clients, started) > 0 && totals.bad == 0)
        turn(clients, polls, started, false);
    int stuck = count_stuck(clients, started);
    static const uint8_t disconnect[] = {0xE0, 0};
    for (int i = 0; i < started; i++) {
        if (clients[i].fd < 0) continue;
        put(&clients[i], disconnect, sizeof(disconnect));
        close(clients[i].fd);
    }
    printf("%d connections, %llu made anew: %llu sent, %llu acknowledged, %llu echoed, %d stuck, "
           "%llu complaints; "
           "echo after %llu us on average, %llu us at most\n",
           started, (unsigned long long)totals.lives, (unsigned long long)totals.sent,
           (unsigned long long)totals.acked, (unsigned long long)totals.echoed, stuck,
           (unsigned long long)totals.bad,
           (unsigned long long)(totals.echoed ? totals.latency_ns_sum / totals.echoed / 1000 : 0),
           (unsigned long long)(totals.latency_ns_max / 1000));
    free(clients);
    free(polls);
    return started == count && stuck == 0 && totals.bad == 0 && totals.sent > 0 ? 0 : 1;
}
