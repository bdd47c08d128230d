#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

static bool attr_fits(const struct nlattr *attr, const struct nlu_attr_rule *rule) {
    size_t size = mnl_attr_get_payload_len(attr);

    switch (rule->kind) {
    case NLU_ATTR_ANY:
        return size >= rule->min;
    case NLU_ATTR_U8:
        return size >= 1;
    case NLU_ATTR_U16:
        return size >= 2;
    case NLU_ATTR_U32:
        return size >= 4;
    case NLU_ATTR_U64:
        return size >= 8;
    case NLU_ATTR_TEXT:
        return size > 0 && memchr(mnl_attr_get_payload(attr), '\0', size) != NULL;
    case NLU_ATTR_NEST:
        // An empty nest is legal; what is in it is checked when it is parsed.
        return true;
    case NLU_ATTR_IP:
        return size == 4 || size == 16;
    case NLU_ATTR_MAC:
        return size == NLU_MAC_LEN;
    }
    return false;
}

int nlu_attr_parse(const void *bytes, size_t size, const struct nlu_attr_rule *rules, uint16_t max,
                   const struct nlattr **table) {
    const char *p = bytes;

    for (size_t i = 0; i <= max; i++)
        table[i] = NULL;
    // Not mnl_attr_parse: its callbacks cannot say which attribute was bad, and trailing bytes that
    // are no attribute are passed over in silence.
    while (size >= sizeof(struct nlattr)) {
        const struct nlattr *attr = (const struct nlattr *)p;
        if (!mnl_attr_ok(attr, size > INT32_MAX ? INT32_MAX : (int)size))
            return -EBADMSG;
        uint16_t type = mnl_attr_get_type(attr);
        if (type <= max) {
            if (rules && !attr_fits(attr, &rules[type]))
                return -EBADMSG;
            table[type] = attr;
        }
        size_t step = MNL_ALIGN(attr->nla_len);
        if (step >= size)
            return 0;
        p += step;
        size -= step;
    }
    return size ? -EBADMSG : 0;
}

const void *nlu_msg_header(const struct nlmsghdr *msg, size_t header) {
    return msg->nlmsg_len >= MNL_NLMSG_HDRLEN + header ? mnl_nlmsg_get_payload(msg) : NULL;
}

int nlu_attr_parse_msg(const struct nlmsghdr *msg, size_t header, const struct nlu_attr_rule *rules,
                       uint16_t max, const struct nlattr **table) {
    size_t at = MNL_NLMSG_HDRLEN + MNL_ALIGN(header);

    if (msg->nlmsg_len < MNL_NLMSG_HDRLEN + header)
        return -EBADMSG;
    if (msg->nlmsg_len <= at)
        return nlu_attr_parse("", 0, rules, max, table);
    return nlu_attr_parse((const char *)msg + at, msg->nlmsg_len - at, rules, max, table);
}

int nlu_attr_parse_nest(const struct nlattr *nest, const struct nlu_attr_rule *rules, uint16_t max,
                        const struct nlattr **table) {
    return nlu_attr_parse(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), rules, max,
                          table);
}

static uint64_t host_integer(const struct nlattr *attr, size_t size) {
    uint64_t value = 0;
    // Netlink integers are in host order; narrowing by copying would depend on that order, so each
    // width has its own load.
    switch (size) {
    case 1: {
        uint8_t v;
        memcpy(&v, mnl_attr_get_payload(attr), sizeof v);
        return v;
    }
    case 2: {
        uint16_t v;
        memcpy(&v, mnl_attr_get_payload(attr), sizeof v);
        return v;
    }
    case 4: {
        uint32_t v;
        memcpy(&v, mnl_attr_get_payload(attr), sizeof v);
        return v;
    }
    default:
        memcpy(&value, mnl_attr_get_payload(attr), sizeof value);
        return value;
    }
}

uint8_t nlu_attr_u8(const struct nlattr *attr) {
    return (uint8_t)host_integer(attr, 1);
}

uint16_t nlu_attr_u16(const struct nlattr *attr) {
    return (uint16_t)host_integer(attr, 2);
}

uint32_t nlu_attr_u32(const struct nlattr *attr) {
    return (uint32_t)host_integer(attr, 4);
}

uint64_t nlu_attr_u64(const struct nlattr *attr) {
    return host_integer(attr, 8);
}

uint16_t nlu_attr_be16(const struct nlattr *attr) {
    const uint8_t *p = mnl_attr_get_payload(attr);
    return (uint16_t)(p[0] << 8 | p[1]);
}

const char *nlu_attr_text(const struct nlattr *attr) {
    return mnl_attr_get_str(attr);
}

