// A terminal of its own for a program, joined to the one of this process: pty(7).
#ifndef NLU_PTY_H
#define NLU_PTY_H

#include "err.h"
#include "util.h"

#include <sys/types.h>

enum { NLU_PTY_PATH = 64 };

// Opens a pseudo terminal as large as the terminal `like`. ret_path is what the program opens; a
// session leader without a terminal that opens it gets it as its own.
NLU_CHECKED int nlu_pty_open(int like, int *ret_master, char ret_path[NLU_PTY_PATH],
                             struct nlu_err *err);

// Carries keys from `terminal` to the master and what is shown back, until the process has ended
// (or SIGTERM or SIGHUP comes: then its number is returned, and it is the caller's to obey). The
// terminal is raw meanwhile and follows changes of size; afterwards it is as before.
NLU_CHECKED int nlu_pty_relay(int master, int terminal, pid_t pid, struct nlu_err *err);

#endif
