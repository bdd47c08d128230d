// Carriers that count at once. When a link comes up the kernel notes it and acts on it later, in a
// work queue (net/core/link_watch.c): until then the interface has no queue and drops what is sent,
// and the first ARP question is asked again only a second later. Asking for the carrier makes the
// kernel act now.
#ifndef NLU_CARRIER_H
#define NLU_CARRIER_H

#include "nlsock.h"

// Has this interface a carrier? 1 or 0 after the kernel has caught up with it; -ENODEV.
// ethtool(8)'s ETHTOOL_GLINK, one ioctl.
int nlu_carrier_settle(const struct nlu_nlsock *nl, const char *name);

// The same for every interface of the namespace. 0 or -errno.
NLU_CHECKED int nlu_carrier_settle_all(const struct nlu_nlsock *nl, struct nlu_err *err);

#endif
