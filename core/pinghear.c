// What arrives, and which probe it belongs to.
#include "icmp.h"
#include "ping_priv.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>

struct nlu_ping_event *nlu_ping_event_add(struct nlu_ping_peer *peer) {
    struct nlu_ping_result *r = &peer->result;

    if (r->event_count == peer->event_cap) {
        uint32_t cap = peer->event_cap ? peer->event_cap * 2 : 1;
        struct nlu_ping_event *events = reallocarray(peer->events, cap, sizeof *events);
        if (!events)
            return NULL;
        peer->events = events;
        peer->event_cap = cap;
        r->events = events;
    }
    struct nlu_ping_event *event = &peer->events[r->event_count++];
    *event = (struct nlu_ping_event){0};
    return event;
}

static struct nlu_ping_peer *peer_of(struct nlu_ping *ping, struct nlu_ping_sock *sock,
                                     uint16_t id) {
    // The kernel hands a datagram socket only what carries its own id.
    uint32_t i = sock->datagram ? 0 : (uint32_t)(uint16_t)(id - sock->first_id);
    return i < sock->peers ? &ping->peers[ping->ids[sock->first_peer + i]] : NULL;
}

// The latest probe of the peer with these 16 bits of sequence number, or NULL.
static struct nlu_ping_probe *probe_of(struct nlu_ping_peer *peer, uint16_t seq,
                                       uint32_t *ret_seq) {
    uint16_t back = (uint16_t)(peer->result.sent - seq);

    // Further back than half the number space it may as well be a stray of the future.
    if (back > INT16_MAX || back >= peer->result.sent)
        return NULL;
    *ret_seq = peer->result.sent - back;
    return &peer->probes[*ret_seq - 1];
}

// Does the payload carry our mark for this probe? Where it is too short to tell, yes.
static bool is_ours(const struct nlu_ping *ping, const struct nlu_ping_probe *probe,
                    const uint8_t *payload, size_t size) {
    if (ping->opts.size < NLU_PING_STAMP || size < NLU_PING_STAMP)
        return true;
    return memcmp(payload, &probe->sent, sizeof probe->sent) == 0 &&
           memcmp(payload + sizeof probe->sent, &ping->cookie, sizeof ping->cookie) == 0;
}

// The probe is off the list of those waited for.
static void settle(struct nlu_ping_sock *sock, struct nlu_ping_probe *probe,
                   enum nlu_probe_state state) {
    if (probe->state == NLU_PROBE_SENT) {
        sock->pending--;
        if (sock->fresh)
            sock->fresh--;
    }
    probe->state = (uint8_t)state;
}

// As ping's acknowledge(): how many were under way when this answer came.
static void note_pipe(struct nlu_ping_peer *peer, uint32_t seq) {
    uint32_t under_way = peer->result.sent - seq + 1;
    if (under_way > peer->result.pipe)
        peer->result.pipe = under_way;
}

static int hear_reply(struct nlu_ping *ping, struct nlu_ping_sock *sock,
                      const struct nlu_probe_msg *msg, const struct nlu_icmp *icmp, int ttl,
                      size_t bytes) {
    struct nlu_ping_peer *peer = peer_of(ping, sock, icmp->id);
    uint32_t seq;
    struct nlu_ping_probe *probe = peer ? probe_of(peer, icmp->seq, &seq) : NULL;

    // A damaged payload cannot prove whose it is; the id and the number must do.
    if (!probe || (icmp->checksum_ok && !is_ours(ping, probe, icmp->payload, icmp->payload_size)))
        return 0;
    // With a deadline ping leaves as soon as it has what it counted; what else came in the same
    // batch is not its any more.
    if (ping->opts.deadline && ping->opts.count && peer->result.received >= ping->opts.count)
        return 0;
    struct nlu_ping_event *event = nlu_ping_event_add(peer);
    if (!event)
        return -ENOMEM;
    // The wall clock may have been set back in between.
    int64_t rtt = msg->stamp > probe->sent ? msg->stamp - probe->sent : 0;
    *event = (struct nlu_ping_event){
        .kind = NLU_PING_REPLY,
        .duplicate = probe->state == NLU_PROBE_ANSWERED,
        .corrupted = !icmp->checksum_ok,
        .ttl = ttl > 0 ? (uint8_t)ttl : 0,
        .seq = seq,
        .bytes = (uint32_t)bytes,
        .at = msg->stamp - peer->first_sent,
        .rtt = rtt,
        .from = msg->from,
    };
    if (event->corrupted) {
        peer->result.corrupted++;
        return 0;
    }
    nlu_pingstat_add(&peer->result.stat, rtt);
    if (rtt > sock->slowest)
        sock->slowest = rtt;
    if (event->duplicate) {
        peer->result.duplicates++;
        return 0;
    }
    note_pipe(peer, seq);
    if (peer->result.received++ == 0)
        sock->mute--;
    settle(sock, probe, NLU_PROBE_ANSWERED);
    return 0;
}

