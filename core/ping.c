#include "ping.h"

#include "cursor.h"
#include "icmp.h"
#include "ping_priv.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

enum {
    // A step comes back after so many packets: a script must be able to react to Ctrl-C and to let
    // other tasks have their turn.
    STEP_BUDGET = 1024,
    // Ids a socket hands out at most: the 16 bits an echo has.
    MAX_IDS = 65536,
    MOST_PENDING = 8, // errors of others that may come in the way of one probe
    // IPv4 header with options and the ICMP header; errors are told apart by their first 100 bytes.
    REPLY_HEADERS = 60 + 8,
    LEAST_ROOM = 256,
};

// --- opening ------------------------------------------------------------------------------------

// Which socket serves which peer: one a namespace and family, or, where `alone`, one a peer.
static int assign_sockets(struct nlu_ping *p, const struct nlu_ping_target *targets, bool alone) {
    size_t n = p->peer_count;
    int most = 0;

    for (size_t i = 0; i < n; i++)
        if (targets[i].netns > most)
            most = targets[i].netns;
    // Descriptors are small numbers: a table of them is the quickest map. 0: no socket yet.
    uint32_t *by_fd = calloc(((size_t)most + 1) * 2, sizeof *by_fd);
    p->socks = calloc(n + 1, sizeof *p->socks);
    p->ids = calloc(n + 1, sizeof *p->ids);
    if (!by_fd || !p->socks || !p->ids) {
        free(by_fd);
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        struct nlu_ping_peer *peer = &p->peers[i];
        uint8_t family = targets[i].addr.family;
        uint32_t *slot = &by_fd[(size_t)targets[i].netns * 2 + (family == AF_INET6)];
        struct nlu_ping_sock *sock = *slot ? &p->socks[*slot - 1] : NULL;
        if (!sock || alone || sock->peers == MAX_IDS) {
            sock = &p->socks[p->sock_count++];
            *sock = (struct nlu_ping_sock){
                .fd = NLU_NO_FD,
                .netns = targets[i].netns,
                .family = family,
                .datagram = alone,
                .head = NLU_PING_NOBODY,
                .tail = NLU_PING_NOBODY,
            };
            *slot = p->sock_count;
        }
        peer->socket = (uint32_t)(sock - p->socks);
        sock->peers++;
    }
    free(by_fd);
    return 0;
}

static void push_tail(struct nlu_ping *p, struct nlu_ping_sock *sock, uint32_t i) {
    p->peers[i].next = NLU_PING_NOBODY;
    if (sock->tail == NLU_PING_NOBODY)
        sock->head = i;
    else
        p->peers[sock->tail].next = i;
    sock->tail = i;
}

static uint32_t pop_head(struct nlu_ping *p, struct nlu_ping_sock *sock) {
    uint32_t i = sock->head;
    sock->head = p->peers[i].next;
    if (sock->head == NLU_PING_NOBODY)
        sock->tail = NLU_PING_NOBODY;
    return i;
}

// Gives the peers of every socket their ids and puts them in its queue.
static int assign_ids(struct nlu_ping *p) {
    uint32_t used = 0;
    uint16_t random;

    for (uint32_t s = 0; s < p->sock_count; s++) {
        struct nlu_ping_sock *sock = &p->socks[s];
        sock->first_peer = used;
        used += sock->peers;
        // A random place: other pings choose theirs in the same namespace without asking.
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            return -errno;
        sock->first_id = (uint16_t)(random % (MAX_IDS - sock->peers + 1));
        sock->mute = sock->peers;
        sock->peers = 0;
    }
    for (size_t i = 0; i < p->peer_count; i++) {
        struct nlu_ping_peer *peer = &p->peers[i];
        struct nlu_ping_sock *sock = &p->socks[peer->socket];
        peer->id = (uint16_t)(sock->first_id + sock->peers);
        p->ids[sock->first_peer + sock->peers++] = (uint32_t)i;
        push_tail(p, sock, (uint32_t)i);
    }
    return 0;
}

