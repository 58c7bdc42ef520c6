/* A module with an optimizer that only its name tells of, for the tests of the loader; definitions make it a wrong one. */
#include <stddef.h>

#include <labwatch/sys/module.h>
#include <labwatch/sys/optimizer.h>

#ifndef LW_SAMPLE_INTERFACE
#define LW_SAMPLE_INTERFACE LW_MODULE_INTERFACE
#endif
#ifndef LW_SAMPLE_NAME
#define LW_SAMPLE_NAME lw_module_definition
#endif

static const lw_option_spec options[] = {
    {.name = "levels", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 9, .default_number = 3, .help = "How many."},
    {0},
};

static const lw_optimizer_type sample = {
    .name = "sample", .summary = "a sample of a module", .source = "nothing", .options = options};

static const lw_optimizer_type *const types[] = {&sample, NULL};

LW_EXPORT extern const lw_module LW_SAMPLE_NAME;

const lw_module LW_SAMPLE_NAME = {.interface = LW_SAMPLE_INTERFACE, .optimizers = types, .stores = NULL};
