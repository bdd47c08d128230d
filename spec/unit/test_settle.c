#include "settle.h"

#include "check.h"

int main(void) {
    struct nlu_ip ip, want;

    // RFC 4291, section 2.7.1: the last 24 bits behind ff02::1:ff00:0.
    CHECK_INT(nlu_ip_parse("4037::01:800:200e:8c6c", &ip), 0);
    CHECK_INT(nlu_ip_parse("ff02::1:ff0e:8c6c", &want), 0);
    struct nlu_ip group = nlu_settle_group(&ip);
    CHECK(nlu_ip_equal(&group, &want));
    return check_result();
}
