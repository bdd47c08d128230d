#include "tcfilter.h"

#include "feature.h"
#include "ifnames.h"
#include "link.h"
#include "nlcodec.h"
#include "tcunit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { REQUEST = 2048 };

static const char *const kind_names[] = {
    [NLU_TCFILTER_U32] = "u32",
    [NLU_TCFILTER_MATCHALL] = "matchall",
    [NLU_TCFILTER_FLOWER] = "flower",
    [NLU_TCFILTER_FW] = "fw",
};

static const char *const verb_names[] = {[NLU_TC_ADD] = "filter.add",
                                         [NLU_TC_REPLACE] = "filter.replace",
                                         [NLU_TC_CHANGE] = "filter.change"};

// --- u32
// ------------------------------------------------------------------------------------------

static void add_key(struct nlu_u32_key *keys, size_t *count, uint32_t value, uint32_t mask,
                    int offset) {
    if (mask)
        keys[(*count)++] = (struct nlu_u32_key){htonl(value & mask), htonl(mask), offset};
}

static void add_prefix(struct nlu_u32_key *keys, size_t *count, const struct nlu_prefix *p,
                       int offset) {
    size_t size = nlu_ip_size(&p->ip);

    for (size_t at = 0; at < size; at += 4) {
        unsigned left = p->len > at * 8 ? p->len - (unsigned)at * 8 : 0;
        uint32_t mask = left >= 32 ? UINT32_MAX : left ? UINT32_MAX << (32 - left) : 0;
        uint32_t word;
        memcpy(&word, p->ip.bytes + at, sizeof word);
        add_key(keys, count, ntohl(word), mask, offset + (int)at);
    }
}

size_t nlu_u32_keys(const struct nlu_tcmatch *m, uint16_t protocol,
                    struct nlu_u32_key keys[NLU_U32_KEYS]) {
    bool v6 = protocol == ETH_P_IPV6;
    size_t count = 0;

    // RFC 791, RFC 8200: fixed headers; ports as if there were neither options nor extension
    // headers, which is what `match ip dport` of tc assumes too.
    if (m->has_ip_proto)
        add_key(keys, &count, v6 ? (uint32_t)m->ip_proto << 8 : (uint32_t)m->ip_proto << 16,
                v6 ? 0x0000ff00u : 0x00ff0000u, v6 ? 4 : 8);
    add_prefix(keys, &count, &m->src, v6 ? 8 : 12);
    add_prefix(keys, &count, &m->dst, v6 ? 24 : 16);
    add_key(keys, &count, (uint32_t)m->src_port << 16 | m->dst_port,
            (m->src_port ? 0xffff0000u : 0) | (m->dst_port ? 0x0000ffffu : 0), v6 ? 40 : 20);
    return count;
}

static bool put_u32_options(struct nlmsghdr *msg, const struct nlu_tcfilter_spec *s) {
    struct nlu_u32_key keys[NLU_U32_KEYS];
    size_t count = nlu_u32_keys(&s->match, s->protocol, keys);
    _Alignas(struct tc_u32_sel) char
        buf[sizeof(struct tc_u32_sel) + NLU_U32_KEYS * sizeof(struct tc_u32_key)] = {0};
    struct tc_u32_sel *sel = (void *)buf;

    // Without a word to compare everything matches: a key with an empty mask says that.
    if (!count)
        keys[count++] = (struct nlu_u32_key){0};
    sel->nkeys = (unsigned char)count;
    sel->flags = TC_U32_TERMINAL;
    for (size_t i = 0; i < count; i++)
        sel->keys[i] =
            (struct tc_u32_key){.val = keys[i].value, .mask = keys[i].mask, .off = keys[i].offset};
    return (!s->classid || mnl_attr_put_u32_check(msg, REQUEST, TCA_U32_CLASSID, s->classid)) &&
           mnl_attr_put_check(msg, REQUEST, TCA_U32_SEL,
                              sizeof *sel + count * sizeof(struct tc_u32_key), buf);
}

// --- flower
// -----------------------------------------------------------------------------------------

