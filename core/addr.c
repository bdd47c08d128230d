#include "addr.h"

#include "ifnames.h"
#include "nlcodec.h"

#include <errno.h>
#include <fnmatch.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

// Linux 5.18; older headers end before it.
#define ADDR_PROTO 11 // IFA_PROTO
#define ADDR_MAX ADDR_PROTO

enum { FLUSH_ROUNDS = 10 }; // ip's own: others may add while we remove

// --- names ---------------------------------------------------------------------------------------

static const struct {
    uint32_t flag;
    const char *name;
} flag_words[] = {
    {IFA_F_SECONDARY, "secondary"},
    {IFA_F_SECONDARY, "temporary"}, // the same bit in IPv6
    {IFA_F_NODAD, "nodad"},
    {IFA_F_OPTIMISTIC, "optimistic"},
    {IFA_F_DADFAILED, "dadfailed"},
    {IFA_F_HOMEADDRESS, "home"},
    {IFA_F_DEPRECATED, "deprecated"},
    {IFA_F_TENTATIVE, "tentative"},
    {IFA_F_PERMANENT, "permanent"},
    {IFA_F_MANAGETEMPADDR, "mngtmpaddr"},
    {IFA_F_NOPREFIXROUTE, "noprefixroute"},
    {IFA_F_MCAUTOJOIN, "autojoin"},
    {IFA_F_STABLE_PRIVACY, "stable-privacy"},
};

const char *nlu_addr_flag_name(uint32_t flag, uint8_t family) {
    if (flag == IFA_F_SECONDARY && family == AF_INET6)
        return "temporary";
    for (size_t i = 0; i < NLU_COUNT(flag_words); i++)
        if (flag_words[i].flag == flag)
            return flag_words[i].name;
    return NULL;
}

uint32_t nlu_addr_flag_parse(const char *word) {
    for (size_t i = 0; i < NLU_COUNT(flag_words); i++)
        if (!strcmp(flag_words[i].name, word))
            return flag_words[i].flag;
    return 0;
}

struct nlu_ip nlu_addr_broadcast(const struct nlu_prefix *subnet, bool ones) {
    struct nlu_ip ip = subnet->ip;

    if (ip.family != AF_INET || subnet->len > 30)
        return (struct nlu_ip){0};
    for (unsigned bit = subnet->len; bit < 32; bit++) {
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);
        ip.bytes[bit / 8] = (uint8_t)(ones ? ip.bytes[bit / 8] | mask : ip.bytes[bit / 8] & ~mask);
    }
    return ip;
}

// --- reading -------------------------------------------------------------------------------------

static const struct nlu_attr_rule addr_rules[ADDR_MAX + 1] = {
    [IFA_ADDRESS] = {NLU_ATTR_IP, 0},
    [IFA_LOCAL] = {NLU_ATTR_IP, 0},
    [IFA_LABEL] = {NLU_ATTR_TEXT, 0},
    [IFA_BROADCAST] = {NLU_ATTR_IP, 0},
    [IFA_ANYCAST] = {NLU_ATTR_IP, 0},
    [IFA_CACHEINFO] = {NLU_ATTR_ANY, sizeof(struct ifa_cacheinfo)},
    [IFA_FLAGS] = {NLU_ATTR_U32, 0},
    [IFA_RT_PRIORITY] = {NLU_ATTR_U32, 0},
    [ADDR_PROTO] = {NLU_ATTR_U8, 0},
};

static struct nlu_ip ip_or_none(const struct nlattr *attr) {
    return attr ? nlu_attr_ip(attr) : (struct nlu_ip){0};
}

