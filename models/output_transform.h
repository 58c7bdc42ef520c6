/**
 * Monotone transforms of costs, so that a model with normal noise fits them: mean 0 and deviation 1 afterwards, and no
 * outlier that flattens the rest.
 */
#ifndef LABWATCH_OUTPUT_TRANSFORM_H
#define LABWATCH_OUTPUT_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>

typedef enum lw_transform_kind {
    LW_TRANSFORM_NONE,      /**< mean and deviation only */
    LW_TRANSFORM_WINSORIZE, /**< costs above q3 + 1.5 (q3 - q1) count as that (Tukey's fence) */
    LW_TRANSFORM_POWER,     /**< Box and Cox (1964) where all costs are positive, else Yeo and Johnson (2000), by
                                 maximum likelihood; as HEBO does (Cowen-Rivers et al., JAIR 74, 2022) */
    LW_TRANSFORM_RANK       /**< the worse half by its ranks, then a logarithm that stretches what is near the best; as
                                 in Song et al., The Vizier Gaussian process bandit algorithm (arXiv 2408.11527, 2024) */
} lw_transform_kind;

typedef enum lw_power { LW_POWER_NONE, LW_POWER_BOX_COX, LW_POWER_YEO_JOHNSON } lw_power;

/** What was done. */
typedef struct lw_output_transform {
    lw_transform_kind kind;
    double fence;          /**< of winsorize, which is done first, in units of 2^exponent; HUGE_VAL */
    int exponent;          /**< costs are then divided by 2^exponent: sums of squares stay finite */
    lw_power power;
    double lambda, scale;  /**< of power: costs are divided by scale first */
    double mean, deviation; /**< taken off last; deviation is 1 where all are equal */
} lw_output_transform;

/**
 * z (n) from finite costs y (n), which may be of any size. LW_OK or LW_ENOMEM. The order of y is kept, and equal costs
 * stay equal. O(n log n).
 */
int lw_output_transform_fit(lw_output_transform *transform, lw_transform_kind kind, size_t n, const double *y,
                            double *z);

/**
 * The cost of which value is the transform: finite, cut to the range of doubles. known (n) and z (n): the costs it was
 * fitted to, and their transforms; between them the inverse of `rank` is a straight line.
 */
double lw_output_transform_invert(const lw_output_transform *transform, double value, size_t n, const double *known,
                                  const double *z);

/** (y^lambda - 1) / lambda, and Yeo-Johnson's four branches, of one value. */
double lw_box_cox(double y, double lambda);
double lw_yeo_johnson(double y, double lambda);

/** The lambda in [-2, 2] that makes the transformed y (n) most normal, to about 1e-7. O(n) a hundred times. */
double lw_power_fit(lw_power power, size_t n, const double *y);

#endif
