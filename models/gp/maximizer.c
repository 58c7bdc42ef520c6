#include "maximizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

#include "minimizer.h"
#include "sobol.h"

enum { CHUNK = 128, N_MOVERS = 3 };

/* A growing list of allowed points with their values. */
typedef struct point_list {
    size_t n, capacity, n_scored;
    double *u, *x, *value; /* capacity x d, capacity x D, capacity */
} point_list;

typedef struct acquisition_search {
    const lw_domain *domain;
    const lw_acquisition *acquisition;
    const lw_search_region *region;
    const lw_maximizer_settings *settings;
    gsl_rng *rng;
    point_list points;
    lw_acquisition_room scoring, stepping;
} acquisition_search;

/* ---- candidates ---- */

static bool reserve(acquisition_search *search, size_t n) {
    point_list *points = &search->points;
    if (n <= points->capacity)
        return true;
    const size_t d = search->domain->d, D = search->domain->D;
    size_t capacity = n + n / 2;
    double *u = lw_reallocarray(points->u, capacity * d, sizeof(double));
    points->u = u ? u : points->u;
    double *x = u ? lw_reallocarray(points->x, capacity * D, sizeof(double)) : NULL;
    points->x = x ? x : points->x;
    double *value = x ? lw_reallocarray(points->value, capacity, sizeof(double)) : NULL;
    points->value = value ? value : points->value;
    if (!value)
        return false;
    points->capacity = capacity;
    return true;
}

/* Adds the point that lies behind the last one in the list, if it is allowed. There must be room. */
static bool add_last(acquisition_search *search) {
    point_list *points = &search->points;
    const lw_domain *domain = search->domain;
    bool is_allowed =
        domain->place(domain->self, points->u + points->n * domain->d, points->x + points->n * domain->D);
    points->n += is_allowed;
    return is_allowed;
}

static double *behind_last(acquisition_search *search) {
    return search->points.u + search->points.n * search->domain->d;
}

static double cut(double x, double lower, double upper) {
    return x < lower ? lower : x > upper ? upper : x;
}

/* Each coordinate is changed with probability 20/d, and one at least (Regis and Shoemaker, Eng. Optim. 45, 2013). */
static void choose_changed(acquisition_search *search, bool *is_changed) {
    const size_t d = search->domain->d;
    double probability = d > 20 ? 20.0 / (double)d : 1;
    bool any = false;
    for (size_t i = 0; i < d; i++) {
        is_changed[i] = probability >= 1 || gsl_rng_uniform(search->rng) < probability;
        any = any || is_changed[i];
    }
    if (!any)
        is_changed[gsl_rng_uniform_int(search->rng, d)] = true;
}

/* Replaces the quasi-random u by one inside the region. */
static void move_into_region(acquisition_search *search, double *u, const bool *is_changed) {
    const lw_search_region *region = search->region;
    const lw_domain *domain = search->domain;
    double keep = domain->d > 1 ? 0.7 : 0;
    for (size_t i = 0; i < domain->d; i++) {
        bool has_levels = domain->coordinates[i].levels != NULL;
        bool stays = region->is_local && (!is_changed[i] || (has_levels && gsl_rng_uniform(search->rng) < keep));
        if (stays && !isnan(region->centres[i]))
            u[i] = region->centres[i];
        else if (!has_levels)
            u[i] = region->lower[i] + u[i] * (region->upper[i] - region->lower[i]);
    }
}

static int add_global_candidates(acquisition_search *search, uint64_t seed, bool *is_changed) {
    lw_sobol sobol;
    const size_t d = search->domain->d;
    int outcome = lw_sobol_init(&sobol, d, true, seed);
    for (size_t k = 0; k < search->settings->n_global && outcome == LW_OK; k++) {
        double *u = behind_last(search);
        outcome = lw_sobol_point(&sobol, k, u);
        choose_changed(search, is_changed);
        move_into_region(search, u, is_changed);
        if (outcome == LW_OK)
            add_last(search);
    }
    lw_sobol_release(&sobol);
    return outcome;
}

