#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

// For the thread that forks: the sanitizers need more than the minimum.
static const size_t BIRTH_STACK = (size_t)256 * 1024;

// Which step of the child failed, for the message.
enum step { STEP_ENTER = 1, STEP_FDS, STEP_CWD, STEP_USER, STEP_EXEC };

static const char *const step_names[] = {
    [STEP_ENTER] = "enter the node",
    [STEP_FDS] = "descriptors",
    [STEP_CWD] = "cwd",
    [STEP_USER] = "user",
    [STEP_EXEC] = "exec",
};

struct failure {
    int step, errnum;
};

// Puts fds[0..2] at 0, 1, 2. They may be anywhere, also at each other's places.
static int place_fds(const int fds[3]) {
    int safe[3];

    for (int i = 0; i < 3; i++) {
        int from = fds[i] >= 0 ? fds[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
        if (from < 0)
            return -errno;
        safe[i] = fcntl(from, F_DUPFD_CLOEXEC, 3);
        if (safe[i] < 0)
            return -errno;
    }
    for (int i = 0; i < 3; i++)
        if (dup2(safe[i], i) < 0)
            return -errno;
    return 0;
}

static int set_user(uid_t uid, gid_t gid) {
    // In a user namespace of one user setgroups is denied, and there is no group to drop there
    // either.
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return -errno;
    return setgid(gid) < 0 || setuid(uid) < 0 ? -errno : 0;
}

// In the child of a fork: only system calls. Does not return.
static _Noreturn void run_child(const struct nlu_box *box, int netns,
                                const struct nlu_proc_spec *spec, const int fds[3], const char *cwd,
                                const char *const *paths, int report_fd) {
    struct failure f = {0};
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // Ignored signals stay ignored over exec; a program expects the default.
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    // No PR_SET_PDEATHSIG: it would go by the thread that forked, which is gone by now. The end of
    // ours ends the box's init, and the kernel then ends all that the box holds.
    if (spec->own_session)
        setsid();
    f.step = STEP_ENTER;
    int rc = nlu_box_enter(box, netns);
    if (rc == 0) {
        f.step = STEP_FDS;
        rc = place_fds(fds);
    }
    if (rc == 0) {
        f.step = STEP_CWD;
        // Entering the mount namespace has moved us to its root.
        rc = chdir(cwd) < 0 ? -errno : 0;
    }
    if (rc == 0 && spec->set_user) {
        f.step = STEP_USER;
        rc = set_user(spec->uid, spec->gid);
    }
    if (rc == 0) {
        f.step = STEP_EXEC;
        rc = -ENOENT;
        // As execvp: try each directory, remember that one was there but not allowed.
        for (size_t i = 0; paths[i]; i++) {
            execve(paths[i], (char *const *)spec->argv,
                   spec->envp ? (char *const *)spec->envp : environ);
            // EACCES is also what a directory of PATH that may not be searched gives: only a file
            // that is there counts, or a missing program would be called a forbidden one.
            if (errno == EACCES)
                rc = access(paths[i], F_OK) == 0 ? -EACCES : rc;
            else if (errno != ENOENT && errno != ENOTDIR) {
                rc = -errno;
                break;
            }
        }
    }
    f.errnum = -rc;
    ssize_t ignored = write(report_fd, &f, sizeof f);
    (void)ignored;
    _exit(127);
}

// The paths that argv[0] may stand for, NULL-terminated, in one allocation (free it). NULL: no
// memory. Made before the fork: the child must not allocate.
static const char **candidate_paths(const struct nlu_proc_spec *spec) {
    const char *name = spec->argv[0];
    const char *path = NULL;
    const char *standard = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    for (size_t i = 0; spec->envp && spec->envp[i]; i++)
        if (!strncmp(spec->envp[i], "PATH=", 5))
            path = spec->envp[i] + 5;
    if (!spec->envp)
        path = getenv("PATH");
    // An ordinary user's PATH often lacks the sbin directories, where most of what one runs in a
    // node stands: they are looked through last.
    size_t dirs = 2, text = strlen(standard) + 1;
    for (const char *p = path ? path : ""; *p; p++)
        dirs += *p == ':';
    for (const char *p = standard; *p; p++)
        dirs += *p == ':';
    text += (path ? strlen(path) : 0) + (dirs + 1) * (strlen(name) + 2);
    const char **list = malloc((dirs + 2) * sizeof *list + text);
    if (!list)
        return NULL;
    char *at = (char *)(list + dirs + 2);
    size_t count = 0;
    if (strchr(name, '/')) {
        list[count++] = strcpy(at, name);
        list[count] = NULL;
        return list;
    }
    const char *sources[] = {path, standard};
    for (size_t s = 0; s < NLU_COUNT(sources); s++) {
        for (const char *dir = sources[s]; dir && *dir;) {
            size_t len = strcspn(dir, ":");
            if (len) {
                list[count++] = at;
                at += sprintf(at, "%.*s/%s", (int)len, dir, name) + 1;
            }
            dir += len + (dir[len] == ':');
        }
    }
    list[count] = NULL;
    return list;
}

struct birth {
    const struct nlu_box *box;
    const struct nlu_proc_spec *spec;
    const int *fds;
    const char *cwd;
    const char **paths;
    int netns, report_fd;
    pid_t pid;
    int errnum;
};

// Children are born in the box's process tree and are still ours to wait for: no process between.
static void *give_birth(void *arg) {
    struct birth *b = arg;

    b->pid = -1;
    if (setns(b->box->pid_ns, CLONE_NEWPID) == 0)
        b->pid = fork();
    if (b->pid == 0)
        run_child(b->box, b->netns, b->spec, b->fds, b->cwd, b->paths, b->report_fd);
    b->errnum = b->pid < 0 ? errno : 0;
    return NULL;
}

// In a thread that ends here: an ordinary user's process has no right to go back to the process
// tree that it came from (its user namespace does not own that).
static void fork_in_box(struct birth *b) {
    pthread_attr_t attr;
    pthread_t thread;

    b->pid = -1;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, BIRTH_STACK);
    b->errnum = pthread_create(&thread, &attr, give_birth, b);
    pthread_attr_destroy(&attr);
    if (!b->errnum)
        pthread_join(thread, NULL);
}

