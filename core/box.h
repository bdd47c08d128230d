// What makes a namespace feel like a machine to programs: a process tree, a hostname and a few
// files of its own. A box is one process (the tree's init) whose end takes every program in it
// along: when it is closed, and when this process dies in whatever way (PR_SET_PDEATHSIG,
// pid_namespaces(7)).
#ifndef NLU_BOX_H
#define NLU_BOX_H

#include "err.h"
#include "util.h"

#include <sys/types.h>

enum { NLU_BOX_FILES = 4 };

// A file that programs in the box see instead of the machine's: "/etc/hosts".
struct nlu_box_file {
    const char *path;
    const char *text;
};

struct nlu_box_spec {
    int netns; // descriptor of the network namespace
    const char *hostname; // NULL: the machine's
    struct nlu_box_file files[NLU_BOX_FILES]; // path NULL: none
};

// A program in the box that is a child of this process and has not been waited for. Embedded in
// whoever owns the program; linked into the box, whose end must wait for each of them: a tree's
// init does not end before the tree, and a child of ours does not end before we have asked how.
struct nlu_box_member {
    struct nlu_box_member *next, **link; // link NULL: in no box
    pid_t pid;
    bool ended;
    int status; // as waitpid gives it, once ended
};

struct nlu_box {
    struct nlu_box_member *members;
    pid_t pid; // the init, as this process sees it; 0 when closed
    int pidfd;
    int pid_ns, mount_ns, uts_ns; // descriptors that programs enter by
    int files[NLU_BOX_FILES]; // open for writing, in the order of the spec; NLU_NO_FD where there
                              // is none
};

// A box that is closed: what nlu_box_close leaves, and what to start from.
struct nlu_box nlu_box_none(void);

// Starts a box. A file whose path does not exist on this machine is left out (a file cannot be
// mounted on nothing); /proc is the box's own where the kernel allows that mount.
NLU_CHECKED int nlu_box_start(struct nlu_box *ret_box, const struct nlu_box_spec *spec,
                              struct nlu_err *err);

// Gives file number `file` of the spec a new text. ENOENT when the machine has no such file.
NLU_CHECKED int nlu_box_write(struct nlu_box *box, size_t file, const char *text,
                              struct nlu_err *err);

// Takes a child of this process into the box's list, and out of it.
void nlu_box_join(struct nlu_box *box, struct nlu_box_member *member);
void nlu_box_leave(struct nlu_box_member *member);

// Waits for a member's end; at once when it has ended already.
void nlu_box_await(struct nlu_box_member *member);

// Ends every program in it and waits for their end: members keep their status. Idempotent.
void nlu_box_close(struct nlu_box *box);

// Enters the box's mount, UTS and network namespaces: for the child of a fork only, never to
// return. The process tree is entered by the parent (see core/proc.c). 0 or -errno;
// async-signal-safe.
int nlu_box_enter(const struct nlu_box *box, int netns);

#endif
