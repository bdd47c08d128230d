// core.poll: waits for one descriptor, for scripts that run outside a cqueues controller.
#include "netlua.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

// poll(fd, events, timeout): waits until fd (nil: none) is ready for events ("r", "w", "p" in any
// mix; nil: "r"), or timeout seconds (nil: for ever) are over. true when ready, false otherwise; a
// signal ends the wait too, so that Ctrl-C reaches the script.
static int core_poll(lua_State *L) {
    struct pollfd p = {.fd = NLU_NO_FD};
    struct timespec wait, *limit = NULL;

    if (!lua_isnoneornil(L, 1)) {
        int is_integer;
        lua_Integer fd = lua_tointegerx(L, 1, &is_integer);
        if (!is_integer || fd < 0 || fd > INT32_MAX)
            nluL_misuse(L, "poll", "fd", "expected a descriptor, got %s", nluL_describe(L, 1));
        p.fd = (int)fd;
    }
    const char *events = lua_isnoneornil(L, 2) ? "r" : nluL_arg_string(L, 2, "poll", "events");
    if (strspn(events, "rwp") != strlen(events))
        nluL_misuse(L, "poll", "events", "expected letters of r, w and p, got %s",
                    nluL_describe(L, 2));
    p.events = (short)((strchr(events, 'r') ? POLLIN : 0) | (strchr(events, 'w') ? POLLOUT : 0) |
                       (strchr(events, 'p') ? POLLPRI : 0));
    if (!lua_isnoneornil(L, 3)) {
        lua_Number seconds = lua_tonumber(L, 3);
        if (lua_type(L, 3) != LUA_TNUMBER || !(seconds >= 0))
            nluL_misuse(L, "poll", "timeout", "expected seconds from 0 on, got %s",
                        nluL_describe(L, 3));
        // Beyond a century it is for ever.
        if (seconds < 3.2e9) {
            wait.tv_sec = (time_t)seconds;
            wait.tv_nsec = (long)((seconds - (lua_Number)wait.tv_sec) * 1e9);
            limit = &wait;
        }
    }
    // ppoll, not poll: waits of less than a millisecond are common here.
    int n = ppoll(&p, 1, limit, NULL);
    if (n < 0 && errno != EINTR) {
        struct nlu_err err;
        nlu_err_set(&err, errno, "poll", "descriptor %d", p.fd);
        return nluL_fail(L, &err);
    }
    lua_pushboolean(L, n > 0);
    return 1;
}

void nluL_openpoll(lua_State *L) {
    static const luaL_Reg functions[] = {{"poll", core_poll}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
