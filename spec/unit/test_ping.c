// ping.c on loopback interfaces: replies, refusals, silence, many at once, and neighbours that do
// not hear each other. No test waits for time to pass, but only for what a busy kernel has put off.
#include "ping.h"
#include "sysctl.h"

#include "check.h"
#include "world.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static void make_pinging_world(struct world *w) {
    struct nlu_err err;

    make_world(w);
    CHECK_INT(nlu_sysctl_set(w->fd, "net.ipv4.ping_group_range", "0 0", &err), 0);
}

static struct nlu_ping_opts plain(void) {
    return (struct nlu_ping_opts){
        .probe = {.tos = -1, .pmtudisc = -1},
        .count = 1,
        .window = 64,
        .size = 56,
        .timeout = -1,
    };
}

static struct nlu_ping_target target(const struct world *w, const char *text) {
    struct nlu_ping_target t = {.netns = w->fd};
    CHECK_INT(nlu_ip_parse(text, &t.addr), 0);
    return t;
}

static struct nlu_ping *open_ping(const struct nlu_ping_opts *opts,
                                  const struct nlu_ping_target *targets, size_t count) {
    struct nlu_ping *p = NULL;
    struct nlu_err err;

    CHECK_INT(nlu_ping_open(opts, targets, count, &p, &err), 0);
    if (!p)
        exit(1); // the rest has nothing to look at
    return p;
}

// Steps as long as there is something to do at once. Whether it came to its end.
static bool run_without_waiting(struct nlu_ping *p) {
    struct nlu_err err;
    bool done = false;

    for (int i = 0; i < 1000 && !done; i++) {
        CHECK_INT(nlu_ping_step(p, &done, &err), 0);
        if (!done && nlu_ping_due(p) > nlu_clock_mono())
            break;
    }
    return done;
}

// Steps and waits in between as callers do, since a reply need not be there when sending returns.
// Whether it came to its end.
static bool run_to_end(struct nlu_ping *p) {
    const int64_t limit = nlu_clock_mono() + 30 * NLU_SECOND;
    struct nlu_err err;
    bool done = false;

    while (!done && nlu_clock_mono() < limit) {
        CHECK_INT(nlu_ping_step(p, &done, &err), 0);
        int64_t wait = done ? 0 : nlu_ping_due(p) - nlu_clock_mono();
        if (wait > 30 * NLU_SECOND)
            wait = 30 * NLU_SECOND;
        struct pollfd fd = {.fd = nlu_ping_pollfd(p), .events = POLLIN};
        if (wait > 0)
            (void)poll(&fd, 1, (int)(wait / NLU_MILLISECOND) + 1);
    }
    return done;
}

static void gets_replies(const struct world *w) {
    static const enum nlu_ping_socket sockets[] = {NLU_PING_RAW, NLU_PING_DATAGRAM};
    static const char *const addresses[] = {"127.0.0.1", "::1"};

    for (size_t i = 0; i < 4; i++) {
        struct nlu_ping_opts opts = plain();
        struct nlu_ping_target t = target(w, addresses[i % 2]);
        opts.socket = sockets[i / 2];
        opts.count = 5;
        opts.size = 57;
        struct nlu_ping *p = open_ping(&opts, &t, 1);
        CHECK_INT(nlu_ping_due(p), 0);
        CHECK(nlu_ping_pollfd(p) >= 0);
        CHECK(run_to_end(p));
        const struct nlu_ping_result *r = nlu_ping_result(p, 0);
        CHECK_INT(r->sent, 5);
        CHECK_INT(r->received, 5);
        CHECK_INT(r->event_count, 5);
        CHECK_INT(r->stat.samples, 5);
        CHECK_INT(r->events[4].seq, 5);
        CHECK_INT(r->events[4].ttl, 64);
        CHECK_INT(r->events[4].bytes, 65);
        CHECK_INT(r->corrupted + r->duplicates + r->errors, 0);
        CHECK(nlu_ip_equal(&r->events[0].from, &t.addr));
        CHECK_INT(nlu_ping_pollfd(p), NLU_NO_FD);
        CHECK_INT(nlu_ping_due(p), NLU_NEVER);
        nlu_ping_close(p);
    }
}

static void tells_why_nothing_was_sent(const struct world *w) {
    struct nlu_ping_opts opts = plain();
    struct nlu_ping_target t[] = {target(w, "198.51.100.1"), target(w, "127.0.0.1")};
    struct nlu_ping *p = open_ping(&opts, t, 2);

    CHECK(run_to_end(p));
    CHECK_INT(nlu_ping_result(p, 0)->refused, ENETUNREACH);
    CHECK_INT(nlu_ping_result(p, 0)->sent, 0);
    CHECK_INT(nlu_ping_result(p, 1)->received, 1);
    nlu_ping_close(p);
}

