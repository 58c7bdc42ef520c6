#include <string.h>

#include <labwatch/optimizer.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "builtin_types.h"
#include "module.h"

static const lw_optimizer_type *const registered[] = {
    &lw_optimizer_sobol,
    &lw_optimizer_random,
    &lw_optimizer_grid,
    NULL,
};

const lw_optimizer_type *const *lw_optimizer_types(void) {
    return registered;
}

const char *lw_optimizer_default(void) {
    return registered[0]->name;
}

static size_t count_types(const lw_optimizer_type *const *types) {
    size_t n = 0;
    while (types && types[n])
        n++;
    return n;
}

static const lw_optimizer_type *find_type(const lw_optimizer_type *const *types, const char *name) {
    for (size_t i = 0; types && types[i]; i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}

/* The sentence for a name that nobody knows; NULL when out of memory. */
static char *unknown_type(const char *name, const lw_optimizer_type *const *extra) {
    size_t n_extra = count_types(extra), n = n_extra + count_types(registered);
    const char **names = lw_calloc(n, sizeof *names);
    if (!names)
        return NULL;
    for (size_t i = 0; i < n; i++)
        names[i] = i < n_extra ? extra[i]->name : registered[i - n_extra]->name;

    lw_text text = {0};
    lw_text_format(&text, "there is no optimizer '%s'", name);
    int nearest = lw_nearest(name, names, n);
    if (nearest >= 0)
        lw_text_format(&text, ": did you mean '%s'? There are ", names[nearest]);
    else
        lw_text_add(&text, "; there are ");
    for (size_t i = 0; i < n; i++)
        lw_text_format(&text, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", names[i]);
    lw_free(names);
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
