#include "ifnames.h"

#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct nlu_ifname *find(struct nlu_ifnames *names, int index) {
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i].index == index)
            return &names->items[i];
    return NULL;
}

static const char *keep(struct nlu_ifnames *names, int index, const char *name) {
    const char *copy = nlu_arena_text(names->arena, name, strlen(name));

    if (!copy || nlu_arena_grow(names->arena, (void **)&names->items, sizeof *names->items,
                                names->count, &names->cap) < 0)
        return NULL;
    names->items[names->count++] = (struct nlu_ifname){index, copy};
    return copy;
}

const char *nlu_ifnames_get(struct nlu_ifnames *names, int index) {
    const struct nlu_ifname *known = find(names, index);
    char name[IFNAMSIZ];
    struct nlu_err ignored;

    if (known)
        return known->name;
    if (nlu_link_name(names->nl, index, name, &ignored) < 0)
        snprintf(name, sizeof name, "if%d", index);
    return keep(names, index, name);
}

int nlu_ifnames_learn(struct nlu_ifnames *names, int index, const char *name) {
    struct nlu_ifname *known = find(names, index);

    if (!known)
        return keep(names, index, name) ? 0 : -ENOMEM;
    if (strcmp(known->name, name) != 0) {
        const char *copy = nlu_arena_text(names->arena, name, strlen(name));
        if (!copy)
            return -ENOMEM;
        known->name = copy;
    }
    return 0;
}

void nlu_ifnames_forget(struct nlu_ifnames *names, int index) {
    struct nlu_ifname *known = find(names, index);

    if (known)
        *known = names->items[--names->count];
}
