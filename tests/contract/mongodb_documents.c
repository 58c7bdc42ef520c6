/* What lies in the collections: Sacred's documents, written and read; and what others write meanwhile. */
#include "testing.h"

#include <labwatch/labwatch.h>

#include "beats.h"
#include "mongo_bench.h"
#include "runs.h"

static void insert_run(lw_store *store, int64_t id) {
    lw_error error;
    lw_run run;
    lw_test_run(&run, id, "heart");
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    lw_run_release(&run);
}

static lw_run_counts counts_of(lw_store *store, const char *experiment) {
    lw_error error;
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(store, experiment, &counts, &error), error);
    return counts;
}

static int list_row(void *arg, const lw_run_row *row) {
    char *text = arg;
    size_t length = strlen(text);
    if (row->foreign_id)
        snprintf(text + length, 400 - length, "'%s':%s ", row->foreign_id, lw_status_name(row->status));
    else
        snprintf(text + length, 400 - length, "%d:%s ", (int)row->id, lw_status_name(row->status));
    return LW_OK;
}

static void assert_rows(lw_store *store, const char *experiment, const char *wanted) {
    lw_error error;
    char text[400] = "";
    lw_run_query query = {.experiment = experiment, .statuses = ~0u};
    assert_ok(lw_store_row_each(store, &query, list_row, text, &error), error);
    assert_string_equal(text, wanted);
}

/* ---- Sacred's format ---- */

/* Names of the fields, with the letter of their type in the driver's numbers. */
static void assert_fields(const bson_t *document, const char *wanted) {
    char names[600] = "";
    bson_iter_t field;
    for (bson_iter_init(&field, document); bson_iter_next(&field);) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%s:%02x ", bson_iter_key(&field),
                 (unsigned)bson_iter_type(&field));
    }
    assert_string_equal(names, wanted);
}

static void test_mongodb__runs_have_sacreds_fields_types_and_order(void **state) {
    lw_test_mongo *bench = *state;
    insert_run(bench->store, 1);
    bson_t *document = lw_test_mongo_find(bench, "runs", "{\"_id\": 1}");
    assert_fields(
        document,
        "_id:10 experiment:03 format:02 command:02 host:03 start_time:09 config:03 meta:03 status:02 resources:04 "
        "artifacts:04 captured_out:02 info:03 heartbeat:0a labwatch:03 ");
    bson_destroy(document);
}

static int give_bytes(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    (void)error;
    size_t *rest = arg;
    *got = *rest < size ? *rest : size;
    memset(buffer, 'x', *got);
    *rest -= *got;
    return LW_OK;
}

static void put_file_of(lw_store *store, int64_t id, lw_file_kind kind, const char *name, size_t size) {
    lw_error error;
    assert_ok(lw_store_file_put(store, id, kind, name, give_bytes, &size, &error), error);
}

static void put_file(lw_store *store, lw_file_kind kind, const char *name, size_t size) {
    put_file_of(store, 1, kind, name, size);
}

static const char *text_at(const bson_t *document, const char *path) {
    bson_iter_t top, value;
    assert_true(bson_iter_init(&top, document) && bson_iter_find_descendant(&top, path, &value));
    assert_true(BSON_ITER_HOLDS_UTF8(&value));
    return bson_iter_utf8(&value, NULL);
}

static bson_oid_t oid_at(const bson_t *document, const char *path) {
    bson_iter_t top, value;
    assert_true(bson_iter_init(&top, document) && bson_iter_find_descendant(&top, path, &value));
    assert_true(BSON_ITER_HOLDS_OID(&value));
    return *bson_iter_oid(&value);
}

static bool has_at(const bson_t *document, const char *path) {
    bson_iter_t top, value;
    return bson_iter_init(&top, document) && bson_iter_find_descendant(&top, path, &value);
}

static int note_info(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    if (run->info)
        bson_destroy(run->info);
    run->info = BCON_NEW("note", "mine");
    return LW_OK;
}

