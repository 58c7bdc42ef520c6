#include "yaml_json.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/text.h>

#include "yaml_scalar.h"

bool lw_yaml_tell_strange_tag(const lw_yaml_node *node, lw_problems *problems) {
    const char *tag = node->tag;
    static const char standard[] = "tag:yaml.org,2002:";
    bool is_standard = tag && strncmp(tag, standard, strlen(standard)) == 0;
    bool scalar = node->kind == LW_YAML_SCALAR; /* whose standard tags are for lw_yaml_scalar_value */
    if (!tag || strcmp(tag, "!") == 0 || (scalar && is_standard))
        return false;
    if (is_standard && strcmp(tag + strlen(standard), node->kind == LW_YAML_MAPPING ? "map" : "seq") == 0)
        return false;
    lw_problem(problems, node->place,
               "the tag '%s' cannot stand here; only values directly in a space can be parameters", LW_SHOW(tag));
    return true;
}

bool lw_yaml_tell_not_finite(const lw_yaml_node *node, lw_value value, lw_problems *problems) {
    if (value.kind != LW_VALUE_FLOAT || isfinite(value.number))
        return false;
    lw_problem(problems, node->place, "%s cannot be a value; numbers must be finite", LW_SHOW(node->text));
    return true;
}

void lw_json_add_value(lw_text *json, lw_value value) {
    switch (value.kind) {
    case LW_VALUE_NULL:
        lw_text_add(json, "null");
        break;
    case LW_VALUE_BOOL:
        lw_text_add(json, value.boolean ? "true" : "false");
        break;
    case LW_VALUE_INTEGER:
        lw_text_format(json, "%lld", (long long)value.integer);
        break;
    case LW_VALUE_FLOAT:
        lw_text_add_double(json, value.number);
        break;
    case LW_VALUE_TEXT:
        lw_text_add_json(json, value.text.bytes, value.text.length);
        break;
    case LW_VALUE_DOCUMENT:
        lw_text_append(json, value.text.bytes, value.text.length);
        break;
    }
}

static bool add_scalar(lw_text *json, const lw_yaml_node *node, lw_problems *problems) {
    lw_value value;
    if (!lw_yaml_scalar_value(node, &value, problems) || lw_yaml_tell_not_finite(node, value, problems))
        return false;
    lw_json_add_value(json, value);
    return true;
}

static bool add_node(lw_text *json, const lw_yaml_node *node, lw_problems *problems);

static bool add_pairs(lw_text *json, const lw_yaml_node *mapping, lw_problems *problems) {
    const char *comma = "";
    bool good = true;
    for (size_t i = 0; i < lw_yaml_n_pairs(mapping); i++) {
        const lw_yaml_node *key = lw_yaml_key(mapping, i);
        if (key->unusable)
            continue;
        lw_text_add(json, comma);
        lw_text_add_json(json, key->text, key->length);
        lw_text_add(json, ":");
        good &= add_node(json, lw_yaml_value(mapping, i), problems);
        comma = ",";
    }
    return good;
}

static bool add_items(lw_text *json, const lw_yaml_node *list, lw_problems *problems) {
    bool good = true;
    for (size_t i = 0; i < list->n_children; i++) {
        lw_text_add(json, i > 0 ? "," : "");
        good &= add_node(json, list->children[i], problems);
    }
    return good;
}

/* As deep as the tree at most: LW_YAML_DEEPEST. */
static bool add_node(lw_text *json, const lw_yaml_node *node, lw_problems *problems) {
    if (lw_yaml_tell_strange_tag(node, problems))
        return false;
    if (node->kind == LW_YAML_SCALAR)
        return add_scalar(json, node, problems);
    bool mapping = node->kind == LW_YAML_MAPPING;
    lw_text_add(json, mapping ? "{" : "[");
    bool good = mapping ? add_pairs(json, node, problems) : add_items(json, node, problems);
    lw_text_add(json, mapping ? "}" : "]");
    return good;
}

bool lw_yaml_to_json(const lw_yaml_node *node, lw_arena *arena, const char **json, size_t *length,
                     lw_problems *problems) {
    lw_text text = {0};
    bool good = add_node(&text, node, problems);
    *length = text.length;
    *json = text.failed ? NULL : lw_arena_text(arena, text.bytes, text.length);
    lw_text_release(&text);
    if (!*json)
        problems->no_memory = true;
    return good && *json;
}
