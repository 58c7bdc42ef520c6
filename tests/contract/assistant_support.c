#include <stdatomic.h>

#include "assistant_support.h"

#include <labwatch/sys/digest.h>

#include "faulty_store.h"

/* ---- the clock ---- */

static int64_t wall_ms(void *self) {
    return atomic_load(&((lw_test_clock *)self)->wall_ms);
}

static double monotonic_s(void *self) {
    return atomic_load(&((lw_test_clock *)self)->monotonic_s);
}

static void sleep_s(void *self, double seconds) {
    lw_test_clock_advance(self, seconds);
}

void lw_test_clock_start(lw_test_clock *clock) {
    clock->clock = (lw_clock){wall_ms, monotonic_s, sleep_s, clock};
    atomic_store(&clock->wall_ms, 1700000000000);
    atomic_store(&clock->monotonic_s, 1000.0);
}

void lw_test_clock_advance(lw_test_clock *clock, double seconds) {
    atomic_fetch_add(&clock->wall_ms, (int64_t)(seconds * 1000));
    double before = atomic_load(&clock->monotonic_s);
    while (!atomic_compare_exchange_weak(&clock->monotonic_s, &before, before + seconds))
        ;
}

/* ---- the lab ---- */

static lw_store *open_store(lw_test_lab *lab) {
    lw_store *store = NULL;
    lw_store_setup setup = {.clock = &lab->clock.clock, .busy_timeout_s = 30};
    assert_ok(lw_store_open(&store, lab->url, &setup, lw_test_faulty_types, &lab->error), lab->error);
    return store;
}

void lw_test_lab_open(lw_test_lab *lab, const char *scheme) {
    memset(lab, 0, sizeof *lab);
    lw_test_clock_start(&lab->clock);
    if (strstr(scheme, "sqlite")) {
        lab->folder = lw_test_make_folder();
        snprintf(lab->url, sizeof lab->url, "%s:%s/labwatch.db", scheme, lab->folder);
    } else {
        snprintf(lab->url, sizeof lab->url, "%s:", scheme);
    }
    lab->store = open_store(lab);
}

void lw_test_lab_close(lw_test_lab *lab) {
    lw_store_close(lab->store);
    if (lab->folder)
        lw_test_remove_folder(lab->folder);
}

lw_store *lw_test_lab_second_store(lw_test_lab *lab) {
    return open_store(lab);
}

static int setup_lab(void **state, const char *scheme) {
    lw_test_lab *lab = malloc(sizeof *lab);
    lw_test_lab_open(lab, scheme);
    *state = lab;
    return 0;
}

int lw_test_memory_setup(void **state) {
    return setup_lab(state, "memory");
}

int lw_test_sqlite_setup(void **state) {
    return setup_lab(state, "sqlite");
}

int lw_test_lab_teardown(void **state) {
    lw_test_lab_close(*state);
    free(*state);
    return 0;
}

/* ---- shorthands ---- */

int lw_test_try_open(lw_test_lab *lab, const char *text, const lw_assistant_setup *setup, lw_assistant **out) {
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    lw_assistant_setup full = setup ? *setup : (lw_assistant_setup){0};
    full.clock = &lab->clock.clock;
    full.optimizers = lw_test_bookish_types;
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "test.yaml", NULL, &lab->error), lab->error);
    int code = lw_assistant_open(&assistant, lab->store, experiment, &full, &lab->error);
    lw_experiment_free(experiment);
    if (out)
        *out = assistant;
    else
        lw_assistant_close(assistant);
    return code;
}

lw_assistant *lw_test_assistant(lw_test_lab *lab, const char *text) {
    lw_assistant *assistant = NULL;
    assert_ok(lw_test_try_open(lab, text, NULL, &assistant), lab->error);
    return assistant;
}

int64_t lw_test_suggest(lw_test_lab *lab, lw_assistant *assistant, const lw_wish *wish, lw_assignment *out) {
    lw_assignment made;
    assert_ok(lw_assistant_suggest(assistant, wish, &made, &lab->error), lab->error);
    int64_t id = made.id;
    if (out)
        *out = made;
    else
        lw_assignment_release(&made);
    return id;
}

int lw_test_observe(lw_test_lab *lab, lw_assistant *assistant, int64_t id, double value) {
    lw_result result = lw_result_of_value(value);
    return lw_assistant_observe(assistant, id, &result, &lab->error);
}

lw_run lw_test_run(lw_test_lab *lab, int64_t id) {
    lw_run run;
    assert_ok(lw_store_run_get(lab->store, id, &run, &lab->error), lab->error);
    return run;
}

