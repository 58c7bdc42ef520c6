/* The store contract: threads, processes, and their sudden ends. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "store_contract.h"

#include <labwatch/sys/memory.h>

/* Claims the next id n times, as workers do; false when something went wrong. */
static bool claim_ids(lw_store *store, int worker, int n, int acknowledge) {
    lw_error error;
    for (int i = 0; i < n;) {
        lw_run_counts counts;
        lw_run run;
        if (lw_store_run_counts(store, "heart", &counts, &error) != LW_OK)
            break;
        lw_test_run(&run, counts.last_id + 1, "heart");
        run.seed = (uint64_t)worker;
        memcpy(run.token.bytes + 1, &worker, sizeof worker);
        memcpy(run.token.bytes + 5, &i, 3);
        int code = lw_store_run_insert(store, &run, &error);
        int64_t id = run.id;
        lw_run_release(&run);
        if (code != LW_OK && code != LW_ECONFLICT) {
            print_error("worker %d: %s\n", worker, error.message);
            return false;
        }
        if (code == LW_OK && acknowledge >= 0 && write(acknowledge, &id, sizeof id) != sizeof id)
            return false;
        i += code == LW_OK;
    }
    return true;
}

typedef struct worker {
    lw_store *store;
    int number, n;
    bool done;
} worker;

static void *claim_in_thread(void *arg) {
    worker *w = arg;
    w->done = claim_ids(w->store, w->number, w->n, -1);
    return NULL;
}

static int add_one(void *arg, lw_run *run, lw_error *error) {
    (void)arg;
    (void)error;
    run->seed++;
    return LW_OK;
}

static bool add_up(lw_store *store, int n) {
    lw_error error;
    for (int i = 0; i < n; i++)
        if (lw_store_run_modify(store, 1, add_one, NULL, &error) != LW_OK) {
            print_error("%s\n", error.message);
            return false;
        }
    return true;
}

static void *add_in_thread(void *arg) {
    worker *w = arg;
    w->done = add_up(w->store, w->n);
    return NULL;
}

enum { N_WORKERS = 6 };

static void run_threads(lw_store *store, void *(*function)(void *), int n) {
    pthread_t threads[N_WORKERS];
    worker workers[N_WORKERS];
    for (int i = 0; i < N_WORKERS; i++) {
        workers[i] = (worker){.store = store, .number = i + 1, .n = n};
        assert_int_equal(pthread_create(&threads[i], NULL, function, &workers[i]), 0);
    }
    for (int i = 0; i < N_WORKERS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(workers[i].done);
    }
}

static int check_claim(void *arg, const lw_run *run) {
    int64_t *claims = arg;
    assert_true(run->id == claims[0] + 1); /* without a gap */
    claims[0]++;
    if (run->seed >= 1 && run->seed <= N_WORKERS)
        claims[run->seed]++;
    return LW_OK;
}

static void assert_claims(lw_store *store, int n) {
    lw_error error;
    int64_t claims[N_WORKERS + 1] = {0};
    assert_ok(lw_store_run_each(store, &(lw_run_query){0}, check_claim, claims, &error), error);
    assert_int_equal(claims[0], N_WORKERS * n);
    for (int i = 1; i <= N_WORKERS; i++)
        assert_int_equal(claims[i], n);
    contract_assert_counted(store, "heart");
}

static void assert_sum(lw_store *store, int wanted) {
    lw_error error;
    lw_run run;
    assert_ok(lw_store_run_get(store, 1, &run, &error), error);
    assert_int_equal(run.seed, wanted);
    lw_run_release(&run);
}

void test_store_contract__threads_claim_ids_without_a_loss(void **state) {
    contract *c = *state;
    run_threads(c->store, claim_in_thread, 60);
    assert_claims(c->store, 60);
}

void test_store_contract__threads_lose_no_modification(void **state) {
    contract *c = *state;
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    run_threads(c->store, add_in_thread, 60);
    assert_sum(c->store, N_WORKERS * 60);
}

/* What a child process does with a store of its own; its exit status is 0 if that is true. */
typedef bool child_function(lw_store *store, int number, int n);

static bool claim_in_child(lw_store *store, int number, int n) {
    return claim_ids(store, number, n, -1);
}

static bool add_in_child(lw_store *store, int number, int n) {
    (void)number;
    return add_up(store, n);
}

static bool insert_own(lw_store *store, int number, int n) {
    (void)n;
    lw_run run;
    lw_error error;
    lw_test_run(&run, number, "heart");
    int code = lw_store_run_insert(store, &run, &error);
    lw_run_release(&run);
    if (code != LW_OK)
        print_error("child %d: %s\n", number, error.message);
    return code == LW_OK;
}

