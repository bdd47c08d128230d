// Live capture in a network namespace of this test's own: armed at once, exact counts under load,
// rings that take over, descriptors given back. Needs the right to make a namespace.
#include "capture.h"
#include "check.h"
#include "clock.h"
#include "netns.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int udp = NLU_NO_FD;

static int open_descriptors(void) {
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

// Datagrams to a port where nobody is: each crosses loopback once, as does the answer that says so.
static void send_some(int count) {
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char bytes[100] = "x";

    // The kernel answers only so often, and reports an answer at the next sending.
    for (int i = 0; i < count; i++) {
        if (sendto(udp, bytes, sizeof bytes, 0, (struct sockaddr *)&to, sizeof to) < 0)
            i--;
    }
}

static struct nlu_capture *open_capture(const struct nlu_capture_tap *taps, size_t count) {
    struct nlu_capture *c = NULL;
    struct nlu_err err;
    size_t failed;

    CHECK_INT(nlu_capture_open(taps, count, &c, &failed, &err), 0);
    return c;
}

// How many of them arrived, by the kernel's own count: on a busy machine loopback drops some
// between sending and receiving, and deals others out after the sender has gone on. Udp:
// InDatagrams NoPorts …
static long arrived(void) {
    FILE *file = fopen("/proc/self/net/snmp", "re");
    char line[512];
    long no_ports = -1;

    while (file && fgets(line, sizeof line, file))
        (void)sscanf(line, "Udp: %*d %ld", &no_ports);
    if (file)
        (void)fclose(file);
    return no_ports;
}

// Takes what there is, in the order of time: the number of datagrams among it. (The next time there
// may be earlier ones, which the kernel had stamped and not dealt out yet.)
static long take(struct nlu_capture *c) {
    // No machine is so slow; what goes on until then waits for what nobody will say.
    const int64_t deadline = nlu_clock_mono() + 30 * NLU_SECOND;
    struct nlu_capture_packet p;
    struct nlu_err err;
    int64_t last_ns = 0;
    long datagrams = 0;

    CHECK_INT(nlu_capture_collect(c, deadline, &err), 0);
    CHECK(nlu_clock_mono() < deadline);
    while (nlu_capture_next(c, &p)) {
        CHECK(p.ts_ns >= last_ns);
        last_ns = p.ts_ns;
        CHECK_INT(p.linktype, NLU_LINKTYPE_ETHERNET);
        datagrams += p.wirelen == 142;
    }
    return datagrams;
}

// Takes until each of those that arrive has been taken `places` times, not once more, and the
// kernel's count is met: it may still be at dealing out what was sent.
static void take_rest(struct nlu_capture *c, long places, long arrived_before, long taken,
                      struct nlu_capture_stats *ret_stats) {
    const int64_t deadline = nlu_clock_mono() + 30 * NLU_SECOND;
    struct nlu_err err;
    long came;

    do {
        taken += take(c);
        CHECK_INT(nlu_capture_stats(c, ret_stats, &err), 0);
        came = ret_stats->dropped ? 0 : places * (arrived() - arrived_before);
    } while (((came && taken != came) ||
              ret_stats->captured + ret_stats->dropped != ret_stats->received) &&
             nlu_clock_mono() < deadline);
    CHECK_INT(ret_stats->captured + ret_stats->dropped, ret_stats->received);
    if (!ret_stats->dropped)
        CHECK_INT(taken, came);
}

static void is_armed_and_exact(size_t buffer, int count, bool ring) {
    const struct nlu_capture_tap taps[] = {{.netns = -1, .ifname = "lo", .buffer = buffer},
                                           {.netns = -1, .buffer = buffer}};
    int before = open_descriptors();
    struct nlu_capture *c = open_capture(taps, 2);
    struct nlu_capture_stats stats;

    if (!c)
        return;
    long arrived_before = arrived();
    send_some(count);
    // What has arrived when somebody asks is there.
    long came = arrived() - arrived_before;
    long datagrams = take(c);
    take_rest(c, 2, arrived_before, datagrams, &stats);
    CHECK(stats.dropped || datagrams >= 2 * came);
    if (ring)
        CHECK_INT(stats.rings, 2);
    nlu_capture_close(c);
    CHECK_INT(open_descriptors(), before);
}

// Some while it goes on, some later: each once.
static void hands_over_to_a_ring(void) {
    const struct nlu_capture_tap tap = {.netns = -1, .ifname = "lo"};
    struct nlu_capture *c = open_capture(&tap, 1);
    struct nlu_capture_stats stats;
    long datagrams = 0;

    if (!c)
        return;
    long before = arrived();
    for (int i = 0; i < 40; i++) {
        send_some(1000);
        datagrams += take(c);
    }
    take_rest(c, 1, before, datagrams, &stats);
    nlu_capture_close(c);
}

// The reader and the caller empty the same ring, and neither waits for what the other has taken.
static void shares_a_ring_with_its_reader(void) {
    const struct nlu_capture_tap tap = {.netns = -1, .ifname = "lo", .buffer = 1 << 20};
    struct nlu_capture *c = open_capture(&tap, 1);

    if (!c)
        return;
    for (int i = 0; i < 300 && check_result() == 0; i++) {
        send_some(1 + i * 37 % 200);
        (void)take(c);
    }
    nlu_capture_close(c);
}

static void refuses(void) {
    const struct nlu_bpf_insn endless = {0xffff, 0, 0, 0};
    struct nlu_capture_tap taps[2] = {{.netns = -1, .ifname = "lo"},
                                      {.netns = -1, .ifname = "nothere0"}};
    struct nlu_capture *c = NULL;
    struct nlu_err err;
    size_t failed = 0;
    int before = open_descriptors();

    CHECK_INT(nlu_capture_open(taps, 2, &c, &failed, &err), -ENODEV);
    CHECK_STR(err.subject, "nothere0");
    CHECK_INT(failed, 1);
    taps[0].ether = taps[0].raw = (struct nlu_bpf){&endless, 1};
    CHECK_INT(nlu_capture_open(taps, 1, &c, &failed, &err), -EINVAL);
    CHECK_INT(nlu_capture_open(taps, 0, &c, &failed, &err), -EINVAL);
    CHECK(!c);
    nlu_capture_close(NULL);
    CHECK_INT(open_descriptors(), before);
}

static void works_in_another_namespace(void) {
    struct nlu_err err;
    int fd, netlink;
    char name[IFNAMSIZ];

    CHECK_INT(nlu_netns_create(&fd, &netlink, &err), 0);
    const struct nlu_capture_tap tap = {.netns = fd, .ifname = "lo"};
    struct nlu_capture *c = open_capture(&tap, 1);
    close(fd);
    close(netlink);
    if (!c)
        return;
    nlu_capture_ifname(c, 0, 1, name);
    CHECK_STR(name, "lo");
    nlu_capture_ifname(c, 0, 99, name);
    CHECK_STR(name, "");
    nlu_capture_close(c);
}

int main(void) {
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};

    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
        fprintf(stderr, "no namespace to be had: %s\n", strerror(errno));
        return CHECK_SKIP;
    }
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_INT(ioctl(udp, SIOCSIFFLAGS, &up), 0);

    is_armed_and_exact(0, 10, false);
    is_armed_and_exact(0, 20000, false);
    is_armed_and_exact(1 << 20, 10, true);
    is_armed_and_exact(8 << 20, 20000, true);
    hands_over_to_a_ring();
    shares_a_ring_with_its_reader();
    refuses();
    works_in_another_namespace();
    nlu_close(&udp);
    return check_result();
}
