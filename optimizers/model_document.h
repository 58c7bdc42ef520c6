/**
 * Parts of the documents that optimizers make of their models (lw_optimizer_type.describe).
 */
#ifndef LABWATCH_OPTIMIZERS_MODEL_DOCUMENT_H
#define LABWATCH_OPTIMIZERS_MODEL_DOCUMENT_H

#include <labwatch/history.h>

/** A list of documents, which is printed as a table. */
typedef struct lw_listing {
    bson_t *out;
    bson_t list, row;
    uint32_t n;
} lw_listing;

void lw_listing_begin(lw_listing *listing, bson_t *out, const char *name);
/** To be filled in, until lw_listing_end_row. */
bson_t *lw_listing_begin_row(lw_listing *listing);
void lw_listing_end_row(lw_listing *listing);
void lw_listing_end(lw_listing *listing);

/** Appends a number that is known: NaN and infinite ones are left out. */
void lw_model_append_number(bson_t *out, const char *name, double value);

/** Appends `outcomes`: how many runs of the history have each, and how many of them are modelled. */
void lw_model_append_outcomes(bson_t *out, const lw_history *history, size_t n_completed, size_t n_failed,
                              size_t n_pending);

#endif
