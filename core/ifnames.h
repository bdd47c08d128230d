// Names for the interface indexes in answers, each asked for once.
#ifndef NLU_IFNAMES_H
#define NLU_IFNAMES_H

#include "arena.h"
#include "nlsock.h"

// What one answer has asked already. Zero-initialise but for nl and arena.
struct nlu_ifnames {
    struct nlu_nlsock *nl; // any socket opened inside the namespace
    struct nlu_arena *arena; // where the names live
    struct nlu_ifname {
        int index;
        const char *name;
    } * items;
    size_t count, cap;
};

// The name of an interface; "if7" when there is none with that index (any more), as ip writes it.
// NULL when there is no memory.
const char *nlu_ifnames_get(struct nlu_ifnames *names, int index);

// Remembers a name that was told by other means: for interfaces that may be gone when asked for.
NLU_CHECKED int nlu_ifnames_learn(struct nlu_ifnames *names, int index, const char *name);

// An interface has gone, and nothing more will be told of it: its index may be given to another
// one.
void nlu_ifnames_forget(struct nlu_ifnames *names, int index);

#endif
