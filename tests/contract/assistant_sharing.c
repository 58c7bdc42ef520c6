/*
 * Many at once: processes that share a budget, threads that share an assistant, and copies of experiments.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "assistant_support.h"
#include "beats.h"
#include "wrapping_store.h"

#define SPACE "space:\n  x: !UniformFloat [0, 1]\n  k: !UniformInt [1, 1000]\n"

/* ---- processes ---- */

/* What a worker of its own process does: works until the budget is used, and exits with 0. */
static void work_in_child(lw_test_lab *lab, const char *text, int child) {
    lw_store *store = lw_test_lab_second_store(lab);
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    lw_assistant_setup setup = {.optimizers = lw_test_bookish_types};
    lw_assignment run;
    int code = lw_experiment_parse(&experiment, text, strlen(text), "t", NULL, &lab->error);
    if (code == LW_OK)
        code = lw_assistant_open(&assistant, store, experiment, &setup, &lab->error);
    for (int i = 0; code == LW_OK; i++) {
        code = lw_assistant_take(assistant, NULL, &run, &lab->error);
        if (code != LW_OK)
            break;
        lw_result result = lw_result_of_value((double)((run.id * 37) % 101));
        result.token = &run.token;
        if ((i + child) % 7 == 0)
            result = lw_result_of_failure(LW_FAILURE_CRASH, "crash");
        code = lw_assistant_observe(assistant, run.id, &result, &lab->error);
        lw_assignment_release(&run);
    }
    if (code != LW_BUDGET_REACHED)
        fprintf(stderr, "child %d: %d: %s\n", child, code, lab->error.message);
    lw_assistant_close(assistant);
    lw_experiment_free(experiment);
    lw_store_close(store);
    _exit(code == LW_BUDGET_REACHED ? 0 : 1);
}

static void share_budget(const char *text, int64_t budget) {
    enum { CHILDREN = 8 };
    lw_test_lab lab;
    pid_t children[CHILDREN];
    lw_test_lab_open(&lab, "sqlite");
    lw_store_close(lab.store);
    lab.store = NULL;
    fflush(NULL);
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            work_in_child(&lab, text, i);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    lab.store = lw_test_lab_second_store(&lab);
    lw_assistant *assistant = lw_test_assistant(&lab, text);
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(lab.store, "e", &counts, &lab.error), lab.error);
    assert_int_equal(counts.own, budget);
    assert_int_equal(counts.last_id, budget);
    assert_int_equal(counts.by_status[LW_STATUS_COMPLETED] + counts.by_status[LW_STATUS_FAILED], budget);
    for (int64_t id = 1; id <= budget; id++)
        lw_test_replays(&lab, assistant, id, LW_REPLAY_SAME);
    lw_assistant_close(assistant);
    lw_test_lab_close(&lab);
}

static void eight_processes_make_exactly_200_runs(void **state) {
    (void)state;
    share_budget("experiment: e\nruns: 200\noptimizer: sobol\n" SPACE, 200);
}

static void eight_processes_race_with_a_history(void **state) {
    (void)state;
    share_budget("experiment: e\nruns: 100\noptimizer: bookish\n" SPACE, 100);
}

/* ---- threads ---- */

typedef struct crowd {
    lw_assistant *assistant;
    _Atomic int64_t finished;
    _Atomic int failures;
} crowd;

static bool work_once(crowd *self) {
    lw_assignment run;
    lw_error error;
    int code = lw_assistant_take(self->assistant, NULL, &run, &error);
    if (code == LW_BUDGET_REACHED)
        return false;
    lw_standing standing;
    if (code != LW_OK) {
        self->failures++;
        return false;
    }
    lw_result result = lw_result_of_value((double)run.id);
    result.token = &run.token;
    bool fine = lw_test_beat(self->assistant, run.id, run.token, "going\n", &error) == LW_OK &&
                lw_assistant_log(self->assistant, run.id, "loss", &(lw_metric_point){.step = 1, .value = 0.5}, 1, &error) == LW_OK &&
                lw_assistant_observe(self->assistant, run.id, &result, &error) == LW_OK &&
                lw_assistant_standing(self->assistant, &standing, &error) == LW_OK &&
                lw_assistant_recover(self->assistant, NULL, &error) == LW_OK;
    self->failures += !fine;
    self->finished++;
    lw_assignment_release(&run);
    return true;
}

