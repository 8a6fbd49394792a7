#include "cli/service_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mqttdrill/codec.h>

#include "cli/report_files.h"
#include "cli/run_plan.h"
#include "explore/broker_text.h"
#include "explore/link_text.h"

bool drill_listen_address_parse(const char *text, char *host, size_t host_size,
                                DrillListenAddress *out) {
    const char *name = text, *port = strrchr(text, ':');
    size_t size = port ? (size_t)(port - text) : 0;
    if (text[0] == '[') {
        const char *end = strchr(text, ']');
        if (!end || end[1] != ':') return false;
        name++;
        size = (size_t)(end - name);
        port = end + 1;
        if (size == 0) return false;
    } else if (port && strchr(text, ':') != port) {
        return false; /* IPv6 needs brackets */
    }
    uint64_t number;
    if (drill_parse_u64(drill_span_of(port ? port + 1 : text), &number) != DRILL_OK ||
        number > 65535 || size >= host_size)
        return false;
    if (size == 0) {
        name = "127.0.0.1";
        size = strlen(name);
    }
    memcpy(host, name, size);
    host[size] = '\0';
    *out = (DrillListenAddress){.host = host, .port = (uint16_t)number};
    return true;
}

/* --- options --- */

static int read_address(const DrillArguments *arguments, const char *option, char *host,
                        size_t host_size, DrillListenAddress *out) {
    const char *text = drill_arguments_get(arguments, option);
    if (drill_listen_address_parse(text, host, host_size, out)) return 0;
    return drill_complain(arguments, DRILL_EXIT_USAGE,
                          "%s: expected PORT, HOST:PORT or [IPV6]:PORT, got \"%s\"", option, text);
}

static int read_addresses(const DrillArguments *arguments, DrillServiceCommand *command) {
    if (!drill_arguments_get(arguments, "--listen"))
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "where to listen? --listen 127.0.0.1:1883 (port 0: any)");
    int status = read_address(arguments, "--listen", command->listen_host,
                              sizeof(command->listen_host), &command->options.listen);
    if (status != 0 || !drill_arguments_get(arguments, "--control")) return status;
    command->options.control = &command->control;
    return read_address(arguments, "--control", command->control_host,
                        sizeof(command->control_host), &command->control);
}

static int read_defects(const DrillArguments *arguments, DrillServiceCommand *command) {
    const char *name;
    for (size_t i = 0; (name = drill_arguments_nth(arguments, "--defect", i)); i++) {
        int id = drill_arguments_defect(arguments, name);
        if (id < 0) return DRILL_EXIT_USAGE;
        if (strcmp(drill_defect_info((DrillDefectId)id)->party, "broker") != 0)
            return drill_complain(arguments, DRILL_EXIT_USAGE,
                                  "--defect %s is one of the virtual client; here clients are real",
                                  name);
        drill_defect_set(&command->options.defects, (DrillDefectId)id);
    }
    return 0;
}

static int read_path(const DrillArguments *arguments, DrillServiceCommand *command) {
    const DrillPathOptions *path = &command->path;
    int status = drill_path_options_read(arguments, &command->path);
    if (status != 0) return status;
    command->options.segments = path->segments;
    command->options.tcp = path->tcp_text ? &path->tcp : NULL;
    command->options.tcp_text = path->tcp_text;
    command->options.link = path->link_text ? &path->link : NULL;
    command->options.link_text = path->link_text;
    return 0;
}

static int read_transport(const DrillArguments *arguments, DrillServiceCommand *command) {
    const char *kind = drill_arguments_get(arguments, "--transport");
    if (!kind || strcmp(kind, "tcp") == 0) return 0;
    if (strcmp(kind, "datagram") == 0)
        return drill_complain(
            arguments, DRILL_EXIT_USAGE,
            "--transport datagram: real programs talk TCP, of which no packet can "
            "be lost on its own; expected tcp or stream");
    if (strcmp(kind, "stream") != 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--transport: expected tcp or stream, got \"%s\"", kind);
    if (drill_arguments_get(arguments, "--tcp"))
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--tcp: there is no TCP on --transport stream");
    command->options.stream = true;
    return 0;
}

