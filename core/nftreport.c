#include "nftreport.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy(char *to, size_t size, const char *from, size_t len) {
    snprintf(to, size, "%.*s", (int)(len < size ? len : size - 1), from);
}

// libnftables hands errors of the kernel on as strerror's text, alone or behind a colon: turn it
// back into the number. The longest text counts ("Operation not supported on …").
static int errno_of(const char *message) {
    const char *colon = strrchr(message, ':');
    const char *last = colon && colon[1] == ' ' ? colon + 2 : message;
    int found = EINVAL;
    size_t longest = 0;

    for (int errnum = 1; errnum < 134; errnum++) {
        const char *text = strerror(errnum);
        size_t len = strlen(text);
        bool here = strncmp(message, text, len) == 0 || strncmp(last, text, len) == 0;
        if (here && len > longest) {
            longest = len;
            found = errnum;
        }
    }
    return found;
}

// "PATH:LINE:FIRST-LAST: " in front of "Error:". False when it is not of that form.
static bool parse_place(const char *text, size_t len, const char *own, struct nlu_nft_report *r) {
    unsigned line, first, last;
    const char *at = text + len;
    int colons = 0;

    // The path may hold colons; the three numbers do not: count from the end.
    while (at > text && colons < 3)
        if (*--at == ':')
            colons++;
    if (colons < 3 || sscanf(at, ":%u:%u-%u:", &line, &first, &last) != 3)
        return false;
    r->line = line;
    r->first = first;
    r->last = last;
    if (strlen(own) != (size_t)(at - text) || strncmp(text, own, strlen(own)) != 0)
        copy(r->file, sizeof r->file, text, (size_t)(at - text));
    return true;
}

static void parse_source(const char *text, struct nlu_nft_report *r) {
    size_t len;

    while (*text == ' ' || *text == '\t')
        text++;
    len = strcspn(text, "\n");
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    copy(r->source, sizeof r->source, text, len);
}

void nlu_nft_report_parse(const char *text, const char *own, struct nlu_nft_report *ret_report) {
    static const char mark[] = "Error: ";
    struct nlu_nft_report r = {0};
    const char *error = strstr(text, mark);
    const char *start, *end;

    if (!error) {
        copy(r.message, sizeof r.message, text, strcspn(text, "\n"));
        r.errnum = errno_of(r.message);
        *ret_report = r;
        return;
    }
    for (start = error; start > text && start[-1] != '\n'; start--)
        ;
    error += sizeof mark - 1;
    end = error + strcspn(error, "\n");
    // Without a place ("netlink: Error: …") the next line is no source either.
    if (parse_place(start, (size_t)(error - start) - (sizeof mark - 1), own, &r) && *end)
        parse_source(end + 1, &r);
    // The kernel's refusal is introduced by a sentence that says nothing.
    static const char filler[] = "Could not process rule: ";
    if (strncmp(error, filler, sizeof filler - 1) == 0)
        error += sizeof filler - 1;
    copy(r.message, sizeof r.message, error, (size_t)(end - error));
    r.errnum = errno_of(r.message);
    *ret_report = r;
}