static int open_socket(struct nlu_ping *p, struct nlu_ping_sock *sock, struct nlu_err *err) {
    int protocol = sock->family == AF_INET ? IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
    int type = sock->datagram ? SOCK_DGRAM : SOCK_RAW;
    int rc = nlu_probe_socket(sock->netns, sock->family, type, protocol, &p->opts.probe, "ping",
                              &sock->fd, err);
    if (rc < 0)
        return rc;
    // Without the error queue the kernel says "sent" of what a full queue or neighbour table has
    // dropped (raw_sendmsg: ENOBUFS becomes 0), and never the MTU that a packet did not fit.
    rc = nlu_probe_recverr(sock->fd, sock->family, true);
    if (rc == 0 && !sock->datagram)
        rc = nlu_probe_filter_echo(sock->fd, sock->family, sock->first_id, sock->peers);
    if (rc < 0)
        return nlu_err_set(err, -rc, "ping", "filter");
    if (p->opts.probe.interface[0]) {
        rc = nlu_probe_ifindex(sock->fd, p->opts.probe.interface, &sock->scope);
        if (rc < 0)
            return nlu_err_set(err, -rc, "ping", "interface %s", p->opts.probe.interface);
    }
    return 0;
}

static void close_sockets(struct nlu_ping *p) {
    for (uint32_t s = 0; s < p->sock_count; s++)
        nlu_close(&p->socks[s].fd);
    nlu_close(&p->epoll);
}

static void forget_sockets(struct nlu_ping *p) {
    close_sockets(p);
    free(p->socks);
    free(p->ids);
    p->socks = NULL;
    p->ids = NULL;
    p->sock_count = 0;
}

static int open_sockets(struct nlu_ping *p, const struct nlu_ping_target *targets, bool alone,
                        struct nlu_err *err) {
    int rc = assign_sockets(p, targets, alone);
    if (rc == 0)
        rc = assign_ids(p);
    if (rc < 0)
        return nlu_err_set(err, -rc, "ping", "memory");
    if (p->sock_count > 1) {
        p->epoll = epoll_create1(EPOLL_CLOEXEC);
        if (p->epoll < 0)
            return nlu_err_set(err, errno, "ping", "epoll");
    }
    for (uint32_t s = 0; s < p->sock_count; s++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = s};
        rc = open_socket(p, &p->socks[s], err);
        if (rc < 0)
            return rc;
        if (p->epoll >= 0 && epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->socks[s].fd, &event) < 0)
            return nlu_err_set(err, errno, "ping", "epoll");
    }
    p->open_socks = p->sock_count;
    return 0;
}

static int open_all(struct nlu_ping *p, const struct nlu_ping_target *targets,
                    struct nlu_err *err) {
    size_t room = REPLY_HEADERS + p->opts.size;

    p->reader = nlu_probe_reader_new(room < LEAST_ROOM ? LEAST_ROOM : room);
    p->packet = malloc(8 + p->opts.size);
    if (!p->reader || !p->packet)
        return nlu_err_set(err, ENOMEM, "ping", "memory");
    if (getrandom(&p->cookie, sizeof p->cookie, 0) != sizeof p->cookie)
        return nlu_err_set(err, errno, "ping", "getrandom");
    nlu_icmp_fill(p->packet + 8, p->opts.size, p->opts.pattern, p->opts.pattern_size);
    size_t stamp = p->opts.size < NLU_PING_STAMP ? 0 : NLU_PING_STAMP;
    p->pattern_sum = nlu_checksum_add(0, p->packet + 8 + stamp, p->opts.size - stamp);

    bool alone = p->opts.socket == NLU_PING_DATAGRAM;
    int rc = open_sockets(p, targets, alone, err);
    // EPERM: no CAP_NET_RAW over this namespace. Datagram ICMP needs none, where
    // net.ipv4.ping_group_range lets our group have it (EACCES otherwise).
    if (rc == -EPERM && p->opts.socket == NLU_PING_ANY) {
        alone = true;
        forget_sockets(p);
        rc = open_sockets(p, targets, alone, err);
    }
    if (rc == -EACCES && alone)
        nlu_err_hint(err, "needs CAP_NET_RAW in the namespace, or the own group in "
                          "net.ipv4.ping_group_range");
    return rc;
}

