#include "neigh.h"

#include "ifnames.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
    FLUSH_ROUNDS = 10, // ip's own: others may add while we remove
    HZ_OF_USER = 100, // USER_HZ, in which the kernel counts ages
};

// --- names ---------------------------------------------------------------------------------------

static const struct {
    uint16_t state;
    const char *name;
} state_words[] = {
    {NUD_INCOMPLETE, "INCOMPLETE"}, {NUD_REACHABLE, "REACHABLE"}, {NUD_STALE, "STALE"},
    {NUD_DELAY, "DELAY"},           {NUD_PROBE, "PROBE"},         {NUD_FAILED, "FAILED"},
    {NUD_NOARP, "NOARP"},           {NUD_PERMANENT, "PERMANENT"},
};

size_t nlu_neigh_state_names(uint16_t state, const char **names, size_t max) {
    size_t count = 0;
    for (size_t i = 0; i < NLU_COUNT(state_words); i++)
        if ((state & state_words[i].state) && count < max)
            names[count++] = state_words[i].name;
    return count;
}

int nlu_neigh_state_parse(const char *word, uint16_t *ret_state) {
    if (!strcasecmp(word, "none")) {
        *ret_state = NUD_NONE;
        return 0;
    }
    for (size_t i = 0; i < NLU_COUNT(state_words); i++) {
        if (!strcasecmp(state_words[i].name, word)) {
            *ret_state = state_words[i].state;
            return 0;
        }
    }
    return -EINVAL;
}

// --- reading -------------------------------------------------------------------------------------

static const struct nlu_attr_rule neigh_rules[NDA_MAX + 1] = {
    [NDA_DST] = {NLU_ATTR_ANY, 0}, // 4 or 16 bytes, but of a bridge's entry anything
    [NDA_LLADDR] = {NLU_ATTR_ANY, 0},
    [NDA_CACHEINFO] = {NLU_ATTR_ANY, sizeof(struct nda_cacheinfo)},
    [NDA_PROBES] = {NLU_ATTR_U32, 0},
    [NDA_PROTOCOL] = {NLU_ATTR_U8, 0},
    [NDA_FLAGS_EXT] = {NLU_ATTR_U32, 0},
};

int nlu_neigh_decode(const struct nlmsghdr *msg, struct nlu_neigh *ret_neigh) {
    const struct nlattr *t[NDA_MAX + 1];
    const struct ndmsg *head = nlu_msg_header(msg, sizeof *head);

    if (!head || nlu_attr_parse_msg(msg, sizeof *head, neigh_rules, NDA_MAX, t) < 0)
        return -EBADMSG;
    struct nlu_neigh neigh = {
        .index = head->ndm_ifindex,
        .family = head->ndm_family,
        .state = head->ndm_state,
        .flags = head->ndm_flags,
        .ext_flags = t[NDA_FLAGS_EXT] ? nlu_attr_u32(t[NDA_FLAGS_EXT]) : 0,
        .dst = t[NDA_DST] ? nlu_attr_ip(t[NDA_DST]) : (struct nlu_ip){0},
        .protocol = t[NDA_PROTOCOL] ? nlu_attr_u8(t[NDA_PROTOCOL]) : 0,
        .has_probes = t[NDA_PROBES] != NULL,
        .probes = t[NDA_PROBES] ? nlu_attr_u32(t[NDA_PROBES]) : 0,
    };
    if (t[NDA_LLADDR]) {
        if (nlu_attr_size(t[NDA_LLADDR]) > NLU_HWADDR_MAX)
            return -EBADMSG;
        neigh.lladdr.len = (uint8_t)nlu_attr_size(t[NDA_LLADDR]);
        memcpy(neigh.lladdr.bytes, nlu_attr_data(t[NDA_LLADDR]), neigh.lladdr.len);
    }
    if (t[NDA_CACHEINFO]) {
        struct nda_cacheinfo info;
        memcpy(&info, nlu_attr_data(t[NDA_CACHEINFO]), sizeof info);
        neigh.has_cacheinfo = true;
        neigh.used = info.ndm_used / HZ_OF_USER;
        neigh.confirmed = info.ndm_confirmed / HZ_OF_USER;
        neigh.updated = info.ndm_updated / HZ_OF_USER;
        neigh.refcnt = info.ndm_refcnt;
    }
    *ret_neigh = neigh;
    return 0;
}

