#include "pcapng.h"

#include <errno.h>
#include <string.h>

enum {
    SECTION = 0x0a0d0d0a,
    INTERFACE = 1,
    OLD_PACKET = 2,
    SIMPLE_PACKET = 3,
    ENHANCED_PACKET = 6,
    BYTE_ORDER = 0x1a2b3c4d,

    END_OF_OPTIONS = 0,
    COMMENT = 1,
    USER_APPLICATION = 4, // of a section
    IF_NAME = 2,
    IF_DESCRIPTION = 3,
    IF_TSRESOL = 9,
    IF_TSOFFSET = 14,
    PACKET_FLAGS = 2,

    BLOCK_FRAME = 12, // type and two lengths
};

// Options longer than this are cut when written: their length has 16 bits.
#define TEXT_MOST 65535

// How an interface counts time.
struct ticks {
    uint8_t resolution; // as if_tsresol
    int64_t offset; // seconds
};

struct section {
    bool big; // byte order
    bool ours; // written by netlua
    size_t first_iface; // of this section, among the file's
    struct ticks *ticks; // one for each interface of the file
    size_t ticks_cap;
};

static uint16_t get16(struct nlu_cursor *c, const struct section *s) {
    return s->big ? nlu_read_be16(c) : nlu_read_le16(c);
}

static uint32_t get32(struct nlu_cursor *c, const struct section *s) {
    return s->big ? nlu_read_be32(c) : nlu_read_le32(c);
}

static uint64_t get64(struct nlu_cursor *c, const struct section *s) {
    uint64_t first = get32(c, s), second = get32(c, s);
    return s->big ? first << 32 | second : second << 32 | first;
}

static size_t padded(size_t size) {
    return (size + 3) & ~(size_t)3;
}

// --- Reading ---

// The next option, or false at the end. ret_value covers its value.
static bool next_option(struct nlu_cursor *c, const struct section *s, uint16_t *ret_code,
                        struct nlu_cursor *ret_value) {
    // An end of options may be left out when the block ends.
    if (c->truncated || nlu_cursor_left(c) < 4)
        return false;
    uint16_t code = get16(c, s), length = get16(c, s);
    if (code == END_OF_OPTIONS)
        return false;
    *ret_value = nlu_cursor_sub(c, length);
    // Some writers leave the padding of the last one away.
    nlu_read_skip(c, padded(length) - length < nlu_cursor_left(c) ? padded(length) - length
                                                                  : nlu_cursor_left(c));
    *ret_code = code;
    return !ret_value->truncated;
}

static int keep_text(struct nlu_arena *arena, const struct nlu_cursor *value, const char **text) {
    size_t size = nlu_cursor_left(value);
    char *copy =
        nlu_arena_text(arena, (const char *)value->p, strnlen((const char *)value->p, size));

    if (!copy)
        return -ENOMEM;
    *text = copy;
    return 0;
}

// Adds a line to a comment that may have one already.
static int keep_comment(struct nlu_arena *arena, const struct nlu_cursor *value,
                        const char **comment) {
    const char *line;
    int rc = keep_text(arena, value, &line);

    if (rc < 0)
        return rc;
    if (*comment) {
        size_t before = strlen(*comment), more = strlen(line);
        char *both = nlu_arena_alloc(arena, before + more + 2);
        if (!both)
            return -ENOMEM;
        memcpy(both, *comment, before);
        both[before] = '\n';
        memcpy(both + before + 1, line, more + 1);
        line = both;
    }
    *comment = line;
    return 0;
}

