#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define NETNS_DIR "/run/netns"

// Puts the calling thread into a namespace of its own and opens its two descriptors. The thread
// stays there: only for threads that end soon.
static int create_here(int *ret_fd, int *ret_netlink, struct nlu_err *err) {
    if (unshare(CLONE_NEWNET) < 0)
        return nlu_err_set(err, errno, "netns.add", "unshare");
    NLU_AUTO_FD int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0)
        return nlu_err_set(err, errno, "netns.add", "netlink socket");
    // The socket names its namespace: cheaper than opening /proc, and works where /proc is missing.
    int fd = ioctl(netlink, SIOCGSKNS);
    if (fd < 0)
        return nlu_err_set(err, errno, "netns.add", "SIOCGSKNS");
    *ret_fd = fd;
    *ret_netlink = nlu_steal_fd(&netlink);
    return 0;
}

// Raises this process's own limit of open files as far as it may for `count` namespaces: the usual
// 1024 would do for some 300. Programs in nodes inherit it, so no more than what is needed.
static void make_room(size_t count) {
    // The lowest free number tells how many are open.
    NLU_AUTO_FD int probe = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    struct rlimit limit;
    const rlim_t each = 4, spare = 256; // a namespace, its socket, a box with a program's pipes

    if (probe < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    rlim_t needed = (rlim_t)probe + each * count + spare;
    if (limit.rlim_cur >= needed || limit.rlim_cur >= limit.rlim_max)
        return;
    limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// What opens the gate when even that was not enough.
static int explain(struct nlu_err *err) {
    struct rlimit limit;

    if (err->errnum == EMFILE && getrlimit(RLIMIT_NOFILE, &limit) == 0)
        nlu_err_hint(err,
                     "a namespace needs two open files, and this process may have %llu; to allow "
                     "more: ulimit -n 65536 (as root, or in limits.conf)",
                     (unsigned long long)limit.rlim_max);
    return -err->errnum;
}

static int start_thread(pthread_t *ret_thread, void *(*run)(void *), void *arg) {
    pthread_attr_t attr;

    // Small: the deepest thing on it is a path of a sysctl. The sanitizers need more than the
    // minimum.
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256UL * 1024);
    int errnum = pthread_create(ret_thread, &attr, run, arg);
    pthread_attr_destroy(&attr);
    return -errnum;
}

struct creation {
    int fd, netlink, rc;
    struct nlu_err *err;
};

static void *create_one(void *arg) {
    struct creation *c = arg;
    c->rc = create_here(&c->fd, &c->netlink, c->err);
    return NULL;
}

int nlu_netns_create(int *ret_fd, int *ret_netlink, struct nlu_err *err) {
    struct creation c = {.fd = NLU_NO_FD, .netlink = NLU_NO_FD, .err = err};
    pthread_t thread;

    make_room(1);
    // A thread of its own, so that the caller's never leaves its network: half the price of
    // clone(2) with a process, and no way back is needed (0.55 ms against 0.95 ms).
    int rc = start_thread(&thread, create_one, &c);
    if (rc < 0)
        return nlu_err_set(err, -rc, "netns.add", "thread");
    pthread_join(thread, NULL);
    if (c.rc < 0)
        return explain(err);
    *ret_fd = c.fd;
    *ret_netlink = c.netlink;
    return 0;
}

struct nlu_netns_maker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t count, ready;
    bool stop; // the caller wants no more
    bool failed; // err says why
    int *fds, *netlinks;
    nlu_netns_prepare prepare;
    void *arg;
    struct nlu_err err;
};

static void *make_all(void *arg) {
    struct nlu_netns_maker *m = arg;

    for (size_t i = 0; i < m->count; i++) {
        struct nlu_err err;
        int rc = create_here(&m->fds[i], &m->netlinks[i], &err);
        if (rc == 0 && m->prepare)
            rc = m->prepare(m->arg, i, &err);
        if (rc < 0)
            (void)explain(&err);
        pthread_mutex_lock(&m->lock);
        if (rc < 0) {
            m->failed = true;
            m->err = err;
        } else {
            m->ready = i + 1;
        }
        bool stop = m->stop || m->failed;
        pthread_cond_signal(&m->changed);
        pthread_mutex_unlock(&m->lock);
        if (stop)
            break;
    }
    return NULL;
}

