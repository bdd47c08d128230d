#include "pingstat.h"

// The integer square root: libm would be one more library for one function.
static int64_t root(double square) {
    uint64_t low = 0, high = UINT64_C(1) << 32;

    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if ((double)middle * (double)middle <= square)
            low = middle;
        else
            high = middle - 1;
    }
    return (int64_t)low;
}

void nlu_pingstat_add(struct nlu_pingstat *stat, int64_t rtt) {
    stat->samples++;
    stat->sum += rtt;
    if (stat->samples == 1 || rtt < stat->min)
        stat->min = rtt;
    if (rtt > stat->max)
        stat->max = rtt;
    // Welford's method: sums of squares of nanoseconds would not fit 64 bits.
    double distance = (double)rtt - stat->mean;
    stat->mean += distance / stat->samples;
    stat->squares += distance * ((double)rtt - stat->mean);
    // RFC 6298's smoothing with 1/8, and the first sample as it is.
    stat->ewma8 = stat->samples == 1 ? rtt * 8 : stat->ewma8 + rtt - stat->ewma8 / 8;
}

int64_t nlu_pingstat_avg(const struct nlu_pingstat *stat) {
    return stat->samples ? stat->sum / stat->samples : 0;
}

int64_t nlu_pingstat_mdev(const struct nlu_pingstat *stat) {
    return stat->samples ? root(stat->squares / stat->samples) : 0;
}

int64_t nlu_pingstat_ewma(const struct nlu_pingstat *stat) {
    return stat->ewma8 / 8;
}
