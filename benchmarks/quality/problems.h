/**
 * The problems on which optimizers are compared: functions of configurations with a known optimum, and small real
 * tuning tasks.
 *
 * A problem is a search space and a family of instances, one for each seed: the optimum's place, rotations, tables and
 * the order of rows differ. Everybody evaluates through this one definition: run_ours.c links it, others talk to
 * `quality_problems serve`.
 */
#ifndef LABWATCH_QUALITY_PROBLEMS_H
#define LABWATCH_QUALITY_PROBLEMS_H

#include <labwatch/labwatch.h>

/** Raised whenever a value of any problem changes: traces of different suites are never compared. */
#define QUALITY_SUITE 1

typedef struct quality_instance quality_instance;

/** How the box [0, 1]^d (or whatever the space says) is laid over a landscape of z. */
typedef enum quality_placement {
    QUALITY_ROTATED,  /**< z = scale R (x - x*), x* uniform in the middle 80 % of the box, R orthogonal */
    QUALITY_SHIFTED,  /**< z = scale (x - x*) */
    QUALITY_NUDGED,   /**< z = x + delta, |delta| <= scale in each coordinate */
    QUALITY_SHUFFLED, /**< z_i = x_pi(i) + delta_i: the coordinates change places, too */
    QUALITY_MIRRORED  /**< z_i = +x_i or -x_i */
} quality_placement;

typedef struct quality_problem {
    const char *name;
    const char *group;  /**< continuous, noisy, mixed, conditional, constrained, real */
    bool test;          /**< marked `test` (for the final table only), otherwise `dev` (choices may be made on it) */
    size_t d;           /**< landscapes: number of coordinates x1 … xd */
    double lower, upper; /**< landscapes: of each coordinate */
    const char *space;  /**< YAML; NULL: d floats in [lower, upper] */
    quality_placement placement;
    double scale;
    double (*landscape)(const quality_instance *instance, const double *z, size_t d);
    /** Draws what the instance has beside its placement; sets its optimum. May be NULL. */
    void (*make)(quality_instance *instance, lw_stream *stream);
    double (*value)(const quality_instance *instance, const lw_config *config); /**< NULL: the landscape */
    double optimum;         /**< the lowest value; NaN: not known, the best ever seen stands for it */
    double noise;           /**< standard deviation of what is added to the value */
    double relative_noise;  /**< standard deviation of the logarithm of what the value is multiplied by */
} quality_problem;

struct quality_instance {
    const quality_problem *problem;
    lw_experiment *experiment;
    const lw_space *space; /**< the experiment's */
    uint64_t seed;
    double optimum;
    double *shift;      /**< d */
    double *rotation;   /**< d x d, rows */
    size_t *permutation; /**< d */
    double *numbers;    /**< what make() draws: n_numbers */
    size_t n_numbers;
    char *folder;       /**< real tasks: temporary files; NULL */
};

/** All problems, ended by one without a name; dev and test take turns. */
extern const quality_problem quality_problems[];

/** NULL if there is none. */
const quality_problem *quality_problem_by_name(const char *name);

/**
 * The instance of a seed. The text of its experiment has the header (YAML: optimizer, seed, runs; may be NULL) before
 * its space. Ends the program with a sentence where something is wrong, as everything here does.
 */
quality_instance *quality_instance_new(const quality_problem *problem, uint64_t seed, const char *header);
void quality_instance_free(quality_instance *instance);

/** The noiseless value. */
double quality_value(const quality_instance *instance, const lw_config *config);
/**
 * What an optimizer is told for a configuration of that value, as the evaluation of that index (from 1): with noise,
 * if the problem has any.
 */
double quality_cost(const quality_instance *instance, double value, uint64_t evaluation);

/* For the problems' files. */
void *quality_alloc(size_t n, size_t size);
void quality_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/** Standard normal. */
double quality_gaussian(lw_stream *stream);
/** Numbers for make(), kept in the instance. */
double *quality_numbers(quality_instance *instance, size_t n);

#endif
