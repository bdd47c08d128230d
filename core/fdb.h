// Forwarding databases of bridges and vxlans: which hardware address is behind which port or
// tunnel. bridge(8), linux/neighbour.h.
#ifndef NLU_FDB_H
#define NLU_FDB_H

#include "arena.h"
#include "ipaddr.h"
#include "nlsock.h"

#include <linux/neighbour.h> // the values of the fields

struct nlu_fdb {
    uint8_t mac[NLU_MAC_LEN];
    int index; // of the port, the vxlan or the bridge itself
    const char *ifname; // NULL when it has gone since
    struct nlu_ip dst; // the tunnel's far end
    uint16_t vlan, port; // 0: none
    bool has_vni, has_src_vni, has_times;
    uint32_t vni, src_vni, nhid;
    int via, link_netnsid; // link_netnsid -1: here
    const char *via_name;
    uint16_t state; // NUD_*
    uint8_t flags; // NTF_*
    int master;
    const char *master_name;
    uint32_t used, updated; // seconds ago
};

struct nlu_fdb_list {
    struct nlu_fdb *items;
    size_t count;
};

// What to list; 0 does not filter.
struct nlu_fdb_filter {
    int index, master;
    uint16_t vlan, state;
    bool dynamic; // without those that stay for good
};

NLU_CHECKED int nlu_fdb_list(struct nlu_nlsock *nl, const struct nlu_fdb_filter *filter,
                             struct nlu_arena *arena, struct nlu_fdb_list *ret_list,
                             struct nlu_err *err);

// One entry to make, change or remove. Zero-initialise.
struct nlu_fdb_spec {
    uint8_t mac[NLU_MAC_LEN];
    int index;
    struct nlu_ip dst;
    bool has_vlan, has_vni, has_src_vni;
    uint16_t vlan, port;
    uint32_t vni, src_vni, nhid;
    int via;
    uint16_t state;
    uint8_t flags;
};

enum nlu_fdb_how { NLU_FDB_ADD, NLU_FDB_APPEND, NLU_FDB_REPLACE, NLU_FDB_DEL };

NLU_CHECKED int nlu_fdb_change(struct nlu_nlsock *nl, enum nlu_fdb_how how,
                               const struct nlu_fdb_spec *spec, struct nlu_err *err);

// One entry by its address, as the kernel would use it: of a link (index), or of a bridge (master).
NLU_CHECKED int nlu_fdb_get(struct nlu_nlsock *nl, const struct nlu_fdb_spec *key, int master,
                            struct nlu_arena *arena, struct nlu_fdb *ret_entry,
                            struct nlu_err *err);

// What to remove in one go: the bits of state and flags that are in the masks have to be as given.
struct nlu_fdb_flush {
    int index; // the bridge or vxlan
    int port; // only behind this one; 0: all
    bool has_vlan;
    uint16_t vlan, state, state_mask;
    uint8_t flags, flags_mask; // flags also says self or master
};

// Linux 5.19 for bridges, 6.7 for vxlans; EOPNOTSUPP before.
NLU_CHECKED int nlu_fdb_flush(struct nlu_nlsock *nl, const struct nlu_fdb_flush *flush,
                              struct nlu_err *err);

// One RTM_NEWNEIGH message of AF_BRIDGE; names of links stay NULL. 0 or -EBADMSG. Pure.
NLU_CHECKED int nlu_fdb_parse(const struct nlmsghdr *msg, struct nlu_fdb *ret_entry);

#endif
