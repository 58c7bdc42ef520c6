#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>

#include "space_digest.h"
#include "value_text.h"

/* ---- constants ---- */

static int by_known_name(const void *a, const void *b) {
    const lw_known_name *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static bool digest_constants(lw_space *space) {
    size_t count = space->n_names - space->n_parameters;
    const lw_known_name **sorted = lw_calloc(count, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &space->names[space->n_parameters + i];
    qsort(sorted, count, sizeof *sorted, by_known_name);
    lw_digest digest;
    lw_digest_start(&digest);
    for (size_t i = 0; i < count; i++) {
        lw_digest_add_text(&digest, sorted[i]->name, strlen(sorted[i]->name));
        lw_value_digest(&digest, 0, sorted[i]->node->value);
    }
    lw_free(sorted);
    lw_digest_finish(&digest, space->constants_digest);
    return true;
}

/* ---- parameters ---- */

typedef struct named_index {
    const char *name;
    size_t index;
} named_index;

static int by_name(const void *a, const void *b) {
    const named_index *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static bool sort_names(lw_space *space) {
    size_t d = space->n_parameters;
    space->by_name = lw_arena_get(&space->arena, d, sizeof *space->by_name);
    named_index *sorted = lw_calloc(d, sizeof *sorted);
    bool enough = sorted && space->by_name;
    for (size_t i = 0; enough && i < d; i++)
        sorted[i] = (named_index){space->dimensions[i].shown.name, i};
    if (enough)
        qsort(sorted, d, sizeof *sorted, by_name);
    for (size_t i = 0; enough && i < d; i++)
        space->by_name[i] = sorted[i].index;
    lw_free(sorted);
    return enough;
}

static uint64_t digest_of_name(const char *name) {
    lw_digest digest;
    uint8_t bytes[LW_DIGEST_SIZE];
    lw_digest_start(&digest);
    lw_digest_add(&digest, name, strlen(name));
    lw_digest_finish(&digest, bytes);
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof number; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    return number;
}

static void digest_names(lw_space *space) {
    for (size_t i = 0; i < space->n_parameters; i++)
        space->dimensions[i].name_digest = digest_of_name(space->dimensions[i].shown.name);
}

static void add_number(lw_digest *digest, double number) {
    lw_digest_add_double(digest, number + 0.0);
}

/* The order of choices counts: it is that of their coordinates. */
static void add_choices(lw_digest *digest, const lw_parameter *p) {
    lw_digest_add_u64(digest, p->n_choices);
    for (size_t i = 0; i < p->n_choices; i++) {
        lw_value_digest(digest, 0, p->choices[i].value);
        add_number(digest, p->choices[i].weight);
    }
}

static void add_attributes(lw_digest *digest, const lw_parameter *p) {
    lw_digest_add_text(digest, p->name, strlen(p->name));
    lw_digest_add_u64(digest, (uint64_t)p->kind * 2 + p->log_scale);
    add_choices(digest, p);
    if (p->kind == LW_PARAMETER_INTEGER) {
        lw_digest_add_u64(digest, (uint64_t)p->lower_integer);
        lw_digest_add_u64(digest, (uint64_t)p->upper_integer);
        lw_digest_add_u64(digest, (uint64_t)p->step_integer);
    } else if (p->n_choices == 0) {
        const double numbers[] = {p->lower, p->upper, p->step, p->mu, p->sigma};
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
            add_number(digest, numbers[i]);
    }
}

static bool add_expression(lw_digest *digest, const lw_expression *expression) {
    if (!expression) {
        lw_digest_add_text(digest, "", 0);
        return true;
    }
    char *canonical = lw_expression_canonical(expression);
    if (canonical)
        lw_digest_add_text(digest, canonical, strlen(canonical));
    lw_free(canonical);
    return canonical != NULL;
}

static bool add_dimension(lw_digest *digest, const lw_dimension *dimension) {
    add_attributes(digest, &dimension->shown);
    lw_value_digest(digest, 0, lw_parameter_value(&dimension->shown, dimension->default_slot));
    return add_expression(digest, dimension->condition);
}

/* ---- constraints ---- */

static int by_bytes(const void *a, const void *b) {
    return memcmp(a, b, LW_DIGEST_SIZE);
}

/* Each by itself, then sorted: their order means nothing. */
static bool add_constraints(lw_digest *digest, const lw_space *space) {
    uint8_t(*digests)[LW_DIGEST_SIZE] = lw_calloc(space->n_constraints, sizeof *digests);
    bool enough = digests != NULL;
    for (size_t i = 0; enough && i < space->n_constraints; i++) {
        lw_digest one;
        lw_digest_start(&one);
        enough = add_expression(&one, space->constraints[i].expression);
        lw_digest_finish(&one, digests[i]);
    }
    if (enough) {
        qsort(digests, space->n_constraints, sizeof *digests, by_bytes);
        lw_digest_add_u64(digest, space->n_constraints);
        lw_digest_add(digest, digests, space->n_constraints * sizeof *digests);
    }
    lw_free(digests);
    return enough;
}

bool lw_space_make_digests(lw_space *space) {
    if (!sort_names(space) || !digest_constants(space))
        return false;
    digest_names(space);
    lw_digest digest;
    lw_digest_start(&digest);
    lw_digest_add_u64(&digest, space->n_parameters);
    for (size_t k = 0; k < space->n_parameters; k++)
        if (!add_dimension(&digest, &space->dimensions[space->by_name[k]]))
            return false;
    if (!add_constraints(&digest, space))
        return false;
    lw_digest_add(&digest, space->constants_digest, sizeof space->constants_digest);
    lw_digest_finish(&digest, space->digest);
    return true;
}

void lw_space_digest(const lw_space *space, uint8_t out[16]) {
    memcpy(out, space->digest, sizeof space->digest);
}
