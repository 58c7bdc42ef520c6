/* Checkpoint folders: whose they are, what the next attempt finds, and what is removed. */
#include <sys/stat.h>

#include "testing.h"

#include <labwatch/labwatch.h>

#include "checkpoint.h"

static int enter_folder(void **state) {
    return lw_test_enter_folder(state) == 0 && mkdir("root", 0700) == 0 ? 0 : -1;
}

static const lw_checkpoint_owner heart = {"sqlite:/data/runs.db", "heart", 1000};

static lw_checkpoints open_for(const lw_checkpoint_owner *owner) {
    lw_checkpoints checkpoints;
    lw_error error;
    assert_ok(lw_checkpoints_open(&checkpoints, "root", owner, &error), error);
    return checkpoints;
}

/* The folder of an attempt, in which it writes its number; what was there before is expected. */
static char *begin(const lw_checkpoints *checkpoints, int64_t run, int32_t attempt, const char *expected) {
    char *path, name[700], found[64] = "";
    lw_error error;
    assert_ok(lw_checkpoints_take(checkpoints, run, attempt, &path, &error), error);
    snprintf(name, sizeof name, "%s/epoch", path);
    FILE *file = fopen(name, "r");
    if (file) {
        assert_non_null(fgets(found, sizeof found, file));
        fclose(file);
    }
    assert_string_equal(found, expected);
    file = fopen(name, "w");
    assert_non_null(file);
    fprintf(file, "%d", (int)attempt);
    fclose(file);
    return path;
}

static bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static void the_next_attempt_gets_the_folder(void **state) {
    (void)state;
    lw_checkpoints checkpoints = open_for(&heart);
    char *first = begin(&checkpoints, 12, 1, "");
    char *fourth = begin(&checkpoints, 12, 4, "1");
    assert_false(is_there(first)); /* who still runs there cannot write into what is no longer its own */
    char *other = begin(&checkpoints, 1, 2, "");
    char *again = begin(&checkpoints, 12, 4, "4");
    assert_string_equal(fourth, again);
    lw_checkpoints_remove(&checkpoints, 12, 1); /* a late result */
    assert_true(is_there(fourth));
    lw_checkpoints_remove(&checkpoints, 12, 4);
    assert_false(is_there(fourth));
    assert_true(is_there(other));
    lw_free(first);
    lw_free(fourth);
    lw_free(other);
    lw_free(again);
    lw_checkpoints_release(&checkpoints);
}

static void folders_of_different_owners_differ(void **state) {
    (void)state;
    const lw_checkpoint_owner owners[] = {
        heart,
        {"sqlite:/data/other.db", "heart", 1000},
        {"sqlite:/data/runs.db", "heart", 1001},
        {"sqlite:/data/runs.db", "../heart", 1000},
        {"sqlite:/data/runs.db", "..", 1000},
        {"sqlite:/data/runs.db", "__", 1000},
        {"sqlite:/data/runs.db", "h\xC3\xA4rt \n$(rm)", 1000},
    };
    enum { N = sizeof owners / sizeof *owners };
    char *paths[N], *root = realpath("root", NULL);
    for (int i = 0; i < N; i++) {
        lw_checkpoints checkpoints = open_for(&owners[i]);
        paths[i] = begin(&checkpoints, 1, 1, "");
        assert_memory_equal(paths[i], root, strlen(root));
        assert_null(strstr(paths[i], ".."));
        assert_null(strpbrk(paths[i] + strlen(root), " \n$(\xC3"));
        lw_checkpoints_release(&checkpoints);
    }
    for (int i = 0; i < N; i++)
        lw_free(paths[i]);
    free(root);
}

/* Three open runs of numbers, and another program's, whose ids are texts: those come last, without a number. */
static int show_open(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error) {
    static const lw_run_row rows[] = {{.id = 1}, {.id = 5}, {.id = 12}, {.foreign_id = "a"}, {.foreign_id = "b"},
                                      {.foreign_id = "c"}, {.foreign_id = "d"}};
    (void)store, (void)error;
    assert_true(query->open_only);
    int code = LW_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && code == LW_OK; i++)
        code = visit(arg, &rows[i]);
    return code;
}

