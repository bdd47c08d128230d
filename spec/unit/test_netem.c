// netem's options: what is put is read back, in whatever order the kernel would send it.
#include "check.h"
#include "netem.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <stdlib.h>

static _Alignas(struct nlmsghdr) char buf[80000];

static const struct nlattr *put(const struct nlu_netem *n) {
    memset(buf, 0, sizeof buf);
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    CHECK_INT(nlu_netem_put(msg, sizeof buf, n), 0);
    return mnl_nlmsg_get_payload(msg);
}

static bool near(double a, double b) {
    return fabs(a - b) < 1e-9;
}

static void test_everything_comes_back(void) {
    struct nlu_netem n = {
        .limit = 500,
        .delay = 10000001,
        .jitter = 5000000,
        .delay_correlation = 0.25,
        .loss = 0.01,
        .loss_correlation = 0.25,
        .duplicate = 0.02,
        .duplicate_correlation = 0.03,
        .reorder = 0.25,
        .reorder_correlation = 0.5,
        .corrupt = 0.001,
        .corrupt_correlation = 0.01,
        .gap = 5,
        .rate = 6000000000,
        .packet_overhead = -20,
        .cell_size = 100,
        .cell_overhead = 5,
        .ecn = true,
        .has_slot = true,
        .slot = {.min_delay = 800, .max_delay = 900, .packets = 10, .bytes = 2000},
        .has_seed = true,
        .seed = 0xfedcba9876543210,
    };
    struct nlu_netem r;

    CHECK_INT(nlu_netem_read(put(&n), &r), 0);
    CHECK_INT(r.limit, 500);
    CHECK_INT(r.delay, 10000001);
    CHECK_INT(r.jitter, 5000000);
    CHECK(near(r.delay_correlation, 0.25) && near(r.loss, 0.01) && near(r.loss_correlation, 0.25));
    CHECK(near(r.duplicate, 0.02) && near(r.duplicate_correlation, 0.03));
    CHECK(near(r.reorder, 0.25) && near(r.reorder_correlation, 0.5));
    CHECK(near(r.corrupt, 0.001) && near(r.corrupt_correlation, 0.01));
    CHECK_INT(r.gap, 5);
    CHECK_INT(r.rate, 6000000000);
    CHECK_INT(r.packet_overhead, -20);
    CHECK_INT(r.cell_size, 100);
    CHECK_INT(r.cell_overhead, 5);
    CHECK(r.ecn && r.has_slot && r.has_seed);
    CHECK_INT(r.slot.min_delay, 800);
    CHECK_INT(r.slot.max_delay, 900);
    CHECK_INT(r.slot.packets, 10);
    CHECK_INT(r.slot.bytes, 2000);
    CHECK(r.seed == n.seed);
}

static void test_loss_models(void) {
    struct nlu_netem n = {.loss_model = NLU_NETEM_LOSS_STATE,
                          .loss_params = {0.01, 0.02, 0.03, 0.04, 0.05}};
    struct nlu_netem r;

    CHECK_INT(nlu_netem_read(put(&n), &r), 0);
    CHECK_INT(r.loss_model, NLU_NETEM_LOSS_STATE);
    CHECK_INT(r.limit, 1000);
    for (int i = 0; i < 5; i++)
        CHECK(near(r.loss_params[i], n.loss_params[i]));
    n.loss_model = NLU_NETEM_LOSS_GEMODEL;
    CHECK_INT(nlu_netem_read(put(&n), &r), 0);
    CHECK_INT(r.loss_model, NLU_NETEM_LOSS_GEMODEL);
    for (int i = 0; i < 4; i++)
        CHECK(near(r.loss_params[i], n.loss_params[i]));
}

static void test_two_tables_fit(void) {
    static int16_t table[NLU_NETEM_TABLE_MAX];
    struct nlu_netem n = {.delay = 1,
                          .jitter = 1,
                          .distribution = table,
                          .distribution_count = NLU_NETEM_TABLE_MAX,
                          .slot_distribution = table,
                          .slot_distribution_count = NLU_NETEM_TABLE_MAX};
    struct nlu_netem r;
    struct nlmsghdr *msg;

    const struct nlattr *options = put(&n);
    CHECK(options->nla_len > 2 * sizeof table);
    CHECK_INT(nlu_netem_read(options, &r), 0);
    msg = mnl_nlmsg_put_header(buf);
    CHECK_INT(nlu_netem_put(msg, 1024, &n), -EMSGSIZE);
}

static void test_truncation(void) {
    struct nlu_netem n = {.loss_model = NLU_NETEM_LOSS_STATE, .rate = 1000, .has_slot = true};
    struct nlu_netem r;
    struct nlattr *options = (struct nlattr *)(void *)(uintptr_t)put(&n);
    uint16_t whole = options->nla_len;

    for (uint16_t len = sizeof *options; len < whole; len++) {
        options->nla_len = len;
        int rc = nlu_netem_read(options, &r);
        CHECK(rc == 0 || rc == -EBADMSG);
        if (len < sizeof *options + sizeof(struct tc_netem_qopt))
            CHECK_INT(rc, -EBADMSG);
    }
}

static void test_distributions(void) {
    static const char *const names[] = {"normal", "pareto", "paretonormal"};
    int16_t table[NLU_NETEM_TABLE];

    for (size_t k = 0; k < NLU_COUNT(names); k++) {
        double sum = 0;
        CHECK_INT(nlu_netem_distribution(names[k], table), 0);
        for (int i = 0; i < NLU_NETEM_TABLE; i++) {
            sum += table[i];
            CHECK(i == 0 || table[i] >= table[i - 1]);
        }
        CHECK(fabs(sum / NLU_NETEM_TABLE) < 0.1 * 8192);
    }
    // The 1000th, 2048th and 3000th of 4096 in the tables that iproute2 ships.
    CHECK_INT(nlu_netem_distribution("normal", table), 0);
    CHECK(abs(table[999] - -5683) < 20 && abs(table[2047] - -5) < 20 &&
          abs(table[2999] - 5075) < 20);
    CHECK_INT(nlu_netem_distribution("pareto", table), 0);
    CHECK(abs(table[999] - -4394) < 20 && abs(table[2047] - -2625) < 20 &&
          abs(table[2999] - 561) < 20);
    CHECK_INT(nlu_netem_distribution("uniform", table), -ENOENT);
}

int main(void) {
    test_everything_comes_back();
    test_loss_models();
    test_two_tables_fit();
    test_truncation();
    test_distributions();
    return check_result();
}
