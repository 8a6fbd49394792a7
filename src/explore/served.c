#include "explore/served.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/driver.h"
#include "explore/service.h"

/* A service that is told to stop takes two seconds at most, on a machine that has time for it. */
#define DRILL_SERVED_END_NS (30 * DRILL_NS_PER_S)

static void started(void *context, uint16_t port, uint16_t control_port) {
    int fd = *(int *)context;
    (void)control_port;
    if (write(fd, &port, sizeof(port)) != (ssize_t)sizeof(port)) _exit(3);
    close(fd);
}

/* Says its port, or why there is none, into the pipe. */
_Noreturn static void be_broker(const DrillServedOptions *options, int fd) {
    DrillServiceOptions service = {
        .scenario = options->scenario,
        .scenario_broker_only = true,
        .version = DRILL_MQTT_3_1_1,
        .seed = options->seed,
        .listen = {.host = "127.0.0.1", .port = 0},
        .defects = options->defects,
        .trace_path = options->trace_path,
        .unjudged = true, /* its own oracles would be the ones that are to judge it from outside */
        .hooks = {.context = &fd, .started = started},
    };
    DrillRunResult result;
    DrillDiagnostic diagnostic = {{0}};
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group; the parent decides */
    if (drill_service_run(&service, &result, &diagnostic) != DRILL_OK) {
        ssize_t wrote = write(fd, diagnostic.text, strlen(diagnostic.text));
        _exit(wrote < 0 ? 4 : 3);
    }
    drill_run_result_free(&result);
    _exit(0);
}

static DrillResult await_port(int fd, DrillServed *served, DrillDiagnostic *diagnostic) {
    uint8_t said[sizeof(diagnostic->text)];
    size_t size = 0;
    ssize_t got;
    while ((got = read(fd, said + size, sizeof(said) - 1 - size)) > 0 ||
           (got < 0 && errno == EINTR))
        if (got > 0) size += (size_t)got;
    close(fd);
    if (size == sizeof(served->port)) {
        memcpy(&served->port, said, size);
        return DRILL_OK;
    }
    drill_served_stop(served);
    return drill_diagnose(diagnostic, DRILL_IO, "the broker to be tested did not start: %.*s",
                          (int)size, (const char *)said);
}

DrillResult drill_served_start(const DrillServedOptions *options, DrillServed *out,
                               DrillDiagnostic *diagnostic) {
    int fds[2];
    *out = (DrillServed){0};
    if (pipe(fds) != 0) return drill_diagnose(diagnostic, DRILL_IO, "pipe: %s", strerror(errno));
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        close(fds[0]);
        close(fds[1]);
        return drill_diagnose(diagnostic, DRILL_IO, "fork: %s", strerror(errno));
    }
    if (pid == 0) {
        close(fds[0]);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(3);
        be_broker(options, fds[1]);
    }
    close(fds[1]);
    out->pid = (int)pid;
    return await_port(fds[0], out, diagnostic);
}

bool drill_served_finish(DrillServed *served) {
    int status = 0;
    pid_t gone = 0;
    uint64_t start_ns = drill_wall_ns();
    if (served->pid <= 0) return false;
    kill(served->pid, SIGTERM);
    while ((gone = waitpid(served->pid, &status, WNOHANG)) == 0 &&
           drill_wall_ns() - start_ns < DRILL_SERVED_END_NS)
        (void)poll(NULL, 0, 10);
    if (gone <= 0) {
        drill_served_stop(served);
        return false;
    }
    served->pid = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void drill_served_stop(DrillServed *served) {
    if (served->pid <= 0) return;
    /* Nothing of it is wanted: no trace, no report. */
    kill(served->pid, SIGKILL);
    while (waitpid(served->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    served->pid = 0;
}
