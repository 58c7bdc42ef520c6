#include "space_reader.h"

#include <string.h>

#include "parameter_reader.h"
#include "space_builder.h"
#include "yaml_json.h"
#include "yaml_scalar.h"

typedef struct space_reader {
    lw_space_builder *builder;
    lw_arena arena; /* lists of the parameter that is being read */
    lw_problems *problems;
    bool base; /* inside `config:`, where nothing is searched */
} space_reader;

static void read_entry(space_reader *reader, const char *key, const lw_yaml_node *node, lw_place place);

static void read_pairs(space_reader *reader, const lw_yaml_node *mapping) {
    for (size_t i = 0; i < lw_yaml_n_pairs(mapping); i++) {
        const lw_yaml_node *key = lw_yaml_key(mapping, i);
        if (!key->unusable)
            read_entry(reader, key->text, lw_yaml_value(mapping, i), key->place);
    }
}

static void add_scalar(lw_space_builder *builder, const char *key, const lw_yaml_node *node, lw_place place,
                       lw_problems *problems) {
    lw_value value;
    if (lw_yaml_scalar_value(node, &value, problems) && !lw_yaml_tell_not_finite(node, value, problems))
        lw_space_builder_constant(builder, key, value, node->text, place);
    else
        lw_space_builder_broken(builder, key, place);
}

/* A constant, or a mapping or list with anything in it. As deep as the tree at most: LW_YAML_DEEPEST. */
static void read_plain(space_reader *reader, const char *key, const lw_yaml_node *node, lw_place place) {
    switch (node->kind) {
    case LW_YAML_SCALAR:
        add_scalar(reader->builder, key, node, place, reader->problems);
        break;
    case LW_YAML_MAPPING:
        lw_space_builder_open_mapping(reader->builder, key, place);
        read_pairs(reader, node);
        lw_space_builder_close(reader->builder);
        break;
    case LW_YAML_SEQUENCE:
        lw_space_builder_open_sequence(reader->builder, key, place);
        for (size_t i = 0; i < node->n_children; i++)
            read_entry(reader, NULL, node->children[i], node->children[i]->place);
        lw_space_builder_close(reader->builder);
        break;
    }
}

/* As deep as the tree at most: LW_YAML_DEEPEST. */
void lw_space_reader_constant(lw_space_builder *builder, const char *key, const lw_yaml_node *node, lw_place place,
                              lw_problems *problems) {
    if (lw_yaml_tell_strange_tag(node, problems)) {
        lw_space_builder_broken(builder, key, place);
        return;
    }
    switch (node->kind) {
    case LW_YAML_SCALAR:
        add_scalar(builder, key, node, place, problems);
        break;
    case LW_YAML_MAPPING:
        lw_space_builder_open_mapping(builder, key, place);
        for (size_t i = 0; i < lw_yaml_n_pairs(node); i++) {
            const lw_yaml_node *inner = lw_yaml_key(node, i);
            if (!inner->unusable)
                lw_space_reader_constant(builder, inner->text, lw_yaml_value(node, i), inner->place, problems);
        }
        lw_space_builder_close(builder);
        break;
    case LW_YAML_SEQUENCE:
        lw_space_builder_open_sequence(builder, key, place);
        for (size_t i = 0; i < node->n_children; i++)
            lw_space_reader_constant(builder, NULL, node->children[i], node->children[i]->place, problems);
        lw_space_builder_close(builder);
        break;
    }
}

static void read_parameter(space_reader *reader, const char *key, const lw_yaml_node *node,
                           const lw_parameter_type *type, lw_place place) {
    lw_parameter_draft draft;
    const lw_yaml_node *constant;
    if (reader->base) {
        lw_problem(reader->problems, node->place,
                   "a parameter cannot stand in 'config', which holds plain values; move it to 'space'");
        lw_space_builder_broken(reader->builder, key, place);
    } else if (!lw_parameter_read(node, type, &reader->arena, &draft, &constant, reader->problems)) {
        lw_space_builder_broken(reader->builder, key, place);
    } else if (constant) {
        lw_space_reader_constant(reader->builder, key, constant, place, reader->problems);
    } else {
        draft.place = place;
        lw_space_builder_parameter(reader->builder, key, &draft);
    }
    lw_arena_release(&reader->arena);
}

static void read_entry(space_reader *reader, const char *key, const lw_yaml_node *node, lw_place place) {
    const lw_parameter_type *type;
    switch (lw_parameter_entry(node, &type, reader->problems)) {
    case LW_ENTRY_PLAIN:
        read_plain(reader, key, node, place);
        break;
    case LW_ENTRY_PARAMETER:
        read_parameter(reader, key, node, type, place);
        break;
    case LW_ENTRY_WRONG:
        lw_space_builder_broken(reader->builder, key, place);
        break;
    }
}

static void read_constraints(space_reader *reader, const lw_yaml_node *list) {
    for (size_t i = 0; list && i < list->n_children; i++) {
        const lw_yaml_node *node = list->children[i];
        const lw_draft_text text = {node->text, node->length, node->content_place, node->literal};
        if (node->kind == LW_YAML_SCALAR && node->length > 0)
            lw_space_builder_constraint(reader->builder, &text);
        else
            lw_problem(reader->problems, node->place,
                       "a constraint is an expression such as \"layers * width <= 4096\"; this is %s",
                       LW_DESCRIBE(node));
    }
}

static void on_problem(void *arg, lw_place place, bool warning, const char *message) {
    lw_problems *problems = arg;
    if (warning)
        lw_problem_warning(problems, place, "%s", message);
    else
        lw_problem(problems, place, "%s", message);
}

void lw_space_reader_finish(lw_space **out, lw_space_builder *builder, size_t n_errors, lw_problems *problems) {
    lw_error error;
    size_t errors = problems->n_errors;
    *out = NULL;
    int rc = lw_space_builder_finish(builder, out, on_problem, problems, &error);
    if (rc == LW_ENOMEM)
        problems->no_memory = true;
    else if (rc != LW_OK && problems->n_errors == errors)
        lw_problem(problems, (lw_place){0}, "%s", error.message); /* nothing that has a place */
    if (problems->n_errors <= n_errors && !problems->no_memory)
        return;
    lw_space_free(*out);
    *out = NULL;
}

void lw_space_reader_read(lw_space **out, const lw_space_source *source, lw_problems *problems) {
    *out = NULL;
    size_t errors = problems->n_errors;
    space_reader reader = {.builder = lw_space_builder_new(source->name), .problems = problems};
    if (!reader.builder) {
        problems->no_memory = true;
        return;
    }
    if (source->base) {
        reader.base = true;
        read_pairs(&reader, source->base);
        lw_space_builder_end_base(reader.builder);
        reader.base = false;
    }
    read_pairs(&reader, source->space);
    read_constraints(&reader, source->constraints[0]);
    read_constraints(&reader, source->constraints[1]);
    lw_space_reader_finish(out, reader.builder, errors, problems);
    lw_space_builder_free(reader.builder);
}
