// Bridges and bonds, and what their ports have from them: ip-link(8), linux/if_link.h.
#include "linkkind_int.h"

#include "ipaddr.h"
#include "nlcodec.h"

#include <libmnl/libmnl.h>
#include <linux/if_bonding.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/socket.h>

#define VLAN_FILTERING "CONFIG_BRIDGE_VLAN_FILTERING"
#define SNOOPING "CONFIG_BRIDGE_IGMP_SNOOPING"

// --- bridge --------------------------------------------------------------------------------------

static const struct nlu_link_word vlan_protocols[] = {
    {"802.1Q", ETH_P_8021Q},
    {"802.1ad", ETH_P_8021AD},
    {"802.1q", ETH_P_8021Q},
    {"802.1AD", ETH_P_8021AD},
    {NULL, 0},
};

static const struct nlu_link_option bridge[] = {
    // Times are in 1/100 s here, as everywhere in ip's words about bridges.
    NLU_OPTION("forward_delay", "forward_delay", IFLA_BR_FORWARD_DELAY, U32),
    NLU_OPTION("hello_time", "hello_time", IFLA_BR_HELLO_TIME, U32),
    NLU_OPTION("max_age", "max_age", IFLA_BR_MAX_AGE, U32),
    NLU_OPTION("ageing_time", "ageing_time", IFLA_BR_AGEING_TIME, U32),
    NLU_OPTION("stp_state", "stp_state", IFLA_BR_STP_STATE, SWITCH32),
    NLU_OPTION("priority", "priority", IFLA_BR_PRIORITY, U16),
    NLU_OPTION("vlan_filtering", "vlan_filtering", IFLA_BR_VLAN_FILTERING, SWITCH8,
               .config = VLAN_FILTERING),
    NLU_OPTION("vlan_protocol", "vlan_protocol", IFLA_BR_VLAN_PROTOCOL, WORD16(vlan_protocols),
               .flags = NLU_OPTION_BE, .config = VLAN_FILTERING),
    NLU_OPTION(NULL, "bridge_id", IFLA_BR_BRIDGE_ID, BRIDGE_ID),
    NLU_OPTION(NULL, "root_id", IFLA_BR_ROOT_ID, BRIDGE_ID),
    NLU_OPTION(NULL, "root_port", IFLA_BR_ROOT_PORT, U16),
    NLU_OPTION(NULL, "root_path_cost", IFLA_BR_ROOT_PATH_COST, U32),
    NLU_OPTION(NULL, "topology_change", IFLA_BR_TOPOLOGY_CHANGE, U8),
    NLU_OPTION(NULL, "topology_change_detected", IFLA_BR_TOPOLOGY_CHANGE_DETECTED, U8),
    NLU_OPTION(NULL, "hello_timer", IFLA_BR_HELLO_TIMER, SECONDS),
    NLU_OPTION(NULL, "tcn_timer", IFLA_BR_TCN_TIMER, SECONDS),
    NLU_OPTION(NULL, "topology_change_timer", IFLA_BR_TOPOLOGY_CHANGE_TIMER, SECONDS),
    NLU_OPTION(NULL, "gc_timer", IFLA_BR_GC_TIMER, SECONDS),
    NLU_OPTION("vlan_default_pvid", "vlan_default_pvid", IFLA_BR_VLAN_DEFAULT_PVID, U16,
               .config = VLAN_FILTERING),
    NLU_OPTION("vlan_stats_enabled", "vlan_stats_enabled", IFLA_BR_VLAN_STATS_ENABLED, SWITCH8,
               .config = VLAN_FILTERING),
    NLU_OPTION("vlan_stats_per_port", "vlan_stats_per_port", IFLA_BR_VLAN_STATS_PER_PORT, SWITCH8,
               .config = VLAN_FILTERING),
    NLU_OPTION("group_fwd_mask", "group_fwd_mask", IFLA_BR_GROUP_FWD_MASK, HEX16),
    NLU_OPTION("group_address", "group_addr", IFLA_BR_GROUP_ADDR, MAC),
    NLU_OPTION("fdb_flush", NULL, IFLA_BR_FDB_FLUSH, PRESENCE),
    NLU_OPTION("mcast_snooping", "mcast_snooping", IFLA_BR_MCAST_SNOOPING, SWITCH8,
               .config = SNOOPING),
    NLU_OPTION("no_linklocal_learn", "no_linklocal_learn", IFLA_BR_MULTI_BOOLOPT,
               MASKED(1 << BR_BOOLOPT_NO_LL_LEARN)),
    NLU_OPTION("mcast_vlan_snooping", "mcast_vlan_snooping", IFLA_BR_MULTI_BOOLOPT,
               MASKED(1 << BR_BOOLOPT_MCAST_VLAN_SNOOPING)),
    NLU_OPTION("mcast_router", "mcast_router", IFLA_BR_MCAST_ROUTER, U8, .config = SNOOPING),
    NLU_OPTION("mcast_query_use_ifaddr", "mcast_query_use_ifaddr", IFLA_BR_MCAST_QUERY_USE_IFADDR,
               SWITCH8, .config = SNOOPING),
    NLU_OPTION("mcast_querier", "mcast_querier", IFLA_BR_MCAST_QUERIER, SWITCH8,
               .config = SNOOPING),
    NLU_OPTION("mcast_hash_elasticity", "mcast_hash_elasticity", IFLA_BR_MCAST_HASH_ELASTICITY, U32,
               .config = SNOOPING),
    NLU_OPTION("mcast_hash_max", "mcast_hash_max", IFLA_BR_MCAST_HASH_MAX, U32, .config = SNOOPING),
    NLU_OPTION("mcast_last_member_count", "mcast_last_member_cnt", IFLA_BR_MCAST_LAST_MEMBER_CNT,
               U32, .config = SNOOPING),
    NLU_OPTION("mcast_startup_query_count", "mcast_startup_query_cnt",
               IFLA_BR_MCAST_STARTUP_QUERY_CNT, U32, .config = SNOOPING),
    NLU_OPTION("mcast_last_member_interval", "mcast_last_member_intvl",
               IFLA_BR_MCAST_LAST_MEMBER_INTVL, U64, .config = SNOOPING),
    NLU_OPTION("mcast_membership_interval", "mcast_membership_intvl",
               IFLA_BR_MCAST_MEMBERSHIP_INTVL, U64, .config = SNOOPING),
    NLU_OPTION("mcast_querier_interval", "mcast_querier_intvl", IFLA_BR_MCAST_QUERIER_INTVL, U64,
               .config = SNOOPING),
    NLU_OPTION("mcast_query_interval", "mcast_query_intvl", IFLA_BR_MCAST_QUERY_INTVL, U64,
               .config = SNOOPING),
    NLU_OPTION("mcast_query_response_interval", "mcast_query_response_intvl",
               IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, U64, .config = SNOOPING),
    NLU_OPTION("mcast_startup_query_interval", "mcast_startup_query_intvl",
               IFLA_BR_MCAST_STARTUP_QUERY_INTVL, U64, .config = SNOOPING),
    NLU_OPTION("mcast_stats_enabled", "mcast_stats_enabled", IFLA_BR_MCAST_STATS_ENABLED, SWITCH8,
               .config = SNOOPING),
    NLU_OPTION("mcast_igmp_version", "mcast_igmp_version", IFLA_BR_MCAST_IGMP_VERSION, U8,
               .config = SNOOPING),
    NLU_OPTION("mcast_mld_version", "mcast_mld_version", IFLA_BR_MCAST_MLD_VERSION, U8,
               .config = SNOOPING),
    NLU_OPTION("nf_call_iptables", "nf_call_iptables", IFLA_BR_NF_CALL_IPTABLES, SWITCH8),
    NLU_OPTION("nf_call_ip6tables", "nf_call_ip6tables", IFLA_BR_NF_CALL_IP6TABLES, SWITCH8),
    NLU_OPTION("nf_call_arptables", "nf_call_arptables", IFLA_BR_NF_CALL_ARPTABLES, SWITCH8),
    {0},
};

