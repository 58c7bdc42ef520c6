/* Snapshots of the MongoDB store's mirrors: whatever becomes of them, the answers are those of the server. */
#include "testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <labwatch/labwatch.h>
#include <labwatch/sys/text.h>

#include "mongo_bench.h"
#include "runs.h"

enum { N_RUNS = 1100 };

typedef struct snapshots {
    lw_test_mongo bench;
    char *cache, *empty; /* folders for XDG_CACHE_HOME; what is in the second is never used */
} snapshots;

static void set_cache(const char *folder) {
    assert_int_equal(setenv("XDG_CACHE_HOME", folder, 1), 0);
}

static void forget(const char *cache) {
    char command[700];
    snprintf(command, sizeof command, "rm -rf '%s'/labwatch", cache);
    assert_int_equal(system(command), 0);
}

/* ---- runs ---- */

static void insert_copies(const lw_test_mongo *bench, const bson_t *run, int first, int last) {
    mongoc_collection_t *runs = mongoc_database_get_collection(bench->database, "runs");
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(runs, NULL);
    bson_error_t failure;
    for (int id = first; id <= last; id++) {
        bson_t copy = BSON_INITIALIZER;
        bson_append_int32(&copy, "_id", -1, id);
        bson_copy_to_excluding_noinit(run, &copy, "_id", NULL);
        mongoc_bulk_operation_insert(bulk, &copy);
        bson_destroy(&copy);
    }
    if (!mongoc_bulk_operation_execute(bulk, NULL, &failure))
        fail_msg("%s", failure.message);
    mongoc_bulk_operation_destroy(bulk);
    mongoc_collection_destroy(runs);
}

static int finish(void *arg, lw_run *run, lw_error *error) {
    (void)error;
    run->status = LW_STATUS_COMPLETED;
    run->cost = *(const double *)arg;
    return LW_OK;
}

static void finish_run(lw_store *store, int64_t id, double cost) {
    lw_error error;
    assert_ok(lw_store_run_modify(store, id, finish, &cost, &error), error);
}

/* An experiment with n runs, the first of them finished; nothing is kept. */
static void make_runs(snapshots *self, int n) {
    lw_error error;
    lw_run run;
    bson_t document = BSON_INITIALIZER;
    lw_experiment_record record = {.name = "heart", .document = &document};
    forget(self->empty);
    set_cache(self->empty);
    lw_store *store = lw_test_mongo_second(&self->bench);
    assert_ok(lw_store_experiment_put(store, &record, &error), error);
    lw_test_run(&run, 1, "heart");
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    lw_run_release(&run);
    bson_t *first = lw_test_mongo_find(&self->bench, "runs", "{\"_id\": 1}");
    insert_copies(&self->bench, first, 2, n);
    bson_destroy(first);
    finish_run(store, 1, 0.5);
    lw_store_close(store);
}

/* ---- answers ---- */

static int describe_row(void *arg, const lw_run_row *row) {
    char *config = bson_as_canonical_extended_json(row->config, NULL);
    char *worker = row->worker ? bson_as_canonical_extended_json(row->worker, NULL) : NULL;
    lw_text_format(arg, "%lld %d %d %g %lld %s %s %s %s\n", (long long)row->id, (int)row->status, (int)row->attempt,
                   row->cost, (long long)row->start_ms, row->experiment, row->space ? row->space : "-", config,
                   worker ? worker : "-");
    bson_free(config);
    bson_free(worker);
    return LW_OK;
}

/* All that a new process sees; free it. */
static char *see(snapshots *self, const char *cache) {
    lw_error error;
    lw_run_counts counts;
    lw_text text = {0};
    uint8_t digest[LW_DIGEST_SIZE];
    uint64_t n;
    set_cache(cache);
    lw_store *store = lw_test_mongo_second(&self->bench);
    lw_run_query query = {.experiment = "heart"};
    assert_ok(lw_store_run_counts(store, "heart", &counts, &error), error);
    lw_test_digest(1, digest);
    assert_ok(lw_store_config_count(store, "heart", "default", digest, &n, NULL, &error), error);
    lw_text_format(&text, "%lld %lld %lld %lld %lld, %lld completed, %llu alike\n", (long long)counts.last_id,
                   (long long)counts.own, (long long)counts.all, (long long)counts.budget_used,
                   (long long)counts.experiment_revision, (long long)counts.by_status[LW_STATUS_COMPLETED],
                   (unsigned long long)n);
    assert_ok(lw_store_row_each(store, &query, describe_row, &text, &error), error);
    lw_store_close(store);
    return lw_text_take(&text);
}

