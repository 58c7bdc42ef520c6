#include "core.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/* ---- JSON ---- */

/* A text that was written piece by piece; NULL with LW_ENOMEM if a piece did not fit. */
static char *finish(lw_text *text, lw_error *error) {
    char *json = text->failed ? NULL : lw_text_take(text);
    lw_text_release(text);
    if (!json)
        lw_error_no_memory(error);
    return json;
}

static void add_bytes(lw_text *out, char *json) {
    if (json)
        lw_text_add(out, json);
    else
        out->failed = true;
    lw_free(json);
}

static void add_document(lw_text *out, const bson_t *document) {
    if (document)
        add_bytes(out, lw_document_to_json(document, false));
    else
        lw_text_add(out, "null");
}

static void add_string(lw_text *out, const char *text) {
    if (text)
        lw_text_add_json(out, text, strlen(text));
    else
        lw_text_add(out, "null");
}

/* Python's json reads NaN and Infinity, but a file with them is no JSON: what is not finite is null. */
static void add_number(lw_text *out, double value) {
    if (isfinite(value))
        lw_text_add_double(out, value);
    else
        lw_text_add(out, "null");
}

static void add_key(lw_text *out, const char *key) {
    lw_text_format(out, ", \"%s\": ", key);
}

static void add_key_string(lw_text *out, const char *key, const char *text) {
    add_key(out, key);
    add_string(out, text);
}

static void add_key_number(lw_text *out, const char *key, double value) {
    add_key(out, key);
    add_number(out, value);
}

static void add_key_integer(lw_text *out, const char *key, int64_t value) {
    lw_text_format(out, ", \"%s\": %lld", key, (long long)value);
}

static void add_key_bool(lw_text *out, const char *key, bool value) {
    lw_text_format(out, ", \"%s\": %s", key, value ? "true" : "false");
}

static void add_key_document(lw_text *out, const char *key, const bson_t *document) {
    add_key(out, key);
    add_document(out, document);
}

/* A document made from JSON on demand: NULL text is no document. */
typedef struct read_document {
    bson_t document;
    bool is_there;
} read_document;

static int read_json(read_document *out, const char *json, size_t length, lw_error *error) {
    out->is_there = false;
    if (!json)
        return LW_OK;
    int rc = lw_document_from_json(&out->document, json, length, error);
    out->is_there = rc == LW_OK;
    return rc;
}

static const bson_t *document_of(const read_document *read) {
    return read->is_there ? &read->document : NULL;
}

static void release_document(read_document *read) {
    if (read->is_there)
        bson_destroy(&read->document);
    read->is_there = false;
}

/* ---- experiments ---- */

static char *warnings_of(const lw_diagnostics *diagnostics) {
    lw_text text = {0};
    for (size_t i = 0; i < diagnostics->n; i++)
        if (diagnostics->items[i].warning)
            lw_text_format(&text, "%s%s", text.length ? "\n" : "", diagnostics->items[i].message);
    return text.length ? lw_text_take(&text) : NULL;
}

/* All that is wrong, a line each, instead of the first alone. */
static void tell_all(const lw_diagnostics *diagnostics, lw_error *error) {
    lw_text text = {0};
    for (size_t i = 0; i < diagnostics->n; i++)
        if (!diagnostics->items[i].warning)
            lw_text_format(&text, "%s%s", text.length ? "\n" : "", diagnostics->items[i].message);
    if (text.length && !text.failed)
        lw_error_set(error, error->code, "%s", text.bytes);
    lw_text_release(&text);
}

static int parse(lw_experiment **out, const core_opening *opening, char **warnings, lw_error *error) {
    lw_diagnostics diagnostics = {0};
    int rc = lw_experiment_parse(out, opening->text, opening->length, opening->source, &diagnostics, error);
    if (rc == LW_OK && warnings)
        *warnings = warnings_of(&diagnostics);
    else if (rc == LW_EPARSE)
        tell_all(&diagnostics, error);
    lw_diagnostics_release(&diagnostics);
    return rc;
}

int core_open(lw_assistant **out, lw_store *store, const core_opening *opening, char **warnings, lw_error *error) {
    *warnings = NULL;
    lw_assistant_setup setup = {.new_version = opening->new_version,
                                .read_only = opening->read_only,
                                .runs = opening->runs,
                                .optimizers = opening->optimizers};
    if (!opening->text)
        return lw_assistant_open_stored(out, store, opening->name, &setup, error);
    lw_experiment *experiment = NULL;
    int rc = parse(&experiment, opening, warnings, error);
    if (rc == LW_OK)
        rc = lw_assistant_open(out, store, experiment, &setup, error);
    lw_experiment_free(experiment);
    return rc;
}

