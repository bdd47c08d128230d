#include "rule.h"

#include "nlcodec.h"

#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// --- names ---------------------------------------------------------------------------------------

// The protocols with ports or without that a lab meets, by their names in /etc/protocols.
static const struct {
    uint8_t value;
    const char *name;
} protocols[] = {
    {1, "icmp"},  {2, "igmp"},  {4, "ipencap"}, {6, "tcp"},    {17, "udp"},   {33, "dccp"},
    {41, "ipv6"}, {46, "rsvp"}, {47, "gre"},    {50, "esp"},   {51, "ah"},    {58, "ipv6-icmp"},
    {89, "ospf"}, {103, "pim"}, {112, "vrrp"},  {115, "l2tp"}, {132, "sctp"}, {136, "udplite"},
};

const char *nlu_ipproto_name(uint8_t ipproto, char buf[12]) {
    for (size_t i = 0; i < NLU_COUNT(protocols); i++)
        if (protocols[i].value == ipproto)
            return protocols[i].name;
    snprintf(buf, 12, "%u", ipproto);
    return buf;
}

int nlu_ipproto_parse(const char *text, uint8_t *ret_ipproto) {
    for (size_t i = 0; i < NLU_COUNT(protocols); i++) {
        if (!strcmp(protocols[i].name, text)) {
            *ret_ipproto = protocols[i].value;
            return 0;
        }
    }
    return -EINVAL;
}

// --- reading -------------------------------------------------------------------------------------

static const struct nlu_attr_rule rule_rules[FRA_MAX + 1] = {
    [FRA_DST] = {NLU_ATTR_IP, 0},
    [FRA_SRC] = {NLU_ATTR_IP, 0},
    [FRA_IIFNAME] = {NLU_ATTR_TEXT, 0},
    [FRA_GOTO] = {NLU_ATTR_U32, 0},
    [FRA_PRIORITY] = {NLU_ATTR_U32, 0},
    [FRA_FWMARK] = {NLU_ATTR_U32, 0},
    [FRA_FLOW] = {NLU_ATTR_U32, 0},
    [FRA_TUN_ID] = {NLU_ATTR_U64, 0},
    [FRA_SUPPRESS_IFGROUP] = {NLU_ATTR_U32, 0},
    [FRA_SUPPRESS_PREFIXLEN] = {NLU_ATTR_U32, 0},
    [FRA_TABLE] = {NLU_ATTR_U32, 0},
    [FRA_FWMASK] = {NLU_ATTR_U32, 0},
    [FRA_OIFNAME] = {NLU_ATTR_TEXT, 0},
    [FRA_L3MDEV] = {NLU_ATTR_U8, 0},
    [FRA_UID_RANGE] = {NLU_ATTR_ANY, sizeof(struct fib_rule_uid_range)},
    [FRA_PROTOCOL] = {NLU_ATTR_U8, 0},
    [FRA_IP_PROTO] = {NLU_ATTR_U8, 0},
    [FRA_SPORT_RANGE] = {NLU_ATTR_ANY, sizeof(struct fib_rule_port_range)},
    [FRA_DPORT_RANGE] = {NLU_ATTR_ANY, sizeof(struct fib_rule_port_range)},
};

static int read_name(struct nlu_arena *arena, const struct nlattr *attr, const char **ret_name) {
    if (!attr)
        return 0;
    *ret_name = nlu_arena_text(arena, nlu_attr_text(attr), strlen(nlu_attr_text(attr)));
    return *ret_name ? 0 : -ENOMEM;
}

static void read_u32(const struct nlattr *attr, int bit, struct nlu_rule *rule,
                     uint32_t *ret_value) {
    if (attr) {
        rule->have |= bit;
        *ret_value = nlu_attr_u32(attr);
    }
}

static void read_u8(const struct nlattr *attr, int bit, struct nlu_rule *rule, uint8_t *ret_value) {
    if (attr) {
        rule->have |= bit;
        *ret_value = nlu_attr_u8(attr);
    }
}

