/* SHA-256: the examples of FIPS 180 and of NIST's short message tests, in one piece and in all
 * cuts. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static void expect(const DrillSha256 *sha, const char *wanted) {
    uint8_t digest[32];
    drill_sha256_finish(sha, digest);
    DrillBuffer hex = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_hex(&hex, drill_span(digest, 32));
    ck_assert_str_eq(drill_buffer_cstring(&hex), wanted);
    drill_buffer_release(&hex);
}

static const struct {
    const char *text;
    const char *digest;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
     "lmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

START_TEST(known_answers) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(vectors); i++) {
        DrillSpan text = drill_span_of(vectors[i].text);
        for (size_t cut = 0; cut <= text.size; cut++) {
            DrillSha256 sha;
            drill_sha256_init(&sha);
            drill_sha256_add(&sha, drill_span(text.data, cut));
            drill_sha256_add(&sha, drill_span(text.data + cut, text.size - cut));
            expect(&sha, vectors[i].digest);
        }
    }
}
END_TEST

START_TEST(a_million_letters) {
    char letters[1000];
    memset(letters, 'a', sizeof letters);
    DrillSha256 sha;
    drill_sha256_init(&sha);
    for (int i = 0; i < 1000; i++) {
        drill_sha256_add(&sha, drill_span(letters, sizeof letters));
    }
    expect(&sha, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* Finishing changes nothing: more can be added. Copies go their own way. */
START_TEST(finish_in_between) {
    DrillSha256 sha;
    drill_sha256_init(&sha);
    drill_sha256_add(&sha, drill_span_of("ab"));
    uint8_t ignored[32];
    drill_sha256_finish(&sha, ignored);
    DrillSha256 copy = sha;
    drill_sha256_add(&copy, drill_span_of("x"));
    drill_sha256_add(&sha, drill_span_of("c"));
    drill_sha256_add(&sha, drill_span(NULL, 0));
    expect(&sha, vectors[1].digest);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base/sha256");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, known_answers);
    tcase_add_test(tests, a_million_letters);
    tcase_add_test(tests, finish_in_between);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
