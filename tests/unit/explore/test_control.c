/* The control interface's requests, on a simulated world: answers, refusals, and what is recorded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/broker_text.h"
#include "explore/control.h"
#include "script/broker_fields.h"
#include "unit/suite.h"

typedef struct Setting {
    DrillArena *arena;
    DrillDriver *driver;
    DrillTracer *tracer;
    DrillControlled controlled;
    DrillWorldClient *client;
    DrillBuffer answer;
    size_t recorded;
} Setting;

static void on_event(void *context, const DrillTraceEvent *event) {
    ((Setting *)context)->recorded += event->kind == DRILL_TRACE_OUTSIDE_CONTROL;
}

/* One virtual client that is connected. */
static Setting *setting_new(void) {
    Setting *setting = calloc(1, sizeof(*setting));
    ck_assert_ptr_nonnull(setting);
    setting->answer.allocator = drill_allocator_malloc();
    setting->arena = drill_arena_new(DRILL_ARENA_MALLOC, (size_t)1 << 30);
    setting->driver = drill_driver_virtual();
    DrillTracerOptions tracer = {.allocator = drill_arena_allocator(setting->arena)};
    setting->tracer = drill_tracer_new(&tracer);
    drill_tracer_add_sink(setting->tracer, (DrillTraceSink){.context = setting, .event = on_event});
    DrillWorldOptions options = {.arena = setting->arena,
                                 .driver = setting->driver,
                                 .tracer = setting->tracer,
                                 .version = DRILL_MQTT_3_1_1};
    DrillTraceHeader header = {.version = DRILL_MQTT_3_1_1};
    drill_tracer_header(setting->tracer, &header);
    setting->controlled = (DrillControlled){.world = drill_world_new(&options),
                                            .arena = setting->arena,
                                            .judging_arena = setting->arena};
    DrillWorldClientOptions client = {
        .name = "x",
        .client = {.version = DRILL_MQTT_3_1_1, .client_id = drill_span_of("x"), .clean = true}};
    DrillDiagnostic diagnostic;
    ck_assert_int_eq(
        drill_world_add_client(setting->controlled.world, &client, &setting->client, &diagnostic),
        DRILL_OK);
    ck_assert_int_eq(drill_world_connect(setting->client, NULL, &diagnostic), DRILL_OK);
    for (int i = 0; i < 20; i++)
        (void)drill_world_step(setting->controlled.world);
    return setting;
}

static void setting_free(Setting *setting) {
    drill_world_free(setting->controlled.world);
    setting->driver->free(setting->driver);
    drill_arena_free(setting->arena);
    drill_buffer_release(&setting->answer);
    free(setting);
}

static int ask(Setting *setting, const char *text) {
    drill_buffer_clear(&setting->answer);
    return drill_control_request(&setting->controlled, drill_span_of(text), &setting->answer);
}

static bool says(Setting *setting, const char *text) {
    return strstr(drill_buffer_cstring(&setting->answer), text) != NULL;
}

START_TEST(looking_changes_and_records_nothing) {
    Setting *setting = setting_new();
    ck_assert_int_eq(ask(setting, "GET /v1/connections\n"), 200);
    ck_assert(says(setting, "\"id\":1,\"client\":\"x\",\"real\":false,\"state\":\"open\""));
    ck_assert_int_eq(ask(setting, "GET /v1/connections/1\n"), 200);
    ck_assert_int_eq(ask(setting, "GET /v1/counters\n"), 200);
    ck_assert(says(setting, "\"opened\":1"));
    ck_assert_int_eq(ask(setting, "GET /v1/link\n"), 200);
    ck_assert(says(setting, "{\"c>b\":{},\"b>c\":{}}"));
    ck_assert_uint_eq(setting->recorded, 0);
    setting_free(setting);
}
END_TEST

START_TEST(settings_are_changed_by_name) {
    Setting *setting = setting_new();
    const DrillLink *link = drill_world_link(setting->client);
    ck_assert_int_eq(
        ask(setting, "PUT /v1/link\n{\"delay\":\"100ms\",\"c>b.loss\":\"5%\",\"queue\":3000}"),
        200);
    ck_assert_uint_eq(drill_link_settings(link, 0)->delay_ns, 100 * DRILL_NS_PER_MS);
    ck_assert_uint_eq(drill_link_settings(link, 1)->delay_ns, 100 * DRILL_NS_PER_MS);
    ck_assert_uint_eq(drill_link_settings(link, 0)->queue_bytes, 3000);
    ck_assert_uint_gt(drill_link_settings(link, 0)->loss_numerator, 0);
    ck_assert_uint_eq(drill_link_settings(link, 1)->loss_numerator, 0);
    ck_assert_uint_eq(drill_world_default_link(setting->controlled.world)->direction[0].delay_ns,
                      100 * DRILL_NS_PER_MS);
    /* The preset first, though it stands behind; and only what is named. */
    ck_assert_int_eq(
        ask(setting, "PUT /v1/connections/1/link\n{\"delay\":\"7ms\",\"preset\":\"geo\"}"), 200);
    ck_assert_uint_eq(drill_link_settings(link, 0)->delay_ns, 7 * DRILL_NS_PER_MS);
    ck_assert_uint_gt(drill_link_settings(link, 0)->rate_bits_per_s, 0);
    ck_assert_int_eq(ask(setting, "PUT /v1/connections/1/link\n{\"rate\":\"off\"}"), 200);
    ck_assert_uint_eq(drill_link_settings(link, 0)->rate_bits_per_s, 0);
    ck_assert_uint_eq(drill_link_settings(link, 0)->delay_ns, 7 * DRILL_NS_PER_MS);
    ck_assert_uint_eq(setting->recorded, 3);
    setting_free(setting);
}
END_TEST

