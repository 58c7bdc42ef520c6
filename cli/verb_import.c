/* labwatch import: configurations and results from a file. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "import_rows.h"
#include "opening.h"
#include "say.h"

static bool is_json(const cli_arguments *given, const char *path, const char *text) {
    const char *format = option_text(given, "format");
    size_t length = strlen(path);
    if (format)
        return strcmp(format, "json") == 0;
    if (strcmp(path, "-") == 0)
        return text[strspn(text, " \t\r\n")] == '[';
    return length > 5 && strcmp(path + length - 5, ".json") == 0;
}

static int record(lw_assistant *assistant, const import_rows *rows, const char *space, bool counts, size_t *n) {
    for (size_t i = 0; i < rows->n; i++) {
        const import_row *row = &rows->items[i];
        int64_t id;
        lw_error error;
        if (lw_assistant_observe_config(assistant, space, row->config, &row->result, counts, &id, &error) != LW_OK) {
            lw_error_prefix(&error, "%s: %s %zu", rows->source, rows->unit, row->place);
            return fail_with(&error);
        }
        ++*n;
    }
    return EXIT_DONE;
}

static int import_all(lw_assistant *assistant, const cli_arguments *given, const import_rows *rows) {
    if (rows->n_wrong && !option_given(given, "skip"))
        return fail(EXIT_WRONG, "nothing was imported: %zu of %zu rows %s wrong; --skip records the others",
                    rows->n_wrong, rows->n_wrong + rows->n, rows->n_wrong == 1 ? "is" : "are");
    size_t n = 0;
    int code = record(assistant, rows, option_text(given, "space"), option_given(given, "count"), &n);
    if (rows->n_wrong)
        say("imported %zu %s, passed over %zu", n, n == 1 ? "run" : "runs", rows->n_wrong);
    else
        say("imported %zu %s", n, n == 1 ? "run" : "runs");
    return code == EXIT_DONE && rows->n_wrong ? EXIT_FAILED : code;
}

static int import_text(lw_assistant *assistant, const cli_arguments *given, const lw_space *space, const char *text,
                       size_t length) {
    const char *path = given->operands[1];
    const lw_experiment *experiment = lw_assistant_experiment(assistant);
    import_rows rows = {.source = strcmp(path, "-") == 0 ? "standard input" : path};
    int code = is_json(given, path, text) ? import_json(&rows, text, length, experiment, space)
                                          : import_csv(&rows, text, length, experiment, space);
    if (code == EXIT_DONE)
        code = import_all(assistant, given, &rows);
    import_rows_release(&rows);
    return code;
}

int verb_import(const cli_arguments *given) {
    char *text = NULL;
    size_t length;
    int code = read_whole_file(given->operands[1], &text, &length);
    cli_opened opened = {0};
    if (code == EXIT_DONE)
        code = open_experiment(&opened, given, given->operands[0], OPEN_OR_MAKE, 0);
    const lw_space *space =
        code == EXIT_DONE ? chosen_space(lw_assistant_experiment(opened.assistant), given, &code) : NULL;
    if (space)
        code = import_text(opened.assistant, given, space, text, length);
    lw_free(text);
    opened_close(&opened);
    return code;
}