// Silence is waited for as long as asked, and no longer.
static void gives_up(const struct world *w) {
    struct nlu_ping_opts opts = plain();
    struct nlu_ping_target t = target(w, "127.0.0.1");
    struct nlu_err err;

    CHECK_INT(nlu_sysctl_set(w->fd, "net.ipv4.icmp_echo_ignore_all", "1", &err), 0);
    struct nlu_ping *p = open_ping(&opts, &t, 1);
    CHECK(!run_without_waiting(p));
    int64_t left = nlu_ping_due(p) - nlu_clock_mono();
    CHECK(left > NLU_PING_TIMEOUT - NLU_SECOND && left <= NLU_PING_TIMEOUT);
    nlu_ping_close(p);

    opts.timeout = 0;
    p = open_ping(&opts, &t, 1);
    CHECK(run_without_waiting(p));
    CHECK_INT(nlu_ping_result(p, 0)->sent, 1);
    CHECK_INT(nlu_ping_result(p, 0)->received, 0);
    nlu_ping_close(p);

    opts.timeout = -1;
    opts.deadline = 1;
    opts.count = 0;
    p = open_ping(&opts, &t, 1);
    CHECK(run_without_waiting(p));
    CHECK(nlu_ping_result(p, 0)->sent > 0);
    nlu_ping_close(p);
    CHECK_INT(nlu_sysctl_set(w->fd, "net.ipv4.icmp_echo_ignore_all", "0", &err), 0);
}

// A step stops when it has done enough, which may be right behind a socket's last reply: once, a
// socket left there was looked at again only after its timeout. Windows of 64 and steps of 1024
// packets make 512 targets end just so. (A minute is more than run_to_end waits.)
static void finishes_many_before_the_timeout(const struct world *a, const struct world *b,
                                             size_t each) {
    struct nlu_ping_opts opts = plain();
    struct nlu_ping_target *t = calloc(2 * each, sizeof *t);
    char text[32];

    opts.timeout = 60 * NLU_SECOND;
    for (size_t i = 0; i < each; i++) {
        snprintf(text, sizeof text, "127.0.%zu.%zu", i / 250, i % 250 + 1);
        t[2 * i] = target(a, text);
        t[2 * i + 1] = target(b, text);
    }
    struct nlu_ping *p = open_ping(&opts, t, 2 * each);
    CHECK(run_to_end(p));
    CHECK_INT(nlu_ping_count(p), 2 * each);
    for (size_t i = 0; i < nlu_ping_count(p); i++) {
        const struct nlu_ping_result *r = nlu_ping_result(p, i);
        CHECK_INT(r->received, 1);
        CHECK(r->event_count == 1 && nlu_ip_equal(&r->events[0].from, &t[i].addr));
    }
    nlu_ping_close(p);
    free(t);
}

static void keeps_to_its_own(const struct world *w) {
    struct nlu_ping_opts opts = plain();
    struct nlu_ping_target t = target(w, "127.0.0.1");
    struct nlu_err err;
    bool done;

    opts.count = 100;
    opts.window = 1;
    opts.timeout = 60 * NLU_SECOND;
    struct nlu_ping *p[] = {open_ping(&opts, &t, 1), open_ping(&opts, &t, 1)};
    for (int i = 0; i < 100; i++)
        CHECK_INT(nlu_ping_step(p[i % 2], &done, &err), 0);
    for (int i = 0; i < 2; i++) {
        CHECK(run_to_end(p[i]));
        CHECK_INT(nlu_ping_result(p[i], 0)->received, 100);
        CHECK_INT(nlu_ping_result(p[i], 0)->duplicates, 0);
        nlu_ping_close(p[i]);
    }
}

static void counts_on_past_65535(const struct world *w) {
    struct nlu_ping_opts opts = plain();
    struct nlu_ping_target t = target(w, "127.0.0.1");

    opts.count = 66000;
    opts.size = 0;
    opts.timeout = 60 * NLU_SECOND;
    struct nlu_ping *p = open_ping(&opts, &t, 1);
    CHECK(run_to_end(p));
    const struct nlu_ping_result *r = nlu_ping_result(p, 0);
    CHECK_INT(r->received, 66000);
    CHECK_INT(r->duplicates, 0);
    CHECK_INT(r->events[r->event_count - 1].seq, 66000);
    nlu_ping_close(p);
}

static void refuses_what_is_not_there(const struct world *w) {
    struct nlu_ping_opts opts = plain();
    struct nlu_ping_target t = target(w, "127.0.0.1");
    struct nlu_ping *p = NULL;
    struct nlu_err err;

    snprintf(opts.probe.interface, sizeof opts.probe.interface, "nothere");
    CHECK_INT(nlu_ping_open(&opts, &t, 1, &p, &err), -ENODEV);
    CHECK_STR(err.subject, "interface nothere");
    opts = plain();
    CHECK_INT(nlu_ip_parse("198.51.100.9", &opts.probe.source), 0);
    CHECK_INT(nlu_ping_open(&opts, &t, 1, &p, &err), -EADDRNOTAVAIL);
    CHECK(p == NULL);
}

static void has_nothing_to_do(void) {
    struct nlu_ping_opts opts = plain();
    struct nlu_ping *p = open_ping(&opts, NULL, 0);

    CHECK_INT(nlu_ping_pollfd(p), NLU_NO_FD);
    CHECK(run_without_waiting(p));
    nlu_ping_close(p);
    nlu_ping_close(NULL);
}

int main(void) {
    struct world a, b;

    if (!may_make_worlds())
        return CHECK_SKIP;
    make_pinging_world(&a);
    make_pinging_world(&b);
    gets_replies(&a);
    tells_why_nothing_was_sent(&a);
    gives_up(&a);
    finishes_many_before_the_timeout(&a, &b, 512);
    finishes_many_before_the_timeout(&a, &b, 1500);
    keeps_to_its_own(&a);
    counts_on_past_65535(&a);
    refuses_what_is_not_there(&a);
    has_nothing_to_do();
    end_world(&a);
    end_world(&b);
    return check_result();
}