static bool put_prefix(struct nlmsghdr *msg, const struct nlu_prefix *p, uint16_t v4, uint16_t v6) {
    size_t size = nlu_ip_size(&p->ip);
    uint16_t type = p->ip.family == AF_INET ? v4 : v6;
    uint8_t mask[16] = {0};

    if (!size)
        return true;
    for (size_t i = 0; i < size; i++) {
        unsigned left = p->len > i * 8 ? p->len - (unsigned)i * 8 : 0;
        mask[i] = left >= 8 ? 0xff : (uint8_t)(0xff00 >> left);
    }
    // The mask's attribute comes right behind the address's.
    return mnl_attr_put_check(msg, REQUEST, type, size, p->ip.bytes) &&
           mnl_attr_put_check(msg, REQUEST, type + 1, size, mask);
}

static bool put_port(struct nlmsghdr *msg, uint8_t protocol, uint16_t port, bool source) {
    uint16_t type = protocol == IPPROTO_UDP
                        ? (source ? TCA_FLOWER_KEY_UDP_SRC : TCA_FLOWER_KEY_UDP_DST)
                        : (source ? TCA_FLOWER_KEY_TCP_SRC : TCA_FLOWER_KEY_TCP_DST);
    return !port || mnl_attr_put_u16_check(msg, REQUEST, type, htons(port));
}

static bool put_flower(struct nlmsghdr *msg, const struct nlu_tcfilter_spec *s) {
    const struct nlu_tcmatch *m = &s->match;

    return (!s->classid || mnl_attr_put_u32_check(msg, REQUEST, TCA_FLOWER_CLASSID, s->classid)) &&
           (s->protocol == ETH_P_ALL ||
            mnl_attr_put_u16_check(msg, REQUEST, TCA_FLOWER_KEY_ETH_TYPE, htons(s->protocol))) &&
           (!m->has_ip_proto ||
            mnl_attr_put_u8_check(msg, REQUEST, TCA_FLOWER_KEY_IP_PROTO, m->ip_proto)) &&
           put_prefix(msg, &m->src, TCA_FLOWER_KEY_IPV4_SRC, TCA_FLOWER_KEY_IPV6_SRC) &&
           put_prefix(msg, &m->dst, TCA_FLOWER_KEY_IPV4_DST, TCA_FLOWER_KEY_IPV6_DST) &&
           put_port(msg, m->ip_proto, m->src_port, true) &&
           put_port(msg, m->ip_proto, m->dst_port, false);
}

// --- actions
// ----------------------------------------------------------------------------------------

static bool put_action(struct nlmsghdr *msg, uint16_t type, const struct nlu_tcfilter_spec *s,
                       int ifindex) {
    bool gact = s->action == NLU_TCACTION_DROP || s->action == NLU_TCACTION_PASS;
    struct tc_gact g = {.action = s->action == NLU_TCACTION_DROP ? TC_ACT_SHOT : TC_ACT_OK};
    struct tc_mirred m = {
        .action = s->action == NLU_TCACTION_REDIRECT ? TC_ACT_STOLEN : TC_ACT_PIPE,
        .eaction = s->action == NLU_TCACTION_REDIRECT ? TCA_EGRESS_REDIR : TCA_EGRESS_MIRROR,
        .ifindex = (uint32_t)ifindex,
    };
    struct nlattr *list, *first, *options;

    if (s->action == NLU_TCACTION_NONE)
        return true;
    list = mnl_attr_nest_start_check(msg, REQUEST, type);
    first = list ? mnl_attr_nest_start_check(msg, REQUEST, 1) : NULL;
    if (!first || !mnl_attr_put_strz_check(msg, REQUEST, TCA_ACT_KIND, gact ? "gact" : "mirred"))
        return false;
    options = mnl_attr_nest_start_check(msg, REQUEST, TCA_ACT_OPTIONS);
    if (!options || !(gact ? mnl_attr_put_check(msg, REQUEST, TCA_GACT_PARMS, sizeof g, &g)
                           : mnl_attr_put_check(msg, REQUEST, TCA_MIRRED_PARMS, sizeof m, &m)))
        return false;
    mnl_attr_nest_end(msg, options);
    mnl_attr_nest_end(msg, first);
    mnl_attr_nest_end(msg, list);
    return true;
}

