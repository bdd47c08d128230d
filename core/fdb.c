#include "fdb.h"

#include "ifnames.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

// --- reading -------------------------------------------------------------------------------------

static const struct nlu_attr_rule rules[NDA_MAX + 1] = {
    [NDA_LLADDR] = {NLU_ATTR_ANY, 0},
    [NDA_DST] = {NLU_ATTR_IP, 0},
    [NDA_VLAN] = {NLU_ATTR_U16, 0},
    [NDA_PORT] = {NLU_ATTR_U16, 0},
    [NDA_VNI] = {NLU_ATTR_U32, 0},
    [NDA_SRC_VNI] = {NLU_ATTR_U32, 0},
    [NDA_IFINDEX] = {NLU_ATTR_U32, 0},
    [NDA_MASTER] = {NLU_ATTR_U32, 0},
    [NDA_NH_ID] = {NLU_ATTR_U32, 0},
    [NDA_LINK_NETNSID] = {NLU_ATTR_U32, 0},
    [NDA_CACHEINFO] = {NLU_ATTR_ANY, sizeof(struct nda_cacheinfo)},
};

struct reading {
    const struct nlu_fdb_filter *filter;
    struct nlu_arena *arena;
    struct nlu_fdb *items;
    size_t count, cap;
};

static uint32_t u32_or_0(const struct nlattr *attr) {
    return attr ? nlu_attr_u32(attr) : 0;
}

int nlu_fdb_parse(const struct nlmsghdr *msg, struct nlu_fdb *ret) {
    const struct nlattr *t[NDA_MAX + 1];
    const struct ndmsg *header = nlu_msg_header(msg, sizeof *header);

    if (!header || nlu_attr_parse_msg(msg, sizeof *header, rules, NDA_MAX, t) < 0)
        return -EBADMSG;
    *ret = (struct nlu_fdb){
        .index = header->ndm_ifindex,
        .state = header->ndm_state,
        .flags = header->ndm_flags,
        .vlan = t[NDA_VLAN] ? nlu_attr_u16(t[NDA_VLAN]) : 0,
        .port = t[NDA_PORT] ? nlu_attr_be16(t[NDA_PORT]) : 0,
        .has_vni = t[NDA_VNI] != NULL,
        .vni = u32_or_0(t[NDA_VNI]),
        .has_src_vni = t[NDA_SRC_VNI] != NULL,
        .src_vni = u32_or_0(t[NDA_SRC_VNI]),
        .nhid = u32_or_0(t[NDA_NH_ID]),
        .via = (int)u32_or_0(t[NDA_IFINDEX]),
        .link_netnsid = t[NDA_LINK_NETNSID] ? (int)nlu_attr_u32(t[NDA_LINK_NETNSID]) : -1,
        .master = (int)u32_or_0(t[NDA_MASTER]),
    };
    if (t[NDA_LLADDR] && nlu_attr_size(t[NDA_LLADDR]) == NLU_MAC_LEN)
        memcpy(ret->mac, nlu_attr_data(t[NDA_LLADDR]), NLU_MAC_LEN);
    if (t[NDA_DST])
        ret->dst = nlu_attr_ip(t[NDA_DST]);
    if (t[NDA_CACHEINFO]) {
        struct nda_cacheinfo info;
        memcpy(&info, nlu_attr_data(t[NDA_CACHEINFO]), sizeof info);
        // In clock ticks of user space, of which there are 100 a second on every Linux.
        ret->has_times = true;
        ret->used = info.ndm_used / 100;
        ret->updated = info.ndm_updated / 100;
    }
    return 0;
}

static bool wanted(const struct nlu_fdb *e, const struct nlu_fdb_filter *f) {
    // The kernel filters by link and master; a kernel before 4.20 does not.
    return (!f->index || e->index == f->index) && (!f->vlan || e->vlan == f->vlan) &&
           (!f->state || (e->state & f->state)) && !(f->dynamic && (e->state & NUD_PERMANENT));
}