/* They stand where viewers look, and are not the run's own. */
static void test_mongodb__metrics_and_files_are_listed_for_viewers(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    lw_run run;
    lw_metric_point point = {.step = 3, .value = 0.5, .time_ms = 1795249285288};
    insert_run(bench->store, 1);
    assert_ok(lw_store_metric_append(bench->store, 1, "loss", &point, 1, &error), error);
    put_file(bench->store, LW_FILE_ARTIFACT, "model.bin", 10);
    put_file(bench->store, LW_FILE_SOURCE, "train.py", 20);
    put_file(bench->store, LW_FILE_ARTIFACT, "model.bin", 30); /* replaces */
    assert_ok(lw_store_run_modify(bench->store, 1, note_info, NULL, &error), error);

    bson_t *document = lw_test_mongo_find(bench, "runs", "{\"_id\": 1}");
    bson_t *metric = lw_test_mongo_find(bench, "metrics", "{\"run_id\": 1}");
    bson_t *artifact = lw_test_mongo_find(bench, "fs.files", "{\"filename\": \"artifact://runs/1/model.bin\"}");
    bson_t *source = lw_test_mongo_find(bench, "fs.files", "{\"filename\": \"train.py\"}");
    assert_fields(metric, "_id:07 run_id:10 name:02 steps:04 values:04 timestamps:04 ");
    char metric_id[25];
    bson_oid_t id = oid_at(metric, "_id");
    bson_oid_to_string(&id, metric_id);
    assert_string_equal(text_at(document, "info.metrics.0.name"), "loss");
    assert_string_equal(text_at(document, "info.metrics.0.id"), metric_id);
    assert_string_equal(text_at(document, "info.note"), "mine");
    assert_string_equal(text_at(document, "artifacts.0.name"), "model.bin");
    bson_oid_t listed = oid_at(document, "artifacts.0.file_id"), stored = oid_at(artifact, "_id");
    assert_true(bson_oid_equal(&listed, &stored) && !has_at(document, "artifacts.1"));
    assert_string_equal(text_at(document, "experiment.sources.0.0"), "train.py");
    listed = oid_at(document, "experiment.sources.0.1");
    stored = oid_at(source, "_id");
    assert_true(bson_oid_equal(&listed, &stored));

    assert_ok(lw_store_run_get(bench->store, 1, &run, &error), error);
    assert_null(run.artifacts);
    assert_null(run.experiment_info);
    assert_null(run.labwatch_others);
    assert_int_equal(bson_count_keys(run.info), 1);
    lw_run_release(&run);
    assert_ok(lw_store_run_remove(bench->store, 1, &error), error);
    assert_int_equal(lw_test_mongo_count(bench, "fs.files", "{}") + lw_test_mongo_count(bench, "fs.chunks", "{}") +
                         lw_test_mongo_count(bench, "metrics", "{}") +
                         lw_test_mongo_count(bench, "labwatch_files", "{}"),
                     0);
    bson_destroy(document);
    bson_destroy(metric);
    bson_destroy(artifact);
    bson_destroy(source);
}

/* Viewers take names from what is stored, and delete artifacts with their run. */
static void test_mongodb__sources_are_shared_and_artifacts_are_not(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    for (int64_t id = 1; id <= 3; id++) {
        insert_run(bench->store, id);
        put_file_of(bench->store, id, LW_FILE_ARTIFACT, "roc.PNG", 10);
        put_file_of(bench->store, id, LW_FILE_ARTIFACT, "weights", 10);
        put_file_of(bench->store, id, LW_FILE_SOURCE, "a/__init__.py", 0);
        put_file_of(bench->store, id, LW_FILE_SOURCE, "b/__init__.py", 0);
    }
    assert_int_equal(lw_test_mongo_count(bench, "fs.files", "{}"), 8);
    assert_int_equal(lw_test_mongo_count(bench, "fs.files", "{\"filename\": \"a/__init__.py\"}"), 1);
    assert_int_equal(lw_test_mongo_count(bench, "fs.files", "{\"contentType\": \"image/png\"}"), 3);
    assert_int_equal(lw_test_mongo_count(bench, "fs.files", "{\"contentType\": \"application/octet-stream\"}"), 3);
    bson_t *source = lw_test_mongo_find(bench, "fs.files", "{\"filename\": \"b/__init__.py\"}");
    assert_fields(source, "_id:07 filename:02 metadata:03 chunkSize:10 length:12 uploadDate:09 ");
    bson_destroy(source);
    assert_ok(lw_store_run_remove(bench->store, 1, &error), error);
    assert_int_equal(lw_test_mongo_count(bench, "fs.files", "{}"), 6);
    assert_ok(lw_store_run_remove(bench->store, 2, &error), error);
    assert_ok(lw_store_run_remove(bench->store, 3, &error), error);
    assert_int_equal(lw_test_mongo_count(bench, "fs.files", "{}"), 0);
}

