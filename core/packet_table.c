#include "packet_table.h"

// "ip", or "ip2" for an inner one.
static struct nlu_value layer_key(struct nlu_tree *tree, const struct nlu_layer *layer) {
    const char *name = nlu_layer_name(layer->kind);

    if (layer->nth == 1)
        return nlu_value_text(name);
    return nlu_value_format(tree, "%s%u", name, layer->nth);
}

struct nlu_value nlu_packet_table(const struct nlu_packet *packet, struct nlu_tree *tree) {
    struct nlu_value table = nlu_value_table(tree), layers = nlu_value_table(tree);
    size_t size = 0;

    nlu_table_add(tree, table, "linktype", nlu_value_integer(packet->linktype));
    nlu_table_add(tree, table, "layers", layers);
    for (uint32_t i = 0; i < packet->count; i++) {
        struct nlu_value key = layer_key(tree, &packet->layers[i]);
        if (key.type == NLU_VALUE_NIL)
            break;
        nlu_table_add(tree, layers, NULL, key);
        nlu_table_add(tree, table, key.bytes, nlu_layer_table(packet, &packet->layers[i], tree));
    }
    const uint8_t *bytes = nlu_packet_payload(packet, &size);
    if (size)
        nlu_table_add(tree, table, "payload", nlu_value_bytes(bytes, size));
    bytes = nlu_packet_trailer(packet, &size);
    if (size)
        nlu_table_add(tree, table, "trailer", nlu_value_bytes(bytes, size));
    return table;
}
