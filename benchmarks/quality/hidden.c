#include "hidden.h"
#include <math.h>

static double square(double x) {
    return x * x;
}

static bool has_order(const lw_parameter *p) {
    return p->kind != LW_PARAMETER_CATEGORICAL;
}

/**
 * Where the value of an active parameter lies: 0 at its lower end, 1 at its upper end, on its scale. A category: its
 * index.
 */
static double position(const lw_config *config, size_t i) {
    const lw_parameter *p = lw_space_parameter(lw_config_space(config), i);
    if (p->kind == LW_PARAMETER_CATEGORICAL)
        return (double)lw_config_choice(config, i);
    if (p->kind == LW_PARAMETER_ORDINAL)
        return (double)lw_config_choice(config, i) / (double)(p->n_choices - 1);
    double v = lw_config_number(config, i);
    bool whole = p->kind == LW_PARAMETER_INTEGER;
    double lower = whole ? (double)p->lower_integer : p->lower, upper = whole ? (double)p->upper_integer : p->upper;
    return p->log_scale ? log(v / lower) / log(upper / lower) : (v - lower) / (upper - lower);
}

/*
 * The numbers of a hidden instance, for d parameters of at most MOST choices:
 * targets[d], steepness[d], price[d][MOST], move[d][MOST][d].
 */
enum { MOST_CHOICES = 5, MOST_PARAMETERS = 32 };

static size_t price_at(size_t d, size_t i, size_t choice) {
    return 2 * d + i * MOST_CHOICES + choice;
}

static size_t move_at(size_t d, size_t i, size_t choice, size_t j) {
    return (2 + MOST_CHOICES) * d + (i * MOST_CHOICES + choice) * d + j;
}

static size_t count_active(const lw_config *config) {
    size_t n = 0;
    for (size_t i = 0; i < lw_space_n_parameters(lw_config_space(config)); i++)
        n += lw_config_is_active(config, i);
    return n;
}

static void sample(lw_config *config, lw_stream *stream) {
    lw_error error;
    if (lw_config_sample(config, stream, &error) != LW_OK)
        quality_fail("%s", error.message);
}

static lw_config *new_config(const quality_instance *instance) {
    lw_error error;
    lw_config *config = NULL;
    if (lw_config_new(&config, instance->space, &error) != LW_OK)
        quality_fail("%s", error.message);
    return config;
}

/**
 * The hidden configuration is the one with most parameters among a few, so that no instance is a problem of one
 * dimension. What is not active in it gets its target from later ones.
 */
static void draw_targets(quality_instance *instance, lw_stream *stream, double *targets, size_t d) {
    enum { FEW = 5 };
    lw_config *config = new_config(instance), *most = new_config(instance);
    sample(most, stream);
    for (int k = 1; k < FEW; k++) {
        sample(config, stream);
        if (count_active(config) > count_active(most))
            lw_config_copy(most, config);
    }
    for (size_t i = 0; i < d; i++)
        targets[i] = lw_config_is_active(most, i) ? position(most, i) : NAN;
    for (bool missing = true; missing;) {
        missing = false;
        sample(config, stream);
        for (size_t i = 0; i < d; i++) {
            if (isnan(targets[i]) && lw_config_is_active(config, i))
                targets[i] = position(config, i);
            missing |= isnan(targets[i]);
        }
    }
    lw_config_free(config);
    lw_config_free(most);
}

void quality_make_hidden(quality_instance *instance, lw_stream *stream) {
    size_t d = lw_space_n_parameters(instance->space);
    double *n = quality_numbers(instance, (2 + MOST_CHOICES + MOST_CHOICES * d) * d);
    draw_targets(instance, stream, n, d);
    for (size_t i = 0; i < d; i++) {
        const lw_parameter *p = lw_space_parameter(instance->space, i);
        n[d + i] = pow(10, 1.5 * lw_stream_uniform(stream));
        for (size_t c = 0; !has_order(p) && c < p->n_choices; c++) {
            double wrong = c == (size_t)n[i] ? 0 : 1;
            n[price_at(d, i, c)] = wrong * (0.05 + 0.45 * lw_stream_uniform(stream));
            for (size_t j = 0; j < d; j++)
                n[move_at(d, i, c, j)] = wrong * 0.5 * (lw_stream_uniform(stream) - 0.5);
        }
    }
    instance->optimum = 0;
}

