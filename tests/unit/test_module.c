#include <labwatch/sys/module.h>

#include "module.h"
#include "testing.h"

static void look_only_in(const char *folders) {
    setenv("LABWATCH_MODULES", folders, 1);
}

static void test_module__is_loaded_by_its_name(void **state) {
    (void)state;
    lw_error error;
    const lw_module *module = NULL, *again = NULL;
    look_only_in(LW_TEST_MODULES);
    assert_ok(lw_module_open(&module, "sample", &error), error);
    assert_int_equal(module->interface, LW_MODULE_INTERFACE);
    assert_ok(lw_module_open(&again, "sample", &error), error);
    assert_ptr_equal(module, again);
}

static void test_module__is_looked_for_in_every_folder(void **state) {
    (void)state;
    lw_error error;
    const lw_module *module = NULL;
    look_only_in(":/nowhere/at/all::" LW_TEST_MODULES ":");
    assert_ok(lw_module_open(&module, "sample", &error), error);
    assert_non_null(module);
}

static void test_module__is_looked_for_beside_the_library(void **state) {
    (void)state;
    lw_error error;
    const lw_module *module = NULL;
    unsetenv("LABWATCH_MODULES");
    assert_ok(lw_module_open(&module, "beside", &error), error);
    assert_int_equal(module->interface, LW_MODULE_INTERFACE);
    look_only_in("/nowhere/first");
    assert_ok(lw_module_open(&module, "beside", &error), error);
}

static void test_module__not_found_says_where_it_looked(void **state) {
    (void)state;
    lw_error error;
    const lw_module *module = NULL;
    look_only_in("/nowhere/first:/nowhere/second");
    assert_int_equal(lw_module_open(&module, "sample", &error), LW_ENOTFOUND);
    assert_contains(error.message, "labwatch-sample.so");
    assert_contains(error.message, "/nowhere/first, /nowhere/second, ");
    assert_null(module);
    unsetenv("LABWATCH_MODULES");
    assert_int_equal(lw_module_open(&module, "sample", &error), LW_ENOTFOUND);
    assert_contains(error.message, "labwatch");
}

static void test_module__for_another_interface_is_refused(void **state) {
    (void)state;
    lw_error error;
    const lw_module *module = NULL;
    look_only_in(LW_TEST_MODULES);
    assert_int_equal(lw_module_open(&module, "other-interface", &error), LW_EUNSUPPORTED);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "interface %d, this library for %d;", LW_MODULE_INTERFACE + 1, LW_MODULE_INTERFACE);
    assert_contains(error.message, wanted);
    assert_null(module);
}

static void test_module__without_its_symbol_is_refused(void **state) {
    (void)state;
    lw_error error;
    const lw_module *module = NULL;
    look_only_in(LW_TEST_MODULES);
    assert_int_equal(lw_module_open(&module, "no-symbol", &error), LW_EUNSUPPORTED);
    assert_contains(error.message, LW_MODULE_SYMBOL);
    assert_null(module);
}

static void test_module__that_is_no_shared_object_gives_the_loaders_reason(void **state) {
    (void)state;
    lw_error error;
    const lw_module *module = NULL;
    char *folder = lw_test_make_folder();
    FILE *file = fopen(lw_test_path(folder, "labwatch-text.so"), "w");
    assert_non_null(file);
    fputs("no shared object", file);
    fclose(file);
    look_only_in(folder);
    assert_int_equal(lw_module_open(&module, "text", &error), LW_EUNSUPPORTED);
    assert_contains(error.message, "cannot be loaded");
    assert_contains(error.message, "labwatch-text.so");
    lw_test_remove_folder(folder);
}

static void test_module__names_cannot_leave_the_folder(void **state) {
    (void)state;
    static const char *const names[] = {"", "../sample", "a/b", "Sample", "a b", "a.so", "\xC3\xA4"};
    look_only_in(LW_TEST_MODULES);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const lw_module *module = NULL;
        assert_int_equal(lw_module_open(&module, names[i], NULL), LW_EINVAL);
        assert_null(module);
    }
}

static void test_module__names_are_listed_once_and_in_order(void **state) {
    (void)state;
    char *folder = lw_test_make_folder();
    const char *const files[] = {"labwatch-text.so", "labwatch-sample.so", "labwatch-.so",
                                 "labwatch-Text.so", "other-text.so",      "labwatch-text.so.1"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        fclose(fopen(lw_test_path(folder, files[i]), "w"));
    char folders[4096];
    snprintf(folders, sizeof folders, "/nowhere:%s:" LW_TEST_MODULES, folder);
    look_only_in(folders);
    const char *const expected[] = {"beside", "no-symbol", "other-interface", "sample", "text"};
    char **names;
    size_t n;
    lw_error error;
    assert_ok(lw_module_names(&names, &n, &error), error);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(names[i], expected[i]);
    lw_module_names_free(names, n);
    lw_test_remove_folder(folder);
}

static bool list_modules(void *context) {
    (void)context;
    char **names;
    size_t n;
    int code = lw_module_names(&names, &n, NULL);
    assert_true(code == LW_ENOMEM || code == LW_OK);
    if (code == LW_OK)
        lw_module_names_free(names, n);
    return code == LW_OK;
}

static bool look_for_missing_module(void *context) {
    (void)context;
    const lw_module *module = NULL;
    int code = lw_module_open(&module, "missing", NULL);
    assert_true(code == LW_ENOMEM || code == LW_ENOTFOUND);
    return code == LW_ENOTFOUND;
}

static void test_module__survives_without_memory(void **state) {
    (void)state;
    look_only_in("/nowhere/first:/nowhere/second:" LW_TEST_MODULES);
    lw_test_sweep_allocations(look_for_missing_module, NULL);
    lw_test_sweep_allocations(list_modules, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_module__is_loaded_by_its_name),
        cmocka_unit_test(test_module__is_looked_for_in_every_folder),
        cmocka_unit_test(test_module__is_looked_for_beside_the_library),
        cmocka_unit_test(test_module__not_found_says_where_it_looked),
        cmocka_unit_test(test_module__for_another_interface_is_refused),
        cmocka_unit_test(test_module__without_its_symbol_is_refused),
        cmocka_unit_test(test_module__that_is_no_shared_object_gives_the_loaders_reason),
        cmocka_unit_test(test_module__names_cannot_leave_the_folder),
        cmocka_unit_test(test_module__names_are_listed_once_and_in_order),
        cmocka_unit_test(test_module__survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
