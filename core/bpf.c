#include "bpf.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <string.h>

int nlu_bpf_check(const struct nlu_bpf *program) {
    if (!program->count || program->count > NLU_BPF_MAX)
        return -EINVAL;
    for (size_t i = 0; i < program->count; i++) {
        const struct nlu_bpf_insn *in = &program->insns[i];
        size_t left = program->count - i - 1; // instructions behind this one

        switch (in->code) {
        case BPF_LD | BPF_MEM:
        case BPF_LDX | BPF_MEM:
        case BPF_ST:
        case BPF_STX:
            if (in->k >= NLU_BPF_MEMORY)
                return -EINVAL;
            break;
        case BPF_LD | BPF_ABS: // BPF_W is 0, here and below
        case BPF_LD | BPF_H | BPF_ABS:
        case BPF_LD | BPF_B | BPF_ABS:
        case BPF_LD | BPF_IND:
        case BPF_LD | BPF_H | BPF_IND:
        case BPF_LD | BPF_B | BPF_IND:
        case BPF_LD | BPF_LEN:
        case BPF_LDX | BPF_LEN:
        case BPF_LD | BPF_IMM:
        case BPF_LDX | BPF_IMM:
        case BPF_LDX | BPF_B | BPF_MSH:
        case BPF_ALU | BPF_ADD: // with BPF_K, which is 0 too
        case BPF_ALU | BPF_ADD | BPF_X:
        case BPF_ALU | BPF_SUB | BPF_K:
        case BPF_ALU | BPF_SUB | BPF_X:
        case BPF_ALU | BPF_MUL | BPF_K:
        case BPF_ALU | BPF_MUL | BPF_X:
        case BPF_ALU | BPF_DIV | BPF_X:
        case BPF_ALU | BPF_MOD | BPF_X:
        case BPF_ALU | BPF_OR | BPF_K:
        case BPF_ALU | BPF_OR | BPF_X:
        case BPF_ALU | BPF_AND | BPF_K:
        case BPF_ALU | BPF_AND | BPF_X:
        case BPF_ALU | BPF_XOR | BPF_K:
        case BPF_ALU | BPF_XOR | BPF_X:
        case BPF_ALU | BPF_LSH | BPF_X:
        case BPF_ALU | BPF_RSH | BPF_X:
        case BPF_ALU | BPF_NEG:
        case BPF_MISC | BPF_TAX:
        case BPF_MISC | BPF_TXA:
        case BPF_RET | BPF_K:
        case BPF_RET | BPF_A:
            break;
        case BPF_ALU | BPF_DIV | BPF_K:
        case BPF_ALU | BPF_MOD | BPF_K:
            if (!in->k)
                return -EINVAL;
            break;
        case BPF_ALU | BPF_LSH | BPF_K:
        case BPF_ALU | BPF_RSH | BPF_K:
            if (in->k >= 32)
                return -EINVAL;
            break;
        case BPF_JMP | BPF_JA:
            if (in->k >= left)
                return -EINVAL;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JEQ | BPF_X:
        case BPF_JMP | BPF_JGE | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_X:
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_X:
        case BPF_JMP | BPF_JSET | BPF_K:
        case BPF_JMP | BPF_JSET | BPF_X:
            if (in->jt >= left || in->jf >= left)
                return -EINVAL;
            break;
        default:
            return -EINVAL;
        }
    }
    return BPF_CLASS(program->insns[program->count - 1].code) == BPF_RET ? 0 : -EINVAL;
}

// Reads `width` bytes at `at` in network order; false when they are not all there.
static bool load(const uint8_t *bytes, size_t size, uint64_t at, size_t width, uint32_t *ret) {
    uint32_t value = 0;

    if (at > size || size - at < width)
        return false;
    for (size_t i = 0; i < width; i++)
        value = value << 8 | bytes[at + i];
    *ret = value;
    return true;
}