int nlu_addr_decode(const struct nlmsghdr *msg, struct nlu_arena *arena,
                    struct nlu_addr *ret_addr) {
    const struct nlattr *t[ADDR_MAX + 1];
    const struct ifaddrmsg *head = nlu_msg_header(msg, sizeof *head);

    if (!head || nlu_attr_parse_msg(msg, sizeof *head, addr_rules, ADDR_MAX, t) < 0)
        return -EBADMSG;
    struct nlu_addr addr = {
        .index = (int)head->ifa_index,
        .family = head->ifa_family,
        .prefixlen = head->ifa_prefixlen,
        .scope = head->ifa_scope,
        .flags = t[IFA_FLAGS] ? nlu_attr_u32(t[IFA_FLAGS]) : head->ifa_flags,
        // IPv6 has one address only, IPv4 both: the local one is the interface's own.
        .local = ip_or_none(t[IFA_LOCAL] ? t[IFA_LOCAL] : t[IFA_ADDRESS]),
        .address = ip_or_none(t[IFA_ADDRESS] ? t[IFA_ADDRESS] : t[IFA_LOCAL]),
        .broadcast = ip_or_none(t[IFA_BROADCAST]),
        .anycast = ip_or_none(t[IFA_ANYCAST]),
        .has_metric = t[IFA_RT_PRIORITY] != NULL,
        .metric = t[IFA_RT_PRIORITY] ? nlu_attr_u32(t[IFA_RT_PRIORITY]) : 0,
        .has_protocol = t[ADDR_PROTO] != NULL,
        .protocol = t[ADDR_PROTO] ? nlu_attr_u8(t[ADDR_PROTO]) : 0,
    };
    if (t[IFA_CACHEINFO]) {
        struct ifa_cacheinfo info;
        memcpy(&info, nlu_attr_data(t[IFA_CACHEINFO]), sizeof info);
        addr.has_lifetimes = true;
        addr.valid = info.ifa_valid;
        addr.preferred = info.ifa_prefered;
    }
    if (t[IFA_LABEL]) {
        const char *label = nlu_attr_text(t[IFA_LABEL]);
        addr.label = nlu_arena_text(arena, label, strlen(label));
        if (!addr.label)
            return -ENOMEM;
    }
    *ret_addr = addr;
    return 0;
}

int nlu_addr_name(struct nlu_addr *addr, struct nlu_ifnames *names) {
    addr->dev = nlu_ifnames_get(names, addr->index);
    return addr->dev ? 0 : -ENOMEM;
}

struct reading {
    const struct nlu_addr_filter *filter;
    struct nlu_ifnames names;
    struct nlu_addr *items;
    size_t count, cap;
};

static bool wanted(const struct nlu_addr *addr, const struct nlu_addr_filter *f) {
    // The kernel filters by family and interface too, but only since 5.0 (strict checking).
    if ((f->family && addr->family != f->family) || (f->index && addr->index != f->index))
        return false;
    if ((f->has_scope && addr->scope != f->scope) || ((addr->flags ^ f->flags) & f->flags_mask))
        return false;
    if (f->label && fnmatch(f->label, addr->label ? addr->label : addr->dev, 0) != 0)
        return false;
    return !f->to.ip.family || nlu_prefix_contains(&f->to, &addr->local);
}

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_addr addr;

    if (msg->nlmsg_type != RTM_NEWADDR)
        return 0;
    int rc = nlu_addr_decode(msg, r->names.arena, &addr);
    if (rc == 0)
        rc = nlu_addr_name(&addr, &r->names);
    if (rc < 0 || !wanted(&addr, r->filter))
        return rc;
    rc = nlu_arena_grow(r->names.arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = addr;
    return rc;
}

static void forget(void *arg) {
    struct reading *r = arg;
    r->count = 0;
}

int nlu_addr_list(struct nlu_nlsock *nl, const struct nlu_addr_filter *filter,
                  struct nlu_arena *arena, struct nlu_addr_list *ret_list, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct reading r = {.filter = filter, .names = {.nl = nl, .arena = arena}};

    msg->nlmsg_type = RTM_GETADDR;
    struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ifa_family = filter->family;
    head->ifa_index = (uint32_t)filter->index;
    int rc = nlu_nlsock_dump(nl, msg, collect, forget, &r, err);
    if (rc < 0)
        return nlu_err_about(err, "addr.list", "%s", "");
    *ret_list = (struct nlu_addr_list){r.items, r.count};
    return 0;
}

// --- writing -------------------------------------------------------------------------------------

static bool put_ip(struct nlmsghdr *msg, uint16_t type, const struct nlu_ip *ip) {
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, type, nlu_ip_size(ip), ip->bytes);
}

static uint8_t default_scope(const struct nlu_addr_spec *spec) {
    return spec->local.ip.family == AF_INET && spec->local.ip.bytes[0] == 127 ? RT_SCOPE_HOST
                                                                              : RT_SCOPE_UNIVERSE;
}

static bool put_lifetimes(struct nlmsghdr *msg, const struct nlu_addr_spec *spec) {
    struct ifa_cacheinfo info = {.ifa_valid = spec->valid, .ifa_prefered = spec->preferred};
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, IFA_CACHEINFO, sizeof info, &info);
}

