/* Where the spool lies, and files in it that are no results. */
#include <fcntl.h>
#include <sys/stat.h>

#include "testing.h"

#include <labwatch/sys/text.h>

#include "spool_folder.h"

static void set(const char *name, const char *value) {
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void set_variables(const char *spool, const char *state, const char *home) {
    set("LABWATCH_SPOOL", spool);
    set("XDG_STATE_HOME", state);
    set("HOME", home);
}

static void assert_path(const char *folder, const char *expected) {
    char *path = NULL;
    lw_error error;
    assert_ok(lw_spool_folder_path(&path, folder, &error), error);
    assert_string_equal(path, expected);
    lw_free(path);
}

static void the_first_place_that_is_named_counts(void **state) {
    (void)state;
    char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL, *path;
    lw_error error;
    set_variables("/s", "/state", "/home/me");
    assert_path("here", "here");
    assert_path(NULL, "/s");
    assert_path("", "/s");
    set_variables("", "/state", "/home/me");
    assert_path(NULL, "/state/labwatch/spool");
    set_variables(NULL, "state", "/home/me"); /* a relative one is to be passed over */
    assert_path(NULL, "/home/me/.local/state/labwatch/spool");
    set_variables(NULL, NULL, NULL);
    assert_int_equal(lw_spool_folder_path(&path, NULL, &error), LW_EIO);
    assert_contains(error.message, "set LABWATCH_SPOOL, XDG_STATE_HOME or HOME to a folder");
    set_variables(NULL, NULL, home);
    free(home);
}

static void assert_one_result(const char *folder, const char *text) {
    lw_spool_names names;
    lw_spool_file file;
    lw_text read = {0};
    lw_error error;
    assert_ok(lw_spool_folder_list(folder, &names, &error), error);
    assert_int_equal(names.n, 1);
    assert_ok(lw_spool_file_open(&file, folder, names.items[0], &read, &error), error);
    assert_string_equal(read.bytes, text);
    lw_spool_file_remove(&file);
    assert_true(lw_spool_file_is_gone(&file));
    lw_spool_file_close(&file);
    lw_text_release(&read);
    lw_spool_names_release(&names);
}

static void missing_folders_are_made(void **state) {
    (void)state;
    static const char *const folders[] = {"spool", "a/b/c", "./d//e/"};
    lw_error error;
    for (size_t i = 0; i < 3; i++) {
        assert_ok(lw_spool_folder_add(folders[i], 7, "{}", &error), error);
        assert_one_result(folders[i], "{}\n");
    }
}

static void a_file_is_no_folder(void **state) {
    (void)state;
    lw_spool_names names;
    lw_error error;
    int file = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(lw_spool_folder_add("file", 7, "{}", &error), LW_EIO);
    assert_contains(error.message, "file");
    assert_int_equal(lw_spool_folder_add("file/spool", 7, "{}", &error), LW_EIO);
    assert_int_equal(lw_spool_folder_list("file", &names, &error), LW_EIO);
    assert_contains(error.message, "cannot look into 'file': Not a directory");
    assert_ok(lw_spool_folder_list("missing", &names, &error), error);
    assert_int_equal(names.n, 0);
}

static void assert_unreadable(const char *name, int code, const char *part) {
    lw_spool_file file;
    lw_text text = {0};
    lw_error error;
    assert_int_equal(lw_spool_file_open(&file, "spool", name, &text, &error), code);
    assert_contains(error.message, part);
    lw_text_release(&text);
}

static void what_is_no_result_is_not_waited_for(void **state) {
    (void)state;
    assert_int_equal(mkdir("spool", 0700), 0);
    assert_int_equal(mkdir("spool/folder.json", 0700), 0);
    assert_int_equal(mkfifo("spool/pipe.json", 0600), 0);
    assert_int_equal(symlink("/etc/passwd", "spool/link.json"), 0);
    int file = open("spool/large.json", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(file, 65 * 1024 * 1024), 0);
    close(file);
    assert_unreadable("gone.json", LW_ENOTFOUND, "it has gone");
    assert_unreadable("folder.json", LW_EPARSE, "it is no regular file");
    assert_unreadable("pipe.json", LW_EPARSE, "it is no regular file");
    assert_unreadable("link.json", LW_EPARSE, "it cannot be opened");
    assert_unreadable("large.json", LW_EPARSE, "it is larger than 64 MiB");
}

static bool adds(void *unused) {
    (void)unused;
    return lw_spool_folder_add("spool", 7, "{}", NULL) == LW_OK;
}

static bool reads(void *unused) {
    (void)unused;
    lw_spool_names names;
    int code = lw_spool_folder_list("few", &names, NULL);
    for (size_t i = 0; code == LW_OK && i < names.n; i++) {
        lw_spool_file file;
        lw_text text = {0};
        code = lw_spool_file_open(&file, "few", names.items[i], &text, NULL);
        if (code == LW_OK)
            lw_spool_file_close(&file);
        lw_text_release(&text);
    }
    lw_spool_names_release(&names);
    return code == LW_OK;
}

static void survives_without_memory(void **state) {
    (void)state;
    lw_error error;
    for (int64_t id = 1; id <= 3; id++)
        assert_ok(lw_spool_folder_add("few", id, "{}", &error), error);
    lw_test_sweep_allocations(adds, NULL);
    lw_test_sweep_allocations(reads, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lw_test_enter_folder, lw_test_leave_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_first_place_that_is_named_counts),
        TEST(missing_folders_are_made),
        TEST(a_file_is_no_folder),
        TEST(what_is_no_result_is_not_waited_for),
        TEST(survives_without_memory),
    };
    return cmocka_run_group_tests_name("spool_folder", tests, NULL, NULL);
}
