#include "link.h"

#include "nlcodec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// --- names ---------------------------------------------------------------------------------------

const char *nlu_link_operstate_name(uint8_t operstate) {
    static const char *const names[] = {"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN",
                                        "TESTING", "DORMANT",    "UP"};
    return operstate < NLU_COUNT(names) ? names[operstate] : "UNKNOWN";
}

const char *nlu_link_type_name(uint16_t type) {
    switch (type) {
    case ARPHRD_ETHER:
        return "ether";
    case ARPHRD_LOOPBACK:
        return "loopback";
    case ARPHRD_TUNNEL:
        return "ipip";
    case ARPHRD_TUNNEL6:
        return "tunnel6";
    case ARPHRD_SIT:
        return "sit";
    case ARPHRD_IPGRE:
        return "gre";
    case ARPHRD_IP6GRE:
        return "gre6";
    case ARPHRD_PPP:
        return "ppp";
    case ARPHRD_NONE:
        return "none";
    case ARPHRD_VOID:
        return "void";
    default:
        return NULL;
    }
}

size_t nlu_link_flag_names(uint32_t flags, const char **names, size_t max) {
    // The order of iproute2's print_link_flags, which is what `ip -json` shows.
    static const struct {
        uint32_t flag;
        const char *name;
    } known[] = {
        {IFF_LOOPBACK, "LOOPBACK"},
        {IFF_BROADCAST, "BROADCAST"},
        {IFF_POINTOPOINT, "POINTOPOINT"},
        {IFF_MULTICAST, "MULTICAST"},
        {IFF_NOARP, "NOARP"},
        {IFF_ALLMULTI, "ALLMULTI"},
        {IFF_PROMISC, "PROMISC"},
        {IFF_MASTER, "MASTER"},
        {IFF_SLAVE, "SLAVE"},
        {IFF_DEBUG, "DEBUG"},
        {IFF_DYNAMIC, "DYNAMIC"},
        {IFF_AUTOMEDIA, "AUTOMEDIA"},
        {IFF_PORTSEL, "PORTSEL"},
        {IFF_NOTRAILERS, "NOTRAILERS"},
        {IFF_UP, "UP"},
        {1u << 16, "LOWER_UP"},
        {1u << 17, "DORMANT"},
        {1u << 18, "ECHO"},
    };
    size_t count = 0;

    if ((flags & IFF_UP) && !(flags & IFF_RUNNING) && count < max)
        names[count++] = "NO-CARRIER";
    for (size_t i = 0; i < NLU_COUNT(known); i++)
        if ((flags & known[i].flag) && count < max)
            names[count++] = known[i].name;
    return count;
}

const char *nlu_link_hwaddr_format(const struct nlu_hwaddr *address, uint16_t type, char *buf,
                                   size_t size) {
    bool ipv4 = type == ARPHRD_TUNNEL || type == ARPHRD_SIT || type == ARPHRD_IPGRE;
    bool ipv6 = type == ARPHRD_TUNNEL6 || type == ARPHRD_IP6GRE;

    buf[0] = '\0';
    if ((ipv4 && address->len == 4) || (ipv6 && address->len == 16)) {
        char text[NLU_IP_TEXT];
        struct nlu_ip ip = nlu_ip_from(address->bytes, address->len);
        snprintf(buf, size, "%s", nlu_ip_format(&ip, text));
        return buf;
    }
    for (size_t i = 0, at = 0; i < address->len && at + 4 < size; i++)
        at += (size_t)snprintf(buf + at, size - at, i ? ":%02x" : "%02x", address->bytes[i]);
    return buf;
}

// --- index and name
// ----------------------------------------------------------------------------------

int nlu_link_index(struct nlu_nlsock *nl, const char *name, int *ret_index, struct nlu_err *err) {
    struct ifreq request = {0};

    if (strlen(name) < IFNAMSIZ) {
        snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
        // Answered in the socket's own namespace, and a tenth of a message's price.
        if (ioctl(nl->fd, SIOCGIFINDEX, &request) == 0) {
            *ret_index = request.ifr_ifindex;
            return 0;
        }
    } else {
        errno = ENODEV;
    }
    return nlu_err_set(err, errno, "link.get", "%s", name);
}

