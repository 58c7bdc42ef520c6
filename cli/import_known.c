#include "import_known.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/config.h>
#include <labwatch/sys/memory.h>

#include "say.h"

static int compare(const void *left, const void *right) {
    const known_run *a = left, *b = right;
    int order = memcmp(a->digest, b->digest, LW_DIGEST_SIZE);
    if (order == 0)
        order = (a->status > b->status) - (a->status < b->status);
    if (order == 0)
        order = (a->failure > b->failure) - (a->failure < b->failure);
    return order ? order : (a->cost > b->cost) - (a->cost < b->cost);
}

static int note_run(void *arg, const lw_run_row *row) {
    import_known *known = arg;
    if (row->origin == LW_ORIGIN_FOREIGN || (row->origin == LW_ORIGIN_OWN && !known->own))
        return LW_OK;
    if (!lw_array_reserve(&known->items, &known->capacity, known->n, sizeof *known->items))
        out_of_memory();
    known_run *run = &known->items[known->n++];
    *run = (known_run){
        .status = row->status, .failure = row->failure, .cost = isnan(row->cost) ? 0 : row->cost};
    memcpy(run->digest, row->digest, LW_DIGEST_SIZE);
    return LW_OK;
}

int import_known_read(import_known *out, lw_assistant *assistant, bool own, lw_error *error) {
    out->own = own;
    lw_run_query query = {.experiment = lw_assistant_experiment(assistant)->name, .order = LW_ORDER_ID};
    int code = lw_store_row_each(lw_assistant_store(assistant), &query, note_run, out, error);
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, compare);
    out->used = need(lw_calloc(out->n + 1, sizeof *out->used));
    return code;
}

/* What becomes of the row's result in a run. */
static known_run run_of(const lw_experiment *experiment, const lw_result *result) {
    bool bad = result->outcome == LW_COMPLETED && !isfinite(result->value);
    if (result->outcome == LW_COMPLETED && !bad)
        return (known_run){.status = LW_STATUS_COMPLETED, .cost = lw_experiment_cost(experiment, result->value)};
    if (result->outcome == LW_VOID)
        return (known_run){.status = LW_STATUS_INTERRUPTED};
    lw_failure failure = bad ? LW_FAILURE_NAN : result->failure;
    return (known_run){.status = failure == LW_FAILURE_TIMEOUT ? LW_STATUS_TIMEOUT : LW_STATUS_FAILED,
                       .failure = failure};
}

bool import_known_take(import_known *known, const lw_experiment *experiment, const lw_space *space,
                       const import_row *row) {
    lw_config *config = NULL;
    if (known->n == 0 || lw_config_from_document(&config, space, row->config, LW_CONFIG_FILL_DEFAULTS, NULL) != LW_OK)
        return false;
    known_run wanted = run_of(experiment, &row->result);
    lw_config_digest(config, wanted.digest);
    lw_config_free(config);
    size_t low = 0, high = known->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&known->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < known->n && known->used[low] && compare(&known->items[low], &wanted) == 0)
        low++;
    if (low == known->n || compare(&known->items[low], &wanted) != 0)
        return false;
    known->used[low] = true;
    return true;
}

void import_known_release(import_known *known) {
    lw_free(known->items);
    lw_free(known->used);
    *known = (import_known){0};
}
