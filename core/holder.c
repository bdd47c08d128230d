#include "holder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { END_TIMEOUT_MS = 5000 }; // after SIGTERM; then SIGKILL

int nlu_holder_fork(pid_t *ret_pid, int *ret_pipe, struct nlu_err *err) {
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return nlu_err_set(err, errno, "up", "pipe");
    pid_t pid = fork();
    if (pid < 0) {
        int errnum = errno;
        close(ends[0]);
        close(ends[1]);
        return nlu_err_set(err, errnum, "up", "fork");
    }
    close(ends[pid == 0 ? 0 : 1]);
    *ret_pid = pid;
    *ret_pipe = ends[pid == 0 ? 1 : 0];
    return 0;
}

int nlu_holder_detach(struct nlu_err *err) {
    NLU_AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return nlu_err_set(err, errno, "up", "/dev/null");
    for (int fd = 0; fd < 3; fd++)
        if (dup2(null, fd) < 0)
            return nlu_err_set(err, errno, "up", "/dev/null");
    if (setsid() < 0)
        return nlu_err_set(err, errno, "up", "session");
    return 0;
}

int nlu_holder_wait(pid_t pid, struct nlu_err *err) {
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return nlu_err_set(err, errno, "up", "process %ld", (long)pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int nlu_holder_started(pid_t pid, uint64_t *ret_ticks, struct nlu_err *err) {
    char path[64], text[1024];

    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    NLU_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (len <= 0)
        return nlu_err_set(err, ESRCH, "holder", "process %ld", (long)pid);
    text[len] = '\0';
    // proc(5): the second field is the name in parentheses and may hold anything; the state is the
    // third, the start the 22nd.
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    // A process that has ended and was not waited for yet still stands there.
    const char *state = strrchr(text, ')');
    if (!at || (state && (state[2] == 'Z' || state[2] == 'X')))
        return nlu_err_set(err, ESRCH, "holder", "process %ld", (long)pid);
    *ret_ticks = strtoull(at + 1, NULL, 10);
    return 0;
}

// Opens the holder's namespace of that kind; *ret_fd stays NLU_NO_FD where it is the own one.
static int open_other(pid_t pid, const char *kind, int *ret_fd, struct nlu_err *err) {
    char own[64], theirs[64];
    struct stat a, b;

    snprintf(own, sizeof own, "/proc/self/ns/%s", kind);
    snprintf(theirs, sizeof theirs, "/proc/%ld/ns/%s", (long)pid, kind);
    NLU_AUTO_FD int fd = open(theirs, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return nlu_err_set(err, errno, "holder", "%s", theirs);
    if (fstat(fd, &a) < 0 || stat(own, &b) < 0)
        return nlu_err_set(err, errno, "holder", "%s", own);
    if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
        *ret_fd = nlu_steal_fd(&fd);
    return 0;
}

int nlu_holder_enter(pid_t pid, struct nlu_err *err) {
    static const struct {
        const char *name;
        int flag;
    } kinds[] = {{"user", CLONE_NEWUSER}, {"net", CLONE_NEWNET}, {"mnt", CLONE_NEWNS}};

    // The user namespace first: its rights are what the others ask for.
    for (size_t i = 0; i < NLU_COUNT(kinds); i++) {
        NLU_AUTO_FD int fd = NLU_NO_FD;
        int rc = open_other(pid, kinds[i].name, &fd, err);
        if (rc < 0)
            return rc;
        if (fd >= 0 && setns(fd, kinds[i].flag) < 0)
            return nlu_err_set(err, errno, "holder", "%s namespace of process %ld", kinds[i].name,
                               (long)pid);
    }
    return 0;
}

int nlu_holder_end(pid_t pid, uint64_t ticks, struct nlu_err *err) {
    uint64_t now = 0;
    NLU_AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (pidfd < 0)
        return nlu_err_set(err, errno, "down", "process %ld", (long)pid);
    // Looked at after the descriptor was opened: from here on it cannot be another one.
    int rc = nlu_holder_started(pid, &now, err);
    if (rc < 0)
        return rc;
    if (now != ticks)
        return nlu_err_set(err, ESRCH, "down", "process %ld", (long)pid);
    struct pollfd wait = {.fd = pidfd, .events = POLLIN};
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0) < 0)
        return nlu_err_set(err, errno, "down", "process %ld", (long)pid);
    if (poll(&wait, 1, END_TIMEOUT_MS) > 0)
        return 0;
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        return nlu_err_set(err, errno, "down", "process %ld", (long)pid);
    if (poll(&wait, 1, END_TIMEOUT_MS) > 0)
        return 0;
    return nlu_err_set(err, ETIMEDOUT, "down", "process %ld", (long)pid);
}

uid_t nlu_holder_user(void) {
    NLU_AUTO_FD int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    char text[4096];
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    uid_t own = geteuid();

    if (len <= 0)
        return own;
    text[len] = '\0';
    // Lines of three numbers: first id inside, first id outside, how many.
    for (char *at = text, *end;; at = end) {
        unsigned long inside = strtoul(at, &end, 10);
        unsigned long outside = strtoul(end, &end, 10);
        unsigned long count = strtoul(end, &end, 10);
        if (end == at || count == 0)
            return own;
        if (own >= inside && own - inside < count)
            return (uid_t)(outside + (own - inside));
    }
}

int nlu_holder_directory(const char *path, struct nlu_err *err) {
    struct stat st;

    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return nlu_err_set(err, errno, "up", "%s", path);
    if (lstat(path, &st) < 0)
        return nlu_err_set(err, errno, "up", "%s", path);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077)) {
        nlu_err_set(err, EPERM, "up", "%s", path);
        return nlu_err_hint(err, "it must be a directory that only its owner can look into");
    }
    return 0;
}