static bool put_options(struct nlmsghdr *msg, const struct nlu_tcfilter_spec *s, int action_dev) {
    static const uint16_t action_types[] = {
        [NLU_TCFILTER_U32] = TCA_U32_ACT,
        [NLU_TCFILTER_MATCHALL] = TCA_MATCHALL_ACT,
        [NLU_TCFILTER_FLOWER] = TCA_FLOWER_ACT,
        [NLU_TCFILTER_FW] = TCA_FW_ACT,
    };
    struct nlattr *nest = mnl_attr_nest_start_check(msg, REQUEST, TCA_OPTIONS);
    bool fits = nest != NULL;

    switch (s->kind) {
    case NLU_TCFILTER_U32:
        fits = fits && put_u32_options(msg, s);
        break;
    case NLU_TCFILTER_FLOWER:
        fits = fits && put_flower(msg, s);
        break;
    case NLU_TCFILTER_MATCHALL:
        fits = fits && (!s->classid ||
                        mnl_attr_put_u32_check(msg, REQUEST, TCA_MATCHALL_CLASSID, s->classid));
        break;
    default:
        fits = fits &&
               (!s->classid || mnl_attr_put_u32_check(msg, REQUEST, TCA_FW_CLASSID, s->classid));
    }
    if (!fits || !put_action(msg, action_types[s->kind], s, action_dev))
        return false;
    mnl_attr_nest_end(msg, nest);
    return true;
}

int nlu_tcfilter_set(struct nlu_nlsock *nl, enum nlu_tc_verb verb,
                     const struct nlu_tcfilter_spec *s, struct nlu_err *err) {
    const struct nlu_tc_who who = {.parent = s->parent,
                                   .handle = s->handle,
                                   .info = (uint32_t)s->prio << 16 | htons(s->protocol)};
    const char *op = verb_names[verb], *kind = kind_names[s->kind];
    _Alignas(struct nlmsghdr) char buf[REQUEST];
    struct nlmsghdr *msg;
    int action_dev = 0;

    int rc = nlu_tc_begin(nl, buf, RTM_NEWTFILTER, verb, s->dev, &who, &msg, err);
    if (rc < 0)
        return nlu_err_about(err, op, "%s on %s", kind, s->dev);
    // As tc has it: a filter is put in the place of another without being told so.
    msg->nlmsg_flags &= (uint16_t)~NLM_F_REPLACE;
    if (s->action_dev) {
        rc = nlu_link_index(nl, s->action_dev, &action_dev, err);
        if (rc < 0)
            return nlu_err_about(err, op, "%s on %s: to %s", kind, s->dev, s->action_dev);
    }
    if (!mnl_attr_put_strz_check(msg, sizeof buf, TCA_KIND, kind) ||
        !put_options(msg, s, action_dev))
        return nlu_err_set(err, EMSGSIZE, op, "%s on %s", kind, s->dev);
    rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc == 0)
        return 0;
    nlu_err_about(err, op, "%s on %s", kind, s->dev);
    if (strcmp(err->kernel, "Failed to load TC action module") == 0)
        return nlu_tc_explain(err, NLU_FEATURE_ACTION, s->action_dev ? "mirred" : "gact");
    return nlu_tc_explain(err, NLU_FEATURE_FILTER, kind);
}

int nlu_tcfilter_del(struct nlu_nlsock *nl, const char *dev, uint32_t parent, uint16_t prio,
                     struct nlu_err *err) {
    const struct nlu_tc_who who = {.parent = parent, .info = (uint32_t)prio << 16};
    int rc = nlu_tc_del(nl, RTM_DELTFILTER, dev, &who, err);

    return rc < 0 ? nlu_err_about(err, "filter.del", "%s", dev) : 0;
}

// --- reading
// ----------------------------------------------------------------------------------------

static struct nlu_prefix prefix_from(const struct nlattr *address, const struct nlattr *mask) {
    struct nlu_prefix p = {.ip = nlu_attr_ip(address)};
    const uint8_t *bytes = mask ? nlu_attr_data(mask) : NULL;
    size_t size = mask ? nlu_attr_size(mask) : 0;

    p.len = (uint8_t)(mask ? 0 : nlu_ip_size(&p.ip) * 8);
    for (size_t i = 0; i < size; i++)
        p.len = (uint8_t)(p.len + __builtin_popcount(bytes[i]));
    return p;
}

