/*
 * The labwatch command: finds the verb in the table, sorts its words, calls it, and sees to the end of standard output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/text.h>
#include <labwatch/version.h>

#include "arguments.h"
#include "completion.h"
#include "help.h"
#include "manual.h"
#include "say.h"
#include "signals.h"
#include "verbs.h"
#include "words.h"

enum { MOST_NAMES = 64 };

/* The names of the verbs, or with a group, the second words of those in it. */
static size_t verb_names(const char *group, const char **names) {
    size_t n = 0, length = group ? strlen(group) : 0;
    for (const cli_verb *verb = verbs; verb->name && n < MOST_NAMES; verb++) {
        if (!group)
            names[n++] = verb->name;
        else if (strncmp(verb->name, group, length) == 0 && verb->name[length] == ' ')
            names[n++] = verb->name + length + 1;
    }
    return n;
}

static int unknown_verb(char *const *words, size_t n) {
    const char *names[MOST_NAMES];
    bool group = verb_is_group(words[0]);
    if (group && (n == 1 || words[1][0] == '-')) {
        say("'%s' needs a verb of its own", words[0]);
        help_group(words[0], stderr);
        return EXIT_WRONG;
    }
    size_t n_names = verb_names(group ? words[0] : NULL, names);
    const char *space = group ? " " : "", *first = group ? words[0] : "", *wrong = group ? words[1] : words[0];
    int nearest = lw_nearest(wrong, names, n_names);
    if (nearest >= 0)
        return fail(EXIT_WRONG, "there is no verb '%s%s%s': did you mean '%s%s%s'?", first, space, wrong, first, space,
                    names[nearest]);
    return fail(EXIT_WRONG, "there is no verb '%s%s%s'; 'labwatch %s%s--help' names them all", first, space, wrong,
                first, space);
}

static int help_on(char *const *words, size_t n) {
    size_t used;
    if (n == 0)
        help_overview(stdout);
    else if (verb_find(words, n, &used))
        help_verb(verb_find(words, n, &used), stdout);
    else if (verb_is_group(words[0]))
        help_group(words[0], stdout);
    else
        return unknown_verb(words, n);
    return EXIT_DONE;
}

static int print_version(void) {
    printf("labwatch %s\n", lw_version());
    return EXIT_DONE;
}

static int print_completion(char *const *words, size_t n) {
    if (n == 1 && strcmp(words[0], "bash") == 0)
        completion_bash(stdout);
    else if (n == 1 && strcmp(words[0], "zsh") == 0)
        completion_zsh(stdout);
    else
        return fail(EXIT_WRONG, "--completion takes bash or zsh");
    return EXIT_DONE;
}

/* What is no verb: help, version, and what the build makes of the table. */
static bool call_other(char *const *words, size_t n, int *code) {
    const char *word = words[0];
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        *code = help_on(words + 1, n - 1);
    else if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0 || strcmp(word, "version") == 0)
        *code = print_version();
    else if (strcmp(word, "--man") == 0)
        manual_print(stdout);
    else if (strcmp(word, "--completion") == 0)
        *code = print_completion(words + 1, n - 1);
    else if (verb_is_group(word) && n > 1 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0))
        help_group(word, stdout);
    else
        return false;
    return true;
}

static int call_verb(const cli_verb *verb, char *const *words, size_t n) {
    cli_arguments given;
    int code = arguments_parse(&given, verb, words, n);
    if (code == EXIT_DONE && given.help)
        help_verb(verb, stdout);
    else if (code == EXIT_DONE)
        code = verb->call(&given);
    arguments_release(&given);
    return code;
}

/* Puts a --store before the verb behind it, where the verb's own options are: --store URL suggest … */
static void move_store(char **words, size_t n) {
    size_t length = n && strcmp(words[0], "--store") == 0 ? 2 : n && strncmp(words[0], "--store=", 8) == 0 ? 1 : 0;
    if (length == 0 || length >= n)
        return;
    char *store[2] = {words[0], words[1]};
    size_t name = 1;
    if (verb_is_group(words[length]) && length + 1 < n)
        name = 2;
    memmove(words, words + length, name * sizeof *words);
    memcpy(words + name, store, length * sizeof *words);
}

/* MongoDB's driver counts for itself in a file in /dev/shm, which a worker that is killed would leave behind. */
static void want_no_counters(void) {
    (void)setenv("MONGOC_DISABLE_SHM", "1", 0);
}

static int call(char **words, size_t n) {
    move_store(words, n);
    if (n == 0) {
        help_overview(stderr);
        return EXIT_WRONG;
    }
    int code = EXIT_DONE;
    size_t used;
    const cli_verb *verb = verb_find(words, n, &used);
    if (verb)
        code = call_verb(verb, words + used, n - used);
    else if (!call_other(words, n, &code))
        code = words[0][0] == '-'
                   ? fail(EXIT_WRONG, "there is no option '%s' before a verb; 'labwatch --help' tells more", words[0])
                   : unknown_verb(words, n);
    return finish_output(code);
}

int main(int argc, char **argv) {
    signals_survive_broken_pipes();
    want_no_counters();
    size_t n = argc > 0 ? (size_t)argc - 1 : 0;
    char **words = words_take(argv + (argc > 0), n);
    int code = call(words, n);
    words_free(words, n);
    return code;
}
