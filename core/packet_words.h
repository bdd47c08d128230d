// Words of packets' fields that both directions, reading and building, need. Pure.
#ifndef NLU_PACKET_WORDS_H
#define NLU_PACKET_WORDS_H

// Linux cooked captures: "host", "broadcast", "multicast", "otherhost", "outgoing"; NULL, or -1.
const char *nlu_packet_type_word(unsigned type);
int nlu_packet_type_number(const char *word);

// IGMP: "query", "v2 report" …; NULL, or -1.
const char *nlu_igmp_type_word(int type);
int nlu_igmp_type_number(const char *word);

// OSPF: "hello" …; NULL, or -1.
const char *nlu_ospf_type_word(int type);
int nlu_ospf_type_number(const char *word);

#endif
