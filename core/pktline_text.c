// What the lines say of services that packets have no layer for: those of text lines (HTTP and its
// like), SSH, BGP, NTP and syslog, told by their ports as tcpdump does.
#include "pktline_int.h"

#include <string.h>

// --- lines of text ------------------------------------------------------------------------------

// The n-th token of p[0..size), separated by white space; its length, 0 for none.
static size_t token(const uint8_t *p, size_t size, int n, size_t *ret_at) {
    size_t at = 0, start = 0;

    for (int i = 0; i <= n; i++) {
        while (at < size && (p[at] == ' ' || p[at] == '\t'))
            at++;
        start = at;
        while (at < size && p[at] > 0x20 && p[at] < 0x7f)
            at++;
        if (at == start || at == size)
            return 0;
    }
    *ret_at = start;
    return at - start;
}

static bool is_head(const uint8_t *p, size_t size) {
    static const char *const methods[] = {"GET",      "PUT",      "COPY",   "HEAD",    "LOCK",
                                          "MOVE",     "POST",     "MKCOL",  "TRACE",   "DELETE",
                                          "SEARCH",   "UNLOCK",   "REPORT", "CONNECT", "OPTIONS",
                                          "PROPFIND", "PROPPATCH"};
    size_t at = 0, len = token(p, size, 0, &at);

    for (size_t i = 0; i < NLU_COUNT(methods); i++)
        if (strlen(methods[i]) == len && strncasecmp((const char *)p + at, methods[i], len) == 0)
            return true;
    len = token(p, size, 1, &at);
    if (len != 3)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (p[at + i] < '0' || p[at + i] > '9')
            return false;
    return true;
}

// Writes the line at p behind `before` and returns how long it is with its end; 0 when it is none.
static size_t put_text_line(struct nlu_line *l, const char *protocol, const char *before,
                            const uint8_t *p, size_t size) {
    size_t len = 0;

    while (len < size && (p[len] == '\t' || (p[len] >= 0x20 && p[len] < 0x7f)))
        len++;
    if (len == size) {
        nlu_put(l, "%s%.*s", before, (int)len, (const char *)p);
        nlu_put_truncated(l, protocol);
        return 0;
    }
    size_t end = p[len] == '\n'                                           ? 1
                 : p[len] == '\r' && size - len > 1 && p[len + 1] == '\n' ? 2
                                                                          : 0;
    if (!end)
        return 0;
    nlu_put(l, "%s%.*s", before, (int)len, (const char *)p);
    return len + end;
}

void nlu_line_text(struct nlu_line *l, const char *protocol, bool heads_only, const uint8_t *p,
                   size_t size) {
    for (const char *c = protocol; *c; c++)
        nlu_put(l, "%c", *c >= 'a' && *c <= 'z' ? *c - ('a' - 'A') : *c);
    if (heads_only && !is_head(p, size))
        return;
    if (!l->verbose) {
        put_text_line(l, protocol, ": ", p, size);
        return;
    }
    nlu_put(l, ", length: %zu", size);
    for (size_t at = 0, len; at < size; at += len) {
        len = put_text_line(l, protocol, "\n\t", p + at, size - at);
        if (!len)
            break;
    }
}

// --- streams ------------------------------------------------------------------------------------

// The version that each side of SSH says first; nothing for anything else.
static void put_ssh(struct nlu_line *l, const uint8_t *p, size_t size) {
    size_t len = 0;

    if (size < 4 || memcmp(p, "SSH-", 4) != 0)
        return;
    while (len < size && p[len] >= 0x20 && p[len] < 0x7f)
        len++;
    bool ended =
        len < size && (p[len] == '\n' || (p[len] == '\r' && len + 1 < size && p[len + 1] == '\n'));
    if (ended)
        nlu_put(l, ": SSH: %.*s", (int)len, (const char *)p);
}

bool nlu_line_stream(struct nlu_line *l, uint16_t src, uint16_t dst, const uint8_t *p,
                     size_t size) {
    static const struct {
        uint16_t port;
        bool heads_only;
        const char *protocol;
    } texts[] = {{25, false, "smtp"},
                 {43, false, "whois"},
                 {21, false, "ftp"},
                 {80, true, "http"},
                 {8080, true, "http"}};

    if (src == 22 || dst == 22) {
        put_ssh(l, p, size);
        return true;
    }
    if (src == 179 || dst == 179) {
        nlu_put(l, ": BGP");
        return true;
    }
    for (size_t i = 0; i < NLU_COUNT(texts); i++) {
        if (texts[i].port != src && texts[i].port != dst)
            continue;
        nlu_put(l, ": ");
        nlu_line_text(l, texts[i].protocol, texts[i].heads_only, p, size);
        return true;
    }
    return false;
}

// --- datagrams ----------------------------------------------------------------------------------

static bool put_ntp(struct nlu_line *l, const uint8_t *p, size_t size, uint32_t length) {
    static const char *const modes[] = {"unspecified",     "symmetric active", "symmetric passive",
                                        "Client",          "Server",           "Broadcast",
                                        "Control Message", "Reserved"};

    if (size < 1)
        return false;
    nlu_put(l, "NTPv%u, %s, length %u", p[0] >> 3 & 7, modes[p[0] & 7], length);
    return true;
}

static bool put_syslog(struct nlu_line *l, const uint8_t *p, size_t size, uint32_t length) {
    static const char *const facilities[] = {
        "kernel", "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",     "news",
        "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "security", "console", "cron",
        "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",  "local7"};
    static const char *const severities[] = {"emergency", "alert",  "critical", "error",
                                             "warning",   "notice", "info",     "debug"};
    unsigned priority = 0;
    size_t at = 1;

    if (size < 3 || p[0] != '<')
        return false;
    for (; at < size && at <= 3 && p[at] >= '0' && p[at] <= '9'; at++)
        priority = priority * 10 + (p[at] - '0');
    unsigned facility = priority >> 3 & 31, severity = priority & 7;
    if (at == size || p[at] != '>' || facility >= NLU_COUNT(facilities))
        return false;
    if (!l->verbose) {
        nlu_put(l, "SYSLOG %s.%s, length: %u", facilities[facility], severities[severity], length);
        return true;
    }
    nlu_put(l, "SYSLOG, length: %u\n\tFacility %s (%u), Severity %s (%u)\n\tMsg: ", length,
            facilities[facility], facility, severities[severity], severity);
    nlu_put_safe(l, p + at + 1, size - at - 1);
    return true;
}

bool nlu_line_datagram(struct nlu_line *l, uint16_t src, uint16_t dst, const uint8_t *p,
                       size_t size, uint32_t length) {
    if (src == 123 || dst == 123)
        return put_ntp(l, p, size, length);
    if (src == 514 || dst == 514)
        return put_syslog(l, p, size, length);
    return false;
}
