/* Conditions and constraints as ConfigSpace writes them: all of the same configurations, and values that it accepts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <labwatch/config.h>
#include <labwatch/convert.h>
#include <labwatch/sys/memory.h>

static lw_error error;

static lw_space *read_space(const char *text, lw_space_format format) {
    lw_space *space = NULL;
    if (lw_space_read(&space, text, strlen(text), "t", format, &error) != LW_OK)
        fail_msg("%s\n%s", error.message, text);
    return space;
}

/* ---- the same configurations ---- */

static int refuse_what_is_not_allowed(void *other_space, const lw_config *config) {
    bson_t document;
    lw_config *same = NULL;
    assert_int_equal(lw_config_to_document(config, &document, &error), LW_OK);
    if (lw_config_from_document(&same, other_space, &document, LW_CONFIG_STRICT, &error) != LW_OK)
        fail_msg("%s", error.message);
    lw_config_free(same);
    bson_destroy(&document);
    return LW_OK;
}

static void assert_same_configurations(const lw_space *a, lw_space *b) {
    uint64_t n_a, n_b;
    assert_int_equal(lw_space_count(a, 100000, &n_a, &error), LW_OK);
    assert_int_equal(lw_space_count(b, 100000, &n_b, &error), LW_OK);
    assert_int_equal(n_a, n_b);
    assert_int_equal(lw_space_enumerate(a, refuse_what_is_not_allowed, b, &error), LW_OK);
}

/* p, k, n and o have few values, b is there only for some p. */
static const char parameters[] = "  p: !Categorical [sgd, adam, \"it's\"]\n"
                                 "  k: !UniformInt [1, 4]\n"
                                 "  n: !Ordinal [8, 1, 2]\n"
                                 "  o: !Ordinal [small, medium, large]\n"
                                 "  b: !Categorical {choices: [true, false], when: p != adam}\n";

static lw_space *make_space(const char *rest) {
    char text[2048];
    snprintf(text, sizeof text, "space:\n%s%s\n", parameters, rest);
    return read_space(text, LW_FORMAT_LABWATCH);
}

static void assert_written(const lw_space *space, lw_space_format format, const char *expected) {
    char *text = NULL;
    if (lw_space_write(&text, space, format, &error) != LW_OK)
        fail_msg("%s: %s", expected, error.message);
    if (!strstr(text, expected))
        fail_msg("'%s' is not in\n%s", expected, text);
    lw_space *again = read_space(text, format);
    assert_same_configurations(space, again);
    lw_space_free(again);
    lw_free(text);
}

static void assert_refused(const char *rest, lw_space_format format, const char *message) {
    lw_space *space = make_space(rest);
    char *text = NULL;
    assert_int_equal(lw_space_write(&text, space, format, &error), LW_EUNSUPPORTED);
    assert_null(text);
    assert_string_equal(error.message, message);
    lw_space_free(space);
}

/* ---- conditions ---- */

static void assert_condition(const char *when, const char *expected) {
    char rest[512], line[512];
    snprintf(rest, sizeof rest, "  c: !UniformInt {lower: 1, upper: 3, when: \"%s\"}", when);
    snprintf(line, sizeof line, "\"child\": \"c\", %s}\n  ],\n", expected);
    lw_space *space = make_space(rest);
    assert_written(space, LW_FORMAT_CONFIGSPACE, line);
    assert_written(space, LW_FORMAT_CONFIGSPACE_06, line);
    lw_space_free(space);
}

static void comparisons_are_turned_to_what_is_known_there(void **state) {
    (void)state;
    assert_condition("p == sgd", "\"parent\": \"p\", \"value\": \"sgd\"");
    assert_condition("'sgd' == p", "\"parent\": \"p\", \"value\": \"sgd\"");
    assert_condition("k <= 2", "\"parent\": \"k\", \"value\": 3");
    assert_condition("2 >= k", "\"parent\": \"k\", \"value\": 3");
    assert_condition("3 <= k", "\"parent\": \"k\", \"value\": 2");
    assert_condition("2 < k", "\"parent\": \"k\", \"value\": 2");
    assert_condition("3 > k", "\"parent\": \"k\", \"value\": 3");
    assert_condition("k >= 2.5", "\"parent\": \"k\", \"value\": 2");
    assert_condition("k <= 2.5", "\"parent\": \"k\", \"value\": 3");
    assert_condition("not k < 3", "\"parent\": \"k\", \"value\": 2");
    assert_condition("not (p != sgd)", "\"parent\": \"p\", \"value\": \"sgd\"");
}

