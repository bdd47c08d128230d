// The words of ip-link for states, flags, types and addresses of links.
#include "link.h"

#include <linux/if_arp.h>
#include <stdio.h>
#include <string.h>

const char *nlu_link_operstate_name(uint8_t operstate) {
    static const char *const names[] = {"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN",
                                        "TESTING", "DORMANT",    "UP"};
    return operstate < NLU_COUNT(names) ? names[operstate] : "UNKNOWN";
}

const char *nlu_link_type_name(uint16_t type) {
    // iproute2's words for what one may meet: real cards of today and everything virtual.
    static const struct {
        uint16_t type;
        const char *name;
    } types[] = {
        {ARPHRD_ETHER, "ether"},
        {ARPHRD_LOOPBACK, "loopback"},
        {ARPHRD_TUNNEL, "ipip"},
        {ARPHRD_TUNNEL6, "tunnel6"},
        {ARPHRD_SIT, "sit"},
        {ARPHRD_IPGRE, "gre"},
        {ARPHRD_IP6GRE, "gre6"},
        {ARPHRD_NONE, "none"},
        {ARPHRD_VOID, "void"},
        {ARPHRD_PPP, "ppp"},
        {ARPHRD_SLIP, "slip"},
        {ARPHRD_RAWHDLC, "rawhdlc"},
        {ARPHRD_RAWIP, "rawip"},
        {ARPHRD_NETLINK, "netlink"},
        {ARPHRD_INFINIBAND, "infiniband"},
        {ARPHRD_IEEE1394, "ieee1394"},
        {ARPHRD_IEEE80211, "ieee802.11"},
        {ARPHRD_IEEE80211_PRISM, "ieee802.11/prism"},
        {ARPHRD_IEEE80211_RADIOTAP, "ieee802.11/radiotap"},
        {ARPHRD_IEEE802154, "ieee802.15.4"},
        {ARPHRD_IEEE802154_MONITOR, "ieee802.15.4/monitor"},
        {ARPHRD_6LOWPAN, "6lowpan"},
        {ARPHRD_CAN, "can"},
        {ARPHRD_VSOCKMON, "vsockmon"},
        {ARPHRD_PIMREG, "pimreg"},
    };

    for (size_t i = 0; i < NLU_COUNT(types); i++)
        if (types[i].type == type)
            return types[i].name;
    return NULL;
}

// The order of iproute2's print_link_flags, which is what `ip -json` shows.
static const struct {
    uint32_t flag;
    const char *name;
} flag_words[] = {
    {IFF_LOOPBACK, "LOOPBACK"},   {IFF_BROADCAST, "BROADCAST"},   {IFF_POINTOPOINT, "POINTOPOINT"},
    {IFF_MULTICAST, "MULTICAST"}, {IFF_NOARP, "NOARP"},           {IFF_ALLMULTI, "ALLMULTI"},
    {IFF_PROMISC, "PROMISC"},     {IFF_MASTER, "MASTER"},         {IFF_SLAVE, "SLAVE"},
    {IFF_DEBUG, "DEBUG"},         {IFF_DYNAMIC, "DYNAMIC"},       {IFF_AUTOMEDIA, "AUTOMEDIA"},
    {IFF_PORTSEL, "PORTSEL"},     {IFF_NOTRAILERS, "NOTRAILERS"}, {IFF_UP, "UP"},
    {1u << 16, "LOWER_UP"},       {1u << 17, "DORMANT"},          {1u << 18, "ECHO"},
};

size_t nlu_link_flag_names(uint32_t flags, const char **names, size_t max) {
    size_t count = 0;

    if ((flags & IFF_UP) && !(flags & IFF_RUNNING) && count < max)
        names[count++] = "NO-CARRIER";
    for (size_t i = 0; i < NLU_COUNT(flag_words); i++)
        if ((flags & flag_words[i].flag) && count < max)
            names[count++] = flag_words[i].name;
    return count;
}

uint32_t nlu_link_flags_unnamed(uint32_t flags) {
    for (size_t i = 0; i < NLU_COUNT(flag_words); i++)
        flags &= ~flag_words[i].flag;
    return flags & ~(uint32_t)IFF_RUNNING; // shown as the absence of NO-CARRIER
}

const char *nlu_link_hwaddr_format(const struct nlu_hwaddr *address, uint16_t type, char *buf,
                                   size_t size) {
    bool ipv4 = type == ARPHRD_TUNNEL || type == ARPHRD_SIT || type == ARPHRD_IPGRE;
    bool ipv6 = type == ARPHRD_TUNNEL6 || type == ARPHRD_IP6GRE;

    buf[0] = '\0';
    if ((ipv4 && address->len == 4) || (ipv6 && address->len == 16)) {
        char text[NLU_IP_TEXT];
        struct nlu_ip ip = nlu_ip_from(address->bytes, address->len);
        snprintf(buf, size, "%s", nlu_ip_format(&ip, text));
        return buf;
    }
    for (size_t i = 0, at = 0; i < address->len && at + 4 < size; i++)
        at += (size_t)snprintf(buf + at, size - at, i ? ":%02x" : "%02x", address->bytes[i]);
    return buf;
}
