#include "import_rows.h"

#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "config_names.h"
#include "csv_reader.h"
#include "csv_value.h"
#include "import_past.h"
#include "say.h"

/* What a column holds. */
typedef enum column_meaning {
    IS_IGNORED,
    IS_CONFIG,
    IS_RESULT,
    IS_COST,
    IS_STATUS,
    IS_FAILURE,
    IS_REASON,
    IS_PAST
} column_meaning;

typedef struct csv_column {
    column_meaning meaning;
    const char *name; /* IS_CONFIG: of the parameter or constant, borrowed from the names; IS_PAST: of the field */
} csv_column;

typedef struct csv_import {
    import_rows *out;
    const lw_experiment *experiment;
    const lw_space *space;
    name_list names;
    csv_column *columns;
    size_t n_columns;
} csv_import;

static const struct {
    const char *title;
    column_meaning meaning;
} known_columns[] = {
    {"result", IS_RESULT}, {"cost", IS_COST},        {"status", IS_STATUS},    {"failure", IS_FAILURE},
    {"reason", IS_REASON}, {"run", IS_IGNORED},      {"space", IS_IGNORED},    {"origin", IS_IGNORED},
    {"attempt", IS_PAST},  {"start_time", IS_PAST},  {"stop_time", IS_PAST},   {"duration", IS_PAST},
    {"seed", IS_PAST},
};
enum { N_KNOWN = sizeof known_columns / sizeof *known_columns };

/* ---- the header ---- */

static const char *find_name(const csv_import *import, const char *title) {
    for (size_t i = 0; i < import->names.n; i++)
        if (strcmp(import->names.items[i], title) == 0)
            return import->names.items[i];
    return NULL;
}

static int unknown_column(const csv_import *import, const char *title, size_t line) {
    size_t n = import->names.n;
    const char **candidates = need(lw_calloc(n + N_KNOWN, sizeof *candidates));
    for (size_t i = 0; i < n; i++)
        candidates[i] = import->names.items[i];
    for (size_t i = 0; i < N_KNOWN; i++)
        candidates[n + i] = known_columns[i].title;
    int nearest = lw_nearest(title, candidates, n + N_KNOWN);
    if (nearest >= 0)
        say("%s: line %zu: there is no parameter '%s': did you mean '%s'?", import->out->source, line, title,
            candidates[nearest]);
    else
        say("%s: line %zu: the column '%s' is no parameter of the space, and none of those that export writes",
            import->out->source, line, title);
    lw_free(candidates);
    return EXIT_WRONG;
}

static bool is_there_prefixed(const csv_record *header, const char *title) {
    for (size_t i = 0; i < header->n; i++)
        if (strncmp(header->fields[i], "config.", 7) == 0 && strcmp(header->fields[i] + 7, title) == 0)
            return true;
    return false;
}

/* "config." says that a parameter is meant; without it, one comes before a word of ours, unless it is there prefixed,
 * as in what export writes. */
static int find_meaning(const csv_import *import, const csv_record *header, const char *title, csv_column *out) {
    bool prefixed = strncmp(title, "config.", 7) == 0;
    out->meaning = IS_CONFIG;
    out->name = prefixed ? find_name(import, title + 7) : NULL;
    if (!out->name && !is_there_prefixed(header, title))
        out->name = find_name(import, title);
    if (out->name)
        return EXIT_DONE;
    bool objective = strcmp(title, import->experiment->objective) == 0;
    for (size_t i = 0; i < N_KNOWN && !prefixed; i++)
        if (strcmp(title, known_columns[i].title) == 0 || (objective && known_columns[i].meaning == IS_RESULT)) {
            out->meaning = known_columns[i].meaning;
            out->name = out->meaning == IS_PAST ? known_columns[i].title : NULL;
            return EXIT_DONE;
        }
    return EXIT_WRONG;
}

static int read_header(csv_import *import, const csv_record *header) {
    bool has_result = false;
    import->columns = need(lw_calloc(header->n, sizeof *import->columns));
    import->n_columns = header->n;
    for (size_t i = 0; i < header->n; i++) {
        csv_column *column = &import->columns[i];
        if (find_meaning(import, header, header->fields[i], column) != EXIT_DONE)
            return unknown_column(import, header->fields[i], header->line);
        for (size_t j = 0; j < i; j++)
            if (column->meaning != IS_IGNORED && import->columns[j].meaning == column->meaning &&
                import->columns[j].name == column->name)
                return fail(EXIT_WRONG, "%s: line %zu: the column '%s' is there twice", import->out->source,
                            header->line, header->fields[i]);
        has_result |= column->meaning == IS_RESULT || column->meaning == IS_COST || column->meaning == IS_STATUS;
    }
    if (!has_result)
        return fail(EXIT_WRONG, "%s: line %zu: the header names no column 'result'", import->out->source, header->line);
    return EXIT_DONE;
}

/* ---- rows ---- */

