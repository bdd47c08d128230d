#include "devconf.h"

#include "check.h"

#include <linux/ip.h>

static bool read_one(const char *path, const char *value, struct nlu_devconf *ret) {
    *ret = (struct nlu_devconf){0};
    return nlu_devconf_read(path, value, ret);
}

int main(void) {
    struct nlu_devconf s;

    CHECK(read_one("conf/eth0/rp_filter", "2", &s));
    CHECK_STR(s.ifname, "eth0");
    CHECK_INT(s.id, IPV4_DEVCONF_RP_FILTER);
    CHECK_INT(s.value, 2);
    CHECK(read_one("ip_forward", "1", &s) && !*s.ifname && s.id == IPV4_DEVCONF_FORWARDING);
    CHECK(read_one("conf/all/forwarding", "0", &s) && !*s.ifname && s.value == 0);
    CHECK(read_one("conf/123456789012345/tag", "0", &s) == false);
    CHECK(read_one("conf/123456789012345/forwarding", "0", &s));
    CHECK(!read_one("conf/1234567890123456/forwarding", "0", &s));
    CHECK(!read_one("conf/all/rp_filter", "0", &s));
    CHECK(!read_one("conf/default/forwarding", "0", &s));
    CHECK(!read_one("conf//forwarding", "0", &s));
    CHECK(!read_one("conf/eth0", "0", &s));
    CHECK(!read_one("conf/eth0/", "0", &s));
    CHECK(!read_one("icmp_ratelimit", "0", &s));
    // Not guessed at: what the kernel itself would refuse or read otherwise.
    CHECK(!read_one("ip_forward", "", &s));
    CHECK(!read_one("ip_forward", "1 ", &s));
    CHECK(!read_one("ip_forward", "-1", &s));
    CHECK(!read_one("ip_forward", "yes", &s));
    CHECK(!read_one("ip_forward", "99999999999", &s));
    return check_result();
}
