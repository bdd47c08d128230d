#include "check.h"
#include "feature.h"

#include <errno.h>

static void test_every_entry_is_found_by_its_word(void) {
    size_t count;
    const struct nlu_feature *all = nlu_feature_list(&count);

    CHECK(count > 50);
    for (size_t i = 0; i < count; i++) {
        CHECK(nlu_feature_find(all[i].group, all[i].word) == &all[i]);
        CHECK(strncmp(all[i].config, "CONFIG_", 7) == 0);
        CHECK(nlu_feature_group_name(all[i].group) != NULL);
        CHECK(!all[i].module || !strchr(all[i].module, ' '));
    }
}

static void test_groups_are_kept_apart(void) {
    CHECK(nlu_feature_find(NLU_FEATURE_LINK, "netem") == NULL);
    CHECK_STR(nlu_feature_find(NLU_FEATURE_QDISC, "netem")->module, "sch_netem");
    CHECK_STR(nlu_feature_find(NLU_FEATURE_LINK, "vlan")->config, "CONFIG_VLAN_8021Q");
    CHECK(nlu_feature_find(NLU_FEATURE_QDISC, "") == NULL);
}

static void test_hints(void) {
    struct nlu_err err;

    nlu_err_set(&err, ENOENT, "qdisc.add", "netem");
    CHECK_INT(nlu_feature_hint(&err, NLU_FEATURE_QDISC, "netem"), -ENOENT);
    CHECK_STR(err.hint,
              "this kernel has no qdisc netem: it needs CONFIG_NET_SCH_NETEM (module sch_netem)");
    CHECK_STR(err.op, "qdisc.add");
    nlu_feature_hint(&err, NLU_FEATURE_QDISC, "pfifo");
    CHECK_STR(err.hint, "this kernel has no qdisc pfifo: it needs CONFIG_NET_SCH_FIFO");
    nlu_feature_hint(&err, NLU_FEATURE_LINK, "quantum");
    CHECK_STR(err.hint, "this kernel has no link quantum");
}

int main(void) {
    test_every_entry_is_found_by_its_word();
    test_groups_are_kept_apart();
    test_hints();
    return check_result();
}
