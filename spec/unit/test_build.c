// The builder on trees made by hand: a packet, its checksums, and what it says of wrong fields.
#include "build.h"
#include "check.h"

#include <errno.h>

struct maker {
    struct nlu_arena arena;
    struct nlu_tree tree;
    uint8_t bytes[NLU_BUILD_MAX];
    size_t size;
    int linktype;
    struct nlu_err err;
};

static void start(struct maker *m) {
    *m = (struct maker){0};
    m->tree.arena = &m->arena;
}

static struct nlu_value udp_packet(struct maker *m, int64_t ttl) {
    struct nlu_value t = nlu_value_table(&m->tree), ip = nlu_value_table(&m->tree);
    struct nlu_value udp = nlu_value_table(&m->tree);

    nlu_table_add(&m->tree, ip, "src", nlu_value_text("192.0.2.1"));
    nlu_table_add(&m->tree, ip, "dst", nlu_value_text("192.0.2.2"));
    nlu_table_add(&m->tree, ip, "ttl", nlu_value_integer(ttl));
    nlu_table_add(&m->tree, udp, "src_port", nlu_value_integer(1));
    nlu_table_add(&m->tree, udp, "dst_port", nlu_value_integer(2));
    // Out of order: the builder knows better.
    nlu_table_add(&m->tree, t, "udp", udp);
    nlu_table_add(&m->tree, t, "ip", ip);
    nlu_table_add(&m->tree, t, "payload", nlu_value_bytes("abc", 3));
    return t;
}

static int build(struct maker *m, const struct nlu_value *table) {
    return nlu_build(table, m->bytes, &m->size, &m->linktype, &m->err);
}

static void test_udp(void) {
    static const uint8_t want[] = {0x45, 0, 0, 31, 0, 0, 0, 0, 7, 17, 0x2f, 0xcb, 192, 0,   2,  1,
                                   192,  0, 2, 2,  0, 1, 0, 2, 0, 11, 0xb7, 0x6e, 'a', 'b', 'c'};
    static struct maker m;

    start(&m);
    struct nlu_value t = udp_packet(&m, 7);
    CHECK_INT(build(&m, &t), 0);
    CHECK_INT(m.linktype, NLU_LINK_RAW);
    CHECK_INT(m.size, sizeof want);
    CHECK(memcmp(m.bytes, want, sizeof want) == 0);
    nlu_arena_free(&m.arena);
}

static void test_wrong_fields(void) {
    static struct maker m;

    start(&m);
    struct nlu_value t = udp_packet(&m, 256);
    CHECK_INT(build(&m, &t), -EINVAL);
    CHECK_STR(m.err.subject, "ip.ttl");
    CHECK_STR(m.err.hint, "expected an integer from 0 to 255, got 256");
    t = udp_packet(&m, 1);
    nlu_table_add(&m.tree, t, "tpc", nlu_value_table(&m.tree));
    CHECK_INT(build(&m, &t), -EINVAL);
    CHECK_STR(m.err.subject, "tpc");
    t = nlu_value_integer(1);
    CHECK_INT(build(&m, &t), -EINVAL);
    nlu_arena_free(&m.arena);
}

static void test_too_long(void) {
    static struct maker m;
    static char payload[NLU_BUILD_MAX];

    start(&m);
    struct nlu_value t = nlu_value_table(&m.tree);
    nlu_table_add(&m.tree, t, "eth", nlu_value_table(&m.tree));
    nlu_table_add(&m.tree, t, "payload", nlu_value_bytes(payload, sizeof payload));
    CHECK_INT(build(&m, &t), -EMSGSIZE);
    nlu_arena_free(&m.arena);
}

// A partial sum is finished to what a full one is.
static void test_partial_sums(void) {
    static struct maker m, full;

    start(&m);
    start(&full);
    struct nlu_value t = udp_packet(&m, 7), u = udp_packet(&full, 7);
    CHECK_INT(build(&full, &u), 0);
    const struct nlu_value *udp = nlu_table_get(&t, "udp");
    nlu_table_add(&m.tree, *udp, "checksum", nlu_value_text("partial"));
    CHECK_INT(build(&m, &t), 0);
    CHECK(memcmp(m.bytes, full.bytes, full.size) != 0);
    CHECK_INT(nlu_build_finish_sums(NLU_LINK_RAW, m.bytes, m.size), 1);
    CHECK(memcmp(m.bytes, full.bytes, full.size) == 0);
    CHECK_INT(nlu_build_finish_sums(NLU_LINK_RAW, m.bytes, m.size), 0);
    nlu_arena_free(&m.arena);
    nlu_arena_free(&full.arena);
}

int main(void) {
    test_udp();
    test_wrong_fields();
    test_too_long();
    test_partial_sums();
    return check_result();
}