int nlu_ping_open(const struct nlu_ping_opts *opts, const struct nlu_ping_target *targets,
                  size_t count, struct nlu_ping **ret_ping, struct nlu_err *err) {
    struct nlu_ping *p = calloc(1, sizeof *p);

    if (!p || count >= NLU_PING_NOBODY)
        goto memory;
    p->opts = *opts;
    p->epoll = NLU_NO_FD;
    p->peer_count = count;
    p->peers = calloc(count ? count : 1, sizeof *p->peers);
    if (!p->peers)
        goto memory;
    for (size_t i = 0; i < count; i++)
        p->peers[i].result.addr = targets[i].addr;
    if (count) {
        int rc = open_all(p, targets, err);
        if (rc < 0) {
            nlu_ping_close(p);
            return rc;
        }
    }
    *ret_ping = p;
    return 0;
memory:
    free(p);
    return nlu_err_set(err, ENOMEM, "ping", "memory");
}

void nlu_ping_close(struct nlu_ping *ping) {
    if (!ping)
        return;
    forget_sockets(ping);
    for (size_t i = 0; i < ping->peer_count; i++) {
        free(ping->peers[i].probes);
        free(ping->peers[i].events);
    }
    free(ping->peers);
    free(ping->packet);
    nlu_probe_reader_free(ping->reader);
    free(ping);
}

// --- sending ------------------------------------------------------------------------------------

static bool wants_more(const struct nlu_ping *p, const struct nlu_ping_peer *peer) {
    if (peer->result.refused)
        return false;
    if (p->opts.count == 0)
        return true;
    // ping(8): with a deadline, count is that of replies.
    return (p->opts.deadline ? peer->result.received : peer->result.sent) < p->opts.count;
}

static int room_for_probe(struct nlu_ping_peer *peer) {
    uint32_t used = peer->result.sent;

    if (used < peer->probe_cap)
        return 0;
    uint32_t cap = peer->probe_cap ? peer->probe_cap * 2 : 1;
    struct nlu_ping_probe *probes = reallocarray(peer->probes, cap, sizeof *probes);
    if (!probes)
        return -ENOMEM;
    peer->probes = probes;
    peer->probe_cap = cap;
    return 0;
}

// Patches the packet for one probe; only 28 bytes of it differ from probe to probe.
static void write_probe(struct nlu_ping *p, const struct nlu_ping_sock *sock, uint16_t id,
                        uint16_t seq, int64_t now) {
    struct nlu_writer w = nlu_writer_into(p->packet, 8);
    uint32_t sum = p->pattern_sum;

    nlu_write_u8(&w, sock->family == AF_INET ? NLU_ICMP4_ECHO : NLU_ICMP6_ECHO);
    nlu_write_u8(&w, 0);
    nlu_write_be16(&w, 0);
    nlu_write_be16(&w, id);
    nlu_write_be16(&w, seq);
    if (p->opts.size >= NLU_PING_STAMP) {
        memcpy(p->packet + 8, &now, sizeof now);
        memcpy(p->packet + 8 + sizeof now, &p->cookie, sizeof p->cookie);
        sum = nlu_checksum_add(sum, p->packet + 8, NLU_PING_STAMP);
    }
    if (sock->family == AF_INET)
        nlu_write_patch_be16(&w, 2, nlu_checksum_finish(nlu_checksum_add(sum, p->packet, 8)));
}

static int send_packet(struct nlu_ping *p, struct nlu_ping_sock *sock,
                       const struct nlu_ping_peer *peer) {
    uint32_t scope = nlu_probe_needs_scope(&peer->result.addr) ? sock->scope : 0;
    union nlu_sockaddr addr;
    socklen_t len = nlu_probe_sockaddr(&peer->result.addr, 0, scope, &addr);

    if (sendto(sock->fd, p->packet, 8 + p->opts.size, MSG_DONTWAIT, &addr.any, len) >= 0)
        return 0;
    return -errno;
}

