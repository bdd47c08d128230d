#include "capfile.h"
#include "pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PCAP_MICRO = 0xa1b2c3d4,
    PCAP_NANO = 0xa1b23c4d,
    // Kuznetzov's patched libpcap of 1998; its records have eight more bytes.
    PCAP_PATCHED = 0xa1b2cd34,
    PCAP_HEADER = 24,
    PCAP_RECORD = 16,
};

int nlu_capfile_add_iface(struct nlu_capfile_builder *b, const struct nlu_capfile_iface *iface) {
    int rc = nlu_arena_grow(b->arena, (void **)&b->file->ifaces, sizeof *iface,
                            b->file->iface_count, &b->iface_cap);
    if (rc == 0)
        b->file->ifaces[b->file->iface_count++] = *iface;
    return rc;
}

int nlu_capfile_add_packet(struct nlu_capfile_builder *b, const struct nlu_capfile_packet *packet) {
    int rc = nlu_arena_grow(b->arena, (void **)&b->file->packets, sizeof *packet,
                            b->file->packet_count, &b->packet_cap);
    if (rc == 0)
        b->file->packets[b->file->packet_count++] = *packet;
    return rc;
}

// --- pcap ---

struct pcap_kind {
    bool big, nano, patched;
    uint16_t minor;
};

static uint16_t get16(struct nlu_cursor *c, const struct pcap_kind *k) {
    return k->big ? nlu_read_be16(c) : nlu_read_le16(c);
}

static uint32_t get32(struct nlu_cursor *c, const struct pcap_kind *k) {
    return k->big ? nlu_read_be32(c) : nlu_read_le32(c);
}

static bool pcap_kind_of(uint32_t magic, struct pcap_kind *ret_kind) {
    for (int big = 1; big >= 0; big--, magic = __builtin_bswap32(magic)) {
        if (magic == PCAP_MICRO || magic == PCAP_NANO || magic == PCAP_PATCHED) {
            *ret_kind = (struct pcap_kind){
                .big = big, .nano = magic == PCAP_NANO, .patched = magic == PCAP_PATCHED};
            return true;
        }
    }
    return false;
}

static int damaged(struct nlu_err *err, size_t at, const char *problem) {
    return nlu_err_set(err, EBADMSG, "capture.open", "at byte %zu: %s", at, problem);
}

static int read_pcap(const uint8_t *bytes, size_t size, struct pcap_kind *kind,
                     struct nlu_capfile_builder *b, bool *ret_header_read, struct nlu_err *err) {
    struct nlu_cursor c = nlu_cursor_over(bytes, size);
    struct nlu_capfile_iface iface = {0};

    nlu_read_skip(&c, 4);
    uint16_t major = get16(&c, kind);
    kind->minor = get16(&c, kind);
    nlu_read_skip(&c, 8); // time zone and accuracy: always 0
    iface.snaplen = get32(&c, kind);
    // The upper bits tell about frame check sequences.
    iface.linktype = (uint16_t)get32(&c, kind);
    if (c.truncated)
        return damaged(err, size, "the file ends inside its header");
    if (major != 2)
        return damaged(err, 4, "a version of pcap that is not known");
    *ret_header_read = true;
    if (nlu_capfile_add_iface(b, &iface) < 0)
        return nlu_err_set(err, ENOMEM, "capture.open", "%s", "");

    while (nlu_cursor_left(&c)) {
        size_t at = (size_t)(c.p - bytes);
        struct nlu_capfile_packet packet = {0};
        uint32_t seconds = get32(&c, kind), fraction = get32(&c, kind);
        packet.caplen = get32(&c, kind);
        packet.wirelen = get32(&c, kind);
        if (kind->patched)
            nlu_read_skip(&c, 8);
        if (c.truncated)
            return damaged(err, at, "the file ends inside a packet's header");
        // Before version 2.3 the two lengths stood the other way round; with 2.3 writers differed.
        if (kind->minor < 3 || (kind->minor == 3 && packet.caplen > packet.wirelen)) {
            uint32_t other = packet.caplen;
            packet.caplen = packet.wirelen;
            packet.wirelen = other;
        }
        packet.ts_ns =
            seconds * INT64_C(1000000000) + fraction * INT64_C(1) * (kind->nano ? 1 : 1000);
        packet.bytes = nlu_read_span(&c, packet.caplen);
        if (!packet.bytes)
            return damaged(err, at, "the file ends inside a packet");
        if (packet.wirelen < packet.caplen)
            packet.wirelen = packet.caplen;
        if (nlu_capfile_add_packet(b, &packet) < 0)
            return nlu_err_set(err, ENOMEM, "capture.open", "%s", "");
    }
    return 0;
}

int nlu_capfile_parse(const uint8_t *bytes, size_t size, bool partial, struct nlu_arena *arena,
                      struct nlu_capfile *ret_file, struct nlu_err *err) {
    struct nlu_capfile file = {0};
    struct nlu_capfile_builder b = {.arena = arena, .file = &file};
    struct nlu_cursor c = nlu_cursor_over(bytes, size);
    struct pcap_kind kind;
    bool header = false;
    int rc;

    err->errnum = 0;
    uint32_t magic = nlu_read_be32(&c);
    if (magic == 0x0a0d0d0a) {
        file.format = NLU_CAPFILE_PCAPNG;
        rc = nlu_pcapng_parse(bytes, size, &b, &header, err);
    } else if (!c.truncated && pcap_kind_of(magic, &kind)) {
        rc = read_pcap(bytes, size, &kind, &b, &header, err);
    } else {
        nlu_err_set(err, EINVAL, "capture.open", "%s", "no capture file: neither pcap nor pcapng");
        // The two that people meet.
        if (magic >> 16 == 0x1f8b || magic == 0x28b52ffd || magic == 0xfd377a58)
            nlu_err_hint(err, "it is compressed: unpack it first");
        return -EINVAL;
    }
    if (rc < 0 && !(partial && header && rc == -EBADMSG))
        return rc;
    *ret_file = file;
    return 0;
}

