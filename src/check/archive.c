/* A hash table with chains. Records live in chunks; a chain is a list of record numbers, so that
 * only the heads of the chains are copied when the table grows. */
#include "check/archive.h"

#include <string.h>

#include "base/arena.h"

#define CHUNK_RECORDS 128u
#define BUCKETS_MIN   64u

struct CheckArchive {
    DrillAllocator allocator;
    size_t size;      /* of a record and its key */
    uint8_t **chunks; /* each: the records with their keys, then their successors in the chain */
    size_t chunk_count, chunk_capacity;
    uint32_t *buckets; /* number + 1 of the chain's first; 0: none */
    size_t bucket_count;
    size_t used, count;
    uint32_t vacant; /* number + 1 of a forgotten record, and so on along the chain */
};

CheckArchive *drill_check_archive_new(DrillAllocator allocator, size_t record_size) {
    CheckArchive *archive = DRILL_NEW(allocator, CheckArchive);
    archive->allocator = allocator;
    archive->size = sizeof(uint64_t) + ((record_size + 7) & ~(size_t)7);
    return archive;
}

static uint8_t *record_at(const CheckArchive *archive, size_t number) {
    return archive->chunks[number / CHUNK_RECORDS] + archive->size * (number % CHUNK_RECORDS);
}

static uint32_t *next_of(const CheckArchive *archive, size_t number) {
    uint8_t *links = archive->chunks[number / CHUNK_RECORDS] + archive->size * CHUNK_RECORDS;
    return (uint32_t *)(void *)links + number % CHUNK_RECORDS;
}

static uint64_t key_at(const CheckArchive *archive, size_t number) {
    uint64_t key;
    memcpy(&key, record_at(archive, number), sizeof key);
    return key;
}

static uint32_t *bucket_of(const CheckArchive *archive, uint64_t key) {
    /* Keys that follow each other have buckets that do, which are in the cache together. */
    uint64_t mixed = key + (key >> 16) * UINT64_C(0x9e3779b97f4a7c15);
    return &archive->buckets[mixed & (archive->bucket_count - 1)];
}

static void chain(CheckArchive *archive, size_t number) {
    uint32_t *bucket = bucket_of(archive, key_at(archive, number));
    *next_of(archive, number) = *bucket;
    *bucket = (uint32_t)number + 1;
}

static void grow_table(CheckArchive *archive) {
    size_t old_count = archive->bucket_count;
    uint32_t *old = archive->buckets;
    archive->bucket_count = old_count == 0 ? BUCKETS_MIN : old_count * 2;
    archive->buckets = DRILL_NEW_ARRAY(archive->allocator, uint32_t, archive->bucket_count);
    for (size_t i = 0; i < old_count; i++) {
        for (uint32_t at = old[i], next = 0; at != 0; at = next) {
            next = *next_of(archive, at - 1);
            chain(archive, at - 1);
        }
    }
    drill_release(archive->allocator, old, sizeof(uint32_t) * old_count);
}

static void add_chunk(CheckArchive *archive) {
    if (archive->chunk_count == archive->chunk_capacity) {
        size_t capacity = archive->chunk_capacity == 0 ? 4 : archive->chunk_capacity * 2;
        archive->chunks = drill_reallocate(archive->allocator, archive->chunks,
                                           sizeof(uint8_t *) * archive->chunk_capacity,
                                           sizeof(uint8_t *) * capacity);
        archive->chunk_capacity = capacity;
    }
    size_t bytes = (archive->size + sizeof(uint32_t)) * CHUNK_RECORDS;
    archive->chunks[archive->chunk_count++] = DRILL_NEW_ARRAY(archive->allocator, uint8_t, bytes);
}

/* The link that leads to the key's record; its target is 0 where there is none. */
static uint32_t *link_to(const CheckArchive *archive, uint64_t key) {
    uint32_t *link = bucket_of(archive, key);
    while (*link != 0 && key_at(archive, *link - 1) != key) {
        link = next_of(archive, *link - 1);
    }
    return link;
}

void *drill_check_archive_find(const CheckArchive *archive, uint64_t key) {
    if (archive->count == 0) {
        return NULL;
    }
    uint32_t at = *link_to(archive, key);
    return at == 0 ? NULL : record_at(archive, at - 1) + sizeof(uint64_t);
}

void *drill_check_archive_add(CheckArchive *archive, uint64_t key) {
    DRILL_ASSERT(archive->count < UINT32_MAX - 1);
    if (archive->count == archive->bucket_count) {
        grow_table(archive);
    }
    size_t number = archive->used;
    if (archive->vacant != 0) {
        number = archive->vacant - 1;
        archive->vacant = *next_of(archive, number);
    } else {
        if (archive->used == archive->chunk_count * CHUNK_RECORDS) {
            add_chunk(archive);
        }
        archive->used++;
    }
    uint8_t *record = record_at(archive, number);
    memset(record, 0, archive->size);
    memcpy(record, &key, sizeof key);
    chain(archive, number);
    archive->count++;
    return record + sizeof(uint64_t);
}

bool drill_check_archive_take(CheckArchive *archive, uint64_t key, void *record) {
    if (archive->count == 0) {
        return false;
    }
    uint32_t *link = link_to(archive, key);
    if (*link == 0) {
        return false;
    }
    size_t number = *link - 1;
    memcpy(record, record_at(archive, number) + sizeof(uint64_t), archive->size - sizeof(uint64_t));
    *link = *next_of(archive, number);
    *next_of(archive, number) = archive->vacant;
    archive->vacant = (uint32_t)number + 1;
    archive->count--;
    return true;
}

size_t drill_check_archive_count(const CheckArchive *archive) {
    return archive->count;
}