int nlu_neigh_name(struct nlu_neigh *neigh, struct nlu_ifnames *names) {
    if (!neigh->index)
        return 0;
    neigh->dev = nlu_ifnames_get(names, neigh->index);
    if (!neigh->dev)
        return -ENOMEM;
    // A tunnel's hardware addresses are IP addresses and are written as such.
    if (neigh->lladdr.len == 4 || neigh->lladdr.len == 16) {
        struct ifreq request = {0};
        memcpy(request.ifr_name, neigh->dev, strnlen(neigh->dev, IFNAMSIZ - 1));
        if (ioctl(names->nl->fd, SIOCGIFHWADDR, &request) == 0)
            neigh->link_type = request.ifr_hwaddr.sa_family;
    }
    return 0;
}

struct reading {
    const struct nlu_neigh_filter *filter;
    uint16_t states;
    struct nlu_ifnames names;
    struct nlu_neigh *items;
    size_t count, cap;
};

static bool wanted(const struct nlu_neigh *n, const struct reading *r) {
    const struct nlu_neigh_filter *f = r->filter;

    if ((f->family && n->family != f->family) || (f->index && n->index != f->index))
        return false;
    // Proxies and entries of a program have their say whatever their state, as in ip.
    if (!(r->states & n->state) && !(n->flags & (NTF_PROXY | NTF_EXT_LEARNED)) &&
        (n->state || !f->none))
        return false;
    if ((f->protocol && n->protocol != f->protocol) || (f->unused && n->has_cacheinfo && n->refcnt))
        return false;
    return !f->to.ip.family || nlu_prefix_contains(&f->to, &n->dst);
}

static int collect(const struct nlmsghdr *msg, void *arg) {
    struct reading *r = arg;
    struct nlu_neigh neigh;

    if (msg->nlmsg_type != RTM_NEWNEIGH)
        return 0;
    int rc = nlu_neigh_decode(msg, &neigh);
    if (rc == 0 && neigh.family != AF_INET && neigh.family != AF_INET6)
        return 0; // a bridge's forwarding database is another object (ns.fdb)
    if (rc < 0 || !wanted(&neigh, r))
        return rc;
    rc = nlu_neigh_name(&neigh, &r->names);
    if (rc == 0)
        rc =
            nlu_arena_grow(r->names.arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = neigh;
    return rc;
}

static void forget(void *arg) {
    struct reading *r = arg;
    r->count = 0;
}

static int list(struct nlu_nlsock *nl, const struct nlu_neigh_filter *f, uint16_t states,
                struct nlu_arena *arena, struct nlu_neigh_list *ret_list, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct reading r = {.filter = f, .states = states, .names = {.nl = nl, .arena = arena}};

    msg->nlmsg_type = RTM_GETNEIGH;
    struct ndmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ndm_family = f->family;
    head->ndm_flags = f->proxy ? NTF_PROXY : 0;
    if (f->index)
        mnl_attr_put_u32(msg, NDA_IFINDEX, (uint32_t)f->index);
    if (f->master)
        mnl_attr_put_u32(msg, NDA_MASTER, (uint32_t)f->master);
    int rc = nlu_nlsock_dump(nl, msg, collect, forget, &r, err);
    if (rc < 0)
        return nlu_err_about(err, "neigh.list", "%s", "");
    *ret_list = (struct nlu_neigh_list){r.items, r.count};
    return 0;
}

int nlu_neigh_list(struct nlu_nlsock *nl, const struct nlu_neigh_filter *filter,
                   struct nlu_arena *arena, struct nlu_neigh_list *ret_list, struct nlu_err *err) {
    uint16_t states = filter->has_state ? filter->state : 0xff & ~NUD_NOARP;
    return list(nl, filter, states, arena, ret_list, err);
}

struct answer {
    struct nlu_neigh neigh;
    bool there;
};

static int take_answer(const struct nlmsghdr *msg, void *arg) {
    struct answer *a = arg;

    if (msg->nlmsg_type != RTM_NEWNEIGH)
        return 0;
    int rc = nlu_neigh_decode(msg, &a->neigh);
    a->there = rc == 0;
    return rc;
}

int nlu_neigh_get(struct nlu_nlsock *nl, const struct nlu_ip *dst, int index, bool proxy,
                  struct nlu_arena *arena, struct nlu_neigh *ret_neigh, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct nlu_ifnames names = {.nl = nl, .arena = arena};
    struct answer a = {0};
    char text[NLU_IP_TEXT];

    msg->nlmsg_type = RTM_GETNEIGH;
    struct ndmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ndm_family = dst->family;
    head->ndm_ifindex = index;
    head->ndm_flags = proxy ? NTF_PROXY : 0;
    mnl_attr_put(msg, NDA_DST, nlu_ip_size(dst), dst->bytes);
    int rc = nlu_nlsock_ask(nl, msg, take_answer, &a, err);
    if (rc == 0 && !a.there)
        rc = nlu_err_set(err, ENOENT, "", "%s", "");
    if (rc == 0 && nlu_neigh_name(&a.neigh, &names) < 0)
        rc = nlu_err_set(err, ENOMEM, "", "%s", "");
    if (rc < 0)
        return nlu_err_about(err, "neigh.get", "%s", nlu_ip_format(dst, text));
    *ret_neigh = a.neigh;
    return 0;
}

// --- writing -------------------------------------------------------------------------------------

int nlu_neigh_put(struct nlmsghdr *msg, enum nlu_neigh_change change,
                  const struct nlu_neigh_spec *s) {
    static const uint16_t flags[] = {
        [NLU_NEIGH_ADD] = NLM_F_CREATE | NLM_F_EXCL,
        [NLU_NEIGH_REPLACE] = NLM_F_CREATE | NLM_F_REPLACE,
        [NLU_NEIGH_CHANGE] = NLM_F_REPLACE,
        [NLU_NEIGH_DEL] = 0,
    };
    // The kernel decides the state of what it keeps up itself.
    uint16_t state = s->ext_flags & NTF_EXT_MANAGED ? NUD_NONE : NUD_PERMANENT;

    msg->nlmsg_type = change == NLU_NEIGH_DEL ? RTM_DELNEIGH : RTM_NEWNEIGH;
    msg->nlmsg_flags = NLM_F_REQUEST | flags[change];
    struct ndmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    *head = (struct ndmsg){
        .ndm_family = s->dst.family,
        .ndm_ifindex = s->index,
        .ndm_state = s->has_state ? s->state : state,
        .ndm_flags = s->flags,
    };
    return mnl_attr_put_check(msg, NLU_NL_REQUEST, NDA_DST, nlu_ip_size(&s->dst), s->dst.bytes) &&
                   (!s->has_lladdr || mnl_attr_put_check(msg, NLU_NL_REQUEST, NDA_LLADDR,
                                                         s->lladdr.len, s->lladdr.bytes)) &&
                   (!s->ext_flags ||
                    mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, NDA_FLAGS_EXT, s->ext_flags)) &&
                   (!s->has_protocol ||
                    mnl_attr_put_u8_check(msg, NLU_NL_REQUEST, NDA_PROTOCOL, s->protocol))
               ? 0
               : -EMSGSIZE;
}