/* Normal steps of three sizes around the centres; values without an order are drawn anew now and then. */
static void add_local_candidates(acquisition_search *search, bool *is_changed) {
    static const double sizes[] = {0.1, 0.02, 0.003};
    const lw_domain *domain = search->domain;
    const lw_search_region *region = search->region;
    for (size_t k = 0; k < search->settings->n_local && region->n_centres > 0; k++) {
        double *u = behind_last(search);
        double size = sizes[k % 3];
        memcpy(u, region->centres + (k % region->n_centres) * domain->d, domain->d * sizeof(double));
        choose_changed(search, is_changed);
        for (size_t i = 0; i < domain->d; i++) {
            const lw_coordinate *coordinate = &domain->coordinates[i];
            if (isnan(u[i]) || !is_changed[i])
                continue;
            if (!coordinate->levels)
                u[i] = cut(u[i] + gsl_ran_gaussian(search->rng, fmax(size, coordinate->spacing)), region->lower[i],
                           region->upper[i]);
            else if (gsl_rng_uniform(search->rng) < 1.0 / (1 + (double)domain->d))
                u[i] = coordinate->levels[gsl_rng_uniform_int(search->rng, coordinate->n_levels)];
        }
        add_last(search);
    }
}

static void score(acquisition_search *search) {
    point_list *points = &search->points;
    while (points->n_scored < points->n) {
        size_t first = points->n_scored, n = points->n - first < CHUNK ? points->n - first : CHUNK;
        lw_acquisition_evaluate(search->acquisition, &search->scoring, n, points->x + first * search->domain->D,
                                points->value + first, NULL);
        points->n_scored += n;
    }
}

/* ---- order ---- */

typedef struct ranked {
    double value;
    size_t index;
} ranked;

