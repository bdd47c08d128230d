// Addresses of interfaces: ip-address(8), rtnetlink(7).
#ifndef NLU_ADDR_H
#define NLU_ADDR_H

#include "arena.h"
#include "ipaddr.h"
#include "nlsock.h"

#include <net/if.h>

#define NLU_ADDR_FOREVER UINT32_MAX

// One address as the kernel reports it.
struct nlu_addr {
    int index;
    uint8_t prefix_len, scope;
    uint32_t flags; // IFA_F_*
    struct nlu_ip local; // the interface's own address
    struct nlu_ip peer; // the other end's, family 0 when there is none
    struct nlu_ip broadcast, anycast;
    char label[IFNAMSIZ]; // "" when absent (IPv6)
    uint32_t valid_lft, preferred_lft; // seconds, NLU_ADDR_FOREVER
    uint32_t metric; // 0 when absent
    uint8_t protocol; // IFAPROT_*, 0 when absent
};

struct nlu_addr_list {
    struct nlu_addr *items;
    size_t count;
};

// What to say when adding or deleting one. Zero-initialise; a field counts when its bit is set.
struct nlu_addr_spec {
    enum {
        NLU_ADDR_SCOPE = 1 << 0,
        NLU_ADDR_LABEL = 1 << 1,
        NLU_ADDR_LIFETIME = 1 << 2,
        NLU_ADDR_METRIC = 1 << 3,
        NLU_ADDR_PROTO = 1 << 4,
    } have;
    int index;
    struct nlu_prefix prefix;
    struct nlu_ip peer, broadcast, anycast; // family 0: not said
    uint8_t scope, protocol;
    const char *label;
    uint32_t flags, valid_lft, preferred_lft, metric;
};

enum nlu_addr_verb {
    NLU_ADDR_ADD, // must not be there
    NLU_ADDR_REPLACE, // made or changed
    NLU_ADDR_CHANGE, // must be there
    NLU_ADDR_DEL,
};

// One request. On refusal the subject is "192.0.2.1/24 on eth0", for which `ifname` is given.
NLU_CHECKED int nlu_addr_do(struct nlu_nlsock *nl, enum nlu_addr_verb verb,
                            const struct nlu_addr_spec *spec, const char *ifname,
                            struct nlu_err *err);

// All addresses of a family (AF_UNSPEC: both) in the kernel's order.
NLU_CHECKED int nlu_addr_list(struct nlu_nlsock *nl, int family, struct nlu_arena *arena,
                              struct nlu_addr_list *ret_list, struct nlu_err *err);

// The flags' names as `ip -json` has them, in its order. Returns how many there are.
size_t nlu_addr_flag_names(const struct nlu_addr *addr, const char **names, size_t max);

// Writes the message into a buffer of NLU_NL_REQUEST bytes. 0 or -EMSGSIZE. Pure.
NLU_CHECKED int nlu_addr_put(struct nlmsghdr *msg, enum nlu_addr_verb verb,
                             const struct nlu_addr_spec *spec);

// Reads an RTM_NEWADDR or RTM_DELADDR message. 0 or -EBADMSG. Pure.
NLU_CHECKED int nlu_addr_parse(const struct nlmsghdr *msg, struct nlu_addr *ret_addr);

#endif
