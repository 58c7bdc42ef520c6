#include "arguments.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "help.h"
#include "say.h"

/* The options of a verb and the common ones, as one list. */
static const cli_option *option_at(const cli_verb *verb, size_t i) {
    size_t own = options_count(verb->options);
    return i < own ? &verb->options[i] : &common_options[i - own];
}

static size_t n_options(const cli_verb *verb) {
    return options_count(verb->options) + options_count(common_options);
}

static ptrdiff_t find_name(const cli_verb *verb, const char *name, size_t length) {
    for (size_t i = 0; i < n_options(verb); i++) {
        const char *candidate = option_at(verb, i)->name;
        if (strlen(candidate) == length && memcmp(candidate, name, length) == 0)
            return (ptrdiff_t)i;
    }
    return -1;
}

static ptrdiff_t find_letter(const cli_verb *verb, char letter) {
    for (size_t i = 0; i < n_options(verb); i++)
        if (option_at(verb, i)->letter == letter)
            return (ptrdiff_t)i;
    return -1;
}

static int unknown_option(const cli_verb *verb, const char *word) {
    const char *name = word;
    while (*name == '-')
        name++;
    size_t length = strcspn(name, "=");
    char *bare = need(lw_strndup(name, length));
    const char *names[64];
    size_t n = n_options(verb) < 64 ? n_options(verb) : 64;
    for (size_t i = 0; i < n; i++)
        names[i] = option_at(verb, i)->name;
    int nearest = lw_nearest(bare, names, n);
    int dashes = (int)(name - word);
    if (nearest >= 0)
        say("%s has no option '%.*s%s': did you mean '--%s'?", verb->name, dashes, word, bare, names[nearest]);
    else
        say("%s has no option '%.*s%s'; 'labwatch %s --help' names them all", verb->name, dashes, word, bare,
            verb->name);
    lw_free(bare);
    return EXIT_WRONG;
}

/* Whether word is one of the choices "a|b|c". */
static bool is_choice(const char *choices, const char *word) {
    size_t length = strlen(word);
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strcspn(at, "|") == length && memcmp(at, word, length) == 0)
            return true;
    return false;
}

static int wrong_choice(const cli_option *option, const char *value) {
    lw_text list = {0};
    for (const char *at = option->choices; *at; at++) {
        if (*at != '|')
            lw_text_append(&list, at, 1);
        else
            lw_text_add(&list, strchr(at + 1, '|') ? ", " : " or ");
    }
    say("--%s takes %s, not '%s'", option->name, list.bytes ? list.bytes : "", value);
    lw_text_release(&list);
    return EXIT_WRONG;
}

static int set_option(cli_arguments *out, size_t i, const char *value) {
    const cli_option *option = option_at(out->verb, i);
    if (option->choices && !is_choice(option->choices, value))
        return wrong_choice(option, value);
    if (out->values[i] && option->value && strcmp(out->values[i], value) != 0)
        return fail(EXIT_WRONG, "--%s is given twice, as '%s' and as '%s'", option->name, out->values[i], value);
    out->values[i] = value;
    if (strcmp(option->name, "help") == 0)
        out->help = true;
    return EXIT_DONE;
}

/* The next word as the value of an option: any word but one of the verb's own options, which was hardly meant. */
static int take_value(cli_arguments *out, size_t i, char *const *words, size_t n, size_t *at) {
    const cli_option *option = option_at(out->verb, i);
    if (*at + 1 >= n)
        return fail(EXIT_WRONG, "--%s needs a value: --%s %s", option->name, option->name, option->value);
    const char *next = words[*at + 1];
    bool is_option = strncmp(next, "--", 2) == 0 && next[2] && find_name(out->verb, next + 2, strlen(next + 2)) >= 0;
    if (is_option)
        return fail(EXIT_WRONG, "--%s needs a value, and '%s' is an option; if it is meant, write --%s=%s",
                    option->name, next, option->name, next);
    ++*at;
    return set_option(out, i, next);
}

static int parse_long(cli_arguments *out, char *const *words, size_t n, size_t *at) {
    const char *name = words[*at] + 2;
    size_t length = strcspn(name, "=");
    ptrdiff_t found = find_name(out->verb, name, length);
    if (found < 0)
        return unknown_option(out->verb, words[*at]);
    const cli_option *option = option_at(out->verb, (size_t)found);
    if (name[length] == '=') {
        if (!option->value)
            return fail(EXIT_WRONG, "--%s takes no value", option->name);
        return set_option(out, (size_t)found, name + length + 1);
    }
    return option->value ? take_value(out, (size_t)found, words, n, at) : set_option(out, (size_t)found, "");
}