static int compare_ranked(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static ranked *rank_points(const acquisition_search *search, size_t first) {
    const point_list *points = &search->points;
    ranked *order = lw_malloc((points->n - first) * sizeof *order);
    for (size_t k = first; k < points->n && order; k++)
        order[k - first] = (ranked){isnan(points->value[k]) ? -HUGE_VAL : points->value[k], k};
    if (order)
        qsort(order, points->n - first, sizeof *order, compare_ranked);
    return order;
}

/* ---- gradient steps ---- */

/* A descent of -acquisition in u / length, on the coordinates with a gradient. */
typedef struct gradient_descent {
    lw_minimizer minimizer;
    double *from, *lower, *upper; /* d */
    size_t origin;                /* the point it began at */
    bool is_running;
} gradient_descent;

static bool is_free(const lw_domain *domain, size_t i, const double *u) {
    return !domain->coordinates[i].levels && !isnan(u[i]);
}

static int start_descent(acquisition_search *search, gradient_descent *descent, size_t origin) {
    const lw_domain *domain = search->domain;
    const double *u = search->points.u + origin * domain->d;
    const lw_minimizer_settings steps = {search->settings->n_steps, 1e-3, 1e-6, 0.05};
    int outcome = lw_minimizer_init(&descent->minimizer, domain->d, &steps);
    descent->from = lw_calloc(3 * domain->d, sizeof(double));
    if (outcome != LW_OK || !descent->from)
        return LW_ENOMEM;
    descent->lower = descent->from + domain->d;
    descent->upper = descent->lower + domain->d;
    descent->origin = origin;
    for (size_t i = 0; i < domain->d; i++) {
        double length = domain->coordinates[i].length;
        if (!is_free(domain, i, u))
            continue; /* 0 between 0 and 0 */
        descent->from[i] = u[i] / length;
        descent->lower[i] = fmin(search->region->lower[i], u[i]) / length;
        descent->upper[i] = fmax(search->region->upper[i], u[i]) / length;
    }
    descent->is_running = lw_minimizer_start(&descent->minimizer, descent->from, descent->lower, descent->upper);
    return LW_OK;
}

static void release_descents(gradient_descent *descents, size_t n) {
    for (size_t k = 0; k < n; k++) {
        lw_minimizer_release(&descents[k].minimizer);
        lw_free(descents[k].from);
    }
}

/* The columns of the trial point: those of the origin, but for the free coordinates. */
static void columns_of_trial(const acquisition_search *search, const gradient_descent *descent, double *x) {
    const lw_domain *domain = search->domain;
    const double *u = search->points.u + descent->origin * domain->d;
    memcpy(x, search->points.x + descent->origin * domain->D, domain->D * sizeof(double));
    for (size_t i = 0; i < domain->d; i++)
        if (is_free(domain, i, u))
            x[domain->coordinates[i].column] = descent->minimizer.trial[i] * domain->coordinates[i].length;
}

static void tell(const acquisition_search *search, gradient_descent *descent, double value, const double *by_column,
                 double *gradient) {
    const lw_domain *domain = search->domain;
    const double *u = search->points.u + descent->origin * domain->d;
    for (size_t i = 0; i < domain->d; i++)
        gradient[i] = is_free(domain, i, u)
                          ? -by_column[domain->coordinates[i].column] * domain->coordinates[i].length
                          : 0;
    descent->is_running = lw_minimizer_tell(&descent->minimizer, -value, gradient);
}

static int run_descents(acquisition_search *search, gradient_descent *descents, size_t n) {
    const size_t D = search->domain->D;
    double *room = lw_malloc((n * (2 * D + 1) + search->domain->d) * sizeof(double));
    if (!room)
        return LW_ENOMEM;
    double *x = room, *gradient = x + n * D, *value = gradient + n * D, *one = value + n;
    for (size_t n_running = 1; n_running > 0;) {
        n_running = 0;
        for (size_t k = 0; k < n; k++)
            if (descents[k].is_running)
                columns_of_trial(search, &descents[k], x + D * n_running++);
        if (n_running > 0)
            lw_acquisition_evaluate(search->acquisition, &search->stepping, n_running, x, value, gradient);
        size_t j = 0;
        for (size_t k = 0; k < n; k++)
            if (descents[k].is_running) {
                tell(search, &descents[k], value[j], gradient + j * D, one);
                j++;
            }
    }
    lw_free(room);
    return LW_OK;
}

/* Adds where a descent ended; or, if that is not allowed, a point on the way. */
static void add_end(acquisition_search *search, const gradient_descent *descent) {
    const lw_domain *domain = search->domain;
    for (double share = 1; share > 0.1; share *= 0.5) {
        double *u = behind_last(search);
        const double *from = search->points.u + descent->origin * domain->d;
        memcpy(u, from, domain->d * sizeof(double));
        for (size_t i = 0; i < domain->d; i++)
            if (is_free(domain, i, from))
                u[i] += share * (descent->minimizer.x[i] * domain->coordinates[i].length - from[i]);
        if (add_last(search))
            return;
    }
}

/* From n points of the list; where they end is appended to it. */
static int descend_from(acquisition_search *search, const size_t *origins, size_t n) {
    gradient_descent *descents = lw_calloc(n, sizeof *descents);
    int outcome = descents && reserve(search, search->points.n + n + 1) ? LW_OK : LW_ENOMEM;
    for (size_t k = 0; k < n && outcome == LW_OK; k++)
        outcome = start_descent(search, &descents[k], origins[k]);
    if (outcome == LW_OK)
        outcome = run_descents(search, descents, n);
    for (size_t k = 0; k < n && outcome == LW_OK; k++)
        add_end(search, &descents[k]);
    if (outcome == LW_OK)
        score(search);
    if (descents)
        release_descents(descents, n);
    lw_free(descents);
    return outcome;
}

/*
 * The best two, and others by chance, the better ones more likely: exp(standardised value), without replacement. keys
 * is room for n.
 */
static size_t choose_starts(acquisition_search *search, const ranked *order, size_t n, ranked *keys, size_t *starts) {
    size_t n_starts = search->settings->n_starts < n ? search->settings->n_starts : n, chosen = 0;
    double mean = 0, squares = 0;
    size_t n_finite = 0;
    for (size_t k = 0; k < n; k++)
        if (isfinite(order[k].value)) {
            double step = order[k].value - mean;
            mean += step / (double)++n_finite;
            squares += step * (order[k].value - mean);
        }
    double deviation = n_finite > 1 ? sqrt(squares / (double)n_finite) : 1;
    for (; chosen < n_starts && chosen < 2; chosen++)
        starts[chosen] = order[chosen].index;
    /* Gumbel keys: the largest of value + Gumbel noise are a sample without replacement (Vieira, 2014). */
    const size_t n_best = chosen;
    for (size_t k = n_best; k < n && chosen < n_starts; k++) {
        double standardised = deviation > 0 ? (order[k].value - mean) / deviation : 0;
        keys[k - n_best] =
            (ranked){standardised - log(-log(gsl_rng_uniform_pos(search->rng) * (1 - 1e-12))), order[k].index};
    }
    if (chosen < n_starts)
        qsort(keys, n - n_best, sizeof *keys, compare_ranked);
    for (; chosen < n_starts; chosen++)
        starts[chosen] = keys[chosen - n_best].index;
    return n_starts;
}

/* ---- discrete moves ---- */

static size_t n_moves(const lw_domain *domain) {
    size_t n = 0;
    for (size_t i = 0; i < domain->d; i++)
        n += domain->coordinates[i].levels ? domain->coordinates[i].n_levels
             : domain->coordinates[i].spacing > 0 ? 2 : 0;
    return n;
}

static void try_move(acquisition_search *search, size_t from, size_t i, double to) {
    const lw_domain *domain = search->domain;
    double *u = behind_last(search);
    memcpy(u, search->points.u + from * domain->d, domain->d * sizeof(double));
    if (u[i] == to)
        return;
    u[i] = to;
    add_last(search);
}

/* Everything that differs from a point in one value without a gradient. */
static void add_neighbours(acquisition_search *search, size_t from) {
    const lw_domain *domain = search->domain;
    for (size_t i = 0; i < domain->d; i++) {
        const lw_coordinate *coordinate = &domain->coordinates[i];
        double here = search->points.u[from * domain->d + i];
        if (isnan(here))
            continue;
        for (size_t k = 0; k < coordinate->n_levels; k++)
            try_move(search, from, i, coordinate->levels[k]);
        if (!coordinate->levels && coordinate->spacing > 0) {
            try_move(search, from, i, fmax(here - coordinate->spacing, 0));
            try_move(search, from, i, fmin(here + coordinate->spacing, 1));
        }
    }
}

/* Moves of the best points of the list, and descents from the best of what is better than they were. */
static int move_best(acquisition_search *search, size_t moves) {
    size_t n = search->points.n, origins[N_MOVERS], n_origins = 0;
    ranked *order = rank_points(search, 0);
    if (!order || !reserve(search, n + N_MOVERS * moves + 1)) {
        lw_free(order);
        return LW_ENOMEM;
    }
    for (size_t k = 0; k < N_MOVERS && k < n; k++)
        add_neighbours(search, order[k].index);
    score(search);
    double to_beat = n > 0 ? order[0].value : -HUGE_VAL;
    lw_free(order);
    if (search->points.n == n)
        return LW_OK;
    order = rank_points(search, n);
    if (!order)
        return LW_ENOMEM;
    while (n_origins < N_MOVERS && n_origins < search->points.n - n && order[n_origins].value > to_beat) {
        origins[n_origins] = order[n_origins].index;
        n_origins++;
    }
    lw_free(order);
    return n_origins > 0 ? descend_from(search, origins, n_origins) : LW_OK;
}

/* ---- all of it ---- */

static int prepare(acquisition_search *search) {
    const size_t n = search->settings->n_global + search->settings->n_local;
    if (!reserve(search, n + 1))
        return LW_ENOMEM;
    size_t n_steppers = search->settings->n_starts > N_MOVERS ? search->settings->n_starts : N_MOVERS;
    int outcome = lw_acquisition_room_init(&search->scoring, search->acquisition, CHUNK, false);
    if (outcome == LW_OK)
        outcome = lw_acquisition_room_init(&search->stepping, search->acquisition, n_steppers, true);
    return outcome;
}

static int descend_from_best(acquisition_search *search) {
    size_t n = search->points.n;
    if (n == 0 || search->settings->n_starts == 0)
        return LW_OK;
    ranked *order = rank_points(search, 0), *keys = lw_malloc(n * sizeof *keys);
    size_t *starts = lw_malloc(search->settings->n_starts * sizeof *starts);
    int outcome = order && keys && starts ? LW_OK : LW_ENOMEM;
    if (outcome == LW_OK)
        outcome = descend_from(search, starts, choose_starts(search, order, n, keys, starts));
    lw_free(order);
    lw_free(keys);
    lw_free(starts);
    return outcome;
}

static bool is_among(const lw_maxima *maxima, size_t d, const double *u) {
    for (size_t k = 0; k < maxima->n; k++) {
        size_t i = 0;
        while (i < d && (maxima->u[k * d + i] == u[i] || (isnan(maxima->u[k * d + i]) && isnan(u[i]))))
            i++;
        if (i == d)
            return true;
    }
    return false;
}

static int give_best(const acquisition_search *search, size_t n_wanted, lw_maxima *maxima) {
    const size_t d = search->domain->d, n = search->points.n;
    maxima->u = lw_calloc(n_wanted * d, sizeof(double));
    maxima->value = lw_calloc(n_wanted, sizeof(double));
    ranked *order = rank_points(search, 0);
    int outcome = maxima->u && maxima->value && order ? LW_OK : LW_ENOMEM;
    for (size_t k = 0; k < n && maxima->n < n_wanted && outcome == LW_OK; k++) {
        const double *u = search->points.u + order[k].index * d;
        if (is_among(maxima, d, u))
            continue;
        memcpy(maxima->u + maxima->n * d, u, d * sizeof(double));
        maxima->value[maxima->n++] = order[k].value;
    }
    lw_free(order);
    return outcome;
}

int lw_maximize(const lw_domain *domain, const lw_acquisition *acquisition, const lw_search_region *region,
                const lw_maximizer_settings *settings, gsl_rng *rng, uint64_t sobol_seed, size_t n_wanted,
                lw_maxima *maxima) {
    acquisition_search search = {domain, acquisition, region, settings, rng, {0}, {0}, {0}};
    memset(maxima, 0, sizeof *maxima);
    bool *is_changed = lw_calloc(domain->d, sizeof *is_changed);
    int outcome = is_changed ? prepare(&search) : LW_ENOMEM;
    if (outcome == LW_OK)
        outcome = add_global_candidates(&search, sobol_seed, is_changed);
    if (outcome == LW_OK) {
        add_local_candidates(&search, is_changed);
        score(&search);
        outcome = descend_from_best(&search);
    }
    size_t moves = n_moves(domain);
    for (size_t round = 0; round < settings->n_rounds && moves > 0 && outcome == LW_OK; round++)
        outcome = move_best(&search, moves);
    if (outcome == LW_OK)
        outcome = give_best(&search, n_wanted, maxima);
    lw_acquisition_room_release(&search.scoring);
    lw_acquisition_room_release(&search.stepping);
    lw_free(search.points.u);
    lw_free(search.points.x);
    lw_free(search.points.value);
    lw_free(is_changed);
    return outcome;
}

void lw_maxima_release(lw_maxima *maxima) {
    lw_free(maxima->u);
    lw_free(maxima->value);
    memset(maxima, 0, sizeof *maxima);
}
