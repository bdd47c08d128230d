// A packet socket's ring buffer in memory that the kernel and we share (TPACKET_V3): the cheapest
// way to take many packets. Opening one waits for an RCU grace period (8 to 24 ms), and a block of
// it is handed over when it is full or a millisecond old.
// See Documentation/networking/packet_mmap.rst of the kernel.
#ifndef NLU_CAPRING_H
#define NLU_CAPRING_H

#include "util.h"

#include <linux/if_packet.h>

struct nlu_capring {
    uint8_t *map; // NULL: no ring
    size_t size;
    unsigned next, count; // blocks
};

// Room in front of every packet, for a VLAN tag that is put back.
enum { NLU_CAPRING_HEADROOM = 4 };

// Makes a ring of about `bytes` for a packet socket that is not bound yet. 0 or -errno; nothing is
// left of a failed attempt.
NLU_CHECKED int nlu_capring_open(struct nlu_capring *ret_ring, int fd, size_t bytes);

// The next block that the kernel has handed over: its first packet and their number; NULL when
// there is none. The packets follow one another with nlu_capring_packet_after.
struct tpacket3_hdr *nlu_capring_block(struct nlu_capring *ring, unsigned *ret_count);
struct tpacket3_hdr *nlu_capring_packet_after(struct tpacket3_hdr *packet);

// Gives the block back that nlu_capring_block gave last.
void nlu_capring_done(struct nlu_capring *ring);

// Unmaps it; the socket is the caller's.
void nlu_capring_close(struct nlu_capring *ring);

#endif
