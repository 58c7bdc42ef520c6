#include "result_text.h"

#include <bson/bson.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

#include "result_number.h"

/* Text: a number, or a JSON object with the objective in it. */

static bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **text, size_t *length) {
    while (*length > 0 && is_blank((*text)[*length - 1]))
        --*length;
    while (*length > 0 && is_blank((*text)[0])) {
        ++*text;
        --*length;
    }
}

/** Where the JSON string that begins at text[0] ends. */
static size_t json_string_length(const char *text, size_t length) {
    size_t at = 1;
    while (at < length && text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return at < length ? at + 1 : length;
}

static size_t json_word_length(const char *text, size_t length) {
    size_t at = 0;
    while (at < length && !strchr(" \t\r\n,:[]{}\"", text[at]))
        at++;
    return at > 0 ? at : 1;
}

static bool is_number_json_has_not(const char *word, size_t length) {
    double value;
    return lw_result_number_whole(word, length, &value) && !(value - value == 0);
}

/**
 * Copies JSON with NaN, Infinity (which Python writes) and numbers beyond a double put in quotes, which JSON proper
 * has no way to say.
 */
static void add_proper_json(lw_text *out, const char *text, size_t length) {
    while (length > 0) {
        bool is_string = text[0] == '"';
        size_t taken = is_string ? json_string_length(text, length) : json_word_length(text, length);
        bool quote = !is_string && is_number_json_has_not(text, taken);
        lw_text_add(out, quote ? "\"" : "");
        lw_text_append(out, text, taken);
        lw_text_add(out, quote ? "\"" : "");
        text += taken;
        length -= taken;
    }
}

static bool number_of_value(const bson_iter_t *value, double *out) {
    uint32_t length;
    const char *text;
    switch (bson_iter_type(value)) {
    case BSON_TYPE_DOUBLE:
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        *out = bson_iter_as_double(value);
        return true;
    case BSON_TYPE_NULL: /* NaN, as JSON writes it */
        return lw_result_number_whole("nan", 3, out);
    case BSON_TYPE_UTF8:
        text = bson_iter_utf8(value, &length);
        return lw_result_number_whole(text, length, out);
    default:
        return false;
    }
}

static void describe_value(const bson_iter_t *value, char quote[LW_QUOTE_SIZE]) {
    char *json = lw_document_value_to_json(value, false);
    (void)lw_result_quote(quote, json ? json : "", json ? strlen(json) : 0);
    lw_free(json);
}

/** The names in a document, for a sentence: "'acc', 'epoch', …". */
static void list_names(const bson_t *document, lw_text *out) {
    enum { LIMIT = 4 };
    bson_iter_t field;
    char quote[LW_QUOTE_SIZE];
    if (!bson_iter_init(&field, document))
        return;
    for (int count = 0; bson_iter_next(&field); count++) {
        if (count == LIMIT) {
            lw_text_add(out, ", …");
            return;
        }
        const char *name = bson_iter_key(&field);
        lw_text_format(out, "%s%s", count ? ", " : "", lw_result_quote(quote, name, strlen(name)));
    }
}

static void report_missing(const bson_t *document, const char *objective, lw_result_reading *out) {
    lw_text names = {0};
    char quote[LW_QUOTE_SIZE];
    list_names(document, &names);
    lw_result_set_none(out, "the JSON object has no %s; it %s%s", lw_result_quote(quote, objective, strlen(objective)),
                       names.length > 0 ? "has " : "is empty", names.length > 0 ? names.bytes : "");
    lw_text_release(&names);
}

static void read_object(const bson_t *document, const char *objective, lw_result_reading *out) {
    bson_iter_t value;
    char name[LW_QUOTE_SIZE], quote[LW_QUOTE_SIZE];
    double number;
    if (!objective) {
        lw_result_set_none(out, "a number is needed here, not a JSON object");
        return;
    }
    if (!bson_iter_init_find(&value, document, objective)) {
        report_missing(document, objective, out);
        return;
    }
    (void)lw_result_quote(name, objective, strlen(objective));
    describe_value(&value, quote);
    if (number_of_value(&value, &number))
        lw_result_set_number(out, number, name, quote + 1, strlen(quote) - 2);
    else
        lw_result_set_none(out, "%s in the JSON object is no number but %s", name, quote);
    out->from_object = true;
}

static void read_json(const char *text, size_t length, const char *objective, lw_result_reading *out) {
    lw_text json = {0};
    lw_error error;
    bson_t document;
    add_proper_json(&json, text, length);
    if (json.failed) {
        lw_result_set_none(out, "there was no memory to read the JSON object");
    } else if (lw_document_from_json(&document, json.bytes, json.length, &error) != LW_OK) {
        lw_result_set_none(out, "the result is no proper JSON: %s", error.message);
    } else {
        read_object(&document, objective, out);
        bson_destroy(&document);
    }
    lw_text_release(&json);
}

void lw_result_from_text(const char *text, size_t length, const char *objective, lw_result_reading *out) {
    char quote[LW_QUOTE_SIZE];
    double value;
    trim(&text, &length);
    if (length > 0 && text[0] == '{')
        read_json(text, length, objective, out);
    else if (lw_result_number_whole(text, length, &value))
        lw_result_set_number(out, value, "what was given", text, length);
    else if (length == 0)
        lw_result_set_none(out, "the result is empty");
    else
        lw_result_set_none(out, "the result %s is %s", lw_result_quote(quote, text, length),
                           objective ? "neither a number nor a JSON object" : "no number");
}

/* Standard output. */

/** Whether the line is an object that has the result, or must have it. */
static bool read_line_as_object(const char *text, size_t length, const char *objective, bool named,
                                lw_result_reading *out) {
    trim(&text, &length);
    if (length < 2 || text[0] != '{' || text[length - 1] != '}')
        return false;
    read_json(text, length, objective, out);
    return named || out->from_object;
}

static void read_last_number(const char *line, size_t length, lw_result_reading *out) {
    char quote[LW_QUOTE_SIZE];
    double value;
    switch (lw_result_number_last(line, length, &value)) {
    case LW_LAST_FOUND:
        lw_result_set_number(out, value, "the last line", line, length);
        break;
    case LW_LAST_HAS_COMMA:
        lw_result_set_none(out, "there is no number that can be trusted on the last line, %s: it has a comma in it",
                           lw_result_quote(quote, line, length));
        break;
    case LW_LAST_MISSING:
        lw_result_set_none(out, "there is no number on the last line, %s", lw_result_quote(quote, line, length));
        break;
    }
}

void lw_result_from_last_line(const lw_capture *output, const char *objective, bool named, lw_result_reading *out) {
    lw_text line = {0};
    lw_capture_last_line(output, &line);
    if (line.failed)
        lw_result_set_none(out, "there was no memory to look at the output");
    else if (line.length == 0)
        lw_result_set_none(out, output->total > 0 ? "standard output has no line with anything on it at its end"
                                                  : "nothing was printed to standard output");
    else if (!read_line_as_object(line.bytes, line.length, objective, named, out))
        read_last_number(line.bytes, line.length, out);
    lw_text_release(&line);
}

/* Result files. */

enum { FILE_LIMIT = 64 << 20 };

/**
 * Opens a regular file (its number, or a negative code), without waiting for the other end of a pipe that a program
 * may have put there.
 */
static int open_regular(const char *path, lw_error *error) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (file < 0)
        return lw_error_set(error, errno == ENOENT ? LW_ENOTFOUND : LW_EIO, "cannot open result file '%s': %s", path,
                            strerror(errno));
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)close(file);
        return lw_error_set(error, LW_EIO, "result file '%s' is not a regular file", path);
    }
    return file;
}

static int read_all(int file, const char *path, lw_text *out, lw_error *error) {
    char chunk[4096];
    for (;;) {
        ssize_t got = read(file, chunk, sizeof chunk);
        if (got == 0)
            return out->failed ? lw_error_no_memory(error) : LW_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_error_set(error, LW_EIO, "cannot read result file '%s': %s", path, strerror(errno));
        lw_text_append(out, chunk, (size_t)got);
        if (out->length > FILE_LIMIT)
            return lw_error_set(error, LW_EIO,
                                "result file '%s' is larger than 64 MiB; write a number or a small JSON object", path);
    }
}

int lw_result_from_file(const char *path, const char *objective, lw_result_reading *out, lw_error *error) {
    lw_text text = {0};
    int file = open_regular(path, error);
    if (file < 0)
        return file;
    int code = read_all(file, path, &text, error);
    (void)close(file);
    if (code == LW_OK && text.length == 0)
        code = lw_error_set(error, LW_ENOTFOUND, "result file '%s' is empty", path);
    if (code == LW_OK)
        lw_result_from_text(text.bytes, text.length, objective, out);
    lw_text_release(&text);
    return code;
}
