// TCP conversations: numbers from each one's start, in both directions, many at once.
#include "conversation.h"
#include "check.h"

static struct nlu_endpoint end_of(uint8_t last, uint16_t port) {
    return (struct nlu_endpoint){.ip = {192, 0, 2, last}, .port = port};
}

static void test_both_directions(void) {
    struct nlu_conversations c = {0};
    struct nlu_endpoint a = end_of(1, 40000), b = end_of(2, 80);
    uint32_t seq = 9000, ack = 1001, base = 0;

    // The SYN+ACK starts it and keeps its numbers.
    nlu_conversation_relative(&c, &b, &a, true, &seq, &ack, &base);
    CHECK_INT(seq, 9000);
    CHECK_INT(ack, 1001);
    seq = 1001, ack = 9001;
    nlu_conversation_relative(&c, &a, &b, false, &seq, &ack, &base);
    CHECK_INT(seq, 1);
    CHECK_INT(ack, 1);
    CHECK_INT(base, 9000);
    seq = 9001, ack = 1101;
    nlu_conversation_relative(&c, &b, &a, false, &seq, &ack, &base);
    CHECK_INT(seq, 1);
    CHECK_INT(ack, 101);
    CHECK_INT(base, 1000);
    CHECK_INT(c.count, 1);
    nlu_conversations_free(&c);
    CHECK(c.slots == NULL);
}

static void test_a_new_one_with_the_same_ends(void) {
    struct nlu_conversations c = {0};
    struct nlu_endpoint a = end_of(1, 40000), b = end_of(2, 80);
    uint32_t seq = 5, ack = 6, base = 0;

    nlu_conversation_relative(&c, &a, &b, false, &seq, &ack, &base);
    seq = 100, ack = 200;
    nlu_conversation_relative(&c, &b, &a, true, &seq, &ack, &base);
    CHECK_INT(seq, 100);
    seq = 200, ack = 101;
    nlu_conversation_relative(&c, &a, &b, false, &seq, &ack, &base);
    CHECK_INT(seq, 1);
    CHECK_INT(ack, 1);
    CHECK_INT(c.count, 1);
    nlu_conversations_free(&c);
}

static void test_many(void) {
    struct nlu_conversations c = {0};
    uint32_t base = 0;

    for (int round = 0; round < 2; round++) {
        for (uint16_t port = 1; port <= 2000; port++) {
            struct nlu_endpoint a = end_of(1, port), b = end_of(2, port);
            uint32_t seq = port + (uint32_t)round * 7, ack = 1;
            nlu_conversation_relative(&c, &a, &b, false, &seq, &ack, &base);
            CHECK_INT(seq, round ? 7 : port);
        }
    }
    CHECK_INT(c.count, 2000);
    CHECK(c.cap >= 4000);
    nlu_conversations_free(&c);
}

int main(void) {
    test_both_directions();
    test_a_new_one_with_the_same_ends();
    test_many();
    return check_result();
}
