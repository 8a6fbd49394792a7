/* Base 64 (RFC 4648 section 4), with padding, and without white space. */
#ifndef DRILL_AUTH_BASE64_H
#define DRILL_AUTH_BASE64_H

#include "base/base.h"

void drill_base64_write(DrillBuffer *out, DrillSpan bytes);
/* Appends; false: it is none, or is padded wrongly, or has bits where the padding is. */
DRILL_MUST_USE bool drill_base64_read(DrillSpan text, DrillBuffer *out);

#endif
