#include "check/region.h"

#include <string.h>

#include "base/arena.h"

/* In front of every block; its size keeps the block aligned to 16. */
typedef struct RegionBlock {
    struct RegionBlock *prev, *next;
    size_t size; /* header included */
    size_t padding;
} RegionBlock;

struct DrillRegion {
    DrillAllocator allocator;
    RegionBlock *first;
};

DrillRegion *drill_check_region_new(DrillAllocator allocator) {
    DrillRegion *region = DRILL_NEW(allocator, DrillRegion);
    region->allocator = allocator;
    return region;
}

static void unlink_block(DrillRegion *region, RegionBlock *block) {
    if (block->prev != NULL) {
        block->prev->next = block->next;
    } else {
        region->first = block->next;
    }
    if (block->next != NULL) {
        block->next->prev = block->prev;
    }
}

static void link_block(DrillRegion *region, RegionBlock *block) {
    block->prev = NULL;
    block->next = region->first;
    if (region->first != NULL) {
        region->first->prev = block;
    }
    region->first = block;
}

static void *region_resize(void *context, void *data, size_t old_size, size_t new_size) {
    DrillRegion *region = context;
    RegionBlock *old = data == NULL ? NULL : (RegionBlock *)data - 1;
    if (old != NULL) {
        DRILL_ASSERT(old->size == old_size + sizeof(RegionBlock));
    }
    RegionBlock *block = NULL;
    if (new_size != 0) {
        block = drill_allocate(region->allocator, new_size + sizeof(RegionBlock));
        block->size = new_size + sizeof(RegionBlock);
        if (old != NULL) {
            memcpy(block + 1, data, old_size < new_size ? old_size : new_size);
        }
        link_block(region, block);
    }
    if (old != NULL) {
        unlink_block(region, old);
        drill_release(region->allocator, old, old->size);
    }
    return block == NULL ? NULL : block + 1;
}

DrillAllocator drill_check_region_allocator(DrillRegion *region) {
    DrillAllocator allocator = {region_resize, region};
    return allocator;
}

void drill_check_region_free(DrillRegion *region) {
    if (region == NULL) {
        return;
    }
    while (region->first != NULL) {
        RegionBlock *block = region->first;
        region->first = block->next;
        drill_release(region->allocator, block, block->size);
    }
    drill_release(region->allocator, region, sizeof *region);
}
