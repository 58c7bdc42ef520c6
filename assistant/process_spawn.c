#include "process_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/** What the child tells when it does not get as far as its program. */
typedef struct failure {
    bool in_directory; /**< chdir failed, else exec */
    int errno_value;
} failure;

/** Everything that the child needs, made before the fork: after it, nothing may be allocated. */
typedef struct launch {
    char *const *words;
    char **candidates;  /**< paths to try, ends with NULL */
    char **environment;
    const char *directory;
    pid_t parent;
    int input, output, errors, status;
} launch;

/* The child. */

static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &standard, NULL);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void give_up(const launch *plan, bool in_directory, int errno_value) {
    failure report;
    memset(&report, 0, sizeof report);
    report.in_directory = in_directory;
    report.errno_value = errno_value;
    ssize_t written = write(plan->status, &report, sizeof report);
    (void)written;
    _exit(127);
}

/** Another folder of PATH may have what this one has not. */
static bool is_absent(int errno_value) {
    return errno_value == ENOENT || errno_value == ENOTDIR || errno_value == ENODEV || errno_value == ESTALE ||
           errno_value == ETIMEDOUT;
}

/** As execvpe does, but without handing a script that has no #! line to a shell. */
_Noreturn static void execute(const launch *plan) {
    int denied = 0;
    for (char **path = plan->candidates; *path; path++) {
        (void)execve(*path, plan->words, plan->environment);
        if (errno == EACCES)
            denied = EACCES;
        else if (!is_absent(errno))
            give_up(plan, false, errno);
    }
    give_up(plan, false, denied ? denied : ENOENT);
}

/** Runs in the parent's memory (vfork): it must change none of it and call only what is safe in a signal handler. */
_Noreturn static void run_child(const launch *plan) {
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != plan->parent) /* it died before it could be watched */
        _exit(127);
    if (dup2(plan->input, STDIN_FILENO) < 0 || dup2(plan->output, STDOUT_FILENO) < 0 ||
        dup2(plan->errors, STDERR_FILENO) < 0)
        give_up(plan, false, errno);
    if (plan->directory && chdir(plan->directory) != 0)
        give_up(plan, true, errno);
    reset_signals();
    execute(plan);
}

/** In a function of its own, so that no variable of the caller is at the mercy of the second return. */
__attribute__((noinline)) static pid_t start_child(const launch *plan) {
    pid_t id = vfork();
    if (id == 0)
        run_child(plan);
    return id;
}

/* The parent: preparing. */

/** Moves a file out of the way of 0, 1 and 2, which the child gets anew (they may be closed here). */
static int lift(int file) {
    if (file < 0 || file > STDERR_FILENO)
        return file;
    int lifted = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int saved = errno;
    (void)close(file);
    errno = saved;
    return lifted;
}

static void close_file(int *file) {
    if (*file >= 0)
        (void)close(*file);
    *file = -1;
}

static bool open_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *read_end = lift(ends[0]);
    *write_end = lift(ends[1]);
    return *read_end >= 0 && *write_end >= 0 && fcntl(*read_end, F_SETFL, O_NONBLOCK) == 0;
}

static size_t count_strings(const char *const *strings) {
    size_t count = 0;
    while (strings && strings[count])
        count++;
    return count;
}

static bool has_same_name(const char *a, const char *b) {
    size_t length = strcspn(a, "=");
    return strncmp(a, b, length) == 0 && b[length] == '=';
}

/** This process's environment with the additions in place of what has their names. The strings are borrowed. */
static char **merge_environment(const char *const *additions) {
    const char *const *inherited = (const char *const *)environ;
    size_t added = count_strings(additions), count = 0;
    char **merged = lw_calloc(count_strings(inherited) + added + 1, sizeof *merged);
    if (!merged)
        return NULL;
    for (size_t i = 0; inherited && inherited[i]; i++) {
        bool replaced = false;
        for (size_t k = 0; k < added && !replaced; k++)
            replaced = has_same_name(additions[k], inherited[i]);
        if (!replaced)
            merged[count++] = (char *)(uintptr_t)inherited[i];
    }
    for (size_t k = 0; k < added; k++)
        merged[count++] = (char *)(uintptr_t)additions[k];
    return merged;
}

static const char *search_path(char *const *environment) {
    for (; *environment; environment++)
        if (strncmp(*environment, "PATH=", 5) == 0)
            return *environment + 5;
    return "/usr/local/bin:/usr/bin:/bin";
}

static void free_strings(char **strings) {
    for (char **string = strings; string && *string; string++)
        lw_free(*string);
    lw_free(strings);
}

/** FOLDER/COMMAND for each folder of path, or the command itself if it names a folder. */
static char **list_candidates(const char *command, const char *path) {
    if (strchr(command, '/'))
        path = "";
    size_t folders = 1;
    for (const char *colon = path; (colon = strchr(colon, ':')); colon++)
        folders++;
    char **candidates = lw_calloc(folders + 1, sizeof *candidates);
    for (size_t i = 0; candidates && i < folders; i++) {
        size_t length = strcspn(path, ":");
        lw_text candidate = {0};
        if (length > 0) {
            lw_text_append(&candidate, path, length);
            lw_text_add(&candidate, "/");
        }
        lw_text_add(&candidate, command);
        if (!(candidates[i] = lw_text_take(&candidate))) {
            free_strings(candidates);
            return NULL;
        }
        path += length + (path[length] == ':');
    }
    return candidates;
}