int nlu_link_name(struct nlu_nlsock *nl, int index, char ret_name[IFNAMSIZ], struct nlu_err *err) {
    struct ifreq request = {.ifr_ifindex = index};

    if (ioctl(nl->fd, SIOCGIFNAME, &request) < 0)
        return nlu_err_set(err, errno, "link.get", "index %d", index);
    memcpy(ret_name, request.ifr_name, IFNAMSIZ);
    ret_name[IFNAMSIZ - 1] = '\0';
    return 0;
}

// --- reading
// --------------------------------------------------------------------------------------------

static const struct nlu_attr_rule link_rules[IFLA_MAX + 1] = {
    [IFLA_IFNAME] = {NLU_ATTR_TEXT, 0},
    [IFLA_MTU] = {NLU_ATTR_U32, 0},
    [IFLA_MIN_MTU] = {NLU_ATTR_U32, 0},
    [IFLA_MAX_MTU] = {NLU_ATTR_U32, 0},
    [IFLA_LINK] = {NLU_ATTR_U32, 0},
    [IFLA_LINK_NETNSID] = {NLU_ATTR_U32, 0},
    [IFLA_MASTER] = {NLU_ATTR_U32, 0},
    [IFLA_QDISC] = {NLU_ATTR_TEXT, 0},
    [IFLA_IFALIAS] = {NLU_ATTR_TEXT, 0},
    [IFLA_TXQLEN] = {NLU_ATTR_U32, 0},
    [IFLA_GROUP] = {NLU_ATTR_U32, 0},
    [IFLA_PROMISCUITY] = {NLU_ATTR_U32, 0},
    [IFLA_ALLMULTI] = {NLU_ATTR_U32, 0},
    [IFLA_NUM_TX_QUEUES] = {NLU_ATTR_U32, 0},
    [IFLA_NUM_RX_QUEUES] = {NLU_ATTR_U32, 0},
    [IFLA_GSO_MAX_SIZE] = {NLU_ATTR_U32, 0},
    [IFLA_GSO_MAX_SEGS] = {NLU_ATTR_U32, 0},
    [IFLA_GRO_MAX_SIZE] = {NLU_ATTR_U32, 0},
    [IFLA_TSO_MAX_SIZE] = {NLU_ATTR_U32, 0},
    [IFLA_TSO_MAX_SEGS] = {NLU_ATTR_U32, 0},
    [IFLA_OPERSTATE] = {NLU_ATTR_U8, 0},
    [IFLA_LINKMODE] = {NLU_ATTR_U8, 0},
    [IFLA_LINKINFO] = {NLU_ATTR_NEST, 0},
    [IFLA_AF_SPEC] = {NLU_ATTR_NEST, 0},
    [IFLA_PROP_LIST] = {NLU_ATTR_NEST, 0},
    // The struct grew at its end over the years; its first twelve counters are as old as the
    // attribute.
    [IFLA_STATS64] = {NLU_ATTR_ANY, 12 * sizeof(uint64_t)},
};

static const struct nlu_attr_rule info_rules[IFLA_INFO_MAX + 1] = {
    [IFLA_INFO_KIND] = {NLU_ATTR_TEXT, 0},
    [IFLA_INFO_SLAVE_KIND] = {NLU_ATTR_TEXT, 0},
};

struct reading {
    struct nlu_arena *arena;
    const struct nlu_link_filter *filter;
    struct nlu_link *items;
    size_t count, cap;
};

static uint32_t u32_or_0(const struct nlattr *attr) {
    return attr ? nlu_attr_u32(attr) : 0;
}

static struct nlu_hwaddr hwaddr_of(const struct nlattr *attr) {
    struct nlu_hwaddr address = {0};
    if (attr && nlu_attr_size(attr) <= NLU_HWADDR_MAX) {
        address.len = (uint8_t)nlu_attr_size(attr);
        memcpy(address.bytes, nlu_attr_data(attr), address.len);
    }
    return address;
}

// Copies a text into the arena: 0 or -ENOMEM; absent gives NULL.
static int keep_text(struct nlu_arena *arena, const struct nlattr *attr, const char **ret_text) {
    if (!attr)
        return 0;
    const char *text = nlu_attr_text(attr);
    *ret_text = nlu_arena_text(arena, text, strlen(text));
    return *ret_text ? 0 : -ENOMEM;
}

