#include <sqlite3.h>

#include "store_contract.h"
#include "traced_store.h"

static void check_sqlite(const char *url) {
    sqlite3 *connection;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(strchr(url, ':') + 1, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(connection, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    sqlite3_close(connection);
}

/* One line for each store. */
static const contract_store stores[] = {
    {.name = "memory", .url = "memory:"},
    {.name = "sqlite", .url = "sqlite:%s/runs of all.db", .shared = true, .check_integrity = check_sqlite},
    {.name = "sqlite::memory:", .url = "sqlite::memory:"},
    {.name = "traced(memory)", .url = "traced:memory:"},
};

static int set_up(void **state) {
    const contract_store *what = *state;
    contract *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->what = what;
    c->folder = lw_test_make_folder();
    const char *place = strstr(what->url, "%s");
    if (place)
        snprintf(c->url, sizeof c->url, "%.*s%s%s", (int)(place - what->url), what->url, c->folder, place + 2);
    else
        snprintf(c->url, sizeof c->url, "%s", what->url);
    contract_reopen(c);
    *state = c;
    return 0;
}

static int tear_down(void **state) {
    contract *c = *state;
    contract_close(c);
    lw_test_remove_folder(c->folder);
    free(c);
    return 0;
}

lw_store *contract_open(const contract *c) {
    lw_error error;
    lw_store *store = NULL;
    assert_ok(lw_store_open(&store, c->url, NULL, lw_test_traced_types, &error), error);
    return store;
}

void contract_reopen(contract *c) {
    c->store = contract_open(c);
}

void contract_close(contract *c) {
    lw_store_close(c->store);
    c->store = NULL;
}

typedef struct contract_test {
    const char *name;
    CMUnitTestFunction function;
} contract_test;

static const contract_test contract_tests[] = {
#define TEST_ENTRY(name) {"test_store_contract__" #name, test_store_contract__##name},
    CONTRACT_TESTS(TEST_ENTRY)
#undef TEST_ENTRY
};

enum { N_TESTS = sizeof contract_tests / sizeof contract_tests[0] };

static int run_over(const contract_store *what, const char *only) {
    struct CMUnitTest tests[N_TESTS];
    size_t n = 0;
    for (size_t i = 0; i < N_TESTS; i++)
        if (!only || strstr(contract_tests[i].name, only))
            tests[n++] = (struct CMUnitTest){contract_tests[i].name, contract_tests[i].function, set_up, tear_down,
                                             (void *)(uintptr_t)what};
    return _cmocka_run_group_tests(what->name, tests, n, NULL, NULL);
}

/* store_contract [PART OF A TEST'S NAME] */
int main(int argc, char **argv) {
    int failed = 0;
    for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++)
        failed += run_over(&stores[i], argc > 1 ? argv[1] : NULL);
    return failed;
}
