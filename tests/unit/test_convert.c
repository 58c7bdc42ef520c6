#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <labwatch/convert.h>
#include <labwatch/document.h>
#include <labwatch/random.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

static lw_error error;

/* A sample that another tool has written. */
static char *read_sample(const char *name) {
    char path[512];
    snprintf(path, sizeof path, LW_TEST_DATA "/convert/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    return text;
}

static lw_space *read_space(const char *text, lw_space_format format) {
    lw_space *space = NULL;
    if (lw_space_read(&space, text, strlen(text), "t", format, &error) != LW_OK)
        fail_msg("%s\n%s", error.message, text);
    return space;
}

static char *write_space(const lw_space *space, lw_space_format format) {
    char *text = NULL;
    if (lw_space_write(&text, space, format, &error) != LW_OK)
        fail_msg("%s", error.message);
    return text;
}

static void assert_same_meaning(const lw_space *a, const lw_space *b, const char *text) {
    uint8_t digest_a[16], digest_b[16];
    char *difference = NULL;
    assert_int_equal(lw_space_diff(&difference, a, b, &error), LW_OK);
    if (*difference)
        fail_msg("%s\n%s", difference, text);
    lw_free(difference);
    lw_space_digest(a, digest_a);
    lw_space_digest(b, digest_b);
    if (memcmp(digest_a, digest_b, sizeof digest_a) != 0)
        fail_msg("the digests differ\n%s", text);
}

static void assert_round_trip(const lw_space *space, lw_space_format format) {
    char *text = write_space(space, format);
    lw_space *again = read_space(text, format);
    assert_same_meaning(space, again, text);
    lw_space_free(again);
    lw_free(text);
}

static void assert_document_round_trip(const lw_space *space) {
    bson_t document;
    assert_int_equal(lw_space_to_document(space, &document, &error), LW_OK);
    char *json = lw_document_to_json(&document, true);
    lw_space *again = read_space(json, LW_FORMAT_LABWATCH);
    assert_same_meaning(space, again, json);
    assert_string_equal(lw_space_name(space), lw_space_name(again));
    lw_space_free(again);
    lw_free(json);
    bson_destroy(&document);
}

/* A sample reads as this, and what can be written of it reads back as the same. */
static void assert_sample(const char *name, lw_space_format format, const char *expected) {
    char *sample = read_sample(name);
    lw_space *space = read_space(sample, format);
    char *text = write_space(space, LW_FORMAT_LABWATCH);
    assert_string_equal(text, expected);
    assert_round_trip(space, LW_FORMAT_LABWATCH);
    assert_document_round_trip(space);
    lw_free(text);
    lw_space_free(space);
    free(sample);
}

static void assert_sample_round_trip(const char *name, lw_space_format format, lw_space_format other) {
    char *sample = read_sample(name);
    lw_space *space = read_space(sample, format);
    assert_round_trip(space, other);
    lw_space_free(space);
    free(sample);
}

static void test_configspace(void **state) {
    (void)state;
    assert_sample("configspace.json", LW_FORMAT_CONFIGSPACE,
                  "space:\n"
                  "  C: !UniformFloat {lower: 0.001, upper: 1000.0, log_scale: true, default: 1.0}\n"
                  "  data: heart_scale\n"
                  "  kernel: !Categorical {choices: [linear, rbf, poly], weights: [0.25, 0.5, 0.25], default: rbf}\n"
                  "  mixed: !Categorical {choices: [7, 2.5, x], default: 7}\n"
                  "  size: !Ordinal {choices: [small, medium, large], default: medium}\n"
                  "  degree: !UniformInt {lower: 2, upper: 5, default: 3, when: kernel == 'poly'}\n"
                  "  gamma: !UniformFloat {lower: 1e-05, upper: 10.0, log_scale: true, default: 0.01, when: \"kernel "
                  "in ['rbf', 'poly']\"}\n"
                  "  noise: !Gaussian {mu: 0.5, sigma: 0.2, lower: 0.0, upper: 1.0, default: 0.5, when: \"(mixed == 7 "
                  "or size in ['small', 'medium'])\"}\n"
                  "  once: !Constant {value: 3, when: kernel != 'linear'}\n"
                  "  \"svm:width\": !UniformInt {lower: 1, upper: 1000, log_scale: true, default: 32, when: degree > 2 "
                  "and size == 'large'}\n"
                  "constraints:\n"
                  "  - \"not (kernel == 'linear' and size in ['small', 'large'])\"\n"
                  "  - not (C == 2.0)\n"
                  "  - not (C < gamma)\n");
    assert_sample_round_trip("configspace.json", LW_FORMAT_CONFIGSPACE, LW_FORMAT_CONFIGSPACE);
}

static void test_configspace_06(void **state) {
    (void)state;
    char *sample = read_sample("configspace-0.6.json");
    lw_space *space = read_space(sample, LW_FORMAT_CONFIGSPACE_06);
    assert_int_equal(lw_space_n_parameters(space), 11);
    assert_true(lw_space_parameter(space, (size_t)lw_space_find(space, "q"))->step == 0.1);
    char *text = NULL;
    assert_int_equal(lw_space_write(&text, space, LW_FORMAT_CONFIGSPACE_06, &error),
                     LW_EUNSUPPORTED); /* it could not read its own relations */
    assert_string_equal(error.message, "the constraint 'not (C < gamma)' cannot be written for ConfigSpace: what it "
                                       "forbids compares 'C' and 'gamma' in a way that is not known there");
    lw_space_free(space);
    char *forbiddens = strstr(sample, "\"forbiddens\"");
    memcpy(forbiddens, "\"others\"    ", strlen("\"forbiddens\""));
    space = read_space(sample, LW_FORMAT_CONFIGSPACE_06);
    assert_round_trip(space, LW_FORMAT_CONFIGSPACE_06);
    lw_space_free(space);
    free(sample);
}

static void test_optuna(void **state) {
    (void)state;
    assert_sample("optuna.json", LW_FORMAT_OPTUNA,
                  "space:\n"
                  "  lr: !UniformFloat {lower: 1e-05, upper: 1.0, log_scale: true}\n"
                  "  dropout: !UniformFloat {lower: 0.0, upper: 0.5, step: 0.25}\n"
                  "  momentum: !UniformFloat {lower: 0.1, upper: 1.0}\n"
                  "  layers: !UniformInt {lower: 1, upper: 5}\n"
                  "  batch: !UniformInt {lower: 16, upper: 128, step: 16}\n"
                  "  width: !UniformInt {lower: 1, upper: 1000, log_scale: true}\n"
                  "  optimizer: !Categorical {choices: [sgd, 1, 2.5, true, null, \"café 😀\"]}\n"
                  "  seed: 7\n"
                  "  device: cpu\n");
    assert_sample("optuna-legacy.json", LW_FORMAT_OPTUNA,
                  "space:\n"
                  "  a: !UniformFloat {lower: 0.0, upper: 1.0}\n"
                  "  b: !UniformFloat {lower: 0.001, upper: 1.0, log_scale: true}\n"
                  "  c: !UniformFloat {lower: 0.0, upper: 1.0, step: 0.25}\n"
                  "  d: !UniformInt {lower: 1, upper: 5, step: 2}\n"
                  "  e: !UniformInt {lower: 1, upper: 50, log_scale: true}\n");
    assert_sample_round_trip("optuna.json", LW_FORMAT_OPTUNA, LW_FORMAT_OPTUNA);
    assert_sample_round_trip("optuna.json", LW_FORMAT_OPTUNA, LW_FORMAT_SACRED);
    assert_sample_round_trip("optuna-legacy.json", LW_FORMAT_OPTUNA, LW_FORMAT_OPTUNA);
    assert_sample_round_trip("optuna-legacy.json", LW_FORMAT_OPTUNA, LW_FORMAT_CONFIGSPACE_06);
}

static void test_sacred(void **state) {
    (void)state;
    assert_sample("sacred.json", LW_FORMAT_SACRED,
                  "space:\n"
                  "  net:\n"
                  "    layers: !UniformInt {lower: 1, upper: 4}\n"
                  "    activation: relu\n"
                  "    type: !Constant {value: UniformFloat}\n"
                  "  lr: !UniformFloat {lower: 1e-05, upper: 1.0, log_scale: true, when: \"net.layers in [1, 2]\"}\n"
                  "  sizes:\n"
                  "    - 1\n"
                  "    - 2\n"
                  "    -\n"
                  "      a: null\n"
                  "  seed: 42\n"
                  "  empty: {}\n");
    assert_sample_round_trip("sacred.json", LW_FORMAT_SACRED, LW_FORMAT_SACRED);
}

/* Lists and mappings may be choices and constants. */
static void test_lists_and_mappings(void **state) {
    (void)state;
    static const char configspace[] =
        "{\"hyperparameters\": ["
        "{\"name\": \"c\", \"type\": \"categorical\", \"choices\": [[1, {\"a\": 2}], \"x\"]}, "
        "{\"name\": \"k\", \"type\": \"constant\", \"value\": [1, [2, {\"b\": 3}]]}]}";
    lw_space *space = read_space(configspace, LW_FORMAT_CONFIGSPACE);
    char *text = write_space(space, LW_FORMAT_LABWATCH);
    assert_string_equal(text, "space:\n"
                              "  c: !Categorical {choices: [[1,{\"a\":2}], x]}\n"
                              "  k:\n    - 1\n    -\n      - 2\n      -\n        b: 3\n");
    lw_free(text);
    lw_space_free(space);
    static const char optuna[] = "{\"a\": {\"name\": \"CategoricalDistribution\", "
                                 "\"attributes\": {\"choices\": [[1, 2], {\"a\": null}]}}}";
    space = read_space(optuna, LW_FORMAT_OPTUNA);
    text = write_space(space, LW_FORMAT_LABWATCH);
    assert_string_equal(text, "space:\n  a: !Categorical {choices: [[1,2], {\"a\":null}]}\n");
    lw_free(text);
    lw_space_free(space);
}

/* ---- what cannot be expressed ---- */

static void assert_unsupported(const char *space_text, lw_space_format format, const char *message) {
    char text[2048], *written = NULL;
    snprintf(text, sizeof text, "space:\n%s", space_text);
    lw_space *space = read_space(text, LW_FORMAT_LABWATCH);
    assert_int_equal(lw_space_write(&written, space, format, &error), LW_EUNSUPPORTED);
    assert_null(written);
    assert_string_equal(error.message, message);
    lw_space_free(space);
}

static void test_unsupported_by_configspace(void **state) {
    (void)state;
    const lw_space_format now = LW_FORMAT_CONFIGSPACE, before = LW_FORMAT_CONFIGSPACE_06;
    assert_unsupported("  x: !UniformFloat {lower: 0, upper: 1, step: 0.25}\n", now,
                       "parameter 'x' cannot be written for ConfigSpace: 'step' is not known there");
    assert_unsupported(
        "  x: !UniformInt {lower: 0, upper: 5, step: 2, log_scale: false}\n  y: !UniformInt {lower: 1, upper: 9, step: "
        "2, log_scale: true}\n",
        before, "parameter 'y' cannot be written for ConfigSpace: its step must divide the range, on a linear scale");
    assert_unsupported(
        "  x: !Gaussian [0, 1]\n", now,
        "parameter 'x' cannot be written for ConfigSpace: a normal hyperparameter needs 'lower' and 'upper' there");
    assert_unsupported(
        "  x: !Gaussian [1, 1, log_scale]\n", before,
        "parameter 'x' cannot be written for ConfigSpace: a Gaussian on a log scale means something else there");
    assert_unsupported(
        "  x: !Ordinal {choices: [a, b], weights: [1, 2]}\n", now,
        "parameter 'x' cannot be written for ConfigSpace: an ordinal hyperparameter has no weights there");
    assert_unsupported("  x: !Categorical [1, true]\n", now,
                       "parameter 'x' cannot be written for ConfigSpace: two of its choices are the same in Python");
    assert_unsupported("  x: !Categorical [a, [1, 2]]\n", now,
                       "parameter 'x' cannot be written for ConfigSpace: it has a list or mapping as a value");
    assert_unsupported("  x: !Categorical [a, null]\n", now,
                       "parameter 'x' cannot be written for ConfigSpace: it has null as a value");
    assert_unsupported("  x: !UniformInt [1, 3]\n  l: [1, 2]\n", now,
                       "constant 'l' cannot be written for ConfigSpace: it has a list or mapping as a value");
    assert_unsupported("  l: [!UniformInt [1, 3], 2]\n", now,
                       "list 'l' has parameters in it, which this format cannot express");
    assert_unsupported("  a: !UniformInt [1, 3]\n  b: !UniformInt {lower: 1, upper: 3, when: a * 2 > 3}\n", now,
                       "the condition of parameter 'b' cannot be written for ConfigSpace: only comparisons of a "
                       "parameter with values, joined by and, or, not, can be written");
    assert_unsupported(
        "  a: !UniformInt [1, 3]\n  c: !UniformInt [1, 3]\n  b: !UniformInt {lower: 1, upper: 3, when: a < c}\n", now,
        "the condition of parameter 'b' cannot be written for ConfigSpace: a condition cannot compare two parameters "
        "there");
    assert_unsupported(
        "  a: !UniformFloat [0, 3]\nconstraints: [a < 2]\n", before,
        "the constraint 'a < 2' cannot be written for ConfigSpace: what it forbids of 'a' cannot be listed");
}

static void test_unsupported_by_others(void **state) {
    (void)state;
    const lw_space_format optuna = LW_FORMAT_OPTUNA;
    assert_unsupported("  x: !Gaussian [0, 1]\n", optuna,
                       "parameter 'x' cannot be written for Optuna: Gaussian distributions are not known there");
    assert_unsupported("  x: !Ordinal [a, b]\n", optuna,
                       "parameter 'x' cannot be written for Optuna: ordinal choices are not known there");
    assert_unsupported("  x: !Categorical {choices: [a, b], weights: [1, 2]}\n", optuna,
                       "parameter 'x' cannot be written for Optuna: weights are not known there");
    assert_unsupported("  x: !Categorical [a, [b]]\n", optuna,
                       "'x' cannot be written for Optuna: it has a list or mapping as a value");
    assert_unsupported("  x: !UniformInt [1, 3]\n  k: [1, 2]\n", optuna,
                       "'k' cannot be written for Optuna: it has a list or mapping as a value");
    assert_unsupported("  x: !UniformInt {lower: 1, upper: 9, step: 2, log_scale: true}\n", optuna,
                       "parameter 'x' cannot be written for Optuna: a step cannot go with log_scale there");
    assert_unsupported("  x: !UniformInt [1, 3]\n  y: !UniformInt {lower: 1, upper: 3, when: {x: 1}}\n", optuna,
                       "parameter 'y' cannot be written for Optuna: conditions are not known there");
    assert_unsupported("  x: !UniformInt [1, 3]\nconstraints: [x < 3]\n", optuna,
                       "the constraint 'x < 3' cannot be written for Optuna: constraints are not known there");
    assert_unsupported("  x: !UniformInt [1, 3]\nconstraints: [x < 3]\n", LW_FORMAT_SACRED,
                       "the constraint 'x < 3' cannot be written as flat JSON, which has no place for constraints");
}

/* ---- what cannot be read ---- */

static void assert_unreadable(const char *text, lw_space_format format, const char *message) {
    lw_space *space = NULL;
    assert_int_equal(lw_space_read(&space, text, strlen(text), "t", format, &error), LW_EPARSE);
    assert_null(space);
    if (!strstr(error.message, message))
        fail_msg("'%s' is not in '%s'", message, error.message);
}

static void test_unreadable(void **state) {
    (void)state;
    const lw_space_format cs = LW_FORMAT_CONFIGSPACE, optuna = LW_FORMAT_OPTUNA;
    assert_unreadable("[]", cs, "t:1:1: a space in this format is a JSON object; this is a list");
    assert_unreadable("{", cs, "t:");
    assert_unreadable("{\"a\": 1}", cs, "t:1:1: there are no 'hyperparameters': is this the JSON of ConfigSpace?");
    assert_unreadable("{\"hyperparameters\": [\n{\"name\": \"b\", \"type\": \"beta_float\"}]}", cs,
                      "t:2:1: labwatch has nothing like the hyperparameter 'b' of type 'beta_float'");
    assert_unreadable("{\"hyperparameters\": [{\"name\": \"b\", \"type\": \"normal_float\", \"mu\": 1, \"sigma\": 1, "
                      "\"log\": true}]}",
                      cs, "a normal_float with 'log' cannot be expressed");
    assert_unreadable("{\"hyperparameters\": [3]}", cs, "a hyperparameter must be a JSON object; this is 3");
    assert_unreadable("{\"hyperparameters\": [{\"type\": \"constant\"}]}", cs, "'name' is missing here");
    assert_unreadable("{\"hyperparameters\": [{\"name\": \"a\", \"type\": \"constant\"}]}", cs,
                      "the constant 'a' has no value");
    assert_unreadable("{\"hyperparameters\": [{\"name\": \"a\", \"type\": \"categorical\"}]}", cs,
                      "'choices' is missing here");
    assert_unreadable("{\"hyperparameters\": [{\"name\": \"a\", \"type\": \"categorical\", \"choices\": \"x\"}]}", cs,
                      "'choices' must be a list; this is the text 'x'");
    assert_unreadable("{\"hyperparameters\": [{\"name\": \"a\", \"type\": \"uniform_int\"}]}", cs, "a lacks `lower`");
    assert_unreadable("{\"hyperparameters\": [], \"conditions\": [{\"type\": \"EQ\", \"child\": \"q\"}]}", cs,
                      "there is no hyperparameter 'q' for this condition");
    assert_unreadable("{\"hyperparameters\": [], \"forbiddens\": [{\"type\": \"XOR\"}]}", cs,
                      "unknown type 'XOR' of a forbidden clause");
    assert_unreadable(
        "{\"hyperparameters\": [], \"forbiddens\": [{\"type\": \"EQUALS\", \"name\": \"q\", \"value\": 1}]}", cs,
        "there is no 'q'");
    assert_unreadable("{\"a\": 3}", optuna,
                      "t:1:7: a distribution is an object with 'name' and 'attributes'; this is 3");
    assert_unreadable("{\"a\": {\"name\": \"FlotDistribution\"}}", optuna,
                      "unknown distribution 'FlotDistribution'; did you mean 'FloatDistribution'?");
    assert_unreadable("{\"a\": {\"name\": \"FloatDistribution\"}}", optuna, "'attributes' is missing here");
    assert_unreadable("{\"a\": {\"name\": \"FloatDistribution\", \"attributes\": {\"low\": 1}}}", optuna,
                      "'low' and 'high' are expected here");
    assert_unreadable("{\"a\": \"{\\\"name\\\": 3\"}", optuna, "t:1:7: its JSON:");
    assert_unreadable("{\"a\": {\"name\": \"CategoricalDistribution\", \"attributes\": {}}}", optuna,
                      "'choices' is missing here");
    assert_unreadable("{\"a\": {\"name\": \"FloatDistribution\", \"attributes\": {\"low\": NaN, \"high\": 1}}}", optuna,
                      "t:1:59: lower of a is 'NaN', which is no finite number; a number stands without quotes");
    assert_unreadable("{\"a\": {\"type\": \"UniformFlot\", \"lower\": 1, \"upper\": 2}}", LW_FORMAT_SACRED,
                      "unknown type 'UniformFlot'; did you mean 'UniformFloat'?");
    assert_unreadable("{\"a\": 1, \"a\": 2}", LW_FORMAT_SACRED, "the key 'a' is given twice");
}

static void test_names(void **state) {
    (void)state;
    for (int format = LW_FORMAT_LABWATCH; format <= LW_FORMAT_SACRED; format++)
        assert_int_equal(lw_space_format_by_name(lw_space_format_name((lw_space_format)format), &error), format);
    assert_int_equal(lw_space_format_by_name("optuan", &error), -1);
    assert_string_equal(error.message, "unknown format 'optuan'; did you mean 'optuna'?");
}

static void test_unknown_format(void **state) {
    (void)state;
    const lw_space_format unknown = (lw_space_format)99;
    char *text = NULL;
    lw_space *space = read_space("space: {x: 1}", LW_FORMAT_LABWATCH), *none = NULL;
    assert_int_equal(lw_space_write(&text, space, unknown, &error), LW_EINVAL);
    assert_null(text);
    assert_string_equal(error.message, "there is no format number 99");
    assert_int_equal(lw_space_read(&none, "{}", 2, "t", unknown, &error), LW_EINVAL);
    assert_null(none);
    lw_space_free(space);
}

/* A choice of one is a parameter; only with a condition is it what a !Constant makes. */
static void test_choice_of_one(void **state) {
    (void)state;
    static const char text[] =
        "space: {x: !Categorical [a], y: !Categorical {choices: [b], when: {x: a}}, z: !Ordinal [c]}";
    lw_space *space = read_space(text, LW_FORMAT_LABWATCH);
    assert_int_equal(lw_space_n_parameters(space), 3);
    assert_round_trip(space, LW_FORMAT_LABWATCH);
    assert_document_round_trip(space);
    assert_round_trip(space, LW_FORMAT_SACRED);
    assert_round_trip(space, LW_FORMAT_CONFIGSPACE);
    lw_space_free(space);
}

/* ---- many spaces ---- */

/* A space from a stream of choices: everything that a file can say, in some combination. */
typedef struct maker {
    lw_stream stream;
    lw_text text;
} maker;

static unsigned below(maker *m, unsigned n) {
    return (unsigned)lw_stream_below(&m->stream, n);
}

static const char *pick(maker *m, const char *const *from, unsigned n) {
    return from[below(m, n)];
}

static void add_default(maker *m, const char *value) {
    if (below(m, 2))
        lw_text_format(&m->text, ", default: %s", value);
}

/* p0 is categorical and k0 an integer, in every space. */
static void add_when(maker *m) {
    static const char *const conditions[] = {
        "{p0: sgd}",  "{p0: [sgd, adam], k0: 2}", "\"k0 > 1\"", "\"not (k0 == 2 or p0 == 'sgd')\"",
        "p0 != 'on'", "\"k0 * 2 <= 5\"",          "{p0: '1'}"};
    if (below(m, 3) == 0)
        lw_text_format(&m->text, ", when: %s", pick(m, conditions, 7));
}

static void add_parameter(maker *m) {
    static const char *const lowers[] = {"0.001", "1e-5", "0.5", "1"}, *const uppers[] = {"10", "1e3", "2.5", "7"};
    switch (below(m, 7)) {
    case 0:
        lw_text_format(&m->text, "!UniformFloat {lower: %s, upper: %s", pick(m, lowers, 4), pick(m, uppers, 4));
        lw_text_add(&m->text, below(m, 2) ? ", log_scale: true" : below(m, 2) ? ", step: 0.25" : "");
        break;
    case 1:
        lw_text_format(&m->text, "!UniformInt {lower: %u, upper: %u", 1 + below(m, 5), 10 + below(m, 100));
        lw_text_add(&m->text, below(m, 2) ? ", log_scale: true" : "");
        lw_text_add(&m->text, below(m, 2) ? ", step: 3" : "");
        break;
    case 2:
        lw_text_format(&m->text, "!Gaussian {mu: 1, sigma: %s", pick(m, uppers, 4));
        lw_text_add(&m->text, below(m, 2) ? ", lower: 0.1" : "");
        lw_text_add(&m->text, below(m, 2) ? ", upper: 9" : "");
        add_default(m, "1.5");
        break;
    case 3:
        lw_text_add(&m->text, "!Categorical {choices: [on, 1, '1', true, 1e-3, ~, [1, {a: b}], \"a\\tb\", 007]");
        if (below(m, 2))
            lw_text_format(&m->text, ", weights: [1, 2, 3, %u, 0.1, 1, 1, 1, 0.7]", 1 + below(m, 9));
        add_default(m, "1e-3");
        break;
    case 4:
        lw_text_add(&m->text, "!Ordinal {choices: [small, 'it''s', 3.0]");
        add_default(m, "small");
        break;
    case 5:
        lw_text_add(&m->text, "!Constant {value: 5, when: {p0: sgd}");
        break;
    default:
        lw_text_format(&m->text, "!UniformNumber {lower: %u, upper: 9", 1 + below(m, 5));
        add_default(m, "7");
        break;
    }
    if (!strstr(m->text.bytes + (m->text.length > 60 ? m->text.length - 60 : 0), "when:"))
        add_when(m);
    lw_text_add(&m->text, "}\n");
}

static void add_entries(maker *m, unsigned level, unsigned depth) {
    static const char *const constants[] = {"5",
                                            "5.0",
                                            "text",
                                            "'5'",
                                            "~",
                                            "true",
                                            "[1, [2, a], {b: c}]",
                                            "{a: {b: 1}, type: UniformInt}",
                                            "1e300",
                                            "\"\\u2028\\x7F\\U0001F600\"",
                                            "[]",
                                            "-0.0",
                                            "-9223372036854775808"};
    unsigned n = 1 + below(m, 4);
    for (unsigned i = 0; i < n; i++) {
        lw_text_format(&m->text, below(m, 4) ? "%*sx%u: " : "%*s\"a b%u\": ", (int)level, "", i);
        unsigned kind = below(m, depth ? 4 : 3);
        if (kind == 0)
            lw_text_format(&m->text, "%s\n", pick(m, constants, 13));
        else if (kind < 3)
            add_parameter(m);
        else {
            lw_text_add(&m->text, "\n");
            add_entries(m, level + 2, depth - 1);
        }
    }
}

static char *make_file(uint64_t number) {
    static const char *const constraints[] = {"k0 < 3 or p0 != 'sgd'", "not (k0 == 1 and p0 == adam)", "k0 + 1 < 5"};
    maker m = {0};
    lw_stream_init(&m.stream, 1, LW_PURPOSE_SAMPLE, number, 0);
    lw_text_add(&m.text, "space:\n  p0: !Categorical [sgd, adam, on, '1']\n  k0: !UniformInt [1, 4]\n");
    add_entries(&m, 2, 3);
    if (below(&m, 2))
        lw_text_format(&m.text, "constraints: [\"%s\"]\n", pick(&m, constraints, 3));
    return lw_text_take(&m.text);
}

static void test_many_spaces(void **state) {
    (void)state;
    unsigned good = 0;
    for (uint64_t number = 0; number < 2000; number++) {
        char *file = make_file(number);
        lw_space *space = NULL;
        if (lw_space_read(&space, file, strlen(file), "t", LW_FORMAT_LABWATCH, &error) == LW_OK) {
            good++;
            assert_round_trip(space, LW_FORMAT_LABWATCH);
            assert_document_round_trip(space);
            if (lw_space_n_constraints(space) == 0)
                assert_round_trip(space, LW_FORMAT_SACRED);
        }
        lw_space_free(space);
        lw_free(file);
    }
    if (good < 500)
        fail_msg("only %u of the spaces are good; the last: %s", good, error.message);
}

static void test_out_of_memory(void **state) {
    (void)state;
    static const char *const samples[] = {"configspace.json", "optuna.json", "optuna-legacy.json", "sacred.json"};
    static const lw_space_format formats[] = {LW_FORMAT_CONFIGSPACE, LW_FORMAT_OPTUNA, LW_FORMAT_OPTUNA,
                                              LW_FORMAT_SACRED};
    for (size_t i = 0; i < 4; i++) {
        char *sample = read_sample(samples[i]);
        for (uint64_t n = 1;; n++) {
            lw_space *space = NULL;
            char *text = NULL;
            lw_memory_fail_at(n, false);
            int rc = lw_space_read(&space, sample, strlen(sample), "t", formats[i], &error);
            if (rc == LW_OK)
                rc = lw_space_write(&text, space, formats[i], &error);
            uint64_t counted = lw_memory_fail_at(0, false);
            if (rc != LW_OK && rc != LW_ENOMEM)
                fail_msg("%s, allocation %d: %s", samples[i], (int)n, error.message);
            lw_space_free(space);
            lw_free(text);
            if (rc == LW_OK && counted < n)
                break;
        }
        free(sample);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configspace),
        cmocka_unit_test(test_configspace_06),
        cmocka_unit_test(test_optuna),
        cmocka_unit_test(test_sacred),
        cmocka_unit_test(test_lists_and_mappings),
        cmocka_unit_test(test_unsupported_by_configspace),
        cmocka_unit_test(test_unsupported_by_others),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_unknown_format),
        cmocka_unit_test(test_choice_of_one),
        cmocka_unit_test(test_many_spaces),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests_name("convert", tests, NULL, NULL);
}
