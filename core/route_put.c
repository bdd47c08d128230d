// Structs into route messages, with the defaults that ip-route(8) takes. Pure.
#include "route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static bool put_ip(struct nlmsghdr *msg, uint16_t type, const struct nlu_ip *ip) {
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, type, nlu_ip_size(ip), ip->bytes);
}

static bool put_u32(struct nlmsghdr *msg, uint16_t type, uint32_t value) {
    return mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, type, value);
}

// RTA_GATEWAY, or RTA_VIA when the next router is spoken to in the other family (RFC 8950).
static bool put_gateway(struct nlmsghdr *msg, uint8_t family, const struct nlu_ip *gateway) {
    struct {
        sa_family_t family; // struct rtvia, whose address has no size of its own
        uint8_t addr[16];
    } via = {.family = gateway->family};

    if (!gateway->family)
        return true;
    if (gateway->family == family)
        return put_ip(msg, RTA_GATEWAY, gateway);
    memcpy(via.addr, gateway->bytes, nlu_ip_size(gateway));
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, RTA_VIA,
                              sizeof via.family + nlu_ip_size(gateway), &via);
}

static bool put_metrics(struct nlmsghdr *msg, const struct nlu_route_metrics *m) {
    if (!m->have)
        return true;
    struct nlattr *nest = mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, RTA_METRICS);
    bool ok = nest && (!m->lock || put_u32(msg, RTAX_LOCK, m->lock));

    for (unsigned i = RTAX_MTU; ok && i < NLU_ROUTE_METRICS; i++) {
        if (!(m->have & 1u << i))
            continue;
        ok = i == RTAX_CC_ALGO
                 ? mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, RTAX_CC_ALGO, m->congestion)
                 : put_u32(msg, (uint16_t)i, m->value[i]);
    }
    if (ok)
        mnl_attr_nest_end(msg, nest);
    return ok;
}

static bool put_hop(struct nlmsghdr *msg, uint8_t family, const struct nlu_route_hop *hop) {
    struct rtnexthop *nh = mnl_nlmsg_get_payload_tail(msg);

    if (msg->nlmsg_len + sizeof *nh > NLU_NL_REQUEST)
        return false;
    *nh = (struct rtnexthop){.rtnh_flags = hop->flags,
                             .rtnh_hops = (uint8_t)(hop->weight ? hop->weight - 1 : 0),
                             .rtnh_ifindex = hop->oif};
    msg->nlmsg_len += sizeof *nh;
    if (!put_gateway(msg, family, &hop->gateway) ||
        (hop->has_realms && !put_u32(msg, RTA_FLOW, hop->realms)))
        return false;
    nh->rtnh_len = (uint16_t)((char *)mnl_nlmsg_get_payload_tail(msg) - (char *)nh);
    return true;
}

static bool put_hops(struct nlmsghdr *msg, const struct nlu_route_spec *s) {
    if (!s->hop_count)
        return true;
    struct nlattr *nest = mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, RTA_MULTIPATH);
    bool ok = nest != NULL;

    for (size_t i = 0; ok && i < s->hop_count; i++)
        ok = put_hop(msg, s->family, &s->hops[i]);
    if (ok)
        mnl_attr_nest_end(msg, nest);
    return ok;
}

static uint8_t default_scope(const struct nlu_route_spec *s, uint8_t type, bool del) {
    // IPv6 has no scopes of routes.
    if (s->family == AF_INET6)
        return RT_SCOPE_UNIVERSE;
    switch (type) {
    case RTN_LOCAL:
    case RTN_NAT:
        return RT_SCOPE_HOST;
    case RTN_BROADCAST:
    case RTN_MULTICAST:
    case RTN_ANYCAST:
        return RT_SCOPE_LINK;
    case RTN_UNICAST:
    case RTN_UNSPEC:
        if (del)
            return RT_SCOPE_NOWHERE;
        return s->gateway.family || s->hop_count || (s->have & NLU_ROUTE_NHID) ? RT_SCOPE_UNIVERSE
                                                                               : RT_SCOPE_LINK;
    default:
        return del ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
    }
}

