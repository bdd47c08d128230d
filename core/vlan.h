// VLANs of bridges and their ports, as a filtering bridge keeps them: bridge(8),
// linux/if_bridge.h.
#ifndef NLU_VLAN_H
#define NLU_VLAN_H

#include "arena.h"
#include "nlsock.h"

#include <linux/if_bridge.h> // the values of the fields

// One VLAN or a range of them that are alike.
struct nlu_vlan {
    uint16_t first, last;
    uint16_t flags; // BRIDGE_VLAN_INFO_PVID, _UNTAGGED
    bool tunnel; // a mapping to tunnels
    uint32_t tunnel_first, tunnel_last;
};

struct nlu_vlan_port {
    int index;
    const char *ifname; // NULL when it has gone since
    struct nlu_vlan *vlans;
    size_t count;
};

struct nlu_vlan_list {
    struct nlu_vlan_port *items;
    size_t count;
};

// What to list; fields left 0 do not filter.
struct nlu_vlan_filter {
    int index; // one port
    uint16_t vid;
    bool tunnels; // the mappings to tunnels
    bool compress; // ranges of VLANs that are alike, as with `bridge -compressvlans`
};

// The VLANs of ports. Ports without any are left out, as in bridge(8).
NLU_CHECKED int nlu_vlan_list(struct nlu_nlsock *nl, const struct nlu_vlan_filter *filter,
                              struct nlu_arena *arena, struct nlu_vlan_list *ret_list,
                              struct nlu_err *err);

struct nlu_vlan_spec {
    int index;
    const char *ifname; // for messages
    uint16_t first, last; // the same for one
    bool pvid, untagged;
    bool self, master; // neither: the kernel's choice, master
    bool tunnel; // map to tunnels tunnel_first…
    uint32_t tunnel_first;
};

// EOPNOTSUPP with a hint where the kernel was built without VLANs in bridges.
NLU_CHECKED int nlu_vlan_add(struct nlu_nlsock *nl, const struct nlu_vlan_spec *spec,
                             struct nlu_err *err);
NLU_CHECKED int nlu_vlan_del(struct nlu_nlsock *nl, const struct nlu_vlan_spec *spec,
                             struct nlu_err *err);

// One RTM_NEWLINK message of AF_BRIDGE; `ifname` stays NULL. 0, -EBADMSG or -ENOMEM. Pure.
NLU_CHECKED int nlu_vlan_parse(const struct nlmsghdr *msg, const struct nlu_vlan_filter *filter,
                               struct nlu_arena *arena, struct nlu_vlan_port *ret_port);

#endif
