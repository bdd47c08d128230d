#include "netem.h"

#include "nlcodec.h"
#include "tcunit.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <string.h>

// Linux 6.6; older headers do not have it.
#define NETEM_PRNG_SEED 14

static bool put(struct nlmsghdr *msg, size_t size, uint16_t type, const void *data, size_t len) {
    return mnl_attr_put_check(msg, size, type, len, data);
}

static bool put_loss(struct nlmsghdr *msg, size_t size, const struct nlu_netem *n) {
    struct nlattr *nest;
    uint32_t p[5];

    if (n->loss_model == NLU_NETEM_LOSS_RANDOM)
        return true;
    for (size_t i = 0; i < NLU_COUNT(p); i++)
        p[i] = nlu_tc_share32(n->loss_params[i]);
    nest = mnl_attr_nest_start_check(msg, size, TCA_NETEM_LOSS);
    if (!nest)
        return false;
    if (n->loss_model == NLU_NETEM_LOSS_STATE) {
        struct tc_netem_gimodel m = {
            .p13 = p[0], .p31 = p[1], .p32 = p[2], .p23 = p[3], .p14 = p[4]};
        if (!put(msg, size, NETEM_LOSS_GI, &m, sizeof m))
            return false;
    } else {
        // The kernel wants h, tc's word is 1-h.
        struct tc_netem_gemodel m = {.p = p[0], .r = p[1], .h = UINT32_MAX - p[2], .k1 = p[3]};
        if (!put(msg, size, NETEM_LOSS_GE, &m, sizeof m))
            return false;
    }
    mnl_attr_nest_end(msg, nest);
    return true;
}

static bool put_rate(struct nlmsghdr *msg, size_t size, const struct nlu_netem *n) {
    struct tc_netem_rate rate = {
        .rate = n->rate > UINT32_MAX ? UINT32_MAX : (uint32_t)n->rate,
        .packet_overhead = n->packet_overhead,
        .cell_size = n->cell_size,
        .cell_overhead = n->cell_overhead,
    };
    if (!n->rate)
        return true;
    if (n->rate > UINT32_MAX && !put(msg, size, TCA_NETEM_RATE64, &n->rate, sizeof n->rate))
        return false;
    return put(msg, size, TCA_NETEM_RATE, &rate, sizeof rate);
}

static bool put_slot(struct nlmsghdr *msg, size_t size, const struct nlu_netem *n) {
    struct tc_netem_slot slot = {
        .min_delay = n->slot.min_delay,
        .max_delay = n->slot.max_delay,
        .max_packets = n->slot.packets,
        .max_bytes = n->slot.bytes,
        .dist_delay = n->slot.dist_delay,
        .dist_jitter = n->slot.dist_jitter,
    };
    return !n->has_slot || put(msg, size, TCA_NETEM_SLOT, &slot, sizeof slot);
}

int nlu_netem_put(struct nlmsghdr *msg, size_t size, const struct nlu_netem *n) {
    struct tc_netem_qopt opt = {
        .latency = nlu_tc_ticks(n->delay),
        .jitter = nlu_tc_ticks(n->jitter),
        .limit = n->limit ? n->limit : 1000,
        .loss = n->loss_model == NLU_NETEM_LOSS_RANDOM ? nlu_tc_share32(n->loss) : 0,
        .gap = n->gap,
        .duplicate = nlu_tc_share32(n->duplicate),
    };
    struct tc_netem_corr corr = {nlu_tc_share32(n->delay_correlation),
                                 nlu_tc_share32(n->loss_correlation),
                                 nlu_tc_share32(n->duplicate_correlation)};
    struct tc_netem_reorder reorder = {nlu_tc_share32(n->reorder),
                                       nlu_tc_share32(n->reorder_correlation)};
    struct tc_netem_corrupt corrupt = {nlu_tc_share32(n->corrupt),
                                       nlu_tc_share32(n->corrupt_correlation)};
    uint32_t ecn = n->ecn;
    struct nlattr *options = mnl_nlmsg_get_payload_tail(msg);

    // The options are an attribute whose payload begins with a plain struct.
    if (!put(msg, size, TCA_OPTIONS, &opt, sizeof opt))
        return -EMSGSIZE;
    if (!put(msg, size, TCA_NETEM_CORR, &corr, sizeof corr) ||
        !put(msg, size, TCA_NETEM_LATENCY64, &n->delay, sizeof n->delay) ||
        !put(msg, size, TCA_NETEM_JITTER64, &n->jitter, sizeof n->jitter) ||
        (n->reorder > 0 && !put(msg, size, TCA_NETEM_REORDER, &reorder, sizeof reorder)) ||
        (n->corrupt > 0 && !put(msg, size, TCA_NETEM_CORRUPT, &corrupt, sizeof corrupt)) ||
        (n->ecn && !put(msg, size, TCA_NETEM_ECN, &ecn, sizeof ecn)) ||
        (n->has_seed && !put(msg, size, NETEM_PRNG_SEED, &n->seed, sizeof n->seed)) ||
        !put_loss(msg, size, n) || !put_rate(msg, size, n) || !put_slot(msg, size, n) ||
        (n->distribution && !put(msg, size, TCA_NETEM_DELAY_DIST, n->distribution,
                                 n->distribution_count * sizeof *n->distribution)) ||
        (n->slot_distribution && !put(msg, size, TCA_NETEM_SLOT_DIST, n->slot_distribution,
                                      n->slot_distribution_count * sizeof *n->slot_distribution)))
        return -EMSGSIZE;
    mnl_attr_nest_end(msg, options);
    return 0;
}

