/*
 * Reads ConfigSpace's JSON, of 1.x and of 0.4 to 0.7: they differ in the names of a few keys only (default_value and
 * default, weights and probabilities, CLAUSE_… and RELATION_…). Conditions and forbidden clauses become expressions.
 */
#include <string.h>

#include "convert_internal.h"
#include "space_reader.h"
#include "yaml_names.h"
#include "yaml_scalar.h"

typedef struct configspace_reader {
    lw_space_builder *builder;
    lw_arena *arena;
    lw_problems *problems;
    lw_yaml_names hyperparameters; /* name: its lw_yaml_node */
    lw_yaml_names conditions;      /* name of the child: its child_condition */
} configspace_reader;

typedef struct child_condition {
    lw_text text;
    bool broken; /* it was told what is wrong with it */
} child_condition;

/* ---- expressions ---- */

static bool is_keyword(const char *name) {
    static const char *const keywords[] = {"and", "or", "not", "in", "true", "false", "null", "True", "False", "None"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcmp(name, keywords[i]) == 0)
            return true;
    return false;
}

/* A name that an expression can have without backticks: letters, digits and _, with single dots inside. */
static bool is_plain_name(const char *name) {
    static const char begins[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", continues[] = "0123456789";
    if (!*name || !strchr(begins, *name) || is_keyword(name))
        return false;
    for (const char *at = name; *at; at++) {
        bool dot = *at == '.' && at[1] && (strchr(begins, at[1]) || strchr(continues, at[1]));
        if (!dot && !strchr(begins, *at) && !strchr(continues, *at))
            return false;
    }
    return true;
}

static void add_name(lw_text *out, const char *name) {
    if (is_plain_name(name)) {
        lw_text_add(out, name);
        return;
    }
    lw_text_add(out, "`");
    for (; *name; name++) {
        if (*name == '`' || *name == '\\')
            lw_text_add(out, "\\");
        lw_text_append(out, name, 1);
    }
    lw_text_add(out, "`");
}

static void add_quoted(lw_text *out, const char *bytes, size_t length) {
    lw_text_add(out, "'");
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\'' || bytes[i] == '\\')
            lw_text_add(out, "\\");
        lw_text_append(out, bytes + i, 1);
    }
    lw_text_add(out, "'");
}

static void add_value(lw_text *out, lw_value value) {
    if (value.kind == LW_VALUE_TEXT)
        add_quoted(out, value.text.bytes, value.text.length);
    else if (value.kind == LW_VALUE_FLOAT)
        lw_text_add_double(out, value.number);
    else if (value.kind == LW_VALUE_INTEGER)
        lw_text_format(out, "%lld", (long long)value.integer);
    else
        lw_text_add(out, value.kind == LW_VALUE_NULL ? "null" : value.boolean ? "true" : "false");
}

static bool add_node_value(configspace_reader *reader, lw_text *out, const lw_yaml_node *node) {
    lw_draft_value value;
    if (!node || node->kind != LW_YAML_SCALAR) {
        lw_problem(reader->problems, node ? node->place : (lw_place){0},
                   "a single value is expected in this condition");
        return false;
    }
    if (!lw_convert_value(&value, node, reader->arena, reader->problems))
        return false;
    add_value(out, value.value);
    return true;
}

static bool add_membership(configspace_reader *reader, lw_text *out, const char *name,
                           const lw_yaml_node *const *values, size_t count) {
    bool good = true;
    add_name(out, name);
    lw_text_add(out, " in [");
    for (size_t i = 0; i < count; i++) {
        lw_text_add(out, i > 0 ? ", " : "");
        good &= add_node_value(reader, out, values[i]);
    }
    lw_text_add(out, "]");
    return good;
}

/* The sequence of an ordinal hyperparameter; NULL for the others. */
static const lw_yaml_node *sequence_of(const configspace_reader *reader, const char *name) {
    const lw_yaml_node *found = lw_yaml_names_get(&reader->hyperparameters, name, strlen(name));
    const lw_yaml_node *sequence = found ? lw_convert_member(found, "sequence") : NULL;
    return sequence && sequence->kind == LW_YAML_SEQUENCE ? sequence : NULL;
}

/* ConfigSpace orders the values of an ordinal hyperparameter by their place in the sequence: the ones before or behind
 * the value are meant. */
