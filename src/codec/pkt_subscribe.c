/* SUBSCRIBE and UNSUBSCRIBE (3.1.1 and 5.0 sections 3.8 and 3.10). */
#include "codec/wire.h"

#define OPTION_QOS             0x03
#define OPTION_NO_LOCAL        0x04
#define OPTION_RETAIN_AS_IS    0x08
#define OPTION_RETAIN_HANDLING 0x30
#define OPTION_RESERVED_5_0    0xC0

/* --- decode --- */

static bool check_options_5_0(const DrillCursor *cursor, const DrillFilter *filter, size_t at) {
    /* [v5:MQTT-3.8.3-5] bits 7 and 6 are reserved. */
    static const DrillRule rule_reserved = {NULL, "v5:MQTT-3.8.3-5", DRILL_REASON_MALFORMED_PACKET,
                                            "bits 7 and 6 of the Subscription Options must be 0"};
    static const DrillRule rule_qos = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR, "Maximum QoS is 3"};
    static const DrillRule rule_handling = {NULL, NULL, DRILL_REASON_PROTOCOL_ERROR,
                                            "Retain Handling is 3"};
    /* [v5:MQTT-3.8.3-4] no No Local on a Shared Subscription. */
    static const DrillRule rule_shared = {NULL, "v5:MQTT-3.8.3-4", DRILL_REASON_PROTOCOL_ERROR,
                                          "No Local is set on a Shared Subscription"};
    if ((filter->options & OPTION_RESERVED_5_0) != 0) {
        return drill_cursor_fault(cursor, at, &rule_reserved);
    }
    if ((filter->options & OPTION_QOS) == OPTION_QOS) {
        return drill_cursor_fault(cursor, at, &rule_qos);
    }
    if ((filter->options & OPTION_RETAIN_HANDLING) == OPTION_RETAIN_HANDLING) {
        return drill_cursor_fault(cursor, at, &rule_handling);
    }
    if ((filter->options & OPTION_NO_LOCAL) != 0 && drill_topic_filter_is_shared(filter->filter)) {
        return drill_cursor_fault(cursor, at, &rule_shared);
    }
    return true;
}

static bool read_options(DrillCursor *cursor, DrillFilter *filter) {
    /* [v3:MQTT-3.8.3-3] [v5:MQTT-3.8.3-2] every Topic Filter is followed by its QoS or options. */
    static const DrillRule rule_missing = {"v3:MQTT-3.8.3-3", "v5:MQTT-3.8.3-2",
                                           DRILL_REASON_MALFORMED_PACKET,
                                           "a Topic Filter without its requested QoS"};
    /* [v3:MQTT-3.8.3-4] a requested QoS of 0, 1 or 2; all other bits reserved. */
    static const DrillRule rule_qos = {"v3:MQTT-3.8.3-4", NULL, DRILL_REASON_MALFORMED_PACKET,
                                       "a requested QoS is 0, 1 or 2"};
    size_t at = cursor->at;
    if (!drill_cursor_byte(cursor, &rule_missing, &filter->options)) {
        return false;
    }
    if (cursor->version == DRILL_MQTT_5_0) {
        return check_options_5_0(cursor, filter, at);
    }
    return filter->options <= DRILL_QOS_2 || drill_cursor_fault(cursor, at, &rule_qos);
}

static bool read_filters(DrillCursor *cursor, bool with_options, DrillFilters *out) {
    size_t start = cursor->at;
    while (cursor->at < cursor->end) {
        DrillFilter filter = {0};
        /* [v3:MQTT-3.8.3-1] [v3:MQTT-3.10.3-1] [v5:MQTT-3.8.3-1] [v5:MQTT-3.10.3-1] UTF-8, as every
         * string. */
        if (!drill_cursor_string(cursor, NULL, &filter.filter) ||
            !drill_topic_filter_check(cursor, filter.filter)) {
            return false;
        }
        if (with_options && !read_options(cursor, &filter)) {
            return false;
        }
        out->count++;
    }
    out->wire = drill_span(cursor->packet.data + start, cursor->end - start);
    return true;
}

