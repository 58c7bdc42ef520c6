#include <labwatch/store.h>

#include "beats.h"
#include "faulty_store.h"
#include "runs.h"
#include "testing.h"

static void assert_refused(const char *url, const char *part) {
    lw_error error;
    lw_store *store = NULL;
    assert_int_equal(lw_store_open(&store, url, NULL, NULL, &error), LW_EINVAL);
    assert_null(store);
    assert_contains(error.message, part);
}

static void test_store__urls_that_were_meant_otherwise(void **state) {
    (void)state;
    assert_refused("labwatch.db", "did you mean 'sqlite:labwatch.db'?");
    assert_refused("/tmp/a b.db", "did you mean 'sqlite:/tmp/a b.db'?");
    assert_refused("", "did you mean 'sqlite:labwatch.db'?");
    assert_refused(":", "begins with its scheme");
    assert_refused("memory", "did you mean 'memory:'?");
    assert_refused("sqlite", "did you mean 'sqlite:'?");
    assert_refused("sqlit:x.db", "did you mean 'sqlite:x.db'?");
    assert_refused("elsewhere:x", "there are no stores 'elsewhere:'");
    assert_refused("memory:name", "has a name");
    assert_refused("\xFF:", "UTF-8");
    assert_refused(NULL, "URL");
}

static void test_store__memory_is_always_new(void **state) {
    (void)state;
    lw_error error;
    lw_store_setup setup = {.must_exist = true};
    lw_store *store = NULL;
    assert_int_equal(lw_store_open(&store, "memory:", &setup, NULL, &error), LW_ENOTFOUND);
}

static void test_store__types_are_listed(void **state) {
    (void)state;
    assert_string_equal(lw_store_types()[0]->scheme, "memory");
    bool has_sqlite = false;
    for (const char *const *scheme = lw_store_schemes(); *scheme; scheme++)
        has_sqlite |= strcmp(*scheme, "sqlite") == 0;
    assert_true(has_sqlite);
}

/* A type of the caller's own that only opens. */
typedef struct own_store {
    lw_store base;
    char address[32];
    lw_store_setup setup;
} own_store;

static int own_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error) {
    own_store *store = lw_calloc(1, sizeof *store);
    if (!store)
        return lw_error_no_memory(error);
    snprintf(store->address, sizeof store->address, "%s", address);
    store->setup = *setup;
    *out = &store->base;
    return LW_OK;
}

static void own_close(lw_store *store) {
    lw_free(store);
}

/* Whole, as types must be. What a test does not replace is the memory store's, and must not be called. */
static lw_store_type own_type_with(int (*run_modify)(lw_store *, int64_t, lw_run_modify_fn *, void *, lw_error *)) {
    lw_store_type type = **lw_store_types();
    type.scheme = "own";
    type.summary = "a test's";
    type.open = own_open;
    type.close = own_close;
    if (run_modify)
        type.run_modify = run_modify;
    return type;
}

static void test_store__a_type_without_all_functions_is_refused(void **state) {
    (void)state;
    lw_store_type type = own_type_with(NULL);
    type.cache_put = NULL;
    const lw_store_type *const types[] = {&type, NULL};
    lw_error error;
    lw_store *store = NULL;
    assert_int_equal(lw_store_open(&store, "own:", NULL, types, &error), LW_EINVAL);
    assert_contains(error.message, "lacks one of its functions");
}

static void test_store__callers_types_come_first(void **state) {
    (void)state;
    const lw_store_type own_type = own_type_with(NULL);
    const lw_store_type *const own_types[] = {&own_type, NULL};
    lw_error error;
    lw_store *store = NULL;
    assert_ok(lw_store_open(&store, "own:there:x", NULL, own_types, &error), error);
    assert_ptr_equal(lw_store_get_type(store), &own_type);
    const own_store *own = (const own_store *)store;
    assert_string_equal(own->address, "there:x");
    assert_ptr_equal(own->setup.clock, lw_clock_system());
    assert_close(own->setup.busy_timeout_s, 10, 0);
    lw_store_close(store);
    lw_store_close(NULL);
}

