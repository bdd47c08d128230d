// Routes: ip-route(8), rtnetlink(7).
#ifndef NLU_ROUTE_H
#define NLU_ROUTE_H

#include "arena.h"
#include "ipaddr.h"
#include "nlsock.h"

#include <linux/rtnetlink.h> // the values of the fields

struct nlu_ifnames;
struct nlu_nexthop;

enum {
    // RTAX_*: what a route says about connections through it; the words are those of ip-route(8).
    NLU_ROUTE_METRICS = 18,
    NLU_ROUTE_TABLE_ALL = 0, // in a filter: every table
};

// Values of RTAX_* attributes: value[i] counts when bit i of `have` is set, and is not to be
// changed by path MTU discovery and its kin when bit i of `lock` is set.
struct nlu_route_metrics {
    uint32_t have, lock;
    uint32_t value[NLU_ROUTE_METRICS];
    const char *congestion; // RTAX_CC_ALGO has no number
};

// One way of a multipath route.
struct nlu_route_hop {
    struct nlu_ip gateway; // family 0: none
    int oif;
    const char *dev; // NULL until nlu_route_name, or without an interface
    uint16_t weight; // 1 to 256
    uint8_t flags; // RTNH_F_*
    bool has_realms;
    uint32_t realms;
};

// One route as the kernel reports it. Texts live in the arena of the call; NULL means absent.
struct nlu_route {
    uint8_t family, type, protocol, scope, tos;
    uint32_t table, flags; // RTNH_F_* and RTM_F_*
    bool has_dst, has_src; // false with length 0: everything
    struct nlu_prefix dst, src;
    struct nlu_ip gateway; // of another family than the route's: `via` in ip's answers
    struct nlu_ip prefsrc, newdst;
    int oif, iif; // 0: none
    const char *dev, *iif_name; // NULL until nlu_route_name
    bool has_metric, has_nhid, has_mark, has_uid, has_pref, has_realms, has_metrics,
        has_ttl_propagate, has_cacheinfo;
    uint32_t metric, nhid, mark, uid, realms;
    uint8_t pref; // RFC 4191
    bool ttl_propagate;
    struct nlu_route_metrics metrics;
    int32_t expires; // seconds left, 0: does not
    uint32_t error, ipid, ts, tsage; // of RTA_CACHEINFO
    uint16_t encap; // LWTUNNEL_ENCAP_*: a tunnel header that is put on; 0: none
    struct nlu_route_hop *hops;
    size_t hop_count;
    const struct nlu_nexthop *nexthop; // what nhid stands for; NULL but in answers of list and get
};

struct nlu_route_list {
    struct nlu_route *items;
    size_t count;
};

// What to list or to flush: fields left 0 do not filter.
struct nlu_route_filter {
    uint8_t family;
    uint32_t table; // NLU_ROUTE_TABLE_ALL: every one
    bool cache; // the learnt exceptions instead of the routes
    bool has_protocol, has_scope, has_type, has_tos, has_metric;
    uint8_t protocol, scope, type, tos;
    uint32_t metric;
    int oif, iif;
    struct nlu_prefix to_root, to_match; // dst lies in to_root; to_match lies in dst; exact: both
    struct nlu_prefix from_root, from_match;
    bool to_default, from_default; // only those to everywhere, or from everywhere
    struct nlu_prefix via; // the gateway lies in it
    struct nlu_prefix src; // the preferred source lies in it
};

// The routes of a namespace in the kernel's order.
NLU_CHECKED int nlu_route_list(struct nlu_nlsock *nl, const struct nlu_route_filter *filter,
                               struct nlu_arena *arena, struct nlu_route_list *ret_list,
                               struct nlu_err *err);

