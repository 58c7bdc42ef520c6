#include "leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "process_internal.h"

void lw_token_to_text(const lw_token *token, char out[LW_TOKEN_TEXT_SIZE]) {
    for (size_t i = 0; i < sizeof token->bytes; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", token->bytes[i]);
}

/** NAME=VALUE with the 0 behind it, as it stands in an environment. */
typedef struct needle {
    char bytes[sizeof LW_ATTEMPT_VARIABLE + LW_TOKEN_TEXT_SIZE];
    size_t length;
} needle;

/** Pieces overlap, so that what lies across two of them is found. */
static bool file_has(int file, const needle *wanted) {
    char piece[16384];
    size_t kept = 0;
    ssize_t got;
    while ((got = read(file, piece + kept, sizeof piece - kept)) > 0) {
        size_t length = kept + (size_t)got;
        if (memmem(piece, length, wanted->bytes, wanted->length))
            return true;
        kept = length < wanted->length ? length : wanted->length - 1;
        memmove(piece, piece + length - kept, kept);
    }
    return false;
}

/** The environment of a process of another user is not even looked at. What has ended, or is a zombie, has none. */
static bool is_left_over(int proc, const char *id, const needle *wanted) {
    char path[64];
    struct stat status;
    (void)snprintf(path, sizeof path, "%.20s/environ", id);
    int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool found = fstat(file, &status) == 0 && status.st_uid == geteuid() && file_has(file, wanted);
    (void)close(file);
    return found;
}

/** Signals (0: only counts) each of them. */
static size_t signal_all(const needle *wanted, int signal) {
    size_t n = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return 0;
    for (struct dirent *item; (item = readdir(proc));) {
        long id = strtol(item->d_name, NULL, 10);
        if (id <= 0 || id == (long)getpid() || !is_left_over(dirfd(proc), item->d_name, wanted))
            continue;
        n += kill((pid_t)id, signal) == 0;
        if (signal == SIGTERM)
            (void)kill((pid_t)id, SIGCONT); /* who is stopped cannot end */
    }
    (void)closedir(proc);
    return n;
}

/** Whether all have ended within that time. */
static bool have_ended(const needle *wanted, double within_s) {
    const struct timespec LOOK_EVERY = {.tv_nsec = 20000000};
    double until_s = lw_real_time_s() + within_s;
    while (signal_all(wanted, 0) > 0) {
        if (lw_real_time_s() >= until_s)
            return false;
        (void)nanosleep(&LOOK_EVERY, NULL);
    }
    return true;
}

size_t lw_leftovers_end(lw_token token, double grace_s) {
    enum { KILLS = 5 }; /* what was being started meanwhile is found by the next */
    const double KILLED_S = 0.2;
    char text[LW_TOKEN_TEXT_SIZE];
    needle wanted;
    if (lw_token_is_none(token))
        return 0;
    lw_token_to_text(&token, text);
    wanted.length = (size_t)snprintf(wanted.bytes, sizeof wanted.bytes, LW_ATTEMPT_VARIABLE "=%s", text) + 1;
    size_t n = signal_all(&wanted, SIGTERM);
    if (n == 0 || have_ended(&wanted, grace_s))
        return n;
    for (int i = 0; i < KILLS && signal_all(&wanted, SIGKILL) > 0; i++)
        (void)have_ended(&wanted, KILLED_S);
    return n;
}
