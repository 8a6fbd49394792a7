#include "driver/http.h"

#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 16 * 1024 };

typedef struct HttpClient {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct DrillHttp *http;
    struct HttpClient *next, **link; /* in http->clients */
    uint64_t number;
    DrillBuffer in, out;
    bool asked;    /* the request was handed over */
    bool answered; /* an answer is being written */
    bool told_to_continue;
    unsigned handles;
} HttpClient;

struct DrillHttp {
    DrillHttpOptions options;
    uv_tcp_t listener;
    HttpClient *clients;
    size_t client_count;
    uint64_t last_number;
    bool closing;
    unsigned handles; /* listener, and clients not yet freed */
    char read_buffer[READ_BYTES];
};

static void *allocate(size_t size) {
    void *block = calloc(1, size);
    DRILL_ASSERT(block != NULL);
    return block;
}

/* --- life and death --- */

static void release(DrillHttp *http) {
    if (--http->handles == 0) free(http);
}

static void on_client_handle_closed(uv_handle_t *handle) {
    HttpClient *client = handle->data;
    if (--client->handles > 0) return;
    DrillHttp *http = client->http;
    drill_buffer_release(&client->in);
    drill_buffer_release(&client->out);
    free(client);
    release(http);
}

static void close_client(HttpClient *client) {
    if (uv_is_closing((uv_handle_t *)&client->tcp)) return;
    *client->link = client->next;
    if (client->next != NULL) client->next->link = client->link;
    client->http->client_count--;
    uv_close((uv_handle_t *)&client->tcp, on_client_handle_closed);
    uv_close((uv_handle_t *)&client->timer, on_client_handle_closed);
}

/* --- answering --- */

static void on_shutdown(uv_shutdown_t *request, int status) {
    HttpClient *client = request->data;
    /* The reader goes on until the peer's end or the timeout: closing with unread bytes would
     * reset, and might take the answer away. */
    if (status != 0) close_client(client);
}

static void on_timeout(uv_timer_t *timer);

static void on_written(uv_write_t *request, int status) {
    HttpClient *client = request->data;
    if (uv_is_closing((uv_handle_t *)&client->tcp)) return;
    (void)uv_timer_start(&client->timer, on_timeout, DRILL_HTTP_LINGER_MS, 0);
    client->shutdown.data = client;
    if (status != 0 ||
        uv_shutdown(&client->shutdown, (uv_stream_t *)&client->tcp, on_shutdown) != 0)
        close_client(client);
}

static void answer(HttpClient *client, int status, DrillSpan json) {
    if (client->answered) return;
    client->answered = true;
    drill_buffer_clear(&client->in);
    drill_buffer_print(&client->out,
                       "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: "
                       "%zu\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
                       status, drill_http_reason(status), json.size);
    drill_buffer_put(&client->out, json.data, json.size);
    uv_buf_t buffer = uv_buf_init((char *)client->out.data, (unsigned)client->out.size);
    client->write.data = client;
    (void)uv_timer_start(&client->timer, on_timeout, DRILL_HTTP_TIMEOUT_MS, 0);
    if (uv_write(&client->write, (uv_stream_t *)&client->tcp, &buffer, 1, on_written) != 0)
        close_client(client);
}

static void answer_error(HttpClient *client, const DrillHttpError *error) {
    DrillBuffer json = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_string(&json, "{\"error\":{\"field\":");
    drill_buffer_put_json_string(&json, drill_span_of(error->field));
    drill_buffer_put_string(&json, ",\"text\":");
    drill_buffer_put_json_string(&json, drill_span_of(error->text));
    drill_buffer_put_string(&json, "}}\n");
    answer(client, error->status, drill_buffer_span(&json));
    drill_buffer_release(&json);
}

static void on_timeout(uv_timer_t *timer) {
    HttpClient *client = timer->data;
    static const DrillHttpError late = {408, "request", "did not come within 10 s"};
    if (client->answered)
        close_client(client);
    else if (!client->asked)
        answer_error(client, &late);
}

void drill_http_respond(DrillHttp *http, uint64_t number, int status, DrillSpan json) {
    for (HttpClient *client = http->clients; client != NULL; client = client->next) {
        if (client->number != number) continue;
        answer(client, status, json);
        return;
    }
}

/* --- reading --- */

