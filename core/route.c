#include "route.h"

#include "ifnames.h"
#include "nexthop.h"
#include "route_names.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>

enum { FLUSH_ROUNDS = 10 }; // others may add while we remove

int nlu_route_name(struct nlu_route *route, struct nlu_ifnames *names) {
    if (route->oif && !(route->dev = nlu_ifnames_get(names, route->oif)))
        return -ENOMEM;
    if (route->iif && !(route->iif_name = nlu_ifnames_get(names, route->iif)))
        return -ENOMEM;
    for (size_t i = 0; i < route->hop_count; i++) {
        struct nlu_route_hop *hop = &route->hops[i];
        if (hop->oif && !(hop->dev = nlu_ifnames_get(names, hop->oif)))
            return -ENOMEM;
    }
    return 0;
}

// --- listing -------------------------------------------------------------------------------------

// The messages are kept for a flush: what the kernel told is what it is asked to remove.
struct kept {
    struct nlmsghdr *msg;
};

struct reading {
    const struct nlu_route_filter *filter;
    struct nlu_ifnames names;
    struct nlu_route *items;
    size_t count, cap;
    bool keep; // for a flush
    struct kept *messages;
    size_t message_count, message_cap;
};

static bool inside(const struct nlu_prefix *outer, const struct nlu_prefix *inner, uint8_t family) {
    if (!outer->ip.family)
        return true;
    if (outer->ip.family != family || inner->len < outer->len)
        return false;
    // A route to everywhere has no address; it lies in a prefix of length 0 only.
    return outer->len == 0 || nlu_prefix_contains(outer, &inner->ip);
}

// Does `outer`, of a route, hold the prefix that is asked for?
static bool holds(const struct nlu_prefix *outer, const struct nlu_prefix *asked, uint8_t family) {
    if (!asked->ip.family)
        return true;
    if (asked->ip.family != family || asked->len < outer->len)
        return false;
    return outer->len == 0 || nlu_prefix_contains(outer, &asked->ip);
}

static bool wanted(const struct nlu_route *r, const struct nlu_route_filter *f) {
    if ((f->family && r->family != f->family) || (f->table && r->table != f->table) ||
        f->cache != ((r->flags & RTM_F_CLONED) != 0))
        return false;
    if ((f->has_protocol && r->protocol != f->protocol) || (f->has_scope && r->scope != f->scope) ||
        (f->has_type && r->type != f->type) || (f->has_tos && r->tos != f->tos) ||
        (f->has_metric && r->metric != f->metric))
        return false;
    if ((f->to_default && r->dst.len) || (f->from_default && r->src.len))
        return false;
    if ((f->oif && r->oif != f->oif) || (f->iif && r->iif != f->iif))
        return false;
    if (f->via.ip.family && !nlu_prefix_contains(&f->via, &r->gateway))
        return false;
    if (f->src.ip.family && !nlu_prefix_contains(&f->src, &r->prefsrc))
        return false;
    return inside(&f->to_root, &r->dst, r->family) && holds(&r->dst, &f->to_match, r->family) &&
           inside(&f->from_root, &r->src, r->family) && holds(&r->src, &f->from_match, r->family);
}

static int keep_message(struct reading *r, const struct nlmsghdr *msg, bool with_nhid) {
    int rc = nlu_arena_grow(r->names.arena, (void **)&r->messages, sizeof *r->messages,
                            r->message_count, &r->message_cap);
    if (rc < 0)
        return rc;
    struct nlmsghdr *copy = nlu_arena_alloc(r->names.arena, msg->nlmsg_len);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, msg, MNL_NLMSG_HDRLEN + sizeof(struct rtmsg));
    copy->nlmsg_len = MNL_NLMSG_HDRLEN + sizeof(struct rtmsg);
    if (with_nhid) {
        // Type and scope are told as the nexthop object makes them, not as the route was entered.
        struct rtmsg *head = mnl_nlmsg_get_payload(copy);
        head->rtm_type = RTN_UNSPEC;
        head->rtm_scope = RT_SCOPE_NOWHERE;
    }
    const struct nlattr *attr;
    mnl_attr_for_each(attr, msg, sizeof(struct rtmsg)) {
        uint16_t type = mnl_attr_get_type(attr);
        // Of a nexthop object the kernel tells what is in it as well, and refuses to hear both.
        if (with_nhid && (type == RTA_GATEWAY || type == RTA_VIA || type == RTA_OIF ||
                          type == RTA_MULTIPATH || type == RTA_ENCAP || type == RTA_ENCAP_TYPE))
            continue;
        memcpy((char *)copy + copy->nlmsg_len, attr, attr->nla_len);
        copy->nlmsg_len += MNL_ALIGN(attr->nla_len);
    }
    r->messages[r->message_count++].msg = copy;
    return 0;
}