// fds: what becomes the child's 0, 1 and 2.
static int spawn(const struct nlu_box *box, int netns, const struct nlu_proc_spec *spec,
                 const int fds[3], pid_t *ret_pid, int *ret_pidfd, struct nlu_err *err) {
    char here[4096];
    struct failure f = {0};
    int report[2];
    const char *name = spec->argv[0];
    const char *cwd = spec->cwd;

    if (!cwd)
        cwd = getcwd(here, sizeof here) ? here : "/";
    const char **paths = candidate_paths(spec);
    if (!paths)
        return nlu_err_set(err, ENOMEM, "spawn", "%s", name);
    if (pipe2(report, O_CLOEXEC) < 0) {
        free(paths);
        return nlu_err_set(err, errno, "spawn", "%s", name);
    }
    struct birth b = {box, spec, fds, cwd, paths, netns, report[1], -1, 0};
    fork_in_box(&b);
    pid_t pid = b.pid;
    int errnum = b.errnum;
    free(paths);
    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        // ENOMEM is what the kernel says when the box's init has died.
        return nlu_err_set(err, errnum == ENOMEM ? ESRCH : errnum, "spawn", "%s", name);
    }
    ssize_t n;
    do
        n = read(report[0], &f, sizeof f);
    while (n < 0 && errno == EINTR);
    close(report[0]);
    if (n == 0) {
        *ret_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (*ret_pidfd >= 0) {
            *ret_pid = pid;
            return 0;
        }
        f.errnum = errno;
        kill(pid, SIGKILL);
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (n != sizeof f && n != 0)
        return nlu_err_set(err, ECHILD, "spawn", "%s ended before it was started", name);
    if (f.step == STEP_EXEC || !f.step)
        return nlu_err_set(err, f.errnum, "spawn", "%s", name);
    if (f.step == STEP_CWD)
        return nlu_err_set(err, f.errnum, "spawn", "%s: cwd %s", name, cwd);
    return nlu_err_set(err, f.errnum, "spawn", "%s: %s", name, step_names[f.step]);
}

struct nlu_proc nlu_proc_none(void) {
    return (struct nlu_proc){
        .pidfd = NLU_NO_FD, .epoll = NLU_NO_FD, .stdio = {NLU_NO_FD, NLU_NO_FD, NLU_NO_FD}};
}