// --- a port of a bridge --------------------------------------------------------------------------

static const struct nlu_link_word port_states[] = {
    {"disabled", BR_STATE_DISABLED}, {"listening", BR_STATE_LISTENING},
    {"learning", BR_STATE_LEARNING}, {"forwarding", BR_STATE_FORWARDING},
    {"blocking", BR_STATE_BLOCKING}, {NULL, 0},
};

static void show_state(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t state;

    if (!nlu_link_attr_integer(r, o->attr, 1, false, &state))
        return;
    for (const struct nlu_link_word *w = o->words; w->word; w++)
        if ((uint64_t)w->value == state) {
            nlu_link_show(r, o->key, nlu_value_text(w->word));
            return;
        }
    nlu_link_show(r, "state_index", nlu_value_integer((int64_t)state));
}

static void show_mask_words(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    // 802.1D's reserved addresses 01:80:c2:00:00:0X by their last digit.
    static const struct nlu_link_word names[] = {{"stp", 0}, {"lacp", 2}, {"lldp", 14}, {NULL, 0}};
    char text[160] = "";
    size_t at = 0;
    uint64_t mask;

    if (!nlu_link_attr_integer(r, o->attr, 2, false, &mask))
        return;
    for (int bit = 0; bit < 16; bit++) {
        const char *name = NULL;
        if (!(mask & (1u << bit)))
            continue;
        for (const struct nlu_link_word *w = names; w->word; w++)
            if (w->value == bit)
                name = w->word;
        at += (size_t)(name ? snprintf(text + at, sizeof text - at, ",%s", name)
                            : snprintf(text + at, sizeof text - at, ",0x%x", 1u << bit));
    }
    nlu_link_show(r, o->key,
                  nlu_value_format(nlu_link_reader_tree(r), "%s", at ? text + 1 : "0x0"));
}