static void add_spaces(lw_text *out, const lw_assistant *assistant) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    add_key(out, "spaces");
    for (size_t i = 0; i < experiment->n_spaces; i++) {
        const char *name = lw_space_name(experiment->spaces[i]);
        lw_text_add(out, i ? ", [" : "[[");
        add_string(out, name);
        lw_text_format(out, ", %d]", (int)lw_assistant_space_version(assistant, name));
    }
    lw_text_add(out, "]");
}

/* Sacred keeps a run's seed among its parameters; to the user it is none, unless a space has something of that name. */
static bool has_own_seed(const lw_experiment *experiment) {
    for (size_t i = 0; i < experiment->n_spaces; i++)
        if (lw_space_find(experiment->spaces[i], "seed") >= 0 ||
            bson_has_field(lw_space_constants(experiment->spaces[i]), "seed"))
            return true;
    return false;
}

/* Whether a suggestion may take long: with a model, or in Python. */
static bool is_slow(const lw_experiment *experiment) {
    const lw_optimizer_type *type = lw_optimizer_type_by_name(experiment->optimizer, NULL, NULL);
    return !type || type->reads == LW_READS_HISTORY;
}

char *core_experiment(const lw_assistant *assistant, lw_error *error) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    lw_text out = {0};
    lw_text_add(&out, "{\"name\": ");
    add_string(&out, experiment->name);
    add_key_string(&out, "text", experiment->text);
    add_key_string(&out, "goal", experiment->goal == LW_MAXIMIZE ? "maximize" : "minimize");
    add_key_string(&out, "objective", experiment->has_objective ? experiment->objective : NULL);
    add_key_string(&out, "optimizer", experiment->optimizer ? experiment->optimizer : lw_optimizer_default());
    add_key_document(&out, "optimizer_options", experiment->optimizer_options);
    add_key_integer(&out, "runs", experiment->runs);
    add_key_number(&out, "timeout", experiment->timeout_s > 0 ? experiment->timeout_s : (double)NAN);
    add_key_number(&out, "lease", experiment->lease_s);
    add_key_number(&out, "target", experiment->target);
    add_key_integer(&out, "repeats", experiment->repeats);
    add_key(&out, "seed");
    lw_text_format(&out, "%llu", (unsigned long long)lw_assistant_seed(assistant));
    add_key_bool(&out, "has_own_seed", has_own_seed(experiment));
    add_key_bool(&out, "is_slow", is_slow(experiment));
    add_spaces(&out, assistant);
    lw_text_add(&out, "}");
    return finish(&out, error);
}

/* ---- suggesting ---- */

static int assign(lw_assistant *assistant, const core_wish *wish, const bson_t *config, lw_assignment *out,
                  lw_error *error) {
    if (wish->run)
        return lw_assistant_take_run(assistant, wish->run, out, error);
    lw_wish asked = {.space = wish->space,
                     .default_config = wish->default_config,
                     .config = config,
                     .queue = wish->queue,
                     .worker = wish->worker,
                     .lease_s = wish->lease_s};
    return wish->take ? lw_assistant_take(assistant, &asked, out, error)
                      : lw_assistant_suggest(assistant, &asked, out, error);
}

char *core_assign(lw_assistant *assistant, const core_wish *wish, lw_assignment *out, int *code, lw_error *error) {
    read_document config;
    *code = read_json(&config, wish->config, wish->config_length, error);
    if (*code == LW_OK)
        *code = assign(assistant, wish, document_of(&config), out, error);
    release_document(&config);
    if (*code != LW_OK)
        return NULL;
    char *json = lw_document_to_json(out->document, false);
    lw_config_free(out->config);
    bson_destroy(out->document);
    out->config = NULL;
    out->document = NULL;
    if (!json)
        *code = lw_error_no_memory(error);
    return json;
}

/* ---- results ---- */

/* What a core_result means, with the documents that it was made from. */
typedef struct read_result {
    lw_result result;
    read_document document, info;
    lw_token token;
    lw_past past;
} read_result;

