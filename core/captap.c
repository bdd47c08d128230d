#include "captap.h"

#include "clock.h"
#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/membarrier.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    // Room before a packet, for a VLAN tag that is put back into it.
    TAG = NLU_CAPRING_HEADROOM,
    // What is asked for when nobody chose. Without CAP_NET_ADMIN in the first user namespace the
    // kernel grants net.core.rmem_max, some 550 small packets.
    BUFFER = 8 << 20,
    // Some 100,000 small packets; for large ones 50 ms of the fastest traffic seen, which is how
    // long a busy machine may keep the reader from running.
    RING = 16 << 20,
};

// --- Opening ---

// What is done inside the namespace, and what failed there.
struct opening {
    struct nlu_captap *tap;
    const struct nlu_capture_tap *spec;
    struct nlu_captap_ring *ring;
    const char *step;
};

static int attach(int fd, const struct nlu_bpf *program) {
    struct sock_fprog prog = {(unsigned short)program->count,
                              (struct sock_filter *)(uintptr_t)program->insns};
    _Static_assert(sizeof(struct sock_filter) == sizeof(struct nlu_bpf_insn), "one layout");
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog) < 0 ? -errno : 0;
}

static int copy_program(const struct nlu_bpf *from, struct nlu_bpf *ret_to) {
    struct nlu_bpf_insn *insns = malloc(from->count * sizeof *insns);

    if (!insns)
        return -ENOMEM;
    memcpy(insns, from->insns, from->count * sizeof *insns);
    *ret_to = (struct nlu_bpf){insns, from->count};
    return 0;
}

// What the kernel runs on every packet: the filter for the link type; for "any", both with the
// choice before them; without a filter, what cuts packets at snaplen.
static int make_kernel_program(struct nlu_captap *tap, const struct nlu_capture_tap *spec) {
    struct nlu_bpf_insn joined[NLU_BPF_MAX];

    if (!spec->ether.insns || spec->filter_here) {
        const struct nlu_bpf_insn cut = {BPF_RET | BPF_K, 0, 0, tap->snaplen};
        if (tap->snaplen == NLU_CAPTURE_SNAPLEN || spec->filter_here)
            return 0;
        return copy_program(&(struct nlu_bpf){&cut, 1}, &tap->kernel);
    }
    if (tap->linktype)
        return copy_program(tap->linktype == NLU_LINKTYPE_ETHERNET ? &spec->ether : &spec->raw,
                            &tap->kernel);
    int count = nlu_bpf_by_hardware(&spec->ether, &spec->raw, joined, NLU_COUNT(joined));
    if (count < 0)
        return count;
    return copy_program(&(struct nlu_bpf){joined, (size_t)count}, &tap->kernel);
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

// A packet socket that is bound to nothing yet (protocol 0). Where there is no Ethernet, there is
// no one way a link-level header looks, and the kernel takes it off.
static int packet_socket(int linktype) {
    int type = linktype == NLU_LINKTYPE_RAW ? SOCK_DGRAM : SOCK_RAW;
    return socket(AF_PACKET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int bind_to(int fd, int ifindex) {
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
    return bind(fd, (struct sockaddr *)&to, sizeof to) < 0 ? -errno : 0;
}

// Joins a group of sockets among which the kernel deals out the packets of an interface, each to
// one: the socket that a program chooses, or, when that is full, another one. Without a program
// that is the first of the group.
static int join_group(int fd, int group) {
    int arg = (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_ROLLOVER) << 16;

    arg |= group < 0 ? PACKET_FANOUT_FLAG_UNIQUEID << 16 : group;
    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &arg, sizeof arg) < 0 ? -errno : 0;
}

static int group_of(int fd) {
    int value = 0;
    socklen_t size = sizeof value;

    if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, &size) < 0 || !value)
        return -1;
    return value & 0xffff;
}

