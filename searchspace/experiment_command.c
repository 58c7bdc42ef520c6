#include <string.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "experiment_internal.h"
#include "space_internal.h"
#include "yaml_names.h"
#include "yaml_scalar.h"

/* What the runner fills in by itself; a parameter of the same name goes first. */
static const char *const built_in[] = {"run", "seed", "config", "result", "slot", "experiment",
                                        "artifacts", "checkpoint"};
enum {
    N_BUILT_IN = sizeof built_in / sizeof *built_in,
    MOST_HINTS = 100 /* a hint costs time for each name, and nobody reads more */
};

/* ---- reading ---- */

static void split_line(lw_owned_experiment *owned, const lw_yaml_node *node, lw_problems *problems) {
    lw_error error;
    int rc = lw_words_split(&owned->command, node->text, node->length, &error);
    if (rc == LW_ENOMEM)
        problems->no_memory = true;
    else if (rc != LW_OK)
        lw_problem(problems, node->place, "command: %s", error.message);
}

static void take_words(lw_owned_experiment *owned, const lw_yaml_node *list, lw_problems *problems) {
    const char **words = lw_calloc(list->n_children + 1, sizeof *words);
    if (!words) {
        problems->no_memory = true;
        return;
    }
    size_t errors = problems->n_errors;
    for (size_t i = 0; i < list->n_children; i++) {
        words[i] = list->children[i]->text;
        if (list->children[i]->kind != LW_YAML_SCALAR)
            lw_problem(problems, list->children[i]->place, "each word of a command must be a single value; this is %s",
                       LW_DESCRIBE(list->children[i]));
    }
    lw_error error;
    int rc = problems->n_errors > errors ? LW_OK : lw_words_from_argv(&owned->command, words, list->n_children, &error);
    if (rc == LW_ENOMEM)
        problems->no_memory = true;
    else if (rc != LW_OK)
        lw_problem(problems, list->place, "command: %s", error.message);
    lw_free(words);
}

void lw_experiment_command_read(lw_owned_experiment *owned, const lw_yaml_node *node, lw_problems *problems) {
    if (node->kind == LW_YAML_SCALAR)
        split_line(owned, node, problems);
    else if (node->kind == LW_YAML_SEQUENCE)
        take_words(owned, node, problems);
    else
        lw_problem(problems, node->place, "'command' must be a line, or a list of words; this is %s",
                   LW_DESCRIBE(node));
    owned->shown.command = (const char *const *)owned->command.items;
    owned->shown.n_command = owned->command.count;
}

/* ---- patterns of files ---- */

static bool is_pattern(const lw_yaml_node *node) {
    return node->kind == LW_YAML_SCALAR && node->length > 0 && strlen(node->text) == node->length;
}

void lw_experiment_patterns_read(lw_words *out, const char *key, const lw_yaml_node *node, lw_problems *problems) {
    bool listed = node->kind == LW_YAML_SEQUENCE;
    size_t n = listed ? node->n_children : 1, errors = problems->n_errors;
    const char **patterns = lw_calloc(n + 1, sizeof *patterns);
    if (!patterns) {
        problems->no_memory = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const lw_yaml_node *pattern = listed ? node->children[i] : node;
        patterns[i] = pattern->text;
        if (!is_pattern(pattern))
            lw_problem(problems, pattern->place,
                       "'%s' must be a file or a pattern such as out/*.png, or a list of them; this is %s", key,
                       LW_DESCRIBE(pattern));
    }
    if (problems->n_errors == errors && n > 0 && lw_words_from_argv(out, patterns, n, NULL) != LW_OK)
        problems->no_memory = true;
    lw_free(patterns);
}

/* ---- placeholders ---- */

typedef struct command_check {
    const lw_owned_experiment *owned;
    const char *key;       /* of the file: "command" */
    const lw_words *words; /* its value */
    const lw_yaml_node *node;
    lw_problems *problems;
    lw_yaml_names used; /* the placeholders, each once */
    size_t n_unknown;
    bool whole_config; /* {config} has every parameter in it */
    bool told_script;
} command_check;

static bool is_name(const char *name, size_t length, const char *other) {
    return strlen(other) == length && memcmp(name, other, length) == 0;
}

static bool is_built_in(const char *name, size_t length) {
    for (size_t i = 0; i < N_BUILT_IN; i++)
        if (is_name(name, length, built_in[i]))
            return true;
    return false;
}

/* The place of a word: its own where the command is a list. */
static lw_place place_of_word(const lw_yaml_node *node, size_t word) {
    bool listed = node->kind == LW_YAML_SEQUENCE && word < node->n_children;
    return listed ? node->children[word]->place : node->place;
}

static void tell_unknown(command_check *check, const lw_space *space, const char *name, size_t word) {
    size_t count = 0;
    const char **known = lw_calloc(space->n_names + N_BUILT_IN, sizeof *known);
    if (!known) {
        check->problems->no_memory = true;
        return;
    }
    for (size_t i = 0; i < space->n_names; i++)
        known[count++] = space->names[i].name;
    for (size_t i = 0; i < N_BUILT_IN; i++)
        known[count++] = built_in[i];
    lw_shown hint = {{0}};
    if (check->n_unknown++ < MOST_HINTS)
        lw_did_you_mean(&hint, name, known, count);
    if (!*hint.bytes)
        strcpy(
            hint.bytes,
            "; a placeholder is a parameter, a constant, or {run}, {seed}, {config}, {result}, {slot}, {experiment}");
    lw_free(known);

    lw_shown in_space = {{0}};
    if (check->owned->shown.n_spaces > 1)
        snprintf(in_space.bytes, sizeof in_space.bytes, " in the space '%s'", LW_SHOW(lw_space_name(space)));
    lw_problem(check->problems, place_of_word(check->node, word), "%s: nothing is called '%s'%s%s", check->key,
               LW_SHOW(name), in_space.bytes, hint.bytes);
}

