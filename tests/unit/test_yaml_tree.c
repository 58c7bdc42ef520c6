#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "yaml_quote.h"
#include "yaml_tree.h"

static lw_yaml_tree *tree;
static lw_error error;

/* Reads text; what is wrong with it is in error. */
static int read_bytes(const char *text, size_t length) {
    lw_problems problems = {.source = "t"};
    lw_yaml_tree_free(tree);
    error = (lw_error){0};
    int rc = lw_yaml_tree_read(&tree, text, length, &problems);
    if (rc == LW_ENOMEM)
        lw_problems_release(&problems);
    else
        assert_int_equal(lw_problems_finish(&problems, NULL, &error), rc);
    return rc;
}

static const lw_yaml_node *read_good(const char *text) {
    int rc = read_bytes(text, strlen(text));
    if (rc != LW_OK)
        fail_msg("%s", error.message);
    return lw_yaml_tree_root(tree);
}

static void assert_problem(const char *text, const char *message) {
    assert_int_equal(read_bytes(text, strlen(text)), LW_EPARSE);
    if (!strstr(error.message, message))
        fail_msg("'%s' is not in '%s'", message, error.message);
}

static int teardown(void **state) {
    (void)state;
    lw_yaml_tree_free(tree);
    tree = NULL;
    return 0;
}

static void test_places(void **state) {
    (void)state;
    const lw_yaml_node *root = read_good("a: 1\nb:\n  - x\n  - 'it''s'\n  - !T {c: \"q\"}\n");
    const lw_yaml_node *list = lw_yaml_get(root, "b");
    assert_int_equal(lw_yaml_get(root, "a")->place.line, 1);
    assert_int_equal(lw_yaml_get(root, "a")->place.column, 4);
    assert_int_equal(list->children[0]->place.line, 3);
    assert_int_equal(list->children[0]->place.column, 5);
    assert_true(list->children[0]->literal);
    assert_string_equal(list->children[1]->text, "it's");
    assert_false(list->children[1]->literal);
    assert_string_equal(list->children[2]->tag, "!T");
    const lw_yaml_node *quoted = lw_yaml_get(list->children[2], "c");
    assert_false(quoted->plain);
    assert_true(quoted->literal);
    assert_int_equal(quoted->place.column, 12);
    assert_int_equal(quoted->content_place.column, 13);
}

static void test_places_count_characters(void **state) {
    (void)state;
    const lw_yaml_node *root = read_good("größe: {a: 'ä', b: 2}\n");
    assert_int_equal(lw_yaml_get(lw_yaml_get(root, "größe"), "b")->place.column, 20);
}

static void test_aliases_give_the_same_node(void **state) {
    (void)state;
    const lw_yaml_node *root = read_good("a: &x [1, 2]\nb: *x\n");
    assert_ptr_equal(lw_yaml_get(root, "a"), lw_yaml_get(root, "b"));
}

static void test_json_reads_as_json(void **state) {
    (void)state;
    const lw_yaml_node *root = read_good(
        "{\n\t\"a\": [1, true],\n\t\"b\":{\"c\":\"\\ud83d\\ude00 \\/ \\\\ud83d x\"}, \"d\": \"\xE2\x80\xA8\x7F\"}\n");
    assert_int_equal(lw_yaml_get(root, "a")->n_children, 2);
    assert_string_equal(lw_yaml_get(lw_yaml_get(root, "b"), "c")->text, "\xF0\x9F\x98\x80 / \\ud83d x");
    assert_string_equal(lw_yaml_get(root, "d")->text, "\xE2\x80\xA8\x7F");
}

/* Strings that libyaml needs to see differently do not move what stands behind them. */
static void test_places_in_json(void **state) {
    (void)state;
    const lw_yaml_node *root =
        read_good("{\"a\": \"\\ud83d\\ude00\\ud83d\\ude00\", \"b\": [\"\xE2\x80\xA8\", \"\x7F\"], \"c\": \"x > 1\",\r\n"
                  "\"d\": \"\\ud83d\\ude00\", \"e\": 1}\n");
    const lw_yaml_node *b = lw_yaml_get(root, "b"), *c = lw_yaml_get(root, "c"), *e = lw_yaml_get(root, "e");
    assert_int_equal(b->place.column, 40);
    assert_int_equal(b->children[1]->place.column, 46);
    assert_string_equal(b->children[0]->text, "\xE2\x80\xA8");
    assert_int_equal(c->place.column, 57);
    assert_true(c->literal);
    assert_int_equal(c->content_place.column, 58);
    assert_false(lw_yaml_get(root, "a")->literal);
    assert_int_equal(e->place.line, 2);
    assert_int_equal(e->place.column, 27);
    assert_problem("{\"a\": \"\\ud83d\\ude00\", \"b\": 1, \"b\": 2}", "t:1:31: the key 'b' is given twice");
    assert_problem("{\"a\": \"\\ud83d\\ude00\", \"b\": \"x\" \"c\"}", "t:1:32: not valid YAML");
    assert_problem("{\"a\": \"\\ud83d\\ude00\", \"b\": \"x\ny\x01\"}", "t:2:2: the control character 0x01");
}

