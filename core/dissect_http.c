// The heads of HTTP/1 messages (RFC 9112): start line and header fields, when a segment begins with
// them.
#include "dissect_int.h"

#include <string.h>

static const struct nlu_value nothing = {.type = NLU_VALUE_NIL};

// The end of the line at p (behind its CR LF or LF), or NULL; *ret_len is without them.
static const uint8_t *line_end(const uint8_t *p, const uint8_t *end, size_t *ret_len) {
    const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));

    if (!lf)
        return NULL;
    *ret_len = (size_t)(lf - p);
    if (*ret_len && p[*ret_len - 1] == '\r')
        --*ret_len;
    return lf + 1;
}

// A method: letters, and a blank behind them.
static bool is_request(const uint8_t *p, size_t len) {
    size_t at = 0;

    while (at < len && at < 20 && ((p[at] >= 'A' && p[at] <= 'Z') || p[at] == '-' || p[at] == '_'))
        at++;
    return at > 0 && at < len && p[at] == ' ' && memmem(p, len, " HTTP/1.", 8) != NULL;
}

static bool is_response(const uint8_t *p, size_t len) {
    return len > 9 && memcmp(p, "HTTP/1.", 7) == 0 && p[8] == ' ';
}

static void parse_http(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *start = w->packet->bytes + w->pos, *end = w->packet->bytes + w->end, *p;
    size_t len = 0;

    p = line_end(start, end, &len);
    if (!p || (!is_request(start, len) && !is_response(start, len))) {
        // The middle of a body, or of something else on that port.
        layer->kind = NLU_LAYER_NONE;
        return;
    }
    while (p && len)
        p = line_end(p, end, &len);
    layer->header = (uint32_t)((p ? p : end) - start);
}

// The n-th token of the start line, up to a blank or (the last one) the line's end.
static struct nlu_value start_token(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    bool response, int n, bool rest) {
    const uint8_t *p = packet->bytes + layer->offset, *end = p + layer->header;
    size_t len = 0;

    if (!line_end(p, end, &len) || is_response(p, len) != response)
        return nothing;
    const uint8_t *stop = p + len;
    for (; n > 0; n--) {
        p = memchr(p, ' ', (size_t)(stop - p));
        if (!p)
            return nothing;
        p++;
    }
    const uint8_t *blank = rest ? NULL : memchr(p, ' ', (size_t)(stop - p));
    return nlu_value_bytes(p, (size_t)((blank ? blank : stop) - p));
}

static struct nlu_value http_method(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    return start_token(packet, layer, false, 0, false);
}

static struct nlu_value http_target(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    return start_token(packet, layer, false, 1, false);
}

static struct nlu_value http_version(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    struct nlu_value version = start_token(packet, layer, true, 0, false);

    (void)tree;
    return version.type ? version : start_token(packet, layer, false, 2, true);
}

static struct nlu_value http_status(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    struct nlu_value token = start_token(packet, layer, true, 1, false);
    const uint8_t *p = token.bytes;

    (void)tree;
    if (token.type == NLU_VALUE_NIL || token.len != 3)
        return token;
    for (size_t i = 0; i < 3; i++)
        if (p[i] < '0' || p[i] > '9')
            return token;
    return nlu_value_integer((p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0'));
}

static struct nlu_value http_reason(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    return start_token(packet, layer, true, 2, true);
}

// A field name in small letters, in the tree's arena.
static const char *small(struct nlu_tree *tree, const uint8_t *name, size_t len) {
    char *key = nlu_arena_text(tree->arena, (const char *)name, len);

    if (!key) {
        tree->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < len; i++)
        if (key[i] >= 'A' && key[i] <= 'Z')
            key[i] = (char)(key[i] + ('a' - 'A'));
    return key;
}

static void add_field(struct nlu_tree *tree, struct nlu_value table, const uint8_t *p, size_t len) {
    const uint8_t *colon = memchr(p, ':', len);

    if (!colon)
        return;
    size_t name_len = (size_t)(colon - p);
    const uint8_t *value = colon + 1, *end = p + len;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    struct nlu_value text = nlu_value_bytes(value, (size_t)(end - value));
    const char *key = small(tree, p, name_len);
    if (!key)
        return;
    if (!nlu_table_get(&table, key)) {
        nlu_table_add(tree, table, NULL, nlu_value_bytes(p, name_len));
        nlu_table_add(tree, table, key, text);
        return;
    }
    struct nlu_value item = nlu_value_table(tree);
    nlu_table_add(tree, item, "name", nlu_value_bytes(p, name_len));
    nlu_table_add(tree, item, "value", text);
    nlu_table_add(tree, table, NULL, item);
}

// The names in order as a list, and under each name in small letters what it says: { "Host",
// "Accept", host = "h1", accept = "*/*" }. A name's second field is { name =, value = } in the
// list.
static struct nlu_value http_headers(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    const uint8_t *p = packet->bytes + layer->offset, *end = p + layer->header;
    struct nlu_value table = nlu_value_table(tree);
    size_t len = 0;
    // Looking for a name among those before it takes longer the more there are.
    int most = 256;

    p = line_end(p, end, &len);
    while (p && most-- > 0) {
        const uint8_t *line = p;
        p = line_end(line, end, &len);
        if (!p || !len)
            break;
        add_field(tree, table, line, len);
    }
    return table;
}

static const struct nlu_field http_fields[] = {
    NLU_FN("method", http_method),        NLU_FN("target", http_target),
    NLU_FN("version", http_version),      NLU_FN("status", http_status),
    NLU_FN("reason", http_reason),        NLU_TREE("headers", http_headers),
    NLU_ALSO_FN("body", nlu_get_payload), NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_http = {
    .name = "http", .parse = parse_http, .fields = http_fields};
