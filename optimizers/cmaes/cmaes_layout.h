/**
 * Which parameters CMA-ES treats as numbers, and which as choices.
 *
 *   float, integer, Gaussian, ordinal  a column of the normal distribution: the coordinate. Few levels are cells
 *   categorical                        a distribution over the choices
 */
#ifndef LABWATCH_OPTIMIZERS_CMAES_LAYOUT_H
#define LABWATCH_OPTIMIZERS_CMAES_LAYOUT_H

#include <labwatch/config.h>

/** More levels than that are searched as if there were no steps between them. */
enum { LW_CMAES_MAX_LEVELS = 256 };

typedef struct lw_cmaes_column {
    size_t parameter;
    size_t n_levels;   /**< 0: practically continuous */
    double *edge;      /**< n_levels - 1: coordinate between level k and k + 1 */
} lw_cmaes_column;

typedef struct lw_cmaes_choice {
    size_t parameter, K; /**< K choices */
    size_t first;        /**< of its probabilities among all */
    double lowest;       /**< no choice becomes less probable */
} lw_cmaes_choice;

typedef struct lw_cmaes_layout {
    const lw_space *space;    /**< borrowed */
    size_t d;                 /**< parameters */
    size_t n;                 /**< columns */
    size_t n_continuous;      /**< columns without levels */
    size_t n_choices;         /**< categorical parameters */
    size_t n_p;               /**< probabilities of all of them */
    lw_cmaes_column *columns;
    lw_cmaes_choice *choices;
    double *edges;            /**< what columns point to */
} lw_cmaes_layout;

/** LW_OK or LW_ENOMEM; release it in either case. */
int lw_cmaes_layout_init(lw_cmaes_layout *layout, const lw_space *space, lw_error *error);
/** Accepts a zeroed one. */
void lw_cmaes_layout_release(lw_cmaes_layout *layout);

/**
 * The ends of the cell in which column has the coordinate; infinite where there is no further cell. Only with levels.
 */
void lw_cmaes_cell(const lw_cmaes_column *column, double coordinate, double *lower, double *upper);

#endif
