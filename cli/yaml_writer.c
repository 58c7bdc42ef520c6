#include "yaml_writer.h"

#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "quote.h"
#include "say.h"

static void add_indent(lw_text *out, size_t indent) {
    for (size_t i = 0; i < indent; i++)
        lw_text_add(out, " ");
}

static void add_block(lw_text *out, bson_iter_t *iter, bool array, size_t indent);

/* As in JSON; but YAML 1.1 takes a number with an exponent for text unless it has a point. */
static void add_number(lw_text *out, const char *json) {
    const char *exponent = strchr(json, 'e');
    if (exponent && !strchr(json, '.')) {
        lw_text_append(out, json, (size_t)(exponent - json));
        lw_text_add(out, ".0");
        lw_text_add(out, exponent);
    } else {
        lw_text_add(out, json);
    }
}

static void add_scalar(lw_text *out, const bson_iter_t *iter) {
    if (BSON_ITER_HOLDS_UTF8(iter)) {
        uint32_t length;
        const char *text = bson_iter_utf8(iter, &length);
        quote_for_yaml(out, text, length);
        return;
    }
    char *json = need(lw_document_value_to_json(iter, false));
    if (BSON_ITER_HOLDS_DOUBLE(iter))
        add_number(out, json);
    else
        lw_text_add(out, json);
    lw_free(json);
}

static bool is_empty(const bson_iter_t *iter) {
    bson_iter_t child;
    return !bson_iter_recurse(iter, &child) || !bson_iter_next(&child);
}

static void add_value(lw_text *out, const bson_iter_t *iter, size_t indent) {
    bool array = BSON_ITER_HOLDS_ARRAY(iter);
    bson_iter_t child;
    if (!array && !BSON_ITER_HOLDS_DOCUMENT(iter)) {
        lw_text_add(out, " ");
        add_scalar(out, iter);
        lw_text_add(out, "\n");
    } else if (is_empty(iter)) {
        lw_text_add(out, array ? " []\n" : " {}\n");
    } else if (bson_iter_recurse(iter, &child)) {
        lw_text_add(out, "\n");
        add_block(out, &child, array, indent);
    }
}

static void add_block(lw_text *out, bson_iter_t *iter, bool array, size_t indent) {
    while (bson_iter_next(iter)) {
        add_indent(out, indent);
        if (array) {
            lw_text_add(out, "-");
        } else {
            quote_for_yaml(out, bson_iter_key(iter), bson_iter_key_len(iter));
            lw_text_add(out, ":");
        }
        add_value(out, iter, indent + 2);
    }
}

void yaml_add_document(lw_text *out, const bson_t *document, size_t indent) {
    bson_iter_t iter;
    if (bson_iter_init(&iter, document))
        add_block(out, &iter, false, indent);
}