static void run_processes(contract *c, child_function *function, int n) {
    contract_close(c);
    pid_t children[N_WORKERS];
    for (int i = 0; i < N_WORKERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            lw_error error;
            lw_store *store = NULL;
            bool done = lw_store_open(&store, c->url, NULL, NULL, &error) == LW_OK;
            if (!done)
                print_error("child %d: %s\n", i + 1, error.message);
            done = done && function(store, i + 1, n);
            lw_store_close(store);
            _exit(done ? 0 : 1);
        }
    }
    for (int i = 0; i < N_WORKERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    contract_reopen(c);
}

void test_store_contract__processes_claim_ids_without_a_loss(void **state) {
    contract *c = *state;
    if (!c->what->shared)
        return;
    run_processes(c, claim_in_child, 40);
    assert_claims(c->store, 40);
}

void test_store_contract__processes_lose_no_modification(void **state) {
    contract *c = *state;
    if (!c->what->shared)
        return;
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    run_processes(c, add_in_child, 40);
    assert_sum(c->store, N_WORKERS * 40);
}

void test_store_contract__processes_make_a_store_at_once(void **state) {
    contract *c = *state;
    if (!c->what->shared)
        return;
    for (int i = 0; i < 5; i++) {
        char *at = strrchr(c->url, '/'); /* a place where nothing is yet */
        snprintf(at, 32, "/new %d.db", i);
        contract there = {.what = c->what};
        memcpy(there.url, c->url, sizeof there.url);
        there.store = NULL;
        run_processes(&there, insert_own, 0);
        contract_assert_counted(there.store, "heart");
        contract_close(&there);
    }
}

void test_store_contract__what_is_closed_is_still_there(void **state) {
    contract *c = *state;
    if (!c->what->shared)
        return;
    lw_error error;
    lw_run run;
    lw_test_full_run(&run, 1, "heart");
    assert_ok(lw_store_run_insert(c->store, &run, &error), error);
    lw_store *second = contract_open(c); /* at the same time */
    contract_assert_has(second, &run);
    lw_store_close(second);
    contract_close(c);
    lw_store_setup setup = {.read_only = true};
    lw_store *reader = NULL;
    assert_ok(lw_store_open(&reader, c->url, &setup, NULL, &error), error);
    contract_assert_has(reader, &run);
    assert_int_equal(lw_store_run_remove(reader, 1, &error), LW_EUNSUPPORTED);
    lw_store_close(reader);
    contract_reopen(c);
    contract_assert_has(c->store, &run);
    lw_run_release(&run);
}

/* A process that claims ids for ever and writes them down once they are acknowledged. */
static pid_t start_writer(const contract *c, int number, int acknowledge) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        lw_store *store = NULL;
        bool done = lw_store_open(&store, c->url, NULL, NULL, NULL) == LW_OK && claim_ids(store, number, 1 << 20, acknowledge);
        _exit(done ? 0 : 1);
    }
    return child;
}

void test_store_contract__killed_writers_lose_nothing_acknowledged(void **state) {
    contract *c = *state;
    if (!c->what->shared)
        return;
    lw_error error;
    int64_t n_acknowledged = 0;
    contract_close(c);
    for (int round = 0; round < 15; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t first = start_writer(c, 1 + round, ends[1]), second = start_writer(c, 101 + round, ends[1]);
        close(ends[1]);
        usleep(5000 + (useconds_t)(round * 7919 % 40) * 1000);
        kill(first, SIGKILL);
        usleep((useconds_t)(round * 104729 % 20) * 500);
        kill(second, SIGKILL);
        waitpid(first, NULL, 0);
        waitpid(second, NULL, 0);
        contract_reopen(c);
        int64_t id;
        while (read(ends[0], &id, sizeof id) == sizeof id) {
            lw_run run;
            assert_ok(lw_store_run_get(c->store, id, &run, &error), error);
            assert_true(run.seed == (uint64_t)(1 + round) || run.seed == (uint64_t)(101 + round));
            lw_run_release(&run);
            n_acknowledged++;
        }
        close(ends[0]);
        contract_assert_counted(c->store, "heart");
        contract_close(c);
        if (c->what->check_integrity)
            c->what->check_integrity(c->url);
    }
    assert_true(n_acknowledged > 0);
    contract_reopen(c);
}

