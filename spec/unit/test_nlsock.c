// The two loops against a kernel that is played here (so that stale, foreign, interrupted and
// damaged answers come when the test wants them), and against the real one.
#include "check.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

// The calls that nlsock.c makes go through these; without a script they are the kernel's.
static ssize_t test_sendto(int fd, const void *buf, size_t size, int flags,
                           const struct sockaddr *to, socklen_t to_size);
static ssize_t test_recvmsg(int fd, struct msghdr *m, int flags);
static int test_poll(struct pollfd *fds, nfds_t count, int timeout);
#define sendto test_sendto
#define recvmsg test_recvmsg
#define poll test_poll
#include "../../core/nlsock.c"
#undef sendto
#undef recvmsg
#undef poll

#include "rights.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>

enum { BUF = 8192, MAX_STEPS = 64, PORT = 4711 };

// --- the played kernel
// ----------------------------------------------------------------------------

// One thing the kernel does when it is read from.
struct step {
    int errnum; // not 0: the call fails with it
    uint32_t from; // the sender's port
    bool truncated;
    size_t size;
    char bytes[1024];
};

static struct {
    bool playing;
    struct step steps[MAX_STEPS];
    int count, at;
    int sends, polls, send_interrupts;
    int send_errno;
    char sent[BUF];
    size_t sent_size;
} kernel;

static void play(void) {
    memset(&kernel, 0, sizeof kernel);
    kernel.playing = true;
}

static ssize_t test_sendto(int fd, const void *buf, size_t size, int flags,
                           const struct sockaddr *to, socklen_t to_size) {
    if (!kernel.playing)
        return sendto(fd, buf, size, flags, to, to_size);
    kernel.sends++;
    if (kernel.send_interrupts-- > 0) {
        errno = EINTR;
        return -1;
    }
    if (kernel.send_errno) {
        errno = kernel.send_errno;
        return -1;
    }
    kernel.sent_size = size < sizeof kernel.sent ? size : sizeof kernel.sent;
    memcpy(kernel.sent, buf, kernel.sent_size);
    return (ssize_t)size;
}

static ssize_t test_recvmsg(int fd, struct msghdr *m, int flags) {
    if (!kernel.playing)
        return recvmsg(fd, m, flags);
    if (kernel.at == kernel.count) {
        // A loop that reads on after its answer would wait ten seconds: end it here.
        fprintf(stderr, "read past the script\n");
        check_failures++;
        errno = EBADF;
        return -1;
    }
    struct step *s = &kernel.steps[kernel.at++];
    if (s->errnum) {
        errno = s->errnum;
        return -1;
    }
    ((struct sockaddr_nl *)m->msg_name)->nl_pid = s->from;
    m->msg_flags = s->truncated ? MSG_TRUNC : 0;
    memcpy(m->msg_iov->iov_base, s->bytes, s->size);
    return (ssize_t)s->size;
}

static int test_poll(struct pollfd *fds, nfds_t count, int timeout) {
    if (!kernel.playing)
        return poll(fds, count, timeout);
    kernel.polls++;
    return 0;
}

static struct step *add_step(void) {
    return &kernel.steps[kernel.count++];
}

static void add_errno(int errnum) {
    add_step()->errnum = errnum;
}

static struct nlmsghdr *put(struct step *s, uint16_t type, uint32_t seq, uint32_t portid,
                            size_t payload) {
    struct nlmsghdr *msg = (void *)(s->bytes + s->size);
    msg->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + payload);
    msg->nlmsg_type = type;
    msg->nlmsg_seq = seq;
    msg->nlmsg_pid = portid;
    s->size += NLMSG_ALIGN(msg->nlmsg_len);
    return msg;
}

// An NLMSG_ERROR (an ack with error 0) that does not bring the request back.
static void put_ack(struct step *s, uint32_t seq, uint32_t portid, int error, const char *text) {
    char *start = s->bytes + s->size;
    struct nlmsghdr *msg = put(s, NLMSG_ERROR, seq, portid, sizeof(struct nlmsgerr));
    memcpy(start + NLMSG_HDRLEN, &error, sizeof error);
    msg->nlmsg_flags = NLM_F_CAPPED;
    if (text) {
        msg->nlmsg_flags |= NLM_F_ACK_TLVS;
        mnl_attr_put_strz(msg, NLMSGERR_ATTR_MSG, text);
        s->size = (size_t)((char *)msg - s->bytes) + NLMSG_ALIGN(msg->nlmsg_len);
    }
}

