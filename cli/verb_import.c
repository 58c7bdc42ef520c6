/* labwatch import: configurations and results from a file. */
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "import_known.h"
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

typedef struct import_counts {
    size_t imported, skipped;
} import_counts;

static int record(lw_assistant *assistant, const import_rows *rows, const lw_space *space, bool counts,
                  import_known *known, import_counts *n) {
    for (size_t i = 0; i < rows->n; i++) {
        const import_row *row = &rows->items[i];
        lw_result result = row->result;
        result.duration_s = row->duration_s;
        result.past = &row->past;
        int64_t id;
        lw_error error;
        if (import_known_take(known, lw_assistant_experiment(assistant), space, row)) {
            n->skipped++;
            continue;
        }
        if (lw_assistant_observe_config(assistant, lw_space_name(space), row->config, &result, counts, &id,
                                        &error) != LW_OK) {
            lw_error_prefix(&error, "%s: %s %zu", rows->source, rows->unit, row->place);
            return fail_with(&error);
        }
        n->imported++;
    }
    return EXIT_DONE;
}

static void tell_counts(const import_rows *rows, const import_counts *n) {
    lw_text line = {0};
    lw_text_format(&line, "imported %zu %s", n->imported, n->imported == 1 ? "run" : "runs");
    if (n->skipped)
        lw_text_format(&line, ", skipped %zu that %s there already (--again imports %s once more)", n->skipped,
                       n->skipped == 1 ? "is" : "are", n->skipped == 1 ? "it" : "them");
    if (rows->n_wrong)
        lw_text_format(&line, ", passed over %zu", rows->n_wrong);
    say("%s", (char *)need(line.bytes));
    lw_text_release(&line);
}

static int import_all(lw_assistant *assistant, const cli_arguments *given, const lw_space *space,
                      const import_rows *rows) {
    if (rows->n_wrong && !option_given(given, "skip"))
        return fail(EXIT_WRONG, "nothing was imported: %zu of %zu row%s %s wrong; --skip records the others",
                    rows->n_wrong, rows->n_wrong + rows->n, rows->n_wrong + rows->n == 1 ? "" : "s",
                    rows->n_wrong == 1 ? "is" : "are");
    bool counts = option_given(given, "count");
    import_known known = {0};
    import_counts n = {0};
    lw_error error;
    int code = EXIT_DONE;
    if (!option_given(given, "again") && import_known_read(&known, assistant, counts, &error) != LW_OK)
        code = fail_with(&error);
    if (code == EXIT_DONE)
        code = record(assistant, rows, space, counts, &known, &n);
    import_known_release(&known);
    tell_counts(rows, &n);
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
        code = import_all(assistant, given, space, &rows);
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
