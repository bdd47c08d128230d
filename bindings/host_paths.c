// Where the library of this very program is: beside it, in the tree it was built from, or
// installed.
#include "host.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

// The places relative to the program come first, so that a moved tree finds itself.
static const struct layout {
    const char *lua, *modules, *chapters;
} layouts[] = {
    {NETLUA_BIN_TO_INSTALLED_LUA, NETLUA_BIN_TO_INSTALLED_MODULES, NETLUA_BIN_TO_INSTALLED_SCRIPTS},
    {NETLUA_BIN_TO_SCRIPTS, "../lib", NETLUA_BIN_TO_SCRIPTS},
    {NETLUA_SOURCE_SCRIPTS, NETLUA_BUILD_MODULES, NETLUA_SOURCE_SCRIPTS},
    {NETLUA_INSTALLED_LUA, NETLUA_INSTALLED_MODULES, NETLUA_INSTALLED_SCRIPTS},
};

static bool is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

// The directory of the running program, with every link followed.
static bool program_dir(char *ret_dir, size_t size) {
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

    if (len > 0) {
        path[len] = '\0';
    } else {
        // No /proc, as in a bare chroot: the kernel also tells how the program was named to execve.
        const char *name = (const char *)getauxval(AT_EXECFN);
        if (!name || !realpath(name, path))
            return false;
    }
    char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) >= size)
        return false;
    *slash = '\0';
    snprintf(ret_dir, size, "%s", path);
    return true;
}

// dir/name (or name when it is absolute) without "..", or as it stands when it does not exist.
static bool join(const char *dir, const char *name, char ret_path[HOST_PATH]) {
    char plain[2 * PATH_MAX], real[PATH_MAX];

    if (*name == '/')
        dir = "";
    snprintf(plain, sizeof plain, "%s%s%s", dir, *dir ? "/" : "", name);
    const char *found = realpath(plain, real) ? real : plain;
    size_t len = strlen(found);
    if (len >= HOST_PATH)
        return false;
    memcpy(ret_path, found, len + 1);
    return true;
}

bool host_find_paths(struct host_paths *ret_paths) {
    char dir[PATH_MAX] = "", probe[HOST_PATH + 32];
    bool have_dir = program_dir(dir, sizeof dir);

    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        const struct layout *at = &layouts[i];
        if (*at->lua != '/' && !have_dir)
            continue;
        snprintf(probe, sizeof probe, "%s%s%s/netlua/init.lua", *at->lua == '/' ? "" : dir,
                 *at->lua == '/' ? "" : "/", at->lua);
        if (is_file(probe) && join(dir, at->lua, ret_paths->lua) &&
            join(dir, at->modules, ret_paths->modules) &&
            join(dir, at->chapters, ret_paths->chapters))
            return true;
    }
    return false;
}

bool host_find_chapter(const struct host_paths *paths, const char *name, char ret_path[HOST_PATH]) {
    static const char *const endings[] = {"", ".lua"};

    if (!*name || strchr(name, '/') || *name == '.')
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        int len = snprintf(ret_path, HOST_PATH, "%s/%s%s", paths->chapters, name, endings[i]);
        if (len < HOST_PATH && is_file(ret_path))
            return true;
    }
    return false;
}

// Words of lower-case letters: anything else is a file's name.
static bool is_command_word(const char *name, size_t len) {
    return len > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") >= len;
}

bool host_has_command(const struct host_paths *paths, const char *name) {
    char path[HOST_PATH + 256];

    if (!is_command_word(name, strlen(name)) || strlen(name) > 64)
        return false;
    snprintf(path, sizeof path, "%s/netlua/cmd/%s.lua", paths->lua, name);
    return is_file(path);
}

void host_each_command(const struct host_paths *paths, void (*each)(const char *name, void *arg),
                       void *arg) {
    char path[HOST_PATH + 32];
    snprintf(path, sizeof path, "%s/netlua/cmd", paths->lua);
    DIR *dir = opendir(path);

    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".lua") != 0)
            continue;
        *dot = '\0';
        if (is_command_word(entry->d_name, strlen(entry->d_name)))
            each(entry->d_name, arg);
    }
    closedir(dir);
}
