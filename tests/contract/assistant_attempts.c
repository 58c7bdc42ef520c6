/*
 * Results, attempts, the queue, beats and leases.
 */
#include "assistant_support.h"
#include "beats.h"

#define SPACE "space:\n  x: !UniformFloat [0, 1]\n"
#define EXPERIMENT "experiment: e\nseed: 5\noptimizer: random\nlease: 60\nretries: 1\n" SPACE

static int observe_as(lw_test_lab *lab, lw_assistant *assistant, int64_t id, lw_result result, const lw_token *token) {
    result.token = token;
    return lw_assistant_observe(assistant, id, &result, &lab->error);
}

static lw_assignment take(lw_test_lab *lab, lw_assistant *assistant) {
    lw_assignment run;
    assert_ok(lw_assistant_take(assistant, NULL, &run, &lab->error), lab->error);
    return run;
}

static bool json_of_attempts_has(lw_test_lab *lab, int64_t id, const char *part) {
    lw_run run = lw_test_run(lab, id);
    char *json = run.attempts ? lw_document_array_to_json(run.attempts, false) : NULL;
    bool has = json && strstr(json, part);
    lw_free(json);
    lw_run_release(&run);
    return has;
}

/* Another value for a field of the stored run's worker. */
typedef struct other_worker {
    const char *field;
    const char *text; /* NULL: number */
    int64_t number;
} other_worker;

static int change_worker(void *arg, lw_run *run, lw_error *error) {
    const other_worker *other = arg;
    (void)error;
    bson_t *worker = bson_new();
    bson_iter_t at;
    if (bson_iter_init(&at, run->worker)) {
        while (bson_iter_next(&at))
            if (strcmp(bson_iter_key(&at), other->field) != 0)
                bson_append_iter(worker, NULL, 0, &at);
    }
    if (other->text)
        bson_append_utf8(worker, other->field, -1, other->text, -1);
    else
        bson_append_int64(worker, other->field, -1, other->number);
    bson_destroy(run->worker);
    run->worker = worker;
    return LW_OK;
}

/* Makes it look as if another machine worked on it. */
static void move_elsewhere(lw_test_lab *lab, int64_t id, const char *field) {
    other_worker other = {.field = field, .text = "elsewhere"};
    assert_ok(lw_store_run_modify(lab->store, id, change_worker, &other, &lab->error), lab->error);
}

/* Makes it look as if the process had only had the same number, long ago. */
static void kill_worker(lw_test_lab *lab, int64_t id) {
    other_worker other = {.field = "started", .number = 1};
    assert_ok(lw_store_run_modify(lab->store, id, change_worker, &other, &lab->error), lab->error);
}

/* ---- results ---- */

static void one_result_stands(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_test_suggest(lab, assistant, NULL, NULL);
    assert_int_equal(lw_test_observe(lab, assistant, 1, 0.5), LW_OK);
    assert_int_equal(lw_test_observe(lab, assistant, 1, 0.5), LW_KNOWN);
    assert_int_equal(lw_test_observe(lab, assistant, 1, 0.7), LW_ECONFLICT);
    assert_contains(lab->error.message, "0.5");
    assert_contains(lab->error.message, "0.7");
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_failure(LW_FAILURE_CRASH, "crash"), NULL), LW_ECONFLICT);
    lw_run run = lw_test_run(lab, 1);
    assert_close(run.cost, 0.5, 0);
    lw_run_release(&run);

    lw_result forced = lw_result_of_value(0.7);
    forced.force = true;
    assert_int_equal(lw_assistant_observe(assistant, 1, &forced, &lab->error), LW_OK);
    run = lw_test_run(lab, 1);
    assert_close(run.cost, 0.7, 0);
    char *notes = lw_document_array_to_json(run.notes, false);
    assert_contains(notes, "by force");
    assert_contains(notes, "0.5");
    lw_free(notes);
    lw_run_release(&run);
    assert_int_equal(lw_test_observe(lab, assistant, 2, 0.5), LW_ENOTFOUND);
    lw_assistant_close(assistant);
}

