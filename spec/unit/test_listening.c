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

    CHECK(nlu_listening_in(tcp, NLU_LISTENING_TCP, 80, NULL));
    CHECK(!nlu_listening_in(tcp, NLU_LISTENING_TCP, 8080, NULL)); // established, not listening
    CHECK(!nlu_listening_in(tcp, NLU_LISTENING_TCP, 81, NULL));
    CHECK(nlu_listening_in(tcp6, NLU_LISTENING_TCP, 22, NULL));
    CHECK(nlu_listening_in(udp, NLU_LISTENING_UDP, 53, NULL));
    CHECK(!nlu_listening_in(udp, NLU_LISTENING_TCP, 53, NULL));
    CHECK(!nlu_listening_in("", NLU_LISTENING_TCP, 80, NULL));
    CHECK(!nlu_listening_in("garbage", NLU_LISTENING_TCP, 80, NULL));
    // Whose address it is: what a socket is bound to decides.
    const char *bound =
        "   0: 0100007F:0050 00000000:0000 0A 0:0\n"
        "   1: 00000000:0051 00000000:0000 0A 0:0\n"
        "   2: 00000000000000000000000000000000:0052 00000000000000000000000000000000:0000 0A 0:0\n"
        "   3: 0000000000000000FFFF0000010200C0:0053 00000000000000000000000000000000:0000 0A 0:0\n"
        "   4: B80D0120000000000000000001000000:0054 00000000000000000000000000000000:0000 0A "
        "0:0\n";
    struct nlu_ip loopback, own, own6;
    CHECK(nlu_ip_parse("127.0.0.1", &loopback) == 0);
    CHECK(nlu_ip_parse("192.0.2.1", &own) == 0);
    CHECK(nlu_ip_parse("2001:db8::1", &own6) == 0);
    const struct {
        uint16_t port;
        bool loopback, own, own6;
    } expected[] = {{80, true, false, false},
                    {81, true, true, false},
                    {82, true, true, true},
                    {83, false, true, false},
                    {84, false, false, true}};
    if (*(const uint8_t *)&(const uint16_t){1}) // the text is in this machine's byte order
        for (size_t i = 0; i < NLU_COUNT(expected); i++) {
            const uint16_t port = expected[i].port;
            CHECK(nlu_listening_in(bound, NLU_LISTENING_TCP, port, NULL));
            CHECK(nlu_listening_in(bound, NLU_LISTENING_TCP, port, &loopback) ==
                  expected[i].loopback);
            CHECK(nlu_listening_in(bound, NLU_LISTENING_TCP, port, &own) == expected[i].own);
            CHECK(nlu_listening_in(bound, NLU_LISTENING_TCP, port, &own6) == expected[i].own6);
        }
    // A line that is cut off anywhere is no match and no crash.
    for (size_t n = 0; n < strlen(tcp6); n++) {
        char part[256];
        snprintf(part, sizeof part, "%.*s", (int)n, tcp6);
        (void)nlu_listening_in(part, NLU_LISTENING_TCP, 22, NULL);
    }
    return check_result();
}