double quality_hidden(const quality_instance *instance, const lw_config *config) {
    size_t d = lw_space_n_parameters(instance->space);
    const double *n = instance->numbers;
    double miss[MOST_PARAMETERS] = {0}, price = 0;
    for (size_t i = 0; i < d; i++) {
        if (!lw_config_is_active(config, i))
            continue;
        double at = position(config, i);
        if (has_order(lw_space_parameter(instance->space, i))) {
            miss[i] += at - n[i];
            continue;
        }
        price += n[price_at(d, i, (size_t)at)];
        for (size_t j = 0; j < d; j++)
            miss[j] += n[move_at(d, i, (size_t)at, j)];
    }
    double sum = 0, before = 0;
    for (size_t i = 0; i < d; i++) {
        if (!lw_config_is_active(config, i) || !has_order(lw_space_parameter(instance->space, i)))
            continue;
        double pulled = miss[i] + 0.5 * before;
        sum += n[d + i] * square(pulled) + 0.05 * (1 - cos(6 * M_PI * pulled));
        before = miss[i];
    }
    return price + log1p(sum);
}

/* x*[d], then R[d][d]. */
void quality_make_integers(quality_instance *instance, lw_stream *stream) {
    size_t d = lw_space_n_parameters(instance->space);
    double *n = quality_numbers(instance, d + d * d);
    for (size_t i = 0; i < d; i++) {
        const lw_parameter *p = lw_space_parameter(instance->space, i);
        double range = (double)(p->upper_integer - p->lower_integer);
        n[i] = round((double)p->lower_integer + range * (0.1 + 0.8 * lw_stream_uniform(stream)));
    }
    for (size_t k = 0; k < d * d; k++)
        n[d + k] = quality_gaussian(stream) / sqrt((double)d);
    instance->optimum = 0;
}

double quality_integer_ellipsoid(const quality_instance *instance, const lw_config *config) {
    size_t d = lw_space_n_parameters(instance->space);
    const double *n = instance->numbers;
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        double z = 0.3 * ((double)lw_config_integer(config, i) - n[i]);
        for (size_t j = 0; j < d; j++)
            z += n[d + i * d + j] * ((double)lw_config_integer(config, j) - n[j]);
        sum += square(z);
    }
    return sum;
}

double quality_integer_rosenbrock(const quality_instance *instance, const lw_config *config) {
    size_t d = lw_space_n_parameters(instance->space);
    const double *n = instance->numbers;
    double sum = 0;
    for (size_t i = 0; i + 1 < d; i++) {
        double z = 1 + 0.25 * ((double)lw_config_integer(config, i) - n[i]);
        double next = 1 + 0.25 * ((double)lw_config_integer(config, i + 1) - n[i + 1]);
        sum += 100 * square(square(z) - next) + square(z - 1);
    }
    return sum;
}

enum { RATE, MOMENTUM, DECAY, BATCH, EPOCHS };

/* log10 of the step, log10 of the decay, batch, epochs, momentum: the best ones. */
void quality_make_log_valley(quality_instance *instance, lw_stream *stream) {
    double *n = quality_numbers(instance, 5);
    n[0] = -4 + 3 * lw_stream_uniform(stream);
    n[1] = -7 + 5 * lw_stream_uniform(stream);
    n[2] = round(pow(2, 4 + 5 * lw_stream_uniform(stream)));
    n[3] = round(pow(10, 0.5 + 1.4 * lw_stream_uniform(stream)));
    n[4] = 0.2 + 0.75 * lw_stream_uniform(stream);
    instance->optimum = 0;
}

double quality_log_valley(const quality_instance *instance, const lw_config *config) {
    const double *n = instance->numbers;
    double momentum = lw_config_number(config, MOMENTUM), batch = lw_config_number(config, BATCH);
    double step = log10(lw_config_number(config, RATE) / (1 - momentum)) - n[0] - 0.5 * log10(batch / n[2]);
    double decay = log10(lw_config_number(config, DECAY)) - n[1] + 0.5 * step;
    double early = fmax(0, log10(n[3] / lw_config_number(config, EPOCHS)) - 0.3 * step);
    double chance = 2.3;
    if (step > 1.2)
        return chance; /* diverged */
    double others = 0.4 * square(log10(batch / n[2])) + square(momentum - n[4]) + 0.7 * square(early);
    double loss = square(step) + 0.1 * square(decay) + others;
    return chance * (1 - exp(-loss));
}