static size_t width_of(uint16_t code) {
    return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

// a OP operand; false for what ends the program (a division by zero).
static bool alu(uint16_t code, uint32_t *a, uint32_t operand) {
    switch (BPF_OP(code)) {
    case BPF_ADD:
        *a += operand;
        return true;
    case BPF_SUB:
        *a -= operand;
        return true;
    case BPF_MUL:
        *a *= operand;
        return true;
    case BPF_DIV:
        *a = operand ? *a / operand : 0;
        return operand != 0;
    case BPF_MOD:
        *a = operand ? *a % operand : 0;
        return operand != 0;
    case BPF_OR:
        *a |= operand;
        return true;
    case BPF_AND:
        *a &= operand;
        return true;
    case BPF_XOR:
        *a ^= operand;
        return true;
    case BPF_LSH:
        *a = operand < 32 ? *a << operand : 0;
        return true;
    case BPF_RSH:
        *a = operand < 32 ? *a >> operand : 0;
        return true;
    default: // BPF_NEG
        *a = -*a;
        return true;
    }
}

static bool holds(uint16_t code, uint32_t a, uint32_t operand) {
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return a == operand;
    case BPF_JGT:
        return a > operand;
    case BPF_JGE:
        return a >= operand;
    default: // BPF_JSET
        return (a & operand) != 0;
    }
}

uint32_t nlu_bpf_run(const struct nlu_bpf *program, const uint8_t *bytes, size_t size,
                     uint32_t wirelen) {
    uint32_t a = 0, x = 0, memory[NLU_BPF_MEMORY] = {0};

    if (!program->insns)
        return UINT32_MAX;
    // Jumps only go forward, so that this ends.
    for (size_t pc = 0; pc < program->count; pc++) {
        const struct nlu_bpf_insn *in = &program->insns[pc];
        uint32_t operand = BPF_SRC(in->code) == BPF_X ? x : in->k;

        switch (BPF_CLASS(in->code)) {
        case BPF_LD:
            if (BPF_MODE(in->code) == BPF_ABS) {
                if (!load(bytes, size, in->k, width_of(in->code), &a))
                    return 0;
            } else if (BPF_MODE(in->code) == BPF_IND) {
                if (!load(bytes, size, (uint64_t)x + in->k, width_of(in->code), &a))
                    return 0;
            } else {
                a = BPF_MODE(in->code) == BPF_LEN   ? wirelen
                    : BPF_MODE(in->code) == BPF_MEM ? memory[in->k % NLU_BPF_MEMORY]
                                                    : in->k;
            }
            break;
        case BPF_LDX:
            if (BPF_MODE(in->code) == BPF_MSH) { // four times the low half of a byte: IPv4's IHL
                if (!load(bytes, size, in->k, 1, &x))
                    return 0;
                x = (x & 0xf) << 2;
            } else {
                x = BPF_MODE(in->code) == BPF_LEN   ? wirelen
                    : BPF_MODE(in->code) == BPF_MEM ? memory[in->k % NLU_BPF_MEMORY]
                                                    : in->k;
            }
            break;
        case BPF_ST:
            memory[in->k % NLU_BPF_MEMORY] = a;
            break;
        case BPF_STX:
            memory[in->k % NLU_BPF_MEMORY] = x;
            break;
        case BPF_ALU:
            if (!alu(in->code, &a, operand))
                return 0;
            break;
        case BPF_JMP:
            if (BPF_OP(in->code) == BPF_JA)
                pc += in->k;
            else
                pc += holds(in->code, a, operand) ? in->jt : in->jf;
            break;
        case BPF_RET:
            return BPF_RVAL(in->code) == BPF_A ? a : in->k;
        default: // BPF_MISC
            if (BPF_MISCOP(in->code) == BPF_TAX)
                x = a;
            else
                a = x;
            break;
        }
    }
    return 0;
}

int nlu_bpf_by_hardware(const struct nlu_bpf *ether, const struct nlu_bpf *raw,
                        struct nlu_bpf_insn *ret_insns, size_t cap) {
    if (ether->count + raw->count + 4 > cap)
        return -E2BIG;
    // `ja` reaches further than the eight bits of a conditional jump.
    const struct nlu_bpf_insn head[] = {
        {BPF_LD | BPF_ABS, 0, 0, (uint32_t)(SKF_AD_OFF + SKF_AD_HATYPE)},
        {BPF_JMP | BPF_JEQ | BPF_K, 2, 0, ARPHRD_ETHER},
        {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARPHRD_LOOPBACK},
        {BPF_JMP | BPF_JA, 0, 0, (uint32_t)ether->count},
    };
    memcpy(ret_insns, head, sizeof head);
    memcpy(ret_insns + 4, ether->insns, ether->count * sizeof *ret_insns);
    memcpy(ret_insns + 4 + ether->count, raw->insns, raw->count * sizeof *ret_insns);
    return (int)(4 + ether->count + raw->count);
}
