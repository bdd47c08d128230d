// What the tables of linkkind_*.c are made of. For these files only.
#ifndef NLU_LINKKIND_INT_H
#define NLU_LINKKIND_INT_H

#include "linkkind.h"

enum {
    NLU_LINK_ATTR_MAX = 63, // no kind numbers its attributes higher
};

struct nlu_link_word {
    const char *word;
    int value;
};

// How a value appears in Lua and in JSON.
enum nlu_option_form {
    NLU_FORM_INTEGER, // 5; with `words` these are taken too when written
    NLU_FORM_SWITCH, // 0 or 1, as ip shows it; true and false are taken too
    NLU_FORM_BOOLEAN, // true, false
    NLU_FORM_HEX, // "0x1f"; an integer is taken too
    NLU_FORM_WORD, // one of `words`
    NLU_FORM_IP, // of the family that fits `size` (4 or 16)
    NLU_FORM_MAC,
    NLU_FORM_LINK, // the name of a link; false takes it away (index 0)
    NLU_FORM_PRESENCE, // true when the attribute is there
    NLU_FORM_BIT, // true when `bit` is set in an integer of `size`
    NLU_FORM_MASKED, // the same in a pair of 32-bit words: values, and which of them are meant
    NLU_FORM_SECONDS, // shown only: a 64-bit count of 1/100 s
    NLU_FORM_BRIDGE_ID, // shown only: "8000.2:0:0:0:0:1"
    NLU_FORM_CUSTOM, // put and show say all
};

enum nlu_option_flag {
    NLU_OPTION_BE = 1 << 0, // in network order
    NLU_OPTION_NONZERO = 1 << 1, // shown only when it is not 0
    NLU_OPTION_ALWAYS = 1 << 2, // shown as 0 (or "any") when the attribute is missing
    NLU_OPTION_FALSE = 1 << 3, // a custom option that takes false: "noX" is known too
};

struct nlu_link_writer;
struct nlu_link_reader;

struct nlu_link_option {
    const char *word; // in ip's commands; NULL: cannot be set
    const char *key; // in ip's answers; NULL: not shown
    uint16_t attr;
    uint16_t attr2; // of options that speak in two
    uint8_t form, size, flags;
    uint32_t bit;
    int64_t max; // 0: what fits into size
    const struct nlu_link_word *words;
    const char *config; // a kernel without this option ignores the attribute
    // 0 or -errno with the fault filled.
    int (*put)(struct nlu_link_writer *w, const struct nlu_link_option *o,
               const struct nlu_value *value);
    void (*show)(struct nlu_link_reader *r, const struct nlu_link_option *o);
};

// One line of a table: ip's word, the key in its answers, the attribute, then one of the forms
// below and what else there is to say.
#define NLU_OPTION(word_, key_, attr_, ...)                                                        \
    { .word = (word_), .key = (key_), .attr = (attr_), .form = __VA_ARGS__ }
#define U8 NLU_FORM_INTEGER, .size = 1
#define U16 NLU_FORM_INTEGER, .size = 2
#define U32 NLU_FORM_INTEGER, .size = 4
#define U64 NLU_FORM_INTEGER, .size = 8
#define BE16 NLU_FORM_INTEGER, .size = 2, .flags = NLU_OPTION_BE
#define SWITCH8 NLU_FORM_SWITCH, .size = 1
#define SWITCH32 NLU_FORM_SWITCH, .size = 4
#define BOOL8 NLU_FORM_BOOLEAN, .size = 1
#define TRUE8 NLU_FORM_BOOLEAN, .size = 1, .flags = NLU_OPTION_NONZERO
#define HEX8 NLU_FORM_HEX, .size = 1
#define HEX16 NLU_FORM_HEX, .size = 2
#define MARK32 NLU_FORM_HEX, .size = 4, .flags = NLU_OPTION_NONZERO
#define WORD8(words_) NLU_FORM_WORD, .size = 1, .words = (words_)
#define WORD16(words_) NLU_FORM_WORD, .size = 2, .words = (words_)
#define WORD32(words_) NLU_FORM_WORD, .size = 4, .words = (words_)
#define IP4 NLU_FORM_IP, .size = 4
#define IP6 NLU_FORM_IP, .size = 16
#define MAC NLU_FORM_MAC
#define LINK NLU_FORM_LINK, .size = 4
#define LINK_IF_ANY NLU_FORM_LINK, .size = 4, .flags = NLU_OPTION_NONZERO
#define PRESENCE NLU_FORM_PRESENCE
#define SECONDS NLU_FORM_SECONDS, .size = 8
#define BRIDGE_ID NLU_FORM_BRIDGE_ID
#define MASKED(bit_) NLU_FORM_MASKED, .bit = (bit_)
// A bit of an integer; shown only when it is set.
#define BIT16(bit_) NLU_FORM_BIT, .size = 2, .bit = (bit_), .flags = NLU_OPTION_NONZERO
#define BIT32(bit_) NLU_FORM_BIT, .size = 4, .bit = (bit_), .flags = NLU_OPTION_NONZERO
#define CUSTOM NLU_FORM_CUSTOM

