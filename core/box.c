#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// glibc 2.36 declares these; musl and older ones do not, and the numbers are the same everywhere.
static int sys_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int sys_pidfd_send_signal(int pidfd, int sig) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

struct nlu_box nlu_box_none(void) {
    struct nlu_box box = {
        .pidfd = NLU_NO_FD, .pid_ns = NLU_NO_FD, .mount_ns = NLU_NO_FD, .uts_ns = NLU_NO_FD};
    for (size_t i = 0; i < NLU_BOX_FILES; i++)
        box.files[i] = NLU_NO_FD;
    return box;
}

// --- inside the init: only system calls, since this is a fork of a process that may have threads
// ------

// Where the init got to when it failed.
enum stage { STAGE_NETNS = 1, STAGE_HOSTNAME, STAGE_MOUNTS, STAGE_FILES, STAGE_READY };

static const char *const stage_names[] = {
    [STAGE_NETNS] = "enter the network namespace",
    [STAGE_HOSTNAME] = "hostname",
    [STAGE_MOUNTS] = "mount namespace",
    [STAGE_FILES] = "files",
    [STAGE_READY] = "start",
};

struct report {
    int stage, errnum;
    bool file_there[NLU_BOX_FILES];
};

static int write_all(int fd, const char *text, size_t size) {
    while (size) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        text += n;
        size -= (size_t)n;
    }
    return 0;
}

// A tmpfs that is attached nowhere yet: its files are mounted one by one and leave nothing on any
// disk.
static int detached_tmpfs(void) {
    int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    int mount_fd;

    if (fs < 0)
        return -errno;
    if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
        int rc = -errno;
        close(fs);
        return rc;
    }
    mount_fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
    int rc = mount_fd < 0 ? -errno : mount_fd;
    close(fs);
    return rc;
}

