// ns:class_*: classes of htb, in tc's words.
#include "ltc.h"

#include "arena.h"
#include "llink.h"
#include "tcclass.h"

#include <string.h>

static const char *const keys[] = {"type",  "parent",   "classid", "rate", "ceil",
                                   "burst", "cburst",   "mtu",     "prio", "quantum",
                                   "mpu",   "overhead", NULL};

static void read_classid(lua_State *L, const struct nluL_opts *opts, uint32_t *ret_classid) {
    if (!nluL_opt_tchandle(L, opts, "classid", ret_classid))
        nluL_misuse(L, opts->op, "classid", "is missing: which class, such as '1:10'?");
    if (!(*ret_classid & 0xffff))
        nluL_misuse(L, opts->op, "classid", "expected a class's handle such as '1:10'");
}

static int set(lua_State *L, enum nlu_tc_verb verb, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nluL_opts opts = nluL_opts(L, 3, op);
    struct nlu_tcclass_spec spec = {0};
    struct nlu_htb_class *h = &spec.htb;
    const char *type = "htb";
    lua_Integer integer;
    struct nlu_err err;

    spec.dev = nluL_arg_link(L, 2, op, "dev");
    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_string(L, &opts, "type", &type);
    if (strcmp(type, "htb") != 0)
        nluL_misuse(L, op, "type", "expected 'htb', got '%s'", type);
    read_classid(L, &opts, &spec.classid);
    // By default the class is a child of its qdisc.
    spec.parent = spec.classid & 0xffff0000u;
    (void)nluL_opt_tchandle(L, &opts, "parent", &spec.parent);
    if (!nluL_opt_tcrate(L, &opts, "rate", &h->rate))
        nluL_misuse(L, op, "rate", "is missing");
    if (nluL_opt_tcrate(L, &opts, "ceil", &h->ceil) && h->ceil < h->rate)
        nluL_misuse(L, op, "ceil", "is less than rate");
    (void)nluL_opt_tcsize(L, &opts, "burst", &h->burst);
    (void)nluL_opt_tcsize(L, &opts, "cburst", &h->cburst);
    (void)nluL_opt_tcsize(L, &opts, "mtu", &h->mtu);
    (void)nluL_opt_tcsize(L, &opts, "quantum", &h->quantum);
    (void)nluL_opt_tcu32(L, &opts, "prio", &h->prio);
    if (nluL_opt_integer(L, &opts, "mpu", 0, UINT16_MAX, &integer))
        h->mpu = (uint16_t)integer;
    if (nluL_opt_integer(L, &opts, "overhead", INT16_MIN, INT16_MAX, &integer))
        h->overhead = (int16_t)integer;
    if (nlu_tcclass_set(&ns->route, verb, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// class_add(dev, { classid =, rate =, … }): true.
static int class_add(lua_State *L) {
    return set(L, NLU_TC_ADD, "class.add");
}

// class_replace(dev, { … }): true.
static int class_replace(lua_State *L) {
    return set(L, NLU_TC_REPLACE, "class.replace");
}

// class_change(dev, { … }): true.
static int class_change(lua_State *L) {
    return set(L, NLU_TC_CHANGE, "class.change");
}

// class_del(dev, { classid = }): true.
static int class_del(lua_State *L) {
    static const char *const del_keys[] = {"classid", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "class.del");
    const char *dev = nluL_arg_link(L, 2, "class.del", "dev");
    struct nluL_opts opts = nluL_opts(L, 3, "class.del");
    struct nlu_err err;
    uint32_t classid;

    nluL_opts_only(L, &opts, del_keys);
    read_classid(L, &opts, &classid);
    if (nlu_tcclass_del(&ns->route, dev, classid, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static void push_class(lua_State *L, const struct nlu_tcclass *c) {
    lua_createtable(L, 0, 24);
    nluL_setstring(L, "class", c->kind);
    nluL_sethandle(L, "handle", c->classid);
    if (c->parent == NLU_TC_ROOT)
        nluL_setboolean(L, "root", true);
    else
        nluL_sethandle(L, "parent", c->parent);
    if (c->leaf)
        nluL_sethandle(L, "leaf", c->leaf);
    if (c->htb.rate) {
        const struct nlu_htb_class *h = &c->htb;
        nluL_setinteger(L, "prio", h->prio);
        nluL_setinteger(L, "quantum", h->quantum);
        nluL_setinteger(L, "rate", (lua_Integer)h->rate);
        nluL_setinteger(L, "ceil", (lua_Integer)h->ceil);
        nluL_setstring(L, "linklayer", "ethernet");
        nluL_setbucket(L, "burst", h->burst);
        nluL_setbucket(L, "cburst", h->cburst);
        nluL_setinteger(L, "mpu", h->mpu);
        nluL_setinteger(L, "overhead", h->overhead);
        nluL_setinteger(L, "level", h->level);
    }
    nluL_settcstats(L, &c->stats);
    if (c->has_htb_stats) {
        nluL_setinteger(L, "lended", c->htb_stats.lended);
        nluL_setinteger(L, "borrowed", c->htb_stats.borrowed);
        nluL_setinteger(L, "giants", c->htb_stats.giants);
        nluL_setinteger(L, "tokens", c->htb_stats.tokens);
        nluL_setinteger(L, "ctokens", c->htb_stats.ctokens);
    }
}

// class_list(dev): a list of tables.
static int class_list(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "class.list");
    const char *dev = nluL_arg_link(L, 2, "class.list", "dev");
    struct nlu_tcclass_list list;
    struct nlu_err err;

    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_tcclass_list(&ns->route, dev, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        push_class(L, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

const luaL_Reg nluL_class_methods[] = {
    {"class_add", class_add}, {"class_replace", class_replace}, {"class_change", class_change},
    {"class_del", class_del}, {"class_list", class_list},       {NULL, NULL}};
