#include <stdio.h>
#include <string.h>

#include "space_writer.h"

/* {space: {…}}, or {spaces: {NAME: {…}}} where the name is not the one that `space` gives. */
static bool append_tree(bson_t *document, const lw_space *space) {
    bson_t spaces;
    if (strcmp(space->name, "default") == 0)
        return lw_node_append(document, "space", space, space->root);
    return BSON_APPEND_DOCUMENT_BEGIN(document, "spaces", &spaces) &&
           lw_node_append(&spaces, space->name, space, space->root) && bson_append_document_end(document, &spaces);
}

static bool append_constraints(bson_t *document, const lw_space *space) {
    bson_t constraints;
    if (space->n_constraints == 0)
        return true;
    bool good = BSON_APPEND_ARRAY_BEGIN(document, "constraints", &constraints);
    for (size_t i = 0; good && i < space->n_constraints; i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        good = BSON_APPEND_UTF8(&constraints, key, space->constraints[i].text);
    }
    return good && bson_append_array_end(document, &constraints);
}

int lw_space_to_document(const lw_space *space, bson_t *out, lw_error *error) {
    bson_t document = BSON_INITIALIZER;
    if (!append_tree(&document, space) || !append_constraints(&document, space)) {
        bson_destroy(&document);
        return lw_error_set(error, LW_EINVAL, "the space '%s' is too large for one document", space->name);
    }
    bson_copy_to(&document, out);
    bson_destroy(&document);
    return LW_OK;
}
