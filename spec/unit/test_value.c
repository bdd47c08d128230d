// Values: tables, lists, equality of what is said in different ways.
#include "value.h"
#include "check.h"

static const uint8_t ip[] = {192, 0, 2, 1}, mac[] = {2, 0, 0, 0, 0, 1};

static void test_tables(void) {
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};
    struct nlu_value t = nlu_value_table(&tree);

    nlu_table_add(&tree, t, "a", nlu_value_integer(1));
    nlu_table_add(&tree, t, NULL, nlu_value_text("x"));
    nlu_table_add(&tree, t, "nothing", (struct nlu_value){0});
    nlu_table_add(&tree, t, NULL, nlu_value_format(&tree, "%d-%d", 1, 2));
    CHECK_INT(t.table->count, 3);
    CHECK_INT(nlu_table_get(&t, "a")->integer, 1);
    CHECK(nlu_table_get(&t, "nothing") == NULL);
    CHECK_INT(nlu_table_item(&t, 1)->len, 3);
    CHECK(nlu_table_item(&t, 2) == NULL);
    CHECK(nlu_table_get(nlu_table_get(&t, "a"), "b") == NULL);
    CHECK(!tree.failed);
    nlu_arena_free(&arena);
}

static void test_equality(void) {
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};
    struct nlu_value a = nlu_value_table(&tree), b = nlu_value_table(&tree), text, number;

    text = nlu_value_text("192.0.2.1");
    number = nlu_value_ip(ip, 4);
    CHECK(nlu_value_equal(&text, &number));
    text = nlu_value_text("02:00:00:00:00:01");
    number = nlu_value_mac(mac);
    CHECK(nlu_value_equal(&text, &number));
    text = nlu_value_text("S.");
    number = nlu_value_tcp_flags(0x12);
    CHECK(nlu_value_equal(&text, &number));
    text = (struct nlu_value){.type = NLU_VALUE_NUMBER, .number = 2.0};
    number = nlu_value_integer(2);
    CHECK(nlu_value_equal(&text, &number));
    nlu_table_add(&tree, a, "x", nlu_value_integer(1));
    nlu_table_add(&tree, a, "y", nlu_value_boolean(true));
    nlu_table_add(&tree, b, "y", nlu_value_boolean(true));
    CHECK(!nlu_value_equal(&a, &b));
    nlu_table_add(&tree, b, "x", nlu_value_integer(1));
    CHECK(nlu_value_equal(&a, &b));
    nlu_table_add(&tree, a, NULL, nlu_value_integer(1));
    nlu_table_add(&tree, b, NULL, nlu_value_integer(2));
    CHECK(!nlu_value_equal(&a, &b));
    nlu_arena_free(&arena);
}

static void test_print(void) {
    struct nlu_arena arena = {0};
    struct nlu_tree tree = {.arena = &arena};
    struct nlu_value t = nlu_value_table(&tree), list = nlu_value_table(&tree);
    char text[256], part[8];

    nlu_table_add(&tree, t, "src", nlu_value_ip(ip, 4));
    nlu_table_add(&tree, t, "ttl", nlu_value_integer(-7));
    nlu_table_add(&tree, list, NULL, nlu_value_boolean(true));
    nlu_table_add(&tree, list, NULL, nlu_value_bytes("a\"\0", 3));
    nlu_table_add(&tree, t, "list", list);
    nlu_table_add(&tree, t, "none", nlu_value_table(&tree));
    const char *want =
        "{ src = \"192.0.2.1\", ttl = -7, list = { true, \"a\\\"\\000\" }, none = {} }";
    CHECK_INT(nlu_value_print(&t, text, sizeof text), strlen(want));
    CHECK_STR(text, want);
    CHECK_INT(nlu_value_print(&t, part, sizeof part), strlen(want));
    CHECK_STR(part, "{ src =");
    nlu_arena_free(&arena);
}

int main(void) {
    test_print();
    test_tables();
    test_equality();
    return check_result();
}
