#include "reap.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

int nlu_reaper_init(struct nlu_reaper *reaper, size_t cap) {
    struct io_uring_params params = {0};

    *reaper = (struct nlu_reaper){.uring = NLU_NO_FD};
    reaper->fds = calloc(cap, sizeof *reaper->fds);
    if (!reaper->fds)
        return -ENOMEM;
    reaper->cap = cap;
    int uring = (int)syscall(SYS_io_uring_setup, 1, &params);
    if (uring < 0)
        return 0;
    // A table of empty places (-1, Linux 5.5), to be filled as sockets come.
    memset(reaper->fds, 0xff, cap * sizeof *reaper->fds);
    if (syscall(SYS_io_uring_register, uring, IORING_REGISTER_FILES, reaper->fds, cap) < 0)
        nlu_close(&uring);
    reaper->uring = uring;
    return 0;
}

void nlu_reaper_add(struct nlu_reaper *reaper, int fd) {
    struct io_uring_files_update update = {.offset = (uint32_t)reaper->count,
                                           .fds = (uint64_t)(uintptr_t)&fd};

    if (reaper->count == reaper->cap)
        return;
    if (reaper->uring >= 0 &&
        syscall(SYS_io_uring_register, reaper->uring, IORING_REGISTER_FILES_UPDATE, &update, 1) < 0)
        nlu_close(&reaper->uring);
    reaper->fds[reaper->count++] = fd;
}

// --- Without io_uring: a thread with a descriptor table of its own ---

struct closing {
    sem_t ready; // the thread has its own table: the caller may close
    int *fds;
    size_t count;
};

static int by_number(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

static void *close_in_own_table(void *arg) {
    struct closing *closing = arg;
    int *fds = closing->fds;
    size_t count = closing->count;
    unsigned next = 0;

    // The copy holds all files of the process; everything that is not to be closed here is let go
    // at once, so that nobody's file lives longer for it.
    bool own = unshare(CLONE_FILES) == 0;
    for (size_t i = 0; own && i < count; i++) {
        if ((unsigned)fds[i] > next)
            (void)syscall(SYS_close_range, next, (unsigned)fds[i] - 1, 0);
        next = (unsigned)fds[i] + 1;
    }
    if (own)
        (void)syscall(SYS_close_range, next, ~0U, 0);
    sem_post(&closing->ready); // closing is gone after this
    if (own) {
        for (size_t i = 0; i < count; i++)
            close(fds[i]);
    }
    free(fds);
    return NULL;
}

// Makes a thread hold the files while the caller closes its descriptors.
static void hold_in_thread(struct nlu_reaper *reaper) {
    struct closing closing = {.count = reaper->count};
    sigset_t all, before;
    pthread_t thread;
    pthread_attr_t attr;

    closing.fds = malloc(reaper->count * sizeof *closing.fds);
    if (!closing.fds)
        return;
    memcpy(closing.fds, reaper->fds, reaper->count * sizeof *closing.fds);
    qsort(closing.fds, closing.count, sizeof *closing.fds, by_number);
    sem_init(&closing.ready, 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, &attr, close_in_own_table, &closing) == 0) {
        while (sem_wait(&closing.ready) < 0 && errno == EINTR)
            ;
    } else {
        free(closing.fds);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    sem_destroy(&closing.ready);
}

void nlu_reaper_close(struct nlu_reaper *reaper) {
    if (reaper->uring < 0 && reaper->count)
        hold_in_thread(reaper);
    for (size_t i = 0; i < reaper->count; i++)
        nlu_close(&reaper->fds[i]);
    nlu_close(&reaper->uring);
    free(reaper->fds);
    *reaper = (struct nlu_reaper){.uring = NLU_NO_FD};
}
