/*
 * Conditions: which parameters they may read, in which order they are decided, and that they do not go in circles.
 */
#include <stdio.h>
#include <string.h>

#include <labwatch/sys/text.h>

#include "builder_internal.h"
#include "expression_internal.h"
#include "expression_lexer.h"
#include "suggestion.h"
#include "value_text.h"

/* ---- mappings become expressions ---- */

static void add_quoted(lw_text *out, const char *bytes, size_t length, char quote) {
    lw_text_append(out, &quote, 1);
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == quote || bytes[i] == '\\')
            lw_text_add(out, "\\");
        lw_text_append(out, bytes + i, 1);
    }
    lw_text_append(out, &quote, 1);
}

/* Between backticks where the language would not take it for one name. */
static void add_name(lw_text *out, const char *name) {
    lw_arena arena = {0};
    lw_lexer lexer = {.text = name, .length = strlen(name), .arena = &arena};
    lw_token token;
    bool plain = lw_lexer_next(&lexer, &token, NULL) == LW_OK && token.kind == LW_TOKEN_NAME && token.at == 0 &&
                 token.end == lexer.length;
    lw_arena_release(&arena);
    if (plain)
        lw_text_add(out, name);
    else
        add_quoted(out, name, strlen(name), '`');
}

static void add_value(lw_text *out, lw_value value) {
    if (value.kind == LW_VALUE_TEXT)
        add_quoted(out, value.text.bytes, value.text.length, '\'');
    else
        lw_value_spell(out, value);
}

static void add_conjunct(lw_text *out, const lw_draft_conjunct *conjunct) {
    add_name(out, conjunct->name);
    lw_text_add(out, conjunct->n_values == 1 ? " == " : " in [");
    for (size_t i = 0; i < conjunct->n_values; i++) {
        lw_text_add(out, i > 0 ? ", " : "");
        add_value(out, conjunct->values[i].value);
    }
    lw_text_add(out, conjunct->n_values == 1 ? "" : "]");
}

/* ---- what conditions may say ---- */

static const char *owner_name(const lw_finishing *f, size_t owner) {
    return f->space->dimensions[owner].shown.name;
}

static const char *kind_text(lw_parameter_kind kind) {
    return kind == LW_PARAMETER_GAUSSIAN ? "Gaussian" : "float";
}

/* Conditions read what has countable values; equality of computed floats is an accident. */
static bool check_parent(lw_finishing *f, size_t owner, size_t slot, lw_place place) {
    if (slot == owner) {
        lw_finishing_error(f, place, "the condition of %s reads %s itself", owner_name(f, owner), owner_name(f, owner));
        return false;
    }
    if (slot >= f->space->n_parameters || f->broken[slot])
        return true;
    lw_parameter_kind kind = f->space->dimensions[slot].shown.kind;
    if (kind != LW_PARAMETER_FLOAT && kind != LW_PARAMETER_GAUSSIAN)
        return true;
    lw_finishing_error(f, place,
                       "the condition of %s reads %s, a %s parameter; conditions read categorical, ordinal and integer "
                       "parameters and constants",
                       owner_name(f, owner), f->space->names[slot].name, kind_text(kind));
    return false;
}

/* In a file with more mistakes than this, values are not looked at any more: each one that is wrong is compared with
 * all choices. */
enum { MOST_ERRORS = 100 };

static bool check_conjunct(lw_finishing *f, size_t owner, const lw_draft_conjunct *conjunct) {
    lw_symbols symbols = lw_finishing_symbols(f);
    size_t length = strlen(conjunct->name), n_errors = f->n_errors;
    ptrdiff_t slot = symbols.slot(symbols.self, conjunct->name, length);
    if (slot < 0) {
        lw_suggestion near = lw_suggest(conjunct->name, length, symbols.name, symbols.self);
        lw_finishing_error(f, conjunct->place, "the condition of %s: there is no parameter %s%s", owner_name(f, owner),
                           lw_value_show((lw_value){.kind = LW_VALUE_TEXT, .text = {conjunct->name, length}}).text,
                           near.text);
        return false;
    }
    if (!check_parent(f, owner, (size_t)slot, conjunct->place))
        return false;
    if (conjunct->n_values == 0)
        lw_finishing_error(f, conjunct->place, "the condition of %s gives no value for %s", owner_name(f, owner),
                           conjunct->name);
    for (size_t i = 0; i < conjunct->n_values && f->n_errors < MOST_ERRORS; i++) {
        lw_error reason;
        if (symbols.check(symbols.self, (size_t)slot, conjunct->values[i].value, &reason) != LW_OK)
            lw_finishing_error(f, conjunct->values[i].place, "the condition of %s: %s", owner_name(f, owner),
                               reason.message);
    }
    return f->n_errors == n_errors;
}

static lw_expression *parse_named(lw_finishing *f, size_t owner, const lw_draft_text *text) {
    lw_text what = {0};
    lw_text_format(&what, "the condition of %s", owner_name(f, owner));
    if (what.failed)
        f->no_memory = true;
    lw_expression *expression = what.failed ? NULL : lw_finishing_parse(f, text, what.bytes);
    lw_text_release(&what);
    return expression;
}

static bool check_conjuncts(lw_finishing *f, size_t owner, const lw_parameter_draft *draft) {
    bool valid = true;
    for (size_t i = 0; i < draft->n_conjuncts; i++)
        valid = check_conjunct(f, owner, &draft->conjuncts[i]) && valid;
    return valid;
}

