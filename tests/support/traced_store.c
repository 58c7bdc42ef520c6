#include <labwatch/sys/text.h>

#include "traced_store.h"
#include "wrapping_store.h"

typedef struct traced_store {
    lw_test_wrapping_store wrapping;
    lw_text trace;
} traced_store;

/* What nobody takes is forgotten before it fills the memory. */
enum { LONGEST_TRACE = 1 << 20 };

static int after(lw_test_wrapping_store *wrapping, const char *operation, int code, lw_error *error) {
    (void)error;
    traced_store *store = (traced_store *)wrapping;
    const char *name = lw_code_name(code);
    pthread_mutex_lock(&store->wrapping.lock);
    if (store->trace.length > LONGEST_TRACE)
        lw_text_release(&store->trace);
    lw_text_format(&store->trace, "%s %s\n", operation, name ? name : "?");
    pthread_mutex_unlock(&store->wrapping.lock);
    return code;
}

static int traced_open(lw_store **out, const char *address, const lw_store_setup *setup, lw_error *error) {
    lw_test_wrapping_store *store = lw_test_wrapping_open(sizeof(traced_store), address, setup, error);
    if (!store)
        return error->code;
    store->after = after;
    *out = &store->base;
    return LW_OK;
}

static void traced_close(lw_store *store) {
    lw_text_release(&((traced_store *)store)->trace);
    lw_test_wrapping_close(store);
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
    pthread_mutex_lock(&store->wrapping.lock);
    char *trace = lw_text_take(&store->trace);
    pthread_mutex_unlock(&store->wrapping.lock);
    return trace;
}
