#include "send.h"

#include "netns.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// Enough that the call costs little for each, few enough for the stack.
enum { BATCH = 256 };

// A socket that sends only: protocol 0 receives nothing, so that no frame waits in it.
static int open_socket(int netns, int *ret_fd, struct nlu_err *err) {
    return nlu_netns_socket(netns, AF_PACKET, SOCK_RAW, 0, ret_fd, err);
}

static int find_interface(int fd, const char *ifname, struct ifreq *request, unsigned long what,
                          struct nlu_err *err) {
    *request = (struct ifreq){0};
    if (strlen(ifname) >= sizeof request->ifr_name)
        return nlu_err_set(err, ENODEV, "send", "%s", ifname);
    memcpy(request->ifr_name, ifname, strlen(ifname));
    if (ioctl(fd, what, request) < 0)
        return nlu_err_set(err, errno, "send", "%s", ifname);
    return 0;
}

// The EtherType for filters and captures to go by; the driver does not look at it.
static uint16_t protocol_of(const struct nlu_frame *frame) {
    uint16_t type = 0;

    if (frame->size >= 14)
        memcpy(&type, (const char *)frame->bytes + 12, sizeof type);
    return type;
}

static int send_batch(int fd, int ifindex, const struct nlu_frame *frames, size_t count) {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_ll addresses[BATCH];

    for (size_t i = 0; i < count; i++) {
        addresses[i] = (struct sockaddr_ll){
            .sll_family = AF_PACKET,
            .sll_ifindex = ifindex,
            .sll_protocol = protocol_of(&frames[i]),
        };
        // The kernel does not write to what is sent; iovec has no const.
        parts[i] = (struct iovec){(void *)(uintptr_t)frames[i].bytes, frames[i].size};
        messages[i] = (struct mmsghdr){.msg_hdr = {
                                           .msg_name = &addresses[i],
                                           .msg_namelen = sizeof addresses[i],
                                           .msg_iov = &parts[i],
                                           .msg_iovlen = 1,
                                       }};
    }
    int sent;
    do
        sent = sendmmsg(fd, messages, (unsigned)count, 0);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int nlu_send_frames(int netns, const char *ifname, const struct nlu_frame *frames, size_t count,
                    struct nlu_err *err) {
    NLU_AUTO_FD int fd = NLU_NO_FD;
    struct ifreq request;
    size_t sent = 0;

    int code = open_socket(netns, &fd, err);
    if (code < 0)
        return nlu_err_about(err, "send", "on %s", ifname);
    code = find_interface(fd, ifname, &request, SIOCGIFINDEX, err);
    if (code < 0)
        return code;
    while (sent < count) {
        size_t left = count - sent;
        code = send_batch(fd, request.ifr_ifindex, frames + sent, left < BATCH ? left : BATCH);
        if (code <= 0) {
            nlu_err_set(err, code ? -code : EIO, "send", "%zu bytes on %s", frames[sent].size,
                        ifname);
            return sent ? (int)sent : -err->errnum;
        }
        sent += (size_t)code;
    }
    return (int)sent;
}

int nlu_send_address(int netns, const char *ifname, uint8_t ret_mac[NLU_MAC_LEN], int *ret_arphrd,
                     struct nlu_err *err) {
    NLU_AUTO_FD int fd = NLU_NO_FD;
    struct ifreq request;

    int code = open_socket(netns, &fd, err);
    if (code < 0)
        return nlu_err_about(err, "send", "on %s", ifname);
    code = find_interface(fd, ifname, &request, SIOCGIFHWADDR, err);
    if (code < 0)
        return code;
    memcpy(ret_mac, request.ifr_hwaddr.sa_data, NLU_MAC_LEN);
    *ret_arphrd = request.ifr_hwaddr.sa_family;
    return 0;
}
