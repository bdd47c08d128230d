#include "dns_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { POINTER = 0xc0, LABEL_MAX = 63, NAME_MAX_BYTES = 255 };

// One byte of a label in presentation form. Returns the new end.
static size_t put_byte(char *buf, size_t len, uint8_t c) {
    if (c == '.' || c == '\\') {
        buf[len++] = '\\';
        buf[len++] = (char)c;
    } else if (c <= 0x20 || c >= 0x7f) {
        len += (size_t)snprintf(buf + len, 5, "\\%03u", c);
    } else {
        buf[len++] = (char)c;
    }
    return len;
}

int nlu_dns_name_read(const uint8_t *message, size_t size, size_t at, char buf[NLU_DNS_NAME_TEXT],
                      size_t *ret_next) {
    size_t len = 0, bytes = 1, limit = at, next = 0;

    for (;;) {
        if (at >= size)
            return -EBADMSG;
        uint8_t label = message[at];
        if ((label & POINTER) == POINTER) {
            if (size - at < 2)
                return -EBADMSG;
            size_t to = (size_t)(label & 0x3f) << 8 | message[at + 1];
            if (!next)
                next = at + 2;
            // Strictly backwards: every name ends.
            if (to >= limit)
                return -EBADMSG;
            at = limit = to;
            continue;
        }
        if (label & POINTER)
            return -EBADMSG;
        at++;
        if (!label)
            break;
        bytes += label + 1u;
        if (label > size - at || bytes > NAME_MAX_BYTES)
            return -EBADMSG;
        if (len)
            buf[len++] = '.';
        for (size_t i = 0; i < label; i++)
            len = put_byte(buf, len, message[at + i]);
        at += label;
    }
    if (!len)
        buf[len++] = '.';
    buf[len] = '\0';
    *ret_next = next ? next : at;
    return 0;
}

int nlu_dns_name_skip(const uint8_t *message, size_t size, size_t at, size_t *ret_next) {
    while (at < size) {
        uint8_t label = message[at];
        if ((label & POINTER) == POINTER) {
            if (size - at < 2)
                return -EBADMSG;
            *ret_next = at + 2;
            return 0;
        }
        if (label & POINTER)
            return -EBADMSG;
        at += label + 1u;
        if (!label) {
            *ret_next = at;
            return 0;
        }
    }
    return -EBADMSG;
}

// Reads one label of a presentation-form name at text[*at] into label; returns its length, 0 at the
// end, or -EINVAL.
static int read_label(const char *text, size_t len, size_t *at, uint8_t label[LABEL_MAX]) {
    int size = 0;

    while (*at < len && text[*at] != '.') {
        unsigned c = (uint8_t)text[(*at)++];
        if (c == '\\') {
            if (*at >= len)
                return -EINVAL;
            c = (uint8_t)text[*at];
            if (c >= '0' && c <= '9') {
                if (len - *at < 3)
                    return -EINVAL;
                c = 0;
                for (int i = 0; i < 3; i++) {
                    char digit = text[(*at)++];
                    if (digit < '0' || digit > '9')
                        return -EINVAL;
                    c = c * 10 + (unsigned)(digit - '0');
                }
                if (c > 255)
                    return -EINVAL;
            } else {
                (*at)++;
            }
        }
        if (size == LABEL_MAX)
            return -EINVAL;
        label[size++] = (uint8_t)c;
    }
    // A dot at the end is allowed, an empty label in the middle is not.
    if (*at < len && size == 0)
        return -EINVAL;
    if (*at < len)
        (*at)++;
    return size;
}

// Does the name at message[at] say the same as wire[0..size), which ends with a zero?
static bool same_name(const uint8_t *message, size_t message_size, size_t at, const uint8_t *wire,
                      size_t size) {
    size_t done = 0, limit = at;

    while (at < message_size) {
        uint8_t label = message[at];
        if ((label & POINTER) == POINTER) {
            if (message_size - at < 2)
                return false;
            size_t to = (size_t)(label & 0x3f) << 8 | message[at + 1];
            if (to >= limit)
                return false;
            at = limit = to;
            continue;
        }
        if (message_size - at <= label || size - done <= label || wire[done] != label ||
            memcmp(message + at + 1, wire + done + 1, label) != 0)
            return false;
        done += label + 1u;
        at += label + 1u;
        if (!label)
            return true;
    }
    return false;
}

