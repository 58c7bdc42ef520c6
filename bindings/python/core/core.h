/**
 * What the Python module calls beside labwatch's public functions: the same, with JSON in place of documents and
 * lists in place of callbacks, so that a call crosses from Python to C once.
 *
 * Texts that are returned are yours to lw_free; NULL comes with a code in *error.
 */
#ifndef LABWATCH_PYTHON_CORE_H
#define LABWATCH_PYTHON_CORE_H

#include <labwatch/labwatch.h>

/** Called by Python in its main thread, once. */
void core_set_main_thread(void);
/** For lw_store_setup: asks Python whether to give up, but only in its main thread, as no other gets signals. */
bool core_give_up(void *self);

/** How an assistant is opened from text. */
typedef struct core_opening {
    const char *text;    /* an experiment file's text; NULL: name */
    size_t length;
    const char *source;  /* what messages call the text */
    const char *name;    /* an experiment that the store has */
    bool new_version, read_only;
    int64_t runs;        /* 0: the file's */
    const lw_optimizer_type *const *optimizers; /* NULL, or the caller's, NULL-terminated */
} core_opening;

/** As lw_assistant_open; *warnings gets what the reader warned of, a line each, or NULL. */
int core_open(lw_assistant **out, lw_store *store, const core_opening *opening, char **warnings, lw_error *error);

/** The experiment that the assistant has: name, source, text, goal, objective, spaces, …, as JSON. */
char *core_experiment(const lw_assistant *assistant, lw_error *error);

/** Which run is wanted, and what kind. */
typedef struct core_wish {
    const char *space;   /* NULL: the first */
    const char *config;  /* JSON; NULL: none */
    size_t config_length;
    bool default_config, queue, worker, take;
    double lease_s;
    int64_t run;         /* take this one; 0: any */
} core_wish;

/**
 * The configuration of what was assigned as JSON; *out is filled in, and its documents are released; *space is the index of its search space.
 * NULL: *code says why.
 */
char *core_assign(lw_assistant *assistant, const core_wish *wish, lw_assignment *out, int *space, int *code, lw_error *error);

/** A result from Python. */
typedef struct core_result {
    int outcome;          /* lw_outcome */
    double value;
    const char *document; /* JSON object with the objective in it; NULL */
    bool has_value;       /* value is the objective, whatever the document says */
    size_t document_length;
    const char *failure;  /* its name; NULL */
    const char *reason, *captured_out;
    const char *info;     /* JSON object; NULL */
    size_t info_length;
    double duration_s;
    const uint8_t *token; /* 16 bytes; NULL: the current attempt */
    bool force;
    bool has_past, counts; /* for core_observe_config */
    int64_t start_ms, stop_ms, seed;
} core_result;

int core_observe(lw_assistant *assistant, int64_t id, const core_result *result, lw_error *error);
/** Keeps the result in the spool folder, from where it is delivered when the store is back. */
int core_spool(lw_assistant *assistant, const char *store_url, int64_t id, const core_result *result, lw_error *error);
int core_observe_config(lw_assistant *assistant, const char *space, const char *config, size_t length,
                        const core_result *result, int64_t *id, lw_error *error);

/**
 * Gives a run that this attempt executes another configuration, which it went on with, in the experiment's first space as
 * it is now. What is missing counts at its default. The run is then nobody's suggestion; a note says what was. The whole
 * configuration as JSON, yours to lw_free; NULL with LW_ECONFLICT if it is no longer the attempt's.
 */
char *core_reconfigure(lw_assistant *assistant, int64_t id, const lw_token *token, const char *config, size_t length,
                       lw_error *error);

/** Appends n points to a metric. */
int core_log(lw_assistant *assistant, int64_t id, const char *name, const int64_t *steps, const double *values, size_t n,
             lw_error *error);
/** {"name": {"steps": […], "values": […], "times": […]}, …}; values that JSON has not are texts. */
char *core_metrics(lw_store *store, int64_t id, lw_error *error);

/** Which runs are listed. */
typedef struct core_query {
    const char *space;    /* NULL: all */
    const char *where;    /* a filter; NULL: all */
    const int64_t *ids;
    size_t n_ids;
    int order;            /* lw_run_order */
    size_t limit;         /* 0: all */
    bool open_only;       /* only runs without an outcome: cheap, however many have ended */
} core_query;

