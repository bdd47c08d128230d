// One link as a Lua table, with the keys and values of `ip -json -details -statistics link`.
#include "llink.h"
#include "lroute.h"

#include <stdio.h>

const struct nluL_word nluL_addr_gen_modes[] = {
    {"eui64", IN6_ADDR_GEN_MODE_EUI64},
    {"none", IN6_ADDR_GEN_MODE_NONE},
    {"stable_secret", IN6_ADDR_GEN_MODE_STABLE_PRIVACY},
    {"random", IN6_ADDR_GEN_MODE_RANDOM},
    {NULL, 0},
};

static void set_hwaddr(lua_State *L, const char *key, const struct nlu_hwaddr *address,
                       uint16_t type) {
    char text[3 * NLU_HWADDR_MAX];
    if (address->len)
        nluL_setstring(L, key, nlu_link_hwaddr_format(address, type, text, sizeof text));
}

static void set_text(lua_State *L, const char *key, const char *text) {
    if (text)
        nluL_setstring(L, key, text);
}

static void set_flags(lua_State *L, const struct nlu_link *link) {
    const uint32_t unnamed = nlu_link_flags_unnamed(link->flags);
    const char *names[32];
    size_t count = nlu_link_flag_names(link->flags, names, NLU_COUNT(names));
    lua_Integer at = 0;

    lua_createtable(L, (int)count + 1, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, ++at);
    }
    if (unnamed) {
        char hex[12];
        snprintf(hex, sizeof hex, "%x", (unsigned)unnamed);
        lua_pushstring(L, hex);
        lua_rawseti(L, -2, ++at);
    }
    if (link->lower_down) {
        lua_pushliteral(L, "M-DOWN");
        lua_rawseti(L, -2, ++at);
    }
    lua_setfield(L, -2, "flags");
}

// A number that is never 0 where the kernel knows it.
static void set_nonzero(lua_State *L, const char *key, uint32_t value) {
    if (value)
        nluL_setinteger(L, key, value);
}

static void set_count(lua_State *L, const char *key, uint64_t value) {
    nluL_setinteger(L, key, (lua_Integer)value);
}

// A counter that ip shows only when something was counted.
static void set_some(lua_State *L, const char *key, uint64_t value) {
    if (value)
        set_count(L, key, value);
}

static void set_rx(lua_State *L, const struct nlu_link_stats *s) {
    lua_createtable(L, 0, 12);
    set_count(L, "bytes", s->rx_bytes);
    set_count(L, "packets", s->rx_packets);
    set_count(L, "errors", s->rx_errors);
    set_count(L, "dropped", s->rx_dropped);
    set_count(L, "over_errors", s->rx_over_errors);
    set_count(L, "multicast", s->multicast);
    set_some(L, "compressed", s->rx_compressed);
    set_count(L, "length_errors", s->rx_length_errors);
    set_count(L, "crc_errors", s->rx_crc_errors);
    set_count(L, "frame_errors", s->rx_frame_errors);
    set_count(L, "fifo_errors", s->rx_fifo_errors);
    set_count(L, "missed_errors", s->rx_missed_errors);
    set_some(L, "nohandler", s->rx_nohandler);
    set_some(L, "otherhost", s->rx_otherhost_dropped);
    lua_setfield(L, -2, "rx");
}

static void set_tx(lua_State *L, const struct nlu_link *link) {
    const struct nlu_link_stats *s = &link->stats;

    lua_createtable(L, 0, 12);
    set_count(L, "bytes", s->tx_bytes);
    set_count(L, "packets", s->tx_packets);
    set_count(L, "errors", s->tx_errors);
    set_count(L, "dropped", s->tx_dropped);
    set_count(L, "carrier_errors", s->tx_carrier_errors);
    set_count(L, "collisions", s->collisions);
    set_some(L, "compressed", s->tx_compressed);
    set_count(L, "aborted_errors", s->tx_aborted_errors);
    set_count(L, "fifo_errors", s->tx_fifo_errors);
    set_count(L, "window_errors", s->tx_window_errors);
    set_count(L, "heartbeat_errors", s->tx_heartbeat_errors);
    if (link->has_carrier_changes)
        set_count(L, "carrier_changes", link->carrier_changes);
    lua_setfield(L, -2, "tx");
}

static void set_value(lua_State *L, const char *key, const struct nlu_value *value) {
    if (value->type == NLU_VALUE_NIL)
        return;
    nluL_pushvalue(L, value);
    lua_setfield(L, -2, key);
}

static void set_linkinfo(lua_State *L, const struct nlu_link *link) {
    if (!link->kind && !link->slave_kind)
        return;
    lua_createtable(L, 0, 4);
    set_text(L, "info_kind", link->kind);
    set_value(L, "info_data", &link->info);
    set_text(L, "info_slave_kind", link->slave_kind);
    set_value(L, "info_slave_data", &link->slave_info);
    lua_setfield(L, -2, "linkinfo");
}