static bool add_ordinal_comparison(configspace_reader *reader, lw_text *out, const char *name, const char *op,
                                   const lw_yaml_node *sequence, const lw_yaml_node *value) {
    size_t at = 0;
    while (at < sequence->n_children &&
           (value->kind != LW_YAML_SCALAR ||
            strcmp(sequence->children[at]->text ? sequence->children[at]->text : "", value->text) != 0))
        at++;
    if (at == sequence->n_children) {
        lw_problem(reader->problems, value->place, "%s is not in the sequence of '%s'", LW_DESCRIBE(value),
                   LW_SHOW(name));
        return false;
    }
    bool less = op[0] == '<', equal = op[1] == '=';
    size_t first = less ? 0 : at + !equal, end = less ? at + equal : sequence->n_children;
    if (first < end)
        return add_membership(reader, out, name, (const lw_yaml_node *const *)sequence->children + first, end - first);
    lw_problem(reader->problems, value->place, "nothing in the sequence of '%s' is %s %s", LW_SHOW(name),
               less ? "before" : "behind", LW_DESCRIBE(value));
    return false;
}

static bool add_comparison(configspace_reader *reader, lw_text *out, const char *name, const char *op,
                           const lw_yaml_node *mapping) {
    const lw_yaml_node *value = lw_yaml_get(mapping, "value");
    bool ordered = op[0] == '<' || op[0] == '>';
    const lw_yaml_node *sequence = ordered ? sequence_of(reader, name) : NULL;
    if (!value) {
        lw_problem(reader->problems, mapping->place, "'value' is missing here");
        return false;
    }
    if (sequence)
        return add_ordinal_comparison(reader, out, name, op, sequence, value);
    add_name(out, name);
    lw_text_format(out, " %s ", op);
    return add_node_value(reader, out, value);
}

static bool add_in(configspace_reader *reader, lw_text *out, const char *name, const lw_yaml_node *mapping) {
    const lw_yaml_node *values = lw_yaml_get(mapping, "values");
    if (values && values->kind == LW_YAML_SEQUENCE && values->n_children > 0)
        return add_membership(reader, out, name, (const lw_yaml_node *const *)values->children, values->n_children);
    lw_problem(reader->problems, mapping->place, "'values' must be a list that is not empty");
    return false;
}

typedef bool add_clause_fn(configspace_reader *reader, lw_text *out, const lw_yaml_node *clause, bool nested);

/* … and …: the members of a list; in brackets where it is part of another. */
static bool add_joined(configspace_reader *reader, lw_text *out, const lw_yaml_node *list, const char *join,
                       add_clause_fn *add, lw_place place, bool brackets) {
    if (!list || list->kind != LW_YAML_SEQUENCE || list->n_children == 0) {
        lw_problem(reader->problems, place, "a list of conditions is expected here");
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < list->n_children; i++) {
        lw_text_add(out, i > 0 ? join : brackets ? "(" : "");
        good &= add(reader, out, list->children[i], true);
    }
    lw_text_add(out, brackets ? ")" : "");
    return good;
}

typedef struct sign {
    const char *type, *op;
} sign;

static const char *find_sign(const sign *signs, const char *type) {
    for (; signs->type; signs++)
        if (strcmp(signs->type, type) == 0)
            return signs->op;
    return NULL;
}

static bool tell_unknown_type(configspace_reader *reader, const lw_yaml_node *mapping, const char *what,
                              const char *type) {
    lw_problem(reader->problems, mapping->place, "unknown type '%s' of a %s", LW_SHOW(type), what);
    return false;
}

static bool need_object(configspace_reader *reader, const lw_yaml_node *node, const char *what) {
    if (node->kind == LW_YAML_MAPPING)
        return true;
    lw_problem(reader->problems, node->place, "a %s must be a JSON object; this is %s", what, LW_DESCRIBE(node));
    return false;
}

/* ---- conditions ---- */

/* At the top `or` has brackets all the same: the next condition of the child is joined by `and`. */
static bool add_condition(configspace_reader *reader, lw_text *out, const lw_yaml_node *mapping, bool nested) {
    static const sign signs[] = {{"EQ", "=="}, {"NEQ", "!="}, {"LT", "<"}, {"GT", ">"}, {NULL, NULL}};
    const char *type =
        need_object(reader, mapping, "condition") ? lw_convert_text(mapping, "type", reader->problems) : NULL;
    if (!type)
        return false;
    bool and = strcmp(type, "AND") == 0;
    if (and || strcmp(type, "OR") == 0)
        return add_joined(reader, out, lw_yaml_get(mapping, "conditions"), and? " and " : " or ", add_condition,
                          mapping->place, nested || !and);
    const char *parent = lw_convert_text(mapping, "parent", reader->problems);
    if (!parent)
        return false;
    if (strcmp(type, "IN") == 0)
        return add_in(reader, out, parent, mapping);
    const char *op = find_sign(signs, type);
    return op ? add_comparison(reader, out, parent, op, mapping)
              : tell_unknown_type(reader, mapping, "condition", type);
}

