#include "driver/http_request.h"

#include <string.h>
#include <strings.h>

typedef struct Head {
    bool has_host, has_length, expects_continue;
    uint64_t length;
} Head;

const char *drill_http_reason(int status) {
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {431, "Request Header Fields Too Large"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(reasons); i++) {
        if (reasons[i].status == status) return reasons[i].reason;
    }
    return "Error";
}

static DrillResult refuse(DrillHttpError *error, int status, const char *field, const char *text) {
    *error = (DrillHttpError){.status = status, .field = field, .text = text};
    return DRILL_INVALID;
}

static DrillSpan take(DrillSpan *from, size_t size) {
    DrillSpan taken = drill_span(from->data, size);
    from->data += size;
    from->size -= size;
    return taken;
}

/* Offset of CR LF, or SIZE_MAX. */
static size_t find_line_end(DrillSpan bytes) {
    for (size_t i = 0; i + 1 < bytes.size; i++) {
        if (bytes.data[i] == '\r' && bytes.data[i + 1] == '\n') return i;
    }
    return SIZE_MAX;
}

static bool same_ignoring_case(DrillSpan a, const char *b) {
    return a.size == strlen(b) && strncasecmp((const char *)a.data, b, a.size) == 0;
}

static DrillSpan trim(DrillSpan text) {
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        (void)take(&text, 1);
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* RFC 9110, 5.6.2 */
static bool is_token(DrillSpan text) {
    for (size_t i = 0; i < text.size; i++) {
        int c = text.data[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
        if (!good) return false;
    }
    return text.size > 0;
}

static DrillResult parse_request_line(DrillSpan line, DrillHttpRequest *out,
                                      DrillHttpError *error) {
    out->method = drill_span_cut(&line, ' ');
    out->path = drill_span_cut(&line, ' ');
    if (!is_token(out->method) || out->path.size == 0 || out->path.data[0] != '/')
        return refuse(error, 400, "request line", "expected METHOD /PATH HTTP/1.1");
    for (size_t i = 0; i < out->path.size; i++) {
        if (out->path.data[i] <= ' ' || out->path.data[i] >= 0x7f)
            return refuse(error, 400, "request line", "the path has a character that no path has");
    }
    if (!drill_span_is(line, "HTTP/1.1") && !drill_span_is(line, "HTTP/1.0"))
        return refuse(error, 505, "request line", "expected HTTP/1.1");
    const uint8_t *query = memchr(out->path.data, '?', out->path.size);
    if (query != NULL) return refuse(error, 400, "request line", "no resource here has a query");
    return DRILL_OK;
}

/* "127.0.0.1", "localhost" or "[::1]", with or without a port. A page from elsewhere that had its
 * name pointed here (DNS rebinding) names itself in Host. */
static bool is_loopback_name(DrillSpan name) {
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(names); i++) {
        size_t size = strlen(names[i]);
        if (name.size < size || strncasecmp((const char *)name.data, names[i], size) != 0) continue;
        if (name.size == size) return true;
        DrillSpan port = drill_span(name.data + size + 1, name.size - size - 1);
        uint64_t number;
        return name.data[size] == ':' && drill_parse_u64(port, &number) == DRILL_OK &&
               number <= 65535;
    }
    return false;
}

static bool is_loopback_origin(DrillSpan origin) {
    static const char scheme[] = "http://";
    if (origin.size < sizeof(scheme) - 1 || memcmp(origin.data, scheme, sizeof(scheme) - 1) != 0)
        return false;
    (void)take(&origin, sizeof(scheme) - 1);
    return is_loopback_name(origin);
}

static DrillResult parse_length(DrillSpan value, Head *head, DrillHttpError *error) {
    if (head->has_length) return refuse(error, 400, "Content-Length", "given twice");
    if (drill_parse_u64(value, &head->length) != DRILL_OK)
        return refuse(error, 400, "Content-Length", "expected a whole number");
    head->has_length = true;
    if (head->length > DRILL_HTTP_BODY_MAX)
        return refuse(error, 413, "Content-Length", "a body has at most 64 KiB");
    return DRILL_OK;
}

static DrillResult parse_header(DrillSpan line, Head *head, DrillHttpError *error) {
    DrillSpan value = line;
    DrillSpan name = drill_span_cut(&value, ':');
    if (value.data == NULL) return refuse(error, 400, "header", "expected NAME: VALUE");
    value = trim(value);
    if (!is_token(name)) return refuse(error, 400, "header", "not a header's name");
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < ' ' && value.data[i] != '\t')
            return refuse(error, 400, "header", "a control character in a value");
    }
    if (same_ignoring_case(name, "Host")) {
        if (head->has_host) return refuse(error, 400, "Host", "given twice");
        head->has_host = true;
        if (!is_loopback_name(value))
            return refuse(error, 403, "Host", "expected 127.0.0.1, localhost or [::1]");
    } else if (same_ignoring_case(name, "Origin")) {
        if (!is_loopback_origin(value))
            return refuse(error, 403, "Origin", "no page from elsewhere may command this");
    } else if (same_ignoring_case(name, "Content-Length")) {
        return parse_length(value, head, error);
    } else if (same_ignoring_case(name, "Transfer-Encoding")) {
        return refuse(error, 501, "Transfer-Encoding", "a body needs a Content-Length here");
    } else if (same_ignoring_case(name, "Expect")) {
        head->expects_continue = same_ignoring_case(value, "100-continue");
    }
    return DRILL_OK;
}

