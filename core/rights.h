// The right to make network namespaces: as root it is there, an ordinary user gets it in a user
// namespace of the process's own. user_namespaces(7).
#ifndef NLU_RIGHTS_H
#define NLU_RIGHTS_H

#include "err.h"
#include "util.h"

// What refused. NLU_GATE_NONE: nothing that is known.
enum nlu_gate {
    NLU_GATE_NONE,
    NLU_GATE_KERNEL, // built without CONFIG_USER_NS
    NLU_GATE_LIMIT, // user.max_user_namespaces
    NLU_GATE_NET_LIMIT, // user.max_net_namespaces
    NLU_GATE_SYSCTL, // kernel.unprivileged_userns_clone, Debian's and Arch's
    NLU_GATE_APPARMOR, // kernel.apparmor_restrict_unprivileged_userns
    NLU_GATE_SECCOMP, // a container's system call filter
    NLU_GATE_CHROOT, // user namespaces are not made inside a chroot
    NLU_GATE_THREADS, // the process has more than one thread
    NLU_GATE_COUNT,
};

// What is known about the process and the machine when a step was refused; -1 where it is not
// known.
struct nlu_rights_facts {
    int errnum; // of the step that failed
    bool root; // effective user 0
    bool net; // a network namespace was refused, not a user namespace (or both in one call)
    bool has_userns; // /proc/self/ns/user is there
    bool container; // Docker's or Podman's mark is there
    long max_user_namespaces, max_net_namespaces;
    int unprivileged_clone, apparmor;
    int seccomp; // 2 is a filter
    int chroot; // 1 yes, 0 no
    int threads;
};

// The gate that explains the facts, and what opens it. Pure.
enum nlu_gate nlu_rights_judge(const struct nlu_rights_facts *facts);

// What refused, and the one command or option that opens it. Pure; never NULL.
const char *nlu_rights_hint(enum nlu_gate gate, const struct nlu_rights_facts *facts);

// "apparmor", …: for scripts and tests. Pure; never NULL.
const char *nlu_gate_name(enum nlu_gate gate);

// Are CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW in force?
bool nlu_rights_here(void);

// Makes sure that network namespaces can be made and come back from. With the rights at hand
// nothing happens (but that the calling thread gets a network of its own where the one around it
// belongs to an outer user namespace); else the process enters a user, mount and network namespace
// of its own, where it is root and loopback is up. Cannot be undone; only while the process has one
// thread. EPERM and the like come with the gate's hint; nothing has changed then, or only that the
// process is in namespaces it can do nothing with. *ret_gate (may be NULL) is set on failure only.
NLU_CHECKED int nlu_rights_enter(enum nlu_gate *ret_gate, struct nlu_err *err);

// Gathers the facts for a refusal with this errno.
void nlu_rights_examine(int errnum, struct nlu_rights_facts *ret_facts);

// Adds the gate's hint to a refusal that another function met (EPERM, ENOSPC, … of
// nlu_netns_create), where rights are the matter at all. Returns the gate.
enum nlu_gate nlu_rights_explain(struct nlu_err *err);

#endif
