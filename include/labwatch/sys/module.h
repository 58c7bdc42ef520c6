/**
 * A module: a shared object with types whose libraries are heavy, loaded when one of its names is asked for.
 *
 * It is called labwatch-NAME.so, where NAME is an optimizer's name or a store's scheme, lies in the folder
 * `labwatch` beside liblabwatch.so (or in one of LABWATCH_MODULES, a list separated by `:`), is built on the public
 * headers alone, and has one symbol, which LW_MODULE defines. It is never unloaded; LABWATCH_MODULES is searched first. A file that serves
 * several names has a link for each.
 */
#ifndef LABWATCH_SYS_MODULE_H
#define LABWATCH_SYS_MODULE_H

#include <labwatch/export.h>

LW_BEGIN_DECLS

/** Raised when a type object or this struct changes; a module with another number is refused with a sentence. */
enum { LW_MODULE_INTERFACE = 4 };

struct lw_optimizer_type;
struct lw_store_type;

typedef struct lw_module {
    int interface;                                      /**< LW_MODULE_INTERFACE */
    const struct lw_optimizer_type *const *optimizers;  /**< ends with NULL; may be NULL */
    const struct lw_store_type *const *stores;          /**< ends with NULL; may be NULL */
} lw_module;

#define LW_MODULE_SYMBOL "lw_module_definition"

LW_END_DECLS

/**
 * Defines the symbol, in C and C++: `LW_MODULE(optimizers, stores)` with two NULL-terminated arrays of types, either of which may be NULL.
 * Compiled with -DLW_NO_MODULE it defines nothing, so that a program can link the file and give the types as its own.
 */
#ifdef LW_NO_MODULE
#define LW_MODULE(optimizers, stores) struct lw_module
#else
#ifdef __cplusplus
#define LW_MODULE_LINKAGE extern "C"
#else
#define LW_MODULE_LINKAGE extern
#endif
#define LW_MODULE(optimizers, stores)                                                              \
    LW_MODULE_LINKAGE LW_EXPORT const lw_module lw_module_definition;                              \
    const lw_module lw_module_definition = {LW_MODULE_INTERFACE, optimizers, stores}
#endif

#endif
