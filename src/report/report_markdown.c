/* Markdown for the summary page of a CI job, and the lines by which GitHub marks a job's failures.
 */
#include "report/report_text.h"

#include <stdlib.h>
#include <string.h>

static bool is_word(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
}

/* Entities mean themselves in text, tables and HTML alike; what needs none stays readable in the
 * raw file. */
static void put_escaped(DrillBuffer *out, const char *text, const char *special) {
    const char *start = text;
    while (*text != '\0') {
        /* An underscore inside a word is only an underscore. */
        bool inside = *text == '_' && text > start && is_word(text[-1]) && is_word(text[1]);
        if (strchr(special, *text) != NULL && !inside) {
            drill_buffer_print(out, "&#%d;", *text++);
        } else if ((uint8_t)*text < 0x20) {
            drill_buffer_put_string(out, " ");
            text++;
        } else {
            text += drill_report_put_character(text, out);
        }
    }
}

void drill_markdown_text(DrillBuffer *out, const char *text) {
    put_escaped(out, text, "\\`*_[]#|<>&~$@");
}

void drill_markdown_code(DrillBuffer *out, const char *text) {
    drill_buffer_put_string(out, "<code>");
    put_escaped(out, text, "\\`*_[]|<>&~$");
    drill_buffer_put_string(out, "</code>");
}

static const char *verdict_sign(DrillVerdict verdict) {
    switch (verdict) {
    case DRILL_PASS:
    case DRILL_NOT_EXERCISED:
        return "✅ pass";
    case DRILL_FAIL:
        return "❌ fail";
    case DRILL_INCONCLUSIVE:
        return "❔ inconclusive";
    case DRILL_SKIPPED:
        break;
    }
    return "➖ skipped";
}

static void put_details(const DrillReportScenario *scenario, DrillBuffer *out) {
    drill_buffer_put_string(out, "<details><summary>");
    drill_buffer_put_string(out, verdict_sign(scenario->verdict));
    drill_buffer_put_string(out, " ");
    drill_markdown_code(out, scenario->id);
    /* As HTML the title may begin with anything, even a dash. */
    drill_buffer_print(out, " (%s)</summary>\n\n<p>", scenario->version);
    drill_markdown_text(out, scenario->title);
    drill_buffer_put_string(out, "</p>\n\n");
    if (scenario->message[0] != '\0') {
        drill_buffer_put_string(out, "- ");
        drill_markdown_text(out, scenario->message);
        drill_buffer_put_string(out, "\n");
    }
    for (size_t i = 0; i < scenario->finding_count; i++) {
        const DrillFinding *finding = &scenario->findings[i];
        drill_buffer_put_string(out, "- ");
        if (finding->statement[0] != '\0') {
            drill_buffer_put_string(out, "**");
            drill_markdown_text(out, finding->statement);
            drill_buffer_put_string(out, "** ");
        }
        drill_markdown_text(out, finding->text);
        drill_buffer_put_string(out, "\n");
    }
    if (scenario->last_packet_count > 0) {
        drill_buffer_put_string(out, "\nLast packets:\n\n<pre>\n");
        for (size_t i = 0; i < scenario->last_packet_count; i++) {
            drill_markdown_text(out, scenario->last_packets[i]);
            drill_buffer_put_string(out, "\n");
        }
        drill_buffer_put_string(out, "</pre>\n");
    }
    drill_buffer_put_string(out, "\nTo see it again: ");
    drill_markdown_code(out, scenario->reproduce);
    drill_buffer_put_string(out, "\n\n</details>\n\n");
}

static bool needs_attention(const DrillReportScenario *scenario) {
    return scenario->verdict == DRILL_FAIL || scenario->verdict == DRILL_INCONCLUSIVE;
}

static void put_scenarios(const DrillReportScenario *const *sorted, size_t count, bool reproducible,
                          DrillBuffer *out) {
    drill_buffer_put_string(out, "<details><summary>All scenarios</summary>\n\n"
                                 "| scenario | version | verdict | virtual time |");
    drill_buffer_put_string(out, reproducible
                                     ? "\n| --- | --- | --- | ---: |\n"
                                     : " real time |\n| --- | --- | --- | ---: | ---: |\n");
    for (size_t i = 0; i < count; i++) {
        drill_buffer_put_string(out, "| ");
        drill_markdown_code(out, sorted[i]->id);
        drill_buffer_print(out, " | %s | %s", sorted[i]->version, verdict_sign(sorted[i]->verdict));
        if (sorted[i]->verdict == DRILL_SKIPPED && sorted[i]->message[0] != '\0') {
            drill_buffer_put_string(out, ": ");
            drill_markdown_text(out, sorted[i]->message);
        }
        drill_buffer_put_string(out, " | ");
        drill_report_put_seconds(sorted[i]->virtual_ns, out);
        drill_buffer_put_string(out, " s |");
        if (!reproducible) {
            drill_buffer_put_string(out, " ");
            drill_report_put_seconds(sorted[i]->wall_ns, out);
            drill_buffer_put_string(out, " s |");
        }
        drill_buffer_put_string(out, "\n");
    }
    drill_buffer_put_string(out, "\n</details>\n\n");
}

