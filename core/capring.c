#include "capring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
    // More than any packet, super-packets of segmentation offload (64 KiB) included; larger ones
    // (BIG TCP) are cut here.
    BLOCK = 256 << 10,
    FRAME = 2048, // says nothing with TPACKET_V3, but is checked
    RETIRE = 1, // milliseconds until a block that is not full is handed over; the least there is
    FEWEST = 4,
    MOST = 4096, // 1 GiB
};

int nlu_capring_open(struct nlu_capring *ret_ring, int fd, size_t bytes) {
    const int version = TPACKET_V3, headroom = NLU_CAPRING_HEADROOM;
    size_t count = bytes / BLOCK;
    count = count < FEWEST ? FEWEST : count > MOST ? MOST : count;
    struct tpacket_req3 req = {
        .tp_block_size = BLOCK,
        .tp_block_nr = (unsigned)count,
        .tp_frame_size = FRAME,
        .tp_frame_nr = (unsigned)(count * (BLOCK / FRAME)),
        .tp_retire_blk_tov = RETIRE,
    };

    if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_RESERVE, &headroom, sizeof headroom) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req) < 0)
        return -errno;
    struct nlu_capring ring = {.size = count * BLOCK, .count = (unsigned)count};
    ring.map = mmap(NULL, ring.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (ring.map == MAP_FAILED)
        return -errno;
    *ret_ring = ring;
    return 0;
}

static struct tpacket_block_desc *block(const struct nlu_capring *ring) {
    return (void *)(ring->map + (size_t)ring->next * BLOCK);
}

struct tpacket3_hdr *nlu_capring_block(struct nlu_capring *ring, unsigned *ret_count) {
    struct tpacket_block_desc *b = block(ring);

    // The kernel writes the status last.
    if (!(__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
        return NULL;
    *ret_count = b->hdr.bh1.num_pkts;
    return (void *)((uint8_t *)b + b->hdr.bh1.offset_to_first_pkt);
}

struct tpacket3_hdr *nlu_capring_packet_after(struct tpacket3_hdr *packet) {
    return (void *)((uint8_t *)packet + packet->tp_next_offset);
}

void nlu_capring_done(struct nlu_capring *ring) {
    __atomic_store_n(&block(ring)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    ring->next = (ring->next + 1) % ring->count;
}

void nlu_capring_close(struct nlu_capring *ring) {
    if (ring->map)
        munmap(ring->map, ring->size);
    *ring = (struct nlu_capring){0};
}
