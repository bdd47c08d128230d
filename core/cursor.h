// Reading and writing packet bytes with every access checked, and the internet checksum. Pure.
#ifndef NLU_CURSOR_H
#define NLU_CURSOR_H

#include "util.h"

// Reads from p up to end. A read past the end gives zeros and sets `truncated` for good, so a
// parser may read a whole header and ask once.
struct nlu_cursor {
    const uint8_t *p, *end;
    bool truncated;
};

struct nlu_cursor nlu_cursor_over(const void *bytes, size_t size);
size_t nlu_cursor_left(const struct nlu_cursor *c);
uint8_t nlu_read_u8(struct nlu_cursor *c);
uint16_t nlu_read_be16(struct nlu_cursor *c);
uint32_t nlu_read_be24(struct nlu_cursor *c);
uint32_t nlu_read_be32(struct nlu_cursor *c);
uint64_t nlu_read_be64(struct nlu_cursor *c);
// Little-endian reads, for pcap and pcapng files.
uint16_t nlu_read_le16(struct nlu_cursor *c);
uint32_t nlu_read_le32(struct nlu_cursor *c);
void nlu_read_bytes(struct nlu_cursor *c, void *ret_bytes, size_t size);
// Returns where the next `size` bytes stand, or NULL (and truncated) when they are not all there.
const uint8_t *nlu_read_span(struct nlu_cursor *c, size_t size);
void nlu_read_skip(struct nlu_cursor *c, size_t size);
// A cursor over the next min(size, left) bytes, which are skipped here; it is born truncated when
// there are fewer than size.
struct nlu_cursor nlu_cursor_sub(struct nlu_cursor *c, size_t size);

// Writes into buf[0..cap). A write past the end changes nothing and sets `overflow` for good.
struct nlu_writer {
    uint8_t *buf;
    size_t cap, len;
    bool overflow;
};

struct nlu_writer nlu_writer_into(void *buf, size_t cap);
void nlu_write_u8(struct nlu_writer *w, uint8_t value);
void nlu_write_be16(struct nlu_writer *w, uint16_t value);
void nlu_write_be24(struct nlu_writer *w, uint32_t value);
void nlu_write_be32(struct nlu_writer *w, uint32_t value);
void nlu_write_be64(struct nlu_writer *w, uint64_t value);
void nlu_write_le16(struct nlu_writer *w, uint16_t value);
void nlu_write_le32(struct nlu_writer *w, uint32_t value);
void nlu_write_bytes(struct nlu_writer *w, const void *bytes, size_t size);
// Overwrites two bytes already written, for lengths and checksums known only later.
void nlu_write_patch_be16(struct nlu_writer *w, size_t at, uint16_t value);

// RFC 1071: the folded, not complemented, one's-complement sum of bytes, added to `sum` (0 to
// start). Parts may be summed one after another when all but the last have even length.
uint32_t nlu_checksum_add(uint32_t sum, const void *bytes, size_t size);
// The 16 bits that go into a header (host order: write them with nlu_write_be16).
uint16_t nlu_checksum_finish(uint32_t sum);
// The pseudo header's part of the sum: RFC 9293 (IPv4, size 4) or RFC 8200 section 8.1 (IPv6, size
// 16).
uint32_t nlu_checksum_pseudo(const void *src, const void *dst, size_t size, uint8_t protocol,
                             uint32_t length);

#endif
