#include <labwatch/convert.h>

#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "convert_internal.h"
#include "experiment_internal.h"
#include "space_internal.h"
#include "space_reader.h"
#include "space_writer.h"
#include "yaml_json.h"
#include "yaml_scalar.h"

/* ---- names ---- */

static const char *const format_names[] = {
    [LW_FORMAT_LABWATCH] = "labwatch",
    [LW_FORMAT_CONFIGSPACE] = "configspace",
    [LW_FORMAT_CONFIGSPACE_06] = "configspace-0.6",
    [LW_FORMAT_OPTUNA] = "optuna",
    [LW_FORMAT_SACRED] = "sacred",
};
enum { N_FORMATS = sizeof format_names / sizeof *format_names };

const char *lw_space_format_name(lw_space_format format) {
    return (size_t)format < N_FORMATS ? format_names[format] : NULL;
}

int lw_space_format_by_name(const char *name, lw_error *error) {
    for (int i = 0; i < N_FORMATS; i++)
        if (strcmp(format_names[i], name) == 0)
            return i;
    const char *hint = LW_DID_YOU_MEAN(name, format_names, N_FORMATS);
    lw_error_set(error, LW_ENOTFOUND, "unknown format '%s'%s", LW_SHOW(name),
                 *hint ? hint : "; the formats are labwatch, configspace, configspace-0.6, optuna and sacred");
    return -1;
}

/* ---- writing ---- */

static int write_format(lw_text *text, const lw_space *space, lw_space_format format, lw_error *error) {
    switch (format) {
    case LW_FORMAT_LABWATCH:
        return lw_labwatch_write(text, space, error);
    case LW_FORMAT_CONFIGSPACE:
    case LW_FORMAT_CONFIGSPACE_06:
        return lw_configspace_write(text, space, format == LW_FORMAT_CONFIGSPACE_06, error);
    case LW_FORMAT_OPTUNA:
        return lw_optuna_write(text, space, error);
    case LW_FORMAT_SACRED:
        return lw_sacred_write(text, space, error);
    }
    return lw_error_set(error, LW_EINVAL, "there is no format number %d", (int)format);
}

int lw_space_write(char **out, const lw_space *space, lw_space_format format, lw_error *error) {
    lw_text text = {0};
    int rc = write_format(&text, space, format, error);
    char *written = rc == LW_OK ? lw_text_take(&text) : NULL;
    lw_text_release(&text);
    if (rc != LW_OK)
        return rc;
    if (!written)
        return lw_error_no_memory(error);
    *out = written;
    return LW_OK;
}

typedef struct constant_walk {
    lw_constant_fn *fn;
    void *arg;
    lw_error *error;
} constant_walk;

static int walk_constants(const constant_walk *walk, const lw_node *node);

/* A list (or an empty mapping) is one value, unless something in it is searched. */
static int walk_document(const constant_walk *walk, const lw_node *node) {
    if (node->searched)
        return lw_error_set(walk->error, LW_EUNSUPPORTED,
                            "list '%s' has parameters in it, which this format cannot express", LW_SHOW(node->name));
    bson_t holder = BSON_INITIALIZER;
    bson_iter_t iter;
    bool good = lw_node_append(&holder, "value", NULL, node) && bson_iter_init_find(&iter, &holder, "value");
    char *json = good ? lw_document_value_to_json(&iter, false) : NULL;
    bson_destroy(&holder);
    if (!json)
        return lw_error_no_memory(walk->error);
    lw_value value = {.kind = LW_VALUE_DOCUMENT, .text = {json, strlen(json)}};
    int rc = walk->fn(walk->arg, node->name, value, walk->error);
    lw_free(json);
    return rc;
}

static int walk_constants(const constant_walk *walk, const lw_node *node) {
    if (node->kind == LW_NODE_CONSTANT)
        return walk->fn(walk->arg, node->name, node->value, walk->error);
    if (node->kind == LW_NODE_PARAMETER)
        return LW_OK;
    if (node->kind == LW_NODE_SEQUENCE || (node->n_children == 0 && *node->name))
        return walk_document(walk, node);
    int rc = LW_OK;
    for (size_t i = 0; i < node->n_children && rc == LW_OK; i++)
        rc = walk_constants(walk, node->children[i]);
    return rc;
}

int lw_convert_each_constant(const lw_space *space, lw_constant_fn *fn, void *arg, lw_error *error) {
    const constant_walk walk = {fn, arg, error};
    return walk_constants(&walk, space->root);
}

/* ---- reading ---- */

const lw_yaml_node *lw_convert_member(const lw_yaml_node *mapping, const char *key) {
    const lw_yaml_node *node = lw_yaml_get(mapping, key);
    lw_value value;
    bool is_null = node && node->kind == LW_YAML_SCALAR && node->plain &&
                   lw_yaml_plain_value(node->text, node->length, &value) && value.kind == LW_VALUE_NULL;
    return is_null ? NULL : node;
}