// Copies a whole attribute, header included.
static int keep_attr(struct nlu_arena *arena, const struct nlattr *attr,
                     const struct nlattr **ret_attr) {
    if (!attr)
        return 0;
    void *copy = nlu_arena_alloc(arena, attr->nla_len);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, attr, attr->nla_len);
    *ret_attr = copy;
    return 0;
}

static int read_info(struct nlu_arena *arena, const struct nlattr *nest, struct nlu_link *link) {
    const struct nlattr *info[IFLA_INFO_MAX + 1];

    if (nlu_attr_parse_nest(nest, info_rules, IFLA_INFO_MAX, info) < 0)
        return -EBADMSG;
    int rc = keep_text(arena, info[IFLA_INFO_KIND], &link->kind);
    if (rc == 0)
        rc = keep_text(arena, info[IFLA_INFO_SLAVE_KIND], &link->slave_kind);
    if (rc == 0)
        rc = keep_attr(arena, info[IFLA_INFO_DATA], &link->info_data);
    if (rc == 0)
        rc = keep_attr(arena, info[IFLA_INFO_SLAVE_DATA], &link->info_slave_data);
    return rc;
}

static int read_af_spec(const struct nlattr *nest, struct nlu_link *link) {
    const struct nlattr *families[AF_INET6 + 1], *inet6[IFLA_INET6_MAX + 1];
    static const struct nlu_attr_rule rules[IFLA_INET6_MAX + 1] = {
        [IFLA_INET6_ADDR_GEN_MODE] = {NLU_ATTR_U8, 0}};

    if (nlu_attr_parse_nest(nest, NULL, AF_INET6, families) < 0)
        return -EBADMSG;
    if (!families[AF_INET6])
        return 0;
    if (nlu_attr_parse_nest(families[AF_INET6], rules, IFLA_INET6_MAX, inet6) < 0)
        return -EBADMSG;
    if (inet6[IFLA_INET6_ADDR_GEN_MODE])
        link->addr_gen_mode = nlu_attr_u8(inet6[IFLA_INET6_ADDR_GEN_MODE]);
    return 0;
}

// Alternative names come one attribute each, all of the same type: walked, not tabled.
static int read_altnames(struct nlu_arena *arena, const struct nlattr *nest,
                         struct nlu_link *link) {
    const struct nlattr *attr;
    const char **names;
    size_t count = 0;

    mnl_attr_for_each_nested(attr, nest) count++;
    names = nlu_arena_alloc(arena, (count + 1) * sizeof *names);
    if (!names)
        return -ENOMEM;
    count = 0;
    mnl_attr_for_each_nested(attr, nest) {
        if (mnl_attr_get_type(attr) != IFLA_ALT_IFNAME)
            continue;
        if (!memchr(nlu_attr_data(attr), '\0', nlu_attr_size(attr)))
            return -EBADMSG;
        if (keep_text(arena, attr, &names[count++]) < 0)
            return -ENOMEM;
    }
    link->altnames = names;
    return 0;
}

static void read_stats(const struct nlattr *attr, struct nlu_link *link) {
    struct rtnl_link_stats64 s = {0};
    size_t size = nlu_attr_size(attr) < sizeof s ? nlu_attr_size(attr) : sizeof s;

    memcpy(&s, nlu_attr_data(attr), size);
    link->has_stats = true;
    link->stats = (struct nlu_link_stats){
        .rx_packets = s.rx_packets,
        .tx_packets = s.tx_packets,
        .rx_bytes = s.rx_bytes,
        .tx_bytes = s.tx_bytes,
        .rx_errors = s.rx_errors,
        .tx_errors = s.tx_errors,
        .rx_dropped = s.rx_dropped,
        .tx_dropped = s.tx_dropped,
        .multicast = s.multicast,
        .collisions = s.collisions,
        .rx_over_errors = s.rx_over_errors,
        .tx_carrier_errors = s.tx_carrier_errors,
    };
}