static void failures_keep_their_kind(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    for (int i = 0; i < 5; i++)
        lw_test_suggest(lab, assistant, NULL, NULL);
    assert_int_equal(lw_test_observe(lab, assistant, 1, (double)NAN), LW_OK);
    assert_int_equal(lw_test_observe(lab, assistant, 2, (double)-INFINITY), LW_OK);
    assert_int_equal(observe_as(lab, assistant, 3, lw_result_of_failure(LW_FAILURE_TIMEOUT, "it took long"), NULL), LW_OK);
    assert_int_equal(observe_as(lab, assistant, 4, lw_result_of_interruption("stopped"), NULL), LW_OK);
    assert_int_equal(observe_as(lab, assistant, 5, lw_result_of_failure(LW_FAILURE_MEMORY, "too much"), NULL), LW_OK);
    static const struct {
        lw_status status;
        lw_failure failure;
    } wanted[] = {{LW_STATUS_FAILED, LW_FAILURE_NAN},
                  {LW_STATUS_FAILED, LW_FAILURE_NAN},
                  {LW_STATUS_TIMEOUT, LW_FAILURE_TIMEOUT},
                  {LW_STATUS_INTERRUPTED, LW_FAILURE_NONE},
                  {LW_STATUS_FAILED, LW_FAILURE_MEMORY}};
    for (int i = 0; i < 5; i++) {
        lw_run run = lw_test_run(lab, i + 1);
        assert_int_equal(run.status, wanted[i].status);
        assert_int_equal(run.failure, wanted[i].failure);
        assert_true(isnan(run.cost));
        assert_null(run.result);
        lw_run_release(&run);
    }
    assert_int_equal(observe_as(lab, assistant, 3, lw_result_of_failure(LW_FAILURE_TIMEOUT, "in other words"), NULL), LW_KNOWN);
    assert_int_equal(lw_test_observe(lab, assistant, 4, 1.0), LW_ECONFLICT);
    lw_result wrong = lw_result_of_value(1);
    wrong.outcome = LW_PENDING;
    assert_int_equal(lw_assistant_observe(assistant, 4, &wrong, &lab->error), LW_EINVAL);
    lw_assistant_close(assistant);
}

static void reads_the_objective(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\ncost: {name: loss}\n" SPACE);
    bson_t document;
    lw_result result;
    assert_ok(lw_document_from_json(&document, "{\"los\": 1.5, \"time\": 3}", 23, &lab->error), lab->error);
    assert_int_equal(lw_result_of_document(&result, lw_assistant_experiment(assistant), &document, &lab->error), LW_EINVAL);
    assert_contains(lab->error.message, "did you mean 'los'");
    bson_destroy(&document);
    assert_ok(lw_document_from_json(&document, "{\"loss\": \"a\"}", 13, &lab->error), lab->error);
    assert_int_equal(lw_result_of_document(&result, lw_assistant_experiment(assistant), &document, &lab->error), LW_EINVAL);
    bson_destroy(&document);
    assert_ok(lw_document_from_json(&document, "{\"loss\": 1.5, \"time\": 3}", 24, &lab->error), lab->error);
    assert_ok(lw_result_of_document(&result, lw_assistant_experiment(assistant), &document, &lab->error), lab->error);
    lw_test_suggest(lab, assistant, NULL, NULL);
    assert_int_equal(lw_assistant_observe(assistant, 1, &result, &lab->error), LW_OK);
    assert_int_equal(lw_assistant_observe(assistant, 1, &result, &lab->error), LW_KNOWN);
    bson_destroy(&document);
    lw_run run = lw_test_run(lab, 1);
    char *json = lw_document_to_json(run.result, false);
    assert_string_equal(json, "{\"result\": {\"loss\": 1.5, \"time\": 3}}");
    assert_close(run.cost, 1.5, 0);
    lw_free(json);
    lw_run_release(&run);
    lw_assistant_close(assistant);
}

