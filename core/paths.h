// Shortest paths through a lab, and the routing tables they amount to. Pure.
//
// Nodes and the wires between them (segments) are numbers from 0. In Lua this took longer than the
// kernel takes to build a chain of a thousand routers.
#ifndef NLU_PATHS_H
#define NLU_PATHS_H

#include "util.h"

#define NLU_PATHS_NONE UINT32_MAX

// Who is on which wire. The lists of one node (segment) lie behind each other: from x_first[i] to
// x_first[i + 1].
struct nlu_paths {
    uint32_t node_count, segment_count;
    const uint32_t *node_first, *node_segment; // of each node: the segments it is on
    const uint32_t *segment_first, *segment_iface; // of each segment: the interfaces that forward
    const uint32_t *iface_node; // whose an interface is
};

// Working memory, sized by the graph.
struct nlu_paths_work {
    uint32_t *queue; // segment_count
    uint8_t *seen_segment, *seen_node;
};

// Fills ret_via[segment] with the interface that is the first hop towards it: NLU_PATHS_NONE for
// those the node is on itself and for those it cannot reach. Among ways of one length the one over
// the earlier interface is taken. Returns how many have a first hop.
uint32_t nlu_paths_from(const struct nlu_paths *graph, uint32_t node,
                        const struct nlu_paths_work *work, uint32_t *ret_via);

// Prefixes, each behind the two halves that it consists of. An entry whose left is NLU_PATHS_NONE
// is a subnet itself.
struct nlu_paths_prefixes {
    uint32_t count;
    const uint32_t *left, *right;
};

// The entries that a table needs, ascending, where hop[subnet's entry] says who leads there
// (NLU_PATHS_NONE: not to be routed). With `merge` prefixes whose subnets all go the same way stand
// for these: the shortest table for the same addresses; hop[] is filled for them, too. `covered`
// has room for every entry, ret_entries as well. Returns their number.
uint32_t nlu_paths_table(const struct nlu_paths_prefixes *prefixes, bool merge, uint32_t *hop,
                         uint8_t *covered, uint32_t *ret_entries);

#endif
