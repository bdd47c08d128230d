// What ICMP's numbers are called: the words of RFC 792, RFC 1812, RFC 4443 and RFC 4861. Pure.
#ifndef NLU_ICMP_WORDS_H
#define NLU_ICMP_WORDS_H

// "echo request"; NULL for a type without a word here.
const char *nlu_icmp_type_word(int type);
const char *nlu_icmp6_type_word(int type);

// "port unreachable" for code 3 of "destination unreachable"; NULL for none.
const char *nlu_icmp_code_word(int type, int code);
const char *nlu_icmp6_code_word(int type, int code);

// Back again: the number, or -1.
int nlu_icmp_type_number(const char *word);
int nlu_icmp6_type_number(const char *word);
int nlu_icmp_code_number(int type, const char *word);
int nlu_icmp6_code_number(int type, const char *word);

// "source link-address" for 1; NULL for none.
const char *nlu_nd_option_word(int type);

// The records of IGMPv3 and MLDv2 reports: "is_in", "to_ex" … (RFC 3376 section 4.2.12).
const char *nlu_group_record_word(int type);

#endif
