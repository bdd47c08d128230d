// tun and tap interfaces: the kernel makes them through /dev/net/tun, not by netlink. ip-tuntap(8),
// Documentation/networking/tuntap.rst.
#ifndef NLU_LINKTUN_H
#define NLU_LINKTUN_H

#include "err.h"
#include "util.h"

#include <linux/if_tun.h> // the values of the fields

struct nlu_link_tun {
    const char *name;
    bool tap; // frames of Ethernet, else packets of IP
    bool pi, vnet_hdr, multi_queue;
    bool has_user, has_group;
    uint32_t user, group; // who may attach to it
};

// Makes one in the namespace that lives as long as the namespace does (persistent). ENOENT with a
// hint where there is no /dev/net/tun.
NLU_CHECKED int nlu_link_add_tun(int netns, const struct nlu_link_tun *tun, struct nlu_err *err);

#endif
