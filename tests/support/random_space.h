/**
 * Random spaces for property tests. After cmocka.h.
 */
#ifndef LABWATCH_TESTS_RANDOM_SPACE_H
#define LABWATCH_TESTS_RANDOM_SPACE_H

#include <math.h>
#include <stdio.h>

#include "space_sketch.h"

SKETCH bool random_bool(lw_stream *stream) {
    return lw_stream_below(stream, 2) == 1;
}

/* Of any size that a double can have, short or with all its digits. */
SKETCH double random_size(lw_stream *stream) {
    static const double reach[] = {1, 3, 12, 100, 307};
    double exponent = (2 * lw_stream_uniform(stream) - 1) * reach[lw_stream_below(stream, 5)];
    double value = pow(10, exponent) * (0.1 + lw_stream_uniform(stream));
    if (random_bool(stream))
        return value;
    char text[40];
    snprintf(text, sizeof text, "%.*g", (int)lw_stream_below(stream, 4) + 1, value);
    return strtod(text, NULL);
}

SKETCH lw_parameter_draft random_float(lw_stream *stream) {
    bool log_scale = random_bool(stream);
    double a = random_size(stream) * (log_scale || random_bool(stream) ? 1 : -1), b;
    switch (lw_stream_below(stream, 4)) {
    case 0: /* narrow */
        b = a + fabs(a) * pow(10, -1 - 13 * lw_stream_uniform(stream));
        break;
    case 1:
        b = log_scale ? a * 1000 : 0;
        break;
    default:
        b = random_size(stream);
    }
    lw_parameter_draft draft = floats(fmin(a, b), fmax(a, b));
    draft.log_scale = log_scale;
    if (lw_stream_below(stream, 3) == 0)
        draft.step = real((fmax(a, b) - fmin(a, b)) / (double)(1 + lw_stream_below(stream, 1000)));
    return draft;
}

SKETCH lw_parameter_draft random_integer(lw_stream *stream) {
    bool log_scale = random_bool(stream);
    int64_t lower = (int64_t)(lw_stream_bits(stream) >> (2 + lw_stream_below(stream, 61)));
    uint64_t width = lw_stream_bits(stream) >> (12 + lw_stream_below(stream, 50));
    if (log_scale)
        width = lw_stream_bits(stream) >> (2 + lw_stream_below(stream, 60));
    else if (random_bool(stream))
        lower = -lower;
    lower += log_scale;
    int64_t upper =
        width > (uint64_t)INT64_MAX - (uint64_t)(lower > 0 ? lower : 0) ? INT64_MAX : lower + (int64_t)width;
    lw_parameter_draft draft = integers(lower, upper);
    draft.log_scale = log_scale;
    if (lw_stream_below(stream, 3) == 0)
        draft.step = whole((int64_t)(1 + width / (1 + lw_stream_below(stream, 100))));
    return draft;
}

SKETCH lw_parameter_draft random_gaussian(lw_stream *stream) {
    bool log_scale = random_bool(stream);
    double mu = random_size(stream) * (log_scale || random_bool(stream) ? 1 : -1);
    double sigma = log_scale ? pow(10, 2 - 10 * lw_stream_uniform(stream))
                             : fabs(mu) * pow(10, 3 - 12 * lw_stream_uniform(stream));
    lw_parameter_draft draft = gaussian(mu, sigma);
    draft.log_scale = log_scale;
    double z = 6 * (2 * lw_stream_uniform(stream) - 1), width = pow(10, 1 - 7 * lw_stream_uniform(stream));
    double lower = log_scale ? mu * exp(sigma * z) : mu + sigma * z;
    double upper = log_scale ? mu * exp(sigma * (z + width)) : mu + sigma * (z + width);
    if (random_bool(stream))
        draft.lower = real(lower);
    if (random_bool(stream))
        draft.upper = real(upper);
    return draft;
}