lw_status lw_test_status(lw_test_lab *lab, int64_t id) {
    lw_run run = lw_test_run(lab, id);
    lw_status status = run.status;
    lw_run_release(&run);
    return status;
}

void lw_test_replays(lw_test_lab *lab, lw_assistant *assistant, int64_t id, lw_replay_verdict verdict) {
    lw_replay replay;
    assert_ok(lw_assistant_replay(assistant, id, &replay, &lab->error), lab->error);
    if (replay.verdict != verdict)
        fail_msg("the replay of run %lld gave %d, not %d: %s", (long long)id, (int)replay.verdict, (int)verdict, replay.reason);
    lw_replay_release(&replay);
}

/* ---- the bookish optimizer ---- */

static void add_observation(lw_digest *digest, const lw_observation *observation, int64_t fit_last_id) {
    uint8_t config[LW_DIGEST_SIZE];
    bool pending = observation->run_id > fit_last_id;
    lw_digest_add_u64(digest, (uint64_t)observation->run_id);
    lw_digest_add_u64(digest, (uint64_t)(pending ? LW_PENDING : observation->outcome));
    lw_digest_add_u64(digest, (uint64_t)(pending ? LW_FAILURE_NONE : observation->failure));
    lw_digest_add_double(digest, pending ? (double)NAN : observation->cost);
    lw_config_digest(observation->config, config);
    lw_digest_add(digest, config, sizeof config);
    if (observation->memo)
        lw_digest_add(digest, bson_get_data(observation->memo), observation->memo->len);
}

/* What comes behind fit_last_id must be pending, or the assistant has promised too much. */
static void digest_of_request(const lw_request *request, uint8_t out[LW_DIGEST_SIZE]) {
    lw_digest digest;
    uint8_t history[LW_DIGEST_SIZE];
    lw_digest_start(&digest);
    lw_digest_add_u64(&digest, request->number);
    lw_digest_add_u64(&digest, request->draw);
    lw_digest_add_u64(&digest, (uint64_t)request->budget);
    lw_digest_add_u64(&digest, request->seed);
    for (size_t i = 0; i < lw_history_n(request->history); i++)
        add_observation(&digest, lw_history_get(request->history, i), request->fit_last_id);
    lw_history_digest(request->history, history);
    lw_digest_add(&digest, history, sizeof history);
    lw_digest_finish(&digest, out);
}

static int bookish_suggest(void *state, const lw_request *request, lw_proposal *proposal, lw_error *error) {
    const lw_space *space = lw_config_space(proposal->config);
    size_t d = lw_space_n_parameters(space);
    uint8_t digest[LW_DIGEST_SIZE];
    uint64_t word;
    double u[64];
    (void)state;
    (void)error;
    digest_of_request(request, digest);
    memcpy(&word, digest, sizeof word);
    for (size_t i = 0; i < d; i++) {
        double shift = (double)(word >> 11) * 0x1p-53;
        u[i] = fmod(lw_stream_uniform(request->stream) + shift * (double)(i + 1), 1.0);
    }
    lw_config_decode(proposal->config, u);
    bson_append_int64(proposal->memo, "read", -1, (int64_t)(word >> 1));
    return LW_OK;
}

static int bookish_describe(void *state, const lw_request *request, bson_t *out, lw_error *error) {
    (void)state;
    (void)error;
    BSON_APPEND_INT64(out, "number", (int64_t)request->number);
    BSON_APPEND_INT64(out, "budget", request->budget);
    BSON_APPEND_BOOL(out, "maximize", request->maximize);
    BSON_APPEND_INT64(out, "runs", (int64_t)lw_history_n(request->history));
    BSON_APPEND_INT64(out, "completed", (int64_t)lw_history_n_outcome(request->history, LW_COMPLETED));
    BSON_APPEND_INT64(out, "fit_last_id", request->fit_last_id);
    return LW_OK;
}

static const lw_option_spec bookish_options[] = {
    {.name = "care", .kind = LW_OPTION_INTEGER, .lower = 1, .upper = 9, .default_number = 3, .help = "how closely it reads"},
    {0},
};

static const lw_optimizer_type bookish = {
    .name = "bookish",
    .summary = "suggests what follows from every bit of the history",
    .source = "a test",
    .reads = LW_READS_HISTORY,
    .options = bookish_options,
    .suggest_configuration = bookish_suggest,
    .describe = bookish_describe,
};

const lw_optimizer_type *const lw_test_bookish_types[] = {&bookish, NULL};