int nlu_netns_maker_start(struct nlu_netns_maker **ret_maker, size_t count, int *fds, int *netlinks,
                          nlu_netns_prepare prepare, void *arg, struct nlu_err *err) {
    struct nlu_netns_maker *m = calloc(1, sizeof *m);

    if (!m)
        return nlu_err_set(err, ENOMEM, "netns.add", "%zu namespaces", count);
    make_room(count);
    for (size_t i = 0; i < count; i++)
        fds[i] = netlinks[i] = NLU_NO_FD;
    *m = (struct nlu_netns_maker){
        .count = count, .fds = fds, .netlinks = netlinks, .prepare = prepare, .arg = arg};
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, NULL);
    int rc = start_thread(&m->thread, make_all, m);
    if (rc < 0) {
        pthread_cond_destroy(&m->changed);
        pthread_mutex_destroy(&m->lock);
        free(m);
        return nlu_err_set(err, -rc, "netns.add", "thread");
    }
    *ret_maker = m;
    return 0;
}

size_t nlu_netns_maker_ready(struct nlu_netns_maker *m) {
    pthread_mutex_lock(&m->lock);
    size_t ready = m->ready;
    pthread_mutex_unlock(&m->lock);
    return ready;
}

int nlu_netns_maker_wait(struct nlu_netns_maker *m, size_t count, struct nlu_err *err) {
    pthread_mutex_lock(&m->lock);
    while (m->ready < count && !m->failed)
        pthread_cond_wait(&m->changed, &m->lock);
    bool enough = m->ready >= count;
    if (!enough)
        *err = m->err;
    pthread_mutex_unlock(&m->lock);
    return enough ? 0 : -err->errnum;
}

void nlu_netns_maker_finish(struct nlu_netns_maker *m) {
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

int nlu_netns_self(int *ret_fd, struct nlu_err *err) {
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        // No /proc (a bare chroot): a socket knows its namespace too, but asking needs
        // CAP_NET_ADMIN.
        int errnum = errno;
        NLU_AUTO_FD int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (s >= 0)
            fd = ioctl(s, SIOCGSKNS);
        if (fd < 0)
            return nlu_err_set(err, errnum, "netns.self", "/proc/thread-self/ns/net");
    }
    *ret_fd = fd;
    return 0;
}

static int open_path(const char *path, const char *subject, int *ret_fd, struct nlu_err *err) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return nlu_err_set(err, errno, "netns.open", "%s", subject);
    // A plain file under /run/netns is a name whose namespace was unmounted: setns would only say
    // EINVAL much later.
    if (fstat(fd, &st) == 0 && ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
        close(fd);
        return nlu_err_set(err, EINVAL, "netns.open", "%s is no network namespace", subject);
    }
    *ret_fd = fd;
    return 0;
}

// A name that can be a file's.
static int published_path(const char *name, const char *op, char *ret_path, size_t size,
                          struct nlu_err *err) {
    if (!*name || strchr(name, '/') || strlen(name) > 255 || !strcmp(name, ".") ||
        !strcmp(name, ".."))
        return nlu_err_set(err, EINVAL, op, "'%s' is no name of a namespace", name);
    snprintf(ret_path, size, NETNS_DIR "/%s", name);
    return 0;
}

int nlu_netns_open(const char *name, int *ret_fd, struct nlu_err *err) {
    char path[sizeof NETNS_DIR + 256];

    int rc = published_path(name, "netns.open", path, sizeof path, err);
    return rc < 0 ? rc : open_path(path, path, ret_fd, err);
}

static int refuse_publish(const char *path, struct nlu_err *err) {
    int errnum = errno;

    nlu_err_set(err, errnum, "netns.publish", "%s", path);
    if (errnum == EPERM || errnum == EACCES || errnum == EROFS)
        return nlu_err_hint(err, "names for ip netns need root and mounts; without them nodes are "
                                 "reached with netlua up and netlua exec");
    return -errnum;
}

