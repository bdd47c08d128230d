#include "sock.h"

#include "check.h"
#include "netns.h"
#include "rights.h"
#include "link.h"

#include <errno.h>
#include <poll.h>

static void wait_for(int fd, short events) {
    struct pollfd p = {.fd = fd, .events = events};
    (void)poll(&p, 1, 5000);
}

static void talks(int netns, const char *address) {
    struct nlu_sock_spec server = {.bind = true}, client = {0};
    struct nlu_sock_addr bound, from;
    struct nlu_err err;
    int s, c;
    char buf[64];

    CHECK_INT(nlu_sock_open(netns, &server, &s, &err), 0);
    CHECK_INT(nlu_sock_names(s, false, &bound, &err), 0);
    CHECK_INT(nlu_sock_open(netns, &client, &c, &err), 0);
    struct nlu_sock_addr to = {.port = bound.port};
    CHECK_INT(nlu_ip_parse(address, &to.ip), 0);
    CHECK_INT(nlu_sock_receive(s, buf, sizeof buf, &from), -EAGAIN);
    CHECK_INT(nlu_sock_send(c, "hello", 5, &to), 5);
    wait_for(s, POLLIN);
    CHECK_INT(nlu_sock_receive(s, buf, sizeof buf, &from), 5);
    CHECK(nlu_ip_equal(&from.ip, &to.ip)); // over loopback both ends are the same address
    nlu_close(&s);
    nlu_close(&c);
}

static void connects(int netns) {
    struct nlu_sock_spec server = {.stream = true, .bind = true, .backlog = 1},
                         client = {.stream = true, .connect = true};
    struct nlu_sock_addr bound, peer;
    struct nlu_err err;
    int s, c;

    CHECK_INT(nlu_sock_open(netns, &server, &s, &err), 0);
    CHECK_INT(nlu_sock_names(s, false, &bound, &err), 0);
    CHECK_INT(nlu_ip_parse("127.0.0.1", &client.remote.ip), 0);
    client.remote.port = bound.port;
    CHECK_INT(nlu_sock_open(netns, &client, &c, &err), 0);
    wait_for(c, POLLOUT);
    CHECK_INT(nlu_sock_connected(c, &err), 1);
    CHECK_INT(nlu_sock_names(c, true, &peer, &err), 0);
    CHECK_INT(peer.port, bound.port);
    nlu_close(&c);
    nlu_close(&s);
    // Nobody listens any more.
    int rc = nlu_sock_open(netns, &client, &c, &err);
    if (rc == 0) {
        wait_for(c, POLLOUT);
        rc = nlu_sock_connected(c, &err);
        nlu_close(&c);
    }
    CHECK_INT(rc, -ECONNREFUSED);
}

int main(void) {
    struct nlu_link_spec up = {.have = NLU_LINK_UP, .up = true};
    struct nlu_nlsock nl;
    struct nlu_err err;
    int netns, netlink;

    if (nlu_rights_enter(NULL, &err) < 0) {
        printf("skipped: no right to make namespaces: %s\n", err.hint);
        return CHECK_SKIP;
    }
    CHECK_INT(nlu_netns_create(&netns, &netlink, &err), 0);
    CHECK_INT(nlu_nlsock_adopt(&nl, netlink, &err), 0);
    CHECK_INT(nlu_link_set(&nl, "lo", &up, &err), 0);
    talks(netns, "127.0.0.1");
    talks(netns, "::1");
    connects(netns);
    nlu_nlsock_close(&nl);
    nlu_close(&netns);
    return check_result();
}
