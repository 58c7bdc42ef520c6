/* The stored experiment: what is damaged is told by its field, and what a file changes is taken over whole. */
#include "testing.h"

#include <labwatch/document.h>
#include <labwatch/experiment.h>

#include "experiment_record.h"

static const char first_text[] = "experiment: e\nseed: 5\nruns: 9\nspace: {x: !UniformFloat [0, 1]}\n";
static const char other_text[] = "experiment: e\nseed: 6\nruns: 9\ncost: {name: loss}\nspaces:\n"
                                 "  default: {x: !UniformFloat [0, 2]}\n  other: {y: !UniformInt [0, 2]}\n";

static lw_experiment *parse(const char *text) {
    lw_experiment *experiment = NULL;
    lw_error error;
    assert_ok(lw_experiment_parse(&experiment, text, strlen(text), "e.yaml", NULL, &error), error);
    return experiment;
}

static int take_over(lw_record *record, const char *text, bool new_version, bool *changed, lw_error *error) {
    lw_experiment *experiment = parse(text);
    lw_takeover takeover = {.experiment = experiment,
                            .new_version = new_version,
                            .fresh_seed = 77,
                            .now_ms = 1795249285288,
                            .last_id = 12};
    int code = lw_record_take_over(record, &takeover, changed, error);
    lw_experiment_free(experiment);
    return code;
}

static lw_record make_record(void) {
    lw_record record = {0};
    lw_error error;
    bool changed;
    assert_ok(take_over(&record, first_text, false, &changed, &error), error);
    assert_true(changed);
    record.revision = 1;
    return record;
}

/* ---- damage ---- */

static void assert_damaged(const bson_t *document, const char *field) {
    lw_record record;
    lw_error error;
    char expected[200];
    snprintf(expected, sizeof expected,
             "the stored experiment 'e' is damaged: field '%s' is missing or of the wrong type", field);
    int code = lw_record_from_document(&record, document, "e", &error);
    if (code != LW_ESTORE)
        fail_msg("with another '%s' it gave %d", field, code);
    assert_string_equal(error.message, expected);
    assert_int_equal(record.n_texts, 0); /* nothing to release */
}

static void assert_damaged_without(const bson_t *document, const char *field) {
    bson_t *rest = bson_new();
    bson_copy_to_excluding_noinit(document, rest, field, NULL);
    assert_damaged(rest, field);
    bson_append_double(rest, field, -1, 0.5);
    assert_damaged(rest, field);
    bson_destroy(rest);
}

/* The document with another value, from JSON {"value": …}, in a field. */
static void assert_damaged_with(const bson_t *document, const char *field, const char *json) {
    bson_t holder, *changed = bson_new();
    bson_iter_t at;
    lw_error error;
    assert_ok(lw_document_from_json(&holder, json, strlen(json), &error), error);
    assert_true(bson_iter_init_find(&at, &holder, "value"));
    bson_copy_to_excluding_noinit(document, changed, field, NULL);
    bson_append_iter(changed, field, -1, &at);
    assert_damaged(changed, field);
    bson_destroy(changed);
    bson_destroy(&holder);
}

static void what_is_damaged_is_told_by_its_field(void **state) {
    (void)state;
    static const char *const fields[] = {"format", "seed",    "seed_since", "epoch", "paused",    "removed", "recost",
                                         "runs",   "created", "goal",       "texts", "objective", "text",    "spaces"};
    lw_record record = make_record(), again;
    lw_error error;
    bson_t document;
    lw_record_to_document(&record, &document);
    assert_ok(lw_record_from_document(&again, &document, "e", &error), error);
    lw_record_release(&again);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        assert_damaged_without(&document, fields[i]);
    assert_damaged_with(&document, "format", "{\"value\": 0}");
    assert_damaged_with(&document, "runs", "{\"value\": -1}");
    assert_damaged_with(&document, "goal", "{\"value\": \"maximise\"}");
    assert_damaged_with(&document, "texts", "{\"value\": [\"experiment: e\", 3]}");
    assert_damaged_with(&document, "text", "{\"value\": 1}");
    assert_damaged_with(&document, "text", "{\"value\": -1}");
    assert_damaged_with(&document, "spaces", "{\"value\": [3]}");
    assert_damaged_with(&document, "spaces", "{\"value\": [{}]}");
    assert_damaged_with(&document, "spaces",
                        "{\"value\": [{\"name\": \"default\", \"version\": 0, \"since\": 0, \"text\": 0, "
                        "\"signature\": {\"$binary\": {\"base64\": \"AAAAAAAAAAAAAAAAAAAAAA==\", "
                        "\"subType\": \"00\"}}}]}");
    assert_damaged_with(&document, "spaces",
                        "{\"value\": [{\"name\": \"default\", \"version\": 1, \"since\": 0, \"text\": 0, "
                        "\"signature\": {\"$binary\": {\"base64\": \"AAAA\", \"subType\": \"00\"}}}]}");
    bson_destroy(&document);
    lw_record_release(&record);
}

