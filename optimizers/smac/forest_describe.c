#include "forest_describe.h"

#include <math.h>
#include <stdlib.h>

#include <labwatch/sys/memory.h>

typedef struct telling {
    const lw_forest_belief *belief;
    const lw_forest_columns *columns;
    const lw_forest_rows *rows;
    const lw_request *request;
} telling;

/* A list of documents. */
typedef struct listing {
    bson_t list, row;
    uint32_t n;
} listing;

static bson_t *begin_row(listing *rows) {
    char room[16];
    const char *key;
    bson_uint32_to_string(rows->n++, &key, room, sizeof room);
    bson_append_document_begin(&rows->list, key, -1, &rows->row);
    return &rows->row;
}

static void end_row(listing *rows) {
    bson_append_document_end(&rows->list, &rows->row);
}

/* ---- the forest ---- */

static size_t count_leaves(const lw_forest *forest) {
    size_t n = 0;
    for (size_t k = 0; k < forest->n_nodes; k++)
        n += forest->nodes[k].left == k;
    return n;
}

static void append_outcome(listing *rows, const char *outcome, size_t all, size_t modelled) {
    bson_t *row = begin_row(rows);
    BSON_APPEND_UTF8(row, "outcome", outcome);
    BSON_APPEND_INT64(row, "runs", (int64_t)all);
    BSON_APPEND_INT64(row, "modelled", (int64_t)modelled);
    end_row(rows);
}

static void append_outcomes(const telling *self, bson_t *out) {
    const lw_history *history = self->request->history;
    listing rows = {0};
    bson_append_array_begin(out, "outcomes", -1, &rows.list);
    append_outcome(&rows, "completed", lw_history_n_outcome(history, LW_COMPLETED), self->rows->n_completed);
    append_outcome(&rows, "failed", lw_history_n_outcome(history, LW_FAILED), self->rows->n_failed);
    append_outcome(&rows, "pending", lw_history_n_outcome(history, LW_PENDING), self->rows->n_pending);
    bson_append_array_end(out, &rows.list);
}

/* ---- parameters ---- */

enum { N_POINTS = 256 };

/* The forest's mean as a function of coordinates. */
typedef struct mean_function {
    const telling *self;
    lw_config *config;
    double *u, *x; /* d each */
} mean_function;

/* False if the configuration there is not valid. */
static bool evaluate(const mean_function *function, const double *point, double *mean) {
    double variance;
    lw_config_decode(function->config, point);
    if (!lw_config_is_valid(function->config))
        return false;
    lw_config_encode(function->config, function->u);
    lw_forest_columns_fill(function->self->columns, function->u, function->x);
    lw_forest_predict(&function->self->belief->forest, 1, function->x, mean, &variance);
    return true;
}

/*
 * Total effects by Jansen's estimator (Computer Physics Communications 117, 1999): half the mean square of what the
 * function changes by when one coordinate alone is drawn anew, over its variance.
 */
static void find_relevance(const mean_function *function, lw_stream *stream, double *point, double *relevance) {
    const size_t d = function->self->columns->d;
    double average = 0, squares = 0, here, there;
    size_t n = 0;
    for (int k = 0; k < N_POINTS; k++) {
        for (size_t i = 0; i < d; i++)
            point[i] = lw_stream_uniform(stream);
        if (!evaluate(function, point, &here))
            continue;
        double step = here - average;
        average += step / (double)++n;
        squares += step * (here - average);
        for (size_t i = 0; i < d; i++) {
            double kept = point[i];
            point[i] = lw_stream_uniform(stream);
            if (evaluate(function, point, &there))
                relevance[i] += 0.5 * (there - here) * (there - here);
            point[i] = kept;
        }
    }
    for (size_t i = 0; i < d; i++) /* costs have variance 1: what is smaller is rounding */
        relevance[i] = squares > 1e-20 * (double)n ? fmin(round(100 * relevance[i] / squares) / 100, 1) : 0;
}

typedef struct ranked {
    double relevance;
    size_t parameter;
} ranked;

static int compare_ranked(const void *left, const void *right) {
    const ranked *a = left, *b = right;
    if (a->relevance != b->relevance)
        return a->relevance > b->relevance ? -1 : 1;
    return (a->parameter > b->parameter) - (a->parameter < b->parameter);
}

static void append_ranked(const telling *self, const double *relevance, ranked *order, bson_t *out) {
    const size_t d = self->columns->d;
    listing rows = {0};
    for (size_t i = 0; i < d; i++)
        order[i] = (ranked){relevance[i], i};
    qsort(order, d, sizeof *order, compare_ranked);
    bson_append_array_begin(out, "parameters", -1, &rows.list);
    for (size_t k = 0; k < d; k++) {
        bson_t *row = begin_row(&rows);
        BSON_APPEND_UTF8(row, "parameter", lw_space_parameter(self->columns->space, order[k].parameter)->name);
        BSON_APPEND_DOUBLE(row, "relevance", order[k].relevance);
        end_row(&rows);
    }
    bson_append_array_end(out, &rows.list);
}

static int append_parameters(const telling *self, bson_t *out, lw_error *error) {
    const size_t d = self->columns->d;
    double *room = lw_calloc(4 * d, sizeof *room);
    ranked *order = lw_malloc(d * sizeof *order);
    mean_function function = {.self = self};
    int outcome = room && order ? LW_OK : lw_error_no_memory(error);
    if (outcome == LW_OK)
        outcome = lw_config_new(&function.config, self->columns->space, error);
    if (outcome == LW_OK) {
        function.u = room;
        function.x = room + d;
        find_relevance(&function, self->request->stream, room + 2 * d, room + 3 * d);
        append_ranked(self, room + 3 * d, order, out);
    }
    lw_config_free(function.config);
    lw_free(order);
    lw_free(room);
    return outcome;
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
    append_outcomes(&self, out);
    int outcome = append_parameters(&self, out, error);
    return outcome == LW_OK ? append_best(&self, out, error) : outcome;
}