/* Conditions of one child are collected: all of them must hold. */
static child_condition *condition_of(configspace_reader *reader, const char *child) {
    child_condition *condition = lw_yaml_names_get(&reader->conditions, child, strlen(child));
    if (condition) {
        lw_text_add(&condition->text, " and ");
        return condition;
    }
    condition = lw_arena_get(reader->arena, 1, sizeof *condition);
    if (condition && lw_yaml_names_put(&reader->conditions, child, strlen(child), condition))
        return condition;
    reader->problems->no_memory = true;
    return NULL;
}

static void read_condition(configspace_reader *reader, const lw_yaml_node *node) {
    const char *child =
        need_object(reader, node, "condition") ? lw_convert_text(node, "child", reader->problems) : NULL;
    if (!child)
        return;
    if (!lw_yaml_names_get(&reader->hyperparameters, child, strlen(child))) {
        lw_problem(reader->problems, node->place, "there is no hyperparameter '%s' for this condition", LW_SHOW(child));
        return;
    }
    child_condition *condition = condition_of(reader, child);
    if (condition && !add_condition(reader, &condition->text, node, false))
        condition->broken = true;
}

/* ---- forbidden clauses ---- */

static bool add_relation(configspace_reader *reader, lw_text *out, const lw_yaml_node *mapping, const char *op) {
    const char *left = lw_convert_text(mapping, "left", reader->problems),
               *right = lw_convert_text(mapping, "right", reader->problems);
    if (!left || !right)
        return false;
    add_name(out, left);
    lw_text_format(out, " %s ", op);
    add_name(out, right);
    return true;
}

static bool add_old_relation(configspace_reader *reader, lw_text *out, const lw_yaml_node *mapping) {
    static const sign signs[] = {{"LESS", "<"},    {"LT", "<"}, {"EQUALS", "=="}, {"EQ", "=="},
                                 {"GREATER", ">"}, {"GT", ">"}, {NULL, NULL}};
    const char *lambda = lw_convert_text(mapping, "lambda", reader->problems);
    const char *op = lambda ? find_sign(signs, lambda) : NULL;
    if (lambda && !op)
        return tell_unknown_type(reader, mapping, "relation", lambda);
    return op && add_relation(reader, out, mapping, op);
}

static bool add_forbidden(configspace_reader *reader, lw_text *out, const lw_yaml_node *mapping, bool nested) {
    static const sign clauses[] = {{"EQUALS", "=="},   {"CLAUSE_LT", "<"},  {"CLAUSE_LE", "<="},
                                   {"CLAUSE_GT", ">"}, {"CLAUSE_GE", ">="}, {NULL, NULL}};
    static const sign relations[] = {{"RELATION_LT", "<"}, {"RELATION_LE", "<="}, {"RELATION_EQ", "=="},
                                     {"RELATION_GT", ">"}, {"RELATION_GE", ">="}, {NULL, NULL}};
    const char *type =
        need_object(reader, mapping, "forbidden clause") ? lw_convert_text(mapping, "type", reader->problems) : NULL;
    if (!type)
        return false;
    bool and = strcmp(type, "AND") == 0;
    if (and || strcmp(type, "OR") == 0)
        return add_joined(reader, out, lw_yaml_get(mapping, "clauses"), and? " and " : " or ", add_forbidden,
                          mapping->place, nested);
    if (strcmp(type, "RELATION") == 0)
        return add_old_relation(reader, out, mapping);
    if (find_sign(relations, type))
        return add_relation(reader, out, mapping, find_sign(relations, type));
    const char *op = find_sign(clauses, type);
    bool in = strcmp(type, "IN") == 0;
    if (!op && !in)
        return tell_unknown_type(reader, mapping, "forbidden clause", type);
    const char *name = lw_convert_text(mapping, "name", reader->problems);
    if (!name)
        return false;
    return in ? add_in(reader, out, name, mapping) : add_comparison(reader, out, name, op, mapping);
}

