// Capture files: what is written is read back, whatever the format; damage is found, and named by
// its offset.
#include "capfile.h"
#include "check.h"

#include <errno.h>
#include <stdlib.h>

// A pcap of two packets in each byte order and resolution, as others write it.
static size_t foreign_pcap(uint8_t *buf, size_t cap, bool big, bool nano) {
    struct nlu_writer w = nlu_writer_into(buf, cap);
    void (*put32)(struct nlu_writer *, uint32_t) = big ? nlu_write_be32 : nlu_write_le32;
    void (*put16)(struct nlu_writer *, uint16_t) = big ? nlu_write_be16 : nlu_write_le16;

    put32(&w, nano ? 0xa1b23c4d : 0xa1b2c3d4);
    put16(&w, 2);
    put16(&w, 4);
    put32(&w, 0);
    put32(&w, 0);
    put32(&w, 96);
    put32(&w, 1);
    for (uint32_t i = 0; i < 2; i++) {
        put32(&w, 1000 + i);
        put32(&w, 500);
        put32(&w, 3 + i);
        put32(&w, 60);
        nlu_write_bytes(&w, "abcd", 3 + i);
    }
    return w.len;
}

static void reads_pcap_of_every_kind(void) {
    uint8_t buf[256];

    for (int kind = 0; kind < 4; kind++) {
        bool big = kind & 1, nano = kind & 2;
        struct nlu_arena arena = {0};
        struct nlu_capfile file;
        struct nlu_err err;
        size_t size = foreign_pcap(buf, sizeof buf, big, nano);

        CHECK_INT(nlu_capfile_parse(buf, size, false, &arena, &file, &err), 0);
        CHECK_INT(file.format, NLU_CAPFILE_PCAP);
        CHECK_INT(file.iface_count, 1);
        CHECK_INT(file.ifaces[0].linktype, 1);
        CHECK_INT(file.ifaces[0].snaplen, 96);
        CHECK_INT(file.packet_count, 2);
        CHECK_INT(file.packets[1].ts_ns, 1001000000000 + (nano ? 500 : 500000));
        CHECK_INT(file.packets[1].caplen, 4);
        CHECK_INT(file.packets[1].wirelen, 60);
        CHECK(memcmp(file.packets[1].bytes, "abcd", 4) == 0);
        nlu_arena_free(&arena);
    }
}

static void names_the_offset_of_damage(void) {
    uint8_t buf[256];
    struct nlu_arena arena = {0};
    struct nlu_capfile file;
    struct nlu_err err;
    size_t size = foreign_pcap(buf, sizeof buf, false, false);

    CHECK_INT(nlu_capfile_parse(buf, size - 1, false, &arena, &file, &err), -EBADMSG);
    CHECK_STR(err.subject, "at byte 43: the file ends inside a packet");
    CHECK_INT(nlu_capfile_parse(buf, size - 1, true, &arena, &file, &err), 0);
    CHECK_INT(err.errnum, EBADMSG);
    CHECK_INT(file.packet_count, 1);
    CHECK_INT(nlu_capfile_parse(buf, 20, true, &arena, &file, &err), -EBADMSG);
    CHECK_INT(nlu_capfile_parse((const uint8_t *)"hello", 5, true, &arena, &file, &err), -EINVAL);
    CHECK_INT(nlu_capfile_parse((const uint8_t *)"", 0, true, &arena, &file, &err), -EINVAL);
    nlu_arena_free(&arena);
}

static struct nlu_capfile_iface two_ifaces[] = {
    {.linktype = 1, .name = "eth0", .node = "h1"},
    {.linktype = 101, .snaplen = 64, .name = "tun0"},
};
static struct nlu_capfile_packet three_packets[] = {
    {1700000000123456789, 0, 5, 60, (const uint8_t *)"hello", "a comment", NLU_CAPFILE_OUT},
    {1700000000123456790, 1, 4, 4, (const uint8_t *)"four", NULL, NLU_CAPFILE_IN},
    {0, 0, 0, 0, (const uint8_t *)"", NULL, NLU_CAPFILE_UNKNOWN},
};

static void writes_pcapng_and_reads_it_back(void) {
    struct nlu_capfile file = {NLU_CAPFILE_PCAPNG, two_ifaces, 2, three_packets, 3}, again;
    size_t size = nlu_capfile_size(&file, "netlua");
    uint8_t *buf = malloc(size);
    struct nlu_writer w = nlu_writer_into(buf, size);
    struct nlu_arena arena = {0};
    struct nlu_err err;

    CHECK_INT(nlu_capfile_encode(&file, "netlua", &w, &err), 0);
    CHECK_INT(w.len, size);
    CHECK_INT(nlu_capfile_parse(buf, size, false, &arena, &again, &err), 0);
    CHECK_INT(again.iface_count, 2);
    CHECK_STR(again.ifaces[0].name, "eth0");
    CHECK_STR(again.ifaces[0].node, "h1");
    CHECK_INT(again.ifaces[1].linktype, 101);
    CHECK_INT(again.ifaces[1].snaplen, 64);
    CHECK(!again.ifaces[1].node);
    CHECK_INT(again.packet_count, 3);
    CHECK_INT(again.packets[0].ts_ns, 1700000000123456789);
    CHECK_INT(again.packets[0].caplen, 5);
    CHECK_INT(again.packets[0].wirelen, 60);
    CHECK_STR(again.packets[0].comment, "a comment");
    CHECK_INT(again.packets[0].direction, NLU_CAPFILE_OUT);
    CHECK_INT(again.packets[1].iface, 1);
    CHECK_INT(again.packets[1].direction, NLU_CAPFILE_IN);
    CHECK(memcmp(again.packets[1].bytes, "four", 4) == 0);
    CHECK(!again.packets[1].comment);
    CHECK_INT(again.packets[2].caplen, 0);

    // Every shorter file is damaged or, cut between two blocks, shorter.
    for (size_t cut = 0; cut < size; cut++) {
        struct nlu_arena a = {0};
        uint8_t *copy = malloc(cut + 1); // of its own, so that sanitizers see the end
        memcpy(copy, buf, cut);
        int rc = nlu_capfile_parse(copy, cut, false, &a, &again, &err);
        CHECK(rc == -EBADMSG || rc == -EINVAL || (rc == 0 && cut % 4 == 0));
        CHECK(rc != 0 || again.packet_count < 3);
        nlu_arena_free(&a);
        free(copy);
    }
    nlu_arena_free(&arena);
    free(buf);
}

