// Attributes and extended acks: well-formed ones, every prefix of them, and every kind of damage.
#include "check.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MAX = 9, BUF = 4096 };

// One attribute type for each kind, in the order of the enumeration.
static const struct nlu_attr_rule rules[MAX + 1] = {
    [0] = {NLU_ATTR_ANY, 0},  [1] = {NLU_ATTR_U8, 0},  [2] = {NLU_ATTR_U16, 0},
    [3] = {NLU_ATTR_U32, 0},  [4] = {NLU_ATTR_U64, 0}, [5] = {NLU_ATTR_TEXT, 0},
    [6] = {NLU_ATTR_IP, 0},   [7] = {NLU_ATTR_MAC, 0}, [8] = {NLU_ATTR_ANY, 5},
    [9] = {NLU_ATTR_NEST, 0},
};

static struct nlmsghdr *new_message(char buf[BUF]) {
    memset(buf, 0, BUF);
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = RTM_NEWLINK;
    return msg;
}

// Parses a copy in a block of exactly its size, where a sanitizer sees each byte too many.
static int parse(const void *bytes, size_t size, const struct nlattr **table, void **ret_copy) {
    void *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    *ret_copy = copy;
    return nlu_attr_parse(copy, size, rules, MAX, table);
}

static void test_values(void) {
    char buf[BUF];
    const struct nlattr *t[MAX + 1];
    struct nlmsghdr *msg = new_message(buf);

    mnl_attr_put_u8(msg, 1, 0xfe);
    mnl_attr_put_u16(msg, 2, 0x1234);
    mnl_attr_put_u32(msg, 3, 0xdeadbeef);
    mnl_attr_put_u64(msg, 4, UINT64_C(0x0123456789abcdef));
    mnl_attr_put_strz(msg, 5, "eth0");
    mnl_attr_put(msg, 6, 4, "\xc0\x00\x02\x01");
    mnl_attr_put(msg, 7, 6, "\x02\0\x5e\0\x53\x01");
    mnl_attr_put(msg, 8, 7, "1234567");
    struct nlattr *nest = mnl_attr_nest_start(msg, 9);
    mnl_attr_put_u32(msg, 3, 77);
    mnl_attr_nest_end(msg, nest);
    mnl_attr_put_u32(msg, MAX + 1, 1); // unknown: ignored
    CHECK_INT(nlu_attr_parse_msg(msg, 0, rules, MAX, t), 0);
    CHECK(t[0] == NULL);
    CHECK_INT(nlu_attr_u8(t[1]), 0xfe);
    CHECK_INT(nlu_attr_u16(t[2]), 0x1234);
    CHECK_INT(nlu_attr_be16(t[2]), 0x3412); // little-endian machine, as all that this runs on
    CHECK_INT(nlu_attr_u32(t[3]), 0xdeadbeef);
    CHECK_INT(nlu_attr_u64(t[4]), 0x0123456789abcdef);
    CHECK_STR(nlu_attr_text(t[5]), "eth0");
    char text[NLU_IP_TEXT];
    struct nlu_ip ip = nlu_attr_ip(t[6]);
    CHECK_STR(nlu_ip_format(&ip, text), "192.0.2.1");
    CHECK_INT(nlu_attr_size(t[7]), 6);
    CHECK(memcmp(nlu_attr_data(t[8]), "1234567", 7) == 0);
    // The nest flag (NLA_F_NESTED) is no part of the type.
    const struct nlattr *inner[MAX + 1];
    CHECK_INT(nlu_attr_parse_nest(t[9], rules, MAX, inner), 0);
    CHECK_INT(nlu_attr_u32(inner[3]), 77);
    CHECK(inner[9] == NULL);

    // Of two of a type the last counts.
    msg = new_message(buf);
    mnl_attr_put_u32(msg, 3, 1);
    mnl_attr_put_u32(msg, 3, 2);
    CHECK_INT(nlu_attr_parse_msg(msg, 0, rules, MAX, t), 0);
    CHECK_INT(nlu_attr_u32(t[3]), 2);
    // Without rules only the framing is held against anything.
    msg = new_message(buf);
    mnl_attr_put_u8(msg, 3, 1);
    CHECK_INT(nlu_attr_parse_msg(msg, 0, rules, MAX, t), -EBADMSG);
    CHECK_INT(nlu_attr_parse_msg(msg, 0, NULL, MAX, t), 0);
    CHECK(t[3] != NULL);
}

