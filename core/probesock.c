#include "probesock.h"

#include "clock.h"
#include "netns.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

// <linux/icmp.h> clashes with <netinet/ip_icmp.h> of glibc; this is its one constant we need.
// See raw(7).
#ifndef ICMP_FILTER
#define ICMP_FILTER 1
#endif

enum {
    BATCH = 64, // more does not make it faster: an echo costs 8.5 us, a system call 0.2
    BATCH_BYTES = 1024 * 1024, // room for a batch; large packets come in smaller batches
    // Timestamp, TTL, and an IPv6 error with its offender's address.
    CONTROL = CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(int)) +
              CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6)) + 64,
    RECEIVE_BUFFER = 4 * 1024 * 1024,
};

// --- receiving ----------------------------------------------------------------------------------

struct nlu_probe_reader {
    int batch;
    bool pending;
    size_t room;
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    union nlu_sockaddr names[BATCH];
    _Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL];
    struct nlu_probe_msg messages[BATCH];
    uint8_t data[]; // batch * room
};

struct nlu_probe_reader *nlu_probe_reader_new(size_t room) {
    size_t batch = BATCH_BYTES / room;

    if (batch > BATCH)
        batch = BATCH;
    if (batch < 1)
        batch = 1;
    struct nlu_probe_reader *r = calloc(1, sizeof *r + batch * room);
    if (!r)
        return NULL;
    r->batch = (int)batch;
    r->room = room;
    for (size_t i = 0; i < batch; i++) {
        struct msghdr *h = &r->headers[i].msg_hdr;
        r->vectors[i] = (struct iovec){r->data + i * room, room};
        h->msg_iov = &r->vectors[i];
        h->msg_iovlen = 1;
        h->msg_name = &r->names[i];
        h->msg_control = r->control[i];
    }
    return r;
}

void nlu_probe_reader_free(struct nlu_probe_reader *reader) {
    free(reader);
}

static void read_extended(const struct cmsghdr *c, struct nlu_probe_msg *m) {
    struct sock_extended_err e;
    union nlu_sockaddr offender = {0};
    size_t have = c->cmsg_len - CMSG_LEN(0);

    if (have < sizeof e)
        return;
    memcpy(&e, CMSG_DATA(c), sizeof e);
    m->origin = e.ee_origin;
    m->type = e.ee_type;
    m->code = e.ee_code;
    m->errnum = e.ee_errno;
    m->info = e.ee_info;
    have -= sizeof e;
    memcpy(&offender, CMSG_DATA(c) + sizeof e, have < sizeof offender ? have : sizeof offender);
    m->from = nlu_probe_from_sockaddr(&offender);
}

static void read_control(struct msghdr *h, struct nlu_probe_msg *m) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            m->stamp = (int64_t)t.tv_sec * NLU_SECOND + t.tv_nsec;
        } else if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_TTL) ||
                   (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) {
            memcpy(&m->ttl, CMSG_DATA(c), sizeof m->ttl);
        } else if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
                   (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
            read_extended(c, m);
        }
    }
}

