#include "cmaes.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

#include <labwatch/error.h>
#include <labwatch/sys/memory.h>

/* ---- constants ---- */

void lw_cmaes_constants_of(lw_cmaes_constants *constants, size_t n, size_t N, double *weights) {
    const double d = (double)n;
    const size_t mu = N / 2;
    double sum[2] = {0, 0}, squares[2] = {0, 0}; /* of the better half and of the rest */
    for (size_t k = 0; k < N; k++) {
        weights[k] = log(((double)N + 1) / 2) - log((double)k + 1);
        sum[k >= mu] += weights[k];
        squares[k >= mu] += weights[k] * weights[k];
    }
    const double mu_eff = sum[0] * sum[0] / squares[0];
    const double mu_eff_minus = squares[1] > 0 ? sum[1] * sum[1] / squares[1] : 0;
    const double c_1 = 2 / ((d + 1.3) * (d + 1.3) + mu_eff);
    const double c_mu = fmin(1 - c_1 - 1e-8, 2 * (mu_eff - 2 + 1 / mu_eff) / ((d + 2) * (d + 2) + mu_eff));
    double negative = 1 + 2 * mu_eff_minus / (mu_eff + 2);
    if (c_mu > 0)
        negative = fmin(negative, fmin(1 + c_1 / c_mu, (1 - c_1 - c_mu) / (d * c_mu)));
    double positive_sum = 0, negative_sum = 0;
    for (size_t k = 0; k < N; k++)
        *(weights[k] > 0 ? &positive_sum : &negative_sum) += fabs(weights[k]);
    for (size_t k = 0; k < N; k++)
        weights[k] *= weights[k] > 0 ? 1 / positive_sum : negative_sum > 0 ? negative / negative_sum : 0;
    *constants = (lw_cmaes_constants){
        .mu = mu,
        .mu_eff = mu_eff,
        .c_1 = c_1,
        .c_mu = c_mu,
        .c_c = (4 + mu_eff / d) / (d + 4 + 2 * mu_eff / d),
        .c_sigma = (mu_eff + 2) / (d + mu_eff + 5),
        .d_sigma = 1 + 2 * fmax(0, sqrt((mu_eff - 1) / (d + 1)) - 1) + (mu_eff + 2) / (d + mu_eff + 5),
        .chi_n = sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d)),
    };
}

/* What suits a diagonal. */
static void hasten(lw_cmaes_constants *constants, size_t n) {
    const double factor = ((double)n + 2) / 3;
    constants->c_1 = fmin(1, constants->c_1 * factor);
    constants->c_mu = fmin(1 - constants->c_1, constants->c_mu * factor);
}

/* ---- life ---- */

static size_t n_of_C(const lw_cmaes *cmaes) {
    return cmaes->kind == LW_CMAES_FULL ? cmaes->n * cmaes->n : cmaes->n;
}

int lw_cmaes_init(lw_cmaes *cmaes, size_t n, lw_cmaes_covariance kind, bool adapts) {
    memset(cmaes, 0, sizeof *cmaes);
    cmaes->n = n;
    cmaes->kind = kind;
    cmaes->adapts = adapts;
    const size_t m = n_of_C(cmaes);
    cmaes->n_numbers = 4 * n + 2 * m + (adapts ? n + m : 0);
    cmaes->mean = lw_calloc(cmaes->n_numbers + m, sizeof(double));
    if (!cmaes->mean)
        return LW_ENOMEM;
    cmaes->D = cmaes->mean + n;
    cmaes->p_sigma = cmaes->D + n;
    cmaes->p_c = cmaes->p_sigma + n;
    cmaes->C = cmaes->p_c + n;
    cmaes->B = cmaes->C + m;
    cmaes->E_mean = adapts ? cmaes->B + m : NULL;
    cmaes->E_C = adapts ? cmaes->E_mean + n : NULL;
    cmaes->room = cmaes->mean + cmaes->n_numbers;
    if (kind != LW_CMAES_FULL || n == 0)
        return LW_OK;
    cmaes->eigen = gsl_eigen_symmv_alloc(n);
    return cmaes->eigen ? LW_OK : LW_ENOMEM;
}

