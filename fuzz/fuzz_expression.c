/*
 * Any bytes as an expression over six names. What is accepted evaluates to the same truth twice, and its canonical text is read back as
 * an expression of the same truth and the same canonical text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/expression.h>
#include <labwatch/sys/memory.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"x", "n", "kind", "net.layers", "gone", "shape"};
enum { N_NAMES = sizeof names / sizeof *names };

static void require(int holds) {
    if (!holds)
        abort();
}

static ptrdiff_t slot_of(void *self, const char *name, size_t length) {
    (void)self;
    for (size_t i = 0; i < N_NAMES; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return (ptrdiff_t)i;
    return -1;
}

static const char *name_at(void *self, size_t i) {
    (void)self;
    return i < N_NAMES ? names[i] : NULL;
}

/* With it lists and mappings are values. */
static int take_any(void *self, size_t slot, lw_value value, lw_error *error) {
    (void)self;
    (void)slot;
    (void)value;
    (void)error;
    return LW_OK;
}

static lw_value value_at(void *arg, size_t slot, bool *known) {
    (void)arg;
    *known = slot != 4;
    switch (slot) {
    case 0:
        return (lw_value){.kind = LW_VALUE_FLOAT, .number = 0.5};
    case 1:
        return (lw_value){.kind = LW_VALUE_INTEGER, .integer = INT64_MAX};
    case 2:
        return (lw_value){.kind = LW_VALUE_TEXT, .text = {"adam", 4}};
    case 3:
        return (lw_value){.kind = LW_VALUE_INTEGER, .integer = -3};
    case 5:
        return (lw_value){.kind = LW_VALUE_DOCUMENT, .text = {"[1,{\"a\":2}]", 11}};
    default:
        return (lw_value){.kind = LW_VALUE_NULL};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const lw_symbols symbols = {.slot = slot_of, .check = take_any, .name = name_at};
    lw_expression *expression = NULL, *again = NULL;
    lw_error error = {0};
    size_t at = 0;
    int code = lw_expression_parse(&expression, (const char *)data, size, &symbols, &at, &error);
    if (code != LW_OK) {
        require(error.code == code && error.message[0] && !expression && at <= size);
        return 0;
    }
    lw_truth truth = lw_expression_evaluate(expression, value_at, NULL);
    require(truth == lw_expression_evaluate(expression, value_at, NULL));
    for (size_t i = 0; i < lw_expression_n_slots(expression); i++)
        require(lw_expression_slot(expression, i) < N_NAMES);

    char *canonical = lw_expression_canonical(expression);
    require(canonical != NULL);
    if (lw_expression_parse(&again, canonical, strlen(canonical), &symbols, NULL, &error) == LW_OK) {
        char *same = lw_expression_canonical(again);
        require(same != NULL && strcmp(same, canonical) == 0);
        require(lw_expression_evaluate(again, value_at, NULL) == truth);
        lw_free(same);
        lw_expression_free(again);
    }
    lw_free(canonical);
    lw_expression_free(expression);
    return 0;
}