int nlu_dns_name_write(struct nlu_writer *w, size_t start, const char *name, size_t len,
                       struct nlu_dns_suffixes *suffixes) {
    uint8_t wire[NAME_MAX_BYTES + 1], label[LABEL_MAX];
    size_t size = 0, at = 0;
    int label_len;

    if (len == 1 && name[0] == '.')
        len = 0;
    while (at < len) {
        label_len = read_label(name, len, &at, label);
        if (label_len < 0 || size + (size_t)label_len + 2 > NAME_MAX_BYTES)
            return -EINVAL;
        wire[size++] = (uint8_t)label_len;
        memcpy(wire + size, label, (size_t)label_len);
        size += (size_t)label_len;
    }
    wire[size++] = 0;
    for (at = 0; wire[at]; at += wire[at] + 1u) {
        size_t here = w->len - start;
        for (size_t i = 0; suffixes && i < suffixes->count && !w->overflow; i++) {
            if (same_name(w->buf + start, here, suffixes->at[i], wire + at, size - at)) {
                nlu_write_be16(w, (uint16_t)(POINTER << 8 | suffixes->at[i]));
                return 0;
            }
        }
        if (suffixes && suffixes->count < NLU_DNS_SUFFIXES && here < 0x4000)
            suffixes->at[suffixes->count++] = (uint16_t)here;
        nlu_write_bytes(w, wire + at, wire[at] + 1u);
    }
    nlu_write_u8(w, 0);
    return 0;
}

// --- numbers ------------------------------------------------------------------------------------

static const struct {
    unsigned type;
    const char *word;
} types[] = {
    {1, "A"},      {2, "NS"},     {5, "CNAME"},  {6, "SOA"},     {10, "NULL"},
    {12, "PTR"},   {13, "HINFO"}, {15, "MX"},    {16, "TXT"},    {28, "AAAA"},
    {33, "SRV"},   {35, "NAPTR"}, {39, "DNAME"}, {41, "OPT"},    {43, "DS"},
    {44, "SSHFP"}, {46, "RRSIG"}, {47, "NSEC"},  {48, "DNSKEY"}, {249, "TKEY"},
    {250, "TSIG"}, {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"},   {256, "URI"},
};

const char *nlu_dns_type_word(unsigned type) {
    for (size_t i = 0; i < NLU_COUNT(types); i++)
        if (types[i].type == type)
            return types[i].word;
    return NULL;
}

int nlu_dns_type_number(const char *word, size_t len) {
    unsigned number = 0;

    for (size_t i = 0; i < NLU_COUNT(types); i++)
        if (strlen(types[i].word) == len && memcmp(types[i].word, word, len) == 0)
            return (int)types[i].type;
    if (len < 5 || len > 9 || memcmp(word, "TYPE", 4) != 0)
        return -1;
    for (size_t i = 4; i < len; i++) {
        if (word[i] < '0' || word[i] > '9')
            return -1;
        number = number * 10 + (unsigned)(word[i] - '0');
    }
    return number > UINT16_MAX ? -1 : (int)number;
}

static const char *const rcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                     "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                     "NXRRSET", "NOTAUTH", "NOTZONE"};

const char *nlu_dns_rcode_word(unsigned rcode) {
    return rcode < NLU_COUNT(rcodes) ? rcodes[rcode] : NULL;
}

int nlu_dns_rcode_number(const char *word, size_t len) {
    for (size_t i = 0; i < NLU_COUNT(rcodes); i++)
        if (strlen(rcodes[i]) == len && memcmp(rcodes[i], word, len) == 0)
            return (int)i;
    return -1;
}
