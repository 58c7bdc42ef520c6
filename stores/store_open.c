/* Which store a URL means. */
#include <string.h>

#include <labwatch/store.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/module.h>
#include <labwatch/sys/text.h>

#include "memory_store.h"
#include "module.h"

static const lw_store_type *const registered[] = {&lw_store_memory, NULL};
static const char *const schemes[] = {"memory", "sqlite", "mongodb", "mongodb+srv", NULL};
enum { N_SCHEMES = sizeof schemes / sizeof schemes[0] - 1, LONGEST_SCHEME = 31 };
static const char file_scheme[] = "sqlite";
static const double usual_busy_timeout_s = 10;

const lw_store_type *const *lw_store_types(void) {
    return registered;
}

const char *const *lw_store_schemes(void) {
    return schemes;
}

static const lw_store_type *find_type(const lw_store_type *const *types, const char *scheme) {
    for (; types && *types; types++)
        if (strcmp((*types)->scheme, scheme) == 0)
            return *types;
    return NULL;
}

/* Length of the scheme before the first ':'; 0 if the URL has none. */
static size_t scheme_length(const char *url) {
    size_t length = strspn(url, "abcdefghijklmnopqrstuvwxyz0123456789+-");
    return url[length] == ':' ? length : 0;
}

static int no_scheme(const char *url, lw_error *error) {
    for (size_t i = 0; i < N_SCHEMES; i++)
        if (strcmp(url, schemes[i]) == 0)
            return lw_error_set(error, LW_EINVAL, "'%.200s' is no URL of a store: did you mean '%.200s:'?", url, url);
    return lw_error_set(error, LW_EINVAL,
                        "'%.200s' is no URL of a store, which begins with its scheme: did you mean '%s:%.200s'?", url,
                        file_scheme, url[0] ? url : "labwatch.db");
}

/* Addresses of servers may have a password in them, which no sentence repeats. */
static int unknown_scheme_of_server(const char *scheme, int nearest, lw_error *error) {
    return lw_error_set(error, LW_EINVAL, "there are no stores '%s:'%s%s%s", scheme, nearest >= 0 ? ": did you mean '" : "",
                        nearest >= 0 ? schemes[nearest] : " (but memory:, sqlite: and mongodb:)", nearest >= 0 ? ":'?" : "");
}

static int unknown_scheme(const char *url, const char *scheme, lw_error *error) {
    int nearest = lw_nearest(scheme, schemes, N_SCHEMES);
    if (strncmp(url + strlen(scheme), "://", 3) == 0)
        return unknown_scheme_of_server(scheme, nearest, error);
    if (nearest >= 0)
        return lw_error_set(error, LW_EINVAL, "there are no stores '%s:': did you mean '%s%.200s'?", scheme,
                            schemes[nearest], url + strlen(scheme));
    return lw_error_set(error, LW_EINVAL,
                        "there are no stores '%s:' (but memory:, sqlite: and mongodb:); a file of that name is '%s:%.200s'",
                        scheme, file_scheme, url);
}

/* The module of mongodb+srv is that of mongodb. */
static int open_module(const lw_module **out, const char *scheme, lw_error *error) {
    char name[LONGEST_SCHEME + 1];
    size_t length = strcspn(scheme, "+");
    memcpy(name, scheme, length);
    name[length] = '\0';
    return lw_module_open(out, name, error);
}

static int find_in_module(const lw_store_type **out, const char *url, const char *scheme, lw_error *error) {
    const lw_module *module;
    lw_error reason;
    int code = open_module(&module, scheme, &reason);
    if (code == LW_OK) {
        *out = find_type(module->stores, scheme);
        if (*out)
            return LW_OK;
        return lw_error_set(error, LW_EUNSUPPORTED, "the module labwatch-%s.so has no store '%s:'", scheme, scheme);
    }
    if (code != LW_ENOTFOUND && code != LW_EINVAL)
        return lw_error_set(error, code, "%s", reason.message);
    for (size_t i = 0; i < N_SCHEMES; i++)
        if (strcmp(scheme, schemes[i]) == 0)
            return lw_error_set(error, LW_EUNSUPPORTED, "this labwatch is installed without '%s:' stores: %s", scheme,
                                reason.message);
    return unknown_scheme(url, scheme, error);
}

