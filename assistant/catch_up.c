#include <string.h>

#include <labwatch/sys/memory.h>

#include "catch_up.h"

/* ---- lists of ids ---- */

void lw_id_list_release(lw_id_list *list) {
    lw_free(list->ids);
    *list = (lw_id_list){0};
}

bool lw_id_list_has(const lw_id_list *list, int64_t id) {
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->n && list->ids[low] == id;
}

bool lw_id_list_add(lw_id_list *list, int64_t id) {
    if (!lw_array_reserve(&list->ids, &list->capacity, list->n, sizeof *list->ids))
        return false;
    list->ids[list->n++] = id;
    return true;
}

void lw_sight_release(lw_sight *sight) {
    lw_id_list_release(&sight->open);
    lw_id_list_release(&sight->voided);
    *sight = (lw_sight){0};
}

/* ---- rows in portions ---- */

enum { PORTION = 128 };

/* Reads rows, and tells the optimizer about them a portion at a time. */
typedef struct intake {
    const lw_catch_up *catch_up;
    lw_id_list *open, *voided; /* where the ids of pending and void runs go */
    bool all_pending;
    bool skip_strings; /* their place is behind every integer id */
    size_t rows;       /* that came with an integer id */
    bool string_ids;
    lw_observation observations[PORTION];
    lw_config *configs[PORTION];
    bson_t *memos[PORTION];
    size_t n;
    lw_error *error;
} intake;

static void drop_portion(intake *self) {
    for (size_t i = 0; i < self->n; i++) {
        lw_config_free(self->configs[i]);
        if (self->memos[i])
            bson_destroy(self->memos[i]);
    }
    self->n = 0;
}

static int pass_portion_on(intake *self) {
    int code = LW_OK;
    if (self->n > 0)
        code = lw_optimizer_update(self->catch_up->optimizer, self->observations, self->n, self->error);
    drop_portion(self);
    return code;
}

static void make_pending(lw_observation *observation) {
    lw_observation known = *observation;
    lw_observation_init(observation);
    observation->run_id = known.run_id;
    observation->foreign = known.foreign;
    observation->config = known.config;
    observation->fidelity = known.fidelity;
    observation->replicate = known.replicate;
    observation->memo = known.memo;
    observation->outcome = LW_PENDING;
}

/* Keeps an observation until its portion is full; its memo is copied, since the row is only lent. */
static void keep(intake *self, const lw_row_lesson *lesson) {
    lw_observation *kept = &self->observations[self->n];
    *kept = lesson->observation;
    if (self->all_pending)
        make_pending(kept);
    self->configs[self->n] = lesson->config;
    self->memos[self->n] = kept->memo ? bson_copy(kept->memo) : NULL;
    kept->memo = self->memos[self->n];
    self->n++;
}

static int list_by_outcome(intake *self, int64_t id, lw_outcome outcome) {
    lw_id_list *list = outcome == LW_PENDING ? self->open : outcome == LW_VOID ? self->voided : NULL;
    return !list || lw_id_list_add(list, id) ? LW_OK : lw_error_no_memory(self->error);
}

static int take_row(void *arg, const lw_run_row *row) {
    intake *self = arg;
    if (row->id > 0)
        self->rows++;
    else if (self->skip_strings)
        return LW_OK;
    else
        self->string_ids = true;
    lw_row_lesson lesson;
    int code = lw_row_read(&self->catch_up->reader, row, &lesson, self->error);
    if (code != LW_OK || !lesson.config)
        return code;
    keep(self, &lesson);
    if (row->id > 0)
        code = list_by_outcome(self, row->id, self->observations[self->n - 1].outcome);
    if (code == LW_OK && self->n == PORTION)
        code = pass_portion_on(self);
    return code;
}

static int take_rows(intake *self, const lw_run_query *query) {
    int code = lw_store_row_each(self->catch_up->store, query, take_row, self, self->error);
    if (code == LW_OK)
        code = pass_portion_on(self);
    else
        drop_portion(self);
    return code;
}

/* ---- catching up ---- */

static int query_above(intake *self, int64_t after_id) {
    const lw_catch_up *catch_up = self->catch_up;
    lw_run_query query = {
        .experiment = catch_up->reader.experiment->name,
        .after_id = after_id,
        .up_to_id = catch_up->counts->last_id,
    };
    /* Without a run in the store there is no upper end to give. */
    return catch_up->counts->last_id > after_id ? take_rows(self, &query) : LW_OK;
}

