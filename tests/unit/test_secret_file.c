/* Secrets in files: what is taken, and what is refused without being repeated. */
#include <sys/stat.h>

#include "testing.h"

#include <labwatch/store.h>
#include <labwatch/sys/memory.h>

static void write_file(const char *name, const void *bytes, size_t length, mode_t mode) {
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(name, mode), 0);
}

static void assert_secret(const char *text, const char *wanted) {
    char *secret;
    lw_error error;
    write_file("file", text, strlen(text), 0600);
    assert_ok(lw_secret_from_file(&secret, "file", &error), error);
    assert_string_equal(secret, wanted);
    lw_free(secret);
}

static void assert_refused(const char *name, const char *part) {
    char *secret;
    lw_error error;
    assert_int_equal(lw_secret_from_file(&secret, name, &error), LW_EINVAL);
    assert_contains(error.message, part);
    assert_null(strstr(error.message, "s3cret"));
}

static void a_line_is_the_secret(void **state) {
    (void)state;
    assert_secret("s3cret", "s3cret");
    assert_secret("s3cret\n", "s3cret");
    assert_secret("s3cret\r\n\n", "s3cret");
    assert_secret(" two words ", " two words ");
}

static void what_others_could_read_or_change_is_refused(void **state) {
    (void)state;
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_file("file", "s3cret\n", 7, modes[i]);
        assert_refused("file", "chmod 600");
    }
}

static void what_is_no_line_is_refused(void **state) {
    (void)state;
    char *large = calloc(1, 70000);
    memset(large, 'x', 69999);
    write_file("large", large, 69999, 0600);
    free(large);
    write_file("lines", "s3cret\ns3cret\n", 14, 0600);
    write_file("zero", "s3cret\0s3cret", 13, 0600);
    write_file("bytes", "s3cret\xFF", 7, 0600);
    write_file("empty", "", 0, 0600);
    write_file("newline", "\n", 1, 0600);
    static const char *const names[] = {"large", "lines", "zero", "bytes", "empty", "newline"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_refused(names[i], "must have one line of text");
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_refused("pipe", "is no regular file");
    assert_refused(".", "is no regular file");
    assert_refused("nothing", "cannot read 'nothing'");
    assert_refused("", "cannot read ''");
}

static void a_store_is_opened_by_the_url_in_a_file(void **state) {
    (void)state;
    lw_store *store;
    lw_error error;
    char *url;
    write_file("url", "memory:\n", 8, 0600);
    assert_ok(lw_store_open(&store, "@url", NULL, NULL, &error), error);
    lw_store_close(store);
    assert_ok(lw_store_url_from(&url, "@url", &error), error);
    assert_string_equal(url, "memory:");
    lw_free(url);
    assert_ok(lw_store_url_from(&url, "sqlite:a@b", &error), error);
    assert_string_equal(url, "sqlite:a@b");
    lw_free(url);
    static const char *const wrong[] = {"s3cret", "s3cret:s3cret", "@url", "nonsense:s3cret", "mongo://u:s3cret@h/db"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_file("wrong", wrong[i], strlen(wrong[i]), 0600);
        assert_int_equal(lw_store_open(&store, "@wrong", NULL, NULL, &error), LW_EINVAL);
        assert_contains(error.message, "must have the URL of a store in it");
        assert_null(strstr(error.message, "s3cret"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_the_secret, lw_test_enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(what_others_could_read_or_change_is_refused, lw_test_enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(what_is_no_line_is_refused, lw_test_enter_folder, lw_test_leave_folder),
        cmocka_unit_test_setup_teardown(a_store_is_opened_by_the_url_in_a_file, lw_test_enter_folder, lw_test_leave_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
