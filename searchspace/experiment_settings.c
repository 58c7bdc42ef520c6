/*
 * The keys of an experiment file but those of its spaces: a table of readers.
 */
#include <math.h>
#include <regex.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/text.h>

#include "experiment_internal.h"
#include "units.h"
#include "yaml_json.h"
#include "yaml_scalar.h"

enum { LONGEST_NAME = 200, MOST_RETRIES = 1000, MOST_REPEATS = 1000000 };

typedef struct settings_reader {
    lw_owned_experiment *owned;
    lw_problems *problems;
    const char *key; /* that is being read */
} settings_reader;

static void copy_text(settings_reader *reader, const char **out, const lw_yaml_node *node) {
    *out = lw_arena_text(&reader->owned->arena, node->text, node->length);
    if (!*out)
        reader->problems->no_memory = true;
}

/* ---- numbers ---- */

/* A whole number in [least, most]; 1e3 is one too. */
static bool read_whole(settings_reader *reader, const lw_yaml_node *node, int64_t least, int64_t most, int64_t *out) {
    lw_value value = {.kind = LW_VALUE_NULL};
    if (node->kind == LW_YAML_SCALAR && !lw_yaml_scalar_value(node, &value, reader->problems))
        return false;
    bool whole_float = value.kind == LW_VALUE_FLOAT && fabs(value.number) < 9e15 && trunc(value.number) == value.number;
    int64_t number = value.kind == LW_VALUE_INTEGER ? value.integer : whole_float ? (int64_t)value.number : least - 1;
    if (number >= least && number <= most) {
        *out = number;
        return true;
    }
    if (most == INT64_MAX)
        lw_problem(reader->problems, node->place, "'%s' must be a whole number, at least %lld; this is %s", reader->key,
                   (long long)least, LW_DESCRIBE(node));
    else
        lw_problem(reader->problems, node->place, "'%s' must be a whole number from %lld to %lld; this is %s",
                   reader->key, (long long)least, (long long)most, LW_DESCRIBE(node));
    return false;
}

static void read_runs(settings_reader *reader, const lw_yaml_node *node) {
    read_whole(reader, node, 1, INT64_MAX, &reader->owned->shown.runs);
}

static void read_retries(settings_reader *reader, const lw_yaml_node *node) {
    int64_t retries;
    if (read_whole(reader, node, 0, MOST_RETRIES, &retries))
        reader->owned->shown.retries = (int)retries;
}

static void read_repeats(settings_reader *reader, const lw_yaml_node *node) {
    int64_t repeats;
    if (read_whole(reader, node, 1, MOST_REPEATS, &repeats))
        reader->owned->shown.repeats = (int)repeats;
}

static void read_seed(settings_reader *reader, const lw_yaml_node *node) {
    int64_t seed;
    if (!read_whole(reader, node, 0, INT64_MAX, &seed))
        return;
    reader->owned->shown.seed = (uint64_t)seed;
    reader->owned->shown.has_seed = true;
}

static void read_target(settings_reader *reader, const lw_yaml_node *node) {
    lw_value value = {.kind = LW_VALUE_NULL};
    if (node->kind == LW_YAML_SCALAR && !lw_yaml_scalar_value(node, &value, reader->problems))
        return;
    double target = value.kind == LW_VALUE_FLOAT     ? value.number
                    : value.kind == LW_VALUE_INTEGER ? (double)value.integer
                                                     : (double)NAN;
    if (isfinite(target))
        reader->owned->shown.target = target;
    else
        lw_problem(reader->problems, node->place,
                   "'target' must be a finite number, the result at which to stop; this is %s", LW_DESCRIBE(node));
}

/* ---- durations and sizes ---- */

static void read_duration(settings_reader *reader, const lw_yaml_node *node, double *out) {
    double seconds;
    if (node->kind == LW_YAML_SCALAR && lw_duration_from_text(node->text, node->length, &seconds) && seconds > 0)
        *out = seconds;
    else
        lw_problem(
            reader->problems, node->place,
            "'%s' must be a time above 0, such as 90s, 10m, 1h30m or 2d (a number alone counts seconds); this is %s",
            reader->key, LW_DESCRIBE(node));
}

static void read_timeout(settings_reader *reader, const lw_yaml_node *node) {
    read_duration(reader, node, &reader->owned->shown.timeout_s);
}

