// What the kernel tells of bridges: entries of forwarding databases, VLANs of ports.
#include "check.h"
#include "fdb.h"
#include "vlan.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];

static struct nlmsghdr *entry(void) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));

    msg->nlmsg_type = RTM_NEWNEIGH;
    struct ndmsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ndm_family = AF_BRIDGE;
    head->ndm_ifindex = 3;
    head->ndm_state = NUD_PERMANENT;
    head->ndm_flags = NTF_SELF;
    return msg;
}

static void test_entry(void) {
    static const uint8_t mac[] = {2, 0, 0, 0, 0, 5}, dst[] = {192, 0, 2, 1};
    static const uint8_t port[] = {0x12, 0xb5};
    const struct nda_cacheinfo times = {.ndm_used = 250, .ndm_updated = 1999};
    struct nlmsghdr *msg = entry();
    struct nlu_fdb e;

    mnl_attr_put(msg, NDA_LLADDR, sizeof mac, mac);
    mnl_attr_put(msg, NDA_DST, sizeof dst, dst);
    mnl_attr_put(msg, NDA_PORT, sizeof port, port);
    mnl_attr_put_u16(msg, NDA_VLAN, 10);
    mnl_attr_put_u32(msg, NDA_VNI, 7);
    mnl_attr_put_u32(msg, NDA_MASTER, 9);
    mnl_attr_put_u32(msg, NDA_LINK_NETNSID, 0);
    mnl_attr_put(msg, NDA_CACHEINFO, sizeof times, &times);
    CHECK_INT(nlu_fdb_parse(msg, &e), 0);
    CHECK_INT(e.index, 3);
    CHECK(memcmp(e.mac, mac, sizeof mac) == 0);
    CHECK(e.dst.family == AF_INET && memcmp(e.dst.bytes, dst, sizeof dst) == 0);
    CHECK_INT(e.port, 4789);
    CHECK_INT(e.vlan, 10);
    CHECK(e.has_vni && !e.has_src_vni && e.has_times);
    CHECK_INT(e.vni, 7);
    CHECK_INT(e.master, 9);
    CHECK_INT(e.link_netnsid, 0);
    CHECK_INT(e.used, 2);
    CHECK_INT(e.updated, 19);
    CHECK_INT(e.state, NUD_PERMANENT);
    CHECK_INT(e.flags, NTF_SELF);
    CHECK_INT(e.nhid, 0);
    CHECK(!e.ifname && !e.master_name && !e.via_name);
}

static void test_bad_entries(void) {
    static const struct {
        uint16_t type, size;
    } bad[] = {{NDA_DST, 5}, {NDA_VLAN, 1}, {NDA_PORT, 1}, {NDA_VNI, 3}, {NDA_CACHEINFO, 15}};
    static const char zero[32];
    struct nlu_fdb e;

    for (size_t i = 0; i < NLU_COUNT(bad); i++) {
        struct nlmsghdr *msg = entry();
        mnl_attr_put(msg, bad[i].type, bad[i].size, zero);
        CHECK_INT(nlu_fdb_parse(msg, &e), -EBADMSG);
    }
    struct nlmsghdr *msg = entry();
    msg->nlmsg_len--; // the header is cut
    CHECK_INT(nlu_fdb_parse(msg, &e), -EBADMSG);
    // Nothing but the header is an entry of nothing.
    CHECK_INT(nlu_fdb_parse(entry(), &e), 0);
    CHECK_INT(e.link_netnsid, -1);
}

static struct nlmsghdr *port(struct nlattr **ret_nest) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));

    msg->nlmsg_type = RTM_NEWLINK;
    struct ifinfomsg *head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ifi_family = AF_BRIDGE;
    head->ifi_index = 4;
    *ret_nest = mnl_attr_nest_start(msg, IFLA_AF_SPEC);
    return msg;
}

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

static struct nlmsghdr *full_port(void) {
    struct nlattr *nest;
    struct nlmsghdr *msg = port(&nest);

    put_vlan(msg, 1, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
    put_vlan(msg, 10, BRIDGE_VLAN_INFO_RANGE_BEGIN);
    put_vlan(msg, 19, BRIDGE_VLAN_INFO_RANGE_END);
    put_vlan(msg, 30, 0);
    put_tunnel(msg, 40, 4000, BRIDGE_VLAN_INFO_RANGE_BEGIN);
    put_tunnel(msg, 42, 4002, BRIDGE_VLAN_INFO_RANGE_END);
    mnl_attr_nest_end(msg, nest);
    return msg;
}

static void test_vlans(void) {
    const struct nlu_vlan_filter all = {0}, one = {.vid = 15}, tunnels = {.tunnels = true};
    struct nlu_arena arena = {0};
    struct nlu_vlan_port p;

    CHECK_INT(nlu_vlan_parse(full_port(), &all, &arena, &p), 0);
    CHECK_INT(p.index, 4);
    CHECK_INT(p.count, 3);
    CHECK_INT(p.vlans[0].first, 1);
    CHECK_INT(p.vlans[0].flags, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
    CHECK(p.vlans[1].first == 10 && p.vlans[1].last == 19);
    CHECK(p.vlans[2].first == 30 && p.vlans[2].last == 30 && !p.vlans[2].tunnel);
    CHECK_INT(nlu_vlan_parse(full_port(), &one, &arena, &p), 0);
    CHECK(p.count == 1 && p.vlans[0].first == 10);
    CHECK_INT(nlu_vlan_parse(full_port(), &tunnels, &arena, &p), 0);
    CHECK(p.count == 1 && p.vlans[0].tunnel && p.vlans[0].first == 40 && p.vlans[0].last == 42);
    CHECK(p.vlans[0].tunnel_first == 4000 && p.vlans[0].tunnel_last == 4002);
    nlu_arena_free(&arena);
}

static void test_bad_vlans(void) {
    const struct nlu_vlan_filter all = {0}, tunnels = {.tunnels = true};
    struct nlu_arena arena = {0};
    struct nlu_vlan_port p;
    struct nlattr *nest;

    struct nlmsghdr *msg = port(&nest);
    mnl_attr_put_u16(msg, IFLA_BRIDGE_VLAN_INFO, 5); // flags without a number
    mnl_attr_nest_end(msg, nest);
    CHECK_INT(nlu_vlan_parse(msg, &all, &arena, &p), -EBADMSG);
    msg = port(&nest);
    struct nlattr *tunnel = mnl_attr_nest_start(msg, IFLA_BRIDGE_VLAN_TUNNEL_INFO);
    mnl_attr_put_u8(msg, IFLA_BRIDGE_VLAN_TUNNEL_VID, 5);
    mnl_attr_nest_end(msg, tunnel);
    mnl_attr_nest_end(msg, nest);
    CHECK_INT(nlu_vlan_parse(msg, &tunnels, &arena, &p), -EBADMSG);
    CHECK_INT(nlu_vlan_parse(msg, &all, &arena, &p), 0); // of no interest, so not looked at
    CHECK_INT(p.count, 0);
    msg = full_port();
    nest->nla_len += 4; // more than there is
    CHECK_INT(nlu_vlan_parse(msg, &all, &arena, &p), -EBADMSG);
    nlu_arena_free(&arena);
}

int main(void) {
    test_entry();
    test_bad_entries();
    test_vlans();
    test_bad_vlans();
    return check_result();
}