// The MTU that a packet did not fit, which only the error queue tells: asked for once more, as what
// was there may have been discarded.
static uint32_t mtu_in_the_way(struct nlu_ping *p, struct nlu_ping_sock *sock,
                               const struct nlu_ping_peer *peer) {
    uint32_t mtu = 0;

    (void)send_packet(p, sock, peer);
    int n = nlu_probe_recv(p->reader, sock->fd, true, 0);
    for (int i = 0; i < n; i++) {
        const struct nlu_probe_msg *msg = nlu_probe_msg_at(p->reader, i);
        if (msg->origin == SO_EE_ORIGIN_LOCAL && msg->errnum == EMSGSIZE)
            mtu = msg->info;
    }
    return mtu;
}

// Errors that a route gives.
static bool is_refusal(int errnum) {
    return errnum == ENETUNREACH || errnum == EHOSTUNREACH || errnum == EACCES ||
           errnum == EINVAL || errnum == EADDRNOTAVAIL || errnum == ENETDOWN;
}

// Is it only that there is no room just now: in the socket, the device's queue, the neighbour
// table?
static bool is_full(int errnum) {
    return errnum == EAGAIN || errnum == ENOBUFS || errnum == ENOMEM;
}

static int note_local_error(struct nlu_ping *p, struct nlu_ping_sock *sock,
                            struct nlu_ping_peer *peer, int errnum, int64_t real) {
    struct nlu_ping_event *event = nlu_ping_event_add(peer);

    if (!event)
        return -ENOMEM;
    event->kind = NLU_PING_LOCAL;
    event->errnum = errnum;
    event->seq = peer->result.sent;
    event->at = real - peer->first_sent;
    if (errnum == EMSGSIZE) {
        event->info = mtu_in_the_way(p, sock, peer);
        peer->result.errors++;
    }
    return 0;
}

// A call a probe, though sendmmsg(2) would take 1 us less of 7: all probes of a batch would bear
// the time at which it began, and every round trip but the first be told too long by those before
// it.
//
// Sends the peer's next probe. 0, -EAGAIN when the device or the socket has no room just now, or
// another -errno when the ping as a whole cannot go on.
static int send_probe(struct nlu_ping *p, struct nlu_ping_sock *sock, struct nlu_ping_peer *peer,
                      int64_t mono) {
    struct nlu_ping_result *r = &peer->result;
    int rc = room_for_probe(peer);

    if (rc < 0)
        return rc;
    int64_t real = nlu_clock_real();
    write_probe(p, sock, peer->id, (uint16_t)(r->sent + 1), real);
    rc = send_packet(p, sock, peer);
    // An ICMP error about an earlier probe, on a raw socket anybody's, is reported here once, in
    // place of sending; an error of this probe is one that stays.
    for (int tries = 0; rc < 0 && !is_full(-rc) && tries < MOST_PENDING; tries++) {
        int heard = nlu_ping_hear(p, sock);
        int discarded = sock->datagram ? 0 : nlu_probe_discard_errors(p->reader, sock->fd);
        if (heard < 0 || discarded < 0)
            return heard < 0 ? heard : discarded;
        if (!heard && !discarded && tries > 0)
            break;
        rc = send_packet(p, sock, peer);
    }
    if (is_full(-rc)) {
        // Not for ever: what takes nothing for as long as a reply may take is an error.
        if (!peer->stuck)
            peer->stuck = mono;
        if (mono - peer->stuck < (p->opts.timeout >= 0 ? p->opts.timeout : NLU_PING_TIMEOUT))
            return -EAGAIN;
    }
    peer->stuck = 0;
    // ping's connect(2) to the target would fail with these errors, and it would stop there. A
    // script that asks for many goes on: what it waits for may be the route that is missing.
    if (rc < 0 && r->sent == 0 && p->opts.count == 1 && is_refusal(-rc)) {
        r->refused = -rc;
        sock->mute--;
        return 0;
    }
    if (r->sent == 0)
        peer->first_sent = real;
    if (real - peer->first_sent > r->elapsed)
        r->elapsed = real - peer->first_sent;
    sock->last_send = mono;
    peer->probes[r->sent++] = (struct nlu_ping_probe){
        .sent = real,
        .state = rc < 0 ? NLU_PROBE_FAILED : NLU_PROBE_SENT,
    };
    if (rc < 0)
        return note_local_error(p, sock, peer, -rc, real);
    sock->pending++;
    sock->fresh++;
    return 0;
}

