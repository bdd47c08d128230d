// Netlink bytes as a kernel, or somebody in its place, might send them: attributes, nests and
// extended acks.
#include "nlcodec.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 16 };

static const struct nlu_attr_rule rules[MAX + 1] = {
    [1] = {NLU_ATTR_U8, 0},  [2] = {NLU_ATTR_U16, 0},  [3] = {NLU_ATTR_U32, 0},
    [4] = {NLU_ATTR_U64, 0}, [5] = {NLU_ATTR_TEXT, 0}, [6] = {NLU_ATTR_IP, 0},
    [7] = {NLU_ATTR_MAC, 0}, [8] = {NLU_ATTR_ANY, 3},  [9] = {NLU_ATTR_NEST, 0},
};

// Reading must not be optimised away.
static volatile uint64_t sink;

// Reads all that an attribute's rule promises.
static void read_all(const struct nlattr *const *t, int depth) {
    const struct nlattr *inner[MAX + 1];
    char text[NLU_IP_TEXT];

    if (t[1])
        sink += nlu_attr_u8(t[1]);
    if (t[2])
        sink += nlu_attr_u16(t[2]) + nlu_attr_be16(t[2]);
    if (t[3])
        sink += nlu_attr_u32(t[3]);
    if (t[4])
        sink += nlu_attr_u64(t[4]);
    if (t[5])
        sink += strlen(nlu_attr_text(t[5]));
    if (t[6]) {
        struct nlu_ip ip = nlu_attr_ip(t[6]);
        sink += strlen(nlu_ip_format(&ip, text));
    }
    if (t[7])
        sink += ((const uint8_t *)nlu_attr_data(t[7]))[NLU_MAC_LEN - 1];
    if (t[8])
        sink += ((const uint8_t *)nlu_attr_data(t[8]))[nlu_attr_size(t[8]) - 1];
    if (t[9] && depth < 8 && nlu_attr_parse_nest(t[9], rules, MAX, inner) == 0)
        read_all(inner, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct nlattr *t[MAX + 1];
    struct nlu_err err;

    // As it would arrive: aligned, and exactly this long.
    void *copy = calloc(1, size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    if (nlu_attr_parse(copy, size, rules, MAX, t) == 0)
        read_all(t, 0);
    struct nlmsghdr *msg = copy;
    if (size >= sizeof *msg) {
        // mnl_nlmsg_ok has seen to this before any of ours is called.
        if (msg->nlmsg_len < sizeof *msg || msg->nlmsg_len > size)
            msg->nlmsg_len = (uint32_t)size;
        size_t header = nlu_msg_header_size(msg->nlmsg_type);
        if (nlu_msg_header(msg, header) && nlu_attr_parse_msg(msg, header, rules, MAX, t) == 0)
            read_all(t, 0);
        // Once as an answer to itself (its offsets then point into what came), once to nothing.
        uint16_t type = msg->nlmsg_type;
        int rc = nlu_extack_parse(msg, msg, &err);
        if (rc > 0 || memchr(err.kernel, '\0', sizeof err.kernel) == NULL)
            abort();
        msg->nlmsg_type = type & 1 ? NLMSG_ERROR : NLMSG_DONE;
        rc = nlu_extack_parse(msg, NULL, &err);
        if (rc > 0 || (rc < 0 && err.errnum != -rc))
            abort();
    }
    free(copy);
    return 0;
}