/* What begins like JSON may be YAML: then nothing in it is JSON's. */
static void test_yaml_in_braces_is_left_alone(void **state) {
    (void)state;
    const lw_yaml_node *root = read_good("{'a\\ud83d\\ude00': 'b\\ud83d\\ude00', c: it's, d: '\"\\ud83d\\ude00\"'}");
    assert_string_equal(lw_yaml_key(root, 0)->text, "a\\ud83d\\ude00");
    assert_string_equal(lw_yaml_value(root, 0)->text, "b\\ud83d\\ude00");
    assert_string_equal(lw_yaml_get(root, "d")->text, "\"\\ud83d\\ude00\"");
    root = read_good("{a: b\"\\ud83d\\ude00\", c: d} # \"\\ud83d\\ude00\"\n");
    assert_string_equal(lw_yaml_get(root, "a")->text, "b\"\\ud83d\\ude00\"");
    root = read_good("'{\"a\": \"\\ud83d\\ude00\"}'");
    assert_string_equal(root->text, "{\"a\": \"\\ud83d\\ude00\"}");
}

static void assert_content(const char *text, size_t line, size_t column) {
    const lw_yaml_node *node = read_good(text);
    if (!node->literal || node->content_place.line != line || node->content_place.column != column)
        fail_msg("%s: %zu:%zu", text, node->content_place.line, node->content_place.column);
}

static void assert_no_content(const char *text) {
    const lw_yaml_node *node = read_good(text);
    assert_false(node->literal);
    assert_int_equal(node->content_place.line, node->place.line);
    assert_int_equal(node->content_place.column, node->place.column);
}

static void test_places_of_texts(void **state) {
    (void)state;
    assert_content("abc", 1, 1);
    assert_content("'a b'", 1, 2);
    assert_content("!!str \"abc\"", 1, 8);
    assert_content("!!str   'ä b' # c", 1, 10);
    assert_content("&a \"abc\"", 1, 5);
    assert_content("&a !!str abc", 1, 10);
    assert_content("--- !!str\n  \"abc\"\n", 2, 4);
    assert_no_content("!!str \"a\\tb\"");
    assert_no_content("&a          \"\\x61\\x62\"");
    assert_no_content("!!str 'it''s'");
    assert_no_content("\"a\n  b\"");
    assert_no_content("|\n  abc\n");
    assert_no_content(">-\n  abc\n");
}

static void test_byte_order_mark(void **state) {
    (void)state;
    assert_string_equal(lw_yaml_get(read_good("\xEF\xBB\xBF"
                                              "a: b\n"),
                                    "a")
                            ->text,
                        "b");
}

static void test_duplicate_keys(void **state) {
    (void)state;
    assert_problem("a: 1\nb: 2\na: 3\n", "t:3:1: the key 'a' is given twice, in lines 1 and 3");
    assert_non_null(tree); /* so that the rest can be checked */
    assert_ptr_equal(lw_yaml_get(lw_yaml_tree_root(tree), "a"), lw_yaml_value(lw_yaml_tree_root(tree), 0));
    lw_text many = {0};
    for (int i = 0; i < 1000; i++)
        lw_text_format(&many, "k%d: 1\n", i);
    lw_text_add(&many, "k500: 2\n");
    assert_problem(many.bytes, "t:1001:1: the key 'k500' is given twice, in lines 501 and 1001");
    lw_text_release(&many);
}

static void test_keys_are_words(void **state) {
    (void)state;
    assert_problem("[a]: 1\n", "t:1:1: a list cannot be a key");
    assert_problem("{a: 1}: 1\n", "t:1:1: a mapping cannot be a key");
    assert_problem("a: &x {b: 1}\nc:\n  <<: *x\n", "t:3:3: '<<' (merge) is not part of YAML 1.2");
}

static void test_tabs(void **state) {
    (void)state;
    assert_problem("a:\n  b: 1\nc:\n\td: 1\n", "t:4:1: line 4 is indented by a tab; YAML needs spaces");
    assert_problem("a:\n  b: 1\n\tc: 1\n", "line 3 is indented by a tab");
    assert_problem("a:\n  - 1\n  \t- 2\n", "line 3 is indented by a tab");
}

