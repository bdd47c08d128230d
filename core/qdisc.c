#include "qdisc.h"

#include "feature.h"
#include "ifnames.h"
#include "link.h"
#include "netns.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

enum {
    // A distribution of 16384 entries is 32 KiB by itself; netem may hold two.
    REQUEST_MAX = NLU_NL_REQUEST + (size_t)2 * NLU_NETEM_TABLE_MAX * sizeof(int16_t),
};

static const char *const verb_names[] = {[NLU_TC_ADD] = "qdisc.add",
                                         [NLU_TC_REPLACE] = "qdisc.replace",
                                         [NLU_TC_CHANGE] = "qdisc.change"};

static int send_qdisc(struct nlu_nlsock *nl, enum nlu_tc_verb verb,
                      const struct nlu_qdisc_spec *spec, struct nlu_err *err) {
    const struct nlu_tc_who who = {.parent = spec->parent, .handle = spec->handle};
    _Alignas(struct nlmsghdr) char buf[REQUEST_MAX];
    struct nlmsghdr *msg;

    int rc = nlu_tc_begin(nl, buf, RTM_NEWQDISC, verb, spec->dev, &who, &msg, err);
    if (rc < 0)
        return rc;
    if (spec->kind && !mnl_attr_put_strz_check(msg, sizeof buf, TCA_KIND, spec->kind))
        return nlu_err_set(err, EMSGSIZE, "qdisc", "%s", spec->kind);
    rc = nlu_qdisc_options_put(msg, sizeof buf, spec->kind, &spec->options);
    if (rc < 0)
        return nlu_err_set(err, -rc, "qdisc", "%s", spec->kind);
    return nlu_nlsock_ask(nl, msg, NULL, NULL, err);
}

// Kernels before 6.6 take a seed without a word and do nothing with it. Whether this one keeps it
// is seen on the loopback interface of a namespace of its own, so that nothing has to be taken
// back.
static int need_seed(const struct nlu_netem *netem, struct nlu_err *err) {
    struct nlu_qdisc_spec spec = {.dev = "lo", .kind = "netem", .parent = TC_H_ROOT};
    struct nlu_qdisc_list list = {0};
    struct nlu_arena arena = {0};
    struct nlu_nlsock nl = {.fd = NLU_NO_FD};
    int fd = NLU_NO_FD, netlink;

    int rc = nlu_netns_create(&fd, &netlink, err);
    if (rc < 0)
        return rc;
    nl.fd = netlink;
    spec.options.type = NLU_QDISC_NETEM;
    spec.options.present = true;
    spec.options.netem.has_seed = true;
    spec.options.netem.seed = netem->seed;
    rc = nlu_nlsock_adopt(&nl, netlink, err);
    if (rc == 0)
        rc = send_qdisc(&nl, NLU_TC_ADD, &spec, err);
    if (rc == 0)
        rc = nlu_qdisc_list(&nl, "lo", &arena, &list, err);
    if (rc == 0 && !(list.count == 1 && list.items[0].options.netem.has_seed)) {
        nlu_err_set(err, EOPNOTSUPP, "qdisc", "netem: seed");
        rc = nlu_err_hint(err, "this kernel's netem takes no seed: it needs Linux 6.6 or newer");
    }
    nlu_arena_free(&arena);
    nlu_nlsock_close(&nl);
    nlu_close(&fd);
    return rc;
}

int nlu_qdisc_set(struct nlu_nlsock *nl, enum nlu_tc_verb verb, const struct nlu_qdisc_spec *spec,
                  struct nlu_err *err) {
    const struct nlu_qdisc_options *o = &spec->options;
    int index, rc = 0;

    if (o->present && o->type == NLU_QDISC_NETEM && o->netem.has_seed) {
        rc = nlu_link_index(nl, spec->dev, &index, err);
        if (rc == 0)
            rc = need_seed(&o->netem, err);
    }
    if (rc == 0)
        rc = send_qdisc(nl, verb, spec, err);
    if (rc == 0)
        return 0;
    nlu_err_about(err, verb_names[verb], "%s on %s", spec->kind, spec->dev);
    if (*err->hint)
        return rc;
    return nlu_tc_explain(err, NLU_FEATURE_QDISC, spec->kind);
}

