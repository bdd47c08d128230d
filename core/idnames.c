#include "idnames.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 256 * 1024, // more lines than any machine has names
    WORD_MAX = 127, // of one name; ip has room for 511
};

static const struct {
    const char *name;
    uint32_t max;
} files[NLU_IDFILES] = {
    [NLU_IDFILE_TABLES] = {"rt_tables", UINT32_MAX},
    [NLU_IDFILE_PROTOCOLS] = {"rt_protos", 255},
    [NLU_IDFILE_SCOPES] = {"rt_scopes", 255},
    [NLU_IDFILE_REALMS] = {"rt_realms", 255},
    [NLU_IDFILE_DSFIELDS] = {"rt_dsfield", 255},
    [NLU_IDFILE_ADDR_PROTOCOLS] = {"rt_addrprotos", 255},
    [NLU_IDFILE_GROUPS] = {"group", UINT32_MAX},
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// One line without its end.
static int read_line(const char *line, size_t size, struct nlu_arena *arena,
                     struct nlu_idnames *names) {
    char number[12], *end;
    size_t at = 0, first;

    while (at < size && is_space(line[at]))
        at++;
    for (first = at; at < size && !is_space(line[at]); at++)
        ;
    if (at == first || at - first >= sizeof number || line[first] < '0' || line[first] > '9')
        return 0;
    memcpy(number, line + first, at - first);
    number[at - first] = '\0';
    errno = 0;
    unsigned long long value = strtoull(number, &end, strncmp(number, "0x", 2) == 0 ? 16 : 10);
    while (at < size && is_space(line[at]))
        at++;
    for (first = at; at < size && !is_space(line[at]); at++)
        ;
    if (errno || *end || value > UINT32_MAX || at == first || at - first > WORD_MAX ||
        line[first] == '#')
        return 0;
    int rc = nlu_arena_grow(arena, (void **)&names->items, sizeof *names->items, names->count,
                            &names->cap);
    char *word = rc == 0 ? nlu_arena_text(arena, line + first, at - first) : NULL;
    if (!word)
        return -ENOMEM;
    names->items[names->count++] = (struct nlu_idname){(uint32_t)value, word};
    return 0;
}

int nlu_idnames_read(const char *text, size_t size, struct nlu_arena *arena,
                     struct nlu_idnames *names) {
    int rc = 0;

    for (size_t at = 0; rc == 0 && at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        rc = read_line(text + at, length, arena, names);
        at += length + 1;
    }
    return rc;
}

// 1 when there was such a file, 0 when not; -ENOMEM.
static int read_file(const char *path, struct nlu_arena *arena, struct nlu_idnames *names) {
    FILE *f = fopen(path, "re");
    size_t size = 0;

    if (!f)
        return 0;
    char *text = malloc(FILE_MAX);
    if (text)
        size = fread(text, 1, FILE_MAX, f);
    fclose(f);
    int rc = text ? nlu_idnames_read(text, size, arena, names) : -ENOMEM;
    free(text);
    return rc < 0 ? rc : 1;
}

static int is_conf(const struct dirent *entry) {
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static int read_directory(const char *path, struct nlu_arena *arena, struct nlu_idnames *names) {
    struct dirent **entries = NULL;
    char file[512];
    int count = scandir(path, &entries, is_conf, alphasort), rc = 0;

    for (int i = 0; i < count; i++) {
        int size = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (rc >= 0 && size < (int)sizeof file)
            rc = read_file(file, arena, names);
        free(entries[i]);
    }
    free(entries);
    return rc < 0 ? rc : 0;
}

int nlu_idnames_load(enum nlu_idfile file, struct nlu_arena *arena, struct nlu_idnames *names) {
    // The administrator's file takes the place of the one that iproute2 ships (6.5 and newer); of
    // the directories both are read, so that the administrator's come last and win.
    static const char *const places[] = {"/usr/lib/iproute2", "/usr/share/iproute2",
                                         "/etc/iproute2"};
    struct nlu_idnames found = {0};
    char path[64];
    int rc = 0;

    for (size_t i = NLU_COUNT(places); rc == 0 && i > 0; i--) {
        snprintf(path, sizeof path, "%s/%s", places[i - 1], files[file].name);
        rc = read_file(path, arena, &found);
    }
    for (size_t i = 0; rc >= 0 && i < NLU_COUNT(places); i++) {
        snprintf(path, sizeof path, "%s/%s.d", places[i], files[file].name);
        rc = read_directory(path, arena, &found);
    }
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < found.count; i++) {
        if (found.items[i].value > files[file].max)
            continue;
        rc = nlu_arena_grow(arena, (void **)&names->items, sizeof *names->items, names->count,
                            &names->cap);
        if (rc < 0)
            return rc;
        names->items[names->count++] = found.items[i];
    }
    return 0;
}

const char *nlu_idnames_word(const struct nlu_idnames *names, uint32_t value) {
    for (size_t i = names->count; i > 0; i--)
        if (names->items[i - 1].value == value)
            return names->items[i - 1].word;
    return NULL;
}

bool nlu_idnames_value(const struct nlu_idnames *names, const char *word, uint32_t *ret_value) {
    for (size_t i = names->count; i > 0; i--) {
        if (strcmp(names->items[i - 1].word, word) == 0) {
            *ret_value = names->items[i - 1].value;
            return true;
        }
    }
    return false;
}
