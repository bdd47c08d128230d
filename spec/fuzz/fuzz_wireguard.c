// What the kernel tells of a WireGuard link, in two messages as of a link with many peers: whatever
// the bytes, the parser says no or gives a struct that can be written out.
#include "wireguard.h"

#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Reading must not be optimised away.
static volatile uint64_t sink;

static void read_peer(const struct nlu_wg_peer *p) {
    char key[NLU_WGKEY_TEXT], ip[NLU_IP_TEXT], prefix[NLU_PREFIX_TEXT];

    sink += strlen(nlu_wgkey_format(p->public_key, key));
    sink += strlen(nlu_wgkey_format(p->preshared_key, key));
    sink += strlen(nlu_ip_format(&p->endpoint.ip, ip)) + p->endpoint.port;
    for (size_t i = 0; i < p->allowed_count; i++)
        sink += strlen(nlu_prefix_format(&p->allowed_ips[i], prefix));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct nlu_arena arena = {0};
    struct nlu_wg_reading r = {.arena = &arena};
    char *copy = malloc(size + 1);
    int rc = 0;

    // Aligned and exactly this long. Messages of more than 2 GiB are nothing that mnl_nlmsg_ok was
    // made for; the kernel sends none.
    if (!copy)
        abort();
    memcpy(copy, data, size);
    int left = (int)size;
    for (const struct nlmsghdr *msg = (void *)copy;
         rc == 0 && mnl_nlmsg_ok(msg, left) && msg->nlmsg_len <= size;
         msg = mnl_nlmsg_next(msg, &left))
        rc = nlu_wg_parse(msg, &r);
    if (rc == 0) {
        sink += r.device.name ? strlen(r.device.name) : 0;
        for (size_t i = 0; i < r.device.peer_count; i++)
            read_peer(&r.device.peers[i]);
    }
    nlu_arena_free(&arena);
    free(copy);
    return 0;
}
