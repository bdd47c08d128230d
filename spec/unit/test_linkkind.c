#include "check.h"
#include "linkkind.h"
#include "nlcodec.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>

static int index_of(void *arg, const char *name) {
    (void)arg;
    return strcmp(name, "eth0") == 0 ? 7 : 0;
}

static const char *name_of(void *arg, int index) {
    (void)arg;
    return index == 7 ? "eth0" : NULL;
}

static const struct nlu_link_names names = {.index = index_of, .name = name_of};

// The written attributes as a nest, as they arrive from a kernel.
static const struct nlattr *nest_of(const struct nlu_link_data *data, struct nlu_arena *arena) {
    struct nlattr *nest = nlu_arena_alloc(arena, sizeof *nest + data->size);

    nest->nla_type = IFLA_INFO_DATA;
    nest->nla_len = (uint16_t)(sizeof *nest + data->size);
    memcpy(nest + 1, data->bytes, data->size);
    return nest;
}

// Writes one option; the data stays in the arena.
static int write_one(const char *kind, const char *word, struct nlu_value value,
                     const struct nlattr *current, struct nlu_arena *arena,
                     struct nlu_link_data *data, struct nlu_link_fault *fault) {
    struct nlu_tree tree = {.arena = arena};
    struct nlu_value opts = nlu_value_table(&tree);

    nlu_table_add(&tree, opts, word, value);
    return nlu_link_kind_write(nlu_link_kind_find(kind), &opts, current, &names, arena, data,
                               fault);
}

static void test_finding(void) {
    CHECK(nlu_link_kind_find("vlan") != NULL);
    CHECK(nlu_link_kind_find("dummy") == NULL);
    CHECK(nlu_link_kind_find("") == NULL);
    CHECK(nlu_link_kind_is_slave(nlu_link_kind_find("bridge_slave")));
    CHECK(!nlu_link_kind_is_slave(nlu_link_kind_find("bridge")));
    CHECK(nlu_link_kind_needs_current(nlu_link_kind_find("gre")));
    CHECK(nlu_link_kind_knows(nlu_link_kind_find("vlan"), "ingress_qos_map"));
    CHECK(nlu_link_kind_knows(nlu_link_kind_find("vlan"), "ingress-qos-map"));
    CHECK(nlu_link_kind_knows(nlu_link_kind_find("vxlan"), "nolearning"));
    CHECK(!nlu_link_kind_knows(nlu_link_kind_find("vxlan"), "noid"));
    CHECK(!nlu_link_kind_knows(nlu_link_kind_find("vxlan"), "no"));
    CHECK(!nlu_link_kind_knows(nlu_link_kind_find("vxlan"), "learn"));
    // The second table of a kind is walked behind the first.
    CHECK(nlu_link_kind_knows(nlu_link_kind_find("sit"), "isatap"));
    CHECK(!nlu_link_kind_knows(nlu_link_kind_find("ipip"), "isatap"));
    size_t words = 0;
    while (nlu_link_kind_word(nlu_link_kind_find("sit"), words))
        words++;
    CHECK(words > 10);
}