/* There, values are compared only with values of the parameter, and choices in the order in which they are listed. */
static void other_comparisons_are_listed(void **state) {
    (void)state;
    assert_condition("k < 2.5", "\"parent\": \"k\", \"values\": [1, 2]");
    assert_condition("k >= 1 and k < 9", "\"conditions\": [{\"type\": \"IN\", \"child\": \"c\", \"parent\": \"k\", "
                                         "\"values\": [1, 2, 3, 4]}, {\"type\": \"IN\", \"child\": \"c\", \"parent\": "
                                         "\"k\", \"values\": [1, 2, 3, 4]}]");
    assert_condition("n >= 2", "\"parent\": \"n\", \"values\": [8, 2]");
    assert_condition("o < 'medium'", "\"parent\": \"o\", \"values\": [\"small\"]");
    assert_condition("p not in [adam]", "\"parent\": \"p\", \"values\": [\"sgd\", \"it's\"]");
    assert_condition("n in [1, 8]", "\"parent\": \"n\", \"values\": [1, 8]");
}

/* There, a parent that is not active differs from every value. */
static void differing_from_a_value_needs_one(void **state) {
    (void)state;
    assert_condition("b != false", "\"parent\": \"b\", \"values\": [true]");
    assert_condition("not b", "\"parent\": \"b\", \"values\": [false]");
    assert_condition("p != sgd", "\"parent\": \"p\", \"value\": \"sgd\"");
}

static void conditions_are_joined(void **state) {
    (void)state;
    assert_condition("b or k == 2", "\"conditions\": [{\"type\": \"EQ\", \"child\": \"c\", \"parent\": \"b\", "
                                    "\"value\": true}, {\"type\": \"EQ\", \"child\": \"c\", \"parent\": \"k\", "
                                    "\"value\": 2}]");
    assert_condition("not (p == sgd and not (k == 2 or n == 1))",
                     "\"conditions\": [{\"type\": \"NEQ\", \"child\": \"c\", \"parent\": \"p\", \"value\": \"sgd\"}, "
                     "{\"type\": \"EQ\", \"child\": \"c\", \"parent\": \"k\", \"value\": 2}, "
                     "{\"type\": \"EQ\", \"child\": \"c\", \"parent\": \"n\", \"value\": 1}]");
}

static void what_cannot_be_asked_there_is_refused(void **state) {
    (void)state;
    assert_refused("  l: !UniformInt {lower: 0, upper: 5000, when: b}\n"
                   "  c: !UniformInt {lower: 1, upper: 3, when: l != 7}",
                   LW_FORMAT_CONFIGSPACE,
                   "the condition of parameter 'c' cannot be written for ConfigSpace: a comparison with 'l' is not "
                   "known there, and the values for which it holds cannot be listed");
    assert_refused("  c: !UniformInt {lower: 1, upper: 3, when: k == 1 or k > 9}", LW_FORMAT_CONFIGSPACE,
                   "the condition of parameter 'c' cannot be written for ConfigSpace: a comparison with 'k' is not "
                   "known there, and the values for which it holds cannot be listed");
    assert_refused("  c: !UniformInt {lower: 1, upper: 3, when: \"-k < -2\"}", LW_FORMAT_CONFIGSPACE,
                   "the condition of parameter 'c' cannot be written for ConfigSpace: only comparisons of a parameter "
                   "with values, joined by and, or, not, can be written");
    assert_refused("  c: !UniformInt {lower: 1, upper: 3, when: \"k in [1, k]\"}", LW_FORMAT_CONFIGSPACE,
                   "the condition of parameter 'c' cannot be written for ConfigSpace: only comparisons of a parameter "
                   "with values, joined by and, or, not, can be written");
}

