// Neighbours: who has which hardware address. ip-neighbour(8), RFC 826, RFC 4861.
#ifndef NLU_NEIGH_H
#define NLU_NEIGH_H

#include "arena.h"
#include "ipaddr.h"
#include "link.h"
#include "nlsock.h"

#include <linux/neighbour.h> // the values of the fields

struct nlu_ifnames;

// One entry as the kernel reports it.
struct nlu_neigh {
    int index; // of the interface; 0 for a proxy entry that is good for all
    const char *dev; // NULL until nlu_neigh_name
    uint8_t family;
    uint16_t state; // NUD_*
    uint8_t flags; // NTF_*
    uint32_t ext_flags; // NTF_EXT_*
    struct nlu_ip dst;
    struct nlu_hwaddr lladdr;
    uint16_t link_type; // ARPHRD_* of the interface where lladdr's text depends on it
    uint8_t protocol; // RTPROT_*
    bool has_cacheinfo, has_probes;
    uint32_t used, confirmed, updated, refcnt; // seconds since; references
    uint32_t probes;
};

struct nlu_neigh_list {
    struct nlu_neigh *items;
    size_t count;
};

enum { NLU_NEIGH_NO_MASTER = -1 };

// What to list or to flush: fields left 0 do not filter.
struct nlu_neigh_filter {
    uint8_t family;
    int index;
    int master; // or NLU_NEIGH_NO_MASTER: only on links without one
    bool proxy; // the proxy entries instead of the neighbours
    bool unused; // only those that nobody holds
    bool has_state;
    uint16_t state; // any of these; without has_state: all but NOARP (list), nor PERMANENT (flush)
    bool none; // with has_state: those without a state, too
    uint8_t protocol;
    struct nlu_prefix to;
};

NLU_CHECKED int nlu_neigh_list(struct nlu_nlsock *nl, const struct nlu_neigh_filter *filter,
                               struct nlu_arena *arena, struct nlu_neigh_list *ret_list,
                               struct nlu_err *err);

// One entry (proxy: of the proxies); ENOENT when there is none.
NLU_CHECKED int nlu_neigh_get(struct nlu_nlsock *nl, const struct nlu_ip *dst, int index,
                              bool proxy, struct nlu_arena *arena, struct nlu_neigh *ret_neigh,
                              struct nlu_err *err);

// What add, replace, change and del can say. Zero-initialise; dst is required, and index but for
// proxies.
struct nlu_neigh_spec {
    int index;
    struct nlu_ip dst;
    bool has_lladdr, has_state, has_protocol;
    struct nlu_hwaddr lladdr;
    uint16_t state; // default: permanent
    uint8_t flags; // NTF_*
    uint32_t ext_flags; // NTF_EXT_*
    uint8_t protocol;
};

enum nlu_neigh_change {
    NLU_NEIGH_ADD, // EEXIST when it is there
    NLU_NEIGH_REPLACE, // add, or change what is there
    NLU_NEIGH_CHANGE, // ENOENT when it is not there
    NLU_NEIGH_DEL, // ENOENT when it is not there
};

// One entry, one message. `dev` is for the error's text.
NLU_CHECKED int nlu_neigh_change(struct nlu_nlsock *nl, enum nlu_neigh_change change,
                                 const struct nlu_neigh_spec *spec, const char *dev,
                                 struct nlu_err *err);

// Removes all that the filter lets through; *ret_count says how many there were.
NLU_CHECKED int nlu_neigh_flush(struct nlu_nlsock *nl, const struct nlu_neigh_filter *filter,
                                size_t *ret_count, struct nlu_err *err);

// Writes the message into a buffer of NLU_NL_REQUEST bytes (also for plans). 0 or -EMSGSIZE.
NLU_CHECKED int nlu_neigh_put(struct nlmsghdr *msg, enum nlu_neigh_change change,
                              const struct nlu_neigh_spec *spec);

// One RTM_NEWNEIGH, RTM_DELNEIGH or RTM_GETNEIGH message; `dev` stays NULL. 0 or -EBADMSG.
NLU_CHECKED int nlu_neigh_decode(const struct nlmsghdr *msg, struct nlu_neigh *ret_neigh);

// Fills in the interface's name, and its type where that matters. 0 or -ENOMEM.
NLU_CHECKED int nlu_neigh_name(struct nlu_neigh *neigh, struct nlu_ifnames *names);

// "REACHABLE", … for the set bits, in ip's order, into names[0..max). Returns how many there are.
size_t nlu_neigh_state_names(uint16_t state, const char **names, size_t max);
// The state for a word in any case ("reachable", "REACHABLE", "none"). 0 or -EINVAL.
NLU_CHECKED int nlu_neigh_state_parse(const char *word, uint16_t *ret_state);

#endif
