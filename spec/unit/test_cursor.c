// Every read and write checked, at each size and each distance from the end; checksums against the
// definition.
#include "check.h"
#include "cursor.h"

#include <stdlib.h>

// Reads `size` bytes big-endian by what the header says they are.
static uint64_t read_by_size(struct nlu_cursor *c, size_t size) {
    switch (size) {
    case 1:
        return nlu_read_u8(c);
    case 2:
        return nlu_read_be16(c);
    case 3:
        return nlu_read_be24(c);
    case 4:
        return nlu_read_be32(c);
    default:
        return nlu_read_be64(c);
    }
}

static void test_reads(void) {
    static const size_t sizes[] = {1, 2, 3, 4, 8};

    for (size_t length = 0; length <= 9; length++)
        for (size_t i = 0; i < NLU_COUNT(sizes); i++) {
            // Exactly as long as it says: a sanitizer sees one byte too many.
            uint8_t *bytes = malloc(length ? length : 1);
            uint64_t want = 0;
            for (size_t at = 0; at < length; at++)
                bytes[at] = (uint8_t)(0xf0 + at);
            for (size_t at = 0; at < sizes[i] && at < length; at++)
                want = want << 8 | bytes[at];
            struct nlu_cursor c = nlu_cursor_over(bytes, length);
            bool fits = length >= sizes[i];
            CHECK_INT(read_by_size(&c, sizes[i]), fits ? (long long)want : 0);
            CHECK_INT(c.truncated, !fits);
            // What was too short is used up: nothing is read from the middle of it.
            CHECK_INT(nlu_cursor_left(&c), fits ? length - sizes[i] : 0);
            if (!fits) {
                CHECK_INT(nlu_read_u8(&c), 0);
                CHECK(c.truncated);
            }
            free(bytes);
        }
}

static void test_little_endian(void) {
    struct nlu_cursor c = nlu_cursor_over("\x01\x02\x03\x04\x05\x06\xff", 7);

    CHECK_INT(nlu_read_le16(&c), 0x0201);
    CHECK_INT(nlu_read_le32(&c), 0x06050403);
    CHECK_INT(nlu_read_le16(&c), 0);
    CHECK(c.truncated);
    CHECK_INT(nlu_read_le32(&c), 0);
}

static void test_spans(void) {
    uint8_t out[4] = {9, 9, 9, 9};
    const char *bytes = "abcdef";
    struct nlu_cursor c = nlu_cursor_over(bytes, 6);

    CHECK(nlu_read_span(&c, 0) == (const uint8_t *)bytes);
    CHECK(nlu_read_span(&c, 2) == (const uint8_t *)bytes);
    nlu_read_bytes(&c, out, 3);
    CHECK(memcmp(out, "cde\x09", 4) == 0);
    nlu_read_bytes(&c, out, 0);
    CHECK(!c.truncated);
    nlu_read_bytes(&c, out, 2); // one left: zeros, not half of it
    CHECK(memcmp(out, "\0\0e\x09", 4) == 0);
    CHECK(c.truncated);
    CHECK(nlu_read_span(&c, 1) == NULL);
    c = nlu_cursor_over(bytes, 6);
    CHECK(nlu_read_span(&c, SIZE_MAX) == NULL);
    c = nlu_cursor_over(bytes, 6);
    nlu_read_skip(&c, 6);
    CHECK(!c.truncated && nlu_cursor_left(&c) == 0);
    nlu_read_skip(&c, 0);
    CHECK(!c.truncated);
    nlu_read_skip(&c, 1);
    CHECK(c.truncated);
    // Nothing at all, without an address.
    c = nlu_cursor_over(NULL, 0);
    CHECK_INT(nlu_cursor_left(&c), 0);
    (void)nlu_read_span(&c, 0);
    nlu_read_bytes(&c, out, 0);
    CHECK(!c.truncated);
    CHECK_INT(nlu_read_be16(&c), 0);
    CHECK(c.truncated);
}

static void test_sub(void) {
    for (size_t length = 0; length < 6; length++)
        for (size_t size = 0; size < 8; size++) {
            struct nlu_cursor c = nlu_cursor_over("abcdef", length);
            struct nlu_cursor sub = nlu_cursor_sub(&c, size);
            size_t got = size < length ? size : length;
            CHECK_INT(nlu_cursor_left(&sub), got);
            CHECK_INT(sub.truncated, size > length);
            CHECK_INT(c.truncated, size > length);
            CHECK_INT(nlu_cursor_left(&c), length - got);
        }
}

static void test_writes(void) {
    uint8_t buf[32];

    memset(buf, 0xee, sizeof buf);
    struct nlu_writer w = nlu_writer_into(buf, 28);
    nlu_write_u8(&w, 0x01);
    nlu_write_be16(&w, 0x0203);
    nlu_write_be24(&w, 0x040506);
    nlu_write_be32(&w, 0x0708090a);
    nlu_write_be64(&w, 0x0b0c0d0e0f101112);
    nlu_write_le16(&w, 0x1413);
    nlu_write_le32(&w, 0x18171615);
    nlu_write_bytes(&w, "\x19\x1a\x1b", 3);
    nlu_write_bytes(&w, NULL, 0);
    CHECK_INT(w.len, 27);
    for (size_t i = 0; i < w.len; i++)
        CHECK_INT(buf[i], i + 1);
    CHECK(!w.overflow);
    nlu_write_be16(&w, 0xffff); // one byte of room: not half of it either
    CHECK(w.overflow);
    CHECK_INT(w.len, 27);
    CHECK_INT(buf[27], 0xee);
    nlu_write_u8(&w, 0xff); // it would fit, but what was written has a hole
    CHECK_INT(w.len, 27);
    CHECK_INT(buf[27], 0xee);
    CHECK_INT(buf[28], 0xee);
}

