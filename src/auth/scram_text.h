/* The texts of SCRAM: attributes `x=value`, separated by commas (RFC 5802 section 7). */
#ifndef DRILL_AUTH_SCRAM_TEXT_H
#define DRILL_AUTH_SCRAM_TEXT_H

#include "base/base.h"

/* Takes `name=value` and the comma behind it from the beginning of *text. False: something else
 * stands there. */
DRILL_MUST_USE bool drill_scram_take(DrillSpan *text, char name, DrillSpan *value);
/* Characters a nonce may have, and at least one of them. */
bool drill_scram_is_nonce(DrillSpan nonce);
/* A name with "=2C" and "=3D" for comma and equals sign. */
void drill_scram_put_name(DrillBuffer *out, DrillSpan name);
/* Appends the name; false: an equals sign that stands for nothing, or not UTF-8. */
DRILL_MUST_USE bool drill_scram_read_name(DrillSpan text, DrillBuffer *out);

#endif