static const struct nlu_link_option bridge_slave[] = {
    NLU_OPTION("fdb_flush", NULL, IFLA_BRPORT_FLUSH, PRESENCE),
    NLU_OPTION("state", "state", IFLA_BRPORT_STATE, WORD8(port_states), .show = show_state),
    NLU_OPTION("priority", "priority", IFLA_BRPORT_PRIORITY, U16),
    NLU_OPTION("cost", "cost", IFLA_BRPORT_COST, U32),
    NLU_OPTION("hairpin", "hairpin", IFLA_BRPORT_MODE, BOOL8),
    NLU_OPTION("guard", "guard", IFLA_BRPORT_GUARD, BOOL8),
    NLU_OPTION("root_block", "root_block", IFLA_BRPORT_PROTECT, BOOL8),
    NLU_OPTION("fastleave", "fastleave", IFLA_BRPORT_FAST_LEAVE, BOOL8),
    NLU_OPTION("mcast_fast_leave", NULL, IFLA_BRPORT_FAST_LEAVE, BOOL8),
    NLU_OPTION("learning", "learning", IFLA_BRPORT_LEARNING, BOOL8),
    NLU_OPTION("flood", "flood", IFLA_BRPORT_UNICAST_FLOOD, BOOL8),
    NLU_OPTION(NULL, "id", IFLA_BRPORT_ID, HEX16),
    NLU_OPTION(NULL, "no", IFLA_BRPORT_NO, HEX16),
    NLU_OPTION(NULL, "designated_port", IFLA_BRPORT_DESIGNATED_PORT, U16),
    NLU_OPTION(NULL, "designated_cost", IFLA_BRPORT_DESIGNATED_COST, U16),
    NLU_OPTION(NULL, "bridge_id", IFLA_BRPORT_BRIDGE_ID, BRIDGE_ID),
    NLU_OPTION(NULL, "root_id", IFLA_BRPORT_ROOT_ID, BRIDGE_ID),
    NLU_OPTION(NULL, "hold_timer", IFLA_BRPORT_HOLD_TIMER, SECONDS),
    NLU_OPTION(NULL, "message_age_timer", IFLA_BRPORT_MESSAGE_AGE_TIMER, SECONDS),
    NLU_OPTION(NULL, "forward_delay_timer", IFLA_BRPORT_FORWARD_DELAY_TIMER, SECONDS),
    NLU_OPTION(NULL, "topology_change_ack", IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, U8),
    NLU_OPTION(NULL, "config_pending", IFLA_BRPORT_CONFIG_PENDING, U8),
    NLU_OPTION("proxy_arp", "proxy_arp", IFLA_BRPORT_PROXYARP, BOOL8),
    NLU_OPTION("proxy_arp_wifi", "proxy_arp_wifi", IFLA_BRPORT_PROXYARP_WIFI, BOOL8),
    NLU_OPTION("mcast_router", "multicast_router", IFLA_BRPORT_MULTICAST_ROUTER, U8),
    NLU_OPTION("mcast_flood", "mcast_flood", IFLA_BRPORT_MCAST_FLOOD, BOOL8),
    NLU_OPTION("bcast_flood", "bcast_flood", IFLA_BRPORT_BCAST_FLOOD, BOOL8),
    NLU_OPTION("mcast_to_unicast", "mcast_to_unicast", IFLA_BRPORT_MCAST_TO_UCAST, BOOL8),
    NLU_OPTION("neigh_suppress", "neigh_suppress", IFLA_BRPORT_NEIGH_SUPPRESS, BOOL8),
    NLU_OPTION("group_fwd_mask", "group_fwd_mask", IFLA_BRPORT_GROUP_FWD_MASK, HEX16),
    NLU_OPTION(NULL, "group_fwd_mask_str", IFLA_BRPORT_GROUP_FWD_MASK, CUSTOM,
               .show = show_mask_words),
    NLU_OPTION("vlan_tunnel", "vlan_tunnel", IFLA_BRPORT_VLAN_TUNNEL, BOOL8),
    NLU_OPTION("isolated", "isolated", IFLA_BRPORT_ISOLATED, BOOL8),
    NLU_OPTION("locked", "locked", IFLA_BRPORT_LOCKED, BOOL8),
    NLU_OPTION("backup_port", "backup_port", IFLA_BRPORT_BACKUP_PORT, LINK),
    {0},
};

