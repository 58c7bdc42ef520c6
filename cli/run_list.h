/**
 * Runs for looking at: each is boiled down to a short document, and a list of these is printed as a table, JSON, CSV or
 * YAML.
 */
#ifndef CLI_RUN_LIST_H
#define CLI_RUN_LIST_H

#include <labwatch/assistant.h>
#include <labwatch/filter.h>

#include "arguments.h"

/** Zero-initialise it; run_list_release frees it. */
typedef struct run_list {
    bson_t **items; /**< {run, status, result, …, config: {…}} */
    size_t n, capacity;
} run_list;

void run_list_release(run_list *list);

/** What run_list_read looks for. Zero-initialise what is not used. */
typedef struct run_wanted {
    const char *space; /**< NULL: all */
    lw_run_order order;
    size_t limit; /**< 0: all */
} run_wanted;

/** Reads the experiment's runs that pass --where, in the order wanted. An exit code. */
int run_list_read(run_list *out, lw_assistant *assistant, const cli_arguments *given, const run_wanted *wanted);

typedef enum run_detail {
    DETAIL_BEST, /**< for people: id and result, then the configuration */
    DETAIL_LIST, /**< for people: also status and times */
    DETAIL_ALL   /**< every field, uncut */
} run_detail;

/** Prints it in the format (table, json, csv, yaml). */
void run_list_print(const run_list *list, const char *format, run_detail detail);

#endif
