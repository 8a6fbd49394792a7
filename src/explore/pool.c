#include "explore/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/driver.h"

#define DRILL_POOL_OUTPUT_MAX   ((size_t)256 << 20)
#define DRILL_POOL_MESSAGES_MAX 4096
/* Between the end of a child's pipes and its own end there is next to nothing, unless it hangs. */
#define DRILL_POOL_LINGER_MS 1
#define DRILL_POOL_TICK_MS   100

typedef struct Child {
    pid_t pid;   /* 0: free */
    size_t task; /* the one it is at */
    size_t end_of_tasks;
    int output_fd, messages_fd; /* -1: at its end */
    DrillBuffer output, messages;
    uint64_t start_ns;
    DrillTaskEnd end;
    int status; /* of waitpid */
} Child;

/* Before the output of each task of a process that does several. */
typedef uint64_t FrameSize;

typedef struct Pool {
    const DrillPoolOptions *options;
    Child *children;
    /* Of one poll, two for each child. */
    struct pollfd *polls;
    int **fds;
    DrillBuffer **buffers;
    size_t running;
    size_t next_task;
    bool stopped;
} Pool;

/* Set by the handler only; a process has one pool at a time. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

static void write_all(int fd, DrillSpan bytes) {
    while (bytes.size > 0) {
        ssize_t written = write(fd, bytes.data, bytes.size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) _exit(3);
        bytes.data += written;
        bytes.size -= (size_t)written;
    }
}

static void release(Pool *pool) {
    for (size_t i = 0; i < pool->options->jobs; i++) {
        drill_buffer_release(&pool->children[i].output);
        drill_buffer_release(&pool->children[i].messages);
    }
    free(pool->children);
    free(pool->polls);
    free(pool->fds);
    free(pool->buffers);
}

static void do_task(const DrillPoolOptions *options, size_t task, DrillBuffer *output) {
    drill_buffer_clear(output);
    options->work(options->context, task, output);
    FrameSize size = output->size;
    if (options->chunk > 1)
        write_all(STDOUT_FILENO, (DrillSpan){(const uint8_t *)&size, sizeof(size)});
    write_all(STDOUT_FILENO, drill_buffer_span(output));
}

/* Output and messages are the writing ends of the two pipes. */
_Noreturn static void be_child(Pool *pool, size_t task, size_t end, int output_fd,
                               int messages_fd) {
    const DrillPoolOptions *options = pool->options;
    release(pool); /* the child's copy: a check for leaks in it is to see only what the task does */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    dup2(messages_fd, STDERR_FILENO);
    close(messages_fd);
    /* Standard output too, so that a child which executes another program is read like any other.
     */
    dup2(output_fd, STDOUT_FILENO);
    close(output_fd);
    DrillBuffer output = {.allocator = drill_allocator_malloc()};
    for (; task < end; task++)
        do_task(options, task, &output);
    drill_buffer_release(&output);
    fflush(NULL);
    _exit(0);
}

static void close_pipe(const int fds[2]) {
    close(fds[0]);
    close(fds[1]);
}

static bool has_rest(const Child *child) {
    return child->task < child->end_of_tasks;
}

/* What a process that ended early has left, or else the next of all. */
static void take_tasks(Pool *pool, Child *child) {
    if (has_rest(child)) return;
    size_t chunk = pool->options->chunk > 1 ? pool->options->chunk : 1;
    child->task = pool->next_task;
    child->end_of_tasks = pool->options->tasks - pool->next_task < chunk ? pool->options->tasks
                                                                         : pool->next_task + chunk;
    pool->next_task = child->end_of_tasks;
}

static DrillResult start(Pool *pool, Child *child, DrillDiagnostic *diagnostic) {
    int output[2], messages[2];
    if (pipe(output) != 0) return drill_diagnose(diagnostic, DRILL_IO, "pipe: %s", strerror(errno));
    if (pipe(messages) != 0) {
        close_pipe(output);
        return drill_diagnose(diagnostic, DRILL_IO, "pipe: %s", strerror(errno));
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        close_pipe(output);
        close_pipe(messages);
        return drill_diagnose(diagnostic, DRILL_IO, "fork: %s", strerror(errno));
    }
    take_tasks(pool, child);
    if (pid == 0) {
        close(output[0]);
        close(messages[0]);
        be_child(pool, child->task, child->end_of_tasks, output[1], messages[1]);
    }
    close(output[1]);
    close(messages[1]);
    fcntl(output[0], F_SETFD, FD_CLOEXEC);
    fcntl(messages[0], F_SETFD, FD_CLOEXEC);
    child->pid = pid;
    child->output_fd = output[0];
    child->messages_fd = messages[0];
    child->start_ns = drill_wall_ns();
    child->end = DRILL_TASK_DONE;
    child->status = 0;
    pool->running++;
    return DRILL_OK;
}