static void knows_runs_of_other_experiments(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *one = lw_test_assistant(lab, EXPERIMENT);
    lw_assistant *two = lw_test_assistant(lab, "experiment: f\n" SPACE);
    lw_test_suggest(lab, one, NULL, NULL);
    assert_int_equal(lw_test_observe(lab, two, 1, 0.5), LW_ENOTFOUND);
    assert_contains(lab->error.message, "'e'");
    assert_int_equal(lw_assistant_release(two, 1, NULL, &lab->error), LW_ENOTFOUND);
    assert_int_equal(lw_assistant_retry(two, 1, &lab->error), LW_ENOTFOUND);
    assert_int_equal(lw_assistant_remove(two, 1, &lab->error), LW_ENOTFOUND);
    assert_int_equal(lw_assistant_log(two, 1, "loss", &(lw_metric_point){.step = 1, .value = 0.1}, 1, &lab->error), LW_ENOTFOUND);
    assert_ok(lw_assistant_log(one, 1, "loss", &(lw_metric_point){.step = 1, .value = 0.1}, 1, &lab->error), lab->error);
    assert_int_equal(lw_assistant_beat_run(two, 1, &lab->error), LW_ENOTFOUND);
    lw_assistant_close(one);
    lw_assistant_close(two);
}

/* ---- the queue ---- */

static void workers_take_queued_runs_first(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_wish queued = {.queue = true};
    lw_assignment made;
    lw_test_suggest(lab, assistant, &queued, &made);
    assert_int_equal(made.attempt, 0);
    lw_test_suggest(lab, assistant, &queued, NULL);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_QUEUED);
    lw_assignment first = take(lab, assistant), second = take(lab, assistant), third = take(lab, assistant);
    assert_int_equal(first.id, 1);
    assert_int_equal(first.attempt, 1);
    assert_true(lw_config_equal(first.config, made.config));
    assert_true(bson_equal(first.document, made.document));
    assert_true(first.seed == made.seed);
    assert_int_equal(second.id, 2);
    assert_int_equal(third.id, 3);
    assert_close(first.lease_s, 60, 0);
    lw_assignment_release(&made);
    lw_assignment_release(&first);
    lw_assignment_release(&second);
    lw_assignment_release(&third);
    lw_assistant_close(assistant);
}

static void given_back_is_the_same_run(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment first = take(lab, assistant);
    lw_token stranger = {{1}};
    assert_int_equal(lw_assistant_release(assistant, 1, &stranger, &lab->error), LW_ECONFLICT);
    assert_ok(lw_assistant_release(assistant, 1, &first.token, &lab->error), lab->error);
    lw_error untouched = {.code = 99};
    assert_int_equal(lw_assistant_release(assistant, 1, &first.token, &untouched), LW_OK);
    assert_int_equal(untouched.code, 99);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_QUEUED);
    assert_int_equal(lw_test_beat(assistant, 1, first.token, NULL, &lab->error), LW_ECONFLICT);
    lw_assignment again = take(lab, assistant);
    assert_int_equal(again.id, 1);
    assert_int_equal(again.attempt, 2);
    assert_false(lw_token_equal(first.token, again.token));
    assert_true(json_of_attempts_has(lab, 1, "released"));

    /* The released attempt's result comes first: it counts, and the other one's is late. */
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.5), &first.token), LW_OK);
    lw_run run = lw_test_run(lab, 1);
    assert_int_equal(run.attempt, 1);
    assert_int_equal(run.status, LW_STATUS_COMPLETED);
    lw_run_release(&run);
    assert_int_equal(lw_test_beat(assistant, 1, again.token, NULL, &lab->error), LW_ECONFLICT);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.6), &again.token), LW_LATE);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.6), &again.token), LW_LATE);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.65), &again.token), LW_ECONFLICT);
    assert_true(json_of_attempts_has(lab, 1, "0.6"));
    assert_false(json_of_attempts_has(lab, 1, "0.65"));
    assert_true(json_of_attempts_has(lab, 1, "superseded"));
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.5), &first.token), LW_KNOWN);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.9), &first.token), LW_ECONFLICT);
    assert_int_equal(lw_assistant_release(assistant, 1, NULL, &lab->error), LW_ECONFLICT);
    lw_assignment_release(&first);
    lw_assignment_release(&again);
    lw_assistant_close(assistant);
}

