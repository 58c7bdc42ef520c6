#include "cmaes_stage.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include <labwatch/sys/memory.h>

#include "cmaes_choices.h"
#include "cmaes_margin.h"

int lw_cmaes_stage_init(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner) {
    memset(stage, 0, sizeof *stage);
    stage->factor = lw_calloc(layout->n, sizeof(double));
    stage->p = lw_calloc(layout->n_p, sizeof(double));
    if (!stage->factor || !stage->p)
        return LW_ENOMEM;
    return lw_cmaes_init(&stage->normal, layout->n, manner->covariance, manner->adapts);
}

void lw_cmaes_stage_release(lw_cmaes_stage *stage) {
    lw_cmaes_release(&stage->normal);
    lw_free(stage->factor);
    lw_free(stage->p);
    memset(stage, 0, sizeof *stage);
}

void lw_cmaes_stage_copy(lw_cmaes_stage *to, const lw_cmaes_stage *from, const lw_cmaes_layout *layout) {
    lw_cmaes_copy(&to->normal, &from->normal);
    memcpy(to->factor, from->factor, layout->n * sizeof(double));
    memcpy(to->p, from->p, layout->n_p * sizeof(double));
    to->best = from->best;
    to->n_stalled = from->n_stalled;
}

/* ---- how large, how long ---- */

enum { MAX_DOUBLINGS = 9 };

size_t lw_cmaes_population(const lw_cmaes_manner *manner, int32_t restart) {
    return manner->population << (restart < MAX_DOUBLINGS ? restart : MAX_DOUBLINGS);
}

/* Finer than that nobody needs to know a hyperparameter. */
static const double FINEST = 1e-4, WORST_CONDITION = 1e14;

bool lw_cmaes_stage_is_done(const lw_cmaes_stage *stage, const lw_cmaes_layout *layout, size_t population) {
    bool is_narrow = layout->n_continuous > 0;
    for (size_t j = 0; j < layout->n && is_narrow; j++) {
        const size_t n_levels = layout->columns[j].n_levels;
        const double finest = n_levels > 0 ? 0.5 / (double)n_levels : FINEST;
        is_narrow = stage->factor[j] * lw_cmaes_deviation(&stage->normal, j) < finest;
    }
    return is_narrow || !(lw_cmaes_condition(&stage->normal) <= WORST_CONDITION) ||
           stage->n_stalled >= 20 + 30 * layout->d / population;
}

/* ---- what runs say ---- */

/* Results, the best first, and their places among columns and choices. */
typedef struct results {
    size_t n, n_completed, capacity;
    struct result {
        double cost; /* infinite of a failed run */
        int64_t id;
        const lw_config *config;
        const lw_cmaes_stage *drawn_from; /* NULL: it is another's */
    } *items;
    double *numbers; /* in one piece: cost, X, weights, u, room */
    double *cost;    /* n */
    double *X;       /* n x columns */
    double *weights; /* n */
    double *u;       /* d: room for coordinates */
    double *room;    /* 2 n columns */
    size_t *choice;  /* n: room for the choices of one parameter */
} results;

static void add_result(results *r, const lw_history *history, int64_t id, const lw_cmaes_stage *drawn_from) {
    const lw_observation *observation = lw_history_find(history, id);
    bool completed = observation && observation->outcome == LW_COMPLETED;
    if (!completed && !(observation && observation->outcome == LW_FAILED && drawn_from))
        return;
    r->items[r->n++] = (struct result){completed ? observation->cost : INFINITY, id, observation->config, drawn_from};
    r->n_completed += completed && drawn_from;
}

static const lw_cmaes_stage *stage_of(const lw_cmaes_runs *runs, int64_t generation) {
    int64_t k = generation < runs->oldest ? runs->oldest : generation > runs->latest ? runs->latest : generation;
    return &runs->stages[k % LW_CMAES_KEPT];
}

