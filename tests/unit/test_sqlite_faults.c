/* Whatever fails in SQLite, an operation is done whole or not at all, says so, and the store goes on. */
#include <labwatch/document.h>
#include <labwatch/store.h>
#include <labwatch/sys/module.h>
#include <labwatch/sys/text.h>
#include <sqlite3.h>

#include "beats.h"
#include "faulty_sqlite.h"
#include "runs.h"
#include "testing.h"

static const char *const experiment = "heart";
enum { LARGE_FILE = 300000 }; /* of two chunks */
enum { ALLOCATIONS_PASSED_OVER = 6 }; /* SQLite makes hundreds for one operation */

static int64_t noon(void *self) {
    (void)self;
    return 1795262400000;
}

static double no_time(void *self) {
    (void)self;
    return 0;
}

static void no_sleep(void *self, double seconds) {
    (void)self;
    (void)seconds;
}

static const lw_clock fixed_clock = {.wall_ms = noon, .monotonic_s = no_time, .sleep_s = no_sleep};
extern const lw_module lw_module_definition; /* of the module's objects */

static int open_store(lw_store **out, const char *path, lw_error *error) {
    char url[1100];
    snprintf(url, sizeof url, "sqlite:%s", path);
    lw_store_setup setup = {.clock = &fixed_clock, .busy_timeout_s = 1e-9};
    return lw_store_open(out, url, &setup, lw_module_definition.stores, error);
}

static lw_store *need_store(const char *path) {
    lw_error error;
    lw_store *store;
    assert_ok(open_store(&store, path, &error), error);
    return store;
}

/* ---- all that is in a store, as a text; the first code that is not LW_OK ends it ---- */

static int describe_document(lw_text *out, const bson_t *document) {
    char *json = bson_as_canonical_extended_json(document, NULL);
    lw_text_format(out, "%s\n", json);
    bson_free(json);
    return LW_OK;
}

static int describe_run(void *out, const lw_run *run) {
    bson_t document;
    int code = lw_run_to_document(run, &document, NULL);
    if (code != LW_OK)
        return code;
    describe_document(out, &document);
    bson_destroy(&document);
    return LW_OK;
}

static int describe_row(void *out, const lw_run_row *row) {
    lw_text_format(out, "row %lld %d %g\n", (long long)row->id, (int)row->status, row->cost);
    return LW_OK;
}

static int describe_experiment(void *out, const lw_experiment_record *record) {
    lw_text_format(out, "experiment %s %lld ", record->name, (long long)record->revision);
    return describe_document(out, record->document);
}

static int describe_metric(void *out, const char *name, const lw_metric_point *points, size_t n) {
    lw_text_format(out, "metric %s", name);
    for (size_t i = 0; i < n; i++)
        lw_text_format(out, " %lld:%g", (long long)points[i].step, points[i].value);
    lw_text_add(out, "\n");
    return LW_OK;
}

static int describe_file(void *out, const lw_file_info *file) {
    char digest[2 * LW_DIGEST_SIZE + 1];
    for (size_t i = 0; i < LW_DIGEST_SIZE; i++)
        snprintf(digest + 2 * i, 3, "%02x", file->digest[i]);
    lw_text_format(out, "file %d %s %llu %s\n", (int)file->kind, file->name, (unsigned long long)file->size, digest);
    return LW_OK;
}

static int describe_bytes(void *out, const void *bytes, size_t size, lw_error *error) {
    (void)bytes;
    (void)error;
    lw_text_format(out, "%zu bytes\n", size);
    return LW_OK;
}

static int none_is_no_error(int code) {
    return code == LW_ENOTFOUND ? LW_OK : code;
}

static int describe_parts_of_run(lw_store *store, int64_t id, lw_text *out, lw_error *error) {
    int code = lw_store_metric_each(store, id, describe_metric, out, error);
    if (code == LW_OK)
        code = lw_store_file_each(store, id, describe_file, out, error);
    static const char *const names[] = {"a.bin", "b.bin"};
    for (size_t i = 0; i < 2 && code == LW_OK; i++)
        code = none_is_no_error(
            lw_store_file_get(store, id, LW_FILE_ARTIFACT, names[i], describe_bytes, out, error));
    return code;
}

static int describe_counts(lw_store *store, lw_text *out, lw_error *error) {
    lw_run_counts counts;
    uint8_t digest[LW_DIGEST_SIZE];
    uint64_t same = 0;
    lw_test_digest(2, digest);
    int code = lw_store_run_counts(store, experiment, &counts, error);
    if (code == LW_OK)
        code = lw_store_config_count(store, experiment, "default", digest, &same, NULL, error);
    if (code == LW_OK)
        lw_text_format(out, "counts %lld %lld %lld %lld; %llu\n", (long long)counts.last_id, (long long)counts.own,
                       (long long)counts.budget_used, (long long)counts.all, (unsigned long long)same);
    return code;
}

