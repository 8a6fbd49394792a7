#include "mqtt/index.h"

#include "base/arena.h"

#define FIRST_BUCKETS 8

static void grow(DrillIndex *index) {
    size_t bucket_count = index->bucket_count == 0 ? FIRST_BUCKETS : index->bucket_count * 2;
    DrillIndexLink **buckets = DRILL_NEW_ARRAY(index->allocator, DrillIndexLink *, bucket_count);
    for (size_t i = 0; i < index->bucket_count; i++) {
        DrillIndexLink *link = index->buckets[i];
        while (link != NULL) {
            DrillIndexLink *next = link->next;
            DrillIndexLink **head = &buckets[link->hash & (bucket_count - 1)];
            link->next = *head;
            *head = link;
            link = next;
        }
    }
    drill_index_release(index);
    index->buckets = buckets;
    index->bucket_count = bucket_count;
}

void drill_index_add(DrillIndex *index, DrillIndexLink *link, uint64_t hash) {
    if (index->count >= index->bucket_count) grow(index);
    DrillIndexLink **head = &index->buckets[hash & (index->bucket_count - 1)];
    link->hash = hash;
    link->next = *head;
    *head = link;
    index->count++;
}

void drill_index_remove(DrillIndex *index, DrillIndexLink *link) {
    DrillIndexLink **at = &index->buckets[link->hash & (index->bucket_count - 1)];
    while (*at != link) {
        DRILL_ASSERT(*at != NULL);
        at = &(*at)->next;
    }
    *at = link->next;
    link->next = NULL;
    index->count--;
}

DrillIndexLink *drill_index_first(const DrillIndex *index, uint64_t hash) {
    if (index->count == 0) return NULL;
    DrillIndexLink *link = index->buckets[hash & (index->bucket_count - 1)];
    while (link != NULL && link->hash != hash)
        link = link->next;
    return link;
}

DrillIndexLink *drill_index_next(const DrillIndexLink *link) {
    DrillIndexLink *next = link->next;
    while (next != NULL && next->hash != link->hash)
        next = next->next;
    return next;
}

void drill_index_release(DrillIndex *index) {
    if (index->buckets == NULL) return;
    drill_release(index->allocator, index->buckets, sizeof(DrillIndexLink *) * index->bucket_count);
    index->buckets = NULL;
    index->bucket_count = 0;
}

/* The finishing step of a multiply-xorshift hash. */
uint64_t drill_index_mix(uint64_t key) {
    key ^= key >> 32;
    key *= UINT64_C(0x9E3779B97F4A7C15);
    key ^= key >> 29;
    key *= UINT64_C(0xBF58476D1CE4E5B9);
    return key ^ key >> 32;
}