static void hand_over(HttpClient *client, const DrillHttpRequest *request) {
    DrillHttp *http = client->http;
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_buffer_put(&text, request->method.data, request->method.size);
    drill_buffer_put_byte(&text, ' ');
    drill_buffer_put(&text, request->path.data, request->path.size);
    drill_buffer_put_byte(&text, '\n');
    drill_buffer_put(&text, request->body.data, request->body.size);
    client->asked = true;
    (void)uv_timer_stop(&client->timer);
    http->options.request(http->options.context, client->number, drill_buffer_span(&text));
    drill_buffer_release(&text);
}

static void tell_to_continue(HttpClient *client) {
    static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t buffer = uv_buf_init(text, sizeof(text) - 1);
    client->told_to_continue = true;
    /* If it does not fit the socket's buffer, the client waits a second and goes on by itself. */
    (void)uv_try_write((uv_stream_t *)&client->tcp, &buffer, 1);
}

static void parse(HttpClient *client) {
    DrillHttpRequest request;
    DrillHttpError error;
    switch ((int)drill_http_parse(drill_buffer_span(&client->in), &request, &error)) {
    case DRILL_OK:
        hand_over(client, &request);
        break;
    case DRILL_NEED_MORE:
        if (request.expects_continue && !client->told_to_continue) tell_to_continue(client);
        break;
    default:
        answer_error(client, &error);
        break;
    }
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    HttpClient *client = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(client->http->read_buffer, READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    HttpClient *client = stream->data;
    if (size == 0) return;
    if (size < 0) {
        /* A client that has sent all it has may have shut its end down and wait for the answer. */
        bool waits = size == UV_EOF && client->asked && !client->answered;
        if (!waits) close_client(client);
        return;
    }
    /* What comes behind the request is thrown away: one request per connection. */
    if (client->asked || client->answered) return;
    drill_buffer_put(&client->in, buffer->base, (size_t)size);
    parse(client);
}

/* --- accepting --- */

static void on_connection(uv_stream_t *listener, int status) {
    DrillHttp *http = listener->data;
    if (status != 0 || http->closing) return;
    HttpClient *client = allocate(sizeof(*client));
    client->http = http;
    client->number = ++http->last_number;
    client->in.allocator = client->out.allocator = drill_allocator_malloc();
    client->link = &http->clients;
    client->next = http->clients;
    if (client->next != NULL) client->next->link = &client->next;
    http->clients = client;
    http->client_count++;
    http->handles++;
    int error = uv_tcp_init(http->options.loop, &client->tcp);
    DRILL_ASSERT(error == 0);
    error = uv_timer_init(http->options.loop, &client->timer);
    DRILL_ASSERT(error == 0);
    client->tcp.data = client->timer.data = client;
    client->handles = 2;
    (void)uv_timer_start(&client->timer, on_timeout, DRILL_HTTP_TIMEOUT_MS, 0);
    if (uv_accept(listener, (uv_stream_t *)&client->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&client->tcp, on_allocate, on_read) != 0) {
        close_client(client);
    } else if (http->client_count > DRILL_HTTP_CONNECTIONS_MAX) {
        static const DrillHttpError full = {503, "connection", "more than 32 at a time"};
        answer_error(client, &full);
    }
}

static void on_listener_closed(uv_handle_t *handle) {
    release(handle->data);
}

DrillResult drill_http_new(const DrillHttpOptions *options, DrillHttp **out, uint16_t *port,
                           DrillDiagnostic *diagnostic) {
    *out = NULL;
    for (size_t i = 0; i < options->addresses->count; i++) {
        if (drill_address_is_loopback(&options->addresses->list[i])) continue;
        return drill_diagnose(diagnostic, DRILL_INVALID,
                              "control listens on loopback only: 127.0.0.1, [::1] or localhost");
    }
    DrillHttp *http = allocate(sizeof(*http));
    http->options = *options;
    http->options.addresses = NULL;
    http->handles = 1;
    http->listener.data = http;
    DrillResult result = drill_listen(options->loop, &http->listener, options->addresses,
                                      on_connection, port, diagnostic);
    if (result != DRILL_OK) {
        /* The handle is closing and needs one turn of the loop. */
        (void)uv_run(options->loop, UV_RUN_NOWAIT);
        free(http);
        return result;
    }
    *out = http;
    return DRILL_OK;
}

void drill_http_close(DrillHttp *http) {
    http->closing = true;
    while (http->clients != NULL)
        close_client(http->clients);
    uv_close((uv_handle_t *)&http->listener, on_listener_closed);
}