static uint32_t default_table(uint8_t type) {
    return type == RTN_LOCAL || type == RTN_BROADCAST || type == RTN_NAT || type == RTN_ANYCAST
               ? RT_TABLE_LOCAL
               : RT_TABLE_MAIN;
}

static void put_header(struct nlmsghdr *msg, bool del, const struct nlu_route_spec *s,
                       uint32_t table) {
    struct rtmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    uint8_t type = s->have & NLU_ROUTE_TYPE ? s->type : del ? RTN_UNSPEC : RTN_UNICAST;

    *head = (struct rtmsg){
        .rtm_family = s->family,
        .rtm_dst_len = s->dst.len,
        .rtm_src_len = s->src.len,
        .rtm_tos = s->tos,
        // Numbers over 255 stand in RTA_TABLE alone.
        .rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC,
        .rtm_protocol = s->have & NLU_ROUTE_PROTOCOL ? s->protocol
                        : del                        ? RTPROT_UNSPEC
                                                     : RTPROT_BOOT,
        .rtm_scope = s->have & NLU_ROUTE_SCOPE ? s->scope : default_scope(s, type, del),
        .rtm_type = type,
        .rtm_flags = s->onlink ? RTNH_F_ONLINK : 0,
    };
}

int nlu_route_put(struct nlmsghdr *msg, enum nlu_route_change change,
                  const struct nlu_route_spec *s) {
    static const uint16_t flags[] = {
        [NLU_ROUTE_ADD] = NLM_F_CREATE | NLM_F_EXCL,
        [NLU_ROUTE_REPLACE] = NLM_F_CREATE | NLM_F_REPLACE,
        [NLU_ROUTE_CHANGE] = NLM_F_REPLACE,
        [NLU_ROUTE_APPEND] = NLM_F_CREATE | NLM_F_APPEND,
        [NLU_ROUTE_PREPEND] = NLM_F_CREATE,
        [NLU_ROUTE_DEL] = 0,
    };
    const int have = s->have;
    uint32_t table =
        have & NLU_ROUTE_TABLE ? s->table : default_table(have & NLU_ROUTE_TYPE ? s->type : 0);

    msg->nlmsg_type = change == NLU_ROUTE_DEL ? RTM_DELROUTE : RTM_NEWROUTE;
    msg->nlmsg_flags = NLM_F_REQUEST | flags[change];
    put_header(msg, change == NLU_ROUTE_DEL, s, table);
    return (!s->dst.ip.family || put_ip(msg, RTA_DST, &s->dst.ip)) &&
                   (!s->src.ip.family || put_ip(msg, RTA_SRC, &s->src.ip)) &&
                   put_gateway(msg, s->family, &s->gateway) &&
                   (!s->prefsrc.family || put_ip(msg, RTA_PREFSRC, &s->prefsrc)) &&
                   (!s->oif || put_u32(msg, RTA_OIF, (uint32_t)s->oif)) &&
                   (table < 256 || put_u32(msg, RTA_TABLE, table)) &&
                   (!(have & NLU_ROUTE_METRIC) || put_u32(msg, RTA_PRIORITY, s->metric)) &&
                   (!(have & NLU_ROUTE_NHID) || put_u32(msg, RTA_NH_ID, s->nhid)) &&
                   (!(have & NLU_ROUTE_EXPIRES) || put_u32(msg, RTA_EXPIRES, s->expires)) &&
                   (!(have & NLU_ROUTE_REALMS) || put_u32(msg, RTA_FLOW, s->realms)) &&
                   (!(have & NLU_ROUTE_PREF) ||
                    mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, RTA_PREF, s->pref)) &&
                   (!(have & NLU_ROUTE_TTL_PROPAGATE) ||
                    mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, RTA_TTL_PROPAGATE,
                                          s->ttl_propagate)) &&
                   put_metrics(msg, &s->metrics) && put_hops(msg, s)
               ? 0
               : -EMSGSIZE;
}