// May the socket send now? With an interval and one target the interval alone decides; else the
// window keeps replies from overrunning the socket's buffer.
static bool window_open(const struct nlu_ping *p, struct nlu_ping_sock *sock, int64_t mono) {
    if ((p->opts.interval && sock->peers == 1) || sock->fresh < p->opts.window)
        return true;
    if (mono - sock->last_send < NLU_PING_PATIENCE)
        return false;
    sock->fresh = 0; // what is still missing is lost or slow: it no longer holds others up
    return true;
}

// Sends what is due, up to the window. Returns how many probes went out, or -errno.
static int send_due(struct nlu_ping *p, struct nlu_ping_sock *sock, int64_t mono) {
    int sent = 0;

    while (sock->head != NLU_PING_NOBODY && sent < STEP_BUDGET) {
        struct nlu_ping_peer *peer = &p->peers[sock->head];
        if (!wants_more(p, peer)) {
            (void)pop_head(p, sock);
            continue;
        }
        if (peer->due > mono || !window_open(p, sock, mono))
            break;
        int rc = send_probe(p, sock, peer, mono);
        if (rc < 0 && rc != -EAGAIN)
            return rc;
        uint32_t i = pop_head(p, sock);
        if (rc == -EAGAIN) {
            // Later, and later each time; others may have more luck meanwhile.
            peer->due = mono + NLU_PING_PATIENCE + (mono - peer->stuck) / 4;
            push_tail(p, sock, i);
            continue;
        }
        sent++;
        // From when it was due, not from now: intervals must not grow by what a step takes. What
        // was missed in a longer pause is not caught up, though: two probes are at least half an
        // interval apart.
        peer->due += p->opts.interval;
        if (peer->due < mono + p->opts.interval / 2)
            peer->due = mono + p->opts.interval / 2;
        push_tail(p, sock, i);
    }
    return sent;
}

// --- the state machine
// ----------------------------------------------------------------------------

// How long after the last probe a socket waits for what is missing.
static int64_t patience(const struct nlu_ping *p, const struct nlu_ping_sock *sock) {
    if (p->opts.timeout >= 0)
        return p->opts.timeout;
    if (sock->mute)
        return NLU_PING_TIMEOUT;
    int64_t wait = NLU_PING_LEAST_WAIT;
    if (2 * sock->slowest > wait)
        wait = 2 * sock->slowest;
    return p->opts.interval > wait ? p->opts.interval : wait;
}

static void drop_idle(struct nlu_ping *p, struct nlu_ping_sock *sock) {
    while (sock->head != NLU_PING_NOBODY && !wants_more(p, &p->peers[sock->head]))
        (void)pop_head(p, sock);
}

static bool is_over(struct nlu_ping *p, struct nlu_ping_sock *sock, int64_t mono) {
    if (p->opts.deadline && mono - p->start >= p->opts.deadline)
        return true;
    drop_idle(p, sock);
    if (sock->head != NLU_PING_NOBODY)
        return false;
    // With a deadline an empty queue means that every peer has the replies it wanted.
    return !sock->pending || p->opts.deadline || mono - sock->last_send >= patience(p, sock);
}

