/* Reading one HTTP/1.1 request, strictly: what is not understood is refused, never guessed. Nothing
 * of libuv is in here. */
#ifndef DRILL_DRIVER_HTTP_REQUEST_H
#define DRILL_DRIVER_HTTP_REQUEST_H

#include "base/base.h"

#define DRILL_HTTP_LINE_MAX ((size_t)2048)
#define DRILL_HTTP_HEAD_MAX ((size_t)8 * 1024) /* request line and headers */
#define DRILL_HTTP_BODY_MAX ((size_t)64 * 1024)

typedef struct DrillHttpRequest {
    DrillSpan method, path; /* into the bytes that were read; the path without a query */
    DrillSpan body;
    bool expects_continue; /* the head is there, the body waits for a "100 Continue" */
} DrillHttpRequest;

/* What is wrong, and the status that says so. */
typedef struct DrillHttpError {
    int status;
    const char *field; /* header, or "request line", "body" */
    const char *text;
} DrillHttpError;

/* DRILL_OK: *out is the request. DRILL_NEED_MORE: it is not all there (out->expects_continue is
 * set). DRILL_INVALID: *error says why; nothing of it is to be carried out. */
DRILL_MUST_USE DrillResult drill_http_parse(DrillSpan bytes, DrillHttpRequest *out,
                                            DrillHttpError *error);
/* "OK", "Bad Request" ... */
const char *drill_http_reason(int status);

#endif
