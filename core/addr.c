#include "addr.h"

#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// Linux 5.18; Debian 12's headers have it, older ones number it the same.
enum { ATTR_IFA_PROTO = 11, ATTR_MAX = 11 };

static const struct nlu_attr_rule rules[ATTR_MAX + 1] = {
    [IFA_ADDRESS] = {NLU_ATTR_IP, 0},
    [IFA_LOCAL] = {NLU_ATTR_IP, 0},
    [IFA_BROADCAST] = {NLU_ATTR_IP, 0},
    [IFA_ANYCAST] = {NLU_ATTR_IP, 0},
    [IFA_LABEL] = {NLU_ATTR_TEXT, 0},
    [IFA_CACHEINFO] = {NLU_ATTR_ANY, sizeof(struct ifa_cacheinfo)},
    [IFA_FLAGS] = {NLU_ATTR_U32, 0},
    [IFA_RT_PRIORITY] = {NLU_ATTR_U32, 0},
    [ATTR_IFA_PROTO] = {NLU_ATTR_U8, 0},
};

size_t nlu_addr_flag_names(const struct nlu_addr *addr, const char **names, size_t max) {
    static const struct {
        uint32_t flag;
        const char *name;
    } known[] = {
        {IFA_F_SECONDARY, "secondary"}, // "temporary" for IPv6, which shares the bit
        {IFA_F_NODAD, "nodad"},
        {IFA_F_OPTIMISTIC, "optimistic"},
        {IFA_F_DADFAILED, "dadfailed"},
        {IFA_F_HOMEADDRESS, "home"},
        {IFA_F_DEPRECATED, "deprecated"},
        {IFA_F_TENTATIVE, "tentative"},
        {IFA_F_PERMANENT, "dynamic"}, // told by its absence
        {IFA_F_MANAGETEMPADDR, "mngtmpaddr"},
        {IFA_F_NOPREFIXROUTE, "noprefixroute"},
        {IFA_F_MCAUTOJOIN, "autojoin"},
        {IFA_F_STABLE_PRIVACY, "stable-privacy"},
    };
    size_t count = 0;

    for (size_t i = 0; i < NLU_COUNT(known) && count < max; i++) {
        bool set = (addr->flags & known[i].flag) != 0;
        if (known[i].flag == IFA_F_PERMANENT)
            set = !set;
        if (!set)
            continue;
        bool temporary = known[i].flag == IFA_F_SECONDARY && addr->local.family == AF_INET6;
        names[count++] = temporary ? "temporary" : known[i].name;
    }
    return count;
}

int nlu_addr_parse(const struct nlmsghdr *msg, struct nlu_addr *ret_addr) {
    const struct nlattr *t[ATTR_MAX + 1];
    const struct ifaddrmsg *head = nlu_msg_header(msg, sizeof *head);

    if (!head || nlu_attr_parse_msg(msg, sizeof *head, rules, ATTR_MAX, t) < 0 ||
        !(t[IFA_ADDRESS] || t[IFA_LOCAL]))
        return -EBADMSG;
    struct nlu_addr a = {
        .index = (int)head->ifa_index,
        .prefix_len = head->ifa_prefixlen,
        .scope = head->ifa_scope,
        .flags = t[IFA_FLAGS] ? nlu_attr_u32(t[IFA_FLAGS]) : head->ifa_flags,
        .valid_lft = NLU_ADDR_FOREVER,
        .preferred_lft = NLU_ADDR_FOREVER,
    };
    // IFA_LOCAL is missing for plain IPv6 addresses; where both are there and differ, IFA_ADDRESS
    // is the peer's (ip-address(8), rtnetlink(7)).
    a.local = nlu_attr_ip(t[IFA_LOCAL] ? t[IFA_LOCAL] : t[IFA_ADDRESS]);
    if (t[IFA_LOCAL] && t[IFA_ADDRESS]) {
        struct nlu_ip other = nlu_attr_ip(t[IFA_ADDRESS]);
        if (!nlu_ip_equal(&other, &a.local))
            a.peer = other;
    }
    if (t[IFA_BROADCAST])
        a.broadcast = nlu_attr_ip(t[IFA_BROADCAST]);
    if (t[IFA_ANYCAST])
        a.anycast = nlu_attr_ip(t[IFA_ANYCAST]);
    if (t[IFA_LABEL])
        snprintf(a.label, sizeof a.label, "%s", nlu_attr_text(t[IFA_LABEL]));
    if (t[IFA_CACHEINFO]) {
        struct ifa_cacheinfo info;
        memcpy(&info, nlu_attr_data(t[IFA_CACHEINFO]), sizeof info);
        a.valid_lft = info.ifa_valid;
        a.preferred_lft = info.ifa_prefered;
    }
    if (t[IFA_RT_PRIORITY])
        a.metric = nlu_attr_u32(t[IFA_RT_PRIORITY]);
    if (t[ATTR_IFA_PROTO])
        a.protocol = nlu_attr_u8(t[ATTR_IFA_PROTO]);
    *ret_addr = a;
    return 0;
}

