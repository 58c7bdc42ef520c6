#include <math.h>
#include <string.h>

#include <labwatch/document.h>

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

/* Looks for the field where it is if both documents have the same order, then from the start. */
static bool find_field(const bson_iter_t *start, bson_iter_t *likely, const char *key, bson_iter_t *out) {
    if (bson_iter_next(likely) && strcmp(bson_iter_key(likely), key) == 0) {
        *out = *likely;
        return true;
    }
    *likely = *start;
    bool found = bson_iter_find(likely, key);
    if (found)
        *out = *likely;
    return found;
}

static size_t count_fields(bson_iter_t fields) {
    size_t count = 0;
    while (bson_iter_next(&fields))
        count++;
    return count;
}

/* Documents: as many fields, and each of a equal to that of b. */
static bool fields_equal(bson_iter_t *a, const bson_iter_t *b, int depth) {
    if (count_fields(*a) != count_fields(*b))
        return false;
    bson_iter_t likely = *b, other;
    while (bson_iter_next(a)) {
        if (!find_field(b, &likely, bson_iter_key(a), &other) || !values_equal(a, &other, depth))
            return false;
    }
    return true;
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
