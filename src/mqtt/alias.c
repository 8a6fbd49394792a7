#include "mqtt/alias.h"

#include <string.h>

#include "base/arena.h"

/* --- receiver --- */

void drill_aliases_in_reset(DrillAliasesIn *aliases, uint16_t max) {
    for (size_t i = 0; i < aliases->count; i++)
        aliases->topics[i].size = 0;
    aliases->max = max;
}

static void grow_in(DrillAliasesIn *aliases, size_t needed) {
    size_t count = aliases->count == 0 ? 8 : aliases->count * 2;
    if (count < needed) count = needed;
    DrillSpan *topics = DRILL_NEW_ARRAY(aliases->allocator, DrillSpan, count);
    size_t *capacities = DRILL_NEW_ARRAY(aliases->allocator, size_t, count);
    for (size_t i = 0; i < aliases->count; i++) {
        topics[i] = aliases->topics[i];
        capacities[i] = aliases->capacities[i];
    }
    drill_release(aliases->allocator, aliases->topics, sizeof *topics * aliases->count);
    drill_release(aliases->allocator, aliases->capacities, sizeof *capacities * aliases->count);
    aliases->topics = topics;
    aliases->capacities = capacities;
    aliases->count = count;
}

/* In the room that is there, if it is enough. */
static void store(DrillAliasesIn *aliases, size_t at, DrillSpan topic) {
    DrillSpan *slot = &aliases->topics[at];
    if (topic.size > aliases->capacities[at]) {
        drill_release(aliases->allocator, (void *)(uintptr_t)slot->data, aliases->capacities[at]);
        slot->data = (const uint8_t *)drill_allocate(aliases->allocator, topic.size);
        aliases->capacities[at] = topic.size;
    }
    memcpy((void *)(uintptr_t)slot->data, topic.data, topic.size);
    slot->size = topic.size;
}

DrillAliasResult drill_aliases_in_take(DrillAliasesIn *aliases, uint32_t alias, DrillSpan *topic) {
    if (alias == 0 || alias > aliases->max) return DRILL_ALIAS_INVALID;
    size_t at = alias - 1;
    if (topic->size > 0) {
        if (at >= aliases->count) grow_in(aliases, alias);
        store(aliases, at, *topic);
        return DRILL_ALIAS_OK;
    }
    if (at >= aliases->count || aliases->topics[at].size == 0) return DRILL_ALIAS_UNKNOWN;
    *topic = aliases->topics[at];
    return DRILL_ALIAS_OK;
}

void drill_aliases_in_release(DrillAliasesIn *aliases) {
    for (size_t i = 0; i < aliases->count; i++)
        drill_release(aliases->allocator, (void *)(uintptr_t)aliases->topics[i].data,
                      aliases->capacities[i]);
    drill_release(aliases->allocator, aliases->topics, sizeof(DrillSpan) * aliases->count);
    drill_release(aliases->allocator, aliases->capacities, sizeof(size_t) * aliases->count);
    *aliases = (DrillAliasesIn){.allocator = aliases->allocator};
}

/* --- sender --- */

struct DrillAliasEntry {
    DrillIndexLink link; /* by topic */
    DrillAliasEntry *newer, *older;
    uint8_t *bytes;
    size_t size, capacity;
    uint16_t alias;
};

static DrillSpan topic_of(const DrillAliasEntry *entry) {
    return drill_span(entry->bytes, entry->size);
}

static DrillAliasEntry *find(const DrillAliasesOut *aliases, DrillSpan topic) {
    DrillIndexLink *link = drill_index_first(&aliases->by_topic, drill_hash(topic, 0));
    for (; link != NULL; link = drill_index_next(link)) {
        if (drill_span_equal(topic_of((DrillAliasEntry *)link), topic)) break;
    }
    return (DrillAliasEntry *)link;
}

static DrillAliasEntry *entry_at(const DrillAliasesOut *aliases, uint16_t alias) {
    return alias == 0 || alias > aliases->capacity ? NULL : aliases->entries[alias - 1];
}

static void take_out(DrillAliasesOut *aliases, DrillAliasEntry *entry) {
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        aliases->newest = entry->older;
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        aliases->oldest = entry->newer;
}

static void put_first(DrillAliasesOut *aliases, DrillAliasEntry *entry) {
    entry->newer = NULL;
    entry->older = aliases->newest;
    if (aliases->newest != NULL)
        aliases->newest->newer = entry;
    else
        aliases->oldest = entry;
    aliases->newest = entry;
}

static void drop(DrillAliasesOut *aliases, DrillAliasEntry *entry) {
    take_out(aliases, entry);
    drill_index_remove(&aliases->by_topic, &entry->link);
    aliases->entries[entry->alias - 1] = NULL;
    aliases->count--;
    drill_release(aliases->allocator, entry->bytes, entry->capacity);
    drill_release(aliases->allocator, entry, sizeof *entry);
}

