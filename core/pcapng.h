// The pcapng half of capfile.c: blocks and their options. Pure.
// Format: draft-ietf-opsawg-pcapng.
#ifndef NLU_PCAPNG_H
#define NLU_PCAPNG_H

#include "capfile.h"

// Grows a file's lists while it is read.
struct nlu_capfile_builder {
    struct nlu_arena *arena;
    struct nlu_capfile *file;
    size_t iface_cap, packet_cap;
};

// Append one; 0 or -ENOMEM. What is pointed to must live as long as the arena.
NLU_CHECKED int nlu_capfile_add_iface(struct nlu_capfile_builder *b,
                                      const struct nlu_capfile_iface *iface);
NLU_CHECKED int nlu_capfile_add_packet(struct nlu_capfile_builder *b,
                                       const struct nlu_capfile_packet *packet);

// As nlu_capfile_parse, for bytes that begin with a section header block. Damage behind the first
// header leaves what was read before in the builder.
NLU_CHECKED int nlu_pcapng_parse(const uint8_t *bytes, size_t size, struct nlu_capfile_builder *b,
                                 bool *ret_header_read, struct nlu_err *err);

size_t nlu_pcapng_size(const struct nlu_capfile *file, const char *writer);
void nlu_pcapng_encode(const struct nlu_capfile *file, const char *writer, struct nlu_writer *w);

#endif