// IPv6 shows a catch-all that is no route: the "null entry" of an empty table, of lowest priority.
static bool null_entry(const struct nlu_route *r) {
    return r->family == AF_INET6 && r->dst.len == 0 && r->type == RTN_UNREACHABLE &&
           r->has_metric && r->metric == UINT32_MAX;
}

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_route route;

    if (msg->nlmsg_type != RTM_NEWROUTE)
        return 0;
    const struct rtmsg *head = mnl_nlmsg_get_payload(msg);
    if (msg->nlmsg_len >= MNL_NLMSG_HDRLEN + sizeof *head && head->rtm_family != AF_INET &&
        head->rtm_family != AF_INET6)
        return 0; // multicast routing and MPLS are other objects (ip mroute, ip -f mpls route)
    int rc = nlu_route_decode(msg, r->names.arena, &route);
    if (rc < 0 || !wanted(&route, r->filter))
        return rc;
    if (r->keep)
        return null_entry(&route) ? 0 : keep_message(r, msg, route.has_nhid);
    rc = nlu_route_name(&route, &r->names);
    if (rc == 0)
        rc =
            nlu_arena_grow(r->names.arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = route;
    return rc;
}

static void forget(void *arg) {
    struct reading *r = arg;
    r->count = r->message_count = 0;
}

static int dump(struct nlu_nlsock *nl, struct reading *r, const char *op, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[256];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    const struct nlu_route_filter *f = r->filter;

    msg->nlmsg_type = RTM_GETROUTE;
    struct rtmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->rtm_family = f->family;
    if (f->cache)
        head->rtm_flags = RTM_F_CLONED;
    // The kernel passes over what is not asked for: of a full table that saves most of the work.
    if (f->table)
        mnl_attr_put_u32(msg, RTA_TABLE, f->table);
    if (f->oif)
        mnl_attr_put_u32(msg, RTA_OIF, (uint32_t)f->oif);
    int rc = nlu_nlsock_dump(nl, msg, collect, forget, r, err);
    // A table that nobody has written to does not exist yet; of main that is no news.
    if (rc == -ENOENT && f->table == RT_TABLE_MAIN)
        rc = 0;
    if (rc < 0) {
        char name[NLU_ROUTE_NAME];
        return nlu_err_about(err, op, "%s%s", f->table ? "table " : "",
                             f->table ? nlu_table_name(f->table, name) : "");
    }
    return 0;
}

// Asks for the nexthop object of each route that names one, once for each object. An object that is
// gone by now leaves its routes as they were told.
static int attach_nexthops(struct nlu_nlsock *nl, struct nlu_arena *arena, struct nlu_route *routes,
                           size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct nlu_nexthop *nexthop;
        struct nlu_err ignored;
        if (!routes[i].has_nhid)
            continue;
        for (size_t k = 0; k < i && !routes[i].nexthop; k++)
            if (routes[k].has_nhid && routes[k].nhid == routes[i].nhid)
                routes[i].nexthop = routes[k].nexthop;
        if (routes[i].nexthop)
            continue;
        nexthop = nlu_arena_alloc(arena, sizeof *nexthop);
        if (!nexthop)
            return -ENOMEM;
        if (nlu_nexthop_get(nl, routes[i].nhid, arena, nexthop, &ignored) == 0)
            routes[i].nexthop = nexthop;
    }
    return 0;
}

int nlu_route_list(struct nlu_nlsock *nl, const struct nlu_route_filter *filter,
                   struct nlu_arena *arena, struct nlu_route_list *ret_list, struct nlu_err *err) {
    struct reading r = {.filter = filter, .names = {.nl = nl, .arena = arena}};
    int rc = dump(nl, &r, "route.list", err);

    if (rc == 0 && attach_nexthops(nl, arena, r.items, r.count) < 0)
        rc = nlu_err_set(err, ENOMEM, "route.list", "%s", "");
    if (rc == 0)
        *ret_list = (struct nlu_route_list){r.items, r.count};
    return rc;
}

