// Ctrl-C in scripts: an error where the script is, in a coroutine too. After the outlines of lua.c
// and lcorolib.c.
#include "host.h"

#include <lauxlib.h>

// A signal handler has no other way to reach the interpreter. `running` is the coroutine that a
// hook must be set on to be heard: hooks belong to one coroutine each.
static lua_State *volatile running;
static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t pending; // the hook has been set and did not get its turn yet
static bool deaf_for_good; // as a shell starts what runs in the background

static void raise_interrupted(lua_State *L, lua_Debug *ar) {
    (void)ar;
    pending = 0;
    lua_sethook(L, NULL, 0, 0);
    lua_pushliteral(L, "interrupted!");
    lua_error(L);
}

static void set_hook(lua_State *L) {
    lua_sethook(L, raise_interrupted, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void on_sigint(int number) {
    // A second Ctrl-C ends the process the hard way: the script may be deep in C.
    signal(number, SIG_DFL);
    interrupted = pending = 1;
    set_hook(running);
}

// No SA_RESTART: a wait comes back with EINTR, so that the hook gets its turn.
static void set_sigint(void (*handler)(int), struct host_sigint *ret_before) {
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    ret_before->running = running;
    sigaction(SIGINT, &action, &ret_before->action);
}

void host_sigint_begin(void) {
    struct sigaction inherited;
    deaf_for_good = sigaction(SIGINT, NULL, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
}

void host_sigint_raises(lua_State *L, struct host_sigint *ret_before) {
    lua_State *outer = running;

    interrupted = pending = 0;
    running = L;
    set_sigint(deaf_for_good ? SIG_IGN : on_sigint, ret_before);
    ret_before->running = outer;
}

void host_sigint_ignored(struct host_sigint *ret_before) {
    set_sigint(SIG_IGN, ret_before);
}

void host_sigint_restore(lua_State *L, const struct host_sigint *before) {
    sigaction(SIGINT, &before->action, NULL);
    running = before->running;
    // The signal may have come after the last instruction: the hook must not outlive the call.
    if (interrupted)
        lua_sethook(L, NULL, 0, 0);
}

bool host_interrupted(void) {
    return interrupted;
}

// --- coroutines
// -----------------------------------------------------------------------------------------------

// lua_resume, with Ctrl-C meant for `co` meanwhile.
static int resume_tracked(lua_State *L, lua_State *co, int args, int *ret_results) {
    lua_State *outer = running;

    running = co;
    int status = lua_resume(co, L, args, ret_results);
    running = outer;
    // It came and `co` had no instruction left to be stopped at: stop who resumed it.
    if (pending) {
        lua_sethook(co, NULL, 0, 0);
        set_hook(outer);
    }
    return status;
}

// Moves `args` values from L to `co`, resumes it, and moves back what it gives: their number, or -1
// with the error on top. [-args, +results | +1]
static int resume(lua_State *L, lua_State *co, int args) {
    int results;

    if (!lua_checkstack(co, args)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, args);
    int status = resume_tracked(L, co, args, &results);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static int co_resume(lua_State *L) {
    lua_State *co = lua_tothread(L, 1);

    luaL_argexpected(L, co, 1, "thread");
    int results = resume(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    lua_insert(L, results < 0 ? -2 : -(results + 1));
    return results < 0 ? 2 : results + 1;
}

// The function that coroutine.wrap gives; upvalue 1 is the coroutine.
static int co_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int results = resume(L, co, lua_gettop(L));

    if (results >= 0)
        return results;
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) { // it died of the error: close what it holds
        status = lua_resetthread(co);
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int co_wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, co_wrapped, 1);
    return 1;
}

void host_track_coroutines(lua_State *L) {
    static const luaL_Reg functions[] = {{"resume", co_resume}, {"wrap", co_wrap}, {NULL, NULL}};

    lua_getglobal(L, "coroutine");
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
