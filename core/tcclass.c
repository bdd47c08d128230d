#include "tcclass.h"

#include "nlcodec.h"
#include "tcunit.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

static const char *const verb_names[] = {[NLU_TC_ADD] = "class.add",
                                         [NLU_TC_REPLACE] = "class.replace",
                                         [NLU_TC_CHANGE] = "class.change"};

static uint32_t rate32(uint64_t rate) {
    return rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
}

static bool put_options(struct nlmsghdr *msg, size_t size, const struct nlu_htb_class *h) {
    uint64_t ceil = h->ceil ? h->ceil : h->rate;
    uint32_t packet = h->mtu ? h->mtu : 1600;
    struct tc_htb_opt opt = {
        // A named link layer: the kernel computes times itself and wants no table.
        .rate = {.linklayer = TC_LINKLAYER_ETHERNET,
                 .overhead = (unsigned short)h->overhead,
                 .mpu = h->mpu,
                 .rate = rate32(h->rate)},
        .ceil = {.linklayer = TC_LINKLAYER_ETHERNET,
                 .overhead = (unsigned short)h->overhead,
                 .mpu = h->mpu,
                 .rate = rate32(ceil)},
        .buffer = nlu_tc_xmit_ticks(h->rate, h->burst ? h->burst : packet),
        .cbuffer = nlu_tc_xmit_ticks(ceil, h->cburst ? h->cburst : packet),
        .quantum = h->quantum,
        .prio = h->prio,
    };
    struct nlattr *nest = mnl_attr_nest_start_check(msg, size, TCA_OPTIONS);

    if (!nest || !mnl_attr_put_check(msg, size, TCA_HTB_PARMS, sizeof opt, &opt) ||
        (h->rate > UINT32_MAX && !mnl_attr_put_u64_check(msg, size, TCA_HTB_RATE64, h->rate)) ||
        (ceil > UINT32_MAX && !mnl_attr_put_u64_check(msg, size, TCA_HTB_CEIL64, ceil)))
        return false;
    mnl_attr_nest_end(msg, nest);
    return true;
}

int nlu_tcclass_set(struct nlu_nlsock *nl, enum nlu_tc_verb verb,
                    const struct nlu_tcclass_spec *spec, struct nlu_err *err) {
    const struct nlu_tc_who who = {.parent = spec->parent, .handle = spec->classid};
    _Alignas(struct nlmsghdr) char buf[1024];
    char id[NLU_TC_HANDLE_TEXT];
    struct nlmsghdr *msg;

    (void)nlu_tc_handle_format(spec->classid, id);
    int rc = nlu_tc_begin(nl, buf, RTM_NEWTCLASS, verb, spec->dev, &who, &msg, err);
    if (rc == 0) {
        if (!mnl_attr_put_strz_check(msg, sizeof buf, TCA_KIND, "htb") ||
            !put_options(msg, sizeof buf, &spec->htb))
            return nlu_err_set(err, EMSGSIZE, verb_names[verb], "%s on %s", id, spec->dev);
        rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    }
    return rc < 0 ? nlu_err_about(err, verb_names[verb], "%s on %s", id, spec->dev) : 0;
}

int nlu_tcclass_del(struct nlu_nlsock *nl, const char *dev, uint32_t classid, struct nlu_err *err) {
    const struct nlu_tc_who who = {.handle = classid};
    char id[NLU_TC_HANDLE_TEXT];
    int rc = nlu_tc_del(nl, RTM_DELTCLASS, dev, &who, err);

    return rc < 0
               ? nlu_err_about(err, "class.del", "%s on %s", nlu_tc_handle_format(classid, id), dev)
               : 0;
}

