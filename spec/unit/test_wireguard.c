// What the kernel tells of a WireGuard link, in one message or in several.
#include "check.h"
#include "wireguard.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <sys/socket.h>

static _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];

static struct nlmsghdr *begin(void) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct genlmsghdr));
    return msg;
}

static void put_key(struct nlmsghdr *msg, uint16_t type, uint8_t byte) {
    uint8_t key[NLU_WGKEY_SIZE];
    memset(key, byte, sizeof key);
    mnl_attr_put(msg, type, sizeof key, key);
}

static void put_allowed(struct nlmsghdr *msg, const char *text) {
    struct nlattr *nest = mnl_attr_nest_start(msg, 0);
    struct nlu_prefix prefix;

    CHECK_INT(nlu_prefix_parse(text, &prefix), 0);
    mnl_attr_put_u16(msg, WGALLOWEDIP_A_FAMILY, prefix.ip.family);
    mnl_attr_put(msg, WGALLOWEDIP_A_IPADDR, nlu_ip_size(&prefix.ip), prefix.ip.bytes);
    mnl_attr_put_u8(msg, WGALLOWEDIP_A_CIDR_MASK, prefix.len);
    mnl_attr_nest_end(msg, nest);
}

// A peer with up to two allowed addresses.
static void put_peer(struct nlmsghdr *msg, uint8_t key, const char *a, const char *b) {
    struct nlattr *peer = mnl_attr_nest_start(msg, 0);

    put_key(msg, WGPEER_A_PUBLIC_KEY, key);
    struct nlattr *list = mnl_attr_nest_start(msg, WGPEER_A_ALLOWEDIPS);
    if (a)
        put_allowed(msg, a);
    if (b)
        put_allowed(msg, b);
    mnl_attr_nest_end(msg, list);
    mnl_attr_nest_end(msg, peer);
}

static void test_device(void) {
    const struct sockaddr_in6 far = {.sin6_family = AF_INET6,
                                     .sin6_port = htons(51820),
                                     .sin6_addr.s6_addr = {0xfe, 0x80, [15] = 9},
                                     .sin6_scope_id = 3};
    const int64_t handshake[2] = {1700000000, 500000000};
    struct nlu_arena arena = {0};
    struct nlu_wg_reading r = {.arena = &arena};
    const struct nlu_wg_device *d = &r.device;
    struct nlmsghdr *msg = begin();

    mnl_attr_put_u32(msg, WGDEVICE_A_IFINDEX, 7);
    mnl_attr_put_strz(msg, WGDEVICE_A_IFNAME, "wg0");
    put_key(msg, WGDEVICE_A_PRIVATE_KEY, 1);
    put_key(msg, WGDEVICE_A_PUBLIC_KEY, 2);
    mnl_attr_put_u16(msg, WGDEVICE_A_LISTEN_PORT, 51821);
    mnl_attr_put_u32(msg, WGDEVICE_A_FWMARK, 5);
    struct nlattr *peers = mnl_attr_nest_start(msg, WGDEVICE_A_PEERS);
    struct nlattr *peer = mnl_attr_nest_start(msg, 0);
    put_key(msg, WGPEER_A_PUBLIC_KEY, 3);
    put_key(msg, WGPEER_A_PRESHARED_KEY, 0); // the kernel's word for none
    mnl_attr_put(msg, WGPEER_A_ENDPOINT, sizeof far, &far);
    mnl_attr_put_u16(msg, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 25);
    mnl_attr_put(msg, WGPEER_A_LAST_HANDSHAKE_TIME, sizeof handshake, handshake);
    mnl_attr_put_u64(msg, WGPEER_A_RX_BYTES, 10);
    mnl_attr_put_u64(msg, WGPEER_A_TX_BYTES, 20);
    mnl_attr_nest_end(msg, peer);
    mnl_attr_nest_end(msg, peers);

    CHECK_INT(nlu_wg_parse(msg, &r), 0);
    CHECK_INT(d->index, 7);
    CHECK_STR(d->name, "wg0");
    CHECK(d->private_key[31] == 1 && d->public_key[0] == 2 && (d->have & NLU_WG_PRIVATE_KEY));
    CHECK_INT(d->listen_port, 51821);
    CHECK_INT(d->fwmark, 5);
    CHECK_INT(d->peer_count, 1);
    const struct nlu_wg_peer *p = d->peers;
    CHECK(p->public_key[0] == 3 && !(p->have & NLU_WG_PRESHARED_KEY));
    CHECK(p->endpoint.ip.family == AF_INET6 && p->endpoint.ip.bytes[15] == 9);
    CHECK_INT(p->endpoint.port, 51820);
    CHECK_INT(p->endpoint.scope, 3);
    CHECK_INT(p->keepalive, 25);
    CHECK(p->latest_handshake > 1700000000.4 && p->latest_handshake < 1700000000.6);
    CHECK(p->rx_bytes == 10 && p->tx_bytes == 20);
    CHECK_INT(p->allowed_count, 0);
    nlu_arena_free(&arena);
}