static int read_broker(const DrillArguments *arguments, DrillServiceCommand *command) {
    DrillDiagnostic diagnostic;
    DrillBrokerConfig config = {0};
    const char *text = drill_arguments_get(arguments, "--broker");
    if (!text) return 0;
    if (drill_broker_text_parse(text, &config, &diagnostic) != DRILL_OK)
        return drill_complain(arguments, DRILL_EXIT_USAGE, "--%s", diagnostic.text);
    command->options.broker_text = text;
    return 0;
}

static int read_judging(const DrillArguments *arguments, DrillServiceOptions *options) {
    const char *text = drill_arguments_get(arguments, "--judge-memory");
    uint64_t bytes;
    if (!text) return 0;
    if (drill_parse_size(drill_span_of(text), &bytes) != DRILL_OK)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--judge-memory: expected a size like 256MiB, got \"%s\"", text);
    options->unjudged = bytes == 0;
    options->judging_bytes_max = (size_t)bytes;
    return 0;
}

int drill_service_command_read(const DrillArguments *arguments, DrillServiceCommand *command) {
    memset(command, 0, sizeof(*command));
    command->arguments = arguments;
    command->quiet = drill_arguments_has(arguments, "--quiet");
    command->verbose = drill_arguments_has(arguments, "--verbose");
    DrillServiceOptions *options = &command->options;
    options->version = DRILL_MQTT_3_1_1; /* of connections whose CONNECT was not seen */
    options->seed = 1;
    options->trace_path = drill_arguments_get(arguments, "--trace");
    int status = read_addresses(arguments, command);
    if (status == 0) status = read_defects(arguments, command);
    if (status == 0) status = read_path(arguments, command);
    if (status == 0) status = read_transport(arguments, command);
    if (status == 0) status = read_broker(arguments, command);
    if (status == 0) status = read_judging(arguments, options);
    if (status != 0) return status;
    if (!drill_arguments_u64(arguments, "--seed", 0, UINT64_MAX, &options->seed) ||
        !drill_arguments_duration(arguments, "--duration", &options->duration_ns) ||
        !drill_report_files_check(arguments, "junit tap json md github"))
        return DRILL_EXIT_USAGE;
    if (drill_arguments_get(arguments, "--duration") && options->duration_ns == 0)
        return drill_complain(arguments, DRILL_EXIT_USAGE,
                              "--duration: expected a duration above 0, got \"%s\"",
                              drill_arguments_get(arguments, "--duration"));
    return 0;
}

/* --- what is printed meanwhile --- */

static void begin_line(DrillBuffer *line, const DrillTraceEvent *event) {
    drill_buffer_print(line, "%8llu.%03llu s  ",
                       (unsigned long long)(event->time_ns / DRILL_NS_PER_S),
                       (unsigned long long)(event->time_ns % DRILL_NS_PER_S / DRILL_NS_PER_MS));
    if (event->node.size == 0) return;
    drill_buffer_put_escaped(line, event->node);
    drill_buffer_put_string(line, ": ");
}

static void put_packet(DrillBuffer *line, const DrillTraceEvent *event, DrillVersion version) {
    DrillSpan bytes = drill_trace_text(event, "bytes");
    DrillPacket decoded;
    DrillFault fault;
    drill_buffer_put_string(line, event->kind == DRILL_TRACE_MQTT_SENT ? "sent " : "received ");
    if (drill_trace_u64(event, "whole") != 0 &&
        drill_codec_decode(bytes, version, &decoded, &fault) == DRILL_OK)
        drill_codec_print(&decoded, version, DRILL_PRINT_SHORT, line);
    else
        drill_buffer_print(line, "%zu bytes, not decoded", bytes.size);
}

static void put_text(DrillBuffer *line, const DrillTraceEvent *event, const char *field) {
    drill_buffer_put_escaped(line, drill_trace_text(event, field));
}

