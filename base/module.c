#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "module.h"

#define PREFIX "labwatch-"
#define ENDING ".so"

static bool is_module_name(const char *name) {
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static int load(const lw_module **out, const char *path, lw_error *error) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        return lw_error_set(error, LW_EUNSUPPORTED, "the module %s cannot be loaded: %s", path,
                            reason ? reason : "unknown reason");
    }
    const lw_module *module = dlsym(handle, LW_MODULE_SYMBOL);
    if (module && module->interface == LW_MODULE_INTERFACE) {
        *out = module; /* the handle is left open: type objects live as long as the process */
        return LW_OK;
    }
    int code = module ? lw_error_set(error, LW_EUNSUPPORTED,
                                     "the module %s is built for interface %d, this library for %d; build it anew",
                                     path, module->interface, LW_MODULE_INTERFACE)
                      : lw_error_set(error, LW_EUNSUPPORTED, "%s is no labwatch module: it has no symbol %s", path,
                                     LW_MODULE_SYMBOL);
    dlclose(handle);
    return code;
}

/* ---- folders ---- */

/* Told of a folder; true: it is enough. */
typedef bool folder_fn(void *arg, const char *folder, size_t length);

static bool visit_list(const char *folders, folder_fn *visit, void *arg) {
    while (*folders) {
        size_t length = strcspn(folders, ":");
        if (length > 0 && visit(arg, folders, length))
            return true;
        folders += length + (folders[length] == ':');
    }
    return false;
}

/* The folder "labwatch" beside the file that this code was loaded from. */
static int visit_beside_library(folder_fn *visit, void *arg) {
    static const char here = 0; /* any address in that file */
    Dl_info info;
    if (!dladdr(&here, &info) || !info.dli_fname)
        return LW_OK;
    const char *slash = strrchr(info.dli_fname, '/');
    lw_text folder = {0};
    if (slash)
        lw_text_append(&folder, info.dli_fname, (size_t)(slash - info.dli_fname + 1));
    lw_text_add(&folder, "labwatch");
    bool failed = folder.failed;
    if (!failed)
        (void)visit(arg, folder.bytes, folder.length);
    lw_text_release(&folder);
    return failed ? LW_ENOMEM : LW_OK;
}

/* In the order of the search. LW_ENOMEM: not all were visited. */
static int visit_folders(folder_fn *visit, void *arg) {
    const char *folders = secure_getenv("LABWATCH_MODULES");
    if (folders && visit_list(folders, visit, arg))
        return LW_OK;
    return visit_beside_library(visit, arg);
}

/* ---- one module ---- */

/* What is looked for, and where it was not. */
typedef struct module_search {
    const char *name;
    lw_text looked_in;
    char *found; /* the file's path */
    bool no_memory;
} module_search;

static bool look_in(void *arg, const char *folder, size_t length) {
    module_search *search = arg;
    lw_text path = {0};
    lw_text_append(&path, folder, length);
    lw_text_format(&path, "/" PREFIX "%s" ENDING, search->name);
    char *file = lw_text_take(&path);
    search->no_memory = file == NULL;
    if (!file)
        return true;
    if (access(file, F_OK) == 0) {
        search->found = file;
        return true;
    }
    lw_free(file);
    lw_text_add(&search->looked_in, search->looked_in.length ? ", " : "");
    lw_text_append(&search->looked_in, folder, length);
    return false;
}

static int not_found(module_search *search, lw_error *error) {
    if (search->no_memory || search->looked_in.failed)
        return lw_error_no_memory(error);
    return lw_error_set(error, LW_ENOTFOUND, "there is no module " PREFIX "%s" ENDING " in %s", search->name,
                        search->looked_in.length ? search->looked_in.bytes : "any folder");
}

int lw_module_open(const lw_module **out, const char *name, lw_error *error) {
    if (!is_module_name(name))
        return lw_error_set(error, LW_EINVAL, "a module's name is made of a-z, 0-9 and -, which '%.64s' is not", name);
    module_search search = {.name = name};
    search.no_memory |= visit_folders(look_in, &search) != LW_OK;
    int code = search.found ? load(out, search.found, error) : not_found(&search, error);
    lw_free(search.found);
    lw_text_release(&search.looked_in);
    return code;
}

/* ---- all modules ---- */

typedef struct name_collection {
    char **items;
    size_t n, capacity;
    bool no_memory;
} name_collection;

/* The name in labwatch-NAME.so, to be freed; NULL for another file, or without memory. */
static char *name_of_file(name_collection *names, const char *file) {
    size_t length = strlen(file), before = strlen(PREFIX), behind = strlen(ENDING);
    if (length <= before + behind || strncmp(file, PREFIX, before) != 0 || strcmp(file + length - behind, ENDING) != 0)
        return NULL;
    char *name = lw_strndup(file + before, length - before - behind);
    names->no_memory |= name == NULL;
    if (name && is_module_name(name))
        return name;
    lw_free(name);
    return NULL;
}

static void add_name(name_collection *names, char *name) {
    if (lw_array_reserve(&names->items, &names->capacity, names->n, sizeof *names->items)) {
        names->items[names->n++] = name;
        return;
    }
    names->no_memory = true;
    lw_free(name);
}

static bool collect_names(void *arg, const char *folder, size_t length) {
    name_collection *names = arg;
    char *path = lw_strndup(folder, length);
    DIR *open_folder = path ? opendir(path) : NULL;
    names->no_memory |= path == NULL;
    lw_free(path);
    if (!open_folder)
        return names->no_memory;
    for (struct dirent *entry; (entry = readdir(open_folder));) {
        char *name = name_of_file(names, entry->d_name);
        if (name)
            add_name(names, name);
    }
    closedir(open_folder);
    return names->no_memory;
}

static int compare_names(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* A name in several folders is the module of the first. */
static void drop_repetitions(name_collection *names) {
    size_t kept = 0;
    for (size_t i = 0; i < names->n; i++)
        if (kept > 0 && strcmp(names->items[kept - 1], names->items[i]) == 0)
            lw_free(names->items[i]);
        else
            names->items[kept++] = names->items[i];
    names->n = kept;
}

int lw_module_names(char ***out, size_t *n, lw_error *error) {
    name_collection names = {0};
    names.no_memory |= visit_folders(collect_names, &names) != LW_OK;
    if (names.no_memory) {
        lw_module_names_free(names.items, names.n);
        return lw_error_no_memory(error);
    }
    if (names.n)
        qsort(names.items, names.n, sizeof *names.items, compare_names);
    drop_repetitions(&names);
    *out = names.items;
    *n = names.n;
    return LW_OK;
}

void lw_module_names_free(char **names, size_t n) {
    for (size_t i = 0; i < n; i++)
        lw_free(names[i]);
    lw_free(names);
}
