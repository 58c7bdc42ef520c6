/*
 * Flat JSON as Sacred's command line and Omniboard show configs: dotted names, plain values as constants, and
 * parameters as in an experiment file without tags. Reading is that of an experiment file's space, which knows dotted
 * keys.
 */
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "convert_internal.h"
#include "space_writer.h"

static int add_flat(bson_t *document, const lw_space *space, const lw_node *node, lw_error *error) {
    bool flat = node->kind == LW_NODE_MAPPING && (node->n_children > 0 || !*node->name);
    int rc = LW_OK;
    if (flat) {
        for (size_t i = 0; i < node->n_children && rc == LW_OK; i++)
            rc = add_flat(document, space, node->children[i], error);
        return rc;
    }
    /* A flat name ends the path, so a constant called `type` is no parameter's type here. */
    bool good = node->kind == LW_NODE_CONSTANT ? lw_value_append(document, node->name, node->value)
                                               : lw_node_append(document, node->name, space, node);
    return good ? LW_OK
                : lw_error_set(error, LW_EINVAL, "the space '%s' is too large for one document", LW_SHOW(space->name));
}

int lw_sacred_write(lw_text *out, const lw_space *space, lw_error *error) {
    if (space->n_constraints > 0)
        return lw_error_set(error, LW_EUNSUPPORTED,
                            "the constraint '%s' cannot be written as flat JSON, which has no place for constraints",
                            LW_SHOW(space->constraints[0].text));
    bson_t document = BSON_INITIALIZER;
    int rc = add_flat(&document, space, space->root, error);
    char *json = rc == LW_OK ? lw_document_to_json(&document, true) : NULL;
    bson_destroy(&document);
    if (rc != LW_OK)
        return rc;
    if (!json)
        return lw_error_no_memory(error);
    lw_text_add(out, json);
    lw_text_add(out, "\n");
    lw_free(json);
    return LW_OK;
}
