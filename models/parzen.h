/**
 * Parzen estimators of a density over numbers, levels and choices: a mixture with one kernel for each observation,
 * which is a product over the columns, and one as wide as the space, the prior's.
 *
 *   numbers  x in [0, 1]; a normal density that is cut to [0, 1]
 *   levels   the number of a level; each has a cell in [0, 1], and its probability is the mass of a cut normal density
 *            there
 *   choices  the number of a choice; the observed one is likelier, the others are as the prior has them
 *
 * Bergstra, Bardenet, Bengio and Kegl, Algorithms for hyper-parameter optimization, NeurIPS 2011; kernels over all
 * columns together: Falkner, Klein and Hutter, BOHB, ICML 2018.
 */
#ifndef LABWATCH_PARZEN_H
#define LABWATCH_PARZEN_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

#include "parzen_width.h"

typedef enum lw_parzen_kind { LW_PARZEN_NUMBERS, LW_PARZEN_LEVELS, LW_PARZEN_CHOICES } lw_parzen_kind;

typedef struct lw_parzen_column {
    lw_parzen_kind kind;
    size_t n_levels;    /**< levels and choices: how many; of levels at most LW_PARZEN_MAX_LEVELS */
    const double *ends; /**< the same: n_levels + 1 of them, from 0 to 1; number k has the cell from ends[k] to
                             ends[k + 1], which is as wide as its prior probability, above 0 */
} lw_parzen_column;

/** The level, or choice, in whose cell u lies. */
size_t lw_parzen_level_at(const lw_parzen_column *column, double u);

/** Zero-initialise it. */
typedef struct lw_parzen {
    const lw_parzen_column *columns; /**< borrowed */
    size_t d;           /**< columns */
    size_t n;           /**< kernels: one for each observation, and behind them the prior's */
    size_t capacity, room_d;
    double *value;      /**< d x n: where kernels are */
    double *inverse;    /**< d x n: 1 / deviation of kernels, for numbers and levels */
    double *log_factor; /**< n: logarithm of what a kernel's densities of numbers are multiplied by */
    double *log_weight; /**< n: of the kernels; the weights sum to 1 */
    double *cumulative; /**< n: weights, added up */
    double *terms;      /**< n: room */
    double narrowest;   /**< no deviation is below it */
    double prior_share; /**< choices: what the prior is worth within each kernel */
} lw_parzen;

/**
 * Room for n observations in d columns. Then n is the number of kernels, value[j n + i], i < n - 1, are to be filled
 * in, and lw_parzen_fit and lw_parzen_weigh finish it. LW_OK or LW_ENOMEM.
 */
int lw_parzen_reserve(lw_parzen *parzen, const lw_parzen_column *columns, size_t d, size_t n);

/**
 * Chooses the deviations: in each column a kernel reaches to the farther of its two neighbours, but no deviation is
 * below narrowest, which is between 0 and 1. prior_weight: what the prior counts for within each kernel over choices,
 * an observation being 1. O(n d).
 */
void lw_parzen_fit(lw_parzen *parzen, double narrowest, double prior_weight);

/** Gives weights (n, of kernels) to the kernels; they need not sum to 1, and may be 0 but for the prior's. O(n). */
void lw_parzen_weigh(lw_parzen *parzen, const double *weight);

/** Accepts a zeroed one. */
void lw_parzen_release(lw_parzen *parzen);

/** Draws x (d). */
void lw_parzen_draw(const lw_parzen *parzen, gsl_rng *rng, double *x);

/**
 * Logarithms of the density at m points: x (m x d), out (m). width (m x d, or NULL): where a number is one of so many
 * that its column counts as continuous, how wide its cell is; the density is then the mean over the cell. O(m n d).
 */
void lw_parzen_log_density(const lw_parzen *parzen, size_t m, const double *x, const double *width, double *out);

/** Logarithms of all kernels' densities, without their weights, at one point: x (d), width (d or NULL), out (n). */
void lw_parzen_log_kernels(const lw_parzen *parzen, const double *x, const double *width, double *out);

#endif
