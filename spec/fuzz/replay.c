// Runs a fuzz target over the files of a directory, each twice (state kept between calls would
// show), and over every prefix of each: the corpus as an ordinary test, without libFuzzer.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_FILE = 1 << 20 };

// The input is copied to a block of exactly its size, so that a sanitizer sees a read past its end.
static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int replay(const char *path) {
    static uint8_t data[MAX_FILE];
    FILE *file = fopen(path, "rb");

    if (!file) {
        perror(path);
        return -1;
    }
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    for (size_t len = 0; len <= size; len++)
        run(data, len);
    run(data, size);
    return 0;
}

int main(int argc, char **argv) {
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    int files = 0;

    if (!dir) {
        fprintf(stderr, "replay: no corpus at %s\n", argc == 2 ? argv[1] : "(no argument)");
        return 1;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (replay(path) < 0)
            return 1;
        files++;
    }
    closedir(dir);
    printf("%d files\n", files);
    return files ? 0 : 1; // an empty corpus would test nothing
}