void lw_cmaes_release(lw_cmaes *cmaes) {
    lw_free(cmaes->mean);
    if (cmaes->eigen)
        gsl_eigen_symmv_free(cmaes->eigen);
    memset(cmaes, 0, sizeof *cmaes);
}

void lw_cmaes_copy(lw_cmaes *to, const lw_cmaes *from) {
    memcpy(to->mean, from->mean, from->n_numbers * sizeof(double));
    memcpy(to->rates, from->rates, sizeof to->rates);
    to->sigma = from->sigma;
    to->n_diagonal = from->n_diagonal;
    to->n_updates = from->n_updates;
    to->n_undecomposed = from->n_undecomposed;
}

/* ---- start ---- */

size_t lw_cmaes_diagonal(const lw_cmaes *cmaes, size_t i) {
    return cmaes->kind == LW_CMAES_FULL ? i * cmaes->n + i : i;
}

void lw_cmaes_start(lw_cmaes *cmaes, const double *mean, double sigma) {
    memmove(cmaes->mean, mean, cmaes->n * sizeof(double));
    memset(cmaes->mean + cmaes->n, 0, (cmaes->n_numbers - cmaes->n) * sizeof(double));
    cmaes->sigma = sigma;
    cmaes->n_updates = cmaes->n_undecomposed = 0;
    cmaes->rates[0] = cmaes->rates[1] = 1;
    cmaes->rates[2] = cmaes->rates[3] = 0;
    for (size_t i = 0; i < cmaes->n; i++) {
        cmaes->D[i] = 1;
        cmaes->C[lw_cmaes_diagonal(cmaes, i)] = cmaes->B[lw_cmaes_diagonal(cmaes, i)] = 1;
    }
}

/* Whether only variances are learned now. */
static bool is_diagonal(const lw_cmaes *cmaes) {
    return cmaes->kind == LW_CMAES_DIAGONAL || cmaes->n_updates < cmaes->n_diagonal;
}

/* Of the largest variance. */
static const double LEAST_SHARE = 1e-20;

/* Variances along the axes of C; rounding may have made one of next to nothing negative. */
static void take_root(lw_cmaes *cmaes, const double *eigenvalues) {
    double largest = 0;
    for (size_t i = 0; i < cmaes->n; i++)
        largest = fmax(largest, eigenvalues[i]);
    for (size_t i = 0; i < cmaes->n; i++)
        cmaes->D[i] = sqrt(fmax(eigenvalues[i], LEAST_SHARE * largest));
}

/* No variance vanishes beside the others, as that of a coordinate would of which all points have the same value. */
static void keep_variances(lw_cmaes *cmaes) {
    double largest = 0;
    for (size_t i = 0; i < cmaes->n; i++)
        largest = fmax(largest, cmaes->C[lw_cmaes_diagonal(cmaes, i)]);
    for (size_t i = 0; i < cmaes->n; i++) {
        double *variance = &cmaes->C[lw_cmaes_diagonal(cmaes, i)];
        *variance = fmax(*variance, LEAST_SHARE * largest);
    }
}

/* B and D from C. Without an answer, which GSL gives to all matrices of finite numbers, they stay as they are. */
static void decompose(lw_cmaes *cmaes) {
    const size_t n = cmaes->n;
    cmaes->n_undecomposed = 0;
    keep_variances(cmaes);
    double *eigenvalues = cmaes->D;
    if (is_diagonal(cmaes)) { /* B is still that of the start */
        for (size_t i = 0; i < n; i++)
            eigenvalues[i] = cmaes->C[lw_cmaes_diagonal(cmaes, i)];
        take_root(cmaes, eigenvalues);
        return;
    }
    memcpy(cmaes->room, cmaes->C, n * n * sizeof(double));
    gsl_matrix_view C = gsl_matrix_view_array(cmaes->room, n, n), B = gsl_matrix_view_array(cmaes->B, n, n);
    gsl_vector_view D = gsl_vector_view_array(eigenvalues, n);
    gsl_eigen_symmv(&C.matrix, &D.vector, &B.matrix, cmaes->eigen);
    take_root(cmaes, eigenvalues);
}

