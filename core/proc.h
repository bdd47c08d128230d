// Programs in a box: started with their descriptors set up, read from and waited for without
// blocking.
#ifndef NLU_PROC_H
#define NLU_PROC_H

#include "box.h"
#include "err.h"

// What a program's descriptor 0, 1 or 2 is.
enum nlu_proc_stdio { NLU_PROC_NULL, NLU_PROC_PIPE, NLU_PROC_INHERIT };

struct nlu_proc_spec {
    const char *const
        *argv; // NULL-terminated; argv[0] is searched in PATH, then in the standard places
    const char *const *envp; // NULL: this process's environment
    const char *cwd; // NULL: this process's working directory, by path
    bool set_user;
    uid_t uid;
    gid_t gid;
    enum nlu_proc_stdio stdio[3];
    bool own_session; // out of reach of the terminal's Ctrl-C; false for an interactive shell
};

struct nlu_proc {
    struct nlu_box_member member; // pid, end and status
    int pidfd;
    int epoll; // readable when something is to be done: output, room for input, the end
    int stdio[3]; // our ends of the pipes, NLU_NO_FD when there is none or it is at its end
    bool writing; // stdin's pipe is in the epoll set
};

// No program: what to start from.
struct nlu_proc nlu_proc_none(void);

// Starts a program in the box; *ret_proc must stay where it is until nlu_proc_close. A program that
// cannot be executed is an error here (ENOENT, EACCES, …), not a child that ends with 127.
NLU_CHECKED int nlu_proc_start(struct nlu_proc *ret_proc, struct nlu_box *box, int netns,
                               const struct nlu_proc_spec *spec, struct nlu_err *err);

// Reads from stdout (1) or stderr (2): how many bytes, 0 at the end, -EAGAIN when there is nothing
// now.
NLU_CHECKED ssize_t nlu_proc_read(struct nlu_proc *proc, int which, void *buf, size_t cap);

// Writes to stdin: how many bytes went, -EAGAIN when the pipe is full, -EPIPE when nobody reads.
NLU_CHECKED ssize_t nlu_proc_write(struct nlu_proc *proc, const void *bytes, size_t size);

// Whether room in stdin's pipe is worth waking up for.
NLU_CHECKED int nlu_proc_want_write(struct nlu_proc *proc, bool wanted);

void nlu_proc_close_stdin(struct nlu_proc *proc);

// Has it ended? 1 (proc->member.status is set), 0 not yet, or -errno.
NLU_CHECKED int nlu_proc_poll(struct nlu_proc *proc);

// Sends a signal; ESRCH when it has ended.
NLU_CHECKED int nlu_proc_kill(struct nlu_proc *proc, int sig, struct nlu_err *err);

// Kills it if it runs, waits, closes everything. Idempotent.
void nlu_proc_close(struct nlu_proc *proc);

#endif
