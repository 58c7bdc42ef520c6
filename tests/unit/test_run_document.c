#include <labwatch/document.h>
#include <labwatch/run.h>
#include <labwatch/sys/text.h>

#include "run_outcome.h"
#include "runs.h"
#include "testing.h"

/* Sacred's documents as one document with the keys 0, 1, … */
static bson_t *sacred_documents(void) {
    FILE *file = fopen(LW_TEST_DATA "/sacred/runs.json", "rb");
    assert_non_null(file);
    static char text[1 << 17];
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    assert_true(length > 0 && length < sizeof text - 1);
    text[length] = '\0';
    return lw_test_document(text);
}

static bool next_document(bson_iter_t *iter, bson_t *out) {
    if (!bson_iter_next(iter))
        return false;
    uint32_t length;
    const uint8_t *bytes;
    bson_iter_document(iter, &length, &bytes);
    assert_true(bson_init_static(out, bytes, length));
    return true;
}

/* Every field of a is in b, type and all. */
static void assert_fields_in(const bson_t *a, const bson_t *b) {
    bson_iter_t field;
    for (bson_iter_init(&field, a); bson_iter_next(&field);) {
        bson_iter_t twin;
        if (!bson_iter_init_find(&twin, b, bson_iter_key(&field)))
            fail_msg("%s is missing", bson_iter_key(&field));
        bson_t left = BSON_INITIALIZER, right = BSON_INITIALIZER;
        bson_append_iter(&left, NULL, 0, &field);
        bson_append_iter(&right, NULL, 0, &twin);
        if (!bson_equal(&left, &right))
            fail_msg("%s differs", bson_iter_key(&field));
        bson_destroy(&left);
        bson_destroy(&right);
    }
}

static void test_run_document__sacreds_own_come_back_unchanged(void **state) {
    (void)state;
    lw_error error;
    bson_t *documents = sacred_documents(), document;
    bson_iter_t iter;
    bson_iter_init(&iter, documents);
    int n = 0, in_order = 0;
    while (next_document(&iter, &document)) {
        lw_run run;
        assert_ok(lw_run_from_document(&run, &document, &error), error);
        assert_int_equal(run.origin, LW_ORIGIN_FOREIGN);
        bson_t again;
        assert_ok(lw_run_to_document(&run, &again, &error), error);
        assert_fields_in(&document, &again);
        assert_fields_in(&again, &document);
        in_order += bson_equal(&document, &again);
        bson_destroy(&again);
        lw_run_release(&run);
        n++;
    }
    assert_int_equal(n, 15);
    assert_int_equal(in_order, 14); /* the queued run that was run later has its fields in another order */
    bson_destroy(documents);
}

/* Reads the i-th document of Sacred. */
static void read_sacred(lw_run *run, int i) {
    lw_error error;
    bson_t *documents = sacred_documents(), document;
    bson_iter_t iter;
    bson_iter_init(&iter, documents);
    while (next_document(&iter, &document) && i-- > 0)
        continue;
    assert_ok(lw_run_from_document(run, &document, &error), error);
    bson_destroy(documents);
}

