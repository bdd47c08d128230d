#include "trace.h"

#include "icmp.h"
#include "tcpprobe.h"
#include "trace_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    STEP_BUDGET = 1024, // packets a step handles before it comes back
    // Probes under way before anything has answered: the kernel queues about a hundred packets for
    // a neighbour it does not know yet and drops the oldest of more.
    MOST_UNDER_WAY = 96,
    // Hops beyond the last that answered which are probed again: one of them may be the target.
    LOOK_AHEAD = 3,
    ROOM = 1500, // bytes kept of an answer
    MOST_STUCK = 100, // pauses a device may take nothing, before that is an error
    LEAST_MTU = 68, // RFC 791: no link may ask for less
};

#define PATIENCE (50 * NLU_MILLISECOND)
// Unanswered probes of a hop are repeated after this.
#define RETRY (250 * NLU_MILLISECOND)
// A second, in which a router's rate limit gives one token more, and a little.
#define TOKEN (1050 * NLU_MILLISECOND)

// --- opening
// --------------------------------------------------------------------------------------

static int prepare(struct nlu_trace *t, struct nlu_err *err) {
    static const struct nlu_trace_method_ops *const methods[] = {
        [NLU_TRACE_UDP] = &nlu_trace_udp,
        [NLU_TRACE_ICMP] = &nlu_trace_icmp,
        [NLU_TRACE_TCP] = &nlu_trace_tcp,
    };
    size_t least = nlu_trace_ip_size(t) + 8;

    t->ops = methods[t->opts.method];
    t->hop_count = (size_t)(t->opts.max_ttl - t->opts.first_ttl) + 1;
    t->end = t->hop_count;
    t->hops = calloc(t->hop_count, sizeof *t->hops);
    t->paces = calloc(t->hop_count, sizeof *t->paces);
    t->reader = nlu_probe_reader_new(ROOM);
    t->size = t->opts.mtu    ? NLU_TRACE_MTU_START
              : t->opts.size ? t->opts.size
                             : nlu_trace_ip_size(t) + 40;
    if (t->opts.method == NLU_TRACE_TCP)
        t->size = nlu_trace_ip_size(t) + NLU_TCP_SYN_SIZE;
    if (t->size < least)
        t->size = least;
    if (t->opts.port + t->hop_count * t->opts.queries > UINT16_MAX &&
        t->opts.method != NLU_TRACE_TCP)
        return nlu_err_set(err, EINVAL, "traceroute", "no ports beyond %u for %zu probes",
                           t->opts.port, t->hop_count * t->opts.queries);
    t->opts.size = t->size;
    t->packet = malloc(t->size);
    if (!t->hops || !t->paces || !t->reader || !t->packet)
        return nlu_err_set(err, ENOMEM, "traceroute", "memory");
    // What a trace sends is told apart by ports and numbers; the rest is traceroute's own filling.
    nlu_icmp_fill(t->packet, t->size, (const uint8_t *)"@ABCDEFGHIJKLMNO", 16);
    for (size_t i = 0; i < t->hop_count; i++)
        t->hops[i].ttl = (uint8_t)(t->opts.first_ttl + i);
    if (getrandom(&t->id, sizeof t->id, 0) != sizeof t->id ||
        getrandom(&t->seq, sizeof t->seq, 0) != sizeof t->seq)
        return nlu_err_set(err, errno, "traceroute", "getrandom");
    return 0;
}

static int open_socket(struct nlu_trace *t, int netns, struct nlu_err *err) {
    // Only the routes' own limits count, not what the kernel remembers of them; the probes would
    // not leave otherwise.
    if (t->opts.mtu)
        t->opts.probe.pmtudisc = IP_PMTUDISC_PROBE;
    t->opts.probe.ttl = 0;
    int rc = t->ops->open(t, netns, err);
    if (rc < 0)
        return rc;
    if (t->errors) {
        rc = nlu_probe_recverr(t->fd, t->dst.family, true);
        if (rc < 0)
            return nlu_err_set(err, -rc, "traceroute", "error queue");
    }
    if (t->opts.probe.interface[0] && nlu_probe_needs_scope(&t->dst)) {
        rc = nlu_probe_ifindex(t->fd, t->opts.probe.interface, &t->scope);
        if (rc < 0)
            return nlu_err_set(err, -rc, "traceroute", "interface %s", t->opts.probe.interface);
    }
    return 0;
}

