// Names and numbers of DNS (RFC 1035). Pure.
#ifndef NLU_DNS_NAME_H
#define NLU_DNS_NAME_H

#include "cursor.h"

// 255 bytes of labels, each byte as "\ddd" at worst, and the NUL.
enum { NLU_DNS_NAME_TEXT = 1024 };

// Reads the name at message[at], following compression pointers (which only lead backwards), into
// buf: "www.example.org" without a dot behind it, "." for the root, with '.' and '\' inside a label
// as "\." and "\\" and bytes that do not print as "\ddd". *ret_next is where the name ends.
// 0 or -EBADMSG.
NLU_CHECKED int nlu_dns_name_read(const uint8_t *message, size_t size, size_t at,
                                  char buf[NLU_DNS_NAME_TEXT], size_t *ret_next);

// The end of the name at message[at] without looking at it. 0 or -EBADMSG.
NLU_CHECKED int nlu_dns_name_skip(const uint8_t *message, size_t size, size_t at, size_t *ret_next);

// Suffixes of names that have been written already, for compression.
enum { NLU_DNS_SUFFIXES = 64 };
struct nlu_dns_suffixes {
    size_t count;
    uint16_t at[NLU_DNS_SUFFIXES]; // offsets in the message
};

// Writes a name; `start` is where the message begins in the writer. Suffixes that stand in the
// message already become pointers when `suffixes` is given. 0, or -EINVAL for no name.
NLU_CHECKED int nlu_dns_name_write(struct nlu_writer *w, size_t start, const char *name, size_t len,
                                   struct nlu_dns_suffixes *suffixes);

// "AAAA" for 28; NULL for a type without a name here. The number, or -1. "TYPE65280" (RFC 3597) is
// understood too.
const char *nlu_dns_type_word(unsigned type);
int nlu_dns_type_number(const char *word, size_t len);

// "NXDOMAIN" for 3; NULL, or -1.
const char *nlu_dns_rcode_word(unsigned rcode);
int nlu_dns_rcode_number(const char *word, size_t len);

#endif