static void assert_same_answers(snapshots *self) {
    forget(self->empty); /* it is as if there had never been one */
    char *wanted = see(self, self->empty), *seen = see(self, self->cache);
    assert_string_equal(seen, wanted);
    lw_free(wanted);
    lw_free(seen);
}

/* The only file that is kept there; NULL if there is none. Valid until the next call. */
static const char *kept_file(const snapshots *self) {
    static char path[1200];
    snprintf(path, sizeof path, "%s/labwatch/mongodb", self->cache);
    DIR *entries = opendir(path);
    if (!entries)
        return NULL;
    int n = 0;
    size_t length = strlen(path);
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path + length, sizeof path - length, "/%s", entry->d_name);
        n++;
    }
    closedir(entries);
    assert_true(n <= 1);
    return n == 1 ? path : NULL;
}

static void keep(snapshots *self) {
    forget(self->cache);
    lw_free(see(self, self->cache));
    assert_non_null(kept_file(self));
}

/* Whether a new process is told of nothing but what is new. */
static bool is_used(snapshots *self) {
    lw_error error;
    lw_run_counts counts;
    set_cache(self->cache);
    lw_store *store = lw_test_mongo_second(&self->bench);
    (void)lw_test_mongo_commands();
    assert_ok(lw_store_run_counts(store, "heart", &counts, &error), error);
    bool used = strcmp(lw_test_mongo_commands(), "aggregate ") == 0;
    lw_store_close(store);
    return used;
}

static int set_up(void **state) {
    snapshots *self = calloc(1, sizeof *self);
    assert_non_null(self);
    self->cache = lw_test_make_folder();
    self->empty = lw_test_make_folder();
    *state = self;
    lw_test_mongo_open(&self->bench, "");
    make_runs(self, N_RUNS);
    return 0;
}

static int tear_down(void **state) {
    snapshots *self = *state;
    lw_test_mongo_close(&self->bench);
    lw_test_remove_folder(self->cache);
    lw_test_remove_folder(self->empty);
    free(self);
    return 0;
}

/* ---- tests ---- */