static void put_done(struct step *s, uint32_t seq, int error, uint16_t flags) {
    char *start = s->bytes + s->size;
    struct nlmsghdr *msg = put(s, NLMSG_DONE, seq, PORT, sizeof error);
    memcpy(start + NLMSG_HDRLEN, &error, sizeof error);
    msg->nlmsg_flags = flags;
}

// --- what the callers see
// --------------------------------------------------------------------------

struct seen {
    int count, restarts;
    int fail_at; // the callback fails at this message, counted from 1
};

static int see(const struct nlmsghdr *msg, void *arg) {
    struct seen *seen = arg;
    (void)msg;
    return ++seen->count == seen->fail_at ? -EBADMSG : 0;
}

static void see_again(void *arg) {
    struct seen *seen = arg;
    seen->count = 0;
    seen->restarts++;
}

static struct nlu_nlsock sock = {.fd = NLU_NO_FD, .portid = PORT};

static struct nlmsghdr *new_request(char buf[BUF]) {
    memset(buf, 0, BUF);
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = RTM_GETLINK;
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof *info);
    info->ifi_index = 1;
    return msg;
}

static int ask(struct seen *seen, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[BUF];
    memset(err, 0, sizeof *err);
    return nlu_nlsock_ask(&sock, new_request(buf), seen ? see : NULL, seen, err);
}

static void test_ask(void) {
    struct nlu_err err;
    struct seen seen = {0};

    play();
    sock.seq = 100;
    struct step *s = add_step();
    put(s, RTM_NEWLINK, 101, PORT, 16);
    put(s, RTM_NEWLINK, 101, PORT, 16);
    put_ack(s, 101, PORT, 0, NULL);
    kernel.send_interrupts = 2;
    CHECK_INT(ask(&seen, &err), 0);
    CHECK_INT(seen.count, 2);
    CHECK_INT(kernel.sends, 3);
    const struct nlmsghdr *sent = (void *)kernel.sent;
    CHECK_INT(sent->nlmsg_seq, 101);
    CHECK((sent->nlmsg_flags & (NLM_F_REQUEST | NLM_F_ACK)) == (NLM_F_REQUEST | NLM_F_ACK));

    // A refusal with the kernel's words; nobody who wants the messages before it.
    play();
    s = add_step();
    put(s, RTM_NEWLINK, 102, PORT, 16);
    s = add_step();
    put_ack(s, 102, PORT, -EPERM, "not here");
    CHECK_INT(ask(NULL, &err), -EPERM);
    CHECK_INT(err.errnum, EPERM);
    CHECK_STR(err.kernel, "not here");
}

// What is not the answer is passed over: of another request, to another port, from another process,
// nothing yet.
static void test_strangers(void) {
    struct nlu_err err;
    struct seen seen = {0};

    play();
    sock.seq = UINT32_MAX - 1;
    struct step *s = add_step();
    put_ack(s, UINT32_MAX - 1, PORT, -EIO, "of the request before"); // which was given up
    put_ack(s, UINT32_MAX, PORT + 1, -EIO, "to another port");
    put(s, RTM_NEWLINK, 5, PORT, 16);
    s = add_step();
    s->from = 999;
    put_ack(s, UINT32_MAX, PORT, -EIO, "from another process");
    add_errno(EINTR);
    add_errno(EAGAIN);
    s = add_step();
    put(s, NLMSG_NOOP, 0, 0, 0);
    put(s, RTM_NEWLINK, UINT32_MAX, PORT, 16);
    s = add_step();
    put_ack(s, UINT32_MAX, PORT, 0, NULL);
    CHECK_INT(ask(&seen, &err), 0);
    CHECK_INT(seen.count, 1);
    CHECK_INT(kernel.polls, 1);
    CHECK_INT(kernel.at, kernel.count);
    // The sequence starts over at 0.
    play();
    put_ack(add_step(), 0, PORT, 0, NULL);
    CHECK_INT(ask(&seen, &err), 0);
}