static int watch(int epoll, int fd, uint32_t events) {
    struct epoll_event e = {.events = events, .data.fd = fd};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

// Makes the pipe for descriptor i: the child's end into child[i], ours (non-blocking) into
// p->stdio[i].
static int make_pipe(struct nlu_proc *p, int i, int child[3]) {
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    child[i] = ends[i == 0 ? 0 : 1];
    p->stdio[i] = ends[i == 0 ? 1 : 0];
    return fcntl(p->stdio[i], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int nlu_proc_start(struct nlu_proc *ret_proc, struct nlu_box *box, int netns,
                   const struct nlu_proc_spec *spec, struct nlu_err *err) {
    struct nlu_proc p = nlu_proc_none();
    int fds[3], child[3] = {NLU_NO_FD, NLU_NO_FD, NLU_NO_FD};
    int rc = 0;

    err->errnum = 0;
    for (int i = 0; rc == 0 && i < 3; i++) {
        if (spec->stdio[i] == NLU_PROC_PIPE)
            rc = make_pipe(&p, i, child);
        fds[i] = spec->stdio[i] == NLU_PROC_PIPE      ? child[i]
                 : spec->stdio[i] == NLU_PROC_INHERIT ? i
                                                      : NLU_NO_FD;
    }
    if (rc == 0) {
        p.epoll = epoll_create1(EPOLL_CLOEXEC);
        rc = p.epoll < 0 ? -errno : 0;
    }
    if (rc < 0)
        rc = nlu_err_set(err, -rc, "spawn", "%s", spec->argv[0]);
    else
        rc = spawn(box, netns, spec, fds, &p.member.pid, &p.pidfd, err);
    for (int i = 0; i < 3; i++)
        nlu_close(&child[i]);
    for (int i = 1; rc == 0 && i < 3; i++)
        if (p.stdio[i] >= 0)
            rc = watch(p.epoll, p.stdio[i], EPOLLIN);
    if (rc == 0)
        rc = watch(p.epoll, p.pidfd, EPOLLIN);
    if (rc < 0 && !err->errnum)
        nlu_err_set(err, -rc, "spawn", "%s", spec->argv[0]);
    if (rc < 0) {
        nlu_proc_close(&p);
        return rc;
    }
    *ret_proc = p;
    nlu_box_join(box, &ret_proc->member);
    return 0;
}

ssize_t nlu_proc_read(struct nlu_proc *p, int which, void *buf, size_t cap) {
    if (p->stdio[which] < 0)
        return 0;
    ssize_t n;
    do
        n = read(p->stdio[which], buf, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    if (n == 0)
        nlu_close(&p->stdio[which]); // closing takes it out of the epoll set
    return n;
}

ssize_t nlu_proc_write(struct nlu_proc *p, const void *bytes, size_t size) {
    sigset_t pipe_signal, before;
    struct timespec no_time = {0};

    if (p->stdio[0] < 0)
        return -EPIPE;
    // A program that has closed its input must not end this one: SIGPIPE is taken back quietly.
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    ssize_t n;
    do
        n = write(p->stdio[0], bytes, size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        n = -errno;
    if (n == -EPIPE && !sigismember(&before, SIGPIPE))
        (void)sigtimedwait(&pipe_signal, NULL, &no_time);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n;
}

int nlu_proc_want_write(struct nlu_proc *p, bool wanted) {
    struct epoll_event e = {.events = EPOLLOUT, .data.fd = p->stdio[0]};
    if (p->stdio[0] < 0 || wanted == p->writing)
        return 0;
    if (epoll_ctl(p->epoll, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, p->stdio[0], &e) < 0)
        return -errno;
    p->writing = wanted;
    return 0;
}

void nlu_proc_close_stdin(struct nlu_proc *p) {
    nlu_close(&p->stdio[0]);
}

int nlu_proc_poll(struct nlu_proc *p) {
    pid_t got;

    if (p->member.ended)
        return 1;
    do
        got = waitpid(p->member.pid, &p->member.status, WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    if (got == p->member.pid) {
        p->member.ended = true;
        nlu_box_leave(&p->member);
        // Readable for ever from now on: it must not wake who waits for the rest of the output.
        epoll_ctl(p->epoll, EPOLL_CTL_DEL, p->pidfd, NULL);
    }
    return p->member.ended;
}

int nlu_proc_kill(struct nlu_proc *p, int sig, struct nlu_err *err) {
    if (p->member.ended)
        return nlu_err_set(err, ESRCH, "kill", "signal %d", sig);
    if (syscall(SYS_pidfd_send_signal, p->pidfd, sig, NULL, 0) < 0)
        return nlu_err_set(err, errno, "kill", "signal %d", sig);
    return 0;
}

void nlu_proc_close(struct nlu_proc *p) {
    if (p->member.pid > 0 && !p->member.ended) {
        if (p->pidfd < 0 || syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0) < 0)
            kill(p->member.pid, SIGKILL);
        nlu_box_await(&p->member);
    }
    nlu_box_leave(&p->member);
    nlu_close(&p->pidfd);
    nlu_close(&p->epoll);
    for (int i = 0; i < 3; i++)
        nlu_close(&p->stdio[i]);
}
