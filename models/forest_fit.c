#include "forest.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

/* ---- chance: a generator that costs next to nothing (Steele, Lea and Flood, OOPSLA 2014) ---- */

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t draw(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15u;
    return mix(*state);
}

static double to_uniform(uint64_t bits) {
    return (double)(bits >> 11) * 0x1p-53;
}

/* How often a tree sees a row: Poisson with mean 1. */
static double n_repeats(uint64_t tree_seed, int64_t id) {
    double u = to_uniform(mix(tree_seed ^ mix((uint64_t)id * 0x9e3779b97f4a7c15u))), p = 0.36787944117144233;
    unsigned k = 0;
    for (; u >= p && k < 16; k++) {
        u -= p;
        p /= k + 1;
    }
    return k;
}

/* ---- what is fitted to ---- */

/* A part of a tree's rows, the same places in the order of every feature. */
typedef struct part {
    size_t begin, end;
    size_t depth;
    uint32_t node;
} part;

typedef struct split {
    double gain; /* what all the same gains over no split; negative: there is none */
    size_t feature;
    lw_forest_node node;
} split;

/* Rows are numbered in the order of their ids. */
typedef struct fitting {
    const lw_forest_settings *settings;
    lw_forest *forest;
    size_t n, d, n_tried;
    size_t capacity;     /* nodes */
    double *columns;     /* d x n: X, by columns */
    double *y;           /* n: less their mean */
    double *given;       /* n: weights */
    int64_t *id;         /* n */
    double mean;
    uint32_t *sorted;    /* d x n: rows by the value of each feature, NaN first */
    /* of one tree */
    uint64_t random;
    double *w, *wy;      /* n: weights, weighted y */
    size_t m;            /* rows it sees */
    uint32_t *order;     /* d x n: as sorted, the m rows only */
    uint32_t *aside;     /* n: room for a part */
    uint8_t *goes_right; /* n */
    size_t *shuffled;    /* d: features */
    part *parts;         /* yet to be looked at */
    size_t n_parts, parts_capacity;
} fitting;

typedef struct keyed_row {
    double value;
    uint32_t row;
} keyed_row;

