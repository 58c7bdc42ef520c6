#include "import_rows.h"

#include <math.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "import_past.h"
#include "say.h"

static const char *const known_keys[] = {"config",  "result",     "cost",      "status",   "failure",
                                         "reason",  "results",    "run",       "space",    "origin",
                                         "attempt", "start_time", "stop_time", "duration", "seed"};
enum { N_KEYS = sizeof known_keys / sizeof *known_keys };

static bool is_key(const char *key) {
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcmp(key, known_keys[i]) == 0)
            return true;
    return false;
}

static int check_keys(bson_iter_t item, lw_error *error) {
    while (bson_iter_next(&item)) {
        const char *key = bson_iter_key(&item);
        if (is_key(key))
            continue;
        int nearest = lw_nearest(key, known_keys, N_KEYS);
        if (nearest >= 0)
            return lw_error_set(error, LW_EINVAL, "unknown key '%s': did you mean '%s'?", key, known_keys[nearest]);
        return lw_error_set(error, LW_EINVAL,
                            "unknown key '%s'; there are config, result, cost, and the others that export writes", key);
    }
    return LW_OK;
}

static bool find(bson_iter_t item, const char *key, bson_iter_t *found) {
    bson_iter_t iter = item;
    if (!bson_iter_find(&iter, key))
        return false;
    *found = iter;
    return true;
}

static const char *text_of(bson_iter_t item, const char *key) {
    bson_iter_t found;
    return find(item, key, &found) && BSON_ITER_HOLDS_UTF8(&found) ? bson_iter_utf8(&found, NULL) : NULL;
}

static int copy_document(bson_t **out, const bson_iter_t *iter) {
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_document(iter, &length, &bytes);
    *out = need(bson_new_from_data(bytes, length));
    return LW_OK;
}

/* results: the whole object, which export writes beside the number. */
static bool read_results(bson_iter_t item, import_row *row, const lw_experiment *experiment, lw_result *whole) {
    bson_iter_t found;
    if (!find(item, "results", &found) || !BSON_ITER_HOLDS_DOCUMENT(&found))
        return false;
    copy_document(&row->document, &found);
    if (lw_result_of_document(whole, experiment, row->document, NULL) == LW_OK)
        return true;
    bson_destroy(row->document);
    row->document = NULL;
    return false;
}

/* result: a number, or an object with the objective in it; cost: a number to be minimised. */
static int read_value(bson_iter_t item, import_row *row, const lw_experiment *experiment, lw_result *whole,
                      double *value, lw_error *error) {
    bson_iter_t found;
    if (read_results(item, row, experiment, whole)) {
        *value = whole->value;
        return LW_OK;
    }
    bool is_result = find(item, "result", &found);
    if (!is_result && !find(item, "cost", &found))
        return LW_OK;
    if (BSON_ITER_HOLDS_NULL(&found))
        return LW_OK;
    if (BSON_ITER_HOLDS_NUMBER(&found)) {
        *value = bson_iter_as_double(&found);
        if (!is_result)
            *value = lw_experiment_cost(experiment, *value);
        return LW_OK;
    }
    if (!is_result || !BSON_ITER_HOLDS_DOCUMENT(&found))
        return lw_error_set(error, LW_EINVAL, "'%s' is no number", is_result ? "result" : "cost");
    copy_document(&row->document, &found);
    int code = lw_result_of_document(whole, experiment, row->document, error);
    *value = whole->value;
    return code;
}

static int read_past(bson_iter_t item, import_row *row, lw_error *error) {
    static const char *const names[] = {"start_time", "stop_time", "duration", "seed", "attempt"};
    int code = LW_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && code == LW_OK; i++) {
        bson_iter_t found;
        if (!find(item, names[i], &found) || BSON_ITER_HOLDS_NULL(&found))
            continue;
        const char *text = text_of(item, names[i]);
        char *json = text ? NULL : need(lw_document_value_to_json(&found, false));
        code = import_past_read(row, names[i], text ? text : json, error);
        lw_free(json);
    }
    return code;
}

static int read_item(bson_iter_t item, import_row *row, const lw_experiment *experiment, lw_error *error) {
    bson_iter_t config;
    int code = check_keys(item, error);
    if (code != LW_OK)
        return code;
    if (!find(item, "config", &config) || !BSON_ITER_HOLDS_DOCUMENT(&config))
        return lw_error_set(error, LW_EINVAL, "there is no 'config', an object with the values of the parameters");
    copy_document(&row->config, &config);
    const char *reason = text_of(item, "reason");
    row->reason = lw_strdup(reason);
    code = read_past(item, row, error);
    if (code != LW_OK)
        return code;
    lw_result whole = {0};
    double value = (double)NAN;
    code = read_value(item, row, experiment, &whole, &value, error);
    if (code == LW_OK)
        code = import_result(row, text_of(item, "status"), text_of(item, "failure"), value, !isnan(value), error);
    if (code == LW_OK && row->document && row->result.outcome == LW_COMPLETED)
        row->result = whole;
    return code;
}

static void read_items(import_rows *out, const bson_iter_t *list, const lw_experiment *experiment,
                       const lw_space *space) {
    bson_iter_t iter;
    if (!bson_iter_recurse(list, &iter))
        return;
    for (size_t place = 1; bson_iter_next(&iter); place++) {
        import_row row = import_row_at(place);
        lw_error error;
        bson_iter_t item;
        int code = LW_OK;
        if (!BSON_ITER_HOLDS_DOCUMENT(&iter) || !bson_iter_recurse(&iter, &item))
            code = lw_error_set(&error, LW_EPARSE, "an object with config and result is expected");
        else
            code = read_item(item, &row, experiment, &error);
        if (code != LW_OK)
            import_refuse(out, &row, error.message);
        else
            import_add(out, &row, space);
    }
}

int import_json(import_rows *out, const char *text, size_t length, const lw_experiment *experiment,
                const lw_space *space) {
    out->unit = "item";
    bson_t document;
    bson_iter_t list;
    lw_error error;
    if (lw_document_value_from_json(&document, text, length, &error) != LW_OK)
        return fail(EXIT_WRONG, "%s: %s", out->source, error.message);
    int code = EXIT_DONE;
    if (!bson_iter_init_find(&list, &document, "value") || !BSON_ITER_HOLDS_ARRAY(&list))
        code = fail(EXIT_WRONG, "%s: a list of objects is expected: [{\"config\": {...}, \"result\": 1.5}, ...]",
                    out->source);
    else
        read_items(out, &list, experiment, space);
    bson_destroy(&document);
    return code;
}
