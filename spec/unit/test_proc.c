#include "proc.h"

#include "check.h"
#include "netns.h"
#include "rights.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

static int netns;

// Waits for a program's end and gives its status; collects what it writes to stdout.
static int finish(struct nlu_proc *p, char *out, size_t cap) {
    size_t len = 0;

    for (;;) {
        int ended = nlu_proc_poll(p);
        ssize_t n;
        while ((n = nlu_proc_read(p, 1, out + len, cap - 1 - len)) > 0)
            len += (size_t)n;
        if (ended)
            break;
        struct pollfd wait = {.fd = p->epoll, .events = POLLIN};
        (void)poll(&wait, 1, 5000);
    }
    out[len] = '\0';
    return p->member.status;
}

static void runs(struct nlu_box *box) {
    const char *argv[] = {"sh", "-c", "hostname; read line; echo \"got $line\"; exit 7", NULL};
    struct nlu_proc_spec spec = {
        .argv = argv, .stdio = {NLU_PROC_PIPE, NLU_PROC_PIPE, NLU_PROC_NULL}, .own_session = true};
    struct nlu_proc p;
    struct nlu_err err;
    char out[256];

    CHECK_INT(nlu_proc_start(&p, box, netns, &spec, &err), 0);
    CHECK_INT(nlu_proc_write(&p, "a line\n", 7), 7);
    int status = finish(&p, out, sizeof out);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK_STR(out, "boxed\ngot a line\n");
    CHECK_INT(nlu_proc_kill(&p, SIGTERM, &err), -ESRCH);
    nlu_proc_close(&p);
    nlu_proc_close(&p);
}

static void refuses(struct nlu_box *box) {
    const char *missing[] = {"no-such-program", NULL}, *forbidden[] = {"/etc/passwd", NULL},
               *ok[] = {"true", NULL};
    struct nlu_proc_spec spec = {.argv = missing, .own_session = true};
    struct nlu_proc p;
    struct nlu_err err;

    CHECK_INT(nlu_proc_start(&p, box, netns, &spec, &err), -ENOENT);
    CHECK_STR(err.subject, "no-such-program");
    spec.argv = forbidden;
    CHECK_INT(nlu_proc_start(&p, box, netns, &spec, &err), -EACCES);
    spec.argv = ok;
    spec.cwd = "/nowhere";
    CHECK_INT(nlu_proc_start(&p, box, netns, &spec, &err), -ENOENT);
    CHECK_STR(err.subject, "true: cwd /nowhere");
}

// Closing the box ends a program that nobody waits for, and its handle still tells how.
static void ends_with_box(struct nlu_box *box) {
    const char *argv[] = {"sleep", "3600", NULL};
    struct nlu_proc_spec spec = {.argv = argv, .own_session = true};
    struct nlu_proc p, closed;
    struct nlu_err err;

    CHECK_INT(nlu_proc_start(&p, box, netns, &spec, &err), 0);
    CHECK_INT(nlu_proc_start(&closed, box, netns, &spec, &err), 0);
    CHECK_INT(nlu_proc_poll(&p), 0);
    nlu_proc_close(&closed);
    nlu_box_close(box);
    nlu_box_close(box);
    CHECK_INT(nlu_proc_poll(&p), 1);
    CHECK(WIFSIGNALED(p.member.status) && WTERMSIG(p.member.status) == SIGKILL);
    nlu_proc_close(&p);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); // no child is left
}

int main(void) {
    struct nlu_box_spec spec = {.hostname = "boxed", .files = {{"/etc/hosts", "127.0.0.1 x\n"}}};
    struct nlu_box box;
    struct nlu_err err;
    int netlink;

    if (nlu_rights_enter(NULL, &err) < 0) {
        printf("skipped: no right to make namespaces: %s\n", err.hint);
        return CHECK_SKIP;
    }
    CHECK_INT(nlu_netns_create(&netns, &netlink, &err), 0);
    spec.netns = netns;
    CHECK_INT(nlu_box_start(&box, &spec, &err), 0);
    runs(&box);
    refuses(&box);
    CHECK_INT(nlu_box_write(&box, 1, "x", &err), -ENOENT); // no such file in the spec
    CHECK_INT(nlu_box_write(&box, 0, "127.0.0.1 y\n", &err), 0);
    ends_with_box(&box);
    nlu_close(&netlink);
    nlu_close(&netns);
    return check_result();
}
