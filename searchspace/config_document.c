/*
 * Configurations as documents: nested along the space's tree, with the constants in them.
 */
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "config_internal.h"
#include "suggestion.h"
#include "tree_document.h"
#include "value_text.h"

/* ---- writing ---- */

static bool value_at(void *arg, const lw_node *node, lw_value *out) {
    const lw_config *config = arg;
    if (node->kind == LW_NODE_CONSTANT) {
        *out = node->value;
        return true;
    }
    *out = lw_config_value(config, node->parameter);
    return lw_config_has(config, node->parameter);
}

int lw_config_to_document(const lw_config *config, bson_t *out, lw_error *error) {
    return lw_tree_to_document(config->space->root, value_at, (void *)(uintptr_t)config, out, error);
}

static int spell_branch(const lw_config *config, const lw_node *node, lw_text *out, lw_error *error) {
    bson_t document;
    int status = lw_tree_to_document(node, value_at, (void *)(uintptr_t)config, &document, error);
    if (status != LW_OK)
        return status;
    char *json = node->kind == LW_NODE_SEQUENCE ? lw_document_array_to_json(&document, false)
                                                : lw_document_to_json(&document, false);
    bson_destroy(&document);
    if (!json)
        return lw_error_no_memory(error);
    lw_text_add(out, json);
    lw_free(json);
    return out->failed ? lw_error_no_memory(error) : LW_OK;
}

static const char *node_name(void *self, size_t i) {
    const lw_space *space = self;
    return i + 1 < space->n_nodes ? space->nodes[i + 1]->name : NULL; /* the root has no name */
}

static lw_suggestion suggest_node(const lw_space *space, const char *name, size_t length) {
    return lw_suggest(name, length, node_name, (void *)(uintptr_t)space);
}

static void spell_parameter(const lw_config *config, size_t i, lw_text *out) {
    const lw_parameter *p = &config->space->dimensions[i].shown;
    if (!lw_config_has(config, i))
        return;
    lw_value value = lw_config_value(config, i);
    if (p->n_choices > 0 && value.kind != LW_VALUE_DOCUMENT)
        lw_text_add(out, p->choices[config->slots[i].choice].spelling);
    else
        lw_value_spell(out, value);
}

int lw_config_spell(const lw_config *config, const char *name, struct lw_text *out, lw_error *error) {
    const lw_node *node = lw_space_node(config->space, name);
    if (!node) {
        lw_suggestion near = suggest_node(config->space, name, strlen(name));
        return lw_error_set(error, LW_ENOTFOUND, "the space has no parameter or constant %s%s",
                            lw_value_show((lw_value){.kind = LW_VALUE_TEXT, .text = {name, strlen(name)}}).text,
                            near.text);
    }
    if (node->kind == LW_NODE_MAPPING || node->kind == LW_NODE_SEQUENCE)
        return spell_branch(config, node, out, error);
    if (node->kind == LW_NODE_CONSTANT)
        lw_text_add(out, node->spelling);
    else
        spell_parameter(config, node->parameter, out);
    return out->failed ? lw_error_no_memory(error) : LW_OK;
}

/* ---- reading ---- */

/* Where in the document a parameter's value is. */
typedef struct place {
    bool found;
    bson_iter_t at;
} place;

typedef struct reading {
    const lw_space *space;
    int mode;
    place *places; /* of each parameter */
    lw_error *error;
} reading;

static int read_fields(reading *r, bson_iter_t *iter, const char *prefix);

static int fail_unknown(const reading *r, const char *name) {
    if (r->mode & LW_CONFIG_IGNORE_OTHERS)
        return LW_OK;
    lw_suggestion near = suggest_node(r->space, name, strlen(name));
    return lw_error_set(r->error, LW_EINVAL, "the space has no parameter or constant %s%s",
                        lw_value_show((lw_value){.kind = LW_VALUE_TEXT, .text = {name, strlen(name)}}).text, near.text);
}

static int check_constant(const reading *r, const lw_node *node, const bson_iter_t *iter) {
    lw_value value;
    if (lw_value_from_bson(iter, &value) && lw_value_equal(value, node->value))
        return LW_OK;
    if (node->value.kind == LW_VALUE_DOCUMENT && lw_value_matches(node->value, iter))
        return LW_OK;
    return lw_error_set(r->error, LW_EINVAL, "%s is the constant %s in this space, and has another value here",
                        node->name, lw_value_show(node->value).text);
}

static int note_parameter(reading *r, const lw_node *node, const bson_iter_t *iter) {
    size_t i = node->parameter;
    if (r->places[i].found)
        return lw_error_set(r->error, LW_EINVAL, "%s is there twice", node->name);
    r->places[i].found = true;
    r->places[i].at = *iter;
    return LW_OK;
}

/* An inactive element of a list is written as null, and so read. */
static bool is_null(const bson_iter_t *iter) {
    return bson_iter_type(iter) == BSON_TYPE_NULL;
}