static int read_htb(const struct nlattr *attr, struct nlu_htb_class *h) {
    static const struct nlu_attr_rule rules[TCA_HTB_MAX + 1] = {
        [TCA_HTB_PARMS] = {NLU_ATTR_ANY, sizeof(struct tc_htb_opt)},
        [TCA_HTB_RATE64] = {NLU_ATTR_U64, 0},
        [TCA_HTB_CEIL64] = {NLU_ATTR_U64, 0},
    };
    const struct nlattr *table[TCA_HTB_MAX + 1];
    struct tc_htb_opt opt;
    int rc = nlu_attr_parse_nest(attr, rules, TCA_HTB_MAX, table);

    if (rc < 0 || !table[TCA_HTB_PARMS])
        return rc < 0 ? rc : -EBADMSG;
    memcpy(&opt, nlu_attr_data(table[TCA_HTB_PARMS]), sizeof opt);
    h->rate = table[TCA_HTB_RATE64] ? nlu_attr_u64(table[TCA_HTB_RATE64]) : opt.rate.rate;
    h->ceil = table[TCA_HTB_CEIL64] ? nlu_attr_u64(table[TCA_HTB_CEIL64]) : opt.ceil.rate;
    h->burst = nlu_tc_xmit_size(h->rate, opt.buffer);
    h->cburst = nlu_tc_xmit_size(h->ceil, opt.cbuffer);
    h->quantum = opt.quantum;
    h->prio = opt.prio;
    h->level = opt.level;
    h->mpu = opt.rate.mpu;
    h->overhead = (int16_t)opt.rate.overhead;
    return 0;
}

static void read_htb_stats(const struct nlattr *app, struct nlu_tcclass *c) {
    struct tc_htb_xstats x;

    if (!app || nlu_attr_size(app) < sizeof x)
        return;
    memcpy(&x, nlu_attr_data(app), sizeof x);
    c->has_htb_stats = true;
    c->htb_stats.lended = x.lends;
    c->htb_stats.borrowed = x.borrows;
    c->htb_stats.giants = x.giants;
    c->htb_stats.tokens = (int32_t)x.tokens;
    c->htb_stats.ctokens = (int32_t)x.ctokens;
}

int nlu_tcclass_parse(const struct nlmsghdr *msg, struct nlu_arena *arena,
                      struct nlu_tcclass *ret_class) {
    const struct nlattr *table[TCA_MAX + 1];
    const struct tcmsg *tc;
    struct nlu_tcclass c = {0};

    int rc = nlu_tc_parse(msg, RTM_NEWTCLASS, &tc, table);
    if (rc < 0 || !tc)
        return rc < 0 ? rc : -EBADMSG;
    const char *kind = nlu_attr_text(table[TCA_KIND]);
    const bool htb = strcmp(kind, "htb") == 0;
    c.kind = nlu_arena_text(arena, kind, strlen(kind));
    if (!c.kind)
        return -ENOMEM;
    c.classid = tc->tcm_handle;
    c.parent = tc->tcm_parent;
    c.leaf = tc->tcm_info;
    if (htb && table[TCA_OPTIONS])
        rc = read_htb(table[TCA_OPTIONS], &c.htb);
    if (rc == 0 && table[TCA_STATS2])
        rc = nlu_tc_stats_read(table[TCA_STATS2], arena, &c.stats);
    if (rc < 0)
        return rc;
    if (htb)
        read_htb_stats(c.stats.app, &c);
    *ret_class = c;
    return 0;
}

struct reading {
    struct nlu_arena *arena;
    struct nlu_tcclass *items;
    size_t count, cap;
};

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_tcclass c;

    if (msg->nlmsg_type != RTM_NEWTCLASS)
        return 0;
    int rc = nlu_tcclass_parse(msg, r->arena, &c);
    if (rc == 0)
        rc = nlu_arena_grow(r->arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = c;
    return rc;
}

static void forget(void *arg) {
    ((struct reading *)arg)->count = 0;
}

int nlu_tcclass_list(struct nlu_nlsock *nl, const char *dev, struct nlu_arena *arena,
                     struct nlu_tcclass_list *ret_list, struct nlu_err *err) {
    struct reading r = {.arena = arena};
    int rc = nlu_tc_dump(nl, RTM_GETTCLASS, dev, 0, collect, forget, &r, err);

    if (rc < 0)
        return nlu_err_about(err, "class.list", "%s", dev);
    *ret_list = (struct nlu_tcclass_list){r.items, r.count};
    return 0;
}
