// Route messages of the kernel into structs, and the words for what is in them. Pure.
#include "route.h"

#include "nlcodec.h"

#include <errno.h>
#include <linux/in_route.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// --- words ---------------------------------------------------------------------------------------

static const char *const metric_words[NLU_ROUTE_METRICS] = {
    [RTAX_MTU] = "mtu",           [RTAX_WINDOW] = "window",
    [RTAX_RTT] = "rtt",           [RTAX_RTTVAR] = "rttvar",
    [RTAX_SSTHRESH] = "ssthresh", [RTAX_CWND] = "cwnd",
    [RTAX_ADVMSS] = "advmss",     [RTAX_REORDERING] = "reordering",
    [RTAX_HOPLIMIT] = "hoplimit", [RTAX_INITCWND] = "initcwnd",
    [RTAX_FEATURES] = "features", [RTAX_RTO_MIN] = "rto_min",
    [RTAX_INITRWND] = "initrwnd", [RTAX_QUICKACK] = "quickack",
    [RTAX_CC_ALGO] = "congctl",   [RTAX_FASTOPEN_NO_COOKIE] = "fastopen_no_cookie",
};

unsigned nlu_route_metric_parse(const char *word) {
    for (unsigned i = 0; i < NLU_ROUTE_METRICS; i++)
        if (metric_words[i] && !strcmp(metric_words[i], word))
            return i;
    return 0;
}

const char *nlu_route_metric_name(unsigned metric) {
    return metric < NLU_ROUTE_METRICS ? metric_words[metric] : NULL;
}

struct flag_word {
    uint32_t flag;
    const char *word;
};

static size_t words_of(const struct flag_word *known, size_t count, uint32_t flags,
                       const char **names, size_t max) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if ((flags & known[i].flag) && found < max)
            names[found++] = known[i].word;
    return found;
}

size_t nlu_route_flag_names(uint32_t flags, const char **names, size_t max) {
    static const struct flag_word known[] = {
        {RTNH_F_DEAD, "dead"},
        {RTNH_F_ONLINK, "onlink"},
        {RTNH_F_PERVASIVE, "pervasive"},
        {RTNH_F_OFFLOAD, "offload"},
        {RTNH_F_TRAP, "trap"},
        {RTM_F_NOTIFY, "notify"},
        {RTNH_F_LINKDOWN, "linkdown"},
        {RTNH_F_UNRESOLVED, "unresolved"},
        {RTM_F_OFFLOAD, "rt_offload"},
        {RTM_F_TRAP, "rt_trap"},
        {0x20000000, "rt_offload_failed"}, // RTM_F_OFFLOAD_FAILED, Linux 5.12
    };
    return words_of(known, NLU_COUNT(known), flags, names, max);
}

size_t nlu_route_cache_names(uint32_t flags, const char **names, size_t max) {
    static const struct flag_word known[] = {
        {RTCF_LOCAL, "local"},
        {RTCF_REJECT, "reject"},
        {RTCF_MULTICAST, "mc"},
        {RTCF_BROADCAST, "brd"},
        {RTCF_DNAT, "dst-nat"},
        {RTCF_SNAT, "src-nat"},
        {RTCF_MASQ, "masq"},
        {RTCF_DIRECTDST, "dst-direct"},
        {RTCF_DIRECTSRC, "src-direct"},
        {RTCF_REDIRECTED, "redirected"},
        {RTCF_DOREDIRECT, "redirect"},
        {RTCF_FAST, "fastroute"},
        {RTCF_NOTIFY, "notify"},
        {RTCF_TPROXY, "proxy"},
    };
    return words_of(known, NLU_COUNT(known), flags & ~0xffffu, names, max);
}

const char *nlu_route_dst_format(uint8_t family, const struct nlu_prefix *dst,
                                 char buf[NLU_PREFIX_TEXT]) {
    char text[NLU_IP_TEXT];

    if (!dst->ip.family)
        snprintf(buf, NLU_PREFIX_TEXT, dst->len ? "0/%u" : "default", dst->len);
    else if (dst->len == (family == AF_INET ? 32 : 128))
        snprintf(buf, NLU_PREFIX_TEXT, "%s", nlu_ip_format(&dst->ip, text));
    else
        nlu_prefix_format(dst, buf);
    return buf;
}

// --- decoding ------------------------------------------------------------------------------------

