// The line of a packet: its text, and the buffer it goes into. What each protocol's line says is
// held against tcpdump by spec/lib/packet_line_spec.lua.
#include "pktline.h"
#include "check.h"

#include <stdlib.h>
#include <time.h>

static const uint8_t arp[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0x5e, 0, 0x53, 1, 0x08, 0x06,
    0,    1,    8,    0,    6,    4,    0,    1, 0x02, 0, 0x5e, 0, 0x53, 1,
    192,  0,    2,    1,    0,    0,    0,    0, 0,    0, 192,  0, 2,    2,
};

static void test_forms(void) {
    struct nlu_packet p;
    struct nlu_line_options plain = {0}, all = {.time = true, .link = true, .verbose = true};
    char line[512];

    setenv("TZ", "UTC", 1);
    tzset();
    nlu_dissect(NLU_LINK_ETHERNET, arp, sizeof arp, sizeof arp, &p);
    nlu_packet_line(&p, 1700000000123456789, &plain, line, sizeof line);
    CHECK_STR(line, "ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28");
    nlu_packet_line(&p, 1700000000123456789, &all, line, sizeof line);
    CHECK_STR(
        line,
        "22:13:20.123456 02:00:5e:00:53:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: "
        "Ethernet (len 6), IPv4 (len 4), Request who-has 192.0.2.2 tell 192.0.2.1, length 28");
    nlu_packet_line(&p, 0, &all, line, sizeof line);
    CHECK(strncmp(line, "02:00:", 6) == 0); // an unknown time is not written
}

// Every size of buffer: never beyond it, always ended, always the same length told.
static void test_buffers(void) {
    struct nlu_packet p;
    struct nlu_line_options plain = {0};
    char whole[512], part[512];

    nlu_dissect(NLU_LINK_ETHERNET, arp, sizeof arp, sizeof arp, &p);
    size_t len = nlu_packet_line(&p, 0, &plain, whole, sizeof whole);
    CHECK_INT(len, strlen(whole));
    CHECK_INT(nlu_packet_line(&p, 0, &plain, NULL, 0), len);
    for (size_t cap = 1; cap <= len + 1; cap++) {
        memset(part, 'x', sizeof part);
        CHECK_INT(nlu_packet_line(&p, 0, &plain, part, cap), len);
        CHECK_INT(strlen(part), cap - 1);
        CHECK(part[cap] == 'x');
        CHECK(strncmp(part, whole, cap - 1) == 0);
    }
}

int main(void) {
    test_forms();
    test_buffers();
    return check_result();
}