/* Nothing that is refused reaches the type, which has no functions to be called. */
static void test_store__what_was_opened_to_read_is_not_written(void **state) {
    (void)state;
    const lw_store_type own_type = own_type_with(NULL);
    const lw_store_type *const own_types[] = {&own_type, NULL};
    lw_error error;
    lw_store *store = NULL;
    lw_store_setup setup = {.read_only = true};
    assert_ok(lw_store_open(&store, "own:", &setup, own_types, &error), error);
    lw_run run;
    lw_test_run(&run, 1, "x");
    bson_t document = BSON_INITIALIZER;
    lw_experiment_record record = {.name = "x", .document = &document};
    lw_metric_point point = {0};
    assert_int_equal(lw_store_experiment_put(store, &record, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_store_run_insert(store, &run, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_store_run_modify(store, 1, NULL, NULL, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_test_store_beat(store, 1, run.token, NULL, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_store_run_remove(store, 1, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_store_metric_append(store, 1, "m", &point, 1, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_store_file_put(store, 1, LW_FILE_SOURCE, "f", NULL, NULL, &error), LW_EUNSUPPORTED);
    assert_int_equal(lw_store_cache_put(store, "k", "", 0, &error), LW_EUNSUPPORTED);
    assert_contains(error.message, "read only");
    lw_run_release(&run);
    lw_store_close(store);
}

static int never_modify(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)run;
    (void)error;
    fail();
    return LW_OK;
}

static int never_visit(void *arg, const lw_run *run) {
    (void)arg;
    (void)run;
    fail();
    return LW_OK;
}

static void assert_bad_run(lw_store *store, lw_run *run, const char *part) {
    lw_error error;
    assert_int_equal(lw_store_run_insert(store, run, &error), LW_EINVAL);
    assert_contains(error.message, part);
    lw_run_release(run);
    lw_test_run(run, 1, "x");
}

static void test_store__arguments_are_checked_before_the_type_sees_them(void **state) {
    (void)state;
    const lw_store_type own_type = own_type_with(NULL);
    const lw_store_type *const own_types[] = {&own_type, NULL};
    lw_error error;
    lw_store *store = NULL;
    assert_ok(lw_store_open(&store, "own:", NULL, own_types, &error), error);
    lw_run run;
    lw_test_run(&run, 0, "x");
    assert_bad_run(store, &run, "whole numbers from 1");
    run.id = INT64_MAX;
    assert_bad_run(store, &run, "run ids end at 9223372036854775806");
    run.experiment[0] = '\0';
    assert_bad_run(store, &run, "experiment is empty");
    run.experiment[0] = '\xFF';
    assert_bad_run(store, &run, "not valid UTF-8");
    run.foreign_id = lw_strdup("12");
    assert_bad_run(store, &run, "must be a number");
    run.status = LW_STATUS_REMOVED;
    assert_bad_run(store, &run, "REMOVED");
    bson_destroy(run.config);
    run.config = NULL;
    assert_bad_run(store, &run, "no config");
    run.space[0] = '\0';
    assert_bad_run(store, &run, "space");
    run.reason = lw_strdup("\xC3(");
    assert_bad_run(store, &run, "reason is not valid UTF-8");
    lw_run_release(&run);

    const int64_t descending[] = {3, 2};
    lw_run_query query = {.ids = descending, .n_ids = 2};
    uint64_t n;
    uint8_t digest[LW_DIGEST_SIZE] = {0};
    lw_run_counts counts;
    assert_int_equal(lw_store_run_each(store, &query, never_visit, NULL, &error), LW_EINVAL);
    assert_int_equal(lw_store_run_each(store, NULL, never_visit, NULL, &error), LW_EINVAL);
    assert_int_equal(lw_store_run_each(store, &(lw_run_query){0}, NULL, NULL, &error), LW_EINVAL);
    assert_int_equal(lw_store_run_modify(store, -1, never_modify, NULL, &error), LW_EINVAL);
    assert_int_equal(lw_store_run_modify(store, 1, NULL, NULL, &error), LW_EINVAL);
    assert_int_equal(lw_store_run_counts(store, NULL, &counts, &error), LW_EINVAL);
    assert_int_equal(lw_store_config_count(store, "x", "", digest, &n, NULL, &error), LW_EINVAL);
    assert_int_equal(lw_store_metric_append(store, 1, "m", NULL, 1, &error), LW_EINVAL);
    assert_int_equal(lw_store_file_each(store, 1, NULL, NULL, &error), LW_EINVAL);
    assert_int_equal(lw_store_cache_put(store, "", "x", 1, &error), LW_EINVAL);
    assert_int_equal(lw_store_run_get(NULL, 1, &run, &error), LW_EINVAL);
    lw_store_close(store);
}

static int change_id(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    run->id++;
    return LW_OK;
}

static int modify_through(lw_store *store, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    (void)store;
    lw_run run;
    lw_test_run(&run, id, "x");
    int code = modify(arg, &run, error);
    lw_run_release(&run);
    return code;
}

static void test_store__modifications_are_checked(void **state) {
    (void)state;
    const lw_store_type type = own_type_with(modify_through);
    const lw_store_type *const types[] = {&type, NULL};
    lw_error error;
    lw_store *store = NULL;
    assert_ok(lw_store_open(&store, "own:", NULL, types, &error), error);
    assert_int_equal(lw_store_run_modify(store, 3, change_id, NULL, &error), LW_EINVAL);
    assert_contains(error.message, "must not change id");
    lw_store_close(store);
}

static uint64_t count_runs(lw_store *store) {
    lw_error error;
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(store, "x", &counts, &error), error);
    return (uint64_t)counts.own;
}

/* The store that other tests fail with. */
static void test_store__the_faulty_store_fails_as_told(void **state) {
    (void)state;
    lw_error error;
    lw_store *store = NULL;
    assert_ok(lw_store_open(&store, "faulty:memory:", NULL, lw_test_faulty_types, &error), error);
    lw_run run;
    lw_test_run(&run, 1, "x");
    lw_test_faulty_store_only(store, "run_insert");
    lw_test_faulty_store_fail(store, 1, LW_TEST_FAIL_BEFORE, LW_EUNAVAILABLE);
    assert_int_equal(lw_store_run_insert(store, &run, &error), LW_EUNAVAILABLE);
    assert_contains(error.message, "run_insert failed");
    assert_int_equal(count_runs(store), 0);
    assert_int_equal(lw_test_faulty_store_fail(store, 2, LW_TEST_FAIL_AFTER, LW_EIO), 1);
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    run.id = 2;
    assert_int_equal(lw_store_run_insert(store, &run, &error), LW_EIO);
    assert_int_equal(count_runs(store), 2); /* it was done all the same */
    run.id = 3;
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    lw_test_faulty_store_fail(store, 1, LW_TEST_FAIL_BEFORE | LW_TEST_FAIL_FROM_THEN_ON, LW_ESTORE);
    for (run.id = 4; run.id < 7; run.id++)
        assert_int_equal(lw_store_run_insert(store, &run, &error), LW_ESTORE);
    assert_int_equal(lw_test_faulty_store_fail(store, 0, 0, 0), 3);
    assert_int_equal(count_runs(store), 3);
    lw_run_release(&run);
    lw_store_close(store);
}

static void assert_public(const char *url, const char *wanted) {
    char *public_url = lw_store_public_url(url);
    assert_string_equal(public_url, wanted);
    lw_free(public_url);
}

static void test_store__a_public_url_has_no_secrets(void **state) {
    (void)state;
    assert_public("sqlite:a@b.db", "sqlite:a@b.db");
    assert_public("mongodb://host/db", "mongodb://host/db");
    assert_public("mongodb://me:pass@host:1,other:2/db?replicaSet=a&w=1", "mongodb://host:1,other:2/db?replicaSet=a&w=1");
    assert_public("mongodb+srv://me:p/a?s@s@host/db", "mongodb+srv://host/db");
    assert_public("mongodb://host/db?tlsCertificateKeyFilePassword=x&authMechanismProperties=AWS_SESSION_TOKEN:y",
                  "mongodb://host/db");
    assert_public("mongodb://host/db?tls=true&TLSCERTIFICATEKEYFILEPASSWORD=x&collectionPrefix=a",
                  "mongodb://host/db?tls=true&collectionPrefix=a");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store__urls_that_were_meant_otherwise),
        cmocka_unit_test(test_store__memory_is_always_new),
        cmocka_unit_test(test_store__types_are_listed),
        cmocka_unit_test(test_store__a_type_without_all_functions_is_refused),
        cmocka_unit_test(test_store__callers_types_come_first),
        cmocka_unit_test(test_store__what_was_opened_to_read_is_not_written),
        cmocka_unit_test(test_store__arguments_are_checked_before_the_type_sees_them),
        cmocka_unit_test(test_store__modifications_are_checked),
        cmocka_unit_test(test_store__the_faulty_store_fails_as_told),
        cmocka_unit_test(test_store__a_public_url_has_no_secrets),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
