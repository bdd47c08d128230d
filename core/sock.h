// TCP and UDP sockets opened inside a namespace: socket(7), ip(7), tcp(7), udp(7). Never blocking.
#ifndef NLU_SOCK_H
#define NLU_SOCK_H

#include "err.h"
#include "ipaddr.h"

#include <sys/types.h>

enum { NLU_SOCK_DATAGRAM_MAX = 65535 };

// An address and a port; family 0 in ip: any address.
struct nlu_sock_addr {
    struct nlu_ip ip;
    uint16_t port;
};

struct nlu_sock_spec {
    bool stream; // TCP, else UDP
    bool bind, connect; // use local, remote
    int backlog; // > 0: listen
    struct nlu_sock_addr local, remote;
};

// Opens a socket in the namespace, binds, listens or begins to connect as asked: close-on-exec,
// non-blocking, SO_REUSEADDR for who listens. A connection under way is success: nlu_sock_connected
// tells how it went once the socket is writable.
NLU_CHECKED int nlu_sock_open(int netns, const struct nlu_sock_spec *spec, int *ret_fd,
                              struct nlu_err *err);

// 1 when connected, 0 while it is under way, or what refused it (-ECONNREFUSED, -ETIMEDOUT, …).
NLU_CHECKED int nlu_sock_connected(int fd, struct nlu_err *err);

// The socket's own and its peer's address. -ENOTCONN for a peer that is not there.
NLU_CHECKED int nlu_sock_names(int fd, bool peer, struct nlu_sock_addr *ret_addr,
                               struct nlu_err *err);

// One datagram: how many bytes, -EAGAIN when there is none now.
NLU_CHECKED ssize_t nlu_sock_receive(int fd, void *buf, size_t cap, struct nlu_sock_addr *ret_from);

// Sends one datagram; to NULL for a connected socket. Bytes, or -errno (-EAGAIN: no room now).
NLU_CHECKED ssize_t nlu_sock_send(int fd, const void *bytes, size_t size,
                                  const struct nlu_sock_addr *to);

#endif
