// The `netlua` program: Lua with the network library inside. After the outline of lua.c.
#include "host.h"
#include "netlua.h"
#include "rights.h"

#include <errno.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_SCRIPT = 1, // the script failed
    EXIT_USAGE = 2,
    EXIT_INTERRUPTED = 130, // 128 + SIGINT, as shells count
};

int luaopen_netlua_core(lua_State *L);

static bool closing;

// --- calls and messages
// -------------------------------------------------------------------------------

// The handler of xpcall: any error value becomes its text with a traceback. What the library has
// said on purpose is about the script's own lines: how the library came to say it would only hide
// them.
static int add_traceback(lua_State *L) {
    const char *text = lua_tostring(L, 1);

    if (!text) {
        if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL)
            text = luaL_tolstring(L, 1, NULL);
        else
            text = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    }
    if (nluL_is_error(L, 1))
        nluL_script_frames(L, text);
    else
        luaL_traceback(L, L, text, 1);
    return 1;
}

static void complain(const char *text) {
    fflush(stdout);
    fprintf(stderr, "netlua: %s\n", text ? text : "(no message)");
    fflush(stderr);
}

// Calls the function below its arguments, with SIGINT raising an error in it. [-(n + 1), +results]
static int call(lua_State *L, int args, int results) {
    int base = lua_gettop(L) - args;
    struct host_sigint before;

    lua_pushcfunction(L, add_traceback);
    lua_insert(L, base);
    host_sigint_raises(L, &before);
    int status = lua_pcall(L, args, results, base);
    host_sigint_restore(L, &before);
    lua_remove(L, base);
    return status;
}

// After call() or a load: prints the message, if any. [-1 on failure]
static int report(lua_State *L, int status) {
    if (status == LUA_OK)
        return EXIT_SUCCESS;
    complain(lua_tostring(L, -1));
    lua_pop(L, 1);
    return host_interrupted() ? EXIT_INTERRUPTED : EXIT_SCRIPT;
}

// --- what scripts see of the host
// -------------------------------------------------------------------------

// os.exit(code, close): as in Lua, but the state is closed unless `close` is false, so that what
// the script made is given back in order.
static int os_exit(lua_State *L) {
    int status = EXIT_SUCCESS;

    if (lua_isboolean(L, 1))
        status = lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE;
    else
        status = (int)luaL_optinteger(L, 1, EXIT_SUCCESS);
    // A finalizer of a closing state may call this too.
    if (!closing && (lua_isnoneornil(L, 2) || lua_toboolean(L, 2))) {
        closing = true;
        lua_close(L);
    }
    exit(status);
}

// host.call(f, …): true and f's results, or false and the message with its traceback; Ctrl-C
// interrupts f. For the prompt.
static int host_call(lua_State *L) {
    luaL_checkany(L, 1);
    int status = call(L, lua_gettop(L) - 1, LUA_MULTRET);

    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, 1);
    return lua_gettop(L);
}

