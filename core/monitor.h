// The kernel's notifications about links, addresses, routes, neighbours, rules and nexthop objects:
// ip-monitor(8), rtnetlink(7). Subscribed when nlu_monitor_open returns; read without blocking.
#ifndef NLU_MONITOR_H
#define NLU_MONITOR_H

#include "addr.h"
#include "arena.h"
#include "ifnames.h"
#include "link.h"
#include "neigh.h"
#include "nexthop.h"
#include "nlsock.h"
#include "route.h"
#include "rule.h"

enum nlu_monitor_object {
    NLU_MONITOR_LINK,
    NLU_MONITOR_ADDR,
    NLU_MONITOR_ROUTE,
    NLU_MONITOR_NEIGH,
    NLU_MONITOR_RULE,
    NLU_MONITOR_NEXTHOP,
    NLU_MONITOR_OBJECTS, // how many there are
};

struct nlu_event {
    enum nlu_event_kind {
        NLU_EVENT_NEW, // made or changed
        NLU_EVENT_DEL,
        NLU_EVENT_LOST, // the kernel had more to tell than there was room: ask anew for all
    } kind;
    enum nlu_monitor_object object; // not of NLU_EVENT_LOST
    union {
        struct nlu_link link;
        struct nlu_addr addr;
        struct nlu_route route;
        struct nlu_neigh neigh;
        struct nlu_rule rule;
        struct nlu_nexthop nexthop;
    };
};

struct nlu_event_list {
    struct nlu_event *items;
    size_t count;
};

// Zero-initialise but for the descriptor; nlu_monitor_close makes it that again.
struct nlu_monitor {
    struct nlu_nlsock nl; // fd: NLU_NO_FD when closed
    unsigned objects; // bits 1 << enum nlu_monitor_object
    // What links are called, also those that are gone by the time they are spoken of.
    struct nlu_arena memory;
    struct nlu_ifnames names;
};

// Subscribes inside the namespace. `route` is any socket for requests in there; `buffer` is how
// many bytes may wait to be read (0: 4 MiB; the kernel gives at most twice net.core.rmem_max). The
// monitor must stay where it is in memory.
NLU_CHECKED int nlu_monitor_open(struct nlu_monitor *monitor, int netns, struct nlu_nlsock *route,
                                 unsigned objects, int buffer, struct nlu_err *err);

void nlu_monitor_close(struct nlu_monitor *monitor);

// Takes what has come, at most some hundred events at a time; an empty list when there is nothing.
NLU_CHECKED int nlu_monitor_read(struct nlu_monitor *monitor, struct nlu_arena *arena,
                                 struct nlu_event_list *ret_list, struct nlu_err *err);

// One notification into *ret_event, without names. 1 when it is one of `objects`, 0 when it is of
// no interest, -EBADMSG, -ENOMEM. Pure.
NLU_CHECKED int nlu_event_decode(const struct nlmsghdr *msg, unsigned objects,
                                 struct nlu_arena *arena, struct nlu_event *ret_event);

#endif
