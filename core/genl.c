#include "genl.h"

#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

static int take_id(const struct nlmsghdr *msg, void *arg) {
    static const struct nlu_attr_rule rules[CTRL_ATTR_FAMILY_ID + 1] = {
        [CTRL_ATTR_FAMILY_ID] = {NLU_ATTR_U16, 0}};
    const struct nlattr *t[CTRL_ATTR_FAMILY_ID + 1];

    if (nlu_attr_parse_msg(msg, sizeof(struct genlmsghdr), rules, CTRL_ATTR_FAMILY_ID, t) < 0)
        return -EBADMSG;
    if (t[CTRL_ATTR_FAMILY_ID])
        *(uint16_t *)arg = nlu_attr_u16(t[CTRL_ATTR_FAMILY_ID]);
    return 0;
}

int nlu_genl_open(int netns, const char *family, struct nlu_nlsock *ret_nl, uint16_t *ret_family,
                  struct nlu_err *err) {
    _Alignas(struct nlmsghdr) char buf[128];
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    struct nlu_nlsock nl = {.fd = NLU_NO_FD};
    struct genlmsghdr *header;
    uint16_t id = 0;

    int rc = nlu_nlsock_open(&nl, netns, NETLINK_GENERIC, err);
    if (rc < 0)
        return rc;
    msg->nlmsg_type = GENL_ID_CTRL;
    header = mnl_nlmsg_put_extra_header(msg, sizeof *header);
    header->cmd = CTRL_CMD_GETFAMILY;
    header->version = 1;
    if (!mnl_attr_put_strz_check(msg, sizeof buf, CTRL_ATTR_FAMILY_NAME, family))
        rc = nlu_err_set(err, EMSGSIZE, "genl", "%s", family);
    else
        rc = nlu_nlsock_ask(&nl, msg, take_id, &id, err);
    if (rc == 0 && !id)
        rc = nlu_err_set(err, ENOENT, "genl", "%s", family);
    if (rc < 0) {
        nlu_nlsock_close(&nl);
        return nlu_err_about(err, "genl", "%s", family);
    }
    *ret_nl = nl;
    *ret_family = id;
    return 0;
}
