#include "rights.h"

#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

// --- judging: pure
// --------------------------------------------------------------------------------------

enum nlu_gate nlu_rights_judge(const struct nlu_rights_facts *facts) {
    switch (facts->errnum) {
    case EINVAL:
        // unshare(2): CLONE_NEWUSER and several threads, or a flag the kernel does not know.
        if (facts->threads > 1)
            return NLU_GATE_THREADS;
        return facts->has_userns ? NLU_GATE_NONE : NLU_GATE_KERNEL;
    case ENOSYS:
        return facts->seccomp == 2 ? NLU_GATE_SECCOMP : NLU_GATE_KERNEL;
    case EUSERS: // before Linux 4.9
    case ENOSPC:
        // The limit that was reached may also be that of an outer namespace, which shows nowhere.
        return facts->net || facts->max_net_namespaces == 0 ? NLU_GATE_NET_LIMIT : NLU_GATE_LIMIT;
    case EPERM:
    case EACCES:
        if (facts->unprivileged_clone == 0)
            return NLU_GATE_SYSCTL;
        if (facts->apparmor == 1)
            return NLU_GATE_APPARMOR;
        // Before the filter: where both refuse, changing the filter alone would not help.
        if (facts->chroot == 1)
            return NLU_GATE_CHROOT;
        return facts->seccomp == 2 ? NLU_GATE_SECCOMP : NLU_GATE_NONE;
    default:
        return NLU_GATE_NONE;
    }
}

const char *nlu_rights_hint(enum nlu_gate gate, const struct nlu_rights_facts *facts) {
    switch (gate) {
    case NLU_GATE_KERNEL:
        return "this kernel is built without user namespaces (CONFIG_USER_NS); run netlua as root: "
               "sudo netlua …";
    case NLU_GATE_LIMIT:
        return "no more user namespaces are allowed (user.max_user_namespaces); to allow them: "
               "sudo sysctl -w user.max_user_namespaces=15000";
    case NLU_GATE_NET_LIMIT:
        return facts->max_net_namespaces == 0
                   ? "no network namespaces are allowed (user.max_net_namespaces is 0); to allow "
                     "them: sudo sysctl -w user.max_net_namespaces=15000"
                   : "no more network namespaces are allowed (user.max_net_namespaces); to allow "
                     "more: sudo sysctl -w user.max_net_namespaces=100000";
    case NLU_GATE_SYSCTL:
        return "user namespaces are for root only here (kernel.unprivileged_userns_clone is 0); to "
               "allow them: sudo sysctl -w kernel.unprivileged_userns_clone=1";
    case NLU_GATE_APPARMOR:
        return "AppArmor keeps rights from user namespaces here "
               "(kernel.apparmor_restrict_unprivileged_userns is 1); to allow them: "
               "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
    case NLU_GATE_SECCOMP:
        if (!facts->container)
            return "a system call filter (seccomp) refuses namespaces; in a systemd unit they are "
                   "allowed by RestrictNamespaces=no";
        return facts->root ? "the container's system call filter (seccomp) refuses namespaces; "
                             "start it with: --cap-add=SYS_ADMIN --cap-add=NET_ADMIN"
                           : "the container's system call filter (seccomp) refuses namespaces; "
                             "start it with: --security-opt seccomp=unconfined "
                             "--security-opt systempaths=unconfined";
    case NLU_GATE_CHROOT:
        return "no user namespace can be made inside a chroot; enter it with: "
               "unshare --map-root-user --root=DIR netlua …";
    case NLU_GATE_THREADS:
        return "a process with several threads cannot enter a user namespace; make the first "
               "network namespace before threads are started, or run the script with netlua";
    case NLU_GATE_NONE:
    case NLU_GATE_COUNT:
        break;
    }
    return facts->container ? "start the container with: --cap-add=SYS_ADMIN --cap-add=NET_ADMIN"
                            : "run netlua as root: sudo netlua …";
}

const char *nlu_gate_name(enum nlu_gate gate) {
    static const char *const names[NLU_GATE_COUNT] = {
        [NLU_GATE_NONE] = "unknown",    [NLU_GATE_KERNEL] = "kernel",
        [NLU_GATE_LIMIT] = "limit",     [NLU_GATE_NET_LIMIT] = "net limit",
        [NLU_GATE_SYSCTL] = "sysctl",   [NLU_GATE_APPARMOR] = "apparmor",
        [NLU_GATE_SECCOMP] = "seccomp", [NLU_GATE_CHROOT] = "chroot",
        [NLU_GATE_THREADS] = "threads",
    };
    return gate < NLU_GATE_COUNT ? names[gate] : names[NLU_GATE_NONE];
}

// --- finding out
// ----------------------------------------------------------------------------------------

// The first bytes of a file as text; -errno when it cannot be read.
static int read_text(const char *path, char *ret_text, size_t size) {
    NLU_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t len = read(fd, ret_text, size - 1);
    if (len < 0)
        return -errno;
    ret_text[len] = '\0';
    return 0;
}

static long read_number(const char *path) {
    char text[32];
    return read_text(path, text, sizeof text) < 0 ? -1 : strtol(text, NULL, 10);
}

// The number behind "Key:" in /proc/self/status, -1 when it is not there.
static int status_field(const char *status, const char *key) {
    const char *at = strstr(status, key);
    return at ? (int)strtol(at + strlen(key), NULL, 10) : -1;
}

