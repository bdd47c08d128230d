// Names that a machine gives to the numbers of routing and links, beside those everybody knows
// (route_names.h): the files of /etc/iproute2, ip-route(8).
#ifndef NLU_IDNAMES_H
#define NLU_IDNAMES_H

#include "arena.h"

enum nlu_idfile {
    NLU_IDFILE_TABLES,
    NLU_IDFILE_PROTOCOLS,
    NLU_IDFILE_SCOPES,
    NLU_IDFILE_REALMS,
    NLU_IDFILE_DSFIELDS,
    NLU_IDFILE_ADDR_PROTOCOLS,
    NLU_IDFILE_GROUPS, // of links
    NLU_IDFILES, // how many there are
};

// What stands in one of them. Zero-initialise; everything lives in the arena of the calls.
struct nlu_idnames {
    struct nlu_idname {
        uint32_t value;
        const char *word;
    } * items;
    size_t count, cap;
};

// Adds the lines of a text: "100 red", "0x64 red # comment". Other lines are passed over. Pure.
// 0 or -ENOMEM.
NLU_CHECKED int nlu_idnames_read(const char *text, size_t size, struct nlu_arena *arena,
                                 struct nlu_idnames *names);

// Adds what this machine has: /etc/iproute2/rt_tables (or else what iproute2 ships below /usr) and
// all of rt_tables.d/*.conf. What is not there or cannot be read is no failure. 0 or -ENOMEM.
NLU_CHECKED int nlu_idnames_load(enum nlu_idfile file, struct nlu_arena *arena,
                                 struct nlu_idnames *names);

// The word for a number; of several the last one. NULL when there is none.
const char *nlu_idnames_word(const struct nlu_idnames *names, uint32_t value);
// The number for a word. False when there is none.
bool nlu_idnames_value(const struct nlu_idnames *names, const char *word, uint32_t *ret_value);

#endif