enum { TABLE_PARAMETERS = 8, TABLE_CHOICES = 4 };

static double table_value(const double *n, const size_t *choices) {
    double sum = 0;
    for (size_t i = 0; i < TABLE_PARAMETERS; i++) {
        size_t next = choices[(i + 1) % TABLE_PARAMETERS];
        const double *prices = n + i * TABLE_CHOICES * (TABLE_CHOICES + 1);
        sum += prices[choices[i]] + prices[TABLE_CHOICES + choices[i] * TABLE_CHOICES + next];
    }
    return sum;
}

void quality_make_table(quality_instance *instance, lw_stream *stream) {
    size_t count = TABLE_PARAMETERS * TABLE_CHOICES * (TABLE_CHOICES + 1);
    double *n = quality_numbers(instance, count);
    for (size_t k = 0; k < count; k++)
        n[k] = (k % (TABLE_CHOICES * (TABLE_CHOICES + 1)) < TABLE_CHOICES ? 2 : 1) * lw_stream_uniform(stream);
    instance->optimum = INFINITY;
    for (size_t code = 0; code < 1u << (2 * TABLE_PARAMETERS); code++) {
        size_t choices[TABLE_PARAMETERS];
        for (size_t i = 0; i < TABLE_PARAMETERS; i++)
            choices[i] = code >> (2 * i) & 3;
        instance->optimum = fmin(instance->optimum, table_value(n, choices));
    }
}

double quality_table(const quality_instance *instance, const lw_config *config) {
    size_t choices[TABLE_PARAMETERS];
    for (size_t i = 0; i < TABLE_PARAMETERS; i++)
        choices[i] = lw_config_choice(config, i);
    return table_value(instance->numbers, choices);
}

enum { SIDE, LEFT, RIGHT, FIRST_LEAF, R1 = FIRST_LEAF + 4, R2, N_LEAVES = 4 };

/* For each leaf the place of its minimum, then what it costs, which is 0.1, 0.2, 0.3 and 0.4 in some order. */
void quality_make_tree(quality_instance *instance, lw_stream *stream) {
    double *n = quality_numbers(instance, 2 * N_LEAVES);
    for (size_t i = 0; i < N_LEAVES; i++) {
        n[i] = 1.2 * lw_stream_uniform(stream) - 0.6;
        size_t j = (size_t)lw_stream_below(stream, i + 1);
        n[N_LEAVES + i] = n[N_LEAVES + j];
        n[N_LEAVES + j] = 0.1 * (double)(i + 1);
    }
}

double quality_tree(const quality_instance *instance, const lw_config *config) {
    bool right = lw_config_choice(config, SIDE) == 1;
    size_t leaf = 2 * (size_t)right + lw_config_choice(config, right ? RIGHT : LEFT);
    double x = lw_config_number(config, FIRST_LEAF + leaf), r = lw_config_number(config, right ? R2 : R1);
    return square(x - instance->numbers[leaf]) + instance->numbers[N_LEAVES + leaf] + r;
}

/* The centre: on the plane x1 + x2 + x3 = 1, and then some way beyond it; x4 below x5. */
void quality_make_constrained_sphere(quality_instance *instance, lw_stream *stream) {
    double *n = quality_numbers(instance, 5), sum = 0;
    for (size_t i = 0; i < 3; i++)
        sum += n[i] = 0.2 + lw_stream_uniform(stream);
    double beyond = 0.1 + 0.2 * lw_stream_uniform(stream);
    for (size_t i = 0; i < 3; i++)
        n[i] = n[i] / sum + beyond;
    n[3] = 0.5 * lw_stream_uniform(stream);
    n[4] = n[3] + 0.5 * lw_stream_uniform(stream);
    instance->optimum = 30 * square(beyond);
}

double quality_constrained_sphere(const quality_instance *instance, const lw_config *config) {
    double sum = 0;
    for (size_t i = 0; i < 5; i++)
        sum += 10 * square(lw_config_number(config, i) - instance->numbers[i]);
    return sum;
}
