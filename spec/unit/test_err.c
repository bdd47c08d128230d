// The error struct: set, told more, cut to its sizes; names of errno values.
#include "check.h"
#include "err.h"

#include <errno.h>
#include <stdlib.h>

static void test_set(void) {
    struct nlu_err err;
    memset(&err, 'x', sizeof err);

    CHECK_INT(nlu_err_set(&err, EINVAL, "addr.add", "%s on %s", "192.0.2.1/40", "eth0"), -EINVAL);
    CHECK_INT(err.errnum, EINVAL);
    CHECK_STR(err.op, "addr.add");
    CHECK_STR(err.subject, "192.0.2.1/40 on eth0");
    // What an earlier failure left must not be told again.
    CHECK_STR(err.kernel, "");
    CHECK_STR(err.attr, "");
    CHECK_STR(err.hint, "");
    CHECK_INT(nlu_err_set(&err, EPERM, "netns.add", "%s", ""), -EPERM);
    CHECK_STR(err.subject, "");
}

static void test_about(void) {
    struct nlu_err err;

    nlu_err_set(&err, EEXIST, "netlink", "send");
    strcpy(err.kernel, "File exists");
    strcpy(err.attr, "IFLA_IFNAME");
    nlu_err_hint(&err, "try %s", "another");
    CHECK_INT(nlu_err_about(&err, "link.add", "%s in %s", "eth0", "h1"), -EEXIST);
    CHECK_STR(err.op, "link.add");
    CHECK_STR(err.subject, "eth0 in h1");
    CHECK_STR(err.kernel, "File exists");
    CHECK_STR(err.attr, "IFLA_IFNAME");
    CHECK_STR(err.hint, "try another");
    CHECK_INT(nlu_err_hint(&err, "%d", 7), -EEXIST);
    CHECK_STR(err.hint, "7");
}

// Every field ends inside itself, however long the text.
static void test_sizes(void) {
    struct nlu_err err;
    char text[2048];

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    nlu_err_set(&err, EIO, text, "%s", text);
    CHECK_INT(strlen(err.op), NLU_ERR_OP - 1);
    CHECK_INT(strlen(err.subject), NLU_ERR_SUBJECT - 1);
    nlu_err_about(&err, text, "%s%s", text, text);
    nlu_err_hint(&err, "%s", text);
    CHECK_INT(strlen(err.op), NLU_ERR_OP - 1);
    CHECK_INT(strlen(err.subject), NLU_ERR_SUBJECT - 1);
    CHECK_INT(strlen(err.hint), NLU_ERR_HINT - 1);
    CHECK_STR(err.kernel, "");
    CHECK_INT(err.errnum, EIO);
}

static void test_names(void) {
    static const struct {
        int number;
        const char *name;
    } known[] = {
        {EPERM, "EPERM"},         {ENOENT, "ENOENT"},           {EEXIST, "EEXIST"},
        {EINVAL, "EINVAL"},       {ENODEV, "ENODEV"},           {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
        {ENETDOWN, "ENETDOWN"},   {ENETUNREACH, "ENETUNREACH"}, {EHOSTUNREACH, "EHOSTUNREACH"},
        {ETIMEDOUT, "ETIMEDOUT"}, {EOPNOTSUPP, "EOPNOTSUPP"},   {ECONNREFUSED, "ECONNREFUSED"},
        {EBADMSG, "EBADMSG"},     {EMSGSIZE, "EMSGSIZE"},       {ENOBUFS, "ENOBUFS"},
    };
    for (size_t i = 0; i < NLU_COUNT(known); i++)
        CHECK_STR(nlu_errno_name(known[i].number), known[i].name);
    CHECK_STR(nlu_errno_name(-1), "EUNKNOWN");
    CHECK_STR(nlu_errno_name(4095), "EUNKNOWN");
    for (int n = -10; n < 5000; n++)
        CHECK(nlu_errno_name(n) != NULL);
}

int main(void) {
    test_set();
    test_about();
    test_sizes();
    test_names();
    return check_result();
}
