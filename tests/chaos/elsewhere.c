/*
 * Loaded into a worker (LD_PRELOAD): it seems to run on the host CHAOS_HOST, whose clock is CHAOS_CLOCK seconds ahead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int gethostname(char *name, size_t size) {
    const char *host = getenv("CHAOS_HOST");
    snprintf(name, size, "%s", host ? host : "here");
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    const char *ahead = getenv("CHAOS_CLOCK");
    int rc = (int)syscall(SYS_clock_gettime, clock, now);
    if (rc == 0 && clock == CLOCK_REALTIME && ahead)
        now->tv_sec += strtol(ahead, NULL, 10);
    return rc;
}
