/**
 * What tests over all optimizers share: which there are, how they are made, and what a suggested configuration must be.
 */
#ifndef LABWATCH_TESTS_OPTIMIZER_SUPPORT_H
#define LABWATCH_TESTS_OPTIMIZER_SUPPORT_H

#include <labwatch/optimizer.h>

#include "optimizer_expectations.h"
#include "spaces.h"

typedef struct contract_types {
    const lw_optimizer_type **items;
    size_t n, capacity;
    bool is_whole; /**< false: out of memory, or a module of no use */
} contract_types;

/** The registered ones, and those in modules. Release them. */
contract_types contract_list_types(void);
void contract_release_types(contract_types *types);

/** What is expected otherwise of the type. Static. */
const contract_exception *contract_exception_of(const lw_optimizer_type *type);

/** The options that tests give to the type; yours to destroy. */
bson_t *contract_options_of(const lw_optimizer_type *type);

/** Yours to free. */
lw_space *contract_make_space(const contract_space *expected);

/** Fails unless config, of the space, is in its bounds, obeys all constraints, and is what it says as a document. */
void assert_sound(const lw_space *space, const lw_config *config);

#endif