int nlu_probe_recv(struct nlu_probe_reader *reader, int fd, bool errors, uint32_t most) {
    int flags = MSG_DONTWAIT | MSG_TRUNC | (errors ? MSG_ERRQUEUE : 0);
    int n;

    // Asking for more than can be there costs another look for each call.
    int batch = most && most < (uint32_t)reader->batch ? (int)most : reader->batch;
    for (int i = 0; i < batch; i++) {
        struct msghdr *h = &reader->headers[i].msg_hdr;
        h->msg_namelen = sizeof reader->names[i];
        h->msg_controllen = sizeof reader->control[i];
        h->msg_flags = 0;
    }
    // With the error queue on, an ICMP error also leaves a pending error that is reported once, in
    // place of a packet. The queue tells each in full: it is read past, as often as a batch is
    // long.
    int tries = reader->batch;
    reader->pending = false;
    for (;;) {
        if (batch == 1) {
            // The plain call costs less than a vector of one: a probe at a time is told by it.
            ssize_t size = recvmsg(fd, &reader->headers[0].msg_hdr, flags);
            reader->headers[0].msg_len = (unsigned)size;
            n = size < 0 ? -1 : 1;
        } else {
            n = recvmmsg(fd, reader->headers, (unsigned)batch, flags, NULL);
        }
        if (n >= 0 || errno == EAGAIN || errno == ENOTSOCK || errno == EBADF || errno == EFAULT ||
            --tries <= 0)
            break;
        reader->pending = true;
    }
    if (n < 0)
        return errno == EAGAIN ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        struct nlu_probe_msg *m = &reader->messages[i];
        size_t full = reader->headers[i].msg_len;
        *m = (struct nlu_probe_msg){
            .ttl = -1,
            .data = reader->vectors[i].iov_base,
            .size = full < reader->room ? full : reader->room,
            .full = full,
        };
        struct nlu_ip name = nlu_probe_from_sockaddr(&reader->names[i]);
        m->port = ntohs(name.family == AF_INET ? reader->names[i].v4.sin_port
                                               : reader->names[i].v6.sin6_port);
        if (errors)
            m->to = name;
        else
            m->from = name;
        read_control(&reader->headers[i].msg_hdr, m);
        if (!m->stamp)
            m->stamp = nlu_clock_real();
    }
    return n;
}

int nlu_probe_discard_errors(struct nlu_probe_reader *reader, int fd) {
    int total = 0, n;

    while ((n = nlu_probe_recv(reader, fd, true, 0)) > 0)
        total += n;
    return n < 0 ? n : total;
}

bool nlu_probe_pending(const struct nlu_probe_reader *reader) {
    return reader->pending;
}

const struct nlu_probe_msg *nlu_probe_msg_at(const struct nlu_probe_reader *reader, int i) {
    return &reader->messages[i];
}

// --- addresses ----------------------------------------------------------------------------------

socklen_t nlu_probe_sockaddr(const struct nlu_ip *ip, uint16_t port, uint32_t scope,
                             union nlu_sockaddr *ret_addr) {
    memset(ret_addr, 0, sizeof *ret_addr);
    if (ip->family == AF_INET) {
        ret_addr->v4.sin_family = AF_INET;
        ret_addr->v4.sin_port = htons(port);
        memcpy(&ret_addr->v4.sin_addr, ip->bytes, 4);
        return sizeof ret_addr->v4;
    }
    ret_addr->v6.sin6_family = AF_INET6;
    ret_addr->v6.sin6_port = htons(port);
    ret_addr->v6.sin6_scope_id = scope;
    memcpy(&ret_addr->v6.sin6_addr, ip->bytes, 16);
    return sizeof ret_addr->v6;
}

struct nlu_ip nlu_probe_from_sockaddr(const union nlu_sockaddr *addr) {
    if (addr->any.sa_family == AF_INET)
        return nlu_ip_from(&addr->v4.sin_addr, 4);
    if (addr->any.sa_family == AF_INET6)
        return nlu_ip_from(&addr->v6.sin6_addr, 16);
    return (struct nlu_ip){0};
}

bool nlu_probe_needs_scope(const struct nlu_ip *ip) {
    return ip->family == AF_INET6 && ((ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80) ||
                                      (ip->bytes[0] == 0xff && (ip->bytes[1] & 0x0f) <= 2));
}

int nlu_probe_ifindex(int fd, const char *name, uint32_t *ret_index) {
    struct ifreq request = {0};

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
        return -errno;
    *ret_index = (uint32_t)request.ifr_ifindex;
    return 0;
}

// --- opening ------------------------------------------------------------------------------------