void drill_aliases_out_reset(DrillAliasesOut *aliases, DrillAliasPolicy policy, uint16_t max) {
    while (aliases->oldest != NULL)
        drop(aliases, aliases->oldest);
    aliases->by_topic.allocator = aliases->allocator;
    aliases->policy = policy;
    aliases->max = max;
}

/* The lowest alias that nothing has. With aliases chosen only here they fill up from 1. */
static uint16_t lowest_free(const DrillAliasesOut *aliases) {
    size_t at = aliases->count;
    if (at < aliases->capacity && aliases->entries[at] == NULL) return (uint16_t)(at + 1);
    for (at = 0; at < aliases->capacity && aliases->entries[at] != NULL;)
        at++;
    return (uint16_t)(at + 1);
}

uint16_t drill_aliases_out_choose(const DrillAliasesOut *aliases, DrillSpan topic, bool *known) {
    *known = false;
    if (aliases->policy == DRILL_ALIASES_OFF || aliases->max == 0) return 0;
    const DrillAliasEntry *entry = find(aliases, topic);
    if (entry != NULL) {
        *known = true;
        return entry->alias;
    }
    /* [v5:MQTT-3.1.2-26] [v5:MQTT-3.3.2-11] none above the peer's maximum. */
    if (aliases->count < aliases->max) return lowest_free(aliases);
    return aliases->policy == DRILL_ALIASES_RECENT ? aliases->oldest->alias : 0;
}

static void grow_out(DrillAliasesOut *aliases, size_t needed) {
    size_t capacity = aliases->capacity == 0 ? 8 : aliases->capacity * 2;
    if (capacity < needed) capacity = needed;
    DrillAliasEntry **entries = DRILL_NEW_ARRAY(aliases->allocator, DrillAliasEntry *, capacity);
    for (size_t i = 0; i < aliases->capacity; i++)
        entries[i] = aliases->entries[i];
    drill_release(aliases->allocator, aliases->entries, sizeof *entries * aliases->capacity);
    aliases->entries = entries;
    aliases->capacity = capacity;
}

/* The alias's entry, empty and out of all lists but the table. */
static DrillAliasEntry *blank_entry(DrillAliasesOut *aliases, uint16_t alias) {
    if (alias > aliases->capacity) grow_out(aliases, alias);
    DrillAliasEntry *entry = aliases->entries[alias - 1];
    if (entry != NULL) {
        take_out(aliases, entry);
        drill_index_remove(&aliases->by_topic, &entry->link);
        return entry;
    }
    entry = DRILL_NEW(aliases->allocator, DrillAliasEntry);
    entry->alias = alias;
    aliases->entries[alias - 1] = entry;
    aliases->count++;
    return entry;
}

void drill_aliases_out_sent(DrillAliasesOut *aliases, uint16_t alias, DrillSpan topic) {
    DRILL_ASSERT(alias >= 1 && alias <= aliases->max);
    if (drill_aliases_out_stands_for(aliases, alias, topic)) {
        DrillAliasEntry *entry = entry_at(aliases, alias);
        take_out(aliases, entry);
        put_first(aliases, entry);
        return;
    }
    DrillAliasEntry *entry = blank_entry(aliases, alias);
    if (topic.size > entry->capacity) {
        drill_release(aliases->allocator, entry->bytes, entry->capacity);
        entry->bytes = (uint8_t *)drill_allocate(aliases->allocator, topic.size);
        entry->capacity = topic.size;
    }
    memcpy(entry->bytes, topic.data, topic.size);
    entry->size = topic.size;
    drill_index_add(&aliases->by_topic, &entry->link, drill_hash(topic, 0));
    put_first(aliases, entry);
}

bool drill_aliases_out_stands_for(const DrillAliasesOut *aliases, uint16_t alias, DrillSpan topic) {
    const DrillAliasEntry *entry = entry_at(aliases, alias);
    return entry != NULL && drill_span_equal(topic_of(entry), topic);
}

DrillSpan drill_aliases_out_topic(const DrillAliasesOut *aliases, uint16_t alias) {
    const DrillAliasEntry *entry = entry_at(aliases, alias);
    return entry == NULL ? drill_span(NULL, 0) : topic_of(entry);
}

void drill_aliases_out_release(DrillAliasesOut *aliases) {
    drill_aliases_out_reset(aliases, DRILL_ALIASES_OFF, 0);
    drill_index_release(&aliases->by_topic);
    drill_release(aliases->allocator, aliases->entries,
                  sizeof(DrillAliasEntry *) * aliases->capacity);
    aliases->entries = NULL;
    aliases->capacity = 0;
}
