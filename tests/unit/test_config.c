#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "space_sketch.h"

static const lw_place somewhere = {1, 1};

/* Nested, with a list, conditions two deep, and a choice that is a list itself. */
static lw_space_builder *sketch_network(void) {
    lw_draft_value optimizers[] = {text("sgd"), text("adam")};
    lw_draft_value shapes[] = {text("[64, 64]"), text("[128]")};
    optimizers[0].spelling = "SGD";
    shapes[0].value.kind = shapes[1].value.kind = LW_VALUE_DOCUMENT;
    lw_space_builder *builder = lw_space_builder_new("default");
    lw_space_builder_constant(builder, "data", text("it's").value, "\"it's\"", somewhere);
    lw_space_builder_open_mapping(builder, "net", somewhere);
    add(builder, "layers", integers(1, 3));
    lw_space_builder_open_sequence(builder, "sizes", somewhere);
    add(builder, NULL, integers(8, 64));
    add(builder, NULL, when(integers(8, 64), "net.layers >= 2"));
    add(builder, NULL, when(integers(8, 64), "net.layers >= 3"));
    lw_space_builder_close(builder);
    add(builder, "shape", choices(shapes, 2));
    lw_space_builder_close(builder);
    add(builder, "optimizer", choices(optimizers, 2));
    lw_space_builder_open_mapping(builder, "sgd", somewhere);
    add(builder, "momentum", when(floats(0, 1), "optimizer == sgd"));
    lw_space_builder_close(builder);
    lw_space_builder_open_mapping(builder, "adam", somewhere);
    add(builder, "beta", when(stepped(floats(0.8, 1), 0.05), "optimizer == adam"));
    lw_space_builder_close(builder);
    constrain(builder, "net.sizes.0 * net.sizes.1 <= 2048", 4);
    return builder;
}

static lw_config *new_config(const lw_space *space) {
    lw_config *config;
    assert_int_equal(lw_config_new(&config, space, NULL), LW_OK);
    return config;
}

static int set(lw_config *config, const char *name, lw_draft_value value, lw_error *error) {
    return lw_config_set(config, (size_t)lw_space_find(lw_config_space(config), name), value.value, error);
}

static void documents_are_nested_in_the_order_of_the_file(void **state) {
    (void)state;
    lw_space *space = finished(sketch_network());
    lw_config *config = new_config(space);
    assert_json(config,
                "{\"data\": \"it's\", \"net\": {\"layers\": 2, \"sizes\": [36, 36, null], \"shape\": [64, 64]}, "
                "\"optimizer\": \"sgd\", \"sgd\": {\"momentum\": 0.5}}");
    assert_int_equal(set(config, "optimizer", text("adam"), NULL), LW_OK);
    assert_int_equal(set(config, "net.layers", whole(3), NULL), LW_OK);
    assert_json(config, "{\"data\": \"it's\", \"net\": {\"layers\": 3, \"sizes\": [36, 36, 36], \"shape\": [64, 64]}, "
                        "\"optimizer\": \"adam\", \"adam\": {\"beta\": 0.9}}");
    lw_config_free(config);
    lw_space_free(space);
}

static void setting_follows_activity(void **state) {
    (void)state;
    lw_space *space = finished(sketch_network());
    lw_config *config = new_config(space);
    lw_error error;
    assert_int_equal(set(config, "adam.beta", real(0.85), &error), LW_EINVAL);
    assert_non_null(strstr(error.message, "adam.beta is not active here: it needs optimizer == adam"));
    assert_int_equal(set(config, "optimizer", text("adm"), &error), LW_EINVAL);
    assert_non_null(strstr(error.message, "did you mean"));
    assert_int_equal(set(config, "optimizer", text("adam"), &error), LW_OK);
    assert_int_equal(set(config, "adam.beta", real(0.85), &error), LW_OK);
    assert_int_equal(set(config, "adam.beta", real(0.851), &error), LW_EINVAL);
    assert_int_equal(set(config, "adam.beta", real(0.8 + 0.05 + 0.05), &error), LW_OK);
    size_t beta = (size_t)lw_space_find(space, "adam.beta"), momentum = (size_t)lw_space_find(space, "sgd.momentum");
    assert_true(lw_config_number(config, beta) == 0.9);
    assert_true(isnan(lw_config_number(config, momentum)));
    assert_int_equal(lw_config_value(config, momentum).kind, LW_VALUE_NULL);
    assert_int_equal(set(config, "net.layers", real(2.0), &error), LW_OK);
    assert_int_equal(set(config, "net.layers", real(2.5), &error), LW_EINVAL);
    assert_string_equal(error.message, "net.layers cannot be 2.5: it is an integer from 1 to 3");
    assert_int_equal(set(config, "optimizer", text("sgd"), &error), LW_OK);
    assert_int_equal(set(config, "optimizer", text("adam"), &error), LW_OK);
    assert_true(lw_config_number(config, beta) == 0.9); /* its default again */
    lw_config_free(config);
    lw_space_free(space);
}