static void *work_in_thread(void *arg) {
    while (work_once(arg))
        ;
    return NULL;
}

static void threads_share(void **state, const char *optimizer) {
    enum { THREADS = 8, BUDGET = 120 };
    lw_test_lab *lab = *state;
    char text[300];
    snprintf(text, sizeof text, "experiment: e\nruns: %d\noptimizer: %s\n" SPACE, BUDGET, optimizer);
    pthread_t threads[THREADS];
    crowd self = {.assistant = lw_test_assistant(lab, text)};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work_in_thread, &self), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(self.failures, 0);
    assert_int_equal(self.finished, BUDGET);
    for (int64_t id = 1; id <= BUDGET; id++)
        lw_test_replays(lab, self.assistant, id, LW_REPLAY_SAME);
    lw_assistant_close(self.assistant);
}

static void threads_share_a_model_free_optimizer(void **state) {
    threads_share(state, "random");
}

static void threads_share_a_history(void **state) {
    threads_share(state, "bookish");
}

/* ---- threads that do all kinds of things to the same runs ---- */

enum { MEDLEY_THREADS = 4, MEDLEY_STEPS = 60 };

typedef struct player {
    lw_assistant *assistant;
    uint64_t number;
} player;

/* Outcomes do not matter: somebody else may have been first. */
static void take_and_finish(lw_assistant *assistant, bool give_back) {
    lw_assignment run;
    if (lw_assistant_take(assistant, NULL, &run, NULL) != LW_OK)
        return;
    lw_result result = lw_result_of_value((double)run.id);
    result.token = &run.token;
    (void)lw_test_beat(assistant, run.id, run.token, "going\n", NULL);
    (void)(give_back ? lw_assistant_release(assistant, run.id, &run.token, NULL)
                     : lw_assistant_observe(assistant, run.id, &result, NULL));
    lw_assignment_release(&run);
}

static void suggest_and_drop(lw_assistant *assistant, const lw_wish *wish) {
    lw_assignment run;
    if (lw_assistant_suggest(assistant, wish, &run, NULL) == LW_OK)
        lw_assignment_release(&run);
}

static void replay_and_drop(lw_assistant *assistant, int64_t id) {
    lw_replay replay;
    if (lw_assistant_replay(assistant, id, &replay, NULL) == LW_OK)
        lw_replay_release(&replay);
}

static void play(lw_assistant *assistant, uint64_t what, int64_t id) {
    const lw_wish queued = {.queue = true}, defaults = {.default_config = true, .lease_s = 1};
    lw_result forced = lw_result_of_value(7), failure = lw_result_of_failure(LW_FAILURE_CRASH, "crash");
    forced.force = true;
    switch (what) {
    case 0:
    case 1:
        take_and_finish(assistant, what == 0);
        break;
    case 2:
        suggest_and_drop(assistant, &queued);
        break;
    case 3:
        suggest_and_drop(assistant, &defaults);
        break;
    case 4:
        (void)lw_assistant_observe(assistant, id, &forced, NULL);
        break;
    case 5:
        (void)lw_assistant_observe(assistant, id, &failure, NULL);
        break;
    case 6:
        (void)lw_assistant_retry(assistant, id, NULL);
        break;
    case 7:
        (void)lw_assistant_beat_run(assistant, id, NULL);
        break;
    case 8:
        replay_and_drop(assistant, id);
        break;
    default:
        (void)(id % 3 ? lw_assistant_recover(assistant, NULL, NULL) : lw_assistant_remove(assistant, id, NULL));
    }
}

