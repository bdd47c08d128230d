// The options of each kind of queueing discipline, between struct and message. Pure.
#include "qdisc.h"

#include "nlcodec.h"
#include "tcunit.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum nlu_qdisc_type nlu_qdisc_type(const char *kind) {
    static const struct {
        const char *kind;
        enum nlu_qdisc_type type;
    } types[] = {
        {"netem", NLU_QDISC_NETEM},       {"tbf", NLU_QDISC_TBF},         {"htb", NLU_QDISC_HTB},
        {"fq_codel", NLU_QDISC_FQ_CODEL}, {"pfifo", NLU_QDISC_FIFO},      {"bfifo", NLU_QDISC_FIFO},
        {"prio", NLU_QDISC_PRIO},         {"pfifo_fast", NLU_QDISC_PRIO},
    };
    for (size_t i = 0; i < NLU_COUNT(types); i++)
        if (strcmp(kind, types[i].kind) == 0)
            return types[i].type;
    return NLU_QDISC_PLAIN;
}

static bool put(struct nlmsghdr *msg, size_t size, uint16_t type, const void *data, size_t len) {
    return mnl_attr_put_check(msg, size, type, len, data);
}

static bool put_u32(struct nlmsghdr *msg, size_t size, uint16_t type, uint32_t value) {
    return mnl_attr_put_u32_check(msg, size, type, value);
}

static uint32_t rate32(uint64_t rate) {
    return rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
}

// A fixed link layer is named so that the kernel computes times itself and wants no table from us.
static struct tc_ratespec ratespec(uint64_t rate, uint16_t mpu, int16_t overhead) {
    return (struct tc_ratespec){
        .linklayer = rate ? TC_LINKLAYER_ETHERNET : 0,
        .overhead = (unsigned short)overhead,
        .mpu = mpu,
        .rate = rate32(rate),
    };
}