static void read_forbidden(configspace_reader *reader, const lw_yaml_node *node) {
    lw_text text = {0};
    lw_text_add(&text, "not (");
    bool good = add_forbidden(reader, &text, node, false);
    lw_text_add(&text, ")");
    const lw_draft_text draft = {.bytes = text.bytes, .length = text.length, .place = node->place};
    if (text.failed)
        reader->problems->no_memory = true;
    else if (good)
        lw_space_builder_constraint(reader->builder, &draft);
    lw_text_release(&text);
}

/* ---- hyperparameters ---- */

static bool read_bounds(configspace_reader *reader, const lw_yaml_node *mapping, lw_parameter_draft *draft) {
    const struct {
        const char *key;
        lw_draft_value *value;
    } members[] = {{"lower", &draft->lower},
                   {"upper", &draft->upper},
                   {"q", &draft->step},
                   {"mu", &draft->mu},
                   {"sigma", &draft->sigma}};
    bool good = true;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        good &= lw_convert_value(members[i].value, lw_convert_member(mapping, members[i].key), reader->arena,
                                 reader->problems);
    draft->log_scale = lw_convert_flag(mapping, "log");
    draft->log_scale_place = mapping->place;
    bool quantized_gaussian = draft->kind == LW_DRAFT_GAUSSIAN && draft->step.given;
    if (quantized_gaussian || (draft->kind == LW_DRAFT_GAUSSIAN && draft->log_scale)) {
        lw_problem(reader->problems, mapping->place,
                   "a normal_float with '%s' cannot be expressed as a Gaussian of labwatch",
                   quantized_gaussian ? "q" : "log");
        return false;
    }
    return good;
}

static bool read_choices(configspace_reader *reader, const lw_yaml_node *mapping, lw_parameter_draft *draft) {
    const char *key = draft->kind == LW_DRAFT_ORDINAL ? "sequence" : "choices";
    const lw_yaml_node *choices = lw_convert_member(mapping, key), *weights = lw_convert_member(mapping, "weights");
    if (!weights)
        weights = lw_convert_member(mapping, "probabilities");
    if (!choices) {
        lw_problem(reader->problems, mapping->place, "'%s' is missing here", key);
        return false;
    }
    draft->choices_place = choices->place;
    bool good = lw_convert_values(&draft->choices, &draft->n_choices, choices, key, reader->arena, reader->problems);
    if (!weights)
        return good;
    draft->has_weights = true;
    draft->weights_place = weights->place;
    return lw_convert_values(&draft->weights, &draft->n_weights, weights, "weights", reader->arena, reader->problems) &&
           good;
}

static bool read_draft(configspace_reader *reader, const lw_yaml_node *mapping, lw_parameter_draft *draft) {
    const lw_yaml_node *given = lw_convert_member(mapping, "default_value");
    if (!given)
        given = lw_convert_member(mapping, "default");
    bool choice = draft->kind == LW_DRAFT_CATEGORICAL || draft->kind == LW_DRAFT_ORDINAL;
    bool good = choice ? read_choices(reader, mapping, draft) : read_bounds(reader, mapping, draft);
    return lw_convert_value(&draft->default_value, given, reader->arena, reader->problems) && good;
}

static void add_parameter(configspace_reader *reader, const char *name, lw_parameter_draft *draft) {
    const child_condition *condition = lw_yaml_names_get(&reader->conditions, name, strlen(name));
    if (condition)
        draft->when = (lw_draft_text){
            .bytes = condition->text.bytes, .length = condition->text.length, .place = draft->place};
    lw_space_builder_parameter(reader->builder, name, draft);
}

/* A constant is one for labwatch too, unless it has a condition: then it is a choice of one. */
static void add_constant(configspace_reader *reader, const char *name, const lw_yaml_node *mapping) {
    const lw_yaml_node *value = lw_yaml_get(mapping, "value");
    lw_draft_value only;
    if (!value) {
        lw_problem(reader->problems, mapping->place, "the constant '%s' has no value", LW_SHOW(name));
        lw_space_builder_broken(reader->builder, name, mapping->place);
    } else if (!lw_convert_value(&only, value, reader->arena, reader->problems)) {
        lw_space_builder_broken(reader->builder, name, mapping->place);
    } else if (lw_yaml_names_get(&reader->conditions, name, strlen(name))) {
        lw_parameter_draft draft = {
            .kind = LW_DRAFT_CATEGORICAL, .place = mapping->place, .choices = &only, .n_choices = 1};
        add_parameter(reader, name, &draft);
    } else {
        lw_space_reader_constant(reader->builder, name, value, mapping->place, reader->problems);
    }
}