static void *play_in_thread(void *arg) {
    const player *self = arg;
    for (uint64_t step = 0; step < MEDLEY_STEPS; step++) {
        lw_stream stream;
        lw_run_counts counts;
        lw_stream_init(&stream, self->number, LW_PURPOSE_SAMPLE, step, 0);
        if (lw_store_run_counts(lw_assistant_store(self->assistant), "e", &counts, NULL) == LW_OK)
            play(self->assistant, lw_stream_below(&stream, 10),
                 1 + (int64_t)lw_stream_below(&stream, (uint64_t)counts.last_id + 1));
    }
    return NULL;
}

static int count_status(void *arg, const lw_run *run) {
    lw_run_counts_add(arg, run->status, run->origin, 1);
    return LW_OK;
}

static void threads_play_a_medley(void **state) {
    lw_test_lab *lab = *state;
    lw_assistant *assistant = lw_test_assistant(lab, "experiment: e\noptimizer: bookish\nretries: 2\n" SPACE);
    pthread_t threads[MEDLEY_THREADS];
    player players[MEDLEY_THREADS];
    for (int i = 0; i < MEDLEY_THREADS; i++) {
        players[i] = (player){assistant, (uint64_t)i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, play_in_thread, &players[i]), 0);
    }
    for (int i = 0; i < MEDLEY_THREADS; i++)
        pthread_join(threads[i], NULL);
    lw_run_counts counts, counted = {0};
    lw_run_query everything = {.experiment = "e", .statuses = ~0u};
    assert_ok(lw_store_run_counts(lab->store, "e", &counts, &lab->error), lab->error);
    assert_ok(lw_store_run_each(lab->store, &everything, count_status, &counted, &lab->error), lab->error);
    assert_true(counts.own > 0 && counts.own == counted.own && counts.budget_used == counted.budget_used);
    for (int status = 0; status <= LW_STATUS_OTHER; status++)
        assert_int_equal(counts.by_status[status], counted.by_status[status]);
    lw_assistant_close(assistant);
}

/* ---- copies ---- */

static int give_bytes(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    const char **text = arg;
    (void)error;
    *got = strlen(*text) < size ? strlen(*text) : size;
    memcpy(buffer, *text, *got);
    *text += *got;
    return LW_OK;
}

static int count_files(void *arg, const lw_file_info *file) {
    (void)file;
    ++*(int *)arg;
    return LW_OK;
}

static int count_points(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    (void)name;
    (void)points;
    *(size_t *)arg += n;
    return LW_OK;
}

static void copies_go_on_where_they_were(void **state) {
    lw_test_lab *lab = *state;
    lw_test_lab to;
    const char *text = "experiment: e\noptimizer: bookish\nseed: 3\n" SPACE;
    int64_t n;
    lw_test_lab_open(&to, "memory");
    lw_assistant *assistant = lw_test_assistant(lab, text);
    for (int i = 0; i < 5; i++)
        lw_test_observe(lab, assistant, lw_test_suggest(lab, assistant, NULL, NULL), i);
    lw_test_suggest(lab, assistant, NULL, NULL);
    assert_ok(lw_assistant_log(assistant, 2, "loss", &(lw_metric_point){.step = 1, .value = 0.5}, 1, &lab->error), lab->error);
    const char *bytes = "weights";
    assert_ok(lw_store_file_put(lab->store, 2, LW_FILE_ARTIFACT, "model", give_bytes, &bytes, &lab->error), lab->error);

    for (int again = 0; again < 2; again++) {
        assert_ok(lw_copy_experiment(lab->store, "e", to.store, &n, NULL, &lab->error), lab->error);
        assert_int_equal(n, again ? 0 : 6);
    }
    assert_int_equal(lw_test_observe(lab, assistant, 6, 6), LW_OK);
    assert_ok(lw_copy_experiment(lab->store, "e", to.store, &n, NULL, &lab->error), lab->error);
    assert_int_equal(n, 1); /* the outcome that has come meanwhile */
    int files = 0;
    size_t points = 0;
    assert_ok(lw_store_file_each(to.store, 2, count_files, &files, &lab->error), lab->error);
    assert_ok(lw_store_metric_each(to.store, 2, count_points, &points, &lab->error), lab->error);
    assert_int_equal(files, 1);
    assert_int_equal(points, 1);

    /* There it goes on with the same numbers, and the same suggestions. */
    lw_assistant *copy = lw_test_assistant(&to, text);
    lw_assignment here, there;
    for (int64_t id = 1; id <= 6; id++)
        lw_test_replays(&to, copy, id, LW_REPLAY_SAME);
    lw_test_suggest(lab, assistant, NULL, &here);
    lw_test_suggest(&to, copy, NULL, &there);
    assert_int_equal(here.id, there.id);
    assert_true(bson_equal(here.document, there.document));
    lw_assignment_release(&here);
    lw_assignment_release(&there);
    lw_assistant_close(copy);
    lw_assistant_close(assistant);
    assert_int_equal(lw_copy_experiment(lab->store, "f", to.store, &n, NULL, &lab->error), LW_ENOTFOUND);
    lw_test_lab_close(&to);
}