static void test_syntax_errors(void **state) {
    (void)state;
    assert_problem(
        "a: b: c\n",
        "t:1:5: not valid YAML: mapping values are not allowed in this context; text with ': ' in it needs quotes");
    assert_problem("a: [1, 2\nb: 3\n", "t:2:2: not valid YAML");
    assert_problem("a: 'x\n", "is a closing quote missing?");
    assert_problem("a: %x\n", "t:1:4: not valid YAML: found character that cannot start any token");
    assert_problem("a: \"\\q\"\n", "found unknown escape character");
    assert_problem("a: *b\n", "t:1:4: the alias *b names nothing");
    assert_problem("a: &b [*b]\n", "t:1:8: the alias *b stands inside of what it names");
    assert_problem("a: b\x01\n", "t:1:5: the control character 0x01 is not allowed");
    assert_problem("a: \"x\\0y\"\n", "t:1:4: the text has \"\\0\" in it");
}

static void test_several_documents(void **state) {
    (void)state;
    assert_problem("a: 1\n---\nb: 2\n", "t:2:1: a second document begins in line 2; a file has one");
    read_good("---\na: 1\n...\n");
}

static void test_nothing(void **state) {
    (void)state;
    assert_problem("", "t: the file is empty");
    assert_problem("\n# only this\n", "t: the file is empty");
    assert_problem("---\n", "t: the file is empty");
    assert_problem("\xEF\xBB\xBF", "t: the file is empty");
}

static void test_encodings(void **state) {
    (void)state;
    assert_int_equal(read_bytes("a: 1\nb: \xFF\n", 10), LW_EPARSE);
    assert_string_equal(error.message, "t:2:4: the byte 0xFF is not valid UTF-8; save the file as UTF-8");
    assert_int_equal(read_bytes("\xFF\xFE"
                                "a\0:\0",
                                6),
                     LW_EPARSE);
    assert_string_equal(error.message, "t: the file is UTF-16; save it as UTF-8");
    assert_int_equal(read_bytes("a: 1\nb: \0\n", 10), LW_EPARSE);
    assert_string_equal(error.message, "t:2:4: there is a NUL byte; a text file has none (is this a binary file?)");
}

static void test_depth(void **state) {
    (void)state;
    lw_text text = {0};
    for (int i = 0; i < 5000; i++)
        lw_text_add(&text, "[");
    assert_problem(text.bytes, "t:1:65: this is nested deeper than 64 levels");
    lw_text_release(&text);
    for (int i = 0; i < 5000; i++)
        lw_text_format(&text, "%*sa:\n", i, "");
    assert_problem(text.bytes, "this is nested deeper than 64 levels");
    lw_text_release(&text);
    for (int i = 0; i < 5000; i++)
        lw_text_add(&text, "- ");
    assert_problem(text.bytes, "this is nested deeper than 64 levels");
    lw_text_release(&text);
    for (int i = 0; i < 64; i++)
        lw_text_add(&text, "[");
    for (int i = 0; i < 64; i++)
        lw_text_add(&text, "]");
    read_good(text.bytes);
    lw_text_release(&text);
}

static void test_depth_through_aliases(void **state) {
    (void)state;
    lw_text text = {0};
    lw_text_add(&text, "- &a0 x\n");
    for (int i = 1; i < 100; i++)
        lw_text_format(&text, "- &a%d [*a%d]\n", i, i - 1);
    assert_problem(text.bytes, "this is nested deeper than 64 levels");
    lw_text_release(&text);
}

static void test_alias_bombs(void **state) {
    (void)state;
    lw_text text = {0};
    lw_text_add(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 30; i++)
        lw_text_format(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1,
                       i - 1, i - 1, i - 1, i - 1);
    assert_problem(text.bytes, "with its aliases followed the file has more than 2000000 values or 64 MiB of text");
    lw_text_release(&text);

    lw_text_add(&text, "a: &a ");
    for (int i = 0; i < 1000000; i++)
        lw_text_add(&text, "x");
    lw_text_add(&text, "\nb: [");
    for (int i = 0; i < 1000; i++)
        lw_text_add(&text, "*a ,");
    lw_text_add(&text, "]\n");
    assert_problem(text.bytes, "with its aliases followed the file has more than");
    lw_text_release(&text);
}

static void test_many_directives(void **state) {
    (void)state;
    lw_text text = {0};
    for (int i = 0; i < 200; i++)
        lw_text_format(&text, "%%TAG !a%d! x\n", i);
    lw_text_add(&text, "--- a: 1\n");
    assert_problem(text.bytes, "more than 100 lines begin with '%'");
    lw_text_release(&text);
}