static void read_loss(const struct nlattr *const *table, struct nlu_netem *n) {
    if (table[NETEM_LOSS_GI]) {
        struct tc_netem_gimodel m;
        memcpy(&m, nlu_attr_data(table[NETEM_LOSS_GI]), sizeof m);
        const uint32_t p[] = {m.p13, m.p31, m.p32, m.p23, m.p14};
        n->loss_model = NLU_NETEM_LOSS_STATE;
        for (size_t i = 0; i < NLU_COUNT(p); i++)
            n->loss_params[i] = nlu_tc_share32_value(p[i]);
    } else if (table[NETEM_LOSS_GE]) {
        struct tc_netem_gemodel m;
        memcpy(&m, nlu_attr_data(table[NETEM_LOSS_GE]), sizeof m);
        const uint32_t p[] = {m.p, m.r, UINT32_MAX - m.h, m.k1};
        n->loss_model = NLU_NETEM_LOSS_GEMODEL;
        for (size_t i = 0; i < NLU_COUNT(p); i++)
            n->loss_params[i] = nlu_tc_share32_value(p[i]);
    }
}

static void read_rate(const struct nlattr *const *table, struct nlu_netem *n) {
    struct tc_netem_rate rate;

    if (!table[TCA_NETEM_RATE])
        return;
    memcpy(&rate, nlu_attr_data(table[TCA_NETEM_RATE]), sizeof rate);
    n->rate = table[TCA_NETEM_RATE64] ? nlu_attr_u64(table[TCA_NETEM_RATE64]) : rate.rate;
    n->packet_overhead = rate.packet_overhead;
    n->cell_size = rate.cell_size;
    n->cell_overhead = rate.cell_overhead;
}

static void read_slot(const struct nlattr *attr, struct nlu_netem *n) {
    struct tc_netem_slot slot;

    if (!attr)
        return;
    memcpy(&slot, nlu_attr_data(attr), sizeof slot);
    n->has_slot = true;
    n->slot.min_delay = slot.min_delay;
    n->slot.max_delay = slot.max_delay;
    n->slot.dist_delay = slot.dist_delay;
    n->slot.dist_jitter = slot.dist_jitter;
    n->slot.packets = slot.max_packets;
    n->slot.bytes = slot.max_bytes;
}

