/*
 * What a run in the store teaches an optimizer: its configuration in the optimizer's space, and what is known of it.
 */
#include <math.h>
#include <string.h>

#include <labwatch/assistant.h>
#include <labwatch/sys/digest.h>

#include "catch_up.h"
#include "document_access.h"
#include "status_rules.h"

bool lw_result_number(const bson_t *result, const char *objective, double *out) {
    bson_iter_t at;
    if (!result || !bson_iter_init_find(&at, result, "result"))
        return false;
    if (lw_document_number(&at, out))
        return true;
    if (!BSON_ITER_HOLDS_DOCUMENT(&at))
        return false;
    uint32_t length;
    const uint8_t *bytes;
    bson_t document;
    bson_iter_document(&at, &length, &bytes);
    return bson_init_static(&document, bytes, length) && lw_document_find(&document, objective, &at) &&
           lw_document_number(&at, out);
}

double lw_run_result(const lw_run *run, const lw_experiment *experiment) {
    double result = (double)NAN;
    if (run->status != LW_STATUS_COMPLETED)
        return result;
    if (run->origin == LW_ORIGIN_FOREIGN)
        (void)lw_result_number(run->result, experiment->objective, &result);
    else
        result = lw_experiment_cost(experiment, run->cost);
    if (!isfinite(result))
        return (double)NAN;
    return result == 0 ? 0 : result; /* no -0 */
}

/* How the row's configuration is to be read; -1 if it is of another space. */
static int reading_of(const lw_row_reader *reader, const lw_run_row *row) {
    if (row->origin == LW_ORIGIN_FOREIGN)
        return LW_CONFIG_IGNORE_OTHERS; /* every active parameter must be there */
    if (!row->space || strcmp(row->space, reader->space_name) != 0)
        return -1;
    if (row->space_version == reader->version)
        return LW_CONFIG_IGNORE_OTHERS; /* the seed beside the parameters */
    return LW_CONFIG_FILL_DEFAULTS | LW_CONFIG_IGNORE_OTHERS;
}

/* Under the goal and objective of the reader's experiment; NaN if there is none. */
static double cost_of(const lw_row_reader *reader, const lw_run_row *row) {
    double result;
    if (row->status != LW_STATUS_COMPLETED && row->status != LW_STATUS_PRUNED)
        return (double)NAN;
    return lw_result_number(row->result, reader->experiment->objective, &result)
               ? lw_experiment_cost(reader->experiment, result)
               : (double)NAN;
}

static void set_outcome(const lw_row_reader *reader, const lw_run_row *row, lw_observation *out) {
    double cost = cost_of(reader, row);
    out->outcome = lw_status_outcome(row->status, row->failure, cost);
    if (out->outcome == LW_COMPLETED)
        out->cost = cost;
    if (out->outcome == LW_FAILED)
        out->failure = row->failure != LW_FAILURE_NONE ? row->failure : lw_status_failure(row->status);
}

/*
 * A string id has no place among the numbers: it goes behind all of them, to a place that follows from the string alone, so
 * that the order does not depend on which of them are known.
 */
static int64_t place_of(const lw_run_row *row) {
    if (row->id > 0 || !row->foreign_id)
        return row->id;
    lw_digest digest;
    uint8_t bytes[LW_DIGEST_SIZE];
    uint64_t place;
    lw_digest_start(&digest);
    lw_digest_add(&digest, row->foreign_id, strlen(row->foreign_id));
    lw_digest_finish(&digest, bytes);
    memcpy(&place, bytes, sizeof place);
    return (int64_t)(place >> 2 | (uint64_t)1 << 62);
}

int lw_row_read(const lw_row_reader *reader, const lw_run_row *row, lw_row_lesson *out, lw_error *error) {
    out->config = NULL;
    int reading = reading_of(reader, row);
    if (reading < 0 || row->status == LW_STATUS_REMOVED || !row->config)
        return LW_OK;
    lw_error problem;
    int code = lw_config_from_document(&out->config, reader->space, row->config, reading, &problem);
    if (code != LW_OK) {
        out->config = NULL;
        return code == LW_ENOMEM ? lw_error_no_memory(error) : LW_OK;
    }
    lw_observation_init(&out->observation);
    out->observation.run_id = place_of(row);
    out->observation.foreign = row->origin != LW_ORIGIN_OWN;
    out->observation.config = out->config;
    out->observation.fidelity = row->fidelity;
    out->observation.replicate = row->replicate;
    out->observation.duration_s = row->duration_s;
    out->observation.memo = row->memo;
    set_outcome(reader, row, &out->observation);
    return LW_OK;
}