static void read_lease(settings_reader *reader, const lw_yaml_node *node) {
    read_duration(reader, node, &reader->owned->shown.lease_s);
}

static void read_max_time(settings_reader *reader, const lw_yaml_node *node) {
    read_duration(reader, node, &reader->owned->shown.max_time_s);
}

static void read_memory(settings_reader *reader, const lw_yaml_node *node) {
    uint64_t bytes;
    if (node->kind == LW_YAML_SCALAR && lw_size_from_text(node->text, node->length, &bytes) && bytes > 0)
        reader->owned->shown.memory_bytes = bytes;
    else
        lw_problem(reader->problems, node->place,
                   "'memory' must be a size above 0, such as 512M or 4G (a number alone counts bytes); this is %s",
                   LW_DESCRIBE(node));
}

/* ---- names ---- */

static bool has_ending(const char *text, const char *ending) {
    size_t length = strlen(text), n = strlen(ending);
    return length >= n && strcmp(text + length - n, ending) == 0;
}

static bool has_control(const lw_yaml_node *node) {
    for (size_t i = 0; i < node->length; i++)
        if ((unsigned char)node->text[i] < 0x20 || node->text[i] == 0x7F)
            return true;
    return false;
}

static void read_name(settings_reader *reader, const lw_yaml_node *node) {
    if (node->kind != LW_YAML_SCALAR || node->length == 0)
        lw_problem(reader->problems, node->place, "'experiment' must be a name, such as heart-svm; this is %s",
                   LW_DESCRIBE(node));
    else if (node->length > LONGEST_NAME || has_control(node))
        lw_problem(reader->problems, node->place, "the experiment's name must be one line of at most %d bytes",
                   LONGEST_NAME);
    else if (strspn(node->text, "0123456789") == node->length)
        lw_problem(reader->problems, node->place,
                   "'%s' cannot be an experiment's name, since commands would take it for the number of a run; add a letter",
                   LW_SHOW(node->text));
    else if (strchr(node->text, '/') || has_ending(node->text, ".yaml") || has_ending(node->text, ".yml"))
        lw_problem(reader->problems, node->place,
                   "'%s' cannot be an experiment's name, since commands would take it for a file; leave out '/', "
                   "'.yaml' and '.yml'",
                   LW_SHOW(node->text));
    else
        copy_text(reader, &reader->owned->shown.name, node);
}

/* ---- cost ---- */

static void read_goal(settings_reader *reader, const lw_yaml_node *node) {
    static const char *const goals[] = {"minimize", "maximize", "minimise", "maximise"};
    for (size_t i = 0; node->kind == LW_YAML_SCALAR && i < 4; i++)
        if (strcmp(node->text, goals[i]) == 0) {
            reader->owned->shown.goal = i % 2 ? LW_MAXIMIZE : LW_MINIMIZE;
            return;
        }
    const char *hint = node->kind == LW_YAML_SCALAR ? LW_DID_YOU_MEAN(node->text, goals, 2) : "";
    lw_problem(reader->problems, node->place, "'goal' must be minimize or maximize; this is %s%s", LW_DESCRIBE(node),
               hint);
}

/* What is written in letters alone cannot match a number, whatever is printed. */
static void warn_of_regex(settings_reader *reader, const lw_yaml_node *node, bool grouped) {
    bool has_number = strpbrk(node->text, "0123456789.[\\") != NULL;
    if (!has_number)
        lw_problem_warning(reader->problems, node->place,
                           "'regex' can match no number; what is to be the result stands in a group, as in '%s ([0-9.]+)'",
                           grouped ? "Accuracy =" : LW_SHOW(node->text));
    else if (!grouped)
        lw_problem_warning(reader->problems, node->place,
                           "'regex' has no group, so the last number in what it matches is the result; put ( ) around "
                           "what is meant");
}

