// ns:vlan_*: VLANs of bridges and their ports, in the words and with the keys of `bridge -json
// vlan`.
#include "llink.h"
#include "vlan.h"

#include <stdlib.h>

// --- structs to tables ---------------------------------------------------------------------------

static void set_range(lua_State *L, const char *key, const char *end_key, lua_Integer first,
                      lua_Integer last) {
    nluL_setinteger(L, key, first);
    if (last != first)
        nluL_setinteger(L, end_key, last);
}

static void push_vlan(lua_State *L, const struct nlu_vlan *v) {
    lua_Integer at = 0;

    lua_createtable(L, 0, 3);
    set_range(L, "vlan", "vlanEnd", v->first, v->last);
    if (v->tunnel) {
        set_range(L, "tunid", "tunidEnd", v->tunnel_first, v->tunnel_last);
        return;
    }
    // The range's own bits are not shown, but they make bridge(8) write the list.
    if (!v->flags)
        return;
    lua_createtable(L, 2, 0);
    if (v->flags & BRIDGE_VLAN_INFO_PVID) {
        lua_pushliteral(L, "PVID");
        lua_rawseti(L, -2, ++at);
    }
    if (v->flags & BRIDGE_VLAN_INFO_UNTAGGED) {
        lua_pushliteral(L, "Egress Untagged");
        lua_rawseti(L, -2, ++at);
    }
    lua_setfield(L, -2, "flags");
}

static void push_port(lua_State *L, const struct nlu_vlan_port *port, bool tunnels) {
    lua_createtable(L, 0, 2);
    if (port->ifname)
        nluL_setstring(L, "ifname", port->ifname);
    lua_createtable(L, (int)port->count, 0);
    for (size_t i = 0; i < port->count; i++) {
        push_vlan(L, &port->vlans[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, tunnels ? "tunnels" : "vlans");
}

// --- tables to structs ---------------------------------------------------------------------------

enum { VID_MAX = 4094 }; // 0 and 4095 are reserved by IEEE 802.1Q

static bool is_vid(lua_Integer vid) {
    return vid >= 1 && vid <= VID_MAX;
}

// 5, or "5-9".
static void arg_vids(lua_State *L, int arg, const char *op, struct nlu_vlan_spec *spec) {
    lua_Integer first = 0, last = 0;

    if (lua_isinteger(L, arg)) {
        first = last = lua_tointeger(L, arg);
    } else if (lua_type(L, arg) == LUA_TSTRING) {
        const char *text = nluL_arg_string(L, arg, op, "vid");
        char *end;
        first = last = strtol(text, &end, 10);
        if (*end == '-' && end[1] >= '0' && end[1] <= '9')
            last = strtol(end + 1, &end, 10);
        if (*end || *text < '0' || *text > '9')
            first = 0;
    }
    if (!is_vid(first) || !is_vid(last) || first > last)
        nluL_misuse(L, op, "vid", "expected a number from 1 to %d or a range like \"5-9\", got %s",
                    VID_MAX, nluL_describe(L, arg));
    spec->first = (uint16_t)first;
    spec->last = (uint16_t)last;
}

// vlan_add(vid, dev, { … }) and vlan_del: true.
static int change(lua_State *L, bool add) {
    static const char *const keys[] = {"pvid", "untagged", "self", "master", "tunnel_info", NULL};
    const char *op = add ? "vlan.add" : "vlan.del";
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nluL_opts opts = nluL_opts(L, 4, op);
    struct nlu_vlan_spec spec = {.index = 0};
    struct nlu_err err;
    lua_Integer id;

    arg_vids(L, 2, op, &spec);
    spec.ifname = nluL_arg_link(L, 3, op, "dev");
    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_boolean(L, &opts, "pvid", &spec.pvid);
    (void)nluL_opt_boolean(L, &opts, "untagged", &spec.untagged);
    (void)nluL_opt_boolean(L, &opts, "self", &spec.self);
    (void)nluL_opt_boolean(L, &opts, "master", &spec.master);
    // A range of VLANs takes as many tunnels.
    if (nluL_opt_integer(L, &opts, "tunnel_info", 1, 0xffffff - (spec.last - spec.first), &id))
        spec.tunnel = true, spec.tunnel_first = (uint32_t)id;
    if (spec.pvid && spec.first != spec.last)
        nluL_misuse(L, op, "pvid", "is one VLAN, not a range");
    if (nlu_link_index(&ns->route, spec.ifname, &spec.index, &err) < 0) {
        nlu_err_about(&err, op, "%d on %s", spec.first, spec.ifname);
        return nluL_fail_in(L, ns->name, &err);
    }
    if ((add ? nlu_vlan_add : nlu_vlan_del)(&ns->route, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int vlan_add(lua_State *L) {
    return change(L, true);
}

static int vlan_del(lua_State *L) {
    return change(L, false);
}

// vlan_list{ dev =, vid =, tunnels =, compress = }: a list of tables.
static int vlan_list(lua_State *L) {
    static const char *const keys[] = {"dev", "vid", "tunnels", "compress", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "vlan.list");
    struct nluL_opts opts = nluL_opts(L, 2, "vlan.list");
    struct nlu_vlan_filter filter = {.index = 0};
    bool have = false;
    struct nlu_vlan_list list;
    struct nlu_err err;
    lua_Integer vid;

    nluL_opts_only(L, &opts, keys);
    if (nluL_opt_integer(L, &opts, "vid", 1, VID_MAX, &vid))
        filter.vid = (uint16_t)vid;
    (void)nluL_opt_boolean(L, &opts, "tunnels", &filter.tunnels);
    (void)nluL_opt_boolean(L, &opts, "compress", &filter.compress);
    if (nluL_opt_link(L, &opts, "dev", &ns->route, &filter.index, &have, &err) < 0) {
        nlu_err_about(&err, "vlan.list", "%s", err.subject);
        return nluL_fail_in(L, ns->name, &err);
    }
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_vlan_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        push_port(L, &list.items[i], filter.tunnels);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

const luaL_Reg nluL_vlan_methods[] = {
    {"vlan_add", vlan_add}, {"vlan_del", vlan_del}, {"vlan_list", vlan_list}, {NULL, NULL}};
