// A process that holds networks: made, found again, entered, ended.
#include "check.h"
#include "holder.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

// A child that waits for its end.
static pid_t sleeper(void) {
    pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    CHECK(pid > 0);
    return pid;
}

static void test_fork(void) {
    struct nlu_err err = {0};
    char said[16] = "";
    pid_t pid;
    int fd;

    int rc = nlu_holder_fork(&pid, &fd, &err);
    CHECK_INT(rc, 0);
    if (pid == 0) {
        pid_t session = getsid(0);
        // In the holder: away from the terminal, in a session of its own, and still able to report.
        bool done = nlu_holder_detach(&err) == 0 && getsid(0) == getpid() && getsid(0) != session;
        _exit(write(fd, done ? "well" : "ill", 4) == 4 ? 5 : 6);
    }
    CHECK(read(fd, said, sizeof said) == 4);
    CHECK_STR(said, "well");
    CHECK(read(fd, said, sizeof said) == 0); // its end
    CHECK_INT(nlu_holder_wait(pid, &err), 5);
    CHECK_INT(nlu_holder_wait(pid, &err), -ECHILD);
    close(fd);
}

static void test_started(void) {
    struct nlu_err err = {0};
    uint64_t own = 0, again = 0, child = 0;
    pid_t pid = sleeper();

    CHECK_INT(nlu_holder_started(getpid(), &own, &err), 0);
    CHECK_INT(nlu_holder_started(getpid(), &again, &err), 0);
    CHECK(own > 0 && own == again);
    CHECK_INT(nlu_holder_started(pid, &child, &err), 0);
    CHECK(child >= own);
    // Another start time is another process.
    CHECK_INT(nlu_holder_end(pid, child + 1, &err), -ESRCH);
    CHECK(waitpid(pid, NULL, WNOHANG) == 0);
    CHECK_INT(nlu_holder_end(pid, child, &err), 0);
    // It has ended, and until it is waited for it is not there any more for us.
    CHECK_INT(nlu_holder_started(pid, &child, &err), -ESRCH);
    CHECK_INT(nlu_holder_wait(pid, &err), 128 + SIGTERM);
    CHECK_INT(nlu_holder_started(pid, &child, &err), -ESRCH);
    CHECK_INT(nlu_holder_end(pid, child, &err), -ESRCH);
}

static void test_directory(void) {
    char base[] = "/tmp/netlua-test-holder-XXXXXX", path[64];
    struct nlu_err err = {0};
    struct stat st;

    CHECK(mkdtemp(base) != NULL);
    snprintf(path, sizeof path, "%s/own", base);
    CHECK_INT(nlu_holder_directory(path, &err), 0);
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700);
    CHECK_INT(nlu_holder_directory(path, &err), 0);
    CHECK(chmod(path, 0750) == 0);
    CHECK_INT(nlu_holder_directory(path, &err), -EPERM);
    CHECK(*err.hint);
    CHECK(rmdir(path) == 0);
    // A link to a directory is not one.
    CHECK(symlink(base, path) == 0);
    CHECK_INT(nlu_holder_directory(path, &err), -EPERM);
    CHECK(unlink(path) == 0);
    CHECK(rmdir(base) == 0);
    CHECK_INT(nlu_holder_directory(path, &err), -ENOENT);
}

static void test_enter(void) {
    struct nlu_err err = {0};
    int ready[2], status;
    char byte;

    CHECK(pipe(ready) == 0);
    pid_t holder = fork();
    if (holder == 0) {
        // What an ordinary user's holder does.
        bool done = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
        (void)!write(ready[1], done ? "y" : "n", 1);
        for (;;)
            pause();
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    if (byte == 'y') {
        // Entering cannot be undone: in a child.
        pid_t visitor = fork();
        if (visitor == 0) {
            char path[64], theirs[64] = "", own[64] = "";
            static const char *const kinds[] = {"user", "net", "mnt"};
            CHECK_INT(nlu_holder_enter(holder, &err), 0);
            for (size_t i = 0; i < NLU_COUNT(kinds); i++) {
                snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long)holder, kinds[i]);
                CHECK(readlink(path, theirs, sizeof theirs - 1) > 0);
                snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
                CHECK(readlink(path, own, sizeof own - 1) > 0);
                CHECK_STR(own, theirs);
            }
            CHECK_INT(nlu_holder_enter(holder, &err), 0); // already there: nothing to do
            _exit(check_result());
        }
        CHECK(waitpid(visitor, &status, 0) == visitor && WIFEXITED(status));
        CHECK_INT(WEXITSTATUS(status), 0);
    } else {
        fprintf(stderr, "skipped: no user namespace to be had\n");
    }
    kill(holder, SIGKILL);
    CHECK_INT(nlu_holder_wait(holder, &err), 128 + SIGKILL);
    CHECK_INT(nlu_holder_enter(holder, &err), -ENOENT);
    close(ready[0]);
    close(ready[1]);
}

static void test_user(void) {
    // Who one is outside does not change with the own user namespace.
    uid_t before = nlu_holder_user();
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        char map[64];
        snprintf(map, sizeof map, "0 %lu 1\n", (unsigned long)geteuid());
        if (unshare(CLONE_NEWUSER) < 0)
            _exit(0);
        int fd = open("/proc/self/uid_map", O_WRONLY);
        if (write(fd, map, strlen(map)) < 0)
            _exit(0);
        CHECK_INT(geteuid(), 0);
        // One level up is where the map leads; in the first namespace that is the user itself.
        CHECK(nlu_holder_user() == before || before == 0);
        _exit(check_result());
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

int main(void) {
    test_fork();
    test_started();
    test_directory();
    test_enter();
    test_user();
    return check_result();
}