static void test_run_document__what_sacreds_words_mean(void **state) {
    (void)state;
    static const struct {
        lw_status status;
        lw_outcome outcome; /* before anyone has made a cost of the result */
        lw_failure failure;
    } wanted[15] = {
        {LW_STATUS_COMPLETED, LW_VOID, LW_FAILURE_NONE},  {LW_STATUS_COMPLETED, LW_VOID, LW_FAILURE_NONE},
        {LW_STATUS_COMPLETED, LW_VOID, LW_FAILURE_NONE},  {LW_STATUS_COMPLETED, LW_VOID, LW_FAILURE_NONE},
        {LW_STATUS_COMPLETED, LW_VOID, LW_FAILURE_NONE},  {LW_STATUS_FAILED, LW_FAILED, LW_FAILURE_CRASH},
        {LW_STATUS_TIMEOUT, LW_FAILED, LW_FAILURE_TIMEOUT}, {LW_STATUS_OTHER, LW_FAILED, LW_FAILURE_USER},
        {LW_STATUS_INTERRUPTED, LW_VOID, LW_FAILURE_NONE},  {LW_STATUS_RUNNING, LW_PENDING, LW_FAILURE_NONE},
        {LW_STATUS_RUNNING, LW_PENDING, LW_FAILURE_NONE},   {LW_STATUS_QUEUED, LW_PENDING, LW_FAILURE_NONE},
        {LW_STATUS_COMPLETED, LW_VOID, LW_FAILURE_NONE},  {LW_STATUS_COMPLETED, LW_VOID, LW_FAILURE_NONE},
        {LW_STATUS_COMPLETED, LW_VOID, LW_FAILURE_NONE},
    };
    for (int i = 0; i < 15; i++) {
        lw_run run;
        read_sacred(&run, i);
        assert_int_equal(run.status, wanted[i].status);
        assert_int_equal(lw_run_outcome(&run), wanted[i].outcome);
        assert_int_equal(run.failure, wanted[i].failure);
        assert_true(isnan(run.cost));
        lw_run_release(&run);
    }
}

static void test_run_document__details_of_sacreds_runs(void **state) {
    (void)state;
    lw_run run;
    read_sacred(&run, 0);
    assert_int_equal(run.id, 1);
    assert_string_equal(run.experiment, "demo_full");
    assert_string_equal(run.command, "main");
    assert_true(run.heartbeat_ms == 1795249287925 && run.stop_ms == 1795249287917 && run.start_ms == 1795249285288);
    bson_iter_t result;
    assert_true(bson_iter_init_find(&result, run.result, "result"));
    assert_true(bson_iter_double(&result) == 0.9);
    assert_non_null(strstr(run.captured_out, "na\xC3\xAFve \xCF\x80"));
    lw_run_release(&run);

    read_sacred(&run, 2); /* without a result */
    assert_null(run.result);
    lw_run_release(&run);

    read_sacred(&run, 7);
    assert_string_equal(run.status_text, "DIVERGED");
    lw_run_release(&run);

    read_sacred(&run, 10); /* killed before its first beat */
    assert_true(run.heartbeat_ms == LW_NO_TIME);
    lw_run_release(&run);

    read_sacred(&run, 11); /* queued */
    assert_true(run.queue_ms == 1795249330348 && run.start_ms == LW_NO_TIME);
    lw_run_release(&run);

    read_sacred(&run, 14);
    assert_string_equal(run.foreign_id, "chosen");
    assert_int_equal(run.id, 0);
    lw_run_release(&run);
}

static const char *const sacred_order[] = {
    "_id",       "experiment", "format",       "command", "host",      "start_time", "config",    "meta",       "status",
    "resources", "artifacts",  "captured_out", "info",    "heartbeat", "result",     "stop_time", "fail_trace", "omniboard",
    "labwatch",
};

static void test_run_document__own_runs_have_sacreds_fields_in_order(void **state) {
    (void)state;
    lw_error error;
    lw_run run;
    lw_test_full_run(&run, 7, "heart");
    bson_t document;
    assert_ok(lw_run_to_document(&run, &document, &error), error);
    bson_iter_t field;
    bson_iter_init(&field, &document);
    for (size_t i = 0; i < sizeof sacred_order / sizeof sacred_order[0]; i++) {
        assert_true(bson_iter_next(&field));
        assert_string_equal(bson_iter_key(&field), sacred_order[i]);
    }
    assert_false(bson_iter_next(&field));
    bson_destroy(&document);
    lw_run_release(&run);
}

