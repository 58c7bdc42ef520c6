#include "describe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "calibration.h"
#include "model_document.h"
#include "sensitivity.h"

/* What is told, and to whom. */
typedef struct telling {
    const lw_gp_belief *belief;
    const lw_gp_columns *columns;
    const lw_request *request;
} telling;

/* ---- numbers ---- */

/* With as many digits as mean something: hyperparameters and shares are estimates. */
static double rounded(double value, int digits) {
    char text[LW_NUMBER_SIZE];
    snprintf(text, sizeof text, "%.*g", digits, value);
    (void)lw_double_from_text(text, strlen(text), &value);
    return value;
}

static void append_range(bson_t *out, const char *name, double a, double b) {
    bson_t range;
    if (!isfinite(a) || !isfinite(b))
        return;
    bson_append_array_begin(out, name, -1, &range);
    bson_append_double(&range, "0", -1, fmin(a, b));
    bson_append_double(&range, "1", -1, fmax(a, b));
    bson_append_array_end(out, &range);
}

/* ---- in the user's units ---- */

/*
 * Ranks know of nothing below the lowest cost; there the straight line goes on that leads to it from the worst cost
 * that is better than the mean.
 */
static double cost_of(const lw_gp_belief *belief, double value) {
    const lw_gp_data *data = &belief->data;
    const double *z = belief->z, *cost = data->cost;
    size_t lowest = 0;
    for (size_t i = 1; i < data->n; i++)
        lowest = z[i] < z[lowest] ? i : lowest;
    size_t middle = lowest;
    for (size_t i = 0; i < data->n; i++)
        middle = z[i] <= 0 && z[i] > z[middle] ? i : middle;
    if (belief->transform.kind == LW_TRANSFORM_RANK && value < z[lowest] && middle != lowest)
        return cost[lowest] - (z[lowest] - value) * (cost[middle] - cost[lowest]) / (z[middle] - z[lowest]);
    return lw_output_transform_invert(&belief->transform, value, data->n, cost, z);
}

static double result_of_cost(const telling *self, double cost) {
    return self->request->maximize ? 0 - cost : cost;
}

static double result_of(const telling *self, double value) {
    return result_of_cost(self, cost_of(self->belief, value));
}

/* ---- what was seen ---- */

static void append_outcomes(const telling *self, bson_t *out) {
    const lw_gp_data *data = &self->belief->data;
    bool has_feasibility = self->belief->has_feasibility;
    size_t n_failed = data->n_failed < LW_GP_MAX_FEASIBILITY_ROWS ? data->n_failed : LW_GP_MAX_FEASIBILITY_ROWS;
    lw_model_append_outcomes(out, self->request->history, data->n, has_feasibility ? n_failed : 0, data->n_pending);
}

/* ---- hyperparameters ---- */

/* The mean over the models of something that each has one of. */
static double mean_over_models(const lw_gp_belief *belief, double (*of)(const lw_gp *gp)) {
    double sum = 0;
    for (size_t k = 0; k < belief->n_models; k++)
        sum += of(&belief->gps[k]);
    return sum / (double)belief->n_models;
}

static double mean_of(const lw_gp *gp) {
    return gp->mean;
}

static double noise_of(const lw_gp *gp) {
    return gp->noise;
}

static double noise_share_of(const lw_gp *gp) {
    return gp->noise / (gp->amplitude + gp->noise);
}

static double jitter_of(const lw_gp *gp) {
    return gp->jitter;
}

/*
 * By how much costs change over a deviation of the noise, around the lowest mean; not beyond the highest cost, since
 * inverse powers grow without end.
 */
static double noise_deviation(const lw_gp_belief *belief) {
    double best = belief->mean[belief->best], deviation = sqrt(mean_over_models(belief, noise_of)), highest = best;
    for (size_t i = 0; i < belief->data.n; i++)
        highest = fmax(highest, belief->z[i]);
    double above = fmin(best + deviation, highest), below = best - (above - best);
    return above > best ? 0.5 * deviation * (cost_of(belief, above) - cost_of(belief, below)) / (above - best) : 0;
}

