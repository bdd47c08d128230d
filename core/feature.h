// What a kernel may have been built without, and what it is called there: kinds of links, queueing
// disciplines, classifiers, actions, nft's statements. A pure table, for hints and for `doctor`.
#ifndef NLU_FEATURE_H
#define NLU_FEATURE_H

#include "err.h"
#include "util.h"

enum nlu_feature_group {
    NLU_FEATURE_LINK, // `ip link add … type WORD`
    NLU_FEATURE_QDISC, // `tc qdisc add … WORD`
    NLU_FEATURE_FILTER, // `tc filter add … WORD`
    NLU_FEATURE_ACTION, // `tc filter add … action WORD`
    NLU_FEATURE_NFT, // a word of nft's language
    NLU_FEATURE_SOCKET, // kinds of sockets: "packet", "netlink-netfilter"
    NLU_FEATURE_GROUPS,
};

struct nlu_feature {
    enum nlu_feature_group group;
    const char *word; // "netem"
    const char *config; // "CONFIG_NET_SCH_NETEM"
    const char *module; // "sch_netem"; NULL when it cannot be a module
};

// "link", "qdisc", … as doctor prints it.
const char *nlu_feature_group_name(enum nlu_feature_group group);

// NULL when the word is not known in this group.
const struct nlu_feature *nlu_feature_find(enum nlu_feature_group group, const char *word);

// All of them, in the order in which they should be shown.
const struct nlu_feature *nlu_feature_list(size_t *ret_count);

// Adds to an error that is about `word` what the kernel lacks: "this kernel has no qdisc netem: it
// needs CONFIG_NET_SCH_NETEM (module sch_netem)". Says so of any word, known or not; a word without
// an entry gets no option's name. Returns -err->errnum.
int nlu_feature_hint(struct nlu_err *err, enum nlu_feature_group group, const char *word);

#endif