static void test_run_document__every_member_comes_back(void **state) {
    (void)state;
    lw_error error;
    lw_run run, back, copy;
    lw_test_full_run(&run, 5000000000, "heart");
    bson_t document;
    assert_ok(lw_run_to_document(&run, &document, &error), error);
    assert_ok(lw_run_from_document(&back, &document, &error), error);
    lw_test_assert_runs_equal(&run, &back);
    assert_true(back.id == 5000000000 && back.number == UINT64_MAX - 5 && back.seed == UINT64_MAX);
    assert_true(signbit(back.cost) && back.view.has_digest && back.view.digest[15] == 0xFF);
    assert_string_equal(back.view.open_ids, "3,7-9");
    assert_true(lw_token_equal(back.token, lw_test_token(5000000000)));
    assert_ok(lw_run_copy(&copy, &back, &error), error);
    lw_test_assert_runs_equal(&run, &copy);
    bson_destroy(&document);
    lw_run_release(&run);
    lw_run_release(&back);
    lw_run_release(&copy);
}

static void test_run_document__nothing_stays_nothing(void **state) {
    (void)state;
    lw_error error;
    lw_run run, back;
    lw_test_run(&run, 1, "heart");
    bson_t document;
    assert_ok(lw_run_to_document(&run, &document, &error), error);
    bson_iter_t iter;
    static const char *const counted_on[] = {"info", "artifacts", "resources", "host", "meta", "captured_out", "heartbeat"};
    for (size_t i = 0; i < sizeof counted_on / sizeof counted_on[0]; i++)
        assert_true(bson_iter_init_find(&iter, &document, counted_on[i]));
    assert_true(bson_iter_init(&iter, &document) && bson_iter_find_descendant(&iter, "meta.options", &iter));
    assert_false(bson_iter_init_find(&iter, &document, "result"));
    assert_true(bson_iter_init_find(&iter, &document, "heartbeat") && BSON_ITER_HOLDS_NULL(&iter));
    assert_true(bson_iter_init_find(&iter, &document, "_id") && BSON_ITER_HOLDS_INT32(&iter));
    assert_ok(lw_run_from_document(&back, &document, &error), error);
    assert_null(back.host);
    assert_null(back.meta);
    assert_null(back.info);
    assert_null(back.artifacts);
    assert_null(back.captured_out);
    assert_null(back.experiment_info);
    assert_null(back.others);
    assert_null(back.view.open_ids);
    assert_true(isnan(back.cost) && isnan(back.fidelity) && isnan(back.duration_s));
    lw_test_assert_runs_equal(&run, &back);
    bson_destroy(&document);
    lw_run_release(&run);
    lw_run_release(&back);
}

static void test_run_document__failures_and_origins(void **state) {
    (void)state;
    lw_error error;
    for (lw_failure failure = LW_FAILURE_CRASH; failure <= LW_FAILURE_USER; failure++) {
        lw_run run, back;
        lw_test_run(&run, 1, "heart");
        run.status = LW_STATUS_FAILED;
        run.failure = failure;
        run.origin = LW_ORIGIN_IMPORTED;
        bson_t document;
        assert_ok(lw_run_to_document(&run, &document, &error), error);
        assert_ok(lw_run_from_document(&back, &document, &error), error);
        lw_test_assert_runs_equal(&run, &back);
        assert_int_equal(lw_run_outcome(&back), failure == LW_FAILURE_DIED ? LW_PENDING : LW_FAILED);
        assert_true(lw_run_is_open(&back) == (failure == LW_FAILURE_DIED));
        bson_destroy(&document);
        lw_run_release(&run);
        lw_run_release(&back);
    }
}

