#include "capture.h"
#include "capstore.h"
#include "clock.h"
#include "netns.h"
#include "reap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
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
    // Messages a recvmmsg: enough to make the system call cheap, few enough to stay in the cache.
    BATCH = 32,
    // Room before a message, for a VLAN tag that is put back into it.
    TAG = 4,
    // What is asked for when nobody chose. Without CAP_NET_ADMIN in the first user namespace the
    // kernel grants net.core.rmem_max, some 550 small packets.
    BUFFER = 8 << 20,
    // The reader's nap, in milliseconds: it lets packets gather, and leaves them to a script that
    // is waiting for them itself. Half of what 550 packets take at full speed.
    GATHER = 1,
};

// A socket of a tap.
struct lane {
    int fd;
    uint64_t received, dropped, taken;
    int64_t last_ns; // time of its latest packet; at first, when it was opened
};

struct tap {
    struct lane plain;
    uint32_t snaplen;
    int linktype; // of a named interface; 0 for "any", where each packet tells its own
    bool filter_here;
    struct nlu_bpf ether, raw; // copies, when filter_here
};

struct nlu_capture {
    pthread_mutex_t lock; // everything below but what is said to be the caller's
    struct nlu_capstore store;
    uint8_t *slots; // BATCH messages of slot_size bytes
    size_t slot_size;
    bool no_memory;

    pthread_t reader;
    bool reading; // there is a reader to join
    int stopfd; // eventfd: the reader shall end
    int datafd; // eventfd: the store holds packets
    int epollfd; // datafd and every lane
    struct nlu_reaper reaper;

    struct nlu_capstore_order order; // the caller's: what is being handed out
    size_t tap_count;
    struct tap taps[];
};

// --- Opening ---

// What is done inside the namespace.
struct opening {
    const struct nlu_capture_tap *spec;
    struct tap *tap;
    const char *step; // what failed
};

static int attach_filter(int fd, const struct nlu_capture_tap *spec, int linktype) {
    struct nlu_bpf_insn joined[NLU_BPF_MAX];
    struct nlu_bpf program = linktype == NLU_LINKTYPE_ETHERNET ? spec->ether : spec->raw;

    if (!linktype) {
        int count = nlu_bpf_by_hardware(&spec->ether, &spec->raw, joined, NLU_COUNT(joined));
        if (count < 0)
            return count;
        program = (struct nlu_bpf){joined, (size_t)count};
    }
    struct sock_fprog prog = {(unsigned short)program.count, (struct sock_filter *)program.insns};
    _Static_assert(sizeof(struct sock_filter) == sizeof(struct nlu_bpf_insn), "one layout");
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog) < 0 ? -errno : 0;
}

