/**
 * A list of runs as a table.
 */
#ifndef CLI_RUN_TABLE_H
#define CLI_RUN_TABLE_H

#include "run_list.h"
#include "table.h"

/** Fills a zeroed table. csv: every column whatever the runs have, config. before the names, and values as csv_value.h says; else what is
 * worth a look at this detail, rounded. space NULL: all of the experiment. */
void run_table_make(cli_table *table, const run_list *list, const lw_experiment *experiment, const char *space,
                    run_detail detail, bool csv);

#endif
