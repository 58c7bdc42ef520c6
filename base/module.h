/**
 * Finds and loads modules (<labwatch/sys/module.h>).
 */
#ifndef LABWATCH_BASE_MODULE_H
#define LABWATCH_BASE_MODULE_H

#include <labwatch/error.h>
#include <labwatch/sys/module.h>

/**
 * Loads labwatch-NAME.so, of the first folder that has it: those of the environment variable LABWATCH_MODULES, then
 * the folder `labwatch` beside the shared object (or program) that contains this function.
 *
 * *out then points into the module, which stays loaded until the process ends; asking again gives the same pointer.
 *
 * LW_EINVAL: name is not made of a-z, 0-9 and -. LW_ENOTFOUND: no folder has such a file; the message lists them.
 * LW_EUNSUPPORTED: the file cannot be loaded (the message has the loader's reason), is no module, or is one for
 * another version of the interface. LW_ENOMEM.
 *
 * Safe from any thread, as long as none changes the environment meanwhile. A program with raised privileges
 * (set-user-ID) does not read LABWATCH_MODULES.
 */
int lw_module_open(const lw_module **out, const char *name, lw_error *error);

/**
 * The names of the modules that lie in these folders, ascending, each once; whether they can be loaded is another
 * matter. *out is yours, for lw_module_names_free. LW_ENOMEM.
 */
int lw_module_names(char ***out, size_t *n, lw_error *error);
void lw_module_names_free(char **names, size_t n);

#endif