// A packet socket that sees everything from the moment of its bind on, and nothing before.
static int open_plain(void *arg) {
    struct opening *o = arg;
    struct nlu_captap *tap = o->tap;
    const int on = 1, stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    int rc;

    o->step = "socket";
    NLU_AUTO_FD int fd = packet_socket(NLU_LINKTYPE_ETHERNET);
    if (fd < 0)
        return -errno;
    if (o->spec->ifname) {
        o->step = "interface";
        rc = ask_interface(fd, o->spec->ifname, &tap->ifindex, &tap->linktype);
        if (rc < 0)
            return rc;
    }
    if (tap->linktype == NLU_LINKTYPE_RAW) {
        o->step = "socket";
        nlu_close(&fd);
        fd = packet_socket(NLU_LINKTYPE_RAW);
        if (fd < 0)
            return -errno;
    }
    ask_buffer(fd, o->spec->buffer ? o->spec->buffer : BUFFER);
    o->step = "timestamps";
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps) < 0)
        return -errno;
    o->step = "auxiliary data";
    if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) < 0)
        return -errno;
    o->step = "filter";
    rc = make_kernel_program(tap, o->spec);
    if (rc == 0 && tap->kernel.insns)
        rc = attach(fd, &tap->kernel);
    if (rc < 0)
        return rc;
    if (o->spec->promisc && tap->ifindex) {
        struct packet_mreq all = {.mr_ifindex = tap->ifindex, .mr_type = PACKET_MR_PROMISC};
        o->step = "promiscuous mode";
        if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0)
            return -errno;
    }
    o->step = "bind";
    rc = bind_to(fd, tap->ifindex);
    if (rc < 0)
        return rc;
    // For a ring to take over without a gap. Before Linux 6.13 an interface that is down has no
    // groups (EINVAL): such a capture does without.
    if (join_group(fd, -1) == 0)
        tap->group = group_of(fd);
    tap->plain.last_ns = nlu_clock_real();
    tap->plain.fd = nlu_steal_fd(&fd);
    return 0;
}

int nlu_captap_open(struct nlu_captap *tap, const struct nlu_capture_tap *spec, uint16_t index,
                    struct nlu_err *err) {
    struct opening o = {.tap = tap, .spec = spec, .step = ""};
    const char *where = spec->ifname ? spec->ifname : "any";
    int rc = 0;

    tap->index = index;
    tap->snaplen = spec->snaplen ? spec->snaplen : NLU_CAPTURE_SNAPLEN;
    tap->ring_size = spec->buffer ? spec->buffer : RING;
    if (spec->ether.insns && (nlu_bpf_check(&spec->ether) < 0 || nlu_bpf_check(&spec->raw) < 0))
        return nlu_err_set(err, EINVAL, "capture", "%s: malformed filter program", where);
    if (spec->ether.insns && spec->filter_here) {
        tap->filter_here = true;
        rc = copy_program(&spec->ether, &tap->ether);
        if (rc == 0)
            rc = copy_program(&spec->raw, &tap->raw);
    }
    if (rc < 0)
        return nlu_err_set(err, -rc, "capture", "%s", where);
    err->errnum = 0;
    rc = spec->netns < 0 ? open_plain(&o) : nlu_netns_run(spec->netns, open_plain, &o, err);
    if (rc == 0)
        return 0;
    if (err->errnum) // entering the namespace failed
        return nlu_err_about(err, "capture", "%s", where);
    // The interface's name says enough when it is the interface that is missing.
    if (rc == -ENODEV)
        return nlu_err_set(err, ENODEV, "capture", "%s", where);
    return nlu_err_set(err, -rc, "capture", "%s (%s)", where, o.step);
}

void nlu_captap_init(struct nlu_captap *tap) {
    *tap = (struct nlu_captap){.plain.fd = NLU_NO_FD, .ring.fd = NLU_NO_FD, .group = -1};
}

void nlu_captap_close(struct nlu_captap *tap) {
    nlu_capring_close(&tap->buffer);
    free((void *)(uintptr_t)tap->kernel.insns);
    free((void *)(uintptr_t)tap->ether.insns);
    free((void *)(uintptr_t)tap->raw.insns);
    nlu_captap_init(tap);
}

// --- The ring that takes over ---