bool lw_convert_flag(const lw_yaml_node *mapping, const char *key) {
    const lw_yaml_node *node = lw_convert_member(mapping, key);
    return node && node->kind == LW_YAML_SCALAR && strcmp(node->text, "true") == 0;
}

const char *lw_convert_text(const lw_yaml_node *mapping, const char *key, lw_problems *problems) {
    const lw_yaml_node *node = lw_convert_member(mapping, key);
    if (node && node->kind == LW_YAML_SCALAR)
        return node->text;
    if (node)
        lw_problem(problems, node->place, "'%s' must be a text; this is %s", key, LW_DESCRIBE(node));
    else
        lw_problem(problems, mapping->place, "'%s' is missing here", key);
    return NULL;
}

bool lw_convert_value(lw_draft_value *out, const lw_yaml_node *node, lw_arena *arena, lw_problems *problems) {
    *out = (lw_draft_value){.given = node != NULL};
    if (!node)
        return true;
    out->place = node->place;
    if (node->kind == LW_YAML_SCALAR)
        return lw_yaml_scalar_value(node, &out->value, problems) &&
               !lw_yaml_tell_not_finite(node, out->value, problems);
    const char *json;
    size_t length;
    if (!lw_yaml_to_json(node, arena, &json, &length, problems))
        return false;
    out->value = (lw_value){.kind = LW_VALUE_DOCUMENT, .text = {json, length}};
    return true;
}

bool lw_convert_values(const lw_draft_value **out, size_t *count, const lw_yaml_node *node, const char *what,
                       lw_arena *arena, lw_problems *problems) {
    if (node->kind != LW_YAML_SEQUENCE) {
        lw_problem(problems, node->place, "'%s' must be a list; this is %s", what, LW_DESCRIBE(node));
        return false;
    }
    lw_draft_value *values = lw_arena_get(arena, node->n_children + 1, sizeof *values);
    if (!values)
        problems->no_memory = true;
    bool good = values != NULL;
    for (size_t i = 0; values && i < node->n_children; i++)
        good &= lw_convert_value(&values[i], node->children[i], arena, problems);
    *out = values;
    *count = node->n_children;
    return good;
}

/* Sacred's flat JSON is a space as labwatch has it, with dotted keys. */
static void read_sacred(lw_space **out, const lw_yaml_node *root, lw_problems *problems) {
    const lw_space_source source = {.name = "default", .space = root};
    lw_space_reader_read(out, &source, problems);
}

static void read_foreign(lw_space **out, const lw_yaml_node *root, lw_space_format format, lw_problems *problems) {
    lw_space_builder *builder = lw_space_builder_new("default");
    lw_arena arena = {0};
    if (!builder)
        problems->no_memory = true;
    if (format == LW_FORMAT_OPTUNA)
        lw_optuna_read(builder, root, &arena, problems);
    else
        lw_configspace_read(builder, root, &arena, problems);
    if (builder)
        lw_space_reader_finish(out, builder, 0, problems);
    lw_space_builder_free(builder);
    lw_arena_release(&arena);
}

static int read_json(lw_space **out, const char *text, size_t length, const char *source, lw_space_format format,
                     lw_error *error) {
    lw_problems problems = {.source = source};
    lw_yaml_tree *tree = NULL;
    lw_space *space = NULL;
    int rc = lw_yaml_tree_read(&tree, text, length, &problems);
    const lw_yaml_node *root = tree ? lw_yaml_tree_root(tree) : NULL;
    if (rc == LW_ENOMEM)
        problems.no_memory = true;
    else if (root && root->kind != LW_YAML_MAPPING)
        lw_problem(&problems, root->place, "a space in this format is a JSON object; this is %s", LW_DESCRIBE(root));
    else if (root && format == LW_FORMAT_SACRED)
        read_sacred(&space, root, &problems);
    else if (root)
        read_foreign(&space, root, format, &problems);
    lw_yaml_tree_free(tree);
    rc = lw_problems_finish(&problems, NULL, error);
    if (rc == LW_OK)
        *out = space;
    else
        lw_space_free(space);
    return rc;
}

int lw_space_read(lw_space **out, const char *text, size_t length, const char *source, lw_space_format format,
                  lw_error *error) {
    if ((size_t)format >= N_FORMATS)
        return lw_error_set(error, LW_EINVAL, "there is no format number %d", (int)format);
    if (format != LW_FORMAT_LABWATCH)
        return read_json(out, text, length, source, format, error);
    lw_experiment *experiment = NULL;
    int rc = lw_experiment_reader_parse(&experiment, text, length, source, LW_FILE_SPACE, NULL, error);
    if (rc != LW_OK)
        return rc;
    *out = lw_space_retain(experiment->spaces[0]);
    lw_experiment_free(experiment);
    return LW_OK;
}
