/* The store contract: metrics, files and caches. */
#include "store_contract.h"

#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>

typedef struct seen_metrics {
    char names[200];
    lw_metric_point points[64];
    size_t n;
    int stop_after;
} seen_metrics;

static int see_metric(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    seen_metrics *seen = arg;
    size_t length = strlen(seen->names);
    snprintf(seen->names + length, sizeof seen->names - length, "%s:%zu ", name, n);
    for (size_t i = 0; i < n && seen->n < 64; i++)
        seen->points[seen->n++] = points[i];
    return seen->stop_after && --seen->stop_after == 0 ? LW_EINTERRUPTED : LW_OK;
}

void test_store_contract__metrics_are_appended(void **state) {
    contract *c = *state;
    lw_error error;
    static const lw_metric_point points[] = {
        {0, 1.5, 1795249302464}, {1, INFINITY, 1795249302465}, {1, NAN, 0}, {INT64_MAX, -0.0, -5}, {-3, 5e-324, INT64_MAX},
    };
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    contract_insert(c->store, 2, "heart", LW_STATUS_RUNNING);
    assert_ok(lw_store_metric_append(c->store, 1, "train.loss", points, 2, &error), error);
    assert_ok(lw_store_metric_append(c->store, 1, "accuracy", points, 1, &error), error);
    assert_ok(lw_store_metric_append(c->store, 2, "train.loss", points, 1, &error), error);
    assert_ok(lw_store_metric_append(c->store, 1, "train.loss", points + 2, 3, &error), error);
    assert_ok(lw_store_metric_append(c->store, 1, "train.loss", NULL, 0, &error), error);
    seen_metrics seen = {0};
    assert_ok(lw_store_metric_each(c->store, 1, see_metric, &seen, &error), error);
    assert_string_equal(seen.names, "accuracy:1 train.loss:5 ");
    for (size_t i = 0; i < 5; i++) {
        const lw_metric_point *point = &seen.points[i + 1];
        assert_true(point->step == points[i].step && point->time_ms == points[i].time_ms);
        assert_true(isnan(points[i].value) ? isnan(point->value)
                                           : memcmp(&point->value, &points[i].value, sizeof point->value) == 0);
    }
    seen = (seen_metrics){.stop_after = 1};
    assert_int_equal(lw_store_metric_each(c->store, 1, see_metric, &seen, &error), LW_EINTERRUPTED);
    assert_string_equal(seen.names, "accuracy:1 ");
    seen = (seen_metrics){0};
    assert_ok(lw_store_metric_each(c->store, 500, see_metric, &seen, &error), error);
    assert_string_equal(seen.names, "");
}

static void insert_foreign(lw_store *store, int64_t id) {
    lw_error error;
    lw_run run;
    lw_test_run(&run, id, "sacred");
    run.origin = LW_ORIGIN_FOREIGN;
    assert_ok(lw_store_run_insert(store, &run, &error), error);
    lw_run_release(&run);
}

void test_store_contract__metrics_of_runs_that_cannot_have_them(void **state) {
    contract *c = *state;
    lw_error error;
    lw_metric_point point = {0};
    assert_int_equal(lw_store_metric_append(c->store, 1, "m", &point, 1, &error), LW_ENOTFOUND);
    insert_foreign(c->store, 1);
    assert_int_equal(lw_store_metric_append(c->store, 1, "m", &point, 1, &error), LW_EUNSUPPORTED);
    contract_insert(c->store, 2, "heart", LW_STATUS_RUNNING);
    assert_ok(lw_store_metric_append(c->store, 2, "m", &point, 1, &error), error);
    assert_ok(lw_store_run_remove(c->store, 2, &error), error);
    assert_int_equal(lw_store_metric_append(c->store, 2, "m", &point, 1, &error), LW_ENOTFOUND);
    seen_metrics seen = {0};
    assert_ok(lw_store_metric_each(c->store, 2, see_metric, &seen, &error), error);
    assert_string_equal(seen.names, "");
}

/* Bytes that are made up as they are read, in portions of odd sizes. */
typedef struct made_up {
    uint64_t size, at;
    unsigned seed;
    uint64_t fail_at; /* 0: never */
} made_up;

static unsigned char byte_at(unsigned seed, uint64_t at) {
    uint64_t x = (at + 1) * 0x9E3779B97F4A7C15u + seed;
    return (unsigned char)(x >> 56 ^ x >> 20);
}

static int make_up(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    made_up *m = arg;
    if (m->fail_at && m->at >= m->fail_at)
        return lw_error_set(error, LW_EIO, "the source dried up");
    uint64_t rest = m->size - m->at;
    size_t portion = size < 10007 ? size : 10007;
    *got = rest < portion ? (size_t)rest : portion;
    for (size_t i = 0; i < *got; i++)
        ((unsigned char *)buffer)[i] = byte_at(m->seed, m->at + i);
    m->at += *got;
    return LW_OK;
}