static const struct nlu_attr_rule route_rules[RTA_MAX + 1] = {
    [RTA_DST] = {NLU_ATTR_IP, 0},
    [RTA_SRC] = {NLU_ATTR_IP, 0},
    [RTA_IIF] = {NLU_ATTR_U32, 0},
    [RTA_OIF] = {NLU_ATTR_U32, 0},
    [RTA_GATEWAY] = {NLU_ATTR_IP, 0},
    [RTA_PRIORITY] = {NLU_ATTR_U32, 0},
    [RTA_PREFSRC] = {NLU_ATTR_IP, 0},
    [RTA_METRICS] = {NLU_ATTR_NEST, 0},
    [RTA_FLOW] = {NLU_ATTR_U32, 0},
    [RTA_CACHEINFO] = {NLU_ATTR_ANY, sizeof(struct rta_cacheinfo)},
    [RTA_TABLE] = {NLU_ATTR_U32, 0},
    [RTA_MARK] = {NLU_ATTR_U32, 0},
    [RTA_VIA] = {NLU_ATTR_ANY, sizeof(struct rtvia)},
    [RTA_PREF] = {NLU_ATTR_U8, 0},
    [RTA_ENCAP_TYPE] = {NLU_ATTR_U16, 0},
    [RTA_TTL_PROPAGATE] = {NLU_ATTR_U8, 0},
    [RTA_UID] = {NLU_ATTR_U32, 0},
    [RTA_NH_ID] = {NLU_ATTR_U32, 0},
    [RTA_NEWDST] = {NLU_ATTR_IP, 0},
};

static struct nlu_ip ip_or_none(const struct nlattr *attr) {
    return attr ? nlu_attr_ip(attr) : (struct nlu_ip){0};
}

static uint32_t u32_or_0(const struct nlattr *attr) {
    return attr ? nlu_attr_u32(attr) : 0;
}

// A gateway: of the route's own family, or of another one with its family before it.
static struct nlu_ip gateway_of(const struct nlattr *own, const struct nlattr *other) {
    if (own)
        return nlu_attr_ip(own);
    if (other)
        return nlu_ip_from((const char *)nlu_attr_data(other) + offsetof(struct rtvia, rtvia_addr),
                           nlu_attr_size(other) - offsetof(struct rtvia, rtvia_addr));
    return (struct nlu_ip){0};
}

static int read_metrics(const struct nlattr *nest, struct nlu_arena *arena,
                        struct nlu_route_metrics *ret_metrics) {
    const struct nlattr *t[NLU_ROUTE_METRICS];
    static const struct nlu_attr_rule rules[NLU_ROUTE_METRICS] = {
        [RTAX_CC_ALGO] = {NLU_ATTR_TEXT, 0},
    };
    struct nlu_route_metrics m = {0};

    if (nlu_attr_parse_nest(nest, rules, NLU_ROUTE_METRICS - 1, t) < 0)
        return -EBADMSG;
    for (unsigned i = RTAX_LOCK; i < NLU_ROUTE_METRICS; i++) {
        if (!t[i])
            continue;
        m.have |= 1u << i;
        if (i == RTAX_CC_ALGO) {
            const char *text = nlu_attr_text(t[i]);
            m.congestion = nlu_arena_text(arena, text, strlen(text));
            if (!m.congestion)
                return -ENOMEM;
        } else if (nlu_attr_size(t[i]) < sizeof(uint32_t)) {
            return -EBADMSG;
        } else {
            m.value[i] = nlu_attr_u32(t[i]);
        }
    }
    m.lock = m.value[RTAX_LOCK];
    m.have &= ~(1u << RTAX_LOCK);
    *ret_metrics = m;
    return 0;
}

static int read_hop(const struct rtnexthop *nh, const char *attrs, size_t size,
                    struct nlu_route_hop *ret_hop) {
    const struct nlattr *t[RTA_MAX + 1];

    if (nlu_attr_parse(attrs, size, route_rules, RTA_MAX, t) < 0)
        return -EBADMSG;
    *ret_hop = (struct nlu_route_hop){
        .gateway = gateway_of(t[RTA_GATEWAY], t[RTA_VIA]),
        .oif = nh->rtnh_ifindex,
        .weight = (uint16_t)(nh->rtnh_hops + 1),
        .flags = nh->rtnh_flags,
        .has_realms = t[RTA_FLOW] != NULL,
        .realms = u32_or_0(t[RTA_FLOW]),
    };
    return 0;
}

