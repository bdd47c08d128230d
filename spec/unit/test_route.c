// Route messages: ip-route's defaults in what is asked for, and what is read.
#include "check.h"
#include "nlcodec.h"
#include "route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
static struct nlu_arena arena;

static struct nlu_prefix prefix(const char *text) {
    struct nlu_prefix p = {0};
    CHECK_INT(nlu_prefix_parse(text, &p), 0);
    return p;
}

static struct nlu_ip ip(const char *text) {
    return prefix(text).ip;
}

// Writes the request and reads it as an answer.
static struct nlu_route around(enum nlu_route_change change, const struct nlu_route_spec *spec) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_route route = {0};

    CHECK_INT(nlu_route_put(msg, change, spec), 0);
    CHECK_INT(nlu_route_decode(msg, &arena, &route), 0);
    return route;
}

static void test_defaults(void) {
    struct nlu_route_spec spec = {.family = AF_INET, .gateway = ip("192.0.2.254")};
    struct nlu_route r = around(NLU_ROUTE_ADD, &spec);
    char text[NLU_PREFIX_TEXT];

    CHECK_STR(nlu_route_dst_format(AF_INET, &r.dst, text), "default");
    CHECK(!r.has_dst && !r.has_src && !r.has_metric && !r.has_metrics && r.oif == 0);
    CHECK_INT(r.type, RTN_UNICAST);
    CHECK_INT(r.table, RT_TABLE_MAIN);
    CHECK_INT(r.protocol, RTPROT_BOOT);
    CHECK_INT(r.scope, RT_SCOPE_UNIVERSE);
    // Without a router it reaches to the link only.
    spec = (struct nlu_route_spec){.family = AF_INET, .oif = 3, .dst = prefix("198.51.100.0/24")};
    r = around(NLU_ROUTE_ADD, &spec);
    CHECK_INT(r.scope, RT_SCOPE_LINK);
    CHECK_INT(r.oif, 3);
    CHECK_STR(nlu_route_dst_format(AF_INET, &r.dst, text), "198.51.100.0/24");
    spec.have = NLU_ROUTE_NHID;
    spec.nhid = 5;
    CHECK_INT(around(NLU_ROUTE_ADD, &spec).scope, RT_SCOPE_UNIVERSE);
    // IPv6 has no scopes.
    spec = (struct nlu_route_spec){.family = AF_INET6, .oif = 3};
    CHECK_INT(around(NLU_ROUTE_ADD, &spec).scope, RT_SCOPE_UNIVERSE);
    // A removal says as little as it can.
    spec = (struct nlu_route_spec){.family = AF_INET, .dst = prefix("198.51.100.0/24")};
    r = around(NLU_ROUTE_DEL, &spec);
    CHECK_INT(r.type, RTN_UNSPEC);
    CHECK_INT(r.protocol, RTPROT_UNSPEC);
    CHECK_INT(r.scope, RT_SCOPE_NOWHERE);
    CHECK_INT(r.table, RT_TABLE_MAIN);
}

static void test_types(void) {
    static const struct {
        uint8_t type, scope;
        uint32_t table;
    } cases[] = {
        {RTN_LOCAL, RT_SCOPE_HOST, RT_TABLE_LOCAL},
        {RTN_BROADCAST, RT_SCOPE_LINK, RT_TABLE_LOCAL},
        {RTN_ANYCAST, RT_SCOPE_LINK, RT_TABLE_LOCAL},
        {RTN_MULTICAST, RT_SCOPE_LINK, RT_TABLE_MAIN},
        {RTN_BLACKHOLE, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN},
        {RTN_THROW, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN},
    };

    for (size_t i = 0; i < NLU_COUNT(cases); i++) {
        struct nlu_route_spec spec = {
            .family = AF_INET, .have = NLU_ROUTE_TYPE, .type = cases[i].type};
        struct nlu_route r = around(NLU_ROUTE_ADD, &spec);
        CHECK_INT(r.scope, cases[i].scope);
        CHECK_INT(r.table, cases[i].table);
        spec.have |= NLU_ROUTE_TABLE | NLU_ROUTE_SCOPE;
        spec.table = 100000; // does not fit the header
        spec.scope = RT_SCOPE_SITE;
        r = around(NLU_ROUTE_ADD, &spec);
        CHECK_INT(r.scope, RT_SCOPE_SITE);
        CHECK_INT(r.table, 100000);
    }
}

static void test_everything(void) {
    struct nlu_route_spec spec = {
        .family = AF_INET6,
        .dst = prefix("2001:db8:1::/48"),
        .src = prefix("2001:db8:2::/64"),
        .gateway = ip("2001:db8::1"),
        .prefsrc = ip("2001:db8::2"),
        .oif = 9,
        .have = NLU_ROUTE_METRIC | NLU_ROUTE_PREF | NLU_ROUTE_REALMS | NLU_ROUTE_TTL_PROPAGATE,
        .metric = 77,
        .pref = 3,
        .realms = 5,
        .tos = 0x28,
        .onlink = true,
        .ttl_propagate = true,
        .metrics = {.have = 1u << RTAX_MTU | 1u << RTAX_CC_ALGO,
                    .lock = 1u << RTAX_MTU,
                    .value = {[RTAX_MTU] = 1400},
                    .congestion = "reno"},
    };
    struct nlu_route r = around(NLU_ROUTE_ADD, &spec);
    char text[NLU_PREFIX_TEXT];

    CHECK_STR(nlu_prefix_format(&r.src, text), "2001:db8:2::/64");
    CHECK(nlu_ip_equal(&r.gateway, &spec.gateway));
    CHECK(nlu_ip_equal(&r.prefsrc, &spec.prefsrc));
    CHECK(r.has_metric && r.has_pref && r.has_realms && r.has_ttl_propagate && r.ttl_propagate);
    CHECK_INT(r.metric, 77);
    CHECK_INT(r.pref, 3);
    CHECK_INT(r.realms, 5);
    CHECK_INT(r.tos, 0x28);
    CHECK_INT(r.flags, RTNH_F_ONLINK);
    CHECK_INT(r.metrics.value[RTAX_MTU], 1400);
    CHECK_INT(r.metrics.have, 1u << RTAX_MTU | 1u << RTAX_CC_ALGO);
    CHECK_INT(r.metrics.lock, 1u << RTAX_MTU);
    CHECK_STR(r.metrics.congestion, "reno");
}