static void what_a_newer_labwatch_wrote_is_not_read(void **state) {
    (void)state;
    lw_record record;
    lw_error error;
    bson_t *document = BCON_NEW("format", BCON_INT32(2));
    assert_int_equal(lw_record_from_document(&record, document, "e", &error), LW_ESTORE);
    assert_contains(error.message, "was written by a newer labwatch (format 2, this one reads up to 1)");
    bson_destroy(document);
}

/* ---- taking over ---- */

static void assert_refused(const char *text, const char *sentence) {
    lw_record record = make_record();
    lw_error error;
    bson_t before, after;
    bool changed;
    lw_record_to_document(&record, &before);
    assert_int_equal(take_over(&record, text, false, &changed, &error), LW_ECONFLICT);
    assert_contains(error.message, sentence);
    lw_record_to_document(&record, &after);
    assert_true(bson_equal(&before, &after));
    bson_destroy(&before);
    bson_destroy(&after);
    lw_record_release(&record);
}

static void another_meaning_needs_to_be_meant(void **state) {
    (void)state;
    assert_refused("experiment: e\nseed: 5\ncost: maximize\nspace: {x: !UniformFloat [0, 1]}\n",
                   "experiment 'e' has 'goal: minimize' in the store, and 'maximize' in the file");
    assert_refused("experiment: e\nseed: 5\ncost: {name: loss}\nspace: {x: !UniformFloat [0, 1]}\n",
                   "the cost of experiment 'e' is 'result' in the store, and 'loss' in the file");
    assert_refused("experiment: e\nseed: 6\nspace: {x: !UniformFloat [0, 1]}\n", "6");
}

static void a_new_version_takes_over_all(void **state) {
    (void)state;
    lw_record record = make_record();
    lw_error error;
    bool changed;
    assert_ok(take_over(&record, other_text, true, &changed, &error), error);
    assert_true(changed);
    assert_string_equal(record.objective, "loss");
    assert_true(record.recost);
    assert_int_equal(record.seed, 6);
    assert_int_equal(record.seed_since, 12);
    assert_int_equal(record.n_versions, 3);
    assert_int_equal(lw_record_version(&record, "default", 2)->since_id, 12);
    assert_non_null(lw_record_version(&record, "other", 1));
    assert_null(lw_record_version(&record, "other", 2));
    assert_int_equal(record.n_texts, 2);
    assert_int_equal(record.text, 1);
    assert_ok(take_over(&record, first_text, true, &changed, &error), error);
    assert_true(changed);
    assert_int_equal(record.n_texts, 2); /* that text was there already */
    assert_int_equal(record.text, 0);
    record.recost = false;
    assert_ok(take_over(&record, first_text, false, &changed, &error), error);
    assert_false(changed);
    lw_record_release(&record);
}

/* ---- memory ---- */

typedef struct overtaking {
    const bson_t *document; /* of the record as it was */
    const lw_experiment *experiment;
} overtaking;

static bool takes_over(void *context) {
    const overtaking *self = context;
    const lw_takeover takeover = {.experiment = self->experiment, .new_version = true, .last_id = 12};
    lw_record record;
    bool changed;
    if (lw_record_from_document(&record, self->document, "e", NULL) != LW_OK)
        return false;
    int code = lw_record_take_over(&record, &takeover, &changed, NULL);
    lw_record_release(&record);
    return code == LW_OK;
}

static void survives_without_memory(void **state) {
    (void)state;
    lw_test_need_faults();
    lw_record record = make_record();
    lw_experiment *experiment = parse(other_text);
    bson_t document;
    lw_record_to_document(&record, &document);
    lw_test_sweep_allocations(takes_over, &(overtaking){&document, experiment});
    bson_destroy(&document);
    lw_experiment_free(experiment);
    lw_record_release(&record);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_damaged_is_told_by_its_field),
        cmocka_unit_test(what_a_newer_labwatch_wrote_is_not_read),
        cmocka_unit_test(another_meaning_needs_to_be_meant),
        cmocka_unit_test(a_new_version_takes_over_all),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests_name("experiment_record", tests, NULL, NULL);
}
