#include "sysctl.h"

#include "devconf.h"
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int nlu_sysctl_path(const char *name, char *ret_path, size_t size) {
    bool slashes = strchr(name, '/') != NULL;
    int len = snprintf(ret_path, size, "/proc/sys/%s", name);

    if (!*name || len < 0 || (size_t)len >= size)
        return -EINVAL;
    for (char *p = ret_path + strlen("/proc/sys/"); *p; p++) {
        // As sysctl(8): in the dotted form a slash stands for a dot ("net.ipv4.conf.eth0/1.mtu").
        if (!slashes && *p == '.')
            *p = '/';
    }
    const char *rest = ret_path + strlen("/proc/sys/");
    if (strncmp(rest, "net/", 4) != 0)
        return -EPERM;
    if (strstr(rest, "//") || strstr(rest, "/../") || strstr(rest, "/./") ||
        ret_path[len - 1] == '/' || strcmp(ret_path + len - 2, "..") == 0)
        return -EINVAL;
    return 0;
}

// The kernel's files in a /proc of our own that is mounted nowhere. Containers cover /proc/sys with
// a read-only mount, also for a root that may do all this.
static int open_in_own_proc(const char *path, int flags) {
    NLU_AUTO_FD int fs = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);

    if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -errno;
    // Refused (EPERM) in a user namespace inside such a container.
    NLU_AUTO_FD int mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
    if (mount < 0)
        return -errno;
    int fd = openat(mount, path + strlen("/proc/"), flags);
    return fd < 0 ? -errno : fd;
}

// Is this what the file says, so that nothing is to be written? Blanks count as sysctl(8) prints
// them: "1 2" is "1\t2".
static bool stands_already(const char *path, const char *value) {
    NLU_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    char now[NLU_SYSCTL_VALUE];
    ssize_t n = fd < 0 ? -1 : read(fd, now, sizeof now - 1);

    if (n < 0)
        return false;
    now[n] = '\0';
    const char *a = now, *b = value;
    for (;;) {
        a += strspn(a, " \t\n");
        b += strspn(b, " \t\n");
        size_t len = strcspn(a, " \t\n");
        if (len != strcspn(b, " \t\n") || memcmp(a, b, len) != 0)
            return false;
        if (len == 0)
            return true;
        a += len;
        b += len;
    }
}

struct access {
    const char *path;
    const char *write; // NULL: read
    char *read;
};

static int access_file(void *arg) {
    struct access *a = arg;
    // /proc/sys/net shows the namespace of the thread that opens it.
    const int flags = (a->write ? O_WRONLY : O_RDONLY) | O_CLOEXEC;
    NLU_AUTO_FD int fd = open(a->path, flags);
    ssize_t n;

    if (fd < 0 && errno == EROFS && a->write) {
        fd = open_in_own_proc(a->path, flags);
        if (fd < 0) // the cover is what is in the way, whatever refused the way around it
            return stands_already(a->path, a->write) ? 0 : -EROFS;
    }
    if (fd < 0)
        return -errno;
    if (a->write) {
        // One write: the kernel takes a value only whole.
        n = write(fd, a->write, strlen(a->write));
        return n < 0 ? -errno : 0;
    }
    if (!a->read)
        return -EINVAL;
    n = read(fd, a->read, NLU_SYSCTL_VALUE - 1);
    if (n < 0)
        return -errno;
    while (n > 0 && a->read[n - 1] == '\n')
        n--;
    a->read[n] = '\0';
    return 0;
}

int nlu_sysctl_explain(struct nlu_err *err) {
    if (err->errnum != EROFS)
        return -err->errnum;
    return nlu_err_hint(err,
                        "/proc/sys is read-only in this container; start it with: --privileged "
                        "(or --security-opt systempaths=unconfined --security-opt "
                        "apparmor=unconfined)");
}

static int run(int netns, const char *op, const char *name, struct access *a, struct nlu_err *err) {
    char path[512];

    int rc = nlu_sysctl_path(name, path, sizeof path);
    if (rc == -EPERM) {
        nlu_err_set(err, EPERM, op, "%s", name);
        return nlu_err_hint(err, "only names under net. belong to a network namespace");
    }
    if (rc < 0)
        return nlu_err_set(err, EINVAL, op, "'%s'", name);
    a->path = path;
    err->errnum = 0;
    rc = nlu_netns_run(netns, access_file, a, err);
    if (rc == 0)
        return 0;
    if (!err->errnum) {
        if (a->write)
            nlu_err_set(err, -rc, op, "%s = %s", name, a->write);
        else
            nlu_err_set(err, -rc, op, "%s", name);
        return nlu_sysctl_explain(err);
    }
    return nlu_err_about(err, op, "%s", name);
}

int nlu_sysctl_get(int netns, const char *name, char ret_value[NLU_SYSCTL_VALUE],
                   struct nlu_err *err) {
    struct access a = {.read = ret_value};
    return run(netns, "sysctl.get", name, &a, err);
}

int nlu_sysctl_set(int netns, const char *name, const char *value, struct nlu_err *err) {
    struct access a = {.write = value};
    struct nlu_devconf setting;
    struct nlu_err refused;
    char path[512];
    const char *ipv4 = "/proc/sys/net/ipv4/";

    int rc = run(netns, "sysctl.set", name, &a, err);
    if (rc != -EROFS || nlu_sysctl_path(name, path, sizeof path) < 0 ||
        strncmp(path, ipv4, strlen(ipv4)) != 0 ||
        !nlu_devconf_read(path + strlen(ipv4), value, &setting))
        return rc;
    // The cover is what stands in the way: what netlink says tells less.
    return nlu_devconf_set(netns, &setting, &refused) == 0 ? 0 : rc;
}

int nlu_sysctl_write_here(const char *name, const char *value) {
    char path[512];
    struct access a = {.path = path, .write = value};

    int rc = nlu_sysctl_path(name, path, sizeof path);
    return rc < 0 ? rc : access_file(&a);
}
