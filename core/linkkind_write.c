// From options to attributes: nlu_link_kind_write and what put functions need.
#include "linkkind_int.h"

#include "ipaddr.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    const void *bytes;
    uint16_t size;
    bool set, nested;
};

struct nlu_link_writer {
    const struct nlu_link_kind *kind;
    const struct nlu_link_names *names;
    struct nlu_arena *arena;
    struct nlu_link_fault *fault;
    struct slot slots[NLU_LINK_ATTR_MAX + 1];
};

bool nlu_link_value_text(const struct nlu_value *value, char *buf, size_t size) {
    if (value->type != NLU_VALUE_BYTES || value->len >= size ||
        (value->len && memchr(value->bytes, '\0', value->len)))
        return false;
    if (value->len)
        memcpy(buf, value->bytes, value->len);
    buf[value->len] = '\0';
    return true;
}

const struct nlu_value *nlu_link_value_item(const struct nlu_value *value, size_t i) {
    if (value->type == NLU_VALUE_TABLE)
        return nlu_table_item(value, i);
    return i ? NULL : value;
}

bool nlu_link_value_integer(const struct nlu_value *value, int64_t min, int64_t max, int64_t *ret) {
    if (value->type != NLU_VALUE_INTEGER || value->integer < min || value->integer > max)
        return false;
    *ret = value->integer;
    return true;
}

bool nlu_link_value_boolean(const struct nlu_value *value, bool *ret) {
    char text[8];

    if (value->type == NLU_VALUE_BOOLEAN) {
        *ret = value->boolean;
        return true;
    }
    if (value->type == NLU_VALUE_INTEGER && (value->integer == 0 || value->integer == 1)) {
        *ret = value->integer == 1;
        return true;
    }
    if (!nlu_link_value_text(value, text, sizeof text) ||
        (strcmp(text, "on") != 0 && strcmp(text, "off") != 0))
        return false;
    *ret = strcmp(text, "on") == 0;
    return true;
}

static void describe(const struct nlu_value *value, char *buf, size_t size) {
    switch (value->type) {
    case NLU_VALUE_BOOLEAN:
        snprintf(buf, size, "%s", value->boolean ? "true" : "false");
        break;
    case NLU_VALUE_INTEGER:
        snprintf(buf, size, "%lld", (long long)value->integer);
        break;
    case NLU_VALUE_NUMBER:
        snprintf(buf, size, "%.14g", value->number);
        break;
    case NLU_VALUE_BYTES:
        snprintf(buf, size, "'%.*s'", value->len > 64 ? 64 : (int)value->len,
                 value->len ? (const char *)value->bytes : "");
        break;
    case NLU_VALUE_TABLE:
        snprintf(buf, size, "a table");
        break;
    default:
        snprintf(buf, size, "nothing");
    }
}

static void set_field(struct nlu_link_fault *fault, const char *word) {
    snprintf(fault->field, sizeof fault->field, "%s", word);
}

int nlu_link_expected(struct nlu_link_writer *w, const char *word, const struct nlu_value *got,
                      const char *what, ...) {
    char offered[96], sentence[200];
    va_list args;

    va_start(args, what);
    vsnprintf(sentence, sizeof sentence, what, args);
    va_end(args);
    describe(got, offered, sizeof offered);
    set_field(w->fault, word);
    snprintf(w->fault->text, sizeof w->fault->text, "expected %s, got %s", sentence, offered);
    return -EINVAL;
}

int nlu_link_put_bytes(struct nlu_link_writer *w, uint16_t attr, const void *bytes, size_t size) {
    void *copy = nlu_arena_alloc(w->arena, size ? size : 1);

    if (!copy)
        return -ENOMEM;
    if (size)
        memcpy(copy, bytes, size);
    w->slots[attr] = (struct slot){.bytes = copy, .size = (uint16_t)size, .set = true};
    return 0;
}

int nlu_link_put_integer(struct nlu_link_writer *w, uint16_t attr, uint64_t value, size_t size,
                         bool big_endian) {
    uint8_t be[8];
    uint8_t v8 = (uint8_t)value;
    uint16_t v16 = (uint16_t)value;
    uint32_t v32 = (uint32_t)value;

    for (size_t i = 0; big_endian && i < size; i++)
        be[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    return nlu_link_put_bytes(w, attr,
                              big_endian  ? (const void *)be
                              : size == 1 ? &v8
                              : size == 2 ? &v16
                              : size == 4 ? (const void *)&v32
                                          : &value,
                              size);
}

int nlu_link_put_bits(struct nlu_link_writer *w, uint16_t attr, uint32_t bits, bool on,
                      size_t size) {
    const struct slot *now = &w->slots[attr];
    uint64_t value = now->set && now->size >= size ? nlu_link_load(now->bytes, size, false) : 0;

    return nlu_link_put_integer(w, attr, on ? value | bits : value & ~(uint64_t)bits, size, false);
}

int nlu_link_put_list(struct nlu_link_writer *w, uint16_t attr, int type, const void *items,
                      size_t size, size_t count) {
    size_t step = MNL_ALIGN(sizeof(struct nlattr) + size);
    char *nest = nlu_arena_alloc(w->arena, step * count + 1);

    if (!nest)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct nlattr *a = (struct nlattr *)(nest + i * step);
        a->nla_type = (uint16_t)(type < 0 ? (int)i : type);
        a->nla_len = (uint16_t)(sizeof *a + size);
        memcpy(a + 1, (const char *)items + i * size, size);
    }
    w->slots[attr] =
        (struct slot){.bytes = nest, .size = (uint16_t)(step * count), .set = true, .nested = true};
    return 0;
}

