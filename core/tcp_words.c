#include "tcp_words.h"

#include <errno.h>
#include <string.h>

// From the lowest bit up: FIN, SYN, RST, PSH, ACK, URG, ECE, CWR.
static const char letters[] = "FSRP.UEW";

const char *nlu_tcp_flags_format(uint8_t flags, char buf[NLU_TCP_FLAGS_TEXT]) {
    char *end = buf;

    for (int bit = 0; bit < 8; bit++)
        if (flags >> bit & 1)
            *end++ = letters[bit];
    *end = '\0';
    return flags ? buf : strcpy(buf, "none");
}

int nlu_tcp_flags_parse(const char *text, size_t len, uint8_t *ret_flags) {
    uint8_t flags = 0;

    if (len != 4 || memcmp(text, "none", 4) != 0) {
        for (size_t i = 0; i < len; i++) {
            const char *letter = text[i] ? strchr(letters, text[i]) : NULL;
            if (!letter)
                return -EINVAL;
            flags |= (uint8_t)(1 << (letter - letters));
        }
    }
    *ret_flags = flags;
    return 0;
}

static const struct {
    int kind;
    const char *word;
} options[] = {
    {0, "eol"}, {1, "nop"}, {2, "mss"}, {3, "wscale"}, {4, "sackOK"}, {5, "sack"}, {8, "ts"},
};

const char *nlu_tcp_option_word(int kind) {
    for (size_t i = 0; i < NLU_COUNT(options); i++)
        if (options[i].kind == kind)
            return options[i].word;
    return NULL;
}

int nlu_tcp_option_number(const char *word) {
    for (size_t i = 0; i < NLU_COUNT(options); i++)
        if (strcmp(options[i].word, word) == 0)
            return options[i].kind;
    return -1;
}