static int read_branch(reading *r, const lw_node *node, const bson_iter_t *iter) {
    bool is_list = node->kind == LW_NODE_SEQUENCE;
    bson_iter_t inside;
    if (is_null(iter) && node->searched)
        return LW_OK;
    if (bson_iter_type(iter) != (is_list ? BSON_TYPE_ARRAY : BSON_TYPE_DOCUMENT) || !bson_iter_recurse(iter, &inside))
        return lw_error_set(r->error, LW_EINVAL, "%s is a %s in this space, but not here", node->name,
                            is_list ? "list" : "mapping");
    return read_fields(r, &inside, node->name);
}

static int read_field(reading *r, const bson_iter_t *iter, const char *name) {
    const lw_node *node = lw_space_node(r->space, name);
    if (!node || name[0] == '\0')
        return fail_unknown(r, name);
    if (node->kind == LW_NODE_CONSTANT)
        return check_constant(r, node, iter);
    if (node->kind == LW_NODE_PARAMETER)
        return note_parameter(r, node, iter);
    return read_branch(r, node, iter);
}

static int read_fields(reading *r, bson_iter_t *iter, const char *prefix) {
    lw_text name = {0};
    int status = LW_OK;
    while (status == LW_OK && bson_iter_next(iter)) {
        name.length = 0;
        lw_text_add(&name, prefix);
        lw_text_add(&name, prefix[0] ? "." : "");
        lw_text_add(&name, bson_iter_key(iter));
        status = name.failed ? lw_error_no_memory(r->error) : read_field(r, iter, name.bytes);
    }
    lw_text_release(&name);
    return status;
}

/* Lists and mappings are choices too. */
static int read_document_choice(const lw_dimension *dimension, const bson_iter_t *iter, lw_slot *out, lw_error *error) {
    const lw_parameter *p = &dimension->shown;
    for (size_t i = 0; i < p->n_choices; i++)
        if (lw_value_matches(p->choices[i].value, iter)) {
            out->choice = i;
            return LW_OK;
        }
    char *json = lw_document_value_to_json(iter, false);
    if (!json)
        return lw_error_no_memory(error);
    lw_value value = {.kind = LW_VALUE_DOCUMENT, .text = {json, strlen(json)}};
    int status = lw_parameter_read_value(p, &dimension->coding, value, out, error);
    lw_free(json);
    return status;
}

static int read_parameter(const lw_dimension *dimension, const bson_iter_t *iter, lw_slot *out, lw_error *error) {
    lw_value value;
    if (lw_value_from_bson(iter, &value))
        return lw_parameter_read_value(&dimension->shown, &dimension->coding, value, out, error);
    return read_document_choice(dimension, iter, out, error);
}

static int take_inactive(const reading *r, size_t i) {
    const lw_dimension *dimension = &r->space->dimensions[i];
    if (!r->places[i].found || (r->mode & LW_CONFIG_IGNORE_OTHERS) || is_null(&r->places[i].at))
        return LW_OK;
    return lw_error_set(r->error, LW_EINVAL, "%s has a value, but is not active here: it needs %s",
                        dimension->shown.name, lw_expression_text(dimension->condition));
}

static int take_active(const reading *r, lw_config *config, size_t i) {
    const lw_dimension *dimension = &r->space->dimensions[i];
    if (r->places[i].found)
        return read_parameter(dimension, &r->places[i].at, &config->slots[i], r->error);
    if (r->mode & LW_CONFIG_FILL_DEFAULTS)
        return LW_OK;
    return lw_error_set(r->error, LW_EINVAL, "%s has no value", dimension->shown.name);
}

/* In the order in which conditions are decided: whether a value must, may or must not be there depends on others. */
static int take_values(const reading *r, lw_config *config) {
    const lw_space *space = r->space;
    int status = LW_OK;
    for (size_t k = 0; k < space->n_parameters && status == LW_OK; k++) {
        size_t i = space->order[k];
        config->slots[i] = space->dimensions[i].default_slot;
        lw_config_mark(config, i, lw_config_condition_holds(config, i));
        status = lw_config_has(config, i) ? take_active(r, config, i) : take_inactive(r, i);
    }
    return status == LW_OK ? lw_config_check(config, r->error) : status;
}

int lw_config_from_document(lw_config **out, const lw_space *space, const bson_t *document, int mode, lw_error *error) {
    reading r = {
        .space = space, .mode = mode, .places = lw_calloc(space->n_parameters, sizeof *r.places), .error = error};
    lw_config *config = lw_config_blank(space);
    bson_iter_t iter;
    int status = LW_OK;
    if (!r.places || !config)
        status = lw_error_no_memory(error);
    else if (!bson_iter_init(&iter, document))
        status = lw_error_set(error, LW_EINVAL, "the configuration is no valid document");
    if (status == LW_OK)
        status = read_fields(&r, &iter, "");
    if (status == LW_OK)
        status = take_values(&r, config);
    lw_free(r.places);
    if (status == LW_OK)
        *out = config;
    else
        lw_config_free(config);
    return status;
}