/* ---- reading ---- */

static int read_json(const lw_space *space, const char *json, int mode, lw_error *error) {
    bson_t document;
    if (lw_document_from_json(&document, json, strlen(json), error) != LW_OK)
        fail_msg("%s", error->message);
    lw_config *config = NULL;
    int status = lw_config_from_document(&config, space, &document, mode, error);
    bson_destroy(&document);
    assert_true((config != NULL) == (status == LW_OK));
    if (status == LW_OK)
        assert_true(lw_config_is_valid(config));
    lw_config_free(config);
    return status;
}

static void documents_are_read_as_asked(void **state) {
    (void)state;
    enum { STRICT = LW_CONFIG_STRICT, FILL = LW_CONFIG_FILL_DEFAULTS, IGNORE = LW_CONFIG_IGNORE_OTHERS };
    static const struct {
        const char *json;
        int mode;
        const char *says; /* NULL: nothing is wrong */
    } cases[] = {
        {"{}", FILL, NULL},
        {"{}", STRICT, "net.layers has no value"},
        {"{\"net\": {\"layers\": 1, \"sizes\": [8], \"shape\": [128]}, \"optimizer\": \"adam\", \"adam\": {\"beta\": "
         "1}}",
         STRICT, NULL},
        {"{\"net.layers\": 1, \"net.sizes.0\": 8, \"net.shape\": [128.0], \"optimizer\": \"sgd\", \"sgd.momentum\": 0}",
         STRICT, NULL},
        {"{\"net\": {\"layers\": 1, \"sizes.0\": 8, \"shape\": [64, 64]}, \"optimizer\": \"sgd\", \"sgd\": "
         "{\"momentum\": 1}}",
         STRICT, NULL},
        {"{\"data\": \"it's\"}", FILL, NULL},
        {"{\"data\": \"others\"}", FILL, "data is the constant 'it's'"},
        {"{\"data\": \"others\"}", FILL | IGNORE, "data is the constant"},
        {"{\"net\": {\"layers\": 1, \"sizes\": [8, 16]}}", FILL,
         "net.sizes.1 has a value, but is not active here: it needs net.layers >= 2"},
        {"{\"net\": {\"layers\": 1, \"sizes\": [8, 16]}}", FILL | IGNORE, NULL},
        {"{\"net\": {\"layers\": 1, \"sizes\": [8, null, null]}}", FILL, NULL},
        {"{\"net\": {\"sizes\": [8, 8, null, 9]}}", FILL, "no parameter or constant 'net.sizes.3'"},
        {"{\"optimiser\": \"adam\"}", FILL, "did you mean 'optimizer'?"},
        {"{\"optimiser\": \"adam\"}", FILL | IGNORE, NULL},
        {"{\"optimizer\": \"lbfgs\"}", FILL | IGNORE, "optimizer cannot be 'lbfgs': it is 'sgd' or 'adam'"},
        {"{\"optimizer\": 1}", FILL, "optimizer cannot be 1"},
        {"{\"net\": {\"shape\": [64, 65]}}", FILL, "net.shape cannot be [64, 65]: it is [64, 64] or [128]"},
        {"{\"net\": {\"layers\": \"2\"}}", FILL, "net.layers cannot be '2': it is an integer from 1 to 3"},
        {"{\"net\": {\"layers\": 4}}", FILL, "net.layers cannot be 4"},
        {"{\"net\": {\"layers\": null}}", FILL, "net.layers cannot be null"},
        {"{\"net\": 3}", FILL, "net is a mapping in this space, but not here"},
        {"{\"net\": {\"sizes\": {\"0\": 8}}}", FILL, "net.sizes is a list in this space"},
        {"{\"net\": {\"layers\": 2}, \"net.layers\": 2}", FILL, "net.layers is there twice"},
        {"{\"net\": {\"sizes\": [64, 64]}}", FILL,
         "the constraint 'net.sizes.0 * net.sizes.1 <= 2048' does not hold: net.sizes.0 = 64, net.sizes.1 = 64"},
        {"{\"\": 1}", FILL, "no parameter or constant ''"},
    };
    lw_space *space = finished(sketch_network());
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lw_error error = {0};
        int status = read_json(space, cases[i].json, cases[i].mode, &error);
        const char *says = cases[i].says;
        if ((status == LW_OK) != !says || (says && (status != LW_EINVAL || !strstr(error.message, says))))
            fail_msg("%s: %d %s", cases[i].json, status, error.message);
    }
    lw_space_free(space);
}

