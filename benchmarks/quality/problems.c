#include "hidden.h"
#include "landscapes.h"
#include "tasks.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOX(dimensions, bound) .d = (dimensions), .lower = -(bound), .upper = (bound)
#define DEV .test = false
#define TEST .test = true

/* clang-format off */
const quality_problem quality_problems[] = {
    {.name = "branin-2", .group = "continuous", DEV, .d = 2, .space = QUALITY_BRANIN_SPACE,
     .placement = QUALITY_NUDGED, .scale = 2, .landscape = landscape_branin, .optimum = 0.39788735772973816},
    {.name = "peaks-2", .group = "continuous", TEST, BOX(2, 5), .placement = QUALITY_NUDGED, .scale = 0,
     .landscape = landscape_peaks, .make = quality_make_peaks},
    {.name = "rosenbrock-5", .group = "continuous", DEV, BOX(5, 5), .placement = QUALITY_SHIFTED, .scale = 0.4,
     .landscape = landscape_rosenbrock},
    {.name = "attractive-sector-5", .group = "continuous", TEST, BOX(5, 5), .placement = QUALITY_ROTATED, .scale = 1,
     .landscape = landscape_attractive_sector},
    {.name = "ackley-5", .group = "continuous", DEV, BOX(5, 5), .placement = QUALITY_ROTATED, .scale = 2,
     .landscape = landscape_ackley},
    {.name = "step-ellipsoid-5", .group = "continuous", TEST, BOX(5, 5), .placement = QUALITY_ROTATED, .scale = 1,
     .landscape = landscape_step_ellipsoid},
    {.name = "weierstrass-5", .group = "continuous", DEV, BOX(5, 5), .placement = QUALITY_ROTATED, .scale = 0.1,
     .landscape = landscape_weierstrass},
    {.name = "hartmann-6", .group = "continuous", TEST, .d = 6, .lower = 0, .upper = 1,
     .placement = QUALITY_SHUFFLED, .scale = 0.1, .landscape = landscape_hartmann, .optimum = -3.32236801141551},
    {.name = "levy-10", .group = "continuous", DEV, BOX(10, 10), .placement = QUALITY_SHIFTED, .scale = 1,
     .landscape = landscape_levy},
    {.name = "ellipsoid-10", .group = "continuous", TEST, BOX(10, 5), .placement = QUALITY_ROTATED, .scale = 1,
     .landscape = landscape_ellipsoid},
    {.name = "sharp-ridge-10", .group = "continuous", DEV, BOX(10, 5), .placement = QUALITY_ROTATED, .scale = 1,
     .landscape = landscape_sharp_ridge},
    {.name = "griewank-10", .group = "continuous", TEST, BOX(10, 50), .placement = QUALITY_ROTATED, .scale = 1,
     .landscape = landscape_griewank},
    {.name = "schwefel-2", .group = "continuous", DEV, BOX(2, 500), .placement = QUALITY_MIRRORED,
     .landscape = landscape_schwefel},
    {.name = "peaks-5", .group = "continuous", TEST, BOX(5, 5), .placement = QUALITY_NUDGED, .scale = 0,
     .landscape = landscape_peaks, .make = quality_make_peaks},
    {.name = "sphere-20", .group = "continuous", DEV, BOX(20, 5), .placement = QUALITY_SHIFTED, .scale = 1,
     .landscape = landscape_sphere},
    {.name = "styblinski-tang-20", .group = "continuous", TEST, BOX(20, 5), .placement = QUALITY_SHUFFLED, .scale = 2,
     .landscape = landscape_styblinski_tang, .optimum = -783.3233140754284},
    {.name = "rastrigin-5", .group = "continuous", DEV, BOX(5, 5), .placement = QUALITY_SHIFTED, .scale = 0.5,
     .landscape = landscape_rastrigin},
    {.name = "hartmann-6-of-20", .group = "continuous", TEST, .d = 20, .lower = 0, .upper = 1,
     .placement = QUALITY_SHUFFLED, .scale = 0.1, .landscape = landscape_hartmann, .optimum = -3.32236801141551},

    {.name = "noisy-hartmann-6", .group = "noisy", DEV, .d = 6, .lower = 0, .upper = 1,
     .placement = QUALITY_SHUFFLED, .scale = 0.1, .landscape = landscape_hartmann, .optimum = -3.32236801141551,
     .noise = 0.2},
    {.name = "noisy-branin-2", .group = "noisy", TEST, .d = 2, .space = QUALITY_BRANIN_SPACE,
     .placement = QUALITY_NUDGED, .scale = 2, .landscape = landscape_branin, .optimum = 0.39788735772973816,
     .noise = 3},
    {.name = "noisy-levy-5", .group = "noisy", DEV, BOX(5, 10), .placement = QUALITY_SHIFTED, .scale = 1,
     .landscape = landscape_levy, .noise = 1},
    {.name = "noisy-rosenbrock-5", .group = "noisy", TEST, BOX(5, 5), .placement = QUALITY_ROTATED, .scale = 0.4,
     .landscape = landscape_rosenbrock, .relative_noise = 0.3},

    {.name = "integer-ellipsoid-8", .group = "mixed", DEV, .space = QUALITY_INTEGER_ELLIPSOID_SPACE,
     .make = quality_make_integers, .value = quality_integer_ellipsoid},
    {.name = "integer-rosenbrock-5", .group = "mixed", TEST, .space = QUALITY_INTEGER_ROSENBROCK_SPACE,
     .make = quality_make_integers, .value = quality_integer_rosenbrock},
    {.name = "log-valley-5", .group = "mixed", DEV, .space = QUALITY_LOG_VALLEY_SPACE,
     .make = quality_make_log_valley, .value = quality_log_valley},
    {.name = "mixed-network-10", .group = "mixed", TEST, .space = QUALITY_NETWORK_SPACE,
     .make = quality_make_hidden, .value = quality_hidden},
    {.name = "categorical-basins-6", .group = "mixed", DEV, .space = QUALITY_BASINS_SPACE,
     .make = quality_make_hidden, .value = quality_hidden},
    {.name = "categorical-table-8", .group = "mixed", TEST, .space = QUALITY_TABLE_SPACE,
     .make = quality_make_table, .value = quality_table},

    {.name = "tree-9", .group = "conditional", DEV, .space = QUALITY_TREE_SPACE,
     .make = quality_make_tree, .value = quality_tree, .optimum = 0.1},
    {.name = "layers-12", .group = "conditional", TEST, .space = QUALITY_LAYERS_SPACE,
     .make = quality_make_hidden, .value = quality_hidden},
    {.name = "optimizer-choice-11", .group = "conditional", DEV, .space = QUALITY_CHOICE_SPACE,
     .make = quality_make_hidden, .value = quality_hidden},
    {.name = "pipeline-15", .group = "conditional", TEST, .space = QUALITY_PIPELINE_SPACE,
     .make = quality_make_hidden, .value = quality_hidden},

    {.name = "constrained-network-6", .group = "constrained", DEV, .space = QUALITY_CONSTRAINED_NETWORK_SPACE,
     .make = quality_make_hidden, .value = quality_hidden},
    {.name = "constrained-sphere-5", .group = "constrained", TEST, .space = QUALITY_CONSTRAINED_SPHERE_SPACE,
     .make = quality_make_constrained_sphere, .value = quality_constrained_sphere},

    {.name = "svm-heart", .group = "real", DEV, .space = QUALITY_SVM_SPACE,
     .make = quality_make_heart, .value = quality_svm, .optimum = NAN},
    {.name = "svr-diabetes", .group = "real", TEST, .space = QUALITY_SVR_SPACE,
     .make = quality_make_diabetes, .value = quality_svr, .optimum = NAN},
    {.name = "xgboost-diabetes", .group = "real", DEV, .space = QUALITY_XGBOOST_REGRESSION_SPACE,
     .make = quality_make_diabetes_folds, .value = quality_xgboost_regression, .optimum = NAN},
    {.name = "xgboost-heart", .group = "real", TEST, .space = QUALITY_XGBOOST_SPACE,
     .make = quality_make_heart_folds, .value = quality_xgboost, .optimum = NAN},
    {.name = "liblinear-heart", .group = "real", DEV, .space = QUALITY_LIBLINEAR_SPACE,
     .make = quality_make_heart, .value = quality_liblinear, .optimum = NAN},
    {.name = "liblinear-cancer", .group = "real", TEST, .space = QUALITY_LIBLINEAR_SPACE,
     .make = quality_make_cancer, .value = quality_liblinear, .optimum = NAN},
    {0},
};
/* clang-format on */

