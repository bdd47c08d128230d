// The IPv4 settings of one interface (net.ipv4.conf.NAME.*) by netlink: where /proc/sys cannot be
// written. The kernel has no such message for those of IPv6 or of the whole namespace.
#ifndef NLU_DEVCONF_H
#define NLU_DEVCONF_H

#include "err.h"
#include "util.h"

#include <linux/netlink.h>

enum { NLU_DEVCONF_FORWARDING = 1 }; // IPV4_DEVCONF_FORWARDING, linux/ip.h

// A sysctl's path below /proc/sys/net/ipv4 that netlink can set.
struct nlu_devconf {
    char ifname[16]; // "": every interface that is there
    int id; // IPV4_DEVCONF_*
    uint32_t value;
};

// Reads "conf/eth0/rp_filter", "ip_forward" or "conf/all/forwarding" and its value. False for what
// is none of these. Pure.
bool nlu_devconf_read(const char *path, const char *value, struct nlu_devconf *ret_setting);

// Writes the message (NLU_NL_REQUEST bytes of room) that sets one setting of the interface. Pure.
NLU_CHECKED int nlu_devconf_put(struct nlmsghdr *msg, int index, int id, uint32_t value);

// Sets it in the namespace. Interfaces that come later start as before.
NLU_CHECKED int nlu_devconf_set(int netns, const struct nlu_devconf *setting, struct nlu_err *err);

#endif