static int read_value(read_result *read, const core_result *given, const lw_experiment *experiment, lw_error *error) {
    if (given->outcome != LW_COMPLETED) {
        read->result = given->outcome == LW_FAILED
                           ? lw_result_of_failure(lw_failure_by_name(given->failure), given->reason)
                           : lw_result_of_interruption(given->reason);
        return LW_OK;
    }
    if (given->document && !given->has_value)
        return lw_result_of_document(&read->result, experiment, &read->document.document, error);
    read->result = lw_result_of_value(given->value);
    read->result.document = document_of(&read->document);
    return LW_OK;
}

static void read_past(read_result *read, const core_result *given) {
    if (!given->has_past)
        return;
    read->past = lw_past_of_nothing();
    read->past.start_ms = given->start_ms;
    read->past.stop_ms = given->stop_ms;
    read->past.seed = given->seed;
    read->result.past = &read->past;
}

static int read_given(read_result *read, const core_result *given, const lw_experiment *experiment, lw_error *error) {
    read->info.is_there = false;
    int rc = read_json(&read->document, given->document, given->document_length, error);
    if (rc == LW_OK)
        rc = read_json(&read->info, given->info, given->info_length, error);
    if (rc == LW_OK)
        rc = read_value(read, given, experiment, error);
    if (rc != LW_OK)
        return rc;
    read->result.captured_out = given->captured_out;
    read->result.info = document_of(&read->info);
    read->result.duration_s = given->duration_s;
    read->result.force = given->force;
    if (given->token) {
        memcpy(read->token.bytes, given->token, sizeof read->token.bytes);
        read->result.token = &read->token;
    }
    read_past(read, given);
    return LW_OK;
}

static void release_given(read_result *read) {
    release_document(&read->document);
    release_document(&read->info);
}

int core_observe(lw_assistant *assistant, int64_t id, const core_result *result, lw_error *error) {
    read_result read;
    int rc = read_given(&read, result, lw_assistant_experiment(assistant), error);
    if (rc == LW_OK)
        rc = lw_assistant_observe(assistant, id, &read.result, error);
    release_given(&read);
    return rc;
}

int core_observe_config(lw_assistant *assistant, const char *space, const char *config, size_t length,
                        const core_result *result, int64_t *id, lw_error *error) {
    read_result read;
    read_document document;
    int rc = read_given(&read, result, lw_assistant_experiment(assistant), error);
    int config_rc = read_json(&document, config, length, rc == LW_OK ? error : NULL);
    rc = rc == LW_OK ? config_rc : rc;
    if (rc == LW_OK)
        rc = lw_assistant_observe_config(assistant, space, document_of(&document), &read.result, result->counts, id,
                                         error);
    release_document(&document);
    release_given(&read);
    return rc;
}

int core_log(lw_assistant *assistant, int64_t id, const char *const *names, const double *values, size_t n, int64_t step,
             lw_error *error) {
    for (size_t i = 0; i < n; i++) {
        lw_metric_point point = {.step = step, .value = values[i]};
        int rc = lw_assistant_log(assistant, id, names[i], &point, 1, error);
        if (rc != LW_OK)
            return rc;
    }
    return LW_OK;
}

/* ---- looking ---- */

/* Where a list of runs grows. */
typedef struct run_list {
    core_rows *rows;
    size_t capacity, limit;
    lw_text configs, others;
    const lw_experiment *experiment;
    const lw_filter *filter;
} run_list;

enum { ENOUGH = 1000 }; /* ends a walk; no code of the library */

static bool reserve_row(run_list *list) {
    if (list->rows->n < list->capacity)
        return true;
    size_t capacity = list->capacity ? 2 * list->capacity : 16;
    int64_t *integers = lw_reallocarray(list->rows->integers, capacity, CORE_ROW_INTEGERS * sizeof *integers);
    if (!integers)
        return false;
    list->rows->integers = integers;
    double *numbers = lw_reallocarray(list->rows->numbers, capacity, CORE_ROW_NUMBERS * sizeof *numbers);
    if (!numbers)
        return false;
    list->rows->numbers = numbers;
    list->capacity = capacity;
    return true;
}

static int64_t space_index(const lw_experiment *experiment, const char *name) {
    for (size_t i = 0; name && i < experiment->n_spaces; i++)
        if (strcmp(lw_space_name(experiment->spaces[i]), name) == 0)
            return (int64_t)i;
    return -1;
}