static void test_broken_answers(void) {
    struct nlu_err err;
    struct seen seen = {.fail_at = 1};

    // The callback does not understand: the ack is still taken, so that the next answer is not
    // mixed up with this one.
    play();
    sock.seq = 0;
    struct step *s = add_step();
    put(s, RTM_NEWLINK, 1, PORT, 16);
    put(s, RTM_NEWLINK, 1, PORT, 16);
    put_ack(s, 1, PORT, 0, NULL);
    CHECK_INT(ask(&seen, &err), -EBADMSG);
    CHECK_INT(err.errnum, EBADMSG);
    CHECK_INT(seen.count, 1);
    CHECK_INT(kernel.at, kernel.count);
    // Longer than the buffer.
    play();
    s = add_step();
    s->truncated = true;
    put_ack(s, 2, PORT, 0, NULL);
    CHECK_INT(ask(NULL, &err), -EMSGSIZE);
    // Reading and sending fail.
    play();
    add_errno(ENOBUFS);
    CHECK_INT(ask(NULL, &err), -ENOBUFS);
    CHECK_INT(err.errnum, ENOBUFS);
    play();
    kernel.send_errno = EMSGSIZE;
    CHECK_INT(ask(NULL, &err), -EMSGSIZE);
    CHECK_STR(err.subject, "send");
    // An error message too short to be one.
    play();
    put(add_step(), NLMSG_ERROR, 5, PORT, 2);
    CHECK_INT(ask(NULL, &err), -EBADMSG);
}

static int dump(struct seen *seen, struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[BUF];
    memset(err, 0, sizeof *err);
    return nlu_nlsock_dump(&sock, new_request(buf), see, see_again, seen, err);
}

