// The two clocks of core, in nanoseconds. Pure code takes times as parameters and never includes
// this.
#ifndef NLU_CLOCK_H
#define NLU_CLOCK_H

#include <stdint.h>

#define NLU_SECOND INT64_C(1000000000)
#define NLU_MILLISECOND INT64_C(1000000)
// A deadline that never comes.
#define NLU_NEVER INT64_MAX

// CLOCK_MONOTONIC: for deadlines and intervals.
int64_t nlu_clock_mono(void);

// CLOCK_REALTIME: comparable with the kernel's packet timestamps.
int64_t nlu_clock_real(void);

#endif
