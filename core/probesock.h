// Sockets that send probes and hear what comes of them: opened inside a namespace, with kernel
// timestamps, filtered so that probers beside each other do not wake each other.
#ifndef NLU_PROBESOCK_H
#define NLU_PROBESOCK_H

#include "err.h"
#include "ipaddr.h"
#include "util.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

// How packets leave. Zero-initialise, then set tos and pmtudisc to -1 for "the kernel's default".
struct nlu_probe_opts {
    struct nlu_ip source; // family 0: the kernel chooses
    char interface[IFNAMSIZ]; // "": by route. ip(7), SO_BINDTODEVICE
    int ttl; // 1 to 255; 0: the kernel's default
    int tos; // 0 to 255 (IPv4: type of service, IPv6: traffic class); -1: default
    int pmtudisc; // IP_PMTUDISC_DO, _DONT, _WANT, _PROBE; -1: default
    bool has_mark;
    uint32_t mark; // SO_MARK
};

union nlu_sockaddr {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

// What arrived. Pointers are good until the next nlu_probe_recv with the same reader.
struct nlu_probe_msg {
    struct nlu_ip from; // who sent the packet, or the ICMP error
    int64_t stamp; // CLOCK_REALTIME in ns, by the kernel
    int ttl; // TTL or hop limit it came with; -1 when not known
    const uint8_t *data; // raw IPv4: with its IP header; error queue: what the error quotes
    size_t size; // of data
    size_t full; // of the packet, which may be more than there was room for
    // From the error queue only (see ip(7), IP_RECVERR):
    uint8_t origin; // SO_EE_ORIGIN_ICMP, _ICMP6 or _LOCAL; 0 for a packet
    uint8_t type, code;
    uint32_t errnum, info;
    struct nlu_ip to; // where the probe was sent
    uint16_t port; // UDP: the port it was sent to, or, of a packet, came from
};

// Buffers for receiving in batches; one serves many sockets.
struct nlu_probe_reader;

// room: bytes kept of each packet. NULL when there is no memory.
struct nlu_probe_reader *nlu_probe_reader_new(size_t room);
void nlu_probe_reader_free(struct nlu_probe_reader *reader);

// Reads what is there, without waiting: up to `most` packets, or errors (0: as many as a batch
// holds). Returns how many (0: nothing there), or -errno. A pending socket error is taken off and
// passed over.
NLU_CHECKED int nlu_probe_recv(struct nlu_probe_reader *reader, int fd, bool errors, uint32_t most);
// Whether the last nlu_probe_recv has read past an error that the error queue tells in full.
bool nlu_probe_pending(const struct nlu_probe_reader *reader);
// Empties the error queue of a socket whose errors arrive in another way. Returns how many there
// were, or -errno.
NLU_CHECKED int nlu_probe_discard_errors(struct nlu_probe_reader *reader, int fd);
const struct nlu_probe_msg *nlu_probe_msg_at(const struct nlu_probe_reader *reader, int i);

// socket(2) inside the namespace with opts, timestamps and hop counts on, non-blocking and
// close-on-exec. op names the caller in errors: "ping".
NLU_CHECKED int nlu_probe_socket(int netns, int family, int type, int protocol,
                                 const struct nlu_probe_opts *opts, const char *op, int *ret_fd,
                                 struct nlu_err *err);

// Turns the error queue on or off. Turning it off empties it.
NLU_CHECKED int nlu_probe_recverr(int fd, int family, bool on);

// Of a raw ICMP socket: lets through echo replies with first_id <= id < first_id + ids, and errors
// that quote such a request.
NLU_CHECKED int nlu_probe_filter_echo(int fd, int family, uint16_t first_id, uint32_t ids);

// Of a raw TCP socket: lets through segments to ports first_port .. first_port + ports - 1.
NLU_CHECKED int nlu_probe_filter_tcp(int fd, int family, uint16_t first_port, uint32_t ports);

// A socket address for ip. scope is the interface index for link-local IPv6, else 0. Returns its
// length.
socklen_t nlu_probe_sockaddr(const struct nlu_ip *ip, uint16_t port, uint32_t scope,
                             union nlu_sockaddr *ret_addr);
struct nlu_ip nlu_probe_from_sockaddr(const union nlu_sockaddr *addr);

// The source address the kernel would use towards dst, by connect(2) on a UDP socket inside the
// namespace: no packet is sent.
NLU_CHECKED int nlu_probe_source(int netns, const struct nlu_ip *dst,
                                 const struct nlu_probe_opts *opts, const char *op,
                                 struct nlu_ip *ret_source, struct nlu_err *err);

// Index of an interface in the namespace of the socket; 0 or -errno.
NLU_CHECKED int nlu_probe_ifindex(int fd, const char *name, uint32_t *ret_index);

// Is it an address that means nothing without an interface: fe80::/10, ff02::/16?
bool nlu_probe_needs_scope(const struct nlu_ip *ip);

#endif
