#include "packet_words.h"

#include "util.h"

#include <string.h>

struct word {
    int number;
    const char *text;
};

static const struct word packet_types[] = {
    {0, "host"}, {1, "broadcast"}, {2, "multicast"}, {3, "otherhost"}, {4, "outgoing"}};

static const struct word igmp_types[] = {{0x11, "query"},
                                         {0x12, "v1 report"},
                                         {0x16, "v2 report"},
                                         {0x17, "leave"},
                                         {0x22, "v3 report"}};

static const struct word ospf_types[] = {
    {1, "hello"}, {2, "database description"}, {3, "ls request"}, {4, "ls update"}, {5, "ls ack"}};

static const char *text_of(const struct word *words, size_t count, int number) {
    for (size_t i = 0; i < count; i++)
        if (words[i].number == number)
            return words[i].text;
    return NULL;
}

static int number_of(const struct word *words, size_t count, const char *text) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].text, text) == 0)
            return words[i].number;
    return -1;
}

const char *nlu_packet_type_word(unsigned type) {
    return text_of(packet_types, NLU_COUNT(packet_types), (int)type);
}

int nlu_packet_type_number(const char *word) {
    return number_of(packet_types, NLU_COUNT(packet_types), word);
}

const char *nlu_igmp_type_word(int type) {
    return text_of(igmp_types, NLU_COUNT(igmp_types), type);
}

int nlu_igmp_type_number(const char *word) {
    return number_of(igmp_types, NLU_COUNT(igmp_types), word);
}

const char *nlu_ospf_type_word(int type) {
    return text_of(ospf_types, NLU_COUNT(ospf_types), type);
}

int nlu_ospf_type_number(const char *word) {
    return number_of(ospf_types, NLU_COUNT(ospf_types), word);
}