/** What of a run is a whole number: columns of core_rows.integers. */
typedef enum core_row_integer {
    CORE_ROW_ID,
    CORE_ROW_STATUS,  /* lw_status */
    CORE_ROW_SPACE,   /* its index in the experiment; -1: none of its spaces */
    CORE_ROW_FAILURE, /* lw_failure */
    CORE_ROW_ORIGIN,  /* lw_origin */
    CORE_ROW_ATTEMPT,
    CORE_ROW_REPLICATE,
    CORE_ROW_START, /* ms since 1970, or LW_NO_TIME; likewise the next two */
    CORE_ROW_STOP,
    CORE_ROW_HEARTBEAT,
    CORE_ROW_INTEGERS
} core_row_integer;
typedef enum core_row_number { CORE_ROW_RESULT, CORE_ROW_COST, CORE_ROW_FIDELITY, CORE_ROW_DURATION, CORE_ROW_NUMBERS } core_row_number;

/** Runs, a row each. */
typedef struct core_rows {
    size_t n;
    int64_t *integers; /* n rows of CORE_ROW_INTEGERS */
    double *numbers;   /* n rows of CORE_ROW_NUMBERS; NaN: none */
    char *configs;     /* a JSON array of n objects, with Sacred's seed */
    char *others;      /* {"row": {"result": {…}, "space": …, "id": …}, …}, where a run has them */
} core_rows;

/** *out is yours to release if LW_OK is returned. */
int core_runs(lw_assistant *assistant, const core_query *query, core_rows *out, lw_error *error);
void core_rows_release(core_rows *rows);
/** A run's whole document in Sacred's schema. */
char *core_run_document(lw_store *store, int64_t id, lw_error *error);

char *core_standing(lw_assistant *assistant, lw_error *error);
char *core_model(lw_assistant *assistant, const char *space, lw_error *error);
/** {"verdict": "same" | "different" | "not comparable", "recorded": …, "again": …, "reason": …} */
char *core_replay(lw_assistant *assistant, int64_t id, lw_error *error);
/** Names of the experiments that the store has, as a JSON array. */
char *core_experiments(lw_store *store, lw_error *error);
/** Names, summaries and options of all optimizers, as a JSON array. */
char *core_optimizers(lw_error *error);

/**
 * Replaces what another tool knows better of a run: any of `experiment` (without its name), `host`, `meta`, `config`,
 * `resources`, `fail_trace` and `command` in a JSON object.
 */
int core_annotate(lw_store *store, int64_t id, const char *json, size_t length, lw_error *error);

/** Writes a file that is kept with a run to the disk. */
int core_file_get(lw_store *store, int64_t run, bool source, const char *name, const char *path, lw_error *error);
/** [{"kind": "artifact", "name": …, "size": …}, …] */
char *core_files(lw_store *store, int64_t run, lw_error *error);

/** The space of an experiment's text (or of a space's alone), retained; yours to lw_space_free. */
int core_space(lw_space **out, const char *text, size_t length, const char *source, const char *name, lw_error *error);
/** The space's long form as JSON. */
char *core_space_document(const lw_space *space, lw_error *error);
/** [{"name": …, "kind": …, "log_scale": …, "default": …, "choices": …, "condition": …}, …] */
char *core_space_parameters(const lw_space *space, lw_error *error);
/** Configurations drawn from the prior with seed, n of them, as a JSON array. */
char *core_space_sample(const lw_space *space, uint64_t seed, size_t n, lw_error *error);
/** The configuration that a document means, with defaults where fill says so, as JSON. */
char *core_space_read_config(const lw_space *space, const char *json, size_t length, bool fill, lw_error *error);

/** A configuration as JSON, and the other way round. */
char *core_config_json(const lw_config *config, lw_error *error);
int core_config_set_json(lw_config *config, const char *json, size_t length, lw_error *error);
/** The i-th observation: {"run": …, "outcome": …, "config": {…}, "cost": …, "failure": …, "fidelity": …, "replicate": …, "memo": {…}} */
char *core_observation(const lw_history *history, size_t i, lw_error *error);
/** Appends the fields of a JSON object to the memo. */
int core_memo_set(bson_t *memo, const char *json, size_t length, lw_error *error);

#endif
