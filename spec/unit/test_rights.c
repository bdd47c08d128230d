// The gates that can refuse namespaces: judged from facts, then met for real in children.
#include "check.h"
#include "netns.h"
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// Nothing stands in the way; each case changes what its gate is about.
static const struct nlu_rights_facts open_facts = {
    .errnum = EPERM,
    .has_userns = true,
    .max_user_namespaces = 1000,
    .max_net_namespaces = 1000,
    .unprivileged_clone = 1,
    .apparmor = 0,
    .seccomp = 0,
    .chroot = 0,
    .threads = 1,
};

// The gate must be the expected one, and its hint must say this.
static void expect_gate(const struct nlu_rights_facts *facts, enum nlu_gate gate, const char *say) {
    CHECK_STR(nlu_gate_name(nlu_rights_judge(facts)), nlu_gate_name(gate));
    const char *hint = nlu_rights_hint(nlu_rights_judge(facts), facts);
    if (!strstr(hint, say))
        CHECK_STR(hint, say);
}

static void test_judge(void) {
    struct nlu_rights_facts f = open_facts;
    expect_gate(&f, NLU_GATE_NONE, "sudo netlua");

    f = open_facts;
    f.errnum = ENOSPC;
    f.max_user_namespaces = 0;
    expect_gate(&f, NLU_GATE_LIMIT, "sysctl -w user.max_user_namespaces=");
    // An outer namespace's limit shows nowhere.
    f.max_user_namespaces = 1000;
    expect_gate(&f, NLU_GATE_LIMIT, "sysctl -w user.max_user_namespaces=");
    f.errnum = EUSERS;
    expect_gate(&f, NLU_GATE_LIMIT, "user.max_user_namespaces");
    f.errnum = ENOSPC;
    f.max_net_namespaces = 0;
    expect_gate(&f, NLU_GATE_NET_LIMIT, "sysctl -w user.max_net_namespaces=");

    f = open_facts;
    f.unprivileged_clone = 0;
    expect_gate(&f, NLU_GATE_SYSCTL, "sysctl -w kernel.unprivileged_userns_clone=1");
    f.unprivileged_clone = -1; // a kernel without that sysctl
    expect_gate(&f, NLU_GATE_NONE, "sudo netlua");

    f = open_facts;
    f.apparmor = 1;
    expect_gate(&f, NLU_GATE_APPARMOR, "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
    f.errnum = EACCES;
    expect_gate(&f, NLU_GATE_APPARMOR, "AppArmor");

    f = open_facts;
    f.seccomp = 2;
    expect_gate(&f, NLU_GATE_SECCOMP, "RestrictNamespaces=no");
    f.container = true;
    expect_gate(&f, NLU_GATE_SECCOMP, "--security-opt seccomp=unconfined");
    f.root = true;
    expect_gate(&f, NLU_GATE_SECCOMP, "--cap-add=SYS_ADMIN --cap-add=NET_ADMIN");
    f.errnum = ENOSYS;
    expect_gate(&f, NLU_GATE_SECCOMP, "seccomp");

    f = open_facts;
    f.chroot = 1;
    expect_gate(&f, NLU_GATE_CHROOT, "unshare --map-root-user --root=");
    f.seccomp = 2; // opening the filter alone would not help
    expect_gate(&f, NLU_GATE_CHROOT, "chroot");

    f = open_facts;
    f.errnum = EINVAL;
    f.has_userns = false;
    expect_gate(&f, NLU_GATE_KERNEL, "CONFIG_USER_NS");
    f.errnum = ENOSYS;
    expect_gate(&f, NLU_GATE_KERNEL, "CONFIG_USER_NS");
    f.errnum = EINVAL;
    f.has_userns = true;
    f.threads = 2;
    expect_gate(&f, NLU_GATE_THREADS, "several threads");
    f.threads = 1;
    expect_gate(&f, NLU_GATE_NONE, "sudo netlua");

    f = open_facts;
    f.errnum = EMFILE;
    expect_gate(&f, NLU_GATE_NONE, "sudo netlua");
    f = open_facts;
    f.container = true;
    expect_gate(&f, NLU_GATE_NONE, "--cap-add=SYS_ADMIN");

    CHECK_STR(nlu_gate_name((enum nlu_gate)99), "unknown");
}

static void test_explain(void) {
    struct nlu_err err;

    nlu_err_set(&err, EMFILE, "netns.add", "it");
    nlu_rights_explain(&err);
    CHECK_STR(err.hint, ""); // more rights would not help

    nlu_err_set(&err, EPERM, "netns.add", "it");
    nlu_rights_explain(&err);
    CHECK(*err.hint);
}

// Runs the body in a child and adds its failures to ours; a child that skips is only said.
static void in_child(const char *what, void (*body)(void)) {
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        check_failures = 0;
        body();
        fflush(NULL);
        _exit(check_result());
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != CHECK_SKIP)) {
        check_failures++;
        fprintf(stderr, "in the child for: %s\n", what);
    } else if (WEXITSTATUS(status)) {
        fprintf(stderr, "skipped: %s\n", what);
    }
}

