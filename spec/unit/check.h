// What every C unit test needs: checks that count, and an exit status. A test includes this once.
#ifndef NETLUA_CHECK_H
#define NETLUA_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            check_failures++;                                                                      \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);              \
        }                                                                                          \
    } while (0)

#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        long long check_got = (long long)(got), check_want = (long long)(want);                    \
        if (check_got != check_want) {                                                             \
            check_failures++;                                                                      \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, check_got,  \
                    check_want);                                                                   \
        }                                                                                          \
    } while (0)

#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *check_got = (got), *check_want = (want);                                       \
        if (!check_got || strcmp(check_got, check_want) != 0) {                                    \
            check_failures++;                                                                      \
            fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got,         \
                    check_got ? check_got : "(null)", check_want);                                 \
        }                                                                                          \
    } while (0)

// The exit status that CTest takes for "skipped"; print the reason before returning it.
enum { CHECK_SKIP = 77 };

static inline int check_result(void) {
    return check_failures ? 1 : 0;
}

#endif
