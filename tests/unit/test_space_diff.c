#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include <labwatch/convert.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

static lw_space *space_of(const char *lines, const char *constraints) {
    lw_text text = {0};
    lw_error error;
    lw_space *space = NULL;
    lw_text_format(&text, "space:\n%sconstraints: [%s]\n", lines, constraints);
    if (lw_space_read(&space, text.bytes, text.length, "t", LW_FORMAT_LABWATCH, &error) != LW_OK)
        fail_msg("%s", error.message);
    lw_text_release(&text);
    return space;
}

static void assert_spaces_differ(lw_space *a, lw_space *b, const char *expected) {
    char *difference = NULL;
    assert_int_equal(lw_space_diff(&difference, a, b, NULL), LW_OK);
    assert_string_equal(difference, expected);
    uint8_t digest_a[16], digest_b[16];
    lw_space_digest(a, digest_a);
    lw_space_digest(b, digest_b);
    assert_int_equal(memcmp(digest_a, digest_b, 16) == 0, *expected == '\0');
    lw_free(difference);
    lw_space_free(a);
    lw_space_free(b);
}

static void assert_difference(const char *a, const char *b, const char *expected) {
    assert_spaces_differ(space_of(a, ""), space_of(b, ""), expected);
}

static void test_attributes(void **state) {
    (void)state;
    assert_difference("  C: !UniformFloat [1, 100]\n", "  C: !UniformFloat [1, 1000]\n",
                      "~ C: upper 100.0 -> 1000.0\n");
    assert_difference("  C: !UniformFloat [1, 100]\n", "  C: !UniformFloat [2, 100, log_scale]\n",
                      "~ C: lower 1.0 -> 2.0, log_scale false -> true\n");
    assert_difference("  n: !UniformInt [0, 9]\n", "  n: !UniformInt {lower: 0, upper: 9, step: 3}\n",
                      "~ n: step none -> 3\n");
    assert_difference("  n: !UniformInt [0, 9]\n", "  n: !UniformInt {lower: 0, upper: 9, default: 7}\n",
                      "~ n: default 4 -> 7\n");
    assert_difference("  g: !Gaussian [0, 1]\n", "  g: !Gaussian {mu: 0, sigma: 2, upper: 5}\n",
                      "~ g: sigma 1.0 -> 2.0, upper none -> 5.0\n");
}

static void test_choices(void **state) {
    (void)state;
    assert_difference("  k: !Categorical [a, b]\n", "  k: !Categorical [a, b, '1']\n",
                      "~ k: choices [a, b] -> [a, b, \"1\"]\n");
    assert_difference("  k: !Categorical [a, b]\n", "  k: !Categorical {choices: [a, b], weights: [1, 3]}\n",
                      "~ k: weights [0.5, 0.5] -> [0.25, 0.75]\n");
    assert_difference("  k: !Categorical [a, b]\n", "  k: !Ordinal [a, b]\n",
                      "~ k: Categorical [a, b] -> Ordinal [a, b]\n");
}

static void test_conditions(void **state) {
    (void)state;
    static const char base[] = "  k: !Categorical [a, b]\n  d: !UniformInt [1, 5]\n";
    assert_difference(base, "  k: !Categorical [a, b]\n  d: !UniformInt {lower: 1, upper: 5, when: {k: a}}\n",
                      "~ d: when always -> k == 'a'\n");
    assert_difference("  k: !Categorical [a, b]\n  d: !UniformInt {lower: 1, upper: 5, when: \"k == a\"}\n",
                      "  k: !Categorical [a, b]\n  d: !UniformInt {lower: 1, upper: 5, when: (k=='a')}\n", "");
}

static void test_more_and_less(void **state) {
    (void)state;
    assert_difference("  a: !UniformInt [1, 5]\n  degree: 3\n",
                      "  a: !UniformInt [1, 5]\n  gamma: !UniformFloat {lower: 1e-5, upper: 10, log_scale: true, when: "
                      "a > 2}\n  b: !Categorical [x, y]\n  net: {c: 1, z: []}\n",
                      "- degree\n"
                      "+ gamma: UniformFloat [1e-05, 10.0] log_scale when a > 2\n"
                      "+ b: Categorical [x, y]\n"
                      "+ net.c: 1\n"
                      "+ net.z: []\n");
    assert_difference("  a: !UniformInt [1, 5]\n  net: {c: 1}\n", "  a: !UniformInt [1, 5]\n", "- net\n");
}

static void test_replaced(void **state) {
    (void)state;
    assert_difference("  a: !UniformInt [1, 5]\n  data: x\n", "  a: 5\n  data: y\n  p: !UniformInt [1, 2]\n",
                      "~ a: UniformInt [1, 5] -> 5\n~ data: x -> y\n+ p: UniformInt [1, 2]\n");
    assert_difference("  a: !UniformInt [1, 5]\n  d: 1\n", "  a: !UniformInt [1, 5]\n  d: {e: 2}\n",
                      "~ d: 1 -> a mapping\n+ d.e: 2\n");
}

static void test_constraints(void **state) {
    (void)state;
    static const char lines[] = "  a: !UniformInt [1, 5]\n  b: !UniformInt [1, 5]\n";
    assert_spaces_differ(space_of(lines, "a < b, a + b < 8"), space_of(lines, "(a<b), b > 1"),
                         "- constraint: a + b < 8\n+ constraint: b > 1\n");
    assert_spaces_differ(space_of(lines, "a < b, a + b < 8"), space_of(lines, "a+b<8, a<b"), "");
}

static void test_same(void **state) {
    (void)state;
    assert_difference(
        "  a: !UniformFloat [1, 5]\n  b: {c: 1}\n  k: !Categorical [x, 1]\n",
        "  b.c: 1\n  k: {type: Categorical, choices: [x, 1]} # the same\n  a: !UniformFloat {lower: 1.0, upper: 5e0}\n",
        "");
}

static void test_out_of_memory(void **state) {
    (void)state;
    lw_space *a = space_of("  a: !UniformInt [1, 5]\n  k: !Categorical [x, y]\n", "a < 4"),
             *b = space_of("  a: !UniformInt {lower: 1, upper: 9, when: {k: x}}\n  k: !Categorical [x, z]\n", "a < 5");
    for (uint64_t n = 1;; n++) {
        char *difference = NULL;
        lw_memory_fail_at(n, false);
        int rc = lw_space_diff(&difference, a, b, NULL);
        uint64_t counted = lw_memory_fail_at(0, false);
        assert_true(rc == LW_OK || rc == LW_ENOMEM);
        lw_free(difference);
        if (counted < n)
            break;
    }
    lw_space_free(a);
    lw_space_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attributes),    cmocka_unit_test(test_choices),       cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_more_and_less), cmocka_unit_test(test_replaced),      cmocka_unit_test(test_constraints),
        cmocka_unit_test(test_same),          cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests_name("space_diff", tests, NULL, NULL);
}
