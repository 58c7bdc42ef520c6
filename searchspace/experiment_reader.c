#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "experiment_internal.h"
#include "parameter_reader.h"
#include "space_reader.h"
#include "yaml_scalar.h"

static const double default_lease_s = 120;

/* ---- spaces ---- */

typedef struct spaces_reader {
    lw_owned_experiment *owned;
    const lw_yaml_node *base;
    const lw_yaml_node *constraints; /* a list for all spaces, or a mapping of a space's name to its list */
    lw_problems *problems;
} spaces_reader;

static bool need_mapping(const lw_yaml_node *node, const char *key, lw_problems *problems) {
    if (node->kind == LW_YAML_MAPPING && !node->tag)
        return true;
    lw_problem(problems, node->place, "'%s' must be a mapping of names to values; this is %s", key,
               node->tag ? LW_SHOW(node->tag) : LW_DESCRIBE(node));
    return false;
}

static bool need_constraints(const lw_yaml_node *node, lw_problems *problems) {
    if (node->kind == LW_YAML_SEQUENCE)
        return true;
    lw_problem(problems, node->place,
               "'constraints' must be a list of expressions, as in [\"layers * width <= 4096\"]; this is %s",
               LW_DESCRIBE(node));
    return false;
}

static bool reserve_spaces(spaces_reader *reader, size_t count) {
    lw_owned_experiment *owned = reader->owned;
    owned->spaces = lw_calloc(count, sizeof(lw_space *));
    if (!owned->spaces)
        reader->problems->no_memory = true;
    owned->shown.spaces = owned->spaces;
    return owned->spaces != NULL;
}

/* "!UniformFloat [0, 1]" and UniformFloat(0, 1) are texts. */
static bool looks_like_type(const lw_yaml_node *node) {
    char name[32];
    bool has_mark = node->text[0] == '!';
    const char *text = node->text + has_mark;
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    if (length == 0 || length >= sizeof name || !(strchr(" ([{", text[length]) && (text[length] || has_mark)))
        return false;
    memcpy(name, text, length);
    name[length] = 0;
    bool behind = has_mark || strpbrk(text + length, "([{");
    return behind && lw_parameter_type_by_name(name);
}

static void warn_of_quoted_types(const lw_yaml_node *node, lw_problems *problems) {
    if (node->tag)
        return;
    if (node->kind == LW_YAML_SCALAR && looks_like_type(node))
        lw_problem_warning(problems, node->place,
                           "'%s' is a text, and so a constant; did you mean the tag, without quotes, as in !UniformFloat "
                           "[0, 1]?",
                           LW_SHOW(node->text));
    bool mapping = node->kind == LW_YAML_MAPPING;
    for (size_t i = mapping; node->kind != LW_YAML_SCALAR && i < node->n_children; i += 1 + mapping)
        warn_of_quoted_types(node->children[i], problems);
}

static void add_space(spaces_reader *reader, const char *name, const lw_yaml_node *node) {
    lw_owned_experiment *owned = reader->owned;
    const lw_yaml_node *all = reader->constraints;
    lw_space_source source = {.name = name, .space = node, .base = reader->base};
    if (all && all->kind == LW_YAML_SEQUENCE)
        source.constraints[0] = all;
    else if (all)
        source.constraints[1] = lw_yaml_get(all, name);
    size_t i = owned->shown.n_spaces++;
    lw_space_reader_read(&owned->spaces[i], &source, reader->problems);
    warn_of_quoted_types(node, reader->problems);
    if (owned->spaces[i] && lw_space_n_parameters(owned->spaces[i]) == 0 && reader->problems->n_errors == 0)
        lw_problem_warning(reader->problems, node->place,
                           "the space '%s' has no parameter, so there is nothing to search; one is written as in C: "
                           "!UniformFloat [0.1, 10]",
                           LW_SHOW(name));
}

/* `config` and `constraints` are read again for each space: what that makes is bounded, too. */
static bool is_bounded(const spaces_reader *reader, const lw_yaml_node *spaces) {
    size_t each =
        1 + (reader->base ? reader->base->n_nodes : 0) + (reader->constraints ? reader->constraints->n_nodes : 0);
    if (lw_yaml_n_pairs(spaces) <= LW_YAML_MOST_NODES / each)
        return true;
    lw_problem(reader->problems, spaces->place,
               "'config' and 'constraints' in each of %zu spaces make more than %d values", lw_yaml_n_pairs(spaces),
               LW_YAML_MOST_NODES);
    return false;
}

static void read_several(spaces_reader *reader, const lw_yaml_node *spaces) {
    if (!need_mapping(spaces, "spaces", reader->problems))
        return;
    if (spaces->n_children == 0)
        lw_problem(reader->problems, spaces->place, "'spaces' is empty; it needs at least one space");
    if (spaces->n_children == 0 || !is_bounded(reader, spaces) || !reserve_spaces(reader, lw_yaml_n_pairs(spaces)))
        return;
    for (size_t i = 0; i < lw_yaml_n_pairs(spaces); i++) {
        const lw_yaml_node *key = lw_yaml_key(spaces, i), *value = lw_yaml_value(spaces, i);
        if (!key->unusable && key->length == 0)
            lw_problem(reader->problems, key->place, "a space needs a name");
        else if (!key->unusable && need_mapping(value, key->text, reader->problems))
            add_space(reader, key->text, value);
    }
}