static void set_row(const run_list *list, const lw_run_row *row) {
    const int64_t integers[CORE_ROW_INTEGERS] = {
        [CORE_ROW_ID] = row->id,
        [CORE_ROW_STATUS] = row->status,
        [CORE_ROW_SPACE] = space_index(list->experiment, row->space),
        [CORE_ROW_FAILURE] = row->failure,
        [CORE_ROW_ORIGIN] = row->origin,
        [CORE_ROW_ATTEMPT] = row->attempt,
        [CORE_ROW_REPLICATE] = row->replicate,
        [CORE_ROW_START] = row->start_ms,
        [CORE_ROW_STOP] = row->stop_ms,
        [CORE_ROW_HEARTBEAT] = row->heartbeat_ms,
    };
    bool completed = row->status == LW_STATUS_COMPLETED && isfinite(row->cost);
    const double numbers[CORE_ROW_NUMBERS] = {
        [CORE_ROW_RESULT] = completed ? lw_experiment_cost(list->experiment, row->cost) + 0.0 : (double)NAN,
        [CORE_ROW_COST] = row->cost,
        [CORE_ROW_FIDELITY] = row->fidelity,
        [CORE_ROW_DURATION] = row->duration_s,
    };
    memcpy(list->rows->integers + list->rows->n * CORE_ROW_INTEGERS, integers, sizeof integers);
    memcpy(list->rows->numbers + list->rows->n * CORE_ROW_NUMBERS, numbers, sizeof numbers);
}

/* What few runs have: a result that is a mapping, a space that the experiment has no more, an id that is a text. */
static void add_others(run_list *list, const lw_run_row *row) {
    bson_iter_t iter;
    bool has_result = row->result && bson_iter_init_find(&iter, row->result, "result") && BSON_ITER_HOLDS_DOCUMENT(&iter);
    bool has_space = row->space && space_index(list->experiment, row->space) < 0;
    if (!has_result && !has_space && !row->foreign_id)
        return;
    lw_text *out = &list->others;
    lw_text_format(out, "%s\"%zu\": {\"n\": 0", out->length > 1 ? ", " : "", list->rows->n);
    if (has_result) {
        add_key(out, "result");
        add_bytes(out, lw_document_value_to_json(&iter, false));
    }
    if (has_space)
        add_key_string(out, "space", row->space);
    if (row->foreign_id)
        add_key_string(out, "id", row->foreign_id);
    lw_text_add(out, "}");
}

static int add_row(void *arg, const lw_run_row *row) {
    run_list *list = arg;
    if (!reserve_row(list))
        return LW_ENOMEM;
    set_row(list, row);
    lw_text_add(&list->configs, list->rows->n ? ",\n" : "");
    if (row->config)
        add_document(&list->configs, row->config);
    else
        lw_text_add(&list->configs, "{}");
    add_others(list, row);
    list->rows->n++;
    if (list->configs.failed || list->others.failed)
        return LW_ENOMEM;
    return list->rows->n == list->limit ? ENOUGH : LW_OK;
}

static int add_if_matches(void *arg, const lw_run *run) {
    run_list *list = arg;
    if (!lw_filter_matches(list->filter, run))
        return LW_OK;
    lw_run_row row;
    lw_run_row_of(&row, run);
    return add_row(list, &row);
}

static int walk(lw_assistant *assistant, const core_query *query, run_list *list, lw_error *error) {
    lw_filter *filter = NULL;
    lw_run_query asked = {.experiment = list->experiment->name,
                          .space = query->space,
                          .order = (lw_run_order)query->order,
                          .ids = query->n_ids ? query->ids : NULL,
                          .n_ids = query->n_ids,
                          .limit = query->where ? 0 : query->limit};
    if (!query->where)
        return lw_store_row_each(lw_assistant_store(assistant), &asked, add_row, list, error);
    int rc = lw_filter_parse(&filter, query->where, strlen(query->where), list->experiment, error);
    list->filter = filter;
    if (rc == LW_OK)
        rc = lw_store_run_each(lw_assistant_store(assistant), &asked, add_if_matches, list, error);
    lw_filter_free(filter);
    return rc;
}

void core_rows_release(core_rows *rows) {
    lw_free(rows->integers);
    lw_free(rows->numbers);
    lw_free(rows->configs);
    lw_free(rows->others);
    *rows = (core_rows){0};
}

int core_runs(lw_assistant *assistant, const core_query *query, core_rows *out, lw_error *error) {
    *out = (core_rows){0};
    run_list list = {.rows = out, .limit = query->limit, .experiment = lw_assistant_experiment(assistant)};
    lw_text_add(&list.configs, "[");
    lw_text_add(&list.others, "{");
    int rc = walk(assistant, query, &list, error);
    rc = rc == ENOUGH ? LW_OK : rc;
    lw_text_add(&list.configs, "]");
    lw_text_add(&list.others, "}");
    if (rc == LW_OK && (!(out->configs = finish(&list.configs, error)) || !(out->others = finish(&list.others, error))))
        rc = LW_ENOMEM;
    lw_text_release(&list.configs);
    lw_text_release(&list.others);
    if (rc != LW_OK)
        core_rows_release(out);
    return rc;
}

