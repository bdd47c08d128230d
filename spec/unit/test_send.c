// Frames on a link, without a namespace of one's own: what is refused before anything is sent. What
// goes out is looked at by spec/lib/send_spec.lua.
#include "netns.h"
#include "send.h"
#include "check.h"

#include <errno.h>

int main(void) {
    NLU_AUTO_FD int netns = NLU_NO_FD;
    struct nlu_frame frame = {.bytes = "x", .size = 1};
    uint8_t mac[NLU_MAC_LEN];
    struct nlu_err err;
    int arphrd = 0;

    if (nlu_netns_self(&netns, &err) < 0) {
        printf("no namespace to look at: %s\n", err.subject);
        return CHECK_SKIP;
    }
    int code = nlu_send_frames(netns, "no-such-device0", &frame, 1, &err);
    if (code == -EPERM || code == -EACCES) {
        printf("packet sockets need CAP_NET_RAW\n");
        return CHECK_SKIP;
    }
    CHECK_INT(code, -ENODEV);
    CHECK_STR(err.op, "send");
    CHECK_STR(err.subject, "no-such-device0");
    CHECK_INT(nlu_send_frames(netns, "a-name-that-no-interface-can-have", &frame, 1, &err),
              -ENODEV);
    CHECK_INT(nlu_send_address(netns, "no-such-device0", mac, &arphrd, &err), -ENODEV);
    CHECK_INT(nlu_send_address(netns, "lo", mac, &arphrd, &err), 0);
    CHECK_INT(arphrd, 772); // ARPHRD_LOOPBACK
    CHECK_INT(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5], 0);
    CHECK_INT(nlu_send_frames(netns, "lo", NULL, 0, &err), 0);
    return check_result();
}
