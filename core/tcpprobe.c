#include "tcpprobe.h"

#include "cursor.h"

#include <errno.h>

enum { PROTO_TCP = 6 };

int nlu_tcp_syn_build(const struct nlu_ip *src, const struct nlu_ip *dst, uint16_t src_port,
                      uint16_t dst_port, uint32_t seq, void *buf, size_t cap) {
    struct nlu_writer w = nlu_writer_into(buf, cap);

    nlu_write_be16(&w, src_port);
    nlu_write_be16(&w, dst_port);
    nlu_write_be32(&w, seq);
    nlu_write_be32(&w, 0);
    nlu_write_u8(&w, NLU_TCP_SYN_SIZE / 4 << 4);
    nlu_write_u8(&w, NLU_TCP_FLAG_SYN);
    nlu_write_be16(&w, 5840); // window: four segments of 1460, as Linux long had it
    nlu_write_be16(&w, 0);
    nlu_write_be16(&w, 0);
    // Maximum segment size, selective acknowledgements, timestamp, window scale: some firewalls
    // drop a SYN without.
    nlu_write_be32(&w, 0x02040000 | (nlu_ip_size(src) == 4 ? 1460u : 1440u));
    nlu_write_be16(&w, 0x0402);
    nlu_write_be16(&w, 0x080a);
    nlu_write_be32(&w, seq);
    nlu_write_be32(&w, 0);
    nlu_write_be32(&w, 0x01030302);
    if (w.overflow)
        return -ENOBUFS;
    uint32_t sum =
        nlu_checksum_pseudo(src->bytes, dst->bytes, nlu_ip_size(src), PROTO_TCP, (uint32_t)w.len);
    nlu_write_patch_be16(&w, 16, nlu_checksum_finish(nlu_checksum_add(sum, buf, w.len)));
    return (int)w.len;
}

int nlu_tcp_parse_quoted(const void *bytes, size_t size, struct nlu_tcp_head *ret_head) {
    struct nlu_cursor c = nlu_cursor_over(bytes, size);
    struct nlu_tcp_head head = {0};

    head.src_port = nlu_read_be16(&c);
    head.dst_port = nlu_read_be16(&c);
    head.seq = nlu_read_be32(&c);
    if (c.truncated)
        return -EBADMSG;
    *ret_head = head;
    return 0;
}

int nlu_tcp_parse(const void *bytes, size_t size, struct nlu_tcp_head *ret_head) {
    struct nlu_tcp_head head;
    struct nlu_cursor c = nlu_cursor_over(bytes, size);

    if (nlu_tcp_parse_quoted(bytes, size, &head) < 0)
        return -EBADMSG;
    nlu_read_skip(&c, 8);
    head.ack = nlu_read_be32(&c);
    nlu_read_skip(&c, 1);
    head.flags = nlu_read_u8(&c);
    nlu_read_skip(&c, 6); // window, checksum, urgent pointer
    if (c.truncated)
        return -EBADMSG;
    *ret_head = head;
    return 0;
}
