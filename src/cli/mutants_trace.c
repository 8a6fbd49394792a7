/* mutants --trace: what runs without a defect leave behind when they do not pass. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/mutants.h"
#include "cli/trace_folders.h"

static const char *path_of(const DrillMutants *mutants, size_t run, const char *ending) {
    const DrillMutantRun *of = &mutants->run_of[run];
    const DrillMatrixRow *row = mutants->mutants[of->mutant].row;
    if (!mutants->trace_folder || row->defect[0]) return NULL;
    DrillBuffer text = {.allocator = mutants->allocator};
    drill_buffer_print(&text, "%s/%s-%s%s.jsonl.gz", mutants->trace_folder,
                       mutants->suite.scenarios[of->scenario].id, row->version, ending);
    return drill_buffer_cstring(&text);
}

const char *drill_mutants_trace(const DrillMutants *mutants, size_t run) {
    return path_of(mutants, run, "");
}

/* Of the broker that all runs of a version share, or of the one that a run has to itself. No
 * scenario's trace can have the first name: those end in "-" and a version. */
const char *drill_mutants_broker_trace(const DrillMutants *mutants, size_t run, bool alone) {
    if (alone) return path_of(mutants, run, ".broker");
    const DrillMatrixRow *row = mutants->mutants[mutants->run_of[run].mutant].row;
    if (!mutants->trace_folder || row->defect[0]) return NULL;
    DrillBuffer text = {.allocator = mutants->allocator};
    drill_buffer_print(&text, "%s/broker.%s.jsonl.gz", mutants->trace_folder, row->version);
    return drill_buffer_cstring(&text);
}

int drill_mutants_trace_open(DrillMutants *mutants) {
    if (!mutants->trace_folder) return 0;
    DrillBuffer inside = {.allocator = mutants->allocator};
    drill_buffer_print(&inside, "%s/.", mutants->trace_folder);
    const char *path = drill_buffer_cstring(&inside);
    mutants->kept = DRILL_NEW_ARRAY(mutants->allocator, bool, mutants->run_count);
    if (drill_folders_make(path) && access(path, W_OK | X_OK) == 0) return 0;
    return drill_complain(mutants->arguments, DRILL_EXIT_MACHINERY,
                          "--trace: cannot write below %s: %s", mutants->trace_folder,
                          strerror(errno));
}

/* It has its name when it is whole. */
static void print_path(const DrillMutants *mutants, const char *what, const char *path) {
    bool whole = access(path, F_OK) == 0;
    fprintf(mutants->terminal.out, "  %s\n    %s%s\n", what, path, whole ? "" : ".partial");
}

void drill_mutants_trace_keep(DrillMutants *mutants, size_t run) {
    const char *path = drill_mutants_trace(mutants, run);
    if (!path) return;
    mutants->kept[run] = true;
    print_path(mutants, "trace", path);
    if (!mutants->live) return;
    DrillMutant *mutant = &mutants->mutants[mutants->run_of[run].mutant];
    DrillServed *alone = &mutants->live_of[run].served;
    if (alone->pid != 0) {
        (void)drill_served_finish(alone);
        print_path(mutants, "trace of its broker", drill_mutants_broker_trace(mutants, run, true));
    } else {
        mutant->shared_trace = drill_mutants_broker_trace(mutants, run, false);
        fprintf(mutants->terminal.out, "  trace of its broker, when all have run\n    %s\n",
                mutant->shared_trace);
    }
}

void drill_mutants_trace_drop(DrillMutants *mutants, size_t run) {
    const char *path = drill_mutants_trace(mutants, run);
    if (!path) return;
    drill_trace_discard(path);
    if (mutants->live) drill_trace_discard(drill_mutants_broker_trace(mutants, run, true));
}

void drill_mutants_trace_close(DrillMutants *mutants) {
    for (size_t run = 0; run < mutants->run_count; run++) {
        const char *path = drill_mutants_trace(mutants, run);
        if (!path) continue;
        /* One that was interrupted has left half a trace. */
        if (!mutants->kept[run]) drill_mutants_trace_drop(mutants, run);
        if (mutants->live && !mutants->mutants[mutants->run_of[run].mutant].shared_trace)
            drill_trace_discard(drill_mutants_broker_trace(mutants, run, false));
        drill_folders_tidy(path, mutants->trace_folder);
    }
}
