// Any bytes as a capture file: what is read stays within the bytes, and what was read is written
// and read again as the same. The first byte chooses whether damage ends the reading or is an
// error.
#include "capfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition) {
    if (!condition)
        abort();
}

static bool same_text(const char *a, const char *b) {
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static void check_inside(const struct nlu_capfile *file, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < file->packet_count; i++) {
        const struct nlu_capfile_packet *p = &file->packets[i];
        check(p->iface < file->iface_count);
        check(p->bytes >= bytes && p->caplen <= size && p->bytes + p->caplen <= bytes + size);
        check(p->wirelen >= p->caplen && p->ts_ns >= 0);
    }
}

static void check_again(struct nlu_capfile *file) {
    struct nlu_arena arena = {0};
    struct nlu_capfile again;
    struct nlu_err err;

    // What others wrote as a description comes back as that of a node, since netlua wrote it now.
    for (size_t i = 0; i < file->iface_count; i++) {
        if (!file->ifaces[i].node)
            file->ifaces[i].node = file->ifaces[i].description;
    }
    file->format = NLU_CAPFILE_PCAPNG;
    size_t size = nlu_capfile_size(file, "netlua");
    uint8_t *bytes = malloc(size);
    check(bytes != NULL);
    struct nlu_writer w = nlu_writer_into(bytes, size);
    check(nlu_capfile_encode(file, "netlua", &w, &err) == 0 && w.len == size);
    check(nlu_capfile_parse(bytes, size, false, &arena, &again, &err) == 0);
    check(again.iface_count == file->iface_count && again.packet_count == file->packet_count);
    for (size_t i = 0; i < file->iface_count; i++) {
        check(again.ifaces[i].linktype == file->ifaces[i].linktype);
        check(again.ifaces[i].snaplen == file->ifaces[i].snaplen);
        check(same_text(again.ifaces[i].name, file->ifaces[i].name));
        check(same_text(again.ifaces[i].node, file->ifaces[i].node));
    }
    for (size_t i = 0; i < file->packet_count; i++) {
        const struct nlu_capfile_packet *a = &again.packets[i], *b = &file->packets[i];
        check(a->ts_ns == b->ts_ns && a->iface == b->iface && a->caplen == b->caplen);
        check(a->wirelen == b->wirelen && a->direction == b->direction);
        check(!a->caplen || memcmp(a->bytes, b->bytes, a->caplen) == 0);
        // A comment longer than an option is cut; several are joined, so that only short ones are
        // compared.
        check(!b->comment || strlen(b->comment) > 60000 || same_text(a->comment, b->comment));
    }
    nlu_arena_free(&arena);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct nlu_arena arena = {0};
    struct nlu_capfile file;
    struct nlu_err err;

    if (size < 1)
        return 0;
    bool partial = data[0] & 1;
    data++;
    size--;
    int rc = nlu_capfile_parse(data, size, partial, &arena, &file, &err);
    check(rc == 0 || rc == -EBADMSG || rc == -EINVAL);
    check(rc == 0 || err.errnum == -rc);
    if (rc == 0) {
        check(partial || err.errnum == 0);
        check_inside(&file, data, size);
        check_again(&file);
    }
    nlu_arena_free(&arena);
    return 0;
}
