// Memory for one answer: many allocations, one free. Results of variable size are handed out in an
// arena.
#ifndef NLU_ARENA_H
#define NLU_ARENA_H

#include "util.h"

struct nlu_arena_block;

// Zero-initialise; nlu_arena_free makes it zero again.
struct nlu_arena {
    struct nlu_arena_block *head;
};

// Zeroed memory, aligned for any type, valid until nlu_arena_free. NULL when there is none.
void *nlu_arena_alloc(struct nlu_arena *arena, size_t size);

// A copy of text[0..len) with a NUL behind it. NULL when there is no memory.
char *nlu_arena_text(struct nlu_arena *arena, const char *text, size_t len);

// Room for one more element in an array that lives in the arena: doubles *items (copying) when
// count == *cap. New elements are zero. Returns 0 or -ENOMEM; on failure the array is as before.
NLU_CHECKED int nlu_arena_grow(struct nlu_arena *arena, void **items, size_t size, size_t count,
                               size_t *cap);

// Frees everything at once. The arena may be used again.
void nlu_arena_free(struct nlu_arena *arena);

#endif