// One RTM_NEWLINK message into *link.
static int read_link(const struct nlmsghdr *msg, struct nlu_arena *arena, struct nlu_link *link) {
    const struct nlattr *t[IFLA_MAX + 1];
    const struct ifinfomsg *info = nlu_msg_header(msg, sizeof *info);

    if (!info || nlu_attr_parse_msg(msg, sizeof *info, link_rules, IFLA_MAX, t) < 0 ||
        !t[IFLA_IFNAME])
        return -EBADMSG;
    *link = (struct nlu_link){
        .index = info->ifi_index,
        .type = info->ifi_type,
        .flags = info->ifi_flags,
        .mtu = u32_or_0(t[IFLA_MTU]),
        .min_mtu = u32_or_0(t[IFLA_MIN_MTU]),
        .max_mtu = u32_or_0(t[IFLA_MAX_MTU]),
        .txqlen = u32_or_0(t[IFLA_TXQLEN]),
        .group = u32_or_0(t[IFLA_GROUP]),
        .promiscuity = u32_or_0(t[IFLA_PROMISCUITY]),
        .allmulti = u32_or_0(t[IFLA_ALLMULTI]),
        .num_tx_queues = u32_or_0(t[IFLA_NUM_TX_QUEUES]),
        .num_rx_queues = u32_or_0(t[IFLA_NUM_RX_QUEUES]),
        .gso_max_size = u32_or_0(t[IFLA_GSO_MAX_SIZE]),
        .gso_max_segs = u32_or_0(t[IFLA_GSO_MAX_SEGS]),
        .gro_max_size = u32_or_0(t[IFLA_GRO_MAX_SIZE]),
        .tso_max_size = u32_or_0(t[IFLA_TSO_MAX_SIZE]),
        .tso_max_segs = u32_or_0(t[IFLA_TSO_MAX_SEGS]),
        .has_txqlen = t[IFLA_TXQLEN] != NULL,
        .has_group = t[IFLA_GROUP] != NULL,
        .has_operstate = t[IFLA_OPERSTATE] != NULL,
        .has_linkmode = t[IFLA_LINKMODE] != NULL,
        .operstate = t[IFLA_OPERSTATE] ? nlu_attr_u8(t[IFLA_OPERSTATE]) : 0,
        .linkmode = t[IFLA_LINKMODE] ? nlu_attr_u8(t[IFLA_LINKMODE]) : 0,
        .address = hwaddr_of(t[IFLA_ADDRESS]),
        .broadcast = hwaddr_of(t[IFLA_BROADCAST]),
        .link = (int)u32_or_0(t[IFLA_LINK]),
        .has_link = t[IFLA_LINK] != NULL,
        .link_netnsid = t[IFLA_LINK_NETNSID] ? (int)nlu_attr_u32(t[IFLA_LINK_NETNSID]) : -1,
        .master = (int)u32_or_0(t[IFLA_MASTER]),
        .addr_gen_mode = -1,
    };
    int rc = keep_text(arena, t[IFLA_IFNAME], &link->name);
    if (rc == 0)
        rc = keep_text(arena, t[IFLA_QDISC], &link->qdisc);
    if (rc == 0)
        rc = keep_text(arena, t[IFLA_IFALIAS], &link->alias);
    if (rc == 0)
        rc = keep_attr(arena, t[IFLA_PROTINFO], &link->protinfo);
    if (rc == 0 && t[IFLA_LINKINFO])
        rc = read_info(arena, t[IFLA_LINKINFO], link);
    if (rc == 0 && t[IFLA_AF_SPEC])
        rc = read_af_spec(t[IFLA_AF_SPEC], link);
    if (rc == 0 && t[IFLA_PROP_LIST])
        rc = read_altnames(arena, t[IFLA_PROP_LIST], link);
    if (rc == 0 && t[IFLA_STATS64])
        read_stats(t[IFLA_STATS64], link);
    return rc;
}

static bool wanted(const struct nlu_link *link, const struct nlu_link_filter *filter) {
    if (filter->kind && (!link->kind || strcmp(link->kind, filter->kind) != 0))
        return false;
    if (filter->master && link->master != filter->master)
        return false;
    return !filter->up || (link->flags & IFF_UP);
}

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_link link;

    if (msg->nlmsg_type != RTM_NEWLINK)
        return 0;
    int rc = read_link(msg, r->arena, &link);
    if (rc < 0 || !wanted(&link, r->filter))
        return rc;
    rc = nlu_arena_grow(r->arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = link;
    return rc;
}

static void forget(void *arg) {
    struct reading *r = arg;
    r->count = 0;
}