// host.deaf(f, …): calls f with Ctrl-C ignored, but for host.call in it. The prompt lives in this:
// a Ctrl-C between two lines must not end it.
static int host_deaf(lua_State *L) {
    struct host_sigint before;

    luaL_checkany(L, 1);
    host_sigint_ignored(&before);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    host_sigint_restore(L, &before);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

static int host_chapter(lua_State *L) {
    const struct host_paths *paths = lua_touserdata(L, lua_upvalueindex(1));
    char path[HOST_PATH];

    if (!host_find_chapter(paths, luaL_checkstring(L, 1), path))
        return 0;
    lua_pushstring(L, path);
    return 1;
}

static void append_name(const char *name, void *arg) {
    lua_State *L = arg;
    lua_pushstring(L, name);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

static int host_commands(lua_State *L) {
    lua_newtable(L);
    host_each_command(lua_touserdata(L, lua_upvalueindex(1)), append_name, L);
    return 1;
}

// The module netlua.host; upvalue 1 is the paths, as light userdata (they live as long as main).
static int open_host(lua_State *L) {
    static const luaL_Reg functions[] = {{"call", host_call},
                                         {"deaf", host_deaf},
                                         {"chapter", host_chapter},
                                         {"commands", host_commands},
                                         {NULL, NULL}};
    const struct host_paths *paths = lua_touserdata(L, lua_upvalueindex(1));

    luaL_newlibtable(L, functions);
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
    lua_pushliteral(L, NETLUA_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushstring(L, paths->lua);
    lua_setfield(L, -2, "library");
    lua_pushstring(L, paths->chapters);
    lua_setfield(L, -2, "chapters");
    return 1;
}

// Puts dir/?.lua and so on before what is in package[field]; LUA_PATH and LUA_CPATH stay in force
// for everything that is not ours.
static void prepend(lua_State *L, const char *field, const char *path) {
    lua_getglobal(L, "package");
    lua_getfield(L, -1, field);
    lua_pushfstring(L, "%s;%s", path, lua_tostring(L, -1));
    lua_setfield(L, -3, field);
    lua_pop(L, 2);
}

static void open_libraries(lua_State *L, const struct host_paths *paths) {
    luaL_openlibs(L);
    host_text_only(L);
    host_track_coroutines(L);

    lua_pushfstring(L, "%s/?.lua;%s/?/init.lua", paths->lua, paths->lua);
    prepend(L, "path", lua_tostring(L, -1));
    lua_pushfstring(L, "%s/?.so", paths->modules);
    prepend(L, "cpath", lua_tostring(L, -1));
    lua_pop(L, 2);

    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_netlua_core);
    lua_setfield(L, -2, "netlua.core");
    lua_pushlightuserdata(L, (void *)paths);
    lua_pushcclosure(L, open_host, 1);
    lua_setfield(L, -2, "netlua.host");
    lua_pop(L, 1);

    lua_getglobal(L, "os");
    lua_pushcfunction(L, os_exit);
    lua_setfield(L, -2, "exit");
    lua_pop(L, 1);
}

// --- the command line
// ---------------------------------------------------------------------------------

struct options {
    int argc;
    char **argv;
    int script; // index of the script or command in argv, 0 when there is none
    bool interactive, execute, help, version;
};

static int usage(const char *option, const char *trouble) {
    fprintf(stderr, "netlua: '%s' %s\nTry: netlua --help\n", option, trouble);
    return EXIT_USAGE;
}

// "ja", and what locales make of it: ja_JP.UTF-8.
static bool is_language(const char *text) {
    return text && (strncmp(text, "en", 2) == 0 || strncmp(text, "ja", 2) == 0);
}

// Takes the options up to the script's name. 0 or EXIT_USAGE.
static int parse_options(int argc, char **argv, struct options *ret_options) {
    struct options o = {.argc = argc, .argv = argv};
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        const char *option = argv[i];
        if (!strcmp(option, "--")) {
            i++;
            break;
        }
        if (!strcmp(option, "-h") || !strcmp(option, "--help")) {
            o.help = true;
        } else if (!strcmp(option, "-v") || !strcmp(option, "--version")) {
            o.version = true;
        } else if (!strcmp(option, "-i")) {
            o.interactive = true;
        } else if (!strcmp(option, "--lang")) {
            if (!is_language(argv[i + 1]))
                return usage(option, "needs a language: en or ja");
            i++;
        } else if (!strncmp(option, "--lang=", 7)) {
            if (!is_language(option + 7))
                return usage(option, "needs a language: en or ja");
        } else if (!strncmp(option, "-e", 2) || !strncmp(option, "-l", 2)) {
            if (!option[2] && !argv[i + 1])
                return usage(option, option[1] == 'e' ? "needs Lua code" : "needs a module's name");
            if (option[1] == 'e')
                o.execute = true;
            if (!option[2])
                i++;
        } else {
            return usage(option, "is no option");
        }
    }
    o.script = i < argc ? i : 0;
    *ret_options = o;
    return 0;
}

static void print_command(const char *name, void *arg) {
    fprintf(arg, "  netlua %s …\n", name);
}

static void print_help(FILE *to, const struct host_paths *paths) {
    fputs("Usage: netlua [options] [SCRIPT [arguments]]\n"
          "       netlua COMMAND [arguments]\n"
          "\n"
          "Runs a Lua script with the netlua library at hand. A script that is no file here is "
          "looked\n"
          "up among the shipped chapters. Without a script netlua is a prompt.\n"
          "\n"
          "  -e CODE        run CODE; `netlua` is a global in it\n"
          "  -i             stay at the prompt after the script\n"
          "  -l MODULE      require MODULE first, as a global\n"
          "  -              run the script on standard input\n"
          "  --lang LANG    the language of the chapters: en or ja\n"
          "  -v, --version  say the version\n"
          "  -h, --help     say this\n"
          "  --             end of the options\n",
          to);
    if (paths) {
        fputs("\nCommands (netlua help says what they do, netlua COMMAND --help more):\n", to);
        host_each_command(paths, print_command, to);
    }
}

// Sets the global `arg` as lua does: the script at 0, its arguments from 1, the rest below.
static void set_arg(lua_State *L, const struct options *o) {
    lua_createtable(L, o->argc, 1);
    for (int i = 0; i < o->argc; i++) {
        lua_pushstring(L, o->argv[i]);
        lua_rawseti(L, -2, i - o->script);
    }
    lua_setglobal(L, "arg");
}

// Pushes the script's arguments and returns how many there are.
static int push_arguments(lua_State *L, const struct options *o) {
    int count = o->script ? o->argc - o->script - 1 : 0;

    luaL_checkstack(L, count + 3, "too many arguments to script");
    for (int i = 0; i < count; i++)
        lua_pushstring(L, o->argv[o->script + 1 + i]);
    return count;
}

static int require_global(lua_State *L, const char *name) {
    lua_getglobal(L, "require");
    lua_pushstring(L, name);
    int status = call(L, 1, 1);
    if (status == LUA_OK)
        lua_setglobal(L, name);
    return report(L, status);
}

// Carries out -e, -l and --lang, in their order.
static int run_options(lua_State *L, const struct options *o) {
    int end = o->script ? o->script : o->argc;

    for (int i = 1; i < end; i++) {
        const char *option = o->argv[i];
        if (!strcmp(option, "--"))
            break;
        if (!strcmp(option, "--lang")) {
            setenv("NETLUA_LANG", o->argv[++i], 1);
        } else if (!strncmp(option, "--lang=", 7)) {
            setenv("NETLUA_LANG", option + 7, 1);
        } else if (option[1] == 'e' || option[1] == 'l') {
            const char *value = option[2] ? option + 2 : o->argv[++i];
            int rc = EXIT_SUCCESS;
            if (option[1] == 'l') {
                rc = require_global(L, value);
            } else {
                int status = luaL_loadbufferx(L, value, strlen(value), "=(command line)", "t");
                if (status == LUA_OK)
                    status = call(L, 0, 0);
                rc = report(L, status);
            }
            if (rc)
                return rc;
        }
    }
    return EXIT_SUCCESS;
}

// What a chunk or a command returns, as an exit status: nothing and true are success, false is
// failure, a number is itself. [-1, +0]
static int status_of(lua_State *L) {
    int is_integer;
    lua_Integer number = lua_tointegerx(L, -1, &is_integer);
    int status = EXIT_SUCCESS;

    if (lua_type(L, -1) == LUA_TNUMBER && is_integer)
        status = (int)(number & 0xff);
    else if (lua_isboolean(L, -1) && !lua_toboolean(L, -1))
        status = EXIT_SCRIPT;
    lua_pop(L, 1);
    return status;
}

static int run_script(lua_State *L, const struct options *o, const struct host_paths *paths) {
    const char *name = o->script ? o->argv[o->script] : "-";
    const char *path = name;
    char chapter[HOST_PATH];

    if (!strcmp(name, "-") && (!o->script || strcmp(o->argv[o->script - 1], "--") != 0))
        path = NULL;
    else if (access(name, F_OK) < 0 && errno == ENOENT && host_find_chapter(paths, name, chapter))
        path = chapter;

    int status = host_load_file(L, path);
    // What has no ending was rather meant for a command or a chapter.
    if (status == LUA_ERRFILE && path == name && !strpbrk(name, "./-")) {
        lua_pushliteral(L, "; nor is there such a command or chapter (netlua help)");
        lua_concat(L, 2);
    }
    if (status == LUA_OK) {
        int count = push_arguments(L, o);
        status = call(L, count, 1);
    }
    if (status != LUA_OK)
        return report(L, status);
    return status_of(L);
}

// A refusal is no matter yet: the first operation that needs the rights asks again and says why.
static void enter_rights(void) {
    struct nlu_err err;
    (void)!nlu_rights_enter(NULL, &err);
}

// netlua.cmd.NAME's main(args); args[0] is the command's name. A command whose `rights` is false
// goes on where the user is: from a user namespace of its own there is no way into that of a
// running lab.
static int run_command(lua_State *L, const struct options *o) {
    lua_getglobal(L, "require");
    lua_pushfstring(L, "netlua.cmd.%s", o->argv[o->script]);
    int status = call(L, 1, 1);

    if (status != LUA_OK)
        return report(L, status);
    if (lua_getfield(L, -1, "rights") != LUA_TBOOLEAN || lua_toboolean(L, -1))
        enter_rights();
    lua_pop(L, 1);
    lua_getfield(L, -1, "main");
    lua_remove(L, -2);
    lua_createtable(L, o->argc - o->script, 1);
    for (int i = o->script; i < o->argc; i++) {
        lua_pushstring(L, o->argv[i]);
        lua_rawseti(L, -2, i - o->script);
    }
    status = call(L, 1, 1);
    if (status != LUA_OK)
        return report(L, status);
    return status_of(L);
}

// The prompt, netlua.repl's run(); `script` and its arguments are run first when given.
static int run_prompt(lua_State *L, const char *script, const struct options *o) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "netlua.repl");
    int status = call(L, 1, 1);

    if (status != LUA_OK)
        return report(L, status);
    lua_getfield(L, -1, "run");
    lua_remove(L, -2);
    if (script)
        lua_pushstring(L, script);
    else
        lua_pushnil(L);
    int count = push_arguments(L, o);
    // Not through call(): each line has its own protection, and Ctrl-C is the line's business.
    int base = lua_gettop(L) - count - 1;
    lua_pushcfunction(L, add_traceback);
    lua_insert(L, base);
    status = lua_pcall(L, count + 1, 1, base);
    lua_remove(L, base);
    if (status != LUA_OK)
        return report(L, status);
    return status_of(L);
}