// Mounts one file of the detached tmpfs over `path`. 1 when done, 0 when the machine has no such
// file.
static int place_file(int tmpfs, size_t i, const struct nlu_box_file *file) {
    char name[2] = {(char)('a' + i), '\0'};

    if (access(file->path, F_OK) < 0)
        return 0;
    int fd = openat(tmpfs, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int rc = write_all(fd, file->text, strlen(file->text));
    close(fd);
    if (rc < 0)
        return rc;
    int tree = (int)syscall(SYS_open_tree, tmpfs, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0)
        return -errno;
    // /etc/resolv.conf is a symbolic link on many machines: what it points at is what programs
    // read.
    long moved = syscall(SYS_move_mount, tree, "", AT_FDCWD, file->path,
                         MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
    rc = moved < 0 ? -errno : 1;
    close(tree);
    return rc;
}

// Attaches the tmpfs while its files are placed: before Linux 6.15 a file of a mount that is
// attached nowhere cannot be mounted (EINVAL). /proc is a directory that is there and is mounted
// anew afterwards.
static int attach(int tmpfs) {
    if (syscall(SYS_move_mount, tmpfs, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return -errno;
    return 0;
}

static int place_files(const struct nlu_box_spec *spec, struct report *report) {
    int tmpfs = detached_tmpfs();
    int rc = tmpfs < 0 ? tmpfs : attach(tmpfs);
    bool attached = rc == 0;

    for (size_t i = 0; rc >= 0 && i < NLU_BOX_FILES; i++) {
        if (!spec->files[i].path)
            continue;
        rc = place_file(tmpfs, i, &spec->files[i]);
        report->file_there[i] = rc == 1;
    }
    if (attached && umount2("/proc", MNT_DETACH) < 0 && rc >= 0)
        rc = -errno;
    if (tmpfs >= 0)
        close(tmpfs);
    return rc < 0 ? rc : 0;
}

static int set_up(const struct nlu_box_spec *spec, struct report *report) {
    report->stage = STAGE_NETNS;
    if (setns(spec->netns, CLONE_NEWNET) < 0)
        return -errno;
    report->stage = STAGE_HOSTNAME;
    if (spec->hostname && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
        return -errno;
    report->stage = STAGE_MOUNTS;
    // Nothing mounted here may show outside.
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -errno;
    report->stage = STAGE_FILES;
    int rc = place_files(spec, report);
    if (rc < 0)
        return rc;
    // Programs like ps and ss read the process tree and the network here. Refused (EPERM) in
    // containers whose own /proc or /sys is partly hidden: then they see the outer one, which is no
    // harm.
    (void)mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    (void)mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
    report->stage = STAGE_READY;
    return 0;
}

// The first process of the tree: reaps whoever has lost its parent, until it is killed.
static _Noreturn void run_init(const struct nlu_box_spec *spec, int report_fd) {
    struct report report = {0};
    sigset_t all;

    // Dies with the thread that started it: netlua starts boxes from its main thread only.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_NAME, "netlua-box");
    setsid();
    report.errnum = -set_up(spec, &report);
    // SIGPIPE is blocked: a parent that died before PR_SET_PDEATHSIG took effect shows as EPIPE
    // here.
    bool heard = write_all(report_fd, (const char *)&report, sizeof report) == 0;
    // Every descriptor of the parent is a copy here: a namespace or capture must not live on in it.
    (void)syscall(SYS_close_range, 0, ~0U, 0);
    if (report.errnum || !heard)
        _exit(1);
    for (;;) {
        siginfo_t info;
        sigset_t child;
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        (void)sigwaitinfo(&child, &info);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

// --- outside
// ------------------------------------------------------------------------------------------------

static int open_ns(pid_t pid, const char *which, int *ret_fd, struct nlu_err *err) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long)pid, which);
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    return *ret_fd < 0 ? nlu_err_set(err, errno, "box", "%s", path) : 0;
}

// The files as the box sees them, through its root directory.
static void open_files(struct nlu_box *box, const struct nlu_box_spec *spec,
                       const struct report *report) {
    for (size_t i = 0; i < NLU_BOX_FILES; i++) {
        char path[512];
        if (!spec->files[i].path || !report->file_there[i])
            continue;
        snprintf(path, sizeof path, "/proc/%ld/root%s", (long)box->pid, spec->files[i].path);
        box->files[i] = open(path, O_WRONLY | O_CLOEXEC);
    }
}

int nlu_box_start(struct nlu_box *ret_box, const struct nlu_box_spec *spec, struct nlu_err *err) {
    struct nlu_box box = nlu_box_none();
    struct report report = {0};
    int pipe_fds[2];

    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return nlu_err_set(err, errno, "box", "pipe");
    // Raw clone with fork's semantics: glibc's fork cannot make namespaces.
    long pid = syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        // Our copy of the reading end would hide that the parent is gone.
        close(pipe_fds[0]);
        run_init(spec, pipe_fds[1]);
    }
    int errnum = errno;
    close(pipe_fds[1]);
    if (pid < 0) {
        close(pipe_fds[0]);
        return nlu_err_set(err, errnum, "box", "clone");
    }
    box.pid = (pid_t)pid;
    ssize_t n;
    do
        n = read(pipe_fds[0], &report, sizeof report);
    while (n < 0 && errno == EINTR);
    close(pipe_fds[0]);
    int rc = 0;
    if (n != sizeof report)
        rc = nlu_err_set(err, ECHILD, "box", "ended before it was ready");
    else if (report.errnum)
        rc = nlu_err_set(err, report.errnum, "box", "%s", stage_names[report.stage]);
    if (rc == 0) {
        box.pidfd = sys_pidfd_open(box.pid);
        if (box.pidfd < 0)
            rc = nlu_err_set(err, errno, "box", "pidfd_open");
    }
    if (rc == 0)
        rc = open_ns(box.pid, "pid", &box.pid_ns, err);
    if (rc == 0)
        rc = open_ns(box.pid, "mnt", &box.mount_ns, err);
    if (rc == 0)
        rc = open_ns(box.pid, "uts", &box.uts_ns, err);
    if (rc < 0) {
        nlu_box_close(&box);
        return rc;
    }
    open_files(&box, spec, &report);
    *ret_box = box;
    return 0;
}

int nlu_box_write(struct nlu_box *box, size_t file, const char *text, struct nlu_err *err) {
    if (file >= NLU_BOX_FILES || box->files[file] < 0)
        return nlu_err_set(err, ENOENT, "box", "file %zu", file);
    // Truncated behind, not before: a program that reads meanwhile sees an old line rather than
    // none.
    if (lseek(box->files[file], 0, SEEK_SET) < 0)
        return nlu_err_set(err, errno, "box", "seek");
    int rc = write_all(box->files[file], text, strlen(text));
    if (rc < 0)
        return nlu_err_set(err, -rc, "box", "write");
    if (ftruncate(box->files[file], (off_t)strlen(text)) < 0)
        return nlu_err_set(err, errno, "box", "truncate");
    return 0;
}

void nlu_box_join(struct nlu_box *box, struct nlu_box_member *member) {
    member->next = box->members;
    member->link = &box->members;
    if (member->next)
        member->next->link = &member->next;
    box->members = member;
}

void nlu_box_leave(struct nlu_box_member *member) {
    if (!member->link)
        return;
    *member->link = member->next;
    if (member->next)
        member->next->link = member->link;
    member->link = NULL;
}

void nlu_box_await(struct nlu_box_member *member) {
    while (!member->ended) {
        pid_t got = waitpid(member->pid, &member->status, 0);
        // ECHILD: somebody else has waited for it (a SIGCHLD that is ignored); it is gone all the
        // same.
        member->ended = got == member->pid || (got < 0 && errno != EINTR);
    }
}

void nlu_box_close(struct nlu_box *box) {
    if (box->pid > 0) {
        // The id is ours until it is waited for: no pidfd is needed to be sure whom this meets.
        if (box->pidfd < 0 || sys_pidfd_send_signal(box->pidfd, SIGKILL) < 0)
            kill(box->pid, SIGKILL);
        while (box->members) {
            struct nlu_box_member *member = box->members;
            nlu_box_await(member);
            nlu_box_leave(member);
        }
        while (waitpid(box->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    box->pid = 0;
    nlu_close(&box->pidfd);
    nlu_close(&box->pid_ns);
    nlu_close(&box->mount_ns);
    nlu_close(&box->uts_ns);
    for (size_t i = 0; i < NLU_BOX_FILES; i++)
        nlu_close(&box->files[i]);
}

int nlu_box_enter(const struct nlu_box *box, int netns) {
    if (setns(netns, CLONE_NEWNET) < 0 || setns(box->uts_ns, CLONE_NEWUTS) < 0 ||
        setns(box->mount_ns, CLONE_NEWNS) < 0)
        return -errno;
    return 0;
}