static void test_hops(void) {
    const struct nlu_route_hop hops[] = {
        {.gateway = ip("192.0.2.1"), .weight = 1},
        {.gateway = ip("2001:db8::1"), .oif = 4, .weight = 256, .has_realms = true, .realms = 9},
        {.oif = 5, .weight = 3, .flags = RTNH_F_ONLINK},
    };
    struct nlu_route_spec spec = {.family = AF_INET, .hops = hops, .hop_count = NLU_COUNT(hops)};
    struct nlu_route r = around(NLU_ROUTE_ADD, &spec);

    CHECK_INT(r.scope, RT_SCOPE_UNIVERSE);
    CHECK_INT(r.hop_count, 3);
    for (size_t i = 0; i < r.hop_count; i++) {
        CHECK(nlu_ip_equal(&r.hops[i].gateway, &hops[i].gateway));
        CHECK_INT(r.hops[i].oif, hops[i].oif);
        CHECK_INT(r.hops[i].weight, hops[i].weight);
        CHECK_INT(r.hops[i].flags, hops[i].flags);
        CHECK_INT(r.hops[i].realms, hops[i].realms);
    }
    // More ways than a request has room for.
    static struct nlu_route_hop many[1024];
    for (size_t i = 0; i < NLU_COUNT(many); i++)
        many[i] = hops[0];
    spec.hops = many;
    spec.hop_count = NLU_COUNT(many);
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    CHECK_INT(nlu_route_put(msg, NLU_ROUTE_ADD, &spec), -EMSGSIZE);
    CHECK(msg->nlmsg_len <= NLU_NL_REQUEST);
}

static void test_gateway_of_another_family(void) {
    struct nlu_route_spec spec = {
        .family = AF_INET, .dst = prefix("198.51.100.0/24"), .gateway = ip("2001:db8::1")};
    struct nlu_route r = around(NLU_ROUTE_ADD, &spec);
    const struct nlattr *t[RTA_MAX + 1];

    CHECK_INT(r.gateway.family, AF_INET6);
    CHECK(nlu_ip_equal(&r.gateway, &spec.gateway));
    CHECK_INT(nlu_attr_parse_msg((void *)buf, sizeof(struct rtmsg), NULL, RTA_MAX, t), 0);
    CHECK(t[RTA_VIA] && !t[RTA_GATEWAY]);
    CHECK_INT(nlu_attr_size(t[RTA_VIA]), 18);
}

static void test_words(void) {
    const char *words[4];
    char text[NLU_PREFIX_TEXT];
    const struct nlu_prefix nothing = {.len = 8};
    struct nlu_prefix host = prefix("192.0.2.1/32");

    for (unsigned i = 0; i < NLU_ROUTE_METRICS; i++)
        if (nlu_route_metric_name(i))
            CHECK_INT(nlu_route_metric_parse(nlu_route_metric_name(i)), i);
    CHECK_INT(nlu_route_metric_parse("lock"), 0);
    CHECK(nlu_route_metric_name(99) == NULL);
    CHECK_INT(nlu_route_flag_names(RTNH_F_DEAD | RTNH_F_LINKDOWN, words, 4), 2);
    CHECK_STR(words[0], "dead");
    CHECK_STR(words[1], "linkdown");
    CHECK_INT(nlu_route_flag_names(UINT32_MAX, words, 4), 4); // bounded
    CHECK_INT(nlu_route_cache_names(RTM_F_CLONED | 0x80000000u, words, 4), 1);
    CHECK_STR(words[0], "local");
    CHECK_STR(nlu_route_dst_format(AF_INET, &nothing, text), "0/8");
    CHECK_STR(nlu_route_dst_format(AF_INET, &host, text), "192.0.2.1");
}

static void test_change_flags(void) {
    static const uint16_t flags[] = {
        [NLU_ROUTE_ADD] = NLM_F_CREATE | NLM_F_EXCL,
        [NLU_ROUTE_REPLACE] = NLM_F_CREATE | NLM_F_REPLACE,
        [NLU_ROUTE_CHANGE] = NLM_F_REPLACE,
        [NLU_ROUTE_APPEND] = NLM_F_CREATE | NLM_F_APPEND,
        [NLU_ROUTE_PREPEND] = NLM_F_CREATE,
        [NLU_ROUTE_DEL] = 0,
    };
    const struct nlu_route_spec spec = {.family = AF_INET};

    for (int i = NLU_ROUTE_ADD; i <= NLU_ROUTE_DEL; i++) {
        struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
        CHECK_INT(nlu_route_put(msg, (enum nlu_route_change)i, &spec), 0);
        CHECK_INT(msg->nlmsg_flags, NLM_F_REQUEST | flags[i]);
    }
}

int main(void) {
    test_defaults();
    test_types();
    test_everything();
    test_hops();
    test_gateway_of_another_family();
    test_words();
    test_change_flags();
    nlu_arena_free(&arena);
    return check_result();
}