/* Adds weight x x' to C, or its diagonal. */
static void add_square(lw_cmaes *cmaes, double weight, const double *x) {
    const size_t n = cmaes->n;
    const bool only_variances = is_diagonal(cmaes);
    for (size_t i = 0; i < n && only_variances; i++)
        cmaes->C[lw_cmaes_diagonal(cmaes, i)] += weight * x[i] * x[i];
    for (size_t i = 0; i < n && !only_variances; i++) {
        const double factor = weight * x[i];
        for (size_t j = 0; j < n; j++)
            cmaes->C[i * n + j] += factor * x[j];
    }
}

/* The part of C that is its scale goes into sigma: C's determinant is 1 then. */
static void give_scale_to_sigma(lw_cmaes *cmaes) {
    double log_scale = 0;
    for (size_t i = 0; i < cmaes->n; i++)
        log_scale += log(cmaes->D[i]) / (double)cmaes->n;
    const double scale = exp(log_scale), factor = 1 / (scale * scale);
    for (size_t k = 0; k < n_of_C(cmaes); k++)
        cmaes->C[k] *= factor;
    for (size_t i = 0; i < cmaes->n; i++)
        cmaes->D[i] /= scale;
    cmaes->sigma *= scale;
}

void lw_cmaes_start_from(lw_cmaes *cmaes, size_t n_best, const double *X, double wide) {
    const size_t n = cmaes->n;
    double *difference = cmaes->p_c; /* still unused */
    lw_cmaes_start(cmaes, X, 1);
    for (size_t k = 1; k < n_best; k++)
        for (size_t i = 0; i < n; i++)
            cmaes->mean[i] += (X[k * n + i] - X[i]) / (double)n_best;
    for (size_t i = 0; i < n; i++)
        cmaes->C[lw_cmaes_diagonal(cmaes, i)] = wide * wide;
    for (size_t k = 0; k < n_best; k++) {
        for (size_t i = 0; i < n; i++)
            difference[i] = X[k * n + i] - cmaes->mean[i];
        add_square(cmaes, 1 / (double)n_best, difference);
    }
    memset(difference, 0, n * sizeof(double));
    if (n == 0)
        return;
    decompose(cmaes);
    give_scale_to_sigma(cmaes);
}

/* ---- looking ---- */

double lw_cmaes_deviation(const lw_cmaes *cmaes, size_t i) {
    return cmaes->sigma * sqrt(fmax(cmaes->C[lw_cmaes_diagonal(cmaes, i)], 0));
}

double lw_cmaes_largest_deviation(const lw_cmaes *cmaes) {
    double largest = 0;
    for (size_t i = 0; i < cmaes->n; i++)
        largest = fmax(largest, lw_cmaes_deviation(cmaes, i));
    return largest;
}

double lw_cmaes_condition(const lw_cmaes *cmaes) {
    double low = HUGE_VAL, high = 0;
    for (size_t i = 0; i < cmaes->n; i++) {
        low = fmin(low, cmaes->D[i]);
        high = fmax(high, cmaes->D[i]);
    }
    return cmaes->n > 0 ? (high / low) * (high / low) : 1;
}

void lw_cmaes_limit(lw_cmaes *cmaes, double deviation) {
    double largest = lw_cmaes_largest_deviation(cmaes);
    if (largest > deviation)
        cmaes->sigma *= deviation / largest;
}

/* ---- points ---- */

/* out = B z, or B' z. */
static void rotate(const lw_cmaes *cmaes, bool back, const double *z, double *out) {
    const size_t n = cmaes->n;
    if (cmaes->kind == LW_CMAES_DIAGONAL) {
        memcpy(out, z, n * sizeof(double));
        return;
    }
    memset(out, 0, n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        const double *row = cmaes->B + i * n;
        for (size_t j = 0; j < n; j++)
            out[back ? j : i] += row[j] * z[back ? i : j];
    }
}