/* Appends what people want to know of an event. False: nothing. */
static bool put_event(DrillBuffer *line, const DrillTraceEvent *event,
                      const DrillServiceCommand *command) {
    bool at_broker = drill_span_is(event->node, "broker");
    switch ((int)event->kind) {
    case DRILL_TRACE_CONN_OPEN:
        drill_buffer_print(line, "connection %llu is open",
                           (unsigned long long)drill_trace_u64(event, "conn"));
        return !at_broker;
    case DRILL_TRACE_CONN_CLOSED:
        drill_buffer_print(line, "connection %llu is closed (",
                           (unsigned long long)drill_trace_u64(event, "conn"));
        put_text(line, event, "how");
        drill_buffer_put_string(
            line, drill_span_is(drill_trace_text(event, "by"), "local") ? ", by the client)" : ")");
        return !at_broker && drill_trace_u64(event, "half") == 0;
    case DRILL_TRACE_FAULT_STRUCK:
    case DRILL_TRACE_FAULT_ARMED:
        drill_buffer_put_string(line,
                                event->kind == DRILL_TRACE_FAULT_ARMED ? "armed: " : "struck: ");
        put_text(line, event, "text");
        return true;
    case DRILL_TRACE_OUTSIDE_CONTROL:
        drill_buffer_put_string(line, "command: ");
        put_text(line, event, "text");
        return true;
    case DRILL_TRACE_OUTSIDE_STALLED:
        drill_buffer_print(
            line, "mqttdrill stood still for %llu ms",
            (unsigned long long)(drill_trace_u64(event, "for_ns") / DRILL_NS_PER_MS));
        return true;
    case DRILL_TRACE_OUTSIDE_CLOSED:
        drill_buffer_put_string(line, "the upstream broker: ");
        put_text(line, event, "how");
        drill_buffer_put_string(line, " ");
        put_text(line, event, "text");
        return at_broker && !drill_span_is(drill_trace_text(event, "how"), "fin");
    case DRILL_TRACE_MQTT_SENT:
    case DRILL_TRACE_MQTT_RECEIVED:
        if (command->verbose)
            put_packet(line, event, drill_trace_version(&command->versions, event));
        return command->verbose;
    default:
        return false;
    }
}

static void on_event(void *context, const DrillTraceEvent *event) {
    DrillServiceCommand *command = context;
    DrillBuffer line = {.allocator = drill_allocator_malloc()};
    if (command->verbose) drill_trace_versions_note(&command->versions, event);
    begin_line(&line, event);
    if (put_event(&line, event, command)) {
        drill_buffer_put_byte(&line, '\n');
        fwrite(line.data, 1, line.size, stdout);
        fflush(stdout);
    }
    drill_buffer_release(&line);
}

static void on_finding(void *context, const DrillFinding *finding) {
    (void)context;
    printf("%8llu.%03llu s  %s: %s: %s (%s)\n",
           (unsigned long long)(finding->time_ns / DRILL_NS_PER_S),
           (unsigned long long)(finding->time_ns % DRILL_NS_PER_S / DRILL_NS_PER_MS),
           finding->verdict == DRILL_FAIL ? "FAIL" : "inconclusive", finding->statement,
           finding->text, finding->oracle);
    fflush(stdout);
}

static void on_warning(void *context, const char *text) {
    const DrillServiceCommand *command = context;
    (void)drill_complain(command->arguments, DRILL_EXIT_PASSED, "%s", text);
}

static void print_address(const char *what, const char *scheme, const char *host, uint16_t port) {
    bool v6 = strchr(host, ':') != NULL;
    printf("%s %s%s%s%s:%u\n", what, scheme, v6 ? "[" : "", host, v6 ? "]" : "", (unsigned)port);
}

/* Programs wait for these lines: they come at once, quiet or not. */
static void on_started(void *context, uint16_t port, uint16_t control_port) {
    const DrillServiceCommand *command = context;
    print_address("listening on", "mqtt://", command->listen_host, port);
    if (control_port != 0)
        print_address("control on", "http://", command->control_host, control_port);
    fflush(stdout);
}

