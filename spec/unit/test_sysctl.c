#include "sysctl.h"

#include "check.h"

#include <errno.h>

int main(void) {
    char path[128];

    CHECK_INT(nlu_sysctl_path("net.ipv4.ip_forward", path, sizeof path), 0);
    CHECK_STR(path, "/proc/sys/net/ipv4/ip_forward");
    // With slashes, dots are part of a name: interfaces may have them.
    CHECK_INT(nlu_sysctl_path("net/ipv4/conf/eth0.1/rp_filter", path, sizeof path), 0);
    CHECK_STR(path, "/proc/sys/net/ipv4/conf/eth0.1/rp_filter");
    CHECK_INT(nlu_sysctl_path("kernel.hostname", path, sizeof path), -EPERM);
    CHECK_INT(nlu_sysctl_path("network.x", path, sizeof path), -EPERM);
    CHECK_INT(nlu_sysctl_path("", path, sizeof path), -EINVAL);
    CHECK_INT(nlu_sysctl_path("net/../kernel/hostname", path, sizeof path), -EINVAL);
    CHECK_INT(nlu_sysctl_path("net/ipv4/..", path, sizeof path), -EINVAL);
    CHECK_INT(nlu_sysctl_path("net..ipv4", path, sizeof path), -EINVAL);
    CHECK_INT(nlu_sysctl_path("net.", path, sizeof path), -EINVAL);
    CHECK_INT(nlu_sysctl_path("net.ipv4.ip_forward", path, 20), -EINVAL);
    return check_result();
}
