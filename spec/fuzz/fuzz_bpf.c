// Any bytes as a filter program and a packet: what passes the check runs to an end and reads only
// what is there. The first byte is the number of instructions.
#include "bpf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct nlu_bpf_insn insns[256], joined[2 * 256 + 4];

    if (size < 1 || (size - 1) / sizeof *insns < data[0])
        return 0;
    size_t count = data[0];
    memcpy(insns, data + 1, count * sizeof *insns);
    data += 1 + count * sizeof *insns;
    size -= 1 + count * sizeof *insns;
    // The end of the packet is the end of what is allocated, so that a sanitizer sees one step
    // more.
    uint8_t *packet = malloc(size + 1);
    if (!packet)
        return 0;
    memcpy(packet, data, size);
    const struct nlu_bpf program = {insns, count};
    if (nlu_bpf_check(&program) == 0) {
        (void)nlu_bpf_run(&program, packet, size, (uint32_t)size);
        int length = nlu_bpf_by_hardware(&program, &program, joined, NLU_COUNT(joined));
        const struct nlu_bpf both = {joined, (size_t)length};
        if (length != (int)(2 * count + 4) || nlu_bpf_check(&both) < 0)
            abort();
    }
    free(packet);
    return 0;
}
