/*
 * bench_minimizer N D DATASETS: fits the hyperparameters of a Gaussian process to N results of D parameters, from the
 * prior's mode, by labwatch's minimiser and by NLopt's gradient methods, all on the same data and with the same limits.
 * Prints for each the mean of evaluations, of CPU milliseconds, and of how far the log posterior stays below the
 * highest that any of them found, with the share of fits that stay more than 0.01 below. Then what an acquisition
 * function with its gradient costs at ten points together, as ten of labwatch's minimisers ask for it, and at one after
 * the other, as a library asks that calls the function.
 */
#include <math.h>
#include <string.h>

#include <nlopt.h>

#include <labwatch/random.h>

#include "acquisition.h"
#include "bench_common.h"
#include "blas.h"
#include "gp_fit.h"
#include "minimizer.h"

enum { N_EVALUATIONS = 60 };
static const double VALUE_TOLERANCE = 1e-4;

/* One data set. */
typedef struct task {
    size_t n, D, T;
    double *X, *y, *lower, *upper, *start, *theta, *gradient;
    size_t *group;
    lw_gp gp;
    lw_gp_prior prior;
    size_t n_evaluations;
} task;

typedef struct method {
    const char *name;
    bool is_ours;
    nlopt_algorithm algorithm;
} method;

static const method methods[] = {
    {"labwatch", true, 0},
    {"NLopt LD_LBFGS", false, NLOPT_LD_LBFGS},
    {"NLopt LD_VAR2", false, NLOPT_LD_VAR2},
    {"NLopt LD_TNEWTON_PRECOND_RESTART", false, NLOPT_LD_TNEWTON_PRECOND_RESTART},
    {"NLopt LD_SLSQP", false, NLOPT_LD_SLSQP},
    {"NLopt LD_MMA", false, NLOPT_LD_MMA},
    {"NLopt LD_CCSAQ", false, NLOPT_LD_CCSAQ},
};
enum { N_METHODS = sizeof methods / sizeof *methods };

static void *need(void *memory) {
    if (!memory) {
        fputs("no memory\n", stderr);
        exit(1);
    }
    return memory;
}

static double *numbers(size_t n) {
    return need(calloc(n + 1, sizeof(double)));
}

/* A cost of which some parameters matter more than others, with a little noise; standardised. */
static void draw(task *t, uint64_t seed) {
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, seed, 0);
    double mean = 0, square = 0;
    for (size_t i = 0; i < t->n; i++) {
        double sum = 0.01 * lw_stream_uniform(&stream);
        for (size_t c = 0; c < t->D; c++) {
            double x = t->X[i * t->D + c] = lw_stream_uniform(&stream), weight = 1 / (1 + (double)c);
            sum += weight * (x - 0.3) * (x - 0.3) + 0.1 * weight * cos(9 * x + (double)(seed % 7));
        }
        t->y[i] = sum;
        mean += sum / (double)t->n;
    }
    for (size_t i = 0; i < t->n; i++)
        square += (t->y[i] - mean) * (t->y[i] - mean) / (double)t->n;
    for (size_t i = 0; i < t->n; i++)
        t->y[i] = (t->y[i] - mean) / sqrt(square);
}

/* Minus the log posterior, HUGE_VAL where it has none. */
static double evaluate(unsigned T, const double *theta, double *gradient, void *untyped) {
    task *t = untyped;
    const size_t G = t->D;
    t->n_evaluations++;
    if (lw_gp_condition_gradient(&t->gp, t->n, t->X, t->y, theta, t->gradient) != LW_OK)
        return HUGE_VAL;
    double value = t->gp.log_likelihood + lw_gp_log_prior(&t->prior, G, theta, t->gradient);
    for (size_t i = 0; i < T; i++)
        if (gradient)
            gradient[i] = t->upper[i] > t->lower[i] ? -t->gradient[i] : 0;
    return -value;
}

static double fit_by_ours(task *t) {
    const lw_minimizer_settings settings = {.n_evaluations = N_EVALUATIONS, .gradient_tolerance = 1e-2,
                                            .value_tolerance = VALUE_TOLERANCE, .first_step = 0.1};
    lw_minimizer minimizer;
    if (lw_minimizer_init(&minimizer, t->T, &settings) != LW_OK)
        need(NULL);
    double *gradient = numbers(t->T);
    for (bool more = lw_minimizer_start(&minimizer, t->start, t->lower, t->upper); more;) {
        double value = evaluate((unsigned)t->T, minimizer.trial, gradient, t);
        more = lw_minimizer_tell(&minimizer, value, gradient);
    }
    double best = -minimizer.f;
    free(gradient);
    lw_minimizer_release(&minimizer);
    return best;
}