// What a new link gets when nothing is said: where ip has another idea than the kernel's 0.
struct nlu_link_default {
    uint16_t attr;
    uint8_t size;
    uint32_t value;
};

struct nlu_link_kind {
    const char *name;
    const struct nlu_link_option *options, *more; // each ends with a zero entry; more may be NULL
    const struct nlu_link_default *defaults; // ends with size 0; may be NULL
    bool slave, needs_current;
    // Called when all options are written; may be NULL.
    void (*finish)(struct nlu_link_writer *w);
};

// The option behind `after` (NULL begins) in both tables of a kind; NULL at the end.
const struct nlu_link_option *nlu_link_option_next(const struct nlu_link_kind *kind,
                                                   const struct nlu_link_option *after);
// By ip's word; *ret_negated when it was said with "no" in front of it.
const struct nlu_link_option *nlu_link_option_find(const struct nlu_link_kind *kind,
                                                   const char *word, bool *ret_negated);
// An integer of 1, 2, 4 or 8 bytes.
uint64_t nlu_link_load(const void *bytes, size_t size, bool big_endian);

// --- for put functions ---------------------------------------------------------------------------

// Sets attribute `attr`; the bytes are copied. -ENOMEM.
int nlu_link_put_bytes(struct nlu_link_writer *w, uint16_t attr, const void *bytes, size_t size);
// The same for an integer of 1, 2, 4 or 8 bytes.
int nlu_link_put_integer(struct nlu_link_writer *w, uint16_t attr, uint64_t value, size_t size,
                         bool big_endian);
// Sets or clears bits of an integer attribute, starting from what it is now.
int nlu_link_put_bits(struct nlu_link_writer *w, uint16_t attr, uint32_t bits, bool on,
                      size_t size);
// A nest out of `count` attributes of `size` bytes each, numbered from 0 or all of type `type`.
int nlu_link_put_list(struct nlu_link_writer *w, uint16_t attr, int type, const void *items,
                      size_t size, size_t count);
bool nlu_link_writer_has(const struct nlu_link_writer *w, uint16_t attr);
// What an attribute is set to now, or NULL.
const void *nlu_link_writer_get(const struct nlu_link_writer *w, uint16_t attr, size_t *ret_size);
int nlu_link_writer_index(struct nlu_link_writer *w, const char *word, const char *name,
                          uint32_t *ret_index);
// Leaves an attribute out.
void nlu_link_drop(struct nlu_link_writer *w, uint16_t attr);
// `return nlu_link_fault(…)`: -EINVAL; says "expected <what>, got <value>".
int nlu_link_expected(struct nlu_link_writer *w, const char *word, const struct nlu_value *got,
                      const char *what, ...) NLU_PRINTF(4, 5);
// A `put` for a word that stands for 0 in its integer of o->size bytes; only true can be said of
// it.
int nlu_link_put_chosen(struct nlu_link_writer *w, const struct nlu_link_option *o,
                        const struct nlu_value *value);
// Item `i` of a list; a value alone is a list of one. NULL behind the last.
const struct nlu_value *nlu_link_value_item(const struct nlu_value *value, size_t i);
// Readers of values: false when it is something else.
bool nlu_link_value_text(const struct nlu_value *value, char *buf, size_t size);
bool nlu_link_value_boolean(const struct nlu_value *value, bool *ret);
bool nlu_link_value_integer(const struct nlu_value *value, int64_t min, int64_t max, int64_t *ret);

// --- for show functions --------------------------------------------------------------------------

// The attribute when it came with at least `size` bytes, else NULL.
const void *nlu_link_attr(const struct nlu_link_reader *r, uint16_t attr, size_t size,
                          size_t *ret_size);
bool nlu_link_attr_integer(const struct nlu_link_reader *r, uint16_t attr, size_t size,
                           bool big_endian, uint64_t *ret_value);
// The next of the attributes in *bytes, which it moves behind it; NULL at the end, or where it is
// malformed.
const struct nlattr *nlu_link_next_attr(const void **bytes, size_t *size);
void nlu_link_show(struct nlu_link_reader *r, const char *key, struct nlu_value value);
struct nlu_tree *nlu_link_reader_tree(struct nlu_link_reader *r);
// The name of a link by its index, as ip writes it ("if7" for one that cannot be seen).
struct nlu_value nlu_link_name_value(struct nlu_link_reader *r, uint64_t index);
struct nlu_value nlu_link_account_value(struct nlu_link_reader *r, uint32_t id, bool group);
struct nlu_value nlu_link_hex(struct nlu_tree *tree, uint64_t value);

// --- the tables ----------------------------------------------------------------------------------

extern const struct nlu_link_kind nlu_link_kinds_bridge[]; // and bond; each ends with a NULL name
extern const struct nlu_link_kind nlu_link_kinds_lower[]; // on top of another link, and vxlan …
extern const struct nlu_link_kind nlu_link_kinds_tunnel[];

#endif
