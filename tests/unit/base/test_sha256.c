/* SHA-256: the examples of FIPS 180 and of NIST's short message tests, in one piece and in all
 * cuts. */
#include <string.h>

#include "base/random.h"
#include "base/sha256.h"
#include "unit/suite.h"

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

/* Both ways by name, whichever of them drill_sha256_add takes here. */
static void expect_with(DrillSha256Compress compress) {
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(vectors); i++) {
        DrillSha256 sha;
        drill_sha256_init(&sha);
        drill_sha256_add_with(compress, &sha, drill_span_of(vectors[i].text));
        expect(&sha, vectors[i].digest);
    }
}

START_TEST(portable_code) {
    expect_with(drill_sha256_compress_portable);
}
END_TEST

/* On a processor with the instructions: from one state over 0 to 40 blocks, at every alignment,
 * both ways come to the same. */
START_TEST(the_processors_instructions) {
    DrillSha256Compress native = drill_sha256_compress_native();
    if (native == NULL) {
        return;
    }
    expect_with(native);
    uint8_t bytes[40 * 64 + 16];
    DrillStream stream = drill_stream(1, "sha256");
    for (uint64_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)drill_stream_draw(stream, i, 0);
    }
    for (size_t count = 0; count <= 40; count++) {
        uint32_t one[8], other[8];
        memcpy(one, bytes + count, sizeof one);
        memcpy(other, bytes + count, sizeof other);
        native(one, bytes + count % 16, count);
        drill_sha256_compress_portable(other, bytes + count % 16, count);
        ck_assert_mem_eq(one, other, sizeof one);
    }
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
    tcase_add_test(tests, portable_code);
    tcase_add_test(tests, the_processors_instructions);
    tcase_add_test(tests, finish_in_between);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
