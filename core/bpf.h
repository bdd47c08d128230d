// Classic BPF, the language that packet filters are compiled to: checked, run and joined here.
// Pure. The instructions and what they mean: "The BSD Packet Filter" (McCanne, Jacobson 1993) and
// Documentation/networking/filter.rst of the kernel.
#ifndef NLU_BPF_H
#define NLU_BPF_H

#include "util.h"

enum {
    NLU_BPF_MAX = 4096, // the kernel's limit (BPF_MAXINSNS)
    NLU_BPF_MEMORY = 16, // words of scratch memory
};

// As struct sock_filter and libpcap's struct bpf_insn, so that programs need no translation.
struct nlu_bpf_insn {
    uint16_t code;
    uint8_t jt, jf;
    uint32_t k;
};

// A program; the instructions belong to the caller. insns NULL: no filter, everything passes.
struct nlu_bpf {
    const struct nlu_bpf_insn *insns;
    size_t count;
};

// Can it be run safely: known instructions, jumps forward and inside, an end. 0 or -EINVAL.
NLU_CHECKED int nlu_bpf_check(const struct nlu_bpf *program);

// How many bytes of the packet the (checked) program lets pass: 0 drops it. A read beyond `size`
// drops it too, as in the kernel. `wirelen` is what the program sees as the length.
uint32_t nlu_bpf_run(const struct nlu_bpf *program, const uint8_t *bytes, size_t size,
                     uint32_t wirelen);

// One kernel program out of two: `ether` for what comes with an Ethernet header (hardware types
// Ethernet and loopback), `raw` for what starts at the network header. Writes up to cap
// instructions to ret_insns and returns their number, or -E2BIG.
NLU_CHECKED int nlu_bpf_by_hardware(const struct nlu_bpf *ether, const struct nlu_bpf *raw,
                                    struct nlu_bpf_insn *ret_insns, size_t cap);

#endif
