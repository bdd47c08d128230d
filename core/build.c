#include "build_int.h"

#include "ipaddr.h"
#include "packet_table.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static const struct nlu_builder *const builders[NLU_LAYER_KINDS] = {
    [NLU_LAYER_ETH] = &nlu_build_eth,     [NLU_LAYER_SLL] = &nlu_build_sll,
    [NLU_LAYER_SLL2] = &nlu_build_sll2,   [NLU_LAYER_LOOPBACK] = &nlu_build_loopback,
    [NLU_LAYER_VLAN] = &nlu_build_vlan,   [NLU_LAYER_LLC] = &nlu_build_llc,
    [NLU_LAYER_STP] = &nlu_build_stp,     [NLU_LAYER_LLDP] = &nlu_build_lldp,
    [NLU_LAYER_ARP] = &nlu_build_arp,     [NLU_LAYER_IP4] = &nlu_build_ip4,
    [NLU_LAYER_IP6] = &nlu_build_ip6,     [NLU_LAYER_ICMP] = &nlu_build_icmp,
    [NLU_LAYER_ICMP6] = &nlu_build_icmp6, [NLU_LAYER_IGMP] = &nlu_build_igmp,
    [NLU_LAYER_OSPF] = &nlu_build_ospf,   [NLU_LAYER_GRE] = &nlu_build_gre,
    [NLU_LAYER_UDP] = &nlu_build_udp,     [NLU_LAYER_TCP] = &nlu_build_tcp,
    [NLU_LAYER_VXLAN] = &nlu_build_vxlan, [NLU_LAYER_DNS] = &nlu_build_dns,
    [NLU_LAYER_DHCP] = &nlu_build_dhcp,   [NLU_LAYER_DHCP6] = &nlu_build_dhcp6,
    [NLU_LAYER_HTTP] = &nlu_build_http,
};

// --- the order of the layers --------------------------------------------------------------------

// The kind that a key of the packet's table stands for; NLU_LAYER_NONE for keys that are no layers.
static enum nlu_layer_kind kind_of(const char *name, const struct nlu_value *table) {
    struct nlu_ip ip;
    char text[NLU_VALUE_TEXT];
    size_t len = strlen(name), text_len = 0;

    if (!nlu_layer_known(name))
        return NLU_LAYER_NONE;
    for (int kind = NLU_LAYER_NONE + 1; kind < NLU_LAYER_KINDS; kind++)
        if (kind != NLU_LAYER_IP4 && kind != NLU_LAYER_IP6 &&
            strcmp(nlu_layer_name((enum nlu_layer_kind)kind), name) == 0)
            return (enum nlu_layer_kind)kind;
    if (strncmp(name, "ip", 2) != 0) {
        // With a number behind it.
        for (int kind = NLU_LAYER_NONE + 1; kind < NLU_LAYER_KINDS; kind++) {
            const char *own = nlu_layer_name((enum nlu_layer_kind)kind);
            if (strlen(own) == len - 1 && strncmp(own, name, len - 1) == 0)
                return (enum nlu_layer_kind)kind;
        }
        return NLU_LAYER_NONE;
    }
    if (strncmp(name, "ip4", 3) == 0 || strncmp(name, "ip6", 3) == 0)
        return name[2] == '4' ? NLU_LAYER_IP4 : NLU_LAYER_IP6;
    // "ip" is the version that its addresses have, or that it says.
    const struct nlu_value *version = nlu_table_get(table, "version");
    const struct nlu_value *dst = nlu_table_get(table, "dst");
    if (version && version->type == NLU_VALUE_INTEGER && version->integer == 6)
        return NLU_LAYER_IP6;
    const char *address = dst ? nlu_value_string(dst, text, &text_len) : NULL;
    if (!version && address && text_len < sizeof text) {
        memmove(text, address, text_len);
        text[text_len] = '\0';
        if (nlu_ip_parse(text, &ip) == 0 && ip.family == AF_INET6)
            return NLU_LAYER_IP6;
    }
    return NLU_LAYER_IP4;
}