int nlu_trace_open(int netns, const struct nlu_ip *dst, const struct nlu_trace_opts *opts,
                   struct nlu_trace **ret_trace, struct nlu_err *err) {
    struct nlu_trace *t = calloc(1, sizeof *t);

    if (!t)
        return nlu_err_set(err, ENOMEM, "traceroute", "memory");
    t->fd = NLU_NO_FD;
    t->dst = *dst;
    t->opts = *opts;
    int rc = prepare(t, err);
    if (rc == 0)
        rc = open_socket(t, netns, err);
    if (rc < 0) {
        nlu_trace_close(t);
        return rc;
    }
    *ret_trace = t;
    return 0;
}

void nlu_trace_close(struct nlu_trace *trace) {
    if (!trace)
        return;
    nlu_close(&trace->fd);
    nlu_probe_reader_free(trace->reader);
    free(trace->packet);
    free(trace->hops);
    free(trace->paces);
    free(trace->txs);
    free(trace);
}

// --- answers
// --------------------------------------------------------------------------------------

static struct nlu_trace_probe *probe_at(struct nlu_trace *t, uint32_t i) {
    return &t->hops[i / t->opts.queries].probes[i % t->opts.queries];
}

// A trace for the path MTU: the packet was too big for this many bytes. Whether that is news.
static bool shrink(struct nlu_trace *t, uint32_t i, uint32_t mtu) {
    if (!t->opts.mtu || mtu < LEAST_MTU || mtu >= t->size)
        return false;
    t->size = mtu;
    t->path_mtu = mtu;
    t->hops[i / t->opts.queries].mtu = mtu;
    return true;
}

// No probe behind this hop matters any more.
static void end_at(struct nlu_trace *t, size_t hop) {
    if (hop + 1 < t->end)
        t->end = hop + 1;
}

static bool is_too_big(int family, uint8_t type, uint8_t code) {
    return family == AF_INET ? type == NLU_ICMP4_UNREACH && code == 4 : type == NLU_ICMP6_TOO_BIG;
}

static void on_answer(struct nlu_trace *t, const struct nlu_trace_answer *a) {
    const struct nlu_trace_tx *tx = &t->txs[a->tx];
    struct nlu_trace_probe *probe = probe_at(t, tx->probe);
    size_t hop = tx->probe / t->opts.queries;

    if (probe->state != NLU_TRACE_WAITING)
        return;
    if (t->under_way)
        t->under_way--;
    if (!a->reached && is_too_big(t->dst.family, a->type, a->code) &&
        shrink(t, tx->probe, a->info)) {
        // Not an answer yet: the same probe goes out once more, smaller.
        probe->state = NLU_TRACE_UNSENT;
        t->paces[hop].sent--;
        if (tx->probe < t->next)
            t->next = tx->probe;
        return;
    }
    int64_t rtt = a->stamp > tx->sent ? a->stamp - tx->sent : 0;
    bool port = !a->reached && nlu_icmp_is_port(t->dst.family, a->type, a->code);
    *probe = (struct nlu_trace_probe){
        .state = NLU_TRACE_ANSWERED,
        .reached = a->reached || port,
        .type = a->type,
        .code = a->code,
        .info = a->info,
        .rtt = rtt,
        .from = a->from,
    };
    if (rtt > t->slowest)
        t->slowest = rtt;
    t->paces[hop].answered++;
    if (hop + 1 > t->answered_hops)
        t->answered_hops = hop + 1;
    if (a->reached || !nlu_icmp_is_hop(t->dst.family, a->type, a->code))
        end_at(t, hop);
}

// --- sending
// --------------------------------------------------------------------------------------

static int add_tx(struct nlu_trace *t, uint32_t probe, int64_t sent) {
    if (t->tx_count == t->tx_cap) {
        uint32_t cap = t->tx_cap ? t->tx_cap * 2 : 128;
        struct nlu_trace_tx *txs = reallocarray(t->txs, cap, sizeof *txs);
        if (!txs)
            return -ENOMEM;
        t->txs = txs;
        t->tx_cap = cap;
    }
    t->txs[t->tx_count++] = (struct nlu_trace_tx){probe, sent};
    return 0;
}

// The probe could not leave. Whether the trace goes on: a packet that does not fit ends the path
// here, anything else ends the trace.
static void on_refusal(struct nlu_trace *t, uint32_t i, int errnum, uint32_t mtu, int64_t rtt) {
    struct nlu_trace_probe *probe = probe_at(t, i);

    if (errnum != EMSGSIZE) {
        t->refused = errnum;
        return;
    }
    if (shrink(t, i, mtu))
        return;
    *probe = (struct nlu_trace_probe){
        .state = NLU_TRACE_REFUSED, .errnum = errnum, .info = mtu, .rtt = rtt};
    t->paces[i / t->opts.queries].sent++;
    t->paces[i / t->opts.queries].answered++;
    end_at(t, i / t->opts.queries);
}