static void refuses_what_the_format_cannot_hold(void) {
    struct nlu_capfile file = {NLU_CAPFILE_PCAP, two_ifaces, 2, three_packets, 1};
    uint8_t buf[512];
    struct nlu_writer w = nlu_writer_into(buf, sizeof buf);
    struct nlu_err err;

    CHECK_INT(nlu_capfile_encode(&file, "netlua", &w, &err), -EINVAL);
    CHECK_STR(err.subject, "pcap holds one link type, and there are 1 and 101");
    file.iface_count = 0;
    CHECK_INT(nlu_capfile_encode(&file, "netlua", &w, &err), -EINVAL);
    file.iface_count = 1;
    struct nlu_writer tiny = nlu_writer_into(buf, 30);
    CHECK_INT(nlu_capfile_encode(&file, "netlua", &tiny, &err), -EMSGSIZE);
}

// A pcapng by somebody else: big-endian, milliseconds with an offset, blocks that are not known,
// options we have no use for, a simple packet, a second section.
static void reads_foreign_pcapng(void) {
    uint8_t buf[512];
    struct nlu_writer w = nlu_writer_into(buf, sizeof buf);
    struct nlu_arena arena = {0};
    struct nlu_capfile file;
    struct nlu_err err;

    nlu_write_be32(&w, 0x0a0d0d0a);
    nlu_write_be32(&w, 28);
    nlu_write_be32(&w, 0x1a2b3c4d);
    nlu_write_be32(&w, 0x00010000);
    nlu_write_be64(&w, UINT64_MAX);
    nlu_write_be32(&w, 28);
    nlu_write_be32(&w, 1); // interface
    nlu_write_be32(&w, 20 + 16 + 8 + 12 + 4);
    nlu_write_be32(&w, 1 << 16); // Ethernet
    nlu_write_be32(&w, 3); // snaplen
    nlu_write_be32(&w, 2 << 16 | 2); // name
    nlu_write_bytes(&w, "en\0\0", 4);
    nlu_write_be32(&w, 3 << 16 | 3); // description
    nlu_write_bytes(&w, "lab\0", 4);
    nlu_write_be32(&w, 9 << 16 | 1); // resolution: milliseconds
    nlu_write_be32(&w, 3 << 24);
    nlu_write_be32(&w, 14 << 16 | 8); // offset: 1000 s
    nlu_write_be64(&w, 1000);
    nlu_write_be32(&w, 0);
    nlu_write_be32(&w, 20 + 16 + 8 + 12 + 4);
    nlu_write_be32(&w, 0x0bad); // unknown block
    nlu_write_be32(&w, 16);
    nlu_write_be32(&w, 42);
    nlu_write_be32(&w, 16);
    nlu_write_be32(&w, 6); // enhanced packet
    nlu_write_be32(&w, 36);
    nlu_write_be32(&w, 0);
    nlu_write_be64(&w, 5);
    nlu_write_be32(&w, 2);
    nlu_write_be32(&w, 9);
    nlu_write_bytes(&w, "hi\0\0", 4);
    nlu_write_be32(&w, 36);
    nlu_write_be32(&w, 3); // simple packet: cut at the interface's snaplen
    nlu_write_be32(&w, 20);
    nlu_write_be32(&w, 7);
    nlu_write_bytes(&w, "abc\0", 4);
    nlu_write_be32(&w, 20);
    nlu_write_le32(&w, 0x0a0d0d0a); // a section in the other byte order
    nlu_write_le32(&w, 28);
    nlu_write_le32(&w, 0x1a2b3c4d);
    nlu_write_le32(&w, 1);
    nlu_write_be64(&w, UINT64_MAX);
    nlu_write_le32(&w, 28);
    size_t before = w.len;
    nlu_write_le32(&w, 3); // its packet has no interface
    nlu_write_le32(&w, 16);
    nlu_write_le32(&w, 0);
    nlu_write_le32(&w, 16);

    CHECK_INT(nlu_capfile_parse(buf, w.len, false, &arena, &file, &err), -EBADMSG);
    CHECK(strstr(err.subject, "interface has not been described"));
    CHECK_INT(nlu_capfile_parse(buf, before, false, &arena, &file, &err), 0);
    CHECK_STR(file.ifaces[0].name, "en");
    CHECK_STR(file.ifaces[0].description, "lab");
    CHECK(!file.ifaces[0].node);
    CHECK_INT(file.packet_count, 2);
    CHECK_INT(file.packets[0].ts_ns, 1000005000000);
    CHECK_INT(file.packets[0].caplen, 2);
    CHECK_INT(file.packets[0].wirelen, 9);
    CHECK_INT(file.packets[1].caplen, 3);
    CHECK_INT(file.packets[1].wirelen, 7);
    nlu_arena_free(&arena);
}

int main(void) {
    reads_pcap_of_every_kind();
    names_the_offset_of_damage();
    writes_pcapng_and_reads_it_back();
    refuses_what_the_format_cannot_hold();
    reads_foreign_pcapng();
    return check_result();
}