static void test_run_document__wrong_types_name_run_and_field(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": 3}", "run 7: the field status is not text"},
        {"{\"_id\": 7, \"experiment\": {\"name\": \"x\"}}", "run 7: the field status is not there"},
        {"{\"_id\": 7, \"experiment\": \"x\", \"status\": \"RUNNING\"}", "run 7: the field experiment"},
        {"{\"_id\": 7, \"status\": \"RUNNING\"}", "run 7: the field experiment"},
        {"{\"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\"}", "a run without _id"},
        {"{\"_id\": 0, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\"}", "the field _id is not a positive"},
        {"{\"_id\": \"seven\", \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"config\": []}",
         "run \"seven\": the field config is not a document"},
        {"{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"start_time\": 5}", "start_time is not a date"},
        {"{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"labwatch\": {\"cost\": \"low\"}}",
         "run 7: the field labwatch.cost is not a number"},
        {"{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"labwatch\": {\"failure\": {\"kind\": \"bad\"}}}",
         "labwatch.failure.kind"},
        {"{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"labwatch\": {\"view\": {\"last_id\": 1.5}}}",
         "labwatch.view.last_id is not a whole number"},
        {"{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"labwatch\": {\"view\": {\"repeats\": 0}}}",
         "labwatch.view.repeats is not 1 or more"},
        {"{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"labwatch\": {\"token\": \"abc\"}}",
         "labwatch.token is not 16 bytes"},
        {"{\"_id\": \"x\", \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"labwatch\": {}}", "the field _id"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lw_error error;
        lw_run run;
        bson_t *document = lw_test_document(cases[i][0]);
        assert_int_equal(lw_run_from_document(&run, document, &error), LW_ESTORE);
        assert_contains(error.message, cases[i][1]);
        bson_destroy(document);
    }
}

static void test_run_document__null_counts_as_not_there(void **state) {
    (void)state;
    lw_error error;
    lw_run run;
    bson_t *document = lw_test_document("{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\", \"host\": null, "
                                        "\"config\": null, \"captured_out\": null, \"stop_time\": null, \"meta\": null}");
    assert_ok(lw_run_from_document(&run, document, &error), error);
    assert_null(run.host);
    assert_true(run.stop_ms == LW_NO_TIME);
    lw_run_release(&run);
    bson_destroy(document);
}

static void test_run_document__a_zero_byte_in_text(void **state) {
    (void)state;
    lw_error error;
    lw_run run;
    bson_t *document = lw_test_document("{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\"}");
    bson_append_utf8(document, "captured_out", -1, "a\0b", 3);
    assert_ok(lw_run_from_document(&run, document, &error), error);
    assert_string_equal(run.captured_out, "a\xEF\xBF\xBD" "b");
    lw_run_release(&run);
    bson_destroy(document);
}

static void test_run_document__text_must_be_utf8(void **state) {
    (void)state;
    lw_error error;
    lw_run run;
    lw_test_run(&run, 7, "heart");
    run.captured_out = lw_strdup("ok \xFF");
    bson_t document;
    assert_int_equal(lw_run_to_document(&run, &document, &error), LW_EINVAL);
    assert_contains(error.message, "run 7: byte 4 of captured_out");
    lw_run_release(&run);

    bson_t *damaged = lw_test_document("{\"_id\": 7, \"experiment\": {\"name\": \"x\"}, \"status\": \"RUNNING\"}");
    bson_append_utf8(damaged, "captured_out", -1, "\xFF", 1);
    assert_int_equal(lw_run_from_document(&run, damaged, &error), LW_ESTORE);
    bson_destroy(damaged);
}

static void test_run_document__deep_nesting_is_refused(void **state) {
    (void)state;
    lw_error error;
    bson_t *document = bson_new();
    for (int i = 0; i < 5000; i++) {
        bson_t *outer = bson_new();
        bson_append_document(outer, "x", -1, document);
        bson_destroy(document);
        document = outer;
    }
    lw_run run;
    assert_int_equal(lw_run_from_document(&run, document, &error), LW_ESTORE);
    assert_contains(error.message, "nested deeper");
    bson_destroy(document);
}

static void assert_not_written(const lw_run *run, const char *part) {
    lw_error error;
    bson_t document;
    assert_int_equal(lw_run_to_document(run, &document, &error), LW_EINVAL);
    assert_contains(error.message, part);
}

static bson_t *nested(int depth) {
    bson_t *document = bson_new();
    for (int i = 0; i < depth; i++) {
        bson_t *outer = bson_new();
        bson_append_document(outer, "x", -1, document);
        bson_destroy(document);
        document = outer;
    }
    return document;
}