static uint16_t port_from(const struct nlattr *const *t, uint16_t tcp, uint16_t udp) {
    return t[tcp] ? nlu_attr_be16(t[tcp]) : t[udp] ? nlu_attr_be16(t[udp]) : 0;
}

static void read_flower(const struct nlattr *const *t, struct nlu_tcmatch *m) {
    uint16_t src = t[TCA_FLOWER_KEY_IPV4_SRC] ? TCA_FLOWER_KEY_IPV4_SRC : TCA_FLOWER_KEY_IPV6_SRC;
    uint16_t dst = t[TCA_FLOWER_KEY_IPV4_DST] ? TCA_FLOWER_KEY_IPV4_DST : TCA_FLOWER_KEY_IPV6_DST;

    if (t[src])
        m->src = prefix_from(t[src], t[src + 1]);
    if (t[dst])
        m->dst = prefix_from(t[dst], t[dst + 1]);
    m->has_ip_proto = t[TCA_FLOWER_KEY_IP_PROTO] != NULL;
    if (m->has_ip_proto)
        m->ip_proto = nlu_attr_u8(t[TCA_FLOWER_KEY_IP_PROTO]);
    m->src_port = port_from(t, TCA_FLOWER_KEY_TCP_SRC, TCA_FLOWER_KEY_UDP_SRC);
    m->dst_port = port_from(t, TCA_FLOWER_KEY_TCP_DST, TCA_FLOWER_KEY_UDP_DST);
}

static int read_u32_sel(const struct nlattr *attr, struct nlu_tcfilter *f) {
    struct tc_u32_sel sel;
    const char *bytes = nlu_attr_data(attr);

    memcpy(&sel, bytes, sizeof sel);
    if (nlu_attr_size(attr) < sizeof sel + sel.nkeys * sizeof(struct tc_u32_key))
        return -EBADMSG;
    // Somebody else's filter may have more: the first ones are shown.
    f->key_count = sel.nkeys < NLU_U32_KEYS ? sel.nkeys : NLU_U32_KEYS;
    for (size_t i = 0; i < f->key_count; i++) {
        struct tc_u32_key key;
        memcpy(&key, bytes + sizeof sel + i * sizeof key, sizeof key);
        f->keys[i] = (struct nlu_u32_key){key.val, key.mask, key.off};
    }
    return 0;
}

static int read_action(struct nlu_arena *arena, const struct nlattr *list, struct nlu_tcfilter *f) {
    static const struct nlu_attr_rule nests[2] = {[1] = {NLU_ATTR_NEST, 0}};
    static const struct nlu_attr_rule rules[TCA_ACT_MAX + 1] = {
        [TCA_ACT_KIND] = {NLU_ATTR_TEXT, 0},
        [TCA_ACT_OPTIONS] = {NLU_ATTR_NEST, 0},
    };
    static const struct nlu_attr_rule parms_rules[TCA_MIRRED_PARMS + 1] = {
        [TCA_MIRRED_PARMS] = {NLU_ATTR_ANY, sizeof(struct tc_gact)}};
    const struct nlattr *first[2], *table[TCA_ACT_MAX + 1], *parms[TCA_MIRRED_PARMS + 1];

    int rc = nlu_attr_parse_nest(list, nests, 1, first);
    if (rc < 0 || !first[1])
        return rc;
    rc = nlu_attr_parse_nest(first[1], rules, TCA_ACT_MAX, table);
    if (rc < 0 || !table[TCA_ACT_KIND])
        return rc;
    const char *kind = nlu_attr_text(table[TCA_ACT_KIND]);
    f->action_kind = nlu_arena_text(arena, kind, strlen(kind));
    if (!f->action_kind)
        return -ENOMEM;
    f->action = NLU_TCACTION_OTHER;
    if (!table[TCA_ACT_OPTIONS])
        return 0;
    // gact and mirred have their struct in the attribute with the same number.
    rc = nlu_attr_parse_nest(table[TCA_ACT_OPTIONS], parms_rules, TCA_MIRRED_PARMS, parms);
    if (rc < 0 || !parms[TCA_MIRRED_PARMS])
        return 0;
    if (!strcmp(kind, "gact")) {
        struct tc_gact g;
        memcpy(&g, nlu_attr_data(parms[TCA_GACT_PARMS]), sizeof g);
        f->action = g.action == TC_ACT_SHOT ? NLU_TCACTION_DROP
                    : g.action == TC_ACT_OK ? NLU_TCACTION_PASS
                                            : NLU_TCACTION_OTHER;
    } else if (!strcmp(kind, "mirred") &&
               nlu_attr_size(parms[TCA_MIRRED_PARMS]) >= sizeof(struct tc_mirred)) {
        struct tc_mirred m;
        memcpy(&m, nlu_attr_data(parms[TCA_MIRRED_PARMS]), sizeof m);
        f->action = m.eaction == TCA_EGRESS_REDIR    ? NLU_TCACTION_REDIRECT
                    : m.eaction == TCA_EGRESS_MIRROR ? NLU_TCACTION_MIRROR
                                                     : NLU_TCACTION_OTHER;
        f->action_ifindex = (int)m.ifindex;
    }
    return 0;
}