static void read_ports(const struct nlattr *attr, int bit, struct nlu_rule *rule,
                       struct nlu_rule_range *ret_range) {
    struct fib_rule_port_range ports;

    if (attr) {
        memcpy(&ports, nlu_attr_data(attr), sizeof ports);
        rule->have |= bit;
        *ret_range = (struct nlu_rule_range){ports.start, ports.end};
    }
}

static void read_numbers(const struct nlattr *const *t, struct nlu_rule *r) {
    uint8_t l3mdev = 0;

    read_u32(t[FRA_PRIORITY], NLU_RULE_PRIORITY, r, &r->priority);
    read_u32(t[FRA_FWMARK], NLU_RULE_FWMARK, r, &r->fwmark);
    read_u32(t[FRA_FWMASK], NLU_RULE_FWMASK, r, &r->fwmask);
    read_u32(t[FRA_FLOW], NLU_RULE_REALMS, r, &r->realms);
    read_u32(t[FRA_SUPPRESS_PREFIXLEN], NLU_RULE_SUPPRESS_PREFIXLEN, r, &r->suppress_prefixlen);
    read_u32(t[FRA_SUPPRESS_IFGROUP], NLU_RULE_SUPPRESS_IFGROUP, r, &r->suppress_ifgroup);
    read_u32(t[FRA_GOTO], NLU_RULE_GOTO, r, &r->target);
    read_u8(t[FRA_PROTOCOL], NLU_RULE_PROTOCOL, r, &r->protocol);
    read_u8(t[FRA_IP_PROTO], NLU_RULE_IPPROTO, r, &r->ipproto);
    read_ports(t[FRA_SPORT_RANGE], NLU_RULE_SPORT, r, &r->sport);
    read_ports(t[FRA_DPORT_RANGE], NLU_RULE_DPORT, r, &r->dport);
    if (t[FRA_L3MDEV])
        l3mdev = nlu_attr_u8(t[FRA_L3MDEV]);
    r->have |= l3mdev ? NLU_RULE_L3MDEV : 0;
    if (t[FRA_TUN_ID]) {
        r->have |= NLU_RULE_TUN_ID;
        r->tun_id = be64toh(nlu_attr_u64(t[FRA_TUN_ID]));
    }
    if (t[FRA_UID_RANGE]) {
        struct fib_rule_uid_range uids;
        memcpy(&uids, nlu_attr_data(t[FRA_UID_RANGE]), sizeof uids);
        r->have |= NLU_RULE_UIDRANGE;
        r->uidrange = (struct nlu_rule_range){uids.start, uids.end};
    }
}

int nlu_rule_decode(const struct nlmsghdr *msg, struct nlu_arena *arena,
                    struct nlu_rule *ret_rule) {
    const struct nlattr *t[FRA_MAX + 1];
    const struct fib_rule_hdr *head = nlu_msg_header(msg, sizeof *head);

    if (!head || nlu_attr_parse_msg(msg, sizeof *head, rule_rules, FRA_MAX, t) < 0)
        return -EBADMSG;
    struct nlu_rule rule = {
        .family = head->family,
        .tos = head->tos,
        .action = head->action,
        .have = NLU_RULE_ACTION,
        .flags = head->flags,
        .table = t[FRA_TABLE] ? nlu_attr_u32(t[FRA_TABLE]) : head->table,
        .has_src = t[FRA_SRC] != NULL,
        .has_dst = t[FRA_DST] != NULL,
    };
    if (rule.table)
        rule.have |= NLU_RULE_TABLE;
    if (t[FRA_SRC])
        rule.src.ip = nlu_attr_ip(t[FRA_SRC]);
    rule.src.len = head->src_len;
    if (t[FRA_DST])
        rule.dst.ip = nlu_attr_ip(t[FRA_DST]);
    rule.dst.len = head->dst_len;
    read_numbers(t, &rule);
    int rc = read_name(arena, t[FRA_IIFNAME], &rule.iif);
    if (rc == 0)
        rc = read_name(arena, t[FRA_OIFNAME], &rule.oif);
    if (rc == 0)
        *ret_rule = rule;
    return rc;
}

