// Building the heads of HTTP/1 messages.
#include "build_int.h"

#include <stdio.h>
#include <string.h>

static void write_chars(struct nlu_build *b, const char *text) {
    nlu_write_bytes(&b->w, text, strlen(text));
}

static void write_bytes(struct nlu_build *b, const char *key, const char *fallback) {
    size_t size = 0;
    const uint8_t *bytes = nlu_build_bytes(b, NLU_OWN(b), key, &size);

    if (bytes)
        nlu_write_bytes(&b->w, bytes, size);
    else
        write_chars(b, fallback);
}

static void write_start(struct nlu_build *b) {
    const struct nlu_value *status = nlu_table_get(NLU_OWN(b), "status");
    char number[16];

    if (!status) {
        write_bytes(b, "method", "GET");
        write_chars(b, " ");
        write_bytes(b, "target", "/");
        write_chars(b, " ");
        write_bytes(b, "version", "HTTP/1.1");
        return;
    }
    write_bytes(b, "version", "HTTP/1.1");
    write_chars(b, " ");
    if (status->type == NLU_VALUE_INTEGER) {
        snprintf(number, sizeof number, "%03d",
                 (int)nlu_build_int(b, NLU_OWN(b), "status", 0, 999, 200));
        write_chars(b, number);
    } else {
        write_bytes(b, "status", "200");
    }
    if (nlu_table_get(NLU_OWN(b), "reason")) {
        write_chars(b, " ");
        write_bytes(b, "reason", "");
    }
}

static void write_field(struct nlu_build *b, const void *name, size_t name_size,
                        const struct nlu_value *value) {
    char address[NLU_VALUE_TEXT];
    size_t size = 0;
    const char *text = value ? nlu_value_string(value, address, &size) : NULL;

    if (!text) {
        nlu_build_fail(b, "headers", "the field '%.*s' has no text", (int)name_size,
                       (const char *)name);
        return;
    }
    nlu_write_bytes(&b->w, name, name_size);
    write_chars(b, ": ");
    nlu_write_bytes(&b->w, text, size);
    write_chars(b, "\r\n");
}

// A field named in the list, its text under that name in small letters; or { name =, value = }.
static void write_listed(struct nlu_build *b, const struct nlu_value *headers,
                         const struct nlu_value *item) {
    char key[128];
    size_t size = 0;

    if (item->type == NLU_VALUE_TABLE) {
        const uint8_t *name = nlu_build_bytes(b, item, "name", &size);
        if (name)
            write_field(b, name, size, nlu_table_get(item, "value"));
        else
            nlu_build_fail(b, "headers", "a field without a name");
        return;
    }
    if (item->type != NLU_VALUE_BYTES || item->len >= sizeof key) {
        nlu_build_fail(b, "headers", "expected names of at most 127 bytes");
        return;
    }
    const char *name = item->bytes;
    for (size_t i = 0; i < item->len; i++)
        key[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i]);
    key[item->len] = '\0';
    write_field(b, name, item->len, nlu_table_get(headers, key));
}

static void write_http(struct nlu_build *b) {
    const struct nlu_value *headers = nlu_build_list(b, NLU_OWN(b), "headers"), *item;

    write_start(b);
    write_chars(b, "\r\n");
    for (size_t i = 0; (item = nlu_table_item(headers, i)); i++)
        write_listed(b, headers, item);
    // Without a list: all there are, in the order in which they come.
    for (size_t i = 0; headers && headers->type == NLU_VALUE_TABLE && !nlu_table_item(headers, 0) &&
                       i < headers->table->count;
         i++) {
        const struct nlu_pair *pair = &headers->table->pairs[i];
        write_field(b, pair->key, strlen(pair->key), &pair->value);
    }
    write_chars(b, "\r\n");
}

const struct nlu_builder nlu_build_http = {write_http, NULL};
