// One route as a table with the keys of `ip -json -details route`.
#include "lroute.h"
#include "route.h"
#include "route_names.h"

#include <stdio.h>
#include <sys/socket.h>

enum { WORDS = 32 };

static void set_flags(lua_State *L, uint32_t flags) {
    const char *words[WORDS];
    nluL_setwords(L, "flags", words, nlu_route_flag_names(flags, words, WORDS));
}

static void set_cache(lua_State *L, uint32_t flags) {
    const char *words[WORDS];
    nluL_setwords(L, "cache", words, nlu_route_cache_names(flags, words, WORDS));
}

// ip's `gateway` is of the route's own family; one of another is `via` with its family.
static void set_gateway(lua_State *L, uint8_t family, const struct nlu_ip *gateway) {
    if (!gateway->family)
        return;
    if (gateway->family == family) {
        nluL_setip(L, "gateway", gateway);
        return;
    }
    lua_createtable(L, 0, 2);
    nluL_setstring(L, "family", nlu_family_name(gateway->family));
    nluL_setip(L, "host", gateway);
    lua_setfield(L, -2, "via");
}

static void set_realms(lua_State *L, uint32_t realms) {
    char name[NLU_ROUTE_NAME];

    lua_createtable(L, 0, 2);
    if (realms >> 16)
        nluL_setid(L, "from", NLU_IDFILE_REALMS, (realms >> 16),
                   nlu_realm_name((uint16_t)(realms >> 16), name), name);
    nluL_setid(L, "to", NLU_IDFILE_REALMS, (uint16_t)realms, nlu_realm_name((uint16_t)realms, name),
               name);
    lua_setfield(L, -2, "flow");
}

static void set_metric(lua_State *L, unsigned metric, uint32_t value) {
    char hex[12];

    switch (metric) {
    case RTAX_HOPLIMIT:
        if (value == UINT32_MAX)
            return;
        break;
    case RTAX_RTT:
        value /= 8;
        break;
    case RTAX_RTTVAR:
        value /= 4;
        break;
    case RTAX_FEATURES:
        if (value & RTAX_FEATURE_ECN)
            nluL_setboolean(L, "ecn", true);
        if (value & ~(uint32_t)RTAX_FEATURE_ECN) {
            snprintf(hex, sizeof hex, "%#x", value);
            nluL_setstring(L, "features", hex);
        }
        return;
    default:
        break;
    }
    if (nlu_route_metric_name(metric))
        nluL_setinteger(L, nlu_route_metric_name(metric), value);
}

// A list of one table, as ip has it.
static void set_metrics(lua_State *L, const struct nlu_route_metrics *m) {
    lua_createtable(L, 1, 0);
    lua_createtable(L, 0, 4);
    for (unsigned i = RTAX_MTU; i < NLU_ROUTE_METRICS; i++) {
        // What is locked is shown though it has no value.
        if (!((m->have | m->lock) & 1u << i))
            continue;
        if (i == RTAX_CC_ALGO) {
            if (m->congestion)
                nluL_setstring(L, "congestion", m->congestion);
        } else {
            set_metric(L, i, m->value[i]);
        }
    }
    lua_rawseti(L, -2, 1);
    lua_setfield(L, -2, "metrics");
}

static void set_cacheinfo(lua_State *L, const struct nlu_route *r) {
    char hex[12];

    if (r->expires)
        nluL_setinteger(L, "expires", r->expires);
    if (r->error)
        nluL_setinteger(L, "error", r->error);
    if (r->ipid) {
        snprintf(hex, sizeof hex, "0x%x", r->ipid);
        nluL_setstring(L, "ipid", hex);
    }
    if (r->ts || r->tsage) {
        snprintf(hex, sizeof hex, "0x%x", r->ts);
        nluL_setstring(L, "ts", hex);
        nluL_setinteger(L, "tsage", r->tsage);
    }
}