// Nanoseconds since 1970 from an interface's ticks; what does not fit is cut off at the ends.
static int64_t to_nanoseconds(uint64_t count, const struct ticks *ticks) {
    __int128 ns = count;
    unsigned exponent = ticks->resolution & 0x7f;

    if (ticks->resolution & 0x80) {
        ns = ns * 1000000000 >> exponent;
    } else {
        for (; exponent < 9; exponent++)
            ns *= 10;
        for (; exponent > 9 && ns; exponent--)
            ns /= 10;
    }
    ns += (__int128)ticks->offset * 1000000000;
    if (ns < 0)
        return 0;
    return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

static int read_section(struct nlu_cursor body, struct section *s, struct nlu_arena *arena,
                        const char **ret_problem) {
    struct nlu_cursor value;
    uint16_t code;

    (void)get32(&body, s); // the byte-order magic, read already
    uint16_t major = get16(&body, s);
    (void)get16(&body, s);
    (void)get64(&body, s); // the length of the section; often "unknown", never needed
    if (body.truncated) {
        *ret_problem = "the section header is too short";
        return -EBADMSG;
    }
    if (major != 1) {
        *ret_problem = "a version of pcapng that is not known";
        return -EBADMSG;
    }
    s->ours = false;
    while (next_option(&body, s, &code, &value)) {
        const char *name;
        if (code != USER_APPLICATION)
            continue;
        if (keep_text(arena, &value, &name) < 0)
            return -ENOMEM;
        s->ours = strncmp(name, "netlua", 6) == 0;
    }
    return 0;
}

static int read_interface(struct nlu_cursor body, struct section *s, struct nlu_capfile_builder *b,
                          const char **ret_problem) {
    struct nlu_capfile_iface iface = {0};
    struct ticks ticks = {.resolution = 6};
    struct nlu_cursor value;
    uint16_t code;
    int rc = 0;

    iface.linktype = get16(&body, s);
    (void)get16(&body, s);
    iface.snaplen = get32(&body, s);
    if (body.truncated) {
        *ret_problem = "the interface description is too short";
        return -EBADMSG;
    }
    while (rc == 0 && next_option(&body, s, &code, &value)) {
        switch (code) {
        case IF_NAME:
            rc = keep_text(b->arena, &value, &iface.name);
            break;
        case IF_DESCRIPTION:
            rc = keep_text(b->arena, &value, s->ours ? &iface.node : &iface.description);
            break;
        case IF_TSRESOL:
            ticks.resolution = nlu_read_u8(&value);
            break;
        case IF_TSOFFSET:
            ticks.offset = (int64_t)get64(&value, s);
            break;
        default:
            break;
        }
    }
    size_t index = b->file->iface_count;
    if (rc == 0)
        rc = nlu_arena_grow(b->arena, (void **)&s->ticks, sizeof *s->ticks, index, &s->ticks_cap);
    if (rc == 0)
        rc = nlu_capfile_add_iface(b, &iface);
    if (rc == 0)
        s->ticks[index] = ticks;
    return rc;
}

static int read_packet(uint32_t type, struct nlu_cursor body, struct section *s,
                       struct nlu_capfile_builder *b, const char **ret_problem) {
    struct nlu_capfile_packet packet = {0};
    struct nlu_cursor value;
    uint64_t count = 0;
    uint32_t iface = 0;
    uint16_t code;

    if (type == ENHANCED_PACKET) {
        iface = get32(&body, s);
    } else if (type == OLD_PACKET) {
        iface = get16(&body, s);
        (void)get16(&body, s); // packets dropped before this one
    }
    if (type != SIMPLE_PACKET) {
        uint64_t high = get32(&body, s);
        count = high << 32 | get32(&body, s);
        packet.caplen = get32(&body, s);
    }
    packet.wirelen = get32(&body, s);
    if (body.truncated) {
        *ret_problem = "the packet block is too short";
        return -EBADMSG;
    }
    if (!s->ticks || iface >= b->file->iface_count - s->first_iface) {
        *ret_problem = "the packet's interface has not been described";
        return -EBADMSG;
    }
    packet.iface = (uint32_t)s->first_iface + iface;
    if (type == SIMPLE_PACKET) {
        uint32_t snaplen = b->file->ifaces[packet.iface].snaplen;
        packet.caplen = snaplen && snaplen < packet.wirelen ? snaplen : packet.wirelen;
    } else {
        packet.ts_ns = to_nanoseconds(count, &s->ticks[packet.iface]);
    }
    packet.bytes = nlu_read_span(&body, packet.caplen);
    if (!packet.bytes) {
        *ret_problem = "the packet is longer than its block";
        return -EBADMSG;
    }
    nlu_read_skip(&body, padded(packet.caplen) - packet.caplen);
    if (packet.wirelen < packet.caplen)
        packet.wirelen = packet.caplen;
    while (type != SIMPLE_PACKET && next_option(&body, s, &code, &value)) {
        if (code == COMMENT) {
            int rc = keep_comment(b->arena, &value, &packet.comment);
            if (rc < 0)
                return rc;
        } else if (code == PACKET_FLAGS) {
            uint32_t direction = get32(&value, s) & 3;
            packet.direction = direction == 1   ? NLU_CAPFILE_IN
                               : direction == 2 ? NLU_CAPFILE_OUT
                                                : NLU_CAPFILE_UNKNOWN;
        }
    }
    return nlu_capfile_add_packet(b, &packet);
}

// What the bytes of a new section say about the order of its bytes.
static int read_byte_order(const uint8_t *block, size_t left, struct section *s) {
    struct nlu_cursor c = nlu_cursor_over(block, left);

    nlu_read_skip(&c, 8);
    uint32_t magic = nlu_read_be32(&c);
    if (c.truncated || (magic != BYTE_ORDER && __builtin_bswap32(magic) != BYTE_ORDER))
        return -EBADMSG;
    s->big = magic == BYTE_ORDER;
    return 0;
}

static int read_block(const uint8_t *block, size_t left, struct section *s,
                      struct nlu_capfile_builder *b, size_t *ret_length, const char **ret_problem) {
    struct nlu_cursor c = nlu_cursor_over(block, left);
    // The same in both byte orders.
    bool section =
        left >= 4 && block[0] == 0x0a && block[1] == 0x0d && block[2] == 0x0d && block[3] == 0x0a;

    if (section && read_byte_order(block, left, s) < 0) {
        *ret_problem = "no byte-order magic";
        return -EBADMSG;
    }
    uint32_t type = get32(&c, s), length = get32(&c, s);
    if (c.truncated) {
        *ret_problem = "the file ends inside a block";
        return -EBADMSG;
    }
    if (length < BLOCK_FRAME || length % 4) {
        *ret_problem = "an impossible block length";
        return -EBADMSG;
    }
    if (length > left) {
        *ret_problem = "the file ends inside a block";
        return -EBADMSG;
    }
    struct nlu_cursor body = nlu_cursor_sub(&c, length - BLOCK_FRAME);
    if (get32(&c, s) != length) {
        *ret_problem = "the two lengths of a block differ";
        return -EBADMSG;
    }
    *ret_length = length;
    switch (type) {
    case SECTION:
        s->first_iface = b->file->iface_count;
        return read_section(body, s, b->arena, ret_problem);
    case INTERFACE:
        return read_interface(body, s, b, ret_problem);
    case OLD_PACKET:
    case SIMPLE_PACKET:
    case ENHANCED_PACKET:
        return read_packet(type, body, s, b, ret_problem);
    default: // names, statistics, secrets, what is yet to come: made to be passed over
        return 0;
    }
}

int nlu_pcapng_parse(const uint8_t *bytes, size_t size, struct nlu_capfile_builder *b,
                     bool *ret_header_read, struct nlu_err *err) {
    struct section s = {0};
    size_t at = 0, length = 0;
    const char *problem = "";

    *ret_header_read = false;
    while (at < size) {
        int rc = read_block(bytes + at, size - at, &s, b, &length, &problem);
        if (rc == -EBADMSG)
            return nlu_err_set(err, EBADMSG, "capture.open", "at byte %zu: %s", at, problem);
        if (rc < 0)
            return nlu_err_set(err, -rc, "capture.open", "%s", "");
        *ret_header_read = true;
        at += length;
    }
    return 0;
}

// --- Writing ---

static size_t text_length(const char *text) {
    return strnlen(text, TEXT_MOST);
}

static size_t option_size(const char *text) {
    return text ? 4 + padded(text_length(text)) : 0;
}

static void pad(struct nlu_writer *w, size_t length) {
    static const uint8_t zeros[4];
    nlu_write_bytes(w, zeros, padded(length) - length);
}

static void put_option(struct nlu_writer *w, uint16_t code, const void *value, size_t length) {
    nlu_write_le16(w, code);
    nlu_write_le16(w, (uint16_t)length);
    nlu_write_bytes(w, value, length);
    pad(w, length);
}

static void put_text(struct nlu_writer *w, uint16_t code, const char *text) {
    if (text)
        put_option(w, code, text, text_length(text));
}

static size_t section_size(const char *writer) {
    return BLOCK_FRAME + 16 + option_size(writer) + 4;
}

static size_t interface_size(const struct nlu_capfile_iface *i) {
    const char *description = i->node ? i->node : i->description;
    return BLOCK_FRAME + 8 + option_size(i->name) + option_size(description) + 8 + 4;
}

static size_t packet_size(const struct nlu_capfile_packet *p) {
    size_t options = option_size(p->comment) + (p->direction ? 8 : 0);
    return BLOCK_FRAME + 20 + padded(p->caplen) + options + (options ? 4 : 0);
}

size_t nlu_pcapng_size(const struct nlu_capfile *file, const char *writer) {
    size_t size = section_size(writer);

    for (size_t i = 0; i < file->iface_count; i++)
        size += interface_size(&file->ifaces[i]);
    for (size_t i = 0; i < file->packet_count; i++)
        size += packet_size(&file->packets[i]);
    return size;
}

static void put_interface(struct nlu_writer *w, const struct nlu_capfile_iface *i) {
    const uint32_t length = (uint32_t)interface_size(i);
    const uint8_t nanoseconds = 9;

    nlu_write_le32(w, INTERFACE);
    nlu_write_le32(w, length);
    nlu_write_le16(w, i->linktype);
    nlu_write_le16(w, 0);
    nlu_write_le32(w, i->snaplen);
    put_text(w, IF_NAME, i->name);
    put_text(w, IF_DESCRIPTION, i->node ? i->node : i->description);
    put_option(w, IF_TSRESOL, &nanoseconds, 1);
    nlu_write_le32(w, END_OF_OPTIONS);
    nlu_write_le32(w, length);
}

static void put_packet(struct nlu_writer *w, const struct nlu_capfile_packet *p) {
    const uint32_t length = (uint32_t)packet_size(p);

    nlu_write_le32(w, ENHANCED_PACKET);
    nlu_write_le32(w, length);
    nlu_write_le32(w, p->iface);
    nlu_write_le32(w, (uint32_t)((uint64_t)p->ts_ns >> 32));
    nlu_write_le32(w, (uint32_t)p->ts_ns);
    nlu_write_le32(w, p->caplen);
    nlu_write_le32(w, p->wirelen);
    nlu_write_bytes(w, p->bytes, p->caplen);
    pad(w, p->caplen);
    put_text(w, COMMENT, p->comment);
    if (p->direction) {
        const uint8_t flags[4] = {p->direction == NLU_CAPFILE_IN ? 1 : 2};
        put_option(w, PACKET_FLAGS, flags, sizeof flags);
    }
    if (p->comment || p->direction)
        nlu_write_le32(w, END_OF_OPTIONS);
    nlu_write_le32(w, length);
}

void nlu_pcapng_encode(const struct nlu_capfile *file, const char *writer, struct nlu_writer *w) {
    const uint32_t length = (uint32_t)section_size(writer);

    nlu_write_le32(w, SECTION);
    nlu_write_le32(w, length);
    nlu_write_le32(w, BYTE_ORDER);
    nlu_write_le16(w, 1); // version 1.0
    nlu_write_le16(w, 0);
    nlu_write_le32(w, UINT32_MAX); // a section of unknown length
    nlu_write_le32(w, UINT32_MAX);
    put_text(w, USER_APPLICATION, writer);
    nlu_write_le32(w, END_OF_OPTIONS);
    nlu_write_le32(w, length);
    for (size_t i = 0; i < file->iface_count; i++)
        put_interface(w, &file->ifaces[i]);
    for (size_t i = 0; i < file->packet_count; i++)
        put_packet(w, &file->packets[i]);
}
