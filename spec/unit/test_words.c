// Words and their numbers: each way back again, and none for what has none.
#include "check.h"
#include "dhcp_words.h"
#include "icmp_words.h"
#include "packet_words.h"
#include "tcp_words.h"

#include <errno.h>

static void test_both_ways(void) {
    for (int type = 0; type < 256; type++) {
        const char *word = nlu_icmp_type_word(type);
        CHECK(!word || nlu_icmp_type_number(word) == type);
        word = nlu_icmp6_type_word(type);
        CHECK(!word || nlu_icmp6_type_number(word) == type);
        word = nlu_igmp_type_word(type);
        CHECK(!word || nlu_igmp_type_number(word) == type);
        word = nlu_ospf_type_word(type);
        CHECK(!word || nlu_ospf_type_number(word) == type);
        word = nlu_packet_type_word((unsigned)type);
        CHECK(!word || nlu_packet_type_number(word) == type);
        word = nlu_dhcp_message_word(type);
        CHECK(!word || nlu_dhcp_message_number(word) == type);
        word = nlu_dhcp6_message_word(type);
        CHECK(!word || nlu_dhcp6_message_number(word) == type);
        word = nlu_tcp_option_word(type);
        CHECK(!word || nlu_tcp_option_number(word) == type);
        for (int code = 0; code < 16; code++) {
            word = nlu_icmp_code_word(type, code);
            CHECK(!word || nlu_icmp_code_number(type, word) == code);
            word = nlu_icmp6_code_word(type, code);
            CHECK(!word || nlu_icmp6_code_number(type, word) == code);
        }
    }
    CHECK_STR(nlu_icmp_type_word(8), "echo request");
    CHECK_STR(nlu_icmp6_type_word(135), "neighbor solicitation");
    CHECK_STR(nlu_icmp_code_word(3, 3), "port unreachable");
    CHECK_STR(nlu_group_record_word(4), "to_ex");
    CHECK(nlu_group_record_word(7) == NULL);
    CHECK_INT(nlu_icmp_type_number("echo"), -1);
    CHECK_INT(nlu_icmp_code_number(8, "port unreachable"), -1);
}

static void test_tcp_flags(void) {
    char text[NLU_TCP_FLAGS_TEXT];
    uint8_t flags = 0;

    for (int all = 0; all < 256; all++) {
        nlu_tcp_flags_format((uint8_t)all, text);
        CHECK_INT(nlu_tcp_flags_parse(text, strlen(text), &flags), 0);
        CHECK_INT(flags, all);
    }
    CHECK_STR(nlu_tcp_flags_format(0x12, text), "S.");
    CHECK_STR(nlu_tcp_flags_format(0, text), "none");
    CHECK_INT(nlu_tcp_flags_parse(".S", 2, &flags), 0);
    CHECK_INT(flags, 0x12);
    CHECK_INT(nlu_tcp_flags_parse("SX", 2, &flags), -EINVAL);
    CHECK_INT(nlu_tcp_flags_parse("S\0", 2, &flags), -EINVAL);
}

int main(void) {
    test_both_ways();
    test_tcp_flags();
    return check_result();
}
