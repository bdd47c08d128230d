#include "arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Most answers (a link, a handful of routes) fit into one block; larger ones get blocks of their
// own.
enum { BLOCK = 4096 };

struct nlu_arena_block {
    struct nlu_arena_block *next;
    size_t used, cap;
    max_align_t data[];
};

void *nlu_arena_alloc(struct nlu_arena *arena, size_t size) {
    struct nlu_arena_block *block = arena->head;
    const size_t align = _Alignof(max_align_t);

    if (size > SIZE_MAX - BLOCK)
        return NULL;
    size = (size + align - 1) / align * align;
    if (!block || block->cap - block->used < size) {
        size_t cap = size > BLOCK ? size : BLOCK;
        block = calloc(1, sizeof *block + cap);
        if (!block)
            return NULL;
        block->cap = cap;
        block->next = arena->head;
        arena->head = block;
    }
    void *p = (char *)block->data + block->used;
    block->used += size;
    return p;
}

char *nlu_arena_text(struct nlu_arena *arena, const char *text, size_t len) {
    char *copy = nlu_arena_alloc(arena, len + 1);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}

int nlu_arena_grow(struct nlu_arena *arena, void **items, size_t size, size_t count, size_t *cap) {
    if (count < *cap)
        return 0;
    if (*cap > SIZE_MAX / 2 / size)
        return -ENOMEM;
    size_t bigger = *cap ? *cap * 2 : 8;
    void *moved = nlu_arena_alloc(arena, bigger * size);
    if (!moved)
        return -ENOMEM;
    if (count)
        memcpy(moved, *items, count * size);
    *items = moved;
    *cap = bigger;
    return 0;
}

void nlu_arena_free(struct nlu_arena *arena) {
    while (arena->head) {
        struct nlu_arena_block *next = arena->head->next;
        free(arena->head);
        arena->head = next;
    }
}
