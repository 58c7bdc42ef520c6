/*
 * Any bytes as a filter. What is accepted is asked about several runs, and says the same twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/filter.h>
#include <labwatch/sys/memory.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds)
        abort();
}

static bson_t *document(const char *json) {
    bson_t parsed;
    require(lw_document_from_json(&parsed, json, strlen(json), NULL) == LW_OK);
    bson_t *copy = bson_copy(&parsed);
    bson_destroy(&parsed);
    return copy;
}

static void fill_completed(lw_run *run) {
    lw_run_init(run);
    run->id = 7;
    run->experiment = lw_strdup("svm");
    run->config = document("{\"C\": 1.5, \"kernel\": \"rbf\", \"net\": {\"layers\": [1, 2]}, \"a.b\": null}");
    run->info = document("{\"gpu\": true}");
    run->host = document("{\"hostname\": \"here\"}");
    run->result = document("{\"result\": {\"accuracy\": 0.5, \"loss\": 2}}");
    run->status = LW_STATUS_COMPLETED;
    run->cost = -0.5;
    run->start_ms = 1700000000000;
}

static void check(const lw_filter *filter, const lw_run *run) {
    require(lw_filter_matches(filter, run) == lw_filter_matches(filter, run));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lw_filter *filter = NULL;
    lw_error error = {0};
    int code = lw_filter_parse(&filter, (const char *)data, size, NULL, &error);
    if (code != LW_OK) {
        require(error.code == code && error.message[0] && !filter);
        return 0;
    }
    lw_run bare, completed;
    lw_run_init(&bare);
    fill_completed(&completed);
    check(filter, &bare);
    check(filter, &completed);
    lw_run_release(&completed);
    lw_run_release(&bare);
    lw_filter_free(filter);
    return 0;
}
