/*
 * worker STORE EXPERIMENT SPOOL JOURNAL SEED WORK_MS: works on an experiment with the library as a careless program
 * does, up to so many milliseconds on a run, and notes each call before it is made and each answer as soon as it is
 * there. Ends with 0 when nothing is left to do, with 75 when the store is away at the beginning.
 */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include <labwatch/labwatch.h>
#include <labwatch/runner.h>
#include <labwatch/sys/memory.h>

#include "cost.h"
#include "journal.h"

enum { EXIT_FAILED = 1, EXIT_AWAY = 75, TOKEN_TEXT = 33 };

typedef struct worker {
    const char *url, *spool;
    uint64_t longest_ms; /* that a run takes */
    chaos_journal journal;
    lw_store *store;
    lw_assistant *assistant;
    uint64_t random;
    long n_calls;
    int64_t highest_id;
} worker;

/* ---- chance ---- */

static uint64_t draw(worker *self) {
    self->random ^= self->random << 13;
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    return self->random >> 11;
}

static bool happens(worker *self, unsigned percent) {
    return draw(self) % 100 < percent;
}

static void sleep_ms(uint64_t ms) {
    nanosleep(&(struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

/* ---- the journal ---- */

static void write_token(lw_token token, char text[TOKEN_TEXT]) {
    for (size_t i = 0; i < sizeof token.bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", token.bytes[i]);
}

static void note_call(worker *self, const char *op, int64_t id, const char *token, double cost) {
    self->n_calls++;
    if (isnan(cost))
        chaos_journal_add(&self->journal, "\"op\": \"%s\", \"call\": %ld, \"id\": %lld, \"token\": \"%s\"", op,
                          self->n_calls, (long long)id, token);
    else
        chaos_journal_add(&self->journal,
                          "\"op\": \"%s\", \"call\": %ld, \"id\": %lld, \"token\": \"%s\", \"cost\": %.17g", op,
                          self->n_calls, (long long)id, token, cost);
}

static void note_answer(worker *self, int code) {
    chaos_journal_add(&self->journal, "\"answer\": %ld, \"code\": \"%s\"", self->n_calls, lw_code_name(code));
}

static void explain(int code, const lw_error *error) {
    if (code < 0 && code != LW_EUNAVAILABLE)
        fprintf(stderr, "%s: %s\n", lw_code_name(code), error->message);
}

/* ---- calls ---- */

static int take(worker *self, lw_assignment *out) {
    lw_wish wish = {.worker = true};
    lw_error error;
    char token[TOKEN_TEXT];
    note_call(self, "take", 0, "", (double)NAN);
    int code = lw_assistant_take(self->assistant, &wish, out, &error);
    if (code != LW_OK) {
        note_answer(self, code);
        explain(code, &error);
        return code;
    }
    char *config = lw_document_to_json(out->document, false);
    write_token(out->token, token);
    chaos_journal_add(&self->journal,
                      "\"answer\": %ld, \"code\": \"LW_OK\", \"id\": %lld, \"token\": \"%s\", \"attempt\": %d, "
                      "\"number\": %llu, \"config\": %s",
                      self->n_calls, (long long)out->id, token, (int)out->attempt, (unsigned long long)out->number,
                      config);
    lw_free(config);
    if (out->id > self->highest_id)
        self->highest_id = out->id;
    return LW_OK;
}

static int observe(worker *self, const lw_assignment *run, const lw_result *result) {
    lw_error error;
    char token[TOKEN_TEXT];
    write_token(run->token, token);
    note_call(self, "observe", run->id, token, result->value);
    int code = lw_assistant_observe(self->assistant, run->id, result, &error);
    note_answer(self, code);
    explain(code, &error);
    return code;
}

static void spool(worker *self, const lw_assignment *run, const lw_result *result) {
    lw_error error;
    char token[TOKEN_TEXT];
    write_token(run->token, token);
    note_call(self, "spool", run->id, token, result->value);
    int code = lw_spool_put(self->spool, self->url, lw_assistant_experiment(self->assistant)->name, run->id, result,
                            &error);
    note_answer(self, code);
    explain(code, &error);
}

static void beat(worker *self, const lw_assignment *run) {
    lw_error error;
    char token[TOKEN_TEXT];
    write_token(run->token, token);
    note_call(self, "beat", run->id, token, (double)NAN);
    lw_beat one = {.id = run->id, .token = run->token};
    note_answer(self, lw_assistant_beat(self->assistant, &one, 1, &error));
}

static void release(worker *self, const lw_assignment *run) {
    lw_error error;
    char token[TOKEN_TEXT];
    write_token(run->token, token);
    note_call(self, "release", run->id, token, (double)NAN);
    note_answer(self, lw_assistant_release(self->assistant, run->id, &run->token, &error));
}

/* One point of a metric, whose step is the number of the call. */
static void log_point(worker *self, const lw_assignment *run, double value) {
    lw_error error;
    char token[TOKEN_TEXT];
    write_token(run->token, token);
    note_call(self, "log", run->id, token, value);
    lw_metric_point point = {.step = self->n_calls, .value = value};
    int code = lw_assistant_log(self->assistant, run->id, "loss", &point, 1, &error);
    note_answer(self, code);
    explain(code, &error);
}

/* A run as it is now: what was acknowledged before must be in it. */
static void look(worker *self, int64_t id) {
    lw_error error;
    lw_run run;
    bson_iter_t result;
    char token[TOKEN_TEXT];
    note_call(self, "read", id, "", (double)NAN);
    int code = lw_store_run_get(self->store, id, &run, &error);
    if (code != LW_OK) {
        note_answer(self, code);
        explain(code, &error);
        return;
    }
    write_token(run.token, token);
    char number[40] = "null";
    if (run.status == LW_STATUS_COMPLETED && run.result && bson_iter_init_find(&result, run.result, "result"))
        snprintf(number, sizeof number, "%.17g", bson_iter_as_double(&result));
    chaos_journal_add(&self->journal,
                      "\"answer\": %ld, \"code\": \"LW_OK\", \"status\": \"%s\", \"token\": \"%s\", \"attempt\": %d, "
                      "\"result\": %s, \"last_id\": %lld",
                      self->n_calls, lw_status_name(run.status), token, (int)run.attempt, number,
                      (long long)run.view.last_id);
    lw_run_release(&run);
}

/* ---- one run ---- */

static double x_of(const lw_assignment *run) {
    bson_iter_t x;
    return bson_iter_init_find(&x, run->document, "x") ? bson_iter_as_double(&x) : (double)NAN;
}

/* With beats; sometimes silent for longer than the lease. */
static void work(worker *self, const lw_assignment *run) {
    uint64_t lease_ms = (uint64_t)(run->lease_s * 1000), pause_ms = lease_ms / 4;
    uint64_t left_ms = draw(self) % self->longest_ms;
    if (happens(self, 5))
        left_ms += lease_ms / 2;
    if (happens(self, 2))
        sleep_ms(lease_ms + draw(self) % lease_ms);
    for (; left_ms > pause_ms; left_ms -= pause_ms) {
        sleep_ms(pause_ms);
        beat(self, run);
    }
    sleep_ms(left_ms);
}

static bool is_recorded(int code) {
    return code == LW_OK || code == LW_KNOWN || code == LW_LATE;
}

static void report(worker *self, const lw_assignment *run) {
    char token[TOKEN_TEXT];
    write_token(run->token, token);
    lw_result result = lw_result_of_value(chaos_cost(x_of(run), token)), other = result;
    result.token = other.token = &run->token;
    other.value += 1;
    for (int i = 0; i < 3 && happens(self, 30); i++)
        log_point(self, run, result.value);
    int code = observe(self, run, &result);
    if (code == LW_EUNAVAILABLE)
        spool(self, run, &result);
    if (is_recorded(code) && happens(self, 4))
        observe(self, run, &result); /* is known */
    if (is_recorded(code) && happens(self, 4))
        observe(self, run, &other); /* is refused */
}

static void execute(worker *self, const lw_assignment *run) {
    if (happens(self, 10))
        look(self, run->id);
    work(self, run);
    if (happens(self, 3))
        release(self, run);
    else
        report(self, run);
    if (happens(self, 10))
        look(self, run->id);
    if (happens(self, 10))
        look(self, 1 + (int64_t)(draw(self) % (uint64_t)self->highest_id));
}

/* ---- all of them ---- */

/* Whether nothing is left in the spool. */
static bool deliver(worker *self) {
    lw_error error;
    size_t delivered, left;
    int code = lw_spool_deliver(self->spool, self->url, self->assistant, &delivered, &left, &error);
    if (code != LW_OK || error.message[0])
        fprintf(stderr, "spool: %s\n", error.message);
    if (delivered > 0)
        chaos_journal_add(&self->journal, "\"op\": \"delivered\", \"n\": %zu", delivered);
    return code == LW_OK && left == 0;
}

/* The budget is given out: whether all of it is done. */
static bool is_done(worker *self) {
    lw_standing standing;
    lw_error error;
    (void)lw_assistant_recover(self->assistant, NULL, &error);
    return lw_assistant_standing(self->assistant, &standing, &error) == LW_OK && standing.open == 0;
}

static int work_on(worker *self) {
    for (;;) {
        lw_assignment run;
        bool delivered = deliver(self);
        int code = take(self, &run);
        if (code == LW_OK) {
            execute(self, &run);
            lw_assignment_release(&run);
        } else if (code == LW_BUDGET_REACHED) {
            if (is_done(self) && delivered)
                return 0;
            sleep_ms(200 + draw(self) % 300);
        } else if (code == LW_EUNAVAILABLE) {
            sleep_ms(100 + draw(self) % 400);
        } else {
            return EXIT_FAILED;
        }
    }
}

static int open_all(worker *self, const char *path, lw_error *error) {
    lw_experiment *experiment = NULL;
    int code = lw_experiment_read(&experiment, path, NULL, error);
    if (code == LW_OK)
        code = lw_store_open(&self->store, self->url, NULL, NULL, error);
    if (code == LW_OK)
        code = lw_assistant_open(&self->assistant, self->store, experiment, NULL, error);
    lw_experiment_free(experiment);
    return code;
}

int main(int argc, char **argv) {
    if (argc != 7) {
        fputs("usage: worker STORE EXPERIMENT SPOOL JOURNAL SEED WORK_MS\n", stderr);
        return 2;
    }
    worker self = {.url = argv[1], .spool = argv[3], .longest_ms = strtoull(argv[6], NULL, 10)};
    lw_error error;
    self.random = strtoull(argv[5], NULL, 10) * 0x9E3779B97F4A7C15u | 1u;
    chaos_journal_open(&self.journal, argv[4]);
    chaos_journal_add(&self.journal, "\"op\": \"begin\"");
    int code = open_all(&self, argv[2], &error);
    explain(code, &error);
    int status = code == LW_OK ? work_on(&self) : code == LW_EUNAVAILABLE ? EXIT_AWAY : EXIT_FAILED;
    lw_assistant_close(self.assistant);
    lw_store_close(self.store);
    return status;
}
