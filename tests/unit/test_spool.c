/* The spool: results as files, delivery, damaged files. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "testing.h"

#include <labwatch/document.h>
#include <labwatch/labwatch.h>

#include "../support/faulty_store.h"
#include "spool.h"
#include "spool_entry.h"

#define TEXT "experiment: test\nspace: {x: !UniformFloat [1, 2]}\n"

typedef struct fixture {
    char *folder; /* the spool */
    lw_store *store;
    lw_assistant *assistant;
    lw_error error;
    char told[1024];
} fixture;

static int set_up(void **state) {
    fixture *f = *state;
    lw_experiment *experiment = NULL;
    *f = (fixture){.folder = lw_test_make_folder()};
    assert_ok(lw_store_open(&f->store, "memory:", NULL, NULL, &f->error), f->error);
    assert_ok(lw_experiment_parse(&experiment, TEXT, strlen(TEXT), "test.yaml", NULL, &f->error), f->error);
    assert_ok(lw_assistant_open(&f->assistant, f->store, experiment, NULL, &f->error), f->error);
    lw_experiment_free(experiment);
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    lw_assistant_close(f->assistant);
    lw_store_close(f->store);
    lw_test_remove_folder(f->folder);
    return 0;
}

static lw_assignment take(fixture *f) {
    lw_assignment run;
    assert_ok(lw_assistant_take(f->assistant, NULL, &run, &f->error), f->error);
    return run;
}

static void put(fixture *f, const char *store, const char *experiment, int64_t id, const lw_result *result) {
    assert_ok(lw_spool_put(f->folder, store, experiment, id, result, &f->error), f->error);
}

static void deliver(fixture *f, size_t delivered, size_t left) {
    size_t was_delivered, was_left;
    assert_ok(lw_spool_deliver(f->folder, "memory:", f->assistant, &was_delivered, &was_left, &f->error), f->error);
    assert_int_equal(was_delivered, delivered);
    assert_int_equal(was_left, left);
}

static int count_files(const fixture *f, const char *ending) {
    DIR *folder = opendir(f->folder);
    int count = 0;
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        count += entry->d_name[0] != '.' && length > strlen(ending) &&
                 strcmp(entry->d_name + length - strlen(ending), ending) == 0;
    }
    (void)closedir(folder);
    return count;
}

