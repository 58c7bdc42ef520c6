/*
 * dump STORE EXPERIMENT…: the documents of `runs` and `metrics` as the server has them, read past the library, a line of
 * JSON each: {"runs": …}, {"metrics": …}; and for each run of the experiments whether its suggestion can be made again:
 * {"replay": …}.
 * dump drop STORE: removes the database.
 */
#include <netdb.h> /* mongoc.h needs it */

#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/labwatch.h>

static void check(bool good, const char *what) {
    if (good)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* ---- documents ---- */

static void dump_documents(mongoc_database_t *database, const char *name) {
    mongoc_collection_t *from = mongoc_database_get_collection(database, name);
    bson_t all = BSON_INITIALIZER;
    bson_error_t error = {0};
    const bson_t *document;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, &all, NULL, NULL);
    while (mongoc_cursor_next(cursor, &document)) {
        char *json = bson_as_relaxed_extended_json(document, NULL);
        printf("{\"%s\": %s}\n", name, json);
        bson_free(json);
    }
    check(!mongoc_cursor_error(cursor, &error), error.message);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(from);
}

/* ---- replays: in memory, where all runs are at hand ---- */

typedef struct copying {
    lw_store *to;
    lw_error *error;
} copying;

static int copy_run(void *arg, const lw_run *run) {
    const copying *self = arg;
    return lw_store_run_insert(self->to, run, self->error);
}

static int copy_record(void *arg, const lw_experiment_record *record) {
    const copying *self = arg;
    lw_experiment_record first = *record;
    first.revision = 0; /* there it is new */
    return lw_store_experiment_put(self->to, &first, self->error);
}

static void copy_all(lw_store *from, lw_store *to) {
    lw_error error, problem;
    copying self = {to, &problem};
    lw_run_query all = {.statuses = ~0u};
    check(lw_store_experiment_each(from, copy_record, &self, &error) == LW_OK, error.message);
    check(lw_store_run_each(from, &all, copy_run, &self, &error) == LW_OK, error.message);
}

static int replay_run(lw_assistant *assistant, int64_t id) {
    static const char *const verdicts[] = {"same", "different", "not comparable"};
    lw_replay replay;
    lw_error error;
    check(lw_assistant_replay(assistant, id, &replay, &error) == LW_OK, error.message);
    printf("{\"replay\": {\"id\": %lld, \"verdict\": \"%s\"}}\n", (long long)id, verdicts[replay.verdict]);
    if (replay.verdict != LW_REPLAY_SAME)
        fprintf(stderr, "run %lld: %s\n", (long long)id, replay.reason);
    lw_replay_release(&replay);
    return LW_OK;
}

typedef struct id_list {
    int64_t *ids;
    size_t n;
} id_list;

static int collect_id(void *arg, const lw_run_row *row) {
    id_list *self = arg;
    self->ids[self->n++] = row->id;
    return LW_OK;
}

static void replay_all(lw_store *store, const char *experiment) {
    lw_error error;
    lw_assistant *assistant = NULL;
    lw_run_counts counts;
    lw_run_query query = {.experiment = experiment};
    check(lw_assistant_open_stored(&assistant, store, experiment, NULL, &error) == LW_OK, error.message);
    check(lw_store_run_counts(store, experiment, &counts, &error) == LW_OK, error.message);
    id_list list = {calloc((size_t)counts.all + 1, sizeof *list.ids), 0};
    check(list.ids, "out of memory");
    check(lw_store_row_each(store, &query, collect_id, &list, &error) == LW_OK, error.message);
    for (size_t i = 0; i < list.n; i++)
        replay_run(assistant, list.ids[i]);
    free(list.ids);
    lw_assistant_close(assistant);
}

static void dump_all(mongoc_database_t *database, const char *url, char **experiments) {
    dump_documents(database, "runs");
    dump_documents(database, "metrics");
    lw_error error;
    lw_store *stored = NULL, *memory = NULL;
    check(lw_store_open(&stored, url, NULL, NULL, &error) == LW_OK, error.message);
    check(lw_store_open(&memory, "memory:", NULL, NULL, &error) == LW_OK, error.message);
    copy_all(stored, memory);
    lw_store_close(stored);
    for (; *experiments; experiments++)
        replay_all(memory, *experiments);
    lw_store_close(memory);
}

int main(int argc, char **argv) {
    check(argc >= 3, "usage: dump STORE EXPERIMENT… or: dump drop STORE");
    bool drops = strcmp(argv[1], "drop") == 0;
    const char *url = argv[drops ? 2 : 1];
    mongoc_init();
    mongoc_client_t *client = mongoc_client_new(url);
    check(client, "no client");
    mongoc_database_t *database = mongoc_client_get_default_database(client);
    if (drops)
        check(mongoc_database_drop(database, NULL), "the database cannot be dropped");
    else
        dump_all(database, url, argv + 2);
    mongoc_database_destroy(database);
    mongoc_client_destroy(client);
    mongoc_cleanup();
    return 0;
}
