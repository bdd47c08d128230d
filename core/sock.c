#include "sock.h"

#include "netns.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_storage storage;
};

static socklen_t fill(union address *a, const struct nlu_sock_addr *from, int family) {
    memset(a, 0, sizeof *a);
    if (family == AF_INET) {
        a->in.sin_family = AF_INET;
        a->in.sin_port = htons(from->port);
        memcpy(&a->in.sin_addr, from->ip.bytes, 4);
        return sizeof a->in;
    }
    a->in6.sin6_family = AF_INET6;
    a->in6.sin6_port = htons(from->port);
    memcpy(&a->in6.sin6_addr, from->ip.bytes, 16);
    return sizeof a->in6;
}

static struct nlu_sock_addr read_address(const union address *a) {
    struct nlu_sock_addr addr = {0};

    if (a->any.sa_family == AF_INET) {
        addr.ip = nlu_ip_from(&a->in.sin_addr, 4);
        addr.port = ntohs(a->in.sin_port);
    } else if (a->any.sa_family == AF_INET6) {
        const uint8_t *bytes = (const uint8_t *)&a->in6.sin6_addr;
        // A socket for both families tells IPv4 peers in the mapped form (RFC 4291,
        // section 2.5.5.2).
        bool mapped = IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr);
        addr.ip = mapped ? nlu_ip_from(bytes + 12, 4) : nlu_ip_from(bytes, 16);
        addr.port = ntohs(a->in6.sin6_port);
    }
    return addr;
}

static int set_up(int fd, int family, const struct nlu_sock_spec *spec, const char **step) {
    union address a;
    int on = 1, off = 0;

    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (spec->backlog > 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!spec->stream)
        (void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    *step = "bind";
    if (spec->bind && bind(fd, &a.any, fill(&a, &spec->local, family)) < 0)
        return -errno;
    *step = "listen";
    if (spec->backlog > 0 && listen(fd, spec->backlog) < 0)
        return -errno;
    *step = "connect";
    if (spec->connect && connect(fd, &a.any, fill(&a, &spec->remote, family)) < 0 &&
        errno != EINPROGRESS)
        return -errno;
    return 0;
}

int nlu_sock_open(int netns, const struct nlu_sock_spec *spec, int *ret_fd, struct nlu_err *err) {
    int family = spec->connect && spec->remote.ip.family ? spec->remote.ip.family
                 : spec->bind && spec->local.ip.family   ? spec->local.ip.family
                                                         : AF_INET6;
    int type = (spec->stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK;
    NLU_AUTO_FD int fd = NLU_NO_FD;
    char text[NLU_IP_TEXT];
    const char *step = "socket";

    int rc = nlu_netns_socket(netns, family, type, 0, &fd, err);
    if (rc == -EAFNOSUPPORT && family == AF_INET6 && !spec->remote.ip.family) {
        // A kernel without IPv6: any address is then any IPv4 address.
        family = AF_INET;
        rc = nlu_netns_socket(netns, family, type, 0, &fd, err);
    }
    if (rc < 0)
        return nlu_err_about(err, "socket", "%s", spec->stream ? "tcp" : "udp");
    rc = set_up(fd, family, spec, &step);
    if (rc < 0) {
        const struct nlu_sock_addr *about =
            strcmp(step, "connect") == 0 ? &spec->remote : &spec->local;
        return nlu_err_set(err, -rc, step, "%s %s port %u", spec->stream ? "tcp" : "udp",
                           about->ip.family ? nlu_ip_format(&about->ip, text) : "*", about->port);
    }
    *ret_fd = nlu_steal_fd(&fd);
    return 0;
}

int nlu_sock_connected(int fd, struct nlu_err *err) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;

    if (poll(&p, 1, 0) == 0)
        return 0;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    return error ? nlu_err_set(err, error, "connect", "%s", "") : 1;
}

int nlu_sock_names(int fd, bool peer, struct nlu_sock_addr *ret_addr, struct nlu_err *err) {
    union address a = {0};
    socklen_t size = sizeof a;

    if ((peer ? getpeername : getsockname)(fd, &a.any, &size) < 0)
        return nlu_err_set(err, errno, peer ? "getpeername" : "getsockname", "%s", "");
    *ret_addr = read_address(&a);
    return 0;
}

ssize_t nlu_sock_receive(int fd, void *buf, size_t cap, struct nlu_sock_addr *ret_from) {
    union address a = {0};
    socklen_t size = sizeof a;
    ssize_t n;

    do
        n = recvfrom(fd, buf, cap, 0, &a.any, &size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    *ret_from = read_address(&a);
    return n;
}

// IPv4 over a socket for both families goes in the mapped form.
static struct nlu_sock_addr for_socket(int fd, const struct nlu_sock_addr *to, int *ret_family) {
    struct nlu_sock_addr addr = *to;
    socklen_t size = sizeof *ret_family;

    *ret_family = to->ip.family;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, ret_family, &size) == 0 && *ret_family == AF_INET6 &&
        to->ip.family == AF_INET) {
        static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
        memmove(addr.ip.bytes + 12, to->ip.bytes, 4);
        memcpy(addr.ip.bytes, mapped, sizeof mapped);
        addr.ip.family = AF_INET6;
    }
    return addr;
}

ssize_t nlu_sock_send(int fd, const void *bytes, size_t size, const struct nlu_sock_addr *to) {
    union address a;
    socklen_t len = 0;
    ssize_t n;

    if (to) {
        int family;
        struct nlu_sock_addr addr = for_socket(fd, to, &family);
        len = fill(&a, &addr, family);
    }
    do
        n = sendto(fd, bytes, size, MSG_NOSIGNAL, to ? &a.any : NULL, len);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}
