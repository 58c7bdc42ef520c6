#include "run_watch.h"

#include "runs.h"
#include "testing.h"

/* The bit of a document among all. */
static unsigned bit_of(const lw_run *run, bson_t *const *member) {
    unsigned bit = 1, found = 0;
#define LOOK(document, ...)                                                                                            \
    if (&run->document == member)                                                                                      \
        found = bit;                                                                                                   \
    bit <<= 1;
    RUN_DOCUMENTS(LOOK)
#undef LOOK
    assert_true(found != 0);
    return found;
}

static void test_run_watch__what_was_left_alone_is_given_back(void **state) {
    (void)state;
    lw_run run;
    run_watch watch;
    lw_test_full_run(&run, 7, "heart");
    const bson_t *config = run.config, *host = run.host;
    run_watch_begin(&watch, &run);
    assert_true(run.config != config && bson_equal(run.config, config));
    assert_false(run_watch_end(&watch, &run) & (bit_of(&run, &run.attempts) | bit_of(&run, &run.notes)));
    assert_ptr_equal(run.config, config);
    assert_ptr_equal(run.host, host);
    lw_run_release(&run);
}

static void test_run_watch__replaced_moved_and_dropped(void **state) {
    (void)state;
    lw_run run, before;
    lw_error error;
    run_watch watch;
    lw_test_full_run(&run, 7, "heart");
    assert_ok(lw_run_copy(&before, &run, &error), error);
    run_watch_begin(&watch, &run);
    bson_destroy(run.config);
    run.config = bson_copy(before.config); /* the same again, but nobody looks at it */
    bson_destroy(run.memo);
    run.memo = run.info; /* moved */
    run.info = NULL;
    bson_destroy(run.host);
    run.host = NULL;
    bson_append_utf8(run.notes, "1", -1, "another", -1);
    unsigned unchanged = run_watch_end(&watch, &run);
    assert_false(unchanged & bit_of(&run, &run.config));
    assert_false(unchanged & bit_of(&run, &run.memo));
    assert_false(unchanged & bit_of(&run, &run.info));
    assert_false(unchanged & bit_of(&run, &run.host));
    assert_true(unchanged & bit_of(&run, &run.result));
    assert_true(bson_equal(run.config, before.config));
    assert_true(bson_equal(run.memo, before.info));
    assert_true(run.info == NULL && run.host == NULL);
    lw_run_release(&run);
    lw_run_release(&before);
}

static void test_run_watch__a_run_that_becomes_another(void **state) {
    (void)state;
    lw_run run, other;
    run_watch watch;
    lw_test_full_run(&run, 7, "heart");
    lw_test_full_run(&other, 8, "heart");
    run_watch_begin(&watch, &run);
    lw_run_release(&run);
    run = other;
    assert_int_equal(run_watch_end(&watch, &run), 0);
    lw_run_release(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_watch__what_was_left_alone_is_given_back),
        cmocka_unit_test(test_run_watch__replaced_moved_and_dropped),
        cmocka_unit_test(test_run_watch__a_run_that_becomes_another),
    };
    return cmocka_run_group_tests_name("run_watch", tests, NULL, NULL);
}
