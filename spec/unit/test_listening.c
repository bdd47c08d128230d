#include "listening.h"

#include "check.h"

int main(void) {
    const char *tcp =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
        "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
        "   1: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0\n";
    const char *tcp6 = "   0: 00000000000000000000000000000000:0016 "
                       "00000000000000000000000000000000:0000 0A 00000000:00000000\n";
    const char *udp = "  12: 00000000:0035 00000000:0000 07 00000000:00000000\n";

    CHECK(nlu_listening_in(tcp, NLU_LISTENING_TCP, 80));
    CHECK(!nlu_listening_in(tcp, NLU_LISTENING_TCP, 8080)); // established, not listening
    CHECK(!nlu_listening_in(tcp, NLU_LISTENING_TCP, 81));
    CHECK(nlu_listening_in(tcp6, NLU_LISTENING_TCP, 22));
    CHECK(nlu_listening_in(udp, NLU_LISTENING_UDP, 53));
    CHECK(!nlu_listening_in(udp, NLU_LISTENING_TCP, 53));
    CHECK(!nlu_listening_in("", NLU_LISTENING_TCP, 80));
    CHECK(!nlu_listening_in("garbage", NLU_LISTENING_TCP, 80));
    // A line that is cut off anywhere is no match and no crash.
    for (size_t n = 0; n < strlen(tcp6); n++) {
        char part[256];
        snprintf(part, sizeof part, "%.*s", (int)n, tcp6);
        (void)nlu_listening_in(part, NLU_LISTENING_TCP, 22);
    }
    return check_result();
}