static void test_mongodb__collections_are_named_by_options(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    lw_store *store = NULL;
    char url[700];
    const char *separator = strchr(bench->url, '?') ? "&" : "?";
    snprintf(url, sizeof url, "%s%scollectionPrefix=my%%20lab&gridfsPrefix=blobs&w=1", bench->url, separator);
    assert_ok(lw_test_mongo_try(&store, url, NULL, &error), error);
    insert_run(store, 1);
    put_file(store, LW_FILE_ARTIFACT, "a", 10);
    assert_int_equal(lw_test_mongo_count(bench, "my lab_runs", "{}"), 1);
    assert_int_equal(lw_test_mongo_count(bench, "blobs.files", "{}"), 1);
    assert_int_equal(lw_test_mongo_count(bench, "labwatch_my lab_files", "{}"), 1);
    lw_store_close(store);
    snprintf(url, sizeof url, "%s%srunsCollection=old.runs", bench->url, separator);
    assert_ok(lw_test_mongo_try(&store, url, NULL, &error), error);
    insert_run(store, 1);
    assert_int_equal(lw_test_mongo_count(bench, "old.runs", "{}"), 1);
    assert_int_equal(lw_test_mongo_count(bench, "runs", "{}"), 0);
    lw_store_close(store);
}

/* ---- foreign documents ---- */

