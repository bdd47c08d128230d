// Address messages: what is asked for, byte for byte where it matters, and what is read.
#include "addr.h"
#include "check.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];

static struct nlu_prefix prefix(const char *text) {
    struct nlu_prefix p = {0};
    CHECK_INT(nlu_prefix_parse(text, &p), 0);
    return p;
}

// Writes the request and reads it as an answer.
static struct nlu_addr around(const struct nlu_addr_spec *spec, struct nlu_arena *arena) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_addr addr = {0};

    CHECK_INT(nlu_addr_put(msg, NLU_ADDR_ADD, spec), 0);
    CHECK_INT(nlu_addr_decode(msg, arena, &addr), 0);
    return addr;
}

static void test_plain(void) {
    struct nlu_addr_spec spec = {.index = 7, .local = prefix("192.0.2.1/24")};
    struct nlu_arena arena = {0};
    struct nlu_addr a = around(&spec, &arena);
    char text[NLU_IP_TEXT];

    CHECK_INT(a.index, 7);
    CHECK_INT(a.family, AF_INET);
    CHECK_INT(a.prefixlen, 24);
    CHECK_INT(a.scope, RT_SCOPE_UNIVERSE);
    CHECK_STR(nlu_ip_format(&a.local, text), "192.0.2.1");
    CHECK(nlu_ip_equal(&a.local, &a.address));
    CHECK_INT(a.broadcast.family, 0); // as ip: none unless said
    CHECK(!a.has_lifetimes && !a.has_metric && !a.has_protocol && !a.label && !a.dev);
    nlu_arena_free(&arena);
}

static void test_everything(void) {
    struct nlu_addr_spec spec = {
        .index = 1,
        .local = prefix("192.0.2.1"),
        .peer = prefix("198.51.100.2/30"),
        .label = "eth0:1",
        .flags = IFA_F_NOPREFIXROUTE,
        .has_scope = true,
        .scope = RT_SCOPE_LINK,
        .has_metric = true,
        .metric = 50,
        .has_protocol = true,
        .protocol = 3,
        .has_lifetimes = true,
        .valid = 100,
        .preferred = 50,
    };
    struct nlu_arena arena = {0};
    char text[NLU_IP_TEXT];

    spec.broadcast = nlu_addr_broadcast(&spec.peer, true);
    spec.anycast = spec.local.ip;
    struct nlu_addr a = around(&spec, &arena);
    CHECK_INT(a.prefixlen, 30); // the peer's
    CHECK_STR(nlu_ip_format(&a.address, text), "198.51.100.2");
    CHECK_STR(nlu_ip_format(&a.broadcast, text), "198.51.100.3");
    CHECK_STR(a.label, "eth0:1");
    CHECK_INT(a.flags, IFA_F_NOPREFIXROUTE); // does not fit the header's eight bits
    CHECK_INT(a.scope, RT_SCOPE_LINK);
    CHECK_INT(a.metric, 50);
    CHECK_INT(a.protocol, 3);
    CHECK_INT(a.valid, 100);
    CHECK_INT(a.preferred, 50);
    nlu_arena_free(&arena);
}

static void test_defaults(void) {
    struct nlu_addr_spec spec = {.index = 1, .local = prefix("127.0.0.2/8")};
    struct nlu_arena arena = {0};
    struct nlmsghdr *msg;
    const struct nlattr *t[IFA_MAX + 1];

    CHECK_INT(around(&spec, &arena).scope, RT_SCOPE_HOST);
    spec.any_length = true;
    msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    CHECK_INT(nlu_addr_put(msg, NLU_ADDR_DEL, &spec), 0);
    CHECK_INT(msg->nlmsg_type, RTM_DELADDR);
    CHECK_INT(nlu_attr_parse_msg(msg, sizeof(struct ifaddrmsg), NULL, IFA_MAX, t), 0);
    CHECK(t[IFA_LOCAL] && !t[IFA_ADDRESS]);
    nlu_arena_free(&arena);
}

static void test_change_flags(void) {
    static const uint16_t flags[] = {
        [NLU_ADDR_ADD] = NLM_F_CREATE | NLM_F_EXCL,
        [NLU_ADDR_REPLACE] = NLM_F_CREATE | NLM_F_REPLACE,
        [NLU_ADDR_CHANGE] = NLM_F_REPLACE,
        [NLU_ADDR_DEL] = 0,
    };
    const struct nlu_addr_spec spec = {.index = 1, .local = prefix("2001:db8::1/64")};

    for (int i = NLU_ADDR_ADD; i <= NLU_ADDR_DEL; i++) {
        struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
        CHECK_INT(nlu_addr_put(msg, (enum nlu_addr_change)i, &spec), 0);
        CHECK_INT(msg->nlmsg_flags, NLM_F_REQUEST | flags[i]);
    }
}

static void test_broadcast(void) {
    static const struct {
        const char *subnet, *ones, *zeros;
    } cases[] = {
        {"192.0.2.77/24", "192.0.2.255", "192.0.2.0"},
        {"192.0.2.77/30", "192.0.2.79", "192.0.2.76"},
        {"192.0.2.77/17", "192.0.127.255", "192.0.0.0"},
        {"192.0.2.77/31", "", ""},
        {"2001:db8::1/64", "", ""},
    };
    char text[NLU_IP_TEXT];

    for (size_t i = 0; i < NLU_COUNT(cases); i++) {
        struct nlu_prefix subnet = prefix(cases[i].subnet);
        struct nlu_ip ip = nlu_addr_broadcast(&subnet, true);
        CHECK_STR(nlu_ip_format(&ip, text), cases[i].ones);
        ip = nlu_addr_broadcast(&subnet, false);
        CHECK_STR(nlu_ip_format(&ip, text), cases[i].zeros);
    }
}

static void test_flag_words(void) {
    CHECK_STR(nlu_addr_flag_name(IFA_F_SECONDARY, AF_INET), "secondary");
    CHECK_STR(nlu_addr_flag_name(IFA_F_SECONDARY, AF_INET6), "temporary");
    CHECK(nlu_addr_flag_name(1u << 31, AF_INET) == NULL);
    CHECK_INT(nlu_addr_flag_parse("nodad"), IFA_F_NODAD);
    CHECK_INT(nlu_addr_flag_parse("temporary"), IFA_F_SECONDARY);
    CHECK_INT(nlu_addr_flag_parse("up"), 0);
}

static void test_damage(void) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_arena arena = {0};
    struct nlu_addr a = {.index = 77};

    msg->nlmsg_type = RTM_NEWADDR;
    CHECK_INT(nlu_addr_decode(msg, &arena, &a), -EBADMSG); // no header
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct ifaddrmsg));
    mnl_attr_put(msg, IFA_LOCAL, 5, "12345");
    CHECK_INT(nlu_addr_decode(msg, &arena, &a), -EBADMSG);
    CHECK_INT(a.index, 77); // untouched
    nlu_arena_free(&arena);
}

int main(void) {
    test_plain();
    test_everything();
    test_defaults();
    test_change_flags();
    test_broadcast();
    test_flag_words();
    test_damage();
    return check_result();
}