static int collect(const struct nlmsghdr *msg, void *arg) {
    const struct ndmsg *header = nlu_msg_header(msg, sizeof *header);
    struct reading *r = arg;
    struct nlu_fdb entry;

    if (msg->nlmsg_type != RTM_NEWNEIGH || !header || header->ndm_family != AF_BRIDGE)
        return 0;
    int rc = nlu_fdb_parse(msg, &entry);
    if (rc < 0 || !wanted(&entry, r->filter))
        return rc;
    rc = nlu_arena_grow(r->arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = entry;
    return rc;
}

static void forget(void *arg) {
    struct reading *r = arg;
    r->count = 0;
}

static int name_link(struct nlu_ifnames *names, int index, const char **ret_name) {
    if (index > 0 && !(*ret_name = nlu_ifnames_get(names, index)))
        return -ENOMEM;
    return 0;
}

static int name_links(struct nlu_nlsock *nl, struct nlu_arena *arena, struct nlu_fdb *items,
                      size_t count) {
    struct nlu_ifnames names = {.nl = nl, .arena = arena};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct nlu_fdb *e = &items[i];
        rc = name_link(&names, e->index, &e->ifname);
        if (rc == 0)
            rc = name_link(&names, e->master, &e->master_name);
        if (rc == 0 && e->link_netnsid < 0)
            rc = name_link(&names, e->via, &e->via_name);
    }
    return rc;
}

int nlu_fdb_list(struct nlu_nlsock *nl, const struct nlu_fdb_filter *filter,
                 struct nlu_arena *arena, struct nlu_fdb_list *ret_list, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[256];
    struct reading r = {.filter = filter, .arena = arena};
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct ndmsg *header;

    msg->nlmsg_type = RTM_GETNEIGH;
    header = mnl_nlmsg_put_extra_header(msg, sizeof *header);
    header->ndm_family = AF_BRIDGE;
    header->ndm_ifindex = filter->index;
    if (filter->master)
        mnl_attr_put_u32(msg, NDA_MASTER, (uint32_t)filter->master);
    int rc = nlu_nlsock_dump(nl, msg, collect, forget, &r, err);
    if (rc < 0)
        return nlu_err_about(err, "fdb.list", "%s", err->subject);
    rc = name_links(nl, arena, r.items, r.count);
    if (rc < 0)
        return nlu_err_set(err, -rc, "fdb.list", "%s", "names");
    *ret_list = (struct nlu_fdb_list){r.items, r.count};
    return 0;
}

// --- writing -------------------------------------------------------------------------------------

static void put_key(struct nlmsghdr *msg, const struct nlu_fdb_spec *s) {
    mnl_attr_put(msg, NDA_LLADDR, sizeof s->mac, s->mac);
    if (s->has_vlan)
        mnl_attr_put_u16(msg, NDA_VLAN, s->vlan);
    if (s->has_vni)
        mnl_attr_put_u32(msg, NDA_VNI, s->vni);
}

static int about(struct nlu_err *err, const char *op, const struct nlu_fdb_spec *s) {
    char mac[NLU_MAC_TEXT];

    return nlu_err_about(err, op, "%s", nlu_mac_format(s->mac, mac));
}

