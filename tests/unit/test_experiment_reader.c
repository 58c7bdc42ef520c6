#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <labwatch/document.h>
#include <labwatch/experiment.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

static lw_experiment *experiment;
static lw_diagnostics problems;
static lw_error error;

static int parse(const char *text) {
    lw_experiment_free(experiment);
    experiment = NULL;
    error = (lw_error){0};
    return lw_experiment_parse(&experiment, text, strlen(text), "f", &problems, &error);
}

static void parse_good(const char *text) {
    if (parse(text) != LW_OK)
        fail_msg("%s", error.message);
}

/* Reads a file with this space. */
static const lw_space *space_of(const char *space) {
    char text[4096];
    snprintf(text, sizeof text, "experiment: e\nspace:\n%s\n", space);
    parse_good(text);
    return experiment->spaces[0];
}

/* All problems of a file, a line each. */
static void assert_problems(const char *text, const char *expected) {
    assert_int_equal(parse(text), LW_EPARSE);
    assert_null(experiment);
    lw_text all = {0};
    for (size_t i = 0; i < problems.n; i++) {
        lw_text_add(&all, problems.items[i].message);
        lw_text_add(&all, "\n");
    }
    char *told = lw_text_take(&all);
    assert_string_equal(told, expected);
    assert_ptr_equal(strstr(error.message, problems.items[0].message), error.message);
    lw_free(told);
}

/* The one problem of a file with this space (line 3 is its first) has this in it. */
static void assert_space_problem(const char *space, const char *message) {
    char text[4096];
    snprintf(text, sizeof text, "experiment: e\nspace:\n%s\n", space);
    assert_int_equal(parse(text), LW_EPARSE);
    if (!strstr(error.message, message))
        fail_msg("'%s' is not in '%s'", message, error.message);
}

static void assert_setting_problem(const char *setting, const char *message) {
    char text[4096];
    snprintf(text, sizeof text, "%s\n%sspace: {x: !UniformFloat [0, 1]}\n", setting,
             strncmp(setting, "experiment:", 11) == 0 ? "" : "experiment: e\n");
    assert_int_equal(parse(text), LW_EPARSE);
    assert_int_equal(problems.n, 1);
    if (!strstr(error.message, message))
        fail_msg("'%s' is not in '%s'", message, error.message);
}

static int teardown(void **state) {
    (void)state;
    lw_experiment_free(experiment);
    experiment = NULL;
    lw_diagnostics_release(&problems);
    return 0;
}

/* ---- settings ---- */

static void test_defaults(void **state) {
    (void)state;
    parse_good("experiment: e\nspace: {x: !UniformFloat [0, 1]}\n");
    assert_string_equal(experiment->name, "e");
    assert_string_equal(experiment->source, "f");
    assert_null(experiment->command);
    assert_null(experiment->cost_regex);
    assert_null(experiment->optimizer);
    assert_true(bson_empty(experiment->optimizer_options));
    assert_string_equal(experiment->objective, "result");
    assert_int_equal(experiment->goal, LW_MINIMIZE);
    assert_int_equal(experiment->runs, 0);
    assert_int_equal(experiment->repeats, 1);
    assert_true(experiment->lease_s == 120);
    assert_true(isnan(experiment->target));
    assert_false(experiment->has_seed);
    assert_int_equal(experiment->n_spaces, 1);
    assert_string_equal(lw_space_name(experiment->spaces[0]), "default");
    assert_int_equal(problems.n, 0);
}