static void skip(void) {
    fflush(NULL);
    _exit(CHECK_SKIP);
}

static bool write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    nlu_close(&fd);
    return done;
}

// All rights are given up, as an ordinary user has none.
static void drop_rights(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    CHECK(syscall(SYS_capset, &header, none) == 0);
    CHECK(!nlu_rights_here());
}

// A user namespace of the test's own, in which this process is `uid` and has all rights (its limits
// may be changed). Skips where there is none to be had.
static void own_user_namespace(unsigned uid) {
    char map[64], group[64];

    snprintf(map, sizeof map, "%u %lu 1\n", uid, (unsigned long)geteuid());
    snprintf(group, sizeof group, "%u %lu 1\n", uid, (unsigned long)getegid());
    if (unshare(CLONE_NEWUSER) < 0 || !write_file("/proc/self/setgroups", "deny") ||
        !write_file("/proc/self/uid_map", map) || !write_file("/proc/self/gid_map", group))
        skip();
}

static void expect_refusal(const char *gate_name, int errnum) {
    struct nlu_err err = {0};
    enum nlu_gate gate = NLU_GATE_COUNT;

    CHECK_INT(nlu_rights_enter(&gate, &err), -errnum);
    CHECK_STR(nlu_gate_name(gate), gate_name);
    CHECK_INT(err.errnum, errnum);
    CHECK_STR(err.op, "netns.add");
    CHECK(*err.hint);
}

static void child_enters(void) {
    struct nlu_err err = {0};
    struct ifreq lo = {.ifr_name = "lo"};

    own_user_namespace(1000);
    drop_rights();
    CHECK_INT(nlu_rights_enter(NULL, &err), 0);
    CHECK(nlu_rights_here());
    CHECK_INT(geteuid(), 0);
    CHECK_INT(getegid(), 0);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(ioctl(s, SIOCGIFFLAGS, &lo) == 0);
    CHECK(lo.ifr_flags & IFF_UP);
    close(s);
    // Again: nothing is left to do.
    char before[64] = "", after[64] = "";
    CHECK(readlink("/proc/self/ns/user", before, sizeof before - 1) > 0);
    CHECK_INT(nlu_rights_enter(NULL, &err), 0);
    CHECK(readlink("/proc/self/ns/user", after, sizeof after - 1) > 0);
    CHECK_STR(after, before);
    // And its purpose.
    CHECK(unshare(CLONE_NEWNET) == 0);
}

static void child_limit(void) {
    own_user_namespace(1000);
    CHECK(write_file("/proc/sys/user/max_user_namespaces", "0"));
    drop_rights();
    expect_refusal("limit", ENOSPC);
}

static void child_net_limit(void) {
    own_user_namespace(1000);
    CHECK(write_file("/proc/sys/user/max_net_namespaces", "0"));
    drop_rights();
    expect_refusal("net limit", ENOSPC);
}

// Mounts are a comfort: where only they are refused the rights come without.
static void child_no_mounts(void) {
    struct nlu_err err = {0};

    own_user_namespace(1000);
    CHECK(write_file("/proc/sys/user/max_mnt_namespaces", "0"));
    drop_rights();
    CHECK_INT(nlu_rights_enter(NULL, &err), 0);
    CHECK(nlu_rights_here());
    CHECK(unshare(CLONE_NEWNS) < 0 && errno == ENOSPC);
}

