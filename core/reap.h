// Closing packet sockets without waiting. Releasing one costs the kernel one or two RCU grace
// periods (8 to 24 ms), spent by whoever drops the last reference: close(2), or the end of the
// process. Here an io_uring holds a second reference, and the kernel's own workers release a ring
// and what it held.
#ifndef NLU_REAP_H
#define NLU_REAP_H

#include "util.h"

struct nlu_reaper {
    int uring; // NLU_NO_FD: no io_uring here (old kernel, seccomp, kernel.io_uring_disabled)
    int *fds;
    size_t count, cap;
};

// Room for `cap` sockets. Failing to get an io_uring is no error: nlu_reaper_close then finds
// another way. -ENOMEM when there is no room for them.
NLU_CHECKED int nlu_reaper_init(struct nlu_reaper *reaper, size_t cap);

// From here on the reaper owns fd: it is closed by nlu_reaper_close and by nothing else.
void nlu_reaper_add(struct nlu_reaper *reaper, int fd);

// The descriptors are gone when this returns; the sockets a little later.
void nlu_reaper_close(struct nlu_reaper *reaper);

#endif
