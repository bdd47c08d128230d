#include "plan.h"

#include "check.h"
#include "world.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void close_all(struct nlu_plan *plan) {
    for (size_t i = 0; i < plan->ns_count; i++) {
        nlu_nlsock_close(&plan->ns[i].route);
        nlu_close(&plan->ns[i].fd);
    }
}

static struct nlu_plan_op veth(uint32_t ns, uint32_t peer) {
    return (struct nlu_plan_op){.kind = NLU_PLAN_VETH,
                                .ns = ns,
                                .peer_ns = peer,
                                .name = "eth0",
                                .index = 2,
                                .peer_name = "eth0",
                                .peer_index = 2,
                                .mac = {2, 0, 0, 0, 0, 1},
                                .peer_mac = {2, 0, 0, 0, 0, 2}};
}

static struct nlu_plan_op up(uint32_t ns, int index) {
    return (struct nlu_plan_op){
        .kind = NLU_PLAN_SET, .ns = ns, .index = index, .has_up = true, .up = true};
}

static struct nlu_plan_op addr(uint32_t ns, const char *text) {
    struct nlu_plan_op op = {.kind = NLU_PLAN_ADDR, .ns = ns, .index = 2, .nodad = true};
    CHECK_INT(nlu_prefix_parse(text, &op.prefix), 0);
    return op;
}

// Two namespaces, a wire, addresses of both families, a route.
static void builds(void) {
    const struct nlu_plan_sysctl sysctls[] = {{"net.ipv4.ip_forward", "1"}};
    struct nlu_plan_ns ns[] = {{.name = "a", .sysctls = sysctls, .sysctl_count = 1}, {.name = "b"}};
    struct nlu_plan_op ops[] = {veth(1, 0),
                                up(0, 1),
                                up(0, 2),
                                addr(0, "192.0.2.1/24"),
                                addr(0, "2001:db8::1/64"),
                                up(1, 2),
                                addr(1, "192.0.2.2/24"),
                                {.kind = NLU_PLAN_ROUTE, .ns = 1, .index = 2}};
    struct nlu_plan plan = {ns, 2, ops, NLU_COUNT(ops)};
    struct nlu_err err;
    size_t op;

    ops[7].prefix.ip.family = AF_INET;
    CHECK_INT(nlu_ip_parse("192.0.2.1", &ops[7].via), 0);
    int rc = nlu_plan_run(&plan, &op, &err);
    CHECK_INT(rc, 0);
    if (rc < 0) {
        fprintf(stderr, "%s %s: %s\n", err.op, err.subject, err.kernel);
        return;
    }
    int index;
    CHECK_INT(nlu_link_index(&ns[0].route, "eth0", &index, &err), 0);
    CHECK_INT(index, 2);
    close_all(&plan);
}

// A step that is refused: everything is closed, and the step and its node are told.
static void takes_back(void) {
    struct nlu_plan_ns ns[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
    struct nlu_plan_op ops[] = {veth(1, 0), up(0, 1), addr(0, "192.0.2.1/40"), up(1, 2)};
    struct nlu_plan plan = {ns, 3, ops, NLU_COUNT(ops)};
    struct nlu_err err;
    size_t op;

    CHECK_INT(nlu_plan_run(&plan, &op, &err), -EINVAL);
    CHECK_INT(op, 2);
    CHECK_STR(err.op, "addr.add");
    CHECK_STR(err.subject, "192.0.2.1/40 on index 2 in a");
    // Older kernels refuse without a sentence.
    CHECK(!*err.kernel || strcmp(err.kernel, "ipv4: Invalid prefix length") == 0);
    for (int i = 0; i < 3; i++)
        CHECK_INT(ns[i].fd, NLU_NO_FD);
}

static void refuses_a_sysctl(void) {
    const struct nlu_plan_sysctl sysctls[] = {{"net.ipv4.nothing", "1"}};
    struct nlu_plan_ns ns[] = {{.name = "a"}, {.name = "b", .sysctls = sysctls, .sysctl_count = 1}};
    struct nlu_plan plan = {ns, 2, NULL, 0};
    struct nlu_err err;
    size_t op;

    CHECK_INT(nlu_plan_run(&plan, &op, &err), -ENOENT);
    CHECK_INT(op, 0); // op_count: no step was to blame
    CHECK_STR(err.subject, "net.ipv4.nothing = 1 in b");
}

// More steps than one batch holds, and changes to what is there.
static void applies(void) {
    struct nlu_plan_ns ns[] = {{.name = "a"}, {.name = "b"}};
    struct nlu_plan_op ops[] = {veth(0, 1), up(0, 2), up(1, 2)};
    struct nlu_plan plan = {ns, 2, ops, NLU_COUNT(ops)};
    struct nlu_plan_op many[2000];
    struct nlu_err err;
    size_t op;

    CHECK_INT(nlu_plan_run(&plan, &op, &err), 0);
    for (size_t i = 0; i < NLU_COUNT(many); i++) {
        char text[64];
        snprintf(text, sizeof text, "198.18.%zu.%zu/32", i / 250, i % 250 + 1);
        many[i] = addr(0, text);
    }
    plan.ops = many;
    plan.op_count = NLU_COUNT(many);
    CHECK_INT(nlu_plan_apply(&plan, &op, &err), 0);
    CHECK_INT(nlu_plan_apply(&plan, &op, &err), -EEXIST);
    CHECK_INT(op, 0);
    for (size_t i = 0; i < NLU_COUNT(many); i++)
        many[i].replace = true;
    CHECK_INT(nlu_plan_apply(&plan, &op, &err), 0);
    struct nlu_plan_op unlink_op = {.kind = NLU_PLAN_UNLINK, .ns = 0, .index = 2};
    plan.ops = &unlink_op;
    plan.op_count = 1;
    CHECK_INT(nlu_plan_apply(&plan, &op, &err), 0);
    int index;
    CHECK_INT(nlu_link_index(&ns[1].route, "eth0", &index, &err), -ENODEV);
    close_all(&plan);
}

int main(void) {
    if (!may_make_worlds())
        return CHECK_SKIP;
    int before = count_descriptors();
    builds();
    takes_back();
    refuses_a_sysctl();
    applies();
    CHECK_INT(count_descriptors(), before);
    return check_result();
}
