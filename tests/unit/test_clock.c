#include <time.h>

#include <labwatch/clock.h>

#include "testing.h"

static void test_clock__wall_time_is_the_systems(void **state) {
    (void)state;
    int64_t before = (int64_t)time(NULL) * 1000;
    int64_t now = lw_clock_wall_ms(lw_clock_system());
    int64_t after = ((int64_t)time(NULL) + 1) * 1000;
    assert_true(before - 1000 <= now && now <= after + 1000);
}

static void test_clock__monotonic_time_does_not_go_back(void **state) {
    (void)state;
    double last = lw_clock_monotonic_s(lw_clock_system());
    for (int i = 0; i < 1000; i++) {
        double now = lw_clock_monotonic_s(lw_clock_system());
        assert_true(now >= last);
        last = now;
    }
}

static void test_clock__sleep_lasts(void **state) {
    (void)state;
    double start = lw_clock_monotonic_s(lw_clock_system());
    lw_clock_sleep_s(lw_clock_system(), 0.02);
    assert_true(lw_clock_monotonic_s(lw_clock_system()) - start >= 0.0199);
}

static void test_clock__no_sleep_for_what_is_no_time(void **state) {
    (void)state;
    double start = lw_clock_monotonic_s(lw_clock_system());
    lw_clock_sleep_s(lw_clock_system(), -1.0);
    lw_clock_sleep_s(lw_clock_system(), 0.0);
    lw_clock_sleep_s(lw_clock_system(), (double)NAN);
    assert_true(lw_clock_monotonic_s(lw_clock_system()) - start < 1.0);
}

typedef struct fake_time {
    int64_t wall;
    double now;
} fake_time;

static int64_t fake_wall_ms(void *self) {
    return ((fake_time *)self)->wall;
}

static double fake_monotonic_s(void *self) {
    return ((fake_time *)self)->now;
}

static void fake_sleep_s(void *self, double seconds) {
    ((fake_time *)self)->now += seconds;
}

static void test_clock__can_be_replaced(void **state) {
    (void)state;
    fake_time time = {.wall = 1000, .now = 5.0};
    lw_clock clock = {fake_wall_ms, fake_monotonic_s, fake_sleep_s, &time};
    lw_clock_sleep_s(&clock, 3600.0);
    assert_close(lw_clock_monotonic_s(&clock), 3605.0, 0.0);
    assert_int_equal(lw_clock_wall_ms(&clock), 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock__wall_time_is_the_systems),
        cmocka_unit_test(test_clock__monotonic_time_does_not_go_back),
        cmocka_unit_test(test_clock__sleep_lasts),
        cmocka_unit_test(test_clock__no_sleep_for_what_is_no_time),
        cmocka_unit_test(test_clock__can_be_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
