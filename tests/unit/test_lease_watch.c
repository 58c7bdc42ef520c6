/* Watching the beats of several runs, and what is kept of it between calls. */
#include "testing.h"

#include <labwatch/store.h>

#include "lease_watch.h"

static const lw_worker_identity here = {.host = "node1", .boot = "c0ffee"};

static double stood(lw_lease_watch *watch, int64_t id, int64_t heartbeat_ms, double now_s) {
    double stood_s = NAN;
    assert_true(lw_lease_watch_stood(watch, id, 1, heartbeat_ms, now_s, &stood_s));
    return stood_s;
}

static lw_store *open_store(void) {
    lw_store *store;
    lw_error error;
    assert_ok(lw_store_open(&store, "memory:", NULL, NULL, &error), error);
    return store;
}

static void each_run_has_its_own_time(void **state) {
    (void)state;
    static const int64_t ids[] = {7, 3, 12, 5, 1, 9};
    lw_lease_watch watch = {0};
    lw_lease_watch_begin_round(&watch);
    for (size_t i = 0; i < 6; i++)
        assert_true(stood(&watch, ids[i], 1000, 10 + (double)i) == 0);
    lw_lease_watch_end_round(&watch);
    lw_lease_watch_begin_round(&watch);
    for (size_t i = 0; i < 6; i++)
        assert_true(stood(&watch, ids[i], 1000, 20) == 10 - (double)i);
    assert_true(stood(&watch, 12, 2000, 21) == 0); /* it has beaten */
    assert_true(stood(&watch, 12, 2000, 25) == 4);
    lw_lease_watch_end_round(&watch);
    lw_lease_watch_release(&watch);
}

static void what_nobody_asks_for_is_forgotten(void **state) {
    (void)state;
    lw_lease_watch watch = {0};
    for (int64_t id = 1; id <= 3; id++)
        stood(&watch, id, 1000, 10);
    lw_lease_watch_begin_round(&watch);
    assert_true(stood(&watch, 2, 1000, 15) == 5);
    watch.changed = false;
    lw_lease_watch_end_round(&watch);
    assert_true(watch.changed);
    assert_int_equal(watch.n, 1);
    assert_true(stood(&watch, 1, 1000, 16) == 0);
    assert_true(stood(&watch, 2, 1000, 16) == 6);
    lw_lease_watch_release(&watch);
}

static void it_goes_on_in_the_next_process(void **state) {
    (void)state;
    lw_store *store = open_store();
    lw_lease_watch watch = {0}, next = {0}, elsewhere = {0}, nowhere = {0};
    const lw_worker_identity rebooted = {.host = "node1", .boot = "decade"}, unknown = {.host = "node1"};
    for (int64_t id = 1; id <= 3; id++)
        stood(&watch, id, 1000, 10);
    lw_lease_watch_save(&watch, store, "e", &here);
    lw_lease_watch_load(&next, store, "e", &here);
    for (int64_t id = 1; id <= 3; id++)
        assert_true(stood(&next, id, 1000, 30) == 20);
    lw_lease_watch_load(&elsewhere, store, "e", &rebooted);
    assert_int_equal(elsewhere.n, 0);
    stood(&nowhere, 1, 1000, 10);
    lw_lease_watch_save(&nowhere, store, "e", &unknown); /* without a boot its times mean nothing to others */
    lw_lease_watch_load(&nowhere, store, "e", &unknown);
    assert_int_equal(nowhere.n, 1);
    lw_lease_watch_release(&watch);
    lw_lease_watch_release(&next);
    lw_lease_watch_release(&elsewhere);
    lw_lease_watch_release(&nowhere);
    lw_store_close(store);
}

/* Takes the document. Gives how many runs were read of it. */
static size_t n_read(lw_store *store, bson_t *document, size_t cut) {
    lw_lease_watch watch = {0};
    lw_error error;
    const uint8_t *bytes = bson_get_data(document);
    assert_ok(lw_store_cache_put(store, "watch/node1/c0ffee/e", bytes, document->len - cut, &error), error);
    lw_lease_watch_load(&watch, store, "e", &here);
    size_t n = watch.n;
    for (size_t i = 0; i < n; i++)
        assert_true(stood(&watch, watch.runs[i].id, 1000, 5) == 0); /* nothing damaged makes a run look dead */
    lw_lease_watch_release(&watch);
    bson_destroy(document);
    return n;
}

#define ENTRY(attempt, heartbeat, since)                                                                               \
    "{", "attempt", attempt, "heartbeat", BCON_INT64(heartbeat), "since", BCON_DOUBLE(since), "}"

static void a_damaged_cache_is_passed_over(void **state) {
    (void)state;
    lw_store *store = open_store();
    assert_int_equal(n_read(store, BCON_NEW("runs", "{", "7", ENTRY(BCON_INT32(1), 1000, 5.0), "}"), 0), 1);
    assert_int_equal(n_read(store, BCON_NEW("runs", "{", "7", ENTRY(BCON_INT32(1), 1000, 5.0), "}"), 3), 0);
    assert_int_equal(n_read(store, BCON_NEW("runs", BCON_INT32(3)), 0), 0);
    assert_int_equal(n_read(store, BCON_NEW("others", "{", "}"), 0), 0);
    assert_int_equal(n_read(store, BCON_NEW("runs", "{", "x", ENTRY(BCON_INT32(1), 1000, 5.0), "8", BCON_INT32(1), "9",
                                            ENTRY("one", 1000, 5.0), "10", ENTRY(BCON_INT32(1), 1000, 5.0), "}"),
                            0),
                     1);
    assert_int_equal(n_read(store, BCON_NEW("runs", "{", "7", ENTRY(BCON_INT32(1), 1000, (double)NAN), "}"), 0), 1);
    assert_int_equal(n_read(store, BCON_NEW("runs", "{", "7", ENTRY(BCON_INT32(1), 1000, 1e9), "}"), 0), 1);
    lw_store_close(store);
}

static bool watches(void *store) {
    lw_lease_watch watch = {0};
    double stood_s;
    bool good = true;
    for (int64_t id = 1; id <= 20 && good; id++)
        good = lw_lease_watch_stood(&watch, id, 1, 1000, 10, &stood_s);
    (void)store;
    lw_lease_watch_release(&watch);
    return good;
}

static void survives_without_memory(void **state) {
    (void)state;
    lw_test_sweep_allocations(watches, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_run_has_its_own_time),
        cmocka_unit_test(what_nobody_asks_for_is_forgotten),
        cmocka_unit_test(it_goes_on_in_the_next_process),
        cmocka_unit_test(a_damaged_cache_is_passed_over),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests_name("lease_watch", tests, NULL, NULL);
}
