/* Records by key: found, forgotten and taken again, whatever the order. */
#include "base/arena.h"
#include "check/archive.h"
#include "unit/suite.h"

typedef struct Record {
    uint64_t a;
    uint32_t b;
} Record;

#define COUNT 3000u

static DrillArena *arena;
static CheckArchive *archive;

static void set_up(void) {
    arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 24);
    ck_assert_ptr_nonnull(arena);
    archive = drill_check_archive_new(drill_arena_allocator(arena), sizeof(Record));
}

static void tear_down(void) {
    drill_arena_free(arena);
}

static uint64_t key_of(uint64_t i) {
    return i % 3 == 0 ? i : i << 32 | i;
}

START_TEST(what_went_in_comes_out) {
    Record record = {0};
    ck_assert_ptr_null(drill_check_archive_find(archive, 1));
    ck_assert(!drill_check_archive_take(archive, 1, &record));
    for (uint64_t i = 0; i < COUNT; i++) {
        Record *added = drill_check_archive_add(archive, key_of(i));
        ck_assert_uint_eq(added->a + added->b, 0);
        *added = (Record){i * 7, (uint32_t)i};
    }
    ck_assert_uint_eq(drill_check_archive_count(archive), COUNT);
    for (uint64_t i = 0; i < COUNT; i++) {
        const Record *found = drill_check_archive_find(archive, key_of(i));
        ck_assert_ptr_nonnull(found);
        ck_assert_uint_eq(found->a, i * 7);
        ck_assert_uint_eq(found->b, i);
    }
    ck_assert_ptr_null(drill_check_archive_find(archive, key_of(COUNT)));
}
END_TEST

START_TEST(what_is_taken_is_gone_and_its_place_used_again) {
    for (uint64_t i = 0; i < COUNT; i++) {
        ((Record *)drill_check_archive_add(archive, key_of(i)))->a = i;
        if (i < 10) {
            continue;
        }
        Record taken;
        ck_assert(drill_check_archive_take(archive, key_of(i - 10), &taken));
        ck_assert_uint_eq(taken.a, i - 10);
        ck_assert(!drill_check_archive_take(archive, key_of(i - 10), &taken));
        ck_assert_ptr_null(drill_check_archive_find(archive, key_of(i - 10)));
    }
    ck_assert_uint_eq(drill_check_archive_count(archive), 10);
    for (uint64_t i = COUNT - 10; i < COUNT; i++) {
        const Record *found = drill_check_archive_find(archive, key_of(i));
        ck_assert_ptr_nonnull(found);
        ck_assert_uint_eq(found->a, i);
    }
}
END_TEST

START_TEST(what_stays_is_found_after_others_are_taken) {
    for (uint64_t i = 0; i < COUNT; i++) {
        ((Record *)drill_check_archive_add(archive, key_of(i)))->a = i;
    }
    Record taken;
    for (uint64_t i = 1; i < COUNT; i += 2) {
        ck_assert(drill_check_archive_take(archive, key_of(i), &taken));
        ck_assert_uint_eq(taken.a, i);
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        const Record *found = drill_check_archive_find(archive, key_of(i));
        ck_assert(i % 2 == 0 ? found != NULL && found->a == i : found == NULL);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("check/archive");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_went_in_comes_out);
    tcase_add_test(tests, what_is_taken_is_gone_and_its_place_used_again);
    tcase_add_test(tests, what_stays_is_found_after_others_are_taken);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
