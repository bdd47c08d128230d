// Nexthop messages: what is asked for, and what is read.
#include "check.h"
#include "nexthop.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
static struct nlu_arena arena;

// Writes the request and reads it as an answer.
static struct nlu_nexthop around(const struct nlu_nexthop *nexthop) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_nexthop read = {0};

    CHECK_INT(nlu_nexthop_put(msg, NLU_NEXTHOP_ADD, nexthop), 0);
    CHECK_INT(msg->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
    CHECK_INT(nlu_nexthop_decode(msg, &arena, &read), 0);
    return read;
}

static void test_single(void) {
    struct nlu_nexthop nexthop = {.id = 7, .oif = 3, .flags = RTNH_F_ONLINK, .protocol = 4};
    CHECK_INT(nlu_ip_parse("2001:db8::1", &nexthop.gateway), 0);
    struct nlu_nexthop n = around(&nexthop);

    CHECK_INT(n.id, 7);
    CHECK_INT(n.family, AF_INET6); // the gateway's
    CHECK_INT(n.oif, 3);
    CHECK_INT(n.flags, RTNH_F_ONLINK);
    CHECK_INT(n.protocol, 4);
    CHECK(nlu_ip_equal(&n.gateway, &nexthop.gateway));
    CHECK(!n.blackhole && !n.fdb && !n.member_count && !n.has_resilient);
    nexthop = (struct nlu_nexthop){.id = 8, .blackhole = true};
    n = around(&nexthop);
    CHECK(n.blackhole);
    CHECK_INT(n.family, AF_INET); // the default
}

static void test_group(void) {
    struct nlu_nexthop_member members[] = {{1, 1}, {2, 256}, {3, 5}};
    struct nlu_nexthop nexthop = {
        .id = 9,
        .family = AF_INET,
        .members = members,
        .member_count = NLU_COUNT(members),
        .group_type = NLU_NEXTHOP_RESILIENT,
        .has_resilient = true,
        .resilient = {.have = NLU_NEXTHOP_BUCKETS, .buckets = 32},
    };
    struct nlu_nexthop n = around(&nexthop);

    CHECK_INT(n.family, AF_UNSPEC); // a group has none
    CHECK_INT(n.member_count, 3);
    for (size_t i = 0; i < n.member_count; i++) {
        CHECK_INT(n.members[i].id, members[i].id);
        CHECK_INT(n.members[i].weight, members[i].weight);
    }
    CHECK_INT(n.group_type, NLU_NEXTHOP_RESILIENT);
    CHECK(n.has_resilient);
    CHECK_INT(n.resilient.buckets, 32);
    // More members than a request has room for.
    static struct nlu_nexthop_member many[2000];
    for (size_t i = 0; i < NLU_COUNT(many); i++)
        many[i] = members[0];
    nexthop.members = many;
    nexthop.member_count = NLU_COUNT(many);
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    CHECK_INT(nlu_nexthop_put(msg, NLU_NEXTHOP_ADD, &nexthop), -EMSGSIZE);
}

static void test_damage(void) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_nexthop n;

    msg->nlmsg_type = RTM_NEWNEXTHOP;
    CHECK_INT(nlu_nexthop_decode(msg, &arena, &n), -EBADMSG);
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct nhmsg));
    CHECK_INT(nlu_nexthop_decode(msg, &arena, &n), 0);
    mnl_attr_put(msg, NHA_GROUP, sizeof(struct nexthop_grp) + 1, buf);
    CHECK_INT(nlu_nexthop_decode(msg, &arena, &n), -EBADMSG);
}

int main(void) {
    test_single();
    test_group();
    test_damage();
    nlu_arena_free(&arena);
    return check_result();
}
