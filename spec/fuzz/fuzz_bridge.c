// An entry of a bridge's forwarding database, or the VLANs of one of its ports: whatever the bytes,
// the parser says no or gives a struct that can be written out.
#include "fdb.h"
#include "vlan.h"
#include "message.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Reading must not be optimised away.
static volatile uint64_t sink;

static void read_fdb(const struct nlmsghdr *msg) {
    char mac[NLU_MAC_TEXT], ip[NLU_IP_TEXT];
    struct nlu_fdb e;

    if (nlu_fdb_parse(msg, &e) < 0)
        return;
    if (e.dst.family && e.dst.family != AF_INET && e.dst.family != AF_INET6)
        abort();
    sink += strlen(nlu_mac_format(e.mac, mac)) + strlen(nlu_ip_format(&e.dst, ip)) + e.vlan;
}

static void read_vlans(const struct nlmsghdr *msg, bool tunnels, uint16_t vid) {
    const struct nlu_vlan_filter filter = {.tunnels = tunnels, .vid = vid};
    struct nlu_arena arena = {0};
    struct nlu_vlan_port port;

    if (nlu_vlan_parse(msg, &filter, &arena, &port) == 0) {
        for (size_t i = 0; i < port.count; i++) {
            const struct nlu_vlan *v = &port.vlans[i];
            if (v->tunnel != tunnels || (vid && (vid < v->first || vid > v->last)))
                abort();
            sink += v->first + v->tunnel_first + v->tunnel_last;
        }
    }
    nlu_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct nlmsghdr *msg = fuzz_message(data, size);

    if (!msg)
        return 0;
    if (msg->nlmsg_type == RTM_NEWNEIGH) {
        read_fdb(msg);
    } else {
        read_vlans(msg, false, 0);
        read_vlans(msg, false, 20);
        read_vlans(msg, true, 0);
    }
    free(msg);
    return 0;
}