static void test_mongodb__sacreds_runs_are_read(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    FILE *file = fopen(LW_TEST_SACRED "/runs.json", "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    bson_t *all = lw_test_document(text);
    bson_iter_t each;
    int n = 0;
    for (bson_iter_init(&each, all); bson_iter_next(&each); n++) {
        bson_t one;
        const uint8_t *bytes;
        uint32_t length;
        bson_iter_document(&each, &length, &bytes);
        assert_true(bson_init_static(&one, bytes, length));
        char *json = bson_as_canonical_extended_json(&one, NULL);
        lw_test_mongo_insert(bench, "runs", json);
        bson_free(json);
    }
    char rows[2000] = "";
    assert_ok(
        lw_store_row_each(bench->store, &(lw_run_query){.statuses = 1u << LW_STATUS_QUEUED}, list_row, rows, &error),
        error);
    assert_string_equal(rows, "12:QUEUED ");
    lw_run run;
    for (int64_t id = 1; id <= 13; id++) {
        assert_ok(lw_store_run_get(bench->store, id, &run, &error), error);
        assert_int_equal(run.origin, LW_ORIGIN_FOREIGN);
        lw_run_counts counts = counts_of(bench->store, run.experiment);
        assert_true(counts.last_id == 13 && counts.own == 0 && counts.all > 0);
        lw_run_release(&run);
    }
    assert_int_equal(n, 15);
    bson_destroy(all);
    free(text);
}

/* Of any shape: they count for the next id if theirs is a number, and are passed over; none is ever changed. */
static void test_mongodb__what_is_no_run_is_passed_over(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    static const char *const documents[] = {
        "{\"_id\": 1}",
        "{\"_id\": 2, \"experiment\": \"heart\"}",
        "{\"_id\": 3, \"experiment\": {\"name\": \"heart\"}}",
        "{\"_id\": 4, \"experiment\": {\"name\": \"heart\"}, \"status\": 7}",
        "{\"_id\": 5, \"experiment\": {\"name\": \"heart\"}, \"status\": \"RUNNING\", \"start_time\": \"yesterday\"}",
        "{\"_id\": 6, \"experiment\": {\"name\": \"heart\"}, \"status\": \"COMPLETED\", \"result\": "
        "{\"$numberDouble\": \"NaN\"}}",
        "{\"_id\": {\"$numberDouble\": \"7.0\"}, \"experiment\": {\"name\": \"heart\"}, \"status\": \"RUNNING\"}",
        "{\"_id\": {\"$numberDouble\": \"7.5\"}, \"experiment\": {\"name\": \"heart\"}, \"status\": \"RUNNING\"}",
        "{\"_id\": -3, \"experiment\": {\"name\": \"heart\"}, \"status\": \"RUNNING\"}",
        "{\"_id\": \"chosen\", \"experiment\": {\"name\": \"heart\"}, \"status\": \"RUNNING\"}",
        "{\"_id\": {\"$oid\": \"6b015487beb9b83a647d4bc1\"}, \"experiment\": {\"name\": \"heart\"}, \"status\": "
        "\"RUNNING\"}",
        "{\"_id\": {\"a\": 1}, \"experiment\": {\"name\": \"heart\"}, \"status\": \"RUNNING\"}",
        "{\"_id\": 8, \"experiment\": {\"name\": \"heart\"}, \"status\": \"RUNNING\", \"labwatch\": \"mine\", "
        "\"config\": [1]}",
        "{\"_id\": 9, \"experiment\": 5, \"status\": null, \"labwatch\": null}",
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        lw_test_mongo_insert(bench, "runs", documents[i]);
    lw_run_counts counts = counts_of(bench->store, "heart");
    assert_true(counts.last_id == 9 && counts.own == 0);
    insert_run(bench->store, 10);
    counts = counts_of(bench->store, "heart"); /* catching up on them, too */
    assert_true(counts.last_id == 10 && counts.own == 1);
    assert_rows(bench->store, "heart", "6:COMPLETED 7:RUNNING 10:RUNNING 'chosen':RUNNING ");
    uint64_t of_heart, of_all;
    assert_ok(lw_store_unreadable_count(bench->store, "heart", &of_heart, &error), error);
    assert_ok(lw_store_unreadable_count(bench->store, NULL, &of_all, &error), error);
    assert_true(of_heart == 8 && of_all == 11);
    lw_run run;
    for (int64_t id = 1; id <= 9; id++) {
        int code = lw_store_run_get(bench->store, id, &run, &error);
        assert_true(code == LW_ESTORE || code == LW_OK);
        if (code == LW_OK)
            lw_run_release(&run);
        assert_true(lw_store_run_modify(bench->store, id, note_info, NULL, &error) != LW_OK);
        assert_true(lw_store_run_remove(bench->store, id, &error) != LW_OK);
    }
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        assert_int_equal(lw_test_mongo_count(bench, "runs", documents[i]), 1);
}

static void test_mongodb__foreign_runs_are_followed(void **state) {
    lw_test_mongo *bench = *state;
    lw_test_mongo_insert(bench, "runs", "{\"_id\": 1, \"experiment\": {\"name\": \"heart\"}, \"status\": \"RUNNING\"}");
    assert_rows(bench->store, "heart", "1:RUNNING ");
    int64_t before = counts_of(bench->store, "heart").changes;
    assert_true(counts_of(bench->store, "heart").changes == before);
    lw_test_mongo_update(bench, "runs", "{\"_id\": 1}", "{\"$set\": {\"status\": \"COMPLETED\", \"result\": 3.5}}");
    assert_true(counts_of(bench->store, "heart").changes > before);
    lw_test_mongo_insert(bench, "runs",
                         "{\"_id\": \"b\", \"experiment\": {\"name\": \"heart\"}, \"status\": \"QUEUED\"}");
    lw_test_mongo_insert(bench, "runs",
                         "{\"_id\": \"a\", \"experiment\": {\"name\": \"heart\"}, \"status\": \"QUEUED\"}");
    assert_rows(bench->store, "heart", "1:COMPLETED 'a':QUEUED 'b':QUEUED ");
}

/* ---- what other processes do ---- */

static int set_status(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    run->status = *(const lw_status *)arg;
    return LW_OK;
}

static void test_mongodb__others_are_seen(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    lw_status completed = LW_STATUS_COMPLETED, failed = LW_STATUS_FAILED;
    lw_store *other = lw_test_mongo_second(bench);
    assert_rows(bench->store, "heart", "");
    insert_run(other, 5);
    assert_rows(bench->store, "heart", "5:RUNNING ");
    insert_run(other, 2); /* below the highest that is known */
    assert_rows(bench->store, "heart", "2:RUNNING 5:RUNNING ");
    assert_ok(lw_store_run_modify(other, 5, set_status, &completed, &error), error);
    assert_rows(bench->store, "heart", "2:RUNNING 5:COMPLETED ");
    assert_ok(lw_store_run_modify(other, 5, set_status, &failed, &error), error); /* an outcome that is replaced */
    assert_rows(bench->store, "heart", "2:RUNNING 5:FAILED ");
    assert_ok(lw_store_run_remove(other, 5, &error), error);
    assert_rows(bench->store, "heart", "2:RUNNING 5:REMOVED ");
    lw_run_counts here = counts_of(bench->store, "heart"), there = counts_of(other, "heart");
    assert_true(here.own == 2 && there.own == 2 && here.last_id == 5 && there.last_id == 5);
    assert_true(here.budget_used == 1 && there.budget_used == 1);
    lw_store_close(other);
}

static void insert_run_of(lw_store *store, int64_t id, const char *experiment) {
    lw_error error;
    lw_run run;
    lw_test_run(&run, id, experiment);
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    lw_run_release(&run);
}

static void test_mongodb__experiments_are_followed_one_by_one(void **state) {
    lw_test_mongo *bench = *state;
    lw_store *other = lw_test_mongo_second(bench);
    assert_rows(bench->store, "a", "");
    assert_rows(bench->store, "b", "");
    (void)counts_of(other, "a"); /* from here on it knows that its runs are the next ones, and does not announce them */
    insert_run_of(other, 1, "a");
    assert_true(counts_of(other, "a").last_id == 1);
    insert_run_of(other, 2, "b");
    assert_true(counts_of(other, "a").last_id == 2);
    insert_run_of(other, 3, "a");
    assert_true(counts_of(bench->store, "a").last_id == 3); /* which has passed the one of b */
    assert_rows(bench->store, "b", "2:RUNNING ");
    assert_rows(bench->store, "a", "1:RUNNING 3:RUNNING ");
    lw_store_close(other);
}

static int take_heartbeat(void *arg, const lw_run_row *row) {
    *(int64_t *)arg = row->heartbeat_ms;
    return LW_OK;
}

static void test_mongodb__beats_of_others_are_seen_and_are_no_changes(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    int64_t heartbeat = LW_NO_TIME;
    lw_store *other = lw_test_mongo_second(bench);
    insert_run(other, 1);
    int64_t before = counts_of(bench->store, "heart").changes;
    assert_ok(lw_test_store_beat(other, 1, lw_test_token(1), NULL, &error), error);
    assert_true(counts_of(bench->store, "heart").changes == before);
    assert_ok(
        lw_store_row_each(bench->store, &(lw_run_query){.experiment = "heart"}, take_heartbeat, &heartbeat, &error),
        error);
    assert_true(heartbeat != LW_NO_TIME);
    lw_store_close(other);
}

static void test_mongodb__an_experiment_that_another_changed_is_noticed(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    bson_t document = BSON_INITIALIZER;
    lw_experiment_record record = {.name = "heart", .document = &document};
    lw_store *other = lw_test_mongo_second(bench);
    assert_true(counts_of(bench->store, "heart").experiment_revision == 0);
    for (record.revision = 0; record.revision < 4; record.revision++) {
        assert_ok(lw_store_experiment_put(other, &record, &error), error);
        assert_true(counts_of(bench->store, "heart").experiment_revision == record.revision + 1);
        insert_run(other, record.revision + 1); /* with runs, and without */
        assert_true(counts_of(bench->store, "heart").experiment_revision == record.revision + 1);
    }
    lw_store_close(other);
}

/* What other programs add to a run stays, and does not get in the way. */
static void test_mongodb__tags_of_viewers_stay(void **state) {
    lw_test_mongo *bench = *state;
    lw_error error;
    lw_status completed = LW_STATUS_COMPLETED;
    insert_run(bench->store, 1);
    lw_test_mongo_update(bench, "runs", "{\"_id\": 1}", "{\"$set\": {\"omniboard\": {\"tags\": [\"good\"]}}}");
    assert_ok(lw_store_run_modify(bench->store, 1, set_status, &completed, &error), error);
    bson_t *document = lw_test_mongo_find(bench, "runs", "{\"_id\": 1}");
    assert_string_equal(text_at(document, "omniboard.tags.0"), "good");
    assert_string_equal(text_at(document, "status"), "COMPLETED");
    bson_destroy(document);
}

#define on_server(test) {#test, test, lw_test_mongo_set_up, lw_test_mongo_tear_down, NULL}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_server(test_mongodb__runs_have_sacreds_fields_types_and_order),
        on_server(test_mongodb__metrics_and_files_are_listed_for_viewers),
        on_server(test_mongodb__sources_are_shared_and_artifacts_are_not),
        on_server(test_mongodb__collections_are_named_by_options),
        on_server(test_mongodb__sacreds_runs_are_read),
        on_server(test_mongodb__what_is_no_run_is_passed_over),
        on_server(test_mongodb__foreign_runs_are_followed),
        on_server(test_mongodb__others_are_seen),
        on_server(test_mongodb__experiments_are_followed_one_by_one),
        on_server(test_mongodb__beats_of_others_are_seen_and_are_no_changes),
        on_server(test_mongodb__an_experiment_that_another_changed_is_noticed),
        on_server(test_mongodb__tags_of_viewers_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