// --- bond ----------------------------------------------------------------------------------------

static const struct nlu_link_word bond_modes[] = {
    {"balance-rr", 0}, {"active-backup", 1}, {"balance-xor", 2}, {"broadcast", 3},
    {"802.3ad", 4},    {"balance-tlb", 5},   {"balance-alb", 6}, {NULL, 0},
};
static const struct nlu_link_word arp_validates[] = {
    {"none", 0},   {"active", 1},        {"backup", 2},        {"all", 3},
    {"filter", 4}, {"filter_active", 5}, {"filter_backup", 6}, {NULL, 0},
};
static const struct nlu_link_word any_all[] = {{"any", 0}, {"all", 1}, {NULL, 0}};
static const struct nlu_link_word reselects[] = {
    {"always", 0}, {"better", 1}, {"failure", 2}, {NULL, 0}};
static const struct nlu_link_word fail_over_macs[] = {
    {"none", 0}, {"active", 1}, {"follow", 2}, {NULL, 0}};
static const struct nlu_link_word hash_policies[] = {
    {"layer2", 0},   {"layer3+4", 1},    {"layer2+3", 2}, {"encap2+3", 3},
    {"encap3+4", 4}, {"vlan+srcmac", 5}, {NULL, 0},
};
static const struct nlu_link_word off_on[] = {{"off", 0}, {"on", 1}, {NULL, 0}};
static const struct nlu_link_word slow_fast[] = {{"slow", 0}, {"fast", 1}, {NULL, 0}};
static const struct nlu_link_word ad_selects[] = {
    {"stable", 0}, {"bandwidth", 1}, {"count", 2}, {NULL, 0}};

enum { BOND_TARGETS = 16 }; // BOND_MAX_ARP_TARGETS of the kernel