static void read_regex(settings_reader *reader, const lw_yaml_node *node) {
    lw_value value = {.kind = LW_VALUE_TEXT};
    bool is_text = node->kind == LW_YAML_SCALAR && node->length > 0 &&
                   (!node->plain || !lw_yaml_plain_value(node->text, node->length, &value) || value.kind == LW_VALUE_TEXT);
    if (!is_text) {
        lw_problem(reader->problems, node->place,
                   "'regex' must be a regular expression, such as 'Accuracy = ([0-9.]+)'; this is %s",
                   LW_DESCRIBE(node));
        return;
    }
    regex_t compiled;
    int failure = regcomp(&compiled, node->text, REG_EXTENDED | REG_NEWLINE);
    if (failure == 0) {
        bool grouped = compiled.re_nsub > 0;
        regfree(&compiled);
        warn_of_regex(reader, node, grouped);
        copy_text(reader, &reader->owned->shown.cost_regex, node);
        return;
    }
    char why[128];
    regerror(failure, &compiled, why, sizeof why);
    lw_problem(reader->problems, node->place, "'regex' is not a valid (POSIX extended) regular expression: %s", why);
}

static void read_objective(settings_reader *reader, const lw_yaml_node *node) {
    reader->owned->shown.has_objective = true;
    if (node->kind == LW_YAML_SCALAR && node->length > 0 && !has_control(node))
        copy_text(reader, &reader->owned->shown.objective, node);
    else
        lw_problem(reader->problems, node->place,
                   "'name' must be the name of the cost in results, such as loss; this is %s", LW_DESCRIBE(node));
}

typedef struct setting {
    const char *key;
    void (*read)(settings_reader *reader, const lw_yaml_node *node);
} setting;

static const setting *find_setting(const setting *settings, size_t count, const char *key) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

static void read_cost(settings_reader *reader, const lw_yaml_node *node) {
    static const setting keys[] = {{"regex", read_regex}, {"goal", read_goal}, {"name", read_objective}};
    static const char *const names[] = {"regex", "goal", "name"};
    if (node->kind == LW_YAML_SCALAR) {
        read_goal(reader, node);
        return;
    }
    if (node->kind != LW_YAML_MAPPING) {
        lw_problem(reader->problems, node->place,
                   "'cost' must be minimize, maximize, or a mapping of regex, goal and name; this is %s",
                   LW_DESCRIBE(node));
        return;
    }
    for (size_t i = 0; i < lw_yaml_n_pairs(node); i++) {
        const lw_yaml_node *key = lw_yaml_key(node, i);
        const setting *found = key->unusable ? NULL : find_setting(keys, 3, key->text);
        if (found)
            found->read(reader, lw_yaml_value(node, i));
        else if (!key->unusable)
            lw_problem(reader->problems, key->place, "'cost' has no key '%s'; it has regex, goal and name%s",
                       LW_SHOW(key->text), LW_DID_YOU_MEAN(key->text, names, 3));
    }
}

/* ---- optimizer ---- */

static void read_optimizer_name(settings_reader *reader, const lw_yaml_node *node) {
    reader->owned->shown.optimizer_line = node->place.line;
    reader->owned->shown.optimizer_column = node->place.column;
    if (node->kind != LW_YAML_SCALAR || node->length == 0)
        lw_problem(reader->problems, node->place, "an optimizer is named by a word, such as auto or sobol; this is %s",
                   LW_DESCRIBE(node));
    else if (strcmp(node->text, "auto") != 0)
        copy_text(reader, &reader->owned->shown.optimizer, node);
}

/* Everything but `name`, as a document. */
static void read_optimizer_options(settings_reader *reader, const lw_yaml_node *mapping) {
    lw_yaml_node options = *mapping;
    size_t n = 0;
    lw_yaml_node **children = lw_arena_get(&reader->owned->arena, mapping->n_children, sizeof *children);
    const char *json;
    size_t length;
    if (!children) {
        reader->problems->no_memory = true;
        return;
    }
    for (size_t i = 0; i < mapping->n_children; i += 2) {
        const lw_yaml_node *key = mapping->children[i];
        if (key->kind == LW_YAML_SCALAR && strcmp(key->text, "name") == 0)
            continue;
        children[n++] = mapping->children[i];
        children[n++] = mapping->children[i + 1];
    }
    options.children = children;
    options.n_children = n;
    if (!lw_yaml_to_json(&options, &reader->owned->arena, &json, &length, reader->problems))
        return;
    bson_t document;
    lw_error error;
    int rc = lw_document_from_json(&document, json, length, &error);
    if (rc == LW_OK) {
        bson_destroy(reader->owned->options);
        reader->owned->options = bson_copy(&document);
        bson_destroy(&document);
    } else if (rc == LW_ENOMEM) {
        reader->problems->no_memory = true;
    } else {
        lw_problem(reader->problems, mapping->place, "the optimizer's options cannot be used: %s", error.message);
    }
}

