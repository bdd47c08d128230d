// The line of DNS.
#include "pktline_int.h"

#include "dns_name.h"

// --- names --------------------------------------------------------------------------------------

enum { POINTER = 0xc0, NAME_TEXT_MAX = 255 };

bool nlu_put_name(struct nlu_line *l, const uint8_t *message, size_t size, size_t *at) {
    size_t here = *at, limit = here, next = 0, written = 0;

    for (bool first = true;; first = false) {
        if (here >= size)
            return false;
        uint8_t label = message[here];
        if ((label & POINTER) == POINTER) {
            if (size - here < 2)
                return false;
            size_t to = (size_t)(label & 0x3f) << 8 | message[here + 1];
            if (!next)
                next = here + 2;
            if (to >= limit) {
                nlu_put(l, "<BAD PTR>");
                return false;
            }
            here = limit = to;
            continue;
        }
        if (label & POINTER) {
            if ((label & POINTER) == 0x40)
                nlu_put(l, "<ELT %u>", label & 0x3f);
            else
                nlu_put(l, "<BAD LABEL TYPE>");
            return false;
        }
        here++;
        if (!label) {
            if (first)
                nlu_put(l, ".");
            break;
        }
        if (label > size - here)
            return false;
        if (written + label <= NAME_TEXT_MAX) {
            nlu_put_safe(l, message + here, label);
            nlu_put(l, ".");
        }
        written += label + 1u;
        here += label;
    }
    if (written > NAME_TEXT_MAX)
        nlu_put(l, "<DOMAIN NAME TOO LONG>");
    *at = next ? next : here;
    return true;
}

// --- questions and records ----------------------------------------------------------------------

struct message {
    const uint8_t *p;
    size_t size;
    bool multicast;
};

static void put_type(struct nlu_line *l, unsigned type) {
    const char *word = nlu_dns_type_word(type);

    if (word)
        nlu_put(l, " %s", word);
    else
        nlu_put(l, " Type%u", type);
}

static void put_class(struct nlu_line *l, unsigned class) {
    static const struct nlu_line_word words[] = {{3, "CHAOS"}, {4, "HS"}, {255, "ANY"}, {0, NULL}};
    const char *word = nlu_line_word(words, class);

    if (class == 1)
        return;
    if (word)
        nlu_put(l, " %s", word);
    else
        nlu_put(l, " (Class %u)", class);
}

static bool put_question(struct nlu_line *l, const struct message *m, size_t *at) {
    size_t name = *at, next = 0;

    if (nlu_dns_name_skip(m->p, m->size, *at, &next) < 0 || m->size - next < 4)
        return false;
    unsigned class = nlu_be16(m->p + next + 2);
    put_type(l, nlu_be16(m->p + next));
    put_class(l, m->multicast ? class & 0x7fff : class);
    if (m->multicast)
        nlu_put(l, class & 0x8000 ? " (QU)" : " (QM)");
    nlu_put(l, "? ");
    if (!nlu_put_name(l, m->p, m->size, &name))
        return false;
    *at = next + 4;
    return true;
}

// A name in a record's data behind a blank.
static bool put_data_name(struct nlu_line *l, const struct message *m, size_t at) {
    nlu_put(l, " ");
    return nlu_put_name(l, m->p, m->size, &at);
}

static bool put_soa(struct nlu_line *l, const struct message *m, size_t at) {
    nlu_put(l, " ");
    if (!nlu_put_name(l, m->p, m->size, &at))
        return false;
    nlu_put(l, " ");
    if (!nlu_put_name(l, m->p, m->size, &at) || m->size - at < 20)
        return false;
    for (size_t i = 0; i < 5; i++)
        nlu_put(l, " %u", nlu_be32(m->p + at + i * 4));
    return true;
}

static bool put_strings(struct nlu_line *l, const struct message *m, size_t at, size_t end) {
    while (at < end) {
        size_t len = m->p[at++];
        if (len > m->size - at)
            return false;
        nlu_put(l, " \"");
        nlu_put_safe(l, m->p + at, len);
        nlu_put(l, "\"");
        at += len;
    }
    return true;
}

