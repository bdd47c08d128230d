// The word that was meant: near ones are found, and nothing is guessed where none is.
#include "check.h"
#include "nearest.h"

static const char *const words[] = {
    "count", "df", "interval", "mtu", "ttl", "timeout", "a-word-of-more-than-thirty-two-letters",
    NULL};

static void test_near(void) {
    CHECK_STR(nlu_nearest("cuont", words), "count");
    CHECK_STR(nlu_nearest("cont", words), "count");
    CHECK_STR(nlu_nearest("countt", words), "count");
    CHECK_STR(nlu_nearest("mtuu", words), "mtu");
    CHECK_STR(nlu_nearest("tiemuot", words), "timeout");
    CHECK_STR(nlu_nearest("intervall", words), "interval");
    CHECK_STR(nlu_nearest("count", words), "count");
}

static void test_far(void) {
    CHECK(nlu_nearest("", words) == NULL);
    CHECK(nlu_nearest("t", words) == NULL);
    CHECK(nlu_nearest("size", words) == NULL);
    CHECK(nlu_nearest("xyz", words) == NULL);
    CHECK(nlu_nearest("a-word-of-more-than-thirty-two-letters", words) == NULL);
    CHECK(nlu_nearest("count", (const char *const[]){NULL}) == NULL);
}

int main(void) {
    test_near();
    test_far();
    return check_result();
}