static DrillResult parse_headers(DrillSpan *rest, Head *head, DrillHttpError *error) {
    for (;;) {
        size_t size = find_line_end(*rest);
        DRILL_ASSERT(size != SIZE_MAX);
        DrillSpan line = take(rest, size);
        (void)take(rest, 2);
        if (line.size == 0) break;
        DrillResult result = parse_header(line, head, error);
        if (result != DRILL_OK) return result;
    }
    if (!head->has_host) return refuse(error, 400, "Host", "is missing");
    return DRILL_OK;
}

/* Offset behind the empty line, or SIZE_MAX. */
static size_t find_head_end(DrillSpan bytes) {
    for (size_t i = 0; i + 3 < bytes.size; i++) {
        if (memcmp(bytes.data + i, "\r\n\r\n", 4) == 0) return i + 4;
    }
    return SIZE_MAX;
}

DrillResult drill_http_parse(DrillSpan bytes, DrillHttpRequest *out, DrillHttpError *error) {
    Head head = {0};
    *out = (DrillHttpRequest){0};
    size_t line_size = find_line_end(bytes);
    if (line_size == SIZE_MAX ? bytes.size > DRILL_HTTP_LINE_MAX : line_size > DRILL_HTTP_LINE_MAX)
        return refuse(error, 414, "request line", "longer than 2 KiB");
    size_t head_size = find_head_end(bytes);
    if (head_size == SIZE_MAX ? bytes.size > DRILL_HTTP_HEAD_MAX : head_size > DRILL_HTTP_HEAD_MAX)
        return refuse(error, 431, "header", "request line and headers are longer than 8 KiB");
    if (head_size == SIZE_MAX) return DRILL_NEED_MORE;
    DrillSpan rest = drill_span(bytes.data, head_size);
    DrillResult result = parse_request_line(take(&rest, line_size), out, error);
    if (result != DRILL_OK) return result;
    (void)take(&rest, 2);
    result = parse_headers(&rest, &head, error);
    if (result != DRILL_OK) return result;
    if (bytes.size - head_size < head.length) {
        out->expects_continue = head.expects_continue;
        return DRILL_NEED_MORE;
    }
    out->body = drill_span(bytes.data + head_size, (size_t)head.length);
    return DRILL_OK;
}
