/*
 * What a reader says is copied into a tree; see builder_internal.h for what happens to it then.
 */
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "builder_internal.h"
#include "value_text.h"

static lw_build_node *new_node(lw_space_builder *b, lw_build_kind kind, const char *key, size_t length,
                               lw_place place) {
    lw_build_node *node = lw_arena_get(&b->arena, 1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->place = place;
    node->key = lw_arena_text(&b->arena, key, length);
    return node->key ? node : NULL;
}

lw_space_builder *lw_space_builder_new(const char *name) {
    lw_space_builder *b = lw_calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->name = lw_arena_text(&b->arena, name, strlen(name));
    b->space = new_node(b, LW_BUILD_MAPPING, "", 0, (lw_place){0, 0});
    b->open[0] = b->space;
    if (b->name && b->space)
        return b;
    lw_space_builder_free(b);
    return NULL;
}

void lw_space_builder_free(lw_space_builder *b) {
    if (!b)
        return;
    lw_arena_release(&b->arena);
    lw_free(b->constraints);
    lw_free(b);
}

/* ---- the tree ---- */

static lw_build_node *add_child(lw_space_builder *b, lw_build_node *parent, lw_build_kind kind, const char *key,
                                size_t length, lw_place place) {
    lw_build_node *node = new_node(b, kind, key, length, place);
    if (!node)
        return NULL;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->n_children++;
    b->n_entries++;
    return node;
}

static lw_build_node *add_element(lw_space_builder *b, lw_build_node *sequence, lw_build_kind kind, lw_place place) {
    char index[24];
    int length = snprintf(index, sizeof index, "%zu", sequence->n_children);
    return add_child(b, sequence, kind, index, (size_t)length, place);
}

/* The dots of a key stand for mappings; finish brings those of one name together. */
static lw_build_node *add_path(lw_space_builder *b, lw_build_node *parent, lw_build_kind kind, const char *key,
                               lw_place place) {
    const char *dot;
    for (size_t depth = b->depth; (dot = strchr(key, '.')) && depth < LW_SPACE_DEEPEST; depth++) {
        parent = add_child(b, parent, LW_BUILD_MAPPING, key, (size_t)(dot - key), place);
        if (!parent)
            return NULL;
        parent->implied = true;
        key = dot + 1;
    }
    return add_child(b, parent, kind, key, strlen(key), place);
}

/* NULL where there is no room, be it in memory or by the limits, which finish looks at. */
static lw_build_node *add(lw_space_builder *b, lw_build_kind kind, const char *key, lw_place place) {
    if (!b || b->no_memory || b->too_deep > 0)
        return NULL;
    if (b->n_entries > LW_SPACE_MOST_ENTRIES) {
        b->n_entries++;
        return NULL;
    }
    lw_build_node *parent = b->open[b->depth];
    lw_build_node *node = parent->kind == LW_BUILD_SEQUENCE ? add_element(b, parent, kind, place)
                                                            : add_path(b, parent, kind, key ? key : "", place);
    b->no_memory = !node;
    return node;
}

static void open_branch(lw_space_builder *b, lw_build_kind kind, const char *key, lw_place place) {
    if (!b)
        return;
    lw_build_node *node = b->depth < LW_SPACE_DEEPEST ? add(b, kind, key, place) : NULL;
    if (node) {
        b->open[++b->depth] = node;
        return;
    }
    if (b->depth >= LW_SPACE_DEEPEST && !b->was_too_deep) {
        b->was_too_deep = true;
        b->too_deep_at = place;
    }
    b->too_deep++;
}

void lw_space_builder_open_mapping(lw_space_builder *b, const char *key, lw_place place) {
    open_branch(b, LW_BUILD_MAPPING, key, place);
}

void lw_space_builder_open_sequence(lw_space_builder *b, const char *key, lw_place place) {
    open_branch(b, LW_BUILD_SEQUENCE, key, place);
}

void lw_space_builder_close(lw_space_builder *b) {
    if (!b)
        return;
    if (b->too_deep > 0)
        b->too_deep--;
    else if (b->depth > 0)
        b->depth--;
}

void lw_space_builder_end_base(lw_space_builder *b) {
    if (!b || b->no_memory)
        return;
    b->base = b->space;
    b->space = new_node(b, LW_BUILD_MAPPING, "", 0, (lw_place){0, 0});
    b->no_memory = !b->space;
    b->open[0] = b->space;
    b->depth = 0;
    b->too_deep = 0;
}

/* ---- copies ---- */

static const char *copy_text(lw_space_builder *b, const char *bytes, size_t length) {
    const char *copy = bytes ? lw_arena_text(&b->arena, bytes, length) : NULL;
    b->no_memory = b->no_memory || b->arena.failed;
    return copy;
}

static lw_value copy_value(lw_space_builder *b, lw_value value) {
    if (value.kind == LW_VALUE_TEXT || value.kind == LW_VALUE_DOCUMENT)
        value.text.bytes = copy_text(b, value.text.bytes ? value.text.bytes : "", value.text.length);
    return value;
}

/* How commands see a value whose spelling the reader did not keep. */
static const char *spelling_of(lw_space_builder *b, lw_value value, const char *spelling) {
    if (spelling)
        return copy_text(b, spelling, strlen(spelling));
    lw_text text = {0};
    lw_value_spell(&text, value);
    b->no_memory = b->no_memory || text.failed;
    const char *copy = copy_text(b, text.bytes ? text.bytes : "", text.length);
    lw_text_release(&text);
    return copy;
}

static void copy_draft_value(lw_space_builder *b, lw_draft_value *draft) {
    if (!draft->given)
        return;
    draft->value = copy_value(b, draft->value);
    draft->spelling = spelling_of(b, draft->value, draft->spelling);
}

static const lw_draft_value *copy_draft_values(lw_space_builder *b, const lw_draft_value *values, size_t count) {
    lw_draft_value *copies = lw_arena_get(&b->arena, count, sizeof *copies);
    if (!copies) {
        b->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        copies[i] = values[i];
        copies[i].given = true;
        copy_draft_value(b, &copies[i]);
    }
    return copies;
}

static lw_draft_text copy_draft_text(lw_space_builder *b, const lw_draft_text *text) {
    lw_draft_text copy = *text;
    copy.bytes = copy_text(b, text->bytes, text->length);
    return copy;
}

static const lw_draft_conjunct *copy_conjuncts(lw_space_builder *b, const lw_draft_conjunct *conjuncts, size_t count) {
    lw_draft_conjunct *copies = lw_arena_get(&b->arena, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i] = conjuncts[i];
        copies[i].name = copy_text(b, conjuncts[i].name, strlen(conjuncts[i].name));
        copies[i].values = copy_draft_values(b, conjuncts[i].values, conjuncts[i].n_values);
    }
    b->no_memory = b->no_memory || !copies;
    return copies;
}