/* ---- spelling ---- */

static void assert_spelt(const lw_config *config, const char *name, const char *expected) {
    lw_text out = {0};
    lw_error error;
    if (lw_config_spell(config, name, &out, &error) != LW_OK)
        fail_msg("%s", error.message);
    assert_string_equal(out.bytes ? out.bytes : "", expected);
    lw_text_release(&out);
}

static void commands_get_what_the_user_wrote(void **state) {
    (void)state;
    lw_space *space = finished(sketch_network());
    lw_config *config = new_config(space);
    assert_spelt(config, "data", "\"it's\"");
    assert_spelt(config, "optimizer", "SGD");
    assert_spelt(config, "net.layers", "2");
    assert_spelt(config, "sgd.momentum", "0.5");
    assert_spelt(config, "adam.beta", "");
    assert_spelt(config, "net.shape", "[64, 64]");
    assert_spelt(config, "net.sizes", "[36, 36, null]");
    assert_spelt(config, "sgd", "{\"momentum\": 0.5}");
    lw_text out = {0};
    lw_error error;
    assert_int_equal(lw_config_spell(config, "net.layer", &out, &error), LW_ENOTFOUND);
    assert_non_null(strstr(error.message, "did you mean 'net.layers'?"));
    assert_null(out.bytes);
    lw_config_free(config);
    lw_space_free(space);
}

static void ordinal_choices_are_compared_by_their_order(void **state) {
    (void)state;
    const lw_draft_value sizes[] = {text("small"), text("medium"), text("large")};
    lw_parameter_draft size = choices(sizes, 3);
    size.kind = LW_DRAFT_ORDINAL;
    lw_space_builder *builder = lw_space_builder_new("default");
    add(builder, "size", size);
    add(builder, "x", when(floats(0, 1), "size > small"));
    add(builder, "y", when(floats(0, 1), "medium >= size"));
    add(builder, "z", when(floats(0, 1), "not size < 'large'"));
    lw_space *space = finished(builder);
    lw_config *config = new_config(space);
    static const bool active[3][3] = {{false, true, false}, {true, true, false}, {true, false, true}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(set(config, "size", sizes[i], NULL), LW_OK);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(lw_config_is_active(config, k + 1), active[i][k]);
    }
    lw_config_free(config);
    lw_space_free(space);
    builder = lw_space_builder_new("default");
    add(builder, "size", size);
    add(builder, "x", when(floats(0, 1), "size < small"));
    add(builder, "y", when(floats(0, 1), "size < huge"));
    lw_error error;
    problem_list found = {0};
    assert_int_equal(lw_space_builder_finish(builder, &space, note_problem, &found, &error), LW_EINVAL);
    assert_int_equal(found.n, 2);
    assert_non_null(strstr(found.items[0].message, "never holds"));
    assert_non_null(strstr(found.items[1].message, "'huge' is not one of"));
    lw_space_builder_free(builder);
}

/* ---- identity ---- */

static void assert_same(const lw_config *a, const lw_config *b, bool same) {
    uint8_t digests[2][LW_DIGEST_SIZE];
    lw_config_digest(a, digests[0]);
    lw_config_digest(b, digests[1]);
    assert_int_equal(memcmp(digests[0], digests[1], LW_DIGEST_SIZE) == 0, same);
    assert_int_equal(lw_config_equal(a, b), same);
}

