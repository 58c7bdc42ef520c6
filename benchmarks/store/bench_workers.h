/**
 * Workers: processes that begin at the same moment.
 */
#ifndef LABWATCH_BENCH_WORKERS_H
#define LABWATCH_BENCH_WORKERS_H

#include <stdint.h>

/** What workers have done, one or all together. */
typedef struct bench_tally {
    double seconds; /**< from when all began until the last was ready */
    double cpu_s;   /**< of the workers, from then on */
    double server_cpu_s; /**< of the server in that time; 0 if LABWATCH_BENCH_SERVER does not name its process */
    int64_t done, tries, fits, repeats;
} bench_tally;

/** What one of them does: prepares, calls start once, works, and says what it has done. */
typedef void bench_work_fn(int worker, void (*start)(void), bench_tally *out);

/** Nothing of the driver may have been used in this process before: it does not outlive a fork. */
bench_tally bench_work(int workers, bench_work_fn *work);
/** The same with one process, whose tally is of no interest. */
void bench_apart(bench_work_fn *work);

#endif
