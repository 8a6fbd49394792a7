/* SCRAM-SHA-256: the examples of RFC 7677, RFC 4231, RFC 7914 and RFC 4648, and everything that a
 * peer may get wrong. Without OpenSSL there is only the sentence that says so. */
#include <string.h>

#include "auth/base64.h"
#include "auth/scram.h"
#include "auth/scram_text.h"
#include "unit/suite.h"

/* RFC 7677 section 3. */
#define NONCE  "rOprNGfwEbeRWgbNEkqO"
#define MORE   "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define FIRST  "n,,n=user,r=" NONCE
#define ASKED  "r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define PROVED "c=biws,r=" NONCE MORE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SIGNED "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static const uint8_t salt[] = {0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                               0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};

static DrillScramKeys *keys;
static DrillScramUser users[2];
static DrillScramServerConfig config;
static DrillScramServer server;
static DrillScramClient client;
static DrillBuffer out;

static void set_up(void) {
    DrillAllocator allocator = drill_allocator_malloc();
    keys = drill_scram_keys_new(allocator);
    users[0] = (DrillScramUser){drill_span_of("user"), drill_span_of("pencil"),
                                drill_span(salt, sizeof(salt))};
    users[1] = (DrillScramUser){drill_span_of("a,b=c"), drill_span_of(""), {NULL, 0}};
    config = (DrillScramServerConfig){.keys = keys,
                                      .allocator = allocator,
                                      .users = users,
                                      .user_count = 2,
                                      .salts = drill_stream(1, "salts")};
    memset(&server, 0, sizeof(server));
    client = drill_scram_client(keys, allocator);
    out = (DrillBuffer){.allocator = allocator};
}

static void tear_down(void) {
    drill_scram_client_release(&client);
    drill_scram_keys_free(keys);
    drill_buffer_release(&out);
}

static void expect_out(const char *wanted) {
    ck_assert_str_eq(drill_buffer_cstring(&out), wanted);
    drill_buffer_clear(&out);
}

static const char *ask(const char *first) {
    drill_buffer_clear(&out);
    memset(&server, 0, sizeof(server));
    return drill_scram_server_first(&config, &server, drill_span_of(MORE), drill_span(NULL, 0),
                                    drill_span_of(first), &out);
}

static const char *prove(const char *final) {
    drill_buffer_clear(&out);
    return drill_scram_server_final(&config, &server, drill_span_of(final), &out);
}

static const char *answer(const char *asked, const char *password) {
    drill_buffer_clear(&out);
    drill_scram_client_first(&client, drill_span_of("user"), drill_span_of(NONCE), &out);
    expect_out(FIRST);
    return drill_scram_client_final(&client, drill_span_of(password), drill_span_of(asked), &out);
}

#define expect_refused(said, part)                                                                 \
    do {                                                                                           \
        const char *why = (said);                                                                  \
        ck_assert_ptr_nonnull(why);                                                                \
        ck_assert_msg(strstr(why, (part)) != NULL, "%s", why);                                     \
        ck_assert_uint_eq(out.size, 0);                                                            \
    } while (0)

/* --- the cryptography --- */

static void expect_hash(const uint8_t hash[DRILL_SHA256_BYTES], const char *wanted) {
    drill_buffer_put_hex(&out, drill_span(hash, DRILL_SHA256_BYTES));
    expect_out(wanted);
}