char *core_run_document(lw_store *store, int64_t id, lw_error *error) {
    lw_run run;
    bson_t document;
    if (lw_store_run_get(store, id, &run, error) != LW_OK)
        return NULL;
    int rc = lw_run_to_document(&run, &document, error);
    lw_run_release(&run);
    if (rc != LW_OK)
        return NULL;
    char *json = lw_document_to_json(&document, false);
    bson_destroy(&document);
    if (!json)
        lw_error_no_memory(error);
    return json;
}

char *core_standing(lw_assistant *assistant, lw_error *error) {
    lw_standing standing;
    if (lw_assistant_standing(assistant, &standing, error) != LW_OK)
        return NULL;
    lw_text out = {0};
    lw_text_format(&out, "{\"budget\": %lld", (long long)standing.budget);
    add_key_integer(&out, "used", standing.counts.budget_used);
    add_key_integer(&out, "own", standing.counts.own);
    add_key_integer(&out, "all", standing.counts.all);
    add_key_integer(&out, "finished", standing.finished);
    add_key_integer(&out, "open", standing.open);
    add_key_bool(&out, "paused", standing.paused);
    add_key_bool(&out, "target_reached", standing.target_reached);
    add_key_integer(&out, "best_id", standing.best_id);
    add_key_number(&out, "best_result", standing.best_result);
    add_key(&out, "by_status");
    for (int status = 0; status <= LW_STATUS_OTHER; status++)
        lw_text_format(&out, "%s\"%s\": %lld", status ? ", " : "{",
                       status == LW_STATUS_OTHER ? "OTHER" : lw_status_name((lw_status)status),
                       (long long)standing.counts.by_status[status]);
    lw_text_add(&out, "}}");
    return finish(&out, error);
}

char *core_model(lw_assistant *assistant, const char *space, lw_error *error) {
    bson_t model;
    if (lw_assistant_describe_model(assistant, space, &model, error) != LW_OK)
        return NULL;
    char *json = lw_document_to_json(&model, false);
    bson_destroy(&model);
    if (!json)
        lw_error_no_memory(error);
    return json;
}

char *core_replay(lw_assistant *assistant, int64_t id, lw_error *error) {
    static const char *const verdicts[] = {"same", "different", "not comparable"};
    lw_replay replay;
    lw_text out = {0};
    if (lw_assistant_replay(assistant, id, &replay, error) != LW_OK)
        return NULL;
    lw_text_format(&out, "{\"verdict\": \"%s\"", verdicts[replay.verdict]);
    add_key_document(&out, "recorded", replay.recorded);
    add_key_document(&out, "again", replay.again);
    add_key_string(&out, "reason", replay.reason);
    lw_text_add(&out, "}");
    lw_replay_release(&replay);
    return finish(&out, error);
}

/* A member of the run in place of which there is a field of the annotation. */
static int replace(bson_t **member, const bson_t *annotation, const char *key, lw_error *error) {
    bson_iter_t iter;
    uint32_t length;
    const uint8_t *bytes;
    if (!bson_iter_init_find(&iter, annotation, key))
        return LW_OK;
    if (BSON_ITER_HOLDS_DOCUMENT(&iter))
        bson_iter_document(&iter, &length, &bytes);
    else if (BSON_ITER_HOLDS_ARRAY(&iter))
        bson_iter_array(&iter, &length, &bytes);
    else
        return lw_error_set(error, LW_EINVAL, "%s is neither a mapping nor a list", key);
    bson_t *copy = bson_new_from_data(bytes, length);
    if (!copy)
        return lw_error_set(error, LW_EINVAL, "%s cannot be read", key);
    bson_destroy(*member);
    *member = copy;
    return LW_OK;
}

