#include "nexthop.h"

#include "ifnames.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// --- reading -------------------------------------------------------------------------------------

static const struct nlu_attr_rule nexthop_rules[NHA_MAX + 1] = {
    [NHA_ID] = {NLU_ATTR_U32, 0},         [NHA_GROUP_TYPE] = {NLU_ATTR_U16, 0},
    [NHA_OIF] = {NLU_ATTR_U32, 0},        [NHA_GATEWAY] = {NLU_ATTR_IP, 0},
    [NHA_ENCAP_TYPE] = {NLU_ATTR_U16, 0}, [NHA_RES_GROUP] = {NLU_ATTR_NEST, 0},
};

static int read_members(const struct nlattr *attr, struct nlu_arena *arena,
                        struct nlu_nexthop *nexthop) {
    size_t size = nlu_attr_size(attr), count = size / sizeof(struct nexthop_grp);
    const char *p = nlu_attr_data(attr);

    if (!count || count * sizeof(struct nexthop_grp) != size)
        return -EBADMSG;
    nexthop->members = nlu_arena_alloc(arena, count * sizeof *nexthop->members);
    if (!nexthop->members)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct nexthop_grp member;
        memcpy(&member, p + i * sizeof member, sizeof member);
        // The kernel counts from 0; ip shows that as no weight at all.
        nexthop->members[i] = (struct nlu_nexthop_member){member.id, (uint16_t)(member.weight + 1)};
    }
    nexthop->member_count = count;
    return 0;
}

static int read_resilient(const struct nlattr *nest, struct nlu_nexthop_resilient *r) {
    static const struct nlu_attr_rule rules[NHA_RES_GROUP_MAX + 1] = {
        [NHA_RES_GROUP_BUCKETS] = {NLU_ATTR_U16, 0},
        [NHA_RES_GROUP_IDLE_TIMER] = {NLU_ATTR_U32, 0},
        [NHA_RES_GROUP_UNBALANCED_TIMER] = {NLU_ATTR_U32, 0},
        [NHA_RES_GROUP_UNBALANCED_TIME] = {NLU_ATTR_U64, 0},
    };
    const struct nlattr *t[NHA_RES_GROUP_MAX + 1];

    if (nlu_attr_parse_nest(nest, rules, NHA_RES_GROUP_MAX, t) < 0)
        return -EBADMSG;
    if (t[NHA_RES_GROUP_BUCKETS])
        r->buckets = nlu_attr_u16(t[NHA_RES_GROUP_BUCKETS]);
    if (t[NHA_RES_GROUP_IDLE_TIMER])
        r->idle_timer = nlu_attr_u32(t[NHA_RES_GROUP_IDLE_TIMER]);
    if (t[NHA_RES_GROUP_UNBALANCED_TIMER])
        r->unbalanced_timer = nlu_attr_u32(t[NHA_RES_GROUP_UNBALANCED_TIMER]);
    if (t[NHA_RES_GROUP_UNBALANCED_TIME])
        r->unbalanced_time = nlu_attr_u64(t[NHA_RES_GROUP_UNBALANCED_TIME]);
    return 0;
}

int nlu_nexthop_decode(const struct nlmsghdr *msg, struct nlu_arena *arena,
                       struct nlu_nexthop *ret_nexthop) {
    const struct nlattr *t[NHA_MAX + 1] = {0};
    const struct nhmsg *head = nlu_msg_header(msg, sizeof *head);
    int rc = 0;

    if (!head || nlu_attr_parse_msg(msg, sizeof *head, nexthop_rules, NHA_MAX, t) < 0)
        return -EBADMSG;
    struct nlu_nexthop nexthop = {
        .id = t[NHA_ID] ? nlu_attr_u32(t[NHA_ID]) : 0,
        .family = head->nh_family,
        .scope = head->nh_scope,
        .protocol = head->nh_protocol,
        .flags = head->nh_flags,
        .gateway = t[NHA_GATEWAY] ? nlu_attr_ip(t[NHA_GATEWAY]) : (struct nlu_ip){0},
        .oif = t[NHA_OIF] ? (int)nlu_attr_u32(t[NHA_OIF]) : 0,
        .blackhole = t[NHA_BLACKHOLE] != NULL,
        .fdb = t[NHA_FDB] != NULL,
        .encap = t[NHA_ENCAP_TYPE] ? nlu_attr_u16(t[NHA_ENCAP_TYPE]) : 0,
        .group_type = t[NHA_GROUP_TYPE] ? nlu_attr_u16(t[NHA_GROUP_TYPE]) : 0,
        .has_resilient = t[NHA_RES_GROUP] != NULL,
    };
    if (t[NHA_GROUP])
        rc = read_members(t[NHA_GROUP], arena, &nexthop);
    if (rc == 0 && t[NHA_RES_GROUP])
        rc = read_resilient(t[NHA_RES_GROUP], &nexthop.resilient);
    if (rc == 0)
        *ret_nexthop = nexthop;
    return rc;
}

