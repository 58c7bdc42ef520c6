/*
 * Optuna's distributions: a JSON object of name and what optuna.distributions.distribution_to_json gives, as text or as
 * the object that it is the text of. Optuna has no defaults: they are left out.
 */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "convert_internal.h"
#include "space_reader.h"
#include "space_writer.h"
#include "yaml_json.h"
#include "yaml_scalar.h"

/* ---- reading ---- */

typedef struct distribution_type {
    const char *name;
    lw_draft_kind kind;
    bool log, stepped; /* what the older names say */
} distribution_type;

static const distribution_type types[] = {
    {"FloatDistribution", LW_DRAFT_FLOAT, false, false},
    {"IntDistribution", LW_DRAFT_INTEGER, false, false},
    {"CategoricalDistribution", LW_DRAFT_CATEGORICAL, false, false},
    {"UniformDistribution", LW_DRAFT_FLOAT, false, false},
    {"LogUniformDistribution", LW_DRAFT_FLOAT, true, false},
    {"DiscreteUniformDistribution", LW_DRAFT_FLOAT, false, true},
    {"IntUniformDistribution", LW_DRAFT_INTEGER, false, false},
    {"IntLogUniformDistribution", LW_DRAFT_INTEGER, true, false},
};
enum { N_TYPES = sizeof types / sizeof *types };

typedef struct optuna_reader {
    lw_space_builder *builder;
    lw_arena *arena;
    lw_problems *problems;
} optuna_reader;