static bool is_shell(const char *word) {
    static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh"};
    const char *slash = strrchr(word, '/');
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(slash ? slash + 1 : word, shells[i]) == 0)
            return true;
    return false;
}

/* Whether a word is the script of `sh -c`, also of `env bash -euo pipefail -c`. */
static bool is_script(const lw_words *words, size_t word) {
    for (size_t shell = 0; shell < word; shell++) {
        bool takes_script = false;
        size_t i = shell + 1;
        if (!is_shell(words->items[shell]))
            continue;
        for (; i < word && words->items[i][0] == '-'; i++) {
            const char *option = words->items[i];
            takes_script |= option[1] != '-' && strchr(option, 'c');
            i += option[1] != '-' && option[strlen(option) - 1] == 'o'; /* its name follows */
        }
        if (i == word && takes_script)
            return true;
    }
    return false;
}

/* A value in a script is read by the shell as a part of it. */
static void warn_of_script(command_check *check, const char *name, size_t word) {
    if (check->told_script || !is_script(check->words, word))
        return;
    check->told_script = true;
    lw_problem_warning(check->problems, place_of_word(check->node, word),
                       "command: the shell would execute what is in the value of {%s}, as it stands in the script; write "
                       "sh -c 'echo \"$1\"' sh {%s} instead",
                       LW_SHOW(name), LW_SHOW(name));
}

static int check_placeholder(void *arg, const char *name, size_t length, size_t word, lw_error *error) {
    command_check *check = arg;
    if (lw_yaml_names_get(&check->used, name, length))
        return LW_OK;
    if (!lw_yaml_names_put(&check->used, name, length, check))
        return lw_error_no_memory(error);
    check->whole_config |= is_name(name, length, "config");
    char *copy = lw_strndup(name, length);
    if (!copy) {
        check->problems->no_memory = true;
        return LW_ENOMEM;
    }
    for (size_t i = 0; i < check->owned->shown.n_spaces; i++) {
        const lw_space *space = check->owned->spaces[i];
        if (space && !lw_space_node(space, copy) && !is_built_in(name, length))
            tell_unknown(check, space, copy, word);
        else if (space && is_built_in(name, length) && lw_space_node(space, copy))
            lw_problem_warning(check->problems, place_of_word(check->node, word),
                               "%s: {%s} is the parameter or constant of that name%s, not what labwatch would fill in",
                               check->key, LW_SHOW(copy), check->owned->shown.n_spaces > 1 ? " where a space has one" : "");
        if (space && lw_space_node(space, copy))
            warn_of_script(check, copy, word);
    }
    lw_free(copy);
    return LW_OK;
}

/* Whether a parameter, or a mapping or list that it lies in, has been filled in somewhere. */
static bool is_used(const lw_yaml_names *used, const char *parameter) {
    size_t length = strlen(parameter);
    for (size_t end = 1; end <= length; end++)
        if ((parameter[end] == '.' || end == length) && lw_yaml_names_get(used, parameter, end))
            return true;
    return false;
}

static void warn_unused(command_check *check, const lw_space *space) {
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        const char *name = lw_space_parameter(space, i)->name;
        if (is_used(&check->used, name))
            continue;
        if (!lw_words_can_name(name))
            lw_problem_warning(check->problems, check->node->place,
                               "command: the parameter '%s' is searched but cannot be filled in, as a {name} has only "
                               "letters, digits, _, - and . in it; rename it, or give the command {config}",
                               LW_SHOW(name));
        else
            lw_problem_warning(
                check->problems, check->node->place,
                "command: the parameter '%s' is searched but not used; write {%s} where its value belongs",
                LW_SHOW(name), LW_SHOW(name));
    }
}

static int check_placeholders(command_check *check) {
    lw_error error;
    int rc = lw_words_each_placeholder(check->words, check_placeholder, check, &error);
    if (rc == LW_ENOMEM)
        check->problems->no_memory = true;
    else if (rc != LW_OK)
        lw_problem(check->problems, check->node->place, "%s: %s", check->key, error.message);
    return rc;
}

void lw_experiment_command_check(const lw_owned_experiment *owned, const lw_yaml_node *node, lw_problems *problems) {
    command_check check = {
        .owned = owned, .key = "command", .words = &owned->command, .node = node, .problems = problems};
    if (owned->command.count == 0)
        return;
    size_t errors = problems->n_errors;
    int rc = check_placeholders(&check);
    bool misspelt = problems->n_errors > errors; /* then it is no wonder that something is not used */
    bool expected = rc == LW_OK && !misspelt && check.used.used > 0 && !check.whole_config;
    for (size_t i = 0; expected && i < owned->shown.n_spaces; i++)
        if (owned->spaces[i])
            warn_unused(&check, owned->spaces[i]);
    lw_yaml_names_release(&check.used);
}

void lw_experiment_artifacts_check(const lw_owned_experiment *owned, const lw_yaml_node *node, lw_problems *problems) {
    command_check check = {.owned = owned,
                           .key = "artifacts",
                           .words = &owned->artifacts,
                           .node = node,
                           .problems = problems,
                           .told_script = true};
    (void)check_placeholders(&check);
    lw_yaml_names_release(&check.used);
}
