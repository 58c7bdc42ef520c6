#include <string.h>

#include "faulty_store.h"
#include "wrapping_store.h"

typedef struct faulty_store {
    lw_test_wrapping_store wrapping;
    uint64_t counted, fail_at;
    int how, code;
    const char *only;
    lw_run late; /* what a run is to become, or to be inserted as */
    bool is_late, is_new;
    lw_token token_before; /* of the run that is to change */
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

/* ---- what arrives late ---- */

static int keep_late(faulty_store *store, const lw_run *run, bool is_new, const char *operation, lw_error *error) {
    int code = lw_run_copy(&store->late, run, error);
    store->is_late = code == LW_OK;
    store->is_new = is_new;
    return code == LW_OK ? fail_with(store, operation, error) : code;
}

static int insert_or_keep(lw_store *base, const lw_run *run, lw_error *error) {
    faulty_store *store = faulty(base);
    if (!(store->how & LW_TEST_FAIL_LATE) || !is_meant(store, "run_insert"))
        return lw_test_wrapping_run_insert(base, run, error);
    return keep_late(store, run, true, "run_insert", error);
}

static int modify_or_keep(lw_store *base, int64_t id, lw_run_modify_fn *modify, void *arg, lw_error *error) {
    faulty_store *store = faulty(base);
    lw_run run;
    if (!(store->how & LW_TEST_FAIL_LATE) || !is_meant(store, "run_modify"))
        return lw_test_wrapping_run_modify(base, id, modify, arg, error);
    int code = lw_test_wrapping_run_get(base, id, &run, error);
    if (code != LW_OK)
        return code;
    store->token_before = run.token;
    code = modify(arg, &run, error);
    if (code == LW_OK)
        code = keep_late(store, &run, false, "run_modify", error);
    lw_run_release(&run);
    return code;
}

static int become(void *arg, lw_run *run, lw_error *error) {
    faulty_store *store = arg;
    if (!lw_token_equal(run->token, store->token_before))
        return lw_error_set(error, LW_ECONFLICT, "the run has changed");
    lw_run copy;
    int code = lw_run_copy(&copy, &store->late, error);
    if (code != LW_OK)
        return code;
    char *experiment = copy.experiment; /* stays the very same */
    copy.experiment = run->experiment;
    run->experiment = experiment;
    lw_run_release(run);
    *run = copy;
    return LW_OK;
}

int lw_test_faulty_store_arrive(lw_store *base, lw_error *error) {
    faulty_store *store = faulty(base);
    if (!store->is_late)
        return lw_error_set(error, LW_ENOTFOUND, "nothing is under way");
    int code = store->is_new ? lw_test_wrapping_run_insert(base, &store->late, error)
                             : lw_test_wrapping_run_modify(base, store->late.id, become, store, error);
    lw_run_release(&store->late);
    store->is_late = false;
    return code;
}

/* ---- the type ---- */

static void faulty_close(lw_store *base) {
    if (faulty(base)->is_late)
        lw_run_release(&faulty(base)->late);
    lw_test_wrapping_close(base);
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
    LW_TEST_WRAPPING_OTHER_OPERATIONS,
    .close = faulty_close,
    .run_insert = insert_or_keep,
    .run_modify = modify_or_keep,
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
