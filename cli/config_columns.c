#include "config_columns.h"

#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "config_names.h"
#include "say.h"

/* ---- finding names: open addressing, at most half full ---- */

static size_t hash(const char *name, size_t length) {
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
    return (size_t)(h ^ (h >> 32));
}

/* The bucket that has the name, or a free one. */
static size_t *bucket_of(const config_columns *columns, const char *name, size_t length) {
    size_t k = hash(name, length) & (columns->n_buckets - 1);
    for (;; k = (k + 1) & (columns->n_buckets - 1)) {
        size_t entry = columns->buckets[k];
        const char *known = entry ? columns->items[entry - 1].name : NULL;
        if (!known || (strncmp(known, name, length) == 0 && !known[length]))
            return &columns->buckets[k];
    }
}

static void grow(config_columns *columns) {
    lw_free(columns->buckets);
    columns->n_buckets = columns->n_buckets ? 2 * columns->n_buckets : 64;
    columns->buckets = need(lw_calloc(columns->n_buckets, sizeof *columns->buckets));
    for (size_t i = 0; i < columns->n; i++)
        *bucket_of(columns, columns->items[i].name, strlen(columns->items[i].name)) = i + 1;
}

static config_column *find_or_add(config_columns *columns, const char *name, size_t length) {
    if (2 * (columns->n + 1) > columns->n_buckets)
        grow(columns);
    size_t *bucket = bucket_of(columns, name, length);
    if (*bucket)
        return &columns->items[*bucket - 1];
    if (!lw_array_reserve(&columns->items, &columns->capacity, columns->n, sizeof *columns->items))
        out_of_memory();
    config_column *added = &columns->items[columns->n++];
    *added = (config_column){.name = need(lw_strndup(name, length))};
    *bucket = columns->n;
    return added;
}

void config_columns_release(config_columns *columns) {
    for (size_t i = 0; i < columns->n; i++)
        lw_free(columns->items[i].name);
    lw_free(columns->items);
    lw_free(columns->buckets);
    *columns = (config_columns){0};
}

/* ---- of a space ---- */

static bool has_null(const lw_parameter *parameter) {
    for (size_t i = 0; i < parameter->n_choices; i++)
        if (parameter->choices[i].value.kind == LW_VALUE_NULL)
            return true;
    return false;
}

static void add_name(config_columns *columns, const char *name, const lw_parameter *parameter) {
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.'))
        find_or_add(columns, name, (size_t)(dot - name))->is_branch = true;
    config_column *column = find_or_add(columns, name, strlen(name));
    column->is_constant = !parameter && (column->is_constant || !column->is_column);
    column->is_column = true;
    column->takes_null |= !parameter || has_null(parameter);
}

void config_columns_add_space(config_columns *columns, const lw_space *space) {
    name_list names;
    config_names_of(&names, space);
    size_t d = lw_space_n_parameters(space);
    for (size_t i = 0; i < names.n; i++)
        add_name(columns, names.items[i], i < d ? lw_space_parameter(space, i) : NULL);
    config_names_release(&names);
}

/* ---- of a run ---- */

typedef struct config_walk {
    config_columns *columns;
    config_value_fn *visit;
    void *arg;
    lw_text path;
} config_walk;

/* Lists are opened only where the space has parameters in them; mappings unless they are a parameter's value. */
static bool is_opened(const config_column *column, const bson_iter_t *value) {
    if (BSON_ITER_HOLDS_DOCUMENT(value))
        return column->is_branch || !column->is_column;
    return BSON_ITER_HOLDS_ARRAY(value) && column->is_branch;
}

static void walk(config_walk *w, const bson_iter_t *branch) {
    bson_iter_t iter;
    size_t length = w->path.length;
    if (!bson_iter_recurse(branch, &iter))
        return;
    while (bson_iter_next(&iter)) {
        w->path.length = length;
        lw_text_add(&w->path, length ? "." : "");
        lw_text_add(&w->path, bson_iter_key(&iter));
        config_column *column = find_or_add(w->columns, need(w->path.bytes), w->path.length);
        if (is_opened(column, &iter)) {
            column->is_branch = true;
            walk(w, &iter);
        } else if (!BSON_ITER_HOLDS_NULL(&iter) || column->takes_null || !column->is_column) {
            column->takes_null |= !column->is_column;
            column->is_column = true;
            w->visit(w->arg, (size_t)(column - w->columns->items), &iter);
        }
    }
    w->path.length = length;
}

void config_columns_walk(config_columns *columns, const bson_iter_t *config, config_value_fn *visit, void *arg) {
    config_walk w = {columns, visit, arg, {0}};
    walk(&w, config);
    lw_text_release(&w.path);
}