static double fit_by_nlopt(task *t, nlopt_algorithm algorithm) {
    nlopt_opt opt = need(nlopt_create(algorithm, (unsigned)t->T));
    double lowest = HUGE_VAL;
    memcpy(t->theta, t->start, t->T * sizeof(double));
    nlopt_set_min_objective(opt, evaluate, t);
    nlopt_set_lower_bounds(opt, t->lower);
    nlopt_set_upper_bounds(opt, t->upper);
    nlopt_set_maxeval(opt, N_EVALUATIONS);
    nlopt_set_ftol_rel(opt, VALUE_TOLERANCE);
    nlopt_optimize(opt, t->theta, &lowest);
    nlopt_destroy(opt);
    return -lowest;
}

static void prepare(task *t, size_t n, size_t D) {
    *t = (task){.n = n, .D = D, .T = lw_gp_n_theta(D), .prior = lw_gp_prior_by_dimension(D)};
    t->X = numbers(n * D);
    t->y = numbers(n);
    t->group = need(calloc(D, sizeof *t->group));
    for (size_t c = 0; c < D; c++)
        t->group[c] = c;
    double **rows[] = {&t->lower, &t->upper, &t->start, &t->theta, &t->gradient};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        *rows[k] = numbers(t->T);
    for (size_t i = 0; i < t->T; i++) {
        t->lower[i] = i < D ? t->prior.length_lower : i == D ? t->prior.noise_lower : t->prior.amplitude_lower;
        t->upper[i] = i < D ? t->prior.length_upper : i == D ? t->prior.noise_upper : t->prior.amplitude_upper;
    }
    lw_gp_prior_mode(&t->prior, D, t->start);
    const lw_gp_form form = {.kernel = LW_KERNEL_MATERN52, .D = D, .G = D, .group = t->group};
    if (lw_gp_init(&t->gp, &form, n) != LW_OK)
        need(NULL);
}

static void release(task *t) {
    lw_gp_release(&t->gp);
    double *rows[] = {t->X, t->y, t->lower, t->upper, t->start, t->theta, t->gradient};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        free(rows[k]);
    free(t->group);
}

/* CPU milliseconds of ten evaluations of the acquisition function, M points at a time. */
static double ms_of_ten(const task *t, const lw_acquisition *acquisition, size_t M) {
    enum { N_POINTS = 10, N_REPEATS = 50 };
    lw_acquisition_room room;
    double *value = numbers(M), *gradient = numbers(M * t->D);
    if (lw_acquisition_room_init(&room, acquisition, M, true) != LW_OK)
        need(NULL);
    double start = cpu_seconds();
    for (size_t k = 0; k < N_REPEATS; k++)
        for (size_t i = 0; i < N_POINTS; i += M)
            lw_acquisition_evaluate(acquisition, &room, M, t->X + i * t->D, value, gradient);
    double ms = 1e3 * (cpu_seconds() - start) / N_REPEATS;
    lw_acquisition_room_release(&room);
    free(value);
    free(gradient);
    return ms;
}

static void compare_batches(task *t) {
    const double best = -1;
    if (t->n < 10 || lw_gp_condition(&t->gp, t->n, t->X, t->y, t->start) != LW_OK)
        return;
    const lw_acquisition_model model = {.gp = &t->gp, .S = 1, .best = &best};
    const lw_acquisition acquisition = {.kind = LW_ACQUISITION_EI, .n_models = 1, .models = &model};
    double alone = ms_of_ten(t, &acquisition, 1), together = ms_of_ten(t, &acquisition, 10);
    printf("acquisition at ten points: %.3f ms together, %.3f ms one after the other\n", together, alone);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: bench_minimizer N D DATASETS\n", stderr);
        return 2;
    }
    size_t n = strtoul(argv[1], NULL, 10), D = strtoul(argv[2], NULL, 10), n_sets = strtoul(argv[3], NULL, 10);
    task t;
    lw_blas_one_thread();
    prepare(&t, n, D);
    double cpu[N_METHODS] = {0}, evaluations[N_METHODS] = {0}, deficit[N_METHODS] = {0}, missed[N_METHODS] = {0};
    for (size_t set = 0; set < n_sets; set++) {
        double found[N_METHODS], highest = -HUGE_VAL;
        draw(&t, set);
        for (size_t m = 0; m < N_METHODS; m++) {
            t.n_evaluations = 0;
            double start = cpu_seconds();
            found[m] = methods[m].is_ours ? fit_by_ours(&t) : fit_by_nlopt(&t, methods[m].algorithm);
            cpu[m] += cpu_seconds() - start;
            evaluations[m] += (double)t.n_evaluations;
            highest = fmax(highest, found[m]);
        }
        for (size_t m = 0; m < N_METHODS; m++) {
            deficit[m] += highest - found[m];
            missed[m] += highest - found[m] > 0.01;
        }
    }
    printf("%-34s %11s %8s %10s %8s\n", "", "evaluations", "CPU ms", "below best", "> 0.01");
    for (size_t m = 0; m < N_METHODS; m++)
        printf("%-34s %11.1f %8.2f %10.4f %7.0f%%\n", methods[m].name, evaluations[m] / (double)n_sets,
               1e3 * cpu[m] / (double)n_sets, deficit[m] / (double)n_sets, 100 * missed[m] / (double)n_sets);
    compare_batches(&t);
    release(&t);
    return 0;
}
