#include "feature.h"

#include <string.h>

// Options and modules as in the kernel's Kconfig and Makefiles (drivers/net, net/*). Where one
// module serves several words it is named for each.
static const struct nlu_feature features[] = {
    {NLU_FEATURE_LINK, "veth", "CONFIG_VETH", "veth"},
    {NLU_FEATURE_LINK, "bridge", "CONFIG_BRIDGE", "bridge"},
    {NLU_FEATURE_LINK, "dummy", "CONFIG_DUMMY", "dummy"},
    {NLU_FEATURE_LINK, "vlan", "CONFIG_VLAN_8021Q", "8021q"},
    {NLU_FEATURE_LINK, "vxlan", "CONFIG_VXLAN", "vxlan"},
    {NLU_FEATURE_LINK, "macvlan", "CONFIG_MACVLAN", "macvlan"},
    {NLU_FEATURE_LINK, "macvtap", "CONFIG_MACVTAP", "macvtap"},
    {NLU_FEATURE_LINK, "ipvlan", "CONFIG_IPVLAN", "ipvlan"},
    {NLU_FEATURE_LINK, "vrf", "CONFIG_NET_VRF", "vrf"},
    {NLU_FEATURE_LINK, "bond", "CONFIG_BONDING", "bonding"},
    {NLU_FEATURE_LINK, "ifb", "CONFIG_IFB", "ifb"},
    {NLU_FEATURE_LINK, "tun", "CONFIG_TUN", "tun"},
    {NLU_FEATURE_LINK, "gre", "CONFIG_NET_IPGRE", "ip_gre"},
    {NLU_FEATURE_LINK, "gretap", "CONFIG_NET_IPGRE", "ip_gre"},
    {NLU_FEATURE_LINK, "ipip", "CONFIG_NET_IPIP", "ipip"},
    {NLU_FEATURE_LINK, "sit", "CONFIG_IPV6_SIT", "sit"},
    {NLU_FEATURE_LINK, "ip6tnl", "CONFIG_IPV6_TUNNEL", "ip6_tunnel"},
    {NLU_FEATURE_LINK, "ip6gre", "CONFIG_IPV6_GRE", "ip6_gre"},
    {NLU_FEATURE_LINK, "ip6gretap", "CONFIG_IPV6_GRE", "ip6_gre"},
    {NLU_FEATURE_LINK, "geneve", "CONFIG_GENEVE", "geneve"},
    {NLU_FEATURE_LINK, "wireguard", "CONFIG_WIREGUARD", "wireguard"},
    {NLU_FEATURE_LINK, "vti", "CONFIG_NET_IPVTI", "ip_vti"},
    {NLU_FEATURE_LINK, "xfrm", "CONFIG_XFRM_INTERFACE", "xfrm_interface"},
    {NLU_FEATURE_LINK, "macsec", "CONFIG_MACSEC", "macsec"},
    {NLU_FEATURE_LINK, "nlmon", "CONFIG_NLMON", "nlmon"},
    {NLU_FEATURE_LINK, "netkit", "CONFIG_NETKIT", NULL},

    {NLU_FEATURE_QDISC, "netem", "CONFIG_NET_SCH_NETEM", "sch_netem"},
    {NLU_FEATURE_QDISC, "tbf", "CONFIG_NET_SCH_TBF", "sch_tbf"},
    {NLU_FEATURE_QDISC, "htb", "CONFIG_NET_SCH_HTB", "sch_htb"},
    {NLU_FEATURE_QDISC, "prio", "CONFIG_NET_SCH_PRIO", "sch_prio"},
    {NLU_FEATURE_QDISC, "fq_codel", "CONFIG_NET_SCH_FQ_CODEL", "sch_fq_codel"},
    {NLU_FEATURE_QDISC, "codel", "CONFIG_NET_SCH_CODEL", "sch_codel"},
    {NLU_FEATURE_QDISC, "fq", "CONFIG_NET_SCH_FQ", "sch_fq"},
    {NLU_FEATURE_QDISC, "sfq", "CONFIG_NET_SCH_SFQ", "sch_sfq"},
    {NLU_FEATURE_QDISC, "red", "CONFIG_NET_SCH_RED", "sch_red"},
    {NLU_FEATURE_QDISC, "pfifo", "CONFIG_NET_SCH_FIFO", NULL},
    {NLU_FEATURE_QDISC, "bfifo", "CONFIG_NET_SCH_FIFO", NULL},
    {NLU_FEATURE_QDISC, "pfifo_fast", "CONFIG_NET_SCHED", NULL},
    {NLU_FEATURE_QDISC, "noqueue", "CONFIG_NET_SCHED", NULL},
    {NLU_FEATURE_QDISC, "ingress", "CONFIG_NET_SCH_INGRESS", "sch_ingress"},
    {NLU_FEATURE_QDISC, "clsact", "CONFIG_NET_SCH_INGRESS", "sch_ingress"},

    {NLU_FEATURE_FILTER, "u32", "CONFIG_NET_CLS_U32", "cls_u32"},
    {NLU_FEATURE_FILTER, "matchall", "CONFIG_NET_CLS_MATCHALL", "cls_matchall"},
    {NLU_FEATURE_FILTER, "flower", "CONFIG_NET_CLS_FLOWER", "cls_flower"},
    {NLU_FEATURE_FILTER, "fw", "CONFIG_NET_CLS_FW", "cls_fw"},

    {NLU_FEATURE_ACTION, "mirred", "CONFIG_NET_ACT_MIRRED", "act_mirred"},
    {NLU_FEATURE_ACTION, "gact", "CONFIG_NET_ACT_GACT", "act_gact"},

    {NLU_FEATURE_NFT, "nf_tables", "CONFIG_NF_TABLES", "nf_tables"},
    {NLU_FEATURE_NFT, "inet", "CONFIG_NF_TABLES_INET", "nf_tables"},
    {NLU_FEATURE_NFT, "bridge", "CONFIG_NF_TABLES_BRIDGE", "nf_tables"},
    {NLU_FEATURE_NFT, "netdev", "CONFIG_NF_TABLES_NETDEV", "nf_tables"},
    {NLU_FEATURE_NFT, "nat", "CONFIG_NFT_NAT", "nft_chain_nat"},
    {NLU_FEATURE_NFT, "snat", "CONFIG_NFT_NAT", "nft_nat"},
    {NLU_FEATURE_NFT, "dnat", "CONFIG_NFT_NAT", "nft_nat"},
    {NLU_FEATURE_NFT, "masquerade", "CONFIG_NFT_MASQ", "nft_masq"},
    {NLU_FEATURE_NFT, "redirect", "CONFIG_NFT_REDIR", "nft_redir"},
    {NLU_FEATURE_NFT, "ct", "CONFIG_NFT_CT", "nft_ct"},
    {NLU_FEATURE_NFT, "limit", "CONFIG_NFT_LIMIT", "nft_limit"},
    {NLU_FEATURE_NFT, "log", "CONFIG_NFT_LOG", "nft_log"},
    {NLU_FEATURE_NFT, "quota", "CONFIG_NFT_QUOTA", "nft_quota"},
    {NLU_FEATURE_NFT, "reject", "CONFIG_NFT_REJECT", "nft_reject_inet"},
    {NLU_FEATURE_NFT, "fib", "CONFIG_NFT_FIB_INET", "nft_fib_inet"},
    {NLU_FEATURE_NFT, "numgen", "CONFIG_NFT_NUMGEN", "nft_numgen"},
    {NLU_FEATURE_NFT, "jhash", "CONFIG_NFT_HASH", "nft_hash"},
    {NLU_FEATURE_NFT, "queue", "CONFIG_NFT_QUEUE", "nft_queue"},
    {NLU_FEATURE_NFT, "socket", "CONFIG_NFT_SOCKET", "nft_socket"},
    {NLU_FEATURE_NFT, "tproxy", "CONFIG_NFT_TPROXY", "nft_tproxy"},
    {NLU_FEATURE_NFT, "synproxy", "CONFIG_NFT_SYNPROXY", "nft_synproxy"},
    {NLU_FEATURE_NFT, "osf", "CONFIG_NFT_OSF", "nft_osf"},
    {NLU_FEATURE_NFT, "dup", "CONFIG_NFT_DUP_IPV4", "nft_dup_ipv4"},
    {NLU_FEATURE_NFT, "fwd", "CONFIG_NFT_FWD_NETDEV", "nft_fwd_netdev"},
    {NLU_FEATURE_NFT, "ibrname", "CONFIG_NFT_BRIDGE_META", "nft_meta_bridge"},
    {NLU_FEATURE_NFT, "obrname", "CONFIG_NFT_BRIDGE_META", "nft_meta_bridge"},
    {NLU_FEATURE_NFT, "flow", "CONFIG_NFT_FLOW_OFFLOAD", "nft_flow_offload"},
    {NLU_FEATURE_NFT, "flowtable", "CONFIG_NF_FLOW_TABLE", "nf_flow_table"},

    {NLU_FEATURE_SOCKET, "packet", "CONFIG_PACKET", "af_packet"},
    {NLU_FEATURE_SOCKET, "netfilter", "CONFIG_NETFILTER_NETLINK", "nfnetlink"},
};

