// What queueing disciplines, classes and filters have in common: tc(8).
#ifndef NLU_TC_H
#define NLU_TC_H

#include "arena.h"
#include "nlcodec.h"
#include "nlsock.h"

struct tcmsg;

// Handles with a meaning of their own (linux/pkt_sched.h).
#define NLU_TC_ROOT 0xffffffffu
#define NLU_TC_CLSACT 0xfffffff1u

// Counters that every qdisc, class and action has.
struct nlu_tc_stats {
    uint64_t bytes, packets;
    uint32_t drops, overlimits, requeues, backlog, qlen;
    const struct nlattr *app; // the kind's own, in the arena; NULL when absent
};

enum nlu_tc_verb {
    NLU_TC_ADD, // EEXIST when there is one
    NLU_TC_REPLACE, // made anew, or changed when it is of the same kind
    NLU_TC_CHANGE, // ENOENT when there is none
};

// What a request is about besides the interface: fields of struct tcmsg.
struct nlu_tc_who {
    uint32_t parent, handle, info;
};

// Begins a request in `buf` about an interface; the flags of `verb` are set where it makes
// something (RTM_NEW*). ENODEV when there is no such interface.
NLU_CHECKED int nlu_tc_begin(struct nlu_nlsock *nl, void *buf, uint16_t type, enum nlu_tc_verb verb,
                             const char *dev, const struct nlu_tc_who *who,
                             struct nlmsghdr **ret_msg, struct nlu_err *err);

// A whole request to remove something (RTM_DEL*); the caller says what it was about.
NLU_CHECKED int nlu_tc_del(struct nlu_nlsock *nl, uint16_t type, const char *dev,
                           const struct nlu_tc_who *who, struct nlu_err *err);

// A whole dump (RTM_GET*) of what is on an interface.
NLU_CHECKED int nlu_tc_dump(struct nlu_nlsock *nl, uint16_t type, const char *dev, uint32_t parent,
                            nlu_nl_each each, void (*restart)(void *arg), void *arg,
                            struct nlu_err *err);

// One message of a dump: its header and its attributes (TCA_MAX + 1 of them), of which the kind is
// there. *ret_tc is NULL for a message of another type. 0 or -EBADMSG. Pure.
NLU_CHECKED int nlu_tc_parse(const struct nlmsghdr *msg, uint16_t type, const struct tcmsg **ret_tc,
                             const struct nlattr **table);

// Reads TCA_STATS2 into *ret; the app's part is copied into the arena.
NLU_CHECKED int nlu_tc_stats_read(const struct nlattr *stats2, struct nlu_arena *arena,
                                  struct nlu_tc_stats *ret);

// A refusal because of an unknown kind gets a hint: ENOENT without words, or with the kernel's
// words for that. EOPNOTSUPP: no traffic control at all.
int nlu_tc_explain(struct nlu_err *err, int group, const char *kind);

#endif