static void test_run_document__what_could_not_be_read_is_not_written(void **state) {
    (void)state;
    lw_error error;
    lw_run run, back;
    lw_test_run(&run, 7, "heart");
    run.notes = bson_new();
    bson_append_utf8(run.notes, "0", -1, "half a character: \xC3", -1);
    assert_not_written(&run, "run 7: the field labwatch.notes");
    bson_destroy(run.notes);
    run.notes = NULL;
    run.info = nested(99);
    bson_t document;
    assert_ok(lw_run_to_document(&run, &document, &error), error);
    assert_ok(lw_run_from_document(&back, &document, &error), error);
    bson_destroy(&document);
    lw_run_release(&back);
    bson_destroy(run.info);
    run.info = nested(100);
    assert_not_written(&run, "run 7: the field info");
    bson_destroy(run.info);
    run.info = NULL;
    run.others = bson_new();
    bson_append_int32(run.others, "a\xFF", -1, 1);
    assert_not_written(&run, "the field others is");
    bson_destroy(run.others);
    run.others = lw_test_document("{\"omniboard\": 1, \"status\": 5}");
    assert_not_written(&run, "status is among its further fields");
    bson_destroy(run.others);
    run.others = NULL;
    run.labwatch_others = lw_test_document("{\"token\": \"x\"}");
    assert_not_written(&run, "token is among its further fields");
    lw_run_release(&run);
}

static void test_run_document__outcomes_are_cut_at_whole_characters(void **state) {
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        char value[128] = "", text[128], small[20];
        memset(value, 'a', (size_t)shift);
        for (int i = 0; i < 20; i++)
            strcat(value, "\xF0\x9F\x98\x80");
        lw_run run;
        lw_test_run(&run, 7, "heart");
        run.result = bson_new();
        bson_append_utf8(run.result, "result", -1, value, -1);
        lw_run_describe_outcome(&run, text, sizeof text);
        lw_run_describe_outcome(&run, small, sizeof small);
        assert_contains(text, "the result \"");
        assert_int_equal(lw_utf8_invalid_at(text, strlen(text)), strlen(text));
        assert_int_equal(lw_utf8_invalid_at(small, strlen(small)), strlen(small));
        lw_run_release(&run);
    }
}

static void test_run_document__statuses_and_names(void **state) {
    (void)state;
    for (lw_status status = LW_STATUS_QUEUED; status < LW_STATUS_OTHER; status++)
        assert_int_equal(lw_status_by_name(lw_status_name(status)), status);
    assert_int_equal(lw_status_by_name("DIVERGED"), LW_STATUS_OTHER);
    assert_int_equal(lw_status_by_name("running"), LW_STATUS_OTHER);
    for (lw_failure failure = LW_FAILURE_NONE; failure <= LW_FAILURE_USER; failure++)
        assert_int_equal(lw_failure_by_name(lw_failure_name(failure)), failure);
    assert_int_equal(lw_failure_by_name("bored"), LW_FAILURE_NONE);
}

static void test_run_document__outcomes(void **state) {
    (void)state;
    lw_run run;
    lw_run_init(&run);
    run.status = LW_STATUS_COMPLETED;
    run.cost = 1;
    assert_int_equal(lw_run_outcome(&run), LW_COMPLETED);
    run.status = LW_STATUS_PRUNED;
    assert_int_equal(lw_run_outcome(&run), LW_COMPLETED);
    run.cost = INFINITY;
    assert_int_equal(lw_run_outcome(&run), LW_VOID);
    run.status = LW_STATUS_COMPLETED;
    assert_int_equal(lw_run_outcome(&run), LW_VOID);
    run.status = LW_STATUS_OTHER;
    assert_int_equal(lw_run_outcome(&run), LW_FAILED);
    run.status = LW_STATUS_REMOVED;
    assert_int_equal(lw_run_outcome(&run), LW_VOID);
    run.status = LW_STATUS_INTERRUPTED;
    assert_int_equal(lw_run_outcome(&run), LW_VOID);
    run.status = LW_STATUS_QUEUED;
    assert_int_equal(lw_run_outcome(&run), LW_PENDING);
}