struct nlu_ip nlu_attr_ip(const struct nlattr *attr) {
    return nlu_ip_from(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
}

size_t nlu_attr_size(const struct nlattr *attr) {
    return mnl_attr_get_payload_len(attr);
}

const void *nlu_attr_data(const struct nlattr *attr) {
    return mnl_attr_get_payload(attr);
}

#define NAME(attr) [attr] = #attr

static const char *const link_names[] = {
    NAME(IFLA_ADDRESS),       NAME(IFLA_BROADCAST),     NAME(IFLA_IFNAME),
    NAME(IFLA_MTU),           NAME(IFLA_LINK),          NAME(IFLA_QDISC),
    NAME(IFLA_MASTER),        NAME(IFLA_TXQLEN),        NAME(IFLA_OPERSTATE),
    NAME(IFLA_LINKMODE),      NAME(IFLA_LINKINFO),      NAME(IFLA_NET_NS_PID),
    NAME(IFLA_IFALIAS),       NAME(IFLA_AF_SPEC),       NAME(IFLA_GROUP),
    NAME(IFLA_NET_NS_FD),     NAME(IFLA_PROTINFO),      NAME(IFLA_PROMISCUITY),
    NAME(IFLA_NUM_TX_QUEUES), NAME(IFLA_NUM_RX_QUEUES), NAME(IFLA_PROP_LIST),
    NAME(IFLA_ALT_IFNAME),    NAME(IFLA_LINK_NETNSID),  NAME(IFLA_TARGET_NETNSID),
    NAME(IFLA_EXT_MASK),
};
static const char *const addr_names[] = {
    NAME(IFA_ADDRESS), NAME(IFA_LOCAL),     NAME(IFA_LABEL), NAME(IFA_BROADCAST),
    NAME(IFA_ANYCAST), NAME(IFA_CACHEINFO), NAME(IFA_FLAGS), NAME(IFA_RT_PRIORITY),
};
static const char *const route_names[] = {
    NAME(RTA_DST),       NAME(RTA_SRC),      NAME(RTA_IIF),        NAME(RTA_OIF),
    NAME(RTA_GATEWAY),   NAME(RTA_PRIORITY), NAME(RTA_PREFSRC),    NAME(RTA_METRICS),
    NAME(RTA_MULTIPATH), NAME(RTA_FLOW),     NAME(RTA_TABLE),      NAME(RTA_MARK),
    NAME(RTA_VIA),       NAME(RTA_PREF),     NAME(RTA_ENCAP_TYPE), NAME(RTA_ENCAP),
    NAME(RTA_EXPIRES),   NAME(RTA_UID),      NAME(RTA_NH_ID),      NAME(RTA_IP_PROTO),
    NAME(RTA_SPORT),     NAME(RTA_DPORT),
};
static const char *const neigh_names[] = {
    NAME(NDA_DST),       NAME(NDA_LLADDR), NAME(NDA_PROBES),
    NAME(NDA_VLAN),      NAME(NDA_PORT),   NAME(NDA_VNI),
    NAME(NDA_IFINDEX),   NAME(NDA_MASTER), NAME(NDA_NDM_STATE_MASK),
    NAME(NDA_FLAGS_EXT),
};

static const char *const rule_names[] = {
    NAME(FRA_DST),         NAME(FRA_SRC),
    NAME(FRA_IIFNAME),     NAME(FRA_GOTO),
    NAME(FRA_PRIORITY),    NAME(FRA_FWMARK),
    NAME(FRA_FLOW),        NAME(FRA_TUN_ID),
    NAME(FRA_TABLE),       NAME(FRA_SUPPRESS_IFGROUP),
    NAME(FRA_FWMASK),      NAME(FRA_SUPPRESS_PREFIXLEN),
    NAME(FRA_OIFNAME),     NAME(FRA_L3MDEV),
    NAME(FRA_UID_RANGE),   NAME(FRA_PROTOCOL),
    NAME(FRA_IP_PROTO),    NAME(FRA_SPORT_RANGE),
    NAME(FRA_DPORT_RANGE),
};
static const char *const nexthop_names[] = {
    NAME(NHA_ID),     NAME(NHA_GROUP),   NAME(NHA_GROUP_TYPE), NAME(NHA_BLACKHOLE),
    NAME(NHA_OIF),    NAME(NHA_GATEWAY), NAME(NHA_ENCAP_TYPE), NAME(NHA_ENCAP),
    NAME(NHA_GROUPS), NAME(NHA_MASTER),  NAME(NHA_FDB),        NAME(NHA_RES_GROUP),
};

// A family of messages: its GET, SET, NEW and DEL share header and attributes.
struct family {
    uint16_t first;
    uint16_t header;
    const char *const *names;
    uint16_t count;
};

#define FAMILY(first, type, names)                                                                 \
    { first, sizeof(type), names, NLU_COUNT(names) }

static const struct family families[] = {
    FAMILY(RTM_NEWLINK, struct ifinfomsg, link_names),
    FAMILY(RTM_NEWADDR, struct ifaddrmsg, addr_names),
    FAMILY(RTM_NEWROUTE, struct rtmsg, route_names),
    FAMILY(RTM_NEWNEIGH, struct ndmsg, neigh_names),
    FAMILY(RTM_NEWRULE, struct fib_rule_hdr, rule_names),
    FAMILY(RTM_NEWNEXTHOP, struct nhmsg, nexthop_names),
};

static const struct family *family_of(uint16_t msg_type) {
    // linux/rtnetlink.h numbers the four messages of a family in one block of four.
    for (size_t i = 0; i < NLU_COUNT(families); i++)
        if (msg_type >= families[i].first && msg_type < families[i].first + 4)
            return &families[i];
    return NULL;
}

const char *nlu_attr_name(uint16_t msg_type, uint16_t attr_type) {
    const struct family *f = family_of(msg_type);
    attr_type &= NLA_TYPE_MASK;
    return f && attr_type < f->count ? f->names[attr_type] : NULL;
}

size_t nlu_msg_header_size(uint16_t msg_type) {
    const struct family *f = family_of(msg_type);
    return f ? f->header : 0;
}

// The name of the top-level attribute of `request` in which byte `offset` lies.
static const char *attr_at(const struct nlmsghdr *request, uint32_t offset) {
    size_t header = nlu_msg_header_size(request->nlmsg_type);
    size_t at = MNL_NLMSG_HDRLEN + MNL_ALIGN(header);

    if (!header)
        return NULL;
    while (at + sizeof(struct nlattr) <= request->nlmsg_len) {
        const struct nlattr *attr = (const struct nlattr *)((const char *)request + at);
        size_t step = MNL_ALIGN(attr->nla_len);
        if (attr->nla_len < sizeof *attr || attr->nla_len > request->nlmsg_len - at)
            return NULL;
        if (offset >= at && offset < at + step)
            return nlu_attr_name(request->nlmsg_type, mnl_attr_get_type(attr));
        at += step;
    }
    return NULL;
}

int nlu_extack_parse(const struct nlmsghdr *msg, const struct nlmsghdr *request,
                     struct nlu_err *err) {
    static const struct nlu_attr_rule rules[NLMSGERR_ATTR_MAX + 1] = {
        [NLMSGERR_ATTR_MSG] = {NLU_ATTR_TEXT, 0},
        [NLMSGERR_ATTR_OFFS] = {NLU_ATTR_U32, 0},
        [NLMSGERR_ATTR_COOKIE] = {NLU_ATTR_ANY, 0},
        [NLMSGERR_ATTR_POLICY] = {NLU_ATTR_NEST, 0},
        [NLMSGERR_ATTR_MISS_TYPE] = {NLU_ATTR_U32, 0},
        [NLMSGERR_ATTR_MISS_NEST] = {NLU_ATTR_U32, 0},
    };
    const struct nlattr *table[NLMSGERR_ATTR_MAX + 1];
    size_t payload = mnl_nlmsg_get_payload_len(msg);
    const char *bytes = mnl_nlmsg_get_payload(msg);
    size_t skip = sizeof(int);
    int error;