void lw_cmaes_point(const lw_cmaes *cmaes, const double *z, double *x) {
    const size_t n = cmaes->n;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n && cmaes->kind == LW_CMAES_FULL; j++)
            sum += cmaes->B[i * n + j] * cmaes->D[j] * z[j];
        if (cmaes->kind == LW_CMAES_DIAGONAL)
            sum = cmaes->D[i] * z[i];
        x[i] = cmaes->mean[i] + cmaes->sigma * sum;
    }
}

/* |C^(-1/2) y|^2; room (n). */
static double squared_length(const lw_cmaes *cmaes, const double *y, double *room) {
    double sum = 0;
    rotate(cmaes, true, y, room);
    for (size_t i = 0; i < cmaes->n; i++)
        sum += (room[i] / cmaes->D[i]) * (room[i] / cmaes->D[i]);
    return sum;
}

double lw_cmaes_clip(const lw_cmaes *cmaes, double length, double *x, double *room) {
    const size_t n = cmaes->n;
    double *y = room + n;
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] - cmaes->mean[i]) / cmaes->sigma;
    const double own_length = sqrt(squared_length(cmaes, y, room));
    for (size_t i = 0; i < n && own_length > length; i++)
        x[i] = cmaes->mean[i] + cmaes->sigma * y[i] * (length / own_length);
    return own_length;
}

/* ---- update ---- */

/* What an update works with; the arrays lie in one piece. */
typedef struct lesson {
    lw_cmaes_constants constants;
    size_t N;
    double *better, *worse; /* N: weights, positive and negative ones, equal costs having equal ones */
    double *Y;              /* N x n: (x - mean) / sigma */
    double *y_w;            /* n: weighted mean of the better ones */
    double *room;           /* 2 n */
    double *old_mean, *old_C; /* n, and C's size */
    double old_sigma;
} lesson;

/* Equal costs get the mean of their weights. */
static void share_among_equals(size_t N, const double *cost, double *weights) {
    for (size_t first = 0, end; first < N; first = end) {
        double sum = 0;
        for (end = first; end < N && cost[end] == cost[first]; end++)
            sum += weights[end];
        for (size_t k = first; k < end; k++)
            weights[k] = sum / (double)(end - first);
    }
}

void lw_cmaes_better_weights(size_t N, const double *cost, double *weights) {
    lw_cmaes_constants constants;
    lw_cmaes_constants_of(&constants, 1, N, weights); /* the dimension is in the negative ones only */
    for (size_t k = 0; k < N; k++)
        weights[k] = fmax(weights[k], 0);
    share_among_equals(N, cost, weights);
}

static void weigh(lesson *l, size_t n, const double *cost) {
    lw_cmaes_constants_of(&l->constants, n, l->N, l->better);
    for (size_t k = 0; k < l->N; k++) {
        l->worse[k] = fmin(l->better[k], 0);
        l->better[k] = fmax(l->better[k], 0);
    }
    share_among_equals(l->N, cost, l->better);
    share_among_equals(l->N, cost, l->worse);
}

static void look_from_mean(lesson *l, const lw_cmaes *cmaes, const double *X) {
    const size_t n = cmaes->n;
    memset(l->y_w, 0, n * sizeof(double));
    for (size_t k = 0; k < l->N; k++)
        for (size_t i = 0; i < n; i++) {
            l->Y[k * n + i] = (X[k * n + i] - cmaes->mean[i]) / cmaes->sigma;
            l->y_w[i] += l->better[k] * l->Y[k * n + i];
        }
}

/* C^(-1/2) y_w into the path of sigma; its length. */
static double lengthen_path_of_sigma(lesson *l, lw_cmaes *cmaes) {
    const size_t n = cmaes->n;
    const double c = l->constants.c_sigma;
    double *along = l->room, *step = l->room + n, squares = 0;
    rotate(cmaes, true, l->y_w, along);
    for (size_t i = 0; i < n; i++)
        along[i] /= cmaes->D[i];
    rotate(cmaes, false, along, step);
    for (size_t i = 0; i < n; i++) {
        cmaes->p_sigma[i] = (1 - c) * cmaes->p_sigma[i] + sqrt(c * (2 - c) * l->constants.mu_eff) * step[i];
        squares += cmaes->p_sigma[i] * cmaes->p_sigma[i];
    }
    return sqrt(squares);
}

