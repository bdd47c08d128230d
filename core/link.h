// Network interfaces: ip-link(8), rtnetlink(7).
#ifndef NLU_LINK_H
#define NLU_LINK_H

#include "arena.h"
#include "ipaddr.h"
#include "linkkind.h"
#include "nlsock.h"
#include <linux/if_link.h> // the values of the fields

#include <net/if.h>

enum {
    NLU_LINK_KIND = 32,
    NLU_HWADDR_MAX = 32, // MAX_ADDR_LEN of the kernel
    NLU_LINK_PROOF_ATTR = 63, // as NLU_LINK_ATTR_MAX of linkkind_int.h
};

// A hardware address of any length: 6 bytes for Ethernet, 4 for an IPv4 tunnel, 16 for an IPv6 one.
struct nlu_hwaddr {
    uint8_t len;
    uint8_t bytes[NLU_HWADDR_MAX];
};

struct nlu_link_stats {
    uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors, rx_dropped,
        tx_dropped, multicast, collisions, rx_over_errors, tx_carrier_errors, rx_length_errors,
        rx_crc_errors, rx_frame_errors, rx_fifo_errors, rx_missed_errors, tx_aborted_errors,
        tx_fifo_errors, tx_heartbeat_errors, tx_window_errors, rx_compressed, tx_compressed,
        rx_nohandler, rx_otherhost_dropped;
};

// One interface as the kernel reports it. Texts live in the arena of the call; NULL means absent.
struct nlu_link {
    int index;
    const char *name;
    uint16_t type; // ARPHRD_*
    uint32_t flags; // IFF_*
    bool lower_down; // ip's M-DOWN: the lower device is there and not up
    uint32_t mtu, min_mtu, max_mtu;
    uint32_t txqlen, group, promiscuity, allmulti;
    uint32_t num_tx_queues, num_rx_queues;
    uint32_t gso_max_size, gso_max_segs, gro_max_size, tso_max_size, tso_max_segs;
    uint32_t gso_ipv4_max_size, gro_ipv4_max_size; // 0: the kernel knows of none
    uint8_t operstate, linkmode;
    bool has_txqlen, has_group, has_operstate, has_linkmode, has_allmulti;
    bool proto_down;
    struct nlu_hwaddr address, broadcast, perm_address;
    int link; // the other end or the lower device, 0 when none
    bool has_link;
    int link_netnsid; // in which namespace `link` counts, -1 when here
    int master; // 0 when none
    const char *qdisc, *alias, *kind, *slave_kind, *parent_bus, *parent_dev;
    const char *link_name, *master_name; // resolved where the index counts here, else NULL
    const char *const *altnames; // NULL-terminated
    int addr_gen_mode; // IN6_ADDR_GEN_MODE_*, -1 when absent
    const struct nlattr *info_data, *info_slave_data, *protinfo; // raw, in the arena
    // What `ip -json -details` shows of them; NIL for a kind that has nothing to show.
    struct nlu_value info, slave_info;
    bool has_stats, has_carrier_changes;
    uint32_t carrier_changes;
    struct nlu_link_stats stats;
};

struct nlu_link_list {
    struct nlu_link *items;
    size_t count;
};

// What to list: fields left 0 or NULL do not filter.
struct nlu_link_filter {
    const char *name; // one interface (also by alternative name): ENODEV when there is none
    const char *kind; // or "bridge_slave", "bond_slave", "vrf_slave": the ports of one
    int master;
    bool no_master; // only what has none
    bool up;
    bool has_group;
    uint32_t group;
};

// One RTM_NEWLINK (or RTM_DELLINK) message into *ret_link: what is in the message itself, so names
// of other links and `info` are not filled yet. Pure. -EBADMSG, -ENOMEM.
NLU_CHECKED int nlu_link_parse(const struct nlmsghdr *msg, struct nlu_arena *arena,
                               struct nlu_link *ret_link);

// Fills the rest of links that nlu_link_parse has read in the socket's namespace: names are looked
// for among `items` first, then asked for. -ENOMEM.
NLU_CHECKED int nlu_link_complete(struct nlu_nlsock *nl, struct nlu_arena *arena,
                                  struct nlu_link *items, size_t count);

// All interfaces of the namespace, in the kernel's order (by index).
NLU_CHECKED int nlu_link_list(struct nlu_nlsock *nl, const struct nlu_link_filter *filter,
                              struct nlu_arena *arena, struct nlu_link_list *ret_list,
                              struct nlu_err *err);