static void add_layer(struct nlu_build *b, const struct nlu_value *table, const char *name) {
    const struct nlu_value *fields = nlu_table_get(table, name);

    if (b->failed)
        return;
    if (!fields || fields->type != NLU_VALUE_TABLE)
        nlu_build_fail(b, name, "expected a table with the layer's fields");
    else if (b->count == NLU_LAYERS_MAX)
        nlu_build_fail(b, name, "more than %d layers", NLU_LAYERS_MAX);
    else if (fields->table->count > 64)
        nlu_build_fail(b, name, "has too many fields");
    else
        b->layers[b->count++] =
            (struct nlu_build_layer){.kind = kind_of(name, fields), .name = name, .table = fields};
}

// As given by `layers`.
static void order_given(struct nlu_build *b, const struct nlu_value *table,
                        const struct nlu_value *layers, char names[NLU_LAYERS_MAX][16]) {
    const struct nlu_value *item;

    for (size_t i = 0; (item = nlu_table_item(layers, i)) && !b->failed; i++) {
        char text[NLU_VALUE_TEXT];
        size_t len = 0;
        const char *name = nlu_value_string(item, text, &len);
        if (!name || len >= 16 || i >= NLU_LAYERS_MAX) {
            nlu_build_fail(b, "layers", "expected a list of at most %d names", NLU_LAYERS_MAX);
            return;
        }
        memcpy(names[i], name, len);
        names[i][len] = '\0';
        if (!nlu_layer_known(names[i]))
            nlu_build_fail(b, "layers", "there is no layer called '%s'", names[i]);
        add_layer(b, table, names[i]);
    }
}

// "ip2" and its like stand behind the tunnel; not "sll2" and others that end in a digit by
// themselves.
static bool is_inner(const char *name) {
    size_t len = strlen(name);
    return name[len - 1] >= '2' && name[len - 1] <= '9' && !nlu_layer_is_name(name);
}

// What is inside a tunnel: everything above the network when there is one.
static bool has_tunnel(const struct nlu_value *table) {
    for (size_t i = 0; i < table->table->count; i++) {
        const char *key = table->table->pairs[i].key;
        if (!key || !nlu_layer_known(key))
            continue;
        if (strcmp(key, "vxlan") == 0 || strcmp(key, "gre") == 0 ||
            (is_inner(key) && strncmp(key, "vlan", 4) != 0))
            return true;
    }
    return false;
}

// Where a layer usually stands: links, networks, tunnels and what is inside them, transports,
// services, in the order of enum nlu_layer_kind.
static int usual_place(enum nlu_layer_kind kind, const char *name, bool tunnel, bool vxlan) {
    enum { TUNNEL = NLU_LAYER_KINDS, INSIDE = TUNNEL + 8 };

    if (kind == NLU_LAYER_GRE || kind == NLU_LAYER_VXLAN)
        return TUNNEL + 1;
    if (kind == NLU_LAYER_UDP && vxlan && !is_inner(name))
        return TUNNEL;
    if (kind == NLU_LAYER_VLAN)
        return kind;
    if (is_inner(name) || (tunnel && kind >= NLU_LAYER_ICMP))
        return INSIDE + kind;
    return kind;
}

static void order_usual(struct nlu_build *b, const struct nlu_value *table) {
    bool tunnel = has_tunnel(table), vxlan = nlu_table_get(table, "vxlan") != NULL;

    for (size_t i = 0; i < table->table->count && !b->failed; i++) {
        const char *key = table->table->pairs[i].key;
        if (key && nlu_layer_known(key))
            add_layer(b, table, key);
    }
    // A handful: sorted by insertion.
    for (size_t i = 1; i < b->count; i++) {
        struct nlu_build_layer moved = b->layers[i];
        int place = usual_place(moved.kind, moved.name, tunnel, vxlan);
        size_t at = i;
        for (; at > 0; at--) {
            const struct nlu_build_layer *before = &b->layers[at - 1];
            int other = usual_place(before->kind, before->name, tunnel, vxlan);
            if (other < place || (other == place && strcmp(before->name, moved.name) < 0))
                break;
            b->layers[at] = *before;
        }
        b->layers[at] = moved;
    }
}

// --- the packet ---------------------------------------------------------------------------------

// Keys of the packet that are no layers.
static bool is_fact(const char *key) {
    static const char *const facts[] = {"linktype", "layers", "payload", "trailer",
                                        "data",     "ts",     "ts_ns",   "len",
                                        "caplen",   "ifname", "node",    "comment"};

    for (size_t i = 0; i < NLU_COUNT(facts); i++)
        if (strcmp(facts[i], key) == 0)
            return true;
    return false;
}