void quality_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void *quality_alloc(size_t n, size_t size) {
    void *memory = calloc(n ? n : 1, size);
    if (memory == NULL)
        quality_fail("no memory");
    return memory;
}

double quality_gaussian(lw_stream *stream) {
    double radius = sqrt(-2 * log(lw_stream_uniform(stream)));
    return radius * cos(2 * M_PI * lw_stream_uniform(stream));
}

double *quality_numbers(quality_instance *instance, size_t n) {
    instance->n_numbers = n;
    instance->numbers = quality_alloc(n, sizeof *instance->numbers);
    return instance->numbers;
}

const quality_problem *quality_problem_by_name(const char *name) {
    for (const quality_problem *p = quality_problems; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

/* FNV-1a, so that instances of one seed have nothing in common from problem to problem. */
static uint64_t stream_seed(const quality_problem *problem, uint64_t seed) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = problem->name; *c; c++)
        hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    return hash + seed;
}

/* Rows of Gaussians, made orthonormal by Gram and Schmidt. */
static void draw_rotation(double *R, size_t d, lw_stream *stream) {
    for (size_t i = 0; i < d; i++) {
        double *row = R + i * d;
        for (size_t j = 0; j < d; j++)
            row[j] = quality_gaussian(stream);
        for (size_t k = 0; k <= i; k++) {
            double product = 0;
            for (size_t j = 0; j < d; j++)
                product += row[j] * R[k * d + j];
            for (size_t j = 0; j < d; j++)
                row[j] = k < i ? row[j] - product * R[k * d + j] : row[j] / sqrt(product);
        }
    }
}

