// Nexthop objects, which routes can share, and groups of them. ip-nexthop(8), Linux 5.3.
#ifndef NLU_NEXTHOP_H
#define NLU_NEXTHOP_H

#include "arena.h"
#include "ipaddr.h"
#include "nlsock.h"

#include <linux/rtnetlink.h> // the values of the fields

struct nlu_ifnames;

struct nlu_nexthop_member {
    uint32_t id;
    uint16_t weight; // 1 to 256
};

enum { NLU_NEXTHOP_MPATH, NLU_NEXTHOP_RESILIENT }; // NEXTHOP_GRP_TYPE_*

// Of a resilient group (Linux 5.13). Times in hundredths of a second, as the kernel counts them.
struct nlu_nexthop_resilient {
    enum {
        NLU_NEXTHOP_BUCKETS = 1 << 0,
        NLU_NEXTHOP_IDLE_TIMER = 1 << 1,
        NLU_NEXTHOP_UNBALANCED_TIMER = 1 << 2,
    } have; // in a request
    uint16_t buckets;
    uint32_t idle_timer, unbalanced_timer;
    uint64_t unbalanced_time;
};

// One object, as the kernel reports it and as it is asked for. For a request: zero-initialise.
struct nlu_nexthop {
    uint32_t id; // 0 in a request: the kernel chooses
    uint8_t family, scope, protocol;
    uint32_t flags; // RTNH_F_*
    struct nlu_ip gateway; // family 0: none
    int oif;
    const char *dev; // NULL until nlu_nexthop_name
    bool blackhole, fdb;
    uint16_t encap; // LWTUNNEL_ENCAP_*, 0: none
    struct nlu_nexthop_member *members; // a group
    size_t member_count;
    uint16_t group_type; // NLU_NEXTHOP_MPATH or _RESILIENT
    bool has_resilient;
    struct nlu_nexthop_resilient resilient;
};

struct nlu_nexthop_list {
    struct nlu_nexthop *items;
    size_t count;
};

// What to list or to flush: fields left 0 do not filter.
struct nlu_nexthop_filter {
    uint8_t family, protocol;
    int oif, master;
    bool groups, fdb;
};

NLU_CHECKED int nlu_nexthop_list(struct nlu_nlsock *nl, const struct nlu_nexthop_filter *filter,
                                 struct nlu_arena *arena, struct nlu_nexthop_list *ret_list,
                                 struct nlu_err *err);

// One by number; ENOENT when there is none.
NLU_CHECKED int nlu_nexthop_get(struct nlu_nlsock *nl, uint32_t id, struct nlu_arena *arena,
                                struct nlu_nexthop *ret_nexthop, struct nlu_err *err);

enum nlu_nexthop_change {
    NLU_NEXTHOP_ADD, // EEXIST when the number is taken
    NLU_NEXTHOP_REPLACE, // made, or changed for every route that uses it
};

NLU_CHECKED int nlu_nexthop_change(struct nlu_nlsock *nl, enum nlu_nexthop_change change,
                                   const struct nlu_nexthop *nexthop, struct nlu_err *err);

// Removes one with the routes that use it. ENOENT when there is none.
NLU_CHECKED int nlu_nexthop_del(struct nlu_nlsock *nl, uint32_t id, struct nlu_err *err);

// Removes all that the filter lets through (of all: groups first); *ret_count says how many.
NLU_CHECKED int nlu_nexthop_flush(struct nlu_nlsock *nl, const struct nlu_nexthop_filter *filter,
                                  size_t *ret_count, struct nlu_err *err);

// Writes the message into a buffer of NLU_NL_REQUEST bytes. 0 or -EMSGSIZE.
NLU_CHECKED int nlu_nexthop_put(struct nlmsghdr *msg, enum nlu_nexthop_change change,
                                const struct nlu_nexthop *nexthop);

// One RTM_NEWNEXTHOP or RTM_DELNEXTHOP message; `dev` stays NULL. 0, -EBADMSG or -ENOMEM.
NLU_CHECKED int nlu_nexthop_decode(const struct nlmsghdr *msg, struct nlu_arena *arena,
                                   struct nlu_nexthop *ret_nexthop);

// Fills in the interface's name. 0 or -ENOMEM.
NLU_CHECKED int nlu_nexthop_name(struct nlu_nexthop *nexthop, struct nlu_ifnames *names);

#endif