// Sends probe i, for the first time or again. 1 when sent, 0 when it cannot be just now, or -errno.
static int send_probe(struct nlu_trace *t, uint32_t i, int64_t mono) {
    struct nlu_trace_probe *probe = probe_at(t, i);
    struct nlu_trace_pace *pace = &t->paces[i / t->opts.queries];
    uint32_t mtu = 0;

    if (t->tx_count >= t->tx_most)
        return 0;
    int64_t real = nlu_clock_real();
    int rc = add_tx(t, i, real);
    if (rc < 0)
        return rc;
    rc = nlu_trace_send(t, t->tx_count - 1, t->hops[i / t->opts.queries].ttl, &mtu);
    if (rc == -EAGAIN || rc == -ENOBUFS || rc == -ENOMEM) {
        t->tx_count--;
        t->last_send = mono;
        t->under_way = MOST_UNDER_WAY; // come back after a pause
        if (++t->stuck > MOST_STUCK)
            t->refused = -rc;
        return 0;
    }
    t->stuck = 0;
    if (!pace->first)
        pace->first = mono;
    pace->last = mono;
    t->last_send = mono;
    if (rc < 0) {
        t->tx_count--;
        on_refusal(t, i, -rc, mtu, nlu_clock_real() - real);
        return 1;
    }
    if (probe->state == NLU_TRACE_UNSENT) {
        probe->state = NLU_TRACE_WAITING;
        pace->sent++;
        t->under_way++;
    }
    return 1;
}

// How long a new probe waits for room.
static int64_t pause_of(const struct nlu_trace *t) {
    return t->opts.mtu ? RETRY + 3 * t->slowest : PATIENCE;
}

// May one more new probe leave now?
static bool may_send(struct nlu_trace *t, int64_t mono) {
    // Each size depends on what came before: one at a time, as long as answers come at all.
    if (t->under_way < (t->opts.mtu ? 1 : MOST_UNDER_WAY))
        return true;
    if (mono - t->last_send < pause_of(t))
        return false;
    t->under_way = 0; // lost or slow: no reason to hold others up
    return true;
}

static uint32_t probe_count(const struct nlu_trace *t) {
    return (uint32_t)t->end * t->opts.queries;
}

static int send_next(struct nlu_trace *t, int64_t mono) {
    while (t->next < probe_count(t) && probe_at(t, t->next)->state != NLU_TRACE_UNSENT)
        t->next++;
    if (t->refused || t->next >= probe_count(t) || !may_send(t, mono))
        return 0;
    return send_probe(t, t->next, mono);
}

// --- when what is due
// -----------------------------------------------------------------------------

// Did some answer of the hop end the path short of the target?
static bool is_refused_there(const struct nlu_trace *t, size_t hop) {
    for (uint32_t q = 0; q < t->opts.queries; q++) {
        const struct nlu_trace_probe *p = &t->hops[hop].probes[q];
        if (p->state == NLU_TRACE_ANSWERED && !p->reached &&
            !nlu_icmp_is_hop(t->dst.family, p->type, p->code))
            return true;
    }
    return false;
}

// How long after its first packet a hop is waited for.
static int64_t hop_wait(const struct nlu_trace *t, size_t hop) {
    int64_t silent = NLU_TRACE_SILENT + 2 * t->slowest;

    // Silent before others that answer; or a refusal that was told at least once: Linux takes two
    // tokens for "no route", so that waiting for the second one seldom helps.
    bool known = t->paces[hop].answered ? is_refused_there(t, hop) : hop < t->answered_hops;
    return known && silent < t->opts.wait ? silent : t->opts.wait;
}

static bool is_settled(const struct nlu_trace *t, size_t hop, int64_t mono) {
    const struct nlu_trace_pace *pace = &t->paces[hop];

    if (pace->answered >= t->opts.queries)
        return true;
    if (!pace->first || pace->sent < t->opts.queries)
        return false;
    return mono - pace->first >= hop_wait(t, hop);
}