static void test_settings(void **state) {
    (void)state;
    parse_good("experiment: heart\n"
               "command: 'run \"a b\" {x} --id={run}'\n"
               "cost: {regex: 'Acc = ([0-9.]+)', goal: maximize, name: accuracy}\n"
               "optimizer: {name: sobol, scramble: false, deep: {a: [1, 2.5, null]}}\n"
               "runs: 60\ntimeout: 10m\nmax_time: 1h30m\nretries: 2\nlease: 30\nmemory: 4G\ntarget: 0.95\nseed: "
               "7\nrepeats: 3\n"
               "space: {x: !UniformFloat [0, 1]}\n");
    assert_int_equal(experiment->n_command, 4);
    assert_string_equal(experiment->command[1], "a b");
    assert_string_equal(experiment->command[3], "--id={run}");
    assert_null(experiment->command[4]);
    assert_string_equal(experiment->cost_regex, "Acc = ([0-9.]+)");
    assert_int_equal(experiment->goal, LW_MAXIMIZE);
    assert_true(lw_experiment_cost(experiment, 0.5) == -0.5);
    assert_string_equal(experiment->objective, "accuracy");
    assert_string_equal(experiment->optimizer, "sobol");
    char *options = lw_document_to_json(experiment->optimizer_options, false);
    assert_non_null(strstr(options, "2.5"));
    assert_null(strstr(options, "sobol"));
    lw_free(options);
    assert_int_equal(experiment->runs, 60);
    assert_true(experiment->timeout_s == 600);
    assert_true(experiment->max_time_s == 5400);
    assert_int_equal(experiment->retries, 2);
    assert_true(experiment->lease_s == 30);
    assert_int_equal(experiment->memory_bytes, UINT64_C(4) << 30);
    assert_true(experiment->target == 0.95);
    assert_true(experiment->has_seed);
    assert_int_equal(experiment->seed, 7);
    assert_int_equal(experiment->repeats, 3);
}

static void test_short_settings(void **state) {
    (void)state;
    parse_good("experiment: 5.5\ncost: maximise\noptimizer: auto\nruns: 1e3\ncommand: [echo, 1, '{x}']\nspace: {x: "
               "!UniformFloat [0, 1]}\n");
    assert_string_equal(experiment->name, "5.5");
    assert_int_equal(experiment->goal, LW_MAXIMIZE);
    assert_null(experiment->optimizer);
    assert_int_equal(experiment->runs, 1000);
    assert_string_equal(experiment->command[1], "1");
    assert_int_equal(problems.n, 0);
}

static void test_wrong_settings(void **state) {
    (void)state;
    assert_setting_problem("rums: 5", "f:1:1: unknown key 'rums'; did you mean 'runs'?");
    assert_setting_problem("zzzzzzzzz: 5", "f:1:1: unknown key 'zzzzzzzzz'; the keys are experiment, command");
    assert_setting_problem("runs: 0", "f:1:7: 'runs' must be a whole number, at least 1; this is 0");
    assert_setting_problem("runs: 1.5", "this is 1.5");
    assert_setting_problem("runs: many", "this is the text 'many'");
    assert_setting_problem("runs: [1]", "this is a list");
    assert_setting_problem("runs:", "this is nothing");
    assert_setting_problem("runs: 99999999999999999999", "does not fit 64 bits");
    assert_setting_problem("timeout: 10x", "'timeout' must be a time above 0, such as 90s");
    assert_setting_problem("timeout: -3", "'timeout' must be a time above 0");
    assert_setting_problem("lease: 0s", "'lease' must be a time above 0");
    assert_setting_problem("max_time: {a: b}", "this is a mapping");
    assert_setting_problem("memory: 4 apples", "'memory' must be a size above 0, such as 512M or 4G");
    assert_setting_problem("retries: -1", "'retries' must be a whole number from 0 to 1000; this is -1");
    assert_setting_problem("repeats: 0", "'repeats' must be a whole number from 1");
    assert_setting_problem("seed: -1", "'seed' must be a whole number, at least 0");
    assert_setting_problem("target: .nan", "'target' must be a finite number");
    assert_setting_problem("target: high", "'target' must be a finite number");
    assert_setting_problem("cost: maximum",
                           "'goal' must be minimize or maximize; this is the text 'maximum'; did you mean 'maximize'?");
    assert_setting_problem("cost: {gaol: maximize}",
                           "'cost' has no key 'gaol'; it has regex, goal and name; did you mean 'goal'?");
    assert_setting_problem("cost: {regex: '('}",
                           "f:1:15: 'regex' is not a valid (POSIX extended) regular expression: ");
    assert_setting_problem("cost: {regex: }", "'regex' must be a regular expression");
    assert_setting_problem("cost: {name: [a]}", "'name' must be the name of the cost");
    assert_setting_problem("cost: [a]", "'cost' must be minimize, maximize, or a mapping");
    assert_setting_problem("optimizer: {scramble: true}", "'optimizer' has options but no name");
    assert_setting_problem("optimizer: [sobol]", "an optimizer is named by a word");
    assert_setting_problem("optimizer: {name: sobol, a: .inf}", ".inf cannot be a value; numbers must be finite");
    assert_setting_problem("objectives: [a, b]", "'objectives' is reserved");
    assert_setting_problem("runs: !Foo 3", "the tag '!Foo' cannot stand here");
    assert_setting_problem("experiment: a/b",
                           "cannot be an experiment's name, since commands would take it for a file");
    assert_setting_problem("experiment: a.yaml", "cannot be an experiment's name");
    assert_setting_problem("experiment: [a]", "'experiment' must be a name");
    assert_setting_problem("experiment: \"a\\nb\"", "the experiment's name must be one line");
    assert_setting_problem("experiment:", "'experiment' must be a name");
}

