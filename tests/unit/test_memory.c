#include <bson/bson.h>

#include "testing.h"

static void test_memory__calloc_gives_zeros(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 24, 128, 256, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *bytes = lw_calloc(3, sizes[i]);
        assert_non_null(bytes);
        for (size_t at = 0; at < 3 * sizes[i]; at++)
            assert_int_equal(bytes[at], 0);
        lw_free(bytes);
    }
}

static void test_memory__zero_bytes_are_no_failure(void **state) {
    (void)state;
    void *allocated[] = {lw_malloc(0), lw_calloc(0, 128), lw_calloc(7, 0), lw_reallocarray(NULL, 0, 8)};
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(allocated[i]);
        lw_free(allocated[i]);
    }
    lw_free(NULL);
}

static void test_memory__overflow_is_a_failure(void **state) {
    (void)state;
    volatile size_t huge = SIZE_MAX / 2;
    assert_null(lw_calloc(huge, 3));
    char *array = lw_malloc(4);
    assert_null(lw_reallocarray(array, huge, 3));
    lw_free(array); /* still there */
    assert_null(lw_strndup("x", SIZE_MAX));
}

static void test_memory__structs_with_documents_are_aligned(void **state) {
    (void)state;
    struct with_document {
        char name;
        bson_t document;
    };
    for (int i = 0; i < 50; i++) {
        struct with_document *one = lw_malloc(sizeof *one), *zeroed = lw_calloc(1, sizeof *zeroed);
        assert_int_equal((uintptr_t)one % _Alignof(struct with_document), 0);
        assert_int_equal((uintptr_t)zeroed % _Alignof(struct with_document), 0);
        lw_free(one);
        lw_free(zeroed);
    }
}

static void test_memory__text_is_copied(void **state) {
    (void)state;
    char *copy = lw_strdup("abc"), *part = lw_strndup("abc", 2), *empty = lw_strndup(NULL, 0);
    assert_string_equal(copy, "abc");
    assert_string_equal(part, "ab");
    assert_string_equal(empty, "");
    assert_null(lw_strdup(NULL));
    lw_free(copy);
    lw_free(part);
    lw_free(empty);
}

static void test_memory__arrays_grow(void **state) {
    (void)state;
    int *array = NULL;
    size_t capacity = 0, growths = 0;
    for (size_t used = 0; used < 10000; used++) {
        size_t before = capacity;
        assert_true(lw_array_reserve(&array, &capacity, used, sizeof *array));
        assert_true(used < capacity);
        growths += capacity != before;
        array[used] = (int)used;
    }
    for (int i = 0; i < 10000; i++)
        assert_int_equal(array[i], i);
    assert_true(growths < 30);
    lw_free(array);
}

static void test_memory__arrays_jump(void **state) {
    (void)state;
    char *array = NULL;
    size_t capacity = 0;
    assert_true(lw_array_reserve(&array, &capacity, 1000, 1));
    assert_true(capacity > 1000);
    memset(array, 'x', 1001);
    lw_free(array);
}

static void test_memory__an_array_that_cannot_grow_stays(void **state) {
    (void)state;
    char byte = 'x', *array = &byte;
    size_t capacity = SIZE_MAX / 2;
    assert_false(lw_array_reserve(&array, &capacity, SIZE_MAX / 2, 16));
    assert_ptr_equal(array, &byte);
    assert_int_equal(capacity, SIZE_MAX / 2);
}

#ifdef LW_FAULTS
static void test_memory__the_nth_allocation_fails_once(void **state) {
    (void)state;
    lw_memory_fail_at(2, false);
    void *first = lw_malloc(1), *second = lw_calloc(1, 1), *third = lw_strdup("x");
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    assert_int_equal(lw_memory_fail_at(0, false), 3);
    lw_free(first);
    lw_free(third);
}

static void test_memory__allocations_fail_from_then_on(void **state) {
    (void)state;
    lw_memory_fail_at(1, true);
    assert_null(lw_malloc(1));
    assert_null(lw_calloc(1, 128));
    assert_null(lw_reallocarray(NULL, 1, 1));
    assert_null(lw_strndup("x", 1));
    assert_int_equal(lw_memory_fail_at(0, false), 4);
    void *again = lw_malloc(1);
    assert_non_null(again);
    lw_free(again);
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory__calloc_gives_zeros),
        cmocka_unit_test(test_memory__zero_bytes_are_no_failure),
        cmocka_unit_test(test_memory__overflow_is_a_failure),
        cmocka_unit_test(test_memory__structs_with_documents_are_aligned),
        cmocka_unit_test(test_memory__text_is_copied),
        cmocka_unit_test(test_memory__arrays_grow),
        cmocka_unit_test(test_memory__arrays_jump),
        cmocka_unit_test(test_memory__an_array_that_cannot_grow_stays),
#ifdef LW_FAULTS
        cmocka_unit_test(test_memory__the_nth_allocation_fails_once),
        cmocka_unit_test(test_memory__allocations_fail_from_then_on),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
