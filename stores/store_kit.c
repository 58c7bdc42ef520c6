/* What every store needs: counting, matching, narrow rows, tombstones. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/store.h>

void lw_run_counts_add(lw_run_counts *counts, lw_status status, lw_origin origin, int times) {
    counts->all += times;
    if (origin != LW_ORIGIN_OWN)
        return;
    counts->own += times;
    counts->by_status[status] += times;
    if (status != LW_STATUS_INTERRUPTED && status != LW_STATUS_REMOVED)
        counts->budget_used += times;
}

unsigned lw_run_query_statuses(const lw_run_query *query) {
    unsigned all = (1u << (LW_STATUS_OTHER + 1)) - 1;
    unsigned statuses = query->statuses ? query->statuses & all : all & ~(1u << LW_STATUS_REMOVED);
    return query->order == LW_ORDER_COST ? statuses & 1u << LW_STATUS_COMPLETED : statuses;
}

static bool has_id(const int64_t *ids, size_t n, int64_t id) {
    while (n > 0) {
        size_t middle = n / 2;
        if (ids[middle] == id)
            return true;
        if (ids[middle] < id) {
            ids += middle + 1;
            n -= middle + 1;
        } else {
            n = middle;
        }
    }
    return false;
}

bool lw_run_query_matches(const lw_run_query *query, const lw_run *run) {
    return (lw_run_query_statuses(query) >> run->status & 1u) && (query->order != LW_ORDER_COST || !isnan(run->cost)) &&
           (!query->open_only || lw_run_is_open(run)) &&
           run->id > query->after_id && (query->up_to_id == 0 || run->id <= query->up_to_id) &&
           (!query->experiment || strcmp(run->experiment, query->experiment) == 0) &&
           (!query->space || (run->space && strcmp(run->space, query->space) == 0)) &&
           (!query->ids || has_id(query->ids, query->n_ids, run->id));
}

void lw_run_row_of(lw_run_row *row, const lw_run *run) {
    *row = (lw_run_row){
        .id = run->id,
        .foreign_id = run->foreign_id,
        .experiment = run->experiment,
        .status = run->status,
        .failure = run->failure,
        .origin = run->origin,
        .space = run->space,
        .space_version = run->space_version,
        .cost = run->cost,
        .fidelity = run->fidelity,
        .replicate = run->replicate,
        .attempt = run->attempt,
        .lease_s = run->lease_s,
        .start_ms = run->start_ms,
        .stop_ms = run->stop_ms,
        .heartbeat_ms = run->heartbeat_ms,
        .duration_s = run->duration_s,
        .config = run->config,
        .memo = run->memo,
        .result = run->result,
        .worker = run->worker,
    };
    memcpy(row->digest, run->digest, sizeof row->digest);
}

int lw_run_make_tombstone(lw_run *run, lw_error *error) {
    lw_run tombstone;
    lw_run_init(&tombstone);
    tombstone.experiment = lw_strdup(run->experiment);
    if (!tombstone.experiment)
        return lw_error_no_memory(error);
    tombstone.config = bson_new();
    tombstone.id = run->id;
    tombstone.origin = run->origin;
    tombstone.status = LW_STATUS_REMOVED;
    lw_run_release(run);
    *run = tombstone;
    return LW_OK;
}

int lw_run_check_changeable(int64_t id, lw_status status, lw_origin origin, lw_error *error) {
    if (origin == LW_ORIGIN_FOREIGN)
        return lw_error_set(error, LW_EUNSUPPORTED,
                            "run %" PRId64 " is not labwatch's: runs of other programs are never changed", id);
    if (status == LW_STATUS_REMOVED)
        return lw_error_set(error, LW_ENOTFOUND, "run %" PRId64 " was removed", id);
    return LW_OK;
}

int lw_run_check_modifiable(int64_t id, lw_status status, lw_origin origin, lw_error *error) {
    bool queued = origin == LW_ORIGIN_FOREIGN && status == LW_STATUS_QUEUED;
    return queued ? LW_OK : lw_run_check_changeable(id, status, origin, error);
}

int lw_store_reads_all(lw_store *store, const char *experiment, uint64_t *out, lw_error *error) {
    (void)store, (void)experiment, (void)error;
    *out = 0;
    return LW_OK;
}

int lw_run_not_yours(int64_t id, lw_error *error) {
    return lw_error_set(error, LW_ECONFLICT, "run %" PRId64 " is no longer run by this process", id);
}

int lw_beat_settle(lw_beat *beat, int code, const lw_error *error) {
    if (code != LW_ECONFLICT && code != LW_ENOTFOUND && code != LW_EUNSUPPORTED)
        return code;
    beat->refusal = *error;
    return LW_OK;
}

int lw_run_not_found(int64_t id, lw_error *error) {
    return lw_error_set(error, LW_ENOTFOUND, "there is no run %" PRId64 " in the store", id);
}