static void copies_give_way(void **state) {
    lw_test_lab *lab = *state;
    lw_test_lab to;
    const char *text = "experiment: e\noptimizer: random\nseed: 3\n" SPACE;
    int64_t n;
    lw_test_lab_open(&to, "memory");
    lw_assistant *other = lw_test_assistant(&to, "experiment: other\n" SPACE);
    lw_test_suggest(&to, other, NULL, NULL);
    lw_assistant_close(other);
    lw_assistant *assistant = lw_test_assistant(lab, text);
    for (int i = 0; i < 3; i++)
        lw_test_observe(lab, assistant, lw_test_suggest(lab, assistant, NULL, NULL), i);
    for (int again = 0; again < 2; again++) {
        assert_ok(lw_copy_experiment(lab->store, "e", to.store, &n, NULL, &lab->error), lab->error);
        assert_int_equal(n, again ? 0 : 3);
    }
    lw_run_counts counts;
    assert_ok(lw_store_run_counts(to.store, "e", &counts, &lab->error), lab->error);
    assert_int_equal(counts.own, 3);
    lw_assistant_close(assistant);
    lw_test_lab_close(&to);
}

static int64_t count_runs(lw_test_lab *lab, lw_run_counts *counts) {
    assert_ok(lw_store_run_counts(lab->store, "e", counts, &lab->error), lab->error);
    return counts->all;
}

static void copies_know_a_run_whatever_became_of_it(void **state) {
    lw_test_lab *lab = *state;
    lw_test_lab to;
    const char *text = "experiment: e\noptimizer: random\nseed: 3\n" SPACE;
    lw_wish queued = {.queue = true};
    lw_run_counts counts;
    lw_assignment run;
    int64_t n;
    lw_test_lab_open(&to, "memory");
    lw_assistant *assistant = lw_test_assistant(lab, text);
    lw_test_suggest(lab, assistant, &queued, NULL);
    lw_test_suggest(lab, assistant, NULL, NULL);
    for (int again = 0; again < 4; again++) {
        assert_ok(lw_copy_experiment(lab->store, "e", to.store, &n, NULL, &lab->error), lab->error);
        assert_int_equal(count_runs(&to, &counts), 2);
        for (int64_t id = 1; id <= 2; id++) {
            if (again > 0) {
                lw_result crash = lw_result_of_failure(LW_FAILURE_CRASH, "crash");
                assert_ok(lw_assistant_observe(assistant, id, &crash, &lab->error), lab->error);
                assert_ok(lw_assistant_retry(assistant, id, &lab->error), lab->error);
            }
            if (again > 0 || id == 1) {
                assert_ok(lw_assistant_take_run(assistant, id, &run, &lab->error), lab->error);
                assert_int_equal(run.attempt, again + 1);
                lw_assignment_release(&run);
            }
        }
    }
    lw_assistant_close(assistant);
    lw_test_lab_close(&to);
}

