#include "icmp_words.h"

#include "util.h"

#include <string.h>

struct word {
    int type, code; // code is -1 in tables of types
    const char *text;
};

static const struct word icmp_types[] = {
    {0, -1, "echo reply"},           {3, -1, "destination unreachable"},
    {4, -1, "source quench"},        {5, -1, "redirect"},
    {8, -1, "echo request"},         {9, -1, "router advertisement"},
    {10, -1, "router solicitation"}, {11, -1, "time exceeded"},
    {12, -1, "parameter problem"},   {13, -1, "timestamp request"},
    {14, -1, "timestamp reply"},     {15, -1, "information request"},
    {16, -1, "information reply"},   {17, -1, "address mask request"},
    {18, -1, "address mask reply"},
};

static const struct word icmp_codes[] = {
    {3, 0, "net unreachable"},
    {3, 1, "host unreachable"},
    {3, 2, "protocol unreachable"},
    {3, 3, "port unreachable"},
    {3, 4, "fragmentation needed"},
    {3, 5, "source route failed"},
    {3, 6, "net unknown"},
    {3, 7, "host unknown"},
    {3, 8, "source host isolated"},
    {3, 9, "net prohibited"},
    {3, 10, "host prohibited"},
    {3, 11, "net unreachable for tos"},
    {3, 12, "host unreachable for tos"},
    {3, 13, "communication prohibited"},
    {3, 14, "host precedence violation"},
    {3, 15, "precedence cutoff"},
    {5, 0, "net"},
    {5, 1, "host"},
    {5, 2, "net for tos"},
    {5, 3, "host for tos"},
    {11, 0, "ttl exceeded"},
    {11, 1, "reassembly time exceeded"},
    {12, 0, "pointer"},
    {12, 1, "option missing"},
    {12, 2, "bad length"},
};

static const struct word icmp6_types[] = {
    {1, -1, "destination unreachable"},
    {2, -1, "packet too big"},
    {3, -1, "time exceeded"},
    {4, -1, "parameter problem"},
    {128, -1, "echo request"},
    {129, -1, "echo reply"},
    {130, -1, "multicast listener query"},
    {131, -1, "multicast listener report"},
    {132, -1, "multicast listener done"},
    {133, -1, "router solicitation"},
    {134, -1, "router advertisement"},
    {135, -1, "neighbor solicitation"},
    {136, -1, "neighbor advertisement"},
    {137, -1, "redirect"},
    {143, -1, "multicast listener report v2"},
};

static const struct word icmp6_codes[] = {
    {1, 0, "no route"},
    {1, 1, "administratively prohibited"},
    {1, 2, "beyond scope"},
    {1, 3, "address unreachable"},
    {1, 4, "port unreachable"},
    {1, 5, "source address failed policy"},
    {1, 6, "reject route"},
    {3, 0, "hop limit exceeded"},
    {3, 1, "reassembly time exceeded"},
    {4, 0, "erroneous header field"},
    {4, 1, "unrecognized next header"},
    {4, 2, "unrecognized option"},
};

static const struct word nd_options[] = {
    {1, -1, "source link-address"},
    {2, -1, "target link-address"},
    {3, -1, "prefix"},
    {4, -1, "redirected"},
    {5, -1, "mtu"},
    {24, -1, "route"},
    {25, -1, "rdnss"},
    {31, -1, "dnssl"},
};

static const char *text_of(const struct word *words, size_t count, int type, int code) {
    for (size_t i = 0; i < count; i++)
        if (words[i].type == type && words[i].code == code)
            return words[i].text;
    return NULL;
}

static const struct word *find(const struct word *words, size_t count, int type, const char *text) {
    for (size_t i = 0; i < count; i++)
        if ((type < 0 || words[i].type == type) && strcmp(words[i].text, text) == 0)
            return &words[i];
    return NULL;
}

const char *nlu_icmp_type_word(int type) {
    return text_of(icmp_types, NLU_COUNT(icmp_types), type, -1);
}

const char *nlu_icmp6_type_word(int type) {
    return text_of(icmp6_types, NLU_COUNT(icmp6_types), type, -1);
}

const char *nlu_icmp_code_word(int type, int code) {
    return text_of(icmp_codes, NLU_COUNT(icmp_codes), type, code);
}

const char *nlu_icmp6_code_word(int type, int code) {
    return text_of(icmp6_codes, NLU_COUNT(icmp6_codes), type, code);
}

const char *nlu_nd_option_word(int type) {
    return text_of(nd_options, NLU_COUNT(nd_options), type, -1);
}

int nlu_icmp_type_number(const char *word) {
    const struct word *w = find(icmp_types, NLU_COUNT(icmp_types), -1, word);
    return w ? w->type : -1;
}

int nlu_icmp6_type_number(const char *word) {
    const struct word *w = find(icmp6_types, NLU_COUNT(icmp6_types), -1, word);
    return w ? w->type : -1;
}

int nlu_icmp_code_number(int type, const char *word) {
    const struct word *w = find(icmp_codes, NLU_COUNT(icmp_codes), type, word);
    return w ? w->code : -1;
}

int nlu_icmp6_code_number(int type, const char *word) {
    const struct word *w = find(icmp6_codes, NLU_COUNT(icmp6_codes), type, word);
    return w ? w->code : -1;
}

const char *nlu_group_record_word(int type) {
    static const char *const words[] = {"is_in", "is_ex", "to_in", "to_ex", "allow", "block"};

    return type >= 1 && type <= 6 ? words[type - 1] : NULL;
}
