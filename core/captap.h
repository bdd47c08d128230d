// One place that a capture listens at: a plain packet socket, which is there at once and delivers
// at once, and a ring that takes over from it, without a packet lost or doubled, where traffic is
// heavy.
#ifndef NLU_CAPTAP_H
#define NLU_CAPTAP_H

#include "capring.h"
#include "capstore.h"
#include "capture.h"

// A socket of a tap and what went through it.
struct nlu_caplane {
    int fd; // owned by the capture's reaper
    uint64_t received, dropped, taken; // as of the last nlu_captap_count; taken is exact
    int64_t last_ns; // time of its latest packet; at first, when it was opened
};

struct nlu_captap {
    uint16_t index; // among the capture's
    int ifindex; // 0: any
    int linktype; // 0: any
    uint32_t snaplen;
    size_t ring_size;
    int group; // of the sockets that share the packets; -1: none, and no ring possible
    struct nlu_bpf kernel; // what the kernel runs; insns NULL: nothing
    bool filter_here;
    struct nlu_bpf ether, raw; // when filter_here
    struct nlu_caplane plain;
    struct nlu_caplane ring; // fd -1: no ring yet
    struct nlu_capring buffer;
    // The capture's: whether it is worth a ring.
    bool heavy;
    uint64_t looked_at; // plain.taken at the last look
};

enum { NLU_CAPSLOTS = 32 }; // messages a recvmmsg: worth the system call, and fit the cache

// Where messages are received to; shared by all taps of a capture.
struct nlu_capslots {
    uint8_t *bytes;
    size_t size; // of each of NLU_CAPSLOTS
};

void nlu_captap_init(struct nlu_captap *tap);

// Opens the plain socket. The descriptor is the caller's to close, also after a failure.
NLU_CHECKED int nlu_captap_open(struct nlu_captap *tap, const struct nlu_capture_tap *spec,
                                uint16_t index, struct nlu_err *err);

// A ring that is ready and gets no packets yet.
struct nlu_captap_ring {
    int fd;
    struct nlu_capring buffer;
};

// Makes one, which takes as long as two of the kernel's grace periods; reads only what of the tap
// never changes. 0 or -errno.
NLU_CHECKED int nlu_captap_prepare_ring(struct nlu_captap *tap, struct nlu_captap_ring *ret_ring);

// Lets it take over from the plain socket. It is the tap's from then on, also after a failure.
NLU_CHECKED int nlu_captap_take_ring(struct nlu_captap *tap, const struct nlu_captap_ring *ring);

// Moves what the kernel has for us to the store, up to what came at `until`. 0 or -ENOMEM.
NLU_CHECKED int nlu_captap_drain(struct nlu_captap *tap, struct nlu_capslots *slots,
                                 struct nlu_capstore *store, int64_t until);

// Brings the counters up to date. 0 or -errno.
NLU_CHECKED int nlu_captap_count(struct nlu_captap *tap);

// Frees all but the descriptors.
void nlu_captap_close(struct nlu_captap *tap);

#endif
