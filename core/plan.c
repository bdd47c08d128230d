#include "plan.h"

#include "addr.h"
#include "devconf.h"
#include "link.h"
#include "neigh.h"
#include "netns.h"
#include "route.h"
#include "settle.h"
#include "sysctl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    // A batch is sent when it is this long: well below the smallest send buffer
    // (net.core.wmem_default).
    BATCH_BYTES = 48 * 1024,
};

// --- one step, one message -----------------------------------------------------------------------

static int put_bridge(struct nlmsghdr *msg, const struct nlu_plan_op *op) {
    struct ifinfomsg *head;

    msg->nlmsg_type = RTM_NEWLINK;
    msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
    head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ifi_index = op->index;
    mnl_attr_put_strz(msg, IFLA_IFNAME, op->name);
    struct nlattr *info = mnl_attr_nest_start(msg, IFLA_LINKINFO);
    mnl_attr_put_strz(msg, IFLA_INFO_KIND, "bridge");
    struct nlattr *data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
    // Snooping sends and waits for queries for every port that comes: quadratic in their number,
    // and nothing in a lab needs it.
    mnl_attr_put_u8(msg, IFLA_BR_MCAST_SNOOPING, 0);
    if (op->stp)
        mnl_attr_put_u32(msg, IFLA_BR_STP_STATE, 1);
    mnl_attr_nest_end(msg, data);
    mnl_attr_nest_end(msg, info);
    return 0;
}

static void one_end(struct nlu_link_spec *spec, const char *name, int index, const uint8_t *mac,
                    uint32_t mtu) {
    // One queue each way: a quarter less work at creation, and nothing here has more than one
    // reader.
    spec->have =
        NLU_LINK_INDEX | NLU_LINK_ADDRESS | NLU_LINK_NUM_TX_QUEUES | NLU_LINK_NUM_RX_QUEUES;
    spec->name = name;
    spec->index = index;
    spec->address.len = NLU_MAC_LEN;
    memcpy(spec->address.bytes, mac, NLU_MAC_LEN);
    spec->num_tx_queues = spec->num_rx_queues = 1;
    if (mtu) {
        spec->have |= NLU_LINK_MTU;
        spec->mtu = mtu;
    }
}

static int put_veth(struct nlmsghdr *msg, const struct nlu_plan *plan,
                    const struct nlu_plan_op *op) {
    struct nlu_link_spec spec = {.kind = "veth"}, peer = {0};

    one_end(&spec, op->name, op->index, op->mac, op->mtu);
    one_end(&peer, op->peer_name, op->peer_index, op->peer_mac, op->peer_mtu);
    peer.have |= NLU_LINK_NETNS;
    peer.netns = plan->ns[op->peer_ns].fd;
    spec.peer = &peer;
    if (op->master) {
        spec.have |= NLU_LINK_MASTER;
        spec.master = op->master;
    }
    if (op->up) {
        spec.have |= NLU_LINK_UP;
        spec.up = true;
    }
    return nlu_link_put_add(msg, &spec);
}

static int put_set(struct nlmsghdr *msg, const struct nlu_plan_op *op) {
    struct nlu_link_spec spec = {.have = op->has_up ? NLU_LINK_UP : 0, .up = op->up};

    if (op->master) {
        spec.have |= NLU_LINK_MASTER;
        spec.master = op->master;
    }
    if (op->no_addrgen) {
        spec.have |= NLU_LINK_ADDRGENMODE;
        spec.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
    }
    return nlu_link_put_set(msg, op->index, &spec);
}

static int put_addr(struct nlmsghdr *msg, const struct nlu_plan_op *op) {
    const struct nlu_addr_spec spec = {
        .index = op->index, .local = op->prefix, .flags = op->nodad ? IFA_F_NODAD : 0};

    return nlu_addr_put(msg, op->replace ? NLU_ADDR_REPLACE : NLU_ADDR_ADD, &spec);
}

