// Links as the kernel reports them: RTM_NEWLINK messages into structs, rtnetlink(7).
#include "link.h"

#include "nlcodec.h"

#include <errno.h>
#include <grp.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// Younger than the headers of Debian 12 (Linux 6.3).
enum {
    NLU_IFLA_GSO_IPV4_MAX_SIZE = 63,
    NLU_IFLA_GRO_IPV4_MAX_SIZE = 64,
    NLU_IFLA_MAX = 64,
};
_Static_assert((int)NLU_IFLA_MAX >= (int)IFLA_ALLMULTI, "the table holds what is read");

static const struct nlu_attr_rule link_rules[NLU_IFLA_MAX + 1] = {
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
    [IFLA_PROTO_DOWN] = {NLU_ATTR_U8, 0},
    [IFLA_CARRIER_CHANGES] = {NLU_ATTR_U32, 0},
    [IFLA_PARENT_DEV_NAME] = {NLU_ATTR_TEXT, 0},
    [IFLA_PARENT_DEV_BUS_NAME] = {NLU_ATTR_TEXT, 0},
    [NLU_IFLA_GSO_IPV4_MAX_SIZE] = {NLU_ATTR_U32, 0},
    [NLU_IFLA_GRO_IPV4_MAX_SIZE] = {NLU_ATTR_U32, 0},
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
        .rx_length_errors = s.rx_length_errors,
        .rx_crc_errors = s.rx_crc_errors,
        .rx_frame_errors = s.rx_frame_errors,
        .rx_fifo_errors = s.rx_fifo_errors,
        .rx_missed_errors = s.rx_missed_errors,
        .tx_aborted_errors = s.tx_aborted_errors,
        .tx_fifo_errors = s.tx_fifo_errors,
        .tx_heartbeat_errors = s.tx_heartbeat_errors,
        .tx_window_errors = s.tx_window_errors,
        .rx_compressed = s.rx_compressed,
        .tx_compressed = s.tx_compressed,
        .rx_nohandler = s.rx_nohandler,
        .rx_otherhost_dropped = s.rx_otherhost_dropped,
    };
}

int nlu_link_parse(const struct nlmsghdr *msg, struct nlu_arena *arena, struct nlu_link *link) {
    const struct nlattr *t[NLU_IFLA_MAX + 1];
    const struct ifinfomsg *info = nlu_msg_header(msg, sizeof *info);

    if (!info || nlu_attr_parse_msg(msg, sizeof *info, link_rules, NLU_IFLA_MAX, t) < 0 ||
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
        .gso_ipv4_max_size = u32_or_0(t[NLU_IFLA_GSO_IPV4_MAX_SIZE]),
        .gro_ipv4_max_size = u32_or_0(t[NLU_IFLA_GRO_IPV4_MAX_SIZE]),
        .has_txqlen = t[IFLA_TXQLEN] != NULL,
        .has_allmulti = t[IFLA_ALLMULTI] != NULL,
        .has_carrier_changes = t[IFLA_CARRIER_CHANGES] != NULL,
        .carrier_changes = u32_or_0(t[IFLA_CARRIER_CHANGES]),
        .proto_down = t[IFLA_PROTO_DOWN] && nlu_attr_u8(t[IFLA_PROTO_DOWN]),
        .perm_address = hwaddr_of(t[IFLA_PERM_ADDRESS]),
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
        rc = keep_text(arena, t[IFLA_PARENT_DEV_NAME], &link->parent_dev);
    if (rc == 0)
        rc = keep_text(arena, t[IFLA_PARENT_DEV_BUS_NAME], &link->parent_bus);
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

// "bridge_slave" asks for the ports of bridges, any other word for links of that kind.
static bool is_kind(const struct nlu_link *link, const char *kind) {
    const size_t len = strlen(kind);
    static const char suffix[] = "_slave";

    if (link->kind && strcmp(link->kind, kind) == 0)
        return true;
    return link->slave_kind && len == strlen(link->slave_kind) + sizeof suffix - 1 &&
           strncmp(kind, link->slave_kind, len - (sizeof suffix - 1)) == 0 &&
           strcmp(kind + len - (sizeof suffix - 1), suffix) == 0;
}

static bool wanted(const struct nlu_link *link, const struct nlu_link_filter *filter) {
    if (filter->kind && !is_kind(link, filter->kind))
        return false;
    if (filter->master && link->master != filter->master)
        return false;
    if (filter->no_master && link->master)
        return false;
    if (filter->has_group && link->group != filter->group)
        return false;
    return !filter->up || (link->flags & IFF_UP);
}

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_link link;

    if (msg->nlmsg_type != RTM_NEWLINK)
        return 0;
    int rc = nlu_link_parse(msg, r->arena, &link);
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

// Looks for other links, among those just read or by asking.
struct lookup {
    struct nlu_nlsock *nl;
    struct nlu_arena *arena;
    const struct nlu_link *items;
    size_t count, last; // the ports of one bridge ask for the same name again and again
    bool failed;
};

static const struct nlu_link *find(struct lookup *l, int index) {
    if (l->last < l->count && l->items[l->last].index == index)
        return &l->items[l->last];
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].index == index) {
            l->last = i;
            return &l->items[i];
        }
    return NULL;
}

