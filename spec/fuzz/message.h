// What the fuzz targets of netlink answers share.
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <libmnl/libmnl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// The bytes as a message, as it would arrive: aligned, exactly this long, and its length seen to by
// mnl_nlmsg_ok. To be freed; NULL when they are too few.
static inline struct nlmsghdr *fuzz_message(const uint8_t *data, size_t size) {
    if (size < sizeof(struct nlmsghdr))
        return NULL;
    struct nlmsghdr *msg = malloc(size);
    if (!msg)
        abort();
    memcpy(msg, data, size);
    if (msg->nlmsg_len < sizeof *msg || msg->nlmsg_len > size)
        msg->nlmsg_len = (uint32_t)size;
    return msg;
}

#endif
