// Values without a type of their own in C: what a packet's fields say and what a packet is built
// from. A tree of tables with strings, integers and addresses, living in an arena. Pure.
#ifndef NLU_VALUE_H
#define NLU_VALUE_H

#include "arena.h"
#include "util.h"

enum nlu_value_type {
    NLU_VALUE_NIL,
    NLU_VALUE_BOOLEAN,
    NLU_VALUE_INTEGER,
    NLU_VALUE_NUMBER,
    NLU_VALUE_BYTES, // text too: not NUL-terminated, may hold anything
    NLU_VALUE_IP, // bytes of an address, 4 or 16; its text where text is wanted
    NLU_VALUE_MAC, // 6 bytes
    NLU_VALUE_TCP_FLAGS, // integer; "S." where text is wanted
    NLU_VALUE_TABLE,
};

struct nlu_table;

// What the pointers point at belongs to the packet, to the arena or is static.
struct nlu_value {
    enum nlu_value_type type;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct nlu_table *table;
        const void *bytes; // BYTES, IP, MAC
    };
    size_t len; // of bytes
};

struct nlu_pair {
    const char *key; // NULL: an item of the list part, in order
    struct nlu_value value;
};

struct nlu_table {
    struct nlu_pair *pairs;
    size_t count, cap;
};

// Where a tree grows. `failed` stays set once there was no memory: check it at the end.
struct nlu_tree {
    struct nlu_arena *arena;
    bool failed;
};

struct nlu_value nlu_value_integer(int64_t value);
struct nlu_value nlu_value_boolean(bool value);
struct nlu_value nlu_value_bytes(const void *bytes, size_t len);
struct nlu_value nlu_value_text(const char *text); // NULL gives nil
struct nlu_value nlu_value_ip(const void *bytes, size_t size);
struct nlu_value nlu_value_mac(const void *bytes);
struct nlu_value nlu_value_tcp_flags(uint8_t flags);

// A copy of text in the tree's arena, made printf-style.
struct nlu_value nlu_value_format(struct nlu_tree *tree, const char *fmt, ...) NLU_PRINTF(2, 3);

// An empty table as a value, NIL (and failed) without memory.
struct nlu_value nlu_value_table(struct nlu_tree *tree);

// Adds a pair behind the others; nothing is added for nil. key NULL adds to the list. The key is
// not copied.
void nlu_table_add(struct nlu_tree *tree, struct nlu_value table, const char *key,
                   struct nlu_value value);

// The value under key, or NULL; the n-th of the list part (from 0), or NULL. NULL for no table.
const struct nlu_value *nlu_table_get(const struct nlu_value *table, const char *key);
const struct nlu_value *nlu_table_item(const struct nlu_value *table, size_t n);

// Do both say the same? Addresses are equal to their text; the order of keys is of no account.
bool nlu_value_equal(const struct nlu_value *a, const struct nlu_value *b);

// Writes a value as Lua would have it, on one line, strings cut after some dozens of bytes:
// { ttl = 64, src = "192.0.2.1" }. Always NUL-terminated; returns how long it is, cap or more when
// it did not fit.
size_t nlu_value_print(const struct nlu_value *value, char *buf, size_t cap);

enum { NLU_VALUE_TEXT = 46 };
// The bytes of a string-like value: BYTES as they are, IP, MAC and TCP_FLAGS as text written to
// buf. NULL for other types.
const char *nlu_value_string(const struct nlu_value *value, char buf[NLU_VALUE_TEXT],
                             size_t *ret_len);

#endif
