// netlua.core's holder_*: for the commands up, ls, exec, shell and down.
#include "holder.h"
#include "netns.h"
#include "netlua.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static pid_t check_pid(lua_State *L, int arg) {
    lua_Integer pid = luaL_checkinteger(L, arg);
    luaL_argcheck(L, pid > 0 && pid <= INT32_MAX, arg, "expected a process id");
    return (pid_t)pid;
}

static int close_file(lua_State *L) {
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    return luaL_fileresult(L, fclose(stream->f) == 0, NULL);
}

// holder_fork(): pid or false, and a file. With false this is the holder, and the file is for its
// report.
static int holder_fork(lua_State *L) {
    luaL_Stream *stream = lua_newuserdatauv(L, sizeof *stream, 0);
    struct nlu_err err;
    pid_t pid;
    int fd;

    stream->closef = NULL; // a closed file until there is one
    stream->f = NULL;
    luaL_setmetatable(L, LUA_FILEHANDLE);
    // What is in the buffers would be written twice.
    fflush(NULL);
    if (nlu_holder_fork(&pid, &fd, &err) < 0)
        return nluL_fail(L, &err);
    stream->f = fdopen(fd, pid ? "r" : "w");
    if (!stream->f) {
        close(fd);
        return luaL_error(L, "not enough memory");
    }
    stream->closef = close_file;
    if (pid)
        lua_pushinteger(L, pid);
    else
        lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int holder_detach(lua_State *L) {
    struct nlu_err err;
    fflush(NULL);
    if (nlu_holder_detach(&err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int holder_wait(lua_State *L) {
    struct nlu_err err;
    int status = nlu_holder_wait(check_pid(L, 1), &err);
    if (status < 0)
        return nluL_fail(L, &err);
    lua_pushinteger(L, status);
    return 1;
}

// holder_started(pid): ticks, or nil and an error with code ESRCH.
static int holder_started(lua_State *L) {
    struct nlu_err err;
    uint64_t ticks;
    if (nlu_holder_started(check_pid(L, 1), &ticks, &err) < 0)
        return nluL_fail(L, &err);
    lua_pushinteger(L, (lua_Integer)ticks);
    return 1;
}

static int holder_enter(lua_State *L) {
    struct nlu_err err;
    if (nlu_holder_enter(check_pid(L, 1), &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int holder_end(lua_State *L) {
    struct nlu_err err;
    pid_t pid = check_pid(L, 1);
    if (nlu_holder_end(pid, (uint64_t)luaL_checkinteger(L, 2), &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int process_id(lua_State *L) {
    lua_pushinteger(L, getpid());
    return 1;
}

static int holder_user(lua_State *L) {
    lua_pushinteger(L, nlu_holder_user());
    return 1;
}

static int holder_directory(lua_State *L) {
    struct nlu_err err;
    if (nlu_holder_directory(luaL_checkstring(L, 1), &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

struct directory {
    DIR *dir;
};

static int close_directory(lua_State *L) {
    struct directory *d = lua_touserdata(L, 1);
    if (d->dir)
        closedir(d->dir);
    d->dir = NULL;
    return 0;
}

// holder_files(path): the names in a directory; none when it is not there.
static int holder_files(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    lua_Integer count = 0;

    lua_newtable(L);
    struct directory *d = lua_newuserdatauv(L, sizeof *d, 0);
    d->dir = NULL;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, close_directory);
    lua_setfield(L, -2, "__close");
    lua_setmetatable(L, -2);
    lua_toclose(L, -1);
    d->dir = opendir(path);
    for (struct dirent *entry; d->dir && (entry = readdir(d->dir));) {
        if (*entry->d_name == '.')
            continue;
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -3, ++count);
    }
    lua_pop(L, 1); // closes it
    return 1;
}

void nluL_openholder(lua_State *L) {
    static const luaL_Reg functions[] = {{"holder_fork", holder_fork},
                                         {"holder_detach", holder_detach},
                                         {"holder_wait", holder_wait},
                                         {"holder_started", holder_started},
                                         {"holder_enter", holder_enter},
                                         {"holder_end", holder_end},
                                         {"holder_user", holder_user},
                                         {"holder_directory", holder_directory},
                                         {"holder_files", holder_files},
                                         {"getpid", process_id},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
