#include "wireguard.h"

#include "feature.h"
#include "genl.h"
#include "link.h"
#include "nlcodec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <string.h>

// --- finding -------------------------------------------------------------------------------------

// The index of the link, and a socket to speak about it.
static int open_device(struct nlu_nlsock *route, int netns, const char *name, const char *op,
                       struct nlu_nlsock *ret_nl, uint16_t *ret_family, int *ret_index,
                       struct nlu_err *err) {
    int rc = nlu_link_index(route, name, ret_index, err);

    if (rc < 0)
        return nlu_err_about(err, op, "%s", name);
    rc = nlu_genl_open(netns, WG_GENL_NAME, ret_nl, ret_family, err);
    if (rc == -ENOENT) {
        nlu_err_set(err, EOPNOTSUPP, op, "%s", name);
        return nlu_feature_hint(err, NLU_FEATURE_LINK, "wireguard");
    }
    return rc < 0 ? nlu_err_about(err, op, "%s", name) : 0;
}

static struct nlmsghdr *begin(char *buf, uint16_t family, uint8_t command, int index) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct genlmsghdr *header;

    msg->nlmsg_type = family;
    header = mnl_nlmsg_put_extra_header(msg, sizeof *header);
    header->cmd = command;
    header->version = WG_GENL_VERSION;
    mnl_attr_put_u32(msg, WGDEVICE_A_IFINDEX, (uint32_t)index);
    return msg;
}

// --- writing -------------------------------------------------------------------------------------

enum { ROOM = NLU_NL_REQUEST };

static bool put_endpoint(struct nlmsghdr *msg, const struct nlu_wg_endpoint *e) {
    if (e->ip.family == AF_INET) {
        struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(e->port)};
        memcpy(&sin.sin_addr, e->ip.bytes, sizeof sin.sin_addr);
        return mnl_attr_put_check(msg, ROOM, WGPEER_A_ENDPOINT, sizeof sin, &sin);
    }
    struct sockaddr_in6 sin6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(e->port), .sin6_scope_id = e->scope};
    memcpy(&sin6.sin6_addr, e->ip.bytes, sizeof sin6.sin6_addr);
    return mnl_attr_put_check(msg, ROOM, WGPEER_A_ENDPOINT, sizeof sin6, &sin6);
}

static bool put_allowed(struct nlmsghdr *msg, const struct nlu_prefix *prefix) {
    struct nlattr *nest = mnl_attr_nest_start_check(msg, ROOM, 0);

    if (!nest)
        return false;
    if (!mnl_attr_put_u16_check(msg, ROOM, WGALLOWEDIP_A_FAMILY, prefix->ip.family) ||
        !mnl_attr_put_check(msg, ROOM, WGALLOWEDIP_A_IPADDR, nlu_ip_size(&prefix->ip),
                            prefix->ip.bytes) ||
        !mnl_attr_put_u8_check(msg, ROOM, WGALLOWEDIP_A_CIDR_MASK, prefix->len)) {
        mnl_attr_nest_cancel(msg, nest);
        return false;
    }
    mnl_attr_nest_end(msg, nest);
    return true;
}

// Puts a peer from its allowed address number *at on; false when nothing of it fits any more. *at
// is how many of them are in by then: less than all goes on in the next message.
static bool put_peer(struct nlmsghdr *msg, const struct nlu_wg_peer *p, size_t *at) {
    const bool first = *at == 0;
    const uint32_t flags =
        (p->have & NLU_WG_REMOVE ? WGPEER_F_REMOVE_ME : 0) |
        (p->have & NLU_WG_UPDATE_ONLY ? WGPEER_F_UPDATE_ONLY : 0) |
        (first && (p->have & NLU_WG_ALLOWED_IPS) ? WGPEER_F_REPLACE_ALLOWEDIPS : 0);
    struct nlattr *nest = mnl_attr_nest_start_check(msg, ROOM, 0);

    bool fits = nest &&
                mnl_attr_put_check(msg, ROOM, WGPEER_A_PUBLIC_KEY, NLU_WGKEY_SIZE, p->public_key) &&
                (!flags || mnl_attr_put_u32_check(msg, ROOM, WGPEER_A_FLAGS, flags));
    if (fits && first)
        fits = (!(p->have & NLU_WG_PRESHARED_KEY) ||
                mnl_attr_put_check(msg, ROOM, WGPEER_A_PRESHARED_KEY, NLU_WGKEY_SIZE,
                                   p->preshared_key)) &&
               (!(p->have & NLU_WG_ENDPOINT) || put_endpoint(msg, &p->endpoint)) &&
               (!(p->have & NLU_WG_KEEPALIVE) ||
                mnl_attr_put_u16_check(msg, ROOM, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
                                       p->keepalive));
    if (fits && *at < p->allowed_count) {
        struct nlattr *list = mnl_attr_nest_start_check(msg, ROOM, WGPEER_A_ALLOWEDIPS);
        const size_t before = *at;
        while (list && *at < p->allowed_count && put_allowed(msg, &p->allowed_ips[*at]))
            ++*at;
        fits = list && *at > before;
        if (list)
            mnl_attr_nest_end(msg, list);
    }
    if (!fits && nest) {
        *at = first ? 0 : *at;
        mnl_attr_nest_cancel(msg, nest);
    } else if (fits) {
        mnl_attr_nest_end(msg, nest);
    }
    return fits;
}

