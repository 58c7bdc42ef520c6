#include "yaml_text.h"

#include <stdint.h>

#include <labwatch/sys/text.h>

#include "yaml_tree.h"

/* libyaml compares each %TAG with all before it: many of them would take it hours. */
enum { MOST_DIRECTIVES = 100 };

static lw_place place_of_byte(const char *text, size_t offset) {
    lw_place place = {1, 1};
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n')
            place = (lw_place){place.line + 1, 1};
        else if (((unsigned char)text[i] & 0xC0) != 0x80)
            place.column++;
    }
    return place;
}

static bool begins_with(const char *text, size_t length, const char *beginning, size_t n) {
    return length >= n && memcmp(text, beginning, n) == 0;
}

static bool is_utf16(const char *text, size_t length) {
    return begins_with(text, length, "\xFF\xFE", 2) || begins_with(text, length, "\xFE\xFF", 2);
}

static bool too_many_directives(const char *text, size_t length) {
    size_t directives = 0;
    const char *end = text + length;
    for (const char *line = text; line < end && directives <= MOST_DIRECTIVES; line++) {
        directives += *line == '%';
        line = memchr(line, '\n', (size_t)(end - line));
        if (!line)
            break;
    }
    return directives > MOST_DIRECTIVES;
}

bool lw_yaml_text_check(const char *text, size_t length, lw_problems *problems) {
    const lw_place whole = {0};
    size_t errors = problems->n_errors;
    const char *nul = length > 0 && length <= LW_YAML_LARGEST_FILE ? memchr(text, '\0', length) : NULL;
    if (length > LW_YAML_LARGEST_FILE) {
        lw_problem(problems, whole,
                   "the file is larger than 64 MiB; an experiment file describes parameters, data belong elsewhere");
    } else if (length == 0) {
        lw_problem(problems, whole, "the file is empty; it needs at least an experiment name and a space");
    } else if (is_utf16(text, length)) {
        lw_problem(problems, whole, "the file is UTF-16; save it as UTF-8");
    } else if (nul) {
        lw_problem(problems, place_of_byte(text, (size_t)(nul - text)),
                   "there is a NUL byte; a text file has none (is this a binary file?)");
    } else {
        size_t invalid = lw_utf8_invalid_at(text, length);
        if (invalid < length)
            lw_problem(problems, place_of_byte(text, invalid),
                       "the byte 0x%02X is not valid UTF-8; save the file as UTF-8", (unsigned char)text[invalid]);
        else if (too_many_directives(text, length))
            lw_problem(problems, whole, "more than %d lines begin with '%%'; an experiment file needs no directives",
                       MOST_DIRECTIVES);
    }
    return problems->n_errors == errors;
}

/* ---- what libyaml says ---- */

typedef struct text_line {
    const char *bytes;
    size_t length;
} text_line;

static text_line line_at(const char *text, size_t length, size_t number) {
    const char *end = text + length;
    for (size_t line = 1; line < number && text < end; line++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        text = newline ? newline + 1 : end;
    }
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    return (text_line){text, (size_t)((newline ? newline : end) - text)};
}

static bool is_indented_by_tab(text_line line) {
    for (size_t i = 0; i < line.length && (line.bytes[i] == ' ' || line.bytes[i] == '\t'); i++)
        if (line.bytes[i] == '\t')
            return true;
    return false;
}

/* The first of the lines from … to that is indented by a tab; 0 if none is. */
static size_t tab_line(const char *text, size_t length, size_t from, size_t to) {
    for (size_t number = from; number <= to && number < from + 3; number++)
        if (is_indented_by_tab(line_at(text, length, number)))
            return number;
    return 0;
}

/* What libyaml says, and what is usually the cause. */
static const struct {
    const char *says, *advice;
} advices[] = {
    {"mapping values are not allowed in this context", "text with ': ' in it needs quotes"},
    {"could not find expected ':'", "each line of a mapping is 'key: value'"},
    {"did not find expected key", "is this line indented as the others of its mapping?"},
    {"did not find expected '-' indicator", "is this line indented as the others of its list?"},
    {"did not find expected ',' or ']'", "is a bracket or a comma missing?"},
    {"did not find expected ',' or '}'", "is a brace or a comma missing?"},
    {"found unexpected end of stream", "is a closing quote missing?"},
    {"found undefined tag handle", "tags are written with one '!', as in !UniformFloat"},
    {"found unknown escape character", "in \"double\" quotes '\\' begins an escape; 'single' quotes keep it as it is"},
    {"found character that cannot start any token", "put the value in quotes"},
};

static const char *advice_for(const char *problem) {
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (strcmp(problem, advices[i].says) == 0)
            return advices[i].advice;
    return "see docs/experiment-file.md for how an experiment file looks";
}

static void explain_character(const yaml_parser_t *parser, const lw_yaml_source *source, lw_problems *problems) {
    lw_place place = place_of_byte(source->text, parser->problem_offset);
    lw_problem(problems, lw_yaml_source_place(source, place.line - 1, place.column - 1),
               "the control character 0x%02X is not allowed; take it out, or write it as \"\\x%02X\" in double quotes",
               (unsigned)parser->problem_value, (unsigned)parser->problem_value);
}

void lw_yaml_text_explain(const yaml_parser_t *parser, const lw_yaml_source *source, lw_problems *problems) {
    if (parser->error == YAML_MEMORY_ERROR) {
        problems->no_memory = true;
        return;
    }
    if (parser->error == YAML_READER_ERROR) {
        explain_character(parser, source, problems);
        return;
    }
    lw_place place = lw_yaml_source_place(source, parser->problem_mark.line, parser->problem_mark.column);
    size_t first =
        parser->context && parser->context_mark.line + 3 > place.line ? parser->context_mark.line + 1 : place.line;
    size_t tab = tab_line(source->text, source->length, first, place.line);
    if (tab > 0) {
        lw_problem(problems, (lw_place){tab, 1}, "line %zu is indented by a tab; YAML needs spaces", tab);
        return;
    }
    const char *problem = parser->problem ? parser->problem : "it cannot be read";
    if (parser->context)
        lw_problem(problems, place, "not valid YAML: %s %s that begins in line %zu; %s", problem, parser->context,
                   parser->context_mark.line + 1, advice_for(problem));
    else
        lw_problem(problems, place, "not valid YAML: %s; %s", problem, advice_for(problem));
}
