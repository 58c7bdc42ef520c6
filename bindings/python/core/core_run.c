/* Runs that this process has: suggestions, results, metrics, files. */
#include "core.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "json.h"

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

static int space_of(const lw_assistant *assistant, const lw_config *config) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    const char *name = lw_space_name(lw_config_space(config));
    for (size_t i = 0; i < experiment->n_spaces; i++)
        if (strcmp(lw_space_name(experiment->spaces[i]), name) == 0)
            return (int)i;
    return 0;
}

char *core_assign(lw_assistant *assistant, const core_wish *wish, lw_assignment *out, int *space, int *code, lw_error *error) {
    json_document config;
    *code = json_read(&config, wish->config, wish->config_length, error);
    if (*code == LW_OK)
        *code = assign(assistant, wish, json_document_of(&config), out, error);
    json_document_release(&config);
    if (*code != LW_OK)
        return NULL;
    *space = space_of(assistant, out->config);
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
    json_document document, info;
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
    read->result.document = json_document_of(&read->document);
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
    int rc = json_read(&read->document, given->document, given->document_length, error);
    if (rc == LW_OK)
        rc = json_read(&read->info, given->info, given->info_length, error);
    if (rc == LW_OK)
        rc = read_value(read, given, experiment, error);
    if (rc != LW_OK)
        return rc;
    read->result.captured_out = given->captured_out;
    read->result.info = json_document_of(&read->info);
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
    json_document_release(&read->document);
    json_document_release(&read->info);
}

int core_observe(lw_assistant *assistant, int64_t id, const core_result *result, lw_error *error) {
    read_result read;
    int rc = read_given(&read, result, lw_assistant_experiment(assistant), error);
    if (rc == LW_OK)
        rc = lw_assistant_observe(assistant, id, &read.result, error);
    release_given(&read);
    return rc;
}

int core_spool(lw_assistant *assistant, const char *store_url, int64_t id, const core_result *result, lw_error *error) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    read_result read;
    int rc = read_given(&read, result, experiment, error);
    if (rc == LW_OK)
        rc = lw_spool_put(NULL, store_url, experiment->name, id, &read.result, error);
    release_given(&read);
    return rc;
}

int core_observe_config(lw_assistant *assistant, const char *space, const char *config, size_t length,
                        const core_result *result, int64_t *id, lw_error *error) {
    read_result read;
    json_document document;
    int rc = read_given(&read, result, lw_assistant_experiment(assistant), error);
    int config_rc = json_read(&document, config, length, rc == LW_OK ? error : NULL);
    rc = rc == LW_OK ? config_rc : rc;
    if (rc == LW_OK)
        rc = lw_assistant_observe_config(assistant, space, json_document_of(&document), &read.result, result->counts, id,
                                         error);
    json_document_release(&document);
    release_given(&read);
    return rc;
}

int core_log(lw_assistant *assistant, int64_t id, const char *name, const int64_t *steps, const double *values, size_t n,
             lw_error *error) {
    lw_metric_point *points = lw_calloc(n, sizeof *points);
    if (!points)
        return lw_error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        points[i] = (lw_metric_point){.step = steps[i], .value = values[i]};
    int rc = lw_assistant_log(assistant, id, name, points, n, error);
    lw_free(points);
    return rc;
}

/* ---- metrics ---- */

static int write_metric(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    lw_text *out = arg;
    json_begin_item(out);
    json_add_string(out, name);
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
    return json_close(&out, lw_store_metric_each(store, id, write_metric, &out, error), "}", error);
}

/* ---- another tool's knowledge ---- */

/* A field of an annotation, and the member of the run that it replaces. */
typedef struct replacement {
    const char *key;
    bson_t **member;
    bson_t *copy; /* NULL: the annotation has no such field */
} replacement;

static int read_replacement(replacement *self, const bson_t *annotation, lw_error *error) {
    bson_iter_t iter;
    uint32_t length;
    const uint8_t *bytes;
    if (!bson_iter_init_find(&iter, annotation, self->key))
        return LW_OK;
    if (BSON_ITER_HOLDS_DOCUMENT(&iter))
        bson_iter_document(&iter, &length, &bytes);
    else if (BSON_ITER_HOLDS_ARRAY(&iter))
        bson_iter_array(&iter, &length, &bytes);
    else
        return lw_error_set(error, LW_EINVAL, "%s is neither a mapping nor a list", self->key);
    self->copy = bson_new_from_data(bytes, length);
    return self->copy ? LW_OK : lw_error_set(error, LW_EINVAL, "%s cannot be read", self->key);
}

static void replace(replacement *self) {
    bson_destroy(*self->member);
    *self->member = self->copy;
}

static int read_command(char **out, const bson_t *annotation, lw_error *error) {
    bson_iter_t iter;
    if (!bson_iter_init_find(&iter, annotation, "command") || !BSON_ITER_HOLDS_UTF8(&iter))
        return LW_OK;
    *out = lw_strdup(bson_iter_utf8(&iter, NULL));
    return *out ? LW_OK : lw_error_no_memory(error);
}

/* What can fail comes first. */
static int annotate(void *arg, lw_run *run, lw_error *error) {
    const bson_t *annotation = arg;
    enum { N = 6 };
    replacement all[N] = {{"experiment", &run->experiment_info, NULL}, {"host", &run->host, NULL},
                          {"meta", &run->meta, NULL},                  {"config", &run->config, NULL},
                          {"resources", &run->resources, NULL},        {"fail_trace", &run->fail_trace, NULL}};
    char *command = NULL;
    int rc = read_command(&command, annotation, error);
    for (size_t i = 0; i < N && rc == LW_OK; i++)
        rc = read_replacement(&all[i], annotation, error);
    for (size_t i = 0; i < N; i++)
        if (rc == LW_OK && all[i].copy)
            replace(&all[i]);
        else
            bson_destroy(all[i].copy);
    if (rc == LW_OK && command) {
        lw_free(run->command);
        run->command = command;
        command = NULL;
    }
    lw_free(command);
    return rc;
}

int core_annotate(lw_store *store, int64_t id, const char *json, size_t length, lw_error *error) {
    json_document annotation;
    int rc = json_read(&annotation, json, length, error);
    if (rc == LW_OK)
        rc = lw_store_run_modify(store, id, annotate, &annotation.document, error);
    json_document_release(&annotation);
    return rc;
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
    json_begin_item(out);
    lw_text_add(out, "{\"kind\": ");
    json_add_string(out, file->kind == LW_FILE_SOURCE ? "source" : "artifact");
    json_add_key_string(out, "name", file->name);
    json_add_key_integer(out, "size", (int64_t)file->size);
    lw_text_add(out, "}");
    return LW_OK;
}

char *core_files(lw_store *store, int64_t run, lw_error *error) {
    lw_text out = {0};
    lw_text_add(&out, "[");
    return json_close(&out, lw_store_file_each(store, run, write_file_info, &out, error), "]", error);
}
