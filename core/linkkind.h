// The options of each kind of link, declared as tables: ip's word, the attribute, how the value is
// written and how `ip -json` shows it. Writing and reading go through the same tables. Pure.
#ifndef NLU_LINKKIND_H
#define NLU_LINKKIND_H

#include "arena.h"
#include "util.h"
#include "value.h"

#include <linux/netlink.h>

struct nlu_link_kind;

// How links get from a name to an index and back, since options may name other links: the caller's
// functions, so that nothing here talks to the kernel. Each may be NULL: then no name is found.
struct nlu_link_names {
    int (*index)(void *arg, const char *name); // > 0, or 0 for none
    const char *(*name)(void *arg, int index); // NULL for none
    const char *(*account)(void *arg, uint32_t id, bool group); // of a user or group; NULL for none
    void *arg;
};

// What is wrong with an option: for -EINVAL how it was to be ("expected … , got …"), for -ENODEV
// the name of the link that is not there.
struct nlu_link_fault {
    char field[32];
    char text[320];
    const struct nlu_link_kind *unknown_to; // the word is no option of this kind
    bool unknown; // the word is no option of the link
};

// Attributes ready for IFLA_INFO_DATA (or IFLA_INFO_SLAVE_DATA), in the caller's arena.
struct nlu_link_data {
    const void *bytes;
    size_t size;
    // An option that a kernel built without `config` ignores in silence: whoever sends this reads
    // back whether attribute `proof_attr` is there. NULL when there is nothing to prove.
    const char *proof_word, *proof_config;
    uint16_t proof_attr;
};

// By the name in IFLA_INFO_KIND, or "bridge_slave", "bond_slave" and "vrf_slave" for what a port
// has from its master. NULL for a kind without options known here (which may well exist).
const struct nlu_link_kind *nlu_link_kind_find(const char *name);

// Is this what a port has from its master?
bool nlu_link_kind_is_slave(const struct nlu_link_kind *kind);

// Does a change have to name everything, because the kernel takes what is missing as 0?
bool nlu_link_kind_needs_current(const struct nlu_link_kind *kind);

// Does the kind have an option of this name? '_' and '-' are the same in it.
bool nlu_link_kind_knows(const struct nlu_link_kind *kind, const char *word);

// The i-th option that can be set, NULL behind the last one: for completion and messages.
const char *nlu_link_kind_word(const struct nlu_link_kind *kind, size_t i);

// Writes a table of options. `current` is what the kernel reports now (NULL for a new link): a
// change starts from it where nlu_link_kind_needs_current says so. -EINVAL and -ENODEV with *fault
// filled, -ENOMEM, -EMSGSIZE.
NLU_CHECKED int nlu_link_kind_write(const struct nlu_link_kind *kind, const struct nlu_value *opts,
                                    const struct nlattr *current,
                                    const struct nlu_link_names *names, struct nlu_arena *arena,
                                    struct nlu_link_data *ret_data, struct nlu_link_fault *fault);

// Reads IFLA_INFO_DATA (NULL: nothing came) into the table that `ip -json -details` shows as
// info_data. Attributes that are not understood are passed over; what is no attributes gives an
// empty table. NIL only without memory (tree->failed).
struct nlu_value nlu_link_kind_read(const struct nlu_link_kind *kind, const struct nlattr *data,
                                    const struct nlu_link_names *names, struct nlu_tree *tree);

#endif