static void copies_go_on_with_the_numbers_of_removed_runs(void **state) {
    lw_test_lab *lab = *state;
    lw_test_lab to;
    const char *text = "experiment: e\noptimizer: random\nseed: 3\n" SPACE;
    lw_run_counts counts;
    lw_assignment here, there;
    int64_t n;
    lw_test_lab_open(&to, "memory");
    lw_assistant *assistant = lw_test_assistant(lab, text);
    for (int i = 0; i < 4; i++)
        lw_test_observe(lab, assistant, lw_test_suggest(lab, assistant, NULL, NULL), i);
    assert_ok(lw_assistant_remove(assistant, 2, &lab->error), lab->error);
    assert_ok(lw_assistant_remove(assistant, 4, &lab->error), lab->error);
    for (int again = 0; again < 2; again++) {
        assert_ok(lw_copy_experiment(lab->store, "e", to.store, &n, NULL, &lab->error), lab->error);
        assert_int_equal(n, again ? 0 : 2);
        count_runs(&to, &counts);
        assert_int_equal(counts.own, 4);
        assert_int_equal(counts.budget_used, 2);
        assert_int_equal(counts.last_id, 4);
        assert_int_equal(lw_test_status(&to, 4), LW_STATUS_REMOVED);
    }
    lw_assistant *copy = lw_test_assistant(&to, text);
    lw_test_suggest(lab, assistant, NULL, &here);
    lw_test_suggest(&to, copy, NULL, &there);
    assert_true(here.number == there.number);
    assert_int_equal(here.id, there.id);
    assert_true(bson_equal(here.document, there.document));
    lw_assignment_release(&here);
    lw_assignment_release(&there);
    lw_assistant_close(copy);
    lw_assistant_close(assistant);
    lw_test_lab_close(&to);
}

/* Memory, with two of Sacred's runs that have a text for an id, as only Sacred's own database can have them. */

static int textual_row_each(lw_store *store, const lw_run_query *query, lw_run_row_fn *visit, void *arg, lw_error *error) {
    static const char *const ids[] = {"a", "b"};
    int code = lw_test_wrapping_row_each(store, query, visit, arg, error);
    for (int i = 0; i < 2 && code == LW_OK; i++) {
        lw_run_row row = {.foreign_id = ids[i], .experiment = "e", .status = LW_STATUS_COMPLETED, .origin = LW_ORIGIN_FOREIGN};
        row.cost = row.fidelity = row.duration_s = (double)NAN;
        code = visit(arg, &row);
    }
    return code;
}

static int textual_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error) {
    lw_test_wrapping_store *store = lw_test_wrapping_open(sizeof *store, address, setup, error);
    assert_non_null(store);
    *out = &store->base;
    return LW_OK;
}

static void copies_count_what_they_leave_out(void **state) {
    lw_test_lab *lab = *state;
    lw_store_type textual = {LW_TEST_WRAPPING_OPERATIONS};
    textual.scheme = "textual";
    textual.summary = "textual:URL, a store with two runs more";
    textual.open = textual_open;
    textual.close = lw_test_wrapping_close;
    textual.row_each = textual_row_each;
    const lw_store_type *const types[] = {&textual, NULL};
    lw_store *from = NULL;
    int64_t n, left_out;
    assert_ok(lw_store_open(&from, "textual:memory:", NULL, types, &lab->error), lab->error);
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    const char *text = "experiment: e\noptimizer: random\nseed: 3\n" SPACE;
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "t", NULL, &lab->error), lab->error);
    assert_ok(lw_assistant_open(&assistant, from, experiment, NULL, &lab->error), lab->error);
    lw_test_suggest(lab, assistant, NULL, NULL);
    assert_ok(lw_copy_experiment(from, "e", lab->store, &n, &left_out, &lab->error), lab->error);
    assert_int_equal(n, 1);
    assert_int_equal(left_out, 2);
    lw_assistant_close(assistant);
    lw_experiment_free(experiment);
    lw_store_close(from);
}

