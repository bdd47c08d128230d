// Queueing disciplines: tc(8), tc-netem(8), tc-tbf(8), tc-htb(8), tc-fq_codel(8).
#ifndef NLU_QDISC_H
#define NLU_QDISC_H

#include "netem.h"
#include "tc.h"

// Whose options are known. Any other kind can be made without options and is listed without.
enum nlu_qdisc_type {
    NLU_QDISC_PLAIN,
    NLU_QDISC_NETEM,
    NLU_QDISC_TBF,
    NLU_QDISC_HTB,
    NLU_QDISC_FQ_CODEL,
    NLU_QDISC_FIFO, // pfifo and bfifo
    NLU_QDISC_PRIO, // also pfifo_fast, when listed
};

// Rates in bytes a second, sizes in bytes.
struct nlu_tbf {
    uint64_t rate, peakrate;
    uint32_t burst; // also "buffer", "maxburst"
    uint32_t limit;
    int64_t latency; // ns: makes the limit when that is 0
    uint32_t mtu; // the peak bucket
    uint16_t mpu;
    int16_t overhead;
};

struct nlu_htb {
    uint32_t default_class; // minor number; 0 for none
    uint32_t r2q; // 0 for the usual 10
    bool has_direct_qlen;
    uint32_t direct_qlen;
    uint32_t version, direct_packets; // read only
};

struct nlu_fq_codel {
    enum {
        NLU_FQ_CODEL_LIMIT = 1 << 0,
        NLU_FQ_CODEL_FLOWS = 1 << 1,
        NLU_FQ_CODEL_QUANTUM = 1 << 2,
        NLU_FQ_CODEL_TARGET = 1 << 3,
        NLU_FQ_CODEL_INTERVAL = 1 << 4,
        NLU_FQ_CODEL_CE_THRESHOLD = 1 << 5,
        NLU_FQ_CODEL_MEMORY_LIMIT = 1 << 6,
        NLU_FQ_CODEL_DROP_BATCH = 1 << 7,
        NLU_FQ_CODEL_ECN = 1 << 8,
    } have;
    uint32_t limit, flows, quantum, memory_limit, drop_batch;
    uint32_t target, interval, ce_threshold; // microseconds, as the kernel keeps them
    bool ecn;
};

struct nlu_prio {
    uint32_t bands;
    uint8_t priomap[16];
};

struct nlu_qdisc_options {
    enum nlu_qdisc_type type;
    bool present; // fifo: without it the kernel takes the interface's txqueuelen
    union {
        struct nlu_netem netem;
        struct nlu_tbf tbf;
        struct nlu_htb htb;
        struct nlu_fq_codel fq_codel;
        uint32_t fifo_limit;
        struct nlu_prio prio;
    };
};

struct nlu_qdisc {
    int ifindex;
    const char *dev; // name of the interface; texts live in the arena of the call
    const char *kind;
    uint32_t handle, parent;
    uint32_t refcnt;
    bool offloaded;
    struct nlu_qdisc_options options;
    struct nlu_tc_stats stats;
};

struct nlu_qdisc_list {
    struct nlu_qdisc *items;
    size_t count;
};

struct nlu_qdisc_spec {
    const char *dev;
    const char *kind; // change: may be NULL only with a handle
    uint32_t parent; // NLU_TC_ROOT, NLU_TC_CLSACT (ingress, clsact), or a class
    uint32_t handle; // 0: the kernel chooses
    struct nlu_qdisc_options options;
};

// The type of a kind's options.
enum nlu_qdisc_type nlu_qdisc_type(const char *kind);

// A kind that the kernel lacks gives ENOENT with a hint; a netem seed on a kernel before 6.6, which
// would ignore it, gives EOPNOTSUPP and nothing has changed.
NLU_CHECKED int nlu_qdisc_set(struct nlu_nlsock *nl, enum nlu_tc_verb verb,
                              const struct nlu_qdisc_spec *spec, struct nlu_err *err);

// Removes what is at `parent` of an interface, or the qdisc with this handle (0: whichever it is).
NLU_CHECKED int nlu_qdisc_del(struct nlu_nlsock *nl, const char *dev, uint32_t parent,
                              uint32_t handle, struct nlu_err *err);

// All qdiscs of an interface (dev), or of the namespace (NULL).
NLU_CHECKED int nlu_qdisc_list(struct nlu_nlsock *nl, const char *dev, struct nlu_arena *arena,
                               struct nlu_qdisc_list *ret_list, struct nlu_err *err);

// Puts TCA_OPTIONS. 0 or -EMSGSIZE. Pure.
NLU_CHECKED int nlu_qdisc_options_put(struct nlmsghdr *msg, size_t size, const char *kind,
                                      const struct nlu_qdisc_options *options);
// Reads TCA_OPTIONS (NULL: none). 0 or -EBADMSG. Pure.
NLU_CHECKED int nlu_qdisc_options_read(const char *kind, const struct nlattr *attr,
                                       struct nlu_qdisc_options *ret_options);

// One RTM_NEWQDISC message; `dev` stays NULL. 0, -EBADMSG or -ENOMEM. Pure.
NLU_CHECKED int nlu_qdisc_parse(const struct nlmsghdr *msg, struct nlu_arena *arena,
                                struct nlu_qdisc *ret_qdisc);

// fq_codel's own counters.
struct nlu_fq_codel_stats {
    uint32_t maxpacket, drop_overlimit, ecn_mark, new_flow_count, new_flows_len, old_flows_len,
        ce_mark, memory_usage, drop_overmemory;
};
// False when `app` (nlu_tc_stats) holds no such thing. Pure.
bool nlu_fq_codel_stats_read(const struct nlattr *app, struct nlu_fq_codel_stats *ret_stats);

#endif