static bool same_name(const char *wanted, const char *got) {
    return !wanted || (got && !strcmp(wanted, got));
}

static bool same_range(const struct nlu_rule_range *a, const struct nlu_rule_range *b) {
    return a->start == b->start && a->end == b->end;
}

static bool inside(const struct nlu_prefix *outer, const struct nlu_prefix *inner) {
    if (!outer->ip.family)
        return true;
    return inner->ip.family == outer->ip.family && inner->len >= outer->len &&
           nlu_prefix_contains(outer, &inner->ip);
}

// A rule that says what the filter says, where the filter says something.
static bool wanted(const struct nlu_rule *r, const struct nlu_rule *f) {
    const int have = f->have;

    if ((f->family && r->family != f->family) || (f->flags & ~r->flags) ||
        (f->tos && r->tos != f->tos) || !inside(&f->src, &r->src) || !inside(&f->dst, &r->dst) ||
        !same_name(f->iif, r->iif) || !same_name(f->oif, r->oif))
        return false;
    return (!(have & NLU_RULE_PRIORITY) || r->priority == f->priority) &&
           (!(have & NLU_RULE_TABLE) || r->table == f->table) &&
           (!(have & NLU_RULE_FWMARK) || r->fwmark == f->fwmark) &&
           (!(have & NLU_RULE_FWMASK) || r->fwmask == f->fwmask) &&
           (!(have & NLU_RULE_REALMS) || r->realms == f->realms) &&
           (!(have & NLU_RULE_TUN_ID) || r->tun_id == f->tun_id) &&
           (!(have & NLU_RULE_L3MDEV) || (r->have & NLU_RULE_L3MDEV)) &&
           (!(have & NLU_RULE_PROTOCOL) || r->protocol == f->protocol) &&
           (!(have & NLU_RULE_IPPROTO) || r->ipproto == f->ipproto) &&
           (!(have & NLU_RULE_ACTION) || r->action == f->action) &&
           (!(have & NLU_RULE_GOTO) || r->target == f->target) &&
           (!(have & NLU_RULE_UIDRANGE) ||
            ((r->have & NLU_RULE_UIDRANGE) && same_range(&r->uidrange, &f->uidrange))) &&
           (!(have & NLU_RULE_SPORT) ||
            ((r->have & NLU_RULE_SPORT) && same_range(&r->sport, &f->sport))) &&
           (!(have & NLU_RULE_DPORT) ||
            ((r->have & NLU_RULE_DPORT) && same_range(&r->dport, &f->dport)));
}

struct reading {
    const struct nlu_rule *filter;
    struct nlu_arena *arena;
    struct nlu_rule *items;
    size_t count, cap;
};

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_rule rule;

    if (msg->nlmsg_type != RTM_NEWRULE)
        return 0;
    int rc = nlu_rule_decode(msg, r->arena, &rule);
    // Multicast routing has rules of its own (ip mrule), in families of its own.
    if (rc < 0 || (rule.family != AF_INET && rule.family != AF_INET6) || !wanted(&rule, r->filter))
        return rc;
    rc = nlu_arena_grow(r->arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = rule;
    return rc;
}

static void forget(void *arg) {
    struct reading *r = arg;
    r->count = 0;
}

int nlu_rule_list(struct nlu_nlsock *nl, const struct nlu_rule *filter, struct nlu_arena *arena,
                  struct nlu_rule_list *ret_list, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct reading r = {.filter = filter, .arena = arena};

    msg->nlmsg_type = RTM_GETRULE;
    struct fib_rule_hdr *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->family = filter->family;
    if (nlu_nlsock_dump(nl, msg, collect, forget, &r, err) < 0)
        return nlu_err_about(err, "rule.list", "%s", "");
    *ret_list = (struct nlu_rule_list){r.items, r.count};
    return 0;
}

