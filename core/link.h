// Network interfaces: ip-link(8), rtnetlink(7).
#ifndef NLU_LINK_H
#define NLU_LINK_H

#include "arena.h"
#include "ipaddr.h"
#include "nlsock.h"

#include <net/if.h>

enum {
    NLU_LINK_KIND = 32,
    NLU_HWADDR_MAX = 32, // MAX_ADDR_LEN of the kernel
};

// A hardware address of any length: 6 bytes for Ethernet, 4 for an IPv4 tunnel, 16 for an IPv6 one.
struct nlu_hwaddr {
    uint8_t len;
    uint8_t bytes[NLU_HWADDR_MAX];
};

// One interface as the kernel reports it. Texts live in the arena of the call; NULL means absent.
struct nlu_link {
    int index;
    const char *name;
    uint16_t type; // ARPHRD_*
    uint32_t flags; // IFF_*
    uint32_t mtu, min_mtu, max_mtu;
    uint32_t txqlen, group, promiscuity, allmulti;
    uint32_t num_tx_queues, num_rx_queues;
    uint32_t gso_max_size, gso_max_segs, gro_max_size, tso_max_size, tso_max_segs;
    uint32_t gso_ipv4_max_size, gro_ipv4_max_size;
    uint8_t operstate, linkmode;
    bool has_txqlen, has_group, has_operstate, has_linkmode;
    struct nlu_hwaddr address, broadcast;
    int link; // the other end or the lower device, 0 when none
    bool has_link;
    int link_netnsid; // in which namespace `link` counts, -1 when here
    int master; // 0 when none
    const char *qdisc, *alias, *kind, *slave_kind;
    const char *link_name, *master_name; // resolved where the index counts here, else NULL
    const char *const *altnames; // NULL-terminated
    int addr_gen_mode; // IN6_ADDR_GEN_MODE_*, -1 when absent
    const struct nlattr *info_data, *info_slave_data,
        *protinfo; // raw, in the arena, for kind decoders
    bool has_stats;
    struct nlu_link_stats {
        uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors, rx_dropped,
            tx_dropped, multicast, collisions, rx_over_errors, tx_carrier_errors;
    } stats;
};

struct nlu_link_list {
    struct nlu_link *items;
    size_t count;
};

// What to list: fields left 0 or NULL do not filter.
struct nlu_link_filter {
    const char *name; // one interface (also by alternative name): ENODEV when there is none
    const char *kind;
    int master;
    bool up;
};

// All interfaces of the namespace, in the kernel's order (by index).
NLU_CHECKED int nlu_link_list(struct nlu_nlsock *nl, const struct nlu_link_filter *filter,
                              struct nlu_arena *arena, struct nlu_link_list *ret_list,
                              struct nlu_err *err);

// The index of an interface by name; ENODEV when there is none. One ioctl, no message.
NLU_CHECKED int nlu_link_index(struct nlu_nlsock *nl, const char *name, int *ret_index,
                               struct nlu_err *err);

// The name of an index in the socket's namespace; ENODEV when there is none.
NLU_CHECKED int nlu_link_name(struct nlu_nlsock *nl, int index, char ret_name[IFNAMSIZ],
                              struct nlu_err *err);

// What add and set can say about any interface. Zero-initialise; a field counts when its bit is
// set.
struct nlu_link_spec {
    enum {
        NLU_LINK_UP = 1 << 0,
        NLU_LINK_MTU = 1 << 1,
        NLU_LINK_ADDRESS = 1 << 2,
        NLU_LINK_MASTER = 1 << 3,
        NLU_LINK_NETNS = 1 << 4,
        NLU_LINK_NAME = 1 << 5, // set: the new name
        NLU_LINK_TXQLEN = 1 << 6,
        NLU_LINK_ADDRGENMODE = 1 << 7,
        NLU_LINK_BROADCAST = 1 << 8,
        NLU_LINK_GROUP = 1 << 9,
        NLU_LINK_ALIAS = 1 << 10,
        NLU_LINK_NUM_TX_QUEUES = 1 << 11,
        NLU_LINK_NUM_RX_QUEUES = 1 << 12,
        NLU_LINK_INDEX = 1 << 13,
        NLU_LINK_LOWER = 1 << 14, // the lower device (`link` of ip-link)
        NLU_LINK_FLAGS = 1 << 15, // flags and flags_mask besides IFF_UP
    } have;
    const char *name; // add: required; set: the new name
    const char *kind; // add only: "veth", "bridge", …
    bool up;
    uint32_t mtu, txqlen, group, num_tx_queues, num_rx_queues;
    struct nlu_hwaddr address, broadcast;
    int master; // 0 takes it out of its master
    int netns; // descriptor of the namespace to be made in or moved to
    int index; // the index to be given
    int lower;
    uint8_t addr_gen_mode;
    uint32_t flags, flags_mask;
    const char *alias;
    const struct nlu_link_spec *peer; // veth: the other end; never up at birth (ENOTCONN)
};

// Makes an interface: one message, its veth peer included.
NLU_CHECKED int nlu_link_add(struct nlu_nlsock *nl, const struct nlu_link_spec *spec,
                             struct nlu_err *err);

// Changes one by name: one message for all fields but NLU_LINK_NAME's need to be down on old
// kernels.
NLU_CHECKED int nlu_link_set(struct nlu_nlsock *nl, const char *name,
                             const struct nlu_link_spec *spec, struct nlu_err *err);

// Removes one by name (a veth with its peer).
NLU_CHECKED int nlu_link_del(struct nlu_nlsock *nl, const char *name, struct nlu_err *err);

// "UP", "DOWN", "LOWERLAYERDOWN", … as ip prints IFLA_OPERSTATE; "UNKNOWN" beyond the list.
const char *nlu_link_operstate_name(uint8_t operstate);

// "ether", "loopback", … as ip's link_type; NULL for one that is not known.
const char *nlu_link_type_name(uint16_t type);

// The flags' names as ip prints them, in ip's order, into names[0..max). Returns how many there
// are.
size_t nlu_link_flag_names(uint32_t flags, const char **names, size_t max);

// "02:00:00:00:00:01", or the address of a tunnel's end as ip writes it. buf holds 96 bytes.
const char *nlu_link_hwaddr_format(const struct nlu_hwaddr *address, uint16_t type, char *buf,
                                   size_t size);

// Writes the message of nlu_link_add into a buffer of NLU_NL_REQUEST bytes (also for plans). 0 or
// -EMSGSIZE.
NLU_CHECKED int nlu_link_put_add(struct nlmsghdr *msg, const struct nlu_link_spec *spec);
// The same for a change of the interface with this index.
NLU_CHECKED int nlu_link_put_set(struct nlmsghdr *msg, int index, const struct nlu_link_spec *spec);

#endif
