/* Compact memory for what is settled: records of one size, found by a 64-bit key. About 16 bytes a
 * record beside the record itself, and no record moves. */
#ifndef DRILL_CHECK_ARCHIVE_H
#define DRILL_CHECK_ARCHIVE_H

#include "base/base.h"

typedef struct CheckArchive CheckArchive;

CheckArchive *drill_check_archive_new(DrillAllocator allocator, size_t record_size);
/* NULL: no record has this key. */
void *drill_check_archive_find(const CheckArchive *archive, uint64_t key);
/* A record of zeroes; the key must be new. */
void *drill_check_archive_add(CheckArchive *archive, uint64_t key);
/* Copies the record out and forgets it; false: there is none. */
bool drill_check_archive_take(CheckArchive *archive, uint64_t key, void *record);
size_t drill_check_archive_count(const CheckArchive *archive);

#endif
