// tc's words for times, rates, sizes, shares and handles, between text and numbers: tc(8),
// PARAMETERS. Pure.
#ifndef NLU_TCUNIT_H
#define NLU_TCUNIT_H

#include "util.h"

enum { NLU_TC_HANDLE_TEXT = 16 };

// "10ms", "1.5s", "200us", "50ns" (also sec, msec, usec, nsec and their plurals) into nanoseconds.
// A number without a unit is refused: tc itself takes it for micro- or for nanoseconds.
NLU_CHECKED int nlu_tc_time_parse(const char *text, int64_t *ret_ns);

// "1mbit", "10kbit", "1.5gbit" (1000), "1mibit" (1024), "100kbps" (bytes) into bits in a second.
NLU_CHECKED int nlu_tc_rate_parse(const char *text, uint64_t *ret_bits);

// "1600", "1600b", "10k", "10kb", "2mb" (1024), "10kbit" into bytes.
NLU_CHECKED int nlu_tc_size_parse(const char *text, uint32_t *ret_bytes);

// "1%", "0.1%" into a share from 0 to 1.
NLU_CHECKED int nlu_tc_share_parse(const char *text, double *ret_share);

// "1:", "1:10", "ffff:fff1" (hexadecimal), "root", "ingress", "clsact".
NLU_CHECKED int nlu_tc_handle_parse(const char *text, uint32_t *ret_handle);

// "1:", "1:10", "root", "none" (0). Returns buf.
const char *nlu_tc_handle_format(uint32_t handle, char buf[NLU_TC_HANDLE_TEXT]);

// "1600b", "10Kb", "1Mb" as tc prints a size. buf holds 32 bytes. Returns buf.
const char *nlu_tc_size_format(uint64_t bytes, char *buf, size_t size);

// The kernel counts time in ticks of 64 ns in old structs (PSCHED_SHIFT), and shares in 32 bits.
uint32_t nlu_tc_ticks(int64_t ns);
int64_t nlu_tc_ticks_ns(uint32_t ticks);
uint32_t nlu_tc_share32(double share);
double nlu_tc_share32_value(uint32_t share);

// The time, in ticks, that `bytes` take at a rate in bytes a second: how burst sizes are handed
// over.
uint32_t nlu_tc_xmit_ticks(uint64_t bytes_per_second, uint32_t bytes);
// The other way.
uint32_t nlu_tc_xmit_size(uint64_t bytes_per_second, uint32_t ticks);

#endif