static void read_hyperparameter(configspace_reader *reader, const lw_yaml_node *mapping) {
    static const struct {
        const char *name;
        lw_draft_kind kind;
    } types[] = {{"uniform_float", LW_DRAFT_FLOAT},
                 {"uniform_int", LW_DRAFT_INTEGER},
                 {"normal_float", LW_DRAFT_GAUSSIAN},
                 {"categorical", LW_DRAFT_CATEGORICAL},
                 {"ordinal", LW_DRAFT_ORDINAL}};
    const char *name = lw_convert_text(mapping, "name", reader->problems),
               *type = lw_convert_text(mapping, "type", reader->problems);
    if (!name || !type)
        return;
    const child_condition *condition = lw_yaml_names_get(&reader->conditions, name, strlen(name));
    if (condition && condition->broken) {
        lw_space_builder_broken(reader->builder, name, mapping->place);
        return;
    }
    if (strcmp(type, "constant") == 0 || strcmp(type, "unparametrized") == 0) {
        add_constant(reader, name, mapping);
        return;
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, type) != 0)
            continue;
        lw_parameter_draft draft = {.kind = types[i].kind, .place = mapping->place};
        if (read_draft(reader, mapping, &draft))
            add_parameter(reader, name, &draft);
        else
            lw_space_builder_broken(reader->builder, name, mapping->place);
        return;
    }
    lw_problem(reader->problems, mapping->place, "labwatch has nothing like the hyperparameter '%s' of type '%s'",
               LW_SHOW(name), LW_SHOW(type));
    lw_space_builder_broken(reader->builder, name, mapping->place);
}

/* ---- the whole ---- */

typedef void read_member_fn(configspace_reader *reader, const lw_yaml_node *node);

static void read_list(configspace_reader *reader, const lw_yaml_node *root, const char *key, read_member_fn *read) {
    const lw_yaml_node *list = lw_convert_member(root, key);
    if (list && list->kind != LW_YAML_SEQUENCE)
        lw_problem(reader->problems, list->place, "'%s' must be a list; this is %s", key, LW_DESCRIBE(list));
    for (size_t i = 0; list && list->kind == LW_YAML_SEQUENCE && i < list->n_children; i++)
        read(reader, list->children[i]);
}

/* Notes the name of a hyperparameter, so that conditions can be checked before the hyperparameters are read. */
static void note_hyperparameter(configspace_reader *reader, const lw_yaml_node *node) {
    if (!need_object(reader, node, "hyperparameter"))
        return;
    const lw_yaml_node *name = lw_yaml_get(node, "name");
    if (name && name->kind == LW_YAML_SCALAR &&
        !lw_yaml_names_put(&reader->hyperparameters, name->text, name->length, (void *)node))
        reader->problems->no_memory = true;
}

static void release_condition(configspace_reader *reader, const lw_yaml_node *node) {
    const lw_yaml_node *child = lw_yaml_get(node, "child");
    child_condition *condition = child && child->kind == LW_YAML_SCALAR
                                     ? lw_yaml_names_get(&reader->conditions, child->text, child->length)
                                     : NULL;
    if (!condition)
        return;
    reader->problems->no_memory |= condition->text.failed;
    lw_text_release(&condition->text);
}

static void read_hyperparameter_object(configspace_reader *reader, const lw_yaml_node *node) {
    if (node->kind == LW_YAML_MAPPING)
        read_hyperparameter(reader, node);
}

void lw_configspace_read(lw_space_builder *builder, const lw_yaml_node *root, lw_arena *arena, lw_problems *problems) {
    configspace_reader reader = {.builder = builder, .arena = arena, .problems = problems};
    if (!lw_convert_member(root, "hyperparameters"))
        lw_problem(problems, root->place, "there are no 'hyperparameters': is this the JSON of ConfigSpace?");
    read_list(&reader, root, "hyperparameters", note_hyperparameter);
    read_list(&reader, root, "conditions", read_condition);
    read_list(&reader, root, "hyperparameters", read_hyperparameter_object);
    read_list(&reader, root, "forbiddens", read_forbidden);
    read_list(&reader, root, "conditions", release_condition);
    lw_yaml_names_release(&reader.hyperparameters);
    lw_yaml_names_release(&reader.conditions);
}