static void set_hops(lua_State *L, const struct nlu_route *r) {
    lua_createtable(L, (int)r->hop_count, 0);
    for (size_t i = 0; i < r->hop_count; i++) {
        const struct nlu_route_hop *hop = &r->hops[i];
        lua_createtable(L, 0, 4);
        set_gateway(L, r->family, &hop->gateway);
        if (hop->has_realms)
            set_realms(L, hop->realms);
        if (hop->dev)
            nluL_setstring(L, "dev", hop->dev);
        nluL_setinteger(L, "weight", hop->weight);
        set_flags(L, hop->flags);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "nexthops");
}

static void set_pref(lua_State *L, uint8_t pref) {
    // RFC 4191 section 2.1: two bits, signed.
    static const char *const words[] = {"medium", "high", NULL, "low"};
    if (pref < NLU_COUNT(words) && words[pref])
        nluL_setstring(L, "pref", words[pref]);
    else
        nluL_setinteger(L, "pref", pref);
}

static void set_head(lua_State *L, const struct nlu_route *r, unsigned omit) {
    char text[NLU_PREFIX_TEXT], name[NLU_ROUTE_NAME];

    nluL_setstring(L, "type", nlu_route_type_name(r->type, name));
    nluL_setstring(L, "dst", nlu_route_dst_format(r->family, &r->dst, text));
    if (r->has_src)
        nluL_setstring(L, "from", nlu_route_dst_format(r->family, &r->src, text));
    if (r->has_nhid)
        nluL_setinteger(L, "nhid", r->nhid);
    nluL_setip(L, "to", &r->newdst);
    if (r->tos && !(omit & NLUL_OMIT_TOS))
        nluL_setid(L, "tos", NLU_IDFILE_DSFIELDS, r->tos, nlu_dsfield_name(r->tos, name), name);
    if (!(omit & NLUL_OMIT_GATEWAY))
        set_gateway(L, r->family, &r->gateway);
    if (r->dev && !(omit & NLUL_OMIT_DEV))
        nluL_setstring(L, "dev", r->dev);
    if (r->table && !(omit & NLUL_OMIT_TABLE))
        nluL_setid(L, "table", NLU_IDFILE_TABLES, r->table, nlu_table_name(r->table, name), name);
    // A packet's way is no route that somebody has entered.
    if (!(r->flags & RTM_F_CLONED)) {
        if (!(omit & NLUL_OMIT_PROTOCOL))
            nluL_setid(L, "protocol", NLU_IDFILE_PROTOCOLS, r->protocol,
                       nlu_protocol_name(r->protocol, name), name);
        if (!(omit & NLUL_OMIT_SCOPE))
            nluL_setid(L, "scope", NLU_IDFILE_SCOPES, r->scope, nlu_scope_name(r->scope, name),
                       name);
    }
    if (!(omit & NLUL_OMIT_PREFSRC))
        nluL_setip(L, "prefsrc", &r->prefsrc);
    if (r->has_metric && !(omit & NLUL_OMIT_METRIC))
        nluL_setinteger(L, "metric", r->metric);
    set_flags(L, r->flags);
}

void nluL_pushroute(lua_State *L, const struct nlu_route *r, unsigned omit) {
    lua_createtable(L, 0, 12);
    set_head(L, r, omit);
    if (r->has_mark && r->mark)
        nluL_setinteger(L, "mark", r->mark);
    if (r->has_realms)
        set_realms(L, r->realms);
    if (r->has_uid)
        nluL_setinteger(L, "uid", r->uid);
    if (r->family == AF_INET && (r->flags & RTM_F_CLONED))
        set_cache(L, r->flags);
    if (r->has_cacheinfo)
        set_cacheinfo(L, r);
    if (r->has_metrics)
        set_metrics(L, &r->metrics);
    if (r->iif_name && !(omit & NLUL_OMIT_IIF))
        nluL_setstring(L, "iif", r->iif_name);
    if (r->has_pref)
        set_pref(L, r->pref);
    if (r->has_ttl_propagate)
        nluL_setboolean(L, "ttl-propogate", r->ttl_propagate);
    if (r->nexthop) {
        nluL_pushnexthop(L, r->nexthop);
        lua_setfield(L, -2, "nh_info");
    }
    if (r->hop_count)
        set_hops(L, r);
}
