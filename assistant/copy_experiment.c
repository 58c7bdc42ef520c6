/*
 * Copying an experiment to another store. Runs keep their ids where these are free; where one is taken, the run gets a new one, and the
 * views of the runs behind it, which speak of other ids then, are left out.
 *
 * Repeating a copy, also one that was interrupted, copies nothing twice: a run is known again by its first token or, if it has none (Sacred's),
 * by its beginning and its configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <labwatch/document.h>
#include <labwatch/sys/digest.h>
#include <labwatch/sys/memory.h>

#include "assistant_internal.h"
#include "attempts.h"

/** What a run is known by. */
typedef struct identity {
    uint8_t bytes[LW_DIGEST_SIZE];
    int64_t id; /* in the target */
} identity;

typedef struct copying {
    lw_store *from, *to;
    const char *name;
    bool whole;     /* the target's experiment is this copy: own runs stay own ones */
    identity *known; /* in the target */
    size_t n_known, known_capacity;
    lw_id_list ids;         /* of the source */
    lw_id_list foreign_ids; /* those of them that are other programs' */
    bool moved;     /* some run has got another id */
    int64_t n;      /* runs copied */
    int64_t left_out;
    lw_error *error;
} copying;

/* ---- knowing a run again ---- */

static int identify(const lw_run *run, uint8_t out[LW_DIGEST_SIZE], lw_error *error) {
    lw_digest digest;
    lw_digest_start(&digest);
    lw_token token = lw_run_first_token(run);
    if (!lw_token_is_none(token)) {
        lw_digest_add(&digest, token.bytes, sizeof token.bytes);
    } else {
        char *config = run->config ? lw_document_to_json(run->config, false) : lw_strdup("");
        if (!config)
            return lw_error_no_memory(error);
        lw_digest_add_text(&digest, config, strlen(config));
        lw_digest_add_u64(&digest, (uint64_t)run->start_ms);
        lw_digest_add_u64(&digest, (uint64_t)run->queue_ms);
        lw_free(config);
    }
    lw_digest_finish(&digest, out);
    return LW_OK;
}

static int know(copying *self, const uint8_t bytes[LW_DIGEST_SIZE], int64_t id) {
    if (!lw_array_reserve(&self->known, &self->known_capacity, self->n_known, sizeof *self->known))
        return lw_error_no_memory(self->error);
    memcpy(self->known[self->n_known].bytes, bytes, LW_DIGEST_SIZE);
    self->known[self->n_known++].id = id;
    return LW_OK;
}

static int know_run(void *arg, const lw_run *run) {
    copying *self = arg;
    uint8_t bytes[LW_DIGEST_SIZE];
    int code = identify(run, bytes, self->error);
    return code == LW_OK ? know(self, bytes, run->id) : code;
}

static int by_bytes(const void *a, const void *b) {
    return memcmp(((const identity *)a)->bytes, ((const identity *)b)->bytes, LW_DIGEST_SIZE);
}

/* Only what was there before the copying is looked for; it is sorted then. */
static const identity *find_known(const copying *self, const uint8_t bytes[LW_DIGEST_SIZE]) {
    identity key;
    memcpy(key.bytes, bytes, LW_DIGEST_SIZE);
    return self->n_known ? bsearch(&key, self->known, self->n_known, sizeof key, by_bytes) : NULL;
}

static int collect_source(void *arg, const lw_run_row *row) {
    copying *self = arg;
    if (row->id <= 0) { /* a string id has no place among the numbers */
        self->left_out++;
        return LW_OK;
    }
    bool listed = lw_id_list_add(&self->ids, row->id) &&
                  (row->origin != LW_ORIGIN_FOREIGN || lw_id_list_add(&self->foreign_ids, row->id));
    return listed ? LW_OK : lw_error_no_memory(self->error);
}

/* ---- the record ---- */

/* The target's experiment is a copy of this one if both began at once with the same seed. */
static int copy_record(copying *self) {
    lw_record source, target;
    lw_error problem;
    int code = lw_record_get(&source, self->from, self->name, self->error);
    if (code != LW_OK)
        return code;
    if (source.removed) {
        lw_record_release(&source);
        return lw_error_set(self->error, LW_ENOTFOUND, "experiment '%s' was removed", self->name);
    }
    code = lw_record_get(&target, self->to, self->name, &problem);
    if (code == LW_OK && !target.removed) {
        self->whole = target.seed == source.seed && target.created_ms == source.created_ms;
    } else if (code == LW_OK || code == LW_ENOTFOUND) {
        source.revision = target.revision;
        source.epoch += target.epoch + 1;
        self->whole = true;
        code = lw_record_put(&source, self->to, self->name, &problem);
    }
    if (code != LW_OK && self->error)
        *self->error = problem;
    lw_record_release(&target);
    lw_record_release(&source);
    return code;
}