static void set_state(lua_State *L, const struct nlu_link *link) {
    char number[12];

    if (link->has_operstate && link->operstate < 7)
        nluL_setstring(L, "operstate", nlu_link_operstate_name(link->operstate));
    else if (link->has_operstate)
        nluL_setinteger(L, "operstate_index", link->operstate);
    if (link->has_linkmode && link->linkmode < 2)
        nluL_setstring(L, "linkmode", link->linkmode == 1 ? "DORMANT" : "DEFAULT");
    else if (link->has_linkmode)
        nluL_setinteger(L, "linkmode_index", link->linkmode);
    if (link->has_group && link->group == 0)
        nluL_setstring(L, "group", "default");
    else if (link->has_group) {
        snprintf(number, sizeof number, "%u", link->group);
        nluL_setid(L, "group", NLU_IDFILE_GROUPS, link->group, number, number);
    }
    set_nonzero(L, "txqlen", link->txqlen);
    if (link->proto_down)
        nluL_setboolean(L, "proto_down", true);
}

static void set_addresses(lua_State *L, const struct nlu_link *link) {
    const char *type = nlu_link_type_name(link->type);
    const struct nlu_hwaddr *own = &link->address, *burnt = &link->perm_address;

    if (type)
        nluL_setstring(L, "link_type", type);
    else {
        lua_pushfstring(L, "[%d]", link->type);
        lua_setfield(L, -2, "link_type");
    }
    set_hwaddr(L, "address", own, link->type);
    set_hwaddr(L, "broadcast", &link->broadcast, link->type);
    if (link->broadcast.len && (link->flags & IFF_POINTOPOINT))
        nluL_setboolean(L, "link_pointtopoint", true);
    if (burnt->len && (burnt->len != own->len || memcmp(burnt->bytes, own->bytes, own->len) != 0))
        set_hwaddr(L, "permaddr", burnt, link->type);
}

void nluL_pushlink(lua_State *L, const struct nlu_link *link) {
    lua_createtable(L, 0, 32);
    nluL_setinteger(L, "ifindex", link->index);
    nluL_setstring(L, "ifname", link->name);
    if (link->link_name)
        nluL_setstring(L, "link", link->link_name);
    else if (link->link && link->link_netnsid >= 0)
        nluL_setinteger(L, "link_index", link->link);
    if (link->link_netnsid >= 0)
        nluL_setinteger(L, "link_netnsid", link->link_netnsid);
    set_flags(L, link);
    nluL_setinteger(L, "mtu", link->mtu);
    set_text(L, "qdisc", link->qdisc);
    set_text(L, "master", link->master_name);
    set_state(L, link);
    set_addresses(L, link);
    nluL_setinteger(L, "promiscuity", link->promiscuity);
    if (link->has_allmulti)
        nluL_setinteger(L, "allmulti", link->allmulti);
    nluL_setinteger(L, "min_mtu", link->min_mtu);
    nluL_setinteger(L, "max_mtu", link->max_mtu);
    set_linkinfo(L, link);
    if (link->addr_gen_mode >= 0)
        set_text(L, "inet6_addr_gen_mode", nluL_word_of(nluL_addr_gen_modes, link->addr_gen_mode));
    set_nonzero(L, "num_tx_queues", link->num_tx_queues);
    set_nonzero(L, "num_rx_queues", link->num_rx_queues);
    set_nonzero(L, "gso_max_size", link->gso_max_size);
    set_nonzero(L, "gso_max_segs", link->gso_max_segs);
    set_nonzero(L, "tso_max_size", link->tso_max_size);
    set_nonzero(L, "tso_max_segs", link->tso_max_segs);
    set_nonzero(L, "gro_max_size", link->gro_max_size);
    set_nonzero(L, "gso_ipv4_max_size", link->gso_ipv4_max_size);
    set_nonzero(L, "gro_ipv4_max_size", link->gro_ipv4_max_size);
    set_text(L, "parentbus", link->parent_bus);
    set_text(L, "parentdev", link->parent_dev);
    set_text(L, "ifalias", link->alias);
    if (link->altnames) {
        lua_newtable(L);
        for (int i = 0; link->altnames[i]; i++) {
            lua_pushstring(L, link->altnames[i]);
            lua_rawseti(L, -2, i + 1);
        }
        lua_setfield(L, -2, "altnames");
    }
    if (link->has_stats) {
        lua_createtable(L, 0, 2);
        set_rx(L, &link->stats);
        set_tx(L, link);
        lua_setfield(L, -2, "stats64");
    }
}
