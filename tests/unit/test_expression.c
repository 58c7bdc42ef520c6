#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <labwatch/expression.h>
#include <labwatch/random.h>
#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

/* A little world of names to write expressions over. */
static const struct {
    const char *name;
    lw_value value;
    bool known;
} world[] = {
    {"x", {.kind = LW_VALUE_INTEGER, .integer = 3}, true},
    {"y", {.kind = LW_VALUE_FLOAT, .number = 2.5}, true},
    {"opt", {.kind = LW_VALUE_TEXT, .text = {"adam", 4}}, true},
    {"missing", {.kind = LW_VALUE_NULL}, false},
    {"flag", {.kind = LW_VALUE_BOOL, .boolean = true}, true},
    {"net.layers", {.kind = LW_VALUE_INTEGER, .integer = 4}, true},
    {"net.sizes.0", {.kind = LW_VALUE_INTEGER, .integer = 64}, true},
    {"learning-rate", {.kind = LW_VALUE_FLOAT, .number = 0.1}, true},
    {"big", {.kind = LW_VALUE_INTEGER, .integer = 9007199254740993}, true},
    {"zero", {.kind = LW_VALUE_INTEGER, .integer = 0}, true},
    {"nothing", {.kind = LW_VALUE_NULL}, true},
    {"min", {.kind = LW_VALUE_INTEGER, .integer = 7}, true},
    {"least", {.kind = LW_VALUE_INTEGER, .integer = INT64_MIN}, true},
    {"shape", {.kind = LW_VALUE_DOCUMENT, .text = {"[1,2]", 5}}, true},
    {"words", {.kind = LW_VALUE_TEXT, .text = {"[1,2]", 5}}, true},
    {"mapping", {.kind = LW_VALUE_DOCUMENT, .text = {"{\"a b\":[\"]\\\" \\\\\",1.5]}", 22}}, true},
};

enum { WORLD_SIZE = sizeof world / sizeof world[0] };

static ptrdiff_t find_name(void *self, const char *name, size_t length) {
    (void)self;
    for (ptrdiff_t i = 0; i < WORLD_SIZE; i++)
        if (strlen(world[i].name) == length && memcmp(world[i].name, name, length) == 0)
            return i;
    return -1;
}

static const char *name_at(void *self, size_t i) {
    (void)self;
    return i < WORLD_SIZE ? world[i].name : NULL;
}

static int check_value(void *self, size_t slot, lw_value value, lw_error *error) {
    (void)self;
    if (strcmp(world[slot].name, "opt") == 0 && value.kind == LW_VALUE_TEXT && strcmp(value.text.bytes, "adm") == 0)
        return lw_error_set(error, LW_EINVAL, "opt is never adm");
    return LW_OK;
}

static const lw_symbols symbols = {.slot = find_name, .check = check_value, .name = name_at};

static lw_value value_at(void *arg, size_t slot, bool *known) {
    (void)arg;
    *known = world[slot].known;
    return world[slot].value;
}

static lw_truth truth_of(const char *text) {
    lw_expression *expression = NULL;
    lw_error error = {0};
    if (lw_expression_parse(&expression, text, strlen(text), &symbols, NULL, &error) != LW_OK)
        fail_msg("%s: %s", text, error.message);
    lw_truth truth = lw_expression_evaluate(expression, value_at, NULL);
    lw_expression_free(expression);
    return truth;
}

