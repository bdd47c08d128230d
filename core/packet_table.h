// A packet as one table that says everything, in the form that core/build.h builds from. Pure.
#ifndef NLU_PACKET_TABLE_H
#define NLU_PACKET_TABLE_H

#include "dissect.h"

// { linktype =, len =, layers = { "eth", "ip", … }, eth = {…}, ip = {…}, …, payload =, trailer =,
// data =
// }. Lengths and checksums are in it only when they are not what a builder would fill in; `data`,
// all bytes, only when the fields alone would not give them back.
struct nlu_value nlu_packet_table(const struct nlu_packet *packet, struct nlu_tree *tree);

#endif
