// TCP's flags and options by name. Pure.
#ifndef NLU_TCP_WORDS_H
#define NLU_TCP_WORDS_H

#include "util.h"

enum { NLU_TCP_FLAGS_TEXT = 9 };

// Flags as tcpdump writes them: "S", "S.", "P.", "F.", "R", "none". Returns buf.
const char *nlu_tcp_flags_format(uint8_t flags, char buf[NLU_TCP_FLAGS_TEXT]);

// Back again, letters in any order. 0 or -EINVAL.
NLU_CHECKED int nlu_tcp_flags_parse(const char *text, size_t len, uint8_t *ret_flags);

// "mss" for 2; NULL for an option without a name. The number, or -1.
const char *nlu_tcp_option_word(int kind);
int nlu_tcp_option_number(const char *word);

#endif
