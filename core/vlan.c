#include "vlan.h"

#include "ifnames.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

// --- reading -------------------------------------------------------------------------------------

// Walks through ranges: the kernel sends a first and a last one for VLANs that are alike.
struct walk {
    struct nlu_arena *arena;
    const struct nlu_vlan_filter *filter;
    struct nlu_vlan_port port;
    size_t cap;
    struct nlu_vlan open;
};

static int take(struct walk *w, const struct nlu_vlan *v, uint16_t flags) {
    if (!(flags & BRIDGE_VLAN_INFO_RANGE_END))
        w->open = *v;
    if (flags & BRIDGE_VLAN_INFO_RANGE_BEGIN)
        return 0;
    struct nlu_vlan whole = *v;
    whole.first = w->open.first;
    whole.tunnel_first = w->open.tunnel_first;
    if (w->filter->vid && (w->filter->vid < whole.first || w->filter->vid > whole.last))
        return 0;
    void *vlans = w->port.vlans;
    int rc = nlu_arena_grow(w->arena, &vlans, sizeof *w->port.vlans, w->port.count, &w->cap);
    w->port.vlans = vlans;
    if (rc == 0)
        w->port.vlans[w->port.count++] = whole;
    return rc;
}

static int take_vlan(struct walk *w, const struct nlattr *attr) {
    struct bridge_vlan_info info;

    if (nlu_attr_size(attr) < sizeof info)
        return -EBADMSG;
    memcpy(&info, nlu_attr_data(attr), sizeof info);
    const struct nlu_vlan v = {.first = info.vid, .last = info.vid, .flags = info.flags};
    return take(w, &v, info.flags);
}

static int take_tunnel(struct walk *w, const struct nlattr *attr) {
    static const struct nlu_attr_rule rules[IFLA_BRIDGE_VLAN_TUNNEL_MAX + 1] = {
        [IFLA_BRIDGE_VLAN_TUNNEL_ID] = {NLU_ATTR_U32, 0},
        [IFLA_BRIDGE_VLAN_TUNNEL_VID] = {NLU_ATTR_U16, 0},
        [IFLA_BRIDGE_VLAN_TUNNEL_FLAGS] = {NLU_ATTR_U16, 0},
    };
    const struct nlattr *t[IFLA_BRIDGE_VLAN_TUNNEL_MAX + 1];
    struct nlu_vlan v = {.tunnel = true};

    if (nlu_attr_parse_nest(attr, rules, IFLA_BRIDGE_VLAN_TUNNEL_MAX, t) < 0)
        return -EBADMSG;
    if (!t[IFLA_BRIDGE_VLAN_TUNNEL_VID])
        return 0;
    v.first = v.last = nlu_attr_u16(t[IFLA_BRIDGE_VLAN_TUNNEL_VID]);
    if (t[IFLA_BRIDGE_VLAN_TUNNEL_ID])
        v.tunnel_first = v.tunnel_last = nlu_attr_u32(t[IFLA_BRIDGE_VLAN_TUNNEL_ID]);
    return take(w, &v,
                t[IFLA_BRIDGE_VLAN_TUNNEL_FLAGS] ? nlu_attr_u16(t[IFLA_BRIDGE_VLAN_TUNNEL_FLAGS])
                                                 : 0);
}

int nlu_vlan_parse(const struct nlmsghdr *msg, const struct nlu_vlan_filter *filter,
                   struct nlu_arena *arena, struct nlu_vlan_port *ret_port) {
    static const struct nlu_attr_rule rules[IFLA_AF_SPEC + 1] = {
        [IFLA_AF_SPEC] = {NLU_ATTR_NEST, 0}};
    const struct ifinfomsg *info = nlu_msg_header(msg, sizeof *info);
    const struct nlattr *t[IFLA_AF_SPEC + 1], *attr, *empty[1];
    struct walk w = {.arena = arena, .filter = filter};

    // The framing of the nest is checked before it is walked.
    if (!info || nlu_attr_parse_msg(msg, sizeof *info, rules, IFLA_AF_SPEC, t) < 0 ||
        (t[IFLA_AF_SPEC] && nlu_attr_parse_nest(t[IFLA_AF_SPEC], NULL, 0, empty) < 0))
        return -EBADMSG;
    w.port.index = info->ifi_index;
    *ret_port = w.port;
    if (!t[IFLA_AF_SPEC])
        return 0;
    mnl_attr_for_each_nested(attr, t[IFLA_AF_SPEC]) {
        int rc = 0;
        if (!filter->tunnels && mnl_attr_get_type(attr) == IFLA_BRIDGE_VLAN_INFO)
            rc = take_vlan(&w, attr);
        else if (filter->tunnels && mnl_attr_get_type(attr) == IFLA_BRIDGE_VLAN_TUNNEL_INFO)
            rc = take_tunnel(&w, attr);
        if (rc < 0)
            return rc;
    }
    *ret_port = w.port;
    return 0;
}

struct reading {
    struct nlu_arena *arena;
    const struct nlu_vlan_filter *filter;
    struct nlu_vlan_port *items;
    size_t count, cap;
};

