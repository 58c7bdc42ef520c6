/*
 * The expressions of a space that is being made: what their names mean, and where in the file they are wrong.
 */
#include <string.h>

#include "builder_internal.h"
#include "expression_internal.h"

static ptrdiff_t slot_of(void *self, const char *name, size_t length) {
    const lw_finishing *f = self;
    return lw_name_table_find(&f->space->name_table, name, length);
}

/* A file with more mistakes than this gets no more suggestions: each looks at all names. */
static const size_t most_suggestions = 100;

static const char *name_at(void *self, size_t i) {
    const lw_finishing *f = self;
    if (f->n_errors > most_suggestions)
        return NULL;
    return i < f->space->n_names ? f->space->names[i].name : NULL;
}

/* A constant may have another value in another file that shares the expression; a parameter has only its own. */
static int check_value(void *self, size_t slot, lw_value value, lw_error *error) {
    const lw_finishing *f = self;
    if (slot >= f->space->n_parameters || f->broken[slot])
        return LW_OK;
    const lw_dimension *dimension = &f->space->dimensions[slot];
    lw_slot ignored;
    return lw_parameter_read_value(&dimension->shown, &dimension->coding, value, &ignored, error);
}

/* The choices of an ordinal parameter are in an order. */
static bool level_at(void *self, size_t slot, size_t i, lw_value *value) {
    const lw_finishing *f = self;
    if (slot >= f->space->n_parameters || f->broken[slot])
        return false;
    const lw_parameter *p = &f->space->dimensions[slot].shown;
    if (p->kind != LW_PARAMETER_ORDINAL || i >= p->n_choices)
        return false;
    *value = p->choices[i].value;
    return true;
}

lw_symbols lw_finishing_symbols(lw_finishing *f) {
    return (lw_symbols){.slot = slot_of, .check = check_value, .name = name_at, .level = level_at, .self = f};
}

/* The place of a character of the text, where the text stands in the file as it is. */
static lw_place place_inside(const lw_draft_text *text, size_t offset) {
    lw_place place = text->place;
    if (!text->literal)
        return place;
    for (size_t i = 0; i < offset; i++) {
        if (text->bytes[i] == '\n')
            return text->place;
        place.column += ((unsigned char)text->bytes[i] & 0xC0) != 0x80;
    }
    return place;
}

lw_expression *lw_finishing_parse(lw_finishing *f, const lw_draft_text *text, const char *what) {
    lw_symbols symbols = lw_finishing_symbols(f);
    lw_expression *expression = NULL;
    lw_error reason;
    size_t at = 0;
    int status = lw_expression_parse_unplaced(&expression, text->bytes, text->length, &symbols, &at, &reason);
    if (status == LW_ENOMEM)
        f->no_memory = true;
    else if (status != LW_OK)
        lw_finishing_error(f, place_inside(text, at), "%s: %s", what, reason.message);
    return status == LW_OK ? expression : NULL;
}
