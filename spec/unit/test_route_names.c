// The words of iproute2 and their numbers, both ways.
#include "check.h"
#include "route_names.h"

#include <errno.h>
#include <sys/socket.h>

static void test_words(void) {
    char buf[NLU_ROUTE_NAME];

    CHECK_STR(nlu_table_name(254, buf), "main");
    CHECK_STR(nlu_table_name(255, buf), "local");
    CHECK_STR(nlu_table_name(253, buf), "default");
    CHECK_STR(nlu_table_name(1000, buf), "1000");
    CHECK_STR(nlu_table_name(UINT32_MAX, buf), "4294967295");
    CHECK_STR(nlu_protocol_name(2, buf), "kernel");
    CHECK_STR(nlu_protocol_name(200, buf), "200");
    CHECK_STR(nlu_addr_protocol_name(2, buf), "kernel_ra");
    CHECK_STR(nlu_addr_protocol_name(9, buf), "0x9");
    CHECK_STR(nlu_scope_name(0, buf), "global");
    CHECK_STR(nlu_scope_name(253, buf), "link");
    CHECK_STR(nlu_scope_name(77, buf), "77");
    CHECK_STR(nlu_route_type_name(6, buf), "blackhole");
    CHECK_STR(nlu_route_type_name(99, buf), "99");
    CHECK_STR(nlu_dsfield_name(0xb8, buf), "EF");
    CHECK_STR(nlu_dsfield_name(0x04, buf), "0x04");
    CHECK_STR(nlu_realm_name(0, buf), "cosmos");
    CHECK_STR(nlu_realm_name(65535, buf), "65535");
    CHECK_STR(nlu_family_name(AF_INET), "inet");
    CHECK_STR(nlu_family_name(AF_INET6), "inet6");
    CHECK_STR(nlu_family_name(200), "???");
}

static void test_parsing(void) {
    uint32_t table = 7;
    uint8_t value = 7;

    CHECK_INT(nlu_table_parse("main", &table), 0);
    CHECK_INT(table, 254);
    CHECK_INT(nlu_table_parse("0x10", &table), 0);
    CHECK_INT(table, 16);
    CHECK_INT(nlu_table_parse("4294967295", &table), 0);
    CHECK_INT(table, UINT32_MAX);
    const char *bad[] = {"",   "mine", "4294967296",          "-1", " 1", "1 ",
                         "1x", "0x",   "99999999999999999999"};
    for (size_t i = 0; i < NLU_COUNT(bad); i++)
        CHECK_INT(nlu_table_parse(bad[i], &table), -EINVAL);
    CHECK_INT(table, UINT32_MAX); // untouched by failures
    CHECK_INT(nlu_protocol_parse("static", &value), 0);
    CHECK_INT(value, 4);
    CHECK_INT(nlu_protocol_parse("255", &value), 0);
    CHECK_INT(value, 255);
    CHECK_INT(nlu_protocol_parse("256", &value), -EINVAL);
    CHECK_INT(nlu_scope_parse("host", &value), 0);
    CHECK_INT(value, 254);
    CHECK_INT(nlu_route_type_parse("throw", &value), 0);
    CHECK_INT(value, 9);
    CHECK_INT(nlu_addr_protocol_parse("kernel_ll", &value), 0);
    CHECK_INT(value, 3);
    CHECK_INT(nlu_addr_protocol_parse("kernel", &value), -EINVAL); // of a route
    CHECK_INT(nlu_dsfield_parse("AF11", &value), 0);
    CHECK_INT(value, 0x28);
    CHECK_INT(nlu_dsfield_parse("af11", &value), -EINVAL); // ip tells them apart, too
}

// What has a word is found by it again.
static void test_every_word_comes_back(void) {
    char buf[NLU_ROUTE_NAME];

    for (unsigned i = 0; i < 256; i++) {
        uint8_t value = 0;
        uint32_t table = 0;
        CHECK_INT(nlu_protocol_parse(nlu_protocol_name((uint8_t)i, buf), &value), 0);
        CHECK_INT(value, i);
        CHECK_INT(nlu_scope_parse(nlu_scope_name((uint8_t)i, buf), &value), 0);
        CHECK_INT(value, i);
        CHECK_INT(nlu_route_type_parse(nlu_route_type_name((uint8_t)i, buf), &value), 0);
        CHECK_INT(value, i);
        CHECK_INT(nlu_dsfield_parse(nlu_dsfield_name((uint8_t)i, buf), &value), 0);
        CHECK_INT(value, i);
        CHECK_INT(nlu_table_parse(nlu_table_name(i, buf), &table), 0);
        CHECK_INT(table, i);
    }
}

int main(void) {
    test_words();
    test_parsing();
    test_every_word_comes_back();
    return check_result();
}