void test_store_contract__a_child_process_must_open_anew(void **state) {
    contract *c = *state;
    if (!c->what->shared)
        return;
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        lw_error error;
        lw_run_counts counts;
        bool refused = lw_store_run_counts(c->store, "heart", &counts, &error) == LW_EUNAVAILABLE;
        lw_store_close(c->store);
        lw_store *store = NULL;
        bool done = lw_store_open(&store, c->url, NULL, NULL, &error) == LW_OK && insert_own(store, 2, 0);
        lw_store_close(store);
        _exit(refused && done ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    contract_insert(c->store, 3, "heart", LW_STATUS_RUNNING);
    contract_assert_counted(c->store, "heart");
    contract_close(c);
    if (c->what->check_integrity)
        c->what->check_integrity(c->url);
    contract_reopen(c);
}

static int finish_it(void *arg, lw_run *run, lw_error *error) {
    char *reason = lw_strdup("as told");
    if (!reason)
        return lw_error_no_memory(error);
    run->status = *(lw_status *)arg;
    lw_free(run->reason);
    run->reason = reason;
    return LW_OK;
}

static int ignore_row(void *arg, const lw_run_row *row) {
    (void)arg;
    (void)row;
    return LW_OK;
}

static int give_bytes(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    (void)error;
    int *rest = arg;
    *got = *rest > 0 && (size_t)*rest < size ? (size_t)*rest : *rest > 0 ? size : 0;
    memset(buffer, 'x', *got);
    *rest -= (int)*got;
    return LW_OK;
}

/* One operation of each kind on one run, in this order. */
typedef int sweep_operation(lw_store *store, const lw_run *run);

static int sweep_insert(lw_store *store, const lw_run *run) {
    return lw_store_run_insert(store, run, NULL);
}

static int sweep_beat(lw_store *store, const lw_run *run) {
    return lw_test_store_beat(store, run->id, run->token, "output", NULL);
}

static int sweep_modify(lw_store *store, const lw_run *run) {
    lw_status status = LW_STATUS_COMPLETED;
    return lw_store_run_modify(store, run->id, finish_it, &status, NULL);
}

static int sweep_get(lw_store *store, const lw_run *run) {
    lw_run back;
    int code = lw_store_run_get(store, run->id, &back, NULL);
    if (code == LW_OK)
        lw_run_release(&back);
    return code;
}

static int sweep_best(lw_store *store, const lw_run *run) {
    lw_run_query query = {.experiment = run->experiment, .order = LW_ORDER_COST, .limit = 3, .ids = &run->id, .n_ids = 1};
    return lw_store_row_each(store, &query, ignore_row, NULL, NULL);
}

static int sweep_metric(lw_store *store, const lw_run *run) {
    lw_metric_point point = {.step = 1};
    return lw_store_metric_append(store, run->id, "m", &point, 1, NULL);
}

static int sweep_file(lw_store *store, const lw_run *run) {
    int bytes = 300000;
    return lw_store_file_put(store, run->id, LW_FILE_SOURCE, "f", give_bytes, &bytes, NULL);
}

static int sweep_cache(lw_store *store, const lw_run *run) {
    (void)run;
    return lw_store_cache_put(store, "k", "v", 1, NULL);
}

static int sweep_experiment(lw_store *store, const lw_run *run) {
    (void)run;
    bson_t document = BSON_INITIALIZER;
    lw_experiment_record record = {.name = "another", .document = &document};
    return lw_store_experiment_put(store, &record, NULL);
}

static int sweep_remove(lw_store *store, const lw_run *run) {
    return lw_store_run_remove(store, run->id, NULL);
}

/* Its first, second, … allocation fails: each time it says so, and the store is as it was. */
static void sweep(lw_store *store, const lw_run *run, sweep_operation *operation) {
    for (uint64_t n = 1;; n++) {
        lw_memory_fail_at(n, false);
        int code = operation(store, run);
        uint64_t counted = lw_memory_fail_at(0, false);
        if (counted < n) {
            assert_int_equal(code, LW_OK);
            return;
        }
        assert_int_equal(code, LW_ENOMEM);
        contract_assert_counted(store, run->experiment);
    }
}

void test_store_contract__failed_allocations_change_nothing(void **state) {
    contract *c = *state;
    static sweep_operation *const operations[] = {sweep_insert, sweep_beat, sweep_modify, sweep_get,        sweep_best,
                                                  sweep_metric, sweep_file, sweep_cache,  sweep_experiment, sweep_remove};
    lw_memory_fail_at(1, false);
    void *probe = lw_malloc(1);
    lw_memory_fail_at(0, false);
    lw_free(probe);
    if (probe)
        return; /* a build in which allocations cannot be made to fail */
    lw_run run;
    lw_test_full_run(&run, 1, "heart");
    run.status = LW_STATUS_RUNNING;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        sweep(c->store, &run, operations[i]);
    lw_run_release(&run);
}
