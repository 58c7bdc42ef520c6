/*
 * Results as callers give them.
 */
#include <math.h>

#include <labwatch/assistant.h>
#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "document_access.h"

static lw_result result_of(lw_outcome outcome) {
    return (lw_result){.outcome = outcome, .value = (double)NAN, .duration_s = (double)NAN};
}

lw_result lw_result_of_value(double value) {
    lw_result result = result_of(LW_COMPLETED);
    result.value = value;
    return result;
}

lw_result lw_result_of_failure(lw_failure failure, const char *reason) {
    lw_result result = result_of(LW_FAILED);
    result.failure = failure;
    result.reason = reason;
    return result;
}

lw_result lw_result_of_interruption(const char *reason) {
    lw_result result = result_of(LW_VOID);
    result.reason = reason;
    return result;
}

lw_past lw_past_of_nothing(void) {
    return (lw_past){.start_ms = LW_NO_TIME, .stop_ms = LW_NO_TIME, .seed = -1};
}

/* The key that was probably meant; NULL if there is none. */
static const char *nearest_key(const bson_t *document, const char *objective) {
    const char **keys = NULL;
    size_t n = 0, capacity = 0;
    bson_iter_t at;
    if (bson_iter_init(&at, document))
        while (bson_iter_next(&at) && lw_array_reserve(&keys, &capacity, n, sizeof *keys))
            keys[n++] = bson_iter_key(&at);
    int nearest = lw_nearest(objective, keys, n);
    const char *key = nearest >= 0 ? keys[nearest] : NULL;
    lw_free(keys);
    return key;
}

static int no_objective(const lw_experiment *experiment, const bson_t *document, lw_error *error) {
    const char *near = nearest_key(document, experiment->objective);
    if (near)
        return lw_error_set(error, LW_EINVAL, "the result has no '%s', which is the cost of experiment '%s'; did you mean '%s'?",
                            experiment->objective, experiment->name, near);
    return lw_error_set(error, LW_EINVAL, "the result has no '%s', which is the cost of experiment '%s': expected a number of that name",
                        experiment->objective, experiment->name);
}

int lw_result_of_document(lw_result *out, const lw_experiment *experiment, const bson_t *document, lw_error *error) {
    bson_iter_t at;
    double value;
    if (!out || !experiment || !document)
        return lw_error_set(error, LW_EINVAL, "lw_result_of_document: out, experiment and document must not be NULL");
    if (!lw_document_find(document, experiment->objective, &at))
        return no_objective(experiment, document, error);
    if (!lw_document_number(&at, &value)) {
        char *json = lw_document_value_to_json(&at, false);
        lw_error_set(error, LW_EINVAL, "'%s' in the result is %.100s: expected a number", experiment->objective,
                     json ? json : "no number");
        lw_free(json);
        return LW_EINVAL;
    }
    *out = lw_result_of_value(value);
    out->document = document;
    return LW_OK;
}