static lw_expression *parse_conjuncts(lw_finishing *f, size_t owner, const lw_parameter_draft *draft) {
    lw_text text = {0};
    for (size_t i = 0; i < draft->n_conjuncts; i++) {
        lw_text_add(&text, i > 0 ? " and " : "");
        add_conjunct(&text, &draft->conjuncts[i]);
    }
    f->no_memory = f->no_memory || text.failed;
    bool too_long = text.length > LW_EXPRESSION_LONGEST; /* what the parser says to that is enough */
    lw_expression *expression = NULL;
    if (!f->no_memory && (too_long || check_conjuncts(f, owner, draft))) {
        lw_draft_text whole = {.bytes = text.bytes, .length = text.length, .place = draft->conjuncts[0].place};
        expression = parse_named(f, owner, &whole);
    }
    lw_text_release(&text);
    return expression;
}

static lw_expression *parse_text(lw_finishing *f, size_t owner, const lw_draft_text *text) {
    lw_expression *expression = parse_named(f, owner, text);
    bool valid = true;
    for (size_t i = 0; expression && i < lw_expression_n_slots(expression); i++)
        valid = check_parent(f, owner, lw_expression_slot(expression, i), text->place) && valid;
    if (expression && lw_expression_n_slots(expression) == 0)
        lw_finishing_error(f, text->place, "the condition of %s names no parameter", owner_name(f, owner));
    if (valid)
        return expression;
    lw_expression_free(expression);
    return NULL;
}

/* ---- order ---- */

typedef enum mark { NOT_SEEN, IN_WORK, DONE } mark;

typedef struct ordering {
    lw_finishing *f;
    mark *marks;
    size_t *path; /* parameters whose parents are being visited */
    size_t *next; /* for each of these the next slot of its condition */
    size_t depth;
    bool had_cycle;
} ordering;

/* "a needs b, b needs c, c needs a" */
static void report_cycle(ordering *o, size_t again) {
    lw_text text = {0};
    size_t from = o->depth;
    while (from > 0 && o->path[from - 1] != again)
        from--;
    size_t first = from > 0 ? from - 1 : 0;
    for (size_t i = first; i < o->depth; i++) {
        size_t next = i + 1 < o->depth ? o->path[i + 1] : again;
        if (text.length < 600)
            lw_text_format(&text, "%s%s needs %s", i > first ? ", " : "", owner_name(o->f, o->path[i]),
                           owner_name(o->f, next));
    }
    lw_finishing_error(o->f, o->f->drafts[again]->place, "conditions go in a circle: %s", text.bytes ? text.bytes : "");
    lw_text_release(&text);
    o->had_cycle = true;
}

static void enter(ordering *o, size_t parameter) {
    o->marks[parameter] = IN_WORK;
    o->path[o->depth] = parameter;
    o->next[o->depth++] = 0;
}

/* The next parent of the parameter on top that has not been visited; false if there is none. */
static bool enter_parent(ordering *o) {
    const lw_space *space = o->f->space;
    const lw_expression *condition = space->dimensions[o->path[o->depth - 1]].condition;
    size_t n_slots = condition ? lw_expression_n_slots(condition) : 0;
    while (o->next[o->depth - 1] < n_slots) {
        size_t slot = lw_expression_slot(condition, o->next[o->depth - 1]++);
        if (slot >= space->n_parameters || o->marks[slot] == DONE)
            continue;
        if (o->marks[slot] == NOT_SEEN) {
            enter(o, slot);
            return true;
        }
        report_cycle(o, slot);
    }
    return false;
}

static void visit(ordering *o, size_t parameter) {
    lw_space *space = o->f->space;
    enter(o, parameter);
    while (o->depth > 0) {
        if (enter_parent(o))
            continue;
        size_t done = o->path[--o->depth];
        o->marks[done] = DONE;
        size_t position = space->n_ordered++;
        space->order[position] = done;
        if (space->dimensions[done].condition)
            space->conditional[space->n_conditional++] = done;
    }
}

static void make_order(lw_finishing *f) {
    lw_space *space = f->space;
    size_t d = space->n_parameters;
    ordering o = {.f = f,
                  .marks = lw_arena_get(&f->builder->arena, d, sizeof(mark)),
                  .path = lw_arena_get(&f->builder->arena, d, sizeof(size_t)),
                  .next = lw_arena_get(&f->builder->arena, d, sizeof(size_t))};
    space->order = lw_finishing_get(f, d, sizeof *space->order);
    space->conditional = lw_finishing_get(f, d, sizeof *space->conditional);
    if (!o.marks || !o.path || !o.next)
        f->no_memory = true;
    if (f->no_memory)
        return;
    for (size_t i = 0; i < d; i++)
        if (o.marks[i] == NOT_SEEN)
            visit(&o, i);
}

void lw_finish_conditions(lw_finishing *f) {
    lw_space *space = f->space;
    for (size_t i = 0; i < space->n_parameters && !f->no_memory; i++) {
        const lw_parameter_draft *draft = f->drafts[i];
        lw_dimension *dimension = &space->dimensions[i];
        if (draft->when.bytes)
            dimension->condition = parse_text(f, i, &draft->when);
        else if (draft->n_conjuncts > 0)
            dimension->condition = parse_conjuncts(f, i, draft);
        dimension->shown.conditional = dimension->condition != NULL;
    }
    if (!f->no_memory)
        make_order(f);
}
