#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "module.h"

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

/* What is looked for, and where it was not. */
typedef struct module_search {
    const char *name;
    lw_text looked_in;
    char *found; /* the file's path */
    bool no_memory;
} module_search;

/* True if the search is over: the file is there, or memory is gone. */
static bool look_in(module_search *search, const char *folder, size_t length) {
    lw_text path = {0};
    lw_text_append(&path, folder, length);
    lw_text_format(&path, "/labwatch-%s.so", search->name);
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

static bool look_in_list(module_search *search, const char *folders) {
    while (*folders) {
        size_t length = strcspn(folders, ":");
        if (length > 0 && look_in(search, folders, length))
            return true;
        folders += length + (folders[length] == ':');
    }
    return false;
}

/* The folder "labwatch" beside the file that this code was loaded from. */
static bool look_beside_library(module_search *search) {
    static const char here = 0; /* any address in that file */
    Dl_info info;
    if (!dladdr(&here, &info) || !info.dli_fname)
        return false;
    const char *slash = strrchr(info.dli_fname, '/');
    lw_text folder = {0};
    if (slash)
        lw_text_append(&folder, info.dli_fname, (size_t)(slash - info.dli_fname + 1));
    lw_text_add(&folder, "labwatch");
    bool over = folder.failed || look_in(search, folder.bytes, folder.length);
    search->no_memory |= folder.failed;
    lw_text_release(&folder);
    return over;
}

static int not_found(module_search *search, lw_error *error) {
    if (search->no_memory || search->looked_in.failed)
        return lw_error_no_memory(error);
    return lw_error_set(error, LW_ENOTFOUND, "there is no module labwatch-%s.so in %s", search->name,
                        search->looked_in.length ? search->looked_in.bytes : "any folder");
}

int lw_module_open(const lw_module **out, const char *name, lw_error *error) {
    if (!is_module_name(name))
        return lw_error_set(error, LW_EINVAL, "a module's name is made of a-z, 0-9 and -, which '%.64s' is not", name);
    module_search search = {.name = name};
    const char *folders = secure_getenv("LABWATCH_MODULES");
    if (!folders || !look_in_list(&search, folders))
        look_beside_library(&search);
    int code = search.found ? load(out, search.found, error) : not_found(&search, error);
    lw_free(search.found);
    lw_text_release(&search.looked_in);
    return code;
}