static void append_noise(const telling *self, bson_t *out) {
    const lw_gp_belief *belief = self->belief;
    bson_t noise;
    bson_append_document_begin(out, "noise", -1, &noise);
    lw_model_append_number(&noise, "share", rounded(mean_over_models(belief, noise_share_of), 3));
    lw_model_append_number(&noise, "deviation", rounded(noise_deviation(belief), 3));
    bson_append_document_end(out, &noise);
}

/* The geometric mean over the models, and between what they lie. */
static void append_length(const telling *self, bson_t *out, size_t column) {
    double sum = 0, shortest = HUGE_VAL, longest = 0;
    const size_t n = self->belief->n_models;
    for (size_t k = 0; k < n; k++) {
        double length = self->belief->gps[k].length[column];
        sum += log(length);
        shortest = fmin(shortest, length);
        longest = fmax(longest, length);
    }
    lw_model_append_number(out, "lengthscale", rounded(exp(sum / (double)n), 3));
    if (n > 1)
        append_range(out, "spread", rounded(shortest, 3), rounded(longest, 3));
}

static int append_parameters(const telling *self, bson_t *out) {
    const lw_gp_columns *columns = self->columns;
    lw_ranked_parameter *order = lw_malloc(columns->d * sizeof *order);
    uint64_t seed = lw_stream_bits(self->request->stream);
    int outcome = order ? lw_gp_relevance(self->belief, columns, seed, order) : LW_ENOMEM;
    lw_listing rows;
    lw_listing_begin(&rows, out, "parameters");
    for (size_t k = 0; k < columns->d && outcome == LW_OK; k++) {
        bson_t *row = lw_listing_begin_row(&rows);
        BSON_APPEND_UTF8(row, "parameter", lw_space_parameter(columns->space, order[k].parameter)->name);
        append_length(self, row, columns->first[order[k].parameter]);
        lw_model_append_number(row, "relevance", order[k].relevance);
        lw_listing_end_row(&rows);
    }
    lw_listing_end(&rows);
    lw_free(order);
    return outcome;
}

/* Each condition once: the first parameter that has it stands for all. */
static void append_conditions(const telling *self, bson_t *out) {
    const lw_gp_columns *columns = self->columns;
    if (columns->G == columns->d)
        return;
    lw_listing rows;
    lw_listing_begin(&rows, out, "conditions");
    for (size_t i = 0, next = columns->D - (columns->G - columns->d); i < columns->d; i++)
        if (columns->condition[i] == next) {
            bson_t *row = lw_listing_begin_row(&rows);
            BSON_APPEND_UTF8(row, "condition", lw_space_condition(columns->space, i));
            append_length(self, row, next++);
            lw_listing_end_row(&rows);
        }
    lw_listing_end(&rows);
}

/* ---- the best ---- */

/* Mean and variance of the costs at observation i, without noise, of all models together. */
static int predict(const lw_gp_belief *belief, size_t i, double *mean, double *variance) {
    const lw_gp_data *data = &belief->data;
    const double share = 1 / (double)belief->n_models;
    lw_gp_batch batch;
    int outcome = lw_gp_batch_init(&batch, 1, data->n, data->D, false);
    *mean = *variance = 0;
    for (size_t k = 0; k < belief->n_models && outcome == LW_OK; k++) {
        double model_mean, model_variance;
        lw_gp_project(&belief->gps[k], &batch, 1, data->X + i * data->D);
        lw_gp_moments(&belief->gps[k], &batch, 1, &model_mean, &model_variance);
        *mean += share * model_mean;
        *variance += share * (model_variance + model_mean * model_mean);
    }
    *variance = fmax(*variance - *mean * *mean, 0);
    lw_gp_batch_release(&batch);
    return outcome;
}

static int append_config(const telling *self, bson_t *out, int64_t run_id) {
    bson_t config;
    lw_error error;
    const lw_observation *observation = lw_history_find(self->request->history, run_id);
    int outcome = lw_config_to_document(observation->config, &config, &error);
    if (outcome != LW_OK)
        return outcome;
    BSON_APPEND_DOCUMENT(out, "config", &config);
    bson_destroy(&config);
    return LW_OK;
}