/* ---- one run ---- */

static void forget_view(lw_run *run) {
    lw_free(run->view.open_ids);
    lw_free(run->view.void_ids);
    run->view = (lw_view){.repeats = 1};
    run->number = 0;
    run->parent = 0;
    run->redefined = 0;
}

static int insert_under_new_id(copying *self, lw_run *run) {
    enum { TRIES = 1000 };
    int code = LW_ECONFLICT;
    self->moved = true;
    forget_view(run);
    for (int tries = 0; tries < TRIES && code == LW_ECONFLICT; tries++) {
        lw_run_counts counts;
        code = lw_store_run_counts(self->to, self->name, &counts, self->error);
        if (code != LW_OK)
            return code;
        run->id = counts.last_id + 1;
        code = lw_store_run_insert(self->to, run, self->error);
    }
    return code;
}

static int insert_run(copying *self, lw_run *run) {
    if (!self->whole && run->origin == LW_ORIGIN_OWN)
        run->origin = LW_ORIGIN_IMPORTED;
    if (self->moved)
        forget_view(run);
    int code = lw_store_run_insert(self->to, run, self->error);
    if (code == LW_ECONFLICT)
        code = insert_under_new_id(self, run);
    if (code == LW_OK)
        self->n++;
    return code;
}

/* ---- metrics and files ---- */

typedef struct counting {
    const char *name;
    size_t n;
} counting;

static int count_points(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    counting *self = arg;
    (void)points;
    if (strcmp(name, self->name) == 0)
        self->n = n;
    return LW_OK;
}

typedef struct metric_copying {
    copying *copying;
    int64_t to_id;
} metric_copying;

static int copy_metric(void *arg, const char *name, const lw_metric_point *points, size_t n) {
    metric_copying *self = arg;
    lw_store *to = self->copying->to;
    counting there = {name, 0};
    int code = lw_store_metric_each(to, self->to_id, count_points, &there, self->copying->error);
    if (code != LW_OK || there.n >= n)
        return code;
    return lw_store_metric_append(to, self->to_id, name, points + there.n, n - there.n, self->copying->error);
}

typedef struct file_entry {
    lw_file_kind kind;
    char *name;
    uint8_t digest[LW_DIGEST_SIZE];
} file_entry;

typedef struct file_list {
    file_entry *entries;
    size_t n, capacity;
} file_list;

static int list_file(void *arg, const lw_file_info *file) {
    file_list *list = arg;
    if (!lw_array_reserve(&list->entries, &list->capacity, list->n, sizeof *list->entries))
        return LW_ENOMEM;
    file_entry *added = &list->entries[list->n];
    added->kind = file->kind;
    added->name = lw_strdup(file->name);
    memcpy(added->digest, file->digest, LW_DIGEST_SIZE);
    if (!added->name)
        return LW_ENOMEM;
    list->n++;
    return LW_OK;
}

static void file_list_release(file_list *list) {
    for (size_t i = 0; i < list->n; i++)
        lw_free(list->entries[i].name);
    lw_free(list->entries);
}

static bool has_file(const file_list *list, const file_entry *wanted) {
    for (size_t i = 0; i < list->n; i++)
        if (list->entries[i].kind == wanted->kind && strcmp(list->entries[i].name, wanted->name) == 0 &&
            memcmp(list->entries[i].digest, wanted->digest, LW_DIGEST_SIZE) == 0)
            return true;
    return false;
}

static int write_to_file(void *arg, const void *bytes, size_t size, lw_error *error) {
    return fwrite(bytes, 1, size, arg) == size ? LW_OK : lw_error_set(error, LW_EIO, "cannot write a temporary file");
}

static int read_from_file(void *arg, void *buffer, size_t size, size_t *got, lw_error *error) {
    *got = fread(buffer, 1, size, arg);
    return ferror((FILE *)arg) ? lw_error_set(error, LW_EIO, "cannot read a temporary file") : LW_OK;
}

