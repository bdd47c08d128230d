// Packets between two threads: the order of time, what is held, and that nothing is lost.
#include "capstore.h"
#include "check.h"

#include <stdlib.h>

static void add(struct nlu_capstore *store, int64_t ts_ns, uint32_t mark) {
    struct nlu_capture_packet p = {
        .ts_ns = ts_ns, .caplen = sizeof mark, .wirelen = mark, .bytes = (const uint8_t *)&mark};
    CHECK_INT(nlu_capstore_add(store, &p), 0);
}

static void expect(struct nlu_capstore_order *order, uint32_t mark) {
    struct nlu_capture_packet p;
    CHECK_INT(nlu_capstore_next(order, &p), 1);
    CHECK_INT(p.wirelen, mark);
    CHECK(memcmp(p.bytes, &mark, sizeof mark) == 0);
}

static void hands_out_in_order(void) {
    struct nlu_capstore store = {0};
    struct nlu_capstore_order order = {0};
    struct nlu_capture_packet p;

    add(&store, 30, 3);
    add(&store, 10, 1);
    add(&store, 20, 2);
    add(&store, 20, 4); // the same time: as they came
    CHECK_INT(nlu_capstore_count(&store), 4);
    CHECK_INT(nlu_capstore_sort(&store, &order, 100), 0);
    CHECK_INT(nlu_capstore_count(&store), 0);
    expect(&order, 1);
    expect(&order, 2);
    expect(&order, 4);
    // What was not handed out is sorted with what comes.
    add(&store, 25, 5);
    CHECK_INT(nlu_capstore_sort(&store, &order, 100), 0);
    expect(&order, 5);
    expect(&order, 3);
    CHECK_INT(nlu_capstore_next(&order, &p), 0);
    nlu_capstore_free(&store);
    nlu_capstore_order_free(&order);
}

static void holds_what_came_later(void) {
    struct nlu_capstore store = {0};
    struct nlu_capstore_order order = {0};
    struct nlu_capture_packet p;

    add(&store, 10, 1);
    add(&store, 30, 3);
    CHECK_INT(nlu_capstore_sort(&store, &order, 20), 0);
    CHECK(nlu_capstore_order_held(&order));
    expect(&order, 1);
    CHECK_INT(nlu_capstore_next(&order, &p), 0);
    add(&store, 25, 2);
    CHECK_INT(nlu_capstore_sort(&store, &order, 40), 0);
    CHECK(!nlu_capstore_order_held(&order));
    expect(&order, 2);
    expect(&order, 3);
    // A clock that was set back must not hold packets for ever.
    add(&store, 5000000000, 9);
    CHECK_INT(nlu_capstore_sort(&store, &order, 50), 0);
    expect(&order, 9);
    nlu_capstore_free(&store);
    nlu_capstore_order_free(&order);
}

// Many packets of many sizes, in and out in turns: everything comes out once, and is freed (which
// the sanitizer build sees).
static void keeps_everything(void) {
    struct nlu_capstore store = {0};
    struct nlu_capstore_order order = {0};
    struct nlu_capture_packet p;
    static uint8_t bytes[100000];
    uint32_t in = 0, out = 0;

    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 200; i++) {
            uint32_t size = (uint32_t)(in * 7919 % 1500) + (in % 97 == 0 ? 90000 : 0);
            memset(bytes, (int)(in & 0xff), size);
            p = (struct nlu_capture_packet){
                .ts_ns = in, .caplen = size, .wirelen = in, .bytes = bytes};
            CHECK_INT(nlu_capstore_add(&store, &p), 0);
            in++;
        }
        CHECK_INT(nlu_capstore_sort(&store, &order, INT64_MAX), 0);
        for (int i = 0; i < 150; i++) {
            CHECK_INT(nlu_capstore_next(&order, &p), 1);
            CHECK_INT(p.wirelen, out);
            CHECK(!p.caplen ||
                  (p.bytes[0] == (out & 0xff) && p.bytes[p.caplen - 1] == (out & 0xff)));
            out++;
        }
    }
    while (out < in - 10 && nlu_capstore_next(&order, &p)) {
        CHECK_INT(p.wirelen, out);
        out++;
    }
    CHECK_INT(out, in - 10);
    add(&store, 1, 1);
    nlu_capstore_free(&store);
    nlu_capstore_order_free(&order);
}

int main(void) {
    hands_out_in_order();
    holds_what_came_later();
    keeps_everything();
    return check_result();
}
