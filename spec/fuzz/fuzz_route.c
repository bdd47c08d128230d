// A notification or an entry of a dump about links' addresses, routes, neighbours, rules and
// nexthop objects: whatever the bytes, the decoder says no or gives a struct that can be written
// out.
#include "monitor.h"
#include "route_names.h"
#include "message.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Reading must not be optimised away.
static volatile uint64_t sink;

static void read_text(const char *text) {
    if (text)
        sink += strlen(text);
}

static void read_ip(const struct nlu_ip *ip) {
    char text[NLU_IP_TEXT];
    if (ip->family && ip->family != AF_INET && ip->family != AF_INET6)
        abort();
    read_text(nlu_ip_format(ip, text));
}

static void read_prefix(uint8_t family, const struct nlu_prefix *prefix) {
    char text[NLU_PREFIX_TEXT];
    read_text(nlu_route_dst_format(family, prefix, text));
}

static void read_addr(const struct nlu_addr *a) {
    char name[NLU_ROUTE_NAME];

    read_ip(&a->local);
    read_ip(&a->address);
    read_ip(&a->broadcast);
    read_ip(&a->anycast);
    read_text(a->label);
    read_text(nlu_scope_name(a->scope, name));
    for (uint32_t bit = 1; bit; bit <<= 1)
        if (a->flags & bit)
            read_text(nlu_addr_flag_name(bit, a->family));
}

static void read_route(const struct nlu_route *r) {
    const char *words[32];
    char name[NLU_ROUTE_NAME];

    read_prefix(r->family, &r->dst);
    read_prefix(r->family, &r->src);
    read_ip(&r->gateway);
    read_ip(&r->prefsrc);
    read_ip(&r->newdst);
    read_text(nlu_route_type_name(r->type, name));
    read_text(nlu_protocol_name(r->protocol, name));
    read_text(nlu_table_name(r->table, name));
    read_text(nlu_dsfield_name(r->tos, name));
    read_text(nlu_realm_name((uint16_t)r->realms, name));
    for (size_t i = nlu_route_flag_names(r->flags, words, 32); i > 0; i--)
        read_text(words[i - 1]);
    for (size_t i = nlu_route_cache_names(r->flags, words, 32); i > 0; i--)
        read_text(words[i - 1]);
    for (unsigned i = 0; i < NLU_ROUTE_METRICS; i++)
        if (r->metrics.have & 1u << i)
            read_text(nlu_route_metric_name(i));
    read_text(r->metrics.congestion);
    for (size_t i = 0; i < r->hop_count; i++) {
        read_ip(&r->hops[i].gateway);
        if (r->hops[i].weight < 1 || r->hops[i].weight > 256)
            abort();
    }
}

static void read_neigh(const struct nlu_neigh *n) {
    const char *words[16];
    char text[3 * NLU_HWADDR_MAX];

    read_ip(&n->dst);
    if (n->lladdr.len > NLU_HWADDR_MAX)
        abort();
    read_text(nlu_link_hwaddr_format(&n->lladdr, n->link_type, text, sizeof text));
    for (size_t i = nlu_neigh_state_names(n->state, words, 16); i > 0; i--)
        read_text(words[i - 1]);
}

static void read_rule(const struct nlu_rule *r) {
    char text[12];

    read_ip(&r->src.ip);
    read_ip(&r->dst.ip);
    read_text(r->iif);
    read_text(r->oif);
    read_text(nlu_ipproto_name(r->ipproto, text));
}

static void read_nexthop(const struct nlu_nexthop *n) {
    read_ip(&n->gateway);
    for (size_t i = 0; i < n->member_count; i++) {
        sink += n->members[i].id;
        if (n->members[i].weight < 1 || n->members[i].weight > 256)
            abort();
    }
}

static void read_event(const struct nlu_event *e) {
    switch (e->object) {
    case NLU_MONITOR_LINK:
        read_text(e->link.name);
        read_text(e->link.kind);
        break;
    case NLU_MONITOR_ADDR:
        read_addr(&e->addr);
        break;
    case NLU_MONITOR_ROUTE:
        read_route(&e->route);
        break;
    case NLU_MONITOR_NEIGH:
        read_neigh(&e->neigh);
        break;
    case NLU_MONITOR_RULE:
        read_rule(&e->rule);
        break;
    case NLU_MONITOR_NEXTHOP:
        read_nexthop(&e->nexthop);
        break;
    case NLU_MONITOR_OBJECTS:
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct nlu_arena arena = {0};
    struct nlu_event event;
    struct nlmsghdr *msg = fuzz_message(data, size);

    if (!msg)
        return 0;
    if (nlu_event_decode(msg, (1u << NLU_MONITOR_OBJECTS) - 1, &arena, &event) == 1)
        read_event(&event);
    nlu_arena_free(&arena);
    free(msg);
    return 0;
}
