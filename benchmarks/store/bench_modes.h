/**
 * What can be measured; each prints its lines of the table.
 */
#ifndef LABWATCH_BENCH_MODES_H
#define LABWATCH_BENCH_MODES_H

#include <stdint.h>

/** Reservations by so many workers, runs in all, beside the bare driver's. */
void bench_reserve(int workers, int64_t runs);
/** The same, with a result for each run. */
void bench_pairs_of_store(int workers, int64_t runs);
/** With a model that takes a second. */
void bench_fits(int workers, int64_t runs);
/** Fills the database with finished runs of the experiment that bench_experiment writes. */
void bench_fill(int64_t runs);
/** Hears of so many new runs. */
void bench_catch_up(int64_t runs);
/** Sees all rows that are there with the bare driver. */
void bench_read_all(void);
/** What each operation sends and gets. */
void bench_trips(void);
void bench_drop(void);

/** The experiment that all of them tune. */
const char *bench_text(void);

#endif
