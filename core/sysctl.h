// Sysctls of a network namespace: what stands under /proc/sys/net. sysctl(8).
#ifndef NLU_SYSCTL_H
#define NLU_SYSCTL_H

#include "err.h"
#include "util.h"

enum { NLU_SYSCTL_VALUE = 4096 };

// Reads "net.ipv4.ip_forward" (or with '/' between the parts, for interface names with dots) in the
// namespace, without the line's end. Only names under "net": all others belong to the whole machine
// (EPERM).
NLU_CHECKED int nlu_sysctl_get(int netns, const char *name, char ret_value[NLU_SYSCTL_VALUE],
                               struct nlu_err *err);

// Where a container covers /proc/sys, settings of interfaces go by netlink as far as they can
// (devconf.h): "net.ipv4.ip_forward" then means every interface that is there, and still reads 0.
NLU_CHECKED int nlu_sysctl_set(int netns, const char *name, const char *value, struct nlu_err *err);

// Writes in the network namespace the calling thread is in. -errno; for threads that just made one.
NLU_CHECKED int nlu_sysctl_write_here(const char *name, const char *value);

// Adds what uncovers a container's /proc/sys to a write that was refused with EROFS. Returns
// -err->errnum.
int nlu_sysctl_explain(struct nlu_err *err);

// The path below /proc/sys that a name stands for; -EINVAL for what is no name, -EPERM outside net.
// Pure.
NLU_CHECKED int nlu_sysctl_path(const char *name, char *ret_path, size_t size);

#endif
