// The figures under a ping: min/avg/max/mdev, the moving average, the pipe. Pure.
#ifndef NLU_PINGSTAT_H
#define NLU_PINGSTAT_H

#include "util.h"

// Times in nanoseconds. Zero-initialise.
struct nlu_pingstat {
    uint32_t samples;
    int64_t min, max, sum;
    double mean, squares; // running mean and sum of squared distances from it
    int64_t ewma8; // eight times the moving average, as ping keeps it
};

void nlu_pingstat_add(struct nlu_pingstat *stat, int64_t rtt);
int64_t nlu_pingstat_avg(const struct nlu_pingstat *stat);
// The standard deviation of all samples, which ping calls mdev.
int64_t nlu_pingstat_mdev(const struct nlu_pingstat *stat);
int64_t nlu_pingstat_ewma(const struct nlu_pingstat *stat);

#endif
