// Ping: one target or many, from one namespace or many, in one state machine.
//
// All targets of a namespace and family share one raw ICMP socket, each under an echo id of its
// own, so that every target sees the sequence numbers 1, 2, 3 … of a ping by itself. Where raw
// sockets are refused, each target has a datagram ICMP socket instead (see icmp(7)).
#ifndef NLU_PING_H
#define NLU_PING_H

#include "clock.h"
#include "err.h"
#include "ipaddr.h"
#include "pingstat.h"
#include "probesock.h"
#include "util.h"

enum {
    NLU_PING_PATTERN = 16, // bytes of pattern, as ping takes
    NLU_PING_STAMP = 16, // payload bytes that hold the time of sending; ping's struct timeval
    NLU_PING_MAX_SIZE = 65507, // 65535 without the IPv4 and ICMP headers
};

// Long enough for the kernel to give up on a neighbour (three requests, one second apart) and say
// so: an unreachable host is then reported as such and not as silence.
#define NLU_PING_TIMEOUT (4 * NLU_SECOND)
// With replies seen, what is missing is waited for as long as two round trips, but not less than
// this: a busy machine must not look like a lossy network.
#define NLU_PING_LEAST_WAIT NLU_SECOND
// When the window is full and nothing comes back, the next probe goes out after this: as ping -f,
// "or one hundred times per second, whichever is more".
#define NLU_PING_PATIENCE (10 * NLU_MILLISECOND)

enum nlu_ping_socket { NLU_PING_ANY, NLU_PING_RAW, NLU_PING_DATAGRAM };

struct nlu_ping_opts {
    struct nlu_probe_opts probe;
    uint32_t count; // probes a target; with a deadline: replies waited for; 0: no limit
    int64_t interval; // ns between the probes of a target; 0: as fast as replies come back
    uint32_t window; // unanswered probes a socket may have in flight; at least 1
    size_t size; // payload bytes
    uint8_t pattern[NLU_PING_PATTERN];
    size_t pattern_size; // 0: every byte its own offset
    int64_t timeout; // ns after the last probe; -1: as above
    int64_t deadline; // ns after the start, whatever is still missing; 0: none
    enum nlu_ping_socket socket; // ANY: raw first, datagram where raw is refused
};

struct nlu_ping_target {
    int netns; // used while opening only
    struct nlu_ip addr;
};

enum nlu_ping_kind {
    NLU_PING_REPLY,
    NLU_PING_ERROR, // an ICMP error about a probe
    NLU_PING_NOTICE, // a redirect or source quench: the probe went on
    NLU_PING_LOCAL, // sending was refused on this machine
};

struct nlu_ping_event {
    uint8_t kind; // enum nlu_ping_kind
    bool duplicate, corrupted; // reply
    uint8_t ttl; // reply; 0 when not known
    uint8_t type, code; // error, notice
    uint32_t seq; // from 1; not cut to 16 bits
    uint32_t bytes; // reply: ICMP header and payload
    uint32_t info; // error: MTU or pointer; notice: the gateway, IPv4, network order
    int errnum; // local
    int64_t at; // ns since the target's first probe
    int64_t rtt; // reply, error; ns
    struct nlu_ip from;
};

struct nlu_ping_result {
    struct nlu_ip addr;
    uint32_t sent, received, duplicates, corrupted, errors;
    uint32_t pipe; // most probes that were under way at once, as ping counts
    int refused; // errno when the only probe could not be sent; 0
    int64_t elapsed; // ns from the first probe to the last
    struct nlu_pingstat stat;
    const struct nlu_ping_event *events; // in order of arrival; owned by the ping
    uint32_t event_count;
};

struct nlu_ping;

// Opens the sockets for all targets; nothing is sent before the first step. On success *ret_ping is
// the caller's, to be freed by nlu_ping_close.
NLU_CHECKED int nlu_ping_open(const struct nlu_ping_opts *opts,
                              const struct nlu_ping_target *targets, size_t count,
                              struct nlu_ping **ret_ping, struct nlu_err *err);
void nlu_ping_close(struct nlu_ping *ping);

// Sends what is due, reads what is there; does not wait, and comes back after a few milliseconds
// even when there is more to do. Done means: all answered, timed out, or the deadline is over; the
// sockets are then closed.
NLU_CHECKED int nlu_ping_step(struct nlu_ping *ping, bool *ret_done, struct nlu_err *err);

// Readable when there is something to read; NLU_NO_FD when done.
int nlu_ping_pollfd(const struct nlu_ping *ping);
// When the next step is due even if nothing arrives (CLOCK_MONOTONIC); NLU_NEVER when done.
int64_t nlu_ping_due(const struct nlu_ping *ping);

size_t nlu_ping_count(const struct nlu_ping *ping);
// Good until nlu_ping_close; the numbers may still change until done.
const struct nlu_ping_result *nlu_ping_result(const struct nlu_ping *ping, size_t i);

#endif
