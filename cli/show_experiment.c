#include "show.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "quote.h"
#include "say.h"
#include "space_table.h"
#include "unreadable.h"

static void show_command(const lw_experiment *experiment) {
    lw_text line = {0};
    for (size_t i = 0; i < experiment->n_command; i++) {
        lw_text_add(&line, i ? " " : "");
        quote_for_command(&line, experiment->command[i]);
    }
    show_field("command", line.bytes);
    lw_text_release(&line);
}

static void show_patterns(const char *name, const char *const *patterns) {
    lw_text line = {0};
    for (size_t i = 0; patterns && patterns[i]; i++)
        lw_text_format(&line, "%s%s", i ? ", " : "", patterns[i]);
    if (patterns)
        show_field(name, need(line.bytes));
    lw_text_release(&line);
}

static void show_settings(const lw_assistant *assistant) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    show_field("experiment", experiment->name);
    show_field("file", experiment->source);
    show_command(experiment);
    show_field_format("goal", "%s %s", experiment->goal == LW_MAXIMIZE ? "maximize" : "minimize",
                      experiment->objective);
    if (!isnan(experiment->target))
        show_field_format("target", "%.12g", experiment->target);
    show_field("optimizer", experiment->optimizer ? experiment->optimizer : lw_optimizer_default());
    if (experiment->optimizer_options && !bson_empty(experiment->optimizer_options)) {
        char *json = need(lw_document_to_json(experiment->optimizer_options, false));
        show_field("  options", json);
        lw_free(json);
    }
    show_field_format("seed", "%" PRIu64, lw_assistant_seed(assistant));
    if (experiment->timeout_s > 0)
        show_field_format("timeout", "%.6g s", experiment->timeout_s);
    if (experiment->memory_bytes)
        show_field_format("memory", "%" PRIu64 " bytes", experiment->memory_bytes);
    if (experiment->checkpoints)
        show_field("checkpoints", experiment->checkpoints);
    show_patterns("artifacts", experiment->artifacts);
    show_patterns("sources", experiment->sources);
    if (experiment->retries)
        show_field_format("retries", "%d", experiment->retries);
}

static void show_standing(const lw_standing *standing) {
    const int64_t *counts = standing->counts.by_status;
    if (standing->budget)
        show_field_format("budget", "%" PRId64 " run%s, %" PRId64 " used", standing->budget,
                          standing->budget == 1 ? "" : "s", standing->counts.budget_used);
    lw_text line = {0};
    for (int status = 0; status <= LW_STATUS_OTHER; status++)
        if (counts[status])
            lw_text_format(&line, "%s%" PRId64 " %s", line.length ? ", " : "", counts[status],
                           lw_status_name((lw_status)status));
    show_field("runs", line.length ? line.bytes : "none");
    lw_text_release(&line);
    if (standing->counts.all > standing->counts.own)
        show_field_format("  others'", "%" PRId64, standing->counts.all - standing->counts.own);
    if (standing->best_id)
        show_field_format("best", "%.12g, run %" PRId64, standing->best_result, standing->best_id);
    show_field("state", standing->paused ? "paused" : standing->target_reached ? "target reached" : NULL);
}

static int show_text(lw_assistant *assistant) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    lw_standing standing;
    lw_error error;
    if (lw_assistant_standing(assistant, &standing, &error) != LW_OK)
        return fail_with(&error);
    show_settings(assistant);
    show_standing(&standing);
    for (size_t i = 0; i < experiment->n_spaces; i++) {
        const char *name = lw_space_name(experiment->spaces[i]);
        printf("\n");
        show_field_format("space", "%s, version %d", name, (int)lw_assistant_space_version(assistant, name));
        space_table_print(experiment->spaces[i], stdout);
    }
    return EXIT_DONE;
}

/* ---- as a document ---- */

static void append_standing(bson_t *out, const lw_standing *standing) {
    bson_t runs;
    bson_append_document_begin(out, "runs", -1, &runs);
    for (int status = 0; status <= LW_STATUS_OTHER; status++)
        if (standing->counts.by_status[status])
            bson_append_int64(&runs, lw_status_name((lw_status)status), -1, standing->counts.by_status[status]);
    bson_append_document_end(out, &runs);
    if (standing->budget)
        bson_append_int64(out, "budget", -1, standing->budget);
    bson_append_int64(out, "budget_used", -1, standing->counts.budget_used);
    if (standing->best_id) {
        bson_append_double(out, "best", -1, standing->best_result);
        bson_append_int64(out, "best_run", -1, standing->best_id);
    }
    bson_append_bool(out, "paused", -1, standing->paused);
    bson_append_bool(out, "target_reached", -1, standing->target_reached);
}

static int append_spaces(bson_t *out, const lw_assistant *assistant, lw_error *error) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    bson_t spaces, parameters;
    int code = LW_OK;
    bson_append_document_begin(out, "spaces", -1, &spaces);
    for (size_t i = 0; i < experiment->n_spaces && code == LW_OK; i++) {
        code = lw_space_to_document(experiment->spaces[i], &parameters, error);
        if (code == LW_OK) {
            bson_append_document(&spaces, lw_space_name(experiment->spaces[i]), -1, &parameters);
            bson_destroy(&parameters);
        }
    }
    bson_append_document_end(out, &spaces);
    return code;
}

static int show_as_document(lw_assistant *assistant, bool yaml) {
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    lw_standing standing;
    lw_error error;
    if (lw_assistant_standing(assistant, &standing, &error) != LW_OK)
        return fail_with(&error);
    bson_t *out = bson_new();
    bson_append_utf8(out, "experiment", -1, experiment->name, -1);
    bson_append_utf8(out, "goal", -1, experiment->goal == LW_MAXIMIZE ? "maximize" : "minimize", -1);
    bson_append_utf8(out, "objective", -1, experiment->objective, -1);
    bson_append_utf8(out, "optimizer", -1, experiment->optimizer ? experiment->optimizer : lw_optimizer_default(), -1);
    if (experiment->optimizer_options)
        bson_append_document(out, "optimizer_options", -1, experiment->optimizer_options);
    bson_append_int64(out, "seed", -1, (int64_t)lw_assistant_seed(assistant));
    append_standing(out, &standing);
    int code = append_spaces(out, assistant, &error) == LW_OK ? EXIT_DONE : fail_with(&error);
    if (code == EXIT_DONE)
        show_whole(out, yaml);
    bson_destroy(out);
    return code;
}

int show_experiment(const cli_arguments *given, const char *word) {
    cli_opened opened = {0};
    const char *format = option_text(given, "format");
    int code = open_experiment(&opened, given, word, OPEN_TO_LOOK, 0);
    if (code == EXIT_DONE && option_given(given, "model"))
        code = show_model(opened.assistant, given);
    else if (code == EXIT_DONE && option_given(given, "text"))
        fputs(lw_assistant_experiment(opened.assistant)->text, stdout);
    else if (code == EXIT_DONE && format && strcmp(format, "text") != 0)
        code = show_as_document(opened.assistant, strcmp(format, "yaml") == 0);
    else if (code == EXIT_DONE)
        code = show_text(opened.assistant);
    if (code == EXIT_DONE && !option_given(given, "model") && !option_given(given, "text"))
        code = tell_unreadable(opened.store, lw_assistant_experiment(opened.assistant)->name);
    opened_close(&opened);
    return code;
}
