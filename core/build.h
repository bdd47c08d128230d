// Packets put together from tables: the other direction of core/dissect.h. Pure.
#ifndef NLU_BUILD_H
#define NLU_BUILD_H

#include "dissect.h"
#include "err.h"

// The longest packet: what an IPv4 length can say, and the headers of links and tunnels around it.
enum { NLU_BUILD_MAX = 65535 + 256 };

// Builds a packet from { eth = {…}, ip = {…}, udp = {…}, payload = "…" }. The order of the layers
// is `layers` when it is given (as nlu_packet_table gives it), otherwise the usual one. Lengths,
// checksums and the types that say what is next are filled in unless given; a `checksum` of
// "partial" is the pseudo header's sum alone, as a network card expects it. `trailer` comes last.
// `data` stands for the whole packet as long as the other keys say what it says: it carries what
// they cannot.
//
// ret_bytes has room for NLU_BUILD_MAX. Fails with -EINVAL: then err->subject is the field
// ("ip.ttl") and err->hint what was expected. -EMSGSIZE when it is too long, -ENOMEM.
NLU_CHECKED int nlu_build(const struct nlu_value *table, uint8_t *ret_bytes, size_t *ret_size,
                          int *ret_linktype, struct nlu_err *err);

// Finishes what was left for a network card: the checksums of TCP and UDP that are partial. Returns
// how many there were. bytes is changed in place.
int nlu_build_finish_sums(int linktype, uint8_t *bytes, size_t size);

#endif