static void encode_pcap(const struct nlu_capfile *file, struct nlu_writer *w) {
    uint32_t snaplen = file->iface_count ? file->ifaces[0].snaplen : 0;

    nlu_write_le32(w, PCAP_NANO);
    nlu_write_le16(w, 2);
    nlu_write_le16(w, 4);
    nlu_write_le32(w, 0);
    nlu_write_le32(w, 0);
    nlu_write_le32(w, snaplen ? snaplen : 262144);
    nlu_write_le32(w, file->iface_count ? file->ifaces[0].linktype : 1);
    for (size_t i = 0; i < file->packet_count; i++) {
        const struct nlu_capfile_packet *p = &file->packets[i];
        nlu_write_le32(w, (uint32_t)(p->ts_ns / 1000000000));
        nlu_write_le32(w, (uint32_t)(p->ts_ns % 1000000000));
        nlu_write_le32(w, p->caplen);
        nlu_write_le32(w, p->wirelen);
        nlu_write_bytes(w, p->bytes, p->caplen);
    }
}

size_t nlu_capfile_size(const struct nlu_capfile *file, const char *writer) {
    size_t size = PCAP_HEADER;

    if (file->format == NLU_CAPFILE_PCAPNG)
        return nlu_pcapng_size(file, writer);
    for (size_t i = 0; i < file->packet_count; i++)
        size += PCAP_RECORD + (size_t)file->packets[i].caplen;
    return size;
}

int nlu_capfile_encode(const struct nlu_capfile *file, const char *writer, struct nlu_writer *w,
                       struct nlu_err *err) {
    const bool pcap = file->format == NLU_CAPFILE_PCAP;

    for (size_t i = 1; pcap && i < file->iface_count; i++) {
        if (file->ifaces[i].linktype != file->ifaces[0].linktype)
            return nlu_err_set(err, EINVAL, "capture.save",
                               "pcap holds one link type, and there are %u and %u",
                               file->ifaces[0].linktype, file->ifaces[i].linktype);
    }
    for (size_t i = 0; i < file->packet_count; i++) {
        const struct nlu_capfile_packet *p = &file->packets[i];
        if (p->iface >= file->iface_count)
            return nlu_err_set(err, EINVAL, "capture.save", "packet %zu: no such interface", i + 1);
        if (p->ts_ns < 0 || (pcap && p->ts_ns / 1000000000 > UINT32_MAX))
            return nlu_err_set(err, EINVAL, "capture.save", "packet %zu: its time", i + 1);
    }
    if (pcap)
        encode_pcap(file, w);
    else
        nlu_pcapng_encode(file, writer, w);
    return w->overflow ? nlu_err_set(err, EMSGSIZE, "capture.save", "%s", "") : 0;
}

// --- Files ---

int nlu_capfile_load(const char *path, struct nlu_arena *arena, uint8_t **ret_bytes,
                     size_t *ret_size, struct nlu_err *err) {
    NLU_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return nlu_err_set(err, errno, "capture.open", "%s", path);
    // The size is a first guess: pipes say 0.
    size_t cap = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size + 1 : 65536, size = 0;
    uint8_t *bytes = nlu_arena_alloc(arena, cap);
    for (;;) {
        if (bytes && size == cap) {
            uint8_t *more = cap > SIZE_MAX / 2 ? NULL : nlu_arena_alloc(arena, cap * 2);
            if (more)
                memcpy(more, bytes, size);
            bytes = more;
            cap *= 2;
        }
        if (!bytes)
            return nlu_err_set(err, ENOMEM, "capture.open", "%s", path);
        ssize_t n = read(fd, bytes + size, cap - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return nlu_err_set(err, errno, "capture.open", "%s", path);
        if (n == 0)
            break;
        size += (size_t)n;
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

static int write_all(const char *path, const uint8_t *bytes, size_t size, struct nlu_err *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    size_t at = 0;

    if (fd < 0)
        return nlu_err_set(err, errno, "capture.save", "%s", path);
    while (at < size) {
        ssize_t n = write(fd, bytes + at, size - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int errnum = errno;
            close(fd);
            return nlu_err_set(err, errnum, "capture.save", "%s", path);
        }
        at += (size_t)n;
    }
    // A full disk may be said only here.
    return close(fd) < 0 && errno != EINTR ? nlu_err_set(err, errno, "capture.save", "%s", path)
                                           : 0;
}

int nlu_capfile_save(const char *path, const struct nlu_capfile *file, const char *writer,
                     struct nlu_err *err) {
    size_t size = nlu_capfile_size(file, writer);
    uint8_t *bytes = malloc(size);

    if (!bytes)
        return nlu_err_set(err, ENOMEM, "capture.save", "%s", path);
    struct nlu_writer w = nlu_writer_into(bytes, size);
    int rc = nlu_capfile_encode(file, writer, &w, err);
    if (rc == 0)
        rc = write_all(path, bytes, w.len, err);
    free(bytes);
    return rc;
}
