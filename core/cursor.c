#include "cursor.h"

#include <string.h>

struct nlu_cursor nlu_cursor_over(const void *bytes, size_t size) {
    const uint8_t *p = bytes;
    return (struct nlu_cursor){.p = p, .end = size ? p + size : p};
}

size_t nlu_cursor_left(const struct nlu_cursor *c) {
    return (size_t)(c->end - c->p);
}

const uint8_t *nlu_read_span(struct nlu_cursor *c, size_t size) {
    if (nlu_cursor_left(c) < size) {
        // What is left is used up: later reads must not find bytes that this one should have had.
        c->p = c->end;
        c->truncated = true;
        return NULL;
    }
    const uint8_t *span = c->p;
    if (size)
        c->p += size;
    return span;
}

// Reads size bytes, most significant first, or 0.
static uint64_t read_be(struct nlu_cursor *c, size_t size) {
    const uint8_t *p = nlu_read_span(c, size);
    uint64_t value = 0;
    for (size_t i = 0; p && i < size; i++)
        value = value << 8 | p[i];
    return value;
}

static uint64_t read_le(struct nlu_cursor *c, size_t size) {
    const uint8_t *p = nlu_read_span(c, size);
    uint64_t value = 0;
    for (size_t i = size; p && i > 0; i--)
        value = value << 8 | p[i - 1];
    return value;
}

uint8_t nlu_read_u8(struct nlu_cursor *c) {
    return (uint8_t)read_be(c, 1);
}

uint16_t nlu_read_be16(struct nlu_cursor *c) {
    return (uint16_t)read_be(c, 2);
}

uint32_t nlu_read_be24(struct nlu_cursor *c) {
    return (uint32_t)read_be(c, 3);
}

uint32_t nlu_read_be32(struct nlu_cursor *c) {
    return (uint32_t)read_be(c, 4);
}

uint64_t nlu_read_be64(struct nlu_cursor *c) {
    return read_be(c, 8);
}

uint16_t nlu_read_le16(struct nlu_cursor *c) {
    return (uint16_t)read_le(c, 2);
}

uint32_t nlu_read_le32(struct nlu_cursor *c) {
    return (uint32_t)read_le(c, 4);
}

void nlu_read_bytes(struct nlu_cursor *c, void *ret_bytes, size_t size) {
    const uint8_t *span = nlu_read_span(c, size);
    if (span && size)
        memcpy(ret_bytes, span, size);
    else if (size)
        memset(ret_bytes, 0, size);
}

void nlu_read_skip(struct nlu_cursor *c, size_t size) {
    (void)nlu_read_span(c, size);
}

struct nlu_cursor nlu_cursor_sub(struct nlu_cursor *c, size_t size) {
    size_t left = nlu_cursor_left(c);
    struct nlu_cursor sub = nlu_cursor_over(c->p, size < left ? size : left);
    sub.truncated = size > left;
    nlu_read_skip(c, size);
    return sub;
}

struct nlu_writer nlu_writer_into(void *buf, size_t cap) {
    return (struct nlu_writer){.buf = buf, .cap = cap};
}

void nlu_write_bytes(struct nlu_writer *w, const void *bytes, size_t size) {
    if (w->overflow || w->cap - w->len < size) {
        w->overflow = true;
        return;
    }
    if (size)
        memcpy(w->buf + w->len, bytes, size);
    w->len += size;
}

static void write_be(struct nlu_writer *w, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    nlu_write_bytes(w, bytes, size);
}

static void write_le(struct nlu_writer *w, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    nlu_write_bytes(w, bytes, size);
}

void nlu_write_u8(struct nlu_writer *w, uint8_t value) {
    write_be(w, value, 1);
}

void nlu_write_be16(struct nlu_writer *w, uint16_t value) {
    write_be(w, value, 2);
}

void nlu_write_be24(struct nlu_writer *w, uint32_t value) {
    write_be(w, value, 3);
}

void nlu_write_be32(struct nlu_writer *w, uint32_t value) {
    write_be(w, value, 4);
}

void nlu_write_be64(struct nlu_writer *w, uint64_t value) {
    write_be(w, value, 8);
}

void nlu_write_le16(struct nlu_writer *w, uint16_t value) {
    write_le(w, value, 2);
}

void nlu_write_le32(struct nlu_writer *w, uint32_t value) {
    write_le(w, value, 4);
}

void nlu_write_patch_be16(struct nlu_writer *w, size_t at, uint16_t value) {
    if (w->len < 2 || at > w->len - 2) {
        w->overflow = true;
        return;
    }
    w->buf[at] = (uint8_t)(value >> 8);
    w->buf[at + 1] = (uint8_t)value;
}

uint32_t nlu_checksum_add(uint32_t sum, const void *bytes, size_t size) {
    const uint8_t *p = bytes;
    uint64_t total = sum;

    // 64 bits hold 2^48 words before they carry over: folding once at the end is enough.
    for (; size > 1; size -= 2, p += 2)
        total += (uint32_t)(p[0] << 8 | p[1]);
    if (size)
        total += (uint32_t)(p[0] << 8);
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint32_t)total;
}

uint16_t nlu_checksum_finish(uint32_t sum) {
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint32_t nlu_checksum_pseudo(const void *src, const void *dst, size_t size, uint8_t protocol,
                             uint32_t length) {
    uint32_t sum = nlu_checksum_add(0, src, size);
    sum = nlu_checksum_add(sum, dst, size);
    // One formula serves both: IPv4's 16-bit length has an upper half of zero.
    return nlu_checksum_add(sum + (length >> 16) + (length & 0xffff) + protocol, "", 0);
}
