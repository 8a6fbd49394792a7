/* Link settings as text: what is read, what is written, what is refused. */
#include "net/settings.h"
#include "pair.h"

static DrillAllocator memory(void) {
    return drill_allocator_malloc();
}

static DrillResult parse(DrillLinkSettings pair[2], const char *text, DrillDiagnostic *diagnostic) {
    return drill_link_pair_parse(pair, drill_span_of(text), diagnostic);
}

static void check_printed(const DrillLinkSettings *settings, const char *expected) {
    DrillBuffer out = {.allocator = memory()};
    drill_link_settings_print(settings, &out);
    ck_assert_str_eq(drill_buffer_cstring(&out), expected);
    drill_buffer_release(&out);
}

typedef struct Sample {
    const char *text, *printed; /* NULL: the same */
} Sample;

static const Sample samples[] = {
    {"delay=200ms,jitter=10ms,loss=5%,rate=64kbit,queue=16KiB", NULL},
    {"latency=1500ms,bandwidth=1000kbit", "delay=1500ms,rate=1Mbit"},
    {"delay=1s,jitter=1500us,distribution=paretonormal,delay_correlation=25%", NULL},
    {"fifo=false", NULL},
    {"fifo=true", ""},
    {"loss=1/50,loss_correlation=30%", NULL},
    {"loss_markov=1%:20%:30%:1/3:5/1000", NULL},
    {"loss_gilbert=1%:20%", NULL},
    {"duplicate=1%,corrupt=2%,corrupt_deliver=true,reorder=25%,reorder_gap=5", NULL},
    {"rate=9600bit,overhead=28,cell=48,cell_overhead=5,queue_packets=10,discipline=codel", NULL},
    {"slot=20ms,slot_max=30ms,slot_packets=8,slot_bytes=1500", NULL},
    {"mtu=1280,mtu_tell=true", NULL},
    {"slow_close=2s,timeout=0,reset_peer=never", NULL},
    {"slicer=64,slicer_variation=32,slicer_delay=7ns,limit_data=1000,down=true", NULL},
    {"nat_idle=300s,rebind=60s,fin_delay=3s,outage=10s/60s", NULL},
    {"outage=5s-8s+20s-30s", NULL},
};

START_TEST(texts_are_read_and_written) {
    const Sample *sample = &samples[_i];
    DrillLinkSettings pair[2] = {{0}, {0}};
    DrillDiagnostic diagnostic = {{0}};
    DrillResult result = parse(pair, sample->text, &diagnostic);
    ck_assert_msg(result == DRILL_OK, "%s", diagnostic.text);
    const char *printed = sample->printed != NULL ? sample->printed : sample->text;
    check_printed(&pair[0], printed);
    ck_assert_mem_eq(&pair[0], &pair[1], sizeof pair[0]);
    DrillLinkSettings again[2] = {{0}, {0}};
    if (printed[0] != '\0') ck_assert_int_eq(parse(again, printed, NULL), DRILL_OK);
    check_printed(&again[1], printed);
}
END_TEST

/* Settings are changed while a link goes on: what is there can be taken away. */
START_TEST(off_takes_away) {
    static const char *const texts[][2] = {
        {"delay=5s", "delay=off"},
        {"timeout=5s,outage=1s/2s,loss_gilbert=1%:2%", "timeout=off,outage=off,loss_gilbert=off"}};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(texts); i++) {
        DrillLinkSettings pair[2] = {{0}, {0}};
        ck_assert_int_eq(parse(pair, texts[i][0], NULL), DRILL_OK);
        ck_assert_int_eq(parse(pair, texts[i][1], NULL), DRILL_OK);
        check_printed(&pair[0], "");
        check_printed(&pair[1], "");
    }
}
END_TEST

START_TEST(names_stand_once) {
    DrillLinkSettings pair[2] = {{0}, {0}};
    DrillDiagnostic diagnostic = {{0}};
    ck_assert_int_eq(parse(pair, "delay=5s,loss=1%,delay=off", &diagnostic), DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text, "link: delay is there twice");
    ck_assert_int_eq(parse(pair, "delay=5s,c>b.delay=6s", &diagnostic), DRILL_OK);
}
END_TEST

