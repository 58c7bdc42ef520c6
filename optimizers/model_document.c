#include "model_document.h"

#include <math.h>

void lw_listing_begin(lw_listing *listing, bson_t *out, const char *name) {
    listing->out = out;
    listing->n = 0;
    bson_append_array_begin(out, name, -1, &listing->list);
}

bson_t *lw_listing_begin_row(lw_listing *listing) {
    char room[16];
    const char *key;
    bson_uint32_to_string(listing->n++, &key, room, sizeof room);
    bson_append_document_begin(&listing->list, key, -1, &listing->row);
    return &listing->row;
}

void lw_listing_end_row(lw_listing *listing) {
    bson_append_document_end(&listing->list, &listing->row);
}

void lw_listing_end(lw_listing *listing) {
    bson_append_array_end(listing->out, &listing->list);
}

void lw_model_append_number(bson_t *out, const char *name, double value) {
    if (isfinite(value))
        bson_append_double(out, name, -1, value);
}

static void append_outcome(lw_listing *outcomes, const char *outcome, size_t all, size_t modelled) {
    bson_t *row = lw_listing_begin_row(outcomes);
    BSON_APPEND_UTF8(row, "outcome", outcome);
    BSON_APPEND_INT64(row, "runs", (int64_t)all);
    BSON_APPEND_INT64(row, "modelled", (int64_t)modelled);
    lw_listing_end_row(outcomes);
}

void lw_model_append_outcomes(bson_t *out, const lw_history *history, size_t n_completed, size_t n_failed,
                              size_t n_pending) {
    lw_listing outcomes;
    lw_listing_begin(&outcomes, out, "outcomes");
    append_outcome(&outcomes, "completed", lw_history_n_outcome(history, LW_COMPLETED), n_completed);
    append_outcome(&outcomes, "failed", lw_history_n_outcome(history, LW_FAILED), n_failed);
    append_outcome(&outcomes, "pending", lw_history_n_outcome(history, LW_PENDING), n_pending);
    lw_listing_end(&outcomes);
}
