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

typedef struct metric_length {
    const char *name;
    int64_t n;
} metric_length;

static int count_points(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    metric_length *length = arg;
    (void)points;
    if (strcmp(name, length->name) == 0)
        length->n = (int64_t)n;
    return LW_OK;
}

/* The step behind those that are there, as Sacred counts them. */
static int next_step(lw_assistant *assistant, int64_t id, const char *name, int64_t *step) {
    metric_length length = {name, 0};
    lw_error error;
    if (lw_store_metric_each(lw_assistant_store(assistant), id, count_points, &length, &error) != LW_OK)
        return fail_with(&error);
    *step = length.n;
    return EXIT_DONE;
}

static int log_values(lw_assistant *assistant, const cli_arguments *given, int64_t id, const logged_value *values, size_t n) {
    int code = EXIT_DONE;
    for (size_t i = 0; i < n && code == EXIT_DONE; i++) {
        int64_t step = 0;
        lw_error error;
        code = option_given(given, "step") ? option_integer(given, "step", 0, &step)
                                           : next_step(assistant, id, values[i].name, &step);
        if (code == EXIT_DONE && lw_assistant_log(assistant, id, values[i].name, step, values[i].value, &error) != LW_OK)
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