static void change_C(lesson *l, lw_cmaes *cmaes, bool h_sigma) {
    const size_t n = cmaes->n;
    const lw_cmaes_constants *c = &l->constants;
    const double missing = h_sigma ? 0 : c->c_c * (2 - c->c_c);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        cmaes->p_c[i] = (1 - c->c_c) * cmaes->p_c[i] + h_sigma * sqrt(c->c_c * (2 - c->c_c) * c->mu_eff) * l->y_w[i];
    for (size_t k = 0; k < l->N; k++)
        sum += l->better[k] + l->worse[k];
    /* Lengths are those of the old distribution, whose B and D these are. */
    for (size_t k = 0; k < l->N; k++)
        if (l->worse[k] < 0)
            l->worse[k] *= (double)n / (squared_length(cmaes, l->Y + k * n, l->room) + 1e-8);
    for (size_t k = 0; k < n_of_C(cmaes); k++)
        cmaes->C[k] *= 1 + c->c_1 * missing - c->c_1 - c->c_mu * sum;
    add_square(cmaes, c->c_1, cmaes->p_c);
    for (size_t k = 0; k < l->N; k++)
        add_square(cmaes, c->c_mu * (l->better[k] + l->worse[k]), l->Y + k * n);
}

static void learn(lesson *l, lw_cmaes *cmaes) {
    const lw_cmaes_constants *c = &l->constants;
    for (size_t i = 0; i < cmaes->n; i++)
        cmaes->mean[i] += cmaes->sigma * l->y_w[i];
    const double length = lengthen_path_of_sigma(l, cmaes);
    const double share = sqrt(1 - pow(1 - c->c_sigma, 2 * (double)(cmaes->n_updates + 2)));
    change_C(l, cmaes, length / share < (1.4 + 2 / ((double)cmaes->n + 1)) * c->chi_n);
    cmaes->sigma *= exp(c->c_sigma / c->d_sigma * (length / c->chi_n - 1));
}

/* ---- learning rates ---- */

/*
 * Each rate is raised where the changes of many updates add up (signal), and lowered where they go to and fro (noise).
 * The paper's constants: what ratio of the two is wanted, how fast the means of the changes and the rates follow.
 */
static const double WANTED_RATIO = 1.4, FOLLOW[2] = {0.1, 0.03}, RATE_CHANGE = 0.1;

/* out = C^(-1/2) M C^(-1/2) of the old C; W and room have C's size. */
static void whiten(const lw_cmaes *cmaes, const double *M, double *W, double *room, double *out) {
    const size_t n = cmaes->n;
    if (cmaes->kind == LW_CMAES_DIAGONAL) {
        for (size_t i = 0; i < n; i++)
            out[i] = M[i] / (cmaes->D[i] * cmaes->D[i]);
        return;
    }
    memset(W, 0, n * n * sizeof(double));
    memset(room, 0, n * n * sizeof(double));
    memset(out, 0, n * n * sizeof(double));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < n; k++)
                W[i * n + j] += cmaes->B[i * n + k] * cmaes->B[j * n + k] / cmaes->D[k];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < n; j++)
                room[i * n + j] += W[i * n + k] * M[k * n + j];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < n; j++)
                out[i * n + j] += room[i * n + k] * W[k * n + j];
}

/* Follows a change (n numbers) and changes its rate; rate is 0 for the mean, 1 for the covariance. */
static void change_rate(double rates[4], size_t rate, size_t n, const double *change, double *E) {
    const double beta = FOLLOW[rate];
    double squares = 0, squared_E = 0, *V = &rates[2 + rate];
    for (size_t i = 0; i < n; i++) {
        E[i] += beta * (change[i] - E[i]);
        squares += change[i] * change[i];
        squared_E += E[i] * E[i];
    }
    *V += beta * (squares - *V);
    const double noise = *V - squared_E, signal = squared_E - beta / (2 - beta) * *V;
    const double excess = noise > 0 ? signal / noise / WANTED_RATIO / rates[rate] - 1 : 1;
    rates[rate] *= exp(fmin(RATE_CHANGE * rates[rate], beta) * fmax(-1, fmin(excess, 1)));
    rates[rate] = fmin(rates[rate], 1);
}

