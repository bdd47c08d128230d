// ns:filter_*: which packets go to which class or interface, in tc's words.
#include "ltc.h"

#include "arena.h"
#include "llink.h"
#include "tcfilter.h"
#include "tcunit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const struct nluL_word kinds[] = {{"u32", NLU_TCFILTER_U32},
                                         {"matchall", NLU_TCFILTER_MATCHALL},
                                         {"flower", NLU_TCFILTER_FLOWER},
                                         {"fw", NLU_TCFILTER_FW},
                                         {NULL, 0}};
// ETH_P_*
static const struct nluL_word protocols[] = {{"all", 0x0003}, {"ip", 0x0800},     {"ipv6", 0x86dd},
                                             {"arp", 0x0806}, {"802.1Q", 0x8100}, {NULL, 0}};
// IPPROTO_*; a number stands for any other
static const struct nluL_word ip_protos[] = {{"tcp", 6},  {"udp", 17},    {"sctp", 132},
                                             {"icmp", 1}, {"icmpv6", 58}, {NULL, 0}};

static const char *const keys[] = {"type",     "parent", "protocol", "prio",     "classid",
                                   "handle",   "src_ip", "dst_ip",   "ip_proto", "src_port",
                                   "dst_port", "action", NULL};

// A qdisc's handle, or the side of a clsact.
static bool opt_parent(lua_State *L, const struct nluL_opts *opts, uint32_t *ret_parent) {
    const char *text;

    if (!nluL_opt_string(L, opts, "parent", &text))
        return false;
    if (!strcmp(text, "ingress"))
        *ret_parent = NLU_TC_INGRESS;
    else if (!strcmp(text, "egress"))
        *ret_parent = NLU_TC_EGRESS;
    else
        (void)nluL_opt_tchandle(L, opts, "parent", ret_parent);
    return true;
}

static void read_ip_proto(lua_State *L, const struct nluL_opts *opts, struct nlu_tcmatch *m) {
    lua_Integer number;
    int word;

    if (!opts->index)
        return;
    int type = lua_getfield(L, opts->index, "ip_proto");
    lua_pop(L, 1);
    if (type == LUA_TNUMBER) {
        (void)nluL_opt_integer(L, opts, "ip_proto", 0, 255, &number);
        m->ip_proto = (uint8_t)number;
    } else if (type != LUA_TNIL) {
        (void)nluL_opt_word(L, opts, "ip_proto", ip_protos, &word);
        m->ip_proto = (uint8_t)word;
    }
    m->has_ip_proto = type != LUA_TNIL;
}

static void read_match(lua_State *L, const struct nluL_opts *opts, struct nlu_tcfilter_spec *s) {
    struct nlu_tcmatch *m = &s->match;
    lua_Integer port;

    (void)nluL_opt_prefix(L, opts, "src_ip", &m->src);
    (void)nluL_opt_prefix(L, opts, "dst_ip", &m->dst);
    read_ip_proto(L, opts, m);
    if (nluL_opt_integer(L, opts, "src_port", 1, UINT16_MAX, &port))
        m->src_port = (uint16_t)port;
    if (nluL_opt_integer(L, opts, "dst_port", 1, UINT16_MAX, &port))
        m->dst_port = (uint16_t)port;
    bool any =
        m->src.ip.family || m->dst.ip.family || m->has_ip_proto || m->src_port || m->dst_port;
    const char *which = m->src.ip.family   ? "src_ip"
                        : m->dst.ip.family ? "dst_ip"
                        : m->has_ip_proto  ? "ip_proto"
                        : m->src_port      ? "src_port"
                                           : "dst_port";
    if (!any)
        return;
    if (s->kind != NLU_TCFILTER_U32 && s->kind != NLU_TCFILTER_FLOWER)
        nluL_misuse(L, opts->op, which, "only u32 and flower look at addresses and ports");
    if (s->protocol != 0x0800 && s->protocol != 0x86dd)
        nluL_misuse(L, opts->op, which, "needs protocol 'ip' or 'ipv6'");
    size_t size = s->protocol == 0x0800 ? 4 : 16;
    if ((m->src.ip.family && nlu_ip_size(&m->src.ip) != size) ||
        (m->dst.ip.family && nlu_ip_size(&m->dst.ip) != size))
        nluL_misuse(L, opts->op, m->src.ip.family ? "src_ip" : "dst_ip",
                    "is of another family than protocol");
    if (m->src.len > size * 8 || m->dst.len > size * 8)
        nluL_misuse(L, opts->op, m->src.len > size * 8 ? "src_ip" : "dst_ip",
                    "the prefix is longer than the address");
    if ((m->src_port || m->dst_port) && m->ip_proto != 6 && m->ip_proto != 17)
        nluL_misuse(L, opts->op, m->src_port ? "src_port" : "dst_port",
                    "needs ip_proto 'tcp' or 'udp'");
}

static bool opt_link_name(lua_State *L, const struct nluL_opts *opts, const char *key,
                          const char **ret_name) {
    const bool there = lua_getfield(L, opts->index, key) != LUA_TNIL;

    if (there)
        *ret_name = nluL_arg_link(L, lua_gettop(L), opts->op, key);
    lua_pop(L, 1); // the table holds it
    return there;
}