int nlu_link_put_chosen(struct nlu_link_writer *w, const struct nlu_link_option *o,
                        const struct nlu_value *value) {
    bool on;

    if (!nlu_link_value_boolean(value, &on) || !on)
        return nlu_link_expected(w, o->word, value, "true");
    return nlu_link_put_integer(w, o->attr, 0, o->size, false);
}

bool nlu_link_writer_has(const struct nlu_link_writer *w, uint16_t attr) {
    return w->slots[attr].set;
}

const void *nlu_link_writer_get(const struct nlu_link_writer *w, uint16_t attr, size_t *ret_size) {
    *ret_size = w->slots[attr].size;
    return w->slots[attr].set ? w->slots[attr].bytes : NULL;
}

void nlu_link_drop(struct nlu_link_writer *w, uint16_t attr) {
    w->slots[attr].set = false;
}

int nlu_link_writer_index(struct nlu_link_writer *w, const char *word, const char *name,
                          uint32_t *ret_index) {
    int index = w->names && w->names->index ? w->names->index(w->names->arg, name) : 0;

    if (index <= 0) {
        set_field(w->fault, word);
        snprintf(w->fault->text, sizeof w->fault->text, "%s", name);
        return -ENODEV;
    }
    *ret_index = (uint32_t)index;
    return 0;
}

// "a, b or c" into buf.
static void list_words(const struct nlu_link_word *words, char *buf, size_t size) {
    size_t at = 0;

    buf[0] = '\0';
    for (const struct nlu_link_word *w = words; w->word && at < size; w++)
        at += (size_t)snprintf(buf + at, size - at, "%s%s",
                               w == words  ? ""
                               : w[1].word ? ", "
                                           : " or ",
                               w->word);
}

// 32-bit and smaller kernels' types all fit into a signed 64-bit maximum; so does what Lua has.
static int64_t max_of(const struct nlu_link_option *o) {
    if (o->max)
        return o->max;
    return o->size >= 8 ? INT64_MAX : (int64_t)((1ull << (8 * o->size)) - 1);
}

static int put_integer(struct nlu_link_writer *w, const struct nlu_link_option *o,
                       const struct nlu_value *value) {
    char text[32] = "", words[128] = "";
    int64_t integer = 0;
    bool on;

    if (nlu_link_value_integer(value, 0, max_of(o), &integer))
        return nlu_link_put_integer(w, o->attr, (uint64_t)integer, o->size,
                                    o->flags & NLU_OPTION_BE);
    if (o->form == NLU_FORM_SWITCH && nlu_link_value_boolean(value, &on))
        return nlu_link_put_integer(w, o->attr, on, o->size, false);
    if (nlu_link_value_text(value, text, sizeof text)) {
        for (const struct nlu_link_word *k = o->words; k && k->word; k++)
            if (strcmp(k->word, text) == 0)
                return nlu_link_put_integer(w, o->attr, (uint64_t)k->value, o->size,
                                            o->flags & NLU_OPTION_BE);
        char *end;
        unsigned long long hex = strtoull(text, &end, 16);
        if (o->form == NLU_FORM_HEX && strncmp(text, "0x", 2) == 0 && text[2] && !*end &&
            hex <= (unsigned long long)max_of(o))
            return nlu_link_put_integer(w, o->attr, hex, o->size, o->flags & NLU_OPTION_BE);
    }
    if (o->words)
        list_words(o->words, words, sizeof words);
    if (o->form == NLU_FORM_WORD)
        return nlu_link_expected(w, o->word, value, "%s", words);
    return nlu_link_expected(w, o->word, value, "an integer from 0 to %lld%s%s",
                             (long long)max_of(o),
                             o->words                     ? " or "
                             : o->form == NLU_FORM_SWITCH ? ", true or false"
                                                          : "",
                             words);
}