static int open_ring(void *arg) {
    static const struct nlu_bpf_insn drop = {BPF_RET | BPF_K, 0, 0, 0};
    struct opening *o = arg;
    struct nlu_captap_ring *ring = o->ring;

    NLU_AUTO_FD int fd = packet_socket(o->tap->linktype);
    if (fd < 0)
        return -errno;
    int rc = nlu_capring_open(&ring->buffer, fd, o->tap->ring_size);
    // Between its bind and its joining it sees what the first socket sees: nothing passes yet.
    if (rc == 0)
        rc = attach(fd, &(struct nlu_bpf){&drop, 1});
    if (rc == 0)
        rc = bind_to(fd, o->tap->ifindex);
    if (rc == 0)
        rc = join_group(fd, o->tap->group);
    // A processor may still be at giving it, as a socket by itself, what the group has had already:
    // a grace period later none is. (Where the kernel refuses it, for lack of system call or with
    // processors of one task, EINVAL, a packet may now and then be there twice.)
    if (rc == 0)
        (void)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
    if (rc < 0) {
        nlu_capring_close(&ring->buffer);
        return rc;
    }
    ring->fd = nlu_steal_fd(&fd);
    return 0;
}

int nlu_captap_prepare_ring(struct nlu_captap *tap, struct nlu_captap_ring *ret_ring) {
    struct opening o = {.tap = tap, .ring = ret_ring};
    struct nlu_err err;
    // The namespace of the socket; whoever opened the capture may have closed theirs.
    NLU_AUTO_FD int netns = ioctl(tap->plain.fd, SIOCGSKNS);

    *ret_ring = (struct nlu_captap_ring){.fd = NLU_NO_FD};
    if (netns < 0)
        return -errno;
    return nlu_netns_run(netns, open_ring, &o, &err);
}

// How many packets the group gave to another socket because the chosen one was full.
static uint64_t rolled_over(int fd) {
    struct tpacket_rollover_stats stats = {0};
    socklen_t size = sizeof stats;

    (void)getsockopt(fd, SOL_PACKET, PACKET_ROLLOVER_STATS, &stats, &size);
    return stats.tp_all;
}

int nlu_captap_take_ring(struct nlu_captap *tap, const struct nlu_captap_ring *ring) {
    // Which of the group gets a packet: always the second.
    struct sock_filter second = {BPF_RET | BPF_K, 0, 0, 1};
    struct sock_fprog choice = {1, &second};
    const int none = 0;
    int rc = 0;

    // Up to now the ring got what the first has no room for, and dropped that by its filter: lost
    // like any other packet there was no room for.
    uint64_t lost = rolled_over(tap->plain.fd);
    if (tap->kernel.insns)
        rc = attach(ring->fd, &tap->kernel);
    else if (setsockopt(ring->fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) < 0)
        rc = -errno;
    tap->plain.received += lost;
    tap->plain.dropped += lost;
    if (rc == 0 &&
        setsockopt(tap->plain.fd, SOL_PACKET, PACKET_FANOUT_DATA, &choice, sizeof choice) < 0)
        rc = -errno;
    // From here on the kernel gives every packet to the ring; the first socket has what is in it.
    tap->ring.fd = ring->fd;
    tap->buffer = ring->buffer;
    return rc;
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
    const size_t addresses = (size_t)2 * ETH_ALEN;
    if (*caplen < addresses)
        return bytes;
    const uint16_t tag[2] = {htons(tpid), htons(tci)};
    memmove(bytes - TAG, bytes, addresses);
    memcpy(bytes - TAG + addresses, tag, sizeof tag);
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

static int keep(struct nlu_captap *tap, struct nlu_capstore *store, struct arrival *a) {
    bool ether = a->hatype == ARPHRD_ETHER || a->hatype == ARPHRD_LOOPBACK;

    // What loopback sends comes in again as the same packet.
    if (a->hatype == ARPHRD_LOOPBACK && a->pkttype == PACKET_OUTGOING)
        return 0;
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
            return 0;
    }
    if (a->caplen > tap->snaplen)
        a->caplen = tap->snaplen;
    struct nlu_capture_packet packet = {
        .ts_ns = a->ts_ns,
        .caplen = a->caplen,
        .wirelen = a->wirelen,
        .tap = tap->index,
        .direction = a->pkttype == PACKET_OUTGOING ? NLU_CAPTURE_OUT : NLU_CAPTURE_IN,
        .linktype = ether ? NLU_LINKTYPE_ETHERNET : NLU_LINKTYPE_RAW,
        .ifindex = a->ifindex,
        .bytes = a->bytes,
    };
    return nlu_capstore_add(store, &packet);
}