/* One store writes a file, the other reads one: a temporary file stands between them, however large it is. */
static int copy_file(copying *self, int64_t from_id, int64_t to_id, const file_entry *file) {
    FILE *between = tmpfile();
    if (!between)
        return lw_error_set(self->error, LW_EIO, "cannot make a temporary file");
    int code = lw_store_file_get(self->from, from_id, file->kind, file->name, write_to_file, between, self->error);
    if (code == LW_OK && (fflush(between) != 0 || fseek(between, 0, SEEK_SET) != 0))
        code = lw_error_set(self->error, LW_EIO, "cannot write a temporary file");
    if (code == LW_OK)
        code = lw_store_file_put(self->to, to_id, file->kind, file->name, read_from_file, between, self->error);
    fclose(between);
    return code;
}

static int copy_files(copying *self, int64_t from_id, int64_t to_id) {
    file_list here = {0}, there = {0};
    int code = lw_store_file_each(self->from, from_id, list_file, &here, self->error);
    if (code == LW_OK && here.n > 0)
        code = lw_store_file_each(self->to, to_id, list_file, &there, self->error);
    if (code == LW_ENOMEM)
        lw_error_no_memory(self->error);
    for (size_t i = 0; i < here.n && code == LW_OK; i++)
        if (!has_file(&there, &here.entries[i]))
            code = copy_file(self, from_id, to_id, &here.entries[i]);
    file_list_release(&here);
    file_list_release(&there);
    return code;
}

/* ---- an outcome that came after an earlier copy ---- */

typedef struct updating {
    const lw_run *source;
    bool changed;
} updating;

static int update_outcome(void *arg, lw_run *run, lw_error *error) {
    updating *self = arg;
    if (!lw_run_is_open(run) || lw_run_is_open(self->source))
        return LW_KNOWN;
    lw_run fresh;
    int code = lw_run_copy(&fresh, self->source, error);
    if (code != LW_OK)
        return code;
    lw_run old = *run;
    *run = fresh;
    run->id = old.id;
    run->origin = old.origin;
    run->experiment = old.experiment; /* the very same text: the store keeps an eye on it */
    old.experiment = fresh.experiment;
    /* The view speaks of ids; those of the target are in what it has already. */
    lw_free(run->view.open_ids);
    lw_free(run->view.void_ids);
    run->view = old.view;
    run->number = old.number;
    run->parent = old.parent;
    run->redefined = old.redefined;
    old.view = (lw_view){0};
    lw_run_release(&old);
    self->changed = true;
    return LW_OK;
}

static int update_known(copying *self, const lw_run *source, int64_t to_id) {
    updating update = {source, false};
    if (source->origin == LW_ORIGIN_FOREIGN || to_id <= 0)
        return LW_OK;
    lw_error problem;
    int code = lw_store_run_modify(self->to, to_id, update_outcome, &update, &problem);
    if (code == LW_OK && update.changed)
        self->n++;
    if (code == LW_OK || code == (int)LW_KNOWN || code == LW_ENOTFOUND)
        return LW_OK;
    if (self->error)
        *self->error = problem;
    return code;
}

/* ---- a run that was removed ---- */

/* Always the same for the same id: a tombstone whose removal did not come to pass is found again. */
static lw_token token_of_tombstone(const copying *self, int64_t id) {
    lw_digest digest;
    uint8_t bytes[LW_DIGEST_SIZE];
    lw_token token = {{1}};
    lw_digest_start(&digest);
    lw_digest_add_text(&digest, self->name, strlen(self->name));
    lw_digest_add_u64(&digest, (uint64_t)id);
    lw_digest_finish(&digest, bytes);
    memcpy(token.bytes, bytes, sizeof token.bytes < sizeof bytes ? sizeof token.bytes : sizeof bytes);
    return token;
}

/* It has a number among the own runs, from which those that come later get theirs, and their seeds. Nothing is in it. */
static int copy_tombstone(copying *self, const lw_run *removed) {
    char space[] = "removed";
    bson_t config;
    lw_run run;
    lw_error problem;
    bson_init(&config);
    lw_run_init(&run);
    run.id = removed->id;
    run.experiment = (char *)self->name;
    run.space = space;
    run.origin = removed->origin;
    run.status = LW_STATUS_INTERRUPTED;
    run.token = token_of_tombstone(self, removed->id);
    run.config = &config; /* all of it borrowed: it is only inserted */
    int code = lw_store_run_insert(self->to, &run, &problem);
    bson_destroy(&config);
    if (code == LW_ECONFLICT) /* it is there, or another run is */
        return LW_OK;
    if (code == LW_OK)
        code = lw_store_run_remove(self->to, removed->id, &problem);
    if (code != LW_OK && self->error)
        *self->error = problem;
    return code;
}

