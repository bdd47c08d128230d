#include "testing.h"

#ifdef NETLUA_TESTING

// Here the names mean the real ones.
#undef malloc
#undef calloc
#undef realloc
#include <stdatomic.h>
#include <stdlib.h>

// The only globals of core: the hook has to reach every allocation, and no product is built with
// it.
static atomic_long armed; // 0: not armed
static atomic_long counted;
static atomic_bool failed;

void nlu_testing_fail_at(long n) {
    atomic_store(&armed, n);
    atomic_store(&counted, 0);
    atomic_store(&failed, false);
}

bool nlu_testing_has_failed(void) {
    return atomic_load(&failed);
}

bool nlu_testing_refuses(void) {
    long at = atomic_load(&armed);

    if (!at || atomic_fetch_add(&counted, 1) + 1 < at)
        return false;
    atomic_store(&failed, true);
    return true;
}

void *nlu_testing_malloc(size_t size) {
    return nlu_testing_refuses() ? NULL : malloc(size);
}

void *nlu_testing_calloc(size_t count, size_t size) {
    return nlu_testing_refuses() ? NULL : calloc(count, size);
}

void *nlu_testing_realloc(void *p, size_t size) {
    return nlu_testing_refuses() ? NULL : realloc(p, size);
}

#else

// An empty file is no C.
typedef int nlu_testing_is_not_compiled_in;

#endif
