/*
 * Any bytes as the stored document of a run. What is accepted is written, and reads back as the same run: from then on
 * nothing changes. In the corpus lie documents of Sacred and of labwatch as BSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/run.h>
#include <labwatch/sys/memory.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds)
        abort();
}

static void check_json(const bson_t *document) {
    char *json = lw_document_to_json(document, false);
    require(json != NULL);
    lw_free(json);
}

static void check_ids(const char *text) {
    int64_t *ids;
    size_t n;
    if (!text || lw_ids_from_text(text, &ids, &n, NULL) != LW_OK)
        return;
    char *again = lw_ids_to_text(ids, n);
    require(again != NULL);
    lw_free(again);
    lw_free(ids);
}

static void check_run(const lw_run *run) {
    lw_run second, copy;
    bson_t once, twice;
    require(lw_run_to_document(run, &once, NULL) == LW_OK);
    require(lw_run_from_document(&second, &once, NULL) == LW_OK);
    require(lw_run_outcome(&second) == lw_run_outcome(run));
    require(lw_run_copy(&copy, &second, NULL) == LW_OK);
    require(lw_run_to_document(&copy, &twice, NULL) == LW_OK);
    require(bson_equal(&once, &twice));
    check_json(&once);
    check_ids(run->view.open_ids);
    lw_run_release(&copy);
    lw_run_release(&second);
    bson_destroy(&once);
    bson_destroy(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bson_t document;
    if (!bson_init_static(&document, data, size))
        return 0;
    lw_run run;
    lw_error error = {0};
    int code = lw_run_from_document(&run, &document, &error);
    if (code != LW_OK) {
        require(code == LW_ESTORE && error.code == code && error.message[0]);
        return 0;
    }
    check_run(&run);
    lw_run_release(&run);
    return 0;
}
