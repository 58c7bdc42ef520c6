/* The memory store: where its runs lie, and the documents that many of them have alike. */
#include <string.h>

#include <labwatch/sys/memory.h>

#include "memory_parts.h"

/* A run stays as long as the store, if only as a tombstone: so memory is got for many at once, and with each a place for
 * its config: libbson's documents need a large alignment, which makes them expensive to get one by one. */
enum { RUNS_IN_PIECE = 64 };
struct memory_piece {
    bson_t configs[RUNS_IN_PIECE]; /* views of bytes in the store's arena, until a modification replaces one */
    memory_run runs[RUNS_IN_PIECE];
    size_t n;
    memory_piece *next;
};

/* The piece with room for another run; NULL when out of memory. */
static memory_piece *open_piece(memory_store *store) {
    if (store->pieces && store->pieces->n < RUNS_IN_PIECE)
        return store->pieces;
    memory_piece *piece = lw_malloc(sizeof *piece);
    if (!piece)
        return NULL;
    piece->n = 0;
    piece->next = store->pieces;
    store->pieces = piece;
    return piece;
}

/* What runs have is a static view: bson_destroy, when a run is released, leaves it as it is. */
struct memory_lent {
    bson_t view;
    memory_lent *next;
};

static bool keep_document(memory_store *store, bson_t *view, const bson_t *document) {
    uint8_t *bytes = lw_arena_get(&store->bytes, document->len, 1);
    store->bytes.failed = false; /* the next run may find memory again */
    if (!bytes)
        return false;
    memcpy(bytes, bson_get_data(document), document->len);
    return bson_init_static(view, bytes, document->len);
}

static bool same_bytes(const bson_t *a, const bson_t *b) {
    return a->len == b->len && memcmp(bson_get_data(a), bson_get_data(b), a->len) == 0;
}

/* Exchanges a document for the last one that was lent, if it is the same, or else for a new one. */
static bool lend(memory_store *store, memory_lent **list, bson_t **document) {
    if (!*document)
        return true;
    if (!*list || !same_bytes(&(*list)->view, *document)) {
        memory_lent *lent = lw_malloc(sizeof *lent);
        if (!lent || !keep_document(store, &lent->view, *document)) {
            lw_free(lent);
            return false;
        }
        lent->next = *list;
        *list = lent;
    }
    *document = &(*list)->view;
    return true;
}

memory_run *memory_keep_run(memory_store *store, const lw_run *run) {
    memory_piece *piece = open_piece(store);
    bson_t *host = run->host, *worker = run->worker, *options = run->optimizer_options;
    if (!piece || !lend(store, &store->hosts, &host) || !lend(store, &store->workers, &worker) ||
        !lend(store, &store->options, &options))
        return NULL;
    lw_run others = *run;
    others.config = others.host = others.worker = others.optimizer_options = NULL;
    memory_run *kept = &piece->runs[piece->n];
    bson_t *config = &piece->configs[piece->n];
    *kept = (memory_run){0};
    if (!keep_document(store, config, run->config) || lw_run_copy(&kept->run, &others, NULL) != LW_OK)
        return NULL;
    kept->run.config = config;
    kept->run.host = host;
    kept->run.worker = worker;
    kept->run.optimizer_options = options;
    piece->n++;
    return kept;
}

static void free_lent(memory_lent *list) {
    while (list) {
        memory_lent *next = list->next;
        lw_free(list);
        list = next;
    }
}

void memory_free_runs(memory_store *store) {
    while (store->pieces) {
        memory_piece *piece = store->pieces;
        for (size_t i = 0; i < piece->n; i++) {
            memory_free_attachments(store, &piece->runs[i]);
            lw_run_release(&piece->runs[i].run);
        }
        store->pieces = piece->next;
        lw_free(piece);
    }
    free_lent(store->hosts);
    free_lent(store->workers);
    free_lent(store->options);
    lw_arena_release(&store->bytes);
}
