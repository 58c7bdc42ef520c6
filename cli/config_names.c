#include "config_names.h"

#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "say.h"

static void add(name_list *names, const char *name) {
    if (!lw_array_reserve(&names->items, &names->capacity, names->n, sizeof *names->items))
        out_of_memory();
    names->items[names->n++] = need(lw_strdup(name));
}

static bool has_parameter_inside(const lw_space *space, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        const char *parameter = lw_space_parameter(space, i)->name;
        if (strncmp(parameter, name, length) == 0 && parameter[length] == '.')
            return true;
    }
    return false;
}

static void add_constants(name_list *names, const lw_space *space, bson_iter_t *iter, const char *prefix) {
    while (bson_iter_next(iter)) {
        lw_text name = {0};
        lw_text_add(&name, prefix);
        lw_text_add(&name, bson_iter_key(iter));
        need(name.bytes);
        bson_iter_t child;
        bool opened =
            BSON_ITER_HOLDS_DOCUMENT(iter) || (BSON_ITER_HOLDS_ARRAY(iter) && has_parameter_inside(space, name.bytes));
        if (opened && bson_iter_recurse(iter, &child)) {
            lw_text_add(&name, ".");
            add_constants(names, space, &child, need(name.bytes));
        } else if (lw_space_find(space, name.bytes) < 0) {
            add(names, name.bytes);
        }
        lw_text_release(&name);
    }
}

void config_names_of(name_list *out, const lw_space *space) {
    *out = (name_list){0};
    for (size_t i = 0; i < lw_space_n_parameters(space); i++)
        add(out, lw_space_parameter(space, i)->name);
    bson_iter_t iter;
    if (bson_iter_init(&iter, lw_space_constants(space)))
        add_constants(out, space, &iter, "");
}

void config_names_release(name_list *names) {
    for (size_t i = 0; i < names->n; i++)
        lw_free(names->items[i]);
    lw_free(names->items);
    *names = (name_list){0};
}