/* ---- constraints ---- */

static void assert_constraint(const char *constraint, lw_space_format format, const char *expected) {
    char rest[512], line[512];
    snprintf(rest, sizeof rest, "  x: !UniformInt [-9, 9]\nconstraints: [\"%s\"]", constraint);
    snprintf(line, sizeof line, "\"forbiddens\": [%s\n  ],\n", expected);
    lw_space *space = make_space(rest);
    assert_written(space, format, line);
    lw_space_free(space);
}

static void constraints_are_what_is_forbidden(void **state) {
    (void)state;
    const lw_space_format now = LW_FORMAT_CONFIGSPACE, before = LW_FORMAT_CONFIGSPACE_06;
    assert_constraint("k < 4", now, "\n    {\"type\": \"CLAUSE_GE\", \"name\": \"k\", \"value\": 4}");
    assert_constraint("k <= 3", now, "\n    {\"type\": \"CLAUSE_GT\", \"name\": \"k\", \"value\": 3}");
    assert_constraint("k > 1", now, "\n    {\"type\": \"CLAUSE_LE\", \"name\": \"k\", \"value\": 1}");
    assert_constraint("x > -(7)", now, "\n    {\"type\": \"CLAUSE_LE\", \"name\": \"x\", \"value\": -7}");
    assert_constraint("x >= -7", now, "\n    {\"type\": \"CLAUSE_LT\", \"name\": \"x\", \"value\": -7}");
    assert_constraint("x != -7", now, "\n    {\"type\": \"EQUALS\", \"name\": \"x\", \"value\": -7}");
    assert_constraint("k < 4", before, "\n    {\"type\": \"IN\", \"name\": \"k\", \"values\": [4]}");
    assert_constraint("p != \\\"it's\\\"", before,
                      "\n    {\"type\": \"EQUALS\", \"name\": \"p\", \"value\": \"it's\"}");
    assert_constraint("n < 8 or k == 2", now,
                      "\n    {\"type\": \"AND\", \"clauses\": [{\"type\": \"IN\", \"name\": \"n\", \"values\": [8]}, "
                      "{\"type\": \"IN\", \"name\": \"k\", \"values\": [1, 3, 4]}]}");
    assert_constraint("not (k == 1 or p == adam)", now,
                      "\n    {\"type\": \"EQUALS\", \"name\": \"k\", \"value\": 1},"
                      "\n    {\"type\": \"EQUALS\", \"name\": \"p\", \"value\": \"adam\"}");
    assert_constraint("(k != 1 and n != 1) or not b", now,
                      "\n    {\"type\": \"AND\", \"clauses\": [{\"type\": \"EQUALS\", \"name\": \"k\", \"value\": 1}, "
                      "{\"type\": \"EQUALS\", \"name\": \"b\", \"value\": true}]},"
                      "\n    {\"type\": \"AND\", \"clauses\": [{\"type\": \"EQUALS\", \"name\": \"n\", \"value\": 1}, "
                      "{\"type\": \"EQUALS\", \"name\": \"b\", \"value\": true}]}");
    assert_constraint("k >= x", now, "\n    {\"type\": \"RELATION_LT\", \"left\": \"k\", \"right\": \"x\"}");
}

static void what_forbids_nothing_is_left_out(void **state) {
    (void)state;
    assert_constraint("k < 9", LW_FORMAT_CONFIGSPACE, "");
    assert_constraint("k < 9 and n != 2", LW_FORMAT_CONFIGSPACE,
                      "\n    {\"type\": \"EQUALS\", \"name\": \"n\", \"value\": 2}");
}

