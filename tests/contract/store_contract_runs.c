/* The store contract: experiments, and runs one by one. */
#include "store_contract.h"

#include <labwatch/sys/memory.h>

/* What visitors collect: names, and the last record. */
typedef struct seen_experiments {
    char names[256];
    int64_t revision;
    bson_t *document;
    int stop_after;
} seen_experiments;

static int see_experiment(void *arg, const lw_experiment_record *record) {
    seen_experiments *seen = arg;
    size_t length = strlen(seen->names);
    snprintf(seen->names + length, sizeof seen->names - length, "%s ", record->name);
    seen->revision = record->revision;
    if (seen->document)
        bson_destroy(seen->document);
    seen->document = bson_copy(record->document);
    return seen->stop_after && --seen->stop_after == 0 ? LW_EINTERRUPTED : LW_OK;
}

static int put_experiment(lw_store *store, const char *name, int64_t revision, const char *json, lw_error *error) {
    bson_t *document = lw_test_document(json);
    lw_experiment_record record = {.name = name, .revision = revision, .document = document};
    int code = lw_store_experiment_put(store, &record, error);
    bson_destroy(document);
    return code;
}

void test_store_contract__experiments_are_kept_by_revision(void **state) {
    contract *c = *state;
    lw_error error;
    seen_experiments seen = {0};
    assert_int_equal(lw_store_experiment_get(c->store, "heart", see_experiment, &seen, &error), LW_ENOTFOUND);
    assert_contains(error.message, "heart");
    assert_int_equal(put_experiment(c->store, "heart", 1, "{}", &error), LW_ECONFLICT);
    assert_ok(put_experiment(c->store, "heart", 0, "{\"text\": \"a\", \"n\": {\"$numberDouble\": \"-0.0\"}}", &error), error);
    assert_int_equal(put_experiment(c->store, "heart", 0, "{}", &error), LW_ECONFLICT);
    assert_ok(put_experiment(c->store, "heart", 1, "{\"text\": \"b\"}", &error), error);
    assert_int_equal(put_experiment(c->store, "heart", 1, "{\"text\": \"c\"}", &error), LW_ECONFLICT);
    assert_ok(lw_store_experiment_get(c->store, "heart", see_experiment, &seen, &error), error);
    assert_int_equal(seen.revision, 2);
    bson_t *wanted = lw_test_document("{\"text\": \"b\"}");
    assert_true(bson_equal(seen.document, wanted));
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(c->store, "heart", &counts, &error), error);
    assert_int_equal(counts.experiment_revision, 2);
    bson_destroy(wanted);
    bson_destroy(seen.document);
}

void test_store_contract__experiments_are_listed_by_name(void **state) {
    contract *c = *state;
    lw_error error;
    seen_experiments seen = {0};
    assert_ok(lw_store_experiment_each(c->store, see_experiment, &seen, &error), error);
    assert_string_equal(seen.names, "");
    assert_ok(put_experiment(c->store, "b", 0, "{}", &error), error);
    assert_ok(put_experiment(c->store, "\xC3\xA4", 0, "{}", &error), error);
    assert_ok(put_experiment(c->store, "a", 0, "{}", &error), error);
    assert_ok(put_experiment(c->store, "B", 0, "{}", &error), error);
    contract_insert(c->store, 1, "only runs", LW_STATUS_RUNNING); /* not put: only its runs name it */
    assert_ok(lw_store_experiment_each(c->store, see_experiment, &seen, &error), error);
    assert_string_equal(seen.names, "B a b \xC3\xA4 ");
    assert_int_equal(lw_store_experiment_get(c->store, "only runs", see_experiment, &seen, &error), LW_ENOTFOUND);
    assert_ok(put_experiment(c->store, "only runs", 0, "{}", &error), error);
    seen.names[0] = '\0';
    seen.stop_after = 2;
    assert_int_equal(lw_store_experiment_each(c->store, see_experiment, &seen, &error), LW_EINTERRUPTED);
    assert_string_equal(seen.names, "B a ");
    bson_destroy(seen.document);
}

void contract_insert(lw_store *store, int64_t id, const char *experiment, lw_status status) {
    lw_error error;
    lw_run run;
    lw_test_run(&run, id, experiment);
    run.status = status;
    if (status == LW_STATUS_COMPLETED)
        run.cost = (double)(id % 7);
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    lw_run_release(&run);
}

typedef struct ending {
    lw_status status;
    double cost;
} ending;

static int end_run(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    const ending *end = arg;
    run->status = end->status;
    run->cost = end->cost;
    return LW_OK;
}