static int find_any_type(const lw_store_type **out, const char *url, const char *scheme,
                         const lw_store_type *const *extra, lw_error *error) {
    *out = find_type(extra, scheme);
    if (!*out)
        *out = find_type(registered, scheme);
    return *out ? LW_OK : find_in_module(out, url, scheme, error);
}

/* A function that is not there would be called some day. */
static int check_complete(const lw_store_type *type, lw_error *error) {
    if (type->open && type->close && type->experiment_get && type->experiment_put && type->experiment_each &&
        type->run_insert && type->run_get && type->run_modify && type->run_beats && type->run_remove && type->run_each &&
        type->row_each && type->run_counts && type->config_count && type->metric_append && type->metric_each &&
        type->file_put && type->file_get && type->file_each && type->cache_put && type->cache_get &&
        type->unreadable_count)
        return LW_OK;
    return lw_error_set(error, LW_EINVAL, "the store type '%s' lacks one of its functions", type->scheme);
}

static lw_store_setup complete_setup(const lw_store_setup *given) {
    lw_store_setup setup = given ? *given : (lw_store_setup){0};
    if (!setup.clock)
        setup.clock = lw_clock_system();
    if (!(setup.busy_timeout_s > 0)) /* NaN, too */
        setup.busy_timeout_s = usual_busy_timeout_s;
    setup.must_exist |= setup.read_only;
    return setup;
}

/* url is one itself, and no file that has it. */
static int open_url(lw_store **out, const char *url, const lw_store_setup *setup, const lw_store_type *const *extra,
                    lw_error *error) {
    size_t url_length = strlen(url);
    if (lw_utf8_invalid_at(url, url_length) != url_length)
        return lw_error_set(error, LW_EINVAL, "the URL of the store is not valid UTF-8");
    char scheme[LONGEST_SCHEME + 1];
    size_t length = scheme_length(url);
    if (length == 0 || length >= sizeof scheme)
        return no_scheme(url, error);
    memcpy(scheme, url, length);
    scheme[length] = '\0';
    const lw_store_type *type;
    int code = find_any_type(&type, url, scheme, extra, error);
    if (code != LW_OK)
        return code;
    code = check_complete(type, error);
    if (code != LW_OK)
        return code;
    lw_store_setup complete = complete_setup(setup);
    complete.type = type;
    complete.extra_types = extra;
    lw_store *store = NULL;
    code = type->open(&store, url + length + 1, &complete, error);
    if (code != LW_OK)
        return code;
    store->type = type;
    store->read_only = complete.read_only;
    *out = store;
    return LW_OK;
}

/* No sentence repeats what is in the file: it may be anything, such as a password alone. */
static int check_scheme_from(const char *file, const char *url, const lw_store_type *const *extra, lw_error *error) {
    char scheme[LONGEST_SCHEME + 1];
    size_t length = scheme_length(url), i = 0;
    bool fits = length > 0 && length < sizeof scheme;
    memcpy(scheme, url, fits ? length : 0);
    scheme[fits ? length : 0] = '\0';
    while (i < N_SCHEMES && strcmp(scheme, schemes[i]) != 0)
        i++;
    if (i < N_SCHEMES || find_type(extra, scheme))
        return LW_OK;
    return lw_error_set(error, LW_EINVAL,
                        "the file '%.200s' must have the URL of a store in it, such as mongodb://USER:PASSWORD@HOST/DB", file);
}

int lw_store_open(lw_store **out, const char *url, const lw_store_setup *setup, const lw_store_type *const *extra,
                  lw_error *error) {
    char *from_file = NULL;
    if (!out || !url)
        return lw_error_set(error, LW_EINVAL, "lw_store_open needs a place for the store and a URL");
    if (url[0] != '@')
        return open_url(out, url, setup, extra, error);
    int code = lw_store_url_from(&from_file, url, error);
    if (code == LW_OK)
        code = check_scheme_from(url + 1, from_file, extra, error);
    if (code == LW_OK)
        code = open_url(out, from_file, setup, extra, error);
    if (from_file)
        explicit_bzero(from_file, strlen(from_file));
    lw_free(from_file);
    return code;
}

void lw_store_close(lw_store *store) {
    if (store)
        store->type->close(store);
}

const lw_store_type *lw_store_get_type(const lw_store *store) {
    return store->type;
}