/* One read; at the end of the pipe closes it. */
static void drain(int *fd, DrillBuffer *into) {
    uint8_t bytes[65536];
    ssize_t size = read(*fd, bytes, sizeof(bytes));
    if (size > 0) {
        drill_buffer_put(into, bytes, (size_t)size);
    } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(*fd);
        *fd = -1;
    }
}

static void kill_child(Child *child, DrillTaskEnd why) {
    child->end = why;
    kill(child->pid, SIGKILL);
}

static void keep_tail(DrillBuffer *messages) {
    if (messages->size <= DRILL_POOL_MESSAGES_MAX) return;
    memmove(messages->data, messages->data + (messages->size - DRILL_POOL_MESSAGES_MAX),
            DRILL_POOL_MESSAGES_MAX);
    messages->size = DRILL_POOL_MESSAGES_MAX;
}

/* The end of the task that the process was at. */
static void tell(Pool *pool, Child *child, DrillSpan output) {
    int status = child->status;
    DrillTaskReport report = {
        .task = child->task++,
        .end = child->end,
        .status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
        .signalled = WIFSIGNALED(status),
        .output = output,
        .messages = drill_buffer_span(&child->messages),
        .wall_ns = drill_wall_ns() - child->start_ns,
    };
    child->start_ns += report.wall_ns;
    if (!interrupted && !pool->options->done(pool->options->context, &report)) pool->stopped = true;
}

/* The tasks whose outputs are whole, of a process that does several. */
static void tell_frames(Pool *pool, Child *child) {
    DrillSpan in = drill_buffer_span(&child->output);
    FrameSize size;
    while (has_rest(child) && in.size >= sizeof(size)) {
        memcpy(&size, in.data, sizeof(size));
        if (in.size - sizeof(size) < size) break;
        tell(pool, child, (DrillSpan){in.data + sizeof(size), (size_t)size});
        in = (DrillSpan){in.data + sizeof(size) + size, in.size - sizeof(size) - (size_t)size};
    }
    if (in.size > 0) memmove(child->output.data, in.data, in.size);
    child->output.size = in.size;
}

static void finish(Pool *pool, Child *child) {
    bool clean = WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0;
    if (child->end == DRILL_TASK_DONE && (!clean || (pool->options->chunk > 1 && has_rest(child))))
        child->end = DRILL_TASK_CRASHED;
    if (has_rest(child)) tell(pool, child, drill_buffer_span(&child->output));
    drill_buffer_clear(&child->output);
    drill_buffer_clear(&child->messages);
    child->pid = 0;
    pool->running--;
}

static bool is_silent(const Child *child) {
    return child->output_fd < 0 && child->messages_fd < 0;
}

/* A task may close its pipes and hang: so this does not wait. */
static bool is_gone(Child *child) {
    pid_t gone;
    while ((gone = waitpid(child->pid, &child->status, WNOHANG)) < 0 && errno == EINTR)
        continue;
    return gone != 0;
}

static void poll_children(Pool *pool) {
    nfds_t count = 0;
    int wait_ms = DRILL_POOL_TICK_MS;
    for (size_t i = 0; i < pool->options->jobs; i++) {
        Child *child = &pool->children[i];
        int *child_fds[2] = {&child->output_fd, &child->messages_fd};
        DrillBuffer *child_buffers[2] = {&child->output, &child->messages};
        if (child->pid && is_silent(child)) wait_ms = DRILL_POOL_LINGER_MS;
        for (int k = 0; child->pid && k < 2; k++) {
            if (*child_fds[k] < 0) continue;
            pool->polls[count] = (struct pollfd){.fd = *child_fds[k], .events = POLLIN};
            pool->fds[count] = child_fds[k];
            pool->buffers[count++] = child_buffers[k];
        }
    }
    int ready = poll(pool->polls, count, wait_ms);
    for (nfds_t i = 0; ready > 0 && i < count; i++)
        if (pool->polls[i].revents) drain(pool->fds[i], pool->buffers[i]);
}

