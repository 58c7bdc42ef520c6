/**
 * What a file has to import: configurations and results, each with the line it stands on.
 */
#ifndef CLI_IMPORT_ROWS_H
#define CLI_IMPORT_ROWS_H

#include <labwatch/assistant.h>

typedef struct import_row {
    size_t place; /**< line of a CSV file, item of a JSON list, from 1 */
    bson_t *config;
    lw_result result; /**< reason and document are borrowed from below; it has no duration and no past */
    lw_past past;
    double duration_s; /**< NaN: not known */
    char *reason;
    bson_t *document; /**< the whole result, if it is an object */
} import_row;

/** Zero-initialise it; import_rows_release frees it. */
typedef struct import_rows {
    import_row *items;
    size_t n, capacity;
    size_t n_wrong;     /**< rows that were passed over, each with a sentence on standard error */
    const char *source; /**< the file's name for messages */
    const char *unit;   /**< "line" or "item" */
} import_rows;

void import_rows_release(import_rows *rows);

/** A row of which nothing is known but its place. */
import_row import_row_at(size_t place);

/** Both read all they can, say what is wrong row by row, and check each config against the space. An exit code for what
 * is wrong with the file as a whole. */
int import_csv(import_rows *out, const char *text, size_t length, const lw_experiment *experiment,
               const lw_space *space);
int import_json(import_rows *out, const char *text, size_t length, const lw_experiment *experiment,
                const lw_space *space);

/** Checks a row and adds it: takes its config and result over. What is wrong is said, and counted. */
void import_add(import_rows *out, import_row *row, const lw_space *space);
/** Says what is wrong with a row, and frees it. */
void import_refuse(import_rows *out, import_row *row, const char *sentence);

/** The result of a row from its status, reason and result in the user's sign (NaN: none). A code of the library. */
int import_result(import_row *row, const char *status, const char *failure, double value, bool has_value,
                  lw_error *error);

#endif
