/**
 * Which rows of a file an experiment has already, so that an import can be repeated.
 */
#ifndef CLI_IMPORT_KNOWN_H
#define CLI_IMPORT_KNOWN_H

#include <labwatch/assistant.h>

#include "import_rows.h"

typedef struct known_run {
    uint8_t digest[LW_DIGEST_SIZE];
    lw_status status;
    lw_failure failure;
    double cost; /* 0 without */
} known_run;

/** Zero-initialise it; import_known_release frees it. Sorted. */
typedef struct import_known {
    known_run *items;
    bool *used;
    size_t n, capacity;
    bool own;
} import_known;

/** Reads the imported runs of the experiment; own: its own, too. A code of the library. */
int import_known_read(import_known *out, lw_assistant *assistant, bool own, lw_error *error);
/** Whether a run with this configuration and result is there; each run stands for one row. */
bool import_known_take(import_known *known, const lw_experiment *experiment, const lw_space *space,
                       const import_row *row);
void import_known_release(import_known *known);

#endif
