#include "cmaes_path.h"

#include <string.h>

int lw_cmaes_path_init(lw_cmaes_path *path, const lw_cmaes_layout *layout, const lw_cmaes_manner *manner) {
    path->layout = layout;
    path->manner = manner;
    path->reached = -1;
    path->last_id = INT64_MAX;
    int outcome = lw_cmaes_stage_init(&path->restarted, layout, manner);
    for (size_t k = 0; k < LW_CMAES_KEPT && outcome == LW_OK; k++)
        outcome = lw_cmaes_stage_init(&path->stages[k], layout, manner);
    return outcome;
}

void lw_cmaes_path_release(lw_cmaes_path *path) {
    lw_generations_release(&path->generations);
    lw_cmaes_stage_release(&path->restarted);
    for (size_t k = 0; k < LW_CMAES_KEPT; k++)
        lw_cmaes_stage_release(&path->stages[k]);
}

/* What follows from generation first is to be learned anew; -1: all of it. */
static void go_back(lw_cmaes_path *path, ptrdiff_t first) {
    if (first >= path->reached)
        return;
    path->reached = first >= path->first_kept ? first : -1;
}

int lw_cmaes_path_note(lw_cmaes_path *path, const lw_observation *observation) {
    ptrdiff_t first = PTRDIFF_MAX;
    int outcome = lw_generations_note(&path->generations, observation, &first);
    go_back(path, first);
    return outcome;
}

/* All of it anew, after a run has changed its generation. */
static int note_all(lw_cmaes_path *path, const lw_history *history) {
    int outcome = LW_OK;
    lw_generations_release(&path->generations);
    path->reached = -1;
    for (size_t k = 0; k < lw_history_n(history) && outcome == LW_OK; k++)
        outcome = lw_cmaes_path_note(path, lw_history_get(history, k));
    path->generations.is_stale = outcome != LW_OK;
    return outcome;
}

/* ---- runs ---- */

/* Generation k, with the others between its beginning and that of the next one; -1: those before the first. */
static lw_cmaes_runs runs_of(const lw_cmaes_path *path, ptrdiff_t k) {
    const lw_generations *g = &path->generations;
    lw_cmaes_runs runs = {.last_id = path->last_id};
    if (k >= 0) {
        runs.ids = g->items[k].ids;
        runs.n = g->items[k].n;
    }
    size_t from = k >= 0 ? lw_generations_others_after(g, g->items[k].ids[0]) : 0;
    size_t to = k + 1 < (ptrdiff_t)g->n ? lw_generations_others_after(g, g->items[k + 1].ids[0]) : g->n_others;
    if (to > from) {
        runs.others = g->others + from;
        runs.n_others = to - from;
    }
    return runs;
}

static size_t n_results(const lw_cmaes_path *path, const lw_history *history, const lw_generation *generation) {
    if (path->last_id == INT64_MAX)
        return generation->n_results;
    size_t n = 0;
    for (size_t k = 0; k < generation->n && generation->ids[k] <= path->last_id; k++) {
        const lw_observation *observation = lw_history_find(history, generation->ids[k]);
        n += observation && (observation->outcome == LW_COMPLETED || observation->outcome == LW_FAILED);
    }
    return n;
}

/* ---- the way ---- */

static int begin(lw_cmaes_path *path, const lw_history *history) {
    lw_cmaes_runs runs = runs_of(path, -1);
    int outcome = lw_cmaes_stage_start(&path->stages[0], path->layout, path->manner, path->generations.restart,
                                       history, &runs);
    if (outcome == LW_OK)
        path->reached = path->first_kept = 0;
    return outcome;
}

static int learn(lw_cmaes_path *path, const lw_history *history, size_t population) {
    const ptrdiff_t k = path->reached;
    lw_cmaes_stage *next = &path->stages[(k + 1) % LW_CMAES_KEPT];
    lw_cmaes_runs runs = runs_of(path, k);
    if (k + 1 - path->first_kept >= LW_CMAES_KEPT)
        path->first_kept = k + 2 - LW_CMAES_KEPT;
    lw_cmaes_stage_copy(next, &path->stages[k % LW_CMAES_KEPT], path->layout);
    int outcome = lw_cmaes_stage_learn(next, path->layout, path->manner, population, history, &runs);
    if (outcome == LW_OK)
        path->reached = k + 1;
    return outcome;
}

/* Learns from all generations that are over. */
static int go_on(lw_cmaes_path *path, const lw_history *history, size_t population) {
    const lw_generations *g = &path->generations;
    int outcome = path->reached < 0 ? begin(path, history) : LW_OK;
    while (outcome == LW_OK && path->reached < (ptrdiff_t)g->n) {
        const bool is_last = path->reached + 1 == (ptrdiff_t)g->n;
        if (is_last && n_results(path, history, &g->items[path->reached]) < population)
            break;
        outcome = learn(path, history, population);
    }
    return outcome;
}

static int restart(lw_cmaes_path *path, const lw_history *history, lw_cmaes_position *position) {
    const lw_cmaes_runs nothing = {0};
    position->stage = &path->restarted;
    position->restart++;
    position->generation = 0;
    position->population = lw_cmaes_population(path->manner, position->restart);
    return lw_cmaes_stage_start(&path->restarted, path->layout, path->manner, position->restart, history, &nothing);
}

int lw_cmaes_path_follow(lw_cmaes_path *path, const lw_history *history, int64_t last_id, lw_cmaes_position *position) {
    int outcome = path->generations.is_stale ? note_all(path, history) : LW_OK;
    if (outcome != LW_OK)
        return outcome;
    const lw_generations *g = &path->generations;
    if (last_id >= g->last_result)
        last_id = INT64_MAX;
    if (last_id != path->last_id)
        path->reached = -1;
    path->last_id = last_id;

    const size_t population = lw_cmaes_population(path->manner, g->restart);
    outcome = go_on(path, history, population);
    if (outcome != LW_OK)
        return outcome;
    const ptrdiff_t reached = path->reached;
    const lw_cmaes_stage *stage = &path->stages[reached % LW_CMAES_KEPT];
    *position = (lw_cmaes_position){.stage = stage, .restart = g->restart, .population = population};
    if (reached < (ptrdiff_t)g->n)
        position->generation = g->items[reached].number;
    else if (path->manner->restarts && g->n > 0 && lw_cmaes_stage_is_done(stage, path->layout, population))
        return restart(path, history, position);
    else
        position->generation = g->n > 0 ? g->items[g->n - 1].number + 1 : 0;
    return LW_OK;
}
