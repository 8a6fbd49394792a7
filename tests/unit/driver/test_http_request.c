/* Requests of the control interface: what is understood, what is refused, and with which status. */
#include <stdlib.h>
#include <string.h>

#include "driver/http_request.h"
#include "unit/suite.h"

static const char simple[] = "GET /v1/link HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char with_body[] =
    "PUT /v1/link HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nContent-Length: 5\r\n\r\n{\"a\"}";

START_TEST(a_request_is_read) {
    DrillHttpRequest request;
    DrillHttpError error;
    ck_assert_int_eq(drill_http_parse(drill_span_of(simple), &request, &error), DRILL_OK);
    ck_assert(drill_span_is(request.method, "GET"));
    ck_assert(drill_span_is(request.path, "/v1/link"));
    ck_assert_uint_eq(request.body.size, 0);
    ck_assert_int_eq(drill_http_parse(drill_span_of(with_body), &request, &error), DRILL_OK);
    ck_assert(drill_span_is(request.method, "PUT"));
    ck_assert(drill_span_is(request.body, "{\"a\"}"));
}
END_TEST

START_TEST(every_prefix_needs_more) {
    DrillHttpRequest request;
    DrillHttpError error;
    for (size_t size = 0; size + 1 < sizeof(with_body); size++) {
        char *copy = malloc(size + 1); /* so that a read beyond it is seen */
        memcpy(copy, with_body, size);
        DrillResult result = drill_http_parse(drill_span(copy, size), &request, &error);
        ck_assert_int_eq(result, DRILL_NEED_MORE);
        ck_assert(!request.expects_continue);
        free(copy);
    }
}
END_TEST

START_TEST(what_comes_behind_is_left) {
    DrillHttpRequest request;
    DrillHttpError error;
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_string(&text, with_body);
    drill_buffer_put_string(&text, "GET /v1/x HTTP/1.1\r\n");
    ck_assert_int_eq(drill_http_parse(drill_buffer_span(&text), &request, &error), DRILL_OK);
    ck_assert(drill_span_is(request.body, "{\"a\"}"));
    drill_buffer_release(&text);
}
END_TEST

START_TEST(a_body_is_asked_for) {
    DrillHttpRequest request;
    DrillHttpError error;
    static const char text[] = "PUT /v1/link HTTP/1.1\r\nHost: [::1]\r\nContent-Length: "
                               "2\r\nExpect: 100-continue\r\n\r\n";
    ck_assert_int_eq(drill_http_parse(drill_span_of(text), &request, &error), DRILL_NEED_MORE);
    ck_assert(request.expects_continue);
}
END_TEST

static const struct {
    int status;
    const char *field, *text;
} refused[] = {
    {400, "request line", "GET\r\n\r\n"},
    {400, "request line", "GET v1 HTTP/1.1\r\n\r\n"},
    {400, "request line", "G(T /v1 HTTP/1.1\r\n\r\n"},
    {400, "request line", "GET /v1/\x7f HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {400, "request line", "GET /v1/?a HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {505, "request line", "GET /v1 HTTP/1.1 \r\nHost: localhost\r\n\r\n"},
    {505, "request line", "GET /v1 HTTP/0.9\r\nHost: localhost\r\n\r\n"},
    {400, "Host", "GET /v1 HTTP/1.1\r\n\r\n"},
    {400, "Host", "GET /v1 HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"},
    {403, "Host", "GET /v1 HTTP/1.1\r\nHost: localhost.evil\r\n\r\n"},
    {403, "Host", "GET /v1 HTTP/1.1\r\nHost: localhost:99999\r\n\r\n"},
    {403, "Host", "GET /v1 HTTP/1.1\r\nHost: localhost:\r\n\r\n"},
    {403, "Host", "GET /v1 HTTP/1.1\r\nHost:\r\n\r\n"},
    {403, "Origin", "GET /v1 HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.b\r\n\r\n"},
    {403, "Origin", "GET /v1 HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n"},
    {400, "header", "GET /v1 HTTP/1.1\r\nHost: localhost\r\nnothing\r\n\r\n"},
    {400, "header", "GET /v1 HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n"},
    {400, "header", "GET /v1 HTTP/1.1\r\nHost: localhost\r\nA: b\nC: d\r\n\r\n"},
    {400, "Content-Length", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"},
    {400, "Content-Length", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1,1\r\n\r\n"},
    {413, "Content-Length", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n"},
    {501, "Transfer-Encoding", "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n"},
};

START_TEST(nonsense_is_refused) {
    DrillHttpRequest request;
    DrillHttpError error;
    DrillSpan text = drill_span_of(refused[_i].text);
    ck_assert_int_eq(drill_http_parse(text, &request, &error), DRILL_INVALID);
    ck_assert_int_eq(error.status, refused[_i].status);
    ck_assert_str_eq(error.field, refused[_i].field);
    ck_assert_str_ne(drill_http_reason(error.status), "Error");
}
END_TEST

START_TEST(limits) {
    DrillHttpRequest request;
    DrillHttpError error;
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_string(&text, "GET /");
    while (text.size <= DRILL_HTTP_LINE_MAX)
        drill_buffer_put_byte(&text, 'x');
    ck_assert_int_eq(drill_http_parse(drill_buffer_span(&text), &request, &error), DRILL_INVALID);
    ck_assert_int_eq(error.status, 414);
    drill_buffer_clear(&text);
    drill_buffer_put_string(&text, "GET / HTTP/1.1\r\nHost: localhost\r\n");
    while (text.size <= DRILL_HTTP_HEAD_MAX)
        drill_buffer_put_string(&text, "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
    ck_assert_int_eq(drill_http_parse(drill_buffer_span(&text), &request, &error), DRILL_INVALID);
    ck_assert_int_eq(error.status, 431);
    drill_buffer_release(&text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("driver/http_request");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, a_request_is_read);
    tcase_add_test(tests, every_prefix_needs_more);
    tcase_add_test(tests, what_comes_behind_is_left);
    tcase_add_test(tests, a_body_is_asked_for);
    tcase_add_loop_test(tests, nonsense_is_refused, 0, (int)DRILL_ARRAY_COUNT(refused));
    tcase_add_test(tests, limits);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
