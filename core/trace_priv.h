// What trace.c (who is probed when) and tracesock.c (how probes leave and answers are read) share.
#ifndef NLU_TRACE_PRIV_H
#define NLU_TRACE_PRIV_H

#include "trace.h"

// One packet that was sent: which probe it stands for and when it left.
struct nlu_trace_tx {
    uint32_t probe; // index: hop * queries + query
    int64_t sent; // CLOCK_REALTIME
};

// What tells a sent packet's answer apart, per method.
struct nlu_trace_answer {
    uint32_t tx; // number of the packet that is answered
    bool reached; // an echo reply or a TCP segment of the target
    uint8_t type, code;
    uint32_t info;
    int64_t stamp;
    struct nlu_ip from;
};

struct nlu_trace;

struct nlu_trace_method_ops {
    int (*open)(struct nlu_trace *trace, int netns, struct nlu_err *err);
    // Writes packet number tx into trace->packet; returns the bytes to hand to sendto, or -errno.
    int (*build)(struct nlu_trace *trace, uint32_t tx);
    // The port that sendto(2) takes for packet number tx.
    uint16_t (*port)(const struct nlu_trace *trace, uint32_t tx);
    // Reads one message; whether it answers one of our packets.
    bool (*read)(struct nlu_trace *trace, const struct nlu_probe_msg *msg,
                 struct nlu_trace_answer *ret_answer);
};

struct nlu_trace_pace {
    int64_t first, last; // CLOCK_MONOTONIC of its first and latest packets; 0: none yet
    uint8_t sent, answered; // probes
    uint8_t rounds; // how often it was probed again
};

struct nlu_trace {
    struct nlu_trace_opts opts;
    const struct nlu_trace_method_ops *ops;
    struct nlu_ip dst, source;
    uint32_t scope;
    int fd;
    int ttl; // that the socket has set now
    bool raw; // ICMP, TCP: raw socket, no error queue where it is ICMP
    bool errors; // answers come through the error queue too
    uint16_t id; // ICMP: echo id; TCP: first source port
    uint32_t seq; // TCP: sequence number
    struct nlu_probe_reader *reader;
    uint8_t *packet;
    size_t size; // bytes of the packets now, with the IP header
    struct nlu_trace_hop *hops;
    struct nlu_trace_pace *paces;
    size_t hop_count; // first_ttl to max_ttl
    size_t end; // hops that matter: up to the one that ended the path
    size_t answered_hops; // index behind the last hop that has an answer
    uint32_t next; // first probe that was never sent
    struct nlu_trace_tx *txs;
    uint32_t tx_count, tx_cap, tx_most;
    uint32_t under_way; // probes sent and not answered
    int64_t last_send; // mono
    int64_t slowest; // longest round trip
    int refused;
    uint32_t stuck; // times in a row that the device took nothing
    uint32_t path_mtu;
    bool started, unfinished, done;
};

extern const struct nlu_trace_method_ops nlu_trace_udp, nlu_trace_icmp, nlu_trace_tcp;

// Sends packet number tx with this TTL. 0, or -errno when sending is refused. With -EMSGSIZE
// *ret_mtu is what would have fitted, 0 when not known.
NLU_CHECKED int nlu_trace_send(struct nlu_trace *trace, uint32_t tx, int ttl, uint32_t *ret_mtu);

// Reads one batch and calls `answer` for what belongs to packets of ours. Returns how many messages
// there were, or -errno.
NLU_CHECKED int nlu_trace_hear(struct nlu_trace *trace,
                               void (*answer)(struct nlu_trace *trace,
                                              const struct nlu_trace_answer *a));

// Bytes of the IP header in front of our packets.
size_t nlu_trace_ip_size(const struct nlu_trace *trace);

#endif