/* {small: ["a < b"], large: […]}: each name must be a space's. */
static bool check_constraints_by_space(const lw_yaml_node *constraints, const lw_yaml_node *spaces,
                                       lw_problems *problems) {
    bool good = true;
    for (size_t i = 0; i < lw_yaml_n_pairs(constraints); i++) {
        const lw_yaml_node *key = lw_yaml_key(constraints, i);
        if (key->unusable)
            continue;
        good &= need_constraints(lw_yaml_value(constraints, i), problems);
        if (lw_yaml_get(spaces, key->text))
            continue;
        lw_problem(problems, key->place, "'constraints' names the space '%s', which is not among 'spaces'",
                   LW_SHOW(key->text));
        good = false;
    }
    return good;
}

static void read_constraints(spaces_reader *reader, const lw_yaml_node *root, const lw_yaml_node *spaces) {
    const lw_yaml_node *constraints = lw_yaml_get(root, "constraints");
    bool nothing = !constraints || (constraints->plain && constraints->length == 0);
    if (nothing)
        return;
    bool by_space = spaces && constraints->kind == LW_YAML_MAPPING;
    bool good = by_space ? check_constraints_by_space(constraints, spaces, reader->problems)
                         : need_constraints(constraints, reader->problems);
    if (good)
        reader->constraints = constraints;
}

static void read_base(spaces_reader *reader, const lw_yaml_node *root) {
    const lw_yaml_node *base = lw_yaml_get(root, "config");
    if (base && need_mapping(base, "config", reader->problems))
        reader->base = base;
}

static void read_spaces(lw_owned_experiment *owned, const lw_yaml_node *root, lw_problems *problems) {
    const lw_yaml_node *space = lw_yaml_get(root, "space"), *spaces = lw_yaml_get(root, "spaces");
    spaces_reader reader = {.owned = owned, .problems = problems};
    read_base(&reader, root);
    read_constraints(&reader, root, spaces);
    if (space && spaces)
        lw_problem(problems, spaces->place,
                   "there is 'space' (line %zu) and 'spaces'; an experiment has one or the other", space->place.line);
    else if (spaces)
        read_several(&reader, spaces);
    else if (!space)
        lw_problem(problems, (lw_place){0},
                   "there is no 'space'; it describes the parameters, as in space: {C: !UniformFloat [0.1, 10]}");
    else if (need_mapping(space, "space", problems) && reserve_spaces(&reader, 1))
        add_space(&reader, "default", space);
}

/* ---- the whole ---- */

static void read_root(lw_owned_experiment *owned, const lw_yaml_node *root, lw_file_kind kind, lw_problems *problems) {
    if (root->kind != LW_YAML_MAPPING || root->tag) {
        lw_problem(problems, root->place,
                   "an experiment file is a mapping of keys such as 'experiment' and 'space'; this is %s",
                   LW_DESCRIBE(root));
        return;
    }
    lw_experiment_settings_read(owned, root, problems);
    if (kind == LW_FILE_EXPERIMENT && !lw_yaml_get(root, "experiment"))
        lw_problem(problems, (lw_place){0},
                   "there is no 'experiment'; it names the experiment, as in experiment: heart-svm");
    read_spaces(owned, root, problems);
    const lw_yaml_node *command = lw_yaml_get(root, "command");
    if (command && !problems->no_memory)
        lw_experiment_command_check(owned, command, problems);
    const lw_yaml_node *artifacts = lw_yaml_get(root, "artifacts");
    if (artifacts && !problems->no_memory)
        lw_experiment_artifacts_check(owned, artifacts, problems);
}

static lw_owned_experiment *new_experiment(const char *text, size_t length, const char *source) {
    lw_owned_experiment *owned = lw_calloc(1, sizeof *owned);
    if (!owned)
        return NULL;
    owned->options = bson_new();
    lw_experiment *shown = &owned->shown;
    shown->source = lw_arena_text(&owned->arena, source, strlen(source));
    shown->text = lw_arena_text(&owned->arena, text, length);
    shown->name = "";
    shown->objective = "result";
    shown->lease_s = default_lease_s;
    shown->target = NAN;
    shown->repeats = 1;
    if (shown->source && shown->text)
        return owned;
    lw_owned_experiment_free(owned);
    return NULL;
}

static int read_text(lw_owned_experiment *owned, const char *text, size_t length, lw_file_kind kind,
                     lw_problems *problems) {
    lw_yaml_tree *tree = NULL;
    int rc = lw_yaml_tree_read(&tree, text, length, problems);
    if (tree)
        read_root(owned, lw_yaml_tree_root(tree), kind, problems);
    lw_yaml_tree_free(tree);
    return rc;
}

int lw_experiment_reader_parse(lw_experiment **out, const char *text, size_t length, const char *source,
                               lw_file_kind kind, lw_diagnostics *diagnostics, lw_error *error) {
    lw_problems problems = {.source = source};
    lw_owned_experiment *owned = new_experiment(text, length <= LW_YAML_LARGEST_FILE ? length : 0, source);
    if (!owned || read_text(owned, text, length, kind, &problems) == LW_ENOMEM)
        problems.no_memory = true;
    int rc = lw_problems_finish(&problems, diagnostics, error);
    if (rc != LW_OK) {
        lw_owned_experiment_free(owned);
        return rc;
    }
    owned->shown.optimizer_options = owned->options;
    *out = &owned->shown;
    return LW_OK;
}