// Fills link_name and master_name, from the list itself or by asking.
static void name_references(struct nlu_nlsock *nl, struct nlu_arena *arena, struct nlu_link *items,
                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct {
            int index;
            const char **name;
        } wants[] = {
            {items[i].link_netnsid < 0 ? items[i].link : 0, &items[i].link_name},
            {items[i].master, &items[i].master_name},
        };
        for (size_t w = 0; w < NLU_COUNT(wants); w++) {
            char name[IFNAMSIZ];
            struct nlu_err ignored;
            if (wants[w].index <= 0)
                continue;
            for (size_t k = 0; k < count && !*wants[w].name; k++)
                if (items[k].index == wants[w].index)
                    *wants[w].name = items[k].name;
            // Filtered out of the list, or gone since: then the number is all there is to show.
            if (!*wants[w].name && nlu_link_name(nl, wants[w].index, name, &ignored) == 0)
                *wants[w].name = nlu_arena_text(arena, name, strlen(name));
        }
    }
}

int nlu_link_list(struct nlu_nlsock *nl, const struct nlu_link_filter *filter,
                  struct nlu_arena *arena, struct nlu_link_list *ret_list, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[512];
    struct reading r = {.arena = arena, .filter = filter};
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    int rc;

    msg->nlmsg_type = RTM_GETLINK;
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
    if (filter->name) {
        // IFLA_ALT_IFNAME finds both kinds of name.
        if (!mnl_attr_put_strz_check(msg, sizeof buf, IFLA_ALT_IFNAME, filter->name))
            return nlu_err_set(err, EMSGSIZE, "link.get", "%s", filter->name);
        rc = nlu_nlsock_ask(nl, msg, collect, &r, err);
    } else {
        rc = nlu_nlsock_dump(nl, msg, collect, forget, &r, err);
    }
    if (rc < 0)
        return nlu_err_about(err, filter->name ? "link.get" : "link.list", "%s",
                             filter->name ? filter->name : "");
    name_references(nl, arena, r.items, r.count);
    *ret_list = (struct nlu_link_list){r.items, r.count};
    return 0;
}

// --- writing
// ----------------------------------------------------------------------------------------------

static bool put_hwaddr(struct nlmsghdr *msg, uint16_t type, const struct nlu_hwaddr *address) {
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, type, address->len, address->bytes);
}

static bool put_u32(struct nlmsghdr *msg, uint16_t type, uint32_t value) {
    return mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, type, value);
}

static bool put_addr_gen_mode(struct nlmsghdr *msg, uint8_t mode) {
    struct nlattr *spec = mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, IFLA_AF_SPEC);
    struct nlattr *inet6 = spec ? mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, AF_INET6) : NULL;

    if (!inet6 || !mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, IFLA_INET6_ADDR_GEN_MODE, mode))
        return false;
    mnl_attr_nest_end(msg, inet6);
    mnl_attr_nest_end(msg, spec);
    return true;
}

// The attributes that add and set share; the header's flags are the caller's.
static bool put_common(struct nlmsghdr *msg, const struct nlu_link_spec *s) {
    const int have = s->have;

    return (!(have & NLU_LINK_MTU) || put_u32(msg, IFLA_MTU, s->mtu)) &&
           (!(have & NLU_LINK_TXQLEN) || put_u32(msg, IFLA_TXQLEN, s->txqlen)) &&
           (!(have & NLU_LINK_GROUP) || put_u32(msg, IFLA_GROUP, s->group)) &&
           (!(have & NLU_LINK_NUM_TX_QUEUES) ||
            put_u32(msg, IFLA_NUM_TX_QUEUES, s->num_tx_queues)) &&
           (!(have & NLU_LINK_NUM_RX_QUEUES) ||
            put_u32(msg, IFLA_NUM_RX_QUEUES, s->num_rx_queues)) &&
           (!(have & NLU_LINK_MASTER) || put_u32(msg, IFLA_MASTER, (uint32_t)s->master)) &&
           (!(have & NLU_LINK_LOWER) || put_u32(msg, IFLA_LINK, (uint32_t)s->lower)) &&
           (!(have & NLU_LINK_NETNS) || put_u32(msg, IFLA_NET_NS_FD, (uint32_t)s->netns)) &&
           (!(have & NLU_LINK_ADDRESS) || put_hwaddr(msg, IFLA_ADDRESS, &s->address)) &&
           (!(have & NLU_LINK_BROADCAST) || put_hwaddr(msg, IFLA_BROADCAST, &s->broadcast)) &&
           (!(have & NLU_LINK_ALIAS) ||
            mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, IFLA_IFALIAS, s->alias)) &&
           (!(have & NLU_LINK_ADDRGENMODE) || put_addr_gen_mode(msg, s->addr_gen_mode));
}