static void test_dump(void) {
    struct nlu_err err;
    struct seen seen = {0};

    play();
    sock.seq = 0;
    struct step *s = add_step();
    put(s, RTM_NEWLINK, 1, PORT, 16);
    put(s, RTM_NEWLINK, 99, PORT, 16); // of a dump that was given up
    s = add_step();
    put(s, RTM_NEWLINK, 1, PORT, 16);
    put_done(add_step(), 1, 0, 0);
    CHECK_INT(dump(&seen, &err), 0);
    CHECK_INT(seen.count, 2);
    CHECK_INT(seen.restarts, 0);
    const struct nlmsghdr *sent = (void *)kernel.sent;
    CHECK((sent->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP);
    // Refused, at once and at the end.
    play();
    put_ack(add_step(), 2, PORT, -EOPNOTSUPP, "no dumps");
    CHECK_INT(dump(&seen, &err), -EOPNOTSUPP);
    CHECK_STR(err.kernel, "no dumps");
    play();
    put_done(add_step(), 3, -EIO, 0);
    CHECK_INT(dump(&seen, &err), -EIO);
    // Not understood: read to its end all the same.
    play();
    seen = (struct seen){.fail_at = 1};
    s = add_step();
    put(s, RTM_NEWLINK, 4, PORT, 16);
    put(s, RTM_NEWLINK, 4, PORT, 16);
    put_done(add_step(), 4, 0, 0);
    CHECK_INT(dump(&seen, &err), -EBADMSG);
    CHECK_INT(seen.count, 1);
    CHECK_INT(kernel.at, kernel.count);
}

// A dump that a change interrupted is begun anew, and given up after a stated number of times.
static void test_interrupted(void) {
    struct nlu_err err;
    struct seen seen = {0};

    for (int flag_on_done = 0; flag_on_done < 2; flag_on_done++) {
        play();
        sock.seq = 0;
        seen = (struct seen){0};
        struct step *s = add_step();
        struct nlmsghdr *msg = put(s, RTM_NEWLINK, 1, PORT, 16);
        if (!flag_on_done)
            msg->nlmsg_flags = NLM_F_MULTI | NLM_F_DUMP_INTR;
        put(s, RTM_NEWLINK, 1, PORT, 16);
        put_done(s, 1, 0, flag_on_done ? NLM_F_DUMP_INTR : 0);
        s = add_step();
        put(s, RTM_NEWLINK, 2, PORT, 16);
        put_done(s, 2, 0, 0);
        CHECK_INT(dump(&seen, &err), 0);
        CHECK_INT(seen.restarts, 1);
        CHECK_INT(seen.count, 1);
        CHECK_INT(kernel.sends, 2);
    }
    play();
    sock.seq = 0;
    seen = (struct seen){0};
    for (uint32_t i = 1; i <= NLU_NL_RESTARTS; i++)
        put_done(add_step(), i, 0, NLM_F_DUMP_INTR);
    CHECK_INT(dump(&seen, &err), -EAGAIN);
    CHECK_INT(err.errnum, EAGAIN);
    CHECK_INT(kernel.sends, NLU_NL_RESTARTS);
}

static void add_requests(struct nlu_nl_batch *batch, int count) {
    for (int i = 0; i < count; i++) {
        struct nlmsghdr *msg = nlu_nl_batch_next(batch);
        msg->nlmsg_type = RTM_SETLINK;
        mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
        mnl_attr_put_u32(msg, IFLA_MTU, 1000 + (uint32_t)i);
        nlu_nl_batch_push(batch, msg);
    }
}

static void test_batch(void) {
    struct nlu_nl_batch batch = {0};
    struct nlu_err err = {0};
    size_t index = 77;

    // Nothing to send is nothing done.
    play();
    CHECK_INT(nlu_nlsock_batch(&sock, &batch, &index, &err), 0);
    CHECK_INT(kernel.sends, 0);
    // All well: one send, an ack for the last.
    play();
    sock.seq = UINT32_MAX - 1; // numbers that start over in the middle
    add_requests(&batch, 4);
    CHECK_INT(batch.count, 4);
    put_ack(add_step(), 2, PORT, 0, NULL);
    CHECK_INT(nlu_nlsock_batch(&sock, &batch, &index, &err), 0);
    CHECK_INT(kernel.sends, 1);
    CHECK_INT(batch.count, 0);
    CHECK_INT(batch.len, 0);
    CHECK_INT(index, 77);
    int acks = 0, left = (int)kernel.sent_size;
    uint32_t seq = UINT32_MAX;
    for (const struct nlmsghdr *msg = (void *)kernel.sent; mnl_nlmsg_ok(msg, left);
         msg = mnl_nlmsg_next(msg, &left)) {
        CHECK_INT(msg->nlmsg_seq, seq++);
        acks += (msg->nlmsg_flags & NLM_F_ACK) != 0;
    }
    CHECK_INT(seq, 3);
    CHECK_INT(acks, 1);
    // Of several refusals the first is told, with its number; strangers are passed over.
    play();
    sock.seq = 10;
    add_requests(&batch, 5);
    struct step *s = add_step();
    put_ack(s, 10, PORT, -EIO, "before");
    put_ack(s, 16, PORT, -EIO, "after");
    put_ack(s, 12, PORT + 1, -EIO, "to another port");
    put_ack(s, 13, PORT, -EEXIST, "first");
    put_ack(s, 14, PORT, -EPERM, "second");
    put_ack(add_step(), 15, PORT, 0, NULL);
    CHECK_INT(nlu_nlsock_batch(&sock, &batch, &index, &err), -EEXIST);
    CHECK_INT(index, 2);
    CHECK_STR(err.kernel, "first");
    CHECK_INT(err.errnum, EEXIST);
    // The last one refused is its own ack.
    play();
    sock.seq = 20;
    add_requests(&batch, 2);
    put_ack(add_step(), 22, PORT, -ENODEV, "last");
    CHECK_INT(nlu_nlsock_batch(&sock, &batch, &index, &err), -ENODEV);
    CHECK_INT(index, 1);
    // Not even sent.
    play();
    add_requests(&batch, 2);
    kernel.send_errno = ENOBUFS;
    CHECK_INT(nlu_nlsock_batch(&sock, &batch, &index, &err), -ENOBUFS);
    CHECK_INT(batch.count, 0);
    // More refusals than the socket holds (ENOBUFS, and the ack may be lost): what was read tells
    // the reason.
    play();
    sock.seq = 30;
    add_requests(&batch, 3);
    add_errno(ENOBUFS);
    put_ack(add_step(), 31, PORT, -EEXIST, "the reason");
    add_errno(EAGAIN);
    CHECK_INT(nlu_nlsock_batch(&sock, &batch, &index, &err), -EEXIST);
    CHECK_STR(err.kernel, "the reason");
    CHECK_INT(index, 0);
    play();
    sock.seq = 40;
    add_requests(&batch, 3);
    add_errno(ENOBUFS);
    add_errno(EAGAIN);
    CHECK_INT(nlu_nlsock_batch(&sock, &batch, &index, &err), -ENOBUFS);
    CHECK_INT(err.errnum, ENOBUFS);
    nlu_nl_batch_free(&batch);
    CHECK(batch.buf == NULL);
    kernel.playing = false;
}

// --- the real one
// ----------------------------------------------------------------------------------

static int count_links(const struct nlmsghdr *msg, void *arg) {
    const struct ifinfomsg *info = nlu_msg_header(msg, sizeof *info);
    if (!info || msg->nlmsg_type != RTM_NEWLINK)
        return -EBADMSG;
    ++*(int *)arg;
    return 0;
}

static void forget_links(void *arg) {
    *(int *)arg = 0;
}

static void put_link(struct nlmsghdr *msg, const char *name, const char *kind) {
    msg->nlmsg_type = RTM_NEWLINK;
    msg->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(msg, IFLA_IFNAME, name);
    struct nlattr *nest = mnl_attr_nest_start(msg, IFLA_LINKINFO);
    mnl_attr_put_strz(msg, IFLA_INFO_KIND, kind);
    mnl_attr_nest_end(msg, nest);
}

static void test_kernel(void) {
    _Alignas(struct nlmsghdr) char buf[BUF];
    struct nlu_nl_batch batch = {0};
    struct nlu_nlsock nl;
    struct nlu_err err;
    int netns, netlink, links = 0;
    size_t index = 0;

    if (nlu_rights_enter(NULL, &err) < 0) {
        fprintf(stderr, "no namespaces here: %s\n", err.hint);
        return;
    }
    CHECK_INT(nlu_netns_create(&netns, &netlink, &err), 0);
    CHECK_INT(nlu_nlsock_adopt(&nl, netlink, &err), 0);
    CHECK(nl.portid != 0);
    // One object, the loopback.
    CHECK_INT(nlu_nlsock_ask(&nl, new_request(buf), count_links, &links, &err), 0);
    CHECK_INT(links, 1);
    // A kind that is none: the kernel's own words.
    memset(buf, 0, sizeof buf);
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    put_link(msg, "x0", "nosuchkind");
    CHECK_INT(nlu_nlsock_ask(&nl, msg, NULL, NULL, &err), -EOPNOTSUPP);
    CHECK(strstr(err.kernel, "device type") != NULL);
    // A name too long: the attribute is known by its name.
    memset(buf, 0, sizeof buf);
    msg = mnl_nlmsg_put_header(buf);
    put_link(msg, "much-too-long-a-name", "bridge");
    CHECK_INT(nlu_nlsock_ask(&nl, msg, NULL, NULL, &err), -ERANGE);
    CHECK_STR(err.attr, "IFLA_IFNAME");
    // A batch with one bad message in the middle: the rest is carried out.
    const char *names[] = {"a", "b", "b", "c"};
    for (size_t i = 0; i < NLU_COUNT(names); i++) {
        msg = nlu_nl_batch_next(&batch);
        put_link(msg, names[i], "bridge");
        nlu_nl_batch_push(&batch, msg);
    }
    CHECK_INT(nlu_nlsock_batch(&nl, &batch, &index, &err), -EEXIST);
    CHECK_INT(index, 2);
    links = 0;
    memset(buf, 0, sizeof buf);
    msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = RTM_GETLINK;
    mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
    CHECK_INT(nlu_nlsock_dump(&nl, msg, count_links, forget_links, &links, &err), 0);
    CHECK_INT(links, 4);
    // Thousands of messages that are all refused: more than the socket can hold answers for.
    for (int i = 0; i < 5000; i++) {
        msg = nlu_nl_batch_next(&batch);
        put_link(msg, "a", "bridge");
        nlu_nl_batch_push(&batch, msg);
    }
    CHECK_INT(nlu_nlsock_batch(&nl, &batch, &index, &err), -EEXIST);
    CHECK_INT(index, 0);
    // And the socket is still good.
    links = 0;
    CHECK_INT(nlu_nlsock_ask(&nl, new_request(buf), count_links, &links, &err), 0);
    CHECK_INT(links, 1);
    nlu_nl_batch_free(&batch);
    nlu_nlsock_close(&nl);
    CHECK_INT(nl.fd, NLU_NO_FD);
    nlu_nlsock_close(&nl);
    // Opened inside, it sees only what is there.
    CHECK_INT(nlu_nlsock_open(&nl, netns, NETLINK_ROUTE, &err), 0);
    links = 0;
    memset(buf, 0, sizeof buf);
    msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = RTM_GETLINK;
    mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
    CHECK_INT(nlu_nlsock_dump(&nl, msg, count_links, forget_links, &links, &err), 0);
    CHECK_INT(links, 4);
    nlu_nlsock_close(&nl);
    CHECK_INT(nlu_nlsock_open(&nl, netns, 77, &err), -EPROTONOSUPPORT);
    close(netns);
    CHECK_INT(nlu_nlsock_open(&nl, netns, NETLINK_ROUTE, &err), -EBADF);
    CHECK_INT(nlu_nlsock_adopt(&nl, netns, &err), -EBADF);
}

int main(void) {
    test_ask();
    test_strangers();
    test_broken_answers();
    test_dump();
    test_interrupted();
    test_batch();
    test_kernel();
    return check_result();
}
