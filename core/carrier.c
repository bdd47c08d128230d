#include "carrier.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

int nlu_carrier_settle(const struct nlu_nlsock *nl, const char *name) {
    struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
    struct ifreq request = {.ifr_data = (char *)&value};

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    // Answered in the socket's own namespace. EOPNOTSUPP: a kind without a carrier of its own.
    if (ioctl(nl->fd, SIOCETHTOOL, &request) < 0)
        return errno == EOPNOTSUPP ? 1 : -errno;
    return value.data != 0;
}

int nlu_carrier_settle_all(const struct nlu_nlsock *nl, struct nlu_err *err) {
    // SIOCGIFCONF would list only interfaces with an IPv4 address. Indexes are small and dense in a
    // namespace of ours, but not in one of others: the kernel has no cheaper list than this walk,
    // so it ends at the first long gap.
    int gap = 0;

    for (int index = 1; gap < 64; index++) {
        struct ifreq request = {.ifr_ifindex = index};
        if (ioctl(nl->fd, SIOCGIFNAME, &request) < 0) {
            if (errno != ENODEV)
                return nlu_err_set(err, errno, "link.settle", "index %d", index);
            gap++;
            continue;
        }
        gap = 0;
        (void)nlu_carrier_settle(nl, request.ifr_name);
    }
    return 0;
}