// --- changing ------------------------------------------------------------------------------------

// "198.51.100.0/24 via 192.0.2.254 dev eth0 table 100" for a message.
static void describe(struct nlu_nlsock *nl, const struct nlu_route_spec *s, char *buf,
                     size_t size) {
    char text[NLU_PREFIX_TEXT], via[NLU_IP_TEXT], table[NLU_ROUTE_NAME], name[NLU_ROUTE_NAME];
    struct nlu_arena arena = {0};
    struct nlu_ifnames names = {.nl = nl, .arena = &arena};
    size_t at = 0;

    if (s->have & NLU_ROUTE_TYPE)
        at += (size_t)snprintf(buf, size, "%s ", nlu_route_type_name(s->type, name));
    at +=
        (size_t)snprintf(buf + at, size - at, "%s", nlu_route_dst_format(s->family, &s->dst, text));
    if (s->gateway.family && at < size)
        at += (size_t)snprintf(buf + at, size - at, " via %s", nlu_ip_format(&s->gateway, via));
    if (s->oif && at < size) {
        const char *dev = nlu_ifnames_get(&names, s->oif);
        at += (size_t)snprintf(buf + at, size - at, " dev %s", dev ? dev : "?");
    }
    if ((s->have & NLU_ROUTE_NHID) && at < size)
        at += (size_t)snprintf(buf + at, size - at, " nhid %u", s->nhid);
    if ((s->have & NLU_ROUTE_TABLE) && at < size)
        snprintf(buf + at, size - at, " table %s", nlu_table_name(s->table, table));
    nlu_arena_free(&arena);
}

int nlu_route_change(struct nlu_nlsock *nl, enum nlu_route_change change,
                     const struct nlu_route_spec *spec, struct nlu_err *err) {
    static const char *const ops[] = {
        [NLU_ROUTE_ADD] = "route.add",         [NLU_ROUTE_REPLACE] = "route.replace",
        [NLU_ROUTE_CHANGE] = "route.change",   [NLU_ROUTE_APPEND] = "route.append",
        [NLU_ROUTE_PREPEND] = "route.prepend", [NLU_ROUTE_DEL] = "route.del",
    };
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    char subject[NLU_ERR_SUBJECT];

    int rc = nlu_route_put(msg, change, spec);
    if (rc < 0)
        nlu_err_set(err, -rc, "", "%s", "");
    else
        rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc < 0) {
        describe(nl, spec, subject, sizeof subject);
        return nlu_err_about(err, ops[change], "%s", subject);
    }
    return 0;
}

// Turns a listed route into the request to remove it. The kernel told more than it takes back, but
// what it does not know in a request it ignores, as ip's flush relies on, too. 0, -ESRCH when it is
// gone with another one (a connected route with its address), or a failure.
static int remove_listed(struct nlu_nlsock *nl, struct nlmsghdr *msg, struct nlu_err *err) {
    msg->nlmsg_type = RTM_DELROUTE;
    msg->nlmsg_flags = NLM_F_REQUEST;
    return nlu_nlsock_ask(nl, msg, NULL, NULL, err);
}

// One round over what is listed now: how many there were, how many the kernel has removed for us.
static int flush_round(struct nlu_nlsock *nl, const struct nlu_route_filter *filter,
                       size_t *ret_listed, size_t *ret_removed, struct nlu_err *err) {
    struct nlu_arena arena = {0};
    struct reading r = {.filter = filter, .names = {.nl = nl, .arena = &arena}, .keep = true};

    *ret_removed = 0;
    int rc = dump(nl, &r, "route.flush", err);
    for (size_t i = 0; rc == 0 && i < r.message_count; i++) {
        rc = remove_listed(nl, r.messages[i].msg, err);
        *ret_removed += rc == 0;
        if (rc == -ESRCH)
            rc = 0;
    }
    *ret_listed = r.message_count;
    nlu_arena_free(&arena);
    return rc;
}

int nlu_route_flush(struct nlu_nlsock *nl, const struct nlu_route_filter *filter, size_t *ret_count,
                    struct nlu_err *err) {
    size_t total = 0, listed, removed;

    for (int round = 0; round < FLUSH_ROUNDS; round++) {
        int rc = flush_round(nl, filter, &listed, &removed, err);
        if (rc < 0)
            return nlu_err_about(err, "route.flush", "%s", "");
        if (round == 0)
            total = listed;
        if (!listed) {
            *ret_count = total;
            return 0;
        }
        // Still there, and the kernel does not know it by what it says itself.
        if (!removed)
            return nlu_err_set(err, ESRCH, "route.flush", "%zu of %zu routes", listed, total);
    }
    return nlu_err_set(err, EAGAIN, "route.flush", "routes come back as fast as they are removed");
}

