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
#include <sys/socket.h>
#include <sys/stat.h>

#define NETNS_DIR "/run/netns"

struct creation {
    int fd, netlink;
    int errnum;
    const char *step;
};

static void *create_in_thread(void *arg) {
    struct creation *c = arg;

    if (unshare(CLONE_NEWNET) < 0) {
        c->errnum = errno;
        c->step = "unshare";
        return NULL;
    }
    c->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (c->netlink < 0) {
        c->errnum = errno;
        c->step = "netlink socket";
        return NULL;
    }
    // The socket names its namespace: cheaper than opening /proc, and works where /proc is missing.
    c->fd = ioctl(c->netlink, SIOCGSKNS);
    if (c->fd < 0) {
        c->errnum = errno;
        c->step = "SIOCGSKNS";
        nlu_close(&c->netlink);
    }
    return NULL;
}

int nlu_netns_create(int *ret_fd, int *ret_netlink, struct nlu_err *err) {
    struct creation c = {.fd = NLU_NO_FD, .netlink = NLU_NO_FD};
    pthread_attr_t attr;
    pthread_t thread;
    int errnum;

    // A thread of its own, so that the caller's never leaves its network: half the price of
    // clone(2) with a process, and no way back is needed (0.55 ms against 0.95 ms).
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 * 1024);
    errnum = pthread_create(&thread, &attr, create_in_thread, &c);
    pthread_attr_destroy(&attr);
    if (errnum)
        return nlu_err_set(err, errnum, "netns.add", "thread");
    pthread_join(thread, NULL);
    if (c.errnum)
        return nlu_err_set(err, c.errnum, "netns.add", "%s", c.step);
    *ret_fd = c.fd;
    *ret_netlink = c.netlink;
    return 0;
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

int nlu_netns_open(const char *name, int *ret_fd, struct nlu_err *err) {
    char path[sizeof NETNS_DIR + 256];

    if (!*name || strchr(name, '/') || strlen(name) > 255 || !strcmp(name, ".") ||
        !strcmp(name, ".."))
        return nlu_err_set(err, EINVAL, "netns.open", "'%s' is no name of a namespace", name);
    snprintf(path, sizeof path, NETNS_DIR "/%s", name);
    return open_path(path, path, ret_fd, err);
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

int nlu_netns_id(int fd, dev_t *ret_dev, ino_t *ret_inode, struct nlu_err *err) {
    struct stat st;

    if (fstat(fd, &st) < 0)
        return nlu_err_set(err, errno, "netns.id", "fstat");
    *ret_dev = st.st_dev;
    *ret_inode = st.st_ino;
    return 0;
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
    int rc = nlu_netns_run(fd, open_socket, &r, err);
    if (rc < 0)
        return err->errnum ? rc : nlu_err_set(err, -rc, "netns.socket", "socket");
    *ret_socket = r.fd;
    return 0;
}