    memset(err, 0, sizeof *err);
    err->errnum = EBADMSG;
    if (msg->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof error)
        return -EBADMSG;
    memcpy(&error, bytes, sizeof error);
    if (error > 0 || error < -4095)
        return -EBADMSG;
    if (msg->nlmsg_type == NLMSG_ERROR) {
        struct nlmsghdr echo;
        skip = sizeof(struct nlmsgerr);
        if (payload < skip)
            return -EBADMSG;
        memcpy(&echo, bytes + sizeof error, sizeof echo);
        // The request comes back in full unless the kernel says that it capped it.
        if (!(msg->nlmsg_flags & NLM_F_CAPPED)) {
            if (echo.nlmsg_len < sizeof echo)
                return -EBADMSG;
            skip += MNL_ALIGN((size_t)echo.nlmsg_len - sizeof echo);
        }
    } else if (msg->nlmsg_type != NLMSG_DONE) {
        return -EBADMSG;
    }
    err->errnum = -error;
    if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
        return error;
    if (skip > payload ||
        nlu_attr_parse(bytes + skip, payload - skip, rules, NLMSGERR_ATTR_MAX, table) < 0) {
        err->errnum = EBADMSG;
        return -EBADMSG;
    }
    if (table[NLMSGERR_ATTR_MSG])
        snprintf(err->kernel, sizeof err->kernel, "%s", nlu_attr_text(table[NLMSGERR_ATTR_MSG]));
    const char *name = NULL;
    if (request && table[NLMSGERR_ATTR_OFFS])
        name = attr_at(request, nlu_attr_u32(table[NLMSGERR_ATTR_OFFS]));
    if (request && !name && table[NLMSGERR_ATTR_MISS_TYPE])
        name = nlu_attr_name(request->nlmsg_type,
                             (uint16_t)nlu_attr_u32(table[NLMSGERR_ATTR_MISS_TYPE]));
    if (name)
        snprintf(err->attr, sizeof err->attr, "%s", name);
    return error;
}
