// Names for interface indexes: asked for once, learnt, and "if7" where there is none.
#include "check.h"
#include "ifnames.h"

#include <sys/socket.h>

int main(void) {
    struct nlu_nlsock nl = {.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0)};
    struct nlu_arena arena = {0};
    struct nlu_ifnames names = {.nl = &nl, .arena = &arena};

    CHECK_STR(nlu_ifnames_get(&names, 1), "lo");
    CHECK(nlu_ifnames_get(&names, 1) == nlu_ifnames_get(&names, 1));
    CHECK_INT(names.count, 1);
    CHECK_STR(nlu_ifnames_get(&names, 987654), "if987654");
    // What was told once is believed, also of links that are not there.
    CHECK_INT(nlu_ifnames_learn(&names, 987655, "gone0"), 0);
    CHECK_STR(nlu_ifnames_get(&names, 987655), "gone0");
    CHECK_INT(nlu_ifnames_learn(&names, 987655, "gone1"), 0);
    CHECK_STR(nlu_ifnames_get(&names, 987655), "gone1");
    CHECK_INT(nlu_ifnames_learn(&names, 987655, "gone1"), 0);
    CHECK_INT(names.count, 3);
    // What is forgotten is asked for again; the others stay.
    nlu_ifnames_forget(&names, 1);
    nlu_ifnames_forget(&names, 987655);
    nlu_ifnames_forget(&names, 987655);
    CHECK_INT(names.count, 1);
    CHECK_STR(nlu_ifnames_get(&names, 987654), "if987654");
    CHECK_STR(nlu_ifnames_get(&names, 987655), "if987655");
    CHECK_STR(nlu_ifnames_get(&names, 1), "lo");
    nlu_arena_free(&arena);
    nlu_nlsock_close(&nl);
    return check_result();
}
