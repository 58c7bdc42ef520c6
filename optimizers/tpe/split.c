#include "split.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

/* ---- parts ---- */

static void release_part(lw_tpe_part *part) {
    lw_free(part->row);
    lw_free(part->weight);
    memset(part, 0, sizeof *part);
}

void lw_tpe_split_release(lw_tpe_split *split) {
    release_part(&split->good);
    release_part(&split->bad);
}

static bool reserve(lw_tpe_part *part, size_t n) {
    part->n = 0;
    if (n <= part->capacity)
        return true;
    release_part(part);
    size_t capacity = n + n / 2;
    part->row = lw_calloc(capacity, sizeof *part->row);
    part->weight = lw_calloc(capacity, sizeof *part->weight);
    part->capacity = part->row && part->weight ? capacity : 0;
    return part->capacity > 0;
}

/* ---- the good ones ---- */

static bool is_known(const lw_history_rows *rows, size_t k, int64_t fit_last_id) {
    return rows->outcome[k] == LW_COMPLETED && rows->run_id[k] <= fit_last_id;
}

static size_t n_good_of(const lw_history_rows *rows, int64_t fit_last_id, double gamma) {
    size_t n = 0;
    for (size_t k = 0; k < rows->n; k++)
        n += is_known(rows, k, fit_last_id);
    double wanted = ceil(gamma * (double)n);
    return wanted < LW_TPE_MAX_GOOD ? (size_t)wanted : LW_TPE_MAX_GOOD;
}

/* Keeps the n lowest costs in order, of equal ones the first. */
static void choose_good(lw_tpe_part *good, const lw_history_rows *rows, int64_t fit_last_id, size_t n) {
    for (size_t k = 0; k < rows->n && n > 0; k++) {
        if (!is_known(rows, k, fit_last_id))
            continue;
        if (good->n == n && !(rows->cost[k] < rows->cost[good->row[n - 1]]))
            continue;
        size_t at = good->n < n ? good->n++ : n - 1;
        for (; at > 0 && rows->cost[good->row[at - 1]] > rows->cost[k]; at--)
            good->row[at] = good->row[at - 1];
        good->row[at] = k;
    }
}

static void order_rows(size_t n, size_t *rows) {
    for (size_t i = 1; i < n; i++) {
        size_t row = rows[i], at = i;
        for (; at > 0 && rows[at - 1] > row; at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

/* ---- the others ---- */

/* What the k-th of n counts for. */
static double weight_of(size_t k, size_t n) {
    static const size_t latest = 25;
    if (k + latest >= n)
        return 1;
    size_t n_older = n - latest;
    double least = 1 / (double)n;
    return n_older == 1 ? least : least + (1 - least) * (double)k / (double)(n_older - 1);
}

static void weigh(lw_tpe_part *part) {
    for (size_t k = 0; k < part->n; k++)
        part->weight[k] = weight_of(k, part->n);
}

/* How far apart the ones before the latest are that are taken. */
static size_t stride_of(size_t n) {
    const size_t part = LW_TPE_MAX_BAD / 2;
    return n <= LW_TPE_MAX_BAD ? 1 : (n - part + part - 1) / part;
}

static bool is_bad(const lw_history_rows *rows, const lw_tpe_part *good, size_t k, size_t *next_good) {
    if (*next_good < good->n && good->row[*next_good] == k) {
        ++*next_good;
        return false;
    }
    return rows->outcome[k] != LW_VOID;
}

static size_t count_bad(const lw_history_rows *rows, const lw_tpe_part *good) {
    size_t n = 0, next_good = 0;
    for (size_t k = 0; k < rows->n; k++)
        n += is_bad(rows, good, k, &next_good);
    return n;
}

static void choose_bad(lw_tpe_split *split, const lw_history_rows *rows, size_t n_all) {
    lw_tpe_part *bad = &split->bad;
    const size_t stride = stride_of(n_all), n_older = stride == 1 ? 0 : n_all - LW_TPE_MAX_BAD / 2;
    size_t next_good = 0, i = 0;
    for (size_t k = 0; k < rows->n; k++) {
        if (!is_bad(rows, &split->good, k, &next_good))
            continue;
        bool is_older = i < n_older;
        if (!is_older || i % stride == 0) {
            bad->row[bad->n] = k;
            bad->weight[bad->n++] = weight_of(i, n_all) * (is_older ? (double)stride : 1);
        }
        i++;
    }
}

int lw_tpe_split_rows(lw_tpe_split *split, const lw_history_rows *rows, int64_t fit_last_id, double gamma,
                      lw_error *error) {
    lw_tpe_part *good = &split->good;
    size_t n_good = n_good_of(rows, fit_last_id, gamma);
    if (!reserve(good, n_good + 1))
        return lw_error_no_memory(error);
    choose_good(good, rows, fit_last_id, n_good);
    order_rows(good->n, good->row);
    weigh(good);
    size_t n_bad = count_bad(rows, good);
    if (!reserve(&split->bad, (n_bad < LW_TPE_MAX_BAD ? n_bad : LW_TPE_MAX_BAD) + 1))
        return lw_error_no_memory(error);
    choose_bad(split, rows, n_bad);
    good->n_runs = split->bad.n_runs = good->n + n_bad;
    return LW_OK;
}
