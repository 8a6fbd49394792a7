#include "cli/command.h"

#include <string.h>

/* clang-format off */
const DrillOptionInfo drill_option_table[] = {
    {"--target",     "URL",      false, "what to test: sim (default), mqtt://HOST:PORT"},
    {"--spawn",      "COMMAND",  false, "start a broker for the run ({port}, {dir} and {settings} are filled in), wait until it accepts, stop it afterwards"},
    {"--profile",    "FILE",     false, "what the target supports and how it is configured; not there yet"},
    {"--mqtt",       "VERSION",  false, "run for 3.1.1 only, or 5.0 only"},
    {"--filter",     "PATTERN",  false, "only scenarios whose id matches: part of it, or a shell pattern"},
    {"--exclude",    "PATTERN",  false, "not those scenarios"},
    {"--clause",     "ID",       false, "only this statement, or scenarios that declare it, e.g. v3:MQTT-4.3.3-2"},
    {"--tag",        "TAG",      false, "only scenarios with this tag"},
    {"--seed",       "N",        false, "seed of all random streams; default 1"},
    {"--jobs",       "N",        false, "so many runs at a time; default auto (processors; live: 16, with --spawn: 96)"},
    {"--shard",      "I/N",      false, "the I-th of N parts of the selection, from 1"},
    {"--repeat",     "N",        false, "each run N times in fresh processes and compare the digests"},
    {"--fail-fast",  NULL,       false, "start nothing more after the first failure"},
    {"--timeout",    "D",        false, "kill a run after so much real time, 0s: never; default 60s (live: 10m, with --slow: 7 days)"},
    {"--tcp",        "SETTINGS", false, "instead of each scenario's own TCP: profile=embedded,nagle=true,keepalive=60s; see docs/tcp-model.md"},
    {"--link",       "SETTINGS", false, "instead of each scenario's own: delay=200ms,jitter=10ms,loss=5%,rate=64kbit,queue=16KiB"},
    {"--defect",     "NAME",     true,  "switch a defect of the virtual broker or client on (see defects)"},
    {"--report",     "KIND=FILE", true, "junit, tap, json, md to FILE ('-': standard output); or github"},
    {"--reproducible", NULL,     false, "leave real time out of reports: two runs give the same bytes"},
    {"--trace",      "PATH",     false, "run: write a trace of each run below this folder; mutants: of each without a defect that did not pass; serve, proxy: to this file"},
    {"--listen",     "ADDR",     false, "PORT, HOST:PORT or [IPV6]:PORT; without a host 127.0.0.1; port 0: any, and printed"},
    {"--upstream",   "URL",      false, "the real broker: mqtt://HOST:PORT"},
    {"--transport",  "KIND",     false, "of the simulated link: tcp (default) or stream (ideal, in order, nothing lost)"},
    {"--control",    "ADDR",     false, "HTTP and JSON on loopback: look, set links, cut, partition, stop"},
    {"--broker",     "OPTIONS",  false, "of the virtual broker, as in scenarios: retry=10s,inflight_max=20,queue_qos0_offline=true"},
    {"--judge-memory", "SIZE",   false, "memory of the oracles, beyond which nothing more is judged; default 1GiB; 0: nothing is judged"},
    {"--duration",   "D",        false, "stop by itself after so long"},
    {"--trace-when", "WHEN",     false, "always (default) or failure"},
    {"--level",      "LEVEL",    false, "packet (default) or segment: every TCP segment too"},
    {"--slow",       NULL,       false, "also run, live, scenarios that need much real time"},
    {"--quiet",      NULL,       false, "only failures and the last line"},
    {"--verbose",    NULL,       false, "also findings of passing runs, digests and event counts"},
    {"--color",      "WHEN",     false, "auto (default), always or never; NO_COLOR is honoured"},
    {"--save-every", "N",        false, "test of the simulator: save after every N events, go back to each save, compare digests"},
    {"--malloc",     NULL,       false, "test of the simulator: no arena, every allocation its own, for valgrind"},
    {"--json",       NULL,       false, "machine-readable"},
    {"--output",     "FILE",     false, "where to write; the ending chooses the format"},
    {"--client",     "NAME",     false, "only this client"},
    {"--topic",      "FILTER",   false, "only messages on topics that match"},
    {"--packet-id",  "N",        false, "only this Packet Identifier"},
    {"--from",       "D",        false, "from this time on"},
    {"--to",         "D",        false, "up to this time"},
    {"--around-failure", NULL,   false, "only what happened around the first failure"},
    {"--suite",      "DIR",      false, "the suite's folder, where the trace's scenario is; default: the shipped one"},
    {"--unproved",   NULL,       false, "also the defects that no scenario catches yet"},
    {"--live",       NULL,       false, "each broker defect served over TCP, and tested there"},
    {"--format",     "FORMAT",   false, "jsonl, csv, chrome, pcapng, mermaid, plantuml, dot, svg, png, pdf"},
    {"--form",       "FORM",     false, "of a pcapng capture: ip (IPv4 and TCP) or pdu (MQTT packets only); default: ip for clients whose segments are in the trace"},
    {"--side",       "SIDE",     false, "of a pcapng capture: client or broker, only that end of each link; default: both"},
    {"--plot",       "FILE.svg", false, "also draw how long each delivery took, over time"},
    {"--plot-link",  "FILE.svg", false, "also draw how long each packet was under way, over time, and what was lost"},
    {"--check",      NULL,     false, "exit status 1 when a statement has a gap and no reason; with --mutants also when no defect proves it"},
    {"--mutants",    "FILE",     false, "a matrix written by mutants --report json=FILE: adds the caught defects"},
    {"--worker-task", "N",       false, NULL}, /* internal: see explore/batch.h */
    {"--markdown",   NULL,       false, "all of it, as docs/cli.md"},
    {"--help",       NULL,       false, "this text"},
};
const size_t drill_option_table_count = DRILL_ARRAY_COUNT(drill_option_table);

