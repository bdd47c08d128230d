// What went wrong, told once: errno, the operation, what it was done to, and the kernel's own
// words.
#ifndef NLU_ERR_H
#define NLU_ERR_H

#include "util.h"

enum {
    NLU_ERR_OP = 32,
    NLU_ERR_SUBJECT = 224,
    NLU_ERR_KERNEL = 256,
    NLU_ERR_ATTR = 64,
    NLU_ERR_HINT = 512,
};

// Lives in the caller's frame and owns nothing, so nothing leaks when Lua jumps past it.
// Empty strings mean "not known". Filled only by a function that fails.
struct nlu_err {
    int errnum; // positive errno
    char op[NLU_ERR_OP]; // "addr.add"
    char subject[NLU_ERR_SUBJECT]; // "192.0.2.1/40 on eth0"
    char kernel[NLU_ERR_KERNEL]; // the extended-ack text, unchanged
    char attr[NLU_ERR_ATTR]; // the attribute the kernel pointed at: "IFA_LOCAL"
    char hint[NLU_ERR_HINT]; // what opens the gate: a command, an option
};

// Starts an error: clears *err, sets errno and what was tried, on what (printf-style subject, may
// be ""). Returns -errnum, so that `return nlu_err_set(…)` reads as one thought.
int nlu_err_set(struct nlu_err *err, int errnum, const char *op, const char *subject, ...)
    NLU_PRINTF(4, 5);

// Adds operation and subject to an error that a lower layer has started. Returns -err->errnum.
int nlu_err_about(struct nlu_err *err, const char *op, const char *subject, ...) NLU_PRINTF(3, 4);

// Adds a hint: what the person can do about it. Returns -err->errnum.
int nlu_err_hint(struct nlu_err *err, const char *hint, ...) NLU_PRINTF(2, 3);

// "EINVAL" for EINVAL, "EUNKNOWN" for a number without a name; never NULL, never freed.
const char *nlu_errno_name(int errnum);

#endif