void contract_finish(lw_store *store, int64_t id, lw_status status, double cost) {
    lw_error error;
    ending end = {status, cost};
    assert_ok(lw_store_run_modify(store, id, end_run, &end, &error), error);
}

void contract_assert_has(lw_store *store, const lw_run *run) {
    lw_error error;
    lw_run there;
    assert_ok(lw_store_run_get(store, run->id, &there, &error), error);
    lw_test_assert_runs_equal(run, &there);
    lw_run_release(&there);
}

void test_store_contract__runs_come_back_as_they_were_put(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run small, full, imported;
    lw_test_run(&small, 1, "heart");
    lw_test_full_run(&full, 2, "heart");
    lw_test_full_run(&imported, 5000000000, "other");
    imported.origin = LW_ORIGIN_IMPORTED;
    imported.status = LW_STATUS_OTHER;
    imported.status_text = lw_strdup("DIVERGED");
    imported.failure = LW_FAILURE_USER;
    const lw_run *const runs[] = {&small, &full, &imported};
    for (size_t i = 0; i < 3; i++)
        assert_ok(lw_store_run_insert(c->store, runs[i], &error), error);
    for (size_t i = 0; i < 3; i++)
        contract_assert_has(c->store, runs[i]);
    lw_run_release(&small);
    lw_run_release(&full);
    lw_run_release(&imported);
}

void test_store_contract__an_id_is_a_reservation(void **state) {
    contract *c = *state;
    lw_error error;
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    lw_run run;
    lw_test_run(&run, 1, "other");
    run.token.bytes[0]++;
    assert_int_equal(lw_store_run_insert(c->store, &run, &error), LW_ECONFLICT);
    assert_contains(error.message, "1");
    lw_run there;
    assert_ok(lw_store_run_get(c->store, 1, &there, &error), error);
    assert_string_equal(there.experiment, "heart");
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(c->store, "other", &counts, &error), error);
    assert_int_equal(counts.all, 0);
    lw_run_release(&there);
    lw_run_release(&run);
}

void test_store_contract__the_same_run_may_be_put_again(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run run;
    lw_test_run(&run, 1, "heart");
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    contract_finish(c->store, 1, LW_STATUS_COMPLETED, 3);
    assert_ok(lw_store_run_insert(c->store, &run, &error), error); /* the reply was lost, and the run went on */
    lw_run there;
    assert_ok(lw_store_run_get(c->store, 1, &there, &error), error);
    assert_int_equal(there.status, LW_STATUS_COMPLETED);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(c->store, "heart", &counts, &error), error);
    assert_true(counts.own == 1 && counts.all == 1);
    lw_run_release(&there);

    run.id = 2;
    run.token = (lw_token){{0}}; /* without a token, nobody knows whether it is the same */
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    assert_int_equal(lw_store_run_insert(c->store, &run, &error), LW_ECONFLICT);
    lw_run_release(&run);
}

void test_store_contract__ids_need_not_be_in_order(void **state) {
    contract *c = *state;
    lw_error error;
    static const int64_t ids[] = {100, 3, 50, 1, 101};
    for (size_t i = 0; i < 5; i++)
        contract_insert(c->store, ids[i], "heart", LW_STATUS_RUNNING);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(c->store, "heart", &counts, &error), error);
    assert_true(counts.last_id == 101 && counts.own == 5);
    for (size_t i = 0; i < 5; i++)
        contract_finish(c->store, ids[i], LW_STATUS_COMPLETED, 1);
    contract_assert_counted(c->store, "heart");
}

static int never(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)run;
    (void)error;
    fail_msg("a modification was called for a run that may not be modified");
    return LW_OK;
}

void test_store_contract__unknown_runs(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run run;
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    assert_int_equal(lw_store_run_get(c->store, 7, &run, &error), LW_ENOTFOUND);
    assert_contains(error.message, "7");
    assert_int_equal(lw_store_run_modify(c->store, 7, never, NULL, &error), LW_ENOTFOUND);
    assert_int_equal(lw_test_store_beat(c->store, 7, lw_test_token(7), NULL, &error), LW_ENOTFOUND);
    assert_int_equal(lw_store_run_remove(c->store, 7, &error), LW_ENOTFOUND);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(c->store, "nobody", &counts, &error), error);
    assert_true(counts.last_id == 1 && counts.own == 0 && counts.all == 0 && counts.experiment_revision == 0);
}

static int refuse(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    return lw_error_set(error, LW_ECONFLICT, "run %d has a result", (int)run->id);
}

