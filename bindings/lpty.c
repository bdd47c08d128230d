// netlua.core's pty_open: "netlua.pty", a terminal for a program.
#include "pty.h"
#include "netlua.h"

#include <signal.h>
#include <unistd.h>

#define PTY_TYPE "netlua.pty"

struct pty {
    int master; // NLU_NO_FD once closed
    char path[NLU_PTY_PATH];
};

static struct pty *check_pty(lua_State *L, const char *op) {
    struct pty *pty = luaL_checkudata(L, 1, PTY_TYPE);
    if (pty->master < 0)
        nluL_misuse(L, op, "pty", "attempt to use a closed pty");
    return pty;
}

static int pty_close(lua_State *L) {
    struct pty *pty = luaL_checkudata(L, 1, PTY_TYPE);
    nlu_close(&pty->master);
    return 0;
}

// pty_open(): as large as the terminal on standard output.
static int pty_open(lua_State *L) {
    struct pty *pty = lua_newuserdatauv(L, sizeof *pty, 0);
    struct nlu_err err;

    pty->master = NLU_NO_FD;
    luaL_setmetatable(L, PTY_TYPE);
    if (nlu_pty_open(STDIN_FILENO, &pty->master, pty->path, &err) < 0)
        return nluL_fail(L, &err);
    return 1;
}

// pty_wanted(): is there a terminal to join one to?
static int pty_wanted(lua_State *L) {
    lua_pushboolean(L, isatty(STDIN_FILENO));
    return 1;
}

static int pty_path(lua_State *L) {
    lua_pushstring(L, check_pty(L, "pty.path")->path);
    return 1;
}

// relay(pid): joins it to the terminal on standard input until the process has ended.
static int pty_relay(lua_State *L) {
    struct pty *pty = check_pty(L, "pty.relay");
    lua_Integer pid = luaL_checkinteger(L, 2);
    struct nlu_err err;

    luaL_argcheck(L, pid > 0 && pid <= INT32_MAX, 2, "expected a process id");
    int rc = nlu_pty_relay(pty->master, STDIN_FILENO, (pid_t)pid, &err);
    if (rc < 0)
        return nluL_fail(L, &err);
    if (rc > 0)
        raise(rc); // the terminal is itself again
    lua_pushboolean(L, 1);
    return 1;
}

void nluL_openpty(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"pty_open", pty_open}, {"pty_wanted", pty_wanted}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"path", pty_path}, {"relay", pty_relay}, {"close", pty_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__close", pty_close}, {"__gc", pty_close}, {NULL, NULL}};

    luaL_setfuncs(L, functions, 0);
    if (luaL_newmetatable(L, PTY_TYPE)) {
        luaL_setfuncs(L, meta, 0);
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}
