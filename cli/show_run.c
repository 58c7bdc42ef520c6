#include "show.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "run_summary.h"
#include "say.h"
#include "table.h"

/* ---- for people ---- */

static void show_time(const char *name, int64_t ms) {
    char text[32];
    format_time(ms, text);
    show_field(name, text);
}

static void show_result(const lw_run *run) {
    bson_iter_t iter;
    if (!run->result || !bson_iter_init_find(&iter, run->result, "result") || BSON_ITER_HOLDS_NULL(&iter))
        return;
    char *json = need(lw_document_value_to_json(&iter, false));
    show_field("result", json);
    lw_free(json);
}

static void show_worker(const lw_run *run) {
    bson_iter_t iter;
    if (run->host && bson_iter_init_find(&iter, run->host, "hostname") && BSON_ITER_HOLDS_UTF8(&iter))
        show_field("host", bson_iter_utf8(&iter, NULL));
    if (run->lease_s > 0)
        show_field_format("lease", "%.6g s", run->lease_s);
}

static void show_view(const lw_run *run) {
    if (run->optimizer)
        show_field_format("suggested by", "%s, suggestion %" PRIu64 " (%s)", run->optimizer, run->number,
                          run->build ? run->build : "build not known");
    if (run->number == 0 || !run->optimizer)
        return;
    if (run->view.last_id)
        show_field_format("  having seen", "runs up to %" PRId64, run->view.last_id);
    show_field("  still open", run->view.open_ids);
    show_field("  without use", run->view.void_ids);
    if (run->view.epoch)
        show_field_format("  after", "%" PRId64 " changes of outcomes", run->view.epoch);
}

static int show_metric(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    cli_table *table = arg;
    if (table->n_columns == 0) {
        table_add_column(table, "metric", COLUMN_TEXT);
        table_add_column(table, "values", COLUMN_NUMBER);
        table_add_column(table, "last step", COLUMN_NUMBER);
        table_add_column(table, "last value", COLUMN_NUMBER);
    }
    table_add(table, name);
    table_add_integer(table, (long long)n);
    table_add_integer(table, n ? (long long)points[n - 1].step : 0);
    char number[LW_NUMBER_SIZE];
    lw_double_to_text(n ? points[n - 1].value : (double)NAN, number);
    table_add(table, n ? number : NULL);
    return LW_OK;
}

static int show_file(void *arg, const lw_file_info *file) {
    cli_table *table = arg;
    if (table->n_columns == 0) {
        table_add_column(table, "file", COLUMN_TEXT);
        table_add_column(table, "kind", COLUMN_WORD);
        table_add_column(table, "bytes", COLUMN_NUMBER);
    }
    table_add(table, file->name);
    table_add(table, file->kind == LW_FILE_ARTIFACT ? "artifact" : "source");
    table_add_integer(table, (long long)file->size);
    return LW_OK;
}

static void print_part(cli_table *table) {
    if (table->n_cells) {
        putchar('\n');
        table_print(table, stdout, table_terminal_width());
    }
    table_release(table);
}

static int show_attachments(lw_store *store, int64_t id) {
    lw_error error;
    cli_table metrics = {0}, files = {0};
    int code = EXIT_DONE;
    if (lw_store_metric_each(store, id, show_metric, &metrics, &error) != LW_OK ||
        lw_store_file_each(store, id, show_file, &files, &error) != LW_OK)
        code = fail_with(&error);
    print_part(&metrics);
    print_part(&files);
    return code;
}

/* ---- earlier attempts, and notes ---- */

static const char *text_in(const bson_t *entry, const char *key) {
    bson_iter_t iter;
    return bson_iter_init_find(&iter, entry, key) && BSON_ITER_HOLDS_UTF8(&iter) ? bson_iter_utf8(&iter, NULL) : NULL;
}

static void add_part(lw_text *line, const char *text) {
    if (text)
        lw_text_format(line, ", %s", text);
}

