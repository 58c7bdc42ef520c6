#include "help.h"

#include <string.h>

enum { LINE = 79, INDENT = 26 };

/* Breaks text into lines of at most LINE columns, each behind indent blanks; the first one is already at column. */
static void print_wrapped(FILE *out, const char *text, size_t indent, size_t column) {
    while (*text) {
        size_t word = strcspn(text, " \n");
        if (column > indent && column + word + 1 > LINE) {
            fputc('\n', out);
            column = 0;
        }
        if (column < indent) {
            fprintf(out, "%*s", (int)(indent - column), "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, word, out);
        column += word;
        text += word;
        for (; *text == ' ' || *text == '\n'; text++)
            if (*text == '\n') {
                fputc('\n', out);
                column = 0;
            }
    }
    fputc('\n', out);
}

const char *help_next_operands(const char *at, char *out, size_t size) {
    const char *end = strstr(at, " | ");
    size_t length = end ? (size_t)(end - at) : strlen(at);
    const char *command = strstr(at, " [-- "); /* behind it everything is the command's */
    size_t before = command && command < at + length ? (size_t)(command - at) : length;
    snprintf(out, size, "%.*s [options]%.*s", (int)before, at, (int)(length - before), at + before);
    return end ? end + 3 : NULL;
}

void help_usage(const cli_verb *verb, FILE *out) {
    const char *lead = "usage:";
    for (const char *at = verb->operands; at;) {
        char operands[120];
        at = help_next_operands(at, operands, sizeof operands);
        fprintf(out, "%s labwatch %s %s\n", lead, verb->name, operands);
        lead = "      ";
    }
}

void help_option_heading(const cli_option *option, char *out, size_t size) {
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(out, size, "%s--%s%s%s", letter, option->name, option->value ? "=" : "",
             option->value ? option->value : "");
}

static void print_options(const cli_option *options, FILE *out) {
    for (const cli_option *option = options; option->name; option++) {
        char heading[80];
        help_option_heading(option, heading, sizeof heading);
        fprintf(out, "  %s", heading);
        size_t column = strlen(heading) + 2;
        if (column + 2 > INDENT) {
            fputc('\n', out);
            column = 0;
        }
        print_wrapped(out, option->help, INDENT, column);
    }
}

static void print_terms(const cli_verb *verb, FILE *out) {
    fprintf(out, "\n%s:\n", verb->terms_title);
    for (const cli_term *term = verb->terms; term->word; term++) {
        fprintf(out, "  %s", term->word);
        print_wrapped(out, term->meaning, INDENT, strlen(term->word) + 2);
    }
}

void help_verb(const cli_verb *verb, FILE *out) {
    help_usage(verb, out);
    fprintf(out, "\n%s: %s.\n\n", verb->name, verb->summary);
    print_wrapped(out, verb->description, 0, 0);
    fputs("\noptions:\n", out);
    print_options(verb->options, out);
    print_options(common_options, out);
    if (verb->terms)
        print_terms(verb, out);
    fprintf(out, "\nexample:\n  %s\n", verb->example);
}

static void print_summary(const cli_verb *verb, FILE *out) {
    fprintf(out, "  %-16s", verb->name);
    print_wrapped(out, verb->summary, 18, 18);
}

void help_group(const char *group, FILE *out) {
    fprintf(out, "usage: labwatch %s VERB ...\n\n", group);
    size_t length = strlen(group);
    for (const cli_verb *verb = verbs; verb->name; verb++)
        if (strncmp(verb->name, group, length) == 0 && verb->name[length] == ' ')
            print_summary(verb, out);
    fprintf(out, "\n'labwatch %s VERB --help' tells more, and gives an example.\n", group);
}

void help_overview(FILE *out) {
    fputs("usage: labwatch VERB ... [--store URL]\n\n"
          "labwatch finds good hyperparameters for any program. EXPERIMENT is an experiment\n"
          "file, or the name of one that the store has; RUN is the number of a run.\n\n",
          out);
    for (const cli_verb *verb = verbs; verb->name; verb++)
        print_summary(verb, out);
    fputs("\n'labwatch VERB --help' tells more, and gives an example; 'labwatch --version'\ntells the version.\n\n"
          "The exit status is 0 if it is done, 1 if what was asked for failed, 2 if the\n"
          "command line or a file is wrong, 3 if there is no such experiment or run, 4 if\n"
          "nothing is left to suggest, 75 if the store is away or busy, 130 if interrupted.\n",
          out);
}