/* --- the end --- */

static int write_reports(const DrillServiceCommand *command, const char *id,
                         const DrillRunResult *result) {
    const char **exercised = calloc(result->judgement_count + 1, sizeof(*exercised));
    DRILL_ASSERT(exercised != NULL);
    DrillReportScenario scenario = {
        .id = id,
        .version = drill_version_text(command->options.version),
        .title = command->options.proxy ? "proxy" : "serve",
        .seed = command->options.seed,
        .verdict = result->verdict,
        .digest = command->options.trace_path ? result->digest : "",
        .virtual_ns = result->virtual_ns,
        .wall_ns = result->wall_ns,
        .events = result->events,
        .findings = result->findings,
        .finding_count = result->finding_count,
        .exercised = exercised,
        .judgements = result->judgements,
        .judgement_count = result->judgement_count,
        .reproduce = "",
        .message = "",
        .last_packets = (const char *const *)result->last_packets,
        .last_packet_count = result->last_packet_count,
    };
    for (size_t i = 0; i < result->judgement_count; i++)
        if (result->judgements[i].exercised > 0)
            exercised[scenario.exercised_count++] = result->judgements[i].statement;
    DrillReport report = {.tool = DRILL_TOOL_VERSION,
                          .target_kind = command->options.proxy ? "proxy" : "serve",
                          .target_name = command->options.proxy ? "upstream" : "virtual",
                          .wall_ns = result->wall_ns,
                          .scenarios = &scenario,
                          .count = 1};
    int status = drill_report_files_write(command->arguments, &report);
    free(exercised);
    return status;
}

static int print_end(const DrillServiceCommand *command, const DrillRunResult *result) {
    size_t failures = 0;
    for (size_t i = 0; i < result->finding_count; i++)
        failures += result->findings[i].verdict == DRILL_FAIL;
    DrillBuffer line = {.allocator = drill_allocator_malloc()};
    drill_buffer_put_string(&line, "stopped after ");
    drill_buffer_put_duration(&line, result->virtual_ns);
    drill_buffer_print(&line, ": %llu events, %zu failed, %zu inconclusive",
                       (unsigned long long)result->events, failures,
                       result->finding_count - failures);
    if (command->options.trace_path) drill_buffer_print(&line, ", digest %s", result->digest);
    puts(drill_buffer_cstring(&line));
    drill_buffer_release(&line);
    if (result->outcome != DRILL_SCRIPT_FINISHED)
        return drill_complain(command->arguments, DRILL_EXIT_USAGE, "%s", result->diagnostic.text);
    if (result->verdict == DRILL_FAIL) return DRILL_EXIT_FAILED;
    return result->verdict == DRILL_INCONCLUSIVE ? DRILL_EXIT_INCONCLUSIVE : DRILL_EXIT_PASSED;
}

int drill_service_command_run(DrillServiceCommand *command, const char *id) {
    DrillRunResult result;
    DrillDiagnostic diagnostic;
    command->options.hooks = (DrillServiceHooks){
        .context = command,
        .started = on_started,
        .event = command->quiet ? NULL : on_event,
        .finding = on_finding,
        .warning = on_warning,
    };
    command->versions = (DrillTraceVersions){.allocator = drill_allocator_malloc(),
                                             .otherwise = command->options.version};
    DrillResult done = drill_service_run(&command->options, &result, &diagnostic);
    drill_trace_versions_release(&command->versions);
    if (done != DRILL_OK)
        return drill_complain(command->arguments,
                              done == DRILL_IO ? DRILL_EXIT_MACHINERY : DRILL_EXIT_USAGE, "%s",
                              diagnostic.text);
    int status = print_end(command, &result);
    int written = write_reports(command, id, &result);
    drill_run_result_free(&result);
    return status == DRILL_EXIT_PASSED || written != 0 ? (written != 0 ? written : status) : status;
}