static int compare_results(const void *a, const void *b) {
    const struct result *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static size_t n_until(const int64_t *ids, size_t n, int64_t last_id) {
    while (n > 0 && ids[n - 1] > last_id)
        n--;
    return n;
}

/* Others are left that are better than half of the rest. */
static void drop_worse_others(results *r) {
    const size_t n_own = r->n_completed;
    size_t n_seen = 0, n = 0;
    for (size_t k = 0; k < r->n; k++) {
        n_seen += r->items[k].drawn_from != NULL;
        if (r->items[k].drawn_from || 2 * n_seen < n_own)
            r->items[n++] = r->items[k];
    }
    r->n = n;
}

static int gather(results *r, const lw_cmaes_layout *layout, const lw_history *history, const lw_cmaes_runs *runs) {
    const size_t n_others = n_until(runs->others, runs->n_others, runs->last_id);
    memset(r, 0, sizeof *r);
    r->items = lw_malloc((runs->n + n_others) * sizeof *r->items);
    if (!r->items)
        return LW_ENOMEM;
    for (size_t k = 0; k < runs->n; k++)
        add_result(r, history, runs->members[k].id, stage_of(runs, runs->members[k].number));
    for (size_t k = 0; k < n_others; k++)
        add_result(r, history, runs->others[k], NULL);
    if (r->n > 1)
        qsort(r->items, r->n, sizeof *r->items, compare_results);
    if (runs->n > 0)
        drop_worse_others(r);
    r->numbers = lw_malloc(((2 + layout->n) * r->n + layout->d + 2 * layout->n) * sizeof(double));
    r->choice = lw_malloc(r->n * sizeof *r->choice);
    if (!r->numbers || !r->choice)
        return LW_ENOMEM;
    r->cost = r->numbers;
    r->weights = r->cost + r->n;
    r->X = r->weights + r->n;
    r->u = r->X + layout->n * r->n;
    r->room = r->u + layout->d;
    for (size_t k = 0; k < r->n; k++)
        r->cost[k] = r->items[k].cost;
    return LW_OK;
}

static void release(results *r) {
    lw_free(r->items);
    lw_free(r->numbers);
    lw_free(r->choice);
}

/* ---- places ---- */

/*
 * A column's value of a run, as if the run had been drawn from the stage. Within a cell, and where the parameter is
 * not active, nothing is known of it: it is drawn, always the same for a run, so that it neither narrows nor moves
 * the column.
 */
static double column_value(const lw_cmaes_stage *stage, const lw_cmaes_column *column, size_t j, double u,
                           lw_stream *stream) {
    const double mean = stage->normal.mean[j], deviation = lw_cmaes_deviation(&stage->normal, j);
    if (isnan(u))
        return mean + deviation * gsl_cdf_ugaussian_Pinv(lw_stream_uniform(stream));
    if (column->n_levels == 0)
        return u;
    double lower, upper, factor = stage->factor[j];
    lw_cmaes_cell(column, u, &lower, &upper);
    double value = lw_cmaes_within_cell(lower, upper, mean, factor * deviation, lw_stream_uniform(stream));
    return mean + (value - mean) / factor;
}

/* Streams of LW_PURPOSE_MODEL: number is a run's id or that of a restart. */
enum { DRAW_OF_RESTART, DRAW_OF_RUN };

/*
 * How far a point goes along with the mean that has moved since it was drawn. Of results that come while more is learned
 * the old mean knows nothing: without it they would pull the mean back, with all of it they would repeat a step that has
 * been made already.
 */
static const double ALONG = 0.5;

static void place_result(const struct result *result, const lw_cmaes_stage *stage, const lw_cmaes_layout *layout,
                         const lw_cmaes_manner *manner, const double *u, double *x) {
    const lw_cmaes_stage *drawn_from = result->drawn_from ? result->drawn_from : stage;
    lw_stream stream;
    lw_stream_init(&stream, manner->seed, LW_PURPOSE_MODEL, (uint64_t)result->id, DRAW_OF_RUN);
    for (size_t j = 0; j < layout->n; j++) {
        const lw_cmaes_column *column = &layout->columns[j];
        const double at = u[column->parameter];
        if (isnan(at))
            x[j] = column_value(stage, column, j, at, &stream);
        else
            x[j] = column_value(drawn_from, column, j, at, &stream) +
                   ALONG * (stage->normal.mean[j] - drawn_from->normal.mean[j]);
    }
}

static void place_results(results *r, const lw_cmaes_stage *stage, const lw_cmaes_layout *layout,
                          const lw_cmaes_manner *manner) {
    const double n = (double)layout->n, farthest = 2 * sqrt(n) + 4, farthest_other = sqrt(n) + 2 * n / (n + 2);
    for (size_t k = 0; k < r->n; k++) {
        double *x = r->X + k * layout->n;
        lw_config_encode(r->items[k].config, r->u);
        place_result(&r->items[k], stage, layout, manner, r->u, x);
        lw_cmaes_clip(&stage->normal, r->items[k].drawn_from ? farthest : farthest_other, x, r->room);
    }
}

/* ---- choices ---- */

/* Moves the choices towards those of the better results. */
static void learn_choices(results *r, lw_cmaes_stage *stage, const lw_cmaes_layout *layout, double rate) {
    for (size_t c = 0; c < layout->n_choices; c++) {
        const lw_cmaes_choice *choice = &layout->choices[c];
        for (size_t k = 0; k < r->n; k++)
            r->choice[k] = lw_config_choice(r->items[k].config, choice->parameter);
        lw_cmaes_choices_update(choice->K, rate, r->n, r->choice, r->weights, stage->p + choice->first);
        lw_cmaes_choices_keep(choice->K, choice->lowest, stage->p + choice->first);
    }
}

static void start_choices(lw_cmaes_stage *stage, const lw_cmaes_layout *layout) {
    for (size_t c = 0; c < layout->n_choices; c++) {
        const lw_cmaes_choice *choice = &layout->choices[c];
        const lw_parameter *parameter = lw_space_parameter(layout->space, choice->parameter);
        for (size_t k = 0; k < choice->K; k++)
            stage->p[choice->first + k] = parameter->choices[k].weight;
        lw_cmaes_choices_keep(choice->K, choice->lowest, stage->p + choice->first);
    }
}

/* ---- start ---- */

static void start_at_mean(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, double sigma) {
    lw_cmaes_start(&stage->normal, stage->normal.mean, sigma);
    for (size_t j = 0; j < layout->n; j++)
        stage->factor[j] = 1;
}

static void start_somewhere(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner,
                            int32_t restart) {
    double *mean = stage->normal.mean;
    lw_stream stream;
    lw_stream_init(&stream, manner->seed, LW_PURPOSE_MODEL, (uint64_t)restart, DRAW_OF_RESTART);
    for (size_t j = 0; j < layout->n; j++)
        mean[j] = restart > 0 ? lw_stream_uniform(&stream) : 0.5;
    start_at_mean(stage, layout, manner->sigma);
}

/* Which share of the results is started from, and how wide a start is around them. */
static const double BEST_SHARE = 0.1, WIDE = 0.15;

static void start_from_best(results *r, lw_cmaes_stage *stage, const lw_cmaes_layout *layout,
                            const lw_cmaes_manner *manner) {
    r->n = (size_t)ceil(BEST_SHARE * (double)r->n);
    place_results(r, stage, layout, manner);
    if (r->n > layout->n) /* enough to see how parameters go together */
        stage->normal.n_diagonal = 0;
    lw_cmaes_start_from(&stage->normal, r->n, r->X, WIDE);
}

int lw_cmaes_stage_start(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner,
                         int32_t restart, const lw_history *history, const lw_cmaes_runs *runs) {
    results r;
    stage->normal.n_diagonal = manner->n_diagonal;
    start_somewhere(stage, layout, manner, restart);
    start_choices(stage, layout);
    stage->best = INFINITY;
    stage->n_stalled = 0;
    if (restart > 0)
        return LW_OK;
    int outcome = gather(&r, layout, history, runs);
    if (outcome == LW_OK && r.n > 0)
        start_from_best(&r, stage, layout, manner);
    release(&r);
    return outcome;
}

/* ---- learn ---- */

static void keep_margins(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, size_t population) {
    const double margin = 1 / (double)(layout->d * population);
    for (size_t j = 0; j < layout->n; j++) {
        double lower, upper, *mean = &stage->normal.mean[j];
        if (layout->columns[j].n_levels == 0)
            continue;
        lw_cmaes_cell(&layout->columns[j], *mean, &lower, &upper);
        lw_cmaes_keep_margin(lower, upper, fmin(margin, 0.4), lw_cmaes_deviation(&stage->normal, j), mean,
                             &stage->factor[j]);
    }
}

/* How far choices move with each generation. */
static const double CHOICE_RATE = 0.4;

/* Wider than that it is as good as uniform; narrower, all its points have the same values. */
static const double WIDEST = 0.6, NARROWEST = 1e-12;

/* Without restarts it would become ever narrower where nothing better comes, until its numbers vanish. */
static void keep_width(lw_cmaes_stage *stage, const lw_cmaes_layout *layout) {
    lw_cmaes_limit(&stage->normal, WIDEST);
    if (layout->n > 0 && lw_cmaes_largest_deviation(&stage->normal) < NARROWEST)
        start_at_mean(stage, layout, NARROWEST);
}

static int learn_from(results *r, lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner,
                      size_t population) {
    place_results(r, stage, layout, manner);
    int outcome = lw_cmaes_update(&stage->normal, r->n, r->X, r->cost);
    if (outcome != LW_OK)
        return outcome;
    lw_cmaes_better_weights(r->n, r->cost, r->weights);
    learn_choices(r, stage, layout, CHOICE_RATE);
    keep_width(stage, layout);
    keep_margins(stage, layout, population);
    stage->n_stalled = r->cost[0] < stage->best ? 0 : stage->n_stalled + 1;
    stage->best = fmin(stage->best, r->cost[0]);
    return LW_OK;
}

int lw_cmaes_stage_learn(lw_cmaes_stage *stage, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner,
                         size_t population, const lw_history *history, const lw_cmaes_runs *runs) {
    results r;
    int outcome = gather(&r, layout, history, runs);
    if (outcome == LW_OK && r.n >= 2 && r.n_completed > 0)
        outcome = learn_from(&r, stage, layout, manner, population);
    release(&r);
    return outcome;
}

/* ---- draw ---- */

void lw_cmaes_stage_draw(const lw_cmaes_stage *stage, const lw_cmaes_layout *layout, double wide, double *u,
                         double *room) {
    double *x = room, *z = room + layout->n;
    for (size_t j = 0; j < layout->n; j++)
        z[j] = wide * gsl_cdf_ugaussian_Pinv(u[layout->columns[j].parameter]);
    lw_cmaes_point(&stage->normal, z, x);
    for (size_t j = 0; j < layout->n; j++) {
        const double mean = stage->normal.mean[j];
        u[layout->columns[j].parameter] = fmin(fmax(mean + (x[j] - mean) * stage->factor[j], 0), 1);
    }
    for (size_t c = 0; c < layout->n_choices; c++) {
        const lw_cmaes_choice *choice = &layout->choices[c];
        size_t k = lw_cmaes_choices_draw(choice->K, stage->p + choice->first, u[choice->parameter]);
        u[choice->parameter] = lw_space_level_coordinate(layout->space, choice->parameter, k);
    }
}
