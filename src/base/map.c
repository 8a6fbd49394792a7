/* Insertion-ordered map. Entries live in one array in the order they came; a table of slot numbers
 * finds them by hash. Removing empties the slot and leaves its number in the table, so probing
 * needs no tombstones: every insertion uses a new slot, the table is twice the array, and both are
 * rebuilt together when the array is full. */
#include <string.h>

#include "base/arena.h"
#include "base/base.h"

#define SLOTS_MIN 8u
#define HASH_KEY  UINT64_C(0x6d71747464726c6c)

typedef struct MapSlot {
    DrillSpan key;
    void *value; /* NULL: deleted */
    uint64_t hash;
} MapSlot;

struct DrillMap {
    DrillAllocator allocator;
    MapSlot *slots;
    uint32_t *table; /* slot number + 1; 0: never used */
    size_t count;
    size_t slots_used;
    size_t slots_capacity; /* power of two; the table has twice as many places */
};

DrillMap *drill_map_new(DrillAllocator allocator) {
    DrillMap *map = DRILL_NEW(allocator, DrillMap);
    map->allocator = allocator;
    return map;
}

static void release_key(DrillMap *map, MapSlot *slot) {
    drill_release(map->allocator, (void *)(uintptr_t)slot->key.data, slot->key.size);
    slot->key = drill_span(NULL, 0);
}

static void release_arrays(DrillMap *map) {
    drill_release(map->allocator, map->slots, sizeof(MapSlot) * map->slots_capacity);
    drill_release(map->allocator, map->table, sizeof(uint32_t) * map->slots_capacity * 2);
}

void drill_map_free(DrillMap *map) {
    if (map == NULL) {
        return;
    }
    for (size_t i = 0; i < map->slots_used; i++) {
        release_key(map, &map->slots[i]);
    }
    release_arrays(map);
    drill_release(map->allocator, map, sizeof *map);
}

static void enter(DrillMap *map, size_t slot) {
    size_t mask = map->slots_capacity * 2 - 1;
    size_t at = (size_t)map->slots[slot].hash & mask;
    while (map->table[at] != 0) {
        at = (at + 1) & mask;
    }
    map->table[at] = (uint32_t)(slot + 1);
}

/* Gives the map room for one more slot: closes the gaps, and doubles if more than half of the slots
 * are alive. */
static void rebuild(DrillMap *map) {
    size_t capacity = map->slots_capacity < SLOTS_MIN ? SLOTS_MIN : map->slots_capacity;
    if (map->count * 2 > capacity) {
        capacity *= 2;
    }
    DRILL_ASSERT(capacity < UINT32_MAX / 2);
    MapSlot *slots = DRILL_NEW_ARRAY(map->allocator, MapSlot, capacity);
    uint32_t *table = DRILL_NEW_ARRAY(map->allocator, uint32_t, capacity * 2);
    size_t used = 0;
    for (size_t i = 0; i < map->slots_used; i++) {
        if (map->slots[i].value != NULL) {
            slots[used++] = map->slots[i];
        }
    }
    release_arrays(map);
    map->slots = slots;
    map->table = table;
    map->slots_capacity = capacity;
    map->slots_used = used;
    for (size_t i = 0; i < used; i++) {
        enter(map, i);
    }
}

static MapSlot *find(const DrillMap *map, DrillSpan key, uint64_t hash) {
    if (map->slots_capacity == 0) {
        return NULL;
    }
    size_t mask = map->slots_capacity * 2 - 1;
    for (size_t at = (size_t)hash & mask; map->table[at] != 0; at = (at + 1) & mask) {
        MapSlot *slot = &map->slots[map->table[at] - 1];
        if (slot->value != NULL && slot->hash == hash && drill_span_equal(slot->key, key)) {
            return slot;
        }
    }
    return NULL;
}

void *drill_map_get(const DrillMap *map, DrillSpan key) {
    const MapSlot *slot = find(map, key, drill_hash(key, HASH_KEY));
    return slot == NULL ? NULL : slot->value;
}

void drill_map_set(DrillMap *map, DrillSpan key, void *value) {
    DRILL_ASSERT(value != NULL);
    uint64_t hash = drill_hash(key, HASH_KEY);
    MapSlot *slot = find(map, key, hash);
    if (slot != NULL) {
        slot->value = value;
        return;
    }
    if (map->slots_used == map->slots_capacity) {
        rebuild(map);
    }
    size_t at = map->slots_used++;
    MapSlot fresh = {drill_copy_span(map->allocator, key), value, hash};
    map->slots[at] = fresh;
    enter(map, at);
    map->count++;
}

void *drill_map_remove(DrillMap *map, DrillSpan key) {
    MapSlot *slot = find(map, key, drill_hash(key, HASH_KEY));
    if (slot == NULL) {
        return NULL;
    }
    void *value = slot->value;
    slot->value = NULL;
    release_key(map, slot);
    map->count--;
    return value;
}

size_t drill_map_count(const DrillMap *map) {
    return map->count;
}

size_t drill_map_slots(const DrillMap *map) {
    return map->slots_used;
}

void *drill_map_at(const DrillMap *map, size_t slot, DrillSpan *key_or_null) {
    DRILL_ASSERT(slot < map->slots_used);
    if (key_or_null != NULL) {
        *key_or_null = map->slots[slot].key;
    }
    return map->slots[slot].value;
}
