#include "forest.h"

#include <math.h>
#include <string.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

void lw_forest_release(lw_forest *forest) {
    lw_free(forest->n_levels);
    lw_free(forest->first);
    lw_free(forest->nodes);
    lw_free(forest->value);
    lw_free(forest->weight);
    memset(forest, 0, sizeof *forest);
}

/* ---- prediction ---- */

/* So many rows go down a tree side by side: one alone would wait for each node. */
enum { N_ABREAST = 8 };

static unsigned level_of(double x) {
    return isnan(x) ? LW_FOREST_INACTIVE : (unsigned)x;
}

static uint32_t next_of(const lw_forest *forest, const lw_forest_node *node, const double *x) {
    double value = x[node->feature];
    if (forest->has_levels && forest->n_levels[node->feature] > 0)
        return node->left + (uint32_t)(node->levels >> level_of(value) & 1);
    return node->left + (value > node->threshold);
}

/* The leaves (N_ABREAST at most) of n rows of X in a tree. */
static void descend(const lw_forest *forest, size_t tree, size_t n, const double *X, uint32_t *at) {
    bool has_moved = true;
    for (size_t i = 0; i < n; i++)
        at[i] = (uint32_t)forest->first[tree];
    while (has_moved) {
        has_moved = false;
        for (size_t i = 0; i < n; i++) {
            uint32_t next = next_of(forest, &forest->nodes[at[i]], X + i * forest->d);
            has_moved |= next != at[i];
            at[i] = next;
        }
    }
}

void lw_forest_predict_tree(const lw_forest *forest, size_t tree, size_t n, const double *X, double *value) {
    uint32_t at[N_ABREAST];
    for (size_t i = 0; i < n; i += N_ABREAST) {
        size_t m = n - i < N_ABREAST ? n - i : N_ABREAST;
        descend(forest, tree, m, X + i * forest->d, at);
        for (size_t k = 0; k < m; k++)
            value[i + k] = forest->value[at[k]];
    }
}

/* By the recurrence of Welford, Technometrics 4 (1962). */
void lw_forest_predict(const lw_forest *forest, size_t n, const double *X, double *mean, double *variance) {
    uint32_t at[N_ABREAST];
    memset(mean, 0, n * sizeof *mean);
    memset(variance, 0, n * sizeof *variance);
    for (size_t tree = 0; tree < forest->n_trees; tree++)
        for (size_t i = 0; i < n; i += N_ABREAST) {
            size_t m = n - i < N_ABREAST ? n - i : N_ABREAST;
            descend(forest, tree, m, X + i * forest->d, at);
            for (size_t k = 0; k < m; k++) {
                double value = forest->value[at[k]], step = value - mean[i + k];
                mean[i + k] += step / (double)(tree + 1);
                variance[i + k] += step * (value - mean[i + k]);
            }
        }
    for (size_t i = 0; i < n; i++)
        variance[i] /= (double)forest->n_trees;
}

void lw_forest_add(lw_forest *forest, const double *x, double y, double weight) {
    for (size_t tree = 0; tree < forest->n_trees; tree++) {
        uint32_t at;
        descend(forest, tree, 1, x, &at);
        forest->weight[at] += weight;
        forest->value[at] += (y - forest->value[at]) * weight / forest->weight[at];
    }
}

/* ---- leaves ---- */

typedef struct walk {
    const lw_forest *forest;
    double *lower, *upper;
    uint64_t *levels;
    lw_forest_leaf_fn *visit;
    void *arg;
} walk;

static void walk_node(walk *w, uint32_t index);

static void walk_levels(walk *w, const lw_forest_node *node) {
    uint64_t *levels = &w->levels[node->feature], before = *levels;
    *levels = before & ~node->levels;
    walk_node(w, node->left);
    *levels = before & node->levels;
    walk_node(w, node->left + 1);
    *levels = before;
}

static void walk_numbers(walk *w, const lw_forest_node *node) {
    double *lower = &w->lower[node->feature], *upper = &w->upper[node->feature];
    uint64_t *levels = &w->levels[node->feature];
    const double lower_before = *lower, upper_before = *upper;
    const uint64_t levels_before = *levels;
    *upper = fmin(*upper, node->threshold);
    walk_node(w, node->left);
    *upper = upper_before;
    *lower = fmax(*lower, node->threshold);
    *levels &= ~(UINT64_C(1) << LW_FOREST_INACTIVE);
    walk_node(w, node->left + 1);
    *lower = lower_before;
    *levels = levels_before;
}

static void walk_node(walk *w, uint32_t index) {
    const lw_forest *forest = w->forest;
    const lw_forest_node *node = &forest->nodes[index];
    if (node->left == index)
        w->visit(w->arg, &(lw_forest_leaf){w->lower, w->upper, w->levels, forest->value[index], forest->weight[index]});
    else if (forest->n_levels[node->feature] > 0)
        walk_levels(w, node);
    else
        walk_numbers(w, node);
}

int lw_forest_each_leaf(const lw_forest *forest, size_t tree, lw_forest_leaf_fn *visit, void *arg) {
    const size_t d = forest->d;
    double *bounds = lw_malloc(2 * d * sizeof *bounds);
    uint64_t *levels = lw_malloc(d * sizeof *levels);
    if (bounds && levels) {
        walk w = {forest, bounds, bounds + d, levels, visit, arg};
        for (size_t j = 0; j < d; j++) {
            w.lower[j] = -HUGE_VAL;
            w.upper[j] = HUGE_VAL;
            const uint64_t all = forest->n_levels[j] > 0 ? (UINT64_C(1) << forest->n_levels[j]) - 1 : 0;
            w.levels[j] = all | UINT64_C(1) << LW_FOREST_INACTIVE;
        }
        walk_node(&w, (uint32_t)forest->first[tree]);
    }
    int outcome = bounds && levels ? LW_OK : LW_ENOMEM;
    lw_free(bounds);
    lw_free(levels);
    return outcome;
}
