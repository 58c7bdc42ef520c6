#include <errno.h>
#include <math.h>
#include <time.h>

#include <labwatch/clock.h>

static int64_t system_wall_ms(void *self) {
    (void)self;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static double system_monotonic_s(void *self) {
    (void)self;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void system_sleep_s(void *self, double seconds) {
    (void)self;
    const double longest = 86400.0; /* whoever waits looks at the time again anyway */
    if (!(seconds > 0))             /* NaN, too */
        return;
    if (seconds > longest)
        seconds = longest;
    double whole = floor(seconds);
    struct timespec pause = {.tv_sec = (time_t)whole, .tv_nsec = (long)((seconds - whole) * 1e9)};
    int kept = errno;
    nanosleep(&pause, NULL); /* not continued after a signal: the caller shall see it */
    errno = kept;
}

static const lw_clock system_clock = {
    .wall_ms = system_wall_ms,
    .monotonic_s = system_monotonic_s,
    .sleep_s = system_sleep_s,
};

const lw_clock *lw_clock_system(void) {
    return &system_clock;
}

int64_t lw_clock_wall_ms(const lw_clock *clock) {
    return clock->wall_ms(clock->self);
}

double lw_clock_monotonic_s(const lw_clock *clock) {
    return clock->monotonic_s(clock->self);
}

void lw_clock_sleep_s(const lw_clock *clock, double seconds) {
    clock->sleep_s(clock->self, seconds);
}
