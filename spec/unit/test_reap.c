// Giving sockets back without waiting: the descriptors are gone at once, the sockets soon, with an
// io_uring and without one.
#include "check.h"
#include "reap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

static bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

static void closes(bool with_uring) {
    struct nlu_reaper reaper;
    int pairs[3][2], bystander[2];
    char byte;

    CHECK_INT(nlu_reaper_init(&reaper, 3), 0);
    if (!with_uring)
        nlu_close(&reaper.uring);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, bystander), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        nlu_reaper_add(&reaper, pairs[i][0]);
        CHECK(is_open(pairs[i][0]));
    }
    int uring = reaper.uring;
    nlu_reaper_close(&reaper);
    CHECK(uring < 0 || !is_open(uring));
    for (int i = 0; i < 3; i++) {
        CHECK(!is_open(pairs[i][0]));
        // The other end is told when the last reference is gone.
        struct pollfd p = {.fd = pairs[i][1], .events = POLLIN};
        CHECK_INT(poll(&p, 1, 10000), 1);
        CHECK_INT(read(pairs[i][1], &byte, 1), 0);
        close(pairs[i][1]);
    }
    // Nobody else's file is touched, nor kept longer.
    CHECK_INT(write(bystander[0], "x", 1), 1);
    CHECK_INT(read(bystander[1], &byte, 1), 1);
    close(bystander[0]);
    CHECK_INT(read(bystander[1], &byte, 1), 0);
    close(bystander[1]);
    nlu_reaper_close(&reaper); // twice
}

static void survives_being_empty(void) {
    struct nlu_reaper reaper;

    CHECK_INT(nlu_reaper_init(&reaper, 1), 0);
    nlu_reaper_close(&reaper);
    CHECK_INT(nlu_reaper_init(&reaper, 1), 0);
    nlu_close(&reaper.uring);
    nlu_reaper_close(&reaper);
    CHECK_INT(reaper.uring, NLU_NO_FD);
}

int main(void) {
    closes(true); // where the machine has no io_uring, the same as the next
    closes(false);
    survives_being_empty();
    return check_result();
}