struct reading {
    struct nlu_arena *arena;
    struct nlu_addr *items;
    size_t count, cap;
};

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_addr addr;

    if (msg->nlmsg_type != RTM_NEWADDR)
        return 0;
    int rc = nlu_addr_parse(msg, &addr);
    if (rc == 0)
        rc = nlu_arena_grow(r->arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = addr;
    return rc;
}

static void forget(void *arg) {
    ((struct reading *)arg)->count = 0;
}

int nlu_addr_list(struct nlu_nlsock *nl, int family, struct nlu_arena *arena,
                  struct nlu_addr_list *ret_list, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[256];
    struct reading r = {.arena = arena};
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct ifaddrmsg *head;

    msg->nlmsg_type = RTM_GETADDR;
    head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ifa_family = (uint8_t)family;
    if (nlu_nlsock_dump(nl, msg, collect, forget, &r, err) < 0)
        return nlu_err_about(err, "addr.list", "%s", "");
    *ret_list = (struct nlu_addr_list){r.items, r.count};
    return 0;
}

static bool put_ip(struct nlmsghdr *msg, uint16_t type, const struct nlu_ip *ip) {
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, type, nlu_ip_size(ip), ip->bytes);
}

int nlu_addr_put(struct nlmsghdr *msg, enum nlu_addr_verb verb, const struct nlu_addr_spec *s) {
    static const uint16_t flags[] = {[NLU_ADDR_ADD] = NLM_F_CREATE | NLM_F_EXCL,
                                     [NLU_ADDR_REPLACE] = NLM_F_CREATE | NLM_F_REPLACE,
                                     [NLU_ADDR_CHANGE] = NLM_F_REPLACE,
                                     [NLU_ADDR_DEL] = 0};
    const struct nlu_ip *peer = s->peer.family ? &s->peer : &s->prefix.ip;
    struct ifaddrmsg *head;

    msg->nlmsg_type = verb == NLU_ADDR_DEL ? RTM_DELADDR : RTM_NEWADDR;
    msg->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags[verb]);
    head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ifa_family = s->prefix.ip.family;
    head->ifa_prefixlen = s->prefix.len;
    head->ifa_index = (uint32_t)s->index;
    head->ifa_flags = (uint8_t)s->flags;
    // As ip: an address of 127.0.0.0/8 counts on its host only.
    if (s->have & NLU_ADDR_SCOPE)
        head->ifa_scope = s->scope;
    else if (s->prefix.ip.family == AF_INET && s->prefix.ip.bytes[0] == 127)
        head->ifa_scope = RT_SCOPE_HOST;
    bool ok = put_ip(msg, IFA_LOCAL, &s->prefix.ip) && put_ip(msg, IFA_ADDRESS, peer);
    if (s->broadcast.family)
        ok = ok && put_ip(msg, IFA_BROADCAST, &s->broadcast);
    if (s->anycast.family)
        ok = ok && put_ip(msg, IFA_ANYCAST, &s->anycast);
    if (s->flags > UINT8_MAX)
        ok = ok && mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, IFA_FLAGS, s->flags);
    if (s->have & NLU_ADDR_LABEL)
        ok = ok && mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, IFA_LABEL, s->label);
    if (s->have & NLU_ADDR_METRIC)
        ok = ok && mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, IFA_RT_PRIORITY, s->metric);
    if (s->have & NLU_ADDR_PROTO)
        ok = ok && mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, ATTR_IFA_PROTO, s->protocol);
    if (s->have & NLU_ADDR_LIFETIME) {
        struct ifa_cacheinfo info = {.ifa_valid = s->valid_lft, .ifa_prefered = s->preferred_lft};
        ok = ok && mnl_attr_put_check(msg, NLU_NL_REQUEST, IFA_CACHEINFO, sizeof info, &info);
    }
    return ok ? 0 : -EMSGSIZE;
}

int nlu_addr_do(struct nlu_nlsock *nl, enum nlu_addr_verb verb, const struct nlu_addr_spec *spec,
                const char *ifname, struct nlu_err *err) {
    static const char *const ops[] = {[NLU_ADDR_ADD] = "addr.add",
                                      [NLU_ADDR_REPLACE] = "addr.replace",
                                      [NLU_ADDR_CHANGE] = "addr.change",
                                      [NLU_ADDR_DEL] = "addr.del"};
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    char text[NLU_PREFIX_TEXT];

    int rc = nlu_addr_put(msg, verb, spec);
    rc = rc < 0 ? nlu_err_set(err, -rc, ops[verb], "%s", "")
                : nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc < 0)
        return nlu_err_about(err, ops[verb], "%s on %s", nlu_prefix_format(&spec->prefix, text),
                             ifname);
    return 0;
}
