/* Private folders: made, removed with all in them, and tidied up where a killed process left one. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "testing.h"

#include "private_folder.h"

static int set_up(void **state) {
    *state = lw_test_make_folder();
    return setenv("TMPDIR", *state, 1);
}

static int tear_down(void **state) {
    unsetenv("TMPDIR");
    lw_test_remove_folder(*state);
    return 0;
}

static lw_private_folder make(void) {
    lw_private_folder folder = {0};
    lw_error error;
    assert_ok(lw_private_folder_make(&folder, &error), error);
    return folder;
}

static bool exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

static void write_file(const char *path) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("something\n", file);
    fclose(file);
}

/* A folder as labwatch names them, for this user; with a lock file that nobody holds, or without. */
static char *make_by_hand(const char *parent, bool locked) {
    char path[600];
    snprintf(path, sizeof path, "%s/labwatch-%lu-XXXXXX", parent, (unsigned long)geteuid());
    assert_non_null(mkdtemp(path));
    write_file(lw_test_path(path, "file"));
    if (locked)
        write_file(lw_test_path(path, "lock"));
    return strdup(path);
}

static void test_private_folder__is_removed_with_all_in_it(void **state) {
    char outside[600];
    snprintf(outside, sizeof outside, "%s/outside", (char *)*state);
    assert_int_equal(mkdir(outside, 0700), 0);
    write_file(lw_test_path(outside, "kept"));
    lw_private_folder folder = make();
    struct stat status;
    assert_int_equal(stat(folder.path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(mkdir(lw_test_path(folder.path, "inner"), 0700), 0);
    write_file(lw_test_path(folder.path, "inner/file"));
    assert_int_equal(symlink(outside, lw_test_path(folder.path, "link")), 0);
    assert_int_equal(symlink(outside, lw_test_path(folder.path, "inner/link")), 0);
    char *path = strdup(folder.path);
    lw_private_folder_remove(&folder);
    assert_null(folder.path);
    assert_false(exists(path));
    assert_true(exists(lw_test_path(outside, "kept")));
    lw_private_folder_remove(&folder); /* of none: nothing */
    free(path);
}

static void test_private_folder__of_a_killed_process_goes_with_the_next_start(void **state) {
    char left[600] = "";
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        lw_private_folder folder = {0};
        if (lw_private_folder_make(&folder, NULL) == LW_OK && write(ends[1], folder.path, strlen(folder.path)) > 0)
            (void)close(open(lw_test_path(folder.path, "run-1.result"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        raise(SIGKILL);
    }
    assert_true(child > 0);
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(read(ends[0], left, sizeof left - 1) > 0);
    close(ends[0]);
    assert_true(exists(left));
    lw_private_folder folder = make();
    assert_false(exists(left));
    assert_true(exists(folder.path));
    lw_private_folder_remove(&folder);
}

static void test_private_folder__in_use_stays(void **state) {
    (void)state;
    lw_private_folder first = make(), second = make();
    assert_true(exists(first.path));
    assert_true(exists(second.path));
    lw_private_folder_remove(&first);
    assert_true(exists(second.path));
    lw_private_folder_remove(&second);
}

static void test_private_folder__leaves_what_is_not_clearly_its_own(void **state) {
    const char *parent = *state;
    char elsewhere[600], link[600];
    char *unlocked = make_by_hand(parent, false); /* being made just now, perhaps */
    char *writable = make_by_hand(parent, true);
    char *linked = make_by_hand(parent, false);
    char *abandoned = make_by_hand(parent, true);
    assert_int_equal(chmod(writable, 0777), 0);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", parent);
    snprintf(link, sizeof link, "%s/labwatch-%lu-linked", parent, (unsigned long)geteuid());
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    write_file(lw_test_path(elsewhere, "lock"));
    assert_int_equal(symlink(elsewhere, link), 0);
    char target[700];
    snprintf(target, sizeof target, "%s/lock", elsewhere);
    assert_int_equal(symlink(target, lw_test_path(linked, "lock")), 0);

    lw_private_folder folder = make();
    assert_true(exists(lw_test_path(unlocked, "file")));
    assert_true(exists(lw_test_path(writable, "file")));
    assert_true(exists(lw_test_path(linked, "file")));
    assert_true(exists(lw_test_path(elsewhere, "lock")));
    assert_true(exists(link));
    assert_false(exists(abandoned));
    lw_private_folder_remove(&folder);
    free(unlocked);
    free(writable);
    free(linked);
    free(abandoned);
}

static void test_private_folder__is_made_anew_where_somebody_removed_it(void **state) {
    (void)state;
    lw_error error;
    lw_private_folder folder = make();
    char *before = strdup(folder.path);
    assert_int_equal(unlink(lw_test_path(before, "lock")), 0);
    assert_int_equal(rmdir(before), 0);
    assert_ok(lw_private_folder_make(&folder, &error), error);
    assert_true(exists(folder.path));
    lw_private_folder_remove(&folder);
    setenv("TMPDIR", before, 1); /* which is not there */
    assert_int_equal(lw_private_folder_make(&folder, &error), LW_EIO);
    assert_contains(error.message, "TMPDIR");
    assert_null(folder.path);
    free(before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_private_folder__is_removed_with_all_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_private_folder__of_a_killed_process_goes_with_the_next_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_private_folder__in_use_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_private_folder__leaves_what_is_not_clearly_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_private_folder__is_made_anew_where_somebody_removed_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