// The queue that keeps a packet at most `latency` waits behind a full bucket.
static uint32_t tbf_limit(const struct nlu_tbf *t) {
    double limit, peak;

    if (t->limit)
        return t->limit;
    limit = (double)t->rate * (double)t->latency / 1e9 + t->burst;
    if (t->peakrate) {
        peak = (double)t->peakrate * (double)t->latency / 1e9 + t->mtu;
        limit = peak < limit ? peak : limit;
    }
    return limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

static bool put_tbf(struct nlmsghdr *msg, size_t size, const struct nlu_tbf *t) {
    struct tc_tbf_qopt opt = {
        .rate = ratespec(t->rate, t->mpu, t->overhead),
        .peakrate = ratespec(t->peakrate, t->mpu, t->overhead),
        .limit = tbf_limit(t),
        .buffer = nlu_tc_xmit_ticks(t->rate, t->burst),
        .mtu = t->peakrate ? nlu_tc_xmit_ticks(t->peakrate, t->mtu) : 0,
    };
    return put(msg, size, TCA_TBF_PARMS, &opt, sizeof opt) &&
           put_u32(msg, size, TCA_TBF_BURST, t->burst) &&
           (t->rate <= UINT32_MAX || put(msg, size, TCA_TBF_RATE64, &t->rate, sizeof t->rate)) &&
           (!t->peakrate || put_u32(msg, size, TCA_TBF_PBURST, t->mtu)) &&
           (t->peakrate <= UINT32_MAX ||
            put(msg, size, TCA_TBF_PRATE64, &t->peakrate, sizeof t->peakrate));
}

static bool put_htb(struct nlmsghdr *msg, size_t size, const struct nlu_htb *h) {
    struct tc_htb_glob opt = {
        .version = 3,
        .rate2quantum = h->r2q ? h->r2q : 10,
        .defcls = h->default_class,
    };
    return put(msg, size, TCA_HTB_INIT, &opt, sizeof opt) &&
           (!h->has_direct_qlen || put_u32(msg, size, TCA_HTB_DIRECT_QLEN, h->direct_qlen));
}

static bool put_fq_codel(struct nlmsghdr *msg, size_t size, const struct nlu_fq_codel *f) {
    const struct {
        int bit;
        uint16_t type;
        uint32_t value;
    } all[] = {
        {NLU_FQ_CODEL_LIMIT, TCA_FQ_CODEL_LIMIT, f->limit},
        {NLU_FQ_CODEL_FLOWS, TCA_FQ_CODEL_FLOWS, f->flows},
        {NLU_FQ_CODEL_QUANTUM, TCA_FQ_CODEL_QUANTUM, f->quantum},
        {NLU_FQ_CODEL_TARGET, TCA_FQ_CODEL_TARGET, f->target},
        {NLU_FQ_CODEL_INTERVAL, TCA_FQ_CODEL_INTERVAL, f->interval},
        {NLU_FQ_CODEL_CE_THRESHOLD, TCA_FQ_CODEL_CE_THRESHOLD, f->ce_threshold},
        {NLU_FQ_CODEL_MEMORY_LIMIT, TCA_FQ_CODEL_MEMORY_LIMIT, f->memory_limit},
        {NLU_FQ_CODEL_DROP_BATCH, TCA_FQ_CODEL_DROP_BATCH_SIZE, f->drop_batch},
        {NLU_FQ_CODEL_ECN, TCA_FQ_CODEL_ECN, f->ecn},
    };
    for (size_t i = 0; i < NLU_COUNT(all); i++)
        if ((f->have & all[i].bit) && !put_u32(msg, size, all[i].type, all[i].value))
            return false;
    return true;
}

int nlu_qdisc_options_put(struct nlmsghdr *msg, size_t size, const char *kind,
                          const struct nlu_qdisc_options *o) {
    struct nlattr *nest;
    bool fits;

    (void)kind;
    if (!o->present)
        return 0;
    if (o->type == NLU_QDISC_NETEM)
        return nlu_netem_put(msg, size, &o->netem);
    if (o->type == NLU_QDISC_FIFO)
        return put_u32(msg, size, TCA_OPTIONS, o->fifo_limit) ? 0 : -EMSGSIZE;
    if (o->type == NLU_QDISC_PRIO) {
        struct tc_prio_qopt opt = {.bands = (int)o->prio.bands};
        memcpy(opt.priomap, o->prio.priomap, sizeof opt.priomap);
        return put(msg, size, TCA_OPTIONS, &opt, sizeof opt) ? 0 : -EMSGSIZE;
    }
    nest = mnl_attr_nest_start_check(msg, size, TCA_OPTIONS);
    if (!nest)
        return -EMSGSIZE;
    switch (o->type) {
    case NLU_QDISC_TBF:
        fits = put_tbf(msg, size, &o->tbf);
        break;
    case NLU_QDISC_HTB:
        fits = put_htb(msg, size, &o->htb);
        break;
    case NLU_QDISC_FQ_CODEL:
        fits = put_fq_codel(msg, size, &o->fq_codel);
        break;
    default:
        fits = true;
    }
    mnl_attr_nest_end(msg, nest);
    return fits ? 0 : -EMSGSIZE;
}

// --- reading
// --------------------------------------------------------------------------------------

static int read_tbf(const struct nlattr *attr, struct nlu_tbf *t) {
    static const struct nlu_attr_rule rules[TCA_TBF_MAX + 1] = {
        [TCA_TBF_PARMS] = {NLU_ATTR_ANY, sizeof(struct tc_tbf_qopt)},
        [TCA_TBF_RATE64] = {NLU_ATTR_U64, 0},
        [TCA_TBF_PRATE64] = {NLU_ATTR_U64, 0},
    };
    const struct nlattr *table[TCA_TBF_MAX + 1];
    struct tc_tbf_qopt opt;
    int rc = nlu_attr_parse_nest(attr, rules, TCA_TBF_MAX, table);

    if (rc < 0 || !table[TCA_TBF_PARMS])
        return rc < 0 ? rc : -EBADMSG;
    memcpy(&opt, nlu_attr_data(table[TCA_TBF_PARMS]), sizeof opt);
    t->rate = table[TCA_TBF_RATE64] ? nlu_attr_u64(table[TCA_TBF_RATE64]) : opt.rate.rate;
    t->peakrate = table[TCA_TBF_PRATE64] ? nlu_attr_u64(table[TCA_TBF_PRATE64]) : opt.peakrate.rate;
    t->limit = opt.limit;
    t->burst = nlu_tc_xmit_size(t->rate, opt.buffer);
    t->mtu = t->peakrate ? nlu_tc_xmit_size(t->peakrate, opt.mtu) : 0;
    t->mpu = opt.rate.mpu;
    t->overhead = (int16_t)opt.rate.overhead;
    // How long the queue's last packet waits: what is over the bucket, at the rate.
    double latency = 1e9 * t->limit / (double)(t->rate ? t->rate : 1);
    latency -= (double)nlu_tc_ticks_ns(opt.buffer);
    if (t->peakrate) {
        double peak = 1e9 * t->limit / (double)t->peakrate - (double)nlu_tc_ticks_ns(opt.mtu);
        latency = peak > latency ? peak : latency;
    }
    t->latency = (int64_t)latency;
    return 0;
}

static int read_htb(const struct nlattr *attr, struct nlu_htb *h) {
    static const struct nlu_attr_rule rules[TCA_HTB_MAX + 1] = {
        [TCA_HTB_INIT] = {NLU_ATTR_ANY, sizeof(struct tc_htb_glob)},
        [TCA_HTB_DIRECT_QLEN] = {NLU_ATTR_U32, 0},
    };
    const struct nlattr *table[TCA_HTB_MAX + 1];
    struct tc_htb_glob opt;
    int rc = nlu_attr_parse_nest(attr, rules, TCA_HTB_MAX, table);

    if (rc < 0 || !table[TCA_HTB_INIT])
        return rc < 0 ? rc : -EBADMSG;
    memcpy(&opt, nlu_attr_data(table[TCA_HTB_INIT]), sizeof opt);
    h->default_class = opt.defcls;
    h->r2q = opt.rate2quantum;
    h->version = opt.version;
    h->direct_packets = opt.direct_pkts;
    h->has_direct_qlen = table[TCA_HTB_DIRECT_QLEN] != NULL;
    if (h->has_direct_qlen)
        h->direct_qlen = nlu_attr_u32(table[TCA_HTB_DIRECT_QLEN]);
    return 0;
}

static int read_fq_codel(const struct nlattr *attr, struct nlu_fq_codel *f) {
    static const struct nlu_attr_rule rules[TCA_FQ_CODEL_MEMORY_LIMIT + 1] = {
        [TCA_FQ_CODEL_LIMIT] = {NLU_ATTR_U32, 0},
        [TCA_FQ_CODEL_FLOWS] = {NLU_ATTR_U32, 0},
        [TCA_FQ_CODEL_QUANTUM] = {NLU_ATTR_U32, 0},
        [TCA_FQ_CODEL_TARGET] = {NLU_ATTR_U32, 0},
        [TCA_FQ_CODEL_INTERVAL] = {NLU_ATTR_U32, 0},
        [TCA_FQ_CODEL_CE_THRESHOLD] = {NLU_ATTR_U32, 0},
        [TCA_FQ_CODEL_MEMORY_LIMIT] = {NLU_ATTR_U32, 0},
        [TCA_FQ_CODEL_DROP_BATCH_SIZE] = {NLU_ATTR_U32, 0},
        [TCA_FQ_CODEL_ECN] = {NLU_ATTR_U32, 0},
    };
    const struct nlattr *table[TCA_FQ_CODEL_MEMORY_LIMIT + 1];
    int have = 0;
    int rc = nlu_attr_parse_nest(attr, rules, TCA_FQ_CODEL_MEMORY_LIMIT, table);

    if (rc < 0)
        return rc;
    const struct {
        int bit;
        uint16_t type;
        uint32_t *value;
    } all[] = {
        {NLU_FQ_CODEL_LIMIT, TCA_FQ_CODEL_LIMIT, &f->limit},
        {NLU_FQ_CODEL_FLOWS, TCA_FQ_CODEL_FLOWS, &f->flows},
        {NLU_FQ_CODEL_QUANTUM, TCA_FQ_CODEL_QUANTUM, &f->quantum},
        {NLU_FQ_CODEL_TARGET, TCA_FQ_CODEL_TARGET, &f->target},
        {NLU_FQ_CODEL_INTERVAL, TCA_FQ_CODEL_INTERVAL, &f->interval},
        {NLU_FQ_CODEL_CE_THRESHOLD, TCA_FQ_CODEL_CE_THRESHOLD, &f->ce_threshold},
        {NLU_FQ_CODEL_MEMORY_LIMIT, TCA_FQ_CODEL_MEMORY_LIMIT, &f->memory_limit},
        {NLU_FQ_CODEL_DROP_BATCH, TCA_FQ_CODEL_DROP_BATCH_SIZE, &f->drop_batch},
    };
    for (size_t i = 0; i < NLU_COUNT(all); i++)
        if (table[all[i].type]) {
            have |= all[i].bit;
            *all[i].value = nlu_attr_u32(table[all[i].type]);
        }
    if (table[TCA_FQ_CODEL_ECN]) {
        have |= NLU_FQ_CODEL_ECN;
        f->ecn = nlu_attr_u32(table[TCA_FQ_CODEL_ECN]) != 0;
    }
    f->have = have;
    return 0;
}

int nlu_qdisc_options_read(const char *kind, const struct nlattr *attr,
                           struct nlu_qdisc_options *ret_options) {
    struct nlu_qdisc_options o = {.type = nlu_qdisc_type(kind), .present = attr != NULL};
    size_t size = attr ? nlu_attr_size(attr) : 0;
    int rc = 0;

    if (!attr)
        o.type = NLU_QDISC_PLAIN;
    switch (o.type) {
    case NLU_QDISC_NETEM:
        rc = nlu_netem_read(attr, &o.netem);
        break;
    case NLU_QDISC_TBF:
        rc = read_tbf(attr, &o.tbf);
        break;
    case NLU_QDISC_HTB:
        rc = read_htb(attr, &o.htb);
        break;
    case NLU_QDISC_FQ_CODEL:
        rc = read_fq_codel(attr, &o.fq_codel);
        break;
    case NLU_QDISC_FIFO:
        if (size < sizeof(struct tc_fifo_qopt))
            rc = -EBADMSG;
        else
            memcpy(&o.fifo_limit, nlu_attr_data(attr), sizeof o.fifo_limit);
        break;
    case NLU_QDISC_PRIO: {
        struct tc_prio_qopt opt;
        if (size < sizeof opt) {
            rc = -EBADMSG;
            break;
        }
        memcpy(&opt, nlu_attr_data(attr), sizeof opt);
        o.prio.bands = (uint32_t)opt.bands;
        memcpy(o.prio.priomap, opt.priomap, sizeof o.prio.priomap);
        break;
    }
    case NLU_QDISC_PLAIN:
        break;
    }
    if (rc == 0)
        *ret_options = o;
    return rc;
}

bool nlu_fq_codel_stats_read(const struct nlattr *app, struct nlu_fq_codel_stats *ret_stats) {
    struct tc_fq_codel_xstats x = {0};
    size_t size = app ? nlu_attr_size(app) : 0;

    if (size < sizeof x.type)
        return false;
    // Older kernels send a shorter struct: what is missing stays 0.
    memcpy(&x, nlu_attr_data(app), size < sizeof x ? size : sizeof x);
    if (x.type != TCA_FQ_CODEL_XSTATS_QDISC)
        return false;
    const struct tc_fq_codel_qd_stats *s = &x.qdisc_stats;
    *ret_stats = (struct nlu_fq_codel_stats){
        s->maxpacket,     s->drop_overlimit, s->ecn_mark,     s->new_flow_count, s->new_flows_len,
        s->old_flows_len, s->ce_mark,        s->memory_usage, s->drop_overmemory};
    return true;
}