static void test_there_and_back(void) {
    static const struct {
        const char *kind, *word;
        struct nlu_value value;
        const char *key;
        struct nlu_value shown;
    } cases[] = {
        {"vlan", "id", {.type = NLU_VALUE_INTEGER, .integer = 4094}, "id", {0}},
        {"bridge",
         "stp_state",
         {.type = NLU_VALUE_BOOLEAN, .boolean = true},
         "stp_state",
         {.type = NLU_VALUE_INTEGER, .integer = 1}},
        {"bond",
         "mode",
         {.type = NLU_VALUE_INTEGER, .integer = 4},
         "mode",
         {.type = NLU_VALUE_BYTES, .bytes = "802.3ad", .len = 7}},
        {"vxlan", "dstport", {.type = NLU_VALUE_INTEGER, .integer = 4789}, "port", {0}},
        {"vxlan",
         "remote",
         {.type = NLU_VALUE_BYTES, .bytes = "2001:db8::1", .len = 11},
         "remote6",
         {0}},
        {"vxlan",
         "remote",
         {.type = NLU_VALUE_BYTES, .bytes = "239.1.1.1", .len = 9},
         "group",
         {0}},
        {"vxlan",
         "nolearning",
         {.type = NLU_VALUE_BOOLEAN, .boolean = true},
         "learning",
         {.type = NLU_VALUE_BOOLEAN, .boolean = false}},
        {"vxlan", "dev", {.type = NLU_VALUE_BYTES, .bytes = "eth0", .len = 4}, "link", {0}},
        {"gre",
         "okey",
         {.type = NLU_VALUE_INTEGER, .integer = 258},
         "okey",
         {.type = NLU_VALUE_BYTES, .bytes = "0.0.1.2", .len = 7}},
        {"gre",
         "tos",
         {.type = NLU_VALUE_BYTES, .bytes = "inherit", .len = 7},
         "tos",
         {.type = NLU_VALUE_BYTES, .bytes = "0x1", .len = 3}},
        {"ip6tnl", "tclass", {.type = NLU_VALUE_BYTES, .bytes = "0x2f", .len = 4}, "tclass", {0}},
        {"ip6tnl",
         "encaplimit",
         {.type = NLU_VALUE_BYTES, .bytes = "none", .len = 4},
         "ip6_tnl_f_ign_encap_limit",
         {.type = NLU_VALUE_BOOLEAN, .boolean = true}},
        {"bond_slave", "prio", {.type = NLU_VALUE_INTEGER, .integer = -5}, "prio", {0}},
        {"bridge",
         "group_fwd_mask",
         {.type = NLU_VALUE_BYTES, .bytes = "0x1c", .len = 4},
         "group_fwd_mask",
         {0}},
    };

    for (size_t i = 0; i < NLU_COUNT(cases); i++) {
        struct nlu_arena arena = {0};
        struct nlu_tree tree = {.arena = &arena};
        struct nlu_link_data data = {0};
        struct nlu_link_fault fault;
        CHECK_INT(
            write_one(cases[i].kind, cases[i].word, cases[i].value, NULL, &arena, &data, &fault),
            0);
        struct nlu_value table = nlu_link_kind_read(nlu_link_kind_find(cases[i].kind),
                                                    nest_of(&data, &arena), &names, &tree);
        const struct nlu_value *shown = nlu_table_get(&table, cases[i].key);
        const struct nlu_value *wanted =
            cases[i].shown.type == NLU_VALUE_NIL ? &cases[i].value : &cases[i].shown;
        CHECK(shown && nlu_value_equal(shown, wanted));
        if (!shown || !nlu_value_equal(shown, wanted))
            fprintf(stderr, "case %zu: %s %s\n", i, cases[i].kind, cases[i].word);
        nlu_arena_free(&arena);
    }
}

static void test_faults(void) {
    struct nlu_arena arena = {0};
    struct nlu_link_data data = {0};
    struct nlu_link_fault fault;

    CHECK_INT(write_one("vlan", "id", nlu_value_integer(70000), NULL, &arena, &data, &fault),
              -EINVAL);
    CHECK_STR(fault.field, "id");
    CHECK_STR(fault.text, "expected an integer from 0 to 65535, got 70000");
    CHECK_INT(write_one("vlan", "id", nlu_value_text("x"), NULL, &arena, &data, &fault), -EINVAL);
    CHECK_INT(write_one("bond", "mode", nlu_value_text("round"), NULL, &arena, &data, &fault),
              -EINVAL);
    CHECK_STR(fault.text, "expected balance-rr, active-backup, balance-xor, broadcast, 802.3ad, "
                          "balance-tlb or balance-alb, got 'round'");
    CHECK_INT(write_one("bond", "primary", nlu_value_text("eth9"), NULL, &arena, &data, &fault),
              -ENODEV);
    CHECK_STR(fault.field, "primary");
    CHECK_STR(fault.text, "eth9");
    CHECK_INT(write_one("bond", "nix", nlu_value_integer(1), NULL, &arena, &data, &fault), -EINVAL);
    CHECK_STR(fault.text, "is no option of a bond");
    CHECK_INT(
        write_one("gre", "remote", nlu_value_text("2001:db8::1"), NULL, &arena, &data, &fault),
        -EINVAL);
    CHECK_STR(fault.text, "expected an IPv4 address, got '2001:db8::1'");
    CHECK_INT(
        write_one("bridge", "group_address", nlu_value_text("1:2"), NULL, &arena, &data, &fault),
        -EINVAL);
    CHECK_INT(write_one("vlan", "gvrp", nlu_value_integer(2), NULL, &arena, &data, &fault),
              -EINVAL);
    nlu_arena_free(&arena);
}