// A list of addresses (one alone will do), all of the family that fits o->size.
static int put_targets(struct nlu_link_writer *w, const struct nlu_link_option *o,
                       const struct nlu_value *value) {
    uint8_t bytes[BOND_TARGETS * 16];
    char text[NLU_IP_TEXT + 1];
    struct nlu_ip ip;
    size_t count = 0;

    for (const struct nlu_value *item; (item = nlu_link_value_item(value, count)); count++) {
        if (count == BOND_TARGETS)
            return nlu_link_expected(w, o->word, value, "at most %d addresses", BOND_TARGETS);
        if (!nlu_link_value_text(item, text, sizeof text) || nlu_ip_parse(text, &ip) < 0 ||
            nlu_ip_size(&ip) != o->size)
            return nlu_link_expected(w, o->word, item, "a list of %s addresses",
                                     o->size == 4 ? "IPv4" : "IPv6");
        memcpy(bytes + count * o->size, ip.bytes, o->size);
    }
    return nlu_link_put_list(w, o->attr, -1, bytes, o->size, count);
}

static void show_targets(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    const struct nlattr *items[BOND_TARGETS + 1];
    char text[NLU_IP_TEXT];
    size_t size;
    const void *bytes = nlu_link_attr(r, o->attr, 0, &size);

    if (!bytes || nlu_attr_parse(bytes, size, NULL, BOND_TARGETS, items) < 0 || !items[0])
        return;
    struct nlu_value list = nlu_value_table(tree);
    for (size_t i = 0; i < BOND_TARGETS; i++) {
        if (!items[i] || nlu_attr_size(items[i]) != o->size)
            continue;
        struct nlu_ip ip = nlu_attr_ip(items[i]);
        nlu_table_add(tree, list, NULL, nlu_value_format(tree, "%s", nlu_ip_format(&ip, text)));
    }
    nlu_link_show(r, o->key, list);
}

// ip shows no word for "none" in JSON, but null.
static void show_validate(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t value;

    if (!nlu_link_attr_integer(r, o->attr, 4, false, &value) || !value)
        return;
    for (const struct nlu_link_word *w = o->words; w->word; w++)
        if ((uint64_t)w->value == value)
            nlu_link_show(r, o->key, nlu_value_text(w->word));
}

static void show_ad_info(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    static const struct {
        uint16_t attr;
        const char *key;
    } numbers[] = {
        {IFLA_BOND_AD_INFO_AGGREGATOR, "aggregator"},
        {IFLA_BOND_AD_INFO_NUM_PORTS, "num_ports"},
        {IFLA_BOND_AD_INFO_ACTOR_KEY, "actor_key"},
        {IFLA_BOND_AD_INFO_PARTNER_KEY, "partner_key"},
    };
    static const struct nlu_attr_rule rules[IFLA_BOND_AD_INFO_MAX + 1] = {
        [IFLA_BOND_AD_INFO_AGGREGATOR] = {NLU_ATTR_U16, 0},
        [IFLA_BOND_AD_INFO_NUM_PORTS] = {NLU_ATTR_U16, 0},
        [IFLA_BOND_AD_INFO_ACTOR_KEY] = {NLU_ATTR_U16, 0},
        [IFLA_BOND_AD_INFO_PARTNER_KEY] = {NLU_ATTR_U16, 0},
        [IFLA_BOND_AD_INFO_PARTNER_MAC] = {NLU_ATTR_MAC, 0},
    };
    const struct nlattr *info[IFLA_BOND_AD_INFO_MAX + 1];
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    char text[NLU_MAC_TEXT];
    size_t size;
    const void *bytes = nlu_link_attr(r, o->attr, 0, &size);

    if (!bytes || nlu_attr_parse(bytes, size, rules, IFLA_BOND_AD_INFO_MAX, info) < 0)
        return;
    struct nlu_value table = nlu_value_table(tree);
    for (size_t i = 0; i < NLU_COUNT(numbers); i++)
        if (info[numbers[i].attr])
            nlu_table_add(tree, table, numbers[i].key,
                          nlu_value_integer(nlu_attr_u16(info[numbers[i].attr])));
    if (info[IFLA_BOND_AD_INFO_PARTNER_MAC])
        nlu_table_add(
            tree, table, "partner_mac",
            nlu_value_format(
                tree, "%s",
                nlu_mac_format(nlu_attr_data(info[IFLA_BOND_AD_INFO_PARTNER_MAC]), text)));
    nlu_link_show(r, o->key, table);
}