/* Takes a part of what was learned back. B and D are still the old ones. room: 4 times C's size. */
static void slow_down(lesson *l, lw_cmaes *cmaes, double *room) {
    const size_t n = cmaes->n, m = n_of_C(cmaes);
    const double before = cmaes->rates[0], variance = cmaes->sigma * cmaes->sigma, old = l->old_sigma * l->old_sigma;
    double *change = room, *whitened = room + m, *step = l->room, *turned = l->room + n;
    for (size_t i = 0; i < n; i++)
        step[i] = (cmaes->mean[i] - l->old_mean[i]) / l->old_sigma;
    rotate(cmaes, true, step, turned);
    for (size_t i = 0; i < n; i++)
        turned[i] /= cmaes->D[i];
    rotate(cmaes, false, turned, step);
    change_rate(cmaes->rates, 0, n, step, cmaes->E_mean);

    for (size_t k = 0; k < m; k++)
        change[k] = (variance * cmaes->C[k] - old * l->old_C[k]) / (old * M_SQRT2);
    whiten(cmaes, change, room + 2 * m, room + 3 * m, whitened);
    change_rate(cmaes->rates, 1, m, whitened, cmaes->E_C);

    for (size_t i = 0; i < n; i++)
        cmaes->mean[i] = l->old_mean[i] + cmaes->rates[0] * (cmaes->mean[i] - l->old_mean[i]);
    for (size_t k = 0; k < m; k++)
        cmaes->C[k] = l->old_C[k] + cmaes->rates[1] * M_SQRT2 * change[k];
    cmaes->sigma = l->old_sigma;
    decompose(cmaes);
    give_scale_to_sigma(cmaes);
    cmaes->sigma *= before / cmaes->rates[0];
}

/* ---- all of it ---- */

/* Until C has changed enough. */
static bool needs_decomposition(const lw_cmaes *cmaes, const lw_cmaes_constants *c) {
    return is_diagonal(cmaes) || (double)cmaes->n_undecomposed * 10 * (double)cmaes->n * (c->c_1 + c->c_mu) >= 1;
}

static void take_lesson(lesson *l, lw_cmaes *cmaes, const double *X, const double *cost, double *room) {
    const size_t n = cmaes->n;
    weigh(l, n, cost);
    if (is_diagonal(cmaes)) /* there is less to learn, and it is learned faster */
        hasten(&l->constants, n);
    look_from_mean(l, cmaes, X);
    cmaes->n_undecomposed++;
    if (cmaes->adapts) {
        memcpy(l->old_mean, cmaes->mean, n * sizeof(double));
        memcpy(l->old_C, cmaes->C, n_of_C(cmaes) * sizeof(double));
        l->old_sigma = cmaes->sigma;
    }
    learn(l, cmaes);
    if (cmaes->adapts)
        slow_down(l, cmaes, room);
    else if (needs_decomposition(cmaes, &l->constants))
        decompose(cmaes);
    cmaes->n_updates++;
}

int lw_cmaes_update(lw_cmaes *cmaes, size_t N, const double *X, const double *cost) {
    const size_t n = cmaes->n, m = n_of_C(cmaes);
    if (n == 0 || N < 2)
        return LW_OK;
    const size_t n_adapting = cmaes->adapts ? n + 5 * m : 0;
    double *numbers = lw_malloc((2 * N + N * n + 3 * n + n_adapting) * sizeof(double));
    if (!numbers)
        return LW_ENOMEM;
    lesson l = {.N = N, .better = numbers, .worse = numbers + N, .Y = numbers + 2 * N};
    l.y_w = l.Y + N * n;
    l.room = l.y_w + n;
    l.old_mean = l.room + 2 * n;
    l.old_C = l.old_mean + n;
    take_lesson(&l, cmaes, X, cost, l.old_C + m);
    lw_free(numbers);
    return LW_OK;
}
