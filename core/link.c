// Interfaces: finding, making, changing, removing. ip-link(8), rtnetlink(7).
#include "link.h"

#include "feature.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// --- index and name ------------------------------------------------------------------------------

static int take_index(const struct nlmsghdr *msg, void *arg) {
    const struct ifinfomsg *info = nlu_msg_header(msg, sizeof *info);

    if (info && msg->nlmsg_type == RTM_NEWLINK)
        *(int *)arg = info->ifi_index;
    return 0;
}

static int index_of_altname(struct nlu_nlsock *nl, const char *name, int *ret_index,
                            struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[512];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    int index = 0;

    msg->nlmsg_type = RTM_GETLINK;
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
    if (!mnl_attr_put_strz_check(msg, sizeof buf, IFLA_ALT_IFNAME, name))
        return nlu_err_set(err, ENODEV, "link.get", "%s", name);
    int rc = nlu_nlsock_ask(nl, msg, take_index, &index, err);
    if (rc < 0)
        return nlu_err_about(err, "link.get", "%s", name);
    if (!index)
        return nlu_err_set(err, ENODEV, "link.get", "%s", name);
    *ret_index = index;
    return 0;
}

int nlu_link_index(struct nlu_nlsock *nl, const char *name, int *ret_index, struct nlu_err *err) {
    struct ifreq request = {0};

    // Alternative names may be longer than an ioctl can say, and it stops reading at a colon.
    if (strlen(name) >= IFNAMSIZ || strchr(name, ':'))
        return index_of_altname(nl, name, ret_index, err);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    // Answered in the socket's own namespace, and a tenth of a message's price.
    if (ioctl(nl->fd, SIOCGIFINDEX, &request) < 0)
        return nlu_err_set(err, errno, "link.get", "%s", name);
    *ret_index = request.ifr_ifindex;
    return 0;
}

int nlu_link_name(struct nlu_nlsock *nl, int index, char ret_name[IFNAMSIZ], struct nlu_err *err) {
    struct ifreq request = {.ifr_ifindex = index};

    if (ioctl(nl->fd, SIOCGIFNAME, &request) < 0)
        return nlu_err_set(err, errno, "link.get", "index %d", index);
    memcpy(ret_name, request.ifr_name, IFNAMSIZ);
    ret_name[IFNAMSIZ - 1] = '\0';
    return 0;
}

// --- writing -------------------------------------------------------------------------------------

static bool put_hwaddr(struct nlmsghdr *msg, uint16_t type, const struct nlu_hwaddr *address) {
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, type, address->len, address->bytes);
}

static bool put_u32(struct nlmsghdr *msg, uint16_t type, uint32_t value) {
    return mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, type, value);
}

static bool put_u8(struct nlmsghdr *msg, uint16_t type, uint8_t value) {
    return mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, type, value);
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
           (!(have & NLU_LINK_ADDRGENMODE) || put_addr_gen_mode(msg, s->addr_gen_mode)) &&
           (!(have & NLU_LINK_LINKMODE) || put_u8(msg, IFLA_LINKMODE, s->linkmode)) &&
           (!(have & NLU_LINK_OPERSTATE) || put_u8(msg, IFLA_OPERSTATE, s->operstate)) &&
           (!(have & NLU_LINK_PROTODOWN) || put_u8(msg, IFLA_PROTO_DOWN, s->proto_down)) &&
           (!(have & NLU_LINK_CARRIER) || put_u8(msg, IFLA_CARRIER, s->carrier)) &&
           (!(have & NLU_LINK_GSO_MAX_SIZE) || put_u32(msg, IFLA_GSO_MAX_SIZE, s->gso_max_size)) &&
           (!(have & NLU_LINK_GSO_MAX_SEGS) || put_u32(msg, IFLA_GSO_MAX_SEGS, s->gso_max_segs)) &&
           (!(have & NLU_LINK_GRO_MAX_SIZE) || put_u32(msg, IFLA_GRO_MAX_SIZE, s->gro_max_size));
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