struct report {
    struct nlu_ip from;
    uint8_t type, code;
    bool notice;
    uint32_t info;
    int64_t stamp;
    const struct nlu_ip *dst; // as quoted; NULL when the kernel has matched it
};

static int hear_error(struct nlu_ping *ping, struct nlu_ping_sock *sock,
                      const struct nlu_icmp_quote *quote, const struct report *report) {
    struct nlu_ping_peer *peer = quote->has_echo ? peer_of(ping, sock, quote->id) : NULL;
    uint32_t seq;
    struct nlu_ping_probe *probe = peer ? probe_of(peer, quote->seq, &seq) : NULL;

    if (!probe || (report->dst && !nlu_ip_equal(report->dst, &peer->result.addr)) ||
        !is_ours(ping, probe, quote->payload, quote->payload_size))
        return 0;
    struct nlu_ping_event *event = nlu_ping_event_add(peer);
    if (!event)
        return -ENOMEM;
    *event = (struct nlu_ping_event){
        .kind = report->notice ? NLU_PING_NOTICE : NLU_PING_ERROR,
        .type = report->type,
        .code = report->code,
        .seq = seq,
        .info = report->info,
        .at = report->stamp - peer->first_sent,
        .rtt = report->stamp > probe->sent ? report->stamp - probe->sent : 0,
        .from = report->from,
    };
    if (report->notice)
        return 0;
    peer->result.errors++;
    if (sock->family == AF_INET) // ping's IPv6 half counts replies alone
        note_pipe(peer, seq);
    if (probe->state == NLU_PROBE_SENT)
        settle(sock, probe, NLU_PROBE_FAILED);
    return 0;
}

static int hear_packet(struct nlu_ping *ping, struct nlu_ping_sock *sock,
                       const struct nlu_probe_msg *msg) {
    struct nlu_icmp icmp;
    size_t skip = 0;
    int ttl = msg->ttl;

    if (sock->family == AF_INET && !sock->datagram) {
        struct nlu_ipv4_head head;
        if (nlu_ipv4_parse(msg->data, msg->size, &head) < 0)
            return 0;
        skip = head.size;
        ttl = head.ttl;
    }
    if (nlu_icmp_parse(sock->family, msg->data + skip, msg->size - skip, &icmp) < 0)
        return 0;
    // The checksum covers bytes there was no room for, and the kernel has checked it for datagrams.
    if (msg->size < msg->full || sock->datagram)
        icmp.checksum_ok = true;
    if (icmp.kind == NLU_ICMP_REPLY)
        return hear_reply(ping, sock, msg, &icmp, ttl, msg->full - skip);
    if ((icmp.kind != NLU_ICMP_ERROR && icmp.kind != NLU_ICMP_NOTICE) || !icmp.checksum_ok)
        return 0;
    struct report report = {
        .from = msg->from,
        .type = icmp.type,
        .code = icmp.code,
        .notice = icmp.kind == NLU_ICMP_NOTICE,
        .info = icmp.info,
        .stamp = msg->stamp,
        .dst = &icmp.quote.dst,
    };
    if (icmp.gateway.family)
        memcpy(&report.info, icmp.gateway.bytes, sizeof report.info);
    return hear_error(ping, sock, &icmp.quote, &report);
}

// Datagram sockets: the kernel has matched the error to the socket and gives the quoted request.
static int hear_queued(struct nlu_ping *ping, struct nlu_ping_sock *sock,
                       const struct nlu_probe_msg *msg) {
    struct nlu_icmp_quote quote;

    // Of local origin are only errors that sending has reported as well.
    if (msg->origin != SO_EE_ORIGIN_ICMP && msg->origin != SO_EE_ORIGIN_ICMP6)
        return 0;
    if (nlu_icmp_parse_quoted_echo(sock->family, msg->data, msg->size, &quote) < 0)
        return 0;
    struct report report = {
        .from = msg->from,
        .type = msg->type,
        .code = msg->code,
        .info = msg->info,
        .stamp = msg->stamp,
    };
    return hear_error(ping, sock, &quote, &report);
}

int nlu_ping_hear(struct nlu_ping *ping, struct nlu_ping_sock *sock) {
    int total = 0;

    for (int errors = 0; errors <= (sock->datagram ? 1 : 0); errors++) {
        int n = nlu_probe_recv(ping->reader, sock->fd, errors, sock->pending);
        if (n < 0)
            return n;
        for (int i = 0; i < n; i++) {
            const struct nlu_probe_msg *msg = nlu_probe_msg_at(ping->reader, i);
            int rc = errors ? hear_queued(ping, sock, msg) : hear_packet(ping, sock, msg);
            if (rc < 0)
                return rc;
        }
        total += n;
        // A raw socket hears of ICMP errors as packets, its filter lets through what is its own. In
        // the queue they stand again, with those of all other pings of the namespace.
        if (!sock->datagram && nlu_probe_pending(ping->reader)) {
            n = nlu_probe_discard_errors(ping->reader, sock->fd);
            if (n < 0)
                return n;
        }
    }
    return total;
}
