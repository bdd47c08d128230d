// Networks that outlive their script: a process that holds them, and the way into it from outside.
#ifndef NLU_HOLDER_H
#define NLU_HOLDER_H

#include "err.h"
#include "util.h"

#include <sys/types.h>

// Splits the process. Both go on: in the holder *ret_pid is 0 and *ret_pipe is for writing, in the
// process that made it *ret_pid is the holder's id and *ret_pipe is for reading (at its end when
// the holder has gone). Only while the process has one thread.
NLU_CHECKED int nlu_holder_fork(pid_t *ret_pid, int *ret_pipe, struct nlu_err *err);

// In the holder, when everything stands: leaves the terminal (a session of its own, standard
// descriptors on /dev/null).
NLU_CHECKED int nlu_holder_detach(struct nlu_err *err);

// Waits for the end of a holder that this process has made: its exit status, or 128 and the signal.
NLU_CHECKED int nlu_holder_wait(pid_t pid, struct nlu_err *err);

// When a process was started, in the kernel's ticks: together with the id it names a process for
// good. ESRCH when there is none.
NLU_CHECKED int nlu_holder_started(pid_t pid, uint64_t *ret_ticks, struct nlu_err *err);

// Goes into the namespaces of the holder that differ from the own ones: user, network, mount. Only
// while the process has one thread; there is no way back.
NLU_CHECKED int nlu_holder_enter(pid_t pid, struct nlu_err *err);

// Ends the holder that was started then, and waits for its end; the kernel takes what it held.
// ESRCH when it has gone before.
NLU_CHECKED int nlu_holder_end(pid_t pid, uint64_t ticks, struct nlu_err *err);

// Who the user is outside of user namespaces of this process's own making.
uid_t nlu_holder_user(void);

// Makes a directory that nobody else can look into, or makes sure that the one there is such a one
// (EPERM otherwise).
NLU_CHECKED int nlu_holder_directory(const char *path, struct nlu_err *err);

#endif
