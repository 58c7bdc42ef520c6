/**
 * A result in the spool, as the text of its file and as a struct.
 *
 *     {format: 1, store, experiment, run, outcome, value, failure, reason, duration, token, force, document, info,
 * captured_out}
 */
#ifndef LW_SPOOL_ENTRY_H
#define LW_SPOOL_ENTRY_H

#include <labwatch/assistant.h>

/** Made by lw_spool_entry_read, and then owned with all in it. */
typedef struct lw_spool_entry {
    char *store;
    char *experiment;
    int64_t run_id;
    lw_result result; /**< its pointers go to the members below */
    lw_token token;
    char *reason;
    char *captured_out;
    bson_t *document;
    bson_t *info;
} lw_spool_entry;

/** The file's text. Yours to lw_free; NULL when out of memory. */
char *lw_spool_entry_write(const char *store, const char *experiment, int64_t run_id, const lw_result *result);

/** LW_EPARSE says what is wrong with the text. *out is yours to release, on success only. */
int lw_spool_entry_read(lw_spool_entry *out, const char *text, size_t length, lw_error *error);
void lw_spool_entry_release(lw_spool_entry *entry);

#endif