static void what_cannot_be_forbidden_there_is_refused(void **state) {
    (void)state;
    assert_refused("  x: !UniformFloat [0, 2]\nconstraints: [\"x < 1.5 or k == 2\"]", LW_FORMAT_CONFIGSPACE_06,
                   "the constraint 'x < 1.5 or k == 2' cannot be written for ConfigSpace: what it forbids of 'x' "
                   "cannot be listed");
    assert_refused("  x: !UniformFloat [0, 2]\nconstraints: [\"x < 1.5 or x < 3\"]", LW_FORMAT_CONFIGSPACE,
                   "the constraint 'x < 1.5 or x < 3' cannot be written for ConfigSpace: what it forbids of 'x' cannot "
                   "be listed");
    assert_refused("constraints: [\"k < n or p == sgd\"]", LW_FORMAT_CONFIGSPACE,
                   "the constraint 'k < n or p == sgd' cannot be written for ConfigSpace: a comparison of two "
                   "parameters cannot be part of a larger clause there");
    assert_refused("constraints: [\"k < n\"]", LW_FORMAT_CONFIGSPACE_06,
                   "the constraint 'k < n' cannot be written for ConfigSpace: what it forbids compares 'k' and 'n' in "
                   "a way that is not known there");
    char many[1024] = "constraints: [\"(k < 4 and n > 1)";
    for (int i = 0; i < 10; i++)
        strcat(many, " or (k != 1 and n != 1)");
    assert_refused(strcat(many, "\"]"), LW_FORMAT_CONFIGSPACE,
                   "the constraint '(k < 4 and n > 1) or (k != 1 and n != 1) or (k != 1 and n !=…' cannot be written "
                   "for ConfigSpace: it forbids in more than 1000 ways");
}

/* There, a space has a default configuration, and it is allowed. */
static void a_forbidden_default_configuration_is_refused(void **state) {
    (void)state;
    assert_refused("constraints: [p != sgd]", LW_FORMAT_CONFIGSPACE,
                   "this cannot be written for ConfigSpace: its constraints forbid the default configuration; give the "
                   "parameters a `default`");
}

/* ---- reading ---- */

static void assert_unreadable(const char *members, const char *message) {
    char text[1024];
    snprintf(text, sizeof text,
             "{\"hyperparameters\": [{\"name\": \"a\", \"type\": \"ordinal\", \"sequence\": [1, 2, 3]},\n"
             "{\"name\": \"b\", \"type\": \"uniform_int\", \"lower\": 1, \"upper\": 5}],\n%s}",
             members);
    lw_space *space = NULL;
    assert_int_equal(lw_space_read(&space, text, strlen(text), "t", LW_FORMAT_CONFIGSPACE, &error), LW_EPARSE);
    assert_null(space);
    assert_string_equal(error.message, message);
}

static void assert_bad_condition(const char *condition, const char *message) {
    char members[512];
    snprintf(members, sizeof members, "\"conditions\": [\n{\"child\": \"b\"%s}]", condition);
    assert_unreadable(members, message);
}

static void broken_conditions_are_told(void **state) {
    (void)state;
    assert_bad_condition("", "t:4:1: 'type' is missing here");
    assert_bad_condition(", \"type\": [1]", "t:4:24: 'type' must be a text; this is a list");
    assert_bad_condition(", \"type\": \"EQ\"", "t:4:1: 'parent' is missing here");
    assert_bad_condition(", \"type\": \"EQ\", \"parent\": \"a\"", "t:4:1: 'value' is missing here");
    assert_bad_condition(", \"type\": \"EQ\", \"parent\": \"a\", \"value\": [1]",
                         "t:4:54: a single value is expected in this condition");
    assert_bad_condition(", \"type\": \"IN\", \"parent\": \"a\", \"values\": []",
                         "t:4:1: 'values' must be a list that is not empty");
    assert_bad_condition(", \"type\": \"LT\", \"parent\": \"a\", \"value\": 7",
                         "t:4:54: 7 is not in the sequence of 'a'");
    assert_bad_condition(", \"type\": \"LT\", \"parent\": \"a\", \"value\": 1",
                         "t:4:54: nothing in the sequence of 'a' is before 1");
    assert_bad_condition(", \"type\": \"GT\", \"parent\": \"a\", \"value\": 3",
                         "t:4:54: nothing in the sequence of 'a' is behind 3");
    assert_bad_condition(", \"type\": \"AND\", \"conditions\": []", "t:4:1: a list of conditions is expected here");
    assert_unreadable("\"conditions\": [{}]", "t:3:16: 'child' is missing here");
    assert_unreadable("\"conditions\": {}", "t:3:15: 'conditions' must be a list; this is a mapping");
    assert_unreadable("\"forbiddens\": [{}]", "t:3:16: 'type' is missing here");
    assert_unreadable("\"forbiddens\": [{\"type\": \"EQUALS\"}]", "t:3:16: 'name' is missing here");
    assert_unreadable("\"forbiddens\": [{\"type\": \"RELATION_LT\", \"left\": \"a\"}]",
                      "t:3:16: 'right' is missing here");
    assert_unreadable("\"forbiddens\": [{\"type\": \"RELATION\", \"lambda\": \"XX\"}]",
                      "t:3:16: unknown type 'XX' of a relation");
}

