/* labwatch ls: the experiments of a store, or the runs of one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "document_table.h"
#include "opening.h"
#include "run_list.h"
#include "say.h"
#include "unreadable.h"

/* ---- the runs of one experiment ---- */

static int list_runs(lw_assistant *assistant, const cli_arguments *given, int64_t last) {
    run_list list = {0};
    run_wanted wanted = {
        .space = option_text(given, "space"), .order = last ? LW_ORDER_ID_DOWN : LW_ORDER_ID, .limit = (size_t)last};
    int code = run_list_read(&list, assistant, given, &wanted);
    if (code == EXIT_DONE)
        run_list_print(&list, lw_assistant_experiment(assistant), given, &(run_look){"table", DETAIL_LIST});
    run_list_release(&list);
    return code;
}

static int list_runs_of(const cli_arguments *given) {
    int64_t last = 0;
    int code = option_integer(given, "number", 1, &last);
    cli_opened opened = {0};
    if (code == EXIT_DONE)
        code = open_experiment(&opened, given, given->operands[0], OPEN_TO_LOOK, 0);
    if (code == EXIT_DONE && chosen_space(lw_assistant_experiment(opened.assistant), given, &code))
        code = list_runs(opened.assistant, given, last);
    if (code == EXIT_DONE)
        code = tell_unreadable(opened.store, lw_assistant_experiment(opened.assistant)->name);
    opened_close(&opened);
    return code;
}

/* ---- experiments ---- */

typedef struct found_names {
    char **items;
    size_t n, capacity;
} found_names;

static int note_name(void *arg, const lw_experiment_record *record) {
    found_names *names = arg;
    if (!lw_array_reserve(&names->items, &names->capacity, names->n, sizeof *names->items))
        out_of_memory();
    names->items[names->n++] = need(lw_strdup(record->name));
    return LW_OK;
}

/* {name, runs, completed, …} of one; with its name alone if it cannot be opened, which is said; NULL if it has been
 * removed. */
static bson_t *experiment_summary(lw_store *store, const char *name) {
    bson_t *out = bson_new();
    bson_append_utf8(out, "experiment", -1, name, -1);
    lw_assistant *assistant = NULL;
    lw_standing standing;
    lw_error error;
    const lw_assistant_setup setup = {.read_only = true};
    int code = lw_assistant_open_stored(&assistant, store, name, &setup, &error);
    if (code == LW_OK)
        code = lw_assistant_standing(assistant, &standing, &error);
    if (code != LW_OK) {
        lw_assistant_close(assistant);
        if (code != LW_ENOTFOUND)
            return fail_with(&error), out;
        bson_destroy(out);
        return NULL;
    }
    /* These add up to all runs: a run that died and will be tried again is open, not failed. */
    const int64_t *counts = standing.counts.by_status;
    int64_t failed = standing.finished - counts[LW_STATUS_COMPLETED];
    bson_append_int64(out, "runs", -1, standing.counts.all);
    bson_append_int64(out, "completed", -1, counts[LW_STATUS_COMPLETED]);
    bson_append_int64(out, "failed", -1, failed);
    bson_append_int64(out, "open", -1, standing.open);
    bson_append_int64(out, "void", -1, standing.counts.own - standing.finished - standing.open);
    bson_append_int64(out, "imported", -1, standing.counts.all - standing.counts.own);
    if (standing.budget)
        bson_append_int64(out, "budget", -1, standing.budget);
    if (standing.best_id) {
        bson_append_double(out, "best", -1, standing.best_result);
        bson_append_int64(out, "best_run", -1, standing.best_id);
    }
    if (standing.paused)
        bson_append_utf8(out, "state", -1, "paused", -1);
    lw_assistant_close(assistant);
    return out;
}

static const document_column columns[] = {
    {"experiment", COLUMN_TEXT}, {"runs", COLUMN_NUMBER}, {"completed", COLUMN_NUMBER}, {"failed", COLUMN_NUMBER},
    {"open", COLUMN_NUMBER},     {"void", COLUMN_NUMBER}, {"imported", COLUMN_NUMBER},  {"budget", COLUMN_NUMBER},
    {"best", COLUMN_NUMBER},     {"best_run", COLUMN_NUMBER}, {"state", COLUMN_WORD},   {0}};

static int list_experiments(const cli_arguments *given) {
    cli_opened opened = {0};
    found_names names = {0};
    lw_error error;
    int code = open_store(&opened, given, OPEN_TO_LOOK);
    if (code == EXIT_DONE && lw_store_experiment_each(opened.store, note_name, &names, &error) != LW_OK)
        code = fail_with(&error);
    bson_t **summaries = need(lw_calloc(names.n + 1, sizeof *summaries));
    size_t n = 0;
    for (size_t i = 0; i < names.n; i++) {
        summaries[n] = experiment_summary(opened.store, names.items[i]);
        n += summaries[n] != NULL;
        lw_free(names.items[i]);
    }
    if (code == EXIT_DONE)
        document_table_print(&(run_list){.items = summaries, .n = n}, columns, option_text(given, "format"));
    if (code == EXIT_DONE)
        code = tell_unreadable(opened.store, NULL);
    for (size_t i = 0; i < n; i++)
        bson_destroy(summaries[i]);
    lw_free(summaries);
    lw_free(names.items);
    opened_close(&opened);
    return code;
}

int verb_ls(const cli_arguments *given) {
    if (given->n_operands)
        return list_runs_of(given);
    if (option_given(given, "where") || option_given(given, "space") || option_given(given, "number"))
        return fail(EXIT_WRONG,
                    "--where, --space and --number choose among the runs of an EXPERIMENT, which is not given");
    return list_experiments(given);
}