// --- writing -------------------------------------------------------------------------------------

static bool put_u32(struct nlmsghdr *msg, uint16_t type, uint32_t value) {
    return mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, type, value);
}

static bool put_prefix(struct nlmsghdr *msg, uint16_t type, const struct nlu_prefix *prefix) {
    return !prefix->ip.family || mnl_attr_put_check(msg, NLU_NL_REQUEST, type,
                                                    nlu_ip_size(&prefix->ip), prefix->ip.bytes);
}

static bool put_ports(struct nlmsghdr *msg, uint16_t type, const struct nlu_rule_range *range) {
    struct fib_rule_port_range ports = {(uint16_t)range->start, (uint16_t)range->end};
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, type, sizeof ports, &ports);
}

static bool put_uids(struct nlmsghdr *msg, const struct nlu_rule_range *range) {
    struct fib_rule_uid_range uids = {range->start, range->end};
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, FRA_UID_RANGE, sizeof uids, &uids);
}

static bool put_name(struct nlmsghdr *msg, uint16_t type, const char *name) {
    return !name || mnl_attr_put_strz_check(msg, NLU_NL_REQUEST, type, name);
}

static uint32_t table_of(const struct nlu_rule *r, bool del) {
    if (r->have & NLU_RULE_TABLE)
        return r->table;
    // What jumps, drops or asks the link for its table needs none.
    if (del || (r->have & (NLU_RULE_L3MDEV | NLU_RULE_GOTO)) ||
        ((r->have & NLU_RULE_ACTION) && r->action != FR_ACT_TO_TBL))
        return RT_TABLE_UNSPEC;
    return RT_TABLE_MAIN;
}

static uint8_t action_of(const struct nlu_rule *r, bool del) {
    if (r->have & NLU_RULE_ACTION)
        return r->action;
    if (r->have & NLU_RULE_GOTO)
        return FR_ACT_GOTO;
    return del ? FR_ACT_UNSPEC : FR_ACT_TO_TBL;
}

int nlu_rule_put(struct nlmsghdr *msg, enum nlu_rule_change change, const struct nlu_rule *r) {
    const bool del = change == NLU_RULE_DEL;
    const int have = r->have;
    uint32_t table = table_of(r, del);

    msg->nlmsg_type = del ? RTM_DELRULE : RTM_NEWRULE;
    msg->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (del ? 0 : NLM_F_CREATE | NLM_F_EXCL));
    struct fib_rule_hdr *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    *head = (struct fib_rule_hdr){
        .family = r->family,
        .dst_len = r->dst.len,
        .src_len = r->src.len,
        .tos = r->tos,
        .table = table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC,
        .action = action_of(r, del),
        .flags = r->flags & FIB_RULE_INVERT,
    };
    return put_prefix(msg, FRA_SRC, &r->src) && put_prefix(msg, FRA_DST, &r->dst) &&
                   put_name(msg, FRA_IIFNAME, r->iif) && put_name(msg, FRA_OIFNAME, r->oif) &&
                   (table < 256 || put_u32(msg, FRA_TABLE, table)) &&
                   (!(have & NLU_RULE_PRIORITY) || put_u32(msg, FRA_PRIORITY, r->priority)) &&
                   (!(have & NLU_RULE_FWMARK) || put_u32(msg, FRA_FWMARK, r->fwmark)) &&
                   (!(have & NLU_RULE_FWMASK) || put_u32(msg, FRA_FWMASK, r->fwmask)) &&
                   (!(have & NLU_RULE_REALMS) || put_u32(msg, FRA_FLOW, r->realms)) &&
                   (!(have & NLU_RULE_TUN_ID) ||
                    mnl_attr_put_u64_check(msg, NLU_NL_REQUEST, FRA_TUN_ID, htobe64(r->tun_id))) &&
                   (!(have & NLU_RULE_SUPPRESS_PREFIXLEN) ||
                    put_u32(msg, FRA_SUPPRESS_PREFIXLEN, r->suppress_prefixlen)) &&
                   (!(have & NLU_RULE_SUPPRESS_IFGROUP) ||
                    put_u32(msg, FRA_SUPPRESS_IFGROUP, r->suppress_ifgroup)) &&
                   (!(have & NLU_RULE_GOTO) || put_u32(msg, FRA_GOTO, r->target)) &&
                   (!(have & NLU_RULE_L3MDEV) ||
                    mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, FRA_L3MDEV, 1)) &&
                   (!(have & NLU_RULE_UIDRANGE) || put_uids(msg, &r->uidrange)) &&
                   (!(have & NLU_RULE_PROTOCOL) ||
                    mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, FRA_PROTOCOL, r->protocol)) &&
                   (!(have & NLU_RULE_IPPROTO) ||
                    mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, FRA_IP_PROTO, r->ipproto)) &&
                   (!(have & NLU_RULE_SPORT) || put_ports(msg, FRA_SPORT_RANGE, &r->sport)) &&
                   (!(have & NLU_RULE_DPORT) || put_ports(msg, FRA_DPORT_RANGE, &r->dport))
               ? 0
               : -EMSGSIZE;
}

