// Namespaces as descriptors: made, entered and left, named, opened, in one thread and in many.
#include "check.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static ino_t inode_of(int fd) {
    struct nlu_err err;
    dev_t dev;
    ino_t inode = 0;
    CHECK_INT(nlu_netns_id(fd, &dev, &inode, &err), 0);
    CHECK(dev != 0);
    return inode;
}

// The namespace of the calling thread.
static ino_t here(void) {
    struct stat st = {0};
    CHECK(stat("/proc/thread-self/ns/net", &st) == 0);
    return st.st_ino;
}

static bool close_on_exec(int fd) {
    return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static void test_create(void) {
    struct nlu_err err;
    int fd[2], netlink[2];
    ino_t home = here();

    for (int i = 0; i < 2; i++) {
        CHECK_INT(nlu_netns_create(&fd[i], &netlink[i], &err), 0);
        CHECK(close_on_exec(fd[i]));
        CHECK(close_on_exec(netlink[i]));
        // The socket is inside.
        int of_socket = ioctl(netlink[i], SIOCGSKNS);
        CHECK(inode_of(of_socket) == inode_of(fd[i]));
        close(of_socket);
    }
    CHECK(inode_of(fd[0]) != inode_of(fd[1]));
    CHECK(inode_of(fd[0]) != home);
    CHECK(here() == home); // this thread never left
    for (int i = 0; i < 2; i++) {
        close(fd[i]);
        close(netlink[i]);
    }
}

struct visit {
    ino_t inode;
    int count, rc;
};

static int visit(void *arg) {
    struct visit *v = arg;
    v->inode = here();
    v->count++;
    return v->rc;
}

static void test_run(void) {
    struct nlu_err err = {0};
    int fd, netlink;
    ino_t home = here();
    struct visit v = {0};

    CHECK_INT(nlu_netns_create(&fd, &netlink, &err), 0);
    CHECK_INT(nlu_netns_run(fd, visit, &v, &err), 0);
    CHECK(v.inode == inode_of(fd));
    CHECK(here() == home);
    // What the visitor returns comes back, and so do we.
    v.rc = -EAGAIN;
    CHECK_INT(nlu_netns_run(fd, visit, &v, &err), -EAGAIN);
    v.rc = 5;
    CHECK_INT(nlu_netns_run(fd, visit, &v, &err), 5);
    CHECK(here() == home);
    CHECK_INT(v.count, 3);
    // What is no namespace of this kind is not entered.
    int pid_ns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    CHECK_INT(nlu_netns_run(pid_ns, visit, &v, &err), -EINVAL);
    CHECK_INT(err.errnum, EINVAL);
    close(pid_ns);
    CHECK_INT(nlu_netns_run(NLU_NO_FD, visit, &v, &err), -EBADF);
    CHECK_INT(v.count, 3);
    CHECK(here() == home);
    close(fd);
    close(netlink);
}

static void test_socket(void) {
    struct nlu_err err;
    int fd, netlink, s;

    CHECK_INT(nlu_netns_create(&fd, &netlink, &err), 0);
    CHECK_INT(nlu_netns_socket(fd, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0, &s, &err), 0);
    CHECK(close_on_exec(s));
    CHECK((fcntl(s, F_GETFL) & O_NONBLOCK) != 0);
    int of_socket = ioctl(s, SIOCGSKNS);
    CHECK(inode_of(of_socket) == inode_of(fd));
    close(of_socket);
    close(s);
    CHECK_INT(nlu_netns_socket(NLU_NO_FD, AF_INET, SOCK_DGRAM, 0, &s, &err), 0);
    close(s);
    // Refused inside and outside, the reason is that of socket(2).
    s = 77;
    CHECK_INT(nlu_netns_socket(fd, 12345, SOCK_DGRAM, 0, &s, &err), -EAFNOSUPPORT);
    CHECK_INT(err.errnum, EAFNOSUPPORT);
    CHECK_STR(err.op, "netns.socket");
    CHECK_INT(nlu_netns_socket(NLU_NO_FD, 12345, SOCK_DGRAM, 0, &s, &err), -EAFNOSUPPORT);
    CHECK_INT(s, 77);
    close(fd);
    // The reason that it could not be entered is not covered up.
    CHECK_INT(nlu_netns_socket(12345, AF_INET, SOCK_DGRAM, 0, &s, &err), -EBADF);
    CHECK_STR(err.op, "netns.run");
    close(netlink);
}

static void test_open(void) {
    static const char *const no_names[] = {"", ".", "..", "a/b", "/proc/self/ns/net", "../netns/a"};
    struct nlu_err err;
    char longest[300];
    int fd = 77;

    CHECK_INT(nlu_netns_self(&fd, &err), 0);
    CHECK(inode_of(fd) == here());
    CHECK(close_on_exec(fd));
    close(fd);
    CHECK_INT(nlu_netns_open_pid(getpid(), &fd, &err), 0);
    CHECK(inode_of(fd) == here());
    CHECK(close_on_exec(fd));
    close(fd);
    // A process that was there and is no more.
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    fd = 77;
    CHECK_INT(nlu_netns_open_pid(pid, &fd, &err), -ESRCH);
    CHECK_INT(err.errnum, ESRCH);
    CHECK(strstr(err.subject, "process") != NULL);
    CHECK_INT(nlu_netns_open_pid(-1, &fd, &err), -ESRCH);
    for (size_t i = 0; i < NLU_COUNT(no_names); i++)
        CHECK_INT(nlu_netns_open(no_names[i], &fd, &err), -EINVAL);
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK_INT(nlu_netns_open(longest, &fd, &err), -EINVAL);
    CHECK_INT(nlu_netns_open("netlua-test-no-such-name", &fd, &err), -ENOENT);
    CHECK_STR(err.subject, "/run/netns/netlua-test-no-such-name");
    CHECK_INT(fd, 77);
    CHECK_INT(nlu_netns_id(NLU_NO_FD, &(dev_t){0}, &(ino_t){0}, &err), -EBADF);
}

// Names under /run/netns, in a mount namespace where that directory is ours.
static void child_names(void) {
    struct nlu_err err;
    int fd;

    check_failures = 0;
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
        _exit(CHECK_SKIP);
    CHECK(mkdir("/run/netns", 0755) == 0);
    int plain = open("/run/netns/stale", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    close(plain);
    CHECK_INT(nlu_netns_open("stale", &fd, &err), -EINVAL);
    CHECK(strstr(err.subject, "no network namespace") != NULL);
    CHECK(mount("/proc/self/ns/net", "/run/netns/stale", NULL, MS_BIND, NULL) == 0);
    CHECK_INT(nlu_netns_open("stale", &fd, &err), 0);
    CHECK(inode_of(fd) == here());
    close(fd);
    _exit(check_result());
}

static void test_names(void) {
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        child_names();
    CHECK(waitpid(pid, &status, 0) == pid);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != CHECK_SKIP))
        CHECK_STR("a name in the child", "as expected");
}

