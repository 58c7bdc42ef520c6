#include "cmaes_path.h"

#include <string.h>

#include <labwatch/sys/memory.h>

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
    lw_free(path->lessons);
    lw_cmaes_stage_release(&path->restarted);
    for (size_t k = 0; k < LW_CMAES_KEPT; k++)
        lw_cmaes_stage_release(&path->stages[k]);
}

/* Results of so many generations before count for a lesson; those of still earlier ones are only learned from. */
enum { DELAY = 4 };

static ptrdiff_t oldest_for(ptrdiff_t lesson) {
    return lesson > DELAY ? lesson - DELAY : 0;
}

/* Whether there are others behind that id. */
static bool has_others_after(const lw_generations *generations, int64_t id) {
    return generations->n_others > 0 && generations->others[generations->n_others - 1] > id;
}

/*
 * What follows from runs with that id or a higher one is to be learned anew. To a lesson belong the others that lie
 * before the first member of the next one.
 */
static void go_back(lw_cmaes_path *path, int64_t first) {
    ptrdiff_t k = path->reached;
    if (first < path->generations.first_id || path->generations.first_id == 0)
        k = -1;
    while (k > 0 && path->lessons[k - 1].last_id >= first)
        k--;
    if (k > 0 && has_others_after(&path->generations, path->lessons[k - 1].last_id))
        k--;
    if (k < path->reached)
        path->reached = k >= 0 && oldest_for(k) >= path->first_kept ? k : -1;
}

int lw_cmaes_path_note(lw_cmaes_path *path, const lw_observation *observation) {
    int64_t first = INT64_MAX;
    int outcome = lw_generations_note(&path->generations, observation, &first);
    if (outcome != LW_OK)
        path->generations.is_stale = true;
    if (first < INT64_MAX)
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

/* ---- lessons ---- */

static size_t start_of(const lw_cmaes_path *path, ptrdiff_t k) {
    return k > 0 ? path->lessons[k - 1].end : 0;
}

/* How many members there are up to the end of lesson k, of which all before are known; 0: it is not complete. */
static size_t find_end(const lw_cmaes_path *path, ptrdiff_t k, size_t population) {
    const lw_generations *g = &path->generations;
    size_t n_counted = 0, i = start_of(path, k);
    for (; i < g->n && g->members[i].id <= path->last_id && n_counted < population; i++)
        n_counted += g->members[i].number >= k - DELAY;
    return n_counted == population ? i : 0;
}

/* The runs of no generation with ids from one up to before the other. */
static void add_others(const lw_generations *g, int64_t from, int64_t to, lw_cmaes_runs *runs) {
    size_t first = lw_generations_others_after(g, from), end = lw_generations_others_after(g, to);
    if (end > first) {
        runs->others = g->others + first;
        runs->n_others = end - first;
    }
}

/* Those of lesson k, which ends there. */
static lw_cmaes_runs runs_of(const lw_cmaes_path *path, ptrdiff_t k, size_t end) {
    const lw_generations *g = &path->generations;
    const size_t start = start_of(path, k);
    lw_cmaes_runs runs = {.members = g->members + start, .n = end - start, .last_id = path->last_id};
    runs.stages = path->stages;
    runs.oldest = oldest_for(k);
    runs.latest = k;
    bool has_next = end < g->n && g->members[end].id <= path->last_id;
    add_others(g, k > 0 ? g->members[start].id : g->first_id, has_next ? g->members[end].id : INT64_MAX, &runs);
    return runs;
}

/* ---- the way ---- */

static int begin(lw_cmaes_path *path, const lw_history *history) {
    const lw_generations *g = &path->generations;
    lw_cmaes_runs runs = {.last_id = path->last_id};
    add_others(g, INT64_MIN, g->first_id > 0 ? g->first_id : INT64_MAX, &runs);
    int outcome = lw_cmaes_stage_start(&path->stages[0], path->layout, path->manner, g->restart, history, &runs);
    if (outcome == LW_OK)
        path->reached = path->first_kept = 0;
    return outcome;
}

static int learn(lw_cmaes_path *path, const lw_history *history, size_t population, size_t end) {
    const ptrdiff_t k = path->reached;
    lw_cmaes_stage *next = &path->stages[(k + 1) % LW_CMAES_KEPT];
    lw_cmaes_runs runs = runs_of(path, k, end);
    if (!lw_array_reserve(&path->lessons, &path->capacity, (size_t)k, sizeof *path->lessons))
        return LW_ENOMEM;
    if (k + 1 - path->first_kept >= LW_CMAES_KEPT)
        path->first_kept = k + 2 - LW_CMAES_KEPT;
    lw_cmaes_stage_copy(next, &path->stages[k % LW_CMAES_KEPT], path->layout);
    int outcome = lw_cmaes_stage_learn(next, path->layout, path->manner, population, history, &runs);
    if (outcome != LW_OK)
        return outcome;
    path->lessons[k] = (lw_cmaes_lesson){end, path->generations.members[end - 1].id};
    path->reached = k + 1;
    return LW_OK;
}

/* Learns all lessons that are complete. */
static int go_on(lw_cmaes_path *path, const lw_history *history, size_t population) {
    int outcome = path->reached < 0 ? begin(path, history) : LW_OK;
    size_t end;
    while (outcome == LW_OK && (end = find_end(path, path->reached, population)) > 0)
        outcome = learn(path, history, population, end);
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
    position->generation = reached;
    if (path->manner->restarts && reached > 0 && lw_cmaes_stage_is_done(stage, path->layout, population))
        return restart(path, history, position);
    return LW_OK;
}
