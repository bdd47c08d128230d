// A test hook, compiled in with NETLUA_TESTING only: allocations that fail when a test says so.
#ifndef NLU_TESTING_H
#define NLU_TESTING_H
#ifdef NETLUA_TESTING

#include <stdbool.h>
#include <stddef.h>

// From the n-th allocation on (counted from 1, in all threads) every one fails; 0: none does.
void nlu_testing_fail_at(long n);

// Has one failed since nlu_testing_fail_at?
bool nlu_testing_has_failed(void);

// Counts one allocation. Must it fail?
bool nlu_testing_refuses(void);

// What malloc, calloc and realloc are in core then: the build renames them.
void *nlu_testing_malloc(size_t size);
void *nlu_testing_calloc(size_t count, size_t size);
void *nlu_testing_realloc(void *p, size_t size);

#endif
#endif