static void look_after(Pool *pool, Child *child) {
    uint64_t timeout_ns = pool->options->timeout_ns;
    keep_tail(&child->messages);
    if (pool->options->chunk > 1 && child->end == DRILL_TASK_DONE) tell_frames(pool, child);
    if (child->end == DRILL_TASK_DONE && child->output.size > DRILL_POOL_OUTPUT_MAX)
        kill_child(child, DRILL_TASK_TOO_BIG);
    if (child->end == DRILL_TASK_DONE && timeout_ns > 0 &&
        drill_wall_ns() - child->start_ns > timeout_ns)
        kill_child(child, DRILL_TASK_TIMEOUT);
    const DrillPoolOptions *options = pool->options;
    if (child->end == DRILL_TASK_DONE && options->unwanted &&
        options->unwanted(options->context, child->task))
        kill_child(child, DRILL_TASK_UNWANTED);
    if (interrupted) kill(child->pid, SIGKILL);
    if (is_silent(child) && is_gone(child)) finish(pool, child);
}

/* The pool itself has failed: nobody will hear of this task. */
static void abandon(Child *child) {
    kill_child(child, DRILL_TASK_CRASHED);
    while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
        continue;
    if (child->output_fd >= 0) close(child->output_fd);
    if (child->messages_fd >= 0) close(child->messages_fd);
}

/* Is there a task to start? Leaves out those that are not wanted. */
static bool find_task(Pool *pool) {
    const DrillPoolOptions *options = pool->options;
    while (pool->next_task < options->tasks && !pool->stopped && !interrupted) {
        if (!options->starting || options->starting(options->context, pool->next_task)) return true;
        pool->next_task++;
    }
    return false;
}

static bool find_rest(const Pool *pool, const Child *child) {
    return has_rest(child) && !pool->stopped && !interrupted;
}

static DrillResult turn(Pool *pool, DrillDiagnostic *diagnostic) {
    size_t jobs = pool->options->jobs;
    DrillResult result = DRILL_OK;
    while (result == DRILL_OK) {
        for (size_t i = 0; i < jobs && result == DRILL_OK; i++)
            if (!pool->children[i].pid && (find_rest(pool, &pool->children[i]) || find_task(pool)))
                result = start(pool, &pool->children[i], diagnostic);
        if (pool->running == 0) break;
        poll_children(pool);
        for (size_t i = 0; i < jobs; i++)
            if (pool->children[i].pid) look_after(pool, &pool->children[i]);
        if (pool->options->tick && !interrupted)
            pool->options->tick(pool->options->context, pool->running);
    }
    for (size_t i = 0; i < jobs; i++)
        if (pool->children[i].pid) abandon(&pool->children[i]);
    return result;
}

DrillResult drill_pool_run(const DrillPoolOptions *options, DrillDiagnostic *diagnostic) {
    DRILL_ASSERT(options->jobs >= 1);
    DRILL_ASSERT(options->chunk <= 1 || (!options->starting && !options->unwanted));
    Pool pool = {.options = options};
    pool.children = calloc(options->jobs, sizeof(Child));
    pool.polls = calloc(options->jobs * 2, sizeof(*pool.polls));
    pool.fds = calloc(options->jobs * 2, sizeof(*pool.fds));
    pool.buffers = calloc(options->jobs * 2, sizeof(DrillBuffer *));
    DRILL_ASSERT(pool.children && pool.polls && pool.fds && pool.buffers);
    for (size_t i = 0; i < options->jobs; i++) {
        pool.children[i].output.allocator = drill_allocator_malloc();
        pool.children[i].messages.allocator = drill_allocator_malloc();
    }
    interrupted = 0;
    struct sigaction action = {.sa_handler = on_interrupt}, old_int, old_term;
    sigaction(SIGINT, &action, &old_int);
    sigaction(SIGTERM, &action, &old_term);
    DrillResult result = turn(&pool, diagnostic);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    if (result == DRILL_OK && interrupted)
        result = drill_diagnose(diagnostic, DRILL_BUSY, "interrupted");
    release(&pool);
    return result;
}
