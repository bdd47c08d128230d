#include "linktun.h"

#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <sys/ioctl.h>

struct making {
    const struct nlu_link_tun *tun;
    struct nlu_err *err;
};

// Runs inside: the device belongs to the namespace in which /dev/net/tun was opened.
static int make(void *arg) {
    const struct making *m = arg;
    const struct nlu_link_tun *tun = m->tun;
    struct ifreq request = {.ifr_flags = tun->tap ? IFF_TAP : IFF_TUN};

    NLU_AUTO_FD int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        const int error = errno;
        nlu_err_set(m->err, error, "link.add", "%s: /dev/net/tun", tun->name);
        if (error == ENOENT || error == ENODEV)
            return nlu_err_hint(m->err, "this kernel or container has no /dev/net/tun: it needs "
                                        "CONFIG_TUN (module tun)");
        if (error == EACCES || error == EPERM)
            return nlu_err_hint(m->err, "/dev/net/tun may not be opened by this user; on most "
                                        "machines everybody may (chmod 666)");
        return -error;
    }
    if (!tun->pi)
        request.ifr_flags |= IFF_NO_PI;
    if (tun->vnet_hdr)
        request.ifr_flags |= IFF_VNET_HDR;
    if (tun->multi_queue)
        request.ifr_flags |= IFF_MULTI_QUEUE;
    // An interface of this name that is there already would be attached to: it has to be new.
    request.ifr_flags |= IFF_TUN_EXCL;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", tun->name);
    if (ioctl(fd, TUNSETIFF, &request) < 0)
        return nlu_err_set(m->err, errno == EBUSY ? EEXIST : errno, "link.add", "%s type %s",
                           tun->name, tun->tap ? "tap" : "tun");
    if ((tun->has_user && ioctl(fd, TUNSETOWNER, (unsigned long)tun->user) < 0) ||
        (tun->has_group && ioctl(fd, TUNSETGROUP, (unsigned long)tun->group) < 0) ||
        ioctl(fd, TUNSETPERSIST, 1ul) < 0)
        return nlu_err_set(m->err, errno, "link.add", "%s type %s", tun->name,
                           tun->tap ? "tap" : "tun");
    return 0;
}

int nlu_link_add_tun(int netns, const struct nlu_link_tun *tun, struct nlu_err *err) {
    struct making m = {tun, err};

    return nlu_netns_run(netns, make, &m, err);
}