START_TEST(directions_are_set_apart) {
    DrillLinkSettings pair[2] = {{0}, {0}};
    ck_assert_int_eq(parse(pair, "delay=10ms,c>b.delay=30ms,b>c.loss=1%", NULL), DRILL_OK);
    check_printed(&pair[0], "delay=30ms");
    check_printed(&pair[1], "delay=10ms,loss=1%");
    ck_assert_int_eq(parse(pair, "c>b.preset=lte", NULL), DRILL_OK);
    check_printed(&pair[0], "delay=35ms,jitter=5ms,loss=1/1000,rate=12Mbit,queue=256KiB");
    check_printed(&pair[1], "delay=10ms,loss=1%");
}
END_TEST

typedef struct Refused {
    const char *text, *message;
} Refused;

static const Refused refused[] = {
    {"", "expected NAME=VALUE"},
    {"delay", "expected NAME=VALUE"},
    {"delay=1s,", "expected NAME=VALUE"},
    {"delay=fast", "delay: expected a duration such as \"250ms\" or \"5s\", got \"fast\""},
    {"dealy=1s", "no setting \"dealy\"; there are delay"},
    {"loss=101%", "loss: expected a ratio"},
    {"loss_gilbert=1%:2%:3%:4%:5%", "loss_gilbert: expected ratios"},
    {"loss_gilbert=", "loss_gilbert: expected ratios"},
    {"distribution=gauss", "distribution: expected uniform"},
    {"discipline=red", "discipline: expected droptail or codel"},
    {"down=yes", "down: expected true or false"},
    {"outage=5s", "outage: expected 10s/60s"},
    {"outage=61s/60s", "outage: expected"},
    {"outage=5s-4s", "outage: expected"},
    {"outage=5s-8s+7s-9s", "outage: expected"},
    {"table=x.txt", "files can be named"},
    {"preset=5g", "no preset \"5g\"; there are gprs"},
    {"c>b.nothing=1", "no setting \"nothing\""},
};

START_TEST(nonsense_is_refused_and_changes_nothing) {
    DrillLinkSettings pair[2] = {{.delay_ns = 5}, {.delay_ns = 6}};
    DrillLinkSettings before[2] = {pair[0], pair[1]};
    DrillDiagnostic diagnostic = {{0}};
    ck_assert_int_eq(parse(pair, refused[_i].text, &diagnostic), DRILL_INVALID);
    ck_assert_msg(strstr(diagnostic.text, refused[_i].message) != NULL, "%s", diagnostic.text);
    ck_assert_mem_eq(pair, before, sizeof pair);
}
END_TEST

static const Refused impossible[] = {
    {"loss_gilbert=1%:2%,loss_markov=1%:2%", "exclude each other"},
    {"loss_markov=60%:1%:1%:1%:50%", "p13 + p14"},
    {"loss_markov=1%:60%:50%", "p31 + p32"},
    {"slot=3s,slot_max=2s", "slot_max"},
    {"slicer=10,slicer_variation=10", "slicer_variation"},
    {"distribution=table", "needs a table"},
    {"discipline=codel", "needs a rate"},
    {"delay_correlation=1%", "delay_correlation needs jitter"},
    {"reorder_gap=3", "reorder_gap needs reorder"},
    {"mtu_tell=true", "mtu_tell needs mtu"},
};

START_TEST(impossible_combinations_are_refused) {
    DrillLinkSettings pair[2] = {{0}, {0}};
    DrillDiagnostic diagnostic = {{0}};
    ck_assert_int_eq(parse(pair, impossible[_i].text, NULL), DRILL_OK);
    ck_assert_int_eq(drill_link_settings_validate(&pair[0], false, &diagnostic), DRILL_INVALID);
    ck_assert_msg(strstr(diagnostic.text, impossible[_i].message) != NULL, "%s", diagnostic.text);
}
END_TEST

START_TEST(streams_refuse_what_loses) {
    size_t losing = 0;
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(samples); i++) {
        DrillLinkSettings pair[2] = {{0}, {0}};
        ck_assert_int_eq(parse(pair, samples[i].text, NULL), DRILL_OK);
        ck_assert_int_eq(drill_link_settings_validate(&pair[0], false, NULL), DRILL_OK);
        DrillDiagnostic diagnostic = {{0}};
        if (drill_link_settings_validate(&pair[0], true, &diagnostic) == DRILL_OK) continue;
        ck_assert_ptr_nonnull(strstr(diagnostic.text, "loses nothing"));
        losing++;
    }
    ck_assert_uint_eq(losing, 9);
}
END_TEST

