/* Processes that fork while the SQLite store is open. */
#include <stdatomic.h>
#include <sys/wait.h>

#include <labwatch/store.h>

#include "runs.h"
#include "sqlite_internal.h"
#include "testing.h"

static int open_store(lw_store **out, const char *path, lw_error *error) {
    const lw_store_setup setup = {.clock = lw_clock_system(), .busy_timeout_s = 60};
    return sqlite_open(out, path, &setup, error);
}

static bool insert(lw_store *store, int64_t id) {
    lw_error error;
    lw_run run;
    lw_test_full_run(&run, id, "heart");
    int code = sqlite_run_insert(store, &run, &error);
    if (code != LW_OK)
        print_message("run %lld: %s\n", (long long)id, error.message);
    lw_run_release(&run);
    return code == LW_OK;
}

static int64_t count(const char *path) {
    lw_error error;
    lw_store *store;
    lw_run_counts counts;
    assert_ok(open_store(&store, path, &error), error);
    assert_ok(sqlite_run_counts(store, "heart", &counts, &error), error);
    sqlite_close(store);
    return counts.all;
}

static void assert_succeeded(pid_t child) {
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Says that it is so far, and waits until the other process has seen it. */
static void meet(int from, int to) {
    char byte = 0;
    if (write(to, &byte, 1) != 1 || read(from, &byte, 1) != 1)
        _exit(90);
}

static void in_child(const char *path, lw_store *inherited, int from, int to) {
    lw_error error;
    lw_store *own;
    if (insert(inherited, 2))
        _exit(1);
    if (open_store(&own, path, &error) != LW_OK || !insert(own, 2))
        _exit(2);
    meet(from, to); /* the parent closes its store, which was the last one that SQLite had a lock for */
    if (!insert(own, 3))
        _exit(3);
    meet(from, to); /* another process writes */
    if (!insert(own, 5))
        _exit(4);
    sqlite_close(own);
    sqlite_close(inherited);
    _exit(0);
}

/* Without the parent's store being forgotten, the log that the child writes into is deleted by its parent. */
static void test_sqlite_forks__what_a_child_writes_stays(void **state) {
    const char *path = lw_test_path(*state, "a.db");
    lw_error error;
    lw_store *store;
    int down[2], up[2];
    assert_int_equal(pipe(down) + pipe(up), 0);
    assert_ok(open_store(&store, path, &error), error);
    assert_true(insert(store, 1));
    pid_t child = fork();
    if (child == 0) {
        close(down[1]);
        in_child(path, store, down[0], up[1]);
    }
    close(up[1]); /* if the child ends too early, so do we */
    close(down[0]);
    char byte = 0;
    assert_int_equal(read(up[0], &byte, 1), 1);
    sqlite_close(store);
    assert_int_equal(write(down[1], &byte, 1), 1);
    assert_int_equal(read(up[0], &byte, 1), 1);
    assert_int_equal(count(path), 3);
    assert_ok(open_store(&store, path, &error), error);
    assert_true(insert(store, 4));
    sqlite_close(store);
    assert_int_equal(write(down[1], &byte, 1), 1);
    assert_succeeded(child);
    assert_int_equal(count(path), 5);
    close(down[1]);
    close(up[0]);
}

typedef struct writer {
    lw_store *store;
    int64_t first_id, last_id;
    atomic_bool stop;
} writer;

static void *write_on(void *arg) {
    writer *w = arg;
    w->last_id = w->first_id - 1;
    while (!atomic_load(&w->stop) && insert(w->store, w->last_id + 1))
        w->last_id++;
    return NULL;
}

enum { N_WRITERS = 3, N_CHILDREN = 60 };

static void insert_in_child(const char *path, int64_t id) {
    lw_error error;
    lw_store *store;
    if (open_store(&store, path, &error) != LW_OK) {
        print_message("%s\n", error.message);
        _exit(1);
    }
    bool inserted = insert(store, id);
    sqlite_close(store);
    _exit(inserted ? 0 : 2);
}

/*
 * The address sanitizer's own allocator does not survive a fork while other threads allocate: the child waits for its
 * lock for ever.
 */
static bool allocator_survives_forks(void) {
#if defined(__SANITIZE_ADDRESS__)
    return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return false;
#endif
#endif
    return true;
}

/* Each child finds SQLite as if no other thread had been in it. */
static void test_sqlite_forks__while_other_threads_write(void **state) {
    if (!allocator_survives_forks())
        skip();
    const char *path = lw_test_path(*state, "a.db");
    lw_error error;
    writer writers[N_WRITERS];
    pthread_t threads[N_WRITERS];
    for (int i = 0; i < N_WRITERS; i++) {
        writers[i].first_id = 1000000 * (i + 1);
        atomic_init(&writers[i].stop, false);
        assert_ok(open_store(&writers[i].store, path, &error), error);
        assert_int_equal(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    for (int i = 0; i < N_CHILDREN; i++) {
        pid_t child = fork();
        if (child == 0)
            insert_in_child(path, i + 1);
        assert_succeeded(child);
    }
    int64_t written = 0;
    for (int i = 0; i < N_WRITERS; i++) {
        atomic_store(&writers[i].stop, true);
        pthread_join(threads[i], NULL);
        sqlite_close(writers[i].store);
        written += writers[i].last_id - writers[i].first_id + 1;
    }
    assert_true(written > 0);
    assert_int_equal(count(path), N_CHILDREN + written);
}

static int fork_in_walk(void *path, const lw_run *run) {
    (void)run;
    pid_t child = fork();
    if (child == 0) {
        lw_error error;
        lw_store *store;
        _exit(open_store(&store, path, &error) == LW_EUNAVAILABLE && strstr(error.message, "forked while") ? 0 : 1);
    }
    assert_succeeded(child);
    return LW_OK;
}

static void test_sqlite_forks__in_the_middle_of_a_walk(void **state) {
    char *path = strdup(lw_test_path(*state, "a.db"));
    lw_error error;
    lw_store *store;
    assert_ok(open_store(&store, path, &error), error);
    assert_true(insert(store, 1));
    assert_ok(sqlite_run_each(store, &(lw_run_query){.experiment = "heart"}, fork_in_walk, path, &error), error);
    pid_t child = fork(); /* and afterwards all is well again */
    if (child == 0)
        insert_in_child(path, 2);
    assert_succeeded(child);
    sqlite_close(store);
    assert_int_equal(count(path), 2);
    free(path);
}

/* A child that opens nothing, and one that opens another file, leave the parent's alone. */
static void test_sqlite_forks__the_parent_goes_on(void **state) {
    char *path = strdup(lw_test_path(*state, "a.db"));
    char *other = strdup(lw_test_path(*state, "b.db"));
    lw_error error;
    lw_store *store;
    assert_ok(open_store(&store, path, &error), error);
    assert_true(insert(store, 1));
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0) {
            if (i == 0)
                _exit(0);
            if (i == 1)
                insert_in_child(other, 1);
            sqlite_close(store);
            insert_in_child(path, 100);
        }
        assert_succeeded(child);
        assert_true(insert(store, 2 + i));
    }
    sqlite_close(store);
    assert_int_equal(count(path), 5);
    assert_int_equal(count(other), 1);
    free(path);
    free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_sqlite_forks__##name, lw_test_set_up_folder, lw_test_tear_down_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_a_child_writes_stays),
        TEST(while_other_threads_write),
        TEST(in_the_middle_of_a_walk),
        TEST(the_parent_goes_on),
    };
    return cmocka_run_group_tests_name("sqlite_forks", tests, NULL, NULL);
}