static const lw_parameter_draft *copy_draft(lw_space_builder *b, const lw_parameter_draft *draft) {
    lw_parameter_draft *copy = lw_arena_get(&b->arena, 1, sizeof *copy);
    if (!copy) {
        b->no_memory = true;
        return NULL;
    }
    *copy = *draft;
    lw_draft_value *const values[] = {&copy->lower, &copy->upper, &copy->step,
                                      &copy->mu,    &copy->sigma, &copy->default_value};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        copy_draft_value(b, values[i]);
    b->n_choices += draft->n_choices;
    if (b->n_choices > LW_SPACE_MOST_CHOICES)
        copy->n_choices = copy->n_weights = 0;
    copy->choices = copy_draft_values(b, draft->choices, copy->n_choices);
    copy->weights = copy_draft_values(b, draft->weights, copy->n_weights);
    copy->when = copy_draft_text(b, &draft->when);
    copy->conjuncts = copy_conjuncts(b, draft->conjuncts, draft->n_conjuncts);
    return copy;
}

/* ---- what the reader adds ---- */

void lw_space_builder_constant(lw_space_builder *b, const char *key, lw_value value, const char *spelling,
                               lw_place place) {
    lw_build_node *node = add(b, LW_BUILD_CONSTANT, key, place);
    if (!node)
        return;
    node->value = copy_value(b, value);
    node->spelling = spelling_of(b, value, spelling);
}

void lw_space_builder_parameter(lw_space_builder *b, const char *key, const lw_parameter_draft *draft) {
    lw_build_node *node = add(b, LW_BUILD_PARAMETER, key, draft->place);
    if (node)
        node->draft = copy_draft(b, draft);
}

void lw_space_builder_broken(lw_space_builder *b, const char *key, lw_place place) {
    add(b, LW_BUILD_BROKEN, key, place);
}

void lw_space_builder_constraint(lw_space_builder *b, const lw_draft_text *text) {
    if (!b || b->no_memory)
        return;
    if (!lw_array_reserve(&b->constraints, &b->constraints_capacity, b->n_constraints, sizeof *b->constraints)) {
        b->no_memory = true;
        return;
    }
    b->constraints[b->n_constraints++] = copy_draft_text(b, text);
}
