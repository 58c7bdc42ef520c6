/**
 * Random regression forests: trees that split a space of numbers and levels into boxes, each with a mean (Breiman,
 * Random forests, Machine Learning 45, 2001), and what the trees disagree on as the uncertainty (Hutter, Hoos and
 * Leyton-Brown, Sequential model-based optimization for general algorithm configuration, LION 2011).
 *
 *     lw_forest forest;
 *     if (lw_forest_fit(&forest, &features, &data, &settings) == LW_OK)
 *         lw_forest_predict(&forest, n, X, mean, variance);
 *     lw_forest_release(&forest);
 *
 * A forest follows from the data as a set of rows and from the settings: the order of the rows makes no difference.
 */
#ifndef LABWATCH_FOREST_H
#define LABWATCH_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LW_FOREST_MAX_LEVELS = 63,
    LW_FOREST_INACTIVE = 63, /**< bit of a set of levels: there is no value */
    LW_FOREST_MAX_DEPTH = 64
};

/** The columns of X. A value is a number, or a level 0 … n_levels - 1; NaN where there is none. */
typedef struct lw_forest_features {
    size_t d;                /**< > 0 */
    const uint8_t *n_levels; /**< d: 0 for numbers; at most LW_FOREST_MAX_LEVELS. NULL: numbers only */
} lw_forest_features;

/** What a forest is fitted to. Borrowed for the call. */
typedef struct lw_forest_data {
    size_t n;             /**< > 0, < 2^31 */
    const double *X;      /**< n x d, by rows */
    const double *y;      /**< n: finite, with squares whose sum is */
    const double *weight; /**< n: > 0, in repeats of a row; NULL: 1 each */
    const int64_t *id;    /**< n, all different: what chance goes by; NULL: 0 … n - 1 */
} lw_forest_data;

typedef struct lw_forest_settings {
    size_t n_trees;           /**< > 0 */
    double ratio_features;    /**< share of the features, drawn at random, that a split chooses among: at least one */
    double min_samples_split; /**< what weighs less is not split */
    double min_samples_leaf;  /**< nor into parts that weigh less */
    size_t max_depth;         /**< at most LW_FOREST_MAX_DEPTH */
    bool bootstrap;           /**< each tree sees each row as often as a Poisson variable of mean 1 says */
    bool random_thresholds;   /**< a threshold lies anywhere between two neighbours; else in their middle */
    uint64_t seed;
} lw_forest_settings;

/**
 * Right goes a number above the threshold, or a level in the set; NaN goes left, or as its bit in the set says. In a
 * leaf nothing goes right, and left is the leaf itself.
 */
typedef struct lw_forest_node {
    union {
        double threshold; /**< -HUGE_VAL: right goes whatever has a value */
        uint64_t levels;
    };
    uint32_t feature; /**< 0 in a leaf */
    uint32_t left;    /**< the right one stands behind it */
} lw_forest_node;

/** One array for all trees: tree t's nodes begin with its root, first[t]. */
typedef struct lw_forest {
    size_t d, n_trees, n_nodes;
    bool has_levels;
    uint8_t *n_levels;     /**< d */
    size_t *first;         /**< n_trees */
    lw_forest_node *nodes; /**< n_nodes */
    double *value;         /**< n_nodes: mean of what the tree saw in it */
    double *weight;        /**< n_nodes: how much that was */
} lw_forest;

/**
 * Fits a forest. A split is the one that leaves the smallest sum of squares; of levels those with the lower means go
 * left (Fisher, JASA 53, 1958), and one that was not seen goes right with the probability that one that was seen does.
 * LW_OK or LW_ENOMEM; release it in either case. O(n_trees d n log n).
 */
int lw_forest_fit(lw_forest *forest, const lw_forest_features *features, const lw_forest_data *data,
                  const lw_forest_settings *settings);
/** Accepts a zeroed one. */
void lw_forest_release(lw_forest *forest);

/** Mean and population variance over the trees (n each) at the rows of X (n x d). */
void lw_forest_predict(const lw_forest *forest, size_t n, const double *X, double *mean, double *variance);

/** The value of one tree at the rows of X (n x d). */
void lw_forest_predict_tree(const lw_forest *forest, size_t tree, size_t n, const double *X, double *value);

/** Adds an observation to the leaf of x (d) in every tree, whose boxes stay as they are. */
void lw_forest_add(lw_forest *forest, const double *x, double y, double weight);

/** A leaf and its box: numbers in (lower, upper], levels in the set. */
typedef struct lw_forest_leaf {
    const double *lower, *upper; /**< d: infinite where nothing bounds it; numbers only */
    const uint64_t *levels;      /**< d: bit of each level inside; of numbers only LW_FOREST_INACTIVE means anything */
    double value, weight;
} lw_forest_leaf;

/** Visits the leaves of a tree, whose boxes fill the space without overlapping. LW_OK or LW_ENOMEM. */
typedef void lw_forest_leaf_fn(void *arg, const lw_forest_leaf *leaf);
int lw_forest_each_leaf(const lw_forest *forest, size_t tree, lw_forest_leaf_fn *visit, void *arg);

#endif
