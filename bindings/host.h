// What the files of the `netlua` program share. The library never includes this.
#ifndef NETLUA_HOST_H
#define NETLUA_HOST_H

#include <lua.h>
#include <signal.h>
#include <stdbool.h>

// --- host_paths.c: where this program's library is
// ----------------------------------------------------

enum { HOST_PATH = 4096 };

// Directories, without a slash at the end; of an installed tree or of the source tree.
struct host_paths {
    char lua[HOST_PATH]; // holds netlua/init.lua
    char modules[HOST_PATH]; // holds netlua/pcap.so
    char chapters[HOST_PATH]; // holds ch3_router.lua
};

// Looks beside the running program first, so that a tree may be moved, then where it was built and
// installed. False when no place has the library.
bool host_find_paths(struct host_paths *ret_paths);

// The shipped chapter of that name ("ch3_router.lua" or "ch3_router"), if there is one.
bool host_find_chapter(const struct host_paths *paths, const char *name, char ret_path[HOST_PATH]);

// Is there a command `netlua NAME`, that is a module netlua.cmd.NAME of our own library?
bool host_has_command(const struct host_paths *paths, const char *name);

// Calls each(name, arg) for every command, in no order.
void host_each_command(const struct host_paths *paths, void (*each)(const char *name, void *arg),
                       void *arg);

// --- host_text.c: source text only
// ---------------------------------------------------------------------

// Makes load, loadfile, dofile and require refuse precompiled chunks: crafted bytecode can crash
// the interpreter. [-0, +0, m]
void host_text_only(lua_State *L);

// luaL_loadfilex for source text, whose message always names the file. Pushes the chunk or the
// message; `path` NULL is standard input. [-0, +1, m]
int host_load_file(lua_State *L, const char *path);

// --- host_sigint.c: Ctrl-C
// ------------------------------------------------------------------------------------

// What was in force before one of the two functions below.
struct host_sigint {
    struct sigaction action;
    lua_State *running;
};

// Notes what the program was started with: where Ctrl-C was ignored, it stays so. Call it first.
void host_sigint_begin(void);

// From here on Ctrl-C raises "interrupted!" in L, or in the coroutine of it that runs then; a
// second one ends the process.
void host_sigint_raises(lua_State *L, struct host_sigint *ret_before);

void host_sigint_ignored(struct host_sigint *ret_before);

// Ends either. [-0, +0]
void host_sigint_restore(lua_State *L, const struct host_sigint *before);

// Was there a Ctrl-C since the last host_sigint_raises?
bool host_interrupted(void);

// Puts our own resume and wrap into the library `coroutine`: they do what Lua's do, and a Ctrl-C
// meanwhile reaches the coroutine. [-0, +0, m]
void host_track_coroutines(lua_State *L);

#endif
