// Network namespaces as file descriptors. The only file that calls setns or unshare for networks.
#ifndef NLU_NETNS_H
#define NLU_NETNS_H

#include "err.h"
#include "util.h"

#include <sys/types.h>

// Makes a network namespace and, in it, one NETLINK_ROUTE socket. Both descriptors are the
// caller's; the namespace lives until the last descriptor, socket and process in it is gone. Needs
// CAP_SYS_ADMIN in the calling user namespace. See network_namespaces(7).
NLU_CHECKED int nlu_netns_create(int *ret_fd, int *ret_netlink, struct nlu_err *err);

// Makes many namespaces in a thread of their own while the caller configures those that are ready:
// a fifth less time than one after the other. Zero-initialise nothing: nlu_netns_maker_start does.
struct nlu_netns_maker;

// Called in the maker's thread inside namespace number i, just made: for what is cheapest done
// there (sysctls). 0, or -errno: the maker then stops and reports it.
typedef int (*nlu_netns_prepare)(void *arg, size_t i, struct nlu_err *err);

// Starts making `count` namespaces; fds[i] and netlinks[i] are filled as they come (NLU_NO_FD until
// then) and are the caller's. `prepare` may be NULL.
NLU_CHECKED int nlu_netns_maker_start(struct nlu_netns_maker **ret_maker, size_t count, int *fds,
                                      int *netlinks, nlu_netns_prepare prepare, void *arg,
                                      struct nlu_err *err);

// How many are ready now.
size_t nlu_netns_maker_ready(struct nlu_netns_maker *maker);

// Waits until `count` are ready. Fails with the maker's error when they never will be.
NLU_CHECKED int nlu_netns_maker_wait(struct nlu_netns_maker *maker, size_t count,
                                     struct nlu_err *err);

// Stops after the namespace being made, joins the thread and frees the maker.
void nlu_netns_maker_finish(struct nlu_netns_maker *maker);

// The namespace of the calling thread.
NLU_CHECKED int nlu_netns_self(int *ret_fd, struct nlu_err *err);

// A namespace that `ip netns add` or nlu_netns_publish has put under /run/netns.
NLU_CHECKED int nlu_netns_open(const char *name, int *ret_fd, struct nlu_err *err);

// Puts the namespace under /run/netns, where `ip netns` looks, as ip-netns(8) does it. EEXIST when
// the name is taken. It stays there, and keeps the namespace alive, until it is taken away.
NLU_CHECKED int nlu_netns_publish(int fd, const char *name, struct nlu_err *err);

// Takes a name away from there. ENOENT when it is not there.
NLU_CHECKED int nlu_netns_unpublish(const char *name, struct nlu_err *err);

// The namespace of a process; ESRCH when there is no such process.
NLU_CHECKED int nlu_netns_open_pid(pid_t pid, int *ret_fd, struct nlu_err *err);

// One that a process holds by its descriptor number fd_of_pid; EINVAL when that is something else.
NLU_CHECKED int nlu_netns_open_held(pid_t pid, int fd_of_pid, int *ret_fd, struct nlu_err *err);

// Which namespace this is: two descriptors are the same namespace when these are equal.
NLU_CHECKED int nlu_netns_id(int fd, dev_t *ret_dev, ino_t *ret_inode, struct nlu_err *err);

// Could the calling thread come back to its namespace after leaving it? Not when the namespace
// belongs to an outer user namespace, whatever the rights in the own one.
bool nlu_netns_may_return(void);

// Runs act(arg) with the calling thread inside the namespace and comes back. What act returns is
// returned; it must not leave by longjmp and calls no Lua. Failing to come back aborts the process:
// nothing may go on in a network it does not mean.
NLU_CHECKED int nlu_netns_run(int fd, int (*act)(void *arg), void *arg, struct nlu_err *err);

// socket(2) inside the namespace (NLU_NO_FD: the calling thread's own, without any rights),
// close-on-exec. type may hold SOCK_NONBLOCK.
NLU_CHECKED int nlu_netns_socket(int fd, int domain, int type, int protocol, int *ret_socket,
                                 struct nlu_err *err);

#endif
