#include "dhcp_words.h"

#include "util.h"

#include <string.h>

static const char *const messages[] = {NULL,  "discover", "offer",   "request", "decline",
                                       "ack", "nak",      "release", "inform"};

static const char *const messages6[] = {NULL,
                                        "solicit",
                                        "advertise",
                                        "request",
                                        "confirm",
                                        "renew",
                                        "rebind",
                                        "reply",
                                        "release",
                                        "decline",
                                        "reconfigure",
                                        "information-request",
                                        "relay-forward",
                                        "relay-reply"};

struct word {
    int code;
    const char *text;
};

static const struct word options[] = {
    {1, "subnet mask"},
    {2, "time offset"},
    {3, "router"},
    {6, "dns"},
    {7, "log server"},
    {12, "hostname"},
    {15, "domain name"},
    {26, "mtu"},
    {28, "broadcast"},
    {33, "static route"},
    {42, "ntp"},
    {43, "vendor options"},
    {50, "requested address"},
    {51, "lease time"},
    {52, "overload"},
    {53, "message type"},
    {54, "server id"},
    {55, "parameter list"},
    {56, "message"},
    {57, "max size"},
    {58, "renewal time"},
    {59, "rebinding time"},
    {60, "vendor class"},
    {61, "client id"},
    {66, "tftp server"},
    {67, "boot file"},
    {81, "client fqdn"},
    {82, "relay agent"},
    {119, "domain search"},
    {121, "classless routes"},
    {255, "end"},
};

static const struct word options6[] = {
    {1, "client id"},
    {2, "server id"},
    {3, "ia_na"},
    {4, "ia_ta"},
    {5, "ia_addr"},
    {6, "option request"},
    {7, "preference"},
    {8, "elapsed time"},
    {9, "relay message"},
    {11, "authentication"},
    {12, "server unicast"},
    {13, "status code"},
    {14, "rapid commit"},
    {15, "user class"},
    {16, "vendor class"},
    {17, "vendor options"},
    {18, "interface id"},
    {19, "reconfigure message"},
    {20, "reconfigure accept"},
    {23, "dns"},
    {24, "domain search"},
    {25, "ia_pd"},
    {26, "ia_prefix"},
    {31, "sntp"},
    {32, "lifetime"},
    {39, "client fqdn"},
    {56, "ntp"},
};

static int number_of(const char *const *words, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        if (words[i] && strcmp(words[i], word) == 0)
            return (int)i;
    return -1;
}

static const char *word_of(const struct word *words, size_t count, int code) {
    for (size_t i = 0; i < count; i++)
        if (words[i].code == code)
            return words[i].text;
    return NULL;
}

const char *nlu_dhcp_message_word(int type) {
    return type > 0 && type < (int)NLU_COUNT(messages) ? messages[type] : NULL;
}

int nlu_dhcp_message_number(const char *word) {
    return number_of(messages, NLU_COUNT(messages), word);
}

const char *nlu_dhcp_option_word(int code) {
    return word_of(options, NLU_COUNT(options), code);
}

const char *nlu_dhcp6_message_word(int type) {
    return type > 0 && type < (int)NLU_COUNT(messages6) ? messages6[type] : NULL;
}

int nlu_dhcp6_message_number(const char *word) {
    return number_of(messages6, NLU_COUNT(messages6), word);
}

const char *nlu_dhcp6_option_word(int code) {
    return word_of(options6, NLU_COUNT(options6), code);
}

enum nlu_dhcp6_form nlu_dhcp6_option_form(int code) {
    switch (code) {
    case 3:
    case 25:
        return NLU_DHCP6_IA;
    case 4:
        return NLU_DHCP6_IA_TEMPORARY;
    case 5:
        return NLU_DHCP6_ADDRESS;
    case 26:
        return NLU_DHCP6_PREFIX;
    case 23:
    case 31:
        return NLU_DHCP6_ADDRESSES;
    case 6:
        return NLU_DHCP6_CODES;
    case 13:
        return NLU_DHCP6_STATUS;
    case 7:
    case 8:
    case 32:
        return NLU_DHCP6_NUMBER;
    default:
        return NLU_DHCP6_BYTES;
    }
}