static void test_empty(void) {
    const struct nlattr *t[MAX + 1];

    memset(t, 0xee, sizeof t);
    CHECK_INT(nlu_attr_parse("", 0, rules, MAX, t), 0);
    for (int i = 0; i <= MAX; i++)
        CHECK(t[i] == NULL);
}

// For each kind every size around its own.
static void test_sizes(void) {
    static const struct {
        int type;
        bool fits[20]; // by payload size
    } cases[] = {
        {0, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
        {1, {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
        {2, {0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
        {3, {0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
        {4, {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
        {6, {[4] = 1, [16] = 1}},
        {7, {[6] = 1}},
        {8, {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
        {9, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    };
    char buf[BUF], payload[20];
    const struct nlattr *t[MAX + 1];

    memset(payload, 'x', sizeof payload);
    for (size_t i = 0; i < NLU_COUNT(cases); i++)
        for (size_t size = 0; size < NLU_COUNT(cases[i].fits); size++) {
            struct nlmsghdr *msg = new_message(buf);
            mnl_attr_put(msg, (uint16_t)cases[i].type, size, payload);
            CHECK_INT(nlu_attr_parse_msg(msg, 0, rules, MAX, t),
                      cases[i].fits[size] ? 0 : -EBADMSG);
        }
    // Text ends inside itself: no NUL, no text.
    struct nlmsghdr *msg = new_message(buf);
    mnl_attr_put(msg, 5, 4, "eth0");
    CHECK_INT(nlu_attr_parse_msg(msg, 0, rules, MAX, t), -EBADMSG);
    msg = new_message(buf);
    mnl_attr_put(msg, 5, 0, "");
    CHECK_INT(nlu_attr_parse_msg(msg, 0, rules, MAX, t), -EBADMSG);
    msg = new_message(buf);
    mnl_attr_put(msg, 5, 5, "et\0h0");
    CHECK_INT(nlu_attr_parse_msg(msg, 0, rules, MAX, t), 0);
    CHECK_STR(nlu_attr_text(t[5]), "et");
}

static void test_framing(void) {
    char buf[BUF];
    const struct nlattr *t[MAX + 1];
    void *copy;
    struct nlmsghdr *msg = new_message(buf);

    mnl_attr_put_u32(msg, 3, 5);
    mnl_attr_put_strz(msg, 5, "abcde"); // 6 bytes: 2 of padding behind them
    const char *bytes = mnl_nlmsg_get_payload(msg);
    size_t size = mnl_nlmsg_get_payload_len(msg);
    CHECK_INT(size, 8 + 12);
    for (size_t len = 0; len <= size; len++) {
        int rc = parse(bytes, len, t, &copy);
        // Whole attributes, and the last one without its padding, are all that is well-formed.
        bool whole = len == 0 || len == 8 || len >= 18;
        CHECK_INT(rc, whole ? 0 : -EBADMSG);
        free(copy);
    }
    // The length of the second attribute, with every value it can have.
    char damaged[20];
    for (unsigned len = 0; len <= UINT16_MAX; len++) {
        memcpy(damaged, bytes, sizeof damaged);
        uint16_t nla_len = (uint16_t)len;
        memcpy(damaged + 8, &nla_len, sizeof nla_len);
        int rc = parse(damaged, sizeof damaged, t, &copy);
        bool fits = len >= 4 && len <= 12;
        if (!fits)
            CHECK_INT(rc, -EBADMSG);
        free(copy);
    }
}

static void test_messages(void) {
    char buf[BUF];
    const struct nlattr *t[MAX + 1];
    struct nlmsghdr *msg = new_message(buf);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof *info);

    info->ifi_index = 7;
    mnl_attr_put_u32(msg, 3, 9);
    CHECK(nlu_msg_header(msg, sizeof *info) == info);
    CHECK_INT(nlu_attr_parse_msg(msg, sizeof *info, rules, MAX, t), 0);
    CHECK_INT(nlu_attr_u32(t[3]), 9);
    uint32_t full = msg->nlmsg_len;
    for (uint32_t len = 0; len < full; len++) {
        msg->nlmsg_len = len;
        bool has_header = len >= NLMSG_HDRLEN + sizeof *info;
        CHECK((nlu_msg_header(msg, sizeof *info) != NULL) == has_header);
        bool whole = len == NLMSG_HDRLEN + sizeof *info;
        CHECK_INT(nlu_attr_parse_msg(msg, sizeof *info, rules, MAX, t), whole ? 0 : -EBADMSG);
    }
    // A header that is no multiple of four: its padding may be missing at the end.
    msg = new_message(buf);
    mnl_nlmsg_put_extra_header(msg, 3);
    msg->nlmsg_len = NLMSG_HDRLEN + 3;
    CHECK_INT(nlu_attr_parse_msg(msg, 3, rules, MAX, t), 0);
}

static void test_names(void) {
    CHECK_STR(nlu_attr_name(RTM_NEWLINK, IFLA_MTU), "IFLA_MTU");
    CHECK_STR(nlu_attr_name(RTM_DELLINK, IFLA_IFNAME), "IFLA_IFNAME");
    CHECK_STR(nlu_attr_name(RTM_GETLINK, IFLA_ALT_IFNAME), "IFLA_ALT_IFNAME");
    CHECK_STR(nlu_attr_name(RTM_SETLINK, IFLA_LINKINFO | NLA_F_NESTED), "IFLA_LINKINFO");
    CHECK_STR(nlu_attr_name(RTM_NEWADDR, IFA_LOCAL), "IFA_LOCAL");
    CHECK_STR(nlu_attr_name(RTM_NEWROUTE, RTA_GATEWAY), "RTA_GATEWAY");
    CHECK_STR(nlu_attr_name(RTM_DELNEIGH, NDA_LLADDR), "NDA_LLADDR");
    CHECK_INT(nlu_msg_header_size(RTM_GETLINK), sizeof(struct ifinfomsg));
    CHECK_INT(nlu_msg_header_size(RTM_DELADDR), sizeof(struct ifaddrmsg));
    CHECK_INT(nlu_msg_header_size(RTM_NEWROUTE), sizeof(struct rtmsg));
    CHECK_INT(nlu_msg_header_size(RTM_NEWNEIGH), sizeof(struct ndmsg));
    CHECK_INT(nlu_msg_header_size(NLMSG_ERROR), 0);
    CHECK(nlu_attr_name(NLMSG_ERROR, 1) == NULL);
    // Whatever comes, a name or NULL.
    for (unsigned type = 0; type < 256; type++)
        for (unsigned attr = 0; attr < 300; attr++) {
            const char *name = nlu_attr_name((uint16_t)type, (uint16_t)attr);
            CHECK(!name || strlen(name) > 4);
        }
    CHECK(nlu_attr_name(RTM_NEWLINK, UINT16_MAX) == NULL);
}

// --- extended acks -------------------------------------------------------------------------------

// A request to add a link, and where in it the name's attribute is.
static struct nlmsghdr *new_request(char buf[BUF], uint32_t *ret_name_at) {
    struct nlmsghdr *request = new_message(buf);
    mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
    mnl_attr_put_u32(request, IFLA_MTU, 1500);
    *ret_name_at = request->nlmsg_len;
    mnl_attr_put_strz(request, IFLA_IFNAME, "eth0");
    return request;
}

struct ack {
    int error;
    uint16_t type; // NLMSG_ERROR or NLMSG_DONE
    bool capped, tlvs;
    const char *text;
    int64_t offset, miss_type; // -1: none
};

static struct nlmsghdr *new_ack(char buf[BUF], const struct nlmsghdr *request,
                                const struct ack *ack) {
    memset(buf, 0, BUF);
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = ack->type;
    msg->nlmsg_flags =
        (uint16_t)((ack->capped ? NLM_F_CAPPED : 0) | (ack->tlvs ? NLM_F_ACK_TLVS : 0));
    int *error = mnl_nlmsg_put_extra_header(msg, sizeof *error);
    *error = ack->error;
    if (ack->type == NLMSG_ERROR) {
        size_t echo = ack->capped ? sizeof *request : request->nlmsg_len;
        memcpy(mnl_nlmsg_put_extra_header(msg, echo), request, echo);
    }
    if (ack->text)
        mnl_attr_put_strz(msg, NLMSGERR_ATTR_MSG, ack->text);
    if (ack->offset >= 0)
        mnl_attr_put_u32(msg, NLMSGERR_ATTR_OFFS, (uint32_t)ack->offset);
    if (ack->miss_type >= 0)
        mnl_attr_put_u32(msg, NLMSGERR_ATTR_MISS_TYPE, (uint32_t)ack->miss_type);
    return msg;
}

static void test_extack(void) {
    char buf[BUF], ack_buf[BUF];
    uint32_t name_at;
    struct nlmsghdr *request = new_request(buf, &name_at);
    struct nlu_err err;

    // An ack.
    struct ack ack = {0, NLMSG_ERROR, true, false, NULL, -1, -1};
    memset(&err, 'x', sizeof err);
    CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), request, &err), 0);
    CHECK_INT(err.errnum, 0);
    CHECK_STR(err.kernel, "");
    // A refusal with words and the attribute, the request brought back or not.
    for (int capped = 0; capped < 2; capped++) {
        ack = (struct ack){-EINVAL, NLMSG_ERROR, capped, true, "Invalid name", name_at, -1};
        CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), request, &err), -EINVAL);
        CHECK_INT(err.errnum, EINVAL);
        CHECK_STR(err.kernel, "Invalid name");
        CHECK_STR(err.attr, "IFLA_IFNAME");
    }
    // Every offset: into an attribute it is its name, elsewhere nothing.
    for (uint32_t offset = 0; offset < request->nlmsg_len + 20; offset++) {
        ack = (struct ack){-EINVAL, NLMSG_ERROR, true, true, NULL, offset, -1};
        CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), request, &err), -EINVAL);
        const char *want = offset < NLMSG_HDRLEN + sizeof(struct ifinfomsg) ? ""
                           : offset < name_at                               ? "IFLA_MTU"
                           : offset < request->nlmsg_len                    ? "IFLA_IFNAME"
                                                                            : "";
        CHECK_STR(err.attr, want);
    }
    // The request unknown: no name, but words.
    CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), NULL, &err), -EINVAL);
    CHECK_STR(err.attr, "");
    // The attribute that is missing.
    ack = (struct ack){-EINVAL, NLMSG_ERROR, true, true, "attribute missing", -1, IFLA_LINKINFO};
    CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), request, &err), -EINVAL);
    CHECK_STR(err.attr, "IFLA_LINKINFO");
    // A dump that ends well, and one that does not.
    ack = (struct ack){0, NLMSG_DONE, false, false, NULL, -1, -1};
    CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), request, &err), 0);
    ack = (struct ack){-ENODEV, NLMSG_DONE, false, true, "no such device", -1, -1};
    CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), request, &err), -ENODEV);
    CHECK_STR(err.kernel, "no such device");
    // Words longer than ours are cut, not lost.
    char words[600];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    ack = (struct ack){-EPERM, NLMSG_ERROR, true, true, words, -1, -1};
    CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), request, &err), -EPERM);
    CHECK_INT(strlen(err.kernel), NLU_ERR_KERNEL - 1);
}