static void test_run_ids__there_and_back(void **state) {
    (void)state;
    static const int64_t ids[] = {3, 7, 8, 9, 11, 12, INT64_MAX - 1, INT64_MAX};
    lw_error error;
    for (size_t n = 0; n <= sizeof ids / sizeof ids[0]; n++) {
        char *text = lw_ids_to_text(ids, n);
        int64_t *back;
        size_t n_back;
        assert_ok(lw_ids_from_text(text, &back, &n_back, &error), error);
        assert_int_equal(n_back, n);
        if (n > 0)
            assert_memory_equal(back, ids, n * sizeof *ids);
        lw_free(text);
        lw_free(back);
    }
    char *text = lw_ids_to_text(ids, 6);
    assert_string_equal(text, "3,7-9,11-12");
    lw_free(text);
}

static void test_run_ids__bad_text(void **state) {
    (void)state;
    static const char *const bad[] = {",",   "3,",   "3,,4", "x",     "3-",  "-3",  "5-4",
                                      "4,4", "4,3",  "0",    "3 ,4",  "3-5,5", "1-9223372036854775807", "9223372036854775808"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lw_error error;
        int64_t *ids = NULL;
        size_t n = 0;
        if (lw_ids_from_text(bad[i], &ids, &n, &error) != LW_EPARSE)
            fail_msg("'%s' was read", bad[i]);
        assert_null(ids);
    }
    int64_t *ids;
    size_t n = 1;
    assert_int_equal(lw_ids_from_text(NULL, &ids, &n, NULL), LW_OK);
    assert_true(ids == NULL && n == 0);
}

static bool copies_and_reads(void *context) {
    lw_run copy, back;
    if (lw_run_copy(&copy, context, NULL) != LW_OK)
        return false;
    bson_t document;
    bool done = lw_run_to_document(&copy, &document, NULL) == LW_OK;
    if (done) {
        done = lw_run_from_document(&back, &document, NULL) == LW_OK;
        bson_destroy(&document);
        if (done)
            lw_run_release(&back);
    }
    lw_run_release(&copy);
    return done;
}

static bool turns_ids_to_text_and_back(void *context) {
    (void)context;
    const int64_t many[] = {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30};
    char *text = lw_ids_to_text(many, sizeof many / sizeof many[0]);
    int64_t *ids;
    size_t n;
    bool done = text && lw_ids_from_text(text, &ids, &n, NULL) == LW_OK;
    if (done)
        lw_free(ids);
    lw_free(text);
    return done;
}

static void test_run_document__failed_allocations(void **state) {
    (void)state;
    lw_run run;
    lw_test_full_run(&run, 7, "heart");
    lw_test_sweep_allocations(copies_and_reads, &run);
    lw_run_release(&run);
    lw_test_sweep_allocations(turns_ids_to_text_and_back, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_document__sacreds_own_come_back_unchanged),
        cmocka_unit_test(test_run_document__what_sacreds_words_mean),
        cmocka_unit_test(test_run_document__details_of_sacreds_runs),
        cmocka_unit_test(test_run_document__own_runs_have_sacreds_fields_in_order),
        cmocka_unit_test(test_run_document__every_member_comes_back),
        cmocka_unit_test(test_run_document__nothing_stays_nothing),
        cmocka_unit_test(test_run_document__failures_and_origins),
        cmocka_unit_test(test_run_document__wrong_types_name_run_and_field),
        cmocka_unit_test(test_run_document__null_counts_as_not_there),
        cmocka_unit_test(test_run_document__a_zero_byte_in_text),
        cmocka_unit_test(test_run_document__text_must_be_utf8),
        cmocka_unit_test(test_run_document__deep_nesting_is_refused),
        cmocka_unit_test(test_run_document__what_could_not_be_read_is_not_written),
        cmocka_unit_test(test_run_document__outcomes_are_cut_at_whole_characters),
        cmocka_unit_test(test_run_document__statuses_and_names),
        cmocka_unit_test(test_run_document__outcomes),
        cmocka_unit_test(test_run_ids__there_and_back),
        cmocka_unit_test(test_run_ids__bad_text),
        cmocka_unit_test(test_run_document__failed_allocations),
    };
    return cmocka_run_group_tests_name("run_document", tests, NULL, NULL);
}