static int put_word(struct nlu_link_writer *w, const struct nlu_link_option *o,
                    const struct nlu_value *value) {
    // ip takes the number for the word, too, where the number means something.
    if (value->type == NLU_VALUE_INTEGER) {
        for (const struct nlu_link_word *k = o->words; k->word; k++)
            if (k->value == value->integer)
                return nlu_link_put_integer(w, o->attr, (uint64_t)k->value, o->size,
                                            o->flags & NLU_OPTION_BE);
        struct nlu_value text = *value;
        char words[128];
        list_words(o->words, words, sizeof words);
        return nlu_link_expected(w, o->word, &text, "%s", words);
    }
    return put_integer(w, o, value);
}

static int put_boolean(struct nlu_link_writer *w, const struct nlu_link_option *o,
                       const struct nlu_value *value) {
    bool on = false;

    if (!nlu_link_value_boolean(value, &on))
        return nlu_link_expected(w, o->word, value, "true or false");
    switch (o->form) {
    case NLU_FORM_BIT:
        return nlu_link_put_bits(w, o->attr, o->bit, on, o->size);
    case NLU_FORM_MASKED: {
        // linux/if_link.h: struct ifla_vlan_flags and br_boolopt_multi both are value, then mask.
        uint32_t pair[2] = {0, 0};
        if (w->slots[o->attr].set && w->slots[o->attr].size == sizeof pair)
            memcpy(pair, w->slots[o->attr].bytes, sizeof pair);
        pair[0] = on ? pair[0] | o->bit : pair[0] & ~o->bit;
        pair[1] |= o->bit;
        return nlu_link_put_bytes(w, o->attr, pair, sizeof pair);
    }
    case NLU_FORM_PRESENCE:
        if (!on) {
            nlu_link_drop(w, o->attr);
            return 0;
        }
        return nlu_link_put_bytes(w, o->attr, NULL, 0);
    default:
        return nlu_link_put_integer(w, o->attr, on, 1, false);
    }
}

static int put_ip(struct nlu_link_writer *w, const struct nlu_link_option *o,
                  const struct nlu_value *value) {
    char text[NLU_IP_TEXT + 1];
    struct nlu_ip ip = {0};

    if (nlu_link_value_text(value, text, sizeof text)) {
        if (strcmp(text, "any") == 0) {
            nlu_link_drop(w, o->attr);
            return 0;
        }
        if (nlu_ip_parse(text, &ip) == 0 && nlu_ip_size(&ip) == o->size)
            return nlu_link_put_bytes(w, o->attr, ip.bytes, o->size);
    }
    return nlu_link_expected(w, o->word, value, "an %s address", o->size == 4 ? "IPv4" : "IPv6");
}

static int put_mac(struct nlu_link_writer *w, const struct nlu_link_option *o,
                   const struct nlu_value *value) {
    uint8_t mac[NLU_MAC_LEN];
    char text[NLU_MAC_TEXT + 1];

    if (!nlu_link_value_text(value, text, sizeof text) || nlu_mac_parse(text, mac) < 0)
        return nlu_link_expected(w, o->word, value, "an address like 02:00:00:00:00:01");
    return nlu_link_put_bytes(w, o->attr, mac, sizeof mac);
}

static int put_link(struct nlu_link_writer *w, const struct nlu_link_option *o,
                    const struct nlu_value *value) {
    char name[128]; // an alternative name may be this long
    uint32_t index = 0;

    if (!(value->type == NLU_VALUE_BOOLEAN && !value->boolean)) {
        if (!nlu_link_value_text(value, name, sizeof name) || !*name)
            return nlu_link_expected(w, o->word, value, "the name of a link, or false for none");
        int rc = nlu_link_writer_index(w, o->word, name, &index);
        if (rc < 0)
            return rc;
    }
    return nlu_link_put_integer(w, o->attr, index, 4, false);
}

static int put_option(struct nlu_link_writer *w, const struct nlu_link_option *o,
                      const struct nlu_value *value) {
    if (o->put)
        return o->put(w, o, value);
    switch (o->form) {
    case NLU_FORM_WORD:
        return put_word(w, o, value);
    case NLU_FORM_BOOLEAN:
    case NLU_FORM_PRESENCE:
    case NLU_FORM_BIT:
    case NLU_FORM_MASKED:
        return put_boolean(w, o, value);
    case NLU_FORM_IP:
        return put_ip(w, o, value);
    case NLU_FORM_MAC:
        return put_mac(w, o, value);
    case NLU_FORM_LINK:
        return put_link(w, o, value);
    default:
        return put_integer(w, o, value);
    }
}

