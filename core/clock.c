#include "clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id) {
    struct timespec t;
    // Cannot fail: both ids exist on every Linux and the pointer is ours.
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * NLU_SECOND + t.tv_nsec;
}

int64_t nlu_clock_mono(void) {
    return read_clock(CLOCK_MONOTONIC);
}

int64_t nlu_clock_real(void) {
    return read_clock(CLOCK_REALTIME);
}