static int read_hops(const struct nlattr *attr, struct nlu_arena *arena, struct nlu_route *route) {
    const char *p = nlu_attr_data(attr);
    size_t left = nlu_attr_size(attr), cap = 0;

    while (left >= sizeof(struct rtnexthop)) {
        struct rtnexthop nh;
        memcpy(&nh, p, sizeof nh);
        if (nh.rtnh_len < sizeof nh || nh.rtnh_len > left)
            return -EBADMSG;
        int rc = nlu_arena_grow(arena, (void **)&route->hops, sizeof *route->hops, route->hop_count,
                                &cap);
        if (rc == 0)
            rc = read_hop(&nh, p + sizeof nh, nh.rtnh_len - sizeof nh,
                          &route->hops[route->hop_count]);
        if (rc < 0)
            return rc;
        route->hop_count++;
        size_t step = RTNH_ALIGN((size_t)nh.rtnh_len);
        if (step >= left)
            return 0;
        p += step;
        left -= step;
    }
    return left ? -EBADMSG : 0;
}

static void read_cacheinfo(const struct nlattr *attr, struct nlu_route *route) {
    struct rta_cacheinfo info;

    memcpy(&info, nlu_attr_data(attr), sizeof info);
    route->has_cacheinfo = true;
    // The kernel counts in USER_HZ, which is 100 on every Linux but Alpha and ia64.
    route->expires = info.rta_expires / 100;
    route->error = info.rta_error;
    route->ipid = info.rta_id;
    route->ts = info.rta_ts;
    route->tsage = info.rta_tsage;
}

int nlu_route_decode(const struct nlmsghdr *msg, struct nlu_arena *arena,
                     struct nlu_route *ret_route) {
    const struct nlattr *t[RTA_MAX + 1];
    const struct rtmsg *head = nlu_msg_header(msg, sizeof *head);
    int rc = 0;

    if (!head || nlu_attr_parse_msg(msg, sizeof *head, route_rules, RTA_MAX, t) < 0)
        return -EBADMSG;
    struct nlu_route route = {
        .family = head->rtm_family,
        .type = head->rtm_type,
        .protocol = head->rtm_protocol,
        .scope = head->rtm_scope,
        .tos = head->rtm_tos,
        .table = t[RTA_TABLE] ? nlu_attr_u32(t[RTA_TABLE]) : head->rtm_table,
        .flags = head->rtm_flags,
        .has_dst = t[RTA_DST] != NULL,
        .has_src = t[RTA_SRC] != NULL,
        .dst = {ip_or_none(t[RTA_DST]), head->rtm_dst_len},
        .src = {ip_or_none(t[RTA_SRC]), head->rtm_src_len},
        .gateway = gateway_of(t[RTA_GATEWAY], t[RTA_VIA]),
        .prefsrc = ip_or_none(t[RTA_PREFSRC]),
        .newdst = ip_or_none(t[RTA_NEWDST]),
        .oif = (int)u32_or_0(t[RTA_OIF]),
        .iif = (int)u32_or_0(t[RTA_IIF]),
        .has_metric = t[RTA_PRIORITY] != NULL,
        .metric = u32_or_0(t[RTA_PRIORITY]),
        .has_nhid = t[RTA_NH_ID] != NULL,
        .nhid = u32_or_0(t[RTA_NH_ID]),
        .has_mark = t[RTA_MARK] != NULL,
        .mark = u32_or_0(t[RTA_MARK]),
        .has_uid = t[RTA_UID] != NULL,
        .uid = u32_or_0(t[RTA_UID]),
        .has_realms = t[RTA_FLOW] != NULL,
        .realms = u32_or_0(t[RTA_FLOW]),
        .has_pref = t[RTA_PREF] != NULL,
        .pref = t[RTA_PREF] ? nlu_attr_u8(t[RTA_PREF]) : 0,
        .has_ttl_propagate = t[RTA_TTL_PROPAGATE] != NULL,
        .ttl_propagate = t[RTA_TTL_PROPAGATE] && nlu_attr_u8(t[RTA_TTL_PROPAGATE]),
        .has_metrics = t[RTA_METRICS] != NULL,
        .encap = t[RTA_ENCAP_TYPE] ? nlu_attr_u16(t[RTA_ENCAP_TYPE]) : 0,
    };
    if (t[RTA_CACHEINFO])
        read_cacheinfo(t[RTA_CACHEINFO], &route);
    if (t[RTA_METRICS])
        rc = read_metrics(t[RTA_METRICS], arena, &route.metrics);
    if (rc == 0 && t[RTA_MULTIPATH])
        rc = read_hops(t[RTA_MULTIPATH], arena, &route);
    if (rc == 0)
        *ret_route = route;
    return rc;
}