struct start {
    const struct options *options;
    const struct host_paths *paths;
};

// Everything that uses Lua; returns the exit status.
static int protected_main(lua_State *L) {
    const struct start *start = lua_touserdata(L, 1);
    const struct options *o = start->options;
    bool is_command = o->script && host_has_command(start->paths, o->argv[o->script]);
    bool prompt = o->interactive || (!o->script && !o->execute && isatty(STDIN_FILENO));
    int rc = EXIT_SUCCESS;

    open_libraries(L, start->paths);
    set_arg(L, o);
    if (prompt || o->execute)
        rc = require_global(L, "netlua");
    if (!rc)
        rc = run_options(L, o);
    if (!rc) {
        if (is_command) {
            rc = run_command(L, o);
        } else if (prompt) {
            const char *script = o->script ? o->argv[o->script] : NULL;
            char chapter[HOST_PATH];
            if (script && access(script, F_OK) < 0 && errno == ENOENT &&
                host_find_chapter(start->paths, script, chapter))
                script = chapter;
            rc = run_prompt(L, script, o);
        } else if (o->script || !o->execute) {
            rc = run_script(L, o, start->paths);
        }
    }
    lua_pushinteger(L, rc);
    return 1;
}

int main(int argc, char **argv) {
    struct options options;
    struct host_paths paths;
    int rc = parse_options(argc, argv, &options);

    if (rc)
        return rc;
    host_sigint_begin();
    bool found = host_find_paths(&paths);
    if (options.help) {
        print_help(stdout, found ? &paths : NULL);
        return EXIT_SUCCESS;
    }
    if (options.version) {
        printf("netlua %s (%s)\n", NETLUA_VERSION, LUA_RELEASE);
        return EXIT_SUCCESS;
    }
    if (!found) {
        complain("the library is nowhere to be found; was only a part of netlua installed?");
        return EXIT_SCRIPT;
    }

    // Before Lua starts, while there is one thread and nothing is open.
    if (!options.script || !host_has_command(&paths, argv[options.script]))
        enter_rights();

    lua_State *L = luaL_newstate();
    if (!L) {
        complain("no memory for Lua");
        return EXIT_SCRIPT;
    }
    struct start start = {&options, &paths};
    lua_pushcfunction(L, protected_main);
    lua_pushlightuserdata(L, &start);
    int status = lua_pcall(L, 1, 1, 0);
    rc = status == LUA_OK ? (int)lua_tointeger(L, -1) : report(L, status);
    closing = true;
    lua_close(L);
    if (fflush(stdout) || ferror(stdout)) {
        if (!rc) {
            complain("standard output: cannot write");
            rc = EXIT_SCRIPT;
        }
    }
    return rc;
}