static bool put_data(struct nlu_line *l, const struct message *m, unsigned type, size_t at,
                     size_t len) {
    const uint8_t *p = m->p + at;

    switch (type) {
    case 1:
    case 28:
        if (m->size - at < (type == 1 ? 4u : 16u))
            return false;
        nlu_put(l, " ");
        nlu_put_ip(l, p, type == 1 ? 4 : 16);
        return true;
    case 2:
    case 5:
    case 12:
    case 39:
        return put_data_name(l, m, at);
    case 6:
        return !l->verbose || put_soa(l, m, at);
    case 15:
        if (m->size - at < 2 || !put_data_name(l, m, at + 2))
            return false;
        nlu_put(l, " %u", nlu_be16(p));
        return true;
    case 16:
        return put_strings(l, m, at, at + len);
    case 33:
        if (m->size - at < 6 || !put_data_name(l, m, at + 6))
            return false;
        nlu_put(l, ":%u %u %u", nlu_be16(p + 4), nlu_be16(p), nlu_be16(p + 2));
        return true;
    default:
        return true;
    }
}

static bool put_record(struct nlu_line *l, const struct message *m, size_t *at) {
    if (l->verbose) {
        nlu_put(l, " ");
        if (!nlu_put_name(l, m->p, m->size, at))
            return false;
    } else {
        size_t next = 0;
        if (nlu_dns_name_skip(m->p, m->size, *at, &next) < 0)
            return false;
        *at = next;
    }
    if (m->size - *at < 10)
        return false;
    const uint8_t *p = m->p + *at;
    unsigned type = nlu_be16(p), class = nlu_be16(p + 2);
    size_t len = nlu_be16(p + 8);
    if (type != 41)
        put_class(l, m->multicast ? class & 0x7fff : class);
    if (m->multicast && class & 0x8000)
        nlu_put(l, " (Cache flush)");
    put_type(l, type);
    *at += 10;
    if (len > m->size - *at)
        return false;
    if (type == 41) // RFC 6891
        nlu_put(l, " UDPsize=%u%s", m->multicast ? class & 0x7fff : class,
                p[6] & 0x80 ? " DO" : "");
    else if (!put_data(l, m, type, *at, len))
        return false;
    *at += len;
    return true;
}

// --- the message --------------------------------------------------------------------------------

static void put_opcode(struct nlu_line *l, const uint8_t *p) {
    static const char *const words[] = {"",         " inv_q",    " stat",     " op3",
                                        " notify",  " update",   " op6",      " op7",
                                        " op8",     " updateA",  " updateD",  " updateDA",
                                        " updateM", " updateMA", " zoneInit", " zoneRef"};
    nlu_put(l, "%s", words[p[2] >> 3 & 15]);
}

static void put_rcode(struct nlu_line *l, unsigned rcode) {
    static const char *const words[] = {
        "",          " FormErr", " ServFail", " NXDomain", " NotImp",  " Refused",
        " YXDomain", " YXRRSet", " NXRRSet",  " NotAuth",  " NotZone", " Resp11",
        " Resp12",   " Resp13",  " Resp14",   " NoChange", " BadVers", "Resp17",
        " Resp18",   " Resp19",  " Resp20",   "Resp21",    " Resp22",  " BadCookie"};

    if (rcode < NLU_COUNT(words))
        nlu_put(l, "%s", words[rcode]);
    else
        nlu_put(l, " Resp%u", rcode & 0xfff);
}

// The upper bits of the code are in the OPT record, if one can be found (RFC 6891 section 6.1.3).
static unsigned whole_rcode(const struct message *m) {
    unsigned counts[4], rcode = m->p[3] & 15;
    size_t at = 12, next = 0;

    for (size_t i = 0; i < 4; i++)
        counts[i] = nlu_be16(m->p + 4 + i * 2);
    for (size_t i = 0; i < 4; i++) {
        for (unsigned n = 0; n < counts[i]; n++) {
            if (nlu_dns_name_skip(m->p, m->size, at, &next) < 0 || m->size - next < 4)
                return rcode;
            at = next + 4;
            if (i == 0)
                continue;
            if (m->size - at < 6)
                return rcode;
            if (i == 3 && nlu_be16(m->p + next) == 41)
                return rcode | (unsigned)m->p[at] << 4;
            size_t len = nlu_be16(m->p + at + 4);
            if (len > m->size - at - 6)
                return rcode;
            at += 6 + len;
        }
    }
    return rcode;
}

