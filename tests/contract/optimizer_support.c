#include "optimizer_support.h"

#include <labwatch/sys/text.h>

static void add_type(contract_types *types, const lw_optimizer_type *type) {
    if (lw_array_reserve(&types->items, &types->capacity, types->n, sizeof *types->items))
        types->items[types->n++] = type;
    else
        types->is_whole = false;
}

static void add_module_type(void *arg, const char *name, const lw_optimizer_type *type, const lw_error *why) {
    contract_types *types = arg;
    if (type) {
        add_type(types, type);
        return;
    }
    print_error("%s: %s\n", name, why->message);
    types->is_whole = false;
}

contract_types contract_list_types(void) {
    contract_types types = {.is_whole = true};
    for (const lw_optimizer_type *const *type = lw_optimizer_types(); *type; type++)
        add_type(&types, *type);
    if (lw_optimizer_module_each(add_module_type, &types, NULL) != LW_OK)
        types.is_whole = false;
    return types;
}

void contract_release_types(contract_types *types) {
    lw_free(types->items);
    memset(types, 0, sizeof *types);
}

const contract_exception *contract_exception_of(const lw_optimizer_type *type) {
    static const contract_exception none = {0};
    for (size_t i = 0; i < N_CONTRACT_EXCEPTIONS; i++)
        if (strcmp(contract_exceptions[i].optimizer, type->name) == 0)
            return &contract_exceptions[i];
    return &none;
}

bson_t *contract_options_of(const lw_optimizer_type *type) {
    const char *options = contract_exception_of(type)->options;
    bson_t *document = bson_new_from_json((const uint8_t *)(options ? options : "{}"), -1, NULL);
    assert_non_null(document);
    return document;
}

lw_space *contract_make_space(const contract_space *expected) {
    if (expected->text)
        return lw_test_space(expected->text);
    lw_text text = {0};
    lw_text_add(&text, "space:\n");
    for (size_t i = 0; i < expected->n_floats; i++)
        lw_text_format(&text, "  x%zu: !UniformFloat [-1, 1]\n", i);
    char *whole = lw_text_take(&text);
    lw_space *space = lw_test_space(whole);
    lw_free(whole);
    return space;
}

void assert_sound(const lw_space *space, const lw_config *config) {
    lw_error error;
    assert_ptr_equal(lw_config_space(config), space);
    assert_ok(lw_config_check(config, &error), error);
    for (size_t i = 0; i < lw_space_n_parameters(space); i++) {
        const lw_parameter *p = lw_space_parameter(space, i);
        if (!lw_config_is_active(config, i)) {
            assert_true(p->conditional);
        } else if (p->n_choices > 0) {
            assert_true(lw_config_choice(config, i) < p->n_choices);
        } else {
            bool integer = p->kind == LW_PARAMETER_INTEGER;
            double value = lw_config_number(config, i);
            assert_true(value >= (integer ? (double)p->lower_integer : p->lower));
            assert_true(value <= (integer ? (double)p->upper_integer : p->upper));
            assert_true(isfinite(value));
        }
    }
    bson_t document;
    lw_config *read = NULL;
    assert_ok(lw_config_to_document(config, &document, &error), error);
    assert_ok(lw_config_from_document(&read, space, &document, LW_CONFIG_STRICT, &error), error);
    assert_true(lw_config_equal(config, read));
    lw_config_free(read);
    bson_destroy(&document);
}