static void read_optimizer(settings_reader *reader, const lw_yaml_node *node) {
    if (node->kind != LW_YAML_MAPPING) {
        read_optimizer_name(reader, node);
        return;
    }
    const lw_yaml_node *name = lw_yaml_get(node, "name");
    if (name)
        read_optimizer_name(reader, name);
    else
        lw_problem(reader->problems, node->place, "'optimizer' has options but no name; write {name: sobol, …}");
    read_optimizer_options(reader, node);
}

/* ---- the rest ---- */

static void read_command(settings_reader *reader, const lw_yaml_node *node) {
    lw_experiment_command_read(reader->owned, node, reader->problems);
}

static void refuse_objectives(settings_reader *reader, const lw_yaml_node *node) {
    lw_problem(reader->problems, node->place,
               "'objectives' is reserved for several objectives, which are not there yet; describe one with 'cost'");
}

static void read_checkpoints(settings_reader *reader, const lw_yaml_node *node) {
    if (node->kind == LW_YAML_SCALAR && node->length > 0 && !has_control(node))
        copy_text(reader, &reader->owned->shown.checkpoints, node);
    else
        lw_problem(reader->problems, node->place, "'checkpoints' must be the path of a folder; this is %s",
                   LW_DESCRIBE(node));
}

static void read_artifacts(settings_reader *reader, const lw_yaml_node *node) {
    lw_owned_experiment *owned = reader->owned;
    lw_experiment_patterns_read(&owned->artifacts, reader->key, node, reader->problems);
    owned->shown.artifacts = (const char *const *)owned->artifacts.items;
}

static void read_sources(settings_reader *reader, const lw_yaml_node *node) {
    lw_owned_experiment *owned = reader->owned;
    lw_experiment_patterns_read(&owned->sources, reader->key, node, reader->problems);
    owned->shown.sources = (const char *const *)owned->sources.items;
}

/* Read by who makes the spaces. */
static void leave(settings_reader *reader, const lw_yaml_node *node) {
    (void)reader, (void)node;
}

static const setting settings[] = {
    {"experiment", read_name},   {"command", read_command},
    {"cost", read_cost},         {"optimizer", read_optimizer},
    {"runs", read_runs},         {"timeout", read_timeout},
    {"max_time", read_max_time}, {"retries", read_retries},
    {"lease", read_lease},       {"memory", read_memory},
    {"target", read_target},     {"seed", read_seed},
    {"checkpoints", read_checkpoints}, {"artifacts", read_artifacts}, {"sources", read_sources},
    {"repeats", read_repeats},   {"space", leave},
    {"spaces", leave},           {"config", leave},
    {"constraints", leave},      {"objectives", refuse_objectives},
};
enum { N_SETTINGS = sizeof settings / sizeof *settings };

static void tell_unknown_key(settings_reader *reader, const lw_yaml_node *key) {
    const char *names[N_SETTINGS];
    for (size_t i = 0; i < N_SETTINGS; i++)
        names[i] = settings[i].key;
    const char *hint = LW_DID_YOU_MEAN(key->text, names, N_SETTINGS);
    lw_problem(reader->problems, key->place, "unknown key '%s'%s", LW_SHOW(key->text),
               *hint ? hint
                     : "; the keys are experiment, command, cost, optimizer, runs, timeout, max_time, retries, lease, "
                       "memory, target, seed, "
                       "checkpoints, artifacts, sources, repeats, space, spaces, config and constraints");
}

void lw_experiment_settings_read(lw_owned_experiment *owned, const lw_yaml_node *root, lw_problems *problems) {
    settings_reader reader = {.owned = owned, .problems = problems};
    for (size_t i = 0; i < lw_yaml_n_pairs(root); i++) {
        const lw_yaml_node *key = lw_yaml_key(root, i), *value = lw_yaml_value(root, i);
        if (key->unusable)
            continue;
        const setting *found = find_setting(settings, N_SETTINGS, key->text);
        reader.key = key->text;
        if (!found)
            tell_unknown_key(&reader, key);
        else if (found->read == leave || !lw_yaml_tell_strange_tag(value, problems))
            found->read(&reader, value);
    }
}
