// core.terminal: whether somebody looks on, and how wide the window is.
#include "netlua.h"

#include <sys/ioctl.h>
#include <unistd.h>

// terminal(): the columns of the terminal that standard output is, or nil.
static int core_terminal(lua_State *L) {
    struct winsize size;

    if (!isatty(STDOUT_FILENO)) {
        lua_pushnil(L);
        return 1;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        size.ws_col = 80;
    lua_pushinteger(L, size.ws_col);
    return 1;
}

void nluL_openterminal(lua_State *L) {
    static const luaL_Reg functions[] = {{"terminal", core_terminal}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
