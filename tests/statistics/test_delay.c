/* Distributions of the delay against their formulas (Kolmogorov-Smirnov), and correlations.
 * usage: statistics_delay WHAT SETTINGS */
#include "sample.h"

enum { PARTS = 2048 };

#define DELAY_NS  (200 * DRILL_NS_PER_MS)
#define JITTER_NS 8192000.0 /* 1000 ns for each step of a table */

/* Standard normal quantile, from erfc by bisection. */
static double normal(double p) {
    double low = -8, high = 8;
    for (int i = 0; i < 80; i++) {
        double middle = (low + high) / 2;
        if (erfc(-middle / sqrt(2.0)) / 2 < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static double pareto(double p) {
    return (pow(1 - p, -1.0 / 3) - 1.5) / sqrt(0.75);
}

static double paretonormal(double p) {
    return 0.25 * normal(p) + 0.75 * pareto(p);
}

static double uniform(double p) {
    return 2 * p - 1;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The greatest distance between the observed and the expected cumulative distribution, at the ends
 * of 2048 equal parts. `scaled`: mean 0 and deviation 1 over the parts, as the tables are made. */
static bool distribution_fits(double *delays, double (*quantile)(double), bool scaled) {
    double values[PARTS], sum = 0, squares = 0;
    for (int i = 0; i < PARTS; i++) {
        values[i] = quantile((i + 0.5) / PARTS);
        sum += values[i];
    }
    for (int i = 0; i < PARTS; i++)
        squares += (values[i] - sum / PARTS) * (values[i] - sum / PARTS);
    double deviation = scaled ? sqrt(squares / PARTS) : 1;
    double middle = scaled ? sum / PARTS : 0;
    qsort(delays, PACKETS, sizeof *delays, compare);
    double most = 0;
    int at = 0;
    for (int i = 0; i + 1 < PARTS; i++) {
        double here = (values[i] - middle) / deviation;
        double next = (values[i + 1] - middle) / deviation;
        double edge = (double)DELAY_NS + JITTER_NS * (here + next) / 2;
        if (next > 3.99) break; /* tables end at four deviations */
        while (at < PACKETS && delays[at] <= edge)
            at++;
        double apart = fabs((double)at / PACKETS - (i + 1.0) / PARTS);
        most = apart > most ? apart : most;
    }
    double limit = 2.7 / sqrt((double)PACKETS); /* one in a million */
    printf("distance %.5f, at most %.5f: %s\n", most, limit,
           most < limit ? "fits" : "DOES NOT FIT");
    return most < limit;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    Sample *sample = sample_take(argv[2], DELAY_NS, 0);
    double *delays = calloc(PACKETS, sizeof *delays);
    if (delays == NULL) return 2;
    for (size_t i = 0; i < PACKETS; i++)
        delays[i] = (double)sample->delay_ns[i];
    if (strcmp(argv[1], "correlation") == 0) {
        bool good = correlation_fits("delays", delays, 0.25);
        return good ? 0 : 1;
    }
    if (strcmp(argv[1], "correlated_normal") == 0)
        return correlation_fits("delays", delays, 0.5) ? 0 : 1;
    if (strcmp(argv[1], "uniform") == 0) {
        bool good = correlation_fits("delays", delays, 0);
        return distribution_fits(delays, uniform, false) && good ? 0 : 1;
    }
    if (strcmp(argv[1], "normal") == 0 || strcmp(argv[1], "table") == 0)
        return distribution_fits(delays, normal, true) ? 0 : 1;
    if (strcmp(argv[1], "pareto") == 0) return distribution_fits(delays, pareto, true) ? 0 : 1;
    if (strcmp(argv[1], "paretonormal") == 0)
        return distribution_fits(delays, paretonormal, true) ? 0 : 1;
    return 2;
}
