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
    DETAIL_BEST, /**< id and result, then the configuration */
    DETAIL_LIST, /**< also status and times */
    DETAIL_ALL   /**< every column */
} run_detail;

/** How a list is printed where the options do not say it. */
typedef struct run_look {
    const char *format;
    run_detail detail;
} run_look;

/** Prints it as --format (table, json, csv, yaml), --space and --all say. */
void run_list_print(const run_list *list, const lw_experiment *experiment, const cli_arguments *given,
                    const run_look *look);

/** Prints the items as json or yaml. */
void documents_print(const run_list *list, const char *format);

#endif
