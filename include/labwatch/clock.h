/**
 * Where the library gets the time from: a table of functions that tests replace.
 *
 * Wall time only labels things for people (start_time, stop_time); everything that waits, measures or
 * decides uses monotonic time.
 */
#ifndef LABWATCH_CLOCK_H
#define LABWATCH_CLOCK_H

#include <stdint.h>

#include <labwatch/export.h>

LW_BEGIN_DECLS

typedef struct lw_clock {
    int64_t (*wall_ms)(void *self);             /**< milliseconds since 1970-01-01 UTC */
    double (*monotonic_s)(void *self);          /**< seconds since some fixed moment; never goes back */
    void (*sleep_s)(void *self, double seconds); /**< returns after that time or earlier (a signal) */
    void *self;                                 /**< passed to each; borrowed */
} lw_clock;

/** The system's clock. Static. Safe from any thread. */
LW_EXPORT const lw_clock *lw_clock_system(void);

LW_EXPORT int64_t lw_clock_wall_ms(const lw_clock *clock);
LW_EXPORT double lw_clock_monotonic_s(const lw_clock *clock);
LW_EXPORT void lw_clock_sleep_s(const lw_clock *clock, double seconds);

LW_END_DECLS

#endif
