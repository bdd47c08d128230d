// Any bytes as a packet: its layers, every field, what is wrong with it, its checksums and its line
// in each form. The first byte chooses the link layer, the second how much longer the packet was
// than what is here.
#include "build.h"
#include "dissect.h"
#include "packet_table.h"
#include "pktline.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// No packet's line is longer than some dozens of bytes for each of its own, names pointing at names
// included.
enum { LINE_PER_BYTE = 600, LINE_LEAST = 4096 };

static void check(bool condition) {
    if (!condition)
        abort();
}

static void read_fields(const struct nlu_packet *packet) {
    for (uint32_t i = 0; i < packet->count; i++) {
        const struct nlu_layer *layer = &packet->layers[i];
        uint16_t has, want;
        check(layer->offset + layer->header <= layer->end && layer->end <= packet->caplen);
        check(nlu_layer_find(packet, nlu_layer_name(layer->kind)) != NULL);
        (void)nlu_layer_problem(packet, layer);
        (void)nlu_layer_verify(packet, layer, &has, &want);
        for (const struct nlu_field *field = nlu_layer_fields(layer->kind); field->name; field++) {
            struct nlu_arena arena = {0};
            struct nlu_tree tree = {.arena = &arena};
            (void)nlu_field_get(packet, layer, field, field->flags & NLU_FIELD_TREE ? &tree : NULL);
            nlu_arena_free(&arena);
        }
    }
}

static void write_lines(const struct nlu_packet *packet) {
    for (int form = 0; form < 4; form++) {
        char small[64];
        struct nlu_line_options options = {.time = true, .link = form & 1, .verbose = form & 2};
        size_t len = nlu_packet_line(packet, 1700000000123456000, &options, small, sizeof small);
        check(len < (size_t)packet->caplen * LINE_PER_BYTE + LINE_LEAST);
        check(memchr(small, '\0', sizeof small) != NULL);
        char *whole = malloc(len + 1);
        check(whole &&
              nlu_packet_line(packet, 1700000000123456000, &options, whole, len + 1) == len);
        check(strlen(whole) == len && memcmp(small, whole, strlen(small)) == 0);
        free(whole);
    }
}

// What a packet's table says gives the packet back.
static void build_again(const struct nlu_packet *packet, const struct nlu_value *table) {
    struct nlu_err err;
    size_t size = 0;
    int linktype = 0;
    uint8_t *bytes = malloc(NLU_BUILD_MAX);

    check(bytes && nlu_build(table, bytes, &size, &linktype, &err) == 0);
    check(linktype == packet->linktype && size == packet->caplen);
    check(size == 0 || memcmp(bytes, packet->bytes, size) == 0);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int linktypes[] = {NLU_LINK_ETHERNET, NLU_LINK_SLL,  NLU_LINK_SLL2,
                                    NLU_LINK_RAW,      NLU_LINK_NULL, 9999};
    struct nlu_packet packet, inner;
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};

    if (size < 2)
        return 0;
    nlu_dissect(linktypes[data[0] % NLU_COUNT(linktypes)], data + 2, size - 2, size - 2 + data[1],
                &packet);
    read_fields(&packet);
    write_lines(&packet);
    struct nlu_value table = nlu_packet_table(&packet, &tree);
    build_again(&packet, &table);
    for (uint32_t i = 0; i < packet.count; i++) {
        if (nlu_dissect_inner(&packet, &packet.layers[i], &inner)) {
            read_fields(&inner);
            write_lines(&inner);
        }
    }
    nlu_arena_free(&arena);
    return 0;
}