static void test_bad_acks(void) {
    char buf[BUF], ack_buf[BUF];
    uint32_t name_at;
    struct nlmsghdr *request = new_request(buf, &name_at);
    struct nlu_err err;

    // Errors are -1 … -4095, as everywhere in the kernel.
    static const int no_errors[] = {1, 22, -4096, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < NLU_COUNT(no_errors); i++) {
        struct ack ack = {no_errors[i], NLMSG_ERROR, true, false, NULL, -1, -1};
        CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &ack), request, &err), -EBADMSG);
        CHECK_INT(err.errnum, EBADMSG);
    }
    struct ack other = {0, RTM_NEWLINK, true, false, NULL, -1, -1};
    CHECK_INT(nlu_extack_parse(new_ack(ack_buf, request, &other), request, &err), -EBADMSG);
    // Every prefix, in a block of its own size; the flag says that attributes follow.
    for (int capped = 0; capped < 2; capped++) {
        struct ack ack = {-EINVAL, NLMSG_ERROR, capped, true, "no", name_at, 3};
        struct nlmsghdr *msg = new_ack(ack_buf, request, &ack);
        size_t echo = capped ? sizeof *msg : request->nlmsg_len;
        size_t attrs = NLMSG_HDRLEN + sizeof(int) + (echo + 3) / 4 * 4;
        for (uint32_t len = NLMSG_HDRLEN; len < msg->nlmsg_len; len++) {
            struct nlmsghdr *copy = malloc(len);
            memcpy(copy, msg, len);
            copy->nlmsg_len = len;
            // Whole attributes are fine: text (4 + 3, padded to 8), offset and type (8 each).
            bool whole = len == attrs || len == attrs + 7 || len == attrs + 8 || len == attrs + 16;
            CHECK_INT(nlu_extack_parse(copy, request, &err), whole ? -EINVAL : -EBADMSG);
            CHECK_INT(err.errnum, whole ? EINVAL : EBADMSG);
            free(copy);
        }
    }
    // A request brought back whose own length lies.
    struct ack ack = {-EINVAL, NLMSG_ERROR, false, true, "no", -1, -1};
    for (unsigned lie = 0; lie < 3000; lie++) {
        struct nlmsghdr *msg = new_ack(ack_buf, request, &ack);
        struct nlmsghdr *echo = (void *)((char *)mnl_nlmsg_get_payload(msg) + sizeof(int));
        echo->nlmsg_len = lie < 2990 ? lie : UINT32_MAX - (lie - 2990);
        struct nlmsghdr *copy = malloc(msg->nlmsg_len);
        memcpy(copy, msg, msg->nlmsg_len);
        int rc = nlu_extack_parse(copy, request, &err);
        CHECK(rc == -EINVAL || rc == -EBADMSG);
        free(copy);
    }
    // Attributes of the wrong size, and a request that is damaged itself.
    struct nlmsghdr *msg = new_ack(ack_buf, request, &ack);
    mnl_attr_put_u16(msg, NLMSGERR_ATTR_OFFS, 1);
    CHECK_INT(nlu_extack_parse(msg, request, &err), -EBADMSG);
    CHECK_STR(err.kernel, "");
    ack.offset = name_at;
    msg = new_ack(ack_buf, request, &ack);
    for (unsigned len = 0; len < 64; len++) {
        struct nlattr *first = (void *)(buf + NLMSG_HDRLEN + sizeof(struct ifinfomsg));
        first->nla_len = (uint16_t)len;
        struct nlmsghdr *copy = malloc(request->nlmsg_len);
        memcpy(copy, request, request->nlmsg_len);
        CHECK_INT(nlu_extack_parse(msg, copy, &err), -EINVAL);
        free(copy);
    }
}

int main(void) {
    test_values();
    test_empty();
    test_sizes();
    test_framing();
    test_messages();
    test_names();
    test_extack();
    test_bad_acks();
    return check_result();
}
