#include "nlsock.h"

#include "clock.h"
#include "netns.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int nlu_nlsock_adopt(struct nlu_nlsock *ret_nl, int fd, struct nlu_err *err) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    socklen_t size = sizeof address;
    const int on = 1, stamp = SOF_TIMESTAMPING_RX_SOFTWARE;

    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return nlu_err_set(err, errno, "netlink", "bind");
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return nlu_err_set(err, errno, "netlink", "getsockname");
    // Linux 4.12 and 4.20; an older kernel answers ENOPROTOOPT and merely says less.
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    // The error message need not bring the request back: we have it.
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    // The kernel stamps packets with their time only while some socket of the machine asks for it,
    // and begins a moment after it was asked. With a namespace's first socket asking, the first
    // packet of every capture and ping carries the time it really came.
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &stamp, sizeof stamp);
    *ret_nl = (struct nlu_nlsock){.fd = fd, .portid = address.nl_pid};
    return 0;
}

int nlu_nlsock_open(struct nlu_nlsock *ret_nl, int netns, int protocol, struct nlu_err *err) {
    NLU_AUTO_FD int fd = NLU_NO_FD;
    int rc = nlu_netns_socket(netns, AF_NETLINK, SOCK_RAW, protocol, &fd, err);

    if (rc == 0)
        rc = nlu_nlsock_adopt(ret_nl, fd, err);
    if (rc == 0)
        nlu_steal_fd(&fd);
    return rc;
}

void nlu_nlsock_close(struct nlu_nlsock *nl) {
    nlu_close(&nl->fd);
}

static int send_bytes(struct nlu_nlsock *nl, const void *bytes, size_t size, struct nlu_err *err) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent;

    do
        sent = sendto(nl->fd, bytes, size, 0, (struct sockaddr *)&kernel, sizeof kernel);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? nlu_err_set(err, errno, "netlink", "send") : 0;
}

// One datagram from the kernel into buf. Returns its size, or -errno.
static ssize_t receive(struct nlu_nlsock *nl, void *buf, size_t cap, int64_t deadline,
                       struct nlu_err *err) {
    for (;;) {
        struct sockaddr_nl from = {0};
        struct iovec iov = {buf, cap};
        struct msghdr m = {
            .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1};
        ssize_t got = recvmsg(nl->fd, &m, MSG_DONTWAIT);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN) {
            int64_t left = deadline - nlu_clock_mono();
            struct pollfd p = {.fd = nl->fd, .events = POLLIN};
            if (left <= 0)
                return nlu_err_set(err, ETIMEDOUT, "netlink", "no answer from the kernel");
            (void)poll(&p, 1, (int)(left / NLU_MILLISECOND) + 1);
            continue;
        }
        if (got < 0)
            return nlu_err_set(err, errno, "netlink", "receive");
        if (m.msg_flags & MSG_TRUNC)
            return nlu_err_set(err, EMSGSIZE, "netlink", "answer longer than %zu bytes", cap);
        // Another process may send to our port; only the kernel (port 0) is believed.
        if (from.nl_pid == 0)
            return got;
    }
}

static bool ours(const struct nlu_nlsock *nl, const struct nlmsghdr *msg) {
    return msg->nlmsg_pid == nl->portid;
}

int nlu_nlsock_ask(struct nlu_nlsock *nl, struct nlmsghdr *request, nlu_nl_each each, void *arg,
                   struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_BUFFER];
    int64_t deadline;
    int result = 0;

    request->nlmsg_seq = ++nl->seq;
    request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    int rc = send_bytes(nl, request, request->nlmsg_len, err);
    if (rc < 0)
        return rc;
    deadline = nlu_clock_mono() + NLU_NL_TIMEOUT_MS * NLU_MILLISECOND;
    for (;;) {
        ssize_t got = receive(nl, buf, sizeof buf, deadline, err);
        if (got < 0)
            return (int)got;
        int left = (int)got;
        for (const struct nlmsghdr *msg = (void *)buf; mnl_nlmsg_ok(msg, left);
             msg = mnl_nlmsg_next(msg, &left)) {
            if (!ours(nl, msg) || msg->nlmsg_seq != request->nlmsg_seq)
                continue;
            if (msg->nlmsg_type == NLMSG_ERROR) {
                rc = nlu_extack_parse(msg, request, err);
                if (rc == 0 && result < 0)
                    return nlu_err_set(err, -result, "netlink", "answer not understood");
                return rc;
            }
            if (each && result == 0)
                result = each(msg, arg);
        }
    }
}

int nlu_nlsock_dump(struct nlu_nlsock *nl, struct nlmsghdr *request, nlu_nl_each each,
                    void (*restart)(void *arg), void *arg, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_BUFFER];

    request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
    for (int attempt = 0; attempt < NLU_NL_RESTARTS; attempt++) {
        bool done = false, interrupted = false;
        int result = 0;

        request->nlmsg_seq = ++nl->seq;
        int rc = send_bytes(nl, request, request->nlmsg_len, err);
        if (rc < 0)
            return rc;
        int64_t deadline = nlu_clock_mono() + NLU_NL_TIMEOUT_MS * NLU_MILLISECOND;
        while (!done) {
            ssize_t got = receive(nl, buf, sizeof buf, deadline, err);
            if (got < 0)
                return (int)got;
            int left = (int)got;
            for (const struct nlmsghdr *msg = (void *)buf; !done && mnl_nlmsg_ok(msg, left);
                 msg = mnl_nlmsg_next(msg, &left)) {
                if (!ours(nl, msg) || msg->nlmsg_seq != request->nlmsg_seq)
                    continue;
                interrupted |= (msg->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
                if (msg->nlmsg_type == NLMSG_ERROR || msg->nlmsg_type == NLMSG_DONE) {
                    rc = nlu_extack_parse(msg, request, err);
                    if (rc < 0)
                        return rc;
                    done = true;
                } else if (result == 0) {
                    result = each(msg, arg);
                }
            }
        }
        if (result < 0)
            return nlu_err_set(err, -result, "netlink", "answer not understood");
        if (!interrupted)
            return 0;
        restart(arg);
    }
    return nlu_err_set(err, EAGAIN, "netlink", "dump interrupted %d times by changes",
                       NLU_NL_RESTARTS);
}