void test_store_contract__modifications_are_whole_or_not_at_all(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run run;
    lw_test_full_run(&run, 1, "heart");
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    assert_int_equal(lw_store_run_modify(c->store, 1, refuse, NULL, &error), LW_ECONFLICT);
    assert_string_equal(error.message, "run 1 has a result");
    contract_assert_has(c->store, &run);
    contract_finish(c->store, 1, LW_STATUS_FAILED, NAN);
    run.status = LW_STATUS_FAILED;
    run.cost = NAN;
    contract_assert_has(c->store, &run);
    contract_assert_counted(c->store, "heart");
    lw_run_release(&run);
}

/* Changes much, and then something that the wrapper refuses. */
static int change_badly(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    lw_free(run->reason);
    run->reason = lw_strdup("changed");
    bson_destroy(run->config);
    run->config = bson_new();
    if (!run->notes)
        run->notes = bson_new();
    bson_append_utf8(run->notes, "99", -1, "changed", -1);
    memset(run->digest, 0xAB, sizeof run->digest);
    run->status = *(const lw_status *)arg;
    if (run->status == LW_STATUS_FAILED) {
        lw_free(run->command);
        run->command = lw_strdup("\xC3(");
    }
    return LW_OK;
}

void test_store_contract__refused_modifications_leave_no_trace(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run run;
    lw_test_full_run(&run, 1, "heart");
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    lw_run_counts before, after;
    assert_ok(lw_store_run_counts(c->store, "heart", &before, &error), error);
    lw_status statuses[] = {LW_STATUS_REMOVED, LW_STATUS_FAILED, LW_STATUS_OTHER};
    memset(&statuses[2], 0x7F, sizeof statuses[2]); /* none that there is */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lw_store_run_modify(c->store, 1, change_badly, &statuses[i], &error), LW_EINVAL);
        contract_assert_has(c->store, &run);
        contract_assert_counted(c->store, "heart");
    }
    assert_ok(lw_store_run_counts(c->store, "heart", &after, &error), error);
    assert_int_equal(after.changes, before.changes);
    uint64_t n;
    assert_ok(lw_store_config_count(c->store, "heart", run.space, run.digest, &n, NULL, &error), error);
    assert_int_equal(n, 1);
    lw_run_release(&run);
}

/* A document inside others: depth of them in all. */
static bson_t *nested(int depth) {
    bson_t *document = bson_new();
    for (int i = 1; i < depth; i++) {
        bson_t *outer = bson_new();
        bson_append_document(outer, "x", -1, document);
        bson_destroy(document);
        document = outer;
    }
    return document;
}

/* {"result": document} */
static bson_t *as_result(bson_t *document) {
    bson_t *result = bson_new();
    bson_append_document(result, "result", -1, document);
    bson_destroy(document);
    return result;
}

static bson_t *not_text(void) {
    return BCON_NEW("a", BCON_UTF8("half a character: \xC3"));
}

/* The member of a run, and how deep what it has may be. */
static bson_t **member_of(lw_run *run, int which, int *deepest) {
    bson_t **const shallow[] = {&run->config, &run->result, &run->info, &run->host, &run->resources};
    bson_t **const deep[] = {&run->memo, &run->worker, &run->optimizer_options, &run->notes, &run->attempts};
    *deepest = which < 5 ? 100 : 99; /* those are in `labwatch` */
    return which < 5 ? shallow[which] : deep[which - 5];
}

/* What run_modify is to put into a member. */
typedef struct unsound {
    int which;
    bson_t *document;
} unsound;

static int put_unsound(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    const unsound *put = arg;
    int deepest;
    bson_t **member = member_of(run, put->which, &deepest);
    if (*member)
        bson_destroy(*member);
    *member = bson_copy(put->document);
    return LW_OK;
}

/* Takes the document. */
static void assert_unsound(lw_store *store, lw_run *run, int which, bson_t *document) {
    lw_error error;
    lw_run there;
    int deepest;
    unsound put = {which, document};
    bson_t **member = member_of(run, which, &deepest), *before = *member;
    assert_int_equal(lw_store_run_modify(store, 1, put_unsound, &put, &error), LW_EINVAL);
    assert_contains(error.message, "run 1: the field");
    contract_assert_has(store, run);
    *member = document;
    run->id = 2;
    assert_int_equal(lw_store_run_insert(store, run, &error), LW_EINVAL);
    assert_contains(error.message, "run 2: the field");
    assert_int_equal(lw_store_run_get(store, 2, &there, &error), LW_ENOTFOUND);
    run->id = 1;
    *member = before;
    bson_destroy(document);
}