static bool put_device(struct nlmsghdr *msg, const struct nlu_wg_device *d) {
    return (!(d->have & NLU_WG_PRIVATE_KEY) ||
            mnl_attr_put_check(msg, ROOM, WGDEVICE_A_PRIVATE_KEY, NLU_WGKEY_SIZE,
                               d->private_key)) &&
           (!(d->have & NLU_WG_LISTEN_PORT) ||
            mnl_attr_put_u16_check(msg, ROOM, WGDEVICE_A_LISTEN_PORT, d->listen_port)) &&
           (!(d->have & NLU_WG_FWMARK) ||
            mnl_attr_put_u32_check(msg, ROOM, WGDEVICE_A_FWMARK, d->fwmark)) &&
           (!(d->have & NLU_WG_REPLACE_PEERS) ||
            mnl_attr_put_u32_check(msg, ROOM, WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS));
}

static int send_device(struct nlu_nlsock *nl, uint16_t family, int index,
                       const struct nlu_wg_device *d, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[ROOM];
    size_t peer = 0, allowed = 0;
    bool first = true;

    do {
        struct nlmsghdr *msg = begin(buf, family, WG_CMD_SET_DEVICE, index);
        if (first && !put_device(msg, d))
            return nlu_err_set(err, EMSGSIZE, "wireguard.set", "%s", "device");
        first = false;
        struct nlattr *list = mnl_attr_nest_start(msg, WGDEVICE_A_PEERS);
        const size_t before = peer, allowed_before = allowed;
        while (peer < d->peer_count && put_peer(msg, &d->peers[peer], &allowed)) {
            if (allowed < d->peers[peer].allowed_count)
                break;
            peer++;
            allowed = 0;
        }
        if (d->peer_count && peer == before && allowed == allowed_before)
            return nlu_err_set(err, EMSGSIZE, "wireguard.set", "%s", "peer");
        mnl_attr_nest_end(msg, list);
        int rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
        if (rc < 0)
            return rc;
    } while (peer < d->peer_count);
    return 0;
}

int nlu_wg_set(struct nlu_nlsock *route, int netns, const char *name,
               const struct nlu_wg_device *device, struct nlu_err *err) {
    struct nlu_nlsock nl = {.fd = NLU_NO_FD};
    uint16_t family = 0;
    int index = 0;

    int rc = open_device(route, netns, name, "wireguard.set", &nl, &family, &index, err);
    if (rc < 0)
        return rc;
    rc = send_device(&nl, family, index, device, err);
    nlu_nlsock_close(&nl);
    return rc < 0 ? nlu_err_about(err, "wireguard.set", "%s", name) : 0;
}

// --- reading -------------------------------------------------------------------------------------

static const struct nlu_attr_rule device_rules[WGDEVICE_A_MAX + 1] = {
    [WGDEVICE_A_IFINDEX] = {NLU_ATTR_U32, 0},
    [WGDEVICE_A_IFNAME] = {NLU_ATTR_TEXT, 0},
    [WGDEVICE_A_PRIVATE_KEY] = {NLU_ATTR_ANY, NLU_WGKEY_SIZE},
    [WGDEVICE_A_PUBLIC_KEY] = {NLU_ATTR_ANY, NLU_WGKEY_SIZE},
    [WGDEVICE_A_LISTEN_PORT] = {NLU_ATTR_U16, 0},
    [WGDEVICE_A_FWMARK] = {NLU_ATTR_U32, 0},
    [WGDEVICE_A_PEERS] = {NLU_ATTR_NEST, 0},
};
static const struct nlu_attr_rule peer_rules[WGPEER_A_MAX + 1] = {
    [WGPEER_A_PUBLIC_KEY] = {NLU_ATTR_ANY, NLU_WGKEY_SIZE},
    [WGPEER_A_PRESHARED_KEY] = {NLU_ATTR_ANY, NLU_WGKEY_SIZE},
    [WGPEER_A_ENDPOINT] = {NLU_ATTR_ANY, sizeof(struct sockaddr_in)},
    [WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL] = {NLU_ATTR_U16, 0},
    [WGPEER_A_LAST_HANDSHAKE_TIME] = {NLU_ATTR_ANY, 2 * sizeof(int64_t)},
    [WGPEER_A_RX_BYTES] = {NLU_ATTR_U64, 0},
    [WGPEER_A_TX_BYTES] = {NLU_ATTR_U64, 0},
    [WGPEER_A_ALLOWEDIPS] = {NLU_ATTR_NEST, 0},
};
static const struct nlu_attr_rule allowed_rules[WGALLOWEDIP_A_MAX + 1] = {
    [WGALLOWEDIP_A_FAMILY] = {NLU_ATTR_U16, 0},
    [WGALLOWEDIP_A_IPADDR] = {NLU_ATTR_IP, 0},
    [WGALLOWEDIP_A_CIDR_MASK] = {NLU_ATTR_U8, 0},
};

