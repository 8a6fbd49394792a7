#include "driver/socket.h"

#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 64 * 1024 };

typedef enum SocketState {
    SOCKET_OPENING,
    SOCKET_OPEN,
    SOCKET_HALF,    /* the peer's end was seen and reported; the world may go on writing */
    SOCKET_LEAVING, /* the world has closed: the rest is written, then our end; arriving bytes are
                       thrown away */
    SOCKET_CLOSED   /* its handles are closing or closed */
} SocketState;

typedef struct Socket {
    uv_tcp_t tcp;
    uv_timer_t timer; /* connecting, lingering */
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    DrillSockets *sockets;
    uint64_t number;
    SocketState state;
    unsigned handles; /* of tcp and timer, not yet closed */
    size_t address;
    DrillBuffer early; /* written before the connection was there */
    size_t unsent;     /* at the last look of the linger timer */
    int write_error;   /* a write failed; the read side tells when, after the bytes that came before
                        */
    bool listed;       /* the world knows it: in sockets->by_number */
    bool reported;     /* the last news of it is in the list of inputs or was taken from it */
    bool taken;        /* that was taken */
    bool ended;        /* the peer's end was seen */
    bool shutting;     /* our end is to be sent when the rest is written */
    bool shut;         /* our end is sent */
    bool full;         /* the world knows that it is not writable */
    /* Why it is not read from: too much is unread in all, or of it; the world wants nothing more
     * for now. */
    bool paused, flooding, held;
    bool accepted; /* came from outside */
    size_t unread; /* in the list of inputs */
} Socket;

struct DrillSockets {
    uv_loop_t loop;
    DrillSocketsOptions options;
    struct sockaddr_storage addresses[DRILL_SOCKET_ADDRESSES_MAX];
    DrillMap *by_number;
    size_t live;
    uint64_t accepted_ever; /* numbers of those that came from outside */
    size_t accepted_now;
    DrillSocketInput *first, *last;
    size_t unread;
    bool any_paused;
    bool freeing;
    char read_buffer[READ_BYTES];
};

typedef struct WriteRequest {
    uv_write_t write;
    char bytes[];
} WriteRequest;

static void *allocate(size_t size) {
    void *block = calloc(1, size);
    DRILL_ASSERT(block != NULL);
    return block;
}

static uint64_t linger_ms(void) {
    return DRILL_SOCKET_LINGER_NS / DRILL_NS_PER_MS;
}

/* --- the list of inputs --- */

static DrillSocketInput *push_for(DrillSockets *sockets, uint64_t number, DrillInputKind kind,
                                  DrillSpan bytes) {
    /* Not calloc: most of it is bytes that are copied in right away. */
    DrillSocketInput *input = malloc(sizeof(*input) + bytes.size);
    DRILL_ASSERT(input != NULL);
    *input = (DrillSocketInput){.stamp_ns = sockets->options.stamp(sockets->options.context),
                                .connection = number,
                                .kind = kind,
                                .how = "",
                                .size = bytes.size};
    if (bytes.size > 0) memcpy(input->bytes, bytes.data, bytes.size);
    if (sockets->last != NULL) {
        sockets->last->next = input;
    } else {
        sockets->first = input;
    }
    sockets->last = input;
    sockets->unread += bytes.size;
    return input;
}

static DrillSocketInput *push(Socket *socket, DrillInputKind kind, DrillSpan bytes) {
    return push_for(socket->sockets, socket->number, kind, bytes);
}

void drill_sockets_command(DrillSockets *sockets, uint64_t request, DrillSpan text) {
    (void)push_for(sockets, request, DRILL_INPUT_CONTROL, text);
}

void drill_sockets_stalled(DrillSockets *sockets, uint64_t for_ns) {
    DrillSocketInput *first = sockets->first, *last = sockets->last;
    sockets->first = sockets->last = NULL;
    DrillSocketInput *input = push_for(sockets, 0, DRILL_INPUT_STALLED, drill_span(NULL, 0));
    input->stalled_ns = for_ns;
    if (first == NULL) return;
    input->stamp_ns = first->stamp_ns;
    input->next = first;
    sockets->last = last;
}

