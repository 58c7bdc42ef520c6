/* A module without types, for the test of the loader; definitions make it a wrong one. */
#include <stddef.h>

#include <labwatch/sys/module.h>

#ifndef LW_SAMPLE_INTERFACE
#define LW_SAMPLE_INTERFACE LW_MODULE_INTERFACE
#endif
#ifndef LW_SAMPLE_NAME
#define LW_SAMPLE_NAME lw_module_definition
#endif

LW_EXPORT extern const lw_module LW_SAMPLE_NAME;

const lw_module LW_SAMPLE_NAME = {.interface = LW_SAMPLE_INTERFACE, .optimizers = NULL, .stores = NULL};
