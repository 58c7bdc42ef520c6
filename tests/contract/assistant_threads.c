/*
 * Optimizers with models in several threads of one process: each experiment goes as it goes alone, and one that
 * threads share can be replayed.
 */
#include <pthread.h>

#include "assistant_support.h"

#define SPACE "space:\n  x: !UniformFloat [0, 1]\n  k: !UniformInt [1, 1000]\n  c: !Categorical [a, b, c]\n"

enum { N_RUNS = 18, N_THREADS = 3 };

/* One experiment in a store of its own. */
typedef struct tuning {
    lw_test_lab lab;
    lw_assistant *assistant;
    lw_config *configs[N_RUNS];
    size_t n;
} tuning;

static void open_tuning(tuning *t, const char *optimizer, int seed) {
    char text[400];
    memset(t, 0, sizeof *t);
    lw_test_lab_open(&t->lab, "memory");
    snprintf(text, sizeof text, "experiment: e\nseed: %d\noptimizer: %s\n" SPACE, seed, optimizer);
    t->assistant = lw_test_assistant(&t->lab, text);
}

static void close_tuning(tuning *t) {
    for (size_t i = 0; i < t->n; i++)
        lw_config_free(t->configs[i]);
    lw_assistant_close(t->assistant);
    lw_test_lab_close(&t->lab);
}

static double cost_of(const lw_config *config) {
    double x = lw_config_number(config, 0), k = lw_config_number(config, 1) / 1000;
    return (x - 0.3) * (x - 0.3) + (k - 0.6) * (k - 0.6) + 0.1 * (double)lw_config_choice(config, 2);
}

/* Suggests and observes; stops at the first error. Every fifth run fails, every seventh stays open. */
static void *tune(void *arg) {
    tuning *t = arg;
    for (size_t i = 0; i < N_RUNS; i++) {
        lw_assignment run;
        if (lw_assistant_suggest(t->assistant, NULL, &run, &t->lab.error) != LW_OK)
            break;
        t->configs[t->n++] = run.config;
        run.config = NULL;
        lw_result result = lw_result_of_value(cost_of(t->configs[i]));
        if (i % 5 == 4)
            result = lw_result_of_failure(LW_FAILURE_CRASH, "bad luck");
        int code = i % 7 == 6 ? LW_OK : lw_assistant_observe(t->assistant, run.id, &result, &t->lab.error);
        lw_assignment_release(&run);
        if (code != LW_OK)
            break;
    }
    return NULL;
}

/* Experiments that differ in their seeds, first one after the other, then in a thread each. */
static void go_as_alone(const char *optimizer) {
    tuning alone[N_THREADS], together[N_THREADS];
    pthread_t threads[N_THREADS];
    for (int k = 0; k < N_THREADS; k++) {
        open_tuning(&alone[k], optimizer, k);
        open_tuning(&together[k], optimizer, k);
        tune(&alone[k]);
    }
    for (int k = 0; k < N_THREADS; k++)
        assert_int_equal(pthread_create(&threads[k], NULL, tune, &together[k]), 0);
    for (int k = 0; k < N_THREADS; k++)
        pthread_join(threads[k], NULL);
    for (int k = 0; k < N_THREADS; k++) {
        assert_int_equal(alone[k].n, N_RUNS);
        assert_int_equal(together[k].n, N_RUNS);
        for (size_t i = 0; i < N_RUNS; i++) {
            lw_run run = lw_test_run(&alone[k].lab, (int64_t)i + 1),
                   other = lw_test_run(&together[k].lab, (int64_t)i + 1);
            assert_true(bson_equal(run.config, other.config));
            lw_run_release(&run);
            lw_run_release(&other);
        }
    }
    for (int k = 0; k < N_THREADS; k++) {
        close_tuning(&alone[k]);
        close_tuning(&together[k]);
    }
}

static void threads_go_as_if_they_were_alone(void **state) {
    (void)state;
    go_as_alone("{name: gp, initial: 2}");
}

static void samples_do_not_mind_threads(void **state) {
    (void)state;
    go_as_alone("{name: gp-mcmc, initial: 2, samples: 2}");
}

/* ---- one experiment ---- */

typedef struct crowd {
    lw_assistant *assistant;
    _Atomic int n_finished, n_failures;
} crowd;

static void *work_together(void *arg) {
    crowd *self = arg;
    lw_assignment run;
    lw_error error;
    int code;
    while ((code = lw_assistant_take(self->assistant, NULL, &run, &error)) == LW_OK) {
        lw_result result = lw_result_of_value(cost_of(run.config));
        result.token = &run.token;
        self->n_failures += lw_assistant_observe(self->assistant, run.id, &result, &error) != LW_OK;
        self->n_finished++;
        lw_assignment_release(&run);
    }
    self->n_failures += code != LW_BUDGET_REACHED;
    return NULL;
}

static void threads_share_a_model(void **state) {
    lw_test_lab *lab = *state;
    pthread_t threads[N_THREADS];
    crowd self = {.assistant =
                      lw_test_assistant(lab, "experiment: e\nruns: 30\noptimizer: {name: gp, initial: 3}\n" SPACE)};
    for (int k = 0; k < N_THREADS; k++)
        assert_int_equal(pthread_create(&threads[k], NULL, work_together, &self), 0);
    for (int k = 0; k < N_THREADS; k++)
        pthread_join(threads[k], NULL);
    assert_int_equal(self.n_failures, 0);
    assert_int_equal(self.n_finished, 30);
    for (int64_t id = 1; id <= 30; id++)
        lw_test_replays(lab, self.assistant, id, LW_REPLAY_SAME);
    lw_assistant_close(self.assistant);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_go_as_if_they_were_alone),
        cmocka_unit_test(samples_do_not_mind_threads),
        on_both_stores(threads_share_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
