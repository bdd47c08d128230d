// Filters in the language of pcap-filter(7), compiled by libpcap. The only file that uses libpcap.
#ifndef NLU_PCAPFILTER_H
#define NLU_PCAPFILTER_H

#include "bpf.h"

enum { NLU_PCAPFILTER_WORDS = 256 };

// Compiles `text` for packets of a link type (LINKTYPE_ value, 101 for raw IP) that are cut after
// snaplen bytes. The instructions are copied to ret_insns[0..cap); returns their number, or -EINVAL
// with libpcap's words in ret_words, or -E2BIG.
NLU_CHECKED int nlu_pcapfilter_compile(const char *text, int linktype, int snaplen,
                                       struct nlu_bpf_insn *ret_insns, size_t cap,
                                       char ret_words[NLU_PCAPFILTER_WORDS]);

#endif
