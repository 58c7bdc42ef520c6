/**
 * Spaces in a few words, for tests. After cmocka.h.
 */
#ifndef LABWATCH_TESTS_SPACE_SKETCH_H
#define LABWATCH_TESTS_SPACE_SKETCH_H

#include <string.h>

#include <labwatch/config.h>
#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "space_builder.h"

#define SKETCH static inline __attribute__((unused))

SKETCH lw_draft_value real(double number) {
    return (lw_draft_value){.given = true, .value = {.kind = LW_VALUE_FLOAT, .number = number}};
}

SKETCH lw_draft_value whole(int64_t integer) {
    return (lw_draft_value){.given = true, .value = {.kind = LW_VALUE_INTEGER, .integer = integer}};
}

SKETCH lw_draft_value text(const char *bytes) {
    return (lw_draft_value){.given = true, .value = {.kind = LW_VALUE_TEXT, .text = {bytes, strlen(bytes)}}};
}

SKETCH lw_parameter_draft floats(double lower, double upper) {
    return (lw_parameter_draft){.kind = LW_DRAFT_FLOAT, .place = {1, 1}, .lower = real(lower), .upper = real(upper)};
}

SKETCH lw_parameter_draft integers(int64_t lower, int64_t upper) {
    return (lw_parameter_draft){
        .kind = LW_DRAFT_INTEGER, .place = {1, 1}, .lower = whole(lower), .upper = whole(upper)};
}

SKETCH lw_parameter_draft gaussian(double mu, double sigma) {
    return (lw_parameter_draft){.kind = LW_DRAFT_GAUSSIAN, .place = {1, 1}, .mu = real(mu), .sigma = real(sigma)};
}

SKETCH lw_parameter_draft choices(const lw_draft_value *values, size_t count) {
    return (lw_parameter_draft){.kind = LW_DRAFT_CATEGORICAL, .place = {1, 1}, .choices = values, .n_choices = count};
}

SKETCH lw_parameter_draft logarithmic(lw_parameter_draft draft) {
    draft.log_scale = true;
    return draft;
}

SKETCH lw_parameter_draft stepped(lw_parameter_draft draft, double step) {
    draft.step = draft.kind == LW_DRAFT_INTEGER ? whole((int64_t)step) : real(step);
    return draft;
}

SKETCH lw_parameter_draft bounded(lw_parameter_draft draft, double lower, double upper) {
    draft.lower = real(lower);
    draft.upper = real(upper);
    return draft;
}

SKETCH lw_parameter_draft with_default(lw_parameter_draft draft, lw_draft_value value) {
    draft.default_value = value;
    return draft;
}

SKETCH lw_parameter_draft weighted(lw_parameter_draft draft, const lw_draft_value *weights, size_t count) {
    draft.has_weights = true;
    draft.weights = weights;
    draft.n_weights = count;
    return draft;
}

SKETCH lw_parameter_draft when(lw_parameter_draft draft, const char *condition) {
    draft.when = (lw_draft_text){.bytes = condition, .length = strlen(condition), .place = {1, 10}, .literal = true};
    return draft;
}

SKETCH void add(lw_space_builder *builder, const char *key, lw_parameter_draft draft) {
    lw_space_builder_parameter(builder, key, &draft);
}

/** A constraint that stands on that line, from column 3 on. */
SKETCH void constrain(lw_space_builder *builder, const char *expression, size_t line) {
    lw_draft_text draft = {.bytes = expression, .length = strlen(expression), .place = {line, 3}, .literal = true};
    lw_space_builder_constraint(builder, &draft);
}

typedef struct problem {
    lw_place place;
    bool warning;
    char message[512];
} problem;

typedef struct problem_list {
    problem items[64];
    size_t n;
} problem_list;

/** An lw_problem_fn that keeps the first 64. */
SKETCH void note_problem(void *arg, lw_place place, bool warning, const char *message) {
    problem_list *list = arg;
    if (list->n == sizeof list->items / sizeof list->items[0])
        return;
    problem *noted = &list->items[list->n++];
    noted->place = place;
    noted->warning = warning;
    strncpy(noted->message, message, sizeof noted->message - 1);
}

/** The space, of which nothing may be wrong; frees the builder. */
SKETCH lw_space *finished(lw_space_builder *builder) {
    lw_space *space = NULL;
    lw_error error = {0};
    if (lw_space_builder_finish(builder, &space, NULL, NULL, &error) != LW_OK)
        fail_msg("%s", error.message);
    lw_space_builder_free(builder);
    return space;
}

/** Compares a configuration as users see it. */
SKETCH void assert_json(const lw_config *config, const char *expected) {
    bson_t document;
    assert_int_equal(lw_config_to_document(config, &document, NULL), LW_OK);
    char *json = lw_document_to_json(&document, false);
    bson_destroy(&document);
    assert_string_equal(json, expected);
    lw_free(json);
}

#endif
