#include "completion.h"

#include <string.h>

#include "verbs.h"

/* "a|b" as "a b". */
static void print_choices(FILE *out, const char *choices) {
    for (; *choices; choices++)
        fputc(*choices == '|' ? ' ' : *choices, out);
}

/* Text in a single-quoted word of the shell, where also brackets and colons would mean something to zsh's _arguments.
 */
static void print_description(FILE *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

/* The first words of all verbs, each once. */
static void print_first_words(FILE *out) {
    const char *last = "";
    size_t last_length = 0;
    for (const cli_verb *verb = verbs; verb->name; verb++) {
        size_t length = strcspn(verb->name, " ");
        if (length != last_length || strncmp(last, verb->name, length) != 0)
            fprintf(out, "%s%.*s", last_length ? " " : "", (int)length, verb->name);
        last = verb->name;
        last_length = length;
    }
    fputs(" help", out);
}

static void print_second_words(FILE *out, const char *group) {
    size_t length = strlen(group);
    for (const cli_verb *verb = verbs; verb->name; verb++)
        if (strncmp(verb->name, group, length) == 0 && verb->name[length] == ' ')
            fprintf(out, " %s", verb->name + length + 1);
}

static void print_option_names(FILE *out, const cli_option *options) {
    for (const cli_option *option = options; option->name; option++)
        fprintf(out, " --%s", option->name);
}

/* ---- bash ---- */

static void bash_choices(FILE *out) {
    fputs("    case \"$verb $previous\" in\n", out);
    for (const cli_verb *verb = verbs; verb->name; verb++)
        for (const cli_option *option = verb->options; option->name; option++)
            if (option->choices) {
                fprintf(out, "    '%s --%s') choices='", verb->name, option->name);
                print_choices(out, option->choices);
                fputs("' ;;\n", out);
            }
    fputs("    esac\n", out);
}

static void bash_options(FILE *out) {
    fputs("    case \"$verb\" in\n", out);
    for (const cli_verb *verb = verbs; verb->name; verb++) {
        fprintf(out, "    '%s') options='", verb->name);
        print_option_names(out, verb->options);
        print_option_names(out, common_options);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n", out);
}

static void bash_experiments(FILE *out) {
    fputs("    case \"$verb\" in\n    ", out);
    const char *separator = "";
    for (const cli_verb *verb = verbs; verb->name; verb++)
        if (verb->kind == OPERAND_EXPERIMENT || verb->kind == OPERAND_RUN) {
            fprintf(out, "%s'%s'", separator, verb->name);
            separator = " | ";
        }
    fputs(")\n        words=$(labwatch ls --format csv 2>/dev/null | sed -n '2,$s/,.*//p') ;;\n    esac\n", out);
}

void completion_bash(FILE *out) {
    fputs("# bash completion of labwatch; made by `labwatch --completion bash`.\n"
          "_labwatch() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local verb=${COMP_WORDS[1]} options= choices= words=\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    print_first_words(out);
    fputs(" --help --version' -- \"$word\"))\n        return\n    fi\n"
          "    if [ \"$verb\" = space ]; then\n"
          "        if [ \"$COMP_CWORD\" -eq 2 ]; then\n            COMPREPLY=($(compgen -W '",
          out);
    print_second_words(out, "space");
    fputs("' -- \"$word\"))\n            return\n        fi\n        verb=\"space ${COMP_WORDS[2]}\"\n    fi\n", out);
    bash_choices(out);
    fputs("    if [ -n \"$choices\" ]; then\n        COMPREPLY=($(compgen -W \"$choices\" -- \"$word\"))\n        "
          "return\n    fi\n",
          out);
    bash_options(out);
    fputs("    if [[ $word == -* ]]; then\n        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n        "
          "return\n    fi\n",
          out);
    bash_experiments(out);
    fputs("    COMPREPLY=($(compgen -W \"$words\" -- \"$word\") $(compgen -f -- \"$word\"))\n"
          "}\n"
          "complete -o filenames -F _labwatch labwatch\n",
          out);
}

/* ---- zsh ---- */

static void zsh_option(FILE *out, const cli_option *option) {
    fprintf(out, "            '--%s%s[", option->name, option->value ? "=" : "");
    print_description(out, option->help);
    fputc(']', out);
    if (option->value)
        fprintf(out, ":%s:", option->value);
    if (option->choices) {
        fputc('(', out);
        print_choices(out, option->choices);
        fputc(')', out);
    }
    fputs("' \\\n", out);
}

static void zsh_verb(FILE *out, const cli_verb *verb) {
    fprintf(out, "    '%s')\n        _arguments \\\n", verb->name);
    for (const cli_option *option = verb->options; option->name; option++)
        zsh_option(out, option);
    for (const cli_option *option = common_options; option->name; option++)
        zsh_option(out, option);
    bool named = verb->kind == OPERAND_EXPERIMENT;
    fprintf(out, "            '*:%s:%s' ;;\n", named ? "experiment" : "operand",
            named ? "_labwatch_experiments" : "_files");
}

static void zsh_summaries(FILE *out) {
    for (const cli_verb *verb = verbs; verb->name; verb++) {
        if (strchr(verb->name, ' '))
            continue;
        fprintf(out, "        '%s:", verb->name);
        print_description(out, verb->summary);
        fputs("'\n", out);
    }
    fputs("        'space:work with a space, without a store'\n        'help:help on a verb'\n", out);
}

void completion_zsh(FILE *out) {
    fputs("#compdef labwatch\n# zsh completion of labwatch; made by `labwatch --completion zsh`.\n"
          "_labwatch_experiments() {\n"
          "    local -a names\n"
          "    names=(${(f)\"$(labwatch ls --format csv 2>/dev/null | sed -n '2,$s/,.*//p')\"})\n"
          "    compadd -a names\n    _files\n}\n"
          "_labwatch() {\n    local -a summaries\n    summaries=(\n",
          out);
    zsh_summaries(out);
    fputs("    )\n    if (( CURRENT == 2 )); then\n        _describe verb summaries\n        return\n    fi\n"
          "    local verb=${words[2]}\n    local behind=1\n"
          "    if [[ $verb == space ]]; then\n        if (( CURRENT == 3 )); then\n            compadd",
          out);
    print_second_words(out, "space");
    fputs("\n            return\n        fi\n        verb=\"space ${words[3]}\"\n        behind=2\n    fi\n"
          "    words=(\"${words[@]:$behind}\")\n    (( CURRENT -= behind ))\n"
          "    case $verb in\n",
          out);
    for (const cli_verb *verb = verbs; verb->name; verb++)
        zsh_verb(out, verb);
    fputs("    esac\n}\n_labwatch \"$@\"\n", out);
}
