/**
 * The columns of a table of configurations: everything in the spaces, in the order of their files, then what only runs have.
 */
#ifndef CLI_CONFIG_COLUMNS_H
#define CLI_CONFIG_COLUMNS_H

#include <labwatch/space.h>

typedef struct config_column {
    char *name;         /**< dotted where nested */
    bool is_column;     /**< false: only a mapping or list with others in it */
    bool is_branch;     /**< has others in it */
    bool is_constant;   /**< in every space that has it */
    bool takes_null;    /**< null is one of its values, not the place of one that is missing */
    bool used, unequal; /**< some run has a value; one that is no number */
} config_column;

/** Zero-initialise it; config_columns_release frees it. */
typedef struct config_columns {
    config_column *items;
    size_t n, capacity;
    size_t *buckets; /* 1 + index; 0: free */
    size_t n_buckets;
} config_columns;

void config_columns_add_space(config_columns *columns, const lw_space *space);
void config_columns_release(config_columns *columns);

/** Is called with each value of a configuration and the index of its column; the value is borrowed. */
typedef void config_value_fn(void *arg, size_t column, const bson_iter_t *value);

/** Walks over the values of a configuration; columns that are not there are added. */
void config_columns_walk(config_columns *columns, const bson_iter_t *config, config_value_fn *visit, void *arg);

#endif