static void assert_sound(lw_store *store, lw_run *run, int which, bson_t *document) {
    lw_error error;
    int deepest;
    unsound put = {which, document};
    bson_t **member = member_of(run, which, &deepest);
    assert_ok(lw_store_run_modify(store, 1, put_unsound, &put, &error), error);
    if (*member)
        bson_destroy(*member);
    *member = document;
    contract_assert_has(store, run);
}

void test_store_contract__what_could_not_be_read_again_is_refused(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run run;
    lw_test_run(&run, 1, "heart");
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    for (int which = 0; which < 10; which++) {
        int deepest;
        bool is_result = member_of(&run, which, &deepest) == &run.result;
        assert_unsound(c->store, &run, which, is_result ? as_result(not_text()) : not_text());
        assert_unsound(c->store, &run, which, is_result ? as_result(nested(deepest + 1)) : nested(deepest + 1));
        assert_sound(c->store, &run, which, is_result ? as_result(nested(deepest)) : nested(deepest));
    }
    bson_t *document = not_text();
    lw_experiment_record record = {.name = "heart", .document = document};
    assert_int_equal(lw_store_experiment_put(c->store, &record, &error), LW_EINVAL);
    assert_contains(error.message, "the document of experiment 'heart' is damaged");
    contract_assert_counted(c->store, "heart");
    bson_destroy(document);
    lw_run_release(&run);
}

/* Makes the run what arg is. */
static int become(void *arg, lw_run *run, lw_error *error) {
    lw_run copy;
    int code = lw_run_copy(&copy, arg, error);
    if (code != LW_OK)
        return code;
    lw_free(copy.experiment); /* which must stay the run's own */
    copy.experiment = run->experiment;
    run->experiment = NULL;
    lw_run_release(run);
    *run = copy;
    return LW_OK;
}

void test_store_contract__every_member_can_be_modified(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run small, full;
    lw_test_run(&small, 1, "heart");
    lw_test_full_run(&full, 1, "heart");
    assert_ok(lw_store_run_insert(c->store, &small, &error), error);
    assert_ok(lw_store_run_modify(c->store, 1, become, &full, &error), error);
    contract_assert_has(c->store, &full);
    contract_assert_counted(c->store, "heart");
    assert_ok(lw_store_run_modify(c->store, 1, become, &small, &error), error);
    contract_assert_has(c->store, &small);
    contract_assert_counted(c->store, "heart");
    lw_run_release(&small);
    lw_run_release(&full);
}

void test_store_contract__beats_need_the_token(void **state) {
    contract *c = *state;
    lw_error error;
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    int64_t before = lw_clock_wall_ms(lw_clock_system());
    assert_ok(lw_test_store_beat(c->store, 1, lw_test_token(1), NULL, &error), error);
    lw_run run;
    assert_ok(lw_store_run_get(c->store, 1, &run, &error), error);
    assert_true(run.heartbeat_ms >= before - 60000 && run.heartbeat_ms <= lw_clock_wall_ms(lw_clock_system()) + 60000);
    assert_null(run.captured_out);
    lw_run_release(&run);

    assert_ok(lw_test_store_beat(c->store, 1, lw_test_token(1), "epoch 1\n'\xCF\x80'\n", &error), error);
    assert_ok(lw_test_store_beat(c->store, 1, lw_test_token(1), NULL, &error), error);
    assert_ok(lw_store_run_get(c->store, 1, &run, &error), error);
    assert_string_equal(run.captured_out, "epoch 1\n'\xCF\x80'\n");
    int64_t last = run.heartbeat_ms;
    lw_run_release(&run);

    assert_int_equal(lw_test_store_beat(c->store, 1, lw_test_token(2), "not mine", &error), LW_ECONFLICT);
    contract_finish(c->store, 1, LW_STATUS_COMPLETED, 1);
    assert_int_equal(lw_test_store_beat(c->store, 1, lw_test_token(1), "too late", &error), LW_ECONFLICT);
    assert_ok(lw_store_run_get(c->store, 1, &run, &error), error);
    assert_true(run.heartbeat_ms == last);
    assert_string_equal(run.captured_out, "epoch 1\n'\xCF\x80'\n");
    lw_run_release(&run);
}

static void assert_beaten(lw_store *store, int64_t id, const char *output) {
    lw_error error;
    lw_run run;
    assert_ok(lw_store_run_get(store, id, &run, &error), error);
    assert_true(run.heartbeat_ms != LW_NO_TIME);
    assert_string_equal(run.captured_out, output);
    lw_run_release(&run);
}

static void assert_refused(const lw_beat *beat, int code, const char *part) {
    lw_error refusal = beat->refusal;
    assert_int_equal(refusal.code, code);
    assert_contains(refusal.message, part);
}