static int set_int(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

int nlu_probe_recverr(int fd, int family, bool on) {
    return family == AF_INET ? set_int(fd, SOL_IP, IP_RECVERR, on)
                             : set_int(fd, SOL_IPV6, IPV6_RECVERR, on);
}

struct setting {
    int level, name, value;
    const char *what;
};

// What every probe socket has; failing here would mean another kernel than Linux.
static int set_basics(int fd, int family, bool raw, const char *op, struct nlu_err *err) {
    bool v4 = family == AF_INET;
    const struct setting basics[] = {
        {SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS"},
        {SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST"},
        {v4 ? SOL_IP : SOL_IPV6, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, !(v4 && raw),
         "hop counts"}, // raw IPv4 has its header in front
    };

    for (size_t i = 0; i < NLU_COUNT(basics); i++) {
        int rc = set_int(fd, basics[i].level, basics[i].name, basics[i].value);
        if (rc < 0)
            return nlu_err_set(err, -rc, op, "%s", basics[i].what);
    }
    // Room for bursts. FORCE is for root of the machine only (EPERM in a user namespace); the plain
    // one is cut to net.core.rmem_max without a word.
    if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) < 0)
        (void)set_int(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    return 0;
}

static int set_headers(int fd, int family, const struct nlu_probe_opts *opts, const char *op,
                       struct nlu_err *err) {
    bool v4 = family == AF_INET;
    int level = v4 ? SOL_IP : SOL_IPV6;
    int rc;

    if (opts->ttl) {
        rc = set_int(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, opts->ttl);
        if (rc == 0)
            rc = set_int(fd, level, v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, opts->ttl);
        if (rc < 0)
            return nlu_err_set(err, -rc, op, "ttl %d", opts->ttl);
    }
    if (opts->tos >= 0) {
        rc = set_int(fd, level, v4 ? IP_TOS : IPV6_TCLASS, opts->tos);
        if (rc < 0)
            return nlu_err_set(err, -rc, op, "tos %d", opts->tos);
    }
    if (opts->pmtudisc >= 0) {
        rc = set_int(fd, level, v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, opts->pmtudisc);
        if (rc < 0)
            return nlu_err_set(err, -rc, op, "pmtudisc %d", opts->pmtudisc);
    }
    if (opts->has_mark) {
        rc = set_int(fd, SOL_SOCKET, SO_MARK, (int)opts->mark);
        if (rc < 0)
            return nlu_err_set(err, -rc, op, "mark %u", opts->mark);
    }
    return 0;
}

static int set_origin(int fd, const struct nlu_probe_opts *opts, const char *op,
                      struct nlu_err *err) {
    char text[NLU_IP_TEXT];
    uint32_t scope = 0;

    if (opts->interface[0]) {
        if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, opts->interface,
                       (socklen_t)strlen(opts->interface) + 1) < 0)
            return nlu_err_set(err, errno, op, "interface %s", opts->interface);
    }
    if (opts->source.family) {
        union nlu_sockaddr addr;
        if (opts->interface[0]) {
            int rc = nlu_probe_ifindex(fd, opts->interface, &scope);
            if (rc < 0)
                return nlu_err_set(err, -rc, op, "interface %s", opts->interface);
        }
        socklen_t len = nlu_probe_sockaddr(&opts->source, 0, scope, &addr);
        if (bind(fd, &addr.any, len) < 0)
            return nlu_err_set(err, errno, op, "source %s", nlu_ip_format(&opts->source, text));
    }
    return 0;
}

int nlu_probe_socket(int netns, int family, int type, int protocol,
                     const struct nlu_probe_opts *opts, const char *op, int *ret_fd,
                     struct nlu_err *err) {
    NLU_AUTO_FD int fd = NLU_NO_FD;

    int rc = nlu_netns_socket(netns, family, type | SOCK_NONBLOCK, protocol, &fd, err);
    if (rc < 0)
        return nlu_err_about(err, op, "%s socket", type == SOCK_RAW ? "raw" : "datagram");
    rc = set_basics(fd, family, type == SOCK_RAW, op, err);
    if (rc == 0)
        rc = set_headers(fd, family, opts, op, err);
    if (rc == 0)
        rc = set_origin(fd, opts, op, err);
    if (rc < 0)
        return rc;
    *ret_fd = nlu_steal_fd(&fd);
    return 0;
}

