#include "nearest.h"

#include <string.h>

enum { LONGEST = 32 };

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

// Edits that lead from one word to the other: three rows of the usual table are enough.
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len) {
    unsigned rows[3][LONGEST + 1];

    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            now[j] = least(before[j] + 1, now[j - 1] + 1);
            now[j] = least(now[j], before[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *nlu_nearest(const char *word, const char *const *known) {
    const size_t len = strlen(word);
    const char *nearest = NULL;

    if (len < 2 || len > LONGEST)
        return NULL;
    // One slip in three letters: with more, short words are all alike.
    unsigned best = len < 6 ? 2 : (unsigned)len / 3 + 1;
    for (; *known; known++) {
        const size_t known_len = strlen(*known);
        if (known_len > LONGEST)
            continue;
        const unsigned d = distance(word, len, *known, known_len);
        if (d < best)
            best = d, nearest = *known;
    }
    return nearest;
}