// --- many at once
// ----------------------------------------------------------------------------------

enum { MANY = 20 };

struct prepared {
    ino_t inode[MANY];
    size_t fail_at; // the index that is refused; MANY: none
};

static int prepare(void *arg, size_t i, struct nlu_err *err) {
    struct prepared *p = arg;
    if (i == p->fail_at)
        return nlu_err_set(err, ENOSPC, "prepare", "number %zu", i);
    p->inode[i] = here();
    return 0;
}

static void test_maker(void) {
    struct nlu_netns_maker *maker;
    struct prepared p = {.fail_at = MANY};
    struct nlu_err err;
    int fds[MANY], netlinks[MANY];
    ino_t home = here();

    CHECK_INT(nlu_netns_maker_start(&maker, MANY, fds, netlinks, prepare, &p, &err), 0);
    for (size_t i = 0; i < MANY; i++) {
        CHECK_INT(nlu_netns_maker_wait(maker, i + 1, &err), 0);
        CHECK(nlu_netns_maker_ready(maker) > i);
        CHECK(inode_of(fds[i]) == p.inode[i]); // prepared inside
        CHECK(netlinks[i] >= 0);
    }
    nlu_netns_maker_finish(maker);
    CHECK(here() == home);
    for (size_t i = 0; i < MANY; i++) {
        for (size_t j = 0; j < i; j++)
            CHECK(p.inode[i] != p.inode[j]);
        close(fds[i]);
        close(netlinks[i]);
    }
    // One is refused: those before are there, those after are not, and the reason is told to who
    // waits.
    p.fail_at = 3;
    CHECK_INT(nlu_netns_maker_start(&maker, MANY, fds, netlinks, prepare, &p, &err), 0);
    CHECK_INT(nlu_netns_maker_wait(maker, MANY, &err), -ENOSPC);
    CHECK_STR(err.subject, "number 3");
    CHECK_INT(nlu_netns_maker_wait(maker, 3, &err), 0);
    CHECK_INT(nlu_netns_maker_ready(maker), 3);
    nlu_netns_maker_finish(maker);
    for (size_t i = 0; i < MANY; i++) {
        // Number 3 was made before it was refused: its descriptors are the caller's, too.
        CHECK((fds[i] >= 0) == (i <= 3));
        CHECK((netlinks[i] >= 0) == (i <= 3));
        nlu_close(&fds[i]);
        nlu_close(&netlinks[i]);
    }
    // Called off at once, whatever is ready by then.
    CHECK_INT(nlu_netns_maker_start(&maker, MANY, fds, netlinks, NULL, NULL, &err), 0);
    nlu_netns_maker_finish(maker);
    for (size_t i = 0; i < MANY; i++) {
        nlu_close(&fds[i]);
        nlu_close(&netlinks[i]);
    }
    // None is wanted.
    CHECK_INT(nlu_netns_maker_start(&maker, 0, fds, netlinks, NULL, NULL, &err), 0);
    CHECK_INT(nlu_netns_maker_wait(maker, 0, &err), 0);
    nlu_netns_maker_finish(maker);
}

int main(void) {
    if (!may_make_worlds())
        return CHECK_SKIP;
    int before = count_descriptors();
    test_create();
    test_run();
    test_socket();
    test_open();
    test_names();
    test_maker();
    CHECK_INT(count_descriptors(), before);
    return check_result();
}
