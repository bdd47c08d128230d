// A namespace of a test's own with its loopback interface up. A test includes this once, after
// check.h.
#ifndef NETLUA_WORLD_H
#define NETLUA_WORLD_H

#include "link.h"
#include "netns.h"
#include "nlsock.h"
#include "rights.h"

#include <dirent.h>

struct world {
    int fd;
    struct nlu_nlsock route;
};

// False, and the reason is printed, where no namespaces can be made: return CHECK_SKIP then.
static inline bool may_make_worlds(void) {
    struct nlu_err err;
    enum nlu_gate gate;

    if (nlu_rights_enter(&gate, &err) == 0)
        return true;
    fprintf(stderr, "skipped: no rights to make namespaces (%s)\n", nlu_gate_name(gate));
    return false;
}

// How many this process has, one for the looking included.
static inline int count_descriptors(void) {
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static inline void make_world(struct world *w) {
    const struct nlu_link_spec up = {.have = NLU_LINK_UP, .up = true};
    struct nlu_err err;
    int netlink;

    w->fd = NLU_NO_FD;
    CHECK_INT(nlu_netns_create(&w->fd, &netlink, &err), 0);
    CHECK_INT(nlu_nlsock_adopt(&w->route, netlink, &err), 0);
    CHECK_INT(nlu_link_set(&w->route, "lo", &up, &err), 0);
}

static inline void end_world(struct world *w) {
    nlu_nlsock_close(&w->route);
    nlu_close(&w->fd);
}

#endif
