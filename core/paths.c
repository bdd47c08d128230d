#include "paths.h"

#include <string.h>

// --- breadth first
// ------------------------------------------------------------------------------------

struct walk {
    const struct nlu_paths *graph;
    const struct nlu_paths_work *work;
    uint32_t *via;
    uint32_t tail, routed;
};

// Takes in what a node is on: `first` is the hop that leads to it, NLU_PATHS_NONE for the start.
static void reach(struct walk *w, uint32_t node, uint32_t first) {
    const struct nlu_paths *g = w->graph;

    w->work->seen_node[node] = 1;
    for (uint32_t i = g->node_first[node]; i < g->node_first[node + 1]; i++) {
        uint32_t segment = g->node_segment[i];
        if (w->work->seen_segment[segment])
            continue;
        w->work->seen_segment[segment] = 1;
        w->via[segment] = first;
        w->routed += first != NLU_PATHS_NONE;
        w->work->queue[w->tail++] = segment;
    }
}

uint32_t nlu_paths_from(const struct nlu_paths *graph, uint32_t node,
                        const struct nlu_paths_work *work, uint32_t *ret_via) {
    struct walk w = {.graph = graph, .work = work, .via = ret_via};

    memset(ret_via, 0xff, graph->segment_count * sizeof *ret_via);
    memset(work->seen_segment, 0, graph->segment_count);
    memset(work->seen_node, 0, graph->node_count);
    reach(&w, node, NLU_PATHS_NONE);
    for (uint32_t head = 0; head < w.tail; head++) {
        uint32_t segment = work->queue[head];
        for (uint32_t i = graph->segment_first[segment]; i < graph->segment_first[segment + 1];
             i++) {
            uint32_t iface = graph->segment_iface[i];
            if (!work->seen_node[graph->iface_node[iface]])
                reach(&w, graph->iface_node[iface],
                      ret_via[segment] == NLU_PATHS_NONE ? iface : ret_via[segment]);
        }
    }
    return w.routed;
}

// --- tables
// -----------------------------------------------------------------------------------------

uint32_t nlu_paths_table(const struct nlu_paths_prefixes *prefixes, bool merge, uint32_t *hop,
                         uint8_t *covered, uint32_t *ret_entries) {
    const uint32_t *left = prefixes->left, *right = prefixes->right;
    uint32_t count = 0;

    for (uint32_t n = 0; n < prefixes->count; n++)
        if (left[n] != NLU_PATHS_NONE)
            hop[n] = merge && hop[left[n]] == hop[right[n]] ? hop[left[n]] : NLU_PATHS_NONE;
    memset(covered, 0, prefixes->count);
    for (uint32_t n = prefixes->count; n-- > 0;)
        if (left[n] != NLU_PATHS_NONE && (covered[n] || hop[n] != NLU_PATHS_NONE))
            covered[left[n]] = covered[right[n]] = 1;
    for (uint32_t n = 0; n < prefixes->count; n++)
        if (hop[n] != NLU_PATHS_NONE && !covered[n])
            ret_entries[count++] = n;
    return count;
}