static void test_patch(void) {
    uint8_t buf[6] = {0};

    for (size_t written = 0; written <= 4; written++)
        for (size_t at = 0; at < 6; at++) {
            struct nlu_writer w = nlu_writer_into(buf, 4);
            memset(buf, 0xee, sizeof buf);
            for (size_t i = 0; i < written; i++)
                nlu_write_u8(&w, 0);
            nlu_write_patch_be16(&w, at, 0x1234);
            bool fits = at + 2 <= written;
            CHECK_INT(w.overflow, !fits);
            CHECK_INT(w.len, written);
            for (size_t i = 0; i < sizeof buf; i++)
                CHECK_INT(buf[i], fits && i == at       ? 0x12
                                  : fits && i == at + 1 ? 0x34
                                  : i < written         ? 0
                                                        : 0xee);
        }
    struct nlu_writer w = nlu_writer_into(buf, 4);
    nlu_write_be32(&w, 0);
    nlu_write_patch_be16(&w, SIZE_MAX, 1);
    CHECK(w.overflow);
    w = nlu_writer_into(NULL, 0);
    nlu_write_u8(&w, 1);
    CHECK(w.overflow && w.len == 0);
}

// RFC 1071 section 1, done the long way.
static uint16_t slow_checksum(const uint8_t *bytes, size_t size) {
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void test_checksum(void) {
    enum { SIZE = 300 };
    uint8_t bytes[SIZE + 8];

    // The example of RFC 1071 section 3.
    CHECK_INT(nlu_checksum_add(0, "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8), 0xddf2);
    CHECK_INT(nlu_checksum_finish(0xddf2), 0x220d);
    CHECK_INT(nlu_checksum_finish(nlu_checksum_add(0, "", 0)), 0xffff);
    // All values of a byte, at every length and every start, odd ones too.
    for (int value = 0; value < 256; value++) {
        memset(bytes, value, sizeof bytes);
        for (size_t start = 0; start < 4; start++)
            for (size_t size = 0; size < 12; size++)
                if (nlu_checksum_finish(nlu_checksum_add(0, bytes + start, size)) !=
                    slow_checksum(bytes + start, size))
                    CHECK_INT(value, -1);
    }
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof bytes; i++) {
        seed = seed * 1103515245 + 12345;
        bytes[i] = (uint8_t)(seed >> 16);
    }
    for (size_t start = 0; start < 8; start++)
        for (size_t size = 0; size <= SIZE; size++) {
            uint16_t want = slow_checksum(bytes + start, size);
            CHECK_INT(nlu_checksum_finish(nlu_checksum_add(0, bytes + start, size)), want);
            // In two parts, the first of even length.
            size_t first = size / 3 * 2;
            uint32_t sum = nlu_checksum_add(0, bytes + start, first);
            sum = nlu_checksum_add(sum, bytes + start + first, size - first);
            CHECK_INT(nlu_checksum_finish(sum), want);
        }
    // What is verified includes its own checksum: the sum is then 0xffff.
    for (size_t size = 2; size <= SIZE; size += 2) {
        uint16_t sum;
        bytes[0] = bytes[1] = 0;
        sum = nlu_checksum_finish(nlu_checksum_add(0, bytes, size));
        bytes[0] = (uint8_t)(sum >> 8);
        bytes[1] = (uint8_t)sum;
        CHECK_INT(nlu_checksum_finish(nlu_checksum_add(0, bytes, size)), 0);
    }
    // The largest packet there is, all ones: no carry may get lost.
    uint8_t *large = malloc(65535);
    memset(large, 0xff, 65535);
    CHECK_INT(nlu_checksum_finish(nlu_checksum_add(0, large, 65535)), slow_checksum(large, 65535));
    free(large);
}

static void test_pseudo(void) {
    // An UDP datagram 192.0.2.1:1 -> 192.0.2.2:2 with "hi", as a pseudo header in bytes.
    uint8_t v4[12] = {192, 0, 2, 1, 192, 0, 2, 2, 0, 17, 0, 10};
    uint8_t v6[40] = {0x20, 0x01, 0x0d, 0xb8};

    CHECK_INT(nlu_checksum_finish(nlu_checksum_pseudo(v4, v4 + 4, 4, 17, 10)),
              slow_checksum(v4, sizeof v4));
    v6[15] = 1;
    memcpy(v6 + 16, v6, 16);
    v6[31] = 2;
    v6[33] = 0x02; // a jumbo's length has more than 16 bits
    v6[34] = 0x12;
    v6[35] = 0x34;
    v6[39] = 58;
    CHECK_INT(nlu_checksum_finish(nlu_checksum_pseudo(v6, v6 + 16, 16, 58, 0x021234)),
              slow_checksum(v6, sizeof v6));
}

int main(void) {
    test_reads();
    test_little_endian();
    test_spans();
    test_sub();
    test_writes();
    test_patch();
    test_checksum();
    test_pseudo();
    return check_result();
}