static int collect(const struct nlmsghdr *msg, void *arg) {
    const struct ifinfomsg *info = nlu_msg_header(msg, sizeof *info);
    struct reading *r = arg;
    struct nlu_vlan_port port;

    if (msg->nlmsg_type != RTM_NEWLINK || !info || info->ifi_family != AF_BRIDGE ||
        (r->filter->index && info->ifi_index != r->filter->index))
        return 0;
    int rc = nlu_vlan_parse(msg, r->filter, r->arena, &port);
    if (rc < 0 || !port.count)
        return rc;
    rc = nlu_arena_grow(r->arena, (void **)&r->items, sizeof *r->items, r->count, &r->cap);
    if (rc == 0)
        r->items[r->count++] = port;
    return rc;
}

static void forget(void *arg) {
    struct reading *r = arg;
    r->count = 0;
}

int nlu_vlan_list(struct nlu_nlsock *nl, const struct nlu_vlan_filter *filter,
                  struct nlu_arena *arena, struct nlu_vlan_list *ret_list, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[256];
    struct reading r = {.arena = arena, .filter = filter};
    struct nlu_ifnames names = {.nl = nl, .arena = arena};
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *info;

    msg->nlmsg_type = RTM_GETLINK;
    info = mnl_nlmsg_put_extra_header(msg, sizeof *info);
    info->ifi_family = AF_BRIDGE;
    mnl_attr_put_u32(msg, IFLA_EXT_MASK,
                     filter->compress ? RTEXT_FILTER_BRVLAN_COMPRESSED : RTEXT_FILTER_BRVLAN);
    int rc = nlu_nlsock_dump(nl, msg, collect, forget, &r, err);
    if (rc < 0)
        return nlu_err_about(err, "vlan.list", "%s", err->subject);
    for (size_t i = 0; i < r.count; i++) {
        r.items[i].ifname = nlu_ifnames_get(&names, r.items[i].index);
        if (!r.items[i].ifname)
            return nlu_err_set(err, ENOMEM, "vlan.list", "%s", "");
    }
    *ret_list = (struct nlu_vlan_list){r.items, r.count};
    return 0;
}

// --- writing -------------------------------------------------------------------------------------

static void put_vlan(struct nlmsghdr *msg, uint16_t vid, uint16_t flags) {
    const struct bridge_vlan_info info = {.vid = vid, .flags = flags};

    mnl_attr_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof info, &info);
}

static void put_tunnel(struct nlmsghdr *msg, uint16_t vid, uint32_t id, uint16_t flags) {
    struct nlattr *nest = mnl_attr_nest_start(msg, IFLA_BRIDGE_VLAN_TUNNEL_INFO);

    mnl_attr_put_u32(msg, IFLA_BRIDGE_VLAN_TUNNEL_ID, id);
    mnl_attr_put_u16(msg, IFLA_BRIDGE_VLAN_TUNNEL_VID, vid);
    mnl_attr_put_u16(msg, IFLA_BRIDGE_VLAN_TUNNEL_FLAGS, flags);
    mnl_attr_nest_end(msg, nest);
}

static int change(struct nlu_nlsock *nl, uint16_t type, const struct nlu_vlan_spec *s,
                  const char *op, struct nlu_err *err) {
    const bool range = s->last > s->first;
    const uint16_t flags =
        (s->pvid ? BRIDGE_VLAN_INFO_PVID : 0) | (s->untagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0);
    const uint16_t begin = range ? BRIDGE_VLAN_INFO_RANGE_BEGIN : 0;
    // All there is to say fits, so that the puts need no checks.
    _Alignas(struct nlmsghdr) char buf[256];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct ifinfomsg *info;

    msg->nlmsg_type = type;
    info = mnl_nlmsg_put_extra_header(msg, sizeof *info);
    info->ifi_family = AF_BRIDGE;
    info->ifi_index = s->index;
    struct nlattr *spec = mnl_attr_nest_start(msg, IFLA_AF_SPEC);
    if (s->self || s->master)
        mnl_attr_put_u16(
            msg, IFLA_BRIDGE_FLAGS,
            (uint16_t)((s->self ? BRIDGE_FLAGS_SELF : 0) | (s->master ? BRIDGE_FLAGS_MASTER : 0)));
    if (s->tunnel) {
        put_tunnel(msg, s->first, s->tunnel_first, begin);
        if (range)
            put_tunnel(msg, s->last, s->tunnel_first + s->last - s->first,
                       BRIDGE_VLAN_INFO_RANGE_END);
    } else {
        put_vlan(msg, s->first, flags | begin);
        if (range)
            put_vlan(msg, s->last, flags | BRIDGE_VLAN_INFO_RANGE_END);
    }
    mnl_attr_nest_end(msg, spec);
    int rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    if (rc == 0)
        return 0;
    if (range)
        nlu_err_about(err, op, "%u-%u on %s", s->first, s->last, s->ifname);
    else
        nlu_err_about(err, op, "%u on %s", s->first, s->ifname);
    if (rc == -EOPNOTSUPP && !*err->kernel)
        return nlu_err_hint(err,
                            "either %s is no port of a bridge (nor a bridge, with self), or "
                            "this kernel's bridges know no VLANs: CONFIG_BRIDGE_VLAN_FILTERING",
                            s->ifname);
    return rc;
}

int nlu_vlan_add(struct nlu_nlsock *nl, const struct nlu_vlan_spec *spec, struct nlu_err *err) {
    return change(nl, RTM_SETLINK, spec, "vlan.add", err);
}

int nlu_vlan_del(struct nlu_nlsock *nl, const struct nlu_vlan_spec *spec, struct nlu_err *err) {
    return change(nl, RTM_DELLINK, spec, "vlan.del", err);
}
