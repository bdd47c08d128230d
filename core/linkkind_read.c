// From attributes to what `ip -json -details` shows: nlu_link_kind_read and what show functions
// need.
#include "linkkind_int.h"

#include "ipaddr.h"
#include "nlcodec.h"

#include <libmnl/libmnl.h>
#include <string.h>

struct nlu_link_reader {
    const struct nlu_link_names *names;
    struct nlu_tree *tree;
    struct nlu_value out;
    const struct nlattr *table[NLU_LINK_ATTR_MAX + 1];
};

const void *nlu_link_attr(const struct nlu_link_reader *r, uint16_t attr, size_t size,
                          size_t *ret_size) {
    const struct nlattr *a = r->table[attr];

    if (!a || nlu_attr_size(a) < size)
        return NULL;
    if (ret_size)
        *ret_size = nlu_attr_size(a);
    return nlu_attr_data(a);
}

bool nlu_link_attr_integer(const struct nlu_link_reader *r, uint16_t attr, size_t size,
                           bool big_endian, uint64_t *ret_value) {
    const void *bytes = nlu_link_attr(r, attr, size, NULL);

    if (!bytes)
        return false;
    *ret_value = nlu_link_load(bytes, size, big_endian);
    return true;
}

const struct nlattr *nlu_link_next_attr(const void **bytes, size_t *size) {
    const struct nlattr *a = *bytes;

    if (*size < sizeof *a || !mnl_attr_ok(a, (int)*size))
        return NULL;
    size_t step = MNL_ALIGN(a->nla_len);
    step = step < *size ? step : *size;
    *bytes = (const char *)*bytes + step;
    *size -= step;
    return a;
}

void nlu_link_show(struct nlu_link_reader *r, const char *key, struct nlu_value value) {
    nlu_table_add(r->tree, r->out, key, value);
}

struct nlu_tree *nlu_link_reader_tree(struct nlu_link_reader *r) {
    return r->tree;
}

struct nlu_value nlu_link_hex(struct nlu_tree *tree, uint64_t value) {
    return nlu_value_format(tree, "%#llx", (unsigned long long)value);
}

struct nlu_value nlu_link_name_value(struct nlu_link_reader *r, uint64_t index) {
    const char *name = NULL;

    if (r->names && r->names->name && index <= INT32_MAX)
        name = r->names->name(r->names->arg, (int)index);
    // As ip names a link that it cannot see.
    return name ? nlu_value_text(name)
                : nlu_value_format(r->tree, "if%llu", (unsigned long long)index);
}

struct nlu_value nlu_link_account_value(struct nlu_link_reader *r, uint32_t id, bool group) {
    const char *name =
        r->names && r->names->account ? r->names->account(r->names->arg, id, group) : NULL;

    return name ? nlu_value_format(r->tree, "%s", name) : nlu_value_integer(id);
}

static struct nlu_value integer_value(struct nlu_link_reader *r, const struct nlu_link_option *o,
                                      uint64_t value) {
    switch (o->form) {
    case NLU_FORM_BOOLEAN:
        return nlu_value_boolean(value != 0);
    case NLU_FORM_BIT:
        return nlu_value_boolean((value & o->bit) != 0);
    case NLU_FORM_MASKED:
        return nlu_value_integer((value & o->bit) != 0);
    case NLU_FORM_HEX:
        return nlu_link_hex(r->tree, value);
    case NLU_FORM_LINK:
        return nlu_link_name_value(r, value);
    case NLU_FORM_SECONDS:
        return (struct nlu_value){.type = NLU_VALUE_NUMBER, .number = (double)value / 100};
    case NLU_FORM_WORD:
        for (const struct nlu_link_word *w = o->words; w->word; w++)
            if ((uint64_t)w->value == value)
                return nlu_value_text(w->word);
        return nlu_value_integer((int64_t)value);
    default:
        return nlu_value_integer((int64_t)value);
    }
}

static void show_bytes(struct nlu_link_reader *r, const struct nlu_link_option *o,
                       const uint8_t *p) {
    char text[NLU_MAC_TEXT];
    struct nlu_ip ip, zero = {0};

    switch (o->form) {
    case NLU_FORM_MAC:
        nlu_link_show(r, o->key, nlu_value_format(r->tree, "%s", nlu_mac_format(p, text)));
        break;
    case NLU_FORM_BRIDGE_ID:
        nlu_link_show(r, o->key,
                      nlu_value_format(r->tree, "%02x%02x.%x:%x:%x:%x:%x:%x", p[0], p[1], p[2],
                                       p[3], p[4], p[5], p[6], p[7]));
        break;
    default: {
        char buf[NLU_IP_TEXT];
        ip = nlu_ip_from(p, o->size);
        zero.family = ip.family;
        if (!nlu_ip_equal(&ip, &zero))
            nlu_link_show(r, o->key, nlu_value_format(r->tree, "%s", nlu_ip_format(&ip, buf)));
        else if (o->flags & NLU_OPTION_ALWAYS)
            nlu_link_show(r, o->key, nlu_value_text("any"));
    }
    }
}

static void show_option(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    const bool always = o->flags & NLU_OPTION_ALWAYS;
    uint64_t value = 0;
    size_t size = o->size;

    switch (o->form) {
    case NLU_FORM_PRESENCE:
        if (r->table[o->attr])
            nlu_link_show(r, o->key, nlu_value_boolean(true));
        return;
    case NLU_FORM_MAC:
        size = NLU_MAC_LEN;
        break;
    case NLU_FORM_BRIDGE_ID:
    case NLU_FORM_SECONDS:
    case NLU_FORM_MASKED:
        size = 8;
        break;
    default:
        break;
    }
    if (o->form == NLU_FORM_MAC || o->form == NLU_FORM_BRIDGE_ID || o->form == NLU_FORM_IP) {
        const void *bytes = nlu_link_attr(r, o->attr, size, NULL);
        if (bytes)
            show_bytes(r, o, bytes);
        else if (always)
            nlu_link_show(r, o->key, nlu_value_text("any"));
        return;
    }
    if (o->form == NLU_FORM_MASKED) {
        uint32_t pair[2];
        const void *bytes = nlu_link_attr(r, o->attr, sizeof pair, NULL);
        if (!bytes)
            return;
        memcpy(pair, bytes, sizeof pair);
        // The kernel says which of the switches it knows.
        if (pair[1] & o->bit)
            nlu_link_show(r, o->key, integer_value(r, o, pair[0]));
        return;
    }
    if (!nlu_link_attr_integer(r, o->attr, size, o->flags & NLU_OPTION_BE, &value) && !always)
        return;
    if ((o->flags & NLU_OPTION_NONZERO) && !(o->form == NLU_FORM_BIT ? value & o->bit : value))
        return;
    nlu_link_show(r, o->key, integer_value(r, o, value));
}

struct nlu_value nlu_link_kind_read(const struct nlu_link_kind *kind, const struct nlattr *data,
                                    const struct nlu_link_names *names, struct nlu_tree *tree) {
    struct nlu_link_reader r = {.names = names, .tree = tree, .out = nlu_value_table(tree)};
    const struct nlu_link_option *o = NULL;

    // Where nothing came ip shows an empty object, even for what it always shows.
    if (!data || nlu_attr_parse_nest(data, NULL, NLU_LINK_ATTR_MAX, r.table) < 0)
        return r.out;
    while ((o = nlu_link_option_next(kind, o))) {
        if (!o->key)
            continue;
        if (o->show)
            o->show(&r, o);
        else
            show_option(&r, o);
    }
    return r.out;
}