static void test_command(void **state) {
    (void)state;
    assert_setting_problem("command: 'a \"b'", "f:1:10: command: ");
    assert_setting_problem("command: a | b", "command: ");
    assert_setting_problem("command: ''", "command: ");
    assert_setting_problem("command: {a: b}", "'command' must be a line, or a list of words; this is a mapping");
    assert_setting_problem("command: [a, [b]]",
                           "f:1:14: each word of a command must be a single value; this is a list");
    assert_setting_problem("command: echo {y}", "command: nothing is called 'y'");
    assert_setting_problem("command: echo {x} {sed}", "command: nothing is called 'sed'; did you mean 'seed'?");
    assert_setting_problem("command: [echo, '{x}', '{run']", "command: ");
}

static void test_placeholders(void **state) {
    (void)state;
    parse_good("experiment: e\ncommand: p {net} {c} {run} {seed} {result} {slot} {experiment}\nspace:\n  net: {a: "
               "!UniformInt [1, 3], b: 2}\n  c: 5\n");
    assert_int_equal(problems.n, 0);
    parse_good("experiment: e\ncommand: p {a}\nspace: {a: !UniformInt [1, 3], b: !UniformInt [1, 3]}\n");
    assert_int_equal(problems.n, 1);
    assert_true(problems.items[0].warning);
    assert_string_equal(
        problems.items[0].message,
        "f:2:10: warning: command: the parameter 'b' is searched but not used; write {b} where its value belongs");
    parse_good("experiment: e\ncommand: p\nspace: {a: !UniformInt [1, 3]}\n");
    assert_int_equal(problems.n, 0);
    parse_good("experiment: e\ncommand: p {config}\nspace: {a: !UniformInt [1, 3]}\n");
    assert_int_equal(problems.n, 0);
    assert_problems(
        "experiment: e\ncommand: p {b}\nspaces:\n  small: {a: !UniformInt [1, 3]}\n  large: {b: !UniformInt [1, 3]}\n",
        "f:2:10: command: nothing is called 'b' in the space 'small'; a placeholder is a parameter, a constant, or "
        "{run}, {seed}, {config}, {result}, {slot}, {experiment}\n");
}

/* ---- spaces ---- */

