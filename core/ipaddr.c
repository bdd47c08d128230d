#include "ipaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int nlu_ip_parse(const char *text, struct nlu_ip *ret_ip) {
    struct nlu_ip ip = {0};

    // inet_pton takes dotted quads only: no "10.1", no octal, as an address in a script is meant.
    if (inet_pton(AF_INET, text, ip.bytes) == 1)
        ip.family = AF_INET;
    else if (inet_pton(AF_INET6, text, ip.bytes) == 1)
        ip.family = AF_INET6;
    else
        return -EINVAL;
    *ret_ip = ip;
    return 0;
}

int nlu_prefix_parse(const char *text, struct nlu_prefix *ret_prefix) {
    char address[NLU_IP_TEXT];
    struct nlu_prefix prefix = {0};
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);

    if (len >= sizeof address)
        return -EINVAL;
    memcpy(address, text, len);
    address[len] = '\0';
    if (nlu_ip_parse(address, &prefix.ip) < 0)
        return -EINVAL;
    if (!slash) {
        prefix.len = (uint8_t)(nlu_ip_size(&prefix.ip) * 8);
    } else {
        unsigned value = 0;
        const char *digit = slash + 1;
        if (!*digit || strlen(digit) > 3)
            return -EINVAL;
        for (; *digit; digit++) {
            if (*digit < '0' || *digit > '9')
                return -EINVAL;
            value = value * 10 + (unsigned)(*digit - '0');
        }
        if (value > UINT8_MAX)
            return -EINVAL;
        prefix.len = (uint8_t)value;
    }
    *ret_prefix = prefix;
    return 0;
}

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int nlu_mac_parse(const char *text, uint8_t ret_mac[NLU_MAC_LEN]) {
    uint8_t mac[NLU_MAC_LEN];

    if (strlen(text) != NLU_MAC_TEXT - 1)
        return -EINVAL;
    for (size_t i = 0; i < NLU_MAC_LEN; i++) {
        int high = hex(text[i * 3]), low = hex(text[i * 3 + 1]);
        char after = text[i * 3 + 2];
        if (high < 0 || low < 0 || after != (i < NLU_MAC_LEN - 1 ? ':' : '\0'))
            return -EINVAL;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(ret_mac, mac, sizeof mac);
    return 0;
}

// inet_ntop(3) takes sprintf for it, several times as long; every packet and address shown
// comes here.
static void format_ip4(const uint8_t bytes[4], char *p) {
    for (int i = 0; i < 4; i++) {
        unsigned b = bytes[i];
        if (b >= 100)
            *p++ = (char)('0' + b / 100);
        if (b >= 10)
            *p++ = (char)('0' + b / 10 % 10);
        *p++ = (char)('0' + b % 10);
        *p++ = i < 3 ? '.' : '\0';
    }
}

const char *nlu_ip_format(const struct nlu_ip *ip, char buf[NLU_IP_TEXT]) {
    if (ip->family == AF_INET)
        format_ip4(ip->bytes, buf);
    else if (!ip->family || !inet_ntop(ip->family, ip->bytes, buf, NLU_IP_TEXT))
        buf[0] = '\0';
    return buf;
}

const char *nlu_prefix_format(const struct nlu_prefix *prefix, char buf[NLU_PREFIX_TEXT]) {
    char ip[NLU_IP_TEXT];
    snprintf(buf, NLU_PREFIX_TEXT, "%s/%u", nlu_ip_format(&prefix->ip, ip), prefix->len);
    return buf;
}

const char *nlu_mac_format(const uint8_t mac[NLU_MAC_LEN], char buf[NLU_MAC_TEXT]) {
    snprintf(buf, NLU_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
    return buf;
}

size_t nlu_ip_size(const struct nlu_ip *ip) {
    return ip->family == AF_INET ? 4 : ip->family == AF_INET6 ? 16 : 0;
}

struct nlu_ip nlu_ip_from(const void *bytes, size_t size) {
    struct nlu_ip ip = {0};
    if (size == 4 || size == 16) {
        ip.family = size == 4 ? AF_INET : AF_INET6;
        memcpy(ip.bytes, bytes, size);
    }
    return ip;
}

bool nlu_ip_equal(const struct nlu_ip *a, const struct nlu_ip *b) {
    return a->family == b->family && memcmp(a->bytes, b->bytes, nlu_ip_size(a)) == 0;
}

bool nlu_prefix_contains(const struct nlu_prefix *prefix, const struct nlu_ip *ip) {
    size_t bits = prefix->len;

    if (!ip->family || prefix->ip.family != ip->family || bits > nlu_ip_size(ip) * 8)
        return false;
    if (memcmp(prefix->ip.bytes, ip->bytes, bits / 8) != 0)
        return false;
    if (bits % 8 == 0)
        return true;
    uint8_t mask = (uint8_t)(0xff << (8 - bits % 8));
    return (prefix->ip.bytes[bits / 8] & mask) == (ip->bytes[bits / 8] & mask);
}