static int put_route(struct nlmsghdr *msg, const struct nlu_plan_op *op) {
    // All three are said for a removal, too: it takes away what a plan has put there, no other.
    struct nlu_route_spec spec = {
        .family = op->prefix.ip.family,
        .gateway = op->via,
        .oif = op->index,
        .have = NLU_ROUTE_TYPE | NLU_ROUTE_SCOPE | NLU_ROUTE_PROTOCOL,
        .type = RTN_UNICAST,
        .scope = op->via.family ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
        .protocol = RTPROT_BOOT,
    };

    if (op->prefix.len)
        spec.dst = op->prefix;
    return nlu_route_put(msg,
                         op->kind == NLU_PLAN_UNROUTE ? NLU_ROUTE_DEL
                         : op->replace                ? NLU_ROUTE_REPLACE
                                                      : NLU_ROUTE_ADD,
                         &spec);
}

static int put_neigh(struct nlmsghdr *msg, const struct nlu_plan_op *op) {
    struct nlu_neigh_spec spec = {
        .index = op->index, .dst = op->prefix.ip, .has_lladdr = true, .lladdr.len = NLU_MAC_LEN};

    memcpy(spec.lladdr.bytes, op->mac, NLU_MAC_LEN);
    return nlu_neigh_put(msg, NLU_NEIGH_REPLACE, &spec);
}

static int put_unlink(struct nlmsghdr *msg, const struct nlu_plan_op *op) {
    struct ifinfomsg *head;

    msg->nlmsg_type = RTM_DELLINK;
    msg->nlmsg_flags = NLM_F_REQUEST;
    head = mnl_nlmsg_put_extra_header(msg, sizeof *head);
    head->ifi_index = op->index;
    return 0;
}

static int put_op(struct nlmsghdr *msg, const struct nlu_plan *plan, const struct nlu_plan_op *op) {
    switch (op->kind) {
    case NLU_PLAN_BRIDGE:
        return put_bridge(msg, op);
    case NLU_PLAN_VETH:
        return put_veth(msg, plan, op);
    case NLU_PLAN_SET:
        return put_set(msg, op);
    case NLU_PLAN_ADDR:
        return put_addr(msg, op);
    case NLU_PLAN_ROUTE:
    case NLU_PLAN_UNROUTE:
        return put_route(msg, op);
    case NLU_PLAN_NEIGH:
        return put_neigh(msg, op);
    case NLU_PLAN_UNLINK:
        return put_unlink(msg, op);
    case NLU_PLAN_FORWARD:
        return nlu_devconf_put(msg, op->index, NLU_DEVCONF_FORWARDING, 1);
    }
    return -EINVAL;
}

// What a refused step was about, in ip's words.
static int tell(const struct nlu_plan *plan, const struct nlu_plan_op *op, struct nlu_err *err) {
    const char *node = plan->ns[op->ns].name;
    char prefix[NLU_PREFIX_TEXT], via[NLU_IP_TEXT];

    switch (op->kind) {
    case NLU_PLAN_BRIDGE:
        return nlu_err_about(err, "link.add", "%s type bridge in %s", op->name, node);
    case NLU_PLAN_VETH:
        return nlu_err_about(err, "link.add", "%s type veth in %s, peer %s in %s", op->name, node,
                             op->peer_name, plan->ns[op->peer_ns].name);
    case NLU_PLAN_SET:
    case NLU_PLAN_FORWARD:
        return nlu_err_about(err, "link.set", "index %d in %s", op->index, node);
    case NLU_PLAN_ADDR:
        return nlu_err_about(err, "addr.add", "%s on index %d in %s",
                             nlu_prefix_format(&op->prefix, prefix), op->index, node);
    case NLU_PLAN_UNLINK:
        return nlu_err_about(err, "link.del", "index %d in %s", op->index, node);
    case NLU_PLAN_ROUTE:
    case NLU_PLAN_UNROUTE:
        return nlu_err_about(err, op->kind == NLU_PLAN_ROUTE ? "route.add" : "route.del",
                             "%s via %s in %s",
                             op->prefix.len ? nlu_prefix_format(&op->prefix, prefix) : "default",
                             nlu_ip_format(&op->via, via), node);
    case NLU_PLAN_NEIGH:
        return nlu_err_about(err, "neigh.add", "%s in %s", nlu_ip_format(&op->prefix.ip, via),
                             node);
    }
    return -err->errnum;
}

