/* How often packets are doubled, spoilt and put ahead.
 * usage: statistics_rates WHAT SETTINGS */
#include "sample.h"

/* 1 for each packet that arrived before one that was sent earlier. */
static void find_ahead(const Sample *sample, double *out) {
    size_t least = PACKETS;
    for (size_t i = sample->arrived; i-- > 0;) {
        size_t number = (size_t)sample->order[i];
        out[number] = number > least;
        least = number < least ? number : least;
    }
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    const char *what = argv[1];
    bool order = strncmp(what, "reorder", 7) == 0;
    Sample *sample = order ? sample_take(argv[2], 10 * DRILL_NS_PER_MS, 1 * DRILL_NS_PER_MS)
                           : sample_take(argv[2], 1, 0);
    double *values = calloc(PACKETS, sizeof *values);
    if (values == NULL) return 2;
    for (size_t i = 0; i < PACKETS; i++) {
        if (what[0] == 'd') values[i] = sample->arrivals[i] == 2;
        if (what[0] == 'c') values[i] = sample->arrivals[i] == 0;
    }
    if (order) find_ahead(sample, values);
    if (strcmp(what, "duplicate") == 0) return mean_fits(what, values, 0.03) ? 0 : 1;
    if (strcmp(what, "corrupt") == 0) return mean_fits(what, values, 0.02) ? 0 : 1;
    if (strcmp(what, "duplicate_correlated") == 0) {
        bool good = mean_fits(what, values, 0.03);
        return correlation_fits(what, values, 0.4) && good ? 0 : 1;
    }
    if (strcmp(what, "reorder") == 0) return mean_fits(what, values, 0.1) ? 0 : 1;
    /* four packets, then as many tries as it takes */
    if (strcmp(what, "reorder_gap") == 0) return mean_fits(what, values, 1 / (4 + 2.0)) ? 0 : 1;
    return 2;
}