static void put_statements(const DrillReport *report, DrillBuffer *out) {
    DrillPool pool = {0};
    size_t count;
    const DrillReportStatement *all = drill_report_statements(report, &pool, &count);
    drill_buffer_print(out,
                       "<details><summary>%zu statements exercised</summary>\n\n"
                       "| statement | verdict | scenarios |\n| --- | --- | --- |\n",
                       count);
    for (size_t i = 0; i < count; i++) {
        drill_buffer_put_string(out, "| ");
        drill_markdown_code(out, all[i].id);
        drill_buffer_print(out, " | %s | ", verdict_sign(all[i].verdict));
        for (size_t k = 0; k < all[i].scenario_count && k < 3; k++) {
            if (k > 0) drill_buffer_put_string(out, ", ");
            drill_markdown_code(out, all[i].scenarios[k]);
        }
        if (all[i].scenario_count > 3) {
            drill_buffer_print(out, " and %zu more", all[i].scenario_count - 3);
        }
        drill_buffer_put_string(out, " |\n");
    }
    drill_buffer_put_string(out, "\n</details>\n");
    drill_pool_free(&pool);
}

static void put_head(const DrillReport *report, bool reproducible, DrillBuffer *out) {
    DrillReportSummary summary = drill_report_summary(report);
    drill_buffer_put_string(out, "## mqttdrill: ");
    drill_report_put_summary(&summary, out);
    drill_buffer_put_string(out, "\n\nTarget ");
    drill_markdown_code(out, report->target_url != NULL ? report->target_url : report->target_name);
    if (report->profile != NULL) {
        drill_buffer_put_string(out, ", profile ");
        drill_markdown_code(out, report->profile);
    }
    drill_buffer_put_string(out, ", mqttdrill ");
    drill_markdown_text(out, report->tool);
    drill_buffer_put_string(out, ", ");
    drill_report_put_seconds(summary.virtual_ns, out);
    drill_buffer_put_string(out, " s of virtual time");
    if (!reproducible) {
        drill_buffer_put_string(out, " in ");
        drill_report_put_seconds(summary.wall_ns, out);
        drill_buffer_put_string(out, " s");
    }
    drill_buffer_put_string(out, ".\n\n");
}

void drill_report_markdown(const DrillReport *report, bool reproducible, DrillBuffer *out) {
    const DrillReportScenario **sorted = drill_report_sorted(report);
    put_head(report, reproducible, out);
    bool heading = false;
    for (size_t i = 0; i < report->count; i++) {
        if (!needs_attention(sorted[i])) continue;
        if (!heading) {
            drill_buffer_put_string(out, "| scenario | version | verdict | why |\n"
                                         "| --- | --- | --- | --- |\n");
        }
        heading = true;
        drill_buffer_put_string(out, "| ");
        drill_markdown_code(out, sorted[i]->id);
        drill_buffer_print(out, " | %s | %s | ", sorted[i]->version,
                           verdict_sign(sorted[i]->verdict));
        DrillBuffer reason = {.allocator = drill_allocator_malloc()};
        drill_report_put_reason(sorted[i], &reason);
        drill_markdown_text(out, drill_buffer_cstring(&reason));
        drill_buffer_release(&reason);
        drill_buffer_put_string(out, " |\n");
    }
    if (heading) drill_buffer_put_string(out, "\n");
    for (size_t i = 0; i < report->count; i++) {
        if (needs_attention(sorted[i])) put_details(sorted[i], out);
    }
    put_scenarios(sorted, report->count, reproducible, out);
    put_statements(report, out);
    free(sorted);
}

/* Workflow commands: percent escapes, and in properties also the separators. */
static void put_command_text(DrillBuffer *out, const char *text, bool property) {
    while (*text != '\0') {
        bool special = *text == '%' || *text == '\r' || *text == '\n' ||
                       (property && (*text == ':' || *text == ','));
        if (special) {
            drill_buffer_print(out, "%%%02X", (unsigned)(uint8_t)*text++);
        } else {
            text += drill_report_put_character(text, out);
        }
    }
}

void drill_report_github(const DrillReport *report, DrillBuffer *out) {
    const DrillReportScenario **sorted = drill_report_sorted(report);
    for (size_t i = 0; i < report->count; i++) {
        const DrillReportScenario *scenario = sorted[i];
        if (!needs_attention(scenario)) continue;
        bool fail = scenario->verdict == DRILL_FAIL;
        drill_buffer_print(out, "::%s title=", fail ? "error" : "warning");
        put_command_text(out, scenario->id, true);
        drill_buffer_print(out, " (%s)::", scenario->version);
        DrillBuffer reason = {.allocator = drill_allocator_malloc()};
        drill_report_put_reason(scenario, &reason);
        drill_buffer_print(&reason, "\n%s", scenario->reproduce);
        put_command_text(out, drill_buffer_cstring(&reason), false);
        drill_buffer_release(&reason);
        drill_buffer_put_string(out, "\n");
    }
    free(sorted);
}