static struct nlu_wg_endpoint endpoint_of(const struct nlattr *attr) {
    struct nlu_wg_endpoint e = {.port = 0};
    struct sockaddr_in sin;
    struct sockaddr_in6 sin6;

    memcpy(&sin, nlu_attr_data(attr), sizeof sin);
    if (sin.sin_family == AF_INET) {
        e.ip = nlu_ip_from(&sin.sin_addr, 4);
        e.port = ntohs(sin.sin_port);
    } else if (sin.sin_family == AF_INET6 && nlu_attr_size(attr) >= sizeof sin6) {
        memcpy(&sin6, nlu_attr_data(attr), sizeof sin6);
        e.ip = nlu_ip_from(&sin6.sin6_addr, 16);
        e.port = ntohs(sin6.sin6_port);
        e.scope = sin6.sin6_scope_id;
    }
    return e;
}

static int read_allowed(struct nlu_wg_reading *r, struct nlu_wg_peer *peer,
                        const struct nlattr *list) {
    const struct nlattr *item, *none[1];

    if (nlu_attr_parse_nest(list, NULL, 0, none) < 0)
        return -EBADMSG;
    mnl_attr_for_each_nested(item, list) {
        const struct nlattr *t[WGALLOWEDIP_A_MAX + 1];
        if (nlu_attr_parse_nest(item, allowed_rules, WGALLOWEDIP_A_MAX, t) < 0)
            return -EBADMSG;
        if (!t[WGALLOWEDIP_A_IPADDR] || !t[WGALLOWEDIP_A_CIDR_MASK])
            continue;
        void *items = peer->allowed_ips;
        int rc = nlu_arena_grow(r->arena, &items, sizeof *peer->allowed_ips, peer->allowed_count,
                                &r->allowed_cap);
        peer->allowed_ips = items;
        if (rc < 0)
            return rc;
        peer->allowed_ips[peer->allowed_count++] =
            (struct nlu_prefix){.ip = nlu_attr_ip(t[WGALLOWEDIP_A_IPADDR]),
                                .len = nlu_attr_u8(t[WGALLOWEDIP_A_CIDR_MASK])};
    }
    return 0;
}

