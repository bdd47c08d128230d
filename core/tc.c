#include "tc.h"

#include "feature.h"
#include "link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

int nlu_tc_begin(struct nlu_nlsock *nl, void *buf, uint16_t type, enum nlu_tc_verb verb,
                 const char *dev, const struct nlu_tc_who *who, struct nlmsghdr **ret_msg,
                 struct nlu_err *err) {
    static const uint16_t flags[] = {
        [NLU_TC_ADD] = NLM_F_CREATE | NLM_F_EXCL,
        [NLU_TC_REPLACE] = NLM_F_CREATE | NLM_F_REPLACE,
        [NLU_TC_CHANGE] = 0,
    };
    // The four messages of a kind stand in one block, the NEW first.
    const bool makes = (type - RTM_BASE) % 4 == 0;
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct tcmsg *tc;
    int index;

    int rc = nlu_link_index(nl, dev, &index, err);
    if (rc < 0)
        return rc;
    msg->nlmsg_type = type;
    msg->nlmsg_flags = NLM_F_REQUEST | (makes ? flags[verb] : 0);
    tc = mnl_nlmsg_put_extra_header(msg, sizeof *tc);
    tc->tcm_ifindex = index;
    tc->tcm_parent = who->parent;
    tc->tcm_handle = who->handle;
    tc->tcm_info = who->info;
    *ret_msg = msg;
    return 0;
}

int nlu_tc_del(struct nlu_nlsock *nl, uint16_t type, const char *dev, const struct nlu_tc_who *who,
               struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[256];
    struct nlmsghdr *msg;
    int rc = nlu_tc_begin(nl, buf, type, NLU_TC_CHANGE, dev, who, &msg, err);

    return rc < 0 ? rc : nlu_nlsock_ask(nl, msg, NULL, NULL, err);
}

int nlu_tc_dump(struct nlu_nlsock *nl, uint16_t type, const char *dev, uint32_t parent,
                nlu_nl_each each, void (*restart)(void *arg), void *arg, struct nlu_err *err) {
    const struct nlu_tc_who who = {.parent = parent};
    _Alignas(struct nlmsghdr) char buf[256];
    struct nlmsghdr *msg;
    int rc = nlu_tc_begin(nl, buf, type, NLU_TC_CHANGE, dev, &who, &msg, err);

    return rc < 0 ? rc : nlu_nlsock_dump(nl, msg, each, restart, arg, err);
}

int nlu_tc_parse(const struct nlmsghdr *msg, uint16_t type, const struct tcmsg **ret_tc,
                 const struct nlattr **table) {
    static const struct nlu_attr_rule rules[TCA_MAX + 1] = {
        [TCA_KIND] = {NLU_ATTR_TEXT, 0},
        [TCA_STATS2] = {NLU_ATTR_NEST, 0},
        [TCA_CHAIN] = {NLU_ATTR_U32, 0},
        [TCA_HW_OFFLOAD] = {NLU_ATTR_U8, 0},
    };
    const struct tcmsg *tc = nlu_msg_header(msg, sizeof *tc);

    *ret_tc = NULL;
    if (!tc || msg->nlmsg_type != type)
        return tc ? 0 : -EBADMSG;
    int rc = nlu_attr_parse_msg(msg, sizeof *tc, rules, TCA_MAX, table);
    if (rc < 0 || !table[TCA_KIND])
        return rc < 0 ? rc : -EBADMSG;
    *ret_tc = tc;
    return 0;
}

int nlu_tc_stats_read(const struct nlattr *stats2, struct nlu_arena *arena,
                      struct nlu_tc_stats *ret) {
    static const struct nlu_attr_rule rules[TCA_STATS_MAX + 1] = {
        [TCA_STATS_BASIC] = {NLU_ATTR_ANY, 12}, // before its padding
        [TCA_STATS_QUEUE] = {NLU_ATTR_ANY, sizeof(struct gnet_stats_queue)},
        [TCA_STATS_PKT64] = {NLU_ATTR_U64, 0},
    };
    const struct nlattr *table[TCA_STATS_MAX + 1];
    struct nlu_tc_stats s = {0};
    int rc = nlu_attr_parse_nest(stats2, rules, TCA_STATS_MAX, table);

    if (rc < 0)
        return rc;
    if (table[TCA_STATS_BASIC]) {
        const char *basic = nlu_attr_data(table[TCA_STATS_BASIC]);
        uint32_t packets;
        memcpy(&s.bytes, basic, sizeof s.bytes);
        memcpy(&packets, basic + sizeof s.bytes, sizeof packets);
        s.packets = packets;
    }
    if (table[TCA_STATS_PKT64])
        s.packets = nlu_attr_u64(table[TCA_STATS_PKT64]);
    if (table[TCA_STATS_QUEUE]) {
        struct gnet_stats_queue q;
        memcpy(&q, nlu_attr_data(table[TCA_STATS_QUEUE]), sizeof q);
        s.qlen = q.qlen;
        s.backlog = q.backlog;
        s.drops = q.drops;
        s.requeues = q.requeues;
        s.overlimits = q.overlimits;
    }
    if (table[TCA_STATS_APP]) {
        const struct nlattr *app = table[TCA_STATS_APP];
        void *copy = nlu_arena_alloc(arena, app->nla_len);
        if (!copy)
            return -ENOMEM;
        memcpy(copy, app, app->nla_len);
        s.app = copy;
    }
    *ret = s;
    return 0;
}

int nlu_tc_explain(struct nlu_err *err, int group, const char *kind) {
    // The kernel's sentences for an unknown kind; without a sentence (old kernels) the errno alone.
    static const char *const unknown[] = {"", "Specified qdisc kind is unknown",
                                          "TC classifier not found", "Unknown qdisc",
                                          "Failed to load TC action module"};

    if (err->errnum == EOPNOTSUPP && !*err->kernel)
        return nlu_err_hint(err, "this kernel has no traffic control: it needs CONFIG_NET_SCHED");
    if (err->errnum != ENOENT)
        return -err->errnum;
    for (size_t i = 0; i < NLU_COUNT(unknown); i++)
        if (strcmp(err->kernel, unknown[i]) == 0)
            return nlu_feature_hint(err, (enum nlu_feature_group)group, kind);
    return -err->errnum;
}
