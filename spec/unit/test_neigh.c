// Neighbour messages: what is asked for, and what is read.
#include "check.h"
#include "neigh.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static _Alignas(struct nlmsghdr) char buf[NLU_NL_REQUEST];

static struct nlu_neigh_spec one(const char *address) {
    struct nlu_neigh_spec spec = {.index = 3};
    CHECK_INT(nlu_ip_parse(address, &spec.dst), 0);
    return spec;
}

// Writes the request and reads it as an answer.
static struct nlu_neigh around(const struct nlu_neigh_spec *spec) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_neigh neigh = {0};

    CHECK_INT(nlu_neigh_put(msg, NLU_NEIGH_ADD, spec), 0);
    CHECK_INT(nlu_neigh_decode(msg, &neigh), 0);
    return neigh;
}

static void test_defaults(void) {
    struct nlu_neigh_spec spec = one("192.0.2.1");
    struct nlu_neigh n = around(&spec);

    CHECK_INT(n.index, 3);
    CHECK_INT(n.family, AF_INET);
    CHECK_INT(n.state, NUD_PERMANENT);
    CHECK_INT(n.flags, 0);
    CHECK_INT(n.lladdr.len, 0);
    CHECK(!n.has_cacheinfo && !n.has_probes && !n.protocol && !n.dev);
    // The kernel keeps up its state itself.
    spec.ext_flags = NTF_EXT_MANAGED;
    n = around(&spec);
    CHECK_INT(n.state, NUD_NONE);
    CHECK_INT(n.ext_flags, NTF_EXT_MANAGED);
}

static void test_everything(void) {
    struct nlu_neigh_spec spec = one("2001:db8::1");

    spec.has_lladdr = spec.has_state = spec.has_protocol = true;
    spec.lladdr = (struct nlu_hwaddr){.len = 6, .bytes = {2, 0, 0, 0, 0, 1}};
    spec.state = NUD_STALE;
    spec.flags = NTF_ROUTER | NTF_PROXY;
    spec.protocol = 4;
    struct nlu_neigh n = around(&spec);
    CHECK(nlu_ip_equal(&n.dst, &spec.dst));
    CHECK_INT(n.state, NUD_STALE);
    CHECK_INT(n.flags, NTF_ROUTER | NTF_PROXY);
    CHECK_INT(n.protocol, 4);
    CHECK_INT(n.lladdr.len, 6);
    CHECK(memcmp(n.lladdr.bytes, spec.lladdr.bytes, 6) == 0);
}

static void test_ages(void) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    const struct nda_cacheinfo info = {
        .ndm_confirmed = 250, .ndm_used = 1000, .ndm_updated = 99, .ndm_refcnt = 2};
    struct nlu_neigh n;

    msg->nlmsg_type = RTM_NEWNEIGH;
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct ndmsg));
    mnl_attr_put(msg, NDA_CACHEINFO, sizeof info, &info);
    mnl_attr_put_u32(msg, NDA_PROBES, 4);
    CHECK_INT(nlu_neigh_decode(msg, &n), 0);
    CHECK_INT(n.used, 10); // hundredths of a second, of which ip shows the whole ones
    CHECK_INT(n.confirmed, 2);
    CHECK_INT(n.updated, 0);
    CHECK_INT(n.refcnt, 2);
    CHECK_INT(n.probes, 4);
}

static void test_states(void) {
    const char *names[8];
    uint16_t state = 77;

    CHECK_INT(nlu_neigh_state_names(NUD_STALE | NUD_PERMANENT, names, 8), 2);
    CHECK_STR(names[0], "STALE");
    CHECK_STR(names[1], "PERMANENT");
    CHECK_INT(nlu_neigh_state_names(0xffff, names, 3), 3); // bounded
    CHECK_INT(nlu_neigh_state_parse("reachable", &state), 0);
    CHECK_INT(state, NUD_REACHABLE);
    CHECK_INT(nlu_neigh_state_parse("NOARP", &state), 0);
    CHECK_INT(state, NUD_NOARP);
    CHECK_INT(nlu_neigh_state_parse("none", &state), 0);
    CHECK_INT(state, NUD_NONE);
    CHECK_INT(nlu_neigh_state_parse("happy", &state), -EINVAL);
    CHECK_INT(nlu_neigh_state_parse("", &state), -EINVAL);
}

static void test_damage(void) {
    struct nlmsghdr *msg = mnl_nlmsg_put_header(memset(buf, 0, sizeof buf));
    struct nlu_neigh n;

    msg->nlmsg_type = RTM_NEWNEIGH;
    CHECK_INT(nlu_neigh_decode(msg, &n), -EBADMSG);
    (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct ndmsg));
    mnl_attr_put(msg, NDA_LLADDR, NLU_HWADDR_MAX, buf);
    CHECK_INT(nlu_neigh_decode(msg, &n), 0);
    mnl_attr_put(msg, NDA_LLADDR, NLU_HWADDR_MAX + 1, buf);
    CHECK_INT(nlu_neigh_decode(msg, &n), -EBADMSG);
}

int main(void) {
    test_defaults();
    test_everything();
    test_ages();
    test_states();
    test_damage();
    return check_result();
}