static bool is_about_connection(const DrillSocketInput *input) {
    return input->kind != DRILL_INPUT_CONTROL && input->kind != DRILL_INPUT_STALLED;
}

static DrillSocketInput *pop(DrillSockets *sockets) {
    DrillSocketInput *input = sockets->first;
    sockets->first = input->next;
    if (sockets->first == NULL) sockets->last = NULL;
    sockets->unread -= input->size;
    input->next = NULL;
    return input;
}

/* --- life and death --- */

static Socket *find(const DrillSockets *sockets, uint64_t number) {
    return drill_map_get(sockets->by_number, drill_span(&number, sizeof(number)));
}

static void free_if_gone(Socket *socket) {
    if (socket->listed || socket->handles > 0) return;
    if (socket->accepted) socket->sockets->accepted_now--;
    drill_buffer_release(&socket->early);
    free(socket);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    Socket *socket = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(socket->sockets->read_buffer, READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);

/* Reads, or does not, as the three reasons say. */
static void update_reading(Socket *socket) {
    if (socket->state != SOCKET_OPEN) return;
    if (socket->paused || socket->flooding || socket->held)
        (void)uv_read_stop((uv_stream_t *)&socket->tcp);
    else
        (void)uv_read_start((uv_stream_t *)&socket->tcp, on_allocate, on_read);
}

static size_t unsent_of(Socket *socket) {
    return socket->early.size + uv_stream_get_write_queue_size((uv_stream_t *)&socket->tcp);
}

/* The world has no more to do with it. The caller must not touch the socket after free_if_gone. */
static void unlist(Socket *socket) {
    if (!socket->listed) return;
    (void)drill_map_remove(socket->sockets->by_number,
                           drill_span(&socket->number, sizeof(socket->number)));
    socket->listed = false;
    if (!socket->reported) socket->sockets->live--;
    socket->reported = true;
}

static void on_handle_closed(uv_handle_t *handle) {
    Socket *socket = handle->data;
    socket->handles--;
    free_if_gone(socket);
}

/* Closing becomes a reset. libuv's own call refuses once our end is on its way. */
static void make_reset(Socket *socket) {
    struct linger linger = {.l_onoff = 1};
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&socket->tcp, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void close_handles(Socket *socket, bool reset) {
    if (socket->state == SOCKET_CLOSED) return;
    socket->state = SOCKET_CLOSED;
    uv_close((uv_handle_t *)&socket->timer, on_handle_closed);
    /* While the next address waits for its turn, the handle is closing already: see
     * on_next_address. */
    if (!uv_is_closing((uv_handle_t *)&socket->tcp)) {
        if (reset) make_reset(socket);
        uv_close((uv_handle_t *)&socket->tcp, on_handle_closed);
    }
    if (socket->taken) unlist(socket);
}

/* The last news, unless it is the peer's end: then the world closes when it likes. */
static void report_closed(Socket *socket, const char *how, const char *text) {
    if (socket->reported) return;
    if (strcmp(how, "fin") != 0) {
        socket->reported = true;
        socket->sockets->live--;
    }
    DrillSocketInput *input = push(socket, DRILL_INPUT_CLOSED, drill_span(NULL, 0));
    input->how = how;
    size_t length = strlen(text);
    if (length >= sizeof(input->text)) length = sizeof(input->text) - 1;
    memcpy(input->text, text, length);
}

static void report_error(Socket *socket, const char *how, int error) {
    char text[120];
    report_closed(socket, how, uv_strerror_r(error, text, sizeof(text)));
}

static const char *how_of_broken(int error) {
    return error == UV_ECONNRESET || error == UV_EPIPE ? "rst" : "error";
}

static const char *how_of_unconnected(int error) {
    static const int refusals[] = {UV_ECONNREFUSED, UV_ETIMEDOUT,  UV_EHOSTUNREACH,
                                   UV_ENETUNREACH,  UV_ECONNRESET, UV_ECONNABORTED,
                                   UV_ENETDOWN,     UV_EHOSTDOWN};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(refusals); i++) {
        if (error == refusals[i]) return "refused";
    }
    return "error";
}

/* --- leaving --- */

static void write_failed(Socket *socket, int error);

static void on_shutdown(uv_shutdown_t *request, int status) {
    Socket *socket = request->data;
    if (status == UV_ECANCELED || socket->state == SOCKET_CLOSED) return;
    socket->shut = true;
    if (socket->state != SOCKET_LEAVING) {
        if (status != 0) write_failed(socket, status);
    } else if (status != 0 || socket->ended || socket->sockets->freeing) {
        close_handles(socket, false);
    }
}

/* False: it cannot be. */
static bool begin_shutdown(Socket *socket) {
    if (socket->shutdown.data != NULL) return true;
    socket->shutdown.data = socket;
    return uv_shutdown(&socket->shutdown, (uv_stream_t *)&socket->tcp, on_shutdown) == 0;
}

void drill_sockets_shutdown(DrillSockets *sockets, uint64_t number) {
    Socket *socket = find(sockets, number);
    if (socket == NULL || socket->state == SOCKET_CLOSED || socket->shutting) return;
    socket->shutting = true;
    /* Where it is not possible the connection is broken, and reading will tell. */
    if (socket->state != SOCKET_OPENING) (void)begin_shutdown(socket);
}

static void on_linger(uv_timer_t *timer);

static void leave(Socket *socket) {
    socket->state = SOCKET_LEAVING;
    socket->unsent = uv_stream_get_write_queue_size((uv_stream_t *)&socket->tcp);
    if (!begin_shutdown(socket) || (socket->shut && socket->ended)) {
        close_handles(socket, false);
        return;
    }
    /* It may be paused; when it is reading already, this says so and changes nothing. */
    if (!socket->ended) (void)uv_read_start((uv_stream_t *)&socket->tcp, on_allocate, on_read);
    (void)uv_timer_start(&socket->timer, on_linger, linger_ms(), 0);
}

static void on_linger(uv_timer_t *timer) {
    Socket *socket = timer->data;
    size_t unsent = uv_stream_get_write_queue_size((uv_stream_t *)&socket->tcp);
    bool progress = unsent < socket->unsent;
    socket->unsent = unsent;
    if (progress && !socket->sockets->freeing) {
        (void)uv_timer_start(&socket->timer, on_linger, linger_ms(), 0);
    } else {
        close_handles(socket, false);
    }
}

/* --- reading --- */

static void read_end(Socket *socket) {
    socket->ended = true;
    if (socket->state == SOCKET_LEAVING) {
        if (socket->shut) close_handles(socket, false);
    } else if (socket->write_error != 0) {
        report_error(socket, how_of_broken(socket->write_error), socket->write_error);
        close_handles(socket, false);
    } else {
        report_closed(socket, "fin", "");
        socket->state = SOCKET_HALF;
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    Socket *socket = stream->data;
    DrillSockets *sockets = socket->sockets;
    if (size == 0 || socket->state == SOCKET_CLOSED) return;
    if (size == UV_EOF) {
        read_end(socket);
    } else if (size < 0) {
        report_error(socket, how_of_broken((int)size), (int)size);
        close_handles(socket, false);
    } else if (socket->state == SOCKET_OPEN) {
        (void)push(socket, DRILL_INPUT_BYTES, drill_span(buffer->base, (size_t)size));
        socket->unread += (size_t)size;
        socket->flooding = socket->unread >= DRILL_SOCKET_UNREAD_EACH;
        socket->paused = sockets->unread >= DRILL_SOCKET_UNREAD_MAX;
        if (socket->paused) sockets->any_paused = true;
        if (socket->paused || socket->flooding) update_reading(socket);
    }
}

static void resume_paused(DrillSockets *sockets) {
    if (!sockets->any_paused) return;
    sockets->any_paused = false;
    for (size_t slot = 0; slot < drill_map_slots(sockets->by_number); slot++) {
        Socket *socket = drill_map_at(sockets->by_number, slot, NULL);
        if (socket == NULL || !socket->paused) continue;
        socket->paused = false;
        update_reading(socket);
    }
}

/* The world gets so much of what came. */
static void go_on_reading(Socket *socket, size_t size) {
    socket->unread -= size;
    if (!socket->flooding || socket->unread >= DRILL_SOCKET_UNREAD_EACH) return;
    socket->flooding = false;
    update_reading(socket);
}

/* --- writing --- */

static void write_failed(Socket *socket, int error) {
    if (socket->state == SOCKET_CLOSED) return;
    if (socket->state == SOCKET_OPEN && strcmp(how_of_broken(error), "rst") == 0) {
        /* What the peer sent before it reset may still be unread; the end that follows it is
         * certain to come. */
        if (socket->write_error == 0) socket->write_error = error;
        return;
    }
    report_error(socket, "error", error);
    close_handles(socket, false);
}

static void on_written(uv_write_t *request, int status) {
    Socket *socket = request->data;
    free((WriteRequest *)(void *)request);
    if (status != 0 && status != UV_ECANCELED) write_failed(socket, status);
    if (!socket->full || socket->reported || socket->state == SOCKET_LEAVING) return;
    if (unsent_of(socket) > DRILL_SOCKET_FULL_BYTES / 2) return;
    socket->full = false;
    push(socket, DRILL_INPUT_WRITABLE, drill_span(NULL, 0))->writable = true;
}

static void note_full(Socket *socket) {
    if (socket->full || socket->reported || unsent_of(socket) <= DRILL_SOCKET_FULL_BYTES) return;
    socket->full = true;
    (void)push(socket, DRILL_INPUT_WRITABLE, drill_span(NULL, 0));
}

static void put(Socket *socket, DrillSpan bytes) {
    if (bytes.size == 0 || socket->write_error != 0) return;
    WriteRequest *request = malloc(sizeof(*request) + bytes.size);
    DRILL_ASSERT(request != NULL);
    memcpy(request->bytes, bytes.data, bytes.size);
    request->write.data = socket;
    uv_buf_t buffer = uv_buf_init(request->bytes, (unsigned)bytes.size);
    int error = uv_write(&request->write, (uv_stream_t *)&socket->tcp, &buffer, 1, on_written);
    if (error != 0) {
        free(request);
        write_failed(socket, error);
    }
}

void drill_sockets_write(DrillSockets *sockets, uint64_t number, DrillSpan bytes) {
    Socket *socket = find(sockets, number);
    if (socket == NULL || socket->state == SOCKET_CLOSED || socket->shutting) return;
    size_t unsent = unsent_of(socket);
    if (bytes.size > DRILL_SOCKET_UNSENT_MAX || unsent > DRILL_SOCKET_UNSENT_MAX - bytes.size) {
        report_closed(socket, "error", "the peer does not read: over 64 MiB wait to be written");
        close_handles(socket, true);
    } else if (socket->state == SOCKET_OPENING) {
        drill_buffer_put(&socket->early, bytes.data, bytes.size);
        note_full(socket);
    } else {
        put(socket, bytes);
        note_full(socket);
    }
}

/* --- flow control --- */

void drill_sockets_hold(DrillSockets *sockets, uint64_t number, bool hold) {
    Socket *socket = find(sockets, number);
    if (socket == NULL || socket->held == hold) return;
    socket->held = hold;
    update_reading(socket);
}

/* --- connecting --- */

static void attempt(Socket *socket);

static void on_next_address(uv_handle_t *handle) {
    Socket *socket = handle->data;
    if (socket->state != SOCKET_OPENING) {
        on_handle_closed(handle);
        return;
    }
    socket->handles--;
    attempt(socket);
}

static void connect_failed(Socket *socket, int error) {
    if (socket->address + 1 < socket->sockets->options.address_count) {
        socket->address++;
        (void)uv_timer_stop(&socket->timer);
        uv_close((uv_handle_t *)&socket->tcp, on_next_address);
        return;
    }
    report_error(socket, how_of_unconnected(error), error);
    close_handles(socket, false);
}

static void on_connect_timeout(uv_timer_t *timer) {
    connect_failed(timer->data, UV_ETIMEDOUT);
}

static void on_connect(uv_connect_t *request, int status) {
    Socket *socket = request->data;
    if (status == UV_ECANCELED) return;
    if (status == 0) {
        status = uv_read_start((uv_stream_t *)&socket->tcp, on_allocate, on_read);
    }
    if (status != 0) {
        connect_failed(socket, status);
        return;
    }
    (void)uv_timer_stop(&socket->timer);
    /* Small packets must leave when they are written, or the wall clock would measure Nagle's
     * algorithm. */
    (void)uv_tcp_nodelay(&socket->tcp, 1);
    socket->state = SOCKET_OPEN;
    (void)push(socket, DRILL_INPUT_CONNECTED, drill_span(NULL, 0));
    update_reading(socket);
    put(socket, drill_buffer_span(&socket->early));
    drill_buffer_release(&socket->early);
    if (socket->shutting) (void)begin_shutdown(socket);
}

static void attempt(Socket *socket) {
    DrillSockets *sockets = socket->sockets;
    int error = uv_tcp_init(&sockets->loop, &socket->tcp);
    DRILL_ASSERT(error == 0); /* no descriptor is made yet */
    socket->tcp.data = socket;
    socket->connect.data = socket;
    socket->handles++;
    uint64_t timeout_ns = sockets->options.connect_timeout_ns;
    if (timeout_ns != 0) {
        uint64_t ms = timeout_ns / DRILL_NS_PER_MS + (timeout_ns % DRILL_NS_PER_MS != 0);
        /* The loop's idea of now is as old as its last turn. */
        uv_update_time(&sockets->loop);
        (void)uv_timer_start(&socket->timer, on_connect_timeout, ms, 0);
    }
    const struct sockaddr *address = (const struct sockaddr *)&sockets->addresses[socket->address];
    error = uv_tcp_connect(&socket->connect, &socket->tcp, address, on_connect);
    if (error != 0) connect_failed(socket, error);
}

static Socket *add(DrillSockets *sockets, uint64_t number) {
    DRILL_ASSERT(find(sockets, number) == NULL);
    Socket *socket = allocate(sizeof(*socket));
    socket->sockets = sockets;
    socket->number = number;
    socket->state = SOCKET_OPENING;
    socket->early.allocator = drill_allocator_malloc();
    socket->listed = true;
    drill_map_set(sockets->by_number, drill_span(&number, sizeof(number)), socket);
    sockets->live++;
    int error = uv_timer_init(&sockets->loop, &socket->timer);
    DRILL_ASSERT(error == 0);
    socket->timer.data = socket;
    socket->handles = 1;
    return socket;
}

void drill_sockets_open(DrillSockets *sockets, uint64_t number) {
    DRILL_ASSERT(sockets->options.address_count > 0);
    attempt(add(sockets, number));
}

/* --- accepting --- */

/* It was accepted so that it leaves the system's queue; nobody hears of it. */
static void on_refused_closed(uv_handle_t *handle) {
    free(handle);
}

static void refuse(DrillSockets *sockets, uv_stream_t *listener) {
    uv_tcp_t *tcp = allocate(sizeof(*tcp));
    int error = uv_tcp_init(&sockets->loop, tcp);
    DRILL_ASSERT(error == 0);
    if (uv_accept(listener, (uv_stream_t *)tcp) != 0 ||
        uv_tcp_close_reset(tcp, on_refused_closed) != 0)
        uv_close((uv_handle_t *)tcp, on_refused_closed);
}

bool drill_sockets_accept(DrillSockets *sockets, uv_stream_t *listener, size_t accepted_max) {
    if (sockets->accepted_now >= accepted_max) {
        refuse(sockets, listener);
        return false;
    }
    Socket *socket = add(sockets, DRILL_ACCEPTED_BIT | ++sockets->accepted_ever);
    socket->accepted = true;
    sockets->accepted_now++;
    int error = uv_tcp_init(&sockets->loop, &socket->tcp);
    DRILL_ASSERT(error == 0); /* no descriptor is made yet */
    socket->tcp.data = socket;
    socket->handles++;
    error = uv_accept(listener, (uv_stream_t *)&socket->tcp);
    if (error == 0) error = uv_read_start((uv_stream_t *)&socket->tcp, on_allocate, on_read);
    if (error != 0) {
        unlist(socket);
        close_handles(socket, true);
        return false;
    }
    (void)uv_tcp_nodelay(&socket->tcp, 1);
    socket->state = SOCKET_OPEN;
    (void)push(socket, DRILL_INPUT_ACCEPTED, drill_span(NULL, 0));
    return true;
}

/* --- the rest of the interface --- */

void drill_sockets_close(DrillSockets *sockets, uint64_t number, bool reset) {
    Socket *socket = find(sockets, number);
    if (socket == NULL) return;
    unlist(socket);
    if (reset || socket->state == SOCKET_OPENING) {
        close_handles(socket, reset);
    } else if (socket->state != SOCKET_CLOSED) {
        uv_update_time(&sockets->loop);
        leave(socket);
    }
    free_if_gone(socket);
}

const DrillSocketInput *drill_sockets_peek(DrillSockets *sockets) {
    while (sockets->first != NULL && is_about_connection(sockets->first) &&
           find(sockets, sockets->first->connection) == NULL) {
        free(pop(sockets));
    }
    return sockets->first;
}

DrillSocketInput *drill_sockets_take(DrillSockets *sockets) {
    DRILL_ASSERT(sockets->first != NULL);
    DrillSocketInput *input = pop(sockets);
    Socket *socket = is_about_connection(input) ? find(sockets, input->connection) : NULL;
    if (socket == NULL) return input;
    if (input->kind == DRILL_INPUT_BYTES) go_on_reading(socket, input->size);
    if (input->kind == DRILL_INPUT_CLOSED && strcmp(input->how, "fin") != 0) {
        socket->taken = true;
        if (socket->state == SOCKET_CLOSED) {
            unlist(socket);
            free_if_gone(socket);
        }
    }
    return input;
}

size_t drill_sockets_live(const DrillSockets *sockets) {
    return sockets->live;
}

uv_loop_t *drill_sockets_loop(DrillSockets *sockets) {
    return &sockets->loop;
}

void drill_sockets_poll(DrillSockets *sockets, bool wait) {
    DRILL_ASSERT(sockets->first == NULL);
    resume_paused(sockets);
    (void)uv_run(&sockets->loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

DrillSockets *drill_sockets_new(const DrillSocketsOptions *options) {
    DRILL_ASSERT(options->address_count <= DRILL_SOCKET_ADDRESSES_MAX);
    DrillSockets *sockets = allocate(sizeof(*sockets));
    sockets->options = *options;
    if (options->address_count > 0)
        memcpy(sockets->addresses, options->addresses,
               options->address_count * sizeof(*options->addresses));
    sockets->options.addresses = sockets->addresses;
    sockets->by_number = drill_map_new(drill_allocator_malloc());
    int error = uv_loop_init(&sockets->loop);
    DRILL_ASSERT(error == 0);
    return sockets;
}

/* Those that the world closed before: they may write their rest, but nobody waits for the peer's
 * end any more. */
static void hurry(uv_handle_t *handle, void *context) {
    (void)context;
    if (handle->type != UV_TCP || uv_is_closing(handle)) return;
    Socket *socket = handle->data;
    if (socket->shut) {
        close_handles(socket, false);
    } else {
        (void)uv_timer_start(&socket->timer, on_linger, linger_ms(), 0);
    }
}

void drill_sockets_free(DrillSockets *sockets) {
    sockets->freeing = true;
    for (size_t slot = 0; slot < drill_map_slots(sockets->by_number); slot++) {
        Socket *socket = drill_map_at(sockets->by_number, slot, NULL);
        if (socket == NULL) continue;
        unlist(socket);
        if (socket->state == SOCKET_HALF) {
            leave(socket);
        } else {
            close_handles(socket, true);
        }
        free_if_gone(socket);
    }
    uv_update_time(&sockets->loop);
    uv_walk(&sockets->loop, hurry, NULL);
    (void)uv_run(&sockets->loop, UV_RUN_DEFAULT);
    int error = uv_loop_close(&sockets->loop);
    DRILL_ASSERT(error == 0);
    while (sockets->first != NULL)
        free(pop(sockets));
    drill_map_free(sockets->by_number);
    free(sockets);
}
