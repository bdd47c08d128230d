// WireGuard links: keys, peers, allowed addresses, over generic netlink. wg(8), linux/wireguard.h.
#ifndef NLU_WIREGUARD_H
#define NLU_WIREGUARD_H

#include "arena.h"
#include "ipaddr.h"
#include "nlsock.h"
#include "wgkey.h"

struct nlu_wg_endpoint {
    struct nlu_ip ip; // family 0: none
    uint16_t port;
    uint32_t scope; // of a link-local address, 0 else
};

struct nlu_wg_peer {
    enum {
        NLU_WG_PRESHARED_KEY = 1 << 0,
        NLU_WG_ENDPOINT = 1 << 1,
        NLU_WG_KEEPALIVE = 1 << 2,
        NLU_WG_ALLOWED_IPS = 1 << 3, // they take the place of those that are there
        NLU_WG_REMOVE = 1 << 4,
        NLU_WG_UPDATE_ONLY = 1 << 5,
    } have;
    uint8_t public_key[NLU_WGKEY_SIZE], preshared_key[NLU_WGKEY_SIZE];
    struct nlu_wg_endpoint endpoint;
    uint16_t keepalive; // seconds, 0: off
    struct nlu_prefix *allowed_ips;
    size_t allowed_count;
    // Only read:
    double latest_handshake; // seconds since 1970, 0: none yet
    uint64_t rx_bytes, tx_bytes;
};

struct nlu_wg_device {
    enum {
        NLU_WG_PRIVATE_KEY = 1 << 0,
        NLU_WG_LISTEN_PORT = 1 << 1,
        NLU_WG_FWMARK = 1 << 2,
        NLU_WG_REPLACE_PEERS = 1 << 3, // those that are not named are removed
    } have;
    const char *name; // read: as the kernel has it
    int index;
    uint8_t private_key[NLU_WGKEY_SIZE]; // all zero takes it away
    uint8_t public_key[NLU_WGKEY_SIZE]; // only read
    uint16_t listen_port;
    uint32_t fwmark;
    struct nlu_wg_peer *peers;
    size_t peer_count;
};

// Configures a link by name. What does not fit into one message is sent in several; peers that were
// set before one is refused stay set. EOPNOTSUPP when it is no WireGuard link.
NLU_CHECKED int nlu_wg_set(struct nlu_nlsock *route, int netns, const char *name,
                           const struct nlu_wg_device *device, struct nlu_err *err);

// Reads all there is to know of a link.
NLU_CHECKED int nlu_wg_get(struct nlu_nlsock *route, int netns, const char *name,
                           struct nlu_arena *arena, struct nlu_wg_device *ret_device,
                           struct nlu_err *err);

// The answer to nlu_wg_get, one message of it: peers go on from one message to the next. Pure.
struct nlu_wg_reading {
    struct nlu_arena *arena;
    struct nlu_wg_device device;
    size_t peer_cap, allowed_cap; // allowed_cap is of the newest peer
};
NLU_CHECKED int nlu_wg_parse(const struct nlmsghdr *msg, struct nlu_wg_reading *reading);

#endif