static void test_types(void **state) {
    (void)state;
    const lw_space *space = space_of("  f: !UniformFloat {lower: 1e-3, upper: 1e3, log_scale: true, default: 1}\n"
                                     "  g: !UniformFloat [1e-5, 10, log_scale]\n"
                                     "  i: !UniformInt {lower: 2, upper: 10, step: 2}\n"
                                     "  n: !UniformNumber [1, 5]\n"
                                     "  m: !UniformNumber [1, 5.5]\n"
                                     "  z: !Gaussian [0, 2]\n"
                                     "  y: !Gaussian {mu: 1, sigma: 2, lower: 0, upper: 3}\n"
                                     "  c: !Categorical [on, 1, '1', true, 1e-3, null]\n"
                                     "  w: !Categorical {choices: [a, b], weights: [1, 3], default: b}\n"
                                     "  o: !Ordinal [small, large]\n"
                                     "  k: !Constant 5\n"
                                     "  l: {type: UniformInt, lower: 1, upper: 3}");
    assert_int_equal(lw_space_n_parameters(space), 11);
    const lw_parameter *f = lw_space_parameter(space, 0), *n = lw_space_parameter(space, 3),
                       *c = lw_space_parameter(space, 7);
    assert_true(f->log_scale && f->lower == 1e-3 && f->upper == 1e3);
    assert_true(lw_space_parameter(space, 1)->log_scale);
    assert_int_equal(lw_space_parameter(space, 2)->step_integer, 2);
    assert_int_equal(n->kind, LW_PARAMETER_INTEGER);
    assert_int_equal(lw_space_parameter(space, 4)->kind, LW_PARAMETER_FLOAT);
    assert_true(lw_space_parameter(space, 5)->sigma == 2);
    assert_true(lw_space_parameter(space, 6)->upper == 3);
    assert_int_equal(c->n_choices, 6);
    assert_string_equal(c->choices[0].spelling, "on");
    assert_int_equal(c->choices[0].value.kind, LW_VALUE_TEXT);
    assert_int_equal(c->choices[1].value.kind, LW_VALUE_INTEGER);
    assert_int_equal(c->choices[2].value.kind, LW_VALUE_TEXT);
    assert_int_equal(c->choices[3].value.kind, LW_VALUE_BOOL);
    assert_string_equal(c->choices[4].spelling, "1e-3");
    assert_int_equal(c->choices[5].value.kind, LW_VALUE_NULL);
    assert_true(lw_space_parameter(space, 8)->choices[1].weight == 0.75);
    assert_int_equal(lw_space_parameter(space, 9)->kind, LW_PARAMETER_ORDINAL);
    assert_int_equal(lw_space_parameter(space, 10)->kind, LW_PARAMETER_INTEGER);
}

static void test_nesting(void **state) {
    (void)state;
    const lw_space *space =
        space_of("  net:\n    layers: !UniformInt [1, 3]\n    sizes: [!UniformInt [8, 64], 5]\n    type: dense\n  "
                 "data: {path: x, list: [1, {a: b}], none: , empty: []}\n  nested: {type: {type: UniformInt, lower: 1, "
                 "upper: 2}}\n  literal: !Constant {value: {type: UniformInt}}");
    assert_int_equal(lw_space_find(space, "net.layers"), 0);
    assert_int_equal(lw_space_find(space, "net.sizes.0"), 1);
    assert_int_equal(lw_space_find(space, "nested.type"), 2);
    char *json = lw_document_to_json(lw_space_constants(space), false);
    assert_non_null(strstr(json, "dense"));
    assert_non_null(strstr(json, "UniformInt"));
    lw_free(json);
}

static void test_when(void **state) {
    (void)state;
    const lw_space *space =
        space_of("  a: !Categorical [x, y, z]\n  b: !UniformInt [1, 9]\n  net: {depth: !UniformInt [1, 4]}\n"
                 "  p: !UniformFloat {lower: 0, upper: 1, when: {a: x}}\n"
                 "  q: !UniformFloat {lower: 0, upper: 1, when: {a: [x, y], net.depth: 2}}\n"
                 "  r: !UniformFloat {lower: 0, upper: 1, when: \"b > 4 and a in [x, z]\"}\n"
                 "  s: !UniformFloat {lower: 0, upper: 1, when: b > 4}\n"
                 "  t: !Constant {value: 3, when: {a: x}}\n");
    for (size_t i = 3; i < 8; i++)
        assert_non_null(lw_space_condition(space, i));
    assert_true(lw_space_parameter(space, 7)->n_choices == 1);
}