bool drill_subscribe_decode(DrillCursor *cursor, DrillPacket *packet) {
    /* [v3:MQTT-2.3.1-1] [v5:MQTT-2.2.1-3] the Packet Identifier is not 0. */
    static const DrillRule rule_identifier = {"v3:MQTT-2.3.1-1", "v5:MQTT-2.2.1-3",
                                              DRILL_REASON_PROTOCOL_ERROR,
                                              "the Packet Identifier is 0"};
    /* [v3:MQTT-3.8.3-3] [v5:MQTT-3.8.3-2] at least one Topic Filter. */
    static const DrillRule rule_subscribe = {"v3:MQTT-3.8.3-3", "v5:MQTT-3.8.3-2",
                                             DRILL_REASON_PROTOCOL_ERROR,
                                             "a SUBSCRIBE names at least one Topic Filter"};
    /* [v3:MQTT-3.10.3-2] [v5:MQTT-3.10.3-2] at least one Topic Filter. */
    static const DrillRule rule_unsubscribe = {"v3:MQTT-3.10.3-2", "v5:MQTT-3.10.3-2",
                                               DRILL_REASON_PROTOCOL_ERROR,
                                               "an UNSUBSCRIBE names at least one Topic Filter"};
    DrillSubscribePacket *subscribe = &packet->as.subscribe;
    bool with_options = packet->type == DRILL_SUBSCRIBE;
    if (!drill_cursor_identifier(cursor, &rule_identifier, &subscribe->packet_identifier) ||
        !drill_cursor_properties(cursor, (int)packet->type, &subscribe->properties)) {
        return false;
    }
    if (cursor->at == cursor->end) {
        return drill_cursor_fault(cursor, cursor->at,
                                  with_options ? &rule_subscribe : &rule_unsubscribe);
    }
    return read_filters(cursor, with_options, &subscribe->filters);
}

bool drill_filters_next(DrillFilters filters, bool with_options, size_t *offset, DrillFilter *out) {
    if (*offset >= filters.wire.size) {
        return false;
    }
    DrillFault fault;
    DrillCursor cursor = {filters.wire, *offset, filters.wire.size, DRILL_MQTT_5_0, &fault};
    out->options = 0;
    bool whole = drill_cursor_binary(&cursor, NULL, &out->filter) &&
                 (!with_options || drill_cursor_byte(&cursor, NULL, &out->options));
    DRILL_ASSERT(whole);
    *offset = cursor.at;
    return true;
}

/* --- encode --- */

void drill_subscribe_encode(const DrillPacket *packet, DrillVersion version, DrillWriter *writer) {
    const DrillSubscribePacket *subscribe = &packet->as.subscribe;
    if (subscribe->filters.wire.size == 0) {
        writer->invalid = true;
        return;
    }
    drill_writer_identifier(writer, subscribe->packet_identifier);
    drill_writer_properties(writer, version, subscribe->properties);
    drill_writer_bytes(writer, subscribe->filters.wire);
}

DrillResult drill_filters_write(DrillBuffer *out, const DrillFilter *filter, bool with_options) {
    DrillWriter measure = {0};
    drill_writer_string(&measure, filter->filter);
    if (measure.invalid) {
        return DRILL_INVALID;
    }
    DrillWriter writer = {.out = out};
    drill_writer_string(&writer, filter->filter);
    if (with_options) {
        drill_writer_byte(&writer, filter->options);
    }
    return DRILL_OK;
}

/* --- print --- */

static void print_options(uint8_t options, DrillBuffer *out) {
    drill_buffer_print(out, " q%d%s%s", options & OPTION_QOS,
                       (options & OPTION_NO_LOCAL) != 0 ? " no_local" : "",
                       (options & OPTION_RETAIN_AS_IS) != 0 ? " retain_as_published" : "");
    if ((options & OPTION_RETAIN_HANDLING) != 0) {
        drill_buffer_print(out, " retain_handling=%d", (options & OPTION_RETAIN_HANDLING) >> 4);
    }
}

void drill_subscribe_print(const DrillPacket *packet, DrillVersion version, DrillPrintForm form,
                           DrillBuffer *out) {
    const DrillSubscribePacket *subscribe = &packet->as.subscribe;
    bool with_options = packet->type == DRILL_SUBSCRIBE;
    size_t offset = 0;
    DrillFilter filter;
    const char *separator = " ";
    (void)version;
    drill_buffer_print(out, " id=%u", (unsigned)subscribe->packet_identifier);
    while (drill_filters_next(subscribe->filters, with_options, &offset, &filter)) {
        drill_buffer_put_string(out, separator);
        drill_print_text(out, filter.filter);
        if (with_options) {
            print_options(filter.options, out);
        }
        separator = ", ";
    }
    if (form == DRILL_PRINT_FULL) {
        drill_print_properties(out, subscribe->properties);
    }
}
