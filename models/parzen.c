#include "parzen.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

#include "vector_exp.h"

/* ---- life ---- */

void lw_parzen_release(lw_parzen *parzen) {
    lw_free(parzen->value);
    lw_free(parzen->inverse);
    lw_free(parzen->log_factor);
    memset(parzen, 0, sizeof *parzen);
}

int lw_parzen_reserve(lw_parzen *parzen, const lw_parzen_column *columns, size_t d, size_t n) {
    if (n + 1 > parzen->capacity || d > parzen->room_d) {
        size_t capacity = n + 1 + n / 2;
        lw_parzen_release(parzen);
        parzen->value = lw_calloc(d * capacity, sizeof(double));
        parzen->inverse = lw_calloc(d * capacity, sizeof(double));
        parzen->log_factor = lw_calloc(4 * capacity, sizeof(double));
        if (!parzen->value || !parzen->inverse || !parzen->log_factor)
            return LW_ENOMEM;
        parzen->capacity = capacity;
        parzen->room_d = d;
        parzen->log_weight = parzen->log_factor + capacity;
        parzen->cumulative = parzen->log_weight + capacity;
        parzen->terms = parzen->cumulative + capacity;
    }
    parzen->columns = columns;
    parzen->d = d;
    parzen->n = n + 1;
    return LW_OK;
}

/* ---- fitting ---- */

/* Beyond so many deviations the normal distribution has no mass that a double would miss. */
static const double farthest = 8.3;

/* The mass in [0, 1] of a normal distribution whose mean lies there. */
static double mass_inside(double mean, double inverse) {
    double left = mean * inverse, right = (1 - mean) * inverse;
    double below = left > farthest ? 1 : erf(left * M_SQRT1_2);
    double above = right > farthest ? 1 : erf(right * M_SQRT1_2);
    return 0.5 * (below + above);
}

/* The middle of a level's cell; of the whole for the prior, which has no level. */
static double centre_of(const lw_parzen_column *column, double level) {
    if (level < 0)
        return 0.5;
    return 0.5 * (column->ends[(size_t)level] + column->ends[(size_t)level + 1]);
}

/*
 * Takes off the logarithms of what densities of numbers are divided by; a few columns at a time, products stay finite.
 */
static void take_off_masses(lw_parzen *parzen) {
    enum { AT_A_TIME = 16 };
    const size_t n = parzen->n;
    static const double root_two_pi = 2.50662827463100050242;
    double *product = parzen->terms;
    size_t n_pending = 0;
    for (size_t j = 0; j <= parzen->d; j++) {
        if (n_pending == AT_A_TIME || (j == parzen->d && n_pending > 0)) {
            for (size_t i = 0; i < n; i++)
                parzen->log_factor[i] -= log(product[i]);
            n_pending = 0;
        }
        if (j == parzen->d || parzen->columns[j].kind != LW_PARZEN_NUMBERS)
            continue;
        const double *value = parzen->value + j * n, *inverse = parzen->inverse + j * n;
        for (size_t i = 0; i < n; i++) {
            double divisor = root_two_pi * mass_inside(value[i], inverse[i]) / inverse[i];
            product[i] = n_pending == 0 ? divisor : product[i] * divisor;
        }
        n_pending++;
    }
}

/* The prior's kernel is as wide as the space, around its middle. Among levels and choices it has no place. */
static void place_prior(lw_parzen *parzen) {
    const size_t n = parzen->n;
    for (size_t j = 0; j < parzen->d; j++) {
        parzen->value[j * n + n - 1] = parzen->columns[j].kind == LW_PARZEN_NUMBERS ? 0.5 : -1;
        parzen->inverse[j * n + n - 1] = 1;
    }
}

void lw_parzen_weigh(lw_parzen *parzen, const double *weight) {
    double total = 0;
    for (size_t i = 0; i < parzen->n; i++) {
        total += weight[i];
        parzen->log_weight[i] = weight[i];
        parzen->cumulative[i] = total;
    }
    for (size_t i = 0; i < parzen->n; i++)
        parzen->log_weight[i] = log(parzen->log_weight[i] / total);
}