static const struct nlu_link_option bond[] = {
    NLU_OPTION("mode", "mode", IFLA_BOND_MODE, WORD8(bond_modes)),
    NLU_OPTION("active_slave", "active_slave", IFLA_BOND_ACTIVE_SLAVE, LINK_IF_ANY),
    NLU_OPTION("clear_active_slave", NULL, IFLA_BOND_ACTIVE_SLAVE, CUSTOM, .size = 4,
               .put = nlu_link_put_chosen),
    NLU_OPTION("miimon", "miimon", IFLA_BOND_MIIMON, U32),
    NLU_OPTION("updelay", "updelay", IFLA_BOND_UPDELAY, U32),
    NLU_OPTION("downdelay", "downdelay", IFLA_BOND_DOWNDELAY, U32),
    NLU_OPTION("peer_notify_delay", "peer_notify_delay", IFLA_BOND_PEER_NOTIF_DELAY, U32),
    NLU_OPTION("use_carrier", "use_carrier", IFLA_BOND_USE_CARRIER, SWITCH8),
    NLU_OPTION("arp_interval", "arp_interval", IFLA_BOND_ARP_INTERVAL, U32),
    NLU_OPTION("arp_missed_max", "arp_missed_max", IFLA_BOND_MISSED_MAX, U8),
    NLU_OPTION("arp_ip_target", "arp_ip_target", IFLA_BOND_ARP_IP_TARGET, CUSTOM, .size = 4,
               .put = put_targets, .show = show_targets),
    NLU_OPTION("ns_ip6_target", "ns_ip6_target", IFLA_BOND_NS_IP6_TARGET, CUSTOM, .size = 16,
               .put = put_targets, .show = show_targets),
    NLU_OPTION("arp_validate", "arp_validate", IFLA_BOND_ARP_VALIDATE, WORD32(arp_validates),
               .show = show_validate),
    NLU_OPTION("arp_all_targets", "arp_all_targets", IFLA_BOND_ARP_ALL_TARGETS, WORD32(any_all)),
    NLU_OPTION("primary", "primary", IFLA_BOND_PRIMARY, LINK_IF_ANY),
    NLU_OPTION("primary_reselect", "primary_reselect", IFLA_BOND_PRIMARY_RESELECT,
               WORD8(reselects)),
    NLU_OPTION("fail_over_mac", "fail_over_mac", IFLA_BOND_FAIL_OVER_MAC, WORD8(fail_over_macs)),
    NLU_OPTION("xmit_hash_policy", "xmit_hash_policy", IFLA_BOND_XMIT_HASH_POLICY,
               WORD8(hash_policies)),
    NLU_OPTION("resend_igmp", "resend_igmp", IFLA_BOND_RESEND_IGMP, U32),
    NLU_OPTION("num_grat_arp", "num_peer_notif", IFLA_BOND_NUM_PEER_NOTIF, U8),
    NLU_OPTION("num_unsol_na", NULL, IFLA_BOND_NUM_PEER_NOTIF, U8),
    NLU_OPTION("all_slaves_active", "all_slaves_active", IFLA_BOND_ALL_SLAVES_ACTIVE, SWITCH8),
    NLU_OPTION("min_links", "min_links", IFLA_BOND_MIN_LINKS, U32),
    NLU_OPTION("lp_interval", "lp_interval", IFLA_BOND_LP_INTERVAL, U32),
    NLU_OPTION("packets_per_slave", "packets_per_slave", IFLA_BOND_PACKETS_PER_SLAVE, U32),
    NLU_OPTION("lacp_active", "ad_lacp_active", IFLA_BOND_AD_LACP_ACTIVE, WORD8(off_on)),
    NLU_OPTION("lacp_rate", "ad_lacp_rate", IFLA_BOND_AD_LACP_RATE, WORD8(slow_fast)),
    NLU_OPTION("ad_select", "ad_select", IFLA_BOND_AD_SELECT, WORD8(ad_selects)),
    NLU_OPTION(NULL, "ad_info", IFLA_BOND_AD_INFO, CUSTOM, .show = show_ad_info),
    NLU_OPTION("ad_actor_sys_prio", "ad_actor_sys_prio", IFLA_BOND_AD_ACTOR_SYS_PRIO, U16),
    NLU_OPTION("ad_user_port_key", "ad_user_port_key", IFLA_BOND_AD_USER_PORT_KEY, U16),
    NLU_OPTION("ad_actor_system", "ad_actor_system", IFLA_BOND_AD_ACTOR_SYSTEM, MAC),
    NLU_OPTION("tlb_dynamic_lb", "tlb_dynamic_lb", IFLA_BOND_TLB_DYNAMIC_LB, SWITCH8),
    {0},
};

