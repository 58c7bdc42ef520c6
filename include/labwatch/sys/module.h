/**
 * A module: a shared object with types whose libraries are heavy, loaded when one of its names is asked for.
 *
 * It is called labwatch-NAME.so, where NAME is an optimizer's name or a store's scheme, lies in the folder
 * `labwatch` beside liblabwatch.so (or in one of LABWATCH_MODULES, a list separated by `:`), is built on the public
 * headers alone, and has one symbol, `lw_module_definition`.
 */
#ifndef LABWATCH_SYS_MODULE_H
#define LABWATCH_SYS_MODULE_H

#include <labwatch/export.h>

LW_BEGIN_DECLS

/** Raised when a type object or this struct changes; a module with another number is refused with a sentence. */
enum { LW_MODULE_INTERFACE = 1 };

struct lw_optimizer_type;
struct lw_store_type;

typedef struct lw_module {
    int interface;                                      /**< LW_MODULE_INTERFACE */
    const struct lw_optimizer_type *const *optimizers;  /**< ends with NULL; may be NULL */
    const struct lw_store_type *const *stores;          /**< ends with NULL; may be NULL */
} lw_module;

/** What the module's file defines: `LW_EXPORT const lw_module lw_module_definition = {…};` */
#define LW_MODULE_SYMBOL "lw_module_definition"

LW_END_DECLS

#endif
