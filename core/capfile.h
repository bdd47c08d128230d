// Capture files: pcap (microseconds and nanoseconds, either byte order) and pcapng, between bytes
// and structs. Pure but for nlu_capfile_save and nlu_capfile_load.
// Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
#ifndef NLU_CAPFILE_H
#define NLU_CAPFILE_H

#include "arena.h"
#include "cursor.h"
#include "err.h"
#include "util.h"

enum nlu_capfile_format {
    NLU_CAPFILE_PCAP, // one link type, no names, no comments; nanoseconds when written here
    NLU_CAPFILE_PCAPNG,
};

enum nlu_capfile_direction {
    NLU_CAPFILE_UNKNOWN,
    NLU_CAPFILE_IN,
    NLU_CAPFILE_OUT,
};

// An interface that packets were captured at. Texts are NULL when they are not known.
struct nlu_capfile_iface {
    uint16_t linktype; // LINKTYPE_ value
    uint32_t snaplen; // 0: no limit
    const char *name; // "eth0"
    const char *node; // where it is: "h1"; in files that netlua wrote
    const char *description; // in files of others
};

struct nlu_capfile_packet {
    int64_t ts_ns; // since 1970-01-01 UTC; 0 when the file does not say
    uint32_t iface; // index into the interfaces
    uint32_t caplen, wirelen;
    const uint8_t *bytes; // caplen of them
    const char *comment; // NULL for none
    enum nlu_capfile_direction direction;
};

struct nlu_capfile {
    enum nlu_capfile_format format;
    struct nlu_capfile_iface *ifaces;
    size_t iface_count;
    struct nlu_capfile_packet *packets;
    size_t packet_count;
};

// Understands a whole file that is in memory. What it returns lives in the arena, and the bytes of
// its packets where they were given. Damage is -EBADMSG, with the offset and what is wrong there in
// err->subject; a file of another kind is -EINVAL. With `partial`, damage behind the file's header
// only ends the reading: 0 is returned, and err->errnum tells whether that happened.
NLU_CHECKED int nlu_capfile_parse(const uint8_t *bytes, size_t size, bool partial,
                                  struct nlu_arena *arena, struct nlu_capfile *ret_file,
                                  struct nlu_err *err);

// How many bytes nlu_capfile_encode writes. `writer` names the program ("netlua 0.1").
size_t nlu_capfile_size(const struct nlu_capfile *file, const char *writer);

// Writes the file as bytes, in the byte order of pcap on most machines (little-endian). -EINVAL for
// what the format cannot hold: several link types in a pcap, a packet of an interface that is not
// there, a time before 1970. -EMSGSIZE when w is too small.
NLU_CHECKED int nlu_capfile_encode(const struct nlu_capfile *file, const char *writer,
                                   struct nlu_writer *w, struct nlu_err *err);

// The whole content of a file, in the arena.
NLU_CHECKED int nlu_capfile_load(const char *path, struct nlu_arena *arena, uint8_t **ret_bytes,
                                 size_t *ret_size, struct nlu_err *err);

// Encodes and writes.
NLU_CHECKED int nlu_capfile_save(const char *path, const struct nlu_capfile *file,
                                 const char *writer, struct nlu_err *err);

#endif