// "priority 100 from 192.0.2.0/24 table 100" for a message.
static void describe(const struct nlu_rule *r, char *buf, size_t size) {
    char text[NLU_PREFIX_TEXT];
    size_t at = 0;

    if (r->have & NLU_RULE_PRIORITY)
        at += (size_t)snprintf(buf, size, "priority %u ", r->priority);
    at += (size_t)snprintf(buf + at, size - at, "from %s",
                           r->src.ip.family ? nlu_prefix_format(&r->src, text) : "all");
    if (r->dst.ip.family && at < size)
        at += (size_t)snprintf(buf + at, size - at, " to %s", nlu_prefix_format(&r->dst, text));
    if ((r->have & NLU_RULE_TABLE) && at < size)
        snprintf(buf + at, size - at, " table %u", r->table);
}

int nlu_rule_change(struct nlu_nlsock *nl, enum nlu_rule_change change, const struct nlu_rule *rule,
                    struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    char subject[NLU_ERR_SUBJECT];

    int rc = nlu_rule_put(msg, change, rule);
    if (rc < 0)
        nlu_err_set(err, -rc, "", "%s", "");
    else
        rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc < 0) {
        describe(rule, subject, sizeof subject);
        return nlu_err_about(err, change == NLU_RULE_ADD ? "rule.add" : "rule.del", "%s", subject);
    }
    return 0;
}

int nlu_rule_flush(struct nlu_nlsock *nl, const struct nlu_rule *filter, size_t *ret_count,
                   struct nlu_err *err) {
    struct nlu_arena arena = {0};
    struct nlu_rule_list list = {0};
    size_t count = 0;

    int rc = nlu_rule_list(nl, filter, &arena, &list, err);
    for (size_t i = 0; rc == 0 && i < list.count; i++) {
        if (!(list.items[i].have & NLU_RULE_PRIORITY))
            continue; // the lookup of the local table: without it nothing would work
        // The kernel reports "no limit" as -1 and does not take it back.
        struct nlu_rule rule = list.items[i];
        if (rule.suppress_prefixlen == UINT32_MAX)
            rule.have &= ~NLU_RULE_SUPPRESS_PREFIXLEN;
        if (rule.suppress_ifgroup == UINT32_MAX)
            rule.have &= ~NLU_RULE_SUPPRESS_IFGROUP;
        rc = nlu_rule_change(nl, NLU_RULE_DEL, &rule, err);
        count++;
    }
    nlu_arena_free(&arena);
    if (rc < 0) {
        // What it was about stays.
        snprintf(err->op, sizeof err->op, "rule.flush");
        return rc;
    }
    *ret_count = count;
    return 0;
}