static void put_flags(struct ifinfomsg *info, const struct nlu_link_spec *s) {
    if (s->have & NLU_LINK_UP) {
        info->ifi_change |= IFF_UP;
        info->ifi_flags |= s->up ? IFF_UP : 0;
    }
    if (s->have & NLU_LINK_FLAGS) {
        info->ifi_change |= s->flags_mask;
        info->ifi_flags |= s->flags & s->flags_mask;
    }
    if (s->have & NLU_LINK_INDEX)
        info->ifi_index = s->index;
}

static bool put_peer(struct nlmsghdr *msg, const struct nlu_link_spec *peer) {
    struct nlattr *data = mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, IFLA_INFO_DATA);
    struct nlattr *nest =
        data ? mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, VETH_INFO_PEER) : NULL;

    if (!nest || msg->nlmsg_len + MNL_ALIGN(sizeof(struct ifinfomsg)) > NLU_NL_REQUEST)
        return false;
    put_flags(mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg)), peer);
    if (peer->name && !mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, IFLA_IFNAME, peer->name))
        return false;
    if (!put_common(msg, peer))
        return false;
    mnl_attr_nest_end(msg, nest);
    mnl_attr_nest_end(msg, data);
    return true;
}

static bool put_info(struct nlmsghdr *msg, const struct nlu_link_spec *s) {
    struct nlattr *info = mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, IFLA_LINKINFO);

    if (!info || !mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, IFLA_INFO_KIND, s->kind))
        return false;
    if (s->peer && !put_peer(msg, s->peer))
        return false;
    mnl_attr_nest_end(msg, info);
    return true;
}

int nlu_link_put_add(struct nlmsghdr *msg, const struct nlu_link_spec *spec) {
    msg->nlmsg_type = RTM_NEWLINK;
    msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
    put_flags(mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg)), spec);
    if (spec->name && !mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, IFLA_IFNAME, spec->name))
        return -EMSGSIZE;
    return put_common(msg, spec) && put_info(msg, spec) ? 0 : -EMSGSIZE;
}

int nlu_link_put_set(struct nlmsghdr *msg, int index, const struct nlu_link_spec *spec) {
    struct ifinfomsg *info;

    msg->nlmsg_type = RTM_NEWLINK;
    msg->nlmsg_flags = NLM_F_REQUEST;
    info = mnl_nlmsg_put_extra_header(msg, sizeof *info);
    put_flags(info, spec);
    info->ifi_index = index;
    if ((spec->have & NLU_LINK_NAME) &&
        !mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, IFLA_IFNAME, spec->name))
        return -EMSGSIZE;
    return put_common(msg, spec) ? 0 : -EMSGSIZE;
}

int nlu_link_add(struct nlu_nlsock *nl, const struct nlu_link_spec *spec, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    int rc = nlu_link_put_add(msg, spec);

    if (rc < 0)
        return nlu_err_set(err, -rc, "link.add", "%s", spec->name ? spec->name : spec->kind);
    rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc < 0)
        return nlu_err_about(err, "link.add", "%s type %s", spec->name ? spec->name : "",
                             spec->kind);
    return 0;
}

int nlu_link_set(struct nlu_nlsock *nl, const char *name, const struct nlu_link_spec *spec,
                 struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    int index = 0; // gcc at -O2 does not see that it is set on success

    int rc = nlu_link_index(nl, name, &index, err);
    if (rc == 0) {
        rc = nlu_link_put_set(msg, index, spec);
        if (rc < 0)
            return nlu_err_set(err, -rc, "link.set", "%s", name);
        rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    }
    return rc < 0 ? nlu_err_about(err, "link.set", "%s", name) : 0;
}

int nlu_link_del(struct nlu_nlsock *nl, const char *name, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[256];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *info;
    int index = 0; // gcc at -O2 does not see that it is set on success

    int rc = nlu_link_index(nl, name, &index, err);
    if (rc == 0) {
        msg->nlmsg_type = RTM_DELLINK;
        info = mnl_nlmsg_put_extra_header(msg, sizeof *info);
        info->ifi_index = index;
        rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    }
    return rc < 0 ? nlu_err_about(err, "link.del", "%s", name) : 0;
}
