/* Where the client, the broker and the codec say that they do what a statement demands: read from
 * their sources while the project is built (cmake/citations.cmake). */
#ifndef DRILL_CLI_CITATIONS_H
#define DRILL_CLI_CITATIONS_H

#include <stddef.h>

typedef struct DrillCitation {
    const char *statement; /* "v3:MQTT-4.3.3-1" */
    const char *file;      /* "src/mqtt/client.c" */
    int line;              /* of the first in that file */
} DrillCitation;

extern const DrillCitation drill_citations[];
extern const size_t drill_citation_count;

#endif
