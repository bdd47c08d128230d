#include "capture.h"
#include "captap.h"
#include "clock.h"
#include "reap.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
    // The reader's nap, in milliseconds: it lets packets gather, and leaves them to a script that
    // is waiting for them itself. At full speed half of what the smallest buffer holds comes in it.
    GATHER = 1,
    // So many packets in one nap are heavy traffic: a ring is worth its while.
    HEAVY = 64,
};

struct nlu_capture {
    pthread_mutex_t lock; // everything below but what is said to be the caller's
    struct nlu_capstore store;
    struct nlu_capslots slots;
    bool no_memory;
    bool collecting; // somebody waits for a ring, without the lock

    pthread_t reader, builder;
    bool reading, building; // there is one to join
    bool built; // the builder has come to its end
    int stopfd; // eventfd: the reader shall end
    int datafd; // eventfd: the store holds packets
    int epollfd; // datafd and every socket
    struct nlu_reaper reaper;

    struct nlu_capstore_order order; // the caller's: what is being handed out
    size_t tap_count;
    struct nlu_captap taps[];
};

static void raise_flag(int fd) {
    (void)eventfd_write(fd, 1);
}

static void lower_flag(int fd) {
    eventfd_t value;
    (void)eventfd_read(fd, &value);
}

static int watch(struct nlu_capture *c, int fd) {
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(c->epollfd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void drain(struct nlu_capture *c, int64_t until) {
    for (size_t i = 0; i < c->tap_count; i++) {
        if (nlu_captap_drain(&c->taps[i], &c->slots, &c->store, until) < 0)
            c->no_memory = true;
    }
}

// --- Threads ---

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg) {
    sigset_t all, before;

    // Signals are the script's; a thread of ours shall never run its handlers.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -rc;
}

// Gives a tap its ring. The slow part needs no lock. 0 or -errno; a tap without a ring goes on as
// it is.
static int build_ring(struct nlu_capture *c, struct nlu_captap *tap) {
    struct nlu_captap_ring ring;

    int rc = nlu_captap_prepare_ring(tap, &ring);
    pthread_mutex_lock(&c->lock);
    if (rc == 0) {
        rc = nlu_captap_take_ring(tap, &ring);
        nlu_reaper_add(&c->reaper, tap->ring.fd);
        if (watch(c, tap->ring.fd) < 0 && rc == 0)
            rc = -ENOMEM;
    }
    if (rc < 0)
        tap->group = -1; // not again
    pthread_mutex_unlock(&c->lock);
    return rc;
}

// One ring, built while others are: grace periods are the same for all who wait at once.
struct ring_job {
    struct nlu_capture *c;
    struct nlu_captap *tap;
    pthread_t thread;
    bool running;
};

static void *run_job(void *arg) {
    struct ring_job *job = arg;
    (void)build_ring(job->c, job->tap);
    return NULL;
}

// Who asks for a buffer expects heavy traffic from the start. Where there is no ring to be had, the
// plain socket's buffer is what there is.
static void build_rings_asked_for(struct nlu_capture *c, const struct nlu_capture_tap *specs) {
    enum { AT_ONCE = 16 };
    struct ring_job jobs[AT_ONCE];

    for (size_t i = 0; i < c->tap_count;) {
        size_t count = 0;
        for (; i < c->tap_count && count < AT_ONCE; i++) {
            if (!specs[i].buffer || c->taps[i].group < 0)
                continue;
            struct ring_job *job = &jobs[count++];
            *job = (struct ring_job){.c = c, .tap = &c->taps[i]};
            job->running = start_thread(&job->thread, run_job, job) == 0;
            if (!job->running)
                (void)build_ring(c, job->tap);
        }
        for (size_t k = 0; k < count; k++) {
            if (jobs[k].running)
                pthread_join(jobs[k].thread, NULL);
        }
    }
}

static bool wants_ring(const struct nlu_captap *tap) {
    return tap->heavy && tap->group >= 0 && tap->ring.fd < 0;
}

// The builder: a thread of its own, since the reader must go on while the kernel has its grace
// period.
static void *build_rings(void *arg) {
    struct nlu_capture *c = arg;
    bool wants;

    for (size_t i = 0; i < c->tap_count; i++) {
        pthread_mutex_lock(&c->lock);
        wants = wants_ring(&c->taps[i]);
        pthread_mutex_unlock(&c->lock);
        if (wants)
            (void)build_ring(c, &c->taps[i]);
    }
    pthread_mutex_lock(&c->lock);
    c->built = true;
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

// Called with the lock held, after draining: is there a tap with so much traffic?
static void look_for_heavy_traffic(struct nlu_capture *c) {
    bool wanted = false;

    for (size_t i = 0; i < c->tap_count; i++) {
        struct nlu_captap *tap = &c->taps[i];
        if (tap->plain.taken - tap->looked_at >= HEAVY)
            tap->heavy = true;
        tap->looked_at = tap->plain.taken;
        wanted = wanted || wants_ring(tap);
    }
    if (c->building && c->built) {
        pthread_join(c->builder, NULL); // it holds no lock any more and is about to return
        c->building = false;
    }
    if (!wanted || c->building)
        return;
    c->built = false;
    c->building = start_thread(&c->builder, build_rings, c) == 0;
}

// The reader: empties the sockets when nobody else does.
static void *read_on(void *arg) {
    struct nlu_capture *c = arg;
    struct pollfd *fds = calloc(2 * c->tap_count + 1, sizeof *fds);

    if (!fds)
        return NULL; // the caller still drains whenever it collects
    fds[0] = (struct pollfd){.fd = c->stopfd, .events = POLLIN};
    for (;;) {
        nfds_t count = 1;
        pthread_mutex_lock(&c->lock);
        for (size_t i = 0; i < c->tap_count; i++) {
            fds[count++] = (struct pollfd){.fd = c->taps[i].plain.fd, .events = POLLIN};
            if (c->taps[i].ring.fd >= 0)
                fds[count++] = (struct pollfd){.fd = c->taps[i].ring.fd, .events = POLLIN};
        }
        pthread_mutex_unlock(&c->lock);
        if (poll(fds, count, -1) < 0 && errno != EINTR)
            break;
        if (fds[0].revents || poll(fds, 1, GATHER) > 0)
            break;
        pthread_mutex_lock(&c->lock);
        drain(c, nlu_clock_real());
        if (nlu_capstore_count(&c->store) || c->collecting)
            raise_flag(c->datafd);
        look_for_heavy_traffic(c);
        pthread_mutex_unlock(&c->lock);
    }
    free(fds);
    return NULL;
}

// --- Opening and closing ---

static int open_taps(struct nlu_capture *c, const struct nlu_capture_tap *specs, size_t *ret_failed,
                     struct nlu_err *err) {
    for (size_t i = 0; i < c->tap_count; i++) {
        struct nlu_captap *tap = &c->taps[i];
        *ret_failed = i;
        int rc = nlu_captap_open(tap, &specs[i], (uint16_t)i, err);
        if (tap->plain.fd >= 0)
            nlu_reaper_add(&c->reaper, tap->plain.fd);
        if (rc < 0)
            return rc;
        rc = watch(c, tap->plain.fd);
        if (rc < 0)
            return nlu_err_set(err, -rc, "capture", "%s", "epoll");
    }
    build_rings_asked_for(c, specs);
    return 0;
}

static int open_slots(struct nlu_capture *c) {
    size_t largest = 0;

    for (size_t i = 0; i < c->tap_count; i++)
        largest = c->taps[i].snaplen > largest ? c->taps[i].snaplen : largest;
    // A filter run here sees more of the packet than is kept of it.
    c->slots.size = NLU_CAPRING_HEADROOM + (largest > UINT16_MAX ? largest : UINT16_MAX + 1);
    // Touched, and thereby backed by memory, only as far as packets are long.
    void *bytes = mmap(NULL, NLU_CAPSLOTS * c->slots.size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return -ENOMEM;
    c->slots.bytes = bytes;
    return 0;
}

int nlu_capture_open(const struct nlu_capture_tap *taps, size_t count,
                     struct nlu_capture **ret_capture, size_t *ret_failed, struct nlu_err *err) {
    int rc;

    *ret_failed = 0;
    if (!count || count > UINT16_MAX)
        return nlu_err_set(err, EINVAL, "capture", "%zu interfaces", count);
    struct nlu_capture *c = calloc(1, sizeof *c + count * sizeof *c->taps);
    if (!c)
        return nlu_err_set(err, ENOMEM, "capture", "%s", "");
    pthread_mutex_init(&c->lock, NULL);
    c->stopfd = c->datafd = c->epollfd = NLU_NO_FD;
    c->tap_count = count;
    for (size_t i = 0; i < count; i++)
        nlu_captap_init(&c->taps[i]);
    rc = nlu_reaper_init(&c->reaper, 2 * count);
    if (rc < 0) {
        nlu_err_set(err, -rc, "capture", "%s", "");
        goto fail;
    }

    c->stopfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->datafd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->epollfd = epoll_create1(EPOLL_CLOEXEC);
    if (c->stopfd < 0 || c->datafd < 0 || c->epollfd < 0 || watch(c, c->datafd) < 0) {
        rc = nlu_err_set(err, errno, "capture", "%s", "event descriptors");
        goto fail;
    }
    rc = open_taps(c, taps, ret_failed, err);
    if (rc < 0)
        goto fail;
    rc = open_slots(c);
    if (rc == 0)
        rc = start_thread(&c->reader, read_on, c);
    c->reading = rc == 0;
    if (rc < 0) {
        nlu_err_set(err, -rc, "capture", "%s", "");
        goto fail;
    }
    *ret_capture = c;
    return 0;
fail:
    nlu_capture_close(c);
    return rc;
}

void nlu_capture_close(struct nlu_capture *c) {
    if (!c)
        return;
    if (c->reading) {
        raise_flag(c->stopfd);
        pthread_join(c->reader, NULL);
    }
    if (c->building)
        pthread_join(c->builder, NULL);
    for (size_t i = 0; i < c->tap_count; i++)
        nlu_captap_close(&c->taps[i]);
    nlu_reaper_close(&c->reaper);
    nlu_close(&c->epollfd);
    nlu_close(&c->datafd);
    nlu_close(&c->stopfd);
    if (c->slots.bytes)
        munmap(c->slots.bytes, NLU_CAPSLOTS * c->slots.size);
    nlu_capstore_free(&c->store);
    nlu_capstore_order_free(&c->order);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

// --- Handing out ---

// Waits for what a ring has counted and not handed over yet: its current block does so within
// milliseconds. Called with the lock held, which others may have in between.
static int finish_ring(struct nlu_capture *c, struct nlu_captap *tap, int64_t until,
                       int64_t deadline_ns) {
    int rc = nlu_captap_count(tap);
    // Filtering here and what is cut away count as taken, so that these meet.
    const uint64_t want = tap->ring.received - tap->ring.dropped;

    while (rc == 0 && tap->ring.taken < want) {
        int64_t left = deadline_ns - nlu_clock_mono();
        if (left <= 0)
            return -ETIMEDOUT;
        // Once the lock is free the reader may take what is waited for, and the ring would stay
        // silent: it says so by the flag.
        struct pollfd p[] = {{.fd = tap->ring.fd, .events = POLLIN},
                             {.fd = c->datafd, .events = POLLIN}};
        struct timespec wait = {left / NLU_SECOND, left % NLU_SECOND};
        c->collecting = true;
        lower_flag(c->datafd);
        pthread_mutex_unlock(&c->lock);
        (void)ppoll(p, NLU_COUNT(p), &wait, NULL);
        pthread_mutex_lock(&c->lock);
        c->collecting = false;
        // An interface that went down makes the socket ready until somebody has asked why.
        if (p[0].revents & POLLERR) {
            int error;
            socklen_t size = sizeof error;
            (void)getsockopt(tap->ring.fd, SOL_SOCKET, SO_ERROR, &error, &size);
        }
        rc = nlu_captap_drain(tap, &c->slots, &c->store, until);
    }
    return rc;
}

int nlu_capture_collect(struct nlu_capture *c, int64_t deadline_ns, struct nlu_err *err) {
    const int64_t now = nlu_clock_real();
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    drain(c, now);
    for (size_t i = 0; i < c->tap_count && rc == 0; i++) {
        if (c->taps[i].ring.fd >= 0)
            rc = finish_ring(c, &c->taps[i], now, deadline_ns);
    }
    lower_flag(c->datafd);
    // What came while the sockets were emptied waits: an earlier packet of another one may not have
    // been read yet.
    if (rc == 0)
        rc = nlu_capstore_sort(&c->store, &c->order, now);
    if (nlu_capstore_count(&c->store) || nlu_capstore_order_held(&c->order))
        raise_flag(c->datafd);
    if (c->no_memory)
        rc = -ENOMEM;
    c->no_memory = false;
    pthread_mutex_unlock(&c->lock);
    if (rc == -ETIMEDOUT)
        return nlu_err_set(err, ETIMEDOUT, "capture.packets", "%s",
                           "packets that the kernel counted and did not deliver");
    return rc < 0 ? nlu_err_set(err, -rc, "capture.packets", "%s", "") : 0;
}

int nlu_capture_next(struct nlu_capture *c, struct nlu_capture_packet *ret_packet) {
    return nlu_capstore_next(&c->order, ret_packet);
}

int nlu_capture_pollfd(const struct nlu_capture *c) {
    return c->epollfd;
}

int nlu_capture_stats(struct nlu_capture *c, struct nlu_capture_stats *ret_stats,
                      struct nlu_err *err) {
    struct nlu_capture_stats stats = {0};
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->tap_count && rc == 0; i++) {
        struct nlu_captap *tap = &c->taps[i];
        rc = nlu_captap_count(tap);
        stats.received += tap->plain.received + tap->ring.received;
        stats.dropped += tap->plain.dropped + tap->ring.dropped;
        stats.captured += tap->plain.taken + tap->ring.taken;
        stats.rings += tap->ring.fd >= 0;
    }
    pthread_mutex_unlock(&c->lock);
    if (rc < 0)
        return nlu_err_set(err, -rc, "capture.stats", "%s", "");
    *ret_stats = stats;
    return 0;
}

void nlu_capture_ifname(struct nlu_capture *c, unsigned tap, int ifindex, char ret_name[IFNAMSIZ]) {
    // The socket answers for its own namespace, wherever the caller is.
    struct ifreq req = {.ifr_ifindex = ifindex};

    *ret_name = '\0';
    if (ifindex > 0 && ioctl(c->taps[tap].plain.fd, SIOCGIFNAME, &req) == 0)
        memcpy(ret_name, req.ifr_name, IFNAMSIZ);
}
