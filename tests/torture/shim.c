/* Counts the system calls that a process makes on an archive, and lets one of them fail or end the process.

   Loaded with LD_PRELOAD. `torture_arm` is called in a forked child; what was counted stays readable in its parent,
   because the state is in shared memory. Only files below the root and sockets count: Python's own files do not.
   Several threads may call at once: each call is counted, in the order in which the kernel lets them go on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE, FSYNC, NAME, OPEN, CLOSE, LOCK, CONNECT, SEND, CLASSES };

struct state {
    long counts[CLASSES];
    long seen;      /* calls of the chosen classes so far */
    long nth;       /* which of them fails, from 1 */
    int classes;    /* bits of the chosen classes */
    int failure;    /* an errno, or -1 to end the process */
    int is_sticky;  /* all later calls fail, too */
    int fired;
    pid_t pid;
    char what[300];
    char root[200];
};
static struct state *state;

__attribute__((constructor)) static void begin(void) {
    state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED) _exit(99);
}

void torture_arm(const char *root, int classes, long nth, int failure, int is_sticky) {
    memset(state, 0, sizeof *state);
    strncpy(state->root, root, sizeof state->root - 1);
    state->classes = classes, state->nth = nth, state->failure = failure, state->is_sticky = is_sticky;
    state->pid = getpid();
}
long torture_count(int number) { return state->counts[number]; }
int torture_fired(void) { return state->fired; }
const char *torture_what(void) { return state->what; }

static int is_below(const char *path) {
    return path[0] != '/' || strncmp(path, state->root, strlen(state->root)) == 0;
}

static int is_file_below(int file, char *name, size_t size) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, name, size - 1);
    if (length < 0) return 0;
    name[length] = 0;
    return name[0] == '/' && is_below(name);
}

/* Returns 0 when the call is to go on, else the errno with which it fails. */
static int strike(int number, const char *call, const char *name) {
    __atomic_add_fetch(&state->counts[number], 1, __ATOMIC_SEQ_CST);
    if (!(state->classes & (1 << number))) return 0;
    long seen = __atomic_add_fetch(&state->seen, 1, __ATOMIC_SEQ_CST);
    if (!state->nth || seen < state->nth || (seen > state->nth && !state->is_sticky)) return 0;
    if (!state->fired) snprintf(state->what, sizeof state->what, "%s %s", call, name);
    state->fired = 1;
    if (state->failure < 0) kill(getpid(), SIGKILL);
    return state->failure;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define IS_ARMED (state && state->pid && state->pid == getpid())
#define STRIKE(number, call, name) do { int failed = strike(number, call, name); if (failed) { errno = failed; return -1; } } while (0)
#define STRIKE_FILE(number, call) do { char path[PATH_MAX]; int before = errno; \
    if (IS_ARMED && file > 2 && is_file_below(file, path, sizeof path)) { errno = before; STRIKE(number, call, path); } errno = before; } while (0)

ssize_t write(int file, const void *data, size_t size) { REAL(write); STRIKE_FILE(WRITE, "write"); return real(file, data, size); }
ssize_t writev(int file, const struct iovec *data, int count) { REAL(writev); STRIKE_FILE(WRITE, "writev"); return real(file, data, count); }
ssize_t pwrite(int file, const void *data, size_t size, off_t at) { REAL(pwrite); STRIKE_FILE(WRITE, "pwrite"); return real(file, data, size, at); }
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) { REAL(pwrite64); STRIKE_FILE(WRITE, "pwrite"); return real(file, data, size, at); }
int ftruncate(int file, off_t size) { REAL(ftruncate); STRIKE_FILE(WRITE, "ftruncate"); return real(file, size); }
int ftruncate64(int file, off64_t size) { REAL(ftruncate64); STRIKE_FILE(WRITE, "ftruncate"); return real(file, size); }
int fsync(int file) { REAL(fsync); STRIKE_FILE(FSYNC, "fsync"); return real(file); }
int fdatasync(int file) { REAL(fdatasync); STRIKE_FILE(FSYNC, "fdatasync"); return real(file); }
int flock(int file, int operation) { REAL(flock); STRIKE_FILE(LOCK, "flock"); return real(file, operation); }

int rename(const char *old, const char *new) { REAL(rename); if (IS_ARMED && is_below(new)) STRIKE(NAME, "rename", new); return real(old, new); }
int renameat(int a, const char *old, int b, const char *new) { REAL(renameat); if (IS_ARMED && is_below(new)) STRIKE(NAME, "rename", new); return real(a, old, b, new); }
int link(const char *old, const char *new) { REAL(link); if (IS_ARMED && is_below(new)) STRIKE(NAME, "link", new); return real(old, new); }
int linkat(int a, const char *old, int b, const char *new, int flags) { REAL(linkat); if (IS_ARMED && is_below(new)) STRIKE(NAME, "link", new); return real(a, old, b, new, flags); }
int unlink(const char *path) { REAL(unlink); if (IS_ARMED && is_below(path) && state->failure != ENOSPC) STRIKE(NAME, "unlink", path); return real(path); }
int unlinkat(int a, const char *path, int flags) { REAL(unlinkat); if (IS_ARMED && is_below(path) && state->failure != ENOSPC) STRIKE(NAME, "unlink", path); return real(a, path, flags); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); if (IS_ARMED && is_below(path)) STRIKE(NAME, "mkdir", path); return real(path, mode); }
int mkdirat(int a, const char *path, mode_t mode) { REAL(mkdirat); if (IS_ARMED && is_below(path)) STRIKE(NAME, "mkdir", path); return real(a, path, mode); }

/* A full or read-only disk refuses only what would write. */
static int strike_open(const char *path, int flags) {
    int would_write = (flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0;
    if (!IS_ARMED || !is_below(path)) return 0;
    if ((state->failure == EROFS && !would_write) || (state->failure == ENOSPC && !(flags & O_CREAT))) return 0;
    return strike(OPEN, "open", path);
}
#define OPENER(name, declared, passed) int name declared { REAL(name); mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    int failed = strike_open(path, flags); if (failed) { errno = failed; return -1; } return real passed; }
OPENER(open, (const char *path, int flags, ...), (path, flags, mode))
OPENER(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENER(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPENER(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))

int close(int file) {
    REAL(close);
    char path[PATH_MAX];
    if (!IS_ARMED || file <= 2 || !is_file_below(file, path, sizeof path)) return real(file);
    int failed = strike(CLOSE, "close", path);
    int ended = real(file); /* the descriptor is gone whatever close answers */
    if (failed) { errno = failed; return -1; }
    return ended;
}

#define LOCKER(name) int name(int file, int command, ...) { REAL(name); \
    va_list more; va_start(more, command); void *argument = va_arg(more, void *); va_end(more); \
    if (command == F_SETLK || command == F_SETLKW) { STRIKE_FILE(LOCK, "fcntl"); } \
    return real(file, command, argument); }
LOCKER(fcntl)
LOCKER(fcntl64)

int connect(int file, const struct sockaddr *address, socklen_t size) { REAL(connect); if (IS_ARMED) STRIKE(CONNECT, "connect", ""); return real(file, address, size); }
ssize_t send(int file, const void *data, size_t size, int flags) { REAL(send); if (IS_ARMED) STRIKE(SEND, "send", ""); return real(file, data, size, flags); }
ssize_t sendto(int file, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length) { REAL(sendto); if (IS_ARMED) STRIKE(SEND, "sendto", ""); return real(file, data, size, flags, to, length); }