static void draw_permutation(size_t *permutation, size_t d, lw_stream *stream) {
    for (size_t i = 0; i < d; i++) {
        size_t j = (size_t)lw_stream_below(stream, i + 1);
        permutation[i] = permutation[j];
        permutation[j] = i;
    }
}

static void draw_placement(quality_instance *instance, lw_stream *stream) {
    const quality_problem *p = instance->problem;
    instance->shift = quality_alloc(p->d, sizeof *instance->shift);
    instance->rotation = quality_alloc(p->d * p->d, sizeof *instance->rotation);
    instance->permutation = quality_alloc(p->d, sizeof *instance->permutation);
    for (size_t i = 0; i < p->d; i++) {
        double u = lw_stream_uniform(stream);
        if (p->placement == QUALITY_ROTATED || p->placement == QUALITY_SHIFTED)
            instance->shift[i] = p->lower + (p->upper - p->lower) * (0.1 + 0.8 * u);
        else if (p->placement == QUALITY_MIRRORED)
            instance->shift[i] = u < 0.5 ? -1 : 1;
        else
            instance->shift[i] = p->scale * (2 * u - 1);
    }
    draw_rotation(instance->rotation, p->d, stream);
    draw_permutation(instance->permutation, p->d, stream);
}

static double coordinate(const quality_instance *instance, const double *x, size_t i) {
    const quality_problem *p = instance->problem;
    const double *shift = instance->shift;
    double turned = 0;
    switch (p->placement) {
    case QUALITY_ROTATED:
        for (size_t j = 0; j < p->d; j++)
            turned += instance->rotation[i * p->d + j] * (x[j] - shift[j]);
        return p->scale * turned;
    case QUALITY_SHIFTED:
        return p->scale * (x[i] - shift[i]);
    case QUALITY_NUDGED:
        return x[i] + shift[i];
    case QUALITY_SHUFFLED:
        return x[instance->permutation[i]] + shift[i];
    case QUALITY_MIRRORED:
        return x[i] * shift[i];
    }
    return NAN;
}

enum { MOST_COORDINATES = 64 };

static double landscape_value(const quality_instance *instance, const lw_config *config) {
    const quality_problem *p = instance->problem;
    double x[MOST_COORDINATES], z[MOST_COORDINATES];
    for (size_t i = 0; i < p->d; i++)
        x[i] = lw_config_number(config, i);
    for (size_t i = 0; i < p->d; i++)
        z[i] = coordinate(instance, x, i);
    return p->landscape(instance, z, p->d);
}

double quality_value(const quality_instance *instance, const lw_config *config) {
    if (instance->problem->value != NULL)
        return instance->problem->value(instance, config);
    return landscape_value(instance, config);
}

double quality_cost(const quality_instance *instance, double value, uint64_t evaluation) {
    const quality_problem *p = instance->problem;
    lw_stream stream;
    lw_stream_init(&stream, stream_seed(p, instance->seed), LW_PURPOSE_SAMPLE, evaluation, 0);
    double z = quality_gaussian(&stream);
    if (p->relative_noise > 0)
        value *= exp(p->relative_noise * z);
    return p->noise > 0 ? value + p->noise * z : value;
}

static lw_experiment *read_experiment(const quality_problem *problem, const char *header) {
    lw_text text = {0};
    lw_error error;
    lw_text_format(&text, "experiment: %s\n%s\nspace:\n", problem->name, header ? header : "");
    if (problem->space != NULL)
        lw_text_add(&text, problem->space);
    for (size_t i = 0; problem->space == NULL && i < problem->d; i++)
        lw_text_format(&text, "  x%zu: !UniformFloat [%.17g, %.17g]\n", i + 1, problem->lower, problem->upper);
    if (text.failed)
        quality_fail("no memory");
    lw_experiment *experiment = NULL;
    if (lw_experiment_parse(&experiment, text.bytes, text.length, problem->name, NULL, &error) != LW_OK)
        quality_fail("%s", error.message);
    lw_text_release(&text);
    return experiment;
}

quality_instance *quality_instance_new(const quality_problem *problem, uint64_t seed, const char *header) {
    quality_instance *instance = quality_alloc(1, sizeof *instance);
    instance->problem = problem;
    instance->seed = seed;
    instance->optimum = problem->optimum;
    instance->experiment = read_experiment(problem, header);
    instance->space = instance->experiment->spaces[0];
    lw_stream stream;
    lw_stream_init(&stream, stream_seed(problem, seed), LW_PURPOSE_MODEL, 0, 0);
    draw_placement(instance, &stream);
    if (problem->make != NULL)
        problem->make(instance, &stream);
    return instance;
}

void quality_instance_free(quality_instance *instance) {
    if (instance == NULL)
        return;
    quality_remove_folder(instance);
    lw_experiment_free(instance->experiment);
    free(instance->shift);
    free(instance->rotation);
    free(instance->permutation);
    free(instance->numbers);
    free(instance);
}