START_TEST(faults_strike) {
    Setting *setting = setting_new();
    ck_assert_int_eq(ask(setting, "POST /v1/partition\n{\"duration\":\"1s\"}"), 200);
    ck_assert_int_eq(ask(setting, "POST /v1/connections/1/partition\n"
                                  "{\"duration\":\"1s\",\"direction\":\"c>b\",\"stall\":true}"),
                     200);
    ck_assert_int_eq(ask(setting, "POST /v1/connections/1/cut\n{\"before\":\"PINGREQ\"}"), 200);
    ck_assert_int_eq(ask(setting, "DELETE /v1/connections/1\n"), 200);
    for (int i = 0; i < 20; i++)
        (void)drill_world_step(setting->controlled.world);
    ck_assert(!drill_world_client_is_open(setting->client));
    ck_assert_uint_eq(setting->recorded, 4);
    ck_assert_int_ge(ask(setting, "DELETE /v1/connections/1\n"), 404);
    ck_assert_int_eq(ask(setting, "POST /v1/stop\n"), 200);
    ck_assert(setting->controlled.stop);
    setting_free(setting);
}
END_TEST

static const struct {
    int status;
    const char *field, *text;
} refused[] = {
    {400, "request line", "nonsense"},
    {404, "path", "GET /\n"},
    {404, "path", "GET /v1/connections/\n"},
    {404, "path", "GET /v1/connections/1/\n"},
    {404, "id", "GET /v1/connections/0\n"},
    {404, "id", "GET /v1/connections/18446744073709551615\n"},
    {405, "method", "DELETE /v1/link\n"},
    {400, "body", "PUT /v1/link\n{"},
    {400, "body", "PUT /v1/link\n{} {}"},
    {400, "body", "PUT /v1/link\n\"delay\""},
    {400, "speed", "PUT /v1/link\n{\"speed\":\"1\"}"},
    {400, "c>b.speed", "PUT /v1/link\n{\"delay\":\"1ms\",\"c>b.speed\":\"1\"}"},
    {400, "delay", "PUT /v1/link\n{\"delay\":1.5}"},
    {400, "delay", "PUT /v1/link\n{\"delay\":null}"},
    {400, "preset", "PUT /v1/link\n{\"preset\":\"telegraph\"}"},
    {400, "how", "POST /v1/connections/1/cut\n{\"how\":7}"},
    {400, "why", "POST /v1/connections/1/cut\n{\"why\":7}"},
    {400, "inside", "POST /v1/connections/1/cut\n{\"inside\":3}"},
    {400, "byte", "POST /v1/connections/1/cut\n{\"inside\":\"PUBLISH\",\"byte\":-1}"},
    {400, "duration", "POST /v1/partition\n{\"duration\":5}"},
    {400, "stall", "POST /v1/partition\n{\"duration\":\"5s\",\"stall\":1}"},
};

START_TEST(what_cannot_be_done_changes_nothing) {
    Setting *setting = setting_new();
    char field[64];
    ck_assert_int_eq(ask(setting, refused[_i].text), refused[_i].status);
    (void)strcpy(field, "{\"error\":{\"field\":\"");
    (void)strcat(field, refused[_i].field);
    (void)strcat(field, "\",\"text\":");
    ck_assert_msg(says(setting, field), "%s", drill_buffer_cstring(&setting->answer));
    ck_assert_uint_eq(setting->recorded, 0);
    ck_assert_uint_eq(drill_link_settings(drill_world_link(setting->client), 0)->delay_ns, 0);
    setting_free(setting);
}
END_TEST

