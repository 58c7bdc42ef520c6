#include <time.h>

#include "process_internal.h"

/** No group is taken to grow faster than this: it is looked at again before it can have used up what is free. */
static const double GROWTH_BYTES_PER_S = 4.0 * 1024 * 1024 * 1024;
static const double SHORTEST_S = 0.05;
static const double LONGEST_S = 0.5;
/** At most one part in this many of the time goes into looking: processor time, as others may have the processors. */
static const double COST_SHARE = 20;

static double interval(uint64_t used, uint64_t limit, double cost_s) {
    double free_bytes = limit > used ? (double)(limit - used) : 0;
    double wait_s = free_bytes / GROWTH_BYTES_PER_S;
    if (wait_s > LONGEST_S)
        wait_s = LONGEST_S;
    if (wait_s < SHORTEST_S)
        wait_s = SHORTEST_S;
    return wait_s < COST_SHARE * cost_s ? COST_SHARE * cost_s : wait_s;
}

static bool is_watched(const lw_process *process) {
    return process->state == LW_STATE_RUNNING && process->memory_limit_bytes > 0 && process->id > 0;
}

static void measure(lw_process *process) {
    lw_process_table *table = &process->set->table;
    (void)lw_process_table_mark(table, process->id);
    uint64_t used = lw_process_table_memory(table, process->memory_limit_bytes);
    if (used > process->outcome.peak_memory_bytes)
        process->outcome.peak_memory_bytes = used;
}

static bool is_due(const lw_process_set *set, double now_s) {
    for (size_t i = 0; i < set->count; i++)
        if (is_watched(set->items[i]) && now_s >= set->items[i]->next_sample_s)
            return true;
    return false;
}

static double processor_time_s(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0)
        return 0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void lw_memory_watch(lw_process_set *set, double now_s) {
    if (!is_due(set, now_s))
        return;
    double begin_s = processor_time_s();
    bool readable = lw_process_table_read(&set->table);
    for (size_t i = 0; i < set->count && readable; i++)
        if (is_watched(set->items[i]))
            measure(set->items[i]);
    double end_s = lw_real_time_s(), cost_s = processor_time_s() - begin_s;
    for (size_t i = 0; i < set->count; i++) {
        lw_process *process = set->items[i];
        if (!is_watched(process))
            continue;
        uint64_t peak = process->outcome.peak_memory_bytes;
        process->next_sample_s = end_s + interval(peak, process->memory_limit_bytes, cost_s);
        if (peak > process->memory_limit_bytes)
            lw_child_end(process, LW_PROCESS_MEMORY, true);
    }
}