// "drop", "pass", { redirect = dev } or { mirror = dev }. Leaves its value on the stack.
static void read_action(lua_State *L, const struct nluL_opts *opts, struct nlu_tcfilter_spec *s) {
    static const char *const action_keys[] = {"redirect", "mirror", NULL};
    static const struct nluL_word words[] = {
        {"drop", NLU_TCACTION_DROP}, {"pass", NLU_TCACTION_PASS}, {NULL, 0}};
    int word;

    if (!opts->index || lua_getfield(L, opts->index, "action") == LUA_TNIL)
        return;
    if (!lua_istable(L, -1)) {
        (void)nluL_opt_word(L, opts, "action", words, &word);
        s->action = (enum nlu_tcaction)word;
        return;
    }
    struct nluL_opts action = {lua_gettop(L), opts->op};
    nluL_opts_only(L, &action, action_keys);
    bool redirect = opt_link_name(L, &action, "redirect", &s->action_dev);
    bool mirror = opt_link_name(L, &action, "mirror", &s->action_dev);
    if (redirect == mirror)
        nluL_misuse(L, opts->op, "action", "expected one of redirect and mirror");
    s->action = redirect ? NLU_TCACTION_REDIRECT : NLU_TCACTION_MIRROR;
}

static int set(lua_State *L, enum nlu_tc_verb verb, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nluL_opts opts = nluL_opts(L, 3, op);
    struct nlu_tcfilter_spec spec = {.protocol = 0x0003};
    lua_Integer integer;
    struct nlu_err err;
    int word;

    spec.dev = nluL_arg_link(L, 2, op, "dev");
    lua_settop(L, 3);
    nluL_opts_only(L, &opts, keys);
    if (!nluL_opt_word(L, &opts, "type", kinds, &word))
        nluL_misuse(L, op, "type", "is missing: u32, matchall, flower or fw?");
    spec.kind = (enum nlu_tcfilter_kind)word;
    if (nluL_opt_word(L, &opts, "protocol", protocols, &word))
        spec.protocol = (uint16_t)word;
    (void)opt_parent(L, &opts, &spec.parent);
    if (nluL_opt_integer(L, &opts, "prio", 1, UINT16_MAX, &integer))
        spec.prio = (uint16_t)integer;
    (void)nluL_opt_tchandle(L, &opts, "classid", &spec.classid);
    // Only fw has a handle of its own, the packets' mark.
    if (nluL_opt_tcu32(L, &opts, "handle", &spec.handle) != (spec.kind == NLU_TCFILTER_FW))
        nluL_misuse(L, op, "handle", "fw needs one, the packets' mark; no other kind takes one");
    read_match(L, &opts, &spec);
    read_action(L, &opts, &spec);
    if (nlu_tcfilter_set(&ns->route, verb, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// filter_add(dev, { type =, parent =, protocol =, … }): true.
static int filter_add(lua_State *L) {
    return set(L, NLU_TC_ADD, "filter.add");
}

// filter_replace(dev, { … }): true.
static int filter_replace(lua_State *L) {
    return set(L, NLU_TC_REPLACE, "filter.replace");
}

// filter_del(dev, { parent =, prio = }): true. Without prio all of the parent.
static int filter_del(lua_State *L) {
    static const char *const del_keys[] = {"parent", "prio", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "filter.del");
    const char *dev = nluL_arg_link(L, 2, "filter.del", "dev");
    struct nluL_opts opts = nluL_opts(L, 3, "filter.del");
    lua_Integer prio = 0;
    uint32_t parent = 0;
    struct nlu_err err;

    nluL_opts_only(L, &opts, del_keys);
    (void)opt_parent(L, &opts, &parent);
    (void)nluL_opt_integer(L, &opts, "prio", 1, UINT16_MAX, &prio);
    if (nlu_tcfilter_del(&ns->route, dev, parent, (uint16_t)prio, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static void set_prefix(lua_State *L, const char *key, const struct nlu_prefix *p) {
    char text[NLU_PREFIX_TEXT];

    if (!p->ip.family)
        return;
    if (p->len == nlu_ip_size(&p->ip) * 8)
        nluL_setip(L, key, &p->ip);
    else
        nluL_setstring(L, key, nlu_prefix_format(p, text));
}

static void set_flower_keys(lua_State *L, const struct nlu_tcfilter *f) {
    const char *proto = nluL_word_of(ip_protos, f->match.ip_proto);

    lua_newtable(L);
    if (f->protocol == 0x0800 || f->protocol == 0x86dd)
        nluL_setstring(L, "eth_type", f->protocol == 0x0800 ? "ipv4" : "ipv6");
    if (f->match.has_ip_proto && proto)
        nluL_setstring(L, "ip_proto", proto);
    else if (f->match.has_ip_proto)
        nluL_setinteger(L, "ip_proto", f->match.ip_proto);
    set_prefix(L, "dst_ip", &f->match.dst);
    set_prefix(L, "src_ip", &f->match.src);
    if (f->match.dst_port)
        nluL_setinteger(L, "dst_port", f->match.dst_port);
    if (f->match.src_port)
        nluL_setinteger(L, "src_port", f->match.src_port);
    lua_setfield(L, -2, "keys");
}

static void set_u32(lua_State *L, const struct nlu_tcfilter *f) {
    char text[32];

    // 800::800 is hash table, bucket (left out when 0) and node.
    if (f->handle & 0xfffff) {
        uint32_t bucket = f->handle >> 12 & 0xff;
        if (bucket)
            snprintf(text, sizeof text, "%x:%x:%x", f->handle >> 20, bucket, f->handle & 0xfff);
        else
            snprintf(text, sizeof text, "%x::%x", f->handle >> 20, f->handle & 0xfff);
    } else {
        snprintf(text, sizeof text, "%x:", f->handle >> 20);
    }
    nluL_setstring(L, "fh", text);
    if (f->ht_divisor)
        nluL_setinteger(L, "ht_divisor", f->ht_divisor);
    if (!f->key_count)
        return;
    lua_createtable(L, (int)f->key_count, 0);
    for (size_t i = 0; i < f->key_count; i++) {
        const struct nlu_u32_key *k = &f->keys[i];
        lua_createtable(L, 0, 3);
        // As tc prints them: the numbers that stand in the packet.
        snprintf(text, sizeof text, "%x", ntohl(k->value));
        nluL_setstring(L, "value", text);
        snprintf(text, sizeof text, "%x", ntohl(k->mask));
        nluL_setstring(L, "mask", text);
        nluL_setinteger(L, "off", k->offset);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "matches");
}

static void set_actions(lua_State *L, const struct nlu_tcfilter *f) {
    if (!f->action_kind)
        return;
    lua_createtable(L, 1, 0);
    lua_createtable(L, 0, 5);
    nluL_setinteger(L, "order", 1);
    nluL_setstring(L, "kind", f->action_kind);
    if (f->action == NLU_TCACTION_REDIRECT || f->action == NLU_TCACTION_MIRROR) {
        nluL_setstring(L, "mirred_action",
                       f->action == NLU_TCACTION_REDIRECT ? "redirect" : "mirror");
        nluL_setstring(L, "direction", "egress");
        if (f->action_dev)
            nluL_setstring(L, "to_dev", f->action_dev);
    } else if (f->action != NLU_TCACTION_OTHER) {
        lua_createtable(L, 0, 1);
        nluL_setstring(L, "type", f->action == NLU_TCACTION_DROP ? "drop" : "pass");
        lua_setfield(L, -2, "control_action");
    }
    lua_rawseti(L, -2, 1);
    lua_setfield(L, -2, "actions");
}

static void push_filter(lua_State *L, const struct nlu_tcfilter *f) {
    const char *protocol = nluL_word_of(protocols, f->protocol);
    char text[NLU_TC_HANDLE_TEXT];

    lua_createtable(L, 0, 6);
    if (f->parent == NLU_TC_INGRESS || f->parent == NLU_TC_EGRESS)
        nluL_setstring(L, "parent", f->parent == NLU_TC_INGRESS ? "ingress" : "egress");
    else
        nluL_setstring(L, "parent", nlu_tc_handle_format(f->parent, text));
    if (protocol)
        nluL_setstring(L, "protocol", protocol);
    else
        lua_pushfstring(L, "[%d]", f->protocol), lua_setfield(L, -2, "protocol");
    nluL_setinteger(L, "pref", f->prio);
    nluL_setstring(L, "kind", f->kind_name);
    nluL_setinteger(L, "chain", f->chain);
    if (!f->has_options)
        return;
    lua_newtable(L);
    if (f->kind == NLU_TCFILTER_U32)
        set_u32(L, f);
    else
        nluL_setinteger(L, "handle", f->handle);
    if (f->kind == NLU_TCFILTER_FLOWER)
        set_flower_keys(L, f);
    if (f->classid)
        nluL_sethandle(L,
                       f->kind == NLU_TCFILTER_U32 || f->kind == NLU_TCFILTER_MATCHALL ? "flowid"
                                                                                       : "classid",
                       f->classid);
    set_actions(L, f);
    lua_setfield(L, -2, "options");
}

// filter_list(dev, { parent = }): a list of tables; without parent those of the root's qdisc.
static int filter_list(lua_State *L) {
    static const char *const list_keys[] = {"parent", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "filter.list");
    const char *dev = nluL_arg_link(L, 2, "filter.list", "dev");
    struct nluL_opts opts = nluL_opts(L, 3, "filter.list");
    struct nlu_tcfilter_list list;
    uint32_t parent = 0;
    struct nlu_err err;

    nluL_opts_only(L, &opts, list_keys);
    (void)opt_parent(L, &opts, &parent);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_tcfilter_list(&ns->route, dev, parent, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        push_filter(L, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

const luaL_Reg nluL_filter_methods[] = {{"filter_add", filter_add},
                                        {"filter_replace", filter_replace},
                                        {"filter_del", filter_del},
                                        {"filter_list", filter_list},
                                        {NULL, NULL}};