int nlu_nexthop_name(struct nlu_nexthop *nexthop, struct nlu_ifnames *names) {
    if (!nexthop->oif)
        return 0;
    nexthop->dev = nlu_ifnames_get(names, nexthop->oif);
    return nexthop->dev ? 0 : -ENOMEM;
}

struct reading {
    const struct nlu_nexthop_filter *filter;
    struct nlu_ifnames names;
    struct nlu_nexthop *items;
    size_t count, cap;
};

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_nexthop nexthop = {0};

    if (msg->nlmsg_type != RTM_NEWNEXTHOP)
        return 0;
    int rc = nlu_nexthop_decode(msg, r->names.arena, &nexthop);
    if (rc < 0 || (r->filter->protocol && nexthop.protocol != r->filter->protocol))
        return rc;
    rc = nlu_nexthop_name(&nexthop, &r->names);
    if (rc == 0)
        rc =
            nlu_arena_grow(r->names.arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = nexthop;
    return rc;
}

static void forget(void *arg) {
    struct reading *r = arg;
    r->count = 0;
}

int nlu_nexthop_list(struct nlu_nlsock *nl, const struct nlu_nexthop_filter *f,
                     struct nlu_arena *arena, struct nlu_nexthop_list *ret_list,
                     struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct reading r = {.filter = f, .names = {.nl = nl, .arena = arena}};

    msg->nlmsg_type = RTM_GETNEXTHOP;
    struct nhmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->nh_family = f->family;
    if (f->oif)
        mnl_attr_put_u32(msg, NHA_OIF, (uint32_t)f->oif);
    if (f->master)
        mnl_attr_put_u32(msg, NHA_MASTER, (uint32_t)f->master);
    if (f->groups)
        mnl_attr_put(msg, NHA_GROUPS, 0, NULL);
    if (f->fdb)
        mnl_attr_put(msg, NHA_FDB, 0, NULL);
    if (nlu_nlsock_dump(nl, msg, collect, forget, &r, err) < 0)
        return nlu_err_about(err, "nexthop.list", "%s", "");
    *ret_list = (struct nlu_nexthop_list){r.items, r.count};
    return 0;
}

int nlu_nexthop_get(struct nlu_nlsock *nl, uint32_t id, struct nlu_arena *arena,
                    struct nlu_nexthop *ret_nexthop, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    const struct nlu_nexthop_filter all = {0};
    struct reading r = {.filter = &all, .names = {.nl = nl, .arena = arena}};

    msg->nlmsg_type = RTM_GETNEXTHOP;
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct nhmsg));
    mnl_attr_put_u32(msg, NHA_ID, id);
    int rc = nlu_nlsock_ask(nl, msg, collect, &r, err);
    if (rc == 0 && !r.count)
        rc = nlu_err_set(err, ENOENT, "", "%s", "");
    if (rc < 0)
        return nlu_err_about(err, "nexthop.get", "id %u", id);
    *ret_nexthop = r.items[0];
    return 0;
}

// --- writing -------------------------------------------------------------------------------------

static bool put_u32(struct nlmsghdr *msg, uint16_t type, uint32_t value) {
    return mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, type, value);
}

static bool put_flag(struct nlmsghdr *msg, uint16_t type) {
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, type, 0, NULL);
}

static bool put_members(struct nlmsghdr *msg, const struct nlu_nexthop *n) {
    struct nlattr *attr = mnl_nlmsg_get_payload_tail(msg);
    size_t size = n->member_count * sizeof(struct nexthop_grp);

    if (msg->nlmsg_len + MNL_ATTR_HDRLEN + size > NLU_NL_REQUEST)
        return false;
    attr->nla_type = NHA_GROUP;
    attr->nla_len = (uint16_t)(MNL_ATTR_HDRLEN + size);
    for (size_t i = 0; i < n->member_count; i++) {
        struct nexthop_grp member = {.id = n->members[i].id,
                                     .weight = (uint8_t)(n->members[i].weight - 1)};
        memcpy((char *)attr + MNL_ATTR_HDRLEN + i * sizeof member, &member, sizeof member);
    }
    msg->nlmsg_len += MNL_ALIGN(attr->nla_len);
    return true;
}

