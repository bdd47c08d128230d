#include "listening.h"

#include "netns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// linux/tcp_states.h, which user space headers do not have.
enum { STATE_TCP_LISTEN = 0x0a, STATE_UDP_UNCONNECTED = 0x07 };

bool nlu_listening_in(const char *text, enum nlu_listening_proto proto, uint16_t port) {
    unsigned want = proto == NLU_LISTENING_TCP ? STATE_TCP_LISTEN : STATE_UDP_UNCONNECTED;

    while (*text) {
        unsigned local, state;
        // "  0: 00000000:0050 00000000:0000 0A …"; the address has 8 or 32 digits.
        if (sscanf(text, " %*u: %*32[0-9A-Fa-f]:%4x %*32[0-9A-Fa-f]:%*4x %2x", &local, &state) ==
                2 &&
            local == port && state == want)
            return true;
        const char *end = strchr(text, '\n');
        if (!end)
            break;
        text = end + 1;
    }
    return false;
}

struct search {
    enum nlu_listening_proto proto;
    uint16_t port;
};

static int search_file(const char *path, const struct search *s) {
    char *line = NULL;
    size_t cap = 0;
    int found = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return errno == ENOENT ? 0 : -errno; // a kernel without IPv6 has no tcp6
    while (!found && getline(&line, &cap, file) > 0)
        found = nlu_listening_in(line, s->proto, s->port);
    free(line);
    fclose(file);
    return found;
}

static int search_all(void *arg) {
    static const char *const files[2][2] = {
        {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"},
        {"/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"},
    };
    const struct search *s = arg;
    int rc = 0;

    for (int i = 0; rc == 0 && i < 2; i++)
        rc = search_file(files[s->proto][i], s);
    return rc;
}

int nlu_listening(int netns, enum nlu_listening_proto proto, uint16_t port, struct nlu_err *err) {
    struct search s = {proto, port};

    err->errnum = 0;
    int rc = nlu_netns_run(netns, search_all, &s, err);
    if (rc < 0 && !err->errnum)
        return nlu_err_set(err, -rc, "port_open", "%u", port);
    return rc;
}
