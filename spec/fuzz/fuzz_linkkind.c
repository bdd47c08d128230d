// Options of link kinds: what a kernel might report is read, and what a script might say is written
// and read back. The first byte chooses the kind, the second what is done.
#include "linkkind.h"

#include "nlcodec.h"

#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const kinds[] = {
    "bridge", "bridge_slave", "bond", "bond_slave", "vlan", "macvlan", "ipvlan",
    "vxlan",  "geneve",       "vrf",  "vrf_slave",  "tun",  "gre",     "erspan",
    "ip6gre", "ipip",         "sit",  "ip6tnl",     "vti",  "xfrm",
};

static int index_of(void *arg, const char *name) {
    (void)arg;
    return *name == 'e' ? 7 : 0;
}

static const char *name_of(void *arg, int index) {
    (void)arg;
    return index & 1 ? "eth0" : NULL;
}

static const char *account_of(void *arg, uint32_t id, bool group) {
    (void)arg;
    return (id & 1) == group ? "somebody" : NULL;
}

static const struct nlu_link_names names = {
    .index = index_of, .name = name_of, .account = account_of};

// Everything in it is looked at, so that a sanitizer sees it.
static volatile uint64_t sink;

static void look_at(const struct nlu_value *value, int depth) {
    char buf[NLU_VALUE_TEXT];
    size_t len;

    if (depth > 4)
        abort(); // nothing that is shown is so deep
    if (value->type != NLU_VALUE_TABLE) {
        const char *text = nlu_value_string(value, buf, &len);
        for (size_t i = 0; text && i < len; i++)
            sink += (uint8_t)text[i];
        return;
    }
    for (size_t i = 0; i < value->table->count; i++) {
        sink += value->table->pairs[i].key ? strlen(value->table->pairs[i].key) : 0;
        look_at(&value->table->pairs[i].value, depth + 1);
    }
}

// A nest of exactly these bytes in memory of its own.
static struct nlattr *nest_of(const void *bytes, size_t size) {
    struct nlattr *nest = malloc(sizeof *nest + size);

    if (!nest)
        abort();
    nest->nla_type = IFLA_INFO_DATA;
    nest->nla_len = (uint16_t)(sizeof *nest + size);
    if (size)
        memcpy(nest + 1, bytes, size);
    return nest;
}

static void read_back(const struct nlu_link_kind *kind, const struct nlattr *nest,
                      struct nlu_tree *tree) {
    struct nlu_value table = nlu_link_kind_read(kind, nest, &names, tree);

    if (table.type != NLU_VALUE_TABLE)
        abort();
    look_at(&table, 0);
}

// Takes values out of the input: a kind of value, then what it holds.
static struct nlu_value take_value(const uint8_t **p, const uint8_t *end, struct nlu_tree *tree,
                                   int depth) {
    if (*p >= end)
        return (struct nlu_value){0};
    const uint8_t what = *(*p)++;
    size_t left = (size_t)(end - *p), len = what >> 3;
    int64_t integer = 0;

    switch (what & 7) {
    case 0:
        return nlu_value_boolean(what & 8);
    case 1:
    case 2:
        len = len > 8 ? 8 : len;
        len = len > left ? left : len;
        if (len)
            memcpy(&integer, *p, len);
        *p += len;
        return nlu_value_integer(integer);
    case 3:
        return (struct nlu_value){.type = NLU_VALUE_NUMBER, .number = len / 3.0};
    case 4: {
        struct nlu_value table = nlu_value_table(tree);
        static const char *const keys[] = {NULL, "from", "to", "add", "set", "low", "high", NULL};
        for (size_t i = 0; depth < 3 && i < len; i++)
            nlu_table_add(tree, table, keys[(i + what) % NLU_COUNT(keys)],
                          take_value(p, end, tree, depth + 1));
        return table;
    }
    default: {
        len = len > left ? left : len;
        struct nlu_value text = nlu_value_bytes(*p, len);
        *p += len;
        return text;
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};

    if (size < 2 || size > 8192)
        return 0;
    const struct nlu_link_kind *kind = nlu_link_kind_find(kinds[data[0] % NLU_COUNT(kinds)]);
    const uint8_t what = data[1];
    const uint8_t *p = data + 2, *end = data + size;
    if (!kind)
        abort();
    if (what & 1) {
        struct nlattr *nest = nest_of(p, (size_t)(end - p));
        read_back(kind, nest, &tree);
        free(nest);
        nlu_arena_free(&arena);
        return 0;
    }
    struct nlattr *current = NULL;
    if (what & 2) {
        size_t some = (size_t)(end - p) / 2;
        current = nest_of(p, some);
        p += some;
    }
    struct nlu_value opts = nlu_value_table(&tree);
    size_t words = 0;
    while (nlu_link_kind_word(kind, words))
        words++;
    while (words && p < end) {
        const char *word = nlu_link_kind_word(kind, *p++ % words);
        nlu_table_add(&tree, opts, word, take_value(&p, end, &tree, 0));
    }
    struct nlu_link_data written;
    struct nlu_link_fault fault;
    int rc = nlu_link_kind_write(kind, &opts, current, &names, &arena, &written, &fault);
    if (rc == 0) {
        struct nlattr *nest = nest_of(written.bytes, written.size);
        const struct nlattr *table[1];
        if (nlu_attr_parse_nest(nest, NULL, 0, table) < 0)
            abort(); // what is written is attributes
        read_back(kind, nest, &tree);
        free(nest);
    } else if (!*fault.field || !memchr(fault.text, '\0', sizeof fault.text)) {
        abort(); // a refusal names the option
    }
    free(current);
    nlu_arena_free(&arena);
    return 0;
}