static void only_what_is_no_longer_open_is_tidied_up(void **state) {
    (void)state;
    static const lw_store_type type = {.scheme = "rows", .row_each = show_open};
    lw_store store = {.type = &type};
    lw_checkpoints checkpoints = open_for(&heart);
    char *open[] = {begin(&checkpoints, 1, 1, ""), begin(&checkpoints, 5, 2, ""), begin(&checkpoints, 12, 1, "")};
    char *ended = begin(&checkpoints, 7, 1, "");
    lw_checkpoints_tidy(&checkpoints, &store, heart.experiment);
    assert_false(is_there(ended));
    for (int i = 0; i < 3; i++) {
        assert_true(is_there(open[i]));
        lw_free(open[i]);
    }
    lw_free(ended);
    lw_checkpoints_release(&checkpoints);
}

/* Run 7 has ended; somebody tries it again while it is asked what is open. */
static int show_none(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error) {
    (void)store, (void)query, (void)visit, (void)arg, (void)error;
    lw_checkpoints checkpoints = open_for(&heart);
    lw_free(begin(&checkpoints, 7, 2, "1"));
    lw_checkpoints_release(&checkpoints);
    return LW_OK;
}

static void an_attempt_that_begins_meanwhile_keeps_its_folder(void **state) {
    (void)state;
    static const lw_store_type type = {.scheme = "rows", .row_each = show_none};
    lw_store store = {.type = &type};
    lw_checkpoints checkpoints = open_for(&heart);
    char *other = begin(&checkpoints, 8, 1, "");
    lw_free(begin(&checkpoints, 7, 1, ""));
    lw_checkpoints_tidy(&checkpoints, &store, heart.experiment);
    assert_false(is_there(other));
    lw_free(begin(&checkpoints, 7, 3, "2"));
    lw_free(other);
    lw_checkpoints_release(&checkpoints);
}

static void links_are_removed_and_not_followed(void **state) {
    (void)state;
    lw_checkpoints checkpoints = open_for(&heart);
    char *path = begin(&checkpoints, 7, 1, ""), name[700];
    assert_int_equal(mkdir("precious", 0700), 0);
    fclose(fopen("precious/file", "w"));
    snprintf(name, sizeof name, "%s/link", path);
    assert_int_equal(symlink("../../../../precious", name), 0);
    snprintf(name, sizeof name, "%s/deep", path);
    assert_int_equal(mkdir(name, 0700), 0);
    lw_checkpoints_remove(&checkpoints, 7, 1);
    assert_false(is_there(path));
    assert_true(is_there("precious/file"));
    lw_free(path);
    lw_checkpoints_release(&checkpoints);
}

static void a_folder_that_was_named_must_be_there(void **state) {
    (void)state;
    lw_checkpoints checkpoints;
    lw_error error;
    assert_int_equal(lw_checkpoints_open(&checkpoints, "nowhere", &heart, &error), LW_EINVAL);
    assert_contains(error.message, "there is no folder 'nowhere'");
    fclose(fopen("file", "w"));
    assert_int_equal(lw_checkpoints_open(&checkpoints, "file", &heart, &error), LW_EINVAL);
}

static void a_folder_that_cannot_be_made_is_an_error(void **state) {
    (void)state;
    lw_checkpoints checkpoints = open_for(&heart);
    lw_error error;
    char *path;
    fclose(fopen(checkpoints.folder, "w"));
    assert_int_equal(lw_checkpoints_take(&checkpoints, 1, 1, &path, &error), LW_EIO);
    assert_contains(error.message, "cannot make the folder for checkpoints");
    assert_null(path);
    lw_checkpoints_release(&checkpoints);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_next_attempt_gets_the_folder, enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(folders_of_different_owners_differ, enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(only_what_is_no_longer_open_is_tidied_up, enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(an_attempt_that_begins_meanwhile_keeps_its_folder, enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(links_are_removed_and_not_followed, enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(a_folder_that_was_named_must_be_there, enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_made_is_an_error, enter_folder, lw_test_leave_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