static int describe_cache(lw_store *store, lw_text *out, lw_error *error) {
    void *bytes = NULL;
    size_t size = 0;
    int code = none_is_no_error(lw_store_cache_get(store, "key", &bytes, &size, error));
    if (bytes)
        lw_text_append(out, bytes, size);
    lw_free(bytes);
    return code;
}

static int describe(lw_store *store, lw_text *out, lw_error *error) {
    static const lw_run_query all = {.statuses = ~0u};
    int code = lw_store_experiment_each(store, describe_experiment, out, error);
    if (code == LW_OK)
        code = lw_store_run_each(store, &all, describe_run, out, error);
    if (code == LW_OK)
        code = lw_store_row_each(store, &all, describe_row, out, error);
    for (int64_t id = 1; id <= 3 && code == LW_OK; id++)
        code = describe_parts_of_run(store, id, out, error);
    if (code == LW_OK)
        code = describe_counts(store, out, error);
    return code == LW_OK ? describe_cache(store, out, error) : code;
}

static char *need_description(lw_store *store) {
    lw_error error;
    lw_text text = {0};
    assert_ok(describe(store, &text, &error), error);
    return lw_text_take(&text);
}

/* ---- operations ---- */

typedef int operation(lw_store *store, lw_error *error);

static int insert_run(lw_store *store, int64_t id, lw_error *error) {
    lw_run run;
    lw_test_full_run(&run, id, experiment);
    int code = lw_store_run_insert(store, &run, error);
    lw_run_release(&run);
    return code;
}

static int insert(lw_store *store, lw_error *error) {
    return insert_run(store, 3, error);
}

static int complete(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    run->status = LW_STATUS_COMPLETED;
    run->cost = 0.25;
    bson_destroy(run->result);
    run->result = lw_test_document("{\"result\": 0.25}");
    return LW_OK;
}

static int modify(lw_store *store, lw_error *error) {
    return lw_store_run_modify(store, 1, complete, NULL, error);
}

static int beat(lw_store *store, lw_error *error) {
    return lw_test_store_beat(store, 1, lw_test_token(1), "a line of output\n", error);
}

static int remove_run(lw_store *store, lw_error *error) {
    return lw_store_run_remove(store, 2, error);
}

static int put_experiment(lw_store *store, lw_error *error) {
    bson_t *document = lw_test_document("{\"text\": \"changed\"}");
    int code = lw_store_experiment_put(
        store, &(lw_experiment_record){.name = experiment, .revision = 1, .document = document}, error);
    bson_destroy(document);
    return code;
}

static int append_metric(lw_store *store, lw_error *error) {
    static const lw_metric_point points[] = {{.step = 7, .value = 0.5}, {.step = 8, .value = NAN}};
    return lw_store_metric_append(store, 1, "loss", points, 2, error);
}

static int read_equal_bytes(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    size_t *left = arg;
    (void)error;
    *got = size < *left ? size : *left;
    memset(buffer, 'a', *got);
    *left -= *got;
    return LW_OK;
}

static int put_file(lw_store *store, int64_t id, const char *name, size_t size, lw_error *error) {
    return lw_store_file_put(store, id, LW_FILE_ARTIFACT, name, read_equal_bytes, &size, error);
}

static int put_large_file(lw_store *store, lw_error *error) {
    return put_file(store, 1, "b.bin", LARGE_FILE, error);
}

static int replace_file(lw_store *store, lw_error *error) {
    return put_file(store, 2, "a.bin", 50, error);
}

static int put_cache(lw_store *store, lw_error *error) {
    return lw_store_cache_put(store, "key", "another value", 13, error);
}

static int look(lw_store *store, lw_error *error) {
    lw_text text = {0};
    lw_run run;
    int code = lw_store_run_get(store, 1, &run, error);
    if (code == LW_OK)
        lw_run_release(&run);
    if (code == LW_OK)
        code = describe(store, &text, error);
    lw_text_release(&text);
    return code;
}

/* ---- the sweep ---- */

/* Two runs, the second with a metric and a file of its own. */
static void make_template(const char *path) {
    lw_error error;
    lw_store *store = need_store(path);
    bson_t *document = lw_test_document("{\"text\": \"experiment: heart\"}");
    const lw_experiment_record record = {.name = experiment, .document = document};
    static const lw_metric_point point = {.step = 1, .value = 1.5};
    lw_run run;
    assert_ok(lw_store_experiment_put(store, &record, &error), error);
    lw_test_run(&run, 1, experiment);
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    lw_run_release(&run);
    assert_ok(insert_run(store, 2, &error), error);
    assert_ok(lw_store_metric_append(store, 1, "loss", &point, 1, &error), error);
    assert_ok(lw_store_metric_append(store, 2, "loss", &point, 1, &error), error);
    assert_ok(put_file(store, 1, "a.bin", 20, &error), error);
    assert_ok(put_file(store, 2, "a.bin", 30, &error), error);
    assert_ok(lw_store_cache_put(store, "key", "value", 5, &error), error);
    bson_destroy(document);
    lw_store_close(store);
}

