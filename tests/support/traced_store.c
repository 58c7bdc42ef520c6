#include <pthread.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "traced_store.h"
#include "wrapping_store.h"

typedef struct traced_store {
    lw_test_wrapping_store wrapping;
    pthread_mutex_t lock;
    lw_text trace;
} traced_store;

/* What nobody takes is forgotten before it fills the memory. */
enum { LONGEST_TRACE = 1 << 20 };

static int before(lw_test_wrapping_store *wrapping, const char *operation, lw_error *error) {
    (void)wrapping;
    (void)operation;
    (void)error;
    return LW_OK;
}

static int after(lw_test_wrapping_store *wrapping, const char *operation, int code, lw_error *error) {
    (void)error;
    traced_store *store = (traced_store *)wrapping;
    const char *name = lw_code_name(code);
    pthread_mutex_lock(&store->lock);
    if (store->trace.length > LONGEST_TRACE)
        lw_text_release(&store->trace);
    lw_text_format(&store->trace, "%s %s\n", operation, name ? name : "?");
    pthread_mutex_unlock(&store->lock);
    return code;
}

static int traced_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error) {
    traced_store *store = lw_calloc(1, sizeof *store);
    if (!store)
        return lw_error_no_memory(error);
    int code = lw_test_wrapping_open(&store->wrapping, address, setup, error);
    if (code != LW_OK) {
        lw_free(store);
        return code;
    }
    pthread_mutex_init(&store->lock, NULL);
    store->wrapping.before = before;
    store->wrapping.after = after;
    *out = &store->wrapping.base;
    return LW_OK;
}

static void traced_close(lw_store *base) {
    traced_store *store = (traced_store *)base;
    lw_store_close(store->wrapping.inner);
    pthread_mutex_destroy(&store->lock);
    lw_text_release(&store->trace);
    lw_free(store);
}

static const lw_store_type traced_type = {
    .scheme = "traced",
    .summary = "traced:URL, a store that writes down what is done with it",
    .open = traced_open,
    .close = traced_close,
    LW_TEST_WRAPPING_OPERATIONS,
};

const lw_store_type *const lw_test_traced_types[] = {&traced_type, NULL};

char *lw_test_traced_store_take(lw_store *base) {
    traced_store *store = (traced_store *)base;
    pthread_mutex_lock(&store->lock);
    char *trace = lw_text_take(&store->trace);
    pthread_mutex_unlock(&store->lock);
    return trace;
}