/* The parent: afterwards. */

/**
 * Waits until the child has its program (false) or has failed (true, with *report). After a real vfork that is decided
 * already; tools such as valgrind make it a fork. The wait is bounded, as a fork in another thread may hold the pipe
 * open.
 */
static bool read_failure(int status, failure *report) {
    enum { PATIENCE_MS = 5000 };
    for (;;) {
        ssize_t got = read(status, report, sizeof *report);
        if (got >= 0)
            return got == (ssize_t)sizeof *report;
        struct pollfd waiting = {.fd = status, .events = POLLIN};
        if (errno == EAGAIN && poll(&waiting, 1, PATIENCE_MS) == 0)
            return false;
        if (errno != EAGAIN && errno != EINTR)
            return false;
    }
}

/** A candidate that is there but was not found by exec has an interpreter (#!, or a dynamic loader) that is missing. */
static const char *find_existing(const launch *plan, struct stat *status) {
    int base = plan->directory ? open(plan->directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : AT_FDCWD;
    const char *found = NULL;
    for (char **path = plan->candidates; *path && !found; path++)
        if (fstatat(base, *path, status, 0) == 0)
            found = *path;
    if (base >= 0)
        (void)close(base);
    return found;
}

static void explain(const launch *plan, int errno_value, char out[256]) {
    char *printable = lw_text_printable(plan->words[0], strnlen(plan->words[0], 100));
    const char *command = printable ? printable : "";
    struct stat status;
    const char *existing = find_existing(plan, &status);
    bool searched = !strchr(plan->words[0], '/');
    if (errno_value == ENOENT && existing)
        (void)snprintf(out, 256,
                       "command '%s' cannot start: the interpreter it asks for is not there (see its first line)",
                       command);
    else if (errno_value == ENOENT)
        (void)snprintf(out, 256, "command '%s' not found%s", command, searched ? " in PATH" : "");
    else if (errno_value == EACCES && existing && S_ISDIR(status.st_mode))
        (void)snprintf(out, 256, "command '%s' is a folder", command);
    else if (errno_value == EACCES)
        (void)snprintf(out, 256, "command '%s' is not executable (chmod +x makes a file so)", command);
    else if (errno_value == ENOEXEC)
        (void)snprintf(out, 256, "command '%s' is neither a program for this machine nor a script with a '#!' line",
                       command);
    else if (errno_value == E2BIG)
        (void)snprintf(out, 256, "command '%s' cannot start: its arguments and environment are too long", command);
    else
        (void)snprintf(out, 256, "command '%s' cannot start: %s", command, strerror(errno_value));
    out[lw_utf8_invalid_at(out, strlen(out))] = 0;
    lw_free(printable);
}

/** Signals are held back meanwhile: a handler would run in the child too, on the parent's memory. */
static pid_t start_with_signals_held(const launch *plan) {
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t id = start_child(plan);
    int saved = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return id;
}

static int report_failure(const launch *plan, const failure *report, lw_spawned *out, lw_error *error) {
    while (waitpid(out->id, NULL, 0) < 0 && errno == EINTR)
        ;
    out->id = 0;
    close_file(&out->output);
    close_file(&out->errors);
    if (report->in_directory)
        return lw_error_set(error, LW_EINVAL, "the command cannot run in '%s': %s", plan->directory,
                            strerror(report->errno_value));
    out->errno_value = report->errno_value;
    explain(plan, report->errno_value, out->reason);
    return LW_OK;
}

static int launch_child(launch *plan, int status, lw_spawned *out, lw_error *error) {
    plan->parent = getpid();
    out->id = start_with_signals_held(plan);
    if (out->id < 0)
        return lw_error_set(error, LW_EUNAVAILABLE, "cannot start another process: %s", strerror(errno));
    close_file(&plan->status);
    failure report;
    if (read_failure(status, &report))
        return report_failure(plan, &report, out, error);
    return LW_OK;
}

static int launch_with_files(launch *plan, lw_spawned *out, lw_error *error) {
    int status = -1;
    int code;
    plan->input = lift(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (plan->input < 0 || !open_pipe(&out->output, &plan->output) || !open_pipe(&out->errors, &plan->errors) ||
        !open_pipe(&status, &plan->status))
        code = lw_error_set(error, LW_EUNAVAILABLE, "cannot open the files a command needs: %s", strerror(errno));
    else
        code = launch_child(plan, status, out, error);
    close_file(&status);
    close_file(&plan->input);
    close_file(&plan->output);
    close_file(&plan->errors);
    close_file(&plan->status);
    if (code != LW_OK) {
        close_file(&out->output);
        close_file(&out->errors);
    }
    return code;
}

int lw_spawn(lw_spawned *out, const char *const *words, const char *const *environment, const char *directory,
             lw_error *error) {
    *out = (lw_spawned){.output = -1, .errors = -1};
    launch plan = {.words = (char *const *)(uintptr_t)words, .directory = directory,
                   .input = -1, .output = -1, .errors = -1, .status = -1};
    int code = LW_ENOMEM;
    plan.environment = merge_environment(environment);
    plan.candidates = plan.environment ? list_candidates(words[0], search_path(plan.environment)) : NULL;
    if (plan.candidates)
        code = launch_with_files(&plan, out, error);
    else
        (void)lw_error_no_memory(error);
    free_strings(plan.candidates);
    lw_free(plan.environment);
    return code;
}
