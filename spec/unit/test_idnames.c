// The lines of rt_tables and its kin.
#include "check.h"
#include "idnames.h"

#include <stdlib.h>

static struct nlu_arena arena;

static struct nlu_idnames names_in(const char *text, size_t size) {
    struct nlu_idnames names = {0};
    CHECK_INT(nlu_idnames_read(text, size, &arena, &names), 0);
    return names;
}

static void test_lines(void) {
    static const char text[] = "# reserved\n255\tlocal\n\n  100 red # ours\n0x65 green\n"
                               "4294967295 last\r\n100 crimson\n7 no-end";
    struct nlu_idnames names = names_in(text, sizeof text - 1);
    uint32_t value = 0;

    CHECK_INT(names.count, 6);
    CHECK_STR(nlu_idnames_word(&names, 255), "local");
    CHECK_STR(nlu_idnames_word(&names, 100), "crimson"); // the last one said
    CHECK_STR(nlu_idnames_word(&names, 101), "green");
    CHECK_STR(nlu_idnames_word(&names, UINT32_MAX), "last");
    CHECK_STR(nlu_idnames_word(&names, 7), "no-end");
    CHECK(!nlu_idnames_word(&names, 1));
    CHECK(nlu_idnames_value(&names, "red", &value) && value == 100);
    CHECK(nlu_idnames_value(&names, "green", &value) && value == 101);
    CHECK(!nlu_idnames_value(&names, "re", &value) && !nlu_idnames_value(&names, "", &value));
}

static void test_what_is_no_line(void) {
    static const char *const texts[] = {
        "",
        "\n\n",
        "#1 one",
        "1",
        "1 ",
        "1 # one",
        "one 1",
        "-1 one",
        "1x one",
        "4294967296 one",
        "0x one",
        "99999999999999999999 one",
        "010203040506 one",
    };

    for (size_t i = 0; i < NLU_COUNT(texts); i++)
        CHECK_INT(names_in(texts[i], strlen(texts[i])).count, 0);
    // A name that is no name, and one that is as long as one may be.
    char text[200] = "1 ";
    memset(text + 2, 'x', 128);
    CHECK_INT(names_in(text, 130).count, 0);
    CHECK_INT(names_in(text, 129).count, 1);
    // NUL bytes end nothing but the number.
    CHECK_INT(names_in("1 a\0b\n2 c", 9).count, 2);
}

// Every length of a text, in memory that ends where it ends.
static void test_cut_short(void) {
    static const char text[] = " 100\tred # x\n0x10 y";

    for (size_t size = 0; size < sizeof text; size++) {
        char *copy = malloc(size ? size : 1);
        if (!copy)
            abort();
        memcpy(copy, text, size);
        CHECK(names_in(copy, size).count <= 2);
        free(copy);
    }
}

int main(void) {
    test_lines();
    test_what_is_no_line();
    test_cut_short();
    nlu_arena_free(&arena);
    return check_result();
}