// A change of some kinds must say everything again: begin with what the kernel reports.
static int start_from_current(struct nlu_link_writer *w, const struct nlattr *current) {
    const struct nlattr *table[NLU_LINK_ATTR_MAX + 1];
    const struct nlu_link_option *o = NULL;

    if (nlu_attr_parse_nest(current, NULL, NLU_LINK_ATTR_MAX, table) < 0)
        return 0;
    while ((o = nlu_link_option_next(w->kind, o))) {
        const uint16_t attrs[] = {o->attr, o->attr2};
        for (size_t i = 0; o->word && i < NLU_COUNT(attrs); i++) {
            const struct nlattr *a = attrs[i] ? table[attrs[i]] : NULL;
            int rc = a ? nlu_link_put_bytes(w, attrs[i], nlu_attr_data(a), nlu_attr_size(a)) : 0;
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int start_from_defaults(struct nlu_link_writer *w) {
    for (const struct nlu_link_default *d = w->kind->defaults; d && d->size; d++) {
        int rc = nlu_link_put_integer(w, d->attr, d->value, d->size, false);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int join_slots(const struct nlu_link_writer *w, struct nlu_link_data *data) {
    size_t size = 0, at = 0;

    for (size_t i = 0; i <= NLU_LINK_ATTR_MAX; i++)
        if (w->slots[i].set)
            size += MNL_ALIGN(sizeof(struct nlattr) + w->slots[i].size);
    if (size > UINT16_MAX - sizeof(struct nlattr))
        return -EMSGSIZE;
    char *bytes = nlu_arena_alloc(w->arena, size + 1);
    if (!bytes)
        return -ENOMEM;
    for (size_t i = 0; i <= NLU_LINK_ATTR_MAX; i++) {
        const struct slot *s = &w->slots[i];
        if (!s->set)
            continue;
        struct nlattr *a = (struct nlattr *)(bytes + at);
        a->nla_type = (uint16_t)(i | (s->nested ? NLA_F_NESTED : 0));
        a->nla_len = (uint16_t)(sizeof *a + s->size);
        if (s->size)
            memcpy(a + 1, s->bytes, s->size);
        at += MNL_ALIGN(a->nla_len);
    }
    data->bytes = bytes;
    data->size = size;
    return 0;
}

// What was said, with the option that each word stands for.
struct said {
    const struct nlu_link_option *option;
    struct nlu_value value;
};

static int resolve(struct nlu_link_writer *w, const struct nlu_pair *pair, struct said *ret_said) {
    bool negated = false, on;
    const struct nlu_link_option *o =
        pair->key ? nlu_link_option_find(w->kind, pair->key, &negated) : NULL;

    if (!o) {
        set_field(w->fault, pair->key ? pair->key : "options");
        snprintf(w->fault->text, sizeof w->fault->text, "is no option of a %s", w->kind->name);
        w->fault->unknown = true;
        w->fault->unknown_to = w->kind;
        return -EINVAL;
    }
    *ret_said = (struct said){o, pair->value};
    if (!negated)
        return 0;
    if (!nlu_link_value_boolean(&pair->value, &on))
        return nlu_link_expected(w, pair->key, &pair->value, "true or false");
    ret_said->value = nlu_value_boolean(!on);
    return 0;
}

// In the order of the kind's table, in which what says more comes first ("key" before "ikey"): a
// Lua table has no order of its own, so the same words must not mean one thing now and another
// thing then.
static int put_options(struct nlu_link_writer *w, const struct said *said, size_t count,
                       struct nlu_link_data *data) {
    const struct nlu_link_option *o = NULL;

    while ((o = nlu_link_option_next(w->kind, o))) {
        for (size_t i = 0; i < count; i++) {
            if (said[i].option != o)
                continue;
            int rc = put_option(w, o, &said[i].value);
            if (rc < 0)
                return rc;
            if (o->config && !data->proof_word) {
                data->proof_word = o->word;
                data->proof_config = o->config;
                data->proof_attr = o->attr;
            }
        }
    }
    return 0;
}

int nlu_link_kind_write(const struct nlu_link_kind *kind, const struct nlu_value *opts,
                        const struct nlattr *current, const struct nlu_link_names *names,
                        struct nlu_arena *arena, struct nlu_link_data *ret_data,
                        struct nlu_link_fault *fault) {
    struct nlu_link_writer w = {.kind = kind, .names = names, .arena = arena, .fault = fault};
    const size_t count = opts->table->count;
    struct nlu_link_data data = {0};
    int rc = 0;

    *fault = (struct nlu_link_fault){0};
    struct said *said = nlu_arena_alloc(arena, (count + 1) * sizeof *said);
    if (!said)
        return -ENOMEM;
    if (!current)
        rc = start_from_defaults(&w);
    else if (kind->needs_current)
        rc = start_from_current(&w, current);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = resolve(&w, &opts->table->pairs[i], &said[i]);
    if (rc == 0)
        rc = put_options(&w, said, count, &data);
    if (rc == 0 && kind->finish)
        kind->finish(&w);
    if (rc == 0)
        rc = join_slots(&w, &data);
    if (rc == 0)
        *ret_data = data;
    return rc;
}