static void outcomes_are_those_of_the_language(void **state) {
    (void)state;
    static const struct {
        const char *text;
        lw_truth truth;
    } cases[] = {
        {"x == 3", LW_TRUE},
        {"x = 3.0", LW_TRUE},
        {"x != 3", LW_FALSE},
        {"x > 2 and y < 3", LW_TRUE},
        {"x + y * 2 == 8", LW_TRUE},
        {"(x + y) * 2 == 11", LW_TRUE},
        {"-x ** 2 == -9", LW_TRUE},
        {"2 ** 3 ** 2 == x - x + 512", LW_TRUE},
        {"x / 2 == 1.5", LW_TRUE},
        {"-x % 5 == 2", LW_TRUE},
        {"x % -5 == -2", LW_TRUE},
        {"y % 2 == .5", LW_TRUE},
        {"x - -1 == 4", LW_TRUE},
        {"2 ** -x == 0.125", LW_TRUE},
        {"3 ** 40 == 12157665459056928801", LW_TRUE},
        {"(x + 7) ** 30 == 1e30", LW_TRUE},
        {"abs(x) == 3 and abs(-x) == 3 and floor(x) == 3", LW_TRUE},
        {"abs(y - 5) == 2.5", LW_TRUE},
        {"floor(y * 1e300) == 2.5e300", LW_TRUE},
        {"y % zero < 1", LW_UNDEFINED},
        {"least > -1e19 and least < 1e19", LW_TRUE},
        {"opt == adam", LW_TRUE},
        {"opt == 'adam'", LW_TRUE},
        {"\"adam\" == opt", LW_TRUE},
        {"adam = opt", LW_TRUE},
        {"opt in [sgd, adam]", LW_TRUE},
        {"opt not in [sgd, adam]", LW_FALSE},
        {"x in [1, 2]", LW_FALSE},
        {"x in [1, x]", LW_TRUE},
        {"not (x in [1, 2])", LW_TRUE},
        {"not x in [1, 2]", LW_TRUE},
        {"opt < 'b'", LW_TRUE},
        {"opt == 1", LW_FALSE},
        {"x == '3'", LW_FALSE},
        {"opt < 1 or x == 3", LW_TRUE},
        {"flag", LW_TRUE},
        {"not flag", LW_FALSE},
        {"flag == true", LW_TRUE},
        {"flag == 1", LW_FALSE},
        {"net.layers == 4", LW_TRUE},
        {"net.sizes.0 >= 64", LW_TRUE},
        {"`learning-rate` < 1", LW_TRUE},
        {"min == 7", LW_TRUE},
        {"min(x, y, 9) == 2.5", LW_TRUE},
        {"max(x, y) == x", LW_TRUE},
        {"abs(-x) == 3", LW_TRUE},
        {"log(exp(y)) == 2.5", LW_TRUE},
        {"log2(8) == x", LW_TRUE},
        {"log10(1000) == x", LW_TRUE},
        {"sqrt(x * x) == 3", LW_TRUE},
        {"floor(y) == 2 and ceil(y) == 3 and round(y) == 2", LW_TRUE},
        /* what a double cannot hold */
        {"big == 9007199254740992", LW_FALSE},
        {"big > 9007199254740992.0", LW_TRUE},
        {"big == 9007199254740993", LW_TRUE},
        {"9007199254740992.0 < big", LW_TRUE},
        {"big < 1e300", LW_TRUE},
        {"least == -9223372036854775808", LW_TRUE},
        {"abs(least) > 0", LW_TRUE},
        {"least % -1 == 0", LW_TRUE},
        {"least - 1 < 0", LW_TRUE},
        {"10 ** 30 > big", LW_TRUE},
        /* three values and the fourth */
        {"missing == 1", LW_UNKNOWN},
        {"missing != 1", LW_UNKNOWN},
        {"not missing == 1", LW_UNKNOWN},
        {"missing == 1 and x == 3", LW_UNKNOWN},
        {"missing == 1 and x == 4", LW_FALSE},
        {"missing == 1 or x == 3", LW_TRUE},
        {"missing == 1 or x == 4", LW_UNKNOWN},
        {"missing in [1, 2]", LW_UNKNOWN},
        {"x in [3, missing]", LW_TRUE},
        {"x in [4, missing]", LW_UNKNOWN},
        {"missing + 1 > 0", LW_UNKNOWN},
        {"missing == null", LW_TRUE},
        {"missing != null", LW_FALSE},
        {"null == nothing", LW_TRUE},
        {"x == null", LW_FALSE},
        {"x in [1, null]", LW_FALSE},
        {"missing in [1, null]", LW_TRUE},
        {"nothing == 3", LW_FALSE},
        {"nothing < 3", LW_UNDEFINED},
        {"x / zero > 1", LW_UNDEFINED},
        {"x % zero == 1", LW_UNDEFINED},
        {"not (x / zero > 1)", LW_UNDEFINED},
        {"x / zero > 1 and x == 4", LW_FALSE},
        {"x / zero > 1 or x == 3", LW_TRUE},
        {"x / zero > 1 or missing > 1", LW_UNDEFINED},
        {"log(zero) < 1", LW_UNDEFINED},
        {"sqrt(-x) > 0", LW_UNDEFINED},
        {"opt + 1 > 2", LW_UNDEFINED},
        {"x", LW_UNDEFINED},
        {"(-x) ** 0.5 > 0", LW_UNDEFINED},
        {"zero ** -1 > 0", LW_UNDEFINED},
        {"x > 1 and opt", LW_UNDEFINED},
        /* lists and mappings */
        {"shape == [1, 2]", LW_TRUE},
        {"[ 1,2 ] = shape", LW_TRUE},
        {"shape != [1, 2]", LW_FALSE},
        {"shape == [2, 1]", LW_FALSE},
        {"shape == '[1,2]'", LW_FALSE},
        {"words == '[1,2]'", LW_TRUE},
        {"words == [1,2]", LW_FALSE},
        {"shape == words", LW_FALSE},
        {"shape in ['[1,2]', 3]", LW_FALSE},
        {"shape in [3, [1, 2]] and x == 3", LW_TRUE},
        {"mapping == {\"a\\u0020b\": [\"]\\\" \\\\\", 1.50]}", LW_TRUE},
        {"mapping == {}", LW_FALSE},
        {"shape < words", LW_UNDEFINED},
        {"shape + 1 > 2", LW_UNDEFINED},
        {"shape", LW_UNDEFINED},
        {"missing == [1]", LW_UNKNOWN},
        {"1 < 2", LW_TRUE},
        {"true", LW_TRUE},
        {"(x > 2) == (y > 2)", LW_TRUE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (truth_of(cases[i].text) != cases[i].truth)
            fail_msg("%s is %d", cases[i].text, (int)truth_of(cases[i].text));
}

static void mistakes_are_told_with_their_place(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t at;
        const char *says;
    } cases[] = {
        {"", 0, "empty"},
        {"  ", 0, "empty"},
        {"x <", 3, "ends where"},
        {"1 < x < 3", 6, "write 'a < b and b < c'"},
        {"x == 3 == 3", 7, "chained"},
        {"x > 1 && y > 1", 6, "write 'and'"},
        {"x > 1 || y > 1", 6, "write 'or'"},
        {"!flag", 0, "write 'not'"},
        {"x <> 1", 2, "write '!='"},
        {"x ^ 2 == 9", 2, "write '**'"},
        {"x > 1 / 0", 6, "division by zero"},
        {"x % 0 == 1", 2, "division by zero"},
        {"x / (1 - 1) > 2", 2, "division"},
        {"log(-1) < x", 0, "no result"},
        {"z == 3", 0, "there is no 'z'"},
        {"net.layer > 2", 0, "did you mean 'net.layers'?"},
        {"foo == bar", 0, "there is no 'foo'"},
        {"foo in [1]", 0, "there is no 'foo'"},
        {"x + foo > 1", 4, "there is no 'foo'"},
        {"`x-y` == 1", 0, "there is no 'x-y'"},
        {"opt == adm", 7, "never adm"},
        {"opt in [sgd, 'adm']", 13, "never adm"},
        {"lgo(x) > 1", 0, "did you mean 'log'?"},
        {"log(x, y) > 1", 7, "one argument"},
        {"(x > 1", 0, "not closed"},
        {"x > 1)", 5, "no '('"},
        {"x in 3", 5, "a list"},
        {"x in []", 6, "lacks an item"},
        {"x in [1, ]", 9, "lacks"},
        {"x == [1", 5, "this '[' is not closed"},
        {"x == {\"a\": [1}]", 5, "a list or mapping is written as JSON: line 1"},
        {"x == ['a']", 5, "written as JSON"},
        {"x > 1 or x == {1: 2}", 14, "written as JSON"},
        {"x < [1]", 4, "lists and mappings have no order"},
        {"x + [1] > 3", 4, "needs numbers"},
        {"x == 3 and [1]", 11, "needs a condition"},
        {"x == [1] [2]", 9, "found '['"},
        {"x 3", 2, "found '3'"},
        {"3", 0, "condition"},
        {"'a' and x > 1", 0, "condition"},
        {"x > 'abc", 4, "no end"},
        {"x > 8bit", 4, "not a number"},
        {"x > 1e999", 4, "not a number"},
        {"x $ 3", 2, "no meaning"},
        {"flag < true", 7, "no order"},
        {"x == not flag", 5, "brackets"},
        {"x not 3", 6, "'in'"},
        {"x > \xff", 4, "UTF-8"},
        {"'a' + x > 1", 0, "numbers"},
        {"x == 'a' + 'b'", 5, "numbers"},
        {"`` > 1", 0, "no name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lw_expression *expression = NULL;
        lw_error error = {0};
        size_t at = SIZE_MAX;
        int status = lw_expression_parse(&expression, cases[i].text, strlen(cases[i].text), &symbols, &at, &error);
        if (status != LW_EPARSE || at != cases[i].at || !strstr(error.message, cases[i].says))
            fail_msg("%s: status %d at %zu: %s", cases[i].text, status, at, error.message);
    }
}

/* Where nobody says which values a name has, a list is a mistake: `in` was meant. */
static void a_list_alone_needs_someone_who_knows_the_values(void **state) {
    (void)state;
    const lw_symbols few = {.slot = find_name, .name = name_at};
    static const char *const texts[] = {"x == [1]", "x == {\"a\": 1}"};
    static const char *const sentences[] = {"behind 'in'", "can be a mapping"};
    for (size_t i = 0; i < 2; i++) {
        lw_expression *expression = NULL;
        lw_error error = {0};
        size_t at = 0;
        assert_int_equal(lw_expression_parse(&expression, texts[i], strlen(texts[i]), &few, &at, &error), LW_EPARSE);
        assert_int_equal(at, 5);
        assert_non_null(strstr(error.message, sentences[i]));
    }
}

static void canonical_text_sees_no_spelling(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"x==3 and opt=='adam'", "( x = 3.0 ) and (opt == adam)"},
                                           {"x > 1 + 1", "x > 2"},
                                           {"opt in [a,b]", "opt in ['a', \"b\"]"},
                                           {"x != null", "null != x"},
                                           {"shape == [1,2]", "shape = [ 1 , 2 ]"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char *texts[2];
        for (int side = 0; side < 2; side++) {
            lw_expression *expression = NULL;
            assert_int_equal(
                lw_expression_parse(&expression, pairs[i][side], strlen(pairs[i][side]), &symbols, NULL, NULL), LW_OK);
            texts[side] = lw_expression_canonical(expression);
            lw_expression_free(expression);
        }
        assert_string_equal(texts[0], texts[1]);
        lw_free(texts[0]);
        lw_free(texts[1]);
    }
}

static void slots_are_listed_once(void **state) {
    (void)state;
    const char *text = "y > x and x * y < 100 or flag";
    lw_expression *expression = NULL;
    assert_int_equal(lw_expression_parse(&expression, text, strlen(text), &symbols, NULL, NULL), LW_OK);
    assert_int_equal(lw_expression_n_slots(expression), 3);
    assert_int_equal(lw_expression_slot(expression, 0), 1);
    assert_int_equal(lw_expression_slot(expression, 1), 0);
    assert_int_equal(lw_expression_slot(expression, 2), 4);
    assert_string_equal(lw_expression_text(expression), text);
    lw_expression_free(expression);
}

static char *repeated(const char *begin, const char *piece, size_t count, const char *end) {
    lw_text text = {0};
    lw_text_add(&text, begin);
    for (size_t i = 0; i < count; i++)
        lw_text_add(&text, piece);
    lw_text_add(&text, end);
    return lw_text_take(&text);
}

static int parse_status(char *text) {
    lw_expression *expression = NULL;
    int status = lw_expression_parse(&expression, text, strlen(text), &symbols, NULL, NULL);
    if (status == LW_OK)
        lw_expression_evaluate(expression, value_at, NULL);
    lw_expression_free(status == LW_OK ? expression : NULL);
    lw_free(text);
    return status;
}

static void bounds_hold(void **state) {
    (void)state;
    assert_int_equal(parse_status(repeated("", "(", 190, "x")), LW_EPARSE);
    char *deep = repeated("", "(", 190, "x > 1");
    char *closed = repeated(deep, ")", 190, "");
    lw_free(deep);
    assert_int_equal(parse_status(closed), LW_OK);
    assert_int_equal(parse_status(repeated("", "(", 60000, "")), LW_EPARSE);
    assert_int_equal(parse_status(repeated("", "not ", 10000, "flag")), LW_EPARSE);
    assert_int_equal(parse_status(repeated("x > ", "-", 10000, "1")), LW_EPARSE);
    assert_int_equal(parse_status(repeated("x > ", "2**", 10000, "1")), LW_EPARSE);
    assert_int_equal(parse_status(repeated("x > ", "1+2*3**(", 190, "1")), LW_EPARSE);
    assert_int_equal(parse_status(repeated("x > 1", " and x > 1", 5000, "")), LW_OK);
    assert_int_equal(parse_status(repeated("x in [1", ", 1", 20000, "]")), LW_OK);
    assert_int_equal(parse_status(repeated("x > 1", " and x > 1", 8000, "")), LW_EPARSE);
}

/* Any sequence of words is either parsed or refused; what is parsed can be evaluated. */
static void any_words_are_survived(void **state) {
    (void)state;
    static const char *const words[] = {"x",    "y",    "opt", "missing", "flag", "3",   "0", "2.5", "'a'",
                                        "null", "true", "(",   ")",       "[",    "]",   ",", "and", "or",
                                        "not",  "in",   "==",  "<",       "+",    "-",   "*", "/",   "%",
                                        "**",   "min",  "log", "foo",     "!=",   "abs", ">=",  "{",   "}"};
    lw_stream stream;
    lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, 1, 0);
    size_t n_parsed = 0;
    for (int round = 0; round < 20000; round++) {
        lw_text text = {0};
        size_t length = 1 + lw_stream_below(&stream, 12);
        for (size_t i = 0; i < length; i++) {
            lw_text_add(&text, words[lw_stream_below(&stream, sizeof words / sizeof words[0])]);
            lw_text_add(&text, " ");
        }
        n_parsed += parse_status(lw_text_take(&text)) == LW_OK;
    }
    assert_true(n_parsed > 50);
}

static void no_memory_is_an_error(void **state) {
    (void)state;
    const char *text = "x > 1 and opt in [sgd, 'ad\\'am'] and net.layers * 2 + 1 <= 100 or foo == x and lgo(1)";
    for (uint64_t n = 1; n < 200; n++) {
        lw_expression *expression = NULL;
        lw_memory_fail_at(n, true);
        int status = lw_expression_parse(&expression, text, strlen(text), &symbols, NULL, NULL);
        lw_memory_fail_at(0, false);
        assert_true(status == LW_ENOMEM || status == LW_EPARSE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_those_of_the_language),
        cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(a_list_alone_needs_someone_who_knows_the_values),
        cmocka_unit_test(canonical_text_sees_no_spelling),
        cmocka_unit_test(slots_are_listed_once),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(any_words_are_survived),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