struct nlmsghdr *nlu_nl_batch_next(struct nlu_nl_batch *batch) {
    if (batch->cap - batch->len < NLU_NL_REQUEST) {
        size_t cap = batch->cap ? batch->cap * 2 : 4 * (size_t)NLU_NL_REQUEST;
        char *buf = realloc(batch->buf, cap);
        if (!buf)
            return NULL;
        batch->buf = buf;
        batch->cap = cap;
    }
    return mnl_nlmsg_put_header(batch->buf + batch->len);
}

void nlu_nl_batch_push(struct nlu_nl_batch *batch, struct nlmsghdr *msg) {
    batch->len += MNL_ALIGN(msg->nlmsg_len);
    batch->count++;
}

void nlu_nl_batch_free(struct nlu_nl_batch *batch) {
    free(batch->buf);
    *batch = (struct nlu_nl_batch){0};
}

// The message of the batch that carries this sequence number.
static const struct nlmsghdr *batch_message(const struct nlu_nl_batch *batch, uint32_t seq) {
    for (size_t at = 0; at < batch->len;) {
        const struct nlmsghdr *msg = (const struct nlmsghdr *)(batch->buf + at);
        if (msg->nlmsg_seq == seq)
            return msg;
        at += MNL_ALIGN(msg->nlmsg_len);
    }
    return NULL;
}

// Numbers the messages from offset `from` on, as many as go into one send, and asks for an ack of
// the last. Returns the offset behind them.
static size_t number_messages(struct nlu_nlsock *nl, struct nlu_nl_batch *batch, size_t from) {
    struct nlmsghdr *msg = NULL;
    size_t at = from;

    while (at < batch->len) {
        struct nlmsghdr *next = (struct nlmsghdr *)(batch->buf + at);
        size_t size = MNL_ALIGN(next->nlmsg_len);
        if (msg && at + size - from > NLU_NL_SEND)
            break;
        msg = next;
        msg->nlmsg_seq = ++nl->seq;
        msg->nlmsg_flags |= NLM_F_REQUEST;
        at += size;
    }
    if (msg)
        msg->nlmsg_flags |= NLM_F_ACK;
    return at;
}

// Sends the messages from `from` up to `end`, whose first has sequence number `first`, and reads
// what the kernel says to them. Sets *ret_seq and *err for the first refusal.
static int batch_send(struct nlu_nlsock *nl, const struct nlu_nl_batch *batch, size_t from,
                      size_t end, uint32_t first, uint32_t *ret_seq, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_BUFFER];
    uint32_t last = nl->seq;
    bool overrun = false, done = false;
    int result = 0;

    int rc = send_bytes(nl, batch->buf + from, end - from, err);
    if (rc < 0)
        return rc;
    int64_t deadline = nlu_clock_mono() + NLU_NL_TIMEOUT_MS * NLU_MILLISECOND;
    while (!done) {
        struct nlu_err trouble;
        ssize_t got = receive(nl, buf, sizeof buf, deadline, &trouble);
        if (got == -ENOBUFS) {
            // So many refusals that not all found room, perhaps not the ack either. All messages
            // were carried out before the send returned: what can be read now is all there will be.
            overrun = true;
            deadline = 0;
            continue;
        }
        if (got < 0) {
            if (overrun && result < 0)
                return result;
            *err = trouble;
            return overrun ? nlu_err_set(err, ENOBUFS, "netlink", "receive") : (int)got;
        }
        int left = (int)got;
        for (const struct nlmsghdr *msg = (void *)buf; mnl_nlmsg_ok(msg, left);
             msg = mnl_nlmsg_next(msg, &left)) {
            // Sequence numbers wrap: what counts is the distance from the first.
            if (!ours(nl, msg) || msg->nlmsg_seq - first > last - first ||
                msg->nlmsg_type != NLMSG_ERROR)
                continue;
            done |= msg->nlmsg_seq == last;
            if (result < 0)
                continue; // only the first refusal is told: later ones mostly follow from it
            struct nlu_err refusal;
            result = nlu_extack_parse(msg, batch_message(batch, msg->nlmsg_seq), &refusal);
            if (result < 0) {
                *err = refusal;
                *ret_seq = msg->nlmsg_seq;
            }
        }
    }
    return result;
}

int nlu_nlsock_batch(struct nlu_nlsock *nl, struct nlu_nl_batch *batch, size_t *ret_index,
                     struct nlu_err *err) {
    uint32_t start = nl->seq + 1;
    int result = 0;

    for (size_t at = 0; at < batch->len;) {
        uint32_t first = nl->seq + 1, refused = first;
        size_t end = number_messages(nl, batch, at);
        struct nlu_err trouble;
        int rc = batch_send(nl, batch, at, end, first, &refused, &trouble);
        if (rc < 0 && result == 0) {
            result = rc;
            *err = trouble;
            *ret_index = refused - start;
        }
        at = end;
    }
    batch->len = batch->count = 0;
    return result;
}