// The index of an interface by name (also an alternative one); ENODEV when there is none. One ioctl
// for names that fit IFNAMSIZ.
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
        NLU_LINK_LINKMODE = 1 << 16,
        NLU_LINK_OPERSTATE = 1 << 17,
        NLU_LINK_PROTODOWN = 1 << 18,
        NLU_LINK_GSO_MAX_SIZE = 1 << 19,
        NLU_LINK_GSO_MAX_SEGS = 1 << 20,
        NLU_LINK_GRO_MAX_SIZE = 1 << 21,
        NLU_LINK_CARRIER = 1 << 22,
    } have;
    const char *name; // add: required; set: the new name
    const char *kind; // "veth", "bridge", …; set: only with options of the kind
    struct nlu_link_data data; // of nlu_link_kind_write; size 0: none
    bool for_slave; // data is for IFLA_INFO_SLAVE_DATA
    bool up;
    uint32_t mtu, txqlen, group, num_tx_queues, num_rx_queues;
    struct nlu_hwaddr address, broadcast;
    int master; // 0 takes it out of its master
    int netns; // descriptor of the namespace to be made in or moved to
    int index; // the index to be given
    int lower;
    uint8_t addr_gen_mode, linkmode, operstate;
    bool proto_down, carrier;
    uint32_t gso_max_size, gso_max_segs, gro_max_size;
    uint32_t flags, flags_mask;
    const char *alias;
    const struct nlu_link_spec *peer; // veth: the other end; never up at birth (ENOTCONN)
};

// Writes options of the kind into spec->data (and sets spec->kind and ->for_slave). `name` is the
// link that is changed, NULL for a new one; `type` its kind or "bridge_slave", "bond_slave", NULL
// to find out which of the two knows the options. Everything lives in the arena. -EINVAL with a
// fault that has a field is a mistake of the caller; other failures are in *err.
NLU_CHECKED int nlu_link_options(struct nlu_nlsock *nl, const char *name, const char *type,
                                 const struct nlu_value *opts, struct nlu_arena *arena,
                                 struct nlu_link_spec *spec, struct nlu_link_fault *fault,
                                 struct nlu_err *err);

// Makes an interface: one message, its veth peer included; a second one where addr_gen_mode is
// given, which the kernel does not take at birth. An option that this kernel would ignore
// is an error, EOPNOTSUPP, and nothing is made.
NLU_CHECKED int nlu_link_add(struct nlu_nlsock *nl, const struct nlu_link_spec *spec,
                             struct nlu_err *err);

// Changes one by name: one message for all fields.
NLU_CHECKED int nlu_link_set(struct nlu_nlsock *nl, const char *name,
                             const struct nlu_link_spec *spec, struct nlu_err *err);

// Removes one by name (a veth with its peer).
NLU_CHECKED int nlu_link_del(struct nlu_nlsock *nl, const char *name, struct nlu_err *err);

// Adds or removes alternative names (NULL-terminated).
NLU_CHECKED int nlu_link_altnames(struct nlu_nlsock *nl, const char *name, bool add,
                                  const char *const *altnames, struct nlu_err *err);

// "UP", "DOWN", "LOWERLAYERDOWN", … as ip prints IFLA_OPERSTATE; "UNKNOWN" beyond the list.
const char *nlu_link_operstate_name(uint8_t operstate);

// "ether", "loopback", … as ip's link_type; NULL for one that is not known.
const char *nlu_link_type_name(uint16_t type);

// The flags' names as ip prints them, in ip's order, into names[0..max). Returns how many there
// are.
size_t nlu_link_flag_names(uint32_t flags, const char **names, size_t max);

// The flags that have no name: ip shows what is left of them in hexadecimal.
uint32_t nlu_link_flags_unnamed(uint32_t flags);

// "02:00:00:00:00:01", or the address of a tunnel's end as ip writes it. buf holds 96 bytes.
const char *nlu_link_hwaddr_format(const struct nlu_hwaddr *address, uint16_t type, char *buf,
                                   size_t size);

// Writes the message of nlu_link_add into a buffer of NLU_NL_REQUEST bytes (also for plans). 0 or
// -EMSGSIZE.
NLU_CHECKED int nlu_link_put_add(struct nlmsghdr *msg, const struct nlu_link_spec *spec);
// The same for a change of the interface with this index.
NLU_CHECKED int nlu_link_put_set(struct nlmsghdr *msg, int index, const struct nlu_link_spec *spec);

#endif
