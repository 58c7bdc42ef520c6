#include "parameter_reader.h"

#include <stdio.h>
#include <string.h>

#include "yaml_json.h"
#include "yaml_scalar.h"

enum { MOST_KEYS = 8 };

struct lw_parameter_type {
    const char *name;
    lw_draft_kind kind;
    bool constant;
    const char *keys[MOST_KEYS + 1]; /* of the long form; `type` is one of a mapping without a tag */
    const char *example;             /* what would be right */
};

static const lw_parameter_type types[] = {
    {"UniformFloat",
     LW_DRAFT_FLOAT,
     false,
     {"lower", "upper", "log_scale", "step", "default", "when"},
     "!UniformFloat {lower: 0, upper: 1} or !UniformFloat [0, 1]"},
    {"UniformInt",
     LW_DRAFT_INTEGER,
     false,
     {"lower", "upper", "log_scale", "step", "default", "when"},
     "!UniformInt {lower: 1, upper: 10} or !UniformInt [1, 10]"},
    {"UniformNumber",
     LW_DRAFT_NUMBER,
     false,
     {"lower", "upper", "log_scale", "step", "default", "when"},
     "!UniformNumber {lower: 1, upper: 10} or !UniformNumber [1, 10]"},
    {"Gaussian",
     LW_DRAFT_GAUSSIAN,
     false,
     {"mu", "sigma", "lower", "upper", "log_scale", "default", "when"},
     "!Gaussian {mu: 0, sigma: 1} or !Gaussian [0, 1]"},
    {"Categorical",
     LW_DRAFT_CATEGORICAL,
     false,
     {"choices", "weights", "default", "when"},
     "!Categorical {choices: [a, b]} or !Categorical [a, b]"},
    {"Ordinal",
     LW_DRAFT_ORDINAL,
     false,
     {"choices", "weights", "default", "when"},
     "!Ordinal {choices: [small, large]} or !Ordinal [small, large]"},
    {"Constant",
     LW_DRAFT_CATEGORICAL,
     true,
     {"value", "when"},
     "!Constant 5 or !Constant {value: 5, when: {kernel: rbf}}"},
};
enum { N_TYPES = sizeof types / sizeof *types };

/* What other tools call these keys. */
static const struct {
    const char *other, *ours;
} synonyms[] = {
    {"low", "lower"},
    {"min", "lower"},
    {"high", "upper"},
    {"max", "upper"},
    {"log", "log_scale"},
    {"q", "step"},
    {"values", "choices"},
    {"sequence", "choices"},
    {"items", "choices"},
    {"default_value", "default"},
    {"probabilities", "weights"},
    {"condition", "when"},
    {"mean", "mu"},
    {"std", "sigma"},
    {"loc", "mu"},
    {"scale", "sigma"},
};

/* ---- which type ---- */