/* The observed configuration that the model takes for the best: under noise another may have had the best result. */
static int append_best(const telling *self, bson_t *out) {
    const lw_gp_belief *belief = self->belief;
    const lw_gp_data *data = &belief->data;
    double mean, variance;
    int outcome = predict(belief, belief->best, &mean, &variance);
    if (outcome != LW_OK)
        return outcome;
    const double half_width = 1.6448536269514722 * sqrt(variance); /* 90 % of a normal distribution */
    bson_t best;
    bson_append_document_begin(out, "best", -1, &best);
    BSON_APPEND_INT64(&best, "run", data->run_id[belief->best]);
    lw_model_append_number(&best, "result", result_of_cost(self, data->cost[belief->best]));
    lw_model_append_number(&best, "predicted", result_of(self, mean));
    append_range(&best, "interval_90", result_of(self, mean - half_width), result_of(self, mean + half_width));
    outcome = append_config(self, &best, data->run_id[belief->best]);
    bson_append_document_end(out, &best);
    return outcome;
}

/* ---- how good it is ---- */

static int append_calibration(const telling *self, bson_t *out) {
    lw_gp_calibration calibration;
    bson_t document;
    if (self->belief->data.n < 3)
        return LW_OK; /* each would be predicted from one */
    int outcome = lw_gp_calibrate(self->belief, &calibration);
    if (outcome != LW_OK)
        return outcome;
    bson_append_document_begin(out, "leave_one_out", -1, &document);
    lw_model_append_number(&document, "inside_50", rounded(calibration.inside_50, 3));
    lw_model_append_number(&document, "inside_90", rounded(calibration.inside_90, 3));
    lw_model_append_number(&document, "rank_correlation", rounded(calibration.rank_correlation, 3));
    lw_model_append_number(&document, "log_density", rounded(calibration.log_density, 3));
    bson_append_document_end(out, &document);
    return LW_OK;
}

/* ---- all of it ---- */

static const char *const kernel_names[] = {
    [LW_KERNEL_MATERN52] = "matern52",
    [LW_KERNEL_MATERN32] = "matern32",
    [LW_KERNEL_RBF] = "rbf",
};

static const char *const transform_names[] = {
    [LW_TRANSFORM_NONE] = "none",
    [LW_TRANSFORM_WINSORIZE] = "winsorize",
    [LW_TRANSFORM_POWER] = "power",
    [LW_TRANSFORM_RANK] = "rank",
};

int lw_gp_describe(lw_gp_belief *belief, const lw_gp_columns *columns, const lw_request *request, bson_t *out,
                   lw_error *error) {
    const telling self = {belief, columns, request};
    for (size_t k = 0; k < belief->n_models; k++)
        lw_gp_truncate(&belief->gps[k]);
    BSON_APPEND_UTF8(out, "kernel", kernel_names[belief->gps[0].form.kernel]);
    BSON_APPEND_UTF8(out, "transform", transform_names[belief->transform.kind]);
    if (belief->n_models > 1)
        BSON_APPEND_INT64(out, "models", (int64_t)belief->n_models);
    lw_model_append_number(out, "mean", result_of(&self, mean_over_models(belief, mean_of)));
    if (mean_over_models(belief, jitter_of) > 0)
        lw_model_append_number(out, "jitter", mean_over_models(belief, jitter_of));
    append_noise(&self, out);
    append_outcomes(&self, out);
    int outcome = append_parameters(&self, out);
    append_conditions(&self, out);
    if (outcome == LW_OK)
        outcome = append_best(&self, out);
    if (outcome == LW_OK)
        outcome = append_calibration(&self, out);
    if (outcome == LW_ENOMEM)
        return lw_error_no_memory(error);
    if (outcome != LW_OK)
        return lw_error_set(error, outcome, "what the model believes could not be computed");
    return LW_OK;
}