/* "  1  died, crash, it broke, TIME" */
static void show_attempt(const bson_t *entry) {
    lw_text line = {0};
    bson_iter_t iter;
    const char *how = text_in(entry, "how");
    char stop[32];
    lw_text_add(&line, how ? how : "ended");
    add_part(&line, text_in(entry, "failure"));
    add_part(&line, text_in(entry, "reason"));
    if (bson_iter_init_find(&iter, entry, "result") && !BSON_ITER_HOLDS_NULL(&iter)) {
        char *json = need(lw_document_value_to_json(&iter, false));
        lw_text_format(&line, ", result %s", json);
        lw_free(json);
    }
    if (bson_iter_init_find(&iter, entry, "stop") && BSON_ITER_HOLDS_DATE_TIME(&iter)) {
        format_time(bson_iter_date_time(&iter), stop);
        add_part(&line, stop);
    }
    char heading[32];
    int64_t number = bson_iter_init_find(&iter, entry, "attempt") ? bson_iter_as_int64(&iter) : 0;
    snprintf(heading, sizeof heading, "  attempt %" PRId64, number);
    show_field(heading, need(line.bytes));
    lw_text_release(&line);
}

static void show_attempts(const bson_t *attempts) {
    bson_iter_t iter;
    if (!attempts || !bson_iter_init(&iter, attempts))
        return;
    while (bson_iter_next(&iter)) {
        uint32_t length;
        const uint8_t *bytes;
        bson_t entry;
        if (!BSON_ITER_HOLDS_DOCUMENT(&iter))
            continue;
        bson_iter_document(&iter, &length, &bytes);
        if (bson_init_static(&entry, bytes, length))
            show_attempt(&entry);
    }
}

static void show_notes(const bson_t *notes) {
    bson_iter_t iter;
    if (notes && bson_iter_init(&iter, notes))
        while (bson_iter_next(&iter))
            if (BSON_ITER_HOLDS_UTF8(&iter))
                show_field("note", bson_iter_utf8(&iter, NULL));
}

static int show_text(lw_store *store, const lw_run *run) {
    show_field_format("run", "%" PRId64, run->id);
    show_field("experiment", run->experiment);
    if (run->space)
        show_field_format("space", "%s, version %d", run->space, (int)run->space_version);
    show_field("status", run->status == LW_STATUS_OTHER ? run->status_text : lw_status_name(run->status));
    show_result(run);
    show_field("failure", lw_failure_name(run->failure));
    show_field("reason", run->reason);
    if (run->origin != LW_ORIGIN_OWN)
        show_field("origin", run->origin == LW_ORIGIN_IMPORTED ? "imported" : "foreign");
    if (run->attempt)
        show_field_format("attempt", "%d", (int)run->attempt);
    show_attempts(run->attempts);
    show_time("queued", run->queue_ms);
    show_time("started", run->start_ms);
    show_time("heartbeat", run->heartbeat_ms);
    show_time("stopped", run->stop_ms);
    if (!isnan(run->duration_s)) {
        char duration[LW_NUMBER_SIZE];
        format_duration(run->duration_s, duration);
        show_field_format("duration", "%s s", duration);
    }
    show_worker(run);
    show_view(run);
    if (run->captured_out && *run->captured_out)
        show_field_format("output", "%zu bytes: labwatch show %" PRId64 " --output", strlen(run->captured_out),
                          run->id);
    show_notes(run->notes);
    show_document("config", run->config);
    show_document("info", run->info);
    show_document("memo", run->memo);
    return show_attachments(store, run->id);
}

/* ---- whole, or one part ---- */

static int show_as_document(const lw_run *run, bool yaml) {
    bson_t document;
    lw_error error;
    if (lw_run_to_document(run, &document, &error) != LW_OK)
        return fail_with(&error);
    show_whole(&document, yaml);
    bson_destroy(&document);
    return EXIT_DONE;
}

typedef struct wanted_metric {
    const char *name;
    bool found;
} wanted_metric;

