// The lines of UDP and TCP.
#include "pktline_int.h"
#include "tcp_words.h"

#include <string.h>

// The addresses below that the ports are written behind; NULL when they have been written already,
// in front of extension headers.
static const uint8_t *addresses_of(const struct nlu_line *l, const struct nlu_layer *layer,
                                   uint8_t protocol, size_t *ret_size) {
    const struct nlu_layer *ip = layer > l->packet->layers ? layer - 1 : NULL;
    const uint8_t *p = ip ? nlu_line_bytes(l, ip) : NULL;

    if (ip && ip->kind == NLU_LAYER_IP4 && ip->header >= 20) {
        *ret_size = 4;
        return p + 12;
    }
    if (ip && ip->kind == NLU_LAYER_IP6 && ip->header >= 40 && p[6] == protocol) {
        *ret_size = 16;
        return p + 8;
    }
    return NULL;
}

// "192.0.2.1.80 > 192.0.2.2.1024: ".
static void put_ports(struct nlu_line *l, const struct nlu_layer *layer, uint8_t protocol,
                      uint16_t src, uint16_t dst) {
    size_t size = 0;
    const uint8_t *p = addresses_of(l, layer, protocol, &size);

    if (!p) {
        nlu_put(l, "%u > %u: ", src, dst);
        return;
    }
    nlu_put_ip(l, p, size);
    nlu_put(l, ".%u > ", src);
    nlu_put_ip(l, p + size, size);
    nlu_put(l, ".%u: ", dst);
}

// The same where the ports are not there any more.
static void put_cut_ports(struct nlu_line *l, const struct nlu_layer *layer, uint8_t protocol) {
    size_t size = 0;
    const uint8_t *p = addresses_of(l, layer, protocol, &size);

    if (p) {
        nlu_put_ip(l, p, size);
        nlu_put(l, " > ");
        nlu_put_ip(l, p + size, size);
        nlu_put(l, protocol == 6 ? ":" : ": ");
    }
    nlu_put_truncated(l, protocol == 6 ? "tcp" : "udp");
}

// --- UDP ----------------------------------------------------------------------------------------

static void put_udp_sum(struct nlu_line *l, const struct nlu_layer *layer) {
    uint16_t has = 0, want = 0;
    enum nlu_sum sum = nlu_layer_verify(l->packet, layer, &has, &want);

    // For IPv4 tcpdump looks at it only from -vv on.
    if (!l->verbose || layer[-1].kind != NLU_LAYER_IP6)
        return;
    if (sum == NLU_SUM_RIGHT)
        nlu_put(l, "[udp sum ok] ");
    else if (sum == NLU_SUM_WRONG || sum == NLU_SUM_PARTIAL)
        nlu_put(l, "[bad udp cksum 0x%04x -> 0x%04x!] ", has, want);
}

void nlu_line_udp(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    const struct nlu_layer *below = layer > l->packet->layers ? layer - 1 : NULL;
    uint32_t room = below ? below->length - below->header : layer->length;

    if (layer->header < 4) {
        put_cut_ports(l, layer, 17);
        return;
    }
    put_ports(l, layer, 17, nlu_be16(p), nlu_be16(p + 2));
    if (layer->header < 8) {
        if (room < 8)
            nlu_put(l, "truncated-udp %u", room);
        else
            nlu_put_truncated(l, "udp");
        return;
    }
    uint32_t length = nlu_be16(p + 4);
    if (length < 8 && !(length == 0 && room > 65535)) {
        nlu_put(l, "truncated-udplength %u", length);
        return;
    }
    if (below)
        put_udp_sum(l, layer);
    const struct nlu_layer *behind = nlu_line_behind(l, layer);
    if (behind) {
        nlu_line_layer(l, behind);
        return;
    }
    length = length ? length - 8 : room - 8;
    if (nlu_be16(p) == 53 || nlu_be16(p + 2) == 53 || nlu_be16(p) == 5353 ||
        nlu_be16(p + 2) == 5353) {
        nlu_put(l, "domain [length %u < 12] (invalid)", length);
        return;
    }
    if (nlu_line_datagram(l, nlu_be16(p), nlu_be16(p + 2), p + 8, layer->end - layer->offset - 8,
                          length))
        return;
    bool fragment =
        below && below->kind == NLU_LAYER_IP4 ? below->info != 0 : below && (below->info & 0x100);
    if (length > room - 8 && !fragment)
        nlu_put(l, "UDP, bad length %u > %u", length, room - 8);
    else
        nlu_put(l, "UDP, length %u", length);
}

