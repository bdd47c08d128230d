#include "listening.h"

#include "netns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// linux/tcp_states.h, which user space headers do not have.
enum { STATE_TCP_LISTEN = 0x0a, STATE_UDP_UNCONNECTED = 0x07 };

// An address as these files write it: words of this machine's byte order, in hexadecimal.
static bool parse_words(const char *digits, struct nlu_ip *ret_ip) {
    const size_t words = strlen(digits) / 8;

    *ret_ip = (struct nlu_ip){.family = words == 1 ? AF_INET : AF_INET6};
    if (strlen(digits) % 8 || (words != 1 && words != 4))
        return false;
    for (size_t i = 0; i < words; i++) {
        unsigned word;
        if (sscanf(digits + 8 * i, "%8x", &word) != 1)
            return false;
        memcpy(ret_ip->bytes + 4 * i, &word, 4);
    }
    return true;
}

// Does a socket bound to `bound` take what comes to `address`?
static bool takes(const struct nlu_ip *bound, const struct nlu_ip *address) {
    static const uint8_t any[16], mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (memcmp(bound->bytes, any, 16) == 0)
        return bound->family == AF_INET6 || address->family == AF_INET;
    if (bound->family == address->family)
        return memcmp(bound->bytes, address->bytes, address->family == AF_INET ? 4 : 16) == 0;
    return bound->family == AF_INET6 && memcmp(bound->bytes, mapped, 12) == 0 &&
           memcmp(bound->bytes + 12, address->bytes, 4) == 0;
}

bool nlu_listening_in(const char *text, enum nlu_listening_proto proto, uint16_t port,
                      const struct nlu_ip *address) {
    unsigned want = proto == NLU_LISTENING_TCP ? STATE_TCP_LISTEN : STATE_UDP_UNCONNECTED;

    while (*text) {
        char digits[33];
        struct nlu_ip bound;
        unsigned local, state;
        // "  0: 00000000:0050 00000000:0000 0A …"; the address has 8 or 32 digits.
        if (sscanf(text, " %*u: %32[0-9A-Fa-f]:%4x %*32[0-9A-Fa-f]:%*4x %2x", digits, &local,
                   &state) == 3 &&
            local == port && state == want &&
            (!address || (parse_words(digits, &bound) && takes(&bound, address))))
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
    const struct nlu_ip *address;
};

static int search_file(const char *path, const struct search *s) {
    char *line = NULL;
    size_t cap = 0;
    int found = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return errno == ENOENT ? 0 : -errno; // a kernel without IPv6 has no tcp6
    while (!found && getline(&line, &cap, file) > 0)
        found = nlu_listening_in(line, s->proto, s->port, s->address);
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

int nlu_listening(int netns, enum nlu_listening_proto proto, uint16_t port,
                  const struct nlu_ip *address, struct nlu_err *err) {
    struct search s = {proto, port, address};

    err->errnum = 0;
    int rc = nlu_netns_run(netns, search_all, &s, err);
    if (rc < 0 && !err->errnum)
        return nlu_err_set(err, -rc, "port_open", "%u", port);
    return rc;
}
