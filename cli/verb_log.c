/* labwatch log: add to the metrics of a run. */
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "opening.h"
#include "say.h"

typedef struct logged_value {
    char *name;
    double value;
} logged_value;

/* "loss=0.25" */
static int read_value(logged_value *out, const char *word) {
    const char *equals = strrchr(word, '=');
    double value;
    if (!equals || equals == word)
        return fail(EXIT_WRONG, "'%s' is not NAME=VALUE, such as loss=0.25", word);
    if (!lw_double_from_text(equals + 1, strlen(equals + 1), &value))
        return fail(EXIT_WRONG, "'%s' of '%s' is no number", equals + 1, word);
    *out = (logged_value){need(lw_strndup(word, (size_t)(equals - word))), value};
    return EXIT_DONE;
}

typedef struct metric_end {
    const char *name;
    int64_t next_step;
} metric_end;

static int note_end(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    metric_end *end = arg;
    if (n && strcmp(name, end->name) == 0)
        end->next_step = points[n - 1].step + 1;
    return LW_OK;
}

/* The step behind the last one, as Sacred counts them. */
static int next_step(lw_assistant *assistant, int64_t id, const char *name, int64_t *step) {
    metric_end end = {name, 0};
    lw_error error;
    if (lw_store_metric_each(lw_assistant_store(assistant), id, note_end, &end, &error) != LW_OK)
        return fail_with(&error);
    *step = end.next_step;
    return EXIT_DONE;
}

static int log_values(lw_assistant *assistant, const cli_arguments *given, int64_t id, const logged_value *values,
                      size_t n) {
    int code = EXIT_DONE;
    for (size_t i = 0; i < n && code == EXIT_DONE; i++) {
        int64_t step = 0;
        lw_error error;
        code = option_given(given, "step") ? option_integer(given, "step", 0, &step)
                                           : next_step(assistant, id, values[i].name, &step);
        lw_metric_point point = {.step = step, .value = values[i].value};
        if (code == EXIT_DONE && lw_assistant_log(assistant, id, values[i].name, &point, 1, &error) != LW_OK)
            code = fail_with(&error);
    }
    return code;
}

int verb_log(const cli_arguments *given) {
    size_t n = given->n_operands - 1, n_read = 0;
    logged_value *values = need(lw_calloc(n, sizeof *values));
    int64_t id, step;
    int code = option_integer(given, "step", 0, &step);
    for (; n_read < n && code == EXIT_DONE; n_read++)
        code = read_value(&values[n_read], given->operands[n_read + 1]);
    cli_opened opened = {0};
    if (code == EXIT_DONE)
        code = open_run(&opened, given, given->operands[0], OPEN_TO_CHANGE, &id);
    if (code == EXIT_DONE)
        code = log_values(opened.assistant, given, id, values, n);
    opened_close(&opened);
    for (size_t i = 0; i < n_read; i++)
        lw_free(values[i].name);
    lw_free(values);
    return code;
}