static int compare_bytes(void *arg, const void *bytes, size_t size, lw_error *error) {
    (void)error;
    made_up *m = arg;
    for (size_t i = 0; i < size; i++)
        if (((const unsigned char *)bytes)[i] != byte_at(m->seed, m->at + i))
            fail_msg("byte %llu of the file differs", (unsigned long long)(m->at + i));
    m->at += size;
    return m->fail_at && m->at >= m->fail_at ? LW_EINTERRUPTED : LW_OK;
}

static int put_file(lw_store *store, int64_t run, lw_file_kind kind, const char *name, uint64_t size, unsigned seed,
                    lw_error *error) {
    made_up source = {.size = size, .seed = seed};
    return lw_store_file_put(store, run, kind, name, make_up, &source, error);
}

static void assert_file(lw_store *store, int64_t run, lw_file_kind kind, const char *name, uint64_t size, unsigned seed) {
    lw_error error;
    made_up wanted = {.size = size, .seed = seed};
    assert_ok(lw_store_file_get(store, run, kind, name, compare_bytes, &wanted, &error), error);
    assert_true(wanted.at == size);
}

typedef struct seen_files {
    char names[400];
    uint8_t digest[LW_DIGEST_SIZE];
} seen_files;

static int see_file(void *arg, const lw_file_info *file) {
    seen_files *seen = arg;
    size_t length = strlen(seen->names);
    snprintf(seen->names + length, sizeof seen->names - length, "%s%s:%llu ", file->kind == LW_FILE_SOURCE ? "source/" : "",
             file->name, (unsigned long long)file->size);
    memcpy(seen->digest, file->digest, sizeof seen->digest);
    return LW_OK;
}

static void assert_files(lw_store *store, int64_t run, const char *wanted) {
    lw_error error;
    seen_files seen = {0};
    assert_ok(lw_store_file_each(store, run, see_file, &seen, &error), error);
    assert_string_equal(seen.names, wanted);
}

void test_store_contract__files_of_all_sizes(void **state) {
    contract *c = *state;
    lw_error error;
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    static const uint64_t sizes[] = {0, 1, 261119, 261120, 261121, 522240, 5000000};
    enum { N_SIZES = sizeof sizes / sizeof sizes[0] };
    char name[32];
    for (unsigned i = 0; i < N_SIZES; i++) {
        snprintf(name, sizeof name, "model %u.bin", i);
        assert_ok(put_file(c->store, 1, LW_FILE_ARTIFACT, name, sizes[i], i, &error), error);
    }
    for (unsigned i = 0; i < N_SIZES; i++) {
        snprintf(name, sizeof name, "model %u.bin", i);
        assert_file(c->store, 1, LW_FILE_ARTIFACT, name, sizes[i], i);
    }
    made_up stopped = {.size = sizes[6], .seed = 6, .fail_at = 1};
    assert_int_equal(lw_store_file_get(c->store, 1, LW_FILE_ARTIFACT, "model 6.bin", compare_bytes, &stopped, &error),
                     LW_EINTERRUPTED);

    seen_files seen = {0};
    assert_ok(lw_store_file_each(c->store, 1, see_file, &seen, &error), error);
    assert_string_equal(seen.names, "model 0.bin:0 model 1.bin:1 model 2.bin:261119 model 3.bin:261120 "
                                    "model 4.bin:261121 model 5.bin:522240 model 6.bin:5000000 ");
    lw_digest digest;
    lw_digest_start(&digest);
    for (uint64_t i = 0; i < sizes[6]; i++) {
        unsigned char byte = byte_at(6, i);
        lw_digest_add(&digest, &byte, 1);
    }
    uint8_t wanted[LW_DIGEST_SIZE];
    lw_digest_finish(&digest, wanted);
    assert_memory_equal(seen.digest, wanted, sizeof wanted);
}

