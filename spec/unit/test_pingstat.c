// pingstat.c: the figures of a few known samples, and of many.
#include "pingstat.h"

#include "check.h"

static void knows_nothing_without_samples(void) {
    struct nlu_pingstat s = {0};

    CHECK_INT(nlu_pingstat_avg(&s), 0);
    CHECK_INT(nlu_pingstat_mdev(&s), 0);
    CHECK_INT(nlu_pingstat_ewma(&s), 0);
}

static void computes_as_ping(void) {
    struct nlu_pingstat s = {0};

    // ping printed "0.076/0.214/0.352/0.138 ms" for 0.352 and 0.076.
    nlu_pingstat_add(&s, 352000);
    nlu_pingstat_add(&s, 76000);
    CHECK_INT(s.min, 76000);
    CHECK_INT(nlu_pingstat_avg(&s), 214000);
    CHECK_INT(s.max, 352000);
    CHECK_INT(nlu_pingstat_mdev(&s), 138000);
    // 8 * 352 us, then 1/8 of the way to 76 us.
    CHECK_INT(nlu_pingstat_ewma(&s), 352000 - (352000 - 76000) / 8);
}

static void keeps_small_deviations_of_long_times(void) {
    struct nlu_pingstat s = {0};

    for (int i = 0; i < 100000; i++)
        nlu_pingstat_add(&s, INT64_C(3600000000000) + (i % 2 ? 1000 : -1000));
    CHECK_INT(nlu_pingstat_avg(&s), INT64_C(3600000000000));
    CHECK(nlu_pingstat_mdev(&s) >= 999 && nlu_pingstat_mdev(&s) <= 1001);
}

int main(void) {
    knows_nothing_without_samples();
    computes_as_ping();
    keeps_small_deviations_of_long_times();
    return check_result();
}