// Is a mount point "/" visible? Inside a chroot to a plain directory there is none.
static bool root_is_mount(void) {
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t size = 0;
    bool found = file == NULL; // not known: take no chroot for granted

    while (!found && getline(&line, &size, file) > 0) {
        char point[8];
        found = sscanf(line, "%*s %*s %*s %*s %7s", point) == 1 && !strcmp(point, "/");
    }
    free(line);
    if (file)
        fclose(file);
    return found;
}

static int in_chroot(void) {
    struct stat own, first;

    if (!root_is_mount())
        return 1;
    // Only readable for who may trace process 1; a container has a process 1 of its own.
    if (stat("/", &own) == 0 && stat("/proc/1/root/.", &first) == 0)
        return own.st_dev != first.st_dev || own.st_ino != first.st_ino;
    return -1;
}

void nlu_rights_examine(int errnum, struct nlu_rights_facts *ret_facts) {
    char status[4096];

    if (read_text("/proc/self/status", status, sizeof status) < 0)
        *status = '\0';
    *ret_facts = (struct nlu_rights_facts){
        .errnum = errnum,
        .root = geteuid() == 0,
        .has_userns = access("/proc/self/ns/user", F_OK) == 0 || access("/proc/self", F_OK) < 0,
        .container = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
                     getenv("container") != NULL,
        .max_user_namespaces = read_number("/proc/sys/user/max_user_namespaces"),
        .max_net_namespaces = read_number("/proc/sys/user/max_net_namespaces"),
        .unprivileged_clone = (int)read_number("/proc/sys/kernel/unprivileged_userns_clone"),
        .apparmor = (int)read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        .seccomp = status_field(status, "\nSeccomp:"),
        .threads = status_field(status, "\nThreads:"),
        .chroot = in_chroot(),
    };
}

static enum nlu_gate explain(struct nlu_err *err, bool net) {
    struct nlu_rights_facts facts;

    nlu_rights_examine(err->errnum, &facts);
    facts.net = net;
    enum nlu_gate gate = nlu_rights_judge(&facts);
    // Out of descriptors, say: more rights would not help.
    if (gate == NLU_GATE_NONE && err->errnum != EPERM && err->errnum != EACCES)
        return gate;
    nlu_err_hint(err, "%s", nlu_rights_hint(gate, &facts));
    return gate;
}

enum nlu_gate nlu_rights_explain(struct nlu_err *err) {
    return explain(err, true);
}

// --- entering
// -------------------------------------------------------------------------------------------

bool nlu_rights_here(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    const uint32_t needed = 1U << CAP_SYS_ADMIN | 1U << CAP_NET_ADMIN | 1U << CAP_NET_RAW;

    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & needed) == needed;
}

static int write_text(const char *path, const char *text) {
    NLU_AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

// Maps the one user and group that may be mapped without rights to root. setgroups must be given up
// first, or dropping a group could open files that the group is kept from (user_namespaces(7)).
static int map_to_root(uid_t uid, gid_t gid) {
    char text[64];
    int rc = write_text("/proc/self/setgroups", "deny");

    if (rc < 0 && rc != -ENOENT) // Linux before 3.19 has no such file and no such gap
        return rc;
    snprintf(text, sizeof text, "0 %lu 1\n", (unsigned long)uid);
    rc = write_text("/proc/self/uid_map", text);
    if (rc < 0)
        return rc;
    snprintf(text, sizeof text, "0 %lu 1\n", (unsigned long)gid);
    return write_text("/proc/self/gid_map", text);
}

static int loopback_up(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    NLU_AUTO_FD int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (s < 0)
        return -errno;
    return ioctl(s, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

// Ubuntu lets an unconfined process make the namespace and then takes all rights in it away, which
// cannot be undone: so ask before.
static bool apparmor_refuses(void) {
    char label[64];

    return read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 &&
           read_text("/proc/self/attr/current", label, sizeof label) == 0 &&
           !strncmp(label, "unconfined", strlen("unconfined"));
}

static int refuse(int errnum, const char *subject, enum nlu_gate *ret_gate, struct nlu_err *err) {
    nlu_err_set(err, errnum, "netns.add", "%s", subject);
    enum nlu_gate gate = explain(err, false);
    if (ret_gate)
        *ret_gate = gate;
    return -errnum;
}

int nlu_rights_enter(enum nlu_gate *ret_gate, struct nlu_err *err) {
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (nlu_rights_here()) {
        if (nlu_netns_may_return())
            return 0;
        // Root of a user namespace that was made without a network of its own, as by a rootless
        // container: the network around it is not its own, and there would be no way back to it.
        if (unshare(CLONE_NEWNET) < 0)
            return refuse(errno, "own network namespace", ret_gate, err);
        int rc = loopback_up();
        return rc < 0 ? refuse(-rc, "own network namespace", ret_gate, err) : 0;
    }
    if (apparmor_refuses())
        return refuse(EPERM, "own user namespace", ret_gate, err);
    // The mount namespace is a comfort for programs in nodes (files of their own), not a need: some
    // containers refuse just that.
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0 &&
        unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return refuse(errno, "own user namespace", ret_gate, err);
    int map_rc = map_to_root(uid, gid);
    int lo_rc = loopback_up();
    // Root without CAP_SETFCAP may map nobody, and is root in its namespace all the same (and user
    // 65534 to itself). Where the rights were taken away loopback shows it.
    if (lo_rc < 0)
        return map_rc < 0 ? refuse(-map_rc, "root in the own user namespace", ret_gate, err)
                          : refuse(-lo_rc, "own network namespace", ret_gate, err);
    return 0;
}