// --- asking for one way
// ----------------------------------------------------------------------------

struct answer {
    struct nlu_arena *arena;
    struct nlu_route route;
    bool there;
};

static int take_answer(const struct nlmsghdr *msg, void *arg) {
    struct answer *a = arg;

    if (msg->nlmsg_type != RTM_NEWROUTE)
        return 0;
    int rc = nlu_route_decode(msg, a->arena, &a->route);
    a->there = rc == 0;
    return rc;
}

static bool put_query(struct nlmsghdr *msg, const struct nlu_route_query *q, size_t size) {
    uint16_t sport = htons(q->sport), dport = htons(q->dport);

    msg->nlmsg_type = RTM_GETROUTE;
    struct rtmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    *head = (struct rtmsg){
        .rtm_family = q->to.family,
        .rtm_dst_len = (uint8_t)(8 * nlu_ip_size(&q->to)),
        .rtm_src_len = (uint8_t)(8 * nlu_ip_size(&q->from)),
        .rtm_tos = q->tos,
        // Which table answered; only IPv4 takes the question.
        .rtm_flags = (q->to.family == AF_INET ? RTM_F_LOOKUP_TABLE : 0u) |
                     (q->fibmatch ? RTM_F_FIB_MATCH : 0u),
    };
    return mnl_attr_put_check(msg, size, RTA_DST, nlu_ip_size(&q->to), q->to.bytes) &&
           (!q->from.family ||
            mnl_attr_put_check(msg, size, RTA_SRC, nlu_ip_size(&q->from), q->from.bytes)) &&
           (!q->iif || mnl_attr_put_u32_check(msg, size, RTA_IIF, (uint32_t)q->iif)) &&
           (!q->oif || mnl_attr_put_u32_check(msg, size, RTA_OIF, (uint32_t)q->oif)) &&
           (!q->mark || mnl_attr_put_u32_check(msg, size, RTA_MARK, q->mark)) &&
           (!q->has_uid || mnl_attr_put_u32_check(msg, size, RTA_UID, q->uid)) &&
           (!q->has_ipproto || mnl_attr_put_u8_check(msg, size, RTA_IP_PROTO, q->ipproto)) &&
           (!q->has_sport || mnl_attr_put_u16_check(msg, size, RTA_SPORT, sport)) &&
           (!q->has_dport || mnl_attr_put_u16_check(msg, size, RTA_DPORT, dport));
}

static int ask_once(struct nlu_nlsock *nl, const struct nlu_route_query *q, struct answer *a,
                    struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[512];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);

    if (!put_query(msg, q, sizeof buf))
        return nlu_err_set(err, EMSGSIZE, "route.get", "%s", "");
    int rc = nlu_nlsock_ask(nl, msg, take_answer, a, err);
    if (rc == 0 && !a->there)
        rc = nlu_err_set(err, EBADMSG, "route.get", "%s", "");
    return rc;
}

int nlu_route_get(struct nlu_nlsock *nl, const struct nlu_route_query *query,
                  struct nlu_arena *arena, struct nlu_route *ret_route, struct nlu_err *err) {
    struct answer a = {.arena = arena};
    struct nlu_ifnames names = {.nl = nl, .arena = arena};
    char text[NLU_IP_TEXT], from[NLU_IP_TEXT];

    int rc = ask_once(nl, query, &a, err);
    if (rc == 0 && query->connected && !query->from.family && a.route.prefsrc.family) {
        struct nlu_route_query again = *query;
        again.from = a.route.prefsrc;
        rc = ask_once(nl, &again, &a, err);
    }
    if (rc == 0 &&
        (nlu_route_name(&a.route, &names) < 0 || attach_nexthops(nl, arena, &a.route, 1) < 0))
        rc = nlu_err_set(err, ENOMEM, "route.get", "%s", "");
    if (rc < 0)
        return nlu_err_about(err, "route.get", query->from.family ? "%s from %s" : "%s",
                             nlu_ip_format(&query->to, text), nlu_ip_format(&query->from, from));
    *ret_route = a.route;
    return 0;
}
