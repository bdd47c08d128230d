// What counts at once. The kernel acts on some changes later, in work queues; whoever sends a
// packet before that loses it and waits a second for the next try. These make sure that it has
// happened.
#ifndef NLU_SETTLE_H
#define NLU_SETTLE_H

#include "ipaddr.h"
#include "nlsock.h"

#include <stdbool.h>

enum { NLU_SETTLE_TIMEOUT_MS = 2000 }; // far longer than a work queue is ever behind

// Carriers (net/core/link_watch.c): until the kernel has acted on one, the interface has no queue
// and drops what is sent. Has this interface a carrier? 1 or 0; -ENODEV. Since Linux 6.8 the kernel
// has caught up with it then; before that, nlu_settle_carriers is needed. ethtool(8)'s
// ETHTOOL_GLINK, one ioctl.
int nlu_settle_carrier(const struct nlu_nlsock *nl, const char *name);

// Does asking settle a carrier in this kernel?
bool nlu_settle_by_asking(void);

// For every interface of the namespace: asks, and waits where asking is not enough. 0 or -errno.
NLU_CHECKED int nlu_settle_carriers(struct nlu_nlsock *nl, struct nlu_err *err);

// An IPv6 address of an interface.
struct nlu_settle_addr {
    int index;
    struct nlu_ip ip;
};

// IPv6 addresses (net/ipv6/addrconf.c): an address joins its solicited-node multicast group (RFC
// 4291, section 2.7.1) in a work queue, with or without duplicate address detection; until then
// nobody hears who asks for it. Waits until every address has. ETIMEDOUT when one does not: its
// link has no carrier.
NLU_CHECKED int nlu_settle_addrs(struct nlu_nlsock *nl, const struct nlu_settle_addr *addrs,
                                 size_t count, struct nlu_err *err);

// ff02::1:ffXX:XXXX for an IPv6 address. Pure.
struct nlu_ip nlu_settle_group(const struct nlu_ip *ip);

#endif