int nlu_addr_put(struct nlmsghdr *msg, enum nlu_addr_change change, const struct nlu_addr_spec *s) {
    static const uint16_t flags[] = {
        [NLU_ADDR_ADD] = NLM_F_CREATE | NLM_F_EXCL,
        [NLU_ADDR_REPLACE] = NLM_F_CREATE | NLM_F_REPLACE,
        [NLU_ADDR_CHANGE] = NLM_F_REPLACE,
        [NLU_ADDR_DEL] = 0,
    };
    const bool del = change == NLU_ADDR_DEL;
    const struct nlu_prefix *peer = s->peer.ip.family ? &s->peer : &s->local;

    msg->nlmsg_type = del ? RTM_DELADDR : RTM_NEWADDR;
    msg->nlmsg_flags = NLM_F_REQUEST | flags[change];
    struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    *head = (struct ifaddrmsg){
        .ifa_family = s->local.ip.family,
        // Of a point-to-point address the peer's length counts.
        .ifa_prefixlen = peer->len,
        .ifa_flags = (uint8_t)s->flags,
        .ifa_scope = s->has_scope ? s->scope
                     : del        ? 0
                                  : default_scope(s),
        .ifa_index = (uint32_t)s->index,
    };
    return put_ip(msg, IFA_LOCAL, &s->local.ip) &&
                   ((s->any_length && s->local.ip.family == AF_INET) ||
                    put_ip(msg, IFA_ADDRESS, &peer->ip)) &&
                   (!s->broadcast.family || put_ip(msg, IFA_BROADCAST, &s->broadcast)) &&
                   (!s->anycast.family || put_ip(msg, IFA_ANYCAST, &s->anycast)) &&
                   (!s->label ||
                    mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, IFA_LABEL, s->label)) &&
                   // The header has room for eight flags only.
                   (s->flags <= 0xff ||
                    mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, IFA_FLAGS, s->flags)) &&
                   (!s->has_metric ||
                    mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, IFA_RT_PRIORITY, s->metric)) &&
                   (!s->has_protocol ||
                    mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, ADDR_PROTO, s->protocol)) &&
                   (!s->has_lifetimes || put_lifetimes(msg, s))
               ? 0
               : -EMSGSIZE;
}

int nlu_addr_change(struct nlu_nlsock *nl, enum nlu_addr_change change,
                    const struct nlu_addr_spec *spec, const char *dev, struct nlu_err *err) {
    static const char *const ops[] = {
        [NLU_ADDR_ADD] = "addr.add",
        [NLU_ADDR_REPLACE] = "addr.replace",
        [NLU_ADDR_CHANGE] = "addr.change",
        [NLU_ADDR_DEL] = "addr.del",
    };
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    char text[NLU_PREFIX_TEXT];

    int rc = nlu_addr_put(msg, change, spec);
    if (rc < 0)
        nlu_err_set(err, -rc, "", "%s", "");
    else
        rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc < 0)
        return nlu_err_about(err, ops[change], "%s on %s", nlu_prefix_format(&spec->local, text),
                             dev);
    return 0;
}

// Asks for the removal of one listed address. Removing a primary IPv4 address takes its secondaries
// with it: those are then gone when their turn comes.
static int flush_one(struct nlu_nlsock *nl, const struct nlu_addr *addr, struct nlu_err *err) {
    struct nlu_addr_spec spec = {
        .index = addr->index,
        .local = {addr->local, addr->prefixlen},
        .peer = {addr->address, addr->prefixlen},
    };
    int rc = nlu_addr_change(nl, NLU_ADDR_DEL, &spec, addr->dev, err);
    return rc == -EADDRNOTAVAIL ? 0 : rc;
}

int nlu_addr_flush(struct nlu_nlsock *nl, const struct nlu_addr_filter *filter, size_t *ret_count,
                   struct nlu_err *err) {
    size_t total = 0;

    for (int round = 0; round < FLUSH_ROUNDS; round++) {
        struct nlu_arena arena = {0};
        struct nlu_addr_list list = {0};
        int rc = nlu_addr_list(nl, filter, &arena, &list, err);
        for (size_t i = 0; rc == 0 && i < list.count; i++)
            rc = flush_one(nl, &list.items[i], err);
        total += list.count;
        nlu_arena_free(&arena);
        if (rc < 0)
            return nlu_err_about(err, "addr.flush", "%s", "");
        if (!list.count) {
            *ret_count = total;
            return 0;
        }
    }
    return nlu_err_set(err, EAGAIN, "addr.flush",
                       "addresses come back as fast as they are removed");
}