void lw_parzen_fit(lw_parzen *parzen, double narrowest, double prior_weight) {
    const size_t n = parzen->n;
    parzen->narrowest = narrowest;
    parzen->prior_share = prior_weight / (double)n;
    memset(parzen->log_factor, 0, n * sizeof(double));
    place_prior(parzen);
    for (size_t j = 0; j < parzen->d; j++) {
        const lw_parzen_column *column = &parzen->columns[j];
        const double *value = parzen->value + j * n;
        double *inverse = parzen->inverse + j * n;
        if (column->kind == LW_PARZEN_NUMBERS)
            lw_parzen_widths(n - 1, value, 1 / narrowest, inverse, parzen->terms);
        else if (column->kind == LW_PARZEN_LEVELS)
            lw_parzen_level_widths(n - 1, value, column->n_levels, column->ends, 1 / narrowest, inverse);
    }
    take_off_masses(parzen);
}

/* ---- drawing ---- */

static size_t draw_kernel(const lw_parzen *parzen, gsl_rng *rng) {
    double wanted = gsl_rng_uniform(rng) * parzen->cumulative[parzen->n - 1];
    size_t low = 0, high = parzen->n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (parzen->cumulative[middle] > wanted)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* From the tail that is the shorter one, where a probability has all its digits. */
static double draw_number(double mean, double inverse, gsl_rng *rng) {
    bool mirrored = mean > 0.5;
    double near = mirrored ? 1 - mean : mean;
    double from = gsl_cdf_ugaussian_P(-near * inverse), to = gsl_cdf_ugaussian_P((1 - near) * inverse);
    double probability = from + gsl_rng_uniform_pos(rng) * (to - from);
    double z = probability < 1 ? gsl_cdf_ugaussian_Pinv(probability) : (1 - near) * inverse;
    double x = fmin(fmax(near + z / inverse, 0), 1);
    return mirrored ? 1 - x : x;
}

size_t lw_parzen_level_at(const lw_parzen_column *column, double u) {
    const double *ends = column->ends;
    size_t low = 0, high = column->n_levels - 1;
    double guess = u * (double)column->n_levels;
    if (guess < (double)high) { /* right where all cells are equal */
        size_t k = (size_t)guess;
        if (ends[k] <= u && u < ends[k + 1])
            return k;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ends[middle + 1] > u)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static double share_of(const lw_parzen_column *column, size_t choice) {
    return column->ends[choice + 1] - column->ends[choice];
}

/* How much of a kernel over choices is the prior. */
static double prior_mass(const lw_parzen *parzen, const lw_parzen_column *column) {
    double weight = (double)column->n_levels * parzen->prior_share;
    return weight / (weight + 1);
}

void lw_parzen_draw(const lw_parzen *parzen, gsl_rng *rng, double *x) {
    const size_t n = parzen->n, i = draw_kernel(parzen, rng);
    for (size_t j = 0; j < parzen->d; j++) {
        const lw_parzen_column *column = &parzen->columns[j];
        double value = parzen->value[j * n + i], inverse = parzen->inverse[j * n + i];
        if (column->kind == LW_PARZEN_NUMBERS)
            x[j] = draw_number(value, inverse, rng);
        else if (column->kind == LW_PARZEN_LEVELS)
            x[j] = (double)lw_parzen_level_at(column, draw_number(centre_of(column, value), inverse, rng));
        else if (value < 0 || gsl_rng_uniform(rng) < prior_mass(parzen, column))
            x[j] = (double)lw_parzen_level_at(column, gsl_rng_uniform(rng));
        else
            x[j] = value;
    }
}

/* ---- densities ---- */

static void add_numbers(size_t n, const double *restrict mean, const double *restrict inverse, double x,
                        double *restrict terms) {
    for (size_t i = 0; i < n; i++) {
        double z = (x - mean[i]) * inverse[i];
        terms[i] -= 0.5 * z * z;
    }
}

/*
 * The mean over a cell is, but for fourth powers of the width, the density of a normal distribution whose variance is
 * larger by that of the cell. The logarithm of 1 + t is eight times that of its eighth root, and that is Pade's
 * approximation: so this is a loop without calls, right to 1e-3 where cells are a hundred times as wide as kernels, and to
 * 0.03 where they are a thousand times as wide.
 */
static void add_wide_numbers(size_t n, const double *restrict mean, const double *restrict inverse, double x,
                             double width, double *restrict terms) {
    for (size_t i = 0; i < n; i++) {
        double z = (x - mean[i]) * inverse[i], h = width * inverse[i], t = h * h / 12;
        double s = sqrt(sqrt(sqrt(1 + t))) - 1;
        double log_root = s * (60 + s * (60 + s * 11)) / (60 + s * (90 + s * (36 + s * 3)));
        terms[i] -= 0.5 * (z * z / (1 + t) + 8 * log_root);
    }
}

/* Logarithm of the mass between a and b, a < b, of the standard normal distribution. */
static double log_mass(double a, double b) {
    if (a > 0) {
        double mirrored = -a;
        a = -b;
        b = mirrored;
    }
    if (b <= 0)
        return log(0.5 * (erfc(-b * M_SQRT1_2) - erfc(-a * M_SQRT1_2)));
    return log(0.5 * (erf(b * M_SQRT1_2) - erf(a * M_SQRT1_2)));
}

/* What a level far out in a tail has at least: exp(-700), a number still. */
static const double least_log_mass = -700;

static double log_level(const lw_parzen_column *column, double mean, double inverse, size_t level) {
    double a = (column->ends[level] - mean) * inverse, b = (column->ends[level + 1] - mean) * inverse;
    return fmax(log_mass(a, b), least_log_mass) - log(mass_inside(mean, inverse));
}

/* All kernels at one level have one deviation. */
static void add_levels(const lw_parzen_column *column, size_t n, const double *value, const double *inverse, double x,
                       double *terms) {
    double known[LW_PARZEN_MAX_LEVELS];
    for (size_t k = 0; k < column->n_levels; k++)
        known[k] = 1;
    for (size_t i = 0; i + 1 < n; i++) {
        size_t k = (size_t)value[i];
        if (known[k] > 0)
            known[k] = log_level(column, centre_of(column, value[i]), inverse[i], (size_t)x);
        terms[i] += known[k];
    }
    terms[n - 1] += log_level(column, 0.5, inverse[n - 1], (size_t)x);
}

static void add_choices(const lw_parzen *parzen, const lw_parzen_column *column, const double *value, double x,
                        double *terms) {
    const size_t n = parzen->n;
    double prior = prior_mass(parzen, column), share = share_of(column, (size_t)x);
    double same = log(prior * share + 1 - prior), other = log(prior * share);
    for (size_t i = 0; i + 1 < n; i++)
        terms[i] += value[i] == x ? same : other;
    terms[n - 1] += log(share);
}

/* Relative to a deviation: cells narrower than this have nearly the density of their middle everywhere. */
static const double narrow = 0.02;

/* Adds the kernels' densities at x to terms. */
static void add_kernels(const lw_parzen *parzen, const double *x, const double *width, double *terms) {
    const size_t n = parzen->n;
    for (size_t j = 0; j < parzen->d; j++) {
        const lw_parzen_column *column = &parzen->columns[j];
        const double *value = parzen->value + j * n, *inverse = parzen->inverse + j * n;
        if (column->kind == LW_PARZEN_CHOICES)
            add_choices(parzen, column, value, x[j], terms);
        else if (column->kind == LW_PARZEN_LEVELS)
            add_levels(column, n, value, inverse, x[j], terms);
        else if (width && width[j] > narrow * parzen->narrowest)
            add_wide_numbers(n, value, inverse, x[j], width[j], terms);
        else
            add_numbers(n, value, inverse, x[j], terms);
    }
}

void lw_parzen_log_kernels(const lw_parzen *parzen, const double *x, const double *width, double *out) {
    memcpy(out, parzen->log_factor, parzen->n * sizeof(double));
    add_kernels(parzen, x, width, out);
}

void lw_parzen_log_density(const lw_parzen *parzen, size_t m, const double *x, const double *width, double *out) {
    const size_t n = parzen->n, d = parzen->d;
    for (size_t k = 0; k < m; k++) {
        for (size_t i = 0; i < n; i++)
            parzen->terms[i] = parzen->log_weight[i] + parzen->log_factor[i];
        add_kernels(parzen, x + k * d, width ? width + k * d : NULL, parzen->terms);
        out[k] = lw_log_sum_exp(n, parzen->terms);
    }
}
