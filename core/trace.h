// Traceroute: all hops probed at once, over UDP, ICMP or TCP, IPv4 or IPv6, in one state machine.
//
// Every packet sent has a number of its own, which its answer gives back: the UDP destination port,
// the ICMP sequence number, the TCP source port. Probes that stay unanswered are sent again: Linux
// routers answer six probes at once and then one a second (net.ipv4.icmp_ratelimit), and a hop
// that is only held back by that is no silent hop.
#ifndef NLU_TRACE_H
#define NLU_TRACE_H

#include "clock.h"
#include "err.h"
#include "ipaddr.h"
#include "probesock.h"
#include "util.h"

enum {
    NLU_TRACE_QUERIES = 10, // most probes a hop, as traceroute
    NLU_TRACE_MTU_START = 65000, // bytes a trace for the path MTU begins with, as traceroute --mtu
};

// A hop that is silent while hops behind it answer is given up after this: a router that is only
// held back by its rate limit has had its next token by then.
#define NLU_TRACE_SILENT (1100 * NLU_MILLISECOND)

enum nlu_trace_method { NLU_TRACE_UDP, NLU_TRACE_ICMP, NLU_TRACE_TCP };

struct nlu_trace_opts {
    struct nlu_probe_opts probe; // ttl is not used
    enum nlu_trace_method method;
    uint8_t first_ttl, max_ttl; // 1 <= first_ttl <= max_ttl
    uint8_t queries; // probes a hop, 1 to NLU_TRACE_QUERIES
    uint16_t port; // UDP: of the first packet, then counting up; TCP: of all; ICMP: first number
    size_t size; // of the packets with their IP header; 0: 60 for IPv4, 80 for IPv6
    int64_t wait; // ns to wait for answers of a hop
    bool mtu; // find the path MTU: probes too large, shrunk as the path says
};

enum nlu_trace_state {
    NLU_TRACE_UNSENT,
    NLU_TRACE_WAITING, // sent, no answer: '*' in the end
    NLU_TRACE_ANSWERED,
    NLU_TRACE_REFUSED, // sending failed on this machine
};

struct nlu_trace_probe {
    uint8_t state; // enum nlu_trace_state
    bool reached; // the target itself answered
    uint8_t type, code; // of the ICMP message; both 0 for an echo reply or a TCP segment
    uint32_t info; // MTU that the packet was too big for
    int errnum; // refused
    int64_t rtt; // ns
    struct nlu_ip from;
};

struct nlu_trace_hop {
    uint8_t ttl;
    uint32_t mtu; // what packets were cut down to at this hop; 0: they were not
    struct nlu_trace_probe probes[NLU_TRACE_QUERIES];
};

struct nlu_trace_result {
    const struct nlu_trace_hop *hops; // owned by the trace
    size_t hop_count; // up to the one that ended the path, or max_ttl
    uint8_t queries; // probes in each hop
    bool reached;
    int refused; // errno when probes could not be sent at all; hop_count is 0 then
    size_t size; // bytes the first packet had
    uint32_t mtu; // path MTU as found; 0 when not asked for
};

struct nlu_trace;

// Opens the sockets; nothing is sent before the first step. On success *ret_trace is the caller's,
// to be freed by nlu_trace_close.
NLU_CHECKED int nlu_trace_open(int netns, const struct nlu_ip *dst,
                               const struct nlu_trace_opts *opts, struct nlu_trace **ret_trace,
                               struct nlu_err *err);
void nlu_trace_close(struct nlu_trace *trace);

// Sends what is due, reads what is there; does not wait. When done the socket is closed.
NLU_CHECKED int nlu_trace_step(struct nlu_trace *trace, bool *ret_done, struct nlu_err *err);

// Readable when there is something to read; NLU_NO_FD when done.
int nlu_trace_pollfd(const struct nlu_trace *trace);
// When the next step is due even if nothing arrives (CLOCK_MONOTONIC); NLU_NEVER when done.
int64_t nlu_trace_due(const struct nlu_trace *trace);

// Complete when done.
void nlu_trace_result(const struct nlu_trace *trace, struct nlu_trace_result *ret_result);

#endif
