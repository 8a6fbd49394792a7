/* usage: request PORT METHOD PATH [BODY]    one HTTP request; prints the answer's body; exit status
 * 0: 200, 1: another status request PORT raw [SLOW_MS]         the bytes of standard input, one
 * every SLOW_MS; prints the whole answer request free-port                  prints a TCP port of
 * loopback that is free now */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int connect_to(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        perror("connect");
        exit(3);
    }
    return fd;
}

static int free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (const struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 3;
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    return 0;
}

/* False: the peer has closed. */
static bool put(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void put_input(int fd, long slow_ms) {
    struct timespec pause = {slow_ms / 1000, slow_ms % 1000 * 1000000};
    char bytes[65536];
    size_t size;
    while ((size = fread(bytes, 1, slow_ms > 0 ? 1 : sizeof(bytes), stdin)) > 0) {
        if (!put(fd, bytes, size)) return;
        if (slow_ms > 0) nanosleep(&pause, NULL);
    }
}

/* Prints from `print_head ? 0 : behind the head`; returns the status. */
static int print_answer(int fd, bool print_head) {
    static char answer[8 * 1024 * 1024];
    size_t size = 0;
    ssize_t got;
    while (size < sizeof(answer) - 1 &&
           (got = recv(fd, answer + size, sizeof(answer) - 1 - size, 0)) > 0)
        size += (size_t)got;
    answer[size] = '\0';
    const char *body = strstr(answer, "\r\n\r\n");
    fputs(print_head || !body ? answer : body + 4, stdout);
    return size > 12 ? atoi(answer + 9) : 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "free-port") == 0) return free_port();
    if (argc < 3) return 2;
    int fd = connect_to(argv[1]);
    bool raw = strcmp(argv[2], "raw") == 0;
    if (raw) {
        put_input(fd, argc > 3 ? atol(argv[3]) : 0);
    } else if (argc < 4) {
        return 2;
    } else {
        static char text[1024 * 1024];
        const char *body = argc > 4 ? argv[4] : "";
        int size = snprintf(text, sizeof(text),
                            "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Length: %zu\r\n\r\n%s",
                            argv[2], argv[3], argv[1], strlen(body), body);
        (void)put(fd, text, (size_t)size);
    }
    int status = print_answer(fd, raw);
    close(fd);
    return status == 200 ? 0 : 1;
}