int nlu_netns_publish(int fd, const char *name, struct nlu_err *err) {
    char path[sizeof NETNS_DIR + 256], source[64];
    bool bound = false;

    int rc = published_path(name, "netns.publish", path, sizeof path, err);
    if (rc < 0)
        return rc;
    if (mkdir(NETNS_DIR, 0755) < 0 && errno != EEXIST)
        return refuse_publish(NETNS_DIR, err);
    // Shared, so that taking a name away shows in every mount namespace that has a copy; what is no
    // mount yet is made one (EINVAL).
    while (mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) < 0) {
        if (errno != EINVAL || bound || mount(NETNS_DIR, NETNS_DIR, "none", MS_BIND | MS_REC, NULL))
            return refuse_publish(NETNS_DIR, err);
        bound = true;
    }
    int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    if (file < 0)
        return refuse_publish(path, err);
    close(file);
    snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
    if (mount(source, path, "none", MS_BIND, NULL) < 0) {
        rc = refuse_publish(path, err);
        (void)unlink(path);
        return rc;
    }
    return 0;
}

int nlu_netns_unpublish(const char *name, struct nlu_err *err) {
    char path[sizeof NETNS_DIR + 256];

    int rc = published_path(name, "netns.unpublish", path, sizeof path, err);
    if (rc < 0)
        return rc;
    // EINVAL: a plain file, whose mount has gone already.
    if (umount2(path, MNT_DETACH) < 0 && errno != EINVAL)
        return nlu_err_set(err, errno, "netns.unpublish", "%s", path);
    if (unlink(path) < 0)
        return nlu_err_set(err, errno, "netns.unpublish", "%s", path);
    return 0;
}

int nlu_netns_open_pid(pid_t pid, int *ret_fd, struct nlu_err *err) {
    char path[64], subject[64];

    snprintf(path, sizeof path, "/proc/%ld/ns/net", (long)pid);
    snprintf(subject, sizeof subject, "process %ld", (long)pid);
    int rc = open_path(path, subject, ret_fd, err);
    // The kernel has no file for a dead process: say it as kill(2) would.
    if (rc == -ENOENT)
        return nlu_err_set(err, ESRCH, "netns.open", "%s", subject);
    return rc;
}

int nlu_netns_open_held(pid_t pid, int fd_of_pid, int *ret_fd, struct nlu_err *err) {
    char path[64];

    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)pid, fd_of_pid);
    return open_path(path, path, ret_fd, err);
}

int nlu_netns_id(int fd, dev_t *ret_dev, ino_t *ret_inode, struct nlu_err *err) {
    struct stat st;

    if (fstat(fd, &st) < 0)
        return nlu_err_set(err, errno, "netns.id", "fstat");
    *ret_dev = st.st_dev;
    *ret_inode = st.st_ino;
    return 0;
}

bool nlu_netns_may_return(void) {
    struct nlu_err err;
    NLU_AUTO_FD int home = NLU_NO_FD;

    // Entering where one is already asks for the same rights and changes nothing.
    return nlu_netns_self(&home, &err) == 0 && setns(home, CLONE_NEWNET) == 0;
}

int nlu_netns_run(int fd, int (*act)(void *arg), void *arg, struct nlu_err *err) {
    NLU_AUTO_FD int home = NLU_NO_FD;
    int rc = nlu_netns_self(&home, err);

    if (rc < 0)
        return rc;
    if (setns(fd, CLONE_NEWNET) < 0)
        return nlu_err_set(err, errno, "netns.run", "setns");
    rc = act(arg);
    if (setns(home, CLONE_NEWNET) < 0) {
        perror("netlua: cannot return to the own network namespace");
        abort();
    }
    return rc;
}

struct socket_request {
    int domain, type, protocol;
    int fd;
};

static int open_socket(void *arg) {
    struct socket_request *r = arg;
    r->fd = socket(r->domain, r->type | SOCK_CLOEXEC, r->protocol);
    return r->fd < 0 ? -errno : 0;
}

int nlu_netns_socket(int fd, int domain, int type, int protocol, int *ret_socket,
                     struct nlu_err *err) {
    struct socket_request r = {domain, type, protocol, NLU_NO_FD};

    err->errnum = 0;
    // Entering the own namespace would need rights that a socket in it does not.
    int rc = fd == NLU_NO_FD ? open_socket(&r) : nlu_netns_run(fd, open_socket, &r, err);
    if (rc < 0)
        return err->errnum ? rc : nlu_err_set(err, -rc, "netns.socket", "socket");
    *ret_socket = r.fd;
    return 0;
}