// --- TCP ----------------------------------------------------------------------------------------

static const char *tcp_option_word(uint8_t kind) {
    switch (kind) {
    case 0:
        return "eol";
    case 1:
        return "nop";
    case 2:
        return "mss";
    case 3:
        return "wscale";
    case 4:
        return "sackOK";
    case 5:
        return "sack";
    case 6:
        return "echo";
    case 7:
        return "echoreply";
    case 8:
        return "TS";
    case 19:
        return "md5";
    case 28:
        return "uto";
    case 30:
        return "mptcp";
    case 34:
        return "tfo";
    case 254:
        return "exp";
    default:
        return NULL;
    }
}

// Writes one option's value out of the `left` bytes that follow its length; returns how many it
// took, which is not what its length says when that is wrong.
static uint32_t put_option(struct nlu_line *l, uint8_t kind, const uint8_t *data, uint32_t size,
                           uint32_t left, uint32_t base) {
    switch (kind) {
    case 2:
        if (left < 2)
            return UINT32_MAX;
        nlu_put(l, " %u", nlu_be16(data));
        return 2;
    case 3:
        if (left < 1)
            return UINT32_MAX;
        nlu_put(l, " %u", data[0]);
        return 1;
    case 4:
        return 0;
    case 5:
        if (size % 8) {
            nlu_put(l, " invalid sack");
            return size;
        }
        nlu_put(l, " %u ", size / 8);
        for (uint32_t at = 0; at < size; at += 8)
            nlu_put(l, "{%u:%u}", nlu_be32(data + at) - base, nlu_be32(data + at + 4) - base);
        return size;
    case 8:
        if (left < 8)
            return UINT32_MAX;
        nlu_put(l, " val %u ecr %u", nlu_be32(data), nlu_be32(data + 4));
        return 8;
    case 28:
        if (left < 2)
            return UINT32_MAX;
        nlu_put(l, " 0x%x %u", nlu_be16(data), (nlu_be16(data) >> 1) * (data[1] & 1 ? 60u : 1u));
        return 2;
    case 34:
        nlu_put(l, " ");
        if (!size)
            nlu_put(l, " cookiereq");
        else if (size % 2 || size < 4 || size > 16)
            nlu_put(l, " invalid");
        else {
            nlu_put(l, " cookie ");
            for (uint32_t i = 0; i < size; i++)
                nlu_put(l, "%02x", data[i]);
        }
        return size;
    default:
        if (size)
            nlu_put(l, " 0x");
        for (uint32_t i = 0; i < size; i++)
            nlu_put(l, "%02x", data[i]);
        return size;
    }
}

// False when an option is broken: the line ends there.
static bool put_options(struct nlu_line *l, const uint8_t *p, uint32_t left, uint32_t base) {
    nlu_put(l, ", options [");
    for (bool first = true; left > 0; first = false) {
        uint8_t kind = p[0];
        uint32_t size = 1;
        if (!first)
            nlu_put(l, ",");
        if (kind > 1) {
            size = left > 1 ? p[1] : 0;
            if (size < 2 || size > left) {
                nlu_put(l, first ? "[bad opt]" : "[bad opt]]");
                return false;
            }
        }
        const char *word = tcp_option_word(kind);
        if (word)
            nlu_put(l, "%s", word);
        else
            nlu_put(l, "unknown-%u", kind);
        if (kind > 1) {
            uint32_t used = put_option(l, kind, p + 2, size - 2, left - 2, base);
            if (used == UINT32_MAX) {
                nlu_put(l, first ? "[bad opt]" : "[bad opt]]");
                return false;
            }
            if (used + 2 != size)
                nlu_put(l, "[len %u]", size);
            size = used + 2;
        }
        p += size;
        left -= size;
        if (kind == 0)
            break;
    }
    nlu_put(l, "]");
    return true;
}