static void equal_values_are_equal_configurations(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("default");
    add(builder, "x", floats(-1, 1));
    add(builder, "n", integers(0, 3));
    add(builder, "y", when(floats(0, 1), "n == 1"));
    lw_space *space = finished(builder);
    lw_config *a = new_config(space), *b = new_config(space);
    assert_int_equal(set(a, "x", whole(1), NULL), LW_OK);
    assert_int_equal(set(b, "x", real(1.0), NULL), LW_OK);
    assert_same(a, b, true);
    assert_int_equal(set(a, "x", real(0.0), NULL), LW_OK);
    assert_int_equal(set(b, "x", real(-0.0), NULL), LW_OK);
    assert_same(a, b, true);
    assert_int_equal(set(a, "n", whole(1), NULL), LW_OK);
    assert_int_equal(set(a, "y", real(0.25), NULL), LW_OK);
    assert_int_equal(set(a, "n", whole(2), NULL), LW_OK);
    assert_int_equal(set(b, "n", whole(2), NULL), LW_OK);
    assert_same(a, b, true); /* what was inactive in between does not count */
    assert_int_equal(set(b, "n", whole(3), NULL), LW_OK);
    assert_same(a, b, false);
    lw_config_copy(b, a);
    assert_same(a, b, true);
    lw_config_free(a);
    lw_config_free(b);
    lw_space_free(space);
}

/* The same parameters in another order, in a space of its own. */
static lw_space *two_parameters(bool swapped, int64_t constant) {
    lw_space_builder *builder = lw_space_builder_new("default");
    if (swapped)
        add(builder, "b", integers(1, 5));
    add(builder, "a", floats(0, 1));
    if (!swapped)
        add(builder, "b", integers(1, 5));
    lw_space_builder_constant(builder, "k", whole(constant).value, NULL, somewhere);
    return finished(builder);
}

static void digests_do_not_see_the_order_of_the_file(void **state) {
    (void)state;
    lw_space *spaces[] = {two_parameters(false, 1), two_parameters(true, 1), two_parameters(false, 2)};
    lw_config *configs[] = {new_config(spaces[0]), new_config(spaces[1]), new_config(spaces[2])};
    assert_same(configs[0], configs[1], true);
    assert_same(configs[0], configs[2], false);
    for (size_t i = 0; i < 3; i++) {
        lw_config_free(configs[i]);
        lw_space_free(spaces[i]);
    }
}

static void users_values_stay_as_they_are(void **state) {
    (void)state;
    lw_space_builder *builder = lw_space_builder_new("default");
    add(builder, "x", floats(0, 1));
    add(builder, "g", gaussian(0, 1));
    lw_space *space = finished(builder);
    lw_config *config = new_config(space);
    double third = 1.0 / 3, u[2];
    assert_int_equal(set(config, "x", real(third), NULL), LW_OK);
    assert_int_equal(set(config, "g", real(123.456), NULL), LW_OK);
    assert_true(lw_config_number(config, 0) == third);
    assert_true(lw_config_number(config, 1) == 123.456);
    lw_config_encode(config, u);
    assert_true(u[0] == third && u[1] > 0.99999 && u[1] < 1);
    lw_config_free(config);
    lw_space_free(space);
}

static void missing_coordinates_are_defaults(void **state) {
    (void)state;
    lw_space *space = finished(sketch_network());
    lw_config *defaults = new_config(space), *config = new_config(space);
    double u[8];
    for (size_t i = 0; i < 8; i++)
        u[i] = 0.99;
    lw_config_decode(config, u);
    assert_false(lw_config_equal(config, defaults));
    for (size_t i = 0; i < 8; i++)
        u[i] = NAN;
    lw_config_decode(config, u);
    assert_true(lw_config_equal(config, defaults));
    u[0] = 7;
    lw_config_decode(config, u);
    assert_int_equal(lw_config_integer(config, 0), 3);
    u[0] = -INFINITY;
    lw_config_decode(config, u);
    assert_int_equal(lw_config_integer(config, 0), 1);
    lw_config_free(defaults);
    lw_config_free(config);
    lw_space_free(space);
}