START_TEST(presets_are_good) {
    size_t count = 0;
    for (const DrillLinkPreset *preset; (preset = drill_link_preset_at(count)) != NULL; count++) {
        DrillLinkSettings pair[2] = {{0}, {0}};
        DrillDiagnostic diagnostic = {{0}};
        DrillResult result = parse(pair, preset->text, &diagnostic);
        ck_assert_msg(result == DRILL_OK, "%s: %s", preset->name, diagnostic.text);
        for (int i = 0; i < 2; i++) {
            result = drill_link_settings_validate(&pair[i], false, &diagnostic);
            ck_assert_msg(result == DRILL_OK, "%s: %s", preset->name, diagnostic.text);
            ck_assert_uint_gt(pair[i].delay_ns, 0);
        }
    }
    ck_assert_uint_ge(count, 11);
}
END_TEST

START_TEST(tables_are_read_from_files) {
    DrillLinkSettings settings = {0};
    const char *text = "# normal\n -8192 0\r\n\n 8192 # end";
    ck_assert_int_eq(drill_link_table_parse(drill_span_of(text), memory(), &settings, NULL),
                     DRILL_OK);
    ck_assert_uint_eq(settings.table_count, 3);
    ck_assert_int_eq(settings.table[0], -8192);
    ck_assert_int_eq(settings.table[2], 8192);
    check_printed(&settings, "distribution=table,table=(3 values)");
    drill_release(memory(), (void *)(uintptr_t)settings.table, 3 * sizeof(int16_t));
    DrillDiagnostic diagnostic = {{0}};
    const char *bad[] = {"", "# nothing", "1 2 x", "40000", "--1"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(bad); i++) {
        ck_assert_int_eq(
            drill_link_table_parse(drill_span_of(bad[i]), memory(), &settings, &diagnostic),
            DRILL_INVALID);
    }
}
END_TEST

START_TEST(recorded_links_are_read_from_files) {
    DrillLinkSettings settings = {0};
    const char *text = "time,delay,rate,loss\n0s, 80ms, 64kbit, 2%\n1.5s,10ms,0,0\n";
    ck_assert_int_eq(drill_link_replay_parse(drill_span_of(text), memory(), &settings, NULL),
                     DRILL_OK);
    ck_assert_uint_eq(settings.replay_count, 2);
    ck_assert_uint_eq(settings.replay[1].time_ns, 1500 * MS);
    ck_assert_uint_eq(settings.replay[0].rate_bits_per_s, 64000);
    ck_assert_uint_eq(settings.replay[0].loss.numerator, 2);
    drill_release(memory(), (void *)(uintptr_t)settings.replay, 2 * sizeof(DrillLinkRow));
    const char *bad[] = {"", "1s,2ms,0", "1s,2ms,0,0\n1s,2ms,0,0", "a,b,c,d"};
    DrillDiagnostic diagnostic = {{0}};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(bad); i++) {
        ck_assert_int_eq(
            drill_link_replay_parse(drill_span_of(bad[i]), memory(), &settings, &diagnostic),
            DRILL_INVALID);
    }
}
END_TEST

START_TEST(every_setting_explains_itself) {
    for (size_t i = 0; drill_link_setting_at(i) != NULL; i++) {
        const DrillSetting *row = drill_link_setting_at(i);
        ck_assert_ptr_eq(drill_link_setting_find(drill_span_of(row->name)), row);
        ck_assert_uint_gt(strlen(row->help), 3);
        ck_assert_uint_gt(strlen(drill_link_setting_expects(row)), 3);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("net/link_settings");
    TCase *tcase = tcase_create("settings");
    tcase_add_loop_test(tcase, texts_are_read_and_written, 0, DRILL_ARRAY_COUNT(samples));
    tcase_add_test(tcase, directions_are_set_apart);
    tcase_add_test(tcase, off_takes_away);
    tcase_add_test(tcase, names_stand_once);
    tcase_add_loop_test(tcase, nonsense_is_refused_and_changes_nothing, 0,
                        DRILL_ARRAY_COUNT(refused));
    tcase_add_loop_test(tcase, impossible_combinations_are_refused, 0,
                        DRILL_ARRAY_COUNT(impossible));
    tcase_add_test(tcase, streams_refuse_what_loses);
    tcase_add_test(tcase, presets_are_good);
    tcase_add_test(tcase, tables_are_read_from_files);
    tcase_add_test(tcase, recorded_links_are_read_from_files);
    tcase_add_test(tcase, every_setting_explains_itself);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