static void test_several_spaces(void **state) {
    (void)state;
    parse_good("experiment: e\nconfig: {a: 1, net: {b: 2, c: 3}}\nspaces:\n  small: {a: !UniformInt [1, 3]}\n  large: "
               "{net: {b: !UniformInt [1, 9]}}\nconstraints: {large: [net.b < 9]}\n");
    assert_int_equal(experiment->n_spaces, 2);
    lw_space *large = lw_experiment_space(experiment, "large", &error);
    assert_ptr_equal(lw_experiment_space(experiment, NULL, &error), experiment->spaces[0]);
    assert_int_equal(lw_space_n_constraints(large), 1);
    assert_int_equal(lw_space_n_constraints(experiment->spaces[0]), 0);
    assert_null(lw_experiment_space(experiment, "lagre", &error));
    assert_int_equal(error.code, LW_ENOTFOUND);
    assert_string_equal(error.message, "experiment 'e' has no space 'lagre'; did you mean 'large'?");
    assert_problems("experiment: e\nspaces: {a: {x: !UniformInt [1, 2]}}\nspace: {y: !UniformInt [1, 2]}\n",
                    "f:2:9: there is 'space' (line 3) and 'spaces'; an experiment has one or the other\n");
    assert_problems("experiment: e\nspaces: {}\n", "f:2:9: 'spaces' is empty; it needs at least one space\n");
    assert_problems("experiment: e\nspaces: {a: {x: !UniformInt [1, 2]}}\nconstraints: {b: [x < 2]}\n",
                    "f:3:15: 'constraints' names the space 'b', which is not among 'spaces'\n");
}

static void test_wrong_parameters(void **state) {
    (void)state;
    assert_space_problem("  x: !UnifromFloat [0, 1]",
                         "f:3:6: unknown tag '!UnifromFloat'; did you mean 'UniformFloat'?");
    assert_space_problem("  x: !Foo [0, 1]", "f:3:6: unknown tag '!Foo'; a parameter is one of !UniformFloat");
    assert_space_problem("  x: {type: Unifromint, lower: 1, upper: 2}",
                         "f:3:13: unknown type 'Unifromint'; did you mean 'UniformInt'?");
    assert_space_problem("  x: !UniformFloat {lowr: 0, upper: 1}",
                         "f:3:21: UniformFloat has no key 'lowr'; did you mean 'lower'?");
    assert_space_problem("  x: !UniformFloat {low: 0, upper: 1}",
                         "UniformFloat has no key 'low'; did you mean 'lower'?");
    assert_space_problem("  x: !UniformFloat {lower: 0, upper: 1, log: true}", "did you mean 'log_scale'?");
    assert_space_problem("  x: !Categorical {choices: [a, b], step: 3}",
                         "Categorical has no key 'step'; it has choices, weights, default and when");
    assert_space_problem("  x: !UniformFloat [0, 1, log_scal]",
                         "f:3:27: unknown flag 'log_scal'; did you mean 'log_scale'?");
    assert_space_problem("  x: !UniformFloat [0, 1, log]", "unknown flag 'log'; did you mean 'log_scale'?");
    assert_space_problem("  x: !UniformFloat [0, 1, 5]",
                         "f:3:27: the short form is [lower, upper] or [lower, upper, log_scale]");
    assert_space_problem("  x: !UniformFloat [0]", "the short form is [lower, upper]");
    assert_space_problem("  x: !UniformFloat 5",
                         "a UniformFloat cannot be 5; write !UniformFloat {lower: 0, upper: 1}");
    assert_space_problem("  x: !UniformFloat", "a UniformFloat cannot be empty");
    assert_space_problem("  x: !UniformFloat [a, 1]", "f:3:21: 'lower' must be a number; this is the text 'a'");
    assert_space_problem("  x: !UniformFloat {lower: [1], upper: 2}", "'lower' must be a number; this is a list");
    assert_space_problem("  x: !UniformFloat {lower: 0, upper: 1, log_scale: maybe}",
                         "'log_scale' must be true or false; this is the text 'maybe'");
    assert_space_problem("  x: !Categorical {choices: a}",
                         "'choices' must be a list, as in [a, b, c]; this is the text 'a'");
    assert_space_problem("  x: !Categorical {choices: [a, b], weights: 3}", "'weights' must be a list");
    assert_space_problem("  x: !Categorical {choices: [a, b], weights: [a, 1]}", "'weights' must be a number");
    assert_space_problem("  x: !Categorical [a, !Foo b]", "the tag '!Foo' does not fit");
    assert_space_problem("  x: !Categorical [a, [!UniformInt [1, 2]]]", "the tag '!UniformInt' cannot stand here");
    assert_space_problem("  x: !Constant {a: 3}", "Constant has no key 'a'; it has value and when");
    assert_space_problem("  x: !Constant {when: {a: 3}}", "a Constant needs a value");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 9223372036854775808}",
                         "the integer 9223372036854775808 does not fit 64 bits");
    assert_space_problem("  x: .inf", ".inf cannot be a value; numbers must be finite");
    assert_space_problem("  x: !!python/object a", "f:3:6: the tag 'tag:yaml.org,2002:python/object' does not fit");
    assert_space_problem("  x: 1\n  x: 2", "f:4:3: the key 'x' is given twice, in lines 3 and 4; keep one of them");
}

