#include "devconf.h"

#include "arena.h"
#include "link.h"
#include "nlsock.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(NLU_DEVCONF_FORWARDING == (int)IPV4_DEVCONF_FORWARDING, "linux/ip.h");

// Files below /proc/sys/net/ipv4/conf/NAME, ip-sysctl.rst.
static const struct {
    const char *name;
    int id;
} settings[] = {
    {"forwarding", IPV4_DEVCONF_FORWARDING},
    {"proxy_arp", IPV4_DEVCONF_PROXY_ARP},
    {"accept_redirects", IPV4_DEVCONF_ACCEPT_REDIRECTS},
    {"secure_redirects", IPV4_DEVCONF_SECURE_REDIRECTS},
    {"send_redirects", IPV4_DEVCONF_SEND_REDIRECTS},
    {"shared_media", IPV4_DEVCONF_SHARED_MEDIA},
    {"rp_filter", IPV4_DEVCONF_RP_FILTER},
    {"accept_source_route", IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE},
    {"log_martians", IPV4_DEVCONF_LOG_MARTIANS},
    {"arp_filter", IPV4_DEVCONF_ARPFILTER},
    {"arp_announce", IPV4_DEVCONF_ARP_ANNOUNCE},
    {"arp_ignore", IPV4_DEVCONF_ARP_IGNORE},
    {"arp_accept", IPV4_DEVCONF_ARP_ACCEPT},
    {"arp_notify", IPV4_DEVCONF_ARP_NOTIFY},
    {"promote_secondaries", IPV4_DEVCONF_PROMOTE_SECONDARIES},
    {"accept_local", IPV4_DEVCONF_ACCEPT_LOCAL},
    {"src_valid_mark", IPV4_DEVCONF_SRC_VMARK},
    {"proxy_arp_pvlan", IPV4_DEVCONF_PROXY_ARP_PVLAN},
    {"route_localnet", IPV4_DEVCONF_ROUTE_LOCALNET},
    {"ignore_routes_with_linkdown", IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN},
};

// --- pure
// -----------------------------------------------------------------------------------------------------

static int id_of(const char *name) {
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (!strcmp(settings[i].name, name))
            return settings[i].id;
    return 0;
}

bool nlu_devconf_read(const char *path, const char *value, struct nlu_devconf *ret_setting) {
    struct nlu_devconf s = {.id = IPV4_DEVCONF_FORWARDING};
    char *end;

    unsigned long number = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || number > INT32_MAX)
        return false;
    s.value = (uint32_t)number;
    if (strcmp(path, "ip_forward") != 0 && strcmp(path, "conf/all/forwarding") != 0) {
        if (strncmp(path, "conf/", strlen("conf/")) != 0)
            return false;
        const char *name = path + strlen("conf/"), *slash = strchr(name, '/');
        size_t len = slash ? (size_t)(slash - name) : 0;
        if (!len || len >= sizeof s.ifname)
            return false;
        memcpy(s.ifname, name, len);
        // What these two mean for the interfaces that are there is another matter for each setting.
        if (!strcmp(s.ifname, "all") || !strcmp(s.ifname, "default"))
            return false;
        s.id = id_of(slash + 1);
    }
    if (s.id)
        *ret_setting = s;
    return s.id != 0;
}

int nlu_devconf_put(struct nlmsghdr *msg, int index, int id, uint32_t value) {
    struct ifinfomsg *head;

    msg->nlmsg_type = RTM_SETLINK;
    msg->nlmsg_flags = NLM_F_REQUEST;
    head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ifi_index = index;
    struct nlattr *spec = mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, IFLA_AF_SPEC);
    struct nlattr *inet = spec ? mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, AF_INET) : NULL;
    struct nlattr *conf =
        inet ? mnl_attr_nest_start_check(msg, NLU_NL_REQUEST, IFLA_INET_CONF) : NULL;
    if (!conf || !mnl_attr_put_u32_check(msg, NLU_NL_REQUEST, (uint16_t)id, value))
        return -EMSGSIZE;
    mnl_attr_nest_end(msg, conf);
    mnl_attr_nest_end(msg, inet);
    mnl_attr_nest_end(msg, spec);
    return 0;
}

// --- in a namespace
// -------------------------------------------------------------------------------------------

static int set_one(struct nlu_nlsock *nl, const char *name, int index, const struct nlu_devconf *s,
                   struct nlu_err *err) {
    char buf[NLU_NL_REQUEST];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    int rc = nlu_devconf_put(msg, index, s->id, s->value);

    if (rc < 0)
        return nlu_err_set(err, -rc, "link.set", "%s", name);
    rc = nlu_nlsock_ask(nl, msg, NULL, NULL, err);
    return rc < 0 ? nlu_err_about(err, "link.set", "%s", name) : 0;
}

static int set_all(struct nlu_nlsock *nl, const struct nlu_devconf *s, struct nlu_arena *arena,
                   struct nlu_err *err) {
    const struct nlu_link_filter any = {0};
    struct nlu_link_list list;
    int rc = nlu_link_list(nl, &any, arena, &list, err);

    for (size_t i = 0; rc == 0 && i < list.count; i++) {
        rc = set_one(nl, list.items[i].name, list.items[i].index, s, err);
        // An interface that IPv4 cannot use, as with an MTU below 68.
        if (rc == -EAFNOSUPPORT)
            rc = 0;
    }
    return rc;
}

int nlu_devconf_set(int netns, const struct nlu_devconf *setting, struct nlu_err *err) {
    struct nlu_nlsock nl;
    struct nlu_arena arena = {0};
    int index, rc = nlu_nlsock_open(&nl, netns, NETLINK_ROUTE, err);

    if (rc < 0)
        return rc;
    if (*setting->ifname) {
        rc = nlu_link_index(&nl, setting->ifname, &index, err);
        if (rc == 0)
            rc = set_one(&nl, setting->ifname, index, setting, err);
    } else {
        rc = set_all(&nl, setting, &arena, err);
    }
    nlu_arena_free(&arena);
    nlu_nlsock_close(&nl);
    return rc;
}