static void put_tcp_sum(struct nlu_line *l, const struct nlu_layer *layer) {
    uint16_t has = 0, want = 0;
    enum nlu_sum sum = nlu_layer_verify(l->packet, layer, &has, &want);

    if (sum == NLU_SUM_RIGHT)
        nlu_put(l, ", cksum 0x%04x (correct)", has);
    else if (sum == NLU_SUM_WRONG || sum == NLU_SUM_PARTIAL)
        nlu_put(l, ", cksum 0x%04x (incorrect -> 0x%04x)", has, want);
}

static void make_relative(struct nlu_line *l, const struct nlu_layer *layer, uint32_t *seq,
                          uint32_t *ack, uint32_t *ret_base) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    struct nlu_endpoint src = {.port = nlu_be16(p)}, dst = {.port = nlu_be16(p + 2)};
    const struct nlu_layer *ip = layer > l->packet->layers ? layer - 1 : NULL;

    if (ip && ip->kind == NLU_LAYER_IP4 && ip->header >= 20) {
        memcpy(src.ip, nlu_line_bytes(l, ip) + 12, 4);
        memcpy(dst.ip, nlu_line_bytes(l, ip) + 16, 4);
    } else if (ip && ip->kind == NLU_LAYER_IP6 && ip->header >= 40) {
        memcpy(src.ip, nlu_line_bytes(l, ip) + 8, 16);
        memcpy(dst.ip, nlu_line_bytes(l, ip) + 24, 16);
    }
    nlu_conversation_relative(l->conversations, &src, &dst, p[13] & 2, seq, ack, ret_base);
}

// What tcpdump knows to read in a stream, told by the ports.
static void put_stream(struct nlu_line *l, const struct nlu_layer *layer, uint32_t header,
                       uint32_t size) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    const struct nlu_layer *behind = nlu_line_behind(l, layer);
    uint16_t src = nlu_be16(p), dst = nlu_be16(p + 2);
    uint32_t there = layer->end - layer->offset - header;

    if (behind && behind->kind == NLU_LAYER_DNS) {
        nlu_line_layer(l, behind);
        return;
    }
    nlu_line_stream(l, src, dst, p + header, there < size ? there : size);
}

void nlu_line_tcp(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    char flags[9];

    if (layer->header < 4) {
        put_cut_ports(l, layer, 6);
        return;
    }
    put_ports(l, layer, 6, nlu_be16(p), nlu_be16(p + 2));
    uint32_t there = layer->end - layer->offset;
    if (there < 20) {
        nlu_put_truncated(l, "tcp");
        return;
    }
    uint32_t header = (uint32_t)(p[12] >> 4) * 4;
    if (header < 20) {
        nlu_put(l, " tcp %u [bad hdr length %u - too short, < 20]", layer->length - header, header);
        return;
    }
    uint32_t seq = nlu_be32(p + 4), ack = nlu_be32(p + 8), base = 0;
    nlu_put(l, "Flags [%s]", nlu_tcp_flags_format(p[13], flags));
    if (l->conversations && p[13] & 0x10)
        make_relative(l, layer, &seq, &ack, &base);
    if (header > layer->length) {
        nlu_put(l, " [bad hdr length %u - too long, > %u]", header, layer->length);
        return;
    }
    if (l->verbose)
        put_tcp_sum(l, layer);
    uint32_t size = layer->length - header;
    if (size || p[13] & 7) {
        nlu_put(l, ", seq %u", seq);
        if (size)
            nlu_put(l, ":%u", seq + size);
    }
    if (p[13] & 0x10)
        nlu_put(l, ", ack %u", ack);
    nlu_put(l, ", win %u", nlu_be16(p + 14));
    if (p[13] & 0x20)
        nlu_put(l, ", urg %u", nlu_be16(p + 18));
    if (header > there) {
        nlu_put_truncated(l, "tcp");
        return;
    }
    if (header > 20 && !put_options(l, p + 20, header - 20, base))
        return;
    nlu_put(l, ", length %u", size);
    if (size)
        put_stream(l, layer, header, size);
}