static void a_released_result_counts_if_there_is_no_other(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment first = take(lab, assistant);
    assert_ok(lw_assistant_release(assistant, 1, NULL, &lab->error), lab->error);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.5), &first.token), LW_OK);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_COMPLETED);
    lw_assignment_release(&first);
    lw_assistant_close(assistant);
}

static void refuses_the_result_of_an_attempt_it_never_had(lw_test_lab *lab, lw_assistant *assistant) {
    lw_token strange = {.bytes = {1, 2, 3}};
    lw_run before = lw_test_run(lab, 1);
    lw_result forced = lw_result_of_value(0.25);
    forced.force = true;
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.25), &strange), LW_ECONFLICT);
    assert_contains(lab->error.message, "never had");
    assert_int_equal(observe_as(lab, assistant, 1, forced, &strange), LW_ECONFLICT);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_failure(LW_FAILURE_CRASH, "crash"), &strange), LW_ECONFLICT);
    lw_run after = lw_test_run(lab, 1);
    assert_int_equal(after.status, before.status);
    assert_int_equal(after.attempt, before.attempt);
    assert_true(lw_token_equal(after.token, before.token));
    assert_true(isnan(before.cost) ? isnan(after.cost) : after.cost == before.cost);
    assert_true(before.attempts ? bson_equal(after.attempts, before.attempts) : !after.attempts);
    lw_run_release(&before);
    lw_run_release(&after);
}

/* {"result": value, "note": …}, of which the list of attempts keeps the number alone. */
static bson_t *large_result(double value) {
    char note[8000];
    memset(note, 'x', sizeof note);
    bson_t *document = BCON_NEW("result", BCON_DOUBLE(value));
    bson_append_utf8(document, "note", -1, note, sizeof note);
    return document;
}

static int observe_large(lw_test_lab *lab, lw_assistant *assistant, double value, const lw_token *token) {
    bson_t *document = large_result(value);
    lw_result result = lw_result_of_value(value);
    result.document = document;
    int code = observe_as(lab, assistant, 1, result, token);
    bson_destroy(document);
    return code;
}

static void a_large_late_result_is_known_when_it_comes_again(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment first = take(lab, assistant);
    assert_ok(lw_assistant_release(assistant, 1, NULL, &lab->error), lab->error);
    lw_assignment second = take(lab, assistant);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.5), &second.token), LW_OK);
    assert_int_equal(observe_large(lab, assistant, 0.75, &first.token), LW_LATE);
    assert_int_equal(observe_large(lab, assistant, 0.75, &first.token), LW_LATE);
    assert_int_equal(observe_large(lab, assistant, 0.875, &first.token), LW_ECONFLICT);
    assert_true(json_of_attempts_has(lab, 1, "0.75"));
    assert_false(json_of_attempts_has(lab, 1, "xxx"));
    lw_assignment_release(&first);
    lw_assignment_release(&second);
    lw_assistant_close(assistant);
}

