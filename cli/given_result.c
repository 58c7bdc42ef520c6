#include "given_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "json_option.h"
#include "opening.h"
#include "say.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A number; one too large for a double is infinite, which is no cost. */
static bool number_from_text(const char *text, size_t length, double *out) {
    if (lw_double_from_text(text, length, out))
        return true;
    if (length == 0 || strspn(text, "+-.0123456789eE") < length)
        return false;
    char *copy = need(lw_strndup(text, length)), *end;
    double value = strtod(copy, &end);
    bool overflows = end == copy + length && isinf(value);
    lw_free(copy);
    if (overflows)
        *out = value;
    return overflows;
}

static int parse_text(given_result *out, const char *text, size_t length) {
    while (length && is_blank(text[length - 1]))
        length--;
    while (length && is_blank(*text))
        text++, length--;
    if (length == 0)
        return fail(EXIT_WRONG, "the result is empty: a number or a JSON object is expected; nothing was recorded");
    if (*text == '{') {
        int code = read_json(&out->document, text, length, "the result");
        out->has_document = code == EXIT_DONE;
        return code;
    }
    if (number_from_text(text, length, &out->number))
        return EXIT_DONE;
    return fail(EXIT_WRONG, "the result '%.*s' is no number and no JSON object; nothing was recorded",
                length > 60 ? 60 : (int)length, text);
}

static int parse_standard_input(given_result *out) {
    char *bytes;
    size_t length;
    int code = read_whole_file("-", &bytes, &length);
    if (code == EXIT_DONE) {
        code = parse_text(out, bytes, length);
        lw_free(bytes);
    }
    return code;
}

static bool is_completed(const cli_arguments *given) {
    const char *status = option_text(given, "status");
    return !status || strcmp(status, "completed") == 0;
}

int given_result_read(given_result *out, const cli_arguments *given, const char *text) {
    if (!is_completed(given))
        return text ? fail(EXIT_WRONG, "a run with --status %s has no result, but '%s' is given",
                           option_text(given, "status"), text)
                    : EXIT_DONE;
    if (option_given(given, "reason"))
        return fail(EXIT_WRONG, "--reason goes with --status failed or interrupted");
    if (!text)
        return fail(EXIT_WRONG, "observe needs a RESULT: a number, a JSON object or -; or --status failed");
    return strcmp(text, "-") == 0 ? parse_standard_input(out) : parse_text(out, text, strlen(text));
}

static lw_result failure_of(const char *status, const char *reason) {
    if (strcmp(status, "interrupted") == 0)
        return lw_result_of_interruption(reason);
    bool unspecified = strcmp(status, "failed") == 0;
    return lw_result_of_failure(unspecified ? LW_FAILURE_USER : lw_failure_by_name(status), reason);
}

int given_result_find(given_result *out, const cli_arguments *given, const lw_experiment *experiment) {
    lw_error error;
    if (!is_completed(given))
        out->result = failure_of(option_text(given, "status"), option_text(given, "reason"));
    else if (!out->has_document)
        out->result = lw_result_of_value(out->number);
    else if (lw_result_of_document(&out->result, experiment, &out->document, &error) != LW_OK)
        return fail_with(&error);
    out->result.force = option_given(given, "force");
    return EXIT_DONE;
}

void given_result_tell_recorded(const given_result *given) {
    if (given->result.outcome == LW_COMPLETED && !isfinite(given->result.value))
        say("the result is not finite: the run is recorded as failed, of the kind nan");
}

void given_result_release(given_result *given) {
    if (given->has_document)
        bson_destroy(&given->document);
    given->has_document = false;
}