int nlu_probe_source(int netns, const struct nlu_ip *dst, const struct nlu_probe_opts *opts,
                     const char *op, struct nlu_ip *ret_source, struct nlu_err *err) {
    NLU_AUTO_FD int fd = NLU_NO_FD;
    union nlu_sockaddr addr;
    char text[NLU_IP_TEXT];
    uint32_t scope = 0;

    int rc = nlu_netns_socket(netns, dst->family, SOCK_DGRAM | SOCK_NONBLOCK, 0, &fd, err);
    if (rc < 0)
        return nlu_err_about(err, op, "datagram socket");
    rc = set_headers(fd, dst->family, opts, op, err);
    if (rc == 0)
        rc = set_origin(fd, opts, op, err);
    if (rc < 0)
        return rc;
    if (opts->interface[0] && nlu_probe_needs_scope(dst)) {
        rc = nlu_probe_ifindex(fd, opts->interface, &scope);
        if (rc < 0)
            return nlu_err_set(err, -rc, op, "interface %s", opts->interface);
    }
    // Broadcast addresses are refused (EACCES) unless the socket says that it means them.
    (void)set_int(fd, SOL_SOCKET, SO_BROADCAST, 1);
    socklen_t len = nlu_probe_sockaddr(dst, 1025, scope, &addr);
    if (connect(fd, &addr.any, len) < 0 || getsockname(fd, &addr.any, &len) < 0)
        return nlu_err_set(err, errno, op, "%s", nlu_ip_format(dst, text));
    *ret_source = nlu_probe_from_sockaddr(&addr);
    return 0;
}

// --- filters ------------------------------------------------------------------------------------

static int attach(int fd, struct sock_filter *code, size_t count) {
    struct sock_fprog program = {.len = (unsigned short)count, .filter = code};
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
        return -errno;
    return 0;
}

// Types that reach the socket at all: cheaper than BPF, as others are not even copied for it.
static int filter_types(int fd, int family) {
    if (family == AF_INET) {
        uint32_t blocked =
            ~(1u << 0 /* echo reply */ | 1u << 3 /* unreachable */ | 1u << 4 /* source quench */ |
              1u << 5 /* redirect */ | 1u << 11 /* time exceeded */ | 1u << 12 /* parameter */);
        if (setsockopt(fd, SOL_RAW, ICMP_FILTER, &blocked, sizeof blocked) < 0)
            return -errno;
        return 0;
    }
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    for (int type = 1; type <= 4; type++)
        ICMP6_FILTER_SETPASS(type, &filter);
    ICMP6_FILTER_SETPASS(129, &filter);
    if (setsockopt(fd, SOL_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) < 0)
        return -errno;
    return 0;
}

int nlu_probe_filter_echo(int fd, int family, uint16_t first_id, uint32_t ids) {
    uint32_t last = first_id + ids - 1;
    int rc = filter_types(fd, family);

    if (rc < 0)
        return rc;
    if (family == AF_INET) {
        // The filter sees the IP header (X: its length). Our probes carry no IP options, so what an
        // error quotes has its ICMP header 28 bytes behind the error's own.
        struct sock_filter code[] = {
            BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
            BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 6, 0),
            BPF_STMT(BPF_LD | BPF_B | BPF_IND, 8 + 9),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 0, 8),
            BPF_STMT(BPF_LD | BPF_B | BPF_IND, 28),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 8, 0, 6),
            BPF_STMT(BPF_LD | BPF_H | BPF_IND, 28 + 4),
            BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
            BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
            BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first_id, 0, 2),
            BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
            BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
            BPF_STMT(BPF_RET | BPF_K, 0),
        };
        return attach(fd, code, NLU_COUNT(code));
    }
    // Raw ICMPv6 sockets start at the ICMPv6 header; the quoted one stands behind 8 and 40 bytes,
    // and (X) the 8 of a fragment header, where the probe was too large for one packet.
    struct sock_filter code[] = {
        BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 129, 10, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8 + 6),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_FRAGMENT, 0, 11),
        BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 8),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 48),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 8),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 48),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 128, 0, 6),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 48 + 4),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first_id, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    return attach(fd, code, NLU_COUNT(code));
}

int nlu_probe_filter_tcp(int fd, int family, uint16_t first_port, uint32_t ports) {
    uint32_t last = first_port + ports - 1;
    uint16_t start = family == AF_INET ? BPF_IND : BPF_ABS;
    struct sock_filter code[] = {
        // Only IPv4 has the IP header in front; X is not used for IPv6.
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_H | start, 2),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first_port, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    return attach(fd, code, NLU_COUNT(code));
}
