// Frames on a link: what is refused before anything is sent. What
// goes out is looked at by spec/lib/send_spec.lua.
#include "netns.h"
#include "rights.h"
#include "send.h"
#include "check.h"

#include <errno.h>

int main(void) {
    NLU_AUTO_FD int netns = NLU_NO_FD;
    NLU_AUTO_FD int netlink = NLU_NO_FD;
    enum nlu_gate gate;
    struct nlu_frame frame = {.bytes = "x", .size = 1};
    uint8_t mac[NLU_MAC_LEN];
    struct nlu_err err;
    int arphrd = 0;

    if (nlu_rights_enter(&gate, &err) < 0) {
        fprintf(stderr, "skipped: no rights to make namespaces (%s)\n", nlu_gate_name(gate));
        return CHECK_SKIP;
    }
    CHECK_INT(nlu_netns_create(&netns, &netlink, &err), 0);
    CHECK_INT(nlu_send_frames(netns, "no-such-device0", &frame, 1, &err), -ENODEV);
    CHECK_STR(err.op, "send");
    CHECK_STR(err.subject, "no-such-device0");
    CHECK_INT(nlu_send_frames(netns, "a-name-that-no-interface-can-have", &frame, 1, &err),
              -ENODEV);
    CHECK_INT(nlu_send_address(netns, "no-such-device0", mac, &arphrd, &err), -ENODEV);
    CHECK_INT(nlu_send_address(netns, "lo", mac, &arphrd, &err), 0);
    CHECK_INT(arphrd, 772); // ARPHRD_LOOPBACK
    CHECK_INT(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5], 0);
    CHECK_INT(nlu_send_frames(netns, "lo", NULL, 0, &err), 0);
    // The loopback of a new namespace is down.
    CHECK_INT(nlu_send_frames(netns, "lo", &frame, 1, &err), -ENETDOWN);
    return check_result();
}
