#include "catch_up.h"

#include <math.h>

#include "runs.h"
#include "status_rules.h"
#include "testing.h"

#define TEXT                                                                                                           \
    "experiment: e\ncost: {name: accuracy, goal: maximize}\n"                                                          \
    "space: {C: !UniformFloat [0, 100], kernel: !Categorical [rbf, linear]}\n"

static lw_experiment *parse(void) {
    lw_experiment *experiment = NULL;
    lw_error error;
    assert_ok(lw_experiment_parse(&experiment, TEXT, strlen(TEXT), "test.yaml", NULL, &error), error);
    return experiment;
}

/* What the row of a run teaches in the experiment's space. */
static lw_observation read_run(const lw_experiment *experiment, const lw_run *run) {
    lw_row_reader reader = {experiment, experiment->spaces[0], lw_space_name(experiment->spaces[0]), 1};
    lw_run_row row;
    lw_row_lesson lesson;
    lw_error error;
    lw_run_row_of(&row, run);
    assert_ok(lw_row_read(&reader, &row, &lesson, &error), error);
    assert_non_null(lesson.config);
    lw_config_free(lesson.config);
    return lesson.observation;
}

static void test_row_lesson__one_rule_for_rows_and_runs(void **state) {
    (void)state;
    static const char *const results[] = {NULL, "{\"result\": null}", "{\"result\": 0.25}",
                                          "{\"result\": {\"loss\": 1}}", "{\"result\": {\"accuracy\": 0.25}}"};
    lw_experiment *experiment = parse();
    for (lw_status status = LW_STATUS_QUEUED; status <= LW_STATUS_OTHER; status++)
        for (size_t i = 0; i < sizeof results / sizeof results[0] && status != LW_STATUS_REMOVED; i++) {
            lw_run run;
            lw_test_run(&run, 7, "e");
            run.status = status;
            run.result = results[i] ? lw_test_document(results[i]) : NULL;
            run.failure = status == LW_STATUS_FAILED ? (i % 2 ? LW_FAILURE_DIED : LW_FAILURE_MEMORY) : LW_FAILURE_NONE;
            if (status == LW_STATUS_COMPLETED || status == LW_STATUS_PRUNED)
                run.cost = i == 2 || i == 4 ? -0.25 : (double)NAN;
            lw_observation lesson = read_run(experiment, &run);
            assert_int_equal(lesson.outcome, lw_run_outcome(&run));
            if (lesson.outcome == LW_COMPLETED)
                assert_close(lesson.cost, run.cost, 0);
            lw_run_release(&run);
        }
    lw_experiment_free(experiment);
}

static void test_row_lesson__failures_without_a_kind(void **state) {
    (void)state;
    static const struct {
        lw_status status;
        lw_failure failure;
    } wanted[] = {{LW_STATUS_FAILED, LW_FAILURE_CRASH},
                  {LW_STATUS_TIMEOUT, LW_FAILURE_TIMEOUT},
                  {LW_STATUS_OTHER, LW_FAILURE_USER}};
    lw_experiment *experiment = parse();
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        lw_run run;
        lw_test_run(&run, 7, "e");
        run.status = wanted[i].status;
        lw_observation lesson = read_run(experiment, &run);
        assert_int_equal(lesson.outcome, LW_FAILED);
        assert_int_equal(lesson.failure, wanted[i].failure);
        lw_run_release(&run);
    }
    lw_experiment_free(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_lesson__one_rule_for_rows_and_runs),
        cmocka_unit_test(test_row_lesson__failures_without_a_kind),
    };
    return cmocka_run_group_tests_name("row_lesson", tests, NULL, NULL);
}
