// Generic netlink: families by name. linux/genetlink.h,
// Documentation/userspace-api/netlink/intro.rst.
#ifndef NLU_GENL_H
#define NLU_GENL_H

#include "nlsock.h"

// Opens a socket inside the namespace and finds the number of a family ("wireguard"). ENOENT when
// the kernel has no such family (the module may have to be loaded by making a link first). The
// socket is the caller's, on success only.
NLU_CHECKED int nlu_genl_open(int netns, const char *family, struct nlu_nlsock *ret_nl,
                              uint16_t *ret_family, struct nlu_err *err);

#endif
