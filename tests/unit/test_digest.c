#include <labwatch/sys/digest.h>

#include "testing.h"

/* SipHash-2-4 with 128 bits of output, of the bytes 00, 01, … under the key 00 01 … 0f: its authors' vectors. */
static const struct {
    size_t length;
    const char *digest;
} vectors[] = {
    {0, "a3817f04ba25a8e66df67214c7550293"},  {1, "da87c1d86b99af44347659119b22fc45"},
    {2, "8177228da4a45dc7fca38bdef60affe4"},  {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
    {8, "3b62a9ba6258f5610f83e264f31497b4"},  {9, "264499060ad9baabc47f8b02bb6d71ed"},
    {15, "5493e99933b0a8117e08ec0f97cfc3d9"}, {16, "6ee2a4ca67b054bbfd3315bf85230577"},
    {63, "5150d1772f50834a503e069a973fbd7c"},
};

static void fill(uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)i;
}

static void test_digest__published_vectors(void **state) {
    (void)state;
    uint8_t bytes[64];
    fill(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        lw_digest digest;
        char hex[LW_DIGEST_HEX_SIZE];
        lw_digest_start(&digest);
        lw_digest_add(&digest, bytes, vectors[i].length);
        lw_digest_finish_hex(&digest, hex);
        assert_string_equal(hex, vectors[i].digest);
    }
}

static void test_digest__portions_do_not_matter(void **state) {
    (void)state;
    uint8_t bytes[40], whole[LW_DIGEST_SIZE], parts[LW_DIGEST_SIZE];
    lw_digest digest;
    fill(bytes, sizeof bytes);
    lw_digest_start(&digest);
    lw_digest_add(&digest, bytes, sizeof bytes);
    lw_digest_finish(&digest, whole);
    for (size_t first = 0; first <= sizeof bytes; first++) {
        for (size_t second = first; second <= sizeof bytes; second++) {
            lw_digest_start(&digest);
            lw_digest_add(&digest, bytes, first);
            lw_digest_add(&digest, bytes + first, second - first);
            lw_digest_add(&digest, bytes + second, sizeof bytes - second);
            lw_digest_finish(&digest, parts);
            assert_memory_equal(whole, parts, sizeof whole);
        }
    }
}

static void test_digest__finishing_does_not_end_it(void **state) {
    (void)state;
    lw_digest digest, fresh;
    char once[LW_DIGEST_HEX_SIZE], again[LW_DIGEST_HEX_SIZE], wanted[LW_DIGEST_HEX_SIZE];
    lw_digest_start(&digest);
    lw_digest_add(&digest, "abc", 3);
    lw_digest_finish_hex(&digest, once);
    lw_digest_finish_hex(&digest, again);
    assert_string_equal(once, again);
    lw_digest_add(&digest, "def", 3);
    lw_digest_finish_hex(&digest, again);
    lw_digest_start(&fresh);
    lw_digest_add(&fresh, "abcdef", 6);
    lw_digest_finish_hex(&fresh, wanted);
    assert_string_equal(again, wanted);
}

static void digest_of_texts(const char *a, const char *b, char out[LW_DIGEST_HEX_SIZE]) {
    lw_digest digest;
    lw_digest_start(&digest);
    lw_digest_add_text(&digest, a, strlen(a));
    lw_digest_add_text(&digest, b, strlen(b));
    lw_digest_finish_hex(&digest, out);
}

static void test_digest__texts_have_borders(void **state) {
    (void)state;
    char one[LW_DIGEST_HEX_SIZE], other[LW_DIGEST_HEX_SIZE];
    digest_of_texts("ab", "c", one);
    digest_of_texts("a", "bc", other);
    assert_string_not_equal(one, other);
}

static void digest_of_double(double value, char out[LW_DIGEST_HEX_SIZE]) {
    lw_digest digest;
    lw_digest_start(&digest);
    lw_digest_add_double(&digest, value);
    lw_digest_finish_hex(&digest, out);
}

static void test_digest__all_nans_are_one(void **state) {
    (void)state;
    char one[LW_DIGEST_HEX_SIZE], other[LW_DIGEST_HEX_SIZE];
    digest_of_double((double)NAN, one);
    digest_of_double(-(double)NAN, other);
    assert_string_equal(one, other);
    digest_of_double(0.0, one);
    digest_of_double(-0.0, other);
    assert_string_not_equal(one, other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest__published_vectors),
        cmocka_unit_test(test_digest__portions_do_not_matter),
        cmocka_unit_test(test_digest__finishing_does_not_end_it),
        cmocka_unit_test(test_digest__texts_have_borders),
        cmocka_unit_test(test_digest__all_nans_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