int nlu_neigh_change(struct nlu_nlsock *nl, enum nlu_neigh_change change,
                     const struct nlu_neigh_spec *spec, const char *dev, struct nlu_err *err) {
    static const char *const ops[] = {
        [NLU_NEIGH_ADD] = "neigh.add",
        [NLU_NEIGH_REPLACE] = "neigh.replace",
        [NLU_NEIGH_CHANGE] = "neigh.change",
        [NLU_NEIGH_DEL] = "neigh.del",
    };
    _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    char text[NLU_IP_TEXT];

    int rc = nlu_neigh_put(msg, change, spec);
    if (rc < 0)
        nlu_err_set(err, -rc, "", "%s", "");
    else
        rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc < 0)
        return nlu_err_about(err, ops[change], dev ? "%s%s on %s" : "%s%s",
                             spec->flags & NTF_PROXY ? "proxy " : "",
                             nlu_ip_format(&spec->dst, text), dev);
    return 0;
}

static int flush_one(struct nlu_nlsock *nl, const struct nlu_neigh *n, struct nlu_err *err) {
    struct nlu_neigh_spec spec = {.index = n->index, .dst = n->dst, .flags = n->flags & NTF_PROXY};
    int rc = nlu_neigh_change(nl, NLU_NEIGH_DEL, &spec, n->dev, err);
    return rc == -ENOENT ? 0 : rc; // aged out meanwhile
}

int nlu_neigh_flush(struct nlu_nlsock *nl, const struct nlu_neigh_filter *filter, size_t *ret_count,
                    struct nlu_err *err) {
    uint16_t states = filter->has_state ? filter->state : (uint16_t) ~(NUD_PERMANENT | NUD_NOARP);
    size_t total = 0, before = SIZE_MAX;

    for (int round = 0; round < FLUSH_ROUNDS; round++) {
        struct nlu_arena arena = {0};
        struct nlu_neigh_list found = {0};
        int rc = list(nl, filter, states, &arena, &found, err);
        for (size_t i = 0; rc == 0 && i < found.count; i++)
            rc = flush_one(nl, &found.items[i], err);
        if (round == 0)
            total = found.count;
        bool done = !found.count;
        // An entry that is in use stays until it is let go, marked FAILED: no second round helps.
        bool stuck = found.count >= before;
        before = found.count;
        nlu_arena_free(&arena);
        if (rc < 0)
            return nlu_err_about(err, "neigh.flush", "%s", "");
        if (done || stuck)
            break;
    }
    *ret_count = total;
    return 0;
}