void test_store_contract__beats_of_many_are_each_taken_or_refused(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run foreign;
    for (int64_t id = 1; id <= 4; id++)
        contract_insert(c->store, id, "heart", LW_STATUS_RUNNING);
    contract_finish(c->store, 3, LW_STATUS_COMPLETED, 1);
    lw_test_run(&foreign, 5, "sacred");
    foreign.origin = LW_ORIGIN_FOREIGN;
    lw_free(foreign.space);
    foreign.space = NULL;
    foreign.number = 0;
    assert_ok(lw_store_run_insert(c->store, &foreign, &error), error);
    lw_run_release(&foreign);
    lw_beat beats[] = {
        {.id = 9, .token = lw_test_token(9)},
        {.id = 1, .token = lw_test_token(1), .captured_out = "one"},
        {.id = 2, .token = lw_test_token(1), .captured_out = "not mine"},
        {.id = 3, .token = lw_test_token(3)},
        {.id = 5, .token = lw_test_token(5)},
        {.id = 4, .token = lw_test_token(4), .captured_out = "four", .refusal = {.code = LW_ENOMEM}},
        {.id = 4},
    };
    assert_ok(lw_store_run_beats(c->store, beats, 7, &error), error);
    assert_refused(&beats[0], LW_ENOTFOUND, "no run 9");
    assert_int_equal(beats[1].refusal.code, LW_OK);
    assert_refused(&beats[2], LW_ECONFLICT, "run 2");
    assert_refused(&beats[3], LW_ECONFLICT, "run 3");
    assert_refused(&beats[4], LW_EUNSUPPORTED, "run 5");
    assert_int_equal(beats[5].refusal.code, LW_OK);
    assert_refused(&beats[6], LW_ECONFLICT, "run 4"); /* without a token */
    assert_beaten(c->store, 1, "one");
    assert_beaten(c->store, 4, "four");
    assert_ok(lw_store_run_get(c->store, 2, &foreign, &error), error);
    assert_null(foreign.captured_out);
    lw_run_release(&foreign);
    assert_ok(lw_store_run_beats(c->store, beats, 0, &error), error);
}

void test_store_contract__a_beat_that_is_not_valid_stops_no_other(void **state) {
    contract *c = *state;
    lw_error error;
    for (int64_t id = 1; id <= 3; id++)
        contract_insert(c->store, id, "heart", LW_STATUS_RUNNING);
    lw_beat beats[] = {
        {.id = 1, .token = lw_test_token(1), .captured_out = "\xFF"},
        {.id = 2, .token = lw_test_token(2), .captured_out = "two"},
        {.id = 0, .token = lw_test_token(1)},
        {.id = 9, .token = lw_test_token(9)},
        {.id = 3, .token = lw_test_token(3), .captured_out = "three"},
    };
    assert_ok(lw_store_run_beats(c->store, beats, 5, &error), error);
    assert_refused(&beats[0], LW_EINVAL, "not valid UTF-8");
    assert_int_equal(beats[1].refusal.code, LW_OK);
    assert_refused(&beats[2], LW_EINVAL, "run ids");
    assert_refused(&beats[3], LW_ENOTFOUND, "no run 9");
    assert_int_equal(beats[4].refusal.code, LW_OK);
    assert_beaten(c->store, 2, "two");
    assert_beaten(c->store, 3, "three");
    assert_ok(lw_store_run_beats(c->store, beats, 1, &error), error); /* none is left to send */
    assert_refused(&beats[0], LW_EINVAL, "not valid UTF-8");
}

void test_store_contract__removed_runs_are_tombstones(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run full, there;
    contract_insert(c->store, 1, "heart", LW_STATUS_COMPLETED);
    lw_test_full_run(&full, 2, "heart");
    assert_ok(lw_store_run_insert(c->store, &full, &error), error);
    assert_ok(lw_store_run_remove(c->store, 2, &error), error);
    assert_ok(lw_store_run_remove(c->store, 2, &error), error);
    assert_ok(lw_store_run_get(c->store, 2, &there, &error), error);
    assert_int_equal(there.status, LW_STATUS_REMOVED);
    assert_int_equal(there.origin, LW_ORIGIN_OWN);
    assert_string_equal(there.experiment, "heart");
    assert_true(there.config && bson_empty(there.config) && !there.captured_out && !there.space && isnan(there.cost));
    lw_run_release(&there);

    full.token.bytes[1]++;
    assert_int_equal(lw_store_run_insert(c->store, &full, &error), LW_ECONFLICT); /* its id is never used again */
    assert_int_equal(lw_store_run_modify(c->store, 2, never, NULL, &error), LW_ENOTFOUND);
    assert_contains(error.message, "removed");
    assert_int_equal(lw_test_store_beat(c->store, 2, full.token, NULL, &error), LW_ENOTFOUND);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(c->store, "heart", &counts, &error), error);
    assert_true(counts.last_id == 2 && counts.own == 2 && counts.budget_used == 1 && counts.all == 2);
    assert_int_equal(counts.by_status[LW_STATUS_REMOVED], 1);
    contract_assert_counted(c->store, "heart");
    lw_run_release(&full);
}