int nlu_fdb_change(struct nlu_nlsock *nl, enum nlu_fdb_how how, const struct nlu_fdb_spec *spec,
                   struct nlu_err *err) {
    static const struct {
        const char *op;
        uint16_t type, flags;
    } hows[] = {
        [NLU_FDB_ADD] = {"fdb.add", RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL},
        [NLU_FDB_APPEND] = {"fdb.append", RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_APPEND},
        [NLU_FDB_REPLACE] = {"fdb.replace", RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE},
        [NLU_FDB_DEL] = {"fdb.del", RTM_DELNEIGH, 0},
    };
    // All there is to say fits, so that the puts need no checks.
    _Alignas(struct nlmsghdr) char buf[512];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct ndmsg *header;

    msg->nlmsg_type = hows[how].type;
    msg->nlmsg_flags = hows[how].flags;
    header = mnl_nlmsg_put_extra_header(msg, sizeof *header);
    header->ndm_family = AF_BRIDGE;
    header->ndm_ifindex = spec->index;
    header->ndm_state = spec->state;
    header->ndm_flags = spec->flags;
    put_key(msg, spec);
    if (spec->dst.family)
        mnl_attr_put(msg, NDA_DST, nlu_ip_size(&spec->dst), spec->dst.bytes);
    if (spec->nhid)
        mnl_attr_put_u32(msg, NDA_NH_ID, spec->nhid);
    if (spec->port) {
        const uint8_t port[2] = {(uint8_t)(spec->port >> 8), (uint8_t)spec->port};
        mnl_attr_put(msg, NDA_PORT, sizeof port, port);
    }
    if (spec->has_src_vni)
        mnl_attr_put_u32(msg, NDA_SRC_VNI, spec->src_vni);
    if (spec->via)
        mnl_attr_put_u32(msg, NDA_IFINDEX, (uint32_t)spec->via);
    return nlu_nlsock_ask(nl, msg, NULL, NULL, err) < 0 ? about(err, hows[how].op, spec) : 0;
}

int nlu_fdb_get(struct nlu_nlsock *nl, const struct nlu_fdb_spec *key, int master,
                struct nlu_arena *arena, struct nlu_fdb *ret_entry, struct nlu_err *err) {
    static const struct nlu_fdb_filter all;
    _Alignas(struct nlmsghdr) char buf[256];
    struct reading r = {.filter = &all, .arena = arena};
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct ndmsg *header;

    msg->nlmsg_type = RTM_GETNEIGH;
    header = mnl_nlmsg_put_extra_header(msg, sizeof *header);
    header->ndm_family = AF_BRIDGE;
    header->ndm_ifindex = key->index;
    header->ndm_flags = key->flags;
    put_key(msg, key);
    if (master)
        mnl_attr_put_u32(msg, NDA_MASTER, (uint32_t)master);
    int rc = nlu_nlsock_ask(nl, msg, collect, &r, err);
    if (rc == 0 && !r.count)
        rc = nlu_err_set(err, ENOENT, "fdb.get", "%s", "");
    if (rc < 0)
        return about(err, "fdb.get", key);
    rc = name_links(nl, arena, r.items, r.count);
    if (rc < 0)
        return nlu_err_set(err, -rc, "fdb.get", "%s", "names");
    *ret_entry = r.items[0];
    return 0;
}

int nlu_fdb_flush(struct nlu_nlsock *nl, const struct nlu_fdb_flush *flush, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[256];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct ndmsg *header;

    msg->nlmsg_type = RTM_DELNEIGH;
    msg->nlmsg_flags = NLM_F_BULK;
    header = mnl_nlmsg_put_extra_header(msg, sizeof *header);
    header->ndm_family = AF_BRIDGE;
    header->ndm_ifindex = flush->index;
    header->ndm_state = flush->state;
    header->ndm_flags = flush->flags;
    if (flush->port)
        mnl_attr_put_u32(msg, NDA_IFINDEX, (uint32_t)flush->port);
    if (flush->has_vlan)
        mnl_attr_put_u16(msg, NDA_VLAN, flush->vlan);
    if (flush->flags_mask)
        mnl_attr_put_u8(msg, NDA_NDM_FLAGS_MASK, flush->flags_mask);
    if (flush->state_mask)
        mnl_attr_put_u16(msg, NDA_NDM_STATE_MASK, flush->state_mask);
    return nlu_nlsock_ask(nl, msg, NULL, NULL, err) < 0 ? nlu_err_about(err, "fdb.flush", "%s", "")
                                                        : 0;
}
