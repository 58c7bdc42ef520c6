/**
 * The optimizers that are part of the library. A new one is a file, a line here and a line in registry.c.
 */
#ifndef LABWATCH_BUILTIN_TYPES_H
#define LABWATCH_BUILTIN_TYPES_H

#include <labwatch/sys/optimizer.h>

extern const lw_optimizer_type lw_optimizer_auto;
extern const lw_optimizer_type lw_optimizer_random;
extern const lw_optimizer_type lw_optimizer_sobol;
extern const lw_optimizer_type lw_optimizer_grid;
extern const lw_optimizer_type lw_optimizer_tpe;
extern const lw_optimizer_type lw_optimizer_smac;
extern const lw_optimizer_type lw_optimizer_cmaes;

#endif
