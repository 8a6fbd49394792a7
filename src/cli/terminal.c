#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/driver.h"

static bool wants_colour(const char *when, bool is_terminal) {
    if (when && strcmp(when, "always") == 0) return true;
    if (when && strcmp(when, "never") == 0) return false;
    const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");
    return is_terminal && !(no_colour && no_colour[0]) && !(kind && strcmp(kind, "dumb") == 0);
}

bool drill_terminal_open(const DrillArguments *arguments, size_t total, DrillTerminal *out) {
    const char *when = drill_arguments_get(arguments, "--color");
    if (when && strcmp(when, "auto") != 0 && strcmp(when, "always") != 0 &&
        strcmp(when, "never") != 0) {
        drill_complain(arguments, DRILL_EXIT_USAGE,
                       "--color: expected auto, always or never, got \"%s\"", when);
        return false;
    }
    memset(out, 0, sizeof(*out));
    bool taken = false; /* by a report */
    const char *report;
    for (size_t i = 0; (report = drill_arguments_nth(arguments, "--report", i)); i++) {
        size_t size = strlen(report);
        if (strcmp(report, "github") == 0 || (size > 1 && strcmp(report + size - 2, "=-") == 0))
            taken = true;
    }
    out->out = taken ? stderr : stdout;
    out->is_terminal = isatty(fileno(out->out)) == 1;
    out->colour = wants_colour(when, out->is_terminal);
    out->quiet = drill_arguments_has(arguments, "--quiet");
    out->verbose = drill_arguments_has(arguments, "--verbose");
    out->start_ns = drill_wall_ns();
    out->total = total;
    return true;
}

void drill_terminal_clear(DrillTerminal *terminal) {
    if (!terminal->line_open) return;
    fputs("\r\033[K", terminal->out);
    terminal->line_open = false;
}

void drill_terminal_progress(DrillTerminal *terminal, size_t running) {
    if (!terminal->is_terminal || terminal->quiet) return;
    uint64_t wall_ns = drill_wall_ns() - terminal->start_ns;
    uint64_t ratio =
        wall_ns > 0 ? terminal->virtual_ns / (wall_ns > 1000 ? wall_ns / 1000 : 1) / 1000 : 0;
    fprintf(terminal->out, "\r\033[K%zu of %zu done, %zu running, %llu x real time", terminal->done,
            terminal->total, running, (unsigned long long)ratio);
    fflush(terminal->out);
    terminal->line_open = true;
}

static const char *colour_of(DrillVerdict verdict) {
    switch (verdict) {
    case DRILL_PASS:
        return "\033[32m";
    case DRILL_FAIL:
        return "\033[31;1m";
    case DRILL_INCONCLUSIVE:
        return "\033[33m";
    case DRILL_SKIPPED:
    case DRILL_NOT_EXERCISED:
        return "\033[2m";
    }
    return "";
}

static void print_line(const DrillTerminal *terminal, const DrillReportScenario *scenario) {
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_buffer_print(&text, "%s%-12s%s %s (%s)",
                       terminal->colour ? colour_of(scenario->verdict) : "",
                       drill_verdict_name(scenario->verdict), terminal->colour ? "\033[0m" : "",
                       scenario->id, scenario->version);
    if (scenario->verdict == DRILL_SKIPPED) {
        drill_buffer_print(&text, ": %s", scenario->message);
    } else {
        drill_buffer_put_string(&text, "  ");
        drill_buffer_put_duration(&text, scenario->virtual_ns);
    }
    if (terminal->verbose && scenario->digest[0])
        drill_buffer_print(&text, "  %llu events  digest %s", (unsigned long long)scenario->events,
                           scenario->digest);
    drill_buffer_put_byte(&text, '\n');
    fwrite(text.data, 1, text.size, terminal->out);
    drill_buffer_release(&text);
}

void drill_terminal_scenario(DrillTerminal *terminal, const DrillReportScenario *scenario) {
    bool bad = scenario->verdict == DRILL_FAIL || scenario->verdict == DRILL_INCONCLUSIVE;
    terminal->virtual_ns += scenario->virtual_ns;
    drill_terminal_clear(terminal);
    if (!terminal->quiet || bad) print_line(terminal, scenario);
    if (!bad) return;
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_report_failure(scenario, terminal->colour, &text);
    fwrite(text.data, 1, text.size, terminal->out);
    drill_buffer_release(&text);
}

void drill_terminal_summary(DrillTerminal *terminal, const DrillReportSummary *summary) {
    DrillBuffer text = {.allocator = drill_allocator_malloc()};
    drill_terminal_clear(terminal);
    drill_buffer_put_string(&text, "simulated ");
    drill_buffer_put_duration(&text, summary->virtual_ns);
    drill_buffer_put_string(&text, " in ");
    drill_buffer_put_duration(&text, summary->wall_ns);
    drill_buffer_put_string(&text, " of real time");
    uint64_t times = summary->wall_ns > 0 ? summary->virtual_ns / summary->wall_ns : 0;
    if (times > 1) drill_buffer_print(&text, " (%llu x)", (unsigned long long)times);
    drill_buffer_print(&text, "\n%zu passed, %zu failed, %zu skipped, %zu inconclusive\n",
                       summary->passed, summary->failed, summary->skipped, summary->inconclusive);
    fwrite(text.data, 1, text.size, terminal->out);
    drill_buffer_release(&text);
}