static void test_mongodb__a_snapshot_spares_reading_all(void **state) {
    snapshots *self = *state;
    struct stat there;
    keep(self);
    assert_int_equal(stat(kept_file(self), &there), 0);
    assert_int_equal(there.st_mode & 0777, 0600);
    char folder[1100];
    snprintf(folder, sizeof folder, "%s/labwatch/mongodb", self->cache);
    assert_int_equal(stat(folder, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0700);
    assert_true(is_used(self));
    assert_same_answers(self);
}

static void test_mongodb__a_snapshot_is_caught_up_with(void **state) {
    snapshots *self = *state;
    lw_error error;
    keep(self);
    bson_t *first = lw_test_mongo_find(&self->bench, "runs", "{\"_id\": 2}");
    finish_run(self->bench.store, 5, 0.25);
    finish_run(self->bench.store, 900, 0.75);
    assert_ok(lw_store_run_remove(self->bench.store, 7, &error), error);
    insert_copies(&self->bench, first, N_RUNS + 1, N_RUNS + 3);
    bson_destroy(first);
    assert_same_answers(self);
    assert_true(is_used(self));
}

static void change_byte(const char *path, off_t at, off_t cut) {
    int file = open(path, O_RDWR);
    uint8_t byte;
    assert_true(file >= 0);
    if (cut >= 0) {
        assert_int_equal(ftruncate(file, cut), 0);
    } else {
        assert_int_equal(pread(file, &byte, 1, at), 1);
        byte ^= 0x40;
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
    }
    (void)close(file);
}

static void test_mongodb__a_damaged_snapshot_is_not_used(void **state) {
    snapshots *self = *state;
    struct stat there;
    keep(self);
    assert_int_equal(stat(kept_file(self), &there), 0);
    for (int i = 0; i < 12; i++) {
        off_t at = i < 8 ? 17 * i : there.st_size * (i - 7) / 5;
        change_byte(kept_file(self), at, i % 3 == 2 ? at / 32 * 32 : -1);
            assert_same_answers(self); /* and it is written anew */
        assert_true(is_used(self));
    }
}

static void test_mongodb__a_snapshot_of_another_place_is_not_used(void **state) {
    snapshots *self = *state;
    char copy[1300], command[2700];
    keep(self);
    snprintf(copy, sizeof copy, "%s/copy", self->empty);
    snprintf(command, sizeof command, "cp '%s' '%s'", kept_file(self), copy);
    assert_int_equal(system(command), 0);
    lw_test_mongo own = self->bench;
    lw_test_mongo_open(&self->bench, "");
    make_runs(self, N_RUNS + 5);
    keep(self);
    snprintf(command, sizeof command, "cp '%s' '%s'", copy, kept_file(self));
    assert_int_equal(system(command), 0);
    assert_false(is_used(self));
    assert_same_answers(self);
    lw_test_mongo_close(&self->bench);
    self->bench = own;
}

/* The same names, another life; with fewer runs than before, and with more. */
static void test_mongodb__a_snapshot_of_a_dropped_database_is_not_used(void **state) {
    snapshots *self = *state;
    for (int more = -50; more <= 50; more += 100) {
        keep(self);
        assert_true(mongoc_database_drop(self->bench.database, NULL));
        make_runs(self, N_RUNS + more);
        assert_false(is_used(self));
            assert_same_answers(self);
    }
}

/* A backup is restored: what was changed last is as it was before. */
static void test_mongodb__a_snapshot_from_behind_a_backup_is_not_used(void **state) {
    snapshots *self = *state;
    finish_run(self->bench.store, 5, 0.25);
    sleep(1); /* stamps are told apart by the second */
    finish_run(self->bench.store, 6, 0.25);
    keep(self);
    lw_test_mongo_update(&self->bench, "runs", "{\"_id\": 6}",
                         "{\"$set\": {\"status\": \"RUNNING\", \"labwatch.revision\": {\"$numberLong\": \"7\"}}, "
                         "\"$unset\": {\"labwatch.changed\": 1, \"labwatch.cost\": 1}}");
    assert_false(is_used(self));
    assert_same_answers(self);
}

static void test_mongodb__a_snapshot_that_has_no_room_is_none(void **state) {
    snapshots *self = *state;
    struct rlimit limit, old;
    forget(self->cache);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = old;
    limit.rlim_cur = 100000;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    lw_free(see(self, self->cache));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_null(kept_file(self));
    keep(self);
}

static void test_mongodb__no_snapshot_where_others_can_write(void **state) {
    snapshots *self = *state;
    char folder[1100];
    keep(self);
    snprintf(folder, sizeof folder, "%s/labwatch/mongodb", self->cache);
    assert_int_equal(chmod(folder, 0770), 0);
    assert_false(is_used(self));
    assert_int_equal(chmod(folder, 0700), 0);
    assert_true(is_used(self));
}

#define on_server(test) {#test, test, set_up, tear_down, NULL}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_server(test_mongodb__a_snapshot_spares_reading_all),
        on_server(test_mongodb__a_snapshot_is_caught_up_with),
        on_server(test_mongodb__a_damaged_snapshot_is_not_used),
        on_server(test_mongodb__a_snapshot_of_another_place_is_not_used),
        on_server(test_mongodb__a_snapshot_of_a_dropped_database_is_not_used),
        on_server(test_mongodb__a_snapshot_from_behind_a_backup_is_not_used),
        on_server(test_mongodb__a_snapshot_that_has_no_room_is_none),
        on_server(test_mongodb__no_snapshot_where_others_can_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
