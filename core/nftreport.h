// What libnftables says when it refuses a ruleset, taken apart. Pure: text in, struct out.
#ifndef NLU_NFTREPORT_H
#define NLU_NFTREPORT_H

#include "util.h"

enum {
    NLU_NFT_MESSAGE = 256,
    NLU_NFT_SOURCE = 160,
    NLU_NFT_FILE = 128,
};

// The first error of a report. Longer texts are cut.
struct nlu_nft_report {
    unsigned line, first, last; // place in the ruleset, from 1; 0 where it is not said
    int errnum; // the errno whose text stands in the message; EINVAL for one of nft's own sentences
    char message[NLU_NFT_MESSAGE]; // "syntax error, unexpected newline"
    char
        source[NLU_NFT_SOURCE]; // the line itself, without the white space around it; "" if unknown
    char file[NLU_NFT_FILE]; // the file an `include` brought in; "" for the ruleset itself
};

// Takes apart "PATH:3:27-27: Error: MESSAGE\n SOURCE\n ^^^\n…"; `own` is the path that stands for
// the ruleset. Text without an error in it gives its first line as message.
void nlu_nft_report_parse(const char *text, const char *own, struct nlu_nft_report *ret_report);

#endif
