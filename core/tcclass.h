// Classes of an htb queueing discipline: tc-htb(8).
#ifndef NLU_TCCLASS_H
#define NLU_TCCLASS_H

#include "qdisc.h"

// Rates in bytes a second, sizes in bytes. Zero: the usual value.
struct nlu_htb_class {
    uint64_t rate, ceil; // ceil 0: as rate
    uint32_t burst, cburst; // 0: one packet of `mtu`
    uint32_t mtu; // 0: 1600
    uint32_t prio, quantum;
    uint16_t mpu;
    int16_t overhead;
    uint32_t level; // read only
};

struct nlu_tcclass {
    const char *kind; // in the arena of the call
    uint32_t classid, parent, leaf;
    struct nlu_htb_class htb;
    struct nlu_tc_stats stats;
    bool has_htb_stats;
    struct {
        uint32_t lended, borrowed, giants;
        int32_t tokens, ctokens;
    } htb_stats;
};

struct nlu_tcclass_list {
    struct nlu_tcclass *items;
    size_t count;
};

struct nlu_tcclass_spec {
    const char *dev;
    uint32_t parent, classid;
    struct nlu_htb_class htb;
};

NLU_CHECKED int nlu_tcclass_set(struct nlu_nlsock *nl, enum nlu_tc_verb verb,
                                const struct nlu_tcclass_spec *spec, struct nlu_err *err);

NLU_CHECKED int nlu_tcclass_del(struct nlu_nlsock *nl, const char *dev, uint32_t classid,
                                struct nlu_err *err);

NLU_CHECKED int nlu_tcclass_list(struct nlu_nlsock *nl, const char *dev, struct nlu_arena *arena,
                                 struct nlu_tcclass_list *ret_list, struct nlu_err *err);

// One RTM_NEWTCLASS message. 0, -EBADMSG or -ENOMEM. Pure.
NLU_CHECKED int nlu_tcclass_parse(const struct nlmsghdr *msg, struct nlu_arena *arena,
                                  struct nlu_tcclass *ret_class);

#endif
