#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <termios.h>

int nlu_pty_open(int like, int *ret_master, char ret_path[NLU_PTY_PATH], struct nlu_err *err) {
    struct winsize size;
    NLU_AUTO_FD int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
        ptsname_r(master, ret_path, NLU_PTY_PATH) != 0)
        return nlu_err_set(err, errno, "shell", "pseudo terminal");
    if (ioctl(like, TIOCGWINSZ, &size) == 0)
        (void)ioctl(master, TIOCSWINSZ, &size);
    *ret_master = nlu_steal_fd(&master);
    return 0;
}

static int write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

// Carries what is there now. 1 when there was something, 0 at the end, -errno.
static int carry(int from, int to) {
    char buf[4096];
    ssize_t n = read(from, buf, sizeof buf);

    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 1 : errno == EIO ? 0 : -errno;
    if (n == 0)
        return 0;
    int rc = write_all(to, buf, (size_t)n);
    return rc < 0 ? rc : 1;
}

// 0, or the number of a signal that ends the relay.
static int take_signal(int signals, int terminal, int master) {
    struct signalfd_siginfo info;
    struct winsize size;

    if (read(signals, &info, sizeof info) != sizeof info)
        return 0;
    if (info.ssi_signo != SIGWINCH)
        return (int)info.ssi_signo;
    if (ioctl(terminal, TIOCGWINSZ, &size) == 0)
        (void)ioctl(master, TIOCSWINSZ, &size);
    return 0;
}

static int relay(int master, int terminal, int pidfd, int signals) {
    enum { MASTER, TERMINAL, PROCESS, SIGNALS };
    struct pollfd wait[] = {
        [MASTER] = {.fd = master, .events = POLLIN},
        [TERMINAL] = {.fd = terminal, .events = POLLIN},
        [PROCESS] = {.fd = pidfd, .events = POLLIN},
        [SIGNALS] = {.fd = signals, .events = POLLIN},
    };

    for (;;) {
        if (poll(wait, NLU_COUNT(wait), -1) < 0) {
            if (errno == EINTR)
                continue;
            return -errno;
        }
        if (wait[SIGNALS].revents) {
            int number = take_signal(signals, terminal, master);
            if (number)
                return number;
        }
        if (wait[MASTER].revents) {
            int rc = carry(master, terminal);
            if (rc < 0)
                return rc;
            if (rc == 0)
                wait[MASTER].fd = NLU_NO_FD; // nobody has it open any more: only the end is awaited
        } else if (wait[PROCESS].revents) {
            return 0; // and all that it showed is shown
        }
        if (wait[TERMINAL].revents) {
            int rc = carry(terminal, master);
            if (rc < 0 && rc != -EIO)
                return rc;
            if (rc <= 0)
                wait[TERMINAL].fd = NLU_NO_FD;
        }
    }
}

int nlu_pty_relay(int master, int terminal, pid_t pid, struct nlu_err *err) {
    NLU_AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    NLU_AUTO_FD int signals = NLU_NO_FD;
    struct termios before, raw;
    sigset_t taken, mask;

    if (pidfd < 0)
        return nlu_err_set(err, errno, "shell", "process %ld", (long)pid);
    // Taken as descriptors' events while the terminal is raw; Ctrl-C and its kin are keys then.
    sigemptyset(&taken);
    sigaddset(&taken, SIGWINCH);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGHUP);
    signals = signalfd(-1, &taken, SFD_CLOEXEC);
    if (signals < 0 || tcgetattr(terminal, &before) < 0)
        return nlu_err_set(err, errno, "shell", "terminal");
    sigprocmask(SIG_BLOCK, &taken, &mask);
    raw = before;
    cfmakeraw(&raw);
    (void)tcsetattr(terminal, TCSANOW, &raw);
    int rc = relay(master, terminal, pidfd, signals);
    (void)tcsetattr(terminal, TCSADRAIN, &before);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return rc < 0 ? nlu_err_set(err, -rc, "shell", "terminal") : rc;
}
