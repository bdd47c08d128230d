#include "monitor.h"

#include "netns.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

enum {
    RECEIVE_BUFFER = 4 << 20,
    DATAGRAMS_AT_ONCE = 64,
};

static const struct {
    uint16_t new_type, del_type;
    uint8_t groups[3]; // 0 ends
} kinds[NLU_MONITOR_OBJECTS] = {
    [NLU_MONITOR_LINK] = {RTM_NEWLINK, RTM_DELLINK, {RTNLGRP_LINK}},
    [NLU_MONITOR_ADDR] = {RTM_NEWADDR, RTM_DELADDR, {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}},
    [NLU_MONITOR_ROUTE] = {RTM_NEWROUTE, RTM_DELROUTE, {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE}},
    [NLU_MONITOR_NEIGH] = {RTM_NEWNEIGH, RTM_DELNEIGH, {RTNLGRP_NEIGH}},
    [NLU_MONITOR_RULE] = {RTM_NEWRULE, RTM_DELRULE, {RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE}},
    [NLU_MONITOR_NEXTHOP] = {RTM_NEWNEXTHOP, RTM_DELNEXTHOP, {RTNLGRP_NEXTHOP}},
};

// --- one message ---------------------------------------------------------------------------------

// The same message types speak of bridges' ports and tables, of multicast routing and of MPLS.
static bool of_interest(enum nlu_monitor_object object, const struct nlmsghdr *msg) {
    // Every header of these messages begins with the family.
    const uint8_t *family = nlu_msg_header(msg, sizeof *family);

    if (!family)
        return true; // too short for anything: the decoder says so
    switch (object) {
    case NLU_MONITOR_LINK:
        return *family == AF_UNSPEC;
    case NLU_MONITOR_NEXTHOP:
        return true;
    default:
        return *family == AF_INET || *family == AF_INET6;
    }
}

static int decode_object(const struct nlmsghdr *msg, struct nlu_arena *arena,
                         struct nlu_event *event) {
    switch (event->object) {
    case NLU_MONITOR_LINK:
        return nlu_link_parse(msg, arena, &event->link);
    case NLU_MONITOR_ADDR:
        return nlu_addr_decode(msg, arena, &event->addr);
    case NLU_MONITOR_ROUTE:
        return nlu_route_decode(msg, arena, &event->route);
    case NLU_MONITOR_NEIGH:
        return nlu_neigh_decode(msg, &event->neigh);
    case NLU_MONITOR_RULE:
        return nlu_rule_decode(msg, arena, &event->rule);
    case NLU_MONITOR_NEXTHOP:
        return nlu_nexthop_decode(msg, arena, &event->nexthop);
    case NLU_MONITOR_OBJECTS:
        break;
    }
    return -EBADMSG;
}

int nlu_event_decode(const struct nlmsghdr *msg, unsigned objects, struct nlu_arena *arena,
                     struct nlu_event *ret_event) {
    for (int i = 0; i < NLU_MONITOR_OBJECTS; i++) {
        bool del = msg->nlmsg_type == kinds[i].del_type;
        if ((!del && msg->nlmsg_type != kinds[i].new_type) || !(objects & 1u << i))
            continue;
        struct nlu_event event = {.kind = del ? NLU_EVENT_DEL : NLU_EVENT_NEW,
                                  .object = (enum nlu_monitor_object)i};
        if (!of_interest(event.object, msg))
            return 0;
        int rc = decode_object(msg, arena, &event);
        if (rc < 0)
            return rc;
        *ret_event = event;
        return 1;
    }
    return 0;
}

// --- the stream ----------------------------------------------------------------------------------

