#include <labwatch/document.h>

#include "tree_document.h"

typedef struct writing {
    lw_node_value_fn *value;
    void *arg;
} writing;

static bool is_branch(const lw_node *node) {
    return node->kind == LW_NODE_MAPPING || node->kind == LW_NODE_SEQUENCE;
}

/* An empty list that the user wrote is something; one that lost all its elements is not. */
static bool has_content(const writing *w, const lw_node *node) {
    lw_value ignored;
    if (!is_branch(node))
        return w->value(w->arg, node, &ignored);
    for (size_t i = 0; i < node->n_children; i++)
        if (has_content(w, node->children[i]))
            return true;
    return node->n_children == 0;
}

static bool append_children(const writing *w, const lw_node *branch, bson_t *out);

static bool append_branch(const writing *w, const lw_node *node, bson_t *out) {
    bson_t inside;
    if (node->kind == LW_NODE_SEQUENCE)
        return bson_append_array_begin(out, node->key, -1, &inside) && append_children(w, node, &inside) &&
               bson_append_array_end(out, &inside);
    return bson_append_document_begin(out, node->key, -1, &inside) && append_children(w, node, &inside) &&
           bson_append_document_end(out, &inside);
}

static bool append_node(const writing *w, const lw_node *node, bool in_sequence, bson_t *out) {
    if (is_branch(node)) {
        if (has_content(w, node))
            return append_branch(w, node, out);
        return !in_sequence || bson_append_null(out, node->key, -1);
    }
    lw_value value;
    if (w->value(w->arg, node, &value))
        return lw_value_append(out, node->key, value);
    return !in_sequence || bson_append_null(out, node->key, -1);
}

static bool append_children(const writing *w, const lw_node *branch, bson_t *out) {
    for (size_t i = 0; i < branch->n_children; i++)
        if (!append_node(w, branch->children[i], branch->kind == LW_NODE_SEQUENCE, out))
            return false;
    return true;
}

int lw_tree_to_document(const lw_node *branch, lw_node_value_fn *value, void *arg, bson_t *out, lw_error *error) {
    writing w = {.value = value, .arg = arg};
    bson_t document;
    bson_init(&document);
    if (!append_children(&w, branch, &document)) {
        bson_destroy(&document);
        return lw_error_set(error, LW_ENOMEM, "the configuration is too large for a document, or memory is gone");
    }
    if (!bson_steal(out, &document)) {
        bson_destroy(&document);
        return lw_error_no_memory(error);
    }
    return LW_OK;
}

bool lw_value_matches(lw_value value, const bson_iter_t *iter) {
    bson_t parsed;
    if (value.kind != LW_VALUE_DOCUMENT ||
        lw_document_value_from_json(&parsed, value.text.bytes, value.text.length, NULL) != LW_OK)
        return false;
    bson_iter_t own;
    bool same = bson_iter_init_find(&own, &parsed, "value") && lw_document_values_equal(&own, iter);
    bson_destroy(&parsed);
    return same;
}