static void test_too_large(void **state) {
    (void)state;
    assert_int_equal(read_bytes("a: 1", (size_t)100 << 20), LW_EPARSE);
    assert_string_equal(
        error.message,
        "t: the file is larger than 64 MiB; an experiment file describes parameters, data belong elsewhere");
}

static void test_hostile_text_in_messages(void **state) {
    (void)state;
    assert_problem("\"a\\e[2J\": 1\n\"a\\e[2J\": 1\n", "the key 'a\\x1B[2J' is given twice");
}

static void assert_written(const char *text, const char *expected) {
    lw_text out = {0};
    lw_yaml_add_text(&out, text, strlen(text));
    assert_string_equal(out.bytes, expected);
    lw_text_release(&out);
}

static void test_quoting(void **state) {
    (void)state;
    assert_written("adam", "adam");
    assert_written("on", "on");
    assert_written("a b", "a b");
    assert_written("true", "\"true\"");
    assert_written("1e-5", "\"1e-5\"");
    assert_written("", "\"\"");
    assert_written(" a", "\" a\"");
    assert_written("a: b", "\"a: b\"");
    assert_written("-x", "\"-x\"");
    assert_written("a\n\"\\", "\"a\\n\\\"\\\\\"");
    assert_written("\xE2\x80\xA8\x7F", "\"\\u2028\\x7F\"");
}

/* Whatever is written reads back as the same text. */
static void test_quoting_round_trip(void **state) {
    (void)state;
    static const char *const pieces[] = {"a",
                                         "'",
                                         "\"",
                                         "\\",
                                         "\n",
                                         " ",
                                         "\t",
                                         ":",
                                         "#",
                                         "-",
                                         "\xC2\x85",
                                         "\xE2\x80\xA8",
                                         "\xEF\xBB\xBF",
                                         "\x7F",
                                         "é",
                                         "{",
                                         ",",
                                         "\xF0\x9F\x98\x80",
                                         "1",
                                         "~",
                                         "\\ud83d\\ude00",
                                         "\x01"};
    enum { N = sizeof pieces / sizeof *pieces };
    for (unsigned i = 0; i < N * N * N; i++) {
        lw_text text = {0}, written = {0};
        lw_text_add(&text, pieces[i % N]);
        lw_text_add(&text, pieces[i / N % N]);
        lw_text_add(&text, pieces[i / N / N]);
        lw_text_add(&written, "k: [");
        lw_yaml_add_text(&written, text.bytes, text.length);
        lw_text_add(&written, "]");
        const lw_yaml_node *list = lw_yaml_get(read_good(written.bytes), "k");
        assert_int_equal(list->n_children, 1);
        assert_string_equal(list->children[0]->text, text.bytes);
        lw_text_release(&text);
        lw_text_release(&written);
    }
}

static void test_out_of_memory(void **state) {
    (void)state;
    static const char text[] = "{\"a\": [1, &x 2, *x, \"\\ud83d\\ude00\"], b: {c: d, c: e}}";
    lw_memory_fail_at(0, false);
    read_bytes(text, strlen(text));
    uint64_t count = lw_memory_fail_at(0, false);
    for (uint64_t n = 1; n <= count; n++) {
        lw_problems problems = {.source = "t"};
        lw_yaml_tree *partial = NULL;
        lw_memory_fail_at(n, false);
        int rc = lw_yaml_tree_read(&partial, text, strlen(text), &problems);
        lw_memory_fail_at(0, false);
        assert_true(rc == LW_ENOMEM || problems.no_memory || rc == LW_EPARSE);
        lw_problems_release(&problems);
        lw_yaml_tree_free(partial);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_places_count_characters),
        cmocka_unit_test(test_aliases_give_the_same_node),
        cmocka_unit_test(test_json_reads_as_json),
        cmocka_unit_test(test_places_in_json),
        cmocka_unit_test(test_yaml_in_braces_is_left_alone),
        cmocka_unit_test(test_places_of_texts),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_duplicate_keys),
        cmocka_unit_test(test_keys_are_words),
        cmocka_unit_test(test_tabs),
        cmocka_unit_test(test_syntax_errors),
        cmocka_unit_test(test_several_documents),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_through_aliases),
        cmocka_unit_test(test_alias_bombs),
        cmocka_unit_test(test_many_directives),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_hostile_text_in_messages),
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_quoting_round_trip),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests_name("yaml_tree", tests, NULL, teardown);
}
