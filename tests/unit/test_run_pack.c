#include "run_pack.h"

#include <labwatch/sys/memory.h>

#include "runs.h"
#include "testing.h"

/* Runs that have nothing, what most have, and everything. */
static void make_runs(lw_run runs[3]) {
    lw_run_init(&runs[0]);
    runs[0].id = 1;
    runs[0].experiment = lw_strdup("heart");
    lw_test_run(&runs[1], 2, "heart");
    lw_test_full_run(&runs[2], 3, "heart");
    runs[2].status_text = lw_strdup("DIVERGED");
    runs[2].foreign_id = lw_strdup("x1");
}

static void release_runs(lw_run runs[3]) {
    for (int i = 0; i < 3; i++)
        lw_run_release(&runs[i]);
}

#define ASSERT_SAME_VALUE(member) assert_memory_equal(&a->member, &b->member, sizeof a->member);
#define ASSERT_SAME_TEXT(member, ...)                                                                                  \
    assert_true(!a->member == !b->member);                                                                             \
    if (a->member)                                                                                                     \
        assert_string_equal(a->member, b->member);
#define ASSERT_SAME_DOCUMENT(member, ...)                                                                              \
    assert_true(!a->member == !b->member);                                                                             \
    if (a->member)                                                                                                     \
        assert_true(bson_equal(a->member, b->member));

static void assert_same(const lw_run *a, const lw_run *b) {
    RUN_VALUES(ASSERT_SAME_VALUE)
    RUN_TEXTS(ASSERT_SAME_TEXT)
    RUN_DOCUMENTS(ASSERT_SAME_DOCUMENT)
}

static void test_run_pack__every_member_comes_back_whatever_the_pattern(void **state) {
    (void)state;
    lw_run runs[3];
    lw_error error;
    make_runs(runs);
    for (int i = 0; i < 9; i++) {
        const lw_run *run = &runs[i / 3], *pattern = &runs[i % 3];
        run_pack *pack = run_pack_new(run, pattern);
        run_unpacked out;
        assert_non_null(pack);
        run_unpack(pack, pattern, &out);
        assert_same(&out.run, run);
        assert_ok(run_unpack_to_change(pack, pattern, &out, &error), error);
        assert_same(&out.run, run);
        lw_run_release(&out.run);
        lw_free(pack);
    }
    release_runs(runs);
}

static void test_run_pack__changes_leave_pack_and_pattern(void **state) {
    (void)state;
    lw_run runs[3];
    lw_error error;
    make_runs(runs);
    for (int i = 0; i < 3; i++) {
        run_pack *pack = run_pack_new(&runs[2], &runs[i]);
        run_unpacked out;
        assert_non_null(pack);
        assert_ok(run_unpack_to_change(pack, &runs[i], &out, &error), error);
        lw_free(out.run.reason);
        out.run.reason = NULL;
        out.run.command[0] = 'X';
        bson_destroy(out.run.config);
        out.run.config = NULL;
        bson_append_utf8(out.run.notes, "1", -1, "another", -1);
        bson_append_utf8(out.run.attempts, "1", -1, "another", -1);
        lw_run_release(&out.run);
        run_unpack(pack, &runs[i], &out);
        assert_same(&out.run, &runs[2]);
        lw_free(pack);
    }
    release_runs(runs);
}

static bool packs_and_unpacks(void *context) {
    const lw_run *runs = context;
    run_pack *pack = run_pack_new(&runs[2], &runs[1]);
    run_unpacked out;
    if (!pack)
        return false;
    bool done = run_unpack_to_change(pack, &runs[1], &out, NULL) == LW_OK;
    if (done)
        lw_run_release(&out.run);
    lw_free(pack);
    return done;
}

static void test_run_pack__failed_allocations(void **state) {
    (void)state;
    lw_run runs[3];
    make_runs(runs);
    lw_test_sweep_allocations(packs_and_unpacks, runs);
    release_runs(runs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_pack__every_member_comes_back_whatever_the_pattern),
        cmocka_unit_test(test_run_pack__changes_leave_pack_and_pattern),
        cmocka_unit_test(test_run_pack__failed_allocations),
    };
    return cmocka_run_group_tests_name("run_pack", tests, NULL, NULL);
}