// --- carrying out
// -----------------------------------------------------------------------------------

struct run {
    struct nlu_plan *plan;
    struct nlu_netns_maker *maker; // NULL: all namespaces are there
    int *fds, *netlinks; // the maker's
    size_t adopted; // how many of them the plan's namespaces have taken over
    struct nlu_nl_batch batch;
    size_t batch_first; // the step that the batch's first message stands for
};

// Makes sure that namespace `ns` is there and has its netlink socket ready.
static int need(struct run *r, uint32_t ns, struct nlu_err *err) {
    if (!r->maker)
        return 0;
    if (ns >= r->adopted) {
        int rc = nlu_netns_maker_wait(r->maker, ns + 1, err);
        if (rc < 0)
            return rc;
    }
    for (; r->adopted <= ns; r->adopted++) {
        struct nlu_plan_ns *n = &r->plan->ns[r->adopted];
        int rc = nlu_nlsock_adopt(&n->route, r->netlinks[r->adopted], err);
        if (rc < 0)
            return rc;
        n->fd = r->fds[r->adopted];
        r->fds[r->adopted] = r->netlinks[r->adopted] = NLU_NO_FD;
    }
    return 0;
}

static int flush(struct run *r, size_t *ret_op, struct nlu_err *err) {
    size_t index = 0;

    if (!r->batch.count)
        return 0;
    const struct nlu_plan_op *first = &r->plan->ops[r->batch_first];
    int rc = nlu_nlsock_batch(&r->plan->ns[first->ns].route, &r->batch, &index, err);
    if (rc < 0) {
        *ret_op = r->batch_first + index;
        return tell(r->plan, &r->plan->ops[*ret_op], err);
    }
    return 0;
}

// Would waiting for this namespace block? Then what has been gathered is better sent meanwhile.
static bool must_wait(struct run *r, const struct nlu_plan_op *op) {
    uint32_t last = op->kind == NLU_PLAN_VETH && op->peer_ns > op->ns ? op->peer_ns : op->ns;
    return r->maker && last >= r->adopted && last >= nlu_netns_maker_ready(r->maker);
}

static int step(struct run *r, size_t i, size_t *ret_op, struct nlu_err *err) {
    const struct nlu_plan_op *op = &r->plan->ops[i];
    int rc = 0;

    if (r->batch.count && (r->plan->ops[r->batch_first].ns != op->ns ||
                           r->batch.len > BATCH_BYTES || must_wait(r, op)))
        rc = flush(r, ret_op, err);
    if (rc == 0)
        rc = need(r, op->ns, err);
    if (rc == 0 && op->kind == NLU_PLAN_VETH)
        rc = need(r, op->peer_ns, err);
    if (rc < 0)
        return rc;
    struct nlmsghdr *msg = nlu_nl_batch_next(&r->batch);
    rc = msg ? put_op(msg, r->plan, op) : -ENOMEM;
    if (rc < 0) {
        nlu_err_set(err, -rc, "plan", "step %zu", i);
        *ret_op = i;
        return rc;
    }
    if (!r->batch.count)
        r->batch_first = i;
    nlu_nl_batch_push(&r->batch, msg);
    return 0;
}

static int carry_out(struct run *r, size_t *ret_op, struct nlu_err *err) {
    int rc = 0;

    *ret_op = r->plan->op_count;
    for (size_t i = 0; rc == 0 && i < r->plan->op_count; i++)
        rc = step(r, i, ret_op, err);
    if (rc == 0)
        rc = flush(r, ret_op, err);
    // A namespace without any step must be there as well.
    if (rc == 0 && r->plan->ns_count)
        rc = need(r, (uint32_t)r->plan->ns_count - 1, err);
    nlu_nl_batch_free(&r->batch);
    return rc;
}

// The IPv6 addresses of one namespace that have a carrier to be heard over.
static int settle_addrs(const struct nlu_plan *plan, uint32_t ns, struct nlu_settle_addr *addrs,
                        struct nlu_err *err) {
    size_t count = 0;

    for (size_t i = 0; i < plan->op_count; i++) {
        const struct nlu_plan_op *op = &plan->ops[i];
        if (op->kind == NLU_PLAN_ADDR && op->ns == ns && op->prefix.ip.family == AF_INET6)
            addrs[count++] = (struct nlu_settle_addr){op->index, op->prefix.ip};
    }
    return nlu_settle_addrs(&plan->ns[ns].route, addrs, count, err);
}