int nlu_netem_read(const struct nlattr *options, struct nlu_netem *ret_netem) {
    static const struct nlu_attr_rule rules[NETEM_PRNG_SEED + 1] = {
        [TCA_NETEM_CORR] = {NLU_ATTR_ANY, sizeof(struct tc_netem_corr)},
        [TCA_NETEM_REORDER] = {NLU_ATTR_ANY, sizeof(struct tc_netem_reorder)},
        [TCA_NETEM_CORRUPT] = {NLU_ATTR_ANY, sizeof(struct tc_netem_corrupt)},
        [TCA_NETEM_LOSS] = {NLU_ATTR_NEST, 0},
        [TCA_NETEM_RATE] = {NLU_ATTR_ANY, sizeof(struct tc_netem_rate)},
        [TCA_NETEM_ECN] = {NLU_ATTR_U32, 0},
        [TCA_NETEM_RATE64] = {NLU_ATTR_U64, 0},
        [TCA_NETEM_LATENCY64] = {NLU_ATTR_U64, 0},
        [TCA_NETEM_JITTER64] = {NLU_ATTR_U64, 0},
        [TCA_NETEM_SLOT] = {NLU_ATTR_ANY, sizeof(struct tc_netem_slot)},
        [NETEM_PRNG_SEED] = {NLU_ATTR_U64, 0},
    };
    static const struct nlu_attr_rule loss_rules[] = {
        [NETEM_LOSS_GI] = {NLU_ATTR_ANY, sizeof(struct tc_netem_gimodel)},
        [NETEM_LOSS_GE] = {NLU_ATTR_ANY, sizeof(struct tc_netem_gemodel)},
    };
    const struct nlattr *table[NLU_COUNT(rules)], *loss[NLU_COUNT(loss_rules)];
    struct nlu_netem n = {0};
    struct tc_netem_qopt opt;
    struct tc_netem_corr corr = {0};
    const uint8_t *bytes = nlu_attr_data(options);
    size_t size = nlu_attr_size(options);

    if (size < sizeof opt)
        return -EBADMSG;
    memcpy(&opt, bytes, sizeof opt);
    int rc = nlu_attr_parse(bytes + sizeof opt, size - sizeof opt, rules, NETEM_PRNG_SEED, table);
    if (rc < 0)
        return rc;
    n.limit = opt.limit;
    n.gap = opt.gap;
    n.loss = nlu_tc_share32_value(opt.loss);
    n.duplicate = nlu_tc_share32_value(opt.duplicate);
    n.delay = table[TCA_NETEM_LATENCY64] ? (int64_t)nlu_attr_u64(table[TCA_NETEM_LATENCY64])
                                         : nlu_tc_ticks_ns(opt.latency);
    n.jitter = table[TCA_NETEM_JITTER64] ? (int64_t)nlu_attr_u64(table[TCA_NETEM_JITTER64])
                                         : nlu_tc_ticks_ns(opt.jitter);
    if (table[TCA_NETEM_CORR])
        memcpy(&corr, nlu_attr_data(table[TCA_NETEM_CORR]), sizeof corr);
    n.delay_correlation = nlu_tc_share32_value(corr.delay_corr);
    n.loss_correlation = nlu_tc_share32_value(corr.loss_corr);
    n.duplicate_correlation = nlu_tc_share32_value(corr.dup_corr);
    if (table[TCA_NETEM_REORDER]) {
        struct tc_netem_reorder r;
        memcpy(&r, nlu_attr_data(table[TCA_NETEM_REORDER]), sizeof r);
        n.reorder = nlu_tc_share32_value(r.probability);
        n.reorder_correlation = nlu_tc_share32_value(r.correlation);
    }
    if (table[TCA_NETEM_CORRUPT]) {
        struct tc_netem_corrupt c;
        memcpy(&c, nlu_attr_data(table[TCA_NETEM_CORRUPT]), sizeof c);
        n.corrupt = nlu_tc_share32_value(c.probability);
        n.corrupt_correlation = nlu_tc_share32_value(c.correlation);
    }
    if (table[TCA_NETEM_LOSS]) {
        rc =
            nlu_attr_parse_nest(table[TCA_NETEM_LOSS], loss_rules, NLU_COUNT(loss_rules) - 1, loss);
        if (rc < 0)
            return rc;
        read_loss(loss, &n);
    }
    read_rate(table, &n);
    read_slot(table[TCA_NETEM_SLOT], &n);
    n.ecn = table[TCA_NETEM_ECN] && nlu_attr_u32(table[TCA_NETEM_ECN]);
    n.has_seed = table[NETEM_PRNG_SEED] != NULL;
    if (n.has_seed)
        n.seed = nlu_attr_u64(table[NETEM_PRNG_SEED]);
    *ret_netem = n;
    return 0;
}

// --- distributions: inverse distribution functions, mean 0, in 1/8192 of the standard deviation
// ----

static int16_t scaled(double deviation) {
    double value = rint(deviation * NETEM_DIST_SCALE);
    return value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : (int16_t)value;
}

// The deviation below which the share p of a normal distribution lies.
static double normal_quantile(double p) {
    double low = -10, high = 10;

    // Halving is exact enough and short: the table is made once for a qdisc.
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (0.5 * erfc(-middle / M_SQRT2) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

// Pareto with the shape 3: mean 1.5, deviation 3/4 taken as the unit as in iproute2's table.
static double pareto_quantile(double p) {
    return (1 / cbrt(1 - p) - 1.5) * 4 / 3;
}

int nlu_netem_distribution(const char *name, int16_t table[NLU_NETEM_TABLE]) {
    bool normal = !strcmp(name, "normal"), pareto = !strcmp(name, "pareto");

    if (!normal && !pareto && strcmp(name, "paretonormal") != 0)
        return -ENOENT;
    for (int i = 0; i < NLU_NETEM_TABLE; i++) {
        double p = (i + 0.5) / NLU_NETEM_TABLE;
        if (normal)
            table[i] = scaled(normal_quantile(p));
        else if (pareto)
            table[i] = scaled(pareto_quantile(p));
        else
            table[i] = scaled(0.25 * normal_quantile(p) + 0.75 * pareto_quantile(p));
    }
    return 0;
}