static void check_keys(struct nlu_build *b, const struct nlu_value *table) {
    for (size_t i = 0; i < table->table->count; i++) {
        const char *key = table->table->pairs[i].key;
        if (!key)
            nlu_build_fail(b, NULL, "expected keys like eth, ip and udp, got a list");
        else if (!is_fact(key) && !nlu_layer_known(key))
            nlu_build_fail(b, key, "there is no layer called '%s'", key);
        else if (strcmp(key, "data") == 0 && table->table->pairs[i].value.type != NLU_VALUE_BYTES)
            nlu_build_fail(b, key, "expected a string");
        else if (strcmp(key, "layers") == 0 && table->table->pairs[i].value.type != NLU_VALUE_TABLE)
            nlu_build_fail(b, key, "expected a list of names");
    }
}

static int linktype_of(const struct nlu_build *b) {
    switch (b->count ? b->layers[0].kind : NLU_LAYER_NONE) {
    case NLU_LAYER_SLL:
        return NLU_LINK_SLL;
    case NLU_LAYER_SLL2:
        return NLU_LINK_SLL2;
    case NLU_LAYER_LOOPBACK:
        return NLU_LINK_NULL;
    case NLU_LAYER_IP4:
    case NLU_LAYER_IP6:
        return NLU_LINK_RAW;
    default:
        return NLU_LINK_ETHERNET;
    }
}

static void check_used(struct nlu_build *b) {
    const struct nlu_table *table = b->layer->table->table;

    for (size_t i = 0; i < table->count && !b->failed; i++) {
        if (b->layer->used >> i & 1)
            continue;
        const char *key = table->pairs[i].key;
        if (!key)
            nlu_build_fail(b, NULL, "expected fields by name, got a list");
        else if (nlu_field_find(b->layer->kind, key))
            nlu_build_fail(b, key, "cannot be set: it follows from the other fields");
        else
            nlu_build_fail(b, key, "there is no such field");
    }
}

// Facts of the packet itself, outside all layers.
static const uint8_t *packet_bytes(struct nlu_build *b, const struct nlu_value *table,
                                   const char *key, size_t *ret_size) {
    const struct nlu_value *value = nlu_table_get(table, key);

    *ret_size = 0;
    if (!value)
        return NULL;
    if (value->type != NLU_VALUE_BYTES) {
        nlu_build_fail(b, key, "expected a string");
        return NULL;
    }
    *ret_size = value->len;
    return value->bytes;
}

static void build_fields(struct nlu_build *b, const struct nlu_value *table) {
    char names[NLU_LAYERS_MAX][16];
    const struct nlu_value *layers = nlu_table_get(table, "layers");
    size_t size = 0;

    check_keys(b, table);
    if (layers)
        order_given(b, table, layers, names);
    else
        order_usual(b, table);
    for (size_t i = 0; i < b->count && !b->failed; i++) {
        b->layer = &b->layers[i];
        b->layer->start = b->w.len;
        const struct nlu_builder *builder = builders[b->layer->kind];
        if (!builder)
            break; // there is one for each kind
        builder->write(b);
        b->layer->header = b->w.len - b->layer->start;
    }
    b->layer = NULL;
    const uint8_t *bytes = packet_bytes(b, table, "payload", &size);
    nlu_write_bytes(&b->w, bytes, size);
    b->end = b->w.len;
    // From the inside out: an outer checksum is over the inner ones.
    for (size_t i = b->count; i > 0 && !b->failed && !b->w.overflow; i--) {
        b->layer = &b->layers[i - 1];
        if (builders[b->layer->kind]->finish)
            builders[b->layer->kind]->finish(b);
        check_used(b);
    }
    b->layer = NULL;
    bytes = packet_bytes(b, table, "trailer", &size);
    nlu_write_bytes(&b->w, bytes, size);
    if (!b->failed && b->w.overflow) {
        b->failed = true;
        nlu_err_set(b->err, EMSGSIZE, "packet.build", "a packet of more than %d bytes",
                    NLU_BUILD_MAX);
    }
}

// Is this key part of what the bytes of a packet say?
static bool matters(const char *key) {
    return nlu_layer_known(key) || strcmp(key, "payload") == 0 || strcmp(key, "trailer") == 0;
}