START_TEST(broker_options_by_name) {
    DrillBrokerConfig config = {0};
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(drill_broker_text_parse("retry=10s,inflight_max=20,overlap=each,"
                                             "qos2_forward=publish,queue_policy=drop-oldest,"
                                             "queue_qos0_offline=true,queue_messages_max=5,"
                                             "connections_max=7,refuse_empty_client_id=true,"
                                             "connect_timeout=1s,first_packet_identifier=9",
                                             &config, &diagnostic),
                     DRILL_OK);
    ck_assert_uint_eq(config.retry_ns, 10 * DRILL_NS_PER_S);
    ck_assert_uint_eq(config.inflight_max, 20);
    ck_assert_int_eq(config.overlap, DRILL_OVERLAP_COPY_PER_SUBSCRIPTION);
    ck_assert_int_eq(config.qos2_forward, DRILL_QOS2_ON_PUBLISH);
    ck_assert_int_eq(config.queue_policy, DRILL_QUEUE_DROP_OLDEST);
    ck_assert(config.queue_qos0_offline && config.refuse_empty_client_id);
    ck_assert_uint_eq(config.queue_messages_max, 5);
    ck_assert_uint_eq(config.connections_max, 7);
    ck_assert_uint_eq(config.connect_timeout_ns, DRILL_NS_PER_S);
    ck_assert_uint_eq(config.first_packet_identifier, 9);
    static const char *const bad[] = {
        "", "retry", "tries=3", "retry=x", "inflight_max=65536", "overlap=two", "retry=1s,"};
    for (size_t i = 0; i < DRILL_ARRAY_COUNT(bad); i++)
        ck_assert_int_eq(drill_broker_text_parse(bad[i], &config, &diagnostic), DRILL_INVALID);
}
END_TEST

/* docs/broker.md names every option. */
START_TEST(broker_options_are_documented) {
    static char page[20000];
    size_t count = 0;
    FILE *file = fopen(DRILL_SOURCE_DIR "/docs/broker.md", "r");
    ck_assert_ptr_nonnull(file);
    page[fread(page, 1, sizeof page - 1, file)] = 0;
    (void)fclose(file);
    const DrillBrokerField *fields = drill_broker_fields(&count);
    for (size_t i = 0; i < count; i++) {
        char name[80];
        snprintf(name, sizeof name, "`%s`", fields[i].name);
        ck_assert_msg(strstr(page, name) != NULL, "%s", name);
        for (size_t k = 0; fields[i].choices != NULL && fields[i].choices[k] != NULL; k++)
            ck_assert_msg(strstr(page, fields[i].choices[k]) != NULL, "%s", fields[i].choices[k]);
    }
}
END_TEST

START_TEST(broker_options_of_5_0) {
    DrillBrokerConfig config = {0};
    DrillDiagnostic diagnostic = {""};
    ck_assert_int_eq(
        drill_broker_text_parse("receive_maximum=5,maximum_packet_size=1KiB,maximum_qos=1,"
                                "granted_qos_max=2,retain_available=false,"
                                "shared_subscription_available=true,server_keep_alive=90s,"
                                "session_expiry_maximum=1h,redirect=moved,server_reference=b:1883,"
                                "share_strategy=sticky,payload_format=pass,reason_strings=false,"
                                "retry=0s",
                                &config, &diagnostic),
        DRILL_OK);
    ck_assert_uint_eq(config.receive_maximum, 5);
    ck_assert_uint_eq(config.maximum_packet_size, 1024);
    ck_assert(config.limit_publish_qos && config.publish_qos_max == DRILL_QOS_1);
    ck_assert(!config.limit_granted_qos);
    ck_assert(config.no_retain && !config.no_shared && config.no_reason_strings);
    ck_assert(config.has_server_keep_alive && config.server_keep_alive_s == 90);
    ck_assert(config.limit_session_expiry && config.session_expiry_max_s == 3600);
    ck_assert_uint_eq(config.redirect, 0x9D);
    ck_assert(drill_span_is(config.server_reference, "b:1883"));
    ck_assert_int_eq(config.share_strategy, DRILL_SHARE_STICKY);
    ck_assert(config.pass_bad_payload_format);
    ck_assert_uint_eq(config.retry_ns, DRILL_NEVER);
    ck_assert_int_eq(drill_broker_text_parse("session_expiry_maximum=never", &config, &diagnostic),
                     DRILL_OK);
    ck_assert(!config.limit_session_expiry);
    ck_assert_int_eq(drill_broker_text_parse("maximum_qos=2", &config, &diagnostic), DRILL_OK);
    ck_assert(!config.limit_publish_qos);
    ck_assert_int_eq(drill_broker_text_parse("server_keep_alive=90000s", &config, &diagnostic),
                     DRILL_INVALID);
    ck_assert_str_eq(diagnostic.text,
                     "broker: server_keep_alive: expected whole seconds like 90s, got \"90000s\"");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explore/control");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, looking_changes_and_records_nothing);
    tcase_add_test(tests, settings_are_changed_by_name);
    tcase_add_test(tests, faults_strike);
    tcase_add_loop_test(tests, what_cannot_be_done_changes_nothing, 0,
                        (int)DRILL_ARRAY_COUNT(refused));
    tcase_add_test(tests, broker_options_by_name);
    tcase_add_test(tests, broker_options_of_5_0);
    tcase_add_test(tests, broker_options_are_documented);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
