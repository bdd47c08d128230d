// What this process holds, for tests that compare before and after: core.descriptors and
// core.children.
#include "netlua.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// descriptors(): number -> what it points at, as /proc/self/fd shows it.
static int descriptors(lua_State *L) {
    lua_newtable(L);
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        return luaL_error(L, "/proc/self/fd: %s", strerror(errno));
    // Lua may raise for lack of memory and leak the directory: this serves tests only.
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[64], target[256];
        int fd = atoi(entry->d_name);
        if (*entry->d_name == '.' || fd == dirfd(dir))
            continue;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        lua_pushlstring(L, target, n > 0 ? (size_t)n : 0);
        lua_rawseti(L, -2, fd);
    }
    closedir(dir);
    return 1;
}

// children(): the process ids of this process's children, ended ones that nobody has waited for
// included.
static int children(lua_State *L) {
    char path[300], line[512];
    lua_Integer count = 0;

    lua_newtable(L);
    DIR *dir = opendir("/proc");
    if (!dir)
        return luaL_error(L, "/proc: %s", strerror(errno));
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (*entry->d_name < '1' || *entry->d_name > '9')
            continue;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = fopen(path, "re");
        if (!file)
            continue;
        // "PID (name) S PPID": the name may hold anything, so the last ')' counts.
        int parent = 0;
        if (fgets(line, sizeof line, file)) {
            const char *end = strrchr(line, ')');
            if (end)
                sscanf(end, ") %*c %d", &parent);
        }
        fclose(file);
        if (parent == getpid()) {
            lua_pushinteger(L, atoi(entry->d_name));
            lua_rawseti(L, -2, ++count);
        }
    }
    closedir(dir);
    return 1;
}

// executable(): the path of the running program.
static int executable(lua_State *L) {
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);

    if (n < 0)
        return luaL_error(L, "/proc/self/exe: %s", strerror(errno));
    lua_pushlstring(L, path, (size_t)n);
    return 1;
}

void nluL_openself(lua_State *L) {
    static const luaL_Reg functions[] = {{"descriptors", descriptors},
                                         {"children", children},
                                         {"executable", executable},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
