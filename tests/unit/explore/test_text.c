/* What is given as text: link settings and targets. */
#include <check.h>
#include <string.h>

#include "explore/link_text.h"
#include "explore/target.h"

START_TEST(a_link_has_five_settings_in_both_directions) {
    DrillWorldLink link;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(
        drill_link_text_parse("delay=200ms,jitter=10ms,loss=5%,rate=64kbit,queue=16KiB", &link,
                              &diagnostic),
        DRILL_OK);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(link.direction[i].delay_ns, 200 * DRILL_NS_PER_MS);
        ck_assert_uint_eq(link.direction[i].jitter_ns, 10 * DRILL_NS_PER_MS);
        ck_assert_uint_eq(link.direction[i].loss_numerator * 100,
                          link.direction[i].loss_denominator * 5);
        ck_assert_uint_eq(link.direction[i].rate_bits_per_s, 64000);
        ck_assert_uint_eq(link.direction[i].queue_bytes, 16384);
    }
    ck_assert(!link.stream);
    ck_assert_int_eq(drill_link_text_parse("loss=1/50", &link, &diagnostic), DRILL_OK);
    ck_assert_uint_eq(link.direction[0].delay_ns, 0); /* nothing is left of the last one */
    ck_assert_uint_eq(link.direction[1].loss_numerator * 50, link.direction[1].loss_denominator);
}
END_TEST

typedef struct Bad {
    const char *text;
    const char *message;
} Bad;

static const Bad bad_links[] = {
    {"", "link: expected NAME=VALUE, got \"\""},
    {"delay", "link: expected NAME=VALUE, got \"delay\""},
    {"delay=1ms,", "link: expected NAME=VALUE, got \"\""},
    {"delay=fast", "link: delay: expected a duration like 200ms, got \"fast\""},
    {"jitter=", "link: jitter: expected a duration like 10ms, got \"\""},
    {"loss=150%", "link: loss: expected a ratio like 5% or 1/50, got \"150%\""},
    {"loss=1/0", "link: loss: expected a ratio like 5% or 1/50, got \"1/0\""},
    {"rate=64", "link: rate: expected a rate like 64kbit, got \"64\""},
    {"queue=-1", "link: queue: expected a size like 16KiB, got \"-1\""},
    {"mtu=1500", "link: no setting \"mtu\"; there are delay jitter loss rate queue"},
    {"=1", "link: no setting \"\"; there are delay jitter loss rate queue"},
};

START_TEST(wrong_links_are_explained) {
    DrillWorldLink link;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_link_text_parse(bad_links[_i].text, &link, &diagnostic), DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text, bad_links[_i].message);
}
END_TEST

typedef struct Good {
    const char *text, *host;
    uint16_t port;
    bool live;
} Good;

static const Good good_targets[] = {
    {"sim", "", 0, false},
    {"mqtt://localhost", "localhost", 1883, true},
    {"mqtt://localhost:1884", "localhost", 1884, true},
    {"mqtt://127.0.0.1:65535", "127.0.0.1", 65535, true},
    {"mqtt://[::1]", "::1", 1883, true},
    {"mqtt://[::1]:7", "::1", 7, true},
};

START_TEST(targets) {
    DrillTarget target;
    DrillDiagnostic diagnostic = {""};
    ck_assert_msg(drill_target_parse(good_targets[_i].text, &target, &diagnostic) == DRILL_OK, "%s",
                  diagnostic.text);
    ck_assert_int_eq(target.live, good_targets[_i].live);
    ck_assert_str_eq(target.host, good_targets[_i].host);
    ck_assert_uint_eq(target.port, good_targets[_i].port);
    ck_assert_str_eq(target.url, target.live ? good_targets[_i].text : "");
}
END_TEST

typedef struct Refused {
    const char *text;
    DrillResult result;
    const char *part;
} Refused;

static const Refused bad_targets[] = {
    {"", DRILL_INVALID, "expected sim or mqtt://HOST:PORT"},
    {"simulation", DRILL_INVALID, "expected sim or mqtt://HOST:PORT"},
    {"localhost:1883", DRILL_INVALID, "expected sim or mqtt://HOST:PORT"},
    {"mqtt://", DRILL_INVALID, "expected mqtt://HOST:PORT"},
    {"mqtt://:1883", DRILL_INVALID, "expected mqtt://HOST:PORT"},
    {"mqtt://h/path", DRILL_INVALID, "expected mqtt://HOST:PORT"},
    {"mqtt://[::1", DRILL_INVALID, "no ']'"},
    {"mqtt://[]:1", DRILL_INVALID, "expected mqtt://HOST:PORT"},
    {"mqtt://[::1]1883", DRILL_INVALID, "expected mqtt://HOST:PORT"},
    {"mqtt://h:", DRILL_INVALID, "expected a port from 1 to 65535, got \"\""},
    {"mqtt://h:0", DRILL_INVALID, "expected a port from 1 to 65535"},
    {"mqtt://h:65536", DRILL_INVALID, "expected a port from 1 to 65535"},
    {"mqtt://h:1x", DRILL_INVALID, "expected a port from 1 to 65535"},
    {"mqtts://h", DRILL_NOT_THERE_YET, "mqtts://"},
    {"ws://h", DRILL_NOT_THERE_YET, "not there yet"},
    {"wss://h", DRILL_NOT_THERE_YET, "not there yet"},
    {"exec:mosquitto", DRILL_NOT_THERE_YET, "not there yet"},
};

START_TEST(wrong_targets_are_explained) {
    DrillTarget target;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_target_parse(bad_targets[_i].text, &target, &diagnostic),
                     bad_targets[_i].result);
    ck_assert_msg(strstr(diagnostic.text, bad_targets[_i].part) != NULL, "%s", diagnostic.text);
}
END_TEST

START_TEST(long_targets_do_not_overflow) {
    char text[1024] = "mqtt://";
    DrillTarget target;
    DrillDiagnostic diagnostic = {""};
    for (size_t size = 240; size < 1000; size++) {
        memset(text + 7, 'h', size);
        text[7 + size] = '\0';
        DrillResult result = drill_target_parse(text, &target, &diagnostic);
        ck_assert_int_eq(result, size < sizeof(target.host) ? DRILL_OK : DRILL_INVALID);
    }
}
END_TEST

START_TEST(nobody_there_is_said_in_time) {
    DrillTarget target;
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_target_parse("mqtt://127.0.0.1:1", &target, &diagnostic), DRILL_OK);
    ck_assert_int_eq(drill_target_await(&target, 50 * DRILL_NS_PER_MS, &diagnostic), DRILL_IO);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "mqtt://127.0.0.1:1: "));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explore/text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, a_link_has_five_settings_in_both_directions);
    tcase_add_loop_test(tests, wrong_links_are_explained, 0, (int)DRILL_ARRAY_COUNT(bad_links));
    tcase_add_loop_test(tests, targets, 0, (int)DRILL_ARRAY_COUNT(good_targets));
    tcase_add_loop_test(tests, wrong_targets_are_explained, 0, (int)DRILL_ARRAY_COUNT(bad_targets));
    tcase_add_test(tests, long_targets_do_not_overflow);
    tcase_add_test(tests, nobody_there_is_said_in_time);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
