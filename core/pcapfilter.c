#include "pcapfilter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

int nlu_pcapfilter_compile(const char *text, int linktype, int snaplen,
                           struct nlu_bpf_insn *ret_insns, size_t cap,
                           char ret_words[NLU_PCAPFILTER_WORDS]) {
    struct bpf_program program;
    // LINKTYPE_ values are those in files; the few that differ from DLT_ differ by system.
    pcap_t *dead = pcap_open_dead(linktype == 101 ? DLT_RAW : linktype, snaplen);
    int rc;

    if (!dead)
        return -ENOMEM;
    if (pcap_compile(dead, &program, text, 1, PCAP_NETMASK_UNKNOWN) < 0) {
        snprintf(ret_words, NLU_PCAPFILTER_WORDS, "%s", pcap_geterr(dead));
        pcap_close(dead);
        return -EINVAL;
    }
    _Static_assert(sizeof(struct bpf_insn) == sizeof(struct nlu_bpf_insn), "one layout");
    if (program.bf_len > cap) {
        snprintf(ret_words, NLU_PCAPFILTER_WORDS, "it needs %u instructions, more than %zu",
                 program.bf_len, cap);
        rc = -E2BIG;
    } else {
        memcpy(ret_insns, program.bf_insns, program.bf_len * sizeof *ret_insns);
        rc = (int)program.bf_len;
    }
    pcap_freecode(&program);
    pcap_close(dead);
    return rc;
}
