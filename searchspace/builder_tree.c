/*
 * The tree of a space: keys that dots split are brought together, the space is laid over the base values,
 * and what is left becomes nodes with dotted names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "builder_internal.h"
#include "value_text.h"

static bool is_branch(const lw_build_node *node) {
    return node->kind == LW_BUILD_MAPPING || node->kind == LW_BUILD_SEQUENCE;
}

static void show_key(lw_value_text *out, const char *key) {
    *out = lw_value_show((lw_value){.kind = LW_VALUE_TEXT, .text = {key, strlen(key)}});
}

static void append_children(lw_build_node *to, lw_build_node *from) {
    if (!from->first)
        return;
    if (to->last)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    to->n_children += from->n_children;
}

/* ---- one mapping for each name ---- */

static void report_duplicate(lw_finishing *f, const lw_build_node *first, const lw_build_node *again) {
    lw_value_text key;
    show_key(&key, again->key);
    if (first->place.line > 0)
        lw_finishing_error(f, again->place, "%s is there twice: it is on line %zu already", key.text,
                           first->place.line);
    else
        lw_finishing_error(f, again->place, "%s is there twice", key.text);
}

/* net.layers and net.width meet in one net; anything else that has a name twice is an error. */
static void join(lw_finishing *f, lw_build_node *first, lw_build_node *again) {
    if (first->kind == LW_BUILD_MAPPING && again->kind == LW_BUILD_MAPPING && (first->implied || again->implied)) {
        append_children(first, again);
        first->implied = first->implied && again->implied;
    } else {
        report_duplicate(f, first, again);
    }
}

static void check_key(lw_finishing *f, const lw_build_node *node) {
    if (node->key[0] == '\0')
        lw_finishing_error(f, node->place, "a name is empty: names have at least one character on each side of a dot");
    else if (strchr(node->key, '.'))
        lw_finishing_error(f, node->place, "a name has more than %d parts", LW_SPACE_DEEPEST);
}

static void join_children(lw_finishing *f, lw_build_node *mapping) {
    lw_arena arena = {0};
    lw_name_table seen;
    lw_build_node **nodes = lw_arena_get(&arena, mapping->n_children, sizeof *nodes);
    if (!nodes || !lw_name_table_make(&seen, &arena, mapping->n_children)) {
        f->no_memory = true;
        lw_arena_release(&arena);
        return;
    }
    size_t count = 0;
    for (lw_build_node *node = mapping->first; node; node = node->next) {
        check_key(f, node);
        size_t index = lw_name_table_put(&seen, node->key, count);
        if (index == count)
            nodes[count++] = node;
        else
            join(f, nodes[index], node);
    }
    for (size_t i = 0; i < count; i++)
        nodes[i]->next = i + 1 < count ? nodes[i + 1] : NULL;
    mapping->last = count > 0 ? nodes[count - 1] : NULL;
    mapping->n_children = count;
    lw_arena_release(&arena);
}

static void normalise(lw_finishing *f, lw_build_node *node) {
    if (node->kind == LW_BUILD_MAPPING)
        join_children(f, node);
    for (lw_build_node *child = node->first; child && !f->no_memory; child = child->next)
        if (is_branch(child))
            normalise(f, child);
}

/* ---- the space over the base values ---- */

static void overlay(lw_finishing *f, lw_build_node *base, lw_build_node *over);

/* Mappings are merged; sizes.0 reaches into a list; all else is replaced, at the place where it was. */
static void override(lw_finishing *f, lw_build_node *base, lw_build_node *over) {
    bool reaches_in = base->kind == LW_BUILD_SEQUENCE && over->kind == LW_BUILD_MAPPING && over->implied;
    if (reaches_in || (base->kind == LW_BUILD_MAPPING && over->kind == LW_BUILD_MAPPING)) {
        overlay(f, base, over);
        return;
    }
    lw_build_node *next = base->next;
    *base = *over;
    base->next = next;
}

