// A network in one go: many namespaces and what is in them, run with few system calls, all or
// nothing. How it is done and what each trick brings stands in the README ("Fast").
#ifndef NLU_PLAN_H
#define NLU_PLAN_H

#include "err.h"
#include "ipaddr.h"
#include "nlsock.h"

struct nlu_plan_sysctl {
    const char *name, *value;
};

// A namespace to make. fd and route are filled by nlu_plan_run.
struct nlu_plan_ns {
    const char *name; // for messages
    const struct nlu_plan_sysctl *sysctls;
    size_t sysctl_count;
    int fd;
    struct nlu_nlsock route;
};

enum nlu_plan_kind {
    NLU_PLAN_BRIDGE, // name, index, stp
    NLU_PLAN_VETH, // name, index, mac, mtu; master and up of this end; the peer_* of the other
    NLU_PLAN_SET, // index: up, master, no_addrgen
    NLU_PLAN_ADDR, // index, prefix, nodad
    NLU_PLAN_ROUTE, // prefix (family alone: default), via, index
    NLU_PLAN_FORWARD, // index: forwards IPv4 where /proc/sys cannot be written
    NLU_PLAN_NEIGH, // index, prefix.ip, mac: a permanent entry
    NLU_PLAN_UNROUTE, // prefix, via, index: takes a route away
    NLU_PLAN_UNLINK, // index: takes an interface away, its peer with it
};

// One step. Interfaces are named by indexes chosen beforehand, so nothing has to be asked.
struct nlu_plan_op {
    enum nlu_plan_kind kind;
    uint32_t ns, peer_ns;
    int index, peer_index;
    int master; // 0: none
    const char *name, *peer_name;
    uint8_t mac[NLU_MAC_LEN], peer_mac[NLU_MAC_LEN];
    uint32_t mtu, peer_mtu; // 0: the kernel's
    bool has_up, up, stp, no_addrgen, nodad;
    bool replace; // address and route: fine when it is there already
    struct nlu_prefix prefix;
    struct nlu_ip via; // family 0: none
};

struct nlu_plan {
    struct nlu_plan_ns *ns;
    size_t ns_count;
    const struct nlu_plan_op *ops;
    size_t op_count;
};

// Makes all namespaces and carries out the steps in their order; steps of one namespace that follow
// each other go out in one message. On failure every namespace is closed again, *err tells the
// kernel's words and *ret_op the step that was refused (op_count when it was none of them).
NLU_CHECKED int nlu_plan_run(struct nlu_plan *plan, size_t *ret_op, struct nlu_err *err);

// Carries out steps in namespaces that are there already (fd and route filled). What was done
// before a failure stays: for changes of a running lab, whose caller knows what to take back.
NLU_CHECKED int nlu_plan_apply(struct nlu_plan *plan, size_t *ret_op, struct nlu_err *err);

#endif
