// What ping.c (who sends when) and pinghear.c (what an arriving packet means) share.
#ifndef NLU_PING_PRIV_H
#define NLU_PING_PRIV_H

#include "ping.h"

enum nlu_probe_state { NLU_PROBE_NONE, NLU_PROBE_SENT, NLU_PROBE_ANSWERED, NLU_PROBE_FAILED };

struct nlu_ping_probe {
    int64_t sent; // CLOCK_REALTIME, as the kernel's timestamps
    uint8_t state;
};

struct nlu_ping_peer {
    struct nlu_ping_result result;
    struct nlu_ping_probe *probes; // result.sent of them
    uint32_t probe_cap, event_cap;
    struct nlu_ping_event *events;
    int64_t due; // CLOCK_MONOTONIC
    int64_t stuck; // since when the kernel takes no probe, mono; 0: it does
    int64_t first_sent; // CLOCK_REALTIME
    uint32_t socket; // index
    uint16_t id;
    uint32_t next; // in the queue of its socket
};

// One socket. The queue holds the peers that still have something to send, in the order they are
// due: as all share one interval, taking from the head and putting back at the tail keeps it so.
struct nlu_ping_sock {
    int fd;
    int netns;
    uint8_t family;
    bool datagram;
    uint32_t scope; // interface index for link-local targets
    uint16_t first_id;
    uint32_t first_peer, peers; // in ping->ids, by id - first_id
    uint32_t head, tail; // NLU_PING_NOBODY when empty
    uint32_t pending; // probes neither answered nor failed
    uint32_t fresh; // of them, those the window counts
    uint32_t mute; // peers that have had no reply yet
    int64_t last_send; // mono
    int64_t slowest; // longest round trip
    bool readable, done;
};

#define NLU_PING_NOBODY UINT32_MAX

struct nlu_ping {
    struct nlu_ping_opts opts;
    struct nlu_ping_peer *peers;
    size_t peer_count;
    struct nlu_ping_sock *socks;
    uint32_t sock_count, open_socks;
    uint32_t *ids; // peers of each socket, in the order of their echo ids
    struct nlu_probe_reader *reader;
    uint8_t *packet; // header and payload; patched for every probe
    uint32_t pattern_sum; // of the payload behind the stamp
    uint64_t cookie; // in every payload: whose probe an answer belongs to
    int epoll; // NLU_NO_FD with one socket
    uint32_t turn; // socket the next step begins with
    bool unfinished; // the last step left work
    int64_t start; // mono; 0 before the first step
    bool done;
};

// One more event for the peer; NULL when there is no memory.
struct nlu_ping_event *nlu_ping_event_add(struct nlu_ping_peer *peer);

// Reads one batch from the socket and files it. Returns how many messages there were, or -errno.
NLU_CHECKED int nlu_ping_hear(struct nlu_ping *ping, struct nlu_ping_sock *sock);

#endif