// Options as nlu_link_kind_write has left them.
static bool put_data(struct nlmsghdr *msg, const struct nlu_link_spec *s) {
    return mnl_attr_put_check(msg, NLU_NL_REQUEST,
                              NLA_F_NESTED | (s->for_slave ? IFLA_INFO_SLAVE_DATA : IFLA_INFO_DATA),
                              s->data.size, s->data.bytes);
}

static bool put_info(struct nlmsghdr *msg, const struct nlu_link_spec *s) {
    struct nlattr *info = mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, IFLA_LINKINFO);

    // A port's options belong to its master, whose kind the kernel knows.
    if (!info ||
        (!s->for_slave && !mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, IFLA_INFO_KIND, s->kind)))
        return false;
    if (s->peer && !put_peer(msg, s->peer))
        return false;
    if (s->data.size && !put_data(msg, s))
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
    if (spec->data.size && !put_info(msg, spec))
        return -EMSGSIZE;
    return put_common(msg, spec) ? 0 : -EMSGSIZE;
}

static const char lack[] = "this kernel's %s has no %s: it needs %s";

// A kernel that knows an option reports it; one built without it says nothing, and has ignored it.
static int prove(struct nlu_nlsock *nl, const char *name, const struct nlu_link_spec *spec,
                 const char *op, struct nlu_err *err) {
    const struct nlu_link_filter filter = {.name = name};
    const struct nlattr *data = NULL;
    struct nlu_arena arena = {0};
    struct nlu_link_list list;
    bool known = false;

    int rc = nlu_link_list(nl, &filter, &arena, &list, err);
    if (rc == 0 && list.count)
        data = list.items[0].info_data;
    const struct nlattr *table[NLU_LINK_PROOF_ATTR + 1];
    if (data && nlu_attr_parse_nest(data, NULL, NLU_LINK_PROOF_ATTR, table) == 0)
        known = spec->data.proof_attr <= NLU_LINK_PROOF_ATTR && table[spec->data.proof_attr];
    nlu_arena_free(&arena);
    if (rc < 0 || known)
        return rc;
    nlu_err_set(err, EOPNOTSUPP, op, "%s type %s %s", name, spec->kind, spec->data.proof_word);
    return nlu_err_hint(err, lack, spec->kind, spec->data.proof_word, spec->data.proof_config);
}

// What EOPNOTSUPP means: an option or a kind that this kernel was built without. Drivers say it,
// too, but then in their own words.
static void explain_lack(struct nlu_err *err, int rc, const struct nlu_link_spec *spec) {
    if (rc != -EOPNOTSUPP)
        return;
    if (*err->kernel ? strcmp(err->kernel, "Unknown device type") == 0
                     : spec->kind && !spec->data.size)
        (void)nlu_feature_hint(err, NLU_FEATURE_LINK, spec->kind);
    else if (!*err->kernel && spec->data.proof_word)
        (void)nlu_err_hint(err, lack, spec->kind, spec->data.proof_word, spec->data.proof_config);
}

// The kernel takes IFLA_AF_SPEC only for a link that is there already (EAFNOSUPPORT at birth), and
// a link that comes up first has its IPv6 address by then: both are said afterwards.
static int say_late(struct nlu_nlsock *nl, const struct nlu_link_spec *spec, struct nlu_err *err) {
    const struct nlu_link_spec late = {.have = spec->have & (NLU_LINK_ADDRGENMODE | NLU_LINK_UP),
                                       .addr_gen_mode = spec->addr_gen_mode,
                                       .up = spec->up};
    struct nlu_nlsock there = {.fd = NLU_NO_FD};

    if (!(spec->have & NLU_LINK_ADDRGENMODE))
        return 0;
    if (!spec->name)
        return nlu_err_set(err, EINVAL, "link.add", "addrgenmode of a link without a name");
    if (!(spec->have & NLU_LINK_NETNS))
        return nlu_link_set(nl, spec->name, &late, err);
    int rc = nlu_nlsock_open(&there, spec->netns, NETLINK_ROUTE, err);
    if (rc == 0)
        rc = nlu_link_set(&there, spec->name, &late, err);
    nlu_nlsock_close(&there);
    return rc;
}

