// The dissector on packets written by hand: layers, fields, lengths that lie, checksums.
#include "dissect.h"
#include "check.h"

// An echo request of 4 bytes from 192.0.2.1 to 192.0.2.2, with 2 bytes of padding behind it.
static const uint8_t echo[] = {
    0x02, 0,    0x5e, 0,    0x53, 2,    0x02, 0, 0x5e, 0,    0x53, 1,    0x08, 0x00, // Ethernet
    0x45, 0,    0,    32,   0x10, 0x92, 0x40, 0, 64,   1,    0xa6, 0x47, 192,  0,
    2,    1,    192,  0,    2,    2, // IPv4
    8,    0,    0xd4, 0x64, 0x04, 0xd2, 0,    1, 0x11, 0x22, 0x0d, 0xa6, // ICMP
    0xaa, 0xbb,
};

static int64_t integer(const struct nlu_packet *p, const char *layer, const char *field) {
    const struct nlu_layer *l = nlu_layer_find(p, layer);
    const struct nlu_field *f = l ? nlu_field_find(l->kind, field) : NULL;
    if (!f)
        return -1;
    struct nlu_value value = nlu_field_get(p, l, f, NULL);
    return value.type == NLU_VALUE_INTEGER ? value.integer : -2;
}

static const char *text(const struct nlu_packet *p, const char *layer, const char *field) {
    static char buf[64];
    char address[NLU_VALUE_TEXT];
    const struct nlu_layer *l = nlu_layer_find(p, layer);
    const struct nlu_field *f = l ? nlu_field_find(l->kind, field) : NULL;
    size_t len = 0;
    if (!f)
        return NULL;
    struct nlu_value value = nlu_field_get(p, l, f, NULL);
    const char *bytes = nlu_value_string(&value, address, &len);
    if (!bytes || len >= sizeof buf)
        return NULL;
    memcpy(buf, bytes, len);
    buf[len] = '\0';
    return buf;
}

static void test_layers_and_fields(void) {
    struct nlu_packet p;
    size_t size = 0;

    nlu_dissect(NLU_LINK_ETHERNET, echo, sizeof echo, sizeof echo, &p);
    CHECK_INT(p.count, 3);
    CHECK_STR(nlu_layer_name(p.layers[0].kind), "eth");
    CHECK_INT(p.layers[1].kind, NLU_LAYER_IP4);
    CHECK_INT(p.layers[2].kind, NLU_LAYER_ICMP);
    CHECK_STR(text(&p, "eth", "src"), "02:00:5e:00:53:01");
    CHECK_STR(text(&p, "ip", "dst"), "192.0.2.2");
    CHECK_STR(text(&p, "ip4", "dst"), "192.0.2.2");
    CHECK(nlu_layer_find(&p, "ip6") == NULL);
    CHECK(nlu_layer_find(&p, "ip2") == NULL);
    CHECK(nlu_layer_known("ip2"));
    CHECK(!nlu_layer_known("ipx"));
    CHECK_STR(text(&p, "icmp", "type"), "echo request");
    CHECK_INT(integer(&p, "icmp", "id"), 1234);
    CHECK_INT(integer(&p, "ip", "ttl"), 64);
    CHECK_INT(integer(&p, "ip", "len"), 32);
    nlu_packet_payload(&p, &size);
    CHECK_INT(size, 4);
    nlu_packet_trailer(&p, &size);
    CHECK_INT(size, 2);
    for (uint32_t i = 0; i < p.count; i++)
        CHECK(nlu_layer_problem(&p, &p.layers[i]) == NULL);
}

static void test_checksums(void) {
    struct nlu_packet p;
    uint8_t copy[sizeof echo];
    uint16_t has = 0, want = 0;

    nlu_dissect(NLU_LINK_ETHERNET, echo, sizeof echo, sizeof echo, &p);
    CHECK_INT(nlu_layer_verify(&p, &p.layers[1], &has, &want), NLU_SUM_RIGHT);
    CHECK_INT(nlu_layer_verify(&p, &p.layers[2], &has, &want), NLU_SUM_RIGHT);
    // Every single bit counts.
    for (size_t at = 14; at < sizeof echo - 2; at++) {
        memcpy(copy, echo, sizeof copy);
        copy[at] ^= 0x10;
        nlu_dissect(NLU_LINK_ETHERNET, copy, sizeof copy, sizeof copy, &p);
        bool right = true;
        for (uint32_t i = 0; i < p.count; i++)
            right = right && !p.layers[i].problem &&
                    nlu_layer_verify(&p, &p.layers[i], &has, &want) != NLU_SUM_WRONG;
        CHECK(!right);
    }
    // What was cut off cannot be summed.
    nlu_dissect(NLU_LINK_ETHERNET, echo, sizeof echo - 4, sizeof echo, &p);
    CHECK_INT(nlu_layer_verify(&p, &p.layers[2], &has, &want), NLU_SUM_NONE);
}

static void test_lies(void) {
    struct nlu_packet p;
    uint8_t copy[sizeof echo];

    memcpy(copy, echo, sizeof copy);
    copy[16] = 5; // total length 1312
    nlu_dissect(NLU_LINK_ETHERNET, copy, sizeof copy, sizeof copy, &p);
    CHECK_STR(nlu_layer_problem(&p, &p.layers[1]), "length field says more than there is");
    CHECK_INT(p.count, 3); // what is there is read all the same
    memcpy(copy, echo, sizeof copy);
    copy[14] = 0x43; // header of 12 bytes
    nlu_dissect(NLU_LINK_ETHERNET, copy, sizeof copy, sizeof copy, &p);
    CHECK_STR(nlu_layer_problem(&p, &p.layers[1]), "impossible header length");
    CHECK_INT(p.count, 2);
    copy[14] = 0x65;
    nlu_dissect(NLU_LINK_ETHERNET, copy, sizeof copy, sizeof copy, &p);
    CHECK_STR(nlu_layer_problem(&p, &p.layers[1]), "wrong version");
}

// VLAN tags without an end: the walk stops at its limit and says so.
static void test_too_many_layers(void) {
    struct nlu_packet p;
    uint8_t tags[14 + 4 * 40];

    memset(tags, 0, sizeof tags);
    for (size_t at = 12; at < sizeof tags; at += 4)
        tags[at] = 0x81;
    nlu_dissect(NLU_LINK_ETHERNET, tags, sizeof tags, sizeof tags, &p);
    CHECK_INT(p.count, NLU_LAYERS_MAX);
    CHECK_STR(nlu_layer_problem(&p, &p.layers[p.count - 1]), "too many layers");
    CHECK(nlu_layer_find(&p, "vlan9") == &p.layers[9]);
}

static void test_empty(void) {
    struct nlu_packet p;

    nlu_dissect(NLU_LINK_ETHERNET, "", 0, 0, &p);
    CHECK_INT(p.count, 0);
    nlu_dissect(NLU_LINK_RAW, echo, sizeof echo, 0, &p); // no version 4 or 6
    CHECK_INT(p.count, 0);
    CHECK_INT(p.wirelen, sizeof echo);
}

int main(void) {
    test_layers_and_fields();
    test_checksums();
    test_lies();
    test_too_many_layers();
    test_empty();
    return check_result();
}