static void overlay(lw_finishing *f, lw_build_node *base, lw_build_node *over) {
    lw_arena arena = {0};
    lw_name_table names;
    lw_build_node **nodes = lw_arena_get(&arena, base->n_children, sizeof *nodes);
    if (!nodes || !lw_name_table_make(&names, &arena, base->n_children)) {
        f->no_memory = true;
        lw_arena_release(&arena);
        return;
    }
    size_t count = 0;
    for (lw_build_node *node = base->first; node; node = node->next, count++) {
        nodes[count] = node;
        lw_name_table_put(&names, node->key, count);
    }
    lw_build_node *next;
    for (lw_build_node *node = over->first; node; node = next) {
        next = node->next;
        ptrdiff_t at = lw_name_table_find(&names, node->key, strlen(node->key));
        if (at >= 0) {
            override(f, nodes[at], node);
        } else if (base->kind == LW_BUILD_SEQUENCE) {
            lw_finishing_error(f, node->place, "the list in `config` has %zu elements, counted from 0: it has no '%s'",
                               base->n_children, node->key);
        } else {
            node->next = NULL;
            lw_build_node one = {.first = node, .last = node, .n_children = 1};
            append_children(base, &one);
        }
    }
    lw_arena_release(&arena);
}

static void refuse_parameters(lw_finishing *f, const lw_build_node *node) {
    if (node->kind == LW_BUILD_PARAMETER)
        lw_finishing_error(f, node->place, "`config` has plain values only: searched parameters belong into the space");
    for (const lw_build_node *child = node->first; child; child = child->next)
        refuse_parameters(f, child);
}

static void check_limits(lw_finishing *f) {
    const lw_space_builder *b = f->builder;
    const lw_place nowhere = {0, 0};
    if (b->was_too_deep)
        lw_finishing_error(f, b->too_deep_at, "mappings and lists lie more than %d deep in each other",
                           LW_SPACE_DEEPEST);
    if (b->n_entries > LW_SPACE_MOST_ENTRIES)
        lw_finishing_error(f, nowhere, "the space has more than %d parameters and constants", LW_SPACE_MOST_ENTRIES);
    if (b->n_choices > LW_SPACE_MOST_CHOICES)
        lw_finishing_error(f, nowhere, "the parameters have more than %d choices together", LW_SPACE_MOST_CHOICES);
    if (b->n_constraints > LW_SPACE_MOST_CONSTRAINTS)
        lw_finishing_error(f, nowhere, "the space has more than %d constraints", LW_SPACE_MOST_CONSTRAINTS);
}

/* ---- nodes ---- */

typedef struct counts {
    size_t nodes, parameters, constants;
} counts;

static void count_nodes(const lw_build_node *node, counts *all) {
    all->nodes++;
    all->parameters += node->kind == LW_BUILD_PARAMETER;
    all->constants += node->kind == LW_BUILD_CONSTANT || node->kind == LW_BUILD_BROKEN;
    for (const lw_build_node *child = node->first; child; child = child->next)
        count_nodes(child, all);
}

static const char *dotted_name(lw_finishing *f, const char *parent, const char *key) {
    if (parent[0] == '\0')
        return lw_finishing_text(f, key);
    size_t length = strlen(parent) + 1 + strlen(key);
    char *name = lw_finishing_get(f, length + 1, 1);
    if (name)
        snprintf(name, length + 1, "%s.%s", parent, key);
    return name;
}

/* How far the arrays of the space are filled. */
typedef struct filled {
    size_t parameters, constants, nodes;
} filled;

static const lw_node *make_node(lw_finishing *f, const lw_build_node *from, const char *parent_name, filled *at);

static bool fill_branch(lw_finishing *f, lw_node *node, const lw_build_node *from, filled *at) {
    node->kind = from->kind == LW_BUILD_SEQUENCE ? LW_NODE_SEQUENCE : LW_NODE_MAPPING;
    const lw_node **children = lw_finishing_get(f, from->n_children, sizeof(lw_node *));
    if (!children)
        return false;
    size_t i = 0;
    for (const lw_build_node *child = from->first; child; child = child->next, i++) {
        children[i] = make_node(f, child, node->name, at);
        if (!children[i])
            return false;
        node->searched = node->searched || children[i]->searched;
    }
    node->children = children;
    node->n_children = i;
    return true;
}