/* ---- all of them ---- */

static int copy_run_and_parts(copying *self, lw_run *run) {
    uint8_t bytes[LW_DIGEST_SIZE];
    int64_t from_id = run->id, to_id;
    int code = identify(run, bytes, self->error);
    if (code != LW_OK)
        return code;
    const identity *known = find_known(self, bytes);
    if (known) {
        to_id = known->id;
        self->moved = self->moved || to_id != from_id;
        code = update_known(self, run, to_id);
    } else {
        code = insert_run(self, run);
        to_id = run->id;
    }
    metric_copying metrics = {self, to_id};
    if (code == LW_OK && run->origin != LW_ORIGIN_FOREIGN)
        code = lw_store_metric_each(self->from, from_id, copy_metric, &metrics, self->error);
    if (code == LW_OK && run->origin != LW_ORIGIN_FOREIGN)
        code = copy_files(self, from_id, to_id);
    return code;
}

/* What other programs wrote may be readable in part only. */
static int copy_all_runs(copying *self) {
    for (size_t i = 0; i < self->ids.n; i++) {
        lw_run run;
        int code = lw_store_run_get(self->from, self->ids.ids[i], &run, self->error);
        bool unreadable = code == LW_ESTORE && lw_id_list_has(&self->foreign_ids, self->ids.ids[i]);
        self->left_out += unreadable;
        if (code == LW_ENOTFOUND || unreadable)
            continue;
        if (code != LW_OK)
            return code;
        if (run.status != LW_STATUS_REMOVED)
            code = copy_run_and_parts(self, &run);
        else if (self->whole && run.origin != LW_ORIGIN_FOREIGN)
            code = copy_tombstone(self, &run);
        lw_run_release(&run);
        if (code != LW_OK)
            return code;
    }
    return LW_OK;
}

/*
 * Runs may have come below the highest id that others have seen. Raising the epoch once, behind all runs, is enough:
 * who reloaded in between has seen a part, and reloads again. If a copy ends before it comes here, its repetition
 * comes, though it finds nothing left to copy.
 */
static int make_everyone_reload(copying *self) {
    enum { TRIES = 100 };
    int code = LW_ECONFLICT;
    for (int tries = 0; tries < TRIES && code == LW_ECONFLICT; tries++) {
        lw_record record;
        code = lw_record_get(&record, self->to, self->name, self->error);
        if (code != LW_OK)
            return code;
        record.epoch++;
        code = lw_record_put(&record, self->to, self->name, self->error);
        lw_record_release(&record);
    }
    return code;
}

static int copy_experiment(copying *self) {
    lw_run_query query = {.experiment = self->name};
    int code = copy_record(self);
    if (code == LW_OK)
        code = lw_store_run_each(self->to, &query, know_run, self, self->error);
    if (self->whole) /* tombstones, too: they have a number */
        query.statuses = (1u << (LW_STATUS_OTHER + 1)) - 1;
    if (code == LW_OK)
        code = lw_store_row_each(self->from, &query, collect_source, self, self->error);
    if (code != LW_OK)
        return code;
    if (self->n_known > 0)
        qsort(self->known, self->n_known, sizeof *self->known, by_bytes);
    code = copy_all_runs(self);
    if (code == LW_OK)
        return make_everyone_reload(self);
    self->error = NULL; /* it tells why the copy ended */
    (void)make_everyone_reload(self);
    return code;
}

int lw_copy_experiment(lw_store *from, const char *name, lw_store *to, int64_t *n, int64_t *left_out, lw_error *error) {
    if (!from || !to || !name)
        return lw_error_set(error, LW_EINVAL, "lw_copy_experiment: from, name and to must not be NULL");
    if (from == to)
        return lw_error_set(error, LW_EINVAL, "an experiment cannot be copied into the store that it is in");
    copying self = {.from = from, .to = to, .name = name, .error = error};
    int code = copy_experiment(&self);
    if (n)
        *n = self.n;
    if (left_out)
        *left_out = self.left_out;
    lw_id_list_release(&self.ids);
    lw_id_list_release(&self.foreign_ids);
    lw_free(self.known);
    return code;
}
