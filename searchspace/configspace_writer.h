/**
 * The parts of the writer of ConfigSpace's JSON.
 */
#ifndef LW_CONFIGSPACE_WRITER_H
#define LW_CONFIGSPACE_WRITER_H

#include <labwatch/sys/text.h>

#include "condition_tree.h"
#include "diagnostics.h"
#include "space_internal.h"

typedef struct lw_configspace_writer {
    lw_text *out;
    const lw_space *space;
    bool previous;       /**< ConfigSpace 0.4 to 0.7 */
    lw_arena arena;      /**< of the condition that is being written */
    const char *subject; /**< "parameter 'C'": what an error is about */
    lw_error *error;
} lw_configspace_writer;

/** Says what is being written; forgets what the arena has of the one before. */
void lw_configspace_set_subject(lw_configspace_writer *writer, const char *what, const char *name);
/** Puts before the message that is there what it is about. */
int lw_configspace_refuse(const lw_configspace_writer *writer, int rc);
#define LW_CONFIGSPACE_REFUSE(writer, ...)                                                                             \
    lw_configspace_refuse((writer), lw_error_set((writer)->error, LW_EUNSUPPORTED, __VA_ARGS__))

/** "key": "text" */
void lw_configspace_add_member(lw_configspace_writer *writer, const char *key, const char *text);
/** , "key": value */
void lw_configspace_add_value(lw_configspace_writer *writer, const char *key, lw_value value);
/** , "key": [value, …] */
void lw_configspace_add_values(lw_configspace_writer *writer, const char *key, const lw_value *values, size_t count);

/** The dotted name of a slot of the space's expressions. */
const char *lw_configspace_slot_name(const lw_configspace_writer *writer, size_t slot);
/** The parameter that is a slot; NULL for a constant. */
const lw_dimension *lw_configspace_searched(const lw_configspace_writer *writer, size_t slot);
/** True if the slot has choices, or is a constant: then order means nothing there. */
bool lw_configspace_is_choice(const lw_configspace_writer *writer, size_t slot);
/** True if a comparison is with a value of its parameter: others are refused there. */
bool lw_configspace_is_legal(const lw_configspace_writer *writer, const lw_condition *comparison);
/** The values for which a comparison or membership holds. NULL, and 0 of them, if they cannot be listed, or without
 * memory. */
const lw_value *lw_configspace_list_values(lw_configspace_writer *writer, const lw_condition *leaf, size_t *count);

/** "conditions": […] and "forbiddens": […], with a comma before. */
int lw_configspace_add_conditions(lw_configspace_writer *writer);
int lw_configspace_add_forbiddens(lw_configspace_writer *writer);

#endif
