/**
 * All SQL of the SQLite store but the queries that sqlite_query.c puts together.
 *
 * A run lies in up to three rows of the same id: `runs` has what catching up, counting and choosing read; `details` the
 * rest of its document; `outputs` what it printed, which grows and is written at each beat. Nothing lies in two of
 * them, but for small values that `details` repeats. `experiments` counts its runs, in the transactions that change
 * them.
 */
#ifndef LABWATCH_SQLITE_SQL_H
#define LABWATCH_SQLITE_SQL_H

/** "labw": PRAGMA application_id of every store. */
#define STORE_APPLICATION_ID 0x6c616277
/** PRAGMA user_version: raised when the tables change. */
#define STORE_FORMAT 1

/*
 * STRICT tables; ANY keeps the sign of -0.0, which REAL loses; NaN is NULL. Words are as in lw_status_name,
 * lw_failure_name. Digests and tokens are 16 bytes, documents BSON, times milliseconds in UTC.
 */
#define STORE_SCHEMA                                                                                                  \
    "CREATE TABLE experiments("                                                                                        \
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL DEFAULT 0, document BLOB,"          \
    " own INTEGER NOT NULL DEFAULT 0, budget_used INTEGER NOT NULL DEFAULT 0, all_runs INTEGER NOT NULL DEFAULT 0,"    \
    " changes INTEGER NOT NULL DEFAULT 0, queued INTEGER NOT NULL DEFAULT 0, running INTEGER NOT NULL DEFAULT 0,"      \
    " completed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, timeout INTEGER NOT NULL DEFAULT 0,"    \
    " interrupted INTEGER NOT NULL DEFAULT 0, pruned INTEGER NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0,"  \
    " other INTEGER NOT NULL DEFAULT 0) STRICT;"                                                                       \
    "CREATE TABLE runs("                                                                                               \
    " id INTEGER PRIMARY KEY, experiment INTEGER NOT NULL REFERENCES experiments, status TEXT NOT NULL,"               \
    " open INTEGER NOT NULL, failure TEXT, origin TEXT NOT NULL, space TEXT, space_version INTEGER NOT NULL,"          \
    " digest BLOB NOT NULL, cost ANY, fidelity ANY, replicate INTEGER NOT NULL, attempt INTEGER NOT NULL,"             \
    " lease REAL NOT NULL, start_time INTEGER, stop_time INTEGER, heartbeat INTEGER, duration ANY,"                    \
    " token BLOB NOT NULL, config BLOB, memo BLOB, result BLOB, worker BLOB) STRICT;"                                  \
    "CREATE INDEX runs_by_experiment ON runs(experiment);"                                                             \
    "CREATE INDEX runs_by_config ON runs(experiment, digest);"                                                         \
    "CREATE INDEX runs_by_cost ON runs(experiment, cost) WHERE status = 'COMPLETED' AND cost IS NOT NULL;"             \
    "CREATE INDEX runs_open ON runs(experiment) WHERE open = 1;"                                                       \
    "CREATE TABLE details(id INTEGER PRIMARY KEY REFERENCES runs, document BLOB NOT NULL) STRICT;"                     \
    "CREATE TABLE outputs(id INTEGER PRIMARY KEY REFERENCES runs, captured_out TEXT NOT NULL) STRICT;"                 \
    "CREATE TABLE metrics("                                                                                            \
    " id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, points INTEGER NOT NULL,"      \
    " UNIQUE(run, name)) STRICT;"                                                                                      \
    "CREATE TABLE points("                                                                                             \
    " metric INTEGER NOT NULL REFERENCES metrics, position INTEGER NOT NULL, step INTEGER NOT NULL, value ANY,"        \
    " time INTEGER NOT NULL, PRIMARY KEY(metric, position)) STRICT, WITHOUT ROWID;"                                    \
    "CREATE TABLE contents("                                                                                           \
    " id INTEGER PRIMARY KEY, digest BLOB NOT NULL, size INTEGER NOT NULL, first_chunk INTEGER NOT NULL,"              \
    " n_chunks INTEGER NOT NULL, uses INTEGER NOT NULL, UNIQUE(digest, size)) STRICT;"                                 \
    "CREATE TABLE chunks(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"                                         \
    "CREATE TABLE files("                                                                                              \
    " run INTEGER NOT NULL REFERENCES runs, kind TEXT NOT NULL, name TEXT NOT NULL,"                                   \
    " content INTEGER NOT NULL REFERENCES contents, PRIMARY KEY(run, kind, name)) STRICT, WITHOUT ROWID;"              \
    "CREATE TABLE cache("                                                                                              \
    " id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;"

/** The columns of `runs` in the order of sqlite_bind_run and sqlite_read_row. */
#define RUN_COLUMNS                                                                                             \
    "r.id, r.experiment, r.status, r.open, r.failure, r.origin, r.space, r.space_version, r.digest, r.cost,"           \
    " r.fidelity, r.replicate, r.attempt, r.lease, r.start_time, r.stop_time, r.heartbeat, r.duration, r.token,"       \
    " r.config, r.memo, r.result, r.worker, e.name"
enum { COLUMN_NAME = 23, COLUMN_DETAILS = 24, COLUMN_OUTPUT = 25 };

#define STORE_STATEMENTS(ENTRY)                                                                                       \
    ENTRY(BEGIN_READING, "BEGIN")                                                                                      \
    ENTRY(BEGIN_WRITING, "BEGIN IMMEDIATE")                                                                            \
    ENTRY(COMMIT, "COMMIT")                                                                                            \
    ENTRY(ROLLBACK, "ROLLBACK")                                                                                        \
    ENTRY(EXPERIMENT_GET, "SELECT name, revision, document FROM experiments WHERE name = ?1 AND revision > 0")         \
    ENTRY(EXPERIMENT_ALL, "SELECT name, revision, document FROM experiments WHERE revision > 0 ORDER BY name")         \
    ENTRY(EXPERIMENT_REVISION, "SELECT revision FROM experiments WHERE name = ?1")                                     \
    ENTRY(EXPERIMENT_PUT, "UPDATE experiments SET revision = revision + 1, document = ?2 WHERE name = ?1")             \
    ENTRY(EXPERIMENT_ID, "SELECT id FROM experiments WHERE name = ?1")                                                 \
    ENTRY(EXPERIMENT_MAKE, "INSERT INTO experiments(name) VALUES(?1)")                                                 \
    ENTRY(COUNTS_GET,                                                                                                  \
          "SELECT (SELECT max(id) FROM runs), e.revision, e.own, e.budget_used, e.all_runs, e.changes, e.queued,"      \
          " e.running, e.completed, e.failed, e.timeout, e.interrupted, e.pruned, e.removed, e.other"                  \
          " FROM (SELECT 1) LEFT JOIN experiments e ON e.name = ?1")                                                   \
    ENTRY(COUNTS_ADD,                                                                                                  \
          "UPDATE experiments SET changes = changes + 1, own = own + ?2, budget_used = budget_used + ?3,"              \
          " all_runs = all_runs + ?4, queued = queued + ?5, running = running + ?6, completed = completed + ?7,"       \
          " failed = failed + ?8, timeout = timeout + ?9, interrupted = interrupted + ?10, pruned = pruned + ?11,"     \
          " removed = removed + ?12, other = other + ?13 WHERE id = ?1")                                               \
    ENTRY(RUN_INSERT,                                                                                                  \
          "INSERT INTO runs VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"   \
          " ?19, ?20, ?21, ?22, ?23)")                                                                                 \
    ENTRY(RUN_UPDATE,                                                                                                  \
          "UPDATE runs SET experiment = ?2, status = ?3, open = ?4, failure = ?5, origin = ?6, space = ?7,"            \
          " space_version = ?8, digest = ?9, cost = ?10, fidelity = ?11, replicate = ?12, attempt = ?13, lease = ?14," \
          " start_time = ?15, stop_time = ?16, heartbeat = ?17, duration = ?18, token = ?19, config = ?20,"            \
          " memo = ?21, result = ?22, worker = ?23 WHERE id = ?1")                                                     \
    ENTRY(RUN_STATE, "SELECT status, origin, token, experiment FROM runs WHERE id = ?1")                                           \
    ENTRY(RUN_GET,                                                                                                     \
          "SELECT " RUN_COLUMNS ", d.document, o.captured_out FROM runs r JOIN experiments e"                   \
          " ON e.id = r.experiment LEFT JOIN details d ON d.id = r.id LEFT JOIN outputs o ON o.id = r.id"              \
          " WHERE r.id = ?1")                                                                                          \
    ENTRY(RUN_BEAT, "UPDATE runs SET heartbeat = ?2 WHERE id = ?1")                                                    \
    ENTRY(DETAILS_PUT, "INSERT INTO details VALUES(?1, ?2) ON CONFLICT(id) DO UPDATE SET document = excluded.document") \
    ENTRY(DETAILS_DELETE, "DELETE FROM details WHERE id = ?1")                                                         \
    ENTRY(OUTPUT_PUT,                                                                                                  \
          "INSERT INTO outputs VALUES(?1, ?2) ON CONFLICT(id) DO UPDATE SET captured_out = excluded.captured_out")     \
    ENTRY(OUTPUT_DELETE, "DELETE FROM outputs WHERE id = ?1")                                                          \
    ENTRY(CONFIG_COUNT,                                                                                                \
          "SELECT count(*), (SELECT changes FROM experiments WHERE name = ?1)"                                         \
          " FROM runs INDEXED BY runs_by_config WHERE digest = ?3 AND space = ?2 AND"                   \
          " experiment = (SELECT id FROM experiments WHERE name = ?1) AND status NOT IN ('INTERRUPTED', 'REMOVED') AND" \
          " (status NOT IN ('COMPLETED', 'PRUNED') OR abs(cost) <= 1.7976931348623157e308)")                           \
    ENTRY(METRIC_GET, "SELECT id, points FROM metrics WHERE run = ?1 AND name = ?2")                                   \
    ENTRY(METRIC_MAKE, "INSERT INTO metrics(run, name, points) VALUES(?1, ?2, 0)")                                     \
    ENTRY(METRIC_GREW, "UPDATE metrics SET points = points + ?2 WHERE id = ?1")                                        \
    ENTRY(METRIC_ALL, "SELECT id, points, name FROM metrics WHERE run = ?1 ORDER BY name")                             \
    ENTRY(METRICS_DELETE, "DELETE FROM metrics WHERE run = ?1")                                                        \
    ENTRY(POINT_ADD, "INSERT INTO points VALUES(?1, ?2, ?3, ?4, ?5)")                                                  \
    ENTRY(POINT_ALL, "SELECT step, value, time FROM points WHERE metric = ?1 ORDER BY position")                       \
    ENTRY(POINTS_DELETE, "DELETE FROM points WHERE metric IN (SELECT id FROM metrics WHERE run = ?1)")                 \
    ENTRY(FILE_GET,                                                                                                    \
          "SELECT c.id, c.first_chunk, c.n_chunks FROM files f JOIN contents c ON c.id = f.content"                    \
          " WHERE f.run = ?1 AND f.kind = ?2 AND f.name = ?3")                                                         \
    ENTRY(FILE_ALL,                                                                                                    \
          "SELECT f.kind, f.name, c.size, c.digest FROM files f JOIN contents c ON c.id = f.content"                   \
          " WHERE f.run = ?1 ORDER BY f.kind, f.name")                                                                 \
    ENTRY(FILE_ANY, "SELECT content, kind, name FROM files WHERE run = ?1 LIMIT 1")                                    \
    ENTRY(FILE_PUT,                                                                                                    \
          "INSERT INTO files VALUES(?1, ?2, ?3, ?4) ON CONFLICT(run, kind, name) DO UPDATE SET"                        \
          " content = excluded.content")                                                                               \
    ENTRY(FILE_DELETE, "DELETE FROM files WHERE run = ?1 AND kind = ?2 AND name = ?3")                                 \
    ENTRY(CONTENT_FIND, "SELECT id FROM contents WHERE digest = ?1 AND size = ?2")                                     \
    ENTRY(CONTENT_MAKE,                                                                                                \
          "INSERT INTO contents(digest, size, first_chunk, n_chunks, uses) VALUES(?1, ?2, ?3, ?4, 0) RETURNING id")    \
    ENTRY(CONTENT_USE, "UPDATE contents SET uses = uses + ?2 WHERE id = ?1 RETURNING uses, first_chunk, n_chunks")     \
    ENTRY(CONTENT_DELETE, "DELETE FROM contents WHERE id = ?1")                                                        \
    ENTRY(CHUNK_LAST, "SELECT max(id) FROM chunks")                                                                    \
    ENTRY(CHUNK_ADD, "INSERT INTO chunks VALUES(?1, ?2)")                                                              \
    ENTRY(CHUNK_GET, "SELECT bytes FROM chunks WHERE id = ?1")                                                         \
    ENTRY(CHUNKS_DELETE, "DELETE FROM chunks WHERE id >= ?1 AND id < ?1 + ?2")                                         \
    ENTRY(CACHE_PUT, "INSERT OR REPLACE INTO cache(key, size, bytes) VALUES(?1, ?2, ?3)")                              \
    ENTRY(CACHE_GET, "SELECT bytes FROM cache WHERE key = ?1")                                                         \
    ENTRY(CACHE_SIZE, "SELECT sum(size) FROM cache")                                                                   \
    ENTRY(CACHE_EVICT, "DELETE FROM cache WHERE id = (SELECT min(id) FROM cache) RETURNING size")

#define STATEMENT_ENUM(name, text) SQL_##name,
typedef enum sqlite_sql { STORE_STATEMENTS(STATEMENT_ENUM) N_STATEMENTS } sqlite_sql;
#undef STATEMENT_ENUM

#endif
