// Boxes and the programs in them: "netlua.box" and the pollable "netlua.proc".
#include "arena.h"
#include "listening.h"
#include "netlua.h"
#include "proc.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOX_TYPE "netlua.box"
#define PROC_TYPE "netlua.proc"

// --- boxes
// ----------------------------------------------------------------------------------------------

static struct nlu_box *check_box(lua_State *L, int arg, const char *op) {
    struct nlu_box *box = luaL_checkudata(L, arg, BOX_TYPE);
    if (box->pid <= 0)
        nluL_misuse(L, op, "box", "is closed");
    return box;
}

// box_start(netns, { hostname =, hosts =, resolv = }): a box in that namespace.
static int box_start(lua_State *L) {
    static const char *const keys[] = {"hostname", "hosts", "resolv", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "box");
    struct nluL_opts opts = nluL_opts(L, 2, "box");
    struct nlu_box_spec spec = {.netns = ns->fd};
    struct nlu_err err;

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_string(L, &opts, "hostname", &spec.hostname);
    if (nluL_opt_string(L, &opts, "hosts", &spec.files[0].text))
        spec.files[0].path = "/etc/hosts";
    if (nluL_opt_string(L, &opts, "resolv", &spec.files[1].text))
        spec.files[1].path = "/etc/resolv.conf";
    struct nlu_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = nlu_box_none();
    luaL_setmetatable(L, BOX_TYPE);
    if (nlu_box_start(box, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    return 1;
}

// box:write("hosts" | "resolv", text): true. ENOENT where the machine has no such file.
static int box_write(lua_State *L) {
    struct nlu_box *box = check_box(L, 1, "box.write");
    static const char *const files[] = {"hosts", "resolv", NULL};
    int file = luaL_checkoption(L, 2, NULL, files);
    const char *text = nluL_arg_string(L, 3, "box.write", "text");
    struct nlu_err err;

    if (nlu_box_write(box, (size_t)file, text, &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int box_close(lua_State *L) {
    nlu_box_close(luaL_checkudata(L, 1, BOX_TYPE));
    return 0;
}

static int box_pid(lua_State *L) {
    lua_pushinteger(L, check_box(L, 1, "box.pid")->pid);
    return 1;
}

// --- programs
// -------------------------------------------------------------------------------------------

static struct nlu_proc *check_proc(lua_State *L, const char *op) {
    struct nlu_proc *proc = luaL_checkudata(L, 1, PROC_TYPE);
    if (proc->epoll < 0)
        nluL_misuse(L, op, "program", "is closed");
    return proc;
}

// A list of strings at opts[key] as a NULL-terminated array in the arena; NULL when absent.
static const char *const *string_list(lua_State *L, const struct nluL_opts *opts, const char *key,
                                      struct nlu_arena *arena) {
    if (lua_getfield(L, opts->index, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    if (!lua_istable(L, -1))
        nluL_misuse(L, opts->op, key, "expected a list of strings, got %s", nluL_describe(L, -1));
    size_t count = lua_rawlen(L, -1);
    const char **list = nlu_arena_alloc(arena, (count + 1) * sizeof *list);
    if (!list) {
        luaL_error(L, "not enough memory");
        return NULL; // not reached: for the analyzer, which does not know luaL_error
    }
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        const char *text = nluL_arg_string(L, -1, opts->op, key);
        list[i] = nlu_arena_text(arena, text, strlen(text));
        if (!list[i])
            luaL_error(L, "not enough memory");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return list;
}

// box:spawn(netns, { argv =, env =, cwd =, uid =, gid =, stdin =, stdout =, stderr =, session = }).
static int box_spawn(lua_State *L) {
    static const char *const keys[] = {"argv",  "env",    "cwd",    "uid",     "gid",
                                       "stdin", "stdout", "stderr", "session", NULL};
    static const struct nluL_word stdio[] = {
        {"null", NLU_PROC_NULL}, {"pipe", NLU_PROC_PIPE}, {"inherit", NLU_PROC_INHERIT}, {NULL, 0}};
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    struct nlu_box *box = check_box(L, 1, "spawn");
    struct nluL_netns *ns = nluL_checknetns(L, 2, "spawn");
    struct nluL_opts opts = nluL_opts(L, 3, "spawn");
    struct nlu_proc_spec spec = {.own_session = true};
    struct nlu_err err;
    lua_Integer id;

    if (!opts.index)
        nluL_misuse(L, "spawn", "options", "are missing");
    nluL_opts_only(L, &opts, keys);
    struct nlu_arena *arena = nluL_scratch(L);
    spec.argv = string_list(L, &opts, "argv", arena);
    spec.envp = string_list(L, &opts, "env", arena);
    if (!spec.argv || !spec.argv[0] || !*spec.argv[0])
        nluL_misuse(L, "spawn", "argv", "names no program");
    (void)nluL_opt_string(L, &opts, "cwd", &spec.cwd);
    (void)nluL_opt_boolean(L, &opts, "session", &spec.own_session);
    if (nluL_opt_integer(L, &opts, "uid", 0, UINT32_MAX - 1, &id)) {
        spec.set_user = true;
        spec.uid = (uid_t)id;
        spec.gid = (gid_t)id;
    }
    if (nluL_opt_integer(L, &opts, "gid", 0, UINT32_MAX - 1, &id))
        spec.gid = (gid_t)id;
    for (int i = 0; i < 3; i++) {
        int word = NLU_PROC_NULL;
        (void)nluL_opt_word(L, &opts, names[i], stdio, &word);
        spec.stdio[i] = (enum nlu_proc_stdio)word;
    }
    struct nlu_proc *proc = lua_newuserdatauv(L, sizeof *proc, 0);
    *proc = nlu_proc_none();
    luaL_setmetatable(L, PROC_TYPE);
    if (nlu_proc_start(proc, box, ns->fd, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    return 1;
}

// proc:read("stdout" | "stderr"): a string; "" when there is nothing now; nil at the end.
static int proc_read(lua_State *L) {
    struct nlu_proc *proc = check_proc(L, "read");
    static const char *const which[] = {"stdout", "stderr", NULL};
    int fd = luaL_checkoption(L, 2, NULL, which) + 1;
    char buf[16384];

    if (proc->stdio[fd] < 0) {
        lua_pushnil(L);
        return 1;
    }
    ssize_t n = nlu_proc_read(proc, fd, buf, sizeof buf);
    if (n == 0) {
        lua_pushnil(L);
    } else if (n > 0) {
        lua_pushlstring(L, buf, (size_t)n);
    } else if (n == -EAGAIN) {
        lua_pushliteral(L, "");
    } else {
        struct nlu_err err;
        nlu_err_set(&err, (int)-n, "read", "%s", which[fd - 1]);
        return nluL_fail(L, &err);
    }
    return 1;
}

// proc:write(text, from): how many bytes went from position `from` (1) on; 0 when there is no room
// now (then pollfd wakes when there is); nil and an error when nobody reads.
static int proc_write(lua_State *L) {
    struct nlu_proc *proc = check_proc(L, "write");
    size_t size;
    const char *text = luaL_checklstring(L, 2, &size);
    lua_Integer from = luaL_optinteger(L, 3, 1);
    struct nlu_err err;

    luaL_argcheck(L, from >= 1 && (lua_Unsigned)from <= size + 1, 3, "out of range");
    size_t left = size - (size_t)(from - 1);
    ssize_t n = left ? nlu_proc_write(proc, text + from - 1, left) : 0;
    int rc = nlu_proc_want_write(proc, n == -EAGAIN || (n >= 0 && (size_t)n < left));
    if (n == -EAGAIN && rc == 0)
        n = 0;
    if (n < 0 || rc < 0) {
        nlu_err_set(&err, n < 0 ? (int)-n : -rc, "write", "stdin");
        return nluL_fail(L, &err);
    }
    lua_pushinteger(L, n);
    return 1;
}

static int proc_close_stdin(lua_State *L) {
    nlu_proc_close_stdin(check_proc(L, "close_stdin"));
    return 0;
}

// proc:status(): nothing while it runs; then "exit", code or "signal", number.
static int proc_status(lua_State *L) {
    struct nlu_proc *proc = luaL_checkudata(L, 1, PROC_TYPE);
    struct nlu_err err;

    int rc = proc->epoll < 0 ? proc->member.ended : nlu_proc_poll(proc);
    if (rc < 0) {
        nlu_err_set(&err, -rc, "wait", "process %d", (int)proc->member.pid);
        return nluL_fail(L, &err);
    }
    if (rc == 0)
        return 0;
    bool signalled = WIFSIGNALED(proc->member.status);
    lua_pushstring(L, signalled ? "signal" : "exit");
    lua_pushinteger(L,
                    signalled ? WTERMSIG(proc->member.status) : WEXITSTATUS(proc->member.status));
    return 2;
}

// proc:kill(number): true.
static int proc_kill(lua_State *L) {
    struct nlu_proc *proc = check_proc(L, "kill");
    lua_Integer sig = luaL_checkinteger(L, 2);
    struct nlu_err err;

    if (sig < 0 || sig >= NSIG)
        nluL_misuse(L, "kill", "signal", "expected 0 to %d, got %s", NSIG - 1, nluL_describe(L, 2));
    if (nlu_proc_kill(proc, (int)sig, &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int proc_close(lua_State *L) {
    nlu_proc_close(luaL_checkudata(L, 1, PROC_TYPE));
    return 0;
}

static int proc_pid(lua_State *L) {
    lua_pushinteger(L, ((struct nlu_proc *)luaL_checkudata(L, 1, PROC_TYPE))->member.pid);
    return 1;
}

static int proc_pollfd(lua_State *L) {
    lua_pushinteger(L, check_proc(L, "pollfd")->epoll);
    return 1;
}

static int proc_events(lua_State *L) {
    lua_pushliteral(L, "r");
    return 1;
}

static int proc_timeout(lua_State *L) {
    (void)L;
    return 0;
}

// ns:port_open("tcp" | "udp", port, address): does somebody listen (there)?
static int port_open(lua_State *L) {
    static const char *const protos[] = {"tcp", "udp", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "port_open");
    int proto = luaL_checkoption(L, 2, NULL, protos);
    lua_Integer port = luaL_checkinteger(L, 3);
    struct nlu_err err;

    if (port < 1 || port > 65535)
        nluL_misuse(L, "port_open", "port", "expected 1 to 65535, got %s", nluL_describe(L, 3));
    const char *text = luaL_optstring(L, 4, NULL);
    struct nlu_ip address;
    if (text && nlu_ip_parse(text, &address) < 0)
        nluL_misuse(L, "port_open", "address", "expected an address, got %s", nluL_describe(L, 4));
    int rc = nlu_listening(ns->fd, (enum nlu_listening_proto)proto, (uint16_t)port,
                           text ? &address : NULL, &err);
    if (rc < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, rc);
    return 1;
}

const luaL_Reg nluL_proc_methods[] = {{"port_open", port_open}, {NULL, NULL}};

// environment(): this process's, a list of "NAME=value".
static int environment(lua_State *L) {
    lua_newtable(L);
    for (int i = 0; environ[i]; i++) {
        lua_pushstring(L, environ[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static void new_type(lua_State *L, const char *type, const luaL_Reg *methods, lua_CFunction close) {
    if (luaL_newmetatable(L, type)) {
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, "__close");
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

void nluL_openproc(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"box_start", box_start}, {"environment", environment}, {NULL, NULL}};
    static const luaL_Reg box[] = {{"spawn", box_spawn},
                                   {"write", box_write},
                                   {"close", box_close},
                                   {"pid", box_pid},
                                   {NULL, NULL}};
    static const luaL_Reg proc[] = {{"read", proc_read},
                                    {"write", proc_write},
                                    {"close_stdin", proc_close_stdin},
                                    {"status", proc_status},
                                    {"kill", proc_kill},
                                    {"close", proc_close},
                                    {"pid", proc_pid},
                                    {"pollfd", proc_pollfd},
                                    {"events", proc_events},
                                    {"timeout", proc_timeout},
                                    {NULL, NULL}};

    luaL_setfuncs(L, functions, 0);
    new_type(L, BOX_TYPE, box, box_close);
    new_type(L, PROC_TYPE, proc, proc_close);
}