static int annotate(void *arg, lw_run *run, lw_error *error) {
    const bson_t *annotation = arg;
    struct {
        const char *key;
        bson_t **member;
    } const members[] = {{"experiment", &run->experiment_info}, {"host", &run->host},           {"meta", &run->meta},
                         {"config", &run->config},              {"resources", &run->resources}, {"fail_trace", &run->fail_trace}};
    int rc = LW_OK;
    for (size_t i = 0; i < sizeof members / sizeof *members && rc == LW_OK; i++)
        rc = replace(members[i].member, annotation, members[i].key, error);
    bson_iter_t iter;
    if (rc == LW_OK && bson_iter_init_find(&iter, annotation, "command") && BSON_ITER_HOLDS_UTF8(&iter)) {
        char *command = lw_strdup(bson_iter_utf8(&iter, NULL));
        if (!command)
            return lw_error_no_memory(error);
        lw_free(run->command);
        run->command = command;
    }
    return rc;
}

int core_annotate(lw_store *store, int64_t id, const char *json, size_t length, lw_error *error) {
    read_document annotation;
    int rc = read_json(&annotation, json, length, error);
    if (rc == LW_OK)
        rc = lw_store_run_modify(store, id, annotate, &annotation.document, error);
    release_document(&annotation);
    return rc;
}

static int write_name(void *arg, const lw_experiment_record *record) {
    lw_text *out = arg;
    lw_text_add(out, out->length > 1 ? ", " : "");
    add_string(out, record->name);
    return LW_OK;
}

char *core_experiments(lw_store *store, lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "[");
    if (lw_store_experiment_each(store, write_name, &out, error) != LW_OK) {
        lw_text_release(&out);
        return NULL;
    }
    lw_text_add(&out, "]");
    return finish(&out, error);
}

static int write_metric(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    lw_text *out = arg;
    lw_text_add(out, out->length > 1 ? ", " : "");
    add_string(out, name);
    lw_text_add(out, ": {\"steps\": [");
    for (size_t i = 0; i < n; i++)
        lw_text_format(out, "%s%lld", i ? ", " : "", (long long)points[i].step);
    lw_text_add(out, "], \"values\": [");
    for (size_t i = 0; i < n; i++) {
        lw_text_add(out, i ? ", " : "");
        if (isfinite(points[i].value))
            lw_text_add_double(out, points[i].value);
        else
            lw_text_add(out, isnan(points[i].value) ? "\"nan\"" : points[i].value > 0 ? "\"inf\"" : "\"-inf\"");
    }
    lw_text_add(out, "], \"times\": [");
    for (size_t i = 0; i < n; i++)
        lw_text_format(out, "%s%lld", i ? ", " : "", (long long)points[i].time_ms);
    lw_text_add(out, "]}");
    return out->failed ? LW_ENOMEM : LW_OK;
}

char *core_metrics(lw_store *store, int64_t id, lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "{");
    if (lw_store_metric_each(store, id, write_metric, &out, error) != LW_OK) {
        lw_text_release(&out);
        return NULL;
    }
    lw_text_add(&out, "}");
    return finish(&out, error);
}

/* ---- optimizers ---- */

static void add_option(lw_text *out, const lw_option_spec *option) {
    static const char *const kinds[] = {"bool", "int", "float", "choice"};
    lw_text_add(out, "{\"name\": ");
    add_string(out, option->name);
    add_key_string(out, "kind", kinds[option->kind]);
    add_key(out, "default");
    if (option->kind == LW_OPTION_CHOICE)
        add_string(out, option->choices[(size_t)option->default_number]);
    else if (option->kind == LW_OPTION_BOOL)
        lw_text_add(out, option->default_number != 0 ? "true" : "false");
    else
        lw_text_format(out, "%.17g", option->default_number);
    add_key_string(out, "help", option->help);
    lw_text_add(out, "}");
}

static void add_optimizer(lw_text *out, const lw_optimizer_type *type) {
    lw_text_add(out, out->length > 1 ? ",\n{\"name\": " : "{\"name\": ");
    add_string(out, type->name);
    add_key_string(out, "summary", type->summary);
    add_key_string(out, "source", type->source);
    add_key(out, "options");
    lw_text_add(out, "[");
    for (const lw_option_spec *option = type->options; option && option->name; option++) {
        lw_text_add(out, option == type->options ? "" : ", ");
        add_option(out, option);
    }
    lw_text_add(out, "]}");
}

static void add_module_optimizer(void *arg, const char *name, const lw_optimizer_type *type, const lw_error *why) {
    (void)name;
    (void)why;
    if (type)
        add_optimizer(arg, type);
}

char *core_optimizers(lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "[");
    for (const lw_optimizer_type *const *type = lw_optimizer_types(); *type; type++)
        add_optimizer(&out, *type);
    if (lw_optimizer_module_each(add_module_optimizer, &out, error) != LW_OK) {
        lw_text_release(&out);
        return NULL;
    }
    lw_text_add(&out, "]");
    return finish(&out, error);
}

