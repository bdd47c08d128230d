// A packet as the line that `tcpdump -n` prints for it. Pure.
#ifndef NLU_PKTLINE_H
#define NLU_PKTLINE_H

#include "conversation.h"
#include "dissect.h"

struct nlu_line_options {
    bool time; // HH:MM:SS.ffffff of the local time zone in front, when the time is known
    bool link; // -e: the link layer too
    bool verbose; // -v: header fields, checksums, options
    const char *ifname; // where it was seen, which only cooked captures write; NULL for unknown
    // Conversations of TCP so far: sequence numbers are relative to them, as tcpdump does it for a
    // stream. NULL: each packet stands alone.
    struct nlu_conversations *conversations;
};

// Writes the line into buf, always NUL-terminated, and returns how long it is: cap or more when it
// did not fit. ts_ns is since 1970, 0 for unknown. -v takes several lines for most packets.
size_t nlu_packet_line(const struct nlu_packet *packet, int64_t ts_ns,
                       const struct nlu_line_options *options, char *buf, size_t cap);

#endif
