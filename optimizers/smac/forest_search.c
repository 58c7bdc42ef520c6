#include "forest_search.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <labwatch/sys/memory.h>

enum { N_ROUNDS = 16, N_NEIGHBOURS = 8, N_GOOD = 10 };

static const double FIRST_STEP = 0.2, LONGEST_STEP = 0.4, SHORTEST_STEP = 0.002;

/* A walk: where it stands, and the best free configuration that it saw. */
typedef struct walk {
    double value, best_value; /* -HUGE_VAL: none yet */
    double step;
    double *u, *best;         /* d each */
} walk;

/* A place among many, by value. */
typedef struct ranked {
    double value;
    size_t index;
} ranked;

typedef struct searching {
    const lw_forest_search *s;
    size_t d, n_walks, capacity;
    walk *walks;
    double *of_walks;   /* what walks point to */
    double *u, *x;      /* capacity x d: configurations that are looked at together */
    double *value;      /* capacity */
    double *room;       /* 2 capacity */
    ranked *ranks;      /* n_walks */
    size_t *ends;       /* n_walks: where each one's neighbours end */
    size_t n_good;
    ranked good[N_GOOD]; /* the best runs */
    bool has_constraints;
} searching;

/* ---- configurations ---- */

/* Makes u the coordinates of the configuration at u. False if constraints forbid it. */
static bool settle(const searching *g, double *u) {
    lw_config_decode(g->s->config, u);
    if (g->has_constraints && !lw_config_is_valid(g->s->config))
        return false;
    lw_config_encode(g->s->config, u);
    return true;
}

static bool is_free(const searching *g, const double *u) {
    const lw_request *request = g->s->request;
    lw_config_decode(g->s->config, u);
    return !request->is_taken(request->is_taken_self, g->s->config, NAN);
}

static void look_at(searching *g, size_t n) {
    for (size_t i = 0; i < n; i++)
        lw_forest_columns_fill(g->s->columns, g->u + i * g->d, g->x + i * g->d);
    lw_forest_hope(g->s->belief, n, g->x, g->room, g->value);
}

/* ---- neighbours ---- */

static double reflect(double u) {
    u = fabs(u);
    return u <= 1 ? u : fmax(2 - u, 0);
}

static double other_level(lw_stream *stream, const lw_space *space, size_t i, double u) {
    const uint64_t n = lw_space_parameter(space, i)->n_levels, level = lw_space_level_at(space, i, u);
    return lw_space_level_coordinate(space, i, (level + 1 + lw_stream_below(stream, n - 1)) % n);
}

/* A step that would end where it began goes to the next level. */
static double next_level(const lw_space *space, size_t i, double u, double wanted) {
    const uint64_t n = lw_space_parameter(space, i)->n_levels, level = lw_space_level_at(space, i, u);
    if (lw_space_level_at(space, i, wanted) != level)
        return wanted;
    uint64_t next = wanted > u ? level + 1 : level > 0 ? level - 1 : 1;
    return lw_space_level_coordinate(space, i, next < n ? next : level - 1);
}

static double move(lw_stream *stream, const lw_space *space, size_t i, double u, double step) {
    const lw_parameter *parameter = lw_space_parameter(space, i);
    if (parameter->n_levels == 1)
        return u;
    if (parameter->kind == LW_PARAMETER_CATEGORICAL)
        return other_level(stream, space, i, u);
    double wanted = reflect(u + step * gsl_ran_gaussian_ziggurat(lw_stream_rng(stream), 1));
    return parameter->n_levels > 0 ? next_level(space, i, u, wanted) : wanted;
}

/* One parameter in the mean is as it was in one of the best runs. */
static void cross(const searching *g, const double *from, double *u) {
    lw_stream *stream = g->s->request->stream;
    for (size_t i = 0; i < g->d; i++) {
        if (isnan(from[i]) || lw_stream_below(stream, g->d) > 0)
            continue;
        const double *good = g->s->rows->u + g->good[lw_stream_below(stream, g->n_good)].index * g->d;
        u[i] = isnan(good[i]) ? u[i] : good[i];
    }
}

