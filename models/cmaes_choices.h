/**
 * The distribution of one categorical parameter beside that of the numbers: it moves towards the choices of the better
 * points, and keeps a margin for each choice (Hamano et al., CatCMA, GECCO 2024; Baluja, CMU-CS-94-163, 1994).
 */
#ifndef LABWATCH_CMAES_CHOICES_H
#define LABWATCH_CMAES_CHOICES_H

#include <stddef.h>

/** Every probability of p (K) is at least lowest (at most 1 / K) afterwards, and they sum to 1. */
void lw_cmaes_choices_keep(size_t K, double lowest, double *p);

/**
 * Moves p (K) by rate towards the shares that the choices have in the weights (N, sum at most 1); choice K or more of a
 * point means that it has none, and does not move it.
 */
void lw_cmaes_choices_update(size_t K, double rate, size_t N, const size_t *choice, const double *weights, double *p);

/** The choice at u in (0, 1). */
size_t lw_cmaes_choices_draw(size_t K, const double *p, double u);

#endif
