// Live capture: every packet that crosses some interfaces, with the kernel's timestamps, from the
// moment of opening on.
//
// Packet sockets are used directly rather than through libpcap (which still compiles the filters):
// a ring buffer costs one RCU grace period to open and two to close (8 to 24 ms), its blocks are
// handed over a millisecond late, and libpcap can say neither when everything has been delivered
// nor which interface of "any" a packet came by in its own link type. A plain packet socket opens
// in 40 µs and delivers at once. A thread of the capture empties it into memory, so that nothing is
// lost while the script does something else; where traffic is heavy, a ring takes over.
#ifndef NLU_CAPTURE_H
#define NLU_CAPTURE_H

#include "bpf.h"
#include "err.h"
#include "util.h"

#include <net/if.h>

struct nlu_capture;

enum {
    NLU_CAPTURE_SNAPLEN = 262144, // as tcpdump
    NLU_LINKTYPE_ETHERNET = 1,
    NLU_LINKTYPE_RAW = 101, // starts with the IPv4 or IPv6 header
};

// One place to listen at.
struct nlu_capture_tap {
    int netns; // NLU_NO_FD: the caller's own
    const char *ifname; // NULL: all interfaces of the namespace, also those that come later
    bool promisc;
    uint32_t snaplen; // 0: NLU_CAPTURE_SNAPLEN
    size_t buffer; // bytes of kernel memory asked for; 0: chosen
    // What passes, compiled for each of the two link types. insns NULL: everything.
    struct nlu_bpf ether, raw;
    // Run the filter here instead of in the kernel, which keeps VLAN tags apart from the bytes, so
    // that a filter with `vlan` in it cannot see them.
    bool filter_here;
};

enum nlu_capture_direction {
    NLU_CAPTURE_IN, // received by the node, or passing it by
    NLU_CAPTURE_OUT, // sent by the node
};

struct nlu_capture_packet {
    int64_t ts_ns; // CLOCK_REALTIME
    uint32_t caplen, wirelen;
    uint16_t tap; // index into the taps given
    uint8_t direction;
    int linktype;
    int ifindex;
    const uint8_t *bytes;
};

struct nlu_capture_stats {
    uint64_t received; // passed the filter in the kernel, dropped ones included
    uint64_t dropped; // by the kernel, for want of room
    uint64_t captured; // taken from the kernel
    unsigned rings; // taps whose traffic was so heavy that a ring took over
};

// Opens all taps; when it returns, each sees every packet. The strings and programs are not needed
// afterwards. The capture is independent of the descriptors of the namespaces. On failure
// *ret_failed is the tap that could not be opened.
NLU_CHECKED int nlu_capture_open(const struct nlu_capture_tap *taps, size_t count,
                                 struct nlu_capture **ret_capture, size_t *ret_failed,
                                 struct nlu_err *err);

// Ends it without waiting for the kernel's clean-up. NULL is allowed.
void nlu_capture_close(struct nlu_capture *capture);

// Takes over what has crossed until now, so that nlu_capture_next can hand it out in the order of
// time. Waits (at most until the deadline on CLOCK_MONOTONIC) only where the kernel has counted
// packets that it has not delivered yet; running out of time is -ETIMEDOUT.
NLU_CHECKED int nlu_capture_collect(struct nlu_capture *capture, int64_t deadline_ns,
                                    struct nlu_err *err);

// The next packet taken over: 1, or 0 when there is none. Its bytes are valid until the next call
// of any of these functions.
int nlu_capture_next(struct nlu_capture *capture, struct nlu_capture_packet *ret_packet);

// A descriptor that polls readable while there is something to collect. Owned by the capture.
int nlu_capture_pollfd(const struct nlu_capture *capture);

NLU_CHECKED int nlu_capture_stats(struct nlu_capture *capture, struct nlu_capture_stats *ret_stats,
                                  struct nlu_err *err);

// The name of an interface a packet of this tap came by; "" when it is gone.
void nlu_capture_ifname(struct nlu_capture *capture, unsigned tap, int ifindex,
                        char ret_name[IFNAMSIZ]);

#endif
