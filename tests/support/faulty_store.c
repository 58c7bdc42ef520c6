#include <string.h>

#include "faulty_store.h"
#include "wrapping_store.h"

typedef struct faulty_store {
    lw_test_wrapping_store wrapping;
    uint64_t counted, fail_at;
    int how, code;
    const char *only;
} faulty_store;

static faulty_store *faulty(lw_store *store) {
    return (faulty_store *)store;
}

static int fail_with(const faulty_store *store, const char *operation, lw_error *error) {
    return lw_error_set(error, store->code, "%s failed, as the test wants it", operation);
}

static bool is_meant(const faulty_store *store, const char *operation) {
    return !store->only || strcmp(store->only, operation) == 0;
}

static bool is_its_turn(const faulty_store *store, uint64_t turn) {
    if (store->fail_at == 0 || turn < store->fail_at)
        return false;
    return turn == store->fail_at || (store->how & LW_TEST_FAIL_FROM_THEN_ON);
}

static int before(lw_test_wrapping_store *wrapping, const char *operation, lw_error *error) {
    faulty_store *store = (faulty_store *)wrapping;
    int code = LW_OK;
    pthread_mutex_lock(&store->wrapping.lock);
    if (is_meant(store, operation) && !(store->how & LW_TEST_FAIL_AFTER) && is_its_turn(store, ++store->counted))
        code = fail_with(store, operation, error);
    pthread_mutex_unlock(&store->wrapping.lock);
    return code;
}

static int after(lw_test_wrapping_store *wrapping, const char *operation, int code, lw_error *error) {
    faulty_store *store = (faulty_store *)wrapping;
    pthread_mutex_lock(&store->wrapping.lock);
    if (is_meant(store, operation) && (store->how & LW_TEST_FAIL_AFTER) && is_its_turn(store, ++store->counted))
        code = fail_with(store, operation, error);
    pthread_mutex_unlock(&store->wrapping.lock);
    return code;
}

static int faulty_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error) {
    lw_test_wrapping_store *store = lw_test_wrapping_open(sizeof(faulty_store), address, setup, error);
    if (!store)
        return error->code;
    store->before = before;
    store->after = after;
    *out = &store->base;
    return LW_OK;
}

static const lw_store_type faulty_type = {
    .scheme = "faulty",
    .summary = "faulty:URL, a store that fails where a test wants it",
    .open = faulty_open,
    .close = lw_test_wrapping_close,
    LW_TEST_WRAPPING_OPERATIONS,
};

const lw_store_type *const lw_test_faulty_types[] = {&faulty_type, NULL};

uint64_t lw_test_faulty_store_fail(lw_store *base, uint64_t n, int how, int code) {
    faulty_store *store = faulty(base);
    pthread_mutex_lock(&store->wrapping.lock);
    uint64_t counted = store->counted;
    store->counted = 0;
    store->fail_at = n;
    store->how = how;
    store->code = code;
    pthread_mutex_unlock(&store->wrapping.lock);
    return counted;
}

void lw_test_faulty_store_only(lw_store *base, const char *operation) {
    faulty_store *store = faulty(base);
    pthread_mutex_lock(&store->wrapping.lock);
    store->only = operation;
    pthread_mutex_unlock(&store->wrapping.lock);
}
