// A netlink socket and the only two loops that read from one: request and answer, and dump.
// netlink(7), Documentation/userspace-api/netlink/intro.rst.
#ifndef NLU_NLSOCK_H
#define NLU_NLSOCK_H

#include "err.h"
#include "util.h"

#include <linux/netlink.h>

enum {
    NLU_NL_BUFFER = 32768, // what the kernel fills at most for one dump message
    NLU_NL_REQUEST = 8192, // room for one request of ours
    NLU_NL_SEND = 65536, // of a batch at once; the kernel takes net.core.wmem_default, 212992
    NLU_NL_RESTARTS = 16, // an interrupted dump is begun anew this often, then it is an error
    NLU_NL_TIMEOUT_MS = 10000, // the kernel answers in the same call; past this it never will
};

struct nlu_nlsock {
    int fd;
    uint32_t portid;
    uint32_t seq;
};

// Takes over a netlink socket (nlu_netns_create's): binds it and turns on extended acks and strict
// checking. On failure the descriptor is still the caller's.
NLU_CHECKED int nlu_nlsock_adopt(struct nlu_nlsock *ret_nl, int fd, struct nlu_err *err);

// Opens one for `protocol` (NETLINK_ROUTE, NETLINK_GENERIC, …) inside the namespace; NLU_NO_FD is
// the calling thread's own.
NLU_CHECKED int nlu_nlsock_open(struct nlu_nlsock *ret_nl, int netns, int protocol,
                                struct nlu_err *err);

void nlu_nlsock_close(struct nlu_nlsock *nl);

// Called with each message of the answer. 0 to go on, or -errno: the loop then drains the rest and
// returns that.
typedef int (*nlu_nl_each)(const struct nlmsghdr *msg, void *arg);

// Sends one request (a whole nlmsghdr in a buffer of the caller's; sequence, flags NLM_F_REQUEST
// and NLM_F_ACK are set here) and waits for its ack. `each` (may be NULL) gets the messages that
// come before the ack, as for a GET of one object. On refusal *err has errno, the kernel's sentence
// and the attribute's name; the caller adds what it was about with nlu_err_about.
NLU_CHECKED int nlu_nlsock_ask(struct nlu_nlsock *nl, struct nlmsghdr *request, nlu_nl_each each,
                               void *arg, struct nlu_err *err);

// Sends a dump request and gives every message to `each`. When the kernel says that the dump was
// interrupted by a change, `restart(arg)` throws away what was collected and it is begun anew.
NLU_CHECKED int nlu_nlsock_dump(struct nlu_nlsock *nl, struct nlmsghdr *request, nlu_nl_each each,
                                void (*restart)(void *arg), void *arg, struct nlu_err *err);

// Many requests in one send, for nlu_nlsock_batch. Grows by itself; zero-initialise.
struct nlu_nl_batch {
    char *buf;
    size_t len, cap;
    size_t count;
};

// Room for one more message: NULL when there is no memory. Fill it with libmnl's put functions
// (NLU_NL_REQUEST bytes at the most), then call nlu_nl_batch_push.
struct nlmsghdr *nlu_nl_batch_next(struct nlu_nl_batch *batch);
void nlu_nl_batch_push(struct nlu_nl_batch *batch, struct nlmsghdr *msg);
void nlu_nl_batch_free(struct nlu_nl_batch *batch);

// Sends the whole batch in as few calls as the socket allows, an ack asked for on the last message
// of each only (errors come back anyway), and empties it. All messages are carried out even if an
// earlier one fails; the first failure is reported, and *ret_index says which message it was (from
// 0).
NLU_CHECKED int nlu_nlsock_batch(struct nlu_nlsock *nl, struct nlu_nl_batch *batch,
                                 size_t *ret_index, struct nlu_err *err);

#endif
