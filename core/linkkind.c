// Finding kinds and their options; linkkind_write.c and linkkind_read.c do the work.
#include "linkkind_int.h"

#include <string.h>

static const struct nlu_link_kind *const groups[] = {
    nlu_link_kinds_bridge,
    nlu_link_kinds_lower,
    nlu_link_kinds_tunnel,
};

const struct nlu_link_kind *nlu_link_kind_find(const char *name) {
    for (size_t g = 0; g < NLU_COUNT(groups); g++)
        for (const struct nlu_link_kind *k = groups[g]; k->name; k++)
            if (strcmp(k->name, name) == 0)
                return k;
    return NULL;
}

bool nlu_link_kind_is_slave(const struct nlu_link_kind *kind) {
    return kind->slave;
}

bool nlu_link_kind_needs_current(const struct nlu_link_kind *kind) {
    return kind->needs_current;
}

static bool is_end(const struct nlu_link_option *o) {
    return !o->word && !o->key;
}

// The next option of a kind, over both of its tables; NULL for `after` begins.
const struct nlu_link_option *nlu_link_option_next(const struct nlu_link_kind *kind,
                                                   const struct nlu_link_option *after) {
    const struct nlu_link_option *o = after ? after + 1 : kind->options;

    if (!is_end(o))
        return o;
    // Behind the end of the first table comes the second, once.
    for (const struct nlu_link_option *p = kind->options; !is_end(p); p++)
        if (p == after)
            return kind->more && !is_end(kind->more) ? kind->more : NULL;
    return !after && kind->more && !is_end(kind->more) ? kind->more : NULL;
}

// ip writes "ingress-qos-map"; a Lua key is more easily written with '_'.
static bool same_word(const char *a, const char *b) {
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
            return false;
    return *a == *b;
}

static bool takes_boolean(const struct nlu_link_option *o) {
    return o->form == NLU_FORM_BOOLEAN || o->form == NLU_FORM_BIT || o->form == NLU_FORM_MASKED ||
           o->form == NLU_FORM_SWITCH || o->form == NLU_FORM_PRESENCE ||
           (o->flags & NLU_OPTION_FALSE);
}

// Finds an option by ip's word. ip says "nolearning" where a table says learning = false: both do.
const struct nlu_link_option *nlu_link_option_find(const struct nlu_link_kind *kind,
                                                   const char *word, bool *ret_negated) {
    const struct nlu_link_option *o = NULL;

    *ret_negated = false;
    while ((o = nlu_link_option_next(kind, o)))
        if (o->word && same_word(o->word, word))
            return o;
    if (strncmp(word, "no", 2) != 0)
        return NULL;
    *ret_negated = true;
    while ((o = nlu_link_option_next(kind, o)))
        if (o->word && takes_boolean(o) && same_word(o->word, word + 2))
            return o;
    return NULL;
}

bool nlu_link_kind_knows(const struct nlu_link_kind *kind, const char *word) {
    bool negated;
    return nlu_link_option_find(kind, word, &negated) != NULL;
}

const char *nlu_link_kind_word(const struct nlu_link_kind *kind, size_t i) {
    const struct nlu_link_option *o = NULL;

    while ((o = nlu_link_option_next(kind, o)))
        if (o->word && i-- == 0)
            return o->word;
    return NULL;
}

uint64_t nlu_link_load(const void *bytes, size_t size, bool big_endian) {
    const uint8_t *p = bytes;
    uint64_t value = 0;
    uint16_t v16;
    uint32_t v32;

    if (big_endian) {
        for (size_t i = 0; i < size; i++)
            value = value << 8 | p[i];
        return value;
    }
    switch (size) {
    case 1:
        return *p;
    case 2:
        memcpy(&v16, p, sizeof v16);
        return v16;
    case 4:
        memcpy(&v32, p, sizeof v32);
        return v32;
    default:
        memcpy(&value, p, sizeof value);
        return value;
    }
}
