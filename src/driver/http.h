/* The control server: HTTP requests on loopback become commands, answers go back. One request per
 * connection. */
#ifndef DRILL_DRIVER_HTTP_H
#define DRILL_DRIVER_HTTP_H

#include "driver/http_request.h"
#include "driver/listen.h"

#define DRILL_HTTP_CONNECTIONS_MAX 32
/* From accept to the request's last byte, and again for writing the answer: who is slower is not
 * served. Then the peer has a moment to close. */
#define DRILL_HTTP_TIMEOUT_MS 10000
#define DRILL_HTTP_LINGER_MS  2000

typedef struct DrillHttp DrillHttp;
typedef struct DrillHttpOptions {
    uv_loop_t *loop;
    const DrillAddresses *addresses;
    /* One whole request: "METHOD PATH\nBODY". Answered by drill_http_respond, now or later. */
    void (*request)(void *context, uint64_t number, DrillSpan text);
    void *context;
} DrillHttpOptions;

/* DRILL_INVALID: not loopback. DRILL_IO: cannot listen there. */
DRILL_MUST_USE DrillResult drill_http_new(const DrillHttpOptions *options, DrillHttp **out,
                                          uint16_t *port, DrillDiagnostic *diagnostic);
/* Its client may be gone; then nothing happens. */
void drill_http_respond(DrillHttp *http, uint64_t number, int status, DrillSpan json);
/* Everything starts to close, and is freed by the loop's next turns. */
void drill_http_close(DrillHttp *http);

#endif