static int subscribe(struct nlu_monitor *m, unsigned objects, struct nlu_err *err) {
    for (int i = 0; i < NLU_MONITOR_OBJECTS; i++) {
        if (!(objects & 1u << i))
            continue;
        for (size_t k = 0; k < NLU_COUNT(kinds[i].groups) && kinds[i].groups[k]; k++) {
            int group = kinds[i].groups[k];
            if (setsockopt(m->nl.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
                return nlu_err_set(err, errno, "monitor", "netlink group %d", group);
        }
    }
    return 0;
}

// What the links are called now, so that the end of one can be told by its name.
static int learn_names(struct nlu_monitor *m, struct nlu_nlsock *route, struct nlu_err *err) {
    const struct nlu_link_filter all = {0};
    struct nlu_arena arena = {0};
    struct nlu_link_list list = {0};

    int rc = nlu_link_list(route, &all, &arena, &list, err);
    for (size_t i = 0; rc == 0 && i < list.count; i++)
        if (nlu_ifnames_learn(&m->names, list.items[i].index, list.items[i].name) < 0)
            rc = nlu_err_set(err, ENOMEM, "monitor", "%s", "");
    nlu_arena_free(&arena);
    return rc;
}

int nlu_monitor_open(struct nlu_monitor *m, int netns, struct nlu_nlsock *route, unsigned objects,
                     int buffer, struct nlu_err *err) {
    int size = buffer ? buffer : RECEIVE_BUFFER;

    int rc = nlu_nlsock_open(&m->nl, netns, NETLINK_ROUTE, err);
    if (rc < 0)
        return nlu_err_about(err, "monitor", "%s", "");
    m->objects = objects;
    m->names = (struct nlu_ifnames){.nl = &m->nl, .arena = &m->memory};
    (void)setsockopt(m->nl.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    // Links are always heard of: their names are needed for all else.
    rc = subscribe(m, objects | 1u << NLU_MONITOR_LINK, err);
    if (rc == 0)
        rc = learn_names(m, route, err);
    if (rc < 0)
        nlu_monitor_close(m);
    return rc;
}

void nlu_monitor_close(struct nlu_monitor *m) {
    nlu_nlsock_close(&m->nl);
    nlu_arena_free(&m->memory);
    m->names = (struct nlu_ifnames){0};
}

static int name_event(struct nlu_monitor *m, struct nlu_arena *arena, struct nlu_event *event) {
    switch (event->object) {
    case NLU_MONITOR_LINK:
        if (nlu_ifnames_learn(&m->names, event->link.index, event->link.name) < 0)
            return -ENOMEM;
        return nlu_link_complete(&m->nl, arena, &event->link, 1);
    case NLU_MONITOR_ADDR:
        return nlu_addr_name(&event->addr, &m->names);
    case NLU_MONITOR_ROUTE:
        return nlu_route_name(&event->route, &m->names);
    case NLU_MONITOR_NEIGH:
        return nlu_neigh_name(&event->neigh, &m->names);
    case NLU_MONITOR_NEXTHOP:
        return nlu_nexthop_name(&event->nexthop, &m->names);
    case NLU_MONITOR_RULE:
    case NLU_MONITOR_OBJECTS:
        break;
    }
    return 0;
}

struct taking {
    struct nlu_monitor *monitor;
    struct nlu_arena *arena;
    struct nlu_event *items;
    size_t count, cap;
};

static int append(struct taking *t, const struct nlu_event *event) {
    int rc = nlu_arena_grow(t->arena, (void **)&t->items, sizeof *t->items, t->count, &t->cap);
    if (rc == 0)
        t->items[t->count++] = *event;
    return rc;
}

static int take_message(struct taking *t, const struct nlmsghdr *msg) {
    struct nlu_event event;

    int rc = nlu_event_decode(msg, t->monitor->objects | 1u << NLU_MONITOR_LINK, t->arena, &event);
    if (rc <= 0)
        return rc;
    rc = name_event(t->monitor, t->arena, &event);
    // Its addresses, routes and neighbours have been told to be gone before.
    if (event.object == NLU_MONITOR_LINK && event.kind == NLU_EVENT_DEL)
        nlu_ifnames_forget(&t->monitor->names, event.link.index);
    if (rc < 0 || !(t->monitor->objects & 1u << event.object))
        return rc;
    return append(t, &event);
}

// One datagram. 1 when there was one, 0 when there is none, -errno.
static int take_datagram(struct taking *t) {
    _Alignas(struct nlmsghdr) char buf[NLU_NL_BUFFER];
    struct sockaddr_nl from = {0};
    socklen_t from_len = sizeof from;
    ssize_t got;

    do
        got = recvfrom(t->monitor->nl.fd, buf, sizeof buf, MSG_DONTWAIT | MSG_TRUNC,
                       (struct sockaddr *)&from, &from_len);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got < 0 && errno == ENOBUFS) {
        const struct nlu_event lost = {.kind = NLU_EVENT_LOST};
        int rc = append(t, &lost);
        return rc < 0 ? rc : 1;
    }
    if (got < 0)
        return -errno;
    if ((size_t)got > sizeof buf)
        return -EMSGSIZE;
    int left = (int)got, rc = 0;
    // Only the kernel (port 0) is believed.
    for (const struct nlmsghdr *msg = (void *)buf;
         from.nl_pid == 0 && rc == 0 && mnl_nlmsg_ok(msg, left); msg = mnl_nlmsg_next(msg, &left))
        rc = take_message(t, msg);
    return rc < 0 ? rc : 1;
}

int nlu_monitor_read(struct nlu_monitor *monitor, struct nlu_arena *arena,
                     struct nlu_event_list *ret_list, struct nlu_err *err) {
    struct taking t = {.monitor = monitor, .arena = arena};
    int rc = 1;

    for (int i = 0; i < DATAGRAMS_AT_ONCE && rc > 0; i++)
        rc = take_datagram(&t);
    if (rc < 0)
        return nlu_err_set(err, -rc, "monitor", "%s", "");
    *ret_list = (struct nlu_event_list){t.items, t.count};
    return 0;
}