static void copy_template(const char *folder) {
    static char bytes[1 << 20];
    FILE *from = fopen(lw_test_path(folder, "template.db"), "rb");
    assert_non_null(from);
    size_t size = fread(bytes, 1, sizeof bytes, from);
    fclose(from);
    unlink(lw_test_path(folder, "x.db-wal"));
    unlink(lw_test_path(folder, "x.db-shm"));
    FILE *to = fopen(lw_test_path(folder, "x.db"), "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(bytes, 1, size, to), size);
    fclose(to);
}

static void assert_sound(const char *path) {
    sqlite3 *connection;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(connection, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    sqlite3_close(connection);
}

typedef struct sweep {
    const char *folder;
    operation *operation;
    faulty_kind kind;
    bool then_on;
    const char *before, *after;
} sweep;

/* The store has what it had before, or what the operation makes, and that one if it said so. */
static void assert_whole(const sweep *s, lw_store *store, int code, uint64_t n) {
    char *now = need_description(store);
    bool is_before = strcmp(now, s->before) == 0, is_after = strcmp(now, s->after) == 0;
    if (!is_after && (code == LW_OK || !is_before))
        fail_msg("fault %d gave %d, and left\n%sinstead of\n%s", (int)n, code, now, s->after);
    lw_free(now);
}

/* Gives false when there was no fault any more. */
static bool try_fault(const sweep *s, uint64_t n) {
    copy_template(s->folder);
    lw_store *store = need_store(lw_test_path(s->folder, "x.db"));
    lw_error error = {.code = LW_OK};
    faulty_sqlite_fail_at(s->kind, n, s->then_on);
    int code = s->operation(store, &error);
    bool failed = faulty_sqlite_fail_at(s->kind, 0, false) >= n;
    if (!failed)
        assert_ok(code, error);
    if (code != LW_OK && code != LW_EUNAVAILABLE && code != LW_ENOMEM && code != LW_ESTORE)
        fail_msg("fault %d gave %d: %s", (int)n, code, error.message);
    if (code != LW_OK)
        assert_true(error.code == code && error.message[0] != '\0');
    assert_whole(s, store, code, n);
    lw_store_close(store);
    store = need_store(lw_test_path(s->folder, "x.db"));
    assert_whole(s, store, code, n);
    lw_store_close(store);
    assert_sound(lw_test_path(s->folder, "x.db"));
    return failed;
}

static void sweep_operation(const char *folder, operation *apply) {
    lw_error error;
    copy_template(folder);
    lw_store *store = need_store(lw_test_path(folder, "x.db"));
    char *before = need_description(store);
    assert_ok(apply(store, &error), error);
    char *after = need_description(store);
    lw_store_close(store);
    for (int mode = 0; mode < 3; mode++) {
        sweep s = {.folder = folder,
                   .operation = apply,
                   .kind = mode == 2 ? FAULTY_MEMORY : FAULTY_FILES,
                   .then_on = mode == 1,
                   .before = before,
                   .after = after};
        for (uint64_t n = 1; try_fault(&s, n); n += mode == 2 ? ALLOCATIONS_PASSED_OVER + 1 : 1)
            continue;
    }
    lw_free(before);
    lw_free(after);
}

static void faults_leave_it_whole(void **state) {
    static operation *const operations[] = {insert,        modify,         beat,         remove_run, put_experiment,
                                            append_metric, put_large_file, replace_file, put_cache,  look};
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        sweep_operation(*state, operations[i]);
}

static void assert_opens_in_the_end(const char *folder, const char *name, faulty_kind kind) {
    for (uint64_t n = 1, counted = n; counted >= n; n++) {
        lw_store *store = NULL;
        lw_error error = {.code = LW_OK};
        copy_template(folder);
        faulty_sqlite_fail_at(kind, n, false);
        int code = open_store(&store, lw_test_path(folder, name), &error);
        if (code != LW_OK)
            assert_true(error.code == code && error.message[0] != '\0');
        assert_true((code == LW_OK) == (store != NULL));
        lw_store_close(store);
        counted = faulty_sqlite_fail_at(kind, 0, false);
        if (counted < n)
            assert_ok(code, error);
        lw_store_close(need_store(lw_test_path(folder, name)));
        assert_sound(lw_test_path(folder, name));
        unlink(lw_test_path(folder, "new.db"));
    }
}

static void faults_keep_nobody_from_opening_it_later(void **state) {
    for (int kind = 0; kind < 2; kind++) {
        assert_opens_in_the_end(*state, "x.db", (faulty_kind)kind);
        assert_opens_in_the_end(*state, "new.db", (faulty_kind)kind);
    }
}

static int make_folder(void **state) {
    *state = lw_test_make_folder();
    make_template(lw_test_path(*state, "template.db"));
    return 0;
}

static int remove_folder(void **state) {
    lw_test_remove_folder(*state);
    return 0;
}

int main(void) {
    faulty_sqlite_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(faults_leave_it_whole, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(faults_keep_nobody_from_opening_it_later, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("sqlite_faults", tests, NULL, NULL);
}
