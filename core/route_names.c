#include "route_names.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct word {
    uint8_t value;
    const char *word;
};

static const struct word tables[] = {
    {RT_TABLE_UNSPEC, "unspec"},
    {RT_TABLE_DEFAULT, "default"},
    {RT_TABLE_MAIN, "main"},
    {RT_TABLE_LOCAL, "local"},
};

static const struct word protocols[] = {
    {0, "unspec"}, {1, "redirect"},  {2, "kernel"}, {3, "boot"},        {4, "static"},
    {8, "gated"},  {9, "ra"},        {10, "mrt"},   {11, "zebra"},      {12, "bird"},
    {14, "xorp"},  {13, "dnrouted"}, {15, "ntk"},   {16, "dhcp"},       {42, "babel"},
    {99, "openr"}, {186, "bgp"},     {187, "isis"}, {18, "keepalived"}, {188, "ospf"},
    {189, "rip"},  {192, "eigrp"},
};

// linux/if_addr.h, IFAPROT_*: who has made an address, which are other numbers than a route's.
static const struct word addr_protocols[] = {
    {0, "unspec"}, {1, "kernel_lo"}, {2, "kernel_ra"}, {3, "kernel_ll"}};

static const struct word scopes[] = {
    {RT_SCOPE_UNIVERSE, "global"}, {RT_SCOPE_NOWHERE, "nowhere"}, {RT_SCOPE_HOST, "host"},
    {RT_SCOPE_LINK, "link"},       {RT_SCOPE_SITE, "site"},
};

static const struct word types[] = {
    {RTN_UNSPEC, "none"},
    {RTN_UNICAST, "unicast"},
    {RTN_LOCAL, "local"},
    {RTN_BROADCAST, "broadcast"},
    {RTN_ANYCAST, "anycast"},
    {RTN_MULTICAST, "multicast"},
    {RTN_BLACKHOLE, "blackhole"},
    {RTN_UNREACHABLE, "unreachable"},
    {RTN_PROHIBIT, "prohibit"},
    {RTN_THROW, "throw"},
    {RTN_NAT, "nat"},
    {RTN_XRESOLVE, "xresolve"},
};

// RFC 2474, 2597, 3246; the field with its two ECN bits at 0.
static const struct word dsfields[] = {
    {0x00, "default"}, {0x28, "AF11"}, {0x30, "AF12"}, {0x38, "AF13"}, {0x48, "AF21"},
    {0x50, "AF22"},    {0x58, "AF23"}, {0x68, "AF31"}, {0x70, "AF32"}, {0x78, "AF33"},
    {0x88, "AF41"},    {0x90, "AF42"}, {0x98, "AF43"}, {0x20, "CS1"},  {0x40, "CS2"},
    {0x60, "CS3"},     {0x80, "CS4"},  {0xa0, "CS5"},  {0xc0, "CS6"},  {0xe0, "CS7"},
    {0xb8, "EF"},
};

static const char *word_of(const struct word *words, size_t count, uint32_t value) {
    for (size_t i = 0; i < count; i++)
        if (words[i].value == value)
            return words[i].word;
    return NULL;
}

// A written number of at most `max`, as ip takes them: decimal, 0x or octal.
static int number(const char *text, uint32_t max, uint32_t *ret_value) {
    char *end;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 0);
    if (errno || *end || value > max)
        return -EINVAL;
    *ret_value = (uint32_t)value;
    return 0;
}

static int parse(const struct word *words, size_t count, const char *text, uint32_t max,
                 uint32_t *ret_value) {
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(words[i].word, text)) {
            *ret_value = words[i].value;
            return 0;
        }
    }
    return number(text, max, ret_value);
}

static int parse_u8(const struct word *words, size_t count, const char *text, uint8_t *ret_value) {
    uint32_t value;
    int rc = parse(words, count, text, UINT8_MAX, &value);
    if (rc == 0)
        *ret_value = (uint8_t)value;
    return rc;
}

static const char *name(const struct word *words, size_t count, uint32_t value, const char *format,
                        char buf[NLU_ROUTE_NAME]) {
    const char *word = word_of(words, count, value);
    if (word)
        return word;
    if (*format == '0')
        snprintf(buf, NLU_ROUTE_NAME, "0x%02x", value);
    else if (*format == 'x')
        snprintf(buf, NLU_ROUTE_NAME, "%#x", value);
    else
        snprintf(buf, NLU_ROUTE_NAME, "%u", value);
    return buf;
}

const char *nlu_table_name(uint32_t table, char buf[NLU_ROUTE_NAME]) {
    return name(tables, NLU_COUNT(tables), table, "u", buf);
}

const char *nlu_protocol_name(uint8_t protocol, char buf[NLU_ROUTE_NAME]) {
    return name(protocols, NLU_COUNT(protocols), protocol, "u", buf);
}

const char *nlu_addr_protocol_name(uint8_t protocol, char buf[NLU_ROUTE_NAME]) {
    return name(addr_protocols, NLU_COUNT(addr_protocols), protocol, "x", buf);
}

const char *nlu_scope_name(uint8_t scope, char buf[NLU_ROUTE_NAME]) {
    return name(scopes, NLU_COUNT(scopes), scope, "u", buf);
}

const char *nlu_route_type_name(uint8_t type, char buf[NLU_ROUTE_NAME]) {
    return name(types, NLU_COUNT(types), type, "u", buf);
}

const char *nlu_dsfield_name(uint8_t dsfield, char buf[NLU_ROUTE_NAME]) {
    return name(dsfields, NLU_COUNT(dsfields), dsfield, "02x", buf);
}

const char *nlu_realm_name(uint16_t realm, char buf[NLU_ROUTE_NAME]) {
    // iproute2 ships one word for them.
    static const struct word realms[] = {{0, "cosmos"}};
    return name(realms, NLU_COUNT(realms), realm, "u", buf);
}

const char *nlu_family_name(uint8_t family) {
    switch (family) {
    case AF_INET:
        return "inet";
    case AF_INET6:
        return "inet6";
    case AF_PACKET:
        return "link";
    case AF_MPLS:
        return "mpls";
    case AF_BRIDGE:
        return "bridge";
    default:
        return "???";
    }
}

int nlu_table_parse(const char *text, uint32_t *ret_table) {
    return parse(tables, NLU_COUNT(tables), text, UINT32_MAX, ret_table);
}

int nlu_protocol_parse(const char *text, uint8_t *ret_protocol) {
    return parse_u8(protocols, NLU_COUNT(protocols), text, ret_protocol);
}

int nlu_addr_protocol_parse(const char *text, uint8_t *ret_protocol) {
    return parse_u8(addr_protocols, NLU_COUNT(addr_protocols), text, ret_protocol);
}

int nlu_scope_parse(const char *text, uint8_t *ret_scope) {
    return parse_u8(scopes, NLU_COUNT(scopes), text, ret_scope);
}

int nlu_route_type_parse(const char *text, uint8_t *ret_type) {
    return parse_u8(types, NLU_COUNT(types), text, ret_type);
}

int nlu_dsfield_parse(const char *text, uint8_t *ret_dsfield) {
    return parse_u8(dsfields, NLU_COUNT(dsfields), text, ret_dsfield);
}