static bool put_response(struct nlu_line *l, const struct message *m) {
    const uint8_t *p = m->p;
    unsigned questions = nlu_be16(p + 4), answers = nlu_be16(p + 6);
    size_t at = 12, next = 0;

    nlu_put(l, "%u", nlu_be16(p));
    put_opcode(l, p);
    put_rcode(l, whole_rcode(m));
    nlu_put(l, "%s%s%s%s", p[2] & 4 ? "*" : "", p[3] & 0x80 ? "" : "-", p[2] & 2 ? "|" : "",
            p[3] & 0x20 ? "$" : "");
    if (questions != 1)
        nlu_put(l, " [%uq]", questions);
    for (unsigned i = 0; i < questions; i++) {
        if (i)
            nlu_put(l, ",");
        if (nlu_dns_name_skip(p, m->size, at, &next) < 0 || m->size - next < 4)
            return false;
        at = next + 4;
    }
    nlu_put(l, " %u/%u/%u", answers, nlu_be16(p + 8), nlu_be16(p + 10));
    for (unsigned i = 0; i < answers; i++) {
        if (i)
            nlu_put(l, ",");
        if (!put_record(l, m, &at))
            return false;
    }
    return true;
}

static bool put_request(struct nlu_line *l, const struct message *m) {
    const uint8_t *p = m->p;
    unsigned questions = nlu_be16(p + 4), answers = nlu_be16(p + 6);
    unsigned flags = nlu_be16(p + 2), opcode = p[2] >> 3 & 15;
    size_t at = 12;

    nlu_put(l, "%u", nlu_be16(p));
    put_opcode(l, p);
    nlu_put(l, "%s%s", p[2] & 1 ? "+" : "", p[3] & 0x10 ? "%" : "");
    if (flags & 0x6cf)
        nlu_put(l, " [b2&3=0x%x]", flags);
    if (opcode == 1) {
        if (questions)
            nlu_put(l, " [%uq]", questions);
        if (answers != 1)
            nlu_put(l, " [%ua]", answers);
    } else {
        if (answers)
            nlu_put(l, " [%ua]", answers);
        if (questions != 1)
            nlu_put(l, " [%uq]", questions);
    }
    if (nlu_be16(p + 8))
        nlu_put(l, " [%un]", nlu_be16(p + 8));
    if (nlu_be16(p + 10))
        nlu_put(l, " [%uau]", nlu_be16(p + 10));
    for (unsigned i = 0; i < questions; i++)
        if (!put_question(l, m, &at))
            return false;
    return true;
}

void nlu_line_dns(struct nlu_line *l, const struct nlu_layer *layer) {
    const struct nlu_layer *below = layer - 1;
    const uint8_t *ports = nlu_line_bytes(l, below);
    uint32_t skip = layer->info, length = layer->length;

    if (skip) {
        const uint8_t *p = nlu_line_bytes(l, layer);
        length -= length < 2 ? length : 2;
        if (layer->header >= 2 && nlu_be16(p) != length) {
            nlu_put(l, " [prefix length(%u) != length(%u)] (invalid)", nlu_be16(p), length);
            return;
        }
        nlu_put(l, " ");
    }
    if (length < 12) {
        nlu_put(l, "domain [length %u < 12] (invalid)", length);
        return;
    }
    if (layer->header < 12 + skip) {
        nlu_put_truncated(l, "domain");
        return;
    }
    struct message m = {.p = nlu_line_bytes(l, layer) + skip, .size = layer->header - skip};
    // Port 53 goes before 5353, as one message may have both.
    m.multicast = !skip && nlu_be16(ports) != 53 && nlu_be16(ports + 2) != 53;
    if (m.p[2] & 0x80 ? put_response(l, &m) : put_request(l, &m))
        nlu_put(l, " (%u)", length);
    else
        nlu_put_truncated(l, "domain");
}
