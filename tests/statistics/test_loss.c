/* Loss models: rate, and how long runs of losses and of arrivals are.
 * usage: statistics_loss MODEL SETTINGS: the settings are tried against the model's right ones. */
#include "sample.h"

enum { LENGTHS = 200 };

typedef struct Runs {
    double lost[LENGTHS], passed[LENGTHS]; /* runs of this length - 1 */
    double lost_count, passed_count;
} Runs;

static Runs runs_of(const Sample *sample) {
    Runs runs;
    memset(&runs, 0, sizeof runs);
    int length = 1;
    for (size_t i = 1; i < PACKETS; i++, length++) {
        bool before = sample->arrivals[i - 1] == 0;
        if (before == (sample->arrivals[i] == 0)) continue;
        int bin = (length < LENGTHS ? length : LENGTHS) - 1;
        if (before) {
            runs.lost[bin]++;
            runs.lost_count++;
        } else {
            runs.passed[bin]++;
            runs.passed_count++;
        }
        length = 0;
    }
    return runs;
}

/* Lengths of runs that end with probability 1 - `stay` after each packet; a part `alone` of them
 * always has length 1. */
static bool lengths_fit(const char *what, const double *observed, double count, double stay,
                        double alone) {
    double expected[LENGTHS];
    double left = 1 - alone;
    for (int i = 0; i < LENGTHS; i++) {
        expected[i] = count * left * (i + 1 < LENGTHS ? 1 - stay : 1);
        left *= stay;
    }
    expected[0] += count * alone;
    return chi_square_fits(what, observed, expected, LENGTHS);
}

/* Losses in batches of 1000 against the binomial distribution. */
static bool counts_fit(const Sample *sample, double p) {
    double observed[BATCH + 1] = {0}, expected[BATCH + 1];
    for (int i = 0; i < BATCHES; i++) {
        int lost = 0;
        for (int k = 0; k < BATCH; k++)
            lost += sample->arrivals[i * BATCH + k] == 0;
        observed[lost]++;
    }
    for (int k = 0; k <= BATCH; k++) {
        double log_of = lgamma(BATCH + 1) - lgamma(k + 1) - lgamma(BATCH - k + 1) + k * log(p) +
                        (BATCH - k) * log1p(-p);
        expected[k] = BATCHES * exp(log_of);
    }
    return chi_square_fits("losses per 1000", observed, expected, BATCH + 1);
}

typedef struct Model {
    const char *name;
    double rate;      /* of loss */
    double lost_stay; /* a loss is followed by a loss; < 0: not tried */
    double alone;     /* part of the runs that are a single loss by themselves */
    double passed_stay;
    double pairs; /* two losses in a row; < 0: not tried */
    bool counts;
} Model;

static Model independent(const char *name, double p) {
    return (Model){name, p, p, 0, 1 - p, p * p, true};
}

/* Of the 4-state model, from the balance of its states. */
static Model markov(const char *name, const double p[5]) {
    double p13 = p[0], p31 = p[1], p32 = p[2], p23 = p[3], p14 = p[4];
    double s1 = 1, s3 = p13 / p31, s2 = s3 * p32 / p23, s4 = p14;
    double sum = s1 + s2 + s3 + s4;
    double bursts = s1 * p13 + s2 * p23;
    return (Model){name, (s3 + s4) / sum, 1 - p31 - p32, s1 * p14 / (s1 * p14 + bursts), -1, -1,
                   false};
}

static Model elliott(const char *name, double p, double r, double bad, double good) {
    double in_bad = p / (p + r), in_good = 1 - in_bad;
    double pairs =
        in_bad * bad * ((1 - r) * bad + r * good) + in_good * good * ((1 - p) * good + p * bad);
    return (Model){name, in_bad * bad + in_good * good, -1, 0, -1, pairs, false};
}

static bool find(const char *name, Model *out) {
    static const double set[5] = {0.01, 0.2, 0.3, 0.4, 0.005};
    double again = 0.3 + 0.7 * 0.05;
    const Model models[] = {
        independent("independent", 0.05),
        independent("independent_runs", 0.05),
        {"correlated", 0.05, again, 0, 0.3 + 0.7 * 0.95, 0.05 * again, false},
        {"gilbert", 0.01 / 0.21, 0.8, 0, 0.99, 0.01 / 0.21 * 0.8, false},
        elliott("elliott", 0.02, 0.2, 0.8, 0.01),
        markov("markov", set),
        markov("markov_alone", set),
    };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        if (strcmp(models[i].name, name) != 0) continue;
        *out = models[i];
        return true;
    }
    return false;
}

int main(int argc, char **argv) {
    Model model;
    if (argc != 3 || !find(argv[1], &model)) return 2;
    Sample *sample = sample_take(argv[2], 0, 0);
    double *lost = calloc(PACKETS, sizeof *lost);
    double *pairs = calloc(PACKETS, sizeof *pairs);
    if (lost == NULL || pairs == NULL) return 2;
    for (size_t i = 0; i < PACKETS; i++) {
        lost[i] = sample->arrivals[i] == 0;
        pairs[i] = i > 0 && lost[i] != 0 && lost[i - 1] != 0;
    }
    Runs runs = runs_of(sample);
    bool good = mean_fits("loss", lost, model.rate);
    if (model.counts) good = counts_fit(sample, model.rate) && good;
    if (model.pairs >= 0) good = mean_fits("two in a row", pairs, model.pairs) && good;
    if (model.lost_stay >= 0)
        good = lengths_fit("runs of losses", runs.lost, runs.lost_count, model.lost_stay,
                           model.alone) &&
               good;
    if (model.passed_stay >= 0)
        good = lengths_fit("runs between", runs.passed, runs.passed_count, model.passed_stay, 0) &&
               good;
    return good ? 0 : 1;
}
