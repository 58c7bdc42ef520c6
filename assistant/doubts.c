#include "doubts.h"

#include <string.h>

#include "assistant_internal.h"

/* ---- the list ---- */

void lw_doubts_init(lw_doubts *doubts) {
    pthread_mutex_init(&doubts->lock, NULL);
    doubts->n = 0;
}

void lw_doubts_release(lw_doubts *doubts) {
    pthread_mutex_destroy(&doubts->lock);
}

static void remove_at(lw_doubts *doubts, size_t place) {
    doubts->n--;
    memmove(&doubts->list[place], &doubts->list[place + 1], (doubts->n - place) * sizeof doubts->list[0]);
}

static size_t count(lw_doubts *doubts) {
    pthread_mutex_lock(&doubts->lock);
    size_t n = doubts->n;
    pthread_mutex_unlock(&doubts->lock);
    return n;
}

void lw_doubts_add(lw_doubts *doubts, lw_doubt doubt) {
    pthread_mutex_lock(&doubts->lock);
    if (doubts->n == LW_MOST_DOUBTS)
        remove_at(doubts, 0);
    doubts->list[doubts->n++] = doubt;
    pthread_mutex_unlock(&doubts->lock);
}

bool lw_doubts_take(lw_doubts *doubts, int64_t id, lw_doubt *out) {
    pthread_mutex_lock(&doubts->lock);
    size_t place = 0;
    while (place < doubts->n && id != 0 && doubts->list[place].id != id)
        place++;
    bool found = place < doubts->n;
    if (found) {
        *out = doubts->list[place];
        remove_at(doubts, place);
    }
    pthread_mutex_unlock(&doubts->lock);
    return found;
}

/* ---- whose the run is ---- */

/* Several processes may have had the same attempt in their hands, one after the other. */
static bool is_this_process(const lw_assistant *assistant, const bson_t *worker) {
    bson_iter_t pid;
    return lw_worker_has_process(worker) && lw_worker_look(&assistant->identity, worker) == LW_WORKER_HERE &&
           bson_iter_init_find(&pid, worker, "pid") && bson_iter_as_int64(&pid) == assistant->identity.pid;
}

/* Whether what the doubt is about has been done, and is still so. */
static bool came_true(const lw_assistant *assistant, const lw_doubt *doubt, const lw_run *run) {
    if (!lw_token_equal(run->token, doubt->token) || lw_assistant_check_run(assistant, run, NULL) != LW_OK)
        return false;
    if (run->status == LW_STATUS_QUEUED) /* with an attempt it has been given back since */
        return run->attempt == 0;
    if (run->status != LW_STATUS_RUNNING)
        return false;
    return doubt->worker ? is_this_process(assistant, run->worker) : !lw_worker_has_process(run->worker);
}

/* ---- whether it is what is wanted ---- */

static bool has_kind(const lw_want *want, const lw_run *run) {
    const lw_wish *wish = want->wish;
    if (wish->queue || run->status == LW_STATUS_QUEUED)
        return wish->queue && run->status == LW_STATUS_QUEUED;
    if (wish->worker || lw_worker_has_process(run->worker))
        return wish->worker && lw_worker_has_process(run->worker);
    return wish->lease_s == run->lease_s;
}

static bool has_config(const lw_want *want, const lw_run *run) {
    if (want->digest)
        return run->number == 0 && memcmp(run->digest, want->digest, LW_DIGEST_SIZE) == 0;
    return want->queued_before || run->number > 0;
}

static bool is_wanted(const lw_want *want, const lw_run *run) {
    if (!want)
        return run->status == LW_STATUS_RUNNING && lw_worker_has_process(run->worker);
    bool in_space = !want->space || (run->space && strcmp(want->space, run->space) == 0);
    return in_space && has_kind(want, run) && has_config(want, run);
}

/* ---- settling ---- */

/* What is queued waits for a worker, as it was meant to. */
static int give_back(lw_assistant *assistant, const lw_run *run, lw_error *error) {
    if (run->status == LW_STATUS_QUEUED)
        return LW_OK;
    int code = lw_assistant_release(assistant, run->id, &run->token, error);
    return code == LW_ECONFLICT || code == LW_ENOTFOUND ? LW_OK : code; /* it is in other hands by now */
}

/* Every later change of the run, and every other run under that id, makes it impossible. */
static bool may_come_true(const lw_doubt *doubt, const lw_run *run) {
    return run->status != LW_STATUS_RUNNING && lw_run_is_open(run) && run->attempt < doubt->attempt;
}

/* *stays: the doubt is none that can be settled now. */
static int settle(lw_assistant *assistant, const lw_doubt *doubt, const lw_want *want, lw_assignment *out, bool *found,
                  bool *stays, lw_error *error) {
    lw_run run;
    int code = lw_store_run_get(assistant->store, doubt->id, &run, error);
    *stays = code == LW_ENOTFOUND || code == LW_EUNAVAILABLE || code == LW_ENOMEM;
    if (code != LW_OK)
        return code == LW_ENOTFOUND ? LW_OK : code;
    if (came_true(assistant, doubt, &run)) {
        *found = is_wanted(want, &run);
        code = *found ? lw_assistant_assign(assistant, &run, out, error) : give_back(assistant, &run, error);
        *found = *found && code == LW_OK;
        *stays = code == LW_EUNAVAILABLE || code == LW_ENOMEM;
    } else {
        *stays = may_come_true(doubt, &run);
    }
    lw_run_release(&run);
    return code;
}

/* A doubt that cannot be settled for good must not keep the assistant from everything else: it is told once. */
static int settle_or_keep(lw_assistant *assistant, const lw_doubt *doubt, const lw_want *want, lw_assignment *out,
                          bool *found, lw_error *error) {
    bool stays;
    int code = settle(assistant, doubt, want, out, found, &stays, error);
    if (stays)
        lw_doubts_add(&assistant->doubts, *doubt);
    return code;
}

int lw_doubts_settle(lw_assistant *assistant, const lw_want *want, lw_assignment *out, bool *found, lw_error *error) {
    lw_doubt doubt;
    int code = LW_OK;
    *found = false;
    for (size_t n = count(&assistant->doubts); n > 0 && code == LW_OK && !*found; n--)
        if (lw_doubts_take(&assistant->doubts, 0, &doubt))
            code = settle_or_keep(assistant, &doubt, want, out, found, error);
    return code;
}

int lw_doubts_settle_run(lw_assistant *assistant, int64_t id, lw_assignment *out, bool *found, lw_error *error) {
    lw_doubt doubt;
    *found = false;
    if (!lw_doubts_take(&assistant->doubts, id, &doubt))
        return LW_OK;
    return settle_or_keep(assistant, &doubt, NULL, out, found, error);
}
