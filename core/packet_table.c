#include "packet_table.h"

#include "build.h"

#include <stdlib.h>
#include <string.h>

// "ip", or "ip2" for an inner one.
static struct nlu_value layer_key(struct nlu_tree *tree, const struct nlu_layer *layer) {
    const char *name = nlu_layer_name(layer->kind);

    if (layer->nth == 1)
        return nlu_value_text(name);
    return nlu_value_format(tree, "%s%u", name, layer->nth);
}

// All but what a builder fills in.
static struct nlu_value layer_table(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    struct nlu_value table = nlu_value_table(tree);

    for (const struct nlu_field *field = nlu_layer_fields(layer->kind); field->name; field++)
        if (!(field->flags & (NLU_FIELD_ALIAS | NLU_FIELD_FILLED)))
            nlu_table_add(tree, table, field->name, nlu_field_get(packet, layer, field, tree));
    return table;
}

// A length or checksum of ours that the builder would have filled in differently.
static void add_filled(const struct nlu_packet *packet, const struct nlu_layer *layer,
                       const struct nlu_packet *built, const struct nlu_layer *other,
                       struct nlu_value table, struct nlu_tree *tree) {
    uint16_t has = 0, want = 0;

    for (const struct nlu_field *field = nlu_layer_fields(layer->kind); field->name; field++) {
        if (!(field->flags & NLU_FIELD_FILLED))
            continue;
        struct nlu_value value = nlu_field_get(packet, layer, field, tree);
        struct nlu_value usual = nlu_field_get(built, other, field, tree);
        if (nlu_value_equal(&value, &usual))
            continue;
        if (strcmp(field->name, "checksum") == 0 &&
            nlu_layer_verify(packet, layer, &has, &want) == NLU_SUM_PARTIAL)
            value = nlu_value_text("partial");
        nlu_table_add(tree, table, field->name, value);
    }
}

static bool builds_the_same(const struct nlu_packet *packet, const struct nlu_value *table,
                            uint8_t *bytes, size_t *ret_size) {
    struct nlu_err err;
    int linktype = 0;

    *ret_size = 0;
    if (nlu_build(table, bytes, ret_size, &linktype, &err) < 0)
        return false;
    return *ret_size == packet->caplen && memcmp(bytes, packet->bytes, *ret_size) == 0;
}

// Adds what is needed for a builder to give these very bytes: lengths and checksums that are not as
// they should be; if that does not do, the bytes themselves.
static void complete(const struct nlu_packet *packet, struct nlu_value table,
                     const struct nlu_value *layers, struct nlu_tree *tree) {
    struct nlu_packet built;
    size_t size = 0;
    uint8_t *bytes = nlu_arena_alloc(tree->arena, NLU_BUILD_MAX);

    if (!bytes) {
        tree->failed = true;
        return;
    }
    if (builds_the_same(packet, &table, bytes, &size))
        return;
    nlu_dissect(packet->linktype, bytes, size, size, &built);
    for (uint32_t i = 0; i < packet->count; i++)
        if (i < built.count && built.layers[i].kind == packet->layers[i].kind)
            add_filled(packet, &packet->layers[i], &built, &built.layers[i], layers[i], tree);
    if (!builds_the_same(packet, &table, bytes, &size))
        nlu_table_add(tree, table, "data", nlu_value_bytes(packet->bytes, packet->caplen));
}

struct nlu_value nlu_packet_table(const struct nlu_packet *packet, struct nlu_tree *tree) {
    struct nlu_value table = nlu_value_table(tree), names = nlu_value_table(tree);
    struct nlu_value layers[NLU_LAYERS_MAX];
    size_t size = 0;

    nlu_table_add(tree, table, "linktype", nlu_value_integer(packet->linktype));
    nlu_table_add(tree, table, "len", nlu_value_integer(packet->wirelen));
    nlu_table_add(tree, table, "layers", names);
    for (uint32_t i = 0; i < packet->count; i++) {
        struct nlu_value key = layer_key(tree, &packet->layers[i]);
        if (key.type == NLU_VALUE_NIL)
            return table;
        layers[i] = layer_table(packet, &packet->layers[i], tree);
        nlu_table_add(tree, names, NULL, key);
        nlu_table_add(tree, table, key.bytes, layers[i]);
    }
    const uint8_t *bytes = nlu_packet_payload(packet, &size);
    if (size)
        nlu_table_add(tree, table, "payload", nlu_value_bytes(bytes, size));
    bytes = nlu_packet_trailer(packet, &size);
    if (size)
        nlu_table_add(tree, table, "trailer", nlu_value_bytes(bytes, size));
    complete(packet, table, layers, tree);
    return table;
}
