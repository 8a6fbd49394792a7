/* Live brokers keep what earlier runs left behind: client identifiers and topics are made unique
 * for each run. The scenario never sees it; raw bytes given in hex can ask for the names on the
 * wire with t:topic and t:client_id. A name that is one of the wire already stays as it is. */
#include <inttypes.h>
#include <string.h>

#include "script/observe.h"

/* Servers need not accept longer Client Identifiers in 3.1.1. */
#define NAMES_CLIENT_ID_MAX 23

static bool names_topic_is_private(const DrillScript *script, DrillSpan topic) {
    return script->run_id[0] != '\0' && !script->table.topics_absolute && topic.size > 0 &&
           topic.data[0] != '$';
}

/* "$share/{ShareName}/": how much of the filter that is; 0: it is none. */
static size_t names_share(DrillSpan filter) {
    const size_t prefix = sizeof "$share/" - 1;
    if (filter.size < prefix || !drill_span_is(drill_span(filter.data, prefix), "$share/"))
        return 0;
    const uint8_t *slash = memchr(filter.data + prefix, '/', filter.size - prefix);
    return slash ? (size_t)(slash - filter.data) + 1 : 0;
}

/* Begins with "{run}/". */
static bool names_topic_is_of_wire(const DrillScript *script, DrillSpan topic) {
    size_t length = strlen(script->run_id);
    return topic.size > length && memcmp(topic.data, script->run_id, length) == 0 &&
           topic.data[length] == '/';
}

DrillSpan drill_names_topic_to_wire(DrillScript *script, DrillSpan topic) {
    size_t share = names_share(topic);
    DrillSpan rest = share ? drill_span(topic.data + share, topic.size - share) : topic;
    if (!names_topic_is_private(script, rest) || names_topic_is_of_wire(script, rest)) return topic;
    DrillBuffer out = {.allocator = script->allocator};
    drill_buffer_put(&out, topic.data, share);
    drill_buffer_print(&out, "%s/", script->run_id);
    drill_buffer_put(&out, rest.data, rest.size);
    return drill_buffer_span(&out);
}

DrillSpan drill_names_topic_from_wire(const DrillScript *script, DrillSpan topic) {
    if (!names_topic_is_private(script, topic) || !names_topic_is_of_wire(script, topic))
        return topic;
    size_t length = strlen(script->run_id);
    return drill_span(topic.data + length + 1, topic.size - length - 1);
}

/* Ends with "X{run}". Letters and digits only: others a server may refuse in a Client Identifier.
 */
static bool names_client_id_is_of_wire(const DrillScript *script, DrillSpan client_id) {
    size_t length = strlen(script->run_id);
    if (client_id.size <= length) return false;
    const uint8_t *end = client_id.data + client_id.size - length;
    return memcmp(end, script->run_id, length) == 0 && end[-1] == 'X';
}

DrillSpan drill_names_client_id_to_wire(DrillScript *script, DrillSpan client_id) {
    if (script->run_id[0] == '\0' || client_id.size == 0 ||
        names_client_id_is_of_wire(script, client_id))
        return client_id;
    DrillBuffer out = {.allocator = script->allocator};
    size_t suffix = strlen(script->run_id) + 1;
    if (client_id.size + suffix <= NAMES_CLIENT_ID_MAX || client_id.size > NAMES_CLIENT_ID_MAX ||
        suffix + 5 > NAMES_CLIENT_ID_MAX) {
        drill_buffer_put(&out, client_id.data, client_id.size);
    } else { /* shortened, with a hash so that two long names stay two */
        drill_buffer_put(&out, client_id.data, NAMES_CLIENT_ID_MAX - suffix - 4);
        drill_buffer_print(&out, "%04x", (unsigned)(drill_hash(client_id, 0) & 0xFFFF));
    }
    drill_buffer_print(&out, "X%s", script->run_id);
    return drill_buffer_span(&out);
}
