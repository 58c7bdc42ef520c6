#include "result_text.h"

#include <regex.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "result_number.h"

struct lw_result_pattern {
    regex_t compiled;
};

int lw_result_pattern_new(lw_result_pattern **out, const char *expression, lw_error *error) {
    lw_result_pattern *pattern = lw_malloc(sizeof *pattern);
    if (!pattern)
        return lw_error_no_memory(error);
    int status = regcomp(&pattern->compiled, expression, REG_EXTENDED | REG_NEWLINE);
    if (status != 0) {
        char reason[128], quote[LW_QUOTE_SIZE];
        (void)regerror(status, &pattern->compiled, reason, sizeof reason);
        lw_free(pattern);
        if (status == REG_ESPACE)
            return lw_error_no_memory(error);
        return lw_error_set(error, LW_EPARSE, "regular expression %s: %s",
                            lw_result_quote(quote, expression, strlen(expression)), reason);
    }
    *out = pattern;
    return LW_OK;
}

void lw_result_pattern_free(lw_result_pattern *pattern) {
    if (!pattern)
        return;
    regfree(&pattern->compiled);
    lw_free(pattern);
}

/** A match: all of it, and the first group (start -1 if the expression has none, or it took no part). */
typedef struct match {
    regmatch_t all, group;
} match;

/** Matches between from and length of a line. REG_STARTEND lets lines be searched where they lie, 0 bytes and all. */
static int match_from(const lw_result_pattern *pattern, const char *line, size_t from, size_t length, match *out) {
    regmatch_t found[2] = {{.rm_so = (regoff_t)from, .rm_eo = (regoff_t)length}, {.rm_so = -1, .rm_eo = -1}};
    int flags = REG_STARTEND | (from > 0 ? REG_NOTBOL : 0);
    int status = regexec(&pattern->compiled, line, 2, found, flags);
    if (status == 0)
        *out = (match){found[0], pattern->compiled.re_nsub > 0 ? found[1] : (regmatch_t){-1, -1}};
    return status;
}

/** The last match in a line. Returns 0, REG_NOMATCH or REG_ESPACE. */
static int last_match_in_line(const lw_result_pattern *pattern, const char *line, size_t length, match *out) {
    int status = match_from(pattern, line, 0, length, out);
    if (status != 0)
        return status;
    for (match next; (size_t)out->all.rm_eo < length; *out = next) {
        size_t from = (size_t)out->all.rm_eo + (out->all.rm_eo == out->all.rm_so);
        status = match_from(pattern, line, from, length, &next);
        if (status != 0)
            break;
    }
    return status == REG_ESPACE ? REG_ESPACE : 0;
}

/**
 * Whether what is read ends at a comma that goes on with digits: "1" of "1,234.5". A comma that the expression itself has
 * matched separates two numbers, as in "12,0.5" by ",([0-9.]+)".
 */
static bool is_cut(const char *line, size_t length, const match *found, regmatch_t range) {
    size_t start = (size_t)range.rm_so, end = (size_t)range.rm_eo;
    size_t from = range.rm_so == found->all.rm_so ? 0 : start;
    size_t to = range.rm_eo == found->all.rm_eo ? length : end;
    return lw_result_number_is_cut(line + from, to - from, start - from, end - from);
}

static void read_match(const lw_result_pattern *pattern, const char *line, size_t line_length, const match *found,
                       lw_result_reading *out) {
    bool grouped = pattern->compiled.re_nsub > 0;
    regmatch_t range = grouped ? found->group : found->all;
    char quote[LW_QUOTE_SIZE];
    const char *all = line + found->all.rm_so;
    size_t all_length = (size_t)(found->all.rm_eo - found->all.rm_so);
    if (range.rm_so < 0) {
        lw_result_set_none(out, "the regular expression's group took no part in its last match, %s",
                           lw_result_quote(quote, all, all_length));
        return;
    }
    const char *text = line + range.rm_so;
    size_t length = (size_t)(range.rm_eo - range.rm_so);
    if (is_cut(line, line_length, found, range)) {
        lw_result_set_none(out,
                           "the regular expression matched %s beside a comma and another digit, which is no number; if the "
                           "comma separates two, let the expression match it, too",
                           lw_result_quote(quote, text, length));
        return;
    }
    for (; length > 0 && strchr(" \t\r", text[length - 1]); length--)
        ;
    for (; length > 0 && strchr(" \t\r", text[0]); length--)
        text++;
    double value;
    lw_last_number last = grouped ? LW_LAST_MISSING : lw_result_number_last(text, length, &value);
    if (last == LW_LAST_FOUND || (grouped && lw_result_number_whole(text, length, &value)))
        lw_result_set_number(out, value, "the match of the regular expression", all, all_length);
    else
        lw_result_set_none(out, "the regular expression matched %s, which %s", lw_result_quote(quote, text, length),
                           grouped                     ? "is no number"
                           : last == LW_LAST_HAS_COMMA ? "has a comma in its number"
                                                       : "has no number in it");
}

/**
 * Searches lines from the last to the first: what is found first is the last match, and no more is read than needed.
 */
static int search_lines(const lw_result_pattern *pattern, const lw_text *text, lw_result_reading *out) {
    size_t end = text->length;
    while (end > 0) {
        const char *before = end > 1 ? memrchr(text->bytes, '\n', end - 1) : NULL;
        size_t start = before ? (size_t)(before - text->bytes) + 1 : 0;
        size_t length = end - start;
        const char *line = text->bytes + start;
        if (length > 0 && line[length - 1] == '\n')
            length--;
        if (length > 0 && line[length - 1] == '\r')
            length--;
        match found;
        int status = last_match_in_line(pattern, line, length, &found);
        if (status == 0)
            read_match(pattern, line, length, &found, out);
        if (status != REG_NOMATCH)
            return status;
        end = start;
    }
    return REG_NOMATCH;
}

int lw_result_from_pattern(const lw_result_pattern *pattern, const lw_capture *output, lw_result_reading *out,
                           lw_error *error) {
    lw_text head = {0}, tail = {0};
    lw_capture_parts(output, &head, &tail);
    int status = head.failed || tail.failed ? REG_ESPACE : search_lines(pattern, &tail, out);
    if (status == REG_NOMATCH)
        status = search_lines(pattern, &head, out);
    if (status == REG_NOMATCH)
        lw_result_set_none(out, "the regular expression matched nothing in the %llu bytes of standard output%s",
                           (unsigned long long)output->total,
                           tail.length > 0 ? " (of which the middle was not kept)" : "");
    lw_text_release(&head);
    lw_text_release(&tail);
    return status == 0 || status == REG_NOMATCH ? LW_OK : lw_error_no_memory(error);
}
