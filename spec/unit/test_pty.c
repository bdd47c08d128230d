// A terminal joined to another: keys go one way, what is shown the other, and the end is noticed.
#include "check.h"
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

// The terminal that a person would sit at: its master side is the person.
struct person {
    int keys, terminal;
};

static struct person sit_down(void) {
    struct winsize size = {.ws_row = 33, .ws_col = 99};
    struct person p;

    p.keys = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(p.keys >= 0 && grantpt(p.keys) == 0 && unlockpt(p.keys) == 0);
    p.terminal = open(ptsname(p.keys), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(p.terminal >= 0);
    CHECK(ioctl(p.terminal, TIOCSWINSZ, &size) == 0);
    return p;
}

// Starts sh on the pseudo terminal, as `netlua shell` does.
static pid_t start(const char *path, const char *script) {
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        int fd = open(path, O_RDWR);
        dup2(fd, 0);
        dup2(fd, 1);
        dup2(fd, 2);
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    return pid;
}

// What the person sees until `mark` is on the screen (10 s at the most).
static bool see(int keys, const char *mark, char *screen, size_t size) {
    size_t len = strlen(screen);
    struct pollfd wait = {.fd = keys, .events = POLLIN};

    while (!strstr(screen, mark)) {
        if (len + 1 >= size || poll(&wait, 1, 10000) <= 0)
            return false;
        ssize_t n = read(keys, screen + len, size - 1 - len);
        if (n <= 0)
            return false;
        len += (size_t)n;
        screen[len] = '\0';
    }
    return true;
}

static void test_relay(void) {
    struct person p = sit_down();
    struct nlu_err err = {0};
    struct termios before, after;
    char path[NLU_PTY_PATH], screen[4096] = "";
    int master, status;

    CHECK_INT(nlu_pty_open(p.terminal, &master, path, &err), 0);
    CHECK(tcgetattr(p.terminal, &before) == 0);
    // The relay blocks: the program and the person are other processes.
    pid_t program =
        start(path, "stty size; read line; echo \"<$line>\"; trap 'echo W; stty size' WINCH; "
                    "echo ready; read line; exit 3");
    pid_t person = fork();
    if (person == 0) {
        struct winsize size = {.ws_row = 20, .ws_col = 50};
        CHECK(see(p.keys, "33 99", screen, sizeof screen));
        CHECK(write(p.keys, "some keys\r", 10) == 10);
        CHECK(see(p.keys, "<some keys>", screen, sizeof screen));
        CHECK(see(p.keys, "ready", screen, sizeof screen));
        CHECK(ioctl(p.terminal, TIOCSWINSZ, &size) == 0);
        kill(getppid(), SIGWINCH); // who has the terminal is told by the kernel; here nobody has
        CHECK(see(p.keys, "20 50", screen, sizeof screen));
        CHECK(write(p.keys, "\r", 1) == 1);
        _exit(check_result());
    }
    CHECK_INT(nlu_pty_relay(master, p.terminal, program, &err), 0);
    CHECK(waitpid(program, &status, 0) == program);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    CHECK(waitpid(person, &status, 0) == person);
    CHECK_INT(status, 0);
    CHECK(tcgetattr(p.terminal, &after) == 0);
    CHECK_INT(after.c_lflag, before.c_lflag);
    CHECK_INT(after.c_oflag, before.c_oflag);
    close(master);
    close(p.keys);
    close(p.terminal);
}

// SIGTERM ends the relay, with the terminal as it was.
static void test_signal(void) {
    struct person p = sit_down();
    struct nlu_err err = {0};
    struct termios before, after;
    char path[NLU_PTY_PATH], screen[256] = "";
    int master;

    CHECK_INT(nlu_pty_open(p.terminal, &master, path, &err), 0);
    CHECK(tcgetattr(p.terminal, &before) == 0);
    pid_t program = start(path, "echo here; exec sleep 1000");
    pid_t person = fork();
    if (person == 0) {
        CHECK(see(p.keys, "here", screen, sizeof screen));
        kill(getppid(), SIGTERM);
        _exit(check_result());
    }
    CHECK_INT(nlu_pty_relay(master, p.terminal, program, &err), SIGTERM);
    CHECK(tcgetattr(p.terminal, &after) == 0);
    CHECK_INT(after.c_lflag, before.c_lflag);
    kill(program, SIGKILL);
    while (wait(NULL) > 0)
        ;
    close(master);
    close(p.keys);
    close(p.terminal);
}

static void test_refused(void) {
    struct nlu_err err = {0};
    int null = open("/dev/null", O_RDWR), master = -1;
    char path[NLU_PTY_PATH];

    CHECK_INT(nlu_pty_open(null, &master, path, &err), 0); // of any size
    CHECK_INT(nlu_pty_relay(master, null, getpid(), &err), -ENOTTY);
    close(null);
    close(master);
}

int main(void) {
    alarm(60); // a relay that never ends is a failure
    test_relay();
    test_signal();
    test_refused();
    return check_result();
}
