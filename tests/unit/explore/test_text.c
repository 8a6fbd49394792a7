/* What is given as text: link settings and targets. */
#include <stdio.h>
#include <string.h>

#include "explore/link_text.h"
#include "explore/target.h"
#include "unit/suite.h"

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
    {"delay=fast", "link: delay: expected a duration such as \"250ms\" or \"5s\", got \"fast\""},
    {"jitter=", "link: jitter: expected a duration such as \"250ms\" or \"5s\", got \"\""},
    {"loss=150%", "link: loss: expected a ratio such as \"2%\" or \"1/50\", got \"150%\""},
    {"loss=1/0", "link: loss: expected a ratio such as \"2%\" or \"1/50\", got \"1/0\""},
    {"rate=64", "link: rate: expected a rate such as \"64kbit\" or \"1Mbit\", got \"64\""},
    {"queue=-1", "link: queue: expected a size such as \"1500\" or \"256KiB\", got \"-1\""},
    {"mtu_tell=true", "link: mtu_tell needs mtu"},
    {"c>b.table=/nowhere/at/all", "link: /nowhere/at/all: No such file or directory"},
};

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(files_of_links_are_read) {
    DrillWorldLink link;
    DrillDiagnostic diagnostic = {{0}};
    write_file("link_table.txt", "-8192 0 8192\n");
    write_file("link_replay.csv", "time,delay,rate,loss\n0s,80ms,64kbit,2%\n");
    const char *text = "jitter=5ms,b>c.table=link_table.txt,replay=link_replay.csv,c>b.delay=1s";
    ck_assert_int_eq(drill_link_text_parse(text, &link, &diagnostic), DRILL_OK);
    ck_assert_uint_eq(link.direction[0].table_count, 0);
    ck_assert_uint_eq(link.direction[1].table_count, 3);
    ck_assert_int_eq(link.direction[1].distribution, DRILL_DELAY_TABLE);
    ck_assert_uint_eq(link.direction[0].replay_count, 1);
    ck_assert_uint_eq(link.direction[1].replay[0].delay_ns, 80 * DRILL_NS_PER_MS);
    ck_assert_uint_eq(link.direction[0].delay_ns, DRILL_NS_PER_S);
    drill_link_text_release(&link);
    ck_assert_ptr_null(link.direction[0].replay);
    write_file("link_replay.csv", "now and then\n");
    ck_assert_int_eq(drill_link_text_parse(text, &link, &diagnostic), DRILL_INVALID);
    ck_assert_ptr_nonnull(strstr(diagnostic.text, "replay: line 1"));
    remove("link_table.txt");
    remove("link_replay.csv");
}
END_TEST

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
    tcase_add_test(tests, files_of_links_are_read);
    tcase_add_loop_test(tests, wrong_links_are_explained, 0, (int)DRILL_ARRAY_COUNT(bad_links));
    tcase_add_loop_test(tests, targets, 0, (int)DRILL_ARRAY_COUNT(good_targets));
    tcase_add_loop_test(tests, wrong_targets_are_explained, 0, (int)DRILL_ARRAY_COUNT(bad_targets));
    tcase_add_test(tests, long_targets_do_not_overflow);
    tcase_add_test(tests, nobody_there_is_said_in_time);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