static void read_peer(const struct nlattr *const *t, struct nlu_wg_peer *p) {
    static const uint8_t zero[NLU_WGKEY_SIZE];

    memcpy(p->public_key, nlu_attr_data(t[WGPEER_A_PUBLIC_KEY]), NLU_WGKEY_SIZE);
    if (t[WGPEER_A_PRESHARED_KEY] &&
        memcmp(nlu_attr_data(t[WGPEER_A_PRESHARED_KEY]), zero, sizeof zero) != 0) {
        p->have |= NLU_WG_PRESHARED_KEY;
        memcpy(p->preshared_key, nlu_attr_data(t[WGPEER_A_PRESHARED_KEY]), NLU_WGKEY_SIZE);
    }
    if (t[WGPEER_A_ENDPOINT])
        p->endpoint = endpoint_of(t[WGPEER_A_ENDPOINT]);
    if (t[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
        p->keepalive = nlu_attr_u16(t[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]);
    if (t[WGPEER_A_RX_BYTES])
        p->rx_bytes = nlu_attr_u64(t[WGPEER_A_RX_BYTES]);
    if (t[WGPEER_A_TX_BYTES])
        p->tx_bytes = nlu_attr_u64(t[WGPEER_A_TX_BYTES]);
    if (t[WGPEER_A_LAST_HANDSHAKE_TIME]) {
        int64_t time[2];
        memcpy(time, nlu_attr_data(t[WGPEER_A_LAST_HANDSHAKE_TIME]), sizeof time);
        p->latest_handshake = (double)time[0] + (double)time[1] / 1e9;
    }
}

static int read_peers(struct nlu_wg_reading *r, const struct nlattr *list) {
    struct nlu_wg_device *d = &r->device;
    const struct nlattr *item, *none[1];

    if (nlu_attr_parse_nest(list, NULL, 0, none) < 0)
        return -EBADMSG;
    mnl_attr_for_each_nested(item, list) {
        const struct nlattr *t[WGPEER_A_MAX + 1];
        if (nlu_attr_parse_nest(item, peer_rules, WGPEER_A_MAX, t) < 0)
            return -EBADMSG;
        if (!t[WGPEER_A_PUBLIC_KEY])
            continue;
        struct nlu_wg_peer *p = d->peer_count ? &d->peers[d->peer_count - 1] : NULL;
        // The rest of the allowed addresses of the peer with which the message before ended.
        if (!p ||
            memcmp(p->public_key, nlu_attr_data(t[WGPEER_A_PUBLIC_KEY]), NLU_WGKEY_SIZE) != 0) {
            void *items = d->peers;
            int rc =
                nlu_arena_grow(r->arena, &items, sizeof *d->peers, d->peer_count, &r->peer_cap);
            d->peers = items;
            if (rc < 0)
                return rc;
            p = &d->peers[d->peer_count++];
            r->allowed_cap = 0;
            read_peer(t, p);
        }
        int rc = t[WGPEER_A_ALLOWEDIPS] ? read_allowed(r, p, t[WGPEER_A_ALLOWEDIPS]) : 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

int nlu_wg_parse(const struct nlmsghdr *msg, struct nlu_wg_reading *r) {
    struct nlu_wg_device *d = &r->device;
    const struct nlattr *t[WGDEVICE_A_MAX + 1];

    if (nlu_attr_parse_msg(msg, sizeof(struct genlmsghdr), device_rules, WGDEVICE_A_MAX, t) < 0)
        return -EBADMSG;
    if (t[WGDEVICE_A_IFINDEX])
        d->index = (int)nlu_attr_u32(t[WGDEVICE_A_IFINDEX]);
    if (t[WGDEVICE_A_IFNAME]) {
        const char *name = nlu_attr_text(t[WGDEVICE_A_IFNAME]);
        d->name = nlu_arena_text(r->arena, name, strlen(name));
        if (!d->name)
            return -ENOMEM;
    }
    if (t[WGDEVICE_A_PRIVATE_KEY]) {
        d->have |= NLU_WG_PRIVATE_KEY;
        memcpy(d->private_key, nlu_attr_data(t[WGDEVICE_A_PRIVATE_KEY]), NLU_WGKEY_SIZE);
    }
    if (t[WGDEVICE_A_PUBLIC_KEY])
        memcpy(d->public_key, nlu_attr_data(t[WGDEVICE_A_PUBLIC_KEY]), NLU_WGKEY_SIZE);
    if (t[WGDEVICE_A_LISTEN_PORT])
        d->listen_port = nlu_attr_u16(t[WGDEVICE_A_LISTEN_PORT]);
    if (t[WGDEVICE_A_FWMARK])
        d->fwmark = nlu_attr_u32(t[WGDEVICE_A_FWMARK]);
    return t[WGDEVICE_A_PEERS] ? read_peers(r, t[WGDEVICE_A_PEERS]) : 0;
}

static int collect(const struct nlmsghdr *msg, void *arg) {
    return nlu_wg_parse(msg, arg);
}

static void forget(void *arg) {
    struct nlu_wg_reading *r = arg;
    *r = (struct nlu_wg_reading){.arena = r->arena};
}

int nlu_wg_get(struct nlu_nlsock *route, int netns, const char *name, struct nlu_arena *arena,
               struct nlu_wg_device *ret_device, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlu_wg_reading r = {.arena = arena};
    struct nlu_nlsock nl = {.fd = NLU_NO_FD};
    uint16_t family = 0;
    int index = 0;

    int rc = open_device(route, netns, name, "wireguard.get", &nl, &family, &index, err);
    if (rc < 0)
        return rc;
    rc = nlu_nlsock_dump(&nl, begin(buf, family, WG_CMD_GET_DEVICE, index), collect, forget, &r,
                         err);
    nlu_nlsock_close(&nl);
    if (rc < 0)
        return nlu_err_about(err, "wireguard.get", "%s", name);
    *ret_device = r.device;
    return 0;
}