/* The run has 16 KiB of it, the list of attempts one: whole characters, here of two bytes behind one of one byte. */
static void of_an_earlier_attempt_a_long_reason_is_cut(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment first = take(lab, assistant);
    char reason[3002] = "x", kept[1026] = "\"";
    for (size_t i = 1; i < 3001; i += 2)
        memcpy(reason + i, "\xC3\xA9", 2);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_failure(LW_FAILURE_CRASH, reason), &first.token), LW_OK);
    lw_run run = lw_test_run(lab, 1);
    assert_string_equal(run.reason, reason);
    lw_run_release(&run);
    assert_ok(lw_assistant_retry(assistant, 1, &lab->error), lab->error);
    memcpy(kept + 1, reason, 1023);
    strcat(kept, "\"");
    assert_true(json_of_attempts_has(lab, 1, kept));
    lw_assignment_release(&first);
    lw_assistant_close(assistant);
}

static void results_of_attempts_that_never_were_are_refused(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment first = take(lab, assistant);
    refuses_the_result_of_an_attempt_it_never_had(lab, assistant);
    assert_ok(lw_assistant_release(assistant, 1, NULL, &lab->error), lab->error);
    refuses_the_result_of_an_attempt_it_never_had(lab, assistant);
    lw_assignment second = take(lab, assistant);
    refuses_the_result_of_an_attempt_it_never_had(lab, assistant);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.5), &first.token), LW_OK);
    refuses_the_result_of_an_attempt_it_never_had(lab, assistant);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.75), &second.token), LW_LATE);
    lw_assignment_release(&first);
    lw_assignment_release(&second);
    lw_assistant_close(assistant);
}

static void retries_what_failed(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment first = take(lab, assistant);
    assert_int_equal(lw_assistant_retry(assistant, 1, &lab->error), LW_ECONFLICT);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_failure(LW_FAILURE_CRASH, "exit code 3"), &first.token), LW_OK);
    assert_ok(lw_assistant_retry(assistant, 1, &lab->error), lab->error);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_QUEUED);
    assert_true(json_of_attempts_has(lab, 1, "exit code 3"));
    lw_assignment again = take(lab, assistant);
    assert_int_equal(again.attempt, 2);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.5), &again.token), LW_OK);
    assert_int_equal(lw_assistant_retry(assistant, 1, &lab->error), LW_ECONFLICT);
    lw_assignment_release(&first);
    lw_assignment_release(&again);
    lw_assistant_close(assistant);
}

/* A result whose reply was lost comes once more, after the run was tried again. */
static void a_failure_that_comes_again_undoes_no_retry(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment first = take(lab, assistant);
    lw_result crash = lw_result_of_failure(LW_FAILURE_CRASH, "exit code 3");
    assert_int_equal(observe_as(lab, assistant, 1, crash, &first.token), LW_OK);
    assert_ok(lw_assistant_retry(assistant, 1, &lab->error), lab->error);
    assert_int_equal(observe_as(lab, assistant, 1, crash, &first.token), LW_KNOWN);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.1), &first.token), LW_ECONFLICT);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_interruption("stop"), &first.token), LW_LATE);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_QUEUED);
    lw_assignment again = take(lab, assistant);
    assert_int_equal(observe_as(lab, assistant, 1, crash, &first.token), LW_KNOWN);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.1), &first.token), LW_ECONFLICT);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_RUNNING);
    assert_ok(lw_test_beat(assistant, 1, again.token, NULL, &lab->error), lab->error);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.5), &again.token), LW_OK);
    assert_int_equal(observe_as(lab, assistant, 1, crash, &first.token), LW_KNOWN);
    lw_assignment_release(&first);
    lw_assignment_release(&again);
    lw_assistant_close(assistant);
}

static void an_interruption_of_an_attempt_given_up_changes_nothing(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment first = take(lab, assistant);
    assert_ok(lw_assistant_release(assistant, 1, &first.token, &lab->error), lab->error);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_interruption("stop"), &first.token), LW_LATE);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_QUEUED);
    lw_assignment again = take(lab, assistant);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_interruption("stop"), &again.token), LW_OK);
    assert_ok(lw_assistant_retry(assistant, 1, &lab->error), lab->error);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_interruption("stop"), &again.token), LW_KNOWN);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_QUEUED);
    lw_assignment_release(&first);
    lw_assignment_release(&again);
    lw_assistant_close(assistant);
}

