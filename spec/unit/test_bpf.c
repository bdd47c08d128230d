// Filter programs: refused when they could not be run safely, and run as the kernel would.
#include "bpf.h"
#include "check.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>

#define PROGRAM(...)                                                                               \
    &(struct nlu_bpf) {                                                                            \
        (const struct nlu_bpf_insn[]){__VA_ARGS__},                                                \
            sizeof((const struct nlu_bpf_insn[]){__VA_ARGS__}) / sizeof(struct nlu_bpf_insn)       \
    }
#define STMT(code, k)                                                                              \
    { code, 0, 0, k }
#define JUMP(code, k, jt, jf)                                                                      \
    { code, jt, jf, k }

static const uint8_t arp[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x06};
static const uint8_t ip[34] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, 0x46};

// What `tcpdump -d arp` prints.
#define ARP_ONLY                                                                                   \
    STMT(BPF_LD | BPF_H | BPF_ABS, 12), JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x806, 0, 1),              \
        STMT(BPF_RET | BPF_K, 262144), STMT(BPF_RET | BPF_K, 0)

static void runs(void) {
    const struct nlu_bpf *p = PROGRAM(ARP_ONLY);

    CHECK_INT(nlu_bpf_check(p), 0);
    CHECK_INT(nlu_bpf_run(p, arp, sizeof arp, 60), 262144);
    CHECK_INT(nlu_bpf_run(p, ip, sizeof ip, 60), 0);
    CHECK_INT(nlu_bpf_run(p, arp, 13, 60), 0); // the type is not all there
    CHECK(nlu_bpf_run(&(struct nlu_bpf){NULL, 0}, arp, sizeof arp, 60) > 0);

    // x = 4 * (low half of byte 14); a = x * 2 - 3 through memory, and the length.
    p = PROGRAM(STMT(BPF_LDX | BPF_B | BPF_MSH, 14), STMT(BPF_MISC | BPF_TXA, 0),
                STMT(BPF_ALU | BPF_MUL | BPF_K, 2), STMT(BPF_ST, 3), STMT(BPF_LD | BPF_IMM, 9),
                STMT(BPF_LD | BPF_MEM, 3), STMT(BPF_ALU | BPF_SUB | BPF_K, 3),
                STMT(BPF_LDX | BPF_W | BPF_LEN, 0), STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
                STMT(BPF_RET | BPF_A, 0));
    CHECK_INT(nlu_bpf_check(p), 0);
    CHECK_INT(nlu_bpf_run(p, ip, sizeof ip, 1000), 6 * 4 * 2 - 3 + 1000);

    p = PROGRAM(STMT(BPF_LD | BPF_IMM, 7), STMT(BPF_LDX | BPF_IMM, 0),
                STMT(BPF_ALU | BPF_DIV | BPF_X, 0), STMT(BPF_RET | BPF_K, 1));
    CHECK_INT(nlu_bpf_run(p, ip, sizeof ip, 34), 0); // a division by zero drops
    p = PROGRAM(STMT(BPF_LDX | BPF_IMM, UINT32_MAX), STMT(BPF_LD | BPF_B | BPF_IND, 2),
                STMT(BPF_RET | BPF_K, 1));
    CHECK_INT(nlu_bpf_run(p, ip, sizeof ip, 34), 0); // offsets do not wrap round
}

static void refuses(void) {
    CHECK_INT(nlu_bpf_check(&(struct nlu_bpf){NULL, 0}), -EINVAL);
    CHECK_INT(nlu_bpf_check(PROGRAM(STMT(BPF_LD | BPF_IMM, 1))), -EINVAL);
    CHECK_INT(
        nlu_bpf_check(PROGRAM(JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), STMT(BPF_RET | BPF_K, 0))),
        -EINVAL);
    CHECK_INT(nlu_bpf_check(PROGRAM(STMT(BPF_JMP | BPF_JA, 1), STMT(BPF_RET | BPF_K, 0))), -EINVAL);
    CHECK_INT(nlu_bpf_check(PROGRAM(STMT(BPF_ST, 16), STMT(BPF_RET | BPF_K, 0))), -EINVAL);
    CHECK_INT(nlu_bpf_check(PROGRAM(STMT(0xffff, 0), STMT(BPF_RET | BPF_K, 0))), -EINVAL);
    CHECK_INT(nlu_bpf_check(PROGRAM(STMT(BPF_ALU | BPF_MOD | BPF_K, 0), STMT(BPF_RET | BPF_K, 0))),
              -EINVAL);
}

// The joined program jumps to the one or the other; here the first instruction, which only the
// kernel understands, is replaced by the hardware type itself.
static uint32_t run_joined(struct nlu_bpf_insn *insns, int count, uint16_t hatype) {
    insns[0] = (struct nlu_bpf_insn)STMT(BPF_LD | BPF_IMM, hatype);
    return nlu_bpf_run(&(struct nlu_bpf){insns, (size_t)count}, arp, sizeof arp, 60);
}

static void joins(void) {
    struct nlu_bpf_insn insns[16];
    const struct nlu_bpf *ether = PROGRAM(ARP_ONLY), *raw = PROGRAM(STMT(BPF_RET | BPF_K, 7));

    int count = nlu_bpf_by_hardware(ether, raw, insns, NLU_COUNT(insns));
    CHECK_INT(count, 9);
    CHECK_INT(nlu_bpf_check(&(struct nlu_bpf){insns, 9}), 0);
    CHECK_INT(run_joined(insns, count, ARPHRD_ETHER), 262144);
    CHECK_INT(run_joined(insns, count, ARPHRD_LOOPBACK), 262144);
    CHECK_INT(run_joined(insns, count, ARPHRD_NONE), 7);
    CHECK_INT(nlu_bpf_by_hardware(ether, raw, insns, 8), -E2BIG);
}

int main(void) {
    runs();
    refuses();
    joins();
    return check_result();
}
