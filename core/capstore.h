// Packets between the thread that takes them from the kernel and the script that asks for them, put
// in the order of time. Pure but for memory.
#ifndef NLU_CAPSTORE_H
#define NLU_CAPSTORE_H

#include "capture.h"

struct nlu_capstore_entry;
struct nlu_capstore_chunk;

// As they came. Zero-initialise.
struct nlu_capstore {
    struct nlu_capstore_chunk *chunk; // being filled
    size_t chunk_size; // of the next one
    struct nlu_capstore_entry *first, **last;
    size_t count;
};

// In the order of time, being handed out. Zero-initialise.
struct nlu_capstore_order {
    struct nlu_capstore_entry **entries;
    size_t cap, count;
    size_t next; // the next to hand out
    size_t ready; // entries before this may be handed out; those behind are held
    struct nlu_capstore_entry *current; // handed out last: freed with the next call
};

// Copies the packet and its bytes. 0 or -ENOMEM.
NLU_CHECKED int nlu_capstore_add(struct nlu_capstore *store,
                                 const struct nlu_capture_packet *packet);

size_t nlu_capstore_count(const struct nlu_capstore *store);

// Moves everything from the store to the order, sorted by time with what was held there; packets of
// the same time stay as they came. Handed out are those up to `until`; but what lies more than a
// second ahead comes from a clock that was set back, and is not held. 0 or -ENOMEM (nothing lost).
NLU_CHECKED int nlu_capstore_sort(struct nlu_capstore *store, struct nlu_capstore_order *order,
                                  int64_t until);

// 1 and the next packet, or 0. Its bytes are valid until the next call.
int nlu_capstore_next(struct nlu_capstore_order *order, struct nlu_capture_packet *ret_packet);

// Are there packets that are held?
bool nlu_capstore_order_held(const struct nlu_capstore_order *order);

void nlu_capstore_free(struct nlu_capstore *store);
void nlu_capstore_order_free(struct nlu_capstore_order *order);

#endif
