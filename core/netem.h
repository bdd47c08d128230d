// The netem queueing discipline's options, between struct and message: tc-netem(8). Pure.
#ifndef NLU_NETEM_H
#define NLU_NETEM_H

#include "arena.h"
#include "util.h"

#include <linux/netlink.h>

enum {
    NLU_NETEM_TABLE = 4096, // entries of a distribution that we make
    NLU_NETEM_TABLE_MAX = 15000, // the kernel takes 16384, but two tables must fit one attribute
};

enum nlu_netem_loss {
    NLU_NETEM_LOSS_RANDOM,
    NLU_NETEM_LOSS_STATE, // four-state Markov: p13 p31 p32 p23 p14
    NLU_NETEM_LOSS_GEMODEL, // Gilbert-Elliot: p r 1-h 1-k
};

// Times in nanoseconds, shares from 0 to 1, rates in bytes a second. Zero-initialise.
struct nlu_netem {
    uint32_t limit; // packets; 0 for the usual 1000
    int64_t delay, jitter;
    double delay_correlation;
    enum nlu_netem_loss loss_model;
    double loss, loss_correlation; // of LOSS_RANDOM
    double loss_params[5]; // of the other two, in the order above
    double duplicate, duplicate_correlation;
    double reorder, reorder_correlation;
    double corrupt, corrupt_correlation;
    uint32_t gap;
    uint64_t rate;
    int32_t packet_overhead, cell_overhead;
    uint32_t cell_size;
    bool ecn;
    bool has_slot;
    struct {
        int64_t min_delay, max_delay, dist_delay, dist_jitter;
        int32_t packets, bytes;
    } slot;
    bool has_seed;
    uint64_t seed;
    // Tables of how delays are spread: deviations in 1/8192 of the jitter; NULL for even. Not read
    // back: the kernel does not tell them.
    const int16_t *distribution, *slot_distribution;
    size_t distribution_count, slot_distribution_count;
};

// Puts TCA_OPTIONS into a buffer of `size` bytes. 0 or -EMSGSIZE.
NLU_CHECKED int nlu_netem_put(struct nlmsghdr *msg, size_t size, const struct nlu_netem *netem);

// Reads TCA_OPTIONS. 0 or -EBADMSG.
NLU_CHECKED int nlu_netem_read(const struct nlattr *options, struct nlu_netem *ret_netem);

// Fills a table of NLU_NETEM_TABLE entries: "normal", "pareto" or "paretonormal" (a quarter normal,
// three quarters Pareto), the curves that iproute2 ships as files. -ENOENT for another name.
NLU_CHECKED int nlu_netem_distribution(const char *name, int16_t table[NLU_NETEM_TABLE]);

#endif