/* What the space's core finds, at the places that the reader gave it. */
static void test_wrong_values(void **state) {
    (void)state;
    assert_space_problem("  x: !UniformFloat [2, 1]", "f:3:21: ");
    assert_space_problem("  x: !UniformFloat [1, 1]", "f:3:");
    assert_space_problem("  x: !UniformFloat [0, 1, log_scale]", "f:3:");
    assert_space_problem("  x: !UniformFloat [.nan, 1]", "f:3:21: ");
    assert_space_problem("  x: !UniformFloat [0, .inf]", "f:3:24: ");
    assert_space_problem("  x: !UniformInt [1.5, 3]", "f:3:19: ");
    assert_space_problem("  x: !Categorical []", "f:3:");
    assert_space_problem("  x: !Categorical [a, b, a]", "f:3:26: ");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5, default: 9}", "f:3:48: ");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5, when: {y: 3}}", "f:3:46: ");
    assert_space_problem("  y: !Categorical [aa, bb]\n  x: !UniformInt {lower: 1, upper: 5, when: {y: ab}}",
                         "f:4:49: ");
    assert_space_problem(
        "  y: !UniformInt {lower: 1, upper: 5, when: {x: 3}}\n  x: !UniformInt {lower: 1, upper: 5, when: {y: 3}}",
        "f:");
    assert_space_problem("  y: !UniformInt {lower: 1, upper: 5, when: \"x >\"}\n  x: 3", "f:3:49: ");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5, when: }", "'when' must be a mapping such as");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5, when: {}}", "this is an empty mapping");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5, when: {y: []}}", "'when' has no value for 'y'");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5, when: {net: {y: 1}}}",
                         "a nested parameter is named with dots");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5}\nconstraints: x < 3", "'constraints' must be a list");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5}\nconstraints: [[x < 3]]",
                         "f:4:15: a constraint is an expression");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5}\nconstraints: [y < 3]", "f:4:15: ");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5}\nconstraints: [\"x <\"]", "f:4:");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5}\nconfig: {y: !UniformInt [1, 2]}",
                         "f:4:13: a parameter cannot stand in 'config'");
    assert_space_problem("  x: !UniformInt {lower: 1, upper: 5}\nconfig: 3",
                         "'config' must be a mapping of names to values; this is 3");
}

static void test_all_at_once(void **state) {
    (void)state;
    assert_problems("rusn: 5\n"
                    "experiment: e\n"
                    "space:\n"
                    "  y: !UniformFloat [1, 0]\n"
                    "  a: !Foo 3\n"
                    "  b: 1\n"
                    "  b: 2\n"
                    "timeout: never\n"
                    "constraints: [c < 1]\n",
                    "f:1:1: unknown key 'rusn'; did you mean 'runs'?\n"
                    "f:4:21: lower of y is 1, above upper, which is 0: are they swapped?\n"
                    "f:5:6: unknown tag '!Foo'; a parameter is one of !UniformFloat, !UniformInt, !UniformNumber, "
                    "!Gaussian, !Categorical, !Ordinal, !Constant\n"
                    "f:7:3: the key 'b' is given twice, in lines 6 and 7; keep one of them\n"
                    "f:8:10: 'timeout' must be a time above 0, such as 90s, 10m, 1h30m or 2d (a number alone counts "
                    "seconds); this is the text 'never'\n"
                    "f:9:15: the constraint: there is no 'c'\n");
    assert_string_equal(error.message, "f:1:1: unknown key 'rusn'; did you mean 'runs'? (and 5 more)");
}

