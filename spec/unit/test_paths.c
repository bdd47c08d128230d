#include "paths.h"

#include "check.h"

#define NONE NLU_PATHS_NONE

// Routers 0 to 3 in a ring of segments 0 to 3: router i is on segments i and i + 1. Interfaces 2i
// and 2i + 1 are its. Node 4 is a host on segments 0 and 2, which does not forward.
static void ring(void) {
    static const uint32_t node_first[] = {0, 2, 4, 6, 8, 10};
    static const uint32_t node_segment[] = {0, 1, 1, 2, 2, 3, 3, 0, 0, 2};
    static const uint32_t segment_first[] = {0, 2, 4, 6, 8};
    static const uint32_t segment_iface[] = {0, 7, 1, 2, 3, 4, 5, 6};
    static const uint32_t iface_node[] = {0, 0, 1, 1, 2, 2, 3, 3};
    const struct nlu_paths graph = {
        5, 4, node_first, node_segment, segment_first, segment_iface, iface_node};
    uint32_t queue[4], via[4];
    uint8_t seen_segment[4], seen_node[5];
    const struct nlu_paths_work work = {queue, seen_segment, seen_node};

    CHECK_INT(nlu_paths_from(&graph, 0, &work, via), 2);
    CHECK(via[0] == NONE && via[1] == NONE);
    CHECK(via[2] == 2); // over router 1
    CHECK(via[3] == 7); // over router 3
    CHECK_INT(nlu_paths_from(&graph, 2, &work, via), 2);
    CHECK(via[0] == 6 && via[1] == 3);
    CHECK_INT(nlu_paths_from(&graph, 4, &work, via), 2);
    CHECK(via[0] == NONE && via[2] == NONE);
    CHECK(via[1] == 0 && via[3] == 7);
}

static void alone(void) {
    static const uint32_t node_first[] = {0, 0}, segment_first[] = {0};
    const struct nlu_paths graph = {1, 0, node_first, NULL, segment_first, NULL, NULL};
    uint32_t via[1], queue[1];
    uint8_t seen_segment[1], seen_node[1];
    const struct nlu_paths_work work = {queue, seen_segment, seen_node};

    CHECK_INT(nlu_paths_from(&graph, 0, &work, via), 0);
}

// Subnets 0 to 4; entry 5 is 0 and 1, entry 6 is 2 and 3, entry 7 is 5 and 6.
static void tables(void) {
    static const uint32_t left[] = {NONE, NONE, NONE, NONE, NONE, 0, 2, 5};
    static const uint32_t right[] = {NONE, NONE, NONE, NONE, NONE, 1, 3, 6};
    const struct nlu_paths_prefixes prefixes = {8, left, right};
    uint32_t entries[8];
    uint8_t covered[8];

    uint32_t same[8] = {9, 9, 9, 9, 9};
    CHECK_INT(nlu_paths_table(&prefixes, true, same, covered, entries), 2);
    CHECK(entries[0] == 4 && entries[1] == 7 && same[7] == 9);

    uint32_t two[8] = {9, 9, 8, 9, NONE};
    CHECK_INT(nlu_paths_table(&prefixes, true, two, covered, entries), 3);
    CHECK(entries[0] == 2 && entries[1] == 3 && entries[2] == 5);

    // What is not to be routed is in no prefix that is.
    uint32_t hole[8] = {9, NONE, 9, 9, 9};
    CHECK_INT(nlu_paths_table(&prefixes, true, hole, covered, entries), 3);
    CHECK(entries[0] == 0 && entries[1] == 4 && entries[2] == 6);

    uint32_t plain[8] = {9, 9, 9, NONE, 7};
    CHECK_INT(nlu_paths_table(&prefixes, false, plain, covered, entries), 4);
    CHECK(entries[0] == 0 && entries[3] == 4);

    uint32_t none[8] = {NONE, NONE, NONE, NONE, NONE};
    CHECK_INT(nlu_paths_table(&prefixes, true, none, covered, entries), 0);
}

int main(void) {
    ring();
    alone();
    tables();
    return check_result();
}
