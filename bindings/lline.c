// Module netlua.line: one line from the terminal, edited with libedit. editline(3).
#include "netlua.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#define LINE_TYPE "netlua.line"

enum { HISTORY_SIZE = 1000 };

struct line {
    EditLine *el; // NULL once closed
    History *history;
    locale_t locale;
    // Only while read() runs: libedit hands nothing through to its callbacks but this struct.
    lua_State *L;
    const char *prompt;
    sigset_t outside; // the signal mask around read()
};

// --- signals while the terminal is ours
// -----------------------------------------------------------------

// What must not leave the terminal without echo, and what changes its picture. All are blocked
// while libedit works and let in only where it waits for a key.
static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};

static volatile sig_atomic_t pending;

static void note_signal(int number) {
    pending = number;
}

static void catch_signals(struct sigaction *ret_old, sigset_t *ret_outside) {
    struct sigaction action = {.sa_handler = note_signal}; // no SA_RESTART: the wait must end
    sigset_t inside;

    sigemptyset(&action.sa_mask);
    sigemptyset(&inside);
    for (size_t i = 0; i < NLU_COUNT(caught); i++)
        sigaddset(&inside, caught[i]);
    sigprocmask(SIG_BLOCK, &inside, ret_outside);
    for (size_t i = 0; i < NLU_COUNT(caught); i++)
        sigaction(caught[i], &action, &ret_old[i]);
    pending = 0;
}

static void restore_signals(const struct sigaction *old, const sigset_t *outside) {
    for (size_t i = 0; i < NLU_COUNT(caught); i++)
        sigaction(caught[i], &old[i], NULL);
    sigprocmask(SIG_SETMASK, outside, NULL);
}

// Ctrl-Z: the terminal goes back as it was, and is taken again on return.
static void suspend(EditLine *el) {
    struct sigaction normal = {.sa_handler = SIG_DFL}, ours;
    sigset_t only;

    el_set(el, EL_PREP_TERM, 0);
    sigaction(SIGTSTP, &normal, &ours);
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &only, NULL); // stops here
    sigprocmask(SIG_BLOCK, &only, NULL);
    sigaction(SIGTSTP, &ours, NULL);
    el_set(el, EL_PREP_TERM, 1);
    el_set(el, EL_REFRESH);
}

// --- libedit's callbacks
// --------------------------------------------------------------------------------

static struct line *line_of(EditLine *el) {
    void *line = NULL;
    el_get(el, EL_CLIENTDATA, &line);
    return line;
}

static char *give_prompt(EditLine *el) {
    return (char *)line_of(el)->prompt;
}

// Waits for one byte. 1, 0 at the end of input, -1 with errno EINTR for a signal that ends the
// line.
static int read_byte(EditLine *el, int fd, const sigset_t *outside, char *ret_byte) {
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (ppoll(&wait, 1, NULL, outside) < 0) {
            if (errno != EINTR)
                return -1;
            int number = pending;
            pending = 0;
            if (number == SIGWINCH) {
                el_resize(el);
                el_set(el, EL_REFRESH);
            } else if (number == SIGTSTP) {
                suspend(el);
            } else if (number) {
                pending = number;
                errno = EINTR;
                return -1;
            }
            continue;
        }
        ssize_t got = read(fd, ret_byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        return (int)got;
    }
}

static int get_character(EditLine *el, wchar_t *ret_character) {
    struct line *line = line_of(el);
    FILE *in = NULL;
    mbstate_t state = {0};

    el_get(el, EL_GETFP, 0, &in);
    for (;;) {
        char byte;
        int got = read_byte(el, fileno(in), &line->outside, &byte);
        if (got <= 0)
            return got;
        size_t used = mbrtowc(ret_character, &byte, 1, &state);
        if (used == (size_t)-2)
            continue; // more bytes belong to it
        if (used == (size_t)-1) {
            state = (mbstate_t){0}; // no character: take no notice
            continue;
        }
        return 1;
    }
}

// Runs in a protected call: complete(line, cursor) of the handle's user value gives the text to
// insert, and the text to show below the line when there is a choice.
static int call_complete(lua_State *L) { /* [function, LineInfo] */
    const LineInfo *info = lua_touserdata(L, 2);

    lua_settop(L, 1);
    lua_pushlstring(L, info->buffer, (size_t)(info->lastchar - info->buffer));
    lua_pushinteger(L, info->cursor - info->buffer);
    lua_call(L, 2, 2);
    return 2;
}

static unsigned char complete(EditLine *el, int key) {
    struct line *line = line_of(el);
    lua_State *L = line->L;
    const LineInfo *info = el_line(el);
    unsigned char todo = CC_ERROR;
    int top = lua_gettop(L);

    (void)key;
    // The handle stands at index 1 of read(). Nothing in here may raise: libedit's frames lie
    // below.
    if (!lua_checkstack(L, 8))
        return CC_ERROR;
    lua_pushcfunction(L, call_complete);
    lua_getiuservalue(L, 1, 1);
    lua_pushlightuserdata(L, (void *)info);
    if (lua_pcall(L, 2, 2, 0) == LUA_OK) {
        // Only strings are taken as they are: converting a number could run out of memory.
        const char *insert = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        const char *show = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        if (*insert && el_insertstr(el, insert) == 0)
            todo = CC_REFRESH;
        if (*show) {
            printf("\n%s\n", show);
            todo = CC_REDISPLAY;
        }
    }
    lua_settop(L, top);
    return todo;
}

