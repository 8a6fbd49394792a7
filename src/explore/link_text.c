#include "explore/link_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/assignment.h"
#include "net/settings.h"
#include "world/world.h"

enum { FILE_BYTES_MAX = 64 * 1024 * 1024 };

static DrillResult read_file(DrillSpan path, DrillBuffer *out, DrillDiagnostic *diagnostic) {
    char name[1024];
    snprintf(name, sizeof name, "%.*s", (int)path.size, (const char *)path.data);
    FILE *file = fopen(name, "rb");
    if (!file)
        return drill_diagnose(diagnostic, DRILL_INVALID, "link: %s: %s", name, strerror(errno));
    uint8_t block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0 && out->size < FILE_BYTES_MAX)
        drill_buffer_put(out, block, got);
    bool good = ferror(file) == 0 && got == 0;
    fclose(file);
    if (good) return DRILL_OK;
    return drill_diagnose(diagnostic, DRILL_INVALID, "link: %s: cannot be read", name);
}

/* `name` without its direction is `row`. */
static DrillResult set_from_file(DrillLinkSettings pair[2], const DrillSetting *row, int only,
                                 DrillSpan path, DrillDiagnostic *diagnostic) {
    DrillAllocator allocator = drill_allocator_malloc();
    DrillBuffer text = {.allocator = allocator};
    DrillLinkSettings read = {0};
    DrillResult result = read_file(path, &text, diagnostic);
    bool table = row->offset == offsetof(DrillLinkSettings, table);
    if (result == DRILL_OK && table)
        result = drill_link_table_parse(drill_buffer_span(&text), allocator, &read, diagnostic);
    else if (result == DRILL_OK)
        result = drill_link_replay_parse(drill_buffer_span(&text), allocator, &read, diagnostic);
    drill_buffer_release(&text);
    for (int i = 0; result == DRILL_OK && i < 2; i++) {
        if (only >= 0 && only != i) continue;
        if (table) {
            pair[i].table = read.table;
            pair[i].table_count = read.table_count;
            pair[i].distribution = read.distribution;
        } else {
            pair[i].replay = read.replay;
            pair[i].replay_count = read.replay_count;
        }
    }
    return result;
}

static DrillResult set_one(const DrillAssignment *item, DrillLinkSettings pair[2],
                           DrillDiagnostic *diagnostic) {
    DrillSpan name = item->name;
    int only = -1;
    if (name.size > 4 && drill_span_is(drill_span(name.data, 4), "c>b.")) only = 0;
    if (name.size > 4 && drill_span_is(drill_span(name.data, 4), "b>c.")) only = 1;
    DrillSpan bare = only < 0 ? name : drill_span(name.data + 4, name.size - 4);
    const DrillSetting *row = drill_link_setting_find(bare);
    if (row && row->type == DRILL_SETTING_FILE && !drill_span_is(item->value, "off"))
        return set_from_file(pair, row, only, item->value, diagnostic);
    return drill_link_pair_set(pair, name, item->value, diagnostic);
}

static void release(const void *block, size_t size) {
    if (block) drill_release(drill_allocator_malloc(), (void *)(uintptr_t)block, size);
}

void drill_link_text_release(DrillWorldLink *link) {
    DrillLinkSettings *up = &link->direction[0], *down = &link->direction[1];
    if (up->table != down->table) release(down->table, down->table_count * sizeof(*down->table));
    if (up->replay != down->replay)
        release(down->replay, down->replay_count * sizeof(*down->replay));
    release(up->table, up->table_count * sizeof(*up->table));
    release(up->replay, up->replay_count * sizeof(*up->replay));
    memset(link, 0, sizeof(*link));
}

static DrillResult parse_all(const char *text, DrillWorldLink *out, DrillDiagnostic *diagnostic) {
    DrillSpan rest = drill_span_of(text);
    do {
        DrillAssignment item;
        DrillResult result = drill_assignment_take(&rest, "link", &item, diagnostic);
        if (result == DRILL_OK) result = set_one(&item, out->direction, diagnostic);
        if (result != DRILL_OK) return result;
    } while (rest.data != NULL);
    for (int i = 0; i < 2; i++) {
        DrillResult result = drill_link_settings_validate(&out->direction[i], false, diagnostic);
        if (result != DRILL_OK) return result;
    }
    return DRILL_OK;
}

DrillResult drill_link_text_parse(const char *text, DrillWorldLink *out,
                                  DrillDiagnostic *diagnostic) {
    memset(out, 0, sizeof(*out));
    DrillResult result = parse_all(text, out, diagnostic);
    if (result != DRILL_OK) drill_link_text_release(out);
    return result;
}

DrillResult drill_tcp_text_parse(const char *text, DrillTcpSettings *out,
                                 DrillDiagnostic *diagnostic) {
    *out = drill_tcp_settings(DRILL_TCP_LINUX);
    return drill_tcp_settings_parse(out, drill_span_of(text), diagnostic);
}