/* ---- leases ---- */

static void finds_the_process_gone(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    size_t n;
    lw_standing standing;
    lw_assignment run = take(lab, assistant);
    lw_test_clock_advance(&lab->clock, 1000); /* this process is there, however long it takes */
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 0);
    kill_worker(lab, 1);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 1);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_FAILED);
    assert_ok(lw_assistant_standing(assistant, &standing, &lab->error), lab->error);
    assert_int_equal(standing.open, 1);
    assert_int_equal(standing.finished, 0);

    /* One retry is allowed, and taken; no second one. */
    lw_assignment again = take(lab, assistant);
    assert_int_equal(again.id, 1);
    assert_int_equal(again.attempt, 2);
    assert_true(json_of_attempts_has(lab, 1, "died"));
    kill_worker(lab, 1);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 1);
    lw_assignment next = take(lab, assistant);
    assert_int_equal(next.id, 2);
    assert_ok(lw_assistant_standing(assistant, &standing, &lab->error), lab->error);
    assert_int_equal(standing.open, 1);
    assert_int_equal(standing.finished, 1);

    /* The first attempt's result is late in coming, and the only one. */
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_value(0.25), &run.token), LW_OK);
    lw_run stored = lw_test_run(lab, 1);
    assert_int_equal(stored.status, LW_STATUS_COMPLETED);
    assert_int_equal(stored.attempt, 1);
    lw_run_release(&stored);
    lw_assignment_release(&run);
    lw_assignment_release(&again);
    lw_assignment_release(&next);
    lw_assistant_close(assistant);
}

static void watches_beats_from_afar(void **state) {
    lw_test_lab *lab = *state;
    size_t n;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment run = take(lab, assistant);
    move_elsewhere(lab, 1, "host");
    lw_test_clock_advance(&lab->clock, 1000);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 0); /* seen for the first time */
    lw_test_clock_advance(&lab->clock, 59);
    assert_ok(lw_test_beat(assistant, 1, run.token, "so far\n", &lab->error), lab->error);
    lw_assistant_close(assistant);

    /* Cold calls: the watch goes on where the last one left it. */
    for (int call = 0; call < 6; call++) {
        assistant = lw_test_assistant(lab, EXPERIMENT);
        assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
        assert_int_equal(n, 0);
        lw_assistant_close(assistant);
        lw_test_clock_advance(&lab->clock, 10);
    }
    assistant = lw_test_assistant(lab, EXPERIMENT);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 1);
    lw_run stored = lw_test_run(lab, 1);
    assert_int_equal(stored.failure, LW_FAILURE_DIED);
    assert_string_equal(stored.captured_out, "so far\n");
    lw_run_release(&stored);

    /* It was only slow: as long as nobody else has it, it is its worker's. */
    assert_ok(lw_test_beat(assistant, 1, run.token, NULL, &lab->error), lab->error);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_RUNNING);
    lw_assignment_release(&run);
    lw_assistant_close(assistant);
}

static void output_that_comes_with_a_revival_is_cut_too(void **state) {
    enum { LONG = 3 << 20, LARGEST = (1 << 20) + 1000 };
    lw_test_lab *lab = *state;
    size_t n;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment run = take(lab, assistant);
    char *output = lw_malloc(LONG + 1);
    memset(output, 'x', LONG);
    output[LONG] = '\0';
    kill_worker(lab, 1);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 1);
    assert_ok(lw_test_beat(assistant, 1, run.token, output, &lab->error), lab->error);
    lw_run stored = lw_test_run(lab, 1);
    assert_int_equal(stored.status, LW_STATUS_RUNNING);
    assert_in_range(strlen(stored.captured_out), LARGEST / 2, LARGEST);
    lw_run_release(&stored);
    lw_free(output);
    lw_assignment_release(&run);
    lw_assistant_close(assistant);
}

