#include "value.h"

#include "ipaddr.h"
#include "tcp_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct nlu_value nlu_value_integer(int64_t value) {
    return (struct nlu_value){.type = NLU_VALUE_INTEGER, .integer = value};
}

struct nlu_value nlu_value_boolean(bool value) {
    return (struct nlu_value){.type = NLU_VALUE_BOOLEAN, .boolean = value};
}

struct nlu_value nlu_value_bytes(const void *bytes, size_t len) {
    return (struct nlu_value){.type = NLU_VALUE_BYTES, .bytes = bytes, .len = len};
}

struct nlu_value nlu_value_text(const char *text) {
    return text ? nlu_value_bytes(text, strlen(text)) : (struct nlu_value){0};
}

struct nlu_value nlu_value_ip(const void *bytes, size_t size) {
    return (struct nlu_value){.type = NLU_VALUE_IP, .bytes = bytes, .len = size};
}

struct nlu_value nlu_value_mac(const void *bytes) {
    return (struct nlu_value){.type = NLU_VALUE_MAC, .bytes = bytes, .len = NLU_MAC_LEN};
}

struct nlu_value nlu_value_tcp_flags(uint8_t flags) {
    return (struct nlu_value){.type = NLU_VALUE_TCP_FLAGS, .integer = flags};
}

struct nlu_value nlu_value_format(struct nlu_tree *tree, const char *fmt, ...) {
    char buf[256];
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(buf, sizeof buf, fmt, args);
    va_end(args);
    if (len < 0)
        len = 0;
    if ((size_t)len >= sizeof buf)
        len = sizeof buf - 1;
    char *text = nlu_arena_text(tree->arena, buf, (size_t)len);
    if (!text) {
        tree->failed = true;
        return (struct nlu_value){0};
    }
    return nlu_value_bytes(text, (size_t)len);
}

struct nlu_value nlu_value_table(struct nlu_tree *tree) {
    struct nlu_table *table = nlu_arena_alloc(tree->arena, sizeof *table);
    if (!table) {
        tree->failed = true;
        return (struct nlu_value){0};
    }
    return (struct nlu_value){.type = NLU_VALUE_TABLE, .table = table};
}

void nlu_table_add(struct nlu_tree *tree, struct nlu_value table, const char *key,
                   struct nlu_value value) {
    if (table.type != NLU_VALUE_TABLE || value.type == NLU_VALUE_NIL)
        return;
    struct nlu_table *t = table.table;
    void *pairs = t->pairs;
    if (nlu_arena_grow(tree->arena, &pairs, sizeof *t->pairs, t->count, &t->cap) < 0) {
        tree->failed = true;
        return;
    }
    t->pairs = pairs;
    t->pairs[t->count++] = (struct nlu_pair){.key = key, .value = value};
}

const struct nlu_value *nlu_table_get(const struct nlu_value *table, const char *key) {
    if (!table || table->type != NLU_VALUE_TABLE)
        return NULL;
    for (size_t i = 0; i < table->table->count; i++) {
        const struct nlu_pair *pair = &table->table->pairs[i];
        if (pair->key && strcmp(pair->key, key) == 0)
            return &pair->value;
    }
    return NULL;
}

const struct nlu_value *nlu_table_item(const struct nlu_value *table, size_t n) {
    if (!table || table->type != NLU_VALUE_TABLE)
        return NULL;
    for (size_t i = 0; i < table->table->count; i++) {
        const struct nlu_pair *pair = &table->table->pairs[i];
        if (!pair->key && n-- == 0)
            return &pair->value;
    }
    return NULL;
}

const char *nlu_value_string(const struct nlu_value *value, char buf[NLU_VALUE_TEXT],
                             size_t *ret_len) {
    const char *text = NULL;

    switch (value->type) {
    case NLU_VALUE_BYTES:
        *ret_len = value->len;
        return value->len ? value->bytes : "";
    case NLU_VALUE_IP: {
        struct nlu_ip ip = nlu_ip_from(value->bytes, value->len);
        text = nlu_ip_format(&ip, buf);
        break;
    }
    case NLU_VALUE_MAC:
        text = nlu_mac_format(value->bytes, buf);
        break;
    case NLU_VALUE_TCP_FLAGS:
        text = nlu_tcp_flags_format((uint8_t)value->integer, buf);
        break;
    default:
        return NULL;
    }
    *ret_len = strlen(text);
    return text;
}

