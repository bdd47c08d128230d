// Names of DNS: reading with compression, loops and lies; writing, and reading back what was
// written.
#include "dns_name.h"
#include "check.h"

#include <errno.h>

static void test_read(void) {
    static const uint8_t message[] = "\0\0\0\0\0\0\0\0\0\0\0\0" // a header
                                     "\3www\7example\3org\0" // 12: www.example.org
                                     "\4mail\300\020" // 29: mail.example.org
                                     "\300\045" // 36: a pointer to itself, that is forwards
                                     "\3a.b\0" // 38
                                     "\2\001\134\0" // 43
                                     "\100x" // 47: a label of a kind that never was
                                     "\5ab"; // 49: cut off
    char text[NLU_DNS_NAME_TEXT];
    size_t next = 0;

    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 12, text, &next), 0);
    CHECK_STR(text, "www.example.org");
    CHECK_INT(next, 29);
    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 29, text, &next), 0);
    CHECK_STR(text, "mail.example.org");
    CHECK_INT(next, 36);
    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 36, text, &next), -EBADMSG);
    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 38, text, &next), 0);
    CHECK_STR(text, "a\\.b");
    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 43, text, &next), 0);
    CHECK_STR(text, "\\001\\\\");
    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 47, text, &next), -EBADMSG);
    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 49, text, &next), -EBADMSG);
    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 1000, text, &next), -EBADMSG);
    CHECK_INT(nlu_dns_name_read(message, sizeof message - 1, 0, text, &next), 0);
    CHECK_STR(text, ".");
}

static void test_write(void) {
    static const char *const names[] = {
        "www.example.org",   "mail.example.org", "example.org",     ".",
        "a\\.b.example.org", "\\001x",           "www.example.org."};
    uint8_t buf[512];
    struct nlu_writer w = nlu_writer_into(buf, sizeof buf);
    struct nlu_dns_suffixes suffixes = {0};
    size_t at[NLU_COUNT(names)], next = 0;
    char text[NLU_DNS_NAME_TEXT];

    for (size_t i = 0; i < NLU_COUNT(names); i++) {
        at[i] = w.len;
        CHECK_INT(nlu_dns_name_write(&w, 0, names[i], strlen(names[i]), &suffixes), 0);
    }
    for (size_t i = 0; i < NLU_COUNT(names); i++) {
        CHECK_INT(nlu_dns_name_read(buf, w.len, at[i], text, &next), 0);
        CHECK_STR(text, i == 6 ? names[0] : names[i]);
    }
    CHECK_INT(at[2] - at[1], 7); // "mail" and a pointer
    CHECK_INT(at[3] - at[2], 2); // a pointer alone
}

static void test_refused(void) {
    uint8_t buf[512];
    char longest[64 + 5];
    struct nlu_writer w = nlu_writer_into(buf, sizeof buf);

    memset(longest, 'x', 64);
    memcpy(longest + 64, ".org", 5);
    CHECK_INT(nlu_dns_name_write(&w, 0, longest, strlen(longest), NULL), -EINVAL);
    CHECK_INT(nlu_dns_name_write(&w, 0, longest + 1, strlen(longest) - 1, NULL), 0);
    CHECK_INT(nlu_dns_name_write(&w, 0, "a..b", 4, NULL), -EINVAL);
    CHECK_INT(nlu_dns_name_write(&w, 0, "a\\", 2, NULL), -EINVAL);
    CHECK_INT(nlu_dns_name_write(&w, 0, "a\\999", 5, NULL), -EINVAL);
}

static void test_words(void) {
    CHECK_STR(nlu_dns_type_word(28), "AAAA");
    CHECK(nlu_dns_type_word(65280) == NULL);
    CHECK_INT(nlu_dns_type_number("MX", 2), 15);
    CHECK_INT(nlu_dns_type_number("TYPE65280", 9), 65280);
    CHECK_INT(nlu_dns_type_number("TYPE65536", 9), -1);
    CHECK_INT(nlu_dns_type_number("X", 1), -1);
    CHECK_INT(nlu_dns_rcode_number("NXDOMAIN", 8), 3);
}

int main(void) {
    test_read();
    test_write();
    test_refused();
    test_words();
    return check_result();
}
