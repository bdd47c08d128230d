// Any tables as a packet: layers and fields by their names, with values of any type. What is built
// is taken apart again; what is refused names a field. Each byte of the input decides one thing.
#include "build.h"
#include "packet_table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *p, *end;
};

enum { DEEPEST = 5, WIDEST = 6 };

static uint8_t next(struct input *in) {
    return in->p < in->end ? *in->p++ : 0;
}

static const char *const words[] = {
    "echo request",
    "destination unreachable",
    "request",
    "reply",
    "S",
    "P.",
    "none",
    "query",
    "v3 report",
    "hello",
    "config",
    "rapid",
    "solicit",
    "reply",
    "A",
    "AAAA",
    "SOA",
    "NXDOMAIN",
    "IN",
    "partial",
    "discover",
    "mss",
    "nop",
    "sack",
    "hop-by-hop",
    "fragment",
    "www.example.org",
    "..",
    "example.org/8",
    "GET",
    "low",
    "x",
};
static const char *const addresses[] = {"192.0.2.1",     "2001:db8::1", "02:00:5e:00:53:01",
                                        "2001:db8::/64", "224.0.0.300", ""};
static const char *const inner_keys[] = {
    "type",    "data",  "code",    "name", "mac",  "prefix", "mtu",   "servers",
    "options", "group", "sources", "kind", "id",   "mf",     "value", "target",
    "class",   "ttl",   "address", "text", "iaid", "valid",  "df",    "sack",
};

static struct nlu_value value_of(struct input *in, struct nlu_tree *tree, int depth) {
    uint8_t kind = next(in);

    switch (kind % 8) {
    case 0:
        return nlu_value_boolean(kind & 8);
    case 1:
        return nlu_value_integer((int64_t)next(in) << (next(in) % 32));
    case 2:
        return nlu_value_integer(next(in));
    case 3:
        return nlu_value_text(words[next(in) % NLU_COUNT(words)]);
    case 4:
        return nlu_value_text(addresses[next(in) % NLU_COUNT(addresses)]);
    case 5: {
        size_t len = next(in) % 40, left = (size_t)(in->end - in->p);
        struct nlu_value bytes = nlu_value_bytes(in->p, len < left ? len : left);
        in->p += bytes.len;
        return bytes;
    }
    case 6:
        return (struct nlu_value){.type = NLU_VALUE_NUMBER, .number = next(in) - 100.5};
    default:
        break;
    }
    struct nlu_value table = nlu_value_table(tree);
    for (unsigned i = depth < DEEPEST ? next(in) % WIDEST : 0; i > 0; i--) {
        uint8_t key = next(in);
        const char *name = key & 0x80 ? NULL : inner_keys[key % NLU_COUNT(inner_keys)];
        nlu_table_add(tree, table, name, value_of(in, tree, depth + 1));
    }
    return table;
}

static struct nlu_value layer_of(struct input *in, struct nlu_tree *tree,
                                 enum nlu_layer_kind kind) {
    const struct nlu_field *fields = nlu_layer_fields(kind);
    struct nlu_value table = nlu_value_table(tree);
    size_t count = 0;

    while (fields[count].name)
        count++;
    for (unsigned i = next(in) % 12; i > 0; i--) {
        const char *name = fields[next(in) % count].name;
        if (!nlu_table_get(&table, name))
            nlu_table_add(tree, table, name, value_of(in, tree, 0));
    }
    return table;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input in = {data, data + size};
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};
    struct nlu_value table = nlu_value_table(&tree);
    struct nlu_err err = {0};
    struct nlu_packet packet;
    size_t built = 0;
    int linktype = 0;
    uint8_t *bytes = malloc(NLU_BUILD_MAX);

    if (!bytes)
        abort();
    for (unsigned i = next(&in) % 6; i > 0; i--) {
        enum nlu_layer_kind kind = 1 + next(&in) % (NLU_LAYER_KINDS - 1);
        const char *name = nlu_layer_name(kind);
        if (!nlu_table_get(&table, name))
            nlu_table_add(&tree, table, name, layer_of(&in, &tree, kind));
    }
    if (next(&in) & 1)
        nlu_table_add(&tree, table, "payload", value_of(&in, &tree, DEEPEST));
    if (next(&in) & 1)
        nlu_table_add(&tree, table, "layers", value_of(&in, &tree, DEEPEST - 1));
    if (nlu_build(&table, bytes, &built, &linktype, &err) == 0) {
        if (built > NLU_BUILD_MAX)
            abort();
        nlu_dissect(linktype, bytes, built, built, &packet);
        (void)nlu_packet_table(&packet, &tree);
        (void)nlu_build_finish_sums(linktype, bytes, built);
    } else if (!err.errnum || (err.errnum == 22 && !*err.hint)) {
        abort();
    }
    free(bytes);
    nlu_arena_free(&arena);
    return 0;
}
