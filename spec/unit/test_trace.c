// trace.c on a loopback interface, whose target is one hop away: every method and family, refusal,
// and silence. No test waits for time to pass.
#include "sysctl.h"
#include "trace.h"

#include "check.h"
#include "world.h"

#include <errno.h>
#include <stdlib.h>

static void make_tracing_world(struct world *w) {
    struct nlu_err err;

    make_world(w);
    CHECK_INT(nlu_sysctl_set(w->fd, "net.ipv4.icmp_ratelimit", "0", &err), 0);
    CHECK_INT(nlu_sysctl_set(w->fd, "net.ipv6.icmp.ratelimit", "0", &err), 0);
}

static struct nlu_trace_opts plain(enum nlu_trace_method method) {
    return (struct nlu_trace_opts){
        .probe = {.tos = -1, .pmtudisc = -1},
        .method = method,
        .first_ttl = 1,
        .max_ttl = 30,
        .queries = 3,
        .port = method == NLU_TRACE_TCP ? 80 : 33434,
        .wait = 5 * NLU_SECOND,
    };
}

static struct nlu_trace *open_trace(const struct world *w, const char *target,
                                    const struct nlu_trace_opts *opts) {
    struct nlu_trace *t = NULL;
    struct nlu_err err;
    struct nlu_ip dst;

    CHECK_INT(nlu_ip_parse(target, &dst), 0);
    CHECK_INT(nlu_trace_open(w->fd, &dst, opts, &t, &err), 0);
    if (!t)
        exit(1); // the rest has nothing to look at
    return t;
}

static bool run_without_waiting(struct nlu_trace *t) {
    struct nlu_err err;
    bool done = false;

    for (int i = 0; i < 1000 && !done; i++) {
        CHECK_INT(nlu_trace_step(t, &done, &err), 0);
        if (!done && nlu_trace_due(t) > nlu_clock_mono())
            break;
    }
    return done;
}

static void finds_the_target(const struct world *w) {
    static const char *const addresses[] = {"127.0.0.1", "::1"};

    for (int method = NLU_TRACE_UDP; method <= NLU_TRACE_TCP; method++) {
        for (size_t i = 0; i < NLU_COUNT(addresses); i++) {
            struct nlu_trace_opts opts = plain((enum nlu_trace_method)method);
            struct nlu_trace *t = open_trace(w, addresses[i], &opts);
            struct nlu_trace_result r;
            struct nlu_ip dst;
            CHECK_INT(nlu_trace_due(t), 0);
            CHECK(nlu_trace_pollfd(t) >= 0);
            CHECK(run_without_waiting(t));
            nlu_trace_result(t, &r);
            CHECK(r.reached);
            CHECK_INT(r.hop_count, 1);
            CHECK_INT(r.queries, 3);
            CHECK_INT(r.size, i == 0 ? 60 : 80);
            CHECK_INT(nlu_ip_parse(addresses[i], &dst), 0);
            for (int q = 0; q < 3 && r.hop_count; q++) {
                CHECK_INT(r.hops[0].probes[q].state, NLU_TRACE_ANSWERED);
                CHECK(r.hops[0].probes[q].reached);
                CHECK(nlu_ip_equal(&r.hops[0].probes[q].from, &dst));
            }
            CHECK_INT(nlu_trace_due(t), NLU_NEVER);
            nlu_trace_close(t);
        }
    }
}

static void tells_why_nothing_was_sent(const struct world *w) {
    for (int method = NLU_TRACE_UDP; method <= NLU_TRACE_TCP; method++) {
        struct nlu_trace_opts opts = plain((enum nlu_trace_method)method);
        struct nlu_trace *t = open_trace(w, "198.51.100.1", &opts);
        struct nlu_trace_result r;
        CHECK(run_without_waiting(t));
        nlu_trace_result(t, &r);
        CHECK_INT(r.refused, ENETUNREACH);
        CHECK_INT(r.hop_count, 0);
        CHECK(!r.reached);
        nlu_trace_close(t);
    }
}

static void waits_for_silence_as_told(const struct world *w) {
    struct nlu_trace_opts opts = plain(NLU_TRACE_ICMP);
    struct nlu_trace_result r;
    struct nlu_err err;

    CHECK_INT(nlu_sysctl_set(w->fd, "net.ipv4.icmp_echo_ignore_all", "1", &err), 0);
    opts.port = 1;
    struct nlu_trace *t = open_trace(w, "127.0.0.1", &opts);
    CHECK(!run_without_waiting(t));
    CHECK(nlu_trace_due(t) - nlu_clock_mono() <= opts.wait);
    nlu_trace_close(t);

    opts.wait = 0;
    opts.max_ttl = 4;
    t = open_trace(w, "127.0.0.1", &opts);
    CHECK(run_without_waiting(t));
    nlu_trace_result(t, &r);
    CHECK(!r.reached);
    CHECK_INT(r.hop_count, 4);
    CHECK_INT(r.hops[3].ttl, 4);
    CHECK_INT(r.hops[3].probes[2].state, NLU_TRACE_WAITING);
    nlu_trace_close(t);
    CHECK_INT(nlu_sysctl_set(w->fd, "net.ipv4.icmp_echo_ignore_all", "0", &err), 0);
}

static void refuses_what_cannot_be(const struct world *w) {
    struct nlu_trace_opts opts = plain(NLU_TRACE_UDP);
    struct nlu_trace *t = NULL;
    struct nlu_err err;
    struct nlu_ip dst;

    CHECK_INT(nlu_ip_parse("127.0.0.1", &dst), 0);
    opts.port = 65500; // 90 probes do not fit behind it
    CHECK_INT(nlu_trace_open(w->fd, &dst, &opts, &t, &err), -EINVAL);
    opts = plain(NLU_TRACE_UDP);
    memcpy(opts.probe.interface, "nothere", sizeof "nothere");
    CHECK_INT(nlu_trace_open(w->fd, &dst, &opts, &t, &err), -ENODEV);
    CHECK(t == NULL);
    nlu_trace_close(NULL);
}

int main(void) {
    struct world w;

    if (!may_make_worlds())
        return CHECK_SKIP;
    make_tracing_world(&w);
    finds_the_target(&w);
    tells_why_nothing_was_sent(&w);
    waits_for_silence_as_told(&w);
    refuses_what_cannot_be(&w);
    end_world(&w);
    return check_result();
}
