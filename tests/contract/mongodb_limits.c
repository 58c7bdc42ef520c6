/* What would make a document too large for a server: bounded, split, or refused with a sentence; no number is lost. */
#include "testing.h"

#include <labwatch/document.h>

#include "mongo_bench.h"

static const char experiment_text[] = "experiment: heart\n"
                                      "optimizer: random\n"
                                      "seed: 1\n"
                                      "space: {x: !UniformFloat [0, 1], text: !Constant {value: small}}\n";

enum { MEGABYTE = 1000000 };

typedef struct bench {
    lw_test_mongo mongo;
    lw_assistant *assistant;
    char *text; /* 20 MB */
} bench;

static lw_assistant *open_experiment(lw_store *store, const char *text) {
    lw_experiment *experiment = NULL;
    lw_assistant *assistant = NULL;
    lw_error error;
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "heart.yaml", NULL, &error), error);
    assert_ok(lw_assistant_open(&assistant, store, experiment, NULL, &error), error);
    lw_experiment_free(experiment);
    return assistant;
}

static int set_up(void **state) {
    static bench b;
    lw_test_mongo_open(&b.mongo, "");
    b.assistant = open_experiment(b.mongo.store, experiment_text);
    b.text = malloc(20 * MEGABYTE + 1);
    memset(b.text, 'x', 20 * MEGABYTE);
    b.text[20 * MEGABYTE] = '\0';
    *state = &b;
    return 0;
}

static int tear_down(void **state) {
    bench *b = *state;
    lw_assistant_close(b->assistant);
    lw_test_mongo_close(&b->mongo);
    free(b->text);
    return 0;
}

static lw_assignment suggest(bench *b) {
    lw_assignment run;
    lw_error error;
    assert_ok(lw_assistant_take(b->assistant, NULL, &run, &error), error);
    return run;
}

/* {small: 1, large: a text of so many bytes, result: 0.25} */
static bson_t *object_of(const bench *b, int size) {
    bson_t *document = BCON_NEW("small", BCON_INT32(1));
    bson_append_utf8(document, "large", -1, b->text, size);
    bson_append_double(document, "result", -1, 0.25);
    return document;
}

static int add_bytes(void *arg, const void *bytes, size_t size, lw_error *error) {
    (void)error;
    lw_text_append(arg, bytes, size);
    return LW_OK;
}

static void assert_kept(const bench *b, int64_t id, const char *name, const bson_t *document) {
    lw_text text = {0};
    lw_error error;
    bson_t kept;
    assert_ok(lw_store_file_get(b->mongo.store, id, LW_FILE_ARTIFACT, name, add_bytes, &text, &error), error);
    assert_ok(lw_document_from_json(&kept, text.bytes, text.length, &error), error);
    assert_int_equal(kept.len, document->len);
    bson_destroy(&kept);
    lw_text_release(&text);
}

static void test_limits__large_results_leave_their_numbers_in_the_run(void **state) {
    bench *b = *state;
    lw_error error;
    lw_assignment given = suggest(b);
    bson_t *document = object_of(b, 17 * MEGABYTE), *info = object_of(b, 20 * MEGABYTE - 1);
    lw_result result;
    assert_ok(lw_result_of_document(&result, lw_assistant_experiment(b->assistant), document, &error), error);
    result.info = info;
    result.captured_out = b->text;
    result.token = &given.token;
    assert_ok(lw_assistant_observe(b->assistant, given.id, &result, &error), error);
    assert_int_equal(lw_assistant_observe(b->assistant, given.id, &result, &error), LW_KNOWN);
    lw_run run;
    bson_iter_t at, inside;
    assert_ok(lw_store_run_get(b->mongo.store, given.id, &run, &error), error);
    assert_true(run.status == LW_STATUS_COMPLETED && run.cost == 0.25);
    assert_true(bson_iter_init(&at, run.result) && bson_iter_find_descendant(&at, "result.result", &inside));
    assert_true(bson_iter_double(&inside) == 0.25);
    assert_false(bson_iter_init(&at, run.result) && bson_iter_find_descendant(&at, "result.large", &inside));
    assert_true(bson_has_field(run.info, "small") && !bson_has_field(run.info, "large"));
    assert_true(strlen(run.captured_out) < 2 * MEGABYTE);
    assert_contains(run.captured_out, "bytes left out");
    assert_kept(b, given.id, "result.json", document);
    assert_kept(b, given.id, "info.json", info);
    lw_run_release(&run);
    lw_assignment_release(&given);
    bson_destroy(document);
    bson_destroy(info);
}

static void test_limits__long_output_comes_with_a_beat(void **state) {
    bench *b = *state;
    lw_error error;
    lw_run run;
    lw_assignment given = suggest(b), other = suggest(b);
    lw_beat beats[] = {{.id = given.id, .token = given.token, .captured_out = b->text},
                       {.id = other.id, .token = other.token, .captured_out = "short"}};
    assert_ok(lw_assistant_beat(b->assistant, beats, 2, &error), error);
    assert_ptr_equal(beats[0].captured_out, b->text);
    assert_ok(lw_store_run_get(b->mongo.store, given.id, &run, &error), error);
    assert_contains(run.captured_out, "bytes left out");
    lw_run_release(&run);
    assert_ok(lw_store_run_get(b->mongo.store, other.id, &run, &error), error);
    assert_string_equal(run.captured_out, "short");
    lw_run_release(&run);
    lw_assignment_release(&given);
    lw_assignment_release(&other);
}