/* ---- files ---- */

static int write_file(void *arg, const void *bytes, size_t size, lw_error *error) {
    return fwrite(bytes, 1, size, arg) == size ? LW_OK : lw_error_set(error, LW_EIO, "writing the file failed: %m");
}

int core_file_get(lw_store *store, int64_t run, bool source, const char *name, const char *path, lw_error *error) {
    FILE *file = fopen(path, "wbe");
    if (!file)
        return lw_error_set(error, LW_EIO, "cannot write '%s': %m", path);
    int rc = lw_store_file_get(store, run, source ? LW_FILE_SOURCE : LW_FILE_ARTIFACT, name, write_file, file, error);
    if (fclose(file) != 0 && rc == LW_OK)
        rc = lw_error_set(error, LW_EIO, "writing '%s' failed: %m", path);
    return rc;
}

static int write_file_info(void *arg, const lw_file_info *file) {
    lw_text *out = arg;
    lw_text_add(out, out->length > 1 ? ", {\"kind\": " : "{\"kind\": ");
    add_string(out, file->kind == LW_FILE_SOURCE ? "source" : "artifact");
    add_key_string(out, "name", file->name);
    add_key_integer(out, "size", (int64_t)file->size);
    lw_text_add(out, "}");
    return LW_OK;
}

char *core_files(lw_store *store, int64_t run, lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "[");
    if (lw_store_file_each(store, run, write_file_info, &out, error) != LW_OK) {
        lw_text_release(&out);
        return NULL;
    }
    lw_text_add(&out, "]");
    return finish(&out, error);
}

/* ---- spaces ---- */

int core_space(lw_space **out, const char *text, size_t length, const char *source, const char *name, lw_error *error) {
    lw_experiment *experiment = NULL;
    core_opening opening = {.text = text, .length = length, .source = source};
    int rc = parse(&experiment, &opening, NULL, error);
    if (rc != LW_OK)
        return rc;
    lw_space *space = lw_experiment_space(experiment, name, error);
    *out = space ? lw_space_retain(space) : NULL;
    lw_experiment_free(experiment);
    return space ? LW_OK : LW_ENOTFOUND;
}

char *core_space_document(const lw_space *space, lw_error *error) {
    bson_t document;
    if (lw_space_to_document(space, &document, error) != LW_OK)
        return NULL;
    char *json = lw_document_to_json(&document, false);
    bson_destroy(&document);
    if (!json)
        lw_error_no_memory(error);
    return json;
}

static void add_value(lw_text *out, lw_value value) {
    switch (value.kind) {
    case LW_VALUE_NULL: lw_text_add(out, "null"); break;
    case LW_VALUE_BOOL: lw_text_add(out, value.boolean ? "true" : "false"); break;
    case LW_VALUE_INTEGER: lw_text_format(out, "%lld", (long long)value.integer); break;
    case LW_VALUE_FLOAT: add_number(out, value.number); break;
    case LW_VALUE_TEXT: lw_text_add_json(out, value.text.bytes, value.text.length); break;
    case LW_VALUE_DOCUMENT: lw_text_append(out, value.text.bytes, value.text.length); break;
    }
}

static void add_parameter(lw_text *out, const lw_space *space, size_t i) {
    static const char *const kinds[] = {"UniformFloat", "UniformInt", "Gaussian", "Categorical", "Ordinal"};
    const lw_parameter *p = lw_space_parameter(space, i);
    lw_text_add(out, "{\"name\": ");
    add_string(out, p->name);
    add_key_string(out, "kind", kinds[p->kind]);
    add_key_bool(out, "log_scale", p->log_scale);
    if (p->kind == LW_PARAMETER_INTEGER) {
        add_key_integer(out, "lower", p->lower_integer);
        add_key_integer(out, "upper", p->upper_integer);
        add_key_integer(out, "step", p->step_integer);
    } else if (p->n_choices == 0) {
        add_key_number(out, "lower", p->lower);
        add_key_number(out, "upper", p->upper);
        add_key_number(out, "step", p->step > 0 ? p->step : (double)NAN);
    }
    if (p->kind == LW_PARAMETER_GAUSSIAN) {
        add_key_number(out, "mu", p->mu);
        add_key_number(out, "sigma", p->sigma);
    }
    add_key(out, "choices");
    lw_text_add(out, "[");
    for (size_t k = 0; k < p->n_choices; k++) {
        lw_text_add(out, k ? ", " : "");
        add_value(out, p->choices[k].value);
    }
    lw_text_add(out, "]");
    add_key(out, "default");
    add_value(out, lw_space_default(space, i));
    add_key_string(out, "condition", lw_space_condition(space, i));
    lw_text_add(out, "}");
}

