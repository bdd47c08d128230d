// Netlink messages between bytes and structs: checked reading of attributes, extended acks. Pure.
#ifndef NLU_NLCODEC_H
#define NLU_NLCODEC_H

#include "err.h"
#include "ipaddr.h"
#include "util.h"

#include <linux/netlink.h>

enum nlu_attr_kind {
    NLU_ATTR_ANY = 0, // any payload
    NLU_ATTR_U8,
    NLU_ATTR_U16,
    NLU_ATTR_U32,
    NLU_ATTR_U64,
    NLU_ATTR_TEXT, // NUL-terminated
    NLU_ATTR_NEST,
    NLU_ATTR_IP, // 4 or 16 bytes
    NLU_ATTR_MAC, // 6 bytes
};

// What one attribute type must look like. `min` is the smallest size for NLU_ATTR_ANY.
struct nlu_attr_rule {
    enum nlu_attr_kind kind;
    uint16_t min;
};

// Fills table[0..max] with the attributes in bytes[0..size). Types above max are ignored; of a type
// that comes twice the last one counts. A known attribute of the wrong size, or bytes that are no
// attributes, are -EBADMSG. `rules` has max + 1 entries (NULL: nothing is known but the framing).
NLU_CHECKED int nlu_attr_parse(const void *bytes, size_t size, const struct nlu_attr_rule *rules,
                               uint16_t max, const struct nlattr **table);

// The same for what follows a message's fixed header of `header` bytes.
NLU_CHECKED int nlu_attr_parse_msg(const struct nlmsghdr *msg, size_t header,
                                   const struct nlu_attr_rule *rules, uint16_t max,
                                   const struct nlattr **table);

// The same for a nested attribute's payload.
NLU_CHECKED int nlu_attr_parse_nest(const struct nlattr *nest, const struct nlu_attr_rule *rules,
                                    uint16_t max, const struct nlattr **table);

// Reads an attribute whose rule was checked; unaligned is fine.
uint8_t nlu_attr_u8(const struct nlattr *attr);
uint16_t nlu_attr_u16(const struct nlattr *attr);
uint32_t nlu_attr_u32(const struct nlattr *attr);
uint64_t nlu_attr_u64(const struct nlattr *attr);
uint16_t nlu_attr_be16(const struct nlattr *attr);
const char *nlu_attr_text(const struct nlattr *attr);
struct nlu_ip nlu_attr_ip(const struct nlattr *attr);
size_t nlu_attr_size(const struct nlattr *attr);
const void *nlu_attr_data(const struct nlattr *attr);

// The fixed header (ifinfomsg, ifaddrmsg, …), or NULL when the message is too short for it.
const void *nlu_msg_header(const struct nlmsghdr *msg, size_t header);

// Fills err->errnum, ->kernel and ->attr from an NLMSG_ERROR (or NLMSG_DONE) message; `request` is
// what was sent (for the attribute's name) or NULL. Returns the negative errno it carries, 0 for an
// ack, -EBADMSG when the message is no such thing.
int nlu_extack_parse(const struct nlmsghdr *msg, const struct nlmsghdr *request,
                     struct nlu_err *err);

// "IFLA_MTU" for attribute 4 of a link message; NULL when not known.
const char *nlu_attr_name(uint16_t msg_type, uint16_t attr_type);

// The fixed header's size that messages of this type have (ifinfomsg for RTM_*LINK …), 0 if
// unknown.
size_t nlu_msg_header_size(uint16_t msg_type);

#endif