void test_store_contract__equal_files_share_and_outlive_each_other(void **state) {
    contract *c = *state;
    lw_error error;
    contract_insert(c->store, 1, "heart", LW_STATUS_RUNNING);
    contract_insert(c->store, 2, "heart", LW_STATUS_RUNNING);
    assert_ok(put_file(c->store, 1, LW_FILE_SOURCE, "train.py", 300000, 1, &error), error);
    assert_ok(put_file(c->store, 2, LW_FILE_SOURCE, "train.py", 300000, 1, &error), error);
    assert_ok(put_file(c->store, 1, LW_FILE_ARTIFACT, "train.py", 300000, 1, &error), error);
    assert_ok(put_file(c->store, 1, LW_FILE_ARTIFACT, "a.txt", 10, 2, &error), error);
    assert_files(c->store, 1, "a.txt:10 train.py:300000 source/train.py:300000 ");
    assert_ok(put_file(c->store, 1, LW_FILE_SOURCE, "train.py", 7, 3, &error), error); /* replaces */
    assert_ok(put_file(c->store, 1, LW_FILE_SOURCE, "train.py", 7, 3, &error), error); /* by the same */
    assert_file(c->store, 1, LW_FILE_SOURCE, "train.py", 7, 3);
    assert_file(c->store, 2, LW_FILE_SOURCE, "train.py", 300000, 1);
    assert_file(c->store, 1, LW_FILE_ARTIFACT, "train.py", 300000, 1);
    assert_ok(lw_store_run_remove(c->store, 1, &error), error);
    assert_files(c->store, 1, "");
    assert_file(c->store, 2, LW_FILE_SOURCE, "train.py", 300000, 1);
    made_up nothing = {0};
    assert_int_equal(lw_store_file_get(c->store, 1, LW_FILE_SOURCE, "train.py", compare_bytes, &nothing, &error),
                     LW_ENOTFOUND);
    assert_int_equal(put_file(c->store, 1, LW_FILE_SOURCE, "train.py", 7, 3, &error), LW_ENOTFOUND);
    assert_ok(lw_store_run_remove(c->store, 2, &error), error);
    contract_insert(c->store, 3, "heart", LW_STATUS_RUNNING);
    assert_ok(put_file(c->store, 3, LW_FILE_SOURCE, "train.py", 300000, 1, &error), error);
    assert_file(c->store, 3, LW_FILE_SOURCE, "train.py", 300000, 1);
}

void test_store_contract__files_that_cannot_be_read_are_not_kept(void **state) {
    contract *c = *state;
    lw_error error;
    assert_int_equal(put_file(c->store, 1, LW_FILE_SOURCE, "x", 7, 3, &error), LW_ENOTFOUND);
    insert_foreign(c->store, 1);
    assert_int_equal(put_file(c->store, 1, LW_FILE_SOURCE, "x", 7, 3, &error), LW_EUNSUPPORTED);
    contract_insert(c->store, 2, "heart", LW_STATUS_RUNNING);
    assert_ok(put_file(c->store, 2, LW_FILE_SOURCE, "x", 7, 3, &error), error);
    static const uint64_t moments[] = {1, 200000, 600000};
    for (size_t i = 0; i < 3; i++) {
        made_up source = {.size = 800000, .seed = 9, .fail_at = moments[i]};
        assert_int_equal(lw_store_file_put(c->store, 2, LW_FILE_SOURCE, "x", make_up, &source, &error), LW_EIO);
        assert_string_equal(error.message, "the source dried up");
        assert_file(c->store, 2, LW_FILE_SOURCE, "x", 7, 3);
    }
    assert_files(c->store, 2, "source/x:7 ");
}

void test_store_contract__caches_are_bounded(void **state) {
    contract *c = *state;
    lw_error error;
    void *bytes;
    size_t size;
    assert_int_equal(lw_store_cache_get(c->store, "fit", &bytes, &size, &error), LW_ENOTFOUND);
    assert_ok(lw_store_cache_put(c->store, "fit", "abc", 3, &error), error);
    assert_ok(lw_store_cache_put(c->store, "empty", NULL, 0, &error), error);
    assert_ok(lw_store_cache_put(c->store, "fit", "de", 2, &error), error);
    assert_ok(lw_store_cache_get(c->store, "fit", &bytes, &size, &error), error);
    assert_int_equal(size, 2);
    assert_memory_equal(bytes, "de", 2);
    lw_free(bytes);
    assert_ok(lw_store_cache_get(c->store, "empty", &bytes, &size, &error), error);
    assert_int_equal(size, 0);
    lw_free(bytes);

    enum { LARGE = 10 << 20 };
    char *large = calloc(1, LARGE);
    assert_non_null(large);
    char key[16];
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "large %d", i);
        assert_ok(lw_store_cache_put(c->store, key, large, LARGE, &error), error);
    }
    int kept = 0;
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "large %d", i);
        int code = lw_store_cache_get(c->store, key, &bytes, &size, &error);
        assert_true(code == LW_OK || (code == LW_ENOTFOUND && kept == 0)); /* the oldest went */
        if (code != LW_OK)
            continue;
        assert_int_equal(size, LARGE);
        lw_free(bytes);
        kept++;
    }
    assert_true(kept >= 1 && kept <= 9);
    free(large);
}
