// What IGMP version 3 (RFC 3376 section 4) and MLD version 2 (RFC 3810 section 5) say in the same
// form, with addresses of 4 and of 16 bytes.
#include "dissect_int.h"
#include "icmp_words.h"

struct nlu_value nlu_read_group_sources(struct nlu_cursor *c, uint32_t count, size_t size,
                                        struct nlu_tree *tree) {
    struct nlu_value list = nlu_value_table(tree);

    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *p = nlu_read_span(c, size);
        if (!p)
            break;
        nlu_table_add(tree, list, NULL, nlu_value_ip(p, size));
    }
    return list;
}

struct nlu_value nlu_read_group_records(struct nlu_cursor *c, size_t size, struct nlu_tree *tree) {
    struct nlu_value list = nlu_value_table(tree);
    uint16_t count = nlu_read_be16(c);

    for (uint16_t i = 0; i < count; i++) {
        uint8_t type = nlu_read_u8(c), extra = nlu_read_u8(c);
        uint16_t sources = nlu_read_be16(c);
        const uint8_t *group = nlu_read_span(c, size);
        if (!group)
            break;
        struct nlu_value item = nlu_value_table(tree);
        nlu_table_add(tree, item, "type", nlu_value_integer(type));
        nlu_table_add(tree, item, "name", nlu_value_text(nlu_group_record_word(type)));
        nlu_table_add(tree, item, "group", nlu_value_ip(group, size));
        nlu_table_add(tree, item, "sources", nlu_read_group_sources(c, sources, size, tree));
        nlu_read_skip(c, (size_t)extra * 4);
        nlu_table_add(tree, list, NULL, item);
    }
    return list;
}