// After this the first packet counts: wires first, then the bridges that they are plugged into,
// then the addresses that are asked for over them.
static int settle(const struct nlu_plan *plan, struct nlu_err *err) {
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct nlu_plan_op *op = &plan->ops[i];
        if (op->kind != NLU_PLAN_VETH)
            continue;
        (void)nlu_settle_carrier(&plan->ns[op->ns].route, op->name);
        (void)nlu_settle_carrier(&plan->ns[op->peer_ns].route, op->peer_name);
    }
    for (size_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].kind == NLU_PLAN_BRIDGE)
            (void)nlu_settle_carrier(&plan->ns[plan->ops[i].ns].route, plan->ops[i].name);
    for (uint32_t ns = 0; ns < plan->ns_count && !nlu_settle_by_asking(); ns++) {
        int rc = nlu_settle_carriers(&plan->ns[ns].route, err);
        if (rc < 0)
            return rc;
    }
    struct nlu_settle_addr *addrs = malloc((plan->op_count + 1) * sizeof *addrs);
    if (!addrs)
        return nlu_err_set(err, ENOMEM, "plan", "%zu steps", plan->op_count);
    int rc = 0;
    for (uint32_t ns = 0; rc == 0 && ns < plan->ns_count; ns++)
        rc = settle_addrs(plan, ns, addrs, err);
    free(addrs);
    return rc;
}

int nlu_plan_apply(struct nlu_plan *plan, size_t *ret_op, struct nlu_err *err) {
    struct run r = {.plan = plan};
    int rc = carry_out(&r, ret_op, err);

    // A wire that is mended has no step that names it.
    for (size_t i = 0; rc == 0 && i < plan->ns_count; i++)
        rc = nlu_settle_carriers(&plan->ns[i].route, err);
    return rc == 0 ? settle(plan, err) : rc;
}

static int prepare(void *arg, size_t i, struct nlu_err *err) {
    const struct nlu_plan *plan = arg;
    const struct nlu_plan_ns *ns = &plan->ns[i];

    for (size_t k = 0; k < ns->sysctl_count; k++) {
        int rc = nlu_sysctl_write_here(ns->sysctls[k].name, ns->sysctls[k].value);
        if (rc < 0) {
            nlu_err_set(err, -rc, "sysctl.set", "%s = %s in %s", ns->sysctls[k].name,
                        ns->sysctls[k].value, ns->name);
            return nlu_sysctl_explain(err);
        }
    }
    return 0;
}

int nlu_plan_run(struct nlu_plan *plan, size_t *ret_op, struct nlu_err *err) {
    int *fds = calloc(2 * plan->ns_count + 1, sizeof *fds);
    struct run r = {.plan = plan, .fds = fds};
    int rc;

    *ret_op = plan->op_count;
    for (size_t i = 0; i < plan->ns_count; i++) {
        plan->ns[i].fd = NLU_NO_FD;
        plan->ns[i].route = (struct nlu_nlsock){.fd = NLU_NO_FD};
    }
    if (!fds)
        return nlu_err_set(err, ENOMEM, "plan", "%zu namespaces", plan->ns_count);
    r.netlinks = fds + plan->ns_count;
    rc = nlu_netns_maker_start(&r.maker, plan->ns_count, r.fds, r.netlinks, prepare, plan, err);
    if (rc == 0) {
        rc = carry_out(&r, ret_op, err);
        nlu_netns_maker_finish(r.maker);
        if (rc == 0)
            rc = settle(plan, err);
    }
    for (size_t i = 0; i < plan->ns_count; i++) {
        // What the maker made and nobody took over, and after a failure everything.
        if (r.maker) {
            nlu_close(&r.fds[i]);
            nlu_close(&r.netlinks[i]);
        }
        if (rc < 0) {
            nlu_nlsock_close(&plan->ns[i].route);
            nlu_close(&plan->ns[i].fd);
        }
    }
    free(fds);
    return rc;
}
