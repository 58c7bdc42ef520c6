/*
 * What the model of an experiment believes: as for the next suggestion, and without a trace.
 */
#include "assistant_support.h"

#define LINE "space:\n  x: !UniformFloat [0, 1]\n"
#define TWO "spaces:\n  one: {x: !UniformFloat [0, 1]}\n  two: {k: !UniformInt [1, 900]}\n"

static int64_t number_in(const bson_t *document, const char *name) {
    bson_iter_t iter;
    if (!bson_iter_init_find(&iter, document, name))
        fail_msg("there is no %s", name);
    return bson_iter_as_int64(&iter);
}

static void assert_text(const bson_t *document, const char *name, const char *wanted) {
    bson_iter_t iter;
    if (!bson_iter_init_find(&iter, document, name) || !BSON_ITER_HOLDS_UTF8(&iter))
        fail_msg("there is no text %s", name);
    assert_string_equal(bson_iter_utf8(&iter, NULL), wanted);
}

/* What the bookish optimizer was asked. */
static void describes(lw_test_lab *lab, lw_assistant *assistant, const char *space, int64_t number, int64_t runs,
                      int64_t completed) {
    bson_t out;
    assert_ok(lw_assistant_describe_model(assistant, space, &out, &lab->error), lab->error);
    assert_int_equal(number_in(&out, "number"), number);
    assert_int_equal(number_in(&out, "runs"), runs);
    assert_int_equal(number_in(&out, "completed"), completed);
    bson_destroy(&out);
}

static void is_asked_like_the_next_suggestion(void **state) {
    lw_test_lab *lab = *state;
    static const char *const text = "experiment: e\noptimizer: bookish\nseed: 3\nruns: 9\n"
                                    "cost: {name: accuracy, goal: maximize}\n" LINE;
    lw_assistant *assistant = lw_test_assistant(lab, text), *other = lw_test_assistant(lab, text);
    describes(lab, assistant, NULL, 1, 0, 0);
    for (int64_t id = 1; id <= 3; id++)
        lw_test_suggest(lab, assistant, NULL, NULL);
    assert_int_equal(lw_test_observe(lab, other, 2, 0.5), LW_OK);
    bson_t out;
    assert_ok(lw_assistant_describe_model(assistant, "default", &out, &lab->error), lab->error);
    assert_text(&out, "experiment", "e");
    assert_text(&out, "space", "default");
    assert_text(&out, "goal", "maximize");
    assert_text(&out, "objective", "accuracy");
    assert_text(&out, "optimizer", "bookish");
    assert_int_equal(number_in(&out, "maximize"), 1);
    assert_int_equal(number_in(&out, "number"), 4);
    assert_int_equal(number_in(&out, "budget"), 9);
    assert_int_equal(number_in(&out, "runs"), 3);
    assert_int_equal(number_in(&out, "completed"), 1);
    assert_int_equal(number_in(&out, "fit_last_id"), 3);
    bson_destroy(&out);
    describes(lab, other, NULL, 4, 3, 1);
    assert_int_equal(lw_test_suggest(lab, assistant, NULL, NULL), 4);
    lw_test_replays(lab, assistant, 4, LW_REPLAY_SAME);
    lw_assistant_close(assistant);
    lw_assistant_close(other);
}

/* Neither a used budget nor a pause is in the way, and it works where nothing may be changed. */
static void needs_no_right_to_suggest(void **state) {
    lw_test_lab *lab = *state;
    static const char *const text = "experiment: e\noptimizer: bookish\nruns: 2\n" LINE;
    lw_assistant *assistant = lw_test_assistant(lab, text);
    for (int64_t id = 1; id <= 2; id++) {
        lw_test_suggest(lab, assistant, NULL, NULL);
        assert_int_equal(lw_test_observe(lab, assistant, id, 1), LW_OK);
    }
    assert_ok(lw_assistant_set_paused(assistant, true, &lab->error), lab->error);
    describes(lab, assistant, NULL, 3, 2, 2);
    lw_assistant_close(assistant);
    lw_assistant_setup looking = {.read_only = true};
    assert_ok(lw_test_try_open(lab, text, &looking, &assistant), lab->error);
    describes(lab, assistant, NULL, 3, 2, 2);
    lw_assistant_close(assistant);
}

static void each_space_has_its_own(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\noptimizer: bookish\n" TWO);
    lw_wish wish = {.space = "two"};
    lw_test_suggest(lab, assistant, NULL, NULL);
    lw_test_suggest(lab, assistant, &wish, NULL);
    lw_test_suggest(lab, assistant, &wish, NULL);
    describes(lab, assistant, NULL, 4, 1, 0);
    describes(lab, assistant, "one", 4, 1, 0);
    describes(lab, assistant, "two", 4, 2, 0);
    bson_t out;
    assert_int_equal(lw_assistant_describe_model(assistant, "three", &out, &lab->error), LW_ENOTFOUND);
    assert_contains(lab->error.message, "three");
    lw_assistant_close(assistant);
}

static void types_without_a_model_say_so(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\noptimizer: random\n" LINE);
    bson_t out;
    assert_int_equal(lw_assistant_describe_model(assistant, NULL, &out, &lab->error), LW_EUNSUPPORTED);
    assert_contains(lab->error.message, "random does not model the costs");
    assert_int_equal(lw_assistant_describe_model(assistant, NULL, NULL, &lab->error), LW_EINVAL);
    assert_int_equal(lw_assistant_describe_model(NULL, NULL, &out, &lab->error), LW_EINVAL);
    lw_assistant_close(assistant);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_both_stores(is_asked_like_the_next_suggestion),
        on_both_stores(needs_no_right_to_suggest),
        on_both_stores(each_space_has_its_own),
        on_both_stores(types_without_a_model_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