// Do the fields of `table` still say what the bytes in its `data` say? Both ways: a layer that was
// taken away counts as well as one that was changed.
static bool says_the_same(const struct nlu_value *table, const struct nlu_value *from_data) {
    for (size_t i = 0; i < from_data->table->count; i++) {
        const struct nlu_pair *pair = &from_data->table->pairs[i];
        if (!matters(pair->key) && strcmp(pair->key, "layers") != 0)
            continue;
        const struct nlu_value *own = nlu_table_get(table, pair->key);
        if (!own || !nlu_value_equal(own, &pair->value))
            return false;
    }
    for (size_t i = 0; i < table->table->count; i++) {
        const char *key = table->table->pairs[i].key;
        if (key && matters(key) && !nlu_table_get(from_data, key))
            return false;
    }
    return true;
}

// The packet's own bytes, when its table carries them and nothing else has been changed.
static int build_data(const struct nlu_value *table, int linktype, uint8_t *ret_bytes,
                      size_t *ret_size, bool *ret_done) {
    const struct nlu_value *data = nlu_table_get(table, "data"), *len = nlu_table_get(table, "len");
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};
    struct nlu_packet packet;

    *ret_done = false;
    if (!data || data->type != NLU_VALUE_BYTES || data->len > NLU_BUILD_MAX)
        return 0; // check_keys says so of what is no string
    // How long it was on the wire decides what its lengths mean.
    size_t wirelen = data->len;
    if (len && len->type == NLU_VALUE_INTEGER && len->integer > (int64_t)wirelen &&
        len->integer < INT32_MAX)
        wirelen = (size_t)len->integer;
    nlu_dissect(linktype, data->bytes, data->len, wirelen, &packet);
    struct nlu_value from_data = nlu_packet_table(&packet, &tree);
    if (!tree.failed && says_the_same(table, &from_data)) {
        memcpy(ret_bytes, data->bytes, data->len);
        *ret_size = data->len;
        *ret_done = true;
    }
    nlu_arena_free(&arena);
    return tree.failed ? -ENOMEM : 0;
}

int nlu_build(const struct nlu_value *table, uint8_t *ret_bytes, size_t *ret_size,
              int *ret_linktype, struct nlu_err *err) {
    struct nlu_build b = {.w = nlu_writer_into(ret_bytes, NLU_BUILD_MAX), .err = err};
    const struct nlu_value *linktype = nlu_table_get(table, "linktype");
    bool done = false;

    if (table->type != NLU_VALUE_TABLE)
        nlu_build_fail(&b, NULL, "expected a table");
    else if (linktype && (linktype->type != NLU_VALUE_INTEGER || linktype->integer < 0 ||
                          linktype->integer > 65535))
        nlu_build_fail(&b, "linktype", "expected an integer from 0 to 65535");
    if (b.failed)
        return -err->errnum;
    int code = build_data(table, linktype ? (int)linktype->integer : NLU_LINK_ETHERNET, ret_bytes,
                          ret_size, &done);
    if (code < 0)
        return nlu_err_set(err, -code, "packet.build", "%s", "");
    if (done) {
        *ret_linktype = linktype ? (int)linktype->integer : NLU_LINK_ETHERNET;
        return 0;
    }
    build_fields(&b, table);
    if (b.failed)
        return -err->errnum;
    *ret_size = b.w.len;
    *ret_linktype = linktype ? (int)linktype->integer : linktype_of(&b);
    return 0;
}

int nlu_build_finish_sums(int linktype, uint8_t *bytes, size_t size) {
    struct nlu_packet packet;
    int finished = 0;

    nlu_dissect(linktype, bytes, size, size, &packet);
    // From the inside out, as they are built.
    for (uint32_t i = packet.count; i > 0; i--) {
        const struct nlu_layer *layer = &packet.layers[i - 1];
        uint16_t has = 0, want = 0;
        if (nlu_layer_verify(&packet, layer, &has, &want) != NLU_SUM_PARTIAL)
            continue;
        uint8_t *p = bytes + layer->offset + (layer->kind == NLU_LAYER_UDP ? 6 : 16);
        p[0] = (uint8_t)(want >> 8);
        p[1] = (uint8_t)want;
        finished++;
    }
    return finished;
}
