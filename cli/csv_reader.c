#include "csv_reader.h"

#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "say.h"

void csv_record_release(csv_record *record) {
    for (size_t i = 0; i < record->n; i++)
        lw_free(record->fields[i]);
    lw_free(record->fields);
    *record = (csv_record){0};
}

static bool at_end(const csv_reader *reader) {
    return reader->at >= reader->length;
}

static char next(const csv_reader *reader) {
    return at_end(reader) ? '\0' : reader->text[reader->at];
}

static bool at_line_end(const csv_reader *reader) {
    bool crlf = next(reader) == '\r' && reader->at + 1 < reader->length && reader->text[reader->at + 1] == '\n';
    return at_end(reader) || next(reader) == '\n' || crlf;
}

static void pass_line_end(csv_reader *reader) {
    if (next(reader) == '\r')
        reader->at++;
    if (!at_end(reader))
        reader->at++;
    reader->line++;
}

static int read_quoted(csv_reader *reader, lw_text *field, lw_error *error) {
    size_t begin = reader->line;
    reader->at++;
    for (;; reader->at++) {
        if (at_end(reader))
            return lw_error_set(error, LW_EPARSE, "line %zu: a quote begins here and is not closed", begin);
        if (next(reader) == '"') {
            reader->at++;
            if (next(reader) != '"')
                break;
        }
        if (next(reader) == '\n')
            reader->line++;
        lw_text_append(field, reader->text + reader->at, 1);
    }
    if (next(reader) != ',' && !at_line_end(reader))
        return lw_error_set(error, LW_EPARSE, "line %zu: a comma or the end of the line must follow a closing quote",
                            reader->line);
    return LW_OK;
}

static int read_field(csv_reader *reader, lw_text *field, lw_error *error) {
    if (next(reader) == '"')
        return read_quoted(reader, field, error);
    size_t begin = reader->at;
    while (!at_line_end(reader) && next(reader) != ',')
        reader->at++;
    lw_text_append(field, reader->text + begin, reader->at - begin);
    return LW_OK;
}

static int add_field(csv_record *out, lw_text *field, lw_error *error) {
    if (field->length && memchr(field->bytes, 0, field->length))
        return lw_error_set(error, LW_EPARSE, "line %zu: there is a 0 byte", out->line);
    if (!lw_array_reserve(&out->fields, &out->capacity, out->n, sizeof *out->fields))
        out_of_memory();
    out->fields[out->n++] = need(lw_text_take(field));
    return LW_OK;
}

int csv_read(csv_reader *reader, csv_record *out, bool *end, lw_error *error) {
    csv_record_release(out);
    if (reader->at == 0 && reader->length >= 3 && memcmp(reader->text, "\xEF\xBB\xBF", 3) == 0)
        reader->at = 3; /* a byte order mark, as spreadsheets write it */
    while (!at_end(reader) && at_line_end(reader))
        pass_line_end(reader);
    *end = at_end(reader);
    out->line = reader->line;
    int code = LW_OK;
    for (bool more = !*end; more && code == LW_OK;) {
        lw_text field = {0};
        code = read_field(reader, &field, error);
        if (code == LW_OK)
            code = add_field(out, &field, error);
        lw_text_release(&field);
        more = code == LW_OK && next(reader) == ',';
        if (more)
            reader->at++;
    }
    if (code == LW_OK && !*end)
        pass_line_end(reader);
    return code;
}
