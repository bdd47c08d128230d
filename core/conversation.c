#include "conversation.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 64 };

// FNV-1a over both ends, addresses and ports.
static size_t hash_of(const struct nlu_endpoint *low, const struct nlu_endpoint *high) {
    const struct nlu_endpoint *const ends[] = {low, high};
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < NLU_COUNT(ends); i++) {
        for (size_t at = 0; at < sizeof ends[i]->ip; at++)
            hash = (hash ^ ends[i]->ip[at]) * UINT64_C(1099511628211);
        hash = (hash ^ ends[i]->port) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ hash >> 32);
}

static bool same_end(const struct nlu_endpoint *a, const struct nlu_endpoint *b) {
    return a->port == b->port && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

// The slot of a conversation, or the free one where it belongs. There always is one.
static struct nlu_conversation *find_slot(const struct nlu_conversations *c,
                                          const struct nlu_endpoint *low,
                                          const struct nlu_endpoint *high) {
    size_t at = hash_of(low, high) & (c->cap - 1);

    while (c->slots[at].used &&
           !(same_end(&c->slots[at].low, low) && same_end(&c->slots[at].high, high)))
        at = (at + 1) & (c->cap - 1);
    return &c->slots[at];
}

// Room for one more, half of it kept free. False without memory.
static bool make_room(struct nlu_conversations *c) {
    if (c->cap && c->count < c->cap / 2)
        return true;
    struct nlu_conversations larger = {.cap = c->cap ? c->cap * 2 : FIRST_CAP, .count = c->count};
    larger.slots = calloc(larger.cap, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < c->cap; i++)
        if (c->slots[i].used)
            *find_slot(&larger, &c->slots[i].low, &c->slots[i].high) = c->slots[i];
    free(c->slots);
    *c = larger;
    return true;
}

void nlu_conversation_relative(struct nlu_conversations *conversations,
                               const struct nlu_endpoint *src, const struct nlu_endpoint *dst,
                               bool syn, uint32_t *seq, uint32_t *ack, uint32_t *ret_base) {
    bool from_high = src->port > dst->port ||
                     (src->port == dst->port && memcmp(src->ip, dst->ip, sizeof src->ip) > 0);
    const struct nlu_endpoint *low = from_high ? dst : src, *high = from_high ? src : dst;

    *ret_base = 0;
    if (!make_room(conversations))
        return;
    struct nlu_conversation *c = find_slot(conversations, low, high);
    if (!c->used || syn) {
        conversations->count += !c->used;
        *c = (struct nlu_conversation){.low = *low, .high = *high, .used = true};
        c->seq = from_high ? *ack - 1 : *seq;
        c->ack = from_high ? *seq : *ack - 1;
    } else {
        *seq -= from_high ? c->ack : c->seq;
        *ack -= from_high ? c->seq : c->ack;
    }
    *ret_base = from_high ? c->seq : c->ack;
}

void nlu_conversations_free(struct nlu_conversations *conversations) {
    free(conversations->slots);
    *conversations = (struct nlu_conversations){0};
}
