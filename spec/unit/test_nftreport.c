#include "check.h"
#include "nftreport.h"

#include <errno.h>

#define OWN "/proc/self/fd/7"

static struct nlu_nft_report parse(const char *text) {
    struct nlu_nft_report r;
    memset(&r, 0xa5, sizeof r); // every field must be written
    nlu_nft_report_parse(text, OWN, &r);
    return r;
}

static void test_syntax_error(void) {
    struct nlu_nft_report r = parse(OWN ":3:27-29: Error: syntax error, unexpected newline\n"
                                        "  \tip saddr 192.0.2.1 bogus  \n"
                                        "                          ^^^\n");
    CHECK_INT(r.line, 3);
    CHECK_INT(r.first, 27);
    CHECK_INT(r.last, 29);
    CHECK_INT(r.errnum, EINVAL);
    CHECK_STR(r.message, "syntax error, unexpected newline");
    CHECK_STR(r.source, "ip saddr 192.0.2.1 bogus");
    CHECK_STR(r.file, "");
}

static void test_kernel_refusal(void) {
    struct nlu_nft_report r =
        parse(OWN ":1:17-17: Error: Could not process rule: No such file or directory\n"
                  "delete table ip x\n                ^\n" OWN
                  ":2:68-79: Error: Could not process rule: Operation not supported\n");
    CHECK_INT(r.line, 1);
    CHECK_INT(r.errnum, ENOENT);
    CHECK_STR(r.message, "No such file or directory");
    CHECK_STR(r.source, "delete table ip x");
}

static void test_errno_with_advice_behind_it(void) {
    struct nlu_nft_report r =
        parse(OWN ":2:14-16: Error: No such file or directory; did you mean table 't' in family "
                  "ip?\nadd chain ip nix c\n");
    CHECK_INT(r.errnum, ENOENT);
    CHECK_STR(r.message, "No such file or directory; did you mean table 't' in family ip?");
}

static void test_without_a_place(void) {
    struct nlu_nft_report r =
        parse("netlink: Error: cache initialization failed: Operation not permitted\n");
    CHECK_INT(r.line, 0);
    CHECK_INT(r.errnum, EPERM);
    CHECK_STR(r.message, "cache initialization failed: Operation not permitted");
    CHECK_STR(r.source, "");
    r = parse("Error: syntax error\nadd tble\n    ^^^^\n");
    CHECK_INT(r.line, 0);
    CHECK_STR(r.message, "syntax error");
}

static void test_included_file(void) {
    struct nlu_nft_report r = parse("In file included from " OWN ":1:1-29:\n"
                                    "/tmp/a:b/inc.nft:2:16-16: Error: syntax error\n"
                                    " chain c { foo }\n               ^\n");
    CHECK_STR(r.file, "/tmp/a:b/inc.nft");
    CHECK_INT(r.line, 2);
    CHECK_STR(r.source, "chain c { foo }");
}

static void test_no_error_in_it(void) {
    struct nlu_nft_report r = parse("out of luck\nreally\n");
    CHECK_STR(r.message, "out of luck");
    CHECK_INT(r.errnum, EINVAL);
    r = parse("");
    CHECK_STR(r.message, "");
    r = parse("Error: ");
    CHECK_STR(r.message, "");
}

static void test_longer_than_its_room(void) {
    char text[2048];
    memset(text, 'x', sizeof text);
    memcpy(text, OWN ":1:1-2: Error: ", sizeof OWN ":1:1-2: Error: " - 1);
    text[1000] = '\n';
    text[sizeof text - 1] = '\0';
    struct nlu_nft_report r = parse(text);
    CHECK_INT(strlen(r.message), NLU_NFT_MESSAGE - 1);
    CHECK_INT(strlen(r.source), NLU_NFT_SOURCE - 1);
}

int main(void) {
    test_syntax_error();
    test_kernel_refusal();
    test_errno_with_advice_behind_it();
    test_without_a_place();
    test_included_file();
    test_no_error_in_it();
    test_longer_than_its_room();
    return check_result();
}