static void another_boot_has_ended(void **state) {
    lw_test_lab *lab = *state;
    size_t n;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment run = take(lab, assistant);
    move_elsewhere(lab, 1, "boot");
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 1);
    lw_assignment_release(&run);
    lw_assistant_close(assistant);
}

static void explicit_leases_end(void **state) {
    lw_test_lab *lab = *state;
    size_t n;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_wish lease = {.lease_s = 100};
    lw_test_suggest(lab, assistant, &lease, NULL);
    lw_test_suggest(lab, assistant, NULL, NULL); /* stays pending for ever */
    lw_test_clock_advance(&lab->clock, 99);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 0);
    assert_ok(lw_assistant_beat_run(assistant, 1, &lab->error), lab->error);
    lw_test_clock_advance(&lab->clock, 99);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 0);
    lw_test_clock_advance(&lab->clock, 2);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 1);
    assert_int_equal(lw_test_status(lab, 1), LW_STATUS_FAILED);
    assert_int_equal(lw_test_status(lab, 2), LW_STATUS_RUNNING);
    lw_test_clock_advance(&lab->clock, 100000);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 0);

    /* A beat without a token gives the run the experiment's lease. */
    assert_ok(lw_assistant_beat_run(assistant, 2, &lab->error), lab->error);
    lw_run run = lw_test_run(lab, 2);
    assert_close(run.lease_s, 60, 0);
    lw_run_release(&run);
    lw_test_clock_advance(&lab->clock, 61);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 1);
    assert_int_equal(lw_assistant_beat_run(assistant, 2, &lab->error), LW_ECONFLICT);

    /* The same on another machine is watched. */
    lw_test_suggest(lab, assistant, &lease, NULL);
    move_elsewhere(lab, 3, "machine");
    lw_test_clock_advance(&lab->clock, 101);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 0);
    lw_test_clock_advance(&lab->clock, 101);
    assert_ok(lw_assistant_recover(assistant, &n, &lab->error), lab->error);
    assert_int_equal(n, 1);
    lw_assistant_close(assistant);
}

static void takes_a_run_by_its_id(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_wish queued = {.queue = true};
    lw_assignment run, other;
    lw_test_suggest(lab, assistant, NULL, NULL);
    lw_test_suggest(lab, assistant, &queued, NULL);
    assert_ok(lw_assistant_take_run(assistant, 1, &run, &lab->error), lab->error);
    assert_int_equal(run.attempt, 1);
    assert_int_equal(lw_assistant_take_run(assistant, 1, &other, &lab->error), LW_ECONFLICT);
    assert_contains(lab->error.message, "beats for it");
    kill_worker(lab, 1);
    assert_ok(lw_assistant_take_run(assistant, 1, &other, &lab->error), lab->error);
    assert_int_equal(other.attempt, 2);
    lw_assignment_release(&other);
    assert_ok(lw_assistant_take_run(assistant, 2, &other, &lab->error), lab->error);
    assert_int_equal(other.attempt, 1);
    assert_int_equal(observe_as(lab, assistant, 2, lw_result_of_value(1), &other.token), LW_OK);
    lw_assignment_release(&other);
    lw_assignment_release(&run);
    assert_int_equal(lw_assistant_take_run(assistant, 2, &other, &lab->error), LW_ECONFLICT);
    assert_contains(lab->error.message, "queue its configuration");
    assert_int_equal(lw_assistant_take_run(assistant, 9, &other, &lab->error), LW_ENOTFOUND);
    lw_assistant_close(assistant);
}

static void interrupted_is_not_retried(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_assignment run = take(lab, assistant);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_interruption("SIGINT"), &run.token), LW_OK);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_interruption("SIGINT"), &run.token), LW_KNOWN);
    lw_assignment next = take(lab, assistant);
    assert_int_equal(next.id, 2);
    assert_ok(lw_assistant_retry(assistant, 1, &lab->error), lab->error);
    lw_assignment again = take(lab, assistant);
    assert_int_equal(again.id, 1);
    assert_int_equal(again.attempt, 2);
    lw_assignment_release(&run);
    lw_assignment_release(&next);
    lw_assignment_release(&again);
    lw_assistant_close(assistant);
}