// The kernel takes what a change of a tunnel leaves out as 0.
// A Lua table has no order: what its words mean may not depend on one.
static void test_any_order(void) {
    static const struct {
        const char *kind, *words[3];
    } cases[] = {
        {"gre", {"key", "okey", "ikey"}},
        {"gre", {"seq", "oseq", "csum"}},
        {"vxlan", {"ttl", "hoplimit", "id"}},
        {"ip6tnl", {"tclass", "tos", "flowlabel"}},
    };

    for (size_t i = 0; i < NLU_COUNT(cases); i++) {
        struct nlu_arena arena = {0};
        struct nlu_tree tree = {.arena = &arena};
        struct nlu_link_data data[2] = {{0}, {0}};
        struct nlu_link_fault fault;
        for (int turn = 0; turn < 2; turn++) {
            struct nlu_value opts = nlu_value_table(&tree);
            for (int k = 0; k < 3; k++) {
                int word = turn ? 2 - k : k;
                // Switches know 1 and 0, numbers more; each word has a value of its own.
                nlu_table_add(&tree, opts, cases[i].words[word],
                              nlu_value_integer(i == 1 ? word != 1 : word + 1));
            }
            CHECK_INT(nlu_link_kind_write(nlu_link_kind_find(cases[i].kind), &opts, NULL, &names,
                                          &arena, &data[turn], &fault),
                      0);
        }
        CHECK_INT(data[0].size, data[1].size);
        CHECK(data[0].size && memcmp(data[0].bytes, data[1].bytes, data[0].size) == 0);
        nlu_arena_free(&arena);
    }
}

static void test_a_change_says_everything_again(void) {
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};
    struct nlu_link_data data = {0};
    struct nlu_link_fault fault;
    struct nlu_value opts = nlu_value_table(&tree);
    const struct nlu_link_kind *gre = nlu_link_kind_find("gre");

    nlu_table_add(&tree, opts, "remote", nlu_value_text("192.0.2.9"));
    nlu_table_add(&tree, opts, "ikey", nlu_value_integer(5));
    CHECK_INT(nlu_link_kind_write(gre, &opts, NULL, &names, &arena, &data, &fault), 0);
    CHECK_INT(write_one("gre", "ttl", nlu_value_integer(9), nest_of(&data, &arena), &arena, &data,
                        &fault),
              0);
    struct nlu_value table = nlu_link_kind_read(gre, nest_of(&data, &arena), &names, &tree);
    struct nlu_value remote = nlu_value_text("192.0.2.9"), ttl = nlu_value_integer(9),
                     key = nlu_value_text("0.0.0.5");
    CHECK(nlu_value_equal(nlu_table_get(&table, "remote"), &remote));
    CHECK(nlu_value_equal(nlu_table_get(&table, "ttl"), &ttl));
    CHECK(nlu_value_equal(nlu_table_get(&table, "ikey"), &key));
    // A bridge's change says only what changes.
    CHECK_INT(write_one("bridge", "priority", nlu_value_integer(1), nest_of(&data, &arena), &arena,
                        &data, &fault),
              0);
    CHECK_INT(data.size, 8);
    nlu_arena_free(&arena);
}

static void test_nothing_is_an_empty_table(void) {
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};
    static const struct nlattr odd = {.nla_len = sizeof odd + 3};
    struct {
        struct nlattr nest;
        uint8_t bytes[4];
    } broken = {odd, {1, 2, 3, 4}};

    struct nlu_value table = nlu_link_kind_read(nlu_link_kind_find("gre"), NULL, &names, &tree);
    CHECK_INT(table.table->count, 0);
    table = nlu_link_kind_read(nlu_link_kind_find("gre"), &broken.nest, &names, &tree);
    CHECK_INT(table.table->count, 0);
    nlu_arena_free(&arena);
}

static void test_what_may_be_ignored_is_to_be_proved(void) {
    struct nlu_arena arena = {0};
    struct nlu_link_data data = {0};
    struct nlu_link_fault fault;

    CHECK_INT(
        write_one("bridge", "vlan_default_pvid", nlu_value_integer(5), NULL, &arena, &data, &fault),
        0);
    CHECK_STR(data.proof_config, "CONFIG_BRIDGE_VLAN_FILTERING");
    CHECK_INT(data.proof_attr, IFLA_BR_VLAN_DEFAULT_PVID);
    CHECK_INT(write_one("bridge", "ageing_time", nlu_value_integer(5), NULL, &arena, &data, &fault),
              0);
    CHECK(data.proof_word == NULL);
    nlu_arena_free(&arena);
}

int main(void) {
    test_finding();
    test_there_and_back();
    test_faults();
    test_any_order();
    test_a_change_says_everything_again();
    test_nothing_is_an_empty_table();
    test_what_may_be_ignored_is_to_be_proved();
    return check_result();
}
