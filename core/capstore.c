#include "capstore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// The first chunk takes some hundred small packets; each is twice the one before, up to a huge
// page, whose one page fault costs a tenth of the 512 it stands for. A packet that is larger than
// the chunks of the moment gets one of its own.
enum { FIRST_CHUNK = 64 << 10, HUGE_PAGE = 2 << 20 };

// Freed with the last entry in it. Entries are added by one thread and let go by another, but both
// under the capture's lock or with the chunk no longer being filled.
struct nlu_capstore_chunk {
    size_t used, cap;
    _Atomic size_t users; // entries in it, and 1 while it is being filled
    max_align_t data[];
};

struct nlu_capstore_entry {
    struct nlu_capture_packet packet;
    struct nlu_capstore_chunk *chunk;
    struct nlu_capstore_entry *next;
    uint64_t number; // among those sorted at once: keeps the sort stable
    uint8_t bytes[];
};

static void let_go(struct nlu_capstore_chunk *chunk) {
    if (chunk && --chunk->users == 0)
        free(chunk);
}

static struct nlu_capstore_chunk *new_chunk(struct nlu_capstore *store, size_t size) {
    size_t whole = store->chunk_size ? store->chunk_size : FIRST_CHUNK;
    struct nlu_capstore_chunk *chunk;

    store->chunk_size = whole < HUGE_PAGE ? whole * 2 : HUGE_PAGE;
    if (size > whole - sizeof *chunk)
        whole = size + sizeof *chunk;
    if (whole == HUGE_PAGE) {
        chunk = aligned_alloc(HUGE_PAGE, HUGE_PAGE);
        if (chunk)
            (void)madvise(chunk, HUGE_PAGE, MADV_HUGEPAGE); // where there are none, small ones do
    } else {
        chunk = malloc(whole);
    }
    if (!chunk)
        return NULL;
    chunk->used = 0;
    chunk->cap = whole - sizeof *chunk;
    chunk->users = 1;
    return chunk;
}

static struct nlu_capstore_entry *place(struct nlu_capstore *store, size_t size) {
    const size_t align = _Alignof(max_align_t);
    struct nlu_capstore_chunk *chunk = store->chunk;

    size = (size + align - 1) / align * align;
    if (!chunk || chunk->cap - chunk->used < size) {
        struct nlu_capstore_chunk *fresh = new_chunk(store, size);
        if (!fresh)
            return NULL;
        let_go(chunk);
        store->chunk = chunk = fresh;
    }
    struct nlu_capstore_entry *entry = (void *)((char *)chunk->data + chunk->used);
    chunk->used += size;
    chunk->users++;
    entry->chunk = chunk;
    return entry;
}

int nlu_capstore_add(struct nlu_capstore *store, const struct nlu_capture_packet *packet) {
    struct nlu_capstore_entry *entry = place(store, sizeof *entry + packet->caplen);

    if (!entry)
        return -ENOMEM;
    entry->packet = *packet;
    if (packet->caplen)
        memcpy(entry->bytes, packet->bytes, packet->caplen);
    entry->packet.bytes = entry->bytes;
    entry->next = NULL;
    if (!store->first)
        store->last = &store->first;
    *store->last = entry;
    store->last = &entry->next;
    store->count++;
    return 0;
}

size_t nlu_capstore_count(const struct nlu_capstore *store) {
    return store->count;
}

static int by_time(const void *a, const void *b) {
    const struct nlu_capstore_entry *x = *(struct nlu_capstore_entry *const *)a;
    const struct nlu_capstore_entry *y = *(struct nlu_capstore_entry *const *)b;

    if (x->packet.ts_ns != y->packet.ts_ns)
        return x->packet.ts_ns < y->packet.ts_ns ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

int nlu_capstore_sort(struct nlu_capstore *store, struct nlu_capstore_order *order, int64_t until) {
    const int64_t second = 1000000000;
    size_t left = order->count - order->next;

    if (order->cap < left + store->count) {
        size_t cap = (left + store->count) * 2;
        struct nlu_capstore_entry **entries = malloc(cap * sizeof(struct nlu_capstore_entry *));
        if (!entries)
            return -ENOMEM;
        if (left)
            memcpy(entries, order->entries + order->next,
                   left * sizeof(struct nlu_capstore_entry *));
        free(order->entries);
        order->entries = entries;
        order->cap = cap;
    } else if (left && order->next) {
        memmove(order->entries, order->entries + order->next,
                left * sizeof(struct nlu_capstore_entry *));
    }
    order->next = 0;
    order->count = left;
    for (struct nlu_capstore_entry *e = store->first; e; e = e->next)
        order->entries[order->count++] = e;
    store->first = NULL;
    store->count = 0;

    bool sorted = true;
    for (size_t i = 0; i < order->count; i++) {
        order->entries[i]->number = i;
        if (i && order->entries[i]->packet.ts_ns < order->entries[i - 1]->packet.ts_ns)
            sorted = false;
    }
    if (!sorted)
        qsort(order->entries, order->count, sizeof(struct nlu_capstore_entry *), by_time);
    order->ready = order->count;
    while (order->ready && order->entries[order->ready - 1]->packet.ts_ns > until &&
           order->entries[order->ready - 1]->packet.ts_ns - until < second)
        order->ready--;
    return 0;
}

int nlu_capstore_next(struct nlu_capstore_order *order, struct nlu_capture_packet *ret_packet) {
    if (order->current)
        let_go(order->current->chunk);
    order->current = NULL;
    if (order->next == order->ready)
        return 0;
    order->current = order->entries[order->next++];
    *ret_packet = order->current->packet;
    return 1;
}

bool nlu_capstore_order_held(const struct nlu_capstore_order *order) {
    return order->ready < order->count;
}

void nlu_capstore_free(struct nlu_capstore *store) {
    for (struct nlu_capstore_entry *e = store->first, *next; e; e = next) {
        next = e->next;
        let_go(e->chunk);
    }
    let_go(store->chunk);
    *store = (struct nlu_capstore){0};
}

void nlu_capstore_order_free(struct nlu_capstore_order *order) {
    if (order->current)
        let_go(order->current->chunk);
    for (size_t i = order->next; i < order->count; i++)
        let_go(order->entries[i]->chunk);
    free(order->entries);
    *order = (struct nlu_capstore_order){0};
}
