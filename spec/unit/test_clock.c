// The clocks are the kernel's, in nanoseconds.
#include "check.h"
#include "clock.h"

#include <time.h>

static int64_t kernel(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int main(void) {
    // Between two readings of the kernel's own.
    int64_t before = kernel(CLOCK_MONOTONIC), mono = nlu_clock_mono();
    CHECK(before <= mono && mono <= kernel(CLOCK_MONOTONIC));
    before = kernel(CLOCK_REALTIME);
    int64_t real = nlu_clock_real();
    CHECK(before <= real && real <= kernel(CLOCK_REALTIME));
    CHECK(real / NLU_SECOND > 1700000000); // 2023: the unit is right
    for (int i = 0; i < 100000; i++) {
        int64_t now = nlu_clock_mono();
        if (now < mono)
            CHECK_INT(now, mono);
        mono = now;
    }
    CHECK(NLU_NEVER > mono);
    CHECK_INT(NLU_SECOND, 1000 * NLU_MILLISECOND);
    return check_result();
}
