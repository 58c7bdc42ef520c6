#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#ifdef LW_FAULTS
/* For each thread its own, so that a test that lets allocations fail does not disturb another thread. */
static _Thread_local struct {
    uint64_t counted;
    uint64_t fail_at;
    bool from_then_on;
} faults;

static bool must_fail(void) {
    faults.counted++;
    if (faults.fail_at == 0 || faults.counted < faults.fail_at)
        return false;
    return faults.from_then_on || faults.counted == faults.fail_at;
}

uint64_t lw_memory_fail_at(uint64_t n, bool from_then_on) {
    uint64_t counted = faults.counted;
    faults.counted = 0;
    faults.fail_at = n;
    faults.from_then_on = from_then_on;
    return counted;
}
#else
static inline bool must_fail(void) {
    return false;
}

uint64_t lw_memory_fail_at(uint64_t n, bool from_then_on) {
    (void)n;
    (void)from_then_on;
    return 0;
}
#endif

/*
 * libbson aligns bson_t and bson_iter_t at 128 bytes, more than malloc promises. The size of any type that
 * contains one is a multiple of 128, and so tells that it may need this alignment.
 */
enum { LARGE_ALIGNMENT = 128 };

static void *allocate(size_t size) {
    if (must_fail())
        return NULL;
    if (size == 0)
        size = 1; /* NULL always means that memory is gone */
    return size % LARGE_ALIGNMENT == 0 ? aligned_alloc(LARGE_ALIGNMENT, size) : malloc(size);
}

void *lw_malloc(size_t size) {
    return allocate(size);
}

void *lw_calloc(size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    if (size % LARGE_ALIGNMENT == 0 && total > 0) {
        void *zeroed = allocate(total);
        return zeroed ? memset(zeroed, 0, total) : NULL;
    }
    if (must_fail())
        return NULL;
    return total ? calloc(count, size) : calloc(1, 1);
}

void *lw_reallocarray(void *array, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total) || must_fail())
        return NULL;
    return realloc(array, total ? total : 1);
}

char *lw_strdup(const char *text) {
    return text ? lw_strndup(text, strlen(text)) : NULL;
}

char *lw_strndup(const char *text, size_t length) {
    if (length == SIZE_MAX)
        return NULL;
    char *copy = allocate(length + 1);
    if (!copy)
        return NULL;
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void lw_free(void *pointer) {
    free(pointer);
}

bool lw_array_reserve(void *array_pointer, size_t *capacity, size_t used, size_t size) {
    if (used < *capacity)
        return true;
    size_t grown = *capacity < 8 ? 8 : *capacity + *capacity / 2;
    if (grown <= used) {
        if (used == SIZE_MAX)
            return false;
        grown = used + 1;
    }
    /* The pointer's own type is the caller's; its bytes are copied, since void ** would alias it wrongly. */
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    void *larger = lw_reallocarray(array, grown, size);
    if (!larger)
        return false;
    memcpy(array_pointer, &larger, sizeof larger);
    *capacity = grown;
    return true;
}
