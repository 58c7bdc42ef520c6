#include "import_rows.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include <labwatch/sys/memory.h>

#include "say.h"

static void release_row(import_row *row) {
    if (row->config)
        bson_destroy(row->config);
    if (row->document)
        bson_destroy(row->document);
    lw_free(row->reason);
    *row = (import_row){0};
}

import_row import_row_at(size_t place) {
    return (import_row){.place = place, .past = lw_past_of_nothing(), .duration_s = (double)NAN};
}

void import_rows_release(import_rows *rows) {
    for (size_t i = 0; i < rows->n; i++)
        release_row(&rows->items[i]);
    lw_free(rows->items);
    *rows = (import_rows){0};
}

void import_refuse(import_rows *out, import_row *row, const char *sentence) {
    say("%s: %s %zu: %s", out->source, out->unit, row->place, sentence);
    out->n_wrong++;
    release_row(row);
}

void import_add(import_rows *out, import_row *row, const lw_space *space) {
    lw_config *config = NULL;
    lw_error error;
    if (lw_config_from_document(&config, space, row->config, LW_CONFIG_FILL_DEFAULTS, &error) != LW_OK) {
        import_refuse(out, row, error.message);
        return;
    }
    lw_config_free(config);
    if (!lw_array_reserve(&out->items, &out->capacity, out->n, sizeof *out->items))
        out_of_memory();
    out->items[out->n] = *row;
    import_row *added = &out->items[out->n++];
    added->result.reason = added->reason;
    if (added->result.document)
        added->result.document = added->document;
}

static bool is_word(const char *a, const char *b) {
    return strcasecmp(a, b) == 0;
}

int import_result(import_row *row, const char *status, const char *failure, double value, bool has_value,
                  lw_error *error) {
    lw_failure kind = failure && *failure ? lw_failure_by_name(failure) : LW_FAILURE_NONE;
    bool completed = !status || !*status || is_word(status, "completed");
    if (completed && has_value) {
        row->result = lw_result_of_value(value);
    } else if (completed) {
        return lw_error_set(error, LW_EINVAL, "there is no result; a run without one needs a status, such as FAILED");
    } else if (is_word(status, "interrupted")) {
        row->result = lw_result_of_interruption(row->reason);
    } else if (is_word(status, "timeout")) {
        row->result = lw_result_of_failure(LW_FAILURE_TIMEOUT, row->reason);
    } else if (is_word(status, "failed")) {
        row->result = lw_result_of_failure(kind ? kind : LW_FAILURE_USER, row->reason);
    } else {
        return lw_error_set(error, LW_EINVAL, "the status '%s' is none of COMPLETED, FAILED, TIMEOUT and INTERRUPTED",
                            status);
    }
    return LW_OK;
}