/* Names and texts that an expression must quote, and two conditions of one child, both of which must hold. */
static void hostile_names_are_read(void **state) {
    (void)state;
    static const char text[] =
        "{\"hyperparameters\": ["
        "{\"name\": \"svm:__choice__\", \"type\": \"categorical\", "
        "\"choices\": [\"it's\", \"a\\\\b\", \"\"]},"
        "{\"name\": \"and\", \"type\": \"categorical\", \"choices\": [true, false]},"
        "{\"name\": \"`t`\", \"type\": \"uniform_int\", \"lower\": 1, \"upper\": 3}],"
        "\"conditions\": [{\"type\": \"IN\", \"child\": \"`t`\", \"parent\": \"svm:__choice__\", "
        "\"values\": [\"it's\", \"a\\\\b\"]}, "
        "{\"type\": \"EQ\", \"child\": \"`t`\", \"parent\": \"and\", \"value\": true}],"
        "\"forbiddens\": [{\"type\": \"AND\", \"clauses\": [{\"type\": \"EQUALS\", \"name\": \"`t`\", \"value\": 2}, "
        "{\"type\": \"EQUALS\", \"name\": \"svm:__choice__\", \"value\": \"a\\\\b\"}]}]}";
    lw_space *space = read_space(text, LW_FORMAT_CONFIGSPACE);
    assert_string_equal(lw_space_condition(space, (size_t)lw_space_find(space, "`t`")),
                        "`svm:__choice__` in ['it\\'s', 'a\\\\b'] and `and` == true");
    uint64_t n = 0;
    assert_int_equal(lw_space_count(space, 1000, &n, &error), LW_OK);
    assert_int_equal(n, 3 + 2 + 1 + 1 + 2);
    assert_written(space, LW_FORMAT_CONFIGSPACE, "\"values\": [\"it's\", \"a\\\\b\"]");
    lw_space_free(space);
}

static void survives_without_memory(void **state) {
    (void)state;
    lw_space *space = make_space("  c: !UniformInt {lower: 1, upper: 3, when: \"not (k in [1, 2]) and n > 1\"}\n"
                                 "constraints: [\"k < 4 or n in [1, 2]\", \"not (p == adam or k > 3)\"]");
    for (uint64_t n = 1, counted = n; counted >= n; n++) {
        char *text = NULL;
        lw_memory_fail_at(n, false);
        int rc = lw_space_write(&text, space, LW_FORMAT_CONFIGSPACE, &error);
        counted = lw_memory_fail_at(0, false);
        if (rc != LW_OK && rc != LW_ENOMEM)
            fail_msg("allocation %d: %s", (int)n, error.message);
        assert_true((rc == LW_OK) == (text != NULL));
        lw_free(text);
    }
    lw_space_free(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_are_turned_to_what_is_known_there),
        cmocka_unit_test(other_comparisons_are_listed),
        cmocka_unit_test(differing_from_a_value_needs_one),
        cmocka_unit_test(conditions_are_joined),
        cmocka_unit_test(what_cannot_be_asked_there_is_refused),
        cmocka_unit_test(constraints_are_what_is_forbidden),
        cmocka_unit_test(what_forbids_nothing_is_left_out),
        cmocka_unit_test(what_cannot_be_forbidden_there_is_refused),
        cmocka_unit_test(a_forbidden_default_configuration_is_refused),
        cmocka_unit_test(broken_conditions_are_told),
        cmocka_unit_test(hostile_names_are_read),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests_name("convert_conditions", tests, NULL, NULL);
}