static const char *find_name(void *arg, int index) {
    struct lookup *l = arg;
    const struct nlu_link *link = find(l, index);
    char name[IFNAMSIZ];
    struct nlu_err ignored;

    if (link)
        return link->name;
    // Filtered out of the list, or gone since: then the number is all there is to show.
    if (nlu_link_name(l->nl, index, name, &ignored) < 0)
        return NULL;
    const char *copy = nlu_arena_text(l->arena, name, strlen(name));
    l->failed |= !copy;
    return copy;
}

static const char *find_account(void *arg, uint32_t id, bool group) {
    (void)arg;
    if (group) {
        const struct group *g = getgrgid(id);
        return g ? g->gr_name : NULL;
    }
    const struct passwd *p = getpwuid(id);
    return p ? p->pw_name : NULL;
}

static bool is_up(struct lookup *l, int index, const char *name) {
    const struct nlu_link *link = find(l, index);
    struct ifreq request = {0};

    if (link)
        return link->flags & IFF_UP;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    return ioctl(l->nl->fd, SIOCGIFFLAGS, &request) < 0 || (request.ifr_flags & IFF_UP);
}

static void complete(struct lookup *l, struct nlu_link *link, struct nlu_tree *tree) {
    const struct nlu_link_names names = {.name = find_name, .account = find_account, .arg = l};
    const struct nlu_link_kind *kind = link->kind ? nlu_link_kind_find(link->kind) : NULL;
    char slave[NLU_LINK_KIND + sizeof "_slave"];

    if (link->link > 0 && link->link_netnsid < 0) {
        link->link_name = find_name(l, link->link);
        link->lower_down = link->link_name && !is_up(l, link->link, link->link_name);
    }
    if (link->master > 0)
        link->master_name = find_name(l, link->master);
    if (kind)
        link->info = nlu_link_kind_read(kind, link->info_data, &names, tree);
    if (!link->slave_kind)
        return;
    snprintf(slave, sizeof slave, "%.*s_slave", NLU_LINK_KIND, link->slave_kind);
    kind = nlu_link_kind_find(slave);
    if (kind)
        link->slave_info = nlu_link_kind_read(kind, link->info_slave_data, &names, tree);
}

int nlu_link_complete(struct nlu_nlsock *nl, struct nlu_arena *arena, struct nlu_link *items,
                      size_t count) {
    struct lookup l = {.nl = nl, .arena = arena, .items = items, .count = count};
    struct nlu_tree tree = {.arena = arena};

    for (size_t i = 0; i < count; i++)
        complete(&l, &items[i], &tree);
    return l.failed || tree.failed ? -ENOMEM : 0;
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
        // The kernel leaves out what has another master; older ones send all: `wanted` looks again.
        if (filter->master)
            mnl_attr_put_u32(msg, IFLA_MASTER, (uint32_t)filter->master);
        rc = nlu_nlsock_dump(nl, msg, collect, forget, &r, err);
    }
    if (rc < 0)
        return nlu_err_about(err, filter->name ? "link.get" : "link.list", "%s",
                             filter->name ? filter->name : "");
    rc = nlu_link_complete(nl, arena, r.items, r.count);
    if (rc < 0)
        return nlu_err_set(err, -rc, "link.list", "%s", filter->name ? filter->name : "all");
    *ret_list = (struct nlu_link_list){r.items, r.count};
    return 0;
}
