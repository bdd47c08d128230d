#include "check.h"
#include "tcunit.h"

#include <errno.h>
#include <linux/pkt_sched.h>

static void test_times(void) {
    static const struct {
        const char *text;
        long long ns;
    } good[] = {{"10ms", 10000000}, {"1.5s", 1500000000},  {"200us", 200000},  {"50ns", 50},
                {"0s", 0},          {"2secs", 2000000000}, {"3MSEC", 3000000}, {".5ms", 500000}};
    static const char *const bad[] = {"",     "10",   "ms",     "-1ms", "1 ms", "1min",
                                      "nans", "0x1s", "1e999s", "infs", "1mss"};
    int64_t ns;

    for (size_t i = 0; i < NLU_COUNT(good); i++) {
        ns = -1;
        CHECK_INT(nlu_tc_time_parse(good[i].text, &ns), 0);
        CHECK_INT(ns, good[i].ns);
    }
    for (size_t i = 0; i < NLU_COUNT(bad); i++) {
        ns = -1;
        CHECK(nlu_tc_time_parse(bad[i], &ns) < 0);
    }
    CHECK_INT(nlu_tc_time_parse("1e10s", &ns), -ERANGE);
}

static void test_rates(void) {
    static const struct {
        const char *text;
        unsigned long long bits;
    } good[] = {{"1mbit", 1000000}, {"10kbit", 10000},   {"1.5gbit", 1500000000},
                {"800", 800},       {"1bps", 8},         {"100kbps", 800000},
                {"1kibit", 1024},   {"1MiBit", 1048576}, {"1tbit", 1000000000000},
                {"8bit", 8}};
    static const char *const bad[] = {"", "mbit", "1mb", "-1bit", "1 mbit", "1%", "1e30bit"};
    uint64_t bits;

    for (size_t i = 0; i < NLU_COUNT(good); i++) {
        bits = 1;
        CHECK_INT(nlu_tc_rate_parse(good[i].text, &bits), 0);
        CHECK_INT(bits, good[i].bits);
    }
    for (size_t i = 0; i < NLU_COUNT(bad); i++)
        CHECK(nlu_tc_rate_parse(bad[i], &bits) < 0);
}

static void test_sizes(void) {
    static const struct {
        const char *text;
        uint32_t bytes;
    } good[] = {{"1600", 1600},   {"1600b", 1600}, {"10k", 10240}, {"10kb", 10240},
                {"2mb", 2097152}, {"8bit", 1},     {"1kbit", 128}, {"0", 0}};
    static const char *const bad[] = {"", "kb", "5gb", "1tb", "-1", "1 k"};
    uint32_t bytes;
    char text[32];

    for (size_t i = 0; i < NLU_COUNT(good); i++) {
        bytes = 1;
        CHECK_INT(nlu_tc_size_parse(good[i].text, &bytes), 0);
        CHECK_INT(bytes, good[i].bytes);
    }
    for (size_t i = 0; i < NLU_COUNT(bad); i++)
        CHECK(nlu_tc_size_parse(bad[i], &bytes) < 0);
    CHECK_STR(nlu_tc_size_format(10240, text, sizeof text), "10Kb");
    CHECK_STR(nlu_tc_size_format(1600, text, sizeof text), "1600b");
    CHECK_STR(nlu_tc_size_format(1048576, text, sizeof text), "1Mb");
    CHECK_STR(nlu_tc_size_format(0, text, sizeof text), "0b");
}

static void test_shares(void) {
    double share;

    CHECK_INT(nlu_tc_share_parse("1%", &share), 0);
    CHECK(share == 0.01);
    CHECK_INT(nlu_tc_share_parse("100%", &share), 0);
    CHECK(share == 1);
    CHECK_INT(nlu_tc_share_parse("100.1%", &share), -ERANGE);
    CHECK_INT(nlu_tc_share_parse("1", &share), -EINVAL);
    CHECK_INT(nlu_tc_share_parse("%", &share), -EINVAL);
    CHECK_INT(nlu_tc_share32(0), 0);
    CHECK_INT(nlu_tc_share32(1), UINT32_MAX);
    CHECK(nlu_tc_share32_value(nlu_tc_share32(0.25)) - 0.25 < 1e-9);
}

static void test_handles(void) {
    char text[NLU_TC_HANDLE_TEXT];
    uint32_t handle;

    CHECK_INT(nlu_tc_handle_parse("1:", &handle), 0);
    CHECK_INT(handle, 0x10000);
    CHECK_INT(nlu_tc_handle_parse("1:1f", &handle), 0);
    CHECK_INT(handle, 0x1001f);
    CHECK_STR(nlu_tc_handle_format(handle, text), "1:1f");
    CHECK_INT(nlu_tc_handle_parse("ffff:fff1", &handle), 0);
    CHECK_INT(handle, TC_H_CLSACT);
    CHECK_INT(nlu_tc_handle_parse("root", &handle), 0);
    CHECK_INT(handle, TC_H_ROOT);
    CHECK_STR(nlu_tc_handle_format(handle, text), "root");
    CHECK_INT(nlu_tc_handle_parse("clsact", &handle), 0);
    CHECK_INT(handle, TC_H_CLSACT);
    CHECK_STR(nlu_tc_handle_format(0x20000, text), "2:");
    CHECK_STR(nlu_tc_handle_format(0, text), "none");
    static const char *const bad[] = {
        "", ":", "1", "1:g", "10000:", "1:10000", "1:1:", " 1:", "-1:"};
    for (size_t i = 0; i < NLU_COUNT(bad); i++)
        CHECK_INT(nlu_tc_handle_parse(bad[i], &handle), -EINVAL);
}

static void test_ticks(void) {
    CHECK_INT(nlu_tc_ticks(10000000), 156250);
    CHECK_INT(nlu_tc_ticks_ns(156250), 10000000);
    CHECK_INT(nlu_tc_ticks(INT64_MAX), UINT32_MAX);
    // 10 KiB at 1 Mbit/s take 81.92 ms.
    CHECK_INT(nlu_tc_xmit_ticks(125000, 10240), 1280000);
    CHECK_INT(nlu_tc_xmit_size(125000, 1280000), 10240);
    CHECK_INT(nlu_tc_xmit_ticks(0, 1), 0);
}

int main(void) {
    test_times();
    test_rates();
    test_sizes();
    test_shares();
    test_handles();
    test_ticks();
    return check_result();
}
