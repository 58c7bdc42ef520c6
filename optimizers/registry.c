#include <string.h>

#include <labwatch/optimizer.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "builtin_types.h"
#include "module.h"

static const lw_optimizer_type *const registered[] = {
    &lw_optimizer_auto,
    &lw_optimizer_sobol,
    &lw_optimizer_random,
    &lw_optimizer_grid,
    &lw_optimizer_tpe,
    &lw_optimizer_smac,
    &lw_optimizer_cmaes,
    NULL,
};

const lw_optimizer_type *const *lw_optimizer_types(void) {
    return registered;
}

const char *lw_optimizer_default(void) {
    return registered[0]->name;
}

static const lw_optimizer_type *find_type(const lw_optimizer_type *const *types, const char *name) {
    for (size_t i = 0; types && types[i]; i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}

int lw_optimizer_module_each(lw_optimizer_module_fn *visit, void *arg, lw_error *error) {
    char **names;
    size_t n;
    int code = lw_module_names(&names, &n, error);
    if (code != LW_OK)
        return code;
    for (size_t i = 0; i < n && code == LW_OK; i++) {
        const lw_module *module = NULL;
        lw_error why;
        if (find_type(registered, names[i]))
            continue; /* it goes before the module */
        int outcome = lw_module_open(&module, names[i], &why);
        const lw_optimizer_type *type = outcome == LW_OK ? find_type(module->optimizers, names[i]) : NULL;
        if (outcome == LW_ENOMEM)
            code = lw_error_no_memory(error);
        else if (type || outcome != LW_OK)
            visit(arg, names[i], type, &why);
    }
    lw_module_names_free(names, n);
    return code;
}

/* ---- names that nobody knows ---- */

typedef struct known_names {
    const char **items;
    size_t n, capacity;
    bool no_memory;
} known_names;

static void add_name(known_names *names, const char *name) {
    if (lw_array_reserve(&names->items, &names->capacity, names->n, sizeof *names->items))
        names->items[names->n++] = name;
    else
        names->no_memory = true;
}

static void add_types(known_names *names, const lw_optimizer_type *const *types) {
    for (size_t i = 0; types && types[i]; i++)
        add_name(names, types[i]->name);
}

static void add_module_type(void *arg, const char *name, const lw_optimizer_type *type, const lw_error *why) {
    (void)name, (void)why;
    if (type)
        add_name(arg, type->name);
}

/* The sentence; NULL when out of memory. */
static char *unknown_type(const char *name, const lw_optimizer_type *const *extra) {
    known_names known = {0};
    lw_text text = {0};
    add_types(&known, extra);
    add_types(&known, registered);
    known.no_memory |= lw_optimizer_module_each(add_module_type, &known, NULL) != LW_OK;
    text.failed |= known.no_memory;

    lw_text_format(&text, "there is no optimizer '%s'", name);
    int nearest = lw_nearest(name, known.items, known.n);
    if (nearest >= 0)
        lw_text_format(&text, ": did you mean '%s'? There are ", known.items[nearest]);
    else
        lw_text_add(&text, "; there are ");
    for (size_t i = 0; i < known.n; i++)
        lw_text_format(&text, "%s%s", i == 0 ? "" : i + 1 < known.n ? ", " : " and ", known.items[i]);
    lw_free(known.items);
    return lw_text_take(&text);
}

static void say_unknown(const char *name, const lw_optimizer_type *const *extra, lw_error *error) {
    char *sentence = unknown_type(name, extra);
    if (sentence)
        lw_error_set(error, LW_ENOTFOUND, "%s", sentence);
    else
        lw_error_no_memory(error);
    lw_free(sentence);
}

const lw_optimizer_type *lw_optimizer_type_by_name(const char *name, const lw_optimizer_type *const *extra,
                                                   lw_error *error) {
    if (!name)
        name = lw_optimizer_default();
    const lw_optimizer_type *type = find_type(extra, name);
    if (!type)
        type = find_type(registered, name);
    if (type)
        return type;

    const lw_module *module = NULL;
    int outcome = lw_module_open(&module, name, error);
    if (outcome == LW_EUNSUPPORTED || outcome == LW_ENOMEM)
        return NULL; /* there is such a module, and *error says why it is of no use */
    if (outcome == LW_OK)
        type = find_type(module->optimizers, name);
    if (!type)
        say_unknown(name, extra, error);
    return type;
}