int nlu_qdisc_del(struct nlu_nlsock *nl, const char *dev, uint32_t parent, uint32_t handle,
                  struct nlu_err *err) {
    const struct nlu_tc_who who = {.parent = parent, .handle = handle};
    int rc = nlu_tc_del(nl, RTM_DELQDISC, dev, &who, err);

    return rc < 0 ? nlu_err_about(err, "qdisc.del", "%s", dev) : 0;
}

// --- reading
// --------------------------------------------------------------------------------------

int nlu_qdisc_parse(const struct nlmsghdr *msg, struct nlu_arena *arena,
                    struct nlu_qdisc *ret_qdisc) {
    const struct nlattr *table[TCA_MAX + 1];
    const struct tcmsg *tc;
    struct nlu_qdisc q = {0};

    int rc = nlu_tc_parse(msg, RTM_NEWQDISC, &tc, table);
    if (rc < 0 || !tc)
        return rc < 0 ? rc : -EBADMSG;
    const char *kind = nlu_attr_text(table[TCA_KIND]);
    q.ifindex = tc->tcm_ifindex;
    q.handle = tc->tcm_handle;
    q.parent = tc->tcm_parent;
    q.refcnt = tc->tcm_info;
    q.kind = nlu_arena_text(arena, kind, strlen(kind));
    if (!q.kind)
        return -ENOMEM;
    q.offloaded = table[TCA_HW_OFFLOAD] && nlu_attr_u8(table[TCA_HW_OFFLOAD]);
    rc = nlu_qdisc_options_read(kind, table[TCA_OPTIONS], &q.options);
    if (rc == 0 && table[TCA_STATS2])
        rc = nlu_tc_stats_read(table[TCA_STATS2], arena, &q.stats);
    if (rc < 0)
        return rc;
    *ret_qdisc = q;
    return 0;
}

struct reading {
    struct nlu_arena *arena;
    int ifindex; // 0: all
    struct nlu_qdisc *items;
    size_t count, cap;
};

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_qdisc q;

    if (msg->nlmsg_type != RTM_NEWQDISC)
        return 0;
    int rc = nlu_qdisc_parse(msg, r->arena, &q);
    // The kernel dumps the whole namespace, whatever interface is asked for.
    if (rc < 0 || (r->ifindex && q.ifindex != r->ifindex))
        return rc;
    rc = nlu_arena_grow(r->arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = q;
    return rc;
}

static void forget(void *arg) {
    ((struct reading *)arg)->count = 0;
}

int nlu_qdisc_list(struct nlu_nlsock *nl, const char *dev, struct nlu_arena *arena,
                   struct nlu_qdisc_list *ret_list, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[256];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct nlu_ifnames names = {.nl = nl, .arena = arena};
    struct reading r = {.arena = arena};
    int rc = dev ? nlu_link_index(nl, dev, &r.ifindex, err) : 0;

    if (rc == 0) {
        msg->nlmsg_type = RTM_GETQDISC;
        (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct tcmsg));
        rc = nlu_nlsock_dump(nl, msg, collect, forget, &r, err);
    }
    if (rc < 0)
        return nlu_err_about(err, "qdisc.list", "%s", dev ? dev : "");
    for (size_t i = 0; i < r.count; i++) {
        r.items[i].dev = nlu_ifnames_get(&names, r.items[i].ifindex);
        if (!r.items[i].dev)
            return nlu_err_set(err, ENOMEM, "qdisc.list", "%s", "");
    }
    *ret_list = (struct nlu_qdisc_list){r.items, r.count};
    return 0;
}