/*
 * A neighbour of from: one parameter that is active there is another, and some are as in the best runs; parameters that
 * become active are anywhere.
 */
static bool draw_neighbour(const searching *g, const double *from, double step, double *u) {
    lw_stream *stream = g->s->request->stream;
    size_t changed = lw_stream_below(stream, g->d);
    for (size_t k = 0; k < g->d && isnan(from[changed]); k++)
        changed = (changed + 1) % g->d;
    for (size_t i = 0; i < g->d; i++)
        u[i] = isnan(from[i]) ? lw_stream_uniform(stream) : from[i];
    if (!isnan(from[changed]))
        u[changed] = move(stream, g->s->columns->space, changed, from[changed], step);
    cross(g, from, u);
    return settle(g, u);
}

/* ---- where walks begin ---- */

/* The n_best highest of n values, the highest first, the first among equals. Returns how many there are. */
static size_t rank_best(const double *value, size_t n, ranked *best, size_t n_best) {
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (n_kept == n_best && value[i] <= best[n_kept - 1].value)
            continue;
        size_t at = n_kept < n_best ? n_kept++ : n_kept - 1;
        for (; at > 0 && best[at - 1].value < value[i]; at--)
            best[at] = best[at - 1];
        best[at] = (ranked){value[i], i};
    }
    return n_kept;
}

static void start_walk(searching *g, const double *u, double value, bool is_known) {
    walk *w = &g->walks[g->n_walks];
    *w = (walk){.value = value, .best_value = -HUGE_VAL, .step = FIRST_STEP};
    w->u = g->of_walks + 2 * g->d * g->n_walks;
    w->best = w->u + g->d;
    memcpy(w->u, u, g->d * sizeof *u);
    if (!is_known && is_free(g, u)) {
        memcpy(w->best, u, g->d * sizeof *u);
        w->best_value = value;
    }
    g->n_walks++;
}

/* At the runs with the lowest means. */
static int start_at_runs(searching *g) {
    const lw_forest_rows *rows = g->s->rows;
    const lw_forest_belief *belief = g->s->belief;
    double *value = lw_malloc(rows->n_completed * sizeof *value);
    if (!value)
        return LW_ENOMEM;
    for (size_t i = 0; i < rows->n_completed; i++)
        value[i] = -belief->mean[i];
    size_t n = rank_best(value, rows->n_completed, g->ranks, g->s->n_starts);
    for (size_t i = 0; i < rows->n_completed; i++)
        value[i] = -rows->cost[i];
    g->n_good = rank_best(value, rows->n_completed, g->good, N_GOOD);
    lw_free(value);
    for (size_t k = 0; k < n; k++)
        memcpy(g->u + k * g->d, rows->u + g->ranks[k].index * g->d, g->d * sizeof *g->u);
    look_at(g, n);
    for (size_t k = 0; k < n; k++)
        start_walk(g, g->u + k * g->d, g->value[k], true);
    return LW_OK;
}

/* At the best of quasi-random points; each suggestion has points of its own. */
static int start_at_points(searching *g) {
    const lw_request *request = g->s->request;
    const uint64_t first = lw_stream_bits(request->stream);
    size_t n = 0;
    for (size_t k = 0; k < g->s->n_points; k++) {
        if (lw_sobol_point(g->s->sobol, (first + k) & ((UINT64_C(1) << 40) - 1), g->u + n * g->d) != LW_OK)
            return LW_ENOMEM;
        n += settle(g, g->u + n * g->d);
    }
    look_at(g, n);
    size_t n_best = rank_best(g->value, n, g->ranks, g->s->n_starts);
    for (size_t k = 0; k < n_best; k++)
        start_walk(g, g->u + g->ranks[k].index * g->d, g->ranks[k].value, false);
    return LW_OK;
}