// A peer with which one message ends and the next begins is one peer.
static void test_goes_on(void) {
    struct nlu_arena arena = {0};
    struct nlu_wg_reading r = {.arena = &arena};
    char text[NLU_PREFIX_TEXT];
    struct nlmsghdr *msg = begin();

    struct nlattr *peers = mnl_attr_nest_start(msg, WGDEVICE_A_PEERS);
    put_peer(msg, 5, "192.0.2.1/32", NULL);
    put_peer(msg, 6, "192.0.2.2/32", "2001:db8::/32");
    mnl_attr_nest_end(msg, peers);
    CHECK_INT(nlu_wg_parse(msg, &r), 0);
    msg = begin();
    peers = mnl_attr_nest_start(msg, WGDEVICE_A_PEERS);
    put_peer(msg, 6, "198.51.100.0/24", NULL);
    put_peer(msg, 7, NULL, NULL);
    mnl_attr_nest_end(msg, peers);
    CHECK_INT(nlu_wg_parse(msg, &r), 0);
    CHECK_INT(r.device.peer_count, 3);
    CHECK_INT(r.device.peers[0].allowed_count, 1);
    CHECK_INT(r.device.peers[1].allowed_count, 3);
    CHECK_STR(nlu_prefix_format(&r.device.peers[1].allowed_ips[2], text), "198.51.100.0/24");
    CHECK_STR(nlu_prefix_format(&r.device.peers[0].allowed_ips[0], text), "192.0.2.1/32");
    CHECK_INT(r.device.peers[2].public_key[0], 7);
    nlu_arena_free(&arena);
}

static void test_malformed(void) {
    static const struct {
        uint16_t device, peer, size;
    } bad[] = {
        {WGDEVICE_A_PRIVATE_KEY, 0, NLU_WGKEY_SIZE - 1},
        {WGDEVICE_A_IFNAME, 0, 0},
        {WGDEVICE_A_LISTEN_PORT, 0, 1},
        {WGDEVICE_A_PEERS, WGPEER_A_PUBLIC_KEY, NLU_WGKEY_SIZE - 1},
        {WGDEVICE_A_PEERS, WGPEER_A_ENDPOINT, sizeof(struct sockaddr_in) - 1},
        {WGDEVICE_A_PEERS, WGPEER_A_LAST_HANDSHAKE_TIME, 15},
        {WGDEVICE_A_PEERS, WGPEER_A_RX_BYTES, 7},
    };
    static const char zero[64];

    for (size_t i = 0; i < NLU_COUNT(bad); i++) {
        struct nlu_arena arena = {0};
        struct nlu_wg_reading r = {.arena = &arena};
        struct nlmsghdr *msg = begin();
        if (bad[i].device == WGDEVICE_A_PEERS) {
            struct nlattr *peers = mnl_attr_nest_start(msg, WGDEVICE_A_PEERS);
            struct nlattr *peer = mnl_attr_nest_start(msg, 0);
            mnl_attr_put(msg, bad[i].peer, bad[i].size, zero);
            mnl_attr_nest_end(msg, peer);
            mnl_attr_nest_end(msg, peers);
        } else {
            mnl_attr_put(msg, bad[i].device, bad[i].size, zero);
        }
        CHECK_INT(nlu_wg_parse(msg, &r), -EBADMSG);
        nlu_arena_free(&arena);
    }
}

int main(void) {
    test_device();
    test_goes_on();
    test_malformed();
    return check_result();
}
