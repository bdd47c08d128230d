// Options that every kind of probe takes.
#include "lprobe.h"

#include "clock.h"

#include <string.h>

// As ping -M has them.
static const struct nluL_word pmtudiscs[] = {
    {"do", IP_PMTUDISC_DO},
    {"dont", IP_PMTUDISC_DONT},
    {"want", IP_PMTUDISC_WANT},
    {"probe", IP_PMTUDISC_PROBE},
    {NULL, 0},
};

void nluL_probe_opts(lua_State *L, const struct nluL_opts *opts, struct nlu_probe_opts *ret_opts) {
    struct nlu_probe_opts o = {.tos = -1, .pmtudisc = -1};
    const char *interface;
    lua_Integer value;
    bool dont_fragment;

    (void)nluL_opt_ip(L, opts, "source", &o.source);
    if (nluL_opt_ifname(L, opts, "interface", &interface))
        memcpy(o.interface, interface, strlen(interface) + 1);
    if (nluL_opt_integer(L, opts, "ttl", 1, 255, &value))
        o.ttl = (int)value;
    if (nluL_opt_integer(L, opts, "tos", 0, 255, &value))
        o.tos = (int)value;
    if (nluL_opt_integer(L, opts, "mark", 0, UINT32_MAX, &value)) {
        o.has_mark = true;
        o.mark = (uint32_t)value;
    }
    if (nluL_opt_boolean(L, opts, "dont_fragment", &dont_fragment))
        o.pmtudisc = dont_fragment ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
    (void)nluL_opt_word(L, opts, "pmtudisc", pmtudiscs, &o.pmtudisc);
    *ret_opts = o;
}

void nluL_push_timeout(lua_State *L, int64_t due) {
    int64_t now = nlu_clock_mono();

    if (due == NLU_NEVER)
        lua_pushnil(L);
    else
        lua_pushnumber(L, due > now ? (lua_Number)(due - now) / 1e9 : 0);
}