/* ---- memory and threads ---- */

static void memory_may_end_anywhere(void **state) {
    (void)state;
    lw_space *space = finished(sketch_network());
    bool done = false;
    for (uint64_t n = 1; !done && n < 500; n++) {
        lw_config *config = NULL, *again = NULL;
        bson_t document = BSON_INITIALIZER;
        lw_text spelled = {0};
        lw_stream stream;
        lw_stream_init(&stream, 1, LW_PURPOSE_SAMPLE, n, 0);
        lw_memory_fail_at(n, true);
        int status = lw_config_new(&config, space, NULL);
        if (status == LW_OK)
            status = lw_config_sample(config, &stream, NULL);
        if (status == LW_OK)
            status = lw_config_to_document(config, &document, NULL);
        if (status == LW_OK)
            status = lw_config_from_document(&again, space, &document, LW_CONFIG_STRICT, NULL);
        if (status == LW_OK)
            status = lw_config_spell(config, "net", &spelled, NULL);
        if (status == LW_OK)
            status = lw_config_set_default(config, NULL);
        lw_memory_fail_at(0, false);
        done = status == LW_OK;
        assert_true(done || status == LW_ENOMEM || status == LW_EINVAL);
        lw_text_release(&spelled);
        bson_destroy(&document);
        lw_config_free(config);
        lw_config_free(again);
    }
    assert_true(done);
    lw_space_free(space);
}

static void *use_space(void *arg) {
    lw_space *space = lw_space_retain(arg);
    lw_config *config = NULL;
    lw_stream stream;
    lw_stream_init(&stream, 3, LW_PURPOSE_SAMPLE, 1, 0);
    intptr_t status = lw_config_new(&config, space, NULL);
    for (int i = 0; i < 500 && status == LW_OK; i++) {
        bson_t document;
        status = lw_config_sample(config, &stream, NULL);
        if (status == LW_OK && (status = lw_config_to_document(config, &document, NULL)) == LW_OK)
            bson_destroy(&document);
    }
    lw_config_free(config);
    lw_space_free(space);
    return (void *)status;
}

static void threads_share_a_space(void **state) {
    (void)state;
    lw_space *space = finished(sketch_network());
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_space, space), 0);
    for (size_t i = 0; i < 4; i++) {
        void *status;
        assert_int_equal(pthread_join(threads[i], &status), 0);
        assert_null(status);
    }
    lw_space_free(space);
}

static void values_compare_by_value(void **state) {
    (void)state;
    assert_true(lw_value_equal(whole(1).value, real(1).value));
    assert_false(lw_value_equal(whole(INT64_C(9007199254740993)).value, real(9007199254740992.0).value));
    assert_false(lw_value_equal(whole(INT64_MAX).value, real(0x1p63).value));
    assert_false(lw_value_equal(whole(1).value, text("1").value));
    assert_true(lw_value_equal(text("a").value, text("a").value));
    bson_t document = BSON_INITIALIZER;
    assert_true(lw_value_append(&document, "small", whole(7).value));
    assert_true(lw_value_append(&document, "large", whole(INT64_C(1) << 40).value));
    bson_iter_t iter;
    assert_true(bson_iter_init_find(&iter, &document, "small") && bson_iter_type(&iter) == BSON_TYPE_INT32);
    assert_true(bson_iter_init_find(&iter, &document, "large") && bson_iter_type(&iter) == BSON_TYPE_INT64);
    bson_destroy(&document);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_nested_in_the_order_of_the_file),
        cmocka_unit_test(setting_follows_activity),
        cmocka_unit_test(documents_are_read_as_asked),
        cmocka_unit_test(commands_get_what_the_user_wrote),
        cmocka_unit_test(ordinal_choices_are_compared_by_their_order),
        cmocka_unit_test(equal_values_are_equal_configurations),
        cmocka_unit_test(digests_do_not_see_the_order_of_the_file),
        cmocka_unit_test(users_values_stay_as_they_are),
        cmocka_unit_test(missing_coordinates_are_defaults),
        cmocka_unit_test(memory_may_end_anywhere),
        cmocka_unit_test(threads_share_a_space),
        cmocka_unit_test(values_compare_by_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
