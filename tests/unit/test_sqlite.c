/* What is SQLite's own: where its file may lie, what it may be, and what becomes of it. The rest is the contract's. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <labwatch/store.h>

#include "runs.h"
#include "sqlite_internal.h"
#include "testing.h"

static lw_store_setup usual_setup(void) {
    return (lw_store_setup){.clock = lw_clock_system(), .busy_timeout_s = 0.2};
}

static int open_store(lw_store **out, const char *address, lw_error *error) {
    lw_store_setup setup = usual_setup();
    return sqlite_open(out, address, &setup, error);
}

/* The scheme's whole address. */
static const char *in(const char *folder, const char *name) {
    return lw_test_path(folder, name);
}

static void insert(lw_store *store, int64_t id) {
    lw_error error;
    lw_run run;
    lw_test_full_run(&run, id, "heart");
    assert_ok(sqlite_run_insert(store, &run, &error), error);
    lw_run_release(&run);
}

static void make_store(const char *path, int n) {
    lw_error error;
    lw_store *store;
    assert_ok(open_store(&store, path, &error), error);
    for (int i = 1; i <= n; i++)
        insert(store, i);
    sqlite_close(store);
}

static void assert_refused(const char *address, int code, const char *part) {
    lw_error error;
    lw_store *store = NULL;
    int given = open_store(&store, address, &error);
    if (given != code)
        fail_msg("%s gave %d, not %d", address, given, code);
    assert_null(store);
    assert_contains(error.message, part);
}

