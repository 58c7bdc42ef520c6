#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/memory.h>

/* Deeper than any document that a store takes; below, documents are compared by their bytes. */
enum { DEEPEST = 200 };

static bool values_equal(const bson_iter_t *a, const bson_iter_t *b, int depth);

static bool is_number(const bson_iter_t *value) {
    return BSON_ITER_HOLDS_INT32(value) || BSON_ITER_HOLDS_INT64(value) || BSON_ITER_HOLDS_DOUBLE(value);
}

static bool integer_equals_double(int64_t integer, double number) {
    /* Not (double)integer == number: that rounds 2^53 + 1. */
    return number >= -0x1p63 && number < 0x1p63 && number == floor(number) && (int64_t)number == integer;
}

static bool numbers_equal(const bson_iter_t *a, const bson_iter_t *b) {
    bool a_is_double = BSON_ITER_HOLDS_DOUBLE(a), b_is_double = BSON_ITER_HOLDS_DOUBLE(b);
    if (a_is_double && b_is_double) {
        double x = bson_iter_double(a), y = bson_iter_double(b);
        return x == y || (isnan(x) && isnan(y));
    }
    if (a_is_double)
        return integer_equals_double(bson_iter_as_int64(b), bson_iter_double(a));
    if (b_is_double)
        return integer_equals_double(bson_iter_as_int64(a), bson_iter_double(b));
    return bson_iter_as_int64(a) == bson_iter_as_int64(b);
}

/* Arrays: pair by pair. */
static bool elements_equal(bson_iter_t *a, bson_iter_t *b, int depth) {
    for (;;) {
        bool more_a = bson_iter_next(a), more_b = bson_iter_next(b);
        if (!more_a || !more_b)
            return more_a == more_b;
        if (!values_equal(a, b, depth))
            return false;
    }
}

/* ---- fields in any order; where a key is there several times, the first goes with the first and so on ---- */

typedef struct placed_field {
    const char *key;
    uint32_t offset;
} placed_field;

static int compare_fields(const void *a, const void *b) {
    const placed_field *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

/* Iterators are passed by address: only so are they aligned as libbson wants. */
static size_t count_fields(const bson_iter_t *start) {
    bson_iter_t fields = *start;
    size_t count = 0;
    while (bson_iter_next(&fields))
        count++;
    return count;
}

static void sort_fields(placed_field *sorted, const bson_iter_t *start) {
    bson_iter_t fields = *start;
    size_t n = 0;
    while (bson_iter_next(&fields))
        sorted[n++] = (placed_field){.key = bson_iter_key(&fields), .offset = fields.off};
    qsort(sorted, n, sizeof *sorted, compare_fields);
}

static bool go_to(const bson_iter_t *document, const placed_field *field, bson_iter_t *out) {
    return bson_iter_init_from_data_at_offset(out, document->raw, document->len, field->offset,
                                              (uint32_t)strlen(field->key));
}

static bool sorted_equal(const bson_iter_t *a, const placed_field *a_sorted, const bson_iter_t *b,
                         const placed_field *b_sorted, size_t n, int depth) {
    bson_iter_t of_a, of_b;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a_sorted[i].key, b_sorted[i].key) != 0 || !go_to(a, &a_sorted[i], &of_a) ||
            !go_to(b, &b_sorted[i], &of_b) || !values_equal(&of_a, &of_b, depth))
            return false;
    return true;
}

/* How many fields before that one have its key. */
static size_t count_before(const bson_iter_t *start, const bson_iter_t *field) {
    bson_iter_t fields = *start;
    size_t count = 0;
    while (bson_iter_next(&fields) && fields.off != field->off)
        count += strcmp(bson_iter_key(&fields), bson_iter_key(field)) == 0;
    return count;
}

/* Without memory to sort in: the same, but it takes the square of the time. */
static bool searched_equal(const bson_iter_t *a, const bson_iter_t *b, int depth) {
    bson_iter_t field = *a;
    while (bson_iter_next(&field)) {
        bson_iter_t other = *b;
        size_t left = count_before(a, &field) + 1;
        while (left > 0 && bson_iter_find(&other, bson_iter_key(&field)))
            left--;
        if (left > 0 || !values_equal(&field, &other, depth))
            return false;
    }
    return true;
}

static bool rest_equal(const bson_iter_t *a, const bson_iter_t *b, int depth) {
    size_t n = count_fields(a);
    if (count_fields(b) != n)
        return false;
    placed_field *sorted = lw_calloc(2 * n, sizeof *sorted);
    if (!sorted)
        return searched_equal(a, b, depth);
    sort_fields(sorted, a);
    sort_fields(sorted + n, b);
    bool equal = sorted_equal(a, sorted, b, sorted + n, n, depth);
    lw_free(sorted);
    return equal;
}

/* As long as both documents have the same order nothing is sorted. */
static bool fields_equal(bson_iter_t *a, bson_iter_t *b, int depth) {
    for (;;) {
        bson_iter_t a_rest = *a, b_rest = *b;
        bool more_a = bson_iter_next(a), more_b = bson_iter_next(b);
        if (!more_a || !more_b)
            return more_a == more_b;
        if (strcmp(bson_iter_key(a), bson_iter_key(b)) != 0)
            return rest_equal(&a_rest, &b_rest, depth);
        if (!values_equal(a, b, depth))
            return false;
    }
}

/* The bytes of the value, without its type and key. */
static bool bytes_equal(const bson_iter_t *a, const bson_iter_t *b) {
    size_t a_size = a->next_off - a->d1, b_size = b->next_off - b->d1;
    return a_size == b_size && memcmp(a->raw + a->d1, b->raw + b->d1, a_size) == 0;
}

static bool containers_equal(const bson_iter_t *a, const bson_iter_t *b, int depth) {
    bson_iter_t inside_a, inside_b;
    if (depth == DEEPEST)
        return bytes_equal(a, b);
    if (!bson_iter_recurse(a, &inside_a) || !bson_iter_recurse(b, &inside_b))
        return false;
    return BSON_ITER_HOLDS_ARRAY(a) ? elements_equal(&inside_a, &inside_b, depth + 1)
                                    : fields_equal(&inside_a, &inside_b, depth + 1);
}

static bool values_equal(const bson_iter_t *a, const bson_iter_t *b, int depth) {
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    if (bson_iter_type(a) != bson_iter_type(b))
        return false;
    switch (bson_iter_type(a)) {
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        return containers_equal(a, b, depth);
    case BSON_TYPE_NULL:
    case BSON_TYPE_UNDEFINED:
    case BSON_TYPE_MINKEY:
    case BSON_TYPE_MAXKEY:
        return true;
    default:
        return bytes_equal(a, b);
    }
}

bool lw_document_values_equal(const bson_iter_t *a, const bson_iter_t *b) {
    return values_equal(a, b, 0);
}
