// IPv4, IPv6 and Ethernet addresses between text and bytes. Pure.
#ifndef NLU_IPADDR_H
#define NLU_IPADDR_H

#include "util.h"

enum {
    NLU_IP_TEXT = 46, // longest IPv6 text with its NUL
    NLU_PREFIX_TEXT = 50, // the same with "/128"
    NLU_MAC_LEN = 6,
    NLU_MAC_TEXT = 18,
};

// family is AF_INET, AF_INET6, or 0 for "no address"; network byte order.
struct nlu_ip {
    uint8_t family;
    uint8_t bytes[16];
};

struct nlu_prefix {
    struct nlu_ip ip;
    uint8_t len;
};

// "192.0.2.1", "2001:db8::1" (RFC 4291; no zone, no shorthand IPv4). 0 or -EINVAL.
NLU_CHECKED int nlu_ip_parse(const char *text, struct nlu_ip *ret_ip);

// "192.0.2.0/24" or an address alone (its full length). The number behind the slash is only held
// against 255: whether /40 fits IPv4 is for the kernel to say, in its own words. 0 or -EINVAL.
NLU_CHECKED int nlu_prefix_parse(const char *text, struct nlu_prefix *ret_prefix);

// "02:00:5e:00:53:01". 0 or -EINVAL.
NLU_CHECKED int nlu_mac_parse(const char *text, uint8_t ret_mac[NLU_MAC_LEN]);

// RFC 5952 text; "" for family 0. Return buf.
const char *nlu_ip_format(const struct nlu_ip *ip, char buf[NLU_IP_TEXT]);
const char *nlu_prefix_format(const struct nlu_prefix *prefix, char buf[NLU_PREFIX_TEXT]);
const char *nlu_mac_format(const uint8_t mac[NLU_MAC_LEN], char buf[NLU_MAC_TEXT]);

// 4, 16, or 0 for family 0.
size_t nlu_ip_size(const struct nlu_ip *ip);

// From raw bytes (size 4 or 16); any other size gives family 0.
struct nlu_ip nlu_ip_from(const void *bytes, size_t size);

bool nlu_ip_equal(const struct nlu_ip *a, const struct nlu_ip *b);

// Does prefix hold ip? Families must agree.
bool nlu_prefix_contains(const struct nlu_prefix *prefix, const struct nlu_ip *ip);

#endif