// --- the handle
// -----------------------------------------------------------------------------------------

static int line_close(lua_State *L) {
    struct line *line = luaL_checkudata(L, 1, LINE_TYPE);

    if (line->el)
        el_end(line->el);
    if (line->history)
        history_end(line->history);
    if (line->locale)
        freelocale(line->locale);
    line->el = NULL;
    line->history = NULL;
    line->locale = (locale_t)0;
    return 0;
}

static struct line *check_line(lua_State *L, const char *op) {
    struct line *line = luaL_checkudata(L, 1, LINE_TYPE);
    if (!line->el)
        nluL_misuse(L, op, "line", "attempt to use a closed line editor");
    return line;
}

// open(complete): an editor on standard input and output.
static int line_open(lua_State *L) {
    struct nlu_err err;
    HistEvent event;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    struct line *line = lua_newuserdatauv(L, sizeof *line, 1);
    *line = (struct line){0};
    luaL_setmetatable(L, LINE_TYPE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);

    line->locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    // A terminal without a locale still sends UTF-8 nowadays.
    if (!line->locale || !strcmp(nl_langinfo_l(CODESET, line->locale), "ANSI_X3.4-1968")) {
        locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", line->locale);
        if (utf8)
            line->locale = utf8; // what it was made from is freed
    }
    line->el = el_init("netlua", stdin, stdout, stderr);
    line->history = history_init();
    if (!line->el || !line->history) {
        nlu_err_set(&err, ENOMEM, "line.open", "libedit");
        return nluL_fail(L, &err);
    }
    history(line->history, &event, H_SETSIZE, HISTORY_SIZE);
    history(line->history, &event, H_SETUNIQUE, 1);
    el_set(line->el, EL_CLIENTDATA, line);
    el_set(line->el, EL_PROMPT, give_prompt);
    // libedit asks here which keys are characters of their own: é is one, and not Meta-i.
    locale_t before = uselocale(line->locale);
    el_set(line->el, EL_EDITOR, "emacs");
    el_set(line->el, EL_HIST, history, line->history);
    el_set(line->el, EL_GETCFN, get_character);
    el_set(line->el, EL_ADDFN, "netlua-complete", "Complete a name", complete);
    el_set(line->el, EL_BIND, "^I", "netlua-complete", NULL);
    el_set(line->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(line->el, NULL); // the user's ~/.editrc has the last word
    uselocale(before);
    return 1;
}

// read(prompt): the line without its end, or nil and "eof" or "interrupted" (Ctrl-C).
static int line_read(lua_State *L) {
    struct line *line = check_line(L, "line.read");
    const char *prompt = luaL_checkstring(L, 2);
    struct sigaction old[NLU_COUNT(caught)];
    sigset_t outside;
    int count = 0, number;

    lua_settop(L, 2);
    fflush(stdout);
    line->L = L;
    line->prompt = prompt;
    catch_signals(old, &outside);
    line->outside = outside;
    locale_t before = uselocale(line->locale);
    const char *text = el_gets(line->el, &count);
    uselocale(before);
    number = pending;
    restore_signals(old, &outside);
    line->L = NULL;
    line->prompt = NULL;

    if (number && number != SIGINT)
        raise(number); // the terminal is itself again: now the signal may do what it does
    if (!text || count <= 0) {
        lua_pushnil(L);
        lua_pushstring(L, number ? "interrupted" : "eof");
        return 2;
    }
    size_t len = strlen(text);
    if (len && text[len - 1] == '\n')
        len--;
    lua_pushlstring(L, text, len);
    return 1;
}

// remember(line): the next Arrow-Up brings it back.
static int line_remember(lua_State *L) {
    struct line *line = check_line(L, "line.remember");
    HistEvent event;
    history(line->history, &event, H_ENTER, luaL_checkstring(L, 2));
    return 0;
}

// make_directory(path): true, also when it is there already; for the user's eyes only.
static int make_directory(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    struct nlu_err err;

    if (mkdir(path, 0700) < 0 && errno != EEXIST) {
        nlu_err_set(&err, errno, "line.make_directory", "%s", path);
        return nluL_fail(L, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

// usable(): is there a terminal on both sides that can do more than print?
static int line_usable(lua_State *L) {
    const char *terminal = getenv("TERM");
    lua_pushboolean(L, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && terminal && *terminal &&
                           strcmp(terminal, "dumb") != 0);
    return 1;
}

// tty(): does a person type? Then prompts are shown.
static int line_tty(lua_State *L) {
    lua_pushboolean(L, isatty(STDIN_FILENO));
    return 1;
}

// width(): the columns of the terminal, 80 when there is none.
static int line_width(lua_State *L) {
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    lua_pushinteger(L, known ? size.ws_col : 80);
    return 1;
}

NLUL_EXPORT int luaopen_netlua_line(lua_State *L);

int luaopen_netlua_line(lua_State *L) {
    static const luaL_Reg functions[] = {{"open", line_open},
                                         {"usable", line_usable},
                                         {"tty", line_tty},
                                         {"width", line_width},
                                         {"make_directory", make_directory},
                                         {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"read", line_read}, {"remember", line_remember}, {"close", line_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__close", line_close}, {"__gc", line_close}, {NULL, NULL}};

    nluL_openerror(L);
    if (luaL_newmetatable(L, LINE_TYPE)) {
        luaL_setfuncs(L, meta, 0);
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