/* Merges two ascending lists. */
static int merge(const lw_id_list *a, const lw_id_list *b, lw_id_list *out, lw_error *error) {
    size_t i = 0, k = 0;
    while (i < a->n || k < b->n) {
        bool from_a = k == b->n || (i < a->n && a->ids[i] < b->ids[k]);
        if (!lw_id_list_add(out, from_a ? a->ids[i++] : b->ids[k++]))
            return lw_error_no_memory(error);
    }
    return LW_OK;
}

/* Looks again at what had no outcome; *all is false if some of it is no longer there. */
static int query_unsettled(intake *self, bool *all) {
    const lw_sight *sight = self->catch_up->sight;
    lw_id_list again = {0};
    int code = merge(&sight->open, &sight->voided, &again, self->error);
    *all = true;
    if (code == LW_OK && again.n > 0) {
        lw_run_query query = {
            .experiment = self->catch_up->reader.experiment->name,
            .ids = again.ids,
            .n_ids = again.n,
        };
        size_t before = self->rows;
        code = take_rows(self, &query);
        *all = self->rows - before == again.n;
    }
    lw_id_list_release(&again);
    return code;
}

/* The lists of what was looked at take the place of the old ones. */
static void settle(const lw_catch_up *self, lw_id_list *open, lw_id_list *voided) {
    lw_sight *sight = self->sight;
    lw_id_list_release(&sight->open);
    lw_id_list_release(&sight->voided);
    sight->open = *open;
    sight->voided = *voided;
    *open = (lw_id_list){0};
    *voided = (lw_id_list){0};
    sight->loaded = true;
    sight->last_id = self->counts->last_id;
    sight->epoch = self->epoch;
    sight->changes = self->counts->changes;
}

static int load_all(const lw_catch_up *self, intake *in) {
    lw_optimizer_reset(self->optimizer);
    self->sight->has_string_ids = false;
    lw_run_query query = {.experiment = self->reader.experiment->name, .up_to_id = self->counts->last_id};
    int code = self->counts->all > 0 ? take_rows(in, &query) : LW_OK;
    self->sight->has_string_ids = in->string_ids;
    return code;
}

static int add_new(const lw_catch_up *self, intake *in, bool *complete) {
    int code = query_unsettled(in, complete);
    if (code == LW_OK && *complete)
        code = query_above(in, self->sight->last_id);
    return code;
}

/* An intake is large: hundreds of observations. */
static intake *intake_new(const lw_catch_up *self, lw_id_list *open, lw_id_list *voided, lw_error *error) {
    intake *in = lw_calloc(1, sizeof *in);
    if (!in) {
        lw_error_no_memory(error);
        return NULL;
    }
    in->catch_up = self;
    in->open = open;
    in->voided = voided;
    in->error = error;
    return in;
}

static int bring_up_to_date(const lw_catch_up *self, lw_id_list *open, lw_id_list *voided, lw_error *error) {
    lw_sight *sight = self->sight;
    intake *in = intake_new(self, open, voided, error);
    if (!in)
        return LW_ENOMEM;
    int code = LW_OK;
    bool complete = sight->loaded && sight->epoch == self->epoch && !sight->has_string_ids;
    if (complete)
        code = add_new(self, in, &complete);
    if (code == LW_OK && !complete) {
        open->n = 0;
        voided->n = 0;
        code = load_all(self, in);
    }
    lw_free(in);
    return code;
}

int lw_catch_up_all(const lw_catch_up *self, lw_error *error) {
    lw_sight *sight = self->sight;
    if (sight->loaded && sight->epoch == self->epoch && sight->changes == self->counts->changes && sight->changes >= 0) {
        sight->last_id = self->counts->last_id;
        return LW_OK;
    }
    lw_id_list open = {0}, voided = {0};
    int code = bring_up_to_date(self, &open, &voided, error);
    if (code == LW_OK)
        settle(self, &open, &voided);
    else
        sight->loaded = false;
    lw_id_list_release(&open);
    lw_id_list_release(&voided);
    return code;
}

int lw_catch_up_pending(const lw_catch_up *self, lw_error *error) {
    intake *in = intake_new(self, &self->sight->open, &self->sight->voided, error);
    if (!in)
        return LW_ENOMEM;
    in->all_pending = true;
    in->skip_strings = true;
    int code = query_above(in, self->sight->last_id);
    lw_free(in);
    self->sight->last_id = self->counts->last_id;
    self->sight->changes = -1; /* what was taken as pending is to be looked at again */
    if (code != LW_OK)
        self->sight->loaded = false;
    return code;
}