// The index of the interface and what its packets begin with.
static int ask_interface(int fd, const char *name, int *ret_ifindex, int *ret_linktype) {
    struct ifreq req = {0};

    memcpy(req.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
    if (ioctl(fd, SIOCGIFINDEX, &req) < 0)
        return -errno;
    *ret_ifindex = req.ifr_ifindex;
    if (ioctl(fd, SIOCGIFHWADDR, &req) < 0)
        return -errno;
    bool ether =
        req.ifr_hwaddr.sa_family == ARPHRD_ETHER || req.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
    *ret_linktype = ether ? NLU_LINKTYPE_ETHERNET : NLU_LINKTYPE_RAW;
    return 0;
}

static void ask_buffer(int fd, size_t bytes) {
    int size = bytes > (size_t)INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

    // The limit of net.core.rmem_max may be passed only with CAP_NET_ADMIN in the first user
    // namespace (EPERM); without it, as much as there is.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

// A packet socket that sees everything from the moment of its bind on, and nothing before.
static int open_plain(void *arg) {
    struct opening *o = arg;
    const struct nlu_capture_tap *spec = o->spec;
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    const int on = 1, stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    int rc;

    // Protocol 0: bound to nothing yet.
    o->step = "socket";
    NLU_AUTO_FD int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (spec->ifname) {
        o->step = "interface";
        rc = ask_interface(fd, spec->ifname, &to.sll_ifindex, &o->tap->linktype);
        if (rc < 0)
            return rc;
    }
    if (o->tap->linktype == NLU_LINKTYPE_RAW) {
        // Without Ethernet there is no one way a header looks; the kernel takes it off.
        o->step = "socket";
        nlu_close(&fd);
        fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            return -errno;
    }
    ask_buffer(fd, spec->buffer ? spec->buffer : BUFFER);
    o->step = "timestamps";
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps) < 0)
        return -errno;
    o->step = "auxiliary data";
    if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) < 0)
        return -errno;
    if (spec->ether.insns && !spec->filter_here) {
        o->step = "filter";
        rc = attach_filter(fd, spec, o->tap->linktype);
        if (rc < 0)
            return rc;
    }
    if (spec->promisc && to.sll_ifindex) {
        struct packet_mreq all = {.mr_ifindex = to.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
        o->step = "promiscuous mode";
        if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0)
            return -errno;
    }
    o->step = "bind";
    if (bind(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return -errno;
    o->tap->plain.last_ns = nlu_clock_real();
    o->tap->plain.fd = nlu_steal_fd(&fd);
    return 0;
}

static int copy_program(const struct nlu_bpf *from, struct nlu_bpf *ret_to) {
    struct nlu_bpf_insn *insns = malloc(from->count * sizeof *insns);

    if (!insns)
        return -ENOMEM;
    memcpy(insns, from->insns, from->count * sizeof *insns);
    *ret_to = (struct nlu_bpf){insns, from->count};
    return 0;
}

static int open_tap(struct nlu_capture *c, struct tap *tap, const struct nlu_capture_tap *spec,
                    struct nlu_err *err) {
    struct opening o = {spec, tap, ""};
    const char *where = spec->ifname ? spec->ifname : "any";
    int rc;

    tap->snaplen = spec->snaplen ? spec->snaplen : NLU_CAPTURE_SNAPLEN;
    if (spec->ether.insns && (nlu_bpf_check(&spec->ether) < 0 || nlu_bpf_check(&spec->raw) < 0))
        return nlu_err_set(err, EINVAL, "capture", "%s: malformed filter program", where);
    if (spec->ether.insns && spec->filter_here) {
        tap->filter_here = true;
        rc = copy_program(&spec->ether, &tap->ether);
        if (rc == 0)
            rc = copy_program(&spec->raw, &tap->raw);
        if (rc < 0)
            return nlu_err_set(err, -rc, "capture", "%s", where);
    }
    err->errnum = 0;
    rc = spec->netns < 0 ? open_plain(&o) : nlu_netns_run(spec->netns, open_plain, &o, err);
    if (rc < 0) {
        if (err->errnum) // entering the namespace failed
            return nlu_err_about(err, "capture", "%s", where);
        // The interface's name says enough when it is the interface that is missing.
        if (rc == -ENODEV)
            return nlu_err_set(err, ENODEV, "capture", "%s", where);
        return nlu_err_set(err, -rc, "capture", "%s (%s)", where, o.step);
    }
    nlu_reaper_add(&c->reaper, tap->plain.fd);
    return 0;
}

static int watch(struct nlu_capture *c, int fd) {
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(c->epollfd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

// --- Taking packets from the kernel ---

// What recvmmsg fills in beside the bytes.
struct envelope {
    struct sockaddr_ll from;
    union {
        char bytes[256];
        size_t align;
    } control;
    struct iovec iov;
};

struct sides {
    int64_t ts_ns; // 0: not stamped
    struct tpacket_auxdata aux;
    bool has_aux;
};

static void read_control(struct msghdr *msg, struct sides *ret_sides) {
    *ret_sides = (struct sides){0};
    for (struct cmsghdr *cm = CMSG_FIRSTHDR(msg); cm; cm = CMSG_NXTHDR(msg, cm)) {
        if (cm->cmsg_level == SOL_SOCKET && cm->cmsg_type == SCM_TIMESTAMPING) {
            struct timespec ts;
            memcpy(&ts, CMSG_DATA(cm), sizeof ts); // the first of three is the software stamp
            ret_sides->ts_ns = ts.tv_sec * NLU_SECOND + ts.tv_nsec;
        } else if (cm->cmsg_level == SOL_PACKET && cm->cmsg_type == PACKET_AUXDATA) {
            memcpy(&ret_sides->aux, CMSG_DATA(cm), sizeof ret_sides->aux);
            ret_sides->has_aux = true;
        }
    }
}

// Puts the VLAN tag, which the kernel keeps beside the packet, back to where it was on the wire
// (IEEE 802.1Q: behind the two addresses). bytes has TAG bytes of room in front.
static uint8_t *restore_tag(uint8_t *bytes, uint32_t *caplen, uint32_t *wirelen, uint16_t tpid,
                            uint16_t tci) {
    if (*caplen < 2 * ETH_ALEN)
        return bytes;
    const uint16_t tag[2] = {htons(tpid), htons(tci)};
    memmove(bytes - TAG, bytes, 2 * ETH_ALEN);
    memcpy(bytes - TAG + 2 * ETH_ALEN, tag, sizeof tag);
    *caplen += TAG;
    *wirelen += TAG;
    return bytes - TAG;
}

// One packet on its way into the store.
struct arrival {
    uint8_t *bytes; // TAG bytes of room in front
    uint32_t caplen, wirelen;
    uint32_t network; // offset of the network header, when known
    int64_t ts_ns;
    int ifindex;
    uint16_t hatype;
    uint8_t pkttype;
    bool tagged;
    uint16_t tpid, tci;
};

static void keep(struct nlu_capture *c, size_t index, struct arrival *a) {
    struct tap *tap = &c->taps[index];
    bool ether = a->hatype == ARPHRD_ETHER || a->hatype == ARPHRD_LOOPBACK;

    // What loopback sends comes in again as the same packet.
    if (a->hatype == ARPHRD_LOOPBACK && a->pkttype == PACKET_OUTGOING)
        return;
    if (ether && a->tagged) {
        a->bytes = restore_tag(a->bytes, &a->caplen, &a->wirelen, a->tpid, a->tci);
    } else if (!ether && !tap->linktype && a->network <= a->caplen) {
        // "any" gets all link-level headers; only Ethernet's is of use.
        a->bytes += a->network;
        a->caplen -= a->network;
        a->wirelen -= a->network < a->wirelen ? a->network : a->wirelen;
    }
    if (tap->filter_here) {
        uint32_t pass =
            nlu_bpf_run(ether ? &tap->ether : &tap->raw, a->bytes, a->caplen, a->wirelen);
        if (!pass)
            return;
    }
    if (a->caplen > tap->snaplen)
        a->caplen = tap->snaplen;
    struct nlu_capture_packet packet = {
        .ts_ns = a->ts_ns,
        .caplen = a->caplen,
        .wirelen = a->wirelen,
        .tap = (uint16_t)index,
        .direction = a->pkttype == PACKET_OUTGOING ? NLU_CAPTURE_OUT : NLU_CAPTURE_IN,
        .linktype = ether ? NLU_LINKTYPE_ETHERNET : NLU_LINKTYPE_RAW,
        .ifindex = a->ifindex,
        .bytes = a->bytes,
    };
    if (nlu_capstore_add(&c->store, &packet) < 0)
        c->no_memory = true;
}

// Empties a plain socket up to what came at `until` (CLOCK_REALTIME), so that it ends under load
// too.
static void drain_plain(struct nlu_capture *c, size_t index, int64_t until) {
    struct lane *lane = &c->taps[index].plain;
    struct mmsghdr messages[BATCH];
    struct envelope envelopes[BATCH];
    struct sides sides;
    bool late = false;
    int count;

    do {
        for (size_t i = 0; i < BATCH; i++) {
            envelopes[i].iov =
                (struct iovec){c->slots + i * c->slot_size + TAG, c->slot_size - TAG};
            messages[i].msg_hdr = (struct msghdr){.msg_name = &envelopes[i].from,
                                                  .msg_namelen = sizeof envelopes[i].from,
                                                  .msg_iov = &envelopes[i].iov,
                                                  .msg_iovlen = 1,
                                                  .msg_control = &envelopes[i].control,
                                                  .msg_controllen = sizeof envelopes[i].control};
        }
        count = recvmmsg(lane->fd, messages, BATCH, MSG_DONTWAIT, NULL);
        // ENETDOWN says once that the interface went down; what came before is still there.
        if (count < 0 && errno == ENETDOWN)
            continue;
        for (int i = 0; i < count; i++) {
            const struct sockaddr_ll *from = &envelopes[i].from;
            read_control(&messages[i].msg_hdr, &sides);
            struct arrival a = {
                .bytes = envelopes[i].iov.iov_base,
                .caplen = messages[i].msg_len,
                .wirelen = sides.has_aux ? sides.aux.tp_len : messages[i].msg_len,
                .network = sides.has_aux ? sides.aux.tp_net : 0,
                .ts_ns = sides.ts_ns,
                .ifindex = from->sll_ifindex,
                .hatype = from->sll_hatype,
                .pkttype = from->sll_pkttype,
                .tagged = sides.has_aux && (sides.aux.tp_status & TP_STATUS_VLAN_VALID),
                .tpid = sides.has_aux && (sides.aux.tp_status & TP_STATUS_VLAN_TPID_VALID)
                            ? sides.aux.tp_vlan_tpid
                            : ETH_P_8021Q,
                .tci = sides.aux.tp_vlan_tci,
            };
            // The kernel begins to stamp a moment after the first socket of the machine asked for
            // it (see nlu_nlsock_adopt). Before that, the order of arrival is what is known.
            if (!a.ts_ns)
                a.ts_ns = lane->last_ns;
            lane->last_ns = a.ts_ns;
            lane->taken++;
            keep(c, index, &a);
            late = a.ts_ns > until;
        }
    } while (!late && (count == BATCH || (count < 0 && errno == ENETDOWN)));
}

static void drain(struct nlu_capture *c, int64_t until) {
    for (size_t i = 0; i < c->tap_count; i++)
        drain_plain(c, i, until);
}

static void raise_flag(int fd) {
    (void)eventfd_write(fd, 1);
}

static void lower_flag(int fd) {
    eventfd_t value;
    (void)eventfd_read(fd, &value);
}

// The reader: empties the sockets when nobody else does.
static void *read_on(void *arg) {
    struct nlu_capture *c = arg;
    struct pollfd *fds = calloc(c->tap_count + 1, sizeof *fds);

    if (!fds)
        return NULL; // the caller still drains whenever it collects
    fds[0] = (struct pollfd){.fd = c->stopfd, .events = POLLIN};
    for (size_t i = 0; i < c->tap_count; i++)
        fds[i + 1] = (struct pollfd){.fd = c->taps[i].plain.fd, .events = POLLIN};
    for (;;) {
        if (poll(fds, c->tap_count + 1, -1) < 0 && errno != EINTR)
            break;
        if (fds[0].revents || poll(fds, 1, GATHER) > 0)
            break;
        pthread_mutex_lock(&c->lock);
        drain(c, nlu_clock_real());
        if (nlu_capstore_count(&c->store))
            raise_flag(c->datafd);
        pthread_mutex_unlock(&c->lock);
    }
    free(fds);
    return NULL;
}

static int start_reader(struct nlu_capture *c) {
    sigset_t all, before;

    // Signals are the script's; the reader shall never run its handlers.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&c->reader, NULL, read_on, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    c->reading = rc == 0;
    return -rc;
}

int nlu_capture_open(const struct nlu_capture_tap *taps, size_t count,
                     struct nlu_capture **ret_capture, size_t *ret_failed, struct nlu_err *err) {
    uint32_t largest = 0;
    int rc;

    *ret_failed = 0;
    if (!count || count > UINT16_MAX)
        return nlu_err_set(err, EINVAL, "capture", "%zu interfaces", count);
    struct nlu_capture *c = calloc(1, sizeof *c + count * sizeof *c->taps);
    if (!c)
        return nlu_err_set(err, ENOMEM, "capture", "%s", "");
    pthread_mutex_init(&c->lock, NULL);
    c->stopfd = c->datafd = c->epollfd = NLU_NO_FD;
    nlu_reaper_init(&c->reaper, count);
    c->tap_count = count;
    for (size_t i = 0; i < count; i++)
        c->taps[i].plain.fd = NLU_NO_FD;

    c->stopfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->datafd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->epollfd = epoll_create1(EPOLL_CLOEXEC);
    if (c->stopfd < 0 || c->datafd < 0 || c->epollfd < 0 || watch(c, c->datafd) < 0) {
        rc = nlu_err_set(err, errno, "capture", "%s", "event descriptors");
        goto fail;
    }
    for (size_t i = 0; i < count; i++) {
        *ret_failed = i;
        rc = open_tap(c, &c->taps[i], &taps[i], err);
        if (rc < 0)
            goto fail;
        rc = watch(c, c->taps[i].plain.fd);
        if (rc < 0) {
            nlu_err_set(err, -rc, "capture", "%s", "epoll");
            goto fail;
        }
        if (c->taps[i].snaplen > largest)
            largest = c->taps[i].snaplen;
    }
    // A filter run here sees more of the packet than is kept of it.
    c->slot_size = (size_t)TAG + (largest > UINT16_MAX ? largest : UINT16_MAX + 1);
    // Touched, and thereby backed by memory, only as far as packets are long.
    c->slots = mmap(NULL, BATCH * c->slot_size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (c->slots == MAP_FAILED) {
        c->slots = NULL;
        rc = nlu_err_set(err, ENOMEM, "capture", "%s", "");
        goto fail;
    }
    rc = start_reader(c);
    if (rc < 0) {
        nlu_err_set(err, -rc, "capture", "%s", "thread");
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
    for (size_t i = 0; i < c->tap_count; i++) {
        free((void *)c->taps[i].ether.insns);
        free((void *)c->taps[i].raw.insns);
    }
    nlu_reaper_close(&c->reaper);
    nlu_close(&c->epollfd);
    nlu_close(&c->datafd);
    nlu_close(&c->stopfd);
    if (c->slots)
        munmap(c->slots, BATCH * c->slot_size);
    nlu_capstore_free(&c->store);
    nlu_capstore_order_free(&c->order);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

// --- Handing out ---

int nlu_capture_collect(struct nlu_capture *c, int64_t deadline_ns, struct nlu_err *err) {
    const int64_t now = nlu_clock_real();
    int rc;

    (void)deadline_ns;
    pthread_mutex_lock(&c->lock);
    drain(c, now);
    lower_flag(c->datafd);
    // What came while the sockets were emptied waits: an earlier packet of another one may not have
    // been read yet.
    rc = nlu_capstore_sort(&c->store, &c->order, now);
    if (nlu_capstore_order_held(&c->order))
        raise_flag(c->datafd);
    if (c->no_memory)
        rc = -ENOMEM;
    c->no_memory = false;
    pthread_mutex_unlock(&c->lock);
    return rc < 0 ? nlu_err_set(err, -rc, "capture", "%s", "memory for packets") : 0;
}

int nlu_capture_next(struct nlu_capture *c, struct nlu_capture_packet *ret_packet) {
    return nlu_capstore_next(&c->order, ret_packet);
}

int nlu_capture_pollfd(const struct nlu_capture *c) {
    return c->epollfd;
}

static int count_lane(struct lane *lane) {
    struct tpacket_stats stats;
    socklen_t size = sizeof stats;

    // Reading sets the kernel's counters to zero; tp_packets includes the dropped ones.
    if (getsockopt(lane->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
        return -errno;
    lane->received += stats.tp_packets;
    lane->dropped += stats.tp_drops;
    return 0;
}

int nlu_capture_stats(struct nlu_capture *c, struct nlu_capture_stats *ret_stats,
                      struct nlu_err *err) {
    struct nlu_capture_stats stats = {0};
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->tap_count && rc == 0; i++) {
        struct lane *lane = &c->taps[i].plain;
        rc = count_lane(lane);
        stats.received += lane->received;
        stats.dropped += lane->dropped;
        stats.captured += lane->taken;
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