// When the probes of the hop that are still unanswered go out again; NLU_NEVER when they do not.
static int64_t retry_at(const struct nlu_trace *t, size_t hop) {
    const struct nlu_trace_pace *pace = &t->paces[hop];

    if (!pace->first || pace->answered >= t->opts.queries || hop >= t->answered_hops + LOOK_AHEAD)
        return NLU_NEVER;
    // After 0.25, 0.5 and 1.05 seconds, then whenever a router has a token again; and never before
    // an answer can have come.
    static const int64_t steps[] = {RETRY, RETRY, TOKEN - 2 * RETRY, TOKEN};
    int64_t step = steps[pace->rounds < NLU_COUNT(steps) ? pace->rounds : NLU_COUNT(steps) - 1];
    return pace->last + (step > 3 * t->slowest ? step : 3 * t->slowest);
}

static int64_t hop_due(const struct nlu_trace *t, size_t hop) {
    const struct nlu_trace_pace *pace = &t->paces[hop];

    if (!pace->first)
        return NLU_NEVER;
    int64_t due = pace->first + hop_wait(t, hop);
    int64_t retry = retry_at(t, hop);
    return retry < due ? retry : due;
}

static int send_again(struct nlu_trace *t, int64_t mono) {
    int sent = 0;

    for (size_t hop = 0; hop < t->end && !t->refused; hop++) {
        if (is_settled(t, hop, mono) || retry_at(t, hop) > mono)
            continue;
        t->paces[hop].rounds++;
        // Even if nothing can leave: the next try is a round later.
        t->paces[hop].last = mono;
        for (uint32_t q = 0; q < t->opts.queries; q++) {
            uint32_t i = (uint32_t)hop * t->opts.queries + q;
            if (probe_at(t, i)->state != NLU_TRACE_WAITING)
                continue;
            int rc = send_probe(t, i, mono);
            if (rc < 0)
                return rc;
            sent += rc;
        }
    }
    return sent;
}

static bool is_over(const struct nlu_trace *t, int64_t mono) {
    if (t->refused)
        return true;
    for (size_t hop = 0; hop < t->end; hop++)
        if (!is_settled(t, hop, mono))
            return false;
    return true;
}

static int run(struct nlu_trace *t) {
    int budget = STEP_BUDGET;

    // One probe, then a look at what came: over veth pairs its answer is there already, and no
    // probe goes beyond the target.
    while (budget > 0) {
        int sent = send_next(t, nlu_clock_mono());
        if (sent < 0)
            return sent;
        int heard = nlu_trace_hear(t, on_answer);
        if (heard < 0)
            return heard;
        if (!sent && !heard)
            sent = send_again(t, nlu_clock_mono());
        if (sent < 0)
            return sent;
        if (!sent && !heard)
            break;
        budget -= sent + heard;
    }
    t->unfinished = budget <= 0;
    return 0;
}

int nlu_trace_step(struct nlu_trace *trace, bool *ret_done, struct nlu_err *err) {
    if (!trace->done) {
        trace->started = true;
        int rc = trace->refused ? 0 : run(trace);
        if (rc < 0)
            return nlu_err_set(err, -rc, "traceroute", "probing");
        trace->done = is_over(trace, nlu_clock_mono());
        if (trace->done)
            nlu_close(&trace->fd);
    }
    *ret_done = trace->done;
    return 0;
}

int nlu_trace_pollfd(const struct nlu_trace *trace) {
    return trace->fd;
}

int64_t nlu_trace_due(const struct nlu_trace *trace) {
    int64_t due = NLU_NEVER, mono = nlu_clock_mono();

    if (trace->done)
        return NLU_NEVER;
    if (!trace->started || trace->unfinished || trace->refused)
        return 0;
    for (size_t hop = 0; hop < trace->end; hop++) {
        if (is_settled(trace, hop, mono))
            continue;
        int64_t t = hop_due(trace, hop);
        due = t < due ? t : due;
    }
    // Probes that wait for room: looked at again when a pause is over.
    if (trace->next < probe_count(trace)) {
        int64_t room = trace->last_send + pause_of(trace);
        due = room < due ? room : due;
    }
    return due == NLU_NEVER ? 0 : due;
}

void nlu_trace_result(const struct nlu_trace *trace, struct nlu_trace_result *ret_result) {
    *ret_result = (struct nlu_trace_result){
        .hops = trace->hops,
        .hop_count = trace->refused && !trace->answered_hops ? 0 : trace->end,
        .queries = trace->opts.queries,
        .refused = trace->refused,
        .size = trace->opts.size,
        .mtu = trace->path_mtu,
    };
    for (size_t q = 0; q < trace->opts.queries && ret_result->hop_count; q++)
        if (trace->hops[ret_result->hop_count - 1].probes[q].reached)
            ret_result->reached = true;
}