static int read_options(struct nlu_arena *arena, const struct nlattr *options,
                        struct nlu_tcfilter *f) {
    static const struct nlu_attr_rule u32_rules[TCA_U32_MAX + 1] = {
        [TCA_U32_CLASSID] = {NLU_ATTR_U32, 0},
        [TCA_U32_DIVISOR] = {NLU_ATTR_U32, 0},
        [TCA_U32_SEL] = {NLU_ATTR_ANY, sizeof(struct tc_u32_sel)},
        [TCA_U32_ACT] = {NLU_ATTR_NEST, 0},
    };
    static const struct nlu_attr_rule flower_rules[TCA_FLOWER_KEY_UDP_DST + 1] = {
        [TCA_FLOWER_CLASSID] = {NLU_ATTR_U32, 0},
        [TCA_FLOWER_ACT] = {NLU_ATTR_NEST, 0},
        [TCA_FLOWER_KEY_IP_PROTO] = {NLU_ATTR_U8, 0},
        [TCA_FLOWER_KEY_IPV4_SRC] = {NLU_ATTR_IP, 0},
        [TCA_FLOWER_KEY_IPV4_SRC_MASK] = {NLU_ATTR_IP, 0},
        [TCA_FLOWER_KEY_IPV4_DST] = {NLU_ATTR_IP, 0},
        [TCA_FLOWER_KEY_IPV4_DST_MASK] = {NLU_ATTR_IP, 0},
        [TCA_FLOWER_KEY_IPV6_SRC] = {NLU_ATTR_IP, 0},
        [TCA_FLOWER_KEY_IPV6_SRC_MASK] = {NLU_ATTR_IP, 0},
        [TCA_FLOWER_KEY_IPV6_DST] = {NLU_ATTR_IP, 0},
        [TCA_FLOWER_KEY_IPV6_DST_MASK] = {NLU_ATTR_IP, 0},
        [TCA_FLOWER_KEY_TCP_SRC] = {NLU_ATTR_U16, 0},
        [TCA_FLOWER_KEY_TCP_DST] = {NLU_ATTR_U16, 0},
        [TCA_FLOWER_KEY_UDP_SRC] = {NLU_ATTR_U16, 0},
        [TCA_FLOWER_KEY_UDP_DST] = {NLU_ATTR_U16, 0},
    };
    static const struct nlu_attr_rule matchall_rules[TCA_MATCHALL_MAX + 1] = {
        [TCA_MATCHALL_CLASSID] = {NLU_ATTR_U32, 0},
        [TCA_MATCHALL_ACT] = {NLU_ATTR_NEST, 0},
    };
    static const struct nlu_attr_rule fw_rules[TCA_FW_MAX + 1] = {
        [TCA_FW_CLASSID] = {NLU_ATTR_U32, 0},
        [TCA_FW_ACT] = {NLU_ATTR_NEST, 0},
    };
    static const struct {
        const struct nlu_attr_rule *rules;
        uint16_t max, classid, act;
    } kinds[] = {
        [NLU_TCFILTER_U32] = {u32_rules, TCA_U32_MAX, TCA_U32_CLASSID, TCA_U32_ACT},
        [NLU_TCFILTER_MATCHALL] = {matchall_rules, TCA_MATCHALL_MAX, TCA_MATCHALL_CLASSID,
                                   TCA_MATCHALL_ACT},
        [NLU_TCFILTER_FLOWER] = {flower_rules, TCA_FLOWER_KEY_UDP_DST, TCA_FLOWER_CLASSID,
                                 TCA_FLOWER_ACT},
        [NLU_TCFILTER_FW] = {fw_rules, TCA_FW_MAX, TCA_FW_CLASSID, TCA_FW_ACT},
    };
    const struct nlattr *table[TCA_FLOWER_KEY_UDP_DST + TCA_U32_MAX + 1];

    if (f->kind == NLU_TCFILTER_OTHER)
        return 0;
    int rc = nlu_attr_parse_nest(options, kinds[f->kind].rules, kinds[f->kind].max, table);
    if (rc < 0)
        return rc;
    if (table[kinds[f->kind].classid])
        f->classid = nlu_attr_u32(table[kinds[f->kind].classid]);
    if (f->kind == NLU_TCFILTER_FLOWER)
        read_flower(table, &f->match);
    if (f->kind == NLU_TCFILTER_U32 && table[TCA_U32_DIVISOR])
        f->ht_divisor = nlu_attr_u32(table[TCA_U32_DIVISOR]);
    if (f->kind == NLU_TCFILTER_U32 && table[TCA_U32_SEL])
        rc = read_u32_sel(table[TCA_U32_SEL], f);
    if (rc == 0 && table[kinds[f->kind].act])
        rc = read_action(arena, table[kinds[f->kind].act], f);
    return rc;
}

