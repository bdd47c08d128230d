// Notifications: which messages are of interest, and what becomes of them.
#include "check.h"
#include "monitor.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

enum { ALL = (1u << NLU_MONITOR_OBJECTS) - 1 };

static _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];
static struct nlu_arena arena;

static struct nlmsghdr *message(uint16_t type, uint8_t family, size_t header) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));

    msg->nlmsg_type = type;
    *(uint8_t *)mnl_nlmsg_put_extra_header(msg, header) = family;
    return msg;
}

static void test_kinds(void) {
    static const struct {
        uint16_t type;
        size_t header;
        enum nlu_monitor_object object;
        enum nlu_event_kind kind;
    } cases[] = {
        {RTM_NEWADDR, sizeof(struct ifaddrmsg), NLU_MONITOR_ADDR, NLU_EVENT_NEW},
        {RTM_DELADDR, sizeof(struct ifaddrmsg), NLU_MONITOR_ADDR, NLU_EVENT_DEL},
        {RTM_NEWROUTE, sizeof(struct rtmsg), NLU_MONITOR_ROUTE, NLU_EVENT_NEW},
        {RTM_DELROUTE, sizeof(struct rtmsg), NLU_MONITOR_ROUTE, NLU_EVENT_DEL},
        {RTM_NEWNEIGH, sizeof(struct ndmsg), NLU_MONITOR_NEIGH, NLU_EVENT_NEW},
        {RTM_DELNEIGH, sizeof(struct ndmsg), NLU_MONITOR_NEIGH, NLU_EVENT_DEL},
        {RTM_NEWRULE, sizeof(struct fib_rule_hdr), NLU_MONITOR_RULE, NLU_EVENT_NEW},
        {RTM_DELRULE, sizeof(struct fib_rule_hdr), NLU_MONITOR_RULE, NLU_EVENT_DEL},
        {RTM_NEWNEXTHOP, sizeof(struct nhmsg), NLU_MONITOR_NEXTHOP, NLU_EVENT_NEW},
        {RTM_DELNEXTHOP, sizeof(struct nhmsg), NLU_MONITOR_NEXTHOP, NLU_EVENT_DEL},
    };

    for (size_t i = 0; i < NLU_COUNT(cases); i++) {
        struct nlmsghdr *msg = message(cases[i].type, AF_INET, cases[i].header);
        struct nlu_event event = {.kind = NLU_EVENT_LOST};
        CHECK_INT(nlu_event_decode(msg, ALL, &arena, &event), 1);
        CHECK_INT(event.object, cases[i].object);
        CHECK_INT(event.kind, cases[i].kind);
        // Not asked for.
        CHECK_INT(nlu_event_decode(msg, ALL & ~(1u << cases[i].object), &arena, &event), 0);
        // Shorter than its header.
        msg->nlmsg_len = MNL_NLMSG_HDRLEN;
        CHECK_INT(nlu_event_decode(msg, ALL, &arena, &event), -EBADMSG);
    }
}

static void test_links(void) {
    struct nlmsghdr *msg = message(RTM_NEWLINK, AF_UNSPEC, sizeof(struct ifinfomsg));
    struct nlu_event event;

    CHECK_INT(nlu_event_decode(msg, ALL, &arena, &event), -EBADMSG); // without a name
    mnl_attr_put_strz(msg, IFLA_IFNAME, "eth0");
    CHECK_INT(nlu_event_decode(msg, ALL, &arena, &event), 1);
    CHECK_STR(event.link.name, "eth0");
}

// The same types speak of bridges' ports and tables, and of multicast routes.
static void test_other_families(void) {
    struct nlu_event event;

    CHECK_INT(nlu_event_decode(message(RTM_NEWLINK, AF_BRIDGE, sizeof(struct ifinfomsg)), ALL,
                               &arena, &event),
              0);
    CHECK_INT(nlu_event_decode(message(RTM_NEWNEIGH, AF_BRIDGE, sizeof(struct ndmsg)), ALL, &arena,
                               &event),
              0);
    CHECK_INT(nlu_event_decode(message(RTM_NEWROUTE, RTNL_FAMILY_IPMR, sizeof(struct rtmsg)), ALL,
                               &arena, &event),
              0);
    CHECK_INT(
        nlu_event_decode(message(RTM_GETROUTE, AF_INET, sizeof(struct rtmsg)), ALL, &arena, &event),
        0);
    CHECK_INT(nlu_event_decode(message(RTM_NEWTFILTER, AF_INET, sizeof(struct rtmsg)), ALL, &arena,
                               &event),
              0);
}

int main(void) {
    test_kinds();
    test_links();
    test_other_families();
    nlu_arena_free(&arena);
    return check_result();
}
