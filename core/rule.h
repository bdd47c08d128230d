// Routing policy: which table a packet's route is looked for in. ip-rule(8).
#ifndef NLU_RULE_H
#define NLU_RULE_H

#include "arena.h"
#include "ipaddr.h"
#include "nlsock.h"
#include <linux/rtnetlink.h> // the values of the fields

#include <linux/fib_rules.h> // the values of the fields

struct nlu_rule_range {
    uint32_t start, end; // both included
};

// One rule, as the kernel reports it and as it is asked for. Texts live in the arena of the call;
// NULL means absent. For a request: zero-initialise, and `family` is required.
struct nlu_rule {
    enum {
        NLU_RULE_PRIORITY = 1 << 0, // default: before the first rule that is there
        NLU_RULE_TABLE = 1 << 1, // default: main, where the action looks one up
        NLU_RULE_FWMARK = 1 << 2,
        NLU_RULE_FWMASK = 1 << 3,
        NLU_RULE_REALMS = 1 << 4,
        NLU_RULE_TUN_ID = 1 << 5,
        NLU_RULE_SUPPRESS_PREFIXLEN = 1 << 6,
        NLU_RULE_SUPPRESS_IFGROUP = 1 << 7,
        NLU_RULE_GOTO = 1 << 8,
        NLU_RULE_L3MDEV = 1 << 9,
        NLU_RULE_UIDRANGE = 1 << 10,
        NLU_RULE_PROTOCOL = 1 << 11,
        NLU_RULE_IPPROTO = 1 << 12,
        NLU_RULE_SPORT = 1 << 13,
        NLU_RULE_DPORT = 1 << 14,
        NLU_RULE_ACTION = 1 << 15, // default: look a table up; del: any
    } have;
    uint8_t family, tos, action; // FR_ACT_*, whose higher ones are those of RTN_*
    uint32_t flags; // FIB_RULE_*
    bool has_src, has_dst; // false with length 0: everything
    struct nlu_prefix src, dst;
    const char *iif, *oif;
    uint32_t priority, table, fwmark, fwmask, realms, suppress_prefixlen, suppress_ifgroup, target;
    uint64_t tun_id;
    struct nlu_rule_range uidrange, sport, dport;
    uint8_t protocol, ipproto;
};

struct nlu_rule_list {
    struct nlu_rule *items;
    size_t count;
};

// What to list or to flush: like a request; what it does not say does not filter. `src` and `dst`
// let through what lies in them.
NLU_CHECKED int nlu_rule_list(struct nlu_nlsock *nl, const struct nlu_rule *filter,
                              struct nlu_arena *arena, struct nlu_rule_list *ret_list,
                              struct nlu_err *err);

enum nlu_rule_change {
    NLU_RULE_ADD, // EEXIST when just this one is there
    NLU_RULE_DEL, // the first that all that is said fits; ENOENT when there is none
};

// One rule, one message.
NLU_CHECKED int nlu_rule_change(struct nlu_nlsock *nl, enum nlu_rule_change change,
                                const struct nlu_rule *rule, struct nlu_err *err);

// Removes all that the filter lets through but the first of all (priority 0), as ip does.
NLU_CHECKED int nlu_rule_flush(struct nlu_nlsock *nl, const struct nlu_rule *filter,
                               size_t *ret_count, struct nlu_err *err);

// Writes the message into a buffer of NLU_NL_REQUEST bytes. 0 or -EMSGSIZE.
NLU_CHECKED int nlu_rule_put(struct nlmsghdr *msg, enum nlu_rule_change change,
                             const struct nlu_rule *rule);

// One RTM_NEWRULE or RTM_DELRULE message. 0, -EBADMSG or -ENOMEM.
NLU_CHECKED int nlu_rule_decode(const struct nlmsghdr *msg, struct nlu_arena *arena,
                                struct nlu_rule *ret_rule);

// "icmp", "tcp", …: the protocols that rules and route.get name; a number is written into buf.
const char *nlu_ipproto_name(uint8_t ipproto, char buf[12]);
NLU_CHECKED int nlu_ipproto_parse(const char *text, uint8_t *ret_ipproto);

#endif
