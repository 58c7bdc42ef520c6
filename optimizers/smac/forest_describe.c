#include "forest_describe.h"

#include <labwatch/sys/memory.h>

#include "model_document.h"
#include "relevance.h"

typedef struct telling {
    const lw_forest_belief *belief;
    const lw_forest_columns *columns;
    const lw_forest_rows *rows;
    const lw_request *request;
} telling;

/* ---- the forest ---- */

static size_t count_leaves(const lw_forest *forest) {
    size_t n = 0;
    for (size_t k = 0; k < forest->n_nodes; k++)
        n += forest->nodes[k].left == k;
    return n;
}

/* ---- parameters ---- */

/* The forest's mean as a function of a configuration. */
typedef struct mean_function {
    const telling *self;
    double *x; /* d: room */
} mean_function;

static double mean_at(void *untyped, const lw_config *config, const double *u) {
    (void)config;
    const mean_function *function = untyped;
    double mean, variance;
    lw_forest_columns_fill(function->self->columns, u, function->x);
    lw_forest_predict(&function->self->belief->forest, 1, function->x, &mean, &variance);
    return mean;
}

static void append_ranked(const telling *self, const lw_ranked_parameter *order, bson_t *out) {
    lw_listing rows;
    lw_listing_begin(&rows, out, "parameters");
    for (size_t k = 0; k < self->columns->d; k++) {
        bson_t *row = lw_listing_begin_row(&rows);
        BSON_APPEND_UTF8(row, "parameter", lw_space_parameter(self->columns->space, order[k].parameter)->name);
        lw_model_append_number(row, "relevance", order[k].relevance);
        lw_listing_end_row(&rows);
    }
    lw_listing_end(&rows);
}

static int append_parameters(const telling *self, bson_t *out, lw_error *error) {
    const size_t d = self->columns->d;
    mean_function function = {.self = self, .x = lw_malloc(d * sizeof *function.x)};
    lw_ranked_parameter *order = lw_malloc(d * sizeof *order);
    uint64_t seed = lw_stream_bits(self->request->stream);
    int outcome = LW_ENOMEM;
    if (function.x && order)
        outcome = lw_relevance_rank(self->columns->space, mean_at, &function, seed, order);
    if (outcome == LW_OK)
        append_ranked(self, order, out);
    lw_free(order);
    lw_free(function.x);
    return outcome == LW_OK ? LW_OK : lw_error_no_memory(error);
}

/* ---- the best ---- */

/* The run that the forest takes for the best: under noise another may have had the best result. */
static int append_best(const telling *self, bson_t *out, lw_error *error) {
    size_t lowest = 0;
    for (size_t i = 1; i < self->rows->n_completed; i++)
        lowest = self->belief->mean[i] < self->belief->mean[lowest] ? i : lowest;
    const lw_observation *observation = lw_history_find(self->request->history, self->rows->run_id[lowest]);
    bson_t config, best;
    int outcome = lw_config_to_document(observation->config, &config, error);
    if (outcome != LW_OK)
        return outcome;
    bson_append_document_begin(out, "best", -1, &best);
    BSON_APPEND_INT64(&best, "run", observation->run_id);
    BSON_APPEND_DOUBLE(&best, "result", self->request->maximize ? 0 - observation->cost : observation->cost);
    BSON_APPEND_DOCUMENT(&best, "config", &config);
    bson_append_document_end(out, &best);
    bson_destroy(&config);
    return LW_OK;
}

int lw_forest_describe(const lw_forest_belief *belief, const lw_forest_columns *columns, const lw_forest_rows *rows,
                       const lw_request *request, bson_t *out, lw_error *error) {
    const telling self = {belief, columns, rows, request};
    BSON_APPEND_INT64(out, "trees", (int64_t)belief->forest.n_trees);
    BSON_APPEND_INT64(out, "leaves", (int64_t)count_leaves(&belief->forest));
    lw_model_append_outcomes(out, request->history, rows->n_completed, rows->n_failed, rows->n_pending);
    int outcome = append_parameters(&self, out, error);
    return outcome == LW_OK ? append_best(&self, out, error) : outcome;
}