START_TEST(the_examples_of_hashes) {
    uint8_t hash[DRILL_SHA256_BYTES];
    drill_crypto_sha256(drill_span_of("abc"), hash);
    expect_hash(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    drill_crypto_sha256(drill_span(NULL, 0), hash);
    expect_hash(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    drill_crypto_hmac_sha256(drill_span_of("Jefe"), drill_span_of("what do ya want for nothing?"),
                             hash); /* RFC 4231 section 4.3 */
    expect_hash(hash, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    drill_crypto_hmac_sha256(drill_span(NULL, 0), drill_span(NULL, 0), hash);
    expect_hash(hash, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    /* RFC 7914 section 11, its first half. */
    drill_crypto_pbkdf2_sha256(drill_span_of("passwd"), drill_span_of("salt"), 1, hash);
    expect_hash(hash, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
    uint8_t other[DRILL_SHA256_BYTES];
    memcpy(other, hash, sizeof(other));
    ck_assert(drill_crypto_equal(hash, other));
    other[31] ^= 1;
    ck_assert(!drill_crypto_equal(hash, other));
}
END_TEST

/* --- the example of RFC 7677 --- */

START_TEST(the_example_from_both_sides) {
    ck_assert_ptr_null(answer(ASKED, "pencil"));
    expect_out(PROVED);
    ck_assert_ptr_null(drill_scram_client_verify(&client, drill_span_of(SIGNED)));
    ck_assert_ptr_null(ask(FIRST));
    expect_out(ASKED);
    ck_assert_ptr_null(prove(PROVED));
    expect_out(SIGNED);
    ck_assert_uint_eq(drill_scram_keys_count(keys), 1); /* the slow part was done once */
}
END_TEST

START_TEST(other_users_and_headers) {
    static const char *const firsts[] = {"n,,n=a=2Cb=3Dc,r=" NONCE,
                                         "y,,n=a=2Cb=3Dc,r=" NONCE ",x=1",
                                         "n,a=a=2Cb=3Dc,n=a=2Cb=3Dc,r=" NONCE};
    config.iterations = 7;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(firsts); i++) {
        ck_assert_ptr_null(ask(firsts[i]));
        ck_assert_uint_eq(server.user, 2);
        ck_assert(out.size > 7 && memcmp(out.data + out.size - 4, ",i=7", 4) == 0);
    }
    drill_buffer_clear(&out);
    drill_scram_client_first(&client, users[1].name, drill_span_of(NONCE), &out);
    expect_out(firsts[0]);
    ck_assert_ptr_null(ask(firsts[0]));
    char asked[200];
    memcpy(asked, drill_buffer_cstring(&out), out.size + 1);
    drill_buffer_clear(&out);
    ck_assert_ptr_null(
        drill_scram_client_final(&client, users[1].password, drill_span_of(asked), &out));
    char final[300];
    memcpy(final, drill_buffer_cstring(&out), out.size + 1);
    ck_assert_ptr_null(prove(final));
    ck_assert_ptr_null(drill_scram_client_verify(&client, drill_buffer_span(&out)));
}
END_TEST

START_TEST(nonces_and_salts_repeat) {
    DrillStream stream = drill_stream(7, "auth/a/nonce");
    DrillBuffer again = {.allocator = drill_allocator_malloc()};
    drill_scram_nonce(stream, 1, &out);
    drill_scram_nonce(stream, 1, &again);
    ck_assert(drill_span_equal(drill_buffer_span(&out), drill_buffer_span(&again)));
    ck_assert_uint_eq(out.size, 24);
    ck_assert(drill_scram_is_nonce(drill_buffer_span(&out)));
    drill_buffer_clear(&again);
    drill_scram_nonce(stream, 2, &again);
    ck_assert(!drill_span_equal(drill_buffer_span(&out), drill_buffer_span(&again)));
    /* Who is not there is asked like everybody else, and for the same as the last time. */
    drill_buffer_clear(&again);
    ck_assert_ptr_null(ask("n,,n=nobody,r=" NONCE));
    drill_buffer_put(&again, out.data, out.size);
    ck_assert_uint_eq(server.user, 0);
    ck_assert_ptr_null(ask("n,,n=nobody,r=" NONCE));
    ck_assert(drill_span_equal(drill_buffer_span(&out), drill_buffer_span(&again)));
    ck_assert_ptr_null(ask("n,,n=somebody,r=" NONCE));
    ck_assert(!drill_span_equal(drill_buffer_span(&out), drill_buffer_span(&again)));
    drill_buffer_release(&again);
}
END_TEST

/* --- what the server refuses --- */

START_TEST(first_words_that_are_none) {
    static const char *const firsts[] = {"",
                                         "n",
                                         "n,",
                                         "n,,",
                                         "n,,n=user",
                                         "n,,r=" NONCE,
                                         "n,,n=user,r=",
                                         "n,,n=user,r=a b",
                                         "n,,n=,r=" NONCE,
                                         "n,,n=us=er,r=" NONCE,
                                         "n,,n=us=,r=" NONCE,
                                         "n,,n=\xff,r=" NONCE,
                                         "n,,m=1,n=user,r=" NONCE,
                                         "n,b=user,n=user,r=" NONCE,
                                         "n,a=user",
                                         "x,,n=user,r=" NONCE,
                                         "n=user,r=" NONCE};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(firsts); i++) {
        const char *wrong = ask(firsts[i]);
        ck_assert_msg(wrong != NULL && strstr(wrong, "n,,n=") != NULL, "%s: %s", firsts[i], wrong);
        ck_assert_uint_eq(out.size, 0);
    }
    expect_refused(ask("p=tls-unique,,n=user,r=" NONCE), "channel binding");
    expect_refused(ask("n,a=admin,n=user,r=" NONCE), "somebody else");
    char text[DRILL_SCRAM_TEXT_MAX + 100];
    memset(text, 'x', sizeof(text));
    memcpy(text, FIRST, strlen(FIRST));
    text[sizeof(text) - 1] = '\0';
    ck_assert_ptr_nonnull(strstr(ask(text), "too long"));
    drill_buffer_clear(&out);
    memset(&server, 0, sizeof(server));
    expect_refused(drill_scram_server_first(&config, &server, drill_span_of(MORE),
                                            drill_span_of("other"), drill_span_of(FIRST), &out),
                   "User Name");
}
END_TEST

#define R "r=" NONCE MORE

START_TEST(proofs_that_are_none) {
    static const struct {
        const char *final, *why;
    } cases[] = {
        {"", "c=...,r=...,p=..."},
        {"c=biws", "c=...,r=...,p=..."},
        {"c=biws," R, "c=...,r=...,p=..."},
        {"c=biws," R ",p=", "c=...,r=...,p=..."},
        {"c=biws," R ",p=AAAA", "c=...,r=...,p=..."},
        {"c=biws," R ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=,x=1", "c=...,r=...,p=..."},
        {R ",c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "c=...,r=...,p=..."},
        {"c=biws," R ",?,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "c=...,r=...,p=..."},
        {"c=eSws," R ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "channel binding"},
        {"c=biw," R ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "channel binding"},
        {"c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "the nonce"},
        {"c=biws," R "x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "the nonce"},
        {"c=biws," R ",p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "the proof is wrong"},
        /* An extension is signed, too. */
        {"c=biws," R ",x=1,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "the proof is wrong"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(cases); i++) {
        ck_assert_ptr_null(ask(FIRST));
        const char *wrong = prove(cases[i].final);
        ck_assert_msg(wrong != NULL && strstr(wrong, cases[i].why) != NULL, "%s: %s",
                      cases[i].final, wrong);
        ck_assert_uint_eq(out.size, 0);
    }
    ck_assert_ptr_null(ask("n,,n=nobody,r=" NONCE));
    expect_refused(prove(PROVED), "the proof is wrong");
}
END_TEST

START_TEST(a_wrong_password_proves_nothing) {
    ck_assert_ptr_null(answer(ASKED, "Pencil"));
    char final[300];
    memcpy(final, drill_buffer_cstring(&out), out.size + 1);
    ck_assert_ptr_null(ask(FIRST));
    expect_refused(prove(final), "the proof is wrong");
}
END_TEST

/* --- what the client refuses --- */

START_TEST(challenges_that_are_none) {
    static const struct {
        const char *asked, *why;
    } cases[] = {
        {"", "r=...,s=...,i=..."},
        {"e=other-error", "r=...,s=...,i=..."},
        {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==", "r=...,s=...,i=..."},
        {"r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nonce"},
        {"r=x" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nonce"},
        {"r=" NONCE " ,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nonce"},
        {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ=,i=4096", "salt"},
        {"r=" NONCE MORE ",s=,i=4096", "salt"},
        {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0", "iterations"},
        {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=x", "iterations"},
        {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001", "iterations"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(cases); i++)
        expect_refused(answer(cases[i].asked, "pencil"), cases[i].why);
    ck_assert_ptr_null(answer(ASKED ",x=1", "pencil")); /* an extension that may be ignored */
    drill_buffer_clear(&out);
    expect_refused(
        drill_scram_client_final(&client, drill_span_of("pencil"), drill_span_of(ASKED), &out),
        "once more");
}
END_TEST

START_TEST(signatures_that_are_none) {
    static const struct {
        const char *signed_, *why;
    } cases[] = {
        {"", "signature"},
        {"v=", "signature"},
        {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4", "signature"},
        {"v=AAAA", "signature"},
        {"e=invalid-proof", "error"},
        {"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "does not know the password"},
    };
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(cases); i++) {
        ck_assert_ptr_null(answer(ASKED, "pencil"));
        drill_buffer_clear(&out);
        expect_refused(drill_scram_client_verify(&client, drill_span_of(cases[i].signed_)),
                       cases[i].why);
    }
    drill_scram_client_first(&client, drill_span_of("user"), drill_span_of(NONCE), &out);
    drill_buffer_clear(&out);
    expect_refused(drill_scram_client_verify(&client, drill_span_of(SIGNED)), "before we have");
}
END_TEST

/* --- base 64 --- */

START_TEST(base_64) {
    /* RFC 4648 section 10. */
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Z-8=", "Zm8 ", "Zg==Zg==", "Z=8="};
    out = (DrillBuffer){.allocator = drill_allocator_malloc()};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(pairs); i++) {
        drill_base64_write(&out, drill_span_of(pairs[i][0]));
        expect_out(pairs[i][1]);
        ck_assert(drill_base64_read(drill_span_of(pairs[i][1]), &out));
        expect_out(pairs[i][0]);
    }
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(wrong); i++) {
        drill_buffer_clear(&out);
        ck_assert_msg(!drill_base64_read(drill_span_of(wrong[i]), &out), "%s", wrong[i]);
    }
    drill_buffer_release(&out);
}
END_TEST

START_TEST(without_openssl_it_says_so) {
    ck_assert_ptr_nonnull(strstr(drill_crypto_missing(), "OpenSSL"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("auth/scram");
    TCase *texts = tcase_create("texts");
    tcase_add_test(texts, base_64);
    suite_add_tcase(suite, texts);
    TCase *exchanges = tcase_create("exchanges");
    if (drill_crypto_missing() == NULL) {
        tcase_add_checked_fixture(exchanges, set_up, tear_down);
        tcase_add_test(exchanges, the_examples_of_hashes);
        tcase_add_test(exchanges, the_example_from_both_sides);
        tcase_add_test(exchanges, other_users_and_headers);
        tcase_add_test(exchanges, nonces_and_salts_repeat);
        tcase_add_test(exchanges, first_words_that_are_none);
        tcase_add_test(exchanges, proofs_that_are_none);
        tcase_add_test(exchanges, a_wrong_password_proves_nothing);
        tcase_add_test(exchanges, challenges_that_are_none);
        tcase_add_test(exchanges, signatures_that_are_none);
    } else {
        tcase_add_test(exchanges, without_openssl_it_says_so);
    }
    suite_add_tcase(suite, exchanges);
    return suite_run(suite);
}