// --- a port of a bond ----------------------------------------------------------------------------

static const struct nlu_link_word slave_states[] = {
    {"ACTIVE", BOND_STATE_ACTIVE}, {"BACKUP", BOND_STATE_BACKUP}, {NULL, 0}};
static const struct nlu_link_word mii_states[] = {{"UP", BOND_LINK_UP},
                                                  {"GOING_DOWN", BOND_LINK_FAIL},
                                                  {"DOWN", BOND_LINK_DOWN},
                                                  {"GOING_BACK", BOND_LINK_BACK},
                                                  {NULL, 0}};

static int put_prio(struct nlu_link_writer *w, const struct nlu_link_option *o,
                    const struct nlu_value *value) {
    int64_t prio;

    if (!nlu_link_value_integer(value, INT32_MIN, INT32_MAX, &prio))
        return nlu_link_expected(w, o->word, value, "an integer from %d to %d", INT32_MIN,
                                 INT32_MAX);
    return nlu_link_put_integer(w, o->attr, (uint32_t)prio, 4, false);
}

static void show_prio(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t prio;

    if (nlu_link_attr_integer(r, o->attr, 4, false, &prio))
        nlu_link_show(r, o->key, nlu_value_integer((int32_t)(uint32_t)prio));
}

// IEEE 802.1AX: the state of a port in LACP, the number and its bits by name.
static void show_port_state(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    static const char *const names[] = {"active",     "short_timeout", "aggregating", "in_sync",
                                        "collecting", "distributing",  "defaulted",   "expired"};
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    uint64_t state;

    if (!nlu_link_attr_integer(r, o->attr, 1, false, &state))
        return;
    nlu_link_show(r, o->key, nlu_value_integer((int64_t)state));
    struct nlu_value list = nlu_value_table(tree);
    for (size_t i = 0; i < NLU_COUNT(names); i++)
        if (state & (1u << i))
            nlu_table_add(tree, list, NULL, nlu_value_text(names[i]));
    nlu_link_show(r,
                  o->attr == IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE
                      ? "ad_actor_oper_port_state_str"
                      : "ad_partner_oper_port_state_str",
                  list);
}

static const struct nlu_link_option bond_slave[] = {
    NLU_OPTION(NULL, "state", IFLA_BOND_SLAVE_STATE, WORD8(slave_states)),
    NLU_OPTION(NULL, "mii_status", IFLA_BOND_SLAVE_MII_STATUS, WORD8(mii_states)),
    NLU_OPTION(NULL, "link_failure_count", IFLA_BOND_SLAVE_LINK_FAILURE_COUNT, U32),
    NLU_OPTION(NULL, "perm_hwaddr", IFLA_BOND_SLAVE_PERM_HWADDR, MAC),
    NLU_OPTION("queue_id", "queue_id", IFLA_BOND_SLAVE_QUEUE_ID, U16),
    NLU_OPTION("prio", "prio", IFLA_BOND_SLAVE_PRIO, CUSTOM, .size = 4, .put = put_prio,
               .show = show_prio),
    NLU_OPTION(NULL, "ad_aggregator_id", IFLA_BOND_SLAVE_AD_AGGREGATOR_ID, U16),
    NLU_OPTION(NULL, "ad_actor_oper_port_state", IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE, CUSTOM,
               .show = show_port_state),
    NLU_OPTION(NULL, "ad_partner_oper_port_state", IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE,
               CUSTOM, .show = show_port_state),
    {0},
};

const struct nlu_link_kind nlu_link_kinds_bridge[] = {
    {.name = "bridge", .options = bridge},
    {.name = "bridge_slave", .options = bridge_slave, .slave = true},
    {.name = "bond", .options = bond},
    {.name = "bond_slave", .options = bond_slave, .slave = true},
    {0},
};
