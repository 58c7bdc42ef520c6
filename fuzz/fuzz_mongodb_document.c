/*
 * Any bytes as a document in the collection of runs: as a row, and as a run, which is written as the store writes it and
 * changed as the store changes it. What is accepted reads back as the same run. In the corpus lie documents as labwatch
 * and Sacred store them, and others.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/sys/memory.h>

#include "mongodb_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds)
        abort();
}

static int visit_row(void *arg, const lw_run_row *row) {
    size_t *n = arg;
    (*n)++;
    require(row->id > 0 || row->foreign_id);
    require(row->experiment != NULL);
    return LW_OK;
}

static void check_row(const bson_t *document) {
    mongo_row *row, *again;
    lw_error error = {0};
    int code = mongo_row_new(&row, document, &error);
    if (code != LW_OK) {
        require(code == LW_ESTORE && mongo_is_own(document) && error.message[0]);
        return;
    }
    require(row || !mongo_is_own(document));
    if (!row)
        return;
    require(mongo_row_new(&again, document, &error) == LW_OK && mongo_rows_alike(row, again));
    size_t n = 0;
    lw_run_query query = {.statuses = ~0u, .order = LW_ORDER_ID_DOWN};
    mongo_row *rows[] = {row};
    require(mongo_rows_show(rows, 1, &query, visit_row, &n, &error) == LW_OK && n == 1);
    lw_free(row);
    lw_free(again);
}

/* What the store makes of a run is read as the same run, also with what is listed for viewers in the stored document. */
static void check_own(const bson_t *stored, const lw_run *run) {
    bson_t before, written, update, again;
    lw_run second;
    lw_error error;
    require(lw_run_to_document(run, &before, &error) == LW_OK);
    require(mongo_document_of(run, 7, &written, &error) == LW_OK);
    require(mongo_read_run(&second, &written, &error) == LW_OK);
    require(lw_run_to_document(&second, &again, &error) == LW_OK);
    require(bson_equal(&before, &again));
    require(mongo_revision_of(&written) == 7);
    if (mongo_difference(stored, &before, &second, 8, &update, &error) == LW_OK)
        bson_destroy(&update);
    if (mongo_burial(stored, run->id, 9, &update, &error) == LW_OK)
        bson_destroy(&update);
    lw_run_release(&second);
    bson_destroy(&before);
    bson_destroy(&written);
    bson_destroy(&again);
}

static void check_run(const bson_t *document) {
    lw_run run;
    lw_error error = {0};
    int code = mongo_read_run(&run, document, &error);
    if (code != LW_OK) {
        require(code == LW_ESTORE && error.message[0]);
        return;
    }
    require((run.origin == LW_ORIGIN_FOREIGN) == !mongo_is_own(document));
    if (run.origin != LW_ORIGIN_FOREIGN)
        check_own(document, &run);
    lw_run_release(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bson_t document;
    if (!bson_init_static(&document, data, size)) /* the driver looks no deeper either */
        return 0;
    (void)mongo_id_of(&document);
    (void)mongo_has_revision(&document, 7);
    (void)mongo_lists_anything(&document);
    check_row(&document);
    check_run(&document);
    return 0;
}