static int print_metric(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    wanted_metric *wanted = arg;
    if (strcmp(name, wanted->name) != 0)
        return LW_OK;
    wanted->found = true;
    puts("step,value,time");
    for (size_t i = 0; i < n; i++) {
        char value[LW_NUMBER_SIZE], time[32];
        lw_double_to_text(points[i].value, value);
        format_time(points[i].time_ms, time);
        printf("%" PRId64 ",%s,%s\n", points[i].step, value, time);
    }
    return LW_OK;
}

static int show_one_metric(lw_store *store, int64_t id, const char *name) {
    wanted_metric wanted = {name, false};
    lw_error error;
    if (lw_store_metric_each(store, id, print_metric, &wanted, &error) != LW_OK)
        return fail_with(&error);
    return wanted.found ? EXIT_DONE : fail(EXIT_NOT_FOUND, "run %" PRId64 " has no metric '%s'", id, name);
}

static int write_bytes(void *arg, const void *bytes, size_t size, lw_error *error) {
    (void)arg;
    (void)error;
    fwrite(bytes, 1, size, stdout); /* what goes wrong is said in the end */
    return LW_OK;
}

static int show_one_file(lw_store *store, int64_t id, const char *name) {
    lw_error error;
    int code = lw_store_file_get(store, id, LW_FILE_ARTIFACT, name, write_bytes, NULL, &error);
    if (code == LW_ENOTFOUND)
        code = lw_store_file_get(store, id, LW_FILE_SOURCE, name, write_bytes, NULL, &error);
    return code == LW_OK ? EXIT_DONE : fail_with(&error);
}

/* ---- replay ---- */

static int tell_replay(const lw_replay *replay, int64_t id) {
    if (replay->verdict == LW_REPLAY_SAME) {
        printf("run %" PRId64 ": the same configuration again\n", id);
        return EXIT_DONE;
    }
    if (replay->verdict == LW_REPLAY_NOT_COMPARABLE)
        return fail(EXIT_FAILED, "run %" PRId64 ": not comparable: %s", id, replay->reason);
    printf("run %" PRId64 ": a different configuration\n", id);
    show_document("recorded", replay->recorded);
    show_document("made again", replay->again);
    return EXIT_FAILED;
}

static int replay_run(const cli_arguments *given, const char *word) {
    cli_opened opened = {0};
    int64_t id;
    lw_replay replay;
    lw_error error;
    int code = open_run(&opened, given, word, OPEN_TO_LOOK, &id);
    if (code != EXIT_DONE)
        return code;
    if (lw_assistant_replay(opened.assistant, id, &replay, &error) != LW_OK) {
        code = fail_with(&error);
    } else {
        code = tell_replay(&replay, id);
        lw_replay_release(&replay);
    }
    opened_close(&opened);
    return code;
}

/* ---- which of these ---- */

static int show_open_run(lw_store *store, const cli_arguments *given, const lw_run *run) {
    const char *format = option_text(given, "format");
    if (option_given(given, "output")) {
        fputs(run->captured_out ? run->captured_out : "", stdout);
        return EXIT_DONE;
    }
    if (option_given(given, "metric"))
        return show_one_metric(store, run->id, option_text(given, "metric"));
    if (option_given(given, "file"))
        return show_one_file(store, run->id, option_text(given, "file"));
    if (format && strcmp(format, "text") != 0)
        return show_as_document(run, strcmp(format, "yaml") == 0);
    return show_text(store, run);
}

int show_run(const cli_arguments *given, const char *word) {
    if (option_given(given, "replay"))
        return replay_run(given, word);
    cli_opened opened = {0};
    int64_t id;
    lw_run run;
    lw_error error;
    int code = read_run_id(word, &id);
    if (code == EXIT_DONE)
        code = open_store(&opened, given, OPEN_TO_LOOK);
    if (code != EXIT_DONE)
        return code;
    if (lw_store_run_get(opened.store, id, &run, &error) == LW_OK) {
        code = show_open_run(opened.store, given, &run);
        lw_run_release(&run);
    } else {
        code = fail_with(&error);
    }
    opened_close(&opened);
    return code;
}