static bool put_resilient(struct nlmsghdr *msg, const struct nlu_nexthop_resilient *r) {
    struct nlattr *nest = mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, NHA_RES_GROUP);
    const int have = r->have;

    if (!nest ||
        ((have & NLU_NEXTHOP_BUCKETS) &&
         !mnl_attr_put_u16_check(msg, NLU_NL_REQUEST, NHA_RES_GROUP_BUCKETS, r->buckets)) ||
        ((have & NLU_NEXTHOP_IDLE_TIMER) &&
         !put_u32(msg, NHA_RES_GROUP_IDLE_TIMER, r->idle_timer)) ||
        ((have & NLU_NEXTHOP_UNBALANCED_TIMER) &&
         !put_u32(msg, NHA_RES_GROUP_UNBALANCED_TIMER, r->unbalanced_timer)))
        return false;
    mnl_attr_nest_end(msg, nest);
    return true;
}

static bool put_group(struct nlmsghdr *msg, const struct nlu_nexthop *n) {
    if (!n->member_count)
        return true;
    return put_members(msg, n) &&
           (!n->group_type ||
            mnl_attr_put_u16_check(msg, NLU_NL_REQUEST, NHA_GROUP_TYPE, n->group_type)) &&
           (!n->has_resilient || put_resilient(msg, &n->resilient));
}

int nlu_nexthop_put(struct nlmsghdr *msg, enum nlu_nexthop_change change,
                    const struct nlu_nexthop *n) {
    uint8_t family = n->gateway.family ? n->gateway.family : n->family;

    msg->nlmsg_type = RTM_NEWNEXTHOP;
    msg->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_CREATE |
                                  (change == NLU_NEXTHOP_ADD ? NLM_F_EXCL : NLM_F_REPLACE));
    struct nhmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    *head = (struct nhmsg){
        // A group is of no family, all else of IPv4 unless said.
        .nh_family = n->member_count ? AF_UNSPEC
                     : family        ? family
                                     : AF_INET,
        .nh_protocol = n->protocol,
        .nh_flags = n->flags,
    };
    return (!n->id || put_u32(msg, NHA_ID, n->id)) &&
                   (!n->gateway.family ||
                    mnl_attr_put_check(msg, NLU_NL_REQUEST, NHA_GATEWAY, nlu_ip_size(&n->gateway),
                                       n->gateway.bytes)) &&
                   (!n->oif || put_u32(msg, NHA_OIF, (uint32_t)n->oif)) &&
                   (!n->blackhole || put_flag(msg, NHA_BLACKHOLE)) &&
                   (!n->fdb || put_flag(msg, NHA_FDB)) && put_group(msg, n)
               ? 0
               : -EMSGSIZE;
}

int nlu_nexthop_change(struct nlu_nlsock *nl, enum nlu_nexthop_change change,
                       const struct nlu_nexthop *nexthop, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    const char *op = change == NLU_NEXTHOP_ADD ? "nexthop.add" : "nexthop.replace";

    int rc = nlu_nexthop_put(msg, change, nexthop);
    if (rc < 0)
        return nlu_err_set(err, -rc, op, "id %u", nexthop->id);
    if (nlu_nlsock_ask(nl, msg, NULL, NULL, err) < 0)
        return nlu_err_about(err, op, "id %u", nexthop->id);
    return 0;
}

int nlu_nexthop_del(struct nlu_nlsock *nl, uint32_t id, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);

    msg->nlmsg_type = RTM_DELNEXTHOP;
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct nhmsg));
    mnl_attr_put_u32(msg, NHA_ID, id);
    if (nlu_nlsock_ask(nl, msg, NULL, NULL, err) < 0)
        return nlu_err_about(err, "nexthop.del", "id %u", id);
    return 0;
}

// One pass over what the filter lets through. An object that went with another one is no failure.
static int flush_once(struct nlu_nlsock *nl, const struct nlu_nexthop_filter *filter, size_t *count,
                      struct nlu_err *err) {
    struct nlu_arena arena = {0};
    struct nlu_nexthop_list list = {0};

    int rc = nlu_nexthop_list(nl, filter, &arena, &list, err);
    for (size_t i = 0; rc == 0 && i < list.count; i++) {
        rc = nlu_nexthop_del(nl, list.items[i].id, err);
        if (rc == 0)
            ++*count;
        else if (rc == -ENOENT)
            rc = 0;
    }
    nlu_arena_free(&arena);
    return rc;
}

int nlu_nexthop_flush(struct nlu_nlsock *nl, const struct nlu_nexthop_filter *filter,
                      size_t *ret_count, struct nlu_err *err) {
    struct nlu_nexthop_filter groups = *filter;
    size_t count = 0;
    int rc = 0;

    // A group goes with its last member: gone first, it is counted.
    if (!filter->oif && !filter->master && !filter->groups && !filter->fdb) {
        groups.groups = true;
        rc = flush_once(nl, &groups, &count, err);
    }
    if (rc == 0)
        rc = flush_once(nl, filter, &count, err);
    if (rc < 0) {
        // What it was about stays.
        snprintf(err->op, sizeof err->op, "nexthop.flush");
        return rc;
    }
    *ret_count = count;
    return 0;
}
