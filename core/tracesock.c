// How probes of each method leave, and what their answers look like.
#include "clock.h"
#include "cursor.h"
#include "icmp.h"
#include "tcpprobe.h"
#include "trace_priv.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <string.h>
#include <sys/random.h>

enum { UDP_HEADER = 8, MAX_SEND_TRIES = 32 };

size_t nlu_trace_ip_size(const struct nlu_trace *trace) {
    return trace->dst.family == AF_INET ? 20 : 40;
}

static bool is_icmp_origin(const struct nlu_probe_msg *msg) {
    return msg->origin == SO_EE_ORIGIN_ICMP || msg->origin == SO_EE_ORIGIN_ICMP6;
}

static void take_error(const struct nlu_probe_msg *msg, struct nlu_trace_answer *a) {
    a->type = msg->type;
    a->code = msg->code;
    a->info = msg->info;
    a->from = msg->from;
    a->stamp = msg->stamp;
}

// --- UDP: the destination port counts up
// ----------------------------------------------------------

static int udp_open(struct nlu_trace *t, int netns, struct nlu_err *err) {
    int rc = nlu_probe_socket(netns, t->dst.family, SOCK_DGRAM, IPPROTO_UDP, &t->opts.probe,
                              "traceroute", &t->fd, err);
    if (rc < 0)
        return rc;
    t->errors = true;
    t->tx_most = UINT16_MAX - t->opts.port;
    return 0;
}

// The payload is what was put there once: only the port tells probes apart.
static int udp_build(struct nlu_trace *t, uint32_t tx) {
    (void)tx;
    return (int)(t->size - nlu_trace_ip_size(t) - UDP_HEADER);
}

static uint16_t udp_port(const struct nlu_trace *t, uint32_t tx) {
    return (uint16_t)(t->opts.port + tx);
}

static bool udp_read(struct nlu_trace *t, const struct nlu_probe_msg *msg,
                     struct nlu_trace_answer *a) {
    // What is no error is a datagram by somebody who listens on the port: the target was reached.
    a->reached = !msg->origin;
    if (msg->origin && !is_icmp_origin(msg))
        return false;
    if (!nlu_ip_equal(a->reached ? &msg->from : &msg->to, &t->dst))
        return false;
    take_error(msg, a);
    a->tx = (uint16_t)(msg->port - t->opts.port);
    return true;
}

const struct nlu_trace_method_ops nlu_trace_udp = {udp_open, udp_build, udp_port, udp_read};

// --- ICMP: the sequence number counts up --------------------------------------------------------

static int icmp_open(struct nlu_trace *t, int netns, struct nlu_err *err) {
    int protocol = t->dst.family == AF_INET ? IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
    int rc = nlu_probe_socket(netns, t->dst.family, SOCK_RAW, protocol, &t->opts.probe,
                              "traceroute", &t->fd, err);
    t->tx_most = UINT16_MAX - t->opts.port;
    if (rc == 0) {
        t->raw = true;
        rc = nlu_probe_filter_echo(t->fd, t->dst.family, t->id, 1);
        return rc < 0 ? nlu_err_set(err, -rc, "traceroute", "filter") : 0;
    }
    // EPERM: no CAP_NET_RAW over this namespace; a datagram ICMP socket may be allowed (icmp(7)).
    if (rc != -EPERM)
        return rc;
    t->errors = true;
    return nlu_probe_socket(netns, t->dst.family, SOCK_DGRAM, protocol, &t->opts.probe,
                            "traceroute", &t->fd, err);
}

static int icmp_build(struct nlu_trace *t, uint32_t tx) {
    size_t payload = t->size - nlu_trace_ip_size(t) - NLU_ICMP_HEADER;
    // The payload already stands where it has to: it is written onto itself.
    return nlu_icmp_echo_build(t->dst.family, t->id, (uint16_t)(t->opts.port + tx),
                               t->packet + NLU_ICMP_HEADER, payload, t->packet, t->size);
}

static uint16_t no_port(const struct nlu_trace *t, uint32_t tx) {
    (void)t;
    (void)tx;
    return 0;
}

