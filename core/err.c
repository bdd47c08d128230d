#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int nlu_err_set(struct nlu_err *err, int errnum, const char *op, const char *subject, ...) {
    va_list args;

    memset(err, 0, sizeof *err);
    err->errnum = errnum;
    snprintf(err->op, sizeof err->op, "%s", op);
    va_start(args, subject);
    vsnprintf(err->subject, sizeof err->subject, subject, args);
    va_end(args);
    return -errnum;
}

int nlu_err_about(struct nlu_err *err, const char *op, const char *subject, ...) {
    va_list args;

    snprintf(err->op, sizeof err->op, "%s", op);
    va_start(args, subject);
    vsnprintf(err->subject, sizeof err->subject, subject, args);
    va_end(args);
    return -err->errnum;
}

int nlu_err_hint(struct nlu_err *err, const char *hint, ...) {
    va_list args;

    va_start(args, hint);
    vsnprintf(err->hint, sizeof err->hint, hint, args);
    va_end(args);
    return -err->errnum;
}

const char *nlu_errno_name(int errnum) {
    // glibc knows all names of this kernel's ABI; unlike strerror's text they are not translated.
    const char *name = strerrorname_np(errnum);
    return name ? name : "EUNKNOWN";
}