static int parse_short(cli_arguments *out, char *const *words, size_t n, size_t *at) {
    const char *word = words[*at];
    ptrdiff_t found = find_letter(out->verb, word[1]);
    bool takes_value = found >= 0 && option_at(out->verb, (size_t)found)->value;
    if (found < 0 || (word[2] && !takes_value))
        return unknown_option(out->verb, word);
    if (word[2])
        return set_option(out, (size_t)found, word + 2);
    return takes_value ? take_value(out, (size_t)found, words, n, at) : set_option(out, (size_t)found, "");
}

/* "-", "-0.5", "-inf": operands, though they begin with a dash. */
static bool is_operand(const char *word) {
    double ignored;
    return word[0] != '-' || !word[1] || isdigit((unsigned char)word[1]) || word[1] == '.' ||
           lw_double_from_text(word, strlen(word), &ignored);
}

static int count_operands(const cli_arguments *given) {
    const cli_verb *verb = given->verb;
    if (given->n_operands > verb->most) {
        say("%s: there is one word too many: '%s'%s", verb->name, given->operands[verb->most],
            verb->takes_command && !given->command ? "; a command stands behind --" : "");
    } else if (given->n_operands < verb->least) {
        say("%s needs %s", verb->name, verb->operands);
    } else {
        return EXIT_DONE;
    }
    help_usage(verb, stderr);
    return EXIT_WRONG;
}

int arguments_parse(cli_arguments *out, const cli_verb *verb, char *const *words, size_t n) {
    *out = (cli_arguments){.verb = verb};
    out->operands = need(lw_calloc(n + 1, sizeof *out->operands));
    out->values = need(lw_calloc(n_options(verb) + 1, sizeof *out->values));
    int code = EXIT_DONE;
    size_t at = 0;
    for (; at < n && code == EXIT_DONE && strcmp(words[at], "--") != 0; at++) {
        if (is_operand(words[at]))
            out->operands[out->n_operands++] = words[at];
        else if (words[at][1] == '-')
            code = parse_long(out, words, n, &at);
        else
            code = parse_short(out, words, n, &at);
    }
    if (code != EXIT_DONE || out->help)
        return code;
    if (at < n && verb->takes_command) {
        out->command = (const char *const *)(words + at + 1);
        if (at + 1 == n)
            code = fail(EXIT_WRONG, "%s: a command must follow '--'", verb->name);
    } else {
        for (at++; at < n; at++)
            out->operands[out->n_operands++] = words[at];
    }
    return code == EXIT_DONE ? count_operands(out) : code;
}

void arguments_release(cli_arguments *given) {
    lw_free(given->operands);
    lw_free(given->values);
    *given = (cli_arguments){0};
}

const char *option_text(const cli_arguments *given, const char *name) {
    ptrdiff_t found = find_name(given->verb, name, strlen(name));
    return found < 0 ? NULL : given->values[found];
}

bool option_given(const cli_arguments *given, const char *name) {
    return option_text(given, name) != NULL;
}

int option_integer(const cli_arguments *given, const char *name, int64_t least, int64_t *out) {
    const char *text = option_text(given, name);
    if (!text)
        return EXIT_DONE;
    int64_t value;
    if (!lw_int64_from_text(text, strlen(text), &value) || value < least)
        return fail(EXIT_WRONG, "--%s takes a whole number of at least %lld, not '%s'", name, (long long)least, text);
    *out = value;
    return EXIT_DONE;
}

static double unit_seconds(char unit) {
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

/* "1h30m": numbers with units, one after the other; a number alone is in seconds. */
static bool duration_from_text(const char *text, double *seconds) {
    double sum = 0;
    const char *at = text;
    while (*at) {
        size_t digits = strspn(at, "0123456789.");
        double value;
        if (!lw_double_from_text(at, digits, &value))
            return false;
        bool alone = !at[digits] && at == text;
        double unit = alone ? 1 : unit_seconds(at[digits]);
        if (unit == 0)
            return false;
        sum += value * unit;
        at += digits + (alone ? 0 : 1);
    }
    *seconds = sum;
    return sum > 0 && isfinite(sum);
}

int option_duration(const cli_arguments *given, const char *name, double *seconds) {
    const char *text = option_text(given, name);
    if (text && !duration_from_text(text, seconds))
        return fail(EXIT_WRONG, "--%s takes a time such as 90s, 10m or 1h30m, not '%s'", name, text);
    return EXIT_DONE;
}
