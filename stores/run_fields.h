/**
 * The members of a run that lie in its document as they are: one table drives reading and writing.
 */
#ifndef LABWATCH_RUN_FIELDS_H
#define LABWATCH_RUN_FIELDS_H

#include <labwatch/run.h>

/** How a member lies in a document, and what means "none" (a member that is none has no field). */
typedef enum run_field_kind {
    RUN_TEXT,     /**< char *, UTF-8; NULL */
    RUN_DOCUMENT, /**< bson_t *; NULL */
    RUN_ARRAY,    /**< bson_t * that stands for an array; NULL */
    RUN_TIME,     /**< int64_t, date; LW_NO_TIME */
    RUN_INT32,    /**< int32_t; 0 */
    RUN_INT64,    /**< int64_t or uint64_t, whose bits are kept; 0 */
    RUN_NUMBER,   /**< double; NaN */
    RUN_AMOUNT,   /**< double; 0 */
    RUN_BYTES     /**< 16 bytes, binary; all 0 */
} run_field_kind;

typedef struct run_field {
    const char *name;
    run_field_kind kind;
    size_t offset; /**< of the member in lw_run */
} run_field;

/** Ends with {0}: Sacred's own fields, in the order of its documents, that need no more than the table. */
extern const run_field run_sacred_fields[];
/** Ends with {0}: fields of the subdocument `labwatch`. */
extern const run_field run_labwatch_fields[];
/** Ends with {0}: fields of `labwatch.view`. */
extern const run_field run_view_fields[];

/** Field of that name; NULL. */
const run_field *run_field_find(const run_field *fields, const char *name);

/** Appends the member unless it is none. False if the document would be too large. */
bool run_field_write(const run_field *field, const lw_run *run, bson_t *out);

/**
 * Takes the value over into the member, in place of none. False if it is of the wrong type; null counts as none. Sets
 * *no_memory.
 */
bool run_field_read(const run_field *field, const bson_iter_t *value, lw_run *run, bool *no_memory);

/** What kind a value of the field must have, for messages: "text", … */
const char *run_field_expects(const run_field *field);

/** A copy of UTF-8 text at the iterator, in which a 0 is replaced by U+FFFD; NULL when out of memory. */
char *run_text_dup(const bson_iter_t *value);

/**
 * What `meta` and the rest of `experiment` are in labwatch's own runs that have none, for those who read Sacred's
 * documents. False if too large.
 */
bool run_append_default_meta(bson_t *meta, const char *command);
bool run_append_default_experiment(bson_t *experiment);

/** Whether the reader takes a top-level field of that name, or one of `labwatch`, for one that it knows. */
bool run_is_sacred_field(const char *name);
bool run_is_labwatch_field(const char *name);

/** Sacred's name for the form of its documents. */
#define RUN_FORMAT "MongoObserver-0.7.0"

#endif