static bool icmp_read(struct nlu_trace *t, const struct nlu_probe_msg *msg,
                      struct nlu_trace_answer *a) {
    struct nlu_icmp m;
    size_t skip = 0;

    if (msg->origin) {
        struct nlu_icmp_quote quote;
        if (!is_icmp_origin(msg) ||
            nlu_icmp_parse_quoted_echo(t->dst.family, msg->data, msg->size, &quote) < 0)
            return false;
        take_error(msg, a);
        a->tx = (uint16_t)(quote.seq - t->opts.port);
        return true;
    }
    if (t->raw && t->dst.family == AF_INET) {
        struct nlu_ipv4_head head;
        if (nlu_ipv4_parse(msg->data, msg->size, &head) < 0)
            return false;
        skip = head.size;
    }
    if (nlu_icmp_parse(t->dst.family, msg->data + skip, msg->size - skip, &m) < 0)
        return false;
    a->from = msg->from;
    a->stamp = msg->stamp;
    if (m.kind == NLU_ICMP_REPLY) {
        a->reached = true;
        a->tx = (uint16_t)(m.seq - t->opts.port);
        return true;
    }
    if (m.kind != NLU_ICMP_ERROR || !m.quote.has_echo || !nlu_ip_equal(&m.quote.dst, &t->dst))
        return false;
    a->type = m.type;
    a->code = m.code;
    a->info = m.info;
    a->tx = (uint16_t)(m.quote.seq - t->opts.port);
    return true;
}

const struct nlu_trace_method_ops nlu_trace_icmp = {icmp_open, icmp_build, no_port, icmp_read};

// --- TCP: the source port counts up --------------------------------------------------------------

enum {
    // A block of source ports above those the kernel gives out by itself (32768 to 60999), so that
    // no connection of this namespace has one of ours.
    TCP_FIRST_PORT = 61000,
    TCP_PORTS = 4096,
};

static int tcp_open(struct nlu_trace *t, int netns, struct nlu_err *err) {
    union nlu_sockaddr addr;

    int rc = nlu_probe_socket(netns, t->dst.family, SOCK_RAW, IPPROTO_TCP, &t->opts.probe,
                              "traceroute", &t->fd, err);
    if (rc == -EPERM)
        nlu_err_hint(err, "TCP probes need CAP_NET_RAW in the namespace");
    if (rc < 0)
        return rc;
    t->raw = true;
    t->errors = true;
    t->tx_most = TCP_PORTS;
    // The checksum covers our own address.
    rc = nlu_probe_source(netns, &t->dst, &t->opts.probe, "traceroute", &t->source, err);
    if (rc < 0) {
        // As for the other methods: no way to the target is a result.
        t->refused = -rc;
        return 0;
    }
    t->id = (uint16_t)(TCP_FIRST_PORT + t->id % (UINT16_MAX - TCP_FIRST_PORT - TCP_PORTS));
    rc = nlu_probe_filter_tcp(t->fd, t->dst.family, t->id, TCP_PORTS);
    if (rc < 0)
        return nlu_err_set(err, -rc, "traceroute", "filter");
    // Connected: segments of other hosts do not reach the socket.
    socklen_t len = nlu_probe_sockaddr(&t->dst, 0, t->scope, &addr);
    if (connect(t->fd, &addr.any, len) < 0)
        t->refused = errno;
    return 0;
}

static int tcp_build(struct nlu_trace *t, uint32_t tx) {
    return nlu_tcp_syn_build(&t->source, &t->dst, (uint16_t)(t->id + tx), t->opts.port, t->seq + tx,
                             t->packet, t->size);
}