/* An experiment with a constant of so many bytes. */
static lw_assistant *open_with_constant(bench *b, int size) {
    char *text = malloc((size_t)size + 200);
    int length = sprintf(text, "experiment: heart\nspace: {x: !UniformFloat [0, 1], text: ");
    memset(text + length, 'x', (size_t)size);
    strcpy(text + length + size, "}\n");
    lw_assistant *assistant = open_experiment(b->mongo.store, text);
    free(text);
    return assistant;
}

/* Everything as large as it may be, together in one document. */
static void test_limits__a_large_configuration_has_room_for_everything_else(void **state) {
    bench *b = *state;
    lw_error error;
    lw_assistant *assistant = open_with_constant(b, 4 * MEGABYTE);
    lw_assignment given;
    assert_ok(lw_assistant_take(assistant, NULL, &given, &error), error);
    bson_t *document = object_of(b, MEGABYTE), *info = object_of(b, MEGABYTE);
    lw_result result;
    assert_ok(lw_result_of_document(&result, lw_assistant_experiment(assistant), document, &error), error);
    result.info = info;
    result.captured_out = b->text + 19 * MEGABYTE;
    assert_ok(lw_assistant_observe(assistant, given.id, &result, &error), error);
    lw_run run;
    assert_ok(lw_store_run_get(b->mongo.store, given.id, &run, &error), error);
    assert_true(run.config->len > 4 * MEGABYTE && bson_has_field(run.info, "large"));
    lw_run_release(&run);
    lw_assignment_release(&given);
    bson_destroy(document);
    bson_destroy(info);
    lw_assistant_close(assistant);
}

static void test_limits__a_configuration_that_is_too_large_is_refused(void **state) {
    bench *b = *state;
    lw_error error;
    lw_assignment given;
    lw_assistant *assistant = open_with_constant(b, 5 * MEGABYTE);
    assert_int_equal(lw_assistant_take(assistant, NULL, &given, &error), LW_EUNSUPPORTED);
    assert_contains(error.message, "too large");
    lw_standing standing;
    assert_ok(lw_assistant_standing(assistant, &standing, &error), error);
    assert_true(standing.counts.last_id == 0);
    lw_assistant_close(assistant);
}

static int check_points(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    size_t *seen = arg;
    assert_string_equal(name, "loss");
    for (size_t i = 0; i < n; i++)
        assert_true(points[i].step == (int64_t)i && points[i].value == (double)i * 0.5);
    *seen = n;
    return LW_OK;
}

static void test_limits__a_million_points_of_a_metric(void **state) {
    enum { N = 1000000, AT_ONCE = 50000 };
    bench *b = *state;
    lw_error error;
    lw_assignment given = suggest(b);
    lw_metric_point *points = calloc(AT_ONCE, sizeof *points);
    for (int begin = 0; begin < N; begin += AT_ONCE) {
        for (int i = 0; i < AT_ONCE; i++)
            points[i] = (lw_metric_point){.step = begin + i, .value = (begin + i) * 0.5, .time_ms = 1795249285288};
        assert_ok(lw_assistant_log(b->assistant, given.id, "loss", points, AT_ONCE, &error), error);
    }
    size_t seen = 0;
    assert_ok(lw_store_metric_each(b->mongo.store, given.id, check_points, &seen, &error), error);
    assert_int_equal(seen, N);
    assert_int_equal(lw_test_mongo_count(&b->mongo, "metrics", "{}"), 5);
    free(points);
    lw_assignment_release(&given);
}

#define on_server(test) {#test, test, set_up, tear_down, NULL}

static void test_limits__an_output_that_no_server_takes_stops_no_other_beat(void **state) {
    const bench *b = *state;
    lw_error error;
    lw_run run;
    lw_assignment first = suggest((bench *)*state), second = suggest((bench *)*state);
    lw_beat beats[] = {{.id = first.id, .token = first.token, .captured_out = b->text},
                       {.id = second.id, .token = second.token, .captured_out = "two"},
                       {.id = 99, .token = second.token}};
    assert_ok(lw_store_run_beats(b->mongo.store, beats, 3, &error), error);
    assert_true(beats[0].refusal.code != LW_OK && beats[0].refusal.code != LW_EUNAVAILABLE);
    assert_true(beats[0].refusal.message[0] != '\0');
    assert_int_equal(beats[1].refusal.code, LW_OK);
    assert_int_equal(beats[2].refusal.code, LW_ENOTFOUND);
    assert_ok(lw_store_run_get(b->mongo.store, second.id, &run, &error), error);
    assert_string_equal(run.captured_out, "two");
    lw_run_release(&run);
    lw_assignment_release(&first);
    lw_assignment_release(&second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        on_server(test_limits__large_results_leave_their_numbers_in_the_run),
        on_server(test_limits__long_output_comes_with_a_beat),
        on_server(test_limits__a_large_configuration_has_room_for_everything_else),
        on_server(test_limits__a_configuration_that_is_too_large_is_refused),
        on_server(test_limits__an_output_that_no_server_takes_stops_no_other_beat),
        on_server(test_limits__a_million_points_of_a_metric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
