#include "settle.h"

#include "clock.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>

enum { DOUBTFUL_MS = 50 }; // a work queue is seldom so far behind

int nlu_settle_carrier(const struct nlu_nlsock *nl, const char *name) {
    struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
    struct ifreq request = {.ifr_data = (char *)&value};

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    // Answered in the socket's own namespace. EOPNOTSUPP: a kind without a carrier of its own.
    if (ioctl(nl->fd, SIOCETHTOOL, &request) < 0)
        return errno == EOPNOTSUPP ? 1 : -errno;
    return value.data != 0;
}

bool nlu_settle_by_asking(void) {
    struct utsname system;
    unsigned major, minor;

    // NOLINTNEXTLINE(cert-err34-c): the kernel prints its own version
    return uname(&system) == 0 && sscanf(system.release, "%u.%u", &major, &minor) == 2 &&
           (major > 6 || (major == 6 && minor >= 8));
}

// A little longer each time, up to a millisecond.
static void pause_a_little(int64_t *pause) {
    struct timespec wait = {.tv_nsec = *pause};

    nanosleep(&wait, NULL);
    if (*pause < NLU_MILLISECOND)
        *pause *= 2;
}

struct carriers {
    const struct nlu_nlsock *nl;
    int pending; // wires that the kernel will act on at once
    int doubtful; // wires that it has acted on, or will at once
};

static bool is_wire(const struct nlattr *info) {
    static const struct nlu_attr_rule rules[IFLA_INFO_KIND + 1] = {
        [IFLA_INFO_KIND] = {NLU_ATTR_TEXT, 0}};
    const struct nlattr *t[IFLA_INFO_KIND + 1];

    return info && nlu_attr_parse_nest(info, rules, IFLA_INFO_KIND, t) == 0 && t[IFLA_INFO_KIND] &&
           !strcmp(nlu_attr_text(t[IFLA_INFO_KIND]), "veth");
}

// During the dump: the ioctl goes another way through the socket and disturbs nothing.
static int settle_listed(const struct nlmsghdr *msg, void *arg) {
    static const struct nlu_attr_rule rules[IFLA_LINKINFO + 1] = {
        [IFLA_IFNAME] = {NLU_ATTR_TEXT, 0},
        [IFLA_LINK] = {NLU_ATTR_U32, 0},
        [IFLA_OPERSTATE] = {NLU_ATTR_U8, 0},
        [IFLA_LINKINFO] = {NLU_ATTR_NEST, 0}};
    const struct nlattr *t[IFLA_LINKINFO + 1];
    const struct ifinfomsg *head = nlu_msg_header(msg, sizeof *head);
    struct carriers *carriers = arg;

    if (msg->nlmsg_type != RTM_NEWLINK)
        return 0;
    if (!head || nlu_attr_parse_msg(msg, sizeof *head, rules, IFLA_LINKINFO, t) < 0)
        return -EBADMSG;
    if (t[IFLA_IFNAME])
        (void)nlu_settle_carrier(carriers->nl, nlu_attr_text(t[IFLA_IFNAME]));
    // Others have a carrier from the start, and an operstate that may be unknown for good.
    uint8_t state = t[IFLA_OPERSTATE] ? nlu_attr_u8(t[IFLA_OPERSTATE]) : IF_OPER_UP;
    if (!is_wire(t[IFLA_LINKINFO]) || !(head->ifi_flags & IFF_UP) ||
        !(head->ifi_flags & IFF_LOWER_UP) || (state != IF_OPER_UNKNOWN && state != IF_OPER_DOWN))
        return 0;
    // Of two ends that have the same index in their namespaces the one that came up last has its
    // queue already, and its operstate up to a second later; the other is like all others.
    if (t[IFLA_LINK] && (int)nlu_attr_u32(t[IFLA_LINK]) == head->ifi_index)
        carriers->doubtful++;
    else
        carriers->pending++;
    return 0;
}