static void test_many_problems(void **state) {
    (void)state;
    lw_text text = {0};
    lw_text_add(&text, "experiment: e\nspace:\n");
    for (int i = 0; i < 250; i++)
        lw_text_format(&text, "  x%d: !UniformFloat [1, b]\n", i);
    assert_int_equal(parse(text.bytes), LW_EPARSE);
    assert_int_equal(problems.n, 101);
    assert_string_equal(problems.items[100].message, "f: and 150 more errors");
    assert_int_equal(problems.items[99].line, 102);
    lw_text_release(&text);
}

static void test_no_experiment(void **state) {
    (void)state;
    assert_problems("a: 1\n",
                    "f: there is no 'experiment'; it names the experiment, as in experiment: heart-svm\n"
                    "f: there is no 'space'; it describes the parameters, as in space: {C: !UniformFloat [0.1, 10]}\n"
                    "f:1:1: unknown key 'a'; the keys are experiment, command, cost, optimizer, runs, timeout, "
                    "max_time, retries, lease, memory, target, seed, checkpoints, artifacts, sources, "
                    "repeats, space, spaces, config and constraints\n");
    assert_problems(
        "[a]", "f:1:1: an experiment file is a mapping of keys such as 'experiment' and 'space'; this is a list\n");
    assert_problems(
        "hello",
        "f:1:1: an experiment file is a mapping of keys such as 'experiment' and 'space'; this is the text 'hello'\n");
    assert_problems("experiment: e\nspace: 3\n", "f:2:8: 'space' must be a mapping of names to values; this is 3\n");
    assert_problems("experiment: e\nspace: !UniformFloat [0, 1]\n",
                    "f:2:8: 'space' must be a mapping of names to values; this is !UniformFloat\n");
}

static void test_base_problems_are_told_once(void **state) {
    (void)state;
    assert_problems(
        "experiment: e\nconfig: {a: .inf}\nspaces: {s: {x: !UniformInt [1, 2]}, t: {x: !UniformInt [1, 2]}}\n",
        "f:2:13: .inf cannot be a value; numbers must be finite\n");
    assert_string_equal(error.message, "f:2:13: .inf cannot be a value; numbers must be finite");
}

/* ---- files ---- */

static void test_files(void **state) {
    (void)state;
    assert_int_equal(lw_experiment_read(&experiment, "/nowhere/x.yaml", &problems, &error), LW_ENOTFOUND);
    assert_string_equal(error.message,
                        "/nowhere/x.yaml: the experiment file cannot be read: No such file or directory");
    assert_int_equal(problems.n, 1);
    assert_int_equal(lw_experiment_read(&experiment, "/tmp", &problems, &error), LW_EIO);
    assert_string_equal(error.message, "/tmp: this is a directory; an experiment is a YAML file");
    char path[] = "/tmp/labwatch-reader-XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = "experiment: e\nspace: {x: !UniformFloat [0, 1]}\n";
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(lw_experiment_read(&experiment, path, &problems, &error), LW_OK);
    assert_string_equal(experiment->text, text);
    assert_string_equal(experiment->source, path);
    lw_experiment_free(experiment);
    experiment = NULL;
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lw_experiment_read(&experiment, path, &problems, &error), LW_EPARSE);
    assert_int_equal(ftruncate(fd, (off_t)100 << 20), 0);
    assert_int_equal(lw_experiment_read(&experiment, path, &problems, &error), LW_EPARSE);
    assert_non_null(strstr(error.message, "larger than 64 MiB"));
    if (geteuid() != 0) {
        assert_int_equal(chmod(path, 0), 0);
        assert_int_equal(lw_experiment_read(&experiment, path, &problems, &error), LW_EIO);
    }
    close(fd);
    unlink(path);
}

static void test_no_diagnostics(void **state) {
    (void)state;
    lw_experiment *out = NULL;
    assert_int_equal(lw_experiment_parse(&out, "a: 1", 4, "f", NULL, NULL), LW_EPARSE);
    assert_null(out);
}

