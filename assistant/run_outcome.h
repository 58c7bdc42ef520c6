/**
 * Outcomes of runs: a result made ready to be put into a run, and what becomes of the run with it.
 */
#ifndef LABWATCH_RUN_OUTCOME_H
#define LABWATCH_RUN_OUTCOME_H

#include <labwatch/assistant.h>

/** A result, checked once: what cannot be a cost has become a failure. Texts and documents are borrowed from the caller's result, but for result. */
typedef struct lw_finding {
    lw_status status; /**< COMPLETED, FAILED, TIMEOUT or INTERRUPTED */
    lw_failure failure;
    double cost;
    bool has_result;
    bson_t owned;   /**< the bytes of result, if it has one */
    bson_t result;  /**< {"result": …}: a view, which bson_destroy leaves as it is */
    const char *reason;
    char own_reason[96];
    double duration_s;
    const char *captured_out;
    const bson_t *info;
    int64_t now_ms;
} lw_finding;

/** LW_EINVAL: the result makes no sense. *out is initialised here, and yours to release on success. It must stay where it is. */
int lw_finding_init(lw_finding *out, const lw_experiment *experiment, const lw_result *result, int64_t now_ms, lw_error *error);
void lw_finding_release(lw_finding *finding);

/** Whether it ends a run for good: not what was interrupted, nor what died by the machine's fault. */
bool lw_finding_settles(const lw_finding *finding);
/** Whether the run has such an outcome. */
bool lw_run_is_settled(const lw_run *run);
/** Whether the run's outcome is this one: the same result, or the same kind of failure. */
bool lw_run_has_finding(const lw_run *run, const lw_finding *finding);

/**
 * Makes it the run's outcome; the result stays the finding's, which must outlive the run. LW_ENOMEM: the run is as it
 * was.
 */
int lw_run_set_finding(lw_run *run, const lw_finding *finding, lw_error *error);

/** The same in two steps, of which only the first can fail; the second takes the texts. */
typedef struct lw_finding_texts {
    char *reason;
    char *captured_out;
} lw_finding_texts;
int lw_finding_copy_texts(lw_finding_texts *out, const lw_finding *finding, lw_error *error);
void lw_run_take_finding(lw_run *run, const lw_finding *finding, const lw_finding_texts *texts);

/** Takes the outcome away, for another attempt. */
void lw_run_clear_outcome(lw_run *run);

/** "the result 0.5", "a failure (crash)", …, for sentences. Returns out. */
const char *lw_run_describe_outcome(const lw_run *run, char *out, size_t size);
const char *lw_finding_describe(const lw_finding *finding, char *out, size_t size);

#endif
