// TCP conversations seen so far, so that sequence numbers can be told from each one's start, as
// tcpdump does it. No I/O.
#ifndef NLU_CONVERSATION_H
#define NLU_CONVERSATION_H

#include "util.h"

// One end: an address of 4 or 16 bytes (the rest zero) and a port.
struct nlu_endpoint {
    uint8_t ip[16];
    uint16_t port;
};

struct nlu_conversation {
    struct nlu_endpoint low, high; // in a fixed order, whoever sends
    uint32_t seq, ack; // where the numbers of low and of high start
    bool used;
};

// Zero-initialise; nlu_conversations_free makes it zero again.
struct nlu_conversations {
    struct nlu_conversation *slots;
    size_t count, cap; // cap is a power of two, or 0
};

// Makes *seq and *ack of a segment relative to its conversation, which starts with the first
// segment that has an acknowledgement, or with a SYN; that one keeps its numbers. *ret_base is what
// the other side's numbers start from (for selective acknowledgements). Without memory the numbers
// stay as they are.
void nlu_conversation_relative(struct nlu_conversations *conversations,
                               const struct nlu_endpoint *src, const struct nlu_endpoint *dst,
                               bool syn, uint32_t *seq, uint32_t *ack, uint32_t *ret_base);

void nlu_conversations_free(struct nlu_conversations *conversations);

#endif
