// nft's own language, run by libnftables in a namespace: nft(8), libnftables(3).
#ifndef NLU_NFT_H
#define NLU_NFT_H

#include "arena.h"
#include "err.h"
#include "nftreport.h"

struct nlu_nft_options {
    bool check; // nft -c: everything but the commit
    bool echo; // nft -e: what was added comes back, handles included
    bool stateless; // nft -s: no counters
    bool terse; // nft -t: sets without their elements
    const char *const *define; // "name=value" (nft -D), NULL-terminated; NULL for none
};

// Runs the commands of `ruleset` as one transaction. *ret_json is what they print (`list`, and all
// with `echo`), as libnftables-json(5): one document a line, "" when nothing was printed; it lives
// in the arena. On a refusal of the ruleset *ret_report says where (line 0: not about a line) and
// *ret_text, in the arena, is all that nft has to say; both are zero for any other failure.
NLU_CHECKED int nlu_nft_run(int netns, const char *ruleset, const struct nlu_nft_options *options,
                            struct nlu_arena *arena, const char **ret_json,
                            struct nlu_nft_report *ret_report, const char **ret_text,
                            struct nlu_err *err);

#endif