// What add, replace, change, append and del can say. Zero-initialise.
struct nlu_route_spec {
    uint8_t family; // required
    struct nlu_prefix dst; // ip.family 0: default
    struct nlu_prefix src; // ip.family 0: from anywhere
    struct nlu_ip gateway; // may be of the other family
    struct nlu_ip prefsrc;
    int oif;
    enum {
        NLU_ROUTE_TYPE = 1 << 0, // default: unicast; del: any
        NLU_ROUTE_SCOPE = 1 << 1, // default: what ip takes for type and gateway
        NLU_ROUTE_PROTOCOL = 1 << 2, // default: boot; del: any
        NLU_ROUTE_TABLE = 1 << 3, // default: main, or local for types that live there
        NLU_ROUTE_METRIC = 1 << 4,
        NLU_ROUTE_NHID = 1 << 5,
        NLU_ROUTE_PREF = 1 << 6,
        NLU_ROUTE_EXPIRES = 1 << 7,
        NLU_ROUTE_REALMS = 1 << 8,
        NLU_ROUTE_TTL_PROPAGATE = 1 << 9,
    } have;
    uint8_t type, scope, protocol, tos, pref;
    bool onlink, ttl_propagate;
    uint32_t table, metric, nhid, expires, realms;
    struct nlu_route_metrics metrics;
    const struct nlu_route_hop *hops;
    size_t hop_count;
};

enum nlu_route_change {
    NLU_ROUTE_ADD, // EEXIST when the same prefix, TOS and metric are there
    NLU_ROUTE_REPLACE, // add, or take the place of what is there
    NLU_ROUTE_CHANGE, // ENOENT when it is not there
    NLU_ROUTE_APPEND, // beside what is there
    NLU_ROUTE_PREPEND, // before what is there
    NLU_ROUTE_DEL, // ESRCH when it is not there
};

// One route, one message.
NLU_CHECKED int nlu_route_change(struct nlu_nlsock *nl, enum nlu_route_change change,
                                 const struct nlu_route_spec *spec, struct nlu_err *err);

// Removes all that the filter lets through; *ret_count says how many there were.
NLU_CHECKED int nlu_route_flush(struct nlu_nlsock *nl, const struct nlu_route_filter *filter,
                                size_t *ret_count, struct nlu_err *err);

// The question of `ip route get`: which way would a packet take?
struct nlu_route_query {
    struct nlu_ip to; // required
    struct nlu_ip from;
    int iif, oif; // iif: as if it had come in there
    uint32_t mark;
    uint8_t tos;
    bool has_ipproto, has_sport, has_dport, has_uid;
    uint8_t ipproto;
    uint16_t sport, dport;
    uint32_t uid;
    bool fibmatch; // the route itself instead of the packet's way
    bool connected; // with the source address that the first answer gives
};

// ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL (blackhole): what the packet's sender would be told.
NLU_CHECKED int nlu_route_get(struct nlu_nlsock *nl, const struct nlu_route_query *query,
                              struct nlu_arena *arena, struct nlu_route *ret_route,
                              struct nlu_err *err);

// Writes the message into a buffer of NLU_NL_REQUEST bytes (also for plans). 0 or -EMSGSIZE.
NLU_CHECKED int nlu_route_put(struct nlmsghdr *msg, enum nlu_route_change change,
                              const struct nlu_route_spec *spec);

// One RTM_NEWROUTE or RTM_DELROUTE message; names of interfaces stay NULL. 0, -EBADMSG or -ENOMEM.
NLU_CHECKED int nlu_route_decode(const struct nlmsghdr *msg, struct nlu_arena *arena,
                                 struct nlu_route *ret_route);

// Fills in the interfaces' names. 0 or -ENOMEM.
NLU_CHECKED int nlu_route_name(struct nlu_route *route, struct nlu_ifnames *names);

// "default", "192.0.2.0/24", "192.0.2.1" for a full length: the prefix as ip writes it.
const char *nlu_route_dst_format(uint8_t family, const struct nlu_prefix *dst,
                                 char buf[NLU_PREFIX_TEXT]);

// RTAX_* by ip-route's word ("mtu", "advmss", …) and back. 0 and NULL when there is none.
unsigned nlu_route_metric_parse(const char *word);
const char *nlu_route_metric_name(unsigned metric);

// The words for flags as ip prints them, into names[0..max). Returns how many there are.
size_t nlu_route_flag_names(uint32_t flags, const char **names, size_t max);
// The same for the state of a way that a packet took (`cache` of ip route get).
size_t nlu_route_cache_names(uint32_t flags, const char **names, size_t max);

#endif
