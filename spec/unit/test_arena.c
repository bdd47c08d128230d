// One block or many, zeroed and aligned; arrays that grow; refusals leave everything as it was.
#include "arena.h"
#include "check.h"

#include <errno.h>
#include <stdlib.h>

static bool all_zero(const unsigned char *p, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (p[i])
            return false;
    return true;
}

static void test_alloc(void) {
    static const size_t sizes[] = {0, 1, 7, 8, 15, 16, 17, 4000, 4095, 4096, 4097, 10000, 1, 300};
    struct nlu_arena arena = {0};
    unsigned char *given[NLU_COUNT(sizes) * 50];
    size_t count = 0;

    for (int round = 0; round < 50; round++)
        for (size_t i = 0; i < NLU_COUNT(sizes); i++) {
            unsigned char *p = nlu_arena_alloc(&arena, sizes[i]);
            CHECK(p != NULL);
            CHECK((uintptr_t)p % _Alignof(max_align_t) == 0);
            CHECK(all_zero(p, sizes[i]));
            // Written full: the neighbours show below if two overlap.
            memset(p, (int)(count % 251) + 1, sizes[i]);
            given[count++] = p;
        }
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < sizes[i % NLU_COUNT(sizes)]; at++)
            if (given[i][at] != i % 251 + 1) {
                CHECK_INT(given[i][at], i % 251 + 1);
                break;
            }
    nlu_arena_free(&arena);
    CHECK(arena.head == NULL);
    nlu_arena_free(&arena); // twice is nothing
    // And again, with memory that may have been used: zero all the same.
    unsigned char *p = nlu_arena_alloc(&arena, 4000);
    CHECK(all_zero(p, 4000));
    nlu_arena_free(&arena);
}

static void test_too_much(void) {
    struct nlu_arena arena = {0};
    // volatile: the compiler must not reason about sizes that no object can have.
    volatile size_t huge[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 4096, SIZE_MAX / 2};

    for (size_t i = 0; i < NLU_COUNT(huge); i++)
        CHECK(nlu_arena_alloc(&arena, huge[i]) == NULL);
    CHECK(arena.head == NULL);
    CHECK(nlu_arena_alloc(&arena, 10) != NULL);
    nlu_arena_free(&arena);
}

static void test_text(void) {
    struct nlu_arena arena = {0};

    CHECK_STR(nlu_arena_text(&arena, "eth0 and more", 4), "eth0");
    CHECK_STR(nlu_arena_text(&arena, "", 0), "");
    char *with_nul = nlu_arena_text(&arena, "a\0b", 3);
    CHECK(memcmp(with_nul, "a\0b", 4) == 0);
    nlu_arena_free(&arena);
}

static void test_grow(void) {
    struct nlu_arena arena = {0};
    int *items = NULL;
    size_t count = 0, cap = 0;

    for (; count < 10000; count++) {
        if (nlu_arena_grow(&arena, (void **)&items, sizeof *items, count, &cap) < 0)
            break;
        CHECK(cap > count);
        CHECK_INT(items[count], 0);
        items[count] = (int)count * 3;
    }
    CHECK_INT(count, 10000);
    for (size_t i = 0; i < count; i++)
        if (items[i] != (int)i * 3)
            CHECK_INT(items[i], i * 3);
    // There is room: nothing moves.
    int *before = items;
    size_t before_cap = cap;
    CHECK_INT(nlu_arena_grow(&arena, (void **)&items, sizeof *items, count, &cap), 0);
    CHECK(items == before && cap == before_cap);
    // More than there is: the array stays as it was.
    size_t full = SIZE_MAX / 16;
    CHECK_INT(nlu_arena_grow(&arena, (void **)&items, 32, full, &full), -ENOMEM);
    CHECK(items == before);
    CHECK_INT(full, SIZE_MAX / 16);
    full = SIZE_MAX / 2 + 1; // doubling it gives nothing
    CHECK_INT(nlu_arena_grow(&arena, (void **)&items, 1, full, &full), -ENOMEM);
    CHECK(items == before);
    nlu_arena_free(&arena);
}

int main(void) {
    test_alloc();
    test_too_much();
    test_text();
    test_grow();
    return check_result();
}
