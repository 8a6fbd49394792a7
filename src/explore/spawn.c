/* Starting and stopping a broker for a run. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/driver.h"
#include "explore/target.h"

#define DRILL_SPAWN_READY_NS (60 * DRILL_NS_PER_S)
#define DRILL_SPAWN_END_NS   (5 * DRILL_NS_PER_S)
#define DRILL_SPAWN_STEP_NS  (200 * DRILL_NS_PER_MS)
#define DRILL_SPAWN_SETTINGS "{settings}"

/* Set by the handler only. A broker that is just starting must not outlive us. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

struct DrillSpawn {
    pid_t pid; /* also its process group */
    char folder[64];
};

/* A port that nobody has right now. Somebody could take it before the broker does; then the broker
 * says so. */
static int free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return -1;
    int port = -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    close(fd);
    return port;
}

static void replace_all(const char *text, const char *name, const char *value, DrillBuffer *out) {
    size_t size = strlen(name);
    while (*text) {
        if (strncmp(text, name, size) == 0) {
            drill_buffer_put_string(out, value);
            text += size;
        } else {
            drill_buffer_put_byte(out, (uint8_t)*text++);
        }
    }
}

static char *fill_in(const char *command, int port, const char *folder, const char *settings) {
    char number[16];
    DrillBuffer with_port = {.allocator = drill_allocator_malloc()}, with_both = with_port,
                with_all = with_port;
    snprintf(number, sizeof(number), "%d", port);
    replace_all(command, "{port}", number, &with_port);
    replace_all(drill_buffer_cstring(&with_port), "{dir}", folder, &with_both);
    replace_all(drill_buffer_cstring(&with_both), DRILL_SPAWN_SETTINGS, settings, &with_all);
    char *filled = strdup(drill_buffer_cstring(&with_all));
    DRILL_ASSERT(filled != NULL);
    drill_buffer_release(&with_port);
    drill_buffer_release(&with_both);
    drill_buffer_release(&with_all);
    return filled;
}

_Noreturn static void become_broker(const char *command, const char *folder) {
    char log[96];
    setpgid(0, 0);
    snprintf(log, sizeof(log), "%s/output.log", folder);
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int null = open("/dev/null", O_RDONLY);
    if (fd < 0 || null < 0) _exit(127);
    dup2(null, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void read_log(const DrillSpawn *spawn, char *text, size_t size) {
    char log[96];
    snprintf(log, sizeof(log), "%s/output.log", spawn->folder);
    FILE *file = fopen(log, "r");
    size_t got = file ? fread(text, 1, size - 1, file) : 0;
    text[got] = '\0';
    if (file) fclose(file);
}

static bool has_ended(DrillSpawn *spawn) {
    if (waitpid(spawn->pid, NULL, WNOHANG) != spawn->pid) return false;
    kill(-spawn->pid, SIGKILL);
    spawn->pid = 0;
    return true;
}

static DrillResult await_ready(DrillSpawn *spawn, const DrillTarget *target,
                               DrillDiagnostic *diagnostic) {
    uint64_t start_ns = drill_wall_ns();
    DrillDiagnostic why;
    while (!has_ended(spawn)) {
        if (interrupted) return drill_diagnose(diagnostic, DRILL_BUSY, "interrupted");
        if (drill_target_await(target, DRILL_SPAWN_STEP_NS, &why) == DRILL_OK) return DRILL_OK;
        if (drill_wall_ns() - start_ns > DRILL_SPAWN_READY_NS)
            return drill_diagnose(diagnostic, DRILL_IO, "the started broker does not answer: %s",
                                  why.text);
    }
    char output[600];
    read_log(spawn, output, sizeof(output));
    return drill_diagnose(diagnostic, DRILL_IO, "the started broker ended at once; it printed: %s",
                          output);
}

bool drill_spawn_configures(const char *command) {
    return strstr(command, DRILL_SPAWN_SETTINGS) != NULL;
}

DrillResult drill_spawn_start(const char *command, const char *settings, DrillSpawn **out,
                              DrillTarget *target, DrillDiagnostic *diagnostic) {
    if (!strstr(command, "{port}"))
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "spawn: the command must contain {port}, got \"%s\"", command);
    int port = free_port();
    if (port < 0)
        return drill_diagnose(diagnostic, DRILL_IO, "spawn: no free port: %s", strerror(errno));
    DrillSpawn *spawn = calloc(1, sizeof(*spawn));
    DRILL_ASSERT(spawn != NULL);
    const char *base = getenv("TMPDIR");
    if (!base || strlen(base) > 32) base = "/tmp";
    snprintf(spawn->folder, sizeof(spawn->folder), "%s/mqttdrill-XXXXXX", base);
    if (!mkdtemp(spawn->folder)) {
        free(spawn);
        return drill_diagnose(diagnostic, DRILL_IO, "spawn: no folder: %s", strerror(errno));
    }
    char *filled = fill_in(command, port, spawn->folder, settings);
    struct sigaction action = {.sa_handler = on_interrupt}, old_int, old_term;
    interrupted = 0;
    sigaction(SIGINT, &action, &old_int);
    sigaction(SIGTERM, &action, &old_term);
    fflush(NULL);
    spawn->pid = fork();
    if (spawn->pid == 0) become_broker(filled, spawn->folder);
    free(filled);
    memset(target, 0, sizeof(*target));
    target->live = true;
    target->port = (uint16_t)port;
    strcpy(target->host, "127.0.0.1");
    snprintf(target->url, sizeof(target->url), "mqtt://127.0.0.1:%d", port);
    DrillResult result = await_ready(spawn, target, diagnostic);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    if (interrupted) result = drill_diagnose(diagnostic, DRILL_BUSY, "interrupted");
    if (result == DRILL_OK) {
        *out = spawn;
    } else {
        drill_spawn_stop(spawn);
    }
    return result;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

void drill_spawn_stop(DrillSpawn *spawn) {
    uint64_t start_ns = drill_wall_ns();
    if (spawn->pid > 0) kill(-spawn->pid, SIGTERM);
    while (spawn->pid > 0 && !has_ended(spawn)) {
        if (drill_wall_ns() - start_ns > DRILL_SPAWN_END_NS) kill(-spawn->pid, SIGKILL);
        poll(NULL, 0, 10);
    }
    nftw(spawn->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(spawn);
}