static char chroot_dir[] = "/tmp/netlua-test-rights-XXXXXX";

static void child_chroot(void) {
    char proc[sizeof chroot_dir + 8];

    snprintf(proc, sizeof proc, "%s/proc", chroot_dir);
    own_user_namespace(1000);
    // The mount goes with the namespace.
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount("/proc", proc, NULL, MS_BIND | MS_REC, NULL) == 0);
    CHECK(chroot(chroot_dir) == 0);
    CHECK(chdir("/") == 0);
    drop_rights();
    expect_refusal("chroot", EPERM);
}

static void test_chroot(void) {
    char proc[sizeof chroot_dir + 8];

    CHECK(mkdtemp(chroot_dir) != NULL);
    snprintf(proc, sizeof proc, "%s/proc", chroot_dir);
    CHECK(mkdir(proc, 0755) == 0);
    in_child("a chroot", child_chroot);
    CHECK(rmdir(proc) == 0);
    CHECK(rmdir(chroot_dir) == 0);
}

static void child_seccomp(void) {
    struct sock_filter refuse_unshare[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {NLU_COUNT(refuse_unshare), refuse_unshare};

    own_user_namespace(1000);
    drop_rights();
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    expect_refusal("seccomp", EPERM);
}

static void *wait_forever(void *arg) {
    pause();
    return arg;
}

static void child_threads(void) {
    pthread_t thread;

    own_user_namespace(1000);
    drop_rights();
    CHECK(pthread_create(&thread, NULL, wait_forever, NULL) == 0);
    expect_refusal("threads", EINVAL);
}

// Root of a container that keeps no capabilities: the kernel lets it map nobody (CAP_SETFCAP),
// which takes nothing from its rights in the namespace.
static void child_bare_root(void) {
    struct nlu_err err = {0};

    own_user_namespace(0);
    drop_rights();
    CHECK_INT(nlu_rights_enter(NULL, &err), 0);
    CHECK(nlu_rights_here());
    CHECK(unshare(CLONE_NEWNET) == 0);
}

// Where the rights are at hand nothing is entered.
static void child_has_rights(void) {
    char before[64] = "", after[64] = "";
    struct nlu_err err = {0};

    own_user_namespace(1000);
    CHECK(unshare(CLONE_NEWNET) == 0); // owned by that user namespace
    CHECK(readlink("/proc/self/ns/net", before, sizeof before - 1) > 0);
    CHECK_INT(nlu_rights_enter(NULL, &err), 0);
    CHECK(readlink("/proc/self/ns/net", after, sizeof after - 1) > 0);
    CHECK_STR(after, before);
}

static int nothing(void *arg) {
    (void)arg;
    return 0;
}

// All rights in a user namespace, but the network around it belongs to the outer one: a thread that
// leaves it could not come back.
static void child_foreign_network(void) {
    char before[64] = "", after[64] = "";
    struct nlu_err err = {0};
    int fd = -1, netlink = -1;

    own_user_namespace(1000);
    CHECK(!nlu_netns_may_return());
    CHECK(readlink("/proc/self/ns/user", before, sizeof before - 1) > 0);
    CHECK_INT(nlu_rights_enter(NULL, &err), 0);
    CHECK(readlink("/proc/self/ns/user", after, sizeof after - 1) > 0);
    CHECK_STR(after, before);
    CHECK(nlu_netns_may_return());
    CHECK_INT(nlu_netns_create(&fd, &netlink, &err), 0);
    CHECK_INT(nlu_netns_run(fd, nothing, NULL, &err), 0);
}

int main(void) {
    test_judge();
    test_explain();
    in_child("entering", child_enters);
    in_child("entering as a root without capabilities", child_bare_root);
    in_child("rights at hand", child_has_rights);
    in_child("a network of somebody else's", child_foreign_network);
    in_child("user.max_user_namespaces at 0", child_limit);
    in_child("user.max_net_namespaces at 0", child_net_limit);
    in_child("user.max_mnt_namespaces at 0", child_no_mounts);
    test_chroot();
    in_child("a system call filter", child_seccomp);
    in_child("several threads", child_threads);
    return check_result();
}
