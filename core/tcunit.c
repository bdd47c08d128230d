#include "tcunit.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *word;
    double factor;
};

// A number that is not negative and the rest of the text. strtod would also take "nan", "inf" and
// "0x10".
static int number(const char *text, double *ret_value, const char **ret_rest) {
    char *end;

    if (!strchr("0123456789.", *text) || !*text)
        return -EINVAL;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return -EINVAL;
    *ret_value = strtod(text, &end);
    if (end == text || !isfinite(*ret_value))
        return -EINVAL;
    *ret_rest = end;
    return 0;
}

static int with_unit(const char *text, const struct unit *units, double max, double *ret_value) {
    const char *rest;
    double value;
    int rc = number(text, &value, &rest);

    if (rc < 0)
        return rc;
    for (; units->word; units++)
        if (strcasecmp(rest, units->word) == 0) {
            value *= units->factor;
            if (value > max)
                return -ERANGE;
            *ret_value = value;
            return 0;
        }
    return -EINVAL;
}

int nlu_tc_time_parse(const char *text, int64_t *ret_ns) {
    static const struct unit units[] = {
        {"s", 1e9},     {"sec", 1e9}, {"secs", 1e9}, {"ms", 1e6},    {"msec", 1e6},
        {"msecs", 1e6}, {"us", 1e3},  {"usec", 1e3}, {"usecs", 1e3}, {"ns", 1},
        {"nsec", 1},    {"nsecs", 1}, {NULL, 0},
    };
    double value;
    int rc = with_unit(text, units, 9e18, &value);

    if (rc == 0)
        *ret_ns = (int64_t)llround(value);
    return rc;
}

int nlu_tc_rate_parse(const char *text, uint64_t *ret_bits) {
    static const struct unit units[] = {
        {"", 1},
        {"bit", 1},
        {"kbit", 1e3},
        {"mbit", 1e6},
        {"gbit", 1e9},
        {"tbit", 1e12},
        {"kibit", 1024.},
        {"mibit", 1048576.},
        {"gibit", 1073741824.},
        {"tibit", 1099511627776.},
        {"bps", 8},
        {"kbps", 8e3},
        {"mbps", 8e6},
        {"gbps", 8e9},
        {"tbps", 8e12},
        {"kibps", 8 * 1024.},
        {"mibps", 8 * 1048576.},
        {"gibps", 8 * 1073741824.},
        {"tibps", 8 * 1099511627776.},
        {NULL, 0},
    };
    double value;
    int rc = with_unit(text, units, 1.8e19, &value);

    if (rc == 0)
        *ret_bits = (uint64_t)value;
    return rc;
}

int nlu_tc_size_parse(const char *text, uint32_t *ret_bytes) {
    static const struct unit units[] = {
        {"", 1},         {"b", 1},         {"k", 1024.},       {"kb", 1024.},
        {"m", 1048576.}, {"mb", 1048576.}, {"g", 1073741824.}, {"gb", 1073741824.},
        {"bit", 1 / 8.}, {"kbit", 128.},   {"mbit", 131072.},  {"gbit", 134217728.},
        {NULL, 0},
    };
    double value;
    int rc = with_unit(text, units, UINT32_MAX, &value);

    if (rc == 0)
        *ret_bytes = (uint32_t)value;
    return rc;
}

int nlu_tc_share_parse(const char *text, double *ret_share) {
    static const struct unit units[] = {{"%", 0.01}, {NULL, 0}};
    double share;
    int rc = with_unit(text, units, 1, &share);

    if (rc == 0)
        *ret_share = share;
    return rc;
}

// Up to four hexadecimal digits; *at moves behind them. False when there are more or none.
static bool hex16(const char **at, uint32_t *ret_value) {
    size_t len = strspn(*at, "0123456789abcdefABCDEF");
    if (len == 0 || len > 4)
        return false;
    *ret_value = (uint32_t)strtoul(*at, NULL, 16);
    *at += len;
    return true;
}

int nlu_tc_handle_parse(const char *text, uint32_t *ret_handle) {
    uint32_t major, minor = 0;

    if (!strcmp(text, "root")) {
        *ret_handle = TC_H_ROOT;
        return 0;
    }
    if (!strcmp(text, "ingress") || !strcmp(text, "clsact")) {
        *ret_handle = TC_H_CLSACT;
        return 0;
    }
    if (!hex16(&text, &major) || *text++ != ':')
        return -EINVAL;
    if (*text && !hex16(&text, &minor))
        return -EINVAL;
    if (*text)
        return -EINVAL;
    *ret_handle = major << 16 | minor;
    return 0;
}

const char *nlu_tc_handle_format(uint32_t handle, char buf[NLU_TC_HANDLE_TEXT]) {
    if (handle == TC_H_ROOT)
        snprintf(buf, NLU_TC_HANDLE_TEXT, "root");
    else if (handle == TC_H_UNSPEC)
        snprintf(buf, NLU_TC_HANDLE_TEXT, "none");
    else if (TC_H_MIN(handle) == 0)
        snprintf(buf, NLU_TC_HANDLE_TEXT, "%x:", TC_H_MAJ(handle) >> 16);
    else
        snprintf(buf, NLU_TC_HANDLE_TEXT, "%x:%x", TC_H_MAJ(handle) >> 16, TC_H_MIN(handle));
    return buf;
}

// tc's print_size: K and M when that loses less than a byte in the printed precision.
const char *nlu_tc_size_format(uint64_t bytes, char *buf, size_t size) {
    double value = (double)bytes;

    if (value >= 1024. * 1024 && fabs(1024. * 1024 * rint(value / (1024. * 1024)) - value) < 1024)
        snprintf(buf, size, "%gMb", rint(value / (1024. * 1024)));
    else if (value >= 1024 && fabs(1024 * rint(value / 1024) - value) < 16)
        snprintf(buf, size, "%gKb", rint(value / 1024));
    else
        snprintf(buf, size, "%llub", (unsigned long long)bytes);
    return buf;
}

uint32_t nlu_tc_ticks(int64_t ns) {
    int64_t ticks = ns >> 6;
    return ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
}

int64_t nlu_tc_ticks_ns(uint32_t ticks) {
    return (int64_t)ticks << 6;
}

uint32_t nlu_tc_share32(double share) {
    return (uint32_t)rint(share * UINT32_MAX);
}

double nlu_tc_share32_value(uint32_t share) {
    return (double)share / UINT32_MAX;
}

uint32_t nlu_tc_xmit_ticks(uint64_t bytes_per_second, uint32_t bytes) {
    double ns = bytes_per_second ? 1e9 * bytes / (double)bytes_per_second : 0;
    return ns >= 64. * UINT32_MAX ? UINT32_MAX : (uint32_t)(ns / 64);
}

uint32_t nlu_tc_xmit_size(uint64_t bytes_per_second, uint32_t ticks) {
    double bytes = (double)bytes_per_second * (double)nlu_tc_ticks_ns(ticks) / 1e9;
    return bytes >= UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}