static bool tcp_read(struct nlu_trace *t, const struct nlu_probe_msg *msg,
                     struct nlu_trace_answer *a) {
    struct nlu_tcp_head head;
    size_t skip = 0;

    if (msg->origin) {
        if (!is_icmp_origin(msg) || nlu_tcp_parse_quoted(msg->data, msg->size, &head) < 0)
            return false;
        take_error(msg, a);
        a->tx = (uint16_t)(head.src_port - t->id);
        return head.dst_port == t->opts.port && head.seq == t->seq + a->tx;
    }
    if (t->dst.family == AF_INET) {
        struct nlu_ipv4_head ip;
        if (nlu_ipv4_parse(msg->data, msg->size, &ip) < 0)
            return false;
        skip = ip.size;
    }
    if (nlu_tcp_parse(msg->data + skip, msg->size - skip, &head) < 0 ||
        head.src_port != t->opts.port || !(head.flags & NLU_TCP_FLAG_ACK))
        return false;
    a->reached = true;
    a->from = msg->from;
    a->stamp = msg->stamp;
    a->tx = (uint16_t)(head.dst_port - t->id);
    return head.ack == t->seq + a->tx + 1;
}

const struct nlu_trace_method_ops nlu_trace_tcp = {tcp_open, tcp_build, no_port, tcp_read};

// --- sending and receiving
// ------------------------------------------------------------------------

static int set_ttl(struct nlu_trace *t, int ttl) {
    bool v4 = t->dst.family == AF_INET;

    if (t->ttl == ttl)
        return 0;
    if (setsockopt(t->fd, v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TTL : IPV6_UNICAST_HOPS, &ttl,
                   sizeof ttl) < 0)
        return -errno;
    t->ttl = ttl;
    return 0;
}

static int send_once(struct nlu_trace *t, uint32_t tx, size_t size) {
    union nlu_sockaddr addr;
    socklen_t len = nlu_probe_sockaddr(&t->dst, t->ops->port(t, tx), t->scope, &addr);

    return sendto(t->fd, t->packet, size, MSG_DONTWAIT, &addr.any, len) < 0 ? -errno : 0;
}

// The MTU of the first link, which only the error queue tells; raw ICMP sockets have it turned off.
static uint32_t first_mtu(struct nlu_trace *t, uint32_t tx, size_t size) {
    uint32_t mtu = 0;

    if (!t->errors && nlu_probe_recverr(t->fd, t->dst.family, true) < 0)
        return 0;
    (void)send_once(t, tx, size);
    int n = nlu_probe_recv(t->reader, t->fd, true, 0);
    for (int i = 0; i < n; i++) {
        const struct nlu_probe_msg *msg = nlu_probe_msg_at(t->reader, i);
        if (msg->origin == SO_EE_ORIGIN_LOCAL && msg->errnum == EMSGSIZE)
            mtu = msg->info;
    }
    if (!t->errors)
        (void)!nlu_probe_recverr(t->fd, t->dst.family, false);
    return mtu;
}

int nlu_trace_send(struct nlu_trace *t, uint32_t tx, int ttl, uint32_t *ret_mtu) {
    int size = t->ops->build(t, tx);
    int rc = size < 0 ? size : set_ttl(t, ttl);

    if (rc < 0)
        return rc;
    rc = send_once(t, tx, (size_t)size);
    // With the error queue on, an error about an earlier packet is also reported here, once, in
    // place of sending. Errors of our own are those that stay.
    for (int tries = 0; rc < 0 && t->errors && tries < MAX_SEND_TRIES; tries++) {
        int pending = 0;
        socklen_t len = sizeof pending;
        if (rc == -EMSGSIZE || rc == -EAGAIN || rc == -ENOBUFS || rc == -EPERM)
            break;
        if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &pending, &len) < 0)
            return -errno;
        int again = send_once(t, tx, (size_t)size);
        if (again == rc && !pending && tries > 0)
            break;
        rc = again;
    }
    if (rc == -EMSGSIZE)
        *ret_mtu = first_mtu(t, tx, (size_t)size);
    return rc;
}

int nlu_trace_hear(struct nlu_trace *t,
                   void (*answer)(struct nlu_trace *trace, const struct nlu_trace_answer *a)) {
    int total = 0;

    for (int errors = t->errors ? 1 : 0; errors >= 0; errors--) {
        int n = nlu_probe_recv(t->reader, t->fd, errors, 0);
        if (n < 0)
            return n;
        for (int i = 0; i < n; i++) {
            struct nlu_trace_answer a = {0};
            if (t->ops->read(t, nlu_probe_msg_at(t->reader, i), &a) && a.tx < t->tx_count)
                answer(t, &a);
        }
        total += n;
    }
    return total;
}