/* ---- walks ---- */

/* Goes where the best of n neighbours is, which stand at first, unless that is worse. */
static void step_on(searching *g, walk *w, size_t first, size_t n) {
    ranked best[N_NEIGHBOURS];
    n = rank_best(g->value + first, n, best, N_NEIGHBOURS);
    size_t k = 0;
    while (k < n && best[k].value > w->best_value && !is_free(g, g->u + (first + best[k].index) * g->d))
        k++;
    if (k < n && best[k].value > w->best_value) {
        memcpy(w->best, g->u + (first + best[k].index) * g->d, g->d * sizeof *w->best);
        w->best_value = best[k].value;
    }
    if (n > 0 && best[0].value >= w->value) {
        w->step = best[0].value > w->value ? fmin(1.5 * w->step, LONGEST_STEP) : w->step;
        memcpy(w->u, g->u + (first + best[0].index) * g->d, g->d * sizeof *w->u);
        w->value = best[0].value;
    } else {
        w->step = fmax(0.6 * w->step, SHORTEST_STEP);
    }
}

static void walk_a_round(searching *g) {
    size_t n = 0, *end = g->ends;
    for (size_t k = 0; k < g->n_walks; k++) {
        for (size_t j = 0; j < N_NEIGHBOURS; j++)
            n += draw_neighbour(g, g->walks[k].u, g->walks[k].step, g->u + n * g->d);
        end[k] = n;
    }
    look_at(g, n);
    for (size_t k = 0; k < g->n_walks; k++) {
        size_t begin = k > 0 ? end[k - 1] : 0;
        step_on(g, &g->walks[k], begin, end[k] - begin);
    }
}

/* ---- all of it ---- */

static bool prepare(searching *g) {
    const lw_forest_search *s = g->s;
    g->d = s->columns->d;
    g->has_constraints = lw_space_n_constraints(s->columns->space) > 0;
    const size_t n_walks = 2 * s->n_starts;
    g->capacity = s->n_points > n_walks * N_NEIGHBOURS ? s->n_points : n_walks * N_NEIGHBOURS;
    g->walks = lw_malloc(n_walks * sizeof *g->walks);
    g->of_walks = lw_malloc(2 * n_walks * g->d * sizeof *g->of_walks);
    g->u = lw_malloc(2 * g->capacity * g->d * sizeof *g->u);
    g->value = lw_malloc(3 * g->capacity * sizeof *g->value);
    g->ranks = lw_malloc(n_walks * sizeof *g->ranks);
    g->ends = lw_malloc(n_walks * sizeof *g->ends);
    if (!g->walks || !g->of_walks || !g->u || !g->value || !g->ranks || !g->ends)
        return false;
    g->x = g->u + g->capacity * g->d;
    g->room = g->value + g->capacity;
    return true;
}

static void release(searching *g) {
    lw_free(g->walks);
    lw_free(g->of_walks);
    lw_free(g->u);
    lw_free(g->value);
    lw_free(g->ranks);
    lw_free(g->ends);
}

int lw_forest_search_run(const lw_forest_search *search, double *out) {
    searching g = {.s = search};
    int outcome = prepare(&g) ? start_at_runs(&g) : LW_ENOMEM;
    if (outcome == LW_OK)
        outcome = start_at_points(&g);
    for (int round = 0; round < N_ROUNDS && outcome == LW_OK; round++)
        walk_a_round(&g);
    const walk *best = NULL;
    for (size_t k = 0; k < g.n_walks && outcome == LW_OK; k++)
        if (g.walks[k].best_value > (best ? best->best_value : -HUGE_VAL))
            best = &g.walks[k];
    if (best)
        memcpy(out, best->best, g.d * sizeof *out);
    else if (outcome == LW_OK)
        outcome = LW_ENOTFOUND;
    release(&g);
    return outcome;
}
