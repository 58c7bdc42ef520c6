/**
 * The driver, whose commands are counted, and what the bare driver is made to do for comparison.
 */
#ifndef LABWATCH_BENCH_DRIVER_H
#define LABWATCH_BENCH_DRIVER_H

#include <netdb.h> /* mongoc.h needs it */

#include <mongoc/mongoc.h>

#include <labwatch/labwatch.h>

/** What this process has asked for since it began, greetings and farewells aside. */
typedef struct bench_traffic {
    int64_t commands, inserts;
    int64_t documents; /**< that were returned */
    int64_t bytes;     /**< of the replies */
} bench_traffic;
extern bench_traffic bench_counted;

/** The store of the database that was set; ends the program on failure. */
lw_store *bench_open_store(void);

/** The runs of that database, without labwatch. */
typedef struct bench_bare {
    mongoc_client_t *client;
    mongoc_collection_t *runs;
    int64_t last_id; /**< highest that was seen; 0: none */
    int64_t n;       /**< documents that were seen */
} bench_bare;

void bench_bare_open(bench_bare *bare);
void bench_bare_close(bench_bare *bare);
/** Sees the runs from the highest known id on, in narrow form. */
void bench_bare_find(bench_bare *bare);
/** Inserts a copy of the document under the next id. False if that is taken. */
bool bench_bare_insert(bench_bare *bare, const bson_t *document);
/** Gives the run a result, in one update. */
void bench_bare_update(bench_bare *bare, int64_t id);
/** How many runs have that status. */
int64_t bench_bare_count(bench_bare *bare, const char *status);
void bench_bare_drop(bench_bare *bare);
/** Any run; bson_destroy it. */
bson_t *bench_bare_sample(bench_bare *bare);

/** Where to measure, on the server of LABWATCH_TEST_MONGO_URI. */
void bench_set_database(const char *name);
const char *bench_database(void);

#endif