static void fill_parameter(lw_finishing *f, lw_node *node, const lw_build_node *from, filled *at) {
    node->kind = LW_NODE_PARAMETER;
    node->searched = true;
    node->parameter = at->parameters++;
    f->drafts[node->parameter] = from->draft;
    f->space->dimensions[node->parameter].node = node;
    f->space->dimensions[node->parameter].shown.name = node->name;
    f->space->names[node->parameter] = (lw_known_name){.name = node->name, .node = node};
}

static bool fill_constant(lw_finishing *f, lw_node *node, const lw_build_node *from, filled *at) {
    node->kind = LW_NODE_CONSTANT;
    node->value = from->value;
    if (from->value.kind == LW_VALUE_TEXT || from->value.kind == LW_VALUE_DOCUMENT)
        node->value.text.bytes = lw_arena_text(&f->space->arena, from->value.text.bytes, from->value.text.length);
    node->spelling = lw_finishing_text(f, from->spelling ? from->spelling : "");
    size_t slot = f->space->n_parameters + at->constants++;
    f->space->names[slot] = (lw_known_name){.name = node->name, .node = node};
    f->broken[slot] = from->kind == LW_BUILD_BROKEN;
    return node->spelling && !f->space->arena.failed;
}

static const lw_node *make_node(lw_finishing *f, const lw_build_node *from, const char *parent_name, filled *at) {
    lw_node *node = lw_finishing_get(f, 1, sizeof *node);
    if (!node)
        return NULL;
    node->key = lw_finishing_text(f, from->key);
    node->name = node->key ? dotted_name(f, parent_name, node->key) : NULL;
    if (!node->name)
        return NULL;
    f->space->nodes[at->nodes++] = node;
    if (is_branch(from))
        return fill_branch(f, node, from, at) ? node : NULL;
    if (from->kind == LW_BUILD_PARAMETER) {
        fill_parameter(f, node, from, at);
        return node;
    }
    return fill_constant(f, node, from, at) ? node : NULL;
}

static bool get_arrays(lw_finishing *f, const counts *all) {
    lw_space *space = f->space;
    space->n_parameters = all->parameters;
    space->n_names = all->parameters + all->constants;
    space->n_nodes = all->nodes;
    space->dimensions = lw_finishing_get(f, all->parameters, sizeof *space->dimensions);
    space->names = lw_finishing_get(f, space->n_names, sizeof *space->names);
    space->nodes = lw_finishing_get(f, all->nodes, sizeof *space->nodes);
    f->drafts = lw_arena_get(&f->builder->arena, all->parameters, sizeof *f->drafts);
    f->broken = lw_arena_get(&f->builder->arena, space->n_names, sizeof *f->broken);
    return space->dimensions && space->names && space->nodes && f->drafts && f->broken &&
           lw_name_table_make(&space->name_table, &space->arena, space->n_names) &&
           lw_name_table_make(&space->node_table, &space->arena, all->nodes);
}

void lw_finish_tree(lw_finishing *f) {
    lw_space_builder *b = f->builder;
    check_limits(f);
    lw_build_node *root = b->base ? b->base : b->space;
    normalise(f, b->space);
    if (b->base && !f->no_memory) {
        normalise(f, b->base);
        refuse_parameters(f, b->base);
        if (!f->no_memory)
            overlay(f, b->base, b->space);
    }
    counts all = {0};
    count_nodes(root, &all);
    filled at = {0};
    if (f->no_memory || !get_arrays(f, &all) || !(f->space->root = make_node(f, root, "", &at))) {
        f->no_memory = true;
        return;
    }
    for (size_t i = 0; i < f->space->n_names; i++)
        lw_name_table_put(&f->space->name_table, f->space->names[i].name, i);
    for (size_t i = 0; i < at.nodes; i++)
        lw_name_table_put(&f->space->node_table, f->space->nodes[i]->name, i);
}
