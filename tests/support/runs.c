#include <string.h>

#include <labwatch/sys/memory.h>

#include "runs.h"
#include "testing.h"

bson_t *lw_test_document(const char *json) {
    bson_error_t error;
    bson_t *document = bson_new_from_json((const uint8_t *)json, -1, &error);
    if (!document) {
        print_error("%s: %s\n", json, error.message);
        abort();
    }
    return document;
}

lw_token lw_test_token(int64_t id) {
    lw_token token = {{0x70}};
    memcpy(token.bytes + 8, &id, sizeof id);
    return token;
}

void lw_test_digest(int64_t id, uint8_t out[LW_DIGEST_SIZE]) {
    memset(out, 0xD1, LW_DIGEST_SIZE);
    memcpy(out, &id, sizeof id);
}

void lw_test_run(lw_run *run, int64_t id, const char *experiment) {
    lw_run_init(run);
    run->id = id;
    run->experiment = lw_strdup(experiment);
    run->command = lw_strdup("main");
    run->space = lw_strdup("default");
    run->space_version = 1;
    run->status = LW_STATUS_RUNNING;
    run->start_ms = 1795249285288 + id;
    run->config = bson_new();
    bson_append_double(run->config, "C", -1, 0.5 + (double)id);
    bson_append_utf8(run->config, "kernel", -1, "rbf", -1);
    bson_append_int32(run->config, "seed", -1, 42);
    lw_test_digest(id, run->digest);
    run->number = (uint64_t)id;
    run->attempt = 1;
    run->token = lw_test_token(id);
}

void lw_test_full_run(lw_run *run, int64_t id, const char *experiment) {
    lw_test_run(run, id, experiment);
    run->experiment_info = lw_test_document("{\"base_dir\": \"/tmp\", \"sources\": [], \"mainfile\": \"x.py\"}");
    run->host = lw_test_document("{\"hostname\": \"node1\", \"os\": [\"Linux\", \"6.1\"], \"cpu\": \"x\", \"ENV\": {}}");
    run->stop_ms = 1795249285999;
    run->heartbeat_ms = 1795249285777;
    run->queue_ms = 1795249285111;
    run->meta = lw_test_document("{\"command\": \"main\", \"options\": {\"-j\": 2}, \"comment\": \"h\\u00fcbsch\"}");
    run->status = LW_STATUS_COMPLETED;
    run->resources = lw_test_document("{\"0\": [\"/tmp/data.csv\", \"344fd2\"]}");
    run->artifacts = lw_test_document("{\"0\": {\"name\": \"model.bin\", \"file_id\": {\"$oid\": \"6b015487beb9b83a647d4bc1\"}}}");
    run->captured_out = lw_strdup("epoch 1\n'; DROP TABLE runs; --\n\xCF\x80\n");
    run->info = lw_test_document("{\"a.b\": {\"c.d\": 1}, \"metrics\": []}");
    run->result = lw_test_document("{\"result\": {\"accuracy\": {\"$numberDouble\": \"-0.0\"}, \"n\": 3}}");
    run->fail_trace = lw_test_document("{\"0\": \"Traceback\\n\"}");
    run->others = lw_test_document("{\"omniboard\": {\"tags\": [\"good\"]}}");
    run->space_version = 3;
    run->number = UINT64_MAX - 5;
    run->seed = UINT64_MAX;
    run->optimizer = lw_strdup("tpe");
    run->optimizer_options = lw_test_document("{\"gamma\": 0.25}");
    run->view = (lw_view){.last_id = 11, .fit_last_id = 9, .epoch = 2, .budget = 60, .has_digest = true};
    run->view.open_ids = lw_strdup("3,7-9");
    run->view.void_ids = lw_strdup("1");
    run->view.digest[15] = 0xFF;
    run->memo = lw_test_document("{\"generation\": 4}");
    run->fidelity = 0.3;
    run->parent = 2;
    run->replicate = 1;
    run->build = lw_strdup("0.1.0 x86_64");
    run->cost = -0.0;
    run->failure = LW_FAILURE_NONE;
    run->reason = lw_strdup("it ended \"well\"");
    run->duration_s = 1.25;
    run->attempt = 2;
    run->lease_s = 120.5;
    run->worker = lw_test_document("{\"host\": \"node1\", \"pid\": 4711}");
    run->attempts = lw_test_document("{\"0\": {\"status\": \"FAILED\", \"failure\": \"died\"}}");
    run->notes = lw_test_document("{\"0\": \"a forced result\"}");
    run->redefined = 3;
    run->labwatch_others = lw_test_document("{\"of_tomorrow\": [1, {\"x\": null}]}");
}

/* Everything that a run holds is in its document. */
void lw_test_assert_runs_equal(const lw_run *a, const lw_run *b) {
    lw_error error;
    bson_t left, right;
    assert_ok(lw_run_to_document(a, &left, &error), error);
    assert_ok(lw_run_to_document(b, &right, &error), error);
    char *left_json = bson_as_canonical_extended_json(&left, NULL);
    char *right_json = bson_as_canonical_extended_json(&right, NULL);
    /* The names of an array's elements mean nothing: a server may count them anew. */
    if (!bson_equal(&left, &right) && strcmp(left_json, right_json) != 0) {
        print_error("the runs differ:\n%s\n%s\n", left_json, right_json);
        fail();
    }
    bson_free(left_json);
    bson_free(right_json);
    assert_int_equal(a->origin, b->origin);
    assert_int_equal(a->failure, b->failure);
    bson_destroy(&left);
    bson_destroy(&right);
}