char *core_space_parameters(const lw_space *space, lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "[");
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        lw_text_add(&out, i ? ",\n" : "");
        add_parameter(&out, space, i);
    }
    lw_text_add(&out, "]");
    return finish(&out, error);
}

static int add_config_of(lw_text *out, const lw_config *config, lw_error *error) {
    bson_t document;
    int rc = lw_config_to_document(config, &document, error);
    if (rc != LW_OK)
        return rc;
    add_document(out, &document);
    bson_destroy(&document);
    return LW_OK;
}

char *core_space_sample(const lw_space *space, uint64_t seed, size_t n, lw_error *error) {
    lw_config *config = NULL;
    lw_text out = {0};
    int rc = lw_config_new(&config, space, error);
    lw_text_add(&out, "[");
    for (size_t i = 0; i < n && rc == LW_OK; i++) {
        lw_stream stream;
        lw_stream_init(&stream, seed, LW_PURPOSE_SAMPLE, i + 1, 0);
        lw_text_add(&out, i ? ",\n" : "");
        rc = lw_config_sample(config, &stream, error);
        if (rc == LW_OK)
            rc = add_config_of(&out, config, error);
    }
    lw_text_add(&out, "]");
    lw_config_free(config);
    if (rc == LW_OK)
        return finish(&out, error);
    lw_text_release(&out);
    return NULL;
}

char *core_space_read_config(const lw_space *space, const char *json, size_t length, bool fill, lw_error *error) {
    read_document document;
    lw_config *config = NULL;
    char *read = NULL;
    int rc = read_json(&document, json, length, error);
    if (rc == LW_OK)
        rc = lw_config_from_document(&config, space, &document.document,
                                     fill ? LW_CONFIG_FILL_DEFAULTS : LW_CONFIG_STRICT, error);
    if (rc == LW_OK)
        read = core_config_json(config, error);
    lw_config_free(config);
    release_document(&document);
    return read;
}

/* ---- optimizers in Python ---- */

char *core_config_json(const lw_config *config, lw_error *error) {
    lw_text out = {0};
    if (add_config_of(&out, config, error) == LW_OK)
        return finish(&out, error);
    lw_text_release(&out);
    return NULL;
}

int core_config_set_json(lw_config *config, const char *json, size_t length, lw_error *error) {
    read_document document;
    lw_config *read = NULL;
    int rc = read_json(&document, json, length, error);
    if (rc == LW_OK)
        rc = lw_config_from_document(&read, lw_config_space(config), &document.document,
                                     LW_CONFIG_FILL_DEFAULTS | LW_CONFIG_IGNORE_OTHERS, error);
    if (rc == LW_OK)
        lw_config_copy(config, read);
    lw_config_free(read);
    release_document(&document);
    return rc;
}

char *core_observation(const lw_history *history, size_t i, lw_error *error) {
    static const char *const outcomes[] = {"pending", "completed", "failed", "void"};
    const lw_observation *o = lw_history_get(history, i);
    lw_text out = {0};
    lw_text_format(&out, "{\"run\": %lld, \"outcome\": \"%s\"", (long long)o->run_id, outcomes[o->outcome]);
    add_key_string(&out, "failure", lw_failure_name(o->failure));
    add_key_bool(&out, "foreign", o->foreign);
    add_key_number(&out, "cost", o->cost);
    add_key_number(&out, "fidelity", o->fidelity);
    add_key_integer(&out, "replicate", o->replicate);
    add_key_document(&out, "memo", o->memo);
    add_key(&out, "config");
    if (add_config_of(&out, o->config, error) != LW_OK) {
        lw_text_release(&out);
        return NULL;
    }
    lw_text_add(&out, "}");
    return finish(&out, error);
}

double core_uniform(lw_stream *stream) {
    return lw_stream_uniform(stream);
}

int core_memo_set(bson_t *memo, const char *json, size_t length, lw_error *error) {
    read_document document;
    int rc = read_json(&document, json, length, error);
    if (rc == LW_OK && !bson_concat(memo, &document.document))
        rc = lw_error_set(error, LW_EUNSUPPORTED, "the memo is too large");
    release_document(&document);
    return rc;
}