int nlu_tcfilter_parse(const struct nlmsghdr *msg, struct nlu_arena *arena,
                       struct nlu_tcfilter *ret_filter) {
    const struct nlattr *table[TCA_MAX + 1];
    const struct tcmsg *tc;
    struct nlu_tcfilter f = {0};

    int rc = nlu_tc_parse(msg, RTM_NEWTFILTER, &tc, table);
    if (rc < 0 || !tc)
        return rc < 0 ? rc : -EBADMSG;
    const char *kind = nlu_attr_text(table[TCA_KIND]);
    for (size_t i = 1; i < NLU_COUNT(kind_names); i++)
        if (strcmp(kind, kind_names[i]) == 0)
            f.kind = (enum nlu_tcfilter_kind)i;
    f.kind_name = nlu_arena_text(arena, kind, strlen(kind));
    if (!f.kind_name)
        return -ENOMEM;
    f.parent = tc->tcm_parent;
    f.handle = tc->tcm_handle;
    f.prio = (uint16_t)(tc->tcm_info >> 16);
    f.protocol = ntohs((uint16_t)(tc->tcm_info & 0xffff));
    f.chain = table[TCA_CHAIN] ? nlu_attr_u32(table[TCA_CHAIN]) : 0;
    f.has_options = table[TCA_OPTIONS] != NULL;
    if (f.has_options)
        rc = read_options(arena, table[TCA_OPTIONS], &f);
    if (rc == 0)
        *ret_filter = f;
    return rc;
}

struct reading {
    struct nlu_ifnames names;
    struct nlu_tcfilter *items;
    size_t count, cap;
};

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_tcfilter f;

    if (msg->nlmsg_type != RTM_NEWTFILTER)
        return 0;
    int rc = nlu_tcfilter_parse(msg, r->names.arena, &f);
    if (rc == 0 && f.action_ifindex &&
        !(f.action_dev = nlu_ifnames_get(&r->names, f.action_ifindex)))
        rc = -ENOMEM;
    if (rc == 0)
        rc =
            nlu_arena_grow(r->names.arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = f;
    return rc;
}

static void forget(void *arg) {
    ((struct reading *)arg)->count = 0;
}

int nlu_tcfilter_list(struct nlu_nlsock *nl, const char *dev, uint32_t parent,
                      struct nlu_arena *arena, struct nlu_tcfilter_list *ret_list,
                      struct nlu_err *err) {
    struct reading r = {.names = {.nl = nl, .arena = arena}};
    int rc = nlu_tc_dump(nl, RTM_GETTFILTER, dev, parent, collect, forget, &r, err);

    if (rc < 0)
        return nlu_err_about(err, "filter.list", "%s", dev);
    *ret_list = (struct nlu_tcfilter_list){r.items, r.count};
    return 0;
}