void test_store_contract__foreign_runs_are_never_changed(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run run;
    lw_test_run(&run, 1, "sacred");
    run.origin = LW_ORIGIN_FOREIGN;
    lw_free(run.space);
    run.space = NULL;
    run.number = 0;
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    assert_int_equal(lw_store_run_modify(c->store, 1, never, NULL, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_test_store_beat(c->store, 1, run.token, NULL, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_store_run_remove(c->store, 1, &error), LW_EUNSUPPORTED);
    contract_assert_has(c->store, &run);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(c->store, "sacred", &counts, &error), error);
    assert_true(counts.own == 0 && counts.all == 1 && counts.budget_used == 0 && counts.last_id == 1);
    lw_run_release(&run);
}

/* What another program has queued may become the experiment's own, and nothing else. */
static int keep_foreign(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    run->status = LW_STATUS_RUNNING;
    return *(const int *)arg;
}

static int make_own(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    run->origin = LW_ORIGIN_OWN;
    run->status = LW_STATUS_RUNNING;
    run->token = *(const lw_token *)arg;
    run->attempt = 1;
    run->space = lw_strdup("default");
    return LW_OK;
}

void test_store_contract__queued_foreign_runs_can_become_own_ones(void **state) {
    contract *c = *state;
    lw_error error;
    lw_run run, there;
    int codes[] = {LW_OK, LW_KNOWN};
    lw_token token = lw_test_token(7);
    lw_test_run(&run, 1, "sacred");
    run.origin = LW_ORIGIN_FOREIGN;
    run.status = LW_STATUS_QUEUED;
    lw_free(run.space);
    run.space = NULL;
    run.number = 0;
    run.token = (lw_token){{0}};
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    for (int i = 0; i < 2; i++)
        assert_int_equal(lw_store_run_modify(c->store, 1, keep_foreign, &codes[i], &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_test_store_beat(c->store, 1, token, NULL, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_store_run_remove(c->store, 1, &error), LW_EUNSUPPORTED);
    contract_assert_has(c->store, &run);
    lw_run_counts before, counts;
    assert_ok(lw_store_run_counts(c->store, "sacred", &before, &error), error);
    assert_ok(lw_store_run_modify(c->store, 1, make_own, &token, &error), error);
    assert_ok(lw_store_run_get(c->store, 1, &there, &error), error);
    assert_true(there.origin == LW_ORIGIN_OWN && there.status == LW_STATUS_RUNNING);
    assert_true(bson_equal(there.config, run.config));
    lw_run_release(&there);
    assert_ok(lw_store_run_counts(c->store, "sacred", &counts, &error), error);
    assert_true(counts.own == 1 && counts.all == 1 && counts.budget_used == 1 && counts.last_id == 1);
    assert_true(before.own == 0 && (counts.changes < 0 || counts.changes != before.changes));
    assert_int_equal(counts.by_status[LW_STATUS_RUNNING], 1);
    contract_assert_counted(c->store, "sacred");
    assert_ok(lw_test_store_beat(c->store, 1, token, NULL, &error), error);
    lw_run_release(&run);
}

typedef struct brute_counts {
    const char *experiment;
    lw_run_counts counts;
    lw_store *store;
    int64_t last;
} brute_counts;

static int count_run(void *arg, const lw_run *run) {
    brute_counts *brute = arg;
    if (run->id > brute->counts.last_id)
        brute->counts.last_id = run->id;
    if (strcmp(run->experiment, brute->experiment) != 0)
        return LW_OK;
    lw_run_counts *counts = &brute->counts;
    counts->all++;
    if (run->origin != LW_ORIGIN_OWN)
        return LW_OK;
    counts->own++;
    counts->by_status[run->status]++;
    counts->budget_used += run->status != LW_STATUS_INTERRUPTED && run->status != LW_STATUS_REMOVED;
    return LW_OK;
}

static int count_row(void *arg, const lw_run_row *row) {
    lw_run run;
    lw_run_init(&run);
    run.id = row->id;
    run.experiment = (char *)(uintptr_t)row->experiment;
    run.origin = row->origin;
    run.status = row->status;
    return count_run(arg, &run);
}

static void assert_same_counts(const lw_run_counts *a, const lw_run_counts *b) {
    assert_true(a->last_id == b->last_id && a->own == b->own && a->budget_used == b->budget_used && a->all == b->all);
    for (int i = 0; i <= LW_STATUS_OTHER; i++)
        assert_true(a->by_status[i] == b->by_status[i]);
}

void contract_assert_counted(lw_store *store, const char *experiment) {
    lw_error error;
    lw_run_counts counts;
    lw_run_query everything = {.statuses = ~0u};
    brute_counts runs = {.experiment = experiment}, rows = {.experiment = experiment};
    assert_ok(lw_store_run_counts(store, experiment, &counts, &error), error);
    assert_ok(lw_store_run_each(store, &everything, count_run, &runs, &error), error);
    assert_ok(lw_store_row_each(store, &everything, count_row, &rows, &error), error);
    assert_same_counts(&counts, &runs.counts);
    assert_same_counts(&counts, &rows.counts);
}

void test_store_contract__counts_follow_every_change(void **state) {
    contract *c = *state;
    contract_assert_counted(c->store, "heart");
    for (lw_status status = LW_STATUS_QUEUED; status <= LW_STATUS_OTHER; status++)
        if (status != LW_STATUS_REMOVED)
            contract_insert(c->store, 1 + (int64_t)status, "heart", status);
    contract_insert(c->store, 20, "other", LW_STATUS_RUNNING);
    contract_assert_counted(c->store, "heart");
    for (lw_status status = LW_STATUS_QUEUED; status <= LW_STATUS_PRUNED; status++) {
        contract_finish(c->store, 20, status, NAN);
        contract_assert_counted(c->store, "other");
    }
    contract_assert_counted(c->store, "heart");
}

static int64_t changes_of(lw_store *store) {
    lw_error error;
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(store, "heart", &counts, &error), error);
    return counts.changes;
}

void test_store_contract__changes_tell_whether_anything_is_new(void **state) {
    contract *c = *state;
    lw_error error;
    int64_t none = changes_of(c->store);
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    int64_t inserted = changes_of(c->store);
    if (inserted == -1)
        return; /* it cannot tell, and says so */
    assert_true(inserted > none);
    contract_insert(c->store, 2, "other", LW_STATUS_RUNNING);
    assert_ok(lw_test_store_beat(c->store, 1, lw_test_token(1), "output", &error), error);
    assert_int_equal(lw_store_run_modify(c->store, 1, refuse, NULL, &error), LW_ECONFLICT);
    assert_true(changes_of(c->store) == inserted);
    contract_finish(c->store, 1, LW_STATUS_COMPLETED, 1);
    int64_t finished = changes_of(c->store);
    assert_true(finished > inserted);
    assert_ok(lw_store_run_remove(c->store, 1, &error), error);
    assert_true(changes_of(c->store) > finished);
}

static uint64_t config_count(lw_store *store, const char *experiment, const char *space, int64_t digest_of) {
    lw_error error;
    uint64_t n = 4711;
    uint8_t digest[LW_DIGEST_SIZE];
    lw_test_digest(digest_of, digest);
    assert_ok(lw_store_config_count(store, experiment, space, digest, &n, NULL, &error), error);
    return n;
}

void test_store_contract__configs_are_counted(void **state) {
    contract *c = *state;
    lw_error error;
    assert_int_equal(config_count(c->store, "heart", "default", 7), 0);
    for (int64_t id = 1; id <= 6; id++) {
        lw_run run;
        lw_test_run(&run, id, id == 6 ? "other" : "heart");
        lw_test_digest(7, run.digest);
        if (id == 5) {
            lw_free(run.space);
            run.space = lw_strdup("small");
        }
        assert_ok(lw_store_run_insert(c->store, &run, &error), error);
        lw_run_release(&run);
    }
    assert_int_equal(config_count(c->store, "heart", "default", 7), 4);
    assert_int_equal(config_count(c->store, "heart", "small", 7), 1);
    assert_int_equal(config_count(c->store, "other", "default", 7), 1);
    assert_int_equal(config_count(c->store, "heart", "default", 8), 0);
    contract_finish(c->store, 1, LW_STATUS_INTERRUPTED, NAN);
    contract_finish(c->store, 2, LW_STATUS_FAILED, NAN);
    assert_ok(lw_store_run_remove(c->store, 3, &error), error);
    assert_int_equal(config_count(c->store, "heart", "default", 7), 2);
    contract_finish(c->store, 4, LW_STATUS_COMPLETED, -0.5);
    assert_int_equal(config_count(c->store, "heart", "default", 7), 2);
}

/* A run that another process ends after the counts is no more in an answer that is not of their moment. */
void test_store_contract__counts_of_configs_say_of_which_moment_they_are(void **state) {
    contract *c = *state;
    lw_store *other = c->what->shared ? contract_open(c) : c->store;
    lw_error error;
    lw_run_counts counts;
    uint8_t digest[LW_DIGEST_SIZE];
    uint64_t n;
    int64_t changes = -1;
    lw_test_digest(1, digest);
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    assert_ok(lw_store_run_counts(c->store, "heart", &counts, &error), error);
    assert_ok(lw_store_config_count(c->store, "heart", "default", digest, &n, &changes, &error), error);
    assert_true(n == 1 && changes == counts.changes);
    contract_finish(other, 1, LW_STATUS_INTERRUPTED, NAN);
    assert_ok(lw_store_config_count(c->store, "heart", "default", digest, &n, &changes, &error), error);
    assert_int_equal(n, changes == counts.changes ? 1 : 0);
    assert_ok(lw_store_run_counts(c->store, "heart", &counts, &error), error);
    assert_ok(lw_store_config_count(c->store, "heart", "default", digest, &n, &changes, &error), error);
    assert_true(n == 0 && changes == counts.changes);
    if (other != c->store)
        lw_store_close(other);
}

/* What teaches nothing takes nothing. */
void test_store_contract__void_runs_leave_their_config_free(void **state) {
    static const struct {
        lw_status status;
        double cost;
    } ends[] = {{LW_STATUS_COMPLETED, NAN},   {LW_STATUS_PRUNED, NAN},  {LW_STATUS_COMPLETED, 0},
                {LW_STATUS_PRUNED, -1e308},   {LW_STATUS_FAILED, NAN},  {LW_STATUS_INTERRUPTED, NAN},
                {LW_STATUS_TIMEOUT, NAN}};
    contract *c = *state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        int64_t id = (int64_t)i + 1;
        lw_error error;
        lw_run run;
        contract_insert(c->store, id, "heart", LW_STATUS_RUNNING);
        contract_finish(c->store, id, ends[i].status, ends[i].cost);
        assert_ok(lw_store_run_get(c->store, id, &run, &error), error);
        uint64_t n = 4711;
        assert_ok(lw_store_config_count(c->store, "heart", run.space, run.digest, &n, NULL, &error), error);
        assert_int_equal(n, lw_run_outcome(&run) == LW_VOID ? 0 : 1);
        lw_run_release(&run);
    }
}

void test_store_contract__hostile_names(void **state) {
    contract *c = *state;
    lw_error error;
    char *longest = calloc(1, 10001);
    assert_non_null(longest);
    memset(longest, 'x', 10000);
    const char *const names[] = {
        "'; DROP TABLE runs; --", "\"", "a\nb\tc", "%s%n", "$where", "a.b", "\xF0\x9F\xA7\xAA \xE2\x80\xAE", "\x01\x7F", "../../etc", longest,
        "?1", "_id",
    };
    enum { N_NAMES = sizeof names / sizeof names[0] };
    for (int i = 0; i < N_NAMES; i++) {
        lw_run run;
        lw_test_full_run(&run, i + 1, names[i]);
        lw_free(run.space);
        run.space = lw_strdup(names[i]);
        run.status = LW_STATUS_OTHER;
        run.status_text = lw_strdup(names[i]);
        lw_free(run.captured_out);
        run.captured_out = lw_strdup(names[i]);
        assert_ok(lw_store_run_insert(c->store, &run, &error), error);
        assert_ok(put_experiment(c->store, names[i], 0, "{\"a\": 1}", &error), error);
        lw_metric_point point = {.step = 1, .value = 2, .time_ms = 3};
        assert_ok(lw_store_metric_append(c->store, i + 1, names[i], &point, 1, &error), error);
        assert_ok(lw_store_cache_put(c->store, names[i], names[i], strlen(names[i]), &error), error);
        contract_assert_has(c->store, &run);
        assert_int_equal(config_count(c->store, names[i], names[i], i + 1), 1);
        lw_run_release(&run);
    }
    for (int i = 0; i < N_NAMES; i++) {
        contract_assert_counted(c->store, names[i]);
        void *bytes;
        size_t size;
        assert_ok(lw_store_cache_get(c->store, names[i], &bytes, &size, &error), error);
        assert_int_equal(size, strlen(names[i]));
        assert_memory_equal(bytes, names[i], size);
        lw_free(bytes);
    }
    free(longest);
}
