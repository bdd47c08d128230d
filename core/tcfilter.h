// Filters: which packets go to which class, or to another interface: tc-u32(8), tc-matchall(8),
// tc-flower(8), tc-fw(8), tc-mirred(8).
#ifndef NLU_TCFILTER_H
#define NLU_TCFILTER_H

#include "ipaddr.h"
#include "qdisc.h"

enum nlu_tcfilter_kind {
    NLU_TCFILTER_OTHER, // read only
    NLU_TCFILTER_U32,
    NLU_TCFILTER_MATCHALL,
    NLU_TCFILTER_FLOWER,
    NLU_TCFILTER_FW,
};

enum nlu_tcaction {
    NLU_TCACTION_NONE,
    NLU_TCACTION_DROP, // gact
    NLU_TCACTION_PASS,
    NLU_TCACTION_REDIRECT, // mirred, out of the other interface
    NLU_TCACTION_MIRROR,
    NLU_TCACTION_OTHER, // read only
};

// What a packet must be like: of u32 and flower. family 0: not held against it.
struct nlu_tcmatch {
    struct nlu_prefix src, dst;
    bool has_ip_proto;
    uint8_t ip_proto;
    uint16_t src_port, dst_port; // 0: not held against it
};

// The most words a u32 filter of ours has: two IPv6 addresses, protocol, ports.
enum { NLU_U32_KEYS = 11 };

// One word of a packet, in network order, as u32 compares it.
struct nlu_u32_key {
    uint32_t value, mask;
    int32_t offset;
};

struct nlu_tcfilter_spec {
    const char *dev;
    uint32_t parent; // a qdisc, or NLU_TC_INGRESS, NLU_TC_EGRESS of clsact
    uint16_t protocol; // ETH_P_*, host order
    uint16_t prio; // 0: the kernel chooses
    uint32_t handle; // fw: the mark
    enum nlu_tcfilter_kind kind;
    struct nlu_tcmatch match;
    uint32_t classid; // 0 for none
    enum nlu_tcaction action;
    const char *action_dev; // of REDIRECT and MIRROR
};

#define NLU_TC_INGRESS 0xfffffff2u
#define NLU_TC_EGRESS 0xfffffff3u

struct nlu_tcfilter {
    const char *kind_name; // in the arena of the call
    enum nlu_tcfilter_kind kind;
    uint32_t parent, handle, chain;
    uint16_t protocol, prio;
    bool has_options; // false for the line that stands for all of a kind and preference
    uint32_t classid;
    struct nlu_tcmatch match; // flower
    uint32_t ht_divisor; // u32: a hash table, not a filter
    size_t key_count; // u32
    struct nlu_u32_key keys[NLU_U32_KEYS];
    enum nlu_tcaction action; // the first one
    int action_ifindex; // of REDIRECT and MIRROR
    const char *action_kind, *action_dev;
};

struct nlu_tcfilter_list {
    struct nlu_tcfilter *items;
    size_t count;
};

NLU_CHECKED int nlu_tcfilter_set(struct nlu_nlsock *nl, enum nlu_tc_verb verb,
                                 const struct nlu_tcfilter_spec *spec, struct nlu_err *err);

// Removes the filters of a parent; of one preference when prio is not 0.
NLU_CHECKED int nlu_tcfilter_del(struct nlu_nlsock *nl, const char *dev, uint32_t parent,
                                 uint16_t prio, struct nlu_err *err);

// The filters of one parent; 0: of the root's qdisc.
NLU_CHECKED int nlu_tcfilter_list(struct nlu_nlsock *nl, const char *dev, uint32_t parent,
                                  struct nlu_arena *arena, struct nlu_tcfilter_list *ret_list,
                                  struct nlu_err *err);

// The words that stand for a match. Pure.
size_t nlu_u32_keys(const struct nlu_tcmatch *match, uint16_t protocol,
                    struct nlu_u32_key keys[NLU_U32_KEYS]);

// One RTM_NEWTFILTER message; `action_dev` stays NULL. 0, -EBADMSG or -ENOMEM. Pure.
NLU_CHECKED int nlu_tcfilter_parse(const struct nlmsghdr *msg, struct nlu_arena *arena,
                                   struct nlu_tcfilter *ret_filter);

#endif
