// Rule messages: ip-rule's defaults in what is asked for, and what is read.
#include "check.h"
#include "rule.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
static struct nlu_arena arena;

// Writes the request and reads it as an answer.
static struct nlu_rule around(enum nlu_rule_change change, const struct nlu_rule *rule) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_rule read = {0};

    CHECK_INT(nlu_rule_put(msg, change, rule), 0);
    CHECK_INT(msg->nlmsg_type, change == NLU_RULE_ADD ? RTM_NEWRULE : RTM_DELRULE);
    CHECK_INT(nlu_rule_decode(msg, &arena, &read), 0);
    return read;
}

static void test_defaults(void) {
    struct nlu_rule rule = {.family = AF_INET};
    struct nlu_rule r = around(NLU_RULE_ADD, &rule);

    CHECK_INT(r.action, FR_ACT_TO_TBL);
    CHECK_INT(r.table, RT_TABLE_MAIN);
    CHECK(!r.has_src && !r.has_dst && !r.iif && !r.oif && !(r.have & NLU_RULE_PRIORITY));
    r = around(NLU_RULE_DEL, &rule);
    CHECK_INT(r.action, FR_ACT_UNSPEC);
    CHECK_INT(r.table, RT_TABLE_UNSPEC);
    // What looks up no table has none.
    rule = (struct nlu_rule){.family = AF_INET, .have = NLU_RULE_GOTO, .target = 5};
    r = around(NLU_RULE_ADD, &rule);
    CHECK_INT(r.action, FR_ACT_GOTO);
    CHECK_INT(r.table, 0);
    rule = (struct nlu_rule){.family = AF_INET, .have = NLU_RULE_ACTION, .action = RTN_BLACKHOLE};
    CHECK_INT(around(NLU_RULE_ADD, &rule).table, 0);
    rule = (struct nlu_rule){.family = AF_INET, .have = NLU_RULE_L3MDEV};
    CHECK_INT(around(NLU_RULE_ADD, &rule).table, 0);
    rule = (struct nlu_rule){.family = AF_INET, .have = NLU_RULE_TABLE, .table = 100000};
    CHECK_INT(around(NLU_RULE_ADD, &rule).table, 100000);
}

static void test_everything(void) {
    const int have = NLU_RULE_PRIORITY | NLU_RULE_TABLE | NLU_RULE_FWMARK | NLU_RULE_FWMASK |
                     NLU_RULE_REALMS | NLU_RULE_TUN_ID | NLU_RULE_SUPPRESS_PREFIXLEN |
                     NLU_RULE_SUPPRESS_IFGROUP | NLU_RULE_GOTO | NLU_RULE_L3MDEV |
                     NLU_RULE_UIDRANGE | NLU_RULE_PROTOCOL | NLU_RULE_IPPROTO | NLU_RULE_SPORT |
                     NLU_RULE_DPORT | NLU_RULE_ACTION;
    struct nlu_rule rule = {
        .family = AF_INET6,
        .tos = 0x10,
        .action = FR_ACT_TO_TBL,
        .flags = FIB_RULE_INVERT,
        .iif = "eth0",
        .oif = "eth1",
        .priority = 9,
        .table = 77,
        .fwmark = 1,
        .fwmask = 0xff,
        .realms = 5,
        .suppress_prefixlen = 1,
        .suppress_ifgroup = 2,
        .target = 50,
        .tun_id = UINT64_C(0x123456789abc),
        .uidrange = {1, 2},
        .sport = {10, 20},
        .dport = {80, 80},
        .protocol = 4,
        .ipproto = 6,
    };

    rule.have |= have;
    CHECK_INT(nlu_prefix_parse("2001:db8::/32", &rule.src), 0);
    CHECK_INT(nlu_prefix_parse("2001:db8:1::/48", &rule.dst), 0);
    struct nlu_rule r = around(NLU_RULE_ADD, &rule);
    CHECK_INT(r.have, have);
    CHECK(r.has_src && r.has_dst);
    CHECK(nlu_ip_equal(&r.src.ip, &rule.src.ip) && r.src.len == 32);
    CHECK(nlu_ip_equal(&r.dst.ip, &rule.dst.ip) && r.dst.len == 48);
    CHECK_STR(r.iif, "eth0");
    CHECK_STR(r.oif, "eth1");
    CHECK_INT(r.flags, FIB_RULE_INVERT);
    CHECK_INT(r.tos, 0x10);
    CHECK_INT(r.priority, 9);
    CHECK_INT(r.fwmark, 1);
    CHECK_INT(r.fwmask, 0xff);
    CHECK_INT(r.realms, 5);
    CHECK_INT(r.suppress_prefixlen, 1);
    CHECK_INT(r.suppress_ifgroup, 2);
    CHECK_INT(r.target, 50);
    CHECK_INT(r.tun_id, INT64_C(0x123456789abc));
    CHECK(r.uidrange.start == 1 && r.uidrange.end == 2);
    CHECK(r.sport.start == 10 && r.sport.end == 20);
    CHECK(r.dport.start == 80 && r.dport.end == 80);
    CHECK_INT(r.protocol, 4);
    CHECK_INT(r.ipproto, 6);
}

static void test_protocols(void) {
    char text[12];
    uint8_t proto = 0;

    CHECK_STR(nlu_ipproto_name(6, text), "tcp");
    CHECK_STR(nlu_ipproto_name(255, text), "255");
    CHECK_INT(nlu_ipproto_parse("ipv6-icmp", &proto), 0);
    CHECK_INT(proto, 58);
    CHECK_INT(nlu_ipproto_parse("carrier pigeon", &proto), -EINVAL);
}

static void test_damage(void) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_rule r;

    msg->nlmsg_type = RTM_NEWRULE;
    CHECK_INT(nlu_rule_decode(msg, &arena, &r), -EBADMSG);
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct fib_rule_hdr));
    CHECK_INT(nlu_rule_decode(msg, &arena, &r), 0);
    mnl_attr_put(msg, FRA_SPORT_RANGE, 2, "\1\0");
    CHECK_INT(nlu_rule_decode(msg, &arena, &r), -EBADMSG);
}

int main(void) {
    test_defaults();
    test_everything();
    test_protocols();
    test_damage();
    nlu_arena_free(&arena);
    return check_result();
}