static void settle_again(void *arg) {
    struct carriers *carriers = arg;
    carriers->pending = carriers->doubtful = 0;
}

int nlu_settle_carriers(struct nlu_nlsock *nl, struct nlu_err *err) {
    const int64_t start = nlu_clock_mono();
    int64_t pause = 20000;
    struct carriers carriers = {.nl = nl};

    for (;;) {
        _Alignas(struct nlmsghdr) char buf[128];
        struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);

        msg->nlmsg_type = RTM_GETLINK;
        (void)mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
        settle_again(&carriers);
        if (nlu_nlsock_dump(nl, msg, settle_listed, settle_again, &carriers, err) < 0)
            return nlu_err_about(err, "link.settle", "%s", "");
        int64_t waited = (nlu_clock_mono() - start) / NLU_MILLISECOND;
        if (nlu_settle_by_asking() || waited >= NLU_SETTLE_TIMEOUT_MS ||
            !(carriers.pending || (carriers.doubtful && waited < DOUBTFUL_MS)))
            return 0;
        pause_a_little(&pause);
    }
}

struct nlu_ip nlu_settle_group(const struct nlu_ip *ip) {
    static const uint8_t head[13] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff};
    struct nlu_ip group = {.family = AF_INET6};

    memcpy(group.bytes, head, sizeof head);
    memcpy(group.bytes + 13, ip->bytes + 13, 3);
    return group;
}

// Counts down the addresses whose groups have not been seen.
struct joined {
    const struct nlu_settle_addr *addrs;
    size_t count;
    size_t missing;
};

static int see_group(const struct nlmsghdr *msg, void *arg) {
    static const struct nlu_attr_rule rules[IFA_MULTICAST + 1] = {
        [IFA_MULTICAST] = {NLU_ATTR_IP, 0}};
    const struct nlattr *t[IFA_MULTICAST + 1];
    const struct ifaddrmsg *head = nlu_msg_header(msg, sizeof *head);
    struct joined *j = arg;

    if (msg->nlmsg_type != RTM_GETMULTICAST)
        return 0;
    if (!head || nlu_attr_parse_msg(msg, sizeof *head, rules, IFA_MULTICAST, t) < 0)
        return -EBADMSG;
    if (!t[IFA_MULTICAST])
        return 0;
    struct nlu_ip group = nlu_attr_ip(t[IFA_MULTICAST]);
    for (size_t i = 0; i < j->count; i++) {
        struct nlu_ip want = nlu_settle_group(&j->addrs[i].ip);
        if (j->addrs[i].index == (int)head->ifa_index && nlu_ip_equal(&want, &group))
            j->missing--;
    }
    return 0;
}

static void forget_groups(void *arg) {
    struct joined *j = arg;
    j->missing = j->count;
}

int nlu_settle_addrs(struct nlu_nlsock *nl, const struct nlu_settle_addr *addrs, size_t count,
                     struct nlu_err *err) {
    int64_t deadline = nlu_clock_mono() + NLU_SETTLE_TIMEOUT_MS * NLU_MILLISECOND;
    struct joined j = {addrs, count, count};
    int64_t pause = 20000;

    while (count) {
        _Alignas(struct nlmsghdr) char buf[128];
        struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
        struct ifaddrmsg *head;

        msg->nlmsg_type = RTM_GETMULTICAST;
        head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
        head->ifa_family = AF_INET6;
        forget_groups(&j);
        int rc = nlu_nlsock_dump(nl, msg, see_group, forget_groups, &j, err);
        if (rc < 0)
            return nlu_err_about(err, "addr.settle", "%s", "");
        if (!j.missing)
            break;
        if (nlu_clock_mono() >= deadline)
            return nlu_err_set(err, ETIMEDOUT, "addr.settle", "%zu of %zu addresses", j.missing,
                               count);
        // Nothing tells of a group that is joined: look again.
        pause_a_little(&pause);
    }
    return 0;
}
