/* Texts that packets carry: who gives one that no packet can carry is told which rule it breaks. */
#include "mqtt/topic.h"
#include "script/lua_api.h"

#define TEXT_BYTES_MAX 65535u

static _Noreturn void text_refuse(lua_State *L, const char *what, const char *name, DrillSpan text,
                                  const char *expected) {
    DrillBuffer shown = {.allocator = drill_sandbox_script(L)->allocator};
    drill_put_lua_string(&shown, text, 60);
    drill_lua_fail(L, "%s: %s: expected %s, got %s", what, name, expected,
                   drill_buffer_cstring(&shown)); /* the arena keeps it */
}

void drill_text_check_size(lua_State *L, const char *what, const char *name, DrillSpan text) {
    if (text.size > TEXT_BYTES_MAX)
        drill_lua_fail(L, "%s: %s: expected at most 65,535 bytes, got %zu", what, name, text.size);
}

void drill_text_check_string(lua_State *L, const char *what, const char *name, DrillSpan text) {
    size_t offset = 0;
    drill_text_check_size(L, what, name, text);
    if (!drill_utf8_valid_mqtt(text, &offset))
        text_refuse(L, what, name, text, "UTF-8 without U+0000");
}

void drill_text_check_topic(lua_State *L, const char *what, const char *name, DrillSpan text) {
    drill_text_check_string(L, what, name, text);
    if (!drill_topic_is_name(text))
        text_refuse(L, what, name, text,
                    "a Topic Name: at least one character, and no wildcards + and #");
}

void drill_text_check_filter(lua_State *L, const char *what, const char *name, DrillSpan text) {
    drill_text_check_string(L, what, name, text);
    if (!drill_topic_is_filter(text))
        text_refuse(L, what, name, text,
                    "a Topic Filter: at least one character, + only for a whole level, # only for "
                    "the last");
}

void drill_text_check_client_id(lua_State *L, const char *what, const DrillClientConfig *config) {
    static const char name[] = "field 'id'";
    DrillSpan id = config->client_id;
    drill_text_check_string(L, what, name, id);
    if (config->version == DRILL_MQTT_3_1 && (id.size < 1 || id.size > 23))
        text_refuse(L, what, name, id, "1 to 23 bytes, as MQTT 3.1 wants them");
    if (config->version == DRILL_MQTT_3_1_1 && id.size == 0 && !config->clean)
        text_refuse(L, what, name, id, "at least one character, or clean = true");
}