static void write_file(const char *path, const char *text, size_t length) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static void execute(const char *path, const char *sql) {
    sqlite3 *connection;
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_exec(connection, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(connection);
}

static void test_sqlite__network_file_systems_are_known(void **state) {
    (void)state;
    assert_string_equal(sqlite_network_name(0x6969, ""), "NFS");
    assert_string_equal(sqlite_network_name(0xFF534D42, ""), "CIFS");
    assert_string_equal(sqlite_network_name(0xFE534D42, ""), "SMB");
    assert_string_equal(sqlite_network_name(0x0BD00BD0, ""), "Lustre");
    assert_string_equal(sqlite_network_name(0x65735546, "fuse.sshfs"), "sshfs");
    assert_string_equal(sqlite_network_name(0x65735546, ""), "FUSE");
    assert_null(sqlite_network_name(0x65735546, "fuseblk"));
    assert_null(sqlite_network_name(0xEF53, ""));     /* ext4 */
    assert_null(sqlite_network_name(0x01021994, "")); /* tmpfs */
    assert_null(sqlite_network_name(0x9123683E, "")); /* btrfs */
}

static int all_is_nfs(const char *path, int64_t *magic, char type[64]) {
    (void)path;
    *magic = 0x6969;
    type[0] = '\0';
    return 0;
}

static void test_sqlite__network_file_systems_are_refused(void **state) {
    lw_error error;
    lw_store *store = NULL;
    lw_store_setup setup = usual_setup();
    const char *path = in(*state, "x.db");
    assert_int_equal(sqlite_open_probed(&store, path, &setup, all_is_nfs, &error), LW_ESTORE);
    assert_contains(error.message, "network file system (NFS)");
    assert_contains(error.message, "keep it on a local disk");
    assert_int_equal(access(path, F_OK), -1);
    make_store(path, 1);
    assert_int_equal(sqlite_open_probed(&store, path, &setup, all_is_nfs, &error), LW_ESTORE);
    assert_contains(error.message, "NFS");
}

static void test_sqlite__bad_addresses(void **state) {
    char *folder = *state;
    char *too_long = calloc(1, 6000);
    assert_non_null(too_long);
    memset(too_long, 'x', 5999);
    assert_refused("", LW_EINVAL, "did you mean sqlite:labwatch.db?");
    assert_refused("//x.db", LW_EINVAL, "did you mean sqlite:x.db?");
    assert_refused("///x.db", LW_EINVAL, "did you mean sqlite:x.db, in this folder, or sqlite:/x.db?");
    assert_refused(folder, LW_EINVAL, "is a folder");
    assert_refused(in(folder, "missing/x.db"), LW_EINVAL, "there is no folder");
    assert_refused(in(folder, "missing/"), LW_EINVAL, "cannot be opened");
    assert_refused("/dev/null", LW_EINVAL, "no regular file");
    assert_refused(too_long, LW_EINVAL, "longer");
    write_file(in(folder, "file"), "x", 1);
    assert_refused(in(folder, "file/x.db"), LW_EINVAL, "file/x.db");
    free(too_long);
}

static void test_sqlite__names_mean_nothing_but_themselves(void **state) {
    static const char *const names[] = {
        "a b.db",  "x?mode=memory", "x#y.db", "file:x.db", "file:memdb?mode=memory", ":memory:x", "%41.db", "\xC3\xA4\xE2\x82\xAC.db",
        "-x", "'quoted'.db",
    };
    char *folder = *state;
    char *before = getcwd(NULL, 0);
    assert_non_null(before);
    assert_int_equal(chdir(folder), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        make_store(names[i], 1);
        assert_int_equal(access(in(folder, names[i]), F_OK), 0);
        lw_error error;
        lw_store *store;
        lw_store_setup setup = usual_setup();
        setup.read_only = setup.must_exist = true;
        assert_ok(sqlite_open(&store, names[i], &setup, &error), error);
        sqlite_close(store);
    }
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void test_sqlite__what_must_exist(void **state) {
    lw_error error;
    lw_store *store = NULL;
    lw_store_setup setup = usual_setup();
    setup.must_exist = true;
    const char *path = in(*state, "x.db");
    assert_int_equal(sqlite_open(&store, path, &setup, &error), LW_ENOTFOUND);
    assert_int_equal(access(path, F_OK), -1);
    write_file(path, "", 0);
    assert_int_equal(sqlite_open(&store, path, &setup, &error), LW_ENOTFOUND);
    assert_contains(error.message, "empty");
    assert_int_equal(sqlite_open(&store, ":memory:", &setup, &error), LW_ENOTFOUND);
    make_store(path, 1); /* an empty file is as good as none */
    assert_ok(sqlite_open(&store, path, &setup, &error), error);
    sqlite_close(store);
}

static void test_sqlite__files_that_are_something_else(void **state) {
    char *folder = *state;
    const char *path = in(folder, "x.db");
    static const char text[] = "this is no database, though it is longer than the hundred bytes of the header that SQLite reads first of all";
    write_file(path, text, sizeof text);
    assert_refused(path, LW_ESTORE, "not an SQLite database");
    write_file(path, text, 20);
    assert_refused(path, LW_ESTORE, "x.db");
    unlink(path);
    execute(path, "CREATE TABLE t(x)");
    assert_refused(path, LW_ESTORE, "another program's");
    unlink(path);
    execute(path, "PRAGMA user_version = 3");
    assert_refused(path, LW_ESTORE, "another program's");
}

static void test_sqlite__later_formats_are_refused(void **state) {
    const char *path = in(*state, "x.db");
    make_store(path, 1);
    execute(path, "PRAGMA user_version = 2");
    assert_refused(path, LW_ESTORE, "made by a later labwatch (format 2; this one reads up to 1)");
    execute(path, "PRAGMA user_version = 1");
    lw_error error;
    lw_store *store;
    assert_ok(open_store(&store, path, &error), error);
    sqlite_close(store);
}

static int ignore_run(void *arg, const lw_run *run) {
    (void)arg;
    (void)run;
    return LW_OK;
}

/* Opens a damaged store and reads and writes what can be; all that counts is that every failure has a sentence. */
static void use_damaged(const char *path) {
    lw_error error = {0};
    lw_store *store;
    int code = open_store(&store, path, &error);
    if (code == LW_OK) {
        code = sqlite_run_each(store, &(lw_run_query){0}, ignore_run, NULL, &error);
        lw_run run;
        lw_test_full_run(&run, 100000, "heart");
        int inserted = sqlite_run_insert(store, &run, &error);
        code = code == LW_OK ? inserted : code;
        lw_run_release(&run);
        sqlite_close(store);
    }
    assert_true(code == LW_OK || code == LW_ESTORE);
    if (code != LW_OK)
        assert_contains(error.message, "x.db");
}

static void test_sqlite__truncated_files(void **state) {
    const char *path = in(*state, "x.db");
    char whole[600];
    snprintf(whole, sizeof whole, "%s/whole.db", (const char *)*state);
    make_store(whole, 200);
    struct stat file;
    assert_int_equal(stat(whole, &file), 0);
    char *bytes = malloc((size_t)file.st_size);
    FILE *source = fopen(whole, "rb");
    assert_true(bytes && source && fread(bytes, 1, (size_t)file.st_size, source) == (size_t)file.st_size);
    fclose(source);
    path = in(*state, "x.db");
    for (off_t size = 1; size < file.st_size; size += 1 + size / 2) {
        write_file(path, bytes, (size_t)size);
        use_damaged(path);
        unlink(path);
    }
    for (size_t at = 100; at < (size_t)file.st_size; at += 3001) { /* and with some bytes changed */
        char kept[64];
        memcpy(kept, bytes + at, 64 < (size_t)file.st_size - at ? 64 : 1);
        memset(bytes + at, 0xA5, 64 < (size_t)file.st_size - at ? 64 : 1);
        write_file(path, bytes, (size_t)file.st_size);
        use_damaged(path);
        unlink(path);
        memcpy(bytes + at, kept, 64 < (size_t)file.st_size - at ? 64 : 1);
    }
    free(bytes);
}

/* Calls a function as a user who may not do everything; its exit status. */
static int as_nobody(int (*function)(const char *folder), const char *folder) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(99);
        _exit(function(folder));
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_forbidden(const char *folder) {
    lw_error error;
    lw_store *store = NULL;
    lw_store_setup setup = usual_setup();
    if (sqlite_open(&store, in(folder, "readable.db"), &setup, &error) != LW_ESTORE || !strstr(error.message, "written"))
        return 1;
    if (sqlite_open(&store, in(folder, "secret.db"), &setup, &error) != LW_ESTORE || !strstr(error.message, "read"))
        return 2;
    if (sqlite_open(&store, in(folder, "new.db"), &setup, &error) != LW_ESTORE || !strstr(error.message, "written"))
        return 3;
    if (sqlite_open(&store, in(folder, "writable.db"), &setup, &error) != LW_ESTORE || !strstr(error.message, "its folder is read only"))
        return 4;
    setup.read_only = setup.must_exist = true;
    if (sqlite_open(&store, in(folder, "readable.db"), &setup, &error) != LW_OK)
        return 5;
    lw_run run;
    lw_run_init(&run);
    if (sqlite_run_get(store, 1, &run, &error) != LW_OK)
        return 6;
    lw_run_release(&run);
    sqlite_close(store);
    return 0;
}

static void test_sqlite__read_only_files_and_folders(void **state) {
    char *folder = *state;
    make_store(in(folder, "readable.db"), 1);
    make_store(in(folder, "secret.db"), 1);
    make_store(in(folder, "writable.db"), 1);
    assert_int_equal(chmod(in(folder, "readable.db"), 0444), 0);
    assert_int_equal(chmod(in(folder, "secret.db"), 0), 0);
    assert_int_equal(chmod(in(folder, "writable.db"), 0666), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    int status = as_nobody(try_forbidden, folder);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(status, 0);
}

/* A connection that holds the lock for writing. */
static sqlite3 *lock_file(const char *path) {
    sqlite3 *connection;
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_exec(connection, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return connection;
}

static void test_sqlite__others_are_waited_for_only_so_long(void **state) {
    lw_error error;
    const char *path = in(*state, "x.db");
    make_store(path, 1);
    sqlite3 *other = lock_file(path);
    lw_store *store;
    assert_ok(open_store(&store, path, &error), error);
    double start = lw_clock_monotonic_s(lw_clock_system());
    assert_int_equal(sqlite_run_remove(store, 1, &error), LW_EUNAVAILABLE);
    double waited = lw_clock_monotonic_s(lw_clock_system()) - start;
    assert_true(waited >= 0.19 && waited < 5);
    assert_contains(error.message, "in use by another process");
    lw_run_counts counts = {0};
    assert_ok(sqlite_run_counts(store, "heart", &counts, &error), error); /* readers go on */
    assert_int_equal(counts.own, 1);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_ok(sqlite_run_remove(store, 1, &error), error);
    sqlite3_close(other);
    sqlite_close(store);
}

static bool give_up_third(void *asked) {
    return ++*(int *)asked == 3;
}

static void test_sqlite__a_wait_can_be_given_up(void **state) {
    lw_error error;
    const char *path = in(*state, "x.db");
    make_store(path, 1);
    sqlite3 *other = lock_file(path);
    int asked = 0;
    lw_store_setup setup = {.clock = lw_clock_system(), .busy_timeout_s = 1e6, .give_up = give_up_third, .self = &asked};
    lw_store *store;
    assert_ok(sqlite_open(&store, path, &setup, &error), error);
    assert_int_equal(sqlite_run_remove(store, 1, &error), LW_EINTERRUPTED);
    assert_int_equal(asked, 3);
    assert_contains(error.message, "not waited for");
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_ok(sqlite_run_remove(store, 1, &error), error);
    sqlite3_close(other);
    sqlite_close(store);
}

static void fill(lw_store *store, int64_t *last, lw_error *error) {
    int code = LW_OK;
    while (code == LW_OK) {
        lw_run run;
        lw_test_full_run(&run, ++*last, "heart");
        code = sqlite_run_insert(store, &run, error);
        lw_run_release(&run);
    }
    --*last;
    if (code != LW_EUNAVAILABLE)
        fail_msg("a full disk gave %d: %s", code, error->message);
}

static void assert_counted(lw_store *store, int64_t n) {
    lw_error error;
    lw_run_counts counts = {0};
    assert_ok(sqlite_run_counts(store, "heart", &counts, &error), error);
    assert_true(counts.own == n && counts.last_id == n);
}

static void test_sqlite__a_file_that_was_deleted_or_moved_takes_nothing_more(void **state) {
    lw_error error;
    lw_store *store;
    int64_t last = 0;
    assert_ok(open_store(&store, in(*state, "x.db"), &error), error);
    insert(store, 1);
    char elsewhere[4096];
    (void)snprintf(elsewhere, sizeof elsewhere, "%s", in(*state, "y.db"));
    assert_int_equal(rename(in(*state, "x.db"), elsewhere), 0);
    last = 1;
    fill(store, &last, &error);
    assert_contains(error.message, "moved or deleted");
    assert_int_equal(rename(elsewhere, in(*state, "x.db")), 0);
    insert(store, 2);
    assert_counted(store, 2);
    sqlite_close(store);
}

static void test_sqlite__a_full_database_says_so_and_goes_on(void **state) {
    lw_error error;
    lw_store *store;
    int64_t last = 0;
    assert_ok(open_store(&store, in(*state, "x.db"), &error), error);
    sqlite3 *connection = ((sqlite_store *)store)->connection;
    assert_int_equal(sqlite3_exec(connection, "PRAGMA max_page_count = 60", NULL, NULL, NULL), SQLITE_OK);
    fill(store, &last, &error);
    assert_contains(error.message, "the disk is full");
    assert_true(last > 5);
    assert_counted(store, last);
    assert_int_equal(sqlite3_exec(connection, "PRAGMA max_page_count = 100000", NULL, NULL, NULL), SQLITE_OK);
    insert(store, last + 1);
    assert_counted(store, last + 1);
    sqlite_close(store);
}

static int fill_limited(const char *folder) {
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 400000, .rlim_max = RLIM_INFINITY};
    lw_error error;
    lw_store *store;
    int64_t last = 0;
    if (open_store(&store, in(folder, "x.db"), &error) != LW_OK || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    fill(store, &last, &error);
    limit.rlim_cur = RLIM_INFINITY;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 2;
    assert_counted(store, last);
    insert(store, last + 1);
    assert_counted(store, last + 1);
    sqlite_close(store);
    return last > 5 ? 0 : 3;
}

static void test_sqlite__a_full_disk_says_so_and_goes_on(void **state) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(fill_limited(*state));
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static bool opens_and_closes(void *path) {
    lw_store *store;
    lw_store_setup setup = usual_setup();
    if (sqlite_open(&store, path, &setup, NULL) != LW_OK)
        return false;
    sqlite_close(store);
    return true;
}

static void test_sqlite__opening_with_failed_allocations(void **state) {
    char path[600];
    snprintf(path, sizeof path, "%s/x.db", (const char *)*state);
    lw_test_sweep_allocations(opens_and_closes, path);
    make_store(path, 1);
    lw_test_sweep_allocations(opens_and_closes, path);
}

static int64_t pragma(lw_store *store, const char *sql) {
    sqlite3_stmt *statement;
    sqlite3 *connection = ((sqlite_store *)store)->connection;
    assert_int_equal(sqlite3_prepare_v2(connection, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    if (sqlite3_column_type(statement, 0) == SQLITE_TEXT)
        value = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    sqlite3_finalize(statement);
    return value;
}

static void test_sqlite__what_is_acknowledged_is_on_the_disk(void **state) {
    lw_error error;
    lw_store *store;
    const char *path = in(*state, "x.db");
    make_store(path, 1);
    assert_ok(open_store(&store, path, &error), error);
    const int full = 2;
    assert_true(pragma(store, "PRAGMA journal_mode") == 1);
    assert_int_equal(pragma(store, "PRAGMA synchronous"), full);
    assert_ok(sqlite_cache_put(store, "k", "v", 1, &error), error);
    insert(store, 2);
    assert_int_equal(pragma(store, "PRAGMA synchronous"), full);
    sqlite_close(store);
}

static size_t count_of(lw_store *store, const char *sql) {
    return (size_t)pragma(store, sql);
}

static int give(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    (void)error;
    size_t *rest = arg;
    *got = *rest < size ? *rest : size;
    memset(buffer, 'x', *got);
    *rest -= *got;
    return LW_OK;
}

static void test_sqlite__equal_contents_are_stored_once_and_freed(void **state) {
    (void)state;
    lw_error error;
    lw_store *store;
    assert_ok(open_store(&store, ":memory:", &error), error);
    for (int64_t id = 1; id <= 3; id++) {
        insert(store, id);
        size_t rest = 1000000;
        assert_ok(sqlite_file_put(store, id, LW_FILE_SOURCE, "train.py", give, &rest, &error), error);
        assert_int_equal(count_of(store, "SELECT count(*) FROM contents"), 1);
        assert_int_equal(count_of(store, "SELECT count(*) FROM chunks"), 4);
    }
    for (int64_t id = 1; id <= 3; id++)
        assert_ok(sqlite_run_remove(store, id, &error), error);
    assert_int_equal(count_of(store, "SELECT count(*) FROM contents"), 0);
    assert_int_equal(count_of(store, "SELECT count(*) FROM chunks"), 0);
    assert_int_equal(count_of(store, "SELECT count(*) FROM files"), 0);
    assert_int_equal(count_of(store, "SELECT count(*) FROM details"), 0);
    assert_int_equal(count_of(store, "SELECT count(*) FROM outputs"), 0);
    sqlite_close(store);
}

static void test_sqlite__a_damaged_run_can_be_removed(void **state) {
    const char *path = in(*state, "a.db");
    make_store(path, 2);
    execute(path, "UPDATE details SET document = x'0102' WHERE id = 1; UPDATE runs SET config = x'01' WHERE id = 1");
    lw_error error;
    lw_store *store;
    lw_run run;
    lw_run_counts counts = {0};
    assert_ok(open_store(&store, path, &error), error);
    assert_int_equal(sqlite_run_get(store, 1, &run, &error), LW_ESTORE);
    assert_ok(sqlite_run_remove(store, 1, &error), error);
    assert_ok(sqlite_run_remove(store, 1, &error), error);
    assert_ok(sqlite_run_get(store, 1, &run, &error), error);
    assert_int_equal(run.status, LW_STATUS_REMOVED);
    assert_string_equal(run.experiment, "heart");
    lw_run_release(&run);
    assert_ok(sqlite_run_counts(store, "heart", &counts, &error), error);
    assert_int_equal(counts.by_status[LW_STATUS_REMOVED], 1);
    assert_int_equal(counts.all, 2);
    assert_int_equal(count_of(store, "SELECT count(*) FROM details"), 1);
    sqlite_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_sqlite__##name, lw_test_set_up_folder, lw_test_tear_down_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(network_file_systems_are_known),
        TEST(network_file_systems_are_refused),
        TEST(bad_addresses),
        TEST(names_mean_nothing_but_themselves),
        TEST(what_must_exist),
        TEST(files_that_are_something_else),
        TEST(later_formats_are_refused),
        TEST(truncated_files),
        TEST(a_file_that_was_deleted_or_moved_takes_nothing_more),
        TEST(read_only_files_and_folders),
        TEST(others_are_waited_for_only_so_long),
        TEST(a_wait_can_be_given_up),
        TEST(a_full_database_says_so_and_goes_on),
        TEST(a_full_disk_says_so_and_goes_on),
        TEST(opening_with_failed_allocations),
        TEST(what_is_acknowledged_is_on_the_disk),
        TEST(equal_contents_are_stored_once_and_freed),
        TEST(a_damaged_run_can_be_removed),
    };
    return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