const lw_parameter_type *lw_parameter_type_by_name(const char *name) {
    for (size_t i = 0; i < N_TYPES; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

static const char *type_hint(lw_shown *hint, const char *word) {
    const char *names[N_TYPES];
    for (size_t i = 0; i < N_TYPES; i++)
        names[i] = types[i].name;
    return lw_did_you_mean(hint, word, names, N_TYPES);
}

static bool is_standard_tag(const char *tag) {
    return strncmp(tag, "tag:yaml.org,2002:", strlen("tag:yaml.org,2002:")) == 0;
}

/* The standard tags of scalars are for who reads the scalar; of the others only !!map and !!seq say nothing new. */
static bool is_harmless_tag(const lw_yaml_node *node) {
    if (strcmp(node->tag, "!") == 0 || (is_standard_tag(node->tag) && node->kind == LW_YAML_SCALAR))
        return true;
    const char *own = node->kind == LW_YAML_MAPPING ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq";
    return strcmp(node->tag, own) == 0;
}

static lw_entry entry_by_tag(const lw_yaml_node *node, const lw_parameter_type **type, lw_problems *problems) {
    if (is_harmless_tag(node))
        return LW_ENTRY_PLAIN;
    const char *name = is_standard_tag(node->tag) ? strrchr(node->tag, ':') + 1 : node->tag + (node->tag[0] == '!');
    *type = is_standard_tag(node->tag) ? NULL : lw_parameter_type_by_name(name);
    if (*type)
        return LW_ENTRY_PARAMETER;
    lw_shown hint = {{0}};
    if (!*type_hint(&hint, name))
        lw_problem(problems, node->place,
                   "unknown tag '!%s'; a parameter is one of !UniformFloat, !UniformInt, !UniformNumber, "
                   "!Gaussian, !Categorical, !Ordinal, !Constant",
                   LW_SHOW(name));
    else
        lw_problem(problems, node->place, "unknown tag '!%s'%s", LW_SHOW(name), hint.bytes);
    return LW_ENTRY_WRONG;
}

static bool is_parameter_key(const char *key) {
    for (size_t i = 0; i < N_TYPES; i++)
        for (const char *const *known = types[i].keys; *known; known++)
            if (strcmp(*known, key) == 0)
                return true;
    return false;
}

/* A mapping in which everything but `type` is a parameter's key, such as {type: UnifromFloat, lower: 0, upper: 1}. */
static bool looks_like_parameter(const lw_yaml_node *mapping) {
    size_t n = lw_yaml_n_pairs(mapping), known = 0;
    for (size_t i = 0; i < n; i++) {
        const lw_yaml_node *key = lw_yaml_key(mapping, i);
        known += key->kind == LW_YAML_SCALAR && is_parameter_key(key->text);
    }
    return n > 1 && known + 1 == n;
}

static lw_entry entry_by_type(const lw_yaml_node *mapping, const lw_parameter_type **type, lw_problems *problems) {
    const lw_yaml_node *word = lw_yaml_get(mapping, "type");
    if (!word || word->kind != LW_YAML_SCALAR || word->tag)
        return LW_ENTRY_PLAIN;
    *type = lw_parameter_type_by_name(word->text);
    if (*type)
        return LW_ENTRY_PARAMETER;
    lw_shown hint = {{0}};
    if (!looks_like_parameter(mapping) || !*type_hint(&hint, word->text))
        return LW_ENTRY_PLAIN;
    lw_problem(problems, word->place, "unknown type '%s'%s", LW_SHOW(word->text), hint.bytes);
    return LW_ENTRY_WRONG;
}

lw_entry lw_parameter_entry(const lw_yaml_node *node, const lw_parameter_type **type, lw_problems *problems) {
    *type = NULL;
    if (node->tag && !is_harmless_tag(node))
        return entry_by_tag(node, type, problems);
    return node->kind == LW_YAML_MAPPING ? entry_by_type(node, type, problems) : LW_ENTRY_PLAIN;
}

/* ---- values ---- */

typedef struct parameter_reader {
    const lw_parameter_type *type;
    lw_parameter_draft *draft;
    lw_arena *arena;
    lw_problems *problems;
    const lw_yaml_node *value; /* of a constant */
} parameter_reader;

static bool read_document(parameter_reader *reader, const lw_yaml_node *node, lw_draft_value *out) {
    const char *json;
    size_t length;
    if (!lw_yaml_to_json(node, reader->arena, &json, &length, reader->problems))
        return false;
    out->value = (lw_value){.kind = LW_VALUE_DOCUMENT, .text = {json, length}};
    return true;
}

static bool read_value(parameter_reader *reader, const lw_yaml_node *node, lw_draft_value *out) {
    *out = (lw_draft_value){.given = true, .place = node->place};
    if (node->kind != LW_YAML_SCALAR)
        return read_document(reader, node, out);
    out->spelling = node->text;
    return lw_yaml_scalar_value(node, &out->value, reader->problems);
}

static bool read_number(parameter_reader *reader, const char *key, const lw_yaml_node *node, lw_draft_value *out) {
    if (!read_value(reader, node, out))
        return false;
    if (out->value.kind == LW_VALUE_INTEGER || out->value.kind == LW_VALUE_FLOAT)
        return true;
    lw_problem(reader->problems, node->place, "'%s' must be a number; this is %s", key, LW_DESCRIBE(node));
    return false;
}

static bool read_flag(parameter_reader *reader, const char *key, const lw_yaml_node *node, bool *out) {
    lw_value value = {.kind = LW_VALUE_NULL};
    if (node->kind == LW_YAML_SCALAR && !lw_yaml_scalar_value(node, &value, reader->problems))
        return false;
    if (value.kind != LW_VALUE_BOOL) {
        lw_problem(reader->problems, node->place, "'%s' must be true or false; this is %s", key, LW_DESCRIBE(node));
        return false;
    }
    *out = value.boolean;
    return true;
}

typedef bool read_item_fn(parameter_reader *reader, const lw_yaml_node *node, lw_draft_value *out);

static bool read_weight(parameter_reader *reader, const lw_yaml_node *node, lw_draft_value *out) {
    return read_number(reader, "weights", node, out);
}

/* Reads each item of a list. */
static bool read_items(parameter_reader *reader, const lw_yaml_node *list, read_item_fn *read_item,
                       const lw_draft_value **out) {
    lw_draft_value *items = lw_arena_get(reader->arena, list->n_children + 1, sizeof *items);
    if (!items) {
        reader->problems->no_memory = true;
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < list->n_children; i++)
        good &= read_item(reader, list->children[i], &items[i]);
    *out = items;
    return good;
}

static bool need_list(parameter_reader *reader, const char *key, const lw_yaml_node *node) {
    if (node->kind == LW_YAML_SEQUENCE)
        return true;
    lw_problem(reader->problems, node->place, "'%s' must be a list, as in [a, b, c]; this is %s", key,
               LW_DESCRIBE(node));
    return false;
}

static bool read_choices(parameter_reader *reader, const lw_yaml_node *node) {
    lw_parameter_draft *draft = reader->draft;
    if (!need_list(reader, "choices", node))
        return false;
    draft->choices_place = node->place;
    draft->n_choices = node->n_children;
    return read_items(reader, node, read_value, &draft->choices);
}

static bool read_weights(parameter_reader *reader, const lw_yaml_node *node) {
    lw_parameter_draft *draft = reader->draft;
    if (!need_list(reader, "weights", node))
        return false;
    draft->has_weights = true;
    draft->weights_place = node->place;
    draft->n_weights = node->n_children;
    return read_items(reader, node, read_weight, &draft->weights);
}

/* ---- when ---- */

static bool read_conjunct(parameter_reader *reader, const lw_yaml_node *key, const lw_yaml_node *value,
                          lw_draft_conjunct *out) {
    if (value->kind == LW_YAML_MAPPING) {
        lw_problem(reader->problems, value->place,
                   "a mapping cannot be a value in 'when'; a nested parameter is named with dots, as in "
                   "'when: {net.layers: 2}'");
        return false;
    }
    *out = (lw_draft_conjunct){.name = key->text, .place = key->place, .n_values = 1};
    if (value->kind == LW_YAML_SEQUENCE) {
        out->n_values = value->n_children;
        if (value->n_children > 0)
            return read_items(reader, value, read_value, &out->values);
        lw_problem(reader->problems, value->place, "'when' has no value for '%s'; it needs at least one",
                   LW_SHOW(key->text));
        return false;
    }
    lw_draft_value *single = lw_arena_get(reader->arena, 1, sizeof *single);
    out->values = single;
    if (!single)
        reader->problems->no_memory = true;
    return single && read_value(reader, value, single);
}

static bool read_conjuncts(parameter_reader *reader, const lw_yaml_node *mapping) {
    lw_parameter_draft *draft = reader->draft;
    size_t n = lw_yaml_n_pairs(mapping);
    lw_draft_conjunct *conjuncts = lw_arena_get(reader->arena, n + 1, sizeof *conjuncts);
    if (!conjuncts) {
        reader->problems->no_memory = true;
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < n; i++)
        if (!lw_yaml_key(mapping, i)->unusable)
            good &= read_conjunct(reader, lw_yaml_key(mapping, i), lw_yaml_value(mapping, i),
                                  &conjuncts[draft->n_conjuncts++]);
    draft->conjuncts = conjuncts;
    return good;
}

static bool read_when(parameter_reader *reader, const lw_yaml_node *node) {
    if (node->kind == LW_YAML_MAPPING && node->n_children > 0)
        return read_conjuncts(reader, node);
    if (node->kind != LW_YAML_SCALAR || node->length == 0) {
        lw_problem(reader->problems, node->place,
                   "'when' must be a mapping such as {kernel: rbf} or {kernel: [rbf, poly]}, or an expression such "
                   "as \"batch > 64\"; this is %s",
                   node->n_children == 0 && node->kind == LW_YAML_MAPPING ? "an empty mapping" : LW_DESCRIBE(node));
        return false;
    }
    reader->draft->when = (lw_draft_text){node->text, node->length, node->content_place, node->literal};
    return true;
}

/* ---- the long form ---- */

static bool has_key(const lw_parameter_type *type, const char *key) {
    for (const char *const *known = type->keys; *known; known++)
        if (strcmp(*known, key) == 0)
            return true;
    return false;
}

static const char *synonym_of(const lw_parameter_type *type, const char *key) {
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (strcmp(synonyms[i].other, key) == 0 && has_key(type, synonyms[i].ours))
            return synonyms[i].ours;
    return NULL;
}

/* "lower, upper and when" */
static void list_keys(lw_shown *list, const lw_parameter_type *type) {
    size_t at = 0;
    for (const char *const *key = type->keys; *key; key++) {
        const char *before = key == type->keys ? "" : key[1] ? ", " : " and ";
        at += (size_t)snprintf(list->bytes + at, sizeof list->bytes - at, "%s%s", before, *key);
    }
}

static bool tell_unknown_key(parameter_reader *reader, const lw_yaml_node *key) {
    const lw_parameter_type *type = reader->type;
    size_t n_keys = 0;
    while (type->keys[n_keys])
        n_keys++;
    const char *ours = synonym_of(type, key->text);
    lw_shown hint = {{0}}, list = {{0}};
    if (ours)
        snprintf(hint.bytes, sizeof hint.bytes, "; did you mean '%s'?", ours);
    else if (!is_parameter_key(key->text))
        lw_did_you_mean(&hint, key->text, type->keys, n_keys);
    list_keys(&list, type);
    if (*hint.bytes)
        lw_problem(reader->problems, key->place, "%s has no key '%s'%s", type->name, LW_SHOW(key->text), hint.bytes);
    else
        lw_problem(reader->problems, key->place, "%s has no key '%s'; it has %s", type->name, LW_SHOW(key->text),
                   list.bytes);
    return false;
}

static bool read_key(parameter_reader *reader, const lw_yaml_node *key, const lw_yaml_node *value) {
    lw_parameter_draft *draft = reader->draft;
    const char *name = key->text;
    const struct {
        const char *name;
        lw_draft_value *number;
    } numbers[] = {{"lower", &draft->lower},
                   {"upper", &draft->upper},
                   {"step", &draft->step},
                   {"mu", &draft->mu},
                   {"sigma", &draft->sigma}};

    if (!has_key(reader->type, name))
        return tell_unknown_key(reader, key);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(name, numbers[i].name) == 0)
            return read_number(reader, name, value, numbers[i].number);
    if (strcmp(name, "log_scale") == 0) {
        draft->log_scale_place = value->place;
        return read_flag(reader, name, value, &draft->log_scale);
    }
    if (strcmp(name, "default") == 0)
        return read_value(reader, value, &draft->default_value);
    if (strcmp(name, "choices") == 0)
        return read_choices(reader, value);
    if (strcmp(name, "weights") == 0)
        return read_weights(reader, value);
    if (strcmp(name, "when") == 0)
        return read_when(reader, value);
    reader->value = value;
    return true;
}

static bool read_long_form(parameter_reader *reader, const lw_yaml_node *mapping) {
    bool good = true;
    for (size_t i = 0; i < lw_yaml_n_pairs(mapping); i++) {
        const lw_yaml_node *key = lw_yaml_key(mapping, i);
        bool is_type = !mapping->tag && key->kind == LW_YAML_SCALAR && strcmp(key->text, "type") == 0;
        if (key->unusable)
            good = false;
        else if (!is_type)
            good &= read_key(reader, key, lw_yaml_value(mapping, i));
    }
    return good;
}

/* ---- the short form ---- */

static bool tell_short_form(parameter_reader *reader, const lw_yaml_node *node) {
    bool gaussian = reader->type->kind == LW_DRAFT_GAUSSIAN;
    lw_problem(reader->problems, node->place,
               "the short form is %s or %s; everything else needs the long form, as in !%s {%s, default: 1}",
               gaussian ? "[mu, sigma]" : "[lower, upper]",
               gaussian ? "[mu, sigma, log_scale]" : "[lower, upper, log_scale]", reader->type->name,
               gaussian ? "mu: 0, sigma: 1" : "lower: 0, upper: 1");
    return false;
}

static bool read_short_flag(parameter_reader *reader, const lw_yaml_node *node) {
    static const char *const flags[] = {"log_scale"};
    lw_value value;
    if (node->kind == LW_YAML_SCALAR && strcmp(node->text, flags[0]) == 0) {
        reader->draft->log_scale = true;
        reader->draft->log_scale_place = node->place;
        return true;
    }
    if (node->kind == LW_YAML_SCALAR && lw_yaml_scalar_value(node, &value, reader->problems) &&
        value.kind == LW_VALUE_TEXT) {
        const char *hint =
            strcmp(node->text, "log") == 0 ? "; did you mean 'log_scale'?" : LW_DID_YOU_MEAN(node->text, flags, 1);
        lw_problem(reader->problems, node->place, "unknown flag '%s'%s", LW_SHOW(node->text),
                   *hint ? hint : "; the one there is is log_scale");
        return false;
    }
    return tell_short_form(reader, node);
}

static bool read_short_numbers(parameter_reader *reader, const lw_yaml_node *list) {
    lw_parameter_draft *draft = reader->draft;
    bool gaussian = reader->type->kind == LW_DRAFT_GAUSSIAN;
    if (list->n_children < 2)
        return tell_short_form(reader, list);
    bool good =
        read_number(reader, gaussian ? "mu" : "lower", list->children[0], gaussian ? &draft->mu : &draft->lower);
    good &=
        read_number(reader, gaussian ? "sigma" : "upper", list->children[1], gaussian ? &draft->sigma : &draft->upper);
    for (size_t i = 2; i < list->n_children; i++) {
        if (!read_short_flag(reader, list->children[i]))
            return false;
    }
    return good;
}

static bool read_short_form(parameter_reader *reader, const lw_yaml_node *list) {
    switch (reader->type->kind) {
    case LW_DRAFT_CATEGORICAL:
    case LW_DRAFT_ORDINAL:
        return read_choices(reader, list);
    default:
        return read_short_numbers(reader, list);
    }
}

/* ---- the whole ---- */

/* The value of `!Constant VALUE`: the node without its tag. */
static bool take_value(parameter_reader *reader, const lw_yaml_node *node) {
    lw_yaml_node *bare = lw_arena_get(reader->arena, 1, sizeof *bare);
    if (!bare) {
        reader->problems->no_memory = true;
        return false;
    }
    *bare = *node;
    bare->tag = NULL;
    reader->value = bare;
    return true;
}

static bool finish_constant(parameter_reader *reader, const lw_yaml_node *node, const lw_yaml_node **constant) {
    lw_parameter_draft *draft = reader->draft;
    if (!reader->value) {
        lw_problem(reader->problems, node->place, "a Constant needs a value, as in %s", reader->type->example);
        return false;
    }
    if (!draft->when.bytes && draft->n_conjuncts == 0) {
        *constant = reader->value;
        return true;
    }
    lw_draft_value *only = lw_arena_get(reader->arena, 1, sizeof *only);
    draft->choices = only;
    draft->n_choices = 1;
    draft->choices_place = reader->value->place;
    if (!only)
        reader->problems->no_memory = true;
    return only && read_value(reader, reader->value, only);
}

static bool tell_scalar(parameter_reader *reader, const lw_yaml_node *node) {
    lw_problem(reader->problems, node->place, "a %s cannot be %s; write %s", reader->type->name,
               node->length > 0 ? LW_SHOW(node->text) : "empty", reader->type->example);
    return false;
}

bool lw_parameter_read(const lw_yaml_node *node, const lw_parameter_type *type, lw_arena *arena,
                       lw_parameter_draft *draft, const lw_yaml_node **constant, lw_problems *problems) {
    parameter_reader reader = {.type = type, .draft = draft, .arena = arena, .problems = problems};
    *draft = (lw_parameter_draft){.kind = type->kind, .place = node->place};
    *constant = NULL;
    bool good = true;
    if (node->kind == LW_YAML_MAPPING)
        good = read_long_form(&reader, node);
    else if (type->constant)
        good = take_value(&reader, node);
    else if (node->kind == LW_YAML_SEQUENCE)
        good = read_short_form(&reader, node);
    else
        good = tell_scalar(&reader, node);
    return good && type->constant ? finish_constant(&reader, node, constant) : good;
}