#define SELECTION "--filter", "--exclude", "--clause", "--tag", "--mqtt"
#define OUTPUT "--quiet", "--verbose", "--color"

const DrillCommand drill_commands[] = {
    {"run", "[PATH...]", "runs scenarios (files or folders; default: the shipped suite)",
     "Exit status: 0 passed, 1 failed, 2 wrong usage or a broken scenario, 3 the target could not be reached,\n"
     "4 something could not be judged, 5 nondeterminism.", 0, SIZE_MAX,
     {SELECTION, "--target", "--spawn", "--profile", "--seed", "--jobs", "--shard", "--repeat", "--fail-fast", "--timeout",
      "--link", "--tcp", "--defect", "--report", "--reproducible", "--trace", "--trace-when", "--level", "--slow", OUTPUT, "--save-every", "--malloc",
      "--worker-task"}, drill_cmd_run},
    {"list", "[PATH...]", "names, versions, statements and tags of what run would run", NULL, 0, SIZE_MAX,
     {SELECTION, "--json"}, drill_cmd_list},
    {"sweep", "[PATH...]", "runs scenarios under many seeds", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"explore", "SCENARIO", "tries faults systematically", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"shrink", "BUNDLE", "finds a smallest scenario that still fails the same way", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"mutants", "[PATH...]", "runs the suite against every defect of the virtual broker and client; prints and writes the matrix",
     "Scenarios tagged \"load\" are left out unless --tag load asks for them.\n"
     "A defect counts as caught when a run fails with a statement that the defect table expects, from an oracle it expects.\n"
     "With --live each defect of the broker is served over TCP in a process of its own, and the scenarios run against it as\n"
     "against a stranger, those first that set out for a statement which it breaks, until it is caught; and all of them against\n"
     "the broker without a defect. --defect none: only the runs without one. Reports: md, csv, json.\n"
     "With --trace what did not pass without a defect leaves its trace, and live that of its broker, too; the text names them.\n"
     "Exit status 1 when a defect is not caught or the run without one fails.",
     0, SIZE_MAX,
     {SELECTION, "--defect", "--seed", "--jobs", "--timeout", "--report", "--reproducible", "--live", "--unproved", "--trace", OUTPUT}, drill_cmd_mutants},
    {"replay", "TRACE...", "runs a recorded run again, live ones included, and compares digests", NULL, 1, SIZE_MAX,
     {"--suite", "--quiet"}, drill_cmd_replay},
    {"trace", "show|grep|diff|stats|export TRACE...", "reads traces",
     "  show TRACE             one line an event\n"
     "  grep PATTERN TRACE     the events whose line contains PATTERN\n"
     "  diff TRACE TRACE       the first difference, with its surroundings; exit status 1 if there is one\n"
     "  stats TRACE            what became of each message; round trips, goodput, links, clients (--json, --plot, --plot-link)\n"
     "  export TRACE -o FILE   pcapng, jsonl, csv, chrome, mermaid, plantuml, dot, svg, png, pdf by ending or --format\n"
     "--topic and --packet-id go with export of pictures only. jsonl, csv and chrome go to standard output without -o.", 2, 3,
     {"--client", "--topic", "--packet-id", "--from", "--to", "--level", "--format", "--form", "--side", "--output", "--json", "--plot",
      "--plot-link", "--color"}, drill_cmd_trace},
    {"diagram", "TRACE -o FILE", "sequence diagram: .svg .png .pdf .dot .mmd by FILE's ending",
     "A run that does not fit one page is continued on FILE-2, FILE-3 ... With --level segment the TCP segments of a trace that was\n"
     "recorded with --level segment are drawn too: thin and grey, orange when sent again, dashed with a red cross when lost.", 1, 1,
     {"--output", "--level", "--client", "--topic", "--packet-id", "--from", "--to", "--around-failure"}, drill_cmd_diagram},
    {"report", "RESULT... -o DIR", "HTML report; several results make a matrix of targets", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"merge", "RESULT... -o FILE", "joins the results of shards", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"serve", "[SCENARIO] --listen ADDR", "virtual broker on a real port, with link model and defects, for real clients",
     "Until SIGINT, SIGTERM, --duration or the control command. With a scenario: its link and broker, and its clients run too.\n"
     "docs/proxy.md says more. Exit status: 1 when an oracle found a failure, 4 when something could not be judged.", 0, SIZE_MAX,
     {"--listen", "--mqtt", "--control", "--link", "--tcp", "--transport", "--broker", "--defect", "--duration", "--seed", "--trace", "--level", "--report", "--reproducible",
      "--judge-memory", "--filter", "--quiet", "--verbose"}, drill_cmd_serve},
    {"proxy", "--listen ADDR --upstream URL", "puts the link model between real programs",
     "Until SIGINT, SIGTERM, --duration or the control command. docs/proxy.md says more.\n"
     "Exit status: 1 when an oracle found a failure, 4 when something could not be judged.", 0, 0,
     {"--listen", "--upstream", "--control", "--link", "--tcp", "--transport", "--duration", "--seed", "--trace", "--level", "--report", "--reproducible",
      "--judge-memory", "--quiet", "--verbose"}, drill_cmd_proxy},
    {"probe", "URL", "finds out what a broker supports; writes a profile", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"clauses", "[RESULT...]", "every statement: enforced in, judged by, exercised by, caught defects",
     "Enforced is read from the sources when the program is built: where client, broker and codec cite the statement.\n"
     "Judged are the statements that oracles can report; of the others the reason is given. How often a rule had something to\n"
     "judge is counted. Exercised is read from results (run --report json=FILE); without one the shipped suite is run in simulation.\n"
     "Without --mutants no statement counts as proved by a caught defect; with it those that are judged and that no defect proves are\n"
     "listed at the end. --check shows only what packets can show and is not enforced, judged and exercised, and has no reason;\n"
     "with --mutants also what is judged and proved by no caught defect.", 0, SIZE_MAX,
     {"--json", "--mutants", "--clause", "--check", "--jobs"}, drill_cmd_clauses},
    {"defects", "", "the switchable defects", NULL, 0, 0, {"--json"}, drill_cmd_defects},
    {"lesson", "SCENARIO -o FILE.html", "a self-contained teaching page", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"bench", "", "the simulator's own speed", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"init", "DIR", "a starter suite: scenario, editor stubs, CI snippet", NULL, 0, SIZE_MAX, {NULL}, NULL},
    {"help", "[COMMAND]", "this list, or the help of a command", NULL, 0, 1, {"--markdown"}, drill_cmd_help},
};
const size_t drill_command_count = DRILL_ARRAY_COUNT(drill_commands);
/* clang-format on */

const DrillCommand *drill_command_find(const char *name) {
    for (size_t i = 0; i < drill_command_count; i++)
        if (strcmp(drill_commands[i].name, name) == 0) return &drill_commands[i];
    return NULL;
}

const DrillOptionInfo *drill_option_find(const char *name) {
    for (size_t i = 0; i < drill_option_table_count; i++)
        if (strcmp(drill_option_table[i].name, name) == 0) return &drill_option_table[i];
    return NULL;
}