/* ---- somebody gives the experiment another goal at the worst moment ---- */

typedef struct interposed_store {
    lw_test_wrapping_store wrapping;
    const char *operation; /* before which it happens, once */
} interposed_store;

static int redefine_before(lw_test_wrapping_store *base, const char *operation, lw_error *error) {
    interposed_store *store = (interposed_store *)base;
    if (!store->operation || strcmp(operation, store->operation) != 0)
        return LW_OK;
    store->operation = NULL;
    const char *text = "experiment: e\noptimizer: random\ncost: {goal: maximize}\n" SPACE;
    const lw_assistant_setup anew = {.new_version = true};
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "t", NULL, error), *error);
    assert_ok(lw_assistant_open(&assistant, base->inner, experiment, &anew, error), *error);
    lw_assistant_close(assistant);
    lw_experiment_free(experiment);
    return LW_OK;
}

static int interposed_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error) {
    lw_test_wrapping_store *store = lw_test_wrapping_open(sizeof(interposed_store), address, setup, error);
    assert_non_null(store);
    store->before = redefine_before;
    *out = &store->base;
    return LW_OK;
}

static const lw_store_type interposed_type = {
    .scheme = "interposed",
    .summary = "interposed:URL, a store at which somebody else comes first",
    .open = interposed_open,
    .close = lw_test_wrapping_close,
    LW_TEST_WRAPPING_OPERATIONS,
};

static void redefinitions_come_at_any_moment(void **state) {
    lw_test_lab *lab = *state;
    static const char *const moments[] = {"run_modify", "run_insert"};
    const lw_store_type *const types[] = {&interposed_type, NULL};
    const char *text = "experiment: e\noptimizer: random\n" SPACE;
    lw_experiment *experiment = NULL;
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "t", NULL, &lab->error), lab->error);
    for (int i = 0; i < 2; i++) {
        lw_store *store = NULL;
        lw_assistant *assistant = NULL;
        lw_assignment run;
        lw_run stored;
        assert_ok(lw_store_open(&store, "interposed:memory:", NULL, types, &lab->error), lab->error);
        assert_ok(lw_assistant_open(&assistant, store, experiment, NULL, &lab->error), lab->error);
        int64_t id = lw_test_suggest(lab, assistant, NULL, NULL);
        ((interposed_store *)store)->operation = moments[i];
        if (i == 1) /* a run that would not be found by who looks at all runs */
            assert_int_equal(lw_assistant_suggest(assistant, NULL, &run, &lab->error), LW_ECONFLICT);
        assert_int_equal(lw_test_observe(lab, assistant, id, 3), LW_OK);
        assert_ok(lw_store_run_get(store, id, &stored, &lab->error), lab->error);
        assert_close(stored.cost, -3, 0);
        lw_run_release(&stored);
        lw_assistant_close(assistant);
        lw_store_close(store);
    }
    lw_experiment_free(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        {"redefinitions_come_at_any_moment", redefinitions_come_at_any_moment, lw_test_memory_setup, lw_test_lab_teardown,
         NULL},
        cmocka_unit_test(eight_processes_make_exactly_200_runs),
        cmocka_unit_test(eight_processes_race_with_a_history),
        on_both_stores(threads_share_a_model_free_optimizer),
        on_both_stores(threads_share_a_history),
        on_both_stores(threads_play_a_medley),
        on_both_stores(copies_go_on_where_they_were),
        on_both_stores(copies_give_way),
        on_both_stores(copies_know_a_run_whatever_became_of_it),
        on_both_stores(copies_go_on_with_the_numbers_of_removed_runs),
        on_both_stores(copies_count_what_they_leave_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
