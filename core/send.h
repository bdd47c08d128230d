// Frames put on a link as they are, packet(7).
#ifndef NLU_SEND_H
#define NLU_SEND_H

#include "err.h"
#include "ipaddr.h"

// One frame, link-layer header included.
struct nlu_frame {
    const void *bytes;
    size_t size;
};

// Sends frames in order through the interface of the namespace and returns how many went out: all
// of them, or fewer when one was refused after others had gone (then *err says why, and sending may
// go on from there). The first being refused is -errno: ENODEV, ENETDOWN, EMSGSIZE …
NLU_CHECKED int nlu_send_frames(int netns, const char *ifname, const struct nlu_frame *frames,
                                size_t count, struct nlu_err *err);

// The interface's own hardware address and its kind (ARPHRD_ETHER is 1).
NLU_CHECKED int nlu_send_address(int netns, const char *ifname, uint8_t ret_mac[NLU_MAC_LEN],
                                 int *ret_arphrd, struct nlu_err *err);

#endif
