// Small things every file of core uses. Nothing here knows about networks.
#ifndef NLU_UTIL_H
#define NLU_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

// Every fallible function of core returns 0 (or a count) or -errno; ignoring that is a compile
// error.
#define NLU_CHECKED __attribute__((warn_unused_result))
#define NLU_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define NLU_COUNT(array) (sizeof(array) / sizeof((array)[0]))

// A descriptor's resting value; closing it is allowed and does nothing.
#define NLU_NO_FD (-1)

// Closes *fd once and sets it to NLU_NO_FD; not retried on EINTR, since Linux has closed it by
// then.
static inline void nlu_close(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = NLU_NO_FD;
}

// Gives a descriptor away: what the caller gets is no longer closed by NLU_AUTO_FD.
static inline int nlu_steal_fd(int *fd) {
    int taken = *fd;
    *fd = NLU_NO_FD;
    return taken;
}

// `NLU_AUTO_FD int fd = …` closes fd when its scope ends (core only: Lua's errors jump over it).
#define NLU_AUTO_FD __attribute__((cleanup(nlu_close)))

#endif