static void an_interrupted_run_comes_back_within_the_budget(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\nseed: 5\noptimizer: random\nruns: 2\n" SPACE);
    lw_assistant *other = lw_test_assistant(lab, "experiment: e\nseed: 5\noptimizer: random\nruns: 2\n" SPACE);
    lw_run_counts before, after;
    lw_test_suggest(lab, assistant, NULL, NULL);
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_interruption("stop"), NULL), LW_OK);
    assert_ok(lw_store_run_counts(lab->store, "e", &before, &lab->error), lab->error);
    assert_ok(lw_assistant_retry(assistant, 1, &lab->error), lab->error);
    assert_ok(lw_store_run_counts(lab->store, "e", &after, &lab->error), lab->error);
    assert_true(after.experiment_revision > before.experiment_revision); /* the epoch: others reload */
    assert_int_equal(observe_as(lab, assistant, 1, lw_result_of_interruption("stop"), NULL), LW_OK);
    lw_test_suggest(lab, other, NULL, NULL);
    lw_test_suggest(lab, other, NULL, NULL);
    assert_int_equal(lw_assistant_retry(assistant, 1, &lab->error), LW_BUDGET_REACHED);
    assert_contains(lab->error.message, "run 1 cannot be retried");
    assert_int_equal(observe_as(lab, assistant, 2, lw_result_of_failure(LW_FAILURE_CRASH, "crash"), NULL), LW_OK);
    assert_ok(lw_assistant_retry(assistant, 2, &lab->error), lab->error);
    lw_assistant_close(other);
    lw_assistant_close(assistant);
}

static void older_versions_are_taken_in_their_own_space(void **state) {
    lw_test_lab *lab = *state;
    lw_wish queued = {.queue = true};
    lw_assistant *assistant = lw_test_assistant(lab, EXPERIMENT);
    lw_test_suggest(lab, assistant, &queued, NULL);
    lw_assistant_close(assistant);
    assistant = lw_test_assistant(lab, "experiment: e\nspace:\n  z: !UniformFloat [5, 6]\n");
    lw_assignment run = take(lab, assistant);
    assert_int_equal(run.id, 1);
    assert_true(bson_has_field(run.document, "x"));
    lw_assignment_release(&run);
    lw_assistant_close(assistant);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_both_stores(one_result_stands),
        on_both_stores(failures_keep_their_kind),
        on_both_stores(reads_the_objective),
        on_both_stores(knows_runs_of_other_experiments),
        on_both_stores(workers_take_queued_runs_first),
        on_both_stores(given_back_is_the_same_run),
        on_both_stores(a_released_result_counts_if_there_is_no_other),
        on_both_stores(a_large_late_result_is_known_when_it_comes_again),
        on_both_stores(of_an_earlier_attempt_a_long_reason_is_cut),
        on_both_stores(results_of_attempts_that_never_were_are_refused),
        on_both_stores(retries_what_failed),
        on_both_stores(a_failure_that_comes_again_undoes_no_retry),
        on_both_stores(an_interruption_of_an_attempt_given_up_changes_nothing),
        on_both_stores(finds_the_process_gone),
        on_both_stores(watches_beats_from_afar),
        on_both_stores(output_that_comes_with_a_revival_is_cut_too),
        on_both_stores(another_boot_has_ended),
        on_both_stores(explicit_leases_end),
        on_both_stores(takes_a_run_by_its_id),
        on_both_stores(interrupted_is_not_retried),
        on_both_stores(an_interrupted_run_comes_back_within_the_budget),
        on_both_stores(older_versions_are_taken_in_their_own_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