/* Constants have the value of the space: another one is an error, the same need not be told. */
static bool is_constant_as_it_is(const lw_config *defaults, const char *name, const char *text) {
    lw_text spelt = {0};
    bool same =
        lw_config_spell(defaults, name, &spelt, NULL) == LW_OK && strcmp(spelt.bytes ? spelt.bytes : "", text) == 0;
    lw_text_release(&spelt);
    return same;
}

static int append_value(const csv_import *import, const lw_config *defaults, bson_t *config, const char *name,
                        const char *text, lw_error *error) {
    ptrdiff_t i = lw_space_find(import->space, name);
    const lw_parameter *parameter = i >= 0 ? lw_space_parameter(import->space, (size_t)i) : NULL;
    if (parameter && parameter->n_choices)
        return csv_value_read_choice(config, parameter, text, error);
    if (parameter || !is_constant_as_it_is(defaults, name, text))
        csv_value_read(config, name, text);
    return LW_OK;
}

typedef struct row_texts {
    const char *status, *failure;
    double value;
    bool has_value;
} row_texts;

static int read_result(const csv_import *import, const csv_column *column, const char *text, row_texts *texts,
                       lw_error *error) {
    if (!lw_double_from_text(text, strlen(text), &texts->value))
        return lw_error_set(error, LW_EINVAL, "the result '%s' is no number", text);
    if (column->meaning == IS_COST)
        texts->value = lw_experiment_cost(import->experiment, texts->value);
    texts->has_value = true;
    return LW_OK;
}

static int read_field(const csv_import *import, const lw_config *defaults, size_t i, const char *text, import_row *row,
                      row_texts *texts, lw_error *error) {
    const csv_column *column = &import->columns[i];
    switch (column->meaning) {
    case IS_CONFIG:
        return append_value(import, defaults, row->config, column->name, text, error);
    case IS_RESULT:
    case IS_COST:
        return read_result(import, column, text, texts, error);
    case IS_STATUS:
        texts->status = text;
        return LW_OK;
    case IS_FAILURE:
        texts->failure = text;
        return LW_OK;
    case IS_REASON:
        row->reason = need(lw_strdup(text));
        return LW_OK;
    case IS_PAST:
        return import_past_read(row, column->name, text, error);
    default:
        return LW_OK;
    }
}

static void read_row(csv_import *import, const lw_config *defaults, const csv_record *record) {
    import_row row = import_row_at(record->line);
    row.config = bson_new();
    row_texts texts = {.value = (double)NAN};
    lw_error error;
    int code = LW_OK;
    if (record->n != import->n_columns)
        code = lw_error_set(&error, LW_EPARSE, "there %s %zu field%s, where the header has %zu",
                            record->n == 1 ? "is" : "are", record->n, record->n == 1 ? "" : "s", import->n_columns);
    for (size_t i = 0; i < record->n && code == LW_OK; i++)
        if (*record->fields[i])
            code = read_field(import, defaults, i, record->fields[i], &row, &texts, &error);
    if (code == LW_OK)
        code = import_result(&row, texts.status, texts.failure, texts.value, texts.has_value, &error);
    if (code != LW_OK)
        import_refuse(import->out, &row, error.message);
    else
        import_add(import->out, &row, import->space);
}

static int read_records(csv_import *import, csv_reader *reader, const lw_config *defaults) {
    csv_record record = {0};
    lw_error error;
    bool end = false;
    int code = csv_read(reader, &record, &end, &error) == LW_OK ? EXIT_DONE : EXIT_WRONG;
    if (code == EXIT_DONE && end)
        code = fail(EXIT_WRONG, "%s: the file is empty", import->out->source);
    else if (code == EXIT_DONE)
        code = read_header(import, &record);
    else
        say("%s: %s", import->out->source, error.message);
    while (code == EXIT_DONE && !end) {
        if (csv_read(reader, &record, &end, &error) != LW_OK)
            code = fail(EXIT_WRONG, "%s: %s", import->out->source, error.message);
        else if (!end)
            read_row(import, defaults, &record);
    }
    csv_record_release(&record);
    return code;
}

int import_csv(import_rows *out, const char *text, size_t length, const lw_experiment *experiment,
               const lw_space *space) {
    out->unit = "line";
    csv_import import = {.out = out, .experiment = experiment, .space = space};
    csv_reader reader = {text, length, .line = 1};
    lw_config *defaults = NULL;
    lw_error error;
    size_t invalid = lw_utf8_invalid_at(text, length);
    if (invalid < length)
        return fail(EXIT_WRONG, "%s: byte %zu is not valid UTF-8", out->source, invalid + 1);
    if (lw_config_new(&defaults, space, &error) != LW_OK)
        return fail_with(&error);
    config_names_of(&import.names, space);
    int code = read_records(&import, &reader, defaults);
    config_names_release(&import.names);
    lw_free(import.columns);
    lw_config_free(defaults);
    return code;
}