/* Room for the choices of a draft, which the builder copies. */
typedef struct choice_room {
    lw_draft_value values[12], weights[12];
    char texts[12][24];
} choice_room;

SKETCH lw_parameter_draft random_choices(lw_stream *stream, choice_room *room) {
    size_t count = 1 + lw_stream_below(stream, 12);
    for (size_t i = 0; i < count; i++) {
        snprintf(room->texts[i], sizeof room->texts[i], "c%zu", i);
        switch (lw_stream_below(stream, 4)) {
        case 0:
            room->values[i] = whole((int64_t)i);
            break;
        case 1:
            room->values[i] = real((double)i + 0.5);
            break;
        default:
            room->values[i] = text(room->texts[i]);
        }
        room->weights[i] = real(pow(10, -9 * lw_stream_uniform(stream)));
    }
    lw_parameter_draft draft = choices(room->values, count);
    if (random_bool(stream))
        draft.kind = LW_DRAFT_ORDINAL;
    return random_bool(stream) ? weighted(draft, room->weights, count) : draft;
}

/** A parameter of any kind; not all of them make sense. */
SKETCH lw_parameter_draft random_parameter(lw_stream *stream, choice_room *room) {
    switch (lw_stream_below(stream, 4)) {
    case 0:
        return random_float(stream);
    case 1:
        return random_integer(stream);
    case 2:
        return random_gaussian(stream);
    default:
        return random_choices(stream, room);
    }
}

/* A condition over one of the first n of "p0", "p1", …, which are integers and choices; sometimes over two. */
SKETCH const char *random_condition(lw_stream *stream, size_t n, char *out, size_t size) {
    size_t a = lw_stream_below(stream, n), b = lw_stream_below(stream, n);
    switch (lw_stream_below(stream, 4)) {
    case 0:
        snprintf(out, size, "p%zu == 1", a);
        break;
    case 1:
        snprintf(out, size, "p%zu in [1, 2] or p%zu == 2", a, b);
        break;
    case 2:
        snprintf(out, size, "p%zu != 2 and not p%zu == 1", a, b);
        break;
    default:
        snprintf(out, size, "p%zu + p%zu < 4", a, b);
    }
    return out;
}

/**
 * A space of a few small integers and choices "p0", …, with conditions up to several deep, now and then continuous
 * leaves, and constraints. NULL if what came out cannot be, for example because a condition never holds.
 */
SKETCH lw_space *random_small_space(lw_stream *stream, bool finite) {
    lw_space_builder *builder = lw_space_builder_new("random");
    size_t n_small = 1 + lw_stream_below(stream, 5), n_leaves = finite ? 0 : lw_stream_below(stream, 4);
    char name[32], condition[80];
    for (size_t i = 0; i < n_small + n_leaves; i++) {
        choice_room room;
        lw_draft_value numbers[] = {whole(1), whole(2), whole(3), whole(4)};
        lw_parameter_draft draft = random_bool(stream) ? integers(1, 2 + (int64_t)lw_stream_below(stream, 3))
                                                       : choices(numbers, 2 + lw_stream_below(stream, 3));
        if (i >= n_small)
            draft = random_bool(stream) ? floats(0, 1) : random_choices(stream, &room);
        if (i > 0 && lw_stream_below(stream, 3) > 0)
            draft = when(draft, random_condition(stream, i < n_small ? i : n_small, condition, sizeof condition));
        snprintf(name, sizeof name, i < n_small ? "p%zu" : "leaf.p%zu", i);
        add(builder, name, draft);
    }
    lw_space_builder_constant(builder, "fixed", whole(3).value, NULL, (lw_place){1, 1});
    for (size_t i = lw_stream_below(stream, 3); i > 0; i--)
        constrain(builder, random_condition(stream, n_small, condition, sizeof condition), i);
    lw_space *space = NULL;
    int status = lw_space_builder_finish(builder, &space, NULL, NULL, NULL);
    lw_space_builder_free(builder);
    return status == LW_OK ? space : NULL;
}

#endif
