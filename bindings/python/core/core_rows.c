/* What the store knows of runs: rows of numbers, and whole documents. */
#include "core.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "json.h"

/* Where a list of runs grows. */
typedef struct run_list {
    core_rows *rows;
    size_t capacity, limit;
    lw_text configs, others;
    const lw_experiment *experiment;
    const lw_filter *filter;
} run_list;

enum { ENOUGH = 1000 }; /* ends a walk; no code of the library */

static bool reserve_row(run_list *list) {
    if (list->rows->n < list->capacity)
        return true;
    size_t capacity = list->capacity ? 2 * list->capacity : 16;
    int64_t *integers = lw_reallocarray(list->rows->integers, capacity, CORE_ROW_INTEGERS * sizeof *integers);
    if (!integers)
        return false;
    list->rows->integers = integers;
    double *numbers = lw_reallocarray(list->rows->numbers, capacity, CORE_ROW_NUMBERS * sizeof *numbers);
    if (!numbers)
        return false;
    list->rows->numbers = numbers;
    list->capacity = capacity;
    return true;
}

static int64_t space_index(const lw_experiment *experiment, const char *name) {
    for (size_t i = 0; name && i < experiment->n_spaces; i++)
        if (strcmp(lw_space_name(experiment->spaces[i]), name) == 0)
            return (int64_t)i;
    return -1;
}

static void set_row(const run_list *list, const lw_run_row *row) {
    const int64_t integers[CORE_ROW_INTEGERS] = {
        [CORE_ROW_ID] = row->id,
        [CORE_ROW_STATUS] = row->status,
        [CORE_ROW_SPACE] = space_index(list->experiment, row->space),
        [CORE_ROW_FAILURE] = row->failure,
        [CORE_ROW_ORIGIN] = row->origin,
        [CORE_ROW_ATTEMPT] = row->attempt,
        [CORE_ROW_REPLICATE] = row->replicate,
        [CORE_ROW_START] = row->start_ms,
        [CORE_ROW_STOP] = row->stop_ms,
        [CORE_ROW_HEARTBEAT] = row->heartbeat_ms,
    };
    bool completed = row->status == LW_STATUS_COMPLETED && isfinite(row->cost);
    const double numbers[CORE_ROW_NUMBERS] = {
        [CORE_ROW_RESULT] = completed ? lw_experiment_cost(list->experiment, row->cost) + 0.0 : (double)NAN,
        [CORE_ROW_COST] = row->cost,
        [CORE_ROW_FIDELITY] = row->fidelity,
        [CORE_ROW_DURATION] = row->duration_s,
    };
    memcpy(list->rows->integers + list->rows->n * CORE_ROW_INTEGERS, integers, sizeof integers);
    memcpy(list->rows->numbers + list->rows->n * CORE_ROW_NUMBERS, numbers, sizeof numbers);
}

/* What few runs have: a result that is a mapping, a space that the experiment has no more, an id that is a text. */
static void add_others(run_list *list, const lw_run_row *row) {
    bson_iter_t iter;
    bool has_result = row->result && bson_iter_init_find(&iter, row->result, "result") && BSON_ITER_HOLDS_DOCUMENT(&iter);
    bool has_space = row->space && space_index(list->experiment, row->space) < 0;
    if (!has_result && !has_space && !row->foreign_id)
        return;
    lw_text *out = &list->others;
    lw_text_format(out, "%s\"%zu\": {\"n\": 0", out->length > 1 ? ", " : "", list->rows->n);
    if (has_result) {
        json_add_key(out, "result");
        json_add_bytes(out, lw_document_value_to_json(&iter, false));
    }
    if (has_space)
        json_add_key_string(out, "space", row->space);
    if (row->foreign_id)
        json_add_key_string(out, "id", row->foreign_id);
    lw_text_add(out, "}");
}

static int add_row(void *arg, const lw_run_row *row) {
    run_list *list = arg;
    if (!reserve_row(list))
        return LW_ENOMEM;
    set_row(list, row);
    lw_text_add(&list->configs, list->rows->n ? ",\n" : "");
    if (row->config)
        json_add_document(&list->configs, row->config);
    else
        lw_text_add(&list->configs, "{}");
    add_others(list, row);
    list->rows->n++;
    if (list->configs.failed || list->others.failed)
        return LW_ENOMEM;
    return list->rows->n == list->limit ? ENOUGH : LW_OK;
}

static int add_if_matches(void *arg, const lw_run *run) {
    run_list *list = arg;
    if (!lw_filter_matches(list->filter, run))
        return LW_OK;
    lw_run_row row;
    lw_run_row_of(&row, run);
    return add_row(list, &row);
}

static int walk(lw_assistant *assistant, const core_query *query, run_list *list, lw_error *error) {
    lw_filter *filter = NULL;
    lw_run_query asked = {.experiment = list->experiment->name,
                          .space = query->space,
                          .order = (lw_run_order)query->order,
                          .ids = query->n_ids ? query->ids : NULL,
                          .n_ids = query->n_ids,
                          .open_only = query->open_only,
                          .limit = query->where ? 0 : query->limit};
    if (!query->where)
        return lw_store_row_each(lw_assistant_store(assistant), &asked, add_row, list, error);
    int rc = lw_filter_parse(&filter, query->where, strlen(query->where), list->experiment, error);
    list->filter = filter;
    if (rc == LW_OK)
        rc = lw_store_run_each(lw_assistant_store(assistant), &asked, add_if_matches, list, error);
    lw_filter_free(filter);
    return rc;
}

void core_rows_release(core_rows *rows) {
    lw_free(rows->integers);
    lw_free(rows->numbers);
    lw_free(rows->configs);
    lw_free(rows->others);
    *rows = (core_rows){0};
}

int core_runs(lw_assistant *assistant, const core_query *query, core_rows *out, lw_error *error) {
    *out = (core_rows){0};
    run_list list = {.rows = out, .limit = query->limit, .experiment = lw_assistant_experiment(assistant)};
    lw_text_add(&list.configs, "[");
    lw_text_add(&list.others, "{");
    int rc = walk(assistant, query, &list, error);
    rc = rc == ENOUGH ? LW_OK : rc;
    lw_text_add(&list.configs, "]");
    lw_text_add(&list.others, "}");
    if (rc == LW_OK && (!(out->configs = json_finish(&list.configs, error)) || !(out->others = json_finish(&list.others, error))))
        rc = LW_ENOMEM;
    lw_text_release(&list.configs);
    lw_text_release(&list.others);
    if (rc != LW_OK)
        core_rows_release(out);
    return rc;
}

char *core_run_document(lw_store *store, int64_t id, lw_error *error) {
    lw_run run;
    bson_t document;
    if (lw_store_run_get(store, id, &run, error) != LW_OK)
        return NULL;
    int rc = lw_run_to_document(&run, &document, error);
    lw_run_release(&run);
    return rc == LW_OK ? json_take_document(&document, error) : NULL;
}