// Sends and reads as long as one leads to the other: over veth pairs a reply is there before
// sendto(2) returns. Takes from *budget.
static int serve(struct nlu_ping *p, struct nlu_ping_sock *sock, int *budget) {
    for (;;) {
        int sent = send_due(p, sock, nlu_clock_mono());
        if (sent < 0)
            return sent;
        int heard = nlu_ping_hear(p, sock);
        if (heard < 0)
            return heard;
        *budget -= sent + heard;
        if (!sent && !heard)
            break;
        if (*budget <= 0) {
            sock->readable = true; // perhaps: the next step looks again
            return 0;
        }
    }
    sock->readable = false;
    if (is_over(p, sock, nlu_clock_mono())) {
        sock->done = true;
        p->open_socks--;
        // Leaves the epoll set by itself.
        nlu_close(&sock->fd);
    }
    return 0;
}

// When the socket has something to do even if nothing arrives.
static int64_t due_of(const struct nlu_ping *p, const struct nlu_ping_sock *sock) {
    if (sock->head == NLU_PING_NOBODY)
        return sock->last_send + patience(p, sock);
    int64_t due = p->peers[sock->head].due;
    bool full = sock->fresh >= p->opts.window && !(p->opts.interval && sock->peers == 1);
    if (full && sock->last_send + NLU_PING_PATIENCE > due)
        due = sock->last_send + NLU_PING_PATIENCE;
    return due;
}

// Marks the sockets that have something to read.
static int find_readable(struct nlu_ping *p) {
    struct epoll_event events[64];
    int n;

    if (p->epoll < 0) {
        p->socks[0].readable = true;
        return 0;
    }
    do {
        n = epoll_wait(p->epoll, events, NLU_COUNT(events), 0);
        for (int i = 0; i < n; i++)
            p->socks[events[i].data.u32].readable = true;
        // Level-triggered: asking again would show the same ones first, so the rest has its turn in
        // the next step.
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

int nlu_ping_step(struct nlu_ping *ping, bool *ret_done, struct nlu_err *err) {
    int budget = STEP_BUDGET;
    int rc = ping->open_socks ? find_readable(ping) : 0;
    int64_t mono = nlu_clock_mono();

    if (!ping->start) {
        ping->start = mono;
        for (size_t i = 0; i < ping->peer_count; i++)
            ping->peers[i].due = mono;
    }
    // Every socket in turn, starting where the last step's budget ran out.
    for (uint32_t i = 0; i < ping->sock_count && budget > 0 && rc == 0; i++) {
        struct nlu_ping_sock *sock = &ping->socks[ping->turn];
        if (!sock->done && (sock->readable || due_of(ping, sock) <= mono ||
                            (ping->opts.deadline && mono - ping->start >= ping->opts.deadline)))
            rc = serve(ping, sock, &budget);
        if (budget > 0)
            ping->turn = ping->turn + 1 < ping->sock_count ? ping->turn + 1 : 0;
    }
    if (rc < 0)
        return nlu_err_set(err, -rc, "ping", "receiving");
    ping->unfinished = budget <= 0;
    if (!ping->open_socks) {
        ping->done = true;
        close_sockets(ping);
    }
    *ret_done = ping->done;
    return 0;
}

int nlu_ping_pollfd(const struct nlu_ping *ping) {
    if (ping->done || !ping->sock_count)
        return NLU_NO_FD;
    return ping->epoll >= 0 ? ping->epoll : ping->socks[0].fd;
}

int64_t nlu_ping_due(const struct nlu_ping *ping) {
    int64_t due = NLU_NEVER;

    if (ping->done)
        return NLU_NEVER;
    if (!ping->start || ping->unfinished || !ping->open_socks)
        return 0;
    for (uint32_t s = 0; s < ping->sock_count; s++) {
        if (!ping->socks[s].done) {
            int64_t t = due_of(ping, &ping->socks[s]);
            due = t < due ? t : due;
        }
    }
    if (ping->opts.deadline && ping->start + ping->opts.deadline < due)
        due = ping->start + ping->opts.deadline;
    return due;
}

size_t nlu_ping_count(const struct nlu_ping *ping) {
    return ping->peer_count;
}

const struct nlu_ping_result *nlu_ping_result(const struct nlu_ping *ping, size_t i) {
    return &ping->peers[i].result;
}