// Empties the plain socket up to what came at `until` (CLOCK_REALTIME), so that it ends under load
// too.
static int drain_plain(struct nlu_captap *tap, struct nlu_capslots *slots,
                       struct nlu_capstore *store, int64_t until) {
    struct mmsghdr messages[NLU_CAPSLOTS];
    struct envelope envelopes[NLU_CAPSLOTS];
    struct sides sides;
    bool late = false;
    int count, rc = 0;

    do {
        for (size_t i = 0; i < NLU_CAPSLOTS; i++) {
            envelopes[i].iov =
                (struct iovec){slots->bytes + i * slots->size + TAG, slots->size - TAG};
            messages[i].msg_hdr = (struct msghdr){.msg_name = &envelopes[i].from,
                                                  .msg_namelen = sizeof envelopes[i].from,
                                                  .msg_iov = &envelopes[i].iov,
                                                  .msg_iovlen = 1,
                                                  .msg_control = &envelopes[i].control,
                                                  .msg_controllen = sizeof envelopes[i].control};
        }
        count = recvmmsg(tap->plain.fd, messages, NLU_CAPSLOTS, MSG_DONTWAIT, NULL);
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
                a.ts_ns = tap->plain.last_ns;
            tap->plain.last_ns = a.ts_ns;
            tap->plain.taken++;
            if (keep(tap, store, &a) < 0)
                rc = -ENOMEM;
            late = a.ts_ns > until;
        }
    } while (!late && (count == NLU_CAPSLOTS || (count < 0 && errno == ENETDOWN)));
    return rc;
}

static int keep_from_ring(struct nlu_captap *tap, struct nlu_capstore *store,
                          struct tpacket3_hdr *h) {
    const struct sockaddr_ll *from = (void *)((uint8_t *)h + TPACKET_ALIGN(sizeof *h));
    struct arrival a = {
        .bytes = (uint8_t *)h + h->tp_mac,
        .caplen = h->tp_snaplen,
        .wirelen = h->tp_len,
        .network = h->tp_net > h->tp_mac ? (uint32_t)h->tp_net - h->tp_mac : 0,
        .ts_ns = h->tp_sec * NLU_SECOND + h->tp_nsec,
        .ifindex = from->sll_ifindex,
        .hatype = from->sll_hatype,
        .pkttype = from->sll_pkttype,
        .tagged = h->tp_status & TP_STATUS_VLAN_VALID,
        .tpid = h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->hv1.tp_vlan_tpid : ETH_P_8021Q,
        .tci = (uint16_t)h->hv1.tp_vlan_tci,
    };

    tap->ring.taken++;
    return keep(tap, store, &a);
}

// Takes the blocks that are handed over, but not more than the ring holds: it ends under load too.
static int drain_ring(struct nlu_captap *tap, struct nlu_capstore *store) {
    struct tpacket3_hdr *packet;
    unsigned count;
    int rc = 0;

    for (unsigned i = 0; i < tap->buffer.count; i++) {
        packet = nlu_capring_block(&tap->buffer, &count);
        if (!packet)
            break;
        for (; count; count--, packet = nlu_capring_packet_after(packet)) {
            if (keep_from_ring(tap, store, packet) < 0)
                rc = -ENOMEM;
        }
        nlu_capring_done(&tap->buffer);
    }
    return rc;
}

int nlu_captap_drain(struct nlu_captap *tap, struct nlu_capslots *slots, struct nlu_capstore *store,
                     int64_t until) {
    int rc = drain_plain(tap, slots, store, until);

    if (tap->ring.fd >= 0 && drain_ring(tap, store) < 0)
        rc = -ENOMEM;
    return rc;
}

// --- Counting ---

static int count_lane(struct nlu_caplane *lane) {
    struct tpacket_stats stats;
    socklen_t size = sizeof stats;

    // Reading sets the kernel's counters to zero; tp_packets includes the dropped ones.
    if (getsockopt(lane->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
        return -errno;
    lane->received += stats.tp_packets;
    lane->dropped += stats.tp_drops;
    return 0;
}

int nlu_captap_count(struct nlu_captap *tap) {
    int rc = count_lane(&tap->plain);

    if (rc == 0 && tap->ring.fd >= 0)
        rc = count_lane(&tap->ring);
    return rc;
}