// The list parts in order, then each key of a in b.
static bool same_table(const struct nlu_value *a, const struct nlu_value *b) {
    if (a->table->count != b->table->count)
        return false;
    size_t items = 0;
    for (size_t i = 0; i < a->table->count; i++) {
        const struct nlu_pair *pair = &a->table->pairs[i];
        const struct nlu_value *other =
            pair->key ? nlu_table_get(b, pair->key) : nlu_table_item(b, items++);
        if (!other || !nlu_value_equal(&pair->value, other))
            return false;
    }
    return true;
}

bool nlu_value_equal(const struct nlu_value *a, const struct nlu_value *b) {
    char buf_a[NLU_VALUE_TEXT], buf_b[NLU_VALUE_TEXT];
    size_t len_a = 0, len_b = 0;
    const char *text_a = nlu_value_string(a, buf_a, &len_a);
    const char *text_b = nlu_value_string(b, buf_b, &len_b);

    if (text_a && text_b)
        return len_a == len_b && memcmp(text_a, text_b, len_a) == 0;
    // Lua says 2.0 where core says 2, and the other way round.
    if (a->type == NLU_VALUE_NUMBER && b->type == NLU_VALUE_INTEGER)
        return a->number == (double)b->integer;
    if (a->type == NLU_VALUE_INTEGER && b->type == NLU_VALUE_NUMBER)
        return b->number == (double)a->integer;
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case NLU_VALUE_BOOLEAN:
        return a->boolean == b->boolean;
    case NLU_VALUE_INTEGER:
        return a->integer == b->integer;
    case NLU_VALUE_NUMBER:
        return a->number == b->number;
    case NLU_VALUE_TABLE:
        return same_table(a, b);
    default:
        return true;
    }
}

// --- as text ------------------------------------------------------------------------------------

struct text {
    char *buf;
    size_t cap, len;
};

static void put(struct text *t, const char *fmt, ...) NLU_PRINTF(2, 3);

static void put(struct text *t, const char *fmt, ...) {
    size_t left = t->len < t->cap ? t->cap - t->len : 0;
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(left ? t->buf + t->len : NULL, left, fmt, args);
    va_end(args);
    if (len > 0)
        t->len += (size_t)len;
}

static void put_string(struct text *t, const char *bytes, size_t len) {
    const size_t most = 48;

    put(t, "\"");
    for (size_t i = 0; i < len && i < most; i++) {
        uint8_t c = (uint8_t)bytes[i];
        if (c == '"' || c == '\\')
            put(t, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            put(t, "\\%03u", c);
        else
            put(t, "%c", c);
    }
    put(t, len > most ? "…\"" : "\"");
}

static void put_value(struct text *t, const struct nlu_value *value) {
    char buf[NLU_VALUE_TEXT];
    size_t len = 0;
    const char *bytes = nlu_value_string(value, buf, &len);

    if (bytes) {
        put_string(t, bytes, len);
        return;
    }
    switch (value->type) {
    case NLU_VALUE_BOOLEAN:
        put(t, value->boolean ? "true" : "false");
        break;
    case NLU_VALUE_INTEGER:
        put(t, "%lld", (long long)value->integer);
        break;
    case NLU_VALUE_NUMBER:
        put(t, "%.14g", value->number);
        break;
    case NLU_VALUE_TABLE:
        put(t, "{");
        for (size_t i = 0; i < value->table->count; i++) {
            const struct nlu_pair *pair = &value->table->pairs[i];
            put(t, i ? ", " : " ");
            if (pair->key)
                put(t, "%s = ", pair->key);
            put_value(t, &pair->value);
        }
        put(t, value->table->count ? " }" : "}");
        break;
    default:
        put(t, "nil");
    }
}

size_t nlu_value_print(const struct nlu_value *value, char *buf, size_t cap) {
    struct text t = {.buf = buf, .cap = cap};

    if (cap)
        buf[0] = '\0';
    put_value(&t, value);
    return t.len;
}
