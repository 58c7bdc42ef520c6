#include "manual.h"

#include <string.h>

#include <labwatch/version.h>

#include "help.h"
#include "verbs.h"

/* How roff has a character that it would print as another one, as commands are copied from manual pages; NULL: as it
 * is. */
static const char *roff_of(char c) {
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    default:
        return NULL;
    }
}

/* Text of our own as roff. */
static void print_roff(FILE *out, const char *text) {
    bool line_start = true;
    for (; *text; text++) {
        const char *roff = roff_of(*text);
        if (line_start && *text == '.')
            fputs("\\&", out);
        if (roff)
            fputs(roff, out);
        else if (*text == '\n' && text[1] == '\n')
            fputs("\n.PP", out); /* the second newline ends this line */
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const cli_option *option) {
    char heading[80];
    help_option_heading(option, heading, sizeof heading);
    fputs(".TP\n.B ", out);
    print_roff(out, heading + strspn(heading, " "));
    print_roff(out, option->help);
}

static void print_verb(FILE *out, const cli_verb *verb) {
    fputs(".SS ", out);
    print_roff(out, verb->name);
    for (const char *at = verb->operands; at;) {
        char operands[120];
        at = help_next_operands(at, operands, sizeof operands);
        fprintf(out, ".B labwatch %s\n", verb->name);
        print_roff(out, operands);
        fputs(at ? ".br\n" : ".PP\n", out);
    }
    print_roff(out, verb->description);
    for (const cli_option *option = verb->options; option->name; option++)
        print_option(out, option);
    if (verb->terms) {
        fputs(".PP\n", out);
        fprintf(out, "%s:\n", verb->terms_title);
    }
    for (const cli_term *term = verb->terms; term && term->word; term++) {
        fputs(".TP\n.B ", out);
        print_roff(out, term->word);
        print_roff(out, term->meaning);
    }
    fputs(".PP\nExample:\n.RS\n.EX\n", out);
    print_roff(out, verb->example);
    fputs(".EE\n.RE\n", out);
}

static const struct {
    const char *code, *meaning;
} exit_statuses[] = {
    {"0", "Done."},
    {"1", "What was asked for failed."},
    {"2", "The command line or a file is wrong."},
    {"3", "There is no such experiment or run."},
    {"4", "Nothing is left to suggest: the budget is reached, or the space exhausted."},
    {"75", "The store is away or busy, or the experiment paused: try again."},
    {"130", "Interrupted."},
};

static const struct {
    const char *name, *meaning;
} variables[] = {
    {"LABWATCH_STORE", "The store, where --store is not given: its URL, or @FILE with the URL in it. The "
                       "commands that run and exec execute have it, too."},
    {"LABWATCH_SPOOL", "The folder for results whose store is away; default labwatch/spool in $XDG_STATE_HOME."},
    {"LABWATCH_CHECKPOINTS", "The folder for checkpoints of runs; it must be there. On several machines it should be one "
                             "that they share. Default what the experiment says, or labwatch/checkpoints in "
                             "$XDG_STATE_HOME."},
    {"COLUMNS", "The width of tables, in place of the terminal's."},
    {"LABWATCH_RUN, LABWATCH_SEED, LABWATCH_SLOT",
     "For the commands that are executed: the run's id, its seed, and which of the JOBS it is, from 0."},
    {"LABWATCH_CONFIG, LABWATCH_RESULT", "For the commands that are executed: a JSON file with the configuration, and "
                                         "a file to which the result may be written."},
    {"LABWATCH_ARTIFACTS", "For the commands that are executed: a folder. What is in it when the command has ended is "
                           "kept with the run."},
    {"LABWATCH_CHECKPOINT", "For the commands that are executed: a folder for what the next attempt at the run needs to "
                            "go on, if this one is stopped or dies. Removed when the run has its outcome."},
    {"LABWATCH_ATTEMPT", "For the commands that are executed: a name of this attempt. If labwatch is killed, what "
                         "still has it in its environment is ended before the run is tried again."},
};

static void print_ending(FILE *out) {
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < sizeof exit_statuses / sizeof *exit_statuses; i++)
        fprintf(out, ".TP\n.B %s\n%s\n", exit_statuses[i].code, exit_statuses[i].meaning);
    fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        fprintf(out, ".TP\n.B %s\n", variables[i].name);
        print_roff(out, variables[i].meaning);
    }
}

void manual_print(FILE *out) {
    fprintf(out, ".TH LABWATCH 1 \"\" \"labwatch %s\" \"User Commands\"\n", lw_version());
    fputs(
        ".SH NAME\nlabwatch \\- find good hyperparameters for any program\n"
        ".SH SYNOPSIS\n.B labwatch\n.I VERB\n\\&... [\\-\\-store \\fIURL\\fR]\n"
        ".SH DESCRIPTION\n"
        "A person describes the parameters of a program in an experiment file; labwatch suggests a configuration, the "
        "program runs with it, its cost is fed back, and every run is kept in a store that all workers share.\n.PP\n"
        "EXPERIMENT is an experiment file, if such a file exists or the word contains /, .yaml or .yml; else the name "
        "of "
        "an experiment that the store has. RUN is the number of a run. Options may stand anywhere; a word after \\-\\- "
        "is none. "
        "Standard output has only what was asked for; everything else goes to standard error.\n"
        ".SH OPTIONS OF EVERY VERB\n",
        out);
    for (const cli_option *option = common_options; option->name; option++)
        print_option(out, option);
    fputs(".SH VERBS\n", out);
    for (const cli_verb *verb = verbs; verb->name; verb++)
        print_verb(out, verb);
    print_ending(out);
}