/* Every allocation fails once: no leak, no half-made experiment. */
static void test_out_of_memory(void **state) {
    (void)state;
    static const char text[] = "experiment: e\ncommand: p {a} {b.c} {b.d}\ncost: {regex: 'a(b)', name: l}\noptimizer: "
                               "{name: x, y: [1]}\nconfig: {k: [1, 2]}\nspace:\n  a: !Categorical {choices: [x, [y], "
                               "3], weights: [1, 2, 3]}\n  b: {c: !UniformInt {lower: 0, upper: 9, when: {a: x}}, d: "
                               "!Gaussian {mu: 0, sigma: 1, when: \"b.c > 0\"}}\nconstraints: [\"b.c < 9\"]\n";
    parse_good(text);
    lw_memory_fail_at(0, false);
    parse_good(text);
    uint64_t count = lw_memory_fail_at(0, false);
    for (uint64_t n = 1; n <= count; n++) {
        lw_experiment *out = NULL;
        lw_diagnostics found = {0};
        lw_memory_fail_at(n, false);
        int rc = lw_experiment_parse(&out, text, strlen(text), "f", &found, &error);
        lw_memory_fail_at(0, false);
        if (rc == LW_OK) {
            /* A did-you-mean or the like that could do without. */
            lw_experiment_free(out);
        } else {
            if (rc != LW_ENOMEM)
                fail_msg("allocation %d of %d: %s", (int)n, (int)count, error.message);
            assert_null(out);
        }
        lw_diagnostics_release(&found);
    }
}

static void test_out_of_memory_with_problems(void **state) {
    (void)state;
    static const char text[] = "rums: 3\nexperiment: e\ncommand: p {zz}\nspace:\n  a: !Categoricl [x]\n  b: "
                               "!UniformFloat [2, 1]\nconstraints: [q > 1]\n";
    parse(text);
    lw_memory_fail_at(0, false);
    parse(text);
    uint64_t count = lw_memory_fail_at(0, false);
    for (uint64_t n = 1; n <= count; n++) {
        lw_experiment *out = NULL;
        lw_diagnostics found = {0};
        lw_memory_fail_at(n, false);
        int rc = lw_experiment_parse(&out, text, strlen(text), "f", &found, &error);
        lw_memory_fail_at(0, false);
        assert_true(rc == LW_ENOMEM || rc == LW_EPARSE);
        lw_diagnostics_release(&found);
    }
}

static void test_large_file(void **state) {
    (void)state;
    lw_text text = {0};
    lw_text_add(&text, "experiment: e\nspace:\n");
    for (int i = 0; i < 3000; i++)
        lw_text_format(&text, "  p%d: !UniformFloat {lower: 0, upper: 1}\n", i);
    parse_good(text.bytes);
    assert_int_equal(lw_space_n_parameters(experiment->spaces[0]), 3000);
    lw_text_release(&text);
}

/* A file of a few lines must not make work without bounds. */
static void test_many_spaces_are_bounded(void **state) {
    (void)state;
    lw_text text = {0};
    lw_text_add(&text, "experiment: e\nconfig:\n");
    for (int i = 0; i < 2000; i++)
        lw_text_format(&text, "  c%d: 1\n", i);
    lw_text_add(&text, "spaces:\n");
    for (int i = 0; i < 2000; i++)
        lw_text_format(&text, "  s%d: {x: !UniformInt [1, 2]}\n", i);
    assert_int_equal(parse(text.bytes), LW_EPARSE);
    assert_non_null(
        strstr(error.message, "'config' and 'constraints' in each of 2000 spaces make more than 2000000 values"));
    lw_text_release(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_short_settings),
        cmocka_unit_test(test_wrong_settings),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_several_spaces),
        cmocka_unit_test(test_wrong_parameters),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_many_problems),
        cmocka_unit_test(test_no_experiment),
        cmocka_unit_test(test_base_problems_are_told_once),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_no_diagnostics),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_out_of_memory_with_problems),
        cmocka_unit_test(test_large_file),
        cmocka_unit_test(test_many_spaces_are_bounded),
    };
    return cmocka_run_group_tests_name("experiment_reader", tests, NULL, teardown);
}
