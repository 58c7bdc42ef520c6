#include "adopt.h"

#include <string.h>

#include <labwatch/sys/memory.h>

#include "attempts.h"
#include "document_access.h"
#include "draft.h"

/* ---- which space it lies in ---- */

/* Every active parameter must be there: what is missing was not meant to have labwatch's default. *desk is NULL if it
 * lies in none. */
static int find_desk(lw_assistant *assistant, const char *space, const bson_t *document, const lw_desk **desk,
                     lw_config **config) {
    lw_error problem;
    *desk = NULL;
    for (size_t i = 0; i < assistant->n_desks && document; i++) {
        const lw_desk *candidate = &assistant->desks[i];
        if (space && strcmp(candidate->name, space) != 0)
            continue;
        int code = lw_config_from_document(config, candidate->space, document, LW_CONFIG_IGNORE_OTHERS, &problem);
        if (code == LW_ENOMEM)
            return code;
        if (code == LW_OK) {
            *desk = candidate;
            return LW_OK;
        }
    }
    return LW_OK;
}

typedef struct search {
    lw_assistant *assistant;
    const char *space;
    int64_t found;
} search;

/* Ends a walk that has seen enough; no code of the library. */
enum { ENOUGH = 1000 };

static int look_at(void *arg, const lw_run_row *row) {
    search *self = arg;
    const lw_desk *desk;
    lw_config *config;
    if (row->origin != LW_ORIGIN_FOREIGN || row->id <= 0)
        return LW_OK;
    int code = find_desk(self->assistant, self->space, row->config, &desk, &config);
    if (code != LW_OK || !desk)
        return code;
    lw_config_free(config);
    self->found = row->id;
    return ENOUGH;
}

int lw_assistant_find_queued_foreign(lw_assistant *assistant, const char *space, int64_t *id, lw_error *error) {
    search self = {assistant, space, 0};
    lw_run_query query = {
        .experiment = assistant->experiment->name, .statuses = 1u << LW_STATUS_QUEUED, .open_only = true};
    int code = lw_store_row_each(assistant->store, &query, look_at, &self, error);
    *id = self.found;
    return code == ENOUGH ? LW_OK : code;
}

/* ---- making it the experiment's own ---- */

typedef struct adoption {
    const lw_run *queued; /* as it was read */
    const lw_desk *desk;
    const lw_config *config;
    uint64_t seed;
    bson_t *with_seed; /* NULL: its configuration has one */
    lw_begin_fn *begin;
    void *arg;
} adoption;

static bool same_config(const bson_t *a, const bson_t *b) {
    return a && b && bson_equal(a, b);
}

static void drop_format(lw_run *run) {
    bson_t rest = BSON_INITIALIZER;
    if (run->others)
        bson_copy_to_excluding_noinit(run->others, &rest, "format", NULL);
    if (run->others)
        bson_destroy(run->others);
    run->others = bson_empty(&rest) ? NULL : bson_copy(&rest);
    bson_destroy(&rest);
}

/* What can fail comes first. */
static int adopt(void *arg, lw_run *run, lw_error *error) {
    const adoption *self = arg;
    if (run->origin != LW_ORIGIN_FOREIGN || run->status != LW_STATUS_QUEUED ||
        !same_config(run->config, self->queued->config))
        return lw_error_set(error, LW_ECONFLICT, "run %lld is no longer queued as it was", (long long)run->id);
    char *space = lw_strdup(self->desk->name);
    if (!space)
        return lw_error_no_memory(error);
    run->origin = LW_ORIGIN_OWN;
    run->space = space;
    run->space_version = self->desk->version;
    run->seed = self->seed;
    lw_config_digest(self->config, run->digest);
    if (self->with_seed) {
        bson_destroy(run->config);
        run->config = bson_copy(self->with_seed);
    }
    drop_format(run);
    self->begin(self->arg, run);
    lw_run_add_note(run, "queued by another program, and taken by labwatch");
    return LW_OK;
}

/* Sacred's runs have a seed of their own, the last member of their configuration. */
static void find_seed(adoption *self, const lw_assistant *assistant) {
    bson_iter_t at;
    int64_t seed;
    bool given = bson_iter_init_find(&at, self->queued->config, "seed");
    bool usable = given && lw_document_integer(&at, &seed) && seed >= 0 && seed < (int64_t)1 << 31;
    self->seed = usable ? (uint64_t)seed : lw_run_seed(assistant->seed, (uint64_t)self->queued->id);
    if (given)
        return;
    self->with_seed = bson_copy(self->queued->config);
    bson_append_int32(self->with_seed, "seed", 4, (int32_t)self->seed);
}

static int assign(const adoption *self, lw_assignment *out, lw_error *error) {
    bson_t document;
    int code = lw_config_to_document(self->config, &document, error);
    if (code != LW_OK)
        return code;
    out->document = bson_copy(&document);
    out->id = self->queued->id;
    out->seed = self->seed;
    out->fidelity = self->queued->fidelity;
    bson_destroy(&document);
    return LW_OK;
}

/* Optimizers knew it as another program's: they must look again, as where an outcome changes. */
static int store(lw_assistant *assistant, adoption *self, lw_error *error) {
    int code = lw_assistant_raise_epoch(assistant, error);
    if (code == LW_OK)
        code = lw_store_run_modify(assistant->store, self->queued->id, adopt, self, error);
    if (code == LW_OK)
        (void)lw_assistant_raise_epoch(assistant, NULL);
    return code;
}

int lw_assistant_adopt(lw_assistant *assistant, const lw_run *queued, const char *space, lw_begin_fn *begin, void *arg,
                       lw_assignment *out, lw_error *error) {
    adoption self = {.queued = queued, .begin = begin, .arg = arg};
    lw_config *config = NULL;
    if (queued->status != LW_STATUS_QUEUED)
        return lw_error_set(error, LW_EUNSUPPORTED, "run %lld is not labwatch's: it cannot be executed",
                            (long long)queued->id);
    int code = find_desk(assistant, space, queued->config, &self.desk, &config);
    if (code != LW_OK)
        return lw_error_no_memory(error);
    if (!self.desk)
        return lw_error_set(error, LW_EUNSUPPORTED,
                            "run %lld was queued by another program, with a configuration that lies in no space of "
                            "experiment '%s'",
                            (long long)queued->id, assistant->experiment->name);
    self.config = config;
    find_seed(&self, assistant);
    code = assign(&self, out, error);
    if (code == LW_OK)
        code = store(assistant, &self, error);
    out->config = config;
    if (self.with_seed)
        bson_destroy(self.with_seed);
    return code;
}
