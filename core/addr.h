// Addresses of interfaces: ip-address(8), rtnetlink(7).
#ifndef NLU_ADDR_H
#define NLU_ADDR_H

#include "arena.h"
#include "ipaddr.h"
#include "nlsock.h"

#include <linux/if_addr.h> // the values of the fields

struct nlu_ifnames;

#define NLU_ADDR_FOREVER UINT32_MAX // a lifetime without end

// One address as the kernel reports it. Texts live in the arena of the call; NULL means absent.
struct nlu_addr {
    int index; // of its interface
    const char *dev; // its interface's name; NULL until nlu_addr_name
    uint8_t family, prefixlen, scope;
    uint32_t flags; // IFA_F_*
    struct nlu_ip local; // the address itself
    struct nlu_ip address; // the other end of a point-to-point link, else the same
    struct nlu_ip broadcast, anycast;
    const char *label;
    uint32_t metric; // of the route to its subnet
    uint8_t protocol; // IFAPROT_*: who made it
    bool has_metric, has_protocol, has_lifetimes;
    uint32_t valid, preferred; // seconds, or NLU_ADDR_FOREVER
};

struct nlu_addr_list {
    struct nlu_addr *items;
    size_t count;
};

// What to list or to flush: fields left 0 do not filter.
struct nlu_addr_filter {
    uint8_t family;
    int index;
    bool has_scope;
    uint8_t scope;
    uint32_t flags, flags_mask; // those in the mask must be as in flags
    const char *label; // a pattern as in fnmatch(3)
    struct nlu_prefix to; // must lie in it
};

// All addresses of the namespace, in the kernel's order: IPv4 first, each by interface.
NLU_CHECKED int nlu_addr_list(struct nlu_nlsock *nl, const struct nlu_addr_filter *filter,
                              struct nlu_arena *arena, struct nlu_addr_list *ret_list,
                              struct nlu_err *err);

// What add, replace, change and del can say. Zero-initialise; family and index are required.
struct nlu_addr_spec {
    int index;
    struct nlu_prefix local;
    struct nlu_prefix peer; // family 0: no point-to-point link
    struct nlu_ip broadcast, anycast;
    const char *label;
    uint32_t flags; // IFA_F_*
    bool has_scope, has_metric, has_protocol, has_lifetimes;
    bool any_length; // del: an IPv4 address whatever its prefix length and peer
    uint8_t scope; // default: host for 127.0.0.0/8, else global, as ip has it
    uint32_t metric;
    uint8_t protocol;
    uint32_t valid, preferred;
};

enum nlu_addr_change {
    NLU_ADDR_ADD, // EEXIST when it is there
    NLU_ADDR_REPLACE, // add, or change what is there
    NLU_ADDR_CHANGE, // the kernel makes it where it is not there, whatever was asked
    NLU_ADDR_DEL, // EADDRNOTAVAIL when it is not there
};

// One address, one message. `dev` is for the error's text.
NLU_CHECKED int nlu_addr_change(struct nlu_nlsock *nl, enum nlu_addr_change change,
                                const struct nlu_addr_spec *spec, const char *dev,
                                struct nlu_err *err);

// Removes all that the filter lets through; *ret_count says how many there were.
NLU_CHECKED int nlu_addr_flush(struct nlu_nlsock *nl, const struct nlu_addr_filter *filter,
                               size_t *ret_count, struct nlu_err *err);

// Writes the message into a buffer of NLU_NL_REQUEST bytes (also for plans). 0 or -EMSGSIZE.
NLU_CHECKED int nlu_addr_put(struct nlmsghdr *msg, enum nlu_addr_change change,
                             const struct nlu_addr_spec *spec);

// One RTM_NEWADDR or RTM_DELADDR message; `dev` stays NULL. 0, -EBADMSG or -ENOMEM.
NLU_CHECKED int nlu_addr_decode(const struct nlmsghdr *msg, struct nlu_arena *arena,
                                struct nlu_addr *ret_addr);

// Fills in the interface's name. 0 or -ENOMEM.
NLU_CHECKED int nlu_addr_name(struct nlu_addr *addr, struct nlu_ifnames *names);

// The subnet's last (ones) or first address: ip's broadcast "+" and "-". Family 0 for a subnet of
// one or two addresses, which has none.
struct nlu_ip nlu_addr_broadcast(const struct nlu_prefix *subnet, bool ones);

// The word for one flag (a single bit), as ip prints it: "nodad", "temporary"; NULL without one.
const char *nlu_addr_flag_name(uint32_t flag, uint8_t family);
// The flag for a word; 0 when there is no such word.
uint32_t nlu_addr_flag_parse(const char *word);

#endif