const char *nlu_feature_group_name(enum nlu_feature_group group) {
    static const char *const names[NLU_FEATURE_GROUPS] = {
        [NLU_FEATURE_LINK] = "link",     [NLU_FEATURE_QDISC] = "qdisc",
        [NLU_FEATURE_FILTER] = "filter", [NLU_FEATURE_ACTION] = "action",
        [NLU_FEATURE_NFT] = "nft",       [NLU_FEATURE_SOCKET] = "socket",
    };
    return names[group];
}

const struct nlu_feature *nlu_feature_find(enum nlu_feature_group group, const char *word) {
    for (size_t i = 0; i < NLU_COUNT(features); i++)
        if (features[i].group == group && strcmp(features[i].word, word) == 0)
            return &features[i];
    return NULL;
}

const struct nlu_feature *nlu_feature_list(size_t *ret_count) {
    *ret_count = NLU_COUNT(features);
    return features;
}

int nlu_feature_hint(struct nlu_err *err, enum nlu_feature_group group, const char *word) {
    const struct nlu_feature *f = nlu_feature_find(group, word);
    const char *name = nlu_feature_group_name(group);

    if (!f)
        return nlu_err_hint(err, "this kernel has no %s %s", name, word);
    if (!f->module)
        return nlu_err_hint(err, "this kernel has no %s %s: it needs %s", name, word, f->config);
    return nlu_err_hint(err, "this kernel has no %s %s: it needs %s (module %s)", name, word,
                        f->config, f->module);
}