static void take_back(struct nlu_nlsock *nl, const struct nlu_link_spec *spec) {
    struct nlu_nlsock there = {.fd = NLU_NO_FD};
    struct nlu_err ignored;

    if (!(spec->have & NLU_LINK_NETNS))
        (void)!nlu_link_del(nl, spec->name, &ignored);
    else if (nlu_nlsock_open(&there, spec->netns, NETLINK_ROUTE, &ignored) == 0)
        (void)!nlu_link_del(&there, spec->name, &ignored);
    nlu_nlsock_close(&there);
}

int nlu_link_add(struct nlu_nlsock *nl, const struct nlu_link_spec *spec, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct nlu_link_spec first = *spec, peer;

    if (spec->have & NLU_LINK_ADDRGENMODE)
        first.have &= ~(NLU_LINK_ADDRGENMODE | NLU_LINK_UP);
    if (spec->peer) {
        peer = *spec->peer;
        peer.have &= ~NLU_LINK_ADDRGENMODE;
        first.peer = &peer;
    }
    int rc = nlu_link_put_add(msg, &first);
    if (rc < 0)
        return nlu_err_set(err, -rc, "link.add", "%s", spec->name ? spec->name : spec->kind);
    rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc < 0) {
        nlu_err_about(err, "link.add", "%s type %s", spec->name ? spec->name : "", spec->kind);
        explain_lack(err, rc, spec);
        return rc;
    }
    if (!spec->name)
        return 0;
    if (spec->data.proof_word && !(spec->have & NLU_LINK_NETNS))
        rc = prove(nl, spec->name, spec, "link.add", err);
    if (rc == 0)
        rc = say_late(nl, spec, err);
    if (rc == 0 && spec->peer)
        rc = say_late(nl, spec->peer, err);
    if (rc < 0) {
        nlu_err_about(err, "link.add", "%s type %s", spec->name, spec->kind);
        take_back(nl, spec);
    }
    return rc;
}

int nlu_link_set(struct nlu_nlsock *nl, const char *name, const struct nlu_link_spec *spec,
                 struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    int index = 0; // gcc at -O2 does not see that it is set on success

    int rc = nlu_link_index(nl, name, &index, err);
    if (rc == 0 && spec->data.proof_word) {
        rc = prove(nl, name, spec, "link.set", err);
        if (rc < 0)
            return rc;
    }
    if (rc == 0) {
        rc = nlu_link_put_set(msg, index, spec);
        if (rc < 0)
            return nlu_err_set(err, -rc, "link.set", "%s", name);
        rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
        if (rc < 0)
            explain_lack(err, rc, spec);
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

int nlu_link_altnames(struct nlu_nlsock *nl, const char *name, bool add,
                      const char *const *altnames, struct nlu_err *err) {
    const char *op = add ? "link.property_add" : "link.property_del";
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    int index = 0; // gcc at -O2 does not see that it is set on success

    int rc = nlu_link_index(nl, name, &index, err);
    if (rc < 0)
        return nlu_err_about(err, op, "%s", name);
    msg->nlmsg_type = add ? RTM_NEWLINKPROP : RTM_DELLINKPROP;
    msg->nlmsg_flags = add ? NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND : 0;
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof *info);
    info->ifi_index = index;
    struct nlattr *list = mnl_attr_nest_start_check(msg, sizeof buf, IFLA_PROP_LIST);
    bool fits = list != NULL;
    for (; fits && *altnames; altnames++)
        fits = mnl_attr_put_strz_check(msg, sizeof buf, IFLA_ALT_IFNAME, *altnames);
    if (!fits)
        return nlu_err_set(err, EMSGSIZE, op, "%s", name);
    mnl_attr_nest_end(msg, list);
    rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    return rc < 0 ? nlu_err_about(err, op, "%s", name) : 0;
}
