/*
 * Runs whose suggestion cannot be compared with one that is made now, and why.
 */
#include "assistant_support.h"

#define SPACE "space:\n  x: !UniformFloat [0, 1]\n  y: !UniformInt [1, 1000]\n"
static const char text[] = "experiment: e\nseed: 5\noptimizer: random\n" SPACE;

/* Takes the text; the old one is freed. */
static void replace_text(char **member, const char *other) {
    lw_free(*member);
    *member = lw_strdup(other);
}

static int of_other_build(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    replace_text(&run->build, "0.0.9 vax");
    return LW_OK;
}

static int of_unknown_build(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    lw_free(run->build);
    run->build = NULL;
    return LW_OK;
}

static int of_other_optimizer(void *name, lw_run *run, lw_error *error) {
    (void)error;
    replace_text(&run->optimizer, name);
    return LW_OK;
}

static int with_other_options(void *json, lw_run *run, lw_error *error) {
    (void)error;
    if (run->optimizer_options)
        bson_destroy(run->optimizer_options);
    run->optimizer_options = bson_new_from_json(json, -1, NULL);
    return LW_OK;
}

static int of_other_version(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    run->space_version = 7;
    return LW_OK;
}

static int of_other_config(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    bson_destroy(run->config);
    run->config = BCON_NEW("x", BCON_DOUBLE(0.125), "y", BCON_INT32(3), "seed", BCON_INT32(1));
    return LW_OK;
}

/* Suggests, changes what the store has of it, and replays. */
static void assert_verdict(lw_test_lab *lab, lw_run_modify_fn *change, const char *arg, lw_replay_verdict verdict,
                           const char *reason) {
    lw_assistant *assistant = lw_test_assistant(lab, text);
    int64_t id = lw_test_suggest(lab, assistant, NULL, NULL);
    assert_ok(lw_store_run_modify(lab->store, id, change, (void *)(uintptr_t)arg, &lab->error), lab->error);
    lw_replay replay;
    assert_ok(lw_assistant_replay(assistant, id, &replay, &lab->error), lab->error);
    assert_int_equal(replay.verdict, verdict);
    assert_contains(replay.reason, reason);
    lw_replay_release(&replay);
    lw_assistant_close(assistant);
}

static void what_cannot_be_made_again_is_not_compared(void **state) {
    lw_test_lab *lab = *state;
    const lw_replay_verdict none = LW_REPLAY_NOT_COMPARABLE;
    assert_verdict(lab, of_other_build, NULL, none, "made by labwatch 0.0.9 vax, this is ");
    assert_verdict(lab, of_unknown_build, NULL, none, "made by labwatch (unknown), this is ");
    assert_verdict(lab, of_other_optimizer, "quantum", none,
                   "its optimizer cannot be made: there is no optimizer 'quantum'");
    assert_verdict(lab, with_other_options, "{\"depth\": 3}", none,
                   "its optimizer cannot be made: optimizer 'random' has no option 'depth'");
    assert_verdict(lab, of_other_version, NULL, none, "version 7 of space 'default' is not known here");
}

static void another_configuration_is_told(void **state) {
    assert_verdict(*state, of_other_config, NULL, LW_REPLAY_DIFFERENT, "another configuration");
}

static void runs_under_another_seed_are_not_compared(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, text);
    int64_t before = lw_test_suggest(lab, assistant, NULL, NULL);
    lw_assistant_close(assistant);
    const lw_assistant_setup setup = {.new_version = true};
    assert_int_equal(
        lw_test_try_open(lab, "experiment: e\nseed: 6\noptimizer: random\n" SPACE, &setup, &assistant), LW_OK);
    int64_t after = lw_test_suggest(lab, assistant, NULL, NULL);
    lw_replay replay;
    assert_ok(lw_assistant_replay(assistant, before, &replay, &lab->error), lab->error);
    assert_int_equal(replay.verdict, LW_REPLAY_NOT_COMPARABLE);
    assert_contains(replay.reason, "another seed");
    lw_replay_release(&replay);
    lw_test_replays(lab, assistant, after, LW_REPLAY_SAME);
    lw_assistant_close(assistant);
}

static void what_nobody_suggested_is_not_compared(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, text);
    bson_t *config = BCON_NEW("x", BCON_DOUBLE(0.5), "y", BCON_INT32(2));
    const lw_wish wish = {.config = config};
    lw_replay replay;
    int64_t id = lw_test_suggest(lab, assistant, &wish, NULL);
    assert_ok(lw_assistant_replay(assistant, id, &replay, &lab->error), lab->error);
    assert_int_equal(replay.verdict, LW_REPLAY_NOT_COMPARABLE);
    assert_contains(replay.reason, "was not suggested");
    lw_replay_release(&replay);
    assert_int_equal(lw_assistant_replay(assistant, 99, &replay, &lab->error), LW_ENOTFOUND);
    bson_destroy(config);
    lw_assistant_close(assistant);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_both_stores(what_cannot_be_made_again_is_not_compared),
        on_both_stores(another_configuration_is_told),
        on_both_stores(runs_under_another_seed_are_not_compared),
        on_both_stores(what_nobody_suggested_is_not_compared),
    };
    return cmocka_run_group_tests_name("assistant_replay_limits", tests, NULL, NULL);
}