static void write_file(const fixture *f, const char *name, const char *text) {
    FILE *file = fopen(lw_test_path(f->folder, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void what_is_put_is_delivered_once(void **state) {
    fixture *f = *state;
    lw_run run;
    lw_assignment first = take(f), second = take(f);
    lw_result result = lw_result_of_value(0.1);
    result.token = &first.token;
    put(f, "memory:", "test", first.id, &result);
    lw_result failure = lw_result_of_failure(LW_FAILURE_TIMEOUT, "too \"long\"\n");
    failure.token = &second.token;
    failure.captured_out = "a\tb\x01";
    put(f, "memory:", "test", second.id, &failure);
    put(f, "memory:", "test", second.id, &failure); /* the same again does no harm */
    assert_int_equal(count_files(f, ".json"), 3);
    deliver(f, 3, 0);
    deliver(f, 0, 0);
    assert_int_equal(count_files(f, ""), 0);
    assert_ok(lw_store_run_get(f->store, first.id, &run, &f->error), f->error);
    assert_true(run.status == LW_STATUS_COMPLETED && run.cost == 0.1);
    lw_run_release(&run);
    assert_ok(lw_store_run_get(f->store, second.id, &run, &f->error), f->error);
    assert_int_equal(run.status, LW_STATUS_TIMEOUT);
    assert_string_equal(run.reason, "too \"long\"\n");
    assert_string_equal(run.captured_out, "a\tb\x01");
    lw_run_release(&run);
    lw_assignment_release(&first);
    lw_assignment_release(&second);
}

static void others_are_left_alone(void **state) {
    fixture *f = *state;
    lw_assignment run = take(f);
    lw_result result = lw_result_of_value(1);
    put(f, "sqlite:/elsewhere.db", "test", run.id, &result);
    put(f, "memory:", "another", run.id, &result);
    deliver(f, 0, 0);
    assert_int_equal(count_files(f, ".json"), 2);
    assert_string_equal(f->error.message, "");
    lw_assignment_release(&run);
}

static void what_another_process_has_is_left(void **state) {
    fixture *f = *state;
    lw_assignment run = take(f);
    lw_result result = lw_result_of_value(1);
    put(f, "memory:", "test", run.id, &result);
    DIR *folder = opendir(f->folder);
    assert_non_null(folder);
    const struct dirent *entry;
    while ((entry = readdir(folder)) && entry->d_name[0] == '.')
        ;
    assert_non_null(entry);
    int file = open(lw_test_path(f->folder, entry->d_name), O_RDONLY | O_CLOEXEC);
    (void)closedir(folder);
    assert_int_equal(flock(file, LOCK_EX), 0);
    deliver(f, 0, 1);
    (void)close(file);
    deliver(f, 1, 0);
    lw_assignment_release(&run);
}

static void what_cannot_be_used_is_set_aside(void **state) {
    fixture *f = *state;
    static const char *const texts[] = {
        "",
        "nonsense",
        "{\"format\": 1",
        "[]",
        "{}",
        "{\"format\": 2, \"store\": \"memory:\", \"experiment\": \"test\", \"run\": 1, \"outcome\": \"completed\", "
        "\"value\": 1}",
        "{\"format\": 1, \"store\": \"memory:\", \"experiment\": \"test\", \"run\": -1, \"outcome\": \"completed\", "
        "\"value\": 1}",
        "{\"format\": 1, \"store\": \"memory:\", \"experiment\": \"test\", \"run\": 1e300, \"outcome\": \"completed\", "
        "\"value\": 1}",
        "{\"format\": 1, \"store\": 7, \"experiment\": \"test\", \"run\": 1, \"outcome\": \"completed\", \"value\": 1}",
        "{\"format\": 1, \"store\": \"memory:\", \"experiment\": \"test\", \"run\": 1, \"outcome\": \"pending\"}",
        "{\"format\": 1, \"store\": \"memory:\", \"experiment\": \"test\", \"run\": 1, \"outcome\": \"failed\", "
        "\"failure\": \"bored\"}",
        "{\"format\": 1, \"store\": \"memory:\", \"experiment\": \"test\", \"run\": 1, \"outcome\": \"completed\", "
        "\"token\": \"12\"}",
        "{\"format\": 1, \"store\": \"memory:\", \"experiment\": \"test\", \"run\": 1, \"outcome\": \"completed\", "
        "\"value\": 1, \"duration\": -1}",
        "{\"format\": 1, \"store\": \"memory:\", \"experiment\": \"test\", \"run\": 99, \"outcome\": \"completed\", "
        "\"value\": 1}",
    };
    enum { N = sizeof texts / sizeof *texts };
    char name[32];
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "%d.json", i);
        write_file(f, name, texts[i]);
    }
    assert_int_equal(symlink("/etc/hostname", lw_test_path(f->folder, "link.json")), 0);
    assert_int_equal(mkdir(lw_test_path(f->folder, "folder.json"), 0700), 0);
    assert_int_equal(mkfifo(lw_test_path(f->folder, "pipe.json"), 0600), 0);
    write_file(f, "notes.txt", "not ours");
    lw_assignment run = take(f);
    lw_result result = lw_result_of_value(1);
    put(f, "memory:", "test", run.id, &result);
    deliver(f, 1, 0);
    assert_contains(f->error.message, "set aside");
    assert_int_equal(count_files(f, ".json.bad"), N + 3);
    assert_int_equal(count_files(f, ".json"), 0);
    assert_int_equal(count_files(f, ".txt"), 1);
    lw_assignment_release(&run);
}

static void a_different_result_is_set_aside_and_a_late_one_kept(void **state) {
    fixture *f = *state;
    lw_assignment run = take(f), late = take(f);
    lw_result result = lw_result_of_value(1), other = lw_result_of_value(2);
    result.token = other.token = &run.token;
    assert_ok(lw_assistant_observe(f->assistant, run.id, &result, &f->error), f->error);
    put(f, "memory:", "test", run.id, &other);
    deliver(f, 0, 0);
    assert_int_equal(count_files(f, ".bad"), 1);
    /* Another attempt was first. */
    assert_ok(lw_assistant_release(f->assistant, late.id, &late.token, &f->error), f->error);
    lw_assignment again = take(f);
    assert_int_equal(again.id, late.id);
    other.token = &again.token;
    assert_ok(lw_assistant_observe(f->assistant, late.id, &other, &f->error), f->error);
    result.token = &late.token;
    put(f, "memory:", "test", late.id, &result);
    deliver(f, 1, 0);
    lw_assignment_release(&run);
    lw_assignment_release(&late);
    lw_assignment_release(&again);
}

static lw_run delivered_run(fixture *f, const lw_assignment *assignment, lw_result *result) {
    lw_run run;
    result->token = &assignment->token;
    put(f, "memory:", "test", assignment->id, result);
    deliver(f, 1, 0);
    assert_int_equal(count_files(f, ""), 0);
    assert_ok(lw_store_run_get(f->store, assignment->id, &run, &f->error), f->error);
    return run;
}

static void what_could_not_be_read_again_is_left_out(void **state) {
    fixture *f = *state;
    enum { TOO_LARGE = (64 << 20) + 1, DEEPEST = 98 };
    lw_assignment first = take(f), second = take(f), third = take(f);
    bson_t *document = BCON_NEW("loss", BCON_DOUBLE(0.5));
    for (int depth = 1; depth <= DEEPEST; depth++) { /* the store has room for a level more than the spool */
        bson_t *outer = BCON_NEW("loss", BCON_DOUBLE(0.5), "x", BCON_DOCUMENT(document));
        bson_destroy(document);
        document = outer;
    }
    lw_result result = lw_result_of_value(0.5);
    result.document = document;
    result.captured_out = "output";
    lw_run run = delivered_run(f, &first, &result);
    assert_null(run.reason);
    lw_run_release(&run);

    bson_t *deeper = BCON_NEW("loss", BCON_DOUBLE(0.5), "x", BCON_DOCUMENT(document));
    result.document = deeper;
    run = delivered_run(f, &second, &result);
    assert_true(run.status == LW_STATUS_COMPLETED && run.cost == 0.5);
    assert_contains(run.reason, "only the number of its result came through the spool");
    assert_string_equal(run.captured_out, "output");
    lw_run_release(&run);

    char *output = lw_malloc(TOO_LARGE + 1);
    assert_non_null(output);
    memset(output, 'x', TOO_LARGE);
    output[TOO_LARGE] = 0;
    lw_result failure = lw_result_of_failure(LW_FAILURE_CRASH, "crashed");
    failure.captured_out = output;
    run = delivered_run(f, &third, &failure);
    assert_string_equal(run.reason, "crashed");
    assert_null(run.captured_out);
    lw_run_release(&run);
    lw_free(output);
    bson_destroy(document);
    bson_destroy(deeper);
    lw_assignment_release(&first);
    lw_assignment_release(&second);
    lw_assignment_release(&third);
}

/* The folder has results of n runs; of the store's answers to them the given ones are that it is damaged. */
static void fill_for_faulty_store(fixture *f, int n, uint64_t from, int how) {
    lw_experiment *experiment = NULL;
    lw_assistant_close(f->assistant);
    lw_store_close(f->store);
    assert_ok(lw_store_open(&f->store, "faulty:memory:", NULL, lw_test_faulty_types, &f->error), f->error);
    assert_ok(lw_experiment_parse(&experiment, TEXT, strlen(TEXT), "test.yaml", NULL, &f->error), f->error);
    assert_ok(lw_assistant_open(&f->assistant, f->store, experiment, NULL, &f->error), f->error);
    lw_experiment_free(experiment);
    for (int i = 0; i < n; i++) {
        lw_assignment run = take(f);
        lw_result result = lw_result_of_value(i);
        result.token = &run.token;
        put(f, "memory:", "test", run.id, &result);
        lw_assignment_release(&run);
    }
    lw_test_faulty_store_only(f->store, "run_modify");
    lw_test_faulty_store_fail(f->store, from, how, LW_ESTORE);
}

static void a_damaged_run_does_not_keep_the_others_waiting(void **state) {
    fixture *f = *state;
    fill_for_faulty_store(f, 4, 2, LW_TEST_FAIL_BEFORE);
    deliver(f, 3, 1);
    assert_contains(f->error.message, "stays in the spool");
    assert_contains(f->error.message, "run_modify failed");
    assert_int_equal(count_files(f, ".json"), 1);
    assert_int_equal(count_files(f, ".bad"), 0);
    deliver(f, 1, 0);
    assert_string_equal(f->error.message, "");
}

static void a_store_that_takes_nothing_is_not_asked_for_each(void **state) {
    fixture *f = *state;
    fill_for_faulty_store(f, 15, 3, LW_TEST_FAIL_BEFORE | LW_TEST_FAIL_FROM_THEN_ON);
    deliver(f, 2, 13);
    assert_int_equal(lw_test_faulty_store_fail(f->store, 0, 0, LW_OK), 12);
    assert_int_equal(count_files(f, ".json"), 13);
    deliver(f, 13, 0);
}

static void relative_files_are_told_apart_by_their_folder(void **state) {
    (void)state;
    lw_error error;
    char *a, *b, here[1024], wanted[1100];
    assert_non_null(getcwd(here, sizeof here));
    assert_ok(lw_spool_identity(&a, "sqlite:runs.db", &error), error);
    assert_ok(lw_spool_identity(&b, "sqlite:./runs.db", &error), error);
    snprintf(wanted, sizeof wanted, "sqlite:%s/runs.db", here);
    assert_string_equal(a, wanted);
    assert_string_equal(b, wanted);
    lw_free(a);
    lw_free(b);
    assert_ok(lw_spool_identity(&a, "mongodb://host/db", &error), error);
    assert_string_equal(a, "mongodb://host/db");
    lw_free(a);
    assert_ok(lw_spool_identity(&a, "mongodb://me:secret@host/db", &error), error);
    assert_string_equal(a, "mongodb://host/db");
    lw_free(a);
}

static void entries_come_back_as_they_were(void **state) {
    (void)state;
    lw_error error;
    lw_spool_entry entry;
    lw_token token = {.bytes = {1, 2, 0xfe, 255}};
    bson_t *document = BCON_NEW("loss", BCON_DOUBLE(0.1), "deep", "{", "n", BCON_INT64(1LL << 60), "}");
    lw_result result = lw_result_of_value(0.1 + 0.2);
    result.document = document;
    result.info = document;
    result.token = &token;
    result.duration_s = 1.5;
    result.force = true;
    char *text = lw_spool_entry_write("memory:", "t\"est", 7, &result);
    assert_non_null(text);
    assert_ok(lw_spool_entry_read(&entry, text, strlen(text), &error), error);
    assert_int_equal(entry.run_id, 7);
    assert_string_equal(entry.experiment, "t\"est");
    assert_true(entry.result.value == 0.1 + 0.2 && entry.result.duration_s == 1.5 && entry.result.force);
    assert_true(lw_token_equal(entry.token, token));
    assert_true(bson_equal(entry.document, document));
    assert_true(bson_equal(entry.info, document));
    assert_null(entry.reason);
    lw_spool_entry_release(&entry);
    lw_free(text);
    bson_destroy(document);
}

static bool write_and_read(void *context) {
    lw_result result = lw_result_of_failure(LW_FAILURE_CRASH, "reason");
    lw_spool_entry entry;
    (void)context;
    result.captured_out = "output";
    char *text = lw_spool_entry_write("memory:", "test", 7, &result);
    if (!text)
        return false;
    int rc = lw_spool_entry_read(&entry, text, strlen(text), NULL);
    assert_true(rc == LW_OK || rc == LW_ENOMEM);
    if (rc == LW_OK) {
        assert_string_equal(entry.result.captured_out, "output");
        lw_spool_entry_release(&entry);
    }
    lw_free(text);
    return rc == LW_OK;
}

static void want_of_memory_is_said(void **state) {
    (void)state;
    lw_test_sweep_allocations(write_and_read, NULL);
}

int main(void) {
    fixture f;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(what_is_put_is_delivered_once, set_up, tear_down, &f),
        cmocka_unit_test_prestate_setup_teardown(others_are_left_alone, set_up, tear_down, &f),
        cmocka_unit_test_prestate_setup_teardown(what_another_process_has_is_left, set_up, tear_down, &f),
        cmocka_unit_test_prestate_setup_teardown(what_cannot_be_used_is_set_aside, set_up, tear_down, &f),
        cmocka_unit_test_prestate_setup_teardown(a_different_result_is_set_aside_and_a_late_one_kept, set_up, tear_down,
                                                 &f),
        cmocka_unit_test_prestate_setup_teardown(what_could_not_be_read_again_is_left_out, set_up, tear_down, &f),
        cmocka_unit_test_prestate_setup_teardown(a_damaged_run_does_not_keep_the_others_waiting, set_up, tear_down, &f),
        cmocka_unit_test_prestate_setup_teardown(a_store_that_takes_nothing_is_not_asked_for_each, set_up, tear_down,
                                                 &f),
        cmocka_unit_test(relative_files_are_told_apart_by_their_folder),
        cmocka_unit_test(entries_come_back_as_they_were),
        cmocka_unit_test(want_of_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