/* NaN first, equal values in the order of the rows. */
static int compare_rows(const void *a, const void *b) {
    const keyed_row *x = a, *y = b;
    bool x_lacks = isnan(x->value), y_lacks = isnan(y->value);
    if (x_lacks != y_lacks)
        return x_lacks ? -1 : 1;
    if (!x_lacks && x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

typedef struct keyed_id {
    int64_t id;
    uint32_t row;
} keyed_id;

static int compare_ids(const void *a, const void *b) {
    const keyed_id *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void copy_rows(fitting *f, const lw_forest_data *data, keyed_id *rows) {
    bool is_sorted = true;
    for (size_t i = 0; i < f->n; i++) {
        rows[i] = (keyed_id){data->id ? data->id[i] : (int64_t)i, (uint32_t)i};
        is_sorted = is_sorted && (i == 0 || rows[i - 1].id < rows[i].id);
    }
    if (!is_sorted)
        qsort(rows, f->n, sizeof *rows, compare_ids);
    double sum = 0, weight = 0;
    for (size_t i = 0; i < f->n; i++) {
        size_t row = rows[i].row;
        f->id[i] = rows[i].id;
        f->y[i] = data->y[row];
        f->given[i] = data->weight ? data->weight[row] : 1;
        sum += f->given[i] * f->y[i];
        weight += f->given[i];
        for (size_t j = 0; j < f->d; j++)
            f->columns[j * f->n + i] = data->X[row * f->d + j];
    }
    f->mean = sum / weight;
    for (size_t i = 0; i < f->n; i++)
        f->y[i] -= f->mean;
}

static void sort_rows(fitting *f, keyed_row *rows) {
    for (size_t j = 0; j < f->d; j++) {
        for (size_t i = 0; i < f->n; i++)
            rows[i] = (keyed_row){f->columns[j * f->n + i], (uint32_t)i};
        qsort(rows, f->n, sizeof *rows, compare_rows);
        for (size_t i = 0; i < f->n; i++)
            f->sorted[j * f->n + i] = rows[i].row;
    }
}

static int prepare(fitting *f, const lw_forest_data *data) {
    const size_t n = f->n, d = f->d;
    f->columns = lw_malloc(n * d * sizeof(double));
    f->y = lw_malloc(4 * n * sizeof(double));
    f->id = lw_malloc(n * sizeof *f->id);
    f->sorted = lw_malloc(2 * n * d * sizeof *f->sorted);
    f->aside = lw_malloc(n * sizeof *f->aside);
    f->goes_right = lw_malloc(n);
    f->shuffled = lw_malloc(d * sizeof *f->shuffled);
    keyed_row *rows = lw_malloc(n * sizeof *rows);
    keyed_id *ids = lw_malloc(n * sizeof *ids);
    bool is_ready = f->columns && f->y && f->id && f->sorted && f->aside && f->goes_right && f->shuffled && rows && ids;
    if (is_ready) {
        f->given = f->y + n;
        f->w = f->y + 2 * n;
        f->wy = f->y + 3 * n;
        f->order = f->sorted + n * d;
        copy_rows(f, data, ids);
        sort_rows(f, rows);
    }
    lw_free(rows);
    lw_free(ids);
    return is_ready ? LW_OK : LW_ENOMEM;
}

static void release_fitting(fitting *f) {
    lw_free(f->columns);
    lw_free(f->y);
    lw_free(f->id);
    lw_free(f->sorted);
    lw_free(f->aside);
    lw_free(f->goes_right);
    lw_free(f->shuffled);
    lw_free(f->parts);
}

/* ---- splits ---- */

/* Sums over a part. */
typedef struct sums {
    double w, wy;
} sums;

/* What a split into a left part and the rest leaves less of the sum of squares, but for what is the same for all. */
static double gain_of(sums all, sums left) {
    double w = all.w - left.w, wy = all.wy - left.wy;
    return left.wy * left.wy / left.w + wy * wy / w;
}

static bool is_heavy_enough(const fitting *f, sums all, sums left) {
    const double least = f->settings->min_samples_leaf;
    return left.w >= least && all.w - left.w >= least && left.w > 0 && all.w - left.w > 0;
}

static double threshold_between(fitting *f, double a, double b) {
    if (isnan(a))
        return -HUGE_VAL;
    double share = f->settings->random_thresholds ? to_uniform(draw(&f->random)) : 0.5;
    double threshold = a * (1 - share) + b * share;
    return threshold >= a && threshold < b ? threshold : a;
}

static void try_number(fitting *f, const part *p, size_t feature, sums all, split *best) {
    const uint32_t *order = f->order + feature * f->n;
    const double *x = f->columns + feature * f->n;
    sums left = {0, 0};
    size_t at = SIZE_MAX;
    double gain = best->gain;
    for (size_t i = p->begin; i + 1 < p->end; i++) {
        uint32_t row = order[i];
        left.w += f->w[row];
        left.wy += f->wy[row];
        double here = x[row], next = x[order[i + 1]];
        if (here == next || isnan(next) || !is_heavy_enough(f, all, left))
            continue;
        double found = gain_of(all, left);
        if (found > gain) {
            gain = found;
            at = i;
        }
    }
    if (at == SIZE_MAX)
        return;
    best->gain = gain;
    best->feature = feature;
    best->node.threshold = threshold_between(f, x[order[at]], x[order[at + 1]]);
}

typedef struct level_sums {
    unsigned level;
    sums sums;
} level_sums;

static int compare_level_means(const void *a, const void *b) {
    const level_sums *x = a, *y = b;
    double difference = x->sums.wy / x->sums.w - y->sums.wy / y->sums.w;
    if (difference != 0)
        return difference < 0 ? -1 : 1;
    return (x->level > y->level) - (x->level < y->level);
}

static unsigned level_of(double x) {
    return isnan(x) ? LW_FOREST_INACTIVE : (unsigned)x;
}

/* The levels that a part has. Returns how many. */
static size_t sum_levels(const fitting *f, const part *p, size_t feature, level_sums *levels) {
    const uint32_t *order = f->order + feature * f->n;
    size_t n = 0;
    for (size_t i = p->begin; i < p->end; i++) {
        unsigned level = level_of(f->columns[feature * f->n + order[i]]);
        if (n == 0 || levels[n - 1].level != level)
            levels[n++] = (level_sums){.level = level};
        levels[n - 1].sums.w += f->w[order[i]];
        levels[n - 1].sums.wy += f->wy[order[i]];
    }
    return n;
}

/* The levels behind the first n_left of n, and of those that were not seen as large a share. */
static uint64_t right_levels(fitting *f, size_t feature, const level_sums *levels, size_t n, size_t n_left) {
    const double share = (double)(n - n_left) / (double)n;
    uint64_t seen = 0, right = 0;
    for (size_t k = 0; k < n; k++) {
        seen |= UINT64_C(1) << levels[k].level;
        right |= k >= n_left ? UINT64_C(1) << levels[k].level : 0;
    }
    for (unsigned level = 0; level <= LW_FOREST_INACTIVE; level++) {
        bool is_there = level < f->forest->n_levels[feature] || level == LW_FOREST_INACTIVE;
        if (is_there && !(seen >> level & 1) && to_uniform(draw(&f->random)) < share)
            right |= UINT64_C(1) << level;
    }
    return right;
}

static void try_levels(fitting *f, const part *p, size_t feature, sums all, split *best) {
    level_sums levels[LW_FOREST_MAX_LEVELS + 1];
    size_t n = sum_levels(f, p, feature, levels), n_left = 0;
    qsort(levels, n, sizeof *levels, compare_level_means);
    sums left = {0, 0};
    for (size_t k = 0; k + 1 < n; k++) {
        left.w += levels[k].sums.w;
        left.wy += levels[k].sums.wy;
        if (!is_heavy_enough(f, all, left))
            continue;
        double found = gain_of(all, left);
        if (found > best->gain) {
            best->gain = found;
            n_left = k + 1;
        }
    }
    if (n_left == 0)
        return;
    best->feature = feature;
    best->node.levels = right_levels(f, feature, levels, n, n_left);
}

/* The first n_tried places get features at random, in a random order: of equally good splits the first one is taken. */
static void shuffle_features(fitting *f) {
    for (size_t j = 0; j < f->n_tried; j++) {
        size_t k = j + (size_t)((draw(&f->random) >> 32) * (f->d - j) >> 32);
        size_t feature = f->shuffled[k];
        f->shuffled[k] = f->shuffled[j];
        f->shuffled[j] = feature;
    }
}

static split find_split(fitting *f, const part *p, sums all) {
    split best = {.gain = all.wy * all.wy / all.w};
    best.gain += 1e-12 * fabs(best.gain); /* rounding is no gain */
    best.feature = SIZE_MAX;
    shuffle_features(f);
    for (size_t j = 0; j < f->n_tried; j++) {
        size_t feature = f->shuffled[j];
        if (f->forest->n_levels[feature] > 0)
            try_levels(f, p, feature, all, &best);
        else
            try_number(f, p, feature, all, &best);
    }
    return best;
}

/* ---- trees ---- */

static bool is_right(const lw_forest *forest, const lw_forest_node *node, double x) {
    return forest->n_levels[node->feature] > 0 ? node->levels >> level_of(x) & 1 : x > node->threshold;
}

/* Brings the left rows of a part before the right ones, in the order of each feature. Returns where these begin. */
static size_t divide(fitting *f, const part *p, const lw_forest_node *node) {
    const double *x = f->columns + node->feature * f->n;
    const uint32_t *rows = f->order + node->feature * f->n;
    for (size_t i = p->begin; i < p->end; i++)
        f->goes_right[rows[i]] = is_right(f->forest, node, x[rows[i]]);
    size_t middle = p->begin;
    for (size_t j = 0; j < f->d; j++) {
        uint32_t *order = f->order + j * f->n;
        size_t n_left = p->begin, n_right = 0;
        for (size_t i = p->begin; i < p->end; i++) {
            uint32_t row = order[i];
            bool goes_right = f->goes_right[row];
            order[n_left] = row;
            f->aside[n_right] = row;
            n_left += !goes_right;
            n_right += goes_right;
        }
        memcpy(order + n_left, f->aside, n_right * sizeof *order);
        middle = n_left;
    }
    return middle;
}

static sums sum_part(const fitting *f, const part *p) {
    sums all = {0, 0};
    for (size_t i = p->begin; i < p->end; i++) {
        all.w += f->w[f->order[i]];
        all.wy += f->wy[f->order[i]];
    }
    return all;
}

static bool all_equal(const fitting *f, const part *p) {
    const double first = f->y[f->order[p->begin]];
    for (size_t i = p->begin + 1; i < p->end; i++)
        if (fabs(f->y[f->order[i]] - first) > 1e-12 * (fabs(first) + fabs(f->mean)))
            return false;
    return true;
}

static bool add_nodes(fitting *f, size_t n) {
    lw_forest *forest = f->forest;
    if (forest->n_nodes + n > f->capacity) {
        size_t capacity = 2 * f->capacity + 64;
        lw_forest_node *nodes = lw_reallocarray(forest->nodes, capacity, sizeof *nodes);
        forest->nodes = nodes ? nodes : forest->nodes;
        double *value = lw_reallocarray(forest->value, capacity, sizeof *value);
        forest->value = value ? value : forest->value;
        double *weight = lw_reallocarray(forest->weight, capacity, sizeof *weight);
        forest->weight = weight ? weight : forest->weight;
        if (!nodes || !value || !weight)
            return false;
        f->capacity = capacity;
    }
    forest->n_nodes += n;
    return true;
}

static bool push(fitting *f, part p) {
    if (!lw_array_reserve(&f->parts, &f->parts_capacity, f->n_parts, sizeof *f->parts))
        return false;
    f->parts[f->n_parts++] = p;
    return true;
}

static lw_forest_node leaf_node(const lw_forest *forest, uint32_t index) {
    if (forest->n_levels[0] > 0)
        return (lw_forest_node){.levels = 0, .left = index};
    return (lw_forest_node){.threshold = HUGE_VAL, .left = index};
}

/* Makes a node of a part, and leaves its two parts to be looked at if it has any. */
static int grow_node(fitting *f, part p) {
    lw_forest *forest = f->forest;
    sums all = sum_part(f, &p);
    forest->nodes[p.node] = leaf_node(forest, p.node);
    forest->value[p.node] = f->mean + all.wy / all.w;
    forest->weight[p.node] = all.w;
    if (p.end - p.begin < 2 || all.w < f->settings->min_samples_split || p.depth >= f->settings->max_depth ||
        all_equal(f, &p))
        return LW_OK;
    split best = find_split(f, &p, all);
    if (best.feature == SIZE_MAX)
        return LW_OK;
    best.node.feature = (uint32_t)best.feature;
    best.node.left = (uint32_t)forest->n_nodes;
    if (!add_nodes(f, 2))
        return LW_ENOMEM;
    forest->nodes[p.node] = best.node;
    size_t middle = divide(f, &p, &best.node);
    bool is_pushed = push(f, (part){middle, p.end, p.depth + 1, best.node.left + 1}) &&
                     push(f, (part){p.begin, middle, p.depth + 1, best.node.left});
    return is_pushed ? LW_OK : LW_ENOMEM;
}

/* Which rows a tree sees, and how often. */
static void sample_rows(fitting *f, uint64_t tree_seed) {
    f->m = 0;
    for (size_t i = 0; i < f->n; i++) {
        f->w[i] = f->given[i] * (f->settings->bootstrap ? n_repeats(tree_seed, f->id[i]) : 1);
        f->m += f->w[i] > 0;
    }
    if (f->m == 0) {
        memcpy(f->w, f->given, f->n * sizeof *f->w);
        f->m = f->n;
    }
    for (size_t i = 0; i < f->n; i++)
        f->wy[i] = f->w[i] * f->y[i];
    for (size_t j = 0; j < f->d; j++) {
        size_t m = 0;
        for (size_t i = 0; i < f->n; i++) {
            uint32_t row = f->sorted[j * f->n + i];
            f->order[j * f->n + m] = row;
            m += f->w[row] > 0;
        }
        f->shuffled[j] = j;
    }
}

static int grow_tree(fitting *f, size_t tree) {
    uint64_t tree_seed = mix(f->settings->seed + mix(tree + 1));
    f->random = tree_seed;
    sample_rows(f, draw(&f->random));
    f->forest->first[tree] = f->forest->n_nodes;
    f->n_parts = 0;
    if (!add_nodes(f, 1) || !push(f, (part){0, f->m, 0, (uint32_t)f->forest->first[tree]}))
        return LW_ENOMEM;
    int outcome = LW_OK;
    while (f->n_parts > 0 && outcome == LW_OK)
        outcome = grow_node(f, f->parts[--f->n_parts]);
    return outcome;
}

static int prepare_forest(lw_forest *forest, const lw_forest_features *features, size_t n_trees) {
    *forest = (lw_forest){.d = features->d, .n_trees = n_trees};
    forest->n_levels = lw_calloc(features->d, 1);
    forest->first = lw_calloc(n_trees, sizeof *forest->first);
    if (!forest->n_levels || !forest->first)
        return LW_ENOMEM;
    for (size_t j = 0; features->n_levels && j < features->d; j++) {
        forest->n_levels[j] = features->n_levels[j];
        forest->has_levels = forest->has_levels || features->n_levels[j] > 0;
    }
    return LW_OK;
}

int lw_forest_fit(lw_forest *forest, const lw_forest_features *features, const lw_forest_data *data,
                  const lw_forest_settings *settings) {
    double n_tried = ceil(settings->ratio_features * (double)features->d);
    fitting f = {
        .settings = settings,
        .forest = forest,
        .n = data->n,
        .d = features->d,
        .n_tried = n_tried < 1 ? 1 : n_tried > (double)features->d ? features->d : (size_t)n_tried,
    };
    int outcome = prepare_forest(forest, features, settings->n_trees);
    if (outcome == LW_OK)
        outcome = prepare(&f, data);
    for (size_t tree = 0; tree < settings->n_trees && outcome == LW_OK; tree++)
        outcome = grow_tree(&f, tree);
    release_fitting(&f);
    return outcome;
}