static const distribution_type *find_type(optuna_reader *reader, const lw_yaml_node *distribution) {
    const char *name = lw_convert_text(distribution, "name", reader->problems);
    const char *names[N_TYPES];
    for (size_t i = 0; name && i < N_TYPES; i++) {
        names[i] = types[i].name;
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    if (name)
        lw_problem(reader->problems, distribution->place, "unknown distribution '%s'%s", LW_SHOW(name),
                   LW_DID_YOU_MEAN(name, names, N_TYPES));
    return NULL;
}

/* A range of one value, or one choice, is a constant. */
static bool read_constant(optuna_reader *reader, const char *name, const lw_yaml_node *value, lw_place place) {
    lw_space_reader_constant(reader->builder, name, value, place, reader->problems);
    return true;
}

static bool read_choices(optuna_reader *reader, const char *name, const lw_yaml_node *attributes,
                         lw_parameter_draft *draft) {
    const lw_yaml_node *choices = lw_yaml_get(attributes, "choices");
    if (!choices) {
        lw_problem(reader->problems, attributes->place, "'choices' is missing here");
        return false;
    }
    if (choices->kind == LW_YAML_SEQUENCE && choices->n_children == 1)
        return read_constant(reader, name, choices->children[0], draft->place);
    draft->choices_place = choices->place;
    if (!lw_convert_values(&draft->choices, &draft->n_choices, choices, "choices", reader->arena, reader->problems))
        return false;
    lw_space_builder_parameter(reader->builder, name, draft);
    return true;
}

/* Optuna writes a step of 1 for every integer, also with log. */
static void drop_step_of_one(lw_draft_value *step) {
    if (step->value.kind == LW_VALUE_INTEGER && step->value.integer == 1)
        step->given = false;
}

static bool read_range(optuna_reader *reader, const char *name, const lw_yaml_node *attributes,
                       const distribution_type *type, lw_parameter_draft *draft) {
    const lw_yaml_node *low = lw_convert_member(attributes, "low"), *high = lw_convert_member(attributes, "high");
    const lw_yaml_node *step = lw_convert_member(attributes, type->stepped ? "q" : "step");
    if (!low || !high) {
        lw_problem(reader->problems, attributes->place, "'low' and 'high' are expected here");
        return false;
    }
    bool good = lw_convert_value(&draft->lower, low, reader->arena, reader->problems);
    good &= lw_convert_value(&draft->upper, high, reader->arena, reader->problems);
    good &= lw_convert_value(&draft->step, step, reader->arena, reader->problems);
    if (!good)
        return false;
    if (lw_value_equal(draft->lower.value, draft->upper.value))
        return read_constant(reader, name, low, draft->place);
    if (draft->kind == LW_DRAFT_INTEGER)
        drop_step_of_one(&draft->step);
    draft->log_scale = type->log || lw_convert_flag(attributes, "log");
    draft->log_scale_place = attributes->place;
    lw_space_builder_parameter(reader->builder, name, draft);
    return true;
}

static bool read_distribution(optuna_reader *reader, const char *name, const lw_yaml_node *node, lw_place place) {
    if (node->kind != LW_YAML_MAPPING) {
        lw_problem(reader->problems, node->place,
                   "a distribution is an object with 'name' and 'attributes'; this is %s", LW_DESCRIBE(node));
        return false;
    }
    const distribution_type *type = find_type(reader, node);
    const lw_yaml_node *attributes = lw_yaml_get(node, "attributes");
    if (!type)
        return false;
    if (!attributes || attributes->kind != LW_YAML_MAPPING) {
        lw_problem(reader->problems, node->place, "'attributes' is missing here");
        return false;
    }
    lw_parameter_draft draft = {.kind = type->kind, .place = place};
    return type->kind == LW_DRAFT_CATEGORICAL ? read_choices(reader, name, attributes, &draft)
                                              : read_range(reader, name, attributes, type, &draft);
}

/* A distribution as the text that distribution_to_json gave. */
static bool read_text(optuna_reader *reader, const char *name, const lw_yaml_node *node, lw_place place) {
    lw_problems inner = {.source = "its JSON"};
    lw_yaml_tree *tree = NULL;
    int rc = lw_yaml_tree_read(&tree, node->text, node->length, &inner);
    bool good = rc == LW_OK && read_distribution(&(optuna_reader){reader->builder, reader->arena, &inner}, name,
                                                 lw_yaml_tree_root(tree), place);
    lw_error error;
    rc = rc == LW_ENOMEM ? LW_ENOMEM : lw_problems_finish(&inner, NULL, &error);
    lw_problems_release(&inner);
    lw_yaml_tree_free(tree);
    if (rc == LW_ENOMEM)
        reader->problems->no_memory = true;
    else if (rc != LW_OK)
        lw_problem(reader->problems, node->place, "%s", error.message);
    return good && rc == LW_OK;
}

void lw_optuna_read(lw_space_builder *builder, const lw_yaml_node *root, lw_arena *arena, lw_problems *problems) {
    optuna_reader reader = {builder, arena, problems};
    for (size_t i = 0; i < lw_yaml_n_pairs(root); i++) {
        const lw_yaml_node *key = lw_yaml_key(root, i), *value = lw_yaml_value(root, i);
        if (key->unusable)
            continue;
        bool as_text = value->kind == LW_YAML_SCALAR && !value->plain;
        bool good = as_text ? read_text(&reader, key->text, value, key->place)
                            : read_distribution(&reader, key->text, value, key->place);
        if (!good)
            lw_space_builder_broken(builder, key->text, key->place);
    }
}

/* ---- writing ---- */

typedef struct optuna_writer {
    lw_text *out;
    bool first;
} optuna_writer;

static void begin(optuna_writer *writer, const char *name, const char *type) {
    lw_text_add(writer->out, writer->first ? "\n  " : ",\n  ");
    writer->first = false;
    lw_text_add_json(writer->out, name, strlen(name));
    lw_text_format(writer->out, ": {\"name\": \"%s\", \"attributes\": {", type);
}

static int check_value(const char *name, lw_value value, lw_error *error) {
    if (value.kind != LW_VALUE_DOCUMENT)
        return LW_OK;
    return lw_error_set(error, LW_EUNSUPPORTED,
                        "'%s' cannot be written for Optuna: it has a list or mapping as a value", LW_SHOW(name));
}

static int add_constant(void *arg, const char *name, lw_value value, lw_error *error) {
    optuna_writer *writer = arg;
    int rc = check_value(name, value, error);
    if (rc != LW_OK)
        return rc;
    begin(writer, name, "CategoricalDistribution");
    lw_text_add(writer->out, "\"choices\": [");
    lw_json_add_value(writer->out, value);
    lw_text_add(writer->out, "]}}");
    return LW_OK;
}

static int add_choices(optuna_writer *writer, const lw_parameter *shown, lw_error *error) {
    begin(writer, shown->name, "CategoricalDistribution");
    lw_text_add(writer->out, "\"choices\": [");
    for (size_t i = 0; i < shown->n_choices; i++) {
        int rc = check_value(shown->name, shown->choices[i].value, error);
        if (rc != LW_OK)
            return rc;
        lw_text_add(writer->out, i > 0 ? ", " : "");
        lw_json_add_value(writer->out, shown->choices[i].value);
    }
    lw_text_add(writer->out, "]}}");
    return LW_OK;
}

static void add_range(optuna_writer *writer, const lw_parameter *shown) {
    bool whole = shown->kind == LW_PARAMETER_INTEGER;
    begin(writer, shown->name, whole ? "IntDistribution" : "FloatDistribution");
    lw_text_add(writer->out, "\"step\": ");
    if (whole)
        lw_text_format(writer->out, "%lld, \"low\": %lld, \"high\": %lld", (long long)shown->step_integer,
                       (long long)shown->lower_integer, (long long)shown->upper_integer);
    else {
        if (shown->step > 0)
            lw_text_add_double(writer->out, shown->step);
        lw_text_add(writer->out, shown->step > 0 ? ", \"low\": " : "null, \"low\": ");
        lw_text_add_double(writer->out, shown->lower);
        lw_text_add(writer->out, ", \"high\": ");
        lw_text_add_double(writer->out, shown->upper);
    }
    lw_text_add(writer->out, shown->log_scale ? ", \"log\": true}}" : ", \"log\": false}}");
}

/* What Optuna lacks; NULL if it can express the parameter. */
static const char *what_is_missing(const lw_dimension *dimension) {
    const lw_parameter *shown = &dimension->shown;
    if (dimension->condition)
        return "conditions are not known there";
    if (shown->kind == LW_PARAMETER_GAUSSIAN)
        return "Gaussian distributions are not known there";
    if (shown->kind == LW_PARAMETER_ORDINAL)
        return "ordinal choices are not known there";
    if (lw_dimension_has_weights(dimension))
        return "weights are not known there";
    if (shown->log_scale && (shown->step > 0 || shown->step_integer > 1))
        return "a step cannot go with log_scale there";
    return NULL;
}

static int add_parameter(optuna_writer *writer, const lw_dimension *dimension, lw_error *error) {
    const lw_parameter *shown = &dimension->shown;
    const char *missing = what_is_missing(dimension);
    if (missing)
        return lw_error_set(error, LW_EUNSUPPORTED, "parameter '%s' cannot be written for Optuna: %s",
                            LW_SHOW(shown->name), missing);
    if (shown->n_choices > 0)
        return add_choices(writer, shown, error);
    add_range(writer, shown);
    return LW_OK;
}

int lw_optuna_write(lw_text *out, const lw_space *space, lw_error *error) {
    optuna_writer writer = {out, true};
    if (space->n_constraints > 0)
        return lw_error_set(error, LW_EUNSUPPORTED,
                            "the constraint '%s' cannot be written for Optuna: constraints are not known there",
                            LW_SHOW(space->constraints[0].text));
    int rc = LW_OK;
    lw_text_add(out, "{");
    for (size_t i = 0; i < space->n_parameters && rc == LW_OK; i++)
        rc = add_parameter(&writer, &space->dimensions[i], error);
    if (rc == LW_OK)
        rc = lw_convert_each_constant(space, add_constant, &writer, error);
    lw_text_add(out, "\n}\n");
    return rc;
}
